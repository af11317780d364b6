"""A small course of one lesson, and students' notebooks made from it."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from postgres import NotHere, Server
from small_lesson import ANSWERS, ASSIGNMENT, LESSON, SOURCE

from autograder import cells as c
from autograder.course import Course

LESSONS = Path(__file__).parent / "lessons"
WEEK = "week1"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course whose one lesson is lessons/models.py."""
    folder = tmp_path / "the course" / "course" / "source" / WEEK
    folder.mkdir(parents=True)
    shutil.copy(LESSONS / "models.py", folder)
    return Course(tmp_path / "the course")


Answering = Callable[..., NotebookNode]


@pytest.fixture
def answering(course: Course) -> Answering:
    """A student's notebook: the solutions, with other source for the functions named."""

    def answer(others: Mapping[str, str] | None = None, first: str = "") -> NotebookNode:
        notebook = course.master(WEEK, "models")
        for cell in c.solutions(notebook.cells):
            for name in c.defined_names(cell.source) & set(others or {}):
                cell.source = (others or {})[name]
        if first:
            notebook.cells.insert(0, nbformat.v4.new_code_cell(first, id="helper"))
        return notebook

    return answer


@pytest.fixture(scope="module")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course whose one lesson is small_lesson's, without torch."""
    root = tmp_path_factory.mktemp("repository")
    for folder, text in (("course/source", SOURCE), ("tests/course/answers", ANSWERS)):
        path = root / folder / ASSIGNMENT / f"{LESSON}.py"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return Course(root)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server. Where there can be none, its tests are skipped; in CI they fail."""
    try:
        server = Server()
    except NotHere as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    yield server
    server.close()
