"""Everything about a class but the examining: python sized.py ASSIGNMENT SUBMITTED OUT PREPARED.

Each submission gets one of the outcomes in the file PREPARED. It writes OUT/sized.json: seconds by step, and the peak
of memory after the run and after the exports, in bytes.
"""

import json
import pickle
import re
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from autograder import grade
from autograder.course import Course
from autograder.examiner import Examined, Task
from autograder.export import Format, export

NUMBERS = count()


class Prepared:
    """An examination that is over when it begins: another one of the prepared outcomes for each."""

    outcomes: list[bytes]

    def __init__(self, task: Task, workers: int) -> None:
        self.task = task
        self.outcome = self.outcomes[next(NUMBERS) % len(self.outcomes)]

    def collect(self) -> list[Examined]:
        """The outcome, as one that has come from an examiner's process."""
        examined: list[Examined] = pickle.loads(self.outcome)
        return [replace(one, result=replace(one.result, student=self.task.student)) for one in examined]


class NothingToLoad(grade.ThisMachine):
    """Without the processes that workers and examiners are forked from."""

    def __init__(self, run: grade.Run) -> None:
        self.run, self.zygote = run, None

    def ready(self) -> None: ...  # type: ignore[override]

    def check(self) -> None: ...


def peak() -> int:
    """The most memory that this process has held, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def main(assignment: str, submitted: str, out: str, prepared: str) -> None:
    Prepared.outcomes = pickle.loads(Path(prepared).read_bytes())
    put: dict[str, Any] = {
        "Examination": Prepared, "ThisMachine": NothingToLoad, "_ready": list, "end": len
    }  # fmt: skip
    for name, stub in put.items():
        setattr(grade, name, stub)
    said: dict[str, float] = {}
    begun = time.perf_counter()
    results = grade.grade(grade.Run(Course.find(), assignment, Path(submitted), Path(out)))
    said |= {"run": time.perf_counter() - begun, "peak of the run": peak()}
    kinds: list[Format] = ["csv", "gradescope", "canvas"]
    for kind in kinds:
        begun = time.perf_counter()
        export(results, Path(out), kind)
        said[kind] = time.perf_counter() - begun
    (Path(out) / "sized.json").write_text(json.dumps(said | {"peak": peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
