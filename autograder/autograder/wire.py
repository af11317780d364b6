"""How values travel between examiner and worker: as plain data, never pickled.

A value is a JSON tree of tagged lists plus raw buffers. What is not data (a module, a generator, a subclass of an
array) travels as a *handle*, a number that stands for it. What comes from a worker is decoded to exact plain types,
within limits, whatever it claims to be.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jupyter_client import session

from autograder.limits import Limits
from cnnkit.testing import Recipe

Tree = list[Any]
session.extract_dates = lambda parts: parts  # of a message: nobody reads them
TARGET = "autograder"  # the comm that the two talk over
ARRAY_DTYPES = {
    np.dtype(name).str
    for name in ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
}
TENSOR_DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64"
)  # fmt: skip
MAX_DIMENSIONS = 32
MAX_DIGITS = 4000
MAX_KEYS = 2000


class WireError(ValueError):
    """A value that may not cross, or a message that is not what it should be."""


class RecipeFailed(Exception):
    """A model could not be built from its recipe."""


class Encoder:
    """Turns values into a tree and buffers.

    Args:
        handle: called with an object that is not data; returns its number and the name of its type.
    """

    def __init__(self, handle: Callable[[Any], tuple[int, str]], limits: Limits) -> None:
        self.handle = handle
        self.limits = limits
        self.buffers: list[bytes] = []
        self.size = 0
        self.count = 0

    def encode(self, value: Any, depth: int = 0) -> Tree:
        """The tree of a value; its raw bytes are appended to `buffers`.

        Raises:
            WireError: it is too deep, too long or too large.
        """
        self.count += 1
        if depth > self.limits.depth or self.count > self.limits.count:
            deep, many = (
                f"nested too deeply (over {self.limits.depth})",
                f"too many items (over {self.limits.count})",
            )
            raise WireError(f"the value is {deep} or has {many}")
        plain = _encode_plain(value)
        if plain is not None:
            return plain
        if type(value) in (list, tuple):
            return [
                "list" if type(value) is list else "tuple",
                [self.encode(item, depth + 1) for item in value],
            ]
        if type(value) is dict:
            pairs = [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items()]
            return ["dict", pairs]
        if type(value) is Recipe:
            parts = (
                value.constructor,
                tuple(value.args),
                dict(value.kwargs),
                value.state and dict(value.state),
            )
            return ["recipe", self.encode(parts, depth + 1)]
        return self._encode_array(value) or ["handle", *self.handle(value)]

    def _encode_array(self, value: Any) -> Tree | None:
        if type(value) is np.ndarray and (native := value.dtype.newbyteorder("=")).str in ARRAY_DTYPES:
            contiguous = np.ascontiguousarray(value, dtype=native)
            return ["array", native.str, list(value.shape), self._buffer(contiguous)]
        if (
            isinstance(value, np.generic)
            and type(value).__module__ == "numpy"
            and value.dtype.str in ARRAY_DTYPES
        ):
            return ["scalar", value.dtype.str, self._buffer(np.asarray(value))]
        if type(value).__module__.split(".")[0] != "torch" or type(value).__name__ not in (
            "Tensor",
            "Parameter",
        ):
            return None
        import torch  # noqa: PLC0415 - a worker whose learner uses NumPy alone never pays for it

        if value.layout is not torch.strided or str(value.dtype).removeprefix("torch.") not in TENSOR_DTYPES:
            return None
        # An empty tensor may have a stride of 0, which cannot be viewed as bytes.
        data = value.detach().cpu().contiguous().reshape(-1) if value.numel() else torch.empty(0)
        flat = data.view(torch.uint8).numpy()
        return ["tensor", str(value.dtype).removeprefix("torch."), list(value.shape), self._buffer(flat)]

    def _buffer(self, array: np.ndarray) -> int:
        self.size += array.nbytes
        if self.size > self.limits.message:
            raise WireError(f"the value is larger than {self.limits.message // 2**20} MB")
        self.buffers.append(array.tobytes())
        return len(self.buffers) - 1


def _encode_plain(value: Any) -> Tree | None:
    if value is None:
        return ["none"]
    if type(value) is bool:
        return ["bool", value]
    if type(value) is int:
        return ["int", hex(value)] if value.bit_length() < 4 * MAX_DIGITS else None
    if type(value) is float:
        return ["float", value.hex()]
    if type(value) is str:
        return ["str", value.encode("utf-8", "replace").decode("utf-8")]
    return None


class Decoder:
    """Turns a tree and buffers into exact plain values; what does not fit is refused.

    Args:
        handle: called with the number and type name of a handle; returns what stands for it on this side.
        recipe: called with a recipe; None where recipes are not accepted.
    """

    def __init__(
        self,
        buffers: Sequence[Any],
        handle: Callable[[int, str], Any],
        limits: Limits,
        recipe: Callable[[Recipe], Any] | None = None,
    ) -> None:
        self.buffers = buffers
        self.handle = handle
        self.recipe = recipe
        self.limits = limits
        self.count = 0
        if sum(len(buffer) for buffer in buffers) > limits.message:
            raise WireError("the message is too large")

    def decode(self, tree: Any, depth: int = 0) -> Any:
        """The value of a tree.

        Raises:
            WireError: it is not a tree of this format, or exceeds a limit.
        """
        self.count += 1
        if depth > self.limits.depth + 1 or self.count > 2 * self.limits.count:
            raise WireError("the value is nested too deeply or has too many items")
        try:
            return self._decode(tree, depth)
        except WireError:
            raise
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise WireError(f"not a value of this protocol ({type(error).__name__})") from error

    def _decode(self, tree: Any, depth: int) -> Any:
        tag, *rest = _expect(tree, list)
        if tag in ("none", "bool", "int", "float", "str"):
            return _decode_plain(tag, rest)
        if tag in ("list", "tuple"):
            items = [self.decode(item, depth + 1) for item in _expect(rest[0], list)]
            return items if tag == "list" else tuple(items)
        if tag == "dict":
            pairs = _expect(rest[0], list)
            if (
                len(pairs) > MAX_KEYS
            ):  # keys can be made to collide, and then take a time that grows by the square
                raise WireError("a dict of too many keys")
            return {self.decode(k, depth + 1): self.decode(v, depth + 1) for k, v in pairs}
        if tag in ("array", "scalar"):
            return self._decode_array(tag, rest)
        if tag == "tensor":
            return self._decode_tensor(rest)
        if tag == "handle":
            return self.handle(_expect(rest[0], int), _expect(rest[1], str)[:80])
        if tag == "recipe":
            constructor, args, kwargs, state = self.decode(rest[0], depth)
            return self._build(Recipe(constructor, args, kwargs, state))
        raise WireError(f"unknown tag {str(tag)[:40]!r}")

    def _build(self, recipe: Recipe) -> Any:
        if self.recipe is None:
            raise WireError("recipes are not accepted here")
        try:
            return self.recipe(recipe)
        except Exception as error:
            raise RecipeFailed(f"{type(error).__name__}: {error}") from error

    def _decode_array(self, tag: str, rest: Tree) -> Any:
        dtype, shape, index = rest if tag == "array" else (rest[0], [], rest[1])
        if dtype not in ARRAY_DTYPES:
            raise WireError(f"arrays of dtype {str(dtype)[:40]!r} do not cross")
        raw = self._raw(shape, np.dtype(dtype).itemsize, index)
        array = np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
        return array if tag == "array" else array[()]

    def _decode_tensor(self, rest: Tree) -> Any:
        import torch  # noqa: PLC0415 - see Encoder._encode_array

        name, shape, index = rest
        if name not in TENSOR_DTYPES:
            raise WireError(f"tensors of dtype {str(name)[:40]!r} do not cross")
        dtype = getattr(torch, name)
        raw = bytearray(self._raw(shape, dtype.itemsize, index))
        return torch.frombuffer(raw, dtype=dtype).reshape(shape) if raw else torch.empty(shape, dtype=dtype)

    def _raw(self, shape: Any, itemsize: int, index: Any) -> bytes:
        sizes = [_expect(n, int) for n in _expect(shape, list)]
        if len(sizes) > MAX_DIMENSIONS or any(n < 0 for n in sizes) or _expect(index, int) < 0:
            raise WireError("a shape that no array has")
        raw = bytes(self.buffers[index])
        if len(raw) != math.prod(sizes) * itemsize:
            raise WireError("an array whose bytes do not fit its shape")
        return raw


def _decode_plain(tag: str, rest: Tree) -> Any:
    if tag == "none":
        return None
    value = rest[0]
    if tag == "bool":
        return _expect(value, bool)
    if tag == "int":
        if len(_expect(value, str)) > MAX_DIGITS + 3:
            raise WireError("an int of too many digits")
        return int(value, 16)
    return float.fromhex(_expect(value, str)) if tag == "float" else _expect(value, str)


def _expect(value: Any, expected: type) -> Any:
    if type(value) is not expected:
        raise WireError(f"expected {expected.__name__}, got {type(value).__name__}")
    return value
