"""Questions of a quiz: clicked or written, kept, and handed in."""

import json
from pathlib import Path

import pytest

from cnnkit.check import Check, CheckFailed, NotBegun
from cnnkit.quiz import Quiz

PATH = "work/quiz/answers.json"
CHOICES = {"max": "only the largest", "all": "all <alike>", "none": "nobody"}


@pytest.fixture(autouse=True)
def beside_a_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Notebook(dict):
    """The names of a notebook, in which a question is asked."""

    def ask(self, *args, **kwargs):
        self |= {"quiz": Quiz(PATH), "args": args, "kwargs": kwargs}
        exec("asked = quiz.ask(*args, **kwargs)", self)
        *controls, said = self["asked"].children
        return controls, said


def chosen(buttons) -> list:
    return [button.value for button in buttons if button.value is not None]


def kept() -> dict:
    return json.loads(Path(PATH).read_text())


def test_a_question_that_nobody_answered_is_none():
    notebook = Notebook()
    buttons, said = notebook.ask("gradient", CHOICES)
    assert notebook["gradient"] is None and chosen(buttons) == [] and "Not answered yet" in said.value
    assert [label for button in buttons for label, _ in button.options] == [
        "max: only the largest",
        "all: all <alike>",
        "none: nobody",
    ]
    assert not Path(PATH).exists()


def test_a_click_sets_the_name_and_is_kept():
    notebook = Notebook()
    buttons, said = notebook.ask("gradient", CHOICES)
    buttons[0].value = "max"
    buttons[1].value = "all"
    assert chosen(buttons) == ["all"], "one at a time"
    assert notebook["gradient"] == "all" and kept() == {"gradient": "all"}
    assert "<code>gradient = 'all'</code>. It is kept, and handed in." in said.value
    restarted = Notebook()
    buttons, said = restarted.ask("gradient", CHOICES)
    assert chosen(buttons) == [restarted["gradient"]] == ["all"] and "handed in" in said.value


def test_several_choices_are_a_list_in_their_order():
    notebook = Notebook()
    boxes, _ = notebook.ask("layers", CHOICES, many=True)
    boxes[2].value = boxes[0].value = True
    assert notebook["layers"] == kept()["layers"] == ["max", "none"]
    boxes[0].value = False
    assert notebook["layers"] == ["none"]
    assert [box.value for box in Notebook().ask("layers", CHOICES, many=True)[0]] == [False, False, True]


def test_a_number_has_its_unit():
    notebook = Notebook()
    (row,), _ = notebook.ask("side", unit="pixels")
    field, unit = row.children
    field.value = "28"
    assert notebook["side"] == kept()["side"] == 28 and unit.value == "pixels"
    assert Notebook().ask("side", unit="pixels")[0][0].children[0].value == "28"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("0", 0), (" -2.50 ", -2.5), ("1e3", 1000.0), ("5,020", "5,020"), ("nan", "nan"), ("", None)],
)
def test_a_number_is_what_was_typed_and_nothing_is_no_answer(typed, answer):
    notebook = Notebook()
    (row,), said = notebook.ask("side")
    assert row.children[0].value == "" and notebook["side"] is None
    row.children[0].value = "7"
    row.children[0].value = typed
    assert notebook["side"] == kept()["side"] == answer and type(answer) is type(notebook["side"])
    assert ("is no number" in said.value) == isinstance(answer, str)
    assert ("Not answered yet" in said.value) == (answer is None)
    again = Notebook()
    assert again.ask("side")[1].value == said.value and again["side"] == answer


def test_answers_to_other_questions_are_kept():
    for name in ("first", "second"):
        Notebook().ask(name, CHOICES)[0][0].value = "max"
    assert kept() == {"first": "max", "second": "max"}


def test_what_is_written_counts_more_than_a_click():
    Notebook().ask("gradient", CHOICES)[0][1].value = "all"
    notebook = Notebook(gradient="max")
    buttons, said = notebook.ask("gradient", CHOICES)
    assert chosen(buttons) == [notebook["gradient"]] == ["max"] and "is written above" in said.value
    buttons[2].value = "none"
    assert notebook["gradient"] == "max" and "gradient = 'max'" in said.value


