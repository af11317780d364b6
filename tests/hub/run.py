"""The course on a JupyterHub with real users, set up as docs/jupyterhub.md says: opened, worked on, handed in, graded.

It is no part of make test. It needs root (the users are Linux users, made here and removed again), Chromium, and two
environments that everyone may read: HUB has jupyterhub, USERS has what docs/jupyterhub.md installs for students,
nbgrader and jupyterhub. All listens on 127.0.0.1 alone, and ends with the script.

    python tests/hub/run.py --hub HUB --users USERS --proxy FOLDER/configurable-http-proxy [--pictures FOLDER]
"""

import argparse
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from lab import free_port

from autograder import publish
from autograder.course import Course
from autograder.results import Results

ALICE, BOB, TEACHER = NAMES = ("hubtest-alice", "hubtest-bob", "hubtest-teacher")
WEEK, LESSON, PASSED = "week1_foundations", "edges_and_filters", {"output_size", "output_size_hidden"}
ANSWER = """def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError("the filter does not fit")
    return (n + 2 * p - f) // s + 1"""
HUB = """
c.JupyterHub.bind_url = "{url}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{own}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = ["{proxy}"]
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = "{password}"
c.Authenticator.allowed_users = set({names})
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.http_timeout = 120
c.Spawner.cmd = ["{root}/course/binder/start", "jupyterhub-singleuser"]
c.Spawner.environment = {{"COURSE_WORK": "work", **{variables}}}
"""
NBGRADER = """
import os
c = get_config()
c.CourseDirectory.course_id = "convnets"
c.CourseDirectory.release_directory = "{root}/course/lessons"
c.Exchange.root = "{root}/exchange"
c.Exchange.assignment_dir = os.path.expanduser("~/work")
"""


def main() -> None:
    """Run it all; what is not as it should be raises."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("hub", "users", "proxy"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory() as temporary, users():
        root = Path(temporary)
        root.chmod(0o755)
        variables = install(root, given.users)
        with hub(root, given, variables) as (url, password), sync_playwright() as runner:
            arguments = ["--no-sandbox", "--disable-background-networking"]
            browser = runner.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
            story(root, variables, Visits(browser, url, password, given.pictures))
            browser.close()


def story(root: Path, variables: dict[str, str], visits: "Visits") -> None:
    """What two students and their teacher do."""
    run_as(TEACHER, f"nbgrader release_assignment {WEEK}", variables)
    for student, other in ((ALICE, BOB), (BOB, ALICE)):
        page = visits.log_in(student)
        do_an_exercise(page)
        assert page.request.get(f"{visits.url}/user/{other}/api/contents").status in (403, 404)
        run_as(student, f"! ls /home/{other}", variables)
        if student == ALICE:
            run_as(ALICE, f"nbgrader submit {WEEK}", variables)
        else:
            hand_in(page, BOB, root)
            visits.picture(page, f"{BOB} handed in")
    run_as(BOB, f"! ls {root}/exchange/convnets/inbound", variables)
    run_as(TEACHER, f"nbgrader collect {WEEK}", variables)
    submitted = Path("/home", TEACHER, "submitted")
    shutil.move(root / f"{BOB}.zip", submitted)
    grade(submitted, root / "graded")


# The server, as docs/jupyterhub.md sets it up


@contextmanager
def users() -> Iterator[None]:
    """Linux users whose homes are their own, until the end of the block."""
    try:
        for name in NAMES:
            subprocess.run(["useradd", "--create-home", name], check=True)
            Path("/home", name).chmod(0o700)
        yield
    finally:
        for name in NAMES:
            subprocess.run(["userdel", "--remove", name], capture_output=True, check=False)


def install(root: Path, environment: Path) -> dict[str, str]:
    """Put the students' repository, cnnkit and the exchange in their places; the variables of users' processes."""
    publish.write(Course.find(), root / "course", None)
    pip = [environment / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall"]
    subprocess.run([*pip, root / "course/lib"], check=True)
    (root / "exchange").mkdir()
    (root / "exchange").chmod(0o777)
    (root / "settings").mkdir()
    (root / "settings/nbgrader_config.py").write_text(NBGRADER.format(root=root), encoding="utf-8")
    python = (environment / "bin/python").resolve().parents[1]
    return {
        "PATH": f"{environment}/bin:/usr/bin:/bin",
        "LD_LIBRARY_PATH": f"{python}/lib",  # where a Python that was moved looks for its own library
        "JUPYTER_CONFIG_PATH": f"{root}/settings",
    }


@contextmanager
def hub(root: Path, given: argparse.Namespace, variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    """A JupyterHub until the end of the block: its address and everyone's password."""
    url, password = f"http://127.0.0.1:{free_port()}", secrets.token_urlsafe(24)
    text = HUB.format(
        url=url, own=free_port(), api=free_port(), proxy=given.proxy, password=password, names=NAMES, root=root,
        variables=variables,
    )  # fmt: skip
    (root / "hub").mkdir(mode=0o700)
    (root / "hub/jupyterhub_config.py").write_text(text, encoding="utf-8")
    with (root / "hub/log").open("w") as log:
        process = subprocess.Popen([given.hub / "bin/jupyterhub"], cwd=root / "hub", stdout=log, stderr=log)
    try:
        await_answer(f"{url}/hub/api/", process)
        yield url, password
    except BaseException:
        print((root / "hub/log").read_text(encoding="utf-8")[-8000:])
        raise
    finally:
        process.terminate()  # users' servers and the proxy end with it
        process.wait(60)


