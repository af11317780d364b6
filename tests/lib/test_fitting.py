"""The training loop: it learns, ends, goes on from where it was, and says what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import IPython
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from cnnkit import Batches, fit
from cnnkit.devices import seed


@pytest.fixture(autouse=True)
def not_quick(monkeypatch):
    monkeypatch.delenv("CNNKIT_QUICK", raising=False)


def data(count: int = 200, noise: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Points in the plane, and whether they are above a line."""
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(count, 2, generator=draw)
    y = (x[:, 0] + 2 * x[:, 1] + noise * torch.randn(count, generator=draw) > 0).long()
    return x, y


def net(where: torch.device | str = "cpu", dropout: float = 0.2) -> nn.Module:
    seed(7)
    layers = [nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 2)]
    return nn.Sequential(*layers).to(where)


def accuracy(outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (outputs.argmax(1) == y).float().mean()


def batches(seed_: int = 0, size: int = 32) -> Batches:
    return Batches(*data(), size=size, seed=seed_)


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_a_model_learns(where):
    model = net(where)
    history = fit(
        model, batches(), cross_entropy, epochs=20, validation=batches(), metrics={"accuracy": accuracy}
    )
    assert len(history.rows) == 20 and set(history.rows[0]) == {"loss", "validation", "accuracy"}
    assert history.rows[-1]["accuracy"] > 0.95 > history.rows[0]["accuracy"]
    assert history.rows[-1]["loss"] < history.rows[0]["loss"] / 2
    assert not model.training


def test_the_means_weigh_every_example_alike():
    """The last batch is smaller: a mean of means would be another number."""
    model, (x, y) = net(dropout=0.0), data(50)
    history = fit(
        model, Batches(x, y, size=32), cross_entropy, epochs=1, validation=Batches(x, y, size=32),
        metrics={"accuracy": accuracy}, optimizer=torch.optim.SGD(model.parameters(), lr=0.0),
    )  # fmt: skip
    with torch.no_grad():
        assert history.rows[0]["validation"] == pytest.approx(float(cross_entropy(model(x), y)), rel=1e-5)
        assert history.rows[0]["accuracy"] == pytest.approx(float(accuracy(model(x), y)), rel=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    models = [net() for _ in range(3)]
    for model, number in zip(models, (0, 0, 1), strict=True):
        torch.rand(3)  # whatever was drawn before
        fit(model, batches(), cross_entropy, epochs=3, seed=number)
    assert same(models[0], models[1]) and not same(models[0], models[2])


def adam(model):
    return torch.optim.Adam(model.parameters(), lr=0.01)


def momentum(model):
    return torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)


@pytest.mark.parametrize("optimizer", [adam, momentum])
@pytest.mark.parametrize("loader", [batches, lambda: DataLoader(TensorDataset(*data()), 32, shuffle=True)])
def test_a_run_that_goes_on_ends_where_an_uninterrupted_one_does(tmp_path, optimizer, loader):
    def run(epochs, **more):
        model = net()
        chosen = optimizer(model)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(chosen, T_max=6)
        given = {"optimizer": chosen, "schedule": schedule, "validation": batches(), "patience": 5, **more}
        return model, fit(model, loader(), cross_entropy, epochs=epochs, **given)

    whole, history = run(6)
    file = tmp_path / "a" / "line.safetensors"
    for epochs in (2, 3, 6):
        torch.rand(5)
        resumed, again = run(epochs, checkpoint=file)
    assert same(whole, resumed) and again == history and len(history.rows) == 6
    _, nothing_left = run(6, checkpoint=file)
    assert nothing_left == history


KILLED = """
import os, sys
import torch
from torch import nn
from torch.nn.functional import cross_entropy
sys.path.insert(0, {here!r})
from test_fitting import batches, net
from cnnkit import fit, fitting
save, count = fitting._save, [0]
def dying(run, file):
    count[0] += 1
    save(run, file)
    if count[0] == 2:
        os._exit(9)
fitting._save = dying
fit(net(), batches(), cross_entropy, epochs=5, checkpoint={file!r})
"""


def test_a_run_that_was_killed_goes_on(tmp_path):
    file, here = tmp_path / "line.safetensors", str(Path(__file__).parent)
    code = KILLED.format(here=here, file=str(file))
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 9
    whole, resumed = net(), net()
    history = fit(whole, batches(), cross_entropy, epochs=5)
    assert fit(resumed, batches(), cross_entropy, epochs=5, checkpoint=file) == history
    assert same(whole, resumed)


def test_a_checkpoint_holds_tensors_and_words_alone(tmp_path):
    file = tmp_path / "line.safetensors"
    fit(net(), batches(), cross_entropy, epochs=1, checkpoint=file)
    with safe_open(file, "pt") as opened:
        about = json.loads(opened.metadata()["fit"])
        assert {name.split(".")[0] for name in list(opened.keys())} == {"model", "optimizer"}
    assert about["settings"]["optimizer"] == "Adam" and len(about["history"]["rows"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_without_progress_it_ends_early_and_keeps_the_best_weights():
    model, states = net(dropout=0.0), []
    far = (data()[0], 1 - data()[1])  # the better the fit, the worse this gets

    def loss(outputs, y):
        if not model.training:
            states.append({name: value.clone() for name, value in model.state_dict().items()})
        return cross_entropy(outputs, y)

    history = fit(model, batches(), loss, epochs=30, validation=Batches(*far, size=200), patience=3)
    assert history.stopped and len(history.rows) == history.best + 4 < 30
    losses = [row["validation"] for row in history.rows]
    assert losses[history.best] == min(losses)
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in states[history.best].items())


def test_a_quick_run_takes_three_steps(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNKIT_QUICK", "1")
    model, steps = net(), []

    def loss(outputs, y):
        steps.append(len(y))
        return cross_entropy(outputs, y)

    history = fit(model, batches(size=8), loss, epochs=50, checkpoint=tmp_path / "line.safetensors")
    assert len(steps) == 3 and len(history.rows) == 1 and not list(tmp_path.iterdir())


class Both(nn.Module):
    """Takes a dictionary and gives a pair."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(2, 2)

    def forward(self, x):
        return self.line(x["left"]), self.line(x["right"][0])


def test_batches_may_be_nested(where):
    x, y = data(8)
    loader = [({"left": x, "right": (x,)}, [y, y])] * 2
    history = fit(
        Both().to(where),
        loader,
        lambda out, y: cross_entropy(out[0], y[0]) + cross_entropy(out[1], y[1]),
        epochs=1,
    )
    assert len(history.rows) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"loader": []}, "the loader gave no batch"),
        ({"validation": []}, "the validation loader gave no batch"),
        ({"metrics": {"accuracy": accuracy}}, "metrics and patience need validation data"),
        ({"patience": 2}, "metrics and patience need validation data"),
        (
            {"loss": lambda outputs, y: outputs.sum() * float("nan")},
            "the loss is nan at step 1 of this epoch",
        ),
        (
            {"loss": lambda outputs, y: outputs.sum() * float("inf")},
            "at step 1 .* try a smaller learning rate",
        ),
    ],
)
def test_what_is_wrong_is_said(change, said):
    given = {"loader": batches(), "loss": cross_entropy, "epochs": 1} | change
    with pytest.raises(ValueError, match=said):
        fit(net(), **given)


def test_a_loss_that_is_not_finite_saves_nothing(tmp_path):
    file = tmp_path / "line.safetensors"
    fit(net(), batches(), cross_entropy, epochs=1, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match="the loss is nan"):
        fit(net(), batches(), lambda outputs, y: outputs.sum() * float("nan"), epochs=2, checkpoint=file)
    assert file.read_bytes() == before


def other_model(file):
    fit(nn.Sequential(nn.Linear(2, 2)), batches(), cross_entropy, epochs=1, checkpoint=file)


def other_optimizer(file):
    model = net()
    fit(model, batches(), cross_entropy, epochs=1, optimizer=momentum(model), checkpoint=file)


def bare_weights(file):
    save_file(net().state_dict(), file)


def no_tensors(file):
    file.write_bytes(b"no tensors")


def cut(file):
    fit(net(), batches(), cross_entropy, epochs=1, checkpoint=file)
    file.write_bytes(file.read_bytes()[:-10])


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (
            other_model,
            "holds the weights of another model: it lacks 1.bias; .* Remove the file",
        ),
        (
            other_optimizer,
            "was written with another seed, optimizer, learning rate or schedule. Remove the file",
        ),
        (bare_weights, "holds weights, but no checkpoint of fit"),
        (no_tensors, "is not a safetensors file, or a damaged one"),
        (cut, "is not a safetensors file, or a damaged one"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(tmp_path, write, said):
    file = tmp_path / "line.safetensors"
    write(file)
    model = net()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match=said):
        fit(model, batches(), cross_entropy, epochs=2, checkpoint=file)
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())


def test_a_schedule_that_cannot_be_saved_says_so(tmp_path):
    model = net()
    optimizer = adam(model)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, type("Halving", (), {"__call__": lambda self, epoch: 0.5})()
    )
    schedule.lr_lambdas[0].__dict__["kept"] = {1, 2}
    with pytest.raises(ValueError, match=r"cannot be saved .*: leave the checkpoint out"):
        fit(
            model, batches(), cross_entropy, epochs=1, optimizer=optimizer, schedule=schedule,
            checkpoint=tmp_path / "line.safetensors",
        )  # fmt: skip


def test_batches_hold_every_example_once_in_an_order_of_their_seed():
    x = np.arange(10)
    order = [tuple(int(v) for v in x_) for x_, _ in Batches(x, x, size=4, seed=1)]
    assert [len(batch) for batch in order] == [4, 4, 2] and sorted(sum(order, ())) == list(range(10))
    assert order == [tuple(int(v) for v in y_) for _, y_ in Batches(x, x, size=4, seed=1)]
    again = Batches(x, x, size=4, seed=1)
    first, second = ([tuple(map(int, b)) for b, _ in again] for _ in range(2))
    assert first == order != second
    assert [list(map(int, b)) for b, _ in Batches(x, x, size=5, shuffle=False)] == [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
    ]
    assert len(Batches(x, x, size=4)) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, 2], [1]), "x and y should be as long as each other: x has 2, y has 1"),
        (([], []), "x has 0"),
        (([1], [1], 0), "size must be at least 1, got 0"),
    ],
)
def test_batches_refuse_what_makes_no_sense(arguments, said):
    with pytest.raises(ValueError, match=said):
        Batches(*arguments)


def stepped(optimizer):
    return torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4], gamma=0.1)


def one_cycle(optimizer):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, total_steps=7)


def plateau(optimizer):
    return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=0, threshold=0.9)


def chained(optimizer):
    warm, cool = (
        torch.optim.lr_scheduler.LinearLR(optimizer),
        torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5),
    )
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cool], milestones=[3])


@pytest.mark.parametrize("schedule", [stepped, one_cycle, plateau, chained])
def test_every_schedule_goes_on_where_it_was(tmp_path, schedule):
    def run(epochs, file=None):
        model = net()
        optimizer = momentum(model)
        fit(
            model, batches(), cross_entropy, epochs=epochs, optimizer=optimizer, schedule=schedule(optimizer),
            validation=batches(), checkpoint=file,
        )  # fmt: skip
        return model, optimizer.param_groups[0]["lr"]

    whole, rate = run(6)
    run(1, tmp_path / "line.safetensors")
    resumed, again = run(6, tmp_path / "line.safetensors")
    assert same(whole, resumed) and rate == again
    assert rate < 0.05 / 2  # it has done something


class Losses:
    """A validation loss that goes as it is told to, epoch by epoch."""

    def __init__(self, model, values):
        self.model, self.values, self.weights = model, iter(values), []

    def __call__(self, outputs, y):
        if self.model.training:
            return cross_entropy(outputs, y)
        self.weights.append(self.model[0].weight.clone())
        return torch.tensor(next(self.values))


def watched(values, patience, epochs=10, file=None):
    model = net()
    losses = Losses(model, values)
    whole = Batches(*data(), size=200)
    history = fit(
        model, batches(), losses, epochs=epochs, validation=whole, patience=patience, checkpoint=file
    )
    return model, history, losses


def test_a_tie_is_no_progress():
    _, history, _ = watched([1.0] * 10, 2)
    assert (len(history.rows), history.best, history.stopped) == (3, 0, True)


def test_a_validation_loss_that_is_not_finite_is_an_error():
    with pytest.raises(ValueError, match="the validation loss is nan"):
        watched([2.0, float("nan"), 1.0], 5)


def test_patience_that_comes_later_still_has_the_best_weights(tmp_path):
    file = tmp_path / "line.safetensors"
    _, _, first = watched([1.0, 2.0], None, 2, file)
    model, history, _ = watched([3.0, 4.0], 3, 10, file)
    assert history.best == 0 and history.stopped and torch.equal(model[0].weight, first.weights[0])


def test_more_patience_goes_on_after_an_early_stop(tmp_path):
    file = tmp_path / "line.safetensors"
    _, history, _ = watched([1.0, 2.0], 1, 10, file)
    assert history.stopped and len(history.rows) == 2
    _, history, _ = watched([0.5, 0.4], 3, 4, file)
    assert not history.stopped and [row["validation"] for row in history.rows] == pytest.approx(
        [1, 2, 0.5, 0.4]
    )


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"validation": None}, {"metrics": {"accuracy": accuracy}}, {"optimizer": adam}]
)
def test_a_run_with_other_settings_does_not_go_on_unnoticed(tmp_path, change):
    file = tmp_path / "line.safetensors"
    given = {"epochs": 1, "validation": batches(), "checkpoint": file}
    fit(net(), batches(), cross_entropy, **given)
    model = net()
    change = {name: value(model) if name == "optimizer" else value for name, value in change.items()}
    with pytest.raises(ValueError, match=r"was written with .*\. Remove the file to begin anew"):
        fit(model, batches(), cross_entropy, **given | change | {"epochs": 2})


def test_the_same_optimizer_may_go_on(tmp_path):
    model = net()
    optimizer = adam(model)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    for epochs in (2, 4):
        history = fit(
            model, batches(), cross_entropy, epochs=epochs, optimizer=optimizer, schedule=schedule,
            checkpoint=tmp_path / "line.safetensors",
        )  # fmt: skip
    assert len(history.rows) == 4


class Untouched(Batches):
    """Batches that nobody may look at."""

    def __init__(self):
        super().__init__(*data())

    def __iter__(self):
        raise AssertionError("it trains")


def test_a_place_that_cannot_be_written_is_known_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"the checkpoint .* cannot be written"):
        fit(net(), Untouched(), cross_entropy, epochs=1, checkpoint=tmp_path / "file" / "line.safetensors")


def persistent():
    return DataLoader(TensorDataset(*data()), 32, num_workers=1, persistent_workers=True)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"epochs": 2.5}, TypeError, "epochs must be a whole number"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1"),
        ({"patience": 0, "validation": batches()}, ValueError, "patience must be at least 1"),
        ({"loader": iter([])}, TypeError, r"loader should give batches \(x, y\) and have a length"),
        ({"loader": data()}, TypeError, r"each batch should be \(x, y\), and one is Tensor"),
        ({"validation": [data()[0]]}, TypeError, r"each batch should be \(x, y\), and one is Tensor"),
        ({"optimizer": adam(net())}, ValueError, "the optimizer trains the weights of another model"),
        (
            {"loader": persistent(), "checkpoint": "x.safetensors"},
            ValueError,
            "loader has persistent_workers",
        ),
    ],
)
def test_what_does_not_fit_together_is_said(change, error, said, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        fit(net(), **{"loader": batches(), "loss": cross_entropy, "epochs": 1} | change)


def test_a_batch_without_tensors_is_named():
    class Constant(nn.Linear):
        def forward(self, x):
            return self.weight

    with pytest.raises(TypeError, match="there is no tensor in a batch's x, which is dict"):
        fit(Constant(2, 2), [({"names": ["amber"]}, 1)], lambda outputs, y: outputs.sum(), epochs=1)


def test_floats_become_single_and_whole_numbers_stay():
    x = np.zeros((3, 2))
    first, _ = next(iter(Batches(x, x, size=2)))
    assert first.dtype == torch.float32
    assert next(iter(Batches(x.astype(np.uint8), x)))[0].dtype == torch.uint8


CELL = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_fitting import batches, net
from torch.nn.functional import cross_entropy
from cnnkit import fit
fit(net(), batches(), cross_entropy, epochs=3, validation=batches())
"""


def test_a_notebook_sees_the_losses_as_they_come():
    notebook = new_notebook(cells=[new_code_cell(CELL)])
    NotebookClient(notebook, timeout=120).execute()
    shown = [output for output in notebook.cells[0].outputs if output.output_type == "display_data"]
    (figure,) = [output for output in shown if "image/png" in output.data]  # beside the bar
    assert figure.data["text/plain"].startswith("After 3 epochs: loss 0.")
    assert figure.data["text/plain"].endswith("The lowest came after epoch 3.")
    assert (
        figure.metadata["image/png"]["alt"] == figure.data["text/plain"]
        and len(figure.data["image/png"]) > 5000
    )


@pytest.mark.parametrize("shell", [lambda: None, object])
def test_elsewhere_the_bar_says_them(monkeypatch, capsys, text_bar, shell):
    monkeypatch.setattr(IPython, "get_ipython", shell)
    fit(net(), batches(), cross_entropy, epochs=2)
    printed = capsys.readouterr()
    assert "training: 100%" in printed.err and "loss=" in printed.err and not printed.out


LIGHT = """
import sys
import torch
before = set(sys.modules)
import cnnkit
cnnkit.fit, cnnkit.device, cnnkit.train_or_load
print(sorted({name.split(".")[0] for name in set(sys.modules) - before} & set(sys.argv[1:])))
"""
HEAVY = "matplotlib IPython ipywidgets scipy skimage sklearn pandas pydicom pooch PIL mlxtend".split()


def test_the_library_is_light_beside_torch():
    done = subprocess.run([sys.executable, "-c", LIGHT, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_model_without_weights_cannot_be_trained_and_says_so():
    with pytest.raises(ValueError, match="empty parameter list"):
        fit(nn.Flatten(), batches(), cross_entropy, epochs=1)
