"""Checks that say what is wrong and why: a sentence first, the traceback after it.

A test cell reads

    with Check("zero_pad") as check:
        check.equal(zero_pad(X, 1), expected, "zero_pad(X, 1)")

and says "zero_pad: passed", or stops at the first check that does not hold. An exercise that still raises
NotImplementedError is "not begun", which is not a failure.
"""

import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn

import numpy as np

from cnnkit import mistakes
from cnnkit.differences import COLUMNS, ROWS, Planes, marked, planes, shown_axes
from cnnkit.testing import Ended, LearnersError, kind, side
from cnnkit.values import BOOLS, FLOATS, INTEGERS, exactly, is_array, is_tensor, to_numpy

Frame = tuple[str, int, str]
FRAMES, WIDTH = 8, 76
BUILTINS = {cls.__name__: cls for cls in (bool, int, float, str, tuple, list, dict)}


class CheckFailed(AssertionError):
    """A check that does not hold.

    Args:
        message: what was expected, what came, and where they first differ.
        evidence: a digest of what came, by which a known mistake is recognised; None when there is none.
        exact: whether the evidence is the same on any machine.
        details: lines shown below the message (the learner's own frames).
        planes: the slices that hold the first difference; None where no arrays differ.
    """

    def __init__(
        self,
        message: str,
        evidence: str | None = None,
        exact: bool = False,
        details: Sequence[str] = (),
        planes: Planes | None = None,
    ) -> None:
        super().__init__(message)
        self.evidence = evidence
        self.exact = exact
        self.details = list(details)
        self.planes = planes

    def _render_traceback_(self) -> list[str]:
        return [*_wrapped(str(self)), *self.details]


class NotBegun(NotImplementedError):
    """The exercise still raises NotImplementedError."""

    def _render_traceback_(self) -> list[str]:
        return _wrapped(str(self))


