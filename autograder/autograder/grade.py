"""Grading a class: a task a student, each in an examiner's process of its own; this process alone writes.

An outcome first becomes safe (the instructor's notebooks, then a line in the journal), and only then reaches the
gradebook and the pages, so that a run that was killed can go on from any moment.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from autograder import __version__, export, host
from autograder import cells as c
from autograder.class_page import write_class_page
from autograder.course import Course
from autograder.examiner import Examined, Task
from autograder.examiners import Examination, end, unjudged
from autograder.feedback import feedback_page, instructor_notebook, zip_pages
from autograder.gradebook import Book, has_password, open_gradebook, own_gradebook, submission_time
from autograder.intake import HandIns
from autograder.journal import Entry, Journal, digest, flush
from autograder.kernel import Worker, WorkerGone, WorkerSlow
from autograder.late import configuration
from autograder.limits import Limits
from autograder.preprocessors import HANDED_IN, lay_out, lay_out_student, nbgrader_config
from autograder.records import Event, Result
from autograder.report import write_report
from autograder.results import Results, write_results
from autograder.sandbox import DOES_NOT_WORK, Nursery, Sandbox, SandboxLost, SandboxMissing, Zygote, require

if TYPE_CHECKING:
    from autograder.cluster import Cluster

log = logging.getLogger(__name__)

DEFAULTS = Limits()
TICK = 0.2
NO_PAGE = "page_not_made"
LOST = "its sandbox was lost twice"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Run:
    """One run over a class.

    Args:
        course: the course's repository.
        assignment: the assignment to grade.
        submitted: the folder that holds the submissions.
        out: where results, grades, feedback and executed notebooks go.
        workers: how many examiners work at once.
        sandbox: "bwrap", or "none" for an instructor's own notebooks.
        db: the gradebook's URL; out/gradebook.db where it is None.
        limits: what a submission may use.
        resume: whether what an earlier run into `out` has done is kept, where nothing it depends on has changed.
        scheduler: the address of the Dask cluster whose workers examine; this machine's processes where it is None.
    """

    course: Course
    assignment: str
    submitted: Path
    out: Path
    workers: int = 1
    sandbox: Sandbox = "bwrap"
    db: str | None = None
    limits: Limits = DEFAULTS
    resume: bool = False
    scheduler: str | None = None


class ClusterUnfit(RuntimeError):
    """The Dask cluster is not there, or a worker of it cannot examine."""


class Stopped(Exception):
    """A signal ended the run in good order; what was done is kept.

    Args:
        signum: the signal.
        done: how many students are done.
        total: how many there are.
    """

    def __init__(self, signum: int, done: int, total: int) -> None:
        super().__init__(f"{done} of {total} are graded")
        self.signum, self.done, self.total = signum, done, total


@dataclass
class Stop:
    """Takes SIGINT and SIGTERM: the first asks for an end in good order, the second ends at once."""

    signum: int = 0

    def heard(self, signum: int, frame: FrameType | None) -> None:
        """A signal's handler."""
        if self.signum:
            raise KeyboardInterrupt
        self.signum = signum


def grade(run: Run, progress: Progress = lambda done, total, student: None) -> Results:
    """Grade every submission of a class and write what comes of it.

    Args:
        run: what to grade, and how.
        progress: called after each student with how many are done, how many there are, and who it was.

    Returns:
        The results, by student and lesson.

    Raises:
        SandboxMissing: the sandbox is not there; nothing was run.
        ClusterUnfit: the cluster is not there, or has a worker that cannot examine; what was done is kept.
        KeyError: there is no such assignment.
        NotADirectoryError: there is no folder of submissions.
        FolderInUse: another run writes into the same folder.
        GradebookUnusable: no gradebook can be had at its URL.
        GradebookMismatch: the gradebook holds this assignment with other lessons or other cells.
        ConfigurationInvalid: the course's policy for late work cannot be used.
        Stopped: SIGINT or SIGTERM came, and all that was done by then is written.
        OSError, SQLAlchemyError, InvalidEntry: something could not be written; what the journal holds is kept.
    """
    if run.scheduler is None:
        require(run.sandbox)
    course, assignment = run.course, run.assignment
    hand_ins = HandIns(run.submitted, assignment, course.lessons(assignment), run.limits.intake)
    run.out.mkdir(parents=True, exist_ok=True)
    with _stoppable() as stop, Journal(run.out) as journal, _place(run) as loading:
        masters = {name: course.master(assignment, name) for name in course.lessons(assignment)}
        lay_out(run.out, assignment, masters)
        config = nbgrader_config(course.root.resolve(), run.out.resolve(), run.db, run.sandbox, HANDED_IN)
        export.write_whole(run.out / "nbgrader_config.py", config, private=has_password(run.db))
        with Book(run.db or _own_gradebook(run.out), configuration(run.out)) as book:
            book.register_assignment(assignment, masters)
            journal.read() if run.resume else journal.clear()
            desk = _Desk(run, hand_ins, masters, book, journal)
            _grade(desk, loading, stop, progress)
            results = write_results(desk.results(), run.out / "results.json")
            _write_down(results, run, book)
    if len(desk.done) < len(hand_ins.students):
        raise Stopped(stop.signum, len(desk.done), len(hand_ins.students))
    return results


