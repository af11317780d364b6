"""Marks and comments in nbgrader's gradebook, written through nbgrader's own interface alone."""

import copy
import logging
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import nbgrader
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader import preprocessors
from nbgrader.api import Comment, Grade, Gradebook, Notebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.utils import compute_checksum, parse_utc
from sqlalchemy import Engine, Index, case, create_engine, func, inspect, make_url
from sqlalchemy import text as sql
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import joinedload, selectinload, undefer
from sqlalchemy.schema import CreateIndex
from traitlets import TraitError
from traitlets.config import Config

from autograder import difference
from autograder.cells import defined_names, exercise, grade_id, is_solution
from autograder.difference import Difference
from autograder.late import NAME, ConfigurationInvalid
from autograder.records import Result, TestResult

log = logging.getLogger(__name__)

RELEASE_STEPS = (
    "LockCells",
    "ClearSolutions",
    "ClearOutput",
    "CheckCellMetadata",
    "ComputeChecksums",
)
T = TypeVar("T", Grade, Comment)
UNTOUCHED = "No response."
AT_ONCE = 200  # students whose records are read together
WAIT = "60"  # seconds that a SQLite file may be locked by someone else
INDEXES = [  # nbgrader has none, and for each student would look through the marks of all
    Index(f"of_one_{column.class_.__tablename__}", column)
    for column in (Grade.notebook_id, Comment.notebook_id, SubmittedNotebook.assignment_id)
]
WITHOUT_INDEX = (
    "The gradebook could not be given an index. All marks are right, but a class of thousands takes longer: let the "
    "owner of its tables run any command of autograder with this --db once."
)


class GradebookMismatch(ValueError):
    """The gradebook holds submissions of an assignment that had other lessons or other cells."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(str(difference))
        self.difference = difference


class GradebookUnusable(ValueError):
    """There is no database at a URL, or nothing here that speaks to it."""


@dataclass(frozen=True)
class LessonMarks:
    """What the gradebook says about one student's lesson, marks given by hand included.

    Args:
        scores: grade_id -> (points, points that could be earned).
        comments: grade_id of a solution cell -> what is said about it.
        late_penalty: points taken off for handing in late.
    """

    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    late_penalty: float = 0.0

    @property
    def score(self) -> float:
        """The points earned, the late penalty taken off."""
        return sum(points for points, _ in self.scores.values()) - self.late_penalty

    @property
    def max_score(self) -> float:
        """The points that could be earned."""
        return sum(maximum for _, maximum in self.scores.values())


@dataclass(frozen=True)
class Total:
    """The marks of one student's lesson in sum, those given by hand included.

    Args:
        score: the points earned, before the late penalty.
        late_penalty: points taken off for handing in late.
        waiting: how many tests a person still has to mark.
    """

    score: float
    late_penalty: float
    waiting: int

    @property
    def final(self) -> float:
        """The points that are left after the late penalty, none below 0."""
        return max(0.0, self.score - self.late_penalty)


@dataclass(frozen=True)
class Exercise:
    """What a test cell is about: the graded function, and the solution cell that defines it."""

    function: str
    solution: str


def patient(url: str) -> str:
    """The URL with what makes SQLite wait until another process has written, and find its file from any folder."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        return url
    if made.database and made.database != ":memory:" and not made.database.startswith("file:"):
        made = made.set(database=os.path.abspath(made.database))
    return made.update_query_dict({"timeout": WAIT, **made.query}).render_as_string(hide_password=False)


def has_password(url: str | None) -> bool:
    """Whether a gradebook's URL tells a password to who reads it."""
    made = None if url is None else make_url(url)
    return made is not None and (made.password is not None or "password" in made.query)


def open_gradebook(url: str) -> Gradebook:
    """nbgrader's gradebook at any SQLAlchemy URL, made when it is not there yet; the caller closes it.

    Raises:
        GradebookUnusable: the URL names no database, or one whose driver is not installed.
    """
    try:
        _stamp(patient(url))
        gradebook = Gradebook(patient(url))
        _index(gradebook.engine)
        return gradebook
    except (ArgumentError, ImportError) as error:
        what = f"the gradebook's URL cannot be used ({error}). For PostgreSQL: pip install 'autograder[postgres]'"
        raise GradebookUnusable(f"{what}, and --db postgresql+psycopg://USER@HOST/NAME") from error


