"""A test that changes after the class was graded, from the first run to the second, and what nbgrader reads then."""

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from small_lesson import ASSIGNMENT, DOUBLE_HIDDEN, LESSON, SOURCE, TOTAL_TEST, hand_in, small_course, solved

from autograder.change import take_over
from autograder.cli import main
from autograder.gradebook import Book, GradebookMismatch, own_gradebook
from autograder.journal import Journal
from autograder.late import configuration
from autograder.results import Results

STUDENTS = ("amber", "birch")


class Folder:
    """A class of two, graded into one folder."""

    def __init__(self, root, monkeypatch, db=None):
        self.course = small_course(root / "course")
        self.out, self.submitted, self.db = root / "out", root / "submitted", db
        for student in STUDENTS:
            hand_in(self.submitted, student, solved(self.course))
        monkeypatch.chdir(self.course.root)

    def do(self, *words, **more):
        database = ["--db", self.db] if self.db else []
        return CliRunner().invoke(main, [*map(str, words), "--out", str(self.out), *database], **more)

    def grade(self, *more):
        return self.do("grade", ASSIGNMENT, "--submitted", self.submitted, "--workers", "2", *more)

    def write(self, source):
        self.course.source_file(ASSIGNMENT, LESSON).write_text(source, encoding="utf-8")

    def book(self):
        return Book(self.db or own_gradebook(self.out))

    def scores(self):
        with self.book() as book:
            return {student: book.marks(student, ASSIGNMENT, LESSON).scores for student in STUDENTS}


@pytest.fixture(params=["sqlite", "postgresql"])
def graded(request, tmp_path, monkeypatch):
    """The class graded, with a mark by hand at a test that will stay and one at a test that will go."""
    db = request.getfixturevalue("postgres").database() if request.param == "postgresql" else None
    folder = Folder(tmp_path, monkeypatch, db)
    assert folder.grade().exit_code == 0
    with folder.book() as book:
        for name in ("total", "double_hidden"):
            book.gradebook.find_grade(name, LESSON, ASSIGNMENT, "amber").manual_score = 0.25
        book.gradebook.find_comment("total_solution", LESSON, ASSIGNMENT, "amber").manual_comment = "Good."
        book.gradebook.db.commit()
    return folder


NEW = TOTAL_TEST.replace('"grade_id": "total"', '"grade_id": "total_again"')
CHANGED = SOURCE.replace(DOUBLE_HIDDEN, "") + NEW


@pytest.mark.sandbox
def test_a_test_changes_after_the_class_was_graded(graded):
    graded.write(CHANGED)
    before = graded.scores()
    done = graded.grade("--resume")
    said = " ".join(done.output.split())
    assert done.exit_code == 2 and "'week', of which 2 students have submissions" in said
    assert "doubles: the cell 'double_hidden' is dropped; lost with it, given by hand: amber (0.25)" in said
    assert "doubles: the cell 'total_again' is new (1 point)" in said
    assert f"`autograder change week --out {graded.out}" in said and graded.scores() == before
    refused = graded.do("change", ASSIGNMENT, input="n\n")
    assert refused.exit_code == 0 and "Nothing was changed." in refused.output and graded.scores() == before
    assert not list(graded.out.glob("before_change*"))
    done = graded.do("change", ASSIGNMENT, "--yes")
    assert done.exit_code == 0 and "amber (0.25)" in done.output
    lost = json.loads((graded.out / "before_change_1.json").read_text())["lost"]
    assert [(one["student"], one["cell"], one["manual_score"]) for one in lost] == [
        ("amber", "double_hidden", 0.25)
    ]
    if not graded.db:
        with Gradebook(f"sqlite:///{graded.out / 'before_change_1.db'}") as kept:
            assert kept.find_grade("double_hidden", LESSON, ASSIGNMENT, "amber").manual_score == 0.25
    assert graded.grade("--resume").exit_code == 0
    whole = {"double": (1.0, 1.0), "total": (1.0, 1.0), "total_again": (1.0, 1.0), "total_hidden": (2.0, 2.0)}
    assert graded.scores() == {"amber": whole | {"total": (0.25, 1.0)}, "birch": whole}
    assert [len(result.tests) for result in Results(graded.out / "results.json")] == [4, 4]
    with graded.book() as book:
        assert book.marks("amber", ASSIGNMENT, LESSON).comments == {"total_solution": "Good."}
    reads_in_formgrader(graded)


