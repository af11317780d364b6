"""Colours, light and brushes: what every layer of a portrait is drawn with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnkit.portraits.geometry import Field, View
from cnnkit.portraits.traits import Conditions

SKIN = ((255, 226, 208), (246, 206, 178), (231, 180, 143), (199, 142, 104), (150, 98, 68), (98, 63, 46))
HAIR = (
    (28, 24, 26), (58, 40, 32), (92, 60, 40), (128, 68, 40), (186, 92, 44),
    (160, 120, 76), (214, 178, 116), (150, 146, 142), (222, 218, 212),
)  # fmt: skip
EYES = ((58, 36, 24), (110, 70, 38), (132, 112, 56), (86, 124, 78), (70, 122, 168), (128, 146, 158))
ROSE = np.array([0.60, 0.10, 0.10], np.float32)


def linear(colour: object) -> Field:
    """A colour from 0 to 255 as linear light, from 0 to 1."""
    return (np.asarray(colour, np.float32) / np.float32(255)) ** np.float32(2.2)


def from_palette(palette: tuple[tuple[int, int, int], ...], place: float) -> Field:
    """The linear colour at a place from 0 to 1 along a palette."""
    stops = np.linspace(0, 1, len(palette))
    return linear([np.interp(place, stops, channel) for channel in zip(*palette, strict=True)])


def blend(canvas: Field, colour: Field, mask: Field) -> None:
    """Lay a colour, (3,) or (3, n, n), over a canvas (3, n, n) where the mask (n, n) is 1, in place."""
    colour = colour if colour.ndim == 3 else colour[:, None, None]
    canvas += (colour - canvas) * mask


def stain(canvas: Field, factor: tuple[float, float, float], mask: Field) -> None:
    """Multiply a canvas by a colour where the mask is 1, in place."""
    for channel, part in zip(canvas, factor, strict=True):
        channel *= 1 - (1 - part) * mask


def bump(x: Field, y: Field, wide: float, high: float) -> Field:
    """A Gaussian hill of height 1."""
    return np.exp(-((x / wide) ** 2) - (y / high) ** 2)


@dataclass(frozen=True)
class Lamp:
    """The light of a picture: the direction towards it in the upright picture, its colour, and how much comes from everywhere."""

    direction: tuple[float, float, float]
    colour: NDArray[np.float32]
    ambient: float
    turn: complex

    def lit(self, albedo: Field, normal: tuple[Field, Field, Field], gloss: float, soft: float) -> Field:
        """What is seen of an albedo, (3,) or (3, n, n), on a surface with the normals of a `solid`.

        Args:
            albedo: linear colours.
            normal: x, y and z of the normals, each (n, n).
            gloss: the strength of the highlight.
            soft: how far light reaches round into the shadow, as under skin.

        Returns:
            Linear light, (3, n, n).
        """
        x, y, z = self.direction
        facing = normal[0] * x + normal[1] * y + normal[2] * z
        half = np.sqrt(2 + 2 * z)
        shine = np.clip((facing + normal[2]) / np.float32(half), 0, 1) ** 24 * gloss
        albedo = albedo if albedo.ndim == 3 else albedo[:, None, None]
        light = np.empty((3, *facing.shape), np.float32)
        for channel, (tint, reach) in enumerate(zip(self.colour, (1.0, 0.55, 0.45), strict=True)):
            wrap = np.float32(soft * reach)
            diffuse = np.clip((facing + wrap) / (1 + wrap), 0, 1)
            light[channel] = tint * (self.ambient + (1.25 - self.ambient) * diffuse) + 0
        return albedo * light + shine * self.colour[:, None, None]


def lamp(how: Conditions) -> Lamp:
    """The lamp of a picture, turned into the upright picture's frame."""
    turn = np.exp(-1j * how.roll)
    flat = complex(how.light[0], how.light[1]) * turn
    colour = np.array(how.light_colour, np.float32)
    return Lamp((flat.real, flat.imag, how.light[2]), colour, how.ambient, complex(turn))


def solid(
    x: Field,
    y: Field,
    wide: float,
    high: float,
    relief: Field | None = None,
    see: View | None = None,
    turn: complex = 1,
) -> tuple[Field, Field, Field]:
    """The normals of an ellipsoid of half axes `wide` and `high`, with a relief (n, n) upon it."""
    nx, ny = x / np.float32(wide), y / np.float32(high)
    nz = np.sqrt(np.maximum(1 - nx * nx - ny * ny, 0.06))
    if relief is not None and see is not None:
        down, right = np.gradient(relief, np.float32(see.pixel))
        slope = (right + 1j * down) * np.complex64(turn)
        nx, ny = nx - slope.real, ny - slope.imag
    length = np.sqrt(nx * nx + ny * ny + nz * nz)
    return nx / length, ny / length, nz / length
