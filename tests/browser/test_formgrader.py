"""nbgrader's formgrader in a real browser, on the folder that a run over a class has written."""

import csv
import re
import zipfile
from dataclasses import dataclass

import nbformat
import pytest
from click.testing import CliRunner
from lab import TOKEN, lab
from nbformat.v4 import new_code_cell, new_markdown_cell
from small_lesson import ASSIGNMENT, LESSON, hand_in, solved

from autograder.cli import main
from autograder.grade import Run, grade
from autograder.gradebook import Book, own_gradebook
from autograder.results import Results

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

EVIL = "<img src=x onerror=\"document.title='taken over'\"><script>document.title='taken over'</script>"
# Every answer of the worker from here on is one that it cannot have: no verdict can be reached.
GARBLED = """
import comm
send = comm.base_comm.BaseComm.send
comm.base_comm.BaseComm.send = lambda self, data=None, *a, **k: send(self, {**(data or {}), "value": 7}, *a, **k)
"""


@dataclass
class Server:
    url: str
    run: Run

    @property
    def out(self):
        return self.run.out

    def open(self, page, student):
        """formgrader's page of one submission."""
        with Book(own_gradebook(self.out)) as book:
            found = book.gradebook.find_submission_notebook(LESSON, ASSIGNMENT, student).id
        page.goto(f"{self.url}/formgrader/submissions/{found}/?index=0")
        page.wait_for_function("() => document.querySelector('#double').placeholder !== ''")


def a_class(course, folder):
    """Half right with scripts for the teacher's browser; right, in a zip; in part without a verdict; damaged."""
    amber = solved(
        course, double="def double(X, times=1):\n    return X + X", total="def total(X):\n    return 0.0"
    )
    show = f"from IPython.display import HTML, display\ndisplay(HTML({EVIL!r}))\nprint({EVIL!r})"
    amber.cells += [new_markdown_cell(EVIL, id="prose"), new_code_cell(show, id="show")]
    hand_in(folder, "amber", amber)
    with zipfile.ZipFile(folder / "birch.zip", "w") as archive:
        archive.writestr(f"{ASSIGNMENT}/{LESSON}.ipynb", nbformat.writes(solved(course)))
    cedar = solved(course)
    place = next(i for i, cell in enumerate(cedar.cells) if cell.id == "double_hidden")
    cedar.cells.insert(place + 1, new_code_cell(GARBLED, id="garbled"))
    hand_in(folder, "cedar", cedar).with_name("timestamp.txt").write_text("2026-03-01 12:00:00.000000 UTC\n")
    hand_in(folder, "dune", solved(course)).write_text("not a notebook")


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """A JupyterLab server on the folder of a run over the class."""
    submitted, out = tmp_path_factory.mktemp("submitted"), tmp_path_factory.mktemp("graded")
    a_class(course, submitted)
    run = Run(course, ASSIGNMENT, submitted, out, workers=2)
    grade(run)
    with lab(out, tmp_path_factory.mktemp("home")) as url:
        yield Server(url, run)


@pytest.fixture
def page(browser, server):
    """A page with the server's cookie, that reaches the server and nothing else."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.route(re.compile(rf"^(?!{re.escape(server.url)}|data:|file:)"), lambda route: route.abort())
    page.goto(f"{server.url}/formgrader/manage_assignments?token={TOKEN}")
    yield page
    context.close()


def row(page, student):
    return page.locator("tr", has=page.locator("td.student-id", has_text=re.compile(f"^{student}$")))


def test_the_assignment_is_there(page, picture):
    found = page.locator("tr", has=page.get_by_text(ASSIGNMENT, exact=True)).first
    found.wait_for()
    picture(page, "assignments")
    assert found.locator("td.num-submissions").inner_text().strip() == "3", "those that could be read"


def test_every_student_is_there_with_marks_and_what_needs_a_person(page, server, picture):
    page.goto(f"{server.url}/formgrader/manage_submissions/{ASSIGNMENT}")
    row(page, "cedar").wait_for()
    picture(page, "submissions")
    shown = {
        student: [
            row(page, student).locator(f"td.{name}").inner_text().strip() for name in ("status", "score")
        ]
        for student in ("amber", "birch", "cedar", "dune")
    }
    assert shown == {
        "amber": ["graded", "1 / 6"],
        "birch": ["graded", "6 / 6"],
        "cedar": ["needs manual grading", "3 / 6"],
        "dune": ["graded", "0 / 6"],
    }
    assert row(page, "cedar").locator("td.timestamp").inner_text().startswith("2026-03-01 12:00")


def test_the_notebooks_say_where_tests_failed(page, server):
    page.goto(f"{server.url}/formgrader/gradebook/{ASSIGNMENT}/{LESSON}")
    shown = {score: page.locator("tr", has=page.get_by_text(score)) for score in ("1 / 6", "3 / 6", "6 / 6")}
    shown["6 / 6"].wait_for()
    assert shown["1 / 6"].locator(".tests-failed .glyphicon-ok").count() == 1
    assert shown["3 / 6"].locator(".needs-manual-grade .glyphicon-ok").count() == 1
    assert shown["6 / 6"].locator(".glyphicon-ok").count() == 0


def test_a_submission_shows_our_marks_and_messages(page, server, picture):
    server.open(page, "amber")
    names = ("double", "double_hidden", "total", "total_hidden")
    shown = {name: page.locator(f"#{name}").get_attribute("placeholder") for name in names}
    picture(page, "submission")
    assert shown == {"double": "1", "double_hidden": "0", "total": "0", "total_hidden": "0"}
    comment = page.locator("#double_solution-comment").get_attribute("placeholder")
    assert "You doubled once: look at times." in comment
    assert "random_inputs" in page.locator("#notebook").first.inner_text(), (
        "hidden tests are the teacher's to see"
    )


def test_a_test_without_a_verdict_has_no_mark(page, server):
    server.open(page, "cedar")
    shown = [page.locator(f"#{name}").get_attribute("placeholder") for name in ("double_hidden", "total")]
    assert shown == ["2", None]


def test_a_learners_scripts_do_not_run_in_the_teachers_browser(page, server):
    server.open(page, "amber")
    page.wait_for_timeout(500)
    assert page.title() != "taken over"
    assert page.locator("#notebook").first.inner_text().count("onerror") >= 2, "they are shown as text"


def type_in(page, box, text, api):
    box.fill(text)
    with page.expect_response(lambda answer: api in answer.url and answer.request.method == "PUT"):
        box.press("Tab")


def autograde(page, server, student):
    """Click formgrader's own button; what it says when it is done."""
    page.goto(f"{server.url}/formgrader/manage_submissions/{ASSIGNMENT}")
    row(page, student).locator("td.autograde a").click()
    page.locator("#success-modal, #error-modal").first.wait_for(timeout=120_000)
    return page.locator("#success-modal, #error-modal").first.inner_text()


