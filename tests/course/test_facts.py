"""The numbers that the source notes state, by the lessons' own solutions; the right ones where they err."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from autograder.cells import is_locked, is_solution, is_test, is_train
from autograder.source import read_master
from cnnkit.stacks import stack

SOURCE = Path(__file__).parents[2] / "course" / "source"


@cache
def lesson(name: str) -> SimpleNamespace:
    """What the solution cells of a lesson define."""
    master = read_master(SOURCE / f"{name}.py")
    namespace: dict = {}
    for cell in master.cells:
        given = is_solution(cell) or (is_locked(cell) and not is_train(cell))
        if cell.cell_type == "code" and not is_test(cell) and given:
            exec(cell.source, namespace)
    return SimpleNamespace(**{key: value for key, value in namespace.items() if not key.startswith("__")})


@pytest.fixture
def steps():
    return lesson("week1_foundations/convolution_step_by_step")


@pytest.fixture
def application():
    return lesson("week1_foundations/convnet_application")


def convolve(steps, A_prev, n_C, **options):
    W = np.random.default_rng(0).normal(size=(3, 3, A_prev.shape[3], n_C))
    Z, _ = steps.conv_forward(A_prev, W, np.zeros((1, 1, 1, n_C)), {"stride": 1, "pad": 0, **options})
    return Z


QUARTERS = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], dtype=float).reshape(1, 4, 4, 1)


def test_fact_01_a_dense_layer_on_a_large_picture_has_3_billion_weights(application):
    assert torch.zeros(3, 64, 64).numel() == 12_288
    large = torch.empty(3, 1000, 1000, device="meta").numel()
    assert large == 3_000_000
    assert application.dense_parameters(large, 1000, bias=False) == 3_000_000_000


def test_fact_09_volumes_and_filters(steps):
    image = np.random.default_rng(1).normal(size=(1, 6, 6, 3))
    assert convolve(steps, image, 1).shape == (1, 4, 4, 1)
    assert convolve(steps, image, 2).shape == (1, 4, 4, 2)

    red_only = np.zeros((3, 3, 3, 1))
    red_only[:, :, 0] = 1.0
    no_bias, options = np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0}
    other_green_and_blue = np.concatenate([image[..., :1], image[..., 1:] + 5.0], axis=3)
    before, _ = steps.conv_forward(image, red_only, no_bias, options)
    after, _ = steps.conv_forward(other_green_and_blue, red_only, no_bias, options)
    np.testing.assert_array_equal(before, after)
    all_colours, _ = steps.conv_forward(image, np.ones((3, 3, 3, 1)), no_bias, options)
    changed, _ = steps.conv_forward(other_green_and_blue, np.ones((3, 3, 3, 1)), no_bias, options)
    assert not np.allclose(all_colours, changed)


def test_fact_10_ten_filters_have_280_parameters_whatever_the_image(steps):
    W, b = np.ones((3, 3, 3, 10)), np.ones((1, 1, 1, 10))
    assert W.size + b.size == 280
    for side in (5, 9):
        A_prev = np.ones((1, side, side, 3))
        Z, cache = steps.conv_forward(A_prev, W, b, {"stride": 1, "pad": 0})
        _, dW, db = steps.conv_backward(np.ones(Z.shape), cache)
        assert dW.size + db.size == 280


def test_fact_11_three_convolutions_make_39_x_39_x_3_to_1960_numbers(application):
    layers = [("a", "Conv2d", 3, 10, 3), ("b", "Conv2d", 10, 20, 5, 2), ("c", "Conv2d", 20, 40, 5, 2)]
    rows = application.layer_table(stack([*layers, ("flat", "Flatten")]), (3, 39, 39))
    assert [shape for _, shape, _, _ in rows] == [(10, 37, 37), (20, 17, 17), (40, 7, 7), (1960,)]


def test_fact_12_pooling(steps):
    A, _ = steps.pool_forward(QUARTERS, {"f": 2, "stride": 2}, "max")
    assert A[0, :, :, 0].tolist() == [[9, 2], [6, 3]]

    maps = np.random.default_rng(0).normal(size=(1, 7, 7, 1000))
    collapsed, _ = steps.pool_forward(maps, {"f": 7, "stride": 1}, "average")
    assert collapsed.shape == (1, 1, 1, 1000)
    np.testing.assert_allclose(collapsed[0, 0, 0, 17], sum(maps[0, :, :, 17].ravel()) / 49)

    both = np.concatenate([QUARTERS, -QUARTERS], axis=3)
    first, _ = steps.pool_forward(both, {"f": 2, "stride": 2}, "max")
    assert first[..., :1].tolist() == A.tolist()
    assert first[0, :, :, 1].tolist() == [[-1, -1], [-1, -1]]


def test_fact_13_the_table_of_the_digit_net(application):
    rows = application.layer_table(application.DigitNet(), (3, 32, 32))
    assert [row for row in rows if row[0] != "flatten"] == [
        ("conv1", (8, 28, 28), 6272, 608),
        ("pool1", (8, 14, 14), 1568, 0),
        ("conv2", (16, 10, 10), 1600, 3216),
        ("pool2", (16, 5, 5), 400, 0),
        ("fc3", (120,), 120, 48120),
        ("fc4", (84,), 84, 10164),
        ("logits", (10,), 10, 850),
    ]


def test_fact_14_456_parameters_in_place_of_14_million(application):
    outputs = torch.nn.Conv2d(3, 6, 5)(torch.zeros(1, 3, 32, 32)).numel()
    assert outputs == 28 * 28 * 6
    assert application.dense_parameters(3072, outputs, bias=False) == 3072 * 4704 == 14_450_688
    assert application.conv_parameters(5, 3, 6) == 456


def test_erratum_02_the_three_channels_count_and_28_x_28_x_6_is_4704(application):
    ((_, _, outputs, parameters),) = application.layer_table(
        stack([("conv", "Conv2d", 3, 6, 5)]), (3, 32, 32)
    )
    assert parameters == application.conv_parameters(5, 3, 6) == 456 != (5 * 5 + 1) * 6
    assert outputs == 28 * 28 * 6 == 4704


def test_erratum_08_the_max_pool_example_is_9_2_6_3(steps):
    A, _ = steps.pool_forward(QUARTERS, {"f": 2, "stride": 2})
    assert A[0, :, :, 0].tolist() == [[9, 2], [6, 3]] != [[1, 2], [3, 2]]


def test_erratum_11_eight_filters_and_5_x_5_x_16_after_the_second_pooling(application):
    rows = {name: shape for name, shape, _, _ in application.layer_table(application.DigitNet(), (3, 32, 32))}
    assert rows["conv1"] == (8, 28, 28)
    assert rows["pool2"] == (16, 5, 5)


def test_erratum_13_every_tied_maximum_gets_the_full_gradient(steps):
    flat = np.zeros((1, 2, 2, 1))
    dA = np.full((1, 1, 1, 1), 5.0)
    ours = steps.pool_backward(dA, (flat, {"f": 2, "stride": 2}), "max")
    assert ours[0, :, :, 0].tolist() == [[5, 5], [5, 5]]

    leaf = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    pooled = torch.nn.functional.max_pool2d(leaf, 2)
    (theirs,) = torch.autograd.grad(pooled, leaf, torch.full((1, 1, 1, 1), 5.0, dtype=torch.float64))
    assert theirs[0, 0].tolist() == [[5, 0], [0, 0]]


@pytest.mark.parametrize(("n", "f", "stride"), [(4, 2, 2), (5, 2, 3), (9, 3, 2), (7, 3, 3), (6, 6, 1)])
def test_erratum_18_the_size_after_pooling(steps, n, f, stride):
    A, _ = steps.pool_forward(np.zeros((1, n, n + stride, 1)), {"f": f, "stride": stride})
    windows = [start for start in range(n) if start % stride == 0 and start + f <= n]
    assert A.shape == (1, len(windows), len(windows) + 1, 1)
    assert len(windows) == (n - f) // stride + 1


def test_erratum_21_depth_is_what_comes_in_and_biases_are_what_goes_out(steps):
    A_prev, W, b = np.ones((1, 4, 4, 2)), np.ones((3, 3, 2, 5)), np.arange(5.0).reshape(1, 1, 1, 5)
    Z, _ = steps.conv_forward(A_prev, W, b, {"stride": 1, "pad": 0})
    assert Z.shape == (1, 2, 2, 5)
    assert Z[0, 0, 0].tolist() == [18, 19, 20, 21, 22]
