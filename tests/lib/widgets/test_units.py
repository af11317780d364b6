import base64
import doctest
import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from cnnkit.widgets import unit_browser, units
from cnnkit.widgets.units import COLUMNS, GAP, SIDE, YELLOW

IMAGES = np.random.default_rng(0).integers(0, 200, (4, 31, 31, 3), np.uint8)
NAMES = ["cat", "coffee", "rocket", "street"]
FOUND = {
    ("conv1", 0): ([5.0, 2.5], [2, 0], [[4, 8, 12, 16], [0, 0, 8, 8]]),
    ("conv1", 1): ([1.0], [3], [[0, 10, 31, 31]]),
    ("conv2", 0): ([9.0, 8.0, 7.0, 6.0], [0, 1, 2, 3], [[1, 2, 4, 5]] * 4),
}


def find(layer, unit):
    return FOUND.get((layer, unit), FOUND["conv2", 0])


def browser():
    return unit_browser(IMAGES, {"conv1": 2, "conv2": 5}, find, NAMES)


def parts(widget):
    controls, shown = widget.children
    return (*controls.children, shown)


def shown_pictures(html):
    sources = re.findall(r"<img alt='[^']+' src='data:image/png;base64,([^']+)'", html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))) for source in sources]


def test_the_example_in_the_docstring():
    assert doctest.testmod(units).failed == 0


def test_it_says_what_a_unit_sees_and_answers_and_in_which_pictures():
    *_, shown = parts(browser())
    words = "<b>conv1, unit 0</b> answers 5.00 to 2.50; its largest patch here has 8 × 8 pixels"
    assert words in shown.value
    assert "1 rocket, 2 cat" in shown.value


def test_patches_stand_at_their_places_with_their_own_pixels():
    *_, shown = parts(browser())
    patches, _ = shown_pictures(shown.value)
    assert patches.shape == (SIDE + GAP, COLUMNS * (SIDE + GAP), 3)
    for place, (number, (x1, y1, x2, y2)) in enumerate(zip(*FOUND["conv1", 0][1:], strict=True)):
        patch = IMAGES[number, y1:y2, x1:x2]
        middles = (np.arange(8) + 0.5) * SIDE / 8
        ys, xs = np.meshgrid(middles.astype(int), middles.astype(int), indexing="ij")
        assert np.array_equal(patches[ys, place * (SIDE + GAP) + xs], patch)


def test_a_frame_lies_around_the_patch_in_its_picture():
    *_, shown = parts(browser())
    _, places = shown_pictures(shown.value)
    rows, columns = np.nonzero((places[:, :SIDE] == YELLOW).all(axis=2))
    corners = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(corners - np.array([4, 8, 12, 16]) * SIDE / 31).max() <= 2
    inside = places[rows.min() + 4 : rows.max() - 4, columns.min() + 4 : columns.max() - 4]
    assert not (inside == YELLOW).all(axis=2).any()


def test_a_patch_cut_off_at_the_edge_keeps_its_shape():
    _, unit, *_, shown = parts(browser())
    unit.value = 1
    patches, _ = shown_pictures(shown.value)
    white = (patches[:, :SIDE] == 255).all(axis=(1, 2))
    assert abs((~white).sum() - SIDE * 21 / 31) <= 2
    assert "its largest patch here has 21 × 31 pixels" in shown.value


def test_buttons_go_round_and_another_layer_begins_at_its_first_unit():
    menu, unit, back, onward, shown = parts(browser())
    back.click()
    assert unit.value == 1
    onward.click()
    assert unit.value == 0
    unit.value = 1
    menu.value = "conv2"
    assert (unit.value, unit.max, unit.tooltip) == (0, 4, "unit, from 0 to 4")
    assert "<b>conv2, unit 0</b>" in shown.value
    menu.value = "conv1"
    assert unit.max == 1


def test_the_largest_patch_is_one_of_those_that_there_are():
    boxes = [[0, 0, 5, 8], [0, 0, 8, 4], [0, 0, 3, 3]]
    *_, shown = parts(unit_browser(IMAGES, {"conv1": 1}, lambda *_: ([3, 2, 1], [0, 1, 2], boxes), NAMES))
    assert "its largest patch here has 8 × 5 pixels" in shown.value


def test_another_layer_is_asked_once():
    asked = []

    def remembering(layer, unit):
        asked.append((layer, unit))
        return find(layer, unit)

    menu, unit, *_ = parts(unit_browser(IMAGES, {"conv1": 2, "conv2": 5}, remembering, NAMES))
    unit.value = 1
    menu.value = "conv2"
    unit.value = 4
    menu.value = "conv1"
    assert asked == [("conv1", 0), ("conv1", 1), ("conv2", 0), ("conv2", 4), ("conv1", 0)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("a < b"), "conv1, unit 1: ValueError: a &lt; b"),
        (NotImplementedError(), "conv1, unit 1: a function that this needs is not written yet"),
    ],
)
def test_what_cannot_be_found_is_told_in_place_of_the_patches(error, words):
    def broken(layer, unit):
        if unit:
            raise error
        return find(layer, unit)

    _, unit, *_, shown = parts(unit_browser(IMAGES, {"conv1": 2}, broken, NAMES))
    with pytest.raises(type(error)):
        unit.value = 1
    assert words in shown.value and "<img" not in shown.value


def test_controls_have_names_and_the_pictures_are_described():
    menu, unit, back, onward, shown = parts(browser())
    assert [one.description for one in (menu, unit, back, onward)] == ["layer", "unit", "Back", "Next"]
    assert re.findall(r"alt='([^:]+):", shown.value) == ["The patches", "Where they lie"]


@pytest.mark.parametrize(("layers", "names"), [({}, NAMES), ({"conv1": 2}, NAMES[:3])])
def test_what_does_not_fit_is_refused(layers, names):
    with pytest.raises(ValueError, match="a layer, and a name for each picture"):
        unit_browser(IMAGES, layers, find, names)


def test_an_answer_takes_less_than_a_tenth_of_a_second():
    large = np.random.default_rng(0).integers(0, 256, (9, 224, 224, 3), np.uint8)
    nine = list(range(9)), list(range(9)), [[10, 20, 90, 100]] * 9
    _, unit, *_ = parts(unit_browser(large, {"conv1": 9}, lambda layer, unit: nine, list("abcdefghi")))
    started = time.process_time()
    unit.value = 3
    assert time.process_time() - started < 0.1
