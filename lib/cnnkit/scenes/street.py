"""A street: its road, pavements and the two rows of buildings along it."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cnnkit.scenes.models import pick
from cnnkit.scenes.shapes import Colour

START, END, STEP = -50.0, 170.0, 0.25  # the stretch with buildings, in metres along the road
STOREY = 3.1  # metres


class Building(NamedTuple):
    """A building: from where to where along the road, its wall's, roof's and a bay's size in metres, and its looks.

    The colours are those of wall, frames, trim, shop and roof; shop is a style of `textures.facades` or -1.
    """

    start: float
    end: float
    wall: float
    roof: float
    bay: float
    style: int
    shop: int
    colours: tuple[Colour, ...]


@dataclass(frozen=True)
class Street:
    """A straight street.

    Attributes:
        road: half of the road's width, in metres.
        walk: the width of each pavement, in metres.
        parking: whether cars stand along both kerbs.
        verge: the width of the strip of grass along the kerb, in metres.
        crossing: Z of a zebra crossing, or None.
        rows: the buildings on the left and on the right.
        skyline: how high distant houses reach, in metres per metre of distance, all around: float32 (1024,).
    """

    road: float
    walk: float
    parking: bool
    verge: float
    crossing: float | None
    rows: tuple[tuple[Building, ...], tuple[Building, ...]]
    skyline: np.ndarray

    @property
    def wall(self) -> float:
        """How far the walls are from the middle of the road, in metres."""
        return self.road + self.walk

    @cached_property
    def buildings(self) -> tuple[Building, ...]:
        """All buildings, those on the left first."""
        return self.rows[0] + self.rows[1]

    @cached_property
    def sides(self) -> np.ndarray:
        """On which side each of `buildings` is, 0 left or 1 right."""
        return (np.arange(len(self.buildings)) >= len(self.rows[0])).astype(int)

    @cached_property
    def profile(self) -> tuple[np.ndarray, np.ndarray]:
        """At each step along both sides, the number of the building (-1 in gaps) and its height: (2, steps) each."""
        steps = round((END - START) / STEP)
        owners, tops = np.full((2, steps), -1), np.zeros((2, steps), dtype=np.float32)
        for number, (side, b) in enumerate(zip(self.sides, self.buildings, strict=True)):
            first, last = round((b.start - START) / STEP), round((b.end - START) / STEP)
            owners[side, first:last] = number
            tops[side, first:last] = b.wall + b.roof
            tops[side, (first + last) // 2 :][: 3 if b.roof else 0] += 1.1  # a chimney
        return owners, tops


def sample_street(rng: np.random.Generator) -> Street:
    """Draw a street."""
    parking = bool(rng.uniform() < 0.5)
    road = rng.uniform(5.2, 6.0) if parking else rng.uniform(3.4, 4.6)
    verge = rng.uniform(1.0, 1.8) if rng.uniform() < 0.35 else 0.0
    crossing = float(rng.uniform(7, 16)) if rng.uniform() < 0.4 else None
    height = rng.uniform(5, 15)
    rows = (_row(rng, height), _row(rng, height))
    skyline = np.repeat(rng.uniform(0.015, 0.10, size=256), 4) * np.repeat(rng.uniform(0.5, 1.0, size=32), 32)
    return Street(
        road, verge + rng.uniform(2.2, 4.0), parking, verge, crossing, rows, skyline.astype(np.float32)
    )


def _row(rng: np.random.Generator, height: float) -> tuple[Building, ...]:
    """Draw the buildings of one side, about as high as given."""
    z, row = START + rng.uniform(0, 8), []
    while z < END - 20:
        length = rng.uniform(8, 20)
        row.append(_building(rng, z, z + length, height))
        z += length + (rng.uniform(3, 9) if rng.uniform() < 0.22 else 0)
    return tuple(row)


def _building(rng: np.random.Generator, start: float, end: float, height: float) -> Building:
    storeys = max(1, round(height * rng.uniform(0.7, 1.4) / STOREY))
    style, shade = int(rng.integers(5)), rng.uniform(0.82, 1.08)
    wall = pick(rng, "brick" if style in (0, 3) else "wall")
    colours = (
        (wall[0] * shade, wall[1] * shade, wall[2] * shade),
        *(pick(rng, p) for p in ("frame", "trim", "shop", "roof")),
    )
    roof = rng.uniform(1.2, 2.4) if rng.uniform() < 0.6 else 0.0
    shop = int(rng.integers(5, 7)) if rng.uniform() < 0.5 and storeys > 1 else -1
    bays = max(2, round((end - start) / rng.uniform(2.2, 3.4)))
    return Building(start, end, storeys * STOREY + 0.3, roof, (end - start) / bays, style, shop, colours)