class Check:
    """The checks of one exercise, as a context manager around a test cell's body.

    >>> with Check("double") as check:
    ...     check.equal(2 * 3, 6, "double(3)")
    double: passed

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
            side().heard(self.exercise, None)
        elif isinstance(error, CheckFailed | NotBegun):
            side().heard(self.exercise, error)
        elif isinstance(error, Exception):
            explained = self._explain(error)
            side().heard(self.exercise, explained)
            raise explained from error

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
        """Compare type, length, shape and dtype, and only then the values; nothing is broadcast or converted.

        No derived class passes for an array, a tensor, a number or a container; integers and bools are
        compared exactly, and nan equals nan.

        Args:
            got: what the learner's code gave.
            expected: an array, a tensor, a number, a bool, a string, or a tuple, list or dict of these.
            label: the call as the learner would write it, such as "zero_pad(X, 1)".
            axes: what each axis means, such as ("image", "row", "column", "channel"), to say where.
            same_dtype: demand the very dtype, not only its kind (floating point, integer, bool).
            rtol: relative tolerance of floating-point values.
            atol: absolute tolerance of floating-point values.

        Raises:
            TypeError: `expected` is nothing that can be compared, which is the test's fault.
        """
        found = _difference(got, expected, label, _Rules(tuple(axes), same_dtype, rtol, atol))
        if found:
            self._fail(found.reason, label, got, found.planes)

    def true(self, condition: Any, sentence: str) -> None:
        """Demand that a condition is True (Python's or NumPy's); the sentence says what should hold."""
        if not exactly(condition, BOOLS):
            came = f"(What came is {_short(condition)}, neither True nor False.)"
            self._fail(f"{sentence} {came}", sentence, condition)
        if not condition:
            self._fail(sentence, sentence, False)

    def raises(self, error: type[Exception], f: Callable[..., Any], *args: Any, label: str) -> str:
        """Demand that `f(*args)` raises an error of this class (or one derived from it), and return its text."""
        try:
            got = f(*args)
        except Exception as raised:
            if _not_begun(raised) and error is not NotImplementedError:
                raise
            if error.__name__ not in _names(raised):
                reason = f"{label} should raise {error.__name__}, and raised {_summary(raised)}."
                self._fail(reason, label, _names(raised))
            return _text(raised)
        self._fail(f"{label} should raise {error.__name__}, and returned {_short(got)}.", label, got)

    def answer(
        self,
        got: Any,
        right: str | set[str] | float,
        because: Mapping[str | float, str],
        tolerance: float = 0.0,
    ) -> None:
        """Demand the right answer to a question of a quiz, and explain it either way.

        Args:
            got: the id of a choice; a list or tuple of ids; or a number.
            right: the id, the set of ids, or the number that is right.
            because: {id of a choice: why it is right or wrong}; for a number, {"right": why it is}, and with it, if you
                like, {a wrong number: how one comes to it}.
            tolerance: how far a number may be from the right one.

        Raises:
            NotBegun: there is no answer yet.
        """
        if got is None:
            raise NotBegun(f"{self.exercise}: not answered yet.")
        if isinstance(right, int | float):
            self._form(exactly(got, (*INTEGERS, *FLOATS)), got, "a number")
            is_right, number = abs(float(got) - right) <= tolerance, float(got)
            mistake = [because[number]] if number in because and not is_right else []
            reasons = [*mistake, because["right"]]
        elif isinstance(right, set):
            known = exactly(got, (list, tuple)) and all(
                exactly(one, (str,)) and one in because for one in got
            )
            self._form(known, got, f"a list of some of {_choices(because)}")
            is_right = set(got) == right
            reasons = [because[one] for one in sorted(right if is_right else set(got) ^ right)]
        else:
            self._form(exactly(got, (str,)) and got in because, got, f"one of {_choices(because)}")
            is_right, reasons = got == right, [because[got]]
        if not is_right:
            self._fail(" ".join([f"{_short(got)} is not right.", *reasons]), "answer", got)
        sys.stdout.write("\n".join([*reasons, ""]))

    def _form(self, holds: bool, got: Any, wanted: str) -> None:
        if not holds:
            self._fail(f"the answer should be {wanted}, and is {_came(got)}.", "answer", got)

    def parts(self, got: Any, names: Sequence[str], label: str) -> tuple[Any, ...]:
        """Demand a tuple (or list) with one item per name, and return the items."""
        if not exactly(got, (tuple, list)):
            self._fail(f"{label} should return ({', '.join(names)}), and returned {_came(got)}.", label, got)
        if len(got) != len(names):
            reason = f"{label} should return ({', '.join(names)}), and returned {_count(len(got), 'value')}."
            self._fail(reason, label, got)
        return tuple(got)

    def _fail(self, reason: str, label: str, got: Any, planes: Planes | None = None) -> NoReturn:
        evidence = mistakes.digest(self.exercise, label, got)
        message = self._sentence(reason, evidence)
        raise CheckFailed(message, evidence, mistakes.exact(got), planes=planes)

    def _sentence(self, reason: str, evidence: str) -> str:
        known = side().mistake(evidence)
        message = f"{self.exercise}: {reason}"
        return named(known, self.exercise, message) if known else message

    def _explain(self, error: Exception) -> Exception:
        frames = _frames(error)
        subject = self._subject([name for name, _, _ in frames if not name.startswith("<")])
        if _not_begun(error):
            stands = (
                f", or not finished: line {frames[-1][1]} still raises NotImplementedError"
                if frames
                else " yet"
            )
            return NotBegun(
                f"{self.exercise}: {subject + ' is ' if subject != 'it' else ''}not begun{stands}."
            )
        evidence = mistakes.digest(self.exercise, "raised", _names(error)[0], _text(error))
        reason = f"{subject} raised {_summary(error)}" if frames else _stopped(error)
        return CheckFailed(self._sentence(reason, evidence), evidence, True, _details(frames))

    def _subject(self, functions: Sequence[str]) -> str:
        """Which of the learner's functions, outermost first, a sentence about the last of them is about."""
        if not functions or functions[-1] == self.exercise:
            return "it"
        return f"it calls {functions[-1]}, which" if self.exercise in functions else functions[-1]


def _choices(because: Iterable[object]) -> str:
    return ", ".join(map(repr, because))


def _wrapped(message: str) -> list[str]:
    """The lines of a message, long sentences broken between words (JupyterLab breaks within them)."""
    lines: list[str] = []
    for line in message.split("\n"):
        is_grid = line.startswith(("[", " "))
        lines += [line] if is_grid else textwrap.wrap(line, WIDTH, break_long_words=False) or [""]
    return lines


def named(mistake: str, exercise: str, message: str) -> str:
    """A check's message with the sentence that names the mistake before what was expected and what came."""
    reason = message.removeprefix(f"{exercise}: ")
    return f"{exercise}: {mistake}\n{'It' + reason[2:] if reason.startswith('it ') else reason}"


def _not_begun(error: BaseException) -> bool:
    """A stub's own error: libraries that raise NotImplementedError say what is not implemented."""
    return _names(error)[0] == "NotImplementedError" and not _text(error)


def _names(error: BaseException) -> list[str]:
    if isinstance(error, LearnersError):
        return error.names
    return [base.__name__ for base in type(error).__mro__]


def _text(error: BaseException) -> str:
    if isinstance(error, LearnersError):
        return error.message
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a learner's own exception class may fail to say what it is
        return ""


def _summary(error: BaseException) -> str:
    text = _text(error)
    return f"{_names(error)[0]}: {text[:300]}" if text else _names(error)[0]


