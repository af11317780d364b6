"""Helpers of the course on convolutional neural networks: checks, widgets, plots, devices and seeds.

It holds no answers: no name that an exercise asks for is defined here.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnkit.training import train_or_load

__version__ = "0.1.0"
__all__ = ["quick", "train_or_load"]


def quick() -> bool:
    """Whether long demonstrations should take a few steps only (CNNKIT_QUICK is set)."""
    return os.environ.get("CNNKIT_QUICK", "") not in ("", "0")


def __getattr__(name: str) -> Any:
    if (
        name == "train_or_load"
    ):  # only when asked for: it imports torch, and lessons in NumPy do not pay for it
        from cnnkit.training import train_or_load  # noqa: PLC0415

        return train_or_load
    raise AttributeError(f"module 'cnnkit' has no attribute {name!r}")
