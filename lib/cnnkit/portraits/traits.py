"""Who is drawn, and how: the traits of a person, and the conditions that a picture of them is taken in."""

import math
from dataclasses import astuple, dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from cnnkit.arguments import share, whole


def _trait(low: float, high: float) -> float:
    """A field that is drawn uniformly from `low` to `high`."""
    value: float = field(metadata={"range": (low, high)})
    return value


@dataclass(frozen=True)
class Identity:
    """A person who does not exist: lengths in units of half a face, colours as places in a palette.

    `jaw` is rounder when small and squarer when large; `eye_opening` is a share of the eye's width; `brow_height`
    is counted from the eyes up, `nose_length` and `mouth_height` from them down; `hair_length` is where long hair ends
    (below 0: short); `beard`, `freckles` and `mole` are absent unless positive; `pattern` shifts strands and
    freckles.
    """

    face_width: float = _trait(0.66, 0.82)
    chin_height: float = _trait(0.90, 1.08)
    jaw: float = _trait(1.75, 3.3)
    cheeks: float = _trait(0.0, 1.0)
    skin_tone: float = _trait(0.0, 1.0)
    undertone: float = _trait(-1.0, 1.0)
    eye_spacing: float = _trait(0.27, 0.355)
    eye_height: float = _trait(0.02, 0.15)
    eye_width: float = _trait(0.135, 0.19)
    eye_opening: float = _trait(0.42, 0.78)
    eye_tilt: float = _trait(-0.16, 0.22)
    eye_colour: float = _trait(0.0, 1.0)
    lashes: float = _trait(0.0, 1.0)
    brow_height: float = _trait(0.17, 0.26)
    brow_thickness: float = _trait(0.018, 0.05)
    brow_tilt: float = _trait(-0.18, 0.22)
    brow_arch: float = _trait(0.01, 0.08)
    nose_length: float = _trait(0.28, 0.40)
    nose_width: float = _trait(0.085, 0.165)
    nose_bridge: float = _trait(0.045, 0.085)
    mouth_height: float = _trait(0.54, 0.62)
    mouth_width: float = _trait(0.2, 0.31)
    lip_fullness: float = _trait(0.036, 0.09)
    lip_tone: float = _trait(0.35, 0.8)
    ear_size: float = _trait(0.12, 0.20)
    hair_colour: float = _trait(0.0, 1.0)
    hair_volume: float = _trait(0.03, 0.24)
    hair_length: float = _trait(-1.0, 1.5)
    hair_curl: float = _trait(0.0, 1.0)
    hairline: float = _trait(-0.66, -0.40)
    parting: float = _trait(-0.45, 0.45)
    fringe: float = _trait(-0.25, 0.55)
    beard: float = _trait(-1.4, 1.0)
    freckles: float = _trait(-1.0, 1.0)
    mole_x: float = _trait(-0.5, 0.5)
    mole_y: float = _trait(0.15, 0.9)
    mole: float = _trait(-0.02, 0.022)
    pattern: float = _trait(0.0, 100.0)

    def vector(self) -> NDArray[np.float32]:
        """The traits as an array of shape (38,), each from 0 to 1 over its range."""
        low, high = np.array(list(RANGES.values())).T
        return ((np.array(astuple(self)) - low) / (high - low)).astype(np.float32)


# A face is 2 units high: the crown at y = -1, the chin near y = 1, x to the picture's right, z to the viewer.
RANGES: dict[str, tuple[float, float]] = {f.name: f.metadata["range"] for f in fields(Identity)}


