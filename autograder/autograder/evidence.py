"""The lines below an event's sentence: what was found, cut to size, with nothing in them that hides or moves text."""

from collections.abc import Iterable
from difflib import unified_diff
from itertools import groupby, takewhile

LINES, CHARS, RUN = 12, 160, 5
COMPARED = 100  # lines: a diff may take time that grows with their cube


def visible(text: str) -> str:
    """The text with control characters, marks of direction and the like written out."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text.expandtabs(4)
    )


def cut(lines: Iterable[str]) -> list[str]:
    """At most LINES lines of CHARS characters each."""
    shown = [line if len(line) <= CHARS else f"{line[:CHARS]}…" for line in lines]
    return [visible(line) for line in (shown if len(shown) <= LINES else [*shown[: LINES - 1], "[…]"])]


def difference(ours: str, theirs: str) -> list[str]:
    """How two texts differ, as a unified diff with a line of context, cut to size; nothing where they do not."""
    old, new = ours.splitlines(), theirs.splitlines()
    first = _alike(old, new)
    last = _alike(old[first:][::-1], new[first:][::-1])
    was, now = (text[max(0, first - 1) : len(text) - max(0, last - 1)][:COMPARED] for text in (old, new))
    lines = list(unified_diff(was, now, lineterm="", n=1))[3:]
    runs = [list(run) for _, run in groupby(lines, lambda line: line[:1])]
    return cut("[…]" if line.startswith("@@") else line for run in runs for line in _begun(run))


def _begun(run: list[str]) -> list[str]:
    """The first of many lines of a sign, so that what was taken out leaves room for what was put in."""
    return run if len(run) <= RUN else [*run[: RUN - 1], "[…]"]


def _alike(old: list[str], new: list[str]) -> int:
    """How many lines the two begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
