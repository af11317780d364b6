"""Recognising a known mistake by what it computes, without shipping the code of the mistake.

A failed check leaves *evidence*: a digest of the wrong result (or of the error). The build runs the mistakes that
learners are known to make on a visible test's inputs and stores the sentence that names each under its evidence,
in `mistakes/<lesson>.json` beside the notebook.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = "mistakes"
DECIMALS = 6


def digest(*parts: Any) -> str:
    """A short digest of strings, numbers, arrays, tensors and (nested) sequences of them, floats rounded."""
    h = hashlib.sha256()
    for part in parts:
        _feed(h, part)
    return h.hexdigest()[:16]


def _feed(h: Any, part: Any) -> None:
    if isinstance(part, list | tuple):
        h.update(f"{type(part).__name__}:{len(part)};".encode())
        for item in part:
            _feed(h, item)
        return
    array = _as_array(part)
    if array is None:
        h.update(f"{type(part).__name__}:{str(part)[:500]};".encode())
        return
    if array.dtype.kind == "f":
        with np.errstate(all="ignore"):
            array = np.round(array.astype(np.float64), DECIMALS) + 0.0
    h.update(f"{array.dtype.kind}:{array.shape};".encode())
    h.update(np.ascontiguousarray(array).tobytes())


def exact(value: Any) -> bool:
    """Whether every number in the value is a small multiple of 1/1024, hence the same on any machine."""
    if isinstance(value, list | tuple):
        return all(exact(item) for item in value)
    array = _as_array(value)
    if array is None or array.dtype.kind != "f":
        return True
    scaled = array.astype(np.float64) * 1024
    return bool(np.all(np.isfinite(scaled)) and np.all(scaled == np.round(scaled)) and np.all(abs(scaled) < 2**42))


def _as_array(value: Any) -> np.ndarray | None:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, bool | int | float | np.ndarray | np.generic):
        array = np.asarray(value)
        return array if array.dtype.kind in "biuf" else None
    return None


def named_on_disk(evidence: str) -> str | None:
    """The sentence for this evidence in the `mistakes` folder beside the notebook, if there is one."""
    for path in sorted(Path(FOLDER).glob("*.json")):
        sentence = json.loads(path.read_text(encoding="utf-8")).get(evidence)
        if sentence:
            return str(sentence)
    return None
