"""Photographs on their way into a net: checked, made tensors, resized."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from cnnkit.arguments import whole


def to_tensor(photo: Any, device: torch.device | str = "cpu") -> torch.Tensor:
    """A photograph as a batch of one.

    Args:
        photo: a uint8 array (H, W, 3), RGB.
        device: where the tensor lies.

    Returns:
        (1, 3, H, W), floats from 0 to 255.

    Raises:
        TypeError: the photo is no NumPy array, or its numbers are not uint8.
        ValueError: the photo has another shape, or no pixel.

    >>> to_tensor(np.zeros((2, 5, 3), np.uint8)).shape
    torch.Size([1, 3, 2, 5])
    """
    if not isinstance(photo, np.ndarray):
        raise TypeError(f"expected a photo as a NumPy array (H, W, 3), got {type(photo).__name__}")
    if photo.ndim != 3 or photo.shape[2] != 3 or 0 in photo.shape:
        raise ValueError(
            f"expected a photo of shape (H, W, 3), got {photo.shape}. Stack a grey picture three times "
            "(np.stack([grey] * 3, axis=-1)), and drop a fourth channel (photo[..., :3])."
        )
    if photo.dtype != np.uint8:
        raise TypeError(
            f"expected a photo of whole numbers from 0 to 255 (uint8), got {photo.dtype}. From floats between "
            "0 and 1: (photo * 255).round().astype(np.uint8)."
        )
    return torch.tensor(photo, device=device).permute(2, 0, 1)[None].float()


def one_by_one(photos: Any) -> Iterable[Any]:
    """Several photographs, to go through.

    Raises:
        TypeError: photos is a dict, or nothing that one can go through.
    """
    if isinstance(photos, Mapping):
        raise TypeError("expected several photos in a list, got a dict; its values are list(photos.values())")
    if not isinstance(photos, Iterable):
        raise TypeError(f"expected photos as NumPy arrays (H, W, 3), got {type(photos).__name__}")
    return photos


def resized(x: torch.Tensor, size: int | tuple[int, int], mode: str = "bilinear") -> torch.Tensor:
    """A batch (B, C, H, W) at another size, averaged where it shrinks, so that fine detail does not alias."""
    shape = (size, size) if isinstance(size, int) else size
    return x if x.shape[2:] == shape else functional.interpolate(x, shape, mode=mode, antialias=True)


def padded_to_square(x: torch.Tensor, centred: bool, colour: float = 0) -> torch.Tensor:
    """One colour below or right of the shorter side, or on both its sides: (B, C, H, W) to (B, C, n, n)."""
    H, W = x.shape[2:]
    right, below = max(H - W, 0), max(W - H, 0)
    left, above = (right // 2, below // 2) if centred else (0, 0)
    return functional.pad(x, (left, right - left, above, below - above), value=colour)


def checked_size(size: int) -> int:
    """The side of a detector's input.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is no positive multiple of 32, the side of a cell.
    """
    size = whole("size", size, 32)
    if size % 32:
        raise ValueError(f"expected size to be a positive multiple of 32, got {size}")
    return size
