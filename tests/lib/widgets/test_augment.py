import base64
import doctest
import io
import re
import time

import numpy as np
import pytest
import torch
from PIL import Image

from cnnkit.widgets import augment, augmentation_playground

PICTURE = np.random.default_rng(0).integers(60, 190, size=(24, 36, 3), dtype=np.uint8)
ASKED: list = []


def kept(name):
    """A function that remembers how it was called, and gives the picture as it is."""
    return lambda image, *arguments: ASKED.append((name, *arguments)) or image


FUNCTIONS = {name: kept(name) for name in augment.CHANGES} | {"mirror": lambda image: image.flip(2)}


def parts(widget):
    controls, before, after = widget.children
    menu, seed, *rows = controls.children
    return menu, seed, {row.children[0].description: row.children for row in rows}, before, after


def drawn(html):
    (data,) = re.findall(r"base64,([^']+)'", html.value)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def only(rows, *names):
    for name, (box, _) in rows.items():
        box.value = name in names


@pytest.fixture(autouse=True)
def nothing_asked():
    ASKED.clear()


def test_the_example_in_the_docstring():
    assert doctest.testmod(augment).failed == 0


def test_what_is_checked_is_what_is_done_and_said():
    _, _, rows, before, after = parts(augmentation_playground({"noise": PICTURE}, FUNCTIONS))
    assert ASKED == [("rotate", 15.0)] and "rotate 15 degrees" in after.value
    only(rows, "mirror")
    assert np.array_equal(drawn(after), drawn(before)[:, ::-1]) and "mirror, 24 × 36" in after.value
    only(rows)
    assert np.array_equal(drawn(after), drawn(before)) and "nothing changed" in after.value


def test_strengths_come_in_the_functions_own_units_and_changes_in_order():
    _, seed, rows, _, after = parts(augmentation_playground({"noise": PICTURE}, FUNCTIONS))
    only(rows)
    strengths = {
        "random_crop": 50,
        "rotate": -30,
        "shear": 20,
        "local_warp": 3,
        "color_shift": 10,
        "pca_color": 150,
    }
    for name, strength in strengths.items():
        rows[name][1].value = strength
    only(rows, *strengths)
    ASKED.clear()
    seed.value = 7
    (crop, size, _), turn, lean, (warp, offsets), (shift, amount), (pca, alphas) = ASKED
    assert [crop, warp, shift, pca] == ["random_crop", "local_warp", "color_shift", "pca_color"]
    assert (size, turn, lean) == (12, ("rotate", -30.0), ("shear", 0.2))
    assert offsets.shape == (2, 5, 5) and 1.5 < offsets.std() < 6
    assert amount.shape == alphas.shape == (3,)
    assert amount.abs().max() <= 0.1 and torch.allclose(alphas, 15 * amount)
    assert "random_crop 50 % of the side, then rotate -30 degrees" in after.value


def test_the_seed_and_nothing_else_decides_what_is_drawn():
    functions = {"color_shift": FUNCTIONS["color_shift"]}
    _, seed, rows, _, _ = parts(augmentation_playground({"noise": PICTURE}, functions))
    only(rows, "color_shift")
    for value in (1, 0, 1):
        torch.rand(5)
        seed.value = value
    first, _, third = [amount for _, amount in ASKED[1:]]
    assert torch.equal(first, third) and not torch.equal(ASKED[0][1], first)


def test_another_picture_comes_from_the_menu_and_large_ones_are_made_small():
    album = {"noise": PICTURE, "grey": np.full((400, 800, 3), 90, np.uint8)}
    menu, _, rows, before, after = parts(augmentation_playground(album, FUNCTIONS))
    only(rows)
    menu.value = "grey"
    assert drawn(before).shape == drawn(after).shape == (80, 160, 3) and np.all(drawn(after) == 90)


def test_every_picture_has_an_alt_text_and_every_control_a_name():
    menu, seed, rows, before, after = parts(augmentation_playground({"noise": PICTURE}, FUNCTIONS))
    assert "<img alt='Before: noise" in before.value and "<img alt='After: rotate" in after.value
    controls = [menu, seed, *(one for row in rows.values() for one in row)]
    assert all(control.tooltip for control in controls)
    assert len({control.description for control in controls}) == len(controls)


def test_a_move_takes_less_than_a_tenth_of_a_second():
    large = np.random.default_rng(0).integers(0, 256, size=(300, 400, 3), dtype=np.uint8)
    _, seed, rows, _, _ = parts(augmentation_playground({"noise": large}, FUNCTIONS))
    only(rows, *rows)
    start = time.process_time()
    for value in range(1, 11):
        seed.value = value
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("album", "functions", "message"),
    [
        ({}, {}, "the album should have at least one picture"),
        ({"grey": np.zeros((4, 4), np.uint8)}, {}, "'grey' should be uint8 (H, W, 3), and is uint8 (4, 4)"),
        ({"real": np.zeros((4, 4, 3))}, {}, "'real' should be uint8 (H, W, 3), and is float64 (4, 4, 3)"),
        ({"noise": PICTURE}, {"blur": 0, "rotate": 0},
         "there is no change blur: there are mirror, random_crop, rotate, shear, local_warp, color_shift, pca_color"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(album, functions, message):
    with pytest.raises(ValueError) as error:
        augmentation_playground(album, functions)
    assert str(error.value) == message
