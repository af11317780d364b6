"""Editing in JupyterLab loses nothing: what was not touched comes back as it was, what was saved becomes the source."""

import nbformat
import pytest
from small_lesson import ASSIGNMENT, LESSON, SOURCE

from autograder.author import edit
from autograder.course import Course
from autograder.source import read_master


@pytest.fixture
def course(tmp_path):
    path = tmp_path / "course" / "source" / ASSIGNMENT / f"{LESSON}.py"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE, encoding="utf-8")
    return Course(tmp_path)


def source(course):
    return course.source_file(ASSIGNMENT, LESSON)


def test_nothing_edited_changes_nothing(course):
    assert edit(course, LESSON, lambda notebook: None) is False
    assert source(course).read_text(encoding="utf-8") == SOURCE


def test_what_was_saved_becomes_the_source(course):
    before = read_master(source(course))

    def add_a_cell(notebook):
        loaded = nbformat.read(notebook, as_version=4)
        loaded.cells.insert(1, nbformat.v4.new_markdown_cell("Two is enough."))
        loaded.cells[2].outputs = [nbformat.v4.new_output("stream", text="ran")]
        loaded.cells[3].metadata.nbgrader["checksum"] = "0" * 32
        loaded.metadata["widgets"] = {"state": {}}
        nbformat.write(loaded, notebook)

    assert edit(course, LESSON, add_a_cell) is True
    after = read_master(source(course))
    assert after.cells.pop(1).source == "Two is enough."
    assert [(a.source, a.metadata) for a in after.cells] == [(b.source, b.metadata) for b in before.cells]
    assert "checksum" not in source(course).read_text(encoding="utf-8")


def test_an_unknown_lesson_is_said(course):
    with pytest.raises(KeyError, match="no lesson nothing: there are doubles"):
        edit(course, "nothing", lambda notebook: None)
