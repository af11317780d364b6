import doctest
import re
import time

import numpy as np
import pytest
import torch

from cnnkit.nets.boxes import overlap
from cnnkit.widgets import anchor_designer, anchors

SHAPES = torch.tensor([[4.0, 8.0], [4.0, 10.0], [30.0, 20.0], [40.0, 20.0], [60.0, 60.0]])


def iou(boxes1, boxes2):
    return overlap(torch.cat([boxes1, boxes2]))[: len(boxes1), len(boxes1) :]


def first_ones(shapes, k):
    return shapes[:k]


class Hand:
    def __init__(self, shapes=SHAPES, kmeans=first_ones, k=2):
        first, *self.rows, self.shown = anchor_designer(shapes, iou, kmeans, k).children
        self.k, self.reveal, self.take = first.children

    @property
    def words(self):
        return re.search("<p role='status'>(.*?)</p>", self.shown.value).group(1)

    def set(self, *sizes):
        for row, two in zip(self.rows, sizes, strict=False):
            for field, value in zip(row.children, two, strict=True):
                field.value = value

    def sizes(self):
        return [[field.value for field in row.children] for row in self.rows]

    def places(self, mark):
        """Where something is drawn, as width and height in pixels of the objects; the axes go from 4 to 64."""
        found = re.findall(rf"<g transform='translate\(([\d.]+) ([\d.]+)\)'>{mark}", self.shown.value)
        return [
            [2 ** (2 + 4 * (float(x) - 54) / 414), 2 ** (2 + 4 * (358 - float(y)) / 332)] for x, y in found
        ]


def fit_of(anchors):
    """The mean of the best IoU, shape by shape."""
    best = []
    for w, h in SHAPES.tolist():
        shared = [min(w, a) * min(h, b) for a, b in anchors]
        best.append(max(s / (w * h + a * b - s) for s, (a, b) in zip(shared, anchors, strict=True)))
    return sum(best) / len(best)


def test_the_example_in_the_docstring():
    assert doctest.testmod(anchors).failed == 0


def test_it_says_how_well_the_anchors_fit():
    hand = Hand()
    for given in ([(4, 9), (40, 30)], [(60, 4), (33, 21)], [(1, 1), (64, 64)]):
        hand.set(*given)
        assert hand.words.startswith(f"Your 2 anchors: mean IoU with the best anchor {fit_of(given):.3f}. ")
    hand.set((4, 9), (40, 30))
    assert hand.words.endswith("Objects of each: 1: 2, 2: 3.")
    hand.k.value = 1
    assert hand.words.startswith(f"Your 1 anchor: mean IoU with the best anchor {fit_of([(4, 9)]):.3f}. ")


def test_there_are_as_many_fields_as_anchors():
    hand = Hand(k=4)
    assert [row.layout.display for row in hand.rows] == ["flex"] * 4 + ["none"]
    hand.k.value = 1
    assert [row.layout.display for row in hand.rows] == ["flex"] + ["none"] * 4
    squares = hand.sizes()
    assert all(width == height for width, height in squares) and squares == sorted(squares)


def test_objects_and_anchors_are_drawn_where_they_lie():
    hand = Hand()
    hand.set((4, 9), (40, 30))
    assert hand.places("<circle")[1] == pytest.approx([40, 30], rel=0.01)
    squares, triangles = (hand.places(f"<path d='{mark}'") for mark in anchors.MARKS[:2])
    assert np.array(squares) == pytest.approx(SHAPES[:2].numpy(), rel=0.01)
    assert np.array(triangles) == pytest.approx(SHAPES[2:].numpy(), rel=0.01)
    assert hand.places(f"<path d='{anchors.CROSS}'") == []


def test_kmeans_is_shown_when_it_is_asked_for():
    asked = []

    def kmeans(shapes, k):
        asked.append(k)
        return shapes[-k:]

    hand = Hand(kmeans=kmeans)
    assert asked == [] and "k-means" not in hand.words
    hand.reveal.value = True
    assert hand.words.endswith(f" k-means finds 40 × 20, 60 × 60, with {fit_of([(40, 20), (60, 60)]):.3f}.")
    crosses = hand.places(f"<path d='{anchors.CROSS}'")
    assert np.array(crosses) == pytest.approx(SHAPES[-2:].numpy(), rel=0.01)
    hand.set((5, 5))
    hand.k.value = 3
    hand.k.value = 2
    assert asked == [2, 3], "each number of anchors is asked for once"


def test_kmeans_can_be_taken_over():
    hand = Hand(kmeans=lambda shapes, k: shapes[-k:] / 3)
    hand.take.click()
    assert hand.sizes()[:2] == [[13.3, 6.7], [20.0, 20.0]]
    hand.reveal.value = True
    own, found = re.findall(r"([01]\.\d{3})", hand.words)
    assert float(own) == pytest.approx(float(found), abs=0.005)


def test_a_move_takes_less_than_a_tenth_of_a_second():
    hand = Hand(2 + 100 * torch.rand(600, 2), k=5)
    hand.reveal.value = True
    start = time.process_time()
    for size in range(10, 20):
        hand.rows[0].children[0].value = size
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SHAPES[0],), "shapes should be (N, 2) and above 0, and are of shape (2,)"),
        ((SHAPES[:0],), "shapes should be (N, 2) and above 0, and are of shape (0, 2)"),
        ((SHAPES * 0,), "shapes should be (N, 2) and above 0, and are of shape (5, 2)"),
        ((SHAPES, first_ones, 0), "k should be from 1 to 5, and is 0"),
        ((SHAPES, first_ones, 6), "k should be from 1 to 5, and is 6"),
    ],
)
def test_what_is_out_of_range_is_named(arguments, message):
    with pytest.raises(ValueError) as error:
        Hand(*arguments)
    assert str(error.value) == message
