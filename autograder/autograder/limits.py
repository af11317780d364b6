"""How much of everything a submission may use, in one place."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

MEBIBYTE = 2**20


@dataclass(frozen=True)
class IntakeLimits:
    """How much of a submission is read.

    Args:
        notebook_bytes: size of a notebook.
        zip_bytes: size of a zip.
        zip_members: files in a zip.
        zip_ratio: how many times its packed size a zip's member may have, once it is over 1 MB.
        json_depth: lists and objects inside one another.
        json_tokens: strings, brackets and commas in a notebook's JSON.
        cells: cells in a notebook.
        name_bytes: length of a student's name.
        checkpoint_bytes: size of a file of weights.
        checkpoints_bytes: size of all that a student handed in for an assignment.
        header_bytes: size of the header of a file of weights.
        answers_bytes: size of the file of what was clicked in a quiz.
        manifest_bytes: size of the list of what was packed.
    """

    notebook_bytes: int = 20_000_000
    zip_bytes: int = 60_000_000
    zip_members: int = 1_000
    zip_ratio: int = 200
    json_depth: int = 60
    json_tokens: int = 1_000_000
    cells: int = 1_000
    name_bytes: int = 80
    checkpoint_bytes: int = 30_000_000
    checkpoints_bytes: int = 40_000_000
    header_bytes: int = 1_000_000
    answers_bytes: int = 65_536
    manifest_bytes: int = 200_000


@dataclass(frozen=True)
class RebuildLimits:
    """How much of a learner's text is kept.

    Args:
        added_cells: number of cells that the learner added.
        added_chars: text of these together.
        cell_chars: text of one cell.
    """

    added_cells: int = 300
    added_chars: int = 400_000
    cell_chars: int = 50_000


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
        intake: how much of a submission is read.
        rebuild: how much of a learner's text is kept.
    """

    start: float = 60.0
    cell: float = 30.0
    call: float = 30.0
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
    intake: IntakeLimits = IntakeLimits()
    rebuild: RebuildLimits = RebuildLimits()

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


PARTS: dict[str, type[Any]] = {"intake": IntakeLimits, "rebuild": RebuildLimits}


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
    for name, value in given.items():
        if name in PARTS and not isinstance(value, dict):
            raise LimitsInvalid(f"{path}: {name} should be a table, [{name}], and is {value!r}")
        if name in PARTS:
            _check(path, PARTS[name], value)
    _check(path, Limits, {name: value for name, value in given.items() if name not in PARTS})
    return limits_of(given)


def _check(path: Path, kind: type[Any], given: Mapping[str, Any]) -> None:
    defaults = {one.name: one.default for one in fields(kind) if one.name not in PARTS}
    for name, value in given.items():
        if name not in defaults:
            raise LimitsInvalid(f"{path}: there is no limit {name!r}; there are {', '.join(defaults)}")
        numbers = (int, float) if type(defaults[name]) is float else (int,)
        if type(value) not in numbers or value <= 0:
            what = "number" if float in numbers else "whole number"
            raise LimitsInvalid(f"{path}: {name} should be a {what} above 0, and is {value!r}")


def limits_of(given: Mapping[str, Any]) -> Limits:
    """Limits of what a table, or `dataclasses.asdict`, says; the rest is as by default."""
    return Limits(**{name: PARTS[name](**one) if name in PARTS else one for name, one in given.items()})
