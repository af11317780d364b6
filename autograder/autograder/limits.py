"""How much of everything a submission may use, in one place."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Limits on the worker and on what it sends. Times are wall-clock seconds unless said otherwise.

    Args:
        start: until a worker answers for the first time.
        cell: for one of the learner's cells.
        call: for one call of a learner's function from a test.
        submission: for one lesson of one student, replays included.
        cpu: seconds of processor time of a worker, all its processes together.
        memory: bytes that a worker may use beyond what a fresh one has, all its processes together.
        processes: processes and threads of one worker.
        file_size: bytes of one file that a worker writes.
        scratch: bytes of the worker's private /tmp.
        open_files: open files of one worker process.
        message: bytes of one message from the worker.
        depth: nesting of one value.
        count: items in one value, containers' contents included.
        text: characters of text output kept per cell.
        pictures: pictures kept per cell.
        outputs: characters of all outputs kept per notebook, pictures (in base64) included.
        handles: objects that one worker may keep for the examiner.
        examiner_memory: bytes of data that the examiner's own process may allocate.
    """

    start: float = 60.0
    cell: float = 30.0
    call: float = 10.0
    submission: float = 300.0
    cpu: int = 300
    memory: int = 2048 * MEBIBYTE
    processes: int = 128
    file_size: int = 64 * MEBIBYTE
    scratch: int = 256 * MEBIBYTE
    open_files: int = 256
    message: int = 64 * MEBIBYTE
    depth: int = 16
    count: int = 100_000
    text: int = 20_000
    pictures: int = 12
    outputs: int = 48 * MEBIBYTE
    handles: int = 10_000
    examiner_memory: int = 1536 * MEBIBYTE

    def named(self, names: Sequence[str], text: str) -> str | None:
        """The limit that an error of Python's or torch's speaks of, in words; None for any other error.

        Args:
            names: the error's class and that class's bases.
            text: what it says.
        """
        if {"MemoryError", "_ArrayMemoryError"} & set(names) or "can't allocate memory" in text:
            return f"{self.memory // MEBIBYTE} MB of memory"
        if "BlockingIOError" in names or "can't start new thread" in text:
            return f"{self.processes} processes and threads"
        numbers = {
            "[Errno 24]": f"{self.open_files} open files",
            "[Errno 27]": f"{self.file_size // MEBIBYTE} MB in a file",
            "[Errno 28]": f"{self.scratch // MEBIBYTE} MB in /tmp",
        }
        return next((words for number, words in numbers.items() if number in text), None)


class LimitsInvalid(ValueError):
    """A file of limits that cannot be used."""


def read_limits(path: Path) -> Limits:
    """The limits that a TOML file states; what it leaves out, or all where there is no file, as it is by default.

    Raises:
        LimitsInvalid: it is no TOML, names a limit that there is not, or gives one that is no positive number.
    """
    if not path.exists():
        return Limits()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LimitsInvalid(f"{path} is no TOML: {error}") from error
    kinds = {one.name: one.type for one in fields(Limits)}
    for name, value in given.items():
        if name not in kinds:
            raise LimitsInvalid(f"{path}: there is no limit {name!r}; there are {', '.join(kinds)}")
        numbers = (int, float) if kinds[name] in (float, "float") else (int,)
        if type(value) not in numbers or value <= 0:
            kind = "number" if float in numbers else "whole number"
            raise LimitsInvalid(f"{path}: {name} should be a {kind} above 0, and is {value!r}")
    return Limits(**given)
