"""What becomes of a learner's notebook: honest changes are kept, others have no effect and are said."""

import random
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import OverwriteCells, SaveCells
from nbgrader.utils import compute_checksum
from small_lesson import CELLS, master_of

from autograder.build import PREPROCESSORS, student_version
from autograder.cells import grade_id, is_locked, is_solution, is_test
from autograder.reading import read_notebook
from autograder.rebuild import RebuildLimits, rebuild

MANUAL = (
    '# %% [markdown] nbgrader={"grade": true, "grade_id": "essay", "locked": false, "points": 2, '
    '"schema_version": 3, "solution": true, "task": false}\n# An answer.\n'
)
SECOND_DEMO = "# %%\nprint(total(np.array([3.0])))\n"
MASTER = master_of("\n".join([*CELLS[:6], "# %% [markdown]\n# ## Totals\n", *CELLS[6:], SECOND_DEMO, MANUAL]))
MINE = "def double(X, times=1):\n    return X + X"
Change = Callable[[NotebookNode], object]
SECRETS = ("random_inputs", "np.sum(numbers)", "2**times", "An answer")  # of hidden tests and solutions


@pytest.fixture
def handed_in() -> NotebookNode:
    """The student's notebook with one function done."""
    notebook = student_version(MASTER)
    cell(notebook, "double_solution").source = MINE
    return notebook


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(found for found in notebook.cells if found.get("id") == name)


def copied(notebook: NotebookNode, name: str, **changes: str) -> NotebookNode:
    made = deepcopy(cell(notebook, name))
    made.update(id="copy", **changes)
    return made


def place(notebook: NotebookNode, name: str) -> int:
    return [found.get("id") for found in notebook.cells].index(name)


def ids(notebook: NotebookNode) -> list[str]:
    return [found.id for found in notebook.cells]


def sources(notebook: NotebookNode) -> dict[str, str]:
    return {found.id: found.source for found in notebook.cells}


def said(events: list) -> set[tuple[str, str, str | None]]:
    return {(event.kind, event.severity, event.cell) for event in events}


def regraded(notebook: NotebookNode, name: str) -> dict:
    return cell(notebook, name).metadata.nbgrader


def test_the_untouched_notebook_gives_stubs_and_hidden_tests() -> None:
    made, events = rebuild(MASTER, student_version(MASTER))
    assert events == [] and ids(made) == ids(MASTER)
    for mine, original in zip(made.cells, MASTER.cells, strict=True):
        assert mine.metadata == original.metadata and mine.cell_type == original.cell_type
        assert is_solution(original) or mine.source == original.source
    assert "raise NotImplementedError()" in cell(made, "double_solution").source
    assert "2**times" not in nbformat.writes(made)
    assert "BEGIN HIDDEN TESTS" in cell(made, "double_hidden").source


def test_the_learners_text_goes_into_solution_and_unlocked_cells(handed_in: NotebookNode) -> None:
    cell(handed_in, "cell-005").source = "print('my own demo')"
    cell(handed_in, "cell-000").source = "# My notes"
    cell(handed_in, "essay").source = "My essay."
    made, events = rebuild(MASTER, handed_in)
    assert events == []
    found = sources(made)
    assert found["double_solution"] == MINE and found["cell-005"] == "print('my own demo')"
    assert found["cell-000"] == "# My notes" and found["essay"] == "My essay."


def test_neither_notebook_is_changed(handed_in: NotebookNode) -> None:
    before = deepcopy(handed_in), deepcopy(MASTER)
    made, _ = rebuild(MASTER, handed_in)
    made.cells[0].metadata["x"] = 1
    assert (handed_in, MASTER) == before


# What honest learners and their tools do


def run_all(notebook: NotebookNode) -> None:
    for number, found in enumerate(notebook.cells):
        if found.cell_type == "code":
            found.execution_count = number
            found.outputs = [
                new_output("stream", text="x"),
                new_output("error", ename="E", evalue="", traceback=[]),
            ]
            found.metadata["execution"] = {"iopub.execute_input": "2024-01-01"}
    notebook.metadata["widgets"] = {"state": {}}


