"""From a lesson's source to a student's notebook, and proof that what is released is what it gives."""

import ast
import base64
import copy
import json
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from autograder.answers import read_answers
from autograder.cells import (
    HIDDEN_BEGIN,
    HIDDEN_END,
    SOLUTION_BEGIN,
    SOLUTION_END,
    is_solution,
    is_test,
    remote_names,
    solutions,
)
from autograder.course import Course
from autograder.known_mistakes import table
from autograder.rules import cut, names, split, violations
from autograder.start_here import start_here
from cnnkit import homepage

PREPROCESSORS = (
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
)
NOT_ASSETS = {".py", ".pyc", ".ipynb"}
SHORTEST_TELLING_LINE = 13
PRINTABLE = re.compile(rb"[\t -~]{%d,}" % SHORTEST_TELLING_LINE)
BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*")

Lesson = tuple[str, str]


def build(course: Course, lessons: Collection[str] | None = None) -> list[Path]:
    """Write the students' notebooks to course/release, and what nbgrader sees to build/.

    Args:
        course: the repository.
        lessons: the lessons to build, by name or as assignment/lesson; all of them when None or empty.

    Returns:
        The files of course/release, the same bytes on every build.

    Raises:
        KeyError: there is no such lesson.
        ValueError: a lesson's answers are incomplete.
        RuntimeError: nbgrader refuses a lesson's marks.
    """
    written = _write(course, chosen(course, lessons), course.build / "source", course.release)
    for path in written:
        _copy(path, course.build / "release" / path.relative_to(course.release))
    return written


def chosen(course: Course, lessons: Collection[str] | None) -> list[Lesson]:
    """The (assignment, lesson) of each lesson that is asked for.

    Raises:
        KeyError: there is no such lesson.
    """
    every = [(week, lesson) for week in course.assignments() for lesson in course.lessons(week)]
    if not lessons:
        return every
    unknown = set(lessons) - {name for week, lesson in every for name in (lesson, f"{week}/{lesson}")}
    if unknown:
        known = ", ".join(course.name_of(*one) for one in every)
        raise KeyError(f"no lesson {', '.join(sorted(unknown))}: there are {known}")
    return [(week, lesson) for week, lesson in every if {lesson, f"{week}/{lesson}"} & set(lessons)]


def student_version(master: NotebookNode) -> NotebookNode:
    """The notebook that students get, by nbgrader's own steps (save for the one that writes its database).

    Raises:
        RuntimeError: the marks of a solution or hidden test are not in order.
    """
    notebook = copy.deepcopy(master)
    resources: dict[str, Any] = {}
    for preprocessor in PREPROCESSORS:
        notebook, resources = preprocessor().preprocess(notebook, resources)
    return notebook


def check(course: Course) -> list[str]:
    """Everything that keeps the released notebooks from being what they should be; empty when all is well.

    A course whose sources break the rules is not built, and the rest is then not looked at.
    """
    found = list(_sources(course))
    for assignment, lesson in chosen(course, None):
        found += [
            f"{assignment}/{lesson}: {text}" for text in violations(course.master(assignment, lesson), lesson)
        ]
        found += [f"{assignment}/{lesson}: {text}" for text in _answers(course, assignment, lesson)]
    if found:
        return found
    with tempfile.TemporaryDirectory() as folder:
        release = Path(folder) / "release"
        _write(course, chosen(course, None), Path(folder) / "source", release)
        found += _differences(release, course.release)
    found += _stubs(course)
    found += leaks(course, [course.release, course.root / "lib"])
    found += library_answers(course, course.root / "lib" / "cnnkit")
    return found


def leaks(course: Course, folders: Iterable[Path], hidden: bool = False) -> list[str]:
    """Where a line of a solution or of a hidden test stands in a file of these folders, hidden files if asked for."""
    secrets: dict[str, str] = {}
    for assignment, lesson in chosen(course, None):
        master = course.master(assignment, lesson)
        secrets |= dict.fromkeys(sorted(_secret_lines(master)), course.name_of(assignment, lesson))
    found = []
    for folder in folders:
        for path in _files(folder, hidden):
            for line in sorted(_found(path, secrets.keys())):
                place = path.relative_to(course.root) if path.is_relative_to(course.root) else path
                found.append(f"{place}: holds a line that {secrets[line]} keeps from students: {line!r}")
    return found


def library_answers(course: Course, library: Path) -> Iterator[str]:
    """Where a library defines a name that a lesson asks for."""
    asked: dict[str, str] = {}
    for assignment, lesson in chosen(course, None):
        asked |= dict.fromkeys(remote_names(course.master(assignment, lesson)), lesson)
    for path in sorted(library.rglob("*.py")):
        place = path.relative_to(course.root) if path.is_relative_to(course.root) else path
        for name in sorted(_defined(path) & asked.keys()):
            yield f"{place}: defines {name}, which {asked[name]} asks for"


