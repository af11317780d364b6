"""A quiz from the student's click or assignment to the mark and the feedback page."""

import json
from dataclasses import replace

import nbformat
import pytest
from small_lesson import ASSIGNMENT, LESSON, header, master_of, small_course

from autograder import cells as c
from autograder.build import student_version
from autograder.grade import Run, grade
from autograder.limits import IntakeLimits, Limits
from autograder.rules import violations

PATH = "work/quiz/answers.json"
SETUP = header("setup", locked=True) + f'from cnnkit.quiz import Quiz\n\nquiz = Quiz("{PATH}")\n\n'


def question(
    name: str, right: str, choices: str, because: str, tags: str = '["question"]', points: int = 1
) -> str:
    test = header(f"{name}_hidden", points=points, locked=True).replace("# %%", f"# %% tags={tags}", 1)
    return (
        header(f"{name}_solution", solution=True)
        + f"with quiz.answer_here():\n    ### BEGIN SOLUTION\n    {name} = {right}\n    ### END SOLUTION\n\n"
        + header(f"{name}_choices", locked=True)
        + f"quiz.ask({name!r}, {choices})\n\n"
        + test
        + "### BEGIN HIDDEN TESTS\nfrom cnnkit.check import Check\nfrom cnnkit.testing import value\n\n"
        + f"with Check({name!r}) as check:\n    check.answer(value({name}), {right}, {because})\n"
        + "### END HIDDEN TESTS\n\n"
    )


SOURCE = (
    SETUP
    + question(
        "tree",
        '"oak"',
        '{"oak": "an oak", "ash": "an ash"}',
        '{"oak": "It has acorns.", "ash": "No acorns."}',
    )
    + question("side", "28", 'unit="pixels"', '{"right": "32 - 4 = 28."}')
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Results by student, and where they were written."""
    root = tmp_path_factory.mktemp("quiz")
    course = small_course(root, SOURCE, "")
    master = course.master(ASSIGNMENT, LESSON)
    released = student_version(master)

    def hand_in(student, answers=None, **written):
        notebook = nbformat.from_dict(json.loads(json.dumps(released)))
        for cell in c.solutions(notebook.cells):
            name = str(c.grade_id(cell)).removesuffix("_solution")
            cell.source = f"{name} = {written[name]!r}" if name in written else cell.source
        folder = root / "submitted" / student / ASSIGNMENT
        (folder / PATH).parent.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{LESSON}.ipynb")
        if isinstance(answers, str):
            (folder / PATH).write_text(answers)
        elif answers is not None:
            (folder / PATH).symlink_to(answers)

    secret = root / "secret.json"
    secret.write_text('{"tree": "oak", "side": 28}')
    hand_in("amber", '{"tree": "oak", "side": 28.0}')
    hand_in("birch", tree="oak", side=28)
    hand_in("cedar")
    hand_in("dune", '{"tree": "ash", "side": 27}')
    hand_in("ember", '{"tree": "ash"}', tree="oak")
    hand_in("flint", '{"tree": "oak"}' + " " * IntakeLimits().answers_bytes)
    hand_in("granite", secret)
    hand_in("heath", "[" * 50_000)
    hand_in("inlet", '{"tree": ["oak"], "side": "28"}')
    run = Run(course, ASSIGNMENT, root / "submitted", root / "out", limits=replace(Limits(), cell=10.0))
    return {result.student: result for result in grade(run)}, root / "out"


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("amber", (1, 1)), ("birch", (1, 1)), ("cedar", (0, 0)), ("dune", (0, 0)), ("ember", (1, 0)), ("flint", (0, 0)),
        ("granite", (0, 0)), ("heath", (0, 0)), ("inlet", (0, 0)),
    ],
)  # fmt: skip
def test_clicks_and_assignments_earn_their_points(graded, student, points):
    tests = graded[0][student].tests
    assert tuple(test.points for test in tests) == points
    assert {test.status for test in tests} <= {"passed", "failed"}


@pytest.mark.sandbox
def test_what_is_wrong_is_explained_and_what_is_missing_is_said(graded):
    def said(student):
        return [test.message for test in graded[0][student].tests]

    assert said("dune") == ["tree: 'ash' is not right. No acorns.", "side: 27 is not right. 32 - 4 = 28."]
    assert said("cedar") == ["tree: not answered yet.", "side: not answered yet."]
    assert said("inlet")[0].startswith("tree: the answer should be one of 'oak', 'ash', and is ")


@pytest.mark.sandbox
def test_a_file_that_is_no_file_of_answers_is_named_and_stops_nothing(graded):
    kinds = {student: [event.kind for event in result.events] for student, result in graded[0].items()}
    assert kinds["flint"] and kinds["granite"]
    assert not kinds["amber"] and not kinds["heath"]


@pytest.mark.sandbox
def test_the_page_explains_right_answers_too_and_hides_the_test(graded):
    def page(student):
        return (graded[1] / "feedback" / student / f"{LESSON}.html").read_text()

    assert "It has acorns." in page("amber") and "32 - 4 = 28." in page("amber")
    assert "No acorns." in page("dune") and "It has acorns." not in page("dune")
    assert all("check.answer" not in page(student) for student in graded[0])


def complaints(source: str) -> list[str]:
    return violations(master_of(source), LESSON)


def test_a_question_is_worth_a_point_and_needs_no_visible_test():
    assert complaints(SOURCE) == []
    assert complaints(SOURCE.replace('# %% tags=["question"]', "# %%")) != []
    assert any(
        "0 points: make it 1 or more" in one
        for one in complaints(SOURCE.replace('"points": 1', '"points": 0'))
    )


def test_the_file_of_clicks_is_read_because_the_lesson_names_it():
    assert c.handed_in(master_of(SOURCE)) == [PATH]
    unlocked = master_of(SOURCE)
    unlocked.cells[0].metadata["nbgrader"]["locked"] = False
    assert c.handed_in(unlocked) == []
