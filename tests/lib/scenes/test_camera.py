"""The camera, against a pinhole written as matrices."""

import numpy as np
import pytest

from cnnkit.scenes.camera import NEAR, Camera, View

VIEW = View(Camera(x=1.5, height=2.0, yaw=0.4, focal=1.2, horizon=0.4), height=50, width=80)


def pinhole(points):
    """Where points (N, 3) fall, by a rotation, a shift and a division."""
    c, s = np.cos(0.4), np.sin(0.4)
    turned = (points - [1.5, 2.0, 0]) @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]).T
    intrinsic = np.array([[120, 0, 80], [0, -120, 40], [0, 0, 1]])
    seen = turned @ intrinsic.T
    return seen[:, :2] / seen[:, 2:]


def test_points_fall_where_a_pinhole_puts_them():
    points = np.random.default_rng(0).uniform([-4, 0, 5], [4, 6, 30], size=(50, 3))
    found, depth = VIEW.project(points)
    assert np.allclose(found, pinhole(points))
    assert (depth > 0).all()


def test_a_metre_is_smaller_farther_away():
    heights = []
    for distance in (5, 10, 20):
        x, z = VIEW.ground(distance, 0.1)
        (_, low), (_, high) = VIEW.project(np.array([[x, 0, z], [x, 1, z]]))[0]
        heights.append(low - high)
    assert heights == pytest.approx([24, 12, 6])


def test_ground_is_the_inverse_of_project():
    x, z = VIEW.ground(12.0, -0.25)
    xy, depth = VIEW.project(np.array([[x, 0, z]]))
    assert depth[0] == pytest.approx(12)
    assert xy[0, 0] == pytest.approx(VIEW.columns * 0.25)


def test_rays_and_slopes_lead_to_the_samples_they_belong_to():
    row, column = VIEW.rows - 3, 17
    depth = VIEW.camera.height / VIEW.slopes[row]
    point = [VIEW.camera.x + depth * VIEW.rays[0][column], 0, depth * VIEW.rays[1][column]]
    assert np.allclose(VIEW.project(np.array([point]))[0], [[column + 0.5, row + 0.5]], atol=1e-3)


def test_a_wall_is_cut_off_behind_the_camera():
    wall = np.array([[-3.0, 0, -10], [-3, 0, 30], [-3, 5, 30], [-3, 5, -10]])
    cut = VIEW.clipped(wall)
    assert VIEW.depth(cut).min() == pytest.approx(NEAR)
    assert VIEW.depth(cut).max() == pytest.approx(VIEW.depth(wall).max())
    assert len(VIEW.clipped(wall - [0, 0, 100])) == 0
    ahead = wall + np.array([0, 0, 20])
    assert sorted(VIEW.clipped(ahead).tolist()) == sorted(ahead.tolist())
