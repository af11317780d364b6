import dataclasses
import datetime
import os
import shutil
import subprocess
import sys
import threading

import graded_lesson as lesson
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ComputeChecksums
from sqlalchemy import create_engine, event, inspect, make_url, text
from sqlalchemy.exc import OperationalError
from test_resume import until
from traitlets.config import Config

from autograder.gradebook import (
    INDEXES,
    Book,
    GradebookMismatch,
    GradebookUnusable,
    LessonMarks,
    patient,
    record,
    register_assignment,
    submission_time,
)

WEEK = {"numbers": lesson.master()}


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    """A gradebook with the lesson in it; making one takes a second, copying it none."""
    path = tmp_path_factory.mktemp("registered") / "gradebook.db"
    register_assignment(f"sqlite:///{path}", "week1", WEEK)
    return path


@pytest.fixture(scope="module")
def on_postgres(postgres):
    """The same on PostgreSQL."""
    url = postgres.database()
    register_assignment(url, "week1", WEEK)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, registered):
    if request.param == "postgresql":
        server, like = (request.getfixturevalue(name) for name in ("postgres", "on_postgres"))
        return server.database(like)
    shutil.copy(registered, tmp_path / "gradebook.db")
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.fixture
def book(url):
    with Book(url) as book:
        yield book


def grades(book, student="amber"):
    found = book.gradebook.find_submission_notebook("numbers", "week1", student).grades
    return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in found}


def stock_generate_assignment(folder):
    """The gradebook that nbgrader itself makes of the same lesson."""
    import nbformat

    place = folder / "source" / "week1"
    place.mkdir(parents=True)
    nbformat.write(lesson.master(), place / "numbers.ipynb")
    binaries = os.path.dirname(sys.executable)
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "week1", "--course-dir", str(folder)],
        check=True,
        capture_output=True,
        cwd=folder,
        env=os.environ | {"PATH": f"{binaries}:/usr/bin:/bin"},
    )
    return f"sqlite:///{folder / 'gradebook.db'}"


def rows(url, table, columns="*"):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM {table}"))]
    engine.dispose()
    return sorted(found, key=str)


def test_registers_what_nbgraders_own_command_registers(tmp_path, url):
    stock = stock_generate_assignment(tmp_path / "stock")
    for table, columns in {
        "source_cell": "name, cell_type, locked, source, checksum",
        "base_cell": "name, type",
        "grade_cells": "max_score, cell_type",
        "notebook": "name, kernelspec",
        "assignment": "name, duedate",
        "alembic_version": "version_num",
    }.items():
        assert rows(url, table, columns) == rows(stock, table, columns), table


def test_registering_twice_changes_nothing(url, book):
    tables = ("source_cell", "grade_cells", "solution_cells", "notebook", "assignment")
    count = {table: len(rows(url, table)) for table in tables}
    book.register_assignment("week1", WEEK)
    assert {table: len(rows(url, table)) for table in tables} == count


def test_the_master_is_not_touched(url):
    master = lesson.master()
    register_assignment(url, "week1", {"numbers": master})
    assert master == lesson.master()


def test_a_lesson_that_is_gone_is_dropped_while_nobody_has_handed_in(book):
    book.register_assignment("week1", WEEK | {"other": lesson.master()})
    book.register_assignment("week1", WEEK)
    assert [notebook.name for notebook in book.gradebook.find_assignment("week1").notebooks] == ["numbers"]


def test_other_lessons_or_cells_are_refused_once_there_are_submissions(book):
    book.record(lesson.result(), lesson.executed(lesson.result()))
    with pytest.raises(
        GradebookMismatch, match=r"'week1', of which 1 student has .*\n- the lesson 'other' is new"
    ):
        book.register_assignment("week1", WEEK | {"other": lesson.master()})


def test_verdicts_become_automatic_scores(book):
    graded = lesson.half_right()
    book.record(graded, lesson.executed(graded))
    assert grades(book) == {
        "double": (1.0, False),
        "double_hidden": (3.0, False),
        "halve": (0.0, False),
        "halve_hidden": (None, True),
    }
    marks = book.marks("amber", "week1", "numbers")
    assert (marks.score, marks.max_score, marks.late_penalty) == (4.0, 7.0, 0.0)


