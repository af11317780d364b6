"""How strict a lesson's tests are: its solutions are changed mechanically, and each change should cost marks.

`python -m autograder.mutants [LESSON…]` prints the share that the tests catch, and what they do not.
A change that computes the same is listed, with the reason, in tests/course/equivalent_mutants/<lesson>.txt:

    zero_pad
    - the line as it is
    + the line as changed
    because: why no test can tell
"""

import ast
import difflib
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from nbformat import NotebookNode
from rich.console import Console
from rich.progress import track

from autograder.build import chosen
from autograder.cells import (
    SOLUTION_BEGIN,
    SOLUTION_END,
    exercise,
    grade_id,
    solutions,
    tests,
)
from autograder.course import Course
from autograder.trial import in_fork, judges_trained, run_tests

SECONDS_A_MUTANT = 10.0
NEED_ARGUMENTS = {"core/VariableReplacer", "core/VariableInserter"}
TWINS = {"max": "min", "sum": "mean", "zeros": "ones", "floor": "ceil", "argmax": "argmin"}
TWINS |= {twin: name for name, twin in TWINS.items()}


@dataclass(frozen=True, order=True)
class Mutant:
    """A change to a solution.

    Args:
        function: the graded function.
        before: the lines taken out, stripped.
        after: the lines put in, stripped.
        source: the whole changed cell; not part of what tells two mutants apart.
    """

    function: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    source: str = ""

    @property
    def key(self) -> "Mutant":
        """The change without the cell around it."""
        return Mutant(self.function, self.before, self.after)

    def __str__(self) -> str:
        lines = [f"- {line}" for line in self.before] + [f"+ {line}" for line in self.after]
        return "\n".join([self.function, *lines])


def mutants_of(cell: NotebookNode) -> Iterator[Mutant]:
    """The changes to a solution cell that stay within its solution regions, each once."""
    function = str(grade_id(cell)).removesuffix("_solution")
    seen: set[Mutant] = set()
    for source in _changed(cell.source):
        mutant = _mutant(function, cell.source, source)
        if mutant and mutant.key not in seen and _compiles(source):
            seen.add(mutant.key)
            yield mutant


def caught(master: NotebookNode, mutant: Mutant) -> bool:
    """Whether a test of the function notices the change (or it does not end, or ends the process)."""
    about = [test for test in tests(master.cells) if not judges_trained(test, master)]
    own = [str(grade_id(test)) for test in about if exercise(test, master) == mutant.function]
    try:
        return in_fork(_notices, master, mutant, own, timeout=SECONDS_A_MUTANT)
    except (TimeoutError, ChildProcessError, MemoryError):
        return True


def read_equivalent(path: Path) -> dict[Mutant, str]:
    """The listed changes that compute the same, each with its reason; none where there is no file.

    Raises:
        ValueError: an entry has no reason or no changed line.
    """
    if not path.exists():
        return {}
    found = {}
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
        if lines:
            mutant, reason = _entry(lines, path)
            found[mutant] = reason
    return found


def survivors(master: NotebookNode, mutants: Iterable[Mutant]) -> list[Mutant]:
    """The changes that no test notices."""
    run_tests(master, {})
    return [mutant for mutant in mutants if not caught(master, mutant)]


def equivalent_file(course: Course, assignment: str, lesson: str) -> Path:
    """Where a lesson's changes that compute the same are listed."""
    folder = course.root / "tests" / "course" / "equivalent_mutants"
    return folder / f"{course.name_of(assignment, lesson)}.txt"


def _notices(master: NotebookNode, mutant: Mutant, own: Sequence[str]) -> bool:
    """One test at a time: most changes are noticed by the first."""
    for name in own:
        outcomes = run_tests(master, {mutant.function: mutant.source}, only=[name])
        if outcomes[name].status != "passed":
            return True
    return False


def _mutant(function: str, before: str, after: str) -> Mutant | None:
    """The change as lines, or None when it reaches outside the solution regions or changes nothing."""
    old, new = before.splitlines(), after.splitlines()
    inside = _region_numbers(old)
    out: list[str] = []
    put: list[str] = []
    for tag, i, j, k, l in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            if not set(range(i, j)) <= inside:
                return None
            out += [line.strip() for line in old[i:j]]
            put += [line.strip() for line in new[k:l]]
    return Mutant(function, tuple(out), tuple(put), after) if out != put else None


def _region_numbers(lines: Sequence[str]) -> set[int]:
    found, inside = set(), False
    for number, line in enumerate(lines):
        if line.strip() in (SOLUTION_BEGIN, SOLUTION_END):
            inside = line.strip() == SOLUTION_BEGIN
        elif inside:
            found.add(number)
    return found


