"""Helpers of the course on convolutional neural networks: checks, widgets, pictures, data, training, devices, seeds.

It holds no answers: no name that an exercise asks for is defined here.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnkit.devices import device, generator, seed
    from cnnkit.fitting import Batches, fit
    from cnnkit.homepage import home
    from cnnkit.overview import progress
    from cnnkit.recordings import recorded
    from cnnkit.training import train_or_load, trained_before

__version__ = "0.1.0"
__all__ = [
    "Batches", "device", "fit", "generator", "home", "progress", "quick", "recorded", "seed", "train_or_load",
    "trained_before",
]  # fmt: skip
# Imported only when asked for: most import torch, and lessons in NumPy do not pay for it.
LATER = {
    "Batches": "fitting", "device": "devices", "fit": "fitting", "generator": "devices", "home": "homepage",
    "progress": "overview", "recorded": "recordings", "seed": "devices",
    "train_or_load": "training", "trained_before": "training",
}  # fmt: skip


MODULES = (
    "beats", "check", "data", "nets", "pictures", "portraits", "quiz", "scenes", "testing", "volumes",
    "widgets",
)  # fmt: skip


def quick() -> bool:
    """Whether long demonstrations should take a few steps only (CNNKIT_QUICK is set)."""
    return os.environ.get("CNNKIT_QUICK", "") not in ("", "0")


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(importlib.import_module(f"cnnkit.{LATER[name]}"), name)
    if name in MODULES:
        return importlib.import_module(f"cnnkit.{name}")
    raise AttributeError(f"module 'cnnkit' has no attribute {name!r}")
