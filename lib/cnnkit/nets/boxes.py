"""Boxes that a detector puts out: where they lie, and which of those that overlap to keep."""

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


def overlap(boxes: torch.Tensor) -> torch.Tensor:
    """The share that each two boxes have in common of what they cover together.

    Args:
        boxes: (N, 4) corners x1, y1, x2, y2.

    Returns:
        (N, N), from 0 to 1.
    """
    low = torch.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    common = (high - low).clamp(min=0).prod(-1)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(-1)
    return common / (area[:, None] + area[None, :] - common).clamp(min=1e-12)


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
    rival = rival.triu(1)  # row: the stronger
    keep, before = torch.ones_like(order, dtype=torch.bool), None
    # Each round settles at least one more box for good, so the rounds end with the only answer there is.
    while before is None or not torch.equal(keep, before):
        keep, before = ~(rival & keep[:, None]).any(0), keep
    return order[keep]
