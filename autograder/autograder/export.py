"""Grades for people and other systems: CSV, Gradescope, Canvas.

Gradescope's results.json: https://gradescope-autograders.readthedocs.io/en/latest/specs/
What Canvas's importer takes: https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb
"""

import csv
import io
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.plugins import ExportPlugin
from sqlalchemy import func

from autograder.gradebook import AT_ONCE, Book, LessonMarks, exercises, own_gradebook, storable
from autograder.late import configuration
from autograder.records import Result, TestResult
from autograder.results import Results, schema, validate

Format = Literal["csv", "gradescope", "canvas"]
NBGRADERS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
CANVAS_COLUMN = re.compile(r"(.*?)(?: \(\d+\))?")

log = logging.getLogger(__name__)


class CanvasMismatch(ValueError):
    """A gradebook downloaded from Canvas that the marks do not go into."""


def write_whole(path: Path, text: str, private: bool = False) -> None:
    """Write a file at once: a run that is cut off leaves the one that was there before.

    Args:
        private: whether nobody but its owner may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    draft.touch(0o600 if private else 0o666)
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
        found = [gradebook.find_assignment(name) for name in sorted(wanted)]
        rows = (row for assignment in found for row in _rows(gradebook, assignment, sorted(students)))
        functions = sorted({column for assignment in found for column in _columns(assignment).values()})
        _write_csv(Path(self.to or "grades.csv"), [[*NBGRADERS, *functions]], rows)


def write_grades(book: Book, assignment: str, path: Path) -> Path:
    """Write grades.csv: what nbgrader's own export states, and a column a graded function."""
    CourseCsvExport(to=str(path), assignment=[assignment]).export(book.gradebook)
    return path


def _columns(assignment: Assignment) -> dict[tuple[str, str], str]:
    """The column of each graded cell, lesson.function, by the names of lesson and cell; none where it has no points."""
    columns = {}
    for notebook in assignment.notebooks if assignment.num_submissions else ():
        about = exercises(notebook)
        for cell in [*notebook.grade_cells, *notebook.task_cells]:
            if cell.max_score:
                function = about[cell.name].function if cell.name in about else cell.name
                columns[notebook.name, cell.name] = f"{notebook.name}.{function}"
    return columns


def _rows(gradebook: Gradebook, assignment: Assignment, students: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A row a student, whether or not there is a submission."""
    columns = _columns(assignment)
    about = {"assignment": assignment.name, "duedate": assignment.duedate, "max_score": assignment.max_score}
    about |= dict.fromkeys(("raw_score", "late_submission_penalty", "score"), 0.0)
    for start in range(0, len(students), AT_ONCE):
        some = students[start : start + AT_ONCE]
        known = {one.id: one for one in gradebook.db.query(Student).filter(Student.id.in_(some))}
        recorded = _recorded(gradebook, assignment, some, columns)
        for name in some:
            own = {key: getattr(known[name], key) for key in ("last_name", "first_name", "email")}
            yield {**about, "student_id": name, **own, **recorded.get(name, {})}


def _recorded(
    gradebook: Gradebook,
    assignment: Assignment,
    students: Sequence[str],
    columns: Mapping[tuple[str, str], str],
) -> dict[str, dict[str, Any]]:
    """What the gradebook holds of these students' submissions, by student, in two queries."""
    whose = (SubmittedAssignment.assignment_id == assignment.id, SubmittedAssignment.student_id.in_(students))
    late = func.sum(SubmittedNotebook.late_submission_penalty)
    when = (SubmittedAssignment.student_id, SubmittedAssignment.timestamp)
    query = gradebook.db.query(*when, late).select_from(SubmittedAssignment).outerjoin(SubmittedNotebook)
    rows = {
        student: {"timestamp": time, "raw_score": 0.0, "late_submission_penalty": penalty or 0.0}
        for student, time, penalty in query.filter(*whose).group_by(*when)
    }
    names = (SubmittedAssignment.student_id, Notebook.name, BaseCell.name)
    query = gradebook.db.query(*names, Grade.score).select_from(Grade).join(Grade.cell)
    query = query.join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id).join(
        SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id
    )
    query = query.join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
    for student, lesson, cell, score in query.filter(*whose):
        row = rows[student]
        row["raw_score"] += score
        if (lesson, cell) in columns:
            column = columns[lesson, cell]
            row[column] = row.get(column, 0.0) + score
    for row in rows.values():
        row["score"] = max(0.0, row["raw_score"] - row["late_submission_penalty"])
    return rows


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


