"""Scenes: what the labels say is what the picture shows."""

import dataclasses
import doctest
from pathlib import Path

import numpy as np
import pytest

from cnnkit import scenes
from cnnkit.scenes import CLASSES, SEMANTIC, glow, street_scene, street_scenes
from cnnkit.scenes import scene as scene_module
from cnnkit.scenes.backdrop import BUILDING
from cnnkit.scenes.plan import plan_scene
from cnnkit.scenes.scene import FIRST, owners, render

SAMPLES = Path(__file__).with_name("samples.npz")  # made by samples(), see there
LABELS = ("boxes", "visible_boxes", "classes", "visible", "masks", "semantic", "instances")


@pytest.fixture(scope="module")
def several():
    """Crowded scenes at an uneven size."""
    return [street_scene(seed, size=(96, 120), difficulty=0.9) for seed in range(25)]


def tight(mask):
    """The box of a mask, found pixel by pixel."""
    spots = [(x, y) for y, row in enumerate(mask.tolist()) for x, inside in enumerate(row) if inside]
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    return [min(xs), min(ys), max(xs) + 1, max(ys) + 1]


def samples():
    """The scenes that samples.npz holds; after a change on purpose: np.savez_compressed(SAMPLES, **samples())."""
    stored = {}
    for i, (time, size) in enumerate(
        [("day", (72, 96)), ("dusk", (80, 80)), ("night", (64, 100)), (None, (128, 128))]
    ):
        scene = street_scene(30 + i, size, 0.25 * (i + 1), time=time)
        stored |= {f"{i}_{name}": getattr(scene, name) for name in ("image", *LABELS)}
    return stored


def test_stored_scenes_are_drawn_again():
    """On any machine: labels exactly, pixels within one grey level."""
    again = samples()
    with np.load(SAMPLES) as stored:
        assert set(stored) == set(again)
        for name in stored:
            if name.endswith("_image"):
                assert np.abs(stored[name].astype(int) - again[name]).max() <= 1
            else:
                assert np.array_equal(stored[name], again[name]), name


def test_shapes_and_types(several):
    for scene in several:
        n = len(scene.classes)
        assert (scene.image.shape, scene.image.dtype) == ((96, 120, 3), np.uint8)
        assert (scene.boxes.shape, scene.boxes.dtype) == ((n, 4), np.float32)
        assert (scene.visible_boxes.shape, scene.visible.shape) == ((n, 4), (n,))
        assert (scene.masks.shape, scene.masks.dtype) == ((n, 96, 120), bool)
        assert (scene.semantic.shape, scene.semantic.dtype) == ((96, 120), np.uint8)
        assert (scene.instances.shape, scene.instances.dtype) == ((96, 120), np.uint8)
        assert scene.semantic.max() < len(SEMANTIC)


def test_boxes_are_tight_around_the_masks(several):
    for scene in several[:8]:
        for i in range(len(scene.classes)):
            assert scene.boxes[i].tolist() == tight(scene.masks[i])
            assert scene.visible_boxes[i].tolist() == tight(scene.instances == i + 1)


def test_what_is_seen_of_an_object_is_part_of_it(several):
    hidden = 0
    for scene in several:
        for i, mask in enumerate(scene.masks):
            seen = scene.instances == i + 1
            assert seen.any()
            assert not (seen & ~mask).any()
            hidden += (mask & ~seen).sum()
    assert hidden > 1000


def test_the_visible_part_is_what_is_seen_of_all_pixels(several):
    inside = cut = 0
    for scene in several:
        for i, mask in enumerate(scene.masks):
            part = (scene.instances == i + 1).sum() / mask.sum()
            if mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any():
                assert 0 < scene.visible[i] <= part + 1e-6  # some of it may lie beyond the frame
                cut += scene.visible[i] < part - 1e-6
            else:
                assert scene.visible[i] == pytest.approx(part, rel=1e-6)
                inside += 1
    assert inside > 20
    assert cut > 3


