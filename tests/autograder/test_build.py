import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from small_lesson import ASSIGNMENT, DEMO, LESSON, SOURCE, header, master_of, small_course

from autograder.build import build, check, chosen, leaks, student_version
from autograder.course import Course
from autograder.source import with_gaps

RELEASE = Path("course") / "release" / ASSIGNMENT


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = small_course(tmp_path)
    image = made.source / ASSIGNMENT / "images" / "step.png"
    image.parent.mkdir()
    image.write_bytes(b"\x89PNG\r\n\x1a\n picture")
    return made


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_a_build_writes(course: Course) -> None:
    written = build(course)
    assert sorted(str(path.relative_to(course.release)) for path in written) == [
        "week/doubles.ipynb",
        "week/images/step.png",
        "week/mistakes/doubles.json",
    ]
    assert tree(course.release) == tree(course.build / "release")
    assert sorted(tree(course.build / "source")) == ["week/doubles.ipynb", "week/images/step.png"]


def test_every_build_gives_the_same_bytes(course: Course, tmp_path: Path) -> None:
    build(course)
    first = tree(course.release) | tree(course.build)
    build(course)
    assert tree(course.release) | tree(course.build) == first


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_gives_the_same_bytes(course: Course, hash_seed: str) -> None:
    build(course)
    first = tree(course.release)
    code = "import sys, pathlib; from autograder import build, course; "
    code += "build.build(course.Course(pathlib.Path(sys.argv[1])))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(course.root)], check=True, env=environment)
    assert tree(course.release) == first


def test_a_students_notebook_has_stubs_and_no_hidden_test(course: Course) -> None:
    build(course)
    notebook = nbformat.read(course.root / RELEASE / "doubles.ipynb", as_version=4)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    assert cells["double_solution"].source.splitlines()[-3:] == [
        "    # Step 1: multiply.",
        "    # YOUR CODE HERE",
        "    raise NotImplementedError()",
    ]
    assert cells["double_hidden"].source == "# Hidden tests of double."
    assert cells["double"].metadata.nbgrader.points == 1
    assert not cells["double"].metadata.editable
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells)


def test_the_master_is_left_as_it_is() -> None:
    master = master_of(SOURCE)
    student_version(master)
    assert master == master_of(SOURCE)


def test_the_table_of_mistakes_lies_beside_the_notebook(course: Course) -> None:
    build(course)
    found = json.loads((course.root / RELEASE / "mistakes" / "doubles.json").read_text(encoding="utf-8"))
    assert sorted(found.values()) == ["You squared the values.", "You took the mean."]


def test_lessons_are_chosen_by_name(course: Course) -> None:
    assert chosen(course, ["doubles"]) == chosen(course, ["week/doubles"]) == [(ASSIGNMENT, LESSON)]
    with pytest.raises(KeyError, match="no lesson triples: there are doubles"):
        build(course, ["triples"])


def test_no_python_file_is_released(course: Course) -> None:
    build(course)
    names = [*tree(course.release), *tree(course.build)]
    assert [name for name in names if name.endswith(".py")] == []


def test_a_fresh_build_is_sound(course: Course) -> None:
    build(course)
    assert check(course) == []


def test_rules_are_part_of_the_check(course: Course) -> None:
    small_course(course.root, SOURCE.replace('"points": 2', '"points": 1'))
    assert check(course)[0] == "week/doubles: double is worth 2 points: make it 3 or more"


def test_an_edited_missing_or_foreign_file_is_noticed(course: Course) -> None:
    build(course)
    folder = course.root / RELEASE
    notebook = folder / "doubles.ipynb"
    whole = notebook.read_bytes()
    notebook.write_bytes(whole.replace(b"# Doubles", b"# doubles"))
    (folder / "images" / "step.png").unlink()
    (folder / "old.ipynb").write_bytes(whole)
    assert check(course) == [
        "course/release/week/doubles.ipynb: is not what its source gives; run make build",
        "course/release/week/images/step.png: is missing; run make build",
        "course/release/week/old.ipynb: comes from no source; delete it",
    ]


def test_a_changed_source_asks_for_a_build(course: Course) -> None:
    build(course)
    small_course(course.root, SOURCE.replace("# # Doubles", "# # Doubles and more"))
    assert check(course) == [
        "course/release/week/doubles.ipynb: is not what its source gives; run make build"
    ]


def test_a_course_that_was_never_built_is_not_sound(course: Course) -> None:
    found = check(course)
    assert "course/release/week/doubles.ipynb: is missing; run make build" in found


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("course/release/week/notes.txt", "x\n      return X * 2**times  \n"),
        ("course/release/week/notes.ipynb", json.dumps({"cells": ["a\nreturn X * 2**times\nb"]})),
        ("lib/cnnkit/blocks.py", "def twice(X, times):\n    return X * 2**times\n"),
        (
            "lib/cnnkit/data.json",
            json.dumps([{"x": ["random_inputs = testing.rng(1)\nreturn X * 2**times"]}]),
        ),
    ],
)
def test_a_leaked_line_is_found(course: Course, place: str, text: str) -> None:
    build(course)
    path = course.root / place
    path.write_text(text, encoding="utf-8")
    assert f"{place}: holds a line that doubles keeps from students: 'return X * 2**times'" in check(course)


def test_a_leaked_line_of_a_hidden_test_is_found(course: Course, tmp_path: Path) -> None:
    elsewhere = tmp_path / "published" / "a.md"
    elsewhere.parent.mkdir()
    elsewhere.write_text('random_inputs = testing.rng("double_hidden").normal(size=5)\n', encoding="utf-8")
    assert len(leaks(course, [elsewhere.parent])) == 1


