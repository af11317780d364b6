"""A PostgreSQL server of the tests' own: in a folder that goes with it, on a Unix socket, ended with the tests."""

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import psycopg
from sqlalchemy import make_url

INSTALL = """
apt-get -qq update
apt-get -qq install -y --no-install-recommends postgresql-common
sed -i 's/^#* *create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
apt-get -qq install -y --no-install-recommends postgresql
"""


class NotHere(RuntimeError):
    """There is no PostgreSQL, and none could be installed."""


def programs() -> Path:
    """The folder of PostgreSQL's programs, installed where that is possible.

    Raises:
        NotHere: it is not there.
    """
    if (found := _found()) is None:
        _install()
        found = _found()
    if found is None:
        raise NotHere("no PostgreSQL (initdb, postgres): apt-get install postgresql")
    return found


def _found() -> Path | None:
    on_path = [Path(one).resolve().parent for one in filter(None, [shutil.which("initdb")])]
    places = on_path + sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    return next((one for one in places if (one / "initdb").exists() and (one / "postgres").exists()), None)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def _install() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotHere("no PostgreSQL, and only root can install it: apt-get install postgresql")
    with open(Path(tempfile.gettempdir()) / "install-postgresql", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests that run side by side
        if _found() is None:
            quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            done = subprocess.run(
                ["sh", "-ec", INSTALL], env=quiet, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise NotHere(f"PostgreSQL could not be installed: {done.stderr[-500:]}")


class Server:
    """A server that this process started and ends; it also ends when this process dies."""

    def __init__(self) -> None:
        self.programs = programs()
        memory = Path("/dev/shm")
        roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
        self.folder = Path(tempfile.mkdtemp(prefix="pg", dir=memory if roomy else None))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody")  # PostgreSQL refuses to run as root
        first = [
            "-D",
            self.data,
            "-U",
            "grader",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        ]
        subprocess.run(
            [*self._unprivileged(), self.programs / "initdb", *first],
            check=True, capture_output=True, cwd=self.folder,
        )  # fmt: skip
        self.start()

    def _unprivileged(self) -> list[str]:
        group = pwd.getpwnam("nobody").pw_gid
        as_nobody = ["--reuid=nobody", f"--regid={group}", "--clear-groups"] if os.geteuid() == 0 else []
        return ["setpriv", *as_nobody, "--pdeathsig=QUIT"]

    def start(self) -> None:
        """Start it, and return when it answers. What served connections before may need a moment to end."""
        asked = [self.programs / "pg_isready", "-q", "-h", self.folder, "-U", "grader", "-d", "postgres"]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                self.process = self._begin()
            if subprocess.run(asked, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"the server did not start: {self.log.read_text()[-1000:]}")

    def _begin(self) -> "subprocess.Popen[bytes]":
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "fsync=off"]
        words = [word for setting in settings for word in ("-c", setting)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self._unprivileged(), self.programs / "postgres", "-D", self.data, *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip

    def kill(self) -> None:
        """End it at once, as a crash does; what serves connections notices, and ends too."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def database(self, like: str = "") -> str:
        """The URL of a new database: an empty one, or a copy of the one at the URL `like`."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        template = f" TEMPLATE {make_url(like).database}" if like else ""
        with psycopg.connect(
            host=str(self.folder), user="grader", dbname="postgres", autocommit=True
        ) as base:
            base.execute(f"CREATE DATABASE {name}{template}".encode())
        return f"postgresql+psycopg://grader@/{name}?host={self.folder}"

    def close(self) -> None:
        """End it, and remove what it wrote."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once: nothing is kept
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
