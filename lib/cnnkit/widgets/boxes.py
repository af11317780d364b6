"""Boxes: what two have in common, which of many are kept, and what a threshold on their scores does."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from cnnkit.widgets.plots import COLOURS, DASHES, svg
from cnnkit.widgets.tables import SIDE_BY_SIDE, button, decimal, encoded, field, number

SQUARES, SQUARE = 16, 18  # of the paper, and their side in pixels of the screen
WIDTH = 480  # of pictures and curves on the screen

Corners = Sequence[float]


def overlap_explorer(
    iou: Callable[..., Any], box1: Corners = (2, 2, 8, 8), box2: Corners = (5, 4, 12, 9)
) -> ipywidgets.VBox:
    """A widget with two boxes on squared paper, and their intersection over union.

    Args:
        iou: (1, 4) and (1, 4), corners x1, y1, x2, y2 in squares, to (1, 1): lesson 3.3's `pairwise_iou`.
        box1: the corners of the first box, whole numbers from 0 to 16.
        box2: those of the second.

    Returns:
        Eight fields, the paper, and the sum.

    Raises:
        ValueError: a corner is out of its range.

    Example:
        >>> explorer = overlap_explorer(lambda a, b: a.new_full((1, 1), 0.2))
        >>> [one.value for one in explorer.children[1].children]
        [5, 4, 12, 9]
    """
    rows = []
    for which, box in (("first", box1), ("second", box2)):
        if len(box) != 4 or not all(0 <= value <= SQUARES for value in box):
            raise ValueError(
                f"the {which} box should be four numbers from 0 to {SQUARES}, and is {list(box)}"
            )
        names = [f"{which} {name}" for name in ("x1", "y1", "x2", "y2")]
        rows.append([field(name, SQUARES, 0, int(value)) for name, value in zip(names, box, strict=True)])
    shown = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        shown.value = _overlap(iou, *([one.value for one in row] for row in rows))

    for one in (one for row in rows for one in row):
        one.observe(draw, "value")
    draw()
    wrapped = ipywidgets.Layout(flex_flow="row wrap")
    return ipywidgets.VBox([*(ipywidgets.HBox(row, layout=wrapped) for row in rows), shown])


def _overlap(iou: Callable[..., Any], box1: Corners, box2: Corners) -> str:
    import torch  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    value = float(iou(torch.tensor([box1]).float(), torch.tensor([box2]).float())[0, 0])
    for which, (x1, y1, x2, y2) in (("first", box1), ("second", box2)):
        if x2 < x1 or y2 < y1:
            return f"<p>The {which} box should have its x1, y1 above and left of its x2, y2.</p>"
    low, high = np.maximum(box1[:2], box2[:2]), np.minimum(box1[2:], box2[2:])
    sides = np.clip(high - low, 0, None)
    common, (one, two) = int(sides.prod()), ((b[2] - b[0]) * (b[3] - b[1]) for b in (box1, box2))
    words = (
        f"Intersection {sides[0]} × {sides[1]} = {common}. Union {one} + {two} − {common} = {one + two - common}. "
        f"IoU = {common} / {one + two - common} = <b>{value:.3f}</b>"
    )
    lines = "".join(
        f"M{at} 0V{SQUARES * SQUARE}M0 {at}H{SQUARES * SQUARE}"
        for at in range(0, SQUARES * SQUARE + 1, SQUARE)
    )
    parts = [f"<path d='{lines}' stroke='#ddd'/>"]
    if common:
        parts.append(_rectangle([*low * SQUARE, *high * SQUARE], "fill='url(#hatched)'"))
    for box, colour, dash in zip((box1, box2), COLOURS, DASHES, strict=False):
        look = f"fill='none' stroke='{colour}' stroke-width='3' stroke-dasharray='{dash}'"
        parts.append(_rectangle([SQUARE * value for value in box], look))
    hatching = (
        "<pattern id='hatched' width='6' height='6' patternUnits='userSpaceOnUse'>"
        "<path d='M0 6L6 0' stroke='#000'/></pattern>"
    )
    side = SQUARES * SQUARE
    return f"{svg(side, side, hatching + ''.join(parts), words.replace('<b>', '').replace('</b>', ''))}<p>{words}.</p>"


def suppression_stepper(
    image: ArrayLike,
    scores: Any,
    boxes: Any,
    classes: Any,
    names: Sequence[str],
    iou: Callable[..., Any],
    threshold: float = 0.5,
) -> ipywidgets.VBox:
    """A widget that goes through non-max suppression step by step, for each class by itself.

    Args:
        image: (H, W, 3), uint8.
        scores: (N,), tensor.
        boxes: (N, 4), tensor, corners in pixels of the picture.
        classes: (N,), tensor, indices of `names`.
        names: of the classes.
        iou: (1, 4) and (M, 4) to (1, M): lesson 3.3's `pairwise_iou`.
        threshold: the IoU from which boxes are dropped, from 0 to 1, at first.

    Returns:
        Fields for the threshold and the step, Back and Next, the picture with its boxes, and a sentence. Kept boxes are
        thick, those that the step drops dashed, those that wait thin; those dropped before are gone.

    Raises:
        ValueError: the threshold is not from 0 to 1.

    Example:
        >>> import torch
        >>> none = torch.zeros(0), torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
        >>> stepper = suppression_stepper(np.zeros((4, 4, 3), np.uint8), *none, ["car"], None)
        >>> stepper.children[1].value.split("<p>")[1]
        'Step 0: 0 boxes wait, the highest score first.</p>'
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold should be from 0 to 1, and is {threshold:g}")
    limit = decimal("threshold", threshold, 0.0, 1.0, 0.05)
    step, shown, picture = field("step", 0), ipywidgets.HTML(), np.asarray(image)
    trace: list[tuple[int, list[int]]] = []

    def draw(_: Any = None) -> None:
        shown.value = _suppression(picture, scores, boxes, classes, names, trace[: step.value], step.max)

    def restart(_: Any = None) -> None:
        trace[:] = _trace(scores, boxes, classes, iou, limit.value)
        step.max, step.tooltip = len(trace), f"step, from 0 to {len(trace)}"
        draw()

    def move(by: int) -> Callable[[Any], None]:
        return lambda _: step.set_trait("value", min(max(step.value + by, 0), step.max))

    limit.observe(restart, "value")
    step.observe(draw, "value")
    restart()
    step.value = min(1, step.max)
    controls = [limit, step, button("Back", "A step back", move(-1)), button("Next", "A step on", move(1))]
    return ipywidgets.VBox([ipywidgets.HBox(controls, layout={"flex_flow": "row wrap"}), shown])


