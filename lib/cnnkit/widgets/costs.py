"""What the branches of an Inception module cost, with and without their necks of 1 × 1."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from cnnkit.widgets.tables import field

RANGES = {  # lowest, highest, and how far an arrow goes
    "rows and columns": (1, 64, 1),
    "channels in": (4, 832, 4),
    "1×1": (4, 384, 4),
    "neck before 3×3": (4, 384, 4),
    "3×3": (4, 384, 4),
    "neck before 5×5": (4, 384, 4),
    "5×5": (4, 384, 4),
    "1×1 after the pooling": (4, 384, 4),
}
_CELL = (
    "border-bottom:1px solid #999;padding:3px 8px;white-space:nowrap;color:#000;background:#fff;text-align:"
)
_TITLES = (
    "branch",
    "with necks",
    "multiplications",
    "parameters",
    "without",
    "multiplications",
    "parameters",
)
_HEAD = "".join(f'<th scope="col" style="{_CELL}right">{title}</th>' for title in _TITLES)

Count = Callable[[int, int, int, int, int], int]
Layers = Sequence[tuple[int, int, int]]  # for each filter size, channels in, channels out


def inception_costs(
    multiplications: Count,
    side: int = 28,
    in_channels: int = 192,
    filters: Sequence[int] = (64, 96, 128, 16, 32, 32),
) -> ipywidgets.VBox:
    """A widget that shows what each branch of an Inception module gives and costs.

    Args:
        multiplications: multiplications(n_H, n_W, n_C, f, n_C_prev) -> int, the learner's own function. At a single
            place, 1 by 1, it also counts the weights.
        side: rows and columns of what comes in, 1 to 64.
        in_channels: its channels, 4 to 832.
        filters: the channels of the six convolutions, 4 to 384: 1×1; neck, 3×3; neck, 5×5; and 1×1 after the pooling.

    Returns:
        Eight fields, and a table of the branches: shapes, multiplications and parameters, both ways.

    Raises:
        ValueError: there are not six filters, or a number is out of its range.

    Example:
        >>> costs = inception_costs(lambda n_H, n_W, n_C, f, n_C_prev: 0)
        >>> [one.value for one in costs.children[0].children]
        [28, 192, 64, 96, 128, 16, 32, 32]
    """
    if len(filters) != len(RANGES) - 2:
        raise ValueError(f"filters should be six numbers, and are {len(filters)}")
    given = dict(zip(RANGES, (side, in_channels, *filters), strict=True))
    fields = [_field(name, value) for name, value in given.items()]
    shown = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        try:
            shown.value = _table(multiplications, *(one.value for one in fields))
        except NotImplementedError:
            shown.value = (
                "<p>The count is not begun: write multiplications first, then run this cell again.</p>"
            )

    for one in fields:
        one.observe(draw, "value")
    draw()
    return ipywidgets.VBox([ipywidgets.HBox(fields, layout={"flex_flow": "row wrap"}), shown])


def _field(name: str, value: int) -> ipywidgets.BoundedIntText:
    lowest, highest, step = RANGES[name]
    if not lowest <= value <= highest:
        raise ValueError(f"{name} should be from {lowest} to {highest}, and is {value}")
    made = field(name, highest, lowest, value)
    made.step, made.style.description_width, made.layout.width = step, "11em", "16em"
    return made


def _table(count: Count, side: int, c: int, *filters: int) -> str:
    n1, r3, n3, r5, n5, n_pool = filters
    branches: dict[str, tuple[Layers, Layers]] = {
        "1×1": ([(1, c, n1)], [(1, c, n1)]),
        "3×3": ([(1, c, r3), (3, r3, n3)], [(3, c, n3)]),
        "5×5": ([(1, c, r5), (5, r5, n5)], [(5, c, n5)]),
        "pooling": ([(1, c, n_pool)], []),
    }
    rows, totals = [], ([0, 0, 0], [0, 0, 0])
    for name, designs in branches.items():
        cells = ""
        for total, layers in zip(totals, designs, strict=True):
            numbers = _cost(count, side, c, layers)
            total[:] = [a + b for a, b in zip(total, numbers, strict=True)]
            cells += _written(side, numbers)
        rows.append(_row(name, cells))
    rows.append(_row("all", _written(side, totals[0]) + _written(side, totals[1])))
    return f"<table style='border-collapse:collapse'><tr>{_HEAD}</tr>{''.join(rows)}</table>"


def _cost(count: Count, side: int, c: int, layers: Layers) -> list[int]:
    """Channels, multiplications and parameters of layers in a row; without any, the channels that came in."""
    products = sum(int(count(side, side, n_C, f, n_C_prev)) for f, n_C_prev, n_C in layers)
    learned = sum(int(count(1, 1, n_C, f, n_C_prev)) + n_C for f, n_C_prev, n_C in layers)
    return [layers[-1][2] if layers else c, products, learned]


def _written(side: int, numbers: Sequence[int]) -> str:
    channels, products, learned = numbers
    cells = (f"{side} × {side} × {channels}", f"{products:,}", f"{learned:,}")
    return "".join(f'<td style="{_CELL}right">{cell}</td>' for cell in cells)


def _row(name: str, cells: str) -> str:
    return f'<tr><th scope="row" style="{_CELL}left">{name}</th>{cells}</tr>'
