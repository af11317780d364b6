"""What all lessons share, and that the syllabus, the budgets and the lessons say the same."""

import re
import tomllib
from functools import lru_cache

import pytest
from nbformat import NotebookNode

from autograder import cells as c
from autograder.build import Lesson, chosen
from autograder.course import Course
from autograder.lessons import BEGIN, MEMORY
from autograder.start_here import entries

COURSE = Course.find()
LESSONS = chosen(COURSE, None)
SYLLABUS = (COURSE.root / "course" / "README.md").read_text(encoding="utf-8")
BUDGETS = tomllib.loads((COURSE.root / "course" / "budgets.toml").read_text(encoding="utf-8"))
LEAST, MOST, A_WEEK = 3, 40, 100
SECTIONS = ["What you build", "Check yourself", "What goes wrong when…", "Your turn", "Summary", "References"]


@lru_cache
def master_of(lesson: Lesson) -> NotebookNode:
    return COURSE.master(*lesson)


def text_of(lesson: Lesson) -> str:
    """The prose of a lesson."""
    cells = master_of(lesson).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def plain(text: str) -> str:
    return " ".join(text.split())


def worth(lesson: Lesson) -> dict[str, float]:
    """The points of each exercise, in the lesson's order; questions are exercises too."""
    master, found = master_of(lesson), {}
    for test in c.tests(master.cells):
        name = c.exercise(test, master)
        found[name] = found.get(name, 0.0) + c.points(test)
    return found


def is_quiz(lesson: Lesson) -> bool:
    tests = c.tests(master_of(lesson).cells)
    return bool(tests) and all(map(c.is_question, tests))


def title(lesson: Lesson) -> str:
    return text_of(lesson).partition("\n")[0].removeprefix("# ")


def question(lesson: Lesson) -> str:
    """What stands in bold below the title."""
    found = re.match(r"# [^\n]+\n\n\*\*(.+?)\*\*", text_of(lesson), re.S)
    return plain(found[1]) if found else ""


GRADED = [lesson for lesson in LESSONS if sum(worth(lesson).values()) and not is_quiz(lesson)]


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_it_begins_with_a_question(lesson):
    assert question(lesson).endswith("?")


@pytest.mark.parametrize("lesson", [one for one in LESSONS if not is_quiz(one)], ids="/".join)
def test_it_says_at_once_what_one_learns_and_what_it_takes(lesson):
    first = master_of(lesson).cells[0].source
    assert re.search(r"^\*\*After this lesson you can\*\*\n\n(- .+\n(  .+\n)*){3,}", first, re.M)
    assert re.search(r"^\| your time \| about .*(minutes|hours) \|$", first, re.M)
    assert re.search(r"^\| before you start \| .+ \|$", first, re.M)
    (minutes,) = re.findall(r"^\| machine time, solved \| under (\d+) minutes? on one core \|$", first, re.M)
    assert int(minutes) == BUDGETS[lesson[1]]
    (memory,) = re.findall(r"^\| memory \| under ([\d.]+) GB \|$", first, re.M)
    assert float(memory) <= MEMORY
    measured = re.search(
        rf"^\| `{COURSE.name_of(*lesson)}` \| .+ \| ([\d.]+) of {MEMORY} \|$", SYLLABUS, re.M
    )
    assert measured is None or float(measured[1]) < float(memory)


@pytest.mark.parametrize("lesson", GRADED, ids="/".join)
def test_it_has_every_part(lesson):
    headings = re.findall(r"^##? (.+)$", text_of(lesson), re.M)
    places = [
        [number for number, heading in enumerate(headings) if heading.startswith(section)]
        for section in SECTIONS
    ]
    assert [len(place) for place in places] == [1] * len(SECTIONS)
    assert sorted(places) == places, "the parts stand in another order than in other lessons"


@pytest.mark.parametrize("lesson", GRADED, ids="/".join)
def test_its_parts_hold_something(lesson):
    parts = dict(re.findall(r"^## (\w+ ?\w*).*\n((?:(?!## ).*\n?)*)", text_of(lesson), re.M))
    assert len(re.findall(r"^- .+\d{4}", parts["References"], re.M | re.S)) >= 1
    assert parts["Summary"].count("\n- ") >= 3
    assert len(re.findall(r"^\*\*…", parts["What goes"], re.M)) >= 3, "the gallery has too few failures"
    assert len(re.findall(r"^\d+\. ", parts["Check yourself"].partition("<details>")[0], re.M)) >= 3
    assert "<details>" in parts["Check yourself"], "there are no answers to open"