def _stamp(url: str) -> None:
    """Mark a new database as of nbgrader's latest schema; nbgrader runs `alembic` for that, which takes seconds."""
    engine = create_engine(url)
    with engine.begin() as connection:
        if not inspect(connection).get_table_names():
            versions = ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic"))
            MigrationContext.configure(connection).stamp(versions, "head")
    engine.dispose()


def _index(engine: Engine) -> None:
    """Give a gradebook the indexes that it is without: one that stays without them is slower, and that is all."""
    for index in INDEXES:
        try:
            if not _has(engine, index):
                # a transaction each: who holds one table while it waits for another may stop a run that does the same
                with engine.begin() as connection:
                    connection.execute(CreateIndex(index, if_not_exists=True))
        except DBAPIError as error:
            if not _has(engine, index):  # someone else, who came at the same time, has made it otherwise
                log.warning("%s (%s)", WITHOUT_INDEX, str(error.orig).strip())


def _has(engine: Engine, index: Index) -> bool:
    return index.table is not None and inspect(engine).has_index(index.table.name, str(index.name))


def own_gradebook(out: Path) -> str:
    """The URL of the gradebook that lies among a run's results."""
    return f"sqlite:///{out.resolve() / 'gradebook.db'}"


def storable(text: str) -> str:
    """Text that any database and any file takes: without lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def submission_time(text: str) -> datetime | None:
    """The time that a submission's timestamp.txt states, in UTC; None where it states none."""
    try:
        return parse_utc(text.strip()) if text.strip() else None
    except (ValueError, OverflowError):
        return None


def exercises(notebook: Notebook) -> Mapping[str, Exercise]:
    """The exercise of each test cell of a registered lesson, by the names that its solution cells define."""
    solutions = {cell.name for cell in notebook.solution_cells}
    sources = {cell.name: cell.source for cell in notebook.source_cells if cell.name in solutions}
    return _exercises(tuple(sorted(sources.items())), tuple(cell.name for cell in notebook.grade_cells))


@lru_cache
def _exercises(sources: tuple[tuple[str, str], ...], tests: tuple[str, ...]) -> Mapping[str, Exercise]:
    master = new_notebook(
        cells=[
            new_code_cell(source, metadata={"nbgrader": {"solution": True, "grade_id": name}})
            for name, source in sources
        ]
    )
    found = {}
    for name in tests:
        with suppress(ValueError):
            function = exercise(new_code_cell(metadata={"nbgrader": {"grade_id": name}}), master)
            found[name] = Exercise(function, _defining_cell(function, dict(sources)))
    return found


def _defining_cell(function: str, sources: Mapping[str, str]) -> str:
    usual = f"{function}_solution"
    return (
        usual
        if usual in sources
        else min(n for n, source in sources.items() if function in defined_names(source))
    )