def _compiles(source: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
            compile(source, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _changed(source: str) -> Iterator[str]:
    """The source under each operator of cosmic-ray, and under the changes that it lacks."""
    for name in operator_names():
        if name not in NEED_ARGUMENTS:
            yield from _by_operator(source, name)
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = _local_names(function)
            for node in ast.walk(function):
                for text in _alternatives(node, names):
                    yield _put(source, node, text)


def _by_operator(source: str, name: str) -> Iterator[str]:
    operator, occurrence = get_operator(name)(), 0
    while (changed := mutate_code(source, operator, occurrence)) is not None:
        yield changed
        occurrence += 1


def _local_names(function: ast.FunctionDef) -> list[str]:
    names = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    names |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return sorted(names)


def _alternatives(node: ast.AST, names: Sequence[str]) -> Iterator[str]:
    """What a node may be changed into: another local name, a twin function, `=` for `+=`, nothing at all."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (name for name in names if name != node.id)
    elif isinstance(node, ast.Attribute) and node.attr in TWINS:
        yield f"{ast.unparse(node.value)}.{TWINS[node.attr]}"
    elif isinstance(node, ast.AugAssign):
        yield f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"
        yield f"{ast.unparse(node.target)} -= {ast.unparse(node.value)}"
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
        yield "pass"


def _put(source: str, node: ast.AST, text: str) -> str:
    """The source with another text in a node's place (its columns count bytes)."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    first, last = getattr(node, "lineno", 1) - 1, getattr(node, "end_lineno", 1) - 1
    start = sum(map(len, lines[:first])) + getattr(node, "col_offset", 0)
    end = sum(map(len, lines[:last])) + getattr(node, "end_col_offset", 0)
    whole = b"".join(lines)
    return (whole[:start] + text.encode() + whole[end:]).decode()


def _entry(lines: Sequence[str], path: Path) -> tuple[Mutant, str]:
    before = tuple(line[2:].strip() for line in lines[1:] if line.startswith("- "))
    after = tuple(line[2:].strip() for line in lines[1:] if line.startswith("+ "))
    reason = " ".join(line for line in lines[1:] if line[:2] not in ("- ", "+ "))
    if not before or not reason.startswith("because:"):
        raise ValueError(
            f"{path.name}: {lines[0]}: an entry has lines with -, with + and a reason, `because: …`"
        )
    return Mutant(lines[0].strip(), before, after), reason.removeprefix("because:").strip()


def examine(course: Course, assignment: str, lesson: str) -> bool:
    """Print what the tests of a lesson catch; whether they catch all but the listed changes."""
    master, name = course.master(assignment, lesson), course.name_of(assignment, lesson)
    listed = read_equivalent(equivalent_file(course, assignment, lesson))
    mutants = [mutant for cell in solutions(master.cells) for mutant in mutants_of(cell)]
    screen = Console(stderr=True)
    bar = track(mutants, name, console=screen, disable=not screen.is_terminal)
    alive = survivors(master, bar)
    equivalent = [mutant for mutant in alive if mutant.key in listed]
    missed = [mutant for mutant in alive if mutant.key not in listed]
    _print_shares(name, mutants, missed, equivalent)
    for mutant in missed:
        click.echo(f"\nnot caught: {mutant}")
    wrongly = sorted(set(listed) - {mutant.key for mutant in equivalent})
    for mutant in wrongly:
        click.echo(f"\nlisted as computing the same, but caught or no longer made: {mutant}")
    return not missed and not wrongly


def _print_shares(
    lesson: str, mutants: Sequence[Mutant], missed: Sequence[Mutant], equivalent: Sequence[Mutant]
) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for column, group in enumerate((mutants, missed, equivalent)):
        for mutant in group:
            counts[mutant.function][column] += 1
            counts["all"][column] += 1
    click.echo(f"{lesson}: share of the changes that compute something else and are caught")
    for function in [*(name for name in counts if name != "all"), "all"]:
        made, lost, same = counts[function]
        share = 100 * (1 - lost / max(made - same, 1))
        click.echo(f"{function:28} {share:6.1f} %   of {made - same:5} (and {same} that compute the same)")


@click.command()
@click.argument("lessons", nargs=-1)
def main(lessons: tuple[str, ...]) -> None:
    """Change the solutions of LESSONS (all of them by default) and print what their tests do not notice."""
    course = Course.find()
    good = [examine(course, assignment, lesson) for assignment, lesson in chosen(course, lessons)]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
