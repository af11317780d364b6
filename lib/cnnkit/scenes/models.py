"""The shapes and colours of models.toml, and the models made of them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.scenes.shapes import FACE, HULL, TUBE, Colour, Model, Part, build, circle

MOTORCYCLES = {"street": "rider_upright", "sport": "rider_bent", "scooter": "rider_upright"}


@cache
def tables() -> dict[str, Any]:
    """What models.toml holds."""
    return tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))


def pick(rng: np.random.Generator, palette: str) -> Colour:
    """Draw a colour from a palette."""
    colours = tables()["palette"][palette]
    return tuple(colours[rng.integers(len(colours))])


@cache
def parts(name: str, scale: tuple[float, float, float] = (1, 1, 1)) -> tuple[Part, ...]:
    """The parts under a name, stretched along x, y and z (radii along y)."""
    found: list[Part] = []
    for line in tables()["parts"][name].strip().splitlines():
        kind, material, sides, *numbers = line.split()
        part = _part(kind, material, np.array(numbers, dtype=float), np.array(scale))
        found += [part, part._replace(points=part.points * [-1, 1, 1])] if sides == "|" else [part]
    return tuple(found)


def _part(kind: str, material: str, numbers: np.ndarray, scale: np.ndarray) -> Part:
    """The part that a line of models.toml describes."""
    name, _, fine = material.partition("@")
    if kind == "tube":
        radii = (float(numbers[6] * scale[1]), float(numbers[-1] * scale[1]))
        return Part(TUBE, numbers[:6].reshape(2, 3) * scale, name, radii)
    if kind == "ring":
        flat = circle((0, 0, 0), 1, 8)[:, [1, 0, 2]]
        ellipses = [[x, y, z] + flat * [a, 0, c] for x, y, z, a, c in numbers.reshape(-1, 5)]
        return Part(HULL, np.concatenate(ellipses) * scale, name)
    if kind in ("wheel", "disc", "arch", "plate"):
        around = circle((0, 0, 0), numbers[3] * scale[1], 16, 0.5 if kind == "arch" else 1)
        shape = around[:, ::-1] if kind == "plate" else around
        if kind == "wheel":
            side = np.array([numbers[4] * scale[0], 0, 0])
            shape = np.concatenate([around - side, around + side])
        return Part(FACE if kind in ("disc", "arch") else HULL, numbers[:3] * scale + shape, name)
    return Part(FACE if kind == "face" else HULL, numbers.reshape(-1, 3) * scale, name, fine=float(fine or 0))


@cache
def motorcycle(kind: str, rider: bool) -> Model:
    """A motorcycle of MOTORCYCLES; with a rider it also needs colours for jacket, helmet and bottom."""
    return build(parts(kind) + (parts(MOTORCYCLES[kind]) if rider else ()), by_depth=True)


@cache
def furniture(kind: str) -> Model:
    """A lamp, tree, sign, bin or bollard; of a tree, the trunk."""
    return build(parts(kind))
