"""A lesson without points, with checks to practise on or with none: it costs nobody a mark and breaks nothing."""

import csv
import json

import nbformat
import pytest
from click.testing import CliRunner
from small_lesson import (
    ASSIGNMENT,
    DOUBLE,
    DOUBLE_TEST,
    LESSON,
    PROSE,
    SETUP,
    SOURCE,
    hand_in,
    master_of,
    small_course,
    solved,
)

from autograder import cells as c
from autograder import sample_class
from autograder.build import build, check, student_version
from autograder.cli import main
from autograder.export import export
from autograder.grade import Run, grade
from autograder.gradebook import Book, own_gradebook
from autograder.records import Result, TestResult
from autograder.results import Results
from autograder.rules import violations

HALVE = (
    DOUBLE.replace("double", "halve")
    .replace("Twice", "Half")
    .replace("return X * 2**times", "return X / 2**times")
)
CHECK = (
    DOUBLE_TEST.replace("double", "halve")
    .replace('"points": 1', '"points": 0')
    .replace("2.0, 4.0", "0.5, 1.0")
)
PRACTICE = "\n".join([PROSE, SETUP, HALVE, CHECK])
READING = f"{PROSE}\n# %%\nprint('nothing to do here')\n"
MISTAKES = """# %% function="halve" kind="right" name="self_contained"
def halve(X, times=1):
    return X * 0.5**times

# %% function="halve" kind="wrong" name="doubled" message="You doubled: divide by two."
def halve(X, times=1):
    return X * 2
"""


@pytest.fixture
def course(tmp_path):
    """A week of three lessons; practice and reading come before the one with points."""
    made = small_course(tmp_path / "course")
    made.source_file(ASSIGNMENT, "a_practice").write_text(PRACTICE)
    made.answers_file(ASSIGNMENT, "a_practice").write_text(MISTAKES)
    made.source_file(ASSIGNMENT, "b_reading").write_text(READING)
    build(made)
    return made


def test_practice_needs_a_check_and_nothing_hidden():
    assert violations(master_of(PRACTICE), "a_practice") == []
    assert violations(master_of(READING), "b_reading") == []
    alone = "\n".join([PROSE, SETUP, HALVE])
    assert violations(master_of(alone), "a_practice") == ["cell 'halve_solution': halve has no visible test"]


def test_among_exercises_with_points_each_has_points_and_a_hidden_test():
    mixed = violations(master_of(SOURCE + "\n" + HALVE + CHECK), LESSON)
    assert mixed == [
        "cell 'halve_solution': halve has no hidden test",
        "halve is worth 0 points: make it 3 or more",
    ]


def test_it_is_built_and_names_mistakes(course):
    assert check(course) == []
    known = json.loads((course.release / ASSIGNMENT / "mistakes" / "a_practice.json").read_text())
    assert list(known.values()) == ["You doubled: divide by two."]


def test_a_verdict_that_is_missing_waits_for_nobody_where_there_are_no_points():
    verdicts = [TestResult("halve", 0.0, most, "not_gradable", "") for most in (0.0, 2.0)]
    assert Result("amber", ASSIGNMENT, LESSON, "bwrap", 0.0, verdicts).waiting == 1


def a_class(course, folder):
    """One did all, one did practice wrongly, one did the graded lesson alone."""
    for student in ("amber", "birch", "cedar"):
        hand_in(folder, student, solved(course))
    wrong = course.master(ASSIGNMENT, "a_practice")
    c.solutions(wrong.cells)[0].source = "def halve(X, times=1):\n    return X * 2"
    lessons = {"amber": course.master(ASSIGNMENT, "a_practice"), "birch": wrong}
    for student, notebook in lessons.items():
        nbformat.write(notebook, folder / student / ASSIGNMENT / "a_practice.ipynb")
        nbformat.write(
            course.master(ASSIGNMENT, "b_reading"), folder / student / ASSIGNMENT / "b_reading.ipynb"
        )


@pytest.mark.sandbox
def test_a_class_is_graded_exported_and_told(course, tmp_path):
    submitted, out = tmp_path / "submitted", tmp_path / "out"
    a_class(course, submitted)
    results = list(grade(Run(course, ASSIGNMENT, submitted, out, workers=2)))
    assert list(Results(out / "results.json")) == results
    rows = {(r.student, r.lesson): r for r in results}
    assert len(rows) == 9
    for (_, lesson), row in rows.items():
        assert (row.score, row.max_score) == ((6, 6) if lesson == LESSON else (0, 0))
    assert [t.status for s in ("amber", "birch") for t in rows[s, "a_practice"].tests] == ["passed", "failed"]
    assert rows["birch", "a_practice"].tests[0].message.startswith("halve: You doubled: divide by two.")
    assert rows["amber", "b_reading"].tests == []

    # Who left practice out reads so, and no teacher is warned.
    assert {e.severity for (s, _), r in rows.items() for e in r.events if s == "cedar"} == {"info"}

    with (out / "grades.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["score"], row["max_score"]) for row in table] == [("6.0", "6.0")] * 3
    assert [name for name in table[0] if "." in name] == [f"{LESSON}.double", f"{LESSON}.total"]
    assert export(results, out, "canvas") and len(export(results, out, "gradescope")) == 3
    assert json.loads((out / "gradescope/birch" / ASSIGNMENT / "results.json").read_text())["score"] == 6

    for student in ("amber", "birch", "cedar"):
        for lesson in ("a_practice", "b_reading"):
            page = (out / "feedback" / student / f"{lesson}.html").read_text()
            assert "This lesson is practice: it has no points" in page
    assert "You doubled: divide by two." in (out / "feedback/birch/a_practice.html").read_text()
    assert "nothing to do here" in (out / "feedback/amber/b_reading.html").read_text()
    assert "b_reading: 0 of 0 points" in (out / "report.html").read_text()

    with Book(own_gradebook(out)) as book:
        submission = book.gradebook.find_submission(ASSIGNMENT, "birch")
        assert (submission.score, submission.max_score, submission.needs_manual_grade) == (6, 6, False)
        assert book.marks("birch", ASSIGNMENT, "b_reading").scores == {}
    again = list(grade(Run(course, ASSIGNMENT, submitted, out, workers=2, resume=True)))
    assert again == results


@pytest.mark.sandbox
def test_a_class_that_did_nothing_but_practice_has_results(course, tmp_path, monkeypatch):
    notebook = student_version(course.master(ASSIGNMENT, "b_reading"))
    hand_in(tmp_path / "in", "amber", notebook).rename(
        tmp_path / "in" / "amber" / ASSIGNMENT / "b_reading.ipynb"
    )
    monkeypatch.chdir(course.root)
    arguments = ["grade", ASSIGNMENT, "--submitted", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0 and "0 / 0" in done.output


def test_in_the_sample_class_nobody_plays_tricks_with_practice(course, tmp_path):
    sample_class.hand_in(course, ASSIGNMENT, tmp_path)
    texts = {
        p.parts[-3]: p.read_text() for p in tmp_path.glob("*/*/a_practice.ipynb") if p.parts[-3] < "juniper"
    }
    assert "NotImplementedError" in texts.pop("dune")
    assert (
        len(texts) == 7
        and len(set(texts.values())) == 1
        and "NotImplementedError" not in next(iter(texts.values()))
    )
    first = (tmp_path / "heath" / ASSIGNMENT / f"{LESSON}.ipynb").read_text()
    assert "while True" in first
