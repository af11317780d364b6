"""Solid things made of a few kinds of parts, and how they are painted as seen by the camera.

A model lies in its own axes: (lateral, up, forward), in metres, standing on up = 0. Parts are flat faces, tubes
(from one ball to another) and hulls (the convex outline of some points).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from cnnkit.scenes.camera import SAMPLES, View
from cnnkit.scenes.light import Light

Colour = tuple[float, float, float]
FACE, TUBE, HULL = range(3)


class Part(NamedTuple):
    """One part of a model.

    Attributes:
        kind: FACE, TUBE (two points) or HULL.
        points: (K, 3).
        material: a name that the model's colours give a colour to.
        radii: of a tube's two ends, in metres.
        fine: drawn only where a sample is finer than this, in metres (0: always).
    """

    kind: int
    points: np.ndarray
    material: str
    radii: tuple[float, float] = (0.0, 0.0)
    fine: float = 0.0


@dataclass(frozen=True)
class Place:
    """Where a model stands: X and Z in metres, and its heading in radians (0 along the road, away)."""

    x: float
    z: float
    heading: float


class Painted(NamedTuple):
    """A model as the camera sees it: an RGBA picture in samples (opaque or empty) and its left top corner."""

    image: Image.Image
    corner: tuple[int, int]


@dataclass(frozen=True)
class Model:
    """Parts with what is worked out once: all points, the faces' outward normals, the order of drawing.

    Attributes:
        parts: in the order of drawing.
        points: of all parts, (N, 3).
        normals: (parts, 3), 0 for what is no face.
        by_depth: whether to draw far parts first, rather than in the given order.
    """

    parts: tuple[Part, ...]
    points: np.ndarray
    normals: np.ndarray
    by_depth: bool


def face(points: Sequence[Sequence[float]] | np.ndarray, material: str, fine: float = 0.0) -> Part:
    """A flat face, seen only from outside the model."""
    return Part(FACE, np.asarray(points, dtype=float), material, fine=fine)


def tube(start: Sequence[float], end: Sequence[float], material: str, r: float, r_end: float = -1) -> Part:
    """A tube with round ends, radius r at the start and r_end (r if not given) at the end."""
    return Part(TUBE, np.array([start, end], dtype=float), material, (r, r if r_end < 0 else r_end))


def hull(points: Sequence[Sequence[float]] | np.ndarray, material: str) -> Part:
    """A rounded body: the outline of points."""
    return Part(HULL, np.asarray(points, dtype=float), material)


def box(low: Sequence[float], high: Sequence[float], material: str) -> Part:
    """A hull with the eight corners of a box."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    return hull(np.asarray(low) + corners * (np.asarray(high) - np.asarray(low)), material)


def circle(centre: Sequence[float], radius: float, corners: int = 14, turn: float = 1.0) -> np.ndarray:
    """Points on a circle that stands along the model: (corners, 3); turn 0.5 gives the upper half."""
    angle = np.linspace(0, 2 * np.pi * turn, corners, endpoint=turn < 1)
    around = np.stack([0 * angle, np.sin(angle), np.cos(angle)], axis=1)
    return np.asarray(centre) + radius * around


def build(parts: Sequence[Part], centre: Sequence[float] = (0, 0.5, 0), by_depth: bool = False) -> Model:
    """A model of parts; its faces look away from the centre."""
    normals = np.zeros((len(parts), 3))
    for i, part in enumerate(parts):
        if part.kind == FACE:
            normals[i] = _normal(part.points, np.asarray(centre, dtype=float))
    return Model(tuple(parts), np.concatenate([part.points for part in parts]), normals, by_depth)


