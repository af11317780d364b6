"""The notebook that is graded: the master, with the text of the learner's cells put in and nothing else.

Locked cells, metadata, points and outputs are the master's own whatever was handed in, so what differs there
is reported and has no effect.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, ComputeChecksums
from nbgrader.utils import compute_checksum

from autograder.cells import grade_id, is_locked, is_solution, is_test, is_train, metadata
from autograder.evidence import cut, difference, visible
from autograder.limits import RebuildLimits
from autograder.reading import show
from autograder.records import Event, Severity

EVENTS_A_KIND = 20
COPIES_SHOWN = 3
OURS_USED = "the course's own was used"
SKIPPING = {"skip-execution", "raises-exception", "remove-cell", "remove_cell"}
FIELDS = ("points", "grade", "solution", "locked", "task", "cell_type", "schema_version")
PUT_BACK = re.compile(r"\A(# )?This cell \(id:[^\n]*\) was missing from the submission\. [^\n]*\n\n")
DEFINED = re.compile(r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
HIDDEN_MARK = re.compile("(BEGIN|END) HIDDEN TESTS")


@dataclass(frozen=True)
class Slot:
    """A cell of the master: as it is, with its solution cut, and as it was released."""

    cell: NotebookNode
    unsolved: NotebookNode
    released: NotebookNode

    @property
    def name(self) -> str:
        """Its id."""
        return self.cell.id

    @property
    def forms(self) -> tuple[NotebookNode, ...]:
        """What an untouched copy may look like."""
        return self.released, self.unsolved, self.cell

    @property
    def takes_text(self) -> bool:
        """Whether the learner's text goes into it."""
        return is_solution(self.cell) or not (is_locked(self.cell) or is_train(self.cell))


@dataclass(frozen=True)
class _Given:
    """A cell that was handed in, and its number, from 1, in the notebook."""

    number: int
    cell_type: str
    source: str
    ids: frozenset[str]
    claims: Mapping[str, Any]
    tags: frozenset[str]
    has_attachments: bool

    @property
    def grade_id(self) -> str | None:
        name = self.claims.get("grade_id")
        return name if isinstance(name, str) else None


Pairs = Mapping[int, _Given]


def rebuild(
    master: NotebookNode,
    submitted: NotebookNode,
    limits: RebuildLimits | None = None,
    slots: Sequence[Slot] | None = None,
) -> tuple[NotebookNode, list[Event]]:
    """Put a learner's text into the master, and say what was noticed.

    Solution cells and unlocked cells without points are found again by grade_id, text or cell id and take the
    learner's text (a missing solution cell its stub). Cells that the learner added come after the cell that
    they followed, as `added-001` and so on with the metadata `{"autograder": {"added": true}}`.

    Args:
        master: the lesson.
        submitted: what was handed in.
        limits: what is taken of it.
        slots: those of the master, where they are known.
    """
    limits = limits or RebuildLimits()
    slots = slots or slots_of(master)
    given = [_read(cell, number) for number, cell in enumerate(submitted.cells, 1)]
    pairs = _match(slots, given)
    kept, events = _kept(given, pairs, limits)
    elsewhere = _defined(kept + [g for i, g in pairs.items() if slots[i].takes_text])
    places = _places(slots, given, pairs, kept)
    cells = [_added_cell(g) for g in places[-1]]
    for i, slot in enumerate(slots):
        cells.append(_master_cell(slot, pairs.get(i), elsewhere, limits))
        cells += [_added_cell(g) for g in places[i]]
    for number, cell in enumerate((cell for cell in cells if "id" not in cell), 1):
        cell["id"] = f"added-{number:03d}"
    about = {key: deepcopy(value) for key, value in master.items() if key != "cells"}
    notebook = NotebookNode({**about, "cells": cells})
    noticed = [*_notice_slots(slots, given, pairs, elsewhere, limits), *_notice_added(slots, kept), *events]
    return notebook, _capped(noticed)


# Reading both notebooks


