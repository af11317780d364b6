"""Networks from plain data: a list of layers, each its name, its kind and its numbers."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

Layer = Sequence[Any]


class Sum(nn.Module):
    """Adds up all numbers that come in: a tensor of shape (), as a cost is."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From any shape to ()."""
        return x.sum()


def stack(layers: Sequence[Layer], training: bool = True, learns: bool = True) -> nn.Sequential:
    """Layers one after the other.

    Args:
        layers: for each its name, the name of a class of torch.nn (or "Sum") and that class's arguments, a dictionary
            last where some go by name: ("conv1", "Conv2d", 3, 8, 5, {"padding": 2}). ("block", "Sequential", layers)
            stands for several layers under one name.
        training: whether the network is in training mode (torch's default), or in evaluation mode.
        learns: whether its weights take gradients (torch's default).

    Raises:
        ValueError: there is no such kind of layer, or two have the same name.

    Example:
        >>> stack([("conv1", "Conv2d", 3, 8, 5), ("relu1", "ReLU")])
        Sequential(
          (conv1): Conv2d(3, 8, kernel_size=(5, 5), stride=(1, 1))
          (relu1): ReLU()
        )
    """
    made = nn.Sequential()
    for name, kind, *arguments in layers:
        if name in dict(made.named_children()):
            raise ValueError(f"two layers are called {name!r}: give each a name of its own")
        made.add_module(name, stack(*arguments) if kind == "Sequential" else _layer(kind, arguments))
    return made.train(training).requires_grad_(learns)


def _layer(kind: str, arguments: Sequence[Any]) -> nn.Module:
    found = Sum if kind == "Sum" else getattr(nn, kind, None)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise ValueError(f"torch.nn has no layer {kind!r}")
    named = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
    return found(*(arguments[:-1] if named else arguments), **named)
