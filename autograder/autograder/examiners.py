"""A process of its own for each examination, forked from one that has everything imported and the lessons read.

The examiner takes in what a hostile process sends, so its death is expected: another one then goes on, and the
cell at which it died has failed. The coordinator sees only the outcome.
"""

import atexit
import contextlib
import importlib
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from nbformat import NotebookNode

from autograder import namespaces, sandbox
from autograder.course import Course
from autograder.examiner import Examined, Task, examine, prepare, without_verdicts
from autograder.limits import Limits
from autograder.sandbox import Sandbox, SandboxLost

PRELOADED = (
    "torch", "torch.fx.experimental.symbolic_shapes", "torch._subclasses.schema_check_mode", "matplotlib.pyplot",
    "tqdm.auto", "cnnkit.check", "cnnkit.pictures", "autograder.known_mistakes",
)  # fmt: skip
ATTEMPTS = 4
GRACE = 60.0  # seconds for an examiner's own work on a lesson, beside those that the submission may take
DIED = "what it sent ended the process that judges it, as only data without measure does"


class Examination:
    """One task being examined.

    Args:
        task: what is to be examined.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.host = start()
        self.connection, theirs = Pipe()
        with theirs, contextlib.suppress(ConnectionError):  # of a host that has just gone: collect() says so
            socket.send_fds(self.host.line, [b"task"], [theirs.fileno()])
            self.connection.send(task)
        self.deadline = time.monotonic() + seconds_for(task) + GRACE

    def overdue(self) -> bool:
        """Whether it has had all the time it may have."""
        return time.monotonic() > self.deadline

    def collect(self) -> list[Examined] | None:
        """The outcomes, once the connection is ready or time is up; one for every lesson.

        Returns:
            None when sandbox or examiner was lost through nothing that was submitted: examine the task again.
        """
        reason = "the examiner's process ended"
        pickled: dict[str, bytes] = {}
        try:
            if self.connection.poll(0):
                pickled = self.connection.recv()
            else:
                reason = "the examiner ran out of time"
        except (EOFError, ConnectionError):
            if self.host.process.poll() is not None:
                return None
        finally:
            self.connection.close()
        outcomes = {lesson: pickle.loads(one) for lesson, one in pickled.items()}
        if None in outcomes.values():
            return None
        lost = [lesson for lesson in self.task.notebooks if lesson not in outcomes]
        return [*outcomes.values(), *unjudged(self.task, reason, lost)]


def seconds_for(task: Task) -> float:
    """The wall-clock seconds that examining a task may take."""
    return len(task.notebooks) * (task.limits.submission + GRACE)


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
    nursery = sandbox.own_nursery(walls, Course(course_root).release / assignment)
    task = Task(
        course_root, student, assignment, {lesson: submitted}, {}, walls, limits,
        nursery=nursery, checkpoints={lesson: checkpoints or {}},
    )  # fmt: skip
    examination = Examination(task)
    while not examination.connection.poll(0.2) and not examination.overdue():
        pass
    return (examination.collect() or unjudged(task, "the sandbox was lost"))[0]


class _Host:
    """The process that examiners are forked from, and the line to it."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        path = os.pathsep.join(filter(None, sys.path))
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder.examiners", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], env=os.environ | threads | {"PYTHONPATH": path, "MPLBACKEND": "agg"},
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        atexit.register(self.close)

    def close(self) -> None:
        """End it and every examiner."""
        atexit.unregister(self.close)
        self.line.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start() -> _Host:
    """The process that examiners are forked from, started when first asked for, and anew when it has gone."""
    if _host().process.poll() is not None:
        _host().close()
        _host.cache_clear()
    return _host()


@cache
def _host() -> _Host:
    return _Host()


def end(examinations: Collection[Examination]) -> None:
    """End examinations before their time."""
    if examinations:
        _host().close()
        _host.cache_clear()
    for one in examinations:
        one.connection.close()


def main(line: socket.socket) -> None:
    """Load everything, then fork an examiner for each task that comes, until the coordinator goes."""
    namespaces.die_with_parent()
    for name in PRELOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them, and none stays as a zombie
    while True:
        _, files, _, _ = socket.recv_fds(line, 16, 1)
        if not files:
            return
        connection = Connection(files[0])
        task = connection.recv()
        for lesson in task.notebooks:
            prepare(task.root, task.assignment, lesson)  # here, so that the next examiner has it too
        if os.fork() == 0:
            line.close()
            _examine_all(task, connection)
        connection.close()


def _examine_all(task: Task, connection: Connection) -> NoReturn:
    """Examine a task's lessons, and hand over the pickled outcome of each that has one."""
    namespaces.die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.alarm(int(seconds_for(task)) + 1)
    outcomes = {lesson: _examine_one(task, lesson) for lesson in task.notebooks}
    with contextlib.suppress(ConnectionError):  # the coordinator may have gone
        connection.send({lesson: one for lesson, one in outcomes.items() if one})
    os._exit(0)


def _examine_one(task: Task, lesson: str) -> bytes | None:
    """The pickled outcome of a lesson; when its examiner dies, another one goes on without the cell it was at."""
    begun = time.monotonic()
    died_at: dict[str, str] = {}
    while True:
        left = task.limits.submission - (time.monotonic() - begun)
        attempt = replace(task, limits=replace(task.limits, submission=max(left, 1.0)))
        outcome, at = _attempt(attempt, lesson, died_at)
        if outcome or at is None or at in died_at or len(died_at) == ATTEMPTS:
            return outcome
        died_at[at] = DIED


def _attempt(task: Task, lesson: str, died_at: dict[str, str]) -> tuple[bytes | None, str | None]:
    """The pickled outcome, or None and the cell at which the examiner died."""
    reader, writer = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        reader.close()
        _examiner(task, lesson, died_at, writer)
    writer.close()
    at: str | None = None
    outcome: bytes | None = None
    try:
        while outcome is None:
            message = reader.recv_bytes()
            if message.startswith(b"at "):
                at = message[3:].decode()
            else:
                outcome = message
    except EOFError:
        pass  # it died: the cell it was at says where
    reader.close()
    os.waitpid(pid, 0)
    return outcome, at


def _examiner(task: Task, lesson: str, died_at: dict[str, str], writer: Connection) -> NoReturn:
    import torch  # noqa: PLC0415 - loaded long ago

    namespaces.die_with_parent()
    torch.set_num_threads(1)
    most = task.limits.examiner_memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        outcome = examine(task, lesson, died_at, lambda cell: writer.send_bytes(b"at " + cell.encode()))
        writer.send_bytes(pickle.dumps(outcome))
    except SandboxLost:
        writer.send_bytes(pickle.dumps(None))
    except BaseException:  # noqa: BLE001 - its end is what counts, and the log says why
        traceback.print_exc()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
