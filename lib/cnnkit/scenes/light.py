"""The light of a scene: sun, sky and haze."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

TIMES = ("day", "dusk", "night")


@dataclass(frozen=True)
class Light:
    """The light of a scene; colours are red, green, blue from 0 to 1, float32 (3,).

    Attributes:
        time: "day", "dusk" or "night".
        azimuth: where the sun (or moon) stands, in radians from the road's direction to the right.
        elevation: how high it stands, in radians.
        cover: how much of the sky is clouds, from 0 to 1.
        reach: at what distance haze takes 63 % of a colour, in metres.
        sun: its colour and strength.
        ambient: what comes from everywhere.
        zenith: the sky's colour high up.
        horizon: the sky's colour low down.
    """

    time: str
    azimuth: float
    elevation: float
    cover: float
    reach: float
    sun: np.ndarray
    ambient: np.ndarray
    zenith: np.ndarray
    horizon: np.ndarray

    @cached_property
    def direction(self) -> np.ndarray:
        """The unit vector (X, Y, Z) towards the sun."""
        across = np.cos(self.elevation)
        return np.array(
            [across * np.sin(self.azimuth), np.sin(self.elevation), across * np.cos(self.azimuth)]
        )

    @property
    def sky(self) -> np.ndarray:
        """The sky's mean colour, which glass reflects."""
        return (self.zenith + self.horizon) / 2

    def through_haze(self, colours: np.ndarray, depth: np.ndarray | float) -> np.ndarray:
        """Colours (..., 3) as they look from `depth` metres away, (...) or one number."""
        share = np.exp(-np.asarray(depth, dtype=np.float32) / np.float32(self.reach))[..., None]
        return colours * share + self.horizon * (1 - share)


def sample_light(rng: np.random.Generator, time: str, haze: float) -> Light:
    """Draw the light of a day, a dusk or a night; haze from 0 to 1 shortens the sight."""
    u, v, w = rng.uniform(size=3)
    clear = float(rng.uniform() < 0.65)
    if time == "day":
        elevation, cover, reach = 0.45 + 0.7 * v, 0.25 + 0.5 * w, 200 + 250 * u
        sun = (0.26 + 0.58 * clear) * np.array([1.0, 0.96, 0.86])
        ambient = (0.84 - 0.16 * clear) * np.array([0.95, 1.0, 1.06])
        zenith = (0.9 + 0.15 * u) * np.array([0.30, 0.50, 0.80] if clear else [0.62, 0.66, 0.72])
        horizon = np.array([0.78, 0.85, 0.92] if clear else [0.80, 0.82, 0.85])
    elif time == "dusk":
        elevation, cover, reach = 0.16 + 0.15 * v, 0.4 + 0.3 * w, 180 + 100 * u
        sun = (0.40 + 0.2 * u) * np.array([1.0, 0.66, 0.40])
        ambient = (0.50 + 0.12 * v) * np.array([0.96, 0.92, 1.06])
        zenith = np.array([0.26, 0.32, 0.56])
        horizon = np.array([0.98, 0.68 + 0.1 * w, 0.48 + 0.15 * u])
    else:
        elevation, cover, reach = 0.9, 0.3 + 0.4 * w, 150 + 80 * u
        sun, ambient = 0.05 * np.array([0.8, 0.9, 1.2]), (0.22 + 0.06 * u) * np.array([0.86, 0.92, 1.16])
        zenith, horizon = np.array([0.03, 0.04, 0.10]), np.array([0.10, 0.10, 0.17]) * (0.8 + 0.5 * v)
    colours = (colour.astype(np.float32) for colour in (sun, ambient, zenith, horizon))
    return Light(time, rng.uniform(0, 2 * np.pi), elevation, cover, reach * (1 - 0.5 * haze), *colours)
