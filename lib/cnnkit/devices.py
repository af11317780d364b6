"""Where tensors live, and seeds: a notebook runs anywhere and gives the same numbers again."""

import os
import random
from typing import Any, TypeVar

import numpy as np
import torch

T = TypeVar("T")


def device() -> torch.device:
    """The best device there is: CUDA, else Apple's MPS, else the CPU.

    The environment variable CNNKIT_DEVICE ("cpu", "cuda:1", …) chooses another.

    Raises:
        ValueError: CNNKIT_DEVICE names no device of this machine.
    """
    chosen = os.environ.get("CNNKIT_DEVICE", "")
    if chosen:
        return usable(chosen, f"CNNKIT_DEVICE is {chosen!r}")
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def usable(where: torch.device | str, saying: str) -> torch.device:
    """A device of this machine.

    Args:
        where: the device, or its name.
        saying: how the error begins where there is no such device.

    Raises:
        ValueError: this machine has no such device; the message lists those that it has.
    """
    try:
        return torch.empty(0, device=where).device
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA raises the latter
        here = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
        here += ["mps"] if torch.backends.mps.is_available() else []
        raise ValueError(f"{saying}; this machine has {', '.join(here)}") from error


def seed(number: int) -> None:
    """Begin the random numbers of Python, NumPy and torch (on every device) anew.

    Args:
        number: from 0 to 2**32 - 1; the same one gives the same numbers.
    """
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


def generator(number: int) -> torch.Generator:
    """Random numbers of one's own, which nothing else draws from: the same number gives the same ones.

    >>> torch.rand(1, generator=generator(0)).item() == torch.rand(1, generator=generator(0)).item()
    True
    """
    return torch.Generator().manual_seed(number)


def to(where: torch.device, value: T) -> T:
    """Tensors, and tuples, lists and dictionaries of them, on a device; anything else as it is."""
    moved: Any = value
    if isinstance(value, torch.Tensor):
        moved = value.to(where, non_blocking=True)
    elif isinstance(value, tuple) and hasattr(value, "_fields"):  # a named one
        moved = type(value)(*(to(where, one) for one in value))
    elif isinstance(value, tuple | list):
        moved = type(value)(to(where, one) for one in value)
    elif isinstance(value, dict):
        moved = {name: to(where, one) for name, one in value.items()}
    return moved
