"""The walls around workers: bubblewrap's namespaces, and in them the process that workers are forked from.

Nothing of the course, the gradebook or other students is in sight there. How a worker comes to be is in zygote.py.
"""

import atexit
import contextlib
import fcntl
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from autograder.limits import Limits
from autograder.zygote import ASSETS, FILES, LESSON, ROOMS, SOCKETS, Request, interpreter

Sandbox = Literal["bwrap", "none"]

_workers = itertools.count()

PACKAGES = "/opt/packages"
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/sbin",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/alternatives",
    "/etc/localtime",
)
USERS, WORKERS_IN_TURN = 2_000_000, 64
YOUNG = 60.0  # seconds, in which a folder may not have its lock yet
HOW_TO_INSTALL = (
    "bubblewrap is needed to grade other people's notebooks. Install it (Debian, Ubuntu: `apt-get install bubblewrap`; "
    "Fedora: `dnf install bubblewrap`), or run `make setup` as root. For your own notebooks alone, --sandbox=none "
    "runs them without walls."
)


DOES_NOT_WORK = (
    "Some systems forbid the namespaces that bubblewrap needs (containers without the rights for it, AppArmor's "
    "restriction of user namespaces): `bwrap --ro-bind / / --unshare-all true` should end without a word."
)


class SandboxMissing(RuntimeError):
    """bubblewrap is not installed, or does not work here."""


def own_user() -> int | None:
    """An unprivileged uid that no other worker on this machine has, None when we are not root.

    Nor has one that was just ended: its processes count against the limit of its uid until the last of them is gone.
    """
    if os.geteuid() != 0:
        return None
    return USERS + os.getpid() * WORKERS_IN_TURN + next(_workers) % WORKERS_IN_TURN


def require(sandbox: Sandbox) -> None:
    """Make sure that the sandbox asked for is there.

    Raises:
        SandboxMissing: with what to install.
    """
    if sandbox == "bwrap" and not shutil.which("bwrap"):
        raise SandboxMissing(HOW_TO_INSTALL)


class SandboxLost(BaseException):
    """The process that workers are forked from has gone: no verdict, and the submission is to be examined again.

    It is no Exception, so that no check takes it for the learner's.
    """


