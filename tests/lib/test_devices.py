"""Devices and seeds."""

import random
from typing import NamedTuple

import numpy as np
import pytest
import torch

import cnnkit
from cnnkit import device, seed
from cnnkit.devices import to


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.delenv("CNNKIT_DEVICE", raising=False)


def machine(monkeypatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "best"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_the_best_device_is_taken(monkeypatch, cuda, mps, best):
    machine(monkeypatch, cuda=cuda, mps=mps)
    assert device() == torch.device(best)


def test_another_device_can_be_chosen(monkeypatch):
    machine(monkeypatch, cuda=True, mps=True)
    monkeypatch.setenv("CNNKIT_DEVICE", "cpu")
    assert device() == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:99", "gpu", "cpu:one"])
def test_a_device_that_is_not_there_is_named_with_those_that_are(monkeypatch, name):
    monkeypatch.setenv("CNNKIT_DEVICE", name)
    with pytest.raises(ValueError, match=rf"^CNNKIT_DEVICE is '{name}'; this machine has cpu"):
        device()


def drawn() -> list[float]:
    return [random.random(), float(np.random.random()), float(torch.rand(()))]


def test_a_seed_begins_all_random_numbers_anew():
    seed(3)
    first = drawn()
    seed(4)
    other = drawn()
    seed(3)
    assert drawn() == first
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_tensors_are_moved_wherever_they_stand(where):
    x = torch.ones(2)
    moved = to(where, {"x": x, "pair": (x, [x, 3]), "name": "amber"})
    assert moved["x"].device.type == moved["pair"][1][0].device.type == where.type
    assert type(moved["pair"]) is tuple and moved["pair"][1][1] == 3 and moved["name"] == "amber"


class Pair(NamedTuple):
    first: torch.Tensor
    second: int


def test_a_named_tuple_stays_one(where):
    moved = to(where, Pair(torch.ones(1), 2))
    assert type(moved) is Pair and moved.first.device.type == where.type and moved.second == 2


def test_modules_come_when_asked_for():
    assert cnnkit.pictures.show.__module__ == "cnnkit.pictures"
    with pytest.raises(AttributeError, match="module 'cnnkit' has no attribute 'nothing'"):
        cnnkit.nothing  # noqa: B018


def test_a_generator_draws_the_same_whatever_else_draws():
    torch.manual_seed(1)
    first = torch.rand(3, generator=cnnkit.generator(5))
    torch.rand(9)
    assert torch.equal(first, torch.rand(3, generator=cnnkit.generator(5)))
    assert not torch.equal(first, torch.rand(3, generator=cnnkit.generator(6)))
