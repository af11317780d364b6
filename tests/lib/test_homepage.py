"""cnnkit.homepage: the course's map with how far one is, and the page that shows it before anything runs."""

import json

import bs4
import nbformat
import pytest
import student_lesson as s

import cnnkit
from cnnkit import homepage
from cnnkit.homepage import NoMap, is_outdated, show_on
from cnnkit.results import Said, digest_of, keep


def quiz(folder):
    made = s.lesson()
    made.cells = [
        cell
        for cell in made.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("tree")
    ]
    nbformat.write(made, folder / "quiz.ipynb")


@pytest.fixture
def course(tmp_path):
    """A folder of two lessons and a quiz; in the first lesson `double` passes."""
    for week in ("week1", "week2"):
        (tmp_path / week).mkdir()
    path = s.written(tmp_path / "week1", "doubles.ipynb", double=s.RIGHT)
    s.written(tmp_path / "week1", "halves.ipynb")
    quiz(tmp_path / "week2")
    keep(path, s.TEST, Said("passed", "", path.stat().st_mtime + 1, digest_of(s.RIGHT)))
    s.start_page(tmp_path)
    return tmp_path


def statuses(folder):
    return [(stop.status, stop.done, stop.marks) for stop in cnnkit.home(folder).stops]


def test_the_text_says_how_far_one_is_and_what_is_next(course):
    assert str(cnnkit.home(course)) == (
        "0 of 3 lessons done: 1 of 4 exercises pass their visible tests, for 1 of 6 points.\n"
        "Go on with 1.1 Doubles: 1 of 3 exercises pass.\n"
        "\n"
        "lesson             how far you are  done              points by visible tests\n"
        "\n"
        "Week 1: sums\n"
        "1.1 Doubles        begun            1 of 3 exercises  1 of 3\n"
        "1.2 Halves & more  not begun        0 of 3 exercises  0 of 3\n"
        "\n"
        "Week 2: trees\n"
        "2.q Quiz           not begun        0 of 1 questions  when graded"
    )


def test_a_screen_reader_finds_a_table_with_heads_and_words(course):
    page = bs4.BeautifulSoup(cnnkit.home(course)._repr_html_(), "html.parser")
    assert [head["scope"] for head in page.thead.find_all("th")] == ["col"] * 4
    assert [[th["scope"] for th in body.find_all("th")] for body in page.find_all("tbody")] == [
        ["rowgroup", "row", "row"],
        ["rowgroup", "row"],
    ]
    assert page.caption.get_text() == cnnkit.home(course).headline
    assert all(sign["aria-hidden"] == "true" for sign in page.find_all("span"))
    assert "color:" not in str(page) and "background" not in str(page)
    row = [cell.get_text() for cell in page.find_all("tr")[3].find_all(["th", "td"])]
    assert row == ["1.2 Halves & more", "– not begun", "0 of 3 exercises", "0 of 3"]


def test_links_lead_from_the_notebook_that_shows_them(course, monkeypatch):
    def links():
        page = bs4.BeautifulSoup(cnnkit.home()._repr_html_(), "html.parser")
        return [link["href"] for link in page.table.find_all("a")]

    monkeypatch.chdir(course)
    assert links() == ["week1/doubles.ipynb", "week1/halves.ipynb", "week2/quiz.ipynb"]
    monkeypatch.chdir(course / "week2")
    assert links() == ["../week1/doubles.ipynb", "../week1/halves.ipynb", "quiz.ipynb"]


def test_next_is_the_first_that_is_begun_else_the_first_that_is_not(course):
    path = course / "week1" / "doubles.ipynb"
    (course / "week1" / "work" / "doubles" / "progress.json").unlink()
    s.written(course / "week1", "doubles.ipynb")
    assert cnnkit.home(course).next_step[0] == "Begin with "
    made = s.lesson(double=s.RIGHT, half=s.HALF, tree='tree = "oak"')
    nbformat.write(made, path)
    for test, solution in ((s.TEST, s.RIGHT), (s.HALF_TEST, s.HALF)):
        keep(path, test, Said("passed", "", path.stat().st_mtime + 1, digest_of(solution)))
    home = cnnkit.home(course)
    assert home.stops[0].status == "done"
    assert (home.next_step[0], home.next_step[1].name) == ("Next is ", "1.2 Halves & more")


