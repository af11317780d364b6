"""A learner's notebook brought to a newer release of its lesson, with all that the learner wrote.

Notebooks are plain dictionaries here, as nbformat's version 4 has them, each cell's text in one piece. What the course
released before is known by a digest of each cell's text (see `digests`).
"""

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from cnnkit.notebooks import Cell, about
from cnnkit.results import digest_of

Notebook = dict[str, Any]
Base = Mapping[str, str]
NUMBERED = re.compile(r"cell-\d+")
VALID_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
COURSE_ONLY = ("nbgrader", "editable", "deletable")
COURSES = ("cnnkit",)  # metadata of a notebook: the map of the start page
BITS = 64  # of a whole number of points: a larger one is none


def read(data: bytes) -> Notebook | None:
    """The notebook in a file's bytes; None where they are no notebook of version 4."""
    try:
        notebook: Notebook = json.loads(data)
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        whole = notebook["nbformat"] == 4 and isinstance(notebook["metadata"], dict)
        return notebook if whole and all(map(_is_sound, notebook["cells"])) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _is_sound(cell: Cell) -> bool:
    claims = about(cell)
    points = claims.get("points", 0)
    counted = isinstance(points, float) or (isinstance(points, int) and points.bit_length() < BITS)
    return counted and isinstance(claims.get("grade_id", ""), str) and isinstance(cell["cell_type"], str)


