"""All your work as one file, and back again: for computers that keep nothing."""

import calendar
import hashlib
import html
import importlib
import io
import itertools
import json
import os
import re
import stat
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from cnnkit import __version__, packing, results
from cnnkit.files import write_whole
from cnnkit.packing import MANIFEST, megabytes
from cnnkit.workplace import place

WORK = "my_work.zip"
LAST = "work/.my_work.sha256"  # of the zip that was last saved here
MOST_BYTES = 500_000_000  # of all that a zip unpacks to
MOST_FILES = 5_000
MANIFEST_BYTES = 2_000_000
SENT = 9_000_000  # bytes that a notebook's page can send at once: a server takes 10 MB
PART = re.compile(r"[\w@+(][\w .@+()-]*(?<![ .])")  # of a path
SHOWN = 8
RELOAD = "If one of these notebooks is open, choose File > Reload Notebook from Disk for it."
IN_IT = "Notebooks are in it as they were last saved. Download it, and keep it."
ON_COLAB = (
    "The browser downloads it. Notebooks are not in it: Colab keeps the open one in your Google Drive. To have that "
    "too, choose File > Download > Download .ipynb."
)
DRAGGED = (
    f'drag it into the file browser, beside your notebook, and run cnnkit.bring_back("{WORK}") in a cell.'
)


class NotWork(ValueError):
    """A file that holds nobody's work."""


@dataclass(frozen=True)
class Saved:
    """What was saved as one file, in words, and with a link in a notebook.

    Args:
        file: the zip.
        size: its bytes.
        weeks: how many files of each week are in it.
        link: the zip's path from the notebook that shows this; empty on Colab, where no link leads to it.
        aside: the name that another zip in its place has now; empty where there was none.
    """

    file: Path
    size: int
    weeks: Mapping[str, int]
    link: str
    aside: str = ""

    def __str__(self) -> str:
        listed = ", ".join(f"{week}: {count}" for week, count in self.weeks.items())
        large = f" To bring it back, {DRAGGED}" if self.size > SENT else ""
        kept = f" Another {WORK} was here, and is kept as {self.aside}." if self.aside else ""
        return (
            f"Saved: {self.file.name}, {megabytes(self.size)} (files of {listed}). "
            f"{IN_IT if self.link else ON_COLAB}{large}{kept}"
        )

    def _repr_html_(self) -> str:
        link = f"<p>{packing.download(self.link)}</p>" if self.link else ""
        return f"<p role='status'>{html.escape(str(self))}</p>{link}"


@dataclass
class BroughtBack:
    """What came back, in words.

    Args:
        files: the files that are here again, paths from the course's folder.
        aside: {file: the name that what was here has now}.
        same: how many files were here already, just so.
        refused: what was left out, each with the reason.
        name: the student's name that came back; empty where none did.
    """

    files: list[str] = field(default_factory=list)
    aside: dict[str, str] = field(default_factory=dict)
    same: int = 0
    refused: list[str] = field(default_factory=list)
    name: str = ""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        same = f"; {self.same} {'was' if self.same == 1 else 'were'} here already" if self.same else ""
        count = f"{len(self.files)} file{'' if len(self.files) == 1 else 's'}"
        yield f"Brought back: {count}{same}." + (f" {RELOAD}" if self.files else "")
        for file, name in self.aside.items():
            yield f"{file} was newer here, and another: that one is kept beside it, as {name}."
        if self.name:
            yield f"You hand in as {self.name} now. If that is not you, enter your own name at the desk."
        yield from (f"Left out: {reason}" for reason in self.refused[:SHOWN])
        if len(self.refused) > SHOWN:
            yield f"Left out: {len(self.refused) - SHOWN} more."

    def _repr_html_(self) -> str:
        first, *others = map(html.escape, self._lines())
        return f"<p role='status'>{first}</p>" + "".join(f"<p>{line}</p>" for line in others)


def save_work() -> Saved | None:
    """Pack your notebooks of all weeks, and all that lies in their folders `work`, into one zip beside this notebook.

    On Colab, where only copies of the notebooks lie that nobody edits, they are left out; the browser fetches the zip.

    Returns:
        What was packed, with a link to the zip; None when the notebook is graded.

    Raises:
        OSError: a file cannot be read, or the zip not written.
    """
    return None if results.being_graded() else save_from(_here())


def save_from(folder: Path) -> Saved:
    """Pack as `save_work` does, from a folder of notebooks."""
    contents: dict[str, bytes] = {}
    saved: dict[str, float] = {}
    weeks: dict[str, int] = {}
    colab = place(os.environ) == "colab"
    for week in packing.weeks_beside(folder):
        files = [file for file in _own_files(week) if file.parent != week or not colab]
        found = {f"{week.name}/{file.relative_to(week).as_posix()}": file for file in files}
        contents |= {path: file.read_bytes() for path, file in found.items()}
        saved |= {path: file.stat().st_mtime for path, file in found.items()}
        weeks[week.name] = len(found)
    about = {path: packing.about(data, saved[path]) for path, data in contents.items()}
    manifest = {"format": packing.FORMAT, "cnnkit": __version__, "files": about}
    data, file = packing.zip_of(contents, manifest), folder / WORK
    aside = _put_aside(file) if file.exists() and not _is_ours(file) else ""
    write_whole(file, data)
    write_whole(folder / LAST, hashlib.sha256(data).hexdigest())
    if colab:
        importlib.import_module("google.colab.files").download(str(file))
    return Saved(file, len(data), weeks, "" if colab else packing.from_here(file), aside)


def _is_ours(file: Path) -> bool:
    """Whether a zip is the one that was last saved here, and not one that waits to be brought back."""
    try:
        return (file.parent / LAST).read_text(encoding="ascii") == hashlib.sha256(
            file.read_bytes()
        ).hexdigest()
    except (OSError, ValueError):
        return False


def _here() -> Path:
    own = results.own_notebook()
    return own.parent if own else Path.cwd()


def _own_files(week: Path) -> Iterator[Path]:
    """The notebooks of a week, and the files in its folder `work`."""
    for path in sorted([*week.glob("*.ipynb"), *(week / "work").rglob("*")]):
        hidden = any(part.startswith(".") for part in path.relative_to(week).parts)
        if path.is_file() and not path.is_symlink() and not hidden and path.suffix != ".part":
            yield path


def bring_back(file: str | os.PathLike[str]) -> BroughtBack | None:
    """Put the work that `save_work` or `hand_in` packed back where it belongs.

    A file that is newer here, and another, is kept beside the one that comes back, under another name. Another
    student's name does not replace yours.

    Args:
        file: the zip.

    Returns:
        What came back; None when the notebook is graded.

    Raises:
        NotWork: it is no such zip.
        OSError: it cannot be read, or a file not written.
    """
    if results.being_graded():
        return None
    return bring_into(_here(), Path(file).read_bytes())


def bring_into(folder: Path, data: bytes) -> BroughtBack:
    """Put back what is in a zip, as `bring_back` does, beside a folder of notebooks."""
    archive = _opened(data)
    weeks = {week.name: week for week in packing.weeks_beside(folder)}
    packed, back, name = _packed(archive), BroughtBack(), packing.kept_name(folder)
    for info in archive.infolist():
        if not info.filename.endswith("/") and PurePosixPath(info.filename).name != MANIFEST:
            try:
                target, content = _target(info, weeks), _read(archive, info)
                if (
                    name
                    and info.filename.endswith(f"/{packing.STUDENT}")
                    and content.decode(errors="replace").strip() != name
                ):
                    raise NotWork(f"{_shown(info)} has another name than yours, {name}.")
                _restore(info.filename, target, content, packed.get(info.filename), back)
            except NotWork as error:
                back.refused.append(str(error))
    back.name = "" if name else packing.kept_name(folder)
    return back


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise NotWork("This is no zip, or a damaged one. Choose the file that you saved.") from error
    infos = archive.infolist()
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
        raise NotWork(
            f"This zip holds over {MOST_FILES} files or {megabytes(MOST_BYTES)}: nothing was brought back."
        )
    return archive


def _packed(archive: zipfile.ZipFile) -> dict[str, Any]:
    """What the manifests in a zip say of its files, by their paths in the zip; nothing where they make no sense."""
    found: dict[str, Any] = {}
    for info in archive.infolist():
        place, _, name = info.filename.rpartition("/")
        if name == MANIFEST and info.file_size < MANIFEST_BYTES:
            with suppress(NotWork, ValueError, TypeError, KeyError, AttributeError, RecursionError):
                files = json.loads(_read(archive, info))["files"].items()
                found |= {f"{place}/{path}" if place else path: about for path, about in files}
    return found


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """What is in a member, and no more of it than the zip says it has, whatever it would unpack to."""
    try:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError(info.compress_type)
        with archive.open(info) as file:
            return file.read(info.file_size + 1)
    except (zipfile.BadZipFile, RuntimeError, zlib.error, EOFError, OSError, ValueError) as error:
        raise NotWork(f"{_shown(info)} is damaged, or packed in an unusual way.") from error


def _shown(info: zipfile.ZipInfo) -> str:
    return repr(info.orig_filename[:80])


def _target(info: zipfile.ZipInfo, weeks: Mapping[str, Path]) -> Path:
    """Where a member of a zip belongs: a notebook of a week, or a file in a week's folder `work`."""
    week, *inside = info.orig_filename.split("/")
    notebook = len(inside) == 1 and inside[0].endswith(".ipynb")
    if not (notebook or (len(inside) > 1 and inside[0] == "work")) or not all(map(PART.fullmatch, inside)):
        raise NotWork(f"{_shown(info)} is neither a notebook of a week nor a file in its folder work.")
    if week not in weeks:
        raise NotWork(f"{_shown(info)} belongs to {week!r:.60}, and there is no such week here.")
    target = weeks[week].joinpath(*inside)
    is_link = stat.S_ISLNK(info.external_attr >> 16) or target.is_symlink()
    if is_link or _leads_away(target, weeks[week]) or target.is_dir():
        raise NotWork(f"{_shown(info)} is a link or meets one, or a folder: not followed.")
    return target


def _leads_away(target: Path, week: Path) -> bool:
    try:
        return not target.parent.resolve().is_relative_to(week.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return True


def _restore(path: str, target: Path, content: bytes, packed: Any, back: BroughtBack) -> None:
    try:
        if target.is_file() and target.read_bytes() == content:
            back.same += 1
            return
        newer = target.exists() and target.stat().st_mtime > _saved(content, packed) + 1
        aside = _put_aside(target) if newer else ""
        try:
            write_whole(target, content)
        except OSError:
            if aside:
                os.replace(target.with_name(aside), target)
            raise
    except OSError as error:
        raise NotWork(f"{path} cannot be written: {error.strerror}.") from error
    back.files.append(path)
    if aside:
        back.aside[path] = aside


def _saved(content: bytes, packed: Any) -> float:
    """When a file was last saved before it was packed, in seconds since 1970; 0 where nobody knows.

    A time that has not come yet is not believed: what is here would always be older, and be lost.
    """
    try:
        if packed["sha256"] == hashlib.sha256(content).hexdigest():
            saved = float(calendar.timegm(time.strptime(packed["saved"], "%Y-%m-%dT%H:%M:%SZ")))
            return saved if saved <= time.time() + 1 else 0.0
    except (ValueError, TypeError, KeyError):
        pass
    return 0.0


def _put_aside(file: Path) -> str:
    names = (f"{file.stem}.before-{n}{file.suffix}" for n in itertools.count(1))
    aside = next(name for name in names if not file.with_name(name).exists())
    os.replace(file, file.with_name(aside))
    return aside