class Book:
    """nbgrader's gradebook, kept open for a whole run.

    Args:
        url: any SQLAlchemy URL.
        config: nbgrader's configuration, for its plugin of late penalties.

    Raises:
        GradebookUnusable: no gradebook can be had at the URL.
        ConfigurationInvalid: the plugin cannot be made.
    """

    def __init__(self, url: str, config: Config | None = None) -> None:
        self._late = _late_step(config or Config())
        self.gradebook = open_gradebook(url)
        self.url = patient(url)

    def __enter__(self) -> "Book":
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection to the database."""
        self.gradebook.close()

    def register_assignment(self, assignment: str, masters: Mapping[str, NotebookNode]) -> None:
        """Do what nbgrader's generate_assignment does to the gradebook; doing it again changes nothing.

        Args:
            assignment: its name.
            masters: the master notebook of each of its lessons, by name.

        Raises:
            GradebookMismatch: there are submissions, made for other lessons or other graded cells.
        """
        self.gradebook.update_or_create_assignment(assignment)
        released = {lesson: self._released(assignment, lesson, master) for lesson, master in masters.items()}
        found = difference.find(self.gradebook, assignment, released)
        if found.steps:
            raise GradebookMismatch(found)
        self._bring_to(found, released)

    def take_over(self, found: Difference, masters: Mapping[str, NotebookNode]) -> None:
        """Register an assignment that has changed, as the difference says; what stays keeps its marks.

        Raises:
            GradebookMismatch: the difference is another one by now, as where somebody has marked what would be lost.
        """
        released = {name: self._released(found.assignment, name, master) for name, master in masters.items()}
        self._bring_to(found, released)

    def _bring_to(self, found: Difference, released: Mapping[str, NotebookNode]) -> None:
        """In one transaction as far as marks are concerned; the cells' texts follow."""
        if found.steps or found.quiet:
            with self._one_transaction():
                now = difference.find(self.gradebook, found.assignment, released)
                if now.steps != found.steps:
                    raise GradebookMismatch(now)
                difference.apply(self.gradebook, found, released)
        self._drop_other_lessons(found.assignment, set(released))
        for lesson in sorted(released):
            resources = self._resources(found.assignment, lesson)
            preprocessors.SaveCells().preprocess(copy.deepcopy(released[lesson]), resources)
        self.gradebook.db.expire_all()

    def _drop_other_lessons(self, assignment: str, lessons: set[str]) -> None:
        known = self.gradebook.find_assignment(assignment)
        for name in sorted({notebook.name for notebook in known.notebooks} - lessons):
            self.gradebook.remove_notebook(name, assignment)
        self.gradebook.db.commit()

    def _released(self, assignment: str, lesson: str, master: NotebookNode) -> NotebookNode:
        notebook, resources = copy.deepcopy(master), self._resources(assignment, lesson)
        for name in RELEASE_STEPS:
            notebook, resources = getattr(preprocessors, name)().preprocess(notebook, resources)
        return notebook

    def _resources(self, assignment: str, lesson: str, student: str = "") -> dict:
        names = {"assignment": assignment, "notebook": lesson, "student": student, "db_url": self.url}
        return {"nbgrader": names}

    def record(
        self, result: Result, executed: NotebookNode | None, submitted_at: datetime | None = None
    ) -> None:
        """Write the automatic marks and comments of one student's lesson; what was marked by hand stays.

        Args:
            result: the verdicts.
            executed: the rebuilt notebook, None when nothing readable was handed in.
            submitted_at: when it was handed in (UTC), for nbgrader's late penalty.

        Raises:
            nbgrader.api.MissingEntry: the assignment or the lesson is not registered.
        """
        self.save(result, executed, submitted_at)
        self.assign_late_penalties(result.assignment, result.student)

    def save(
        self, result: Result, executed: NotebookNode | None, submitted_at: datetime | None = None
    ) -> None:
        """As `record`, leaving the late penalty as it is."""
        with self._one_transaction():
            self.gradebook.update_or_create_student(result.student)
            when = {"timestamp": submitted_at} if submitted_at else {}
            self.gradebook.update_or_create_submission(result.assignment, result.student, **when)
            self._save_marks(result, executed)

    @contextmanager
    def _one_transaction(self) -> Iterator[None]:
        """What nbgrader commits step by step is committed once, at the end: each commit waits for the disk."""
        session = self.gradebook.db
        session.commit()
        if self.gradebook.engine.dialect.name == "sqlite":
            session.execute(sql("BEGIN IMMEDIATE"))  # so that nobody writes between reading and writing here
        session.commit = session.flush
        try:
            yield
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.commit
        session.commit()

    def _save_marks(self, result: Result, executed: NotebookNode | None) -> None:
        submitted = self._find(result.student, result.assignment, result.lesson)
        untouched = _untouched(submitted.notebook, executed)
        verdicts = {test.name: test for test in result.tests}
        said = auto_comments(result, exercises(submitted.notebook), untouched)
        with self.gradebook.db.no_autoflush:  # else every name that is read first writes the mark before it
            self._lock(submitted)
            for grade in self._named(Grade, submitted):
                _set_auto_score(grade, _auto_score(grade.name, verdicts, executed, untouched))
            for comment in self._named(Comment, submitted):
                comment.auto_comment = said.get(comment.name)

    def assign_late_penalties(self, assignment: str, student: str | None = None) -> set[str]:
        """Let nbgrader's plugin say what is taken off, from due dates, extensions and marks as they are now.

        Args:
            assignment: its name.
            student: whose; everyone's where it is None.

        Returns:
            The students whose penalty is another one than before.

        Raises:
            ConfigurationInvalid: the plugin failed.
        """
        changed = set()
        with self._one_transaction():
            for submission in self._submissions(assignment, student):
                late = submission.total_seconds_late if submission.assignment.duedate else 0
                for notebook in submission.notebooks:
                    penalty = _late_penalty(self._late, notebook, late) if late > 0 else None
                    if (penalty or None) != (notebook.late_submission_penalty or None):
                        notebook.late_submission_penalty = penalty
                        changed.add(submission.student_id)
        return changed

    def _submissions(self, assignment: str, student: str | None) -> Iterator[SubmittedAssignment]:
        """One student's submission, or all, some at a time: those of a large class would fill the memory."""
        students = [student] if student else sorted(self.students(assignment))
        mine = SubmittedAssignment.assignment_id == self.gradebook.find_assignment(assignment).id
        query = self.gradebook.db.query(SubmittedAssignment).filter(mine)
        query = query.options(selectinload(SubmittedAssignment.notebooks))
        for start in range(0, len(students), AT_ONCE):
            yield from query.filter(SubmittedAssignment.student_id.in_(students[start : start + AT_ONCE]))

    def marks(self, student: str, assignment: str, lesson: str) -> LessonMarks:
        """The marks of one student's lesson, those given by hand included.

        Raises:
            nbgrader.api.MissingEntry: nothing is recorded.
        """
        submitted = self._find(student, assignment, lesson)
        grades = self._named(Grade, submitted, undefer(Grade.max_score))
        scores = {grade.name: (grade.score, grade.max_score) for grade in grades}
        comments = {one.name: one.comment for one in self._named(Comment, submitted) if one.comment}
        penalty = submitted.late_submission_penalty or 0.0
        self.gradebook.db.commit()  # no transaction stays open while others write
        return LessonMarks(scores, comments, penalty)

    def students(self, assignment: str) -> set[str]:
        """Who has a submission of an assignment."""
        query = self.gradebook.db.query(SubmittedAssignment.student_id)
        found = query.filter_by(assignment_id=self.gradebook.find_assignment(assignment).id)
        return {student for (student,) in found}

    def totals(self, assignment: str) -> dict[tuple[str, str, str], Total]:
        """The marks of a class in sum, by (student, assignment, lesson), in one query."""
        waiting = func.sum(case((Grade.needs_manual_grade, 1), else_=0))
        whose = (SubmittedAssignment.student_id, Notebook.name, SubmittedNotebook.late_submission_penalty)
        query = self.gradebook.db.query(*whose, func.sum(Grade.score), waiting).select_from(SubmittedNotebook)
        query = query.join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        query = query.join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        query = query.join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        query = query.filter(Notebook.assignment_id == self.gradebook.find_assignment(assignment).id)
        found = query.group_by(SubmittedNotebook.id, *whose)
        return {
            (student, assignment, lesson): Total(score or 0.0, penalty or 0.0, int(left or 0))
            for student, lesson, penalty, score, left in found
        }

    def exercises(self, assignment: str, lesson: str) -> Mapping[str, Exercise]:
        """The exercise of each test of a lesson.

        Raises:
            nbgrader.api.MissingEntry: the lesson is not registered.
        """
        return exercises(self.gradebook.find_notebook(lesson, assignment))

    def _named(self, kind: type[T], submitted: SubmittedNotebook, *options: Any) -> list[T]:
        """A submission's grades or comments with their cells, which hold the names, in one query."""
        query = self.gradebook.db.query(kind).options(joinedload(kind.cell), *options)
        return sorted(query.filter_by(notebook_id=submitted.id), key=lambda one: one.cell.name)

    def _lock(self, submitted: SubmittedNotebook) -> None:
        """Read a submission's marks as they are now, and let nobody change them before this transaction ends."""
        for kind in (Grade, Comment):
            rows = self.gradebook.db.query(kind).filter_by(notebook_id=submitted.id).order_by(kind.id)
            rows.populate_existing().with_for_update().all()

    def _find(self, student: str, assignment: str, lesson: str) -> SubmittedNotebook:
        return self.gradebook.find_submission_notebook(lesson, assignment, student)


