"""Taps: what layers put out, by name."""

import re

import pytest
import torch
from torch import nn

from cnnkit.nets.taps import features, layer_names


class Refuses(nn.Module):
    def forward(self, x):
        raise AssertionError("this layer should not be run")


@pytest.fixture(autouse=True)
def on_each_device(where):
    """Every net and tensor of these tests is made there."""
    with torch.device(where):
        yield


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


def test_a_layer_that_stands_twice_has_two_names_and_two_outputs(x):
    relu = nn.ReLU()
    inner = nn.Sequential(nn.Conv2d(3, 3, 1), relu)
    net = nn.Sequential(nn.Conv2d(3, 3, 1), relu, nn.BatchNorm2d(3), relu, inner, inner).eval()
    assert layer_names(net) == ["0", "1", "2", "3", "4", "5"]
    expected, y = {}, x
    for i in range(6):
        y = expected[str(i)] = net[i](y)
    expected["4.1"], expected["5.0"] = expected["4"], inner[0](expected["4"])
    assert (expected["1"] != expected["3"]).any()
    torch.testing.assert_close(features(net, x, list(expected)), expected)
    for name, y in expected.items():
        torch.testing.assert_close(features(net, x, [name])[name], y)


class Loops(nn.Module):
    """Runs a layer twice under its one name, another under two names in the other order, and one never."""

    def __init__(self):
        super().__init__()
        self.twice = nn.Conv2d(3, 3, 1)
        self.one = self.other = nn.Conv2d(3, 3, 1)
        self.unused = nn.ReLU()

    def forward(self, x):
        return self.one(self.other(self.twice(self.twice(x))))


def test_a_layer_run_twice_under_one_name_gives_what_it_put_out_last(x):
    net = Loops()
    torch.testing.assert_close(features(net, x, ["twice"])["twice"], net.twice(net.twice(x)))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("unused", "the net's forward never ran the layer 'unused', so there is nothing that it put out"),
        ("other", "one layer is named one, other: which of its 2 runs was that of 'other' cannot be told"),
    ],
)
def test_a_layer_whose_output_is_not_known_is_named(x, name, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        features(Loops(), x, [name])


@pytest.mark.parametrize("name", ["third", "first.pool", "", "first."])
def test_an_unknown_name_lists_those_that_there_are(net, x, name):
    with pytest.raises(ValueError, match=re.escape(f"no layer {name!r}; its layers are first, second, last")):
        features(net, x, ["first", name])
    assert not any(module._forward_hooks for module in net.modules())


def test_one_string_is_no_list(net, x):
    with pytest.raises(TypeError, match=re.escape('expected a list of names, such as ["first"]')):
        features(net, x, "first")


class Alters(nn.Module):
    """Changes in place what it gave to a layer that handed it on as it was."""

    def __init__(self):
        super().__init__()
        self.skip, self.pair = nn.Identity(), Pair()

    def forward(self, x):
        h = x * 1
        y = self.skip(h)
        h.zero_()
        first, second = self.pair(x * 1)
        return y + first.zero_() + second


class Pair(nn.Module):
    def forward(self, x):
        return x, x + 1


def test_a_later_layer_that_works_in_place_changes_no_output(x):
    net = nn.Sequential(
        nn.Conv2d(3, 3, 1), nn.Dropout(), nn.ReLU(inplace=True), nn.Flatten(), nn.ReLU6(True)
    ).eval()
    expected = net[0](x)
    assert expected.min() < -0.1
    for names in (["0"], ["1"], ["0", "2"], ["0", "1", "4"], ["0", "1", "2", "3", "4"]):
        found = features(net, x, names)
        for name, y in found.items():
            torch.testing.assert_close(y, (expected, expected, expected.relu())[min(int(name), 2)].view_as(y))
    first, second = features(Alters(), x, ["pair"])["pair"]
    torch.testing.assert_close((first, second), (x, x + 1))
    torch.testing.assert_close(features(Alters(), x, ["skip"])["skip"], x)


def test_an_output_stays_part_of_what_later_layers_are_made_of(x):
    """As Grad-CAM needs it: the gradient of a late output by an early one."""
    net = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True), nn.Conv2d(3, 1, 1))
    found = features(net, x, ["0", "1", "2"])
    [got] = torch.autograd.grad(found["2"].square().sum(), found["0"], retain_graph=True)
    early = net[0](x).detach().requires_grad_()
    net[2](early.relu()).square().sum().backward()
    torch.testing.assert_close(got, early.grad)
    assert got.abs().max() > 0


def test_the_mode_is_kept_and_training_moves_the_statistics_as_any_run_does(x):
    net = nn.Sequential(nn.BatchNorm2d(3), nn.ReLU())
    features(net, x + 1, ["0"])
    assert net.training and net[0].running_mean.min() > 0.05
    before = net.eval()[0].running_mean.clone()
    features(net, x + 1, ["0"])
    assert not net.training and torch.equal(net[0].running_mean, before)