@pytest.mark.parametrize(("answer", "many"), [("Max", False), (["max", "<b>"], True), (("al",), True)])
def test_an_answer_that_is_no_choice_is_named(answer, many):
    _, said = Notebook(gradient=answer).ask("gradient", CHOICES, many=many)
    assert "No choice is called" in said.value and "max, all, none" in said.value and "<b>" not in said.value


@pytest.mark.parametrize(
    "content", ["", "no JSON", "[1]", '{"gradient": ["max"]}', '{"gradient": 3}', "\x00"]
)
def test_a_damaged_file_stops_nothing(content):
    Path(PATH).parent.mkdir(parents=True)
    Path(PATH).write_text(content)
    buttons, _ = Notebook().ask("gradient", CHOICES)
    assert chosen(buttons) == []
    buttons[0].value = "max"
    assert kept()["gradient"] == "max"


def test_a_question_has_choices():
    with pytest.raises(ValueError, match="the question 'gradient' has 1 choice: give two or more"):
        Notebook().ask("gradient", {"max": "the largest"})


BECAUSE = {
    "max": "The largest made the output.",
    "all": "Only one made it.",
    "none": "Then nothing would be learned.",
}


def judged(got, right, because, **more):
    with Check("gradient") as check:
        check.answer(got, right, because, **more)


@pytest.mark.parametrize(
    ("got", "right"), [("max", "max"), (["none", "max"], {"max", "none"}), (("all",), {"all"}), ([], set())]
)
def test_a_right_choice_is_explained(got, right, capsys):
    judged(got, right, BECAUSE)
    said = capsys.readouterr().out
    assert said.endswith("gradient: passed\n")
    assert [BECAUSE[one] in said for one in BECAUSE] == [
        one in ({right} if isinstance(right, str) else right) for one in BECAUSE
    ]


@pytest.mark.parametrize("got", [28, 28.0, 28.4])
def test_a_number_may_be_a_little_off(got, capsys):
    judged(got, 28, {"right": "32 - 5 + 1 = 28."}, tolerance=0.5)
    assert "32 - 5 + 1 = 28." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("got", "right", "said"),
    [
        ("all", "max", "gradient: 'all' is not right. Only one made it."),
        (["max"], {"max", "none"}, "gradient: ['max'] is not right. Then nothing would be learned."),
        (["max", "all"], {"max"}, "gradient: ['max', 'all'] is not right. Only one made it."),
        (27.4, 28, "gradient: 27.4 is not right. Count again."),
        (float("nan"), 28, "gradient: nan is not right. Count again."),
        ("Max", "max", "gradient: the answer should be one of 'max', 'all', 'none', and is "),
        (["max"], "max", "gradient: the answer should be one of "),
        ("max", {"max"}, "gradient: the answer should be a list of some of 'max', 'all', 'none', and is "),
        (["max", "x"], {"max"}, "gradient: the answer should be a list of some of "),
        ("28", 28, "gradient: the answer should be a number, and is "),
        (True, 28, "gradient: the answer should be a number, and is "),
    ],
)
def test_a_wrong_answer_says_why(got, right, said):
    with pytest.raises(CheckFailed) as error:
        judged(got, right, {"right": "Count again."} if right == 28 else BECAUSE, tolerance=0.5)
    assert str(error.value).startswith(said)


@pytest.mark.parametrize("got", [27, 27.0])
def test_a_wrong_number_that_others_gave_is_named(got):
    with pytest.raises(CheckFailed) as error:
        judged(got, 28, {"right": "32 - 5 + 1 = 28.", 27: "The first place counts, too."})
    assert str(error.value).startswith(
        f"gradient: {got} is not right. The first place counts, too. 32 - 5 + 1 = 28."
    )


def test_no_answer_is_not_begun():
    with pytest.raises(NotBegun, match=r"^gradient: not answered yet\.$"):
        judged(None, "max", BECAUSE)


class Always(str):
    """Says that it equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


def test_what_only_claims_to_be_the_answer_is_none():
    with pytest.raises(CheckFailed, match="should be one of"):
        judged(Always("max"), "max", BECAUSE)