def _stopped(error: BaseException) -> str:
    """What to say of an error outside the learner's functions: the test stumbled over what came."""
    if isinstance(error, Ended):
        return f"{_text(error)}."
    if _names(error)[0] == "NameError":
        return f"{_text(error)}: run the cell that defines it first."
    return f"the test stopped at {_summary(error)}"


def _frames(error: BaseException) -> list[Frame]:
    """The learner's own frames: those inside functions, in cells rather than in installed files."""
    if isinstance(error, LearnersError):
        return error.frames
    frames = traceback.extract_tb(error.__traceback__)
    return [(frame.name, frame.lineno or 0, frame.line or "") for frame in frames if _in_cell(frame)]


def _in_cell(frame: traceback.FrameSummary) -> bool:
    if frame.name.startswith(("<module>", "<cell")) or frame.filename.startswith(("<frozen", "<__array")):
        return False
    return frame.filename.startswith("<") or re.search(r"ipykernel_\d", frame.filename) is not None


def _details(frames: Sequence[Frame]) -> list[str]:
    lines = [f"  line {number}, in {name}:  {line}" for name, number, line in frames]
    if len(lines) <= FRAMES:
        return lines
    half = FRAMES // 2
    return [*lines[:half], f"  … {len(lines) - FRAMES} more calls …", *lines[-half:]]


