"""Heartbeats as an electrocardiogram records them in one lead: for convolutions along time.

Each beat is a sum of Gaussians for its P, Q, R, S and T waves, the idea of McSharry, Clifford, Tarassenko and Smith,
"A dynamical model for generating synthetic electrocardiogram signals", IEEE Transactions on Biomedical Engineering
50 (2003). They are drawings to learn classification on, and fit for no medical use.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnkit.arguments import share, whole

RATE = 250
"""Samples a second."""
SAMPLES = 256
"""Samples of a beat, a little over a second."""
KINDS = (
    "normal",
    "premature atrial",
    "premature ventricular",
    "left bundle branch block",
    "right bundle branch block",
)
"""The classes, in the order of their labels."""

Field = NDArray[np.floating]

# For each class its P, Q, R, S and T: seconds from R, millivolts, standard deviation in seconds. Shapes follow
# a lateral lead: a premature atrial beat has another P, a premature ventricular beat none and a wide QRS.
_WAVES = np.array([
    ((-0.17, 0.15, 0.022), (-0.032, -0.12, 0.009), (0, 1.1, 0.011), (0.032, -0.22, 0.010), (0.25, 0.30, 0.045)),
    ((-0.12, -0.10, 0.014), (-0.032, -0.12, 0.009), (0, 1.1, 0.011), (0.032, -0.22, 0.010), (0.25, 0.30, 0.045)),
    ((-0.17, 0.0, 0.022), (-0.080, -0.18, 0.024), (0, 1.2, 0.034), (0.085, -0.40, 0.034), (0.27, -0.34, 0.055)),
    ((-0.18, 0.15, 0.022), (-0.040, 0.55, 0.020), (0, 0.9, 0.022), (0.070, -0.06, 0.020), (0.26, -0.26, 0.050)),
    ((-0.17, 0.15, 0.022), (-0.032, -0.12, 0.009), (0, 1.0, 0.012), (0.062, -0.42, 0.026), (0.27, 0.28, 0.045)),
])  # fmt: skip
_ATRIAL, _VENTRICULAR = 1, 2


@dataclass(frozen=True)
class Beats:
    """Single beats: `signals` in millivolts, float32 (N, 1, SAMPLES), `labels` int64 (N,), the places in `KINDS`.

    `peaks` is float32 (N,): where the R wave is centred, in samples, 85 to 115 (in a left bundle branch block, the
    second of its two humps, which need not be the higher one).
    """

    signals: NDArray[np.float32]
    labels: NDArray[np.int64]
    peaks: NDArray[np.float32]


@dataclass(frozen=True)
class Rhythm:
    """A strip of M beats: `signal` in millivolts, float32 (1, samples), `labels` and `peaks` as in `Beats`, (M,)."""

    signal: NDArray[np.float32]
    labels: NDArray[np.int64]
    peaks: NDArray[np.float32]


def _heart(rng: np.random.Generator) -> Field:
    """What is one person's own in each wave, for all classes: timing, strength and width as factors, (3, 5)."""
    own = np.ones((3, 5)) + rng.uniform(-1, 1, (3, 5)) * np.array([[0.1], [0.35], [0.15]])
    own[1] *= rng.uniform(0.6, 1.4)
    return own


def _trace(
    peaks: Field, labels: NDArray[np.int64], samples: int, own: Field, rng: np.random.Generator
) -> Field:
    """The clean sum of all beats' waves, in millivolts, (samples,); each beat varies a little."""
    before = np.diff(peaks, prepend=peaks[0] - 0.8)
    vary = own[None] * (1 + rng.normal(size=(len(peaks), 3, 5)) * np.array([[0.02], [0.06], [0.04]]))
    at, strength, width = np.moveaxis(_WAVES[labels], -1, 0) * np.moveaxis(vary, 1, 0)
    at[:, 4] *= np.sqrt(np.clip(before, 0.5, 1.3) / 0.8)
    clean = np.zeros(samples)
    time = np.arange(samples) / RATE
    for peak, *waves in zip(peaks, at, strength, width, strict=True):
        near = slice(max(0, int((peak - 0.6) * RATE)), max(0, int((peak + 0.8) * RATE)))
        clean[near] += _waves(time[near] - peak, *waves)
    return clean


