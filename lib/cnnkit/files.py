"""Files that are written whole or not at all."""

import os
from pathlib import Path


def write_whole(file: Path, content: str | bytes) -> None:
    """Write a file at once: a write that is cut off leaves what was there before.

    Args:
        file: its folder is made where it is not there.
        content: bytes, or text, which becomes UTF-8.

    Raises:
        OSError: it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")  # another kernel may write at the same time
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(part, file)
