"""Hair, ears, neck and glasses are drawn where they belong."""

from dataclasses import replace

import numpy as np

from cnnkit.portraits import head
from cnnkit.portraits.face import outline
from cnnkit.portraits.geometry import view
from cnnkit.portraits.paint import lamp
from cnnkit.portraits.traits import conditions, identity

WHO = replace(identity(3), hair_length=-0.5, hairline=-0.5, fringe=0.0, hair_curl=0.0)
HOW = conditions(0, 0.0)
SEE = view(WHO, HOW, 128)


def drawn(draw, *arguments):
    """Where a layer changes the picture."""
    canvas = head.background(HOW, SEE)
    before = canvas.colours.copy()
    draw(canvas, *arguments)
    return np.abs(canvas.colours - before).max(axis=0) > 0.01


def test_a_background_fills_the_picture_with_light():
    canvas = head.background(conditions(5, 1.0), SEE).colours
    assert canvas.shape == (3, 128, 128)
    assert 0 < canvas.min() < canvas.max() < 1


def test_short_hair_ends_above_the_eyes_and_long_hair_falls_below_the_chin():
    short = drawn(head.draw_hair, WHO, SEE, lamp(HOW))
    forehead = (np.abs(SEE.u) < 0.3) & (SEE.v > -0.35) & (SEE.v < 0.9)
    assert not short[forehead].any()
    assert short[(np.abs(SEE.u) < 0.2) & (SEE.v > -0.95) & (SEE.v < -0.6)].all()
    assert not drawn(head.draw_back_hair, WHO, SEE, lamp(HOW)).any()
    long = replace(WHO, hair_length=1.3)
    behind = drawn(head.draw_back_hair, long, SEE, lamp(HOW))
    assert 1.1 < SEE.v[behind].max() < 1.45
    assert not drawn(head.draw_hair, long, SEE, lamp(HOW))[forehead].any()


def test_more_hair_takes_more_room_and_curls_have_an_uneven_edge():
    little, much = (head.hair_mass(replace(WHO, hair_volume=v), SEE.u, SEE.v) < 0 for v in (0.03, 0.24))
    assert much.sum() > 1.1 * little.sum()
    angles = np.linspace(-3.1, -0.1, 400, dtype=np.float32)
    ring = 1.05 * np.cos(angles), 1.05 * np.sin(angles)
    smooth, curly = (head.hair_mass(replace(WHO, hair_curl=curl), *ring) for curl in (0.0, 1.0))
    assert np.abs(np.diff(curly)).sum() > 1.5 * np.abs(np.diff(smooth)).sum()


def test_ears_stand_out_on_both_sides_of_the_face():
    ears = drawn(head.draw_ears, WHO, SEE, lamp(HOW)) & (outline(WHO, SEE) > 0)
    assert min((ears & (SEE.u < 0)).sum(), (ears & (SEE.u > 0)).sum()) > 20
    assert np.abs(SEE.u[ears]).min() > 0.5


def test_a_body_is_below_the_face():
    body = drawn(head.draw_body, WHO, HOW, SEE, lamp(HOW))
    assert body[-1, 16:-16].all()
    assert not body[SEE.v < 0.25].any()


def test_glasses_are_around_the_eyes():
    frames = drawn(head.draw_glasses, WHO, HOW, SEE)
    assert frames.any()
    assert np.abs(SEE.y[frames] - WHO.eye_height).max() < 0.3
    assert np.abs(SEE.x[frames]).max() < WHO.face_width + 0.05
