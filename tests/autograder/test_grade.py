"""A whole class: every submission has a row, whatever was handed in, and two runs say the same."""

import csv
import json
import os
import shutil
import zipfile
from dataclasses import replace

import nbformat
import pytest
from click.testing import CliRunner
from small_lesson import ASSIGNMENT, FULL, LESSON, hand_in, solved

from autograder import cells as c
from autograder import grade as grading
from autograder.build import student_version
from autograder.cli import main
from autograder.grade import Run, grade
from autograder.gradebook import Book
from autograder.journal import Journal
from autograder.limits import Limits
from autograder.results import Results, valid
from autograder.sandbox import SandboxMissing
from cnnkit.handing_in import pack_week

pytestmark = pytest.mark.sandbox


def a_class(small_course, folder):
    hand_in(folder, "amber", solved(small_course))
    hand_in(folder, "birch", student_version(small_course.master(ASSIGNMENT, LESSON)))
    once = "def double(X, times=1):\n    print('times is', times)\n    return X + X"
    hand_in(folder, "cedar", solved(small_course, double=once))
    helped = solved(small_course, total="def total(X):\n    return helper(double(X))")
    helped.cells.insert(
        4, nbformat.v4.new_code_cell("def helper(x):\n    return float(np.sum(x))", id="mine")
    )
    hand_in(folder, "dune", helped)
    hand_in(folder, "ember", solved(small_course)).write_text("not a notebook")
    hand_in(folder, "flint", solved(small_course)).write_bytes(b"")
    path = hand_in(folder, "granite", solved(small_course))
    path.rename(path.with_name("homework.txt"))
    path = hand_in(folder, "heath", solved(small_course))
    path.unlink()
    path.symlink_to("/etc/passwd")
    with hand_in(folder, "inlet", solved(small_course)).open("r+b") as huge:
        huge.truncate(100_000_000)
    twice = solved(small_course)
    twice.cells.append(
        nbformat.from_dict({**c.solutions(twice.cells)[0], "id": "copy", "source": "def double(X): pass"})
    )
    hand_in(folder, "juniper", twice)
    text = nbformat.writes(solved(small_course))
    with zipfile.ZipFile(folder / "kelp.zip", "w") as archive:
        archive.writestr(f"{ASSIGNMENT}/{LESSON}.ipynb", text)


@pytest.fixture(scope="module")
def graded(small_course, tmp_path_factory):
    submitted, out = tmp_path_factory.mktemp("submitted"), tmp_path_factory.mktemp("out")
    a_class(small_course, submitted)
    seen = []
    run = Run(small_course, ASSIGNMENT, submitted, out, workers=2, limits=replace(Limits(), call=5.0))
    results = grade(run, lambda done, total, student: seen.append((done, total)))
    return run, results, seen


def marks(results) -> dict[str, dict[str, float]]:
    return {result.student: {test.name: test.points for test in result.tests} for result in results}


def test_every_student_has_a_row_and_an_honest_mark(graded):
    _, results, seen = graded
    nothing = dict.fromkeys(FULL, 0)
    assert marks(results) == {
        "amber": FULL, "birch": nothing, "cedar": {**nothing, "double": 1, "total": 1, "total_hidden": 2},
        "dune": FULL, "ember": nothing, "flint": nothing, "granite": nothing, "heath": nothing, "inlet": nothing,
        "juniper": nothing, "kelp": FULL,
    }  # fmt: skip
    assert sorted(seen) == [(n, 11) for n in range(1, 12)]


