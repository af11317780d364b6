"""Grades and results for people and other systems: results.json, CSV, Gradescope, Canvas."""

import csv
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator
from nbgrader.api import Assignment, Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.plugins import ExportPlugin

from autograder.gradebook import Book, LessonMarks, exercises, own_gradebook, storable
from autograder.late import configuration
from autograder.records import Result, TestResult

Format = Literal["csv", "gradescope", "canvas"]
NBGRADERS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


class ResultsInvalid(ValueError):
    """Something that is not what results.schema.json describes."""


@cache
def results_schema() -> dict[str, Any]:
    """The JSON schema of results.json."""
    text = resources.files("autograder").joinpath("results.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def validate_results(entries: Any) -> None:
    """Demand that `entries` is what results.json may hold.

    Raises:
        ResultsInvalid: it is not; the message names the first places.
    """
    errors = sorted(
        Draft202012Validator(results_schema()).iter_errors(entries), key=lambda error: error.json_path
    )
    if errors:
        raise ResultsInvalid("; ".join(f"{error.json_path}: {error.message[:200]}" for error in errors[:3]))


def write_results(results: Iterable[Result], path: Path) -> None:
    """Write results.json, sorted; a run that is cut off leaves the file that was there before.

    Raises:
        ResultsInvalid: a result is not what the schema describes.
    """
    ordered = sorted(results, key=lambda result: (result.student, result.assignment, result.lesson))
    entries = [result.as_json() for result in ordered]
    validate_results(entries)
    write_whole(path, json.dumps(entries, ensure_ascii=False, indent=1) + "\n")


def read_results(path: Path) -> list[Result]:
    """The results that a results.json holds.

    Raises:
        FileNotFoundError: there is no such file.
        ResultsInvalid: it holds something else.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ResultsInvalid(f"{path} is not JSON: {error}") from error
    validate_results(entries)
    return [Result.from_json(entry) for entry in entries]


def write_whole(path: Path, text: str) -> None:
    """Write a file at once: a run that is cut off leaves the one that was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_text(storable(text), encoding="utf-8", newline="")
    os.replace(draft, path)


class CourseCsvExport(ExportPlugin):
    """nbgrader's CSV with a column a graded function.

    On the command line: `nbgrader export --exporter autograder.export.CourseCsvExport`.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the file that `--to` names, grades.csv by default."""
        wanted = [str(name) for name in self.assignment] or [one.name for one in gradebook.assignments]
        students = [str(name) for name in self.student] or [one.id for one in gradebook.students]
        rows = [
            _grades_row(gradebook, gradebook.find_assignment(name), gradebook.find_student(student))
            for name in sorted(wanted)
            for student in sorted(students)
        ]
        functions = sorted({column for row in rows for column in row} - set(NBGRADERS))
        _write_csv(Path(self.to or "grades.csv"), [[*NBGRADERS, *functions]], rows)


def write_grades(book: Book, assignment: str, path: Path) -> Path:
    """Write grades.csv: what nbgrader's own export states, and a column a graded function."""
    CourseCsvExport(to=str(path), assignment=[assignment]).export(book.gradebook)
    return path


def _grades_row(gradebook: Gradebook, assignment: Assignment, student: Student) -> dict[str, Any]:
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "max_score": assignment.max_score,
    } | dict.fromkeys(("raw_score", "late_submission_penalty", "score"), 0.0)
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return row
    return row | _submission_columns(submission) | _function_columns(submission)


def _submission_columns(submission: SubmittedAssignment) -> dict[str, Any]:
    penalty = submission.late_submission_penalty
    return {
        "timestamp": submission.timestamp,
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - penalty),
    }


def _function_columns(submission: SubmittedAssignment) -> dict[str, float]:
    """lesson.function -> the points of its tests; what has none gets no column."""
    points: dict[str, float] = {}
    for notebook in submission.notebooks:
        about = exercises(notebook.notebook)
        for grade in filter(lambda one: one.cell.max_score, notebook.grades):
            function = about[grade.name].function if grade.name in about else grade.name
            column = f"{notebook.name}.{function}"
            points[column] = points.get(column, 0.0) + grade.score
    return points