def register_assignment(url: str, assignment: str, masters: Mapping[str, NotebookNode]) -> None:
    """`Book.register_assignment` in a gradebook opened for this one call."""
    with Book(url) as book:
        book.register_assignment(assignment, masters)


def record(
    url: str, result: Result, executed: NotebookNode | None, submitted_at: datetime | None = None
) -> None:
    """`Book.record` in a gradebook opened for this one call."""
    with Book(url) as book:
        book.record(result, executed, submitted_at)


def _late_step(config: Config) -> preprocessors.AssignLatePenalties:
    try:
        step = preprocessors.AssignLatePenalties(config=config, log=log)
        step.init_plugin()
    except (TraitError, ImportError) as error:
        raise ConfigurationInvalid(f"the late policy of course/{NAME} cannot be used: {error}") from error
    return step


def _late_penalty(
    step: preprocessors.AssignLatePenalties, notebook: SubmittedNotebook, seconds: float
) -> float | None:
    """What the plugin takes off, between nothing and all the points earned."""
    plugin, student = step.plugin_inst, notebook.student.id
    try:
        penalty = plugin.late_submission_penalty(student, notebook.score, seconds)
        return None if penalty is None else float(step._check_late_penalty(notebook, penalty))
    except Exception as error:
        what = (
            f"the late policy {type(plugin).__name__} failed for {student}: {type(error).__name__}: {error}"
        )
        raise ConfigurationInvalid(what) from error


