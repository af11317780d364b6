"""From a photograph to the 128 numbers of each face in it: detect, find landmarks, align, encode.

>>> import skimage.data
>>> photo = skimage.data.astronaut()
>>> boxes, scores = detect_faces(photo)
>>> crop = align(photo, landmarks(photo, boxes[0]))
>>> crop.shape, encode_faces([crop]).shape
((150, 150, 3), torch.Size([1, 128]))
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn

from cnnkit.arguments import share, whole
from cnnkit.nets.boxes import grid_corners, strongest
from cnnkit.nets.face_nets import FACE_ANCHORS, face_detector, face_encoder, landmark_net
from cnnkit.nets.photos import checked_size, one_by_one, padded_to_square, resized, to_tensor

CROP = 150
LANDMARK_CROP = 112
MOST_OVERLAP = 0.4
GROUPS = (slice(36, 42), slice(42, 48), slice(48, 68))  # the picture's left eye, its right eye, the mouth
# Where the middle of each lies in a crop, as shares of its side: much as in the crops that dlib trained the encoder
# on. weights/README.md has the measurements of this rule and of others.
PLACES = np.array([[0.32, 0.31], [0.68, 0.31], [0.50, 0.70]])


@torch.no_grad()
def detect_faces(
    photo: np.ndarray, model: nn.Module | None = None, *, size: int = 416, threshold: float = 0.5
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the faces in a photograph are.

    Args:
        photo: a uint8 array (H, W, 3), RGB.
        model: a face detector, on any device; one on the CPU that is loaded once if None.
        size: the side that the photo is shrunk or grown to, a multiple of 32. At 416, faces of a ninth of the
            photo's side were found and faces of a thirteenth were not; at 608, faces of an eighteenth; 224 is
            twice as fast and misses what is smaller than a fifth.
        threshold: the least score that counts.

    Returns:
        boxes (N, 4), x1, y1, x2, y2 in pixels of the photo, and scores (N,), from 0 to 1, highest first, both on
        the CPU. N may be 0. A box may reach beyond the photo.

    Raises:
        TypeError, ValueError: the photo is of another type or shape, the size is no multiple of 32, or the threshold
            is not from 0 to 1.
    """
    size, threshold = checked_size(size), share("threshold", threshold)
    model = model or _shared(face_detector)
    x = to_tensor(photo, _device(model))
    side = max(x.shape[2:])
    boxes, scores = _decoded(model(resized(padded_to_square(x, centred=False), size))[0].cpu())
    boxes, scores = boxes[scores > threshold] * side, scores[scores > threshold]
    keep = strongest(boxes, scores, MOST_OVERLAP)
    return boxes[keep], scores[keep]


