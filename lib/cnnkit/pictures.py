"""Pictures that everyone can read: safe colours, a second signal beside each, an alt text, a ground of their own.

A picture is (H, W), grey, or (H, W, 3), red, green and blue: whole numbers from 0 to 255 or floats from 0 to 1. A torch
tensor has its channels first, as torch has them: (3, H, W) or (1, H, W). Pictures are a list, a stack along the first
axis, {caption: picture}, or one alone; an array of shape (N, H, 3) is taken for one picture. Boxes are x1, y1, x2, y2
in pixels, whose origin is the upper left corner of the picture.
"""

import base64
import html
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, display
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

# Okabe and Ito's colours, from dark to light; each line has a marker and a dash pattern of its own as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v")
DASHES = ("-", "--", "-.", ":", "-")
# Paul Tol's muted colours, of which neighbours differ for every kind of colour vision, and two greys.
AREAS = (
    "#332288", "#DDCC77", "#117733", "#88CCEE", "#CC6677", "#44AA99", "#882255", "#999933", "#AA4499", "#DDDDDD",
    "#555555",
)  # fmt: skip
GROUND = "white"  # opaque, so that dark lines and letters are seen on dark themes too
COLUMNS = 4
MARGIN = 2  # pixels between the pictures of a contact sheet
WRITTEN = 40  # numbers in a kernel, up to which they are written into it

Pictures = Mapping[str, Any] | Sequence[Any] | NDArray[Any]


def display_figure(figure: Figure, alt: str, handle: DisplayHandle | None = None) -> None:
    """Display a figure once, with its alt text, and close it.

    In a notebook it goes out in three forms: an HTML image with the alt text (JupyterLab drops that of a bare
    picture), a picture with the alt text in its metadata, and the alt text alone. In a terminal that alone is printed.

    Args:
        figure: the figure to display.
        alt: what a reader who does not see the figure should know.
        handle: where an earlier one stands, to take its place.

    Raises:
        ValueError: the alt text is empty.
    """
    if not alt.strip():
        raise ValueError("a figure needs an alt text: say what a reader who does not see it should know")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90, bbox_inches="tight", facecolor=GROUND)
    plt.close(figure)
    picture = base64.b64encode(buffer.getvalue()).decode("ascii")
    bundle = {
        "text/html": f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{picture}">',
        "image/png": picture,
        "text/plain": alt,
    }
    if not InteractiveShell.initialized():
        display(alt)  # nobody could see a picture
        return
    put = display if handle is None else handle.update
    put(bundle, raw=True, metadata={"image/png": {"alt": alt}})


def show(images: Pictures, title: str = "", alt: str = "") -> None:
    """Show pictures side by side, each with its caption and shape.

    Args:
        images: {caption: picture}, or pictures without captions; grey floats are shown from their lowest value
            to their highest.
        title: what the pictures show together: the finding.
        alt: the alt text; the captions where it is left out.

    Raises:
        ValueError: there is no picture, or one has another shape.

    Example:
        >>> show({"flat": np.zeros(3)}, "nothing", "nothing")
        Traceback (most recent call last):
        ValueError: 'flat' should have the shape (H, W) or (H, W, 3), and has (3,)
    """
    arrays = _captioned(images)
    columns = min(COLUMNS, len(arrays))
    rows = -(-len(arrays) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.2 * columns, 3.2 * rows), squeeze=False)
    for axis in axes.flat[len(arrays) :]:
        axis.set_axis_off()
    for axis, (caption, array) in zip(axes.flat, arrays.items(), strict=False):
        _paint(axis, array)
        shape = " × ".join(map(str, array.shape))
        axis.set_title(f"{caption}\n{shape}" if isinstance(images, Mapping) else shape, fontsize=10)
    figure.suptitle(title)
    figure.tight_layout()
    display_figure(figure, alt or _sentence(f"{title or 'Pictures'}: {', '.join(arrays)}"))


