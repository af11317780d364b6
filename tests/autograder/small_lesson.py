"""A lesson of two functions, small enough to read at a glance, and a course made of it."""

import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import cells as c
from autograder.course import Course
from autograder.source import read_master

ASSIGNMENT, LESSON = "week", "doubles"


def header(grade_id: str, points: int | None = None, locked: bool = False, solution: bool = False) -> str:
    score = "" if points is None else f', "points": {points}'
    return (
        f'# %% nbgrader={{"grade": {str(points is not None).lower()}, "grade_id": "{grade_id}", '
        f'"locked": {str(locked or points is not None).lower()}{score}, "schema_version": 3, '
        f'"solution": {str(solution).lower()}, "task": false}}\n'
    )


SETUP = header("imports", locked=True) + "import numpy as np\n"

DOUBLE = (
    header("double_solution", solution=True)
    + '''def double(X, times=1):
    """Twice the values of X, `times` times.

    Args:
        X: (n,) numbers.
        times: how often.

    Returns:
        An array of the shape of X.
    """
    # Step 1: multiply.
    ### BEGIN SOLUTION
    return X * 2**times
    ### END SOLUTION
'''
)

DOUBLE_TEST = (
    header("double", points=1)
    + """import numpy as np
from cnnkit.check import Check

with Check("double") as check:
    X = np.array([1.0, 2.0])
    check.equal(double(X), np.array([2.0, 4.0]), "double(X)", axes=("place",))
"""
)

DOUBLE_HIDDEN = (
    header("double_hidden", points=2)
    + """# Hidden tests of double.
### BEGIN HIDDEN TESTS
import numpy as np
from cnnkit import testing
from cnnkit.check import Check

with Check("double") as check:
    random_inputs = testing.rng("double_hidden").normal(size=5)
    check.equal(double(random_inputs, 3), random_inputs * 8, "double(X, 3)")
    check.true(testing.unchanged(double, (random_inputs,)), "double should leave X as it is.")
### END HIDDEN TESTS
"""
)

TOTAL = (
    header("total_solution", solution=True)
    + '''def total(X):
    """The sum of the doubles of X, a float."""
    # Step 1: double, then add.
    ### BEGIN SOLUTION
    return float(double(X).sum())
    ### END SOLUTION
'''
)

TOTAL_TEST = (
    header("total", points=1)
    + """import numpy as np
from cnnkit.check import Check

with Check("total") as check:
    check.equal(total(np.array([1.0, 2.0])), 6.0, "total(X)")
"""
)

TOTAL_HIDDEN = (
    header("total_hidden", points=2)
    + """# Hidden tests of total.
### BEGIN HIDDEN TESTS
import numpy as np
from cnnkit import testing
from cnnkit.check import Check

with Check("total") as check:
    numbers = testing.rng("total_hidden").normal(size=4)
    check.equal(total(numbers), float(2 * np.sum(numbers)), "total(X)")
### END HIDDEN TESTS
"""
)

PROSE = """# %% [markdown]
# # Doubles
#
# <details><summary>Hint 1</summary>
#
# Multiply.
#
# <details><summary>Hint 2</summary>
#
# By how much?
#
# </details>
# </details>
"""
DEMO = "# %%\nprint(double(np.array([1.0, 2.0])))\n"
CELLS = [PROSE, SETUP, DOUBLE, DOUBLE_TEST, DOUBLE_HIDDEN, DEMO, TOTAL, TOTAL_TEST, TOTAL_HIDDEN]
SOURCE = "\n".join(CELLS)

ANSWERS = """# %% function="double" kind="right" name="self_contained"
def double(X, times=1):
    for _ in range(times):
        X = X + X
    return X

# %% function="double" kind="wrong" name="once" message="You doubled once: look at times."
def double(X, times=1):
    return X + X

# %% function="double" kind="wrong" name="squares" message="You squared the values."
def double(X, times=1):
    return X**2 + 1

# %% function="total" kind="right" name="self_contained"
def total(X):
    return float(sum(2 * x for x in X))

# %% function="total" kind="wrong" name="mean" message="You took the mean."
def total(X):
    return float(double(X).mean())
"""


def master_of(source: str) -> NotebookNode:
    """The master of a lesson given as text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.py"
        path.write_text(source, encoding="utf-8")
        return read_master(path)


def small_course(root: Path, source: str = SOURCE, answers: str = ANSWERS) -> Course:
    """A course of the one lesson, written under `root`."""
    course = Course(root)
    for path, text in (
        (course.source_file(ASSIGNMENT, LESSON), source),
        (course.answers_file(ASSIGNMENT, LESSON), answers),
        (root / "lib" / "cnnkit" / "__init__.py", '"""Helpers."""\n'),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return course


FULL = {"double": 1, "double_hidden": 2, "total": 1, "total_hidden": 2}


def solved(course: Course, **others: str) -> NotebookNode:
    notebook = course.master(ASSIGNMENT, LESSON)
    for cell in c.solutions(notebook.cells):
        name = (c.grade_id(cell) or "").removesuffix("_solution")
        cell.source = others.get(name, cell.source)
    return notebook


def hand_in(folder: Path, student: str, notebook: NotebookNode) -> Path:
    path = folder / student / ASSIGNMENT / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path
