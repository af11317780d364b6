"""Cars of several bodies, from any side: a body of stations, a cabin with glass, wheels, lights."""

from functools import cache
from itertools import pairwise

import numpy as np

from cnnkit.scenes.models import parts, tables
from cnnkit.scenes.shapes import FACE, TUBE, Model, Part, build

MIRROR = np.array([-1.0, 1.0, 1.0])


def car_size(kind: str) -> tuple[float, float, float]:
    """The width, height and length of a car of models.toml, in metres."""
    width, height, length = tables()["cars"][kind]["size"]
    return width, height, length


@cache
def car(kind: str) -> Model:
    """The model of a car of models.toml; beside the usual materials it needs a colour for paint."""
    table = tables()["cars"][kind]
    width, height, length = table["size"]
    rings = np.array([_ring(z * length, w * width / 2, top) for z, w, top in table["body"]])
    low, front, rear = width / 2, rings[3][3][1], rings[5][3][1] - 0.02
    feet = zip((0.9, 0.7, 0.7, 0.9), (front, height, height, rear), table["cabin"], strict=True)
    side = np.array([[low * part, y, z * length] for part, y, z in feet])
    scale = (low, rings[-1][3][1], length / 2)
    return build([*parts("chassis", scale), *_body(rings), *parts("car", scale), *_cabin(side)])


def _ring(z: float, half: float, top: float) -> list[list[float]]:
    """One half of the body's outline at a station, from the sill up to the middle: (5, 3)."""
    levels = ((0.93, 0.24), (1.0, 0.45 * top + 0.12), (0.97, top - 0.10), (0.86, top), (0.0, top + 0.03))
    return [[half * part, y, z] for part, y in levels]


def _body(rings: np.ndarray) -> list[Part]:
    faces = [np.concatenate([ring, ring[::-1] * MIRROR]) for ring in (rings[0], rings[-1])]
    for front, back in pairwise(rings):
        quads = [np.stack([front[i], front[i + 1], back[i + 1], back[i]]) for i in range(4)]
        faces += quads + [quad * MIRROR for quad in quads]
    return [Part(FACE, points, "paint") for points in faces]


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
