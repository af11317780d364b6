"""What a test cell may use so that it means the same in a notebook and in the examiner.

In your notebook a test calls the function beside it. When the notebook is graded, the same test runs in
another process and the function is *remote*: arguments travel to it and a copy of the result comes back.
Where the two differ by nature (gradients, changed arguments, types, seeds, models), a test says what it wants
through this module.
"""

import copy
import hashlib
import importlib
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.mistakes import named_on_disk
from cnnkit.values import derives_from_torch, is_tensor, to_numpy

CONSTRUCTORS = ("cnnkit.", "torch.")
HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")


class LearnersError(Exception):
    """An exception raised in the learner's code in another process.

    Args:
        names: the name of its class and of that class's bases, most derived first.
        message: its text.
        frames: the learner's own frames, outermost first: (function, line number, line).
    """

    def __init__(
        self, names: Sequence[str], message: str, frames: Sequence[tuple[str, int, str]] = ()
    ) -> None:
        super().__init__(names, message, frames)
        self.names = list(names) or ["Exception"]
        self.message = message
        self.frames = list(frames)

    def __str__(self) -> str:
        return f"{self.names[0]}: {self.message}"


class Ended(LearnersError):
    """The learner's code ended its process, or did not return in time; the message is what it did."""

    def __init__(self, message: str) -> None:
        super().__init__(["Ended", "Exception"], message)

    def __reduce__(self) -> tuple[Any, ...]:
        return Ended, (self.message,)


class Elsewhere(ABC):
    """An object that lives in another process; the examiner's stand-in for what a learner wrote."""

    @abstractmethod
    def elsewhere(self, operation: str, *arguments: Any) -> Any:
        """Carry out one of this module's operations, by name ("grad", "unchanged"…), where the object lives."""


@dataclass(frozen=True)
class Recipe:
    """How to build a model: an importable constructor of cnnkit or torch, plain arguments, a state dict."""

    constructor: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] | None = None

    def build(self) -> Any:
        """Import the constructor, call it, load the state strictly.

        Raises:
            ValueError: the constructor is not a public name of cnnkit or torch.
        """
        built = self._constructor()(*self.args, **self.kwargs)
        if self.state is not None:
            built.load_state_dict(dict(self.state), strict=True)
        return built

    def _constructor(self) -> Callable[..., Any]:
        refused = ValueError(f"{self.constructor!r} is not a constructor of cnnkit or torch")
        parts = self.constructor.split(".")
        if not self.constructor.startswith(CONSTRUCTORS) or any(part.startswith("_") for part in parts):
            raise refused
        module, name = self.constructor.rsplit(".", 1)
        try:
            found: Callable[..., Any] = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            raise refused from None
        return found


def public_seed(grade_id: str) -> int:
    """The seed of a test in a student's own notebook: the same for everyone."""
    return int.from_bytes(hashlib.sha256(grade_id.encode()).digest()[:8], "big")


@dataclass(frozen=True)
class Side:
    """Where test cells run.

    Args:
        seed: how a grade_id becomes a seed.
        make: how a recipe is handed to the code under test.
        mistake: the sentence about the known mistake that the evidence of a failed check points to.
        heard: called with an exercise's name and its failure, None where it passed, when its checks have ended.
    """

    seed: Callable[[str], int] = public_seed
    make: Callable[[Recipe], Any] = Recipe.build
    mistake: Callable[[str], str | None] = named_on_disk
    heard: Callable[[str, Exception | None], None] = lambda exercise, failure: None


def _keep_result(exercise: str, failure: Exception | None) -> None:
    from cnnkit.results import hear  # noqa: PLC0415 - a grader does not pay for it

    hear(exercise, failure)


NOTEBOOK = Side(heard=_keep_result)
_side: ContextVar[Side] = ContextVar("side", default=NOTEBOOK)


def side() -> Side:
    """The side that test cells run on now."""
    return _side.get()


@contextmanager
def on(other: Side) -> Iterator[None]:
    """Run test cells on another side than the student's own notebook."""
    token = _side.set(other)
    try:
        yield
    finally:
        _side.reset(token)


def rng(grade_id: str) -> np.random.Generator:
    """Random numbers for one test: the same for all in a notebook, secret and per student when graded."""
    return np.random.default_rng(side().seed(grade_id))