def test_messages_become_comments_on_the_cell_of_the_function(book):
    graded = lesson.half_right()
    book.record(graded, lesson.executed(graded))
    comments = book.marks("amber", "week1", "numbers").comments
    assert comments == {"halve_solution": f"{lesson.MESSAGE}\n\n{graded.tests[3].message}"}


def test_a_message_that_no_file_takes_is_stored_all_the_same(book):
    tests = [lesson.verdict(name, "failed", "odd \udcff and \0.") for name in lesson.POINTS]
    book.record(lesson.result(tests=tests), lesson.executed(lesson.result(tests=tests)))
    assert book.marks("amber", "week1", "numbers").comments["double_solution"] == "odd ? and \ufffd."


def test_the_same_message_is_said_once(book):
    tests = [lesson.verdict(name, "failed", "not begun yet.") for name in lesson.POINTS]
    book.record(lesson.result(tests=tests), lesson.executed(lesson.result(tests=tests)))
    assert book.marks("amber", "week1", "numbers").comments["double_solution"] == "not begun yet."


def test_an_untouched_answer_is_commented_as_nbgrader_does(book):
    book.record(lesson.half_right(), lesson.executed(lesson.half_right(), bodies={}))
    assert book.marks("amber", "week1", "numbers").comments == {
        "double_solution": "No response.",
        "halve_solution": "No response.",
    }


def test_a_comment_goes_when_the_answer_is_mended(book):
    book.record(lesson.half_right(), lesson.executed(lesson.half_right()))
    book.record(lesson.result(), lesson.executed(lesson.result()))
    assert book.marks("amber", "week1", "numbers").comments == {}
    assert book.marks("amber", "week1", "numbers").score == 7.0


def test_a_missing_lesson_is_a_row_with_score_0(book):
    book.record(lesson.result("elm", tests=[]), None)
    assert set(grades(book, "elm").values()) == {(0.0, False)}
    assert book.gradebook.find_submission("week1", "elm").score == 0


def test_a_test_without_a_verdict_is_never_a_silent_zero(book):
    graded = lesson.result(tests=[lesson.verdict("double")])
    book.record(graded, lesson.executed(graded))
    assert grades(book)["halve"] == (None, True)


def test_what_was_marked_by_hand_stays(book):
    graded = lesson.half_right()
    book.record(graded, lesson.executed(graded))
    grade = book.gradebook.find_grade("halve_hidden", "numbers", "week1", "amber")
    grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.25, False
    book.gradebook.find_comment("halve_solution", "numbers", "week1", "amber").manual_comment = "Nearly."
    book.gradebook.db.commit()
    book.record(graded, lesson.executed(graded))
    marks = book.marks("amber", "week1", "numbers")
    assert marks.scores["halve_hidden"] == (1.75, 2.0)
    assert marks.comments["halve_solution"] == "Nearly."
    assert grades(book)["halve_hidden"] == (None, False), "nothing changed, so nothing to look at again"


def test_a_mark_by_hand_is_looked_at_again_when_the_verdict_changes(book):
    book.record(lesson.half_right(), lesson.executed(lesson.half_right()))
    grade = book.gradebook.find_grade("halve", "numbers", "week1", "amber")
    grade.manual_score, grade.needs_manual_grade = 0.5, False
    book.gradebook.db.commit()
    book.record(lesson.result(), lesson.executed(lesson.result()))
    assert grades(book)["halve"] == (1.0, True)
    assert book.marks("amber", "week1", "numbers").scores["halve"] == (0.5, 1.0)


def test_a_student_who_is_known_keeps_their_name(book):
    book.gradebook.add_student("amber", first_name="Ada", last_name="Lovelace")
    book.record(lesson.result(), lesson.executed(lesson.result()))
    assert book.gradebook.find_student("amber").last_name == "Lovelace"


def test_written_answers_are_for_a_person_to_mark(url):
    master, graded = lesson.master(), lesson.result()
    stub, metadata = "# YOUR CODE HERE\nraise NotImplementedError()", lesson.meta("why", True, True, points=2)
    written = new_code_cell(stub, metadata=metadata, id="why")
    master.cells.append(written)
    answered = lesson.executed(graded)
    answered.cells.append(NotebookNode(written | {"source": "# Because."}))
    untouched = lesson.executed(graded)
    untouched.cells.append(written)
    with Book(url) as book:
        book.register_assignment("week1", {"numbers": master})
        book.record(graded, answered)
        book.record(dataclasses.replace(graded, student="birch"), untouched)
        assert grades(book, "amber")["why"] == (None, True)
        assert grades(book, "birch")["why"] == (0.0, False)


