import re

import pytest

from cnnkit.widgets.plots import Plane, svg, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-1.5, 1.5, ["−1", "0", "1"]),
        (0, 0.3, ["0", "0.1", "0.2", "0.3"]),
        (3, 1234, ["500", "1000"]),
        (0, 21.7, ["0", "5", "10", "15", "20"]),
    ],
)
def test_ticks_are_round_numbers_within(low, high, expected):
    found = ticks(low, high)
    assert list(found.values()) == expected
    assert all(low - 1e-9 <= place <= high + 1e-9 for place in found)
    assert [float(name.replace("−", "-")) for name in found.values()] == pytest.approx(list(found))


def test_numbers_lie_where_the_axes_say():
    plane = Plane((0, 10), (-1, 1), 266, 168)
    assert [plane.across(x) for x in (0, 5, 10)] == [54, 154, 254]
    assert [plane.down(y) for y in (-1, 0, 1)] == [126, 76, 26]
    assert plane.line([0, 10], [1, -1], "stroke='#000'") == (
        "<polyline points='54.0,26.0 254.0,126.0' fill='none' stroke='#000'/>"
    )
    drawn = plane.axes({5: "five"}, {0: "none"}, "x", "y", "A title")
    assert re.findall("<path d='(.*?)'", drawn) == ["M154.0 26.0V126.0", "M54.0 76.0H254.0"]
    assert re.findall(">([^<]+)<", drawn) == ["five", "none", "A title", "x", "y"]


def test_a_picture_has_words():
    assert svg(2, 3, "<path/>", "a line").startswith(
        "<svg role='img' aria-label='a line' width='2' height='3' "
    )
