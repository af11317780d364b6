"""A street: its road, pavements and the two rows of buildings along it."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

START, END, STEP = -50.0, 170.0, 0.25  # the stretch with buildings, in metres along the road
STOREY = 3.1
WALLS = (
    *((0.62, 0.34, 0.27), (0.72, 0.45, 0.34), (0.86, 0.80, 0.66), (0.84, 0.68, 0.46), (0.66, 0.66, 0.66)),
    *((0.72, 0.76, 0.80), (0.84, 0.66, 0.60), (0.90, 0.88, 0.84), (0.58, 0.50, 0.42), (0.74, 0.78, 0.66)),
)
TRIMS = ((0.92, 0.91, 0.88), (0.80, 0.77, 0.70), (0.52, 0.30, 0.24), (0.34, 0.36, 0.38))
SIGNS = (
    (0.70, 0.16, 0.16),
    (0.14, 0.30, 0.50),
    (0.16, 0.40, 0.28),
    (0.86, 0.66, 0.20),
    (0.26, 0.26, 0.28),
    (0.46, 0.24, 0.44),
)
ROOFS = ((0.48, 0.24, 0.19), (0.30, 0.30, 0.33), (0.40, 0.33, 0.29))


class Building(NamedTuple):
    """A building: where it begins and ends along the road, how high its wall and roof are, how wide a bay is (metres)."""

    start: float
    end: float
    wall: float
    roof: float
    bay: float
    style: int
    shop: int
    colours: tuple[tuple[float, float, float], ...]  # wall, frame, trim or sign, door, roof


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
        skyline: how high distant houses reach, in metres per metre of distance, all around: (1024,).
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
    def owners(self) -> np.ndarray:
        """The number of the building (in `buildings`) at each step along both sides, -1 in gaps: (2, steps)."""
        z = np.arange(START, END, STEP)
        owners = np.full((2, len(z)), -1)
        for number, building in enumerate(self.buildings):
            side = int(number >= len(self.rows[0]))
            owners[side][(z >= building.start) & (z < building.end)] = number
        return owners

    @cached_property
    def tops(self) -> np.ndarray:
        """How high the roofs are at each step along both sides, 0 in gaps; chimneys included: float32 (2, steps)."""
        heights = np.array([b.wall + b.roof for b in self.buildings] + [0.0])
        tops = heights[self.owners]
        for number, b in enumerate(self.buildings):
            side, at = int(number >= len(self.rows[0])), int(((b.start + b.end) / 2 - START) / STEP)
            if b.roof > 0.5 and 0 < at < tops.shape[1] - 4:
                tops[side, at : at + 3] += 1.1
        return tops.astype(np.float32)


def sample_street(rng: np.random.Generator) -> Street:
    """Draw a street."""
    parking = bool(rng.uniform() < 0.5)
    road = rng.uniform(5.2, 6.0) if parking else rng.uniform(3.4, 4.6)
    verge = rng.uniform(1.0, 1.8) if rng.uniform() < 0.35 else 0.0
    crossing = float(rng.uniform(7, 16)) if rng.uniform() < 0.4 else None
    height = rng.uniform(5, 15)
    rows = tuple(_row(rng, height) for _ in range(2))
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
    def pick(table: tuple) -> tuple[float, float, float]:
        return table[rng.integers(len(table))]

    storeys = max(1, round(height * rng.uniform(0.7, 1.4) / STOREY))
    style = int(rng.integers(5))
    wall = WALLS[rng.integers(2)] if style in (0, 3) and rng.uniform() < 0.7 else pick(WALLS)
    shade = rng.uniform(0.82, 1.08)
    colours = (
        tuple(c * shade for c in wall),
        pick(TRIMS[:2] + TRIMS[3:]),
        pick(TRIMS),
        pick(SIGNS),
        pick(ROOFS),
    )
    roof = rng.uniform(1.2, 2.4) if rng.uniform() < 0.6 else 0.0
    shop = int(rng.integers(5, 7)) if rng.uniform() < 0.5 and storeys > 1 else -1
    bays = max(2, round((end - start) / rng.uniform(2.2, 3.4)))
    return Building(start, end, storeys * STOREY + 0.3, roof, (end - start) / bays, style, shop, colours)
