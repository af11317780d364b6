"""A lesson's notebook of two exercises and a question, as students get it, and kernels that know its file."""

import json
import os
from contextlib import contextmanager

import nbformat
from nbclient import NotebookClient

from cnnkit.homepage import PAGE, digest

STUB = "def double(x):\n    raise NotImplementedError()"
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x + 1"
LOOP = "def double(x):\n    while True:\n        pass"
TEST = """from cnnkit.check import Check

with Check("double") as check:
    check.equal(double(3), 6, "double(3)")"""
HALF_STUB, HALF = STUB.replace("double", "half"), "def half(x):\n    return x / 2"
HALF_TEST = TEST.replace("double(3), 6", "half(6), 3.0").replace("double", "half")
QUIZ = 'from cnnkit.quiz import Quiz\n\nquiz = Quiz("work/quiz/answers.json")'
OPEN = "with quiz.answer_here():\n    raise NotImplementedError()"
PROGRESS = "import cnnkit\n\ncnnkit.progress()"

ON_THE_MAP = [
    {"week": "Week 1: sums", "name": "1.1 Doubles", "path": "week1/doubles.ipynb"},
    {"week": "Week 1: sums", "name": "1.2 Halves & more", "path": "week1/halves.ipynb"},
    {"week": "Week 2: trees", "name": "2.q Quiz", "path": "week2/quiz.ipynb"},
]


def cell(source, grade_id="", points=None, solution=False, tags=()):
    made = nbformat.v4.new_code_cell(source)
    if grade_id:
        about = {
            "grade_id": grade_id,
            "grade": points is not None,
            "solution": solution,
            "locked": not solution,
        }
        made.metadata = {
            "nbgrader": about | ({} if points is None else {"points": points}),
            "tags": list(tags),
        }
    return made


def lesson(double=STUB, half=HALF_STUB, tree=OPEN, more=()):
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A lesson"),
            cell(QUIZ, "setup"),
            cell(double, "double_solution", solution=True),
            cell(TEST, "double", 1),
            cell("# Hidden tests of double.", "double_hidden", 2),
            cell(half, "half_solution", solution=True),
            cell(HALF_TEST, "half", 2),
            cell("# Hidden tests of half.", "half_hidden", 3),
            cell(tree, "tree_solution", solution=True),
            cell("# Judged when your notebook is graded.", "tree_hidden", 1, tags=["question"]),
            *map(cell, more),
        ]
    )


def written(folder, name="lesson.ipynb", **answers):
    path = folder / name
    nbformat.write(lesson(**answers), path)
    return path


def start_page(folder, text="The course.", lessons=ON_THE_MAP):
    """A course's page, as the build makes it."""
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("cnnkit.home()", id="home")]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["cnnkit"] = {"lessons": lessons, "digest": digest(made)}
    folder.mkdir(exist_ok=True)
    nbformat.write(made, folder / PAGE)
    return folder / PAGE


@contextmanager
def kernel_of(path, **env):
    """run(source): the outputs of a cell in a kernel that Jupyter started for a notebook's file."""
    client = NotebookClient(
        nbformat.v4.new_notebook(), kernel_name="python3", allow_errors=True, timeout=60,
        resources={"metadata": {"path": str(path.parent)}},
    )  # fmt: skip

    def run(source):
        made = nbformat.v4.new_code_cell(source)
        client.nb.cells.append(made)
        client.execute_cell(made, len(client.nb.cells) - 1, store_history=True)
        return made.outputs

    with client.setup_kernel(env={**os.environ, "JPY_SESSION_NAME": str(path), **env}):
        yield run


def text_of(outputs):
    return json.dumps(
        [output.get("data", {}).get("text/plain", output.get("text", "")) for output in outputs]
    )
