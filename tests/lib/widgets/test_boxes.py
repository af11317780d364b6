import doctest
import re
import time

import numpy as np
import pytest
import torch

from cnnkit.nets.boxes import overlap
from cnnkit.widgets import boxes as module
from cnnkit.widgets import overlap_explorer, suppression_stepper, threshold_explorer

SCORES = torch.tensor([0.5, 0.9, 0.625, 0.75])
BOXES = torch.tensor([[1.0, 0, 5, 1], [1, 0, 5, 4], [1, 0, 5, 4], [1, 0, 5, 2]])
CLASSES = torch.tensor([1, 1, 0, 1])
IMAGE = np.zeros((6, 8, 3), np.uint8)
HITS = torch.tensor([True, False, True, False])


def iou(boxes1, boxes2):
    return overlap(torch.cat([boxes1, boxes2]))[: len(boxes1), len(boxes1) :]


def stepper(**more):
    return suppression_stepper(IMAGE, SCORES, BOXES, CLASSES, ["person", "car"], iou, **more)


def said(shown):
    return re.sub("<.*?>", "", shown.value.partition("<p>")[2])


def thresholds(**more):
    return threshold_explorer(lambda *_: 0.25, SCORES, HITS, 4, **more)


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("box", "sum_"),
    [
        ((2, 2, 8, 8), "Intersection 6 × 6 = 36. Union 36 + 36 − 36 = 36. IoU = 36 / 36 = 1.000."),
        ((5, 4, 12, 9), "Intersection 3 × 4 = 12. Union 36 + 35 − 12 = 59. IoU = 12 / 59 = 0.203."),
        ((9, 9, 16, 16), "Intersection 0 × 0 = 0. Union 36 + 49 − 0 = 85. IoU = 0 / 85 = 0.000."),
    ],
)
def test_the_sum_of_two_boxes(box, sum_):
    *_, fields, shown = overlap_explorer(iou).children
    for field, value in zip(fields.children, box, strict=True):
        field.value = value
    assert said(shown) == sum_
    assert shown.value.count("url(#hatched)") == ("= 0." not in sum_[:25])


def test_a_box_that_is_turned_round_is_named():
    first, _, shown = overlap_explorer(iou).children
    first.children[2].value = 1
    assert said(shown) == "The first box should have its x1, y1 above and left of its x2, y2."


def test_suppression_step_by_step():
    controls, shown = stepper().children
    limit, step, back, further = controls.children
    assert said(shown) == "Step 1 of 3: kept car 0.90, suppressed 1; 2 boxes wait."
    assert shown.value.count("<rect") == 2 * 4 and shown.value.count("stroke-dasharray='4 4'") == 1
    further.click()
    assert said(shown) == "Step 2 of 3: kept person 0.62, suppressed 0; 1 boxes wait."
    assert shown.value.count("<rect") == 2 * 3
    further.click()
    further.click()
    assert step.value == 3 and shown.value.count("stroke-width='4'") == 3
    back.click()
    limit.value = 0.9
    assert step.max == 4 and said(shown) == "Step 2 of 4: kept car 0.75, suppressed 0; 2 boxes wait."
    step.value = 0
    back.click()
    assert said(shown) == "Step 0: 4 boxes wait, the highest score first."


def test_a_threshold_is_a_point_of_the_curve():
    limit, shown = thresholds().children
    counts = {
        0.5: (2, 2, "0.50", "0.50"),
        0.7: (0, 2, "0.00", "0.00"),
        0.6: (1, 2, "0.33", "0.25"),
        1.0: (0, 0, "undefined", "0.00"),
    }
    for value, (right, wrong, precision, recall) in counts.items():
        limit.value = value
        assert said(shown).startswith(
            f"{right} hits, {wrong} false alarms, {4 - right} missed: precision {precision}, recall {recall}."
        )
        assert shown.value.count("<circle") == bool(right + wrong)
    assert "Average precision of the whole curve: 0.250." in said(shown)


@pytest.mark.parametrize("make", [stepper, thresholds])
def test_a_move_takes_less_than_a_tenth_of_a_second(make):
    first = make().children[0]
    limit = first.children[0] if hasattr(first, "children") else first
    start = time.process_time()
    for value in (0.3, 0.6) * 5:
        limit.value = value
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: overlap_explorer(iou, (0, 0, 17, 1)),
            "the first box should be four numbers from 0 to 16, and is [0, 0, 17, 1]",
        ),
        (
            lambda: overlap_explorer(iou, box2=(1, 2, 3)),
            "the second box should be four numbers from 0 to 16, and is [1, 2, 3]",
        ),
        (lambda: stepper(threshold=2), "threshold should be from 0 to 1, and is 2"),
        (
            lambda: thresholds(threshold=-1),
            "threshold should be from 0 to 1, with a score and an object at least",
        ),
    ],
)
def test_what_is_out_of_range_is_named(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message
