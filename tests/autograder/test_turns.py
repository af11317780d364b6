"""Who waits for whom: as many submissions run as there are workers, and one more is made ready meanwhile."""

import re
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from small_lesson import ASSIGNMENT, LESSON, solved

from autograder.examiner import Examined, Task
from autograder.examiners import Examination, end
from autograder.limits import Limits
from autograder.sandbox import own_nursery

pytestmark = pytest.mark.sandbox
SLEEP = 4.0
LIMITS = replace(Limits(), submission=7.0)  # enough to sleep once, and not to wait for another who does
TAKES = f"""
def double(X, times=1):
    return 2 ** times * X

import time
print("from", time.time())
time.sleep({SLEEP})
print("to", time.time())
"""


@pytest.fixture
def outcomes(small_course):
    """What becomes of a class that is handed over all at once: one outcome a student, in their order."""
    begun: list[Examination] = []

    def run(students: int, workers: int) -> list[Examined]:
        nursery = own_nursery("bwrap", small_course.release / ASSIGNMENT)
        notebook = solved(small_course, double=TAKES)
        for number in range(students):
            task = Task(
                small_course.root, f"student{number}", ASSIGNMENT, {LESSON: notebook}, {}, "bwrap", LIMITS,
                nursery=nursery,
            )  # fmt: skip
            begun.append(Examination(task, workers))
        while not all([one.ended() for one in begun if not one.outcomes]):
            time.sleep(0.05)
        return [one.collect()[0] for one in begun]

    yield run
    end(begun)


def ran(examined: Examined) -> tuple[float, float]:
    """When a submission's code began and ended to sleep."""
    text = "".join(
        output.get("text", "") for cell in examined.executed.cells for output in cell.get("outputs", [])
    )
    begun, ended = re.search(r"from (\S+)\nto (\S+)", text).groups()
    return float(begun), float(ended)


def test_no_more_run_at_once_than_there_are_workers_and_waiting_costs_no_time(outcomes):
    got = outcomes(3, workers=1)
    times = sorted(map(ran, got))
    assert all(ended <= begun for (_, ended), (begun, _) in pairwise(times))
    for one in got:
        assert one.result.events == []
        assert [(test.name, test.message) for test in one.result.tests if test.status != "passed"] == []
    waited = sorted(one.timings["turn"] for one in got)
    assert waited[0] < SLEEP / 2 < waited[1], "nobody was ready before it was their turn"


def test_all_workers_are_at_work(outcomes):
    (_, first), (second, _), (third, _) = times = sorted(map(ran, outcomes(3, workers=2)))
    assert second < first, "the second waited, though there are two workers"
    assert third >= min(first, times[1][1])
