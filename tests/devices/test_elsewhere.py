"""The pretended device does what the CPU does, and refuses what CUDA refuses."""

import copy

import numpy as np
import pytest
import torch
from elsewhere import NAME, Present
from torch import nn

from autograder.trial import in_fork


@pytest.fixture(autouse=True)
def present():
    with Present():
        yield


def small_net():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))


def trained(net, x, y):
    """A net's weights after two steps of Adam."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    return {name: value.cpu() for name, value in net.state_dict().items()}


def test_a_net_learns_there_what_it_learns_here():
    net, x, y = small_net(), torch.rand(5, 3, 8, 8), torch.tensor([0, 1, 1, 0, 1])
    there = copy.deepcopy(net).to(NAME)
    assert {value.device.type for value in there.state_dict().values()} == {NAME}
    assert {type(one) for one in there.parameters()} != {type(one) for one in net.parameters()}
    torch.testing.assert_close(trained(there, x.to(NAME), y.to(NAME)), trained(net, x, y), rtol=0, atol=0)


@pytest.mark.parametrize("make", [torch.tensor, torch.as_tensor, torch.full((2,), 3.0).new_tensor])
def test_tensors_are_made_there(make):
    made = [make([1, 2], device=NAME), make(np.ones(2), device=NAME)]
    with torch.device(NAME):
        made += [torch.tensor(1), torch.zeros(2), nn.BatchNorm2d(2).num_batches_tracked]
    assert {one.device for one in made} == {torch.device(NAME, 0)}
    assert torch.tensor(1).device.type == "cpu"


def test_a_process_may_fork_afterwards_and_learn_in_its_own_way():
    x = torch.ones(3, device=NAME, requires_grad=True)
    (2 * x).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]

    def learn():
        y = torch.ones(3, requires_grad=True)
        (3 * y).sum().backward()
        return y.grad.tolist()

    assert in_fork(learn) == [3, 3, 3]


def test_it_computes_as_the_cpu():
    x = torch.arange(6.0, device=NAME).reshape(2, 3)
    x[0] += 10
    x[:, 1] = 5
    y = x.T.contiguous().cpu()
    assert x.device == torch.device(NAME, 0) and y.device.type == "cpu"
    assert y.tolist() == x.T.tolist() == [[10, 3], [5, 5], [12, 5]]
    assert f"{x.max():.1f}" == "12.0" and x.sum().item() == 40 and bool((x > 2).all())
    assert repr(torch.ones(2, device=NAME)) == f"tensor([1., 1.], device='{NAME}:0')"


MIXED = {
    "a sum": lambda there, here: there + here,
    "the other way round": lambda there, here: here + there,
    "a matrix product": lambda there, here: there @ here.T,
    "a concatenation": lambda there, here: torch.cat([there, here]),
    "a loss": lambda there, here: nn.functional.cross_entropy(there, here[:, 0].long()),
    "a layer": lambda there, here: nn.Linear(3, 2).to(NAME)(here),
    "picking here by places there": lambda there, here: here[there[:, 0].long()],
    "putting in": lambda there, here: there.index_put_((torch.tensor([0, 1]),), here),
    "one number, not in arithmetic": lambda there, here: torch.cat([there[0, :1], here.sum()[None]]),
    "one number there": lambda there, here: here * there.sum(),
    "comparing": torch.equal,
}


@pytest.mark.parametrize("mix", MIXED.values(), ids=MIXED)
def test_tensors_of_both_devices_do_not_mix(mix):
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        mix(torch.ones(2, 3, device=NAME), torch.ones(2, 3))


def test_what_cuda_takes_from_the_cpu_is_taken():
    there, number = torch.arange(6.0, device=NAME).reshape(2, 3), torch.tensor(2.0)
    assert (there * number)[1].tolist() == [6, 8, 10]
    assert there[torch.tensor([1])].tolist() == [[3, 4, 5]]
    there[torch.tensor([0])] = number
    there[1].copy_(torch.ones(3))
    assert there.tolist() == [[2, 2, 2], [1, 1, 1]]


@pytest.mark.parametrize("read", [lambda x: x.numpy(), np.asarray, lambda x: np.array([x, x])])
def test_numpy_cannot_read_it(read):
    with pytest.raises(TypeError, match=f"can't convert {NAME}:0 device type tensor to numpy"):
        read(torch.ones(2, device=NAME))


def test_it_has_no_use_for_a_generator_of_the_cpu():
    draw = torch.Generator().manual_seed(0)
    with pytest.raises(RuntimeError, match=f"Expected a '{NAME}' device type for generator"):
        torch.rand(2, device=NAME, generator=draw)
    with pytest.raises(RuntimeError, match=f"Expected a '{NAME}' device type for generator"):
        torch.ones(2, device=NAME).normal_(generator=draw)


def test_numbers_of_64_bits_are_refused_where_asked_for():
    x = torch.ones(2, dtype=torch.float64)
    assert x.to(NAME).dtype == torch.float64
    with Present(doubles=False):
        assert x.float().to(NAME).dtype == torch.float32
        assert (x + x).dtype == torch.float64
        for make in (lambda: x.to(NAME), lambda: torch.zeros(2, dtype=torch.float64, device=NAME)):
            with pytest.raises(TypeError, match="float64, which not every GPU has"):
                make()
        with pytest.raises(TypeError, match="float64, which not every GPU has"):
            x.float().to(NAME).double()


def test_a_shape_does_not_change_in_silence():
    with pytest.raises(NotImplementedError, match="changes a shape in place"):
        torch.ones(2, 1, device=NAME).squeeze_()