def test_lines_that_learners_see_anyway_are_no_leak(course: Course, tmp_path: Path) -> None:
    text = 'with Check("double") as check:\nfrom cnnkit import testing\n2**times\n# ---------------\n'
    (tmp_path / "lib" / "cnnkit" / "seen.txt").write_text(text, encoding="utf-8")
    assert leaks(course, [tmp_path / "lib"]) == []


def test_a_bracket_with_a_comment_tells_nothing(tmp_path: Path) -> None:
    line = 'random_inputs = testing.rng("double_hidden").normal('
    assert f"{line}size=5)" in SOURCE
    course = small_course(
        tmp_path, source=SOURCE.replace(f"{line}size=5)", f"{line}\n    size=5\n)  # fmt: skip")
    )
    (tmp_path / "lib" / "cnnkit" / "other.py").write_text(f"x = f(\n    size=5\n)  # fmt: skip\n{line}\n")
    assert [place for place in leaks(course, [tmp_path / "lib"]) if "fmt" in place] == []
    assert len(leaks(course, [tmp_path / "lib"])) == 1


def test_a_stub_that_is_not_its_solution_cut_is_found(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when nbgrader itself leaves something in."""
    from nbgrader.preprocessors import ClearSolutions

    from autograder import build as module

    keep = [step for step in module.PREPROCESSORS if step is not ClearSolutions]
    monkeypatch.setattr(module, "PREPROCESSORS", keep)
    build(course)
    found = check(course)
    assert (
        "course/release/week/doubles.ipynb: cell 'double_solution' is not its source with the solution cut"
        in found
    )
    assert any("holds a line that doubles keeps" in text for text in found)


@pytest.mark.parametrize(
    "code",
    [
        "def double(X): ...\n",
        "class A:\n    def total(self): ...\n",
        "double = 2\n",
        "from numpy import sum as total\n",
    ],
)
def test_an_answer_in_the_library_is_found(course: Course, code: str) -> None:
    build(course)
    (course.root / "lib" / "cnnkit" / "blocks.py").write_text(code, encoding="utf-8")
    assert len(check(course)) == 1
    assert check(course)[0].startswith("lib/cnnkit/blocks.py: defines ")


def test_a_notebook_among_the_sources_is_refused(course: Course) -> None:
    build(course)
    (course.source / ASSIGNMENT / "doubles.ipynb").write_text("{}", encoding="utf-8")
    assert "a lesson's source is its .py file" in check(course)[0]


def test_answers_to_nothing_are_found(course: Course) -> None:
    path = course.answers_file(ASSIGNMENT, LESSON)
    cell = '# %% function="triple" kind="right" name="a"\ndef triple(X):\n    return 3 * X\n'
    path.write_text(path.read_text(encoding="utf-8") + "\n" + cell, encoding="utf-8")
    assert "week/doubles: has answers for triple, which no solution cell defines" in check(course)
    path.write_text(cell.replace('"right"', '"odd"'), encoding="utf-8")
    assert "kind should be right or wrong" in check(course)[0]


def test_images_are_left_as_they_are(course: Course) -> None:
    build(course)
    assert (course.root / RELEASE / "images" / "step.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_a_solution_without_marks_never_reaches_students() -> None:
    from autograder.cells import solutions

    whole = SOURCE.replace(DEMO, header("more_solution", solution=True) + "def more(X):\n    return X + 1\n")
    cells = {cell.id: cell.source for cell in solutions(student_version(master_of(whole)).cells)}
    assert cells["more_solution"] == "# YOUR CODE HERE\nraise NotImplementedError()"


def test_every_lesson_with_tests_ends_with_how_far_its_reader_is(course: Course) -> None:
    (notebook, *_) = build(course)
    *others, text, progress = nbformat.read(notebook, as_version=4).cells
    assert text.source.startswith("## How far are you?")
    assert progress.source == "import cnnkit\n\ncnnkit.progress()"
    assert (progress.metadata.nbgrader.grade_id, progress.metadata.nbgrader.locked) == ("progress", True)
    assert [cell for cell in others if "cnnkit.progress()" in cell.source] == []


def test_every_lesson_with_tests_has_a_desk_below_its_title(course: Course) -> None:
    (notebook, *_) = build(course)
    title, desk, *others = nbformat.read(notebook, as_version=4).cells
    assert title.cell_type == "markdown" and desk.source == "import cnnkit\n\ncnnkit.desk()"
    about = desk.metadata.nbgrader
    assert (about.grade_id, about.locked, about.grade, about.solution) == ("desk", True, False, False)
    assert [cell for cell in others if "cnnkit.desk()" in cell.source] == []


def test_a_lesson_without_tests_asks_nobody_how_far_they_are(tmp_path: Path) -> None:
    course = small_course(tmp_path, source="# %% [markdown]\n# # Read\n\n# %%\nx = 1\n", answers="")
    assert [cell.source for cell in course.master(ASSIGNMENT, LESSON).cells] == ["# Read", "x = 1"]


def test_what_is_folded_up_has_a_gap_below_it() -> None:
    inside = "<details><summary>C</summary>\n\nD\n\n</details>"
    folded = f"Ask.\n\n<details><summary>A</summary>\n\nB\n\n{inside}\n</details>"
    cells = [folded, f"{folded}\n\nMore.", f"{folded}\n\n{folded}\n"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(cell) for cell in cells])
    found = [cell.source for cell in with_gaps(notebook).cells]
    assert found == [folded, f"{folded}\n\n<p></p>\n\nMore.", f"{folded}\n\n<p></p>\n\n{folded}\n"]
