"""Three small nets that find a face, its 68 landmarks and the 128 numbers that tell it from others.

Structures and weights: npm `@vladmandic/face-api` 1.7.15 (MIT), whose results they equal. The detector is a tiny
YOLOv2 (Redmon and Farhadi, 2017), the encoder dlib's residual net (King, 2017). `weights/README.md` says more.
"""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from cnnkit.nets.layers import SamePaddingConv2d, named
from cnnkit.nets.weight_files import fill, quantised, ready

DETECTOR, LANDMARKS, ENCODER = "tiny_face_detector_model", "face_landmark_68_model", "face_recognition_model"
# A cell's five anchors, widths and heights in cells.
FACE_ANCHORS = (
    *((1.603231, 2.094468), (6.041143, 7.080126), (2.882459, 3.518061)),
    *((4.266906, 5.178857), (9.041765, 10.66308)),
)
DETECTOR_MEAN = (117.001, 114.697, 97.404)
FACE_MEAN = (122.782, 117.001, 104.298)


class Normalise(nn.Module):
    """RGB from 0 to 255, minus a mean colour, over 255."""

    mean: torch.Tensor

    def __init__(self, mean: tuple[float, float, float]):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) to the same shape."""
        return (x - self.mean) / 255


class RunningSum(nn.Module):
    """Convolutions, each of which sees the rectified sum of all before it; the first halves height and width."""

    def __init__(self, conv0: nn.Module, n_C: int):
        super().__init__()
        self.conv0 = conv0
        self.conv1, self.conv2, self.conv3 = (_separable(n_C, n_C) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The rectified sum of all four."""
        total = functional.relu(self.conv0(x))
        for conv in (self.conv1, self.conv2, self.conv3):
            total = total + conv(functional.relu(total))
        return functional.relu(total)


class FaceBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, averaged and filled up with zeros where the block halves the size."""

    def __init__(self, n_C_prev: int, n_C: int, halve: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(n_C_prev, n_C, 3, 2, 0) if halve else nn.Conv2d(n_C_prev, n_C, 3, 1, 1)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, 1, 1)
        self.shortcut = nn.AvgPool2d(2) if halve else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, n_C_prev, H, W) to (B, n_C, H, W), or to half the height and width."""
        y, x = self.conv2(functional.relu(self.conv1(x))), self.shortcut(x)
        # The unpadded convolution may come out a row and a column short of the average.
        y = functional.pad(y, (0, x.shape[3] - y.shape[3], 0, x.shape[2] - y.shape[2]))
        return functional.relu(y + functional.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1])))


def face_detector(*, device: torch.device | str = "cpu", trainable: bool = False) -> nn.Sequential:
    """The face detector, a sequence of normalise, conv0, leaky0, pool0, ... conv5, leaky5, pool5 and conv8.

    Args:
        device: where the net lies.
        trainable: whether the parameters require gradients.

    Returns:
        The net in evaluation mode: RGB (B, 3, H, W) from 0 to 255, to raw boxes (B, 25, H / 32, W / 32): for each
        of FACE_ANCHORS t_x, t_y, t_w, t_h and the logit of a face. 224 and 416 are the usual sizes.

    Raises:
        FileNotFoundError, ValueError: the file of weights is missing or damaged, or there is no such device.
    """
    layers: dict[str, nn.Module] = {"normalise": Normalise(DETECTOR_MEAN)}
    widths = (3, 16, 32, 64, 128, 256, 512)
    for i, (n_C_prev, n_C) in enumerate(pairwise(widths)):
        layers[f"conv{i}"] = _separable(n_C_prev, n_C) if i else nn.Conv2d(n_C_prev, n_C, 3)
        layers[f"leaky{i}"] = nn.LeakyReLU(0.1)
        layers[f"pool{i}"] = nn.MaxPool2d(2, ceil_mode=True)
    layers["pool5"] = nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), -torch.inf), nn.MaxPool2d(2, 1))
    layers["conv8"] = nn.Conv2d(512, 5 * len(FACE_ANCHORS), 1)
    return _loaded(named(**layers), DETECTOR, device, trainable)


