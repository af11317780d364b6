"""cnnkit.testing: what means the same in a notebook and in the examiner."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnkit import testing
from cnnkit.testing import Elsewhere, LearnersError, Recipe, Side


class Handle(Elsewhere):
    """Stands for an object in another process; remembers what it was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def elsewhere(self, operation, *arguments):
        self.asked.append((operation, *arguments))
        return self.answer


class TestLearnersError:
    def test_it_reads_like_the_original(self):
        error = LearnersError(["IndexError", "LookupError"], "out of range", [("f", 2, "x[9]")])
        assert str(error) == "IndexError: out of range"
        assert (error.names, error.message, error.frames) == (
            ["IndexError", "LookupError"],
            "out of range",
            [("f", 2, "x[9]")],
        )

    def test_it_survives_the_way_to_another_process(self):
        error = pickle.loads(pickle.dumps(LearnersError(["KeyError"], "'pad'", [("f", 1, "h['pad']")])))
        assert (str(error), error.frames) == ("KeyError: 'pad'", [("f", 1, "h['pad']")])

    def test_without_a_name_it_is_an_exception(self):
        assert str(LearnersError([], "odd")) == "Exception: odd"


class TestRng:
    def test_it_is_the_same_for_everyone_in_a_notebook(self):
        draws = [testing.rng("zero_pad_hidden").normal(size=3).tolist() for _ in range(2)]
        assert draws[0] == draws[1]

    def test_it_does_not_follow_the_global_seed(self):
        np.random.seed(1)
        first = testing.rng("zero_pad").random()
        np.random.seed(2)
        assert testing.rng("zero_pad").random() == first

    def test_each_test_has_its_own(self):
        assert testing.rng("zero_pad").random() != testing.rng("conv_forward").random()

    def test_the_side_gives_the_seed(self):
        asked = []
        with testing.on(Side(seed=lambda grade_id: asked.append(grade_id) or 7)):
            assert testing.rng("zero_pad_hidden").random() == np.random.default_rng(7).random()
        assert asked == ["zero_pad_hidden"]


class TestOn:
    def test_the_side_is_left_when_the_block_ends(self):
        outer, inner = Side(seed=lambda _: 1), Side(seed=lambda _: 2)
        before = testing.side()
        with testing.on(outer):
            with testing.on(inner):
                assert testing.side() is inner
            assert testing.side() is outer
        assert testing.side() is before

    def test_the_side_is_left_when_the_block_raises(self):
        before = testing.side()
        with pytest.raises(ValueError, match="stop"), testing.on(Side(seed=lambda _: 1)):
            raise ValueError("stop")
        assert testing.side() is before


class TestMake:
    def test_a_model_of_torch(self):
        state = {"weight": torch.tensor([[1.0, 2.0, 3.0]]), "bias": torch.tensor([4.0])}
        model = testing.make("torch.nn.Linear", 3, out_features=1, state=state)
        assert model(torch.ones(1, 3)).tolist() == [[10.0]]

    def test_the_side_decides_how(self):
        recipes = []
        with testing.on(Side(make=lambda recipe: recipes.append(recipe) or "made elsewhere")):
            assert testing.make("torch.nn.Linear", 3, 1, bias=False) == "made elsewhere"
        assert recipes == [Recipe("torch.nn.Linear", (3, 1), {"bias": False}, None)]

    @pytest.mark.parametrize(
        "constructor",
        [
            "os.system",
            "torch",
            "torchvision.models.resnet18",
            "torch._C.Size",
            "torch.nn.Linear.__init__",
            "torch.nn.NoSuchLayer",
            "torch.no_such_module.Layer",
            "torch.",
            "torch..nn",
            "subprocess.cnnkit.run",
            "",
        ],
    )
    def test_nothing_else_is_a_constructor(self, constructor):
        with pytest.raises(ValueError) as raised:
            testing.make(constructor)
        assert str(raised.value) == f"{constructor!r} is not a constructor of cnnkit or torch"

    def test_a_state_that_does_not_fit_is_refused(self):
        with pytest.raises(RuntimeError, match="Missing key"):
            testing.make("torch.nn.Linear", 3, 1, state={"weight": torch.zeros(1, 3)})