def write_canvas(
    book: Book, assignment: str, path: Path, theirs: Path | None = None, column: str | None = None
) -> Path:
    """Write what Canvas imports into its gradebook: a column for the assignment, below its points possible.

    Canvas finds a student by ID (nbgrader's lms_user_id) or, where that is empty, by the login, which is the
    student's id here. Whom nothing is recorded of has an empty cell, which is no zero.

    Args:
        book: the gradebook.
        assignment: what to write the marks of.
        path: where the file goes.
        theirs: the gradebook as Canvas exports it: its students and its assignment's id are kept. Without it, Canvas
            makes a new assignment.
        column: the assignment's name in Canvas, where it is another.

    Raises:
        CanvasMismatch: the marks do not go into `theirs`.
    """
    gradebook = book.gradebook
    found = gradebook.find_assignment(assignment)
    scores = {
        row["student_id"]: _points(row["score"]) if "timestamp" in row else ""
        for row in _rows(gradebook, found, sorted(one.id for one in gradebook.students))
    }
    if theirs:
        ours = {name: one.id for one in gradebook.students for name in (one.lms_user_id, one.id) if name}
        head, rows = _into_theirs(theirs, column or assignment, found.max_score, ours, scores)
    else:
        head = [[*CANVAS, column or assignment], _possible(len(CANVAS), _points(found.max_score))]
        rows = [
            {
                "Student": _canvas_name(one),
                "ID": one.lms_user_id,
                "SIS Login ID": one.id,
                head[0][-1]: scores[one.id],
            }
            for one in sorted(gradebook.students, key=lambda one: one.id)
        ]
    _write_csv(path, head, rows)
    return path


def _points(number: float) -> str:
    """A number as Canvas keeps it: two places, no exponent."""
    return f"{number:.2f}".removesuffix("0").removesuffix(".0")


def _possible(columns: int, points: str) -> list[str]:
    return ["    Points Possible", *[""] * (columns - 1), points]


def _canvas_name(student: Student) -> str:
    return ", ".join(name for name in (student.last_name, student.first_name) if name) or str(student.id)


def _into_theirs(
    path: Path, title: str, max_score: float, ours: Mapping[str, str], scores: Mapping[str, str]
) -> tuple[list[list[str]], list[dict[str, str]]]:
    """The head and the rows of Canvas's own file with our scores; who has none keeps what Canvas has.

    Args:
        path: the file.
        title: the assignment's name in Canvas.
        max_score: the points that could be earned.
        ours: what Canvas may know a student by -> the student.
        scores: student -> score, empty for none.
    """
    header, rows = _read_canvas(path)
    column = _column(header, title, path)
    known = header[: header.index("Section") + 1]
    points = next((row[column] for row in rows if "Points Possible" in row["Student"]), "")
    if not _same_number(points, max_score):
        raise CanvasMismatch(
            f"{column!r} is out of {points or 'no'} points in {path}, and the assignment out of {_points(max_score)}: "
            "set the points in Canvas, export the gradebook again, and use that."
        )
    students = [row for row in rows if any(row[name].strip() for name in known[1:])]
    made: list[dict[str, str]] = []
    placed: set[str] = set()
    for row in students:
        keys = [row[name] for name in ("ID", "SIS Login ID", "SIS User ID") if name in known]
        meant = {ours[key] for key in keys if key in ours}
        if len(meant) > 1 or meant & placed:
            raise CanvasMismatch(
                f"{row['Student']} may be another in {path}: an ID or a login there is what two students are called "
                f"here ({', '.join(sorted(meant))}). Name the folders of submissions by one kind of ID."
            )
        student = next(iter(meant), "")
        placed |= meant
        made.append({name: row[name] for name in known} | {column: scores.get(student) or row[column]})
    if left := sorted(student for student, score in scores.items() if score and student not in placed):
        log.warning("not among the students of %s, and left out: %s", path, ", ".join(left))
    return [[*known, column], _possible(len(known), points)], made


