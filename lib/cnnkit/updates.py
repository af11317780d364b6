"""A learner's folder, brought to a release."""

import shutil
from pathlib import Path


def update(release: Path, work: Path) -> list[str]:
    """Copy what is not there yet; nothing is overwritten.

    Args:
        release: the lessons.
        work: the learner's folder.

    Returns:
        What the learner should know, a sentence each.
    """

    def copy(source: str, target: str) -> str:
        return target if Path(target).exists() else str(shutil.copy2(source, target))

    shutil.copytree(release, work, dirs_exist_ok=True, copy_function=copy)
    return []
