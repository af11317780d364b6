"""Each graded function of each lesson: one to three hints before it, each inside the one before."""

from html.parser import HTMLParser

import pytest

from autograder import cells as c
from autograder.course import Course

COURSE = Course.find()
MOST = 3


class Summaries(HTMLParser):
    """The summaries of a text's details, each with how deep it stands; and how many details are left open."""

    def __init__(self, text):
        super().__init__()
        self.found, self.depth, self.inside = [], 0, False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.depth += tag == "details"
        self.inside = tag == "summary"

    def handle_endtag(self, tag):
        self.depth -= tag == "details"
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found.append((data, self.depth))


def hints_of(text):
    """The hints of a text, in order, as (words, depth); the number of details that are not closed."""
    read = Summaries(text)
    return [(words, depth) for words, depth in read.found if words.startswith("Hint")], read.depth


def functions():
    for week in COURSE.assignments():
        for lesson in COURSE.lessons(week):
            master = COURSE.master(week, lesson)
            graded = {c.exercise(test, master) for test in c.tests(master.cells) if not c.is_question(test)}
            text = ""
            for cell in master.cells:
                text += cell.source if cell.cell_type == "markdown" else ""
                name = (c.grade_id(cell) or "").removesuffix("_solution")
                if c.is_solution(cell):
                    if name in graded:
                        yield pytest.param(text, id=f"{lesson}-{name}")
                    text = ""


@pytest.mark.parametrize("text", list(functions()))
def test_hints_open_one_at_a_time(text):
    hints, left_open = hints_of(text)
    assert 1 <= len(hints) <= MOST
    assert hints == [(f"Hint {number}", number) for number in range(1, len(hints) + 1)]
    assert left_open == 0


@pytest.mark.parametrize(
    ("text", "hints", "left_open"),
    [
        ("<details><summary>Hint 1</summary>a</details><details><summary>Hint 2</summary></details>",
         [("Hint 1", 1), ("Hint 2", 1)], 0),
        ("<details><summary>Hint 1</summary><details><summary>Hint 2</summary></details>",
         [("Hint 1", 1), ("Hint 2", 2)], 1),
        ("Hint 1: none", [], 0),
    ],
)  # fmt: skip
def test_hints_side_by_side_or_left_open_are_seen(text, hints, left_open):
    assert hints_of(text) == (hints, left_open)