def landmark_net(*, device: torch.device | str = "cpu", trainable: bool = False) -> nn.Sequential:
    """The landmark net, a sequence of normalise, dense0 to dense3, pool, flatten and fc.

    Args:
        device: where the net lies.
        trainable: whether the parameters require gradients.

    Returns:
        The net in evaluation mode: RGB (B, 3, 112, 112) from 0 to 255, to (B, 136): x and y of each landmark in
        turn, as shares of the side.

    Raises:
        FileNotFoundError, ValueError: the file of weights is missing or damaged, or there is no such device.
    """
    layers: dict[str, nn.Module] = {"normalise": Normalise(FACE_MEAN)}
    layers["dense0"] = RunningSum(SamePaddingConv2d(3, 32, 3, 2), 32)
    for i, n_C in enumerate((64, 128, 256), 1):
        layers[f"dense{i}"] = RunningSum(_separable(n_C // 2, n_C, 2), n_C)
    layers.update(pool=nn.AvgPool2d(7, 2), flatten=nn.Flatten(), fc=nn.Linear(256, 136))
    return _loaded(named(**layers), LANDMARKS, device, trainable)


def face_encoder(*, device: torch.device | str = "cpu", trainable: bool = False) -> nn.Sequential:
    """The face encoder, a sequence of normalise, conv32_down, relu, pool, blocks, mean, flatten and fc.

    The blocks are conv32_1 to _3, conv64_down, conv64_1 to _3, conv128_down, conv128_1, _2, conv256_down, conv256_1,
    _2 and conv256_down_out. The learned scale and shift behind each convolution are folded into it.

    Args:
        device: where the net lies.
        trainable: whether the parameters require gradients.

    Returns:
        The net in evaluation mode: RGB (B, 3, 150, 150) from 0 to 255, to encodings (B, 128).

    Raises:
        FileNotFoundError, ValueError: the file of weights is missing or damaged, or there is no such device.
    """
    layers: dict[str, nn.Module] = {"normalise": Normalise(FACE_MEAN)}
    layers.update(conv32_down=nn.Conv2d(3, 32, 7, 2), relu=nn.ReLU(), pool=nn.MaxPool2d(3, 2))
    for n_C, blocks in ((32, "1 2 3"), (64, "down 1 2 3"), (128, "down 1 2"), (256, "down 1 2 down_out")):
        for block in blocks.split():
            n_C_prev = n_C // 2 if block == "down" else n_C
            layers[f"conv{n_C}_{block}"] = FaceBlock(n_C_prev, n_C, halve="down" in block)
    layers.update(mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(256, 128, bias=False))
    return _loaded(named(**layers), ENCODER, device, trainable)


def _separable(n_C_prev: int, n_C: int, stride: int = 1) -> nn.Sequential:
    depthwise = SamePaddingConv2d(n_C_prev, n_C_prev, 3, stride, groups=n_C_prev, bias=False)
    return named(depthwise=depthwise, pointwise=nn.Conv2d(n_C_prev, n_C, 1))


def _loaded(model: nn.Sequential, name: str, device: torch.device | str, trainable: bool) -> nn.Sequential:
    tensors = _folded(quantised(name))
    fill(model, {_torch_name(key, tensors): _torch_axes(key, tensors[key]) for key in tensors}, name)
    return ready(model, device, trainable)


def _folded(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Convolutions with the scale and shift that follow them, `x/conv/...` and `x/scale/...`, as one `x/...`."""
    folded = dict(tensors)
    for key in [key for key in tensors if key.endswith("/scale/weights")]:
        prefix = key.removesuffix("/scale/weights")
        scale, shift = folded.pop(key), folded.pop(f"{prefix}/scale/biases")
        folded[f"{prefix}/filters"] = folded.pop(f"{prefix}/conv/filters") * scale  # the last axis is n_C
        folded[f"{prefix}/bias"] = folded.pop(f"{prefix}/conv/bias") * scale + shift
    return folded


def _torch_name(key: str, tensors: dict[str, torch.Tensor]) -> str:
    """`dense1/conv0/depthwise_filter` as `dense1.conv0.depthwise.weight`, and so on."""
    layer, _, kind = key.rpartition("/")
    if kind == "bias":
        kind = "pointwise.bias" if f"{layer}/pointwise_filter" in tensors else kind
    elif kind.endswith("_filter"):
        kind = kind.replace("_filter", ".weight")
    else:
        layer, kind = layer or kind, "weight"
    return f"{layer.replace('/', '.')}.{kind}"


def _torch_axes(key: str, tensor: torch.Tensor) -> torch.Tensor:
    """TensorFlow's (f, f, in, out) as (out, in, f, f), its depthwise (f, f, n_C, 1) as (n_C, 1, f, f)."""
    if tensor.ndim == 4:
        return tensor.permute((2, 3, 0, 1) if key.endswith("depthwise_filter") else (3, 2, 0, 1))
    return tensor.T if tensor.ndim == 2 else tensor
