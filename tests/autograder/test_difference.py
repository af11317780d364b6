import shutil

import graded_lesson as lesson
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.gradebook import Book, GradebookMismatch, register_assignment

STUDENTS = ("amber", "birch", "elm")


def fill(url):
    """Three students, two of them marked by hand: a mark at halve_hidden, extra credit at double, a comment."""
    register_assignment(url, "week1", {"numbers": lesson.master()})
    with Book(url) as book:
        for student in STUDENTS:
            book.record(lesson.half_right(student), lesson.executed(lesson.half_right(student)))
        hidden = book.gradebook.find_grade("halve_hidden", "numbers", "week1", "amber")
        hidden.manual_score, hidden.needs_manual_grade = 1.5, False
        book.gradebook.find_grade("double", "numbers", "week1", "birch").extra_credit = 0.5
        book.gradebook.find_comment("halve_solution", "numbers", "week1", "amber").manual_comment = "Nearly."
        book.gradebook.db.commit()
    return url


@pytest.fixture(scope="module")
def in_a_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("filled") / "gradebook.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def on_postgres(postgres):
    return fill(postgres.database())


@pytest.fixture
def filed(tmp_path, in_a_file):
    with Book(f"sqlite:///{shutil.copy(in_a_file, tmp_path / 'gradebook.db')}") as book:
        yield book


@pytest.fixture(params=["filed", "postgresql"])
def book(request):
    if request.param == "filed":
        yield request.getfixturevalue("filed")
        return
    like = request.getfixturevalue("on_postgres")
    with Book(request.getfixturevalue("postgres").database(like)) as book:
        yield book


def changed(*steps):
    """The lesson after some changes to its cells."""
    master = lesson.master()
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in master.cells}
    for step in steps:
        step(master, cells)
    return {"numbers": master}


def drop(name):
    return lambda master, cells: master.cells.remove(cells[name])


def rename(name, new):
    return lambda master, cells: cells[name].metadata.nbgrader.update(grade_id=new)


def give(name, points):
    return lambda master, cells: cells[name].metadata.nbgrader.update(points=points)


def add(name, **kinds):
    cell = new_code_cell(f"pass  # {name}", metadata=lesson.meta(name, **kinds), id=name)
    return lambda master, cells: master.cells.append(cell)


def told(book, masters):
    with pytest.raises(GradebookMismatch) as mismatch:
        book.register_assignment("week1", masters)
    return mismatch.value.difference


HEAD = "'week1', of which 3 students have submissions in the gradebook, has changed:\n- "
SAID = {
    "a test dropped": ([drop("double_hidden")], "numbers: the cell 'double_hidden' is dropped"),
    "with its mark": (
        [drop("halve_hidden")],
        "numbers: the cell 'halve_hidden' is dropped; lost with it, given by hand: amber (1.5)",
    ),
    "with extra credit": (
        [drop("double")],
        "numbers: the cell 'double' is dropped; lost with it, given by hand: birch (+0.5)",
    ),
    "an answer dropped": (
        [drop("halve_solution")],
        "numbers: the cell 'halve_solution' is dropped; lost with it, given by hand: amber (a comment)",
    ),
    "added": (
        [add("more", grade=True, locked=True, points=1)],
        "numbers: the cell 'more' is new (1 point)",
    ),
    "an answer added": (
        [add("more_solution", solution=True)],
        "numbers: the cell 'more_solution' is new (no points)",
    ),
    "renamed": (
        [rename("halve_hidden", "halve_secret")],
        "numbers: the cell 'halve_hidden' is now called 'halve_secret'",
    ),
    "points": ([give("double", 7)], "numbers: the cell 'double' now has 7 points, and had 1 point"),
    "renamed, with points": (
        [rename("halve", "halve_it"), give("halve", 4)],
        "numbers: the cell 'halve' is now called 'halve_it'\n"
        "- numbers: the cell 'halve_it' now has 4 points, and had 1 point",
    ),
}


@pytest.mark.parametrize(("steps", "said"), SAID.values(), ids=SAID)
def test_what_will_change_is_told_and_nothing_is_changed(filed, steps, said):
    before = {student: filed.marks(student, "week1", "numbers") for student in STUDENTS}
    assert str(told(filed, changed(*steps))) == HEAD + said
    assert {student: filed.marks(student, "week1", "numbers") for student in STUDENTS} == before
    filed.register_assignment("week1", {"numbers": lesson.master()})


@pytest.mark.parametrize(("steps", "said"), SAID.values(), ids=SAID)
def test_what_stays_keeps_its_marks(book, steps, said):
    before = {student: book.marks(student, "week1", "numbers") for student in STUDENTS}
    masters = changed(*steps)
    found = told(book, masters)
    book.take_over(found, masters)
    renamed = found.renamed["numbers"]
    wanted = {
        c.metadata.nbgrader.grade_id: c.metadata.nbgrader
        for c in masters["numbers"].cells
        if "nbgrader" in c.metadata
    }
    points = {name: cell.points for name, cell in wanted.items() if cell.grade}
    for student in STUDENTS:
        marks = book.marks(student, "week1", "numbers")
        held = {renamed.get(name, name): score for name, (score, _) in before[student].scores.items()}
        assert marks.scores == {name: (held.get(name, 0.0), float(most)) for name, most in points.items()}
        assert marks.comments == {k: v for k, v in before[student].comments.items() if k in wanted}
    assert book.register_assignment("week1", masters) is None, "nothing is left to change"
    book.record(lesson.half_right("new"), lesson.executed(lesson.half_right("new")))
    assert set(book.marks("new", "week1", "numbers").scores) == set(points)