def write(notebook: Notebook) -> str:
    """A notebook as nbformat writes it."""
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    return json.dumps({**notebook, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def digests(notebook: Notebook) -> dict[str, str]:
    """A digest of each cell's text, by the cell's id."""
    return {
        str(cell.get("id", place)): digest_of(cell["source"]) for place, cell in enumerate(notebook["cells"])
    }


def merge(release: Notebook, learners: Notebook, base: Base | None) -> Notebook:
    """The release's notebook with what the learner wrote in an earlier one.

    Solution cells are found by nbgrader's grade_id, the last copy counts, and have the learner's text where it is not
    the stub as it was released. A cell that anyone may edit has the learner's text where the course left it as it
    was. All else that the learner wrote (cells of their own, the solution of an exercise that is no more, an edit
    where the course edited too) becomes an ordinary cell after the cell that it followed. Locked cells are the
    release's own. Outputs stay where a cell's text stays.

    Args:
        release: the newer notebook.
        learners: the learner's.
        base: the digests of the release that the learner began with; None where that is not known.

    Returns:
        A new notebook.
    """
    own = _own_of(release, base)
    pairs = _pair(release["cells"], learners["cells"])
    slots = {number: slot for slot, number in pairs.items()}
    cells = deepcopy(release["cells"])
    following: list[list[Cell]] = [[] for _ in range(len(cells) + 1)]
    last = -1
    for number, cell in enumerate(learners["cells"]):
        last = slots.get(number, last)
        if number not in slots:
            following[last] += [] if own(cell) else [_ordinary(cell)]
        elif not _settle(cells[last], cell, own(cell), base):
            following[last].append(_ordinary(cell))
    merged = following[-1]  # what stood before the first
    for cell, after in zip(cells, following, strict=False):
        merged = [*merged, cell, *after]
    _name(merged, {cell.get("id") for cell in cells}, cells)
    ours = {key: release["metadata"][key] for key in COURSES if key in release["metadata"]}
    metadata = {**release["metadata"], **learners["metadata"], **ours}
    minors = [
        one for one in (release["nbformat_minor"], learners.get("nbformat_minor")) if isinstance(one, int)
    ]
    return {**release, "cells": merged, "metadata": metadata, "nbformat_minor": max(minors)}


def is_touched(release: Notebook, learners: Notebook, base: Base | None) -> bool:
    """Whether a notebook holds text that is not the course's; what was printed or drawn does not count."""
    own = _own_of(release, base)
    return not all(own(cell) for cell in learners["cells"])


# Whose text it is


def _own_of(release: Notebook, base: Base | None) -> Callable[[Cell], bool]:
    """Tells whether a learner's cell is as the course released it, or empty."""
    course_ids = {cell.get("id") for cell in release["cells"]}

    def own(cell: Cell) -> bool:
        text = digest_of(cell["source"])
        if not cell["source"].strip():
            return True
        if base is None:
            return _looks_released(cell, course_ids)
        ids = _ids(cell)
        return any(base.get(one) == text for one in ids) or (not ids and text in base.values())

    return own


def _looks_released(cell: Cell, course_ids: set[Any]) -> bool:
    """Whether a cell seems to be as it was released: by nbgrader's checksum, or as prose with an id of the course's."""
    if about(cell):
        return about(cell).get("checksum") == checksum(cell)
    named = any(one in course_ids or NUMBERED.fullmatch(one) for one in _ids(cell))
    return bool(named) and cell["cell_type"] == "markdown"


def checksum(cell: Cell) -> str:
    """nbgrader's checksum of a cell that it knows."""
    claims = about(cell)
    grade, solution = bool(claims.get("grade")), bool(claims.get("solution"))
    locked = not solution and (grade or bool(claims.get("locked")))
    flags = [str(flag) for flag in (grade, solution, locked)]
    points = [str(float(claims.get("points", 0)))] if grade else []
    parts = [cell["source"], cell["cell_type"], *flags, str(claims.get("grade_id")), *points]
    return hashlib.md5("".join(parts).encode(errors="replace"), usedforsecurity=False).hexdigest()


def _ids(cell: Cell) -> set[str]:
    found = (cell.get("id"), cell["metadata"].get("id"), about(cell).get("grade_id"))  # Colab moves the id
    return {one for one in found if isinstance(one, str)}


# Which of the learner's cells is which of the release's


def _pair(slots: Sequence[Cell], cells: Sequence[Cell]) -> dict[int, int]:
    """The number of the learner's cell for each of the release's: by grade_id, else id and text, text, or id."""
    known = {
        about(slot)["grade_id"]: place for place, slot in enumerate(slots) if about(slot).get("grade_id")
    }
    named = {number: about(cell).get("grade_id") for number, cell in enumerate(cells)}
    pairs = {known[name]: number for number, name in named.items() if name in known}
    rest = [number for number, name in named.items() if name not in known]
    for keys in (_both, _text, _id):
        waiting: dict[Hashable, list[int]] = {}
        for place, slot in enumerate(slots):
            for key in keys(slot) if place not in pairs else ():
                waiting.setdefault(key, []).append(place)
        for number in list(rest):
            free = [p for key in keys(cells[number]) for p in waiting.get(key, ()) if p not in pairs]
            if free:
                pairs[min(free)] = number
                rest.remove(number)
    return pairs


def _both(cell: Cell) -> set[Hashable]:
    return {(one, text) for one in _ids(cell) for text in _text(cell)}


def _text(cell: Cell) -> set[Hashable]:
    return {(cell["cell_type"], digest_of(cell["source"]))} if cell["source"].strip() else set()


def _id(cell: Cell) -> set[Hashable]:
    return {(one, cell["cell_type"]) for one in _ids(cell)}


# Putting the notebook together


def _settle(slot: Cell, cell: Cell, own: bool, base: Base | None) -> bool:
    """Give a cell of the release the learner's text and outputs where they belong there.

    Returns:
        False where the text is the learner's, and has to be kept elsewhere.
    """
    claims, same = about(slot), digest_of(slot["source"]) == digest_of(cell["source"])
    locked = (claims.get("locked") or claims.get("grade")) and not claims.get("solution")
    unchanged = base is not None and digest_of(slot["source"]) in base.values()
    if not own and not locked and (claims.get("solution") or unchanged):
        slot["source"], same = cell["source"], True
        if "attachments" in cell:
            slot["attachments"] = cell["attachments"]
    if same and slot["cell_type"] == cell["cell_type"] == "code":
        slot.update({key: cell[key] for key in ("outputs", "execution_count") if key in cell})
    return bool(own or locked or same)


def _ordinary(cell: Cell) -> Cell:
    """A cell of the learner's own, unknown to the grader."""
    kept = {key: value for key, value in cell["metadata"].items() if key not in COURSE_ONLY}
    return {**deepcopy(cell), "metadata": kept}


def _name(cells: Sequence[Cell], taken: set[Any], courses: Sequence[Cell]) -> None:
    """Give the learner's cells an id where theirs is missing, wrong or another's."""
    ours = {id(cell) for cell in courses}
    free = (new for n in itertools.count(1) if (new := f"yours-{n}") not in taken)
    for cell in cells:
        if id(cell) not in ours:
            name = cell.get("id")
            if not isinstance(name, str) or not VALID_ID.fullmatch(name) or name in taken:
                cell["id"] = next(free)
            taken.add(cell["id"])
