"""Light: directions, haze, and the shadows on the ground."""

import numpy as np
import pytest

from cnnkit.scenes.backdrop import street_shadow
from cnnkit.scenes.light import TIMES, sample_light
from cnnkit.scenes.street import sample_street


@pytest.mark.parametrize("time", TIMES)
def test_the_sun_is_above_the_horizon_and_the_direction_a_unit_vector(time):
    light = sample_light(np.random.default_rng(3), time, 0.0)
    assert np.linalg.norm(light.direction) == pytest.approx(1)
    assert light.direction[1] > 0


def test_haze_leads_to_the_horizon():
    light = sample_light(np.random.default_rng(0), "day", 0.0)
    colour = np.array([0.2, 0.3, 0.9], np.float32)
    assert np.allclose(light.through_haze(colour, 0.0), colour)
    assert np.allclose(light.through_haze(colour, 1e5), light.horizon)
    middle = light.through_haze(colour, light.reach)
    assert np.allclose(middle, light.horizon + (colour - light.horizon) / np.e, atol=1e-6)


def test_buildings_shade_the_ground_on_the_far_side_of_the_sun():
    street = sample_street(np.random.default_rng(1))
    light = sample_light(np.random.default_rng(1), "day", 0.0)
    toward = np.sign(light.direction[0])
    z = np.linspace(0, 60, 200).astype(np.float32)
    near, far = (
        street_shadow(street, light, np.full_like(z, side * toward * street.road), z) for side in (1, -1)
    )
    assert near.mean() >= far.mean()
    assert near.mean() > 0.5
    night = sample_light(np.random.default_rng(1), "night", 0.0)
    assert not street_shadow(street, night, z, z).any()
