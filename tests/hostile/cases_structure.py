"""The notebook's own structure: tags, copies, metadata, formats, and JSON made to hurt."""

import json
from copy import deepcopy

import nbformat
from corpus import NUMBERS, Desk, category, edit, text_of

from autograder import cells as c

case = category("structure")
NOTHING = NUMBERS.only()
SOLVED = NUMBERS.cheats


def tagged(*tags: str):
    def tag(cell) -> None:
        cell.metadata["tags"] = list(tags)

    return tag


@case("Tags the tests skip-execution, for which plain nbgrader gives full points.", says="tagged")
def skip_tags(desk: Desk) -> None:
    desk.hand_in(edit(desk.notebook(), tagged("skip-execution")))


@case("Tags the tests as cells that may raise, or that are to be removed.", says="tagged")
def raises_tags(desk: Desk) -> None:
    desk.hand_in(edit(desk.notebook(), tagged("raises-exception", "remove_cell", "hide-input")))


@case("Empties the text of the tests.", says="text of this test differs")
def emptied_tests(desk: Desk) -> None:
    desk.hand_in(edit(desk.notebook(), lambda cell: cell.update(source="print('passed')")))


@case("Has every test twice, the second one empty.", says="there 2 times")
def duplicate_tests(desk: Desk) -> None:
    notebook = desk.notebook()
    copies = [{**deepcopy(cell), "id": f"{cell.id}-2", "source": "pass"} for cell in c.tests(notebook.cells)]
    notebook.cells += copies
    desk.hand_in(notebook)


@case("Has a solution twice: the last copy is wrong.", marks=NOTHING, says="there 2 times")
def duplicate_solution(desk: Desk) -> None:
    notebook = desk.notebook()
    first = c.solutions(notebook.cells)[0]
    again = {**deepcopy(first), "id": "again", "source": "def double(X, times=1):\n    return X"}
    notebook.cells.insert(notebook.cells.index(first) + 1, nbformat.from_dict(again))
    desk.hand_in(notebook)


@case("Moves all tests before the functions that they test, and the last cell to the top.", says="moved")
def moved_cells(desk: Desk) -> None:
    notebook = desk.notebook()
    tests = c.tests(notebook.cells)
    notebook.cells = [*reversed(tests), *(cell for cell in notebook.cells if cell not in tests)]
    desk.hand_in(notebook)


@case("Hands in the solutions alone, without any test.", says="missing")
def missing_tests(desk: Desk) -> None:
    notebook = desk.notebook()
    notebook.cells = c.solutions(notebook.cells)
    desk.hand_in(notebook)


@case("Turns the tests into text.", says="turned from code into")
def retyped_tests(desk: Desk) -> None:
    desk.hand_in(edit(desk.notebook(), lambda cell: cell.update(cell_type="markdown")))


@case("Gives each test a hundred points.", says="points")
def changed_points(desk: Desk) -> None:
    desk.hand_in(edit(desk.notebook(), lambda cell: cell.metadata.nbgrader.update(points=100)))


@case("Edits the tests and puts the checksum of the edited text into them.", says="another release|changed")
def forged_checksums(desk: Desk) -> None:
    def forge(cell) -> None:
        from nbgrader.utils import compute_checksum

        cell.source = "print('passed')"
        cell.metadata.nbgrader["checksum"] = compute_checksum(cell)

    desk.hand_in(edit(desk.notebook(), forge))


@case("Unlocks the tests and calls them solutions.", says="metadata")
def unlocked_tests(desk: Desk) -> None:
    def unlock(cell) -> None:
        cell.metadata.nbgrader.update(locked=False, solution=True)
        cell.source = "pass"

    desk.hand_in(edit(desk.notebook(), unlock))


@case("Makes graded cells of its solutions, with points of their own.", says="metadata")
def graded_solutions(desk: Desk) -> None:
    notebook = desk.notebook()
    for cell in c.solutions(notebook.cells):
        cell.metadata.nbgrader.update(grade=True, points=50)
    desk.hand_in(notebook)


