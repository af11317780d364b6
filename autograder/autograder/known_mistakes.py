"""Which known mistake a wrong result points to, found by running the mistakes that learners make."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.answers import Answer, self_contained
from autograder.cells import exercise, grade_id, is_hidden, tests
from autograder.trial import TestOutcome, in_fork, judges_trained, run_tests
from cnnkit.testing import NOTEBOOK, Side

SECONDS_AN_ANSWER, SECONDS_TOGETHER = 30.0, 120.0


class Known(NamedTuple):
    """A known mistake: a short readable name, such as "stride ignored", and the sentence that explains it."""

    name: str
    sentence: str


def table(master: NotebookNode, answers: Sequence[Answer]) -> dict[str, str]:
    """The sentence that names each mistake, by the evidence that it leaves on the visible tests.

    Only evidence that is the same on any machine counts, and none that a correct answer leaves too. Mistakes
    with the same evidence share their sentences.
    """
    visible = [str(grade_id(test)) for test in tests(master.cells) if not is_hidden(test)]
    found = outcomes_of(master, answers, visible, NOTEBOOK)
    exact = [(answer, outcome) for answer, outcome in found if answer.kind == "right" or outcome.exact]
    return {left: known.sentence for left, known in _known(exact).items()}


def named_mistakes(
    master: NotebookNode, answers: Sequence[Answer], test_id: str, side: Side
) -> dict[str, str]:
    """The sentence that names each mistake, by the evidence that it leaves on one test, hidden ones included.

    Args:
        master: the lesson with solutions and hidden tests.
        answers: the lesson's other answers.
        test_id: the test's grade_id.
        side: whose seeds the test is run with; nothing else of it is used.

    Raises:
        StopIteration: there is no such test.
    """
    function = exercise(next(test for test in tests(master.cells) if grade_id(test) == test_id), master)
    wrong = [answer for answer in answers if answer.kind == "wrong" and answer.function == function]
    found = _known(outcomes_of(master, wrong, [test_id], side, self_contained(answers)))
    return {left: known.sentence for left, known in found.items()}


def name_mistakes(
    master: NotebookNode, answers: Sequence[Answer], evidence: Mapping[str, str], side: Side
) -> dict[str, Known]:
    """The mistakes that give the same wrong results, by test; none for a test on which no known mistake gives the same.

    Args:
        master: the lesson with solutions and hidden tests.
        answers: the lesson's other answers.
        evidence: what each failure left, by cnnkit.check; by the grade_id of the test that failed.
        side: whose seeds the tests were run with; nothing else of it is used.
    """
    if not evidence:
        return {}
    functions = {exercise(test, master) for test in tests(master.cells) if grade_id(test) in evidence}
    wrong = [answer for answer in answers if answer.kind == "wrong" and answer.function in functions]
    outcomes = outcomes_of(master, wrong, list(evidence), side, self_contained(answers))
    named = {}
    for test_id, found in evidence.items():
        known = _known(one for one in outcomes if one[1].name == test_id)
        if found in known:
            named[test_id] = known[found]
    return named


def outcomes_of(
    master: NotebookNode,
    answers: Sequence[Answer],
    only: Collection[str],
    side: Side,
    others: Mapping[str, str] | None = None,
) -> list[tuple[Answer, TestOutcome]]:
    """What the tests of its own function, among `only`, say of each answer, in a forked process.

    One process serves all answers; where that does not end well, each gets its own. An answer that does not
    end, or ends its process, is left out.

    Args:
        master: the lesson with solutions and hidden tests.
        answers: the answers to run.
        only: the grade_ids of the tests that count; of those that judge a trained model no mistake is named.
        side: whose seeds the tests are run with.
        others: the source of the other functions; the self-contained answers when None.
    """
    quiet = Side(seed=side.seed, mistake=lambda evidence: None)
    given = self_contained(answers) if others is None else others
    try:
        return in_fork(_outcomes, master, answers, only, quiet, given, timeout=SECONDS_TOGETHER)
    except (TimeoutError, ChildProcessError, MemoryError):
        return in_fork(
            _one_by_one, master, answers, only, quiet, given, timeout=SECONDS_AN_ANSWER * len(answers) + 60
        )


def _outcomes(
    master: NotebookNode,
    answers: Sequence[Answer],
    only: Collection[str],
    side: Side,
    others: Mapping[str, str],
) -> list[tuple[Answer, TestOutcome]]:
    about = [test for test in tests(master.cells) if not judges_trained(test, master)]
    owners = {str(grade_id(test)): exercise(test, master) for test in about}
    found = []
    for answer in answers:
        own = [name for name in only if owners.get(name) == answer.function]
        outcomes = run_tests(master, {**others, answer.function: answer.source}, side, own)
        found += [(answer, outcome) for outcome in outcomes.values()]
    return found


def _one_by_one(
    master: NotebookNode,
    answers: Sequence[Answer],
    only: Collection[str],
    side: Side,
    others: Mapping[str, str],
) -> list[tuple[Answer, TestOutcome]]:
    run_tests(master, {}, side, only)  # imports here what each answer's process would import again
    found = []
    for answer in answers:
        with suppress(TimeoutError, ChildProcessError, MemoryError):
            found += in_fork(_outcomes, master, [answer], only, side, others, timeout=SECONDS_AN_ANSWER)
    return found


def _known(found: Iterable[tuple[Answer, TestOutcome]]) -> dict[str, Known]:
    """The mistakes by their evidence, save for evidence of a right answer; those with the same evidence in one."""
    innocent: set[str | None] = set()
    groups: dict[str, list[Known]] = {}
    for answer, outcome in found:
        if answer.kind == "right":
            innocent.add(outcome.evidence)
        elif outcome.evidence:
            one = Known(answer.name.replace("_", " "), answer.message)
            groups.setdefault(outcome.evidence, []).append(one)
    return {left: _together(group) for left, group in sorted(groups.items()) if left not in innocent}


def _together(group: Iterable[Known]) -> Known:
    names, sentences = zip(*dict.fromkeys(group), strict=True)
    return Known(" or ".join(dict.fromkeys(names)), " Or: ".join(dict.fromkeys(sentences)))
