"""The desk in JupyterLab: work is saved, brought back and handed in, by mouse and by keyboard."""

import json
import shutil
import zipfile

import nbformat
import pytest
import student_lesson
from lab import Notebook, lab
from playwright.sync_api import expect
from test_widgets import Hand

from autograder.intake import HandIns
from autograder.source import DESK

pytestmark = pytest.mark.browser

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
SAVE, BACK, HAND_IN = "Save my work as one file", "Bring back my work (0)", "Check and hand in"
WEEKS, CLICKS = ("week1", "week2"), "work/quiz/answers.json"


def week_of(folder):
    """A week as students get it, its lesson half done, with a click in its quiz."""
    for name in ("mistakes/lesson.json", CLICKS):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text('{"tree": "oak"}')
    lesson = student_lesson.lesson(double=student_lesson.RIGHT, more=["import cnnkit\n\ncnnkit.progress()"])
    lesson.cells.insert(1, student_lesson.cell(DESK, "desk"))
    lesson.metadata["kernelspec"] = KERNEL
    nbformat.write(lesson, folder / "lesson.ipynb")


@pytest.fixture
def folder(tmp_path):
    for week in WEEKS:
        week_of(tmp_path / "course" / week)
    return tmp_path / "course"


@pytest.fixture
def server(folder, tmp_path, request):
    """The address of a JupyterLab with the environment that a test asks for."""
    (tmp_path / "home").mkdir()
    with lab(folder, tmp_path / "home", getattr(request, "param", {})) as url:
        yield url


@pytest.fixture
def hand(server, folder, browser):
    with Notebook(browser, server, "week1/lesson.ipynb") as notebook:
        notebook.run_each(60)
        cell = notebook.page.locator(".jp-CodeCell").first
        cell.locator(".jp-OutputArea .jupyter-widgets").first.wait_for()
        yield Hand(notebook, cell, folder)


def push(hand, keyboard, name):
    hand.keys("button", name, "Space") if keyboard else hand.click("button", name)


def brought(hand, keyboard, name, into):
    """What a link brings to the learner's own computer."""
    link = hand.control("link", f"Download {name}")
    link.wait_for(timeout=60_000)
    with hand.page.expect_download() as coming:
        if keyboard:
            hand.tab("link", f"Download {name}")
            hand.page.keyboard.press("Enter")
        else:
            link.click()
    assert coming.value.suggested_filename == name
    coming.value.save_as(into / name)
    return into / name


def members(file):
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return archive.namelist()


@pytest.mark.parametrize("keyboard", [False, True], ids=["mouse", "keyboard"])
def test_work_is_saved_as_one_file_and_comes_back(hand, keyboard, folder, tmp_path, picture):
    push(hand, keyboard, SAVE)
    file = brought(hand, keyboard, "my_work.zip", tmp_path)
    first = ["week1/lesson.ipynb", "week1/work/lesson/progress.json", f"week1/{CLICKS}"]
    assert members(file) == [*first, "week2/lesson.ipynb", f"week2/{CLICKS}", "manifest.json"]
    picture(hand.page, f"desk saved {keyboard}")
    (folder / "week2" / CLICKS).unlink()
    with hand.page.expect_file_chooser() as asking:
        push(hand, keyboard, BACK)
    asking.value.set_files(file)
    expect(hand.cell.get_by_role("status").last).to_contain_text("Brought back: 1 file; 4 were here already.")
    assert json.loads((folder / "week2" / CLICKS).read_text()) == {"tree": "oak"}
    assert hand.notebook.complaints() == []


@pytest.mark.parametrize("keyboard", [False, True], ids=["mouse", "keyboard"])
def test_a_week_is_handed_in_and_the_grader_takes_it(hand, keyboard, folder, tmp_path, picture):
    name = hand.control("textbox", "Your name")
    if keyboard:
        hand.tab("textbox", "Your name")
        hand.page.keyboard.type("Éloïse+1")
    else:
        name.fill("Éloïse+1")
    push(hand, keyboard, HAND_IN)
    file = brought(hand, keyboard, "Éloïse+1.zip", tmp_path)
    picture(hand.page, f"desk handed in {keyboard}")
    rows = hand.cell.locator(".jp-OutputArea table tr").all_inner_texts()
    assert [row.split("\t")[1:] for row in rows[1:]] == [["2 of 3", "not begun: half", "a check just now"]]
    assert members(file) == ["week1/lesson.ipynb", f"week1/{CLICKS}", "week1/manifest.json"]
    submitted = tmp_path / "submitted"
    submitted.mkdir()
    shutil.copy(file, submitted)
    hand_ins = HandIns(submitted, "week1", ["lesson"])
    (student,) = hand_ins.students
    (one,) = hand_ins.read(student)
    assert (one.student, one.events) == ("Éloïse+1", []) and one.notebook is not None
    weights = hand_ins.weights(student, {"lesson": [CLICKS]})["lesson"]
    assert (list(weights.files), weights.events) == ([CLICKS], [])
    assert hand.notebook.complaints() == []


BINDER = {"BINDER_LAUNCH_HOST": "https://binder.example/", "JUPYTERHUB_USER": "amber-x1"}


@pytest.mark.parametrize("server", [BINDER], indirect=True, ids=["binder"])
def test_on_a_binder_it_says_that_nothing_is_kept(hand, picture):
    warning = hand.cell.get_by_text("Nothing is kept here: this computer is taken away when you leave it")
    expect(warning).to_be_visible()
    assert warning.evaluate("one => getComputedStyle(one).fontWeight") >= "600"
    warning.scroll_into_view_if_needed()
    picture(hand.page, "desk on a binder")
    assert hand.notebook.complaints() == []


def test_the_end_of_a_notebook_hands_in_too(hand, tmp_path, picture):
    last = Hand(hand.notebook, hand.page.locator(".jp-CodeCell").last, hand.folder)
    push(last, True, "Check and hand in from here")
    assert members(brought(last, True, "hand_in_week1.zip", tmp_path))[0] == "week1/lesson.ipynb"
    picture(hand.page, "handed in at the end")
    names = hand.page.get_by_role("button").filter(has_text="hand in").all_inner_texts()
    assert sorted(names) == [HAND_IN, "Check and hand in from here"]


@pytest.mark.parametrize(
    ("kind", "name", "saves"), [("button", HAND_IN, True), ("textbox", "Your name", False)]
)
def test_ctrl_s_saves_save_in_a_field_as_the_desk_says(hand, folder, kind, name, saves):
    file = folder / "week1" / "lesson.ipynb"
    expect(hand.cell.get_by_text("saves too, unless the cursor is in a field of this desk.")).to_be_visible()
    hand.notebook.saved(file)
    hand.page.locator(".jp-CodeCell").last.locator(".cm-content").click()
    hand.page.keyboard.type("# one thing more")
    before = file.stat().st_mtime_ns
    hand.control(kind, name).focus()
    hand.page.keyboard.press("Control+s")
    hand.page.wait_for_timeout(2000)
    assert (file.stat().st_mtime_ns > before) == saves
