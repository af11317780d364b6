"""What a run has done so far: a file that the coordinator alone appends to, and that a later run continues from.

A line is written when a student's outcome is safe on disk ("examined"), and another when the gradebook and the
pages hold it too ("done"). Whatever kills a run leaves whole lines, and at most one torn one at the end.
"""

import fcntl
import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from autograder.records import Result

log = logging.getLogger(__name__)

NAME = "journal.jsonl"


class FolderInUse(RuntimeError):
    """Another run writes into the same folder."""


@dataclass(frozen=True)
class Entry:
    """What is safe about one student.

    Args:
        fit: the digest of all that the outcome depends on; the entry counts only where it is the same.
        state: "examined": results and notebooks are safe; "done": gradebook and pages hold them too.
        results: one a lesson.
        notebooks: lesson -> the digest of the instructor's notebook, None where it could not be made.
    """

    fit: str
    state: Literal["examined", "done"]
    results: list[Result]
    notebooks: dict[str, str | None]

    @property
    def student(self) -> str:
        """Whose outcome it is."""
        return self.results[0].student


def digest(value: Any) -> str:
    """The SHA-256, in hexadecimal, of any value made of JSON's kinds, dataclasses and bytes."""
    text = json.dumps(value, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"no digest of a {type(value).__name__}")


def flush(path: Path) -> None:
    """Return when a file, or the names in a folder, would survive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Journal:
    """The journal of one folder of results, locked for as long as it is open.

    Args:
        out: the folder, which exists.

    Raises:
        FolderInUse: another run has it open.
        OSError: it cannot be written.
    """

    def __init__(self, out: Path) -> None:
        self.path = out / NAME
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            flush(out)
        except BlockingIOError as error:
            self.close()
            what = f"another run is writing into {out}: wait until it has ended, or choose another --out"
            raise FolderInUse(what) from error

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and so give up the lock."""
        os.close(self._file)

    def read(self) -> dict[str, Entry]:
        """Each student's last entry. What follows the last sound line is cut off."""
        entries: dict[str, Entry] = {}
        data, sound = self.path.read_bytes(), 0
        for line in data.splitlines(keepends=True):
            entry = _entry(line)
            if entry is None:
                log.info("%s is torn after %d of its %d bytes", self.path, sound, len(data))
                break
            entries[entry.student] = entry
            sound += len(line)
        os.ftruncate(self._file, sound)
        return entries

    def clear(self) -> dict[str, Entry]:
        """Forget every entry; there is none left."""
        os.ftruncate(self._file, 0)
        return {}

    def append(self, entry: Entry) -> None:
        """Add an entry; it is safe when this returns.

        Raises:
            OSError: it could not be written whole.
        """
        results = [result.as_json() for result in entry.results]
        left = memoryview(json.dumps(vars(entry) | {"results": results}).encode("ascii") + b"\n")
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)


def _entry(line: bytes) -> Entry | None:
    """The entry that a line holds, None where it is torn."""
    try:
        held = json.loads(line) if line.endswith(b"\n") else {}
        return Entry(**held | {"results": [Result.from_json(one) for one in held["results"]]})
    except (ValueError, KeyError, TypeError):
        return None