def _normal(points: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """The unit normal of a face, by Newell's sum, turned away from the centre."""
    rolled = np.roll(points, -1, axis=0)
    normal = np.cross(points, rolled).sum(axis=0)
    normal /= np.linalg.norm(normal)
    return normal if normal @ (points.mean(axis=0) - centre) >= 0 else -normal


def placed(points: np.ndarray, place: Place) -> np.ndarray:
    """Points of a model (N, 3) in the street's axes."""
    c, s = np.cos(place.heading), np.sin(place.heading)
    x, y, z = points.T
    return np.stack([x * c + z * s + place.x, y, z * c - x * s + place.z], axis=1)


def paint(
    model: Model, place: Place, colours: Mapping[str, Colour], view: View, light: Light, shaded: float = 0.0
) -> Painted | None:
    """Paint a model as the camera sees it, whole, beyond the frame too.

    Args:
        model: what to paint.
        place: where it stands.
        colours: of each material, from 0 to 1; more than 1 shines by itself.
        view: the camera and the picture.
        light: the light.
        shaded: how much of the sun is hidden, from 0 to 1.

    Returns:
        The picture, or None where the model reaches behind the camera or lies wholly outside the frame.
    """
    points = placed(model.points, place)
    xy, depth = view.project(points)
    margin = max(max(part.radii) for part in model.parts) * view.focal / depth.min() + 1
    if depth.min() < 0.8 or not _inside(xy, margin, view):
        return None
    corner = (np.floor((xy.min(axis=0) - margin) / SAMPLES) * SAMPLES).astype(int)
    size = (np.ceil((xy.max(axis=0) + margin - corner) / SAMPLES) * SAMPLES).astype(int)
    image = Image.new("RGBA", (int(size[0]), int(size[1])))
    brush = _Brush(ImageDraw.Draw(image), view.focal)
    starts = np.cumsum([0] + [len(part.points) for part in model.parts])
    normals = placed(model.normals, Place(0, 0, place.heading))
    lit = _colours(model, normals, colours, light, float(np.median(depth)), shaded)
    eye = np.array([view.camera.x, view.camera.height, 0.0])
    for i in _order(model, depth, starts):
        part, span = model.parts[i], slice(starts[i], starts[i + 1])
        if part.kind == FACE and normals[i] @ (eye - points[starts[i]]) <= 0:
            continue
        if part.fine and part.fine * view.focal < depth[starts[i]]:
            continue
        brush.draw(part, xy[span] - corner, depth[span], lit[i])
    return Painted(image, (int(corner[0]), int(corner[1])))


def _inside(xy: np.ndarray, margin: float, view: View) -> bool:
    """Whether what is painted reaches into the frame."""
    low, high = xy.min(axis=0) - margin, xy.max(axis=0) + margin
    return bool(high[0] > 0 and high[1] > 0 and low[0] < view.columns and low[1] < view.rows)


def _order(model: Model, depth: np.ndarray, starts: np.ndarray) -> Sequence[int]:
    """The order of drawing: as given, or by depth, the farthest first."""
    if not model.by_depth:
        return range(len(model.parts))
    middle = np.add.reduceat(depth, starts[:-1]) / np.diff(starts)
    return [int(i) for i in np.argsort(-middle, kind="stable")]


def _colours(
    model: Model,
    normals: np.ndarray,
    colours: Mapping[str, Colour],
    light: Light,
    depth: float,
    shaded: float,
) -> list[list[tuple[int, int, int, int]]]:
    """For each part its colour in the light, and for what is round its colour on the side of the sun."""
    base = np.array([colours[part.material] for part in model.parts], dtype=float)
    flat = np.abs(normals).sum(axis=1) > 0
    facing = np.clip(normals @ light.direction, 0, 1) * 0.85 + 0.15 * np.clip(normals[:, 1], 0, 1)
    glass = np.array([part.material == "glass" for part in model.parts])
    base[glass] += (0.10 + 0.45 * np.clip(normals[glass, 1:2], 0, 1)) * (light.sky - base[glass])
    levels = [np.where(flat, facing, level) for level in (0.28, 0.80)]
    shown = [light.on(base, level * (1 - shaded), depth) for level in levels]
    bright = base.max(axis=1) > 1
    return [
        [tuple(each) for each in pair]
        for pair in np.stack([_opaque(np.where(bright[:, None], np.minimum(base, 1), s)) for s in shown], 1)
    ]


def _opaque(colours: np.ndarray) -> np.ndarray:
    """Colours from 0 to 1, (N, 3), as RGBA from 0 to 255."""
    return np.concatenate([np.clip(colours * 255, 0, 255).astype(int), np.full((len(colours), 1), 255)], 1)


class _Brush:
    """Draws parts on a picture."""

    def __init__(self, pen: ImageDraw.ImageDraw, focal: float) -> None:
        self.pen = pen
        self.focal = focal

    def draw(self, part: Part, xy: np.ndarray, depth: np.ndarray, colours: list) -> None:
        """Draw a part whose points fall on xy (K, 2) at some depth (K,), in its dark and its light colour."""
        if part.kind == FACE:
            self.pen.polygon([tuple(p) for p in xy.tolist()], fill=colours[0])
        elif part.kind == HULL:
            self._hull(xy, colours)
        else:
            self._tube(xy, np.asarray(part.radii) * self.focal / depth, colours)

    def _hull(self, xy: np.ndarray, colours: list) -> None:
        edge = outline(xy)
        self.pen.polygon(edge, fill=colours[0])
        width = xy[:, 0].max() - xy[:, 0].min()
        if width > 5:
            centre = xy.mean(axis=0) - [0.06 * width, 0.05 * width]
            self.pen.polygon([tuple(p) for p in (centre + 0.72 * (edge - centre)).tolist()], fill=colours[1])

    def _tube(self, xy: np.ndarray, radii: np.ndarray, colours: list) -> None:
        self._capsule(xy, radii, colours[0])
        if radii.max() > 1.5:
            self._capsule(xy - 0.28 * radii[:, None], 0.62 * radii, colours[1])

    def _capsule(self, xy: np.ndarray, radii: np.ndarray, colour: tuple) -> None:
        (x0, y0), (x1, y1) = xy.tolist()
        r0, r1 = radii.tolist()
        length = np.hypot(x1 - x0, y1 - y0)
        if length > 0.1:
            dx, dy = (y1 - y0) / length, (x0 - x1) / length
            corners = [(x0 + dx * r0, y0 + dy * r0), (x1 + dx * r1, y1 + dy * r1)]
            corners += [(x1 - dx * r1, y1 - dy * r1), (x0 - dx * r0, y0 - dy * r0)]
            self.pen.polygon(corners, fill=colour)
        for x, y, r in ((x0, y0, r0), (x1, y1, r1)):
            if r > 0.7:
                self.pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def outline(xy: np.ndarray) -> list[tuple[float, float]]:
    """The convex hull of points (K, 2), by Andrew's monotone chain."""
    points = sorted(map(tuple, xy.tolist()))
    hulls = []
    for ordered in (points, points[::-1]):
        chain: list[tuple[float, float]] = []
        for p in ordered:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        hulls += chain[:-1]
    return hulls


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Positive where a, b, c turn left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
