"""What the widgets share: tables of numbers and pictures as HTML, fields and buttons."""

import base64
import html
import io
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import numpy as np

SIDE_BY_SIDE = "display:flex;flex-wrap:wrap;gap:1.5em;align-items:center"

_CELL = "border:1px solid #999;padding:2px 4px;min-width:2.2em;text-align:right;color:#000;"
_LOOKS = {
    "plain": "background:#fff;",
    "padding": "background:#ddd;font-style:italic;",
    "window": "background:#ffe08a;outline:2px solid #000;font-weight:bold;",
    "done": "background:#cfe8f5;",
    "now": "background:#ffe08a;outline:3px solid #000;font-weight:bold;",
    "later": "background:#fff;",
}


def table(caption: str, values: np.ndarray, looks: np.ndarray) -> str:
    """A table of numbers as HTML.

    Args:
        caption: what stands above it.
        values: (n_H, n_W).
        looks: the look of each cell, (n_H, n_W): "plain", "padding", "window", "done", "now", or "later", which hides
            the number.

    Returns:
        The HTML.
    """
    rows = []
    for numbers, styles in zip(values, looks, strict=True):
        cells = (
            f"<td style='{_CELL}{_LOOKS[look]}'>{'?' if look == 'later' else number(value)}</td>"
            for value, look in zip(numbers, styles, strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    title = f"<caption style='caption-side:top;text-align:left;white-space:nowrap'>{caption}</caption>"
    return f"<table style='border-collapse:collapse;font-family:monospace'>{title}{''.join(rows)}</table>"


def number(x: float) -> str:
    """A number with at most four digits and a proper minus sign."""
    return f"{x + 0.0:.4g}".replace("-", "−")  # adding 0.0 makes -0.0 a plain 0


def drawing(values: np.ndarray, caption: str, shown: str, width: float = 220) -> str:
    """A picture as HTML, with a caption below it.

    Args:
        values: (H, W) or (H, W, 3), from 0 to 1; what lies beyond is cut off.
        caption: a sentence, in plain text.
        shown: what is shown, in plain text, for who does not see it; the caption follows it there.
        width: in pixels of the screen.
    """
    data = encoded(np.clip(255 * values, 0, 255).astype(np.uint8))
    caption, shown = html.escape(caption), html.escape(shown)
    style = f"width:{width:.0f}px"
    picture = f"<img alt='{shown}: {caption}' src='{data}' style='{style};max-width:none'>"
    return f"<figure style='margin:0 0 0 1em;{style}'>{picture}<figcaption>{caption}</figcaption></figure>"


def told(error: Exception) -> str:
    """What a learner's function raised, in words."""
    if isinstance(error, NotImplementedError) and not str(error):  # torch raises it too, with words
        return "a function that this needs is not written yet"
    return f"{type(error).__name__}: {error}"


def encoded(image: np.ndarray) -> str:
    """A picture of bytes, (H, W) or (H, W, 3), as the address of a PNG."""
    from PIL import Image  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def field(name: str, largest: int, smallest: int = 0, value: int | None = None) -> ipywidgets.BoundedIntText:
    """A field for a whole number; it begins at the smallest unless told otherwise.

    A field and no slider: ipywidgets gives a slider no name that a screen reader could say.
    """
    return ipywidgets.BoundedIntText(
        description=name,
        tooltip=f"{name}, from {smallest} to {largest}",
        min=smallest,
        max=largest,
        value=smallest if value is None else value,
        layout={"width": "12.5em"},
        style={"description_width": "7.5em"},
    )


def decimal(
    name: str, value: float, smallest: float, largest: float, step: float
) -> ipywidgets.BoundedFloatText:
    """A field for a number; its arrows go by the step.

    Raises:
        ValueError: the value is out of the range.
    """
    if not smallest <= value <= largest:
        raise ValueError(f"{name} should be from {smallest:g} to {largest:g}, and is {value:g}")
    return ipywidgets.BoundedFloatText(
        description=name,
        tooltip=f"{name}, from {smallest:g} to {largest:g}",
        min=smallest,
        max=largest,
        step=step,
        value=value,
        layout={"width": "12.5em"},
        style={"description_width": "7.5em"},
    )


def menu(name: str, tooltip: str, options: Sequence[Any]) -> ipywidgets.Dropdown:
    """A menu, at its first option."""
    return ipywidgets.Dropdown(
        options=options,
        description=name,
        tooltip=tooltip,
        layout={"width": "14em"},
        style={"description_width": "7.5em"},
    )


def button(name: str, tooltip: str, action: Callable[[Any], None]) -> ipywidgets.Button:
    """A button that does something when it is pressed."""
    made = ipywidgets.Button(description=name, tooltip=tooltip, layout={"width": "auto", "min_width": "7em"})
    made.on_click(action)
    return made
