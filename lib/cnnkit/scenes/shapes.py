"""Solid things made of a few kinds of parts, and how they are painted as seen by the camera.

A model lies in its own axes: (lateral, up, forward), in metres, standing on up = 0. Parts are flat faces,
seen from outside only, tubes from one ball to another, and hulls, the convex outline of some points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from cnnkit.scenes.camera import SAMPLES, View
from cnnkit.scenes.light import Light

Colour = tuple[float, float, float]
FACE, TUBE, HULL = range(3)
ROUND = np.array([0.22, 0.55, 0.85])  # how much sun the three tones of what is round get
# How much of the sky a material reflects, and how much more where it faces up.
GLOSS = {"glass": (0.10, 0.45), "paint": (0.02, 0.14), "visor": (0.25, 0.0)}


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


class Place(NamedTuple):
    """Where a model stands: X and Z in metres, and its heading in radians (0 along the road, away)."""

    x: float
    z: float
    heading: float

    @property
    def points(self) -> np.ndarray:
        """The place itself, as one point: (1, 3)."""
        return np.array([[self.x, 0, self.z]])


class Painted(NamedTuple):
    """A model as the camera sees it: an RGBA picture in samples (opaque or empty) and its left top corner."""

    image: Image.Image
    corner: tuple[int, int]


@dataclass(frozen=True)
class Model:
    """Parts with what is worked out once.

    Attributes:
        parts: in the order of drawing.
        points: of all parts, (N, 3); those of part i begin at starts[i], (parts + 1,).
        normals: the faces' outward normals, (parts, 3), 0 for what is no face.
        materials: the names of all materials; that of part i is index[i], (parts,).
        gloss: as GLOSS, of each part, (parts, 2).
        reach: the largest radius, in metres.
        by_depth: whether to draw far parts first, rather than in the given order.
    """

    parts: tuple[Part, ...]
    points: np.ndarray
    starts: np.ndarray
    normals: np.ndarray
    materials: list[str]
    index: np.ndarray
    gloss: np.ndarray
    reach: float
    by_depth: bool


def circle(
    centre: Sequence[float] | np.ndarray, radius: float, corners: int = 14, turn: float = 1.0
) -> np.ndarray:
    """Points on a circle that stands along the model: (corners, 3); turn 0.5 gives the upper half."""
    angle = np.linspace(0, 2 * np.pi * turn, corners, endpoint=turn < 1)
    around = np.stack([0 * angle, np.sin(angle), np.cos(angle)], axis=1)
    return np.asarray(centre) + radius * around


def build(parts: Sequence[Part], by_depth: bool = False) -> Model:
    """A model of parts; its faces look away from its middle, half a metre above the ground."""
    normals = np.zeros((len(parts), 3))
    for normal, part in zip(normals, parts, strict=True):
        if part.kind == FACE:
            newell = np.cross(part.points, np.roll(part.points, -1, axis=0)).sum(axis=0)
            outward = np.sign(newell @ (part.points.mean(axis=0) - [0, 0.5, 0]))
            normal[:] = newell * outward / np.linalg.norm(newell)
    starts = np.cumsum([0] + [len(part.points) for part in parts])
    points, reach = np.concatenate([part.points for part in parts]), max(max(part.radii) for part in parts)
    materials = sorted({part.material for part in parts})
    index = np.array([materials.index(part.material) for part in parts])
    gloss = np.array([GLOSS.get(part.material, (0, 0)) for part in parts])
    return Model(tuple(parts), points, starts, normals, materials, index, gloss, reach, by_depth)


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
    margin = model.reach * view.focal / max(float(depth.min()), 0.5) + 1
    low, high = xy.min(axis=0) - margin, xy.max(axis=0) + margin
    if depth.min() < 0.8 or (high < 0).any() or (low > (view.columns, view.rows)).any():
        return None
    corner = (np.floor(low / SAMPLES) * SAMPLES).astype(int)
    size = (np.ceil((high - corner) / SAMPLES) * SAMPLES).astype(int)
    image = Image.new("RGBA", tuple(size.tolist()))
    pen, starts = ImageDraw.Draw(image), model.starts.tolist()
    normals = placed(model.normals, Place(0, 0, place.heading))
    tones = _tones(model, normals, colours, light, float(depth.mean()), shaded)
    eye = np.array([view.camera.x, view.camera.height, 0.0])
    away = ((eye - points[starts[:-1]]) * normals).sum(axis=1) < 0
    order: Sequence[int] = range(len(model.parts))
    if model.by_depth:
        order = np.argsort(-np.add.reduceat(depth, starts[:-1]) / np.diff(starts), kind="stable").tolist()
    depths, spots = depth.tolist(), (xy - corner).tolist()
    for i in order:
        part, span = model.parts[i], slice(starts[i], starts[i + 1])
        if not away[i] and (not part.fine or part.fine * view.focal > depths[starts[i]]):
            _draw(pen, part, spots[span], [view.focal / z for z in depths[span]], tones[i])
    return Painted(image, (int(corner[0]), int(corner[1])))


def _tones(
    model: Model,
    normals: np.ndarray,
    colours: Mapping[str, Colour],
    light: Light,
    depth: float,
    shaded: float,
) -> list[list[tuple[int, int, int, int]]]:
    """For each part three tones, RGBA: a face's colour in the light, or what is round from dark to bright."""
    base = np.array([colours[name] for name in model.materials])[model.index][:, None]
    up = np.clip(normals[:, 1:2], 0, 1)
    flat = np.abs(normals).sum(axis=1, keepdims=True) > 0
    facing = np.where(flat, 0.85 * np.clip(normals @ light.direction, 0, 1)[:, None] + 0.15 * up, ROUND)
    lit = base * (light.ambient + facing[..., None] * (1 - shaded) * light.sun)
    lit += (model.gloss[:, :1] + model.gloss[:, 1:] * up)[..., None] * (light.sky - lit)
    shown = np.clip(light.through_haze(lit, depth) * 255, 0, 255).astype(int).tolist()
    return [[(*tone, 255) for tone in tones] for tones in shown]


