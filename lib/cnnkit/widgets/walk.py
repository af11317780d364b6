"""A walk through networks, layer by layer: where their activations and their parameters sit."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from cnnkit.widgets.tables import SIDE_BY_SIDE, field

Stage = tuple[str, Sequence[int], int]
SIDE, HEIGHT = 110, 90  # pixels of the largest volume's side, and of the highest column
_COLUMN = "flex:0 1 14px;margin-right:3px;"  # narrower where there is no room: they stay in one row


def network_walk(networks: Mapping[str, Sequence[Stage]]) -> ipywidgets.VBox:
    """A widget that shows what comes out of each layer of a network, and how that compares with the other layers.

    Args:
        networks: for each network's name its stages: (name, (C, H, W) or (n,), number of parameters), the input first.

    Returns:
        A menu of networks and a field for the stage; below them the stage in words, its volume as a box, and a
        column for each stage, once for the activations and once for the parameters; those of the stage are framed.

    Raises:
        ValueError: there is no network, or one without stages.

    Example:
        >>> walk = network_walk({"tiny": [("input", (1, 4, 4), 0), ("conv1", (2, 2, 2), 20)]})
        >>> walk.children[0].children[1].max
        1
    """
    if not networks or not all(networks.values()):
        raise ValueError("networks should hold at least one network, each with its stages, the input first")
    menu = ipywidgets.Dropdown(options=list(networks), description="network", tooltip="The network")
    place, shown = field("stage", len(networks[menu.value]) - 1), ipywidgets.HTML()

    def draw(_: Any = None) -> None:
        shown.value = _html(networks[menu.value], place.value)

    def change(_: Any) -> None:
        last = len(networks[menu.value]) - 1
        place.value, place.max, place.tooltip = 0, last, f"stage, from 0 to {last}"
        draw()

    menu.observe(change, "value")
    place.observe(draw, "value")
    draw()
    return ipywidgets.VBox([ipywidgets.HBox([menu, place], layout={"flex_flow": "row wrap"}), shown])


def _html(stages: Sequence[Stage], at: int) -> str:
    sizes, learned = [math.prod(shape) for _, shape, _ in stages], [parameters for *_, parameters in stages]
    name, shape, parameters = stages[at]
    words = (
        f"<b>{name}</b>: {' × '.join(map(str, [*shape[1:], shape[0]]))} = {sizes[at]:,} numbers, "
        f"{4 * sizes[at] / 1e6:,.2f} MB; {parameters:,} parameters, {4 * parameters / 1e6:,.2f} MB"
    )
    strips = _strip("activations", sizes, at) + _strip("parameters", learned, at)
    drawn = (
        f"<div style='{SIDE_BY_SIDE};min-height:{SIDE + 10}px'>{_box(shape, stages)}"
        f"<div style='flex:1 1 15em;min-width:0'>{strips}</div></div>"
    )
    return f"<div style='color:#000;background:#fff;padding:6px'><p role='status'>{words}</p>{drawn}</div>"


def _box(shape: Sequence[int], stages: Sequence[Stage]) -> str:
    """The face of a volume: as high as its rows, as wide as its channels, on a logarithmic scale."""
    sides = [n for _, (_, *rest), _ in stages for n in rest]
    high = max(3, SIDE * shape[1] / max(sides)) if len(shape) == 3 else 3
    wide = 6 * math.log2(2 * shape[0])
    look = f"width:{wide:.0f}px;height:{high:.0f}px;background:#cfe8f5;border:1px solid #000"
    return f"<div style='width:{SIDE}px'><div style='{look}'></div></div>"


def _strip(title: str, numbers: Sequence[int], at: int) -> str:
    highest, total = max(numbers), sum(numbers) or 1
    looks = ("background:#9ab8d1;", "background:#1f3b57;outline:2px solid #000;")
    columns = "".join(
        f"<span style='{_COLUMN}height:{max(1, HEIGHT * n / (highest or 1)):.0f}px;{looks[i == at]}'></span>"
        for i, n in enumerate(numbers)
    )
    share = f"{title}: {numbers[at] / total:.1%} of {4 * total / 1e6:,.2f} MB"
    row = f"<div role='img' aria-label='{share}' style='display:flex;align-items:flex-end'>{columns}</div>"
    return f"<div style='margin-bottom:1em'>{row}{share}</div>"
