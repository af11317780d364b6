"""Results of experiments too long for a notebook: recorded once, and read from then on."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnkit.files import write_whole


def recorded(path: str | Path, measure: Callable[[], Any]) -> Any:
    """What a long experiment gave, from the file that comes with the lesson.

    With the environment variable CNNKIT_RECORD set, as `make lessons` has it, the experiment runs anew and the file is
    written.

    Args:
        path: the JSON file, relative to the notebook.
        measure: runs the experiment; gives plain data.

    Raises:
        FileNotFoundError: there is no such file, and CNNKIT_RECORD is not set.
    """
    file = Path(path)
    if os.environ.get("CNNKIT_RECORD", "") not in ("", "0"):
        write_whole(file, json.dumps(measure()).replace("}, ", "},\n ") + "\n")
    elif not file.exists():
        raise FileNotFoundError(
            f"{file} comes with this notebook, and is not there: download it, or set CNNKIT_RECORD to measure anew"
        )
    return json.loads(file.read_text(encoding="utf-8"))
