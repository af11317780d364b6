"""Whose solution cells are alike beyond what the course itself explains: for the instructor's eyes, and no verdict.

The measure is copydetect's: all k-grams of a cell's tokens (Schleimer, Wilkerson and Aiken: "Winnowing", 2003), once
names, strings, comments, hints of types and docstrings are taken out. What stands in the stub or in the course's own
solution, and what many hand in, counts for nothing. Nothing is run, and a process of its own parses what is handed in.
"""

import ast
import io
import json
import multiprocessing
import re
import resource
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from autograder import cells as c
from autograder.course import Course
from autograder.export import write_whole
from autograder.intake import Submission
from autograder.pages import template, with_policy

LENGTH = 25  # characters of a fingerprint, a name being one
ALIKE, EVIDENCE = 0.7, 60  # of an exercise: the share that both have, and fingerprints that both have
ALIKE_IN_ALL, EVIDENCE_IN_ALL = 0.5, 120  # of all exercises together
COMMON, FEW = 0.05, 4  # what more than this share of the class hands in, and more than so many, is common
LONGEST, SECONDS, MEMORY = 20_000, 10.0, 2**30  # characters of a cell, and what parsing it may take
PAIRS, SHOWN, LINES = 100, 8, 200  # shown: pairs, exercises of a pair, lines of an answer

Key = tuple[str, str]  # lesson and exercise
Prints = frozenset[int]


@dataclass(frozen=True)
class Exercise:
    """An exercise that two students answered alike.

    Args:
        lesson: the lesson.
        name: what the exercise is about.
        similarity: of the fingerprints that the shorter answer has beyond what is explained, the share that both have.
        shared: how many both have.
        texts: both answers.
    """

    lesson: str
    name: str
    similarity: float
    shared: int
    texts: tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """Two students, what their answers have in common in all, and the exercises, the most alike first."""

    students: tuple[str, str]
    similarity: float
    shared: int
    exercises: list[Exercise]

    @property
    def worth_a_look(self) -> bool:
        """Whether they have so much in common, in one exercise or in all, that somebody should look."""
        one = any(made.similarity >= ALIKE and made.shared >= EVIDENCE for made in self.exercises)
        return one or (self.similarity >= ALIKE_IN_ALL and self.shared >= EVIDENCE_IN_ALL)


@dataclass(frozen=True)
class Explained:
    """How much of the answers to an exercise the course or the class explains: `share` of 1 is all of it."""

    lesson: str
    name: str
    answers: int
    share: float


@dataclass(frozen=True)
class LeftOut:
    """An answer that could not be compared."""

    student: str
    lesson: str
    name: str
    reason: str


