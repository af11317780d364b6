"""The instructor's page about a run: the class at a glance, then what was noticed, for whom, with the evidence.

It shows events of whatever kind. Every text in it may come from a submission, so all of it is escaped and cut.
"""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from autograder.export import write_whole
from autograder.pages import template, with_policy
from autograder.records import GRAVEST_FIRST, Result


def write_report(results: Iterable[Result], out: Path) -> Path:
    """Write OUT/report.html: who was graded, what is left to mark by hand, and every event with its evidence.

    Args:
        results: the run's results.
        out: the run's folder; the page links to the feedback pages and notebooks that it holds.
    """
    ordered = sorted(results, key=lambda result: (result.student, result.assignment, result.lesson))
    noticed = [result for result in ordered if result.events]
    page = template("report_page").render(
        results=ordered,
        noticed=sorted(noticed, key=lambda result: min(event.gravity for event in result.events)),
        counts=terminal_lines(ordered),
        kinds=tally(ordered, "severity", "kind"),
        links=lambda result: _links(result, out),
    )
    path = out / "report.html"
    write_whole(path, with_policy(page))
    return path


def terminal_lines(results: Iterable[Result]) -> list[str]:
    """What was noticed, counted: a line a severity, none where nothing was noticed."""
    return [
        f"{severity}: {_counted(events, 'event')} of {_counted(students, 'student')}"
        for (severity,), events, students in tally(results, "severity")
    ]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def tally(results: Iterable[Result], *fields: str) -> list[tuple[tuple[str, ...], int, int]]:
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