def await_answer(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until somebody answers."""
    for _ in range(120):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, "the hub ended"
            time.sleep(0.5)
    raise TimeoutError(url)


def run_as(name: str, command: str, variables: dict[str, str]) -> None:
    """Run a line of bash as a user, in their home."""
    environment = {**variables, "HOME": f"/home/{name}", "USER": name}
    bash = ["bash", "-c", command]
    done = subprocess.run(
        bash, cwd=f"/home/{name}", env=environment, user=name, group=name, extra_groups=[], capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{name}: {command}\n{done.stdout}{done.stderr}"


# What people do


class Visits:
    """A browser for each person.

    Args:
        browser: Chromium.
        url: of the hub.
        password: everyone's.
        pictures: where screenshots go; None for nowhere.
    """

    def __init__(self, browser: Any, url: str, password: str, pictures: Path | None) -> None:
        self.browser, self.url, self.password, self.pictures = browser, url, password, pictures

    def log_in(self, name: str) -> Page:
        """Follow the students' link, and log in where it asks."""
        began = time.monotonic()
        page: Page = self.browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{self.url}/hub/user-redirect/lab/tree/work/start_here.ipynb")
        page.fill("#username_input", name)
        page.fill("#password_input", self.password)
        page.click("#login_submit")
        page.wait_for_url("**/lab/tree/work/start_here.ipynb*", timeout=240_000)
        expect(page.locator(".jp-OutputArea-output table")).to_contain_text("1.1 Edges and filters")
        idle(page)
        print(f"{name} has the course after {time.monotonic() - began:.0f} s", flush=True)
        self.picture(page, f"{name} begins")
        return page

    def picture(self, page: Page, name: str) -> None:
        """Keep a screenshot."""
        if self.pictures:
            page.screenshot(path=self.pictures / f"{name.replace(' ', '_')}.png")


def do_an_exercise(page: Page) -> None:
    """Open the first lesson from the first page, write a function, run its test, save."""
    page.locator(".jp-OutputArea-output table a", has_text="1.1 Edges").click()
    expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h1").first).to_contain_text("1.1")
    idle(page)
    written = cell_with(page, "def output_size(")
    written.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(ANSWER)
    run(page, written)
    tested = cell_with(page, 'with Check("output_size")')
    run(page, tested)
    expect(tested.locator(".jp-OutputArea-output")).to_contain_text("output_size: passed")
    page.locator(".lm-MenuBar-item", has_text="File").click()
    page.locator(".lm-Menu-itemLabel:visible", has_text="Save Notebook").first.click()
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty", has_text=LESSON)).to_have_count(0)


def hand_in(page: Page, student: str, into: Path) -> None:
    """Check and hand in at the desk, and give the teacher the zip."""
    desk = cell_with(page, "cnnkit.desk()")
    run(page, desk)
    expect(desk).to_contain_text("on the server of those who lent you this computer")
    desk.get_by_role("textbox", name="Your name").fill(student)
    desk.get_by_role("button", name="Check and hand in", exact=True).click()
    link = desk.get_by_role("link", name=f"Download {student}.zip")
    expect(link).to_be_visible(timeout=180_000)
    link.scroll_into_view_if_needed()
    with page.expect_download() as coming:
        link.click()
    coming.value.save_as(into / f"{student}.zip")


def idle(page: Page) -> None:
    """Wait until the notebook in front has a kernel that waits."""
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=120_000)


def cell_with(page: Page, text: str) -> Any:
    """The first cell of code with a text, of the notebook in front."""
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", has_text=text).first


def run(page: Page, cell: Any) -> None:
    """Run a cell, and wait for its number."""
    cell.locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_contain_text("[")
    expect(cell.locator(".jp-InputPrompt")).not_to_have_text("[ ]:")
    expect(cell.locator(".jp-InputPrompt")).not_to_have_text("[*]:", timeout=120_000)


def grade(submitted: Path, out: Path) -> None:
    """Grade what was collected: each student has the points of the one exercise that they did."""
    command = ["autograder", "grade", WEEK, "--submitted", submitted, "--out", out, "--workers", "2"]
    done = subprocess.run([sys.executable, "-m", *command], cwd=Course.find().root, check=False)
    assert done.returncode == 0
    found = {one.student: one for one in list(Results(out / "results.json")) if one.lesson == LESSON}
    assert set(found) == {ALICE, BOB}
    for one in found.values():
        assert {test.name for test in one.tests if test.status == "passed"} == PASSED
        noticed = [event.kind for event in one.events]
        print(f"{one.student} has {one.score:g} of {one.max_score:g} points; noticed: {noticed}")


if __name__ == "__main__":
    expect.set_options(timeout=60_000)
    main()
