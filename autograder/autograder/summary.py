"""What a feedback page says of each exercise: its verdict, its tests, a hint where one helps, and what to do next."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder import cells as c
from autograder.gradebook import UNTOUCHED
from autograder.records import standing

HINT = re.compile(r"<summary>Hint 1\b")
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.M)
BLOCKED = re.compile(r"^It calls \w+, whose own tests did not pass", re.M)
PASSED = re.compile(r"(\w+: )?passed")
WORST_FIRST = ("failed", "not_gradable", "not_begun", "passed")
MOST_LINES, LONGEST_SENTENCE = 40, 240


@dataclass(frozen=True)
class Told:
    """One test of an exercise.

    Args:
        name: its grade_id.
        is_hidden: whether its source is not shown.
        standing: the verdict's status, "not_begun", or empty for what a person marks.
        score: the points earned.
        points: the points that could be earned.
        message: what the examiner says, empty where the test passed.
        mistake: the name of the known mistake, empty where none is known.
        by_hand: whether a person changed the points.
        pictures: of what came and what was expected, (kind, base64, alternative text).
        explained: what an answer that is right is told.
    """

    name: str
    is_hidden: bool
    standing: str
    score: float
    points: float
    message: str = ""
    mistake: str = ""
    by_hand: bool = False
    pictures: list[tuple[str, str, str]] = field(default_factory=list)
    explained: str = ""

    def sentences(self, exercise: str, lead: str = "") -> str:
        """The first lines of the message, without the exercise's name, the lead, arrays and frames.

        Args:
            exercise: the exercise's name, with which messages begin.
            lead: what was said already.
        """
        lines = first_sentences(_about(exercise, self.message)).split("\n")
        return "\n".join(lines[1:] if lines[0] == lead else lines)

    @property
    def details(self) -> str:
        """The arrays of a visible test's message, and the frames, cut to size."""
        rest = self.message.split("\n")[len(_sentences(self.message)) :] if not self.is_hidden else []
        more = len(rest) - MOST_LINES
        return "\n".join(rest[:MOST_LINES] + ([f"… {more} more lines: see the cell"] if more > 0 else []))


@dataclass(frozen=True)
class Exercise:
    """An exercise, or a question of a quiz, with its tests.

    Args:
        name: the graded function.
        title: what it is called on the page.
        is_question: whether it belongs to a quiz.
        tests: visible and hidden ones, in order.
        anchor: the id of the cell to go to.
        hints: the Markdown that holds its hints, empty where there are none.
        comments: what a teacher wrote, as Markdown.
    """

    name: str
    title: str
    is_question: bool
    tests: list[Told]
    anchor: str
    hints: str = ""
    comments: list[str] = field(default_factory=list)

    @property
    def standing(self) -> str:
        """The worst of its tests'."""
        found = {test.standing for test in self.tests}
        return next((word for word in WORST_FIRST if word in found), "")

    @property
    def open(self) -> list[Told]:
        """The tests that did not pass."""
        return [test for test in self.tests if test.standing != "passed"]

    @property
    def told(self) -> list[Told]:
        """The tests to tell of one by one: those that did not pass, unless not begun, and those marked by hand."""
        begun = self.standing != "not_begun"
        return [test for test in self.tests if test.by_hand or (begun and test.standing != "passed")]

    @property
    def is_told(self) -> bool:
        """Whether there is more to say than its line in the table."""
        return self.is_question or self.standing != "passed" or bool(self.told)

    @property
    def mistake(self) -> str:
        """The name of the first known mistake."""
        return next((test.mistake for test in self.tests if test.mistake), "")

    @property
    def wants_hint(self) -> bool:
        """Whether its student has something left to do, which a hint may help with."""
        return bool(self.hints) and self.standing in ("failed", "not_begun")

    def marks(self, hidden: bool | None = None) -> tuple[float, float] | None:
        """The points earned and possible, of the visible or hidden tests alone; None where there are no such tests."""
        counted = [test for test in self.tests if hidden is None or test.is_hidden is hidden]
        return (sum(t.score for t in counted), sum(t.points for t in counted)) if counted else None

    @property
    def lead(self) -> str:
        """The sentence with which all messages of its tests begin; empty where they begin with different ones."""
        first = {_about(self.name, test.message).partition("\n")[0] for test in self.open}
        return first.pop() if len(first) == 1 else ""

    @property
    def first_sentence(self) -> str:
        """The first sentence about the first test that did not pass, cut to size."""
        message = next((test.message for test in self.open if test.message), "")
        said = _about(self.name, message).partition("\n")[0]
        return said if len(said) <= LONGEST_SENTENCE else f"{said[:LONGEST_SENTENCE]}…"


@dataclass(frozen=True)
class Next:
    """The next step.

    Args:
        how_far: how much passed.
        call: the words before the exercise, empty where there is none to go to.
        exercise: the one to look at first.
        why: what is said about it.
    """

    how_far: str
    call: str = ""
    exercise: Exercise | None = None
    why: str = ""


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """The exercises of an examined notebook, marks among its metadata, as its student may see it."""
    found: dict[str, Exercise] = {}
    for cell, texts, solution in _graded(notebook):
        verdict = cell.metadata.get("autograder", {})
        name = _exercise(cell)
        if name not in found:
            title = _heading(texts) if c.is_question(cell) else name
            anchor = c.grade_id(solution if solution is not None else cell) or ""
            hints = next((text for text in reversed(texts) if HINT.search(text)), "")
            found[name] = Exercise(name, title or name, c.is_question(cell), [], anchor, hints)
            found[name].comments.extend(_comments([solution]))
        found[name].tests.append(_told(cell, verdict))
        found[name].comments.extend(_comments([cell]) if cell is not solution else [])
    return list(found.values())


