"""cnnkit.overview: what cnnkit.progress says, and that it is true of what the learner did."""

import json
import os
import sys

import pytest
import student_lesson as s

import cnnkit
from cnnkit.notebooks import NotALesson
from cnnkit.overview import read
from cnnkit.results import Said, digest_of, file_of, keep


def statuses(path):
    return [row.status for row in read(path).rows]


def recorded(path, status, solution, when=None, test=s.TEST, sentence=""):
    keep(
        path,
        test,
        Said(status, sentence, path.stat().st_mtime + 1 if when is None else when, digest_of(solution)),
    )


def test_the_text_says_how_each_exercise_stands(tmp_path):
    path = s.written(tmp_path, double=s.RIGHT, half=s.HALF)
    recorded(path, "passed", s.RIGHT)
    recorded(path, "failing", s.HALF, test=s.HALF_TEST, sentence="half(6) should be 3, and is 6. " * 4)
    assert str(read(path)) == (
        "lesson.ipynb: 1 of 2 exercises pass their visible tests, 0 of 1 questions are answered.\n"
        "\n"
        "exercise  result        visible  hidden\n"
        "double    passed        1 of 1   2\n"
        "half      failing       0 of 2   3\n"
        "    half(6) should be 3, and is 6. half(6) should be 3, and is 6. half(6)\n"
        "    should be 3, and is 6. half(6) should be 3, and is 6.\n"
        "tree      not answered  -        1\n"
        "\n"
        "Visible tests: 1 of 3 points. Hidden tests, run when your notebook is graded, decide on the other 6."
    )


def test_a_lesson_without_points_is_called_practice(tmp_path):
    path, practice = tmp_path / "practice.ipynb", s.lesson()
    practice.cells = [s.cell(s.RIGHT, "double_solution", solution=True), s.cell(s.TEST, "double", 0)]
    s.nbformat.write(practice, path)
    recorded(path, "passed", s.RIGHT)
    assert read(path).footnote == "This lesson is practice: it has no points."
    assert read(path).is_done


def test_untouched_it_is_not_begun(tmp_path):
    assert statuses(s.written(tmp_path)) == ["not begun", "not begun", "not answered"]


def test_written_and_never_tested(tmp_path):
    assert statuses(s.written(tmp_path, double=s.RIGHT))[0] == "not tested"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("passed", "changed since it passed"),
        ("failing", "changed since it failed"),
        ("not begun", "not tested"),
    ],
)
def test_a_solution_that_was_saved_since_with_another_text_has_changed(tmp_path, status, said):
    path = s.written(tmp_path, double=s.RIGHT)
    recorded(path, status, s.WRONG, when=path.stat().st_mtime - 1, sentence="no")
    (row, *_) = read(path).rows
    assert (row.status, row.sentence, row.points) == (said, "", 0)


def test_a_file_that_was_not_saved_since_says_nothing_about_a_change(tmp_path):
    path = s.written(tmp_path, double=s.WRONG)
    recorded(path, "passed", s.RIGHT)
    assert statuses(path)[0] == "passed"


def test_a_file_that_was_saved_since_with_the_same_text_has_not_changed(tmp_path):
    path = s.written(tmp_path, double=s.RIGHT + " \n")
    recorded(path, "passed", s.RIGHT, when=0.0)
    assert statuses(path)[0] == "passed"


def test_an_exercise_of_two_tests_passes_when_both_do(tmp_path):
    path = s.written(tmp_path, double=s.RIGHT)
    notebook = s.lesson(double=s.RIGHT)
    more = s.TEST + "\n# more"
    notebook.cells.append(s.cell(more, "double_more", 4))
    s.nbformat.write(notebook, path)
    recorded(path, "passed", s.RIGHT)
    assert (read(path).rows[0].status, read(path).rows[0].points, read(path).rows[0].visible) == (
        "not tested",
        0,
        5,
    )
    recorded(path, "failing", s.RIGHT, test=more, sentence="no")
    assert (read(path).rows[0].status, read(path).rows[0].points) == ("failing", 1)
    recorded(path, "passed", s.RIGHT, test=more)
    assert (read(path).rows[0].status, read(path).rows[0].points) == ("passed", 5)


