"""Which values are plain data: exact types only, because a subclass can say anything about itself."""

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

BOOLS: tuple[type, ...] = (bool, np.bool_)
INTEGERS: tuple[type, ...] = (int, *{np.dtype(code).type for code in np.typecodes["AllInteger"]})
FLOATS: tuple[type, ...] = (float, *{np.dtype(code).type for code in np.typecodes["Float"]})


def exactly(value: Any, types: Iterable[type]) -> bool:
    """Whether the value's type is one of these, and not merely derived from or equal to one.

    >>> exactly(1, [int]), exactly(True, [int])
    (True, False)
    """
    return any(type(value) is wanted for wanted in types)


def is_array(value: Any) -> bool:
    """Whether the value is a NumPy array of no derived class (no matrix, no masked array)."""
    return type(value) is np.ndarray


def is_tensor(value: Any) -> bool:
    """Whether the value is a torch tensor or parameter of no further derived class."""
    torch = sys.modules.get("torch")
    return torch is not None and exactly(value, (torch.Tensor, torch.nn.Parameter))


def derives_from_torch(value: Any, name: str) -> bool:
    """Whether the value's class is or derives from `torch.Tensor` or `torch.nn.Module`, by its last name."""
    torch = sys.modules.get("torch")
    if torch is None:
        return False
    return issubclass(type(value), {"Tensor": torch.Tensor, "Module": torch.nn.Module}[name])


def to_numpy(value: Any) -> np.ndarray | None:
    """The numbers of an array, a tensor or a scalar as a NumPy array of the same shape.

    Returns:
        The array; float32 for the floating-point types that NumPy has not. None where there are no numbers to
        read (another type, an array of objects or strings, a tensor on the meta device, sparse or quantised).
    """
    if is_tensor(value):
        return _tensor_to_numpy(value)
    if not is_array(value) and not exactly(value, (*BOOLS, *INTEGERS, *FLOATS)):
        return None
    array = np.asarray(value)
    return array if array.dtype.kind in "biufc" else None


def _tensor_to_numpy(tensor: Any) -> np.ndarray | None:
    torch = sys.modules["torch"]
    plain = torch.Tensor.detach(tensor)
    if plain.layout is not torch.strided or plain.is_meta or plain.is_quantized:
        return None
    if plain.dtype.is_floating_point and plain.dtype not in (torch.float16, torch.float32, torch.float64):
        plain = plain.float()
    array: np.ndarray = plain.cpu().resolve_conj().resolve_neg().numpy()
    return array
