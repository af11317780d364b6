"""Each quiz: every answer to every question, its explanation, and that none of it is given away."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from nbformat import NotebookNode
from torch.nn.functional import conv_transpose2d

from autograder import cells as c
from autograder.course import Course
from autograder.trial import run_tests
from cnnkit.nets.boxes import grid_corners, mean_precision, overlap, strongest

COURSE = Course.find()
QUIZZES = [
    (week, lesson)
    for week in COURSE.assignments()
    for lesson in COURSE.lessons(week)
    if any(c.is_question(test) for test in c.tests(COURSE.master(week, lesson).cells))
]


def judged(test: NotebookNode) -> tuple[Any, dict[str | float, str], float]:
    """The right answer, the explanations and the tolerance of a hidden test."""
    tree = ast.parse(test.source)
    because = next(node.value for node in ast.walk(tree) if isinstance(node, ast.Assign))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "check.answer"
    ]
    (call,) = calls
    tolerance = call.args[3] if len(call.args) > 3 else ast.Constant(0.0)
    return ast.literal_eval(call.args[1]), ast.literal_eval(because), ast.literal_eval(tolerance)


def questions() -> Iterator[Any]:
    for week, lesson in QUIZZES:
        master = COURSE.master(week, lesson)
        for test in c.tests(master.cells):
            name = str(c.grade_id(test)).removesuffix("_hidden")
            yield pytest.param(master, test, name, id=f"{week}-{name}")


def cell(master: NotebookNode, grade_id: str) -> NotebookNode:
    (found,) = [one for one in master.cells if c.grade_id(one) == grade_id]
    return found


def verdict(master: NotebookNode, test: NotebookNode, name: str, answer: Any) -> Any:
    return run_tests(master, {name: f"{name} = {answer!r}"}, only=[test.id])[test.id]


def others(right: Any, because: dict[str | float, str], tolerance: float) -> list[Any]:
    """Every other answer that a learner may give."""
    if isinstance(right, str):
        return [one for one in because if one != right]
    if isinstance(right, set):
        sets = [right ^ {one} for one in because]
        return [sorted(one) for one in sets] + [list(because)] * (right != set(because))
    named = [one for one in because if one != "right"]
    return [right + 1, right - 1, -right, right * 2, 0, right + 1.01 * tolerance + 1e-6, *named]


@pytest.mark.parametrize(("master", "test", "name"), list(questions()))
def test_the_right_answer_alone_gets_the_points(master, test, name):
    right, because, tolerance = judged(test)
    given = sorted(right) if isinstance(right, set) else right
    assert verdict(master, test, name, given).status == "passed"
    for other in others(right, because, tolerance):
        wrong = verdict(master, test, name, other)
        assert wrong.status == "failed" and any(reason in wrong.message for reason in because.values()), other
        if not isinstance(right, set):
            said = because.get(other, because.get("right", ""))
            assert said in wrong.message, f"{other} is not explained"


@pytest.mark.parametrize(("master", "test", "name"), list(questions()))
def test_no_answer_is_not_begun(master, test, name):
    outcome = run_tests(master, {name: "raise NotImplementedError()"}, only=[test.id])[test.id]
    assert (outcome.status, outcome.message) == ("not_begun", f"{name}: not answered yet.")


@pytest.mark.parametrize(("master", "test", "name"), list(questions()))
def test_choices_are_the_same_in_text_widget_and_explanations(master, test, name):
    _, because, _ = judged(test)
    place = master.cells.index(cell(master, f"{name}_solution"))
    listed = dict(re.findall(r"^- `(\w+)`: (.+)$", master.cells[place - 1].source, re.M))
    (call,) = ast.parse(cell(master, f"{name}_choices").source).body
    asked = ast.literal_eval(call.value.args[1]) if len(call.value.args) > 1 else {}
    assert listed == asked
    if asked:
        assert list(asked) == list(because)
    else:
        named = set(because) - {"right"}
        assert "right" in because and all(isinstance(one, int | float) for one in named)
    assert ast.literal_eval(call.value.args[0]) == name


@pytest.mark.parametrize(("week", "lesson"), QUIZZES)
def test_nothing_in_the_release_says_what_is_right(week, lesson):
    text = (COURSE.release / week / f"{lesson}.ipynb").read_text(encoding="utf-8")
    for test in c.tests(COURSE.master(week, lesson).cells):
        _, because, _ = judged(test)
        assert [
            reason for reason in because.values() if json.dumps(reason, ensure_ascii=False)[1:-1] in text
        ] == []
    released = nbformat.reads(text, as_version=4)
    assert [
        one.source for one in c.solutions(released.cells) if "raise NotImplementedError()" not in one.source
    ] == []


@pytest.mark.parametrize(("week", "lesson"), QUIZZES)
def test_right_choices_stand_in_no_place_of_their_own(week, lesson):
    """Not always first, not always last, nor always the longest."""
    places, longest = [], []
    for test in c.tests(COURSE.master(week, lesson).cells):
        right, because, _ = judged(test)
        if isinstance(right, str):
            (call,) = ast.parse(
                cell(COURSE.master(week, lesson), str(c.grade_id(test)).replace("_hidden", "_choices")).source
            ).body
            shown = ast.literal_eval(call.value.args[1])
            places.append(list(because).index(right))
            longest.append(max(shown, key=lambda one: len(shown[one])) == right)
    assert len(set(places)) > 1 and not all(longest)


class TestDetectionQuiz:
    """Its numbers by other ways than in the explanations, and the mistakes that it names, made on purpose."""

    def answer(self, name: str) -> tuple[Any, dict[str | float, str]]:
        """What is right, and what is said of that and of other answers."""
        right, because, _ = judged(cell(COURSE.master("week3_detection", "quiz"), f"{name}_hidden"))
        return right, because

    def test_loss(self):
        truth = torch.tensor([[0.0] * 7, [1, 0.5, 0.4, 0.2, 0.6, 1, 0]])
        says = torch.tensor([[0.4, 0.5, 0.5, 0.9, 0.9, 0.6, 0.4], [0.8, 0.6, 0.4, 0.2, 0.5, 0.7, 0.3]])
        right, because = self.answer("sea_loss")
        counts = torch.where(truth[:, :1] == 1, 1.0, torch.eye(7)[0])
        squares = counts * (says - truth) ** 2
        assert right == pytest.approx(float(squares.sum(1).mean()))
        everything = (says - truth) ** 2
        made = [squares.sum(), everything.sum() / 2, squares[1].sum() / 2, squares[1].sum(), squares.mean()]
        made += [squares[:, 0].sum() / 2, squares[:, :5].sum() / 2]
        assert {round(float(one), 2) for one in made} == set(because) - {"right"}

    def test_windows(self):
        layers = torch.nn.Sequential(
            torch.nn.Conv2d(1, 1, 5),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(1, 1, 3, 3),
            torch.nn.MaxPool2d(2),
        )
        sides = [layers(torch.zeros(1, 1, side, side)).shape[-1] for side in range(40, 100)]
        grows = np.flatnonzero(np.diff(sides))
        (stride,) = set(np.diff(grows))
        right, because = self.answer("shifted_passes")
        assert right == len(range(0, stride, 4)) ** 2
        assert set(because) >= {len(range(0, stride, 3)) ** 2, stride**2, len(range(0, stride, 4))}

    def test_suppression(self):
        lefts, scores = torch.tensor([0.0, 3, 6, 9, 1]), torch.tensor([0.9, 0.8, 0.75, 0.7, 0.65])
        boxes = torch.stack([lefts, 0 * lefts, lefts + 12, 0 * lefts + 10], 1)
        kept = strongest(boxes, scores, 0.5, torch.tensor([0, 0, 0, 0, 1]))
        right, _ = self.answer("kept_boxes")
        assert {"abcde"[one] for one in kept} == right
        assert overlap(boxes)[0].tolist() == pytest.approx([1, 9 / 15, 6 / 18, 3 / 21, 11 / 13])

    def test_precision(self):
        tops = 20.0 * torch.arange(5)
        buoys = torch.stack([0 * tops, tops, 0 * tops + 10, tops + 10], 1)
        boxes = buoys[[0, 0, 4, 1]]
        boxes[:, 2] *= torch.tensor([0.6, 0.9, 0.7, 0.8])  # so narrow that this is the IoU
        scores, classes = torch.tensor([0.95, 0.9, 0.8, 0.6]), torch.zeros(5, dtype=torch.int64)

        def precision(kept: list[int], boxes: torch.Tensor = boxes, ignored: int = 4) -> float:
            found = {"boxes": boxes[kept], "scores": scores[kept], "classes": classes[kept]}
            truth = {"boxes": buoys, "classes": classes, "ignore": torch.arange(5) == ignored}
            return round(mean_precision([found], [truth]), 2)

        right, because = self.answer("buoy_precision")
        assert right == precision([0, 1, 2, 3])
        elsewhere = boxes + 500.0 * (torch.arange(4) == 2)[:, None]  # the third is a false alarm
        twice = torch.cat([boxes[:1], buoys[2:3], boxes[2:]])  # as if the second had found something
        praised = torch.cat([boxes[:2], buoys[2:3], boxes[3:]])  # as if the third had found one that counts
        made = [precision([0, 1, 2, 3], other) for other in (elsewhere, twice, praised)]
        made += [precision([0, 2, 3]), precision([0, 1, 2, 3], ignored=5)]
        made += [precision([0, 1, 2, 3], elsewhere, ignored=5)]
        assert set(made) <= set(because) and len(set(made)) == 5

    def test_untrained_box(self):
        raw, anchors = torch.zeros(4, 4, 1, 4), torch.tensor([[0.6, 1.5]])
        right, because = self.answer("left_edge")
        corners = grid_corners(raw, anchors)
        assert right == pytest.approx(320 * float(corners[1, 2, 0, 0]))
        others = [320 * corners[1, 2, 0, 2], 320 * corners[2, 1, 0, 0], 160 * corners[1, 2, 0, 0]]
        assert {round(float(one)) for one in others} <= set(because)
        assert round(320 * float(grid_corners(raw, anchors.flip(1))[1, 2, 0, 0])) in because

    def test_targets_without_room(self):
        """Person is 0 and car is 1; a cell has one place of each shape."""
        pictures = {
            "border": [(62, 100, 0), (66, 100, 0)],
            "apart": [(36, 36, 0), (60, 60, 0)],
            "front": [(100, 100, 0), (100, 100, 1)],
            "three": [(130, 130, 0), (135, 140, 1), (150, 135, 1)],
            "many": [(16 + 32 * n, 16 + 32 * m, 0) for n in range(8) for m in range(8)],
        }
        places = {key: {(x // 32, y // 32, kind) for x, y, kind in seen} for key, seen in pictures.items()}
        right, because = self.answer("lost_objects")
        assert right == {key for key, seen in pictures.items() if len(places[key]) < len(seen)}
        assert list(pictures) == list(because)

    def test_time(self):
        before = 300 + 200 + 2000
        after = {"backbone": 300 + 100 + 2000, "network": 20 + 200 + 2000, "regions": 300 + 200 + 300}
        right, _ = self.answer("slow_regions")
        assert {key for key, time in after.items() if 2 * time <= before} == {right}

    def test_stamps(self):
        x, W = torch.tensor([[1.0, 2], [3, 4]]), torch.tensor([[1.0, 0, 2], [0, 3, 0], [5, 0, 4]])
        right, because = self.answer("centre_number")
        centre, turned = (
            float(conv_transpose2d(x[None, None], kernel[None, None], stride=2)[0, 0, 2, 2])
            for kernel in (W, W.flip(0, 1))
        )
        assert right == centre and turned in because

    def test_masks(self):
        truth = np.zeros((100, 100), dtype=int)
        truth[40:50, 40:50] = 1
        nothing, generous = np.zeros_like(truth), truth.copy()
        generous[50:60, 40:50] = 1
        assert (nothing == truth).mean() == (generous == truth).mean() == 0.99

        def by_class(said: np.ndarray, measure: Any) -> float:
            return float(np.mean([measure(said == number, truth == number) for number in (0, 1)]))

        def iou(a: np.ndarray, b: np.ndarray) -> float:
            return (a & b).sum() / (a | b).sum()

        def dice(a: np.ndarray, b: np.ndarray) -> float:
            return 2 * (a & b).sum() / (a.sum() + b.sum())

        values = [by_class(said, measure) for measure in (iou, dice) for said in (nothing, generous)]
        assert values == pytest.approx([0.495, 0.745, 0.497, 0.831], abs=1e-3)
        assert self.answer("better_mask")[0] == "two"


class TestFacesAndArtQuiz:
    """Its numbers by other ways than in the explanations, and the mistakes that it names, made on purpose."""

    def answer(self, name: str) -> tuple[Any, dict[str | float, str]]:
        """What is right, and what is said of that and of other answers."""
        right, because, _ = judged(cell(COURSE.master("week4_faces_and_art", "quiz"), f"{name}_hidden"))
        return right, because

    def test_triplets(self):
        anchors = torch.tensor([[0.0, 0], [1, 0], [0, 1]])
        near, far = torch.tensor([[0.3, 0.4], [1, 0.1], [0, 0.2]]), torch.tensor([[0, 0.6], [0, 0], [0.7, 1]])
        right, because = self.answer("song_loss")

        def loss(
            margin: float, power: int, one: torch.Tensor = near, other: torch.Tensor = far
        ) -> torch.Tensor:
            return (anchors - one).norm(dim=1) ** power - (anchors - other).norm(dim=1) ** power + margin

        assert right == pytest.approx(float(loss(0.2, 2).clamp(min=0).sum()))
        made = [loss(0.2, 1).clamp(min=0).sum(), loss(0.2, 2).sum(), loss(0, 2).clamp(min=0).sum()]
        made += [loss(0.2, 2, far, near).clamp(min=0).sum(), loss(0.2, 2).sum().clamp(min=0)]
        mean = float(loss(0.2, 2).clamp(min=0).mean())
        named = {round(float(one), 3) for one in made} | {round(mean, digits) for digits in (2, 3, 4)}
        assert named == set(because) - {"right"}

    def test_receptive_field(self):
        def seen(layers: list[torch.nn.Module]) -> int:
            x = torch.zeros(1, 1, 1, 97, requires_grad=True)
            out = torch.nn.Sequential(*layers)(x).flatten()
            return int((torch.autograd.grad(out[len(out) // 2], x)[0] != 0).sum())

        def convolution(f: int) -> torch.nn.Conv2d:
            made = torch.nn.Conv2d(1, 1, (1, f))
            torch.nn.init.ones_(made.weight)
            return made

        def pooling(f: int, stride: int) -> torch.nn.AvgPool2d:
            return torch.nn.AvgPool2d((1, f), (1, stride))

        right, because = self.answer("seen_pixels")
        layers = [convolution(5), pooling(2, 2), convolution(3), pooling(2, 2), convolution(3)]
        assert right == seen(layers)
        unmoved = [convolution(5), pooling(2, 1), convolution(3), pooling(2, 1), convolution(3)]
        blind = [convolution(5), pooling(1, 2), convolution(3), pooling(1, 2), convolution(3)]
        assert {seen(unmoved), seen(layers[:-1]), seen(blind)} < set(because)

    def test_style(self):
        generator = torch.Generator().manual_seed(0)
        volume = torch.randn(3, 4, 5, generator=generator)
        shuffled = torch.randperm(20, generator=generator)

        def gram(one: torch.Tensor) -> torch.Tensor:
            return torch.einsum("chw,dhw->cd", one, one)

        own = torch.stack([one.flatten()[torch.randperm(20, generator=generator)] for one in volume])
        changed = {
            "shuffle": volume.flatten(1)[:, shuffled].view_as(volume),
            "own": own.view_as(volume),
            "mirror": volume.flip(2),
            "minus": -volume,
            "twice": 2 * volume,
            "swap": volume[[1, 0, 2]],
        }
        right, because = self.answer("same_style")
        assert list(changed) == list(because)
        assert {key for key, one in changed.items() if torch.allclose(gram(one), gram(volume))} == right

    def test_style_cost(self):
        painting, mine = np.array([[1, 2, 0], [0, 1, 3]]), np.array([[1, 2, 0], [0, 1, 1]])
        apart = np.array([[a @ b for b in painting] for a in painting]) - [
            [a @ b for b in mine] for a in mine
        ]
        places = painting.T @ painting - mine.T @ mine
        right, because = self.answer("small_style")
        assert right == round((apart**2).sum() / 12**2, 2)
        made = [(apart**2).sum(), (apart**2).sum() / 12, ((painting - mine) ** 2).sum()]
        made += [np.abs(apart).sum() / 144, np.linalg.norm(apart) / 12, (places**2).sum() / 144]
        assert {round(float(one), 2) for one in made} == set(because) - {"right"}

    def test_sound(self):
        x = torch.zeros(1, 1, 400, requires_grad=True)
        filters = torch.ones(1, 1, 80)
        out = torch.nn.functional.avg_pool1d(torch.nn.functional.conv1d(x, filters, stride=4), 4)[0, 0]
        samples = [int((torch.autograd.grad(one, x, retain_graph=True)[0] != 0).sum()) for one in out[:2]]
        right, because = self.answer("forest_sound")
        assert samples == [8 * right] * 2 and samples[0] in because
