import doctest
import re
import time

import pytest
import torch

from cnnkit.widgets import costs, inception_costs

BRANCHES = ("1×1", "3×3", "5×5", "pooling", "all")


def count(n_H, n_W, n_C, f, n_C_prev):
    """Multiplications, position by position."""
    return sum(n_C * torch.empty(n_C_prev, f, f, device="meta").numel() for _ in range(n_H * n_W))


def parts(widget):
    controls, shown = widget.children
    return (*controls.children, shown)


def rows(html):
    """{branch: its cells}."""
    lines = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    return {name: cells for name, *cells in lines}


def by_torch(side, c, n1, r3, n3, r5, n5, n_pool):
    """The same rows from real layers: their outputs' channels, products and parameters."""
    wide = {"1×1": [(c, n1, 1)], "3×3": [(c, n3, 3)], "5×5": [(c, n5, 5)], "pooling": []}
    narrow = {
        "1×1": [(c, n1, 1)], "3×3": [(c, r3, 1), (r3, n3, 3)], "5×5": [(c, r5, 1), (r5, n5, 5)],
        "pooling": [(c, n_pool, 1)],
    }  # fmt: skip
    table = {name: [] for name in BRANCHES}
    for design in (narrow, wide):
        total = torch.zeros(3, dtype=torch.int64)
        for name, layers in design.items():
            built = [torch.nn.Conv2d(*sizes, device="meta") for sizes in layers]
            products = sum(side**2 * layer.weight.numel() for layer in built)
            learned = sum(p.numel() for layer in built for p in layer.parameters())
            numbers = torch.tensor([layers[-1][1] if layers else c, products, learned])
            total += numbers
            table[name] += numbers.tolist()
        table["all"] += total.tolist()
    return table


def numbers(html):
    """{branch: its numbers, channels alone of each shape}."""
    found = {name: [cell.split("× ")[-1] for cell in cells] for name, cells in rows(html).items()}
    return {name: [int(cell.replace(",", "")) for cell in found[name]] for name in BRANCHES}


def test_the_example_in_the_docstring():
    assert doctest.testmod(costs).failed == 0


@pytest.mark.parametrize(
    "given",
    [(28, 192, 64, 96, 128, 16, 32, 32), (7, 832, 384, 192, 384, 48, 128, 128), (1, 4, 5, 8, 11, 16, 21, 24)],
)
def test_shapes_multiplications_and_parameters_are_those_of_real_layers(given):
    *fields, shown = parts(inception_costs(count))
    for field, value in zip(fields, given, strict=True):
        field.value = value
    assert numbers(shown.value) == by_torch(*given)
    assert rows(shown.value)["pooling"][3] == f"{given[0]} × {given[0]} × {given[1]}"


def test_a_count_that_is_not_begun_is_said():
    def stub(n_H, n_W, n_C, f, n_C_prev):
        raise NotImplementedError

    *fields, shown = parts(inception_costs(stub))
    fields[0].value = 5
    assert "write multiplications first" in shown.value
    assert "<table" not in shown.value


def test_every_field_has_a_name_and_the_table_names_its_rows():
    *fields, shown = parts(inception_costs(count))
    assert [field.description for field in fields] == list(costs.RANGES)
    assert shown.value.count('scope="row"') == len(BRANCHES)
    assert shown.value.count('scope="col"') == 7


def test_a_move_takes_less_than_a_tenth_of_a_second():
    side, *_ = parts(inception_costs(lambda n_H, n_W, n_C, f, n_C_prev: n_H * n_C * f))
    start = time.process_time()
    for value in (10, 9) * 5:
        side.value = value
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"side": 65}, "rows and columns should be from 1 to 64, and is 65"),
        ({"in_channels": 3}, "channels in should be from 4 to 832, and is 3"),
        ({"filters": (4, 4, 4, 385, 4, 4)}, "neck before 5×5 should be from 4 to 384, and is 385"),
        ({"filters": (4, 4)}, "filters should be six numbers, and are 2"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_named(given, message):
    with pytest.raises(ValueError) as error:
        inception_costs(count, **given)
    assert str(error.value) == message
