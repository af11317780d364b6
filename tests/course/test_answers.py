"""The tests of each lesson, tested: the solution, the stub, correct answers in other styles, and mistakes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import pytest
from nbformat import NotebookNode

from autograder import cells as c
from autograder.answers import Answer, read_answers, self_contained
from autograder.build import Lesson, chosen
from autograder.cells import exercise, grade_id, is_hidden, points, solutions
from autograder.course import Course
from autograder.known_mistakes import named_mistakes, table
from autograder.rules import cut
from autograder.trial import TestOutcome, in_fork, judges_trained, run_tests
from cnnkit.testing import Side

COURSE = Course.find(Path(__file__).parent)
SEEDS = range(20)
RIGHT, WRONG = 3, 5
PRACTICE_RIGHT, PRACTICE_WRONG = 1, 3  # of a task without points
SECONDS = 120.0


def side_of(number: int) -> Side:
    """A side whose seeds differ from those of any other number; it names no mistake."""

    def seed(name: str) -> int:
        return int.from_bytes(sha256(f"{number} {name}".encode()).digest()[:8], "big")

    return Side(seed=seed, mistake=lambda evidence: None)


@lru_cache
def master_of(lesson: Lesson) -> NotebookNode:
    return COURSE.master(*lesson)


@lru_cache
def answers_of(lesson: Lesson) -> list[Answer]:
    return read_answers(COURSE.answers_file(*lesson))


@lru_cache
def table_of(lesson: Lesson) -> dict[str, str]:
    return table(master_of(lesson), answers_of(lesson))


@lru_cache
def named_of(lesson: Lesson, name: str) -> dict[str, str]:
    """What the examiner names on a hidden test of the first seed."""
    return named_mistakes(master_of(lesson), answers_of(lesson), name, side_of(0))


@lru_cache
def cells_of(lesson: Lesson, function: str | None = None) -> dict[str, NotebookNode]:
    """The test cells of a lesson (of one function), by grade_id, but for those that judge a trained model."""
    found = [test for test in c.tests(master_of(lesson).cells) if not judges_trained(test, master_of(lesson))]
    own = (test for test in found if function in (None, exercise(test, master_of(lesson))))
    return {str(grade_id(test)): test for test in own}


def is_quiz(lesson: Lesson) -> bool:
    """Whether it has questions alone, each of whose answers test_quizzes.py tries."""
    return all(c.is_question(test) for test in c.tests(master_of(lesson).cells))


def is_worth_points(lesson: Lesson) -> bool:
    """Whether it is more than practice."""
    return any(points(test) for test in c.tests(master_of(lesson).cells))


LESSONS = chosen(COURSE, None)
FUNCTIONS = [
    pytest.param(lesson, function, id=function)
    for lesson in LESSONS
    for function in dict.fromkeys(exercise(test, master_of(lesson)) for test in cells_of(lesson).values())
]
ANSWERS = {
    kind: [
        pytest.param(lesson, answer, id=f"{answer.function}-{answer.name}")
        for lesson in LESSONS
        for answer in answers_of(lesson)
        if answer.kind == kind
    ]
    for kind in ("right", "wrong")
}


@pytest.fixture(scope="module", autouse=True)
def imported_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the lessons to test import is imported here, before any fork; one thread, which survives a fork."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    asked = {item.callspec.params["lesson"] for item in request.session.items if item.path == request.path}
    for lesson in sorted(asked):
        run_tests(master_of(lesson), {})
    yield
    torch.set_num_threads(threads)


def over_seeds(
    lesson: Lesson, replacements: Mapping[str, str], only: Collection[str]
) -> list[dict[str, TestOutcome]]:
    """The outcomes of the visible tests of the lesson, and then those of `only` for every seed."""
    master = master_of(lesson)
    visible = [name for name, test in cells_of(lesson).items() if not is_hidden(test)]

    def run() -> list[dict[str, TestOutcome]]:
        first = run_tests(master, replacements, side_of(0), visible)
        return [first, *(run_tests(master, replacements, side_of(n), only) for n in SEEDS)]

    return in_fork(run, timeout=SECONDS)


def hidden_of(lesson: Lesson, function: str | None = None) -> list[str]:
    """The tests whose inputs come from the seed."""
    return [name for name, test in cells_of(lesson, function).items() if is_hidden(test)]


def not_passed(outcomes: list[dict[str, TestOutcome]]) -> dict[str, str]:
    return {
        o.name: f"{o.status}: {o.message}" for each in outcomes for o in each.values() if o.status != "passed"
    }


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_the_solution_gets_full_marks(lesson: Lesson) -> None:
    assert not_passed(over_seeds(lesson, {}, hidden_of(lesson))) == {}


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_an_untouched_notebook_gets_nothing_and_is_merely_not_begun(lesson: Lesson) -> None:
    stubs = {
        str(grade_id(cell)).removesuffix("_solution"): cut(cell.source)
        for cell in solutions(master_of(lesson).cells)
    }
    outcomes = in_fork(run_tests, master_of(lesson), stubs, side_of(0), list(cells_of(lesson)))
    assert {outcome.status for outcome in outcomes.values()} == {"not_begun"}


@pytest.mark.parametrize(("lesson", "function"), FUNCTIONS)
def test_a_stub_costs_its_own_marks_and_those_of_who_calls_it(lesson: Lesson, function: str) -> None:
    cells = [cell for cell in solutions(master_of(lesson).cells) if grade_id(cell) == f"{function}_solution"]
    stub = {function: "\n".join(cut(cell.source) for cell in cells)}
    outcomes = in_fork(run_tests, master_of(lesson), stub, side_of(0), list(cells_of(lesson)))
    assert {outcomes[name].status for name in cells_of(lesson, function)} == {"not_begun"}
    assert {outcome.status for outcome in outcomes.values()} <= {"passed", "not_begun"}


@pytest.mark.parametrize(("lesson", "function"), [one for one in FUNCTIONS if not is_quiz(one.values[0])])
def test_there_are_enough_answers_to_test_with(lesson: Lesson, function: str) -> None:
    count: dict[str, int] = defaultdict(int)
    for answer in answers_of(lesson):
        count[answer.kind] += answer.function == function
    right, wrong = (RIGHT, WRONG) if is_worth_points(lesson) else (PRACTICE_RIGHT, PRACTICE_WRONG)
    assert count["right"] >= right
    assert count["wrong"] >= wrong


@pytest.mark.parametrize(("lesson", "answer"), ANSWERS["right"])
def test_a_correct_answer_in_another_style_gets_full_marks(lesson: Lesson, answer: Answer) -> None:
    outcomes = over_seeds(lesson, {answer.function: answer.source}, hidden_of(lesson, answer.function))
    assert not_passed(outcomes) == {}


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_self_contained_answers_call_none_of_the_others(lesson: Lesson) -> None:
    """So that a wrong answer to one function costs no other function's marks."""
    empty = {str(grade_id(cell)).removesuffix("_solution"): "" for cell in solutions(master_of(lesson).cells)}
    for function, source in self_contained(answers_of(lesson)).items():
        alone = {**empty, function: source}
        outcomes = in_fork(run_tests, master_of(lesson), alone, side_of(0), list(cells_of(lesson, function)))
        assert not_passed([outcomes]) == {}


@pytest.mark.parametrize(("lesson", "answer"), ANSWERS["wrong"])
def test_a_mistake_costs_its_own_marks_and_is_named(lesson: Lesson, answer: Answer) -> None:
    replacements = {**self_contained(answers_of(lesson)), answer.function: answer.source}
    own = cells_of(lesson, answer.function)
    visible, *hidden = over_seeds(lesson, replacements, hidden_of(lesson, answer.function))

    assert set(not_passed([visible, *hidden])) <= set(own), "another function lost marks"
    for number, outcomes in enumerate(hidden):
        now = {**visible, **outcomes}
        failed = [name for name in own if now[name].status == "failed"]
        assert failed, f"seed {number}"
        assert sum(points(own[name]) for name in failed) > 0 or not is_worth_points(lesson), f"seed {number}"
    for name, outcome in {**visible, **hidden[0]}.items():
        if outcome.status == "failed":
            known = named_of(lesson, name) if is_hidden(own[name]) else table_of(lesson)
            if is_hidden(own[name]) or outcome.exact:
                assert answer.message in known.get(outcome.evidence or "", ""), outcome.message
