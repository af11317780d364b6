"""Networks from plain data compute what the same layers of torch compute."""

import doctest

import pytest
import torch
from torch import nn

from cnnkit import stacks, testing
from cnnkit.stacks import stack

LAYERS = [
    ("conv", "Conv2d", 2, 3, 3, {"padding": 1, "bias": False}),
    ("block", "Sequential", [("norm", "BatchNorm2d", 3), ("relu", "ReLU")]),
    ("pool", "MaxPool2d", 2),
    ("flat", "Flatten"),
    ("last", "Linear", 12, 4),
]


def test_the_example_in_the_docstring():
    assert doctest.testmod(stacks).failed == 0


def test_it_computes_what_the_layers_compute():
    made = stack(LAYERS)
    by_hand = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1, bias=False), nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(12, 4),
    )  # fmt: skip
    assert list(made.state_dict())[:2] == ["conv.weight", "block.norm.weight"]
    by_hand.load_state_dict(dict(zip(by_hand.state_dict(), made.state_dict().values(), strict=True)))
    x = torch.randn(5, 2, 4, 4)
    torch.testing.assert_close(made(x), by_hand(x))


def test_a_cost_is_a_tensor_without_axes():
    cost = stack([("weigh", "Linear", 3, 2), ("all", "Sum")])
    x = torch.ones(4, 3)
    assert cost(x).shape == ()
    torch.testing.assert_close(cost(x), cost[0](x).sum())


def test_it_is_in_the_mode_that_is_asked_for():
    assert stack(LAYERS).training and stack(LAYERS).block.norm.training
    assert not stack(LAYERS, training=False).block.norm.training


def test_its_weights_take_gradients_or_not():
    assert all(weight.requires_grad for weight in stack(LAYERS).parameters())
    assert not any(weight.requires_grad for weight in stack(LAYERS, learns=False).parameters())


def test_a_test_can_hand_it_over_with_weights():
    state = {"last.weight": torch.tensor([[2.0]]), "last.bias": torch.tensor([1.0])}
    model = testing.make("cnnkit.stacks.stack", [("last", "Linear", 1, 1)], state=state)
    assert model(torch.tensor([[3.0]])).tolist() == [[7.0]]


@pytest.mark.parametrize("kind", ["Conv9d", "Parameter", "functional", "__name__"])
def test_an_unknown_kind_is_named(kind):
    with pytest.raises(ValueError, match=f"torch.nn has no layer '{kind}'"):
        stack([("a", kind)])


def test_two_layers_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two layers are called 'a': give each a name of its own"):
        stack([("a", "ReLU"), ("a", "ReLU")])
