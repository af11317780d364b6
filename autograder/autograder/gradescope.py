"""Gradescope's own container: the zip that it takes as an autograder, and the grading of one submission in it.

The layout: https://gradescope-autograders.readthedocs.io/en/latest/specs/
What is known of a submission: https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/
"""

import json
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader
from sqlalchemy.exc import SAWarning

from autograder.course import Course
from autograder.export import gradescope_entry, write_entry
from autograder.grade import Run, grade
from autograder.gradebook import Book, own_gradebook
from autograder.intake import TIMESTAMP
from autograder.pages import FOLDER
from autograder.publish import LEFT_OUT
from autograder.records import Result
from autograder.report import terminal_lines
from autograder.sandbox import Sandbox
from cnnkit.packing import is_sane

Visibility = Literal["visible", "after_due_date", "after_published", "hidden"]
TEMPLATES = FOLDER / "gradescope"
SETTINGS = "gradescope.json"
NOT_GRADED = {
    "output": "Not gradable: this submission could not be judged. This is no mark and says nothing about your work. "
    "Your teachers find the reason in the output of the autograder.",
    "output_format": "text",
    "stdout_visibility": "hidden",
    "tests": [],
}


class NotGraded(Exception):
    """No test of a submission has a verdict."""


def pack(course: Course, assignment: str, path: Path, sandbox: Sandbox, visibility: Visibility) -> Path:
    """Write the zip that Gradescope takes as an assignment's autograder: hidden tests and secret are in it.

    Args:
        course: the course's repository.
        assignment: the week that is graded.
        path: the zip.
        sandbox: "bwrap", or "none" where Gradescope's container has no namespaces.
        visibility: when students see their results.

    Raises:
        KeyError: there is no such assignment.
    """
    course.lessons(assignment)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "autograder"
        _write(course, assignment, folder)
        settings = {"assignment": assignment, "sandbox": sandbox, "visibility": visibility}
        (folder / SETTINGS).write_text(json.dumps(settings) + "\n", encoding="utf-8")
        write_entry(NOT_GRADED, folder / "not_graded.json")
        packed = shutil.make_archive(f"{temporary}/packed", "zip", folder)
        os.chmod(packed, 0o600)
        path.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(packed, path))


def _write(course: Course, assignment: str, folder: Path) -> None:
    root, release = course.root, course.release / assignment
    trees = [
        root / "lib",
        root / "autograder",
        course.source / assignment,
        release,
        course.answers / assignment,
    ]
    for tree in filter(Path.is_dir, trees):
        shutil.copytree(tree, folder / tree.relative_to(root), ignore=LEFT_OUT)
    for file in filter(Path.is_file, (root / "constraints.txt", root / "course" / "limits.toml")):
        shutil.copy(file, folder / file.relative_to(root))
    course.secret()
    shutil.copy(root / ".autograder-secret", folder)
    torch = re.findall(r"^torch==(.+)$", (root / "constraints.txt").read_text(encoding="utf-8"), re.M)[0]
    scripts = Environment(loader=FileSystemLoader(TEMPLATES), keep_trailing_newline=True)
    for name in ("setup.sh", "run_autograder"):
        (folder / name).write_text(scripts.get_template(f"{name}.j2").render(torch=torch), encoding="utf-8")
        (folder / name).chmod(0o755)


def run(root: Path) -> None:
    """Grade the submission that lies in Gradescope's folders, and write results/results.json.

    What is printed is for teachers.

    Args:
        root: /autograder, with `source` (the zip's content), `submission` and `submission_metadata.json` in it.

    Raises:
        NotGraded: no test has a verdict.
        SandboxMissing: there are no walls to be had, and the settings ask for some.
    """
    course = Course(root / "source")
    settings = json.loads((course.root / SETTINGS).read_text(encoding="utf-8"))
    about = json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))
    assignment, student = settings["assignment"], student_of(about)
    with tempfile.TemporaryDirectory() as temporary:
        submitted, out = Path(temporary) / "submitted", Path(temporary) / "graded"
        _lay_out(root / "submission", submitted / student / assignment, str(about["created_at"]))
        sandbox: Sandbox = settings["sandbox"]
        results = list(
            grade(Run(course, assignment, submitted, out, sandbox=sandbox, limits=course.limits()))
        )
        with Book(own_gradebook(out)) as book:
            entry = gradescope_entry([(one, book.marks(student, assignment, one.lesson)) for one in results])
    _say(results)
    if all(test.status == "not_gradable" for result in results for test in result.tests):
        raise NotGraded(results[0].tests[0].message if results[0].tests else "there are no tests")
    write_entry({**entry, "visibility": settings["visibility"]}, root / "results" / "results.json")


def student_of(about: dict[str, Any]) -> str:
    """The student's id: the e-mail address, of a group its first member's, since random inputs derive from it."""
    first = min(about["users"], key=lambda user: int(user["id"]))
    return str(first["email"]) if is_sane(str(first["email"])) else f"gradescope-{int(first['id'])}"


def _lay_out(submission: Path, folder: Path, created_at: str) -> None:
    """Copy what was handed in to where intake looks for it; links stay links, which intake does not follow."""
    shutil.copytree(_place(submission, folder.name), folder, symlinks=True)
    (folder / TIMESTAMP).unlink(missing_ok=True)
    (folder / TIMESTAMP).write_text(created_at, encoding="utf-8")


def _place(submission: Path, assignment: str) -> Path:
    """The folder of the assignment, else the outermost one with a notebook, else what was handed in itself."""
    folders = [Path(folder) for folder, _, _ in os.walk(submission)]
    folders.sort(key=lambda folder: (folder.name != assignment, len(folder.parts), folder))
    with_notebooks = (one for one in folders if one.name == assignment or any(one.glob("*.ipynb")))
    return next(with_notebooks, submission)


def _say(results: Iterable[Result]) -> None:
    lines = [f"{one.lesson}: {one.score:g} of {one.max_score:g}, {one.seconds:.0f} s" for one in results]
    lines += [f"{one.lesson}: {event.severity}: {event.sentence}" for one in results for event in one.events]
    sys.stdout.write("\n".join([*lines, *terminal_lines(results)]) + "\n")


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
    run(Path(sys.argv[1]))
