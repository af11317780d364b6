"""What the tests of your notebook said last: kept beside it, so that it outlives the kernel.

`work/LESSON/progress.json` holds it, by a digest of each test's text. Nothing is kept outside a notebook, nor when one
is graded.
"""

import hashlib
import json
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnkit.differences import show_difference
from cnnkit.files import write_whole

NAMES = {"CheckFailed": "failing", "NotBegun": "not begun"}
LONGEST = 400
_called: list[Path] = []  # the notebook, as its reader named it


@dataclass(frozen=True)
class Said:
    """What a test said when it last ran.

    Args:
        status: "passed", "failing" or "not begun".
        sentence: the first of its message, without the exercise's name; empty when it passed.
        when: seconds since 1970.
        solution: a digest of the text that the solution was then run from; empty where that is not known.
    """

    status: str
    sentence: str = ""
    when: float = 0.0
    solution: str = ""


class ResultsDamaged(ValueError):
    """The file of kept results is none."""


def digest_of(source: str) -> str:
    """A digest of a cell's text; space at the ends of lines and of the text does not count.

    >>> digest_of("a = 1 \\n\\n") == digest_of("a = 1")
    True
    """
    text = "\n".join(line.rstrip() for line in source.strip().splitlines())
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:16]


def first_sentence(exercise: str, message: str) -> str:
    """The first line of a check's message, without the name that it begins with."""
    return message.split("\n", 1)[0].removeprefix(f"{exercise}: ")[:LONGEST]


def being_graded() -> bool:
    """Whether this notebook is run by a grader."""
    return os.environ.get("CNNKIT_GRADING", "") not in ("", "0")


def hear(exercise: str, failure: Exception | None) -> None:
    """Keep what the checks of an exercise said, and show where arrays differ; in a notebook only."""
    shell = _shell()
    if shell is None or being_graded():
        return
    found = getattr(failure, "planes", None)
    if found is not None and found.is_picture:
        _after_the_message(shell, lambda: show_difference(found))
    notebook, cell = own_notebook(), shell.get_parent().get("content", {}).get("code")
    if notebook and cell:
        status = NAMES[type(failure).__name__] if failure else "passed"
        sentence = first_sentence(exercise, str(failure)) if status == "failing" else ""
        solution = session_source(exercise)
        keep(notebook, cell, Said(status, sentence, time.time(), solution and digest_of(solution)))


def _shell() -> Any:
    """The shell of the kernel that this is; None where it is none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if hasattr(shell, "kernel") else None


def _after_the_message(shell: Any, show: Callable[[], None]) -> None:
    """Show something below the error of the cell that runs now."""

    def once() -> None:
        shell.events.unregister("post_execute", once)
        show()

    shell.events.register("post_execute", once)


def call_it(notebook: Path) -> None:
    """From now on results are kept for this notebook, if this kernel does not know its notebook from elsewhere."""
    if _shell() is not None:
        _called[:] = [notebook.absolute()]


def own_notebook() -> Path | None:
    """The notebook that this kernel runs: as VS Code, Jupyter or its reader say; None where nobody does."""
    shell = _shell()
    if shell is None:
        return None
    told = (shell.user_ns.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME"), *_called)
    paths = (Path(one) for one in told if one)
    return next((path.absolute() for path in paths if path.suffix == ".ipynb" and path.is_file()), None)


def is_set(name: str) -> bool:
    """Whether a name of this session's notebook stands for something."""
    shell = _shell()
    return shell is not None and shell.user_ns.get(name) is not None


def session_source(name: str) -> str:
    """The text of the last cell of this session that defines a name at its top level; empty where none does."""
    shell = _shell()
    cells = shell.history_manager.input_hist_raw if shell is not None else []
    defines = re.compile(
        rf"^(?:(?:async\s+)?def|class)\s+{re.escape(name)}\b|^{re.escape(name)}\s*(?::[^=\n]+)?=(?!=)", re.M
    )
    return next((cell for cell in reversed(cells) if defines.search(cell)), "")


def file_of(notebook: Path) -> Path:
    """Where the results of a notebook are kept."""
    return notebook.parent / "work" / notebook.stem / "progress.json"


def kept(notebook: Path) -> dict[str, Said]:
    """What each test said last, by the digest of its text.

    Raises:
        ResultsDamaged: the file is there, and is no list of results.
        OSError: it cannot be read.
    """
    file = file_of(notebook)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["tests"]
        return {str(test): _said(one) for test, one in found.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ResultsDamaged(f"{file} is damaged: results cannot be read from it ({error}).") from error


def _said(one: Mapping[str, Any]) -> Said:
    return Said(str(one["status"]), str(one["sentence"]), float(one["when"]), str(one["solution"]))


def keep(notebook: Path, test: str, said: Said) -> None:
    """Keep what a test said; a damaged file is put aside first, and a result that cannot be kept is a warning."""
    file = file_of(notebook)
    try:
        tests = {**_kept_or_aside(notebook), digest_of(test): said}
        text = json.dumps(
            {"tests": {key: asdict(one) for key, one in tests.items()}}, indent=1, sort_keys=True
        )
        write_whole(file, text + "\n")
    except OSError as error:
        warnings.warn(f"This result could not be kept for cnnkit.progress(): {error}.", stacklevel=2)


def _kept_or_aside(notebook: Path) -> dict[str, Said]:
    try:
        return kept(notebook)
    except ResultsDamaged as error:
        file = file_of(notebook)
        names = (file.with_name(f"progress.damaged-{n}.json") for n in range(1, 1000))
        aside = next(name for name in names if not name.exists())
        os.replace(file, aside)
        warnings.warn(f"{error} It is kept as {aside.name}, and a new one begins.", stacklevel=2)
        return {}
