"""What a forked worker does to itself before a learner's code runs: namespaces, mounts, privileges, system calls.

Python's standard library has no names for these calls of Linux, so they go through the C library.
"""

import ctypes
import errno
import fcntl
import os
import platform
import re
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

NEW_MOUNT, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USER, NEW_PID, NEW_NET = 0x10000000, 0x20000000, 0x40000000
EVERY_OTHER = NEW_MOUNT | NEW_CGROUP | NEW_UTS | NEW_IPC | NEW_NET

READ_ONLY, NO_SUID, NO_DEV, NO_EXEC, REMOUNT = 1, 2, 4, 8, 32
BIND, RECURSIVE, PRIVATE = 1 << 12, 1 << 14, 1 << 18
NO_ACCESS_TIMES, RELATIVE_ACCESS_TIMES = 1024 | 2048, 1 << 21

SET_DUMPABLE, SET_PDEATHSIG, SET_SECCOMP, DROP_BOUNDING, SET_NO_NEW_PRIVS = 4, 1, 22, 24, 38
HUGE_PAGE, COLLAPSE = 2 << 20, 25
KEYCTL_JOIN_SESSION_KEYRING = 1
SYSTEM_CALLS = {  # numbers of the machine, of keyctl, clone, clone3 and prlimit64, and of what a worker is refused
    "x86_64": (
        0xC000003E, 250, 56, 435, 302,
        (29, 68, 101, 135, 154, 155, 161, 163, 164, 165, 166, 167, 168, 169, 172, 173, 175, 176, 179, 212, 246,
         248, 249, 250, 272, 298, 300, 303, 304, 308, 310, 311, 312, 313, 319, 321, 323, 425, 426, 427, 428,
         429, 430, 431, 432, 433, 442, 447),
    ),
    "aarch64": (
        0xC00000B7, 219, 220, 435, 261,
        (39, 40, 41, 51, 60, 89, 92, 97, 104, 105, 106, 117, 142, 186, 194, 217, 218, 219, 224, 225, 241, 262,
         264, 265, 268, 270, 271, 272, 273, 279, 280, 282, 425, 426, 427, 428, 429, 430, 431, 432, 433, 442,
         447),
    ),
}  # fmt: skip


def _call(function: str, *arguments: object) -> None:
    if getattr(_libc, function)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}{arguments}: {os.strerror(number)}")


def set_dumpable(allowed: bool) -> None:
    """Whether processes of the same user may look into this one."""
    _call("prctl", SET_DUMPABLE, int(allowed), 0, 0, 0)


def die_with_parent() -> None:
    """Be killed when the parent ends."""
    _call("prctl", SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def use_huge_pages() -> None:
    """Have the memory of this process in pages of 2 MB where the system can: a fork then copies a table of hundreds.

    It is faster, not different: where a range stays as it is (an older kernel, no such page free), all works as well.
    """
    maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    for first, last in re.findall(r"(?m)^(\w+)-(\w+) rw-p \w+ 00:00 0 ", maps):
        start, end = -(-int(first, 16) // HUGE_PAGE) * HUGE_PAGE, int(last, 16) // HUGE_PAGE * HUGE_PAGE
        if start < end:
            _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), COLLAPSE)


@contextmanager
def children_apart() -> Iterator[None]:
    """A process forked in here is the first of a process namespace of its own; it needs the right to make one."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    _call("unshare", NEW_PID)
    try:
        yield
    finally:
        _call("setns", own, NEW_PID)
        os.close(own)


def leave() -> None:
    """Enter fresh namespaces of every kind, but for that of users and that of processes."""
    _call("unshare", EVERY_OTHER)


def leave_as_own_user() -> None:
    """Enter fresh namespaces of every kind, one of users too, in which this user has the rights that follow.

    Processes forked from now on are in the new process namespace.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", EVERY_OTHER | NEW_USER | NEW_PID)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system.

    Raises:
        OSError: it could not be mounted.
    """
    words = [word.encode() if word else None for word in (source, target, kind)]
    _call("mount", *words, ctypes.c_ulong(flags), options.encode() if options else None)


def make_mounts_private() -> None:
    """Nothing that is mounted from now on is seen elsewhere."""
    mount("none", "/", flags=RECURSIVE | PRIVATE)


def make_read_only(folder: str) -> None:
    """Let nothing be written any more to what is mounted at a folder, which keeps its other options."""
    now = os.statvfs(folder).f_flag
    kept = now & (NO_SUID | NO_DEV | NO_EXEC | NO_ACCESS_TIMES)
    kept |= RELATIVE_ACCESS_TIMES if now & os.ST_RELATIME else 0
    mount("none", folder, flags=REMOUNT | BIND | READ_ONLY | kept)


def bring_up_loopback() -> None:
    """A new network namespace has a loopback device that is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up_and_running = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(any_socket, 0x8914, up_and_running)  # SIOCSIFFLAGS


def drop_privileges(user: int | None) -> None:
    """Become an unprivileged user for good: no capabilities, no new ones, no keys of others.

    Args:
        user: the uid and gid to take; None to stay who we are.
    """
    machine = SYSTEM_CALLS.get(platform.machine())
    if machine:
        _libc.syscall(machine[1], KEYCTL_JOIN_SESSION_KEYRING, None, 0, 0, 0)  # a kernel without keys refuses
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
    for capability in range(last + 1):
        _call("prctl", DROP_BOUNDING, capability, 0, 0, 0)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _call("capset", struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", *[0] * 6))
    _call("prctl", SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    set_dumpable(True)


def refuse_system_calls() -> None:
    """From now on refuse what no notebook needs and what attacks on kernels and neighbours begin with.

    Namespaces, mounts, keyrings, tracing, BPF, io_uring and the like; memory that belongs to no process
    (memfd_create, System V's shared memory and queues), which nobody could count; and the limits of other
    processes. On a machine whose numbers are not known here nothing is refused: the other walls stand.
    """
    machine = SYSTEM_CALLS.get(platform.machine())
    if machine is None:
        return
    program = _filter(*machine)
    code = ctypes.create_string_buffer(program)
    pointer = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _call("prctl", SET_SECCOMP, 2, ctypes.c_char_p(pointer), 0, 0)


def _filter(machine: int, _: int, clone: int, clone3: int, prlimit: int, refused: tuple[int, ...]) -> bytes:
    """A seccomp program: a list of (code, jump if true, jump if false, value)."""
    load, equal, at_least, has_bits, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, unknown = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
    kill = 0x80000000
    steps = [
        (load, 0, 0, 4), (equal, 1, 0, machine), (give, 0, 0, kill),
        (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (give, 0, 0, unknown),
        (equal, 0, 1, clone3), (give, 0, 0, unknown),
    ]  # fmt: skip
    for number in refused:
        steps += [(equal, 0, 1, number), (give, 0, 0, refuse)]
    namespaces = EVERY_OTHER | NEW_USER | NEW_PID
    steps += [(equal, 0, 3, clone), (load, 0, 0, 16), (has_bits, 0, 1, namespaces), (give, 0, 0, refuse)]
    # Another process's limits, with which one of the same user could end whoever watches over it.
    steps += [
        (load, 0, 0, 0),
        (equal, 0, 3, prlimit),
        (load, 0, 0, 16),
        (equal, 1, 0, 0),
        (give, 0, 0, refuse),
    ]
    steps += [(give, 0, 0, allow)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
