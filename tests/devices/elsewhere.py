"""A device beside the CPU on any machine: its tensors lie in memory too, but mix with the CPU's as little as CUDA's do.

What a GPU refuses is refused here: tensors of both devices in one operation, `numpy()`, a generator of the CPU; where
asked for also numbers of 64 bits, which Apple's MPS does not have. All numbers are computed by the CPU, so they are the
same. It shows that code moves what it has to move, and says nothing of speed, of rounding, or of memory.

It goes by the name "lazy", a device that torch knows and for which nothing is loaded here. (One of a new name would
have a thread of its own for gradients, and a process with such a thread cannot fork.)
"""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

NAME = "lazy"
HERE = torch.device("cpu")
aten = torch.ops.aten
COPIES = {aten.copy_.default, aten._to_copy.default}  # these go from one device to the other
PICKS = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default}


class Elsewhere(torch.Tensor):
    """A tensor of the device: it has `raw`, one on the CPU, and shows nobody its numbers."""

    raw: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, raw: torch.Tensor) -> "Elsewhere":
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            raw.shape,
            strides=raw.stride(),
            storage_offset=raw.storage_offset(),
            dtype=raw.dtype,
            device=f"{NAME}:0",
        )
        made.raw = raw
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})

    def numpy(self, *, force: bool = False) -> Any:
        if force:
            return self.raw.numpy(force=True)
        raise TypeError(f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() first")

    def tolist(self) -> Any:
        return self.raw.tolist()

    def __format__(self, spec: str) -> str:
        return self.raw.detach().__format__(spec)

    def __repr__(self, **options: Any) -> str:
        return f"{repr(self.raw.detach())[:-1]}, device='{self.device}')"


class Present(TorchDispatchMode):
    """While this is entered, the thread has the device: `torch.zeros(2, device=NAME)` works.

    Args:
        doubles: whether it takes torch.float64, as CUDA does and MPS does not.
    """

    def __init__(self, doubles: bool = True) -> None:
        super().__init__()
        self.doubles = doubles

    def __enter__(self) -> "Present":
        self.before = torch._C._only_lift_cpu_tensors()
        # torch.tensor(…) then makes its tensor here, and moves it by an operation.
        torch._C._set_only_lift_cpu_tensors(True)
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        torch._C._set_only_lift_cpu_tensors(self.before)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if not _is_there(kwargs.get("device")) and not any(map(_lies_there, tree_leaves((args, kwargs)))):
            return func(*args, **kwargs)
        result = _run(func, args, kwargs)
        if not self.doubles and any(
            one.dtype == torch.float64 for one in tree_leaves(result) if _lies_there(one)
        ):
            raise TypeError(f"{func} makes a tensor of float64, which not every GPU has")
        return result


def _is_there(device: Any) -> bool:
    return device is not None and torch.device(device).type == NAME


def _lies_there(value: Any) -> bool:
    return isinstance(value, Elsewhere)


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """An operation that makes or takes tensors of the device."""
    leaves = tree_leaves((args, kwargs))
    if func not in COPIES:
        _stay_apart(func, args, [one for one in leaves if isinstance(one, torch.Tensor)])
    ours = [one for one in leaves if isinstance(one, Elsewhere)]
    there = _is_there(kwargs["device"]) if kwargs.get("device") is not None else bool(ours)
    if there and kwargs.get("generator") is not None:
        raise RuntimeError(f"Expected a '{NAME}' device type for generator but found 'cpu'")
    given = kwargs | ({"device": HERE} if _is_there(kwargs.get("device")) else {})
    raw_args, raw_kwargs = tree_map(lambda one: one.raw if _lies_there(one) else one, (args, given))
    result = func(*raw_args, **raw_kwargs)
    for one in ours:
        if one.raw.shape != one.shape:
            raise NotImplementedError(f"{func} changes a shape in place, which this device cannot")
    if not there:
        return result
    same = {id(one.raw): one for one in ours}  # what works in place gives the tensor that it got

    def ours_again(one: Any) -> Any:
        if not isinstance(one, torch.Tensor):
            return one
        return same[id(one)] if id(one) in same else Elsewhere(one)

    return tree_map(ours_again, result)


def _stay_apart(func: Any, args: Any, tensors: list[torch.Tensor]) -> None:
    """Refuse what CUDA refuses; it takes single numbers of the CPU in arithmetic, and places to pick from the CPU."""
    here = [one for one in tensors if not isinstance(one, Elsewhere)]
    if len(here) == len(tensors):
        return
    if func in PICKS and isinstance(args[0], Elsewhere):
        here = [one for one in here if any(one is value for value in args[2:3])]
    numbers_too = torch.Tag.pointwise in func.tags or func in PICKS
    for one in here:
        if one.dim() > 0 or not numbers_too:
            raise RuntimeError(
                f"Expected all tensors to be on the same device, but {func} found {NAME}:0 and {one.device}, "
                f"the latter of shape {tuple(one.shape)}"
            )