def test_when_all_is_done_nothing_is_next(course):
    s.start_page(course, lessons=s.ON_THE_MAP[2:])
    made = nbformat.read(course / "week2" / "quiz.ipynb", as_version=4)
    made.cells[0].source = 'tree = "oak"'
    nbformat.write(made, course / "week2" / "quiz.ipynb")
    assert cnnkit.home(course).next_step[1] is None
    assert "Hand in" in str(cnnkit.home(course))


def test_a_quiz_that_is_begun_has_answers(course):
    s.start_page(course, lessons=s.ON_THE_MAP[2:])
    file = course / "week2" / "quiz.ipynb"
    made = nbformat.read(file, as_version=4)
    made.cells += s.lesson().cells[-2:]
    made.cells[0].source = 'tree = "oak"'
    for cell in made.cells[2:]:
        cell.metadata.nbgrader.grade_id = cell.metadata.nbgrader.grade_id.replace("tree", "bush")
    nbformat.write(made, file)
    assert "Go on with 2.q Quiz: 1 of 2 questions answered." in str(cnnkit.home(course))


def test_lessons_that_are_missing_or_damaged_stop_nothing(course):
    (course / "week1" / "doubles.ipynb").unlink()
    (course / "week1" / "halves.ipynb").write_text("{")
    assert statuses(course)[:2] == [("not here", "-", "-"), ("cannot be read", "-", "-")]


def test_what_a_trained_model_waits_for_is_not_begun(course):
    made = s.lesson()
    made.cells += [s.cell("print(1)", "net_reads", 2)]
    nbformat.write(made, course / "week1" / "halves.ipynb")
    assert statuses(course)[1] == ("not begun", "0 of 4 exercises", "0 of 5")


@pytest.mark.parametrize(
    "content",
    [
        None,
        "{",
        "[]",
        "[" * 100_000,
        '{"metadata": {"cnnkit": {"lessons": [{"week": "1"}]}}}',
        '{"metadata": {"cnnkit": {"lessons": []}}}',
        '{"metadata": {"cnnkit": {"lessons": []}}, "cells": ["a"]}',
    ],
)
def test_without_a_map_it_says_so(tmp_path, content):
    if content is not None:
        (tmp_path / homepage.PAGE).write_text(content)
    with pytest.raises(NoMap, match=r"start_here\.ipynb"):
        cnnkit.home(tmp_path)
    with pytest.raises(NoMap, match=r"start_here\.ipynb"):
        show_on(tmp_path / homepage.PAGE)


def test_elsewhere_it_says_where_to_run_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoMap, match="run this in the folder of the course's lessons"):
        cnnkit.home()


def test_the_page_shows_it_before_anything_runs(course, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    page = course / homepage.PAGE
    show_on(page)
    shown = nbformat.read(page, as_version=4)
    nbformat.validate(shown)
    (output,) = shown.cells[1].outputs
    assert output.data["text/plain"] == str(cnnkit.home(course))
    assert "href='week1/doubles.ipynb'" in output.data["text/html"]
    assert shown.cells[0].get("outputs") is None


def test_what_a_page_shows_is_no_change_of_it(course, tmp_path_factory):
    page, release = course / homepage.PAGE, tmp_path_factory.mktemp("release")
    show_on(page)
    assert not is_outdated(page, s.start_page(release))
    assert is_outdated(page, s.start_page(release, "A newer course."))
    changed = json.loads(page.read_text())
    changed["cells"][0]["source"] = "Mine."
    page.write_text(json.dumps(changed))
    assert not is_outdated(page, release / homepage.PAGE), "its reader's text is not thrown away"
    page.write_text("{")
    assert not is_outdated(page, release / homepage.PAGE)


def test_each_lesson_of_the_course_is_read_and_not_begun(repository):
    home = cnnkit.home(repository / "course" / "release")
    assert len(home.stops) > 20 and {stop.status for stop in home.stops} == {"not begun"}
    assert home.next_step[0] == "Begin with "