def _trace(scores: Any, boxes: Any, classes: Any, iou: Any, limit: float) -> list[tuple[int, list[int]]]:
    """For each step the box that is kept, and those that it suppresses."""
    queue, trace = scores.argsort(descending=True, stable=True).tolist(), []
    while queue:
        best, *rest = queue
        overlaps = iou(boxes[[best]], boxes[rest])[0].tolist() if rest else []
        pairs = zip(rest, overlaps, strict=True)
        gone = [i for i, value in pairs if value >= limit and classes[i] == classes[best]]
        trace.append((best, gone))
        queue = [i for i in rest if i not in gone]
    return trace


def _suppression(
    image: np.ndarray, scores: Any, boxes: Any, classes: Any, names: Sequence[str], done: Any, steps: int
) -> str:
    height, width = image.shape[:2]
    scale = WIDTH / width
    kept = [best for best, _ in done]
    gone = {i for _, dropped in done[:-1] for i in dropped}
    now = set(done[-1][1]) if done else set()
    waiting = len(scores) - len(kept) - len(gone) - len(now)
    words = f"Step 0: {waiting} boxes wait, the highest score first."
    if done:
        best = kept[-1]
        named = f"{names[int(classes[best])]} {float(scores[best]):.2f}"
        words = f"Step {len(done)} of {steps}: kept {named}, suppressed {len(now)}; {waiting} boxes wait."
    parts = [f"<image href='{encoded(image)}' width='{WIDTH}' height='{height * scale:.0f}'/>"]
    for i in [i for i in range(len(scores)) if i not in gone]:
        thick, dash = (4, "") if i in kept else (2, "4 4") if i in now else (1, "")
        colour = COLOURS[int(classes[i]) % len(COLOURS)]
        corners = [float(value) * scale for value in boxes[i]]
        parts.append(
            _rectangle(corners, f"fill='none' stroke='#fff' stroke-width='{thick + 2}' opacity='0.6'")
        )
        look = f"fill='none' stroke='{colour}' stroke-width='{thick}' stroke-dasharray='{dash}'"
        parts.append(_rectangle(corners, look))
    return f"{svg(WIDTH, round(height * scale), ''.join(parts), words)}<p>{words}</p>"


