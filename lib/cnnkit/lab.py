"""The learner's JupyterLab: a folder of one's own with the lessons, our settings, and the page that it opens on."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from cnnkit import homepage
from cnnkit.updates import update

# Defaults in JupyterLab's own format, without comments: cells have line numbers, since tests name lines; all cells
# stay in the page, or a screen reader and the browser's search would miss those out of view; the internet is not asked.
SETTINGS = Path(__file__).parent / "lab_settings"
CONFIG = "JUPYTER_CONFIG_PATH"


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


def settings(large_text: bool = False) -> list[Path]:
    """The folders of Jupyter's configuration that have our defaults; a reader's own settings go before them."""
    return [SETTINGS / name for name in ["large_text"] * large_text + ["usual"]]


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
    from jupyterlab.labapp import main  # noqa: PLC0415 - only who asks for it needs it

    before = os.environ.get(CONFIG)
    os.environ[CONFIG] = os.pathsep.join([*map(str, settings(large_text)), *([before] if before else [])])
    given = [f"--ServerApp.root_dir={work.resolve()}", *options]
    if (work / homepage.PAGE).is_file():
        given.insert(0, f"--LabApp.default_url=/lab/tree/{homepage.PAGE}")
    main(given)
