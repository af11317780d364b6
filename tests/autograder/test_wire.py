"""Values cross unchanged; everything that is not plain data within limits is refused or becomes a handle."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from autograder.limits import Limits
from autograder.wire import Decoder, Encoder, WireError
from cnnkit.testing import Recipe

LIMITS = Limits()


def handle_of(value):
    return 7, type(value).__name__


def cross(value, limits=LIMITS):
    encoder = Encoder(handle_of, limits)
    tree = json.loads(json.dumps(encoder.encode(value), allow_nan=False))
    return Decoder(encoder.buffers, lambda n, kind: ("handle", n, kind), limits, lambda r: r).decode(tree)


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 2**70, -(2**70), 0.1, -0.0, math.inf, 1e-320, "", "é\0\u2028", [], (), {},
     [1, (2.5, {"a": [None]})], {1: "x", (2, 3): [True]}],
    ids=repr,
)  # fmt: skip
def test_plain_values_cross_exactly(value):
    got = cross(value)
    assert type(got) is type(value)
    assert got == value and repr(got) == repr(value)


def test_nan_crosses():
    assert math.isnan(cross(math.nan))


def test_a_string_that_is_no_unicode_crosses_readably():
    assert cross("a\ud800b") == "a?b"


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int64", "float16", "float32", "float64", "complex128"]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_arrays_cross_exactly(dtype, shape):
    array = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    got = cross(array)
    assert type(got) is np.ndarray and got.dtype == array.dtype and got.shape == array.shape
    assert got.tobytes() == array.tobytes()
    assert got.flags.writeable


def test_an_array_that_is_a_view_crosses_as_its_values():
    array = np.arange(24.0).reshape(2, 3, 4)[:, ::-1, ::2].T
    assert np.array_equal(cross(array), array)


def test_an_array_of_the_other_byte_order_crosses_as_its_values():
    got = cross(np.array([[1.0, 2.5]], dtype=">f8"))
    assert (type(got), got.dtype, got.tolist()) == (np.ndarray, np.dtype("f8"), [[1.0, 2.5]])


def test_numpy_scalars_stay_numpy_scalars():
    got = cross(np.float32(0.5))
    assert type(got) is np.float32 and got == np.float32(0.5)


@pytest.mark.parametrize(
    "dtype", [torch.bool, torch.uint8, torch.int64, torch.bfloat16, torch.float32, torch.float64]
)
@pytest.mark.parametrize("shape", [(), (0, 2), (2, 3)])
def test_tensors_cross_exactly(dtype, shape):
    tensor = torch.ones(shape).to(dtype)
    got = cross(tensor)
    assert (
        type(got) is torch.Tensor
        and got.dtype == dtype
        and got.shape == tensor.shape
        and torch.equal(got, tensor)
    )


def test_an_empty_tensor_with_a_stride_of_zero_crosses():
    """As torch.from_numpy gives it for what a mask picks out of an array, when that is nothing."""
    given = torch.from_numpy(np.ones((2, 3), np.float32)[np.where(np.zeros((2, 3)))])
    assert given.stride() == (0,)
    for tensor in (given, torch.zeros(1, 4).expand(0, 4), torch.zeros(0, dtype=torch.int64)):
        got = cross(tensor)
        assert got.dtype == tensor.dtype and got.shape == tensor.shape


def test_a_parameter_crosses_as_a_tensor_without_its_graph():
    got = cross(torch.nn.Parameter(torch.ones(2)) * 3)
    assert torch.equal(got, torch.full((2,), 3.0)) and not got.requires_grad


class Lying(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class Pretender(np.ndarray):
    pass


@pytest.mark.parametrize(
    "value",
    [Lying(1), np.ma.array([1.0]), np.matrix([[1]]), np.zeros(2).view(Pretender), np.array([object()]),
     (x for x in "ab"), torch.nn.Linear(1, 1), torch.zeros(2).to_sparse(), object],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_what_is_not_plain_data_becomes_a_handle(value):
    assert cross(value) == ("handle", 7, type(value).__name__)


def test_a_recipe_crosses_whole():
    recipe = Recipe("torch.nn.Linear", (2, 3), {"bias": False}, {"weight": torch.ones(3, 2)})
    got = cross(recipe)
    assert (got.constructor, got.args, got.kwargs) == ("torch.nn.Linear", (2, 3), {"bias": False})
    assert torch.equal(got.state["weight"], torch.ones(3, 2))


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(WireError, match="nested too deeply"):
        cross(endless)


def test_too_many_items_are_refused():
    with pytest.raises(WireError, match="too many items"):
        cross([0] * 50, replace(LIMITS, count=40))


def test_too_many_bytes_are_refused():
    with pytest.raises(WireError, match="larger than"):
        cross(np.zeros(2**18), replace(LIMITS, message=2**20))


def decode(tree, buffers=()):
    return Decoder(list(buffers), lambda n, kind: None, LIMITS).decode(tree)


HOSTILE = {
    "not a list": 3,
    "empty": [],
    "no such tag": ["pickle", "abc"],
    "tag of another type": [["list"], []],
    "bool that is no bool": ["bool", 1],
    "float as text": ["float", "__import__('os')"],
    "int of many digits": ["int", "0x" + "f" * 10_000],
    "list of no list": ["list", "abc"],
    "dict of no pairs": ["dict", [[["str", "a"]]]],
    "dict whose key cannot be one": ["dict", [[["list", []], ["none"]]]],
    "object dtype": ["array", "|O", [1], 0],
    "structured dtype": ["array", "f8,f8", [1], 0],
    "huge shape": ["array", "<f8", [2**62, 4], 0],
    "negative shape": ["array", "<f8", [-1], 0],
    "bool in a shape": ["array", "<f8", [True], 0],
    "no such buffer": ["array", "<f8", [1], 9],
    "negative buffer": ["array", "<f8", [1], -1],
    "too many dimensions": ["array", "<f8", [1] * 40, 0],
    "tensor of no such dtype": ["tensor", "quint8", [8], 0],
    "handle that is no number": ["handle", "1", "x"],
    "recipe from a worker": ["recipe", ["tuple", []]],
}


@pytest.mark.parametrize("tree", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_tree_is_refused(tree):
    with pytest.raises(WireError):
        decode(tree, [bytes(8)])


def test_a_bomb_of_depth_is_refused():
    tree = ["none"]
    for _ in range(900):
        tree = ["list", [tree]]
    with pytest.raises(WireError, match="nested too deeply"):
        decode(tree)


def test_keys_that_collide_are_refused_before_they_take_long():
    step = 2**61 - 1
    tree = ["dict", [[["int", hex(step * n)], ["none"]] for n in range(20_000)]]
    with pytest.raises(WireError, match="too many keys"):
        Decoder([], lambda number, name: None, Limits()).decode(tree)