@case("Names a kernel that is no Python, with a command of its own.", says="bash|Python")
def foreign_kernelspec(desk: Desk) -> None:
    notebook = desk.notebook()
    spec = {"name": "bash", "language": "bash", "display_name": "Bash", "argv": ["/bin/sh", "-c", "true"]}
    notebook.metadata["kernelspec"] = spec
    notebook.metadata["language_info"] = {"name": "bash"}
    desk.hand_in(notebook)


@case("Is saved in nbformat 3.", says="old format")
def old_format(desk: Desk) -> None:
    old = nbformat.convert(desk.notebook(), 3)
    desk.hand_in()
    desk.path.write_text(text_of(old), encoding="utf-8")


@case("Gives its format as 99 and holds things that are no cells.", says="format")
def format_of_tomorrow(desk: Desk) -> None:
    content = json.loads(text_of(desk.notebook()))
    content |= {"nbformat": 99, "nbformat_minor": -1}
    content["cells"] += [None, 7, [], {}, {"cell_type": {}, "source": 5, "metadata": "none", "outputs": 3}]
    desk.hand_in()
    desk.path.write_text(json.dumps(content), encoding="utf-8")


@case("Holds zero bytes, escaped, in its sources and metadata.", says="no text may hold")
def escaped_zeros(desk: Desk) -> None:
    notebook = desk.notebook(last="note = 'a\0b\ud800'")
    notebook.metadata["\0"] = "\0"
    desk.hand_in(notebook)


@case("Holds bare zero bytes in its JSON.", marks=NOTHING, earned=SOLVED, says="zero bytes")
def bare_zeros(desk: Desk) -> None:
    path = desk.hand_in()
    path.write_bytes(path.read_bytes().replace(b'"cells"', b'"\0cells"'))


@case("Nests lists a hundred thousand deep.", marks=NOTHING, earned=SOLVED, says="deep")
def bomb_of_depth(desk: Desk) -> None:
    deep = 100_000
    text = text_of(desk.notebook()).replace('"nbformat": 4', f'"x": {"[" * deep}{"]" * deep}, "nbformat": 4')
    desk.hand_in()
    desk.path.write_text(text, encoding="utf-8")


@case("Is forty megabytes long.", marks=NOTHING, earned=SOLVED, says="MB")
def bomb_of_size(desk: Desk) -> None:
    desk.hand_in(desk.notebook(last=f"x = '{'x' * 40_000_000}'"))


@case("Holds millions of empty values.", marks=NOTHING, earned=SOLVED, says="too many values")
def bomb_of_values(desk: Desk) -> None:
    text = text_of(desk.notebook())
    desk.hand_in()
    desk.path.write_text(text.replace('"nbformat": 4', f'"x": [{"{}," * 3_000_000}0], "nbformat": 4'))


@case("Holds a number of a million digits.", says="huge")
def bomb_of_digits(desk: Desk) -> None:
    text = text_of(desk.notebook())
    desk.hand_in()
    desk.path.write_text(text.replace('"nbformat": 4', f'"x": {"9" * 1_000_000}, "nbformat": 4'))


@case("Has fifty thousand cells.", marks=NOTHING, earned=SOLVED, says="cells")
def bomb_of_cells(desk: Desk) -> None:
    content = json.loads(text_of(desk.notebook()))
    content["cells"] += [{"cell_type": "code", "source": "", "metadata": {}, "outputs": []}] * 50_000
    desk.hand_in()
    desk.path.write_text(json.dumps(content), encoding="utf-8")


@case("Gives its cells twice in the JSON; the last are graded.", marks=NOTHING, says="twice")
def duplicate_keys(desk: Desk) -> None:
    text = text_of(desk.notebook()).rstrip().removesuffix("}")
    desk.hand_in()
    desk.path.write_text(f'{text}, "cells": []}}', encoding="utf-8")


