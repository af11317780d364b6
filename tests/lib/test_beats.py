"""Beats: waves where the labels say they are, and the marks by which each class is known."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import find_peaks, periodogram

from cnnkit.beats import KINDS, RATE, SAMPLES, beats, rhythm

CLEAN = beats(400, seed=0, noise=0.0)
NORMAL, ATRIAL, VENTRICULAR, LEFT, RIGHT = range(5)


STORED = Path(__file__).with_name("beats.npz")  # made by samples(), see there


def samples():
    """What beats.npz holds; after a change on purpose: np.savez_compressed(STORED, **samples())."""
    single, strip = beats(16, 3), rhythm(12, 4, noise=1.0)
    return {
        "microvolts": np.rint(1000 * single.signals).astype(np.int16),
        "labels": single.labels,
        "peaks": single.peaks,
        "strip_microvolts": np.rint(1000 * strip.signal).astype(np.int16),
        "strip_labels": strip.labels,
        "strip_peaks": strip.peaks,
    }


def test_stored_beats_are_drawn_again(as_stored):
    """On any machine: labels and peaks exactly, signals within two microvolts, less than a pixel of any plot."""
    as_stored(STORED, samples(), microvolts=2, strip_microvolts=2)


def aligned(label, before=0.3, after=0.4):
    """The clean beats of a class, cut so that R is at the same sample of each, (n, samples)."""
    low, high = round(before * RATE), round(after * RATE)
    chosen = np.flatnonzero(CLEAN.labels == label)
    middles = np.rint(CLEAN.peaks[chosen]).astype(int)
    return np.stack([CLEAN.signals[i, 0, m - low : m + high] for i, m in zip(chosen, middles, strict=True)])


def at(signals, seconds, before=0.3):
    return signals[:, round((before + seconds) * RATE)]


def test_shapes_types_and_all_classes():
    assert CLEAN.signals.shape == (400, 1, SAMPLES)
    assert CLEAN.signals.dtype == CLEAN.peaks.dtype == np.float32
    assert CLEAN.labels.dtype == np.int64
    assert np.bincount(CLEAN.labels, minlength=len(KINDS)).min() > 50
    assert 0.5 < np.abs(CLEAN.signals).max() < 5
    assert 85 <= CLEAN.peaks.min() < CLEAN.peaks.max() <= 115


def test_the_largest_wave_is_at_the_peak():
    for signal, peak, label in zip(CLEAN.signals[:, 0], CLEAN.peaks, CLEAN.labels, strict=True):
        near = slice(round(peak) - 20, round(peak) + 21)
        assert abs(near.start + signal[near].argmax() - peak) <= (
            13 if label == LEFT else 4
        )  # LEFT has two humps


def width(signals):
    """How long the QRS complex stays above a quarter of its height, in seconds, (n,)."""
    near = signals[:, round(0.15 * RATE) : round(0.45 * RATE)]
    near = np.abs(near - np.median(near, axis=1, keepdims=True))
    return (near > near.max(axis=1, keepdims=True) / 4).sum(axis=1) / RATE


def test_ventricular_beats_and_left_bundle_branch_block_have_a_wide_qrs():
    narrow = np.median(width(aligned(NORMAL)))
    assert narrow < 0.06
    assert np.median(width(aligned(VENTRICULAR))) > 1.6 * narrow
    assert np.median(width(aligned(LEFT))) > 1.6 * narrow
    assert np.median(width(aligned(ATRIAL))) < 1.2 * narrow


def p_wave(signals, place, half):
    """How far the signal rises above its surroundings where a P wave belongs, in millivolts: the mean over beats."""
    return (at(signals, place) - (at(signals, place - half) + at(signals, place + half)) / 2).mean()


def test_a_normal_beat_has_a_p_wave_an_atrial_one_another_and_a_ventricular_one_none():
    assert p_wave(aligned(NORMAL), -0.17, 0.05) > 0.07
    assert p_wave(aligned(ATRIAL), -0.12, 0.035) < -0.05
    assert abs(p_wave(aligned(VENTRICULAR), -0.17, 0.05)) < 0.05


def test_blocks_and_ventricular_beats_are_known_by_t_and_s():
    assert at(aligned(NORMAL), 0.25).mean() > 0.1
    assert at(aligned(VENTRICULAR), 0.27).mean() < -0.1
    assert at(aligned(LEFT), 0.26).mean() < -0.1
    assert at(aligned(RIGHT), 0.062).mean() < at(aligned(NORMAL), 0.062).mean() - 0.15


def test_noise_wanders_hums_and_grows():
    clean, noisy = beats(50, 1, 0.0).signals, beats(50, 1, 1.0).signals
    assert np.array_equal(beats(50, 1, 1.0).labels, beats(50, 1, 0.0).labels)
    long_clean, long_noisy = rhythm(60, 1, 0.0), rhythm(60, 1, 1.0)
    frequency, power = periodogram((long_noisy.signal - long_clean.signal)[0], RATE)
    hum = power[np.abs(frequency - 50) < 0.1].max()
    assert hum > 100 * np.median(power[(frequency > 40) & (frequency < 49)])
    assert power[(frequency > 0.1) & (frequency < 1)].max() > 100 * np.median(
        power[(frequency > 5) & (frequency < 40)]
    )
    assert 0.1 < (noisy - clean).std() < 0.6
    assert (beats(50, 1, 0.5).signals - clean).std() < 0.6 * (noisy - clean).std()


def test_seeds():
    assert np.array_equal(beats(5, 2).signals, beats(5, 2).signals)
    assert not np.array_equal(beats(5, 2).signals, beats(5, 3).signals)
    assert np.array_equal(rhythm(5, 2).signal, rhythm(5, 2).signal)
    assert not np.array_equal(rhythm(5, 2).signal, rhythm(5, 3).signal)


@pytest.mark.parametrize("seed", range(5))
def test_a_strip_has_its_beats_where_it_says_and_no_others(seed):
    strip = rhythm(30, seed, noise=0.0)
    assert strip.signal.shape == (1, 30 * RATE)
    assert strip.signal.dtype == strip.peaks.dtype == np.float32
    found, _ = find_peaks(
        strip.signal[0], height=0.5 * np.quantile(strip.signal[0], 0.998), distance=round(0.3 * RATE)
    )
    assert len(found) == len(strip.peaks) == len(strip.labels)
    assert np.abs(found - strip.peaks).max() <= 6


def test_premature_beats_come_early_and_a_pause_follows():
    early, late, usual = [], [], []
    for seed in range(10):
        strip = rhythm(60, seed)
        between = np.diff(strip.peaks) / RATE
        premature = np.isin(strip.labels, (ATRIAL, VENTRICULAR))
        plain = between[~premature[1:] & ~premature[:-1]]
        assert 0.5 < plain.min() < plain.max() < 1.2
        assert plain.std() > 0.01
        usual.append(np.median(plain))
        early.extend(between[premature[1:]] / usual[-1])
        late.extend(between[premature[:-1]] / usual[-1])
        assert not (premature[1:] & premature[:-1]).any()
    assert len(early) > 20
    assert max(early) < 0.85
    assert min(late) > 1.1
    assert np.ptp(usual) > 0.1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: beats(0, 0), ValueError, "n must be at least 1, got 0"),
        (lambda: beats(3, -1), ValueError, "seed must be at least 0, got -1"),
        (lambda: beats(3, 0, noise=7), ValueError, "noise must be from 0 to 1, got 7"),
        (lambda: rhythm(1, 0), ValueError, "seconds must be from 2 to 3600, got 1"),
        (lambda: rhythm(2.5, 0), TypeError, "seconds must be a whole number, got 2.5 of type float"),
    ],
)
def test_wrong_input_is_named(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message
