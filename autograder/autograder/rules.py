"""What a lesson's source must keep to.

A test should mean the same in a notebook and in the examiner; a stub is its solution with parts left out.

Each rule takes a part of the lesson and yields its complaints, each naming the cell.
"""

import ast
import builtins
import re
import symtable
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.cells import (
    HIDDEN_BEGIN,
    HIDDEN_END,
    SOLUTION_BEGIN,
    SOLUTION_END,
    checkpoint,
    checkpoints,
    defined_names,
    exercise,
    grade_id,
    is_hidden,
    is_locked,
    is_question,
    is_solution,
    is_test,
    is_train,
    metadata,
    points,
    remote_names,
    solutions,
    tests,
)

MOST_POINTS, LEAST_POINTS = 40, 3
PLACEHOLDER = "# YOUR CODE HERE\nraise NotImplementedError()"
GIVEN = set(dir(builtins)) | {"__name__"}
TRICKS = {
    "isinstance": "use testing.kind",
    "issubclass": "use testing.describe",
    "type": "use testing.kind",
    "setattr": "a test changes nothing",
    "delattr": "a test changes nothing",
    "globals": "a test keeps to its own names",
    "vars": "a test keeps to its own names",
    "exec": "write the code itself",
    "eval": "write the code itself",
}
DRAWS = {"rand", "randn", "randint", "randperm", "normal", "manual_seed"}


@dataclass(frozen=True)
class Names:
    """The names of a piece of code.

    Args:
        bound: at its top level, imports included.
        imported: at its top level.
        everywhere: bound at any level.
        free: taken from outside.
    """

    bound: set[str]
    imported: set[str]
    everywhere: set[str]
    free: set[str]


def violations(master: NotebookNode, lesson: str) -> list[str]:
    """Every breach of the rules in a lesson, by its name, in words that name the cell; empty for a sound one."""
    remote = remote_names(master)
    found = [*_parse(master), *_grade_ids(master), *_marks(master)]
    found += [*_exercises(master), *_shared_names(master), *_train_cells(master, lesson)]
    for test in tests(master.cells):
        found += [*_hidden_apart(test), *_unknown_names(test, remote), *_bound_remote_names(test, remote)]
        found += [*_tricks(test), *_in_place(test, remote), *_named_right(test, master), *_randomness(test)]
    for solution in solutions(master.cells):
        found += [*_solution_cell(solution), *_stub(solution)]
    return found


def split(source: str, begin: str, end: str) -> tuple[list[str], list[str]]:
    """The lines between the marks, and those outside them; the marks' own lines are in neither."""
    inside: list[str] = []
    outside: list[str] = []
    current = outside
    for line in source.splitlines():
        if line.strip() in (begin, end):
            current = inside if line.strip() == begin else outside
        else:
            current.append(line)
    return inside, outside


def cut(source: str) -> str:
    """The source with nbgrader's placeholder in place of each solution region."""
    region = rf"^([ \t]*){SOLUTION_BEGIN}[ \t]*$.*?^[ \t]*{SOLUTION_END}[ \t]*$"
    return re.sub(
        region,
        lambda match: "\n".join(match[1] + line for line in PLACEHOLDER.splitlines()),
        source,
        flags=re.M | re.S,
    )


def _name(cell: NotebookNode) -> str:
    return f"cell {grade_id(cell) or cell.id!r}"


def _plain(cell: NotebookNode) -> str:
    """The cell's Python, without the lines that only IPython understands (a test may have none)."""
    if is_test(cell) or is_solution(cell):
        return str(cell.source)
    return re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M)


def _tree(cell: NotebookNode) -> ast.Module:
    try:
        return ast.parse(_plain(cell))
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def names(source: str) -> Names:
    """What a piece of Python binds, imports and takes from outside.

    Raises:
        SyntaxError: it is not Python.
    """
    top = symtable.symtable(source, "<cell>", "exec")
    imported = {s.get_name() for s in top.get_symbols() if s.is_imported()}
    bound = imported | {s.get_name() for s in top.get_symbols() if s.is_assigned()}
    everywhere, used = set(bound), set()
    for table in _tables(top):
        for symbol in table.get_symbols():
            if symbol.is_assigned() or symbol.is_parameter() or symbol.is_imported():
                everywhere.add(symbol.get_name())
            if symbol.is_referenced() and symbol.is_global():
                used.add(symbol.get_name())
    return Names(bound, imported, everywhere, used - bound)


def _names(cell: NotebookNode) -> Names:
    try:
        return names(_plain(cell))
    except (SyntaxError, ValueError):
        return Names(set(), set(), set(), set())


def _parse(master: NotebookNode) -> Iterator[str]:
    for cell in master.cells:
        if cell.cell_type == "code":
            try:
                ast.parse(_plain(cell))
            except (SyntaxError, ValueError) as error:
                yield f"{_name(cell)}: does not parse as Python: {error}"
        elif is_test(cell) or is_solution(cell):
            yield f"{_name(cell)}: a test or solution cell should hold code, not {cell.cell_type}"


