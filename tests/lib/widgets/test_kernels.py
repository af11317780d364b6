import base64
import doctest
import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from cnnkit.widgets import kernel_editor, kernels

PICTURE = np.random.default_rng(0).uniform(0.1, 0.9, size=(12, 16))


def parts(widget):
    controls, before, after = widget.children
    grid, menu = controls.children
    return grid.children, menu, before, after


def drawn(html):
    """The picture in an HTML image."""
    (data,) = re.findall(r"base64,([^']+)'", html.value)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), dtype=float)


def type_in(fields, numbers):
    for field, number in zip(fields, np.ravel(numbers), strict=True):
        field.value = number


def test_the_example_in_the_docstring():
    assert doctest.testmod(kernels).failed == 0


def test_what_is_typed_is_what_is_computed():
    fields, menu, before, after = parts(kernel_editor(PICTURE))
    typed = np.array([[0, 0.25, 0], [0.5, 0, 0.125], [0, 0, 0.1]])
    type_in(fields, typed)
    seen = drawn(before) / 255
    by_hand = [
        [float(np.vdot(seen[row : row + 3, column : column + 3], typed)) for column in range(14)]
        for row in range(10)
    ]
    np.testing.assert_allclose(drawn(after) / 255, by_hand, atol=1 / 255)
    assert menu.value == "your own" and "add up to 0.975" in after.value


def test_a_kernel_of_sum_zero_is_drawn_around_grey():
    fields, menu, _, after = parts(kernel_editor(np.hstack([np.zeros((9, 6)), np.ones((9, 6))])))
    assert menu.value == "vertical lines" and "grey is 0" in after.value
    row = drawn(after)[3]
    assert row.tolist() == [127, 127, 127, 127, 0, 0, 127, 127, 127, 127]
    type_in(fields, [-1, 0, 1] * 3)
    assert drawn(after)[3][4] == 255


@pytest.mark.parametrize("name", kernels.KERNELS)
def test_the_menu_fills_the_fields_in(name):
    fields, menu, _, after = parts(kernel_editor(PICTURE, np.ones((3, 3))))
    earlier = after.value
    menu.value = name
    assert tuple(field.value for field in fields) == kernels.KERNELS[name]
    assert menu.value == name and after.value != earlier
    fields[4].value += 1
    assert menu.value == "your own"


def test_colours_become_grey_and_large_pictures_small():
    colours = np.zeros((300, 600, 3), dtype=np.uint8)
    colours[..., 0] = 120
    _, _, before, _ = parts(kernel_editor(colours))
    assert drawn(before).shape == (100, 200) and np.all(drawn(before) == 40)


def test_every_picture_has_an_alt_text_and_every_field_a_name():
    fields, _, before, after = parts(kernel_editor(PICTURE))
    assert all(re.search(r"<img alt='[^']+'", picture.value) for picture in (before, after))
    assert len({field.description for field in fields}) == 9


@pytest.mark.parametrize("change", ["field", "menu"])
def test_a_change_takes_less_than_a_tenth_of_a_second(change):
    fields, menu, _, _ = parts(kernel_editor(np.random.default_rng(0).uniform(size=(200, 200))))
    start = time.process_time()
    for step in range(10):
        if change == "field":
            fields[0].value = step + 2
        else:
            menu.value = ("blur", "sharpen")[step % 2]
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("picture", "kernel", "message"),
    [
        (np.ones(9), np.ones(9), "picture should have the shape (H, W) or (H, W, 3), and has (9,)"),
        (
            np.ones((9, 9, 4)),
            np.ones(9),
            "picture should have the shape (H, W) or (H, W, 3), and has (9, 9, 4)",
        ),
        (np.ones((9, 9)), np.ones((2, 2)), "kernel should have the shape (3, 3), and has (2, 2)"),
    ],
)
def test_what_does_not_fit_is_named(picture, kernel, message):
    with pytest.raises(ValueError) as error:
        kernel_editor(picture, kernel)
    assert str(error.value) == message
