"""Lessons on another device than the CPU: a pretended one, and CUDA in `make test-gpu`."""

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import elsewhere
import nbformat
import pytest
import torch

from autograder.cells import HIDDEN_BEGIN, is_locked, is_solution, is_test, is_train
from autograder.course import Course
from autograder.lessons import run_alone
from autograder.source import read_master
from cnnkit.stacks import stack

COURSE = Course.find()
SOURCE = COURSE.source
ON_A_DEVICE = [
    (week, lesson)
    for week in COURSE.assignments()
    for lesson in COURSE.lessons(week)
    if any("cnnkit.device()" in cell.source for cell in COURSE.master(week, lesson).cells)
]
PRETENDED = f"""import sys
sys.path.insert(0, {str(Path(elsewhere.__file__).parent)!r})
import elsewhere
elsewhere.Present(doubles=False).__enter__()
"""
NETS = {  # lesson: how its cells' names make a net, and the shape of one example
    "week2_deep_models/inception_and_one_by_one": (lambda names: names["SmallGoogLeNet"](), (1, 28, 28)),
    "week2_deep_models/classic_networks": (lambda names: names["VGG16"](10, divisor=16), (3, 224, 224)),
    "week2_deep_models/transfer_and_augmentation": (
        lambda names: names["fine_tuned"](names["nets"].efficientnet_lite0()[:-1], 12, 1280, 3).eval(),
        (3, 96, 96),
    ),
    "week2_deep_models/residual_networks": (lambda names: names["ResNet50"](10).eval(), (3, 64, 64)),
    "week2_deep_models/mobilenet_and_efficientnet": (
        lambda names: names["MobileNetV2"](10).eval(),
        (3, 64, 64),
    ),
    "week3_detection/region_proposals": (lambda names: names["shared"].backbone.eval(), (3, 96, 128)),
    "week3_detection/sliding_windows": (
        lambda names: names["dense_to_conv"](names["street_net"]()).eval(),
        (3, 64, 80),
    ),
    "week3_detection/localization_and_landmarks": (
        lambda names: names["LocationNet"](11, range(1, 11, 2), range(2, 11, 2)).eval(),
        (3, 64, 64),
    ),
    "week3_detection/yolo": (lambda names: names["StreetYolo"]().eval(), (3, 128, 128)),
    "week3_detection/unet_segmentation": (lambda names: names["UNet"](3, 8).eval(), (3, 64, 64)),
    "week4_faces_and_art/one_and_three_dimensions": (
        lambda names: names["volume_classifier"]().eval(),
        (1, 24, 24, 24),
    ),
    "week4_faces_and_art/face_recognition": (lambda names: names["FaceEncoder"]().eval(), (3, 40, 40)),
}


DEVICES = pytest.mark.parametrize("device", [pytest.param("cuda", marks=pytest.mark.gpu), elsewhere.NAME])


@pytest.fixture(autouse=True)
def present(request):
    """The pretended device is there, for those who ask for it."""
    asked = "device" in request.fixturenames and request.getfixturevalue("device") == elsewhere.NAME
    with elsewhere.Present() if asked else nullcontext():
        yield


def names_of(lesson: str) -> dict[str, Any]:
    """What a lesson's solutions, and its locked cells, define."""
    names: dict[str, Any] = {}
    for cell in read_master(SOURCE / f"{lesson}.py").cells:
        if is_solution(cell) or (is_locked(cell) and not is_test(cell) and not is_train(cell)):
            exec(cell.source, names)
    return names


def built(lesson: str) -> torch.nn.Module:
    """A lesson's net, made by its solutions."""
    return NETS[lesson][0](names_of(lesson))


@DEVICES
@pytest.mark.parametrize("lesson", NETS)
def test_a_net_gives_the_same_on_every_device(lesson, device):
    net, x = built(lesson), torch.rand(4, *NETS[lesson][1])
    here = net(x)
    with torch.backends.cudnn.flags(
        enabled=True, allow_tf32=False
    ):  # whose rounding adds up over fifty layers
        there = net.to(device)(x.to(device))
    torch.testing.assert_close(there, here, rtol=1e-3, atol=1e-4, check_device=False)


@DEVICES
def test_a_painting_comes_nearer_to_its_style_on_every_device(device, monkeypatch):
    monkeypatch.setenv("CNNKIT_DEVICE", device)
    names = names_of("week4_faces_and_art/neural_style_transfer")
    steps = list(names["paint"](names["photo"]("china"), names["painting"](), steps=5))
    assert steps[-1][1].shape == (576, 768, 3)  # what the lesson paints on a GPU
    assert steps[-1][3] < steps[0][3]


@DEVICES
def test_what_a_net_has_learned_looks_the_same_on_every_device(device):
    names = names_of("week4_faces_and_art/what_convnets_learn")
    torch.manual_seed(0)
    body = [
        ("first", "Conv2d", 3, 6, 3, 2),
        ("relu", "ReLU"),
        ("pool", "MaxPool2d", 2),
        ("last", "Conv2d", 6, 4, 3),
    ]
    net = stack([*body, ("flatten", "Flatten"), ("dense", "Linear", 4 * 5 * 5, 3)], False).double()
    images = torch.rand(6, 3, 32, 32, dtype=torch.float64)

    def looked(net, images):
        x = images[0]
        values, which, boxes = names["top_patches"](net, "last", 1, images, 4)
        views = (names["transposed_view"](net, "last", 2, x, guided) for guided in (False, True))
        return [values, which, boxes, names["saliency_map"](net, x, 2), *views]

    here = looked(net, images)
    there = looked(net.to(device), images.to(device))
    assert all(one.device.type == device for one in there)
    torch.testing.assert_close(there, here, check_device=False)


@DEVICES
@pytest.mark.parametrize(("week", "lesson"), ON_A_DEVICE)
def test_a_solved_lesson_runs_on_every_device(week, lesson, device, quick, monkeypatch, tmp_path):
    monkeypatch.setenv("CNNKIT_DEVICE", device)
    if device == elsewhere.NAME:  # a kernel has it by a file that IPython runs first
        monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
        begin = tmp_path / "profile_default" / "startup" / "elsewhere.py"
        begin.parent.mkdir(parents=True)
        begin.write_text(PRETENDED, encoding="utf-8")
    solved = COURSE.master(week, lesson)
    # Hidden tests run when a notebook is graded, on the CPU.
    solved.cells = [cell for cell in solved.cells if HIDDEN_BEGIN not in cell.source]
    solved.cells.append(nbformat.v4.new_code_cell("import cnnkit; print(cnnkit.device())"))
    ran = run_alone(solved, COURSE.release / week)
    assert ran.errors == []
    assert ran.notebook.cells[-1].outputs[0].text.split(":")[0].strip() == device


@pytest.mark.gpu
def test_a_gpu_paints_while_one_looks_on(monkeypatch):
    """A whole painting at the size that the lesson has for a GPU: 768 x 576."""
    monkeypatch.setenv("CNNKIT_DEVICE", "cuda")
    names = names_of("week4_faces_and_art/neural_style_transfer")
    assert names["canvas_size"]() == (576, 768)
    painting = names["paint"](names["photo"]("china"), names["painting"](), steps=150)
    next(painting)  # the first step makes everything ready
    begin = time.monotonic()
    assert len(list(painting)) == 149
    seconds = time.monotonic() - begin
    print(f"149 steps at 768 x 576 in {seconds:.1f} s")
    assert seconds < 30
