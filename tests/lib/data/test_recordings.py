"""One recording and one slice, in the units that their docstrings name."""

import dataclasses

import numpy as np
import pytest

from cnnkit import data


def test_the_electrocardiogram():
    ecg = data.ecg()
    assert ecg.millivolts.shape == (12, 10_000) and ecg.millivolts.dtype == np.float32 and ecg.rate == 1000
    assert ecg.leads == ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    assert 0.5 < np.abs(ecg.millivolts).max() < 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        ecg.rate = 500


def test_the_leads_obey_einthoven():
    """I + III = II, and aVR + aVL + aVF = 0: only with the right names, order and scale, up to rounding."""
    leads = dict(zip(data.ecg().leads, data.ecg().millivolts, strict=True))
    assert np.abs(leads["I"] + leads["III"] - leads["II"]).max() < 0.01
    assert np.abs(leads["aVR"] + leads["aVL"] + leads["aVF"]).max() < 0.01


def test_the_heart_beats_at_a_human_rate():
    signal = data.ecg().millivolts[1]
    spectrum = np.correlate(signal - signal.mean(), signal - signal.mean(), "full")[len(signal) :]
    assert 40 < 60_000 / (300 + spectrum[300:1500].argmax()) < 150


def test_the_slice_is_in_hounsfield_units():
    image = data.ct_slice()
    assert image.shape == (128, 128) and image.dtype == np.int16
    assert -1024 <= image.min() < -800 and 500 < image.max() < 3000
    assert ((image > -150) & (image < 150)).mean() > 0.2  # a body is mostly water and fat
