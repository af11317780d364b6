"""What a learner wrote, in a newer release of the lesson."""

import copy
import json
import time

import nbformat
import pytest
from nbgrader.utils import compute_checksum
from released_lesson import code, first_release, graded, notebook, order, prose, second_release, stub, texts

from cnnkit import merging

MINE = "def double(x):\n    return 2 * x"


def at(book, name):
    return next(cell for cell in book["cells"] if cell["id"] == name)


@pytest.fixture
def base():
    return merging.digests(first_release())


@pytest.fixture
def mine():
    """The first release with double done and run."""
    book = first_release()
    at(book, "double_solution")["source"] = MINE
    at(book, "double_solution")["execution_count"] = 4
    at(book, "cell-004")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["2\n"]}]
    at(book, "double")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["wrong\n"]}]
    return book


def test_the_answer_is_in_the_corrected_lesson(mine, base):
    merged = merging.merge(second_release(), mine, base)
    assert order(merged) == order(second_release())
    assert texts(merged) == {**texts(second_release()), "double_solution": MINE}
    nbformat.validate(nbformat.reads(merging.write(merged), as_version=4))


def test_neither_notebook_is_changed(mine, base):
    release, before = second_release(), copy.deepcopy(mine)
    merging.merge(release, mine, base)
    assert (release, mine) == (second_release(), before)


def test_outputs_stay_where_the_text_stays(mine, base):
    merged = merging.merge(second_release(), mine, base)
    assert at(merged, "double_solution")["execution_count"] == 4
    assert at(merged, "cell-005")["outputs"][0]["text"] == ["2\n"]
    assert at(merged, "double")["outputs"] == []


def test_an_untouched_stub_is_the_new_one_and_a_begun_one_is_not(mine, base):
    assert "said better" in texts(merging.merge(second_release(), mine, base))["halve_solution"]
    begun = at(mine, "halve_solution")["source"].replace("raise", "y = x\n    raise")
    at(mine, "halve_solution")["source"] = begun
    assert texts(merging.merge(second_release(), mine, base))["halve_solution"] == begun


def test_cells_of_ones_own_stay_after_the_cell_that_they_followed(mine, base):
    mine["cells"].insert(0, code("first = 1", "aaaa"))
    place = order(mine).index("double") + 1
    mine["cells"][place:place] = [code("try_it()", "bbbb"), prose("A note.", "cccc")]
    mine["cells"].append(code("last = 1", "dddd"))
    merged = order(merging.merge(second_release(), mine, base))
    assert merged[0] == "aaaa" and merged[-1] == "dddd"
    assert merged[merged.index("double") :][1:3] == ["bbbb", "cccc"]


def test_the_last_copy_of_a_solution_counts_and_the_other_is_kept(mine, base):
    other = graded("def double(x):\n    return x + x", "double_solution", solution=True)
    mine["cells"].append({**other, "id": "eeee"})
    merged = merging.merge(second_release(), mine, base)
    assert texts(merged)["double_solution"] == other["source"]
    kept = [cell for cell in merged["cells"] if cell["source"] == MINE]
    assert len(kept) == 1 and "nbgrader" not in kept[0]["metadata"]
    assert len(set(order(merged))) == len(order(merged))


def test_an_edited_test_is_the_courses_again(mine, base):
    at(mine, "double")["source"] = "pass"
    merged = merging.merge(second_release(), mine, base)
    assert texts(merged)["double"] == "assert double(1) == 2" and "pass" not in texts(merged).values()


def test_an_edited_demonstration_stays(mine, base):
    at(mine, "cell-004")["source"] = "print(double(7))"
    release = second_release()
    merged = merging.merge(release, mine, base)
    assert "print(double(7))" in [cell["source"] for cell in merged["cells"]]
    release["cells"][5]["source"] = "print('the course changed it too')"
    merged = [cell["source"] for cell in merging.merge(release, mine, base)["cells"]]
    assert {"print(double(7))", "print('the course changed it too')"} <= set(merged)


def test_an_edited_demonstration_that_keeps_its_place_stays_in_it(mine, base):
    at(mine, "cell-004")["source"] = "print(double(7))"
    release = first_release()
    release["cells"][0]["source"] = "# Doubles, corrected"
    assert texts(merging.merge(release, mine, base)) == {**texts(mine), "cell-000": "# Doubles, corrected"}


def test_the_solution_of_an_exercise_that_is_no_more_is_an_ordinary_cell(mine, base):
    release = second_release()
    release["cells"] = [cell for cell in release["cells"] if not cell["id"].startswith("double")]
    merged = merging.merge(release, mine, base)
    kept = at(merged, "double_solution")
    assert kept["source"] == MINE and kept["metadata"] == {}
    assert "double" not in order(merged)
    at(mine, "double_solution")["source"] = at(first_release(), "double_solution")["source"]
    assert "double_solution" not in order(merging.merge(release, mine, base))


