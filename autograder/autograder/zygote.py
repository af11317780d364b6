"""The process that workers are forked from: everything imported, nothing secret, one thread, inside the walls.

For each request two processes come to be. One is process 1 of fresh namespaces: it builds the worker's room, watches
what all processes in it use of memory and processor, and reports how it ended. The other gives up all rights and
becomes the learner's kernel. When the examiner closes the connection, all end. Who is not root needs a third one,
which makes a user namespace for the two, and ends.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from autograder import namespaces as ns
from autograder.limits import Limits, limits_of

PRELOADED = (
    "autograder.worker", "numpy", "torch", "torch._subclasses.schema_check_mode", "matplotlib.pyplot",
    "ipykernel.kernelapp", "ipykernel.debugger",
    "tornado.platform.asyncio", "ipywidgets", "PIL.PngImagePlugin", "IPython.core.completerlib",
    "IPython.core.pylabtools", "IPython.core.debugger", "IPython.core.oinspect", "IPython.utils.wildcard",
    "faulthandler", "IPython.extensions.storemagic", "IPython.core.logger", "multiprocessing.synchronize",
    "cnnkit.check", "cnnkit.pictures", "cnnkit.training", "cnnkit.widgets",
)  # fmt: skip
ROOMS, SOCKETS, FILES, ASSETS = "/opt/rooms", "/opt/sockets", "/opt/files", "/opt/assets"
LESSON = "/tmp/lesson"
PORTS = 4  # of a kernel without a heartbeat
FILES_AT_MOST = 65536  # in /tmp, and in /dev/shm
TICK = 100  # milliseconds between looks at what a worker uses
SLACK = 512 * 2**20  # address space beyond the memory limit: stacks and arenas that are never filled


def interpreter() -> list[str]:
    """The folders that the running Python lives in, outermost first, those in /usr left out."""
    places = {os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    places |= {os.path.abspath(sys.prefix), os.path.abspath(sys.base_prefix)}
    return sorted(place for place in places if not (place + "/").startswith("/usr/"))


@dataclass(frozen=True)
class Request:
    """What an examiner asks for: a worker, and where and how it runs.

    Args:
        room: the folder with its `sockets` and `files`, as seen from here.
        user: the unprivileged uid to run as; None to stay who we are.
        walls: whether it gets namespaces of its own.
        connection: what Jupyter's connection file holds.
        lesson: the notebook's folder.
        assets: the folder of files that the notebook may read; empty for none.
        limits: what it may use.
    """

    room: str
    user: int | None
    walls: bool
    connection: dict[str, Any]
    lesson: str
    assets: str
    limits: Limits


def main(listener: socket.socket, more: Sequence[str] = ()) -> NoReturn:
    """Load everything, `more` as well, then fork a worker for each connection, until this process is ended."""
    ns.set_dumpable(False)
    ns.die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a worker, and none stays as a zombie
    gc.disable()  # nothing that is loaded is garbage
    for name in (*PRELOADED, *more):
        importlib.import_module(name)
    _draw()
    _raise()
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]
    gc.freeze()
    gc.enable()
    ns.use_huge_pages()
    while True:
        connection, _ = listener.accept()
        _serve(listener, connection)
        connection.close()


def _draw() -> None:
    """Draw something, so that fonts are found and read once and not by each worker."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - with all else, in main
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 1], label="a line")
    axes.set(title="A title", xlabel="$x$", ylabel="y")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def _raise() -> None:
    """Tell of an error, so that the files of all modules are looked up once and not by each worker."""
    from IPython.core.ultratb import AutoFormattedTB  # noqa: PLC0415 - with all else, in main

    try:
        raise ValueError
    except ValueError:
        AutoFormattedTB(mode="Context").structured_traceback(*sys.exc_info())


def _serve(listener: socket.socket, connection: socket.socket) -> None:
    message, log = _receive(connection)
    if not message:
        return
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("something that was imported has started a thread: a fork would not be sound")
    request = Request(**{**message, "limits": limits_of(message["limits"])})
    alone = request.walls and request.user is not None
    with ns.children_apart() if alone else contextlib.nullcontext():
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            (_supervise if alone else _go_between)(request, connection, log)
    os.close(log)


