"""What a command costs: wall time, CPU time of everything it starts, and both by role with peak memory."""

import contextlib
import ctypes
import os
import resource
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BECOME_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.02
Role = Callable[["Seen", int], str]


@dataclass
class Seen:
    """A process as it was last seen; `inside` says whether it lives in another PID namespace than ours."""

    pid: int
    parent: int
    command: str
    inside: bool
    cpu: float
    peak: int


@dataclass
class Usage:
    """Seconds of wall and CPU time, and, where the command was watched, CPU and peak bytes by role.

    The CPU time counts what was waited for; what ends with its PID namespace is waited for by nobody. The CPU time
    by role counts everything, but for what a process does after it was last looked at.
    """

    seconds: float
    cpu: float
    status: int
    cpu_of: dict[str, float] = field(default_factory=dict)
    peak_of: dict[str, int] = field(default_factory=dict)


def measured(
    command: Sequence[str], folder: Path, env: Mapping[str, str], log: Path, role: Role | None = None
) -> Usage:
    """Run a command to its end, and that of what it left behind.

    Args:
        command: its argv.
        folder: where it runs.
        env: its environment.
        log: where its output goes.
        role: names the part that a process plays, given the command's own pid; nothing is watched without it.
    """
    ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)  # what outlives the command is ours to wait for
    before, begun = _children_cpu(), time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, env=dict(env), stdout=file, stderr=file)
    watch = _Watch(process.pid) if role else None
    status = process.wait()
    seconds = time.perf_counter() - begun
    if watch:
        watch.end()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    usage = Usage(seconds, _children_cpu() - before, status)
    if watch and role:
        usage.cpu_of, usage.peak_of = watch.by_role(role)
    return usage


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch(threading.Thread):
    """Looks at every process below this one, until it is ended."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.seen: dict[tuple[int, str], Seen] = {}
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(EVERY):
            self._look()

    def end(self) -> None:
        self.over.set()
        self.join()

    def _look(self) -> None:
        ours = {os.getpid()}
        for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
            with contextlib.suppress(OSError, IndexError):
                fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) in ours and fields[0] != "Z":
                    ours.add(pid)
                    self.seen[pid, fields[19]] = _look_at(pid, fields)

    def by_role(self, role: Role) -> tuple[dict[str, float], dict[str, int]]:
        cpu: dict[str, float] = defaultdict(float)
        peak: dict[str, int] = defaultdict(int)
        for one in self.seen.values():
            name = role(one, self.root)
            cpu[name] += one.cpu
            peak[name] = max(peak[name], one.peak)
        return dict(cpu), dict(peak)


def _look_at(pid: int, fields: list[str]) -> Seen:
    folder = Path("/proc") / str(pid)
    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    peak = int((folder / "status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    inside = (folder / "ns" / "pid").stat().st_ino != Path("/proc/self/ns/pid").stat().st_ino
    cpu = (int(fields[11]) + int(fields[12])) / TICKS
    return Seen(pid, int(fields[1]), command, inside, cpu, peak)
