"""YOLOv3-tiny: its file and its layers against a small reader of darknet's own configuration, written here.

The real file is read where CNNKIT_YOLOV3_TINY names it; reference/yolov3_tiny.json then has what OpenCV 4.10.0's
darknet importer (cv2.dnn.readNetFromDarknet) puts out for astronaut[:416, :416] / 255: cell (6, 6) of the coarse grid,
cell (13, 13) of the fine one, and the sums of all absolute numbers.
"""

import os
import re

import numpy as np
import pytest
import skimage.data
import torch
from torch.nn import functional

from cnnkit.nets.darknet import COCO_NAMES, NUMBERS, YoloV3Tiny, _in_file_order, find_objects, yolov3_tiny
from cnnkit.nets.photos import to_tensor
from cnnkit.nets.taps import features

# yolov3-tiny.cfg: convolutions as filters, side, batch norm; pools as stride; routes as layers to join.
CONFIGURATION = [
    *(("conv", 16, 3, 1), ("max", 2), ("conv", 32, 3, 1), ("max", 2), ("conv", 64, 3, 1), ("max", 2)),
    *(("conv", 128, 3, 1), ("max", 2), ("conv", 256, 3, 1), ("max", 2), ("conv", 512, 3, 1), ("max", 1)),
    *(("conv", 1024, 3, 1), ("conv", 256, 1, 1), ("conv", 512, 3, 1), ("conv", 255, 1, 0), ("yolo",)),
    *(
        ("route", -4),
        ("conv", 128, 1, 1),
        ("up",),
        ("route", -1, 8),
        ("conv", 256, 3, 1),
        ("conv", 255, 1, 0),
        ("yolo",),
    ),
]
ANCHORS = np.reshape([10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319], (6, 2))  # its anchors, in pixels
HEADER = np.array([0, 2, 5], "<i4").tobytes() + np.array([32013312], "<i8").tobytes()


