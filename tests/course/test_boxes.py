"""Lesson 3.3's functions against others' on random cases: suppression by its definition, mAP by pycocotools."""

from contextlib import redirect_stdout
from io import StringIO
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from autograder.cells import is_solution
from autograder.course import Course
from cnnkit.nets.boxes import overlap

NMS_CASES, MAP_CASES = 1000, 240
BEYOND = 1e11  # an area outside all that COCOeval looks at: it ignores the object, and keeps the plain IoU


@pytest.fixture(scope="module")
def lesson():
    namespace = {"np": np, "torch": torch}
    for cell in Course.find().master("week3_detection", "boxes").cells:
        if is_solution(cell):
            exec(cell.source, namespace)
    return SimpleNamespace(**{name: value for name, value in namespace.items() if not name.startswith("__")})


def random_boxes(rng, count, side=64.0):
    corner, size = rng.uniform(0, side, (count, 2)), rng.uniform(4, side / 2, (count, 2))
    return np.concatenate([corner, corner + size], axis=1)


def kept_by_definition(scores, boxes, classes, limit, most):
    """The indices that are kept, in plain Python."""
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        for j in kept:
            (a, b, c, d), (e, f, g, h) = boxes[i], boxes[j]
            common = max(0, min(c, g) - max(a, e)) * max(0, min(d, h) - max(b, f))
            if classes[i] == classes[j] and common >= limit * (
                (c - a) * (d - b) + (g - e) * (h - f) - common
            ):
                break
        else:
            kept.append(i)
    return kept[:most]


def test_suppression_is_that_of_the_definition_in_any_order_and_done_twice_changes_nothing(lesson):
    rng = np.random.default_rng(0)
    for _ in range(NMS_CASES):
        count, limit, most = int(rng.integers(0, 25)), float(rng.uniform(0.1, 0.9)), int(rng.integers(1, 30))
        boxes, classes = random_boxes(rng, count), rng.integers(0, 3, count)
        scores = (rng.permutation(count) + 1) / (count + 1)
        kept = kept_by_definition(scores.tolist(), boxes.tolist(), classes.tolist(), limit, most)
        given = [torch.from_numpy(part) for part in (scores, boxes, classes)]
        found = lesson.non_max_suppression(*given, iou_threshold=limit, max_boxes=most)
        mixed = rng.permutation(count)
        again = lesson.non_max_suppression(
            *(part[mixed] for part in given), iou_threshold=limit, max_boxes=most
        )
        twice = lesson.non_max_suppression(*found, iou_threshold=limit, max_boxes=most)
        for part, one, other, third in zip(given, found, again, twice, strict=True):
            expected = part[torch.tensor(kept, dtype=torch.int64)]
            assert all(torch.equal(expected, got) for got in (one, other, third))


def test_overlaps_are_the_librarys(lesson):
    boxes = torch.from_numpy(random_boxes(np.random.default_rng(1), 60)).float()
    torch.testing.assert_close(lesson.pairwise_iou(boxes, boxes), overlap(boxes))


def random_case(rng):
    """Detections and ground truth of some pictures, crowded, some empty, some objects ignored."""
    detections, truths = [], []
    for _ in range(int(rng.integers(1, 6))):
        count = int(rng.integers(0, 7))
        boxes, classes = random_boxes(rng, count), rng.integers(0, 3, count)
        near = boxes.repeat(2, axis=0) + rng.normal(0, 3, (2 * count, 4))
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        said = np.concatenate([near, random_boxes(rng, int(rng.integers(0, 4)))])
        labels = np.concatenate([classes.repeat(2), rng.integers(0, 4, len(said) - 2 * count)])
        scores = rng.integers(1, 12, len(said)) / 12  # many are equal
        detections.append({"boxes": said, "scores": scores, "classes": labels})
        truths.append({"boxes": boxes, "classes": classes, "ignore": rng.uniform(size=count) < 0.25})
    return detections, truths


def cocos(detections, truths, limit):
    """What pycocotools says."""
    objects = [
        {
            "image_id": image,
            "category_id": int(kind) + 1,
            "bbox": [*box[:2], *(box[2:] - box[:2])],
            "area": BEYOND if ignore else 1.0,
            "iscrowd": 0,
        }
        for image, truth in enumerate(truths, 1)
        for box, kind, ignore in zip(truth["boxes"], truth["classes"], truth["ignore"], strict=True)
    ]
    results = [
        {
            "image_id": image,
            "category_id": int(kind) + 1,
            "bbox": [*box[:2], *(box[2:] - box[:2])],
            "score": float(score),
        }
        for image, found in enumerate(detections, 1)
        for box, kind, score in zip(found["boxes"], found["classes"], found["scores"], strict=True)
    ]
    dataset = {
        "images": [{"id": image} for image in range(1, len(truths) + 1)],
        "categories": [{"id": number} for number in range(1, 5)],
        "annotations": [{"id": number, **one} for number, one in enumerate(objects, 1)],
    }
    with redirect_stdout(StringIO()):
        reference = COCO()
        reference.dataset = dataset
        reference.createIndex()
        judged = COCOeval(reference, reference.loadRes(results), "bbox")
        judged.params.iouThrs = np.array([limit])
        judged.evaluate()
        judged.accumulate()
    precision = judged.eval["precision"][0, :, :, 0, -1]  # recalls, classes
    per_class = precision[:, (precision > -1).all(axis=0)]
    return per_class.mean() if per_class.size else float("nan")


def test_mean_average_precision_is_pycocotools(lesson):
    rng, finite = np.random.default_rng(2), 0
    for _ in range(MAP_CASES):
        detections, truths = random_case(rng)
        if not any(len(found["scores"]) for found in detections):
            continue  # pycocotools cannot read an empty list
        limit = float(rng.choice([0.3, 0.5, 0.75]))
        tensors = [
            [{name: torch.from_numpy(part) for name, part in one.items()} for one in group]
            for group in (detections, truths)
        ]
        expected = cocos(detections, truths, limit)
        assert lesson.mean_average_precision(*tensors, limit) == pytest.approx(
            expected, abs=1e-6, nan_ok=True
        )
        finite += np.isfinite(expected)
    assert finite >= 200
