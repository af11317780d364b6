"""A kernel to type, and what it makes of a photograph."""

from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from cnnkit.widgets.tables import drawing, number

SIDE = 200
AFTER = "The photograph under the kernel"  # for who does not see it
CONTRAST = 0.99  # the share of pixels that are drawn neither black nor white
KERNELS = {
    "vertical lines": (1, 0, -1, 1, 0, -1, 1, 0, -1),
    "nothing changes": (0, 0, 0, 0, 1, 0, 0, 0, 0),
    "blur": (0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.1),
    "sharpen": (0, -1, 0, -1, 5, -1, 0, -1, 0),
    "spots": (-1, -1, -1, -1, 8, -1, -1, -1, -1),
    "relief": (-2, -1, 0, -1, 1, 1, 0, 1, 2),
}
PLACES = [f"{row}, {column}" for row in range(3) for column in range(3)]


def kernel_editor(picture: ArrayLike, kernel: ArrayLike = KERNELS["vertical lines"]) -> ipywidgets.HBox:
    """A widget with the nine numbers of a kernel, and beside them a picture before and after.

    Args:
        picture: (H, W), or (H, W, 3), which is made grey, at least 3 pixels on a side: whole numbers from 0 to 255
            or floats from 0 to 1. It is shown with at most 200 pixels on a side.
        kernel: nine numbers from -100 to 100, row by row, or (3, 3).

    Returns:
        Nine fields and a menu of kernels, and both pictures. Where the kernel's numbers add up to 0, a result of 0 is
        drawn grey, what is negative darker and what is positive brighter.

    Raises:
        ValueError: the picture or the kernel has another shape.

    Example:
        >>> editor = kernel_editor(np.eye(8))
        >>> [field.value for field in editor.children[0].children[0].children][:3]
        [1.0, 0.0, -1.0]
    """
    grey, numbers = _grey(picture), np.asarray(kernel, dtype=float)
    if numbers.size != len(PLACES):
        raise ValueError(f"kernel should have the shape (3, 3), and has {numbers.shape}")
    fields = [_field(place, value) for place, value in zip(PLACES, numbers.flat, strict=True)]
    menu = ipywidgets.Dropdown(
        options=["your own", *KERNELS],
        description="kernel",
        tooltip="A kernel to begin with",
        layout={"width": "22em"},
    )
    after = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        values = tuple(field.value for field in fields)
        menu.value = next((name for name, known in KERNELS.items() if known == values), "your own")
        after.value = _filtered(grey, np.reshape(values, (3, 3)))

    def fill(change: dict[str, Any]) -> None:
        for field, value in zip(fields, KERNELS.get(change["new"], ()), strict=False):
            field.unobserve(draw, "value")  # one drawing for nine new numbers
            field.value = value
            field.observe(draw, "value")
        draw()

    for field in fields:
        field.observe(draw, "value")
    menu.observe(fill, "value")
    draw()
    grid = ipywidgets.GridBox(fields, layout=ipywidgets.Layout(grid_template_columns="repeat(3, 7.6em)"))
    before = ipywidgets.HTML(drawing(grey, "the photograph", "In grey, before the kernel"))
    return ipywidgets.HBox([ipywidgets.VBox([grid, menu]), before, after], layout={"flex_flow": "row wrap"})


def _grey(picture: ArrayLike) -> np.ndarray:
    """The picture in grey, from 0 to 1, and small."""
    from PIL import Image  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    array = np.asarray(picture)
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)) or min(array.shape[:2]) < 3:
        raise ValueError(f"picture should have the shape (H, W) or (H, W, 3), and has {array.shape}")
    light = (array / 255 if array.dtype == np.uint8 else array).reshape(*array.shape[:2], -1).mean(axis=2)
    image = Image.fromarray(np.clip(255 * light, 0, 255).astype(np.uint8))
    image.thumbnail((SIDE, SIDE))
    return np.asarray(image, dtype=float) / 255


def _field(place: str, value: float) -> ipywidgets.BoundedFloatText:
    look = {"layout": {"width": "7.2em"}, "style": {"description_width": "2.2em"}}
    tip = f"The number in row and column {place}"
    return ipywidgets.BoundedFloatText(
        value, min=-100, max=100, step=1, description=place, tooltip=tip, **look
    )


def _filtered(grey: np.ndarray, kernel: np.ndarray) -> str:
    """The picture under a kernel, as HTML, and a sentence on its brightness."""
    from scipy.signal import correlate2d  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    result, total = correlate2d(grey, kernel, mode="valid"), float(kernel.sum())
    if abs(total) < 1e-9:
        most = float(np.quantile(np.abs(result), CONTRAST) or np.abs(result).max()) or 1.0
        return drawing(0.5 + result / (2 * most), "The nine numbers add up to 0: grey is 0.", AFTER)
    return drawing(result, f"The nine numbers add up to {number(total)}.", AFTER)
