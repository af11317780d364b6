"""One lesson as a course of ours and as a course of stock nbgrader, and the same submissions in both."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import nbformat
from honest import HandIn, Lesson
from nbgrader.api import Gradebook, MissingEntry

from autograder.answers import read_answers
from autograder.build import student_version
from autograder.course import Course
from autograder.gradebook import own_gradebook

WEEK = "week1"
Marks = dict[str, dict[str, float | None]]


def our_course(root: Path, name: str, source: str, answers: str) -> tuple[Course, Lesson]:
    """A course of ours under `root` with one lesson, and that lesson."""
    course = Course(root)
    for path, text in (
        (course.source_file(WEEK, name), source),
        (course.answers_file(WEEK, name), answers),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    master = course.master(WEEK, name)
    given = Lesson(master, student_version(master), read_answers(course.answers_file(WEEK, name)))
    (course.release / WEEK).mkdir(parents=True)
    nbformat.write(given.released, course.release / WEEK / f"{name}.ipynb")
    return course, given


def hand_in(folder: Path, submissions: Iterable[HandIn]) -> None:
    """Lay submissions out as nbgrader and we read them."""
    for one in submissions:
        path = folder / one.name / WEEK / one.file
        path.parent.mkdir(parents=True)
        path.write_bytes(one.data)


class StockCourse:
    """A course of nbgrader in its default configuration, its release made by generate_assignment.

    Args:
        folder: where the course goes.
        name: the lesson's name.
        lesson: the lesson.
    """

    def __init__(self, folder: Path, name: str, lesson: Lesson) -> None:
        self.folder = folder
        source = folder / "source" / WEEK / f"{name}.ipynb"
        source.parent.mkdir(parents=True)
        nbformat.write(lesson.master, source)
        if self.nbgrader("generate_assignment", WEEK).wait():
            raise RuntimeError(self.said("generate_assignment")[-2000:])
        self.release = nbformat.read(folder / "release" / WEEK / f"{name}.ipynb", as_version=4)

    def copy(self, folder: Path) -> "StockCourse":
        """The same course once more, for another half of the class."""
        other = object.__new__(StockCourse)
        other.folder, other.release = folder, self.release
        shutil.copytree(self.folder, folder)
        return other

    def nbgrader(self, command: str, *words: str) -> subprocess.Popen[bytes]:
        """Start one of nbgrader's commands in the course's folder."""
        with self._log(command).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "nbgrader", command, *words],
                cwd=self.folder, env=environment(), stdout=log, stderr=log,
            )  # fmt: skip

    def said(self, command: str) -> str:
        """What the command wrote to the terminal."""
        return self._log(command).read_text(encoding="utf-8", errors="replace")

    def _log(self, command: str) -> Path:
        return self.folder / f"{command}.log"

    def marks(self, students: Iterable[str], name: str) -> Marks:
        """The automatic mark of each test cell; None where it has none, empty for who has no result."""
        return marks(f"sqlite:///{self.folder / 'gradebook.db'}", students, name)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What both graders' commands see: this interpreter, these packages, one thread."""
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": os.environ.get("HOME", "/tmp"), "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "CNNKIT_QUICK": "1", **threads, **(extra or {}),
    }  # fmt: skip


def ours(course: Course, submitted: Path, out: Path, workers: int) -> Sequence[str]:
    """The command that grades a class with us (run it in the course's folder)."""
    words = ["grade", WEEK, "--submitted", str(submitted), "--out", str(out), "--workers", str(workers)]
    return [sys.executable, "-m", "autograder", *words]


def our_marks(out: Path, students: Iterable[str], name: str) -> Marks:
    """As StockCourse.marks, from the gradebook of a run of ours."""
    return marks(own_gradebook(out), students, name)


def marks(url: str, students: Iterable[str], name: str) -> Marks:
    """The automatic mark of each test cell by student, from a gradebook; empty for who has no result."""
    found: Marks = {}
    with Gradebook(url) as book:
        for student in students:
            try:
                submitted = book.find_submission_notebook(name, WEEK, student)
            except MissingEntry:
                found[student] = {}
                continue
            found[student] = {grade.name: grade.auto_score for grade in submitted.grades}
    return found