def _waves(time: Field, at: Field, strength: Field, width: Field) -> Field:
    """The sum of Gaussians at so many seconds from R, (samples,)."""
    summed: Field = np.exp(-0.5 * ((time[:, None] - at) / width) ** 2) @ strength
    return summed


def _disturbed(clean: Field, noise: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A trace with breath that moves its baseline, hum of the mains at 50 Hz, and noise of muscles."""
    time = np.arange(len(clean)) / RATE
    waves = np.array([rng.uniform(0.15, 0.4), rng.uniform(0.4, 0.9), 50.0])
    heights = noise * rng.uniform(0.3, 1, 3) * np.array([0.5, 0.25, 0.08])
    phases = rng.uniform(0, 2 * np.pi, 3)
    added = heights @ np.sin(2 * np.pi * waves[:, None] * time + phases[:, None])
    muscles = rng.normal(size=len(clean)) * noise * rng.uniform(0.04, 0.12)
    return (clean + added + muscles).astype(np.float32)


def beats(n: int, seed: int, noise: float = 0.5) -> Beats:
    """Draw single beats of all classes, each of another person, with what precedes and follows it.

    Args:
        n: how many.
        seed: the same seed gives the same beats.
        noise: from 0 (clean) to 1 (a baseline that moves by up to 0.75 mV, 0.08 mV of hum, 0.12 mV of muscles).

    Returns:
        Windows of `SAMPLES` samples at `RATE` a second around each beat, and their labels.

    Raises:
        TypeError: an argument has another type.
        ValueError: a number is out of its range.

    Example:
        >>> beats(3, seed=0).signals.shape
        (3, 1, 256)
    """
    n, noise = whole("n", n, 1), share("noise", noise)
    rng = np.random.default_rng(whole("seed", seed, 0))
    labels = rng.integers(len(KINDS), size=n)
    peaks = rng.uniform(85, 115, n)
    signals = [
        _window(int(label), peak / RATE, noise, rng) for label, peak in zip(labels, peaks, strict=True)
    ]
    return Beats(np.stack(signals)[:, None], labels, peaks.astype(np.float32))


def _window(label: int, peak: float, noise: float, rng: np.random.Generator) -> NDArray[np.float32]:
    usual = rng.uniform(0.6, 1.0)
    early = label in (_ATRIAL, _VENTRICULAR)
    before = usual * (rng.uniform(0.6, 0.8) if early else rng.uniform(0.93, 1.07))
    after = usual * (rng.uniform(1.1, 1.3) if early else rng.uniform(0.93, 1.07))
    beside = 0 if early else label
    around = np.array([beside, label, beside])
    clean = _trace(np.array([peak - before, peak, peak + after]), around, SAMPLES, _heart(rng), rng)
    return _disturbed(clean, noise, rng)


def rhythm(seconds: int, seed: int, noise: float = 0.5) -> Rhythm:
    """Draw a strip of one person's rhythm: a rate that breathes, and now and then a premature beat.

    Args:
        seconds: how long, from 2 to 3600.
        seed: the same seed gives the same strip.
        noise: from 0 to 1, as in `beats`.

    Returns:
        The strip at `RATE` samples a second, with the place and the class of every beat.

    Raises:
        TypeError: an argument has another type.
        ValueError: a number is out of its range.

    Example:
        >>> rhythm(10, seed=0).signal.shape
        (1, 2500)
    """
    seconds, noise = whole("seconds", seconds, 2, 3600), share("noise", noise)
    rng = np.random.default_rng(whole("seed", seed, 0))
    usual, base = rng.uniform(0.6, 1.0), int(rng.choice([0, 0, 3, 4]))
    times, labels = [rng.uniform(0.3, 0.5)], [base]
    while times[-1] < seconds - 0.3:
        early = labels[-1] == base and rng.random() < 0.15
        pause = 1.25 if labels[-1] != base else 1.0
        breath = 1 + 0.05 * np.sin(2 * np.pi * 0.25 * times[-1]) + rng.normal(0, 0.015)
        labels.append(int(rng.choice([_ATRIAL, _VENTRICULAR])) if early else base)
        times.append(times[-1] + usual * breath * (0.7 if early else pause))
    peaks, kinds = np.array(times[:-1]), np.array(labels[:-1], np.int64)
    clean = _trace(peaks, kinds, seconds * RATE, _heart(rng), rng)
    return Rhythm(_disturbed(clean, noise, rng)[None], kinds, (peaks * RATE).astype(np.float32))
