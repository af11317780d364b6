import doctest
import re
import time

import numpy as np
import pytest
import torch

from cnnkit.widgets import triplet_explorer, triplets

POINTS = [[0.0, 0.0], [0.6, 0.0], [0.0, 1.0], [0.5, 0.2]]
WHOSE = ["Ann", "Ann", "Ben", "Ben"]


class Hand:
    def __init__(self, widget):
        *rows, last, self.shown = widget.children
        parts = [row.children for row in rows]
        self.menus = [row[0] for row in parts]
        self.fields = [row[1:] for row in parts]
        self.alpha, self.circle, self.step, self.step_of_all, self.again = last.children

    @property
    def words(self):
        return [
            re.sub("<.*?>", "", one) for one in re.findall("<p[ >].*?</p>", self.shown.value)
        ]  # of the triplet, and of all

    def points(self):
        """Where each point lies, read from the fields; the menus stand afterwards as before."""
        before, found = [menu.value for menu in self.menus], {}
        for chosen in [one for _, one in self.menus[0].options]:
            self.menus[0].value = chosen
            found[chosen] = [field.value for field in self.fields[0]]
        for menu, value in zip(self.menus, before, strict=True):
            menu.value = value
        return torch.tensor([found[i] for i in sorted(found)], dtype=torch.float64)


def own(**more):
    return Hand(triplet_explorer(POINTS, WHOSE, **more))


def loss_of(points, rows, alpha):
    """The sum of the losses of triplets, by PyTorch."""
    a, p, n = (points[list(column)] for column in zip(*rows, strict=True))
    return (torch.linalg.norm(a - p, dim=1) ** 2 - torch.linalg.norm(a - n, dim=1) ** 2 + alpha).relu()


def stepped(points, rows, alpha, rate):
    moved = points.clone().requires_grad_()
    loss_of(moved, rows, alpha).sum().backward()
    return (moved - rate * moved.grad).detach()


def every_triplet(labels):
    along = range(len(labels))
    return [
        (a, p, n)
        for a in along for p in along for n in along
        if a != p and labels[a] == labels[p] and labels[a] != labels[n]
    ]  # fmt: skip


def test_the_example_in_the_docstring():
    assert doctest.testmod(triplets).failed == 0


def test_it_begins_with_a_triplet_that_has_a_loss():
    assert [menu.value for menu in own().menus] == [0, 1, 3]
    apart = Hand(triplet_explorer([[0, 0], [0, 1], [9, 9]], ["Ann", "Ann", "Ben"]))
    assert [menu.value for menu in apart.menus] == [0, 1, 2] and "loss 0.000" in apart.words[0]


def test_the_sum_of_a_triplet():
    hand = own()
    hand.menus[2].value = 2
    assert hand.words[0] == (
        "d(A, P) = 0.360, d(A, N) = 1.000, alpha = 0.200: loss 0.000. The negative is easy: farther than the positive "
        "by alpha or more, so no gradient moves these points."
    )
    assert hand.words[1].startswith("Negatives of this pair: 1 hard, 0 semi-hard, 1 easy. Of all 8 triplets ")


@pytest.mark.parametrize(
    ("y", "kind", "loss"),
    [
        (0.5, "hard", 0.31),
        (0.6, "hard", 0.2),
        (0.61, "semi-hard", 0.188),
        (0.74, "semi-hard", 0.012),
        (0.75, "easy", 0.0),
    ],
)
def test_where_a_negative_is_semi_hard(y, kind, loss):
    hand = own()
    hand.menus[2].value = 2
    hand.fields[2][1].value = y
    assert f"loss {loss:.3f}. The negative is {kind}:" in hand.words[0]
    hand.alpha.value = 0.0
    assert "semi-hard" not in hand.words[0]


def test_the_ring_lies_between_both_distances():
    hand = own()
    unit = (400 - 12) / 3  # pixels of a plane from -1.5 to 1.5
    middle, inner, outer = (
        float(r) for r in re.findall(r"<circle [^>]*? r='([\d.]+)'", hand.shown.value)[:3]
    )
    assert (inner, outer) == pytest.approx((0.6 * unit, 0.56**0.5 * unit), abs=0.06)
    assert middle == pytest.approx((inner + outer) / 2, abs=0.1)


def test_counts_of_all_triplets_are_those_of_pytorch():
    hand = Hand(triplet_explorer(seed=3))
    points, labels = hand.points(), np.repeat([1, 2, 3, 4], 3)
    for alpha in (0.2, 1.0):
        hand.alpha.value = alpha
        losses = loss_of(points, every_triplet(labels), alpha)
        found = re.search(r"Of all (\d+) triplets (\d+) have a loss, ([\d.]+) in all", hand.words[1])
        assert [int(n) for n in found.groups()[:2]] == [216, int((losses > 0).sum())]
        assert float(found.group(3)) == pytest.approx(float(losses.sum()), abs=0.3)


