"""What depth does to networks that are trained alike: training curves, and errors over depth."""

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.widgets.plots import svg
from cnnkit.widgets.tables import SIDE_BY_SIDE, field

LINES = {"plain": ("#D55E00", "6 3"), "residual": ("#0072B2", "none")}
WIDTH, HEIGHT, LEFT, FOOT = 330, 230, 46, 36  # of a drawing in pixels, and of the room for its axes' labels

Runs = Sequence[Mapping[str, Any]]


def depth_explorer(runs: Runs, depth: int, epoch: int) -> ipywidgets.VBox:
    """A widget that shows what plain and residual networks of several depths made of their training.

    Args:
        runs: a row for each training: its "depth", its "kind" ("plain" or "residual"), its "seed", and "errors", the
            training error of each epoch in percent. There are as many epochs, and the same seeds, for each.
        depth: the depth shown at first, one of the rows' own.
        epoch: the epoch shown at first, counted from 1.

    Returns:
        A menu of depths and a field for the epoch, and below them two drawings and a sentence with the numbers. A band
        reaches from the lowest to the highest seed.

    Raises:
        ValueError: the depth is in no row, or the epoch is none of theirs.

    Example:
        >>> rows = [{"depth": 8, "kind": k, "seed": 0, "errors": [50, 10]} for k in ("plain", "residual")]
        >>> [control.value for control in depth_explorer(rows, 8, 2).children[0].children]
        [8, 2]
    """
    depths, epochs = sorted({row["depth"] for row in runs}), len(runs[0]["errors"])
    if depth not in depths:
        raise ValueError(f"depth should be one of {depths}, and is {depth}")
    if not 1 <= epoch <= epochs:
        raise ValueError(f"epoch should be from 1 to {epochs}, and is {epoch}")
    choose = ipywidgets.Dropdown(
        options=depths,
        value=depth,
        description="depth, layers",
        tooltip="The depth in layers",
        layout={"width": "12.5em"},
        style={"description_width": "7.5em"},
    )
    move = field("epoch", epochs, 1, epoch)
    shown = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        shown.value = _drawn(runs, choose.value, move.value)

    for one in (choose, move):
        one.observe(draw, "value")
    draw()
    return ipywidgets.VBox(
        [ipywidgets.HBox([choose, move], layout=ipywidgets.Layout(flex_flow="row wrap")), shown]
    )


def _drawn(runs: Runs, depth: int, epoch: int) -> str:
    depths = sorted({row["depth"] for row in runs})
    of = {(d, k): np.array([r["errors"] for r in runs if (r["depth"], r["kind"]) == (d, k)])
          for d in depths for k in LINES}  # fmt: skip
    curves = {kind: of[depth, kind] for kind in LINES}
    ends = {kind: np.stack([of[d, kind][:, epoch - 1] for d in depths], axis=1) for kind in LINES}
    said = " ".join(
        f"{kind.capitalize()}: {of[depth, kind][:, epoch - 1].mean():.1f} % misread "
        f"({of[depth, kind][:, epoch - 1].min():.1f} to {of[depth, kind][:, epoch - 1].max():.1f})."
        for kind in LINES
    )
    words = f"Depth {depth} after epoch {epoch}. {said}"
    left = _panel(curves, range(1, curves["plain"].shape[1] + 1), epoch, "epoch", f"depth {depth}", words)
    right = _panel(ends, depths, depth, "depth, layers", f"after epoch {epoch}", words)
    return f"<div style='{SIDE_BY_SIDE}'>{left}{right}</div><p>{words}</p>"


def _panel(
    values: Mapping[str, np.ndarray], x: Sequence[int], mark: int, xlabel: str, title: str, alt: str
) -> str:
    """Bands and mean lines of values (seeds, positions), from 0 to 100 %, over x, as an SVG picture."""
    across = LEFT + (np.array(x) - x[0]) / max(x[-1] - x[0], 1) * (WIDTH - LEFT - 12)
    top, high = 24, HEIGHT - FOOT - 24
    parts = [f"<text x='{LEFT}' y='15' font-weight='bold'>Training error in %, {title}</text>"]
    for percent in (0, 25, 50, 75, 100):
        y = top + high * (1 - percent / 100)
        parts.append(
            f"<path d='M{LEFT} {y}H{WIDTH - 12}' stroke='#ccc'/><text x='16' y='{y + 4}'>{percent}</text>"
        )
    for place, name in [*zip(across, x, strict=True)][:: max(1, len(x) // 5)]:
        parts.append(f"<text x='{place:.1f}' y='{HEIGHT - 20}' text-anchor='middle'>{name}</text>")
    parts.append(f"<text x='{(WIDTH + LEFT) / 2}' y='{HEIGHT - 4}' text-anchor='middle'>{xlabel}</text>")
    place = across[list(x).index(mark)]
    parts.append(f"<path d='M{place:.1f} {top + 44}V{top + high}' stroke='#000' stroke-dasharray='2 2'/>")
    for row, (kind, seeds) in enumerate(values.items()):
        colour, dash = LINES[kind]
        look = f"fill='none' stroke='{colour}' stroke-width='2' stroke-dasharray='{dash}'"
        low, mean, most = (
            [f"{a:.1f},{top + high * (1 - b / 100):.1f}" for a, b in zip(across, line, strict=True)]
            for line in (seeds.min(0), seeds.mean(0), seeds.max(0))
        )
        parts += [
            f"<polygon points='{' '.join(low + most[::-1])}' fill='{colour}' fill-opacity='0.25'/>",
            f"<polyline points='{' '.join(mean)}' {look}/>",
            f"<path d='M{WIDTH - 100} {34 + 16 * row}h24' {look}/>",
            f"<text x='{WIDTH - 70}' y='{38 + 16 * row}'>{kind}</text>",
        ]
    return svg(WIDTH, HEIGHT, "".join(parts), alt)
