"""cnnkit check: what it says of notebooks, in a fresh kernel, and that it changes nothing."""

import json

import pytest
import student_lesson as s

from cnnkit import cli
from cnnkit.running import check_notebook

ANSWERED = s.OPEN.replace("raise NotImplementedError()", 'tree = "oak"')


def rows_of(path, **options):
    return {row.exercise: (row.status, row.sentence) for row in check_notebook(path, **options).rows}


def test_each_exercise_and_nothing_written(tmp_path):
    path = s.written(tmp_path, double=s.WRONG)
    before = path.read_bytes()
    standing = check_notebook(path)
    assert [(row.exercise, row.status, row.sentence) for row in standing.rows] == [
        ("double", "failing", "double(3) should be 6, and is 4."),
        ("half", "not begun", ""),
        ("tree", "not answered", ""),
    ]
    assert not standing.is_done and standing.notes == ()
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["lesson.ipynb"]


def test_what_an_earlier_kernel_said_does_not_count(tmp_path):
    path = s.written(tmp_path, double=s.WRONG, half=s.HALF)
    with s.kernel_of(path) as run:
        run(s.RIGHT)
        run(s.TEST)
    assert rows_of(path)["double"][0] == "failing" and rows_of(path)["half"][0] == "passed"


def test_a_solution_cell_that_stops_is_named_as_the_reason(tmp_path):
    path = s.written(tmp_path, double="def double(x)\n    return 2 * x", half="import nothing_of_this_name")
    said = rows_of(path)
    assert said["double"][0] == "failing"
    assert said["double"][1].startswith("its own cell stopped at SyntaxError: expected ':'")
    assert (
        said["half"][1]
        == "its own cell stopped at ModuleNotFoundError: No module named 'nothing_of_this_name'"
    )


@pytest.mark.timeout(120)
def test_a_cell_that_hangs_is_stopped_and_the_rest_is_run(tmp_path):
    said = rows_of(s.written(tmp_path, double=s.LOOP, half=s.HALF), timeout=2)
    assert said["double"] == ("failing", "its test did not end within 2 s, and was stopped.")
    assert said["half"][0] == "passed"


@pytest.mark.timeout(120)
def test_a_cell_that_cannot_be_stopped_ends_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnkit.running.PATIENCE", 1)
    deaf = "def double(x):\n    while True:\n        try:\n            while True: sum(range(99))\n        except: pass"
    said = rows_of(s.written(tmp_path, double=deaf, half=s.HALF), timeout=1)
    assert (
        said["double"][1] == "its test ended the kernel: it did not end within 1 s, and could not be stopped."
    )
    assert said["half"] == ("failing", "its test was not run: cell 4 ended the kernel.")


def test_a_cell_that_ends_the_kernel_is_named(tmp_path):
    said = rows_of(s.written(tmp_path, double="import os\ndef double(x):\n    os._exit(3)", half=s.HALF))
    assert said["double"] == ("failing", "its test ended the kernel.")
    assert said["half"] == ("failing", "its test was not run: cell 4 ended the kernel.")


def test_a_cell_beside_the_tests_that_stops_is_told_when_all_else_passes(tmp_path):
    path = s.written(tmp_path, double=s.RIGHT, half=s.HALF, tree=ANSWERED, more=["x = 1\n1 / 0"])
    standing = check_notebook(path)
    assert standing.is_done
    assert standing.notes == (
        "But the cell that begins 'x = 1' stopped at ZeroDivisionError: division by zero",
    )


def test_the_weights_that_were_saved_are_loaded_as_when_it_is_graded(tmp_path):
    path = s.written(
        tmp_path, double="import os\ndouble = lambda x: 6 if os.environ['CNNKIT_GRADING'] == '1' else 0"
    )
    assert rows_of(path)["double"][0] == "passed"


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({}, 1),
        ({"double": s.RIGHT, "half": s.HALF}, 1),
        ({"double": s.RIGHT, "half": s.HALF, "tree": ANSWERED}, 0),
    ],
)
def test_the_command_and_its_exit_status(tmp_path, capsys, answers, status):
    assert cli.main(["check", str(s.written(tmp_path, **answers))]) == status
    said = capsys.readouterr()
    assert said.out.startswith(f"lesson.ipynb: {2 * bool(answers)} of 2 exercises pass their visible tests")
    assert "cells:" in said.err and "100%" in said.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        ("{", "is not a Jupyter notebook."),
        ('{"cells": [], "nbformat": 4}', "no lesson"),
    ],
)
def test_what_is_no_lesson_ends_with_two(tmp_path, capsys, content, said):
    path = tmp_path / "lesson.ipynb"
    if content is not None:
        path.write_text(content)
    assert cli.main(["check", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and said in told.err and told.err.count("\n") == 1


@pytest.mark.parametrize("starts", [["false"], ["/nowhere/python"]], ids=["ends at once", "is not there"])
def test_a_kernel_that_does_not_start_is_said_in_a_line(tmp_path, monkeypatch, capsys, starts):
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": starts, "display_name": "Python 3", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert cli.main(["check", str(s.written(tmp_path))]) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("cnnkit: the Python kernel does not start: ")
    assert told.err.count("\n") == 1


def test_ctrl_c_is_said_in_a_line(tmp_path, monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnkit.running.check_notebook", stopped)
    assert cli.main(["check", str(s.written(tmp_path))]) == 130
    assert capsys.readouterr().err == "\ncnnkit: stopped\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "soon", ""])
def test_wrong_seconds_are_wrong_usage(capsys, seconds):
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", "lesson.ipynb", f"--timeout={seconds}"])
    assert ended.value.code == 2 and "expected a whole number of seconds" in capsys.readouterr().err


def test_a_letter_that_the_console_lacks_is_no_crash(tmp_path, monkeypatch):
    import io
    import sys

    path = s.written(tmp_path, double=s.RIGHT.replace("2 * x", "'→'"))
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert cli.main(["check", str(path)]) == 1
    narrow.flush()
    assert b"failing" in narrow.buffer.getvalue()
