"""Brushes cover what they say, and light falls from where it comes."""

from dataclasses import replace

import numpy as np
import pytest

from cnnkit.portraits.geometry import view
from cnnkit.portraits.paint import HAIR, Layer, from_palette, hill, inner, lamp, linear, slope, solid
from cnnkit.portraits.traits import conditions, identity


@pytest.fixture
def layer():
    return Layer(np.ones((3, 9, 9), np.float32) * linear((100, 100, 100)), pixel=0.25)


X, Y = np.meshgrid(np.linspace(-1, 1, 9, dtype=np.float32), np.linspace(-1, 1, 9, dtype=np.float32))


def test_palettes_begin_and_end_with_their_own_colours():
    assert np.array_equal(from_palette(HAIR, 0.0), linear(HAIR[0]))
    assert np.array_equal(from_palette(HAIR, 1.0), linear(HAIR[-1]))
    assert linear((255, 0, 128)).ravel() == pytest.approx([1, 0, (128 / 255) ** 2.2], abs=1e-6)


def test_a_shape_is_covered_within_and_not_outside(layer):
    before = layer.colours.copy()
    layer.lay(linear((255, 0, 0)), np.hypot(X, Y) - 0.5)
    assert layer.colours[:, 4, 4] == pytest.approx([1, 0, 0])
    assert np.array_equal(layer.colours[:, 0], before[:, 0])
    half = layer.mask(np.zeros((1, 1)))
    assert half == pytest.approx(0.5)


def test_a_tint_multiplies_by_as_much_as_is_asked(layer):
    before = layer.colours.copy()
    layer.tint((0.5, 1.0, 0.0), np.where(X < 0, 1.0, 0.5).astype(np.float32))
    np.testing.assert_allclose(layer.colours[0, :, 0], before[0, :, 0] * 0.5)
    np.testing.assert_allclose(layer.colours[1], before[1])
    np.testing.assert_allclose(layer.colours[2, :, 8], before[2, :, 8] * 0.5)


def test_a_traced_shape_is_darker_only_within(layer):
    before = layer.colours.copy()
    layer.trace((0.5, 0.5, 0.5), np.hypot(X, Y) - 0.5, 0.0, 1.0)
    np.testing.assert_allclose(layer.colours[:, 4, 4], before[:, 4, 4] * 0.5)
    np.testing.assert_allclose(layer.colours[:, 0], before[:, 0])


def test_a_hill_is_highest_at_its_middle_and_shapes_overlap_where_all_are():
    assert np.unravel_index(hill(X, Y, 0.3, 0.3).argmax(), X.shape) == (4, 4)
    both = inner(X - 0.5, -X, np.float32(-1))
    assert np.array_equal(both < 0, (X > 0) & (X < 0.5))


def test_normals_have_length_1_and_look_outwards():
    normal = solid(X, Y, 1.2, 1.2)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=0), 1, rtol=1e-5)
    assert normal[0, 4, 8] > 0.5
    assert normal[1, 8, 4] > 0.5
    assert normal[2].argmax() == 40


def test_the_side_towards_the_lamp_is_brighter_and_white_stays_within_reason():
    light = replace(lamp(conditions(0, 0.0)), direction=(-0.8, 0.0, 0.6))
    lit = light.lit(linear((200, 200, 200)), solid(X, Y, 1.2, 1.2), 0.0, 0.3)
    assert (lit[:, 4, 1] > lit[:, 4, 7] * 1.2).all()
    assert lit.max() < 1.3


def test_the_lamp_stays_where_it_is_when_the_head_tilts():
    how = replace(conditions(0, 0.0), light=(0.0, -0.8, 0.6))
    tilted = lamp(replace(how, roll=np.pi / 2))
    assert tilted.direction == pytest.approx((-0.8, 0.0, 0.6))


def test_the_slope_of_a_ramp_is_the_ramps_own_in_the_upright_picture():
    how = replace(conditions(0, 0.0), roll=0.3)
    see = view(identity(0), how, 64)
    steep = slope(0.7 * see.u - 0.2 * see.v, see)
    np.testing.assert_allclose(steep.real, 0.7, atol=1e-3)
    np.testing.assert_allclose(steep.imag, -0.2, atol=1e-3)
