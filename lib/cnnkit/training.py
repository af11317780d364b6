"""Models that a notebook trains, and whose weights are handed in with it.

Weights travel as safetensors: names, shapes, types and numbers. A pickle, which can run code, is never read.
"""

import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from cnnkit import quick

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
    (CNNKIT_QUICK is set) it loads `reference/…` in place of `work/…`, or trains where there is no such file (fit
    should then take a few steps, see `cnnkit.quick`), and saves nothing.

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
    file = _file(path)
    reference = Path("reference", *file.parts[1:])
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


def _file(path: str) -> Path:
    parts = PurePosixPath(path).parts
    if len(parts) != 3 or parts[0] != "work" or not path.endswith(".safetensors"):
        raise ValueError(f"expected a path like work/LESSON/NAME.safetensors, got {path!r}")
    return Path(path)


def _built(build: Callable[[], Model]) -> Model:
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
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
    state = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in model.state_dict().items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(save(state))
    os.replace(part, file)


def _load(model: torch.nn.Module, file: Path) -> None:
    state = _tensors(file)
    if wrong := _differences(state, model.state_dict()):
        raise ValueError(f"{file.as_posix()} holds the weights of another model: {'; '.join(wrong)}. {AGAIN}")
    model.load_state_dict(dict(state))


def _tensors(file: Path) -> Tensors:
    """The tensors in a file, on the CPU."""
    name = file.as_posix()
    if not file.is_file():
        raise ValueError(f"{name} is not a file. {AGAIN}")
    if file.stat().st_size > LARGEST:
        raise ValueError(f"{name} has {_megabytes(file.stat().st_size)}. {AGAIN}")
    data = file.read_bytes()
    try:
        return load(data)
    except (SafetensorError, KeyError) as error:  # KeyError: a type of number that torch lacks
        what = "is not a safetensors file, or a damaged one"
        if data.startswith(PICKLES):
            what = "was made by torch.save: such a file can run code, and is never read"
        raise ValueError(f"{name} {what} ({len(data)} bytes; {error!s:.100}). {AGAIN}") from error


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
