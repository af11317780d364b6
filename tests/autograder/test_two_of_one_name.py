"""Two lessons of one name in different weeks: every tool takes both, and knows one from the other."""

import pytest
from small_lesson import ASSIGNMENT, LESSON, small_course

from autograder.author import edit
from autograder.build import chosen, leaks
from autograder.course import Course
from autograder.lessons import BEGIN, END, Measured, measure, write_table
from autograder.mutants import equivalent_file

OTHER = "week9_other"
BOTH = [(ASSIGNMENT, LESSON), (OTHER, LESSON)]
NAMES = [f"{week}/{lesson}" for week, lesson in BOTH]


@pytest.fixture
def course(tmp_path) -> Course:
    course = small_course(tmp_path)
    source = course.source_file(ASSIGNMENT, LESSON).read_text(encoding="utf-8")
    path = course.source_file(OTHER, LESSON)
    path.parent.mkdir()
    path.write_text(
        source.replace("# %% [markdown]\n", "# %% [markdown]\n# The other.\n#\n", 1), encoding="utf-8"
    )
    (course.root / "course" / "budgets.toml").write_text(f"{LESSON} = 1\n", encoding="utf-8")
    return course


def test_a_lesson_is_named_with_its_week_only_where_it_has_to_be(course):
    assert [course.name_of(*lesson) for lesson in BOTH] == NAMES
    course.source_file(OTHER, LESSON).unlink()
    assert course.name_of(ASSIGNMENT, LESSON) == LESSON


def test_the_name_chooses_both_and_the_whole_name_one(course):
    assert chosen(course, [LESSON]) == BOTH
    assert [chosen(course, [name]) for name in NAMES] == [[lesson] for lesson in BOTH]
    with pytest.raises(KeyError, match=f"no lesson nothing: there are {', '.join(NAMES)}"):
        chosen(course, ["nothing"])


def test_an_author_says_which(course):
    opened = []
    with pytest.raises(
        KeyError, match=f"more than one lesson is called {LESSON}: say which of {', '.join(NAMES)}"
    ):
        edit(course, LESSON, opened.append)
    for name in NAMES:
        assert edit(course, name, opened.append) is False
    assert opened == [course.build / "author" / f"{name}.ipynb" for name in NAMES]


def test_each_has_its_own_list_of_equivalent_changes(course):
    files = [equivalent_file(course, *lesson) for lesson in BOTH]
    assert [
        file.as_posix().endswith(f"equivalent_mutants/{name}.txt")
        for file, name in zip(files, NAMES, strict=True)
    ] == [True, True]


def test_what_leaks_is_said_of_the_right_one(course):
    path = course.source_file(OTHER, LESSON)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("### BEGIN SOLUTION", "### BEGIN SOLUTION\n    only_the_other = 1", 1), encoding="utf-8"
    )
    (course.root / "lib" / "cnnkit" / "__init__.py").write_text("only_the_other = 1\n", encoding="utf-8")
    assert [f"a line that {NAMES[1]} keeps" in one for one in leaks(course, [course.root / "lib"])] == [True]


def test_both_are_measured_under_one_budget_and_have_a_row_each(course):
    readme = course.root / "README.md"
    links = "\n".join(f"[{name}](release/{name}.ipynb)" for name in reversed(NAMES))
    readme.write_text(f"{links}\n{BEGIN}\n{END}\n", encoding="utf-8")
    measured = measure(course, [LESSON])
    assert [(one.lesson, one.budget) for one in measured] == [(name, 1) for name in NAMES]
    write_table(measured, readme)
    write_table([Measured("alone", 1.0, 2.0, 0.5, [])], readme)
    rows = [line.split("|")[1].strip() for line in readme.read_text().splitlines() if line.startswith("| `")]
    assert rows == [f"`{NAMES[1]}`", f"`{NAMES[0]}`", "`alone`"], "in the order of the syllabus"