def _through(notebook: NotebookNode, *steps: Callable[[], Any]) -> NotebookNode:
    resources: dict[str, Any] = {}
    notebook = deepcopy(notebook)
    for step in steps:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def slots_of(master: NotebookNode) -> list[Slot]:
    """The cells of a master, each in all its forms."""
    unsolved = _through(master, ClearSolutions, ComputeChecksums)
    released = _through(unsolved, ClearHiddenTests, ComputeChecksums)
    return [Slot(*cells) for cells in zip(master.cells, unsolved.cells, released.cells, strict=True)]


def _read(cell: NotebookNode, number: int) -> _Given:
    about, source = cell.get("metadata", {}), cell.get("source")
    claims, tags = about.get("nbgrader"), about.get("tags")
    ids = (cell.get("id"), about.get("id"))  # Colab moves it to the metadata
    return _Given(
        number,
        str(cell.get("cell_type")),
        source if isinstance(source, str) else "",
        frozenset(found for found in ids if isinstance(found, str)),
        claims if isinstance(claims, dict) else {},
        frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset(),
        bool(cell.get("attachments")),
    )


def _tidy(text: str) -> str:
    """The text without what editors change by themselves: line ends, space at a line's end, blank margins."""
    return "\n".join(line.rstrip() for line in PUT_BACK.sub("", text).splitlines()).strip()


def _defined(given: Iterable[_Given]) -> set[str]:
    """The names that code handed in binds at top level; by pattern, since parsing hostile text can crash."""
    return set().union(*(_names(g.source) for g in given if g.cell_type == "code"))


def _names(source: str) -> set[str]:
    return {name for match in DEFINED.finditer(source) for name in match.groups() if name}


# Which cell handed in is which of the master's


def _match(slots: Sequence[Slot], given: Sequence[_Given]) -> dict[int, _Given]:
    """The cell handed in for each of the master's: by grade_id (the last copy), else by text, else by id."""
    known = {grade_id(slot.cell): i for i, slot in enumerate(slots) if grade_id(slot.cell)}
    pairs = {known[g.grade_id]: g for g in given if g.grade_id in known}
    rest = [g for g in given if g.grade_id not in known]
    for slot_keys, given_keys in ((_both, _both_given), (_text, _text_given), (_id, _id_given)):
        _pair_up(slots, rest, pairs, slot_keys, given_keys)
    return dict(sorted(pairs.items()))


def _pair_up(
    slots: Sequence[Slot],
    rest: list[_Given],
    pairs: dict[int, _Given],
    slot_keys: Callable[[Slot], set[Hashable]],
    given_keys: Callable[[_Given], set[Hashable]],
) -> None:
    """Pair what shares a key, in order, and take it out of the rest."""
    waiting: dict[Hashable, list[int]] = {}
    for i, slot in enumerate(slots):
        for key in slot_keys(slot) if i not in pairs else ():
            waiting.setdefault(key, []).append(i)
    for g in list(rest):
        found = [i for key in given_keys(g) for i in waiting.get(key, ()) if i not in pairs]
        if found:
            pairs[min(found)] = g
            rest.remove(g)


def _text(slot: Slot) -> set[Hashable]:
    return {(form.cell_type, _tidy(form.source)) for form in slot.forms if form.source.strip()}


def _text_given(g: _Given) -> set[Hashable]:
    return {(g.cell_type, _tidy(g.source))} if g.source.strip() else set()


def _both(slot: Slot) -> set[Hashable]:
    return {(slot.name, text) for text in _text(slot)}


def _both_given(g: _Given) -> set[Hashable]:
    return {(name, text) for name in g.ids for text in _text_given(g)}


def _id(slot: Slot) -> set[Hashable]:
    kinds = ("code", "markdown", "raw") if grade_id(slot.cell) else (slot.cell.cell_type,)
    return {(slot.name, kind) for kind in kinds}


def _id_given(g: _Given) -> set[Hashable]:
    return {(name, g.cell_type) for name in g.ids}


# Putting the notebook together


