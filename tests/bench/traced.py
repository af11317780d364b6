"""Grade a class here, with a clock around the coordinator's steps: python traced.py ASSIGNMENT SUBMITTED OUT WORKERS.

It writes OUT/steps.json: seconds of wall and CPU time by step, each without the steps inside it, and what the
examiners say of theirs.
"""

# ruff: noqa: E402 - the clock starts before the imports
import time

BEGUN = time.perf_counter()

import functools
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from autograder import export, grade
from autograder.course import Course
from autograder.gradebook import Book
from autograder.intake import HandIns

STEPS: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
EXAMINERS: dict[str, float] = defaultdict(float)
STACK: list[list[float]] = [[0.0, 0.0]]
CLOCKED = [
    (HandIns, "read", "intake"),
    (Course, "master", "course read"),
    (Book, "__init__", "gradebook opened"),
    (Book, "register_assignment", "course registered"),
    (grade.Examination, "__init__", "tasks handed over"),
    (grade, "wait", "waiting for examiners"),
    (grade.Examination, "collect", "outcomes taken back"),
    (Book, "record", "marks written"),
    (Book, "marks", "page: marks read"),
    (grade, "instructor_notebook", "page: notebook made safe"),
    (grade, "feedback_page", "page: rendered"),
    (grade, "write_results", "results.json"),
    (export, "write_grades", "grades.csv"),
]


def clock(owner: Any, name: str, step: str) -> None:
    """Put a clock around a function or method."""
    inner = getattr(owner, name)

    @functools.wraps(inner)
    def timed(*args: Any, **kwargs: Any) -> Any:
        begun = time.perf_counter(), time.process_time()
        STACK.append([0.0, 0.0])
        try:
            return inner(*args, **kwargs)
        finally:
            whole = [time.perf_counter() - begun[0], time.process_time() - begun[1]]
            inside = STACK.pop()
            for i in (0, 1):
                STEPS[step][i] += whole[i] - inside[i]
                STACK[-1][i] += whole[i]

    setattr(owner, name, timed)


def listen_to_examiners() -> None:
    """Add up the seconds that each outcome says its steps took."""
    inner = grade.Examination.collect

    def collect(self: grade.Examination) -> Any:
        outcomes = inner(self)
        for one in outcomes or ():
            EXAMINERS["whole"] += one.result.seconds
            for step, seconds in getattr(one, "timings", {}).items():
                EXAMINERS[step] += seconds
        return outcomes

    grade.Examination.collect = collect  # type: ignore[method-assign]


def main(assignment: str, submitted: str, out: str, workers: str) -> None:
    for owner, name, step in CLOCKED:
        clock(owner, name, step)
    listen_to_examiners()
    STEPS["started, imports"] = [time.perf_counter() - BEGUN, time.process_time()]
    clock(grade, "grade", "everything else")
    grade.grade(grade.Run(Course.find(), assignment, Path(submitted), Path(out), int(workers)))
    found = {"steps": STEPS, "examiners": EXAMINERS}
    (Path(out) / "steps.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
