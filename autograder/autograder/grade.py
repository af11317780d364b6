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

import nbformat
from nbformat import NotebookNode

from autograder import __version__, export, host
from autograder import cells as c
from autograder.class_page import write_class_page
from autograder.course import Course
from autograder.examiner import Examined, Task
from autograder.examiners import Examination, end, unjudged
from autograder.feedback import feedback_page, instructor_notebook, zip_pages
from autograder.gradebook import Book, open_gradebook, own_gradebook, submission_time
from autograder.intake import read_submissions, read_weights
from autograder.journal import Entry, Journal, digest, flush
from autograder.kernel import Worker, WorkerGone, WorkerSlow
from autograder.late import configuration
from autograder.limits import Limits
from autograder.preprocessors import HANDED_IN, lay_out, nbgrader_config
from autograder.records import Event, Result
from autograder.report import write_report
from autograder.sandbox import DOES_NOT_WORK, Nursery, Sandbox, SandboxLost, SandboxMissing, Zygote, require

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


def grade(run: Run, progress: Progress = lambda done, total, student: None) -> list[Result]:
    """Grade every submission of a class and write what comes of it.

    Args:
        run: what to grade, and how.
        progress: called after each student with how many are done, how many there are, and who it was.

    Returns:
        The results, by student and lesson.

    Raises:
        SandboxMissing: the sandbox is not there; nothing was run.
        KeyError: there is no such assignment.
        NotADirectoryError: there is no folder of submissions.
        FolderInUse: another run writes into the same folder.
        GradebookUnusable: no gradebook can be had at its URL.
        GradebookMismatch: the gradebook holds this assignment with other lessons or other cells.
        ConfigurationInvalid: the course's policy for late work cannot be used.
        Stopped: SIGINT or SIGTERM came, and all that was done by then is written.
        OSError, SQLAlchemyError, InvalidEntry: something could not be written; what the journal holds is kept.
    """
    require(run.sandbox)
    tasks = _tasks(run)
    run.out.mkdir(parents=True, exist_ok=True)
    with _stoppable() as stop, Journal(run.out) as journal, _Loading(run) as loading:
        course, assignment = run.course, run.assignment
        masters = {name: course.master(assignment, name) for name in course.lessons(assignment)}
        lay_out(run.out, run.assignment, masters, tasks)
        config = nbgrader_config(run.course.root.resolve(), run.out.resolve(), run.db, run.sandbox, HANDED_IN)
        export.write_whole(run.out / "nbgrader_config.py", config)
        with Book(run.db or _own_gradebook(run.out), configuration(run.out)) as book:
            book.register_assignment(run.assignment, masters)
            earlier = journal.read() if run.resume else journal.clear()
            desk = _Desk(run, masters, book, journal, earlier)
            _grade(desk, tasks, loading, stop, progress)
            results = [result for student in sorted(desk.done) for result in desk.done[student]]
            _write_down(results, run, book)
    if len(desk.done) < len(tasks):
        raise Stopped(stop.signum, len(desk.done), len(tasks))
    return results


def _write_down(results: list[Result], run: Run, book: Book) -> None:
    """Write what is about the whole class."""
    export.write_results(results, run.out / "results.json")
    write_report(results, run.out)
    write_class_page(results, run.out, book)
    export.write_grades(book, run.assignment, run.out / "grades.csv")