def test_pixels_of_an_instance_have_its_class(several):
    for scene in several:
        assert scene.instances.max() <= len(scene.classes)
        labelled = np.array([0, *(scene.classes + SEMANTIC.index(CLASSES[0]))])[scene.instances]
        things = np.where(scene.semantic >= SEMANTIC.index(CLASSES[0]), scene.semantic, 0)
        assert (labelled == things).all()


def test_every_class_of_pixel_and_object_occurs(several):
    assert set(np.unique([scene.semantic for scene in several])) == set(range(len(SEMANTIC)))
    assert {int(c) for scene in several for c in scene.classes} == {0, 1, 2}


@pytest.mark.parametrize("seed", range(6))
def test_an_object_drawn_alone_has_the_same_whole_mask(seed):
    plan = plan_scene(seed, 1.0, 0.8, None, None)
    together = render(plan, 96, 96)
    alone = [render(dataclasses.replace(plan, things=(thing,)), 96, 96) for thing in plan.things]
    alone = [scene for scene in alone if len(scene.classes)]
    boxes = {tuple(scene.boxes[0].tolist()): scene for scene in alone}
    assert len(together.classes) > 0
    for box, label, mask, part in zip(
        together.boxes.tolist(), together.classes, together.masks, together.visible, strict=True
    ):
        scene = boxes[tuple(box)]
        assert scene.classes[0] == label
        assert (scene.masks[0] == mask).all()
        assert ((scene.instances == 1) == mask).all()  # with nothing before it, all of it is seen
        assert scene.visible[0] >= part


def test_nearer_objects_hide_farther_ones():
    plan = plan_scene(5, 1.0, 0.5, ("car", "pedestrian"), "day")
    car, person = (next(t for t in plan.things if t.kind == kind) for kind in ("car", "pedestrian"))
    camera = plan.camera
    ahead = np.array([np.sin(camera.yaw), np.cos(camera.yaw)])

    def at(thing, depth):
        x, z = camera.x + depth * ahead[0], depth * ahead[1]
        return dataclasses.replace(thing, place=thing.place._replace(x=x, z=z))

    before = render(dataclasses.replace(plan, things=(at(car, 14), at(person, 8))), 96, 96)
    behind = render(dataclasses.replace(plan, things=(at(car, 14), at(person, 20))), 96, 96)
    assert before.classes.tolist() == [1, 0]
    assert before.visible[1] == 1
    assert before.visible[0] < 1
    assert behind.visible[behind.classes == 1].tolist() == [1]
    assert (behind.visible[behind.classes == 0] < 0.6).all()


@pytest.mark.parametrize(
    ("kind", "label"), [("tree", "vegetation"), ("lamp", "building"), ("bin", "building")]
)
def test_furniture_has_a_class_and_no_instance(kind, label):
    bare = plan_scene(5, 1.0, 0.5, (), "day")
    things = [t for seed in range(8) for t in plan_scene(seed, 1.0, 0.5, (), "day").things if t.kind == kind]
    x, z = bare.camera.x + 8 * np.sin(bare.camera.yaw), 8 * np.cos(bare.camera.yaw)
    thing = dataclasses.replace(things[0], place=things[0].place._replace(x=x, z=z))
    empty = render(dataclasses.replace(bare, things=()), 96, 96)
    scene = render(dataclasses.replace(bare, things=(thing,)), 96, 96)
    changed = scene.semantic != empty.semantic
    assert changed.sum() > 20
    assert set(scene.semantic[changed].tolist()) == {SEMANTIC.index(label)}
    assert not scene.instances.any()


