"""Anchors set by hand over the shapes of a set of objects, and those that k-means finds."""

from collections.abc import Callable
from math import ceil, floor, log2
from typing import Any

import ipywidgets

from cnnkit.widgets.plots import COLOURS, Plane, svg
from cnnkit.widgets.tables import button, decimal, field

MOST, WIDTH, HEIGHT = 5, 480, 400  # anchors, and pixels of the drawing
MARKS = ("M-3 -3H3V3H-3Z", "M0 -4L4 3H-4Z", "M0 -4L4 0L0 4L-4 0Z", "M-3 -3L3 3M3 -3L-3 3", "M0 -4V4M-4 0H4")
CROSS, CROSS_LOOK = "M-8 -8L8 8M8 -8L-8 8", "stroke='#000' stroke-width='4'"


def anchor_designer(
    shapes: Any, iou: Callable[..., Any], kmeans: Callable[..., Any], k: int = 3
) -> ipywidgets.VBox:
    """A widget to set anchors by hand, and to see how well they fit a set of objects.

    Args:
        shapes: widths and heights above 0, a float tensor of shape (N, 2), in pixels.
        iou: (N, 4) and (k, 4), corners x1, y1, x2, y2, to (N, k): lesson 3.3's `pairwise_iou`.
        kmeans: shapes and k to anchors (k, 2): lesson 3.3's `kmeans_anchors`.
        k: how many anchors there are at first, 1 to 5.

    Returns:
        Fields for k and for the width and height of each anchor, at first a square each; a checkbox that shows what
        k-means finds, and a button that takes it over; the shapes on logarithmic axes, each with the mark of its best
        anchor, and the mean IoU with the best anchor in words.

    Raises:
        ValueError: the shapes are not (N, 2) and above 0, or k is out of its range.

    Example:
        >>> import torch
        >>> shapes = torch.tensor([[8.0, 8.0], [16.0, 16.0]])
        >>> designer = anchor_designer(shapes, lambda a, b: torch.ones(len(a), len(b)), lambda x, k: x[:k], k=1)
        >>> designer.children[-1].value.split("<p role='status'>")[1][:54]
        'Your 1 anchor: mean IoU with the best anchor 1.000. Ob'
    """
    if shapes.ndim != 2 or shapes.shape[1] != 2 or not len(shapes) or not (shapes > 0).all():
        raise ValueError(f"shapes should be (N, 2) and above 0, and are of shape {tuple(shapes.shape)}")
    if not 1 <= k <= MOST:
        raise ValueError(f"k should be from 1 to {MOST}, and is {k}")
    return _Designer(shapes, iou, kmeans, k).box


class _Designer:
    """The shapes, the controls, and what is shown of both."""

    def __init__(self, shapes: Any, iou: Callable[..., Any], kmeans: Callable[..., Any], k: int) -> None:
        self.shapes, self.iou, self.kmeans = shapes, iou, kmeans
        low, high = floor(log2(float(shapes.min()))), ceil(log2(1.01 * float(shapes.max())))
        self.plane = Plane((low, high), (low, high), WIDTH, HEIGHT)
        self.k = field("k", MOST, 1, k)
        self.sizes = [
            [
                decimal(f"{side} {n}", round(2 ** (low + n * (high - low) / 6)), 1.0, 2.0**high, 1.0)
                for side in ("width", "height")
            ]
            for n in range(1, MOST + 1)
        ]
        self.reveal = ipywidgets.Checkbox(
            False,
            description="compare with k-means",
            tooltip="Whether to show the anchors that k-means finds",
            indent=False,
            layout={"width": "14em"},
        )
        self.found: dict[int, Any] = {}
        self.rows = [ipywidgets.HBox(row) for row in self.sizes]
        self.shown = ipywidgets.HTML()
        for one in (self.k, self.reveal, *(one for row in self.sizes for one in row)):
            one.observe(self.show, "value")
        self.show()

    @property
    def box(self) -> ipywidgets.VBox:
        take = button("Take k-means'", "Set the anchors to those that k-means finds", self.take)
        first = ipywidgets.HBox([self.k, self.reveal, take], layout=ipywidgets.Layout(flex_flow="row wrap"))
        return ipywidgets.VBox([first, *self.rows, self.shown])

    def of_kmeans(self) -> Any:
        """What k-means finds for so many anchors; asked for once each."""
        k = self.k.value
        if k not in self.found:
            self.found[k] = self.kmeans(self.shapes, k)
        return self.found[k]

    def take(self, _: Any) -> None:
        for row, sizes in zip(self.sizes, self.of_kmeans().tolist(), strict=False):
            for one, value in zip(row, sizes, strict=True):
                one.value = round(value, 1)

    def overlaps(self, anchors: Any) -> Any:
        """The IoU of each shape with each anchor, (N, k), both on one corner."""
        from torch.nn.functional import pad  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

        return self.iou(pad(self.shapes, (2, 0)), pad(anchors, (2, 0)))

    def show(self, _: Any = None) -> None:
        k = self.k.value
        for n, row in enumerate(self.rows):
            row.layout.display = "flex" if n < k else "none"
        anchors = self.shapes.new_tensor([[one.value for one in row] for row in self.sizes[:k]])
        best = self.overlaps(anchors).max(dim=1)
        counts = ", ".join(f"{n}: {(best.indices == n - 1).sum()}" for n in range(1, k + 1))
        fit = best.values.mean()
        words = f"Your {k} {_noun(k)}: mean IoU with the best anchor {fit:.3f}. Objects of each: {counts}."
        crosses = ""
        if self.reveal.value:
            found = self.of_kmeans()
            sizes = ", ".join(f"{w:.0f} × {h:.0f}" for w, h in found.tolist())
            words += f" k-means finds {sizes}, with {self.overlaps(found).max(dim=1).values.mean():.3f}."
            crosses = "".join(self._at(w, h, f"<path d='{CROSS}' {CROSS_LOOK}/>") for w, h in found.tolist())
        self.shown.value = f"<p role='status'>{words}</p>{self._drawn(anchors, best.indices, crosses, words)}"

    def _drawn(self, anchors: Any, groups: Any, crosses: str, words: str) -> str:
        doubled = {float(n): f"{2**n:g}" for n in range(int(self.plane.x[0]), int(self.plane.x[1]) + 1)}
        parts = [
            self.plane.axes(
                doubled,
                doubled,
                "width, pixels",
                "height, pixels",
                f"Each object by its best anchor{'; crosses: k-means' if crosses else ''}",
            )
        ]
        for (w, h), n in zip(self.shapes.tolist(), groups.tolist(), strict=True):
            look = f"fill='none' stroke='{COLOURS[n]}' stroke-width='1.5'"
            parts.append(self._at(w, h, f"<path d='{MARKS[n]}' {look}/>"))
        parts.append(crosses)
        for n, (w, h) in enumerate(anchors.tolist()):
            disc = f"<circle r='10' fill='#fff' stroke='{COLOURS[n]}' stroke-width='3'/>"
            parts.append(
                self._at(w, h, f"{disc}<text y='4' text-anchor='middle' font-weight='bold'>{n + 1}</text>")
            )
        return svg(WIDTH, HEIGHT, "".join(parts), words)

    def _at(self, width: float, height: float, mark: str) -> str:
        """Something drawn where a shape lies."""
        x, y = self.plane.across(log2(width)), self.plane.down(log2(height))
        return f"<g transform='translate({x:.1f} {y:.1f})'>{mark}</g>"


def _noun(count: int) -> str:
    return "anchor" if count == 1 else "anchors"
