"""The untrusted side: a real IPython kernel that also answers the examiner's remote calls, over a comm.

It runs inside the sandbox, beside the learner's code. Nothing here is a secret and nothing here judges.
"""

import base64
import contextlib
import io
import logging
import sys
import traceback
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
from ipykernel import ipkernel
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from IPython.core.pylabtools import print_figure
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import configure_inline_support
from PIL import Image
from traitlets.config import Config

from autograder.limits import Limits
from autograder.wire import TARGET, Decoder, Encoder, WireError
from cnnkit import testing
from cnnkit.testing import Recipe

MAX_FRAMES = 12
MAX_TEXT = 2000
INLINE = "module://matplotlib_inline.backend_inline"


class Agent:
    """Carries out what the examiner asks, on the names and objects of the learner's session."""

    def __init__(self, namespace: dict[str, Any], limits: Limits) -> None:
        self.namespace = namespace
        self.limits = limits
        self.objects: dict[int, Any] = {}

    def opened(self, comm: Any, message: dict[str, Any]) -> None:
        """Answer every message of a newly opened comm."""
        comm.on_msg(lambda request: self._answer(comm, request))

    def _answer(self, comm: Any, request: dict[str, Any]) -> None:
        data = request["content"]["data"]
        encoder = Encoder(self._keep, self.limits)
        answer: dict[str, Any]
        try:
            decoder = Decoder(request.get("buffers", []), self._find, self.limits, Recipe.build)
            operation, target, arguments = (
                data["op"],
                self._target(data["target"]),
                decoder.decode(data["args"]),
            )
            answer = {"value": encoder.encode(self.perform(operation, target, arguments))}
        except BaseException as error:  # noqa: BLE001 - whatever the learner's code raises is an answer
            answer, encoder.buffers = {"error": describe_error(error)}, []
        with contextlib.suppress(Exception):  # a learner may have put anything in the place of sys.stdout
            sys.stdout.flush()
            sys.stderr.flush()
        comm.send({"id": data["id"], **answer}, buffers=encoder.buffers)

    def perform(self, operation: str, target: Any, arguments: list[Any]) -> Any:
        """One operation on an object of the learner's session.

        Raises:
            ValueError: there is no such operation.
        """
        match operation:
            case "call":
                args, kwargs = arguments
                return target(*args, **kwargs)
            case "attribute":
                return getattr(target, arguments[0])
            case "item":
                return target[arguments[0]]
            case "length":
                return len(target)
            case "items":
                return [item for item, _ in zip(target, range(self.limits.count), strict=False)]
            case "arguments":
                target(*arguments[0])
                return None if testing.needy(arguments[0]) else arguments[0]  # none came with a gradient
            case "grad" | "detached" | "unchanged" | "kind" | "value" | "describe" | "moved":
                return getattr(testing, operation)(target, *arguments)
        raise ValueError(f"no operation {operation!r}")

    def _target(self, target: Any) -> Any:
        if isinstance(target, int):
            return self.objects[target]
        if target not in self.namespace:
            raise NameError(
                f"name {target!r} is not defined: the cell that defines it did not run to its end"
            )
        return self.namespace[target]

    def _keep(self, value: Any) -> tuple[int, str]:
        if len(self.objects) >= self.limits.handles:
            raise WireError(f"more than {self.limits.handles} objects are kept for the tests")
        self.objects[len(self.objects)] = value
        return len(self.objects) - 1, testing.kind(value)

    def _find(self, number: int, _: str) -> Any:
        return self.objects[number]


def describe_error(error: BaseException) -> dict[str, Any]:
    """An exception as data: the names of its classes, its text, and the learner's own frames."""
    try:
        text = str(error)[:MAX_TEXT]
    except Exception as inner:  # noqa: BLE001 - a learner's exception may fail to print itself
        text = f"(its text could not be made: {type(inner).__name__})"
    frames = [
        [frame.name, frame.lineno or 0, (frame.line or "")[:200]]
        for frame in traceback.extract_tb(error.__traceback__)
        if "ipykernel_" in frame.filename and frame.name != "<module>"
    ]
    return {
        "names": [base.__name__ for base in type(error).__mro__],
        "text": text.encode("utf-8", "replace").decode("utf-8"),
        "frames": frames[-MAX_FRAMES:],
    }


