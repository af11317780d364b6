"""Each lesson in JupyterLab in a real browser: it runs to its end, and the page has nothing to complain of."""

import shutil
import socket
import urllib.parse

import nbformat
import pytest
from lab import Notebook, lab, write

from autograder.course import Course
from autograder.lessons import NOT_BEGUN

pytestmark = pytest.mark.browser

COURSE = Course.find()
LESSONS = [(week, lesson) for week in COURSE.assignments() for lesson in COURSE.lessons(week)]
SECONDS = 240


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every week as students get it, and again with the lessons solved."""
    folder = tmp_path_factory.mktemp("lessons")
    for week in COURSE.assignments():
        for kind in ("solved", "untouched"):
            shutil.copytree(COURSE.release / week, folder / kind / week)
    for week, lesson in LESSONS:
        nbformat.write(COURSE.master(week, lesson), folder / "solved" / week / f"{lesson}.ipynb")
    return folder


@pytest.fixture(scope="module")
def url(folder, tmp_path_factory):
    quick = {"CNNKIT_QUICK": "1", "CNNKIT_REFERENCE": str(COURSE.reference)}
    with lab(folder, tmp_path_factory.mktemp("home"), quick) as url:
        yield url


def raised(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [f"{one.ename}: {one.evalue}" for one in outputs if one.output_type == "error"]


def not_run(notebook):
    return [c.source for c in notebook.cells if c.cell_type == "code" and c.source and not c.execution_count]


def test_there_are_lessons():
    assert LESSONS


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_solved_it_runs_to_the_end_from_the_menu(browser, folder, url, week, lesson, picture):
    name = f"solved/{week}/{lesson}.ipynb"
    with Notebook(browser, url, name) as notebook:
        notebook.run_all(SECONDS)
        done = notebook.saved(folder / name)
        picture(notebook.page, f"{lesson} solved")
        assert raised(done) == [] and not_run(done) == []
        assert notebook.complaints() == []


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_untouched_it_runs_to_the_end_by_keyboard(browser, folder, url, week, lesson):
    """Cell after cell with Shift+Enter: what is not begun says so, and nothing else fails."""
    name = f"untouched/{week}/{lesson}.ipynb"
    with Notebook(browser, url, name) as notebook:
        notebook.run_each(SECONDS)
        done = notebook.saved(folder / name)
        assert not_run(done) == []
        assert [error for error in raised(done) if not error.startswith(NOT_BEGUN)] == []
        assert notebook.complaints() == []


def test_nothing_is_left_of_a_server(browser, tmp_path):
    (tmp_path / "home").mkdir()
    write(
        tmp_path / "one.ipynb",
        "import os\nfrom pathlib import Path\nPath('pid').write_text(str(os.getpid()))",
    )
    with lab(tmp_path, tmp_path / "home") as url:
        notebook = Notebook(browser, url, "one.ipynb").__enter__()
        notebook.run_all(60)
        kernel = int((tmp_path / "pid").read_text())
        assert alive(kernel)
        notebook.context.close()
    assert not alive(kernel)
    with socket.socket() as port, pytest.raises(ConnectionRefusedError):
        port.connect(("127.0.0.1", urllib.parse.urlsplit(url).port))


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


HTML = "from IPython.display import HTML\nHTML({!r})"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (HTML.format("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"), "no alt text"),
        (HTML.format("<img alt='a' src='http://127.0.0.2:9/a.png'>"), "asked for"),
        (HTML.format("<img alt='a' src='images/none.png'>"), "a broken picture"),
        ("import ipywidgets\nipywidgets.IntSlider(description='rows')", "no name"),
    ],
)
def test_a_page_that_is_not_right_is_complained_of(browser, folder, url, source, complaint):
    write(folder / "wrong.ipynb", source)
    with Notebook(browser, url, "wrong.ipynb") as notebook:
        notebook.run_all(60)
        notebook.page.wait_for_timeout(1000)
        assert any(one.startswith(complaint) for one in notebook.complaints()), notebook.complaints()
