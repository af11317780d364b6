"""How an assignment differs from what the gradebook holds of it, and the gradebook brought to it.

nbgrader refuses to add or drop cells once there are submissions. Here every mark and comment of a cell that stays
is kept, those of a cell that was renamed move with it, and what would be lost is told first.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)

from autograder.cells import grade_id

KINDS = {GradeCell: utils.is_grade, SolutionCell: utils.is_solution, TaskCell: utils.is_task}
NAMED_AT_MOST = 12
How = Literal["added", "dropped", "renamed", "changed"]


@dataclass(frozen=True)
class Loss:
    """A mark or a comment that was given by hand, and is lost with its cell."""

    student: str
    lesson: str
    cell: str
    manual_score: float | None = None
    extra_credit: float | None = None
    manual_comment: str | None = None

    def __str__(self) -> str:
        marks = [f"{self.manual_score:g}"] if self.manual_score is not None else []
        marks += [f"{self.extra_credit:+g}"] if self.extra_credit is not None else []
        return f"{self.student} ({' '.join(marks) or 'a comment'})"


@dataclass(frozen=True)
class Step:
    """One thing that changes.

    Args:
        how: what happens to it.
        lesson: where.
        cell: the name of the cell, empty where it is the whole lesson.
        more: its new name, its points or its kind, in words.
        lost: what is lost with it.
    """

    how: How
    lesson: str
    cell: str = ""
    more: str = ""
    lost: tuple[Loss, ...] = ()

    def __str__(self) -> str:
        what = f"{self.lesson}: the cell {self.cell!r}" if self.cell else f"the lesson {self.lesson!r}"
        did = {"added": "is new", "dropped": "is dropped", "renamed": "is now called", "changed": "now has"}
        names = [str(one) for one in self.lost[:NAMED_AT_MOST]]
        names += [f"{len(self.lost) - NAMED_AT_MOST} more"] if len(self.lost) > NAMED_AT_MOST else []
        losses = f"; lost with it, given by hand: {', '.join(names)}" if names else ""
        return " ".join(filter(None, (what, did[self.how], self.more))) + losses


@dataclass(frozen=True)
class Difference:
    """What has changed in an assignment since it was handed in.

    Args:
        assignment: its name.
        students: how many have a submission in the gradebook.
        steps: what changes in what is graded.
        quiet: which other locked cells come and go.
        renamed: lesson -> the old and the new names of its cells.
    """

    assignment: str
    students: int
    steps: list[Step] = field(default_factory=list)
    quiet: list[Step] = field(default_factory=list)
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def lost(self) -> list[Loss]:
        """All that is lost."""
        return [loss for step in self.steps for loss in step.lost]

    def __str__(self) -> str:
        who = "1 student has" if self.students == 1 else f"{self.students} students have"
        head = f"{self.assignment!r}, of which {who} submissions in the gradebook, has changed:"
        return "\n".join([head, *(f"- {step}" for step in self.steps)])


@dataclass(frozen=True)
class _Cell:
    """What the gradebook holds of a cell: its kinds, none where it is only locked, its points and its text."""

    kinds: frozenset[type[BaseCell]]
    points: float
    source: str

    @property
    def worth(self) -> str:
        if GradeCell not in self.kinds and TaskCell not in self.kinds:
            return "no points"
        return "1 point" if self.points == 1 else f"{self.points:g} points"


def find(gradebook: Gradebook, assignment: str, released: Mapping[str, NotebookNode]) -> Difference:
    """What has changed; nothing while nobody has handed in.

    Args:
        gradebook: it, with the assignment in it.
        assignment: its name.
        released: its lessons as nbgrader's steps before SaveCells leave them, by name.
    """
    held = gradebook.find_assignment(assignment)
    found = Difference(assignment, len(held.submissions))
    notebooks = {notebook.name: notebook for notebook in held.notebooks} if held.submissions else {}
    for name in sorted(notebooks.keys() - released.keys()):
        found.steps.append(Step("dropped", name, lost=_losses(name, notebooks[name]._base_cells)))
    for name in sorted(released.keys() - notebooks.keys()) if held.submissions else ():
        found.steps.append(Step("added", name))
    for name in sorted(released.keys() & notebooks.keys()):
        _compare(found, notebooks[name], _wanted(released[name]))
    return found


def _known(notebook: Notebook) -> dict[str, _Cell]:
    sources = {cell.name: cell.source or "" for cell in notebook.source_cells}
    kinds: dict[str, set[type[BaseCell]]] = {name: set() for name in sources}
    points = dict.fromkeys(sources, 0.0)
    for cell in notebook._base_cells:
        kinds.setdefault(cell.name, set()).add(type(cell))
        points[cell.name] = getattr(cell, "max_score", points.get(cell.name, 0.0))
    return {name: _Cell(frozenset(kinds[name]), points[name], sources.get(name, "")) for name in kinds}


def _wanted(released: NotebookNode) -> dict[str, _Cell]:
    kept = [cell for cell in released.cells if _kinds(cell) or utils.is_locked(cell)]
    return {grade_id(cell) or "": _Cell(_kinds(cell), _points(cell), cell.source) for cell in kept}


def _kinds(cell: NotebookNode) -> frozenset[type[BaseCell]]:
    return frozenset(kind for kind, belongs in KINDS.items() if belongs(cell))


def _compare(found: Difference, notebook: Notebook, wanted: Mapping[str, _Cell]) -> None:
    """Add what has changed in a lesson."""
    known, lesson = _known(notebook), notebook.name
    renamed = found.renamed[lesson] = _renamed(known, wanted)
    for old, cell in sorted(known.items()):
        steps = found.steps if cell.kinds else found.quiet
        new = renamed.get(old, old)
        after = wanted.get(new)
        lost = _losses(lesson, _dropped(notebook, old, after))
        if after is None:
            steps.append(Step("dropped", lesson, old, lost=lost))
        if old != new:
            steps.append(Step("renamed", lesson, old, repr(new)))
        if after and (cell.kinds, cell.points) != (after.kinds, after.points):
            found.steps.append(Step("changed", lesson, new, f"{after.worth}, and had {cell.worth}", lost))
    for name in sorted(wanted.keys() - known.keys() - {*renamed.values()}):
        steps = found.steps if wanted[name].kinds else found.quiet
        steps.append(Step("added", lesson, name, f"({wanted[name].worth})"))


def _dropped(notebook: Notebook, name: str, after: _Cell | None) -> list[BaseCell]:
    kinds = after.kinds if after else frozenset()
    return [cell for cell in notebook._base_cells if cell.name == name and type(cell) not in kinds]


def _renamed(known: Mapping[str, _Cell], wanted: Mapping[str, _Cell]) -> dict[str, str]:
    """The cells of which nothing but the name is another one, and only one can be meant.

    The texts of answers that a person marks are all alike, and say nothing.
    """
    fits = {
        old: [
            new
            for new in wanted.keys() - known.keys()
            if wanted[new].kinds == known[old].kinds != {GradeCell, SolutionCell}
            and wanted[new].source.replace(new, old) == known[old].source.replace(new, old)
        ]
        for old in known.keys() - wanted.keys()
    }
    meant = [new for news in fits.values() for new in news]
    return {old: news[0] for old, news in fits.items() if len(news) == 1 and meant.count(news[0]) == 1}


def _losses(lesson: str, cells: Iterable[BaseCell]) -> tuple[Loss, ...]:
    losses = []
    for cell in cells:
        for grade in cell.grades:
            if (grade.manual_score, grade.extra_credit) != (None, None):
                losses.append(
                    Loss(grade.student.id, lesson, cell.name, grade.manual_score, grade.extra_credit)
                )
        for comment in cell.comments:
            if comment.manual_comment:
                losses.append(
                    Loss(comment.student.id, lesson, cell.name, manual_comment=comment.manual_comment)
                )
    return tuple(sorted(losses, key=lambda loss: (loss.student, loss.cell)))


def apply(gradebook: Gradebook, difference: Difference, released: Mapping[str, NotebookNode]) -> None:
    """Bring the gradebook to what the lessons hold now, in the session's open transaction.

    What is new has no automatic score yet. The texts and points of cells are left to nbgrader's SaveCells.
    """
    held = gradebook.find_assignment(difference.assignment)
    for name in {notebook.name for notebook in held.notebooks} - released.keys():
        gradebook.remove_notebook(name, difference.assignment)
    known = {notebook.name: notebook for notebook in held.notebooks}
    for name in sorted(released):
        notebook = known.get(name) or _new_notebook(gradebook, difference.assignment, name, released[name])
        _drop_cells(gradebook, notebook, difference.renamed.get(name, {}), _wanted(released[name]))
        _add_cells(gradebook, notebook, released[name])
        for submission in held.submissions:
            _fill(gradebook, notebook, submission)


def _new_notebook(gradebook: Gradebook, assignment: str, name: str, released: NotebookNode) -> Notebook:
    kernelspec = json.dumps(released.metadata.get("kernelspec", {}))
    return gradebook.add_notebook(name, assignment, kernelspec=kernelspec)


def _drop_cells(
    gradebook: Gradebook, notebook: Notebook, renamed: Mapping[str, str], wanted: Mapping[str, _Cell]
) -> None:
    for cell in [*notebook._base_cells, *notebook.source_cells]:
        cell.name = renamed.get(cell.name, cell.name)
        stays = cell.name in wanted and (
            not isinstance(cell, BaseCell) or type(cell) in wanted[cell.name].kinds
        )
        if not stays:
            for given in [*getattr(cell, "grades", ()), *getattr(cell, "comments", ())]:
                gradebook.db.delete(given)
            gradebook.db.delete(cell)
    gradebook.db.flush()
    gradebook.db.expire_all()


def _add_cells(gradebook: Gradebook, notebook: Notebook, released: NotebookNode) -> None:
    known = {(type(cell), cell.name) for cell in [*notebook._base_cells, *notebook.source_cells]}
    for cell in released.cells:
        name = grade_id(cell)
        points = {"max_score": _points(cell), "cell_type": cell.cell_type}
        if (_kinds(cell) or utils.is_locked(cell)) and (SourceCell, name) not in known:
            gradebook.db.add(SourceCell(name=name, notebook=notebook, cell_type=cell.cell_type))
        for kind in _kinds(cell):
            if (kind, name) not in known:
                about: dict[str, Any] = {} if kind is SolutionCell else points
                gradebook.db.add(kind(name=name, notebook=notebook, **about))
    gradebook.db.flush()


def _points(cell: NotebookNode) -> float:
    return float(cell.metadata.get("nbgrader", {}).get("points", 0))


def _fill(gradebook: Gradebook, notebook: Notebook, submission: SubmittedAssignment) -> None:
    """Give a submission the grades and comments that nbgrader gives a new one, where it has none yet."""
    theirs = [one for one in submission.notebooks if one.notebook_id == notebook.id]
    submitted = theirs[0] if theirs else SubmittedNotebook(notebook=notebook, assignment=submission)
    graded = {grade.cell_id for grade in submitted.grades}
    commented = {comment.cell_id for comment in submitted.comments}
    for cell in notebook._base_cells:
        if not isinstance(cell, SolutionCell) and cell.id not in graded:
            Grade(cell_id=cell.id, notebook=submitted)
        if not isinstance(cell, GradeCell) and cell.id not in commented:
            Comment(cell_id=cell.id, notebook=submitted)
    gradebook.db.add(submitted)
