"""The page that a learner begins on: the course's map, from what the lessons say of themselves."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.cells import is_question, points, tests
from autograder.course import Course
from autograder.source import read_master
from cnnkit import homepage

MAP = "MAP"
HEAD = """| lesson | the question it answers | points | your time | machine time | what it needs |
| --- | --- | --- | --- | --- | --- |"""
QUIZ_NEEDS = "the week's lessons"


@dataclass(frozen=True)
class Entry:
    """A lesson on the map, in its own words.

    Args:
        week: the heading that it stands under.
        path: its notebook, from the page.
        number: as in 1.2; 1.q for a quiz.
        title: without its number.
        question: that it answers.
        points: what it is worth.
        yours: the time that a learner takes.
        machine: the time that a machine takes.
        needs: what to know before.
    """

    week: str
    path: str
    number: str
    title: str
    question: str
    points: float
    yours: str
    machine: str
    needs: str

    @property
    def name(self) -> str:
        """Its number and title."""
        return f"{self.number} {self.title}".strip()

    @property
    def row(self) -> str:
        """It as a row of the map."""
        link = f"[{self.name}]({self.path})"
        worth = f"{self.points:g}" if self.points else "none"
        return f"| {' | '.join([link, self.question, worth, self.yours, self.machine, self.needs])} |"


def entries(course: Course) -> list[Entry]:
    """The lessons of a course, week by week, each week's by their numbers and its quiz last."""
    found = [
        entry(assignment, lesson, course.master(assignment, lesson))
        for assignment in course.assignments()
        for lesson in course.lessons(assignment)
    ]
    return sorted(found, key=lambda one: (one.path.partition("/")[0], one.number))


def entry(assignment: str, lesson: str, master: NotebookNode) -> Entry:
    """What a lesson says of itself in its first cell and its tests; what it does not say is empty."""
    text = next((cell.source for cell in master.cells if cell.cell_type == "markdown"), "")
    week, _, about = assignment.partition("_")
    heading = re.sub(r"^week(\d+)$", r"Week \1", week) + (f": {about.replace('_', ' ')}" if about else "")
    number, title = _title(text, lesson, week.removeprefix("week"))
    judged = tests(master.cells)
    quiz = bool(judged) and all(map(is_question, judged))
    return Entry(
        week=heading,
        path=f"{assignment}/{lesson}.ipynb",
        number=number,
        title=title,
        question=_one_line(r"\A# [^\n]+\n\n\*\*(.+?)\*\*", text),
        points=sum(map(points, judged)),
        yours=_one_line(r"^\| your time \| (.+?) \|$|\bYou: (.+?)\.\*$", text),
        machine=_one_line(
            r"^\| machine time, solved \| (.+?) on one core \|$|\*Machine: (.+?) on one core", text
        ),
        needs=QUIZ_NEEDS if quiz else _without_links(_one_line(r"^\| before you start \| (.+?) \|$", text)),
    )


def _title(text: str, lesson: str, week: str) -> tuple[str, str]:
    """A lesson's number and title: "1.2" and "Convolution, step by step", "1.q" and "Quiz: the foundations"."""
    title = _one_line(r"\A# ([^\n]+)", text) or lesson
    number, _, rest = title.partition(" ")
    if re.fullmatch(r"\d+(\.\w+)?", number):
        return number, rest
    return (f"{week}.q" if title.startswith("Quiz") else ""), title


def _one_line(pattern: str, text: str) -> str:
    """What the first group of a pattern that matched holds, in one line; empty where nothing matches."""
    found = re.search(pattern, text, re.M | re.S)
    return " ".join(next(one for one in found.groups() if one is not None).split()) if found else ""


def _without_links(text: str) -> str:
    """A lesson's links lead from its own folder, so they are left out; one that only asks goes with its brackets."""
    return re.sub(r"\[(.+?)\]\(.+?\)", r"\1", re.sub(r" \(\[[^\]]+\?\]\([^)]+\)\)", "", text))


def start_here(course: Course) -> NotebookNode | None:
    """The master notebook of the page; None where the course has no source of one."""
    if not course.start_file.is_file():
        return None
    page, lessons = read_master(course.start_file), entries(course)
    weeks = dict.fromkeys(one.week for one in lessons)
    tables = [
        f"### {week}\n\n{HEAD}\n" + "\n".join(one.row for one in lessons if one.week == week)
        for week in weeks
    ]
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(rf"^{MAP}$", lambda _: "\n\n".join(tables), cell.source, flags=re.M)
    listed = [{"week": one.week, "name": one.name, "path": one.path} for one in lessons]
    page.metadata["cnnkit"] = {"lessons": listed, "digest": homepage.digest(page)}
    return page
