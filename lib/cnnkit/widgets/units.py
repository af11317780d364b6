"""A network's units: the patches that excite one most, and where in their pictures these lie."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from cnnkit.widgets.tables import SIDE_BY_SIDE, button, drawing, field, told

SIDE, GAP, COLUMNS = 124, 4, 3  # pixels of a picture on a side, and between two; how many stand in a row
YELLOW, BLACK = (255, 209, 0), (0, 0, 0)
BLUNT = 4  # times that a picture is enlarged, from which its pixels stay squares
LEAST = 11  # pixels of a frame's side, which goes around a smaller patch

Find = Callable[[str, int], tuple[Any, Any, Any]]


def unit_browser(
    images: NDArray[np.uint8], layers: Mapping[str, int], find: Find, names: Sequence[str]
) -> ipywidgets.VBox:
    """A widget that shows which patches excite a unit most, and where they lie.

    Args:
        images: uint8 (N, H, W, 3), the pictures that the network has seen.
        layers: {name of a layer: how many units it has}.
        find: from a layer's name and a unit's number to the values (k,) with which it answers, the numbers (k,) of the
            pictures, and the boxes (k, 4) in them, x1, y1, x2, y2 in pixels, as lesson 4.2's `top_patches` gives them.
        names: of the N pictures.

    Returns:
        A menu of layers, a field for the unit, the buttons "Back" and "Next"; below them what the unit answers in
        words, its patches, each as large as there is room, and their pictures in the same order, the patches framed.

    Raises:
        ValueError: there is no layer, or there are more or fewer names than pictures.

    Example:
        >>> find = lambda layer, unit: ([2.5], [0], [[0, 0, 4, 4]])
        >>> browser = unit_browser(np.zeros((1, 8, 8, 3), np.uint8), {"conv1": 6}, find, ["black"])
        >>> browser.children[0].children[1].max
        5
    """
    if not layers or len(names) != len(images):
        raise ValueError(
            f"there should be a layer, and a name for each picture: {len(layers)} layers, {len(images)} "
            f"pictures, {len(names)} names"
        )
    menu = ipywidgets.Dropdown(
        options=list(layers), description="layer", tooltip="The layer", layout={"width": "22em"}
    )
    unit, shown = field("unit", layers[menu.value] - 1), ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        title = f"{menu.value}, unit {unit.value}"
        try:
            values, which, boxes = (np.asarray(part) for part in find(menu.value, unit.value))
        except Exception as error:  # the patches of another unit must not stay
            shown.value = f"<p role='status'>{html.escape(title)}: {html.escape(told(error))}</p>"
            raise
        shown.value = _html(title, images, names, values, which, boxes)

    def change(_: Any) -> None:
        last = layers[menu.value] - 1
        with unit.hold_trait_notifications():
            unit.unobserve(draw, "value")
            unit.value, unit.max, unit.tooltip = 0, last, f"unit, from 0 to {last}"
        unit.observe(draw, "value")
        draw()

    def move(by: int) -> Callable[[Any], None]:
        def step(_: Any) -> None:
            unit.value = (unit.value + by) % (unit.max + 1)

        return step

    menu.observe(change, "value")
    unit.observe(draw, "value")
    buttons = button("Back", "The unit before", move(-1)), button("Next", "The next unit", move(1))
    draw()
    return ipywidgets.VBox([ipywidgets.HBox([menu, unit, *buttons], layout={"flex_flow": "row wrap"}), shown])


def _html(
    title: str,
    images: NDArray[np.uint8],
    names: Sequence[str],
    values: NDArray[Any],
    which: NDArray[Any],
    boxes: NDArray[Any],
) -> str:
    spans = boxes[:, 2:] - boxes[:, :2]
    width, height = spans[spans.prod(axis=1).argmax()]
    largest = f"its largest patch here has {height} × {width} pixels"
    words = f"<b>{html.escape(title)}</b> answers {values[0]:.2f} to {values[-1]:.2f}; {largest}"
    listed = ", ".join(f"{place} {names[n]}" for place, n in enumerate(which, 1))
    patches = [_grown(images[n, y1:y2, x1:x2]) for n, (x1, y1, x2, y2) in zip(which, boxes, strict=True)]
    places = [_framed(images[n], box) for n, box in zip(which, boxes, strict=True)]
    order = "row by row, the strongest first"
    figures = [
        drawing(_sheet(pictures) / 255, caption, shown, COLUMNS * (SIDE + GAP))
        for pictures, caption, shown in (
            (patches, order, "The patches"),
            (places, listed, "Where they lie"),
        )
    ]
    return (
        f"<div style='color:#000;background:#fff;padding:6px'><p role='status'>{words}</p>"
        f"<div style='{SIDE_BY_SIDE};align-items:flex-start'>{''.join(figures)}</div></div>"
    )


def _sheet(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures in rows of three, each in the middle of its place, on white."""
    rows, step = -(-len(pictures) // COLUMNS), SIDE + GAP
    sheet = np.full((rows * step, COLUMNS * step, 3), 255, np.uint8)
    for place, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        top, left = (
            place // COLUMNS * step + (SIDE - height) // 2,
            place % COLUMNS * step + (SIDE - width) // 2,
        )
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _grown(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture whose longer side is SIDE; the pixels of a small one stay squares."""
    from PIL import Image  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    how = Image.Resampling.NEAREST if scale > BLUNT else Image.Resampling.BILINEAR
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(picture).resize(size, how))


def _framed(picture: NDArray[np.uint8], box: NDArray[Any]) -> NDArray[np.uint8]:
    """A picture as `_grown` makes it, with a frame of a black and a yellow line around a box."""
    plain = _grown(picture)
    drawn, scale, size = plain.copy(), len(plain) / len(picture), plain.shape[1::-1]
    middle, reach = (box[:2] + box[2:]) * scale / 2, np.maximum((box[2:] - box[:2]) * scale, LEAST) / 2
    (x1, y1), (x2, y2) = np.clip([middle - reach, middle + reach], 0, size).round().astype(int)
    for inset, colour in ((0, BLACK), (1, YELLOW)):
        drawn[y1 + inset : y2 - inset, x1 + inset : x2 - inset] = colour
    drawn[y1 + 3 : y2 - 3, x1 + 3 : x2 - 3] = plain[y1 + 3 : y2 - 3, x1 + 3 : x2 - 3]
    return drawn
