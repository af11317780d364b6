"""Checks that say what is wrong and why: a sentence first, the traceback after it.

A test cell reads

    with Check("zero_pad") as check:
        check.equal(zero_pad(X, 1), expected, "zero_pad(X, 1)")

and says "zero_pad: passed", or stops at the first check that does not hold. An exercise that still raises
NotImplementedError is "not begun", which is not a failure.
"""

import sys
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from cnnkit import mistakes
from cnnkit.testing import LearnersError, kind, side

Frame = tuple[str, int, str]


class CheckFailed(AssertionError):
    """A check that does not hold.

    Args:
        message: what was expected, what came, and where they first differ.
        evidence: a digest of what came, by which a known mistake is recognised; None when there is none.
        exact: whether the evidence is the same on any machine.
        details: lines shown below the message (the learner's own frames).
    """

    def __init__(
        self, message: str, evidence: str | None = None, exact: bool = False, details: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.evidence = evidence
        self.exact = exact
        self.details = list(details)

    def _render_traceback_(self) -> list[str]:
        return [str(self), *self.details]


class NotBegun(NotImplementedError):
    """The exercise still raises NotImplementedError."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Check:
    """The checks of one exercise, as a context manager around a test cell's body.

    Args:
        exercise: the name of the graded function.

    Raises:
        CheckFailed: at the end of the with block, when a check does not hold or the learner's code raised.
        NotBegun: when the exercise raised NotImplementedError.
    """

    def __init__(self, exercise: str) -> None:
        self.exercise = exercise

    def __enter__(self) -> "Check":
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if error is None:
            sys.stdout.write(f"{self.exercise}: passed\n")
        elif isinstance(error, Exception) and not isinstance(error, CheckFailed):
            raise self._explain(error) from error

    def equal(
        self,
        got: Any,
        expected: Any,
        label: str,
        *,
        axes: Sequence[str] = (),
        same_dtype: bool = False,
        rtol: float = 1e-6,
        atol: float = 1e-8,
    ) -> None:
        """Compare type, length, shape and dtype, and only then the values.

        Args:
            got: what the learner's code gave.
            expected: an array, a tensor, a number, a bool, a string, or a tuple, list or dict of these.
            label: the call as the learner would write it, such as "zero_pad(X, 1)".
            axes: what each axis means, such as ("image", "row", "column", "channel"), to say where values differ.
            same_dtype: demand the very dtype, not only its kind (floating point, integer, bool).
            rtol: relative tolerance of floating-point values.
            atol: absolute tolerance of floating-point values.
        """
        reason = _difference(got, expected, label, axes, same_dtype, rtol, atol)
        if reason:
            self._fail(reason, label, got)

    def true(self, condition: Any, sentence: str) -> None:
        """Demand that a condition is True; the sentence says what should hold."""
        if type(condition) not in (bool, np.bool_) or not condition:
            self._fail(sentence, sentence, bool(condition) if type(condition) in (bool, np.bool_) else None)

    def raises(self, error: type[Exception], f: Callable[..., Any], *args: Any, label: str) -> None:
        """Demand that `f(*args)` raises an error of this class (or one derived from it)."""
        try:
            got = f(*args)
        except Exception as raised:  # noqa: BLE001 - whatever the learner's code raises is what is judged
            if error.__name__ not in _names(raised):
                self._fail(f"{label} should raise {error.__name__}, and raised {_summary(raised)}.", label, _names(raised))
            return
        self._fail(f"{label} should raise {error.__name__}, and returned {_short(got)}.", label, got)

    def parts(self, got: Any, names: Sequence[str], label: str) -> tuple[Any, ...]:
        """Demand a tuple (or list) with one item per name, and return the items."""
        if type(got) not in (tuple, list) or len(got) != len(names):
            came = f"{len(got)} values" if type(got) in (tuple, list) else kind(got)
            self._fail(f"{label} should return ({', '.join(names)}), and returned {came}.", label, None)
        return tuple(got)

    def _fail(self, reason: str, label: str, got: Any) -> None:
        evidence = mistakes.digest(self.exercise, label, got)
        raise CheckFailed(self._sentence(reason, evidence), evidence, mistakes.exact(got))

    def _sentence(self, reason: str, evidence: str) -> str:
        known = side().mistake(evidence)
        return f"{self.exercise}: {known}\n{reason}" if known else f"{self.exercise}: {reason}"

    def _explain(self, error: Exception) -> Exception:
        frames = _frames(error)
        inner = frames[-1][0] if frames else self.exercise
        called = f"{self.exercise} calls {inner}, which" if inner not in (self.exercise, "<module>") else "it"
        if "NotImplementedError" in _names(error):
            text = "not begun yet." if called == "it" else f"{called} is not begun yet."
            return NotBegun(f"{self.exercise}: {text}")
        evidence = mistakes.digest(self.exercise, "raised", _names(error)[0], _text(error))
        reason = f"{called} raised {_summary(error)}"
        details = [f"  line {number}, in {name}:  {line}" for name, number, line in frames]
        return CheckFailed(self._sentence(reason, evidence), evidence, True, details)


def _names(error: BaseException) -> list[str]:
    if isinstance(error, LearnersError):
        return error.names
    return [base.__name__ for base in type(error).__mro__]


def _text(error: BaseException) -> str:
    return error.message if isinstance(error, LearnersError) else str(error)


def _summary(error: BaseException) -> str:
    text = _text(error)
    return f"{_names(error)[0]}: {text[:300]}" if text else _names(error)[0]


def _frames(error: BaseException) -> list[Frame]:
    """The learner's own frames: those inside functions, in cells rather than in installed files."""
    if isinstance(error, LearnersError):
        return error.frames
    frames = traceback.extract_tb(error.__traceback__)
    return [
        (frame.name, frame.lineno or 0, frame.line or "")
        for frame in frames
        if frame.name != "<module>" and ("ipykernel" in frame.filename or frame.filename.startswith("<"))
    ]


def _difference(
    got: Any, expected: Any, label: str, axes: Sequence[str], same_dtype: bool, rtol: float, atol: float
) -> str | None:
    if expected is None or type(expected) in (str, bool):
        return _scalar_difference(got, expected, label)
    if type(expected) in (int, float) or isinstance(expected, np.generic):
        return _number_difference(got, expected, label, rtol, atol)
    if type(expected) in (tuple, list, dict):
        return _container_difference(got, expected, label, axes, same_dtype, rtol, atol)
    return _array_difference(got, expected, label, axes, same_dtype, rtol, atol)


def _scalar_difference(got: Any, expected: Any, label: str) -> str | None:
    if type(expected) is bool and type(got) is np.bool_:
        got = bool(got)
    if type(got) is type(expected) and got == expected:
        return None
    return f"{label} should be {expected!r}, and is {_short(got)}."


def _number_difference(got: Any, expected: Any, label: str, rtol: float, atol: float) -> str | None:
    whole = isinstance(expected, int | np.integer)
    allowed: tuple[type, ...] = (int, np.integer) if whole else (float, np.floating)
    if type(got) is bool or not isinstance(got, allowed):
        wanted = "an int" if whole else "a float"
        return f"{label} should be {wanted}, and is {_a(kind(got))}{_shape_note(got)}."
    if np.isclose(got, expected, rtol=0 if whole else rtol, atol=0 if whole else atol):
        return None
    return f"{label} should be {_number(expected)}, and is {_number(got)}."


def _container_difference(
    got: Any, expected: Any, label: str, axes: Sequence[str], same_dtype: bool, rtol: float, atol: float
) -> str | None:
    if type(got) is not type(expected):
        return f"{label} should be {_a(type(expected).__name__)}, and is {_a(kind(got))}."
    if isinstance(expected, dict):
        if sorted(map(str, got)) != sorted(map(str, expected)):
            return f"{label} should have the keys {sorted(map(str, expected))}, and has {sorted(map(str, got))}."
        keys = list(expected)
    else:
        if len(got) != len(expected):
            return f"{label} should have {len(expected)} items, and has {len(got)}."
        keys = list(range(len(expected)))
    for key in keys:
        reason = _difference(got[key], expected[key], f"{label}[{key!r}]", axes, same_dtype, rtol, atol)
        if reason:
            return reason
    return None


def _array_difference(
    got: Any, expected: Any, label: str, axes: Sequence[str], same_dtype: bool, rtol: float, atol: float
) -> str | None:
    if kind(got) != kind(expected):
        return f"{label} should be {_a(kind(expected))}, and is {_a(kind(got))}."
    if tuple(got.shape) != tuple(expected.shape):
        return f"{label} should have the shape {tuple(expected.shape)}, and has {tuple(got.shape)}."
    if got.dtype != expected.dtype and (same_dtype or _dtype_kind(got) != _dtype_kind(expected)):
        return f"{label} should have the dtype {expected.dtype}, and has {got.dtype}."
    a, b = (np.asarray(x.detach().cpu() if hasattr(x, "detach") else x) for x in (got, expected))
    if b.dtype.kind == "f":
        differs = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    else:
        differs = a != b
    return _where(a, b, differs, label, axes) if differs.any() else None


def _where(a: np.ndarray, b: np.ndarray, differs: np.ndarray, label: str, axes: Sequence[str]) -> str:
    first = tuple(int(i) for i in np.argwhere(differs)[0])
    words = ", ".join(f"{axis} {i}" for axis, i in zip(axes, first, strict=False))
    place = f"[{', '.join(map(str, first))}]" + (f" ({words})" if words else "")
    count = int(differs.sum())
    lines = [
        f"{label} has the right shape, but {count} of {differs.size} values differ.",
        f"The first is at {place}: expected {_number(b[first])}, got {_number(a[first])}.",
    ]
    if a.ndim >= 2:
        rows = first[:-2] if len(axes) != 4 else (first[0], slice(None), slice(None), first[3])
        lines += ["expected", _grid(b[rows]), "got", _grid(a[rows])]
    return "\n".join(lines)


def _grid(array: np.ndarray) -> str:
    return np.array2string(array[:6, :8], precision=4, suppress_small=True)


def _dtype_kind(array: Any) -> str:
    dtype = array.dtype
    if isinstance(dtype, np.dtype):
        return {"i": "integer", "u": "integer"}.get(dtype.kind, dtype.kind)
    return "f" if dtype.is_floating_point else ("b" if str(dtype) == "torch.bool" else "integer")


def _number(x: Any) -> str:
    return f"{float(x):.6g}" if isinstance(x, float | np.floating) else str(x)


def _shape_note(got: Any) -> str:
    return f" of shape {tuple(got.shape)}" if hasattr(got, "shape") and kind(got) in ("ndarray", "Tensor") else ""


def _a(noun: str) -> str:
    return noun if noun == "NoneType" else f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _short(x: Any) -> str:
    note = _shape_note(x)
    return f"{_a(kind(x))}{note}" if note else f"{x!r}"[:80]
