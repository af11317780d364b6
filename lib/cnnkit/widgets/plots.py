"""What the widgets that draw share: an SVG picture, and a plane with axes in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10

from cnnkit.widgets.tables import number

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
DASHES = ("", "6 3")
LEFT, TOP, RIGHT, FOOT = 54, 26, 12, 42  # pixels around a plane, for its title and its labels


def svg(width: int, height: int, inside: str, alt: str) -> str:
    """A picture of so many pixels, black on white, with words for who does not see it."""
    return (
        f"<svg role='img' aria-label='{alt}' width='{width}' height='{height}' font-size='12' "
        f"style='background:#fff;color:#000'>{inside}</svg>"
    )


def ticks(low: float, high: float) -> dict[float, str]:
    """Two to six round numbers between two others, and how they are written."""
    unit = 10.0 ** floor(log10((high - low) / 5))
    step = unit * next(times for times in (1, 2, 5, 10) if (high - low) / (times * unit) <= 5.001)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return {n * step: number(round(n * step, 12)) for n in range(first, last + 1)}


@dataclass(frozen=True)
class Plane:
    """Where the numbers of a plane with axes lie on the screen.

    Args:
        x: the least and the largest number from left to right.
        y: those from bottom to top.
        width: of the picture in pixels, with the labels.
        height: of the picture.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: int
    height: int

    def across(self, x: float) -> float:
        """How many pixels from the left a number lies."""
        low, high = self.x
        return LEFT + (x - low) / (high - low) * (self.width - LEFT - RIGHT)

    def down(self, y: float) -> float:
        """How many pixels from the top a number lies."""
        low, high = self.y
        return TOP + (high - y) / (high - low) * (self.height - TOP - FOOT)

    def axes(
        self, xticks: Mapping[float, str], yticks: Mapping[float, str], xlabel: str, ylabel: str, title: str
    ) -> str:
        """Grid lines with their numbers, the names of the axes, and a title."""
        (left, right), (bottom, top) = map(self.across, self.x), map(self.down, self.y)
        middle, centre = (left + right) / 2, (bottom + top) / 2
        parts = []
        for x, name in xticks.items():
            at = f"{self.across(x):.1f}"
            parts.append(f"<path d='M{at} {top}V{bottom}' stroke='#ddd'/>")
            parts.append(f"<text x='{at}' y='{bottom + 16}' text-anchor='middle'>{name}</text>")
        for y, name in yticks.items():
            parts.append(f"<path d='M{left} {self.down(y):.1f}H{right}' stroke='#ddd'/>")
            parts.append(f"<text x='{left - 6}' y='{self.down(y) + 4:.1f}' text-anchor='end'>{name}</text>")
        parts += [
            f"<text x='{left}' y='16' font-weight='bold'>{title}</text>",
            f"<text x='{middle}' y='{bottom + 34}' text-anchor='middle'>{xlabel}</text>",
            f"<text transform='translate(14 {centre}) rotate(-90)' text-anchor='middle'>{ylabel}</text>",
        ]
        return "".join(parts)

    def line(self, x: Iterable[float], y: Iterable[float], look: str) -> str:
        """A line through points."""
        points = " ".join(f"{self.across(a):.1f},{self.down(b):.1f}" for a, b in zip(x, y, strict=True))
        return f"<polyline points='{points}' fill='none' {look}/>"
