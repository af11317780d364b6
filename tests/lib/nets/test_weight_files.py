"""Weights are read strictly: what is damaged, short, long or of another net is refused, with a sentence."""

import re
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from cnnkit.nets.weight_files import FOLDER, fill, parse_quantised, quantised, ready, verified

NAME = "tiny_face_detector_model"
ENTRIES = [
    {
        "name": "a",
        "shape": [2, 3],
        "dtype": "float32",
        "quantization": {"dtype": "uint8", "scale": 0.25, "min": -2.0},
    },
    {"name": "b", "shape": [2], "dtype": "float32"},
]
DATA = bytes([0, 1, 2, 3, 4, 255]) + np.array([1.5, -3.25], "<f4").tobytes()


@pytest.fixture
def folder(tmp_path):
    """A copy of the detector's files that a test may damage."""
    for file in (f"{NAME}.bin", f"{NAME}-weights_manifest.json", "SHA256SUMS"):
        shutil.copy(FOLDER / file, tmp_path / file)
    return tmp_path


def test_bytes_become_numbers_to_the_last_one():
    tensors = parse_quantised(ENTRIES, DATA)
    assert tensors["a"].tolist() == [[-2.0, -1.75, -1.5], [-1.25, -1.0, 61.75]]
    assert tensors["b"].tolist() == [1.5, -3.25]
    assert all(tensor.dtype == torch.float32 for tensor in tensors.values())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DATA[:-1], "the weights end at byte 13, where b needs 14"),
        (DATA[:3], "the weights end at byte 3, where a needs 6"),
        (DATA + b"x", "the weights have 15 bytes, where the manifest's tensors need 14"),
    ],
)
def test_too_few_or_too_many_bytes(data, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_quantised(ENTRIES, data)


def test_another_kind_of_number():
    with pytest.raises(ValueError, match="c is int32; only uint8 and float32 are known"):
        parse_quantised([{"name": "c", "shape": [1], "dtype": "int32"}], bytes(4))


@pytest.mark.parametrize(
    ("name", "tensors", "numbers"),
    [
        (NAME, 19, 193_321),
        ("face_landmark_68_model", 49, 356_840),
        ("face_recognition_model", 117, 5_614_592),
    ],
)
def test_the_vendored_weights_are_whole(name, tensors, numbers):
    state = quantised(name)
    assert (len(state), sum(tensor.numel() for tensor in state.values())) == (tensors, numbers)


def test_each_vendored_file_is_accounted_for():
    listed = {line.split()[1] for line in (FOLDER / "SHA256SUMS").read_text().splitlines()}
    assert {file.name for file in FOLDER.iterdir()} == listed | {"SHA256SUMS", "LICENSE", "README.md"}
    readme = (FOLDER / "README.md").read_text()
    assert all(file in readme for file in listed if file.endswith(".bin"))
    assert "MIT License" in (FOLDER / "LICENSE").read_text()


def truncated(data):
    return data[:-1000]


def flipped(data):
    return data[:500] + bytes([data[500] ^ 1]) + data[501:]


@pytest.mark.parametrize("file", [f"{NAME}.bin", f"{NAME}-weights_manifest.json"])
@pytest.mark.parametrize("damage", [truncated, flipped])
def test_a_damaged_file_is_named(folder, file, damage):
    path = folder / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(
        ValueError, match=rf"{re.escape(str(path))} \(\d+ bytes\) are damaged, or of another version"
    ):
        quantised(NAME, folder)


def test_a_missing_file_is_named(folder):
    (folder / f"{NAME}.bin").unlink()
    with pytest.raises(FileNotFoundError, match=f"the weights {NAME}.bin are missing from {folder}. Install"):
        quantised(NAME, folder)


def test_verified_gives_the_bytes(tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(b"abc")
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert verified(file, sha256, "Do this") == b"abc"
    with pytest.raises(
        ValueError, match=r"begins with ba7816bf8f01 and should begin with 000000000000\. Do this\."
    ):
        verified(file, "0" * 64, "Do this")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"weight": torch.zeros(2, 3)}, "Missing key.*bias"),
        (
            {"weight": torch.zeros(2, 3), "bias": torch.zeros(2), "more": torch.zeros(1)},
            "Unexpected key.*more",
        ),
        ({"weight": torch.zeros(3, 2), "bias": torch.zeros(2)}, "size mismatch for weight"),
    ],
)
def test_weights_of_another_net_are_refused(state, message):
    with pytest.raises(ValueError, match=rf"(?s)file\.bin holds the weights of another net.*{message}"):
        fill(nn.Linear(3, 2), state, "file.bin")


@pytest.mark.parametrize("trainable", [False, True])
def test_a_net_is_ready_in_evaluation_mode(trainable):
    net = ready(nn.Sequential(nn.Linear(2, 2), nn.Dropout()), "meta", trainable)
    assert not net.training and not net[1].training
    assert all(p.requires_grad == trainable and p.device.type == "meta" for p in net.parameters())


@pytest.mark.parametrize("device", ["cuda:99", "nowhere"])
def test_a_device_that_this_machine_lacks_is_named(device):
    message = rf"the net cannot lie on the device '{device}'; this machine has cpu"
    with pytest.raises(ValueError, match=message):
        ready(nn.Linear(2, 2), device, trainable=False)
