"""The same tasks on a Dask cluster: its workers examine, and this process alone writes.

What is sent is a task as plain data, and the outcome comes back. The course and its secret lie on the workers
already: of both only digests travel, and a worker that has others examines nothing.
"""

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from platform import python_version_tuple
from time import monotonic

from autograder import examiners
from autograder.course import Course
from autograder.examiner import Examined, Task
from autograder.examiners import Examination, unjudged
from autograder.grade import LOST, TICK, ClusterUnfit, Outcomes, Run, Stop, ThisMachine
from autograder.journal import digest
from autograder.sandbox import SandboxMissing, package_folder

try:
    import dask
    from distributed import Client, Future, KilledWorker, get_worker, wait
    from distributed.client import ClosedClientError
except ModuleNotFoundError as error:
    raise ClusterUnfit("--scheduler needs Dask: pip install 'autograder[cluster]'") from error

COURSE = "AUTOGRADER_COURSE"  # on a worker: the folder of the course, where it does not start in it
CONNECT_WITHIN = 5.0  # seconds
WORKERS_WITHIN = 30.0  # seconds that a cluster may be without any worker
READY_WITHIN = (
    120.0  # seconds for workers to load; one that is busy for longer looks at itself before it examines
)
AHEAD = 2  # tasks on their way for each worker's thread: the class stays on disk
RESULT_WITHIN = 30.0  # seconds to fetch an outcome
QUIET = {"distributed.admin.large-graph-warning-threshold": "1GB"}  # weights are handed in, too
GONE = (
    OSError,
    CancelledError,
    RuntimeError,
    ClosedClientError,
)  # what Dask raises where nobody answers any more
Edition = Mapping[str, str]


@dataclass(frozen=True)
class Order:
    """What is sent to a worker. It is not shown: Dask logs what fails.

    Args:
        task: what is to be examined.
        edition: what the worker must have.
    """

    task: Task = field(repr=False)
    edition: Edition


def edition(course: Course, assignment: str) -> Edition:
    """What an outcome depends on beside the task, each by its name: versions, and digests of files and secret."""
    if not course.secret_file.exists():
        raise ClusterUnfit(f"there is no {course.secret_file}")
    python = ".".join(python_version_tuple()[:2])
    found = {name: metadata.version(name).partition("+")[0] for name in ("torch", "numpy")}
    code = {name: _code(name) for name in ("autograder", "cnnkit")}
    own = {"course": _short(course.files(assignment)), "secret": _short([course.secret()])}
    return {"Python": python, **found, **code, **own}


def _short(value: object) -> str:
    return digest(value)[:16]


@cache
def _code(package: str) -> str:
    """The version of a package of ours, and the digest of the code that this process has loaded."""
    folder = package_folder(package)
    code = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.py")}
    return f"{metadata.version(package)} ({_short(code)})"