def _write_csv(path: Path, head: Sequence[Sequence[str]], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the lines of `head`, the first of which names the columns, and the rows below them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(head)
        writer.writerows([_cell(row.get(column)) for column in head[0]] for row in rows)
    os.replace(draft, path)


def _cell(value: Any) -> str:
    """A value that a spreadsheet takes for no formula: such text gets an apostrophe before it."""
    if value is None:
        return ""
    text = storable(str(value))
    formula = isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if formula else text


def write_canvas(book: Book, assignment: str, path: Path) -> Path:
    """Write what Canvas imports into its gradebook: a column for the assignment, below its points possible.

    Canvas finds a student by ID (nbgrader's lms_user_id) or, where that is empty, by the login, which is the
    student's id here.
    """
    gradebook = book.gradebook
    found = gradebook.find_assignment(assignment)
    columns = [*CANVAS, assignment]
    possible = ["    Points Possible", "", "", "", "", f"{found.max_score:g}"]
    rows = []
    for student in sorted(gradebook.students, key=lambda one: one.id):
        names = ", ".join(name for name in (student.last_name, student.first_name) if name) or student.id
        about = {"Student": names, "ID": student.lms_user_id, "SIS Login ID": student.id}
        rows.append(about | {assignment: _grades_row(gradebook, found, student)["score"]})
    _write_csv(path, [columns, possible], rows)
    return path


def write_gradescope(book: Book, results: Iterable[Result], folder: Path) -> list[Path]:
    """Write a Gradescope results.json a student and assignment: FOLDER/STUDENT/ASSIGNMENT/results.json."""
    tasks: dict[tuple[str, str], list[Result]] = {}
    for result in sorted(results, key=lambda one: (one.student, one.assignment, one.lesson)):
        tasks.setdefault((result.student, result.assignment), []).append(result)
    written = []
    for (student, assignment), lessons in tasks.items():
        path = folder / student / assignment / "results.json"
        entry = gradescope_entry([(one, book.marks(student, assignment, one.lesson)) for one in lessons])
        write_whole(path, json.dumps(entry, ensure_ascii=False, indent=1) + "\n")
        written.append(path)
    return written


def gradescope_entry(lessons: Sequence[tuple[Result, LessonMarks]]) -> dict[str, Any]:
    """One student's assignment as Gradescope reads it, marks given by hand and late penalties included."""
    tests = [_gradescope_test(result, test, marks) for result, marks in lessons for test in result.tests]
    events = [event for result, _ in lessons for event in result.events if event.severity != "tamper"]
    return {
        "score": max(0.0, sum(marks.score for _, marks in lessons)),
        "execution_time": round(sum(result.seconds for result, _ in lessons)),
        "output": "\n".join(": ".join(filter(None, (event.cell, event.sentence))) for event in events),
        "output_format": "text",
        "test_output_format": "text",
        "visibility": "after_published",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _gradescope_test(result: Result, test: TestResult, marks: LessonMarks) -> dict[str, Any]:
    score, most = marks.scores.get(test.name, (test.points, test.max_points))
    entry = {
        "name": f"{result.lesson}: {test.name}",
        "score": score,
        "max_score": most,
        "output": test.message,
    }
    return (
        entry | ({} if test.status == "not_gradable" else {"status": test.status}) | {"tags": [test.status]}
    )


def export(results: Sequence[Result], out: Path, kind: Format, db: str | None = None) -> list[Path]:
    """Write the grades of a run for another system.

    Args:
        results: the run's results, of one assignment or more.
        out: the run's folder.
        kind: "csv", "gradescope" or "canvas".
        db: the gradebook's URL; out/gradebook.db where it is None.

    Returns:
        The files written.
    """
    assignments = sorted({result.assignment for result in results})
    with Book(db or own_gradebook(out), configuration(out)) as book:
        for name in assignments:
            book.assign_late_penalties(name)
        if kind == "gradescope":
            return write_gradescope(book, results, out / "gradescope")
        if kind == "canvas":
            return [write_canvas(book, name, out / f"canvas-{name}.csv") for name in assignments]
        if len(assignments) == 1:
            return [write_grades(book, assignments[0], out / "grades.csv")]
        return [write_grades(book, name, out / f"grades-{name}.csv") for name in assignments]
