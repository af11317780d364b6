"""Which known mistake a wrong result points to, found by running the mistakes that learners make."""

from collections.abc import Collection, Sequence

from nbformat import NotebookNode

from autograder.answers import Answer, self_contained
from autograder.cells import exercise, grade_id, is_hidden, tests
from autograder.trial import TestOutcome, in_fork, run_tests
from cnnkit.testing import Side

SECONDS_AN_ANSWER, SECONDS_IN_ALL = 10.0, 300.0


def table(master: NotebookNode, answers: Sequence[Answer]) -> dict[str, str]:
    """The sentence that names each mistake, by the evidence that it leaves on the visible tests.

    Only evidence that is the same on any machine counts, and none that a correct answer leaves too. Mistakes
    with the same evidence share their sentences.

    Raises:
        TimeoutError: the answers together take too long.
        ChildProcessError: running them ended the process.
    """
    return in_fork(_table, master, answers, timeout=SECONDS_IN_ALL)


def name_mistake(
    master: NotebookNode, answers: Sequence[Answer], test_id: str, evidence: str, side: Side
) -> str | None:
    """The sentence for a wrong result on any test, hidden ones included; None when no known mistake gives it.

    Args:
        master: the lesson with solutions and hidden tests.
        answers: the lesson's other answers.
        test_id: the grade_id of the test that failed.
        evidence: what the failure left, by cnnkit.check.
        side: whose seeds the test was run with; nothing else of it is used.

    Raises:
        StopIteration: there is no such test.
        TimeoutError: the answers together take too long.
        ChildProcessError: running them ended the process.
    """
    return in_fork(_name_mistake, master, answers, test_id, evidence, side, timeout=SECONDS_IN_ALL)


def evidence_of(
    master: NotebookNode, answers: Sequence[Answer], answer: Answer, only: Collection[str], side: Side
) -> dict[str, TestOutcome]:
    """The outcomes of an answer on some tests, in a forked process, with the other functions self-contained.

    Empty when the answer does not end, or ends the process.
    """
    replacements = {**self_contained(answers), answer.function: answer.source}
    quiet = Side(seed=side.seed, mistake=lambda evidence: None)
    try:
        return in_fork(run_tests, master, replacements, quiet, only, timeout=SECONDS_AN_ANSWER)
    except (TimeoutError, ChildProcessError, MemoryError):
        return {}


def _table(master: NotebookNode, answers: Sequence[Answer]) -> dict[str, str]:
    visible = [test for test in tests(master.cells) if not is_hidden(test)]
    _warm(master, [str(grade_id(test)) for test in visible])
    sentences: dict[str, list[str]] = {}
    innocent: set[str | None] = set()
    for answer in answers:
        own = [str(grade_id(test)) for test in visible if exercise(test, master) == answer.function]
        for outcome in evidence_of(master, answers, answer, own, Side()).values():
            if answer.kind == "right":
                innocent.add(outcome.evidence)
            elif outcome.evidence and outcome.exact:
                sentences.setdefault(outcome.evidence, []).append(answer.message)
    return {key: _joined(found) for key, found in sorted(sentences.items()) if key not in innocent}


def _name_mistake(
    master: NotebookNode, answers: Sequence[Answer], test_id: str, evidence: str, side: Side
) -> str | None:
    _warm(master, [test_id])
    function = exercise(next(test for test in tests(master.cells) if grade_id(test) == test_id), master)
    found = []
    for answer in answers:
        if answer.function == function and answer.kind == "wrong":
            outcome = evidence_of(master, answers, answer, [test_id], side).get(test_id)
            if outcome and outcome.evidence == evidence:
                found.append(answer.message)
    return _joined(found) if found else None


def _warm(master: NotebookNode, only: Collection[str]) -> None:
    """Import here what the lesson and these tests import, so that the forked answers do not each do so."""
    run_tests(master, {}, only=only)


def _joined(sentences: Sequence[str]) -> str:
    return " Or: ".join(dict.fromkeys(sentences))
