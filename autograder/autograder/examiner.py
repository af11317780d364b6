"""Reaching the verdict: cells run in the worker, test cells run here, and only data crosses between the two."""

import ast
import contextlib
import hashlib
import hmac
import io
import json
import linecache
import multiprocessing
import os
import re
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder import cells as c
from autograder.answers import read_answers
from autograder.course import Course
from autograder.kernel import Malformed, Worker, WorkerGone, WorkerSlow
from autograder.known_mistakes import name_mistake
from autograder.limits import Limits
from autograder.rebuild import rebuild
from autograder.records import Event, Result, TestResult
from autograder.remote import Line, NotGradable, Remote, plain_recipe
from autograder.sandbox import Sandbox
from cnnkit import testing
from cnnkit.check import CheckFailed, NotBegun, named
from cnnkit.testing import Side

LONGEST_MESSAGE = 8000


@dataclass(frozen=True)
class Task:
    """One student's lessons of one assignment: all that an examiner's process needs.

    Args:
        root: the course's folder.
        notebooks: what was handed in, None where nothing readable was.
        events: what intake noticed, per lesson.
        handed_in: when, as nbgrader's exchange states it; empty where nothing says so.
    """

    root: Path
    student: str
    assignment: str
    notebooks: Mapping[str, NotebookNode | None]
    events: Mapping[str, list[Event]]
    sandbox: Sandbox
    limits: Limits
    handed_in: str = ""


@dataclass(frozen=True)
class Examined:
    """The outcome of a lesson, and the notebook with what its cells gave."""

    result: Result
    executed: NotebookNode


