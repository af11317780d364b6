"""Running a lesson's tests on the solution or on other answers, here or in a forked process with limits."""

import io
import linecache
import os
import pickle
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Literal, NoReturn, TypeVar

from nbformat import NotebookNode

from autograder.cells import (
    defined_names,
    grade_id,
    is_locked,
    is_solution,
    is_test,
    is_train,
    remote_names,
    tests,
)
from autograder.rules import names
from autograder.source import DESK, PROGRESS
from cnnkit.check import CheckFailed, NotBegun
from cnnkit.testing import NOTEBOOK, Side, on

T = TypeVar("T")

MEMORY = 2 << 30


@dataclass(frozen=True)
class TestOutcome:
    """What one test cell said.

    Args:
        name: the test's grade_id.
        status: "not_begun" when the exercise still raises NotImplementedError.
        message: what the learner reads; empty when the test passed.
        evidence: a digest of the wrong result, None when there is none.
        exact: whether the evidence is the same on any machine.
    """

    __test__ = False

    name: str
    status: Literal["passed", "failed", "not_begun"]
    message: str = ""
    evidence: str | None = None
    exact: bool = False


def run_tests(
    master: NotebookNode,
    replacements: Mapping[str, str],
    side: Side = NOTEBOOK,
    only: Collection[str] | None = None,
) -> dict[str, TestOutcome]:
    """Run the lesson's solution cells, then its test cells, in this process.

    Locked cells that are no tests (the lesson's imports) run too; a cell that raises stops only itself. Train cells
    run in quick mode, and only those whose model a wanted test or a solution cell uses.

    Args:
        master: the lesson with solutions and hidden tests.
        replacements: the source that takes the place of the cells that define a function, by its name.
        side: where the tests run, as cnnkit.testing means it.
        only: the grade_ids of the tests to run; all of them when None.

    Returns:
        An outcome for each test, by grade_id, in the notebook's order.

    Raises:
        ValueError: a replacement is for a name that no solution cell defines.
    """
    sources = replaced(master, replacements)
    wanted = [test for test in tests(master.cells) if only is None or grade_id(test) in only]
    idle = _idle(master, [source for _, source in sources] + [test.source for test in wanted])
    with on(side), _quick(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        learner: dict[str, Any] = {"__name__": "__main__"}
        for name, source in sources:
            if name not in idle:
                _run_cell(source, f"<cell {name}>", learner)
        remote = {name: learner[name] for name in sorted(remote_names(master)) if name in learner}
        return {str(grade_id(test)): _outcome(test, remote) for test in wanted}


def _idle(master: NotebookNode, sources: Collection[str]) -> set[str]:
    """The ids of the train cells whose names no code here takes from outside: training takes long."""
    trained = {cell.id: defined_names(cell.source) for cell in master.cells if is_train(cell)}
    used: set[str] = set()
    for source in sources if trained else ():
        with suppress(SyntaxError, ValueError):
            used |= _free(source)
    return {cell_id for cell_id, bound in trained.items() if not bound & used}


def judges_trained(test: NotebookNode, master: NotebookNode) -> set[str]:
    """The models of train cells that a test looks at: where there are any, it judges weights, not a solution cell."""
    trained = [defined_names(cell.source) for cell in master.cells if is_train(cell)]
    return set(_free(test.source) & frozenset().union(*trained))


@lru_cache(maxsize=1024)
def _free(source: str) -> frozenset[str]:
    """What a piece of Python takes from outside: a lesson's tests are run for many answers, and read once."""
    return frozenset(names(source).free)


@contextmanager
def _quick() -> Iterator[None]:
    before = os.environ.get("CNNKIT_QUICK", "")
    os.environ["CNNKIT_QUICK"] = "1"
    try:
        yield
    finally:
        os.environ["CNNKIT_QUICK"] = before


def replaced(master: NotebookNode, replacements: Mapping[str, str]) -> list[tuple[str, str]]:
    """The name and source of each cell that tests stand on, with the replacements put in.

    Raises:
        ValueError: a replacement is for a name that no solution cell defines.
    """
    cells, used = [], set()
    for cell in master.cells:
        if cell.cell_type != "code" or is_test(cell) or cell.source in (DESK, PROGRESS):
            continue
        own = sorted(defined_names(cell.source) & set(replacements)) if is_solution(cell) else []
        if own:
            cells.append((cell.id, "\n\n".join(replacements[name] for name in own if name not in used)))
            used |= set(own)
        elif is_solution(cell) or is_train(cell) or is_locked(cell):
            cells.append((cell.id, cell.source))
    unknown = sorted(set(replacements) - used)
    if unknown:
        raise ValueError(f"no solution cell defines {', '.join(unknown)}")
    return cells


def compiled(source: str, file: str) -> CodeType:
    """A cell's code, compiled once; what it raises shows its lines."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return _code(source, file)


@lru_cache(maxsize=1024)
def _code(source: str, file: str) -> CodeType:
    return compile(source, file, "exec", dont_inherit=True)


def _run_cell(source: str, file: str, namespace: dict[str, Any]) -> None:
    try:
        exec(compiled(source, file), namespace)
    except (Exception, SystemExit):  # noqa: BLE001 - in a notebook a cell that raises does not stop the next one
        return


def _outcome(test: NotebookNode, remote: Mapping[str, Any]) -> TestOutcome:
    name = str(grade_id(test))
    try:
        exec(compiled(test.source, f"test {name}"), {"__name__": "__main__", **remote})
    except NotBegun as error:
        return TestOutcome(name, "not_begun", str(error))
    except CheckFailed as error:
        return TestOutcome(name, "failed", str(error), error.evidence, error.exact)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever ends a test is its verdict
        return TestOutcome(name, "failed", str(error) or type(error).__name__)
    return TestOutcome(name, "passed")


def in_fork(f: Callable[..., T], *args: Any, timeout: float = 30.0, memory: int = MEMORY) -> T:
    """`f(*args)`, computed in a forked copy of this process; the result is pickled back.

    Args:
        f: what to run; what it changes stays in the copy.
        args: its arguments, of any kind.
        timeout: seconds, after which the copy is killed.
        memory: bytes that the copy may use beyond what this process uses now.

    Raises:
        TimeoutError: there was no result in time.
        ChildProcessError: the copy ended without a result.
        Exception: whatever `f` raised (RuntimeError with its text where it cannot be pickled).
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _child(writer, f, args, memory)
    os.close(writer)
    try:
        data = _read(reader, time.monotonic() + timeout)
    finally:
        os.close(reader)
        os.kill(pid, signal.SIGKILL)
        _, code = os.waitpid(pid, 0)
    if data is None:
        raise TimeoutError(f"no result within {timeout:g} s")
    if not data:
        raise ChildProcessError(f"the process ended without a result (wait status {code})")
    returned, value = pickle.loads(data)
    if not returned:
        raise value
    return value


def _child(writer: int, f: Callable[..., Any], args: tuple[Any, ...], memory: int) -> NoReturn:
    try:
        _limit(memory)
        data = pickle.dumps((True, f(*args)))
    except BaseException as error:  # noqa: BLE001 - raised again in the parent
        data = _pickled_error(error)
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    finally:
        os._exit(0)


def _pickled_error(error: BaseException) -> bytes:
    plain = RuntimeError(f"{type(error).__name__}: {error}")
    try:
        data = pickle.dumps((False, error))
        pickle.loads(data)
    except Exception:  # noqa: BLE001 - an exception's own pickling may raise anything
        return pickle.dumps((False, plain))
    return data if isinstance(error, Exception) else pickle.dumps((False, plain))


def _limit(memory: int) -> None:
    """One thread for torch, whose pool does not survive a fork; a limit on memory where use can be read."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    statm = Path("/proc/self/statm")
    if statm.exists():
        used = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = used + memory if hard == resource.RLIM_INFINITY else min(used + memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _read(reader: int, deadline: float) -> bytes | None:
    """All that comes through the pipe until it is closed, or None when the deadline passes first."""
    chunks: list[bytes] = []
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        chunk = os.read(reader, 1 << 16)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