def darknet(numbers, x):
    """Run the configuration on x, taking numbers from the front; gives the yolo layers' inputs and what is left."""

    def take(*shape):
        nonlocal numbers
        part, numbers = numbers[: np.prod(shape)], numbers[np.prod(shape) :]
        return torch.from_numpy(part.reshape(shape))

    def conv(x, filters, side, norm):
        bias = take(filters)
        scale, mean, variance = (take(filters) for _ in range(3)) if norm else (1, 0, 1)
        y = functional.conv2d(x, take(filters, x.shape[1], side, side), padding=side // 2).movedim(1, -1)
        y = ((y - mean) / (torch.as_tensor(variance) + 1e-5) ** 0.5 * scale if norm else y) + bias
        return torch.where(y > 0, y, 0.1 * y if norm else y).movedim(-1, 1)

    def pool(x, stride):
        far = functional.pad(x, (0, 1, 0, 1), value=-1e30)
        shifted = [far[:, :, i : i + x.shape[2], j : j + x.shape[3]] for i in (0, 1) for j in (0, 1)]
        return torch.stack(shifted).amax(0)[:, :, ::stride, ::stride]

    outputs, found = [], []
    for kind, *rest in CONFIGURATION:
        if kind == "route":
            x = torch.cat([outputs[i] for i in rest], 1)
        elif kind == "yolo":
            found.append(x)
        else:
            x = {
                "conv": conv,
                "max": pool,
                "up": lambda x: x.repeat_interleave(2, 2).repeat_interleave(2, 3),
            }[kind](x, *rest)
        outputs.append(x)
    return found, len(numbers)


@pytest.fixture(scope="module")
def numbers():
    """Small kernels, and vectors (biases, scales, variances among them) that are all above zero."""
    rng = np.random.default_rng(0)
    return rng.uniform(0.001, 0.03, 8_858_734).astype("<f4")


@pytest.fixture(scope="module")
def file(numbers, tmp_path_factory):
    path = tmp_path_factory.mktemp("darknet") / "tiny.weights"
    path.write_bytes(HEADER + numbers.tobytes())
    return path


@torch.no_grad()
def test_file_and_layers_are_darknets(file, numbers):
    x = torch.rand(1, 3, 64, 96)
    expected, left = darknet(numbers, x)
    assert left == 0 and file.stat().st_size == 35_434_956
    found = yolov3_tiny(file)(x)
    assert [tuple(y.shape) for y in found] == [(1, 255, 2, 3), (1, 255, 4, 6)]
    for ours, theirs in zip(found, expected, strict=True):
        assert theirs.std() > 0.01 * theirs.abs().mean()  # the comparison sees more than the biases
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_the_last_pool_invents_no_zeros():
    below = -torch.rand(1, 2, 3, 3)
    assert torch.equal(YoloV3Tiny().deep.pool5(below)[..., 2, 2], below[..., 2, 2])


def short(data):
    return data[:-4]


def long(data):
    return data + bytes(4)


def old(data):
    return np.array([0, 1], "<i4").tobytes() + data[8:]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (short, "has 35,434,952 bytes; the weights of YOLOv3-tiny take 35,434,956. Get it again"),
        (long, "has 35,434,960 bytes; the weights of YOLOv3-tiny take 35,434,956. Get it again"),
        (old, "is no darknet file of version 0.2 or later: it begins with [0, 1]"),
    ],
)
def test_a_file_of_another_kind_is_refused(file, tmp_path, damage, message):
    path = tmp_path / "damaged.weights"
    path.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match=re.escape(f"{path} {message}")):
        yolov3_tiny(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file of darknet weights at .*none\.weights"):
        yolov3_tiny(tmp_path / "none.weights")


def test_frozen_unless_asked_and_on_any_device(file):
    model = yolov3_tiny(file)
    assert not model.training and not any(p.requires_grad for p in model.parameters())
    trainable = yolov3_tiny(file, device="meta", trainable=True)
    assert all(p.requires_grad and p.device.type == "meta" for p in trainable.parameters())
    assert trainable(torch.empty(1, 3, 96, 96, device="meta"))[1].shape == (1, 255, 6, 6)


def test_taps(file):
    x = torch.rand(1, 3, 64, 64, requires_grad=True)
    found = features(yolov3_tiny(file), x, ["early.conv1", "deep"])
    assert [tuple(a.shape) for a in found.values()] == [(1, 32, 32, 32), (1, 256, 2, 2)]
    found["deep"].sum().backward()
    assert x.grad.abs().max() > 0


class Says(torch.nn.Module):
    """Stands in for the net: nothing anywhere but what it is told of single cells."""

    def __init__(self, told):
        super().__init__()
        self.told, self.some = told, torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        self.seen = x
        S = x.shape[2] // 32
        grids = [torch.full((1, 3, NUMBERS, s, s), -20.0, device=x.device) for s in (S, 2 * S)]
        for grid, anchor, row, column, kind, logit in self.told:
            cell = grids[grid][0, anchor, :, row, column]
            cell[:4], cell[4], cell[5 + kind] = 0, logit, 3
        return tuple(grid.flatten(1, 2) for grid in grids)


def test_cells_become_boxes_in_the_photo(where):
    """A photo of 416 x 208 lies in the middle of the square, between two stripes of grey."""
    model = Says([(0, 1, 6, 3, 16, 2.0), (1, 0, 13, 20, 2, 1.0)]).to(where)
    photo = np.zeros((208, 416, 3), np.uint8)
    found = find_objects(photo, model)
    object_, best = (1 / (1 + np.exp(-np.array(logits))) for logits in ([2.0, 1.0], [3.0]))
    np.testing.assert_allclose(found.scores, object_ * best, rtol=1e-5)
    assert [COCO_NAMES[i] for i in found.classes] == ["dog", "car"]
    (w, h), (v, u) = ANCHORS[4], ANCHORS[1]
    first = [112 - w / 2, 208 - 104 - h / 2, 112 + w / 2, 208 - 104 + h / 2]
    second = [328 - v / 2, 216 - 104 - u / 2, 328 + v / 2, 216 - 104 + u / 2]
    np.testing.assert_allclose(found.boxes, [first, second], atol=1e-3)
    assert model.seen[0, :, :104].unique().tolist() == [0.5] and model.seen[0, :, 104:312].max() == 0


@torch.no_grad()
def test_the_best_box_of_a_net_is_that_of_darknets_numbers(where, slack):
    """With random weights, and statistics of batch normalisation that keep each layer's outputs near one."""
    photo, model = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8), YoloV3Tiny()
    x = torch.from_numpy(photo).permute(2, 0, 1)[None] / 255
    for module in model.modules():
        module.momentum = 1.0
    model.train()(x)
    found = find_objects(photo, model.eval().to(where), size=64, threshold=0.0)
    numbers = torch.cat([tensor.cpu().flatten() for tensor in _in_file_order(model)]).numpy()
    grids, left = darknet(numbers, x)
    cells = [grid.view(3, NUMBERS, -1).movedim(1, -1).reshape(-1, NUMBERS).sigmoid() for grid in grids]
    scores = torch.cat([cell[:, 4:5] * cell[:, 5:] for cell in cells])
    assert left == 0
    assert scores.amax(1).std() > 0.05
    assert {part.device.type for part in found} == {"cpu"}
    assert found.classes[0] == scores.amax(0).argmax()
    torch.testing.assert_close(found.scores[0], scores.max(), rtol=0, atol=slack * 1e-5)


