"""What stands along a street: lamps, trees, signs, bins and bollards."""

from functools import lru_cache

import numpy as np
from PIL import Image

from cnnkit.scenes.camera import SAMPLES, View
from cnnkit.scenes.light import Light
from cnnkit.scenes.shapes import Model, Painted, Place, build, circle, hull, paint, tube
from cnnkit.scenes.textures import crowns

KINDS = ("lamp", "tree", "sign", "bin", "bollard")
LAMP_HEIGHT = 5.2
COLOURS = {
    "metal": (0.30, 0.33, 0.34),
    "pale": (0.66, 0.67, 0.68),
    "bark": (0.34, 0.26, 0.20),
    "green": (0.20, 0.36, 0.28),
    "lamp": (0.90, 0.88, 0.80),
    "red": (0.80, 0.14, 0.14),
    "blue": (0.14, 0.34, 0.70),
    "white": (0.94, 0.94, 0.92),
}


@lru_cache(maxsize=len(KINDS))
def furniture(kind: str) -> Model:
    """The model of a piece of street furniture (of a tree, the trunk); materials are those of COLOURS."""
    if kind == "lamp":
        head = [[-0.12, 5.2, 0.75], [0.12, 5.2, 0.75], [-0.1, 5.3, 1.35], [0.1, 5.3, 1.35], [0, 5.36, 1.0]]
        parts = [
            tube([0, 0, 0], [0, 0.9, 0], "metal", 0.10, 0.08),
            tube([0, 0.9, 0], [0, 5.1, 0], "metal", 0.06),
        ]
        parts += [tube([0, 5.1, 0], [0, 5.32, 0.8], "metal", 0.05), hull(head, "metal")]
        parts.append(tube([0, 5.17, 0.85], [0, 5.2, 1.25], "lamp", 0.07))
    elif kind == "tree":
        parts = [tube([0, 0, 0], [0, 2.6, 0], "bark", 0.17, 0.12)]
        parts += [tube([0, 2.2, 0], [side * 0.7, 3.6, 0.2], "bark", 0.09, 0.05) for side in (-1, 1)]
    elif kind == "sign":
        parts = [tube([0, 0, 0], [0, 2.5, 0], "pale", 0.035)]
        for r, lift, material in ((0.33, 0.04, "red"), (0.25, 0.05, "white"), (0.10, 0.06, "blue")):
            disc = circle([0, 2.25, 0], r, 18)[:, [2, 1, 0]]
            parts += [hull(disc - [0, 0, lift], material)]
    elif kind == "bin":
        rim = [
            [0.24 * np.cos(a), y, 0.24 * np.sin(a)] for a in np.arange(8) * np.pi / 4 for y in (0.12, 0.85)
        ]
        parts = [hull(rim, "green"), tube([-0.2, 0.88, 0], [0.2, 0.88, 0], "metal", 0.06)]
    else:
        parts = [
            tube([0, 0, 0], [0, 0.85, 0], "metal", 0.07, 0.06),
            tube([0, 0.78, 0], [0, 0.8, 0], "white", 0.075),
        ]
    return build(parts)


def paint_tree(
    model: Model, place: Place, look: int, scale: float, view: View, light: Light, shaded: float
) -> Painted | None:
    """Paint a tree: its trunk, and one of the crowns, `scale` times 4 m wide."""
    trunk = paint(model, place, COLOURS, view, light, shaded)
    middle, depth = view.project(np.array([[place.x, 2.3 + 2.0 * scale, place.z]]))
    if depth[0] < 1.5:
        return None
    side = max(2, round(4.2 * scale * view.focal / depth[0]))
    corner = np.round(middle[0] - side / 2).astype(int)
    if trunk is None and not _meets(corner, side, view):
        return None
    crown = crowns()[look % len(crowns())]
    small = crown.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=1.5)
    leaves = _tinted(small, light, look, float(depth[0]))
    low = np.minimum(corner, trunk.corner if trunk else corner) // SAMPLES * SAMPLES
    high = np.maximum(corner + side, np.add(trunk.corner, trunk.image.size) if trunk else corner)
    size = np.ceil((high - low) / SAMPLES).astype(int) * SAMPLES
    image = Image.new("RGBA", (int(size[0]), int(size[1])))
    if trunk:
        image.paste(trunk.image, (int(trunk.corner[0] - low[0]), int(trunk.corner[1] - low[1])))
    image.paste(leaves, (int(corner[0] - low[0]), int(corner[1] - low[1])), leaves)
    return Painted(image, (int(low[0]), int(low[1])))


def _meets(corner: np.ndarray, side: int, view: View) -> bool:
    return bool((corner + side > 0).all() and corner[0] < view.columns and corner[1] < view.rows)


def _tinted(crown: Image.Image, light: Light, look: int, depth: float) -> Image.Image:
    """A crown in a green (or, now and then, autumn's colour) under the light, its leaves opaque or absent."""
    greens = (
        (0.42, 0.56, 0.22),
        (0.32, 0.50, 0.24),
        (0.50, 0.58, 0.20),
        (0.36, 0.46, 0.20),
        (0.72, 0.50, 0.18),
    )
    pixels = np.asarray(crown)
    grey = pixels[..., :1].astype(np.float32) / 190
    lit = np.array([greens[look % len(greens)]]) * (np.array(light.ambient) + 0.7 * np.array(light.sun))
    colour = light.through_haze(grey * lit.astype(np.float32), np.float32(depth))
    out = np.concatenate(
        [np.clip(colour * 255, 0, 255), np.where(pixels[..., 1:2] >= 128, 255.0, 0.0)], axis=2
    )
    return Image.fromarray(out.astype(np.uint8))
