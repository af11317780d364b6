"""A window that slides over an image, step by step."""

from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from cnnkit.widgets.tables import SIDE_BY_SIDE, button, field, number, table

LARGEST_SIDE = 14


def window_stepper(image: ArrayLike, kernel: ArrayLike, stride: int = 1, pad: int = 0) -> ipywidgets.VBox:
    """A widget that slides a window over an image and shows the product, the sum and the output cell.

    Args:
        image: the input, (n_H, n_W), at most 14 rows and columns with its padding.
        kernel: the weights, (f, f).
        stride: how far the window moves at each step, at least 1.
        pad: how many zeros are put around the image, at least 0.

    Returns:
        Two fields (output row and column), the buttons "Back" and "Next", and the tables below them.

    Raises:
        ValueError: a shape, the stride or the pad does not fit; the message says which, and to what.

    Example:
        >>> stepper = window_stepper(np.eye(5), np.ones((3, 3)), stride=2)
        >>> [field.max + 1 for field in stepper.children[0].children[:2]]
        [2, 2]
    """
    padded, weights = _inputs(image, kernel, stride, pad)
    shape = tuple((n - f) // stride + 1 for n, f in zip(padded.shape, weights.shape, strict=True))
    row, column = (field(name, n - 1) for name, n in zip(("Output row", "Output column"), shape, strict=True))
    tables = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        tables.value = _step(padded, weights, stride, pad, (row.value, column.value))

    def move(by: int) -> Callable[[Any], None]:
        def step(_: Any) -> None:
            now = row.value * shape[1] + column.value + by
            row.value, column.value = divmod(now % (shape[0] * shape[1]), shape[1])

        return step

    row.observe(draw, "value")
    column.observe(draw, "value")
    back, forth = button("Back", "The window before", move(-1)), button("Next", "The next window", move(1))
    draw()
    return ipywidgets.VBox(
        [ipywidgets.HBox([row, column, back, forth], layout={"flex_flow": "row wrap"}), tables]
    )


def _step(padded: np.ndarray, kernel: np.ndarray, stride: int, pad: int, cell: tuple[int, int]) -> str:
    """One step of the sliding window as HTML tables; `pad` says how much of `padded` is padding."""
    row, column = cell
    f_H, f_W = kernel.shape
    top, left = row * stride, column * stride
    window = padded[top : top + f_H, left : left + f_W]
    inside = np.full(padded.shape, "padding")
    inside[pad : padded.shape[0] - pad, pad : padded.shape[1] - pad] = "plain"
    inside[top : top + f_H, left : left + f_W] = "window"
    tables = [
        table("image, with its padding" if pad else "image", padded, inside),
        table("kernel", kernel, np.full(kernel.shape, "plain")),
        table("window × kernel", window * kernel, np.full(kernel.shape, "window")),
        table("output", *_output(padded, kernel, stride, row, column)),
    ]
    terms = " + ".join(f"({number(a)})({number(w)})" for a, w in zip(window.flat, kernel.flat, strict=True))
    total = number(float(np.sum(window * kernel)))
    sentence = (
        f"<p><b>output[{row}, {column}]</b> looks at rows {top} to {top + f_H - 1} and columns {left} to "
        f"{left + f_W - 1}.<br>{terms} = <b>{total}</b></p>"
    )
    return f"<div style='{SIDE_BY_SIDE}'>{''.join(tables)}</div>{sentence}"


def _inputs(image: ArrayLike, kernel: ArrayLike, stride: int, pad: int) -> tuple[np.ndarray, np.ndarray]:
    picture, weights = np.asarray(image, dtype=float), np.asarray(kernel, dtype=float)
    for name, array, wanted in (("image", picture, "(n_H, n_W)"), ("kernel", weights, "(f, f)")):
        if array.ndim != 2 or array.size == 0:
            raise ValueError(f"{name} should have the shape {wanted}, and has {array.shape}")
    if stride < 1 or pad < 0:
        raise ValueError(f"stride should be at least 1 and pad at least 0: they are {stride} and {pad}")
    padded = np.pad(picture, pad)
    if any(n < f for n, f in zip(padded.shape, weights.shape, strict=True)):
        raise ValueError(f"a kernel of {weights.shape} does not fit into a padded image of {padded.shape}")
    if max(padded.shape) > LARGEST_SIDE:
        raise ValueError(
            f"the padded image is {padded.shape}: more than {LARGEST_SIDE} on a side cannot be read"
        )
    return padded, weights


def _output(
    padded: np.ndarray, kernel: np.ndarray, stride: int, row: int, column: int
) -> tuple[np.ndarray, np.ndarray]:
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)[::stride, ::stride]
    values = (windows * kernel).sum(axis=(2, 3))
    order = np.arange(values.size).reshape(values.shape)
    now = order[row, column]
    return values, np.where(order < now, "done", np.where(order == now, "now", "later"))
