"""The walls around a worker: bubblewrap's namespaces, a private /tmp, and nothing of the course in sight."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from autograder.limits import Limits

Sandbox = Literal["bwrap", "none"]

PACKAGES = "/opt/packages"
LESSON = "/tmp/lesson"
FONTS = "/opt/matplotlib"
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
HOW_TO_INSTALL = (
    "bubblewrap is needed to grade other people's notebooks. Install it (Debian, Ubuntu: `apt-get install bubblewrap`; "
    "Fedora: `dnf install bubblewrap`), or run `make setup` as root. For your own notebooks alone, --sandbox=none "
    "runs them without walls."
)


class SandboxMissing(RuntimeError):
    """bubblewrap is not installed, or does not work here."""


@dataclass(frozen=True)
class Room:
    """Where one worker runs.

    Args:
        folder: holds the connection file and the sockets; the one folder that both sides see.
        assets: files of the lesson that its notebook may read (pictures), put beside the notebook.
        files: holds what was handed in with the notebook and is put beside it, read-only.
        user: the unprivileged uid to run as, None to stay who we are in a user namespace of its own.
    """

    folder: Path
    assets: Path | None = None
    files: Path | None = None
    user: int | None = None


def own_user() -> int | None:
    """An unprivileged uid that no other worker alive on this machine has, None when we are not root."""
    return 2_000_000 + os.getpid() if os.geteuid() == 0 else None


def require(sandbox: Sandbox) -> None:
    """Make sure that the sandbox asked for is there.

    Raises:
        SandboxMissing: with what to install.
    """
    if sandbox == "bwrap" and not (shutil.which("bwrap") and (os.geteuid() != 0 or shutil.which("setpriv"))):
        raise SandboxMissing(HOW_TO_INSTALL)


def command(sandbox: Sandbox, room: Room, limits: Limits) -> list[str]:
    """The worker's argv; `{connection_file}` is filled in by Jupyter."""
    python = [sys.executable, "-m", "autograder.worker", "{connection_file}"]
    return [*_walls(room, limits), *_as_user(room), *python] if sandbox == "bwrap" else python


def environment(sandbox: Sandbox, limits: Limits) -> dict[str, str]:
    """The worker's whole environment: nothing of ours but what it needs."""
    inside = sandbox == "bwrap"
    packages = (
        PACKAGES
        if inside
        else os.pathsep.join(sorted({str(_package(n).parent) for n in ("autograder", "cnnkit")}))
    )
    home = "/tmp" if inside else os.environ.get("HOME", "/tmp")
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "PYTHONPATH": packages,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "MPLCONFIGDIR": "/tmp/matplotlib" if inside else f"{home}/.config/matplotlib",
        "CNNKIT_QUICK": "1",
        "CNNKIT_GRADING": "1",
        "AUTOGRADER_LIMITS": ",".join(
            str(n) for n in (limits.memory, limits.processes, limits.file_size, limits.open_files, limits.cpu)
        ),
        **threads,
    }


def _walls(room: Room, limits: Limits) -> list[str]:
    apart = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    argv = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", *apart]
    if room.user is None:
        argv += ["--unshare-user", "--disable-userns"]
    else:
        argv += [
            "--cap-drop",
            "ALL",
            "--cap-add",
            "CAP_SETUID",
            "--cap-add",
            "CAP_SETGID",
            "--cap-add",
            "CAP_SETPCAP",
        ]
    for name, value in environment("bwrap", limits).items():
        argv += ["--setenv", name, value]
    for folder in _parents([*SYSTEM, *_interpreter(), f"{PACKAGES}/*", f"{FONTS}/*"]):
        argv += ["--perms", "0755", "--dir", folder]
    for path in (*SYSTEM, *_interpreter()):
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            argv += ["--ro-bind", path, path]
    argv += ["--proc", "/proc", "--dev", "/dev"]
    argv += ["--perms", "1777", "--size", str(limits.scratch), "--tmpfs", "/tmp"]
    argv += ["--perms", "1777", "--size", str(limits.scratch), "--tmpfs", "/dev/shm"]
    for name in ("autograder", "cnnkit"):
        argv += ["--ro-bind", str(_package(name)), f"{PACKAGES}/{name}"]
    argv += ["--perms", "0777", "--dir", LESSON, "--bind", str(room.folder), str(room.folder)]
    argv += _assets(room.assets) + _files(room.files) + _fonts()
    return [*argv, "--remount-ro", "/", "--chdir", LESSON, "--"]


def _as_user(room: Room) -> list[str]:
    if room.user is None:
        return []
    user = str(room.user)
    drop = [
        "--clear-groups",
        "--no-new-privs",
        "--inh-caps=-all",
        "--ambient-caps=-all",
        "--bounding-set=-all",
    ]
    return ["setpriv", f"--reuid={user}", f"--regid={user}", *drop]


def _interpreter() -> list[str]:
    """The folders that the running Python lives in, outermost first, those in /usr left out."""
    places = {os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    places |= {os.path.abspath(sys.prefix), os.path.abspath(sys.base_prefix)}
    return sorted(place for place in places if not (place + "/").startswith("/usr/"))


def _parents(paths: list[str]) -> list[str]:
    """The folders above these paths, outermost first: bubblewrap would make them for its own user alone."""
    return sorted({str(parent) for path in paths for parent in Path(path).parents if str(parent) != "/"})


def _package(name: str) -> Path:
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
    return [word for entry in entries for word in ("--ro-bind", str(entry), f"{LESSON}/{entry.name}")]


def _files(folder: Path | None) -> list[str]:
    """Each file, read-only, in folders that the notebook may write to."""
    argv: list[str] = []
    for path in sorted(folder.rglob("*")) if folder else []:
        target = f"{LESSON}/{path.relative_to(folder)}"  # type: ignore[arg-type]
        argv += ["--perms", "0777", "--dir", target] if path.is_dir() else ["--ro-bind", str(path), target]
    return argv


def _fonts() -> list[str]:
    """matplotlib's font list, made once on the trusted side: making it anew takes a worker seconds."""
    import matplotlib  # noqa: PLC0415 - only to ask where its cache lies

    found = sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))
    return [word for path in found for word in ("--ro-bind", str(path), f"{FONTS}/{path.name}")]
