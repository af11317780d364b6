"""cnnkit.workplace: what the desk says of the computer that one sits at."""

import subprocess
import sys

import pytest

import cnnkit
from cnnkit.workplace import KEPT, place

PLACES = {
    "here": {"HOME": "/home/amber", "JUPYTER_PATH": "/x"},
    "hub": {"JUPYTERHUB_USER": "amber"},
    "binder": {"JUPYTERHUB_USER": "amber-x1", "BINDER_LAUNCH_HOST": "https://binder.example/"},
    "colab": {"COLAB_RELEASE_TAG": "release-colab"},
}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """A computer that says nothing of itself, and an empty folder."""
    for name in ("BINDER_LAUNCH_HOST", "JUPYTERHUB_USER", "COLAB_RELEASE_TAG", "CNNKIT_GRADING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("where", "environment"), PLACES.items(), ids=PLACES)
def test_each_place_is_known_and_told(where, environment, monkeypatch):
    assert place(environment) == where
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    desk = cnnkit.desk()
    assert repr(desk) == KEPT[where]
    assert ("<b>" in desk.children[0].value) == (where == "binder"), "what is lost is a warning"


def test_what_it_says_is_the_same_on_every_computer(tmp_path):
    desk = cnnkit.desk()
    said = repr(desk) + desk.children[0].value
    assert str(tmp_path) not in said and repr(cnnkit.desk()) == repr(desk)


def test_a_grader_sees_nothing_and_waits_for_nothing(tmp_path):
    code = "import cnnkit, sys; print(cnnkit.desk(), 'ipywidgets' in sys.modules, 'torch' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], env={"CNNKIT_GRADING": "1", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert said == "None False False\n"


def test_a_desk_brings_no_torch_into_a_lesson_in_numpy(tmp_path):
    code = "import cnnkit, sys; cnnkit.desk(); print('torch' in sys.modules, 'nbclient' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert said == "False False\n"
