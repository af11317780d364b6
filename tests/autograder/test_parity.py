"""Plain `nbgrader autograde` in the same course folder gives the same marks, cell by cell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_lesson import ASSIGNMENT, FULL, LESSON, hand_in, solved

from autograder.build import student_version
from autograder.grade import Run, grade
from autograder.gradebook import Book

pytestmark = pytest.mark.sandbox
CLASS = {
    "amber": {},
    "birch": {"double": "def double(X, times=1):\n    return X + X"},
    "cedar": {"total": "def total(X):\n    import os\n    os._exit(0)"},
    "dune": {
        "double": "import warnings\nwarnings.warn('slow')\ndef double(X, times=1):\n    return X * 2.0**times"
    },
    "ember": {"double": "def double(X, times=1:\n    return X"},
}


def cell_marks(url: str) -> dict[str, dict[str, tuple[float, float]]]:
    with Book(url) as book:
        return {student: book.marks(student, ASSIGNMENT, LESSON).scores for student in (*CLASS, "flint")}


def test_nbgraders_own_command_gives_the_same_marks(small_course, tmp_path):
    out = tmp_path / "out"
    for student, others in CLASS.items():
        hand_in(out / "submitted", student, solved(small_course, **others))
    hand_in(out / "submitted", "flint", student_version(small_course.master(ASSIGNMENT, LESSON)))
    grade(Run(small_course, ASSIGNMENT, out / "submitted", out, workers=2))
    url = f"sqlite:///{out / 'gradebook.db'}"
    ours = cell_marks(url)
    assert ours["amber"] == {name: (points, points) for name, points in FULL.items()}
    assert ours["cedar"]["double_hidden"] == (2, 2) and ours["cedar"]["total"] == (0, 1)
    for student in (*CLASS, "flint"):
        with Book(url) as book:
            book.gradebook.remove_submission(ASSIGNMENT, student)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--force"],
        cwd=out, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert cell_marks(url) == ours
    assert Path(out / "autograded" / "birch" / ASSIGNMENT / f"{LESSON}.ipynb").exists()
