"""What a lesson's notebook asks for: its exercises, their tests and points, by nbgrader's own metadata."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

CLICKED = re.compile(r'^\w+ = Quiz\("(work/[\w-]+/[\w-]+\.json)"\)', re.ASCII | re.M)
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


def read_lesson(path: Path) -> NotebookNode:
    """The notebook in a file.

    Raises:
        NotALesson: it is no notebook, or one without exercises.
        OSError: it cannot be read.
    """
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        found = exercises(notebook)
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise NotALesson(f"{path.name} is not a Jupyter notebook: {error!s:.80}") from error
    if not found:
        raise NotALesson(f"{path.name} is a notebook, but no lesson: it has no exercise with points.")
    return notebook


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """The exercises of a notebook, in order, with their tests and points."""
    graded = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
    found: dict[str, Exercise] = {}
    for cell, about in graded:
        if about.get("solution") and not about.get("grade"):
            name = str(about.get("grade_id", "")).removesuffix("_solution")
            found[name] = Exercise(name, cell.source)
    for cell, about in graded:
        if about.get("grade") and not about.get("solution"):
            test = str(about["grade_id"])
            owners = [name for name in found if test == name or test.startswith(f"{name}_")]
            owner = max(owners, key=len, default=test.removesuffix("_hidden"))
            _add(found.setdefault(owner, Exercise(owner)), test, float(about.get("points", 0)), cell)
    return [one for one in found.values() if one.tests or one.hidden]


def _add(exercise: Exercise, test: str, points: float, cell: NotebookNode) -> None:
    exercise.is_question |= "question" in cell.metadata.get("tags", [])
    if test.endswith("_hidden"):
        exercise.hidden += points
    else:
        exercise.tests.append((cell.source, points))


def clicks_file(notebook: NotebookNode) -> str | None:
    """The file of what was clicked in a quiz, a path beside the notebook; None where there is no quiz."""
    sources = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return next((path for source in sources for path in CLICKED.findall(source)), None)


def is_stub(source: str) -> bool:
    """Whether a solution's text still raises NotImplementedError somewhere.

    >>> is_stub("def f(x):\\n    raise NotImplementedError()"), is_stub("def f(x):\\n    return x")
    (True, False)
    """
    return STUB.search(source) is not None
