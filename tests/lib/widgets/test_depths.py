import doctest
import re
import time

import pytest

from cnnkit.widgets import depth_explorer, depths

ERRORS = {
    (8, "plain", 0): [40, 8], (8, "plain", 1): [60, 12], (8, "residual", 0): [30, 4], (8, "residual", 1): [30, 6],
    (44, "plain", 0): [90, 70], (44, "plain", 1): [80, 50], (44, "residual", 0): [20, 3], (44, "residual", 1): [22, 3],
}  # fmt: skip
RUNS = [{"depth": d, "kind": k, "seed": s, "errors": errors} for (d, k, s), errors in ERRORS.items()]


def parts(widget):
    controls, shown = widget.children
    return (*controls.children, shown)


def test_the_example_in_the_docstring():
    assert doctest.testmod(depths).failed == 0


def test_the_sentence_has_the_mean_and_the_spread_of_what_is_chosen():
    choose, move, shown = parts(depth_explorer(RUNS, 8, 1))
    assert (
        "Depth 8 after epoch 1. Plain: 50.0 % misread (40.0 to 60.0). Residual: 30.0 % misread (30.0 to 30.0)."
        in shown.value
    )
    choose.value, move.value = 44, 2
    assert (
        "Depth 44 after epoch 2. Plain: 60.0 % misread (50.0 to 70.0). Residual: 3.0 % misread (3.0 to 3.0)."
        in shown.value
    )


def heights(html, tag):
    """The percentages that a drawing's lines or bands pass through, left drawing first."""
    high = depths.HEIGHT - depths.FOOT - 24
    found = re.findall(rf"<{tag} points='([^']+)'", html)
    return [[round(100 * (1 - (float(p.split(",")[1]) - 24) / high)) for p in one.split()] for one in found]


def test_the_drawings_have_the_numbers_of_the_rows():
    *_, shown = parts(depth_explorer(RUNS, 44, 2))
    assert heights(shown.value, "polyline") == [[85, 60], [21, 3], [10, 60], [5, 3]]
    assert heights(shown.value, "polygon") == [
        [80, 50, 70, 90],
        [20, 3, 3, 22],
        [8, 50, 70, 12],
        [4, 3, 3, 6],
    ]


def test_each_drawing_says_in_words_what_it_shows_and_dashes_tell_the_lines_apart():
    *_, shown = parts(depth_explorer(RUNS, 8, 2))
    assert shown.value.count("aria-label='Depth 8 after epoch 2. Plain: 10.0 %") == 2
    dashes = re.findall(r"<polyline [^>]*stroke-dasharray='([^']+)'", shown.value)
    assert dashes == ["6 3", "none", "6 3", "none"]


def test_a_move_takes_less_than_a_tenth_of_a_second():
    rows = [{**row, "depth": d, "errors": [50] * 20} for row in RUNS for d in (8, 20, 32, 44)]
    _, move, _ = parts(depth_explorer(rows, 20, 5))
    start = time.process_time()
    for value in (6, 5) * 5:
        move.value = value
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((20, 1), "depth should be one of [8, 44], and is 20"),
        ((8, 3), "epoch should be from 1 to 2, and is 3"),
        ((8, 0), "epoch should be from 1 to 2, and is 0"),
    ],
)
def test_what_is_out_of_range_is_named(given, message):
    with pytest.raises(ValueError) as error:
        depth_explorer(RUNS, *given)
    assert str(error.value) == message
