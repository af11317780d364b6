"""Editing a lesson in JupyterLab: its source becomes a paired notebook, and what was saved becomes its source."""

from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat

from autograder.build import chosen
from autograder.course import Course
from autograder.source import read_master

HEADER_KEPT = "nbgrader,tags"


def edit(course: Course, lesson: str, open_notebook: Callable[[Path], object]) -> bool:
    """Make the paired notebook of a lesson, let it be edited, and write the source back where it changed.

    Args:
        course: the course.
        lesson: the name of a lesson, or assignment/lesson.
        open_notebook: opens the notebook for editing, and returns when that is over.

    Returns:
        Whether the source changed.

    Raises:
        KeyError: there is no such lesson, or more than one.
    """
    source = find(course, lesson)
    notebook = course.build / "author" / source.parent.name / f"{source.stem}.ipynb"
    notebook.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(read_master(source), notebook)
    before = to_source(notebook)
    open_notebook(notebook)
    after = to_source(notebook)
    if after == before:
        return False
    source.write_text(after, encoding="utf-8")
    return True


def find(course: Course, lesson: str) -> Path:
    """The source of a lesson, whichever assignment it is in.

    Raises:
        KeyError: there is no such lesson, or more than one.
    """
    first, *more = chosen(course, [lesson])
    if more:
        known = ", ".join("/".join(one) for one in (first, *more))
        raise KeyError(f"more than one lesson is called {lesson}: say which of {known}")
    return course.source_file(*first)


def to_source(notebook: Path) -> str:
    """A notebook as a lesson's source: py:percent, without outputs, ids or a frontend's metadata.

    nbgrader's Create Assignment panel renews the checksum of a cell; sources carry none.
    """
    loaded = nbformat.read(notebook, as_version=4)
    for cell in loaded.cells:
        cell.metadata = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        cell.metadata.get("nbgrader", {}).pop("checksum", None)
    loaded.metadata.clear()
    loaded.metadata["jupytext"] = {"cell_metadata_filter": HEADER_KEPT, "notebook_metadata_filter": "-all"}
    return str(jupytext.writes(loaded, fmt="py:percent"))
