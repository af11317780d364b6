"""The page that JupyterLab opens on: the course's map, and how far its reader is in each lesson."""

import hashlib
import html
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cnnkit.files import write_whole
from cnnkit.overview import Row, read

PAGE = "start_here.ipynb"
CELL = "home"
KEYS = ("week", "name", "path")
SIGNS = {"done": "✓", "begun": "…", "not begun": "–"}
PAD = "padding:3px 14px 3px 0;text-align:left;vertical-align:top;font-weight:normal"
COLUMNS = ("lesson", "how far you are", "done", "points by visible tests")
ALL_DONE = "All visible tests pass, and every question is answered. Hand in what you have not handed in yet."


class NoMap(ValueError):
    """The page that has the course's map is not there, or has none."""


@dataclass(frozen=True)
class Stop:
    """A lesson on the map.

    Args:
        week: the heading that it stands under.
        name: its number and title.
        path: its notebook, from the folder that the reader is in.
        rows: its exercises; empty where they cannot be read.
        trouble: why they cannot be read; empty where they can.
    """

    week: str
    name: str
    path: str
    rows: tuple[Row, ...] = ()
    trouble: str = ""

    @property
    def status(self) -> str:
        """In a word or two: "not begun", "begun", "done", or why it cannot be said."""
        if self.trouble:
            return self.trouble
        if all(row.is_done for row in self.rows):
            return "done"
        untouched = ("not begun", "not answered")
        return "not begun" if all(row.status in untouched for row in self.rows) else "begun"

    @property
    def is_quiz(self) -> bool:
        """Whether it has questions in place of exercises."""
        return all(row.is_question for row in self.rows)

    @property
    def done(self) -> str:
        """How many of its exercises pass, or of its questions are answered."""
        if self.trouble:
            return "-"
        of = "questions" if self.is_quiz else "exercises"
        return f"{sum(row.is_done for row in self.rows)} of {len(self.rows)} {of}"

    @property
    def marks(self) -> str:
        """The points of its visible tests."""
        if self.trouble:
            return "-"
        visible = sum(row.visible for row in self.rows)
        if visible:
            return f"{sum(row.points for row in self.rows):g} of {visible:g}"
        return "when graded" if sum(row.hidden for row in self.rows) else "none"


