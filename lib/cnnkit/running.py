"""Running a lesson's notebook in a fresh kernel, and reading what its visible tests say."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from cnnkit.notebooks import Cell, NotRunnable, code_cells, exercises, read_lesson, solutions
from cnnkit.overview import Standing, clicks, row_of
from cnnkit.results import LONGEST, NAMES, Said, digest_of, first_sentence

Told = Callable[[int, int], None]
AS_GRADED = {"CNNKIT_GRADING": "1", "CNNKIT_QUICK": "1"}
PATIENCE = 10  # seconds that a kernel may take to stop a cell


def check_notebook(path: Path, timeout: int = 60, told: Told | None = None) -> Standing:
    """Run a lesson's notebook in a fresh kernel, beside the files that lie beside it; the file is not changed.

    It runs as it does when it is graded: nothing is trained, and the weights in `work/` are loaded.

    Args:
        path: the notebook.
        timeout: the seconds that a cell may take. One that takes longer is stopped, and the next one run.
        told: called with how many cells have run, and how many there are; None for a bar.

    Returns:
        How its exercises stand.

    Raises:
        NotALesson: it is no notebook, or one without exercises.
        NotRunnable: there is no kernel.
        OSError: the file cannot be read.
    """
    notebook = nbformat.from_dict(read_lesson(path))
    stopped = _run(notebook, path.absolute().parent, timeout, told)
    said, asked = {}, exercises(notebook)
    for cell in code_cells(notebook):
        owner = next((one.name for one in asked if cell["source"] in dict(one.tests)), None)
        if owner:
            said[digest_of(cell["source"])] = _verdict(owner, cell, stopped.get(id(cell)), notebook)
    clicked = clicks(notebook, path.parent)
    standing = Standing(path.name, [row_of(one, said, clicked=clicked) for one in asked])
    # Where a test does not pass, later cells stop for that reason alone.
    return replace(standing, notes=tuple(_stumbles(notebook, stopped))) if standing.is_done else standing


def _run(notebook: NotebookNode, folder: Path, timeout: int, told: Told | None) -> dict[int, str]:
    """Run the cells in order; what kept a cell from its end, or from being run, by the cell's id()."""
    stopped: dict[int, str] = {}
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=timeout, allow_errors=True,
        extra_arguments=["--log-level=40"], log=_silent(),
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    code = [
        (n, cell) for n, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()
    ]
    ended = ""
    with _kernel(client), tqdm(total=len(code), desc="cells", unit="cell", disable=bool(told)) as bar:
        for place, (number, cell) in enumerate(code, 1):
            cell.outputs = []
            reason = f"was not run: {ended}" if ended else _execute(client, cell, number, timeout)
            if reason:
                stopped[id(cell)] = reason
            if reason.startswith("ended"):
                ended = f"cell {number + 1} ended the kernel."
            bar.update()
            if told:
                told(place, len(code))
    return stopped


@contextmanager
def _kernel(client: NotebookClient) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(client.setup_kernel(env={**os.environ, **AS_GRADED}))
        except NoSuchKernel as error:
            raise NotRunnable("there is no Python kernel here: install ipykernel beside cnnkit") from error
        except (RuntimeError, OSError) as error:
            raise NotRunnable(
                f"the Python kernel does not start: {error}. Does JupyterLab start one?"
            ) from error
        yield


def _execute(client: NotebookClient, cell: NotebookNode, number: int, timeout: int) -> str:
    """Run a cell; what kept it from its end, empty where nothing did."""
    try:
        client.execute_cell(cell, number)
    except CellTimeoutError:
        return _interrupted(client, timeout)
    except DeadKernelError:
        return "ended the kernel."
    return ""


def _interrupted(client: NotebookClient, timeout: int) -> str:
    try:
        run_sync(client.km.interrupt_kernel)()  # type: ignore[union-attr]
        run_sync(client.kc.wait_for_ready)(timeout=PATIENCE)  # type: ignore[union-attr]
    except RuntimeError:
        return f"ended the kernel: it did not end within {timeout} s, and could not be stopped."
    return f"did not end within {timeout} s, and was stopped."


def _silent() -> logging.Logger:
    """A logger for what is told in the table."""
    log = logging.getLogger("cnnkit.running")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log


def _error(cell: Cell) -> NotebookNode | None:
    return next((output for output in cell.get("outputs", []) if output.output_type == "error"), None)


def _verdict(exercise: str, test: Cell, stopped: str | None, notebook: NotebookNode) -> Said:
    error = _error(test)
    broken = next((_error(cell) for name, cell in solutions(notebook) if name == exercise), None)
    if stopped:
        return Said("failing", f"its test {stopped}")
    if error is None:
        return Said("passed")
    if broken is not None and broken.ename != "NotImplementedError":
        return Said("failing", f"its own cell stopped at {broken.ename}: {broken.evalue}"[:LONGEST])
    status = NAMES.get(error.ename, "failing")
    text = error.evalue if error.ename in NAMES else f"the test stopped at {error.ename}: {error.evalue}"
    return Said(status, first_sentence(exercise, text) if status == "failing" else "")


def _stumbles(notebook: NotebookNode, stopped: dict[int, str]) -> Iterator[str]:
    """What went wrong in cells that are no tests."""
    for cell in code_cells(notebook):
        error = _error(cell)
        reason = f"stopped at {error.ename}: {error.evalue!s:.100}" if error else stopped.get(id(cell))
        if reason:
            yield f"But the cell that begins {cell['source'].strip().splitlines()[0]!r:.60} {reason}"
