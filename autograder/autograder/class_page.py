"""The instructor's page about a class: scores, the hardest tests, the mistakes that many make, and who has which marks.

Scores are the gradebook's, marks given by hand and late penalties included. How hard a test is, and which mistakes
were made, comes from the automatic verdicts. Every text may come from a submission, so all of it is escaped and cut.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import fmean, median
from urllib.parse import quote

from autograder.export import write_whole
from autograder.gradebook import Book, Exercise, Total
from autograder.pages import template, with_policy
from autograder.records import Result, TestResult
from autograder.report import tally

BINS, STEPS = 10, 50  # of a distribution; widths of a bar
SHOWN, NAMES = 20, 60  # rows of a table before the rest is folded up, and names in a list
Lessons = Mapping[tuple[str, str], Mapping[str, Exercise]]


@dataclass(frozen=True)
class Bar:
    """How many students have a score within a tenth of the points; `width` is 0 to STEPS, STEPS for the most."""

    label: str
    count: int
    width: int


@dataclass
class Tally:
    """How many students passed a test, or all tests of an exercise, and how many did not."""

    passed: int = 0
    failed: int = 0
    not_begun: int = 0
    not_gradable: int = 0

    def add(self, standing: str) -> None:
        """Count one student."""
        setattr(self, standing, getattr(self, standing) + 1)

    @property
    def is_begun(self) -> bool:
        """Whether anybody had done something that the test could find right or wrong, or nobody was judged."""
        return bool(self.passed or self.failed or not self.not_begun)

    @property
    def share(self) -> float:
        """The share of those judged who passed, 0 to 1; 1 where nobody was judged."""
        judged = self.passed + self.failed + self.not_begun
        return self.passed / judged if judged else 1.0


@dataclass
class Mistake:
    """A known mistake on one exercise, and who made it."""

    lesson: str
    exercise: str
    name: str
    sentence: str
    students: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lesson:
    """One lesson of the class.

    Args:
        assignment: the week that it belongs to.
        name: its name.
        results: one a student.
        totals: the marks, by student.
        about: the exercise of each test.
    """

    assignment: str
    name: str
    results: Sequence[Result]
    totals: Mapping[str, Total]
    about: Mapping[str, Exercise]

    @cached_property
    def handed_in(self) -> list[Result]:
        """The results of those who handed in something that could be read."""
        return [result for result in self.results if result.handed_in]

    @property
    def max_score(self) -> float:
        """The points that could be earned."""
        return max((result.max_score for result in self.results), default=0.0)

    @cached_property
    def scores(self) -> list[float]:
        """The scores of those who handed in, late penalties taken off."""
        return [self.totals[result.student].final for result in self.handed_in]

    @property
    def mean(self) -> float:
        """The mean score of those who handed in, 0 where nobody did."""
        return fmean(self.scores) if self.scores else 0.0

    @property
    def median(self) -> float:
        """The median score of those who handed in, 0 where nobody did."""
        return median(self.scores) if self.scores else 0.0

    @property
    def bars(self) -> list[Bar]:
        """How the scores are spread, from the lowest tenth to full marks, which has a bar of its own."""
        most = self.max_score or 1.0
        places = Counter(min(BINS, int(score / most * BINS + 1e-9)) for score in self.scores)
        highest = max(places.values(), default=1)
        labels = [f"{100 * n // BINS}–{100 * (n + 1) // BINS - 1} %" for n in range(BINS)] + ["100 %"]
        return [Bar(label, places[n], -(-places[n] * STEPS // highest)) for n, label in enumerate(labels)]

    @cached_property
    def tests(self) -> dict[str, Tally]:
        """How each test went, by its name, of those who handed in."""
        found: dict[str, Tally] = {}
        for result in self.handed_in:
            for test in result.tests:
                found.setdefault(test.name, Tally()).add(test.standing)
        return found

    @cached_property
    def exercises(self) -> dict[str, Tally]:
        """How each exercise went, of those who handed in: all its tests passed, or the worst of them counts."""
        found: dict[str, Tally] = {}
        for result in self.handed_in:
            worst: dict[str, TestResult] = {}
            for test in result.tests:
                name = self.exercise(test.name)
                worst[name] = max(worst.get(name, test), test, key=_badness)
            for name, test in worst.items():
                found.setdefault(name, Tally()).add(test.standing)
        return found

    def exercise(self, test: str) -> str:
        """What a test is about."""
        return self.about[test].function if test in self.about else test.removesuffix("_hidden")


def _badness(test: TestResult) -> int:
    return ("passed", "not_begun", "not_gradable", "failed").index(test.standing)


def write_class_page(results: Iterable[Result], out: Path, book: Book) -> Path:
    """Write OUT/class.html: the class as its teacher wants to see it. It names students: it is for teachers.

    Args:
        results: the run's results.
        out: the run's folder; the page links to the feedback pages that it holds.
        book: the gradebook with their marks.
    """
    ordered = sorted(results, key=lambda result: (result.student, result.assignment, result.lesson))
    assignments = sorted({result.assignment for result in ordered})
    totals = {key: total for name in assignments for key, total in book.totals(name).items()}
    lessons = _lessons(ordered, totals, book)
    hardest = sorted(
        ((tests, lesson, name) for lesson in lessons for name, tests in lesson.tests.items()),
        key=lambda one: (one[0].share, one[1].assignment, one[1].name, one[2]),
    )
    page = template("class_page").render(
        results=ordered, assignments=assignments, lessons=lessons,
        students=_students(ordered, totals, out), waiting=_waiting(ordered, totals),
        hardest=[one for one in hardest if one[0].share < 1 and one[0].is_begun],
        easy=sum(one[0].share == 1 for one in hardest), fresh=sum(not one[0].is_begun for one in hardest),
        mistakes=_mistakes(lessons), kinds=tally(ordered, "severity", "kind"),
        SHOWN=SHOWN, NAMES=NAMES, STEPS=STEPS,
    )  # fmt: skip
    path = out / "class.html"
    write_whole(path, with_policy(page))
    return path


def _lessons(
    results: Sequence[Result], totals: Mapping[tuple[str, str, str], Total], book: Book
) -> list[Lesson]:
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        found.setdefault((result.assignment, result.lesson), []).append(result)
    return [
        Lesson(
            assignment, name, given,
            {one.student: _total(one, totals) for one in given}, book.exercises(assignment, name),
        )
        for (assignment, name), given in sorted(found.items())
    ]  # fmt: skip


def _total(result: Result, totals: Mapping[tuple[str, str, str], Total]) -> Total:
    """The marks of one student's lesson; the verdicts' where the gradebook has none."""
    known = totals.get((result.student, result.assignment, result.lesson))
    return known or Total(result.score, 0.0, result.waiting)


@dataclass(frozen=True)
class Row:
    """A student's line of the table: for each lesson the result, its marks and its page; None where there is none."""

    student: str
    cells: list[tuple[Result, Total, str] | None]
    total: float
    possible: float


