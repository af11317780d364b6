"""Gradescope's container, as folders of this machine: what run_autograder leaves there, whatever comes."""

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from small_lesson import ASSIGNMENT, DOUBLE_HIDDEN, FULL, LESSON, TOTAL_HIDDEN, small_course, solved

from autograder.answers import read_answers
from autograder.cli import main
from autograder.course import Course
from autograder.gradescope import student_of
from autograder.results import schema

METADATA = {
    "id": 123456,
    "created_at": "2026-03-01T14:22:32.365935-07:00",
    "assignment": {
        "id": 1,
        "title": "Week 1",
        "due_date": "2026-03-31T23:00:00.000000-07:00",
        "total_points": "6.0",
    },
    "submission_method": "upload",
    "users": [{"email": "amber@example.org", "id": 12, "name": "Amber"}],
    "previous_submissions": [],
}
LOOKING_AROUND = """
import os
seen = [name for folder, _, files in os.walk("{root}") for name in [folder, *files]]
try:
    open("{root}/results/results.json", "w").write('{{"score": 1000}}')
    seen.append("results.json was written")
except OSError:
    pass
"""
HOSTILE = """def double(X, times=1):
    raise ValueError(f"seen: {seen} {dict(os.environ)}")"""


def pack(course, *options):
    """The zip, written by the command."""
    before = os.getcwd()
    os.chdir(course.root)
    try:
        done = CliRunner().invoke(
            main, ["gradescope", ASSIGNMENT, str(course.root / "autograder.zip"), *options]
        )
    finally:
        os.chdir(before)
    assert done.exit_code == 0, done.output
    return course.root / "autograder.zip"