def threshold_explorer(
    average_precision: Callable[..., Any], scores: Any, hits: Any, count: int, threshold: float = 0.5
) -> ipywidgets.VBox:
    """A widget that shows where a threshold on the scores lies on the curve of precision over recall.

    Args:
        average_precision: scores, hits and count to a float: lesson 3.3's.
        scores: (N,), tensor, of one class; N may not be 0.
        hits: (N,), bool tensor.
        count: how many objects there are to find, 1 or more.
        threshold: the lowest score that counts, from 0 to 1, at first.

    Returns:
        A field for the threshold, the curve with the best precision from each recall on, and a sentence.

    Raises:
        ValueError: the threshold is not from 0 to 1, or there is nothing to find or to say.

    Example:
        >>> import torch
        >>> explorer = threshold_explorer(lambda *_: 1.0, torch.tensor([0.9]), torch.tensor([True]), 1)
        >>> explorer.children[0].value
        0.5
    """
    if not 0 <= threshold <= 1 or count < 1 or not len(scores):
        raise ValueError("threshold should be from 0 to 1, with a score and an object at least")
    limit, shown = decimal("threshold", threshold, 0.0, 1.0, 0.05), ipywidgets.HTML()
    mean = float(average_precision(scores, hits, count))
    ranking = np.argsort(-scores.numpy(), kind="stable")
    ranked = hits.numpy()[ranking].cumsum()
    precision, recall = ranked / np.arange(1, len(ranked) + 1), ranked / count

    def draw(_: Any = None) -> None:
        said = int((scores >= limit.value).sum())
        shown.value = _curve(precision, recall, said, int(ranked[said - 1]) if said else 0, count, mean)

    limit.observe(draw, "value")
    draw()
    return ipywidgets.VBox([limit, shown])


def _curve(precision: np.ndarray, recall: np.ndarray, said: int, right: int, count: int, mean: float) -> str:
    best = np.maximum.accumulate(precision[::-1])[::-1]
    left, foot, high = 46, 40, 300
    across, down = (lambda r: left + r * (WIDTH - left - 20)), (lambda p: 14 + (1 - p) * high)
    share = f"{right / said:.2f}" if said else "undefined"
    words = (
        f"{right} hits, {said - right} false alarms, {count - right} missed: precision {share}, "
        f"recall {right / count:.2f}. Average precision of the whole curve: {mean:.3f}."
    )
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            f"<path d='M{left} {down(tick)}H{across(1)}' stroke='#ccc'/>",
            f"<text x='{left - 6}' y='{down(tick) + 4}' text-anchor='end'>{tick:g}</text>",
            f"<text x='{across(tick)}' y='{down(0) + 16}' text-anchor='middle'>{tick:g}</text>",
        ]
    stairs = np.concatenate([[0.0], recall.repeat(2)])[:-1], best.repeat(2)
    for (x, y), colour, dash in zip(((recall, precision), stairs), COLOURS, DASHES, strict=False):
        points = " ".join(f"{across(r):.1f},{down(p):.1f}" for r, p in zip(x, y, strict=True))
        look = f"fill='none' stroke='{colour}' stroke-width='2' stroke-dasharray='{dash}'"
        parts.append(f"<polyline points='{points}' {look}/>")
    if said:
        parts.append(f"<circle cx='{across(right / count):.1f}' cy='{down(right / said):.1f}' r='6'/>")
    for place, name, colour in (
        (down(0.16), "precision", COLOURS[0]),
        (down(0.08), "best from here on", COLOURS[1]),
    ):
        parts.append(f"<text x='{left + 8}' y='{place:.0f}' fill='{colour}'>{name}</text>")
    parts.append(f"<text x='{across(0.5)}' y='{high + 50}' text-anchor='middle'>recall</text>")
    return f"<div style='{SIDE_BY_SIDE}'>{svg(WIDTH, high + foot + 18, ''.join(parts), words)}</div><p>{words}</p>"


def _rectangle(corners: Corners, look: str) -> str:
    x1, y1, x2, y2 = corners
    at = f"x='{number(x1)}' y='{number(y1)}'".replace("−", "-")
    return f"<rect {at} width='{max(x2 - x1, 0):.4g}' height='{max(y2 - y1, 0):.4g}' {look}/>"
