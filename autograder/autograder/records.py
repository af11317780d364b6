"""What grading says about one student's lesson: the verdict of each test, and what was noticed on the way."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warning", "tamper"]
GRAVEST_FIRST: tuple[Severity, ...] = ("tamper", "warning", "info")
Status = Literal["passed", "failed", "not_gradable"]
NOT_BEGUN = re.compile(r"\w+: not (begun|answered yet)")
NOTHING_HANDED_IN = "no readable notebook was handed in"


def standing(status: str, message: str) -> str:
    """A verdict's status, but "not_begun" of a test whose exercise was not begun, which is no failure."""
    return "not_begun" if status == "failed" and NOT_BEGUN.match(message) else status


@dataclass(frozen=True)
class Event:
    """Something noticed about a submission, with its evidence; never an accusation.

    Args:
        kind: a short stable name, such as "duplicate_cell".
        severity: "info", "warning", or "tamper" (what an honest learner hardly does by accident).
        cell: the grade_id or cell id concerned, None for the whole notebook.
        message: a sentence that a teacher understands and, on further lines, the evidence, which no student sees.
    """

    kind: str
    severity: Severity
    cell: str | None
    message: str

    @property
    def gravity(self) -> int:
        """0 for the gravest."""
        return GRAVEST_FIRST.index(self.severity)

    @property
    def sentence(self) -> str:
        """What was noticed."""
        return self.message.partition("\n")[0]

    @property
    def evidence(self) -> str:
        """The lines that show it, empty where the sentence says all."""
        return self.message.partition("\n")[2]


@dataclass(frozen=True)
class TestResult:
    """The verdict of one test cell. A test that is not gradable counts 0 until it is marked.

    Args:
        name: the grade_id of the test cell.
        points: the points earned.
        max_points: the points that could be earned.
        status: the verdict.
        message: what the student reads.
        mistake: the readable name of the known mistake that gives the same wrong result; empty where none is known.
    """

    __test__ = False

    name: str
    points: float
    max_points: float
    status: Status
    message: str
    mistake: str = ""

    @property
    def standing(self) -> str:
        """The status, but "not_begun" where the exercise was not begun."""
        return standing(self.status, self.message)


@dataclass(frozen=True)
class Result:
    """The outcome of one student's lesson."""

    student: str
    assignment: str
    lesson: str
    sandbox: str
    seconds: float
    tests: list[TestResult] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def score(self) -> float:
        """The sum of the points earned."""
        return sum(test.points for test in self.tests)

    @property
    def handed_in(self) -> bool:
        """Whether there was a notebook that could be read."""
        return not self.tests or any(test.message != NOTHING_HANDED_IN for test in self.tests)

    @property
    def waiting(self) -> int:
        """How many tests wait for a mark by hand; one without points does not."""
        return sum(test.status == "not_gradable" and test.max_points > 0 for test in self.tests)

    @property
    def max_score(self) -> float:
        """The sum of the points that could be earned."""
        return sum(test.max_points for test in self.tests)

    def as_json(self) -> dict[str, Any]:
        """The entry of results.json, in the order of its schema."""
        return {
            "student": self.student,
            "assignment": self.assignment,
            "lesson": self.lesson,
            "score": self.score,
            "max_score": self.max_score,
            "sandbox": self.sandbox,
            "seconds": self.seconds,
            "tests": [asdict(test) for test in self.tests],
            "events": [asdict(event) for event in self.events],
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Result":
        """The result that an entry of results.json states."""
        own = {name: entry[name] for name in ("student", "assignment", "lesson", "sandbox", "seconds")}
        tests = [TestResult(**test) for test in entry["tests"]]
        return cls(**own, tests=tests, events=[Event(**event) for event in entry["events"]])