def _untouched(notebook: Notebook, executed: NotebookNode | None) -> set[str]:
    """The solution cells of a rebuilt notebook that read as they were released."""
    released = {cell.name: cell.checksum for cell in notebook.source_cells}
    answers = [cell for cell in executed.cells if is_solution(cell)] if executed else []
    return {
        grade_id(cell) or "" for cell in answers if compute_checksum(cell) == released.get(grade_id(cell))
    }


def _auto_score(
    name: str, verdicts: Mapping[str, TestResult], executed: NotebookNode | None, untouched: Collection[str]
) -> float | None:
    """The automatic score of a graded cell, None where a person has to mark it."""
    if name in verdicts:
        verdict = verdicts[name]
        return None if verdict.status == "not_gradable" and verdict.max_points else verdict.points
    written = {grade_id(cell) for cell in executed.cells} if executed else set()
    missing = name not in written and not verdicts
    return 0.0 if missing or name in untouched else None


def _set_auto_score(grade: Grade, score: float | None) -> None:
    changed = grade.auto_score != score
    grade.auto_score = score
    if grade.manual_score is None:
        grade.needs_manual_grade = score is None
    elif changed:
        grade.needs_manual_grade = True


def auto_comments(
    result: Result, about: Mapping[str, Exercise], untouched: Collection[str] = ()
) -> dict[str, str]:
    """What the autograder says about each solution cell: the messages of its tests that did not pass."""
    said: dict[str, list[str]] = {}
    for test in result.tests:
        if test.status != "passed" and test.message and test.name in about:
            lines = said.setdefault(about[test.name].solution, [])
            if test.message not in lines:
                lines.append(test.message)
    texts = {name: storable("\n\n".join(lines)) for name, lines in said.items()}
    return texts | dict.fromkeys(sorted(untouched), UNTOUCHED)
