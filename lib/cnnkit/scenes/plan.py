"""What a scene holds and where: drawn from a seed alone, whatever size the picture will have."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import cos, sin
from typing import NamedTuple

import numpy as np

from cnnkit.scenes.camera import Camera, View
from cnnkit.scenes.car import car, car_size
from cnnkit.scenes.light import Light, sample_light
from cnnkit.scenes.models import MOTORCYCLES, furniture, motorcycle, pick, tables
from cnnkit.scenes.pedestrian import sample_pedestrian
from cnnkit.scenes.shapes import Colour, Model, Place
from cnnkit.scenes.street import Street, sample_street

CLASSES = ("pedestrian", "car", "motorcycle")
Box = tuple[float, float, float, float]  # from the first two coordinates to the last two
IMPOSSIBLE = 1000.0  # the cost of standing in another thing
SMALL = ("sign", "bin", "bollard")
NEAREST = (4.0, 6.2, 4.2)  # metres, of each class


@dataclass(frozen=True)
class Thing:
    """Something that stands in the street.

    Attributes:
        kind: a name of CLASSES or of the street furniture.
        place: where it stands.
        size: width, height and length, in metres.
        model: its shape.
        colours: of its materials.
        crown: of a tree: which of the crowns, and how many times 4 m wide.
    """

    kind: str
    place: Place
    size: tuple[float, float, float]
    model: Model
    colours: dict[str, Colour]
    crown: tuple[int, float] = (0, 1.0)


@dataclass(frozen=True)
class Plan:
    """A whole scene before it is drawn.

    Attributes:
        things: what stands in the street.
        noise: the standard deviation of the sensor's noise, in grey levels.
        blur: the standard deviation of the lens' blur, in heights of the picture.
        exposure: what all colours are multiplied by.
        seed: of clouds, lit windows and noise.
    """

    camera: Camera
    light: Light
    street: Street
    things: tuple[Thing, ...]
    noise: float
    blur: float
    exposure: float
    seed: int


def plan_scene(
    seed: int | Sequence[int],
    aspect: float,
    difficulty: float,
    objects: Sequence[str] | None,
    time: str | None,
) -> Plan:
    """Draw a scene: the arguments of `scene.street_scene`, but the size is only the picture's width over its height."""
    rng = np.random.default_rng(seed)
    d = difficulty
    night, dusk = 0.05 + 0.35 * d, 0.10 + 0.15 * d
    drawn = ("night", "dusk", "day")[int(np.searchsorted([night, night + dusk], rng.uniform(), side="right"))]
    light = sample_light(rng, time or drawn, d)
    street = sample_street(rng)
    camera = _camera(rng, street)
    noise, blur = 0.8 + 7 * d * d * rng.uniform(0.6, 1.4), 0.004 * d * rng.uniform(0.2, 1.0)
    exposure = 1 - 0.12 * d + rng.uniform(-0.04, 0.04) * (1 + 3 * d)
    asked = objects is not None
    if objects is None:
        count = rng.integers(round(1 + 1.5 * d + 2.5 * d * d), round(2 + 3 * d + 5 * d * d) + 1)
        objects = [CLASSES[i] for i in rng.integers(len(CLASSES), size=count)]
    stage = _Stage(rng, View(camera, 100, max(1, round(100 * aspect))), street, d)
    for name in objects:
        stage.add_object(name, asked)
    stage.add_furniture()
    return Plan(
        camera,
        light,
        street,
        tuple(thing for thing, _ in stage.things),
        noise,
        blur,
        exposure,
        int(rng.integers(1 << 31)),
    )


def _camera(rng: np.random.Generator, street: Street) -> Camera:
    """Along the street in two scenes of three, across it in the third."""
    height, horizon = rng.uniform(1.5, 3.0), rng.uniform(0.36, 0.50)
    if rng.uniform() < 0.65:
        x = rng.uniform(-street.road, street.road)
        yaw = rng.uniform(-0.30, 0.30) - 0.03 * x
        return Camera(x, height, yaw, rng.uniform(1.05, 1.35), horizon)
    side = float(rng.choice([-1.0, 1.0]))
    x = -side * rng.uniform(0.6, 1.0) * (street.road + 1.5)
    return Camera(x, height, side * rng.uniform(0.55, 1.5), rng.uniform(0.95, 1.25), horizon)


