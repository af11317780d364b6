"""Handing in: the notebooks of a week, checked, and one zip of them and of the files that they name."""

import html
import os
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnkit import __version__, packing, quick, results
from cnnkit.files import write_whole
from cnnkit.notebooks import NotALesson, NotRunnable, named_files, read_lesson
from cnnkit.overview import UNKNOWN, WIDTH, Standing, read
from cnnkit.packing import megabytes
from cnnkit.workplace import ON_COLAB, place

NOTEBOOK_BYTES = 20_000_000  # what a grader reads, unless its teacher has other limits
WEIGHTS_BYTES = 30_000_000
ALL_WEIGHTS_BYTES = 40_000_000
ZIP_BYTES = 60_000_000
SAVE = " Then save (menu File, Save Notebook), and hand in again."
AGAIN = "You can hand in again."
CELL = "padding:3px 12px 3px 0;text-align:left;vertical-align:top;font-weight:normal"
COLUMNS = ("notebook", "done", "still open", "known from")
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Checked:
    """A lesson of the week, as it is packed.

    Args:
        notebook: its file.
        standing: how its exercises stand.
        fresh: whether that was found now, in a fresh kernel; else it is what its tests said when they last ran.
        when: when that was, seconds since 1970; 0 where no test ever ran.
        files: the files that it names and that are there, paths beside it.
        missing: those that are not.
    """

    notebook: Path
    standing: Standing
    fresh: bool
    when: float
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Its row in a table: name, how much is done, what is open, how that is known."""
        rows = self.standing.rows
        by_status: dict[str, list[str]] = {}
        for row in rows:
            if not row.is_done:
                by_status.setdefault(row.status, []).append(row.exercise)
        left = "; ".join(f"{status}: {', '.join(names)}" for status, names in by_status.items())
        known = "a check just now" if self.fresh else "your own runs" if self.when else "no run yet"
        return self.notebook.stem, f"{sum(row.is_done for row in rows)} of {len(rows)}", left, known

    def as_json(self) -> dict[str, Any]:
        """What the manifest says of it."""
        tests = {row.exercise: row.status for row in self.standing.rows}
        when = packing.moment(self.when) if self.when else None
        return {"checked": "now" if self.fresh else "kept", "when": when, "tests": tests}


@dataclass(frozen=True)
class HandedIn:
    """What was packed, in words, as a page with a link in a notebook.

    Args:
        file: the zip.
        size: its bytes.
        lessons: what is in it.
        notes: what else is to be said.
        link: the zip's path from the notebook that shows this.
    """

    file: Path
    size: int
    lessons: list[Checked]
    notes: tuple[str, ...] = ()
    link: str = ""

    @property
    def headline(self) -> str:
        """How much of the week is done."""
        done = sum(one.standing.is_done for one in self.lessons)
        named = f"{self.file.parent.name}: {done} of {len(self.lessons)} notebooks are complete"
        if done == len(self.lessons):
            return f"{named}, as far as can be seen before it is graded."
        return f"{named}. It is packed all the same."

    @property
    def packed(self) -> str:
        """What is in the zip, and where it lies."""
        others = sum(len(one.files) for one in self.lessons)
        beside = f" and {others} other file{'s' if others > 1 else ''}" if others else ""
        books = f"{len(self.lessons)} notebook{'s' if len(self.lessons) > 1 else ''}"
        return f"Packed: {self.file.name}, {megabytes(self.size)}, with {books}{beside}. It lies beside your notebooks."

    def __str__(self) -> str:
        cells = [COLUMNS, *(one.cells for one in self.lessons)]
        widths = [max(len(row[column]) for row in cells) for column in (0, 1, 3)]
        lines = []
        for name, done, left, known in cells:
            shown = "  ".join(
                text.ljust(n) for text, n in zip((name, done, known), widths, strict=True)
            ).rstrip()
            lines += [shown, *_wrapped(left if (name, done) != COLUMNS[:2] else "")]
        return "\n".join([self.headline, "", *lines, "", self.packed, *self.notes, AGAIN])

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col' style='{CELL};font-weight:bold'>{name}</th>" for name in COLUMNS)
        rows = "".join(map(_row, self.lessons))
        table = f"<table style='border-collapse:collapse'><tr>{head}</tr>{rows}</table>"
        table = f"<div style='overflow-x:auto' tabindex='0' role='group' aria-label='The week'>{table}</div>"
        link = packing.download(self.link or self.file.name)
        packed = f"<p role='status'>{html.escape(self.packed)}<br>{link}</p>"
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in (*self.notes, AGAIN))
        return f"<p><b>{html.escape(self.headline)}</b></p>{table}{packed}{notes}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _row(lesson: Checked) -> str:
    name, *cells = map(html.escape, lesson.cells)
    whole = f"{CELL};white-space:nowrap"
    styles = (whole, f"{CELL};min-width:12em;max-width:40em", whole)
    inside = "".join(f"<td style='{style}'>{cell}</td>" for style, cell in zip(styles, cells, strict=True))
    head = f"<th scope='row' style='{CELL}'><code>{name}</code></th>"
    return f"<tr style='border-top:1px solid currentColor'>{head}{inside}</tr>"


def hand_in(notebook: str | os.PathLike[str] | None = None, student: str | None = None) -> "HandedIn | None":
    """Check your notebook in a fresh kernel, and pack the notebooks of its week into one zip to hand in.

    The saved file is what is checked and packed: save before. With each notebook go the files that it names (weights,
    the answers of a quiz), and nothing else. What is not done is said, and packed all the same.

    Args:
        notebook: the notebook's file, or a folder of notebooks, which are then all checked; this notebook where it is
            left out.
        student: your name, which the zip then has; it is kept in `work/student.txt` beside the notebooks. Where it is
            left out, the name that was given before.

    Returns:
        What was packed, with a link to the zip; None when the notebook is graded or in a quick run.

    Raises:
        ValueError: it is not known which notebook this is, the file is not a lesson's, the name will not do, or this is
            Colab, where only a copy of the notebook lies that nobody edits.
        OSError: a file cannot be read or written.
    """
    if results.being_graded() or quick():
        return None
    if place(os.environ) == "colab":
        raise ValueError(ON_COLAB)
    path = Path(notebook) if notebook is not None else results.own_notebook()
    if path is None:
        raise ValueError(UNKNOWN.format("hand_in"))
    return pack_week(path, student)


def pack_week(
    path: Path, student: str | None = None, timeout: int = 60, told: Told | None = None
) -> HandedIn:
    """Check and pack, as `hand_in` says.

    Args:
        path: a lesson's notebook, or a folder of them.
        student: as in `hand_in`.
        timeout: the seconds that a cell may take.
        told: called with how many cells of a notebook have run, and how many there are; None for a bar.

    Raises:
        NotALesson, BadName: both are ValueErrors.
        OSError: a file cannot be read or written.
    """
    path = Path(os.path.abspath(path))
    folder = path if path.is_dir() else path.parent
    if path != folder:
        read_lesson(path)
    name = packing.student_name(student) if student and student.strip() else packing.kept_name(folder)
    lessons, notes = _lessons(folder, path, timeout, told)
    file = folder / f"{name or f'hand_in_{folder.name}'}.zip"
    _refuse_to_overwrite(file)
    contents = {
        path: (folder / path).read_bytes() for one in lessons for path in (one.notebook.name, *one.files)
    }
    members = {f"{folder.name}/{path}": data for path, data in contents.items()}
    data = packing.zip_of(members, _manifest(folder, lessons, contents), f"{folder.name}/{packing.MANIFEST}")
    write_whole(file, data)
    if name:
        packing.keep_name(folder, name)
    said = [*_on_the_name(name), *_on_saving(path), *(note for one in lessons for note in _on_lesson(one))]
    notes += [*said, *_on_sizes(contents, len(data))]
    return HandedIn(file, len(data), lessons, tuple(notes), packing.from_here(file))


def _lessons(folder: Path, path: Path, timeout: int, told: Told | None) -> tuple[list[Checked], list[str]]:
    """The lessons of a folder, the one at `path` checked anew, all of them where it is the folder itself."""
    lessons: list[Checked] = []
    notes: list[str] = []
    for file in sorted(folder.glob("*.ipynb")):
        if file != path and not _is_the_courses(file):
            continue
        try:
            lessons.append(_lesson(file, path in (file, folder), timeout, told, notes))
        except NotALesson as error:
            notes.append(f"{error} It is not packed.")
    if not lessons:
        raise NotALesson(f"{folder} holds no lesson's notebook.")
    return lessons, notes


def _is_the_courses(notebook: Path) -> bool:
    """Whether a notebook has the name of one that the course gave out; copies and notes of one's own have not."""
    known = notebook.parent / "mistakes"
    return not known.is_dir() or (known / f"{notebook.stem}.json").exists()


