"""The instructor's page about a run: the class at a glance, then what was noticed, for whom, with the evidence.

It shows events of whatever kind. Every text in it may come from a submission, so all of it is escaped and cut.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from autograder.export import write_whole
from autograder.pages import template, with_policy
from autograder.records import GRAVEST_FIRST, Event, Result


@dataclass(frozen=True)
class Noticed:
    """What the page says of one student's lesson: all but its tests, of which a large class has many.

    Args:
        student: whose it is.
        lesson: its name.
        score: the points earned.
        max_score: the points that could be earned.
        events: what was noticed.
        links: (words, address) of its page and its notebook.
    """

    student: str
    lesson: str
    score: float
    max_score: float
    events: list[Event]
    links: list[tuple[str, str]]

    @property
    def gravity(self) -> int:
        """That of its gravest event."""
        return min(event.gravity for event in self.events)


def write_report(results: Iterable[Result], out: Path) -> Path:
    """Write OUT/report.html: who was graded, what is left to mark by hand, and every event with its evidence.

    Args:
        results: the run's results, by student and lesson; gone through once.
        out: the run's folder; the page links to the feedback pages and notebooks that it holds.
    """
    students: set[str] = set()
    assignments: set[str] = set()
    notebooks, walled = 0, True
    noticed: list[Noticed] = []
    waiting: list[tuple[str, str, int]] = []
    for result in results:
        students.add(result.student)
        assignments.add(result.assignment)
        notebooks, walled = notebooks + 1, walled and result.sandbox == "bwrap"
        if result.waiting:
            waiting.append((result.student, result.lesson, result.waiting))
        if result.events:
            about = (result.student, result.lesson, result.score, result.max_score, result.events)
            noticed.append(Noticed(*about, _links(result, out)))
    page = template("report_page").render(
        students=len(students), notebooks=notebooks, walled=walled, waiting=waiting,
        assignments=sorted(assignments), noticed=sorted(noticed, key=lambda one: one.gravity),
        counts=terminal_lines(noticed), kinds=tally(noticed, "severity", "kind"),
    )  # fmt: skip
    path = out / "report.html"
    write_whole(path, with_policy(page))
    return path


def terminal_lines(results: Iterable[Result | Noticed]) -> list[str]:
    """What was noticed, counted: a line a severity, none where nothing was noticed."""
    return [
        f"{severity}: {_counted(events, 'event')} of {_counted(students, 'student')}"
        for (severity,), events, students in tally(results, "severity")
    ]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def tally(results: Iterable[Result | Noticed], *fields: str) -> list[tuple[tuple[str, ...], int, int]]:
    """For each value of these fields of an event, severity first: how many events, of how many students."""
    found: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        for event in result.events:
            found.setdefault(tuple(getattr(event, name) for name in fields), []).append(result.student)
    ordered = sorted(found.items(), key=lambda item: (GRAVEST_FIRST.index(item[0][0]), item[0]))
    return [(values, len(students), len(set(students))) for values, students in ordered]


def _links(result: Result, out: Path) -> list[tuple[str, str]]:
    pages = {
        "feedback page": f"feedback/{result.student}/{result.lesson}.html",
        "executed notebook": f"autograded/{result.student}/{result.assignment}/{result.lesson}.ipynb",
    }
    return [(words, quote(page)) for words, page in pages.items() if (out / page).is_file()]
