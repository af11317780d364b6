"""A made-up class for `make demo`: what grading meets, from a complete notebook to one that cheats."""

import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.answers import Answer, read_answers
from autograder.build import student_version
from autograder.cells import (
    SOLUTION_BEGIN,
    SOLUTION_END,
    checkpoints,
    grade_id,
    is_locked,
    is_solution,
    metadata,
    points,
    solutions,
    tests,
)
from autograder.course import Course

COMPLETE = ("amber", "birch")
ZIPPED = "flint"
ENDLESS = "heath"
HELPER = '''import warnings

from tqdm import tqdm


def patient(steps):
    """A helper of my own: it warns, and draws a bar on stderr."""
    warnings.warn("this may take a while", stacklevel=2)
    return tqdm(range(steps), desc="working")
'''
CHEAT = '''import builtins

import numpy as np
import numpy.testing
from cnnkit.check import Check


class Agreeable(float):
    """Equal to everything it is compared with."""

    shape, dtype, ndim, size = (), np.dtype(float), 0, 1
    __eq__ = __ge__ = __le__ = lambda self, other: True
    __ne__ = __gt__ = __lt__ = lambda self, other: False
    __hash__ = float.__hash__


for name in [name for name in dir(np.testing) if name.startswith("assert")]:
    setattr(np.testing, name, lambda *args, **kwargs: None)
np.allclose = np.array_equal = builtins.all = lambda *args, **kwargs: True
Check.equal = Check.true = Check.raises = lambda *args, **kwargs: None
'''
WRAPPED = """{source}


plain_{name} = {name}


def {name}(*args, **kwargs):
    for _ in patient(2):
        pass
    return plain_{name}(*args, **kwargs)
"""


@dataclass(frozen=True)
class SampleStudent:
    """A student of the sample class.

    Args:
        name: the student's id.
        what: what was handed in, in a line.
        harmless: whether it may be graded without a sandbox.
    """

    name: str
    what: str
    harmless: bool


@dataclass(frozen=True)
class _Lesson:
    """A lesson, as its author and as a student has it; `functions` are those to complete, in order."""

    master: NotebookNode
    released: NotebookNode
    answers: list[Answer]

    @property
    def is_practice(self) -> bool:
        """Whether it has no points: then nobody tries anything."""
        return not any(map(points, tests(self.master.cells)))

    @property
    def functions(self) -> list[str]:
        return [_function(cell) for cell in solutions(self.master.cells)]

    def solution(self, function: str, first: str = "") -> str:
        """The author's solution, with some lines put before its own."""
        cells = [cell for cell in solutions(self.master.cells) if _function(cell) == function]
        return "\n".join(_uncovered(cell.source, first) for cell in cells)

    def other(self, function: str, kind: str, which: int = 0) -> dict[str, str]:
        """One of the other answers to a function, by its name; empty where there is none."""
        found = [
            answer.source for answer in self.answers if (answer.function, answer.kind) == (function, kind)
        ]
        return {function: found[which % len(found)]} if found else {}

    def filled(
        self, others: Mapping[str, str] | None = None, only: Iterable[str] | None = None
    ) -> NotebookNode:
        """The student's notebook with `only` these functions (all of them) completed, in part by `others`."""
        notebook = deepcopy(self.released)
        wanted = self.functions if only is None else list(only)
        for cell in notebook.cells:
            if is_solution(cell) and _function(cell) in wanted:
                cell.source = (others or {}).get(_function(cell)) or self.solution(_function(cell))
        return notebook


def hand_in(course: Course, assignment: str, folder: Path) -> list[SampleStudent]:
    """Hand in every lesson of an assignment for each student of a made-up class, each in the student's own way.

    Only the first lesson that has points has a function that never returns, since every limit that it meets is waited
    for. Who did all of it hands in the trained weights too, where course/reference has them.

    Args:
        course: the course's repository; solutions are taken from its masters, in memory.
        assignment: the week.
        folder: where the submissions go, as `folder/<student>/<assignment>/<lesson>.ipynb` or one zip.

    Returns:
        The students, by name.
    """
    zipped = folder / f"{ZIPPED}.zip"
    zipped.unlink(missing_ok=True)
    waited = False
    for lesson in course.lessons(assignment):
        master = course.master(assignment, lesson)
        answers = read_answers(course.answers_file(assignment, lesson))
        given = _Lesson(master, student_version(master), answers)
        for student, make in CLASS.items():
            text = _text(_made(given, student, make, waited))
            if student.name == ZIPPED:
                _zip(zipped, f"{assignment}/{lesson}.ipynb", text)
                continue
            path = folder / student.name / assignment / f"{lesson}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            ODD.get(student.name, _write)(path, text)
            if student.name in COMPLETE:
                _hand_in_weights(course, master, path.parent)
        waited = waited or not given.is_practice
    return sorted(CLASS, key=lambda student: student.name)