def said_by_hand(server):
    with Book(own_gradebook(server.out)) as book:
        marks = book.marks("cedar", ASSIGNMENT, LESSON)
    return marks.scores["total_hidden"], marks.scores["total"], marks.comments.get("total_solution", "")


def in_csv(server):
    with (server.out / "grades.csv").open(newline="") as file:
        return {line["student_id"]: float(line["score"]) for line in csv.DictReader(file)}


def test_a_mark_typed_in_survives_regrading_by_run_and_by_button(page, server, picture, course, monkeypatch):
    server.open(page, "cedar")
    type_in(page, page.locator("#total_hidden"), "1.5", "/api/grade/")
    type_in(page, page.locator("#total"), "0.25", "/api/grade/")
    type_in(page, page.locator("#total_solution-comment"), "The sum is right.", "/api/comment/")
    picture(page, "marked by hand")
    by_hand = ((1.5, 2.0), (0.25, 1.0), "The sum is right.")
    assert said_by_hand(server) == by_hand

    grade(server.run)
    assert said_by_hand(server) == by_hand
    assert in_csv(server) == {"amber": 1, "birch": 6, "cedar": 4.75, "dune": 0}

    said = autograde(page, server, "cedar")
    picture(page, "autograded by the button")
    assert f"Successfully autograded '{ASSIGNMENT}' for student 'cedar'" in said
    assert said_by_hand(server) == by_hand
    server.open(page, "cedar")
    assert [page.locator(f"#{name}").input_value() for name in ("total_hidden", "total")] == ["1.5", "0.25"]
    assert page.locator("#total_solution-comment").input_value() == "The sum is right."
    page.goto(f"{server.url}/formgrader/gradebook/{ASSIGNMENT}/{LESSON}")
    page.locator("td.score", has_text="4.75 / 6").wait_for()

    monkeypatch.chdir(course.root)
    for words in (("feedback",), ("export", "--format", "csv")):
        done = CliRunner().invoke(main, [words[0], ASSIGNMENT, "--out", str(server.out), *words[1:]])
        assert done.exit_code == 0, done.output
    page.goto((server.out / "feedback" / "cedar" / f"{LESSON}.html").as_uri())
    picture(page, "feedback with marks by hand")
    shown = page.locator("body").inner_text()
    assert (
        "4.75 of 6 points" in shown and "The sum is right." in shown and shown.count("Marked by hand.") == 2
    )
    assert in_csv(server)["cedar"] == 4.75
    with zipfile.ZipFile(server.out / "feedback" / "cedar.zip") as archive:
        assert "The sum is right." in archive.read(f"{LESSON}.html").decode()


@pytest.mark.parametrize("student", ["amber", "birch"])
def test_the_button_gives_the_marks_that_the_run_gave(page, server, student):
    """For a zip too, and whatever stands in the notebook: it grades what intake read."""
    before = server.out / "autograded" / student / ASSIGNMENT / f"{LESSON}.ipynb"
    verdicts = [cell.metadata.get("autograder") for cell in nbformat.read(before, as_version=4).cells]
    stamp = before.stat().st_mtime_ns
    assert "Successfully autograded" in autograde(page, server, student)
    assert before.stat().st_mtime_ns > stamp
    again = [cell.metadata.get("autograder") for cell in nbformat.read(before, as_version=4).cells]
    assert again == verdicts and any(verdicts)
    (result,) = [one for one in Results(server.out / "results.json") if one.student == student]
    with Book(own_gradebook(server.out)) as book:
        assert book.marks(student, ASSIGNMENT, LESSON).score == result.score
