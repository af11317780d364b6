"""Training and test parts that are the same on every machine, whatever version of NumPy draws its numbers."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]


def check_split(split: str) -> None:
    """Raise ValueError unless `split` is "train" or "test"."""
    if split not in ("train", "test"):
        raise ValueError(f'There is no split {split!r}: split should be "train" or "test".')


def shuffled(keys: Sequence[bytes], seed: bytes = b"order") -> NDArray[np.intp]:
    """An order that looks random and depends on keys and seed only; equal keys stand side by side."""
    digests = [hashlib.sha256(seed + key).digest() for key in keys]
    return np.array(sorted(range(len(keys)), key=digests.__getitem__), dtype=np.intp)


def part(images: NDArray[np.uint8], labels: NDArray[np.int64], split: str, test_per_class: int) -> Labelled:
    """The training or the test part of a labelled set, shuffled, each class cut in the same place.

    Args:
        images: shape (N, H, W).
        labels: shape (N,).
        split: "train" or "test".
        test_per_class: how many images of each class are for testing.

    Returns:
        The images and the labels of that part.
    """
    keys = [image.tobytes() for image in images]
    order = shuffled(keys, b"part")
    rank = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        rank[members] = np.arange(len(members))
    mixed = shuffled(keys)
    chosen = mixed[(rank[mixed] < test_per_class) == (split == "test")]
    return images[chosen], labels[chosen]