def _kept(given: Sequence[_Given], pairs: Pairs, limits: RebuildLimits) -> tuple[list[_Given], list[Event]]:
    """The cells that the learner added, as far as the limits allow."""
    matched = {g.number for g in pairs.values()}
    kept: list[_Given] = []
    cut: list[_Given] = []
    chars = 0
    for g in (g for g in given if g.number not in matched):
        chars += len(g.source)
        fits = len(kept) < limits.added_cells and chars <= limits.added_chars
        (kept if fits and len(g.source) <= limits.cell_chars else cut).append(g)
    if not cut:
        return kept, []
    which = ", ".join(str(g.number) for g in cut[:8]) + (", …" if len(cut) > 8 else "")
    message = f"{len(cut)} added cells were left out: too many, or too long (number {which} as handed in)."
    return kept, [Event("added_cells_cut", "warning", None, message)]


def _places(
    slots: Sequence[Slot], given: Sequence[_Given], pairs: Pairs, kept: Sequence[_Given]
) -> dict[int, list[_Given]]:
    """The added cells that come after each of the master's (-1: before the first)."""
    matched = {g.number: i for i, g in pairs.items()}
    numbers = {g.number for g in kept}
    places: dict[int, list[_Given]] = {i: [] for i in range(-1, len(slots))}
    last = -1
    for g in given:
        last = matched.get(g.number, last)
        if g.number in numbers:
            places[_after(last, slots, pairs)].append(g)
    return places


def _after(last: int, slots: Sequence[Slot], pairs: Pairs) -> int:
    """Past the cells put back behind `last`, which added cells may stand for, but before any test."""
    while last + 1 < len(slots) and last + 1 not in pairs and not is_test(slots[last + 1].cell):
        last += 1
    return last


def _master_cell(slot: Slot, g: _Given | None, elsewhere: set[str], limits: RebuildLimits) -> NotebookNode:
    cell = deepcopy(slot.cell)
    if cell.cell_type == "code":
        cell.update(outputs=[], execution_count=None)
    if slot.takes_text:
        cell.source = _learners_text(slot, g, elsewhere, limits)
    return cell


def _learners_text(slot: Slot, g: _Given | None, elsewhere: set[str], limits: RebuildLimits) -> str:
    if g is not None and len(g.source) <= limits.cell_chars:
        return g.source
    here = _names(slot.cell.source) & elsewhere if is_solution(slot.cell) else set()
    if here:
        return f"# This cell was missing: {', '.join(sorted(here))} is defined in another one."
    return slot.released.source


def _added_cell(g: _Given) -> NotebookNode:
    kind = g.cell_type if g.cell_type in ("code", "markdown") else "raw"
    cell = NotebookNode(cell_type=kind, metadata={"autograder": {"added": True}}, source=g.source)
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    return cell


# What was noticed


def _notice_slots(
    slots: Sequence[Slot], given: Sequence[_Given], pairs: Pairs, elsewhere: set[str], limits: RebuildLimits
) -> Iterator[Event]:
    if not any(grade_id(slots[i].cell) for i in pairs) and any(grade_id(slot.cell) for slot in slots):
        message = (
            "None of this lesson's exercises is in the notebook: was another one handed in under its name?"
        )
        yield Event("wrong_notebook", "warning", None, message)
        return
    moved = _moved(pairs)
    for i, slot in enumerate(slots):
        g = pairs.get(i)
        if g is None:
            yield _missing(slot, elsewhere)
            continue
        copies = [c for c in given if c.grade_id and c.grade_id == grade_id(slot.cell)]
        if len(copies) > 1:
            yield _duplicate(slot, g, copies)
        if i in moved:
            message = f"The cell was moved, to number {g.number} as handed in: it is graded in its own place."
            yield Event("moved_cell", "info", slot.name, message)
        if slot.takes_text or not any(_is_untouched(slot, c) for c in copies):
            yield from _notice_text(slot, g, limits)
        yield from _notice_metadata(slot, g)


def _missing(slot: Slot, elsewhere: set[str]) -> Event:
    here = sorted(_names(slot.cell.source) & elsewhere)
    if is_solution(slot.cell) and here:
        message = f"The solution cell was missing; {', '.join(here)} of another cell is graded."
    elif is_solution(slot.cell):
        message = "The solution cell was missing: graded as not begun."
    else:
        message = f"The cell was missing: {OURS_USED}."
    severity: Severity = "warning" if is_solution(slot.cell) or is_test(slot.cell) else "info"
    return Event("missing_cell", severity, slot.name, message)


