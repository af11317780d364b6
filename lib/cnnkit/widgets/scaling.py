"""What a network costs that is scaled in depth, width or resolution alone, and in all three."""

from math import ceil
from typing import Any

import ipywidgets

from cnnkit.nets.efficientnet import STAGES
from cnnkit.widgets.tables import decimal

FACTORS = ("depth", "width", "resolution")
SIDE, STEM, HEAD, CLASSES = 224, 32, 1280, 1000
LARGEST_PHI, LARGEST_FACTOR = 7.0, 2.0
_CELL = (
    "border-bottom:1px solid #999;padding:3px 8px;white-space:nowrap;color:#000;background:#fff;text-align:"
)
_TITLES = (
    "scaled",
    "blocks",
    "channels at the end",
    "pixels a side",
    "parameters",
    "multiplications",
    "times the base",
)
_HEAD = "".join(f'<th scope="col" style="{_CELL}right">{title}</th>' for title in _TITLES)


def scaling_explorer(
    phi: float = 1.0, depth: float = 1.2, width: float = 1.1, resolution: float = 1.15
) -> ipywidgets.VBox:
    """A widget that scales EfficientNet-Lite0 by one factor at a time and by all three.

    Blocks come whole, channels in eights, as in the EfficientNets; stem and head are scaled too.

    Args:
        phi: the power that the factors are taken to, 0 to 7.
        depth: the factor of the number of blocks at phi 1, 1 to 2.
        width: that of the channels, 1 to 2.
        resolution: that of the rows and columns of the picture, 1 to 2.

    Returns:
        Four fields, a table of five networks, and a sentence on what the same cost would buy in one dimension alone.

    Raises:
        ValueError: a number is out of its range.

    Example:
        >>> explorer = scaling_explorer(2)
        >>> [one.value for one in explorer.children[0].children]
        [2.0, 1.2, 1.1, 1.15]
    """
    given = {"depth": depth, "width": width, "resolution": resolution}
    fields = [decimal("φ", phi, 0.0, LARGEST_PHI, 0.5)]
    fields += [decimal(name, value, 1.0, LARGEST_FACTOR, 0.05) for name, value in given.items()]
    shown = ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        shown.value = _shown(*(one.value for one in fields))

    for one in fields:
        one.style.description_width = "6em"
        one.observe(draw, "value")
    draw()
    return ipywidgets.VBox([ipywidgets.HBox(fields, layout=ipywidgets.Layout(flex_flow="row wrap")), shown])


def _shown(phi: float, *factors: float) -> str:
    scaled = [factor**phi for factor in factors]
    alone = {
        f"{name} alone": [scaled[place] if place == other else 1.0 for other in range(3)]
        for place, name in enumerate(FACTORS)
    }
    networks = {"the base": [1.0, 1.0, 1.0], **alone, "all three": scaled}
    costs = {name: network_cost(*three) for name, three in networks.items()}
    base = costs["the base"][-1]
    rows = [_row(name, [*cost, f"{cost[-1] / base:.2f}"]) for name, cost in costs.items()]
    depth, width, resolution = factors
    a_step = depth * width**2 * resolution**2
    budget, sides = a_step**phi, a_step ** (phi / 2)
    words = (
        f"By the rule each step of φ costs {depth:g} · {width:g}² · {resolution:g}² = {a_step:.2f} times as much, and "
        f"φ = {phi:g} costs {budget:.2f} times. One dimension alone gets for that: {budget:.2f} times the depth, or "
        f"{sides:.2f} times the width, or {sides:.2f} times the resolution."
    )
    return f"<table style='border-collapse:collapse'><tr>{_HEAD}</tr>{''.join(rows)}</table><p>{words}</p>"


def network_cost(depth: float, width: float, resolution: float) -> tuple[int, int, int, int, int]:
    """What the scaled network is and costs.

    Returns:
        Blocks, channels at the end, pixels a side, parameters, and the multiplications for one picture.
    """
    side, n_C_prev, blocks = round(SIDE * resolution), _channels(STEM, width), 0
    n_out = ceil(side / 2)
    learned, products = _layer(n_out, n_C_prev, 9 * 3)
    for count, f, first, expansion, channels in STAGES:
        n_C = _channels(channels, width)
        for stride in [first] + [1] * (ceil(count * depth) - 1):
            added = _block(n_out, f, stride, expansion, n_C_prev, n_C)
            learned, products = learned + added[0], products + added[1]
            n_out, n_C_prev, blocks = ceil(n_out / stride), n_C, blocks + 1
    head = _channels(HEAD, width)
    added = _layer(n_out, head, n_C_prev)
    dense = head * CLASSES
    return blocks, head, side, learned + added[0] + dense + CLASSES, products + added[1] + dense


def _channels(n_C: int, width: float) -> int:
    """A multiple of eight, and not more than a tenth below what was asked for."""
    nearest = max(8, int(n_C * width + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * n_C * width else nearest


def _layer(n_out: int, n_C: int, each: int) -> tuple[int, int]:
    """Parameters and multiplications of a convolution whose filters have `each` weights, and of its normalisation."""
    return n_C * each + 2 * n_C, n_out * n_out * n_C * each


def _block(n: int, f: int, stride: int, expansion: int, n_C_prev: int, n_C: int) -> tuple[int, int]:
    """Parameters and multiplications of an inverted residual block that gets n rows."""
    hidden, n_out = n_C_prev * expansion, ceil(n / stride)
    layers = [_layer(n, hidden, n_C_prev)] if expansion > 1 else []
    layers += [_layer(n_out, hidden, f * f), _layer(n_out, n_C, hidden)]
    return sum(learned for learned, _ in layers), sum(products for _, products in layers)


def _row(name: str, cells: list[Any]) -> str:
    written = "".join(
        f'<td style="{_CELL}right">{cell if isinstance(cell, str) else f"{cell:,}"}</td>' for cell in cells
    )
    return f'<tr><th scope="row" style="{_CELL}left">{name}</th>{written}</tr>'