def test_late_penalties_are_nbgraders_own(url):
    config = Config({"LateSubmissionPlugin": {"penalty_method": "zero"}})
    late, graded = datetime.datetime(2025, 3, 2, 12), lesson.half_right()
    with Book(url, config) as book:
        book.record(graded, lesson.executed(graded), late)
        assert book.marks("amber", "week1", "numbers").late_penalty == 0, "there is no due date yet"
        book.gradebook.update_or_create_assignment("week1", duedate="2025-03-01 12:00:00")
        book.record(graded, lesson.executed(graded), late)
        assert book.marks("amber", "week1", "numbers").late_penalty == 4.0
        assert book.marks("amber", "week1", "numbers").score == 0.0
        book.record(graded, lesson.executed(graded), datetime.datetime(2025, 2, 28))
        assert book.marks("amber", "week1", "numbers").late_penalty == 0.0


def test_submission_times():
    assert submission_time("2025-03-02 12:00:00 UTC\n") == datetime.datetime(2025, 3, 2, 12)
    assert [submission_time(text) for text in ("", "yesterday-ish", "9" * 400)] == [None, None, None]


def test_a_bare_path_is_enough(tmp_path):
    script = (
        "import graded_lesson as lesson\n"
        "from autograder.gradebook import register_assignment, record\n"
        "url = 'sqlite:///gradebook.db'\n"
        "register_assignment(url, 'week1', {'numbers': lesson.master()})\n"
        "record(url, lesson.result(), lesson.executed(lesson.result()))\n"
    )
    here = [os.path.dirname(__file__), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(filter(None, here))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with Book(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        assert book.marks("amber", "week1", "numbers").score == 7.0


def test_the_order_of_recording_does_not_matter(tmp_path, registered):
    found = []
    for students in (["amber", "birch", "elm"], ["elm", "amber", "birch"]):
        path = shutil.copy(registered, tmp_path / f"{students[0]}.db")
        url = f"sqlite:///{path}"
        for student in students:
            record(url, lesson.half_right(student), lesson.executed(lesson.half_right(student)))
        with Book(url) as book:
            found.append({student: book.marks(student, "week1", "numbers") for student in sorted(students)})
    assert found[0] == found[1]
    assert isinstance(found[0]["amber"], LessonMarks)


def test_nbgrader_reads_what_we_wrote(url, book):
    """The checksums are those that nbgrader computes, so that its own autograde would accept the cells."""
    notebook, _ = ComputeChecksums().preprocess(lesson.master(), {})
    wanted = {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.checksum for c in lesson_tests(notebook)}
    with Gradebook(url) as gradebook:
        cells = gradebook.find_notebook("numbers", "week1").source_cells
        assert {c.name: c.checksum for c in cells if c.name in wanted} == wanted


def lesson_tests(notebook):
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


HAND = """
import sys
from nbgrader.api import Gradebook

url, test, answer, *students = sys.argv[1:]
with Gradebook(url) as gradebook:
    places = [("numbers", "week1", one) for one in students]
    cells = [(gradebook.find_grade(test, *p).id, gradebook.find_comment(answer, *p).id) for p in places]
    print("ready", flush=True)
    rounds = 0
    while rounds < 5 or gradebook.db.query(Student).count() == len(students):
        rounds += 1
        for grade, comment in cells:
            found = gradebook.find_grade_by_id(grade)
            found.manual_score, found.extra_credit, found.needs_manual_grade = rounds, 0.5, False
            gradebook.db.commit()
            gradebook.find_comment_by_id(comment).manual_comment = f"round {rounds}"
            gradebook.db.commit()
print(rounds)
""".replace("import Gradebook", "import Gradebook, Student", 1)


def test_two_graders_write_while_a_run_goes_on(url, book):
    """As formgrader does, each in a process of their own; who comes after the class tells them to stop."""
    students = [f"student{number}" for number in range(3)]
    for student in students:
        book.record(lesson.half_right(student), lesson.executed(lesson.half_right(student)))
    graders = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", HAND, patient(url), test, answer, *students],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for test, answer in (("halve_hidden", "halve_solution"), ("double", "double_solution"))
    ]  # fmt: skip
    assert [one.stdout.readline() for one in graders] == ["ready\n"] * 2
    for times in range(6):
        for student in students:
            graded = lesson.half_right(student) if times % 2 else lesson.result(student)
            book.record(graded, lesson.executed(graded))
            book.marks(student, "week1", "numbers")
    book.gradebook.add_student("that is all")
    said = [one.communicate(timeout=60) for one in graders]
    assert [(one.returncode, errors) for one, (_, errors) in zip(graders, said, strict=True)] == [(0, "")] * 2
    first, second = (int(printed) for printed, _ in said)
    assert min(first, second) >= 5
    for student in students:
        marks = book.marks(student, "week1", "numbers")
        by_hand = {"halve_hidden": (first + 0.5, 2.0), "double": (second + 0.5, 1.0)}
        assert marks.scores == {"halve": (0.0, 1.0), "double_hidden": (3.0, 3.0)} | by_hand
        assert marks.comments == {"halve_solution": f"round {first}", "double_solution": f"round {second}"}
        assert {name: score for name, (score, _) in grades(book, student).items()} == {
            "double": 1.0, "double_hidden": 3.0, "halve": 0.0, "halve_hidden": None,
        }  # fmt: skip


def test_nobody_writes_between_reading_and_writing(url, book, monkeypatch):
    """A mark by hand given just then would be judged by what was there before."""
    book.record(lesson.half_right(), lesson.executed(lesson.half_right()))
    brief = {"timeout": "0.1"} if url.startswith("sqlite") else {"options": "-c lock_timeout=100"}
    hasty = Gradebook(make_url(url).update_query_dict(brief).render_as_string(hide_password=False))
    tried = []

    def between(grade, score):
        found = hasty.find_grade("halve_hidden", "numbers", "week1", "amber")
        found.manual_score = 1.0
        with pytest.raises(OperationalError, match=r"database is locked|lock timeout"):
            hasty.db.commit()
        hasty.db.rollback()
        tried.append(grade.name)

    monkeypatch.setattr("autograder.gradebook._set_auto_score", between)
    book.record(lesson.half_right(), lesson.executed(lesson.half_right()))
    hasty.close()
    assert len(tried) == 4


def test_no_transaction_stays_open_until_the_next_student(book):
    book.record(lesson.half_right(), lesson.executed(lesson.half_right()))
    book.marks("amber", "week1", "numbers")
    assert not book.gradebook.db().in_transaction()


def test_a_file_that_is_named_from_here_is_the_same_one_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert make_url(patient("sqlite:///grades.db")).database == str(tmp_path / "grades.db")
    for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"):
        assert make_url(patient(url)).database == make_url(url).database
    assert make_url(patient("sqlite:////x.db?timeout=3")).query == {"timeout": "3"}


def test_a_file_that_is_locked_is_waited_for_longer_than_nbgrader_waits(tmp_path, registered):
    path = shutil.copy(registered, tmp_path / "gradebook.db")
    hold = (
        "import sqlite3, sys, time\n"
        "with sqlite3.connect(sys.argv[1], isolation_level=None) as base:\n"
        "    base.execute('BEGIN EXCLUSIVE')\n"
        "    print('held', flush=True)\n"
        "    time.sleep(6)\n"
        "    base.execute('ROLLBACK')\n"
    )
    holding = [sys.executable, "-c", hold, str(path)]
    with (
        Book(f"sqlite:///{path}") as book,
        Book(f"sqlite:///{path}?timeout=0.2") as hasty,
        subprocess.Popen(holding, stdout=subprocess.PIPE, text=True) as holder,
    ):
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OperationalError, match="database is locked"):
            hasty.record(lesson.result("birch"), lesson.executed(lesson.result("birch")))
        book.record(lesson.result(), lesson.executed(lesson.result()))
        assert book.marks("amber", "week1", "numbers").score == 7.0