def _draw(pen: ImageDraw.ImageDraw, part: Part, xy: list, scale: list, tones: list) -> None:
    """Draw a part whose points fall on xy, where a metre is `scale` samples, in its tones."""
    if part.kind == FACE:
        pen.polygon([tuple(p) for p in xy], fill=tones[0])
    elif part.kind == HULL:
        edge = outline(xy)
        width = max(x for x, _ in edge) - min(x for x, _ in edge)
        x0, y0 = sum(x for x, _ in edge) / len(edge), sum(y for _, y in edge) / len(edge)
        for tone, (least, size) in zip(tones, ((0.0, 1.0), (5.0, 0.80), (12.0, 0.50)), strict=True):
            if width >= least:  # a smaller outline, moved towards the light
                dx, dy = x0 - (1 - size) * 0.22 * width, y0 - (1 - size) * 0.18 * width
                pen.polygon([(dx + size * (x - x0), dy + size * (y - y0)) for x, y in edge], fill=tone)
    else:
        radii = [r * s for r, s in zip(part.radii, scale, strict=True)]
        for tone, (least, size) in zip(tones, ((0.0, 1.0), (1.4, 0.78), (4.0, 0.48)), strict=True):
            if max(radii) >= least:
                moved = [
                    (x - (1 - size) * 0.6 * r, y - (1 - size) * 0.6 * r)
                    for (x, y), r in zip(xy, radii, strict=True)
                ]
                _capsule(pen, moved, [size * r for r in radii], tone)


def _capsule(pen: ImageDraw.ImageDraw, xy: list, radii: list, fill: tuple) -> None:
    ((x0, y0), (x1, y1)), (r0, r1) = xy, radii
    length = hypot(x1 - x0, y1 - y0)
    if length > 0.1:
        dx, dy = (y1 - y0) / length, (x0 - x1) / length
        corners = [(x0 + dx * r0, y0 + dy * r0), (x1 + dx * r1, y1 + dy * r1)]
        corners += [(x1 - dx * r1, y1 - dy * r1), (x0 - dx * r0, y0 - dy * r0)]
        pen.polygon(corners, fill=fill)
    for x, y, r in ((x0, y0, r0), (x1, y1, r1)):
        if r > 0.7:
            pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)


def outline(points: Sequence[Sequence[float]] | np.ndarray) -> list[tuple[float, float]]:
    """The convex outline of points (x, y), by Andrew's monotone chain."""
    ordered = sorted((x, y) for x, y in points)
    edges: list[tuple[float, float]] = []
    for run in (ordered, ordered[::-1]):
        chain: list[tuple[float, float]] = []
        for x, y in run:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        edges += chain[:-1]
    return edges
