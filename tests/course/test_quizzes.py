"""Each quiz: every answer to every question, its explanation, and that none of it is given away."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from autograder import cells as c
from autograder.course import Course
from autograder.trial import run_tests

COURSE = Course.find()
QUIZZES = [
    (week, lesson)
    for week in COURSE.assignments()
    for lesson in COURSE.lessons(week)
    if any(c.is_question(test) for test in c.tests(COURSE.master(week, lesson).cells))
]


def judged(test: NotebookNode) -> tuple[Any, dict[str | float, str], float]:
    """The right answer, the explanations and the tolerance of a hidden test."""
    tree = ast.parse(test.source)
    because = next(node.value for node in ast.walk(tree) if isinstance(node, ast.Assign))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "check.answer"
    ]
    (call,) = calls
    tolerance = call.args[3] if len(call.args) > 3 else ast.Constant(0.0)
    return ast.literal_eval(call.args[1]), ast.literal_eval(because), ast.literal_eval(tolerance)


def questions() -> Iterator[Any]:
    for week, lesson in QUIZZES:
        master = COURSE.master(week, lesson)
        for test in c.tests(master.cells):
            name = str(c.grade_id(test)).removesuffix("_hidden")
            yield pytest.param(master, test, name, id=f"{week}-{name}")


def cell(master: NotebookNode, grade_id: str) -> NotebookNode:
    (found,) = [one for one in master.cells if c.grade_id(one) == grade_id]
    return found


def verdict(master: NotebookNode, test: NotebookNode, name: str, answer: Any) -> Any:
    return run_tests(master, {name: f"{name} = {answer!r}"}, only=[test.id])[test.id]


def others(right: Any, because: dict[str | float, str], tolerance: float) -> list[Any]:
    """Every other answer that a learner may give."""
    if isinstance(right, str):
        return [one for one in because if one != right]
    if isinstance(right, set):
        sets = [right ^ {one} for one in because]
        return [sorted(one) for one in sets] + [list(because)] * (right != set(because))
    named = [one for one in because if one != "right"]
    return [right + 1, right - 1, -right, right * 2, 0, right + 1.01 * tolerance + 1e-6, *named]


@pytest.mark.parametrize(("master", "test", "name"), list(questions()))
def test_the_right_answer_alone_gets_the_points(master, test, name):
    right, because, tolerance = judged(test)
    given = sorted(right) if isinstance(right, set) else right
    assert verdict(master, test, name, given).status == "passed"
    for other in others(right, because, tolerance):
        wrong = verdict(master, test, name, other)
        assert wrong.status == "failed" and any(reason in wrong.message for reason in because.values()), other
        if not isinstance(right, set):
            said = because.get(other, because.get("right", ""))
            assert said in wrong.message, f"{other} is not explained"


@pytest.mark.parametrize(("master", "test", "name"), list(questions()))
def test_no_answer_is_not_begun(master, test, name):
    outcome = run_tests(master, {name: "raise NotImplementedError()"}, only=[test.id])[test.id]
    assert (outcome.status, outcome.message) == ("not_begun", f"{name}: not answered yet.")


@pytest.mark.parametrize(("master", "test", "name"), list(questions()))
def test_choices_are_the_same_in_text_widget_and_explanations(master, test, name):
    _, because, _ = judged(test)
    place = master.cells.index(cell(master, f"{name}_solution"))
    listed = dict(re.findall(r"^- `(\w+)`: (.+)$", master.cells[place - 1].source, re.M))
    (call,) = ast.parse(cell(master, f"{name}_choices").source).body
    asked = ast.literal_eval(call.value.args[1]) if len(call.value.args) > 1 else {}
    assert listed == asked
    if asked:
        assert list(asked) == list(because)
    else:
        named = set(because) - {"right"}
        assert "right" in because and all(isinstance(one, int | float) for one in named)
    assert ast.literal_eval(call.value.args[0]) == name


@pytest.mark.parametrize(("week", "lesson"), QUIZZES)
def test_nothing_in_the_release_says_what_is_right(week, lesson):
    text = (COURSE.release / week / f"{lesson}.ipynb").read_text(encoding="utf-8")
    for test in c.tests(COURSE.master(week, lesson).cells):
        _, because, _ = judged(test)
        assert [
            reason for reason in because.values() if json.dumps(reason, ensure_ascii=False)[1:-1] in text
        ] == []
    released = nbformat.reads(text, as_version=4)
    assert [
        one.source for one in c.solutions(released.cells) if "raise NotImplementedError()" not in one.source
    ] == []


@pytest.mark.parametrize(("week", "lesson"), QUIZZES)
def test_right_choices_stand_in_no_place_of_their_own(week, lesson):
    """Not always first, not always last, nor always the longest."""
    places, longest = [], []
    for test in c.tests(COURSE.master(week, lesson).cells):
        right, because, _ = judged(test)
        if isinstance(right, str):
            (call,) = ast.parse(
                cell(COURSE.master(week, lesson), str(c.grade_id(test)).replace("_hidden", "_choices")).source
            ).body
            shown = ast.literal_eval(call.value.args[1])
            places.append(list(because).index(right))
            longest.append(max(shown, key=lambda one: len(shown[one])) == right)
    assert len(set(places)) > 1 and not all(longest)
