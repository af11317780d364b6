"""Where the parts of a face are in the picture: pose, depth, and the way back from a pixel to the face."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cnnkit.portraits.traits import Conditions, Identity

Field = NDArray[np.floating]
REACH = 1.42  # half the picture's height in units of half a face, at scale 1
MIDDLE = 0.08  # the height in the face that an unshifted picture is centred on


def depth(who: Identity, x: Field, y: Field) -> Field:
    """How far the face stands out towards the viewer at (x, y): a dome, and a nose on it."""
    tip = who.eye_height + who.nose_length
    dome = 0.5 * (1 - (x / 0.82) ** 2 - 0.55 * ((y - 0.1) / 1.1) ** 2)
    along = np.where(y < tip, (y - tip) / 0.3, (y - tip) / 0.13)
    nose: Field = 0.19 * np.exp(-((x / 0.14) ** 2) - along**2)
    return np.maximum(dome, -0.25) + nose


def project(who: Identity, how: Conditions, points: NDArray[np.float64], size: int) -> NDArray[np.float32]:
    """The pixels at which points of the face are seen.

    Args:
        who: the person.
        how: the conditions.
        points: x and y in the face, (N, 2).
        size: the picture's height and width in pixels.

    Returns:
        x and y in pixels from the picture's top left corner, (N, 2).
    """
    x, y = points.T
    z = depth(who, x, y)
    u = x * np.cos(how.yaw) + z * np.sin(how.yaw)
    v = y * np.cos(how.pitch) - (z * np.cos(how.yaw) - x * np.sin(how.yaw)) * np.sin(how.pitch)
    turned = u + 1j * (v - MIDDLE)
    turned = turned * np.exp(1j * how.roll) * how.scale + complex(*how.shift)
    seen = np.stack([turned.real, turned.imag], axis=1)
    return ((seen / REACH + 1) * size / 2).astype(np.float32)


def mouth_corners(who: Identity, how: Conditions) -> tuple[float, float]:
    """How far the corners of the mouth are from the middle, and how high in the face they are."""
    wide = who.mouth_width * (1 + 0.28 * how.smile - 0.12 * how.mouth_open)
    return wide, mouth_middle(who) - 0.03 - 0.085 * how.smile


def mouth_middle(who: Identity) -> float:
    """The height in the face of the middle of the closed mouth."""
    return who.eye_height + who.mouth_height + 0.03


def landmarks(who: Identity, how: Conditions, size: int) -> NDArray[np.float32]:
    """Left eye, right eye, nose tip, left and right corner of the mouth, in pixels, (5, 2)."""
    corner, lifted = mouth_corners(who, how)
    eyes = [(-who.eye_spacing, who.eye_height), (who.eye_spacing, who.eye_height)]
    nose = (0.0, who.eye_height + who.nose_length)
    return project(who, how, np.array([*eyes, nose, (-corner, lifted), (corner, lifted)]), size)


@dataclass(frozen=True)
class View:
    """The picture's pixels in the face's own coordinates, each field (n, n).

    `u, v` are in the upright picture, `x, y` on the face's surface, `pixel` is a pixel's width.
    """

    u: Field
    v: Field
    x: Field
    y: Field
    pixel: float
    yaw: float
    pitch: float
    roll: float

    def at(self, z: float) -> tuple[Field, Field]:
        """The upright picture's coordinates for what hangs at a depth z from the neck's axis."""
        return self.u - np.float32(np.sin(self.yaw) * z), self.v + np.float32(np.sin(self.pitch) * z)

    def window(self, low: float, high: float) -> tuple[slice, ...]:
        """The rows and columns that hold all of the face between two heights."""
        seen = (self.y > low) & (self.y < high) & (np.abs(self.u) < 0.95)
        both = [np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0)]
        return tuple(slice(found[0], found[-1] + 1) if len(found) else slice(0) for found in both)

    def cut(self, part: tuple[slice, ...]) -> "View":
        """The same view of some rows and columns only."""
        return replace(self, u=self.u[part], v=self.v[part], x=self.x[part], y=self.y[part])


def view(who: Identity, how: Conditions, pixels: int) -> View:
    """Find the point of the face that each pixel shows (the inverse of `project`, by iteration)."""
    line = ((np.arange(pixels, dtype=np.float32) + 0.5) / pixels * 2 - 1) * np.float32(REACH)
    picture = line[None] - how.shift[0] + 1j * (line[:, None] - how.shift[1])
    upright = picture * np.complex64(np.exp(-1j * how.roll) / how.scale) + np.complex64(1j * MIDDLE)
    u, v = np.ascontiguousarray(upright.real), np.ascontiguousarray(upright.imag)
    x, y = u, v
    sine, cosine = np.float32(np.sin(how.yaw)), np.float32(np.cos(how.yaw))
    for _ in range(7 if how.yaw or how.pitch else 0):
        z = depth(who, x, y)
        y = (v + (z * cosine - x * sine) * np.float32(np.sin(how.pitch))) / np.float32(np.cos(how.pitch))
        x = (u - z * sine) / cosine
    return View(u, v, x, y, 2 * REACH / pixels / how.scale, how.yaw, how.pitch, how.roll)
