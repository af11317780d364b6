"""Reaching the verdict: cells run in the worker, test cells run here, and only data crosses between the two."""

import ast
import base64
import contextlib
import hashlib
import hmac
import io
import json
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder import cells as c
from autograder.answers import Answer, read_answers
from autograder.course import Course
from autograder.kernel import Malformed, Worker, WorkerGone, WorkerSlow
from autograder.known_mistakes import Known, name_mistakes
from autograder.limits import Limits
from autograder.rebuild import Slot, rebuild, slots_of
from autograder.records import NOTHING_HANDED_IN, Event, Result, Severity, TestResult
from autograder.remote import Garbled, Line, NotGradable, Remote, plain_recipe
from autograder.sandbox import Nursery, Sandbox
from autograder.trial import compiled, judges_trained
from cnnkit import testing
from cnnkit.check import CheckFailed, NotBegun, named
from cnnkit.differences import Planes, difference_png
from cnnkit.testing import Side

LONGEST_MESSAGE = 8000
EVENTS = 50


@dataclass(frozen=True)
class Task:
    """One student's lessons of one assignment: all that an examiner's process needs.

    Args:
        root: the course's folder.
        notebooks: what was handed in, None where nothing readable was.
        events: what intake noticed, per lesson.
        handed_in: when, as nbgrader's exchange states it; empty where nothing says so.
        nursery: who is asked for workers; one of the examiner's own when None.
        checkpoints: the weights that were handed in, per lesson: path beside the notebook -> content.
    """

    root: Path
    student: str
    assignment: str
    notebooks: Mapping[str, NotebookNode | None]
    events: Mapping[str, list[Event]]
    sandbox: Sandbox
    limits: Limits
    handed_in: str = ""
    nursery: Nursery | None = None
    checkpoints: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """The outcome of a lesson, the notebook with what its cells gave, and the seconds that each step took."""

    result: Result
    executed: NotebookNode
    timings: dict[str, float] = field(default_factory=dict)