def _write_down(results: Results, run: Run, book: Book) -> None:
    """Write what is about the whole class."""
    write_report(results, run.out)
    write_class_page(results, run.out, book)
    export.write_grades(book, run.assignment, run.out / "grades.csv")


class ThisMachine:
    """This machine's workers and examiners, and what they are forked from: loaded at once, unless a run is resumed."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.zygote: Zygote | None = None
        if not run.resume:
            self._begin()

    def _begin(self) -> Zygote:
        host.start()
        if self.zygote is None:
            course, assignment = self.run.course, self.run.assignment
            self.zygote = Zygote(self.run.sandbox, course.release / assignment, course.loads(assignment))
        return self.zygote

    def ready(self) -> Nursery:
        """Where to ask for workers."""
        return self._begin().ready()

    def check(self) -> None:
        """Make sure that workers can be had at all, before submissions are judged without them.

        Raises:
            SandboxMissing: bubblewrap is installed and does not work here.
        """
        try:
            Worker(self.run.sandbox, self.run.limits, nursery=self.ready()).close()
        except (SandboxLost, WorkerGone, WorkerSlow) as error:
            raise SandboxMissing(
                f"no process could be started in the sandbox: {error}. {DOES_NOT_WORK}"
            ) from error

    def examined(self, tasks: Iterator[Task], stop: Stop) -> "Outcomes":
        """The outcome of each task as it is ready, until asked to stop."""
        return _examined(tasks, self.run.workers, stop)

    def __enter__(self) -> "ThisMachine":
        return self

    def __exit__(self, *_: object) -> None:
        if self.zygote is not None:
            self.zygote.close()


def _place(run: Run) -> "ThisMachine | Cluster":
    """Where tasks are examined."""
    if run.scheduler is None:
        return ThisMachine(run)
    from autograder.cluster import Cluster  # noqa: PLC0415 - it needs Dask

    return Cluster(run)


@contextmanager
def _stoppable() -> Iterator[Stop]:
    """Take the signals that ask for an end, unless whoever started this process has it ignore them."""
    stop = Stop()
    mine = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM) if mine}
    taken = {number: handler for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
    for number in taken:
        signal.signal(number, stop.heard)
    try:
        yield stop
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)


def _grade(desk: "_Desk", loading: "ThisMachine | Cluster", stop: Stop, progress: Progress) -> None:
    """Grade until all is done or someone asks for an end."""
    students = desk.hand_ins.students
    left = [student for student in students if stop.signum or not desk.keeps(student)]
    if desk.done:
        progress(len(desk.done), len(students), max(desk.done))
    if left and not stop.signum:
        loading.check()
    tasks = (replace(desk.task(student), nursery=loading.ready()) for student in left)
    with closing(loading.examined(tasks, stop)) as outcomes:
        for task, examined in outcomes:
            desk.take(task, examined)
            progress(len(desk.done), len(students), task.student)


def _own_gradebook(out: Path) -> str:
    """The URL of the run's own gradebook, which is made whole or not at all."""
    path = out / "gradebook.db"
    if not path.exists():
        for left in out.glob("gradebook.db.part*"):
            left.unlink()
        draft = path.with_suffix(".db.part")
        open_gradebook(f"sqlite:///{draft.resolve()}").close()
        os.replace(draft, path)
    return own_gradebook(out)


Outcomes = Generator[tuple[Task, list[Examined]], None, None]


