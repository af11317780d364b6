"""Textures: photographs of gravel, grass and brick from scikit-image, and what is made from them, each made once.

The photographs are in the public domain (CC0, texturehaven.com and others, as `skimage.data` says).
"""

from functools import lru_cache

import numpy as np
from PIL import Image

GROUND_SIZE = 256
GROUND_LEVELS = 6
TILE = 64
WALL, FRAME, TRIM, SHOP, GLASS, ROOF = 0, 1, 2, 3, 4, 8  # glass has four looks: 4 to 7
STYLES = 7
SHOPS = (5, 6)


def _photograph(name: str, size: int) -> np.ndarray:
    """One of scikit-image's textures, grey, (size, size), with mean 0 and standard deviation 1."""
    from skimage import data  # noqa: PLC0415 - slow to import

    image = Image.fromarray(getattr(data, name)()).convert("L").resize((size, size), Image.Resampling.BOX)
    array = np.asarray(image, dtype=np.float32)
    return (array - array.mean()) / array.std()


@lru_cache(maxsize=1)
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


def _window(tile: np.ndarray, x0: float, y0: float, x1: float, y1: float, bars: int = 1) -> None:
    """Put a window with a frame, a sill and glazing bars into a tile (all in parts of the tile)."""
    a, b, c, d = (round(v * TILE) for v in (x0, y0, x1, y1))
    tile[b - 2 : d + 2, a - 2 : c + 2] = FRAME * 32 + 24
    tile[d + 1 : d + 4, a - 4 : c + 4] = TRIM * 32 + 27
    tile[b:d, a:c] = GLASS * 32 + np.linspace(14, 24, d - b).astype(np.uint8)[:, None]
    for bar in range(1, bars + 1):
        at = a + (c - a) * bar // (bars + 1)
        tile[b:d, at - 1 : at + 1] = FRAME * 32 + 22
    tile[b : b + 2, a:c] -= 6  # the lintel's shadow


def _shop(tile: np.ndarray, door: bool) -> None:
    """Turn a tile into a shop's front: a sign, an awning, a large pane and perhaps a door."""
    tile[:12] = TRIM * 32 + 22
    tile[12:16] = TRIM * 32 + 12
    tile[16:50, 4:60] = GLASS * 32 + np.linspace(12, 22, 34).astype(np.uint8)[:, None]
    tile[50:, :] = SHOP * 32 + 18
    tile[16:52, 30:32] = FRAME * 32 + 18
    if door:
        tile[14:, 36:58] = SHOP * 32 + 20
        tile[18:44, 40:54] = GLASS * 32 + 14


@lru_cache(maxsize=1)
def facades() -> np.ndarray:
    """One bay of one storey in several styles: uint8 (styles, TILE, TILE), material * 32 + shade (24 is full)."""
    brick = _photograph("brick", TILE).T  # its courses stand upright
    plaster = _photograph("gravel", TILE)
    walls = [brick * 3.2, plaster * 1.0, plaster * 1.6, brick * 2.0, plaster * 0.7, brick * 2.0, plaster]
    tiles = np.stack([np.clip(22 + wall, 8, 31).astype(np.uint8) for wall in walls])
    _window(tiles[0], 0.30, 0.22, 0.70, 0.78)
    _window(tiles[1], 0.28, 0.18, 0.72, 0.80, bars=1)
    _window(tiles[2], 0.12, 0.25, 0.88, 0.75, bars=3)
    _window(tiles[3], 0.34, 0.15, 0.66, 0.82)
    _window(tiles[4], 0.20, 0.30, 0.80, 0.72, bars=2)
    tiles[1][-4:] = TRIM * 32 + 24
    tiles[2][:6] = TRIM * 32 + 18
    for style, door in zip(SHOPS, (False, True), strict=True):
        _shop(tiles[style], door)
    return tiles


@lru_cache(maxsize=1)
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


@lru_cache(maxsize=1)
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
