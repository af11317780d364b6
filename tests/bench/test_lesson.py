"""The bench's lesson is sound: it keeps the rules, its right answers pass, and each wrong one loses marks."""

from collections import Counter
from pathlib import Path

import matplotlib.pyplot  # noqa: F401 - once, before the forks that run the lesson
import pytest
import torch  # noqa: F401

from autograder import cells as c
from autograder.answers import read_answers
from autograder.rules import violations
from autograder.source import read_master
from autograder.trial import in_fork, run_tests

LESSONS = Path(__file__).parent / "lessons"
MASTER = read_master(LESSONS / "small_network.py")
ANSWERS = read_answers(LESSONS / "small_network_answers.py")


def test_it_has_twelve_tests_and_keeps_the_rules():
    assert len(c.tests(MASTER.cells)) == 12
    assert violations(MASTER, "small_network") == []


def test_every_function_has_two_right_and_three_wrong_answers():
    number = Counter((answer.function, answer.kind) for answer in ANSWERS)
    assert number == {(name, kind): n for name, _ in number for kind, n in (("right", 2), ("wrong", 3))}
    assert len(number) == 12


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: f"{answer.function}-{answer.name}")
def test_an_answer_is_judged_as_what_it_is(answer):
    outcomes = in_fork(run_tests, MASTER, {answer.function: answer.source})
    lost = {name for name, outcome in outcomes.items() if outcome.status != "passed"}
    own = {name for name in lost if name.startswith(answer.function)}
    assert bool(own) == bool(lost) == (answer.kind == "wrong")