class Stream(OutStream):
    """Where a learner's code prints to: flushing it wakes no thread while there is nothing to send."""

    def flush(self) -> None:
        """Send what was printed; with every message the kernel asks four times for it."""
        if self._buffers:
            super().flush()


class Kernel(ipkernel.IPythonKernel):
    """A kernel without its debugger's list of all modules: to make it is to copy thousands of pages after a fork."""

    def __init__(self, **kwargs: Any) -> None:
        with patch.object(ipkernel, "sys", SimpleNamespace(modules={})):
            super().__init__(**kwargs)


class _App(IPKernelApp):
    """A kernel without what no examiner asks for: a command line, files of configuration, heartbeats, subshells."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """There is none: parsing it takes a fifth of a kernel's start."""

    def load_config_file(self, suppress_errors: bool = True) -> None:
        """There is none."""

    def _configure_logging(self) -> None:
        """Nothing is logged: to say so to every logger there is takes longer."""
        self.log.disabled = True

    def init_code(self) -> None:
        """None is run, and no list of all modules made."""
        self.shell.user_ns_hidden.update(self.shell.user_ns)

    def init_heartbeat(self) -> None:
        """None: two threads less."""

    def init_control(self, context: Any) -> None:
        """As always, but messages come to the main thread at once, and not by another one."""
        super().init_control(context)
        self.shell_channel_thread = None


def picture(figure: Figure) -> str | None:
    """A figure as a notebook shows it, a PNG in base64, drawn once: IPython draws it twice more to find its borders.

    Args:
        figure: with any canvas; one laid out as it is drawn, with something beyond its edges, is left to IPython.

    Returns:
        None for an empty figure, as IPython has it.
    """
    if not figure.axes and not figure.lines:
        return None
    canvas, margin = FigureCanvasAgg(figure), rcParams["savefig.pad_inches"]
    if figure.get_layout_engine() is None and all(axes.name == "rectilinear" for axes in figure.axes):
        box = figure.get_tightbbox(canvas.get_renderer())
        return str(print_figure(figure, base64=True, bbox_inches=box.padded(margin)))
    canvas.draw()
    pixels, box = np.asarray(canvas.buffer_rgba()), figure.get_tightbbox(canvas.get_renderer())
    left, bottom, right, top, pad = (round(inches * figure.dpi) for inches in (*box.extents, margin))
    high, wide = pixels.shape[:2]
    if min(left, bottom) < 0 or right > wide or top > high:
        return str(print_figure(figure, base64=True))
    color = tuple(round(255 * part) for part in to_rgba(figure.get_facecolor()))
    image, data = Image.new("RGBA", (right - left + 2 * pad, top - bottom + 2 * pad), color), io.BytesIO()
    image.paste(Image.fromarray(pixels), (pad - left, pad - high + top))
    image.save(data, "PNG", dpi=(figure.dpi,) * 2)
    return base64.b64encode(data.getvalue()).decode("ascii")


def main(connection_file: str, limits: Limits) -> None:
    """Start the kernel; returns when it is told to shut down."""
    kernel = {"log_level": logging.CRITICAL, "outstream_class": f"{__name__}.{Stream.__name__}"}
    kernel["kernel_class"] = f"{__name__}.{Kernel.__name__}"
    config = Config({"HistoryManager": {"enabled": False}, "IPKernelApp": kernel})
    app = _App.instance(connection_file=connection_file, config=config)
    app.initialize()
    agent = Agent(app.kernel.shell.user_ns, limits)
    app.kernel.comm_manager.register_target(TARGET, agent.opened)
    configure_inline_support(app.kernel.shell, INLINE)
    app.kernel.shell.display_formatter.formatters["image/png"].for_type(Figure, picture)
    app.start()
