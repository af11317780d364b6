"""The hostile corpus, graded among honest classmates: no unearned mark, no leak, and nobody loses anything."""

import ctypes
import json
import re

import pytest
from bs4 import BeautifulSoup
from corpus import CATEGORIES, WEEKS, all_cases
from graded_corpus import Graded, children, grade_week, lay_out, snapshot, those_left

import cnnkit

pytestmark = pytest.mark.sandbox
PR_SET_CHILD_SUBREAPER = 36
GIBIBYTE = 2**30
READY = [c for c in all_cases() if c.category != "checkpoints" or hasattr(cnnkit, "train_or_load")]
HOSTILE = [case for case in READY if case.category != "classmates"]
ASKED = [case.name for case in READY]


def pytest_generate_tests(metafunc):
    """A test for each case, expected to fail where the case says so and it is about that."""
    if "name" in metafunc.fixturenames:
        marked = metafunc.function.__name__ == "test_marks_are_those_deserved"
        names = [
            pytest.param(
                c.name, marks=[pytest.mark.xfail(strict=True, reason=c.fails)] if c.fails and marked else []
            )
            for c in READY
        ]
        metafunc.parametrize("name", names)


@pytest.fixture(scope="module")
def asked(request):
    """The cases that this run of pytest has selected tests for (`-k`), and the classmates."""
    selected = {
        item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")
    }
    return [case for case in READY if case.name in selected or case.category == "classmates"]


@pytest.fixture(scope="module")
def graded(asked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    lay_out(folder, asked)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    processes, before = children(), snapshot(folder)
    for week in WEEKS:
        if any((folder / "submitted" / week.assignment).iterdir()):
            grade_week(folder, week)
    class_ = Graded(folder, asked)
    class_.before, class_.left = before, those_left(processes)
    return class_


def test_the_corpus_is_as_large_as_it_should_be():
    cases = [case for case in all_cases() if case.category != "classmates"]
    assert len(cases) >= 70 and {case.category for case in cases} == set(CATEGORIES) - {"classmates"}
    assert all(case.tries.endswith(".") and set(case.marks) == set(case.week.full) for case in cases)


def test_marks_are_those_deserved(graded, name):
    outcome = graded.outcome(name)
    assert (outcome.unearned, outcome.lost) == ({}, {}), outcome.said[:3000]
    assert outcome.result.sandbox == "bwrap"


def test_nothing_leaks(graded, name):
    assert not graded.outcome(name).leaks


@pytest.mark.parametrize("limited", [case.name for case in READY if case.says])
def test_what_happened_is_named(graded, limited):
    if limited not in graded.cases:
        pytest.skip("not among the cases asked for")
    outcome = graded.outcome(limited)
    assert re.search(outcome.case.says, outcome.said), outcome.said[:3000]


ALLOWED_HEAD = {"meta", "title", "style", "head", "html", "body"}


def test_the_page_does_nothing(graded, name):
    outcome = graded.outcome(name)
    page = BeautifulSoup(outcome.texts["page"], "html.parser")
    assert page.body is not None and "Content-Security-Policy" in outcome.texts["page"]
    for tag in page.find_all(True):
        inert = tag.name not in {
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "link",
            "svg",
            "base",
            "frame",
        }
        assert inert and not (tag.name == "style" and tag.find_parent("body")), tag
        for key, value in tag.attrs.items():
            assert not key.startswith("on") and key != "style", tag
            assert not re.match(r"\s*(javascript|vbscript|data:(?!image/(png|jpeg)))", str(value), re.I), tag
            assert key not in ("src", "srcset", "background") or str(value).startswith("data:image/"), tag


def test_nothing_was_written_elsewhere(graded):
    after = snapshot(graded.folder)
    ours = ("out", "peak-")
    changed = {path for path in {*graded.before, *after} if graded.before.get(path) != after.get(path)}
    assert not {path for path in changed if not path.startswith(ours)}


def test_the_results_are_for_those_who_handed_in(graded):
    for week in WEEKS:
        out = graded.folder / "out" / week.assignment
        if not out.exists():
            continue
        students = {result.student for result in graded.results[week.assignment]}
        pages = students | {f"{student}.zip" for student in students}
        assert {path.name for path in (out / "feedback").iterdir()} == pages
        assert {path.name for path in (out / "autograded").iterdir()} == students
        files = {path.name for path in out.iterdir()}
        assert files <= {"results.json", "grades.csv", "feedback", "autograded", "gradebook.db", "nbgrader_config.py",
                         "report.html", "journal.jsonl", "source", "handed_in"}  # fmt: skip


def test_the_gradebook_says_the_same_and_nothing_by_hand(graded):
    from nbgrader.api import Gradebook

    for week in WEEKS:
        path = graded.folder / "out" / week.assignment / "gradebook.db"
        if path.exists():
            with Gradebook(f"sqlite:///{path}") as book:
                marks = {s.student_id: s.score for s in book.assignment_submissions(week.assignment)}
                assert not [s for s in book.assignment_submissions(week.assignment) for n in s.notebooks
                            for g in n.grades if g.manual_score is not None]  # fmt: skip
            assert marks == {result.student: result.score for result in graded.results[week.assignment]}


def test_no_process_is_left(graded):
    assert not graded.left


def test_the_coordinator_stays_under_a_gibibyte(graded):
    peaks = {path.name: json.loads(path.read_text())["peak"] for path in graded.folder.glob("peak-*.json")}
    assert peaks and all(0 < peak < GIBIBYTE for peak in peaks.values()), peaks