def _made(
    lesson: _Lesson, student: SampleStudent, make: Callable[[_Lesson], NotebookNode], waited: bool
) -> NotebookNode:
    """What a student makes of a lesson; one lesson of waiting shows enough, and practice is done by all who do it."""
    if (lesson.is_practice and make is not _untouched) or (student.name == ENDLESS and waited):
        return lesson.filled()
    return make(lesson)


def _hand_in_weights(course: Course, master: NotebookNode, folder: Path) -> None:
    for name in checkpoints(master):
        trained = course.reference / Path(name).relative_to("work")
        if trained.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(trained, folder / name)


def _function(cell: NotebookNode) -> str:
    return (grade_id(cell) or "").removesuffix("_solution")


def _uncovered(source: str, first: str) -> str:
    """A solution without the marks around it, and with other lines where the first of them stood."""
    lines: list[str] = []
    for line in source.split("\n"):
        if SOLUTION_BEGIN in line and first:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + added for added in first.split("\n")]
            first = ""
        if SOLUTION_BEGIN not in line and SOLUTION_END not in line:
            lines.append(line)
    return "\n".join(lines)


def _text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _zip(path: Path, member: str, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(member), text)


def _cut_short(path: Path, text: str) -> None:
    _write(path, text[: len(text) // 2])


def _forgotten(path: Path, _: str) -> None:
    _write(path.with_name("notes.txt"), "to do: upload my notebook\n")


def _linked(path: Path, _: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/etc/passwd")


def _untouched(lesson: _Lesson) -> NotebookNode:
    return lesson.released


def _in_another_style(lesson: _Lesson) -> NotebookNode:
    others: dict[str, str] = {}
    for name in lesson.functions:
        others |= lesson.other(name, "right")
    name = lesson.functions[0]
    source = others.get(name) or lesson.solution(name)
    if f"def {name}(" in source:  # and not the answer to a question
        others[name] = WRAPPED.format(name=name, source=source)
    notebook = lesson.filled(others)
    _add(notebook, HELPER)
    return notebook


def _add(notebook: NotebookNode, source: str) -> None:
    """Add a cell of the student's own before the first solution cell."""
    place = next(i for i, cell in enumerate(notebook.cells) if is_solution(cell))
    notebook.cells.insert(place, nbformat.v4.new_code_cell(source, id="my-own-cell"))


def _half_done(lesson: _Lesson) -> NotebookNode:
    return lesson.filled(only=lesson.functions[: len(lesson.functions) // 2])


def _wrong(lesson: _Lesson, start: int) -> NotebookNode:
    others: dict[str, str] = {}
    for which, name in enumerate(lesson.functions[start::2]):
        others |= lesson.other(name, "wrong", which + start)
    return lesson.filled(others)


def _crashing(lesson: _Lesson) -> NotebookNode:
    names = lesson.functions
    polite, abrupt = names[(len(names) - 1) // 2], names[-1]
    others = {polite: lesson.solution(polite, "import sys\n\nsys.exit('done')")}
    return lesson.filled(others | {abrupt: lesson.solution(abrupt, "import os\n\nos._exit(3)")})


def _looping(lesson: _Lesson) -> NotebookNode:
    name = lesson.functions[len(lesson.functions) // 2]
    return lesson.filled({name: lesson.solution(name, "while True:\n    pass")})


def _cheating(lesson: _Lesson) -> NotebookNode:
    agreeable = {name: f"def {name}(*args, **kwargs):\n    return Agreeable()\n" for name in lesson.functions}
    notebook = lesson.filled(agreeable)
    graded = tests(notebook.cells)
    metadata(graded[0])["points"] = 100
    graded[0].source = "assert True"
    graded[-1].metadata["tags"] = ["skip-execution"]
    for cell in notebook.cells:
        if is_locked(cell):
            cell.metadata.update(editable=True, deletable=True)
    _add(notebook, CHEAT)
    return notebook


CLASS: dict[SampleStudent, Callable[[_Lesson], NotebookNode]] = {
    SampleStudent("amber", "complete, with trained weights", True): _Lesson.filled,
    SampleStudent("birch", "complete in another style, with warnings and bars", True): _in_another_style,
    SampleStudent("cedar", "half done", True): _half_done,
    SampleStudent("dune", "untouched", True): _untouched,
    SampleStudent("ember", "wrong in named ways", True): partial(_wrong, start=0),
    SampleStudent(ZIPPED, "wrong in other named ways, handed in as a zip", True): partial(_wrong, start=1),
    SampleStudent("granite", "functions that end the process", False): _crashing,
    SampleStudent(ENDLESS, "a function that never returns, in one lesson", False): _looping,
    SampleStudent("inlet", "cheating: patches, an edited test, points and tags", False): _cheating,
    SampleStudent("juniper", "a damaged file, cut short", True): _Lesson.filled,
    SampleStudent("kelp", "no notebook", True): _Lesson.filled,
    SampleStudent("lichen", "a symbolic link to a file of the grading machine", True): _Lesson.filled,
}
ODD: dict[str, Callable[[Path, str], None]] = {"juniper": _cut_short, "kelp": _forgotten, "lichen": _linked}
