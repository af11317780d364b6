"""A studio for neural style transfer: a photograph is painted while one watches, and may be stopped."""

import asyncio
import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.widgets.tables import button, drawing, field, told

WIDTH, BESIDE = 400, 190  # pixels of the screen: the painting, and the two pictures that it comes from
BREATH = 0.01  # seconds after each picture in which the kernel hears a click
STRONGEST, LONGEST = 100, 1000

Shown = tuple[int, np.ndarray, float, float]
_at_work: set[asyncio.Task[None]] = set()


def style_studio(
    paint: Callable[..., Iterable[Shown]],
    contents: Mapping[str, Any],
    styles: Mapping[str, Any],
    weights: Mapping[str, int],
    *,
    content_layers: Sequence[str],
    starts: Sequence[str],
    beta: int = 1,
    steps: int = 100,
) -> ipywidgets.VBox:
    """A widget that paints: choose what, like what, and by which layers; watch it, and stop it when you like it.

    Args:
        paint: called as paint(content, style, content_layer=…, weights=…, beta=…, start=…, steps=…), gives one after
            the other (step, picture, content cost, style cost): a number from 1 to steps, and (H, W, 3), uint8.
        contents: for each name a photograph (H, W, 3), uint8.
        styles: for each name a painting (H, W, 3), uint8.
        weights: for each layer of the style its weight at first, from 0 to 100.
        content_layers: the layers that may be the content's, the first at first.
        starts: what a painting may begin from, the first at first.
        beta: how much the style counts at first, from 0 to 100.
        steps: how many steps at first, from 1 to 1,000.

    Returns:
        Menus and fields, the buttons Paint and Stop, and a bar; below them the painting as it comes, with its costs,
        and what it comes from. While it paints, the kernel listens after each picture: Stop ends it there, and Paint
        begins anew with what is chosen then. What `paint` raises is told.

    Raises:
        ValueError: there is nothing to choose from.

    Example:
        >>> black = {"black": np.zeros((9, 9, 3), np.uint8)}
        >>> studio = style_studio(iter, black, black, {"stem": 1}, content_layers=["stem"], starts=["noise"])
        >>> studio.children[1].value
        "<p role='status'>Nothing is painted yet.</p>"
    """
    choices = {"content": contents, "style": styles, "start": starts, "content layer": content_layers}
    if empty := [name for name, options in choices.items() if not options]:
        raise ValueError(f"there is nothing to choose from for {', '.join(empty)}")
    menus = {name: _menu(name, list(options)) for name, options in choices.items()}
    layers = {name: field(f"weight {name}", STRONGEST, 0, weight) for name, weight in weights.items()}
    for one in layers.values():
        one.layout.width, one.style.description_width = "12.5em", "8em"
    counts = field("style counts", STRONGEST, 0, beta)
    return _Studio(paint, (contents, styles), menus, layers, counts, field("steps", LONGEST, 1, steps))


class _Studio(ipywidgets.VBox):
    """The controls, what is said, and the pictures."""

    def __init__(
        self,
        paint: Callable[..., Iterable[Shown]],
        albums: tuple[Mapping[str, Any], Mapping[str, Any]],
        menus: dict[str, Any],
        layers: dict[str, Any],
        counts: Any,
        steps: Any,
    ) -> None:
        self._paint, self._albums, self._menus, self._layers = paint, albums, menus, layers
        self._counts, self._steps = counts, steps
        self._task: asyncio.Task[None] | None = None
        for task in _at_work:  # of a studio made before, whose Stop is gone when its cell ran again
            task.cancel()
        self._said, self._painted, self._given = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self._bar = ipywidgets.IntProgress(max=1, layout={"width": "12em"})
        begin = button("Paint", "begin to paint with what is chosen", self._begin)
        stop = button("Stop", "stop, and keep the picture", self._stop)
        rows = [[*menus.values()], [counts, steps], [*layers.values()], [begin, stop, self._bar]]
        controls = ipywidgets.VBox([_row(row) for row in rows])
        super().__init__([controls, self._said, _row([self._painted, self._given])])
        for name in ("content", "style"):
            menus[name].observe(self._show_given, "value")
        self._show_given()
        self._say("Nothing is painted yet.")

    def _say(self, words: str) -> None:
        self._said.value = f"<p role='status'>{html.escape(words)}</p>"

    def _chosen(self) -> list[tuple[str, str, np.ndarray]]:
        """The photograph and the painting: what each is, its name, and itself."""
        kinds, names = ("content", "style"), (self._menus["content"].value, self._menus["style"].value)
        return [
            (kind, name, np.asarray(album[name]))
            for kind, name, album in zip(kinds, names, self._albums, strict=True)
        ]

    def _show_given(self, _: Any = None) -> None:
        self._given.value = "".join(
            drawing(one / 255, f"the {kind}: {name}", "What is chosen", BESIDE)
            for kind, name, one in self._chosen()
        )

    def _begin(self, _: Any) -> None:
        self._stop()
        self._task = asyncio.get_running_loop().create_task(self._work(self._steps.value))
        _at_work.add(self._task)
        self._task.add_done_callback(_at_work.discard)

    def _stop(self, _: Any = None) -> None:
        if self._task:
            self._task.cancel()

    async def _work(self, steps: int) -> None:
        """Paint, and let others have their turn after each picture."""
        self._bar.value, self._bar.max, done = 0, steps, 0
        self._say("Painting.")
        (_, content, _), (_, style, _) = self._chosen()
        try:
            for done, picture, J_content, J_style in self._steps_of(steps):
                self._bar.value = done
                costs = f"content cost {J_content:.3g}, style cost {J_style:.3g}"
                caption = f"{content}, in the style of {style}: step {done} of {steps}, {costs}"
                self._painted.value = drawing(picture / 255, caption, "The painting", WIDTH)
                await asyncio.sleep(BREATH)
            self._say(f"Done after {done} steps.")
        except asyncio.CancelledError:
            self._say(f"Stopped after {done} of {steps} steps.")
        except Exception as error:  # noqa: BLE001 - whatever the learner's functions raise is told
            self._say(f"It went wrong after {done} steps: {told(error)}")

    def _steps_of(self, steps: int) -> Iterable[Shown]:
        return self._paint(
            *(one for *_, one in self._chosen()),
            content_layer=self._menus["content layer"].value,
            weights={name: one.value for name, one in self._layers.items()},
            beta=self._counts.value,
            start=self._menus["start"].value,
            steps=steps,
        )


def _row(children: list[Any]) -> ipywidgets.HBox:
    return ipywidgets.HBox(children, layout={"flex_flow": "row wrap"})


def _menu(name: str, options: list[str]) -> ipywidgets.Dropdown:
    """A menu with a name."""
    made = ipywidgets.Dropdown(options=options, description=name, tooltip=f"The {name}")
    made.layout.width, made.style.description_width = "19em", "7.5em"
    return made
