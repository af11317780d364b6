import base64
import doctest
import io
import re

import matplotlib as mpl
import numpy as np
import pytest
import torch
from PIL import Image

from cnnkit import pictures

mpl.use("agg")


@pytest.fixture
def shown(monkeypatch):
    """What would be displayed in a notebook: a list of (bundle, metadata)."""
    seen = []
    monkeypatch.setattr(pictures.InteractiveShell, "initialized", lambda: True)
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


@pytest.fixture
def figures(monkeypatch):
    """The figures that would be displayed, with their alt texts."""
    seen = []
    monkeypatch.setattr(pictures, "display_figure", lambda figure, alt: seen.append((figure, alt)))
    yield seen
    pictures.plt.close("all")


def pixels(bundle: dict) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGBA"))


def test_a_figure_has_a_ground_of_its_own_on_dark_themes_too(shown):
    with mpl.rc_context({"figure.facecolor": "none", "savefig.transparent": True}):
        pictures.show(np.zeros((2, 3, 4)), title="dark", alt="two")
    ground = pixels(shown[0][0])
    assert (ground[..., 3] == 255).all() and (ground[0, 0] == 255).all()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 4, 5, 3), np.uint8),
        [np.zeros((4, 5, 3)), np.ones((4, 5, 3))],
        torch.zeros(2, 3, 4, 5),
        [torch.zeros(3, 4, 5, requires_grad=True)] * 2,
    ],
)
def test_pictures_come_as_arrays_or_tensors(figures, images):
    pictures.show(images)
    ((figure, alt),) = figures
    assert [axis.get_title() for axis in figure.axes] == ["4 × 5 × 3"] * 2
    assert alt == "Pictures: picture 1, picture 2."


def test_whole_numbers_are_not_stretched_and_floats_are(figures):
    pictures.show([np.full((2, 2), 100, np.uint8), np.array([[0.4, 0.5], [0.4, 0.4]]), torch.zeros(1, 2, 2)])
    first, second, third = (axis.images[0] for axis in figures[0][0].axes if axis.images)
    assert (
        first.get_clim() == (0, 255) and second.get_clim() == (0.4, 0.5) and third.get_array().shape == (2, 2)
    )


def test_many_pictures_stand_in_rows(figures):
    pictures.show(np.zeros((6, 3, 4)))
    axes = figures[0][0].axes
    assert len(axes) == 8 and [axis.axison for axis in axes] == [True] * 6 + [False] * 2


SQUARE = np.zeros((20, 30, 3), np.uint8)


def test_boxes_stand_where_they_are_with_their_names(figures):
    boxes = np.array([[2, 3, 12, 8], [0, 0, 30, 20]])
    pictures.show_boxes(
        SQUARE, boxes, [1, 0], [0.912, 0.5], names=("pedestrian", "car"), truth=[[1, 1, 2, 2]]
    )
    ((figure, alt),) = figures
    truth, car, pedestrian = figure.axes[0].patches
    corner = car.get_xy()  # pixel 0 reaches from -0.5 to 0.5 on matplotlib's axes
    assert (corner[0] + 0.5, corner[1] + 0.5, car.get_width(), car.get_height()) == (2, 3, 10, 5)
    assert truth.get_edgecolor() == (1, 1, 1, 1)
    assert (
        car.get_edgecolor() != pedestrian.get_edgecolor()
        and car.get_linestyle() != pedestrian.get_linestyle()
    )
    assert [text.get_text() for text in figure.axes[0].texts] == ["car 0.91", "pedestrian 0.50"]
    assert (
        alt == "A picture with boxes: car 0.91 at (2, 3) to (12, 8); pedestrian 0.50 at (0, 0) to (30, 20)."
    )


def test_no_box_is_a_finding_too(figures):
    pictures.show_boxes(SQUARE, [])
    assert figures[0][1] == "A picture with boxes: no box."