def test_owners_by_brute_force():
    rng = np.random.default_rng(0)
    background = rng.integers(0, 3, size=(40, 60)).astype(np.uint8)
    things = rng.choice([0, 0, FIRST, FIRST + 1, FIRST + 2], size=(40, 60)).astype(np.uint8)
    samples = np.where(things > 0, things, background)
    found = owners(samples, background)
    for y in range(20):
        for x in range(30):
            block = samples[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].ravel().tolist()
            mine = [v for v in block if v >= FIRST and block.count(v) >= 2]
            behind = background[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].ravel().tolist()
            if mine:
                assert found[y, x] == max(mine, key=lambda v: (block.count(v), v))
            elif len(set(behind)) < 3:
                assert found[y, x] == max(behind, key=lambda v: (behind.count(v), v))
            else:
                assert found[y, x] in behind


def test_the_same_seed_gives_the_same_scene():
    one, two = street_scene(11, size=64), street_scene(11, size=64)
    assert (one.image == two.image).all()
    for name in LABELS:
        assert (getattr(one, name) == getattr(two, name)).all()
    assert (one.image != street_scene(12, size=64).image).any()


@pytest.mark.parametrize("size", [32, 48, 200, 256, 512])
def test_another_size_shows_the_same_scene(size):
    for seed in range(3):
        objects = ("car", "motorcycle", "pedestrian")
        plain, other = (street_scene(seed, n, 0.3, objects=objects) for n in (128, size))
        assert plain.classes.tolist() == other.classes.tolist()
        assert np.abs(other.boxes / size - plain.boxes / 128).max() < 1.6 / min(size, 128)
        assert np.abs(other.visible - plain.visible).max() < 0.1
        grid = (np.arange(24) + 0.5) / 24
        here, there = (s.semantic[np.ix_(*[(grid * len(s.image)).astype(int)] * 2)] for s in (plain, other))
        assert (here == there).mean() > 0.85


def test_shape_of_the_picture():
    wide, tall = street_scene(4, size=(64, 160)), street_scene(4, size=(100, 48))
    assert wide.image.shape == (64, 160, 3)
    assert tall.image.shape == (100, 48, 3)


def test_a_set_is_its_scenes_and_another_seed_shares_none():
    three, two = street_scenes(3, 5, size=32), street_scenes(2, 5, size=32)
    assert all((a.image == b.image).all() for a, b in zip(three, two, strict=False))
    others = street_scenes(3, 6, size=32)
    assert all((a.image != b.image).any() for a in three for b in others)
    assert street_scenes(0, 1) == []


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("difficulty", [0, 0.5])
def test_a_single_object_can_be_asked_for(name, difficulty):
    for scene in street_scenes(30, 3, size=64, difficulty=difficulty, objects=(name,)):
        assert scene.classes.tolist() == [CLASSES.index(name)]
        assert scene.visible[0] > 0.3


def test_a_street_without_objects():
    scene = street_scene(2, objects=())
    assert len(scene.boxes) == len(scene.masks) == scene.instances.max() == 0
    assert scene.boxes.shape == (0, 4)
    assert scene.ignore.shape == (0,)
    assert scene.semantic.max() < SEMANTIC.index(CLASSES[0])


def test_night_is_darker_than_dusk_and_dusk_than_day():
    levels = [
        np.mean([s.image for s in street_scenes(12, 1, size=48, time=time)])
        for time in ("day", "dusk", "night")
    ]
    assert levels[0] > 1.2 * levels[1] > 1.2 * 1.2 * levels[2]


