"""The verdict: three outcomes, each function for itself, and nothing that a learner's code does moves it."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hostile_cells import CHEATS, LIARS, SPIES
from nbformat.v4 import new_code_cell

from autograder import cells as c
from autograder.examiner import Bench, Examined, Task, examine, examine_test, private_seed
from autograder.examiners import examine_in_process
from autograder.limits import Limits
from autograder.trial import run_tests
from cnnkit.testing import Side

pytestmark = pytest.mark.sandbox
WEEK = "week1"
LIMITS = replace(Limits(), call=3.0, cell=10.0, submission=90.0)
RIGHT = {
    "swish": "def swish(x):\n    return x / (1 + torch.exp(-x))",
    "count_weights": (
        "def count_weights(model):\n    return sum(x.numel() for x in model.parameters() if x.requires_grad)"
    ),
}
WRONG = {
    "swish": {
        "sigmoid alone": "def swish(x):\n    return torch.sigmoid(x)",
        "cut off": "def swish(x):\n    return (x * torch.sigmoid(x)).detach()",
        "changes x": "def swish(x):\n    y = x * torch.sigmoid(x)\n    x.data += 1\n    return y",
        "NumPy": "def swish(x):\n    return x.detach().numpy()",
        "nothing": "def swish(x):\n    x * torch.sigmoid(x)",
        "raises": "def swish(x):\n    return x @ x @ x",
        "stub": "def swish(x):\n    raise NotImplementedError()",
    },
    "count_weights": {
        "counts tensors": "def count_weights(model):\n    return len(list(model.parameters()))",
        "a tensor": "def count_weights(model):\n    return torch.tensor(16)",
        "a float": "def count_weights(model):\n    return 1.0 * sum(p.numel() for p in model.parameters())",
    },
    "Perceptron": {
        "no activation": (
            "class Perceptron(nn.Sequential):\n    def __init__(self, a, b, d):\n"
            "        super().__init__(nn.Linear(a, b), nn.Linear(b, d))"
        ),
        "one layer": "class Perceptron(nn.Linear):\n    def __init__(self, a, b, d):\n        super().__init__(a, d)",
        "no module": "def Perceptron(a, b, d):\n    return lambda x: x",
    },
}


def marks(examined: Examined) -> dict[str, float]:
    return {test.name: test.points for test in examined.result.tests}


def statuses(examined: Examined) -> dict[str, str]:
    return {test.name: test.status for test in examined.result.tests}


def of(examined: Examined, name: str):
    return next(test for test in examined.result.tests if test.name == name)


@pytest.fixture
def examined(course, answering):
    def run(others=None, first="", limits=LIMITS):
        task = Task(course.root, "amber", WEEK, {"models": answering(others, first)}, {}, "bwrap", limits)
        return examine(task, "models")

    return run


LARGE = """
import numpy as np
from cnnkit.check import Check

with Check("grow") as check:
    {begin}
    check.equal(grow(12), np.arange(144.0).reshape(12, 12), "grow(12)")
