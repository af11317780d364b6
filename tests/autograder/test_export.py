import csv
import datetime
import json
import math
import shutil

import graded_lesson as lesson
import pytest
from nbgrader.plugins import CsvExportPlugin

from autograder.export import (
    NBGRADERS,
    export,
    write_grades,
)
from autograder.gradebook import Book, register_assignment
from autograder.records import Event

STUDENTS = ("birch", "amber", "elm")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A folder with the gradebook of three students: one right, one half right, one who handed nothing in."""
    folder = tmp_path_factory.mktemp("graded")
    url = f"sqlite:///{folder / 'gradebook.db'}"
    register_assignment(url, "week1", {"numbers": lesson.master()})
    with Book(url) as book:
        book.record(
            lesson.result("birch"),
            lesson.executed(lesson.result("birch")),
            datetime.datetime(2025, 3, 1, 9, 30),
        )
        book.record(lesson.half_right("amber"), lesson.executed(lesson.half_right("amber")))
        book.record(lesson.result("elm", tests=[]), None)
    return folder


@pytest.fixture
def out(tmp_path, graded):
    shutil.copy(graded / "gradebook.db", tmp_path)
    return tmp_path


@pytest.fixture
def book(out):
    with Book(f"sqlite:///{out / 'gradebook.db'}") as book:
        yield book


def results():
    return [lesson.half_right("amber"), lesson.result("birch"), lesson.result("elm", tests=[])]


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_grades_state_what_nbgraders_own_export_states(book, out):
    CsvExportPlugin(to=str(out / "stock.csv")).export(book.gradebook)
    ours = read_csv(write_grades(book, "week1", out / "grades.csv"))
    stock = read_csv(out / "stock.csv")
    assert [{name: row[name] for name in NBGRADERS} for row in ours] == sorted(
        stock, key=lambda r: r["student_id"]
    )


def test_grades_have_a_column_a_function(book, out):
    ours = {row["student_id"]: row for row in read_csv(write_grades(book, "week1", out / "grades.csv"))}
    assert list(ours) == ["amber", "birch", "elm"]
    points = {who: (float(row["numbers.double"]), float(row["numbers.halve"])) for who, row in ours.items()}
    assert points == {"amber": (4.0, 0.0), "birch": (4.0, 3.0), "elm": (0.0, 0.0)}
    for row in ours.values():
        assert math.isclose(
            float(row["numbers.double"]) + float(row["numbers.halve"]), float(row["raw_score"])
        )


def test_marks_given_by_hand_count(book, out):
    book.gradebook.find_grade("halve_hidden", "numbers", "week1", "amber").manual_score = 1.5
    book.gradebook.db.commit()
    (row, *_) = read_csv(write_grades(book, "week1", out / "grades.csv"))
    assert (float(row["numbers.halve"]), float(row["score"])) == (1.5, 5.5)


def test_names_with_commas_and_formulas_stay_one_harmless_cell(book, out):
    book.gradebook.add_student("=cmd|' /C calc'!A0", first_name='Ann "A", B', last_name="@SUM(1)")
    row = read_csv(write_grades(book, "week1", out / "grades.csv"))[0]
    assert row["student_id"] == "'=cmd|' /C calc'!A0"
    assert (row["first_name"], row["last_name"]) == ('Ann "A", B', "'@SUM(1)")
    assert (row["score"], row["timestamp"]) == ("0.0", "")


def test_canvas(book, out):
    book.gradebook.update_or_create_student("birch", first_name="Birch", last_name="Byte", lms_user_id="1234")
    (path,) = export(results(), out, "canvas")
    with open(path, encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "week1"],
            ["    Points Possible", "", "", "", "", "7"],
            ["amber", "", "", "amber", "", "4.0"],
            ["Byte, Birch", "1234", "", "birch", "", "7.0"],
            ["elm", "", "", "elm", "", "0.0"],
        ]


def test_gradescope(book, out):
    book.gradebook.find_grade("halve", "numbers", "week1", "amber").manual_score = 0.5
    book.gradebook.db.commit()
    paths = export(results(), out, "gradescope")
    assert [path.relative_to(out).as_posix() for path in paths] == [
        f"gradescope/{student}/week1/results.json" for student in ("amber", "birch", "elm")
    ]
    entry = json.loads(paths[0].read_text(encoding="utf-8"))
    assert entry["score"] == 4.5
    assert [(test["name"], test["score"], test["max_score"]) for test in entry["tests"]] == [
        ("numbers: double", 1.0, 1.0),
        ("numbers: double_hidden", 3.0, 3.0),
        ("numbers: halve", 0.5, 1.0),
        ("numbers: halve_hidden", 0.0, 2.0),
    ]
    assert [test.get("status") for test in entry["tests"]] == ["passed", "passed", "failed", None]
    assert entry["tests"][2]["output"] == lesson.MESSAGE
    assert "was missing" in entry["output"] and "was changed" not in entry["output"]


def test_gradescope_shows_no_evidence(book, out):
    events = [Event("edited_cell", "warning", "setup", "The cell differs.\n-import math\n+the evidence")]
    (path,) = export([lesson.result("birch", events=events)], out, "gradescope")
    assert json.loads(path.read_text(encoding="utf-8"))["output"] == "setup: The cell differs."


@pytest.mark.parametrize("kind", ["csv", "canvas", "gradescope"])
def test_the_same_input_gives_the_same_bytes(out, kind):
    first = {path: path.read_bytes() for path in export(results(), out, kind)}
    second = {path: path.read_bytes() for path in export(list(reversed(results())), out, kind)}
    assert first == second and first
