import csv
import datetime
import json
import math
import shutil

import graded_lesson as lesson
import pytest
from canvas_rules import Canvas
from jsonschema import Draft202012Validator
from nbgrader.plugins import CsvExportPlugin

from autograder.export import (
    NBGRADERS,
    CanvasMismatch,
    export,
    write_entry,
    write_grades,
)
from autograder.gradebook import Book, register_assignment
from autograder.records import Event
from autograder.results import ResultsInvalid, schema

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


CANVAS = Canvas(
    {"11": "Byte, Birch", "12": "Ash, Amber", "13": "Oak, Ole", "14": "Student, Test"},
    {"birch": "Byte, Birch", "amber": "Ash, Amber", "ole": "Oak, Ole"},
    {"901": "Week 1: numbers", "902": "Essay"},
)
THEIRS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Essay (902),Week 1: numbers (901),Final Score
,,,,,,Manual Posting,
    Points Possible,,,,,10,7.0,(read only)
"Byte, Birch",11,,birch,One,9,,80
"Ash, Amber",12,,amber,"One, and Two",8,3,80
"Oak, Ole",13,,ole,Two,7,2.5,70
"Student, Test",14,,,One,,,
"""


def test_canvas(book, out):
    book.gradebook.update_or_create_student("birch", first_name="Birch", last_name="Byte", lms_user_id="1234")
    book.gradebook.update_or_create_student("ole")
    (path,) = export(results(), out, "canvas")
    with open(path, encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "week1"],
            ["    Points Possible", "", "", "", "", "7"],
            ["amber", "", "", "amber", "", "4"],
            ["Byte, Birch", "1234", "", "birch", "", "7"],
            ["elm", "", "", "elm", "", "0"],
            ["ole", "", "", "ole", "", ""],
        ]
    grades, possible = CANVAS.imported(path)
    assert possible == {"new: week1": 7.0}
    assert grades == {
        ("Ash, Amber", "new: week1"): 4.0, ("Byte, Birch", "new: week1"): 7.0,
        ("new: elm", "new: week1"): 0.0, ("Oak, Ole", "new: week1"): None,
    }  # fmt: skip


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("column", ["Week 1: numbers", "Week 1: numbers (901)"])
def test_canvas_keeps_its_students_and_its_assignment(book, out, caplog, separator, column):
    rows = list(csv.reader(THEIRS.splitlines()))
    with open(out / "theirs.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    (path,) = export(results(), out, "canvas", theirs=out / "theirs.csv", column=column)
    grades, possible = CANVAS.imported(path)
    assert possible == {"Week 1: numbers": 7.0}
    assert grades == {
        ("Byte, Birch", "Week 1: numbers"): 7.0, ("Ash, Amber", "Week 1: numbers"): 4.0,
        ("Oak, Ole", "Week 1: numbers"): 2.5, ("Student, Test", "Week 1: numbers"): None,
    }  # fmt: skip
    assert "left out: elm" in caplog.text and "One, and Two" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("(901)", "(901),Week 1: numbers (903)", 1), "more than one column"),
        (
            lambda text: text.replace("Week 1: numbers", "Numbers"),
            r"no column 'Week 1: numbers'.*Essay \(902\)",
        ),
        (lambda text: text.replace("7.0", "100"), "out of 100 points in .*, and the assignment out of 7"),
        (lambda text: text.replace("7.0", "(read only)"), "out of .read only. points"),
        (lambda text: text.replace("Section", "Group"), "no gradebook of Canvas"),
        (lambda text: "", "no gradebook of Canvas"),
    ],
)
def test_a_gradebook_of_canvas_that_does_not_fit_is_refused(book, out, change, message):
    (out / "theirs.csv").write_text(change(THEIRS), encoding="utf-8")
    with pytest.raises(CanvasMismatch, match=message):
        export(results(), out, "canvas", theirs=out / "theirs.csv", column="Week 1: numbers")


@pytest.mark.parametrize(
    ("theirs", "names"),
    [
        ("Ash,birch,s,other,One,\nByte,9,birch,birch2,One,\n", "birch"),
        ("Ash,amber,s,birch,One,\n", "amber, birch"),
    ],
)
def test_nobody_gets_the_marks_of_a_student_whose_id_is_their_number_in_canvas(book, out, theirs, names):
    head = "Student,ID,SIS User ID,SIS Login ID,Section,week1\n    Points Possible,,,,,7.0\n"
    (out / "theirs.csv").write_text(head + theirs, encoding="utf-8")
    with pytest.raises(CanvasMismatch, match=rf"may be another in .*\({names}\)"):
        export(results(), out, "canvas", theirs=out / "theirs.csv")
    assert not (out / "canvas-week1.csv").exists()


def without_constants(name):
    raise AssertionError(f"{name} is no JSON")


def gradescopes(path):
    """A results.json, as Gradescope documents it."""
    entry = json.loads(path.read_text(encoding="utf-8"), parse_constant=without_constants)
    Draft202012Validator(schema("gradescope")).validate(entry)
    return entry


def test_gradescope(book, out):
    book.gradebook.find_grade("halve", "numbers", "week1", "amber").manual_score = 0.5
    book.gradebook.db.commit()
    paths = export(results(), out, "gradescope")
    assert [path.relative_to(out).as_posix() for path in paths] == [
        f"gradescope/{student}/week1/results.json" for student in ("amber", "birch", "elm")
    ]
    entry, *others = map(gradescopes, paths)
    assert [(other["score"], len(other["tests"])) for other in others] == [(7.0, 4), (0.0, 0)]
    assert entry["score"] == 4.5
    assert [(test["name"], test["score"], test["max_score"]) for test in entry["tests"]] == [
        ("numbers: double", 1.0, 1.0),
        ("numbers: double_hidden", 3.0, 3.0),
        ("numbers: halve", 0.5, 1.0),
        ("numbers: halve_hidden", 0.0, 2.0),
    ]
    assert [test.get("status") for test in entry["tests"]] == ["passed", "passed", None, None]
    assert entry["tests"][2]["output"] == lesson.MESSAGE
    assert "was missing" in entry["output"] and "was changed" not in entry["output"]


def test_gradescope_shows_no_evidence(book, out):
    events = [Event("edited_cell", "warning", "setup", "The cell differs.\n-import math\n+the evidence")]
    (path,) = export([lesson.result("birch", events=events)], out, "gradescope")
    assert gradescopes(path)["output"] == "setup: The cell differs."


def test_gradescope_takes_any_text(book, out):
    odd = "\udcff \0 \u202e \x1b[31m </pre><script> ∂ 🙂 NaN"
    tests = [lesson.verdict("double", "failed", odd), lesson.verdict("halve", "not_gradable", odd)]
    given = lesson.result("birch", tests=tests, events=[Event("odd", "info", odd, odd)])
    (path,) = export([given], out, "gradescope")
    entry = gradescopes(path)
    assert entry["tests"][0]["output"].endswith("</pre><script> ∂ 🙂 NaN") and "🙂" in entry["output"]


def test_a_late_penalty_is_in_every_export(book, out):
    book.gradebook.update_or_create_assignment("week1", duedate="2025-02-28 12:00:00")
    policy = 'c = get_config()\nc.AssignLatePenalties.plugin_class = "autograder.late.PerDay"\nc.PerDay.percent = 25\n'
    (out / "nbgrader_config.py").write_text(policy, encoding="utf-8")
    (row,) = [row for row in read_csv(export(results(), out, "csv")[0]) if row["student_id"] == "birch"]
    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == ("7.0", "1.75", "5.25")
    assert gradescopes(out / export(results(), out, "gradescope")[1])["score"] == 5.25
    grades, _ = CANVAS.imported(export(results(), out, "canvas")[0])
    assert grades["Byte, Birch", "new: week1"] == 5.25


@pytest.mark.parametrize(
    "wrong",
    [
        {"output": "no score at all"},
        {"tests": [{"name": "without a score"}]},
        {"score": "7"},
        {"score": 7, "visibility": "sometimes"},
        {"score": 7, "output_format": "markdown"},
        {"score": 7, "tests": [{"score": 1, "status": "not_gradable"}]},
        {"score": 7, "grade": "A"},
        {"score": 7, "leaderboard": [{"name": "Time"}]},
    ],
)
def test_what_gradescope_does_not_document_is_refused(tmp_path, wrong):
    with pytest.raises(ResultsInvalid):
        write_entry(wrong, tmp_path / "results.json")
    with pytest.raises(ValueError, match="Out of range float"):
        write_entry({"score": math.nan}, tmp_path / "results.json")
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize("kind", ["csv", "canvas", "gradescope"])
def test_the_same_input_gives_the_same_bytes(out, kind):
    first = {path: path.read_bytes() for path in export(results(), out, kind)}
    second = {path: path.read_bytes() for path in export(list(reversed(results())), out, kind)}
    assert first == second and first
