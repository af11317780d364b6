"""Numbers that a generator is given: whole, or a share."""

import numpy as np
import pytest

from cnnkit.arguments import share, whole


@pytest.mark.parametrize("value", [24, np.int64(24), np.uint8(200)])
def test_whole_gives_a_plain_int(value):
    assert type(whole("size", value, 24, 256)) is int
    assert whole("size", value, 24, 256) == value


@pytest.mark.parametrize(
    ("value", "high", "error", "message"),
    [
        (23, 256, ValueError, "size must be from 24 to 256, got 23"),
        (257, 256, ValueError, "size must be from 24 to 256, got 257"),
        (-1, None, ValueError, "size must be at least 24, got -1"),
        (24.0, 256, TypeError, "size must be a whole number, got 24.0 of type float"),
        (True, None, TypeError, "size must be a whole number, got True of type bool"),
        ("64", None, TypeError, "size must be a whole number, got '64' of type str"),
    ],
)
def test_whole_says_what_is_wrong(value, high, error, message):
    with pytest.raises(error) as raised:
        whole("size", value, 24, high)
    assert str(raised.value) == message


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25)])
def test_share_gives_a_plain_float(value):
    assert type(share("noise", value)) is float
    assert share("noise", value) == value


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (-0.1, ValueError, "noise must be from 0 to 1, got -0.1"),
        (1.1, ValueError, "noise must be from 0 to 1, got 1.1"),
        (float("nan"), ValueError, "noise must be from 0 to 1, got nan"),
        (True, TypeError, "noise must be a number from 0 to 1, got True of type bool"),
        ("high", TypeError, "noise must be a number from 0 to 1, got 'high' of type str"),
    ],
)
def test_share_says_what_is_wrong(value, error, message):
    with pytest.raises(error) as raised:
        share("noise", value)
    assert str(raised.value) == message