def _graded(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, list[str], NotebookNode | None]]:
    """Each graded cell, with the lesson's texts before its exercise's solution cell, and that cell."""
    texts: list[str] = []
    solutions: dict[str, tuple[list[str], NotebookNode | None]] = {}
    latest: tuple[list[str], NotebookNode | None] = ([], None)
    for cell in notebook.cells:
        own = cell.metadata.get("autograder", {}).get("added") or c.is_solution(cell)
        if cell.cell_type == "markdown" and not own:
            texts.append(cell.source)
        if c.is_solution(cell):
            latest = solutions[c.grade_id(cell) or ""] = (texts, cell)
            texts = []
        if c.metadata(cell).get("grade"):
            yield cell, *solutions.get(f"{_exercise(cell)}_solution", latest)


def _exercise(cell: NotebookNode) -> str:
    """What a graded cell is about; notebooks of earlier versions do not say it."""
    stated = cell.metadata.get("autograder", {}).get("exercise")
    return str(stated or (c.grade_id(cell) or "").removesuffix("_hidden"))


def _heading(texts: list[str]) -> str:
    """The last heading of the lesson's texts, without the marks of Markdown."""
    found = [heading for text in texts for heading in HEADING.findall(text)]
    return re.sub(r"[*`]", "", found[-1]) if found else ""


def _comments(cells: Iterable[NotebookNode | None]) -> list[str]:
    given = [c.metadata(cell).get("comment") for cell in cells if cell is not None]
    return [comment for comment in given if comment and comment != UNTOUCHED]


def _told(cell: NotebookNode, verdict: Mapping[str, Any]) -> Told:
    about = c.metadata(cell)
    return Told(
        c.grade_id(cell) or "", bool(verdict.get("hidden")), standing_of(verdict),
        float(about.get("score") or 0), float(about.get("points") or 0),
        "" if verdict.get("status") == "passed" else verdict.get("message", ""),
        verdict.get("mistake", ""), by_hand(cell), verdict.get("pictures", []),
        _explained(cell) if c.is_question(cell) and verdict.get("status") == "passed" else "",
    )  # fmt: skip


def _explained(cell: NotebookNode) -> str:
    lines = "".join(str(one.get("text", "")) for one in cell.get("outputs", [])).split("\n")
    return "\n".join(line for line in lines if line and not PASSED.fullmatch(line))


def next_step(found: list[Exercise]) -> Next:
    """What to do next, of exercises that have tests."""
    judged = [one for one in found if one.standing]
    what = "questions" if judged and all(one.is_question for one in judged) else "exercises"
    passed = sum(one.standing == "passed" for one in judged)
    if judged and passed == len(judged):
        return Next(f"All {passed} {what} passed." if passed > 1 else f"The {what[:-1]} passed.")
    how_far = f"Passed: {passed} of {len(judged)} {what}."
    failed = [one for one in judged if one.standing == "failed"]
    free = [one for one in failed if not any(BLOCKED.search(test.message) for test in one.open)]
    for one in [*free, *failed][:1]:
        return Next(how_far, "Look first at", one, one.first_sentence)
    for one in [one for one in judged if one.standing == "not_begun"][:1]:
        return Next(
            how_far,
            "Go on with" if passed else "Begin with",
            one,
            "it is not answered yet." if one.is_question else "it is not begun yet.",
        )
    return Next(how_far)


def _about(exercise: str, message: str) -> str:
    """A message without the name of the exercise before it."""
    said = message.removeprefix(f"{exercise}: ")
    return said[:1].upper() + said[1:] if said.startswith(("it ", "not ", "while ")) else said


def standing_of(verdict: Mapping[str, Any]) -> str:
    """The verdict's status, but "not_begun" of what was not begun."""
    return standing(verdict.get("status", ""), verdict.get("message", ""))


def first_sentences(message: str | None) -> str:
    """A message's first four lines of words."""
    told = [line for line in _sentences(message or "") if line[:1] != " "]
    return "\n".join(told[:4])


def _sentences(message: str) -> list[str]:
    """The lines of a message before the arrays, or the learner's frames, begin."""
    lines = message.split("\n")
    ends = [n for n, line in enumerate(lines) if line == "expected" or (n and line[:1] == " ")]
    return lines[: min(ends, default=len(lines))]


def count_not_gradable(notebook: NotebookNode) -> int:
    """How many tests wait for a person."""
    waiting = [cell for cell in notebook.cells if c.points(cell) and not by_hand(cell)]
    return sum(cell.metadata.get("autograder", {}).get("status") == "not_gradable" for cell in waiting)


def by_hand(cell: NotebookNode) -> bool:
    """Whether the points are not those of the verdict."""
    verdict = cell.metadata.get("autograder", {})
    return "points" in verdict and verdict["points"] != cell.metadata.nbgrader.get("score", verdict["points"])