@pytest.mark.parametrize("url", ["no URL", "postgres://host/name", "postgresql+psycopg2://host/name"])
def test_a_url_that_nothing_here_speaks_to_is_said(url):
    with pytest.raises(GradebookUnusable, match=r"cannot be used \(.*pip install 'autograder\[postgres\]'"):
        Book(url)


CLASS_TABLES = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")


@pytest.fixture
def without_indexes(registered, tmp_path):
    """A gradebook as nbgrader makes it."""
    url = f"sqlite:///{shutil.copy(registered, tmp_path / 'gradebook.db')}"
    engine = create_engine(url)
    with engine.begin() as connection:
        for index in INDEXES:
            index.drop(connection)
    engine.dispose()
    return url


def scans(book, act):
    """The class's tables that SQLite looks through from end to end while `act` is done."""
    found = []

    def explain(connection, cursor, statement, parameters, context, many):
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            plan = connection.connection.cursor().execute(
                f"EXPLAIN QUERY PLAN {statement}", parameters[0] if many else parameters
            )
            found.extend(words[1] for *_, step in plan if (words := step.split())[0] == "SCAN")

    event.listen(book.gradebook.engine, "before_cursor_execute", explain)
    act()
    event.remove(book.gradebook.engine, "before_cursor_execute", explain)
    return {table for table in found if table in CLASS_TABLES}