@dataclass(frozen=True)
class _Rules:
    axes: tuple[str, ...]
    same_dtype: bool
    rtol: float
    atol: float

    def differs(self, got: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Where two arrays of one shape differ; floating point within the tolerances."""
        if expected.dtype.kind not in "fc":
            return np.asarray(got != expected)
        wide = np.result_type(got, expected, np.float64)
        close = np.isclose(
            got.astype(wide), expected.astype(wide), rtol=self.rtol, atol=self.atol, equal_nan=True
        )
        return np.asarray(~close)


@dataclass(frozen=True)
class _Difference:
    reason: str
    planes: Planes | None = None


def _difference(got: Any, expected: Any, label: str, rules: _Rules) -> _Difference | None:
    if exactly(expected, (tuple, list, dict)):
        return _container_difference(got, expected, label, rules)
    if expected is None or exactly(expected, (str, np.str_, *BOOLS)):
        reason = _scalar_difference(got, expected, label)
    elif exactly(expected, (*INTEGERS, *FLOATS)):
        reason = _number_difference(got, expected, label, rules)
    elif to_numpy(expected) is None:
        raise TypeError(f"{label} cannot be compared with {_came(expected)}")
    else:
        reason = _array_mismatch(got, expected, label, rules)
        if not reason:
            return _value_difference(got, expected, label, rules)
    return _Difference(reason) if reason else None


def _scalar_difference(got: Any, expected: Any, label: str) -> str | None:
    wanted = expected.item() if isinstance(expected, np.generic) else expected
    came = got.item() if exactly(got, (np.bool_, np.str_)) else got
    if type(came) is type(wanted) and came == wanted:
        return None
    return f"{label} should be {wanted!r}, and is {_short(got)}."


def _number_difference(got: Any, expected: Any, label: str, rules: _Rules) -> str | None:
    whole = exactly(expected, INTEGERS)
    if not exactly(got, INTEGERS if whole else FLOATS):
        return f"{label} should be {'an int' if whole else 'a float'}, and is {_came(got)}."
    if int(got) == int(expected) if whole else not rules.differs(np.asarray(got), np.asarray(expected)):
        return None
    return f"{label} should be {_number(expected)}, and is {_number(got)}."


def _container_difference(got: Any, expected: Any, label: str, rules: _Rules) -> _Difference | None:
    reason = _container_mismatch(got, expected, label)
    if reason:
        return _Difference(reason)
    keys: list[Any] = list(expected) if type(expected) is dict else list(range(len(expected)))
    differences = (_difference(got[key], expected[key], f"{label}[{key!r}]", rules) for key in keys)
    return next(filter(None, differences), None)


def _container_mismatch(got: Any, expected: Any, label: str) -> str | None:
    if type(got) is not type(expected):
        return f"{label} should be {_a(type(expected).__name__)}, and is {_came(got)}."
    if type(expected) is dict:
        if _keys(got) != _keys(expected):
            return f"{label} should have the keys {_keys(expected)}, and has {_keys(got)}."
    elif len(got) != len(expected):
        return f"{label} should have {_count(len(expected), 'item')}, and has {len(got)}."
    return None


def _keys(mapping: dict[Any, Any]) -> str:
    return ", ".join(sorted(_short(key) for key in mapping)) or "none"


def _array_mismatch(got: Any, expected: Any, label: str, rules: _Rules) -> str | None:
    """What is wrong with an array before its values are looked at."""
    if not (is_array(got) if is_array(expected) else is_tensor(got)):
        return f"{label} should be {_a(kind(expected))}, and is {_came(got)}."
    if tuple(got.shape) != tuple(expected.shape):
        return f"{label} should have the shape {tuple(expected.shape)}, and has {tuple(got.shape)}."
    if got.dtype != expected.dtype and (rules.same_dtype or _dtype_kind(got) != _dtype_kind(expected)):
        return f"{label} should have the dtype {expected.dtype}, and has {got.dtype}."
    return f"{label} should hold numbers, and holds none that can be read." if to_numpy(got) is None else None


def _value_difference(got: Any, expected: Any, label: str, rules: _Rules) -> _Difference | None:
    a, b = np.asarray(to_numpy(got)), np.asarray(to_numpy(expected))
    differs = rules.differs(a, b)
    if not differs.any():
        return None
    found = planes(a, b, differs, rules.axes)
    lines = [_where(a, b, differs, label, rules.axes), *(marked(found) if found else [])]
    return _Difference("\n".join(lines), found)


def _where(a: np.ndarray, b: np.ndarray, differs: np.ndarray, label: str, axes: Sequence[str]) -> str:
    if a.ndim == 0:
        return f"{label} should be {_number(b[()])}, and is {_number(a[()])}."
    first = tuple(int(i) for i in np.argwhere(differs)[0])
    words = ", ".join(f"{axis} {i}" for axis, i in zip(axes, first, strict=False))
    place = f"[{', '.join(map(str, first))}]" + (f" ({words})" if words else "")
    lines = [
        f"{label} has the right shape, but {int(differs.sum())} of {_count(differs.size, 'value')} differ.",
        f"The first is at {place}: expected {_number(b[first])}, got {_number(a[first])}.",
    ]
    spoilt = int((np.isnan(a) & ~np.isnan(b)).sum())
    if spoilt:
        yours = f"{spoilt} of yours {'is' if spoilt == 1 else 'are'} nan"
        lines.append(f"{yours}: look for 0/0, inf - inf, or the mean of nothing.")
    plane = _plane(first, axes)
    return "\n".join([*lines, "expected", _grid(b[plane]), "got", _grid(a[plane])])


def _plane(first: tuple[int, ...], axes: Sequence[str]) -> tuple[int | slice, ...]:
    """The rows and columns (or the last two axes) around a place, at most ROWS by COLUMNS of them."""
    index: list[int | slice] = list(first)
    for axis, size in zip(shown_axes(len(first), axes), (ROWS, COLUMNS), strict=True):
        if axis >= 0:
            start = max(0, first[axis] - size + 2)
            index[axis] = slice(start, start + size)
    return tuple(index)


def _grid(array: np.ndarray) -> str:
    return np.array2string(array, precision=4, suppress_small=True, max_line_width=110)


def _dtype_kind(array: Any) -> str:
    dtype = array.dtype
    if isinstance(dtype, np.dtype):
        return {"i": "integer", "u": "integer"}.get(dtype.kind, dtype.kind)
    if dtype.is_floating_point:
        return "f"
    return "c" if dtype.is_complex else "b" if str(dtype) == "torch.bool" else "integer"


def _number(x: Any) -> str:
    return f"{float(x):.6g}" if exactly(x, FLOATS) else _short(x)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _a(noun: str) -> str:
    return f"{'an' if noun.lower().startswith(('a', 'e', 'i', 'o', 'ndarray')) else 'a'} {noun}"


def _came(x: Any) -> str:
    """What a value is, in a sentence that says what it should be."""
    if x is None:
        return "None (is a `return` missing?)"
    name = kind(x)
    if name in ("ndarray", "Tensor") and not (is_array(x) or is_tensor(x)):
        return f"{_a(name)} of another class"
    if name in BUILTINS and not exactly(x, BUILTINS.values()):
        return f"{_a(name)} of another class"
    return f"{_a(name)} of shape {tuple(x.shape)}" if is_array(x) or is_tensor(x) else _a(name)


def _short(x: Any) -> str:
    """A value where it is short and plain, else what it is; never the words of a class of the learner's."""
    if exactly(x, BOOLS):
        return repr(bool(x))
    if x is None or type(x) is float or (type(x) is int and x.bit_length() < 200):
        return repr(x)
    if type(x) is str:
        return repr(x[:80])
    if exactly(x, (*INTEGERS[1:], *FLOATS[1:])):
        return str(x)
    if exactly(x, (tuple, list)) and len(x) <= 8:
        inside = ", ".join(_short(item) for item in x)
        return f"({inside})" if type(x) is tuple else f"[{inside}]"
    return _came(x)
