"""Landmarks are where the parts are drawn: shown by what changes when a part is given another colour."""

from dataclasses import replace

import numpy as np
import pytest

from cnnkit.portraits.drawing import draw
from cnnkit.portraits.geometry import landmarks, mouth_corners, project, view
from cnnkit.portraits.traits import conditions, identity

SIZE = 192
SEEDS = range(4)


def clear(seed):
    """High nuisance in pose and expression, and nothing that hides a part."""
    return replace(
        conditions(seed, 0.9), gaze=(0.0, 0.0), closure=0.0, glasses=False, shadow=(0.0, 0.0, 0.0),
        blur=0.0, noise=0.0, exposure=1.0, ambient=0.6,
    )  # fmt: skip


def changed(who, other, how):
    """x and y of the middles of the pixels in which two people differ, and by how much."""
    before, after = (draw(one, how, SIZE, 0).astype(float) for one in (who, other))
    by = np.abs(before - after).max(axis=2)
    rows, columns = np.nonzero(by > 3)
    return np.stack([columns, rows], axis=1) + 0.5, by[rows, columns]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_irises_are_at_the_eyes(seed):
    who, how = (
        replace(identity(seed), eye_colour=0.0, fringe=0.0, hairline=-0.6, eye_opening=0.7),
        clear(seed),
    )
    points, _ = changed(who, replace(who, eye_colour=0.8), how)
    left, right = landmarks(who, how, SIZE)[:2]
    nearer_left = np.linalg.norm(points - left, axis=1) < np.linalg.norm(points - right, axis=1)
    assert nearer_left.any()
    assert (~nearer_left).any()
    assert np.linalg.norm(points[nearer_left].mean(axis=0) - left) < SIZE / 80
    assert np.linalg.norm(points[~nearer_left].mean(axis=0) - right) < SIZE / 80
    assert left[0] < right[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mole_on_the_tip_of_the_nose_is_at_the_landmark(seed):
    who = identity(seed)
    who, how = (
        replace(who, mole=-0.01, mole_x=0.0, mole_y=who.eye_height + who.nose_length, skin_tone=0.1),
        clear(seed),
    )
    points, by = changed(who, replace(who, mole=0.02), how)
    middle = (points * by[:, None]).sum(axis=0) / by.sum()
    assert np.linalg.norm(middle - landmarks(who, how, SIZE)[2]) < SIZE / 120


@pytest.mark.parametrize("seed", SEEDS)
def test_the_lips_end_at_the_corners_of_the_mouth(seed):
    who, how = replace(identity(seed), beard=-1.0, lip_tone=0.0, lip_fullness=0.06), clear(seed)
    points, _ = changed(who, replace(who, lip_tone=1.0), how)
    left, right = landmarks(who, how, SIZE)[3:]
    along = (right - left) / np.linalg.norm(right - left)
    places = (points - left) @ along
    assert abs(places.min()) < SIZE / 40
    assert abs(places.max() - np.linalg.norm(right - left)) < SIZE / 40
    assert left[0] < right[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_way_back_from_a_pixel_finds_the_point_that_was_projected(seed):
    who, how = identity(seed), conditions(seed, 1.0)
    points = np.random.default_rng(seed).uniform(-0.4, 0.6, (40, 2)) * [1, 0.8]
    columns, rows = np.floor(project(who, how, points, SIZE)).astype(int).T
    seen = view(who, how, SIZE)
    held = (columns >= 0) & (columns < SIZE) & (rows >= 0) & (rows < SIZE)
    found = np.stack([seen.x[rows[held], columns[held]], seen.y[rows[held], columns[held]]], axis=1)
    assert np.abs(found - points[held]).max() < 4 * seen.pixel


def test_turning_the_head_to_the_right_moves_the_nose_to_the_right_of_the_eyes():
    who = identity(0)
    how = replace(conditions(0, 0.0), yaw=0.4)
    left, right, nose, *_ = landmarks(who, how, SIZE)
    assert nose[0] > (left[0] + right[0]) / 2 + SIZE / 60
    front = landmarks(who, conditions(0, 0.0), SIZE)
    assert front[2, 0] == pytest.approx((front[0, 0] + front[1, 0]) / 2, abs=1e-3)


def test_a_smile_lifts_the_corners_of_the_mouth():
    how = conditions(0, 0.0)
    grave, happy = (mouth_corners(identity(0), replace(how, smile=smile)) for smile in (0.0, 1.0))
    assert happy[0] > grave[0]
    assert happy[1] < grave[1]


def test_a_window_holds_all_of_the_face_between_two_heights():
    see = view(identity(1), conditions(1, 1.0), 96)
    part = see.window(-0.2, 0.3)
    outside = np.ones((96, 96), bool)
    outside[part] = False
    assert not ((see.y > -0.2) & (see.y < 0.3) & (np.abs(see.u) < 0.9))[outside].any()
    assert see.cut(part).x.shape == see.x[part].shape
    assert outside.any()
