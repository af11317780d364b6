"""Plain nbgrader commands on a course folder with our configuration; the examination itself is a stand-in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import graded_lesson as lesson
import jupytext
import nbformat
import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from autograder import examiner, examiners
from autograder.gradebook import Book, register_assignment
from autograder.preprocessors import nbgrader_config


@pytest.fixture(scope="module")
def course_folder(tmp_path_factory):
    """A course whose lesson is registered, with nbgrader's configuration in build/."""
    root = tmp_path_factory.mktemp("course")
    source = root / "course" / "source" / "week1"
    source.mkdir(parents=True)
    jupytext.write(lesson.master(), source / "numbers.py", fmt="py:percent")
    build = root / "build"
    (build / "source" / "week1").mkdir(parents=True)
    nbformat.write(lesson.master(), build / "source" / "week1" / "numbers.ipynb")
    (build / "nbgrader_config.py").write_text(nbgrader_config(root), encoding="utf-8")
    register_assignment(f"sqlite:///{build / 'gradebook.db'}", "week1", {"numbers": lesson.master()})
    return root


@pytest.fixture
def build(course_folder, tmp_path):
    shutil.copytree(course_folder, tmp_path / "course folder")
    return tmp_path / "course folder" / "build"


def hand_in(build, student="amber"):
    folder = build / "submitted" / student / "week1"
    folder.mkdir(parents=True)
    nbformat.write(lesson.executed(lesson.half_right()), folder / "numbers.ipynb")
    return folder


@pytest.fixture
def examined(monkeypatch):
    """What the examination was asked, with the sample's verdicts as its answer."""
    asked = []

    def examine_in_process(root, student, assignment, name, submitted, sandbox, limits, weights):
        asked.append((root, student, assignment, name, sandbox, submitted, weights))
        graded = lesson.half_right(student, sandbox=sandbox)
        return examiner.Examined(graded, lesson.executed(graded))

    monkeypatch.setattr(examiners, "examine_in_process", examine_in_process)
    return asked