def _lesson(file: Path, fresh: bool, timeout: int, told: Told | None, notes: list[str]) -> Checked:
    if fresh:
        from cnnkit.running import check_notebook  # noqa: PLC0415 - nbclient's import can take seconds

        try:
            standing, when = check_notebook(file, timeout, told), time.time()
        except NotRunnable as error:
            notes.append(f"{file.name} was not checked: {error}.")
            fresh = False
    if not fresh:
        standing, when = read(file), _last_test(file)
    there: list[str] = []
    missing: list[str] = []
    for name in named_files(read_lesson(file)):
        (there if _is_inside(file.parent, name) else missing).append(name)
    return Checked(file, standing, fresh, when, tuple(there), tuple(missing))


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a file is there, and no link leads out of the folder to it."""
    file = folder / name
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _refuse_to_overwrite(file: Path) -> None:
    """Leave alone what was not packed here."""
    if not file.exists():
        return
    try:
        with zipfile.ZipFile(file) as archive:
            ours = any(name.endswith(f"/{packing.MANIFEST}") for name in archive.namelist())
    except zipfile.BadZipFile:
        ours = False
    if not ours:
        raise FileExistsError(
            f"{file} is there already, and is no hand-in: rename it, or hand in under another name"
        )


def _manifest(folder: Path, lessons: list[Checked], contents: Mapping[str, bytes]) -> dict[str, Any]:
    saved = {path: (folder / path).stat().st_mtime for path in contents}
    return {
        "format": packing.FORMAT,
        "cnnkit": __version__,
        "assignment": folder.name,
        "files": {path: packing.about(data, saved[path]) for path, data in contents.items()},
        "lessons": {one.notebook.stem: one.as_json() for one in lessons},
    }


def _on_the_name(name: str) -> Iterator[str]:
    if not name:
        yield "The zip has no name of yours: enter your name at the desk of a notebook, once, or your teacher names it."


def _on_saving(path: Path) -> Iterator[str]:
    """Whether what is packed is what its learner sees."""
    if path.is_dir():
        return
    saved = path.stat().st_mtime
    when = time.strftime("%H:%M:%S", time.localtime(saved))
    later = "" if _last_test(path) <= saved else " Tests ran after that. Did you change a cell since?"
    yield f"{path.name} is packed as it was last saved, at {when}.{later}{SAVE if later else ''}"


def _last_test(notebook: Path) -> float:
    """When a test of a notebook last ran, seconds since 1970; 0 where none did."""
    try:
        return max((said.when for said in results.kept(notebook).values()), default=0.0)
    except results.ResultsDamaged:
        return 0.0


def _on_lesson(lesson: Checked) -> Iterator[str]:
    yield from lesson.standing.notes
    for path in lesson.missing:
        if os.path.lexists(lesson.notebook.parent / path):
            yield f"{path} is no file of this folder, but a link that leads out, or a folder: it is not packed."
        elif not path.endswith(".json"):  # answers may be written in the notebook
            yield f"{lesson.notebook.name} needs {path}, which is not there: run the cell that trains it, to its end."
    if not _is_the_courses(lesson.notebook):
        yield f"No notebook of the course is called {lesson.notebook.name}: rename it, or another one is graded."


def _on_sizes(contents: Mapping[str, bytes], packed: int) -> Iterator[str]:
    """What a grader would not read."""
    weights = {path: len(data) for path, data in contents.items() if path.endswith(".safetensors")}
    for path, data in contents.items():
        most = WEIGHTS_BYTES if path in weights else NOTEBOOK_BYTES
        if len(data) > most:
            advice = (
                ""
                if path in weights
                else " Clear outputs (Edit > Clear Outputs of All Cells), save, hand in again."
            )
            yield f"{path} has {megabytes(len(data))}, and at most {megabytes(most)} are read.{advice}"
    for what, size, most in (
        ("All weights", sum(weights.values()), ALL_WEIGHTS_BYTES),
        ("The zip", packed, ZIP_BYTES),
    ):
        if size > most:
            yield f"{what} together have {megabytes(size)}, and at most {megabytes(most)} are read: ask your teacher."
