"""Pedestrians: a skeleton in some phase of a step, with clothes, hair and perhaps a bag."""

from dataclasses import dataclass

import numpy as np

from cnnkit.scenes.shapes import Colour, Model, Part, build, hull, tube

SKIN = ((0.96, 0.80, 0.69), (0.87, 0.67, 0.53), (0.72, 0.50, 0.37), (0.52, 0.35, 0.25), (0.36, 0.24, 0.18))
HAIR = ((0.10, 0.08, 0.07), (0.25, 0.16, 0.10), (0.45, 0.30, 0.16), (0.78, 0.63, 0.36), (0.62, 0.61, 0.60))
CLOTHES = (
    *((0.80, 0.16, 0.16), (0.90, 0.52, 0.16), (0.93, 0.78, 0.26), (0.22, 0.50, 0.30), (0.16, 0.34, 0.62)),
    *((0.12, 0.16, 0.32), (0.46, 0.26, 0.50), (0.88, 0.88, 0.86), (0.56, 0.57, 0.58), (0.14, 0.14, 0.15)),
    *((0.86, 0.56, 0.60), (0.40, 0.62, 0.70), (0.60, 0.44, 0.30), (0.34, 0.38, 0.26)),
)
TROUSERS = (
    (0.14, 0.18, 0.30),
    (0.24, 0.32, 0.48),
    (0.12, 0.12, 0.13),
    (0.42, 0.36, 0.28),
    (0.40, 0.41, 0.43),
)
OUTFITS = ("trousers", "trousers", "coat", "skirt", "shorts")
BAGS = ("none", "none", "backpack", "handbag")


@dataclass(frozen=True)
class Person:
    """How a pedestrian looks and moves: a height in metres, a phase of the step in radians, the rest by name."""

    height: float
    phase: float
    stride: float
    outfit: str
    bag: str
    long_hair: bool


def sample_person(rng: np.random.Generator) -> tuple[Person, dict[str, Colour]]:
    """Draw a pedestrian and the colours of its materials."""
    height = rng.uniform(1.58, 1.90) if rng.uniform() < 0.87 else rng.uniform(1.15, 1.45)
    outfit, bag = OUTFITS[rng.integers(len(OUTFITS))], BAGS[rng.integers(len(BAGS))]
    stride = 0.12 if rng.uniform() < 0.25 else rng.uniform(0.6, 1.0)
    person = Person(height, rng.uniform(0, 2 * np.pi), stride, outfit, bag, bool(rng.uniform() < 0.45))
    tables = {"skin": SKIN, "hair": HAIR, "top": CLOTHES, "bottom": TROUSERS, "bag": CLOTHES}
    colours = {name: table[rng.integers(len(table))] for name, table in tables.items()}
    return person, {**colours, "shoe": (0.13, 0.11, 0.10)}


def pedestrian(person: Person) -> Model:
    """The model of a pedestrian, looking forward; materials are skin, hair, top, bottom, bag and shoe."""
    h = person.height
    parts = [*_legs(person), *_trunk(person), *_arms(person), *_head(h, person.long_hair), *_bag(person)]
    return build(
        [Part(p.kind, p.points * h, p.material, (p.radii[0] * h, p.radii[1] * h)) for p in parts],
        by_depth=True,
    )


def _bend(start: np.ndarray, angle: float, length: float) -> np.ndarray:
    """The end of a limb that hangs from start, swung forward by an angle."""
    return start + length * np.array([0, -np.cos(angle), np.sin(angle)])


def _legs(person: Person) -> list[Part]:
    """Both legs; all lengths in parts of the height."""
    parts = []
    bare = person.outfit in ("skirt", "shorts")
    for side, phase in ((-1, person.phase), (1, person.phase + np.pi)):
        swing = 0.50 * person.stride * np.sin(phase)
        bend = 0.12 + 0.85 * person.stride * max(0.0, np.cos(phase)) * 0.8
        hip = np.array([side * 0.050, 0.50, 0])
        knee = _bend(hip, swing, 0.235)
        ankle = _bend(knee, swing - bend, 0.225)
        ankle[1] = max(ankle[1], 0.035)
        parts.append(tube(hip, knee, "skin" if person.outfit == "skirt" else "bottom", 0.052, 0.038))
        parts.append(tube(knee, ankle, "skin" if bare else "bottom", 0.036, 0.026))
        parts.append(tube(ankle - [0, 0.012, 0.01], ankle + [0, -0.014, 0.075], "shoe", 0.022, 0.019))
    return parts


def _ring(half: float, deep: float, level: float) -> list[list[float]]:
    return [[half * np.cos(a), level, deep * np.sin(a)] for a in np.arange(8) * np.pi / 4]


def _trunk(person: Person) -> list[Part]:
    parts = [hull([*_ring(0.118, 0.055, 0.79), *_ring(0.10, 0.058, 0.83), *_ring(0.088, 0.056, 0.50)], "top")]
    if person.outfit == "coat":
        parts.append(hull([*_ring(0.09, 0.06, 0.56), *_ring(0.115, 0.085, 0.36)], "top"))
    elif person.outfit == "skirt":
        parts.append(hull([*_ring(0.08, 0.056, 0.58), *_ring(0.125, 0.10, 0.31)], "bottom"))
    else:
        parts.append(hull([*_ring(0.086, 0.056, 0.53), *_ring(0.088, 0.058, 0.46)], "bottom"))
    return parts


def _arms(person: Person) -> list[Part]:
    parts = []
    for side, phase in ((-1, person.phase + np.pi), (1, person.phase)):
        swing = 0.45 * person.stride * np.sin(phase)
        shoulder = np.array([side * 0.122, 0.80, 0])
        elbow = _bend(shoulder, swing, 0.16) + [side * 0.012, 0, 0]
        wrist = _bend(elbow, swing + 0.25 + 0.3 * person.stride, 0.14)
        parts += [tube(shoulder, elbow, "top", 0.034, 0.028), tube(elbow, wrist, "top", 0.027, 0.021)]
        parts.append(tube(wrist, _bend(wrist, swing + 0.3, 0.03), "skin", 0.021, 0.019))
    return parts


def _head(height: float, long_hair: bool) -> list[Part]:
    big = 1.0 if height > 1.5 else 1.2  # a child's head is larger
    r = 0.052 * big
    parts = [tube([0, 0.83, 0], [0, 0.87, 0.005], "skin", 0.026)]
    parts.append(tube([0, 0.905, 0.016], [0, 0.935, 0.016], "skin", r * 0.9, r * 0.96))
    parts.append(tube([0, 0.945, -0.012], [0, 0.925, -0.02], "hair", r * 1.06, r * 1.0))
    if long_hair:
        parts.append(tube([0, 0.925, -0.028], [0, 0.83, -0.045], "hair", r * 1.0, r * 0.8))
    return parts


def _bag(person: Person) -> list[Part]:
    if person.bag == "backpack":
        return [hull([*_ring(0.075, 0.03, 0.8), *_ring(0.085, 0.05, 0.6)] - np.array([0, 0, 0.09]), "bag")]
    if person.bag == "handbag":
        strap = tube([0.13, 0.52, 0.02], [0.13, 0.46, 0.02], "bag", 0.008)
        return [
            strap,
            hull([*_ring(0.02, 0.06, 0.46), *_ring(0.025, 0.075, 0.36)] + np.array([0.135, 0, 0.02]), "bag"),
        ]
    return []