def _students(
    results: Sequence[Result], totals: Mapping[tuple[str, str, str], Total], out: Path
) -> list[Row]:
    columns = sorted({(result.assignment, result.lesson) for result in results})
    found: dict[str, dict[tuple[str, str], Result]] = {}
    for result in results:
        found.setdefault(result.student, {})[result.assignment, result.lesson] = result
    rows = []
    for student, own in found.items():
        marks = {key: _total(result, totals) for key, result in own.items()}
        cells = [(own[key], marks[key], _page(own[key], out)) if key in own else None for key in columns]
        total = max(0.0, sum(one.score - one.late_penalty for one in marks.values()))
        rows.append(Row(student, cells, total, sum(result.max_score for result in own.values())))
    return rows


def _page(result: Result, out: Path) -> str:
    page = f"feedback/{result.student}/{result.lesson}.html"
    return quote(page) if (out / page).is_file() else ""


def _waiting(
    results: Sequence[Result], totals: Mapping[tuple[str, str, str], Total]
) -> list[tuple[Result, int]]:
    """What a person still has to mark."""
    found = [(result, _total(result, totals).waiting) for result in results]
    return [(result, number) for result, number in found if number]


def _mistakes(lessons: Iterable[Lesson]) -> list[Mistake]:
    """The known mistakes, the commonest first; a student counts once for a mistake, whichever tests show it."""
    found: dict[tuple[str, str, str, str], Mistake] = {}
    for lesson in lessons:
        for result in lesson.handed_in:
            for test in (test for test in result.tests if test.mistake):
                exercise = lesson.exercise(test.name)
                key = (lesson.assignment, lesson.name, exercise, test.mistake)
                sentence = test.message.partition("\n")[0].removeprefix(f"{exercise}: ")
                one = found.setdefault(key, Mistake(lesson.name, exercise, test.mistake, sentence))
                one.students += [result.student] if result.student not in one.students[-1:] else []
    return [found[key] for key in sorted(found, key=lambda key: (-len(found[key].students), key))]
