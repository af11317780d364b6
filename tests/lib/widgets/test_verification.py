import doctest
import re
import time

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_curve

from cnnkit.widgets import verification, verification_explorer

RNG = np.random.default_rng(0)
SAME = RNG.random(300) < 0.4
DISTANCES = np.where(SAME, RNG.normal(0.6, 0.15, 300), RNG.normal(0.95, 0.15, 300)).clip(0).round(3)


def parts(widget):
    (limit, to_equal), shown = widget.children[0].children, widget.children[1]
    return limit, to_equal, shown


def words(shown):
    return re.search("<p role='status'>(.*?)</p>", shown.value).group(1)


def cells(shown):
    return [re.sub("<.*?>", "", cell) for cell in re.findall("<t[dh].*?</t[dh]>", shown.value)]


def test_the_example_in_the_docstring():
    assert doctest.testmod(verification).failed == 0


@pytest.mark.parametrize("tau", [0.0, 0.5, 0.701, 0.8, 1.1])
def test_the_confusion_is_counted_pair_by_pair(tau):
    limit, _, shown = parts(verification_explorer(DISTANCES, SAME))
    limit.value = tau
    accepts = sum(d <= tau and not s for d, s in zip(DISTANCES, SAME, strict=True))
    rejects = sum(d > tau and s for d, s in zip(DISTANCES, SAME, strict=True))
    pairs, people = int(SAME.sum()), int((~SAME).sum())
    assert cells(shown) == [
        "pairs", "accepted", "rejected",
        "same person", f"{pairs - rejects}", f"{rejects} false rejects",
        "different people", f"{accepts} false accepts", f"{people - accepts}",
    ]  # fmt: skip
    assert f"{people} pairs of different people {accepts} " in words(shown)
    assert f"accepted (FAR {accepts / people:.1%})" in words(shown)
    assert f"rejected (FRR {rejects / pairs:.1%}); right in {1 - (accepts + rejects) / 300:.1%}" in words(
        shown
    )


def test_a_pair_at_tau_is_accepted():
    limit, _, shown = parts(verification_explorer([0.7, 0.7], [True, False], tau=0.7))
    assert (
        "different people 1 is accepted (FAR 100.0%), of 1 pairs of one person 0 are rejected (FRR 0.0%)"
        in words(shown)
    )
    limit.value = 0.699
    assert (
        "different people 0 are accepted (FAR 0.0%), of 1 pairs of one person 1 is rejected (FRR 100.0%)"
        in words(shown)
    )


def test_the_place_of_equal_error_is_that_of_scikit_learn():
    limit, to_equal, shown = parts(verification_explorer(torch.tensor(DISTANCES), torch.tensor(SAME)))
    accepts, right, taus = roc_curve(SAME, -DISTANCES, drop_intermediate=False)
    place = np.abs(accepts - (1 - right)).argmin()
    to_equal.click()
    assert limit.value == pytest.approx(-taus[place])
    both = f"closest at tau {limit.value:.4g}: {accepts[place]:.1%} and {1 - right[place]:.1%}."
    assert both in words(shown)
    assert abs(accepts[place] - 1 + right[place]) < 0.01


def test_the_curve_is_that_of_scikit_learn_and_the_dot_lies_on_it():
    *_, shown = parts(verification_explorer(DISTANCES, SAME, tau=0.8))
    accepts, right, _ = roc_curve(SAME, -DISTANCES, drop_intermediate=False)
    drawn = shown.value.split("<svg")[2]
    curve = re.findall(r"<polyline points='(.*?)'", drawn)[1]
    x, y = np.array([pair.split(",") for pair in curve.split()], dtype=float).T
    assert ((x - 54) / 342 == pytest.approx(accepts, abs=0.001)) and (
        1 - (y - 26) / 232 == pytest.approx(right, abs=0.001)
    )
    dot = [float(n) for n in re.search("<circle cx='(.*?)' cy='(.*?)'", drawn).groups()]
    here = ((DISTANCES <= 0.8) & ~SAME).sum() / (~SAME).sum(), ((DISTANCES <= 0.8) & SAME).sum() / SAME.sum()
    assert dot == pytest.approx([54 + 342 * here[0], 26 + 232 * (1 - here[1])], abs=0.1)


def test_each_histogram_adds_up_to_all_of_its_kind():
    *_, shown = parts(verification_explorer(DISTANCES, SAME))
    drawn = shown.value.split("<svg")[1]
    places = re.findall(r"y='([\d.]+)' text-anchor='end'>(\d+)</text>", drawn)
    unit = (float(places[0][0]) - float(places[-1][0])) / float(places[-1][1])  # pixels of a percent
    for curve in re.findall(r"<polyline points='(.*?)'", drawn)[:2]:
        heights = 26 + 232 - np.array([pair.split(",")[1] for pair in curve.split()], dtype=float)[::2]
        assert len(heights) == 30 and heights.sum() / unit == pytest.approx(100, rel=0.02)


def test_a_move_takes_less_than_a_tenth_of_a_second():
    rng = np.random.default_rng(1)
    limit, *_ = parts(verification_explorer(rng.random(20_000), rng.random(20_000) < 0.5))
    start = time.process_time()
    for value in (0.3, 0.6) * 5:
        limit.value = value
    assert (time.process_time() - start) / 10 < 0.1


SHAPES = "distances and same should be (N,), same bool and with both kinds of pairs; they are "


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.1, 0.2, 0.3], [True, False]), f"{SHAPES}(3,) and (2,) of bool"),
        (([0.1, 0.2], [1, 0]), f"{SHAPES}(2,) and (2,) of int64"),
        (([0.1, 0.2], [True, True]), f"{SHAPES}(2,) and (2,) of bool"),
        (([0.1, float("nan")], [True, False]), "distances should be finite, from 0 up"),
        (([0.1, -0.2], [True, False]), "distances should be finite, from 0 up"),
        (([0.1, 0.22], [True, False], 0.5), "tau should be from 0 to 0.3, and is 0.5"),
    ],
)
def test_what_cannot_be_shown_is_named(arguments, message):
    with pytest.raises(ValueError) as error:
        verification_explorer(*arguments)
    assert str(error.value) == message