def _grade_ids(master: NotebookNode) -> Iterator[str]:
    seen: set[str] = set()
    for cell in master.cells:
        if not metadata(cell):
            continue
        name = grade_id(cell)
        if not name:
            yield f"{_name(cell)}: has nbgrader's metadata, but no grade_id"
        elif name in seen:
            yield f"{_name(cell)}: another cell has the same grade_id"
        seen.add(name or "")
        if metadata(cell).get("schema_version") != 3:
            yield f"{_name(cell)}: its nbgrader metadata should be of schema_version 3"
        if metadata(cell).get("grade") and metadata(cell).get("solution"):
            yield f"{_name(cell)}: is both solution and test; make it two cells"
        if is_test(cell) and not metadata(cell).get("locked"):
            yield f"{_name(cell)}: a test should be locked"


def _marks(master: NotebookNode) -> Iterator[str]:
    for cell in master.cells:
        for begin, end, wanted, kind in (
            (SOLUTION_BEGIN, SOLUTION_END, is_solution(cell), "solution"),
            (HIDDEN_BEGIN, HIDDEN_END, is_test(cell), "test"),
        ):
            words = (begin.strip("# "), end.strip("# "))
            lines = [line.strip() for line in cell.source.splitlines() if any(w in line for w in words)]
            if lines and not wanted:
                yield f"{_name(cell)}: has {words[0]} marks, but is no {kind} cell"
            elif lines != [begin, end] * (len(lines) // 2):
                yield f"{_name(cell)}: {begin!r} and {end!r} should alternate, each alone on its line"


def _exercises(master: NotebookNode) -> Iterator[str]:
    found: dict[str, list[NotebookNode]] = defaultdict(list)
    for test in tests(master.cells):
        try:
            found[exercise(test, master)].append(test)
        except ValueError as error:
            yield f"{_name(test)}: {error}"
        if "points" not in metadata(test) or points(test) < 0:
            yield f"{_name(test)}: a test should state its points"
    total = sum(map(points, tests(master.cells)))
    for solution in solutions(master.cells):
        function = (grade_id(solution) or "").removesuffix("_solution")
        for word in sorted(_missing(found.get(function, []), practice=not total), reverse=True):
            yield f"{_name(solution)}: {function} has no {word} test"
    for function, group in found.items():
        least = 1 if all(map(is_question, group)) else LEAST_POINTS * bool(total)
        if sum(map(points, group)) < least:
            yield f"{function} is worth {sum(map(points, group)):g} points: make it {least} or more"
    if total > MOST_POINTS:
        yield f"the lesson is worth {total:g} points: make it {MOST_POINTS} or fewer"


def _missing(group: list[NotebookNode], practice: bool) -> set[str]:
    """The kinds of test that an exercise lacks; a visible one would give the answer to a question away.

    A lesson without points is practice: nothing hidden judges it.
    """
    wanted = {"visible"} if practice else {"visible", "hidden"}
    if any(map(is_question, group)):
        wanted = {"hidden"}
    return wanted - {"hidden" if is_hidden(test) else "visible" for test in group}


def _train_cells(master: NotebookNode, lesson: str) -> Iterator[str]:
    """Weights are found, and are the right ones, only where a train cell is a plain call."""
    paths = checkpoints(master)
    for cell in master.cells:
        if is_train(cell):
            path, form = (
                checkpoint(cell),
                f'cnnkit.train_or_load(build, fit, "work/{lesson}/FILE.safetensors")',
            )
            if path is None or not path.startswith(f"work/{lesson}/"):
                yield f"{_name(cell)}: a train cell is one assignment, of the form NAME = {form}"
            elif paths.count(path) > 1:
                yield f"{_name(cell)}: another cell saves its weights under {path!r} too"
            if not is_locked(cell):
                yield f"{_name(cell)}: a train cell should be locked"
        elif cell.cell_type == "code" and _calls(cell, "train_or_load"):
            yield f"{_name(cell)}: calls train_or_load, but is not tagged train"


def _shared_names(master: NotebookNode) -> Iterator[str]:
    """Names that a cell takes from a test cell: in the examiner they are not there."""
    last: dict[str, str | None] = {}
    for cell in master.cells:
        if cell.cell_type != "code":
            continue
        here = _names(cell)
        if is_test(cell):
            again = {name for name in here.imported if name in last}
            last.update(dict.fromkeys(here.bound - again, _name(cell)))
            continue
        for name in sorted(here.free):
            if last.get(name):
                yield f"{_name(cell)}: takes {name} from the test in {last[name]}; define it elsewhere"
        last.update(dict.fromkeys(here.bound))


def _hidden_apart(test: NotebookNode) -> Iterator[str]:
    if is_hidden(test) != (grade_id(test) or "").endswith("_hidden"):
        yield f"{_name(test)}: hidden tests, and no others, have a grade_id that ends in _hidden"
    if is_hidden(test):
        _, visible = split(test.source, HIDDEN_BEGIN, HIDDEN_END)
        if any(line.strip() and not line.strip().startswith("#") for line in visible):
            yield f"{_name(test)}: code of a hidden test stands outside its marks, where learners see it"


def _unknown_names(test: NotebookNode, remote: set[str]) -> Iterator[str]:
    for name in sorted(_names(test).free - GIVEN - remote):
        yield f"{_name(test)}: uses {name}, which neither it nor a solution cell defines"


def _bound_remote_names(test: NotebookNode, remote: set[str]) -> Iterator[str]:
    for name in sorted(_names(test).everywhere & remote):
        yield f"{_name(test)}: binds {name}, the name of what the learner writes; take another name"


def _tricks(test: NotebookNode) -> Iterator[str]:
    for node in ast.walk(_tree(test)):
        if isinstance(node, ast.Try | ast.TryStar):
            yield f"{_name(test)}: uses try; use check.raises"
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield f"{_name(test)}: uses global or nonlocal; a test keeps no state"
        elif isinstance(node, ast.Attribute) and node.attr == "backward":
            yield f"{_name(test)}: uses .backward; use testing.grad (or torch.autograd.grad)"
        elif isinstance(node, ast.Attribute) and re.fullmatch("__.*__", node.attr):
            yield f"{_name(test)}: uses {node.attr}, which is not the same for what lives elsewhere"
        elif isinstance(node, ast.Name) and node.id in TRICKS:
            yield f"{_name(test)}: uses {node.id}; {TRICKS[node.id]}"


def _in_place(test: NotebookNode, remote: set[str]) -> Iterator[str]:
    for node in ast.walk(_tree(test)):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            root = _root(node)
            if root in remote:
                yield f"{_name(test)}: changes {root} or what it gives in place; copy it first"


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _calls(test: NotebookNode, function: str) -> list[object]:
    """The first argument of each call of a function or method; None where it is no constant."""
    found: list[object] = []
    for node in ast.walk(_tree(test)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else _root(node.func)
            if called == function:
                first = node.args[0] if node.args else None
                found.append(first.value if isinstance(first, ast.Constant) else None)
    return found


def _named_right(test: NotebookNode, master: NotebookNode) -> Iterator[str]:
    try:
        function = exercise(test, master)
    except ValueError:
        return
    if set(_calls(test, "Check")) != {function}:
        yield f"{_name(test)}: its checks should stand in `with Check({function!r}) as check:`"


def _randomness(test: NotebookNode) -> Iterator[str]:
    if any(argument != grade_id(test) for argument in _calls(test, "rng")):
        yield f"{_name(test)}: should draw from testing.rng({grade_id(test)!r})"
    for node in ast.walk(_tree(test)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            numpy = node.value.id in ("np", "numpy") and node.attr == "random"
            torch = node.value.id == "torch" and node.attr in DRAWS
            if numpy or torch or node.value.id == "random":
                yield f"{_name(test)}: uses {node.value.id}.{node.attr}; random numbers come from testing.rng"


def _solution_cell(cell: NotebookNode) -> Iterator[str]:
    name = grade_id(cell) or ""
    function = name.removesuffix("_solution")
    if function == name or function not in defined_names(cell.source):
        yield f"{_name(cell)}: its grade_id should be the name of what it defines, followed by _solution"
    inside, _ = split(cell.source, SOLUTION_BEGIN, SOLUTION_END)
    if not inside:
        yield f"{_name(cell)}: has no solution region"
    for line in inside:
        if line.strip().startswith("#"):
            yield f"{_name(cell)}: the comment {line.strip()!r} should stand outside the solution region"


def _stub(cell: NotebookNode) -> Iterator[str]:
    try:
        stub = ast.parse(cut(cell.source))
    except SyntaxError as error:
        yield f"{_name(cell)}: its stub does not parse as Python: {error}"
        return
    whole, left = dict(_definitions(_tree(cell))), dict(_definitions(stub))
    for name in sorted(whole.keys() | left.keys()):
        if name not in left:
            yield f"{_name(cell)}: {name} is defined inside a solution region; move its signature out"
        elif whole.get(name) != left[name]:
            yield f"{_name(cell)}: the signature or docstring of {name} is cut with the solution region"
    for node in stub.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if ast.get_docstring(node) is None:
                yield f"{_name(cell)}: {node.name} has no docstring"
            if not any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
                yield f"{_name(cell)}: the stub of {node.name} raises nothing; put the marks inside it"


def _definitions(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each function, class and method with what a caller sees of it."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            head = [node.args, *node.decorator_list, *([node.returns] if node.returns else [])]
        elif isinstance(node, ast.ClassDef):
            head = [*node.bases, *node.keywords, *node.decorator_list]
            yield from _definitions(node, f"{prefix}{node.name}.")
        else:
            continue
        yield prefix + node.name, " ".join(map(ast.dump, head)) + repr(ast.get_docstring(node))
