"""From photo to encoding: against the library that the nets come from (reference/face_api.js), and by properties.

The six photographs of two people in the sdist of PyPI `face_recognition` 1.3.0 are read only where CNNKIT_FACE_PHOTOS
names the folder of its tests/test_images; two of them are cut from a third.
scikit-image's lfw_subset (25 x 25 pixels) is too small for these nets.
"""

import os
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from skimage.transform import SimilarityTransform

from cnnkit.nets import faces
from cnnkit.nets.boxes import overlap
from cnnkit.nets.face_nets import face_detector, face_encoder, landmark_net
from cnnkit.nets.faces import align, detect_faces, encode_faces, landmarks


@pytest.fixture(scope="module")
def points(astronaut):
    return landmarks(astronaut, detect_faces(astronaut)[0][0])


def middles(points):
    groups = (slice(36, 42), slice(42, 48), slice(48, 68))
    return np.array([np.asarray(points, float)[group].mean(0) for group in groups])


@pytest.mark.parametrize(
    ("key", "piece", "size"),
    [
        ("boxes_224", np.s_[:224, 110:334], 224),
        ("boxes_416", np.s_[:416, :416], 416),
    ],
)
def test_boxes_are_the_librarys(astronaut, reference, key, piece, size, where, slack):
    model = face_detector(device=where)
    boxes, scores = detect_faces(astronaut[piece], model, size=size, threshold=0.1)
    expected = np.array(reference("face_api")[key])
    np.testing.assert_allclose(scores, expected[:, 0], atol=slack * 1e-4)
    np.testing.assert_allclose(boxes, expected[:, 1:], atol=slack * 2e-3)


@pytest.mark.parametrize(
    ("key", "piece"),
    [
        ("square", np.s_[:]),
        ("wide", np.s_[:300]),
        ("tall", np.s_[:, 60:400]),
    ],
)
def test_boxes_of_whole_photos_are_close_to_the_librarys(astronaut, reference, key, piece):
    """It resizes without averaging and rounds the sides, so its boxes differ by a few pixels."""
    boxes, scores = detect_faces(astronaut[piece])
    [expected] = reference("face_api")[key]
    assert overlap(torch.tensor([boxes[0].tolist(), expected[1:]]))[0, 1] > 0.93
    np.testing.assert_allclose(scores, expected[:1], atol=0.02)


@pytest.mark.parametrize(
    ("key", "box"),
    [
        ("landmarks", (168, 76, 280, 188)),
        ("landmarks_narrow", (178, 76, 268, 188)),
    ],
)
def test_landmarks_are_the_librarys(astronaut, reference, key, box, where, slack):
    expected = np.array(reference("face_api")[key]) + box[:2]
    found = landmarks(astronaut, box, landmark_net(device=where))
    np.testing.assert_allclose(found, expected, atol=slack * 2e-3)


def test_encodings_are_the_librarys(astronaut, reference, where, slack):
    found = encode_faces([astronaut[50:200, 150:300]], face_encoder(device=where))
    np.testing.assert_allclose(found[0], reference("face_api")["encoding"], atol=slack * 1e-5)


def test_two_faces_are_found_where_they_are(astronaut):
    [one], _ = detect_faces(astronaut, size=224)
    boxes, scores = detect_faces(np.concatenate([astronaut, astronaut], axis=1), size=448)
    np.testing.assert_allclose(
        boxes[boxes[:, 0].argsort()], np.stack([one, one + torch.tensor([512, 0, 512, 0])]), atol=6
    )
    assert scores[0] >= scores[1] > 0.5


def test_a_photo_without_faces():
    boxes, scores = detect_faces(skimage.data.coffee())
    assert boxes.shape == (0, 4) and scores.shape == (0,)