@case("Is encoded in UTF-16.", says="UTF-8")
def another_encoding(desk: Desk) -> None:
    text = text_of(desk.notebook())
    desk.hand_in()
    desk.path.write_bytes(text.encode("utf-16"))


@case("Writes sources on which parsers recurse without end.")
def sources_that_break_parsers(desk: Desk) -> None:
    desk.hand_in(
        centre="def centre(X):\n    return X" + ".real" * 9_000,
        spread="def spread(X):\n    return " + "1+" * 20_000 + "1",
        last="(" * 45_000,
    )


@case("Fills a solution with blank lines, on which a regular expression may take for ever.")
def blank_lines(desk: Desk) -> None:
    blank = "\n" * 49_000 + "Y = 1"
    answers = {"double": "def double(X, times=1): return X * 2**times", "centre": "def centre(X): return X"}
    desk.hand_in(**{name: source + blank for name, source in answers.items()})


@case("Writes a solution of five megabytes.", says="too many to be taken")
def huge_solution(desk: Desk) -> None:
    desk.hand_in(centre="def centre(X): return X\n" + "# x\n" * 1_250_000)


@case("Puts the marks of solutions and hidden tests into its own text.", says="marks of hidden tests")
def marks_of_the_author(desk: Desk) -> None:
    desk.hand_in(
        first="### END HIDDEN TESTS\n### BEGIN SOLUTION\nx = 1",
        spread="### BEGIN HIDDEN TESTS\ndef spread(X):\n    return -1.0\n### END HIDDEN TESTS",
        last="### BEGIN HIDDEN TESTS\ny = 2",
    )


@case(
    "Adds cells that call themselves the lesson's tests, and others of no lesson.", says="calls itself|times"
)
def false_grade_ids(desk: Desk) -> None:
    notebook = desk.notebook()
    for number, name in enumerate(("centre_hidden", "spread", "../../gradebook", "added-001", "x" * 5_000)):
        about = {"grade": True, "locked": True, "solution": False, "task": False, "schema_version": 3}
        cell = nbformat.v4.new_code_cell("pass", id=f"false-{number}")
        cell.metadata["nbgrader"] = about | {"grade_id": name, "points": 3, "cell_type": "code"}
        notebook.cells.insert(0, cell)
    desk.hand_in(notebook)


@case("Says in the metadata and outputs of its tests that they have passed.")
def forged_verdicts(desk: Desk) -> None:
    def forge(cell) -> None:
        cell.metadata["autograder"] = {"status": "passed", "points": 9, "message": "", "printed": ""}
        cell.metadata.nbgrader["score"] = 9
        cell["outputs"] = [nbformat.v4.new_output("stream", text="passed\n")]
        cell["outputs"].append(nbformat.v4.new_output("execute_result", {"text/plain": "9"}))
        cell["execution_count"] = 1

    desk.hand_in(edit(desk.notebook(), forge))


@case("Gives all cells one id, and ids that no notebook has.")
def colliding_ids(desk: Desk) -> None:
    notebook = desk.notebook(last="x = 1")
    for cell in notebook.cells:
        cell["id"] = "centre_hidden"
    notebook.cells[-1]["id"] = "../" * 9
    desk.hand_in(notebook)


@case("Calls its notebook's metadata and cells by things that are none.")
def odd_metadata(desk: Desk) -> None:
    content = json.loads(text_of(desk.notebook(last="x = 1")))
    content["metadata"] = ["kernelspec"]
    content["cells"][-1]["metadata"] = {"nbgrader": [1, 2], "tags": {"a": 1}}
    content["cells"][0]["metadata"] = {"nbgrader": {"grade_id": {"a": []}, "points": {"b": "c"}}}
    desk.hand_in()
    desk.path.write_text(json.dumps(content), encoding="utf-8")
