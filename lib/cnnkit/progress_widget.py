"""The table of `cnnkit.progress()`: a widget with a button to look again, and the same in words."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets

from cnnkit import results
from cnnkit.desk_widget import Answer, hand_in_button
from cnnkit.overview import Row, Standing, in_cells

SIGNS = {"passed": "✓", "answered": "✓", "failing": "✗", "not begun": "–", "not answered": "–"}
CELL = "padding:3px 12px 3px 0;text-align:left;vertical-align:top;font-weight:normal"
LINE = "border-top:1px solid currentColor"
COLUMNS = ("exercise", "result", "points by visible tests", "points by hidden tests")


class ProgressWidget(ipywidgets.VBox):
    """A table of how the exercises stand, a button that looks again, and one that hands in.

    Args:
        look: gives how they stand now, or a sentence on why that cannot be said.
        notebook: gives the notebook's file, None where that is not known.
    """

    def __init__(
        self,
        look: Callable[[], Standing | str],
        notebook: Callable[[], Path | None] = results.own_notebook,
    ) -> None:
        self._look = look
        self._table = ipywidgets.HTML()
        button = ipywidgets.Button(description="Look again", tooltip="Read the results of the tests again")
        button.on_click(self._clicked)
        answer = Answer()
        hand_in = hand_in_button("Check and hand in from here", answer, notebook)
        super().__init__([self._table, button, hand_in, answer])
        self.look_again()

    def look_again(self) -> None:
        """Show how the exercises stand now."""
        self._show(self._look())

    def _clicked(self, _: ipywidgets.Button) -> None:
        """What a click raises, JupyterLab shows nowhere but in its log."""
        try:
            self.look_again()
        except (OSError, ValueError) as error:
            self._show(f"How far you are cannot be read now: {error}")

    def _show(self, standing: Standing | str) -> None:
        self._standing = standing
        self._table.value = _page(standing)

    def __repr__(self) -> str:
        return str(self._standing)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any] | None:
        bundle: dict[str, Any] | None = super()._repr_mimebundle_(**options)
        return bundle and {**bundle, "text/plain": repr(self)}


def _page(standing: Standing | str) -> str:
    if isinstance(standing, str):
        return f"<p>{html.escape(standing)}</p>"
    head = "".join(f"<th scope='col' style='{CELL};font-weight:bold'>{name}</th>" for name in COLUMNS)
    caption = f"<caption style='caption-side:top;text-align:left'>{html.escape(standing.headline)}</caption>"
    rows = "".join(map(_row, standing.rows))
    below = "".join(f"<p>{html.escape(line)}</p>" for line in (standing.footnote, *standing.notes))
    return f"<table style='border-collapse:collapse;line-height:1.4'>{caption}<tr>{head}</tr>{rows}</table>{below}"


def _row(row: Row) -> str:
    name, status, *points = map(html.escape, in_cells(row))
    why = f"<br><small>{html.escape(row.sentence)}</small>" if row.sentence else ""
    cells = [f"<span aria-hidden='true'>{SIGNS.get(row.status, '?')} </span>{status}{why}", *points]
    inside = "".join(f"<td style='{CELL};max-width:40em'>{cell}</td>" for cell in cells)
    return f"<tr style='{LINE}'><th scope='row' style='{CELL}'><code>{name}</code></th>{inside}</tr>"
