"""The training loop of the course: a bar, a live plot, early stopping, checkpoints, the same weights on every run.

Every epoch begins from a seed of its own. So a run that was stopped and goes on from its checkpoint ends, on the CPU,
with exactly the weights of one that was never stopped.
"""

import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from tqdm.auto import tqdm

from cnnkit import quick
from cnnkit.arguments import whole
from cnnkit.devices import seed as seed_all
from cnnkit.devices import to
from cnnkit.testing import kind
from cnnkit.training import Tensors, read_tensors, refuse_other, write_tensors

QUICK_STEPS = 3
OTHERWISE = "Remove the file to begin anew, or give the checkpoint another name."
EPOCH = 1_000_003  # a prime, so that the seeds of runs and epochs do not meet

Loss = Callable[[Any, Any], Tensor]


class Batches:
    """Arrays that are in memory, in batches; shuffled anew, from a seed, each time they are gone through.

    For such arrays this is several times faster than torch's DataLoader, which takes examples one by one.

    Floats of double precision become single, as torch's layers want them. Whole numbers stay as they are: pictures of
    bytes should be divided by 255 first, and get an axis for their channels, `images[:, None] / 255`.

    Args:
        x: (N, …), an array or a tensor.
        y: (N, …), as many targets.
        size: examples in a batch; the last one may have fewer.
        shuffle: whether the order is random.
        seed: of that order.

    Raises:
        ValueError: x and y differ in length, there is no example, or the size is not positive.
    """

    def __init__(self, x: Any, y: Any, size: int = 64, shuffle: bool = True, seed: int = 0) -> None:
        self.x, self.y = _single(torch.as_tensor(x)), _single(torch.as_tensor(y))
        if len(self.x) != len(self.y) or not len(self.x):
            raise ValueError(
                f"x and y should be as long as each other: x has {len(self.x)}, y has {len(self.y)}"
            )
        self.size, self.shuffle = whole("size", size, 1), shuffle
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return math.ceil(len(self.x) / self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.arange(len(self.x))
        if self.shuffle:
            order = torch.randperm(len(self.x), generator=self.generator)
        for chosen in order.split(self.size):
            yield self.x[chosen], self.y[chosen]


@dataclass
class History:
    """What each epoch gave.

    Args:
        rows: one dictionary an epoch: "loss", and where there is validation data "validation" and each metric.
        best: the epoch with the lowest validation loss (training loss without validation), counted from 0.
        stopped: whether it was ended early.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    best: int = 0
    stopped: bool = False

    def series(self) -> dict[str, list[float]]:
        """{"loss": one number an epoch, …}."""
        return {name: [row[name] for row in self.rows] for name in (self.rows[0] if self.rows else {})}


class Loader(Iterable[Any], Sized, Protocol):
    """What gives batches (x, y): Batches, or torch's DataLoader."""


@dataclass
class _Run:
    """All that goes on from epoch to epoch."""

    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler | None
    settings: dict[str, Any]
    history: History = field(default_factory=History)
    best: dict[str, Tensor] = field(default_factory=dict)

    def note(self, row: dict[str, float]) -> None:
        """Take in an epoch's numbers; keep the weights of the best where there is validation data."""
        self.history.rows.append(row)
        losses = [_watched(one) for one in self.history.rows]
        self.history.best = losses.index(min(losses))
        if "validation" in row and self.history.best == len(losses) - 1:
            self.best = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def stop(self, patience: int | None) -> bool:
        """Whether there has been no progress for too long."""
        waited = len(self.history.rows) - 1 - self.history.best
        self.history.stopped = bool(self.history.rows) and patience is not None and waited >= patience
        return self.history.stopped


def fit(
    model: nn.Module,
    loader: Loader,
    loss: Loss,
    *,
    epochs: int,
    optimizer: Optimizer | None = None,
    schedule: LRScheduler | None = None,
    validation: Loader | None = None,
    metrics: Mapping[str, Loss] | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    seed: int = 0,
    plot: bool = True,
) -> History:
    """Train a model in place, on the device where it is, and leave it in evaluation mode.

    It sets the seeds of Python, NumPy and torch. In a quick run (CNNKIT_QUICK is set) it takes three steps and no more.

    Args:
        model: gets x of each batch.
        loader: gives batches (x, y); each may be a tensor, or tuples, lists or dictionaries of tensors.
            Arrays in memory come fastest from Batches; pictures that are drawn or read when they are asked for, from
            torch's DataLoader with num_workers=2 (half the time, on two cores: tests/bench/loading.py).
        loss: loss(model(x), y), a mean over the batch.
        epochs: how often all batches are gone through.
        optimizer: of the model's parameters; Adam with a learning rate of 0.001 where it is left out.
        schedule: of the learning rate, moved on after each epoch.
        validation: batches whose loss and metrics are taken after each epoch, without gradients.
        metrics: {name: metric(model(x), y), a mean over the batch}; they need validation data.
        patience: end after so many epochs without a lower validation loss, with the best weights.
        checkpoint: a file of safetensors, written after each epoch; where it is there, training goes on from it.
            Whether the data and the loss are those of before is for you to know.
        seed: of the order of batches and of what the model draws.
        plot: whether a notebook shows the losses as they come; a terminal has them beside the bar.

    Returns:
        What each epoch gave.

    Raises:
        ValueError: a loss is not finite (nothing is saved then), the loader is empty, there are metrics or patience
            without validation data, the optimizer is another model's, or the checkpoint cannot be written, or was
            written with another model, seed, optimizer, learning rate, schedule or metrics.
        TypeError: the loader has no length, or gives something else than batches (x, y).
    """
    epochs = _checked(model, loader, optimizer, epochs, validation, metrics, patience, checkpoint)
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=0.001)
    run = _Run(model, optimizer, schedule, _settings(optimizer, seed))
    file = Path(checkpoint) if checkpoint and not quick() else None
    if file:
        _resume(run, file, validation is not None, metrics or {})
    view = _View(plot and not quick())
    epochs, steps = (1, QUICK_STEPS) if quick() else (epochs, len(loader))
    with tqdm(total=epochs * steps, initial=len(run.history.rows) * steps, desc="training") as bar:
        while len(run.history.rows) < epochs and not run.stop(patience):
            _begin_epoch(seed, len(run.history.rows), loader, validation)
            row = {"loss": _train(run, loader, loss, bar)}
            row |= _validated(model, validation, loss, metrics or {}) if validation is not None else {}
            run.note(row)
            _move_on(schedule, row)
            bar.set_postfix({name: f"{value:.4g}" for name, value in row.items()})
            view.update(run.history)
            if file:
                _save(run, file)
    run.stop(patience)
    if patience is not None and run.best:
        model.load_state_dict(run.best)
    model.eval()
    return run.history