class TestGrad:
    def test_it_is_the_gradient_of_the_sum(self):
        x = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
        assert torch.equal(testing.grad(lambda x: x**2, [x], 0), 2 * x)

    def test_with_respect_to_any_argument(self):
        x, w = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])
        assert torch.equal(testing.grad(lambda x, w: x * w, [x, w], 1), x)

    def test_zeros_where_the_result_does_not_depend_on_it(self):
        x, w = torch.ones(2), torch.ones(3, requires_grad=True)
        gradient = testing.grad(lambda x, w: w * 2, [x, w], 0)
        assert torch.equal(gradient, torch.zeros(2)) and not gradient.requires_grad

    def test_arguments_are_left_alone(self):
        x = torch.ones(2, requires_grad=True)
        testing.grad(lambda x: x * 2, [x], 0)
        assert x.grad is None

    def test_a_tensor_further_in_is_named_by_its_way(self):
        layers = {"deep": [torch.ones(2), torch.full((2,), 3.0)]}
        gradient = testing.grad(lambda x, layers: x * layers["deep"][1] ** 2, [2, layers], (1, "deep", 1))
        assert gradient.tolist() == [12.0, 12.0]
        assert not layers["deep"][1].requires_grad

    def test_also_where_the_caller_switched_gradients_off(self):
        with torch.no_grad():
            assert torch.equal(testing.grad(lambda x: x * 3, [torch.ones(2)], 0), torch.full((2,), 3.0))

    @pytest.mark.parametrize(
        ("f", "argument", "message"),
        [
            (lambda x: x.detach().numpy(), torch.ones(2), "expected a tensor to differentiate, got ndarray"),
            (lambda x: None, torch.ones(2), "expected a tensor to differentiate, got NoneType"),
            (
                lambda x: x.detach() * 2,
                torch.ones(2),
                "the result is cut off from its input: autograd has nothing to follow",
            ),
            (
                lambda x: x * 2,
                np.ones(2),
                "expected a floating-point tensor to differentiate with respect to, got ndarray",
            ),
            (
                lambda x: x * 2,
                torch.ones(2, dtype=torch.int64),
                "expected a floating-point tensor to differentiate with respect to, got Tensor",
            ),
        ],
    )
    def test_what_cannot_be_differentiated_is_named(self, f, argument, message):
        with pytest.raises(TypeError) as raised:
            testing.grad(f, [argument], 0)
        assert str(raised.value) == message

    def test_a_remote_function_is_differentiated_where_it_lives(self):
        handle = Handle("gradient")
        assert testing.grad(handle, (1, 2), 1) == "gradient"
        assert handle.asked == [("grad", [1, 2], 1)]


def add_one_in_place(x):
    x += 1
    return x


