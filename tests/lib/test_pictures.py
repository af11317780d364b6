import base64
import doctest
import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from cnnkit import pictures

mpl.use("agg")


@pytest.fixture
def shown(monkeypatch):
    """What would be displayed: a list of (bundle, metadata)."""
    seen = []
    monkeypatch.setattr(pictures, "display", lambda bundle, raw, metadata: seen.append((bundle, metadata)))
    return seen


def test_the_example_in_the_docstring():
    assert doctest.testmod(pictures).failed == 0


def test_a_figure_goes_out_once_with_its_alt_text_and_is_closed(shown):
    figure, axis = pictures.plt.subplots()
    axis.plot([1, 2])
    pictures.display_figure(figure, 'a line that rises, "steeply"')
    ((bundle, metadata),) = shown
    assert metadata == {"image/png": {"alt": 'a line that rises, "steeply"'}}
    assert 'alt="a line that rises, &quot;steeply&quot;"' in bundle["text/html"]
    assert bundle["text/plain"] == 'a line that rises, "steeply"'
    width, height = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).size
    assert width > 300 and height > 200
    assert pictures.plt.get_fignums() == []


def test_a_figure_without_alt_text_is_refused():
    with pytest.raises(ValueError, match="a figure needs an alt text"):
        pictures.display_figure(pictures.plt.figure(), "  ")
    pictures.plt.close("all")


def test_pictures_show_their_captions_shapes_and_title(shown, monkeypatch):
    figures = []
    monkeypatch.setattr(pictures, "display_figure", lambda figure, alt: figures.append((figure, alt)))
    pictures.show({"grey": np.zeros((4, 5)), "colour": np.ones((4, 5, 3))}, title="two", alt="two pictures")
    ((figure, alt),) = figures
    assert alt == "two pictures"
    assert [axis.get_title() for axis in figure.axes] == ["grey\n4 × 5", "colour\n4 × 5 × 3"]
    assert figure.get_suptitle() == "two"


def test_lines_differ_in_more_than_their_colour(monkeypatch):
    figures = []
    monkeypatch.setattr(pictures, "display_figure", lambda figure, alt: figures.append(figure))
    series = {name: [1.0, 2.0 + number] for number, name in enumerate("abcde")}
    pictures.show_curves([1, 2], series, xlabel="side", ylabel="seconds", title="all rise", alt="five lines")
    (axis,) = figures[0].axes
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_title()) == ("side", "seconds", "all rise")
    assert len({line.get_marker() for line in axis.lines}) == 5
    assert len({line.get_color() for line in axis.lines}) == 5
    assert [text.get_text() for text in axis.get_legend().get_texts()] == list("abcde")


def test_more_lines_than_can_be_told_apart_are_refused():
    with pytest.raises(ValueError) as error:
        pictures.show_curves(
            [1], {str(n): [1.0] for n in range(6)}, xlabel="", ylabel="", title="", alt="six"
        )
    assert str(error.value) == "6 curves cannot be told apart: show at most 5"