def _checked(
    model: nn.Module,
    loader: Any,
    optimizer: Optimizer | None,
    epochs: int,
    validation: Any,
    metrics: Any,
    patience: int | None,
    checkpoint: str | Path | None,
) -> int:
    """The number of epochs, once all fits together."""
    for name, one in (("loader", loader), ("validation", validation)):
        if one is not None and not (hasattr(one, "__len__") and hasattr(one, "__iter__")):
            raise TypeError(
                f"{name} should give batches (x, y) and have a length, as Batches: it is {kind(one)}"
            )
        if checkpoint and getattr(one, "persistent_workers", False):
            raise ValueError(
                f"{name} has persistent_workers, whose random numbers go on from epoch to epoch: a run that goes on "
                "from a checkpoint would give other weights. Make it with persistent_workers=False"
            )
    if validation is None and (metrics or patience is not None):
        raise ValueError("metrics and patience need validation data: give fit(…, validation=…)")
    if optimizer is not None:
        trained = {id(one) for group in optimizer.param_groups for one in group["params"]}
        if not trained & {id(one) for one in model.parameters()}:
            raise ValueError(
                "the optimizer trains the weights of another model: make it from model.parameters()"
            )
    if patience is not None:
        whole("patience", patience, 1)
    return whole("epochs", epochs, 1)


