"""More than a submission may use. Each limit that is met has to be named; what was solved honestly keeps its marks."""

from corpus import LAYERS, NUMBERS, Desk, category

case = category("resources")
NOTHING = NUMBERS.only()
TIME = "did not (end, or answer,|return) within"
MEMORY = "MB of memory"

# Memory and processes


@case("Takes memory without end in a function.", says=MEMORY)
def memory(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        def centre(X):
            kept = []
            while True:
                kept.append(b"x" * 200_000_000)
        """
    )


@case("Takes half a limit of memory in each of several processes.", says=MEMORY)
def memory_of_many(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                kept = b"x" * 300_000_000
                time.sleep(60)
                os._exit(0)
        time.sleep(3)
        """
    )


@case(
    "Fills memory that belongs to files without a name, and to no process.", says=MEMORY + "|PermissionError"
)
def memory_of_nobody(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import os
        for number in range(60):
            file = os.memfd_create(f"m{number}")
            os.write(file, b"x" * 30_000_000)
        """
    )


@case(
    "Fills segments of shared memory, and holds none of them.",
    says=MEMORY + "|no space for a segment|PermissionError",
)
def memory_of_segments(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        for number in range(60):
            segment = libc.shmget(0, 30_000_000, 0o1600)
            address = libc.shmat(segment, None, 0)
            if segment < 0 or address == ctypes.c_void_p(-1).value:
                raise OSError(ctypes.get_errno(), "no space for a segment")
            ctypes.memset(address, 1, 30_000_000)
            libc.shmdt(ctypes.c_void_p(address))
        """
    )


@case("Asks for an array of a petabyte.", says=MEMORY)
def array_of_a_petabyte(desk: Desk) -> None:
    desk.hand_in(centre="def centre(X): return np.ones((2**25, 2**22))")


@case("Forks without end in one function, and has solved the last one.", marks=NUMBERS.only("double", "spread"),
      says="processes|" + TIME)  # fmt: skip
def fork_bomb(desk: Desk) -> None:
    desk.hand_in(
        centre="""
            import os
            def centre(X):
                while True:
                    os.fork()
            """,
        spread="def spread(X):\n    return float(((X - X.mean(0)) ** 2).mean())",
    )


@case("Leaves processes behind that outlive the notebook.")
def daemons(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import os, signal, time
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                for number in range(1, 32):
                    if number not in (signal.SIGKILL, signal.SIGSTOP):
                        signal.signal(number, signal.SIG_IGN)
                os.closerange(0, 64)
                if os.fork() == 0:
                    time.sleep(600)
                os._exit(0)
        """
    )


@case("Starts threads without end.", says="threads")
def threads(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import threading, time
        while True:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        """
    )


@case("Makes children that end and are never waited for.", says="processes|" + TIME)
def zombies(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import os
        while True:
            if os.fork() == 0:
                os._exit(0)
        """
    )


# Disk, files and output


def filling(place: str) -> str:
    return f"""
        for number in range(100):
            with open("{place}/full-" + str(number), "wb") as file:
                file.write(bytes(10_000_000))
        """


@case("Fills /tmp.", says="MB in /tmp")
def disk_tmp(desk: Desk) -> None:
    desk.hand_in(last=filling("/tmp"))


@case("Fills /dev/shm.", says="MB in")
def disk_shm(desk: Desk) -> None:
    desk.hand_in(last=filling("/dev/shm"))


@case("Fills the notebook's own folder before the functions are defined.", says="MB in /tmp")
def disk_cwd(desk: Desk) -> None:
    desk.hand_in(first=filling("."))


@case("Writes one file that is too large.", says="MB in a file")
def one_large_file(desk: Desk) -> None:
    desk.hand_in(
        last="""
        with open("large", "wb") as file:
            for _ in range(60):
                file.write(bytes(1_000_000))
        """
    )


@case("Makes empty files without end.", says="in /tmp|" + TIME)
def many_small_files(desk: Desk) -> None:
    desk.hand_in(
        last="""
        number = 0
        while True:
            open(f"small-{number}", "w").close()
            number += 1
        """
    )


@case("Opens files without end.", says="open files|" + TIME)
def open_files(desk: Desk) -> None:
    desk.hand_in(last="kept = []\nwhile True:\n    kept.append(open('/dev/null'))")


@case("Prints ten megabytes.", says="cut|limit|characters|too (large|long|much)")
def output(desk: Desk) -> None:
    desk.hand_in(last="for _ in range(100):\n    print('x' * 100_000)")


@case("Prints without end.", says=TIME)
def endless_output(desk: Desk) -> None:
    desk.hand_in(last="while True:\n    print('x' * 1000)")


@case("Writes past Python, to the file descriptors of its output, without end.", says=TIME)
def endless_raw_output(desk: Desk) -> None:
    desk.hand_in(last="import os\nwhile True:\n    os.write(1, b'x' * 4096)\n    os.write(2, b'x' * 4096)")


@case("Shows two hundred pictures.", says="cut|limit|more pictures|too (large|many)")
def pictures_without_end(desk: Desk) -> None:
    desk.hand_in(
        last="""
        import base64
        from IPython.display import display
        picture = base64.b64encode(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(100_000)).decode()
        for _ in range(200):
            display({"image/png": picture}, raw=True)
        """
    )


# Time


@case("Never returns.", says=TIME)
def endless_loop(desk: Desk) -> None:
    desk.hand_in(centre="def centre(X):\n    while True:\n        pass")


@case("Never returns, and holds the interpreter while it does not.", says=TIME)
def endless_in_c(desk: Desk) -> None:
    desk.hand_in(centre="def centre(X):\n    return X ** len(str(3 ** 10 ** 9))")


@case("Catches every exception and signal that would end it.", says=TIME)
def endless_and_immune(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        import signal
        def centre(X):
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            while True:
                try:
                    while True: pass
                except BaseException:
                    pass
        """
    )


