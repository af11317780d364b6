from pathlib import Path

import pytest
from small_lesson import ANSWERS

from autograder.answers import read_answers, self_contained


def written(folder: Path, text: str) -> Path:
    path = folder / "answers.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_answers_come_in_the_files_order_with_their_code(tmp_path: Path) -> None:
    answers = read_answers(written(tmp_path, "# %% [markdown]\n# Answers.\n\n" + ANSWERS))
    assert [(a.function, a.kind, a.name) for a in answers] == [
        ("double", "right", "self_contained"),
        ("double", "wrong", "once"),
        ("double", "wrong", "squares"),
        ("total", "right", "self_contained"),
        ("total", "wrong", "mean"),
    ]
    assert answers[1].message == "You doubled once: look at times."
    assert answers[1].source == "def double(X, times=1):\n    return X + X"
    assert set(self_contained(answers)) == {"double", "total"}


def test_a_lesson_without_answers_has_none(tmp_path: Path) -> None:
    assert read_answers(tmp_path / "none.py") == []


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ('kind="right" name="a"', "lacks function"),
        ('function="f"', "lacks kind, name"),
        ('function="f" kind="correct" name="a"', "should be right or wrong, and is correct"),
        ('function="f" kind="wrong" name="a"', "a wrong answer has a message"),
        ('function="f" kind="right" name="a" message="m"', "a right one has none"),
    ],
)
def test_an_incomplete_header_is_named(tmp_path: Path, header: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_answers(written(tmp_path, f"# %% {header}\ndef f():\n    pass\n"))


def test_two_answers_of_one_name_are_refused(tmp_path: Path) -> None:
    cell = '# %% function="f" kind="right" name="a"\ndef f():\n    pass\n\n'
    with pytest.raises(ValueError, match="f has two answers named 'a'"):
        read_answers(written(tmp_path, cell * 2))
