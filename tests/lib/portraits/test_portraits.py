"""Portraits from the outside: right labels, one person a row, pixels that tell people apart only where it is easy."""

import doctest
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_curve

import cnnkit.portraits
from cnnkit.portraits import LANDMARKS, identity, portrait, portraits

STORED = Path(__file__).with_name("samples.npz")  # made by samples(), see there


def samples():
    """What samples.npz holds; after a change on purpose: np.savez_compressed(STORED, **samples())."""
    return asdict(portraits([0, 3, 5, 10], each=2, seed=2, size=24, nuisance=0.8))


def test_a_stored_batch_is_drawn_again(as_stored):
    """On any machine: labels exactly, pixels within one grey level, landmarks within a thousandth of a pixel."""
    as_stored(STORED, samples(), images=1, landmarks=1e-3)


def equal_error_rate(drawn):
    """Of pixel distance over all pairs, read from scikit-learn's curve."""
    flat = drawn.images.reshape(len(drawn.images), -1).astype(np.float64)
    flat = flat - flat.mean(axis=1, keepdims=True)
    first, second = np.triu_indices(len(flat), 1)
    distance = np.linalg.norm(flat[first] - flat[second], axis=1)
    accepted_wrongly, accepted, _ = roc_curve(drawn.people[first] == drawn.people[second], -distance)
    return accepted_wrongly[np.argmin(np.abs(accepted_wrongly + accepted - 1))]


def test_examples():
    assert doctest.testmod(cnnkit.portraits).failed == 0


def test_pixel_distance_is_near_chance_at_high_nuisance_only():
    hard = portraits(range(50), each=3, seed=0, size=24, nuisance=1.0)
    easy = portraits(range(30), each=2, seed=0, size=24, nuisance=0.0)
    assert equal_error_rate(hard) > 0.35
    assert equal_error_rate(easy) < 0.02


def test_without_nuisance_a_person_looks_the_same_up_to_noise_and_people_differ():
    pictures = (
        portraits(range(20), each=2, seed=3, size=32, nuisance=0.0).images.astype(float).reshape(20, 2, -1)
    )
    apart = np.abs(pictures[:, None, 0] - pictures[None, :, 1]).mean(axis=2)
    assert 0.5 < np.diag(apart).min() < np.diag(apart).max() < 2.5
    assert apart[~np.eye(20, dtype=bool)].min() > 2 * np.diag(apart).max()


def test_the_same_seed_gives_the_same_picture_and_another_seed_another():
    one, again, other = (portrait(7, seed, size=24) for seed in (0, 0, 1))
    assert np.array_equal(one.image, again.image)
    assert np.array_equal(one.landmarks, again.landmarks)
    assert not np.array_equal(one.image, other.image)


def test_a_batch_holds_its_people_in_order_with_their_labels():
    drawn = portraits([5, 2, 9], each=4, seed=1, size=24, nuisance=1.0)
    assert drawn.images.shape == (12, 24, 24, 3)
    assert drawn.images.dtype == np.uint8
    assert drawn.landmarks.shape == (12, len(LANDMARKS), 2)
    assert drawn.landmarks.dtype == np.float32
    assert drawn.people.tolist() == [5] * 4 + [2] * 4 + [9] * 4
    assert drawn.smiling.dtype == drawn.glasses.dtype == bool
    alone = portraits([2], each=4, seed=1, size=24, nuisance=1.0)
    assert np.array_equal(drawn.images[4:8], alone.images)
    assert len(np.unique(drawn.images.reshape(12, -1), axis=0)) == 12


def test_each_picture_of_a_batch_is_taken_under_conditions_of_its_own():
    drawn = portraits(range(12), each=1, seed=0, size=24, nuisance=1.0)
    assert 0 < drawn.smiling.sum() < 12
    assert np.ptp(drawn.landmarks.mean(axis=1), axis=0).min() > 3


def test_a_smile_lifts_and_widens_the_mouth():
    for seed in range(8):
        smiling, grave = (portrait(seed, seed, 24, smiling=smiles) for smiles in (True, False))
        assert smiling.smiling
        assert not grave.smiling
        wide = [np.linalg.norm(one.landmarks[4] - one.landmarks[3]) for one in (smiling, grave)]
        assert wide[0] > wide[1]
        below = [(one.landmarks[3:] - one.landmarks[:2]).sum(axis=0)[1] for one in (smiling, grave)]
        assert below[0] < below[1]


@pytest.mark.parametrize("size", [24, 37, 100, 256])
def test_it_is_the_same_picture_at_any_size(size):
    this, reference = portrait(3, 5, size), portrait(3, 5, 64)
    assert this.image.shape == (size, size, 3)
    np.testing.assert_allclose(this.landmarks / size, reference.landmarks / 64, atol=1e-5)
    grid = (np.arange(6) * 2 + 1) / 12
    colours = [
        [[one.image[_around(y, one), _around(x, one)].mean(axis=(0, 1)) for x in grid] for y in grid]
        for one in (this, reference)
    ]
    assert np.abs(np.subtract(*colours)).mean() < 4


def _around(place, one):
    size = len(one.image)
    return slice(int((place - 1 / 12) * size), int(np.ceil((place + 1 / 12) * size)))


def test_traits_of_ones_own_can_be_drawn():
    bald = replace(identity(0), hair_length=-1.0, hairline=-1.0)
    assert portrait(bald, 0).identity == bald
    assert not np.array_equal(portrait(bald, 0).image, portrait(0, 0).image)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: portrait(0, 0, size=300), ValueError, "size must be from 24 to 256, got 300"),
        (lambda: portrait(0, 0, nuisance=2), ValueError, "nuisance must be from 0 to 1, got 2"),
        (lambda: portrait(0, -1), ValueError, "seed must be at least 0, got -1"),
        (
            lambda: portrait("amber", 0),
            TypeError,
            "a person's number must be a whole number, got 'amber' of type str",
        ),
        (lambda: portrait(0, 0, smiling="yes"), TypeError, "smiling must be True, False or None, got 'yes'"),
        (
            lambda: portraits([], 2, 0),
            ValueError,
            "people is empty: give the numbers of the people to draw, such as range(10)",
        ),
        (lambda: portraits(range(3), 0, 0), ValueError, "each must be at least 1, got 0"),
        (lambda: portraits(3, 2, 0), TypeError, "people must be several numbers, such as range(3), got 3"),
    ],
)
def test_wrong_input_is_named(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message
