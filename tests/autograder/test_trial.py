import linecache
import os
import time

import numpy as np
import pytest
from small_lesson import CELLS, SOURCE, TOTAL, header, master_of

from autograder import cells as c
from autograder.source import with_desk, with_progress
from autograder.trial import TestOutcome, in_fork, judges_trained, replaced, run_tests
from cnnkit.testing import Side

MASTER = master_of(SOURCE)
STUB = "def double(X, times=1):\n    raise NotImplementedError()\n"


def statuses(outcomes: dict[str, TestOutcome]) -> dict[str, str]:
    return {name: outcome.status for name, outcome in outcomes.items()}


def test_the_solution_passes_every_test_in_the_notebooks_order() -> None:
    outcomes = run_tests(MASTER, {})
    assert list(outcomes) == ["double", "double_hidden", "total", "total_hidden"]
    assert set(statuses(outcomes).values()) == {"passed"}


def test_an_untouched_stub_is_not_begun_and_whoever_calls_it_says_so() -> None:
    outcomes = run_tests(MASTER, {"double": STUB})
    assert set(statuses(outcomes).values()) == {"not_begun"}
    assert outcomes["double"].message.startswith("double: not begun, or not finished: line ")
    assert "calls double, which is not begun, or not finished: line " in outcomes["total"].message


def test_a_wrong_answer_leaves_its_message_and_evidence() -> None:
    wrong = "def double(X, times=1):\n    return X * 3.0\n"
    outcome = run_tests(MASTER, {"double": wrong}, only=["double"])["double"]
    assert outcome.status == "failed"
    assert "expected 2, got 3" in outcome.message
    assert outcome.evidence and outcome.exact


def test_only_the_wanted_tests_run() -> None:
    assert list(run_tests(MASTER, {}, only=["total"])) == ["total"]


def test_a_cell_that_raises_costs_only_what_it_defines() -> None:
    for broken in ("def double(X:\n", "raise SystemExit(3)", "1 / 0"):
        outcomes = run_tests(MASTER, {"total": broken})
        assert statuses(outcomes) == {
            "double": "passed",
            "double_hidden": "passed",
            "total": "failed",
            "total_hidden": "failed",
        }
        assert "total" in outcomes["total"].message


def test_the_desk_and_the_cell_that_shows_progress_are_left_out() -> None:
    with_it = with_desk(with_progress(master_of(SOURCE)))
    assert (with_it.cells[1].id, with_it.cells[-1].id) == ("desk", "progress")
    assert replaced(with_it, {}) == replaced(MASTER, {})


def test_an_exit_inside_a_test_fails_that_test() -> None:
    outcomes = run_tests(MASTER, {"total": "def total(X):\n    raise SystemExit('bye')\n"})
    assert (outcomes["total"].status, outcomes["total"].message) == ("failed", "bye")


def test_the_seed_of_the_side_reaches_the_hidden_tests() -> None:
    seen: list[str] = []

    def seed(grade_id: str) -> int:
        seen.append(grade_id)
        return 7

    special = np.random.default_rng(7).normal(size=5)
    cheat = f"def double(X, times=1):\n    return X * 2**times if X[0] == {float(special[0])!r} else X\n"
    assert run_tests(MASTER, {"double": cheat}, Side(seed=seed))["double_hidden"].status == "passed"
    assert run_tests(MASTER, {"double": cheat})["double_hidden"].status == "failed"
    assert seen == ["double_hidden", "total_hidden"]


def test_the_side_names_the_mistake() -> None:
    wrong = "def total(X):\n    return 3.0\n"
    outcomes = run_tests(MASTER, {"total": wrong}, Side(mistake=lambda evidence: "Aha."))
    assert outcomes["total"].message.startswith("total: Aha.\n")


def test_a_test_cell_sees_remote_names_and_nothing_else() -> None:
    leaky = SOURCE.replace("    X = np.array([1.0, 2.0])\n", "    X = np.array([1.0, unknown])\n")
    outcome = run_tests(master_of(leaky), {"double": "unknown = 2.0\n" + STUB}, only=["double"])["double"]
    assert "unknown" in outcome.message


