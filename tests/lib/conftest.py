"""What tests of the library share: the devices that they run on."""

import pytest
import torch


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def where(request):
    """A device: the CPU, and CUDA in `make test-gpu`."""
    return torch.device(request.param)
