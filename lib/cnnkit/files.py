"""Files that are written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(file: Path, content: str | bytes) -> None:
    """Write a file at once: a write that is cut off leaves what was there before.

    Args:
        file: its folder is made where it is not there.
        content: bytes, or text, which becomes UTF-8; half of a character becomes what JSON writes for it (`\\ud83d`).

    Raises:
        OSError: it cannot be written.
    """
    data = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")  # another kernel may write at the same time
    try:
        part.write_bytes(data)
        os.replace(part, file)
    except OSError:
        with suppress(OSError):  # a full disk needs its room
            part.unlink(missing_ok=True)
        raise
