"""Triplets of points in the plane: which have a loss, and where a step down its gradient takes them."""

from html import escape
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnkit.widgets.plots import COLOURS, LEFT, RIGHT, TOP, Plane, svg, ticks
from cnnkit.widgets.tables import SIDE_BY_SIDE, button, decimal, menu

SIDE = 400  # of the plane on the screen, in pixels
RATE = 0.04  # of the gradient that a step goes
ROLES = ("anchor", "positive", "negative")
MARKS = ("M-5 -5H5V5H-5Z", "M0 -6L6 5H-6Z", "M0 -7L6 0L0 7L-6 0Z", "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z")

Points = NDArray[np.float64]


def triplet_explorer(
    embeddings: ArrayLike | None = None, labels: ArrayLike | None = None, seed: int = 0
) -> ipywidgets.VBox:
    """A widget with points of the plane, of which three make a triplet, and the triplet's loss.

    Distances are squared, as in the loss of F. Schroff, D. Kalenichenko and J. Philbin, "FaceNet", CVPR, 2015.

    Args:
        embeddings: (N, 2), an array or a tensor without gradient; when not given, three points each of four identities.
        labels: (N,), names or numbers, whose each point is; two identities at least, and one of them has two points.
        seed: of the points that are drawn when none are given.

    Returns:
        Menus and coordinates of anchor, positive and negative; a field for the margin alpha; a checkbox that keeps the
        points on the unit circle; buttons for a step of these three, for a step of all triplets, and to start again;
        the plane, in which a negative is semi-hard within the grey ring around the anchor; and the sum in words.

    Raises:
        ValueError: the embeddings have another shape, or the labels give no triplet.

    Example:
        >>> explorer = triplet_explorer([[0, 0], [0.6, 0], [0, 1]], ["Ann", "Ann", "Ben"])
        >>> explorer.children[-1].value.split("<p role='status'>")[1][:51]
        'd(A, P) = 0.360, d(A, N) = 1.000, alpha = 0.200: lo'
    """
    if embeddings is None:
        embeddings, labels = _drawn(seed)
    points = np.asarray(embeddings).astype(float)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"embeddings should be finite, of shape (N, 2), and are of shape {points.shape}")
    whose = [] if labels is None else np.asarray(labels).tolist()
    if len(whose) != len(points) or len(set(whose)) in (1, len(whose)):
        raise ValueError(
            f"labels should be {len(points)}, of two identities or more, one of them with two points or more: "
            f"there are {len(whose)}, of {len(set(whose))}"
        )
    return _Explorer(points, whose).box


def _drawn(seed: int) -> tuple[Points, list[int]]:
    """Three points each around four centres, near enough for the identities to mix."""
    rng, labels = np.random.default_rng(seed), np.repeat([1, 2, 3, 4], 3)
    around = (labels - 0.5) * np.pi / 2
    centres = 0.65 * np.stack([np.cos(around), np.sin(around)], axis=1)
    return centres + rng.normal(0, 0.4, (12, 2)), labels.tolist()