def test_only_lights_that_are_seen_glow(monkeypatch):
    plan = plan_scene(5, 1.0, 0.5, ("car", "pedestrian"), "night")
    camera = plan.camera
    car, person = (next(t for t in plan.things if t.kind == kind) for kind in ("car", "pedestrian"))

    def at(thing, depth, heading):
        x, z = camera.x + depth * np.sin(camera.yaw), depth * np.cos(camera.yaw)
        return dataclasses.replace(thing, place=thing.place._replace(x=x, z=z, heading=camera.yaw + heading))

    def pictures(*things):
        """With and without the lights' glow."""
        for lights in (glow.LIGHTS, {}):
            monkeypatch.setattr(glow, "LIGHTS", lights)
            yield render(dataclasses.replace(plan, things=things), 96, 96).image.astype(int)
        monkeypatch.undo()

    front, dark_front = pictures(at(car, 10, np.pi))
    assert (front >= dark_front).all()
    assert (front - dark_front).max() > 80  # headlights, white
    rear, dark_rear = pictures(at(car, 10, 0))
    red, _, blue = (rear - dark_rear).reshape(-1, 3).sum(axis=0)
    assert red > 5 * blue
    hidden, dark_hidden = pictures(at(car, 20, np.pi), dataclasses.replace(at(car, 7, np.pi / 2), kind="bin"))
    assert ((hidden - dark_hidden)[40:60, 40:56] == 0).all()
    plain, dark_plain = pictures(at(person, 8, 0))
    assert (plain == dark_plain).all()


def test_difficulty_is_monotone():
    """Each step has more and smaller objects, less of each visible, a darker and noisier picture."""
    rows = []
    for difficulty in (0, 0.35, 0.7, 1):
        made = street_scenes(50, 9, size=32, difficulty=difficulty)
        plans = [plan_scene((9, i), 1.0, difficulty, None, None) for i in range(50)]
        heights = np.concatenate([s.boxes[:, 3] - s.boxes[:, 1] for s in made])
        rows.append(
            [
                np.mean([len(s.classes) for s in made]),
                -heights.mean(),
                -np.concatenate([s.visible for s in made]).mean(),
                -np.mean([s.image for s in made]),
                np.mean([plan.noise for plan in plans]),
                np.mean([plan.blur for plan in plans]),
                np.mean([len(plan.things) - len(s.classes) for plan, s in zip(plans, made, strict=True)]),
            ]
        )
    steps = np.diff(rows, axis=0)
    assert (steps > 0).all(), np.round(rows, 3)


def test_what_a_detector_is_not_judged_by(several):
    for scene in several:
        width, height = (scene.boxes[:, 2:] - scene.boxes[:, :2]).T
        expected = [v < 0.3 or w < 6 or h < 6 for v, w, h in zip(scene.visible, width, height, strict=True)]
        assert scene.ignore.tolist() == expected
    assert any(scene.ignore.any() for scene in several)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": 15}, "size should be at least 16 pixels each way, and is 15 x 15"),
        ({"size": (64, 8)}, "size should be at least 16 pixels each way, and is 64 x 8"),
        ({"difficulty": 1.1}, "difficulty should be from 0 to 1, and is 1.1"),
        ({"difficulty": float("nan")}, "difficulty should be from 0 to 1, and is nan"),
        ({"seed": -1}, "seed should be 0 or more, and is -1"),
        (
            {"objects": ("tram",)},
            "objects names 'tram', which is no class: choose from pedestrian, car, motorcycle",
        ),
        ({"objects": "car"}, "objects should be a tuple of classes: give ('car',), not 'car'"),
        ({"time": "noon"}, "time should be one of day, dusk, night, and is 'noon'"),
    ],
)
def test_bad_arguments(arguments, sentence):
    for function in (
        lambda seed=0, **rest: street_scenes(1, seed, **rest),
        lambda seed=0, **rest: street_scene(seed, **rest),
    ):
        with pytest.raises(ValueError) as caught:
            function(**arguments)
        assert str(caught.value) == sentence


def test_a_negative_number_of_scenes():
    with pytest.raises(ValueError, match="n should be 0 or more scenes, and is -1"):
        street_scenes(-1, 0)


def test_the_examples():
    result = doctest.testmod(scene_module)
    assert (result.failed, result.attempted > 1) == (0, True)


def test_the_public_names():
    assert scenes.CLASSES == ("pedestrian", "car", "motorcycle")
    assert SEMANTIC[BUILDING] == "building"
    assert SEMANTIC[-3:] == CLASSES
