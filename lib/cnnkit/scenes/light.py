"""The light of a scene: sun, sky, haze, and what shines at night."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

TIMES = ("day", "dusk", "night")


@dataclass(frozen=True)
class Light:
    """The light of a scene; colours are red, green, blue from 0 to 1.

    Attributes:
        time: "day", "dusk" or "night".
        azimuth: where the sun (or moon) stands, in radians from the road's direction to the right.
        elevation: how high it stands, in radians.
        sun: its colour and strength.
        ambient: what comes from everywhere.
        zenith, horizon: the sky's colours, up and low.
        cover: how much of the sky is clouds, from 0 to 1.
        reach: at what distance haze takes 63 % of a colour, in metres.
    """

    time: str
    azimuth: float
    elevation: float
    sun: tuple[float, float, float]
    ambient: tuple[float, float, float]
    zenith: tuple[float, float, float]
    horizon: tuple[float, float, float]
    cover: float
    reach: float

    @cached_property
    def direction(self) -> np.ndarray:
        """The unit vector (X, Y, Z) towards the sun."""
        across = np.cos(self.elevation)
        return np.array(
            [across * np.sin(self.azimuth), np.sin(self.elevation), across * np.cos(self.azimuth)]
        )

    @cached_property
    def sky(self) -> np.ndarray:
        """The sky's mean colour, which glass reflects."""
        return (np.asarray(self.zenith) + np.asarray(self.horizon)) / 2

    def on(self, colours: np.ndarray, facing: np.ndarray, depth: float) -> np.ndarray:
        """Colours (N, 3) in this light, turned to the sun by `facing` (N,) from 0 to 1, through `depth` metres of haze."""
        lit = colours * (np.asarray(self.ambient) + facing[:, None] * np.asarray(self.sun))
        return self.through_haze(lit, np.float64(depth))

    def through_haze(self, colours: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Colours (..., 3) as they look from `depth` metres away, (...) or one number."""
        share = np.exp(-depth / self.reach)[..., None]
        return colours * share + np.asarray(self.horizon, dtype=colours.dtype) * (1 - share)


def sample_light(rng: np.random.Generator, time: str) -> Light:
    """Draw the light of a day, a dusk or a night."""
    azimuth = rng.uniform(0, 2 * np.pi)
    u, v, w = rng.uniform(size=3)
    if time == "day":
        clear = float(rng.uniform() < 0.65)
        sun = (0.26 + 0.58 * clear) * np.array([1.0, 0.96, 0.86])
        ambient = (0.82 - 0.16 * clear) * np.array([0.95, 1.0, 1.06])
        sky = (np.array([0.30, 0.50, 0.80]) if clear else np.array([0.62, 0.66, 0.72])) * (0.9 + 0.15 * u)
        low = np.array([0.78, 0.85, 0.92]) if clear else np.array([0.80, 0.82, 0.85])
        return _light(time, azimuth, 0.45 + 0.7 * v, sun, ambient, sky, low, 0.25 + 0.5 * w, 180 + 250 * u)
    if time == "dusk":
        sun = (0.35 + 0.2 * u) * np.array([1.0, 0.66, 0.40])
        ambient = (0.42 + 0.12 * v) * np.array([0.92, 0.90, 1.08])
        low = np.array([0.98, 0.68 + 0.1 * w, 0.48 + 0.15 * u])
        sky = np.array([0.26, 0.32, 0.56])
        return _light(time, azimuth, 0.16 + 0.15 * v, sun, ambient, sky, low, 0.4 + 0.3 * w, 150 + 100 * u)
    sun, ambient = 0.05 * np.array([0.8, 0.9, 1.2]), (0.20 + 0.06 * u) * np.array([0.86, 0.92, 1.16])
    sky, low = np.array([0.03, 0.04, 0.10]), np.array([0.10, 0.10, 0.17]) * (0.8 + 0.5 * v)
    return _light(time, azimuth, 0.9, sun, ambient, sky, low, 0.3 + 0.4 * w, 120 + 80 * u)


def _light(time: str, azimuth: float, elevation: float, *colours_and_air: np.ndarray | float) -> Light:
    values = [tuple(np.asarray(v).tolist()) if np.ndim(v) else float(v) for v in colours_and_air]
    return Light(time, float(azimuth), float(elevation), *values)  # type: ignore[arg-type]
