"""The start of the process that examiners are forked from; it imports little, so that it is the first thing done."""

import atexit
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
from functools import cache


class Host:
    """The process that examiners are forked from, and the line to it."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        path = os.pathsep.join(filter(None, sys.path))
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder.host", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], env=os.environ | threads | {"PYTHONPATH": path, "MPLBACKEND": "agg"},
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        atexit.register(self.close)

    def close(self) -> None:
        """End it and every examiner."""
        atexit.unregister(self.close)
        self.line.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start() -> Host:
    """The process that examiners are forked from, started when first asked for, and anew when it has gone."""
    if _host().process.poll() is not None:
        end()
    return _host()


def end() -> None:
    """End it."""
    _host().close()
    _host.cache_clear()


@cache
def _host() -> Host:
    return Host()


if __name__ == "__main__":
    gc.disable()  # nothing that is loaded is garbage
    from autograder.examiners import main

    main(socket.socket(fileno=int(sys.argv[1])))