def add_cells(notebook: NotebookNode) -> None:
    notebook.cells.insert(3, new_code_cell("helper = 1"))
    notebook.cells.append(new_markdown_cell("my notes"))


def in_colab(notebook: NotebookNode) -> None:
    notebook.nbformat_minor = 0
    notebook.metadata.update(colab={"provenance": []}, accelerator="GPU")
    for found in notebook.cells:
        found.metadata.update(id=found.pop("id"), outputId="ab", executionInfo={"status": "ok"})
        found.metadata.pop("deletable", None)
        found.metadata.pop("editable", None)


def new_ids(notebook: NotebookNode) -> None:
    for number, found in enumerate(notebook.cells):
        found["id"] = f"{number:08x}"


def no_ids(notebook: NotebookNode) -> None:
    notebook.nbformat_minor = 4
    for found in notebook.cells:
        del found["id"]


def without_metadata(notebook: NotebookNode) -> None:
    for found in notebook.cells:
        found.metadata = NotebookNode()


def windows_line_ends(notebook: NotebookNode) -> None:
    for found in notebook.cells:
        found.source = found.source.replace("\n", "\r\n") + "\r\n"


def space_at_line_ends(notebook: NotebookNode) -> None:
    for found in notebook.cells:
        found.source = "\n".join(line + "  " for line in found.source.split("\n"))


def swap(notebook: NotebookNode, one: str, other: str) -> None:
    i, j = place(notebook, one), place(notebook, other)
    notebook.cells[i], notebook.cells[j] = notebook.cells[j], notebook.cells[i]


HONEST: dict[str, tuple[Change, set[str]]] = {
    "ran_all_cells": (run_all, set()),
    "added_cells": (add_cells, set()),
    "deleted_a_demo": (lambda n: n.cells.pop(place(n, "cell-005")), {"missing_cell"}),
    "deleted_a_solution": (lambda n: n.cells.pop(place(n, "total_solution")), {"missing_cell"}),
    "reordered_prose": (lambda n: swap(n, "cell-000", "cell-006"), {"moved_cell"}),
    "emptied_a_demo": (lambda n: cell(n, "cell-005").update(source=""), set()),
    "went_through_colab": (in_colab, set()),
    "new_cell_ids": (new_ids, set()),
    "no_cell_ids": (no_ids, set()),
    "lost_all_cell_metadata": (without_metadata, {"lost_metadata"}),
    "windows_line_ends": (windows_line_ends, set()),
    "space_at_line_ends": (space_at_line_ends, set()),
    "copied_a_solution": (
        lambda n: n.cells.insert(2, copied(n, "double_solution")),
        {"duplicate_cell"},
    ),
    "copied_a_test_to_play_with": (
        lambda n: n.cells.insert(4, copied(n, "double", source="print(1)")),
        {"duplicate_cell"},
    ),
    "solution_turned_into_prose_by_a_key": (
        lambda n: cell(n, "double_solution").update(cell_type="markdown"),
        {"retyped_cell"},
    ),
    "reformatted_a_locked_cell": (
        lambda n: cell(n, "imports").update(source="import   numpy as np"),
        {"whitespace"},
    ),
    "an_import_in_a_locked_cell": (
        lambda n: cell(n, "imports").update(source="import numpy as np\nimport math"),
        {"edited_cell"},
    ),
}


@pytest.mark.parametrize(("change", "kinds"), HONEST.values(), ids=HONEST)
def test_honest_changes_are_no_tampering(handed_in: NotebookNode, change: Change, kinds: set[str]) -> None:
    change(handed_in)
    data = nbformat.from_dict(handed_in)
    through_intake, noticed = read_notebook(nbformat.v4.writes(data).encode())
    assert noticed == []
    for submitted in (handed_in, through_intake):
        made, events = rebuild(MASTER, submitted)
        assert {event.kind for event in events} == kinds
        assert not [event for event in events if event.severity == "tamper"]
        assert cell(made, "double_solution").source.split() == MINE.split()
        assert [x for x in ids(made) if not x.startswith("added-")] == ids(MASTER)