def _object(rng: np.random.Generator, name: str) -> Thing:
    """Draw the looks of an object, which has no place yet."""
    place = Place(0, 0, 0)
    colours = tables()["colours"]
    if name == "pedestrian":
        height, model, clothes = sample_pedestrian(rng)
        return Thing(name, place, (0.5, height, 0.6), model, colours | clothes)
    if name == "car":
        kinds = list(tables()["cars"])
        kind = kinds[rng.integers(len(kinds))]
        return Thing(name, place, car_size(kind), car(kind), colours | {"paint": pick(rng, "car")})
    kind, rider = list(MOTORCYCLES)[rng.integers(len(MOTORCYCLES))], bool(rng.uniform() < 0.6)
    palettes = {"paint": "motorcycle", "helmet": "motorcycle", "jacket": "clothes", "bottom": "trousers"}
    colours = colours | {material: pick(rng, palette) for material, palette in palettes.items()}
    return Thing(name, place, (0.75, 1.65 if rider else 1.15, 2.0), motorcycle(kind, rider), colours)


class _Spot(NamedTuple):
    """What a thing takes: its depth, about where it falls in the picture, and its ground along X and Z."""

    depth: float
    frame: Box
    ground: Box


@dataclass
class _Stage:
    """A street that is being filled with things, each of which takes a spot."""

    rng: np.random.Generator
    view: View
    street: Street
    difficulty: float
    things: list[tuple[Thing, _Spot]] = field(default_factory=list)

    def add_object(self, name: str, asked: bool) -> None:
        """Put in an object where it is in the frame, touches nothing and hides no more than the difficulty allows.

        Where there is no such place the best one is taken, but only what was asked for may stand in another thing.
        """
        looks, best, least = _object(self.rng, name), None, np.inf
        for attempt in range(500):
            thing = replace(looks, place=self._place(name))
            spot = self._spot(thing)
            cost = self._cost(thing, spot)
            if cost < least:
                best, least = (thing, spot), cost
            if least == 0 or (attempt > 60 and least < IMPOSSIBLE):
                break
        if best is not None and (asked or least < IMPOSSIBLE):
            self.things.append(best)

    def add_furniture(self) -> None:
        """Put in lamps and trees along the kerbs, and some signs, bins and bollards."""
        rng = self.rng
        spots = [("lamp", side, z) for side in (-1, 1) for z in np.arange(rng.uniform(3, 20), 75, 24)]
        if rng.uniform() < 0.6:
            gap = rng.uniform(7, 12)
            spots += [("tree", side, z) for side in (-1, 1) for z in np.arange(rng.uniform(3, 9), 60, gap)]
        for _ in range(2 + round(18 * self.difficulty)):
            spots.append((SMALL[rng.integers(len(SMALL))], rng.choice((-1, 1)), rng.uniform(2, 30)))
        back = 26 if abs(self.view.camera.yaw) > 0.5 else 0
        for kind, side, z in spots:
            x = side * (self.street.road + (0.9 if kind == "tree" else 0.55))
            place = Place(x, z - back + rng.uniform(-1, 1), 0.0 if kind == "sign" else -side * np.pi / 2)
            crown = (int(rng.integers(30)), rng.uniform(0.7, 1.15))
            size = (0.5, 0.9, 0.5) if kind == "bin" else (0.25, 3.0, 0.25)
            thing = Thing(kind, place, size, furniture(kind), tables()["colours"], crown)
            spot = self._spot(thing)
            sight = 3.5 < spot.depth < 42 and -0.3 < spot.frame[0] / self.view.columns < 1.3
            if (
                sight
                and self._hiding(thing, spot) <= 0.10 + 0.5 * self.difficulty
                and not self._touching(spot)
            ):
                self.things.append((thing, spot))

    def _place(self, name: str) -> Place:
        """Draw a place on the ground in sight, and move it to where such an object would be."""
        rng, street, d = self.rng, self.street, self.difficulty
        near = NEAREST[CLASSES.index(name)]
        depth = near * np.exp(rng.uniform() * np.log((6.5 + 6.5 * d + 27 * d**3 + near / 2) / near))
        x, z = self.view.ground(depth, rng.uniform(-0.46, 0.46))
        side = 1.0 if x > 0 else -1.0
        if name == "pedestrian":
            if abs(x) > street.road or rng.uniform() < 0.6:
                x = side * rng.uniform(street.road + street.verge + 0.4, street.wall - 0.4)
                return Place(x, z, rng.choice([0, np.pi]) + rng.normal() * 0.25)
            return Place(x, z, rng.choice([-1, 1]) * np.pi / 2 + rng.normal() * 0.3)
        lane = street.road - 2.1 if street.parking else street.road
        heading = (0.0 if side > 0 else np.pi) + rng.normal() * 0.05
        if name == "car":
            parked = street.parking and rng.uniform() < 0.5
            if not parked and rng.uniform() < 0.15:
                heading += rng.choice([-1, 1]) * rng.uniform(0.4, 1.4)
            return Place(side * (street.road - 1.05 if parked else lane / 2), z, heading)
        if rng.uniform() < 0.3:
            return Place(side * (street.road - 0.9), z, heading + rng.choice([-1, 1]) * rng.uniform(0.5, 1.3))
        return Place(side * lane * rng.uniform(0.2, 0.8), z, heading + rng.normal() * 0.12)

    def _spot(self, thing: Thing) -> _Spot:
        camera, (x, z, heading), (w, h, length) = self.view.camera, thing.place, thing.size
        c, s, turn = cos(camera.yaw), sin(camera.yaw), heading - camera.yaw
        depth, right = (x - camera.x) * s + z * c, (x - camera.x) * c - z * s
        scale = self.view.focal / max(depth, 0.5)
        half = (w * abs(cos(turn)) + length * abs(sin(turn))) / 2 * scale
        column, row = self.view.columns / 2 + right * scale, self.view.horizon + camera.height * scale
        dx, dz = (
            0.1 + (w * abs(a) + length * abs(b)) / 2
            for a, b in ((cos(heading), sin(heading)), (sin(heading), cos(heading)))
        )
        return _Spot(
            depth, (column - half, row - h * scale, column + half, row), (x - dx, z - dz, x + dx, z + dz)
        )

    def _cost(self, thing: Thing, spot: _Spot) -> float:
        """0 where the thing stands well; else how badly."""
        if spot.depth < 2.2 + thing.size[2] / 2:
            return 2 * IMPOSSIBLE
        seen = _common(spot.frame, (0, 0, self.view.columns, self.view.rows)) / _area(spot.frame)
        cost = max(0.0, 0.92 - 0.3 * self.difficulty - seen) * 20
        cost += max(0.0, self._hiding(thing, spot) - 0.05 - 0.6 * self.difficulty) * 20
        return cost + IMPOSSIBLE * self._touching(spot)

    def _hiding(self, thing: Thing, spot: _Spot) -> float:
        """The largest part of an object's frame that would be hidden, by the thing or of the thing."""
        parts = [0.0]
        for other, taken in self.things:
            farther = spot if spot.depth > taken.depth else taken
            if (thing if farther is spot else other).kind in CLASSES:
                parts.append(_common(spot.frame, taken.frame) / _area(farther.frame))
        return max(parts)

    def _touching(self, spot: _Spot) -> bool:
        """Whether the spot's ground is already taken."""
        return any(_common(spot.ground, taken.ground) > 0 for _, taken in self.things)


def _area(box: Box) -> float:
    return max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)


def _common(a: Box, b: Box) -> float:
    """The area that two boxes share."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0
