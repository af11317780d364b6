"""cnnkit.progress_widget: words and not only signs, for eyes and for screen readers."""

import bs4
import student_lesson as s

import cnnkit
from cnnkit.overview import Row, Standing
from cnnkit.progress_widget import ProgressWidget

ROWS = [
    Row("double", "passed", "", 1, 1, 2),
    Row("half", "failing", "half(x) should be <b>3</b>.", 0, 2, 3),
    Row("third", "not begun", "", 0, 1, 2),
    Row("fourth", "changed since it passed", "", 0, 1, 2),
]


def page_of(widget):
    return bs4.BeautifulSoup(widget.children[0].value, "html.parser")


def test_each_row_is_said_in_words():
    page = page_of(ProgressWidget(lambda: Standing("lesson.ipynb", ROWS)))
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]
    assert rows == [
        ["exercise", "result", "points by visible tests", "points by hidden tests"],
        ["double", "✓ passed", "1 of 1", "2"],
        ["half", "✗ failinghalf(x) should be <b>3</b>.", "0 of 2", "3"],
        ["third", "– not begun", "0 of 1", "2"],
        ["fourth", "? changed since it passed", "0 of 1", "2"],
    ]
    assert page.caption.get_text() == "lesson.ipynb: 1 of 4 exercises pass their visible tests."
    assert "Visible tests: 1 of 5 points." in page.get_text()


def test_a_screen_reader_finds_heads_and_hears_no_signs():
    page = page_of(ProgressWidget(lambda: Standing("lesson.ipynb", ROWS)))
    assert [head["scope"] for head in page.find_all("th")] == ["col"] * 4 + ["row"] * 4
    assert [sign["aria-hidden"] for sign in page.find_all("span")] == ["true"] * 4
    assert "color:" not in str(page) and "background" not in str(page)


def test_the_text_is_whole_where_there_are_no_widgets():
    widget = ProgressWidget(lambda: Standing("lesson.ipynb", ROWS))
    assert repr(widget) == str(Standing("lesson.ipynb", ROWS))
    assert widget._repr_mimebundle_()["text/plain"] == repr(widget)


def test_look_again_reads_the_results_again(tmp_path):
    path = s.written(tmp_path)
    widget = cnnkit.progress(path)
    assert "1 of 1 questions are answered" not in repr(widget)
    s.written(tmp_path, tree='tree = "oak"')
    widget.children[1].click()
    assert (
        "1 of 1 questions are answered" in repr(widget) and "1 of 1 questions" in page_of(widget).get_text()
    )


def test_what_keeps_it_from_looking_is_said_where_one_looks(tmp_path):
    path = s.written(tmp_path)
    widget = cnnkit.progress(path)
    path.write_text("{")
    widget.children[1].click()
    assert (
        repr(widget)
        == page_of(widget).get_text()
        == ("How far you are cannot be read now: lesson.ipynb is not a Jupyter notebook.")
    )
    s.written(tmp_path)
    widget.children[1].click()
    assert "questions are answered" in repr(widget)


def test_a_sentence_stands_where_there_is_no_table():
    widget = ProgressWidget(lambda: "Which <notebook>?")
    assert page_of(widget).get_text() == "Which <notebook>?" == repr(widget)
