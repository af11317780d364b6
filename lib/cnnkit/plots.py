"""Plots that everyone can read: safe colours, a second signal beside each, an alt text."""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

# Okabe and Ito's colours, from dark to light; each line has a marker and a dash pattern of its own as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v")
DASHES = ("-", "--", "-.", ":", "-")


def show(figure: Figure, alt: str) -> None:
    """Display a figure once, with its alt text, and close it.

    It goes out in three forms: an HTML image with the alt text, since JupyterLab drops that of a bare picture; a
    picture with the alt text in its metadata; and the alt text alone.

    Args:
        figure: the figure to display.
        alt: what a reader who does not see the figure should know.

    Raises:
        ValueError: the alt text is empty.
    """
    if not alt.strip():
        raise ValueError("a figure needs an alt text: say what a reader who does not see it should know")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90, bbox_inches="tight")
    plt.close(figure)
    picture = base64.b64encode(buffer.getvalue()).decode("ascii")
    bundle = {
        "text/html": f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{picture}">',
        "image/png": picture,
        "text/plain": alt,
    }
    display(bundle, raw=True, metadata={"image/png": {"alt": alt}})


def pictures(images: Mapping[str, ArrayLike], title: str, alt: str) -> None:
    """Show pictures side by side.

    Args:
        images: {caption: picture}, each (n_H, n_W) or, with red, green and blue from 0 to 1, (n_H, n_W, 3).
        title: what the pictures show together: the finding.
        alt: the alt text.

    Raises:
        ValueError: a picture has another shape.

    Example:
        >>> pictures({"flat": np.zeros(3)}, "nothing", "nothing")
        Traceback (most recent call last):
        ValueError: 'flat' should have the shape (n_H, n_W) or (n_H, n_W, 3), and has (3,)
    """
    arrays = {caption: np.asarray(image) for caption, image in images.items()}
    for caption, array in arrays.items():
        if array.ndim != 2 and array.shape[2:] != (3,):
            raise ValueError(
                f"{caption!r} should have the shape (n_H, n_W) or (n_H, n_W, 3), and has {array.shape}"
            )
    figure, axes = plt.subplots(1, len(arrays), figsize=(3.2 * len(arrays), 3.2), squeeze=False)
    for axis, (caption, array) in zip(axes[0], arrays.items(), strict=True):
        axis.imshow(array, cmap="gray" if array.ndim == 2 else None)
        axis.set_title(f"{caption}\n{' × '.join(map(str, array.shape))}", fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
    figure.suptitle(title)
    figure.tight_layout()
    show(figure, alt)


def lines(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str,
) -> None:
    """Show curves over the same x, on logarithmic axes.

    Args:
        x: the positions, positive.
        series: {name: values}, at most five, each as long as x and positive.
        xlabel: what x is, with its unit.
        ylabel: what the values are, with their unit.
        title: the finding.
        alt: the alt text.

    Raises:
        ValueError: there are more curves than can be told apart.
    """
    if len(series) > len(COLOURS):
        raise ValueError(f"{len(series)} curves cannot be told apart: show at most {len(COLOURS)}")
    figure, axis = plt.subplots(figsize=(6.4, 4))
    for (name, values), colour, marker, dash in zip(series.items(), COLOURS, MARKERS, DASHES, strict=False):
        axis.loglog(x, values, color=colour, marker=marker, linestyle=dash, label=name)
    axis.set_xlabel(xlabel)
    axis.set_ylabel(ylabel)
    axis.set_title(title)
    axis.grid(True, which="major", alpha=0.3)
    axis.legend()
    show(figure, alt)
