"""The page that a learner begins on: built from the lessons' own words, the same bytes each time."""

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from small_lesson import ASSIGNMENT, LESSON, header, small_course

from autograder.build import build, check
from autograder.start_here import entries, entry, start_here
from cnnkit import homepage

PAGE = "# %% [markdown]\n# # Begin\n\n" + header("home", locked=True) + "import cnnkit\n\ncnnkit.home()\n"
PAGE += "\n# %% [markdown]\n# ## The map\n#\n# MAP\n"
TEXT = """# 2.3 Two and two

**What do two
and two make?** And three?

| this notebook takes | |
| --- | --- |
| your time | about 2 hours |
| machine time, solved | under 3 minutes on one core |
| memory | under 1 GB |
| before you start | lesson [1.2](ones.ipynb); what a sum is ([not sure?](zero.ipynb)) |"""


@pytest.fixture
def course(tmp_path):
    made = small_course(tmp_path)
    made.start_file.write_text(PAGE)
    return made


def made_of(text):
    return new_notebook(cells=[new_markdown_cell(text)])


def test_a_lesson_is_taken_at_its_word():
    found = entry("week2_sums_and_more", "twos", made_of(TEXT))
    assert (found.week, found.path) == ("Week 2: sums and more", "week2_sums_and_more/twos.ipynb")
    assert found.row == (
        "| [2.3 Two and two](week2_sums_and_more/twos.ipynb) | What do two and two make? | none | about 2 hours | "
        "under 3 minutes | lesson 1.2; what a sum is |"
    )


def test_a_quiz_says_it_in_a_line(course):
    found = entry("week2", "quiz", made_of(
        "# Quiz: sums\n\n**Ready?** Ten questions.\n\n"
        "*Machine: less than a minute on one core, 0.2 GB. You: about 20 minutes.*"
    ))  # fmt: skip
    assert (found.number, found.title, found.question) == ("2.q", "Quiz: sums", "Ready?")
    assert (found.yours, found.machine) == ("about 20 minutes", "less than a minute")


def test_what_a_lesson_does_not_say_is_left_out(course):
    (found,) = entries(course)
    assert (found.name, found.question, found.points) == ("Doubles", "", 6)


def test_the_page_has_the_map_and_lists_it_for_the_progress(course):
    page = start_here(course)
    assert f"[Doubles]({ASSIGNMENT}/{LESSON}.ipynb)" in page.cells[-1].source
    assert "MAP" not in page.cells[-1].source.replace("[Doubles]", "")
    assert page.metadata.cnnkit.lessons == [
        {"week": "week", "name": "Doubles", "path": f"{ASSIGNMENT}/{LESSON}.ipynb"}
    ]


def test_it_is_released_and_checked(course):
    build(course)
    released = course.release / homepage.PAGE
    page = nbformat.read(released, as_version=4)
    nbformat.validate(page)
    assert [cell.id for cell in page.cells][1] == homepage.CELL
    assert page.metadata.cnnkit.digest == homepage.digest(page), "as the lab compares it"
    assert [stop.name for stop in homepage.home(course.release).stops] == ["Doubles"]
    assert check(course) == []
    before = released.read_bytes()
    build(course)
    assert released.read_bytes() == before
    released.write_bytes(before.replace(b"Begin", b"begin"))
    assert check(course) == ["course/release/start_here.ipynb: is not what its source gives; run make build"]


def test_a_course_may_be_without_one(tmp_path):
    assert start_here(small_course(tmp_path)) is None
