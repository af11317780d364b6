"""Photographs, and what other people's code says of them."""

import json
from pathlib import Path

import pytest
import skimage.data


@pytest.fixture(scope="session")
def reference():
    """reference("face_api") is what reference/face_api.json holds."""
    folder = Path(__file__).with_name("reference")
    return lambda name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def astronaut():
    return skimage.data.astronaut()
