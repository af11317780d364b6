"""The comparison with stock nbgrader: each verdict is computed from what happened, and says so when it did."""

import json
from dataclasses import replace

import pytest
from corpus import NUMBERS, WEEKS, all_cases
from graded_corpus import Graded
from nbgrader.api import Gradebook
from run_bench import NO_ZIPS, PAGE, _table, summary, verdicts_on
from stock import TIMED_OUT, StockCourse, liveliness, marks_of, rows

CASE = next(case for case in all_cases() if case.name == "skip_tags")
HONEST_PAGE = "<html><head><style>p {}</style><script>own()</script></head><body>passed</body></html>"


def gradebook(path, **marks):
    """A gradebook with the marks of amber, who is honest, and of the case."""
    with Gradebook(f"sqlite:///{path}") as book:
        book.add_assignment(NUMBERS.assignment)
        book.add_notebook(NUMBERS.lesson, NUMBERS.assignment)
        for name, points in NUMBERS.full.items():
            book.add_grade_cell(name, NUMBERS.lesson, NUMBERS.assignment, max_score=points, cell_type="code")
        for student, given in {"amber": NUMBERS.full, CASE.name: marks}.items():
            book.add_student(student)
            submission = book.add_submission(NUMBERS.assignment, student)
            for grade in submission.notebooks[0].grades:
                grade.auto_score = given.get(grade.name, 0)
        book.db.commit()
    return path


@pytest.fixture
def judged(tmp_path, own_commands_on_path):
    """What stock nbgrader is said to have made of the case, after a change to what it left."""

    def judge(change=lambda folder: None, status=0, case=CASE, **marks):
        course = object.__new__(StockCourse)
        course.pages = {week.assignment: liveliness(HONEST_PAGE) for week in WEEKS}
        gradebook(tmp_path / "gradebook.db", **marks)
        course.rows = rows(tmp_path / "gradebook.db", CASE.name)
        for kind, text in (
            ("feedback", HONEST_PAGE),
            ("autograded", json.dumps({"cells": [{"outputs": [{"text": "x"}]}]})),
        ):
            suffix = "html" if kind == "feedback" else "ipynb"
            path = tmp_path / kind / CASE.name / NUMBERS.assignment / f"{NUMBERS.lesson}.{suffix}"
            path.parent.mkdir(parents=True)
            path.write_text(text)
        change(tmp_path)
        return course._judge(case, tmp_path, status).words

    return judge


def execute(statement):
    def change(folder):
        with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
            from sqlalchemy import text

            book.db.execute(text(statement))
            book.db.commit()

    return change


def write(kind, text):
    def change(folder):
        path = next((folder / kind).rglob("numbers.*"))
        path.write_text(text)

    return change


def test_the_marks_deserved_are_an_honest_verdict(judged):
    assert judged(double=1, double_hidden=2) == ["honest"]


def test_marks_beyond_and_below_what_is_deserved(judged):
    assert judged(double=1, double_hidden=0, centre=1) == ["unearned", "lost"]


def test_no_row_is_lost(judged):
    assert "lost" in judged(
        execute("delete from submitted_assignment where student_id = 'skip_tags'"), double=1
    )


@pytest.mark.parametrize(
    "statement",
    [
        "update grade set manual_score = 100",
        "update grade set auto_score = 0",
        "update grade_cells set max_score = 99",
    ],
)
def test_rows_of_others_and_marks_by_hand_are_seen(judged, statement):
    assert "wrote the gradebook" in judged(execute(statement), double=1, double_hidden=2)


def test_a_leak_in_an_output_and_a_live_page_are_seen(judged):
    leak = json.dumps({"cells": [{"outputs": [{"text": "CANARY-HIDDEN-3f9a51"}]}]})
    assert judged(write("autograded", leak), double=1, double_hidden=2) == ["leaked"]


def test_a_live_page_and_a_status_are_seen(judged):
    page = HONEST_PAGE.replace("passed", "<img src=x onerror=alert(1)>")
    assert judged(write("feedback", page), 1, double=1, double_hidden=2) == [
        "ended with an error",
        "live page",
    ]


def test_a_run_that_did_not_end_is_one_that_was_stopped(judged):
    assert judged(status=TIMED_OUT, double=1, double_hidden=2) == ["stopped the run"]


def test_what_was_solved_is_not_unearned_where_we_refuse_the_file(judged):
    refused = replace(CASE, marks=NUMBERS.only(), earned=NUMBERS.cheats)
    assert judged(case=refused, double=1, double_hidden=2) == ["honest"]


def test_a_student_who_is_not_there_has_no_marks(tmp_path, own_commands_on_path):
    gradebook(tmp_path / "gradebook.db")
    assert marks_of(tmp_path / "gradebook.db", replace(CASE, student="nobody\udcff")) is None


def test_a_row_that_is_missing_in_our_results_is_an_error(tmp_path):
    with pytest.raises(LookupError):
        Graded(tmp_path, [CASE]).outcome(CASE.name)


def test_the_summary_counts():
    line = summary("it", ["3: honest", "no marks: unearned, leaked", "0: honest", NO_ZIPS])
    assert line.startswith(f"**it**, 4 cases: 2 honest, 1 unearned, 1 leaked, 1 {NO_ZIPS}")


def test_verdicts_are_found_again_on_the_page():
    stock = {CASE.name: "10: unearned, leaked", "zip_slip": NO_ZIPS}
    cases = [case for case in all_cases() if case.name in stock]
    lines = _table("a title", cases, stock, dict.fromkeys(stock, "3: honest"))
    assert verdicts_on("\n".join(lines)) == stock


def test_the_page_in_docs_has_every_case():
    hostile = {case.name for case in all_cases() if case.category != "classmates"}
    assert set(verdicts_on(PAGE.read_text(encoding="utf-8"))) == hostile
