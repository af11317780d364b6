"""Pedestrians: a skeleton in some phase of a step, with clothes, hair and perhaps a bag."""

import numpy as np

from cnnkit.scenes.models import parts, pick
from cnnkit.scenes.shapes import TUBE, Colour, Model, Part, build

OUTFITS = ("trousers", "trousers", "coat", "skirt", "shorts")
HEEL, TOE = np.array([0, -0.012, -0.01]), np.array([0, -0.014, 0.075])  # from the ankle
BAGS = (None, None, "backpack", "handbag")


def sample_pedestrian(rng: np.random.Generator) -> tuple[float, Model, dict[str, Colour]]:
    """Draw a pedestrian who looks forward: its height in metres, its model and the colours of its clothes."""
    height = rng.uniform(1.58, 1.90) if rng.uniform() < 0.87 else rng.uniform(1.15, 1.45)
    outfit, bag = OUTFITS[rng.integers(len(OUTFITS))], BAGS[rng.integers(len(BAGS))]
    stride = 0.12 if rng.uniform() < 0.25 else rng.uniform(0.6, 1.0)
    phase = rng.uniform(0, 2 * np.pi)
    made = [*_limbs(phase, stride, outfit), *_limbs(phase + np.pi, stride, outfit, side=-1), *parts("person")]
    for extra in (outfit, bag, "long_hair" if rng.uniform() < 0.45 else None):
        made += parts(extra) if extra else ()
    scaled = [
        p._replace(points=p.points * height, radii=(p.radii[0] * height, p.radii[1] * height)) for p in made
    ]
    palettes = {"skin": "skin", "hair": "hair", "top": "clothes", "bottom": "trousers", "bag": "clothes"}
    colours = {material: pick(rng, palette) for material, palette in palettes.items()}
    return height, build(scaled, by_depth=True), colours


def _bend(start: np.ndarray, angle: float, length: float) -> np.ndarray:
    """The end of a limb that hangs from start, swung forward by an angle."""
    return start + length * np.array([0, -np.cos(angle), np.sin(angle)])


def _limbs(phase: float, stride: float, outfit: str, side: int = 1) -> list[Part]:
    """A leg in a phase of the step, and the arm of the same side, in the opposite phase; in heights of the person."""
    swing, bend = 0.50 * stride * np.sin(phase), 0.12 + 0.68 * stride * max(0.0, np.cos(phase))
    hip, shoulder = np.array([side * 0.050, 0.50, 0]), np.array([side * 0.122, 0.80, 0])
    knee = _bend(hip, swing, 0.235)
    ankle = np.maximum(_bend(knee, swing - bend, 0.225), [-1, 0.035, -1])
    elbow = _bend(shoulder, -0.9 * swing, 0.16) + np.array([side * 0.012, 0, 0])
    wrist = _bend(elbow, -0.9 * swing + 0.25 + 0.3 * stride, 0.14)
    limbs = (
        (hip, knee, "bottom", 0.052, 0.038),
        (knee, ankle, "skin" if outfit in ("skirt", "shorts") else "bottom", 0.036, 0.026),
        (ankle + HEEL, ankle + TOE, "shoe", 0.022, 0.019),
        (shoulder, elbow, "top", 0.034, 0.028),
        (elbow, wrist, "top", 0.027, 0.021),
        (wrist, _bend(wrist, 0.3 - swing, 0.03), "skin", 0.021, 0.019),
    )
    return [Part(TUBE, np.stack([a, b]), material, (r, end)) for a, b, material, r, end in limbs]