@dataclass(frozen=True)
class Home:
    """The course's map with how far its reader is; a notebook shows it as a table, a terminal as text.

    Args:
        stops: the lessons, in order.
    """

    stops: tuple[Stop, ...]

    @property
    def headline(self) -> str:
        """How much is done of the whole course."""
        rows = [row for stop in self.stops for row in stop.rows]
        exercises = [row for row in rows if not row.is_question]
        lessons = sum(stop.status == "done" for stop in self.stops)
        return (
            f"{lessons} of {len(self.stops)} lessons done: {sum(row.is_done for row in exercises)} of "
            f"{len(exercises)} exercises pass their visible tests, for {sum(row.points for row in rows):g} of "
            f"{sum(row.visible for row in rows):g} points."
        )

    @property
    def next_step(self) -> tuple[str, Stop | None, str]:
        """What to do next: the words before a lesson, the lesson, the words after it; no lesson when all is done."""
        begun = [stop for stop in self.stops if stop.status == "begun"]
        fresh = [stop for stop in self.stops if stop.status == "not begun"]
        if begun:
            return "Go on with ", begun[0], f": {begun[0].done} {'answered' if begun[0].is_quiz else 'pass'}."
        if fresh:
            return "Begin with " if fresh[0] is self.stops[0] else "Next is ", fresh[0], "."
        return ALL_DONE, None, ""

    def __str__(self) -> str:
        before, stop, after = self.next_step
        lines = [self.headline, f"{before}{stop.name if stop else ''}{after}"]
        cells = [COLUMNS, *((stop.name, stop.status, stop.done, stop.marks) for stop in self.stops)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        head, *rows = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        lines += ["", head]
        for week, group in groupby(zip(self.stops, rows, strict=True), lambda one: one[0].week):
            lines += ["", week, *(row for _, row in group)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col' style='{PAD};font-weight:bold'>{name}</th>" for name in COLUMNS)
        body = "".join(_week(week, group) for week, group in groupby(self.stops, lambda stop: stop.week))
        before, stop, after = self.next_step
        caption = f"<caption style='caption-side:top;text-align:left'>{html.escape(self.headline)}</caption>"
        return (
            f"<p><strong>{before}{_link(stop) if stop else ''}{after}</strong></p>"
            f"<table style='border-collapse:collapse;line-height:1.4'>{caption}<thead><tr>{head}</tr></thead>"
            f"{body}</table>"
        )


def _link(stop: Stop) -> str:
    return f"<a href='{quote(stop.path)}'>{html.escape(stop.name)}</a>"


def _week(week: str, stops: Iterable[Stop]) -> str:
    name = f"<th scope='rowgroup' colspan='{len(COLUMNS)}' style='{PAD};padding-top:12px;font-weight:bold'>"
    return f"<tbody><tr>{name}{html.escape(week)}</th></tr>{''.join(map(_row, stops))}</tbody>"


def _row(stop: Stop) -> str:
    sign = f"<span aria-hidden='true'>{SIGNS.get(stop.status, '?')} </span>"
    cells = [f"{sign}{html.escape(stop.status)}", stop.done, stop.marks]
    inside = "".join(f"<td style='{PAD}'>{cell}</td>" for cell in cells)
    return f"<tr><th scope='row' style='{PAD}'>{_link(stop)}</th>{inside}</tr>"


def home(folder: str | os.PathLike[str] | None = None) -> Home:
    """The course's map, with how far you are in each lesson.

    It shows what the tests said when they last ran, and runs nothing. To see it anew, run the cell again.

    Args:
        folder: the folder that has start_here.ipynb; where it is left out, this one or the nearest above it.

    Returns:
        A table, which a notebook shows.

    Raises:
        NoMap: there is no start_here.ipynb, or one without the map.
    """
    here = Path.cwd()
    root = Path(folder) if folder is not None else _root(here)
    return Home(tuple(_stops(root, here)))


def _root(here: Path) -> Path:
    found = next((one for one in (here, *here.parents) if (one / PAGE).is_file()), None)
    if found is None:
        raise NoMap(
            f"There is no {PAGE} in {here} or above it: run this in the folder of the course's lessons."
        )
    return found


def _stops(root: Path, here: Path) -> Iterator[Stop]:
    for one in _map(root / PAGE):
        path, trouble = root / one["path"], ""
        rows: tuple[Row, ...] = ()
        try:
            rows = tuple(read(path).rows)
        except FileNotFoundError:
            trouble = "not here"
        except (OSError, ValueError):
            trouble = "cannot be read"
        yield Stop(one["week"], one["name"], Path(os.path.relpath(path, here)).as_posix(), rows, trouble)


def _map(page: Path) -> list[dict[str, str]]:
    """The lessons that a page lists in its metadata, each with `week`, `name` and `path`."""
    lessons = _about(_read(page), page)["lessons"]
    return [{key: str(one[key]) for key in KEYS} for one in lessons]


def _read(page: Path) -> dict[str, Any]:
    try:
        notebook: dict[str, Any] = json.loads(page.read_text(encoding="utf-8"))
        return notebook
    except (OSError, ValueError, RecursionError) as error:
        raise NoMap(f"{page} cannot be read ({error}): copy it anew from the course.") from error


def _about(notebook: dict[str, Any], page: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = notebook["metadata"]["cnnkit"]
        _ = [one[key] for one in about["lessons"] for key in KEYS]  # all there
        _ = [cell["cell_type"] + "".join(cell["source"]) for cell in notebook["cells"]]
        return about
    except (TypeError, KeyError) as error:
        raise NoMap(f"{page} has no map of the course in it: copy it anew from the course.") from error


def digest(notebook: dict[str, Any]) -> str:
    """A digest of what a page says: the text of its cells, whatever they show."""
    text = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:16]


def is_outdated(page: Path, released: Path) -> bool:
    """Whether nobody changed the text of a page, and the released one has another.

    What a page shows, and which of its cells have run, does not count.
    """
    try:
        notebook, newer = _read(page), _read(released)
        mine = _about(notebook, page)["digest"]
        return bool(digest(notebook) == mine != _about(newer, released)["digest"])
    except (NoMap, KeyError, TypeError):
        return False


def show_on(page: Path, news: Sequence[str] = ()) -> None:
    """Write into a page what its cell `cnnkit.home()` would show now, so that it is seen before anything runs.

    Args:
        page: start_here.ipynb.
        news: sentences that are shown above it, until the cell runs.

    Raises:
        NoMap: the page is not there, or has no map.
        OSError: it cannot be written.
    """
    notebook, now = _read(page), Home(tuple(_stops(page.parent, page.parent)))
    told = "".join(f"<p role='status'>{html.escape(one)}</p>" for one in news)
    data = {"text/html": told + now._repr_html_(), "text/plain": "\n".join([*news, str(now)])}
    for cell in notebook["cells"]:
        if cell.get("id") == CELL:
            cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
            cell["execution_count"] = None
    write_whole(page, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
