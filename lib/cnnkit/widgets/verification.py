"""A threshold on the distances of pairs of pictures: whom it lets in, and whom it turns away."""

from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnkit.widgets.plots import COLOURS, DASHES, Plane, svg, ticks
from cnnkit.widgets.tables import SIDE_BY_SIDE, button, decimal

WIDTH, HEIGHT, BINS = 408, 300, 30
SHARES = {n / 4: f"{25 * n}" for n in range(5)}  # of an axis in percent
KINDS = ("same person", "different people")
_CELL = 'style="border:1px solid #999;padding:2px 8px;color:#000;background:#fff;text-align:'


def verification_explorer(distances: ArrayLike, same: ArrayLike, tau: float = 0.7) -> ipywidgets.VBox:
    """A widget that shows what a threshold on the distance of two pictures makes of many pairs of them.

    A pair counts as the same person where its distance is at most tau.

    Args:
        distances: of N pairs, (N,), an array or a tensor without gradient, from 0 up.
        same: whether each pair shows one person, (N,), bool; there are pairs of both kinds.
        tau: the threshold at first, from 0 to the largest distance.

    Returns:
        A field for tau, a button that goes to the place of equal error, where false accepts and false rejects are as
        close as they come; the histograms of both kinds of pairs, the ROC curve, a table of confusion, and a sentence.

    Raises:
        ValueError: the shapes differ, a kind of pair is missing, or a number is out of its range.

    Example:
        >>> explorer = verification_explorer([0.2, 0.6, 0.5, 0.9], [True, True, False, False])
        >>> explorer.children[-1].value.split("<p role='status'>")[1][:55]
        'tau 0.7: of 2 pairs of different people 1 is accepted ('
    """
    pairs, kind = np.asarray(distances, dtype=float), np.asarray(same)
    if pairs.ndim != 1 or kind.shape != pairs.shape or kind.dtype != bool or len(set(kind.tolist())) != 2:
        raise ValueError(
            f"distances and same should be (N,), same bool and with both kinds of pairs; they are {pairs.shape} and "
            f"{kind.shape} of {kind.dtype}"
        )
    if not np.isfinite(pairs).all() or pairs.min() < 0:
        raise ValueError("distances should be finite, from 0 up")
    matches, strangers = np.sort(pairs[kind]), np.sort(pairs[~kind])
    limit, shown = decimal("tau", tau, 0.0, float(np.ceil(10 * pairs.max()) / 10), 0.05), ipywidgets.HTML()
    equal = _equal(matches, strangers)

    def draw(_: Any = None) -> None:
        shown.value = _html(matches, strangers, limit.value, equal)

    limit.observe(draw, "value")
    draw()
    to_equal = button("Equal error", "To the tau of equal error", lambda _: limit.set_trait("value", equal))
    return ipywidgets.VBox([ipywidgets.HBox([limit, to_equal], layout={"flex_flow": "row wrap"}), shown])


def _rates(matches: NDArray[Any], strangers: NDArray[Any], tau: Any) -> tuple[Any, Any]:
    """The shares of strangers that are accepted and of matches that are rejected, at each tau."""
    accepted = [np.searchsorted(one, tau, side="right") / len(one) for one in (strangers, matches)]
    return accepted[0], 1 - accepted[1]


def _equal(matches: NDArray[Any], strangers: NDArray[Any]) -> float:
    """The threshold, in thousandths, at which both rates are closest; the lowest of several."""
    taus = np.unique(np.ceil((1000 * np.concatenate([matches, strangers])).round(6)) / 1000)
    accepts, rejects = _rates(matches, strangers, taus)
    return float(taus[np.abs(accepts - rejects).argmin()])


