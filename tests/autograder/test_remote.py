"""Remote objects behave as the objects they stand for, and carry nothing but data."""

import numpy as np
import pytest
import torch

from autograder.kernel import Malformed, Worker, WorkerGone, WorkerSlow
from autograder.limits import Limits
from autograder.remote import Line, NotGradable, Remote, plain_recipe
from autograder.wire import WireError
from cnnkit import testing
from cnnkit.testing import LearnersError, Side

SOURCE = """
import numpy as np
import torch
from torch import nn

def double(x): return 2 * x
def scale(x): x *= 2
def keep(model): return model
def seen(model): return type(model).__name__, sum(p.numel() for p in model.parameters())
def cube(x): return x ** 3
def cut(x): return x.detach()
def watched(x): return x.requires_grad_().sum().item()
def applied(layer, x): return layer(x)
def deep(layers): return layers["deep"] ** 3
def fails(x): raise ValueError("no " + str(x))
def pair(): return [object(), {"a": (1, 2)}]
class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(n, 2), nn.BatchNorm1d(2))
        self.layers[0].bias.requires_grad = False
    def forward(self, x): return self.layers(x)
class Equal(float):
    def __eq__(self, other): return True
    __hash__ = None
def equal(): return Equal(3)
def numbers():
    yield from range(3)
"""


@pytest.fixture(scope="module")
def names():
    limits = Limits()
    with Worker("bwrap", limits) as worker:
        worker.execute(SOURCE, 60)

        def ask(request, buffers):
            answer, received, _ = worker.request(request, buffers, 10)
            return answer, received

        line = Line(ask, limits)
        yield lambda name: Remote(line, name)


pytestmark = pytest.mark.sandbox


def test_a_call_carries_arrays_both_ways(names):
    got = names("double")(np.arange(3.0))
    assert type(got) is np.ndarray and got.tolist() == [0.0, 2.0, 4.0]
    assert torch.equal(names("double")(x=torch.ones(2)), torch.full((2,), 2.0))


def test_arguments_here_stay_as_they_are(names):
    x = np.ones(2)
    names("scale")(x)
    assert x.tolist() == [1.0, 1.0]


def test_changed_arguments_are_noticed_there(names):
    assert testing.unchanged(names("double"), [np.ones(2)]) is True
    assert testing.unchanged(names("scale"), [np.ones(2)]) is False


def test_a_gradient_asked_for_there_is_a_change_of_the_argument(names):
    assert testing.unchanged(names("watched"), [torch.ones(2)]) is False
    assert testing.unchanged(names("cube"), [torch.ones(2)]) is True


def test_whether_a_result_needs_a_gradient_is_seen_there(names):
    with testing.on(Side(make=plain_recipe)):
        layer = testing.make("torch.nn.Linear", 2, 1)
    assert testing.detached(names("applied"), [layer, torch.ones(1, 2)]) is False
    assert testing.detached(names("cut"), [torch.ones(1, 2)]) is True
    assert testing.detached(names("cube"), [torch.ones(2, requires_grad=True)]) is True


def test_a_gradient_further_in_is_taken_there(names):
    layers = {"deep": torch.tensor([2.0])}
    assert testing.grad(names("deep"), [layers], (0, "deep")).tolist() == [12.0]


def test_a_gradient_is_taken_there(names):
    x = torch.tensor([1.0, -2.0], dtype=torch.float64)
    assert torch.equal(testing.grad(names("cube"), [x], 0), 3 * x**2)
    with pytest.raises(LearnersError, match="cut off"):
        testing.grad(names("cut"), [x], 0)


def test_an_exception_is_an_ordinary_one_here(names):
    with pytest.raises(LearnersError, match="ValueError: no 3") as caught:
        names("fails")(3)
    assert caught.value.names[:2] == ["ValueError", "Exception"]
    assert caught.value.frames[-1][0] == "fails"


def test_a_model_is_handed_over_as_a_recipe(names):
    state = {"weight": torch.ones(4, 3), "bias": torch.zeros(4)}
    with testing.on(Side(make=plain_recipe)):
        recipe = testing.make("torch.nn.Linear", 3, 4, state=state)
    assert names("seen")(recipe) == ("Linear", 16)
    kept = names("keep")(recipe)
    assert torch.equal(kept(torch.ones(1, 3)), torch.full((1, 4), 3.0))
    assert names("keep")(kept)(torch.zeros(1, 3)).shape == (1, 4)


@pytest.mark.parametrize(
    "constructor", ["os.system", "torch._C._cuda_init", "cnnkit.__builtins__", "builtins.eval"]
)
def test_a_recipe_is_cnnkits_or_torchs_alone(names, constructor):
    with testing.on(Side(make=plain_recipe)), pytest.raises(LearnersError, match="not a constructor"):
        names("keep")(testing.make(constructor, "true"))


def test_a_module_is_described_without_its_weights(names):
    model = names("Net")(3)
    assert testing.kind(model) == "Module"
    described = testing.describe(model)
    assert described["parameters"][:2] == [("layers.0.weight", (2, 3), True), ("layers.0.bias", (2,), False)]
    assert (described["count"], described["trainable"]) == (12, 10)
    assert ("layers.1.running_mean", (2,)) in described["buffers"]


def test_attributes_items_length_and_iteration_are_remote(names):
    model = names("Net")(3)
    assert testing.kind(model.layers[0]) == "Module" and len(model.layers) == 2
    assert model.layers[0].weight.shape == (2, 3)
    assert list(names("numbers")()) == [0, 1, 2]
    assert model.state_dict()["layers.0.bias"].shape == (2,)


def test_what_claims_to_equal_everything_does_not_here(names):
    got = names("equal")()
    assert isinstance(got, Remote) and testing.kind(got) == "Equal"
    assert (got == 3) is False and (got != 3) is True


def test_containers_keep_what_is_data_as_data(names):
    handle, plain = names("pair")()
    assert isinstance(handle, Remote) and plain == {"a": (1, 2)}


def test_a_local_object_that_is_not_data_is_refused(names):
    with pytest.raises(WireError, match="recipe"):
        names("double")(torch.nn.Linear(1, 1))


@pytest.mark.parametrize(
    ("raised", "became", "text"),
    [(WorkerGone("the process ended (exit status 3)"), LearnersError, "while it ran, the process ended"),
     (WorkerSlow("x"), LearnersError, "did not return within"),
     (Malformed("garbage"), NotGradable, "garbage")],
)  # fmt: skip
def test_a_workers_end_is_the_functions_and_garbage_is_no_verdict(raised, became, text):
    def ask(request, buffers):
        raise raised

    with pytest.raises(became, match=text):
        Remote(Line(ask, Limits()), "f")()


@pytest.mark.parametrize(
    "answer",
    [{}, {"value": ["pickle", ""]}, {"error": 3}, {"error": {"names": []}}, {"error": {"names": "abc"}},
     {"value": None}, {"value": ["array", "<f8", [2], 0]}],
    ids=repr,
)  # fmt: skip
def test_an_answer_that_is_not_the_protocols_is_no_verdict(answer):
    with pytest.raises(
        NotGradable, match=r"the notebook's process sent back (something that is no value|an error)"
    ):
        Remote(Line(lambda request, buffers: (answer, []), Limits()), "f")()


def test_no_check_takes_no_verdict_for_the_learners_exception():
    assert not issubclass(NotGradable, Exception)