@pytest.mark.parametrize(
    ("student", "word"),
    [("ember", "not a notebook"), ("flint", "empty"), ("granite", "homework.txt"), ("heath", "symbolic link"),
     ("inlet", "MB"), ("juniper", "cop")],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(graded, student, word):
    _, results, _ = graded
    messages = [event.message for result in results if result.student == student for event in result.events]
    assert any(word in message for message in messages), messages


def test_results_are_written_and_valid(graded):
    run, results, _ = graded
    entries = json.loads((run.out / "results.json").read_text())
    assert list(valid(entries)) == entries
    assert list(Results(run.out / "results.json")) == list(results)
    with (run.out / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["cedar"]["score"]) == 4 and float(rows["heath"]["score"]) == 0


def test_what_was_noticed_is_in_results_and_report_with_its_evidence(command, small_course, tmp_path):
    edited = solved(small_course)
    next(cell for cell in edited.cells if cell.id == "double").source = "assert 'my own test'"
    hand_in(tmp_path / "submitted", "amber", edited)
    out = tmp_path / "out"
    done = command("grade", ASSIGNMENT, "--submitted", tmp_path / "submitted", "--out", out)
    assert "tamper: The text of this test differs" in done.output and "my own test" not in done.output
    assert "noticed   tamper: 1 event of 1 student" in done.output
    (event,) = next(iter(Results(out / "results.json"))).events
    assert event.kind == "edited_test" and "+assert 'my own test'" in event.evidence.splitlines()
    assert "+assert &#39;my own test&#39;" in (out / "report.html").read_text()
    page = (out / "feedback" / "amber" / f"{LESSON}.html").read_text()
    assert "my own test" not in page and "differs" not in page
    with zipfile.ZipFile(out / "feedback" / "amber.zip") as archive:
        assert archive.read(f"{LESSON}.html").decode() == page and len(archive.namelist()) == 1


def test_pages_are_not_written_again_beside_a_run(graded, command):
    run, *_ = graded
    before = {path: path.stat().st_mtime_ns for path in run.out.rglob("*")}
    with Journal(run.out):
        done = command("feedback", ASSIGNMENT, "--out", run.out)
    assert done.exit_code == 2 and "another run is writing into" in " ".join(done.output.split())
    assert {path: path.stat().st_mtime_ns for path in run.out.rglob("*")} == before
    assert command("feedback", ASSIGNMENT, "--out", run.out).exit_code == 0


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        (None, 0o644),
        ("postgresql+psycopg://grader@host/grades", 0o644),
        ("postgresql+psycopg://grader:secret@host/grades", 0o600),
        ("postgresql+psycopg://host/grades?user=grader&password=secret", 0o600),
    ],
)
def test_a_password_in_a_url_is_for_nobody_elses_eyes(small_course, tmp_path, monkeypatch, url, mode):
    class Written(Exception):
        """The file is there, and no server is asked."""

    def stop(*_):
        raise Written

    monkeypatch.setattr(grading, "Book", stop)
    (tmp_path / "submitted").mkdir()
    run = Run(small_course, ASSIGNMENT, tmp_path / "submitted", tmp_path / "out", db=url)
    before = os.umask(0o022)
    try:
        for _ in range(2):
            with pytest.raises(Written):
                grade(run)
            path = tmp_path / "out" / "nbgrader_config.py"
            assert path.stat().st_mode & 0o777 == mode and (url or "sqlite") in path.read_text()
    finally:
        os.umask(before)


def test_the_gradebook_says_the_same(graded):
    run, results, _ = graded
    with Book(f"sqlite:///{run.out / 'gradebook.db'}") as book:
        for result in results:
            assert book.marks(result.student, ASSIGNMENT, LESSON).score == result.score


def test_every_row_has_a_page_without_hidden_source(graded):
    run, results, _ = graded
    for result in results:
        page = (run.out / "feedback" / result.student / f"{LESSON}.html").read_text()
        assert "random_inputs" not in page
        assert (run.out / "autograded" / result.student / ASSIGNMENT / f"{LESSON}.ipynb").exists()


def test_formgrader_finds_the_lessons_and_sound_copies_of_what_could_be_read(graded, small_course):
    run, _, _ = graded
    copies = {
        path.relative_to(run.out / "handed_in").parts[0]: path for path in run.out.glob("handed_in/*/*/*")
    }
    assert copies.keys() == {"amber", "birch", "cedar", "dune", "juniper", "kelp"}
    assert {path.name for path in copies.values()} == {f"{LESSON}.ipynb"}
    kept = nbformat.read(copies["juniper"], as_version=4)
    assert [cell.source for cell in kept.cells][-1] == "def double(X): pass"
    master = nbformat.read(run.out / "source" / ASSIGNMENT / f"{LESSON}.ipynb", as_version=4)
    assert master.cells == small_course.master(ASSIGNMENT, LESSON).cells
    assert "'handed_in'" in (run.out / "nbgrader_config.py").read_text()


