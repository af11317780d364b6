from pathlib import Path

import pytest
from click.testing import CliRunner
from small_lesson import ASSIGNMENT, LESSON, SOURCE, header, master_of, small_course

from autograder import mutants
from autograder.cells import solutions
from autograder.mutants import Mutant, caught, equivalent_file, mutants_of, read_equivalent, survivors

MASTER = master_of(SOURCE)


def changes(code: str) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The changes that are made to the body of a function of X and n."""
    body = "".join(f"    {line}\n" for line in code.splitlines())
    source = (
        f'def f(X, n=1):\n    """What X ** 2 does."""\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION\n'
    )
    (cell,) = solutions(master_of(header("f_solution", solution=True) + source).cells)
    return {(mutant.before, mutant.after) for mutant in mutants_of(cell)}


def one(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (before,), (after,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return X + n", "return X - n"),
        ("return X + n", "return n + n"),
        ("return X[1]", "return X[2]"),
        ("return X[1]", "return X[ 2]"),
        ("return X < n", "return X <= n"),
        ("return -X", "return +X"),
        ("return X.max()", "return X.min()"),
        ("X += n", "X = n"),
        ("X += n", "X -= n"),
        ("X += n", "pass"),
        ("return X", "pass"),
        ("return True", "return False"),
    ],
)
def test_changes_that_are_made(before: str, after: str) -> None:
    made = {(old, tuple(line.replace("[ ", "[") for line in new)) for old, new in changes(before)}
    assert ((before,), (after.replace("[ ", "["),)) in made


def test_the_signature_and_the_docstring_are_not_changed() -> None:
    assert all(before == ("return X * n",) for before, _ in changes("return X * n"))


def test_a_change_is_made_once_and_compiles() -> None:
    for cell in solutions(MASTER.cells):
        made = list(mutants_of(cell))
        assert len({mutant.key for mutant in made}) == len(made) > 1
        for mutant in made:
            compile(mutant.source, "<mutant>", "exec")
            assert mutant.source != cell.source


def test_the_small_lessons_tests_catch_what_computes_something_else() -> None:
    made = [mutant for cell in solutions(MASTER.cells) for mutant in mutants_of(cell)]
    assert [mutant.after for mutant in survivors(MASTER, made)] == []


def test_a_weak_test_lets_a_change_through() -> None:
    weak = master_of(
        SOURCE.replace(
            "double(random_inputs, 3), random_inputs * 8", "double(random_inputs), random_inputs * 2"
        )
    )
    (cell, _) = solutions(weak.cells)
    alive = {mutant.after for mutant in survivors(weak, mutants_of(cell))}
    assert ("return X * 2*times",) in alive


@pytest.mark.parametrize("code", ["while True: pass", "import os; os._exit(0)", "return bytearray(1 << 36)"])
def test_a_change_that_does_not_end_well_is_caught(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "SECONDS_A_MUTANT", 1.0)
    assert caught(MASTER, Mutant("total", ("a",), ("b",), f"def total(X):\n    {code}\n"))


def test_listed_changes_are_read_with_their_reasons(tmp_path: Path) -> None:
    path = tmp_path / "lesson.txt"
    path.write_text(
        "# Listed.\n\nf\n- a\n- b\n+ c\nbecause: they are\nthe same\n\ng\n- d\nbecause: so\n",
        encoding="utf-8",
    )
    assert read_equivalent(path) == {
        Mutant("f", ("a", "b"), ("c",)): "they are the same",
        Mutant("g", ("d",), ()): "so",
    }
    assert read_equivalent(tmp_path / "none.txt") == {}
    path.write_text("f\n- a\n+ b\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"lesson.txt: f: an entry has .* a reason"):
        read_equivalent(path)


WEAK = SOURCE.replace("return float(double(X).sum())", "return float(sum(double(X), start=0))").replace(
    "return float(sum(double(X), start=0))", "return float(double(X).sum()) * max(1, 1)"
)


def test_the_command_fails_for_what_is_not_caught_until_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = small_course(tmp_path, WEAK)
    monkeypatch.chdir(tmp_path)
    first = CliRunner().invoke(mutants.main, [LESSON])
    assert first.exit_code == 1
    blocks = first.output.split("not caught: ")[1:]
    assert any("* min(1, 1)" in block or "* max(1, 0)" in block for block in blocks)

    path = equivalent_file(course, ASSIGNMENT, LESSON)
    path.parent.mkdir(parents=True)
    entries = [block.strip() + "\nbecause: one is the greatest of these\n" for block in blocks]
    path.write_text("\n".join(entries), encoding="utf-8")
    second = CliRunner().invoke(mutants.main, [LESSON])
    assert (second.exit_code, "100.0 %" in second.output) == (0, True)

    path.write_text("\n".join([*entries, "total\n- return 1\n+ return 2\nbecause: no\n"]), encoding="utf-8")
    third = CliRunner().invoke(mutants.main, [])
    assert third.exit_code == 1
    assert "but caught or no longer made: total\n- return 1\n+ return 2" in third.output
