"""Models that lessons train: what whole runs left passes its tests, other weights do not, and no student gets them."""

import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
import torch
from safetensors.torch import load_file, save_file

import cnnkit
from autograder import cells as c
from autograder.build import chosen
from autograder.course import Course
from autograder.grade import Run, grade
from autograder.trial import judges_trained, run_tests
from cnnkit.testing import Side

COURSE = Course.find()
SEEDS, MOST = range(5), 30_000_000
TRAINED = [lesson for lesson in chosen(COURSE, None) if c.checkpoints(COURSE.master(*lesson))]

WEEKS = sorted({week for week, _ in TRAINED})

of_each_lesson = pytest.mark.parametrize("lesson", TRAINED, ids="/".join, scope="module")


def remembered(draw: Callable) -> Callable:
    """What is drawn a second time is a copy of the first."""
    drawn: dict[bytes, bytes] = {}

    def recall(*args, **kwargs):
        asked = pickle.dumps((args, kwargs))
        if asked not in drawn:
            drawn[asked] = pickle.dumps(draw(*args, **kwargs))
        return pickle.loads(drawn[asked])

    return recall


@pytest.fixture(scope="module", autouse=True)
def drawn_once() -> Iterator[None]:
    """Each student's streets and people are judged by three kinds of weights, and are drawn once."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            ("scenes", "street_scene"),
            ("scenes", "street_scenes"),
            ("portraits", "portraits"),
        ):
            place = getattr(cnnkit, module)
            patch.setattr(place, name, remembered(getattr(place, name)))
        yield


def side_of(number: int) -> Side:
    return Side(lambda grade_id: 1000 * number + len(grade_id), mistake=lambda evidence: None)


def judges(master) -> list[str]:
    return [test.id for test in c.tests(master.cells) if judges_trained(test, master)]


def verdicts(lesson) -> set[str]:
    master = COURSE.master(*lesson)
    outcomes = (run_tests(master, {}, side_of(n), judges(master)) for n in SEEDS)
    return {outcome.status for each in outcomes for outcome in each.values()}


def others(lesson, folder: Path, change) -> None:
    """Weights in the place of the references, each changed."""
    for path in c.checkpoints(COURSE.master(*lesson)):
        parts = Path(path).parts[1:]
        (folder / parts[0]).mkdir(exist_ok=True)
        state = load_file(COURSE.reference.joinpath(*parts))
        save_file({name: change(value) for name, value in state.items()}, folder.joinpath(*parts))


@of_each_lesson
def test_the_reference_has_full_marks_for_every_student(lesson):
    assert judges(COURSE.master(*lesson))
    assert verdicts(lesson) == {"passed"}


@of_each_lesson
def test_other_weights_fail_for_every_student(lesson, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNKIT_REFERENCE", str(tmp_path))
    others(lesson, tmp_path, torch.zeros_like)
    assert verdicts(lesson) == {"failed"}
    others(lesson, tmp_path, lambda value: value.flatten().flip(0).reshape(value.shape).contiguous())
    assert verdicts(lesson) == {"failed"}


@pytest.mark.sandbox
@pytest.mark.parametrize("week", WEEKS)
def test_weights_that_are_handed_in_pass_and_missing_ones_are_named(week, tmp_path):
    masters = {name: COURSE.master(week, name) for its, name in TRAINED if its == week}
    for student in ("amber", "birch"):
        (tmp_path / "in" / student / week).mkdir(parents=True)
        for name, master in masters.items():
            nbformat.write(master, tmp_path / "in" / student / week / f"{name}.ipynb")
    for name in masters:
        shutil.copytree(COURSE.reference / name, tmp_path / "in" / "amber" / week / "work" / name)
    results = grade(Run(COURSE, week, tmp_path / "in", tmp_path / "out", workers=2))
    tests = {(r.student, r.lesson): {t.name: t for t in r.tests} for r in results}
    for name, master in masters.items():
        amber, birch = tests["amber", name], tests["birch", name]
        assert {test.status for test in amber.values()} == {"passed"}
        assert {key for key, test in birch.items() if test.status != "passed"} == set(judges(master))
        for key in judges(master):
            assert "no checkpoint handed in" in birch[key].message.split("\n")[0]


def test_no_student_gets_the_weights():
    assert not list(COURSE.release.rglob("*.safetensors"))
    assert not list(COURSE.source.rglob("*.safetensors"))
    assert sum(file.stat().st_size for file in COURSE.reference.rglob("*.safetensors")) < MOST
