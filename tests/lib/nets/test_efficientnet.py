"""EfficientNet-Lite0 says what its weights' own package says: reference/efficientnet.py made the table.

The table's numbers are the package's: PyPI `efficientnet_lite_pytorch` 0.1.0 with the same weights, torch 2.13.0 on
a CPU. `piece` is 224 x 224 pixels of a photo, normalised there; `whole` is the photo as our `preprocess` makes it.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from torch.overrides import TorchFunctionMode

from cnnkit.nets import efficientnet
from cnnkit.nets.efficientnet import efficientnet_lite0, normalise, preprocess, top_classes
from cnnkit.nets.taps import features, layer_names

PHOTOS = ["astronaut", "cat", "coffee", "rocket"]
BEST = {  # what a reader should see, by the package's names
    "astronaut": "football helmet",
    "cat": "tiger cat",
    "coffee": "espresso",
    "rocket": "missile",
}


@pytest.fixture(scope="module")
def model():
    return efficientnet_lite0()


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("part", ["piece", "whole"])
def test_logits_and_top_five_are_the_packages(model, reference, name, part):
    entry, photo = reference("efficientnet")[name], getattr(skimage.data, name)()
    x = preprocess(photo)
    if part == "piece":
        i, j = entry["corner"]
        x = (torch.tensor(photo[i : i + 224, j : j + 224]).permute(2, 0, 1)[None] - 127) / 128
    with torch.no_grad():
        logits = model(x)[0]
    values, classes = logits.topk(5)
    assert classes.tolist() == entry[part]["classes"]
    np.testing.assert_allclose(values, entry[part]["logits"], atol=2e-3)
    np.testing.assert_allclose(logits[::100], entry[part]["some"], atol=2e-3)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_best_class_by_name(model, name):
    [rows] = top_classes(model(preprocess(getattr(skimage.data, name)())), k=2)
    assert rows[0][0].split(",")[0] == BEST[name]
    assert 1 > rows[0][1] > rows[1][1] > 0


def test_the_net_is_as_large_as_its_description_says(model):
    assert sum(p.numel() for p in model.parameters()) == 4_652_008
    blocks = [f"block{i}" for i in range(16)]
    assert layer_names(model) == ["stem", *blocks, "head", "pool", "flatten", "dropout", "classifier"]


def test_frozen_and_in_evaluation_mode_unless_asked(model):
    assert not model.training and not any(p.requires_grad for p in model.parameters())
    trainable = efficientnet_lite0(trainable=True)
    assert not trainable.training and all(p.requires_grad for p in trainable.parameters())


def test_it_runs_on_another_device_without_help():
    net = efficientnet_lite0(device="meta")
    assert net(torch.empty(2, 3, 96, 128, device="meta")).shape == (2, 1000)


def test_taps_have_the_strides_that_the_description_says(model):
    strides = {
        "stem": 2,
        "block0": 2,
        "block1": 4,
        "block3": 8,
        "block5": 16,
        "block10": 16,
        "block11": 32,
        "head": 32,
    }
    found = features(model, torch.zeros(1, 3, 192, 256), list(strides))
    assert {name: tuple(a.shape[2:]) for name, a in found.items()} == {
        name: (192 // stride, 256 // stride) for name, stride in strides.items()
    }
    assert found["head"].shape[1] == 1280


def test_gradients_reach_the_pixels(model):
    pixels = torch.full((1, 3, 64, 64), 100.0, requires_grad=True)
    features(model, normalise(pixels), ["block4"])["block4"].square().sum().backward()
    assert pixels.grad.abs().max() > 0
    assert all(p.grad is None for p in model.parameters())


def test_a_tap_runs_no_layer_behind_it(model):
    class Counts(TorchFunctionMode):
        convolutions = 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.convolutions += func is torch.conv2d
            return func(*args, **(kwargs or {}))

    with Counts() as counts:
        features(model, torch.zeros(1, 3, 32, 32), ["block1"])
    assert counts.convolutions == 1 + 2 + 3  # the stem, block0 without expansion, block1


def test_preprocessing_against_pillow(astronaut):
    middle = Image.fromarray(astronaut[32:480, 32:480])  # 0.875 of 512 is 448
    expected = (np.asarray(middle.resize((224, 224), Image.Resampling.BICUBIC), float) - 127) / 128
    x = preprocess(astronaut)
    assert x.shape == (1, 3, 224, 224)
    assert np.abs(x[0].permute(1, 2, 0).numpy() - expected).mean() < 0.005
    assert x.min() >= -127 / 128 and x.max() <= 1


def test_several_photos_of_several_sizes(astronaut):
    photos = [astronaut, astronaut[:200], astronaut[:, :77]]
    batch = preprocess(photos, size=64, crop=1.0)
    assert batch.shape == (3, 3, 64, 64)
    for x, photo in zip(batch, photos, strict=True):
        torch.testing.assert_close(x, preprocess(photo, 64, 1.0)[0])
    torch.testing.assert_close(preprocess(np.stack([astronaut] * 2), 64)[1], preprocess(astronaut, 64)[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: preprocess([]), "expected at least one photo, got none"),
        (
            lambda: preprocess(np.zeros((9, 9, 3), np.uint8), crop=0),
            "expected crop to be above 0 and at most 1, got 0",
        ),
        (lambda: preprocess(np.zeros((9, 9), np.uint8)), "expected a photo of shape (H, W, 3), got (9, 9)"),
        (
            lambda: preprocess({"cat": np.zeros((9, 9, 3), np.uint8)}),
            "expected several photos in a list, got a dict; its values are list(photos.values())",
        ),
        (lambda: preprocess(Path("photo.png")), "expected photos as NumPy arrays (H, W, 3), got "),
        (lambda: preprocess(np.zeros((9, 9, 3), np.uint8), 224.0), "size must be a whole number, got 224.0"),
        (lambda: preprocess(np.zeros((9, 9, 3), np.uint8), 0), "size must be at least 1, got 0"),
        (lambda: preprocess(np.zeros((9, 9, 3), np.uint8), crop=2), "crop must be from 0 to 1, got 2"),
        (lambda: top_classes(torch.zeros(3, 1000), k=0), "k must be from 1 to 1000, got 0"),
        (lambda: top_classes(torch.zeros(3, 1000), k=2000), "k must be from 1 to 1000, got 2000"),
        (lambda: preprocess("photo.png"), "expected a photo as a NumPy array (H, W, 3), got str"),
        (lambda: top_classes(torch.zeros(3, 10)), "expected logits of shape (B, 1000), got (3, 10)"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        call()


def test_a_damaged_file_of_weights(monkeypatch, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(efficientnet._weights_file().read_bytes()[:-7])
    monkeypatch.setattr(efficientnet, "_weights_file", lambda: path)
    with pytest.raises(
        ValueError, match=r"damaged, or of another version.*Run: python -m pip install --force-reinst"
    ):
        efficientnet_lite0()


def test_a_package_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(efficientnet, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(
        FileNotFoundError, match=r"no_such_package_of_weights is not installed.*Run: python -m pip"
    ):
        efficientnet_lite0()
