"""The registry of the hostile corpus: what each case tries, what it hands in, and the marks that it deserves."""

import json
import textwrap
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import cells as c
from autograder.build import student_version
from autograder.source import read_master

Marks = Mapping[str, float]
CATEGORIES = {
    "classmates": "honest work in the same class",
    "forged": "marks forged in the notebook's own process",
    "structure": "the notebook's own structure",
    "files": "the file system",
    "resources": "more than a submission may use",
    "spies": "secrets, and neighbours",
    "pages": "the feedback page",
    "checkpoints": "trained weights handed in",
}
COURSE = "course of the corpus"
LESSONS = Path(__file__).parent / "lessons"


@dataclass(frozen=True)
class Week:
    """An assignment of one lesson.

    Args:
        assignment: its name.
        lesson: its lesson's name; the source is lessons/LESSON.py.
        full: the points of each test.
        solves: the functions that a cheat solves honestly.
        wrong: what a cheat writes for the others.
    """

    assignment: str
    lesson: str
    full: Marks
    solves: tuple[str, ...]
    wrong: Mapping[str, str]

    @property
    def master(self) -> NotebookNode:
        return read_master(LESSONS / f"{self.lesson}.py")

    def only(self, *functions: str) -> Marks:
        """Full marks for these functions and nothing for the others."""
        return {name: p if name.removesuffix("_hidden") in functions else 0 for name, p in self.full.items()}

    @property
    def cheats(self) -> Marks:
        """What a cheat deserves: the points of what was solved honestly."""
        return self.only(*self.solves)

    def notebook(self, *, first: str = "", last: str = "", **answers: str) -> NotebookNode:
        """The notebook of a cheat, with other answers to some functions and cells of their own around it."""
        notebook = student_version(self.master)
        solved = {
            function: cell.source for cell in c.solutions(self.master.cells) for function in [_function(cell)]
        }
        for cell in c.solutions(notebook.cells):
            name = _function(cell)
            source = answers.get(name) or self.wrong.get(name) or _without_marks(solved[name])
            cell.source = _tidy(source)
        for place, source in ((0, first), (len(notebook.cells) + bool(first), last)):
            if source:
                cell_id = "own-first" if place == 0 else "own-last"
                notebook.cells.insert(place, nbformat.v4.new_code_cell(_tidy(source), id=cell_id))
        return notebook

    def solved(self, **kwargs: str) -> NotebookNode:
        """The notebook of someone who has solved everything."""
        answers = {_function(cell): _without_marks(cell.source) for cell in c.solutions(self.master.cells)}
        return self.notebook(**{**answers, **kwargs})


def _function(cell: NotebookNode) -> str:
    return str(c.grade_id(cell)).removesuffix("_solution")


def _without_marks(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if "### " not in line)


def _tidy(source: str) -> str:
    return textwrap.dedent(source).strip("\n")


NUMBERS = Week(
    "week1", "numbers",
    {"double": 1, "double_hidden": 2, "centre": 1, "centre_hidden": 3, "spread": 1, "spread_hidden": 2},
    ("double",),
    {"centre": "def centre(X):\n    return X", "spread": "def spread(X):\n    return -1.0"},
)  # fmt: skip
LAYERS = Week(
    "week2", "layers",
    {"swish": 1, "swish_hidden": 2, "Perceptron": 1, "Perceptron_hidden": 3},
    ("swish",),
    {"Perceptron": "def Perceptron(n_in, n_hidden, n_out):\n    return nn.Linear(n_in, n_out)"},
)  # fmt: skip
TRAINING = Week(
    "week3", "training",
    {"build": 1, "build_hidden": 2, "model": 1, "model_hidden": 2},
    ("build",),
    {},
)  # fmt: skip
WEEKS = (NUMBERS, LAYERS, TRAINING)


