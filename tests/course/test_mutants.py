"""`make mutants` changes the solution of each graded function, and there are tests to notice it."""

from itertools import islice

import pytest

from autograder import cells as c
from autograder.build import chosen
from autograder.course import Course
from autograder.mutants import equivalent_file, mutants_of
from autograder.trial import judges_trained

COURSE = Course.find()
LESSONS = chosen(COURSE, None)
FEWEST = 5


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_every_graded_function_is_changed(lesson):
    """But for questions: each of their answers is tried."""
    master = COURSE.master(*lesson)
    judged = [test for test in c.tests(master.cells) if not judges_trained(test, master)]
    graded = {c.exercise(test, master) for test in judged if not c.is_question(test)}
    made = [
        mutant.function for cell in c.solutions(master.cells) for mutant in islice(mutants_of(cell), FEWEST)
    ]
    assert {name for name in graded if made.count(name) < FEWEST} == set()
    assert set(made) <= {c.exercise(test, master) for test in judged}, "no test would notice a change to it"


def test_no_list_is_of_a_lesson_that_is_not_there():
    folder = COURSE.root / "tests" / "course" / "equivalent_mutants"
    lists = {path.relative_to(folder) for path in folder.rglob("*.txt")}
    assert lists <= {equivalent_file(COURSE, *lesson).relative_to(folder) for lesson in LESSONS}
