"""A small lesson, a submission of it as the examiner leaves it, and its verdicts."""

import copy
import dataclasses

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.records import Event, Result, TestResult

HIDDEN = {
    "double": [
        "secret_inputs = [3, 5, 8]",
        "for secret in secret_inputs:",
        "    check.equal(double(secret), 2 * secret, 'double(x)')",
    ],
    "halve": ["halving_secret = 9.0", "check.equal(halve(halving_secret), 4.5, 'halve(x)')"],
}
SOLUTION = {"double": "    return x + x", "halve": "    return x / 2"}
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"
POINTS = {"double": 1, "double_hidden": 3, "halve": 1, "halve_hidden": 2}
MESSAGE = "halve: You divided with //.\nhalve(9.0) should be 4.5, and is 4."


def meta(grade_id, grade=False, solution=False, locked=False, points=None):
    values = {"grade": grade, "grade_id": grade_id, "locked": locked, "solution": solution, "task": False}
    return {"nbgrader": values | {"schema_version": 3} | ({"points": points} if grade else {})}


def head(function):
    return f'def {function}(x):\n    """The number {function}d."""'


def solution_cell(function, body):
    metadata = meta(f"{function}_solution", solution=True)
    return new_code_cell(f"{head(function)}\n{body}", metadata=metadata, id=f"{function}_solution")


def test_cells(function):
    intro = f"from cnnkit.check import Check\n\nwith Check('{function}') as check:\n    "
    call = (
        "check.equal(double(2), 4, 'double(2)')"
        if function == "double"
        else "check.true(halve(4) == 2, 'halve(4)')"
    )
    hidden = "\n".join(["### BEGIN HIDDEN TESTS", *HIDDEN[function], "### END HIDDEN TESTS"])
    visible = f"# Hidden tests of {function}: run when your notebook is graded."
    for name, source in ((function, intro + call), (f"{function}_hidden", f"{visible}\n{hidden}")):
        yield new_code_cell(
            source, metadata=meta(name, grade=True, locked=True, points=POINTS[name]), id=name
        )


test_cells.__test__ = False


def master():
    cells = [new_markdown_cell("# Doubles and halves\n\nWith $n$ windows, $n < 3$.", id="cell-000")]
    cells.append(new_code_cell("import math", metadata=meta("setup", locked=True), id="setup"))
    for function in ("double", "halve"):
        body = f"    ### BEGIN SOLUTION\n{SOLUTION[function]}\n    ### END SOLUTION"
        cells += [solution_cell(function, body), *test_cells(function)]
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernelspec, "language_info": {"name": "python"}})


def verdict(name, status="passed", message=""):
    points = float(POINTS[name])
    return TestResult(name, points if status == "passed" else 0.0, points, status, message)


def result(student="amber", tests=None, **changes):
    tests = [verdict(n) for n in POINTS] if tests is None else tests
    basis = Result(student, "week1", "numbers", "bwrap", 1.5, tests, [])
    return dataclasses.replace(basis, **changes)


def half_right(student="amber", **changes):
    tests = [verdict("double"), verdict("double_hidden"), verdict("halve", "failed", MESSAGE)]
    tests.append(
        verdict("halve_hidden", "not_gradable", "the notebook's process could not be started: no memory")
    )
    events = [
        Event("missing_cell", "warning", "setup", "The cell setup was missing; the course's own was put in.")
    ]
    events.append(Event("edited_cell", "tamper", "double", "The locked cell double was changed."))
    return result(student, tests, **({"events": events} | changes))


def executed(verdicts, bodies=None):
    """The master with a submission's solution cells, and the examiner's outputs in the test cells."""
    notebook = copy.deepcopy(master())
    bodies = {"double": "    return 2 * x", "halve": "    return x // 2"} if bodies is None else bodies
    by_name = {test.name: test for test in verdicts.tests}
    for position, cell in enumerate(notebook.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name.endswith("_solution"):
            function = name.removesuffix("_solution")
            notebook.cells[position] = solution_cell(function, bodies.get(function, STUB))
        elif name in by_name:
            _put_verdict(cell, by_name[name])
    return notebook


def _put_verdict(cell, test):
    exercise = test.name.removesuffix("_hidden")
    cell.metadata["autograder"] = {
        "printed": "said to the test\n", "status": test.status, "points": test.points, "message": test.message,
        "mistake": test.mistake,
    }  # fmt: skip
    if test.status == "passed":
        cell.outputs = [new_output("stream", name="stdout", text=f"{exercise}: passed\n")]
    else:
        lines = test.message.split("\n")
        cell.outputs = [new_output("error", ename="CheckFailed", evalue=lines[0], traceback=lines)]


def hidden_lines():
    return {line.strip() for lines in HIDDEN.values() for line in lines}
