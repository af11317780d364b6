"""Photographs, and what other people's code says of them."""

import json
from pathlib import Path

import pytest
import skimage.data
import torch


@pytest.fixture(scope="session")
def reference():
    """reference("face_api") is what reference/face_api.json holds."""
    folder = Path(__file__).with_name("reference")
    return lambda name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def astronaut():
    return skimage.data.astronaut()


@pytest.fixture(autouse=True)
def full_precision(monkeypatch):
    """A GPU's convolutions keep all 23 bits, where TF32 would round to 10."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.fixture
def slack(where):
    """How many times as far as on the CPU results may lie from the stored ones: a GPU adds in another order."""
    return 1 if where.type == "cpu" else 25
