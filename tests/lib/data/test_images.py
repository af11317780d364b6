"""Pictures: shapes, ranges, and that nothing of a test part is in the training part."""

import hashlib

import numpy as np
import pytest
from scipy.signal import fftconvolve

from cnnkit import data

LABELLED = {
    "digits": (data.digits, (28, 28), 255, 10, (4000, 1000)),
    "small_digits": (data.small_digits, (8, 8), 16, 10, (1287, 510)),
    "textures": (data.textures, (64, 64), 255, 5, (525, 315)),
    "face_crops": (data.face_crops, (25, 25), 255, 2, (140, 60)),
}


@pytest.fixture(params=LABELLED)
def labelled(request):
    return LABELLED[request.param]


def test_a_labelled_set_is_what_its_docstring_says(labelled):
    load, shape, largest, classes, sizes = labelled
    for split, size in zip(("train", "test"), sizes, strict=True):
        images, labels = load(split)
        assert images.shape == (size, *shape) and images.dtype == np.uint8 and images.max() == largest
        assert labels.shape == (size,) and labels.dtype == np.int64
        counts = np.bincount(labels)
        assert len(counts) == classes and counts.min() > 0.88 * size / classes


def test_the_training_part_is_the_default_and_every_call_gives_the_same(labelled):
    load = labelled[0]
    for first, second in zip(load(), load("train"), strict=True):
        assert np.array_equal(first, second) and first is not second


def test_what_a_caller_changes_is_changed_for_nobody_else(labelled):
    load = labelled[0]
    load()[0][:] = 7
    assert load()[0].std() > 1


@pytest.mark.parametrize("split", ["val", "Train", "", None, 0])
def test_another_split(labelled, split):
    with pytest.raises(ValueError, match='split should be "train" or "test"'):
        labelled[0](split)


def test_parts_are_mixed_so_that_any_beginning_has_every_class(labelled):
    load, _, _, classes, _ = labelled
    for split in ("train", "test"):
        assert len(np.unique(load(split)[1][: 10 * classes])) == classes


def digest_of_all(images) -> set[str]:
    return {hashlib.sha256(image.tobytes()).hexdigest() for image in images}


def test_no_test_image_is_in_the_training_part(labelled):
    train, test = (digest_of_all(labelled[0](split)[0]) for split in ("train", "test"))
    assert train and test and not train & test


def normalised(images) -> np.ndarray:
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def highest(train, test) -> float:
    """The highest correlation of a test image with a training image, moved by up to a pixel."""
    moved = [np.roll(test, (dy, dx), axis=(1, 2)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    known = normalised(train).T
    return max(float((normalised(images) @ known).max()) for images in moved)


def test_near_duplicates_would_be_found():
    images = data.digits("test")[0][:50]
    noisy = np.clip(images + np.random.default_rng(0).normal(0, 10, images.shape), 0, 255).astype(np.uint8)
    assert highest(images, np.roll(noisy[:1], 1, axis=2)) > 0.985
    assert highest(images[1:], images[:1]) < 0.985


@pytest.mark.parametrize(
    ("name", "limit"), [("digits", 0.985), ("small_digits", 0.993), ("face_crops", 0.985)]
)
def test_no_test_image_nearly_is_in_the_training_part(name, limit):
    """Thin strokes of the digit 1 reach 0.98 by nature; a noisy copy is above the limit."""
    load = LABELLED[name][0]
    assert highest(load("train")[0], load("test")[0]) < limit


def copies(patches, half) -> np.ndarray:
    """For each patch, its highest correlation with any place in half a photograph."""
    ones = np.ones(patches[0].shape)
    mean = fftconvolve(half, ones, "valid") / ones.size
    spread = np.sqrt(np.maximum(fftconvolve(half**2, ones, "valid") / ones.size - mean**2, 1))
    found = []
    for patch in patches:
        centred = (patch - patch.mean()) / max(patch.std(), 1e-6)
        found.append((fftconvolve(half, centred[::-1, ::-1], "valid") / ones.size / spread).max())
    return np.array(found)


def test_no_test_patch_is_a_copy_of_a_place_in_the_training_half():
    images, labels = data.textures("test")
    for label, name in enumerate(data.TEXTURES):
        half = middle(name)[:, :256]
        found = copies(images[labels == label].astype(float), half)
        assert found.max() < min(0.95, 2 * np.median(found)), name


def test_a_copied_piece_of_grass_would_be_found():
    grass = middle("grass")
    assert copies([grass[352:416, 256:320]], grass[:, :256])[0] > 0.8


def middle(name) -> np.ndarray:
    from PIL import Image

    grey = np.asarray(Image.fromarray(data.photo(name)).convert("L"), dtype=float)
    top, left = ((length - 512) // 2 for length in grey.shape)
    return grey[top : top + 512, left : left + 512]


@pytest.mark.parametrize("split", ["train", "test"])
def test_texture_patches_lie_in_their_half(split):
    images, labels = data.textures(split)
    for label, name in enumerate(data.TEXTURES):
        grey, half = middle(name), slice(0, 256) if split == "train" else slice(256, 512)
        rows = np.lib.stride_tricks.sliding_window_view(grey[:, half], (1, 64))[:, :, 0]
        known = {row.astype(np.uint8).tobytes() for row in rows.reshape(-1, 64)}
        assert all(
            patch[0].tobytes() in known and patch[-1].tobytes() in known for patch in images[labels == label]
        )


def test_the_digits_look_like_their_labels():
    """A nearest mean, in place of an eye, is right far more often than by chance."""
    for load in (data.digits, data.small_digits, data.face_crops):
        images, labels = load("train")
        means = np.stack([images[labels == label].mean(axis=0) for label in np.unique(labels)])
        test, truth = load("test")
        nearest = ((test[:, None] - means) ** 2).sum(axis=(2, 3)).argmin(axis=1)
        assert (nearest == truth).mean() > 0.75


def test_faces_are_the_ones_with_detail():
    images, labels = data.face_crops()
    detail = np.abs(np.diff(images.astype(int), axis=2)).mean(axis=(1, 2))
    assert np.median(detail[labels == 1]) > 2 * np.median(detail[labels == 0])


def test_small_digits_are_cut_between_two_writers():
    """Every run begins with 0 to 9 three times."""
    _, labels = data.small_digits("test")
    assert np.array_equal(labels[:30], np.tile(np.arange(10), 3))


def test_there_is_a_photo_for_every_name():
    assert list(data.photos()) == list(data.PHOTOS)
    for name, photo in data.photos().items():
        assert photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3, name
        assert min(photo.shape[:2]) >= 172 and photo.std() > 10, name


def test_a_grey_photo_has_three_equal_channels():
    grey = {name for name, photo in data.photos().items() if (photo == photo[..., :1]).all()}
    assert grey == {"brick", "camera", "coins", "grass", "gravel", "handwriting"}


def test_colours_are_in_the_order_red_green_blue():
    red, _, blue = data.photo("motorcycle")[160:240, 350:400].reshape(-1, 3).mean(axis=0)
    assert red > blue
    assert data.painting().reshape(-1, 3).mean(axis=0).argmax() == 2


def test_an_unknown_photo():
    with pytest.raises(ValueError, match=r"There is no photo 'dog'\. There are: astronaut, brick"):
        data.photo("dog")


def test_the_painting():
    painting = data.painting()
    assert painting.shape == (448, 576, 3) and painting.dtype == np.uint8
    edges = [painting[0], painting[-1], painting[:, 0], painting[:, -1]]
    assert all(edge.mean() > 30 for edge in edges)  # its frame is black