def test_an_earlier_release_is_no_tampering() -> None:
    older = deepcopy(MASTER)
    cell(older, "double").source += "\n# An earlier wording."
    cell(
        older, "double_solution"
    ).source = "def double(X):\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION"
    _, events = rebuild(MASTER, student_version(older))
    assert said(events) == {
        ("other_release", "warning", "double"),
        ("other_release", "warning", "double_solution"),
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::sqlalchemy.exc.SAWarning")
def test_nbgrader_itself_overwriting_cells_is_no_tampering(handed_in: NotebookNode, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gradebook.db"
    resources = {"nbgrader": {"notebook": "lesson", "assignment": "week", "db_url": url, "student": "."}}
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("week")
    with_steps = deepcopy(MASTER)
    for step in PREPROCESSORS[:5]:
        with_steps, _ = step().preprocess(with_steps, {})
    SaveCells().preprocess(with_steps, resources)
    handed_in.cells.pop(place(handed_in, "total"))
    overwritten, _ = OverwriteCells(add_missing_cells=True).preprocess(handed_in, resources)
    assert "random_inputs" in cell(overwritten, "double_hidden").source
    assert any("was missing from the submission" in found.source for found in overwritten.cells)
    made, events = rebuild(MASTER, overwritten)
    assert events == [] and cell(made, "double_solution").source == MINE
    assert ids(made) == ids(MASTER)


# What honest learners hardly do


def claim(name: str = "double", **changes: object) -> Change:
    return lambda notebook: regraded(notebook, name).update(changes)


def text(name: str, source: str) -> Change:
    return lambda notebook: cell(notebook, name).update(source=source)


def tag(name: str) -> Change:
    return lambda notebook: cell(notebook, name).metadata.update(tags=["skip-execution"])


def forge_points(notebook: NotebookNode) -> None:
    regraded(notebook, "double")["points"] = 100
    regraded(notebook, "double")["checksum"] = compute_checksum(cell(notebook, "double"))


def invent(notebook: NotebookNode) -> None:
    made_up = {"nbgrader": {"grade_id": "bonus", "grade": True, "points": 50}}
    notebook.cells.append(new_code_cell("x", metadata=made_up))


TAMPERED: dict[str, tuple[Change, str]] = {
    "test_edited": (text("double", "assert True"), "edited_test tamper double"),
    "test_emptied": (text("double", ""), "edited_test tamper double"),
    "hidden_test_written": (text("double_hidden", "print()"), "edited_test tamper double_hidden"),
    "points_raised": (claim(points=100), "changed_metadata tamper double"),
    "points_raised_and_checksum_made_to_fit": (forge_points, "changed_metadata tamper double"),
    "points_a_word": (claim(points="all"), "changed_metadata tamper double"),
    "points_a_list": (claim(points=[1]), "changed_metadata tamper double"),
    "test_unlocked": (claim(locked=False), "changed_metadata tamper double"),
    "test_made_a_solution": (claim(solution=True), "changed_metadata tamper double"),
    "test_made_ungraded": (claim(grade=False), "changed_metadata tamper double"),
    "solution_graded": (claim("double_solution", grade=True), "changed_metadata tamper double_solution"),
    "schema_changed": (claim(schema_version=99), "changed_metadata tamper double"),
    "checksum_changed": (claim(checksum="0" * 32), "changed_checksum tamper double"),
    "checksum_a_list": (claim(checksum=[[]]), "changed_checksum tamper double"),
    "test_to_be_skipped": (tag("double"), "tagged_cell tamper double"),
    "solution_to_be_skipped": (tag("double_solution"), "tagged_cell warning double_solution"),
    "test_turned_into_prose": (
        lambda n: cell(n, "double").update(cell_type="markdown"),
        "retyped_cell warning double",
    ),
    "test_deleted": (lambda n: n.cells.pop(place(n, "double")), "missing_cell warning double"),
    "all_tests_deleted": (
        lambda n: n.update(cells=[c for c in n.cells if not is_test(c)]),
        "missing_cell warning double_hidden",
    ),
    "test_moved": (
        lambda n: n.cells.append(n.cells.pop(place(n, "double"))),
        "moved_cell info double",
    ),
    "made_up_grade_id": (invent, "unknown_grade_id warning None"),
    "marks_of_hidden_tests": (
        text("double_solution", MINE + "\n### BEGIN HIDDEN TESTS"),
        "hidden_marks warning double_solution",
    ),
}


@pytest.mark.parametrize(("change", "expected"), TAMPERED.values(), ids=TAMPERED)
def test_other_changes_are_said_and_have_no_effect(
    handed_in: NotebookNode, change: Change, expected: str
) -> None:
    change(handed_in)
    made, events = rebuild(MASTER, handed_in)
    assert expected in {f"{event.kind} {event.severity} {event.cell}" for event in events}
    assert "tamper" not in {event.severity for event in events if event.kind not in expected}
    for mine, original in zip([c for c in made.cells if c.id in ids(MASTER)], MASTER.cells, strict=True):
        assert mine.metadata == original.metadata and mine.cell_type == original.cell_type
        assert mine.source == original.source or not is_locked(original)
    assert all(event.sentence.endswith(".") and event.sentence[0].isupper() for event in events)
    assert not any(secret in event.message for secret in SECRETS for event in events)


ACCUSING = re.compile(
    r"\b(cheat|tamper|manipulat|forge|hack|attempt|tried|trying|suspicious|illegal|in order to)"
)


@pytest.mark.parametrize("change", [change for change, _ in TAMPERED.values()], ids=TAMPERED)
def test_events_say_what_is_there_and_accuse_no_one(handed_in: NotebookNode, change: Change) -> None:
    change(handed_in)
    _, events = rebuild(MASTER, handed_in)
    assert events and not any(ACCUSING.search(event.sentence.lower()) for event in events)


def message(notebook: NotebookNode, kind: str) -> list[str]:
    _, events = rebuild(MASTER, notebook)
    (found,) = [event for event in events if event.kind == kind]
    return found.message.split("\n")


def test_the_evidence_of_changed_metadata_is_both_values(handed_in: NotebookNode) -> None:
    regraded(handed_in, "double").update(points="100", locked=False, checksum="0" * 32)
    own = regraded(student_version(MASTER), "double")["checksum"]
    assert message(handed_in, "changed_metadata") == [
        "The cell's metadata differ from the course's (points, locked); the course's own were used.",
        "points: 1 in the course, '100' as handed in",
        "locked: True in the course, False as handed in",
    ]
    assert message(handed_in, "changed_checksum")[1:] == [
        f"checksum: '{own}' in the course, '{'0' * 32}' as handed in"
    ]


def test_the_evidence_of_an_edited_test_is_how_it_differs(handed_in: NotebookNode) -> None:
    test = cell(handed_in, "double")
    test.source = test.source.replace("4.0]), ", "4.0]) * 0, ")
    assert message(handed_in, "edited_test") == [
        "The text of this test differs from the course's; the course's own was used.",
        "Cell 4 as handed in (+) beside the course's (-):",
        "     X = np.array([1.0, 2.0])",
        '-    check.equal(double(X), np.array([2.0, 4.0]), "double(X)", axes=("place",))',
        '+    check.equal(double(X), np.array([2.0, 4.0]) * 0, "double(X)", axes=("place",))',
    ]


def test_the_evidence_of_an_edited_hidden_test_gives_none_of_it_away(handed_in: NotebookNode) -> None:
    cell(handed_in, "double_hidden").source = "print('all is well')"
    assert message(handed_in, "edited_test")[2:] == ["-# Hidden tests of double.", "+print('all is well')"]


def test_the_evidence_of_a_duplicate_is_the_other_copies(handed_in: NotebookNode) -> None:
    handed_in.cells.insert(4, copied(handed_in, "double", source="print(1)"))
    sentence, *shown = message(handed_in, "duplicate_cell")
    assert sentence == "The cell is there 2 times (number 4, 5): the course's own was used."
    assert shown[0] == "Cell 4 as handed in: the same text as the course's."
    assert shown[1] == "Cell 5 as handed in (+) beside the course's (-):" and "+print(1)" in shown


def test_the_evidence_of_marks_and_of_made_up_cells_is_their_text(handed_in: NotebookNode) -> None:
    invent(handed_in)
    cell(handed_in, "double_solution").source += "\n### BEGIN HIDDEN TESTS"
    assert message(handed_in, "unknown_grade_id")[1:] == ["x"]
    assert message(handed_in, "hidden_marks")[1:] == ["### BEGIN HIDDEN TESTS"]


# Copies, and cells that are missing


def test_of_copies_the_last_is_graded_and_the_others_are_kept_as_added(handed_in: NotebookNode) -> None:
    handed_in.cells.insert(2, copied(handed_in, "double_solution", source="first = 1"))
    made, events = rebuild(MASTER, handed_in)
    assert sources(made)["double_solution"] == MINE
    assert ids(made)[1:4] == ["imports", "added-001", "double_solution"]
    assert sources(made)["added-001"] == "first = 1"
    assert made.cells[2].metadata == {"autograder": {"added": True}}
    (event,) = events
    assert event.sentence == "The cell is there 2 times (number 3, 4): the last copy is graded."
    assert event.evidence.startswith("Cell 3 as handed in (+) beside the graded copy (-):\n")


def test_an_untouched_last_copy_is_pointed_out(handed_in: NotebookNode) -> None:
    handed_in.cells.insert(3, copied(student_version(MASTER), "double_solution"))
    made, events = rebuild(MASTER, handed_in)
    assert "NotImplementedError" in sources(made)["double_solution"]
    assert "which is untouched, while an earlier one is not" in events[0].message


def test_a_missing_solution_is_the_stub_and_never_the_solution(handed_in: NotebookNode) -> None:
    handed_in.cells.pop(place(handed_in, "total_solution"))
    made, events = rebuild(MASTER, handed_in)
    assert sources(made)["total_solution"] == sources(student_version(MASTER))["total_solution"]
    assert said(events) == {("missing_cell", "warning", "total_solution")}


def test_an_empty_notebook_gives_the_untouched_one() -> None:
    made, events = rebuild(MASTER, nbformat.v4.new_notebook())
    assert made == rebuild(MASTER, student_version(MASTER))[0]
    assert [event.kind for event in events] == ["wrong_notebook"]


def test_a_solution_merged_into_another_cell_is_not_covered_by_its_stub(handed_in: NotebookNode) -> None:
    cell(handed_in, "double_solution").source = MINE + "\n\ndef total(X):\n    return 1.0"
    handed_in.cells.pop(place(handed_in, "total_solution"))
    made, events = rebuild(MASTER, handed_in)
    scope: dict = {}
    for name in ("imports", "double_solution", "total_solution"):
        exec(sources(made)[name], scope)
    assert scope["total"](None) == 1.0
    assert events[0].message == "The solution cell was missing; total of another cell is graded."


def test_a_solution_in_a_cell_that_lost_everything_still_counts(handed_in: NotebookNode) -> None:
    no_ids(handed_in)
    without_metadata(handed_in)
    made, _ = rebuild(MASTER, handed_in)
    order = ids(made)
    assert sources(made)["added-001"] == MINE
    assert order.index("double_solution") < order.index("added-001") < order.index("double")
    assert "NotImplementedError" not in sources(made)["double_solution"]


# Added cells


def test_added_cells_follow_the_cell_that_they_followed(handed_in: NotebookNode) -> None:
    after = ["total_hidden", "cell-005", "double_solution", "double_solution"]
    for number, name in zip((4, 3, 2, 1), after, strict=True):
        handed_in.cells.insert(place(handed_in, name) + 1, new_code_cell(f"{number}"))
    handed_in.cells.insert(0, new_markdown_cell("0"))
    handed_in.cells.append(new_raw_cell("5"))
    made, events = rebuild(MASTER, handed_in)
    assert events == []
    order = ids(made)
    added = [i for i, name in enumerate(order) if name.startswith("added-")]
    followed = {made.cells[i].source: order[i - 1] for i in added}
    assert followed == {
        "0": order[-1], "1": "double_solution", "2": "added-002",
        "3": "cell-005", "4": "total_hidden", "5": "essay",
    }  # fmt: skip
    assert [name for name in order if name.startswith("added-")] == [f"added-{i:03d}" for i in range(1, 7)]
    assert [cell(made, f"added-{i:03d}").cell_type for i in (1, 2, 6)] == ["markdown", "code", "raw"]


def test_a_demo_edited_where_ids_are_lost_comes_back_as_an_added_cell(handed_in: NotebookNode) -> None:
    no_ids(handed_in)
    handed_in.cells[5].source = "print('mine')"
    made, events = rebuild(MASTER, handed_in)
    assert said(events) == {("missing_cell", "info", "cell-005")}
    assert ids(made)[4:8] == ["double_hidden", "cell-005", "added-001", "cell-006"]
    assert sources(made)["added-001"] == "print('mine')"


def test_cells_shifted_by_an_inserted_one_are_known_by_their_text(handed_in: NotebookNode) -> None:
    one, other = cell(handed_in, "cell-005"), cell(handed_in, "cell-010")
    assert one.cell_type == other.cell_type
    one["id"], other["id"] = other.id, one.id
    made, events = rebuild(MASTER, handed_in)
    assert events == [] and sources(made)["cell-005"] == one.source


def test_what_stands_for_missing_cells_comes_before_the_test(handed_in: NotebookNode) -> None:
    without = {"double_solution", "double", "double_hidden", "cell-005"}
    rest = [c for c in handed_in.cells if c.id not in without]
    handed_in.cells = [*rest[:2], new_code_cell(MINE), *rest[2:]]
    made, _ = rebuild(MASTER, handed_in)
    assert ids(made)[1:5] == ["imports", "double_solution", "added-001", "double"]


def test_outputs_attachments_and_metadata_of_added_cells_are_dropped(handed_in: NotebookNode) -> None:
    noisy = new_code_cell("1", metadata={"tags": ["x"], "nbgrader": {"grade_id": "z"}}, execution_count=3)
    noisy.outputs = [new_output("display_data", {"text/html": "<script>"})]
    picture = new_markdown_cell("![](attachment:a.png)", attachments={"a.png": {"image/png": "AAAA"}})
    handed_in.cells += [noisy, picture]
    made, events = rebuild(MASTER, handed_in)
    assert "script" not in nbformat.writes(made) and "AAAA" not in nbformat.writes(made)
    assert [c.metadata for c in made.cells[-2:]] == [{"autograder": {"added": True}}] * 2
    assert said(events) == {("unknown_grade_id", "warning", None), ("attachments_dropped", "info", None)}


def test_added_cells_have_limits(handed_in: NotebookNode) -> None:
    handed_in.cells += [new_code_cell(text) for text in ("a" * 11, "b", "c", "d", "e")]
    made, events = rebuild(MASTER, handed_in, RebuildLimits(added_cells=3, cell_chars=10**6, added_chars=100))
    assert [c.source[:1] for c in made.cells if c.id.startswith("added-")] == ["a", "b", "c"]
    assert [(event.kind, event.severity) for event in events] == [("added_cells_cut", "warning")]
    made, _ = rebuild(MASTER, handed_in, RebuildLimits(added_chars=12))
    assert [c.source[:1] for c in made.cells if c.id.startswith("added-")] == ["a", "b"]
    made, _ = rebuild(MASTER, handed_in, RebuildLimits(cell_chars=10))
    assert [c.source[:1] for c in made.cells if c.id.startswith("added-")] == ["b", "c", "d", "e"]


def test_a_solution_that_is_too_long_is_the_stub(handed_in: NotebookNode) -> None:
    cell(handed_in, "double_solution").source = "#" * 300_000
    made, events = rebuild(MASTER, handed_in)
    assert "NotImplementedError" in sources(made)["double_solution"]
    assert said(events) == {("too_long", "warning", "double_solution")}


def test_events_of_a_kind_are_capped(handed_in: NotebookNode) -> None:
    for number in range(100):
        claim = {"nbgrader": {"grade_id": f"bonus{number}"}}
        handed_in.cells.append(new_code_cell("x", metadata=claim))
    _, events = rebuild(MASTER, handed_in)
    assert len(events) == 21 and events[-1].message.startswith("And 80 more cells: ")


def test_cells_of_no_sense_do_no_harm(handed_in: NotebookNode) -> None:
    odd = [
        {"cell_type": "code"},
        {"cell_type": ["x"], "source": 7, "metadata": {"nbgrader": {"grade_id": ["double"]}, "tags": 3}},
        {"cell_type": "video", "source": "x", "metadata": {"nbgrader": "double", "tags": [1]}, "id": 4},
    ]
    handed_in.cells += [NotebookNode(c) for c in odd]
    made, _ = rebuild(MASTER, handed_in)
    assert [c.cell_type for c in made.cells[-3:]] == ["code", "raw", "raw"]
    nbformat.validate(made)


def shaken(seed: int) -> NotebookNode:
    """A notebook in which cells were moved, copied, dropped, edited and retagged at random."""
    chance, notebook = random.Random(seed), student_version(MASTER)
    for _ in range(chance.randrange(1, 25)):
        cells = notebook.cells
        i, j = chance.randrange(len(cells) + 1), chance.randrange(len(cells)) if cells else 0
        match chance.randrange(7) if cells else 0:
            case 0:
                cells.insert(i, new_code_cell(f"x = {seed}", id=f"n{chance.random()}".replace(".", "")))
            case 1:
                cells.insert(i, cells.pop(j))
            case 2:
                cells.insert(i, deepcopy(cells[j]))
            case 3:
                cells.pop(j)
            case 4:
                cells[j].source = chance.choice(["", "assert True", cells[j].source.upper()])
            case 5:
                cells[j].metadata.get("nbgrader", {}).update(points=99, grade_id=f"bonus{i}")
            case 6:
                cells[j]["id"] = chance.choice([c.id for c in cells])
    return notebook


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_handed_in_the_master_holds(seed: int) -> None:
    submitted = shaken(seed)
    made, events = rebuild(MASTER, submitted)
    assert (made, events) == rebuild(MASTER, deepcopy(submitted))
    kept = [c for c in made.cells if not c.id.startswith("added-")]
    assert [c.id for c in kept] == ids(MASTER)
    for mine, original in zip(kept, MASTER.cells, strict=True):
        assert mine.metadata == original.metadata
        assert mine.source == original.source or not is_locked(original)
    assert not [c for c in made.cells if c.id.startswith("added-") and grade_id(c)]
    assert "2**times" not in nbformat.writes(made)
    texts = [c.source for c in made.cells]
    assert all(c.source in texts for c in submitted.cells if c.source.startswith("x = "))
    assert len(set(ids(made))) == len(made.cells)
    nbformat.validate(made)
