"""Questions about the cells of a lesson's master notebook, by nbgrader's own metadata (schema 3)."""

import ast
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from nbformat import NotebookNode, from_dict

from cnnkit.notebooks import QUIZ_CALL, TRAIN_CALL

HIDDEN_BEGIN, HIDDEN_END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
SOLUTION_BEGIN, SOLUTION_END = "### BEGIN SOLUTION", "### END SOLUTION"


def new_output(kind: str, **parts: Any) -> NotebookNode:
    """nbformat's new_output without its validation, which takes longer than all else that is done with an output."""
    return from_dict({"output_type": kind, **parts})


def metadata(cell: NotebookNode) -> dict:
    """nbgrader's metadata of a cell, empty where it has none."""
    return cell.metadata.get("nbgrader", {})


def grade_id(cell: NotebookNode) -> str | None:
    """The cell's grade_id, if nbgrader knows the cell."""
    return metadata(cell).get("grade_id")


def is_test(cell: NotebookNode) -> bool:
    """Whether the cell is an autograded test."""
    return bool(metadata(cell).get("grade")) and not metadata(cell).get("solution")


def is_solution(cell: NotebookNode) -> bool:
    """Whether the cell is the learner's to complete."""
    return bool(metadata(cell).get("solution"))


def is_train(cell: NotebookNode) -> bool:
    """Whether the cell is a locked call that trains a model or loads what was handed in."""
    return "train" in cell.metadata.get("tags", [])


def checkpoint(cell: NotebookNode) -> str | None:
    """The file of weights that a train cell loads, a path beside the notebook.

    None where the cell is not one assignment `NAME = cnnkit.train_or_load(build, fit, "work/LESSON/FILE.safetensors")`.
    """
    call = TRAIN_CALL.fullmatch(cell.source.strip())
    return call[1] if call else None


def checkpoints(master: NotebookNode) -> list[str]:
    """The files of weights that a lesson's train cells load."""
    return [path for cell in master.cells if is_train(cell) and (path := checkpoint(cell))]


def handed_in(master: NotebookNode) -> list[str]:
    """The files that are read beside a lesson's notebook: weights, and what was clicked in a quiz; nothing else."""
    locked = [cell.source for cell in master.cells if cell.cell_type == "code" and is_locked(cell)]
    return checkpoints(master) + [path for source in locked for path in QUIZ_CALL.findall(source)]


def is_question(cell: NotebookNode) -> bool:
    """Whether a test judges the answer to a question of a quiz."""
    return "question" in cell.metadata.get("tags", [])


def is_locked(cell: NotebookNode) -> bool:
    """Whether the cell is the master's own whatever a submission says."""
    return bool(metadata(cell).get("locked")) or is_test(cell)


def is_hidden(cell: NotebookNode) -> bool:
    """Whether the cell holds hidden tests."""
    return HIDDEN_BEGIN in cell.source


def points(cell: NotebookNode) -> float:
    """The points of a test cell."""
    return float(metadata(cell).get("points", 0))


def tests(cells: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The test cells, in order."""
    return [cell for cell in cells if is_test(cell)]


def solutions(cells: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The solution cells, in order."""
    return [cell for cell in cells if is_solution(cell)]


@lru_cache(maxsize=1024)
def defined_names(source: str) -> frozenset[str]:
    """The names that a cell's source binds at its top level, empty where it does not parse."""
    try:
        body = ast.parse(re.sub(r"^[^\S\n]*[%!].*$", "", source, flags=re.M)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            names |= {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return frozenset(names)


def remote_names(master: NotebookNode) -> set[str]:
    """The names that a solution or train cell must define: in a test cell these, and only these, are remote."""
    given = [cell for cell in master.cells if is_solution(cell) or is_train(cell)]
    return set().union(*(defined_names(cell.source) for cell in given)) if given else set()


def exercise(test: NotebookNode, master: NotebookNode) -> str:
    """The graded function a test belongs to: the longest remote name that its grade_id starts with.

    Raises:
        ValueError: its grade_id starts with no name that a solution cell defines.
    """
    name = grade_id(test) or ""
    owners = [known for known in remote_names(master) if name == known or name.startswith(known + "_")]
    if not owners:
        raise ValueError(f"the test {name!r} is named after no function that a solution cell defines")
    return max(owners, key=len)