def contact_sheet(
    images: Pictures,
    columns: int = 8,
    captions: Sequence[object] | None = None,
    title: str = "",
    alt: str = "",
) -> None:
    """Show many pictures of one size as a grid.

    Args:
        images: the pictures; what is below 0 or above 1 in floats is cut off.
        columns: how many stand in a row.
        captions: one for each picture, such as its label; none where left out.
        title: what the pictures show together.
        alt: the alt text; the number of pictures and what the captions count where it is left out.

    Raises:
        ValueError: there is no picture, their sizes differ, or there are more or fewer captions.
    """
    arrays = list(_captioned(images).values())
    if len({array.shape for array in arrays}) > 1:
        raise ValueError("the pictures of a contact sheet should have one size: use show() for others")
    if captions is not None and len(captions) != len(arrays):
        raise ValueError(f"{len(arrays)} pictures need as many captions, and have {len(captions)}")
    height, width = arrays[0].shape[:2]
    columns = max(1, min(columns, len(arrays)))
    rows = -(-len(arrays) // columns)
    room = MARGIN if captions is None else max(MARGIN, height // 5)
    sheet = np.ones((rows * (height + room) + MARGIN, columns * (width + MARGIN) + MARGIN, 3))
    corners = [
        (i // columns * (height + room) + MARGIN, i % columns * (width + MARGIN) + MARGIN)
        for i in range(len(arrays))
    ]
    for (top, left), array in zip(corners, arrays, strict=True):
        sheet[top : top + height, left : left + width] = _coloured(array)
    inches = min(10.0, 1.3 * columns)
    figure, axis = plt.subplots(
        figsize=(inches, inches * sheet.shape[0] / sheet.shape[1] + 0.4 * bool(title))
    )
    _paint(axis, sheet)
    axis.set_axis_off()
    axis.set_title(title)
    for (top, left), caption in zip(corners, () if captions is None else captions, strict=False):
        axis.text(left + width / 2, top + height, str(caption), fontsize=8, ha="center", va="top")
    display_figure(
        figure, alt or _sentence(f"{title or 'A contact sheet'}: {len(arrays)} pictures{_counted(captions)}")
    )


def show_boxes(
    image: ArrayLike,
    boxes: ArrayLike,
    classes: Sequence[int] | NDArray[Any] | None = None,
    scores: Sequence[float] | NDArray[Any] | None = None,
    names: Sequence[str] = (),
    truth: ArrayLike | None = None,
    title: str = "",
    alt: str = "",
) -> None:
    """Show a picture with boxes; each class has a colour, a dash pattern and its name.

    Args:
        image: the picture.
        boxes: (N, 4), corners in pixels.
        classes: (N,), an index into `names` for each box.
        scores: (N,), from 0 to 1, written beside the names.
        names: of the classes.
        truth: (M, 4), boxes of the ground truth, drawn thin and white.
        title: the finding.
        alt: the alt text; what stands where, where it is left out.

    Raises:
        ValueError: boxes, classes or scores have another shape, or a class has no name.
    """
    array, given = _picture("the picture", image), _boxes("boxes", boxes)
    labels = _labels(given, classes, scores, names)
    figure, axis = plt.subplots(figsize=(6, 6 * array.shape[0] / array.shape[1] + 0.5))
    _paint(axis, array)
    for corners in _boxes("truth", truth) if truth is not None else ():
        _frame(axis, corners, "white", "-", 1.0)
    for number, (corners, label) in enumerate(zip(given, labels, strict=True)):
        kind = int(classes[number]) if classes is not None else 0
        colour = COLOURS[kind % len(COLOURS)]
        _frame(axis, corners, colour, DASHES[kind % len(DASHES)], 2.0)
        if label:
            box = {"facecolor": colour, "pad": 1, "lw": 0}
            axis.text(
                corners[0], corners[1], label, fontsize=8, color="white", va="bottom", clip_on=True, bbox=box
            )
    axis.set_title(title)
    spoken = [
        f"{label or 'a box'} at ({x1:.0f}, {y1:.0f}) to ({x2:.0f}, {y2:.0f})"
        for label, (x1, y1, x2, y2) in zip(labels, given, strict=True)
    ]
    display_figure(
        figure, alt or _sentence(f"{title or 'A picture with boxes'}: {'; '.join(spoken) or 'no box'}")
    )


def show_masks(
    image: ArrayLike,
    mask: ArrayLike,
    names: Sequence[str],
    opacity: float = 0.6,
    title: str = "",
    alt: str = "",
) -> None:
    """Show a picture under the classes of its pixels; each has a colour, an outline and its name.

    Args:
        image: the picture.
        mask: (H, W), the class of each pixel as an index into `names`.
        names: of the classes, at most eleven.
        opacity: of the colours, from 0 to 1.
        title: the finding.
        alt: the alt text; the share of each class where it is left out.

    Raises:
        ValueError: the mask has another size than the picture, or a class without a name or colour.
    """
    array, labels = _picture("the picture", image), _numbers(mask)
    if labels.shape != array.shape[:2] or labels.dtype.kind not in "iub":
        raise ValueError(
            f"the mask should hold whole numbers of shape {array.shape[:2]}, and is {labels.dtype} of {labels.shape}"
        )
    if len(names) > len(AREAS):
        raise ValueError(f"{len(names)} classes cannot be told apart: show at most {len(AREAS)}")
    found = {int(one): float((labels == one).mean()) for one in np.unique(labels)}
    _check_named(found, names)
    figure, axes = plt.subplots(
        1, 2, figsize=(9, 4.2 * array.shape[0] / array.shape[1] + 0.5), layout="constrained"
    )
    for axis in axes:
        _paint(axis, array)
    colours = ListedColormap(AREAS[: len(names)])
    axes[1].imshow(
        labels, cmap=colours, vmin=-0.5, vmax=len(names) - 0.5, alpha=opacity, interpolation="nearest"
    )
    for one in found if len(found) > 1 else ():
        axes[1].contour(labels == one, levels=[0.5], colors="black", linewidths=0.6)
    for one, share in found.items():
        _name_area(axes[1], labels == one, names[one], share)
    shares = [f"{names[one]} {share:.0%}" for one, share in sorted(found.items(), key=lambda pair: -pair[1])]
    patches = [Patch(facecolor=AREAS[one], edgecolor="black", label=names[one]) for one in found]
    axes[1].legend(handles=patches, fontsize=7, loc="center left", bbox_to_anchor=(1.01, 0.5))
    figure.suptitle(title)
    display_figure(figure, alt or _sentence(f"{title or 'The classes of the pixels'}: {', '.join(shares)}"))


def show_kernels(
    kernels: ArrayLike, captions: Sequence[str] | None = None, title: str = "", alt: str = ""
) -> None:
    """Show convolution kernels: violet below zero, orange above, white at zero; small ones with their numbers.

    Args:
        kernels: (N, f, f), or torch's (N, C, f, f), of which each channel is shown.
        captions: one for each of the N.
        title: the finding.
        alt: the alt text; the number of kernels and their range where it is left out.

    Raises:
        ValueError: the kernels have another shape, or there are more or fewer captions.
    """
    array = _numbers(kernels).astype(float)
    array = array[:, None] if array.ndim == 3 else array
    if array.ndim != 4 or 0 in array.shape:
        raise ValueError(f"kernels should have the shape (N, f, f) or (N, C, f, f), and have {array.shape}")
    count, channels, height, width = array.shape
    if captions is not None and len(captions) != count:
        raise ValueError(f"{count} kernels need as many captions, and have {len(captions)}")
    most = float(np.abs(array).max()) or 1.0
    columns = min(count, 6) if channels == 1 else channels
    inches = max(1.2, 0.36 * width) if height * width <= WRITTEN else 1.2
    rows = -(-count * channels // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(inches * columns, (inches + 0.2) * rows), squeeze=False, layout="constrained"
    )
    for number, axis in enumerate(axes.flat):
        axis.set_axis_off()
        if number >= count * channels:
            continue
        kernel = array.reshape(-1, height, width)[number]
        axis.imshow(kernel, cmap="PuOr_r", vmin=-most, vmax=most)
        if captions is not None and number % channels == 0:
            axis.set_title(captions[number // channels], fontsize=8)
        for (row, column), value in np.ndenumerate(kernel) if kernel.size <= WRITTEN else ():
            colour = "white" if abs(value) > 0.6 * most else "black"
            axis.text(column, row, f"{value:.2g}", ha="center", va="center", fontsize=6, color=colour)
    figure.suptitle(title)
    spoken = (
        f"{count} kernels of {height} × {width}, {channels} channels, {array.min():.2g} to {array.max():.2g}"
    )
    display_figure(figure, alt or _sentence(f"{title or 'Kernels'}: {spoken}"))


def show_curves(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str,
    logarithmic: bool = False,
) -> None:
    """Show curves over the same x.

    Args:
        x: the positions.
        series: {name: values}, at most five, each as long as x.
        xlabel: what x is, with its unit.
        ylabel: what the values are, with their unit.
        title: the finding.
        alt: the alt text.
        logarithmic: both axes are; x and values are positive then.

    Raises:
        ValueError: there are more curves than can be told apart.
    """
    figure = curves(x, series, xlabel=xlabel, ylabel=ylabel, title=title, logarithmic=logarithmic)
    display_figure(figure, alt)


def curves(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    title: str,
    logarithmic: bool = False,
) -> Figure:
    """The figure that `show_curves` shows."""
    if len(series) > len(COLOURS):
        raise ValueError(f"{len(series)} curves cannot be told apart: show at most {len(COLOURS)}")
    figure, axis = plt.subplots(figsize=(6.4, 4))
    draw = axis.loglog if logarithmic else axis.plot
    for (name, values), colour, marker, dash in zip(series.items(), COLOURS, MARKERS, DASHES, strict=False):
        draw(x, values, color=colour, marker=marker, linestyle=dash, label=name)
    if logarithmic:
        axis.set_xticks(x, labels=[f"{position:g}" for position in x], fontsize=8)
        axis.minorticks_off()
    elif all(float(position).is_integer() for position in x):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel(xlabel)
    axis.set_ylabel(ylabel)
    axis.set_title(title)
    axis.grid(True, which="major", alpha=0.3)
    beside = (
        {"loc": "upper left", "bbox_to_anchor": (1.01, 1)} if len(series) > 3 else {}
    )  # not on the curves
    axis.legend(**beside)
    return figure


def _numbers(values: Any) -> NDArray[Any]:
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _picture(caption: str, image: Any) -> NDArray[Any]:
    """A picture as (H, W) or (H, W, 3), of bytes or floats."""
    array = given = _numbers(image)
    wanted = "(H, W) or (H, W, 3)"
    if hasattr(image, "detach"):
        wanted = "(H, W), (1, H, W) or (3, H, W)"
        if array.ndim == 3 and array.shape[0] in (1, 3):
            array = array[0] if array.shape[0] == 1 else np.moveaxis(array, 0, -1)
        elif array.ndim == 3:
            array = array[..., :0]  # its channels are not first
    if (array.ndim != 2 and array.shape[2:] != (3,)) or 0 in array.shape:
        raise ValueError(f"{caption!r} should have the shape {wanted}, and has {given.shape}")
    if array.dtype.kind in "iu" and not (array.min() >= 0 and array.max() <= 255):
        raise ValueError(
            f"{caption!r} has whole numbers from {array.min()} to {array.max()}, and should have them from 0 to 255: "
            "give floats from 0 to 1"
        )
    return array.astype(np.uint8 if array.dtype.kind in "iu" else float)


def _alone(images: Any) -> bool:
    """Whether it is one picture and not several."""
    shape: tuple[int, ...] = tuple(getattr(images, "shape", ()))
    if len(shape) == 3:
        return shape[0] in (1, 3) if hasattr(images, "detach") else shape[2] == 3
    return len(shape) == 2


def _captioned(images: Pictures) -> dict[str, NDArray[Any]]:
    if not isinstance(images, Mapping):
        images = [images] if _alone(images) else images
        images = {f"picture {number + 1}": image for number, image in enumerate(images)}
    if not images:
        raise ValueError("there is no picture to show")
    return {str(caption): _picture(str(caption), image) for caption, image in images.items()}


def _coloured(array: NDArray[Any]) -> NDArray[Any]:
    """A picture as floats of (H, W, 3) from 0 to 1."""
    scaled = array / 255 if array.dtype == np.uint8 else np.clip(array.astype(float), 0, 1)
    return scaled if scaled.ndim == 3 else np.repeat(scaled[:, :, None], 3, axis=2)


def _paint(axis: Axes, array: NDArray[Any]) -> None:
    whole = array.dtype == np.uint8
    if array.ndim == 3:
        axis.imshow(array if whole else np.clip(array.astype(float), 0, 1))
    else:
        axis.imshow(array, cmap="gray", vmin=0 if whole else None, vmax=255 if whole else None)
    axis.set_xticks([])
    axis.set_yticks([])


def _boxes(name: str, boxes: Any) -> NDArray[Any]:
    array = _numbers(boxes).astype(float)
    array = array.reshape(0, 4) if array.size == 0 else array
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"{name} should have the shape (N, 4), and have {array.shape}")
    return array


def _labels(boxes: NDArray[Any], classes: Any, scores: Any, names: Sequence[str]) -> list[str]:
    """What is written beside each box."""
    for name, values in (("classes", classes), ("scores", scores)):
        if values is not None and len(values) != len(boxes):
            raise ValueError(f"{len(boxes)} boxes need as many {name}, and have {len(values)}")
    if classes is not None:
        _check_named([int(one) for one in classes], names)
    words = [names[int(one)] for one in classes] if classes is not None else [""] * len(boxes)
    numbers = [f"{float(one):.2f}" for one in scores] if scores is not None else [""] * len(boxes)
    return [" ".join(filter(None, pair)) for pair in zip(words, numbers, strict=True)]


def _check_named(classes: Any, names: Sequence[str]) -> None:
    unknown = sorted({one for one in classes if not 0 <= one < len(names)})
    if unknown:
        raise ValueError(f"the classes {unknown} have no name: `names` has {len(names)}, counted from 0")


def _frame(axis: Axes, corners: Sequence[float], colour: str, dash: str, width: float) -> None:
    x1, y1, x2, y2 = corners
    edge = Rectangle(
        (x1 - 0.5, y1 - 0.5), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linestyle=dash, linewidth=width
    )
    edge.set_path_effects([effects.withStroke(linewidth=width + 1.5, foreground="black", alpha=0.5)])
    axis.add_patch(edge)


def _name_area(axis: Axes, area: NDArray[Any], name: str, share: float) -> None:
    """Write a class's name onto its middle pixel, where it has room."""
    if share < 0.03:
        return
    rows, columns = np.nonzero(area)
    middle = np.argmin((rows - np.median(rows)) ** 2 + (columns - np.median(columns)) ** 2)
    outline = [effects.withStroke(linewidth=2, foreground="white")]
    axis.text(columns[middle], rows[middle], name, fontsize=7, ha="center", va="center", path_effects=outline)


def _counted(captions: Sequence[object] | None) -> str:
    if captions is None:
        return ""
    counts = Counter(map(str, captions))
    return " (" + ", ".join(f"{name}: {count}" for name, count in sorted(counts.items())) + ")"


def _sentence(text: str) -> str:
    return text.strip().rstrip(".") + "."
