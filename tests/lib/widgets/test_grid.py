import base64
import doctest
import io
import re
import time

import numpy as np
import pytest
import torch
from PIL import Image

from cnnkit.widgets import grid, grid_inspector

IMAGE = np.full((128, 128, 3), 90, np.uint8)


def target():
    """A pedestrian in row 1, column 2 and a car in row 3, column 0, on 4 x 4 cells with two anchors."""
    y = torch.zeros(4, 4, 2, 7)
    y[1, 2, 1] = torch.tensor([1, 0.5, 0.5, 2.0, 0.5, 1, 0])
    y[3, 0, 0] = torch.tensor([0.75, 0.25, 0.5, 1.0, 3.0, 0, 1])
    return y


def parts(widget):
    controls, shown = widget.children
    return (*controls.children, shown)


def seen(html):
    data = re.search(r"base64,([^']+)'", html)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data[1]))))


def extent(picture, colour):
    """The first and last column and row of a colour: x1, y1, x2, y2."""
    rows, columns = np.nonzero((picture == colour).all(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


def test_the_example_in_the_docstring():
    assert doctest.testmod(grid).failed == 0


def test_it_says_the_numbers_of_a_place_and_draws_its_cell_and_box():
    row, column, anchor, _, shown = parts(grid_inspector(IMAGE, target(), ["pedestrian", "car"]))
    row.value, column.value, anchor.value = 1, 2, 1
    assert "<b>row 1, column 2, anchor 1</b>: p_c 1.00; b_x 0.50, b_y 0.50, b_h 2.00, b_w 0.50" in shown.value
    assert "pedestrian 1.00, car 0.00" in shown.value
    assert "from (2.25, 0.50) to (2.75, 2.50) cells" in shown.value
    picture = seen(shown.value)
    assert picture.shape == (384, 384, 3)
    assert extent(picture, grid.BOX) == pytest.approx((216, 48, 265, 241), abs=1)
    assert extent(picture, grid.CELL) == pytest.approx((192, 96, 290, 194), abs=1)


def test_the_lines_of_the_grid_go_from_side_to_side():
    *_, shown = parts(grid_inspector(IMAGE, target(), ["pedestrian", "car"]))
    white = (seen(shown.value) == grid.LINE).all(axis=2)
    assert np.flatnonzero(white.all(axis=1)).tolist() == np.flatnonzero(white.all(axis=0)).tolist()
    assert np.flatnonzero(white[300:, 300:].all(axis=0)).tolist() == [83]
    assert np.flatnonzero(white[200:280].all(axis=0)).tolist() == [0, 96, 192, 288, 383]


def test_a_box_may_reach_beyond_the_picture():
    row, *_, shown = parts(grid_inspector(IMAGE, target().numpy(), ["pedestrian", "car"]))
    row.value = 3
    assert "from (-1.25, 3.00) to (1.75, 4.00) cells" in shown.value
    assert extent(seen(shown.value), grid.BOX)[0] == 0


def test_the_button_goes_from_object_to_object_and_round():
    row, column, anchor, onward, _ = parts(grid_inspector(IMAGE, target(), ["pedestrian", "car"]))
    found = []
    for _ in range(3):
        onward.click()
        found.append((row.value, column.value, anchor.value))
    assert found == [(1, 2, 1), (3, 0, 0), (1, 2, 1)]
    nothing = parts(grid_inspector(IMAGE, torch.zeros(2, 2, 1, 6), ["car"]))
    nothing[3].click()
    assert [one.value for one in nothing[:3]] == [0, 0, 0]


def test_its_picture_has_words_and_its_fields_have_names():
    *places, onward, shown = parts(grid_inspector(IMAGE, target(), ["pedestrian", "car"]))
    assert all(one.tooltip for one in (*places, onward))
    assert re.search(r"<img alt='The picture under 4 by 4 cells: its box reaches .+?'", shown.value)


@pytest.mark.parametrize("shape", [(4, 4, 7), (4, 3, 2, 7), (4, 4, 2, 8)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"y should have the shape \(S, S, A, 7\)"):
        grid_inspector(IMAGE, np.zeros(shape), ["pedestrian", "car"])


def test_it_answers_at_once():
    row, *_ = parts(grid_inspector(IMAGE, np.zeros((16, 16, 3, 8)), ["pedestrian", "car", "motorcycle"]))
    times = []
    for value in range(1, 8):
        start = time.perf_counter()
        row.value = value
        times.append(time.perf_counter() - start)
    assert sorted(times)[3] < 0.1
