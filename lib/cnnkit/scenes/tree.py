"""Trees: a trunk, and a crown cut from a picture of leaves."""

import numpy as np
from PIL import Image

from cnnkit.scenes.camera import SAMPLES, View
from cnnkit.scenes.light import Light
from cnnkit.scenes.models import furniture, tables
from cnnkit.scenes.shapes import Painted, Place, paint
from cnnkit.scenes.textures import crowns

WIDTH = 4.2  # of a crown, in metres


def paint_tree(
    place: Place, look: int, scale: float, view: View, light: Light, shaded: float
) -> Painted | None:
    """Paint a tree with one of the crowns, `scale` times 4.2 m wide; else as `shapes.paint`."""
    trunk = paint(furniture("tree"), place, tables()["colours"], view, light, shaded)
    middle, depth = view.project(np.array([[place.x, 2.3 + 2.0 * scale, place.z]]))
    side = max(2, round(WIDTH * scale * view.focal / max(float(depth[0]), 1.5)))
    corner = np.round(middle[0] - side / 2).astype(int)
    if trunk is None or depth[0] < 1.5:
        return None
    crown = crowns()[look % len(crowns())].resize((side, side), Image.Resampling.BILINEAR, reducing_gap=1.5)
    leaves = _tinted(crown, light, look, float(depth[0]))
    low = np.minimum(corner, trunk.corner) // SAMPLES * SAMPLES
    high = np.maximum(corner + side, np.add(trunk.corner, trunk.image.size))
    image = Image.new("RGBA", tuple((-(-(high - low) // SAMPLES) * SAMPLES).tolist()))
    image.paste(trunk.image, tuple((np.array(trunk.corner) - low).tolist()))
    image.paste(leaves, tuple((corner - low).tolist()), leaves)
    return Painted(image, (int(low[0]), int(low[1])))


def _tinted(crown: Image.Image, light: Light, look: int, depth: float) -> Image.Image:
    """A crown in the colour of its leaves under the light, opaque where there are leaves."""
    (grey, solid, _), palette = crown.split(), tables()["palette"]["leaves"]
    leaf = np.array(palette[look % len(palette)]) * (light.ambient + 0.7 * light.sun)
    ramp = np.clip(light.through_haze(np.arange(256)[:, None] / 190 * leaf, depth) * 255, 0, 255).astype(int)
    bands = [grey.point(ramp[:, i].tolist()) for i in range(3)]
    return Image.merge("RGBA", (*bands, solid.point([0] * 128 + [255] * 128)))