def _read_canvas(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and the rows of a gradebook that Canvas exported, with commas or with semicolons."""
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    header = rows[0] if rows else []
    if header[:2] != ["Student", "ID"] or "Section" not in header:
        raise CanvasMismatch(
            f"{path} is no gradebook of Canvas: it should begin with Student, ID, …, Section."
        )
    whole = [row + [""] * (len(header) - len(row)) for row in rows[1:]]
    return header, [dict(zip(header, row, strict=False)) for row in whole]


def _column(header: Sequence[str], title: str, path: Path) -> str:
    """The column of an assignment, named with or without the id that Canvas puts behind the name."""
    columns = header[header.index("Section") + 1 :]
    found = [name for name in columns if name == title or CANVAS_COLUMN.fullmatch(name)[1] == title]  # type: ignore[index]
    if len(found) == 1:
        return found[0]
    what = "more than one column" if found else "no column"
    raise CanvasMismatch(f"{what} {title!r} in {path}. It has: {', '.join(columns)}. Name one with --column.")


def _same_number(text: str, number: float) -> bool:
    return bool(re.fullmatch(r"\d+([.,]\d+)?", text)) and float(text.replace(",", ".")) == round(number, 2)


def write_gradescope(book: Book, results: Results, folder: Path) -> list[Path]:
    """Write a Gradescope results.json a student and assignment: FOLDER/STUDENT/ASSIGNMENT/results.json."""
    written = []
    for (student, assignment), lessons in groupby(results, lambda one: (one.student, one.assignment)):
        path = folder / student / assignment / "results.json"
        entry = gradescope_entry([(one, book.marks(student, assignment, one.lesson)) for one in lessons])
        write_entry(entry, path)
        written.append(path)
    return written


def write_entry(entry: Mapping[str, Any], path: Path) -> None:
    """Write one results.json of Gradescope's.

    Raises:
        ResultsInvalid: it is not what Gradescope documents.
    """
    validate(entry, schema("gradescope"))
    write_whole(path, json.dumps(entry, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def gradescope_entry(lessons: Sequence[tuple[Result, LessonMarks]]) -> dict[str, Any]:
    """One student's assignment as Gradescope reads it, marks given by hand and late penalties included."""
    tests = [_gradescope_test(result, test, marks) for result, marks in lessons for test in result.tests]
    return {
        "score": max(0.0, sum(marks.score for _, marks in lessons)),
        "execution_time": round(sum(result.seconds for result, _ in lessons)),
        "output": "\n".join(_gradescope_lines([result for result, _ in lessons])),
        "output_format": "text",
        "test_output_format": "text",
        "visibility": "after_published",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _gradescope_lines(results: Sequence[Result]) -> list[str]:
    """What a student reads above the tests."""
    bare = any(result.sandbox == "none" for result in results)
    lines = (
        ["Graded without a sandbox: the notebook's code was not kept apart from the computer."]
        if bare
        else []
    )
    events = [event for result in results for event in result.events if event.severity != "tamper"]
    return lines + [": ".join(filter(None, (event.cell, event.sentence))) for event in events]


def _gradescope_test(result: Result, test: TestResult, marks: LessonMarks) -> dict[str, Any]:
    score, most = marks.scores.get(test.name, (test.points, test.max_points))
    entry = {
        "name": f"{result.lesson}: {test.name}",
        "score": score,
        "max_score": most,
        "output": test.message,
        "tags": [test.status],
    }
    # Without a status Gradescope goes by the score, as it should where a person gave it.
    known = test.status != "not_gradable" and score == test.points
    return entry | ({"status": test.status} if known else {})


def export(
    results: Results,
    out: Path,
    kind: Format,
    db: str | None = None,
    theirs: Path | None = None,
    column: str | None = None,
) -> list[Path]:
    """Write the grades of a run for another system.

    Args:
        results: the run's results, of one assignment or more.
        out: the run's folder.
        kind: "csv", "gradescope" or "canvas".
        db: the gradebook's URL; out/gradebook.db where it is None.
        theirs: for Canvas, its own gradebook; see write_canvas.
        column: for Canvas, the assignment's name there.

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
            return [
                write_canvas(book, name, out / f"canvas-{name}.csv", theirs, column) for name in assignments
            ]
        if len(assignments) == 1:
            return [write_grades(book, assignments[0], out / "grades.csv")]
        return [write_grades(book, name, out / f"grades-{name}.csv") for name in assignments]