@pytest.mark.parametrize("lesson", GRADED, ids="/".join)
def test_points_are_what_the_text_says(lesson):
    text, points = text_of(lesson), worth(lesson)
    listed = re.findall(r"^\| \d+ \| `(\w+)` \| .+ \| (\d+) \|$", text, re.M)
    headed = re.findall(r"^### Exercise \d+: `(\w+)` \((\d+) points", text, re.M)
    assert [(name, float(number)) for name, number in listed] == list(points.items())
    assert headed == listed
    assert all(value >= LEAST for value in points.values())
    assert sum(points.values()) <= MOST


def whole_weeks() -> list[str]:
    """The weeks that the syllabus calls complete: all four, or none."""
    weeks = COURSE.assignments()
    said = "All four weeks are complete." in SYLLABUS.replace("\n", " ")
    return weeks if said and len(weeks) == 4 else []


def test_the_syllabus_says_that_all_weeks_are_whole():
    assert whole_weeks()


@pytest.mark.parametrize("week", COURSE.assignments())
def test_a_whole_week_is_worth_a_hundred_points_and_has_its_quiz(week):
    lessons = [lesson for lesson in LESSONS if lesson[0] == week]
    points = sum(sum(worth(lesson).values()) for lesson in lessons)
    if week in whole_weeks():
        assert points == A_WEEK and any(map(is_quiz, lessons))
    else:
        assert points < A_WEEK, f"{week} has its {A_WEEK} points: the syllabus should call it whole"


def row_of(lesson: Lesson) -> list[str]:
    """The cells of its row in the syllabus."""
    rows = [line for line in SYLLABUS.splitlines() if f"](release/{'/'.join(lesson)}.ipynb)" in line]
    assert len(rows) == 1, f"the syllabus has {len(rows)} rows for {lesson[1]}"
    return [cell.strip() for cell in rows[0].strip("| ").split("|")]


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_the_syllabus_says_what_the_lesson_says(lesson):
    week, named, asked, exercises, points, minutes, needs = row_of(lesson)
    assert lesson[0].startswith(f"week{week}_")
    number, _, rest = title(lesson).partition(" ")
    assert re.fullmatch(r"\S+ \[(.+)\]\(.+\)", named)
    assert f"[{title(lesson) if is_quiz(lesson) else rest}]" in named
    assert is_quiz(lesson) or named.startswith(f"{number} [")
    assert asked == question(lesson)
    assert points in ([f"{sum(worth(lesson).values()):g}"] if any(worth(lesson).values()) else ["0", "none"])
    assert minutes == f"under {BUDGETS[lesson[1]]}"
    assert needs
    if lesson in GRADED:
        assert re.findall(r"`(\w+)`", exercises) == list(worth(lesson))


def test_the_page_that_students_begin_on_says_what_the_syllabus_says():
    found = entries(COURSE)
    rows = re.findall(r"\]\(release/(\w+)/(\w+)\.ipynb\)", SYLLABUS)
    assert [one.path for one in found] == [f"{week}/{lesson}.ipynb" for week, lesson in rows]
    for one, lesson in zip(found, rows, strict=True):
        _, named, asked, _, points, minutes, needs = row_of(lesson)
        assert named == f"{one.number} [{one.title}](release/{one.path})"
        assert (asked, points) == (one.question, f"{one.points:g}")
        assert one.yours and re.sub(r" minutes?$", "", one.machine) in (minutes, "less than a")
        assert re.findall(r"\d\.\d", one.needs) == re.findall(r"\d\.\d", needs), one.name
        assert bool(one.needs) == bool(needs)


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_it_has_a_budget_and_was_measured(lesson):
    assert BUDGETS[lesson[1]] > 0
    assert f"| `{COURSE.name_of(*lesson)}` | " in SYLLABUS.partition(BEGIN)[2], "run make lessons"


def test_no_budget_and_no_row_is_of_a_lesson_that_is_not_there():
    assert set(BUDGETS) <= {lesson for _, lesson in LESSONS}
    rows = re.findall(r"\]\(release/(\w+)/(\w+)\.ipynb\)", SYLLABUS)
    assert sorted(rows) == sorted(LESSONS)


def test_lessons_of_one_name_train_nothing():
    """The weights in course/reference lie under the lesson's name alone."""
    shared = [lesson for lesson in LESSONS if COURSE.name_of(*lesson) != lesson[1]]
    assert [path for lesson in shared for path in c.checkpoints(master_of(lesson))] == []


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_no_year_begins_a_line(lesson):
    """Markdown would make a numbered list of it."""
    assert re.findall(r"^ *\d{4}\. .*", text_of(lesson), re.M) == []


@pytest.mark.parametrize("lesson", LESSONS, ids="/".join)
def test_who_is_to_save_is_told_of_the_menu(lesson):
    """Ctrl+S may do nothing while the cursor is in a widget."""
    told = [part for part in text_of(lesson).split("\n\n") if "Ctrl+S" in part]
    assert told and [part for part in told if "*Save Notebook*" not in part] == []
