import doctest
import re
import time

import numpy as np
import pytest

from cnnkit.widgets import size_explorer, sizes


def parts(widget):
    controls, shown = widget.children
    return (*controls.children, shown)


def numbers(html):
    """The cells of the first table, row by row."""
    first = html.split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", first)
    return [[int(cell) for cell in re.findall(r"<td[^>]*>(\d+)</td>", row)] for row in rows]


def by_hand(n, f, p, s):
    """How many windows each pixel of the padded image lies in, window by window."""
    side = n + 2 * p
    counts = [[0] * side for _ in range(side)]
    places = [start for start in range(side) if start % s == 0 and start + f <= side]
    for top in places:
        for left in places:
            for row in range(top, top + f):
                for column in range(left, left + f):
                    counts[row][column] += 1
    return counts, len(places)


def test_the_example_in_the_docstring():
    assert doctest.testmod(sizes).failed == 0


@pytest.mark.parametrize(
    "given",
    [(6, 3, 0, 1), (7, 3, 0, 2), (8, 3, 0, 2), (5, 3, 1, 2), (7, 3, 4, 2), (4, 4, 0, 3), (1, 1, 0, 1)],
)
def test_counts_size_and_sum_are_those_of_a_brute_force(given):
    *fields, shown = parts(size_explorer())
    for field, value in zip(fields, given, strict=True):
        field.value = value
    counts, size = by_hand(*given)
    assert numbers(shown.value) == counts
    assert f"= <b>{size}</b>" in shown.value
    assert numbers(shown.value.split("</table>")[1]) == np.arange(1, size**2 + 1).reshape(size, size).tolist()
    unused = counts[0].count(0)
    assert ("in no window" in shown.value) == (unused > 0)


def test_a_filter_that_does_not_fit_is_said():
    *_, shown = parts(size_explorer(n=3, f=5))
    assert "A filter of 5 does not fit into 3 pixels." in shown.value
    assert shown.value.count("<table") == 1


def test_padding_is_drawn_apart():
    *_, shown = parts(size_explorer(n=3, f=1, p=2))
    assert shown.value.count("font-style:italic") == 7 * 7 - 3 * 3 - 1  # the first window lies on one of them


def test_a_move_takes_less_than_a_tenth_of_a_second():
    n, _, _, _, _ = parts(size_explorer(n=9, f=3, p=4))
    start = time.process_time()
    for value in (10, 9) * 5:
        n.value = value
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 11}, "n should be from 1 to 10, and is 11"),
        ({"f": 0}, "f should be from 1 to 7, and is 0"),
        ({"p": -1}, "p should be from 0 to 4, and is -1"),
        ({"s": 5}, "s should be from 1 to 4, and is 5"),
    ],
)
def test_what_is_out_of_range_is_named(given, message):
    with pytest.raises(ValueError) as error:
        size_explorer(**given)
    assert str(error.value) == message
