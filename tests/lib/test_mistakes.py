"""cnnkit.mistakes: digests that are the same for the same mistake, and the sentences stored under them."""

import hashlib
import json
import struct

import numpy as np
import pytest
import torch

from cnnkit import mistakes
from cnnkit.mistakes import digest, exact, named_on_disk

ARRAY = np.arange(6.0).reshape(2, 3)


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no words")

    __str__ = __repr__


class Endless(list):
    def __iter__(self):
        while True:
            yield 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.1 + 0.2, 0.3),
        (0.0, -0.0),
        (ARRAY, ARRAY.astype(np.float32)),
        (ARRAY, torch.from_numpy(ARRAY)),
        (ARRAY, np.asfortranarray(ARRAY)),
        (ARRAY[:, ::2], ARRAY[:, ::2].copy()),
        (np.float64("nan"), -np.float64("nan")),
        (np.float64(2.0), 2.0),
        ({"near": 1.0, 3: ARRAY}, {3: ARRAY, "near": 1.0}),
        (np.array([1, 2]), torch.tensor([1, 2])),
        ({"a": ARRAY + 1e-9}, {"a": ARRAY}),
        (Unprintable(), Unprintable()),
    ],
)
def test_the_same_values_have_the_same_digest(one, other):
    assert digest("f", one) == digest("f", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.3, 0.30001),
        (1, 1.0),
        (1, True),
        (1, "1"),
        (None, "None"),
        ([1, 2], (1, 2)),
        ([[1], 2], [1, [2]]),
        (ARRAY, ARRAY.T),
        (ARRAY, ARRAY.ravel()),
        (np.zeros((0, 2)), np.zeros((2, 0))),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 2}),
        (10**30, 10**30 + 1),
        (np.inf, -np.inf),
        (np.inf, np.nan),
    ],
)
def test_different_values_have_different_digests(one, other):
    assert digest("f", one) != digest("f", other)


def test_the_place_of_a_part_counts():
    assert digest("zero_pad", "X") != digest("X", "zero_pad")


def test_a_digest_depends_on_nothing_but_the_values():
    expected = hashlib.sha256(b"str:zero_pad;f:(1, 2);" + struct.pack("=2d", 1.0, 2.5)).hexdigest()[:16]
    assert digest("zero_pad", np.array([[1.0, 2.5]])) == expected


@pytest.mark.parametrize(
    "value",
    [Endless(), 10**5000, "x" * 10**6, "\ud800", torch.zeros(2, device="meta"), np.array([None])],
    ids=["endless list", "huge int", "long text", "lone surrogate", "meta tensor", "objects"],
)
def test_odd_values_have_a_digest_too(value):
    assert len(digest(value)) == 16


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        3,
        True,
        None,
        "text",
        ARRAY,
        torch.tensor([0.25]),
        [ARRAY, (1.0, 2)],
        {"a": 1 / 1024},
        np.array([1 + 2j]),
    ],
)
def test_small_multiples_of_a_power_of_two_are_exact(value):
    assert exact(value)


@pytest.mark.parametrize(
    "value",
    [
        0.1,
        np.nan,
        np.inf,
        2.0**33,
        ARRAY / 3,
        torch.tensor([0.1]),
        [ARRAY, (0.1, 2)],
        {"a": 0.1},
        np.array([0.1j]),
    ],
)
def test_other_floating_point_numbers_are_not(value):
    assert not exact(value)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / mistakes.FOLDER).mkdir()
    return tmp_path / mistakes.FOLDER


def test_a_sentence_is_found_beside_the_notebook(folder):
    (folder / "other.json").write_text(json.dumps({"a1": "You flipped the kernel."}))
    (folder / "step.json").write_text(json.dumps({"b2": "You padded the channels — too."}), encoding="utf-8")
    assert named_on_disk("b2") == "You padded the channels — too."
    assert named_on_disk("c3") is None


def test_without_a_folder_no_mistake_is_known(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert named_on_disk("b2") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b'"b2"', b"\xff\xfe", b'{"b2": null}'])
def test_a_damaged_file_of_mistakes_stands_in_nobodys_way(folder, content):
    (folder / "a.json").write_bytes(content)
    (folder / "z.json").write_text(json.dumps({"b2": "You padded the channels."}))
    assert named_on_disk("b2") == "You padded the channels."
