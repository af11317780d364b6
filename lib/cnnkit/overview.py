"""How far you are in a notebook: each exercise passed, failing or not begun, with its points."""

import json
import os
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnkit import results
from cnnkit.notebooks import Exercise, clicks_file, exercises, is_stub, read_lesson
from cnnkit.results import Said, digest_of

if TYPE_CHECKING:
    from cnnkit.progress_widget import ProgressWidget

UNKNOWN = (
    "Which notebook is this? Neither Jupyter nor VS Code says so here. Name its file, as in "
    'cnnkit.{}("LESSON.ipynb"): from then on your results are kept too.'
)
CHANGED = {"passed": "changed since it passed", "failing": "changed since it failed"}
WIDTH = 76


@dataclass(frozen=True)
class Row:
    """How an exercise stands.

    Args:
        exercise: its name.
        status: "passed", "failing", "not begun", "not tested", "changed since it passed", "changed since it failed";
            of a question, "answered" or "not answered".
        sentence: what its failing test says first.
        points: those of the visible tests that passed.
        visible: those of all its visible tests.
        hidden: those that hidden tests decide on.
    """

    exercise: str
    status: str
    sentence: str
    points: float
    visible: float
    hidden: float

    @property
    def is_question(self) -> bool:
        """Whether it is a question of a quiz."""
        return self.status.endswith("answered")

    @property
    def is_done(self) -> bool:
        """Whether all that can be seen of it passes."""
        return self.status in ("passed", "answered")


@dataclass(frozen=True)
class Standing:
    """How all exercises of a notebook stand.

    Args:
        notebook: the name of its file.
        rows: its exercises, in order.
        notes: what else is to be said.
    """

    notebook: str
    rows: list[Row]
    notes: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether every visible test passes and every question is answered."""
        return all(row.is_done for row in self.rows)

    @property
    def headline(self) -> str:
        """How many exercises are done."""
        said = []
        for group, done in (("exercise", "pass their visible tests"), ("question", "are answered")):
            rows = [row for row in self.rows if row.is_question == (group == "question")]
            if rows:
                said.append(f"{sum(row.is_done for row in rows)} of {len(rows)} {group}s {done}")
        return f"{self.notebook}: {', '.join(said)}."

    @property
    def footnote(self) -> str:
        """What the points mean."""
        points, visible = sum(row.points for row in self.rows), sum(row.visible for row in self.rows)
        hidden = sum(row.hidden for row in self.rows)
        if not visible + hidden:
            return "This lesson is practice: it has no points."
        if not visible:
            return f"The {hidden:g} points are decided when your notebook is graded."
        return (
            f"Visible tests: {points:g} of {visible:g} points. Hidden tests, run when your notebook is graded, decide "
            f"on the other {hidden:g}."
        )

    def __str__(self) -> str:
        cells = [("exercise", "result", "visible", "hidden"), *map(in_cells, self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        for place, row in reversed(list(enumerate(self.rows, 2))):
            if row.sentence:
                lines[place:place] = textwrap.wrap(
                    row.sentence, WIDTH, initial_indent="    ", subsequent_indent="    "
                )
        return "\n".join([self.headline, "", *lines, "", self.footnote, *self.notes])


def in_cells(row: Row) -> tuple[str, str, str, str]:
    """A row in words: exercise, result, points of visible tests, points of hidden tests."""
    return (
        row.exercise,
        row.status,
        f"{row.points:g} of {row.visible:g}" if row.visible else "-",
        f"{row.hidden:g}",
    )


def progress(notebook: str | os.PathLike[str] | None = None) -> "ProgressWidget | None":
    """How far you are: each exercise of your notebook passed, failing or not begun, with its points.

    It shows what the tests said when they last ran, in this kernel or an earlier one (they are kept in
    `work/LESSON/progress.json`), and says so where the exercise's own cell changed since. A change to another function
    that it calls is not noticed: `cnnkit check` runs everything anew.

    Args:
        notebook: the notebook's file; this notebook where it is left out.

    Returns:
        A widget, whose text says the same; None when the notebook is graded.

    Raises:
        ValueError: the file is not a lesson's notebook.
        FileNotFoundError: there is no such file.
    """
    if results.being_graded():
        return None
    from cnnkit.progress_widget import ProgressWidget  # noqa: PLC0415 - a grader does not pay for it

    if notebook is not None:
        path = Path(notebook).absolute()
        read(path)
        results.call_it(path)
        return ProgressWidget(lambda: _look(path), lambda: path)
    return ProgressWidget(lambda: _look(results.own_notebook()))


def _look(path: Path | None) -> Standing | str:
    """How a notebook stands, or a sentence on why that cannot be said."""
    return UNKNOWN.format("progress") if path is None else read(path)


def read(path: Path) -> Standing:
    """How a notebook stands by the results that are kept.

    Raises:
        ValueError: the file is not a lesson's notebook.
        OSError: it cannot be read.
    """
    lesson, notes = read_lesson(path), []
    try:
        kept = results.kept(path)
    except results.ResultsDamaged as error:
        kept, notes = {}, [f"{error} Run the tests again: the damaged file is then put aside, not deleted."]
    saved = path.stat().st_mtime

    def changed(exercise: Exercise, said: Said) -> bool:
        """Whether the solution's text is another one now, in this session or in what was saved since."""
        here = results.session_source(exercise.name)
        texts = ([here] if here else []) + ([exercise.source] if saved > said.when else [])
        return bool(said.solution) and any(digest_of(text) != said.solution for text in texts)

    clicked = clicks(lesson, path.parent)
    rows = [row_of(exercise, kept, changed, clicked) for exercise in exercises(lesson)]
    return Standing(path.name, rows, tuple(notes))


def clicks(lesson: dict[str, Any], folder: Path) -> Mapping[str, Any]:
    """What was clicked in a quiz: its answers by question."""
    file = clicks_file(lesson)
    try:
        found = json.loads((folder / file).read_text(encoding="utf-8")) if file else {}
    except (FileNotFoundError, ValueError):
        return {}  # as the quiz itself takes it: nothing was clicked
    return found if isinstance(found, dict) else {}


def row_of(
    exercise: Exercise,
    said: Mapping[str, Said],
    changed: Callable[[Exercise, Said], bool] = lambda exercise, said: False,
    clicked: Mapping[str, Any] | None = None,
) -> Row:
    """How an exercise stands.

    Args:
        exercise: its tests and points.
        said: what tests said, by the digest of their text.
        changed: whether its solution is another one than the one that was tested.
        clicked: what was clicked in a quiz.
    """
    if exercise.is_question:
        written = results.is_set(exercise.name) or not is_stub(exercise.source)
        status = "answered" if written or (clicked or {}).get(exercise.name) is not None else "not answered"
        return Row(exercise.name, status, "", 0.0, 0.0, exercise.hidden)
    heard = [(said.get(digest_of(test)), points) for test, points in exercise.tests]
    known = [one for one, _ in heard if one]
    not_passed = [one for one in known if one.status != "passed"]
    row = Row(exercise.name, "not tested", "", 0.0, exercise.visible, exercise.hidden)
    if any(changed(exercise, one) for one in known):
        status = CHANGED.get((not_passed or known)[0].status, row.status)
        return replace(row, status=status)
    if not_passed or (known and len(known) == len(heard)):
        worst = (not_passed or known)[0]
        points = sum(points for one, points in heard if one and one.status == "passed")
        return replace(row, status=worst.status, sentence=worst.sentence, points=points)
    # A model that is trained has no cell of its own.
    text = results.session_source(exercise.name) or exercise.source
    return row if text and not is_stub(text) else replace(row, status="not begun")