def _html(matches: NDArray[Any], strangers: NDArray[Any], tau: float, equal: float) -> str:
    accepts, rejects = _rates(matches, strangers, tau)
    both = _rates(matches, strangers, equal)
    false = round(accepts * len(strangers)), round(rejects * len(matches))
    right = 1 - sum(false) / (len(matches) + len(strangers))
    words = (
        f"tau {tau:.4g}: of {len(strangers)} pairs of different people {false[0]} {_are(false[0])} accepted "
        f"(FAR {accepts:.1%}), of {len(matches)} pairs of one person {false[1]} {_are(false[1])} rejected "
        f"(FRR {rejects:.1%}); right in {right:.1%} of all. The rates are closest at tau {equal:.4g}: "
        f"{both[0]:.1%} and {both[1]:.1%}."
    )
    drawn = _histograms(matches, strangers, tau, words) + _roc(matches, strangers, tau, equal, words)
    table = _table(len(strangers), len(matches), *false)
    return f"<p role='status'>{words}</p><div style='{SIDE_BY_SIDE};gap:0.5em'>{drawn}</div>{table}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _histograms(matches: NDArray[Any], strangers: NDArray[Any], tau: float, alt: str) -> str:
    largest = max(np.ceil(10 * max(matches[-1], strangers[-1])) / 10, 0.1)
    edges = np.linspace(0, largest, BINS + 1)
    shares = [100 * np.histogram(one, edges)[0] / len(one) for one in (matches, strangers)]
    top = 1.15 * float(np.max(shares))
    plane = Plane((0, largest), (0, top), WIDTH, HEIGHT)
    parts = [
        plane.axes(
            ticks(*plane.x), ticks(*plane.y), "distance of the pair", "% of its kind", "Left of tau: accepted"
        )
    ]
    for row, (kind, share, colour, dash) in enumerate(zip(KINDS, shares, COLOURS, DASHES, strict=False)):
        look = f"stroke='{colour}' stroke-width='2' stroke-dasharray='{dash}'"
        parts.append(plane.line(edges.repeat(2)[1:-1], share.repeat(2), look))
        parts.append(f"<path d='M{WIDTH - 136} {36 + 16 * row}h20' {look}/>")
        parts.append(f"<text x='{WIDTH - 112}' y='{40 + 16 * row}' fill='{colour}'>{kind}</text>")
    parts.append(plane.line((tau, tau), (0, top), "stroke='#000' stroke-width='2'"))
    side = ("start", 5) if tau < largest / 2 else ("end", -5)
    place = f"x='{plane.across(tau) + side[1]:.1f}' y='{plane.down(top) + 44:.1f}' text-anchor='{side[0]}'"
    parts.append(f"<text {place} font-weight='bold'>tau</text>")
    return svg(WIDTH, HEIGHT, "".join(parts), f"Histograms. {alt}")


def _roc(matches: NDArray[Any], strangers: NDArray[Any], tau: float, equal: float, alt: str) -> str:
    plane = Plane((0, 1), (0, 1), WIDTH, HEIGHT)
    taus = np.concatenate([[-1.0], np.unique(np.concatenate([matches, strangers]))])
    accepts, rejects = _rates(matches, strangers, taus)
    parts = [
        plane.axes(
            SHARES,
            SHARES,
            "different people accepted, % (FAR)",
            "same person accepted, % (100 − FRR)",
            "ROC curve",
        ),
        plane.line((0, 1), (1, 0), "stroke='#767676' stroke-dasharray='3 3'"),
        plane.line(accepts, 1 - rejects, f"stroke='{COLOURS[0]}' stroke-width='2'"),
    ]
    (x, y), (u, v) = (_place(plane, matches, strangers, one) for one in (equal, tau))
    parts.append(
        f"<path d='M{x - 9:.1f} {y:.1f}l9 -9l9 9l-9 9Z' fill='#fff' stroke='#000' stroke-width='2'/>"
    )
    parts.append(f"<circle cx='{u:.1f}' cy='{v:.1f}' r='5'/>")
    for row, (mark, name) in enumerate((("◇", "equal error"), ("●", f"tau {tau:.4g}"), ("┄", "equal rates"))):
        parts.append(f"<text x='{WIDTH - 120}' y='{plane.down(0.32) + 18 * row:.0f}'>{mark} {name}</text>")
    return svg(WIDTH, HEIGHT, "".join(parts), f"ROC curve. {alt}")


def _place(plane: Plane, matches: NDArray[Any], strangers: NDArray[Any], tau: float) -> tuple[float, float]:
    accepts, rejects = _rates(matches, strangers, tau)
    return plane.across(accepts), plane.down(1 - rejects)


def _table(strangers: int, matches: int, accepts: int, rejects: int) -> str:
    rows = (
        (KINDS[0], f"{matches - rejects}", f"{rejects} false rejects"),
        (KINDS[1], f"{accepts} false accepts", f"{strangers - accepts}"),
    )
    head = "".join(f'<th scope="col" {_CELL}left">{one}</th>' for one in ("pairs", "accepted", "rejected"))
    body = "".join(
        f'<tr><th scope="row" {_CELL}left">{name}</th>'
        + "".join(f'<td {_CELL}right">{one}</td>' for one in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table style='border-collapse:collapse;margin-top:0.5em'><tr>{head}</tr>{body}</table>"