@dataclass(frozen=True)
class Conditions:
    """All that differs between two pictures of one person: angles in radians, the rest in units of half a face.

    `yaw` turns the face to the picture's right, `pitch` lifts the chin, `roll` turns the picture clockwise; `light`
    is the direction towards the lamp; `closure` is how far the eyes are shut; `shadow` is the strength, the angle and
    the place of a shadow cast across the picture; `blur` and `noise` are standard deviations.
    """

    yaw: float
    pitch: float
    roll: float
    shift: tuple[float, float]
    scale: float
    light: tuple[float, float, float]
    light_colour: tuple[float, float, float]
    ambient: float
    exposure: float
    shadow: tuple[float, float, float]
    smile: float
    mouth_open: float
    closure: float
    gaze: tuple[float, float]
    brow_raise: float
    glasses: bool
    glasses_shape: float
    background: tuple[float, ...]
    clothes: tuple[float, ...]
    blur: float
    noise: float


def identity(seed: int) -> Identity:
    """Draw a person.

    Args:
        seed: the same seed gives the same person.

    Returns:
        The person's traits, each uniform over its range in `RANGES`.

    Raises:
        TypeError: the seed is no whole number.
        ValueError: the seed is negative.
    """
    rng = np.random.default_rng([whole("a person's number", seed, 0), 1])
    return Identity(**{name: float(rng.uniform(low, high)) for name, (low, high) in RANGES.items()})


def conditions(seed: int, nuisance: float, smiling: bool | None = None) -> Conditions:
    """Draw what a picture is taken under.

    Args:
        seed: the same seed gives the same conditions; more nuisance then moves each of them further.
        nuisance: from 0 (a passport picture) to 1.
        smiling: whether the person smiles; left out, half do (fewer below a nuisance of 0.25).

    Returns:
        Pose, light, expression, glasses, background, blur and noise.

    Raises:
        TypeError: an argument has another type.
        ValueError: the nuisance is not from 0 to 1, or the seed is negative.
    """
    nuisance = share("nuisance", nuisance)
    if smiling not in (None, True, False):
        raise TypeError(f"smiling must be True, False or None, got {smiling!r}")
    rng = np.random.default_rng([whole("seed", seed, 0), 2])
    often = min(1.0, 4 * nuisance)
    spread = (rng.uniform(-1, 1, 16) * nuisance).tolist()
    chance = rng.uniform(size=8).tolist()
    yes = chance[0] < 0.5 * often if smiling is None else smiling
    azimuth, elevation = -0.45 + 1.4 * spread[0], 0.6 + 0.75 * spread[1]
    plain = np.array([0.5, 0.55, 0.62, 0.75, 0.8, 0.85, 0.2, 0.5, 0.15, 0.28, 0.42])
    colours = plain + (rng.uniform(0, 1, 11) - plain) * often
    return Conditions(
        yaw=0.5 * spread[2],
        pitch=0.24 * spread[3],
        roll=0.42 * spread[4],
        shift=(0.3 * spread[5], 0.26 * spread[6]),
        scale=1.25 ** spread[7],
        light=(
            math.sin(azimuth) * math.cos(elevation),
            -math.sin(elevation),
            math.cos(azimuth) * math.cos(elevation),
        ),
        light_colour=(1 + 0.25 * spread[8], 1 + 0.06 * spread[9], 1 - 0.3 * spread[8]),
        ambient=0.42 + 0.24 * spread[10],
        exposure=2.0 ** (0.9 * spread[11]),
        shadow=(0.75 * nuisance * (chance[1] < 0.6 * often), 2 * math.pi * chance[2], 1.4 * chance[3] - 0.7),
        smile=0.6 + 0.4 * chance[4] if yes else -0.25 * chance[4] * nuisance,
        mouth_open=max(0.0, 0.9 * spread[12]),
        closure=float(chance[5] < 0.12 * nuisance) * 0.9 + max(0.0, 0.3 * spread[13]),
        gaze=(spread[14], 0.5 * spread[15]),
        brow_raise=0.06 * float(rng.uniform(-0.6, 1)) * nuisance,
        glasses=bool(chance[6] < 0.3 * often),
        glasses_shape=float(chance[7]),
        background=tuple(colours[:8].tolist()),
        clothes=tuple(colours[8:].tolist()),
        blur=float(0.02 * rng.uniform() * nuisance),
        noise=float(0.006 + 0.03 * rng.uniform() * nuisance),
    )