def _examined(tasks: Iterator[Task], workers: int, stop: Stop) -> Outcomes:
    """The outcome of each task as it is ready, with at most `workers` examiners at work, until asked to stop.

    A task whose sandbox was lost for no fault of its own is examined again, once.
    """
    lost: list[Task] = []
    busy: list[Examination] = []
    finished: list[tuple[Task, list[Examined]]] = []
    again: set[str] = set()
    try:
        while True:
            while len(busy) < 2 * workers and not stop.signum:  # some wait, so that no worker does
                task = lost.pop() if lost else next(tasks, None)
                if task is None:
                    break
                busy.append(Examination(task, workers))
            if not (busy or finished):
                return
            yield from finished  # while the next are at work
            ready = [] if stop.signum else _ready(busy)
            if stop.signum:  # the same signal may have ended an examiner: what it left is no verdict
                return
            busy = [one for one in busy if one not in ready]
            outcomes = [(one.task, one.collect()) for one in ready]
            anew = [task for task, outcome in outcomes if outcome is None and task.student not in again]
            again |= {task.student for task in anew}
            lost += anew
            finished = [(t, o or unjudged(t, LOST)) for t, o in outcomes if t not in anew]
    finally:
        end(busy)


def _ready(busy: list[Examination]) -> list[Examination]:
    """The examiners that have an outcome or have used up their time, waited for a moment."""
    wait([one.connection for one in busy], timeout=TICK if busy else 0)
    return [one for one in busy if one.ended()]


@dataclass
class _Desk:
    """Where outcomes are written down: first to where they are safe, then to the gradebook and the pages."""

    run: Run
    hand_ins: HandIns
    masters: Mapping[str, NotebookNode]
    book: Book
    journal: Journal
    done: set[str] = field(default_factory=set)

    @cached_property
    def recorded(self) -> set[str]:
        """The students whose submission the gradebook knew when it was first looked at, late penalty and all."""
        assignment = self.run.assignment
        return self.book.students(assignment) - self.book.assign_late_penalties(assignment)

    @cached_property
    def course(self) -> str:
        """The digest of what every student's outcome depends on."""
        course = self.run.course
        return digest([__version__, course.secret(), self.run.db, course.files(self.run.assignment)])

    def fit(self, task: Task) -> str:
        """The digest of all that a student's outcome depends on: what intake made of the submission, too."""
        elsewhere = ("root", "nursery")  # where things lie, which differs between runs
        own = {part.name: getattr(task, part.name) for part in fields(task) if part.name not in elsewhere}
        return digest([self.course, own])

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """The weights that each lesson has handed in, by their paths."""
        return {lesson: list(c.handed_in(master)) for lesson, master in self.masters.items()}

    def task(self, student: str) -> Task:
        """What is to be examined of a student: read only now, since the notebooks of a class fill the memory."""
        read = self.hand_ins.read(student)
        handed = {one.lesson: self.asked[one.lesson] for one in read if one.notebook is not None}
        wanted = {lesson: paths for lesson, paths in handed.items() if paths}
        weights = self.hand_ins.weights(student, wanted) if wanted else {}
        noticed = {lesson: found.events for lesson, found in weights.items()}
        task = Task(
            self.run.course.root, student, self.run.assignment, {one.lesson: one.notebook for one in read},
            {one.lesson: [*one.events, *noticed.get(one.lesson, [])] for one in read},
            self.run.sandbox, self.run.limits, read[0].handed_in,
            checkpoints={lesson: found.files for lesson, found in weights.items()},
        )  # fmt: skip
        lay_out_student(self.run.out, task)
        return task

    def keeps(self, student: str) -> bool:
        """Whether a student need not be examined again; what was left to write down then is written."""
        entry = self.journal.get(student)
        if entry is None:
            return False
        task = self.task(student)
        if entry.fit != self.fit(task) or not self._holds(entry):
            return False
        if any(test.message == LOST for result in entry.results for test in result.tests):
            return False
        if entry.state == "done" and student in self.recorded:
            self.done.add(student)
        else:
            self._finish(task, entry, {result.lesson: self._read(entry, result) for result in entry.results})
        return True

    def results(self) -> Iterator[Result]:
        """The results of all who are done, by student and lesson."""
        for student in sorted(self.done):
            yield from sorted(self.journal[student].results, key=lambda result: result.lesson)

    def take(self, task: Task, examined: Iterable[Examined]) -> None:
        """Write an outcome down."""
        results, notebooks, digests = [], {}, {}
        for one in examined:
            lesson, made = one.result.lesson, self._made(one)
            results.append(
                one.result if made else _without_page(one.result, "Its notebook could not be shown")
            )
            notebooks[lesson], digests[lesson] = made, self._save(one.result, made)
        entry = Entry(self.fit(task), "examined", results, digests)
        self.journal.append(entry)
        self._finish(task, entry, notebooks)

    def _made(self, one: Examined) -> NotebookNode | None:
        """The instructor's notebook, None where it cannot be made: the class goes on."""
        try:
            return instructor_notebook(one.executed, one.result, self.masters[one.result.lesson])
        except Exception as error:
            log.warning("the notebook of %s could not be made", one.result.student, exc_info=error)
            return None

    def _save(self, result: Result, notebook: NotebookNode | None) -> str | None:
        """Write the instructor's notebook so that it is safe; its digest."""
        path = _autograded(self.run.out, result)
        if notebook is None:
            path.unlink(missing_ok=True)
            return None
        export.write_whole(path, nbformat.v4.writes(notebook) + "\n")
        flush(path)
        flush(path.parent)
        return digest(path.read_bytes())

    def _holds(self, entry: Entry) -> bool:
        """Whether the notebooks on disk are those that the entry is about."""
        paths = {result.lesson: _autograded(self.run.out, result) for result in entry.results}
        found = {lesson: digest(path.read_bytes()) for lesson, path in paths.items() if path.exists()}
        return all(value in (None, found.get(lesson)) for lesson, value in entry.notebooks.items())

    def _read(self, entry: Entry, result: Result) -> NotebookNode | None:
        safe = entry.notebooks[result.lesson] is not None
        return nbformat.read(_autograded(self.run.out, result), as_version=4) if safe else None

    def _finish(self, task: Task, entry: Entry, notebooks: Mapping[str, NotebookNode | None]) -> None:
        """Bring the gradebook and the pages to what is safe; doing it again changes nothing."""
        results = []
        for result in entry.results:
            self.book.record(result, notebooks[result.lesson], submission_time(task.handed_in))
            results.append(self._with_page(result, notebooks[result.lesson]))
        zip_pages(self.run.out, task.student)
        self.journal.append(replace(entry, state="done", results=results))
        self.done.add(task.student)

    def _with_page(self, result: Result, notebook: NotebookNode | None) -> Result:
        """Write a student's page; what cannot be shown is said in an event, and the class goes on."""
        if notebook is None:
            return result
        result = _with_page_to_come(result)
        marks = self.book.marks(result.student, result.assignment, result.lesson)
        try:
            page = feedback_page(notebook, result, marks)
        except Exception as error:
            log.warning("the page of %s could not be made", result.student, exc_info=error)
            return _without_page(result, f"Its feedback page could not be made ({type(error).__name__})")
        export.write_whole(_page(self.run.out, result), page)
        return result


