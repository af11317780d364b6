"""Stand-ins, in the examiner, for what a learner's notebook defines.

Every call is carried out in the worker and gives back plain data, or a `Remote` for an object that is not data.
An exception there is raised here as an ordinary `LearnersError`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from autograder.kernel import Malformed, WorkerGone, WorkerSlow
from autograder.limits import Limits
from autograder.wire import Decoder, Encoder, WireError
from cnnkit import testing
from cnnkit.testing import Elsewhere, Ended, LearnersError, Recipe

Ask = Callable[[dict[str, Any], list[bytes]], tuple[dict[str, Any], list[Any]]]


class NotGradable(BaseException):
    """No verdict can be reached, for a reason that lies outside the function under test.

    It is no Exception, so that no check takes it for the learner's.
    """


class Garbled(NotGradable):
    """What the notebook's process sent is not the protocol's."""


class Remote(Elsewhere):
    """An object in the worker: a name of the learner's notebook, or what a call gave back.

    Args:
        line: the connection to the worker.
        target: the object's name, or its number.
        described: the name of its type, as the worker says; None for a name that was not looked at.
    """

    def __init__(self, line: "Line", target: str | int, described: str | None = None) -> None:
        self._line = line
        self._target = target
        self._described = described

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it lives."""
        return self._line.perform("call", self, [list(args), kwargs])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._line.perform("attribute", self, [name])

    def __getitem__(self, key: Any) -> Any:
        return self._line.perform("item", self, [key])

    def __len__(self) -> int:
        try:
            length = self._line.perform("length", self, [])
        except LearnersError as error:
            raise TypeError(str(error)) from error  # what Python expects of an object without a length
        if type(length) is not int or length < 0:
            raise Garbled("the notebook's process gave a length that is no length")
        return length

    def __iter__(self) -> Iterator[Any]:
        items = self._line.perform("items", self, [])
        return iter(items if type(items) is list else [])

    def __repr__(self) -> str:
        return f"<{self._described or self._target}>"

    def elsewhere(self, operation: str, *arguments: Any) -> Any:
        """One of cnnkit.testing's operations, carried out in the worker."""
        if operation == "kind" and self._described is not None:
            return self._described
        if operation == "unchanged" and not any(type(one) in (Recipe, Remote) for one in arguments[0]):
            after = self._line.perform(
                "arguments", self, list(arguments)
            )  # compared here, whatever is patched there
            return type(after) is list and testing.same(list(arguments[0]), after)
        return self._line.perform(operation, self, list(arguments))


class Line:
    """Turns operations on remote objects into requests, and answers into values.

    Args:
        ask: sends a request to the worker that is alive now; raises WorkerGone, WorkerSlow or Malformed.
        limits: what an answer may hold.
    """

    def __init__(self, ask: Ask, limits: Limits) -> None:
        self.ask = ask
        self.limits = limits

    def perform(self, operation: str, remote: Remote, arguments: list[Any]) -> Any:
        """Carry out an operation in the worker.

        Raises:
            LearnersError: the learner's code raised, ended the process, or did not return in time.
            NotGradable: the answer is not the protocol's.
        """
        encoder = Encoder(_pass_back, self.limits)
        request = {"op": operation, "target": remote._target, "args": encoder.encode(arguments)}
        try:
            answer, buffers = self.ask(request, encoder.buffers)
            if "error" in answer:
                raise _learners_error(answer["error"], self.limits)
            return Decoder(buffers, self._stand_in, self.limits).decode(answer.get("value"))
        except WorkerGone as error:
            raise Ended(f"while it ran, {error}") from None
        except WorkerSlow:
            raise Ended(f"it did not return within {self.limits.call:g} s (does a loop never end?)") from None
        except WireError as error:
            raise Garbled(f"the notebook's process sent back something that is no value ({error})") from error
        except Malformed as error:
            raise Garbled(str(error)) from error

    def _stand_in(self, number: int, described: str) -> Remote:
        return Remote(self, number, described)


def plain_recipe(recipe: Recipe) -> Recipe:
    """A recipe is handed over as it is, and built in the worker."""
    return recipe


def _pass_back(value: Any) -> tuple[int, str]:
    if type(value) is Remote and type(value._target) is int:
        return value._target, value._described or ""
    raise WireError(f"{type(value).__name__} is not data: hand it over as a recipe (cnnkit.testing.make)")


def _learners_error(error: Any, limits: Limits) -> LearnersError:
    """An exception as the worker describes it, to exact plain types."""
    if type(error) is not dict or type(error.get("names")) is not list or not error["names"]:
        raise Malformed("the notebook's process sent back an error without a name")
    names = [str(name)[:100] for name in error["names"][:20]]
    frames = error.get("frames")
    plain = [
        (str(frame[0])[:100], frame[1], str(frame[2])[:200])
        for frame in (frames[:12] if type(frames) is list else [])
        if type(frame) is list and len(frame) == 3 and type(frame[1]) is int
    ]
    text = str(error.get("text", ""))[:2000]
    limit = limits.named(names, text)
    return LearnersError(names, f"{text} (the limit is {limit})" if limit else text, plain)