def test_prose_that_the_course_left_out_goes(mine, base):
    release = second_release()
    release["cells"].pop()
    assert "The end." not in texts(merging.merge(release, mine, base)).values()


def test_merging_again_changes_nothing(mine, base):
    mine["cells"].insert(3, code("my_own = 1", "cell-001"))  # an id that the new release has too
    at(mine, "cell-004")["source"] = "print(double(7))"
    once = merging.merge(second_release(), mine, base)
    assert merging.merge(second_release(), once, merging.digests(second_release())) == once
    assert (
        merging.merge(second_release(), once, base) == once
    )  # a run that was killed before it noted the release


def test_ids_stay_where_they_can_and_are_one_of_a_kind(mine, base):
    mine["cells"] += [code("a = 1", "cell-001"), code("b = 1", "no id!"), code("c = 1", "ffff")]
    del mine["cells"][-2]["id"]
    merged = merging.merge(second_release(), mine, base)
    assert order(merged)[-3:] == ["yours-1", "yours-2", "ffff"]
    nbformat.validate(nbformat.reads(merging.write(merged), as_version=4))


def test_colab_keeps_ids_elsewhere(mine, base):
    for cell in mine["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
    assert texts(merging.merge(second_release(), mine, base)) == {
        **texts(second_release()),
        "double_solution": MINE,
    }


def test_without_knowing_the_earlier_release_nothing_is_lost(mine):
    at(mine, "cell-004")["source"] = "print(double(7))"
    mine["cells"].append(code("last = 1", "dddd"))
    merged = merging.merge(second_release(), mine, None)
    assert texts(merged)["double_solution"] == MINE
    assert "said better" in texts(merged)["halve_solution"]
    assert {"print(double(7))", "last = 1"} <= set(texts(merged).values())
    assert {"cell-000", "cell-001", "cell-008", "dddd"} <= set(order(merged))


def test_what_was_printed_is_no_touch_and_what_was_written_is(mine, base):
    assert merging.is_touched(second_release(), mine, base)
    at(mine, "double_solution")["source"] = at(first_release(), "double_solution")["source"]
    mine["cells"].append(code("", "aaaa"))
    assert not merging.is_touched(second_release(), mine, base)


def test_the_checksum_is_nbgraders():
    for cell in (stub("double"), graded("x", "setup", locked=True), graded("y", "t", grade=True, points=3)):
        assert merging.checksum(cell) == compute_checksum(nbformat.from_dict(cell))


def test_what_is_written_is_as_nbformat_writes_it():
    book = notebook(prose("Größe\nand 🙂", "a"), code("x = 1\n", "b"))
    assert merging.write(book) == nbformat.writes(nbformat.from_dict(book)) + "\n"
    assert merging.read(merging.write(book).encode()) == book


@pytest.mark.parametrize(
    "damage",
    [
        lambda book: "{",
        lambda book: "[]",
        lambda book: json.dumps({**book, "nbformat": 3}),
        lambda book: json.dumps({**book, "cells": 1}),
        lambda book: json.dumps({**book, "cells": [{"source": [1]}]}),
        lambda book: json.dumps({**book, "cells": [{"source": "", "cell_type": "code"}]}),
        lambda book: json.dumps({**book, "cells": [graded("x", "y", points="many")]}),
        lambda book: json.dumps({**book, "cells": [code("x", "y", nbgrader={"grade_id": []})]}),
        lambda book: json.dumps({**book, "cells": [graded("x", "y", points=10**400)]}),
        lambda book: json.dumps({**book, "metadata": None}),
        lambda book: "[" * 100_000,
    ],
)
def test_what_is_no_notebook_is_none(damage):
    assert merging.read(damage(first_release()).encode()) is None
    assert merging.read(b"\xff\xfe") is None


@pytest.mark.parametrize("minor", ["5", None, [], 10])
def test_an_odd_version_stops_nothing(mine, base, minor):
    merged = merging.merge(second_release(), {**mine, "nbformat_minor": minor}, base)
    assert MINE in texts(merged).values() and merged["nbformat_minor"] == (minor if minor == 10 else 5)


def test_the_courses_map_is_the_newer_one_and_other_metadata_the_learners(mine, base):
    release = second_release()
    release["metadata"]["cnnkit"] = {"lessons": ["a", "b"]}
    mine["metadata"] |= {"cnnkit": {"lessons": ["a"]}, "mine": 1}
    merged = merging.merge(release, mine, base)["metadata"]
    assert merged["cnnkit"] == {"lessons": ["a", "b"]} and merged["mine"] == 1


def test_ten_thousand_cells_without_names_take_seconds(mine, base):
    mine["cells"] += [{**code(f"x = {n}", "not a name!")} for n in range(10_000)]
    before = time.process_time()
    names = [cell["id"] for cell in merging.merge(second_release(), mine, base)["cells"]]
    assert len(set(names)) == len(names) > 10_000
    assert time.process_time() - before < 10