def test_landmarks_lie_where_the_face_has_them(points):
    left, right, mouth = middles(points)
    seen = [[203, 101], [246, 103], [223, 145]]  # read off the photo, six times enlarged, under a grid
    np.testing.assert_allclose([left, right, mouth], seen, atol=3)
    jaw = points[:17]
    assert (jaw[1:, 0] > jaw[:-1, 0]).all() and jaw[8, 1] == points[:, 1].max()


def test_a_box_beyond_the_photo_is_cut(astronaut):
    face = astronaut[76:188, 168:280]
    np.testing.assert_allclose(
        landmarks(face, (-50, -9, 900, 112)), landmarks(face, (0, 0, 112, 112)), atol=1e-4
    )


def test_the_turn_is_scikit_images_similarity(points):
    turn, origin = faces._similarity(points)
    expected = SimilarityTransform.from_estimate(faces.PLACES, middles(points))
    assert abs(turn) == pytest.approx(expected.scale, rel=1e-6)
    assert np.angle(turn) == pytest.approx(expected.rotation, abs=1e-6)
    assert (origin.real, origin.imag) == pytest.approx(tuple(expected.translation), abs=1e-6)


def test_eyes_and_mouth_come_to_their_places():
    """White dots on black, where the three middles are, of a face turned by 20 degrees and 2.4 times as large."""
    turned = SimilarityTransform(scale=360, rotation=np.deg2rad(20), translation=(150, 40))(faces.PLACES)
    photo = np.zeros((600, 700, 3), np.uint8)
    for x, y in turned.round().astype(int):
        photo[y - 6 : y + 6, x - 6 : x + 6] = 255
    points = np.zeros((68, 2))
    for group, middle in zip(faces.GROUPS, turned, strict=True):
        points[group] = middle
    crop = align(photo, points)
    for x, y in (faces.PLACES * 150).round().astype(int):
        assert crop[y, x].min() > 200 and crop[y, x + 8].max() < 50
    assert crop.shape == (150, 150, 3) and crop.dtype == np.uint8


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_turned_gives_the_same_crop(astronaut, points, turns):
    centred = points.numpy() - 256
    rotation = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), turns)
    crop = align(np.rot90(astronaut, turns).copy(), centred @ rotation + 256)
    assert np.abs(crop.astype(int) - align(astronaut, points)).max() <= 2


def test_a_large_photo_gives_the_same_crop_without_aliasing(astronaut, points):
    large = np.asarray(Image.fromarray(astronaut).resize((2048, 2048), Image.Resampling.BICUBIC))
    difference = align(large, points * 4).astype(int) - align(astronaut, points)
    assert np.abs(difference).mean() < 3
    stripes = np.zeros((2048, 2048, 3), np.uint8)
    stripes[:, ::2] = 255
    assert align(stripes, points * 4).std() < 40


def test_what_lies_beyond_the_photo_is_black(astronaut, points):
    x = int(points[:, 0].mean())
    crop = align(astronaut[:, x:].copy(), points - torch.tensor([x, 0]))
    assert (crop[:, :50] == 0).all() and (crop[:, 100:] > 0).any()


def test_aligned_encodings_forgive_a_tilted_head(astronaut):
    """Both crops of one photo and of the same photo turned by 15 degrees: aligned ones stay close, boxes do not."""
    tilted = np.asarray(Image.fromarray(astronaut).rotate(15, Image.Resampling.BILINEAR))
    aligned, cut = [], []
    for photo in (astronaut, tilted):
        box = detect_faces(photo)[0][0]
        aligned.append(align(photo, landmarks(photo, box)))
        cut.append(np.asarray(Image.fromarray(photo).crop(tuple(box.tolist())).resize((150, 150))))
    near, far = (torch.pdist(encode_faces(crops)).item() for crops in (aligned, cut))
    assert near < 0.3 and near < far / 1.5


