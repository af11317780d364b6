"""Each part of a face is drawn in its own place, and follows the traits and the expression."""

from dataclasses import replace

import numpy as np
import pytest

from cnnkit.portraits import face
from cnnkit.portraits.geometry import mouth_middle, view
from cnnkit.portraits.paint import linear
from cnnkit.portraits.traits import conditions, identity

WHO = replace(identity(3), beard=-1.0, freckles=-1.0, mole=-0.01, skin_tone=0.2)
HOW = conditions(0, 0.0)
SEE = view(WHO, HOW, 160)


def difference(one, other):
    return np.abs(one - other).max(axis=0)


def painted(paint, who=WHO, how=HOW):
    """Where a part changes the skin."""
    skin = face.paint_skin(who, SEE)
    before = skin.colours.copy()
    paint(skin, who, how, SEE)
    return difference(skin.colours, before) > 0.02


def test_the_outline_holds_the_features_and_ends_at_the_chin():
    edge = face.outline(WHO, SEE)
    middle = np.abs(SEE.u) < SEE.pixel
    inside = SEE.v[middle & (edge < 0)]
    assert inside.max() == pytest.approx(WHO.chin_height, abs=2 * SEE.pixel)
    assert inside.min() == pytest.approx(-1, abs=2 * SEE.pixel)
    assert np.abs(SEE.u[edge < 0]).max() == pytest.approx(WHO.face_width, abs=2 * SEE.pixel)


def test_a_squarer_jaw_leaves_more_of_the_face_beside_the_chin():
    round_jaw, square = (face.outline(replace(WHO, jaw=jaw), SEE) < 0 for jaw in (1.75, 3.3))
    assert square.sum() > round_jaw.sum()
    assert not (round_jaw & ~square).any()


@pytest.mark.parametrize(
    ("paint", "low", "high"),
    [
        (face.paint_eyes, WHO.eye_height - 0.3, WHO.eye_height + 0.25),
        (face.paint_brows, WHO.eye_height - 0.5, WHO.eye_height - 0.05),
        (face.paint_mouth, mouth_middle(WHO) - 0.2, mouth_middle(WHO) + 0.2),
    ],
)
def test_parts_are_where_they_belong_on_both_sides(paint, low, high):
    where = painted(paint)
    assert where.sum() > 50
    assert low < SEE.y[where].min()
    assert SEE.y[where].max() < high
    np.testing.assert_array_equal(where.any(axis=0), where.any(axis=0)[::-1])


def test_a_nose_shows_below_the_eyes():
    skin = face.paint_skin(WHO, SEE)
    before = skin.colours.copy()
    face.paint_nose(skin, WHO, SEE)
    below = SEE.y[difference(skin.colours, before) > 0.02] - WHO.eye_height
    assert 0.5 * WHO.nose_length < below.min()
    assert below.max() < WHO.nose_length + 0.15


def test_closed_eyes_show_no_white():
    def white(how):
        skin = face.paint_skin(WHO, SEE)
        face.paint_eyes(skin, WHO, how, SEE)
        return (skin.colours[2] > linear((200, 200, 200))[2]).sum()

    assert white(replace(HOW, closure=1.0)) < 0.1 * white(HOW)


def test_an_open_mouth_shows_teeth():
    def bright(how):
        skin = face.paint_skin(WHO, SEE)
        face.paint_mouth(skin, WHO, how, SEE)
        return (skin.colours[2] > linear((215, 215, 215))[2]).sum()

    assert bright(HOW) == 0
    assert bright(replace(HOW, smile=1.0)) > 20


def test_the_gaze_moves_the_pupils():
    def middle(gaze):
        skin = face.paint_skin(WHO, SEE)
        face.paint_eyes(skin, WHO, replace(HOW, gaze=gaze), SEE)
        near = (np.abs(SEE.y - WHO.eye_height) < 0.05) & (np.abs(SEE.x - WHO.eye_spacing) < 0.12)
        weight = 1 / (skin.colours[0] + 0.01) * near
        return (weight * SEE.x).sum() / weight.sum()

    assert middle((1.0, 0.0)) > middle((0.0, 0.0)) > middle((-1.0, 0.0))


@pytest.mark.parametrize(("trait", "value"), [("freckles", 1.0), ("mole", 0.02)])
def test_marks_on_the_skin_are_there_only_for_those_who_have_them(trait, value):
    plain, marked = (face.paint_skin(replace(WHO, **{trait: own}), SEE) for own in (-0.5, value))
    share = (difference(plain.colours, marked.colours) > 0.02).mean()
    assert 0.0003 < share < 0.05


def test_a_beard_covers_the_lower_face_and_spares_the_lips():
    bearded = replace(WHO, beard=1.0, hair_colour=0.0)
    skin = face.paint_skin(bearded, SEE)
    before = skin.colours.copy()
    face.paint_beard(skin, bearded, SEE)
    where = difference(skin.colours, before) > 0.05
    lips = (np.abs(SEE.x) < 0.5 * WHO.mouth_width) & (np.abs(SEE.y - mouth_middle(WHO) - 0.01) < 0.03)
    assert SEE.y[where].min() > WHO.eye_height
    assert where[(np.abs(SEE.x) < 0.3) & (np.abs(SEE.y - WHO.chin_height + 0.1) < 0.05)].all()
    assert not where[lips].any()


def test_the_nose_and_the_cheeks_stand_out_and_the_eyes_lie_deeper():
    height = face.relief(WHO, HOW, SEE)

    def at(x, y):
        return height[np.hypot(SEE.x - x, SEE.y - y) < 0.03].mean()

    assert at(0, WHO.eye_height + WHO.nose_length) > at(0.25, WHO.eye_height + WHO.nose_length) + 0.03
    assert np.isfinite(height).all()