class Zygote:
    """The process that workers are forked from, in its walls; a context manager.

    Args:
        sandbox: "bwrap", or "none" for an instructor's own notebooks.
        assets: a folder of files that every notebook may read.
        loads: modules to load beside what every notebook needs.

    Raises:
        SandboxMissing: bubblewrap is not there.
    """

    def __init__(self, sandbox: Sandbox, assets: Path | None = None, loads: Sequence[str] = ()) -> None:
        require(sandbox)
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix="ag-", dir="/tmp"))
        self.folder.chmod(0o711)
        (self.folder / "rooms").mkdir(mode=0o711)
        self.lock = (self.folder / "lock").open("wb")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.nursery = Nursery(sandbox, self.folder, assets)
        self.loads = loads
        self.process = self._launch()

    def _launch(self) -> subprocess.Popen[bytes]:
        address, sandbox = self.folder / "zygote", self.nursery.sandbox
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(address))
            address.chmod(0o600)
            listener.listen(64)
            argv = [sys.executable, "-m", "autograder.zygote", str(listener.fileno()), *self.loads]
            walls = _walls(self.folder / "rooms", self.nursery.assets) if sandbox == "bwrap" else []
            return subprocess.Popen(
                [*walls, *argv], env=_environment(sandbox), pass_fds=[listener.fileno()], cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def alive(self) -> bool:
        """Whether workers can still be forked."""
        return self.process.poll() is None

    def ready(self) -> "Nursery":
        """Where to ask for workers, of a new process where the old one has gone."""
        if not self.alive():
            self.process = self._launch()
        return self.nursery

    def close(self) -> None:
        """End it, and all its workers with it."""
        self.process.kill()
        self.process.wait()
        remove(self.folder)
        self.lock.close()

    def __enter__(self) -> "Zygote":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class Nursery:
    """Where to ask for a worker: what an examiner needs to know of a zygote that another process started.

    Args:
        sandbox: the walls.
        folder: the zygote's folder on the host.
        assets: the folder of files that every notebook may read.
    """

    sandbox: Sandbox
    folder: Path
    assets: Path | None

    def ask(
        self, room: Path, user: int | None, connection: dict[str, Any], limits: Limits, log: int
    ) -> socket.socket:
        """Have a worker forked.

        Args:
            room: a folder of `rooms`, with `sockets` and `files` in it.
            user: the uid that it runs as; None to stay who we are.
            connection: what Jupyter's connection file holds.
            limits: what the worker may use.
            log: an open file for its last words.

        Returns:
            A connection that gives the report of how the worker ended; closing it ends the worker.

        Raises:
            SandboxLost: the zygote has gone.
        """
        inside = self.sandbox == "bwrap"
        assets = ASSETS if inside else str(self.assets)
        request = Request(
            room=f"{ROOMS}/{room.name}" if inside else str(room),
            user=user,
            walls=inside,
            connection=connection,
            lesson=LESSON if inside else str(room / "lesson"),
            assets=assets if self.assets and self.assets.is_dir() else "",
            limits=limits,
        )
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            line.connect(str(self.folder / "zygote"))
            socket.send_fds(line, [json.dumps(asdict(request)).encode()], [log])
        except OSError as error:
            line.close()
            raise SandboxLost(f"no worker can be had: {error}") from error
        return line


def own_nursery(sandbox: Sandbox, assets: Path | None, loads: tuple[str, ...] = ()) -> Nursery:
    """The nursery of a zygote of this process's own, started when first asked for and ended with the process."""
    return _own_zygote(sandbox, assets if assets and assets.is_dir() else None, loads).ready()


@cache
def _own_zygote(sandbox: Sandbox, assets: Path | None, loads: tuple[str, ...]) -> Zygote:
    zygote = Zygote(sandbox, assets, loads)
    atexit.register(zygote.close)
    return zygote


def _sweep() -> None:
    """Remove the folders of zygotes whose starter was killed: nobody holds their locks."""
    for folder in Path("/tmp").glob("ag-*"):
        with contextlib.suppress(OSError):  # another's, or just being made or removed
            about = folder.lstat()
            if about.st_uid != os.geteuid() or time.time() - about.st_mtime < YOUNG:
                continue
            with (folder / "lock").open("r+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)


def _environment(sandbox: Sandbox) -> dict[str, str]:
    """The whole environment of workers: nothing of ours but what they need."""
    inside = sandbox == "bwrap"
    packages = sorted({str(package_folder(name).parent) for name in ("autograder", "cnnkit")})
    home = "/tmp" if inside else os.environ.get("HOME", "/tmp")
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "PYTHONPATH": PACKAGES if inside else os.pathsep.join(packages),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/matplotlib" if inside else f"{home}/.config/matplotlib",
        "CNNKIT_QUICK": "1",
        "CNNKIT_GRADING": "1",
        "CNNKIT_DEVICE": "cpu",  # hidden inputs come from the examiner, which is on the CPU on every machine
        **threads,
    }


def _walls(rooms: Path, assets: Path | None) -> list[str]:
    apart = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    argv = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--clearenv", *apart]
    if os.geteuid() == 0:
        rights = (
            "SETUID",
            "SETGID",
            "SETPCAP",
            "SYS_ADMIN",
            "NET_ADMIN",
            "SYS_PTRACE",
        )  # the last to count memory
        argv += ["--cap-drop", "ALL", *(word for right in rights for word in ("--cap-add", f"CAP_{right}"))]
    else:
        argv += ["--unshare-user"]
    for name, value in _environment("bwrap").items():
        argv += ["--setenv", name, value]
    argv += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm"):
        argv += ["--perms", "1777", "--tmpfs", folder]
    for folder in _parents([*SYSTEM, *interpreter(), f"{PACKAGES}/*", f"{ASSETS}/*"]):
        argv += ["--perms", "0755", "--dir", folder]
    for path in (*SYSTEM, *interpreter()):
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            argv += ["--ro-bind", path, path]
    for name in ("autograder", "cnnkit"):
        argv += ["--ro-bind", str(package_folder(name)), f"{PACKAGES}/{name}"]
    for folder in (SOCKETS, FILES):
        argv += ["--perms", "0755", "--dir", folder]
    argv += ["--bind", str(rooms), ROOMS, *_assets(assets)]
    return [*argv, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"]


def _parents(paths: list[str]) -> list[str]:
    """The folders above these paths, outermost first: bubblewrap would make them for its own user alone."""
    return sorted({str(parent) for path in paths for parent in Path(path).parents if str(parent) != "/"})


def package_folder(name: str) -> Path:
    """The folder that a package is imported from."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed")
    return Path(spec.origin).parent


def _assets(folder: Path | None) -> list[str]:
    if folder is None or not folder.is_dir():
        return []
    entries = [
        entry for entry in sorted(folder.iterdir()) if entry.suffix != ".ipynb" and not entry.is_symlink()
    ]
    return [word for entry in entries for word in ("--ro-bind", str(entry), f"{ASSETS}/{entry.name}")]


def remove(folder: Path) -> None:
    """Remove a folder in which hostile code may have closed folders, or nested them by the thousand."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    if folder.exists():
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False, stderr=subprocess.DEVNULL)