def _settings(optimizer: Optimizer, seed: int) -> dict[str, Any]:
    """What a run that goes on should have in common with the one before it."""
    rates = [
        [group.get("initial_lr", group["lr"]), group.get("weight_decay")] for group in optimizer.param_groups
    ]
    return {"seed": seed, "optimizer": type(optimizer).__name__, "rates": rates}


def _move_on(schedule: LRScheduler | None, row: Mapping[str, float]) -> None:
    if isinstance(schedule, ReduceLROnPlateau):
        schedule.step(_watched(row))
    elif schedule is not None:
        schedule.step()


def _watched(row: Mapping[str, float]) -> float:
    return row.get("validation", row["loss"])


def _begin_epoch(seed: int, epoch: int, *loaders: Any) -> None:
    number = (seed * EPOCH + epoch) % 2**32
    seed_all(number)
    for generator in (getattr(loader, "generator", None) for loader in loaders):
        if isinstance(generator, torch.Generator):
            generator.manual_seed(number)


def _train(run: _Run, loader: Any, loss: Loss, bar: Any) -> float:
    """One epoch; the mean loss over its examples."""
    run.model.train()
    total, count = 0.0, 0
    for step, batch in enumerate(loader):
        if quick() and step == QUICK_STEPS:
            break
        where, (x, y) = _device(run.model), _pair(batch)
        run.optimizer.zero_grad()
        value = loss(run.model(to(where, x)), to(where, y))
        value.backward()
        run.optimizer.step()
        total, count = total + _finite(value, step) * _length(x), count + _length(x)
        bar.update()
    if not count:
        raise ValueError("the loader gave no batch")
    return total / count


def _finite(value: Tensor, step: int) -> float:
    number = float(value.detach())
    if not math.isfinite(number):
        raise ValueError(
            f"the loss is {number} at step {step + 1} of this epoch: try a smaller learning rate, and look for a "
            "division by zero or the logarithm of zero in the loss"
        )
    return number


@torch.no_grad()
def _validated(model: nn.Module, loader: Any, loss: Loss, metrics: Mapping[str, Loss]) -> dict[str, float]:
    model.eval()
    functions = {"validation": loss, **metrics}
    totals, count, where = dict.fromkeys(functions, 0.0), 0, _device(model)
    for step, batch in enumerate(loader):
        if quick() and step == QUICK_STEPS:
            break
        x, y = _pair(batch)
        outputs, targets = model(to(where, x)), to(where, y)
        count += _length(x)
        for name, function in functions.items():
            totals[name] += float(function(outputs, targets)) * _length(x)
    if not count:
        raise ValueError("the validation loader gave no batch")
    means = {name: total / count for name, total in totals.items()}
    if not math.isfinite(means["validation"]):
        raise ValueError(
            f"the validation loss is {means['validation']}: look for broken examples, or train more gently"
        )
    return means


def _pair(batch: Any) -> tuple[Any, Any]:
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        raise TypeError(
            f"each batch should be (x, y), and one is {kind(batch)}: make the loader with Batches(x, y)"
        )
    return batch[0], batch[1]


def _device(model: nn.Module) -> torch.device:
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def _length(x: Any) -> int:
    """The examples in a batch: the length of the first tensor in it."""
    found = list(_tensors_in(x))
    if not found:
        raise TypeError(f"there is no tensor in a batch's x, which is {kind(x)}")
    return len(found[0])


def _tensors_in(x: Any) -> Iterator[Tensor]:
    if isinstance(x, Tensor):
        yield x
    elif isinstance(x, dict | tuple | list):
        for one in x.values() if isinstance(x, dict) else x:
            yield from _tensors_in(one)


def _single(x: Tensor) -> Tensor:
    return x.float() if x.dtype == torch.float64 else x


