"""Reading a lesson's other answers: correct ones in other styles, and the mistakes that learners make."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from nbformat import NotebookNode

from autograder.source import read_percent

Kind = Literal["right", "wrong"]

SELF_CONTAINED = "self_contained"


@dataclass(frozen=True)
class Answer:
    """One complete replacement for the solution cell of a function.

    Args:
        function: the graded function it answers.
        kind: "right" or "wrong".
        name: what sets it apart from the function's other answers.
        message: for a wrong one, the sentence that names the mistake to the learner; empty for a right one.
        source: the code.
    """

    function: str
    kind: Kind
    name: str
    message: str
    source: str


def read_answers(path: Path) -> list[Answer]:
    """The answers of one file (py:percent, one answer a cell), in its order; none where there is no file.

    Raises:
        ValueError: a cell lacks its function, kind, name or (when wrong) message, or two share a name.
    """
    if not path.exists():
        return []
    notebook = read_percent(path.read_text(encoding="utf-8"))
    answers = [
        _answer(cell, path) for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()
    ]
    names = [(answer.function, answer.name) for answer in answers]
    for function, name in names:
        if names.count((function, name)) > 1:
            raise ValueError(f"{path.name}: {function} has two answers named {name!r}")
    return answers


def _answer(cell: NotebookNode, path: Path) -> Answer:
    given = {key: str(cell.metadata.get(key, "")) for key in ("function", "kind", "name", "message")}
    where = f"{path.name}, the cell that begins {cell.source.splitlines()[0]!r}"
    missing = [key for key in ("function", "kind", "name") if not given[key]]
    if missing:
        raise ValueError(f"{where}: its header lacks {', '.join(missing)}")
    if given["kind"] not in get_args(Kind):
        raise ValueError(f"{where}: kind should be right or wrong, and is {given['kind']}")
    if (given["kind"] == "wrong") != bool(given["message"]):
        raise ValueError(f"{where}: a wrong answer has a message, a right one has none")
    kind: Kind = "right" if given["kind"] == "right" else "wrong"
    return Answer(given["function"], kind, given["name"], given["message"], cell.source)


def self_contained(answers: Iterable[Answer]) -> dict[str, str]:
    """The right answers that call no other graded function, by function."""
    return {a.function: a.source for a in answers if a.kind == "right" and a.name == SELF_CONTAINED}
