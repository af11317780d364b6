"""Boxes that a detector puts out: where they lie, and which of those that overlap to keep."""

from collections.abc import Mapping, Sequence

import torch


def grid_corners(raw: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """Boxes as YOLOv2 and v3 put them out, for each cell of a grid and each anchor, as corners.

    Args:
        raw: (S, S, A, 4), t_x, t_y, t_w, t_h of each row, column and anchor.
        anchors: (A, 2), widths and heights in cells.

    Returns:
        (S, S, A, 4), x1, y1, x2, y2 as shares of the picture's side; they may reach beyond it.
    """
    S = raw.shape[0]
    cells = torch.stack(torch.meshgrid(torch.arange(S), torch.arange(S), indexing="xy"), -1)
    centre, half = raw[..., :2].sigmoid() + cells[:, :, None], raw[..., 2:].exp() * anchors / 2
    return torch.cat([centre - half, centre + half], -1) / S


def overlap(boxes: torch.Tensor, others: torch.Tensor | None = None) -> torch.Tensor:
    """The share that each two boxes have in common of what they cover together.

    Args:
        boxes: (N, 4) corners x1, y1, x2, y2.
        others: (M, 4); the same boxes if None.

    Returns:
        (N, M), from 0 to 1.
    """
    others = boxes if others is None else others
    # Axis by axis: reductions along an axis of two numbers take torch most of the time.
    wide, high = (
        (
            torch.minimum(boxes[:, None, n + 2], others[:, n + 2])
            - torch.maximum(boxes[:, None, n], others[:, n])
        )
        for n in (0, 1)
    )
    common = wide.clamp(min=0) * high.clamp(min=0)
    area, areas = (boxes[:, 2:] - boxes[:, :2]).prod(-1), (others[:, 2:] - others[:, :2]).prod(-1)
    return common / (area[:, None] + areas[None, :] - common).clamp(min=1e-12)


def strongest(
    boxes: torch.Tensor, scores: torch.Tensor, most: float, groups: torch.Tensor | None = None
) -> torch.Tensor:
    """Indices of the boxes that no stronger kept box of their group overlaps too far, strongest first.

    Args:
        boxes: (N, 4) corners x1, y1, x2, y2.
        scores: (N,)
        most: the overlap up to which two boxes are both kept.
        groups: (N,) whole numbers; boxes of different groups do not compete. All are of one group if None.

    >>> boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10]])
    >>> strongest(boxes, torch.tensor([0.6, 0.9, 0.8]), most=0.4)
    tensor([1, 2])
    """
    order = scores.argsort(descending=True, stable=True)
    rival = overlap(boxes[order]) > most
    if groups is not None:
        rival &= groups[order][:, None] == groups[order][None, :]
    rival = rival.float().triu(1)  # row: the stronger
    keep, before = torch.ones_like(order, dtype=torch.bool), None
    # Each round settles at least one more box for good, so the rounds end with the only answer there is.
    while before is None or not torch.equal(keep, before):
        keep, before = keep.float() @ rival == 0, keep
    return order[keep]


Pictures = Sequence[Mapping[str, torch.Tensor]]


def mean_precision(detections: Pictures, ground_truth: Pictures, at: float = 0.5) -> float:
    """The mean average precision of a detector, as COCO counts it at one overlap.

    Args:
        detections: for each picture "boxes" (N, 4), "scores" (N,) and "classes" (N,).
        ground_truth: for each picture "boxes" (M, 4), "classes" (M,) and, if there are objects that count neither way,
            "ignore" (M,) bool.
        at: the overlap from which a box has found an object.

    Returns:
        The mean over the classes that have objects to be found; nan when none has.
    """
    classes = torch.cat([truth["classes"][~_ignored(truth)] for truth in ground_truth]).unique()
    each = [_precision_of(int(number), detections, ground_truth, at) for number in classes]
    return sum(each) / len(each) if each else float("nan")


def _ignored(truth: Mapping[str, torch.Tensor]) -> torch.Tensor:
    return truth.get("ignore", torch.zeros(len(truth["boxes"]), dtype=torch.bool)).bool()


def _precision_of(number: int, detections: Pictures, ground_truth: Pictures, at: float) -> float:
    """One class's precision, at its best from each of 101 recalls on, averaged."""
    scores, found, objects = [], [], 0
    for given, truth in zip(detections, ground_truth, strict=True):
        mine, its = given["classes"] == number, truth["classes"] == number
        order = given["scores"][mine].argsort(descending=True, stable=True)
        boxes, ignored = given["boxes"][mine][order], _ignored(truth)[its]
        hits = _hits(overlap(boxes, truth["boxes"][its]), ignored, at)
        counts = hits >= 0
        scores.append(given["scores"][mine][order][counts])
        found.append(hits[counts])
        objects += int((~ignored).sum())
    order = torch.cat(scores).argsort(descending=True, stable=True)
    right = torch.cat(found)[order].double().cumsum(0)
    precision = right / torch.arange(1, len(right) + 1)
    best = precision.flip(0).cummax(0).values.flip(0)
    places = torch.searchsorted(right / objects, torch.linspace(0, 1, 101, dtype=torch.float64) - 1e-9)
    return float(torch.cat([best, best.new_zeros(1)])[places.clamp(max=len(best))].mean())


def _hits(overlaps: torch.Tensor, ignored: torch.Tensor, at: float) -> torch.Tensor:
    """For each box, strongest first, 1 if it finds an object that no other has, -1 if one to be ignored, else 0."""
    free, hits = torch.ones(len(ignored), dtype=torch.bool), torch.zeros(len(overlaps), dtype=torch.int64)
    for n, row in enumerate(overlaps):
        for wanted, says in ((~ignored, 1), (ignored, -1)):
            fits = torch.where(free & wanted & (row >= at), row, -1.0)
            if len(fits) and fits.max() >= 0:
                free[fits.argmax()], hits[n] = False, says
                break
    return hits
