"""Where two arrays differ, as a picture: marks in a check's text, and a figure where numbers cannot show it all."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ROWS, COLUMNS = 6, 8  # of the numbers that a message shows
MARKED_ROWS, MARKED_COLUMNS = 12, 24
MARKED = 40  # marks along one side of a figure
SAME, OTHER = "·", "x"
PANEL, GAP, TITLE = 192, 16, 20  # pixels of a small picture's panels, between them, and for their titles


@dataclass(frozen=True)
class Planes:
    """The rows and columns of two arrays that hold their first difference.

    Args:
        got: what the learner's code gave, (rows, columns).
        expected: what the test expects, (rows, columns).
        differs: where they differ, bools of (rows, columns).
        first: row and column of the first difference.
    """

    got: np.ndarray
    expected: np.ndarray
    differs: np.ndarray
    first: tuple[int, int]

    @property
    def is_cut(self) -> bool:
        """Whether a message's numbers show only a part of it."""
        rows, columns = self.differs.shape
        return rows > ROWS or columns > COLUMNS

    @property
    def is_picture(self) -> bool:
        """Whether a figure shows what the numbers and marks do not: it is cut, and no strip."""
        return self.is_cut and min(self.differs.shape) >= ROWS


def planes(
    got: np.ndarray, expected: np.ndarray, differs: np.ndarray, axes: Sequence[str] = ()
) -> Planes | None:
    """The slices around the first place where `differs` is True; None for arrays of fewer than two axes.

    Args:
        got: an array.
        expected: an array of its shape.
        differs: bools of its shape, one of them True.
        axes: what each axis means; "row" and "column" are shown, the last two where they are not there.
    """
    if differs.ndim < 2:
        return None
    first = np.argwhere(differs)[0]
    row, column = shown_axes(differs.ndim, axes)
    index = tuple(slice(None) if axis in (row, column) else int(i) for axis, i in enumerate(first))
    return Planes(got[index], expected[index], differs[index], (int(first[row]), int(first[column])))


def shown_axes(ndim: int, axes: Sequence[str]) -> tuple[int, int]:
    """Which two axes are shown as rows and columns."""
    if len(axes) == ndim and "row" in axes and "column" in axes:
        return axes.index("row"), axes.index("column")
    return ndim - 2, ndim - 1


def marks(differs: np.ndarray, rows: int, columns: int) -> tuple[np.ndarray, int]:
    """Whether anything differs in each square block of a plane, in at most so many blocks; and a block's side.

    >>> marks(np.eye(4, 6, dtype=bool), 2, 6)
    (array([[ True, False, False],
           [False,  True, False]]), 2)
    """
    side = max(-(-differs.shape[0] // rows), -(-differs.shape[1] // columns))
    for axis in (0, 1):
        differs = np.logical_or.reduceat(differs, np.arange(0, differs.shape[axis], side), axis)
    return differs, side


def marked(found: Planes) -> list[str]:
    """Lines that show where two slices differ; none where one value does, or all do: a sentence says that."""
    blocks, side = marks(found.differs, MARKED_ROWS, MARKED_COLUMNS)
    if found.differs.sum() < 2 or blocks.all():
        return []
    title = f"where they differ: {OTHER}"
    if found.is_cut:
        title += " (all {} × {} values of this slice".format(*found.differs.shape)
        title += f", {side} × {side} to a mark)" if side > 1 else ")"
    return [title, *("  " + " ".join(OTHER if one else SAME for one in row) for row in blocks)]


def show_difference(found: Planes) -> None:
    """Show, in a notebook, what was expected, what came, and where the two differ."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - a check that passes does not pay for it

    from cnnkit.pictures import display_figure  # noqa: PLC0415

    values = np.concatenate([found.expected.ravel(), found.got.ravel()]).real.astype(float)
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    figure, axes = plt.subplots(1, 3, figsize=(8.4, 3.0), sharex=True, sharey=True, layout="constrained")
    for axis, name, array in zip(axes, ("expected", "got"), (found.expected, found.got), strict=False):
        drawn = axis.imshow(array.real.astype(float), cmap="gray", vmin=low, vmax=high)
        axis.set_title(name)
    figure.colorbar(drawn, ax=axes[:2], label="value", shrink=0.8)
    _mark(axes[2], found)
    axes[0].set_ylabel("row")
    for axis in axes:
        axis.set_xlabel("column")
    figure.suptitle(f"{_counted(found)} in this slice")
    display_figure(figure, _described(found))


def difference_png(found: Planes) -> tuple[bytes, str]:
    """The same three pictures drawn in a moment, for a page: a PNG, and what it shows in words.

    >>> is_one = np.eye(8, dtype=bool)
    >>> picture, words = difference_png(Planes(np.eye(8), np.zeros((8, 8)), is_one, (0, 0)))
    >>> picture[1:4], words[-40:]
    (b'PNG', '0 to 7. The first is at row 0, column 0.')
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415 - a check that passes does not pay for it

    step = -(-max(found.differs.shape) // PANEL)
    expected, got = _grey(found.expected[::step, ::step], found.got[::step, ::step])
    blocks, _ = marks(found.differs, PANEL // 2, PANEL // 2)
    differs = np.where(blocks, 0, 255).astype(np.uint8)
    width, height = (max(2, round(n * PANEL / max(expected.shape))) for n in expected.shape[::-1])
    picture = Image.new("L", (3 * PANEL + 2 * GAP, TITLE + height), 255)
    draw = ImageDraw.Draw(picture)
    for number, (title, grey) in enumerate(
        (("expected", expected), ("got", got), ("where they differ: black", differs))
    ):
        left = number * (PANEL + GAP)
        panel = Image.fromarray(grey).resize((width, height), Image.Resampling.NEAREST)
        picture.paste(panel, (left, TITLE))
        draw.rectangle((left, TITLE, left + width - 1, TITLE + height - 1), outline=128)
        draw.text((left, 3), title, fill=0)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue(), _described(found)


def _grey(*arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays as greys, from the least number of all in black to the greatest in white; what is no number is black."""
    with np.errstate(all="ignore"):
        numbers = [np.asarray(array.real).astype(np.float64) / 2 for array in arrays]
        finite = np.concatenate([one[np.isfinite(one)] for one in numbers])
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        parts = [np.nan_to_num((np.clip(one, low, high) - low) / ((high - low) or 1.0)) for one in numbers]
    return [np.round(part * 255).astype(np.uint8) for part in parts]


def _mark(axis: "plt.Axes", found: Planes) -> None:  # type: ignore[name-defined]  # noqa: F821
    blocks, side = marks(found.differs, MARKED, MARKED)
    rows, columns = (np.nonzero(blocks)[i] * side + (side - 1) / 2 for i in (0, 1))
    axis.imshow(np.ones(found.differs.shape), cmap="gray", vmin=0, vmax=1)
    axis.scatter(columns, rows, marker="x", s=12, linewidths=0.8, color="#D55E00")
    axis.scatter(*found.first[::-1], marker="o", s=90, facecolors="none", edgecolors="black")
    axis.set_title("where they differ: x\n(the first is ringed)", fontsize=10)


def _counted(found: Planes) -> str:
    return f"{int(found.differs.sum())} of {found.differs.size} values differ"


def _described(found: Planes) -> str:
    rows, columns = np.nonzero(found.differs)
    return (
        f"Three pictures of the slice that holds the first difference: what was expected, what came, and a mark at "
        f"each place where they differ. {_counted(found)}: in rows {rows.min()} to {rows.max()} and columns "
        f"{columns.min()} to {columns.max()}. The first is at row {found.first[0]}, column {found.first[1]}."
    )