@dataclass
class Comparison:
    """What came of comparing a class: how many handed in, the pairs with the most in common first, and the rest."""

    assignment: str
    students: int
    pairs: list[Pair] = field(default_factory=list)
    explained: list[Explained] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class _Plain(ast.NodeTransformer):
    """Takes out what a copy is easily disguised with: names of one's own, strings, hints of types, docstrings."""

    def __init__(self, tree: ast.AST) -> None:
        nodes = list(ast.walk(tree))
        self.own = {
            node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self.own |= {node.arg for node in nodes if isinstance(node, ast.arg)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("v" if node.id in self.own else node.id, node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg("v", None)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value else None

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str | bytes) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Constant("")

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        self.generic_visit(node)
        return None if isinstance(node.value, ast.Constant) else node


def fingerprints(source: str) -> Prints:
    """The fingerprints of a cell; the same text has the same ones in this process and its forks.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no Python, or none that can be read.
    """
    from copydetect import CodeFingerprint  # noqa: PLC0415 - it loads Matplotlib, which other commands do without

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(re.sub(r"^[^\S\n]*[%!].*$", "", source, flags=re.M))
    plain = ast.unparse(ast.fix_missing_locations(_Plain(tree).visit(tree)))
    found = CodeFingerprint("", LENGTH, 1, language="python", fp=io.StringIO(plain))
    return frozenset(map(int, found.hashes))


class Reader:
    """Takes fingerprints of text that may be hostile, in a process that may be ended; a context manager.

    Args:
        seconds: that one cell may take.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        import copydetect  # noqa: F401, PLC0415 - so that the processes have it

        self.seconds = seconds
        self.known: dict[str, Prints | str] = {}
        self.pool = self._pool()

    def _pool(self) -> Any:
        return multiprocessing.get_context("fork").Pool(1, _limited)

    def read(self, source: str) -> Prints | str:
        """The fingerprints, or why there are none."""
        if len(source) > LONGEST:
            return f"it has {len(source):,} characters, and at most {LONGEST:,} are read"
        if source not in self.known:
            self.known[source] = self._read(source)
        return self.known[source]

    def _read(self, source: str) -> Prints | str:
        try:
            found: Prints | str = self.pool.apply_async(_fingerprints_or_why, (source,)).get(self.seconds)
        except multiprocessing.TimeoutError:
            self.pool.terminate()
            self.pool = self._pool()
            return f"reading it took over {self.seconds:g} s, or ended the process that reads"
        return found

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.terminate()
        self.pool.join()


def _fingerprints_or_why(source: str) -> Prints | str:
    """What text cannot be read is said in words: the errors that it raises may be too deep to be sent."""
    try:
        return fingerprints(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "it cannot be read as Python"


def _limited() -> None:
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY, used + MEMORY))


def compare(course: Course, assignment: str, submissions: Iterable[Submission], reader: Reader) -> Comparison:
    """Compare a class's solution cells, exercise by exercise.

    Args:
        course: the course's repository.
        assignment: the week.
        submissions: as HandIns gives them.
        reader: takes the fingerprints.

    Raises:
        KeyError: there is no such assignment.
    """
    made = Comparison(assignment, 0)
    known = {
        (lesson, name): prints
        for lesson in course.lessons(assignment)
        for name, prints in explained(course.master(assignment, lesson), reader).items()
    }
    read: dict[Key, dict[str, Prints | str]] = {key: {} for key in known}
    texts: dict[Key, dict[str, str]] = {key: {} for key in known}
    students = set()
    for one in submissions:  # which are let go: the notebooks of a class fill the memory
        if one.notebook is not None:
            students.add(one.student)
        for name, source in _solutions(one.notebook).items():
            if (key := (one.lesson, name)) in known:
                read[key][one.student] = reader.read(source)
                texts[key][one.student] = source[:LONGEST]
    made.students = len(students)
    beyond = {key: _beyond(key, read[key], known[key], made) for key in known}
    made.pairs = sorted(_pairs(beyond, texts), key=lambda pair: (-pair.shared, pair.students))
    return made


def _solutions(notebook: NotebookNode | None) -> dict[str, str]:
    """The source of each solution cell by its grade_id, the last copy's; those of other cells do no harm."""
    given = notebook.cells if notebook else []
    return {
        str(c.grade_id(cell)): cell.source for cell in given if cell.cell_type == "code" and c.grade_id(cell)
    }


def explained(master: NotebookNode, reader: Reader) -> dict[str, Prints]:
    """For each solution cell, the fingerprints of its stub and of the course's own solution."""
    stub, _ = ClearSolutions().preprocess(deepcopy(master), {})
    found = {}
    for cells in zip(c.solutions(master.cells), c.solutions(stub.cells), strict=True):
        read = [reader.read(cell.source) for cell in cells if cell.cell_type == "code"]
        found[str(c.grade_id(cells[0]))] = frozenset().union(
            *(one for one in read if not isinstance(one, str))
        )
    return found


def _beyond(key: Key, read: Mapping[str, Prints | str], known: Prints, made: Comparison) -> dict[str, Prints]:
    """The fingerprints of each answer that neither the course nor many in the class explain."""
    made.left_out += [
        LeftOut(who, key[0], _name(key), why) for who, why in sorted(read.items()) if isinstance(why, str)
    ]
    whole = {who: prints for who, prints in sorted(read.items()) if not isinstance(prints, str)}
    count = Counter(one for prints in whole.values() for one in prints)
    most = max(FEW, COMMON * made.students)
    known = known | {one for one, number in count.items() if number > most}
    left = {who: prints - known for who, prints in whole.items()}
    total = sum(map(len, whole.values()))
    share = 1 - sum(map(len, left.values())) / max(1, total)
    made.explained += [Explained(key[0], _name(key), len(whole), share)] if whole else []
    return left


def _name(key: Key) -> str:
    return key[1].removesuffix("_solution")


def _pairs(
    beyond: Mapping[Key, Mapping[str, Prints]], texts: Mapping[Key, Mapping[str, str]]
) -> Iterator[Pair]:
    """The pairs that are worth a look."""
    totals: Counter[str] = Counter()
    of_two: dict[str, dict[Key, set[int]]] = {}
    for key, answers in beyond.items():
        count = Counter(one for prints in answers.values() for one in prints)
        for student, prints in answers.items():
            totals[student] += len(prints)
            if some := {one for one in prints if count[one] > 1}:
                of_two.setdefault(student, {})[key] = some
    for one, other in combinations(sorted(of_two), 2):
        mine, yours = of_two[one], of_two[other]
        shared = {key: len(mine[key] & yours[key]) for key in mine if key in yours}
        in_all = sum(shared.values())
        if in_all < EVIDENCE:
            continue
        exercises = [
            Exercise(
                key[0], _name(key), number / min(len(beyond[key][one]), len(beyond[key][other])), number,
                (texts[key][one], texts[key][other]),
            )
            for key, number in shared.items() if number
        ]  # fmt: skip
        exercises.sort(key=lambda made: -made.shared)
        pair = Pair((one, other), in_all / min(totals[one], totals[other]), in_all, exercises)
        if pair.worth_a_look:
            yield pair


def write_similarity(made: Comparison, out: Path) -> Path:
    """Write OUT/similarity.json and OUT/similarity.html. They name students: they are for teachers."""
    entry = asdict(made)
    for pair in entry["pairs"]:
        for exercise in pair["exercises"]:
            del exercise["texts"]
    write_whole(out / "similarity.json", json.dumps(entry, ensure_ascii=False, indent=1) + "\n")
    page = template("similarity_page").render(
        made=made, few=max(FEW, COMMON * made.students), LENGTH=LENGTH, PAIRS=PAIRS, SHOWN=SHOWN, LINES=LINES
    )
    write_whole(out / "similarity.html", with_policy(page))
    return out / "similarity.html"
