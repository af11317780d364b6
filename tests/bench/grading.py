"""The benchmark `grading`: a class graded by stock nbgrader and by us, with equal marks, and where the time goes."""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from courses import WEEK, StockCourse, environment, hand_in, our_course, our_marks, ours
from honest import HandIn, Lesson, hand_ins
from usage import Seen, Usage, measured

from autograder.course import Course
from autograder.rebuild import rebuild

LESSONS = Path(__file__).parent / "lessons"
NAME = "small_network"


@dataclass(frozen=True)
class Class:
    """A class that has handed in, to nbgrader's course and to ours."""

    course: Course
    lesson: Lesson
    stock: StockCourse
    submissions: list[HandIn]
    folder: Path

    @property
    def students(self) -> list[str]:
        return [one.name for one in self.submissions]


@dataclass(frozen=True)
class Round:
    """What a class of one size cost: nbgrader's marks, its feedback pages, and all that we do."""

    number: int
    stock: Usage
    feedback: Usage
    ours: Usage


def grading(number: int, workers: int) -> Iterator[str]:
    """Grade a class both ways; yields the lines of the report.

    Args:
        number: submissions.
        workers: how many of them we examine at once.
    """
    yield f"nbgrader {version('nbgrader')}, Python {platform.python_version()}, {os.cpu_count()} cores"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        few = a_class(Path(folder) / "few", max(2, number // 4))
        many = a_class(Path(folder) / "many", number)
        small, large = measured_round(few, workers), measured_round(many, workers)
        yield from _compared(many)
        yield from _ratios(small, large, workers)
        yield _floor(many)
        yield from _where_the_time_goes(few, many, small, large, workers)


def a_class(folder: Path, number: int) -> Class:
    """A class of `number` honest submissions of the bench's lesson."""
    source, answers = (
        (LESSONS / f"{NAME}{part}.py").read_text(encoding="utf-8") for part in ("", "_answers")
    )
    course, lesson = our_course(folder / "ours", NAME, source, answers)
    stock = StockCourse(folder / "stock", NAME, lesson)
    submissions = hand_ins(lesson, NAME, number=number)
    hand_in(stock.folder / "submitted", submissions)
    hand_in(folder / "submitted", submissions)
    return Class(course, lesson, stock, submissions, folder)


def measured_round(class_: Class, workers: int) -> Round:
    """Grade a class with nbgrader, then with us."""
    nbgrader, stock = [sys.executable, "-m", "nbgrader"], class_.stock.folder
    autograded = _run([*nbgrader, "autograde", WEEK], stock, class_, "autograde")
    feedback = _run([*nbgrader, "generate_feedback", WEEK], stock, class_, "generate_feedback")
    command = ours(class_.course, class_.folder / "submitted", class_.folder / "out", workers)
    return Round(
        len(class_.submissions), autograded, feedback, _run(command, class_.course.root, class_, "ours")
    )


def _run(command: Sequence[str], folder: Path, class_: Class, name: str) -> Usage:
    log = class_.folder / f"{name}.log"
    usage = measured(command, folder, environment(), log)
    if usage.status:
        raise RuntimeError(f"{' '.join(command)}: status {usage.status}\n{log.read_text()[-3000:]}")
    return usage


def _compared(class_: Class) -> Iterator[str]:
    stock = class_.stock.marks(class_.students, NAME)
    out = our_marks(class_.folder / "out", class_.students, NAME)
    unlike = [
        f"  {student}, {cell}: nbgrader {mark}, here {out[student].get(cell)}"
        for student, found in stock.items()
        for cell, mark in found.items()
        if mark is None or mark != out[student].get(cell)
    ]
    cells = sum(map(len, stock.values()))
    yield f"equal marks: {'NO' if unlike else 'yes'}, {len(stock)} submissions, {cells} cells"
    yield from unlike


def _ratios(small: Round, large: Round, workers: int) -> Iterator[str]:
    n, more = large.number, large.number - small.number
    for name, usage in (("nbgrader", large.stock), ("here", large.ours)):
        yield f"{name}: {usage.seconds:.1f} s, {usage.seconds / n:.3f} s a submission, start-up included"
    yield f"nbgrader's feedback pages: {large.feedback.seconds / n:.3f} s each, not counted (ours are in our time)"
    times = large.stock.seconds / large.ours.seconds
    yield f"grading: {times:.1f} times nbgrader ({n} submissions, {workers} workers, sandbox bwrap)"
    each = [getattr(large, who).seconds - getattr(small, who).seconds for who in ("stock", "ours")]
    told = f"{each[0] / more:.3f} s and {each[1] / more:.3f} s"
    yield f"without start-up ({n} less {small.number} submissions): {each[0] / each[1]:.1f} times ({told} each)"


def _floor(class_: Class) -> str:
    from floor import seconds_each  # loads torch, which nothing measured before may find in memory

    def rebuilt(one: HandIn) -> nbformat.NotebookNode:
        given = nbformat.reads(one.data.decode(), as_version=4)
        return rebuild(class_.lesson.master, given)[0]

    seconds = seconds_each([rebuilt(one) for one in class_.submissions])
    return f"floor: {seconds:.3f} s a submission (its cells in a fork with torch loaded: no walls, kernel or pages)"


def _role(one: Seen, root: int) -> str:
    if one.pid == root:
        return "coordinator"
    return "worker" if one.inside or one.command.startswith(("bwrap", "setpriv")) else "examiner"


def _traced(class_: Class, workers: int) -> tuple[Usage, dict[str, Any]]:
    """A second run of ours, with clocks in it and every process watched."""
    out, log = class_.folder / "traced", class_.folder / "traced.log"
    script = Path(__file__).with_name("traced.py")
    command = [sys.executable, str(script), WEEK, str(class_.folder / "submitted"), str(out), str(workers)]
    usage = measured(command, class_.course.root, environment(), log, _role)
    if usage.status:
        raise RuntimeError(log.read_text()[-3000:])
    return usage, json.loads((out / "steps.json").read_text(encoding="utf-8"))


def _where_the_time_goes(few: Class, many: Class, small: Round, large: Round, workers: int) -> Iterator[str]:
    n, more = large.number, large.number - small.number
    before, (usage, found) = _traced(few, workers)[0], _traced(many, workers)
    total, start = sum(usage.cpu_of.values()), sum(before.cpu_of.values())
    stock, each = (large.stock.cpu - small.stock.cpu) / more, (total - start) / more
    yield f"in CPU time: {large.stock.cpu / total:.1f} times ({large.stock.cpu / n:.3f} s and {total / n:.3f} s each)"
    yield f"in CPU time without start-up: {stock / each:.1f} times ({stock:.3f} s and {each:.3f} s each)"
    yield f"where the time goes, seconds a submission (a run with clocks, {usage.seconds / n:.3f}):"
    yield "  coordinator, by step     wall     CPU"
    for step, (wall, cpu) in found["steps"].items():
        yield f"    {step:<24} {wall / n:.4f}  {cpu / n:.4f}"
    yield f"  examiners, by step (wall, {workers} at once)"
    for step, seconds in found["examiners"].items():
        yield f"    {step:<24} {seconds / n:.4f}"
    yield "  process                    CPU     more for one more   peak memory of one, shared pages included"
    for role in ("coordinator", "examiner", "worker"):
        cpu, one_more = usage.cpu_of[role] / n, (usage.cpu_of[role] - before.cpu_of[role]) / more
        yield f"    {role:<24} {cpu:.4f}  {one_more:.4f}              {usage.peak_of[role] / 1e6:.0f} MB"
