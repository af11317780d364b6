"""The instructor's page about a run: the class at a glance, then what was noticed, for whom, with the evidence.

It shows events of whatever kind. Every text in it may come from a submission, so all of it is escaped and cut.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from autograder.evidence import visible
from autograder.export import write_whole
from autograder.pages import FOLDER, with_policy
from autograder.records import Event, Result

SEVERITIES = ("tamper", "warning", "info")
LONGEST_SENTENCE, LONGEST_LINE, MOST_LINES = 600, 200, 45


def write_report(results: Iterable[Result], out: Path) -> Path:
    """Write OUT/report.html: who was graded, what is left to mark by hand, and every event with its evidence.

    Args:
        results: the run's results.
        out: the run's folder; the page links to the feedback pages and notebooks that it holds.
    """
    path = out / "report.html"
    write_whole(path, with_policy(_template().render(_view(list(results), out))))
    return path


def terminal_lines(results: Iterable[Result]) -> list[str]:
    """What was noticed, counted: a line a severity, none where nothing was noticed."""
    noticed = [(result.student, event) for result in results for event in result.events]
    return [
        f"{severity}: {_counted(row['events'], 'event')} of {_counted(row['students'], 'student')}"
        for severity in SEVERITIES
        if (row := _row([(student, event) for student, event in noticed if event.severity == severity]))
    ]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _row(noticed: Sequence[tuple[str, Event]]) -> dict[str, Any]:
    """How many events of how many students, empty where there are none."""
    if not noticed:
        return {}
    _, first = noticed[0]
    students = len({student for student, _ in noticed})
    about = {"severity": first.severity, "kind": _plain(first.kind)}
    return about | {"events": len(noticed), "students": students}


def _view(results: list[Result], out: Path) -> dict[str, Any]:
    """All that the template shows, as plain text."""
    noticed = [(result.student, event) for result in results for event in result.events]
    by_kind = sorted(noticed, key=lambda pair: (SEVERITIES.index(pair[1].severity), pair[1].kind))
    by_hand = [
        (result, sum(test.status == "not_gradable" for test in result.tests)) for result in _ordered(results)
    ]
    shown = sorted((result for result in _ordered(results) if result.events), key=_gravest)
    return {
        "assignments": sorted({_plain(result.assignment) for result in results}),
        "students": len({result.student for result in results}),
        "results": len(results),
        "by_hand": [_about(result, out) | {"open": count} for result, count in by_hand if count],
        "kinds": [_row(list(rows)) for _, rows in groupby(by_kind, lambda p: (p[1].severity, p[1].kind))],
        "sections": [_about(result, out) | {"events": _events(result)} for result in shown],
        "noticed": terminal_lines(results),
        "without_walls": any(result.sandbox != "bwrap" for result in results),
    }


def _ordered(results: Iterable[Result]) -> list[Result]:
    return sorted(results, key=lambda result: (result.student, result.assignment, result.lesson))


def _gravest(result: Result) -> int:
    return min(SEVERITIES.index(event.severity) for event in result.events)


def _about(result: Result, out: Path) -> dict[str, Any]:
    pages = {
        "feedback page": f"feedback/{result.student}/{result.lesson}.html",
        "executed notebook": f"autograded/{result.student}/{result.assignment}/{result.lesson}.ipynb",
    }
    return {
        "student": _plain(result.student),
        "lesson": _plain(result.lesson),
        "score": f"{result.score:g} of {result.max_score:g} points",
        "links": [(words, quote(page)) for words, page in pages.items() if (out / page).is_file()],
    }


def _events(result: Result) -> list[dict[str, Any]]:
    return [
        {
            "severity": event.severity,
            "kind": _plain(event.kind),
            "cell": _plain(event.cell or ""),
            "sentence": _plain(event.sentence, LONGEST_SENTENCE),
            "evidence": [_plain(line) for line in event.evidence.splitlines()[:MOST_LINES]],
        }
        for event in sorted(result.events, key=lambda event: SEVERITIES.index(event.severity))
    ]


def _plain(text: str, longest: int = LONGEST_LINE) -> str:
    return visible(text if len(text) <= longest else f"{text[:longest]}…")


@cache
def _template() -> Template:
    loader = FileSystemLoader(FOLDER)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("report_page/page.html.j2")
