"""The hostile corpus, graded among honest classmates: no unearned mark, no leak, and nobody loses anything."""

import ctypes
import fcntl
import json
import os
import re

import pytest
from bs4 import BeautifulSoup
from cases_classmates import LEAVES, mine
from corpus import CATEGORIES, NUMBERS, WEEKS, Desk, all_cases
from graded_corpus import LIMITS, Graded, children, grade_week, lay_out, snapshot, those_left

from autograder.kernel import Worker

pytestmark = pytest.mark.sandbox
PR_SET_CHILD_SUBREAPER = 36
GIBIBYTE = 2**30
READY = all_cases()


def cases(ready, expected_to_fail=lambda case: ""):
    """The cases as parameters, with the reasons for which some are expected to fail."""
    return [
        pytest.param(case.name, marks=[pytest.mark.xfail(strict=True, reason=reason)] if reason else [])
        for case in ready
        for reason in [expected_to_fail(case)]
    ]


@pytest.fixture(scope="module")
def asked(request):
    """The cases that this run of pytest has selected tests for (`-k`), and the classmates."""
    selected = {
        item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")
    }
    return [case for case in READY if case.name in selected or case.category == "classmates"]


@pytest.fixture(scope="module")
def graded(asked, tmp_path_factory):
    """The class, graded once, by whichever process of pytest comes first."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "corpus.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "corpus" / "noticed.json").exists():
            grade_class(folder / "corpus", asked)
    return Graded(folder / "corpus", asked)


def grade_class(folder, asked):
    folder.mkdir()
    lay_out(folder, asked)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    processes, before = children(), snapshot(folder)
    for week in WEEKS:
        if any((folder / "submitted" / week.assignment).iterdir()):
            grade_week(folder, week)
    left, after = those_left(processes), snapshot(folder)
    changed = [path for path in {*before, *after} if before.get(path) != after.get(path)]
    (folder / "noticed.json").write_text(json.dumps({"left": sorted(left), "changed": sorted(changed)}))


def test_the_corpus_is_as_large_as_it_should_be():
    cases = [case for case in all_cases() if case.category != "classmates"]
    assert len(cases) >= 70 and {case.category for case in cases} == set(CATEGORIES) - {"classmates"}
    assert all(case.tries.endswith(".") and set(case.marks) == set(case.week.full) for case in cases)


@pytest.mark.parametrize("name", cases(READY, lambda case: case.fails))
def test_marks_are_those_deserved(graded, name):
    outcome = graded.outcome(name)
    assert (outcome.unearned, outcome.lost) == ({}, {}), outcome.said[:3000]
    assert outcome.result.sandbox == "bwrap"


@pytest.mark.parametrize("name", cases(READY))
def test_nothing_leaks(graded, name):
    assert not graded.outcome(name).leaks


@pytest.mark.parametrize("name", cases([case for case in READY if case.says], lambda case: case.unnamed))
def test_what_happened_is_named(graded, name):
    outcome = graded.outcome(name)
    assert not outcome.unnamed, outcome.said[:3000]


LIVE = {"script", "iframe", "object", "embed", "form", "link", "svg", "base", "frame"}


@pytest.mark.parametrize("name", cases(READY))
def test_the_page_does_nothing(graded, name):
    outcome = graded.outcome(name)
    page = BeautifulSoup(outcome.texts["page"], "html.parser")
    assert page.body is not None and "Content-Security-Policy" in outcome.texts["page"]
    for tag in page.find_all(True):
        assert tag.name not in LIVE and not (tag.name == "style" and tag.find_parent("body")), tag
        for key, value in tag.attrs.items():
            assert not key.startswith("on") and key != "style", tag
            assert not re.match(r"\s*(javascript|vbscript|data:(?!image/(png|jpeg)))", str(value), re.I), tag
            assert key not in ("src", "srcset", "background") or str(value).startswith("data:image/"), tag


def test_nothing_was_written_elsewhere(graded):
    assert graded.noticed["changed"], "a run should at least have written its own results"
    assert not [path for path in graded.noticed["changed"] if not path.startswith(("out", "peak-"))]


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
                         "report.html", "class.html", "journal.jsonl", "source", "handed_in"}  # fmt: skip


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
    assert not graded.noticed["left"]


def test_the_coordinator_stays_under_a_gibibyte(graded):
    peaks = {path.name: json.loads(path.read_text())["peak"] for path in graded.folder.glob("peak-*.json")}
    assert peaks and all(0 < peak < GIBIBYTE for peak in peaks.values()), peaks


# Are the spies any good? In a worker in which a neighbour's things do lie about, they find them.
SPIES = [
    "neighbours_files", "neighbours_ipc", "neighbours_sockets", "files", "environment", "own_memory", "heap", "history",
    "frames", "proc", "exceptions_that_carry",
]  # fmt: skip


@pytest.mark.parametrize("spy", SPIES)
def test_a_spy_finds_what_lies_in_its_reach(spy, tmp_path):
    case = next(case for case in READY if case.name == spy)
    case.hand_in(tmp_path)
    path = Desk(tmp_path, case.folder, NUMBERS).path
    cells = {cell["id"]: cell["source"] for cell in json.loads(path.read_text())["cells"]}
    used = [cells[name] for name in ("own-first", "centre_solution", "own-last") if name in cells]
    secret = mine("neighbour")
    with Worker("bwrap", LIMITS) as worker:
        said = []
        for source in ["import numpy as np", LEAVES.replace("{mine}", secret), *used, "centre(np.eye(2))"]:
            said.append(json.dumps(worker.execute(source, 10.0).outputs))
    assert secret in "".join(said), "".join(said)[-3000:]
