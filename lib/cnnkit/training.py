"""Models that a notebook trains, and whose weights are handed in with it.

Weights travel as safetensors: names, shapes, types and numbers. A pickle, which can run code, is never read.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from cnnkit import quick
from cnnkit.devices import seed
from cnnkit.files import write_whole

SEED = 0
LARGEST = 30_000_000
AGAIN = "Run the cell that trains the model again: it saves a new file."
PICKLES = (b"PK\x03\x04", b"\x80")

Model = TypeVar("Model", bound=torch.nn.Module)
Tensors = Mapping[str, torch.Tensor]


def train_or_load(build: Callable[[], Model], fit: Callable[[Model], object], path: str) -> Model:
    """A trained model: trained here and saved, or with the weights that were handed in.

    In your notebook it trains on every run, from the same seed, and saves the weights under `path`. When the
    notebook is graded (CNNKIT_GRADING is set) it trains nothing and loads what you handed in. In a quick run
    (CNNKIT_QUICK is set) it loads `reference/…` in place of `work/…` (CNNKIT_REFERENCE names another folder than
    `reference`), or trains where there is no such file (fit should then take a few steps, see `cnnkit.quick`), and
    saves nothing.

    Args:
        build: makes the untrained model, on the device of its choice.
        fit: trains the model in place; what it returns is not used.
        path: where the weights go, as "work/LESSON/NAME.safetensors" beside the notebook.

    Returns:
        The model in evaluation mode, on the device where `build` made it.

    Raises:
        FileNotFoundError: the notebook is graded, and no such file was handed in.
        ValueError: the path is of another form, the weights of this model exceed 30 MB, or the file does not
            hold exactly the weights of this model (names, shapes, types).
        TypeError: `build` does not return a torch module.
    """
    file, reference = _file(path), _reference(path)
    model = _built(build)
    if os.environ.get("CNNKIT_GRADING", "") not in ("", "0"):
        _load(model, _handed_in(file))
    elif quick() and reference.exists():
        _load(model, reference)
    else:
        fit(model)
        if not quick():
            _save(model, file)
    return model.eval()


def trained_before(build: Callable[[], Model], path: str) -> Model | None:
    """A model that another lesson has trained: with the reference's weights where there are any, else with yours.

    Args:
        build: makes the untrained model, on the device of its choice.
        path: where the other lesson left the weights, as "work/LESSON/NAME.safetensors" beside the notebook.

    Returns:
        The model in evaluation mode; None where neither `path` nor the reference (see `train_or_load`) is there.

    Raises:
        ValueError: the path is of another form, or the file does not hold exactly the weights of this model.
    """
    there = [file for file in (_reference(path), _file(path)) if file.exists()]
    if not there:
        return None
    _load(model := _built(build), there[0], "To go on without it, move it to another folder.")
    return model.eval()


def _reference(path: str) -> Path:
    return Path(os.environ.get("CNNKIT_REFERENCE") or "reference", *_file(path).parts[1:])


def _file(path: str) -> Path:
    parts = PurePosixPath(path).parts
    if len(parts) != 3 or parts[0] != "work" or not path.endswith(".safetensors"):
        raise ValueError(f"expected a path like work/LESSON/NAME.safetensors, got {path!r}")
    return Path(path)


def _built(build: Callable[[], Model]) -> Model:
    seed(SEED)
    model = build()
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"expected build() to return a torch module, got {type(model).__name__}")
    size = sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())
    if size > LARGEST:
        raise ValueError(f"the weights of the model take {_megabytes(size)}: make it smaller")
    return model


def _handed_in(file: Path) -> Path:
    if not file.exists():
        raise FileNotFoundError(
            f"no checkpoint handed in: there is no readable {file.as_posix()} beside the notebook. Run the cell that "
            "trains the model, and hand in the folder work with the notebook."
        )
    return file


def _save(model: torch.nn.Module, file: Path) -> None:
    """Save the weights whole or not at all: a run that is stopped leaves the file of the run before it."""
    write_tensors(model.state_dict(), file)


def _load(model: torch.nn.Module, file: Path, remedy: str = AGAIN) -> None:
    if file.is_file() and file.stat().st_size > LARGEST:
        raise ValueError(f"{file.as_posix()} has {_megabytes(file.stat().st_size)}. {remedy}")
    state, _ = read_tensors(file, remedy)
    refuse_other(state, model.state_dict(), file, remedy)
    model.load_state_dict(dict(state))


def write_tensors(tensors: Tensors, file: Path, about: dict[str, str] | None = None) -> None:
    """Write tensors and words about them as safetensors, whole or not at all."""
    state = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    write_whole(file, save(state, about))


def refuse_other(state: Tensors, wanted: Tensors, file: Path, remedy: str = AGAIN) -> None:
    """Make sure that what a file holds is a model's state.

    Raises:
        ValueError: names, shapes or types differ.
    """
    if wrong := _differences(state, wanted):
        raise ValueError(
            f"{file.as_posix()} holds the weights of another model: {'; '.join(wrong)}. {remedy}"
        )


def read_tensors(file: Path, remedy: str = AGAIN) -> tuple[Tensors, dict[str, str]]:
    """The tensors in a file of safetensors, on the CPU, and the words about them.

    Raises:
        ValueError: it is not such a file.
    """
    name = file.as_posix()
    if not file.is_file():
        raise ValueError(f"{name} is not a file. {remedy}")
    data = file.read_bytes()
    try:
        return load(data), _about(data)
    except (SafetensorError, KeyError) as error:  # KeyError: a type of number that torch lacks
        what = "is not a safetensors file, or a damaged one"
        if data.startswith(PICKLES):
            what = "was made by torch.save: such a file can run code, and is never read"
        raise ValueError(f"{name} {what} ({len(data)} bytes; {error!s:.100}). {remedy}") from error


def _about(data: bytes) -> dict[str, str]:
    """The words in the header of a file whose tensors could be read."""
    length = int.from_bytes(data[:8], "little")
    return dict(json.loads(data[8 : 8 + length]).get("__metadata__", {}))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.4g} MB, where at most {LARGEST / 1e6:g} MB are allowed"


def _differences(state: Tensors, wanted: Tensors) -> list[str]:
    """What keeps a state from being the wanted one, in words: names first, then shapes and types."""
    found = [f"it lacks {name}" for name in sorted(wanted.keys() - state.keys())]
    found += [f"it has {name:.80}, which this model lacks" for name in sorted(state.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & state.keys()):
        got, expected = _kind(state[name]), _kind(wanted[name])
        if got != expected:
            found.append(f"{name} is {got} and should be {expected}")
    return found[:3]


def _kind(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {tuple(tensor.shape)}"
