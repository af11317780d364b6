"""A graded assignment whose lessons or tests have changed: what that means is told, and then done."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from itertools import count
from pathlib import Path

from sqlalchemy import make_url

from autograder.course import Course
from autograder.difference import Difference
from autograder.export import write_whole
from autograder.gradebook import Book, GradebookMismatch, own_gradebook
from autograder.journal import Journal

PAGES = (
    "feedback/*/{lesson}.html",
    "autograded/*/{assignment}/{lesson}.ipynb",
    "source/{assignment}/{lesson}.ipynb",
)


def take_over(
    course: Course, assignment: str, out: Path, db: str | None, agree: Callable[[Difference], bool]
) -> list[Path]:
    """Bring a run's gradebook to what the course's sources hold now; who is affected is for the next run to grade.

    Args:
        course: the course's repository.
        assignment: the assignment.
        out: the folder of the run.
        db: the gradebook's URL; the run's own where it is None.
        agree: told what changes, says whether it may; not asked where nothing changes in what is graded.

    Returns:
        Where what was there before is kept, empty where nothing was changed.

    Raises:
        KeyError: there is no such assignment.
        FolderInUse: a run writes into the folder.
        GradebookMismatch: more has changed since it was told, and nothing was done.
        OSError, SQLAlchemyError, InvalidEntry: something could not be written; the gradebook is as it was.
    """
    masters = {name: course.master(assignment, name) for name in course.lessons(assignment)}
    with Journal(out), Book(db or own_gradebook(out)) as book:
        try:
            book.register_assignment(assignment, masters)
            return []
        except GradebookMismatch as mismatch:
            found = mismatch.difference
        if not agree(found):
            return []
        kept = _keep(found, book.url, out)
        try:
            book.take_over(found, masters)
        except GradebookMismatch:
            for path in kept:
                path.unlink()
            raise
    _remove_pages(found, out)
    return kept


def _keep(found: Difference, url: str, out: Path) -> list[Path]:
    """Write down what is lost and, where the gradebook is a file, the whole of it."""
    number = next(n for n in count(1) if not list(out.glob(f"before_change_{n}.*")))
    lost = out / f"before_change_{number}.json"
    entry = {"what": str(found), "lost": [asdict(loss) for loss in found.lost]}
    write_whole(lost, json.dumps(entry, ensure_ascii=False, indent=1) + "\n")
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        return [lost]
    copy = out / f"before_change_{number}.db"
    with closing(sqlite3.connect(str(made.database))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return [copy, lost]


def _remove_pages(found: Difference, out: Path) -> None:
    """Remove what an earlier run wrote about lessons that are no more."""
    dropped = [step.lesson for step in found.steps if step.how == "dropped" and not step.cell]
    for lesson in dropped:
        for page in PAGES:
            for path in out.glob(page.format(lesson=lesson, assignment=found.assignment)):
                path.unlink()
