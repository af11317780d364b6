"""A picture, and what augmentation makes of it: seven changes to choose from, each with its strength."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from cnnkit.widgets.tables import drawing, field

SIDE, WIDTH = 160, 280  # of the pictures: at most so many pixels, and as wide as so many on the screen
CHANGES = {  # for each function its unit, and the smallest and the largest strength and that at first
    "mirror": None,
    "random_crop": ("% of the side", 10, 100, 75),
    "rotate": ("degrees", -180, 180, 15),
    "shear": ("pixels in 100 rows", -100, 100, 30),
    "local_warp": ("pixels", 0, 20, 4),
    "color_shift": ("% of white", 0, 50, 15),
    "pca_color": ("% of the spread", 0, 200, 60),
}

Functions = Mapping[str, Callable[..., Any]]


def augmentation_playground(album: Mapping[str, ArrayLike], functions: Functions) -> ipywidgets.HBox:
    """A widget with the changes of augmentation, and beside them a picture before and after.

    Args:
        album: for each name a picture (H, W, 3), uint8. It is shown with at most 160 pixels on a side.
        functions: "mirror", "random_crop", "rotate", "shear", "local_warp", "color_shift" and "pca_color", or some of
            them, as lesson 2.5 has them: each gets a tensor (3, H, W) from 0 to 1 first, and gives another one.

    Returns:
        A menu of pictures, a field for the seed of what is drawn, and for each function a checkbox and its strength.
        Those that are checked follow each other from top to bottom.

    Raises:
        ValueError: there is no picture, one has another shape or type, or a function has another name.

    Example:
        >>> black = np.zeros((9, 9, 3), np.uint8)
        >>> playground = augmentation_playground({"black": black}, {"mirror": lambda x: x.flip(2)})
        >>> playground.children[1].value[:40]
        "<figure style='margin:0 0 0 1em;width:28"
    """
    if unknown := sorted(functions.keys() - CHANGES.keys()):
        raise ValueError(f"there is no change {', '.join(unknown)}: there are {', '.join(CHANGES)}")
    pictures = {name: _small(name, picture) for name, picture in album.items()}
    if not pictures:
        raise ValueError("the album should have at least one picture")
    menu = ipywidgets.Dropdown(
        options=list(pictures), description="picture", tooltip="The picture", layout={"width": "22em"}
    )
    seed = field("seed", 9999)
    rows = {name: _row(name) for name in CHANGES if name in functions}
    shown = [ipywidgets.HTML(), ipywidgets.HTML()]

    def draw(_: Any = None) -> None:
        chosen = {name: strength.value for name, (box, strength) in rows.items() if box.value}
        before = pictures[menu.value]
        after, said = _changed(before, chosen, functions, seed.value)
        shown[0].value = drawing(before, f"{menu.value}, {_size(before)}", "Before", WIDTH)
        shown[1].value = drawing(after, f"{said}, {_size(after)}", "After", WIDTH)

    for control in (menu, seed, *(one for row in rows.values() for one in row)):
        control.observe(draw, "value")
    draw()
    controls = ipywidgets.VBox([menu, seed, *(ipywidgets.HBox(row) for row in rows.values())])
    return ipywidgets.HBox([controls, *shown], layout=ipywidgets.Layout(flex_flow="row wrap"))


def _small(name: str, picture: ArrayLike) -> np.ndarray:
    """A picture from 0 to 1, and small."""
    from PIL import Image  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    array = np.asarray(picture)
    if array.dtype != np.uint8 or array.shape[2:] != (3,):
        raise ValueError(f"{name!r} should be uint8 (H, W, 3), and is {array.dtype} {array.shape}")
    image = Image.fromarray(array)
    image.thumbnail((SIDE, SIDE))
    return np.asarray(image, dtype=np.float32) / 255


def _row(name: str) -> tuple[ipywidgets.Checkbox, Any]:
    """A checkbox and the field for its strength."""
    box = ipywidgets.Checkbox(
        name == "rotate",
        description=name,
        tooltip=f"Whether to {name}",
        indent=False,
        layout={"width": "9em"},
    )
    unit, smallest, largest, first = CHANGES[name] or ("", 0, 0, 0)
    strength = field(f"{name}, {unit}", largest, smallest, first)
    strength.layout.width, strength.style.description_width = "20em", "14.5em"
    strength.layout.visibility = "visible" if unit else "hidden"
    return box, strength


def _changed(
    picture: np.ndarray, chosen: Mapping[str, float], functions: Functions, seed: int
) -> tuple[np.ndarray, str]:
    """The picture after the chosen changes, and what they were."""
    import torch  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    image, said = torch.tensor(picture).permute(2, 0, 1), []
    for name, strength in chosen.items():
        draw = torch.Generator().manual_seed(seed)
        drawn = 2 * torch.rand(3, generator=draw) - 1
        arguments: dict[str, tuple[Any, ...]] = {
            "mirror": (),
            "random_crop": (max(1, round(min(image.shape[1:]) * strength / 100)), draw),
            "rotate": (float(strength),),
            "shear": (strength / 100,),
            "local_warp": (strength * torch.randn(2, 5, 5, generator=draw),),
            "color_shift": (strength / 100 * drawn,),
            "pca_color": (strength / 100 * drawn,),
        }
        image = functions[name](image, *arguments[name])
        unit = CHANGES[name]
        said.append(f"{name} {strength} {unit[0]}" if unit else name)
    return image.permute(1, 2, 0).numpy(), ", then ".join(said) or "nothing changed"


def _size(picture: np.ndarray) -> str:
    return " × ".join(map(str, picture.shape[:2]))
