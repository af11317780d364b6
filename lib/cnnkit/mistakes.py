"""Recognising a known mistake by what it computes, without shipping the code of the mistake.

A failed check leaves *evidence*: a digest of the wrong result (or of the error). The build runs the mistakes
that learners are known to make on a visible test's inputs and stores the sentence that names each under its
evidence, in `mistakes/<lesson>.json` beside the notebook.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.values import exactly, to_numpy

FOLDER = "mistakes"
DECIMALS = 6


def digest(*parts: Any) -> str:
    """A short digest of strings, numbers, arrays, tensors and nested containers of them, floats rounded.

    Of any other object only the name of its type counts.

    >>> digest([0.1 + 0.2]) == digest([0.3])
    True
    >>> digest([0.3]) == digest((0.3,))
    False
    >>> digest({"x": 1, "y": 2}) == digest({"y": 2, "x": 1})
    True
    """
    h = hashlib.sha256()
    for part in parts:
        _feed(h, part)
    return h.hexdigest()[:16]


def _feed(h: Any, part: Any) -> None:
    if exactly(part, (list, tuple, dict)):
        h.update(f"{type(part).__name__}:{len(part)};".encode())
        for item in _in_one_order(part) if type(part) is dict else part:
            _feed(h, item)
        return
    array = to_numpy(part)
    if array is None:
        h.update(f"{type(part).__name__}:{_text(part)};".encode(errors="backslashreplace"))
        return
    if array.dtype.kind in "fc":
        array = _rounded(array)
    h.update(f"{array.dtype.kind}:{array.shape};".encode())
    h.update(np.ascontiguousarray(array).tobytes())


def _in_one_order(part: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """A dictionary's items: two that are equal may have them in different orders."""
    return sorted(part.items(), key=lambda item: digest(item[0]))


def _text(part: Any) -> str:
    if type(part) is int:
        return hex(part)
    return part[:500] if type(part) is str else ""


def _rounded(array: np.ndarray) -> np.ndarray:
    """Rounded, in double precision, with one zero and one nan."""
    with np.errstate(all="ignore"):
        array = (
            np.round(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64), DECIMALS) + 0.0
        )
    return np.where(np.isnan(array), np.nan, array)


def exact(value: Any) -> bool:
    """Whether every number in the value is a small multiple of 1/1024, hence the same on any machine.

    >>> exact([0.5, 3]), exact({"x": 0.1})
    (True, False)
    """
    if exactly(value, (list, tuple)):
        return all(exact(item) for item in value)
    if type(value) is dict:
        return all(exact(item) for item in value.values())
    array = to_numpy(value)
    if array is None or array.dtype.kind not in "fc":
        return True
    return bool(_on_grid(array.real) and _on_grid(array.imag))


def _on_grid(array: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        scaled = array.astype(np.float64) * 1024
    return bool(np.all((scaled == np.round(scaled)) & (abs(scaled) < 2**42)))


def named_on_disk(evidence: str) -> str | None:
    """The sentence for this evidence in the `mistakes` folder beside the notebook, if there is one."""
    for path in sorted(Path(FOLDER).glob("*.json")):
        try:
            sentences = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # a file that is no list of mistakes must not stand in the way of a check
        sentence = sentences.get(evidence) if isinstance(sentences, dict) else None
        if sentence:
            return str(sentence)
    return None
