"""Textures: photographs of gravel, grass and brick from scikit-image, and what is made from them, each made once.

The photographs are CC0, as `skimage.data` says: bricks ("Bricks25") and gravel ("Gravel04") from cc0textures.com, grass
("Grass 01" by linolafett) from deviantart.com.
"""

from functools import cache

import numpy as np
from PIL import Image

from cnnkit.scenes.models import tables

GROUND_SIZE = 256
GROUND_LEVELS = 6
TILE = 64
# Materials of walls: beside these, 0 is the wall, 1 frames and 3 shops; glass has four looks, 4 to 7.
TRIM, GLASS, ROOF = 2, 4, 8


def _photograph(name: str, size: int) -> np.ndarray:
    """One of scikit-image's textures, grey, (size, size), with mean 0 and standard deviation 1."""
    from skimage import data  # noqa: PLC0415 - slow to import

    image = Image.fromarray(getattr(data, name)()).convert("L").resize((size, size), Image.Resampling.BOX)
    array = np.asarray(image, dtype=np.float32)
    return (array - array.mean()) / array.std()


@cache
def ground() -> np.ndarray:
    """Asphalt, paving and grass, each ever coarser: uint8 (3, levels, size, size), 128 on average."""
    n = GROUND_SIZE
    paving = 0.45 * _photograph("gravel", n)
    joints = np.arange(n) % (n // 4) < 3
    paving[joints] -= 2.2
    paving[:, joints] -= 2.2
    materials = [0.55 * _photograph("gravel", n), paving, 1.6 * _photograph("grass", n)]
    return np.stack([_coarser(np.clip(128 + 20 * m, 0, 255).astype(np.uint8)) for m in materials])


def _coarser(texture: np.ndarray) -> np.ndarray:
    """A texture averaged over 1, 2, 4, … texels: (levels, size, size)."""
    n = len(texture)
    image = Image.fromarray(texture)
    small = [image.resize((n >> level,) * 2, Image.Resampling.BOX) for level in range(GROUND_LEVELS)]
    return np.stack([np.asarray(each.resize((n, n), Image.Resampling.BILINEAR)) for each in small])


@cache
def facades() -> np.ndarray:
    """One bay of one storey in several styles: uint8 (styles, TILE, TILE), material * 32 + shade (24 is full)."""
    tiles = []
    for style in tables()["facades"]:
        wall = (
            style["contrast"] * _photograph(style["texture"], TILE).T
        )  # the courses of bricks stand upright
        tile = np.clip(22 + wall, 8, 31).astype(np.uint8)
        for material, above, below, left, top, right, bottom in style["panes"]:
            shades = np.linspace(above, below, bottom - top).astype(np.uint8)
            tile[top:bottom, left:right] = material * 32 + shades[:, None]
        tiles.append(tile)
    return np.stack(tiles)


@cache
def clouds() -> np.ndarray:
    """Cloud cover as it is high up, of several octaves: float32 (256, 512), from 0 to 1."""
    rng = np.random.default_rng(7)
    total = np.zeros((256, 512), dtype=np.float32)
    for octave in range(6):
        small = rng.normal(size=(3 << octave, 4 << octave)).astype(np.float32)
        total += (
            np.asarray(Image.fromarray(small).resize((512, 256), Image.Resampling.BICUBIC)) * 0.55**octave
        )
    low, high = np.percentile(total, [2, 98])
    return np.clip((total - low) / (high - low), 0, 1).astype(np.float32)


@cache
def crowns() -> tuple[Image.Image, ...]:
    """The crowns of six trees, 240 x 240: red is how light the leaves are, green 255 where there are any, else 0."""
    rng = np.random.default_rng(11)
    n = 240
    leaves = _photograph("grass", n)
    y, x = np.mgrid[0:n, 0:n] / (n - 1) * 2 - 1
    made = []
    for _ in range(6):
        cover = np.full((n, n), -9.0)
        light = np.zeros((n, n))
        for blob in range(26):
            angle, radius = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.62) if blob else 0.0
            cx, cy, r = radius * np.cos(angle), radius * np.sin(angle) * 0.9, rng.uniform(0.2, 0.36)
            bulge = 1 - np.hypot(x - cx, y - cy) / r
            front = bulge > np.maximum(cover, 0)
            light[front] = (0.62 - 0.30 * (y - cy) / r - 0.12 * cy)[front]
            cover = np.maximum(cover, bulge)
        solid = cover * 4 + 0.55 * leaves > 0.35
        grey = np.clip(255 * (light + 0.13 * leaves), 40, 255)
        made.append(Image.fromarray(np.dstack([grey, solid * 255.0, grey]).astype(np.uint8)))
    return tuple(made)