TRAIN = """
# %% tags=["train"]
from cnnkit import quick
np.ran.append(quick())
model = 3
"""


@pytest.mark.parametrize(
    ("replacements", "trained"),
    [
        ({}, []),
        ({"total": "def total(model):\n    return 6.0"}, []),
        ({"total": "def total(X):\n    return model"}, [True]),
    ],
)
def test_a_train_cell_runs_only_for_code_that_uses_its_model_and_in_quick_mode(
    monkeypatch, replacements, trained
):
    monkeypatch.setattr(np, "ran", [], raising=False)
    monkeypatch.setenv("CNNKIT_QUICK", "0")
    run_tests(master_of("\n".join([*CELLS[:2], TRAIN, *CELLS[2:]])), replacements)
    assert np.ran == trained and os.environ["CNNKIT_QUICK"] == "0"


def test_a_test_judges_a_trained_model_when_it_uses_what_a_train_cell_makes():
    model_test = header("model", points=1) + "assert model == 3\n"
    master = master_of("\n".join([*CELLS[:2], TRAIN, *CELLS[2:], model_test]))
    judged = [judges_trained(test, master) for test in c.tests(master.cells)]
    assert judged == [set()] * 4 + [{"model"}]


def test_a_train_cell_runs_for_a_test_of_its_model_when_that_is_wanted(monkeypatch):
    monkeypatch.setattr(np, "ran", [], raising=False)
    master = master_of("\n".join([*CELLS[:2], TRAIN, header("model", points=1) + "assert model == 3\n"]))
    assert run_tests(master, {}, only=["other"]) == {} and np.ran == []
    assert statuses(run_tests(master, {})) == {"model": "passed"} and np.ran == [True]


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    loud = "import sys\ndef total(X):\n    print('a'); sys.stderr.write('b')\n    return 1.0\n"
    run_tests(MASTER, {"total": loud})
    assert capsys.readouterr() == ("", "")


def test_frames_can_show_the_lines_of_the_solution_cell() -> None:
    run_tests(MASTER, {"total": "def total(X):\n    return X.nothing_of_the_kind\n"})
    assert linecache.getline("<cell total_solution>", 2).strip() == "return X.nothing_of_the_kind"


def test_a_replacement_for_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no solution cell defines triple"):
        run_tests(MASTER, {"triple": ""})


def test_a_function_spread_over_two_cells_is_replaced_as_a_whole() -> None:
    again = SOURCE + TOTAL.replace("total_solution", "total_again_solution").replace("float(", "int(")
    sources = replaced(master_of(again), {"total": "def total(X): return 0"})
    assert [source for _, source in sources if "total" in source] == ["def total(X): return 0"]


def test_a_fork_gives_the_result_back_and_leaves_no_trace() -> None:
    state = {"x": 1}

    def change() -> int:
        state["x"] = 2
        return state["x"]

    assert in_fork(change) == 2
    assert state == {"x": 1}
    assert in_fork(lambda n: b"x" * n, 3_000_000) == b"x" * 3_000_000


def test_a_fork_raises_what_was_raised() -> None:
    def fail(text: str) -> None:
        raise KeyError(text)

    class LocalError(Exception):
        pass

    def fail_locally() -> None:
        raise LocalError("inner")

    with pytest.raises(KeyError, match="here"):
        in_fork(fail, "here")
    with pytest.raises(RuntimeError, match="LocalError: inner"):
        in_fork(fail_locally)
    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        in_fork(exit, 3)


def test_a_fork_that_never_ends_is_killed() -> None:
    begin = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no result within 0\.2 s"):
        in_fork(time.sleep, 60, timeout=0.2)
    assert time.monotonic() - begin < 10


def test_a_fork_that_dies_is_reported() -> None:
    with pytest.raises(ChildProcessError, match="ended without a result"):
        in_fork(os._exit, 1)


def test_a_fork_that_asks_for_too_much_memory_is_refused_it() -> None:
    with pytest.raises(MemoryError):
        in_fork(np.ones, 1 << 28, memory=1 << 30)
