"""Reading weights strictly: a file that is short, changed or of another net is an error that says so.

Quantised weights are TensorFlow.js's format: a JSON manifest of names, shapes, scales and least values, and one
file of bytes in which the tensors follow each other.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from cnnkit.devices import usable

FOLDER = Path(__file__).with_name("weights")
AGAIN = "Install the package again: its copy of this file is damaged"
State = Mapping[str, torch.Tensor]
Net = TypeVar("Net", bound=torch.nn.Module)


def verified(path: Path, sha256: str, remedy: str) -> bytes:
    """The bytes of a file that is there and whole.

    Args:
        path: the file.
        sha256: the checksum it must have, as hexadecimal digits.
        remedy: what a reader of the error should do, as a sentence without its full stop.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file has another checksum; the message gives its size and both checksums.
    """
    if not path.is_file():
        raise FileNotFoundError(f"the weights {path.name} are missing from {path.parent}. {remedy}.")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ValueError(
            f"the weights {path} ({len(data)} bytes) are damaged, or of another version: their SHA-256 begins "
            f"with {found[:12]} and should begin with {sha256[:12]}. {remedy}."
        )
    return data


def quantised(name: str, folder: Path = FOLDER) -> dict[str, torch.Tensor]:
    """The tensors of a vendored model, as 32-bit floats in the shapes that its manifest gives.

    Args:
        name: the model, such as "tiny_face_detector_model".
        folder: where NAME.bin, NAME-weights_manifest.json and SHA256SUMS lie.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or the manifest and the bytes are not of one model.
    """
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {file: sha256 for sha256, file in map(str.split, lines)}
    files = [f"{name}-weights_manifest.json", f"{name}.bin"]
    manifest, data = (verified(folder / file, sums[file], AGAIN) for file in files)
    return parse_quantised(json.loads(manifest)[0]["weights"], data)


def parse_quantised(entries: list[dict[str, Any]], data: bytes) -> dict[str, torch.Tensor]:
    """Cut bytes into the tensors that a manifest lists, value = byte times scale plus least value.

    Args:
        entries: for each tensor its name, shape and dtype, and its quantization (dtype uint8, scale, min) if it
            has one.
        data: the tensors' bytes, one after the other, little-endian.

    Raises:
        ValueError: the bytes are fewer or more than the entries need, or of a kind that is not known.

    >>> entry = {"name": "w", "shape": [2], "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}}
    >>> parse_quantised([entry], bytes([0, 4]))
    {'w': tensor([-1.,  1.])}
    """
    tensors, start = {}, 0
    for entry in entries:
        quantization = entry.get("quantization", {"dtype": entry.get("dtype"), "scale": 1.0, "min": 0.0})
        if quantization["dtype"] not in ("uint8", "float32"):
            raise ValueError(f"{entry['name']} is {quantization['dtype']}; only uint8 and float32 are known")
        kind = np.dtype(quantization["dtype"]).newbyteorder("<")
        end = start + math.prod(entry["shape"]) * kind.itemsize
        if end > len(data):
            raise ValueError(f"the weights end at byte {len(data)}, where {entry['name']} needs {end}")
        values = np.frombuffer(data[start:end], kind) * quantization["scale"] + quantization["min"]
        tensors[entry["name"]] = torch.from_numpy(values.astype(np.float32).reshape(entry["shape"]))
        start = end
    if start != len(data):
        raise ValueError(f"the weights have {len(data)} bytes, where the manifest's tensors need {start}")
    return tensors


def fill(model: torch.nn.Module, state: State, source: str) -> None:
    """Put weights into a net, all of them and no others.

    Raises:
        ValueError: a name is missing or too many, or a shape differs; the message lists them.
    """
    try:
        model.load_state_dict(dict(state), strict=True)
    except RuntimeError as error:
        raise ValueError(f"{source} holds the weights of another net: {error}") from error


def ready(model: Net, device: torch.device | str, trainable: bool) -> Net:
    """The net in evaluation mode on a device, its parameters frozen unless they are to be trained.

    Raises:
        ValueError: this machine has no such device.
    """
    where = usable(device, f"the net cannot lie on the device {str(device)!r}")
    return model.requires_grad_(trainable).to(where).eval()
