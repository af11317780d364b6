"""What a lesson's notebook asks for: its exercises, their tests and points, by nbgrader's own metadata."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Cell = dict[str, Any]
QUIZ_CALL = re.compile(r'^\w+ = Quiz\("(work/[\w-]+/[\w-]+\.json)"\)', re.ASCII | re.M)
TRAIN_CALL = re.compile(
    r'(?:#.*\n)*\w+ = cnnkit\.train_or_load\(\s*\w+,\s*\w+,\s*"(work/[\w-]+/[\w-]+\.safetensors)",?\s*\)(?:\s*#.*)?',
    re.ASCII,
)
STUB = re.compile(r"^\s*raise NotImplementedError\b", re.M)


class NotALesson(ValueError):
    """A file that is no lesson of the course."""


@dataclass
class Exercise:
    """A graded function, class, model or question.

    Args:
        name: what the learner defines.
        source: the text of its solution cell; empty where it has none (a trained model).
        tests: the texts of its visible tests, with their points.
        hidden: the points that hidden tests decide on.
        is_question: whether it is a question of a quiz.
    """

    name: str
    source: str = ""
    tests: list[tuple[str, float]] = field(default_factory=list)
    hidden: float = 0.0
    is_question: bool = False

    @property
    def visible(self) -> float:
        """The points of its visible tests."""
        return sum(points for _, points in self.tests)


class NotRunnable(RuntimeError):
    """There is no kernel to run a notebook in."""


def read_lesson(path: Path) -> dict[str, Any]:
    """The notebook in a file, as nbformat's version 4 has it, the text of each cell in one piece.

    It is read without nbformat, whose import can take seconds.

    Raises:
        NotALesson: it is no notebook, or one without exercises.
        OSError: it cannot be read.
    """
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        found = exercises(notebook) if notebook["nbformat"] == 4 else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise NotALesson(f"{path.name} is not a Jupyter notebook.") from error
    if found is None:
        raise NotALesson(f"{path.name} has another format than 4: open it in JupyterLab, and save it.")
    if not found:
        raise NotALesson(f"{path.name} is a notebook, but no lesson: it has no exercise with a test.")
    return notebook


def about(cell: Cell) -> dict[str, Any]:
    """nbgrader's metadata of a cell, empty where it has none."""
    found: dict[str, Any] = cell["metadata"].get("nbgrader", {})
    return found


def code_cells(notebook: dict[str, Any]) -> list[Cell]:
    """The cells that hold code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def solutions(notebook: dict[str, Any]) -> Iterator[tuple[str, Cell]]:
    """The cells that are the learner's to complete, each with the name that it defines."""
    for cell in notebook["cells"]:
        if about(cell).get("solution") and not about(cell).get("grade"):
            yield str(about(cell)["grade_id"]).removesuffix("_solution"), cell


def exercises(notebook: dict[str, Any]) -> list[Exercise]:
    """The exercises of a notebook, in order, with their tests and points."""
    found = {name: Exercise(name, cell["source"]) for name, cell in solutions(notebook)}
    for cell in notebook["cells"]:
        if about(cell).get("grade") and not about(cell).get("solution"):
            test = str(about(cell)["grade_id"])
            owners = [name for name in found if test == name or test.startswith(f"{name}_")]
            owner = max(owners, key=len, default=test.removesuffix("_hidden"))
            _add(found.setdefault(owner, Exercise(owner)), test, cell)
    return [one for one in found.values() if one.tests or one.hidden]


def _add(exercise: Exercise, test: str, cell: Cell) -> None:
    points = float(about(cell)["points"])
    exercise.is_question |= "question" in cell["metadata"].get("tags", [])
    if test.endswith("_hidden"):
        exercise.hidden += points
    else:
        exercise.tests.append((cell["source"], points))


def clicks_file(notebook: dict[str, Any]) -> str | None:
    """The file of what was clicked in a quiz, a path beside the notebook; None where there is no quiz."""
    return next((path for cell in code_cells(notebook) for path in QUIZ_CALL.findall(cell["source"])), None)


def named_files(notebook: dict[str, Any]) -> list[str]:
    """The files that a lesson's notebook names, paths beside it: weights that it trains, and the clicks of a quiz."""
    calls = [TRAIN_CALL.fullmatch(cell["source"].strip()) for cell in code_cells(notebook)]
    clicked = clicks_file(notebook)
    return [call[1] for call in calls if call] + ([clicked] if clicked else [])


def is_stub(source: str) -> bool:
    """Whether a solution's text still raises NotImplementedError somewhere.

    >>> is_stub("def f(x):\\n    raise NotImplementedError()"), is_stub("def f(x):\\n    return x")
    (True, False)
    """
    return STUB.search(source) is not None
