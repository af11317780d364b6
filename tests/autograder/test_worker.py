"""The worker's pictures are those that IPython makes, drawn once in place of three times."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure
from PIL import Image

from autograder.worker import picture


def opened(encoded):
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def plain():
    figure, axes = plt.subplots()
    axes.plot(np.arange(9) ** 2, label="squares")
    axes.set(title="A title", xlabel="x", ylabel="y")
    axes.legend()
    return figure


def many():
    figure, axes = plt.subplots(2, 3, figsize=(7, 3), layout="constrained")
    for number, one in enumerate(axes.flat):
        one.imshow(np.eye(4) * number)
        one.set_title(f"picture {number}")
    return figure


def framed():
    figure, axes = plt.subplots(figsize=(3, 3), layout="constrained", facecolor="navy")
    axes.imshow(np.eye(3))
    return figure


def dark():
    figure = plt.figure(facecolor="black", dpi=72)
    figure.add_axes((0.2, 0.2, 0.5, 0.5)).bar([1, 2], [3, 4])
    return figure


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("make", [many, framed])
def test_a_picture_is_ipythons_to_within_a_pixel(make):
    ours, theirs = opened(picture(make())), opened(print_figure(make(), base64=True))
    assert np.abs(np.subtract(ours.size, theirs.size)).max() <= 1
    size = np.minimum(ours.size, theirs.size)
    shift = [crop(ours, size, x, y) for x in (0, 1) for y in (0, 1)]
    target = crop(theirs, size, 0, 0)
    assert (
        min(np.abs(one - target).mean() for one in shift) < 6
    )  # of 255: lettering lies on other fractions of a pixel
    assert ours.info["dpi"] == pytest.approx(theirs.info["dpi"])


def crop(image, size, x, y):
    return np.asarray(image.convert("RGB").crop((x, y, x + size[0] - 1, y + size[1] - 1)), dtype=float)


def beyond_the_edge():
    figure = plain()
    figure.axes[0].legend(loc="center left", bbox_to_anchor=(1.3, 0.5))
    return figure


def beside_each_other():
    figure, axes = plt.subplots(1, 2, figsize=(4, 2))
    figure.colorbar(axes[0].imshow(np.eye(4)), ax=axes[0], label="how much")
    axes[1].plot([1e6, 3e6], [0, 1])
    axes[1].twinx().set_ylabel("beyond")
    axes[1].inset_axes((0.5, 0.5, 0.8, 0.8)).imshow(np.ones((2, 5)))
    return figure


@pytest.mark.parametrize("make", [plain, dark, beyond_the_edge, beside_each_other])
def test_a_picture_without_a_layout_is_ipythons(make):
    ours, theirs = opened(picture(make())), opened(print_figure(make(), base64=True))
    assert ours.size == theirs.size
    assert (np.asarray(ours) == np.asarray(theirs)).all()


@pytest.mark.parametrize("make", [plain, many, framed, beyond_the_edge])
def test_a_picture_is_drawn_once(make, monkeypatch):
    figure, draws = make(), []
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, renderer: draws.append(1) or draw(self, renderer))
    assert picture(figure)
    assert draws == [1]


@pytest.mark.parametrize("projection", ["polar", "3d"])
def test_a_picture_that_lays_itself_out_is_ipythons_to_within_a_pixel(projection):
    def make():
        figure = plt.figure()
        figure.add_subplot(projection=projection).set_title("A title")
        return figure

    ours, theirs = opened(picture(make())), opened(print_figure(make(), base64=True))
    assert np.abs(np.subtract(ours.size, theirs.size)).max() <= 1


def test_a_figure_of_another_canvas_and_an_empty_one():
    figure = Figure()
    assert picture(figure) is None
    figure.subplots().plot([1, 2])
    assert opened(picture(figure)).format == "PNG"
