"""A student opens the lab, does an exercise and hands in; the teacher grades it: in a browser, by the real commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from axe import violations
from lab import TOKEN, Notebook, lab, learners_lab
from playwright.sync_api import expect

from autograder.course import Course
from autograder.results import Results
from cnnkit import homepage

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

expect.set_options(timeout=60_000)
COURSE = Course.find()
WEEK, LESSON = "week1_foundations", "edges_and_filters"
ANSWER = """def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError("the filter does not fit")
    return (n + 2 * p - f) // s + 1"""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("student") / "work"


@pytest.fixture(scope="module")
def desk(browser, work, tmp_path_factory):
    """JupyterLab as `cnnkit lab` opens it."""
    with learners_lab(COURSE.release, work, tmp_path_factory.mktemp("home")) as url:
        notebook = Notebook(browser, url, homepage.PAGE)
        notebook.page.goto(f"{url}/?token={TOKEN}")
        idle(notebook)
        yield notebook
        notebook.__exit__()


def idle(notebook):
    notebook.page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=120_000)


def cell_with(page, text):
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", has_text=text).first


def run(notebook, cell, seconds=120):
    """Run a cell with Shift+Enter, by its number."""
    cell.locator(".jp-InputPrompt").click()
    notebook.page.keyboard.press("Control+Enter")
    notebook.wait_until_idle(seconds)


def test_1_the_lab_opens_on_the_course_with_nothing_in_the_way(desk, picture):
    page = desk.page
    assert page.url.endswith(f"/lab/tree/{homepage.PAGE}")
    shown = page.locator(".jp-OutputArea-output table")
    expect(shown).to_contain_text("1.1 Edges and filters")
    page.wait_for_timeout(3000)
    picture(page, "story 1 start")
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0, "no news, no questions"
    assert page.locator(".lm-MenuBar-item", has_text="Nbgrader").count() == 0
    expect(cell_with(page, "cnnkit.home()").locator(".cm-lineNumbers")).to_be_visible()
    assert violations(page) == [] and violations(page, ".jp-MarkdownOutput") == []


def test_2_a_click_opens_a_lesson(desk, picture):
    desk.page.locator(".jp-OutputArea-output table a", has_text="1.1 Edges").click()
    try:
        expect(desk.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h1").first).to_contain_text("1.1")
        idle(desk)
    finally:
        picture(desk.page, "story 2 lesson")


def test_3_what_is_written_is_run_and_passes(desk, picture):
    page = desk.page
    written = cell_with(page, "def output_size(")
    written.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(ANSWER)
    run(desk, written)
    tested = cell_with(page, 'with Check("output_size")')
    run(desk, tested)
    expect(tested.locator(".jp-OutputArea-output")).to_contain_text("output_size: passed")
    picture(page, "story 3 passed")


def test_4_a_widget_moves(desk, picture):
    widget = cell_with(desk.page, "widgets.size_explorer(n=6")
    widget.locator(".jp-InputPrompt").click()
    desk.menu("Run", "Run All Above Selected Cell")
    run(desk, widget)
    field = widget.get_by_role("spinbutton", name="image n", exact=True)
    expect(field).to_be_visible()
    before = widget.locator(".jp-OutputArea p").first.inner_text()
    field.focus()
    desk.page.keyboard.press("ArrowUp")
    expect(widget.locator(".jp-OutputArea p").first).not_to_have_text(before)
    picture(desk.page, "story 4 widget")


def test_5_the_first_page_says_how_far_one_is(desk, work, picture):
    page = desk.page
    desk.menu("File", "Save Notebook")
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty", has_text=LESSON)).to_have_count(0)
    page.locator(".lm-TabBar-tabLabel", has_text=homepage.PAGE).click()
    run(desk, cell_with(page, "cnnkit.home()"))
    shown = cell_with(page, "cnnkit.home()").locator(".jp-OutputArea-output")
    expect(shown).to_contain_text("Go on with 1.1 Edges and filters: 1 of 6 exercises pass.")
    row = shown.locator("tr", has_text="1.1 Edges and filters")
    expect(row).to_contain_text("begun")
    page.wait_for_timeout(500)
    picture(page, "story 5 progress")
    assert desk.complaints() == [] and violations(page) == []
    assert ANSWER.splitlines()[-1].strip() in (work / WEEK / f"{LESSON}.ipynb").read_text()


@pytest.fixture(scope="module")
def submitted(tmp_path_factory):
    """Where the teacher collects what students hand in."""
    return tmp_path_factory.mktemp("submitted")


def test_6_the_desk_hands_it_in(desk, submitted, picture):
    page = desk.page
    page.locator(".lm-TabBar-tabLabel", has_text=LESSON).click()
    at = cell_with(page, "cnnkit.desk()")
    run(desk, at)
    at.get_by_role("textbox", name="Your name").fill("amber")
    at.get_by_role("button", name="Check and hand in", exact=True).click()
    link = at.get_by_role("link", name="Download amber.zip")
    expect(link).to_be_visible(timeout=180_000)
    expect(at.locator(".jp-OutputArea table").first).to_contain_text("1 of 6")
    link.scroll_into_view_if_needed()
    picture(page, "story 6 handed in")
    assert violations(page) == []
    with page.expect_download() as coming:
        link.click()
    coming.value.save_as(submitted / "amber.zip")


@pytest.fixture(scope="module")
def graded(submitted, tmp_path_factory):
    """What the teacher gets from `autograder grade`, on the zip that the student handed in."""
    out = tmp_path_factory.mktemp("graded")
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        WEEK,
        "--submitted",
        str(submitted),
        "--out",
        str(out),
    ]
    done = subprocess.run(command, cwd=COURSE.root, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_7_the_teacher_finds_the_points(graded):
    (result,) = [one for one in Results(graded / "results.json") if one.lesson == LESSON]
    passed = {test.name for test in result.tests if test.status == "passed"}
    assert passed == {"output_size", "output_size_hidden"}


@pytest.mark.parametrize("name", ["class.html", "report.html", f"feedback/amber/{LESSON}.html"])
def test_8_the_pages_read_well(browser, graded, picture, name):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((graded / name).as_uri())
    picture(page, f"story 8 {Path(name).stem}")
    assert page.locator("h1").first.is_visible()
    assert violations(page, "body") == []
    page.close()


def test_9_formgrader_has_the_student(browser, graded, tmp_path_factory, picture):
    with lab(graded, tmp_path_factory.mktemp("home")) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.route(re.compile(rf"^(?!{re.escape(url)}|data:)"), lambda route: route.abort())
        page.goto(f"{url}/formgrader/manage_assignments?token={TOKEN}")
        page.goto(f"{url}/formgrader/manage_submissions/{WEEK}")
        expect(page.locator("td.student-id", has_text="amber")).to_be_visible()
        picture(page, "story 9 formgrader")
        page.close()


SIZE = "one => parseFloat(getComputedStyle(one).fontSize)"


def test_large_text_is_large(browser, tmp_path, picture):
    (tmp_path / "home").mkdir()
    with (
        learners_lab(COURSE.release, tmp_path / "work", tmp_path / "home", "--large-text") as url,
        Notebook(browser, url, homepage.PAGE) as notebook,
    ):
        expect(notebook.page.locator(".jp-OutputArea-output table")).to_be_visible()
        picture(notebook.page, "large text")
        for part, least in (
            (".jp-CodeCell .cm-content", 18),
            (".jp-MarkdownOutput p", 19),
            (".lm-MenuBar", 16),
        ):
            assert notebook.page.locator(part).first.evaluate(SIZE) >= least, part