MASK = np.zeros((20, 30), int)
MASK[:, 15:] = 1
MASK[:5] = 2


def test_masks_have_colours_outlines_names_and_shares(figures):
    pictures.show_masks(SQUARE, MASK, ("road", "car", "sky", "tree"))
    ((figure, alt),) = figures
    overlay = figure.axes[1].images[1]
    colours = overlay.cmap(overlay.norm(np.array([0, 1, 2])))
    assert [mpl.colors.to_hex(colour).upper() for colour in colours] == list(pictures.AREAS[:3])
    names = {text.get_text(): text.get_position() for text in figure.axes[1].texts}
    assert {MASK[y, x] for x, y in names.values()} == {0, 1, 2}
    assert [("road", "car", "sky")[MASK[y, x]] for x, y in names.values()] == list(names)
    assert alt == "The classes of the pixels: road 38%, car 38%, sky 25%."


def test_kernels_are_violet_below_zero_and_white_at_it(figures):
    kernels = np.array([[[-1.0, 0, 1]] * 3, [[0.5, 0, -0.25]] * 3])
    pictures.show_kernels(kernels, ["vertical", "half"])
    ((figure, alt),) = figures
    first, second = (axis for axis in figure.axes if axis.images)
    red, green, blue, _ = np.moveaxis(first.images[0].cmap(first.images[0].norm(kernels[0])), -1, 0)
    assert (blue > red)[:, 0].all() and (red > blue)[:, 2].all()
    assert np.allclose([red[0, 1], green[0, 1], blue[0, 1]], 0.967, atol=0.02)
    assert [text.get_text() for text in second.texts][:3] == ["0.5", "0", "-0.25"]
    assert (first.get_title(), second.get_title()) == ("vertical", "half")
    assert alt == "Kernels: 2 kernels of 3 × 3, 1 channels, -1 to 1."


def test_torchs_kernels_show_each_channel(figures):
    pictures.show_kernels(torch.nn.Conv2d(3, 4, 7).weight)
    shown_ = [axis for axis in figures[0][0].axes if axis.images]
    assert len(shown_) == 12 and not shown_[0].texts


def test_a_contact_sheet_holds_every_picture_in_its_place(figures):
    images = np.arange(5)[:, None, None] * np.ones((5, 6, 4)) / 10
    pictures.contact_sheet(images, columns=3, captions=["a", "b", "a", "a", "b"], title="letters")
    ((figure, alt),) = figures
    sheet = figure.axes[0].images[0].get_array()
    places = [text.get_position() for text in figure.axes[0].texts]
    assert [round(float(sheet[int(y) - 1, int(x), 0]), 6) for x, y in places] == [0, 0.1, 0.2, 0.3, 0.4]
    assert len({x for x, _ in places}) == 3 and len({y for _, y in places}) == 2
    assert alt == "letters: 5 pictures (a: 3, b: 2)."


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pictures.show([]), "there is no picture to show"),
        (
            lambda: pictures.show(np.zeros((2, 4, 5, 2))),
            "'picture 1' should have the shape (H, W) or (H, W, 3), and has",
        ),
        (lambda: pictures.contact_sheet([np.zeros((2, 2)), np.zeros((3, 2))]), "should have one size"),
        (
            lambda: pictures.contact_sheet([np.zeros((2, 2))], captions=[1, 2]),
            "1 pictures need as many captions",
        ),
        (
            lambda: pictures.show_boxes(SQUARE, [[1, 2, 3]]),
            "boxes should have the shape (N, 4), and have (1, 3)",
        ),
        (
            lambda: pictures.show_boxes(SQUARE, [[0, 0, 1, 1]], [0, 1], names="ab"),
            "1 boxes need as many classes",
        ),
        (lambda: pictures.show_boxes(SQUARE, [[0, 0, 1, 1]], [0], [0.5, 1]), "1 boxes need as many scores"),
        (
            lambda: pictures.show_boxes(SQUARE, [[0, 0, 1, 1]], [2], names="ab"),
            "the classes [2] have no name",
        ),
        (
            lambda: pictures.show_masks(SQUARE, MASK.T, "abc"),
            "the mask should hold whole numbers of shape (20, 30)",
        ),
        (lambda: pictures.show_masks(SQUARE, MASK * 0.5, "abc"), "and is float64 of (20, 30)"),
        (lambda: pictures.show_masks(SQUARE, MASK, "ab"), "the classes [2] have no name: `names` has 2"),
        (lambda: pictures.show_masks(SQUARE, MASK, "abcdefghijkl"), "12 classes cannot be told apart"),
        (lambda: pictures.show_kernels(np.zeros((3, 3))), "kernels should have the shape (N, f, f) or"),
        (
            lambda: pictures.show_kernels(np.zeros((2, 3, 3)), ["one"]),
            "2 kernels need as many captions, and have 1",
        ),
    ],
)
def test_what_is_wrong_is_said(call, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        call()
    assert pictures.plt.get_fignums() == []


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in mpl.colors.to_rgb(colour)
    ]
    return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))