class TestUnchanged:
    @pytest.mark.parametrize(
        "argument",
        [
            np.zeros(3),
            np.zeros(3, np.uint8),
            torch.zeros(3),
            torch.zeros(3, dtype=torch.bfloat16),
            np.zeros(6)[::2],
            np.zeros(3, dtype=object),
        ],
    )
    def test_a_change_in_place_is_noticed(self, argument):
        assert not testing.unchanged(add_one_in_place, [argument])
        assert testing.unchanged(lambda x: x + 1, [argument])

    @pytest.mark.parametrize(
        ("f", "argument"),
        [
            (lambda h: h.update(pad=0), {"stride": 1}),
            (lambda h: h.pop("stride"), {"stride": 1}),
            (lambda h: h["W"].fill(1), {"W": np.zeros(2)}),
            (lambda xs: xs.append(1), [1]),
            (lambda xs: xs[0].append(1), ([],)),
            (lambda x: x.resize((2, 2)), np.zeros((4, 1))),
            (lambda m: torch.nn.init.zeros_(m.weight), torch.nn.Linear(2, 2)),
            (lambda x: x.requires_grad_(), torch.zeros(2)),
            (lambda xs: xs["x"].requires_grad_(), {"x": torch.zeros(2)}),
            (lambda x: x.requires_grad_(), torch.zeros(2, requires_grad=True)),
        ],
    )
    def test_a_change_further_in_is_noticed(self, f, argument):
        assert not testing.unchanged(f, [argument])

    @pytest.mark.parametrize(
        "argument",
        [
            np.array([np.nan, -0.0]),
            torch.tensor([np.nan]),
            float("nan"),
            np.float64("nan"),
            np.array(["a", None], dtype=object),
            {"stride": 2, "W": [np.ones(2)]},
            torch.nn.Linear(2, 2),
            "text",
            None,
        ],
    )
    def test_what_is_left_alone_is_unchanged(self, argument):
        assert testing.unchanged(lambda x: None, [argument])

    def test_zero_and_minus_zero_are_not_the_same(self):
        assert not testing.unchanged(lambda x: np.negative(x, out=x), [np.zeros(2)])

    @pytest.mark.parametrize(
        "kind",
        [
            "register_forward_hook",
            "register_forward_pre_hook",
            "register_full_backward_hook",
            "register_full_backward_pre_hook",
        ],
    )
    def test_a_hook_left_behind_is_a_change(self, kind):
        def watch(layer, remove):
            hook = getattr(layer[0], kind)(lambda *_: None)
            if remove:
                hook.remove()

        layers = torch.nn.Sequential(torch.nn.ReLU())
        assert not testing.unchanged(watch, [layers, False])
        assert testing.unchanged(watch, [layers, True])

    def test_the_callers_own_arguments_never_change(self):
        x = np.zeros(3)
        assert not testing.unchanged(add_one_in_place, [x])
        assert x.tolist() == [0.0, 0.0, 0.0]

    def test_what_f_raises_is_passed_on(self):
        with pytest.raises(ZeroDivisionError):
            testing.unchanged(lambda x: x / 0, [1])

    def test_a_remote_function_is_watched_where_it_lives(self):
        handle = Handle(False)
        assert testing.unchanged(handle, (1,)) is False
        assert handle.asked == [("unchanged", [1])]


class TestDetached:
    @pytest.mark.parametrize(
        "wrap", [lambda x: x, lambda x: [1, x], lambda x: {"a": (x, None)}, lambda x: [[x]]]
    )
    def test_a_gradient_is_found_wherever_it_hides(self, wrap):
        layer, x = torch.nn.Linear(2, 1), torch.ones(1, 2)
        assert not testing.detached(lambda layer, x: wrap(layer(x)), [layer, x])
        assert testing.detached(lambda layer, x: wrap(layer(x).detach()), [layer, x])

    def test_arguments_are_plain_numbers_as_they_are_for_a_remote_function(self):
        x = torch.ones(2, requires_grad=True)
        assert testing.detached(lambda x: 2 * x, [x]) and testing.detached(lambda xs: [*xs], [[x]])
        assert not testing.detached(lambda x: x.requires_grad_() * 2, [x])

    def test_what_is_no_tensor_needs_none(self):
        assert testing.detached(lambda x: (x, "text", None, np.ones(2)), [3])

    def test_the_callers_own_arguments_never_change(self):
        x = torch.ones(2)
        assert not testing.detached(lambda x: x.requires_grad_(), [x])
        assert not x.requires_grad

    def test_a_remote_function_is_asked_where_it_lives(self):
        handle = Handle(False)
        assert testing.detached(handle, (1,)) is False
        assert handle.asked == [("detached", [1])]