def reads_in_formgrader(graded):
    """What formgrader's pages ask for, and nbgrader's own export."""
    config = configuration(graded.out)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    (assignment,) = api.get_assignments()
    assert (assignment["num_submissions"], assignment["max_score"]) == (2, 5.0)
    assert [one["average_score"] for one in api.get_notebooks(ASSIGNMENT)] == [4.625]
    assert {one["student"]: one["score"] for one in api.get_submissions(ASSIGNMENT)} == {
        "amber": 4.25,
        "birch": 5.0,
    }
    assert {one["student"]: one["max_score"] for one in api.get_notebook_submissions(ASSIGNMENT, LESSON)} == {
        "amber": 5.0, "birch": 5.0,
    }  # fmt: skip
    assert {one["id"]: one["score"] for one in api.get_students()} == {"amber": 4.25, "birch": 5.0}
    assert [one["score"] for one in api.get_student_submissions("amber")] == [4.25]
    assert [one["score"] for one in api.get_student_notebook_submissions("amber", ASSIGNMENT)] == [4.25]
    before = (graded.out / "grades.csv").read_text()
    exported = [sys.executable, "-W", "ignore", "-m", "nbgrader", "export", "--to", "again.csv"]
    subprocess.run(exported, check=True, cwd=graded.out, capture_output=True)
    assert (graded.out / "again.csv").read_text() == before
    assert re.search("^week,,,amber,,,,4.25,0.0,4.25,5.0,", before, re.MULTILINE)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_mark_given_while_the_question_is_open_is_not_lost_unseen(request, tmp_path, monkeypatch, kind):
    db = request.getfixturevalue("postgres").database() if kind == "postgresql" else None
    folder = Folder(tmp_path, monkeypatch, db)
    folder.out.mkdir()
    with folder.book() as book:
        book.register_assignment(ASSIGNMENT, {LESSON: folder.course.master(ASSIGNMENT, LESSON)})
        book.gradebook.add_student("amber")
        book.gradebook.add_submission(ASSIGNMENT, "amber")

    def agree(found):
        with folder.book() as book:
            book.gradebook.find_grade("double_hidden", LESSON, ASSIGNMENT, "amber").manual_score = 0.25
            book.gradebook.db.commit()
        return found.lost == []

    folder.write(CHANGED)
    with pytest.raises(GradebookMismatch, match=r"lost with it, given by hand: amber \(0.25\)"):
        take_over(folder.course, ASSIGNMENT, folder.out, db, agree)
    with folder.book() as book:
        assert book.gradebook.find_grade("double_hidden", LESSON, ASSIGNMENT, "amber").manual_score == 0.25
    assert not list(folder.out.glob("before_change*"))
    done = folder.do("change", ASSIGNMENT, "--yes")
    assert done.exit_code == 0 and "amber (0.25)" in done.output


def test_a_change_wants_a_folder_of_results_that_no_run_writes_into(tmp_path, monkeypatch):
    folder = Folder(tmp_path, monkeypatch)
    folder.out.mkdir()
    assert "nothing was graded into" in folder.do("change", ASSIGNMENT).output
    with Journal(folder.out):
        done = folder.do("change", ASSIGNMENT)
    assert done.exit_code == 2 and "another run is writing into" in " ".join(done.output.split())
    assert [path.name for path in folder.out.iterdir()] == ["journal.jsonl"]


def test_pages_of_a_lesson_that_is_dropped_go_with_it(tmp_path, monkeypatch):
    folder = Folder(tmp_path, monkeypatch)
    folder.out.mkdir()
    masters = {name: folder.course.master(ASSIGNMENT, LESSON) for name in (LESSON, "gone")}
    with folder.book() as book:
        book.register_assignment(ASSIGNMENT, masters)
        book.gradebook.add_student("amber")
        book.gradebook.add_submission(ASSIGNMENT, "amber")
    Journal(folder.out).close()
    places = (
        "feedback/amber/{}.html",
        f"autograded/amber/{ASSIGNMENT}/{{}}.ipynb",
        f"source/{ASSIGNMENT}/{{}}.ipynb",
    )
    for place in places:
        for name in masters:
            path = folder.out / place.format(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    done = folder.do("change", ASSIGNMENT, "--yes")
    assert done.exit_code == 0 and "the lesson 'gone' is dropped" in done.output
    left = {str(path.relative_to(folder.out)) for path in folder.out.rglob("*") if path.parent != folder.out}
    assert {name for name in left if "." in name} == {place.format(LESSON) for place in places}
    assert folder.do("change", ASSIGNMENT, "--yes").output == "Nothing was changed.\n"


def test_each_change_keeps_what_was_there_under_a_name_of_its_own(tmp_path, monkeypatch):
    folder = Folder(tmp_path, monkeypatch)
    folder.out.mkdir()
    with folder.book() as book:
        book.register_assignment(ASSIGNMENT, {LESSON: folder.course.master(ASSIGNMENT, LESSON)})
        book.gradebook.add_student("amber")
        book.gradebook.add_submission(ASSIGNMENT, "amber")
    Journal(folder.out).close()
    for source in (CHANGED, SOURCE):
        folder.write(source)
        assert folder.do("change", ASSIGNMENT, "--yes").exit_code == 0
    kept = sorted(path.name for path in folder.out.glob("before_change*"))
    assert kept == [f"before_change_{number}.{kind}" for number in (1, 2) for kind in ("db", "json")]
