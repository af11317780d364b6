"""Boxes: overlaps against areas counted pixel by pixel, the choice against a plain greedy loop."""

import numpy as np
import pytest
import torch

from cnnkit.nets.boxes import grid_corners, mean_precision, overlap, strongest


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


def pictures(rng, detected):
    """Some pictures' boxes on a small grid, so that many overlap, in three classes; some to be ignored."""
    made = []
    for _ in range(int(rng.integers(1, 5))):
        count = int(rng.integers(0, 7))
        corners = np.sort(rng.integers(0, 6, (count, 2, 2)), axis=1) + np.array([[0, 0], [1, 1]])
        one = {"boxes": torch.tensor(corners.reshape(count, 4)).float()}
        one["classes"] = torch.tensor(rng.integers(0, 3, count))
        if detected:
            one["scores"] = torch.tensor(rng.permutation(100)[:count] / 100)
        elif rng.random() < 0.7:
            one["ignore"] = torch.tensor(rng.random(count) < 0.3)
        made.append(one)
    return made


def counted_out(detections, truth, at):
    """The mean average precision by lists and loops."""
    pairs, precisions = list(zip(detections, truth, strict=True)), []
    ignored = [t["ignore"].tolist() if "ignore" in t else [False] * len(t["boxes"]) for t in truth]
    for label in range(3):
        total = sum(
            c == label and not i for t, ign in zip(truth, ignored, strict=True)
            for c, i in zip(t["classes"].tolist(), ign, strict=True)
        )  # fmt: skip
        if not total:
            continue
        ranked = sorted(
            (-s, p, n)
            for p, (d, _) in enumerate(pairs)
            for n, s in enumerate(d["scores"].tolist())
            if d["classes"][n] == label
        )
        used, curve, right, seen = set(), [], 0, 0
        for _, p, n in ranked:
            shares = overlap(detections[p]["boxes"][n : n + 1], truth[p]["boxes"])[0].tolist()
            able = [
                (ignored[p][m], -share, m) for m, share in enumerate(shares)
                if share >= at and truth[p]["classes"][m] == label and (p, m) not in used
            ]  # fmt: skip
            if able:
                used.add((p, min(able)[2]))
                if min(able)[0]:
                    continue
                right += 1
            seen += 1
            curve.append((right / total, right / seen))
        recalls = [step / 100 for step in range(101)]
        precisions.append(
            sum(max((q for r, q in curve if r >= at_least - 1e-9), default=0) for at_least in recalls) / 101
        )
    return sum(precisions) / len(precisions) if precisions else float("nan")


def test_mean_precision_is_that_of_counting_one_by_one():
    rng = np.random.default_rng(3)
    for _ in range(150):
        truth = pictures(rng, detected=False)
        detections = (pictures(rng, detected=True) * 5)[: len(truth)]
        for one in detections:  # no two scores are equal, for then the order is anybody's
            one["scores"] = one["scores"] + torch.rand(len(one["scores"])) / 100
        got, expected = mean_precision(detections, truth, 0.45), counted_out(detections, truth, 0.45)
        assert got == pytest.approx(expected, nan_ok=True, abs=1e-9)


def test_perfect_detections_have_a_mean_precision_of_one_and_none_of_nothing():
    truth = [{"boxes": torch.tensor([[0.0, 0, 4, 4], [5, 5, 9, 9]]), "classes": torch.tensor([0, 2])}]
    found = [{**truth[0], "scores": torch.tensor([0.5, 0.9])}]
    assert mean_precision(found, truth) == 1.0
    assert mean_precision([{name: values[:1] for name, values in found[0].items()}], truth) == 0.5
    nothing = [{"boxes": torch.zeros(0, 4), "classes": torch.zeros(0, dtype=torch.int64)}]
    assert np.isnan(mean_precision(found, nothing))
