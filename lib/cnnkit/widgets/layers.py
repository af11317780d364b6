"""A widget to build a network layer by layer, and to see what the learner's own table says of it."""

import html
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import torch
from torch import nn

from cnnkit.stacks import Layer, stack
from cnnkit.widgets.tables import button, field

LARGEST_SIDE, LARGEST_CHANNELS, MOST_LAYERS = 64, 16, 16
KINDS = {
    "convolution": ("conv", ("filters", "f", "stride", "pad")),
    "max pooling": ("pool", ("f", "stride")),
    "average pooling": ("pool", ("f", "stride")),
    "ReLU": ("relu", ()),
    "flatten": ("flatten", ()),
    "dense": ("dense", ("units",)),
}
NUMBERS = {  # lowest, highest, first value
    "filters": (1, 64, 8),
    "f": (1, 11, 3),
    "stride": (1, 4, 1),
    "pad": (0, 5, 0),
    "units": (1, 256, 10),
}
_CELL = "border-bottom:1px solid #999;padding:3px 10px;color:#000;background:#fff;"

Table = Callable[[nn.Module, tuple[int, ...]], Sequence[Sequence[Any]]]


def layer_table_builder(
    table: Table, input_shape: tuple[int, int, int] = (3, 32, 32), layers: Sequence[Layer] = ()
) -> ipywidgets.VBox:
    """A widget that adds layers to a network and shows, after each, the rows that `table` gives.

    Args:
        table: table(model, input_shape) -> rows (name, output shape, size, parameters): the learner's own function.
        input_shape: (C, H, W), at most 16 channels and 64 rows and columns.
        layers: what the network begins with, as `cnnkit.stacks.stack` takes it.

    Returns:
        A choice of layer, a field for each of its numbers, three buttons, and the table below them.

    Raises:
        ValueError: the input is too large.

    Example:
        >>> builder = layer_table_builder(lambda model, shape: [], (3, 32, 32))
        >>> [button.description for button in builder.children[1].children]
        ['Add this layer', 'Remove the last', 'Start again']
    """
    if len(input_shape) != 3 or max(input_shape[1:]) > LARGEST_SIDE or input_shape[0] > LARGEST_CHANNELS:
        raise ValueError(
            f"input_shape should be (C, H, W) with at most {LARGEST_CHANNELS} channels and {LARGEST_SIDE} rows and "
            f"columns, and is {input_shape}"
        )
    return _Builder(table, tuple(input_shape), list(layers)).widget()


class _Builder:
    def __init__(self, table: Table, input_shape: tuple[int, ...], layers: list[Layer]) -> None:
        self.table, self.input_shape = table, input_shape
        self.first, self.layers = list(layers), list(layers)
        self.kind = ipywidgets.Dropdown(
            options=list(KINDS), description="Layer", tooltip="The kind of the next layer"
        )
        self.fields = {name: field(name, high, low, value) for name, (low, high, value) in NUMBERS.items()}
        self.shown = ipywidgets.HTML()

    def widget(self) -> ipywidgets.VBox:
        self.kind.observe(lambda _: self.show_fields(), "value")
        buttons = [
            button("Add this layer", "Put the chosen layer at the end", lambda _: self.add()),
            button("Remove the last", "Take the last layer away", lambda _: self.change(self.layers[:-1])),
            button("Start again", "Back to the first layers", lambda _: self.change(self.first)),
        ]
        self.show_fields()
        self.change(self.layers)
        choices = ipywidgets.HBox([self.kind, *self.fields.values()], layout={"flex_flow": "row wrap"})
        return ipywidgets.VBox([choices, ipywidgets.HBox(buttons), self.shown])

    def show_fields(self) -> None:
        """Only the numbers that this kind of layer has."""
        for name, one in self.fields.items():
            one.layout.display = "" if name in KINDS[self.kind.value][1] else "none"

    def add(self) -> None:
        """Put the chosen layer at the end, where it fits."""
        if len(self.layers) == MOST_LAYERS:
            self.tell(f"{MOST_LAYERS} layers are enough for this table.")
            return
        shape = _shape_after(self.layers, self.input_shape)
        numbers = {name: self.fields[name].value for name in KINDS[self.kind.value][1]}
        misfit = _misfit(self.kind.value, numbers, shape)
        if misfit:
            self.tell(misfit)
            return
        prefix = KINDS[self.kind.value][0]
        count = 1 + sum(str(name).startswith(prefix) for name, *_ in self.layers)
        self.change([*self.layers, (f"{prefix}{count}", *_torch_layer(self.kind.value, numbers, shape))])

    def change(self, layers: Sequence[Layer]) -> None:
        """Show the table of another network."""
        self.layers = list(layers)
        try:
            rows = list(self.table(stack(self.layers), self.input_shape)) if self.layers else []
        except NotImplementedError:
            self.shown.value = (
                "<p>The table is not begun: write the function first, then run this cell again.</p>"
            )
        else:
            self.shown.value = _html(self.input_shape, rows)

    def tell(self, sentence: str) -> None:
        """Say why the network stays as it is, above its table."""
        table = self.shown.value[self.shown.value.find("<table") :]
        self.shown.value = f"<p role='status'><b>Does not fit.</b> {sentence}</p>{table}"


