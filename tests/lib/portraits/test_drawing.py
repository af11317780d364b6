"""The whole picture: a stored sample, and what a camera does.

Run as a program, this file writes the sample anew: do so only where the pictures were meant to change.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnkit.portraits import portrait
from cnnkit.portraits.drawing import draw
from cnnkit.portraits.traits import conditions, identity

SAMPLE = Path(__file__).with_name("sample.png")


def sample():
    """Six portraits side by side, (48, 288, 3)."""
    shown = [(0, 0, 0.0), (1, 1, 0.25), (2, 2, 0.5), (3, 3, 0.75), (4, 4, 1.0), (5, 17, 1.0)]
    return np.concatenate([portrait(who, seed, 48, nuisance).image for who, seed, nuisance in shown], axis=1)


def test_pixels_are_within_one_grey_level_of_the_stored_sample():
    stored = np.asarray(Image.open(SAMPLE)).astype(int)
    assert stored.shape == (48, 288, 3)
    assert np.abs(sample().astype(int) - stored).max() <= 1


@pytest.mark.parametrize("seed", range(3))
def test_small_pictures_are_large_ones_averaged(seed):
    who, how = identity(seed), replace(conditions(seed, 0.8), noise=0.0, blur=0.0)
    large, small = draw(who, how, 256, 0), draw(who, how, 32, 0)
    averaged = large.reshape(32, 8, 32, 8, 3).mean(axis=(1, 3))
    assert np.abs(averaged - small).mean() < 3


def test_longer_exposure_is_brighter_blur_is_smoother_noise_is_rougher():
    who, how = identity(2), replace(conditions(2, 0.0), noise=0.0)
    plain, bright, soft, rough = (
        draw(who, change, 64, 0).astype(float)
        for change in (how, replace(how, exposure=1.6), replace(how, blur=0.05), replace(how, noise=0.03))
    )
    assert bright.mean() > plain.mean() + 10

    def edges(picture):
        return np.abs(np.diff(picture, axis=1)).mean()

    assert edges(soft) < 0.7 * edges(plain)
    assert edges(rough) > 1.3 * edges(plain)


def test_a_cast_shadow_darkens_one_side():
    who, how = identity(2), replace(conditions(2, 0.0), noise=0.0)
    plain, shaded = (
        draw(who, replace(how, shadow=(deep, 0.0, 0.0)), 64, 0).astype(float) for deep in (0.0, 0.7)
    )
    assert np.array_equal(plain[:, :30], shaded[:, :30])
    assert shaded[:, 48:].mean() < 0.8 * plain[:, 48:].mean()


def test_a_face_that_is_cut_off_by_the_picture_is_drawn_all_the_same():
    how = replace(conditions(2, 1.0), shift=(3.0, 3.0))
    assert draw(identity(2), how, 32, 0).shape == (32, 32, 3)


if __name__ == "__main__":
    Image.fromarray(sample()).save(SAMPLE, optimize=True)
