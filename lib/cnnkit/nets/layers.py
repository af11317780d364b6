"""Layers that torch lacks and the pretrained nets need."""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional


class SamePaddingConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME": output ceil(n / stride), an odd zero goes right and below."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) to (B, C_out, ceil(H / stride), ceil(W / stride))."""
        pads: list[int] = []
        for n, f, s in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            total = max((-(-n // s) - 1) * s + f - n, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(functional.pad(x, pads))


class ShortcutSum(nn.Sequential):
    """Layers whose input is added to what they put out."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A tensor to another of the same shape."""
        return x + super().forward(x)


def named(**layers: nn.Module) -> nn.Sequential:
    """Layers one after the other, under the names of the arguments."""
    return nn.Sequential(OrderedDict(layers))