def test_a_question_is_answered_by_a_click_or_by_an_assignment(tmp_path):
    path = s.written(tmp_path, tree=s.OPEN.replace("raise NotImplementedError()", 'tree = "oak"'))
    assert statuses(path)[2] == "answered"
    path = s.written(tmp_path)
    clicked = tmp_path / "work" / "quiz" / "answers.json"
    clicked.parent.mkdir(parents=True)
    for text, said in [
        ('{"tree": "oak"}', "answered"),
        ('{"tree": null}', "not answered"),
        ("{", "not answered"),
    ]:
        clicked.write_text(text)
        assert statuses(path)[2] == said


def test_a_damaged_file_is_told_of_and_left_alone(tmp_path):
    path = s.written(tmp_path, double=s.RIGHT)
    recorded(path, "passed", s.RIGHT)
    file_of(path).write_text("{")
    standing = read(path)
    assert [row.status for row in standing.rows] == ["not tested", "not begun", "not answered"]
    assert "progress.json is damaged" in str(standing) and "put aside, not deleted" in str(standing)
    assert file_of(path).read_text() == "{"


def test_wrong_arguments_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.ipynb"):
        cnnkit.progress(tmp_path / "gone.ipynb")
    (tmp_path / "other.ipynb").write_text("{}")
    with pytest.raises(NotALesson, match=r"other\.ipynb is not a Jupyter notebook\."):
        cnnkit.progress(tmp_path / "other.ipynb")


def test_outside_a_notebook_it_asks_which_one():
    assert repr(cnnkit.progress()).startswith("Which notebook is this?")
    assert callable(cnnkit.progress) and callable(cnnkit.progress)


def test_where_a_notebook_is_graded_it_says_nothing_and_imports_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNKIT_GRADING", "1")
    monkeypatch.delitem(sys.modules, "cnnkit.progress_widget", raising=False)
    assert cnnkit.progress() is None and cnnkit.progress(tmp_path / "gone.ipynb") is None
    assert "cnnkit.progress_widget" not in sys.modules


def test_in_a_notebook_it_knows_its_file_and_outlives_the_kernel(tmp_path):
    path = s.written(tmp_path, double=s.RIGHT)
    with s.kernel_of(path) as run:
        for source in (s.RIGHT, s.TEST, s.HALF, s.HALF_TEST):
            run(source)
        said = s.text_of(run(s.PROGRESS))
        assert "2 of 2 exercises pass" in said and "half      passed" in said
        run(s.WRONG)
        assert "changed since it passed" in s.text_of(run(s.PROGRESS))
        run(s.RIGHT)
        assert "changed" not in s.text_of(run(s.PROGRESS))
    with s.kernel_of(path) as run:
        (shown,) = run(s.PROGRESS)
        assert "2 of 2 exercises pass" in s.text_of([shown])
        assert "application/vnd.jupyter.widget-view+json" in shown.data
        run('tree = "oak"')
        assert "tree      answered" in s.text_of(run(s.PROGRESS))


def test_where_nobody_says_which_notebook_it_is_naming_it_once_is_enough(tmp_path):
    path = s.written(tmp_path)
    with s.kernel_of(tmp_path / "Console 1") as run:
        assert "Which notebook is this?" in s.text_of(run(s.PROGRESS))
        assert "0 of 2" in s.text_of(run(f'cnnkit.progress("{path.name}")'))
        run("import os; os.chdir('/')")
        run(s.RIGHT)
        run(s.TEST)
        assert "1 of 2" in s.text_of(run(s.PROGRESS))
    assert os.listdir(tmp_path / "work") == ["lesson"]


def test_another_notebooks_results_are_not_taken_for_ones_own(tmp_path):
    path, other = s.written(tmp_path), s.written(tmp_path, "other.ipynb")
    with s.kernel_of(path) as run:
        run(f'import cnnkit\ncnnkit.progress("{other.name}")')
        run(s.RIGHT)
        run(s.TEST)
        assert "lesson.ipynb: 1 of 2" in s.text_of(run(s.PROGRESS))
    assert json.loads(file_of(path).read_text())["tests"] and not file_of(other).exists()
