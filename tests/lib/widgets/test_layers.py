"""The layer-table builder shows the rows that the learner's own function gives, and refuses what does not fit."""

import doctest
import re
import time

import pytest
import torch

from cnnkit.widgets import layers
from cnnkit.widgets.layers import KINDS, MOST_LAYERS, layer_table_builder

CONVOLUTIONS = [
    ("conv1", "Conv2d", 3, 10, 3),
    ("conv2", "Conv2d", 10, 20, 5, 2),
    ("conv3", "Conv2d", 20, 40, 5, 2),
]


def table(model, input_shape):
    x, rows = torch.zeros(1, *input_shape), []
    for name, layer in model.named_children():
        x = layer(x)
        count = sum(p.numel() for p in layer.parameters())
        rows.append((name, tuple(x.shape[1:]), x[0].numel(), count))
    return rows


class Hand:
    """Uses the widget as a learner does."""

    def __init__(self, builder):
        choices, buttons, self.shown = builder.children
        self.kind, *fields = choices.children
        self.fields = {field.description: field for field in fields}
        self.buttons = {button.description: button for button in buttons.children}

    def add(self, kind, **numbers):
        self.kind.value = kind
        for name, value in numbers.items():
            self.fields[name].value = value
        self.buttons["Add this layer"].click()

    def rows(self):
        lines = re.findall(r"<tr>(.*?)</tr>", self.shown.value)[2:]
        return [
            [re.sub("<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", line)]
            for line in lines
        ]


@pytest.fixture
def hand():
    return Hand(layer_table_builder(table, (3, 32, 32)))


def test_the_example_in_the_docstring():
    assert doctest.testmod(layers).failed == 0


def test_it_begins_with_the_layers_that_it_gets():
    rows = Hand(layer_table_builder(table, (3, 39, 39), CONVOLUTIONS)).rows()
    assert [row[:4] for row in rows] == [
        ["conv1", "37 × 37 × 10", "13,690", "280"],
        ["conv2", "17 × 17 × 20", "5,780", "5,020"],
        ["conv3", "7 × 7 × 40", "1,960", "20,040"],
    ]


def test_layers_are_added_removed_and_taken_back(hand):
    hand.add("convolution", filters=8, f=5)
    hand.add("max pooling", f=2, stride=2)
    hand.add("convolution", filters=16, f=5, stride=1)
    hand.add("flatten")
    hand.add("dense", units=120)
    assert [row[:2] for row in hand.rows()] == [
        ["conv1", "28 × 28 × 8"], ["pool1", "14 × 14 × 8"], ["conv2", "10 × 10 × 16"], ["flatten1", "1600"],
        ["dense1", "120"],
    ]  # fmt: skip
    assert f"{608 + 3216 + 1600 * 120 + 120:,} parameters in all" in hand.shown.value
    hand.buttons["Remove the last"].click()
    assert len(hand.rows()) == 4
    hand.buttons["Start again"].click()
    assert hand.rows() == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([("dense", {})], "A dense layer takes a row of numbers: put a flatten before it."),
        ([("flatten", {}), ("max pooling", {"f": 2})], "A max pooling needs rows and columns"),
        (
            [("convolution", {"f": 11, "stride": 4}), ("convolution", {"f": 7})],
            "A window of 7 does not fit into 6 pixels.",
        ),
    ],
)
def test_what_does_not_fit_is_said_and_the_network_stays(hand, steps, sentence):
    for kind, numbers in steps:
        hand.add(kind, **numbers)
    assert "Does not fit." in hand.shown.value and sentence in hand.shown.value
    assert len(hand.rows()) == len(steps) - 1


def test_only_the_numbers_of_the_chosen_layer_are_shown(hand):
    for kind, (_, numbers) in KINDS.items():
        hand.kind.value = kind
        assert {name for name, field in hand.fields.items() if field.layout.display != "none"} == set(numbers)


def test_a_table_that_is_not_begun_is_no_error():
    def stub(model, input_shape):
        raise NotImplementedError

    shown = Hand(layer_table_builder(stub, (3, 39, 39), CONVOLUTIONS)).shown.value
    assert "not begun" in shown


def test_the_rows_are_the_learners_own_and_are_shown_as_text():
    shown = Hand(
        layer_table_builder(lambda model, shape: [("<b>", (1, 2, 3), 6, 7)], (3, 8, 8), [("a", "ReLU")])
    ).shown
    assert "&lt;b&gt;" in shown.value and "2 × 3 × 1" in shown.value


def test_an_input_that_is_too_large_is_refused():
    with pytest.raises(
        ValueError, match=r"input_shape should be \(C, H, W\) with at most 16 channels and 64 rows"
    ):
        layer_table_builder(table, (3, 65, 64))


def test_there_is_an_end(hand):
    for _ in range(MOST_LAYERS + 1):
        hand.add("ReLU")
    assert len(hand.rows()) == MOST_LAYERS and "are enough" in hand.shown.value


def test_a_click_takes_a_tenth_of_a_second_or_twice_that_on_a_slow_machine(hand):
    hand.add("convolution", filters=64, f=3)
    hand.add("flatten")
    times = []
    for _ in range(10):
        start = time.process_time()
        hand.add("dense", units=256)
        times.append(time.process_time() - start)
        hand.buttons["Remove the last"].click()
    assert min(times) < 0.2