def api(build):
    """nbgrader's programming interface with the folder's configuration: what formgrader's buttons call."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(build)).load_config()
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def test_autograde_takes_our_steps(build, examined, monkeypatch):
    hand_in(build)
    done = api(build).autograde("week1", "amber")
    assert done["success"], done
    ((root, student, assignment, name, sandbox, submitted, weights),) = examined
    assert (student, assignment, name, sandbox) == ("amber", "week1", "numbers", "bwrap")
    assert weights == {}
    assert root == build.parent
    assert submitted.cells[2].source == lesson.executed(lesson.half_right()).cells[2].source
    with Book(f"sqlite:///{build / 'gradebook.db'}") as book:
        marks = book.marks("amber", "week1", "numbers")
        assert marks.score == 4.0
        assert book.gradebook.find_grade("halve_hidden", "numbers", "week1", "amber").auto_score is None
        assert book.gradebook.find_submission("week1", "amber").needs_manual_grade


def test_the_submission_reaches_the_examination_as_it_was_handed_in(build, examined):
    folder = hand_in(build)
    notebook = nbformat.read(folder / "numbers.ipynb", as_version=4)
    notebook.cells[3].source, notebook.cells[3].metadata.nbgrader.points = "pass", 100
    notebook.cells.append(nbformat.NotebookNode(notebook.cells[2] | {"id": "again"}))
    nbformat.write(notebook, folder / "numbers.ipynb")
    assert api(build).autograde("week1", "amber")["success"]
    submitted = examined[0][5]
    assert submitted.cells[3].source == "pass" and submitted.cells[3].metadata.nbgrader.points == 100
    assert submitted.cells[-1].metadata.nbgrader.grade_id == "double_solution"


TRAIN = """
# %% tags=["train"]
model = cnnkit.train_or_load(build, fit, "work/numbers/line.safetensors")
"""
WEIGHTS = (2).to_bytes(8, "little") + b"{}"


@pytest.mark.parametrize(
    ("content", "kinds"), [(WEIGHTS, []), (b"sorry", ["bad_checkpoint"])], ids=["sound", "bad"]
)
def test_weights_reach_the_examination(build, examined, content, kinds):
    with (build.parent / "course" / "source" / "week1" / "numbers.py").open("a") as source:
        source.write(TRAIN)
    path = hand_in(build) / "work" / "numbers" / "line.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    path.with_name("other.safetensors").write_bytes(WEIGHTS)
    assert api(build).autograde("week1", "amber")["success"]
    assert examined[0][-1] == ({} if kinds else {"work/numbers/line.safetensors": WEIGHTS})
    kept = nbformat.read(build / "autograded" / "amber" / "week1" / "numbers.ipynb", as_version=4)
    assert [event["kind"] for event in kept.metadata.autograder.events][2:] == kinds


def test_what_is_kept_for_formgrader_has_the_hidden_tests(build, examined):
    hand_in(build)
    api(build).autograde("week1", "amber")
    kept = nbformat.read(build / "autograded" / "amber" / "week1" / "numbers.ipynb", as_version=4)
    assert lesson.hidden_lines() <= {line.strip() for cell in kept.cells for line in cell.source.splitlines()}
    assert kept.metadata.autograder.sandbox == "bwrap"


def test_feedback_is_our_page(build, examined):
    hand_in(build)
    ours = api(build)
    ours.autograde("week1", "amber")
    with Book(f"sqlite:///{build / 'gradebook.db'}") as book:
        book.gradebook.find_grade("halve_hidden", "numbers", "week1", "amber").manual_score = 1.5
        book.gradebook.find_comment("double_solution", "numbers", "week1", "amber").manual_comment = "Neat."
        book.gradebook.db.commit()
    done = ours.generate_feedback("week1", "amber")
    assert done["success"], done
    page = (build / "feedback" / "amber" / "week1" / "numbers.html").read_text(encoding="utf-8")
    assert "secret" not in page and "Content-Security-Policy" in page
    assert "<b>5.5</b> of 7 points" in page
    assert "1.5 / 2" in page and "Neat." in page
    assert "<script" not in page


def test_late_penalties_are_still_nbgraders(build, examined):
    folder = hand_in(build)
    (folder / "timestamp.txt").write_text("2025-03-02 12:00:00 UTC", encoding="utf-8")
    with Book(f"sqlite:///{build / 'gradebook.db'}") as book:
        book.gradebook.update_or_create_assignment("week1", duedate="2025-03-01 12:00:00")
    with (build / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    api(build).autograde("week1", "amber")
    with Book(f"sqlite:///{build / 'gradebook.db'}") as book:
        assert book.marks("amber", "week1", "numbers").late_penalty == 4.0


def test_the_configuration_names_no_place_on_this_machine(tmp_path):
    text = nbgrader_config(tmp_path, tmp_path / "build")
    assert str(tmp_path) not in text and os.path.expanduser("~") not in text
    compile(text, "nbgrader_config.py", "exec")


def test_the_configuration_can_name_a_gradebook_and_a_folder(tmp_path):
    folder = tmp_path / "out" / "spring"
    folder.mkdir(parents=True)
    text = nbgrader_config(tmp_path, folder, db="postgresql://host/grades", sandbox="none")
    (folder / "nbgrader_config.py").write_text(text, encoding="utf-8")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    assert config.CourseDirectory.db_url == "postgresql://host/grades"
    assert config.CourseDirectory.root == str(folder)
    assert Path(config.ExamineSubmission.course_root).resolve() == tmp_path
    assert config.ExamineSubmission.sandbox == "none"


def test_nbgraders_command_reads_the_configuration_on_a_bare_path(build):
    """The command itself, as far as it goes without a submission, and its export."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(build),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    (build / "gradebook.db").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "export"],
        check=False, cwd=build, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CourseCsvExport" in done.stderr
    assert (
        (build / "grades.csv")
        .read_text(encoding="utf-8")
        .startswith("assignment,duedate,timestamp,student_id")
    )