class Cluster:
    """The workers of a Dask cluster, in place of this machine's examiners; a context manager.

    Args:
        run: the run, whose `scheduler` is the cluster's address.

    Raises:
        ClusterUnfit: nobody answers there.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        run.course.secret()  # made now where there is none
        self.edition = edition(run.course, run.assignment)
        self.last_seen = monotonic()
        try:
            self.client = Client(run.scheduler, timeout=CONNECT_WITHIN)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ClusterUnfit(f"no Dask scheduler can be reached at {run.scheduler}: {error}") from error

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def ready(self) -> None:
        """There is nobody to ask for workers here."""

    def check(self) -> None:
        """Make sure that the workers can examine, and load what they need.

        Raises:
            ClusterUnfit: there is none, or one that cannot.
        """
        with self._connected():
            with contextlib.suppress(TimeoutError):
                self.client.wait_for_workers(1, timeout=WORKERS_WITHIN)
            workers = list(self.client.nthreads())
        if not workers:
            raise ClusterUnfit(f"the Dask scheduler at {self.run.scheduler} has no workers")
        nothing = Task(Path(), "", self.run.assignment, {}, {}, self.run.sandbox, self.run.limits)
        futures = [self._send(nothing, [worker]) for worker in workers]
        with self._connected(), contextlib.suppress(TimeoutError):
            wait(futures, timeout=READY_WITHIN)
        for future in futures:
            if future.done():
                self._outcome(future)
        self.last_seen = monotonic()

    def examined(self, tasks: Iterator[Task], stop: Stop) -> Outcomes:
        """The outcome of each task as it is ready, as this machine's examiners give it."""
        sent: dict[Future, Task] = {}
        again: set[str] = set()
        try:
            while not stop.signum:
                while len(sent) < self._room() and (task := next(tasks, None)) is not None:
                    sent[self._send(task)] = task
                if not sent:
                    return
                for future in self._done(list(sent)):
                    try:
                        outcome = self._outcome(future)
                    except TimeoutError:  # the worker has gone that had it: another examines the task anew
                        continue
                    task = sent.pop(future)
                    if outcome is None and task.student not in again:
                        again.add(task.student)
                        sent[self._send(task)] = task
                    else:
                        yield task, outcome or unjudged(task, LOST)
        finally:
            with contextlib.suppress(*GONE):  # who has gone examines nothing
                self.client.cancel(list(sent), force=True)

    def _send(self, task: Task, workers: Sequence[str] | None = None) -> Future:
        with self._connected(), dask.config.set(QUIET):
            return self.client.submit(
                examine_there, Order(task, self.edition), workers=workers, pure=False, priority=len(workers or ())
            )  # fmt: skip

    def _room(self) -> int:
        """How many tasks may be on their way.

        Raises:
            ConnectionError: there has been no worker for too long, or the scheduler has gone.
        """
        with self._connected():
            threads = sum(self.client.nthreads().values())
        if threads:
            self.last_seen = monotonic()
        elif monotonic() - self.last_seen > WORKERS_WITHIN:
            raise ConnectionError(
                f"there has been no worker for {WORKERS_WITHIN:g} s at {self.run.scheduler}"
            )
        return AHEAD * max(threads, 1)

    def _done(self, sent: list[Future]) -> list[Future]:
        """Those of the tasks that are done, waited for a moment."""
        with self._connected():
            try:
                return list(wait(sent, timeout=TICK, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                return []

    def _outcome(self, future: Future) -> list[Examined] | None:
        """What a task that is done came to; nothing where the workers died that were at it, one after another.

        Raises:
            ClusterUnfit: its worker cannot examine.
            TimeoutError: the outcome has to be fetched elsewhere.
        """
        if future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                return []
            raise ClusterUnfit(f"a worker cannot examine: {type(error).__name__}: {error}") from error
        with self._connected():
            outcome = future.result(timeout=RESULT_WITHIN)
        if isinstance(outcome, ClusterUnfit):
            raise outcome
        return outcome

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        """Tell in a sentence that the scheduler has gone."""
        try:
            yield
        except TimeoutError:
            raise
        except GONE as error:
            raise ConnectionError(f"the Dask scheduler at {self.run.scheduler} has gone") from error


def examine_there(order: Order) -> list[Examined] | ClusterUnfit | None:
    """Examine a task, on a worker of the cluster; one at a time.

    Returns:
        An outcome for every lesson; None when sandbox or examiner was lost through nothing that was submitted, or
        nobody waits for the outcome any more; or why this worker cannot examine.
    """
    try:
        with _one_at_a_time:
            return _station.examine(order)
    except (ClusterUnfit, SandboxMissing, FileNotFoundError, KeyError) as error:
        why = error if isinstance(error, OSError) else error.args[0]
        return ClusterUnfit(f"the worker {get_worker().address} cannot examine: {why}")


def _course_here() -> Course:
    return Course(Path(os.environ[COURSE])) if COURSE in os.environ else Course.find()


def _wanted() -> Callable[[], bool]:
    """Whether someone still waits for what this thread is at."""
    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state == "executing"

    return wanted


class _Station:
    """What a worker keeps from task to task: the processes that examiners and the learners' kernels are forked from."""

    def __init__(self) -> None:
        self.edition: Edition = {}
        self.loading: ThisMachine | None = None

    def examine(self, order: Order) -> list[Examined] | None:
        """Examine a task, or what of it was wanted.

        Raises:
            ClusterUnfit: this worker has another edition.
            SandboxMissing: it has no sandbox.
        """
        course = _course_here()
        here = edition(course, order.task.assignment)
        others = [
            f"{name} {here[name]}, not {value}"
            for name, value in order.edition.items()
            if here[name] != value
        ]
        if others:
            raise ClusterUnfit(f"it has {'; '.join(others)}")
        nursery = self._loaded(course, order).ready()
        wanted = _wanted()
        if not order.task.notebooks or not wanted():
            return None
        examination = Examination(replace(order.task, root=course.root, nursery=nursery))
        while not examination.ended():
            if not wanted():
                examiners.end([examination])
                return None
            examination.connection.poll(TICK)
        return examination.collect()

    def _loaded(self, course: Course, order: Order) -> ThisMachine:
        task, wanted = order.task, {**order.edition, "sandbox": order.task.sandbox}
        if self.loading is None or self.edition != wanted:
            self.close()
            run = Run(course, task.assignment, Path(), Path(), sandbox=task.sandbox, limits=task.limits)
            self.loading = ThisMachine(run)
            self.loading.check()
            self.edition = wanted
        return self.loading

    def close(self) -> None:
        """End them."""
        if self.loading is not None:
            self.loading.__exit__()
        self.loading = None


_one_at_a_time = threading.Lock()
_station = _Station()
atexit.register(_station.close)
