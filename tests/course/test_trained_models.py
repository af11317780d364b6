"""Models that lessons train: what whole runs left passes its tests, other weights do not, and no student gets them."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from autograder import cells as c
from autograder.build import chosen
from autograder.course import Course
from autograder.examiner import Bench, examine_test
from autograder.limits import Limits
from autograder.remote import Line, Remote, plain_recipe
from autograder.trial import judges_trained, run_tests
from cnnkit.testing import Side

COURSE = Course.find()
SEEDS, MOST = range(5), 30_000_000
TRAINED = [lesson for lesson in chosen(COURSE, None) if c.checkpoints(COURSE.master(*lesson))]

pytestmark = pytest.mark.parametrize("lesson", TRAINED, ids="/".join)


def side_of(number: int, **options) -> Side:
    return Side(lambda grade_id: 1000 * number + len(grade_id), mistake=lambda evidence: None, **options)


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


def test_the_reference_has_full_marks_for_every_student(lesson):
    assert judges(COURSE.master(*lesson))
    assert verdicts(lesson) == {"passed"}


def test_other_weights_fail_for_every_student(lesson, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNKIT_REFERENCE", str(tmp_path))
    others(lesson, tmp_path, torch.zeros_like)
    assert verdicts(lesson) == {"failed"}
    others(lesson, tmp_path, lambda value: value.flatten().flip(0).reshape(value.shape).contiguous())
    assert verdicts(lesson) == {"failed"}


@pytest.mark.sandbox
def test_weights_that_are_handed_in_pass_and_missing_ones_fail(lesson):
    master, limits = COURSE.master(*lesson), Limits()
    paths = c.checkpoints(master)
    weights = {path: COURSE.reference.joinpath(*Path(path).parts[1:]).read_bytes() for path in paths}
    for files, wanted in ((weights, {"passed"}), ({}, {"failed"})):
        bench = Bench("bwrap", limits, COURSE.release / lesson[0], files)
        names = {name: Remote(Line(bench.ask, limits), name) for name in c.remote_names(master)}
        for cell in master.cells:
            if c.is_solution(cell) or (c.is_locked(cell) and not c.is_test(cell)):
                bench.run(cell.source)
        tests = [test for test in c.tests(master.cells) if test.id in judges(master)]
        side = side_of(1, make=plain_recipe)
        assert {examine_test(test, names, side, bench).status for test in tests} == wanted
        bench.close()


def test_no_student_gets_the_weights(lesson):
    assert not list(COURSE.release.rglob("*.safetensors"))
    assert not list(COURSE.source.rglob("*.safetensors"))
    assert sum(file.stat().st_size for file in COURSE.reference.rglob("*.safetensors")) < MOST
