"""Stock nbgrader, as it comes, gives honest work the same marks, save where docs/differences.md says otherwise."""

import re
from pathlib import Path

import pytest
from courses import WEEK, Marks, StockCourse, hand_in, our_course, our_marks
from honest import HandIn, differing_hand_ins, hand_ins
from small_lesson import ANSWERS, SOURCE

from autograder.grade import Run, grade

pytestmark = pytest.mark.sandbox
LESSONS = Path(__file__).parents[1] / "bench" / "lessons"
NAME = "more_doubles"
FULL = {
    f"{name}{part}": 2.0 if part else 1.0
    for name in ("double", "total", "halve", "spread")
    for part in ("", "_hidden")
}
NO_RESULT = {name: (None, points) for name, points in FULL.items()}
STOPS_THE_RUN = "a_solution_cell_split_in_two"
DIFFERENCES: dict[str, dict[str, tuple[float | None, float | None]]] = {
    "a_warning_in_a_test": {"double": (0, 1), "double_hidden": (0, 2)},
    "a_bar_in_a_test": {"total": (0, 1), "total_hidden": (0, 2)},
    "a_skipped_test": {"double": (1, 0)},
    "a_function_that_ends_the_process": NO_RESULT | {"spread": (None, 0), "spread_hidden": (None, 0)},
    "a_test_deleted": {"double": (None, 1)},
    "a_function_that_changes_its_arguments": {"total_hidden": (0, 2)},
    "a_solution_below_its_tests": {"spread": (0, 1), "spread_hidden": (0, 2)},
    "an_answer_that_leans_on_a_test": {"spread": (1, 0), "spread_hidden": (2, 0)},
    "a_built_in_rebound": {"spread_hidden": (0, 2)},
    "a_byte_order_mark": NO_RESULT,
    "a_renamed_notebook": NO_RESULT,
    "the_imports_deleted": {
        "double": (0, 1),
        "double_hidden": (0, 2),
        "total": (0, 1),
        "total_hidden": (0, 2),
    },
    "nearly_right": {"halve": (0.5, 1)},
    STOPS_THE_RUN: NO_RESULT,
}


def differing_cells(student: str, stock: Marks, ours: Marks) -> dict[str, tuple[float | None, float | None]]:
    here, there = ours[student], stock[student]
    return {name: (there.get(name), here.get(name)) for name in FULL if there.get(name) != here.get(name)}


def judged(courses: dict[StockCourse, list[HandIn]], run: Run) -> tuple[Marks, Marks]:
    """The marks of each class by nbgrader, a process a course, and by us at the same time."""
    for course, class_ in courses.items():
        hand_in(course.folder / "submitted", class_)
        hand_in(run.submitted, class_)
    processes = [course.nbgrader("autograde", WEEK) for course in courses]
    grade(run)
    for process in processes:
        process.wait()
    stock: Marks = {}
    for course, class_ in courses.items():
        stock |= course.marks([one.name for one in class_], NAME)
    return stock, our_marks(run.out, stock, NAME)


def test_marks_equal_nbgraders_save_for_the_listed_differences(tmp_path, repository):
    texts = [(LESSONS / f"{NAME}{part}.py").read_text(encoding="utf-8") for part in ("", "_answers")]
    course, lesson = our_course(tmp_path / "ours", NAME, f"{SOURCE}\n{texts[0]}", f"{ANSWERS}\n{texts[1]}")
    alike, differing = hand_ins(lesson, NAME), differing_hand_ins(lesson, NAME)
    assert len({one.data for one in alike}) == len(alike) >= 40

    first = StockCourse(tmp_path / "first", NAME, lesson)
    assert [(cell.source, cell.metadata) for cell in first.release.cells] == [
        (cell.source, cell.metadata) for cell in lesson.released.cells
    ]
    second, third = first.copy(tmp_path / "second"), first.copy(tmp_path / "third")
    half = len(alike) // 2
    stops = [one for one in differing if one.name == STOPS_THE_RUN]
    rest = [one for one in differing if one.name != STOPS_THE_RUN]
    classes = {first: alike[:half] + rest, second: alike[half:], third: stops}
    stock, ours = judged(classes, Run(course, WEEK, tmp_path / "submitted", tmp_path / "out", workers=2))
    assert "old version" in third.said("autograde")

    assert {one.name: cells for one in alike if (cells := differing_cells(one.name, stock, ours))} == {}
    assert {one.name: differing_cells(one.name, stock, ours) for one in differing} == DIFFERENCES
    for name, points in FULL.items():
        assert {stock[one.name][name] for one in alike} == {0.0, points}, (
            f"{name} is never failed, or never passed"
        )
    listed = re.findall(
        r"^\| ([^|]+) \|", (repository / "docs" / "differences.md").read_text(encoding="utf-8"), re.M
    )
    assert [one.row for one in differing if not any(row.startswith(one.row) for row in listed)] == []
