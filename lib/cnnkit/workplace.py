"""The desk at the top of each notebook: where your work is kept, and how it gets from there."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cnnkit import results

if TYPE_CHECKING:
    from cnnkit.desk_widget import Desk

KEPT = {
    "binder": (
        "Nothing is kept here: this computer is taken away when you leave it for some minutes. Before you go, choose "
        "Save my work as one file, and download it. Next time, bring it back here."
    ),
    "colab": (
        "Colab keeps this notebook alone, in your Google Drive (File > Save a copy in Drive). Everything else, such as "
        "trained weights in the folder work, is gone when you leave: save it as one file."
    ),
    "hub": (
        "Your work is kept in this folder, on the server of those who lent you this computer, as long as they keep it."
    ),
    "here": "Your work is kept on this computer, in the folder of this notebook.",
}


ON_COLAB = (
    "Colab keeps your notebook in your Google Drive, where it cannot be read from here. Choose File > Download > "
    "Download .ipynb, and give that to your teacher, with what the lesson saved in its folder work: Save my work as "
    "one file downloads it."
)


def place(environment: Mapping[str, str]) -> str:
    """Where a notebook runs, by the variables of its process: "binder", "colab", "hub" or "here".

    >>> place({"BINDER_REPO_URL": "", "JUPYTERHUB_USER": "a"}), place({"HOME": "/home/a"})
    ('binder', 'here')
    """
    if any(name.startswith("BINDER_") for name in environment):
        return "binder"
    if "COLAB_RELEASE_TAG" in environment:
        return "colab"
    return "hub" if any(name.startswith("JUPYTERHUB_") for name in environment) else "here"


def desk(notebook: str | os.PathLike[str] | None = None) -> "Desk | None":
    """Your desk: where your work is kept, and buttons to save it as one file, to bring it back, and to hand it in.

    Args:
        notebook: the notebook's file; this notebook where it is left out.

    Returns:
        A widget; None when the notebook is graded.
    """
    if results.being_graded():
        return None
    from cnnkit.desk_widget import Desk  # noqa: PLC0415 - a grader does not pay for it

    path = Path(notebook).absolute() if notebook is not None else None
    if path is not None:
        results.call_it(path)
    return Desk(KEPT[place(os.environ)], place(os.environ) == "binder", path)
