"""Photographs become tensors, or errors that say what to do."""

import re

import numpy as np
import pytest
import torch
from PIL import Image

from cnnkit.nets.photos import checked_size, padded_to_square, resized, to_tensor

WRONG = {
    "expected a photo as a NumPy array (H, W, 3), got list": [[1, 2]],
    "expected a photo of shape (H, W, 3), got (4, 4). Stack a grey picture": np.zeros((4, 4), np.uint8),
    "got (4, 4, 4). Stack a grey picture three times (np.stack([grey] * 3, axis=-1)), and drop a fourth channel "
    "(photo[..., :3]).": np.zeros((4, 4, 4), np.uint8),
    "expected a photo of shape (H, W, 3), got (0, 4, 3)": np.zeros((0, 4, 3), np.uint8),
    "(uint8), got float64. From floats between 0 and 1: (photo * 255).round().astype(np.uint8).": np.zeros(
        (4, 4, 3)
    ),
}


def test_a_photo_becomes_a_batch_of_one(astronaut):
    x = to_tensor(astronaut[:3, :5])
    assert x.shape == (1, 3, 3, 5) and x.dtype == torch.float32
    assert x[0, 2, 1, 4] == astronaut[1, 4, 2]


def test_a_photo_that_cannot_be_written_to_is_read_and_left_alone(astronaut):
    photo = astronaut[:4, :4].copy()
    photo.flags.writeable = False
    to_tensor(photo).zero_()
    assert (photo == astronaut[:4, :4]).all()


@pytest.mark.parametrize("message", WRONG)
def test_what_is_no_photo_is_refused(message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        to_tensor(WRONG[message])


@pytest.mark.parametrize(
    ("mode", "pillow"), [("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)]
)
def test_resizing_agrees_with_pillow(astronaut, mode, pillow):
    ours = resized(to_tensor(astronaut), 100, mode)[0]
    for channel in range(3):  # as floats, because Pillow rounds bytes between its two passes
        theirs = Image.fromarray(astronaut[:, :, channel].astype(np.float32)).resize((100, 100), pillow)
        np.testing.assert_allclose(ours[channel], np.asarray(theirs), atol=0.01)


def test_shrinking_averages():
    stripes = torch.tensor([0.0, 100.0]).repeat(64).expand(1, 1, 128, 128)
    assert (resized(stripes, (8, 16)) - 50).abs().max() < 10


@pytest.mark.parametrize(
    ("shape", "centred", "corner"),
    [
        ((2, 5), False, (0, 0)),
        ((2, 5), True, (1, 0)),
        ((6, 3), False, (0, 0)),
        ((6, 3), True, (0, 1)),
        ((4, 4), True, (0, 0)),
    ],
)
def test_padding_to_a_square(shape, centred, corner):
    side = max(shape)
    square = padded_to_square(torch.ones(1, 1, *shape), centred, colour=7)
    expected = torch.full((1, 1, side, side), 7.0)
    y, x = corner
    expected[:, :, y : y + shape[0], x : x + shape[1]] = 1
    assert torch.equal(square, expected)


@pytest.mark.parametrize(
    ("size", "error", "message"),
    [
        *((size, ValueError, f"size must be at least 32, got {size}") for size in (0, -32, 31)),
        (100, ValueError, "expected size to be a positive multiple of 32, got 100"),
        (416.0, TypeError, "size must be a whole number, got 416.0 of type float"),
    ],
)
def test_sizes_are_multiples_of_32(size, error, message):
    with pytest.raises(error, match=re.escape(message)):
        checked_size(size)
    assert checked_size(224) == checked_size(np.int64(224)) == 224
