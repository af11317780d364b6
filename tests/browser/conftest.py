"""A headless Chromium, pages that reach nothing beyond what a test allows, and a small course to grade."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "autograder"))

from small_lesson import small_course

from autograder.course import Course

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, as the machine has it."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on PATH")
    arguments = ["--no-sandbox", "--disable-background-networking"]
    with playwright.sync_playwright() as runner:
        chromium = runner.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def picture() -> Callable[[Any, str], None]:
    """Keep a screenshot where SCREENSHOTS names a folder."""

    def keep(page: Any, name: str) -> None:
        if os.environ.get("SCREENSHOTS"):
            path = Path(os.environ["SCREENSHOTS"]) / f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.png"
            high = page.evaluate("document.documentElement.scrollHeight")
            page.screenshot(path=path, full_page=high < 16_000)

    return keep


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of one lesson of two functions."""
    return small_course(tmp_path_factory.mktemp("the course"))
