"""A learner's own photograph, from the file that a camera or a phone made."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

SHOWN = 6  # names of files in an error
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif")


def own_photo(file: str, otherwise: NDArray[np.uint8] | None = None) -> "Image":
    """A photograph beside the notebook, in colour and upright, however the camera was held.

    Args:
        file: its name; "" for none.
        otherwise: the picture to take where there is no name, uint8 of shape (H, W, 3).

    Returns:
        A Pillow image in RGB; `np.asarray(it)` is uint8 of shape (H, W, 3).

    Raises:
        FileNotFoundError: there is no such file; the message lists the pictures that there are.
        ValueError: the file is no picture that Pillow can read, or one too large for it; or there is neither a name nor
            another picture.

    >>> own_photo("", np.zeros((2, 3, 3), np.uint8)).size
    (3, 2)
    """
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - importing cnnkit stays cheap

    if not file and otherwise is not None:
        return Image.fromarray(otherwise).convert("RGB")
    if not file:
        raise ValueError(f"write the name of a picture beside this notebook; {_pictures_here()}")
    if not Path(file).is_file():
        raise FileNotFoundError(f"there is no file {file!r} beside this notebook; {_pictures_here()}")
    try:
        with Image.open(file) as opened:
            return ImageOps.exif_transpose(opened).convert("RGB")
    except Image.DecompressionBombError as error:
        raise ValueError(f"{file!r} has too many pixels: save it smaller, and write that name") from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ValueError(
            f"{file!r} is no picture that can be read here ({type(error).__name__}). Save it as JPEG or PNG, and "
            "write that name; phones that store HEIC files can export both"
        ) from error


def _pictures_here() -> str:
    """Which files of the notebook's folder are pictures by their names, in words."""
    names = sorted(path.name for path in Path().iterdir() if path.suffix.lower() in PICTURES)
    if not names:
        return "put the picture into the notebook's folder first"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"pictures here are {', '.join(names[:SHOWN])}{more}"
