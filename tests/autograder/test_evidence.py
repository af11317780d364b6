"""Evidence is short, readable and harmless whatever was handed in."""

import random
import time

import pytest

from autograder.evidence import CHARS, LINES, cut, difference, visible


def test_a_difference_is_shown_with_a_line_around_it():
    text = "\n".join("abcdefghij")
    assert difference(text, text.replace("c", "C").replace("i", "I")) == [
        " b", "-c", "+C", " d", "[…]", " h", "-i", "+I", " j"
    ]  # fmt: skip


def test_equal_texts_have_no_difference():
    assert difference("a\nb", "a\nb") == [] and difference("", "") == []


@pytest.mark.parametrize(("old", "new", "shown"), [("", "a", ["+a"]), ("a", "", ["-a"])])
def test_a_text_may_be_empty(old, new, shown):
    assert difference(old, new) == shown


def test_what_was_put_in_far_down_a_long_text_is_found():
    lines = [str(number) for number in range(5000)]
    assert difference("\n".join(lines), "\n".join([*lines[:4000], "new", *lines[4000:]])) == [
        " 3999", "+new", " 4000"
    ]  # fmt: skip


def test_evidence_is_cut():
    lines = difference("a\nb\n" * 50, "\n".join(f"{n}\na" for n in range(50)))
    assert len(lines) == LINES and lines[-1] == "[…]"
    assert cut(["x" * 10_000]) == ["x" * CHARS + "…"]


def test_what_was_taken_out_leaves_room_for_what_was_put_in():
    assert difference("a\n" * 50, "b" * 10_000 + "\n" + "c\n" * 50) == [
        "-a", "-a", "-a", "-a", "[…]", "+" + "b" * (CHARS - 1) + "…", "+c", "+c", "+c", "[…]"
    ]  # fmt: skip


def test_nothing_in_evidence_hides_or_moves_text():
    assert visible("\x1b[31m\u202egnp\u200b\0\udc80") == "\\x1b[31m\\u202egnp\\u200b\\x00\\udc80"
    assert visible("\té ü 字") == "    é ü 字"
    assert difference("a", "b\x1b]0;title\x07") == ["-a", "+b\\x1b]0;title\\x07"]


def test_a_difference_takes_no_time_whatever_the_texts():
    rng = random.Random(1)
    texts = [
        ["\n".join(rng.choice("ab") for _ in range(20_000)) for _ in range(2)],
        ["x" * 10**7, "y\n" * 10**6],
    ]
    began = time.process_time()
    for old, new in texts:
        assert len(difference(old, new)) <= LINES
    assert time.process_time() - began < 5
