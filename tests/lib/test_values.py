"""cnnkit.values: only exact types are plain data."""

import numpy as np
import pytest
import torch

from cnnkit.values import FLOATS, INTEGERS, derives_from_torch, exactly, is_array, is_tensor, to_numpy


class MyArray(np.ndarray):
    pass


class MyTensor(torch.Tensor):
    pass


class EqualToEverything(type):
    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(np.ndarray)


class Posing(metaclass=EqualToEverything):
    __class__ = np.ndarray


def test_a_class_that_claims_to_equal_every_class_is_not_taken_for_one():
    assert type(Posing()) in (np.ndarray, bool), "the pose works on ordinary tests of a type"
    assert not exactly(Posing(), (np.ndarray, bool, float))
    assert not is_array(Posing())


@pytest.mark.parametrize("value", [np.int8(1), np.uint64(1), np.longlong(1), 1])
def test_every_integer_type_of_numpy_is_an_integer(value):
    assert exactly(value, INTEGERS)
    assert not exactly(value, FLOATS)


@pytest.mark.parametrize("value", [np.float16(1), np.float32(1), np.float64(1), np.longdouble(1), 1.0])
def test_every_floating_point_type_of_numpy_is_a_float(value):
    assert exactly(value, FLOATS)
    assert not exactly(value, INTEGERS)


def test_a_bool_is_neither():
    assert not exactly(True, (*INTEGERS, *FLOATS))
    assert not exactly(np.True_, (*INTEGERS, *FLOATS))


@pytest.mark.parametrize(
    "value", [np.ones((2, 3)).view(np.matrix), np.ma.masked_array([1.0]), np.zeros(2).view(MyArray), [1.0]]
)
def test_derived_arrays_are_not_arrays(value):
    assert not is_array(value)
    assert to_numpy(value) is None


def test_tensors_and_parameters_are_tensors_and_their_subclasses_are_not():
    assert is_tensor(torch.zeros(2)) and is_tensor(torch.nn.Parameter(torch.zeros(2)))
    assert not is_tensor(torch.zeros(2).as_subclass(MyTensor))
    assert not is_tensor(np.zeros(2))


def test_classes_derived_from_torch_are_recognised_by_descent_and_not_by_name():
    class Module:
        __module__ = "torch"

    assert derives_from_torch(torch.nn.Linear(1, 1), "Module")
    assert derives_from_torch(torch.zeros(2).as_subclass(MyTensor), "Tensor")
    assert not derives_from_torch(Module(), "Module")


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        (np.zeros((2, 3), np.uint8), "uint8", (2, 3)),
        (np.float32(1), "float32", ()),
        (True, "bool", ()),
        (torch.zeros(2, 0), "float32", (2, 0)),
        (torch.zeros(3, dtype=torch.bfloat16), "float32", (3,)),
        (torch.zeros(3, dtype=torch.int64), "int64", (3,)),
        (torch.nn.Parameter(torch.zeros(3, dtype=torch.float64)), "float64", (3,)),
        (torch.zeros(3, requires_grad=True) * 2, "float32", (3,)),
        (torch.tensor([1 + 2j]).conj(), "complex64", (1,)),
    ],
)
def test_numbers_come_out_as_arrays_of_the_same_shape(value, dtype, shape):
    array = to_numpy(value)
    assert (array.dtype, array.shape) == (np.dtype(dtype), shape)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        [1, 2],
        10**30,
        np.array(["text"]),
        np.array([None]),
        torch.zeros(2, device="meta"),
        torch.eye(2).to_sparse(),
        torch.nn.Linear(1, 1),
    ],
)
def test_what_holds_no_readable_numbers_gives_none(value):
    assert to_numpy(value) is None


def test_a_tensor_with_a_method_put_over_its_own_is_read_all_the_same():
    tensor = torch.zeros(2)
    tensor.detach = lambda: torch.ones(2)
    assert to_numpy(tensor).tolist() == [0.0, 0.0]
