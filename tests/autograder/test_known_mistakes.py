from pathlib import Path

import pytest
from small_lesson import ANSWERS, SOURCE, header, master_of

from autograder import known_mistakes
from autograder.answers import Answer, read_answers
from autograder.known_mistakes import Known, name_mistakes, named_mistakes, outcomes_of, table
from autograder.trial import run_tests
from cnnkit.testing import Side

MASTER = master_of(SOURCE)
MEAN = "def total(X):\n    return float(double(X).mean())\n"


@pytest.fixture
def answers(tmp_path: Path) -> list[Answer]:
    path = tmp_path / "answers.py"
    path.write_text(ANSWERS, encoding="utf-8")
    return read_answers(path)


def wrong(function: str, name: str, message: str, source: str) -> Answer:
    return Answer(function, "wrong", name, message, source)


def test_the_table_names_the_mistakes_that_visible_tests_see(answers: list[Answer]) -> None:
    found = table(MASTER, answers)
    evidence = run_tests(MASTER, {"total": MEAN})["total"].evidence
    assert found[evidence or ""] == "You took the mean."
    assert sorted(found.values()) == ["You squared the values.", "You took the mean."]
    assert list(found) == sorted(found)


def test_no_mistake_is_named_by_a_test_that_judges_a_trained_model(answers: list[Answer]) -> None:
    """It fails for want of weights, whatever the solution cells hold."""
    train = '# %% tags=["train"]\nmodel = 3\n'
    body = "with Check('total') as check:\n    check.true(model == 4, 'It should be 4.')\n"
    judge = header("total_model", points=1) + f"from cnnkit.check import Check\n\n{body}"
    master = master_of("\n".join([SOURCE, train, judge]))
    assert run_tests(master, {})["total_model"].evidence
    assert table(master, answers) == table(MASTER, answers)
    assert named_mistakes(master, answers, "total_model", Side()) == {}


def test_a_learner_reads_the_sentence_first(answers: list[Answer]) -> None:
    outcome = run_tests(MASTER, {"total": MEAN}, Side(mistake=table(MASTER, answers).get))["total"]
    assert outcome.message == "total: You took the mean.\ntotal(X) should be 6, and is 3."


def test_other_functions_are_self_contained(answers: list[Answer]) -> None:
    """A wrong answer that calls double would differ if double came from the wrong answers."""
    calls = wrong(
        "total", "less", "You forgot one.", "def total(X):\n    return float(double(X)[1:].sum())\n"
    )
    assert "You forgot one." in table(MASTER, [*answers, calls]).values()


def test_evidence_that_other_machines_may_not_give_is_left_out(answers: list[Answer]) -> None:
    third = wrong("total", "third", "You divided by 3.", "def total(X):\n    return float(X.sum()) / 3.7\n")
    assert "You divided by 3." not in table(MASTER, [*answers, third]).values()


def test_evidence_of_a_correct_answer_is_left_out(answers: list[Answer]) -> None:
    mean_too = Answer("total", "right", "odd", "", MEAN)
    assert "You took the mean." not in table(MASTER, [*answers, mean_too]).values()


def test_two_mistakes_with_one_result_share_their_sentences(answers: list[Answer]) -> None:
    other = wrong("total", "halves", "You forgot to double.", "def total(X):\n    return float(sum(X))\n")
    assert "You took the mean. Or: You forgot to double." in table(MASTER, [*answers, other]).values()


def test_an_answer_that_kills_its_process_stops_nothing(answers: list[Answer]) -> None:
    dies = wrong("total", "dies", "It dies.", "import os\ndef total(X):\n    os._exit(1)\n")
    assert table(MASTER, [dies, *answers]) == table(MASTER, answers)
    assert outcomes_of(MASTER, [dies], ["total"], Side()) == []


def test_an_answer_that_never_ends_stops_nothing(
    answers: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_mistakes, "SECONDS_TOGETHER", 1.0)
    monkeypatch.setattr(known_mistakes, "SECONDS_AN_ANSWER", 1.0)
    loops = wrong("total", "loops", "It loops.", "def total(X):\n    while True:\n        pass\n")
    assert table(MASTER, [loops, *answers]) == table(MASTER, answers)


def test_all_mistakes_on_one_test_at_once(answers: list[Answer]) -> None:
    found = named_mistakes(MASTER, answers, "double_hidden", Side())
    assert sorted(found.values()) == ["You doubled once: look at times.", "You squared the values."]
    with pytest.raises(StopIteration):
        named_mistakes(MASTER, answers, "triple", Side())


def test_mistakes_are_named_on_hidden_inputs(answers: list[Answer]) -> None:
    once, mean = (
        "def double(X, times=1):\n    return 2 * X\n",
        "def total(X):\n    return float(double(X).mean())\n",
    )
    for number in (1, 2):
        side = Side(seed=lambda grade_id, number=number: number + len(grade_id))
        failed = run_tests(MASTER, {"double": once}, side) | run_tests(
            MASTER, {"total": mean}, side, ["total"]
        )
        left = {name: str(failed[name].evidence) for name in ("double_hidden", "total")}
        expected = {
            "double_hidden": Known("once", "You doubled once: look at times."),
            "total": Known("mean", "You took the mean."),
        }
        assert not failed["double_hidden"].exact
        assert name_mistakes(MASTER, answers, left, side) == expected
        assert name_mistakes(MASTER, answers, left | {"total": "0" * 16}, side).keys() == {"double_hidden"}
        other = Side(seed=lambda grade_id: 99)
        assert name_mistakes(MASTER, answers, left, other).keys() == {"total"}


def test_the_name_of_a_mistake_is_readable_and_those_of_one_result_are_both_told(
    answers: list[Answer],
) -> None:
    source = "def total(X):\n    return float(sum(X))\n"
    more = [
        wrong("total", "not_doubled", "You forgot to double.", source),
        wrong("total", "only_added", "You only added.", source),
    ]
    left = {"total": str(run_tests(MASTER, {"total": source})["total"].evidence)}
    names = "mean or not doubled or only added"
    sentences = "You took the mean. Or: You forgot to double. Or: You only added."
    assert name_mistakes(MASTER, [*answers, *more], left, Side()) == {"total": Known(names, sentences)}


def test_what_one_test_left_is_not_looked_for_on_another(answers: list[Answer]) -> None:
    failed = run_tests(MASTER, {"double": "def double(X, times=1):\n    return X**2 + 1\n"}, Side())
    left = str(failed["double"].evidence)
    assert name_mistakes(MASTER, answers, {"double": left, "double_hidden": left}, Side()).keys() == {
        "double"
    }


def test_naming_mistakes_asks_no_side_to_name_one(answers: list[Answer]) -> None:
    def never(evidence: str) -> str:
        raise AssertionError("asked")

    assert name_mistakes(MASTER, answers, {"total": "0" * 16}, Side(mistake=never)) == {}


def test_where_nothing_failed_no_process_is_forked(
    answers: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_mistakes, "in_fork", None)
    assert name_mistakes(MASTER, answers, {}, Side()) == {}


def test_the_tables_of_two_builds_are_the_same(answers: list[Answer]) -> None:
    assert table(MASTER, answers) == table(MASTER, answers)
