"""Models: outlines, normals, and where they are painted."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from cnnkit.scenes.camera import Camera, View
from cnnkit.scenes.light import sample_light
from cnnkit.scenes.shapes import FACE, HULL, TUBE, Part, Place, build, circle, outline, paint, placed

VIEW = View(Camera(x=0, height=1.5, yaw=0, focal=1.2, horizon=0.45), height=100, width=100)
LIGHT = sample_light(np.random.default_rng(0), "day", 0.0)
CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (0, 2) for z in (-1, 1)], dtype=float)


AHEAD = Place(0, 12, 0)


def painted(part, place=AHEAD):
    return paint(build([part]), place, {"red": (1.0, 0.1, 0.1)}, VIEW, LIGHT)


def test_outline_is_the_convex_hull():
    rng = np.random.default_rng(1)
    for n in (3, 8, 60):
        points = rng.normal(size=(n, 2))
        assert set(outline(points)) == set(map(tuple, points[ConvexHull(points).vertices].tolist()))


def test_normals_look_outward():
    faces = [CUBE[[0, 1, 3, 2]], CUBE[[4, 6, 7, 5]], CUBE[[1, 5, 7, 3]], CUBE[[2, 6, 7, 3]]]
    model = build([Part(FACE, points, "red") for points in faces])
    assert np.allclose(model.normals, [[-1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]])


def test_a_place_turns_and_moves():
    ahead = np.array([[0.0, 0, 1], [1, 0, 0]])
    assert np.allclose(placed(ahead, Place(2, 5, np.pi / 2)), [[3, 0, 5], [2, 0, 4]])


def test_a_cube_is_as_large_as_it_projects():
    image, (left, top) = painted(Part(HULL, CUBE, "red"))
    solid = np.asarray(image)[..., 3] > 0
    xy, _ = VIEW.project(placed(CUBE, Place(0, 12, 0)))
    rows, columns = np.flatnonzero(solid.any(axis=1)) + top, np.flatnonzero(solid.any(axis=0)) + left
    found = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    assert np.allclose(found, [*xy.min(axis=0), *xy.max(axis=0)], atol=1.5)
    assert {left % 2, top % 2, image.width % 2, image.height % 2} == {0}


def test_faces_that_look_away_are_not_drawn():
    front = Part(FACE, CUBE[[0, 2, 6, 4]], "red")
    assert np.asarray(painted(front).image)[..., 3].any()
    assert not np.asarray(painted(front, Place(0, 12, np.pi)).image)[..., 3].any()


def test_a_ball_is_round():
    image, _ = painted(Part(TUBE, np.array([[0, 1.5, 0], [0, 1.5, 0.0]]), "red", (1.0, 1.0)))
    area = (np.asarray(image)[..., 3] > 0).sum()
    assert area == pytest.approx(np.pi * (VIEW.focal / 12) ** 2, rel=0.1)


def test_what_is_outside_or_behind_is_not_painted():
    for place in (Place(40, 12, 0), Place(0, -12, 0), Place(0, 0.5, 0)):
        assert painted(Part(HULL, CUBE, "red"), place) is None


def test_circle():
    assert np.allclose(np.linalg.norm(circle((1, 2, 3), 2.0, 9) - [1, 2, 3], axis=1), 2)
    assert (circle((0, 0, 0), 1.0, 9, 0.5)[:, 1] >= -1e-9).all()