def make(constructor: str, *args: Any, state: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
    """A model to hand to the code under test, built where that code runs.

    Args:
        constructor: the full name of a class or function of cnnkit or torch, such as "torch.nn.Linear".
        args: plain arguments of the constructor.
        state: a state dict to load into it, strictly.
        kwargs: plain keyword arguments of the constructor.

    Raises:
        ValueError: the constructor is not a public name of cnnkit or torch.
    """
    return side().make(Recipe(constructor, args, kwargs, state))


def grad(f: Callable[..., Any], args: Sequence[Any], wrt: int | tuple[Any, ...]) -> Any:
    """The gradient of `f(*args).sum()` with respect to the tensor `args[wrt]`, by autograd.

    Args:
        wrt: the place of the tensor; (1, "deep") for `args[1]["deep"]`.

    Returns:
        A tensor of its shape; zeros where f does not depend on it.

    Raises:
        TypeError: f does not return a tensor that depends on a floating-point `args[wrt]`.
    """
    if isinstance(f, Elsewhere):
        return f.elsewhere("grad", list(args), wrt)
    import torch  # noqa: PLC0415 - lessons in NumPy do not pay for it

    args, (*way, last) = list(args), wrt if isinstance(wrt, tuple) else (wrt,)
    holder: Any = args
    for place in way:
        holder[place] = copy.copy(holder[place])
        holder = holder[place]
    if not is_tensor(holder[last]) or not holder[last].dtype.is_floating_point:
        raise TypeError(
            f"expected a floating-point tensor to differentiate with respect to, got {kind(holder[last])}"
        )
    leaf = holder[last].detach().clone().requires_grad_(True)
    holder[last] = leaf
    with torch.enable_grad():
        out = f(*args)
        if not derives_from_torch(out, "Tensor"):
            raise TypeError(f"expected a tensor to differentiate, got {kind(out)}")
        if not out.requires_grad:
            raise TypeError("the result is cut off from its input: autograd has nothing to follow")
        (gradient,) = torch.autograd.grad(out.sum(), leaf, allow_unused=True)
    return torch.zeros_like(leaf) if gradient is None else gradient


def detached(f: Callable[..., Any], args: Sequence[Any]) -> bool:
    """Whether no tensor in what `f(*args)` gives (itself; or in a list, tuple or dict) needs a gradient.

    f gets copies, as a remote function does: plain numbers, which need no gradient, and modules as they are. So one is
    needed where weights take part, or where f asks for it.

    >>> import torch
    >>> given = torch.nn.Linear(2, 1), torch.ones(1, 2)
    >>> detached(lambda layer, x: [layer(x)], given), detached(lambda layer, x: [layer(x).detach()], given)
    (False, True)
    """
    if isinstance(f, Elsewhere):
        return bool(f.elsewhere("detached", list(args)))
    return not needy(f(*_plain(args)))


def _plain(args: Sequence[Any]) -> list[Any]:
    """Copies of arguments, whose tensors need no gradient."""
    given = copy.deepcopy(list(args))
    for one in needy(given):
        one.requires_grad_(False)
    return given


def needy(value: Any) -> list[Any]:
    """The tensors in a value (itself; or in a list, tuple or dict) that need a gradient."""
    if isinstance(value, dict | list | tuple):
        return [one for part in (value.values() if isinstance(value, dict) else value) for one in needy(part)]
    return [value] if derives_from_torch(value, "Tensor") and value.requires_grad else []


def unchanged(f: Callable[..., Any], args: Sequence[Any]) -> bool:
    """Whether `f(*args)` leaves its arguments (numbers, arrays, tensors, modules, lists, dicts) as they were.

    f gets copies, as a remote function does: the caller's own are never changed. They are plain numbers, which need no
    gradient; a tensor that needs one afterwards has changed.

    >>> unchanged(sorted, [[2, 1]]), unchanged(list.sort, [[2, 1]])
    (True, False)
    """
    if isinstance(f, Elsewhere):
        return bool(f.elsewhere("unchanged", list(args)))
    given = _plain(args)
    before = copy.deepcopy(given)
    f(*given)
    return not needy(given) and same(before, given)


def same(a: Any, b: Any) -> bool:
    """Whether two values (numbers, arrays, tensors, modules with their hooks, lists, dicts) are alike to the bit."""
    if type(a) is not type(b):
        return False
    if derives_from_torch(a, "Module"):
        hooks = [[len(getattr(part, kind)) for part in one.modules() for kind in HOOKS] for one in (a, b)]
        return hooks[0] == hooks[1] and same(dict(a.state_dict()), dict(b.state_dict()))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray | np.generic) or derives_from_torch(a, "Tensor"):
        return bool(a.dtype == b.dtype and a.shape == b.shape and _same_values(a, b))
    return a is b or bool(a == b)