@pytest.fixture(scope="module")
def course(repository, tmp_path_factory):
    """An instructor's repository with one small lesson."""
    root = tmp_path_factory.mktemp("repository")
    small_course(root)
    for name in ("lib", "autograder"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
        shutil.copytree(repository / name, root / name, dirs_exist_ok=True, ignore=ignored)
    shutil.copy(repository / "constraints.txt", root)
    return Course(root)


@pytest.fixture(scope="module")
def packed(course):
    return pack(course)


class Container:
    """Gradescope's folders, under a folder of ours."""

    def __init__(self, root, packed, metadata=METADATA):
        self.root = root
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(root / "source")
        shutil.copy(root / "source" / "run_autograder", root)
        (root / "run_autograder").chmod(0o755)
        (root / "submission").mkdir()
        (root / "submission_metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
        self.env = {
            **os.environ,
            "AUTOGRADER_ROOT": str(root),
            "AUTOGRADER_PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join(
                [str(root / "source" / "lib"), str(root / "source" / "autograder")]
            ),
        }

    def run(self):
        """The results, the exit status, and what teachers read."""
        done = subprocess.run(
            [self.root / "run_autograder"],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        text = (self.root / "results" / "results.json").read_text(encoding="utf-8")
        entry = json.loads(text)
        Draft202012Validator(schema("gradescope")).validate(entry)
        secret = (self.root / "source" / ".autograder-secret").read_text(encoding="ascii").strip()
        hidden = [
            line.strip() for line in (DOUBLE_HIDDEN + TOTAL_HIDDEN).splitlines() if "random_inputs" in line
        ]
        assert hidden and [line for line in [secret, *hidden, "np.sum(numbers)"] if line in text] == []
        assert done.stderr == ""
        return entry, done.returncode, done.stdout


@pytest.fixture
def container(tmp_path, packed):
    return Container(tmp_path / "autograder", packed)


def hand_in(container, notebook, place=f"{LESSON}.ipynb"):
    path = container.root / "submission" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def points(entry):
    return {test["name"].removeprefix(f"{LESSON}: "): test["score"] for test in entry["tests"]}


def test_the_zip_holds_what_gradescope_looks_for_and_one_assignment(course, packed, repository):
    with zipfile.ZipFile(packed) as archive:
        names = set(archive.namelist())
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")}
        scripts = {name: archive.read(name).decode() for name in modes}
    assert all(mode & stat.S_IXUSR for mode in modes.values())
    assert all(text.startswith("#!/usr/bin/env bash\n") for text in scripts.values())
    for script in scripts.values():
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    wanted = {
        ".autograder-secret",
        "constraints.txt",
        f"course/source/{ASSIGNMENT}/{LESSON}.py",
        "not_graded.json",
    }
    assert wanted <= names and not [
        name for name in names if "__pycache__" in name or name.startswith("build")
    ]
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600
    pins = (repository / "constraints.txt").read_text(encoding="utf-8")
    assert scripts["setup.sh"].partition("torch==")[2].split()[0] in pins.partition("\ntorch==")[2].split()[0]


def test_setup_installs_the_walls_then_torch_for_processors_then_the_rest(tmp_path, packed):
    """With commands that only write down how they were called."""
    container, commands, log = (
        Container(tmp_path / "autograder", packed),
        tmp_path / "commands",
        tmp_path / "log",
    )
    commands.mkdir()
    note = f'#!/bin/bash\necho "${{0##*/}} $*" >> {log}\n'
    venv = 'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    too_old = 'if [ "$1" = -c ]; then exit 1; fi\n'
    for name, text in {"apt-get": note, "python3": note + too_old, "python3.11": note + venv}.items():
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    env = {**container.env, "PATH": f"{commands}:{os.environ['PATH']}"}
    subprocess.run(["bash", container.root / "source" / "setup.sh"], env=env, check=True)
    lines = log.read_text().splitlines()
    assert lines[1] == "apt-get -qq install -y bubblewrap python3 python3-venv"
    assert lines[3] == "apt-get -qq install -y python3.11 python3.11-venv", (
        "the image's own Python is too old"
    )
    assert lines[4] == f"python3.11 -m venv {container.root}/venv"
    assert "torch==" in lines[5] and lines[5].endswith("/whl/cpu")
    assert lines[6].endswith("-c constraints.txt -e lib -e autograder") and len(lines) == 7


@pytest.mark.sandbox
def test_an_honest_submission(container, course):
    hand_in(container, solved(course))
    (container.root / "submission" / "timestamp.txt").write_text("never")
    entry, status, said = container.run()
    assert (status, entry["score"], points(entry)) == (0, 6.0, FULL)
    assert entry["visibility"] == "visible" and {test["status"] for test in entry["tests"]} == {"passed"}
    assert entry["output"] == "" and f"{LESSON}: 6 of 6" in said and "Warning" not in said


@pytest.mark.sandbox
def test_a_missing_one(container):
    entry, status, _ = container.run()
    assert (status, entry["score"], set(points(entry).values())) == (0, 0.0, {0})
    assert f"There is no '{LESSON}.ipynb'" in entry["output"]


@pytest.mark.sandbox
def test_a_hostile_one_sees_nothing_and_writes_nothing(container, course):
    notebook = solved(course, double=HOSTILE)
    looking = nbformat.v4.new_code_cell(LOOKING_AROUND.format(root=container.root))
    notebook.cells.insert(0, looking)
    hand_in(container, notebook)
    (container.root / "submission" / "all.ipynb").symlink_to(container.root / "source" / ".autograder-secret")
    entry, status, _ = container.run()
    assert (status, entry["score"]) == (0, 0.0)
    (message,) = {test["output"] for test in entry["tests"] if test["name"].endswith(": double")}
    assert "seen: []" in message


def assert_not_graded(entry, status):
    assert status != 0 and entry["output"].startswith("Not gradable") and "score" not in entry
    assert entry["tests"] == []


def test_without_walls_nothing_is_run_and_nothing_graded(container, course):
    hand_in(container, solved(course))
    commands = container.root / "commands"
    commands.mkdir()
    for name in ("bash", "env", "mkdir", "cp"):
        (commands / name).symlink_to(shutil.which(name))
    container.env["PATH"] = str(commands)
    entry, status, said = container.run()
    assert_not_graded(entry, status)
    assert "bubblewrap is needed" in said


@pytest.mark.sandbox
def test_with_walls_that_do_not_work_nothing_is_graded(container, course):
    hand_in(container, solved(course))
    commands = container.root / "commands"
    commands.mkdir()
    (commands / "bwrap").write_text("#!/bin/sh\necho No permissions to create new namespace >&2\nexit 1\n")
    (commands / "bwrap").chmod(0o755)
    container.env["PATH"] = f"{commands}:{os.environ['PATH']}"
    entry, status, said = container.run()
    assert_not_graded(entry, status)
    assert "no process could be started in the sandbox" in said


def test_a_wrong_one_in_a_repository_and_without_walls_where_the_instructor_chose_so(tmp_path, course):
    container = Container(
        tmp_path / "autograder", pack(course, "--sandbox", "none", "--visibility", "after_published")
    )
    wrong = next(
        answer.source
        for answer in read_answers(course.answers_file(ASSIGNMENT, LESSON))
        if answer.name == "once"
    )
    hand_in(container, solved(course, double=wrong), f"work/{ASSIGNMENT}/{LESSON}.ipynb")
    hand_in(container, solved(course), f"old/{LESSON}.ipynb")
    entry, status, _ = container.run()
    assert (status, points(entry), entry["visibility"]) == (0, FULL | {"double_hidden": 0}, "after_published")
    (failed,) = [test for test in entry["tests"] if test["status"] == "failed"]
    assert "You doubled once" in failed["output"] and entry["output"].startswith("Graded without a sandbox")


@pytest.mark.parametrize("damage", ["{", "{}"])
def test_whatever_fails_there_are_results(container, damage):
    (container.root / "submission_metadata.json").write_text(damage)
    (container.root / "results").mkdir()
    (container.root / "results" / "results.json").write_text('{"score": 6}')
    entry, status, _ = container.run()
    assert_not_graded(entry, status)


def test_a_student_is_known_by_the_address_and_a_group_by_its_first_member():
    group = [{"id": 9, "email": "birch@example.org"}, {"id": 3, "email": "elm@example.org"}]
    assert student_of({"users": group}) == student_of({"users": group[::-1]}) == "elm@example.org"
    assert student_of({"users": [{"id": 3, "email": "../elm"}]}) == "gradescope-3"


def test_an_assignment_that_there_is_not(course, monkeypatch):
    monkeypatch.chdir(course.root)
    done = CliRunner().invoke(main, ["gradescope", "week9"])
    assert done.exit_code == 2 and "no assignment 'week9'" in done.output
    assert not Path("build").exists()
