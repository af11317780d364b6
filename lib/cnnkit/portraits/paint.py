"""Colours, light and brushes: what every layer of a portrait is drawn with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnkit.portraits.geometry import Field, View
from cnnkit.portraits.traits import Conditions

Steep = NDArray[np.complexfloating]
Colour = tuple[float, float, float]

SKIN = ((255, 226, 208), (246, 206, 178), (231, 180, 143), (199, 142, 104), (150, 98, 68), (98, 63, 46))
HAIR = (
    (28, 24, 26), (58, 40, 32), (92, 60, 40), (128, 68, 40), (186, 92, 44),
    (160, 120, 76), (214, 178, 116), (150, 146, 142), (222, 218, 212),
)  # fmt: skip
EYES = ((58, 36, 24), (110, 70, 38), (132, 112, 56), (86, 124, 78), (70, 122, 168), (128, 146, 158))


def linear(colour: object) -> Field:
    """A colour from 0 to 255 as linear light, from 0 to 1, (3, 1, 1)."""
    light: Field = (np.asarray(colour, np.float32) / np.float32(255)) ** np.float32(2.2)
    return light[:, None, None]


def from_palette(palette: tuple[tuple[int, int, int], ...], place: float) -> Field:
    """The linear colour at a place from 0 to 1 along a palette, (3, 1, 1)."""
    stops = np.linspace(0, 1, len(palette))
    return linear([np.interp(place, stops, channel) for channel in zip(*palette, strict=True)])


def hill(x: Field, y: Field, wide: float, high: float) -> Field:
    """A Gaussian of height 1."""
    return np.exp(-((x / wide) ** 2) - (y / high) ** 2)


def inner(*distances: Field) -> Field:
    """The signed distance from where all of several shapes overlap."""
    return np.maximum.reduce(np.broadcast_arrays(*distances))


@dataclass(frozen=True)
class Layer:
    """Something to paint on: `colours` (3, n, n), changed in place, and a pixel's width."""

    colours: Field
    pixel: float

    def mask(self, distance: Field, soft: float = 0.0) -> Field:
        """1 where a signed distance is negative, with an edge a pixel wide or `soft`."""
        return np.clip(0.5 - distance / (1.3 * self.pixel + soft), 0, 1)

    def lay(self, colour: Field, distance: Field, soft: float = 0.0, amount: float | Field = 1.0) -> None:
        """Cover a shape, given by its signed distance, with a colour, (3, 1, 1) or (3, n, n)."""
        self.colours[...] += (colour - self.colours) * (self.mask(distance, soft) * amount)

    def tint(self, colour: Colour, amount: Field) -> None:
        """Multiply by a colour where the amount is 1, by less where it is less."""
        for channel, part in zip(range(3), colour, strict=True):
            self.colours[channel] *= 1 - (1 - part) * amount

    def trace(self, colour: Colour, distance: Field, soft: float, amount: float | Field) -> None:
        """Multiply a shape, given by its signed distance, by a colour."""
        self.tint(colour, self.mask(distance, soft) * amount)


@dataclass(frozen=True)
class Lamp:
    """A picture's light: where it comes from in the upright picture, its colour, and what comes from all around."""

    direction: tuple[float, float, float]
    colour: Colour
    ambient: float

    def lit(self, albedo: Field, normal: Field, gloss: float, soft: float) -> Field:
        """What is seen of a surface.

        Args:
            albedo: linear colours, (3, 1, 1) or (3, n, n).
            normal: x, y and z, (3, n, n), of length 1.
            gloss: the strength of the highlight.
            soft: how far light reaches round into the shadow, as under skin: red the furthest.

        Returns:
            Linear light, (3, n, n).
        """
        x, y, z = self.direction
        facing = normal[0] * x + normal[1] * y + normal[2] * z
        shine = gloss * np.clip((facing + normal[2]) / (2 + 2 * z) ** 0.5, 0, 1) ** 24
        light = np.empty((3, *facing.shape), np.float32)
        for channel, (tint, reach) in enumerate(zip(self.colour, (1.0, 0.55, 0.45), strict=True)):
            diffuse = np.clip((facing + soft * reach) / (1 + soft * reach), 0, 1)
            light[channel] = tint * (self.ambient + (1.25 - self.ambient) * diffuse)
        return albedo * light + shine * np.array(self.colour, np.float32)[:, None, None]


def lamp(how: Conditions) -> Lamp:
    """The lamp of a picture, turned into the upright picture's frame."""
    flat = complex(how.light[0], how.light[1]) * complex(np.exp(-1j * how.roll))
    return Lamp((flat.real, flat.imag, how.light[2]), how.light_colour, how.ambient)


def solid(x: Field, y: Field, wide: float, high: float, slope: Steep | None = None) -> Field:
    """The normals, (3, n, n), of an ellipsoid of half axes `wide` and `high`, with a relief of some slope upon it."""
    nx, ny = x / wide, y / high
    nz = np.sqrt(np.maximum(1 - nx * nx - ny * ny, 0.06))
    if slope is not None:
        nx, ny = nx - slope.real, ny - slope.imag
    return np.stack([nx, ny, nz]) / np.sqrt(nx * nx + ny * ny + nz * nz)


def slope(height: Field, see: View) -> Steep:
    """The slope of a relief over the picture's pixels, as x + iy in the upright picture's frame."""
    down, right = np.gradient(height, np.float32(see.pixel))
    turned: Steep = np.multiply(right + 1j * down, np.complex64(np.exp(-1j * see.roll)))
    return turned
