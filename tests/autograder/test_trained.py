"""Weights that are handed in, from the student's notebook to the mark: what the model answers is what counts."""

import contextlib
import io
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
import pytest
import torch
from conftest import LESSONS, WEEK
from safetensors.torch import load, save
from test_intake import packed

from autograder import cells as c
from autograder.build import student_version
from autograder.course import Course
from autograder.examiners import Examination
from autograder.grade import Run, grade
from autograder.rules import violations
from autograder.trial import run_tests
from cnnkit.testing import Side

LESSON, PATH = "trained", "work/trained/model.safetensors"
FUNCTION, MODEL = {"accuracy": 2, "accuracy_hidden": 2}, {"model": 2, "model_hidden": 4}
NOTHING = dict.fromkeys(MODEL, 0)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    root = tmp_path_factory.mktemp("trained")
    folder = root / "course" / "source" / WEEK
    folder.mkdir(parents=True)
    (folder / f"{LESSON}.py").write_text((LESSONS / f"{LESSON}.py").read_text())
    return Course(root)


@pytest.fixture(scope="module")
def weights(course, tmp_path_factory) -> bytes:
    """What the lesson saves in the notebook of a student who runs it from top to bottom."""
    folder, namespace = tmp_path_factory.mktemp("notebook"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("CNNKIT_QUICK", "")
        for cell in course.master(WEEK, LESSON).cells:
            if cell.cell_type == "code":
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(cell.source, namespace)
    return (folder / PATH).read_bytes()


def notebook(course: Course, *added: str, untouched: bool = False) -> nbformat.NotebookNode:
    """The lesson with its function written, and cells of the learner's own after the one that trains."""
    made = course.master(WEEK, LESSON)
    if untouched:
        made = student_version(made)
    place = next(n for n, cell in enumerate(made.cells) if c.is_train(cell)) + 1
    made.cells[place:place] = [
        nbformat.v4.new_code_cell(source, id=f"own-{n}") for n, source in enumerate(added)
    ]
    return made


def changed(weights: bytes, change) -> bytes:
    state = load(weights)
    change(state)
    return save(state)


LAMBDA = "model = lambda points: torch.eye(2)[torch.ones(len(points), dtype=int)]"
OWN = "def model(points):\n    return torch.stack([-points.prod(1), points.prod(1)], 1)"
TOUCH = f"""
for what, mode in (({PATH!r}, "r+b"), ({PATH!r}, "wb"), ("work/trained/own.txt", "w"), ("work/own.txt", "w")):
    try:
        with open(what, mode) as file:
            print("written", what)
    except OSError:
        print("refused", what)
import os
print(sorted(os.listdir("work/trained")))
"""


@dataclass
class Class:
    """The results of a class, by student, and where they were written."""

    results: dict
    out: Path

    def marks(self, student: str) -> dict:
        return {test.name: test.points for test in self.results[student].tests}

    def message(self, student: str, test: str) -> str:
        return next(t.message for t in self.results[student].tests if t.name == test)

    def events(self, student: str) -> list:
        return [(event.kind, event.severity) for event in self.results[student].events]

    def page(self, student: str) -> str:
        return (self.out / "feedback" / student / f"{LESSON}.html").read_text()

    def printed(self, student: str, source: str) -> str:
        path = self.out / "autograded" / student / WEEK / f"{LESSON}.ipynb"
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.source == source]
        return "".join(output.get("text", "") for cell in cells for output in cell.outputs)


@pytest.fixture(scope="module")
def graded(course, weights, tmp_path_factory) -> Class:
    submitted, out = tmp_path_factory.mktemp("submitted"), tmp_path_factory.mktemp("out")

    def hand_in(student, made, content=None):
        folder = submitted / student / WEEK
        folder.mkdir(parents=True)
        if made is not None:
            nbformat.write(made, folder / f"{LESSON}.ipynb")
        if content is not None:
            (folder / PATH).parent.mkdir(parents=True)
            (folder / PATH).write_bytes(content)

    hand_in("amber", notebook(course, TOUCH), weights)
    hand_in("birch", notebook(course))
    hand_in("cedar", notebook(course), changed(weights, lambda s: s.update({"2.bias": torch.zeros(3)})))
    hand_in("dune", notebook(course), b"\x80\x04\x95 a pickle, or so")
    hand_in("ember", notebook(course, LAMBDA), weights)
    hand_in("flint", notebook(course, OWN))
    hand_in("granite", notebook(course), changed(weights, lambda s: s["2.weight"].neg_()))
    hand_in("heath", notebook(course, untouched=True))
    broken = notebook(course)
    c.solutions(broken.cells)[
        0
    ].source = "def accuracy(scores, classes):\n    return 0.5\n\nraise ValueError('behind it')"
    hand_in("juniper", broken, weights)
    hand_in("kelp", None, b"sorry")
    members = [(f"{LESSON}.ipynb", nbformat.writes(notebook(course))), (PATH, weights)]
    (submitted / "inlet.zip").write_bytes(packed(*[(f"{WEEK}/{name}", content) for name, content in members]))
    results = grade(Run(course, WEEK, submitted, out, workers=2))
    return Class({result.student: result for result in results}, out)


def test_the_lesson_keeps_to_the_rules(course):
    assert violations(course.master(WEEK, LESSON), LESSON) == []


@pytest.mark.sandbox
@pytest.mark.parametrize("student", ["amber", "inlet"])
def test_a_trained_model_has_full_marks(graded, student):
    assert graded.marks(student) == FUNCTION | MODEL
    assert graded.results[student].events == []


