"""What a learner's code can reach from inside the walls: tried from inside."""

import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import sandbox
from autograder.kernel import Worker
from autograder.limits import MEBIBYTE, Limits

pytestmark = pytest.mark.sandbox
LIMITS = Limits()


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    assets = tmp_path_factory.mktemp("assets")
    (assets / "picture.txt").write_text("a picture")
    (assets / "lesson.ipynb").write_text("{}")
    with Worker("bwrap", LIMITS, assets) as worker:
        yield worker


def said(worker, source):
    outputs = worker.execute(source, 30).outputs
    return "".join(o.get("text", "") + o.get("ename", "") for o in outputs)


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text("expected values")
    path.chmod(0o644)
    return path


def test_it_runs_as_nobody_with_no_privileges(worker):
    lines = said(worker, "print(open('/proc/self/status').read())")
    fields = dict(line.split(":\t", 1) for line in lines.splitlines() if ":\t" in line)
    assert int(fields["CapEff"], 16) == 0 and int(fields["CapPrm"], 16) == 0
    assert fields["NoNewPrivs"].strip() == "1"
    if os.geteuid() == 0:
        assert 0 not in map(int, fields["Uid"].split())


def test_two_workers_never_share_a_user_as_root():
    if os.geteuid() != 0:
        assert sandbox.own_user() is None
    else:
        users = {sandbox.own_user() for _ in range(64)}
        assert len(users) == 64 and min(users) >= 2_000_000 + 64 * os.getpid()
        assert max(users) < 2_000_000 + 64 * (os.getpid() + 1)


def test_the_course_and_the_home_are_out_of_sight(worker, secret_file):
    here = Path(__file__).resolve()
    for path in (here, here.parents[2] / "course", secret_file, Path.home() / ".bashrc", Path("/etc/shadow")):
        assert said(worker, f"import os; print(os.path.exists({str(path)!r}))") == "False\n"


@pytest.mark.parametrize("walls", ["bwrap", "none"])
def test_models_are_judged_on_the_cpu_whatever_the_machine_has(walls, monkeypatch):
    monkeypatch.setenv("CNNKIT_DEVICE", "meta")
    with Worker(walls, LIMITS) as fresh:
        fakes = "import torch\ntorch.cuda.is_available = lambda: True\n"
        assert said(fresh, f"{fakes}import cnnkit\nprint(cnnkit.device())") == "cpu\n"


def test_nothing_of_the_environment_comes_along(worker, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_TEST_SECRET", "expected values")
    with Worker("bwrap", LIMITS) as fresh:
        assert "expected values" not in said(fresh, "import os; print(dict(os.environ))")
        environs = "import glob\nfor p in glob.glob('/proc/*/environ'):\n    print(open(p, 'rb').read())"
        assert "expected values" not in said(fresh, environs)


def test_only_its_own_processes_are_there(worker):
    listed = said(worker, "import os; print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))")
    assert max(eval(listed)) < 60


def test_there_is_no_network(worker):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert (
            said(worker, f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)")
            == "ConnectionRefusedError"
        )
    assert said(worker, "import socket; print([name for _, name in socket.if_nameindex()])") == "['lo']\n"


@pytest.mark.parametrize(
    "path", ["/usr/x", "/opt/packages/cnnkit/x.py", "/opt/packages/autograder/x.py", "/x", "/etc/x"]
)
def test_nothing_of_the_system_can_be_written(worker, path):
    assert said(worker, f"open({path!r}, 'w')") in ("OSError", "PermissionError", "FileNotFoundError")


def test_the_interpreter_cannot_be_written(worker):
    assert said(worker, "import sys, os; open(os.path.join(sys.prefix, 'x'), 'w')") in (
        "OSError",
        "PermissionError",
    )


def test_the_lessons_files_can_be_read_and_new_ones_written(worker):
    assert said(worker, "print(open('picture.txt').read())") == "a picture\n"
    said(worker, "open('mine.txt', 'w').write('x')")
    assert said(worker, "print(open('mine.txt').read())") == "x\n"
    assert "lesson.ipynb" not in said(worker, "import os; print(os.listdir())")


def test_another_worker_is_out_of_sight(worker):
    said(worker, "open('/tmp/mark', 'w').write('seen')")
    with Worker("bwrap", LIMITS) as other:
        assert said(other, "import os; print(os.path.exists('/tmp/mark'))") == "False\n"
        assert said(other, "print(os.listdir('/opt/rooms'), sorted(os.listdir('/opt/sockets')))").startswith(
            "[]"
        )


def test_memory_is_limited():
    with Worker("bwrap", replace(LIMITS, memory=2048 * MEBIBYTE)) as small:
        assert said(small, "x = bytearray(3 * 2**30)") == "MemoryError"


def test_processes_are_limited():
    bomb = """
import subprocess, sys
children = []
try:
    for _ in range(400):
        children.append(subprocess.Popen(["/bin/sleep", "20"]))
except OSError as error:
    print(type(error).__name__)
print(len(children) < 200)
for child in children: child.kill()
"""
    with Worker("bwrap", replace(LIMITS, processes=60)) as small:
        assert said(small, bomb) == "BlockingIOError\nTrue\n"


def test_files_and_scratch_are_limited():
    with Worker("bwrap", replace(LIMITS, file_size=4 * MEBIBYTE, scratch=16 * MEBIBYTE)) as small:
        assert said(small, "f = open('/tmp/big', 'wb'); f.write(bytes(8 * 2**20)); f.flush()") == "OSError"
        fill = "for i in range(9):\n    with open(f'/tmp/part{i}', 'wb') as f: f.write(bytes(3 * 2**20))"
        assert said(small, fill) == "OSError"


def test_without_bubblewrap_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(sandbox.SandboxMissing, match="apt-get install bubblewrap"):
        sandbox.require("bwrap")
    sandbox.require("none")


def test_without_walls_a_worker_runs_too():
    with Worker("none", LIMITS) as bare:
        assert said(bare, "print(6 * 7)") == "42\n"
