"""A learner's own photograph: upright, in colour, and a sentence where it cannot be read."""

import numpy as np
import pytest
from PIL import Image

from cnnkit.data import own_photo

STREET = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
TURNED_RIGHT, ORIENTATION = 6, 0x0112  # to be seen upright it has to be turned a quarter to the right


@pytest.fixture(autouse=True)
def beside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_without_a_file_it_is_the_other_picture():
    assert np.array_equal(np.asarray(own_photo("", STREET)), STREET)


def test_with_neither_it_asks_for_a_name():
    with pytest.raises(
        ValueError, match=r"^write the name of a picture beside this notebook; put the picture into"
    ):
        own_photo("")


@pytest.mark.parametrize("name", ["mine.png", "mine.PNG"])
def test_a_file_is_read(name):
    Image.fromarray(STREET + 100).save(name)
    assert np.array_equal(np.asarray(own_photo(name, STREET)), STREET + 100)


def test_a_photo_of_a_phone_held_upright_stands_upright():
    tags = Image.Exif()
    tags[ORIENTATION] = TURNED_RIGHT
    Image.fromarray(STREET).save("phone.png", exif=tags)
    assert np.array_equal(np.asarray(own_photo("phone.png", STREET)), np.rot90(STREET, -1))


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1"])
def test_every_kind_of_picture_has_three_colours(mode):
    Image.fromarray(STREET).convert(mode).save("mine.tif")
    assert np.asarray(own_photo("mine.tif", STREET)).shape == (2, 3, 3)


def test_a_name_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(
        FileNotFoundError, match=r"no file 'cat.jpg' beside this notebook; put the picture into"
    ):
        own_photo("cat.jpg", STREET)
    for number in range(8):
        Image.fromarray(STREET).save(f"{number}.jpg")
    with pytest.raises(FileNotFoundError, match=r"pictures here are 0.jpg, 1.jpg, .*5.jpg and 2 more$"):
        own_photo("cat.jpg", STREET)


def test_a_phones_own_kind_of_file_is_listed_and_a_paper_is_not(tmp_path):
    for name in ("IMG_1.HEIC", "paper.pdf", "weights.h5"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"; pictures here are IMG_1.HEIC$"):
        own_photo("IMG_1.jpg", STREET)


def test_a_picture_of_too_many_pixels_is_named_in_a_sentence(monkeypatch):
    Image.fromarray(STREET).save("huge.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2)
    with pytest.raises(ValueError, match=r"'huge.png' has too many pixels: save it smaller"):
        own_photo("huge.png", STREET)


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0\x18ftypheic" + bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(50)]
)
def test_what_is_no_picture_is_named_in_a_sentence(tmp_path, content):
    (tmp_path / "mine.heic").write_bytes(content)
    with pytest.raises(ValueError, match=r"'mine.heic' is no picture that can be read here .*JPEG or PNG"):
        own_photo("mine.heic", STREET)


def test_half_a_picture_is_named_too(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save("whole.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:3000])
    with pytest.raises(ValueError, match=r"'half.png' is no picture that can be read here"):
        own_photo("half.png", STREET)
