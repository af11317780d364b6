"""Reading a lesson's source (py:percent) into its master notebook: solutions and hidden tests included."""

import pickle
import re
from functools import lru_cache
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.cells import grade_id, tests

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def read_percent(text: str) -> NotebookNode:
    """A text in jupytext's percent format as a notebook of the caller's own; one that was read before is copied."""
    notebook: NotebookNode = pickle.loads(_parsed(text))
    return notebook


@lru_cache(maxsize=64)
def _parsed(text: str) -> bytes:
    """The pickled notebook: parsing a lesson takes twenty times as long as copying it."""
    return pickle.dumps(jupytext.reads(text, fmt="py:percent"))


def read_master(path: Path) -> NotebookNode:
    """The master notebook of a lesson, the same bytes on every call.

    Every cell gets a stable id (its grade_id, else its position), jupytext's own metadata is dropped, and outputs
    are empty.

    Raises:
        FileNotFoundError: there is no such lesson.
    """
    notebook = read_percent(path.read_text(encoding="utf-8"))
    for position, cell in enumerate(notebook.cells):
        cell["id"] = grade_id(cell) or f"cell-{position:03d}"
        cell.metadata.pop("lines_to_next_cell", None)
    notebook.metadata.clear()
    notebook.metadata["kernelspec"] = dict(KERNELSPEC)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


DESK = "import cnnkit\n\ncnnkit.desk()"
PROGRESS_TEXT = """## How far are you?

The next cell shows each exercise as passed, failing or not begun. Run it whenever you like, or write
`cnnkit.progress()` in a cell of your own. It knows what the tests said when they last ran, even
after a restart of the kernel.

To hand in, save first (menu *File*, *Save Notebook*; Ctrl+S after a click into a cell), then choose *Check and hand in
from here*. It runs the saved notebook in a fresh kernel, says what is still open, and packs this week's notebooks into
one zip for you to download."""
PROGRESS = "import cnnkit\n\ncnnkit.progress()"


def with_progress(notebook: NotebookNode) -> NotebookNode:
    """A lesson's notebook with what every lesson ends with: a cell that shows how far its reader is.

    One without tests stays as it is.
    """
    if tests(notebook.cells):
        notebook.cells += [
            nbformat.v4.new_markdown_cell(PROGRESS_TEXT, id="progress-text"),
            _locked(PROGRESS, "progress"),
        ]
    return notebook


def with_desk(notebook: NotebookNode) -> NotebookNode:
    """A lesson's notebook with what every lesson has below its title: a cell that says where work is kept.

    One without tests stays as it is.
    """
    if tests(notebook.cells):
        notebook.cells.insert(int(notebook.cells[0].cell_type == "markdown"), _locked(DESK, "desk"))
    return notebook


def _locked(source: str, name: str) -> NotebookNode:
    """A cell of code that nobody is to change."""
    about = {"grade": False, "grade_id": name, "locked": True, "schema_version": 3}
    about |= {"solution": False, "task": False}
    return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": about})


def with_gaps(notebook: NotebookNode) -> NotebookNode:
    """A notebook with a gap between what is folded up and the text below it; JupyterLab leaves none."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(
                r"^</details>\n\n(?=\S)", "</details>\n\n<p></p>\n\n", cell.source, flags=re.M
            )
    return notebook
