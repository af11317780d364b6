"""cnnkit.differences: the marks of a message, the figure of a notebook, and the small picture of a page."""

import base64
import io
import json
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from cnnkit.check import Check, CheckFailed
from cnnkit.differences import GAP, PANEL, TITLE, Planes, difference_png, marked, planes, show_difference


def found(differs, axes=()):
    return planes(np.asarray(differs) * 1.0, np.zeros(np.shape(differs)), np.asarray(differs), axes)


def plane(rows, columns, *places):
    differs = np.zeros((rows, columns), dtype=bool)
    for place in places:
        differs[place] = True
    return differs


def message_of(got, expected, **options):
    with pytest.raises(CheckFailed) as failed, Check("f") as check:
        check.equal(got, expected, "f(x)", **options)
    return str(failed.value)


def test_marks_stand_where_values_differ():
    assert marked(found(plane(2, 3, (0, 1), (1, 2)))) == ["where they differ: x", "  · x ·", "  · · x"]


@pytest.mark.parametrize("differs", [plane(2, 3, (1, 1)), plane(2, 3, slice(None))], ids=["one", "all"])
def test_one_value_or_all_need_no_marks(differs):
    assert marked(found(differs)) == []


def test_the_slice_of_the_first_difference_is_marked_by_row_and_column():
    differs = np.zeros((2, 3, 4, 2), dtype=bool)
    differs[1, 2, :2, 1] = True
    differs[1, 0, 3, 1] = True  # the first
    assert marked(found(differs, ("image", "row", "column", "channel")))[1:] == [
        "  · · · x",
        "  · · · ·",
        "  x x · ·",
    ]
    assert found(differs, ("image", "row", "column", "channel")).first == (0, 3)


def test_many_values_share_a_mark():
    lines = marked(found(plane(100, 50, (99, 49), (slice(18), 0))))
    assert lines[0] == "where they differ: x (all 100 × 50 values of this slice, 9 × 9 to a mark)"
    assert [line.split() for line in lines[1:]] == [
        ["x", *"·····"], ["x", *"·····"], *[["·"] * 6] * 9, [*"·····", "x"],
    ]  # fmt: skip
    assert max(map(len, lines)) < 80


def test_a_vector_has_no_picture():
    assert found([True, False, True]) is None


def test_a_message_ends_with_the_marks():
    expected = np.zeros((2, 2, 3, 1))
    got = expected.copy()
    got[1, :, 2] = 5
    lines = message_of(got, expected, axes=("image", "row", "column", "channel")).splitlines()
    assert lines[-3:] == ["where they differ: x", "  · · x", "  · · x"]
    assert len(lines) == 11


def test_arrays_inside_a_tuple_are_marked_too():
    message = message_of((np.eye(3), 1), (np.zeros((3, 3)), 1))
    assert message.endswith("where they differ: x\n  x · ·\n  · x ·\n  · · x")


def test_a_check_imports_no_matplotlib():
    code = "import sys, cnnkit.check, cnnkit.results; print([m for m in sys.modules if 'matplotlib' in m])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


@pytest.mark.parametrize("values", [np.nan, np.inf, True, 1j, 7], ids=str)
def test_values_of_any_kind_are_drawn(values, capsys):
    expected = np.zeros((8, 9), dtype=np.asarray(values).dtype)
    got = expected.copy()
    got[2:4, 5] = values
    show_difference(planes(got, expected, got != expected))
    assert "2 of 72 values differ: in rows 2 to 3 and columns 5 to 5. The first is at row 2, column 5." in (
        capsys.readouterr().out
    )


BIG = """import numpy as np
from cnnkit.check import Check
expected = np.zeros(({rows}, {columns}))
got = expected.copy()
got[3:5, ::2] = 1
with Check("f") as check:
    check.equal(got, expected, "f(x)")"""


def outputs_of(source, env):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source), nbformat.v4.new_code_cell("1")]
    )
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=60)
    client.execute(env={**os.environ, **env})
    assert [output.output_type for output in notebook.cells[1].outputs] == ["execute_result"]
    return notebook.cells[0].outputs


def test_a_notebook_shows_a_large_slice_below_the_message():
    error, shown = outputs_of(BIG.format(rows=20, columns=30), {})
    assert error.ename == "CheckFailed" and "where they differ: x" in error.evalue
    assert base64.b64decode(shown.data["image/png"]).startswith(b"\x89PNG")
    assert "30 of 600 values differ: in rows 3 to 4" in json.dumps(shown.metadata)
    assert shown.data["text/plain"] in shown.data["text/html"]


@pytest.mark.parametrize(
    ("source", "env"),
    [
        (BIG.format(rows=6, columns=8), {}),
        (BIG.format(rows=5, columns=80), {}),
        (BIG.format(rows=20, columns=30), {"CNNKIT_GRADING": "1"}),
    ],
    ids=["numbers say it", "a strip", "graded"],
)
def test_there_is_no_figure(source, env):
    assert [output.output_type for output in outputs_of(source, env)] == ["error"]


def panels(found):
    """The three panels of a small picture as greys, without their titles and outlines, and what it says."""
    data, words = difference_png(found)
    picture = np.asarray(Image.open(io.BytesIO(data)))
    return [
        picture[TITLE + 1 : -1, n * (PANEL + GAP) + 1 : n * (PANEL + GAP) + PANEL - 1] for n in range(3)
    ], words


def test_a_small_picture_shows_both_arrays_on_one_scale_and_where_they_differ():
    expected = np.zeros((8, 8))
    expected[:4] = 10.0
    got = expected.copy()
    got[:, :4] = 5.0
    (left, middle, right), words = panels(planes(got, expected, got != expected))
    assert (left[:90] == 255).all() and (left[100:] == 0).all()
    assert (middle[:, :90] == 128).all() and (middle[:90, 100:] == 255).all()
    assert (right[:, :90] == 0).all() and (right[:, 100:] == 255).all()
    assert words.endswith(
        "32 of 64 values differ: in rows 0 to 7 and columns 0 to 3. The first is at row 0, column 0."
    )


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "uint64", "float16", "float64", "complex64"])
@pytest.mark.parametrize("shape", [(8, 8), (6, 500), (500, 6), (1000, 900)])
def test_a_small_picture_is_made_of_any_numbers(dtype, shape):
    expected = np.zeros(shape, dtype=dtype)
    got = np.ones(shape, dtype=dtype)
    if got.dtype.kind in "fc":
        got[0, :3] = [np.nan, np.inf, np.finfo(got.dtype).max]
        expected[1, :2] = [-np.inf, np.finfo(got.dtype).min]
    data, _ = difference_png(Planes(got, expected, np.ones(shape, dtype=bool), (0, 0)))
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.width == 3 * PANEL + 2 * GAP and TITLE < picture.height <= TITLE + PANEL
    assert len(data) < 40_000


def test_a_small_picture_of_nothing_finite_is_made():
    nothing = np.full((8, 8), np.nan)
    (left, middle, right), _ = panels(Planes(nothing, nothing, np.ones((8, 8), dtype=bool), (0, 0)))
    assert not left.any() and not middle.any() and not right.any()
