"""A process of its own for each examination, forked from one that has everything imported and the lessons read.

The examiner takes in what a hostile process sends, so its death is expected: another one then goes on, and the
cell at which it died has failed. The coordinator sees only the outcome.
"""

import contextlib
import gc
import importlib
import os
import pickle
import resource
import select
import signal
import socket
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from nbformat import NotebookNode

from autograder import host, namespaces, sandbox
from autograder.course import Course
from autograder.examiner import Examined, Task, examine, prepare, without_verdicts
from autograder.limits import Limits
from autograder.sandbox import Sandbox, SandboxLost

PRELOADED = (
    "torch", "torch._subclasses.schema_check_mode", "matplotlib.pyplot", "tqdm.auto", "cnnkit.check", "cnnkit.pictures",
    "autograder.known_mistakes",
)  # fmt: skip
Order = tuple[Task, str, dict[str, str]]  # as _examiner takes it
ATTEMPTS = 4
AHEAD = 1  # examiners that make their worker ready before it is their turn
GRACE = 60.0  # seconds for an examiner's own work on a lesson, beside those that the submission may take
ENDED = "the examiner's process ended"
LONGEST_NOTE = 4096  # bytes of a moment and a cell's id
DIED = "what it sent ended the process that judges it, as only data without measure does"


class Examination:
    """One task being examined, lesson by lesson, each in a process of its own.

    Args:
        task: what is to be examined.
        workers: how many are examined at once; this one waits for its turn.
    """

    def __init__(self, task: Task, workers: int = 1) -> None:
        self.task = task
        self.workers = workers
        self.waiting = list(task.notebooks)
        self.outcomes: list[Examined] = []
        self.lost = False
        self._begin()

    def _begin(self) -> None:
        """Turn to the lesson that is first among the waiting."""
        self.died_at: dict[str, str] = {}
        self._launch(self.task.limits.submission)

    def _launch(self, seconds: float) -> None:
        lesson, limits = self.waiting[0], replace(self.task.limits, submission=max(seconds, 1.0))
        task = replace(self.task, limits=limits, notebooks={lesson: self.task.notebooks[lesson]})
        self.at = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the connection
        self.host = host.start()
        self.connection, theirs = Pipe()
        with theirs, contextlib.suppress(ConnectionError):  # of a host that has just gone: its end says so
            socket.send_fds(self.host.line, [str(self.workers).encode()], [theirs.fileno(), self.at.fileno()])
            self.connection.send((task, lesson, self.died_at))
        turn = seconds_for(self.task.limits.submission)  # to wait for, at most
        self.deadline = time.monotonic() + turn + seconds_for(seconds) + GRACE

    def overdue(self) -> bool:
        """Whether the lesson's examiner has had all the time it may have."""
        return time.monotonic() > self.deadline

    def ended(self) -> bool:
        """Whether there is an outcome for all; takes in what has come, and has the next lesson examined.

        An examiner that died of what it was sent is followed by another, which leaves out the cell it died at.
        """
        if not (self.connection.poll(0) or self.overdue()):
            return False
        outcome, reason = self._received()
        begun, _, died_at = os.pread(self.at.fileno(), LONGEST_NOTE, 0).decode().partition(" ")
        self.close()
        if self.lost:
            return True
        known = not died_at or died_at in self.died_at or len(self.died_at) == ATTEMPTS
        if reason == ENDED and not known:
            self.died_at[died_at] = DIED
            self._launch(self.task.limits.submission - (time.monotonic() - float(begun)))
            return False
        lesson = self.waiting.pop(0)
        self.outcomes += [outcome] if outcome else unjudged(self.task, reason, [lesson])
        if self.waiting:
            self._begin()
        return not self.waiting

    def _received(self) -> tuple[Examined | None, str]:
        """The lesson's outcome, or why there is none."""
        if not self.connection.poll(0):
            return None, "the examiner ran out of time"
        try:
            pickled = self.connection.recv_bytes()
        except (EOFError, ConnectionError):
            self.lost = self.host.process.poll() is not None
            return None, ENDED
        outcome = pickle.loads(pickled)
        self.lost = outcome is None
        return outcome, ""

    def collect(self) -> list[Examined] | None:
        """The outcomes once it has ended, one for every lesson.

        Returns:
            None when sandbox or examiner was lost through nothing that was submitted: examine the task again.
        """
        return None if self.lost else self.outcomes

    def close(self) -> None:
        """Hear no more of it."""
        self.connection.close()
        self.at.close()


def seconds_for(submission: float) -> float:
    """The wall-clock seconds that examining a lesson may take, of which the submission has so many."""
    return submission + GRACE


def unjudged(task: Task, reason: str, lessons: Iterable[str] | None = None) -> list[Examined]:
    """An outcome for every lesson of a task (or only these) in which no test has a verdict."""
    course = Course(task.root)
    return [
        without_verdicts(task, lesson, course.master(task.assignment, lesson), "not_gradable", reason)
        for lesson in (task.notebooks if lessons is None else lessons)
    ]


