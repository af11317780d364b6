"""A window that is moved over a picture: what a network says of it alone, and what one pass said at its place."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.widgets.tables import SIDE_BY_SIDE, button, drawing, field

YELLOW = (1.0, 0.82, 0.0)
WIDTH = 300  # of the picture and of the map, in pixels of the screen
PLACE = 8  # pixels of a place of the map, on each side


def window_explorer(
    image: Any, boxes: Any, ask: Callable[[Any], Any], answers: Any, names: Sequence[str]
) -> ipywidgets.VBox:
    """A widget that frames a window and its place in the map, and asks a network about the window alone.

    Args:
        image: the picture, a tensor of shape (3, H, W), from 0 to 1.
        boxes: of the windows, a tensor of shape (R, S, 4): x1, y1, x2, y2 in pixels.
        ask: the network, from a batch of one window, (1, 3, window, window), to logits, (1, K).
        answers: the map of logits that one pass gave, a tensor of shape (K, R, S).
        names: of the K classes.

    Returns:
        Fields for the row and the column of a window, a menu of classes, the buttons "Back" and "Next"; below them both
        answers in words, the picture, and the map of the class.

    Raises:
        ValueError: boxes, answers and names are not of one size.
    """
    shares, size = answers.detach().softmax(0).numpy(), (len(names), *boxes.shape[:2])
    if shares.shape != size:
        raise ValueError(
            f"the answers should have the shape {size}, for names and boxes, and have {shares.shape}"
        )
    row, column = field("Row", size[1] - 1), field("Column", size[2] - 1)
    menu = ipywidgets.Dropdown(options=names, description="Map of", tooltip="The class whose map is shown")
    shown = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        place = (row.value, column.value)
        x1, y1, x2, y2 = boxes[place].tolist()
        alone = ask(image[None, :, y1:y2, x1:x2]).detach().softmax(1)[0].numpy()
        lit = np.kron(shares[names.index(menu.value)], np.ones((PLACE, PLACE)))
        corners = [n * PLACE for n in (column.value, row.value, column.value + 1, row.value + 1)]
        words = f"columns {x1} to {x2 - 1}, rows {y1} to {y2 - 1}"
        shown.value = _said(names, alone, shares[(slice(None), *place)]) + _beside(
            drawing(_framed(image.numpy().transpose(1, 2, 0), (x1, y1, x2, y2)), words, "The picture", WIDTH),
            drawing(
                _framed(np.stack([lit] * 3, 2), corners),
                f"row {place[0]}, column {place[1]}",
                "The map",
                WIDTH,
            ),
        )

    def move(by: int) -> Callable[[Any], None]:
        def step(_: Any) -> None:
            now = row.value * size[2] + column.value + by
            row.value, column.value = divmod(now % (size[1] * size[2]), size[2])

        return step

    for control in (row, column, menu):
        control.observe(draw, "value")
    buttons = button("Back", "The window before", move(-1)), button("Next", "The next window", move(1))
    draw()
    return ipywidgets.VBox(
        [ipywidgets.HBox([row, column, menu, *buttons], layout={"flex_flow": "row wrap"}), shown]
    )


def _framed(values: np.ndarray, corners: Sequence[int]) -> np.ndarray:
    """A picture (H, W, 3) with a frame of a yellow and a black line inside the corners x1, y1, x2, y2."""
    drawn, (x1, y1, x2, y2) = values.copy(), corners
    for inset, colour in ((0, YELLOW), (1, (0.0, 0.0, 0.0))):
        inner = drawn[y1 + inset + 1 : y2 - inset - 1, x1 + inset + 1 : x2 - inset - 1].copy()
        drawn[y1 + inset : y2 - inset, x1 + inset : x2 - inset] = colour
        drawn[y1 + inset + 1 : y2 - inset - 1, x1 + inset + 1 : x2 - inset - 1] = inner
    return drawn


def _said(names: Sequence[str], alone: np.ndarray, together: np.ndarray) -> str:
    """Both answers in words."""
    ways = {"this window alone": alone, "one pass, at its place": together}
    lines = [
        f"{way}: " + ", ".join(f"{name} {share:.1%}" for name, share in zip(names, shares, strict=True))
        for way, shares in ways.items()
    ]
    apart = np.abs(alone - together).max()
    return f"<p role='status'>{'<br>'.join(lines)}<br>They differ by at most {apart:.0e}.</p>"


def _beside(*figures: str) -> str:
    return f"<div style='{SIDE_BY_SIDE};color:#000;background:#fff'>{''.join(figures)}</div>"
