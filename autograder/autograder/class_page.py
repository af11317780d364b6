"""The instructor's page about a class: scores, the hardest tests, the mistakes that many make, and who has which marks.

Scores are the gradebook's, marks given by hand and late penalties included. How hard a test is, and which mistakes
were made, comes from the automatic verdicts. Every text may come from a submission, so all of it is escaped and cut.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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


@dataclass
class Lesson:
    """One lesson of the class, counted a student at a time: the results of a large class would fill the memory.

    Args:
        assignment: the week that it belongs to.
        name: its name.
        about: the exercise of each test.
        number: how many students there are.
        max_score: the points that could be earned.
        scores: those of who handed in something that could be read, late penalties taken off.
        tests: how each test went, by its name, of those who handed in.
        exercises: how each exercise went: all its tests passed, or the worst of them counts.
        mistakes: the known mistakes, by exercise and name.
    """

    assignment: str
    name: str
    about: Mapping[str, Exercise]
    number: int = 0
    max_score: float = 0.0
    scores: list[float] = field(default_factory=list)
    tests: dict[str, Tally] = field(default_factory=dict)
    exercises: dict[str, Tally] = field(default_factory=dict)
    mistakes: dict[tuple[str, str], Mistake] = field(default_factory=dict)

    def add(self, result: Result, total: Total) -> None:
        """Count one student."""
        self.number += 1
        self.max_score = max(self.max_score, result.max_score)
        if not result.handed_in:
            return
        self.scores.append(total.final)
        worst: dict[str, TestResult] = {}
        for test in result.tests:
            self.tests.setdefault(test.name, Tally()).add(test.standing)
            exercise = self._exercise(test.name)
            worst[exercise] = max(worst.get(exercise, test), test, key=_badness)
            if test.mistake:
                self._add_mistake(result.student, exercise, test)
        for exercise, test in worst.items():
            self.exercises.setdefault(exercise, Tally()).add(test.standing)

    def _exercise(self, test: str) -> str:
        return self.about[test].function if test in self.about else test.removesuffix("_hidden")

    def _add_mistake(self, student: str, exercise: str, test: TestResult) -> None:
        """A student counts once for a mistake, whichever tests show it."""
        sentence = test.message.partition("\n")[0].removeprefix(f"{exercise}: ")
        new = Mistake(self.name, exercise, test.mistake, sentence)
        one = self.mistakes.setdefault((exercise, test.mistake), new)
        one.students += [student] if student not in one.students[-1:] else []

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


def _badness(test: TestResult) -> int:
    return ("passed", "not_begun", "not_gradable", "failed").index(test.standing)


@dataclass(frozen=True)
class Cell:
    """A student's lesson in the table.

    Args:
        handed_in: whether there was a notebook that could be read.
        max_score: the points that could be earned.
        marks: those that were.
        page: the address of the feedback page, empty where there is none.
    """

    handed_in: bool
    max_score: float
    marks: Total
    page: str


@dataclass(frozen=True)
class Row:
    """A student's line of the table: a cell a lesson, None where there is none."""

    student: str
    cells: list[Cell | None]
    total: float
    possible: float


class _Class:
    """A class, counted a result at a time."""

    def __init__(self, out: Path, book: Book) -> None:
        self.out, self.book = out, book
        self.walled = True
        self.lessons: dict[tuple[str, str], Lesson] = {}
        self.cells: dict[str, dict[tuple[str, str], Cell]] = {}
        self.waiting: list[tuple[str, str, int]] = []
        self._totals: dict[tuple[str, str, str], Total] = {}

    def add(self, result: Result) -> None:
        """Count one student's lesson; the marks are the verdicts' where the gradebook has none."""
        key = result.assignment, result.lesson
        if key not in self.lessons:
            if result.assignment not in self.assignments:
                self._totals |= self.book.totals(result.assignment)
            self.lessons[key] = Lesson(*key, self.book.exercises(*key))
        known = self._totals.pop((result.student, *key), None)
        total = known or Total(result.score, 0.0, result.waiting)
        self.lessons[key].add(result, total)
        cell = Cell(result.handed_in, result.max_score, total, _page(result, self.out))
        self.cells.setdefault(result.student, {})[key] = cell
        self.walled = self.walled and result.sandbox == "bwrap"
        if total.waiting:
            self.waiting.append((result.student, result.lesson, total.waiting))

    @property
    def assignments(self) -> list[str]:
        """The weeks."""
        return sorted({assignment for assignment, _ in self.lessons})

    @property
    def columns(self) -> list[Lesson]:
        """The lessons, in order."""
        return [self.lessons[key] for key in sorted(self.lessons)]

    @property
    def rows(self) -> Iterator[Row]:
        """The table's lines, by student."""
        for student, own in sorted(self.cells.items()):
            total = max(0.0, sum(cell.marks.score - cell.marks.late_penalty for cell in own.values()))
            possible = sum(cell.max_score for cell in own.values())
            yield Row(student, [own.get(key) for key in sorted(self.lessons)], total, possible)


def write_class_page(results: Iterable[Result], out: Path, book: Book) -> Path:
    """Write OUT/class.html: the class as its teacher wants to see it. It names students: it is for teachers.

    Args:
        results: the run's results, by student and lesson; gone through twice.
        out: the run's folder; the page links to the feedback pages that it holds.
        book: the gradebook with their marks.
    """
    class_ = _Class(out, book)
    for result in results:
        class_.add(result)
    lessons = class_.columns
    hardest = sorted(
        ((tests, lesson, name) for lesson in lessons for name, tests in lesson.tests.items()),
        key=lambda one: (one[0].share, one[1].assignment, one[1].name, one[2]),
    )
    page = template("class_page").render(
        assignments=class_.assignments, lessons=lessons, walled=class_.walled,
        students=class_.rows, waiting=class_.waiting,
        hardest=[one for one in hardest if one[0].share < 1 and one[0].is_begun],
        easy=sum(one[0].share == 1 for one in hardest), fresh=sum(not one[0].is_begun for one in hardest),
        mistakes=_commonest(lessons), kinds=tally(results, "severity", "kind"),
        SHOWN=SHOWN, NAMES=NAMES, STEPS=STEPS,
    )  # fmt: skip
    path = out / "class.html"
    write_whole(path, with_policy(page))
    return path


def _page(result: Result, out: Path) -> str:
    page = f"feedback/{result.student}/{result.lesson}.html"
    return quote(page) if (out / page).is_file() else ""


def _commonest(lessons: Iterable[Lesson]) -> list[Mistake]:
    """The known mistakes, the commonest first."""
    found = {
        (one.assignment, one.name, *key): mistake for one in lessons for key, mistake in one.mistakes.items()
    }
    return [found[key] for key in sorted(found, key=lambda key: (-len(found[key].students), key))]