def _save(run: _Run, file: Path) -> None:
    """Write all that the next epoch depends on; numbers that are no tensors go into the file's JSON."""
    optimizer, tensors = run.optimizer.state_dict(), {}
    scalars: dict[str, dict[str, Any]] = {}
    for number, state in optimizer["state"].items():
        for name, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{number}.{name}"] = value
            else:
                scalars.setdefault(str(number), {})[name] = value
    tensors |= {f"model.{name}": value for name, value in run.model.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in run.best.items()}
    about = {
        "history": vars(run.history),
        "groups": optimizer["param_groups"],
        "scalars": scalars,
        "schedule": _plain(run.schedule.state_dict()) if run.schedule else None,
        "settings": run.settings,
    }
    try:
        words = json.dumps(about)
    except TypeError as error:
        raise ValueError(
            f"the state of this optimizer or schedule cannot be saved ({error}): leave the checkpoint out"
        ) from error
    write_tensors(tensors, file, {"fit": words})


def _plain(value: Any) -> Any:
    """A state as JSON keeps it: a dictionary as its pairs, since JSON makes texts of its keys."""
    if isinstance(value, dict):
        return {"pairs": [[key, _plain(one)] for key, one in value.items()]}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _again(value: Any) -> Any:
    """What `_plain` was given, tuples as lists."""
    if isinstance(value, dict):
        return {key: _again(one) for key, one in value["pairs"]}
    return [_again(one) for one in value] if isinstance(value, list) else value


def _resume(run: _Run, file: Path, validated: bool, metrics: Mapping[str, Loss]) -> None:
    """Bring a run to where the file left it, if there is one; make sure that the file can be written."""
    if not file.exists():
        _try_to_write(file)
        return
    tensors, about = read_tensors(file, OTHERWISE)
    if "fit" not in about:
        raise ValueError(f"{file} holds weights, but no checkpoint of fit. {OTHERWISE}")
    state = json.loads(about["fit"])
    if state["settings"] != json.loads(json.dumps(run.settings)) or bool(state["schedule"]) != bool(
        run.schedule
    ):
        raise ValueError(
            f"{file} was written with another seed, optimizer, learning rate or schedule. {OTHERWISE}"
        )
    wanted = {"loss", *(("validation", *metrics) if validated else ())}
    if any(set(row) != wanted for row in state["history"]["rows"]):
        raise ValueError(f"{file} was written with other metrics, or without validation data. {OTHERWISE}")
    weights = _part(tensors, "model.")
    refuse_other(weights, run.model.state_dict(), file, OTHERWISE)
    run.model.load_state_dict(dict(weights))
    run.optimizer.load_state_dict(
        {"state": _states(tensors, state["scalars"]), "param_groups": state["groups"]}
    )
    if run.schedule:
        run.schedule.load_state_dict(_again(state["schedule"]))
    run.history = History(**state["history"])
    run.best = {name: value.to(_device(run.model)) for name, value in _part(tensors, "best.").items()}


def _try_to_write(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise ValueError(f"the checkpoint {file} cannot be written ({error}): give another place") from error


def _part(tensors: Tensors, prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _states(tensors: Tensors, scalars: Mapping[str, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    states: dict[int, dict[str, Any]] = {int(number): dict(values) for number, values in scalars.items()}
    for name, value in _part(tensors, "optimizer.").items():
        number, _, key = name.partition(".")
        states.setdefault(int(number), {})[key] = value
    return states


class _View:
    """The losses as a figure that is drawn anew after each epoch, where there is a notebook to show it."""

    def __init__(self, wanted: bool) -> None:
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        self.wanted = wanted and hasattr(shell, "kernel")
        self.handle: Any = None

    def update(self, history: History) -> None:
        """Show what there is now."""
        if not self.wanted:
            return
        from IPython.display import display  # noqa: PLC0415 - where there is a notebook, it is loaded

        from cnnkit.pictures import curves, display_figure  # noqa: PLC0415 - it loads matplotlib

        if self.handle is None:
            self.handle = display({"text/plain": "The losses come here."}, raw=True, display_id=True)
        losses = {name: values for name, values in history.series().items() if name in ("loss", "validation")}
        said = ", ".join(f"{name} {values[-1]:.4g}" for name, values in losses.items())
        title = f"After {len(history.rows)} epochs: {said}"
        epochs = range(1, len(history.rows) + 1)
        figure = curves(epochs, losses, xlabel="epoch", ylabel="loss", title=title)
        display_figure(figure, f"{title}. The lowest came after epoch {history.best + 1}.", self.handle)