class _Explorer:
    """The points, the controls, and what is shown of both."""

    def __init__(self, points: Points, labels: list[Any]) -> None:
        self.start, self.points, self.labels, self.busy = points, points.copy(), np.array(labels), False
        self.names = [f"{one}-{labels[: i + 1].count(one)}" for i, one in enumerate(labels)]
        self.triplets = np.array(
            [(a, p, n) for a in range(len(labels)) for p in self._others(a) for n in self._foreign(a)]
        )
        self.reach = max(1.5, float(np.ceil(12 * np.abs(points).max()) / 10))
        self.menus = {role: menu(role, f"The point that is the {role}", [("", 0)]) for role in ROLES}
        self.places = {
            role: [decimal(f"{role} {axis}", 0, -self.reach, self.reach, 0.05) for axis in "xy"]
            for role in ROLES
        }
        self.alpha = decimal("alpha", 0.2, 0, 4, 0.05)
        self.circle = ipywidgets.Checkbox(
            False,
            description="on the unit circle",
            tooltip="Whether all points stay on the unit circle",
            indent=False,
            layout={"width": "11em"},
        )
        self.shown = ipywidgets.HTML()
        self._listen()
        self._begin()

    @property
    def box(self) -> ipywidgets.VBox:
        rows = [[self.menus[role], *self.places[role]] for role in ROLES]
        rows.append([
            self.alpha,
            self.circle,
            button("Step", "A step of these three points down the gradient", lambda _: self.step(self.chosen)),
            button("Step of all", "A step down the gradient of all triplets", lambda _: self.step(self.triplets)),
            button("Start again", "The points as they were", lambda _: self.restart()),
        ])  # fmt: skip
        wrapped = ipywidgets.Layout(flex_flow="row wrap")
        return ipywidgets.VBox([*(ipywidgets.HBox(row, layout=wrapped) for row in rows), self.shown])

    def _listen(self) -> None:
        for role, fields in self.places.items():
            self.menus[role].observe(self.show, "value")
            for axis, one in enumerate(fields):
                one.layout.width = "14em"  # room for a sign and three places
                one.observe(lambda change, role=role, axis=axis: self.move(role, axis, change.new), "value")
        for one in (self.alpha, self.circle):
            one.observe(self.show, "value")

    def _begin(self) -> None:
        """Choose a triplet that has a loss, if there is one."""
        self.show()
        first = self.triplets[(_slack(self.points, self.triplets, self.alpha.value) > 0).argmax()].tolist()
        for role, i in zip(ROLES, first, strict=True):
            self.menus[role].value = i

    def _others(self, a: int) -> list[int]:
        return [i for i in np.flatnonzero(self.labels == self.labels[a]).tolist() if i != a]

    def _foreign(self, a: int) -> list[int]:
        return np.flatnonzero(self.labels != self.labels[a]).tolist()

    @property
    def chosen(self) -> NDArray[np.int64]:
        return np.array([[self.menus[role].value for role in ROLES]])

    def move(self, role: str, axis: int, value: float) -> None:
        if not self.busy:
            self.points[self.menus[role].value, axis] = value
            self.show()

    def step(self, triplets: NDArray[np.int64]) -> None:
        """Go down the gradient; of many triplets each point goes as far as it would for one, in the middle."""
        gradient, with_loss = _gradient(self.points, triplets, self.alpha.value)
        share = len(self.points) / (3 * max(with_loss, 1)) if len(triplets) > 1 else 1
        self.points -= RATE * share * gradient
        self.show()

    def restart(self) -> None:
        self.points = self.start.copy()
        self.show()

    def show(self, _: Any = None) -> None:
        if self.busy:  # what is set below is no wish of the learner's
            return
        self.busy = True
        try:
            if self.circle.value:
                self.points /= np.maximum(np.linalg.norm(self.points, axis=1, keepdims=True), 1e-9)
            self._choose("anchor", np.unique(self.triplets[:, 0]).tolist())
            self._choose("positive", self._others(self.menus["anchor"].value))
            self._choose("negative", self._foreign(self.menus["anchor"].value))
            for role, fields in self.places.items():
                for one, value in zip(fields, self.points[self.menus[role].value], strict=True):
                    one.value = round(float(np.clip(value, -self.reach, self.reach)), 3)
            self.shown.value = self._html()
        finally:
            self.busy = False

    def _choose(self, role: str, allowed: list[int]) -> None:
        """Let a menu have the points that may be chosen, and leave it where it is if that is one of them."""
        one, options = self.menus[role], tuple((self.names[i], i) for i in allowed)
        if one.options != options:
            before = one.value
            one.options = options
            one.value = before if before in allowed else allowed[0]

    def _html(self) -> str:
        words, counts = self._words()
        plane = Plane((-self.reach, self.reach), (-self.reach, self.reach), SIDE + 54, SIDE + 56)
        numbers = ticks(*plane.x)
        parts = [
            f"<clipPath id='plane'><rect x='{LEFT}' y='{TOP}' width='{plane.width - LEFT - RIGHT}' "
            f"height='{plane.down(-self.reach) - TOP}'/></clipPath>",
            plane.axes(
                numbers, numbers, "first number of the embedding", "second number", "Grey ring: semi-hard"
            ),
            f"<g clip-path='url(#plane)'>{self._ring(plane)}</g>",
            *(self._mark(plane, i) for i in range(len(self.points))),
        ]
        drawn = svg(plane.width, plane.height, "".join(parts), escape(words, quote=True))
        said = f"<div style='max-width:24em'><p role='status'>{words}</p><p>{counts}</p></div>"
        return f"<div style='{SIDE_BY_SIDE}'>{drawn}{said}</div>"

    def _ring(self, plane: Plane) -> str:
        """Where a negative is semi-hard; the lines of the triplet, and the unit circle if the points stay on it."""
        a, p, n = self.points[self.chosen[0]]
        inner, outer = (np.sqrt(_square(a, p) + more) for more in (0.0, self.alpha.value))
        x, y, unit = plane.across(a[0]), plane.down(a[1]), plane.across(1) - plane.across(0)
        middle, broad = (inner + outer) / 2 * unit, (outer - inner) * unit
        at = f"cx='{x:.1f}' cy='{y:.1f}' fill='none'"
        parts = [f"<circle {at} r='{middle:.1f}' stroke='#d0d0d0' stroke-width='{broad:.1f}'/>"]
        parts += [f"<circle {at} r='{one * unit:.1f}' stroke='#555'/>" for one in (inner, outer)]
        if self.circle.value:
            parts.append(
                f"<circle cx='{plane.across(0)}' cy='{plane.down(0)}' r='{unit:.1f}' fill='none' stroke='#000'/>"
            )
        for end, dash in ((p, ""), (n, "5 4")):
            look = f"stroke='#000' stroke-width='2' stroke-dasharray='{dash}'"
            parts.append(plane.line((a[0], end[0]), (a[1], end[1]), look))
        return "".join(parts)

    def _mark(self, plane: Plane, i: int) -> str:
        """A point: its shape and colour say whose it is; beside it stands its part in the triplet or its name."""
        kind = list(dict.fromkeys(self.labels.tolist())).index(self.labels[i])
        x, y = plane.across(self.points[i, 0]), plane.down(self.points[i, 1])
        roles = [role for role, one in zip(ROLES, self.chosen[0], strict=True) if one == i]
        look = f"fill='{COLOURS[kind % len(COLOURS)]}' stroke='#000' stroke-width='{2.5 if roles else 0.5}'"
        name, weight = (roles[0], "bold") if roles else (escape(self.names[i]), "normal")
        return (
            f"<g transform='translate({x:.1f} {y:.1f})'><path d='{MARKS[kind % len(MARKS)]}' {look}/>"
            f"<text x='9' y='4' font-weight='{weight}' "
            f"stroke='#fff' stroke-width='3' paint-order='stroke'>{name}</text></g>"
        )

    def _words(self) -> tuple[str, str]:
        """The loss of the triplet in words, and how many others there are of which kind."""
        alpha, (a, p, n) = self.alpha.value, self.chosen[0]
        near, far = _square(self.points[a], self.points[[p, n]])
        (kind,) = _kinds(near, np.array([far]), alpha)
        means = {
            "hard": "hard: no farther than the positive",
            "semi-hard": "semi-hard: farther than the positive, but by less than alpha",
            "easy": "easy: farther than the positive by alpha or more, so no gradient moves these points",
        }
        words = (
            f"d(A, P) = {near:.3f}, d(A, N) = {far:.3f}, alpha = {alpha:.3f}: "
            f"loss {max(near - far + alpha, 0):.3f}. The negative is {means[kind]}."
        )
        others = _kinds(near, _square(self.points[a], self.points[self._foreign(a)]), alpha).tolist()
        each = _slack(self.points, self.triplets, alpha)
        counts = (
            f"Negatives of this pair: {', '.join(f'{others.count(one)} {one}' for one in means)}. "
            f"Of all {len(each)} triplets {(each > 0).sum()} have a loss, {each.clip(0).sum():.2f} in all."
        )
        return words, counts


def _square(one: Points, others: Points) -> Any:
    """Squared distances."""
    return ((one - others) ** 2).sum(axis=-1)


def _slack(points: Points, triplets: NDArray[np.int64], alpha: float) -> Points:
    """By how much the negative of each triplet (T, 3) is too near; below 0 where it is far enough."""
    first, second, third = (points[column] for column in triplets.T)
    return _square(first, second) - _square(first, third) + alpha


def _kinds(near: float, far: Points, alpha: float) -> NDArray[np.str_]:
    return np.select([far <= near, far < near + alpha], ["hard", "semi-hard"], "easy")


def _gradient(points: Points, triplets: NDArray[np.int64], alpha: float) -> tuple[Points, int]:
    """Of the sum of the triplets' losses by each point, (N, 2); and how many of them have a loss."""
    rows = triplets[_slack(points, triplets, alpha) > 0]
    first, second, third = (points[column] for column in rows.T)
    gradient = np.zeros_like(points)
    for column, one in zip(rows.T, (third - second, second - first, first - third), strict=True):
        np.add.at(gradient, column, 2 * one)
    return gradient, len(rows)
