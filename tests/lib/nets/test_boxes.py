"""Boxes: overlaps against areas counted pixel by pixel, the choice against a plain greedy loop."""

import numpy as np
import pytest
import torch

from cnnkit.nets.boxes import grid_corners, overlap, strongest


@pytest.fixture
def whole_boxes():
    """60 boxes with whole corners between 0 and 20."""
    corners = np.random.default_rng(0).integers(0, 21, size=(60, 2, 2))
    corners.sort(axis=1)
    corners[:, 1] += corners[:, 0] == corners[:, 1]
    return torch.tensor(corners.reshape(60, 4)).float()


def pixels(box):
    mask = np.zeros((22, 22), bool)
    x1, y1, x2, y2 = (int(v) for v in box)
    mask[y1:y2, x1:x2] = True
    return mask


def test_overlap_is_the_share_of_pixels_in_common(whole_boxes):
    masks = [pixels(box) for box in whole_boxes]
    expected = [[(a & b).sum() / (a | b).sum() for b in masks] for a in masks]
    np.testing.assert_allclose(overlap(whole_boxes), expected, rtol=1e-6)


def test_boxes_without_area_overlap_nothing():
    assert overlap(torch.tensor([[3.0, 3, 3, 3], [0, 0, 9, 9]])).tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize("most", [0.0, 0.2, 0.5])
def test_the_strongest_are_those_of_a_greedy_loop(whole_boxes, most):
    scores, groups = torch.rand(60), torch.randint(0, 2, (60,))
    shares = overlap(whole_boxes)
    kept = []
    for i in sorted(range(60), key=lambda i: -scores[i]):
        if all(shares[i, j] <= most or groups[i] != groups[j] for j in kept):
            kept.append(i)
    assert strongest(whole_boxes, scores, most, groups).tolist() == kept
    assert 2 < len(kept) < 60


def test_a_box_that_was_dropped_drops_no_other():
    boxes = torch.tensor([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    assert strongest(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.3).tolist() == [0, 2]


def test_of_equal_scores_the_first_is_kept():
    assert strongest(torch.tensor([[0.0, 0, 9, 9]] * 3), torch.ones(3), 0.5).tolist() == [0]


def test_no_boxes_are_no_boxes():
    assert strongest(torch.zeros(0, 4), torch.zeros(0), 0.5).tolist() == []


def test_corners_of_a_cell():
    raw = torch.zeros(4, 4, 2, 4)
    raw[2, 1, 1] = torch.tensor([0.0, 0.0, np.log(2.0), np.log(4.0)])  # row 2, column 1, second anchor
    corners = grid_corners(raw, torch.tensor([[1.0, 1.0], [1.0, 0.5]]))
    np.testing.assert_allclose(
        corners[2, 1, 1], np.array([1.5 - 1, 2.5 - 1, 1.5 + 1, 2.5 + 1]) / 4, rtol=1e-6
    )
    np.testing.assert_allclose(corners[0, 0, 0], [0, 0, 0.25, 0.25], atol=1e-7)