def test_a_copy_from_an_earlier_run_goes_with_what_it_was_a_copy_of(small_course, tmp_path):
    path = hand_in(tmp_path / "submitted", "amber", solved(small_course))
    run = Run(small_course, ASSIGNMENT, tmp_path / "submitted", tmp_path / "out")
    folder = tmp_path / "out" / "handed_in" / "amber" / ASSIGNMENT
    for written, expected in (("2026-03-01 12:00:00 UTC", "2026-03-01 12:00:00 UTC"), ("{no time}", None)):
        path.with_name("timestamp.txt").write_text(written)
        grade(run)
        time = folder / "timestamp.txt"
        assert (time.read_text() if time.exists() else None) == expected
    path.write_text("not a notebook")
    grade(run)
    assert not folder.exists() and path.read_text() == "not a notebook"


def test_what_a_learner_packs_is_graded_as_it_is(small_course, tmp_path):
    path = hand_in(tmp_path / "learner", "desk", solved(small_course))
    submitted = tmp_path / "submitted"
    submitted.mkdir()
    shutil.move(pack_week(path, "amber").file, submitted)
    (result,) = grade(Run(small_course, ASSIGNMENT, submitted, tmp_path / "out"))
    assert (result.student, result.events) == ("amber", [])
    assert {test.name: test.points for test in result.tests} == FULL


def test_what_is_printed_in_a_hidden_test_is_for_the_instructor(graded):
    run, _, _ = graded
    assert "times is 3" in (run.out / "autograded" / "cedar" / ASSIGNMENT / f"{LESSON}.ipynb").read_text()
    page = (run.out / "feedback" / "cedar" / f"{LESSON}.html").read_text()
    assert "times is 1" in page and "times is 3" not in page


def test_a_known_mistake_is_named_in_the_feedback(graded):
    run, results, _ = graded
    hidden = next(t for r in results if r.student == "cedar" for t in r.tests if t.name == "double_hidden")
    assert "You doubled once: look at times." in hidden.message and hidden.mistake == "once"
    page = (run.out / "feedback" / "cedar" / f"{LESSON}.html").read_text()
    assert "You doubled once" in page and "a known mistake: <b>once</b>" in page
    listed = (run.out / "class.html").read_text()
    assert "<b>once</b>" in listed and "You doubled once: look at times." in listed


def test_no_other_test_has_a_mistakes_name(graded):
    _, results, _ = graded
    named = {(r.student, t.name) for r in results for t in r.tests if t.mistake}
    assert ("cedar", "double_hidden") in named and not [
        t for r in results for t in r.tests if t.mistake and t.status == "passed"
    ]


def test_a_second_run_gives_the_same_results(graded, tmp_path):
    run, results, _ = graded
    again = grade(replace(run, out=tmp_path, workers=1))
    assert [replace(r, seconds=0) for r in again] == [replace(r, seconds=0) for r in results]


def test_a_page_that_cannot_be_made_costs_no_marks_and_stops_no_one(small_course, tmp_path, monkeypatch):
    for student in ("amber", "birch"):
        hand_in(tmp_path / "submitted", student, solved(small_course))
    page = grading.feedback_page

    def breaks_for_amber(notebook, result, marks):
        if result.student == "amber":
            raise RecursionError("a page without end")
        return page(notebook, result, marks)

    monkeypatch.setattr(grading, "feedback_page", breaks_for_amber)
    results = grade(Run(small_course, ASSIGNMENT, tmp_path / "submitted", tmp_path / "out"))
    assert marks(results) == {"amber": FULL, "birch": FULL}
    assert [[event.kind for event in result.events] for result in results] == [["page_not_made"], []]
    assert list(Results(tmp_path / "out" / "results.json")) == list(results)


def test_a_late_submission_has_nbgraders_penalty(small_course, tmp_path):
    for student, day in (("amber", "2026-03-01"), ("birch", "2026-03-03")):
        path = hand_in(tmp_path / "submitted", student, solved(small_course))
        path.with_name("timestamp.txt").write_text(f"{day} 12:00:00.000000 UTC\n")
    run = Run(small_course, ASSIGNMENT, tmp_path / "submitted", tmp_path / "out")
    (tmp_path / "out").mkdir()
    with Book(f"sqlite:///{tmp_path / 'out' / 'gradebook.db'}") as book:
        book.gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-03-02 12:00:00 UTC")
    grade(run)
    with Book(f"sqlite:///{tmp_path / 'out' / 'gradebook.db'}") as book:
        late = {
            s: book.gradebook.find_submission(ASSIGNMENT, s).total_seconds_late for s in ("amber", "birch")
        }
    assert late == {"amber": 0, "birch": 86400}