def _duplicate(slot: Slot, last: _Given, copies: Sequence[_Given]) -> Event:
    message = f"The cell is there {len(copies)} times (number {', '.join(str(g.number) for g in copies[:8])})"
    if not slot.takes_text:
        shown = [line for g in copies[:COPIES_SHOWN] for line in _beside(g, slot.released.source)]
        return Event("duplicate_cell", "warning", slot.name, _told(f"{message}: {OURS_USED}.", shown))
    stub = _tidy(slot.released.source)
    message += ": the last copy is graded"
    if _tidy(last.source) == stub and any(_tidy(g.source) != stub for g in copies):
        message += ", which is untouched, while an earlier one is not: look at both"
    others = [g for g in copies if g is not last][:COPIES_SHOWN]
    shown = [line for g in others for line in _beside(g, last.source, "the graded copy")]
    return Event("duplicate_cell", "warning", slot.name, _told(f"{message}.", shown))


def _told(sentence: str, evidence: Iterable[str]) -> str:
    return "\n".join([sentence, *evidence])


def _beside(g: _Given, text: str, whose: str = "the course's") -> list[str]:
    """How a cell handed in differs from another text. The course's is the released one: it gives nothing away."""
    lines = difference(_tidy(text), _tidy(g.source))
    if not lines:
        return [f"Cell {g.number} as handed in: the same text as {whose}."]
    return [f"Cell {g.number} as handed in (+) beside {whose} (-):", *lines]


def _moved(pairs: Pairs) -> set[int]:
    """The fewest cells whose moving explains the order: those outside a longest increasing subsequence."""
    order = [i for i, _ in sorted(pairs.items(), key=lambda pair: pair[1].number)]
    ends: list[int] = []
    lengths = []
    for i in order:
        place = bisect_left(ends, i)
        ends[place : place + 1] = [i]
        lengths.append(place + 1)
    stay, wanted = set(), len(ends)
    for i, length in zip(reversed(order), reversed(lengths), strict=True):
        if length == wanted:
            stay.add(i)
            wanted -= 1
    return set(order) - stay


def _notice_text(slot: Slot, g: _Given, limits: RebuildLimits) -> Iterator[Event]:
    if slot.takes_text:
        if len(g.source) > limits.cell_chars:
            message = f"The cell's text has {len(g.source)} characters, too many to be taken."
            yield Event("too_long", "warning", slot.name, message)
        if HIDDEN_MARK.search(g.source):
            message = _told("The learner's text has marks of hidden tests in it.", _marked(g))
            yield Event("hidden_marks", "warning", slot.name, message)
    elif not (_is_untouched(slot, g) or _is_another_release(slot, g)):
        yield _edited(slot, g)


def _marked(g: _Given) -> list[str]:
    return cut(line for line in g.source.splitlines() if HIDDEN_MARK.search(line))


def _is_untouched(slot: Slot, g: _Given) -> bool:
    return _tidy(g.source) in [_tidy(form.source) for form in slot.forms]


def _edited(slot: Slot, g: _Given) -> Event:
    if PUT_BACK.sub("", g.source).split() in [form.source.split() for form in slot.forms]:
        message = f"Spaces or line breaks of this cell differ from the course's; {OURS_USED}."
        return Event("whitespace", "info", slot.name, message)
    what = "test" if is_test(slot.cell) else "locked cell"
    message = f"The text of this {what} differs from the course's; {OURS_USED}."
    shown = _told(message, _beside(g, slot.released.source))
    if is_test(slot.cell):
        return Event("edited_test", "tamper", slot.name, shown)
    return Event("edited_cell", "warning", slot.name, shown)


def _is_another_release(slot: Slot, g: _Given) -> bool:
    """Whether a cell's checksum fits its own text, as when nbgrader released it so, but none of ours."""
    if g.claims.get("checksum") in _checksums(slot):
        return False
    about = {"nbgrader": NotebookNode(g.claims)}
    cell = NotebookNode(cell_type=g.cell_type, source=g.source, metadata=NotebookNode(about))
    try:
        return compute_checksum(cell) == g.claims.get("checksum")
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _checksums(slot: Slot) -> list[str]:
    return [metadata(form).get("checksum", "") for form in slot.forms]


