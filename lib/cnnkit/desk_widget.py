"""The widgets of `cnnkit.desk()`, and the button with which a notebook is handed in at its end."""

import html
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets

from cnnkit import packing, results
from cnnkit.handing_in import HandedIn, pack_week
from cnnkit.overview import UNKNOWN
from cnnkit.saving import DRAGGED, BroughtBack, Saved, bring_into, save_from
from cnnkit.workplace import ON_COLAB, place

SAVE_FIRST = (
    "Save your notebook first: menu File, Save Notebook. The buttons take it as last saved, and cannot save it. "
    "Ctrl+S (on a Mac Cmd+S) saves too, unless the cursor is in a field of this desk."
)
NARROW = {"width": "auto", "align_self": "flex-start"}
LABEL = {"description_width": "initial"}
Done = HandedIn | Saved | BroughtBack


class Answer(ipywidgets.Output):
    """What a button did: a page, in which links lead to files beside the notebook, and the same in words (`text`)."""

    text = ""

    def tell(self, done: Done | str) -> None:
        """Show what was done, or a sentence."""
        self.text = str(done)
        page = f"<p role='status'>{html.escape(done)}</p>" if isinstance(done, str) else done._repr_html_()
        data = {"text/html": page, "text/plain": self.text}
        self.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)

    def run(self, act: Callable[[], Done | str]) -> None:
        """Do something and tell of it; what it raises, JupyterLab would show nowhere but in its log."""
        try:
            self.tell(act())
        except (OSError, ValueError) as error:
            self.tell(f"{error}" if isinstance(error, ValueError) else f"That did not work: {error}.")


def button(description: str, tooltip: str, act: Callable[[], None]) -> ipywidgets.Button:
    """A button as wide as its label."""
    made = ipywidgets.Button(description=description, tooltip=tooltip, layout=NARROW)
    made.on_click(lambda _: act())
    return made


def hand_in_button(
    description: str, answer: Answer, notebook: Callable[[], Path | None], name: Callable[[], str] = str
) -> ipywidgets.Button:
    """A button that checks a notebook and packs its week.

    Args:
        description: its label.
        answer: where it tells what it did.
        notebook: gives the notebook's file, None where that is not known.
        name: gives the student's name, empty where none is given.
    """

    def told(cell: int, cells: int) -> None:
        answer.tell(f"Running the saved notebook in a fresh kernel: cell {cell} of {cells}.")

    def act() -> Done | str:
        if place(os.environ) == "colab":
            return ON_COLAB
        path = notebook()
        if path is None:
            return UNKNOWN.format("desk")
        answer.tell("Starting a fresh kernel.")
        return pack_week(path, name(), told=told)

    tooltip = (
        "Run the saved notebook in a fresh kernel, say what is incomplete, and pack the week into one zip"
    )
    return button(description, tooltip, lambda: answer.run(act))


class Desk(ipywidgets.VBox):
    """Where your work is kept, and what takes it from there.

    Args:
        kept: a sentence on where it is kept.
        warns: whether that is a warning.
        notebook: its file; what Jupyter says where it is None.
    """

    def __init__(self, kept: str, warns: bool, notebook: Path | None = None) -> None:
        self._kept, self._notebook = kept, notebook
        self.answer = Answer()
        self.name = ipywidgets.Text(
            value=packing.kept_name(self._folder()), description="Your name", placeholder="such as amber_smith",
            tooltip="Your name: letters, digits and ._@+-, no spaces", style=LABEL, layout={"width": "20em"},
        )  # fmt: skip
        self.upload = ipywidgets.FileUpload(
            accept=".zip", description="Bring back my work", icon="", layout=NARROW,
            tooltip=f"Put the files of a zip that you saved back in their places. One over 9 MB: {DRAGGED}",
        )  # fmt: skip
        self.upload.observe(self._uploaded, "value")
        save = button("Save my work as one file", "All weeks, in one zip to download", self._save)
        hand_in = hand_in_button("Check and hand in", self.answer, self._file, lambda: self.name.value)
        rows = [
            ipywidgets.HBox(row, layout={"flex_flow": "row wrap"})
            for row in ([save, self.upload], [self.name, hand_in])
        ]
        super().__init__([ipywidgets.HTML(_page(kept, warns)), *rows, self.answer])

    def _file(self) -> Path | None:
        return self._notebook or results.own_notebook()

    def _folder(self) -> Path:
        file = self._file()
        return file.parent if file else Path.cwd()

    def _save(self) -> None:
        self.answer.run(lambda: save_from(self._folder()))

    def _uploaded(self, change: Any) -> None:
        for one in change.new:
            self.answer.run(lambda data=bytes(one.content): bring_into(self._folder(), data))  # type: ignore[misc]
        if change.new:
            self.upload.value = ()

    def __repr__(self) -> str:
        return self._kept

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any] | None:
        bundle: dict[str, Any] | None = super()._repr_mimebundle_(**options)
        return bundle and {**bundle, "text/plain": repr(self)}


def _page(kept: str, warns: bool) -> str:
    first = f"<b>{html.escape(kept)}</b>" if warns else html.escape(kept)
    frame = "border:2px solid currentColor;padding:2px 8px" if warns else ""
    return f"<div style='line-height:1.4;{frame}'><p>{first}</p><p>{SAVE_FIRST}</p></div>"