@pytest.mark.sandbox
def test_without_weights_the_models_tests_fail_and_the_rest_keeps_its_marks(graded):
    assert graded.marks("birch") == FUNCTION | NOTHING and graded.events("birch") == []
    for test in MODEL:
        first, second, *_ = graded.message("birch", test).split("\n")
        assert first.startswith(
            f"model: no checkpoint handed in: there is no readable {PATH} beside the notebook."
        )
        assert "is not defined" in second
    assert "no checkpoint handed in" in graded.page("birch")


@pytest.mark.sandbox
def test_weights_of_another_model_fail_with_the_sentence(graded):
    assert graded.marks("cedar") == FUNCTION | NOTHING and graded.events("cedar") == []
    sentence = "2.bias is float32 of shape (3,) and should be float32 of shape (2,)"
    assert f"model: {PATH} holds the weights of another model: {sentence}." in graded.message(
        "cedar", "model_hidden"
    )


@pytest.mark.sandbox
def test_a_sandbox_that_was_lost_leaves_no_trace(course, tmp_path, monkeypatch):
    """The second examination notices nothing twice, and the outcome fits what a later run compares it with."""
    folder = tmp_path / "submitted" / "dune" / WEEK
    (folder / PATH).parent.mkdir(parents=True)
    (folder / PATH).write_bytes(b"no weights")
    nbformat.write(notebook(course), folder / f"{LESSON}.ipynb")
    collect, lost = Examination.collect, []

    def collected(self):
        outcome = collect(self)
        if lost:
            return outcome
        lost.append(outcome)
        return None

    monkeypatch.setattr(Examination, "collect", collected)
    run = Run(course, WEEK, tmp_path / "submitted", tmp_path / "out")
    (result,) = grade(run)
    assert lost and [event.kind for event in result.events] == ["bad_checkpoint"]
    monkeypatch.setattr("autograder.grade.Examination", None)  # nobody is examined again
    assert list(grade(replace(run, resume=True))) == [result]


@pytest.mark.sandbox
def test_what_is_no_file_of_weights_is_named_and_counts_as_missing(graded):
    assert graded.marks("dune") == FUNCTION | NOTHING
    assert graded.events("dune") == [("bad_checkpoint", "warning")]
    assert "no checkpoint handed in" in graded.message("dune", "model")
    assert "is not a file of weights (safetensors)" in graded.page("dune")


@pytest.mark.sandbox
@pytest.mark.parametrize("student", ["ember", "granite"])
def test_a_model_that_answers_wrongly_fails_by_its_answers(graded, student):
    assert graded.marks(student) == FUNCTION | NOTHING
    assert "is about" in graded.message(student, "model_hidden")
    assert "checkpoint" not in graded.message(student, "model_hidden")


@pytest.mark.sandbox
def test_a_model_of_the_learners_own_is_judged_by_what_it_answers(graded):
    assert graded.marks("flint") == FUNCTION | MODEL
    assert "no checkpoint handed in" in graded.page("flint")


@pytest.mark.sandbox
def test_an_untouched_notebook_has_no_marks_and_no_event(graded):
    assert set(graded.marks("heath").values()) == {0} and graded.events("heath") == []


@pytest.mark.sandbox
def test_only_of_what_a_train_cell_makes_is_it_said_where_the_cell_stopped(graded):
    assert graded.marks("juniper") == {"accuracy": 2, "accuracy_hidden": 0} | MODEL
    assert "behind it" not in graded.message("juniper", "accuracy_hidden")


@pytest.mark.sandbox
def test_without_a_notebook_no_weights_are_read(graded):
    assert graded.marks("kelp") == dict.fromkeys(FUNCTION | MODEL, 0)
    assert graded.events("kelp") == [("missing_notebook", "warning")]


@pytest.mark.sandbox
def test_the_weights_are_read_only_and_there_is_room_beside_them(graded):
    assert graded.printed("amber", TOUCH).splitlines() == [
        f"refused {PATH}", f"refused {PATH}", "written work/trained/own.txt", "written work/own.txt",
        "['model.safetensors', 'own.txt']",
    ]  # fmt: skip


def test_without_walls_the_weights_are_found_too(course, weights, tmp_path, monkeypatch):
    folder = tmp_path / "submitted" / "amber" / WEEK
    (folder / PATH).parent.mkdir(parents=True)
    (folder / PATH).write_bytes(weights)
    nbformat.write(notebook(course), folder / f"{LESSON}.ipynb")
    (result,) = grade(Run(course, WEEK, tmp_path / "submitted", tmp_path / "out", sandbox="none"))
    assert {test.name: test.points for test in result.tests} == FUNCTION | MODEL


def test_in_this_process_the_verdicts_are_those_of_the_reference(course, weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reference = Path("reference") / LESSON / "model.safetensors"
    reference.parent.mkdir(parents=True)
    master, seed = course.master(WEEK, LESSON), Side(lambda grade_id: 7)
    reference.write_bytes(weights)
    assert {test.status for test in run_tests(master, {}, seed).values()} == {"passed"}
    reference.write_bytes(changed(weights, lambda s: s["2.weight"].neg_()))
    assert {name: test.status for name, test in run_tests(master, {}, seed).items()} == {
        "accuracy": "passed", "accuracy_hidden": "passed", "model": "failed", "model_hidden": "failed",
    }  # fmt: skip
    assert not Path("work").exists()
