"""nbgrader's formgrader in a real browser, on a course folder that the autograder wrote."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.feedback import feedback_page, instructor_notebook
from autograder.gradebook import Book
from autograder.preprocessors import nbgrader_config

sys.path.insert(0, str(Path(__file__).parents[1] / "autograder"))
import graded_lesson as lesson

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

TOKEN = "a-token-for-tests"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EVIL = "<img src=x onerror=\"document.title='taken over'\"><script>document.title='taken over'</script>"


@dataclass
class Server:
    url: str
    build: Path

    @property
    def db(self):
        return f"sqlite:///{self.build / 'gradebook.db'}"


def graded_class(build):
    """One right submission, and one half right whose learner also tries to run scripts in the teacher's browser."""
    with Book(f"sqlite:///{build / 'gradebook.db'}") as book:
        book.register_assignment("week1", {"numbers": lesson.master()})
        for graded in (lesson.half_right("amber"), lesson.result("birch")):
            notebook = lesson.executed(graded)
            evil = new_output("display_data", {"text/html": EVIL, "text/plain": "a table"})
            notebook.cells += [new_markdown_cell(EVIL), new_code_cell("show()", outputs=[evil])]
            book.record(graded, notebook)
            kept = instructor_notebook(notebook, graded, lesson.master())
            for step, one in (("submitted", notebook), ("autograded", kept)):
                folder = build / step / graded.student / "week1"
                folder.mkdir(parents=True)
                nbformat.write(one, folder / "numbers.ipynb")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab server on nbgrader's course folder."""
    root = tmp_path_factory.mktemp("course")
    build = root / "build"
    (build / "source" / "week1").mkdir(parents=True)
    nbformat.write(lesson.master(), build / "source" / "week1" / "numbers.ipynb")
    (build / "nbgrader_config.py").write_text(nbgrader_config(root), encoding="utf-8")
    graded_class(build)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start(build, port)
    try:
        await_answer(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", process)
        yield Server(f"http://127.0.0.1:{port}", build)
    finally:
        process.terminate()
        process.wait(20)


def start(build, port):
    home = build.parent / "home"
    environment = os.environ | {"HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--no-browser", "--allow-root"]
    options += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={build}"]
    with (build.parent / "server.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        return subprocess.Popen(command, cwd=build, env=environment, stdout=log, stderr=log)


def await_answer(url, process):
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}")
        try:
            return urllib.request.urlopen(url, timeout=5)
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not answer")


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no chromium on PATH")
    arguments = ["--no-sandbox", "--disable-background-networking"]
    with playwright.sync_playwright() as runner:
        chromium = runner.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, server):
    """A page with the server's cookie, that reaches the server and nothing else."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.route(re.compile(rf"^(?!{re.escape(server.url)}|data:|file:)"), lambda route: route.abort())
    page.goto(f"{server.url}/formgrader/manage_assignments?token={TOKEN}")
    yield page
    context.close()


def picture(page, name):
    """Keep a screenshot where SCREENSHOTS names a folder."""
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(os.environ["SCREENSHOTS"]) / f"{name}.png", full_page=True)


def open_submission(page, server, student):
    with Book(server.db) as book:
        found = book.gradebook.find_submission_notebook("numbers", "week1", student).id
    page.goto(f"{server.url}/formgrader/submissions/{found}/?index=0")
    page.wait_for_function("() => document.querySelector('#double').placeholder !== ''")


def test_the_assignment_is_there(page):
    row = page.locator("tr", has=page.locator("text=week1"))
    row.first.wait_for()
    assert row.first.locator("td.num-submissions").inner_text().strip() == "2"
    picture(page, "assignments")


def test_marks_and_what_needs_a_person_are_listed(page, server):
    page.goto(f"{server.url}/formgrader/gradebook/week1/numbers")
    half_right, right = (page.locator("tr", has=page.get_by_text(score)) for score in ("4 / 7", "7 / 7"))
    half_right.wait_for()
    right.wait_for()
    picture(page, "submissions")
    assert half_right.locator(".needs-manual-grade .glyphicon-ok").count() == 1
    assert half_right.locator(".tests-failed .glyphicon-ok").count() == 1
    assert right.locator(".glyphicon-ok").count() == 0


def test_a_submission_shows_our_marks_and_messages(page, server):
    open_submission(page, server, "amber")
    boxes = {name: page.locator(f"#{name}") for name in lesson.POINTS}
    shown = {name: box.get_attribute("placeholder") for name, box in boxes.items()}
    picture(page, "submission")
    assert shown == {"double": "1", "double_hidden": "3", "halve": "0", "halve_hidden": None}
    comment = page.locator("#halve_solution-comment")
    assert lesson.MESSAGE.split("\n")[0] in comment.get_attribute("placeholder")
    assert "halving_secret" in page.locator("#notebook").first.inner_text(), (
        "the instructor sees hidden tests"
    )


def test_a_learners_scripts_do_not_run_in_the_teachers_browser(page, server):
    open_submission(page, server, "amber")
    page.wait_for_timeout(500)
    assert page.title() != "taken over"
    assert "onerror" in page.locator("#notebook").first.inner_text(), "they are shown as text"


def test_a_mark_typed_in_survives_a_new_run(page, server):
    open_submission(page, server, "amber")
    box = page.locator("#halve_hidden")
    box.fill("1.5")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        box.press("Tab")
    comment = page.locator("#halve_solution-comment")
    comment.fill("Look at the division again.")
    with page.expect_response(
        lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"
    ):
        comment.press("Tab")
    picture(page, "marked by hand")
    graded = lesson.half_right("amber")
    with Book(server.db) as book:
        book.record(graded, lesson.executed(graded))
        marks = book.marks("amber", "week1", "numbers")
    assert marks.scores["halve_hidden"] == (1.5, 2.0)
    assert marks.comments["halve_solution"] == "Look at the division again."
    open_submission(page, server, "amber")
    assert page.locator("#halve_hidden").input_value() == "1.5"
    page.goto(f"{server.url}/formgrader/gradebook/week1/numbers")
    page.locator("td.score", has_text="5.5 / 7").wait_for()


def test_a_feedback_page_reads_well_on_its_own(browser, tmp_path):
    graded = lesson.half_right()
    notebook = lesson.executed(graded)
    notebook.cells += [new_markdown_cell(EVIL + "\n\n# A heading of mine"), new_code_cell("show()")]
    path = tmp_path / "numbers.html"
    path.write_text(feedback_page(notebook, graded), encoding="utf-8")
    for width in (1200, 400):
        page = browser.new_page(viewport={"width": width, "height": 800})
        asked, said = [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(path.as_uri())
        picture(page, f"feedback {width}")
        assert asked == [path.as_uri()] and said == []
        assert page.title() == "numbers: amber"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            "nothing sticks out"
        )
        colour = page.locator("tr.failed .status").evaluate("node => getComputedStyle(node).color")
        assert colour == "rgb(166, 27, 27)", "the policy lets the page's own style through"
        page.close()