def _receive(connection: socket.socket) -> tuple[dict[str, Any], int]:
    """A request, and the file that takes the worker's last words; empty when the examiner has gone."""
    connection.settimeout(10)
    try:
        data, files, _, _ = socket.recv_fds(connection, 1 << 20, 1)
    except OSError:
        return {}, -1
    return (json.loads(data), files[0]) if data and files else ({}, -1)


def _go_between(request: Request, connection: socket.socket, log: int) -> NoReturn:
    """Make a user namespace, in which the process forked from this one has the rights that it needs, and end."""
    try:
        if request.walls:
            ns.set_dumpable(True)  # its own user map is closed to it otherwise
            ns.leave_as_own_user()
        if os.fork() == 0:
            _supervise(request, connection, log)
    except BaseException as error:  # noqa: BLE001 - the examiner is told, and this process ends
        _tell(connection, {"failed": f"{type(error).__name__}: {error}"})
    os._exit(0)


def _supervise(request: Request, connection: socket.socket, log: int) -> NoReturn:
    """The first process: the worker's surroundings, its limits and its end."""
    try:
        ns.set_dumpable(False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        connection.settimeout(None)
        if request.walls:
            if request.user is not None:
                ns.leave()
            _build_walls(request)
        _furnish(request)
        pid = os.fork()
        if pid == 0:
            connection.close()
            _become_worker(request, log)
        os.close(log)
        _tell(connection, Watch(pid, request).until_the_end(connection))
        if not request.walls:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
    except BaseException as error:  # noqa: BLE001 - the examiner is told, and this process ends
        _tell(connection, {"failed": f"{type(error).__name__}: {error}"})
    os._exit(0)


def _tell(connection: socket.socket, report: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # an examiner that has gone needs no report
        connection.sendall(json.dumps(report).encode())


def _build_walls(request: Request) -> None:
    """Private mounts: what this worker shares with the host, a /tmp of its own, and no sight of other rooms."""
    ns.make_mounts_private()
    for name, target in (("sockets", SOCKETS), ("files", FILES)):
        ns.mount(f"{request.room}/{name}", target, flags=ns.BIND)
    ns.make_read_only(FILES)
    ns.mount("tmpfs", ROOMS, "tmpfs", ns.READ_ONLY)
    scratch = f"size={request.limits.scratch},nr_inodes={FILES_AT_MOST},mode=1777"
    kept = {folder: os.open(folder, os.O_PATH) for folder in interpreter() if folder.startswith("/tmp/")}
    for folder in ("/tmp", "/dev/shm"):
        ns.mount("tmpfs", folder, "tmpfs", ns.NO_SUID | ns.NO_DEV, scratch)
    for folder, place in kept.items():  # a repository that someone has put there
        os.makedirs(folder, exist_ok=True)
        ns.mount(f"/proc/self/fd/{place}", folder, flags=ns.BIND)
        os.close(place)
    ns.mount("devpts", "/dev/pts", "devpts", ns.NO_SUID | ns.NO_EXEC, "newinstance,ptmxmode=0666,mode=620")
    ns.mount("proc", "/proc", "proc", ns.NO_SUID | ns.NO_DEV | ns.NO_EXEC)
    ns.bring_up_loopback()


def _furnish(request: Request) -> None:
    """The notebook's folder: the lesson's files and what was handed in, read-only, and room for its own."""
    lesson = Path(request.lesson)
    os.umask(0)
    lesson.mkdir(mode=0o777, parents=True, exist_ok=True)
    files = Path(FILES if request.walls else f"{request.room}/files")
    for name in os.listdir(request.assets) if request.assets else []:
        if not name.endswith(".ipynb") and not (files / name).exists():
            (lesson / name).symlink_to(f"{request.assets}/{name}")
    for folder, _, names in os.walk(files):
        inside = lesson / Path(folder).relative_to(files)
        inside.mkdir(mode=0o777, exist_ok=True)
        for name in names:
            (inside / name).symlink_to(f"{folder}/{name}")
    os.umask(0o022)


def _become_worker(request: Request, log: int) -> NoReturn:
    """The second process: limits, no rights, and the learner's kernel."""
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for target, source in enumerate((null, null, log)):
            os.dup2(source, target)
        os.closerange(3, 65536)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _limit(request.limits)
        if request.walls:
            ns.drop_privileges(request.user)
            Path("/proc/self/oom_score_adj").write_text(
                "1000", encoding="ascii"
            )  # who is short of memory ends it first
            ns.refuse_system_calls()
        os.chdir(request.lesson)
        _run_kernel(request)
    except BaseException as error:  # noqa: BLE001 - its last words
        os.write(2, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os._exit(0)


def _limit(limits: Limits) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    space = pages * resource.getpagesize() + limits.memory + SLACK
    for what, most in (
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CPU, limits.cpu + 5),  # the watch comes first, and gives it its name
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _run_kernel(request: Request) -> None:
    import numpy as np  # noqa: PLC0415 - loaded long ago

    from autograder import worker  # noqa: PLC0415 - loaded long ago

    np.random.seed()  # a process of its own would have been seeded anew
    folder = Path("/tmp") if request.walls else Path(request.lesson).parent
    file = folder / "kernel.json"
    file.write_text(json.dumps(request.connection), encoding="ascii")
    worker.main(str(file), request.limits)


class Watch:
    """What a worker and the processes it makes use, looked at again and again from process 1 beside them.

    Args:
        pid: the worker.
        request: whose limits count.
    """

    def __init__(self, pid: int, request: Request) -> None:
        self.pid = pid
        self.limits = request.limits
        self.walls = request.walls
        self.basis = 0  # memory that every fork has from the zygote
        self.peak = 0
        self.seconds = 0.0
        self.open = True

    def until_the_end(self, connection: socket.socket) -> dict[str, Any]:
        """Wait until the worker ends, uses too much, or is no longer wanted; the report for the examiner."""
        ended = os.pidfd_open(self.pid)
        poller = select.poll()
        poller.register(ended, select.POLLIN)
        poller.register(connection, select.POLLIN | select.POLLHUP)
        self.basis = _held(self.pid)
        while True:
            self._close_the_room()
            happened = {file for file, _ in poller.poll(TICK)}
            limit = self._look()
            if ended in happened:
                _, status = os.waitpid(self.pid, 0)
                return self._report(status=os.waitstatus_to_exitcode(status), limit=limit)
            if limit or connection.fileno() in happened:
                return self._report(limit=limit)
            self._reap()

    def _close_the_room(self) -> None:
        """Once the kernel's sockets are there, a worker puts nothing more into the folder that the host sees."""
        if self.walls and self.open and len(os.listdir(SOCKETS)) >= PORTS:
            ns.make_read_only(SOCKETS)
            self.open = False

    def _report(self, **how: Any) -> dict[str, Any]:
        return {**how, "cpu": round(self.seconds, 3), "memory": self.peak}

    def _reap(self) -> None:
        """Take note of orphans that ended; the worker itself is left to whoever polls it."""
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if found.si_pid == self.pid:
                    return
                os.waitpid(found.si_pid, 0)

    def _look(self) -> str | None:
        """The name of a limit that is exceeded."""
        listed = [int(name) for name in os.listdir("/proc") if name.isdigit()] if self.walls else [self.pid]
        pids = [pid for pid in listed if pid != os.getpid()]
        own, others = _held(self.pid) - self.basis, [pid for pid in pids if pid != self.pid]
        memory = own + sum(map(_held, others))
        if memory > self.limits.memory:  # what forks share has been counted again and again in that
            memory = own + sum(map(_own_share, others))
        reaped = os.times()
        ticks = sum(map(_ticks, pids)) / os.sysconf("SC_CLK_TCK")
        self.seconds = max(self.seconds, ticks + reaped.children_user + reaped.children_system)
        self.peak = max(self.peak, memory, 0)
        if memory > self.limits.memory:
            return "memory"
        return "cpu" if self.seconds > self.limits.cpu else None


def _held(pid: int) -> int:
    """Bytes that a process holds, files left out; what a fork still shares counts whole."""
    return _kilobytes(pid, "status", ("RssAnon:", "RssShmem:")) * 1024


def _own_share(pid: int) -> int:
    """Bytes that a process holds, files left out; of what several hold, each has a share. It takes milliseconds."""
    return _kilobytes(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) * 1024


def _kilobytes(pid: int, file: str, lines: tuple[str, ...]) -> int:
    try:
        text = Path(f"/proc/{pid}/{file}").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(lines))


def _ticks(pid: int) -> int:
    """Clock ticks of processor time that a process and those it waited for have used."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
    except OSError:  # it has just ended
        return 0
    return sum(int(fields[place]) for place in (11, 12, 13, 14))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