def test_a_run_without_walls_says_so_everywhere(small_course, tmp_path):
    hand_in(tmp_path / "submitted", "amber", solved(small_course))
    run = Run(small_course, ASSIGNMENT, tmp_path / "submitted", tmp_path / "out", sandbox="none")
    (result,) = grade(run)
    assert result.sandbox == "none" and result.score == 6
    assert "none" in (tmp_path / "out" / "results.json").read_text()
    assert "sandbox" in (tmp_path / "out" / "feedback" / "amber" / f"{LESSON}.html").read_text()


def test_without_bubblewrap_nothing_is_run(small_course, tmp_path, monkeypatch):
    hand_in(tmp_path / "submitted", "amber", solved(small_course))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SandboxMissing):
        grade(Run(small_course, ASSIGNMENT, tmp_path / "submitted", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.fixture
def command(small_course, monkeypatch):
    monkeypatch.chdir(small_course.root)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(main, list(map(str, words)))


def test_the_command_grades_writes_again_and_exports(command, small_course, tmp_path):
    hand_in(tmp_path / "submitted", "amber", solved(small_course))
    out = tmp_path / "out"
    done = command("grade", ASSIGNMENT, "--submitted", tmp_path / "submitted", "--out", out)
    assert done.exit_code == 0 and "amber" in done.output and "6 / 6" in done.output
    for name in ("report.html", "class.html"):
        assert str(out / name) in done.output and (out / name).exists()
    page = out / "feedback" / "amber" / f"{LESSON}.html"
    zipped = out / "feedback" / "amber.zip"
    before = zipped.read_bytes()
    page.unlink(), zipped.unlink()
    assert command("feedback", ASSIGNMENT, "--out", out).exit_code == 0 and page.exists()
    assert zipped.read_bytes() == before
    with Book(f"sqlite:///{out / 'gradebook.db'}") as book:
        grade = book.gradebook.find_grade("total", LESSON, ASSIGNMENT, "amber")
        grade.manual_score = 0.25
        book.gradebook.db.commit()
    assert "5.25 / 6" not in (out / "class.html").read_text()
    again = command("feedback", ASSIGNMENT, "--out", out)
    assert str(out / "class.html") in again.output and "5.25 / 6" in (out / "class.html").read_text()
    for kind in ("csv", "gradescope", "canvas"):
        assert command("export", ASSIGNMENT, "--out", out, "--format", kind).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [(("grade", "week9", "--submitted", ".", "--out", "out"), "no assignment 'week9'"),
     (("grade", ASSIGNMENT, "--submitted", "nowhere", "--out", "out"), "no folder nowhere: it should hold STUDENT/"),
     (("export", ASSIGNMENT, "--out", "nowhere"), "nothing was graded into nowhere"),
     (("feedback", ASSIGNMENT, "--out", "nowhere"), "nothing was graded into nowhere"),
     (("build", "no_such_lesson"), "no lesson no_such_lesson"),
     (("author", "no_such_lesson"), "no lesson no_such_lesson")],
)  # fmt: skip
def test_wrong_usage_is_exit_status_2_and_a_sentence(command, words, said):
    done = command(*words)
    assert done.exit_code == 2 and said in done.output


def test_outside_a_course_it_says_where_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["build"])
    assert done.exit_code == 2 and "run this inside the course's repository" in done.output


def test_what_could_not_be_graded_is_exit_status_1(command, small_course, tmp_path, monkeypatch):
    hand_in(tmp_path / "submitted", "amber", solved(small_course))
    monkeypatch.setattr(type(small_course), "limits", lambda _: replace(Limits(), examiner_memory=1))
    done = command("grade", ASSIGNMENT, "--submitted", tmp_path / "submitted", "--out", tmp_path / "out")
    assert done.exit_code == 1 and "to mark by hand" in done.output


def test_the_secret_is_made_once_and_kept(small_course):
    assert small_course.secret() == small_course.secret() and len(small_course.secret()) == 32
    assert oct(os.stat(small_course.root / ".autograder-secret").st_mode)[-3:] == "600"
