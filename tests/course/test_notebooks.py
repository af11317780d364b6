"""Each lesson as a learner runs it (quick mode): solved without an error and twice the same, untouched not begun."""

import shutil
import subprocess
import sys

import nbformat
import pytest

from autograder import cells as c
from autograder.build import student_version
from autograder.course import Course
from autograder.lessons import MEMORY, NOT_BEGUN, run_alone

COURSE = Course.find()
LESSONS = [(week, lesson) for week in COURSE.assignments() for lesson in COURSE.lessons(week)]
LEFT_OUT = shutil.ignore_patterns("*.ipynb")


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_solved_it_runs_from_top_to_bottom(week, lesson, solved):
    ran = solved(week, lesson)
    assert ran.errors == []
    assert 0.05 < ran.gigabytes < MEMORY


def second_run(notebook, assets, folder):
    """What nbval says of a notebook that holds the outputs of its first run; random ids it leaves out by itself.

    A cell whose output is a time is tagged `nbval-ignore-output` in the lesson's source.
    """
    shutil.copytree(assets, folder, ignore=LEFT_OUT, dirs_exist_ok=True)
    nbformat.write(notebook, folder / "recorded.ipynb")
    options = ["--nbval", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--color=no", "--rootdir=."]
    command = [sys.executable, "-m", "pytest", *options, "recorded.ipynb"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_a_second_run_gives_the_same(week, lesson, solved, tmp_path):
    again = second_run(solved(week, lesson).notebook, COURSE.release / week, tmp_path)
    assert again.returncode == 0, again.stdout[-5000:]


@pytest.mark.parametrize(
    ("source", "code"),
    [("import random; print(random.Random(3).random())", 0), ("import random; print(random.random())", 1)],
)
def test_a_second_run_that_differs_is_noticed(source, code, quick, tmp_path):
    (tmp_path / "assets").mkdir()
    cells = [nbformat.v4.new_code_cell(source)]
    first = run_alone(nbformat.v4.new_notebook(cells=cells), tmp_path / "assets")
    assert second_run(first.notebook, tmp_path / "assets", tmp_path / "again").returncode == code


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_untouched_it_raises_only_not_implemented_error(week, lesson, quick):
    untouched = student_version(COURSE.master(week, lesson))
    errors = run_alone(untouched, COURSE.release / week).errors
    assert errors or all(map(c.is_question, c.tests(untouched.cells)))
    assert [error for error in errors if not error.startswith(NOT_BEGUN)] == []
