"""The cells of a released lesson, and what a learner makes of them, as plain dictionaries."""

import json
from typing import Any

from cnnkit import merging

Cell = dict[str, Any]


def prose(text: str, name: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def code(text: str, name: str, **metadata: Any) -> Cell:
    return {
        "cell_type": "code", "execution_count": None, "id": name, "metadata": metadata, "outputs": [], "source": text,
    }  # fmt: skip


def graded(text: str, name: str, **flags: Any) -> Cell:
    """A cell that nbgrader knows, with its checksum."""
    about = {
        "grade": False,
        "grade_id": name,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        **flags,
    }
    cell = code(text, name, nbgrader=about, deletable=False)
    about["checksum"] = merging.checksum(cell)
    return cell


def stub(name: str, step: str = "Step 1.") -> Cell:
    text = f"def {name}(x):\n    # {step}\n    raise NotImplementedError()"
    return graded(text, f"{name}_solution", solution=True)


def test_of(name: str, text: str) -> Cell:
    return graded(text, name, grade=True, locked=True, points=2)


test_of.__test__ = False  # type: ignore[attr-defined] - pytest would take it for a test


def notebook(*cells: Cell) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def first_release() -> dict[str, Any]:
    return notebook(
        prose("# Doubles", "cell-000"),
        graded("import numpy as np", "setup", locked=True),
        stub("double"),
        test_of("double", "assert double(1) == 3"),  # wrong: it will be corrected
        code("print(double(1))", "cell-004"),
        stub("halve"),
        test_of("halve", "assert halve(2) == 1"),
        prose("The end.", "cell-007"),
    )


def second_release() -> dict[str, Any]:
    """A cell more at the top, a corrected test, another stub of halve."""
    return notebook(
        prose("# Doubles", "cell-000"),
        prose("New: look at this first.", "cell-001"),
        graded("import numpy as np", "setup", locked=True),
        stub("double"),
        test_of("double", "assert double(1) == 2"),
        code("print(double(1))", "cell-005"),
        stub("halve", "Step 1, said better."),
        test_of("halve", "assert halve(2) == 1"),
        prose("The end.", "cell-008"),
    )


def texts(book: dict[str, Any]) -> dict[str, str]:
    return {cell["id"]: cell["source"] for cell in book["cells"]}


def order(book: dict[str, Any]) -> list[str]:
    return [cell["id"] for cell in book["cells"]]


def as_bytes(book: dict[str, Any]) -> bytes:
    return merging.write(json.loads(json.dumps(book))).encode()
