"""make bench-hostile: stock nbgrader and this autograder on each case of the corpus; writes docs/hostile.md."""

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from corpus import CATEGORIES, WEEKS, Case, all_cases
from graded_corpus import Graded, Outcome, grade_week, lay_out
from stock import MODEL, StockCourse, Verdict
from tqdm import tqdm

PAGE = Path(__file__).parents[2] / "docs" / "hostile.md"
AT_ONCE = 3
NO_ZIPS = "not run (takes no zips)"
BEGINNING = """# The hostile corpus

Each case below is a submission in `tests/hostile/`. The whole corpus is graded among honest classmates in `make test`,
which demands that each case has exactly the marks that it honestly deserves, that nothing leaks, and that no classmate
loses anything. `make bench-hostile` runs stock nbgrader (`nbgrader autograde` and `nbgrader generate_feedback`, default
configuration) on the same cases, one at a time in a throw-away copy of a course, and writes this page.

| verdict | means |
| --- | --- |
| honest | the marks deserved, and nothing else |
| unearned | a test has more points than were earned |
| lost | a test has fewer points than deserved, or the student has no marks at all |
| leaked | secrets of the course or of a classmate are in the outputs of the learner's notebook |
| wrote the gradebook | rows of others, points of tests, or marks "given by hand" were changed by the submission |
| live page | the feedback page runs or loads what an honest page does not |
| ended with an error | nbgrader's exit status was not 0 |
| stopped the run | nbgrader did not end within 60 s, or was killed |
| unnamed | (ours) a limit was met, and no event or message says which |

nbgrader has no walls of its own, so it ran inside walls made for this comparison, as a user without rights, without
network, with limits on memory, processes and file sizes, and its own course folder writable: what takes memory,
processes or disk without end met these limits, and not the machine's. Its feedback page shows the source of hidden tests
to everyone; that is not counted as a leak. Marks for what was solved are not counted as unearned where we refuse the
file. Cases that come as a zip are not run there. Each case ran alone, so nothing is said of classmates in the same run.
"""


def run(arguments: Sequence[str] | None = None) -> None:
    """Grade the corpus twice and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", default="", help="cases whose name contains this; the page is then printed only"
    )
    parser.add_argument(
        "--ours", action="store_true", help="take nbgrader's verdicts from the page where it has them"
    )
    given = parser.parse_args(arguments)
    cases = [case for case in all_cases() if given.only in case.name or case.category == "classmates"]
    hostile = [case for case in cases if case.category != "classmates"]
    known = verdicts_on(PAGE.read_text(encoding="utf-8")) if given.ours else {}
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        ours = grade_ours(Path(folder) / "ours", cases)
        new = [case for case in hostile if case.name not in known]
        text = page(hostile, known | grade_stock(Path(folder) / "stock", new), ours)
    sys.stdout.write(text)
    if not given.only:
        PAGE.write_text(text, encoding="utf-8")


def verdicts_on(text: str) -> dict[str, str]:
    """What a page says of nbgrader, by case."""
    rows = [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[3] for row in rows if len(row) == 5 and row[0] not in ("case", "---")}


def grade_ours(folder: Path, cases: Sequence[Case]) -> Graded:
    """The corpus graded by this autograder, classmates among it."""
    folder.mkdir()
    lay_out(folder, cases)
    for week in WEEKS:
        if any((folder / "submitted" / week.assignment).iterdir()):
            grade_week(folder, week)
    return Graded(folder, cases)


def grade_stock(folder: Path, hostile: Sequence[Case]) -> dict[str, str]:
    """Stock nbgrader's verdict on each case: the points that it gives, and what happened."""
    if not hostile:
        return {}
    folder.mkdir()
    course = StockCourse(folder / "course", [case for case in all_cases() if case.name in MODEL])

    def verdict(numbered: tuple[int, Case]) -> str:
        number, case = numbered
        if case.folder.endswith(".zip"):
            return NO_ZIPS
        return in_words(course.verdict(case, folder / f"case-{number}", number))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        given = threads.map(verdict, enumerate(hostile, start=1))
        verdicts = list(tqdm(given, total=len(hostile), unit="case"))
    return {case.name: verdict for case, verdict in zip(hostile, verdicts, strict=True)}


def in_words(verdict: Verdict) -> str:
    """A verdict as the page has it."""
    given = "no marks" if verdict.marks is None else _points(verdict.marks)
    return f"{given}: {', '.join(verdict.words)}"


def our_verdict(outcome: Outcome) -> str:
    """Our own verdict on a case, in the words that are used of nbgrader."""
    found = {
        "unearned": outcome.unearned,
        "lost": outcome.lost,
        "leaked": outcome.leaks,
        "unnamed": outcome.unnamed,
    }
    return in_words(Verdict(outcome.marks, [word for word, what in found.items() if what] or ["honest"]))


def page(cases: Sequence[Case], stock: Mapping[str, str], ours: Graded) -> str:
    """The page, in Markdown."""
    own = {case.name: our_verdict(ours.outcome(case.name)) for case in cases}
    lines = [BEGINNING, summary("stock nbgrader", [stock[case.name] for case in cases])]
    lines += [summary("this autograder", list(own.values())), ""]
    for category, title in CATEGORIES.items():
        some = [case for case in cases if case.category == category]
        lines += _table(title, some, stock, own) if some else []
    return "\n".join(lines)


def _table(title: str, cases: Sequence[Case], stock: Mapping[str, str], own: Mapping[str, str]) -> list[str]:
    lines = [f"## {title[0].upper()}{title[1:]}", ""]
    lines += [
        "| case | what it tries | deserves | stock nbgrader | ours |",
        "| --- | --- | --- | --- | --- |",
    ]
    for case in cases:
        deserved = f"{_points(case.marks)} of {_points(case.week.full)}"
        tries = case.tries.replace("|", "\\|")
        lines.append(f"| {case.name} | {tries} | {deserved} | {stock[case.name]} | {own[case.name]} |")
    return [*lines, ""]


def _points(marks: Mapping[str, float]) -> str:
    return f"{sum(marks.values()):g}"


def summary(who: str, verdicts: Sequence[str]) -> str:
    """A line that counts what happened in verdicts such as "10: unearned, leaked"."""
    counts = Counter(word for verdict in verdicts for word in verdict.rpartition(": ")[2].split(", "))
    counted = ", ".join(f"{n} {word}" for word, n in counts.most_common())
    return f"**{who}**, {len(verdicts)} cases: {counted}  "


if __name__ == "__main__":
    run()
