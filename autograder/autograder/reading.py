"""From the bytes of a file that was handed in to a notebook of sound cells, or a line that says why not."""

import json
import math
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.limits import IntakeLimits
from autograder.records import Event, Severity

AGAIN = "It has to be handed in again."
# A string, or one character that shapes the JSON; a lone quote opens a string that never ends.
TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
# Bytes of each type of number that a file of weights may hold.
ITEM_BYTES = dict(BOOL=1, U8=1, I8=1, U16=2, I16=2, F16=2, BF16=2, U32=4, I32=4, F32=4, U64=8, I64=8, F64=8)
DIGEST = re.compile("[0-9a-f]{64}")  # of SHA-256
CELL_PROBLEMS = {
    "odd_cell": "not cells at all: left out",
    "odd_source": "without text, or with something else in its place: read as empty",
    "odd_type": "of a kind that notebooks do not have: read as raw text",
    "odd_text": "with characters that no text may hold: replaced",
}


class IntakeError(Exception):
    """Something that is not read, and why.

    Args:
        kind: as in Event.
        message: a line that a teacher understands and can act on.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.event = Event(kind, "warning", None, message)


def note(events: list[Event], kind: str, message: str, severity: Severity = "warning") -> None:
    """Add an event about a whole submission."""
    events.append(Event(kind, severity, None, message))


def show(text: object) -> str:
    """A name or text from a submission, quoted, escaped and cut so that it can stand in a message."""
    plain = str(text)
    quoted = repr(plain if len(plain) <= 60 else plain[:57] + "...")
    return quoted.encode("utf-8", "backslashreplace").decode("utf-8")


def read_notebook(data: bytes, limits: IntakeLimits | None = None) -> tuple[NotebookNode, list[Event]]:
    """Make a notebook of a file's bytes, with what was noticed.

    Its cells have type, source, id, nbgrader's metadata (plain values), tags, a mark where there were
    attachments, and nothing else.

    Raises:
        IntakeError: it cannot be read as a notebook.
    """
    limits = limits or IntakeLimits()
    events: list[Event] = []
    content = _parse(_decode(data, events), limits, events)
    cells = _cells(content, events)
    if len(cells) > limits.cells:
        raise IntakeError(
            "too_many_cells", f"The notebook has {len(cells)} cells: at most {limits.cells} are read."
        )
    _note_kernel(content.get("metadata"), events)
    sound = _sound_cells(cells, events)
    return NotebookNode(cells=sound, metadata=NotebookNode(), nbformat=4, nbformat_minor=5), events


def _decode(data: bytes, events: list[Event]) -> str:
    if not data.strip():
        raise IntakeError("empty", f"The file is empty. {AGAIN}")
    encoding: str = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "latin-1", data.decode("latin-1")
    if "\0" in text:
        raise IntakeError(
            "nul_bytes", f"The file has zero bytes where text should be: damaged in copying. {AGAIN}"
        )
    if encoding != "utf-8":
        severity: Severity = "info" if encoding == "utf-8-sig" else "warning"
        note(
            events,
            "encoding",
            f"The file is not plain UTF-8; read as {encoding}: check accented letters.",
            severity,
        )
    return text


def _check_size(text: str, limits: IntakeLimits) -> None:
    """Bound the depth and the number of values before the parser builds them."""
    depth = 0
    for number, match in enumerate(TOKEN.finditer(text)):
        token = match.group() if match.end() - match.start() == 1 else ""
        if token == '"':
            return
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if depth > limits.json_depth:
            raise IntakeError("too_deep", f"The file nests values over {limits.json_depth} deep. {AGAIN}")
        if number > limits.json_tokens:
            raise IntakeError("too_many_values", f"The file holds too many values for a notebook. {AGAIN}")


@dataclass
class _Oddities:
    """What the JSON parser met: it asks these methods about numbers and the keys of each object."""

    numbers: bool = False
    keys: list[str] = field(default_factory=list)

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs) and not self.keys:
            names = [key for key, _ in pairs]
            seen: set[str] = set()
            self.keys += [key for key in names if key in seen or seen.add(key)][:1]  # type: ignore[func-returns-value]
        return made

    def number(self, digits: str) -> float | None:
        if len(digits) > 400 or abs(float(digits)) == float("inf") or digits == "NaN":
            self.numbers = True
            return None
        return float(digits) if set(digits) & set(".eE") else int(digits)


def _parse(text: str, limits: IntakeLimits, events: list[Event]) -> dict[str, Any]:
    _check_size(text, limits)
    met = _Oddities()
    hooks: dict[str, Any] = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), met.number)
    try:
        content = json.loads(text, object_pairs_hook=met.pairs, **hooks)
    except json.JSONDecodeError as error:
        raise IntakeError("not_json", _what_it_is(text, error)) from error
    if met.numbers:
        note(
            events,
            "odd_numbers",
            "Numbers that JSON lacks (NaN, Infinity) or huge ones were left out.",
            "info",
        )
    if met.keys:
        note(
            events,
            "duplicate_keys",
            f"The file gives {show(met.keys[0])} twice in one place: the last was read.",
        )
    if not isinstance(content, dict):
        raise IntakeError(
            "not_a_notebook", f"The file is JSON, but a {type(content).__name__}, no notebook. {AGAIN}"
        )
    return content


def _what_it_is(text: str, error: json.JSONDecodeError) -> str:
    start = text.lstrip()[:200].lower()
    strangers = {
        (
            "<!doctype",
            "<html",
            "<?xml",
        ): "The file is a web page: ask for the .ipynb itself (File > Download).",
        ("pk\x03\x04",): "The file is a zip under a notebook's name: ask for the .ipynb in it.",
        ("%pdf",): "The file is a PDF: ask for the .ipynb.",
    }
    for marks, message in strangers.items():
        if start.startswith(marks):
            return message
    if not start.startswith("{"):
        return f"The file is not a notebook (not JSON). {AGAIN}"
    if re.search(r"^(<{7}|>{7}) ", text, flags=re.MULTILINE):
        return "The file has the marks of an unfinished git merge (<<<<<<<) in it: ask for it without them."
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return f"The notebook breaks off: it was cut short when it was saved or sent. {AGAIN}"
    return f"The notebook is damaged: it makes no sense from line {error.lineno} on. {AGAIN}"


def _cells(content: dict[str, Any], events: list[Event]) -> list[Any]:
    version = content.get("nbformat")
    if version in (1, 2, 3) or (version is None and "worksheets" in content):
        return _upgraded(content, int(version or 3), events)
    if version != 4:
        note(events, "odd_format", f"The notebook gives its format as {show(version)}: read as format 4.")
    cells = content.get("cells")
    if not isinstance(cells, list):
        what = (
            "holds no cells" if cells is None else f"has a {type(cells).__name__} where its cells should be"
        )
        raise IntakeError("no_cells", f"The file {what}: damaged, or no notebook. {AGAIN}")
    return cells


def _upgraded(content: dict[str, Any], version: int, events: list[Event]) -> list[Any]:
    try:
        old = nbformat.reader.reads(json.dumps(content | {"nbformat": version}))
        cells = nbformat.convert(old, 4).cells
    except Exception as error:  # whatever a damaged notebook makes it meet
        message = f"The notebook has the old format {version} and cannot be converted: ask for it saved anew."
        raise IntakeError("old_format", message) from error
    for cell in cells:
        cell.pop("id", None)
    note(events, "old_format", f"The notebook has the old format {version}; it was converted.", "info")
    return list(cells)


def _note_kernel(metadata: Any, events: list[Event]) -> None:
    spec, info = (_part(metadata, key) for key in ("kernelspec", "language_info"))
    known = {"ir": "R", "bash": "bash"}.get(str(spec.get("name")), "python")
    language = spec.get("language") or info.get("name") or known
    if "python" not in str(language).lower():
        note(
            events,
            "foreign_kernel",
            f"The notebook was saved for {show(language)}: graded with Python all the same.",
        )


def _part(metadata: Any, key: str) -> dict[str, Any]:
    part = metadata.get(key) if isinstance(metadata, dict) else None
    return part if isinstance(part, dict) else {}


def _sound_cells(cells: list[Any], events: list[Event]) -> list[NotebookNode]:
    problems: dict[str, list[int]] = {kind: [] for kind in CELL_PROBLEMS}
    sound: list[NotebookNode] = []
    ids: set[str] = set()
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict):
            sound.append(_sound_cell(cell, number, problems))
            sound[-1]["id"] = _id(cell, number, ids)
            ids.add(sound[-1]["id"])
        else:
            problems["odd_cell"].append(number)
    for kind, numbers in problems.items():
        if numbers:
            listed = ", ".join(map(str, numbers[:10])) + (", …" if len(numbers) > 10 else "")
            note(
                events,
                kind,
                f"{len(numbers)} of the notebook's cells are {CELL_PROBLEMS[kind]} (number {listed}).",
            )
    return sound


def _sound_cell(cell: dict[str, Any], number: int, problems: dict[str, list[int]]) -> NotebookNode:
    kind = cell.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        problems["odd_type"].append(number)
        kind = "raw"
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        problems["odd_source"].append(number)
        source = ""
    if _clean(source) != source:
        problems["odd_text"].append(number)
    made = NotebookNode(cell_type=kind, metadata=_metadata(cell), source=_clean(source))
    if kind == "code":
        made.update(outputs=[], execution_count=None)
    elif cell.get("attachments"):
        made["attachments"] = NotebookNode()
    return made


def _clean(text: str) -> str:
    """The text without zero characters and halves of surrogate pairs, which no file or database takes."""
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


def _id(cell: dict[str, Any], number: int, taken: Collection[str]) -> str:
    """The cell's id: its own, or the one that a frontend moved to the metadata, or one by its number."""
    metadata = cell.get("metadata")
    for found in (cell.get("id"), metadata.get("id") if isinstance(metadata, dict) else None):
        if isinstance(found, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", found) and found not in taken:
            return found
    return next(new for new in (f"submitted-{number:03d}{'x' * i}" for i in count()) if new not in taken)


def _metadata(cell: dict[str, Any]) -> NotebookNode:
    """What grading looks at of a cell's metadata: nbgrader's own, as plain values, and the tags."""
    given = cell.get("metadata")
    made = NotebookNode()
    if not isinstance(given, dict):
        return made
    if isinstance(given.get("nbgrader"), dict):
        plain = {key: value for key, value in given["nbgrader"].items() if not isinstance(value, list | dict)}
        texts = {key: _clean(value) if isinstance(value, str) else value for key, value in plain.items()}
        made["nbgrader"] = NotebookNode({_clean(key): value for key, value in texts.items()})
    if isinstance(given.get("tags"), list):
        made["tags"] = [_clean(tag) for tag in given["tags"] if isinstance(tag, str)]
    return made


def check_weights(name: str, data: bytes, limits: IntakeLimits | None = None) -> None:
    """Make sure that a file is safetensors, with a small header that agrees with its size; no weights are looked at.

    Raises:
        IntakeError: it is not.
    """
    limits = limits or IntakeLimits()
    length = int.from_bytes(data[:8], "little")
    try:
        if length > limits.header_bytes:
            raise ValueError("a header that is too long")
        text = data[8 : 8 + length].decode("utf-8")
        _check_size(text, limits)
        header = json.loads(text)
        spans = sorted(_span(about) for key, about in header.items() if key != "__metadata__")
        ends = [0, *(end for _, end in spans)]
        if [begin for begin, _ in spans] != ends[:-1] or ends[-1] != len(data) - 8 - length:
            raise ValueError("tensors that leave gaps, overlap, or do not fill the file")
    except (IntakeError, ValueError, TypeError, KeyError, AttributeError) as error:
        what = f"{show(name)} is not a file of weights (safetensors), or a damaged one: not taken."
        raise IntakeError("bad_checkpoint", f"{what} {AGAIN}") from error


def _span(about: Any) -> tuple[int, int]:
    """Where a tensor begins and ends, as a header says; ValueError, TypeError or KeyError where it makes no sense."""
    shape, (begin, end) = about["shape"], about["data_offsets"]
    numbers = [*shape, begin, end]
    if len(numbers) > 10 or any(type(n) is not int or n < 0 for n in numbers):
        raise ValueError("a shape or place that is none")
    if end - begin != ITEM_BYTES[about["dtype"]] * math.prod(shape):
        raise ValueError("a place that is not as long as the tensor")
    return begin, end


def read_manifest(data: bytes, limits: IntakeLimits | None = None) -> dict[str, str]:
    """The SHA-256 digests that the list of what was packed gives, by the files' paths beside it; no more of it is used.

    Raises:
        IntakeError: it is no such list.
    """
    try:
        text = data.decode("utf-8")
        _check_size(text, limits or IntakeLimits())
        found = {path: about["sha256"] for path, about in json.loads(text)["files"].items()}
        if not all(map(DIGEST.fullmatch, found.values())):
            raise ValueError("a digest that is none")
    except (IntakeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IntakeError("bad_manifest", "It is not what `cnnkit hand-in` writes, or damaged.") from error
    return found
