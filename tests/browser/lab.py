"""A JupyterLab server of a test's own on a free port, and a notebook in it as a person has it before them."""

import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

TOKEN = "a-token-for-tests"
SETTINGS = {  # all cells are in the page, and nothing is asked for that is not here
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
NUMBERS = itertools.count(
    1
)  # a workspace of its own for each page, where no other page's notebooks open again
IDLE = "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(one => one.textContent.includes('*'))"
ENDED = """() => {
    const prompts = [...document.querySelectorAll('.jp-InputPrompt')].map(one => one.textContent);
    const failed = document.querySelector('[data-mime-type="application/vnd.jupyter.error"]');
    return !prompts.some(one => one.includes('*')) && (failed || /\\d/.test(prompts.findLast(one => one.trim())));
}"""
# JupyterLab itself writes "Image" where a picture has no alt text.
COMPLAINTS = """() => {
    const all = name => [...document.querySelectorAll(`.jp-NotebookPanel ${name}`)];
    const short = one => one.outerHTML.slice(0, 200);
    const named = one => one.ariaLabel || [...(one.labels || [])].some(label => label.textContent.trim())
        || one.tagName === 'BUTTON' && one.textContent.trim();
    const controls = ['input', 'select', 'button', 'textarea', '[tabindex="0"]', '[contenteditable]']
        .flatMap(name => all(`.jp-OutputArea .jupyter-widgets ${name}, .jp-OutputArea ${name}.jupyter-widgets`));
    return [
        ...all('img').filter(one => ['', 'Image'].includes(one.alt.trim())).map(one => `no alt text: ${short(one)}`),
        ...all('img').filter(one => one.complete && !one.naturalWidth).map(one => `a broken picture: ${short(one)}`),
        ...all('mjx-merror').map(one => `a formula: ${one.textContent}`),
        ...controls.filter(one => one.checkVisibility() && !named(one)).map(one => `no name: ${short(one)}`),
    ];
}"""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def lab(folder: Path, home: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """JupyterLab on a folder, until the end of the block; its kernels and its port end with it.

    Args:
        folder: what it shows.
        home: an empty folder for its settings and its log.
        environment: variables beside those of this process.

    Yields:
        Its address, without a slash at the end.
    """
    for name, values in SETTINGS.items():
        path = home / f".jupyter/lab/user-settings/@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    options = ["--ServerApp.port_retries=0", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}"]
    options += [f"--ServerApp.port={url.rsplit(':', 1)[1]}", f"--IdentityProvider.token={TOKEN}"]
    with _serving(url, ["jupyterlab", *options], folder, home, environment or {}):
        yield url


@contextmanager
def learners_lab(release: Path, work: Path, home: Path, *more: str) -> Iterator[str]:
    """What `cnnkit lab` opens on a learner's folder, until the end of the block.

    Args:
        release: the lessons that it copies.
        work: the learner's folder.
        home: an empty folder for settings and the log.
        more: options of `cnnkit lab`.

    Yields:
        Its address, without a slash at the end.
    """
    url = f"http://127.0.0.1:{free_port()}"
    options = [
        *more,
        "--no-browser",
        "--allow-root",
        "--port",
        url.rsplit(":", 1)[1],
        "--release",
        str(release),
        str(work),
    ]
    command = ["cnnkit", "lab", *options, "--", f"--IdentityProvider.token={TOKEN}"]
    with _serving(url, command, home, home, {}):
        yield url


@contextmanager
def _serving(
    url: str, command: list[str], folder: Path, home: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """A module of Python run in a folder, until the end of the block; it has to answer before that begins."""
    process = _start(command, folder, home, {**os.environ, **environment})
    try:
        _await_answer(url, process)
        yield
    finally:
        process.terminate()  # it shuts its kernels down
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _start(
    command: list[str], folder: Path, home: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    own = {"HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    others = {name: value for name, value in environment.items() if not name.startswith("JUPYTER_")}
    with (home / "server.log").open("w") as log:
        started = [sys.executable, "-m", *command]
        return subprocess.Popen(started, cwd=folder, env=others | own, stdout=log, stderr=log)


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise ChildProcessError(f"the server ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the server did not answer")


def write(file: Path, *cells: str) -> None:
    """Write a notebook of code cells, for the kernel that every course has."""
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel})
    nbformat.write(made, file)


class Notebook:
    """An open notebook: its page, and what the browser said and asked for.

    Args:
        browser: Chromium.
        url: of the server.
        path: of the notebook, from the server's folder.
        width: of the window in pixels.
    """

    def __init__(self, browser: Any, url: str, path: str, width: int = 1280) -> None:
        self.url, self.path = url, path
        self.context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on(
            "console", lambda one: self.said.append(f"{one.type}: {one.text} ({one.location['url']})")
        )
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.route(re.compile(rf"^(?!{re.escape(url)}/|data:|blob:)"), lambda route: route.abort())

    def __enter__(self) -> "Notebook":
        self.page.goto(f"{self.url}/lab/workspaces/{next(NUMBERS)}/tree/{self.path}?token={TOKEN}")
        self.page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=120_000)
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
        for session in self._ask("GET", "sessions"):
            self._ask("DELETE", f"sessions/{session['id']}")

    def _ask(self, method: str, what: str) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/{what}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def menu(self, *names: str) -> None:
        """Choose from the menus, as a person does with the mouse."""
        self.page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{names[0]}$")).click()
        for name in names[1:]:
            self.page.locator(".lm-Menu-itemLabel:visible", has_text=re.compile(f"^{name}$")).click()

    def run_all(self, seconds: float) -> None:
        """Run all cells from the menu, and wait until the last has run; the first error would end it."""
        self.menu("Run", "Run All Cells")
        self.page.wait_for_function(ENDED, timeout=1000 * seconds)

    def run_each(self, seconds: float) -> None:
        """Run one cell after the other with Shift+Enter, as a learner does, whatever they raise."""
        cells = self.page.locator(".jp-Notebook .jp-Cell")
        cells.first.click(position={"x": 5, "y": 5})
        for number in range(cells.count()):
            self.page.keyboard.press("Shift+Enter" if number < cells.count() - 1 else "Control+Enter")
            self.wait_until_idle(seconds)

    def wait_until_idle(self, seconds: float) -> None:
        """Wait until no cell is left to run."""
        self.page.wait_for_function(IDLE, timeout=1000 * seconds)

    def saved(self, file: Path) -> NotebookNode:
        """Save the notebook from the menu, and read the file."""
        before = file.stat().st_mtime_ns
        self.menu("File", "Save Notebook")
        for _ in range(100):
            if file.stat().st_mtime_ns > before:
                break
            self.page.wait_for_timeout(100)
        self.page.wait_for_timeout(300)
        return nbformat.read(file, as_version=4)

    def complaints(self) -> list[str]:
        """What is wrong with the page as it stands, in words."""
        here = (self.url, self.url.replace("http", "ws"), "data:", "blob:")
        found = [one for one in self.said if one.startswith("error:")]
        found += [f"asked for {one}" for one in self.asked if not one.startswith(here)]
        return found + self.page.evaluate(COMPLAINTS)