class _Loading:
    """What workers and examiners are forked from. It loads while this process goes on; at once, where there is work."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.zygote: Zygote | None = None
        if not run.resume:
            self._begin()

    def _begin(self) -> Zygote:
        host.start()
        if self.zygote is None:
            self.zygote = Zygote(self.run.sandbox, self.run.course.release / self.run.assignment)
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

    def __enter__(self) -> "_Loading":
        return self

    def __exit__(self, *_: object) -> None:
        if self.zygote is not None:
            self.zygote.close()


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


def _grade(desk: "_Desk", tasks: list[Task], loading: _Loading, stop: Stop, progress: Progress) -> None:
    """Grade until all is done or someone asks for an end."""

    def prepare(task: Task) -> Task:
        return replace(desk.with_weights(task), nursery=loading.ready())

    left = [task for task in tasks if stop.signum or not desk.keeps(task)]
    if desk.done:
        progress(len(desk.done), len(tasks), [*desk.done][-1])
    if left and not stop.signum:
        loading.check()
    with closing(_examined(left, desk.run.workers, prepare, stop)) as outcomes:
        for task, examined in outcomes:
            desk.take(task, examined)
            progress(len(desk.done), len(tasks), task.student)


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


def _tasks(run: Run) -> list[Task]:
    if not run.submitted.is_dir():
        raise NotADirectoryError(f"no folder of submissions at {run.submitted}")
    lessons = run.course.lessons(run.assignment)
    students: dict[str, Task] = {}
    for one in read_submissions(run.submitted, run.assignment, lessons, run.limits.intake):
        empty = Task(
            run.course.root, one.student, run.assignment, {}, {}, run.sandbox, run.limits, one.handed_in
        )
        task = students.setdefault(one.student, empty)
        task.notebooks[one.lesson] = one.notebook  # type: ignore[index]
        task.events[one.lesson] = one.events  # type: ignore[index]
    return list(students.values())


Outcomes = Generator[tuple[Task, list[Examined]], None, None]


def _examined(tasks: Iterable[Task], workers: int, prepare: Callable[[Task], Task], stop: Stop) -> Outcomes:
    """The outcome of each task as it is ready, with at most `workers` examiners at work, until asked to stop.

    A task whose sandbox was lost for no fault of its own is examined again, once.
    """
    waiting = list(reversed(list(tasks)))
    busy: list[Examination] = []
    finished: list[tuple[Task, list[Examined]]] = []
    again: set[str] = set()
    try:
        while waiting or busy or finished:
            while (
                waiting and len(busy) < 2 * workers and not stop.signum
            ):  # some wait, so that no worker does
                busy.append(Examination(prepare(waiting.pop()), workers))
            yield from finished  # while the next are at work
            ready = [] if stop.signum else _ready(busy)
            if stop.signum:  # the same signal may have ended an examiner: what it left is no verdict
                return
            busy = [one for one in busy if one not in ready]
            outcomes = [(one.task, one.collect()) for one in ready]
            lost = [task for task, outcome in outcomes if outcome is None and task.student not in again]
            again |= {task.student for task in lost}
            waiting += lost
            finished = [(t, o or unjudged(t, LOST)) for t, o in outcomes if t not in lost]
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
    masters: Mapping[str, NotebookNode]
    book: Book
    journal: Journal
    earlier: Mapping[str, Entry]
    done: dict[str, list[Result]] = field(default_factory=dict)

    @cached_property
    def recorded(self) -> set[str]:
        """The students whose submission the gradebook knew when it was first looked at, late penalty and all."""
        found = self.book.gradebook.find_assignment(self.run.assignment).submissions
        known = {submission.student_id for submission in found}
        return known - self.book.assign_late_penalties(self.run.assignment)

    @cached_property
    def course(self) -> str:
        """The digest of what every student's outcome depends on."""
        course, assignment = self.run.course, self.run.assignment
        files = [course.source_file(assignment, lesson) for lesson in self.masters]
        files += [course.answers_file(assignment, lesson) for lesson in self.masters]
        files += [path for path in (course.release / assignment).rglob("*") if path.suffix != ".ipynb"]
        read = {str(path.relative_to(course.root)): path.read_bytes() for path in files if path.is_file()}
        return digest([__version__, course.secret(), self.run.db, read])

    def fit(self, task: Task) -> str:
        """The digest of all that a student's outcome depends on: what intake made of the submission, too."""
        elsewhere = ("root", "nursery")  # where things lie, which differs between runs
        own = {part.name: getattr(task, part.name) for part in fields(task) if part.name not in elsewhere}
        return digest([self.course, own])

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """The weights that each lesson has handed in, by their paths."""
        return {lesson: list(c.handed_in(master)) for lesson, master in self.masters.items()}

    def with_weights(self, task: Task) -> Task:
        """The task with the weights that were handed in: read only now, since those of a class fill the memory.

        One that has them already, as a task that is examined again does, stays as it is.
        """
        wanted = {
            lesson: paths
            for lesson, paths in self.asked.items()
            if paths and task.notebooks[lesson] is not None
        }
        if task.checkpoints or not wanted:
            return task
        found = read_weights(
            self.run.submitted, self.run.assignment, task.student, wanted, self.run.limits.intake
        )
        noticed = {lesson: [*task.events[lesson], *weights.events] for lesson, weights in found.items()}
        files = {lesson: weights.files for lesson, weights in found.items()}
        return replace(task, events={**task.events, **noticed}, checkpoints=files)

    def keeps(self, task: Task) -> bool:
        """Whether a student need not be examined again; what was left to write down then is written."""
        entry = self.earlier.get(task.student)
        if entry is None or entry.fit != self.fit(self.with_weights(task)) or not self._holds(entry):
            return False
        if any(test.message == LOST for result in entry.results for test in result.tests):
            return False
        if entry.state == "done" and task.student in self.recorded:
            self.done[task.student] = entry.results
        else:
            self._finish(task, entry, {result.lesson: self._read(entry, result) for result in entry.results})
        return True

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
        self.done[task.student] = results

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


def write_feedback(results: Iterable[Result], out: Path, db: str | None = None) -> list[Path]:
    """Write the pages of an earlier run again, the class's too, with the marks that were given by hand since."""
    results = list(results)
    shown = [result for result in results if _autograded(out, result).exists()]
    with Book(db or own_gradebook(out), configuration(out)) as book:
        for assignment in {result.assignment for result in results}:
            book.assign_late_penalties(assignment)
        for result in shown:
            notebook = nbformat.read(_autograded(out, result), as_version=4)
            marks = book.marks(result.student, result.assignment, result.lesson)
            page = feedback_page(notebook, _with_page_to_come(result), marks)
            export.write_whole(_page(out, result), page)
        write_class_page(results, out, book)
    for student in sorted({result.student for result in shown}):
        zip_pages(out, student)
    return [_page(out, result) for result in shown]


def default_workers() -> int:
    """One examiner a core."""
    return len(os.sched_getaffinity(0))
