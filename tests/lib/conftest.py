"""What tests of the library share: the devices that they run on."""

from contextlib import nullcontext

import elsewhere
import numpy as np
import pytest
import torch
import tqdm.auto
import tqdm.std


@pytest.fixture(params=["cpu", elsewhere.NAME, pytest.param("cuda", marks=pytest.mark.gpu)])
def where(request):
    """A device: the CPU, one that is pretended, and CUDA in `make test-gpu`."""
    with elsewhere.Present() if request.param == elsewhere.NAME else nullcontext():
        yield torch.device(request.param)


@pytest.fixture
def as_stored():
    """as_stored(path, arrays, levels=1): fails unless the .npz at path holds these arrays, those named in the keywords
    within so much and all others exactly."""

    def compare(path, arrays, **within):
        with np.load(path) as stored:
            assert set(stored) == set(arrays)
            for name in stored:
                assert stored[name].shape == arrays[name].shape, name
                worst = np.abs(np.subtract(stored[name], arrays[name], dtype=float)).max()
                assert worst <= within.get(name, 0), f"{name} differs by {worst}"

    return compare


@pytest.fixture
def text_bar(monkeypatch):
    """The bar of a terminal: tqdm decides once a process whether it is in a notebook, and other tests have kernels."""
    monkeypatch.setattr("tqdm.auto.tqdm", tqdm.std.tqdm)
    monkeypatch.setattr("cnnkit.fitting.tqdm", tqdm.std.tqdm)