def test_boxes_are_cut_at_the_edge_and_compete_within_their_class():
    same = [(0, 2, 0, 0, 0, 2.0), (0, 2, 0, 1, 0, 1.0), (0, 2, 1, 0, 7, 0.5)]
    found = find_objects(np.zeros((100, 100, 3), np.uint8), Says(same))
    assert found.classes.tolist() == [0, 7]
    assert found.boxes.min() == 0 and found.boxes.max() <= 100
    assert find_objects(np.zeros((100, 100, 3), np.uint8), Says([])).boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("photo", "options", "message"),
    [
        (
            np.zeros((9, 9, 3), np.uint8),
            {"size": 400},
            "expected size to be a positive multiple of 32, got 400",
        ),
        (
            np.zeros((9, 9, 3), np.uint8),
            {"size": 416.0},
            "size must be a whole number, got 416.0 of type float",
        ),
        (np.zeros((9, 9, 3), np.uint8), {"threshold": 25}, "threshold must be from 0 to 1, got 25"),
        (np.zeros((9, 9, 3), np.uint8), {"most_overlap": -1}, "most_overlap must be from 0 to 1, got -1"),
        (np.zeros((9, 9), np.uint8), {}, "expected a photo of shape (H, W, 3)"),
    ],
)
def test_wrong_input_is_named(photo, options, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        find_objects(photo, YoloV3Tiny(), **options)


@pytest.mark.skipif(
    "CNNKIT_YOLOV3_TINY" not in os.environ, reason="CNNKIT_YOLOV3_TINY names no file of weights"
)
@torch.no_grad()
def test_the_real_file_gives_opencvs_numbers_and_right_boxes(astronaut, reference):
    model, expected = yolov3_tiny(os.environ["CNNKIT_YOLOV3_TINY"]), reference("yolov3_tiny")
    coarse, fine = model(to_tensor(astronaut[:416, :416]) / 255)
    np.testing.assert_allclose(coarse[0, :6, 6, 6], expected["coarse"], atol=2e-3)
    np.testing.assert_allclose(fine[0, :6, 13, 13], expected["fine"], atol=2e-3)
    sums = [coarse.double().abs().sum(), fine.double().abs().sum()]
    np.testing.assert_allclose(sums, [expected["coarse_sum"], expected["fine_sum"]], rtol=5e-5)
    left, _, _ = skimage.data.stereo_motorcycle()
    found = find_objects(np.ascontiguousarray(left), model)
    assert [COCO_NAMES[i] for i in found.classes] == ["motorcycle"]
