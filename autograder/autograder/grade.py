"""Grading a class: a task a student, each in an examiner's process of its own; this process alone writes."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import cells as c
from autograder import export
from autograder.course import Course
from autograder.examiner import Examined, Task
from autograder.examiners import Examination, start, unjudged
from autograder.feedback import feedback_page, instructor_notebook, zip_pages
from autograder.gradebook import Book, own_gradebook, submission_time
from autograder.intake import read_submissions, read_weights
from autograder.limits import Limits
from autograder.preprocessors import HANDED_IN, lay_out, nbgrader_config
from autograder.records import Event, Result
from autograder.report import write_report
from autograder.sandbox import Sandbox, Zygote, require

log = logging.getLogger(__name__)

DEFAULTS = Limits()
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
    """

    course: Course
    assignment: str
    submitted: Path
    out: Path
    workers: int = 1
    sandbox: Sandbox = "bwrap"
    db: str | None = None
    limits: Limits = DEFAULTS


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
    """
    require(run.sandbox)
    tasks = _tasks(run)
    run.out.mkdir(parents=True, exist_ok=True)
    lessons = run.course.lessons(run.assignment)
    masters = {lesson: run.course.master(run.assignment, lesson) for lesson in lessons}
    prepare = partial(
        _with_weights, run, {lesson: c.checkpoints(master) for lesson, master in masters.items()}
    )
    run.course.secret()
    lay_out(run.out, run.assignment, masters, tasks)
    config = nbgrader_config(run.course.root.resolve(), run.out.resolve(), run.db, run.sandbox, HANDED_IN)
    (run.out / "nbgrader_config.py").write_text(config, encoding="utf-8")
    results: list[Result] = []
    start()
    zygote = Zygote(run.sandbox, run.course.release / run.assignment)
    tasks = [replace(task, nursery=zygote.nursery) for task in tasks]
    with zygote, Book(run.db or own_gradebook(run.out)) as book:
        book.register_assignment(run.assignment, masters)
        for done, (task, examined) in enumerate(_examined(tasks, run.workers, prepare), start=1):
            for one in examined:
                book.record(one.result, one.executed, submission_time(task.handed_in))
                results.append(_written(run.out, one, masters[one.result.lesson], book))
            progress(done, len(tasks), task.student)
        export.write_results(results, run.out / "results.json")
        write_report(results, run.out)
        export.write_grades(book, run.assignment, run.out / "grades.csv")
    return sorted(results, key=lambda result: (result.student, result.lesson))


def _tasks(run: Run) -> list[Task]:
    if not run.submitted.is_dir():
        raise NotADirectoryError(f"no folder of submissions at {run.submitted}")
    lessons = run.course.lessons(run.assignment)
    students: dict[str, Task] = {}
    for one in read_submissions(run.submitted, run.assignment, lessons):
        empty = Task(
            run.course.root, one.student, run.assignment, {}, {}, run.sandbox, run.limits, one.handed_in
        )
        task = students.setdefault(one.student, empty)
        task.notebooks[one.lesson] = one.notebook  # type: ignore[index]
        task.events[one.lesson] = one.events  # type: ignore[index]
    return list(students.values())


def _with_weights(run: Run, asked: Mapping[str, Sequence[str]], task: Task) -> Task:
    """The task with the weights that were handed in: read only now, since those of a class fill the memory."""
    wanted = {
        lesson: paths for lesson, paths in asked.items() if paths and task.notebooks[lesson] is not None
    }
    if not wanted:
        return task
    found = read_weights(run.submitted, run.assignment, task.student, wanted)
    noticed = {lesson: [*task.events[lesson], *weights.events] for lesson, weights in found.items()}
    files = {lesson: weights.files for lesson, weights in found.items()}
    return replace(task, events={**task.events, **noticed}, checkpoints=files)


def _examined(
    tasks: Iterable[Task], workers: int, prepare: Callable[[Task], Task]
) -> Iterator[tuple[Task, list[Examined]]]:
    """The outcome of each task as it is ready, with at most `workers` examiners at work."""
    waiting = list(reversed(list(tasks)))
    busy: list[Examination] = []
    finished: list[tuple[Task, list[Examined]]] = []
    while waiting or busy or finished:
        while waiting and len(busy) < workers:
            busy.append(Examination(prepare(waiting.pop())))
        yield from finished  # while the next are at work
        if busy:
            wait([examination.connection for examination in busy], timeout=1.0)
        ready = [
            examination for examination in busy if examination.connection.poll(0) or examination.overdue()
        ]
        busy = [examination for examination in busy if examination not in ready]
        finished = [(one.task, one.collect() or unjudged(one.task, "the sandbox was lost")) for one in ready]


def _written(out: Path, one: Examined, master: NotebookNode, book: Book) -> Result:
    """Write a student's notebook and page; what cannot be shown is said in an event, and the class goes on."""
    try:
        _write(out, one, master, book)
    except Exception as error:
        log.warning("the page of %s could not be made", one.result.student, exc_info=error)
        reason = f"Its feedback page could not be made ({type(error).__name__}); its marks stand."
        event = Event("page_not_made", "warning", None, reason)
        return replace(one.result, events=[*one.result.events, event])
    return one.result


def _write(out: Path, one: Examined, master: NotebookNode, book: Book) -> None:
    result = one.result
    notebook = instructor_notebook(one.executed, result, master)
    path = _autograded(out, result)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    _write_page(out, notebook, result, book)


def _write_page(out: Path, notebook: NotebookNode, result: Result, book: Book) -> Path:
    page = out / "feedback" / result.student / f"{result.lesson}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    marks = book.marks(result.student, result.assignment, result.lesson)
    page.write_text(feedback_page(notebook, result, marks), encoding="utf-8")
    zip_pages(out, result.student)
    return page


def _autograded(out: Path, result: Result) -> Path:
    return out / "autograded" / result.student / result.assignment / f"{result.lesson}.ipynb"


def write_feedback(results: Iterable[Result], out: Path, db: str | None = None) -> list[Path]:
    """Write the feedback pages of an earlier run again, with the marks that were given by hand since."""
    with Book(db or own_gradebook(out)) as book:
        return [_write_page(out, nbformat.read(_autograded(out, r), as_version=4), r, book) for r in results]


def default_workers() -> int:
    """One examiner a core."""
    return len(os.sched_getaffinity(0))