def _notice_metadata(slot: Slot, g: _Given) -> Iterator[Event]:
    severity: Severity
    if g.cell_type != slot.cell.cell_type:
        severity = "warning" if grade_id(slot.cell) else "info"
        message = (
            f"The cell was turned from {slot.cell.cell_type} into {show(g.cell_type)}; it is read as before."
        )
        yield Event("retyped_cell", severity, slot.name, message)
    if not grade_id(slot.cell):
        return
    skipping = sorted(g.tags & SKIPPING - set(slot.cell.metadata.get("tags", [])))
    if skipping:
        severity = "tamper" if metadata(slot.cell).get("grade") else "warning"
        message = f"The cell has the tag {', '.join(skipping)}, which can keep a cell from being run; it was dropped."
        yield Event("tagged_cell", severity, slot.name, message)
    if not g.claims:
        message = "The cell has lost nbgrader's metadata; it was recognised by its text or id."
        yield Event("lost_metadata", "warning", slot.name, message)
    yield from _notice_fields(slot, g)
    yield from _notice_checksum(slot, g)


def _notice_fields(slot: Slot, g: _Given) -> Iterator[Event]:
    ours = {"task": False, **metadata(slot.released)}
    fields = [key for key in FIELDS if key in g.claims and key in ours and g.claims[key] != ours[key]]
    if fields:
        message = (
            f"The cell's metadata differ from the course's ({', '.join(fields)}); the course's own were used."
        )
        shown = [_values(key, ours[key], g.claims[key]) for key in fields]
        yield Event("changed_metadata", "tamper", slot.name, _told(message, shown))


def _values(key: str, ours: object, theirs: object) -> str:
    return f"{key}: {ours!r} in the course, {visible(repr(theirs)[:80])} as handed in"


def _notice_checksum(slot: Slot, g: _Given) -> Iterator[Event]:
    if _is_another_release(slot, g):
        message = f"The cell and its checksum are of another release, perhaps an earlier one; {OURS_USED}."
        shown = _beside(g, slot.released.source)
        yield Event("other_release", "warning", slot.name, _told(message, shown))
    elif "checksum" in g.claims and g.claims["checksum"] not in _checksums(slot):
        severity: Severity = "tamper" if metadata(slot.cell).get("grade") else "warning"
        message = "The cell's checksum is not that of this release: edited, or of an earlier release."
        shown = [_values("checksum", _checksums(slot)[0], g.claims["checksum"])]
        yield Event("changed_checksum", severity, slot.name, _told(message, shown))


def _notice_added(slots: Sequence[Slot], kept: Sequence[_Given]) -> Iterator[Event]:
    known = {grade_id(slot.cell) for slot in slots}
    for g in kept:
        if g.grade_id and g.grade_id not in known:
            message = (
                f"Cell {g.number} calls itself {show(g.grade_id)}, which this lesson lacks: kept as added."
            )
            yield Event("unknown_grade_id", "warning", None, _told(message, cut(g.source.splitlines())))
        if HIDDEN_MARK.search(g.source):
            message = f"Cell {g.number}, which the learner added, has marks of hidden tests in it."
            yield Event("hidden_marks", "warning", None, _told(message, _marked(g)))
    pictures = [g.number for g in kept if g.has_attachments]
    if pictures:
        message = f"Pictures pasted into the text of {len(pictures)} added cells are not kept."
        yield Event("attachments_dropped", "info", None, message)


def _capped(events: Iterable[Event]) -> list[Event]:
    """At most so many events of a kind, the last of which says how many more there were."""
    by_kind: dict[str, list[Event]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event)
    capped = []
    for found in by_kind.values():
        more = len(found) - EVENTS_A_KIND
        capped += found[:EVENTS_A_KIND]
        if more > 0:
            capped.append(replace(found[0], cell=None, message=f"And {more} more cells: {found[0].sentence}"))
    return capped
