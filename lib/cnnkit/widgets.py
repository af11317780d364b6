"""Widgets to try an idea by hand. Sliders and buttons only, so that a keyboard is enough."""

from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

LARGEST_SIDE = 14

_CELL = "border:1px solid #999;padding:2px 4px;min-width:2.2em;text-align:right;color:#000;"
_LOOKS = {
    "plain": "background:#fff;",
    "padding": "background:#ddd;font-style:italic;",
    "window": "background:#ffe08a;outline:2px solid #000;font-weight:bold;",
    "done": "background:#cfe8f5;",
    "now": "background:#ffe08a;outline:3px solid #000;font-weight:bold;",
    "later": "background:#fff;",
}


def window_stepper(image: ArrayLike, kernel: ArrayLike, stride: int = 1, pad: int = 0) -> ipywidgets.VBox:
    """A widget that slides a window over an image and shows the product, the sum and the output cell.

    Args:
        image: the input, (n_H, n_W), at most 14 rows and columns with its padding.
        kernel: the weights, (f, f).
        stride: how far the window moves at each step, at least 1.
        pad: how many zeros are put around the image, at least 0.

    Returns:
        Two sliders (output row and column), the buttons "Back" and "Next", and the tables below them.

    Raises:
        ValueError: a shape, the stride or the pad does not fit; the message says which, and to what.

    Example:
        >>> stepper = window_stepper(np.eye(5), np.ones((3, 3)), stride=2)
        >>> [slider.max + 1 for slider in stepper.children[0].children[:2]]
        [2, 2]
    """
    padded, weights = _inputs(image, kernel, stride, pad)
    shape = tuple((n - f) // stride + 1 for n, f in zip(padded.shape, weights.shape, strict=True))
    row, column = (_slider(name, n) for name, n in zip(("Output row", "Output column"), shape, strict=True))
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
    back, forth = _button("Back", "The window before", move(-1)), _button("Next", "The next window", move(1))
    draw()
    return ipywidgets.VBox([ipywidgets.HBox([row, column, back, forth]), tables])


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
        _table("image, with its padding" if pad else "image", padded, inside),
        _table("kernel", kernel, np.full(kernel.shape, "plain")),
        _table("window × kernel", window * kernel, np.full(kernel.shape, "window")),
        _table("output", *_output(padded, kernel, stride, row, column)),
    ]
    terms = " + ".join(f"({_number(a)})({_number(w)})" for a, w in zip(window.flat, kernel.flat, strict=True))
    total = _number(float(np.sum(window * kernel)))
    sentence = (
        f"<p><b>output[{row}, {column}]</b> looks at rows {top} to {top + f_H - 1} and columns {left} to "
        f"{left + f_W - 1}.<br>{terms} = <b>{total}</b></p>"
    )
    side_by_side = "display:flex;flex-wrap:wrap;gap:1.5em;align-items:center"
    return f"<div style='{side_by_side}'>{''.join(tables)}</div>{sentence}"


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


def _table(caption: str, values: np.ndarray, looks: np.ndarray) -> str:
    rows = []
    for numbers, styles in zip(values, looks, strict=True):
        cells = (
            f"<td style='{_CELL}{_LOOKS[look]}'>{'?' if look == 'later' else _number(number)}</td>"
            for number, look in zip(numbers, styles, strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    title = f"<caption style='caption-side:top;text-align:left;white-space:nowrap'>{caption}</caption>"
    return f"<table style='border-collapse:collapse;font-family:monospace'>{title}{''.join(rows)}</table>"


def _number(x: float) -> str:
    return f"{x + 0.0:.4g}".replace("-", "−")  # adding 0.0 makes -0.0 a plain 0


def _slider(name: str, n: int) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(description=name, min=0, max=n - 1, style={"description_width": "initial"})


def _button(name: str, tooltip: str, action: Callable[[Any], None]) -> ipywidgets.Button:
    button = ipywidgets.Button(description=name, tooltip=tooltip)
    button.on_click(action)
    return button