def test_menus_offer_what_makes_a_triplet():
    hand = Hand(triplet_explorer())
    anchor, positive, negative = hand.menus
    assert [name for name, _ in anchor.options][:4] == ["1-1", "1-2", "1-3", "2-1"]
    negative.value = 9
    anchor.value = 4
    assert [name for name, _ in positive.options] == ["2-1", "2-3"] and positive.value == 3
    assert [i for _, i in negative.options] == [0, 1, 2, 6, 7, 8, 9, 10, 11] and negative.value == 9
    anchor.value = 11
    assert negative.value == 0


def test_who_has_a_single_point_is_no_anchor():
    hand = Hand(triplet_explorer(POINTS[:3], ["Ann", "Ann", "O'Neil"]))
    assert [name for name, _ in hand.menus[0].options] == ["Ann-1", "Ann-2"]
    assert hand.menus[2].options == (("O'Neil-1", 2),)


def test_a_step_goes_down_the_gradient_of_three_points():
    hand = own()
    hand.menus[2].value = 3
    expected = stepped(hand.points(), [(0, 1, 3)], 0.2, 0.04)
    hand.step.click()
    assert torch.allclose(hand.points(), expected, atol=1e-3)
    before = hand.words
    for _ in range(20):
        hand.step.click()
    assert "loss 0.000" in hand.words[0] and "loss 0.000" not in before[0]
    still = hand.points()
    hand.step.click()
    assert torch.equal(hand.points(), still), "an easy triplet moves nothing"


def test_a_step_of_all_goes_down_the_gradient_of_all():
    hand = Hand(triplet_explorer(seed=1))
    points, rows = hand.points(), every_triplet(np.repeat([1, 2, 3, 4], 3))
    with_loss = int((loss_of(points, rows, 0.2) > 0).sum())
    expected = stepped(points, rows, 0.2, 0.04 * len(points) / (3 * with_loss))
    hand.step_of_all.click()
    assert torch.allclose(hand.points(), expected, atol=2e-3)
    for _ in range(60):
        hand.step_of_all.click()
    assert float(loss_of(hand.points(), rows, 0.2).sum()) < 0.1 * float(loss_of(points, rows, 0.2).sum())
    hand.again.click()
    assert torch.equal(hand.points(), points)


def test_points_stay_on_the_unit_circle():
    hand = Hand(triplet_explorer())
    before = hand.points()
    hand.circle.value = True
    on_it = torch.nn.functional.normalize(before)
    assert torch.allclose(hand.points(), on_it, atol=2e-3)
    hand.step_of_all.click()
    hand.fields[0][0].value = 0.7
    assert not torch.allclose(hand.points(), on_it, atol=1e-2)
    assert torch.allclose(hand.points().norm(dim=1), torch.ones(12).double(), atol=2e-3)
    hand.circle.value = False
    hand.fields[0][0].value = 0.25
    assert hand.fields[0][0].value == 0.25


def test_the_seed_draws_the_points():
    first, again, other = (Hand(triplet_explorer(seed=seed)).points() for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_far_points_have_a_wider_plane():
    hand = Hand(triplet_explorer(torch.tensor(POINTS) * 10, WHOSE))
    assert hand.fields[0][0].max == 12 and hand.fields[1][0].value == 6


def test_a_move_takes_less_than_a_tenth_of_a_second():
    hand = Hand(triplet_explorer())
    start = time.process_time()
    for _ in range(10):
        hand.step_of_all.click()
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, 0, 0]], [1]), "embeddings should be finite, of shape (N, 2), and are of shape (1, 3)"),
        ((POINTS, WHOSE[:3]), "labels should be 4, of two identities or more, one of them with two points or more: "
         "there are 3, of 2"),
        ((POINTS, None), "labels should be 4, of two identities or more, one of them with two points or more: "
         "there are 0, of 0"),
        ((POINTS, [1, 1, 1, 1]), "labels should be 4, of two identities or more, one of them with two points or more: "
         "there are 4, of 1"),
        ((POINTS, [1, 2, 3, 4]), "labels should be 4, of two identities or more, one of them with two points or more: "
         "there are 4, of 4"),
    ],
)  # fmt: skip
def test_what_makes_no_triplet_is_named(arguments, message):
    with pytest.raises(ValueError) as error:
        triplet_explorer(*arguments)
    assert str(error.value) == message