def _decoded(raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Raw boxes (25, S, S) as corners (S * S * 5, 4), shares of the side, and scores (S * S * 5,)."""
    raw = raw.unflatten(0, (len(FACE_ANCHORS), 5)).permute(2, 3, 0, 1)
    boxes = grid_corners(raw[..., :4], torch.tensor(FACE_ANCHORS))
    return boxes.flatten(0, 2), raw[..., 4].sigmoid().flatten()


@torch.no_grad()
def landmarks(photo: np.ndarray, box: Any, model: nn.Module | None = None) -> torch.Tensor:
    """The 68 landmarks of one face: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, mouth 48-67.

    Args:
        photo: a uint8 array (H, W, 3), RGB.
        box: x1, y1, x2, y2 of the face, in pixels; what reaches beyond the photo is cut.
        model: a landmark net, on any device; one on the CPU that is loaded once if None.

    Returns:
        (68, 2), x and y in pixels of the photo, on the CPU.

    Raises:
        TypeError, ValueError: the photo is of another type or shape, or no pixel of it lies in the box.
    """
    model = model or _shared(landmark_net)
    x = to_tensor(photo, _device(model))
    x1, y1, x2, y2 = _whole_pixels(box, x.shape[3], x.shape[2])
    face = padded_to_square(x[:, :, y1:y2, x1:x2], centred=True)
    points = model(resized(face, LANDMARK_CROP)).view(68, 2).cpu() * face.shape[-1]
    left, above = (face.shape[-1] - (x2 - x1)) // 2, (face.shape[-1] - (y2 - y1)) // 2
    return points + torch.tensor([x1 - left, y1 - above])


def _whole_pixels(box: Any, W: int, H: int) -> tuple[int, int, int, int]:
    values = np.asarray(box, dtype=float)
    if values.shape != (4,) or not np.isfinite(values).all():
        raise ValueError(f"expected a box of four finite numbers x1, y1, x2, y2, got {box!r}")
    x1, y1, x2, y2 = (int(v) for v in np.floor(np.clip(values, 0, [W, H, W, H])))
    if x2 <= x1 or y2 <= y1:
        raise ValueError(f"the box {values.tolist()} has no pixel in a photo of {W} x {H} pixels")
    return x1, y1, x2, y2


def align(photo: np.ndarray, points: Any, size: int = CROP) -> np.ndarray:
    """A face turned upright, scaled and cut so that eyes and mouth lie at fixed places.

    Args:
        photo: a uint8 array (H, W, 3), RGB.
        points: (68, 2) landmarks, x and y in pixels.
        size: the side of the crop, in pixels.

    Returns:
        A uint8 array (size, size, 3); black where the crop reaches beyond the photo.

    Raises:
        TypeError, ValueError: the photo is of another type or shape, there are not 68 points apart, or size is no
            whole number from 1 up.
    """
    from PIL import Image  # noqa: PLC0415 - only those who align faces pay for it

    to_tensor(photo)
    size = whole("size", size, 1)
    turn, origin = _similarity(points)
    detail = max(1, round(abs(turn) / size))  # samples a pixel, so that a large face does not alias
    step = turn / (size * detail)
    inverse = (step.real, -step.imag, origin.real, step.imag, step.real, origin.imag)
    shape = (size * detail, size * detail)
    crop = Image.fromarray(photo).transform(shape, Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR)
    return np.asarray(crop.reduce(detail))


def _similarity(points: Any) -> tuple[complex, complex]:
    """The crop's side, as a complex number that turns and scales, and its upper left corner, in pixels.

    Least squares over the middles of both eyes and the mouth: points, as complex numbers, = origin + side * PLACES.
    """
    values = np.asarray(points, dtype=float)
    if values.shape != (68, 2) or not np.isfinite(values).all():
        raise ValueError(
            f"expected 68 landmarks, an array (68, 2) of finite numbers, got shape {values.shape}"
        )
    z, w = np.array([values[group].mean(0) for group in GROUPS]) @ (1, 1j), PLACES @ (1, 1j)
    away = w - w.mean()
    turn = complex(np.vdot(away, z) / np.vdot(away, away).real)
    if abs(turn) < 1:
        raise ValueError("the landmarks lie within one pixel: there is no face to align")
    return turn, complex(z.mean() - turn * w.mean())


@torch.no_grad()
def encode_faces(crops: Sequence[np.ndarray] | np.ndarray, model: nn.Module | None = None) -> torch.Tensor:
    """128 numbers for each face: the distance (plain norm) of two is small when they are of one person.

    With crops from `align`, 0.5 told the people apart on the few photographs that `weights/README.md` names: three
    photographs of one person lay 0.36 to 0.44 apart, 136 pairs of different people 0.58 or more (0.86 in the
    middle). dlib's own 0.6 took 3 of those 136 for one person. The encodings are not of length 1.

    Args:
        crops: uint8 arrays (150, 150, 3) from `align`, or one array (N, 150, 150, 3).
        model: a face encoder, on any device; one on the CPU that is loaded once if None.

    Returns:
        (N, 128), on the CPU; (0, 128) for no crops.

    Raises:
        TypeError, ValueError: a crop is of another type or shape, or there is one alone, in no list.
    """
    if isinstance(crops, np.ndarray) and crops.ndim != 4:
        raise ValueError(
            f"expected several crops, a list or an array (N, {CROP}, {CROP}, 3), got an array of shape "
            f"{crops.shape}. Put a single crop in a list: [crop]"
        )
    model = model or _shared(face_encoder)
    batch = [to_tensor(crop, _device(model)) for crop in one_by_one(crops)]
    for x in batch:
        if x.shape[2:] != (CROP, CROP):
            raise ValueError(
                f"expected crops of {CROP} x {CROP} pixels, got {tuple(x.shape[2:])}; `align` makes them"
            )
    return model(torch.cat(batch)).cpu() if batch else torch.zeros(0, 128)


@cache
def _shared(build: Callable[[], nn.Module]) -> nn.Module:
    return build()


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
