"""Questions to answer by a click or by an assignment; both are handed in.

A question is three cells: the text with its choices, each named by an id; a cell in which you write your answer; and
one that calls `ask`, where you may click instead. What you click is kept in a small file beside the notebook.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import ipywidgets

from cnnkit.files import write_whole

Answer = str | list[str] | float


class Quiz:
    """The questions of a notebook, and the file of what was clicked.

    Args:
        path: of that file, "work/LESSON/answers.json"; it is handed in with the notebook.
    """

    def __init__(self, path: str) -> None:
        self.file = Path(path)

    def answer_here(self) -> AbstractContextManager[None]:
        """Where an answer is written; as long as none is, nothing happens."""
        return suppress(NotImplementedError)

    def ask(
        self, name: str, choices: Mapping[str, str] | None = None, many: bool = False, unit: str = ""
    ) -> ipywidgets.VBox:
        """A question to click, which sets `name` in your notebook; an answer written above it counts more.

        Args:
            name: what the answer is assigned to.
            choices: {id: what is shown}; None for a question whose answer is a number.
            many: whether several choices may be right; the answer is a list of ids then.
            unit: of a number.

        Raises:
            ValueError: there is only one choice.
        """
        if choices is not None and len(choices) < 2:
            raise ValueError(f"the question {name!r} has {len(choices)} choice: give two or more")
        names = sys._getframe(1).f_globals  # the notebook's own
        written = names.get(name)
        clicked = self._read().get(name)
        if written is None:
            names[name] = clicked
        said = ipywidgets.HTML(_said(name, written, clicked, choices))

        def keep(answer: Answer | None) -> None:
            self._write(name, answer)
            if written is None:
                names[name] = answer
            said.value = _said(name, written, answer, choices)

        start = written if written is not None else clicked
        return ipywidgets.VBox([*_controls(choices, many, unit, start, keep), said])

    def _read(self) -> dict[str, Any]:
        """What was clicked; nothing where the file is none of ours."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write(self, name: str, answer: Answer | None) -> None:
        kept = {**self._read(), name: answer}
        write_whole(self.file, json.dumps(kept, indent=1, sort_keys=True) + "\n")


def _said(
    name: str, written: Answer | None, clicked: Answer | None, choices: Mapping[str, str] | None
) -> str:
    answer = clicked if written is None else written
    if answer is None:
        return "<p>Not answered yet.</p>"
    if choices is None and isinstance(answer, str):
        return f"<p><code>{_code(answer)}</code> is no number: write digits, and a point before decimals.</p>"
    ids = answer if isinstance(answer, list | tuple) else [answer]
    unknown = [one for one in ids if choices is not None and one not in choices]
    if unknown:
        return f"<p>No choice is called <code>{_code(unknown[0])}</code>: they are {', '.join(choices or ())}.</p>"
    shown = f"<code>{name} = {_code(answer)}</code>"
    if written is not None:
        return f"<p>Your answer is written above: {shown}. That is what counts.</p>"
    return f"<p>Your answer: {shown}. It is kept, and handed in.</p>"


def _code(answer: object) -> str:
    return repr(answer).replace("&", "&amp;").replace("<", "&lt;")[:200]


def _controls(
    choices: Mapping[str, str] | None,
    many: bool,
    unit: str,
    start: Any,
    keep: Callable[[Answer | None], None],
) -> Sequence[ipywidgets.Widget]:
    if choices is None:
        return _number(unit, start, keep)
    if not many:
        return _one(choices, start, keep)
    return _several(choices, start, keep)


def _number(unit: str, start: Any, keep: Callable[[Answer | None], None]) -> Sequence[ipywidgets.Widget]:
    """A field of text: one for numbers cannot be empty, so that a 0 in it would be nobody's answer."""
    field = ipywidgets.Text(
        value=str(start) if type(start) in (int, float, str) else "",
        description="Your answer",
        placeholder="a number",
        tooltip="A number",
        continuous_update=False,
        style={"description_width": "initial"},
    )
    field.observe(lambda change: keep(_number_in(change.new)), "value")
    return [ipywidgets.HBox([field, ipywidgets.Label(unit)])]


def _number_in(text: str) -> Answer | None:
    """The number that was typed; the text where it is none, and None where there is none."""
    for kind in (int, float):
        try:
            number: float = kind(text)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return text.strip() or None


def _one(
    choices: Mapping[str, str], start: Any, keep: Callable[[Answer | None], None]
) -> Sequence[ipywidgets.Widget]:
    """A group for each choice, so that Tab reaches it: in a group, arrow keys choose, and JupyterLab keeps those."""
    layout = {"width": "auto", "margin": "0"}
    options = [(f"{key}: {text}", key) for key, text in choices.items()]
    buttons = [
        ipywidgets.RadioButtons(options=[option], value=start if start == option[1] else None, layout=layout)
        for option in options
    ]

    def choose(change: Any) -> None:
        if change.new is not None:
            for other in buttons:
                other.value = change.new if other is change.owner else None
            keep(change.new)

    for button in buttons:
        button.observe(choose, "value")
    return buttons


def _several(
    choices: Mapping[str, str], start: Any, keep: Callable[[Answer | None], None]
) -> Sequence[ipywidgets.Widget]:
    given = start if isinstance(start, list | tuple | set) else ()
    boxes = {
        key: ipywidgets.Checkbox(
            value=key in given, description=f"{key}: {text}", indent=False, layout={"width": "auto"}
        )
        for key, text in choices.items()
    }
    for box in boxes.values():
        box.observe(lambda _: keep([key for key, one in boxes.items() if one.value]), "value")
    return list(boxes.values())
