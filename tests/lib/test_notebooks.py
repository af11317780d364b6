"""cnnkit.notebooks: exercises, tests and points of a lesson's file, and files that are none."""

import json

import nbformat
import pytest
import student_lesson as s

from cnnkit.notebooks import NotALesson, clicks_file, exercises, is_stub, read_lesson


def test_exercises_with_their_tests_and_points(tmp_path):
    notebook = read_lesson(s.written(tmp_path))
    double, half, tree = exercises(notebook)
    assert (double.name, double.source, double.tests, double.hidden) == (
        "double",
        s.STUB,
        [(s.TEST, 1.0)],
        2.0,
    )
    assert (half.visible, half.hidden, half.is_question) == (2.0, 3.0, False)
    assert (tree.name, tree.visible, tree.hidden, tree.is_question) == ("tree", 0.0, 1.0, True)
    assert clicks_file(notebook) == "work/quiz/answers.json"


def test_a_test_belongs_to_the_longest_name_that_it_begins_with():
    notebook = s.lesson()
    notebook.cells += [
        s.cell("def double_it(x): ...", "double_it_solution", solution=True),
        s.cell("# hidden", "double_it_hidden", 7),
        s.cell("# hidden", "reader_hidden", 4),
    ]
    assert {one.name: one.hidden for one in exercises(notebook)} == {
        "double": 2, "half": 3, "tree": 1, "double_it": 7, "reader": 4,
    }  # fmt: skip


def test_the_courses_lessons_are_read(repository):
    for path in (repository / "course" / "release").rglob("*.ipynb"):
        found = exercises(nbformat.read(path, as_version=4))
        whole = [one for one in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        points = sum(one["metadata"].get("nbgrader", {}).get("points", 0) for one in whole)
        assert sum(one.visible + one.hidden for one in found) == points
        written = [one for one in found if one.source]  # what only weights decide has no cell to write
        assert len(written) >= len(found) - 1 and all(is_stub(one.source) for one in written), path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "lesson.ipynb is not a Jupyter notebook."),
        (b"\xff\xfe", "lesson.ipynb is not a Jupyter notebook."),
        (b"[1]", "lesson.ipynb is not a Jupyter notebook."),
        (b"[" * 100_000, "lesson.ipynb is not a Jupyter notebook."),
        (b'{"a": 1}', "lesson.ipynb is not a Jupyter notebook."),
        (b'{"cells": [{"source": 3}], "nbformat": 4}', "lesson.ipynb is not a Jupyter notebook."),
        (
            b'{"cells": [], "nbformat": 3}',
            "lesson.ipynb has another format than 4: open it in JupyterLab, and save it.",
        ),
        (
            b'{"cells": [], "nbformat": 4}',
            "lesson.ipynb is a notebook, but no lesson: it has no exercise with a test.",
        ),
    ],
)
def test_what_is_no_lesson_is_said(tmp_path, content, said):
    path = tmp_path / "lesson.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotALesson) as refused:
        read_lesson(path)
    assert str(refused.value) == said