@torch.no_grad()
def _shape_after(layers: Sequence[Layer], input_shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(stack(layers, training=False)(torch.zeros(1, *input_shape)).shape[1:])


def _misfit(kind: str, numbers: dict[str, int], shape: tuple[int, ...]) -> str:
    """Why a layer cannot follow what comes out of the one before, in words; empty where it can."""
    if kind == "dense" and len(shape) == 3:
        return "A dense layer takes a row of numbers: put a flatten before it."
    if "f" not in numbers:
        return ""
    if len(shape) != 3:
        return f"A {kind} needs rows and columns, and after a flatten there are none."
    side = min(shape[1:]) + 2 * numbers.get("pad", 0)
    return f"A window of {numbers['f']} does not fit into {side} pixels." if numbers["f"] > side else ""


def _torch_layer(kind: str, numbers: dict[str, int], shape: tuple[int, ...]) -> Layer:
    if kind == "convolution":
        return ("Conv2d", shape[0], numbers["filters"], numbers["f"], numbers["stride"], numbers["pad"])
    if kind == "dense":
        return ("Linear", shape[0], numbers["units"])
    plain = {"max pooling": "MaxPool2d", "average pooling": "AvgPool2d", "ReLU": "ReLU", "flatten": "Flatten"}
    return (plain[kind], *numbers.values())


def _html(input_shape: tuple[int, ...], rows: Sequence[Sequence[Any]]) -> str:
    total = sum(int(row[3]) for row in rows)
    head = ("layer", "output, rows × columns × channels", "size", "parameters", "share of the parameters")
    lines = [
        _line(
            [
                ("input", "left"),
                (_volume(input_shape), "left"),
                (_size(input_shape), "right"),
                ("", ""),
                ("", ""),
            ]
        )
    ]
    for name, shape, size, parameters in rows:
        share = int(parameters) / total if total else 0.0
        cells = [(html.escape(str(name)), "left"), (_volume(shape), "left"), (f"{int(size):,}", "right")]
        lines.append(_line([*cells, (f"{int(parameters):,}", "right"), (_bar(share), "left")]))
    sides = ("left", "left", "right", "right", "left")
    titles = "".join(
        f"<th scope='col' style={_style(side)}>{title}</th>" for title, side in zip(head, sides, strict=True)
    )
    caption = (
        f"<caption style='caption-side:bottom;text-align:left'><b>{total:,} parameters in all</b></caption>"
    )
    return f"<table style='border-collapse:collapse'>{caption}<tr>{titles}</tr>{''.join(lines)}</table>"


def _line(cells: Sequence[tuple[str, str]]) -> str:
    return f"<tr>{''.join(f'<td style={_style(side)}>{text}</td>' for text, side in cells)}</tr>"


def _style(side: str) -> str:
    return f'"{_CELL}text-align:{side or "left"}"'


def _volume(shape: Sequence[int]) -> str:
    order = [*shape[1:], shape[0]] if len(shape) == 3 else list(shape)
    return " × ".join(str(int(n)) for n in order)


def _size(shape: Sequence[int]) -> str:
    return f"{torch.Size(shape).numel():,}"


def _bar(share: float) -> str:
    width = f"display:inline-block;height:0.8em;width:{100 * share:.0f}px;background:#3b6ea5"
    return f"<span style='{width}'></span> {share:.0%}" if share else ""