def test_a_cell_that_is_new_waits_for_the_next_run(book):
    masters = changed(add("more", grade=True, locked=True, points=1))
    book.take_over(told(book, masters), masters)
    grade = book.gradebook.find_grade("more", "numbers", "week1", "elm")
    assert (grade.auto_score, grade.needs_manual_grade, grade.max_score) == (None, True, 1.0)


def test_locked_cells_without_points_come_and_go_unasked(book):
    masters = changed(drop("setup"), add("other", locked=True))
    book.register_assignment("week1", masters)
    names = {cell.name for cell in book.gradebook.find_notebook("numbers", "week1").source_cells}
    assert "other" in names and "setup" not in names
    assert book.marks("amber", "week1", "numbers").scores["halve_hidden"] == (1.5, 2.0)


def test_other_words_in_a_test_are_taken_unasked(book):
    masters = changed(lambda master, cells: cells["double"].update(source="assert True"))
    book.register_assignment("week1", masters)
    cell = book.gradebook.find_source_cell("double", "numbers", "week1")
    assert cell.source == "assert True"


def test_a_question_that_another_one_replaces_is_not_taken_for_it(book):
    """Both read "your answer here": a mark for the one is none for the other."""
    answer = {"grade": True, "solution": True, "points": 2}

    def ask(name):
        cell = new_markdown_cell("YOUR ANSWER HERE", metadata=lesson.meta(name, **answer), id=name)
        return lambda master, cells: master.cells.append(cell)

    masters = changed(ask("why"))
    book.take_over(told(book, masters), masters)
    book.gradebook.find_grade("why", "numbers", "week1", "elm").manual_score = 2.0
    book.gradebook.db.commit()
    assert [str(step) for step in told(book, changed(ask("why_not"))).steps] == [
        "numbers: the cell 'why' is dropped; lost with it, given by hand: elm (2)",
        "numbers: the cell 'why_not' is new (2 points)",
    ]


def test_an_answer_that_is_no_longer_marked_by_hand_loses_its_marks(book):
    written = changed(add("why", grade=True, solution=True, points=2))
    book.take_over(told(book, written), written)
    book.gradebook.find_grade("why", "numbers", "week1", "elm").manual_score = 2.0
    book.gradebook.find_comment("why", "numbers", "week1", "elm").manual_comment = "Good."
    book.gradebook.db.commit()
    masters = changed(add("why", solution=True))
    found = told(book, masters)
    assert [str(step) for step in found.steps] == [
        "numbers: the cell 'why' now has no points, and had 2 points; lost with it, given by hand: elm (2)"
    ]
    book.take_over(found, masters)
    assert book.marks("elm", "week1", "numbers").comments["why"] == "Good."
    assert "why" not in book.marks("elm", "week1", "numbers").scores


def test_lessons_come_and_go(book):
    two = {"numbers": lesson.master(), "other": lesson.master()}
    found = told(book, two)
    assert [str(step) for step in found.steps] == ["the lesson 'other' is new"]
    book.take_over(found, two)
    for student in STUDENTS:
        assert book.marks(student, "week1", "other").max_score == 7.0
    kernel = book.gradebook.find_notebook("other", "week1").kernelspec
    assert kernel == book.gradebook.find_notebook("numbers", "week1").kernelspec != "{}"
    found = told(book, {"other": lesson.master()})
    assert str(found.steps[0]) == (
        "the lesson 'numbers' is dropped; lost with it, given by hand: amber (1.5), amber (a comment), birch (+0.5)"
    )
    book.take_over(found, {"other": lesson.master()})
    assert [notebook.name for notebook in book.gradebook.find_assignment("week1").notebooks] == ["other"]
    assert set(book.totals("week1")) == {(student, "week1", "other") for student in STUDENTS}


def test_a_change_that_fails_leaves_all_as_it_was(book, monkeypatch):
    masters = changed(drop("halve_hidden"), add("more", grade=True, locked=True, points=1))
    found = told(book, masters)
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr("autograder.difference._fill", lambda *_: (_ for _ in ()).throw(MemoryError))
        book.take_over(found, masters)
    assert book.marks("amber", "week1", "numbers").scores["halve_hidden"] == (1.5, 2.0)
    assert str(told(book, masters)) == str(found)


def test_many_losses_are_counted(filed):
    for number in range(14):
        student = f"more{number:02}"
        filed.save(lesson.half_right(student), lesson.executed(lesson.half_right(student)))
        filed.gradebook.find_grade("halve_hidden", "numbers", "week1", student).manual_score = 2.0
    filed.gradebook.db.commit()
    found = told(filed, changed(drop("halve_hidden")))
    assert str(found.steps[0]).endswith("more10 (2), 3 more") and len(found.lost) == 15