class TestKind:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, "NoneType"),
            (True, "bool"),
            (np.float64(1), "float64"),
            ((1,), "tuple"),
            (np.zeros(1), "ndarray"),
            (np.ma.masked_array([1]), "MaskedArray"),
            (torch.zeros(1), "Tensor"),
            (torch.nn.Parameter(torch.zeros(1)), "Tensor"),
            (torch.nn.Sequential(), "Module"),
        ],
    )
    def test_the_name_that_a_test_states(self, value, expected):
        assert testing.kind(value) == expected

    def test_a_class_called_tensor_in_a_module_called_torch_is_only_called_so(self):
        impostor = type("Linear", (type("Module", (), {"__module__": "torch"}),), {})
        assert testing.kind(impostor()) == "Linear"

    def test_a_remote_object_is_asked(self):
        assert testing.kind(Handle("Module")) == "Module"


class TestDescribe:
    def test_a_module_without_its_weights(self):
        model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.BatchNorm2d(4))
        model[0].weight.requires_grad_(False)
        assert testing.describe(model) == {
            "parameters": [
                ("0.weight", (4, 3, 3, 3), False),
                ("1.weight", (4,), True),
                ("1.bias", (4,), True),
            ],
            "buffers": [("1.running_mean", (4,)), ("1.running_var", (4,)), ("1.num_batches_tracked", ())],
            "modules": [("0", "Conv2d"), ("1", "BatchNorm2d")],
            "count": 116,
            "trainable": 8,
        }

    def test_anything_else_is_named(self):
        with pytest.raises(TypeError) as raised:
            testing.describe(np.zeros(2))
        assert str(raised.value) == "expected a torch module to describe, got ndarray"

    def test_a_remote_module_is_described_where_it_lives(self):
        assert testing.describe(Handle({"count": 3})) == {"count": 3}


class TestMoved:
    def network(self):
        return torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU())

    def test_all_weights_and_the_statistics_of_what_learns(self):
        names = [name for name, _ in [*self.network().named_parameters(), *self.network().named_buffers()]]
        assert testing.moved(self.network(), torch.rand(4, 1, 5, 5)) == sorted(names)

    def test_statistics_move_where_only_the_weights_are_frozen(self):
        model = self.network().requires_grad_(False)
        moved = testing.moved(model, torch.rand(4, 1, 5, 5))
        assert moved == ["1.num_batches_tracked", "1.running_mean", "1.running_var"]

    def test_evaluation_mode_does_not_last(self):
        assert "1.running_mean" in testing.moved(self.network().eval(), torch.rand(4, 1, 5, 5))

    def test_what_claims_to_learn_and_takes_no_part_does_not_move(self):
        model = self.network()
        model.unused = torch.nn.Parameter(torch.ones(2))
        model.forward = lambda x: x * 2
        assert testing.moved(model, torch.rand(4, 1, 5, 5)) == []

    def test_weights_with_a_gradient_of_zero_take_part(self):
        assert testing.moved(torch.nn.Linear(3, 2), torch.zeros(4, 3)) == ["bias", "weight"]

    def test_elsewhere_it_is_asked_for_there(self):
        handle = Handle(["weight"])
        assert testing.moved(handle, "x", 3) == ["weight"] and handle.asked == [("moved", "x", 3)]


class TestScratchFile:
    @pytest.fixture(autouse=True)
    def folder(self, monkeypatch, tmp_path):
        monkeypatch.setattr(testing.tempfile, "gettempdir", lambda: str(tmp_path))

    def test_the_same_name_is_the_same_file_until_a_fresh_one_is_wanted(self):
        first = Path(testing.scratch_file("a.npy"))
        first.write_text("kept")
        assert Path(testing.scratch_file("a.npy")).read_text() == "kept"
        assert not Path(testing.scratch_file("a.npy", fresh=True)).exists()

    def test_a_copy_is_a_copy(self):
        Path(testing.scratch_file("a.npy")).write_text("kept")
        assert Path(testing.scratch_file("b.npy", copy_of="a.npy")).read_text() == "kept"

    def test_of_nothing_there_is_no_copy(self):
        assert not Path(testing.scratch_file("b.npy", copy_of="a.npy")).exists()
