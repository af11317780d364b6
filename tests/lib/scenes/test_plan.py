"""Plans: who stands where."""

import itertools

import numpy as np
import pytest

from cnnkit.scenes.plan import CLASSES, plan_scene

PLANS = [plan_scene(seed, 1.0, 0.5, None, None) for seed in range(60)]


def objects(plan):
    return [thing for thing in plan.things if thing.kind in CLASSES]


def test_no_object_stands_in_another():
    for plan in PLANS:
        for a, b in itertools.combinations(objects(plan), 2):
            apart = np.hypot(a.place.x - b.place.x, a.place.z - b.place.z)
            assert apart > (min(a.size[0], a.size[2]) + min(b.size[0], b.size[2])) / 2


def test_vehicles_are_on_the_road_and_keep_right():
    driving = 0
    for plan in PLANS:
        for thing in objects(plan):
            x, heading = thing.place.x, thing.place.heading
            assert abs(x) < plan.street.wall
            if thing.kind != "pedestrian":
                assert abs(x) < plan.street.road
                driving += np.cos(heading) * np.sign(x) > 0.9
    assert driving > 50


def test_every_class_is_drawn_about_as_often():
    kinds = [thing.kind for plan in PLANS for thing in objects(plan)]
    shares = [kinds.count(name) / len(kinds) for name in CLASSES]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.1)


def test_the_time_of_day_is_drawn_unless_given():
    assert {plan.light.time for plan in PLANS} == {"day", "dusk", "night"}
    assert {plan_scene(seed, 1.0, 1.0, None, "dusk").light.time for seed in range(9)} == {"dusk"}


def test_what_was_asked_for_is_there():
    wanted = ("car", "car", "pedestrian", "motorcycle")
    assert [t.kind for t in objects(plan_scene(3, 1.5, 0.5, wanted, None))] == list(wanted)