@dataclass
class Bench:
    """A worker and what has run in it, so that a new one can be brought to the same point.

    Args:
        sandbox: the walls.
        limits: per cell, per call and for the whole submission.
        assets: files that the notebook may read.
    """

    sandbox: Sandbox
    limits: Limits
    assets: Path
    history: list[str] = field(default_factory=list)
    worker: Worker | None = None
    started: float = field(default_factory=time.monotonic)
    printed: str = ""
    kept: int = 0

    def left(self) -> float:
        """Seconds left for this submission."""
        return self.limits.submission - (time.monotonic() - self.started)

    def run(self, source: str) -> list[NotebookNode]:
        """Run one of the learner's cells; its outputs, an error among them where it went wrong."""
        try:
            outputs = self._ready().execute(source, min(self.limits.cell, self.left())).outputs
        except (WorkerGone, WorkerSlow, Malformed) as error:
            self.close()
            return [_error_output(type(error).__name__, f"This cell was ended: {error}.")]
        except NotGradable as error:
            return [_error_output("NotRun", f"This cell was not run: {error}.")]
        self.history.append(source)
        return self._that_fit(outputs)

    def _that_fit(self, outputs: list[NotebookNode]) -> list[NotebookNode]:
        """The outputs, as long as those of the whole notebook stay within its limit."""
        self.kept += sum(len(json.dumps(output)) for output in outputs)
        if self.kept <= self.limits.outputs:
            return outputs
        return [
            new_output(
                "stream", name="stderr", text="[The outputs of this notebook are too large to be kept.]"
            )
        ]

    def ask(self, request: dict[str, Any], buffers: list[bytes]) -> tuple[dict[str, Any], list[Any]]:
        """Send a remote call.

        Raises:
            WorkerGone, WorkerSlow, Malformed: and the next call meets a new worker.
        """
        worker = self._ready()
        try:
            answer, received, printed = worker.request(request, buffers, min(self.limits.call, self.left()))
        except (WorkerGone, WorkerSlow, Malformed):
            self.close()
            raise
        self.printed += printed
        return answer, received

    def _ready(self) -> Worker:
        if self.left() <= 0:
            raise NotGradable(f"the {self.limits.submission:g} s for this notebook are used up")
        if self.worker is None:
            self.worker = self._replayed()
        return self.worker

    def _replayed(self) -> Worker:
        """A new worker in which all earlier cells have run again; one that now ends the process is left out."""
        while True:
            worker = self._start()
            for position, source in enumerate(self.history):
                try:
                    worker.execute(source, max(0.1, min(self.limits.cell, self.left())))
                except (WorkerGone, WorkerSlow, Malformed):
                    worker.close()
                    del self.history[position]
                    break
            else:
                return worker
            if self.left() <= 0:
                raise NotGradable(f"the {self.limits.submission:g} s for this notebook are used up")

    def _start(self) -> Worker:
        try:
            return Worker(self.sandbox, self.limits, self.assets)
        except (WorkerGone, WorkerSlow, OSError) as error:
            raise NotGradable(f"the notebook's process could not be started: {error}") from error

    def close(self) -> None:
        """End the worker; the next call starts another."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None


def private_seed(secret: bytes, student: str) -> Callable[[str], int]:
    """A student's seeds: an HMAC of student and grade_id under the course's own secret."""

    def seed(grade_id: str) -> int:
        digest = hmac.new(secret, f"{student}\0{grade_id}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8], "big")

    return seed


def examine(task: Task, lesson: str) -> Examined:
    """Grade one lesson of one student, in this process."""
    course = Course(task.root)
    master = course.master(task.assignment, lesson)
    submitted = task.notebooks.get(lesson)
    if submitted is None:
        return _nothing_handed_in(task, lesson, master)
    notebook, noticed = rebuild(master, submitted)
    bench = Bench(task.sandbox, task.limits, course.release / task.assignment)
    side = Side(private_seed(course.secret(), task.student), plain_recipe, lambda evidence: None)
    line = Line(bench.ask, task.limits)
    names = {name: Remote(line, name) for name in c.remote_names(master)}
    tests: list[TestResult] = []
    try:
        for cell in notebook.cells:
            if c.is_test(cell):
                tests.append(examine_test(cell, names, side, bench))
            elif cell.cell_type == "code" and cell.source.strip():
                cell.outputs = bench.run(cell.source)
    finally:
        bench.close()
    tests = _explain(course, task, lesson, master, notebook, tests, side)
    for cell, test in zip(c.tests(notebook.cells), tests, strict=True):
        _write_verdict(cell, test)
    result = Result(
        task.student, task.assignment, lesson, task.sandbox, round(time.monotonic() - bench.started, 2),
        tests, [*task.events.get(lesson, []), *noticed],
    )  # fmt: skip
    return Examined(result, notebook)


def examine_test(cell: NotebookNode, names: dict[str, Remote], side: Side, bench: Bench) -> TestResult:
    """Run a test cell here, with the learner's names remote; what it says goes into the cell's outputs."""
    name, most = c.grade_id(cell) or "", c.points(cell)
    filename = f"test {name}"
    linecache.cache[filename] = (len(cell.source), None, cell.source.splitlines(True), filename)
    printed, bench.printed = io.StringIO(), ""
    namespace: dict[str, Any] = {"__name__": "__test__", **names}
    status, message, evidence = "passed", "", None
    try:
        with testing.on(side), contextlib.redirect_stdout(printed):
            exec(compile(cell.source, filename, "exec"), namespace)
    except NotGradable as error:
        status, message = "not_gradable", f"{error}"
    except (CheckFailed, NotBegun) as error:
        status, message = "failed", "\n".join([str(error), *getattr(error, "details", [])])
        evidence = getattr(error, "evidence", None)
    except Exception as error:  # noqa: BLE001 - any other error in a test cell comes of what the learner's code gave
        status, message = "failed", f"{type(error).__name__}: {error}"[:2000]
    cell.outputs = (
        [new_output("stream", name="stdout", text=printed.getvalue())] if printed.getvalue() else []
    )
    cell.metadata["autograder"] = {"evidence": evidence, "printed": bench.printed[: bench.limits.text]}
    return TestResult(name, most if status == "passed" else 0.0, most, status, _sound(message))  # type: ignore[arg-type]


def _sound(message: str) -> str:
    """A message, parts of which the worker may have made up, as any file takes it and a page can show it."""
    return re.sub("[\0\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", message[:LONGEST_MESSAGE])


def _explain(
    course: Course,
    task: Task,
    lesson: str,
    master: NotebookNode,
    notebook: NotebookNode,
    tests: list[TestResult],
    side: Side,
) -> list[TestResult]:
    """Name the known mistakes, and say of a failed function which broken one it calls."""
    path = course.answers_file(task.assignment, lesson)
    answers = read_answers(path) if path.exists() else []
    broken = {
        c.exercise(cell, master)
        for cell, t in zip(c.tests(notebook.cells), tests, strict=True)
        if t.status != "passed"
    }
    calls = {name: used & broken - {name} for name, used in _uses(notebook).items()}
    explained = []
    for cell, test in zip(c.tests(notebook.cells), tests, strict=True):
        evidence = cell.metadata["autograder"].pop("evidence")
        message = test.message
        known = name_mistake(master, answers, test.name, evidence, side) if evidence else None
        if known and known not in message:
            message = named(known, c.exercise(cell, master), message)
        if test.status == "failed":
            first, *others = message.split("\n")
            broken_ones = sorted(calls.get(c.exercise(cell, master), ()))
            reasons = [
                f"It calls {name}, whose own tests did not pass: mend that first." for name in broken_ones
            ]
            message = "\n".join([first, *reasons, *others])
        explained.append(TestResult(test.name, test.points, test.max_points, test.status, message))
    return explained


def _uses(notebook: NotebookNode) -> dict[str, set[str]]:
    """For each function that a solution cell defines, the names its cell reads."""
    uses: dict[str, set[str]] = {}
    for cell in c.solutions(notebook.cells):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            read = {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}
            uses |= {name: read for name in c.defined_names(cell.source)}
    return uses


def _write_verdict(cell: NotebookNode, test: TestResult) -> None:
    cell.metadata["autograder"] |= {"status": test.status, "points": test.points, "message": test.message}
    if test.status != "passed":
        name = "NotGradable" if test.status == "not_gradable" else "CheckFailed"
        cell.outputs.append(_error_output(name, test.message))


def _error_output(name: str, message: str) -> NotebookNode:
    return new_output(
        "error", ename=name, evalue=message.split("\n", maxsplit=1)[0], traceback=message.split("\n")
    )


def _nothing_handed_in(task: Task, lesson: str, master: NotebookNode) -> Examined:
    examined = _without_verdicts(task, lesson, master, "failed", "no readable notebook was handed in")
    examined.executed.metadata["nothing_handed_in"] = True
    return examined


def _without_verdicts(task: Task, lesson: str, master: NotebookNode, status: Any, reason: str) -> Examined:
    empty, _ = rebuild(master, nbformat.v4.new_notebook())
    tests = [TestResult(c.grade_id(x) or "", 0.0, c.points(x), status, reason) for x in c.tests(master.cells)]
    for cell, test in zip(c.tests(empty.cells), tests, strict=True):
        cell.metadata["autograder"] = {"printed": ""}
        _write_verdict(cell, test)
    events = list(task.events.get(lesson, []))
    return Examined(Result(task.student, task.assignment, lesson, task.sandbox, 0.0, tests, events), empty)


def not_gradable(task: Task, reason: str) -> list[Examined]:
    """The outcome of a task whose lessons could not be examined; one for every lesson."""
    course = Course(task.root)
    masters = {lesson: course.master(task.assignment, lesson) for lesson in task.notebooks}
    return [_without_verdicts(task, name, masters[name], "not_gradable", reason) for name in masters]


class Examination:
    """An examiner's process at work on one task; its death is a verdict and not a crash."""

    def __init__(self, task: Task) -> None:
        self.task = task
        context = _forking()
        self.connection, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=_examine_all, args=(task, theirs), daemon=False)
        self.process.start()
        theirs.close()
        self.deadline = time.monotonic() + len(task.notebooks) * (task.limits.submission + 60)

    def overdue(self) -> bool:
        """Whether the process has had all the time it may have."""
        return time.monotonic() > self.deadline

    def collect(self) -> list[Examined]:
        """The outcomes, once the connection is ready or the process is overdue; one for every lesson."""
        try:
            done = self.connection.recv() if self.connection.poll(0) else None
        except EOFError:
            done = None
        if done is None:
            self.process.kill()
        self.process.join()
        reason = "the examiner ran out of time" if self.overdue() else "the examiner's process ended"
        return done or not_gradable(self.task, f"{reason} (exit status {self.process.exitcode})")


