"""Helpers of the course on convolutional neural networks: checks, widgets, pictures, data, training, devices, seeds.

It holds no answers: no name that an exercise asks for is defined here.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnkit.devices import device, generator, seed
    from cnnkit.fitting import Batches, fit
    from cnnkit.handing_in import hand_in
    from cnnkit.homepage import home
    from cnnkit.overview import progress
    from cnnkit.recordings import recorded
    from cnnkit.saving import bring_back, save_work
    from cnnkit.training import train_or_load, trained_before
    from cnnkit.workplace import desk

__version__ = "0.1.0"
__all__ = [
    "Batches", "bring_back", "desk", "device", "fit", "generator", "hand_in", "home", "progress", "quick", "recorded",
    "save_work", "seed", "train_or_load", "trained_before",
]  # fmt: skip
# Imported only when asked for: most import torch, and lessons in NumPy do not pay for it.
LATER = {
    "Batches": "fitting", "bring_back": "saving", "desk": "workplace", "device": "devices", "fit": "fitting",
    "generator": "devices", "hand_in": "handing_in", "home": "homepage", "progress": "overview",
    "recorded": "recordings", "save_work": "saving", "seed": "devices",
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
