"""The worker's pictures are those that IPython makes, drawn once in place of twice."""

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


def dark():
    figure = plt.figure(facecolor="black", dpi=72)
    figure.add_axes((0.2, 0.2, 0.5, 0.5)).bar([1, 2], [3, 4])
    return figure


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("make", [plain, many, dark])
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


def test_what_lies_beyond_the_edge_is_in_the_picture():
    def wide():
        figure = plain()
        figure.axes[0].legend(loc="center left", bbox_to_anchor=(1.3, 0.5))
        return figure

    assert opened(picture(wide())).size == opened(print_figure(wide(), base64=True)).size
    assert opened(picture(wide())).width > opened(picture(plain())).width


def test_a_figure_of_another_canvas_and_an_empty_one():
    figure = Figure()
    assert picture(figure) is None
    figure.subplots().plot([1, 2])
    assert opened(picture(figure)).format == "PNG"
