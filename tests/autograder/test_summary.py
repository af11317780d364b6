"""What a page says of each exercise: which tests are its own, which of them counts, and where to look first."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.summary import exercises, first_sentences, next_step

CALLS = "It calls double, whose own tests did not pass: mend that first."
BEGUN = "halve: not begun, or not finished: line 2 still raises NotImplementedError."


def graded(name, status="passed", message="", tags=(), points=1, **verdict):
    about = {
        "grade": True,
        "grade_id": name,
        "locked": True,
        "points": points,
        "schema_version": 3,
        "solution": False,
    }
    score = float(points) if status == "passed" else 0.0
    verdict = {"status": status, "points": score, "message": message} | verdict
    metadata = {"nbgrader": about | {"score": score}, "autograder": verdict, "tags": list(tags)}
    return new_code_cell("check()", metadata=metadata)


def solution(name, **about):
    return new_code_cell(
        "", metadata={"nbgrader": {"solution": True, "grade_id": name, "schema_version": 3} | about}
    )


def found(*cells):
    return exercises(new_notebook(cells=list(cells)))


def test_the_tests_of_an_exercise_are_together_wherever_they_stand():
    one, other = found(
        solution("double_solution"), graded("double"),
        solution("halve_solution"), graded("halve"), graded("double_hidden", "failed", points=2, hidden=True),
    )  # fmt: skip
    assert (one.name, one.standing, [test.name for test in one.tests]) == (
        "double",
        "failed",
        ["double", "double_hidden"],
    )
    assert (
        one.marks() == (1.0, 3.0)
        and one.marks(hidden=True) == (0.0, 2.0)
        and one.marks(hidden=False) == (1.0, 1.0)
    )
    assert other.marks(hidden=True) is None and (one.anchor, other.anchor) == (
        "double_solution",
        "halve_solution",
    )


def test_the_examiners_word_says_what_a_test_is_about():
    (one,) = found(solution("net_solution"), graded("Net"), graded("Net_reads_hidden", exercise="Net"))
    assert one.name == "Net" and len(one.tests) == 2 and one.anchor == "net_solution"


@pytest.mark.parametrize(
    ("verdicts", "standing"),
    [
        (["passed", "passed"], "passed"), (["passed", "failed"], "failed"), (["not_gradable", "failed"], "failed"),
        (["passed", "not_gradable"], "not_gradable"), ([("failed", BEGUN), "passed"], "not_begun"),
        ([("failed", BEGUN), "failed"], "failed"), ([("failed", "halve: not answered yet.")], "not_begun"), ([""], ""),
    ],
)  # fmt: skip
def test_the_worst_of_its_tests_counts(verdicts, standing):
    pairs = [verdict if isinstance(verdict, tuple) else (verdict, "") for verdict in verdicts]
    (one,) = found(*(graded("halve", *pair, exercise="halve") for pair in pairs))
    assert one.standing == standing


def test_hints_are_those_before_the_solution_and_none_of_the_learners_own():
    hint = "<details><summary>Hint 1</summary>{}</details>"
    texts = [new_markdown_cell(hint.format("for double")), new_markdown_cell("See it.")]
    own = new_markdown_cell(hint.format("my own"), metadata={"autograder": {"added": True}})
    one, other = found(
        *texts, own, solution("double_solution"), graded("double", "failed"),
        new_markdown_cell("No hint."), solution("halve_solution"), graded("halve", "failed"),
    )  # fmt: skip
    assert "for double" in one.hints and one.wants_hint
    assert not other.hints and not other.wants_hint


@pytest.mark.parametrize(("status", "wants"), [("passed", False), ("failed", True), ("not_gradable", False)])
def test_a_hint_is_for_who_has_something_to_do(status, wants):
    text = new_markdown_cell("<details><summary>Hint 1</summary>Add.</details>")
    (one,) = found(text, solution("double_solution"), graded("double", status))
    assert one.wants_hint is wants


def test_a_question_has_its_heading_and_what_is_explained():
    cell = graded("sum_hidden", tags=["question"])
    cell.outputs = [{"output_type": "stream", "name": "stdout", "text": "Because.\nsum: passed\npassed\n"}]
    (one,) = found(
        new_markdown_cell("# Quiz\n\n## 1. What *adds* `up`?\n\n- `a`"), solution("sum_solution"), cell
    )
    assert one.title == "1. What adds up?" and one.is_question and one.tests[0].explained == "Because."


def test_comments_of_solution_and_test_cells_are_told_and_no_response_is_none():
    given = graded("double", "failed")
    given.metadata.nbgrader["comment"] = "At the test."
    one, other = found(
        solution("double_solution", comment="At the answer."), given,
        solution("halve_solution", comment="No response."), graded("halve"),
    )  # fmt: skip
    assert one.comments == ["At the answer.", "At the test."] and other.comments == []


def test_what_a_person_marked_is_told_even_where_it_passed():
    changed, plain = graded("double"), graded("halve")
    changed.metadata.nbgrader["score"] = 0.5
    one, other = found(changed, plain)
    assert one.is_told and [test.name for test in one.told] == ["double"] and one.standing == "passed"
    assert not other.is_told
    late = graded("halve", "failed", BEGUN)
    assert found(late)[0].told == [] and found(late)[0].is_told
    late.metadata.nbgrader["score"] = 1.0
    assert [test.by_hand for test in found(late)[0].told] == [True]


def step(*cells):
    one = next_step(found(*cells))
    return " ".join(filter(None, [one.how_far, one.call, one.exercise and one.exercise.name, one.why]))


def test_the_next_step():
    failed = graded("double", "failed", "double: You added.\nexpected")
    blocked = graded("blocked", "failed", f"blocked: wrong.\n{CALLS}")
    not_begun = graded("halve", "failed", BEGUN)
    assert step(blocked, failed, graded("a")) == "Passed: 1 of 3 exercises. Look first at double You added."
    assert step(blocked, graded("a")) == "Passed: 1 of 2 exercises. Look first at blocked wrong."
    assert step(not_begun, graded("a")) == "Passed: 1 of 2 exercises. Go on with halve it is not begun yet."
    assert step(not_begun) == "Passed: 0 of 1 exercises. Begin with halve it is not begun yet."
    assert step(graded("a", "not_gradable", "no memory")) == "Passed: 0 of 1 exercises."
    assert step(graded("a"), graded("b")) == "All 2 exercises passed."
    assert step(graded("a", tags=["question"])) == "The question passed."
    assert step(graded("a"), graded("essay", "")) == "The exercise passed.", "a person marks the other"
    assert len(step(graded("a", "failed", "a: " + "w" * 9000))) < 300


def test_the_sentence_that_all_tests_begin_with_is_said_once():
    same, other = "double: You added.\ndouble({}) should be 4, and is 3.", "double: You subtracted."
    (one,) = found(
        graded("double", "failed", same.format(2)), graded("double_hidden", "failed", same.format(7))
    )
    assert one.lead == "You added."
    assert [test.sentences("double", one.lead) for test in one.tests] == [
        "double(2) should be 4, and is 3.", "double(7) should be 4, and is 3.",
    ]  # fmt: skip
    (one,) = found(graded("double", "failed", same), graded("double_hidden", "failed", other))
    assert one.lead == "" and one.tests[1].sentences("double") == "You subtracted."


def test_the_details_are_the_arrays_and_frames_of_a_visible_test():
    message = "double: wrong.\nexpected\n[[1. 2.]]\n  line 3, in double:  x"
    one, other = found(
        graded("double", "failed", message), graded("b_hidden", "failed", message, hidden=True)
    )
    assert (
        one.tests[0].details == "expected\n[[1. 2.]]\n  line 3, in double:  x" and not other.tests[0].details
    )
    (many,) = found(graded("double", "failed", "double: wrong.\nexpected\n" + "[1. 2.]\n" * 3000))
    assert len(many.tests[0].details) < 500 and "more lines: see the cell" in many.tests[0].details
    assert first_sentences(None) == ""


def test_hints_are_the_courses_also_where_an_answer_is_written_in_markdown():
    mine = "# Mine\n<details><summary>Hint 1</summary>mine</details>"
    answer = new_markdown_cell(mine, metadata=solution("halve_solution").metadata)
    (one,) = found(
        new_markdown_cell("<details><summary>Hint 1</summary>ours</details>"),
        answer,
        graded("halve", "failed"),
    )
    assert "ours" in one.hints and "mine" not in one.hints
