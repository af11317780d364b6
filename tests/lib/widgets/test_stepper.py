import doctest
import re
import time

import numpy as np
import pytest

from cnnkit.widgets import stepper, window_stepper

IMAGE = np.arange(20.0).reshape(4, 5)
KERNEL = np.array([[1.0, 0.0], [0.0, -2.0]])


def parts(widget):
    controls, tables = widget.children
    return (*controls.children, tables)


def current_output(html):
    """The framed cell of the last table."""
    last = html.split("<table")[-1]
    (cell,) = re.findall(r"<td style='[^']*outline:3px[^']*'>([^<]*)</td>", last)
    return float(cell.replace("−", "-"))


def test_the_example_in_the_docstring():
    assert doctest.testmod(stepper).failed == 0


@pytest.mark.parametrize(("stride", "pad"), [(1, 0), (2, 0), (1, 1), (2, 1), (3, 2)])
def test_every_step_shows_the_cell_that_a_brute_force_gives(stride, pad):
    row, column, *_, tables = parts(window_stepper(IMAGE, KERNEL, stride, pad))
    padded = [[0.0] * (5 + 2 * pad) for _ in range(4 + 2 * pad)]
    for r in range(4):
        for c in range(5):
            padded[r + pad][c + pad] = float(IMAGE[r, c])
    assert (row.max, column.max) == ((4 + 2 * pad - 2) // stride, (5 + 2 * pad - 2) // stride)
    for h, w in np.ndindex(row.max + 1, column.max + 1):
        row.value, column.value = h, w
        top, left = h * stride, w * stride
        assert current_output(tables.value) == padded[top][left] - 2 * padded[top + 1][left + 1]
        assert f"output[{h}, {w}]" in tables.value


def test_the_buttons_go_through_all_windows_and_back():
    row, column, back, forth, _ = parts(window_stepper(IMAGE, KERNEL))
    seen = []
    for _ in range(3 * 4):
        seen.append((row.value, column.value))
        forth.click()
    assert seen == list(np.ndindex(3, 4))
    assert (row.value, column.value) == (0, 0)
    back.click()
    assert (row.value, column.value) == (2, 3)


def test_cells_that_are_still_to_come_are_not_given_away():
    row, column, *_, tables = parts(window_stepper(IMAGE, KERNEL))
    assert tables.value.count(">?<") == 11
    row.value, column.value = 2, 3
    assert tables.value.count(">?<") == 0


def test_a_step_takes_less_than_a_tenth_of_a_second():
    size = stepper.LARGEST_SIDE
    _, _, _, forth, _ = parts(window_stepper(np.ones((size, size)), np.ones((5, 5))))
    start = time.process_time()
    for _ in range(10):
        forth.click()
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("image", "kernel", "options", "message"),
    [
        (np.ones(4), KERNEL, {}, "image should have the shape (n_H, n_W), and has (4,)"),
        (IMAGE, np.ones((2, 2, 3)), {}, "kernel should have the shape (f, f), and has (2, 2, 3)"),
        (np.ones((0, 3)), KERNEL, {}, "image should have the shape (n_H, n_W), and has (0, 3)"),
        (IMAGE, np.ones((5, 5)), {}, "a kernel of (5, 5) does not fit into a padded image of (4, 5)"),
        (IMAGE, KERNEL, {"stride": 0}, "stride should be at least 1 and pad at least 0: they are 0 and 0"),
        (IMAGE, KERNEL, {"pad": -1}, "stride should be at least 1 and pad at least 0: they are 1 and -1"),
        (np.ones((20, 3)), KERNEL, {}, "the padded image is (20, 3): more than 14 on a side cannot be read"),
    ],
)
def test_what_does_not_fit_is_named(image, kernel, options, message):
    with pytest.raises(ValueError) as error:
        window_stepper(image, kernel, **options)
    assert str(error.value) == message