"""


@pytest.mark.parametrize(("begin", "drawn"), [("pass", 1), (c.HIDDEN_BEGIN, 0)])
def test_a_large_difference_is_drawn_for_a_visible_test_and_never_for_a_hidden_one(begin, drawn):
    about = {
        "grade": True,
        "grade_id": "grow",
        "locked": True,
        "points": 1,
        "schema_version": 3,
        "solution": False,
    }
    cell = new_code_cell(LARGE.format(begin=begin), metadata={"nbgrader": about})
    names = {"grow": lambda n: np.zeros((n, n))}
    test = examine_test(cell, names, Side(private_seed(b"", "amber")), Bench("none", LIMITS, Path()))
    assert test.status == "failed" and "143 of 144 values differ" in test.message
    pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == drawn
    for output in pictures:
        assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
        assert "143 of 144 values differ" in output.metadata["image/png"]["alt"]


FULL = {
    "count_weights": 2,
    "count_weights_hidden": 2,
    "Perceptron": 3,
    "Perceptron_hidden": 3,
    "swish": 2,
    "swish_hidden": 2,
}


def test_the_solution_has_full_marks(examined):
    assert marks(examined()) == FULL


def test_correct_answers_in_another_style_have_full_marks(examined):
    noisy = "import warnings, sys\nwarnings.warn('careful')\nprint('50 %', file=sys.stderr)\n"
    assert marks(examined({name: noisy + source for name, source in RIGHT.items()})) == FULL


ALL_WRONG = [(function, name) for function, answers in WRONG.items() for name in answers]


@pytest.mark.parametrize(("function", "name"), ALL_WRONG)
def test_remotely_and_locally_the_verdict_is_the_same(examined, course, function, name):
    source = WRONG[function][name]
    remotely = examined({function: source})
    local = run_tests(
        course.master(WEEK, "models"), {function: source}, Side(private_seed(course.secret(), "amber"))
    )
    assert {n: s == "passed" for n, s in statuses(remotely).items()} == {
        n: o.status == "passed" for n, o in local.items()
    }
    lost = {n for n, points in marks(remotely).items() if points < FULL[n]}
    assert lost and all(n.startswith(function) for n in lost)


def test_a_function_that_never_returns_costs_only_its_own_points(examined):
    got = examined({"swish": "def swish(x):\n    while True: pass"})
    assert marks(got) == FULL | {"swish": 0, "swish_hidden": 0}
    assert "did not return within 3 s" in of(got, "swish").message
    assert of(got, "swish").status == "failed"


@pytest.mark.parametrize(
    "ending", ["import os; os._exit(0)", "import sys; sys.exit(0)", "import ctypes; ctypes.string_at(0)"]
)
def test_a_function_that_ends_the_process_costs_only_its_own_points(examined, ending):
    got = examined({"count_weights": f"def count_weights(model):\n    {ending}"})
    assert marks(got) == FULL | {"count_weights": 0, "count_weights_hidden": 0}
    assert {s for n, s in statuses(got).items() if n.startswith("count")} == {"failed"}


def test_processes_left_behind_by_one_function_cost_no_other_its_points(examined):
    bomb = "def count_weights(model):\n    import os\n    while True: os.fork()"
    got = examined({"count_weights": bomb}, limits=replace(LIMITS, processes=40, memory=400 * 2**20))
    assert marks(got) == FULL | {"count_weights": 0, "count_weights_hidden": 0}
    assert "limit_hit" in {event.kind for event in got.result.events}


def test_a_cell_that_ends_the_process_is_named_and_the_rest_goes_on(examined):
    got = examined(first="import os\nos._exit(1)")
    assert marks(got) == FULL
    assert "This cell was ended" in got.executed.cells[0].outputs[0].evalue


def test_cells_that_ran_before_a_death_are_there_after_it(examined):
    got = examined(
        {
            "count_weights": "def count_weights(model):\n    import os; os._exit(0)",
            "swish": "def swish(x):\n    return helper(x)",
        },
        first="import torch\ndef helper(x): return x * torch.sigmoid(x)",
    )
    assert marks(got)["swish_hidden"] == 2


def test_time_used_up_is_not_gradable_and_marks_earned_stay(examined):
    got = examined(
        {"Perceptron": "import time\ntime.sleep(60)\nclass Perceptron: pass"},
        limits=replace(LIMITS, cell=60, submission=12),
    )
    assert marks(got)["count_weights_hidden"] == 2
    assert statuses(got)["swish_hidden"] == "not_gradable"
    assert "used up" in of(got, "swish_hidden").message


def test_a_caller_of_a_broken_function_is_told_so(examined):
    got = examined({
        "count_weights": "def count_weights(model):\n    raise NotImplementedError()",
        "swish": "def swish(x):\n    count_weights(nn.Linear(1, 1))\n    return x * torch.sigmoid(x)",
    })  # fmt: skip
    assert (
        "it calls count_weights, which is not begun, or not finished: line 2 still raises"
        in of(got, "swish").message
    )
    assert "It calls count_weights, whose own tests did not pass" in of(got, "swish").message


def test_two_runs_give_the_same_results(examined):
    a, b = (replace(examined({"swish": WRONG["swish"]["sigmoid alone"]}).result, seconds=0) for _ in range(2))
    assert a.as_json() == b.as_json()


def test_seeds_are_secret_and_each_students_own(course):
    amber, birch = private_seed(course.secret(), "amber"), private_seed(course.secret(), "birch")
    assert amber("swish_hidden") != birch("swish_hidden") != Side().seed("swish_hidden")
    assert amber("swish_hidden") == private_seed(course.secret(), "amber")("swish_hidden")
    assert (course.root / ".autograder-secret").stat().st_mode & 0o077 == 0


def test_what_is_printed_in_a_hidden_test_is_not_among_its_outputs(examined):
    got = examined({"swish": "def swish(x):\n    print('I SAW', x)\n    return x * torch.sigmoid(x)"})
    cell = next(cell for cell in got.executed.cells if c.grade_id(cell) == "swish_hidden")
    assert "I SAW" in cell.metadata["autograder"]["printed"]
    assert "I SAW" not in json.dumps(cell.outputs)


@pytest.mark.parametrize("name", CHEATS)
def test_patching_does_not_earn_a_mark(examined, name):
    wrong = {function: next(iter(answers.values())) for function, answers in WRONG.items()}
    honest = marks(examined(wrong))
    assert sum(marks(examined(wrong, first=CHEATS[name])).values()) <= sum(honest.values())


def edited(notebook):
    """The notebook of someone who changes the tests and what nbgrader says of them."""
    for cell in notebook.cells:
        if c.is_test(cell):
            hidden, cell.source = c.is_hidden(cell), "print('passed')"
            cell.metadata["tags"] = ["skip-execution", "raises-exception"]
            cell.metadata.nbgrader |= {"points": 100, "locked": False, "checksum": "0" * 32}
            cell.metadata.nbgrader["grade"] = not hidden
    return notebook


def test_edited_tests_tags_and_metadata_earn_nothing(course, answering):
    wrong = {function: next(iter(answers.values())) for function, answers in WRONG.items()}
    honest, forged = (
        examine(Task(course.root, "amber", WEEK, {"models": notebook}, {}, "bwrap", LIMITS), "models").result
        for notebook in (answering(wrong), edited(answering(wrong)))
    )
    assert forged.tests == honest.tests and honest.score < sum(FULL.values())
    assert not any(event.severity == "tamper" for event in honest.events)
    assert {event.cell for event in forged.events if event.severity == "tamper"} == set(FULL)


@pytest.mark.parametrize("name", LIARS)
def test_a_result_that_lies_earns_nothing(examined, name):
    got = examined({"swish": LIARS[name]})
    assert marks(got)["swish_hidden"] == 0 and of(got, "swish_hidden").status == "failed"


@pytest.mark.parametrize("name", SPIES)
def test_nothing_secret_is_in_sight(examined, name):
    got = examined(
        {"swish": "def swish(x):\n" + "\n".join("    " + line for line in SPIES[name].splitlines())},
        first=SPIES[name],
    )
    hidden = next(cell for cell in got.executed.cells if c.grade_id(cell) == "swish_hidden")
    first = next(o for o in got.executed.cells[0].outputs if o.output_type == "stream")
    assert first.text.startswith("clean"), first.text
    assert "LEAK" not in hidden.metadata["autograder"]["printed"]


def test_a_process_of_its_own_gives_the_same_verdict(course, answering):
    got = examine_in_process(course.root, "amber", WEEK, "models", answering(), "bwrap", LIMITS)
    assert marks(got) == FULL


def test_an_examiner_that_dies_is_a_verdict(course, answering, monkeypatch):
    tight = replace(LIMITS, examiner_memory=1)
    got = examine_in_process(course.root, "amber", WEEK, "models", answering(), "bwrap", tight)
    assert set(statuses(got).values()) == {"not_gradable"}
    assert "the examiner's process ended" in of(got, "swish").message


def test_pictures_without_end_are_not_kept(examined):
    draw = "from IPython.display import display\nfor _ in range(12): display({'image/png': 'A' * 9_000}, raw=True)"
    got = examined(first=draw, limits=replace(LIMITS, outputs=90_000))
    assert "too large to be kept" in got.executed.cells[0].outputs[0].text
    assert marks(got) == FULL


FORGED = r"""
import json
from ipykernel.kernelapp import IPKernelApp
kernel = IPKernelApp.instance().kernel
def forged(request, comm):
    session = kernel.session
    frames = [['\ud800', 1, '\ud800' * 200]] * 12
    error = {'names': ['E\ud800'], 'text': '\ud800 \0' + 'x' * 1999, 'frames': frames}
    content = {'comm_id': comm.comm_id, 'data': {'id': request['content']['data']['id'], 'error': error}}
    message = session.msg('comm_msg', content, parent=kernel.get_parent())
    parts = ('header', 'parent_header', 'metadata', 'content')
    parts = [json.dumps(message[key], default=str).encode() for key in parts]
    kernel.iopub_socket.send_multipart([b'x', b'<IDS|MSG>', session.sign(parts), *parts])
for comm in kernel.comm_manager.comms.values():
    comm.on_msg(lambda request, comm=comm: forged(request, comm))
"""


def test_text_that_no_file_takes_does_not_get_into_a_verdict(examined):
    got = examined(first=FORGED)
    assert set(marks(got).values()) == {0} and "E\ufffd" in of(got, "swish").message
    assert json.dumps([test.message for test in got.result.tests], ensure_ascii=False).encode("utf-8")
    json.dumps(got.executed, ensure_ascii=False).encode("utf-8")


def test_an_error_whose_text_cannot_be_sent_is_a_failure(examined):
    got = examined({"swish": "def swish(x):\n    raise ValueError('\\ud800 boo')"})
    assert statuses(got)["swish"] == "failed" and "boo" in of(got, "swish").message
