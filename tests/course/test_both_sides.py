"""For every test cell, solution, stub and other answers get the same verdict locally and remotely."""

import pytest

from autograder import cells as c
from autograder.answers import read_answers, self_contained
from autograder.build import student_version
from autograder.course import Course
from autograder.examiner import Bench, examine_test
from autograder.limits import Limits
from autograder.remote import Line, Remote, plain_recipe
from autograder.trial import judges_trained, run_tests
from cnnkit.testing import Side

pytestmark = pytest.mark.sandbox
COURSE = Course.find()
LESSONS = [(week, lesson) for week in COURSE.assignments() for lesson in COURSE.lessons(week)]


def seed(grade_id: str) -> int:
    return sum(grade_id.encode()) + 7


LOCAL = Side(seed, mistake=lambda evidence: None)
REMOTE = Side(seed, plain_recipe, lambda evidence: None)


@pytest.fixture(scope="module", params=LESSONS, ids=lambda pair: pair[1])
def lesson(request):
    week, name = request.param
    bench = Bench("bwrap", Limits(), COURSE.release / week)
    yield COURSE.master(week, name), read_answers(COURSE.answers_file(week, name)), bench
    bench.close()


def everything(master, answers):
    """Each thing to judge: its name, the cells' source by function, and the function whose tests judge it."""
    about = [test for test in c.tests(master.cells) if not judges_trained(test, master)]
    functions = {c.exercise(test, master) for test in about}  # what only weights decide has no stub
    alone = self_contained(answers)
    stubs = {}
    for cell in c.solutions(student_version(master).cells):
        stubs |= dict.fromkeys(c.defined_names(cell.source) & functions, cell.source)
        name = str(c.grade_id(cell)).removesuffix("_solution")
        if name not in stubs:  # a question, whose stub assigns nothing: forget the answer that came before it
            stubs[name] = f"{name} = None\n{cell.source}"
    for function in sorted(functions):
        yield f"{function}, solution", {}, function
        yield f"{function}, stub", {**alone, function: stubs[function]}, function
    for answer in answers:
        yield f"{answer.function}, {answer.name}", {**alone, answer.function: answer.source}, answer.function


def test_verdicts_are_the_same_on_both_sides(lesson):
    master, answers, bench = lesson
    names = {name: Remote(Line(bench.ask, bench.limits), name) for name in c.remote_names(master)}
    solutions = "\n\n".join(
        cell.source
        for cell in master.cells
        if c.is_solution(cell) or (c.is_locked(cell) and not c.is_test(cell) and not c.is_train(cell))
    )
    differ, judged = [], 0
    for number, (name, sources, function) in enumerate(everything(master, answers)):
        if number % 6 == 5:
            bench.close()  # a worker keeps every model that a test got, and a submission has a worker of its own
        bench.run(solutions)
        for source in sources.values():
            bench.run(source)
        bench.history.clear()
        about = [test for test in c.tests(master.cells) if not judges_trained(test, master)]
        own = [test for test in about if c.exercise(test, master) == function]
        local = run_tests(master, sources, LOCAL, [test.id for test in own])
        for test in own:
            here, there = local[test.id], examine_test(test, names, REMOTE, bench)
            judged += 1
            if (here.status == "passed") != (there.status == "passed"):
                differ.append((name, test.id, here.message, there.message))
    assert not differ
    has_points = any(c.points(test) for test in c.tests(master.cells))
    assert judged >= (2 if has_points else 1) * len(answers)  # practice has no hidden tests
