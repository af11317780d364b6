"""What shines after dark: street lamps, headlights and rear lights, and the light that they throw."""

from collections.abc import Sequence

import numpy as np

from cnnkit.scenes.camera import SAMPLES, View
from cnnkit.scenes.plan import Plan, Thing
from cnnkit.scenes.shapes import placed

# material: colour, reach in metres, strength, and whether it shines ahead (1), back (-1) or all around (0)
LIGHTS = {
    "lamp": ((1.0, 0.82, 0.52), 0.55, 190.0, 0),
    "headlight": ((1.0, 0.96, 0.84), 0.30, 220.0, 1),
    "taillight": ((1.0, 0.10, 0.06), 0.16, 130.0, -1),
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
    return np.array(sorted(found, key=lambda lamp: abs(lamp[1]))[:9]).reshape(-1, 4)


def add_glows(
    image: np.ndarray, plan: Plan, view: View, identities: np.ndarray, shown: Sequence[Thing]
) -> None:
    """Add the glow of every light that is not hidden to an image, float32 (H, W, 3), in place.

    Args:
        image: the picture.
        plan: the scene.
        view: the camera and the picture.
        identities: which of the things is in front in each sample, (rows, columns).
        shown: the things.
    """
    share = 1.0 if plan.light.time == "night" else 0.45
    eye = np.array([view.camera.x, view.camera.height, 0])
    for identity, thing in enumerate(shown):
        for part, normal in zip(thing.model.parts, thing.model.normals, strict=True):
            if part.material not in LIGHTS or abs(normal[0]) > 0.6:
                continue
            colour, radius, strength, facing = LIGHTS[part.material]
            middle = placed(part.points.mean(axis=0, keepdims=True), thing.place)
            ahead = np.array([np.sin(thing.place.heading), 0, np.cos(thing.place.heading)])
            (xy,), (depth,) = view.project(middle)
            x, y = np.clip(np.round(xy), 0, [view.columns - 1, view.rows - 1]).astype(int)
            if facing * float((eye - middle[0]) @ ahead) >= 0 and identities[y, x] == identity:
                radius = max(radius * view.focal / SAMPLES / depth, 0.012 * view.height)
                _add(image, xy / SAMPLES, radius, np.array(colour, np.float32) * np.float32(strength * share))


def _add(image: np.ndarray, centre: np.ndarray, radius: float, colour: np.ndarray) -> None:
    reach = int(3 * radius) + 1
    x0, y0 = (max(0, int(c) - reach) for c in centre)
    x1, y1 = int(centre[0]) + reach, int(centre[1]) + reach
    patch = image[y0:y1, x0:x1]
    y, x = np.ogrid[y0 : y0 + patch.shape[0], x0 : x0 + patch.shape[1]]
    apart = ((x + 0.5 - centre[0]) ** 2 + (y + 0.5 - centre[1]) ** 2) / radius**2
    fall = (0.75 * np.exp(-2.2 * apart) + 0.25 * np.clip(1 - apart / 9, 0, 1) ** 3).astype(np.float32)
    patch += fall[..., None] * colour