@dataclass
class Bench:
    """A worker and what has run in it, so that a new one can be brought to the same point.

    Args:
        sandbox: the walls.
        limits: per cell, per call and for the whole submission.
        assets: files that the notebook may read.
        files: what was handed in with the notebook, by its path beside it.
        nursery: who is asked for workers; one of this process's own when None.
        died_at: cells that are not run, for what they sent ended an earlier examiner.
    """

    sandbox: Sandbox
    limits: Limits
    assets: Path
    files: Mapping[str, bytes] = field(default_factory=dict)
    nursery: Nursery | None = None
    died_at: Mapping[str, str] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    worker: Worker | None = None
    started: float = field(default_factory=time.monotonic)
    printed: str = ""
    kept: int = 0
    cell: str = ""
    events: list[Event] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    def left(self) -> float:
        """Seconds left for this submission."""
        return self.limits.submission - (time.monotonic() - self.started)

    @contextlib.contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the seconds that this takes to those of a step."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.timings[step] = self.timings.get(step, 0.0) + time.monotonic() - begun

    def run(self, source: str) -> list[NotebookNode]:
        """Run one of the learner's cells; its outputs, an error among them where it went wrong."""
        if self.cell in self.died_at:
            self.note("odd_message", f"While this cell ran, {self.died_at[self.cell]}.", "tamper")
            return [_error_output("Ended", f"This cell was not run: {self.died_at[self.cell]}.")]
        try:
            heard = self._ready().execute(source, min(self.limits.cell, self.left()))
        except (WorkerGone, WorkerSlow, Malformed) as error:
            self._lose(error, self.limits.cell)
            return [_error_output(type(error).__name__, f"This cell was ended: {error}.")]
        except NotGradable as error:
            return [_error_output("NotRun", f"This cell was not run: {error}.")]
        self.history.append(source)
        if heard.cut:
            self.note(
                "output_cut",
                "What this cell printed or drew was too much to be kept whole; it was cut.",
                "info",
            )
        for output in heard.outputs:
            if output.output_type == "error":
                self._notice_limit([output.ename], output.evalue)
        return self._that_fit(heard.outputs)

    def _that_fit(self, outputs: list[NotebookNode]) -> list[NotebookNode]:
        """The outputs, as long as those of the whole notebook stay within its limit."""
        self.kept += sum(len(json.dumps(output)) for output in outputs)
        if self.kept <= self.limits.outputs:
            return outputs
        self.note("limit_hit", "The outputs of this notebook are too large to be kept.")
        return [
            c.new_output(
                "stream", name="stderr", text="[The outputs of this notebook are too large to be kept.]"
            )
        ]

    def ask(self, request: dict[str, Any], buffers: list[bytes]) -> tuple[dict[str, Any], list[Any]]:
        """Send a remote call.

        Raises:
            WorkerGone, WorkerSlow, Malformed: and the next call meets a new worker.
        """
        if self.cell in self.died_at:
            self.note("odd_message", f"While this cell ran, {self.died_at[self.cell]}.", "tamper")
            raise WorkerGone(self.died_at[self.cell])
        worker = self._ready()
        try:
            answer, received, printed = worker.request(request, buffers, min(self.limits.call, self.left()))
        except (WorkerGone, WorkerSlow, Malformed) as error:
            self._lose(error, self.limits.call)
            raise
        self.printed += printed
        raised = answer.get("error")
        if type(raised) is dict and self._notice_limit(raised.get("names"), raised.get("text")):
            self.close()  # what used so much may still be there, and is not to be met by others
        return answer, received

    def note(self, kind: str, message: str, severity: Severity = "warning") -> None:
        """Something that happened while a cell ran: once a cell and kind, and not without end."""
        known = {(event.kind, event.cell) for event in self.events}
        if (kind, self.cell or None) not in known and len(self.events) < EVENTS:
            self.events.append(Event(kind, severity, self.cell or None, sound(message)))

    def _lose(self, error: Exception, seconds: float) -> None:
        """End the worker after an error, and note what happened."""
        self.close()
        if isinstance(error, Malformed):
            self.note("odd_message", f"While this cell ran, {error}.", "tamper")
        elif isinstance(error, WorkerSlow):
            self.note("limit_hit", f"This cell did not end, or answer, within {seconds:g} s.")
        elif isinstance(error, WorkerGone):
            self.note("limit_hit" if error.limit else "process_ended", f"While this cell ran, {error}.")

    def _notice_limit(self, names: Any, text: Any) -> bool:
        """Note the limit that an error speaks of, if it does."""
        known = [name for name in names if type(name) is str] if type(names) is list else []
        limit = self.limits.named(known, text if type(text) is str else "")
        if limit:
            self.note("limit_hit", f"While this cell ran, it met a limit: {limit}.")
        return limit is not None

    def await_turn(self, turn: Callable[[], None]) -> None:
        """Have a worker ready, and wait until it may be used: only then does the submission's time begin."""
        with contextlib.suppress(NotGradable):  # the first cell tries again, and tells
            self._ready()
        with self.timed("turn"):
            turn()
        self.started = time.monotonic()

    def _ready(self) -> Worker:
        if self.left() <= 0:
            raise NotGradable(f"the {self.limits.submission:g} s for this notebook are used up")
        if self.worker is None:
            with self.timed("start"):
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
            return Worker(self.sandbox, self.limits, self.assets, self.files, self.nursery)
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


class Lesson(NamedTuple):
    """What grading a lesson needs to know of it, which is the same for all students; nobody shall change it."""

    master: NotebookNode
    answers: list[Answer]
    slots: list[Slot]


@lru_cache(maxsize=64)
def _lesson(root: Path, assignment: str, lesson: str, changed: tuple[int, int]) -> Lesson:
    course = Course(root)
    master = course.master(assignment, lesson)
    for test in c.tests(master.cells):
        _compiled(test)
        judges_trained(test, master)
    return Lesson(master, read_answers(course.answers_file(assignment, lesson)), slots_of(master))


def _compiled(test: NotebookNode) -> CodeType:
    return compiled(test.source, f"test {c.grade_id(test)}")


def prepare(root: Path, assignment: str, lesson: str) -> Lesson:
    """A lesson, read once for each state of its files."""
    course = Course(root)
    files = course.source_file(assignment, lesson), course.answers_file(assignment, lesson)
    first, second = (file.stat().st_mtime_ns if file.exists() else 0 for file in files)
    return _lesson(root, assignment, lesson, (first, second))


