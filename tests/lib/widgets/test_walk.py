import doctest
import re
import time

import pytest

from cnnkit.widgets import network_walk, walk

STAGES = [("input", (1, 4, 4), 0), ("conv1", (8, 2, 2), 80), ("dense1", (10,), 330)]
NETWORKS = {"small": STAGES, "smaller": STAGES[:2]}


def parts(widget):
    controls, shown = widget.children
    return (*controls.children, shown)


def heights(html):
    """The heights of the columns, strip by strip, each in shares of the highest."""
    strips = re.findall(r"<div role='img'.*?</div>", html)
    found = [[int(n) for n in re.findall(r"height:(\d+)px", strip)] for strip in strips]
    return [[n / max(strip) for n in strip] for strip in found]


def test_the_example_in_the_docstring():
    assert doctest.testmod(walk).failed == 0


@pytest.mark.parametrize("at", range(3))
def test_it_says_what_comes_out_of_a_stage_and_how_large_its_shares_are(at):
    _, place, shown = parts(network_walk(NETWORKS))
    place.value = at
    name, words, size, parameters = [
        ("input", "4 × 4 × 1", 16, 0), ("conv1", "2 × 2 × 8", 32, 80), ("dense1", "10", 10, 330),
    ][at]  # fmt: skip
    assert f"<b>{name}</b>: {words} = {size} numbers" in shown.value
    assert f"; {parameters} parameters" in shown.value
    assert f"activations: {size / 58:.1%} of" in shown.value
    assert f"parameters: {parameters / 410:.1%} of" in shown.value


def test_columns_are_as_high_as_their_numbers_and_one_is_framed():
    _, place, shown = parts(network_walk(NETWORKS))
    activations, parameters = heights(shown.value)
    assert activations == pytest.approx([16 / 32, 1, 10 / 32], abs=0.02)
    assert parameters == pytest.approx([0, 80 / 330, 1], abs=0.02)
    for at in range(3):
        place.value = at
        strips = re.findall(r"<div role='img'.*?</div>", shown.value)
        assert [["outline" in one for one in strip.split("<span")[1:]].index(True) for strip in strips] == [
            at
        ] * 2


def test_another_network_begins_at_its_input():
    menu, place, shown = parts(network_walk(NETWORKS))
    place.value = 2
    menu.value = "smaller"
    assert (place.value, place.max, place.tooltip) == (0, 1, "stage, from 0 to 1")
    assert "<b>input</b>" in shown.value
    menu.value = "small"
    assert place.max == 2


def test_controls_have_names_and_the_drawing_is_described():
    menu, place, shown = parts(network_walk(NETWORKS))
    assert (menu.description, place.description) == ("network", "stage")
    assert shown.value.count("aria-label='") == 2


@pytest.mark.parametrize("networks", [{}, {"empty": []}])
def test_a_network_without_stages_is_refused(networks):
    with pytest.raises(ValueError, match="each with its stages"):
        network_walk(networks)


def test_an_answer_takes_less_than_a_tenth_of_a_second():
    menu, place, _ = parts(network_walk({"long": STAGES * 10}))
    started = time.process_time()
    place.value = 20
    assert time.process_time() - started < 0.1
    assert menu.value == "long"
