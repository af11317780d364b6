"""What each cell of a detector's grid says: choose a place, and see its numbers and its box."""

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.widgets.tables import button, drawing, field

LINE, CELL, BOX = (255, 255, 255), (0, 114, 178), (230, 159, 0)
LEAST = 384  # pixels of the screen along a side
SURE = 0.5


def grid_inspector(image: Any, y: Any, names: Sequence[str]) -> ipywidgets.VBox:
    """A widget that shows what a place of a grid says about a picture.

    Args:
        image: the picture, uint8 (H, H, 3).
        y: (S, S, A, 5 + C), an array or a tensor, a target or an activated output: p_c, b_x, b_y, b_h, b_w, in cells,
            and the classes, by row, column and anchor.
        names: of the C classes.

    Returns:
        Fields for row, column and anchor, and a button that goes to the next place with p_c of at least 0.5; below them
        the picture under its grid, the cell framed thick and its box drawn, and its numbers in words.

    Raises:
        ValueError: y has another shape.

    Example:
        >>> inspector = grid_inspector(np.zeros((8, 8, 3), np.uint8), np.zeros((2, 2, 1, 6)), ["car"])
        >>> inspector.children[0].children[0].max
        1
    """
    picture, says = np.asarray(image), np.asarray(y, dtype=float)
    if says.ndim != 4 or says.shape[0] != says.shape[1] or says.shape[3] != 5 + len(names):
        raise ValueError(f"y should have the shape (S, S, A, {5 + len(names)}), and has {says.shape}")
    S, _, A, _ = says.shape
    places = [field(name, most - 1) for name, most in (("row", S), ("column", S), ("anchor", A))]
    there, shown = [tuple(place) for place in np.argwhere(says[..., 0] >= SURE).tolist()], ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        shown.value = _html(picture, says, tuple(place.value for place in places), names)

    def go_on(_: Any) -> None:
        now = tuple(place.value for place in places)
        later = [place for place in there if place > now] or there or [now]
        for place, value in zip(places, later[0], strict=True):
            place.unobserve(draw, "value")  # it is drawn once, and not for each of the three
            place.value = value
            place.observe(draw, "value")
        draw()

    for place in places:
        place.observe(draw, "value")
    draw()
    onward = button("next object", "to the next place that says that there is something", go_on)
    return ipywidgets.VBox([ipywidgets.HBox([*places, onward], layout={"flex_flow": "row wrap"}), shown])


def _html(picture: np.ndarray, says: np.ndarray, at: tuple[int, ...], names: Sequence[str]) -> str:
    row, column, anchor = at
    p_c, b_x, b_y, b_h, b_w, *classes = says[at]
    kinds = ", ".join(f"{name} {share:.2f}" for name, share in zip(names, classes, strict=True))
    words = (
        f"<b>row {row}, column {column}, anchor {anchor}</b>: p_c {p_c:.2f}; b_x {b_x:.2f}, b_y {b_y:.2f}, "
        f"b_h {b_h:.2f}, b_w {b_w:.2f}; {kinds}"
    )
    S, times = len(says), -(-LEAST // len(picture))
    grown = np.repeat(np.repeat(picture, times, 0), times, 1)
    for line in range(S + 1):
        _frame(grown, np.array([line, 0, line, S]) / S, LINE, 1)
        _frame(grown, np.array([0, line, S, line]) / S, LINE, 1)
    _frame(grown, np.array([column, row, column + 1, row + 1]) / S, CELL, 3)
    middle, half = np.array([column + b_x, row + b_y]), np.array([b_w, b_h]) / 2
    (x1, y1), (x2, y2) = corners = np.array([middle - half, middle + half])
    _frame(grown, corners.ravel() / S, BOX, 2)
    caption = f"its box reaches from ({x1:.2f}, {y1:.2f}) to ({x2:.2f}, {y2:.2f}) cells"
    drawn = drawing(grown / 255, caption, f"The picture under {S} by {S} cells", len(grown))
    return f"<div style='color:#000;background:#fff;padding:6px'><p role='status'>{words}</p>{drawn}</div>"


def _frame(picture: np.ndarray, corners: np.ndarray, colour: tuple[int, int, int], width: int) -> None:
    """Draw a frame in place; corners are shares of the side, and may lie beyond it."""
    x1, y1, x2, y2 = (int(n) for n in np.clip(corners * len(picture), 0, len(picture) - width))
    for rows, columns in (
        (slice(y1, y1 + width), slice(x1, x2 + width)), (slice(y2, y2 + width), slice(x1, x2 + width)),
        (slice(y1, y2 + width), slice(x1, x1 + width)), (slice(y1, y2 + width), slice(x2, x2 + width)),
    ):  # fmt: skip
        picture[rows, columns] = colour