def examine(
    task: Task,
    lesson: str,
    died_at: Mapping[str, str] | None = None,
    at: Callable[[str], None] = lambda cell: None,
    turn: Callable[[], None] = lambda: None,
) -> Examined:
    """Grade one lesson of one student, in this process.

    Args:
        task: what was handed in.
        lesson: which of its lessons.
        died_at: the ids of cells not to run, and why: what they sent ended an earlier examiner.
        at: called with the id of each cell before it is run.
        turn: called before the first one is, when all is ready; it may wait, which costs the student no time.

    Raises:
        SandboxLost: through nothing that was submitted.
    """
    course = Course(task.root)
    master, answers, slots = prepare(task.root, task.assignment, lesson)
    submitted = task.notebooks.get(lesson)
    if submitted is None:
        return _nothing_handed_in(task, lesson, master)
    assets, files = course.release / task.assignment, task.checkpoints.get(lesson, {})
    bench = Bench(task.sandbox, task.limits, assets, files, task.nursery, died_at or {})
    with bench.timed("rebuild"):
        notebook, noticed = rebuild(master, submitted, task.limits.rebuild, slots)
    bench.await_turn(turn)
    side = Side(private_seed(course.secret(), task.student), plain_recipe, lambda evidence: None)
    tests = _run_cells(notebook, c.remote_names(master), side, bench, at)
    with bench.timed("explain"):
        tests = _explain(master, answers, notebook, tests, side)
    for cell, test in zip(c.tests(notebook.cells), tests, strict=True):
        _write_verdict(cell, test, c.exercise(cell, master))
    result = Result(
        task.student, task.assignment, lesson, task.sandbox, round(time.monotonic() - bench.started, 2),
        tests, [*task.events.get(lesson, []), *noticed, *bench.events],
    )  # fmt: skip
    return Examined(result, notebook, bench.timings)


def _run_cells(
    notebook: NotebookNode, names: Collection[str], side: Side, bench: Bench, at: Callable[[str], None]
) -> list[TestResult]:
    """Run a rebuilt notebook from top to bottom; the verdicts of its tests."""
    line = Line(bench.ask, bench.limits)
    remote = {name: Remote(line, name) for name in names}
    tests: list[TestResult] = []
    try:
        for cell in notebook.cells:
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            at(cell.id)
            bench.cell = cell.id
            if c.is_test(cell):
                with bench.timed("tests"):
                    tests.append(examine_test(cell, remote, side, bench))
            else:
                with bench.timed("cells"):
                    cell.outputs = bench.run(cell.source)
    finally:
        bench.close()
    return tests


def examine_test(cell: NotebookNode, names: dict[str, Remote], side: Side, bench: Bench) -> TestResult:
    """Run a test cell here, with the learner's names remote; what it says goes into the cell's outputs."""
    name, most = c.grade_id(cell) or "", c.points(cell)
    printed, bench.printed = io.StringIO(), ""
    namespace: dict[str, Any] = {"__name__": "__test__", **names}
    status, message, evidence, planes = "passed", "", None, None
    try:
        with testing.on(side), contextlib.redirect_stdout(printed):
            exec(_compiled(cell), namespace)
    except NotGradable as error:
        status, message = "not_gradable", f"{error}"
        if isinstance(error, Garbled):
            bench.note("odd_message", f"While this cell ran, {error}.", "tamper")
    except (CheckFailed, NotBegun) as error:
        status, message = "failed", "\n".join([str(error), *getattr(error, "details", [])])
        evidence = getattr(error, "evidence", None)
        planes = getattr(error, "planes", None)
    except Exception as error:  # noqa: BLE001 - any other error in a test cell comes of what the learner's code gave
        status, message = "failed", f"{type(error).__name__}: {error}"[:2000]
    cell.outputs = (
        [c.new_output("stream", name="stdout", text=printed.getvalue())] if printed.getvalue() else []
    )
    if planes is not None and planes.is_picture and not c.is_hidden(cell):
        cell.outputs.append(_difference_output(planes))
    cell.metadata["autograder"] = {"evidence": evidence, "printed": bench.printed[: bench.limits.text]}
    return TestResult(name, most if status == "passed" else 0.0, most, status, sound(message))  # type: ignore[arg-type]


def _difference_output(planes: Planes) -> NotebookNode:
    """A picture of where two arrays differ. It shows what was expected, so it is for visible tests alone."""
    picture, described = difference_png(planes)
    data = {"image/png": base64.b64encode(picture).decode("ascii")}
    return c.new_output("display_data", data=data, metadata={"image/png": {"alt": described}})


