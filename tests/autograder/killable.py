"""Coordinators to be killed: forks runs of the command from a process that has its imports paid.

    python killable.py LOG OUTCOMES

LOG gets a line when an examination begins. OUTCOMES is a pickle: student -> what the real examiner said; an
examination here takes a moment and says it again. Each line of standard input is an order in JSON: `argv`, `says`
(where what the run prints goes), and `kill`, the place at which the run kills itself, as `when state student`.
A line of standard output answers with the run's process, and another with its exit status.
"""

import json
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from functools import partial
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from autograder import grade as grading
from autograder.cli import main
from autograder.journal import Entry, Journal

MOMENT = 0.15


class Nothing(grading.ThisMachine):
    """No zygote: nothing is examined here."""

    def __init__(self, run: grading.Run) -> None:
        self.run, self.zygote = run, None

    def ready(self) -> None: ...

    def check(self) -> None: ...


class Again:
    """An examination that says what the real one said."""

    def __init__(self, log: Path, outcomes: dict[str, Any], task: Any, workers: int) -> None:
        with log.open("a") as file:
            file.write(f"{task.student}\n")
        self.task, self.outcome = task, outcomes[task.student]
        self.connection, theirs = Pipe(duplex=False)
        self.timer = threading.Timer(MOMENT, theirs.send, ["ready"])
        self.timer.daemon = True
        self.timer.start()

    def ended(self) -> bool:
        return self.connection.poll(0)

    def close(self) -> None:
        self.timer.cancel()
        self.timer.join()
        self.connection.close()

    def collect(self) -> Any:
        return self.outcome


def end_at_once() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(append: Any, place: list[str], journal: Journal, entry: Entry) -> None:
    """Append to the journal, or die before it, in the middle of its line, or after it, or be stuck before it."""
    when, state, student = place
    here = (entry.state, entry.student) == (state, student)
    if here and when == "before":
        end_at_once()
    if here and when == "stuck":
        time.sleep(60)
    if here and when == "amid":
        os.write(journal._file, b'{"fit": "0123456789", "state"')
        end_at_once()
    append(journal, entry)
    if here and when == "after":
        end_at_once()


def run(order: dict[str, Any], log: Path, outcomes: dict[str, Any]) -> None:
    os.setsid()
    says = os.open(order["says"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(says, number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    grading.Examination = partial(Again, log, outcomes)  # type: ignore[assignment,misc]
    grading.ThisMachine = Nothing  # type: ignore[misc]
    if order.get("kill"):
        append, place = Journal.append, order["kill"].split()
        Journal.append = lambda journal, entry: dying(append, place, journal, entry)  # type: ignore[method-assign]
    try:
        main(order["argv"])
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(int(end.code or 0))
    except BaseException:  # noqa: BLE001 - whatever it is, a test looks for what is printed
        traceback.print_exc()
    finally:
        os._exit(70)


def serve(log: Path, outcomes: dict[str, Any]) -> None:
    for line in sys.stdin:
        if (pid := os.fork()) == 0:
            run(json.loads(line), log, outcomes)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), pickle.loads(Path(sys.argv[2]).read_bytes()))