def test_what_is_done_for_a_student_looks_through_nobody_elses_marks(without_indexes):
    def act():
        graded = lesson.half_right()
        book.record(graded, lesson.executed(graded))
        book.marks("amber", "week1", "numbers")

    with Book(without_indexes) as book:
        assert scans(book, act) == set()
    engine = create_engine(without_indexes)
    with engine.begin() as connection:
        INDEXES[0].drop(connection)
    engine.dispose()
    with nbgraders_own(without_indexes) as book:
        assert "grade" in scans(book, act)


def nbgraders_own(url):
    """A Book whose gradebook is left as it is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("autograder.gradebook.INDEXES", [])
        return Book(url)


@pytest.fixture
def unindexed(postgres, on_postgres):
    """A gradebook in PostgreSQL as nbgrader makes it, and an engine of its owner's."""
    url = make_url(postgres.database(on_postgres))
    engine = create_engine(url)
    with engine.begin() as connection:
        for index in INDEXES:
            index.drop(connection)
    yield url, engine
    engine.dispose()


def indexed(engine):
    names = [one["name"] for index in INDEXES for one in inspect(engine).get_indexes(index.table.name)]
    return len({*names} & {index.name for index in INDEXES})


def waiting(engine):
    """Whether someone waits for a lock of the database."""
    with engine.connect() as asking:
        found = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return asking.execute(text(found)).scalar_one() > 0


def test_who_opens_an_older_gradebook_while_another_indexes_it_notices_nothing(unindexed, caplog):
    url, engine = unindexed
    name, opened = url.render_as_string(hide_password=False), []
    opener = threading.Thread(target=lambda: (Book(name).close(), opened.append(True)))
    with engine.begin() as first:
        INDEXES[0].create(first)
        opener.start()
        until(lambda: waiting(engine))  # both are at the same index, and only one can have it
    opener.join(30)
    assert opened == [True] and indexed(engine) == len(INDEXES) and "index" not in caplog.text


def test_no_index_is_held_while_another_is_waited_for(unindexed):
    """A run writes to submitted_notebook first, to grade after it; indexes are made in another order."""
    url, engine = unindexed
    with engine.connect() as writer:
        writer.execute(text("LOCK TABLE submitted_notebook IN ROW EXCLUSIVE MODE"))
        name = url.render_as_string(hide_password=False)
        opener = threading.Thread(target=lambda: Book(name).close())
        opener.start()
        until(lambda: indexed(engine) == len(INDEXES) - 1)
        writer.execute(text("SET LOCAL lock_timeout = '5s'"))
        writer.execute(text("LOCK TABLE grade IN ROW EXCLUSIVE MODE"))
        writer.commit()
    opener.join(30)
    assert indexed(engine) == len(INDEXES)


@pytest.fixture
def marker(unindexed):
    """The URL for someone who may write to the tables and does not own them."""
    url, engine = unindexed
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE marker LOGIN"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO marker"))
    yield url.set(username="marker").render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text("DROP OWNED BY marker"))
        connection.execute(text("DROP ROLE marker"))


def test_who_does_not_own_the_tables_marks_without_indexes_and_is_told(marker, caplog):
    with Book(marker) as book:
        book.record(lesson.half_right(), lesson.executed(lesson.half_right()))
        assert book.marks("amber", "week1", "numbers").score == 4.0
    assert "let the owner of its tables run any command" in caplog.text and "must be owner" in caplog.text