def test_nets_given_by_the_caller(astronaut, points):
    box = (168, 76, 280, 188)
    torch.testing.assert_close(
        detect_faces(astronaut, face_detector(trainable=True)), detect_faces(astronaut)
    )
    torch.testing.assert_close(
        landmarks(astronaut, box, landmark_net(trainable=True)), landmarks(astronaut, box)
    )
    crops = np.stack([align(astronaut, points)] * 2)
    found = encode_faces(crops, face_encoder(trainable=True))
    torch.testing.assert_close(found, encode_faces(list(crops)))
    assert found.shape == (2, 128) and not found.requires_grad


def test_photos_are_left_as_they_are(astronaut, points):
    photo = astronaut.copy()
    detect_faces(photo)
    align(photo, points)
    assert (photo == astronaut).all()


def test_no_crops_are_no_encodings():
    assert encode_faces([]).shape == (0, 128)


BLACK = np.zeros((40, 50, 3), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: detect_faces(BLACK, size=400), "expected size to be a positive multiple of 32, got 400"),
        (lambda: detect_faces(BLACK, size=416.0), "size must be a whole number, got 416.0 of type float"),
        (lambda: detect_faces(BLACK, threshold=50), "threshold must be from 0 to 1, got 50"),
        (lambda: align(BLACK, np.zeros((68, 2)), size=0), "size must be at least 1, got 0"),
        (
            lambda: encode_faces(np.zeros((150, 150), np.uint8)),
            "expected several crops, a list or an array (N, 150, 150, 3), got an array of shape (150, 150). "
            "Put a single crop in a list: [crop]",
        ),
        (lambda: encode_faces(np.zeros((150, 150, 3), np.uint8)), "Put a single crop in a list: [crop]"),
        (lambda: encode_faces({"amber": BLACK}), "got a dict; its values are list(photos.values())"),
        (lambda: detect_faces(BLACK / 255), "From floats between 0 and 1"),
        (
            lambda: landmarks(BLACK, (50, 0, 60, 9)),
            "the box [50.0, 0.0, 60.0, 9.0] has no pixel in a photo of 50 x 40 pixels",
        ),
        (lambda: landmarks(BLACK, (9, 9, 5, 20)), "has no pixel"),
        (
            lambda: landmarks(BLACK, (1, 2, 3)),
            "expected a box of four finite numbers x1, y1, x2, y2, got (1, 2, 3)",
        ),
        (lambda: landmarks(BLACK, (0, 0, np.nan, 9)), "expected a box of four finite numbers"),
        (
            lambda: align(BLACK, np.zeros((5, 2))),
            "expected 68 landmarks, an array (68, 2) of finite numbers, got shape (5, 2)",
        ),
        (lambda: align(BLACK, np.zeros((68, 2))), "the landmarks lie within one pixel"),
        (
            lambda: align(BLACK[..., 0], np.zeros((68, 2))),
            "expected a photo of shape (H, W, 3), got (40, 50)",
        ),
        (
            lambda: encode_faces([BLACK]),
            "expected crops of 150 x 150 pixels, got (40, 50); `align` makes them",
        ),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        call()


@pytest.mark.skipif(
    "CNNKIT_FACE_PHOTOS" not in os.environ, reason="CNNKIT_FACE_PHOTOS names no folder of photos"
)
def test_two_people_are_told_apart():
    photos = {path.stem: np.asarray(Image.open(path).convert("RGB")) for path in _photographs()}
    crops = {
        name: align(photo, landmarks(photo, detect_faces(photo)[0][0])) for name, photo in photos.items()
    }
    encodings = dict(zip(crops, encode_faces(list(crops.values())), strict=True))
    within, between = [], []
    for a, b in combinations(encodings, 2):
        same = a.startswith("obama") == b.startswith("obama")
        (within if same else between).append((encodings[a] - encodings[b]).norm().item())
    assert (len(within), len(between)) == (10, 5)
    assert max(within) < 0.5 < min(between)


def _photographs():
    found = sorted(Path(os.environ["CNNKIT_FACE_PHOTOS"]).glob("*.jpg"))
    assert len(found) == 6, f"expected six photographs, found {len(found)}"
    return found
