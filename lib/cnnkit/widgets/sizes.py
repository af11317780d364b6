"""How padding, stride and filter size decide where a window fits."""

from typing import Any

import ipywidgets
import numpy as np

from cnnkit.widgets.tables import SIDE_BY_SIDE, field, table

LARGEST = {"n": 10, "f": 7, "p": 4, "s": 4}


def size_explorer(n: int = 6, f: int = 3, p: int = 0, s: int = 1) -> ipywidgets.VBox:
    """A widget that shows in how many windows each pixel lies, and how large the output is.

    Args:
        n: the side of the image in pixels, 1 to 10.
        f: the side of the filter in pixels, 1 to 7.
        p: how many zeros stand on each side, 0 to 4.
        s: the stride in pixels, 1 to 4.

    Returns:
        Four fields, and below them the padded image and the output as tables, and the sum. The first window and the
        output that it gives are framed; the output's cells are numbered in the order of their windows.

    Raises:
        ValueError: a number is out of its range.

    Example:
        >>> explorer = size_explorer(n=7, s=2)
        >>> [field.value for field in explorer.children[0].children]
        [7, 3, 0, 2]
    """
    given = {"n": n, "f": f, "p": p, "s": s}
    words = {"n": "image n", "f": "filter f", "p": "padding p", "s": "stride s"}
    for name, value in given.items():
        least = 0 if name == "p" else 1
        if not least <= value <= LARGEST[name]:
            raise ValueError(f"{name} should be from {least} to {LARGEST[name]}, and is {value}")
    fields = [field(words[name], LARGEST[name], int(name != "p"), given[name]) for name in given]
    shown = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        shown.value = _explained(*(one.value for one in fields))

    for one in fields:
        one.observe(draw, "value")
    draw()
    wrapped = ipywidgets.Layout(flex_flow="row wrap")
    return ipywidgets.VBox([ipywidgets.HBox(fields, layout=wrapped), shown])


def _explained(n: int, f: int, p: int, s: int) -> str:
    """The tables and the sum, as HTML; where nothing fits, the reason."""
    side = n + 2 * p
    starts = range(0, side - f + 1, s)
    along = np.array([sum(start <= pixel < start + f for start in starts) for pixel in range(side)])
    looks = np.full((side, side), "padding")
    looks[p : p + n, p : p + n] = "plain"
    if starts:
        looks[:f, :f] = "window"
    tables = [table("windows over each pixel", np.outer(along, along), looks)]
    travel = f"{n} + 2·{p} − {f}".replace(" + 2·0", "")
    if starts:
        size = len(starts)
        order = np.arange(1, size * size + 1).reshape(size, size)
        tables.append(table(f"output, {size} × {size}", order, np.where(order == 1, "now", "plain")))
        left = side - f - s * (size - 1)
        spare = f" {left} of the {side} columns {'is' if left == 1 else 'are'} in no window." if left else ""
        sentence = f"⌊({travel}) / {s}⌋ + 1 = ⌊{(side - f) / s:.4g}⌋ + 1 = <b>{size}</b>.{spare}"
    else:
        sentence = f"A filter of {f} does not fit into {side} pixels."
    return f"<div style='{SIDE_BY_SIDE}'>{''.join(tables)}</div><p>{sentence}</p>"
