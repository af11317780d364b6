"""Each lesson as a learner runs it: solved it has no error, untouched only NotImplementedError (quick mode)."""

import pytest

from autograder import cells as c
from autograder.build import student_version
from autograder.course import Course
from autograder.lessons import MEMORY, NOT_BEGUN, run_alone

COURSE = Course.find()
LESSONS = [(week, lesson) for week in COURSE.assignments() for lesson in COURSE.lessons(week)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("CNNKIT_QUICK", "1")


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_solved_it_runs_from_top_to_bottom(week, lesson):
    _, gigabytes, errors = run_alone(COURSE.master(week, lesson), COURSE.release / week)
    assert errors == []
    assert 0.05 < gigabytes < MEMORY


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_untouched_it_raises_only_not_implemented_error(week, lesson):
    untouched = student_version(COURSE.master(week, lesson))
    _, _, errors = run_alone(untouched, COURSE.release / week)
    assert errors or all(map(c.is_question, c.tests(untouched.cells)))
    assert [error for error in errors if not error.startswith(NOT_BEGUN)] == []
