"""Taps: what layers put out, by name."""

import re

import pytest
import torch
from torch import nn

from cnnkit.nets.taps import features, layer_names


class Refuses(nn.Module):
    def forward(self, x):
        raise AssertionError("this layer should not be run")


@pytest.fixture
def net():
    inner = nn.Sequential()
    inner.add_module("conv", nn.Conv2d(3, 4, 3))
    inner.add_module("relu", nn.ReLU())
    net = nn.Sequential()
    net.add_module("first", inner)
    net.add_module("second", nn.Conv2d(4, 2, 1))
    net.add_module("last", Refuses())
    return net


@pytest.fixture
def x():
    return torch.randn(2, 3, 6, 6, requires_grad=True)


def test_names_in_order(net):
    assert layer_names(net) == ["first", "second", "last"]


def test_outputs_by_name_in_the_order_asked_for(net, x):
    found = features(net, x, ["second", "first.conv", "first"])
    assert list(found) == ["second", "first.conv", "first"]
    conv = net.first.conv(x)
    torch.testing.assert_close(found["first.conv"], conv)
    torch.testing.assert_close(found["first"], conv.relu())
    torch.testing.assert_close(found["second"], net.second(conv.relu()))


def test_gradients_flow_to_the_input_as_through_the_net(net, x):
    features(net, x, ["second"])["second"].square().sum().backward()
    got, x.grad = x.grad.clone(), None
    net.second(net.first(x)).square().sum().backward()
    torch.testing.assert_close(got, x.grad)
    assert got.abs().max() > 0


def test_no_hook_is_left_behind(net, x):
    features(net, x, ["first"])
    with pytest.raises(AssertionError, match="should not be run"):
        features(net, x, ["last"])
    assert not any(module._forward_hooks for module in net.modules())


def test_nothing_asked_for(net, x):
    assert features(net, x, []) == {}


def test_a_net_that_is_no_sequence_is_run_whole(x):
    class Fork(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Conv2d(3, 1, 1), nn.Conv2d(3, 1, 1)

        def forward(self, x):
            return self.left(x), self.right(x)

    fork = Fork()
    torch.testing.assert_close(features(fork, x, ["right"])["right"], fork.right(x))


@pytest.mark.parametrize("name", ["third", "first.pool", "", "first."])
def test_an_unknown_name_lists_those_that_there_are(net, x, name):
    with pytest.raises(ValueError, match=re.escape(f"no layer {name!r}; its layers are first, second, last")):
        features(net, x, ["first", name])
    assert not any(module._forward_hooks for module in net.modules())


def test_one_string_is_no_list(net, x):
    with pytest.raises(TypeError, match=re.escape('expected a list of names, such as ["first"]')):
        features(net, x, "first")