def test_lines_are_seen_on_their_ground():
    contrast = [1.05 / (luminance(colour) + 0.05) for colour in pictures.COLOURS]
    assert min(contrast) > 2 and contrast[0] > 4.5


@pytest.mark.parametrize(
    ("one", "shape"),
    [
        (np.zeros((4, 5)), "4 × 5"),
        (np.zeros((4, 5, 3)), "4 × 5 × 3"),
        (torch.zeros(3, 4, 5), "4 × 5 × 3"),
        (torch.zeros(1, 4, 5), "4 × 5"),
        (torch.zeros(4, 5), "4 × 5"),
    ],
)
def test_one_picture_is_one_picture(figures, one, shape):
    pictures.show(one)
    assert [axis.get_title() for axis in figures[0][0].axes] == [shape]


@pytest.mark.parametrize("kind", [np.int64, np.int16, np.uint8, np.int32])
def test_whole_numbers_are_bytes_whatever_their_type(figures, kind):
    pictures.show({0: np.full((2, 2, 3), 200, kind), 1: np.full((2, 2), 200, kind)})
    pictures.contact_sheet([np.full((2, 2), 51, kind)])
    colour, grey = (axis.images[0] for axis in figures[0][0].axes)
    assert colour.get_array().dtype == np.uint8 and grey.get_clim() == (0, 255)
    assert figures[1][0].axes[0].images[0].get_array()[2, 2, 0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    "array", [np.full((2, 2), -1), np.full((2, 2), 256), np.full((2, 2, 3), 1000, np.int16)]
)
def test_whole_numbers_that_are_no_bytes_are_refused(array):
    with pytest.raises(ValueError, match=r"has whole numbers from .* and should have them from 0 to 255"):
        pictures.show({"a slice": array})


def test_labels_of_a_loader_are_captions(figures):
    pictures.contact_sheet(np.zeros((3, 4, 4)), captions=np.array([7, 7, 1]))
    assert figures[0][1] == "A contact sheet: 3 pictures (1: 1, 7: 2)."


def test_masks_may_be_tensors(figures):
    pictures.show_masks(torch.zeros(3, 20, 30), torch.tensor(MASK), "abc")
    assert figures[0][1].startswith("The classes of the pixels: ")


def test_a_tensor_with_its_channels_last_is_told_so():
    with pytest.raises(
        ValueError, match=r"should have the shape \(H, W\), \(1, H, W\) or \(3, H, W\), and has \(4, 5, 3\)"
    ):
        pictures.show([torch.zeros(4, 5, 3)])


def test_in_a_terminal_the_alt_text_is_printed(capsys):
    pictures.show(np.zeros((2, 2)), title="Nothing")
    assert capsys.readouterr().out == "Nothing: picture 1.\n"
    assert pictures.plt.get_fignums() == []