def _same_values(a: Any, b: Any) -> bool:
    """Bit for bit, so that nan is the same as nan."""
    x, y = (to_numpy(np.asarray(v) if isinstance(v, np.ndarray | np.generic) else v) for v in (a, b))
    if x is None or y is None:
        return same(a.tolist(), b.tolist())
    return x.tobytes() == y.tobytes()


def kind(obj: Any) -> str:
    """The name of an object's type as a test states it: "ndarray", "Tensor", "float64", "tuple", "Module"…

    Every torch module is a "Module" and every parameter a "Tensor", whatever its class.

    >>> kind(np.zeros(3)), kind(np.float64(1)), kind((1, 2))
    ('ndarray', 'float64', 'tuple')
    """
    if isinstance(obj, Elsewhere):
        return str(obj.elsewhere("kind"))
    for name in ("Module", "Tensor"):
        if derives_from_torch(obj, name):
            return name
    return type(obj).__name__


def value(obj: Any) -> Any:
    """What a name of the notebook stands for, where it is data: a copy of it, wherever the test runs.

    >>> value([1, 2])
    [1, 2]
    """
    return obj.elsewhere("value") if isinstance(obj, Elsewhere) else obj


def describe(module: Any) -> dict[str, Any]:
    """What a torch module consists of, without its weights.

    Returns:
        {"parameters": [(name, shape, requires_grad)], "buffers": [(name, shape)],
        "modules": [(name, class name)], "count": number of weights,
        "trainable": number of those that require gradients}.

    Raises:
        TypeError: it is no torch module.
    """
    if isinstance(module, Elsewhere):
        return dict(module.elsewhere("describe"))
    if not derives_from_torch(module, "Module"):
        raise TypeError(f"expected a torch module to describe, got {kind(module)}")
    parameters = [(name, tuple(p.shape), p.requires_grad) for name, p in module.named_parameters()]
    return {
        "parameters": parameters,
        "buffers": [(name, tuple(b.shape)) for name, b in module.named_buffers()],
        "modules": [(name, type(m).__name__) for name, m in module.named_modules() if name],
        "count": sum(int(np.prod(shape)) for _, shape, _ in parameters),
        "trainable": sum(int(np.prod(shape)) for _, shape, trainable in parameters if trainable),
    }


def moved(model: Any, x: Any, steps: int = 2) -> list[str]:
    """Which weights and buffers of a module change while it learns, whatever it says of them itself.

    It is trained in training mode, as part of a network that learns a scale on top of it, by steps of gradient descent
    with weight decay: a weight that takes part moves even where its gradient is 0. It stays as it is then.

    Args:
        model: (B, …) to (B, …).
        x: a batch of what it takes.
        steps: how many steps it takes.

    Returns:
        The names of the parameters and buffers that are not to the bit what they were, sorted.
    """
    if isinstance(model, Elsewhere):
        return [str(name) for name in model.elsewhere("moved", x, steps)]
    import torch  # noqa: PLC0415 - lessons in NumPy do not pay for it

    before = {name: value.detach().clone() for name, value in _numbers_of(model)}
    optimizer = torch.optim.SGD(
        [torch.ones(1, requires_grad=True), *model.parameters()], 0.01, weight_decay=0.1
    )
    top = optimizer.param_groups[0]["params"][0]
    with torch.enable_grad():
        for _ in range(steps):
            model.train()
            optimizer.zero_grad()
            (top * model(x)).square().mean().backward()
            optimizer.step()
    return sorted(name for name, value in _numbers_of(model) if not same(before[name], value.detach()))


def _numbers_of(model: Any) -> Iterator[tuple[str, Any]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def scratch_file(name: str, fresh: bool = False, copy_of: str | None = None) -> str:
    """A file for the code under test to write and read, in the folder for what is passing; a recipe for `make`.

    Args:
        name: of the file; the same name is the same file.
        fresh: whether an earlier one is removed.
        copy_of: the name of a file, whose copy it is from now on, where there is one.

    Returns:
        Its path, where the code under test runs.
    """
    path, original = (Path(tempfile.gettempdir(), f"cnnkit-{os.getpid()}-{one}") for one in (name, copy_of))
    if fresh:
        path.unlink(missing_ok=True)
    if copy_of and original.exists():
        shutil.copyfile(original, path)
    return str(path)
