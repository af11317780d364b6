"""What shines after dark: street lamps, headlights and rear lights, and the light that they throw."""

from collections.abc import Iterator

import numpy as np

from cnnkit.scenes.camera import SAMPLES, View
from cnnkit.scenes.plan import Plan, Thing
from cnnkit.scenes.shapes import FACE, placed

# material: colour, reach in metres, strength
LIGHTS = {
    "lamp": ((1.0, 0.82, 0.52), 0.55, 190.0),
    "headlight": ((1.0, 0.96, 0.84), 0.30, 220.0),
    "taillight": ((1.0, 0.10, 0.06), 0.16, 130.0),
}


def lamps_on_ground(plan: Plan) -> np.ndarray:
    """Where lamps and headlights light the ground: X, Z, reach in metres and strength, (N, 4); none by day."""
    if plan.light.time == "day":
        return np.zeros((0, 4))
    found, share = [], 1.0 if plan.light.time == "night" else 0.25
    for thing in plan.things:
        x, z, heading = thing.place.x, thing.place.z, thing.place.heading
        if thing.kind == "lamp":
            found.append((x + np.sin(heading), z + np.cos(heading), 5.2, 0.85 * share))
        elif "headlight" in thing.colours:
            ahead = thing.size[2] / 2 + 1.8
            found.append((x + ahead * np.sin(heading), z + ahead * np.cos(heading), 2.4, 0.6 * share))
    return np.array(sorted(found, key=lambda lamp: abs(lamp[1]))[:12]).reshape(-1, 4)


def _sources(thing: Thing, view: View) -> Iterator[tuple[str, np.ndarray]]:
    """The lights of a thing that face the camera: material and middle (3,)."""
    eye = np.array([view.camera.x, view.camera.height, 0])
    ahead = np.array([np.sin(thing.place.heading), 0, np.cos(thing.place.heading)])
    for i, part in enumerate(thing.model.parts):
        if part.material in LIGHTS and not (part.kind == FACE and abs(thing.model.normals[i][0]) > 0.6):
            middle = placed(part.points.mean(axis=0, keepdims=True), thing.place)[0]
            facing = (eye - middle) @ ahead * (-1 if part.material == "taillight" else 1)
            if part.material == "lamp" or facing > 0:
                yield part.material, middle


def add_glows(
    image: np.ndarray, plan: Plan, view: View, identities: np.ndarray, shown: list, first: int
) -> np.ndarray:
    """Add the glow of every light that is not hidden to an image, float32 (H, W, 3), in place."""
    share = 1.0 if plan.light.time == "night" else 0.45

    for identity, (thing, _) in enumerate(shown, first):
        for material, middle in _sources(thing, view):
            xy, depth = view.project(middle[None])
            x, y = np.round(xy[0]).astype(int)
            if not (0 <= x < view.columns and 0 <= y < view.rows and identities[y, x] == identity):
                continue
            colour, reach, strength = LIGHTS[material]
            radius = max(reach * view.focal / SAMPLES / float(depth[0]), 0.012 * view.height)
            _add(image, xy[0] / SAMPLES, radius, np.array(colour, np.float32) * np.float32(strength * share))
    return image


def _add(image: np.ndarray, centre: np.ndarray, radius: float, colour: np.ndarray) -> None:
    reach = int(3 * radius) + 1
    x0, y0 = (max(0, int(c) - reach) for c in centre)
    x1, y1 = int(centre[0]) + reach, int(centre[1]) + reach
    patch = image[y0:y1, x0:x1]
    y, x = np.ogrid[y0 : y0 + patch.shape[0], x0 : x0 + patch.shape[1]]
    apart = ((x + 0.5 - centre[0]) ** 2 + (y + 0.5 - centre[1]) ** 2) / radius**2
    fall = (0.75 * np.exp(-2.2 * apart) + 0.25 * np.clip(1 - apart / 9, 0, 1) ** 3).astype(np.float32)
    patch += fall[..., None] * colour
