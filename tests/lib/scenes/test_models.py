"""The tables of shapes and colours, and the models made of them."""

import numpy as np
import pytest

from cnnkit.scenes.car import car, car_size
from cnnkit.scenes.models import MOTORCYCLES, furniture, motorcycle, parts, pick, tables
from cnnkit.scenes.pedestrian import sample_pedestrian

LATER = {"paint", "top", "bottom", "skin", "hair", "bag", "jacket", "helmet"}


def test_every_part_can_be_read_and_has_a_colour():
    for name in tables()["parts"]:
        for part in parts(name):
            assert np.isfinite(part.points).all()
            assert part.material in tables()["colours"] or part.material in LATER


def test_colours_are_from_0_to_1():
    tables_of_colours = [*tables()["palette"].values(), list(tables()["colours"].values())]
    for colours in tables_of_colours:
        values = np.array(colours)
        assert values.shape[1:] == (3,)
        assert 0 <= values.min() <= values.max() <= 1


@pytest.mark.parametrize("kind", ["sedan", "hatchback", "estate", "suv", "van", "sports"])
def test_a_car_is_as_large_as_it_says(kind):
    width, height, length = car_size(kind)
    found = np.ptp(car(kind).points, axis=0)
    assert found[0] == pytest.approx(width, rel=0.16)  # mirrors and tyres stand out a little
    assert found[1] == pytest.approx(height, rel=0.05)
    assert found[2] == pytest.approx(length, rel=0.03)
    assert car(kind).points[:, 1].min() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("kind", MOTORCYCLES)
def test_a_motorcycle_stands_on_its_wheels(kind):
    alone, ridden = motorcycle(kind, False), motorcycle(kind, True)
    assert alone.points[:, 1].min() == pytest.approx(0, abs=0.02)
    assert ridden.points[:, 1].max() > alone.points[:, 1].max() + 0.25
    assert np.ptp(alone.points[:, 2]) > 1.4


@pytest.mark.parametrize("kind", ["lamp", "tree", "sign", "bin", "bollard"])
def test_furniture_stands_on_the_ground(kind):
    assert furniture(kind).points[:, 1].min() < 0.15


def test_pedestrians_are_as_tall_as_they_say_and_stand_on_the_ground():
    rng = np.random.default_rng(0)
    heights, strides = [], []
    for _ in range(60):
        height, model, colours = sample_pedestrian(rng)
        tops = [part.points[:, 1].max() + max(part.radii) for part in model.parts]
        feet = [part.points[:, 1].min() - max(part.radii) for part in model.parts if part.material == "shoe"]
        assert max(tops) == pytest.approx(height, rel=0.02)
        assert -0.02 < min(feet) < 0.12
        assert {part.material for part in model.parts} <= set(colours) | {"shoe"}
        heights.append(height)
        strides.append(np.ptp([p.points[:, 2].mean() for p in model.parts if p.material == "shoe"]))
    assert (min(heights) < 1.45, max(heights) > 1.75) == (True, True)  # children too
    assert (min(strides) < 0.1, max(strides) > 0.5) == (True, True)  # some stand, some walk


def test_colours_are_drawn_from_their_palette():
    rng = np.random.default_rng(0)
    drawn = {pick(rng, "hair") for _ in range(100)}
    assert drawn == {tuple(colour) for colour in tables()["palette"]["hair"]}
