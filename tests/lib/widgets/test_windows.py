import base64
import io
import re
import time

import numpy as np
import pytest
import torch
from PIL import Image

from cnnkit.widgets import window_explorer

NAMES = ("background", "car")
IMAGE = torch.arange(3 * 12 * 16).reshape(3, 12, 16) / 576
BOXES = torch.tensor([[(x, y, x + 6, y + 6) for x in (0, 5, 10)] for y in (0, 6)])


def ask(x):
    return torch.stack([x.sum((1, 2, 3)), x[:, 0, 0, 0]], dim=1) / 100


ANSWERS = torch.stack(
    [
        torch.stack([ask(IMAGE[None, :, y1:y2, x1:x2])[0] for x1, y1, x2, y2 in row], 1)
        for row in BOXES.tolist()
    ],
    1,
)


def parts(widget):
    controls, shown = widget.children
    return (*controls.children, shown)


def pictures(html):
    """The picture and the map, as they are drawn, from 0 to 255."""
    found = re.findall(r"base64,([^']+)'", html)
    return [np.array(Image.open(io.BytesIO(base64.b64decode(one)))) for one in found]


def frame(drawn):
    """The corners x1, y1, x2, y2 of what is yellow."""
    rows, columns = np.nonzero((drawn == (255, 209, 0)).all(axis=2))
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_it_frames_the_window_and_its_place():
    row, column, *_, shown = parts(window_explorer(IMAGE, BOXES, ask, ANSWERS, NAMES))
    assert (row.max, column.max) == (1, 2)
    for r, s in np.ndindex(2, 3):
        row.value, column.value = r, s
        picture, places = pictures(shown.value)
        assert picture.shape == (12, 16, 3)
        assert places.shape == (16, 24, 3)
        assert frame(picture) == BOXES[r, s].tolist()
        assert frame(places) == [8 * s, 8 * r, 8 * s + 8, 8 * r + 8]
        x1, y1, x2, y2 = BOXES[r, s].tolist()
        assert f"columns {x1} to {x2 - 1}, rows {y1} to {y2 - 1}" in shown.value


def test_it_says_both_answers_and_how_far_they_are_apart():
    row, column, *_, shown = parts(window_explorer(IMAGE, BOXES, ask, ANSWERS, NAMES))
    row.value, column.value = 1, 2
    share = ANSWERS[:, 1, 2].softmax(0)[1].item()
    assert f"this window alone: background {1 - share:.1%}, car {share:.1%}<br>" in shown.value
    assert f"one pass, at its place: background {1 - share:.1%}, car {share:.1%}<br>" in shown.value
    wrong = ANSWERS.clone()
    wrong[:, 0, 0] = torch.tensor([0.0, 100.0])
    *_, shown = parts(window_explorer(IMAGE, BOXES, ask, wrong, NAMES))
    apart = ANSWERS[:, 0, 0].softmax(0)[0].item()
    assert f"They differ by at most {apart:.0e}." in shown.value


def test_the_map_is_that_of_the_chosen_class():
    row, column, menu, *_, shown = parts(window_explorer(IMAGE, BOXES, ask, ANSWERS, NAMES))
    for number, name in enumerate(NAMES):
        menu.value = name
        row.value, column.value = 0, 1
        inside = pictures(shown.value)[1][3:-3:8, 3:-3:8, 0]
        shares = (255 * ANSWERS.softmax(0)[number]).to(torch.uint8)
        assert inside.tolist() == shares.tolist()


def test_back_and_next_go_around():
    row, column, _, back, forth, _ = parts(window_explorer(IMAGE, BOXES, ask, ANSWERS, NAMES))
    back.click()
    assert (row.value, column.value) == (1, 2)
    for expected in ((0, 0), (0, 1), (0, 2), (1, 0)):
        forth.click()
        assert (row.value, column.value) == expected


def test_it_draws_within_a_tenth_of_a_second():
    image, boxes = torch.rand(3, 128, 128), torch.zeros(25, 25, 4, dtype=torch.int64)
    boxes[..., 2:] = 32
    row, *_ = parts(window_explorer(image, boxes, ask, torch.rand(2, 25, 25), NAMES))
    took = []
    for number in range(1, 6):
        begun = time.perf_counter()
        row.value = number
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.1


@pytest.mark.parametrize(("answers", "names"), [(ANSWERS[:, :1], NAMES), (ANSWERS, ("car",))])
def test_sizes_that_differ_are_refused(answers, names):
    with pytest.raises(
        ValueError, match=re.escape(f"should have the shape ({len(names)}, 2, 3), for names and boxes")
    ):
        window_explorer(IMAGE, BOXES, ask, answers, names)