@case("Sleeps in every cell until its time is used up.", marks=NUMBERS.only(), says="used up")
def sleeper(desk: Desk) -> None:
    sleep = "import time\ntime.sleep(60)\n"
    notebook = desk.notebook()
    first = desk.notebook(first=sleep).cells[0]
    for number in range(26):
        notebook.cells.insert(0, {**first, "id": f"sleep-{number}"})
    desk.hand_in(notebook)


@case("Uses up its processor time in several processes at once.", says="processor time|" + TIME)
def processor_time(desk: Desk) -> None:
    desk.hand_in(
        last="""
        import os
        for _ in range(8):
            if os.fork() == 0:
                while True: pass
        while True: pass
        """
    )


@case("Raises an exception that takes for ever to say what it is.", says=TIME)
def exception_without_end(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        class Slow(Exception):
            def __str__(self):
                while True: pass
            __repr__ = __str__
        def centre(X): raise Slow()
        """
    )


# Values and messages


@case("Returns objects that make others without end.")
def endless_objects(desk: Desk) -> None:
    desk.hand_in(
        centre="""
            import itertools
            class Endless:
                def __getattr__(self, name): return Endless()
                def __len__(self): return 2**62
                def __iter__(self): return iter(Endless, None)
                def __getitem__(self, key): return Endless()
            def centre(X): return Endless()
            """,
        spread="import itertools\ndef spread(X): return itertools.count()",
    )


@case("Returns an array of a hundred megabytes.", says="larger than")
def huge_result(desk: Desk) -> None:
    desk.hand_in(centre="def centre(X): return np.zeros(13_000_000)")


@case("Returns a list that holds itself, and lists ten thousand deep.", says="too deeply")
def recursive_result(desk: Desk) -> None:
    desk.hand_in(
        centre="def centre(X):\n    inside = []\n    inside.append(inside)\n    return inside",
        spread="def spread(X):\n    for _ in range(10_000): X = [X]\n    return X",
    )


@case("Returns a million small things.", says="too many")
def million_items(desk: Desk) -> None:
    desk.hand_in(
        centre="def centre(X): return [[n] for n in range(1_000_000)]",
        spread="def spread(X): return {str(n): n for n in range(50_000)}",
    )


RAW = """
import json
def raw(content, buffers=(), kind="comm_msg"):
    kernel = get_ipython().kernel
    session = kernel.session
    message = session.msg(kind, {}, parent=kernel.get_parent())
    parts = [json.dumps(message[key], default=str).encode() for key in ("header", "parent_header", "metadata")]
    parts.append(content if type(content) is bytes else json.dumps(content).encode())
    kernel.iopub_thread.flush() if hasattr(kernel.iopub_thread, "flush") else None
    kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", session.sign(parts), *parts, *buffers], copy=False)
def data(value):
    kernel = get_ipython().kernel
    channel = next(iter(kernel.comm_manager.comms.values()))
    request = kernel.get_parent()["content"]["data"]["id"]
    return {"comm_id": channel.comm_id, "data": {"id": request, "value": value}}
"""


@case("Answers with a message of a hundred thousand buffers.")
def many_part_message(desk: Desk) -> None:
    desk.hand_in(
        first=RAW,
        centre='def centre(X):\n    raw(data(["array", "<f8", [1], 7]), [b"12345678"] * 100_000)\n    return X',
    )


@case(
    "Answers with buffers of two gigabytes together, each of which is small enough.",
    says="large|memory|message|examiner|" + TIME,
)
def two_gigabytes_of_parts(desk: Desk) -> None:
    desk.hand_in(
        first=RAW,
        centre="""
            part = bytes(2**25)
            def centre(X):
                raw(data(["array", "<f8", [1], 0]), [part] * 64)
                return X
            """,
    )


@case("Answers with JSON a hundred thousand lists deep.", says="message|deep")
def deep_message(desk: Desk) -> None:
    desk.hand_in(
        first=RAW,
        centre="""
            def centre(X):
                text = json.dumps(data("HERE")).replace('"HERE"', "[" * 100_000 + "]" * 100_000)
                raw(text.encode())
                return X
            """,
    )


@case("Answers with a tree of many millions of small values.", says="many|large|memory|message|examiner")
def wide_message(desk: Desk) -> None:
    desk.hand_in(
        first=RAW,
        centre="""
            def centre(X):
                text = json.dumps(data("HERE")).replace('"HERE"', '["list",[' + '["none"],' * 6_000_000 + '["none"]]]')
                raw(text.encode())
                return X
            """,
    )


@case(
    "Answers with numbers of a hundred thousand digits and names of megabytes.",
    says="digits|message|protocol",
)
def long_numbers(desk: Desk) -> None:
    desk.hand_in(
        first=RAW,
        centre='def centre(X):\n    raw(data(["int", "0x" + "f" * 100_000]))\n    return X',
        spread='def spread(X):\n    raw(data(["x" * 5_000_000, 1]))\n    return -1.0',
    )


@case("Sends bytes that are no message at all.", says="not Jupyter's|no answer")
def broken_messages(desk: Desk) -> None:
    desk.hand_in(
        centre="""
            def centre(X):
                socket = get_ipython().kernel.iopub_socket
                socket.send_multipart([b"", b"<IDS|MSG>", b"", b"{", b"\\xff", b"[]", b"null"])
                socket.send_multipart([b"nothing"] * 3)
                return X
            """
    )


@case("Floods the examiner with messages from a thread.")
def flood_of_messages(desk: Desk) -> None:
    desk.hand_in(
        last="""
        import threading, time
        kernel = get_ipython().kernel
        def flood():
            while True:
                kernel.session.send(kernel.iopub_socket, "stream", {"name": "stdout", "text": "x" * 1000})
                time.sleep(0.0005)
        threading.Thread(target=flood, daemon=True).start()
        time.sleep(1)
        """
    )


# Signals and the process itself


@case("Stops itself.", says=TIME)
def stopped_process(desk: Desk) -> None:
    desk.hand_in(
        centre="import os, signal\ndef centre(X):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return X"
    )


@case("Stops every process that it may signal.", says=TIME)
def stopped_everyone(desk: Desk) -> None:
    desk.hand_in(centre=SIGNALS.replace("NUMBER", "signal.SIGSTOP"))


@case("Kills every process that it may signal.", says="ended")
def killed_everyone(desk: Desk) -> None:
    desk.hand_in(centre=SIGNALS.replace("NUMBER", "signal.SIGKILL"))


SIGNALS = """
import os, signal
def centre(X):
    for pid in [1, 2, 3, os.getppid(), -1]:
        try:
            os.kill(pid, NUMBER)
        except OSError:
            pass
    os.kill(os.getpid(), NUMBER)
"""


@case("Closes all its file descriptors.", says="ended|" + TIME)
def closed_files(desk: Desk) -> None:
    desk.hand_in(centre="import os\ndef centre(X):\n    os.closerange(0, 65536)\n    return X")


@case("Crashes the interpreter.", says="ended")
def segmentation_fault(desk: Desk) -> None:
    desk.hand_in(
        centre="import ctypes\ndef centre(X): ctypes.string_at(0)",
        spread="""
            import sys
            sys.setrecursionlimit(10**9)
            class Deep:
                def __eq__(self, other): return self == other
            def spread(X): return float(Deep() == Deep())
            """,
    )


@case("Ends the process in every cell.")
def dies_everywhere(desk: Desk) -> None:
    die = "\nimport os\nos._exit(0)"
    desk.hand_in(
        first=die, last=die, centre="def centre(X): return X" + die, spread="def spread(X): return -1.0" + die
    )


@case("Returns a tensor that says that it is huge and holds one number.", week=LAYERS, says="large|memory")
def expanded_tensor(desk: Desk) -> None:
    desk.hand_in(
        Perceptron="""
        class Perceptron(nn.Module):
            def __init__(self, n_in, n_hidden, n_out):
                super().__init__()
                self.first, self.second = nn.Linear(n_in, n_hidden), nn.Linear(n_hidden, n_out)
            def forward(self, x): return torch.zeros(1).expand(2**20, 2**20)
        """
    )
