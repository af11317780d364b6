"""The learner's JupyterLab: a folder of one's own with the lessons, our settings, and the page that it opens on."""

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnkit import homepage
from cnnkit.files import write_whole
from cnnkit.updates import update

# Defaults in JupyterLab's own format, without comments: cells have line numbers, since tests name lines; all cells
# stay in the page, or a screen reader and the browser's search would miss those out of view; the internet is not asked.
SETTINGS = Path(__file__).parent / "lab_settings"
CONFIG = "JUPYTER_CONFIG_PATH"
LARGE = ".large_text_settings"
LARGER: dict[str, dict[str, Any]] = {
    "apputils-extension/themes": {
        "overrides": {"code-font-size": "18px", "content-font-size1": "19px", "ui-font-size1": "17px"}
    },
    "terminal-extension/plugin": {"fontSize": 18},
}


class NoLab(RuntimeError):
    """JupyterLab cannot be started."""


def prepare(release: Path | None, work: Path) -> list[str]:
    """Bring a learner's folder up to date, and write how far they are on the page that JupyterLab opens on.

    The page shows what is returned too: a terminal is seldom looked at. Nothing that a learner wrote is lost; a page
    whose text nobody changed is made anew when the course has another.

    Args:
        release: the lessons as they are given out; None where the folder is to stay as it is.
        work: the learner's folder, made where it is not there.

    Returns:
        What the learner should know, a sentence each.

    Raises:
        NoLab: there is no such folder, or one lies in the other.
        OSError: it cannot be written.
    """
    page = work / homepage.PAGE
    if release is not None and not release.is_dir():
        raise NoLab(f"There is no folder {release} with lessons: --release names it.")
    if release is None and not work.is_dir():
        raise NoLab(f"There is no folder {work}: name yours, or the lessons to copy into it with --release.")
    if release is not None and homepage.is_outdated(page, release / homepage.PAGE):
        page.unlink()  # what it shows is nothing that its reader wrote: the update brings it anew
    try:
        said = update(release, work) if release is not None else []
    except ValueError as error:
        raise NoLab(str(error)) from error
    try:
        homepage.show_on(page, said)
    except homepage.NoMap as error:
        said.append(str(error))
    return said


def settings() -> list[Path]:
    """The folders of Jupyter's configuration that have our defaults; a reader's own settings go before them."""
    return [SETTINGS]


def large_text_settings(work: Path, own: Path) -> Path:
    """A reader's settings with larger letters, in a hidden folder of theirs; JupyterLab takes sizes from no defaults.

    Args:
        work: the learner's folder.
        own: the folder of the reader's settings: copied the first time, and never changed.

    Returns:
        The folder, for JupyterLab to keep settings in. Sizes that the reader chose stay.
    """
    folder = work / LARGE
    if not folder.exists() and own.is_dir():
        shutil.copytree(own, folder)
    for plugin, larger in LARGER.items():
        file = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        write_whole(file, json.dumps(_filled_up(_settings_in(file), larger), indent=2) + "\n")
    return folder


def _settings_in(file: Path) -> dict[str, Any]:
    """What JupyterLab keeps in a file, below lines of comment; nothing where it is not there or cannot be read."""
    try:
        text = re.sub(r"^\s*//.*$", "", file.read_text(encoding="utf-8"), flags=re.M)
        return dict(json.loads(text))
    except (OSError, ValueError, TypeError):
        return {}


def _filled_up(own: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Settings with ours where there are none."""
    parts = [name for name in ours if isinstance(ours[name], dict) and isinstance(own.get(name), dict)]
    return {**ours, **own, **{name: _filled_up(own[name], ours[name]) for name in parts}}


def start(work: Path, options: Sequence[str] = (), large_text: bool = False) -> None:
    """Run JupyterLab on a learner's folder, until it is ended.

    Args:
        work: the folder.
        options: of jupyter lab.
        large_text: whether text is larger than usual.

    Raises:
        NoLab: it is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise NoLab('JupyterLab is not installed here: pip install "jupyterlab>=4.2" brings it.')
    from jupyterlab.commands import get_user_settings_dir  # noqa: PLC0415 - only who asks for it needs it
    from jupyterlab.labapp import main  # noqa: PLC0415

    os.environ[CONFIG] = os.pathsep.join(filter(None, [*map(str, settings()), os.environ.get(CONFIG)]))
    given = [f"--ServerApp.root_dir={work.resolve()}", *options]
    if (work / homepage.PAGE).is_file():
        given.insert(0, f"--LabApp.default_url=/lab/tree/{homepage.PAGE}")
    if large_text:
        letters = large_text_settings(work, Path(get_user_settings_dir()))
        given.insert(0, f"--LabApp.user_settings_dir={letters.resolve()}")
    main(given)