def sound(message: str) -> str:
    """A message, parts of which the worker may have made up, as any file takes it and a page can show it."""
    return re.sub("[\0\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", message[:LONGEST_MESSAGE])


def _explain(
    master: NotebookNode,
    answers: Sequence[Answer],
    notebook: NotebookNode,
    tests: list[TestResult],
    side: Side,
) -> list[TestResult]:
    """Name the known mistakes, and say of a failed function which broken one it calls."""
    broken = {
        c.exercise(cell, master)
        for cell, t in zip(c.tests(notebook.cells), tests, strict=True)
        if t.status != "passed"
    }
    untrained = _untrained(notebook)
    calls = {name: used & broken - {name} for name, used in _uses(notebook).items()}
    left = {
        c.grade_id(cell) or "": cell.metadata["autograder"].pop("evidence")
        for cell in c.tests(notebook.cells)
    }
    mistakes = name_mistakes(master, answers, {name: one for name, one in left.items() if one}, side)
    explained = []
    for cell, test in zip(c.tests(notebook.cells), tests, strict=True):
        message = test.message
        models = sorted(judges_trained(cell, master))
        mistake = mistakes.get(test.name, Known("", ""))
        known = next(filter(None, map(untrained.get, models)), "") or mistake.sentence
        if known and known not in message and test.status == "failed":
            message = named(known, c.exercise(cell, master), message)
        if test.status == "failed":
            first, *others = message.split("\n")
            broken_ones = sorted(calls.get(c.exercise(cell, master), ()))
            reasons = [
                f"It calls {name}, whose own tests did not pass: mend that first." for name in broken_ones
            ]
            message = "\n".join([first, *reasons, *others])
        explained.append(replace(test, message=message, mistake=mistake.name))
    return explained


def _untrained(notebook: NotebookNode) -> dict[str, str]:
    """The names that a train cell should have bound, none after it did, and what it stopped at."""
    reasons: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and not c.is_test(cell):
            errors = [output.evalue for output in cell.outputs if output.output_type == "error"]
            reason = sound(errors[0]) if errors and c.is_train(cell) else ""
            reasons |= dict.fromkeys(c.defined_names(cell.source), reason)
    return reasons


def _uses(notebook: NotebookNode) -> dict[str, set[str]]:
    """For each function that a solution cell defines, the names its cell reads."""
    uses: dict[str, set[str]] = {}
    for cell in c.solutions(notebook.cells):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            read = {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}
            uses |= {name: read for name in c.defined_names(cell.source)}
    return uses


def _write_verdict(cell: NotebookNode, test: TestResult, exercise: str) -> None:
    verdict = {"status": test.status, "points": test.points, "message": test.message, "exercise": exercise}
    cell.metadata["autograder"] |= verdict | ({"mistake": test.mistake} if test.mistake else {})
    if test.status != "passed":
        name = "NotGradable" if test.status == "not_gradable" else "CheckFailed"
        cell.outputs.append(_error_output(name, test.message))


def _error_output(name: str, message: str) -> NotebookNode:
    return c.new_output(
        "error", ename=name, evalue=message.split("\n", maxsplit=1)[0], traceback=message.split("\n")
    )


def _nothing_handed_in(task: Task, lesson: str, master: NotebookNode) -> Examined:
    examined = without_verdicts(task, lesson, master, "failed", NOTHING_HANDED_IN)
    examined.executed.metadata["nothing_handed_in"] = True
    if examined.result.max_score:
        return examined
    missed = [
        replace(e, severity="info") if e.kind == "missing_notebook" else e for e in examined.result.events
    ]
    return replace(examined, result=replace(examined.result, events=missed))  # nobody has to hand practice in


def without_verdicts(task: Task, lesson: str, master: NotebookNode, status: Any, reason: str) -> Examined:
    """The outcome of a lesson that was not run: every test has the same status, for the same reason."""
    empty, _ = rebuild(master, nbformat.v4.new_notebook())
    tests = [TestResult(c.grade_id(x) or "", 0.0, c.points(x), status, reason) for x in c.tests(master.cells)]
    for cell, test in zip(c.tests(empty.cells), tests, strict=True):
        cell.metadata["autograder"] = {"printed": ""}
        _write_verdict(cell, test, c.exercise(cell, master))
    events = list(task.events.get(lesson, []))
    return Examined(Result(task.student, task.assignment, lesson, task.sandbox, 0.0, tests, events), empty)
