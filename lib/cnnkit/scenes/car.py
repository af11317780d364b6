"""Cars of several bodies, from any side: a body of stations, a cabin with glass, wheels, lights."""

from functools import cache
from itertools import pairwise

import numpy as np

from cnnkit.scenes.models import parts, tables
from cnnkit.scenes.shapes import FACE, HULL, TUBE, Model, Part, build, circle

MIRROR = np.array([-1.0, 1.0, 1.0])


def car_size(kind: str) -> tuple[float, float, float]:
    """The width, height and length of a car of models.toml, in metres."""
    width, height, length, _ = tables()["cars"][kind]["size"]
    return width, height, length


@cache
def car(kind: str) -> Model:
    """The model of a car of models.toml; beside the usual materials it needs a colour for paint."""
    table = tables()["cars"][kind]
    width, height, length, radius = table["size"]
    rings = np.array([_ring(z * length, w * width / 2, top) for z, w, top in table["body"]])
    low, front, rear = width / 2, rings[3][3][1], rings[5][3][1] - 0.02
    foot_front, roof_front, roof_rear, foot_rear = (z * length for z in table["cabin"])
    side = np.array([[0.90 * low, front, foot_front], [0.70 * low, height, roof_front]])
    side = np.concatenate([side, [[0.70 * low, height, roof_rear], [0.90 * low, rear, foot_rear]]])
    scale = (low, rings[-1][3][1], length / 2)
    return build([*_wheels(width, length, radius), *_body(rings), *parts("car", scale), *_cabin(side)])


def _ring(z: float, half: float, top: float) -> list[list[float]]:
    """One half of the body's outline at a station, from the sill up to the middle: (5, 3)."""
    levels = ((0.93, 0.24), (1.0, 0.45 * top + 0.12), (0.97, top - 0.10), (0.86, top), (0.0, top + 0.03))
    return [[half * part, y, z] for part, y in levels]


def _body(rings: np.ndarray) -> list[Part]:
    quads = []
    for front, back in pairwise(rings):
        quads += [np.stack([front[i], front[i + 1], back[i + 1], back[i]]) for i in range(4)]
    ends = [np.concatenate([ring, ring[::-1] * MIRROR]) for ring in (rings[0], rings[-1])]
    return [Part(FACE, points, "paint") for quad in quads for points in (quad, quad * MIRROR)] + [
        Part(FACE, end, "paint") for end in ends
    ]


def _wheels(width: float, length: float, radius: float) -> list[Part]:
    """What is dark below the body, the tyres, then the outer sides of the wheels with their arches."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (0.16, 0.4) for z in (-1, 1)])
    under = [Part(HULL, corners * [0.44 * width, 1, 0.46 * length], "under")]
    outer: list[Part] = []
    for side, z in [(side, z) for z in (0.31 * length, -0.30 * length) for side in (-1, 1)]:
        at, inner = (np.array([side * (width / 2 + dx), radius, z]) for dx in (0.005, -0.24))
        tyre = np.concatenate([circle(inner, radius, 10), circle(at, radius, 10)])
        under.append(Part(HULL, tyre, "tyre"))
        outer += [
            Part(FACE, circle(at, radius * 1.2, 12, 0.5), "under"),
            Part(FACE, circle(at, radius, 18), "tyre"),
        ]
        outer += [Part(FACE, circle(at, radius * r, 14), name) for r, name in ((0.68, "rim"), (0.2, "hub"))]
        for turn in np.arange(5) * 2 * np.pi / 5:
            spoke = circle(at, radius * 0.6, 3, 0.1) - at
            c, s = np.cos(turn), np.sin(turn)
            turned = np.stack(
                [spoke[:, 0], spoke[:, 1] * c + spoke[:, 2] * s, spoke[:, 2] * c - spoke[:, 1] * s], 1
            )
            outer.append(Part(FACE, at + np.concatenate([turned, 0.4 * turned[::-1]]), "hub", fine=0.03))
    return under + outer


def _cabin(side: np.ndarray) -> list[Part]:
    """The cabin over one of its sides (foot and roof in front, roof and foot behind): walls, roof, glass, mirrors."""
    other = side * MIRROR
    front, roof, rear = (np.stack([side[i], side[i + 1], other[i + 1], other[i]]) for i in range(3))
    crown = roof.mean(axis=0) + (roof - roof.mean(axis=0)) * 0.8 + [0, 0.035, 0]
    rim = [np.stack([roof[i - 1], roof[i], crown[i], crown[i - 1]]) for i in range(4)]
    ear = np.stack([side[0] * [1.13, 1, 1] + [0, 0.08, -0.35], side[0] * [1.13, 1, 1] + [0, 0.10, -0.3]])
    made = [Part(TUBE, points, "paint", (0.075, 0.075)) for points in (ear, ear * MIRROR)]
    made += [Part(FACE, wall, "paint") for wall in (front, rear, side, other, roof, *rim, crown)]
    panes = [_inset(front), _inset(rear), *_panes(side), *_panes(other)]
    return made + [Part(FACE, pane, "glass") for pane in panes]


def _inset(wall: np.ndarray) -> np.ndarray:
    return wall.mean(axis=0) + (wall - wall.mean(axis=0)) * 0.86


def _panes(side: np.ndarray) -> list[np.ndarray]:
    """The two windows of a side."""
    foot_front, roof_front, roof_rear, foot_rear = _inset(side)
    low, high = foot_rear - foot_front, roof_rear - roof_front
    return [
        np.stack([foot_front + low * a, roof_front + high * a, roof_front + high * b, foot_front + low * b])
        for a, b in ((0.0, 0.5), (0.55, 1.0))
    ]