def examine_in_process(
    course_root: Path,
    student: str,
    assignment: str,
    lesson: str,
    submitted: NotebookNode,
    walls: Sandbox,
    limits: Limits,
    checkpoints: Mapping[str, bytes] | None = None,
) -> Examined:
    """Grade one notebook in a process of its own, and wait for it."""
    course = Course(course_root)
    nursery = sandbox.own_nursery(walls, course.release / assignment, course.loads(assignment))
    task = Task(
        course_root, student, assignment, {lesson: submitted}, {}, walls, limits,
        nursery=nursery, checkpoints={lesson: checkpoints or {}},
    )  # fmt: skip
    examination = Examination(task)
    while not examination.ended():
        examination.connection.poll(0.2)
    return (examination.collect() or unjudged(task, "the sandbox was lost"))[0]


def end(examinations: Collection[Examination]) -> None:
    """End examinations before their time."""
    if examinations:
        host.end()
    for one in examinations:
        one.close()


def main(line: socket.socket) -> None:
    """Load everything, then fork an examiner for each task that comes, until the coordinator goes."""
    namespaces.die_with_parent()
    _load(PRELOADED)
    namespaces.use_huge_pages()
    house = _House(line)
    while house.open:
        house.turn()


def _load(modules: Iterable[str]) -> None:
    gc.disable()  # nothing that is loaded is garbage
    for name in modules:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()


class _House:
    """The examiners that there are, and the tasks that wait for one of them to end.

    As many as there are workers have their turn: what was handed in runs. One more makes ready what it will need.
    """

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.open = True
        self.workers = 1
        self.loaded: set[tuple[Path, str]] = set()
        self.waiting: deque[tuple[Order, Connection, int]] = deque()
        # A file that tells when a process ends -> its pid, and the line on which it hears that it has its turn.
        self.working: dict[int, tuple[int, socket.socket]] = {}
        self.poller = select.poll()
        self.poller.register(line, select.POLLIN)

    def turn(self) -> None:
        """Wait for the next thing to happen: a task that comes, or an examiner that ends."""
        for file, _ in self.poller.poll():
            if file == self.line.fileno():
                self._take_in()
            else:
                self.poller.unregister(file)
                os.close(file)
                pid, line = self.working.pop(file)
                line.close()
                os.waitpid(pid, 0)
        while self.waiting and len(self.working) < self.workers + AHEAD:
            self._fork()
        for _, line in [*self.working.values()][: self.workers]:
            with contextlib.suppress(OSError):  # it has had its turn, or has just ended
                line.shutdown(socket.SHUT_WR)

    def _take_in(self) -> None:
        words, files, _, _ = socket.recv_fds(self.line, 16, 2)
        self.open = bool(files)
        if not files:
            return
        self.workers, connection = int(words), Connection(files[0])
        order = connection.recv()
        task, lesson, _ = order
        prepare(task.root, task.assignment, lesson)  # here, so that the next examiner has it too
        if (task.root, task.assignment) not in self.loaded:
            _load(Course(task.root).loads(task.assignment))
            self.loaded.add((task.root, task.assignment))
        self.waiting.append((order, connection, files[1]))

    def _fork(self) -> None:
        order, connection, at = self.waiting.popleft()
        gc.freeze()  # a collection in a fork would copy all that it looks at
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._leave()
            _examiner(*order, connection, at, theirs)
        theirs.close()
        connection.close()
        os.close(at)
        file = os.pidfd_open(pid)
        self.working[file] = pid, ours
        self.poller.register(file, select.POLLIN)

    def _leave(self) -> None:
        """In a fork: hold on to nothing of the others, whose ends would not be heard of otherwise."""
        self.line.close()
        for file, (_, line) in self.working.items():
            os.close(file)
            line.close()
        for _, connection, at in self.waiting:
            connection.close()
            os.close(at)


def _examiner(
    task: Task, lesson: str, died_at: dict[str, str], connection: Connection, at: int, line: socket.socket
) -> NoReturn:
    """Examine a lesson, hand over the pickled outcome (of None when the sandbox was lost), and end."""
    import torch  # noqa: PLC0415 - loaded long ago

    begun, most_seconds = time.monotonic(), int(seconds_for(task.limits.submission)) + 1

    def turn() -> None:
        nonlocal begun
        signal.alarm(0)
        line.recv(1)  # it ends when it is our turn
        signal.alarm(most_seconds)
        begun = time.monotonic()

    namespaces.die_with_parent()
    signal.alarm(most_seconds)
    torch.set_num_threads(1)
    most = task.limits.examiner_memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        outcome = examine(task, lesson, died_at, lambda cell: _note(at, f"{begun} {cell}"), turn)
        connection.send_bytes(pickle.dumps(outcome))
    except SandboxLost:
        connection.send_bytes(pickle.dumps(None))
    except BrokenPipeError:
        pass  # the coordinator has gone
    except BaseException:  # noqa: BLE001 - its end is what counts, and the log says why
        traceback.print_exc()
    finally:
        os._exit(0)


def _note(file: int, text: str) -> None:
    """Write down where this process is: it is read when it has died of it."""
    os.ftruncate(file, 0)
    os.pwrite(file, text.encode(), 0)
