import doctest
import re
import time
from collections import OrderedDict
from math import ceil

import pytest
import torch
from torch import nn

from cnnkit.nets.efficientnet import STAGES, _architecture, _block, _convolution
from cnnkit.widgets import scaling, scaling_explorer
from cnnkit.widgets.scaling import network_cost

ROWS = ("the base", "depth alone", "width alone", "resolution alone", "all three")


def rows(html):
    """{network: its cells as numbers}."""
    lines = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    return {name: [float(cell.replace(",", "")) for cell in cells] for name, *cells in lines[1:]}


def counted(net, side):
    """Parameters, and multiplications of the convolutions and dense layers for one picture, by hooks."""
    products = []

    def hook(layer, _, out):
        products.append(out[0].numel() * layer.weight[0].numel())

    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(hook)
    net.eval()(torch.zeros(1, 3, side, side, device="meta"))
    return sum(p.numel() for p in net.parameters()), sum(products)


def built(repeats, widths, stem, head):
    """A network of real layers with so many blocks in each stage, and so many channels."""
    layers, n_C_prev = [_convolution(3, stem, 3, 2)], stem
    for (_, f, stride, expansion, _), count, n_C in zip(STAGES, repeats, widths, strict=True):
        for number in range(count):
            layers.append(_block(n_C_prev, n_C, f, stride if number == 0 else 1, expansion))
            n_C_prev = n_C
    layers += [_convolution(n_C_prev, head), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(head, 1000)]
    return nn.Sequential(OrderedDict((str(number), layer) for number, layer in enumerate(layers)))


def test_the_example_in_the_docstring():
    assert doctest.testmod(scaling).failed == 0


def test_the_base_is_the_real_network():
    with torch.device("meta"):
        net = _architecture()
    learned, products = counted(net, 224)
    assert network_cost(1, 1, 1) == (16, 1280, 224, learned, products)
    assert learned == 4_652_008


def test_a_scaled_network_costs_what_one_of_real_layers_does():
    repeats = [ceil(1.4 * count) for count, *_ in STAGES]
    with torch.device("meta"):
        net = built(repeats, (24, 32, 56, 104, 144, 248, 416), 40, 1664)
    learned, products = counted(net, 300)
    assert network_cost(1.4, 1.3, 300 / 224) == (sum(repeats), 1664, 300, learned, products)


@pytest.mark.parametrize(
    ("n_C", "width", "expected"), [(16, 1.1, 16), (24, 1.1, 24), (40, 1.1, 48), (32, 1.3, 40), (20, 1.0, 24), (1, 1, 8)]
)  # fmt: skip
def test_channels_come_in_eights_and_lose_a_tenth_at_most(n_C, width, expected):
    assert scaling._channels(n_C, width) == expected
    assert expected % 8 == 0 and expected >= 0.9 * n_C * width


@pytest.mark.parametrize("given", [(0, 1.2, 1.1, 1.15), (2, 1.2, 1.1, 1.15), (1.5, 1.0, 1.3, 2.0)])
def test_each_row_scales_what_it_says(given):
    _, shown = scaling_explorer(*given).children
    found = rows(shown.value)
    assert tuple(found) == ROWS
    depth, width, resolution = (factor ** given[0] for factor in given[1:])
    expected = [(1, 1, 1), (depth, 1, 1), (1, width, 1), (1, 1, resolution), (depth, width, resolution)]
    base = network_cost(1, 1, 1)[-1]
    for name, factors in zip(ROWS, expected, strict=True):
        cost = network_cost(*factors)
        assert found[name] == [*cost, pytest.approx(cost[-1] / base, abs=0.005)]


def test_fields_move_the_table_and_the_sentence():
    controls, shown = scaling_explorer(phi=1).children
    phi, depth, width, resolution = controls.children
    assert "1.2 · 1.1² · 1.15² = 1.92 times as much" in shown.value
    for field, value in ((phi, 2), (depth, 1.0), (width, 1.0), (resolution, 1.5)):
        field.value = value
    assert "1 · 1² · 1.5² = 2.25 times as much, and φ = 2 costs 5.06 times" in shown.value
    assert "5.06 times the depth, or 2.25 times the width, or 2.25 times the resolution" in shown.value
    assert rows(shown.value)["all three"][2] == 504


def test_every_field_has_a_name_and_the_table_names_its_rows():
    controls, shown = scaling_explorer().children
    assert [field.description for field in controls.children] == ["φ", "depth", "width", "resolution"]
    assert all(field.description in field.tooltip for field in controls.children)
    assert shown.value.count('scope="row"') == len(ROWS)
    assert shown.value.count('scope="col"') == 7


def test_a_move_takes_less_than_a_tenth_of_a_second():
    phi, *_ = scaling_explorer().children[0].children
    start = time.process_time()
    for value in (7, 6.5) * 5:
        phi.value = value
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"phi": 8}, "φ should be from 0 to 7, and is 8"),
        ({"phi": -1}, "φ should be from 0 to 7, and is -1"),
        ({"depth": 0.9}, "depth should be from 1 to 2, and is 0.9"),
        ({"width": 2.5}, "width should be from 1 to 2, and is 2.5"),
        ({"resolution": 3}, "resolution should be from 1 to 2, and is 3"),
    ],
)
def test_what_is_out_of_range_is_named(given, message):
    with pytest.raises(ValueError) as error:
        scaling_explorer(**given)
    assert str(error.value) == message
