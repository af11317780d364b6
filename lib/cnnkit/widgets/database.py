"""A database of faces: enrol people, and see whom a picture is taken for."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.widgets.tables import SIDE_BY_SIDE, button, decimal, drawing, menu

PROBE, ENTRY = 150, 96  # pixels of the screen that pictures are wide


def face_database(
    pictures: Any, names: Sequence[str], encode: Callable[[Any], Any], tau: float = 0.7
) -> ipywidgets.VBox:
    """A widget that enrols people by one picture each, and looks a probe up among them.

    At first all people but the last are enrolled, each by the first picture, and the probe is one of the others.

    Args:
        pictures: a float tensor of shape (N, C, H, W) from 0 to 1, C 1 or 3.
        names: whom each shows, N of them.
        encode: a network that maps the pictures to encodings (N, D); called once, without gradient. For tau to mean
            what it does elsewhere they have length 1.
        tau: the largest distance at which a probe is taken for somebody, from 0 to 2, at first.

    Returns:
        Menus of pictures to enrol and to look up, buttons to enrol the first and to forget whom it shows, a field for
        tau; the verdict in words, the probe, and the database with the probe's distance to each, the
        nearest first, framed if the probe is taken for it.

    Raises:
        ValueError: the shapes do not fit each other, or tau is out of its range.

    Example:
        >>> import torch
        >>> faces = torch.tensor([0.0, 0.1, 1.0]).reshape(3, 1, 1, 1)
        >>> database = face_database(faces, ["Ann", "Ann", "Ben"], lambda x: x.flatten(1))
        >>> database.children[-1].value.split("<p role='status'>")[1][:56]
        'The nearest is Ann, at a distance of 0.100, within tau. '
    """
    import torch  # noqa: PLC0415 - what imports cnnkit.widgets need not pay for it

    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3) or not 0 < len(names) == len(pictures):
        raise ValueError(
            f"pictures should be (N, 1 or 3, H, W) with N names, and are {tuple(pictures.shape)} with {len(names)}"
        )
    with torch.no_grad():
        codes = encode(pictures).detach().cpu().numpy()
    if codes.ndim != 2 or len(codes) != len(names):
        raise ValueError(f"encode should give the shape ({len(names)}, D), and gave {codes.shape}")
    shown = pictures.detach().cpu().numpy().transpose(0, 2, 3, 1)
    return _Database(shown.squeeze(3) if shown.shape[3] == 1 else shown, list(names), codes, tau).box


class _Database:
    """Who is enrolled, by which picture; the controls, and what is shown."""

    def __init__(self, pictures: np.ndarray, names: list[str], codes: np.ndarray, tau: float) -> None:
        self.pictures, self.names, self.codes = pictures, names, codes
        options = [(f"{name}-{names[: i + 1].count(name)}", i) for i, name in enumerate(names)]
        self.picture = menu("picture", "The picture to enrol", options)
        self.probe = menu("probe", "The picture to look up", options)
        self.tau = decimal("tau", tau, 0.0, 2.0, 0.05)
        self.shown = ipywidgets.HTML()
        people = list(dict.fromkeys(names))
        self.enrolled = {name: names.index(name) for name in people[:-1] or people}
        self.probe.value = next((i for i in range(len(names)) if i not in self.enrolled.values()), 0)
        for one in (self.probe, self.tau):
            one.observe(self.show, "value")
        self.show()

    @property
    def box(self) -> ipywidgets.VBox:
        wrapped = ipywidgets.Layout(flex_flow="row wrap")
        enrol = button("Enrol", "Enrol whom the picture shows, by this picture", self.enrol)
        forget = button("Forget", "Remove whom the picture shows from the database", self.forget)
        rows = [[self.picture, enrol, forget], [self.probe, self.tau]]
        return ipywidgets.VBox([*(ipywidgets.HBox(row, layout=wrapped) for row in rows), self.shown])

    def enrol(self, _: Any) -> None:
        self.enrolled[self.names[self.picture.value]] = self.picture.value
        self.show()

    def forget(self, _: Any) -> None:
        self.enrolled.pop(self.names[self.picture.value], None)
        self.show()

    def show(self, _: Any = None) -> None:
        probe, tau = self.probe.value, self.tau.value
        apart = {name: self._distance(probe, i) for name, i in self.enrolled.items()}
        ranking = sorted(apart, key=lambda name: apart[name])
        found = ranking[0] if ranking and apart[ranking[0]] <= tau else None
        words = f"{self._said(ranking, apart)} {self._judged(self.names[probe], found)}"
        picture = drawing(self.pictures[probe], "the probe", words, PROBE)
        entries = "".join(self._entry(name, apart[name], name == found) for name in ranking)
        self.shown.value = (
            f"<p role='status'>{escape(words)}</p><div style='{SIDE_BY_SIDE};color:#000;background:#fff'>{picture}"
            f"<div style='{SIDE_BY_SIDE};flex:1;gap:0.5em;min-width:20em'>{entries}</div></div>"
        )

    def _distance(self, one: int, other: int) -> float:
        return float(np.linalg.norm(self.codes[one] - self.codes[other]))

    def _said(self, ranking: list[str], apart: dict[str, float]) -> str:
        if not ranking:
            return "The database is empty."
        nearest = apart[ranking[0]]
        return (
            f"The nearest is {ranking[0]}, at a distance of {nearest:.3f}, "
            f"{'within' if nearest <= self.tau.value else 'beyond'} tau."
        )

    def _judged(self, name: str, found: str | None) -> str:
        """The verdict, and whether it is right."""
        verdict = f"It is {found}." if found else "Not in the database."
        if found == name or not (found or name in self.enrolled):
            return f"{verdict} That is right: the probe shows {name}."
        known = "enrolled" if name in self.enrolled else "not enrolled"
        return f"{verdict} That is wrong: the probe shows {name}, who is {known}."

    def _entry(self, name: str, distance: float, found: bool) -> str:
        caption = f"{name}, {distance:.3f}"
        drawn = drawing(
            self.pictures[self.enrolled[name]], caption, "Enrolled, at its distance from the probe", ENTRY
        )
        return f"<div style='padding:4px 1em 4px 0;outline:{'3px solid #0072B2' if found else 'none'}'>{drawn}</div>"