@dataclass(frozen=True)
class Desk:
    """Where a case lays down what it hands in.

    Args:
        submitted: the folder of the whole class.
        student: the name of the student's folder.
        week: the assignment.
    """

    submitted: Path
    student: str
    week: Week

    @property
    def folder(self) -> Path:
        """The student's folder of the assignment, made on the way."""
        path = self.submitted / self.student / self.week.assignment
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def path(self) -> Path:
        """Where the notebook belongs."""
        return self.folder / f"{self.week.lesson}.ipynb"

    @property
    def source(self) -> Path:
        """The lesson's source, in a course of ours or of stock nbgrader."""
        ours = self.submitted.parent.parent / COURSE / "course" / "source" / self.week.assignment
        stock = self.submitted.parent / "source" / self.week.assignment / f"{self.week.lesson}.ipynb"
        return stock if stock.exists() else ours / f"{self.week.lesson}.py"

    def notebook(self, **parts: str) -> NotebookNode:
        """A cheat's notebook (see Week.notebook)."""
        return self.week.notebook(**parts)

    def hand_in(self, notebook: NotebookNode | None = None, **parts: str) -> Path:
        """Hand in a notebook as it is, or a cheat's notebook with these parts."""
        self.path.write_text(text_of(notebook or self.notebook(**parts)), encoding="utf-8")
        return self.path

    def beside(self, files: Mapping[str, str | bytes]) -> None:
        """Put files beside the notebook."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def text_of(notebook: NotebookNode) -> str:
    """A notebook as JSON, whether or not it is a valid one."""
    return json.dumps(notebook, ensure_ascii=True, indent=1)


@dataclass(frozen=True)
class Case:
    """One submission of the corpus.

    Args:
        name: its function's name, and the student's id unless `student` says otherwise.
        category: one of CATEGORIES.
        tries: what it tries, in a line.
        lay: lays down what is handed in.
        week: the assignment.
        marks: test -> points that it honestly deserves.
        earned: what was solved in it, where a grader that reads it may give more than `marks`: a file that is refused, or
            a forgery that hurts itself. None for the same as `marks`.
        says: a pattern that must be found in an event, a message or an output of the student's row.
        student: the folder's name, where that is a part of the attack.
        row: a pattern for the student's id in the results.
        owns: marks of its own that may be on its own page.
        fails: why the grader gives it wrong marks; empty when it does not.
        unnamed: why the grader does not say what happened; empty when it does.
    """

    name: str
    category: str
    tries: str
    lay: Callable[[Desk], object] = field(repr=False)
    week: Week
    marks: Marks = field(repr=False)
    earned: Marks | None = field(default=None, repr=False)
    says: str = ""
    student: str = ""
    row: str = ""
    owns: tuple[str, ...] = ()
    fails: str = ""
    unnamed: str = ""

    @property
    def folder(self) -> str:
        """The name of the student's folder."""
        return self.student or self.name

    def hand_in(self, submitted: Path) -> None:
        """Lay down what is handed in."""
        self.lay(Desk(submitted, self.folder, self.week))


CASES: dict[str, Case] = {}
Laying = Callable[[Desk], object]


def category(name: str, week: Week = NUMBERS) -> Callable[..., Callable[[Laying], Laying]]:
    """The decorator that registers the cases of a category.

    Its arguments: `tries`, and any of Case's from `week` on; `marks` are a cheat's (Week.cheats) unless given.
    """

    def case(tries: str, **about: object) -> Callable[[Laying], Laying]:
        def register(lay: Laying) -> Laying:
            where = about.pop("week", week)
            marks = about.pop("marks", where.cheats)
            if lay.__name__ in CASES:
                raise ValueError(f"two cases are called {lay.__name__}")
            CASES[lay.__name__] = Case(lay.__name__, name, tries, lay, where, dict(marks), **about)
            return lay

        return register

    return case


def all_cases() -> list[Case]:
    """Every case of the corpus and the honest classmates, in the order of the categories."""
    for name in CATEGORIES:
        import_module(f"cases_{name}")
    return list(CASES.values())


def edit(notebook: NotebookNode, change: Callable[[NotebookNode], object]) -> NotebookNode:
    """A copy of a notebook with a change made to each of its test cells."""
    copy = deepcopy(notebook)
    for cell in c.tests(copy.cells):
        change(cell)
    return copy