def _with_page_to_come(result: Result) -> Result:
    return replace(result, events=[event for event in result.events if event.kind != NO_PAGE])


def _without_page(result: Result, what: str) -> Result:
    event = Event(NO_PAGE, "warning", None, f"{what}; its marks stand.")
    return replace(result, events=[*result.events, event])


def _page(out: Path, result: Result) -> Path:
    return out / "feedback" / result.student / f"{result.lesson}.html"


def _autograded(out: Path, result: Result) -> Path:
    return out / "autograded" / result.student / result.assignment / f"{result.lesson}.ipynb"


def write_feedback(results: Results, out: Path, db: str | None = None) -> int:
    """Write the pages of an earlier run again, the class's too, with the marks that were given by hand since.

    Returns:
        How many pages there are, the class's left out.

    Raises:
        FolderInUse: a run is writing into the folder.
    """
    number, students = 0, set()
    with Journal(out), Book(db or own_gradebook(out), configuration(out)) as book:
        for assignment in {result.assignment for result in results}:
            book.assign_late_penalties(assignment)
        for result in results:
            if not _autograded(out, result).exists():
                continue
            notebook = nbformat.read(_autograded(out, result), as_version=4)
            marks = book.marks(result.student, result.assignment, result.lesson)
            page = feedback_page(notebook, _with_page_to_come(result), marks)
            export.write_whole(_page(out, result), page)
            number += 1
            students.add(result.student)
        write_class_page(results, out, book)
    for student in sorted(students):
        zip_pages(out, student)
    return number


def default_workers() -> int:
    """One examiner a core."""
    return len(os.sched_getaffinity(0))