def _write(course: Course, lessons: Sequence[Lesson], source: Path, release: Path) -> list[Path]:
    written = []
    for assignment, lesson in lessons:
        master = course.master(assignment, lesson)
        known = table(master, read_answers(course.answers_file(assignment, lesson)))
        notebook = release / assignment / f"{lesson}.ipynb"
        mistakes = release / assignment / "mistakes" / f"{lesson}.json"
        _write_text(source / assignment / f"{lesson}.ipynb", nbformat.writes(master))
        _write_text(notebook, nbformat.writes(student_version(master)))
        _write_text(mistakes, json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True))
        written += [notebook, mistakes]
    page = start_here(course)
    if page is not None:
        _write_text(release / homepage.PAGE, nbformat.writes(student_version(page)))
        written.append(release / homepage.PAGE)
    for assignment in sorted({assignment for assignment, _ in lessons}):
        for asset in _files(course.source / assignment):
            if asset.suffix not in NOT_ASSETS:
                inside = asset.relative_to(course.source)
                _copy(asset, source / inside)
                written.append(_copy(asset, release / inside))
    return written


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


def _files(folder: Path, hidden: bool = False) -> list[Path]:
    """The plain files below a folder, save for hidden ones (unless asked for) and those that Python left there."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(
            part == "__pycache__" or (part.startswith(".") and not hidden)
            for part in path.relative_to(folder).parts
        )
    ]


def _sources(course: Course) -> Iterator[str]:
    for path in sorted(course.source.rglob("*.ipynb")):
        yield f"{path.relative_to(course.root)}: a lesson's source is its .py file, without outputs"


def _answers(course: Course, assignment: str, lesson: str) -> Iterator[str]:
    try:
        answers = read_answers(course.answers_file(assignment, lesson))
    except ValueError as error:
        yield str(error)
        return
    for function in sorted(
        {answer.function for answer in answers} - remote_names(course.master(assignment, lesson))
    ):
        yield f"has answers for {function}, which no solution cell defines"


def _differences(built: Path, released: Path) -> Iterator[str]:
    wanted = {path.relative_to(built) for path in _files(built)}
    there = {path.relative_to(released) for path in _files(released)}
    for name in sorted(wanted | there):
        if name not in there:
            yield f"course/release/{name}: is missing; run make build"
        elif name not in wanted:
            yield f"course/release/{name}: comes from no source; delete it"
        elif (built / name).read_bytes() != (released / name).read_bytes():
            yield f"course/release/{name}: is not what its source gives; run make build"


def _stubs(course: Course) -> Iterator[str]:
    """Solution cells of the release that are not their source with the solution cut (not by nbgrader)."""
    for assignment, lesson in chosen(course, None):
        path = course.release / assignment / f"{lesson}.ipynb"
        place = path.relative_to(course.root)
        try:
            released = {cell.get("id"): cell.source for cell in nbformat.read(path, as_version=4).cells}
        except (OSError, ValueError) as error:
            yield f"{place}: cannot be read: {error}"
            continue
        for cell in solutions(course.master(assignment, lesson).cells):
            if released.get(cell.id) != cut(cell.source):
                yield f"{place}: cell {cell.id!r} is not its source with the solution cut"


def _secret_lines(master: NotebookNode) -> set[str]:
    """The telling lines of solutions and hidden tests that learners see nowhere else in the lesson."""
    secret: set[str] = set()
    seen: set[str] = set()
    for cell in master.cells:
        inside: list[str] = []
        outside = cell.source.splitlines()
        if is_solution(cell):
            inside, outside = split(cell.source, SOLUTION_BEGIN, SOLUTION_END)
        elif is_test(cell):
            inside, outside = split(cell.source, HIDDEN_BEGIN, HIDDEN_END)
        secret |= {line.strip() for line in inside if _telling(line.strip())}
        seen |= {line.strip() for line in outside}
    return secret - seen


def _telling(line: str) -> bool:
    """Whether a line gives something away: long enough, with a letter before any comment, and no import."""
    return (
        len(line) >= SHORTEST_TELLING_LINE
        and any(map(str.isalpha, line.partition("  #")[0]))
        and not line.startswith(("import ", "from "))
    )


def _found(path: Path, secrets: Collection[str]) -> set[str]:
    """The secrets that are lines of a file, or of a string in JSON, or stand in what is no text, such as a picture."""
    data = path.read_bytes()
    found = _lines_in(data, secrets)
    if path.suffix in (".ipynb", ".json"):
        with suppress(ValueError):
            for string in _strings(json.loads(data)):
                found |= _lines_in(string.encode(errors="replace"), secrets)
                if BASE64.fullmatch(string):
                    with suppress(ValueError):
                        found |= _lines_in(base64.b64decode(string), secrets)
    return found


def _lines_in(data: bytes, secrets: Collection[str]) -> set[str]:
    lines = {line.strip() for line in data.decode(errors="replace").splitlines()}
    try:
        data.decode()
    except UnicodeDecodeError:
        pieces = "\n".join(piece.decode("ascii") for piece in PRINTABLE.findall(data))
        return {secret for secret in secrets if secret in lines or secret in pieces}
    return lines.intersection(secrets)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _strings(item)


def _defined(path: Path) -> set[str]:
    """The functions, classes and methods of a module, and the names that it binds at its top level."""
    source = path.read_text(encoding="utf-8")
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return names(source).bound | {n.name for n in ast.walk(ast.parse(source)) if isinstance(n, definitions)}
