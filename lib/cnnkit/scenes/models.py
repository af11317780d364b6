"""The shapes and colours of models.toml, and the models made of them."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.scenes.shapes import FACE, HULL, TUBE, Colour, Model, Part, build, circle

MOTORCYCLES = {"street": "rider_upright", "sport": "rider_bent", "scooter": "rider_upright"}
FURNITURE = ("lamp", "tree", "sign", "bin", "bollard")


@cache
def tables() -> dict[str, Any]:
    """What models.toml holds."""
    return tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))


def pick(rng: np.random.Generator, palette: str) -> Colour:
    """Draw a colour from a palette."""
    colours = tables()["palette"][palette]
    return tuple(colours[rng.integers(len(colours))])


def parts(name: str, scale: Sequence[float] = (1, 1, 1)) -> list[Part]:
    """The parts under a name, stretched along x, y and z (radii along y)."""
    found: list[Part] = []
    for line in tables()["parts"][name].strip().splitlines():
        kind, material, sides, *numbers = line.split()
        for side in (1, -1) if sides == "|" else (1,):
            part = _part(kind, material, np.array(numbers, dtype=float))
            radii = (part.radii[0] * scale[1], part.radii[1] * scale[1])
            found.append(part._replace(points=part.points * scale * [side, 1, 1], radii=radii))
    return found


def _part(kind: str, material: str, numbers: np.ndarray) -> Part:
    """The part that a line of models.toml describes."""
    name, _, fine = material.partition("@")
    if kind == "tube":
        return Part(TUBE, numbers[:6].reshape(2, 3), name, (float(numbers[6]), float(numbers[-1])))
    if kind == "ring":
        angle = np.arange(8) * np.pi / 4
        around = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], axis=1)
        ellipses = [[x, y, z] + around * [a, 0, c] for x, y, z, a, c in numbers.reshape(-1, 5)]
        return Part(HULL, np.concatenate(ellipses), name)
    if kind == "wheel":
        half = np.array([numbers[4], 0, 0])
        sides = [circle(numbers[:3] + side * half, numbers[3], 16) for side in (-1, 1)]
        return Part(HULL, np.concatenate(sides), name)
    if kind in ("disc", "plate"):
        flat = circle((0, 0, 0), numbers[3], 16)
        points = numbers[:3] + (flat[:, ::-1] if kind == "plate" else flat)
        return Part(FACE if kind == "disc" else HULL, points, name)
    return Part(FACE if kind == "face" else HULL, numbers.reshape(-1, 3), name, fine=float(fine or 0))


@cache
def motorcycle(kind: str, rider: bool) -> Model:
    """A motorcycle of MOTORCYCLES; with a rider it also needs colours for jacket, helmet and bottom."""
    return build(parts(kind) + (parts(MOTORCYCLES[kind]) if rider else []), by_depth=True)


@cache
def furniture(kind: str) -> Model:
    """A piece of FURNITURE; of a tree, the trunk."""
    return build(parts(kind))