def end(examinations: Iterable[Examination], seconds: float = 5.0) -> None:
    """End examiners and their workers before their time, at the latest after `seconds`."""
    deadline = time.monotonic() + seconds
    ending = list(examinations)
    for examination in ending:
        examination.process.terminate()
    try:
        for examination in ending:
            examination.process.join(max(0.0, deadline - time.monotonic()))
    finally:
        for examination in ending:
            examination.process.kill()


def _forking() -> ForkServerContext:
    """Examiners are forked from a process that has paid for the imports.

    It starts, and so do they, with SIGINT ignored: Ctrl-C in a terminal is for the coordinator, which ends them.
    """
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.examiner", "torch", "torch.fx.experimental.symbolic_shapes"])
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            forkserver.ensure_running()
        finally:
            signal.signal(signal.SIGINT, before)
    return context


def _examine_all(task: Task, connection: Connection) -> None:
    import torch  # noqa: PLC0415 - loaded once, before the process was forked

    _end_with_the_coordinator()
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_DATA, (task.limits.examiner_memory, task.limits.examiner_memory))
    connection.send([examine(task, lesson) for lesson in task.notebooks])


def _end_with_the_coordinator() -> None:
    """On SIGTERM end the worker, then this process; and so too when the coordinator is no more, however it ended."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    parent = multiprocessing.parent_process()

    def watch() -> None:
        wait([parent.sentinel])  # type: ignore[union-attr]
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)  # for what the handler has to wait for
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def examine_in_process(
    course_root: Path,
    student: str,
    assignment: str,
    lesson: str,
    submitted: NotebookNode,
    sandbox: Sandbox,
    limits: Limits,
) -> Examined:
    """Grade one notebook in a process of its own, and wait for it."""
    task = Task(course_root, student, assignment, {lesson: submitted}, {}, sandbox, limits)
    examination = Examination(task)
    try:
        while not examination.connection.poll(0.2) and not examination.overdue():
            pass
        return examination.collect()[0]
    finally:
        end([examination])
