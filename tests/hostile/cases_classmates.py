"""Honest classmates, among whom the hostile submissions are graded. Each has a mark of their own to be found by a spy."""

import numpy as np
from corpus import LAYERS, NUMBERS, TRAINING, Desk, category
from safetensors.numpy import save

case = category("classmates")
NAME = "work/training/line.safetensors"
GOOD = {"weight": np.array([[2.0]], dtype="float32"), "bias": np.array([-1.0], dtype="float32")}
STYLE = "def centre(X):\n    mean = sum(X) / len(X)\n    return X - mean"


def mine(name: str) -> str:
    """The text that only one student's page may hold."""
    digits = f"{sum(ord(letter) * 257**i for i, letter in enumerate(name)) % 16**6:06x}"
    return f"CANARY-{name.upper()}-{digits}"


def honest(name: str, **about):
    return case(about.pop("tries", "Has solved everything."), owns=(mine(name),), **about)


@honest("amber", marks=NUMBERS.full)
def amber(desk: Desk) -> None:
    desk.hand_in(desk.week.solved(first=f"mine = '{mine('amber')}'"))


@honest("birch", marks=NUMBERS.only("double", "centre"), tries="Has solved half.")
def birch(desk: Desk) -> None:
    answers = {"spread": "def spread(X):\n    raise NotImplementedError()"}
    desk.hand_in(desk.week.solved(first=f"mine = '{mine('birch')}'", **answers))


@honest("juniper", marks=NUMBERS.full, tries="Has solved everything in another style, and prints.")
def juniper(desk: Desk) -> None:
    first = f"import sys\nmine = '{mine('juniper')}'\nprint('50 %', file=sys.stderr)"
    desk.hand_in(desk.week.solved(first=first, last="print(spread(np.eye(3)))", centre=STYLE))


@honest("slate", marks=NUMBERS.full)
def slate(desk: Desk) -> None:
    desk.hand_in(desk.week.solved(first=f"mine = '{mine('slate')}'"))


@honest("willow", marks=NUMBERS.only("double"), tries="Has solved a third.")
def willow(desk: Desk) -> None:
    desk.hand_in(first=f"mine = '{mine('willow')}'")


@honest("fern", week=LAYERS, marks=LAYERS.full)
def fern(desk: Desk) -> None:
    desk.hand_in(desk.week.solved(first=f"mine = '{mine('fern')}'"))


@honest("quartz", week=LAYERS, marks=LAYERS.only("swish"), tries="Has solved half.")
def quartz(desk: Desk) -> None:
    desk.hand_in(first=f"mine = '{mine('quartz')}'")


@honest(
    "flint", week=TRAINING, marks=TRAINING.full, tries="Has solved everything, and hands in good weights."
)
def flint(desk: Desk) -> None:
    desk.hand_in(desk.week.solved(first=f"mine = '{mine('flint')}'"))
    desk.beside({NAME: save(GOOD)})


# Leaves something in every place that processes share, and rests while the spies look for it.
LEAVES = """
import ctypes, mmap, os, socket, threading
mine = '{mine}'
libc = ctypes.CDLL(None, use_errno=True)
for place in ('/tmp', '/dev/shm', '.', '/var/tmp'):
    try:
        open(place + '/left-by-a-neighbour', 'w').write(mine)
    except OSError:
        pass
os.environ['MINE'] = mine
segment = libc.shmget(0x5EED, 4096, 0o1666)
libc.shmat.restype = ctypes.c_void_p
address = libc.shmat(segment, None, 0) if segment >= 0 else None
if address not in (None, ctypes.c_void_p(-1).value):
    ctypes.memmove(address, mine.encode(), len(mine))
queue = libc.msgget(0x5EED, 0o1666)
libc.msgsnd(queue, ctypes.byref((ctypes.c_char * 72)(*(b'\\1' + bytes(7) + mine.encode()))), 40, 0o4000)
posix = libc.mq_open(b'/left', os.O_CREAT | os.O_RDWR, 0o666, None) if hasattr(libc, 'mq_open') else -1
libc.mq_send(posix, mine.encode(), len(mine), 0)
for ring in (-3, -4, -5):
    libc.syscall(248, b'user', b'left', mine.encode(), len(mine), ring)

def answer(listener):
    while True:
        listener.accept()[0].sendall(mine.encode())

for family, address in ((socket.AF_UNIX, '\\0left'), (socket.AF_INET, ('127.0.0.1', 45671))):
    try:
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen()
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
    except OSError:
        pass
kept = [mine.encode() * 100 for _ in range(100)]
"""


@honest(
    "neighbour", marks=NUMBERS.full, tries="Has solved everything, and rests while spies are at work beside."
)
def neighbour(desk: Desk) -> None:
    notebook = desk.week.solved(first=LEAVES.replace("{mine}", mine("neighbour")))
    rest = desk.notebook(first="import time\ntime.sleep(3)").cells[0]
    for number in range(3):
        notebook.cells.insert(1, {**rest, "id": f"rest-{number}"})
    desk.hand_in(notebook)
