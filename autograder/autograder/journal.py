"""What a run has done so far: a file that the coordinator alone appends to, and that a later run continues from.

A line is written when a student's outcome is safe on disk ("examined"), and another when the gradebook and the
pages hold it too ("done"). Whatever kills a run leaves whole lines, and at most one torn one at the end.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
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


class Journal(Mapping[str, Entry]):
    """The journal of one folder of results, locked for as long as it is open: each student's last entry.

    It is empty until it is read or appended to. Entries stay in the file until they are asked for.

    Args:
        out: the folder, which exists.

    Raises:
        FolderInUse: another run has it open.
        OSError: it cannot be written.
    """

    def __init__(self, out: Path) -> None:
        self.path = out / NAME
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        self._places: dict[
            str, tuple[int, int]
        ] = {}  # where a student's last line begins, and how long it is
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

    def __getitem__(self, student: str) -> Entry:
        start, length = self._places[student]
        entry = _entry(os.pread(self._file, length, start))
        if entry is None:
            raise OSError(f"{self.path} was changed by something else")
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def read(self) -> None:
        """Find what an earlier run has left. What follows the last sound line is cut off."""
        start = 0
        with self.path.open("rb") as file:
            for line in file:
                entry = _entry(line)
                if entry is None:
                    log.info("%s is torn after %d bytes", self.path, start)
                    break
                self._places[entry.student] = start, len(line)
                start += len(line)
        os.ftruncate(self._file, start)

    def clear(self) -> None:
        """Forget every entry; there is none left."""
        os.ftruncate(self._file, 0)
        self._places.clear()

    def append(self, entry: Entry) -> None:
        """Add an entry; it is safe when this returns.

        Raises:
            OSError: it could not be written whole.
        """
        results = [result.as_json() for result in entry.results]
        line = json.dumps(vars(entry) | {"results": results}).encode("ascii") + b"\n"
        start, left = os.fstat(self._file).st_size, memoryview(line)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        self._places[entry.student] = start, len(line)


def _entry(line: bytes) -> Entry | None:
    """The entry that a line holds, None where it is torn."""
    try:
        held = json.loads(line) if line.endswith(b"\n") else {}
        return Entry(**held | {"results": [Result.from_json(one) for one in held["results"]]})
    except (ValueError, KeyError, TypeError):
        return None
