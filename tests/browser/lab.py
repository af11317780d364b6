"""A JupyterLab server of a test's own on a free port, and a notebook in it as a person has it before them."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOKEN = "a-token-for-tests"
SETTINGS = {  # all cells are in the page, and nothing is asked for that is not here
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
NUMBERS = itertools.count(
    1
)  # a workspace of its own for each page, where no other page's notebooks open again
ENDED = """() => {
    const prompts = [...document.querySelectorAll('.jp-InputPrompt')].map(one => one.textContent);
    const failed = document.querySelector('[data-mime-type="application/vnd.jupyter.error"]');
    return !prompts.some(one => one.includes('*')) && (failed || /\\d/.test(prompts.findLast(one => one.trim())));
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
    process = _start(folder, url, home, {**os.environ, **(environment or {})})
    try:
        _await_answer(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)  # it shuts its kernels down
        process.wait(60)


def _start(folder: Path, url: str, home: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    own = {"HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    others = {name: value for name, value in environment.items() if not name.startswith("JUPYTER_")}
    options = [f"--ServerApp.port={url.rsplit(':', 1)[1]}", "--ServerApp.port_retries=0", "--no-browser"]
    options += ["--allow-root", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"]
    with (home / "server.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        return subprocess.Popen(command, cwd=folder, env=others | own, stdout=log, stderr=log)


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise ChildProcessError(f"the server ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise TimeoutError("the server did not answer")


class Notebook:
    """An open notebook: its page, and what the browser said and asked for.

    Args:
        browser: Chromium.
        url: of the server.
        path: of the notebook, from the server's folder.
        width: of the window in pixels.
        dark: whether in the dark theme.
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
            self.page.locator(".lm-Menu-item:visible", has_text=re.compile(f"^{name}$")).click()

    def run_all(self, seconds: float) -> None:
        """Run all cells from the menu, and wait until the last has run; the first error would end it."""
        self.menu("Run", "Run All Cells")
        self.page.wait_for_function(ENDED, timeout=1000 * seconds)

    def errors(self) -> list[str]:
        """What cells say that raised: the last line of each."""
        found = self.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
        return found.all_inner_texts()
