"""Reading a lesson's source (py:percent) into its master notebook: solutions and hidden tests included."""

from pathlib import Path

import jupytext
from nbformat import NotebookNode

from autograder.cells import grade_id

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def read_master(path: Path) -> NotebookNode:
    """The master notebook of a lesson, the same bytes on every call.

    Every cell gets a stable id (its grade_id, else its position), jupytext's own metadata is dropped, and outputs
    are empty.

    Raises:
        FileNotFoundError: there is no such lesson.
    """
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    for position, cell in enumerate(notebook.cells):
        cell["id"] = grade_id(cell) or f"cell-{position:03d}"
        cell.metadata.pop("lines_to_next_cell", None)
    notebook.metadata.clear()
    notebook.metadata["kernelspec"] = dict(KERNELSPEC)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook
