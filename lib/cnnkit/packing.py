"""Zips of a learner's work, each with a manifest that says what was packed."""

import hashlib
import html
import io
import json
import os
import re
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cnnkit import results
from cnnkit.files import write_whole

FORMAT = 1
MANIFEST = "manifest.json"
NAME_BYTES = 80  # as the grader has it
STUDENT = "work/student.txt"  # beside the notebooks
DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])(\..*)?", re.I)  # no names of files on Windows
SQUEEZED = 100  # times that a file may shrink: a grader takes one that shrinks more for an attack


class BadName(ValueError):
    """A name that no file of a student may have."""


def student_name(text: str) -> str:
    """A student's name as the grader takes it.

    Raises:
        BadName: it has other signs than letters, digits and ._@+-, is too long, or is none for a file on Windows; it
            says what would do.

    Example:
        >>> student_name(" amber_smith ")
        'amber_smith'
    """
    name = unicodedata.normalize("NFC", text.strip())
    if DEVICES.fullmatch(name):
        raise BadName(f"Windows can have no file called {name}.zip. For instance: {name.partition('.')[0]}_1")
    if is_sane(name):
        return name
    plain = "".join(c if c.isalnum() or c in "_-" else "_" for c in name).strip("_-")[:30]
    like = plain if is_sane(plain) else "amber_smith"
    raise BadName(
        f"{name[:NAME_BYTES]!r} cannot be your name here: letters, digits and ._@+- without spaces, beginning with a "
        f"letter or digit, at most {NAME_BYTES} bytes. For instance: {like}"
    )


def is_sane(name: str) -> bool:
    """Whether the zip of this name is one student's, for the grader."""
    letters = bool(name) and all(c.isalnum() or c in "._@+-" for c in name)
    ends = (name[:1].isalnum() or name[:1] == "_") and name[-1:] != "."
    other = name.startswith("refused-") or name.lower().endswith(".zip")
    return letters and ends and not other and len(name.encode()) <= NAME_BYTES


def kept_name(folder: Path) -> str:
    """The name that was given beside these notebooks, or beside those of another week; empty where none was."""
    for file in (folder / STUDENT, *(week / STUDENT for week in weeks_beside(folder))):
        try:
            return student_name(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
    return ""


def keep_name(folder: Path, name: str) -> None:
    """Keep a name beside these notebooks, in `work/student.txt`.

    Raises:
        OSError: it cannot be written.
    """
    if kept_name(folder) != name:
        write_whole(folder / STUDENT, name + "\n")


def is_week(folder: Path) -> bool:
    """Whether a folder holds a week of the course: its lessons came with known mistakes."""
    return (folder / "mistakes").is_dir() and any(folder.glob("*.ipynb"))


def weeks_beside(folder: Path) -> list[Path]:
    """The weeks of the course that a folder of notebooks belongs to; that folder alone where it is no week."""
    if not is_week(folder):
        return [folder]
    return sorted(week for week in folder.parent.iterdir() if week.is_dir() and is_week(week))


def about(data: bytes, saved: float) -> dict[str, Any]:
    """What a manifest says of a file.

    Args:
        data: what is in it.
        saved: when it was last written, seconds since 1970.
    """
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "saved": moment(saved)}


def moment(seconds: float) -> str:
    """A time as text, in UTC.

    >>> moment(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def zip_of(members: Mapping[str, bytes], manifest: Mapping[str, Any], place: str = MANIFEST) -> bytes:
    """A zip of files and of the manifest that tells of them, in the order of their names.

    Args:
        members: {path in the zip: what is in it}.
        manifest: anything that JSON has.
        place: the manifest's own path in the zip.
    """
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in [*sorted(members.items()), (place, text.encode())]:
            info = zipfile.ZipInfo(path, time.gmtime()[:6])
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data, _how(data))
    return buffer.getvalue()


def _how(data: bytes) -> int:
    shrinks = SQUEEZED * len(zlib.compress(data)) > len(data)
    return zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED


def megabytes(size: int) -> str:
    """A size in words.

    >>> megabytes(12_345_678), megabytes(2_000)
    ('12.3 MB', '2 KB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{-(-size // 1000)} KB"


def from_here(file: Path) -> str:
    """A file's path from the notebook that runs, with slashes."""
    own = results.own_notebook()
    return Path(os.path.relpath(file, own.parent if own else Path.cwd())).as_posix()


def download(path: str) -> str:
    """A link that brings a file to the reader's own computer.

    Args:
        path: from the notebook that shows it, with slashes.
    """
    name = html.escape(path.rsplit("/", 1)[-1])
    return f"<a download href='{quote(path)}'>Download {name}</a>"
