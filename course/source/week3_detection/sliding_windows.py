# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3.2 Sliding windows
#
# **You have a network that says *what* is in a small picture. Can it say *where* things are in a large one, without
# being asked a thousand times?**
#
# The plain way: lay a small window on the large picture, ask, move the window a little, ask again. It works, and it is
# slow. Then you look at what the network computes, and find that it does the same work again and again. You change no
# number in it, only the shape of a few layers. After that a single pass answers for all windows at once.
#
# **After this lesson you can**
#
# - say how many windows fit on a picture, and which pixels each of them sees;
# - turn a classifier into a detector, by asking it at every place;
# - turn dense layers into convolutions, and prove that no answer changes;
# - say how much that saves, by counting and by the clock, and why the two differ;
# - look for things of other sizes, and name what sliding windows cannot do.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 2 hours |
# | machine time, solved | under 3 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lessons 1.2, 1.3 and 2.3: output sizes, training, filters of a single pixel |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `window_boxes` | says which pixels each window sees | 3 |
# | 2 | `sliding_window_detect` | asks a network at every window | 3 |
# | 3 | `dense_to_conv` | makes the network answer for all windows at once | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is judged by
# itself. Where the text says **Predict**, write your answer down before you go on.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `image` | (C, H, W) | one picture: channels, rows, columns |
# | `x` | (B, C, H, W) | a batch of B pictures |
# | `model` | | a network that takes windows, (B, C, window, window), and gives (B, K): a number for each of K classes |
# | `window`, `stride` | | the window's side, and how far it moves each time, in pixels |
# | map | (K, R, S) | K numbers for each window: R windows below each other, S beside each other |
# | box | (4,) | x1, y1, x2, y2: columns from x1 to x2, rows from y1 to y2, the last ones not included |
#
# In the text, a volume is written rows × columns × channels, as the notes do.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy
import math
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: ask at every place
#
# ## 1. The windows
#
# Say the network takes pictures of 14 × 14, and you have a street of 28 × 28. Put the window into the upper left
# corner. Move it to the right by the *stride*, here 2, until it would stick out. Go down by 2, and begin at the left
# again.
#
# **Predict:** how many windows of 14 × 14 fit on 28 × 28, at a stride of 2?
#
# <details><summary>Compare with your answer</summary>
#
# It is the output size of a convolution again (lesson 1.1): $\lfloor (28 - 14) / 2 \rfloor + 1 = 8$ in each direction,
# $8 \cdot 8 = 64$ windows.
#
# </details>
#
# > **The notes say…** in one place that this example has 16 windows, and of 16 × 16 pixels. It has **64**, and each is
# > 14 × 14, the size that the network takes.
#
# A box has four numbers. Columns come first, as x does before y: (x1, y1, x2, y2). As in a Python slice, x2 and y2 are
# the first column and row that do *not* belong to it. So `image[:, y1:y2, x1:x2]` cuts the window out.
#
# ![A picture of 4 rows and 7 columns with windows of 3 by 3 at a stride of 2. There are three windows beside each other
# and one below each other, at columns 0, 2 and 4. The lowest row is in no window. Beside it the map, of one row and
# three columns: one place for each window.](images/windows.svg)

# %% [markdown]
# ### Exercise 1: `window_boxes` (3 points)
#
# <details><summary>Hint 1</summary>
#
# First in one direction: at which columns do windows begin? At 0, at `stride`, at `2 * stride`, and so on. Which is the
# last one that still fits?
#
# <details><summary>Hint 2</summary>
#
# A window that begins at `x` ends before `x + window`, which may be `n_W`, but no more. So the largest beginning is
# `n_W - window`, and a `range` that is to contain it has to end one later.
#
# <details><summary>Hint 3</summary>
#
# `[[(x, y, x + window, y + window) for x in range(0, n_W - window + 1, stride)] for y in …]` is a list of lists, which
# `torch.tensor` takes. Rows of windows are the outer list. Check the arguments before.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "window_boxes_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def window_boxes(n_H, n_W, window, stride):
    """Say which pixels each window of a picture sees.

    Windows begin at row 0, stride, 2 * stride and so on, and at such columns. Those that would stick out of the picture
    are left out.

    Args:
        n_H: rows of the picture, an int.
        n_W: columns of the picture, an int.
        window: rows and columns of each window, an int, 1 or more.
        stride: by how many pixels a window moves, an int.

    Returns:
        An int64 tensor of shape (R, S, 4), for R windows below each other and S beside each other. At [r, s] stands the
        box (x1, y1, x2, y2), in pixels, of the window in row r and column s of windows; x2 and y2 are the first column
        and row beyond it.

    Raises:
        ValueError: the window is larger than the picture in either direction, or the stride is less than 1.
    """
    # 1. Refuse what cannot be.
    ### BEGIN SOLUTION
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("the window should fit into the picture, and the stride be 1 or more")
    ### END SOLUTION
    # 2. At which rows and columns do windows begin? A row of boxes for each of the former.
    ### BEGIN SOLUTION
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "window_boxes", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("window_boxes") as check:
    axes = ("row of windows", "column of windows", "number of the box")

    # 4 rows and 7 columns, windows of 3 x 3, a stride of 2: one row of three windows, as in the drawing.
    expected = torch.tensor([[[0, 0, 3, 3], [2, 0, 5, 3], [4, 0, 7, 3]]])
    check.equal(window_boxes(4, 7, 3, 2), expected, "window_boxes(4, 7, 3, 2)", axes=axes)

    # At a stride of 1 there are two rows of five; this is the last window of the second row.
    boxes = window_boxes(4, 7, 3, 1)
    check.equal(tuple(boxes.shape), (2, 5, 4), "the shape of window_boxes(4, 7, 3, 1)")
    check.equal(boxes[1, 4], torch.tensor([4, 1, 7, 4]), "window_boxes(4, 7, 3, 1)[1, 4]")

    # The notes' example.
    check.equal(
        tuple(window_boxes(28, 28, 14, 2).shape), (8, 8, 4), "the shape of window_boxes(28, 28, 14, 2)"
    )

    # A window as large as the picture fits once. A larger one does not fit, and a stride of 0 leads nowhere.
    check.equal(
        window_boxes(5, 5, 5, 3), torch.tensor([[[0, 0, 5, 5]]]), "window_boxes(5, 5, 5, 3)", axes=axes
    )
    check.raises(ValueError, window_boxes, 4, 7, 5, 1, label="window_boxes(4, 7, 5, 1)")
    check.raises(ValueError, window_boxes, 7, 4, 5, 1, label="window_boxes(7, 4, 5, 1)")
    check.raises(ValueError, window_boxes, 4, 7, 3, 0, label="window_boxes(4, 7, 3, 0)")

# %% nbgrader={"grade": true, "grade_id": "window_boxes_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of window_boxes: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("window_boxes") as check:
    rng = testing.rng("window_boxes_hidden")
    axes = ("row of windows", "column of windows", "number of the box")
    for stride in (1, 2, 3, 5):
        window = stride + int(rng.integers(1, 6))
        # More windows beside each other than below each other, or the other way round; something left over, or nothing.
        fewer, more = int(rng.integers(2, 4)), int(rng.integers(5, 7))
        left = [int(n) for n in rng.integers(0, stride, 2)]
        small, large = (window + stride * (n - 1) + over for n, over in zip((fewer, more), left, strict=True))
        for n_H, n_W in ((small, large), (large, small)):
            # Number the rows and columns, and ask torch for the windows of these rulers.
            y, x = (torch.arange(n).unfold(0, window, stride)[:, [0, -1]] for n in (n_H, n_W))
            y, x = y[:, None].expand(-1, len(x), -1), x[None].expand(len(y), -1, -1)
            expected = torch.stack([x[..., 0], y[..., 0], x[..., 1] + 1, y[..., 1] + 1], dim=2)
            label = f"window_boxes({n_H}, {n_W}, {window}, {stride})"
            check.equal(window_boxes(n_H, n_W, window, stride), expected, label, axes=axes)
    side = int(rng.integers(4, 9))
    for refused in ((side, side + 3, side + 1, 2), (side + 3, side, side + 1, 2), (side, side, 3, -1)):
        check.raises(ValueError, window_boxes, *refused, label=f"window_boxes{refused}")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: how many questions?
#
# A street of 160 × 240 pixels, and a window of 32. **Predict** how many windows there are at a stride of 32, and at a
# stride of 4. What becomes of the number when you halve the stride?

# %%
for stride in (32, 16, 8, 4, 2, 1):
    R, S, _ = window_boxes(160, 240, 32, stride).shape
    seen = R * S * 32 * 32 / (160 * 240)
    print(f"stride {stride:2}: {R:3} x {S:3} = {R * S:6,} windows; a pixel is seen {seen:6.1f} times")

# %% [markdown]
# Each halving gives four times as many windows. At a stride of 4, a network gets every pixel to see several dozen
# times. Keep that in mind.

# %% [markdown]
# ## 2. Ask at every window
#
# Now ask the network at each of them. Whatever it says of a window, its K numbers, is written into a *map*: at the row
# and column of that window. PyTorch puts channels first, so the map is (K, R, S).

# %% [markdown]
# ### Exercise 2: `sliding_window_detect` (3 points)
#
# You may call `window_boxes`, or do without it. Each way is right that gives the map: one window after the other, a row
# of windows at a time, or all in one batch.
#
# <details><summary>Hint 1</summary>
#
# The network wants a batch. One window, `image[:, y1:y2, x1:x2]`, is (C, window, window); with `[None]` it becomes a
# batch of one.
#
# <details><summary>Hint 2</summary>
#
# Collect the answers, (1, K) each, in a list, row of windows by row of windows. `torch.cat` makes (R · S, K) of them.
# Which axis comes first now, and which should?
#
# <details><summary>Hint 3</summary>
#
# The classes stand last. Transpose first, then cut the long axis into R and S: `answers.T.reshape(-1, R, S)`. A reshape
# alone would mix classes and places.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "sliding_window_detect_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    """Ask a network at each window of a picture.

    Args:
        image: the picture, a float tensor of shape (C, H, W), in either direction at least as large as the window.
        model: a module in evaluation mode that takes (B, C, window, window) and gives (B, K).
        window: rows and columns of the windows, an int.
        stride: by how many pixels a window moves, an int, 1 or more.

    Returns:
        A float tensor of shape (K, R, S): at [:, r, s] the K numbers that the model gives for the window whose first
        row is r * stride and whose first column is s * stride. Windows that would stick out are left out.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Where are the windows, and how many in each direction?
    ### BEGIN SOLUTION
    boxes = window_boxes(image.shape[1], image.shape[2], window, stride)
    R, S, _ = boxes.shape
    ### END SOLUTION
    # 2. Cut each out, and ask the model.
    ### BEGIN SOLUTION
    answers = [model(image[None, :, y1:y2, x1:x2]) for x1, y1, x2, y2 in boxes.reshape(-1, 4).tolist()]
    ### END SOLUTION
    # 3. Put the answers into a map, classes first.
    ### BEGIN SOLUTION
    return torch.cat(answers).T.reshape(-1, R, S)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "sliding_window_detect", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("sliding_window_detect") as check:
    axes = ("class", "row of windows", "column of windows")

    # A network for windows of 2 x 2, of two numbers: the sum of the four pixels, and minus the one at the lower left.
    layers = [("flatten", "Flatten"), ("dense", "Linear", 4, 2)]
    state = {
        "dense.weight": torch.tensor([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, -1.0, 0.0]]),
        "dense.bias": torch.zeros(2),
    }
    model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
    image = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]])

    # Stride 1: two rows of three windows.
    wanted = torch.tensor(
        [[[14.0, 18.0, 22.0], [30.0, 34.0, 38.0]], [[-5.0, -6.0, -7.0], [-9.0, -10.0, -11.0]]]
    )
    label = "sliding_window_detect(image of (1, 3, 4), model, 2, 1)"
    check.equal(sliding_window_detect(image, model, 2, 1), wanted, label, axes=axes)

    # Stride 2: one row of two windows; the third row of pixels is in no window.
    wanted = torch.tensor([[[14.0, 22.0]], [[-5.0, -7.0]]])
    label = "sliding_window_detect(image of (1, 3, 4), model, 2, 2)"
    check.equal(sliding_window_detect(image, model, 2, 2), wanted, label, axes=axes)

    # A picture that is higher than wide.
    tall = image.transpose(1, 2).contiguous()
    wanted = torch.tensor(
        [[[14.0, 30.0], [18.0, 34.0], [22.0, 38.0]], [[-2.0, -6.0], [-3.0, -7.0], [-4.0, -8.0]]]
    )
    label = "sliding_window_detect(image of (1, 4, 3), model, 2, 1)"
    check.equal(sliding_window_detect(tall, model, 2, 1), wanted, label, axes=axes)
    check.true(
        testing.unchanged(sliding_window_detect, [image, model, 2, 1]),
        "sliding_window_detect should leave the picture and the model as they are.",
    )

# %% nbgrader={"grade": true, "grade_id": "sliding_window_detect_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of sliding_window_detect: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("sliding_window_detect") as check:
    rng = testing.rng("sliding_window_detect_hidden")
    for C, K, window, stride, n_H, n_W in (
        (3, 4, 8, 2, 15, 11),
        (1, 3, 6, 4, 9, 19),
        (2, 5, 7, 1, 9, 11),
        (3, 2, 6, 3, 15, 15),
        (2, 3, 9, 5, 9, 9),
    ):
        n_C = int(rng.integers(2, 5))
        inside = (window - 2) // 2
        layers = [
            ("conv", "Conv2d", C, n_C, 3),
            ("relu", "ReLU"),
            ("pool", "MaxPool2d", 2),
            ("flatten", "Flatten"),
            ("dense", "Linear", n_C * inside * inside, K),
        ]
        here = stack(layers, training=False)
        state = {
            name: torch.tensor(rng.normal(0, 0.5, tuple(value.shape)), dtype=torch.float32)
            for name, value in here.state_dict().items()
        }
        here.load_state_dict(state)
        model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
        image = torch.tensor(rng.normal(0, 1, (C, n_H, n_W)), dtype=torch.float32)

        # torch cuts all windows out: (C, R, S, window, window), and the network sees them as one batch.
        cut = image.unfold(1, window, stride).unfold(2, window, stride)
        R, S = cut.shape[1:3]
        batch = cut.permute(1, 2, 0, 3, 4).flatten(0, 1)
        expected = here(batch).detach().unflatten(0, (R, S)).permute(2, 0, 1)
        label = f"sliding_window_detect(image of {(C, n_H, n_W)}, model, {window}, {stride})"
        given = [image, model, window, stride]
        axes = ("class", "row of windows", "column of windows")
        got = sliding_window_detect(*given)
        check.equal(got.detach(), expected, label, axes=axes, rtol=1e-4, atol=1e-4)
        check.true(
            testing.unchanged(sliding_window_detect, given),
            f"{label} should leave the picture and the model as they are.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: a window slides over a street
#
# Now a network for windows of 32 × 32. It tells four things apart: *background*, *pedestrian*, *car* and *motorcycle*.
#
# It learns from pictures cut out of streets. An object is cut out closely, with a narrow rim, and fills the window.
# **Ask yourself:** what should the pictures of *background* show? Think of what the network will be asked later.
#
# <details><summary>Compare with your answer</summary>
#
# Most windows hold no object, so it needs many of them, of many kinds: sky, walls, road. But a window may also hold
# *half* a car, or a car that is far too small or too large for it. There the network should say no, or it will fire
# beside every car. So about half of the backgrounds are taken near objects.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "street_net_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from torch import nn

NAMES = ("background", "pedestrian", "car", "motorcycle")
WINDOW = 32


def street_net():
    """A classifier for windows: (B, 3, 32, 32) to (B, 4). Two convolutions, two poolings, two dense layers."""
    convolutions = [
        *(nn.Conv2d(3, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),  # 28 x 28, then 14 x 14
        *(nn.Conv2d(16, 32, 5), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),  # 10 x 10, then 5 x 5
    ]
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(5 * 5 * 32, 64), nn.ReLU(), nn.Linear(64, 4))


# %%
from cnnkit import pictures
from cnnkit.scenes import street_scene


def as_image(scene):
    """The picture of a street as (3, H, W), from 0 to 1."""
    return torch.from_numpy(scene.image).permute(2, 0, 1).float() / 255


def squares_of(scene):
    """For each object the middle of its box (N, 2), column first, and half the side of a square around it (N,)."""
    low, high = scene.boxes[:, :2], scene.boxes[:, 2:]
    return (low + high) / 2, 0.6 * (high - low).max(axis=1, initial=0)


def cut_out(image, middle, reach, mirrored):
    """The square around a middle (column, row), moved into the picture, as the network takes it: (1, 3, 32, 32)."""
    side = min(round(2 * float(reach)), *image.shape[1:])
    left, top = (
        min(max(round(float(n)) - side // 2, 0), end - side)
        for n, end in zip(middle, image.shape[:0:-1], strict=True)
    )
    part = image[None, :, top : top + side, left : left + side]
    part = functional.interpolate(part, (WINDOW, WINDOW), mode="bilinear", antialias=True)
    return part.flip(3) if mirrored else part


def is_background(middle, reach, middles, reaches):
    """Whether a square has another middle than every object, or another size."""
    off = np.abs(middles - middle).max(axis=1, initial=0) / np.maximum(reaches, reach)
    ratio = np.maximum(reaches, reach) / np.minimum(reaches, reach)
    return bool(np.all((off > 0.5) | (ratio > 1.7)))


def near_or_anywhere(rng, middles, reaches, side):
    """A random square: near an object in half of the cases, anywhere in the others."""
    reach, middle = rng.uniform(10, 0.35 * side), rng.uniform(0, side, 2)
    if len(reaches) and rng.uniform() < 0.5:
        n = rng.integers(len(reaches))
        reach = reaches[n] * rng.uniform(0.4, 2)
        middle = middles[n] + 1.5 * reaches[n] * rng.uniform(-1, 1, 2)
    reach = min(max(reach, 8.0), side / 2)
    return np.clip(middle, reach, side - reach), reach


def street_windows(count, seed, side=128, each=4, without=20):
    """Windows cut from streets of their own, half of them mirrored: x (N, 3, 32, 32) from 0 to 1, and y (N,)."""
    rng, x, y = np.random.default_rng(seed), [], []
    for number in range(count):
        scene = street_scene(100_000 * seed + number, side, 0.3)
        image, (middles, reaches) = as_image(scene), squares_of(scene)
        for n in np.flatnonzero((scene.visible > 0.6) & ~scene.ignore):
            for _ in range(each):
                middle = middles[n] + rng.uniform(-0.2, 0.2, 2) * reaches[n]
                x.append(cut_out(image, middle, reaches[n] * rng.uniform(0.85, 1.2), rng.uniform() < 0.5))
                y.append(1 + int(scene.classes[n]))
        for _ in range(without):
            middle, reach = near_or_anywhere(rng, middles, reaches, side)
            if is_background(middle, reach, middles, reaches):
                x.append(cut_out(image, middle, reach, rng.uniform() < 0.5))
                y.append(0)
    return torch.cat(x), torch.tensor(y)


# %%
x_train, y_train = street_windows(4 if cnnkit.quick() else 300, seed=1)
x_test, y_test = street_windows(2 if cnnkit.quick() else 60, seed=2)
pictures.contact_sheet(
    x_train[:32],
    columns=8,
    captions=[NAMES[label] for label in y_train[:32]],
    title=f"Some of {len(y_train)} windows to train with; {len(y_test)} others are for testing",
    alt="A contact sheet of small square pictures cut from rendered streets: pedestrians, cars and motorcycles, each "
    "filling its square, and backgrounds: walls, road, sky, and parts of objects.",
)

# %% [markdown]
# Train it; it takes about a minute. Nothing here is new but the name of the optimizer: *AdamW* is Adam that also pulls
# each weight a little towards 0.

# %%
cnnkit.seed(0)
net = street_net().to(device)
optimizer = torch.optim.AdamW(net.parameters(), lr=0.003)
history = cnnkit.fit(
    net,
    cnnkit.Batches(x_train, y_train),
    functional.cross_entropy,
    epochs=7,
    optimizer=optimizer,
    schedule=torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.65),
    validation=cnnkit.Batches(x_test, y_test, size=200, shuffle=False),
)
with torch.no_grad():
    said = net(x_test.to(device)).argmax(dim=1).cpu()
for label, name in enumerate(NAMES):
    each = [int((said[y_test == label] == other).sum()) for other in range(len(NAMES))]
    print(f"{name:10} taken for " + ", ".join(f"{other} {n}" for other, n in zip(NAMES, each, strict=True)))

# %% [markdown]
# A classifier with faults, but it can do its work. Now let it slide. Each of the next pictures is lit where the network
# thinks one class likely, and dark elsewhere. **Predict:** how large will a lit spot around a car be? A single window?


# %%
def lit(image, shares, window=WINDOW, stride=4):
    """A picture under the light of a map (R, S) of numbers from 0 to 1: each lights the middle of its window."""
    blocks = shares.repeat_interleave(stride, 0).repeat_interleave(stride, 1)
    light, first = torch.zeros(image.shape[1:]), (window - stride) // 2
    light[first : first + len(blocks), first : first + blocks.shape[1]] = blocks
    return image * (0.15 + 0.85 * light)


def street_of_the_course(height):
    """The street that goes through the whole course, (3, height, height), from 0 to 1."""
    return as_image(street_scene(42, height, 0.3))


# %%
street = street_of_the_course(96 if cnnkit.quick() else 128)
scores = sliding_window_detect(street.to(device), net, WINDOW, 4)
shares = scores.softmax(dim=0).cpu()
R, S = shares.shape[1:]
sure = int((shares[1:].amax(dim=0) > 0.9).sum())
pictures.show(
    {"the street": street}
    | {name: lit(street, shares[number]) for number, name in enumerate(NAMES) if number},
    title=f"{R * S} windows asked one by one; {sure} of them are at least 90 % sure to see something",
    alt="The street with a motorcycle, a car and a person, and three dark copies of it, lit where the network finds a "
    "pedestrian; a car; a motorcycle. Each has a spot of several windows at the right place, and some at wrong ones.",
)

# %% [markdown]
# It is a spot, not a point. The neighbours of a good window are good windows too, for the network has learned from cars
# that are not quite in the middle. One object, many answers: in lesson 3.3 you thin them out.
#
# # Part 2: once instead of a thousand times
#
# ## 3. The same work, again and again
#
# Two neighbouring windows at a stride of 4 share 28 of their 32 columns. The first layer's filters meet the same pixels
# in both, and get the same results. Compute them once! Let the convolutions run over the *whole* picture. What comes
# out is a larger volume, in which each window has its own part.
#
# The convolutions and poolings need no change for that: they take any number of rows and columns. What does not is the
# end of the network. `Flatten` makes a row of numbers of a volume, and a dense layer has a weight for each of them.
#
# **Predict:** a dense layer of 400 units takes a volume of 5 × 5 × 16. Each unit multiplies each of the 400 numbers by
# a weight of its own, adds up, and adds a bias. Which convolution does just that? How large are its filters, how deep,
# and how many are there?
#
# <details><summary>Compare with your answer</summary>
#
# A filter of 5 × 5 × 16 has a weight for each of the 400 numbers. Laid on the volume, it fits once, multiplies, adds
# up, and adds its bias. So 400 filters of 5 × 5 × 16 are the same as the dense layer, number for number: 1 × 1 × 400
# comes out. The next dense layer, from 400 to 400, is a convolution of 1 × 1 (lesson 2.3).
#
# </details>
#
# ![Above: a window of 14 by 14 by 3 becomes 10 by 10 by 16, by pooling 5 by 5 by 16, by 400 filters of 5 by 5 by 16 1
# by 1 by 400, again 1 by 1 by 400, and 1 by 1 by 4. Below: a picture of 16 by 16 by 3 goes through the same filters and
# becomes 12 by 12 by 16, 6 by 6 by 16, 2 by 2 by 400, 2 by 2 by 400 and 2 by 2 by 4. The upper left window of the
# picture and the upper left place of the map are marked.](images/dense_to_conv.svg)
#
# Now the picture may be larger. From 16 × 16 × 3 the filters of 5 × 5 × 16 get a volume of 6 × 6 × 16. There they fit
# in 2 × 2 places, and 2 × 2 × 4 comes out: the answers for four windows.
#
# > **The notes say…** for this example that the first filters are 5 × 5 × 16, and the volume after the pooling is 6 × 6
# > × 3. It is the other way round: the picture has 3 channels, so the first filters are **5 × 5 × 3**, and 16 of them
# > make a volume of **6 × 6 × 16**.
#
# In which order do the weights come? `Flatten` takes PyTorch's volume (C, H, W) apart in that order: the first channel
# row by row, then the second. A dense layer's weight is (units, C · H · W). A convolution's is (filters, C, H, W).
# Compare.

# %% [markdown]
# ### Exercise 3: `dense_to_conv` (3 points)
#
# The network that you get stays as it is, and yours has weights of its own: copies.
#
# <details><summary>Hint 1</summary>
#
# Go through the layers with a `for`, and collect those of the new network in a list. `isinstance(part, nn.Linear)`
# asks what a layer is. `nn.Flatten` is left out, `nn.Linear` gets a convolution in its place, all others
# `copy.deepcopy`.
#
# <details><summary>Hint 2</summary>
#
# A dense layer's `in_features` is channels · f · f. So you need the channels that came out of the last convolution:
# keep them in a variable. `math.isqrt` takes the root of a whole number. What is f for the second dense layer?
#
# <details><summary>Hint 3</summary>
#
# `conv = nn.Conv2d(channels, part.out_features, f)`. Then, in `with torch.no_grad():`, fill its numbers:
# `conv.weight.copy_(part.weight.reshape(conv.weight.shape))`, and the bias likewise. `nn.Sequential(*layers)` at the
# end.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "dense_to_conv_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dense_to_conv(model):
    """Turn the dense layers of a network into convolutions, so that it takes pictures of any size.

    Args:
        model: an nn.Sequential for windows, (B, C, window, window) to (B, K): convolutions without padding, poolings,
            and layers that work on each number by itself (ReLU and the like); at some place after the first
            convolution, an nn.Flatten; from there dense layers with biases, the like of ReLU between them. What comes
            into the Flatten has as many rows as columns. A model may also lack the Flatten and dense layers.

    Returns:
        An nn.Sequential of the same layers in the same order, from (B, C, H, W) to (B, K, R, S). The Flatten is left
        out, and in the place of each nn.Linear stands an nn.Conv2d that computes the same from the volume that was
        flattened. So a window gives (B, K, 1, 1) with the model's numbers, and a larger picture gives them for each of
        its windows. All weights and biases are copies: no number is shared with the model, which stays as it is.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    layers = []
    for part in model:
        # 1. Leave the Flatten out.
        ### BEGIN SOLUTION
        if isinstance(part, nn.Flatten):
            continue
        ### END SOLUTION
        # 2. For a dense layer: a convolution whose filters are as large as the volume that comes in, with its numbers.
        # 3. For all others: a copy.
        ### BEGIN SOLUTION
        if isinstance(part, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            conv = nn.Conv2d(channels, part.out_features, math.isqrt(part.in_features // channels))
            with torch.no_grad():
                conv.weight.copy_(part.weight.reshape(conv.weight.shape))
                conv.bias.copy_(part.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(part))
        ### END SOLUTION
    return nn.Sequential(*layers)


# %% nbgrader={"grade": true, "grade_id": "dense_to_conv", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("dense_to_conv") as check:
    axes = ("picture", "class", "row of windows", "column of windows")

    # A network for windows of 3 x 3: a filter of 2 x 2, which gives 2 x 2 x 2, and two dense layers.
    layers = [
        ("conv", "Conv2d", 1, 2, 2),
        ("rectify", "ReLU"),
        ("flatten", "Flatten"),
        ("dense", "Linear", 8, 2),
        ("rectify2", "ReLU"),
        ("out", "Linear", 2, 3),
    ]
    state = {
        "conv.weight": torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]], [[[0.0, 0.0], [0.0, 1.0]]]]),
        "conv.bias": torch.tensor([0.0, -5.0]),
        "dense.weight": torch.tensor(
            [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [0.0, -1.0, 2.0, 0.0, 0.0, 0.0, 0.0, -1.0]]
        ),
        "dense.bias": torch.tensor([1.0, -5.0]),
        "out.weight": torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]),
        "out.bias": torch.tensor([0.0, 10.0, 100.0]),
    }
    model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
    converted = dense_to_conv(model)
    check.equal(testing.kind(converted), "Module", "the kind of dense_to_conv(model)")

    # The second and third convolution come from the dense layers: 2 filters of 2 x 2 x 2, and 3 of 1 x 1 x 2.
    described = testing.describe(converted)
    shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
    wanted = [(2, 1, 2, 2), (2,), (2, 2, 2, 2), (2,), (3, 2, 1, 1), (3,)]
    check.equal(shapes, wanted, "the shapes of the weights and biases of dense_to_conv(model)")
    kinds = [kind for _, kind in described["modules"]]
    check.true(
        "Flatten" not in kinds and "Linear" not in kinds,
        "dense_to_conv(model) should hold neither an nn.Flatten nor an nn.Linear.",
    )
    dense = [name for name, _, _ in described["parameters"]][2]
    filters = state["dense.weight"].reshape(2, 2, 2, 2)
    axes_of = ("filter", "channel", "row", "column")
    check.equal(
        converted.get_parameter(dense).detach(),
        filters,
        "the weights from the first dense layer",
        axes=axes_of,
    )

    # A window gives the model's three numbers, in one place.
    window = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])
    expected = torch.tensor([[[[97.0]], [[10.0]], [[197.0]]]])
    check.equal(converted(window).detach(), expected, "dense_to_conv(model)(a window of 3 x 3)", axes=axes)

    # A picture of 3 x 4 holds two windows.
    picture = torch.tensor([[[[1.0, 2.0, 3.0, 4.0], [4.0, 5.0, 6.0, 1.0], [7.0, 8.0, 9.0, 0.0]]]])
    expected = torch.tensor([[[[97.0, 81.0]], [[10.0, 12.0]], [[197.0, 179.0]]]])
    check.equal(converted(picture).detach(), expected, "dense_to_conv(model)(a picture of 3 x 4)", axes=axes)
    fresh = testing.make("cnnkit.stacks.stack", layers, False, state=state)
    check.true(testing.unchanged(dense_to_conv, [fresh]), "dense_to_conv should leave the model as it is.")

    # A network of yours gets a dense end again, and is given to you as a model. Then your second network learns.
    end = [testing.make("torch.nn.Flatten"), testing.make("torch.nn.Linear", 8, 1, state={
        "weight": torch.ones(1, 8), "bias": torch.ones(1),
    })]  # fmt: skip
    first = dense_to_conv(
        testing.make("cnnkit.stacks.stack", layers[:2], False, state=dict(list(state.items())[:2]))
    )
    first.append(end[0])
    first.append(end[1])
    before = first(window).detach()
    second = dense_to_conv(first)
    second.load_state_dict({
        name: torch.full(tuple(shape), 3.0) for name, shape, _ in testing.describe(second)["parameters"]
    })  # fmt: skip
    check.equal(
        first(window).detach(), before, "what the model says after your network's numbers have changed"
    )

# %% nbgrader={"grade": true, "grade_id": "dense_to_conv_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of dense_to_conv: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("dense_to_conv") as check:
    rng = testing.rng("dense_to_conv_hidden")
    for number in range(3):
        C, n_C, n_C2, units, K = (int(n) for n in rng.integers([2, 3, 4, 5, 3], [4, 5, 7, 9, 6]))
        f = int(rng.integers(2, 4))
        # What comes before the Flatten, f x f x n_C2; the side of a window; by how many pixels windows move.
        front, window, stride = [
            (
                [("conv1", "Conv2d", C, n_C, 3), ("relu1", "ReLU"), ("pool1", "MaxPool2d", 2),
                 ("conv2", "Conv2d", n_C, n_C2, 3), ("relu2", "ReLU")],
                2 * (f + 2) + 2, 2,
            ),
            (
                [("conv1", "Conv2d", C, n_C, 3, 2), ("norm1", "BatchNorm2d", n_C), ("relu1", "ReLU"),
                 ("conv2", "Conv2d", n_C, n_C2, 2), ("tanh", "Tanh"), ("pool2", "AvgPool2d", 2)],
                2 * 2 * f + 3, 4,
            ),
            ([("conv1", "Conv2d", C, n_C2, 4), ("sigmoid", "Sigmoid")], f + 3, 1),
        ][number]  # fmt: skip
        dense = [
            ("dense1", "Linear", f * f * n_C2, units),
            ("relu3", "ReLU"),
            ("dense2", "Linear", units, units),
        ]
        dense += [("tanh4", "Tanh"), ("dense3", "Linear", units, K)]
        if number == 1:
            dense = [("dense1", "Linear", f * f * n_C2, K)]
        layers = [*front, ("flatten", "Flatten"), *dense]
        here = stack(layers, training=False)
        state = {}
        for name, value in here.state_dict().items():
            shape = tuple(value.shape)
            scale = float(value[0].numel()) ** -0.5 if value.ndim > 1 else 0.5
            numbers = rng.uniform(0.5, 2, shape) if "var" in name else rng.normal(0, scale, shape)
            state[name] = torch.tensor(numbers, dtype=torch.float32) if value.ndim else torch.tensor(3)
        here.load_state_dict(state)
        model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
        converted = dense_to_conv(model)

        # Which numbers it holds, and in which shapes.
        described = testing.describe(converted)
        wanted = []
        for name, value in here.named_parameters():
            shape = tuple(value.shape)
            if name.startswith("dense") and len(shape) == 2:
                side = f if name == "dense1.weight" else 1
                shape = (shape[0], shape[1] // side**2, side, side)
            wanted.append(value.detach().reshape(shape))
        label = f"dense_to_conv(a model with {len(dense)} layers from its Flatten on)"
        shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
        expected = [tuple(value.shape) for value in wanted]
        check.equal(shapes, expected, f"the shapes of the weights and biases of {label}")
        kinds = [kind for _, kind in described["modules"]]
        check.true(
            "Flatten" not in kinds and "Linear" not in kinds,
            f"{label} should hold neither an nn.Flatten nor an nn.Linear.",
        )
        # The answers, on pictures of any size: those of each single window, which torch cuts out.
        R, S = (int(n) for n in rng.integers([2, 4], [4, 6]))
        over = [int(n) for n in rng.integers(0, stride, 2)]
        for rows, columns in ((1, 1), (R, S), (S, R)):
            n_H, n_W = (
                window + stride * (n - 1) + extra for n, extra in zip((rows, columns), over, strict=True)
            )
            x = torch.tensor(rng.normal(0, 1, (2, C, n_H, n_W)), dtype=torch.float32)
            cut = x.unfold(2, window, stride).unfold(3, window, stride)
            batch = cut.permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
            expected = here(batch).detach().unflatten(0, (2, rows, columns)).permute(0, 3, 1, 2)
            called = f"{label} on x of {(2, C, n_H, n_W)}"
            axes = ("picture", "class", "row of windows", "column of windows")
            check.equal(converted(x).detach(), expected, called, axes=axes, rtol=1e-5, atol=1e-5)
        for (name, _, _), value in zip(described["parameters"], wanted, strict=True):
            check.equal(converted.get_parameter(name).detach(), value, f"the numbers in {name} of {label}")
        fresh = testing.make("cnnkit.stacks.stack", layers, False, state=state)
        check.true(testing.unchanged(dense_to_conv, [fresh]), f"{label} should leave the model as it is.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: no answer has changed
#
# Here is the network of the notes' example. Below, its answers for each window, asked one by one, against what its
# convolutional form gives in one pass. **Predict** the map's size for 14 × 14, 16 × 16 and 28 × 28.

# %% nbgrader={"grade": false, "grade_id": "notes_net_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from torch import nn


def notes_net():
    """The network of the notes' example: (B, 3, 14, 14) to (B, 4)."""
    convolutions = [nn.Conv2d(3, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]  # 10 x 10 x 16, then 5 x 5 x 16
    dense = [nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 4)]
    return nn.Sequential(*convolutions, nn.Flatten(), *dense)


# %%
cnnkit.seed(0)
small = notes_net().eval()
convolutional = dense_to_conv(small)
for side in (14, 16, 28):
    x, shapes = torch.rand(1, 3, side, side), []
    for layer in convolutional:
        x = layer(x)
        if not isinstance(layer, nn.ReLU):
            shapes.append(x.shape)
    print(f"{side} x {side} x 3" + "".join(f" -> {H} x {W} x {C}" for _, C, H, W in shapes))

picture = torch.rand(3, 28, 28)
one_by_one = sliding_window_detect(picture, small, 14, 2)
at_once = convolutional(picture[None])[0].detach()
most = (one_by_one - at_once).abs().max()
print(f"{one_by_one[0].numel()} windows: the answers differ by at most {most:.0e}")

# %% [markdown]
# **Try it** with the network that you trained. Move the window over the street. Three things to find out: do the two
# answers ever differ by more than rounding? How far must the window be from the car, for the network to say
# *background*? And where is it surest of a car? (Type a number, or use the arrows. Tab goes from field to field.)

# %%
from cnnkit import widgets

detector = dense_to_conv(net.cpu()).eval()
street = street_of_the_course(128)
answers = detector(street[None]).detach()[0]
widgets.window_explorer(street, window_boxes(128, 128, WINDOW, 4), net, answers, NAMES)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The widget. Above, fields for row 11 and column 1, a menu with the map of the car, the buttons Back and Next. Then
# both answers, of this window alone and of one pass at its place, background 1.7 %, pedestrian 0.0 %, car 98.2 %,
# motorcycle 0.0 %: they differ by at most 2e-10. Below, the street, in which the window frames the upper half of a
# motorcycle and its rider, and the map, with a bright spot around the car and a brighter one around the
# window.](images/window_explorer.png)
#
# (Surest of a car, and it is a motorcycle. One pass says exactly what the windows say, mistakes included.)
#
# ## 4. Where does the stride come from?
#
# Nobody has told this network of a stride. **Ask yourself:** where is the 2 hidden? And what stride has `street_net`,
# which has two poolings?
#
# <details><summary>Compare with your answer</summary>
#
# One step to the right in the map is one step in the volume that the filters of 5 × 5 run over. It lies behind a
# pooling of 2, so it is *two* pixels of the picture. Behind two poolings it is four. In general it is the product of
# all strides.
#
# </details>
#
# So the network decides the stride, not you. What if you want windows in between? Shift the picture by a pixel and ask
# again, in each direction: for a stride of 1 the small network needs four passes, and `street_net` sixteen. (OverFeat
# did about that.) Or take pooling out, and train anew.
#
# ## 5. What it saves
#
# Count the multiplications first, as in lesson 2.3: in each layer, for each number that comes out, as many as a unit or
# a filter has weights. **Predict:** by which factor does the convolutional form save in the notes' example, 64 windows
# on 28 × 28? The windows overlap a lot. (Most people guess too high.)


# %%
@torch.no_grad()
def multiplications(model, x):
    """Count the multiplications of convolutions and dense layers, one picture after another, for a batch x."""
    count = 0
    for layer in model:
        x = layer(x)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            count += x.numel() * layer.weight[0].numel()
    return count


# %%
for name, model, window, stride in (
    ("the notes' network", notes_net(), 14, 2),
    ("street_net", street_net(), 32, 4),
):
    R, S, _ = window_boxes(2 * window, 2 * window, window, stride).shape
    single, large = torch.zeros(1, 3, window, window), torch.zeros(1, 3, 2 * window, 2 * window)
    each, once = multiplications(model, single), multiplications(dense_to_conv(model), large)
    behind = sum(layer.weight.numel() for layer in model if isinstance(layer, nn.Linear))
    print(f"{name}, {R * S} windows of {window} x {window} on {2 * window} x {2 * window}")
    print(f"  for one window: {each:,}, of which {behind:,} ({behind / each:.0%}) behind the Flatten")
    apart = R * S * each
    print(f"  one by one: {apart:,}   at once: {once:,}   saved: a factor of {apart / once:.1f}")

# %% [markdown]
# Two answers, and they teach something. Shared is only what lies *before* the `Flatten`. Each window still has 400
# units of its own behind it, and in the notes' small network nearly three quarters of the work are there. `street_net`
# has most of its work in convolutions, as real networks do, and saves far more.
#
# Now by the clock. Three racers: your windows one by one; all windows cut out and put into *one batch*; and one pass of
# the convolutional form. **Predict** their order, and by which factor the first is slower than the last on a picture of
# 160 × 160.


# %%
def in_one_batch(image, model, window, stride):
    """The map of a picture, all its windows in one batch."""
    cut = image.unfold(1, window, stride).unfold(2, window, stride)
    with torch.no_grad():
        answers = model(cut.permute(1, 2, 0, 3, 4).flatten(0, 1))
    return answers.T.unflatten(1, cut.shape[1:3])


@torch.no_grad()
def in_one_pass(image, convolutional):
    """The map of a picture, by a network that takes pictures of any size."""
    return convolutional(image[None])[0]


def seconds(function, *arguments, repeats):
    """The shortest of several times that a call takes."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - begun)
    return min(times)


# %% tags=["nbval-ignore-output"]
racer = street_net().eval()
convolutional = dense_to_conv(racer).eval()
sides = [32, 48] if cnnkit.quick() else [32, 48, 64, 96, 128, 160]
ratios = {"one by one": [], "in one batch": [], "multiplications, counted": []}
for side in sides:
    picture = torch.rand(3, side, side)
    number = sliding_window_detect(picture, racer, WINDOW, 4)[0].numel()
    once = seconds(in_one_pass, picture, convolutional, repeats=9)
    ratios["one by one"].append(seconds(sliding_window_detect, picture, racer, WINDOW, 4, repeats=2) / once)
    ratios["in one batch"].append(seconds(in_one_batch, picture, racer, WINDOW, 4, repeats=3) / once)
    apart = number * multiplications(racer, torch.zeros(1, 3, WINDOW, WINDOW))
    ratios["multiplications, counted"].append(apart / multiplications(convolutional, picture[None]))
last = {name: values[-1] for name, values in ratios.items()}
pictures.show_curves(
    sides,
    ratios,
    xlabel="side of the picture, pixels",
    ylabel="how many times as much as one pass takes",
    title=f"{number} windows on {sides[-1]} pixels take {last['one by one']:.0f} times as long as one pass,\n"
    f"in one batch {last['in one batch']:.0f} times, at {last['multiplications, counted']:.0f} times the products",
    alt="Three curves over the side of the picture, on logarithmic axes, as multiples of what one pass takes. "
    + " ".join(f"{name}: from {values[0]:.1f} to {values[-1]:.1f}." for name, values in ratios.items()),
    logarithmic=True,
)

# %% [markdown]
# The counted factor grows with the picture, for more and more windows share each pixel. **Ask yourself:** up to which
# limit, for `street_net`? Where a window is added in the middle of a large picture, what is new for it?
#
# <details><summary>Compare with your answer</summary>
#
# A stride of 4 means 4 × 4 new places in the first convolution, 2 × 2 in the second, and one place behind them. That is
# $16 \cdot 1200 + 4 \cdot 12\,800 + 51\,456 = 121\,856$ multiplications, where a window alone takes $2\,272\,256$: a
# factor of 18.6.
#
# </details>
#
# And the clock? It differs from run to run, and most of all from machine to machine. But two things it shows on each.
# Every call of a network has a fixed price, and windows one by one pay it hundreds of times. (On a graphics card it is
# much higher still.) The batch pays it once. Yet on large pictures the batch too takes longer than the count says, for it
# has far more numbers to carry about: of 1089 windows the first convolution makes 13.7 million numbers, and of the whole
# picture of 160 × 160 only 0.4 million, which stay close to the processor.

# %% [markdown]
# ## 6. Near and far
#
# A window has one size, 32 × 32. A car nearby is larger, one far away smaller. The classifier has learned to say no to
# both. Should it be trained for windows of all sizes? There is an easier way: *resize the picture*. On a picture of
# half the size a window of 32 sees 64 pixels of the original. Several sizes of one picture are a *pyramid*.

# %%
SCALES = (1.6, 1.13, 0.8, 0.57, 0.4)


def scan(image, convolutional, scales=SCALES, stride=4):
    """Windows of all sizes that fit: boxes (N, 4) in pixels of the picture, and K shares for each, (N, K)."""
    boxes, shares = [], []
    for scale in scales:
        n_H, n_W = (round(n * scale) for n in image.shape[1:])
        if min(n_H, n_W) < WINDOW:
            continue
        resized = functional.interpolate(image[None], (n_H, n_W), mode="bilinear", antialias=True)[0]
        found = in_one_pass(resized.to(device), convolutional).softmax(dim=0).cpu()
        shares.append(found.flatten(1).T)
        boxes.append(window_boxes(n_H, n_W, WINDOW, stride).reshape(-1, 4) / scale)
    return torch.cat(boxes), torch.cat(shares)


def middles_inside(boxes, box):
    """Which of the boxes (N, 4) have their middle in another box (4,)."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    return ((middle >= box[:2]) & (middle <= box[2:])).all(dim=1)


# %%
detector = dense_to_conv(net).to(device).eval()
scene = street_scene(42, 160, 0.3)
views = {"the street": as_image(scene)}
for scale in (1.6, 0.8, 0.4):
    side = round(160 * scale)
    resized = functional.interpolate(as_image(scene)[None], (side, side), mode="bilinear", antialias=True)[0]
    found = in_one_pass(resized.to(device), detector).softmax(dim=0).cpu()
    views[f"windows of {WINDOW / scale:.0f} pixels"] = lit(resized, 1 - found[0])

boxes, shares = scan(as_image(scene), detector)
surest = []
for box, label in zip(scene.boxes, scene.classes, strict=True):
    inside = middles_inside(boxes, torch.from_numpy(box))
    x1, _, x2, _ = boxes[inside][shares[inside, 1 + label].argmax()].tolist()
    surest.append(f"the {NAMES[1 + label]}, {max(box[2:] - box[:2]):.0f} pixels, by windows of {x2 - x1:.0f}")
pictures.show(
    views,
    title="What is found most surely: " + "; ".join(surest),
    alt="The street, and three dark copies of it, lit where windows of 20, of 40 and of 80 pixels see something. "
    "Most surely found are " + "; ".join(surest) + ".",
)

# %% [markdown]
# ## 7. How good is it?
#
# Not by one picture, but by streets that it has never seen. The rule, in words that need no new tool: an object is
# *found* if some window that is sure of its class has its middle in the object's box. A window is a *false alarm* if it
# is sure of a class, and its middle lies in no box of that class. **Predict:** if you demand that it be surer, what
# becomes of the two?


# %%
def judged(scanned, sure):
    """How many objects are found, of how many; how many windows are sure, and how many of these are false alarms."""
    found, objects, fired, false = 0, 0, 0, 0
    for boxes, shares, scene in scanned:
        share, said = shares[:, 1:].max(dim=1)
        surest, said = boxes[share >= sure], said[share >= sure]
        right = torch.zeros(len(surest), dtype=torch.bool)
        for box, label, ignored in zip(scene.boxes, scene.classes, scene.ignore, strict=True):
            good = middles_inside(surest, torch.from_numpy(box)) & (said == int(label))
            right |= good
            if not ignored:
                found, objects = found + bool(good.any()), objects + 1
        fired, false = fired + len(surest), false + int((~right).sum())
    return found, objects, fired, false


# %%
detector = dense_to_conv(net).to(device).eval()
scenes = [street_scene(300_000 + n, 128, 0.3) for n in range(3 if cnnkit.quick() else 40)]
scanned = [(*scan(as_image(scene), detector), scene) for scene in scenes]
for sure in (0.5, 0.9, 0.99, 0.999):
    found, objects, fired, false = judged(scanned, sure)
    print(
        f"at least {sure:.1%} sure: {found} of {objects} objects found by {fired - false} windows, "
        f"and {false} false alarms, {false / len(scenes):.1f} a street"
    )

# %% [markdown]
# You cannot have both. And look at the number of windows: a few dozen objects, hundreds of windows that are right.
# Nearly all that a detector looks at is background, so even a small share of mistakes there makes many false alarms.
#
# ## 8. Where exactly?
#
# Suppose the classifier made no mistake at all. A box that it gives is still one of the windows: square, of one of five
# sizes, at every fourth pixel of the resized picture. How well can the *best* of all windows fit an object? The measure
# is IoU, from lesson 3.1, and from 0.5 on a box counts as correct. **Predict** for which class it is worst.

# %%
from cnnkit.nets.boxes import overlap


def best_fit(boxes, box):
    """The highest IoU that any of the windows has with a box, and that window; only those near it are tried."""
    near = boxes[middles_inside(boxes, box)]
    if not len(near):
        return 0.0, boxes[0]
    fits = overlap(torch.cat([box[None], near]))[0, 1:]
    return fits.max().item(), near[fits.argmax()]


# %%
detector = dense_to_conv(net).to(device).eval()
fits = {name: [] for name in NAMES[1:]}
for boxes, _, scene in scanned:
    for box, label, ignored in zip(scene.boxes, scene.classes, scene.ignore, strict=True):
        if not ignored:
            fits[NAMES[1 + label]].append(best_fit(boxes, torch.from_numpy(box))[0])
for name, values in fits.items():
    reached = np.mean(np.array(values) >= 0.5) if values else 0.0
    print(
        f"{name:10} {len(values):3}, best IoU on average {np.mean(values or [0]):.2f}, 0.5 or more for {reached:.0%}"
    )

scene = street_scene(42, 160, 0.3)
boxes, _ = scan(as_image(scene), detector)
chosen = [best_fit(boxes, torch.from_numpy(box)) for box in scene.boxes]
worst, best = (pick(chosen, key=lambda one: one[0])[0] for pick in (min, max))
pictures.show_boxes(
    scene.image,
    torch.stack([box for _, box in chosen]),
    classes=scene.classes,
    scores=[fit for fit, _ in chosen],
    names=NAMES[1:],
    truth=scene.boxes,
    title=f"The best window that there is for each object has an IoU of {worst:.2f} to {best:.2f}",
)

# %% [markdown]
# Thin and white are the true boxes. A pedestrian is more than twice as high as wide: hardly any square window can be a
# correct answer for one. Windows of other shapes would help, and cost as many passes more. Better is a network that
# *says* where the box is. That was lesson 3.1. In lesson 3.4 you put the two together: a network that slides, in one
# pass, and gives a box of its own at each place.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A picture of 100 × 64 pixels, a window of 20, a stride of 8. How many windows? And how many columns are in none?
# 2. A dense layer of 10 units follows on a volume of 7 × 7 × 512. Which convolution takes its place, with how many
#    weights?
# 3. A network has a convolution with stride 2 and two poolings of 2. How far apart are the windows of its map?
# 4. A network ends in a mean over all rows and columns, and one dense layer from 512 to 4. What do you do with it, so
#    that it gives a map?
# 5. The convolutional form gives a map of 20 × 30 × 4. Where does the softmax belong, and over which axis?
#
# <details><summary>Answers</summary>
#
# 1. $\lfloor 80 / 8 \rfloor + 1 = 11$ below each other, $\lfloor 44 / 8 \rfloor + 1 = 6$ beside each other: 66. The
#    last one ends at column $5 \cdot 8 + 20 = 60$, so 4 columns are in no window.
# 2. Ten filters of 7 × 7 × 512, with 250 880 weights (and ten biases), as many as the dense layer.
# 3. $2 \cdot 2 \cdot 2 = 8$ pixels.
# 4. Put an average pooling of the size that a window leaves there in the place of the mean, with stride 1, and a
#    convolution of 1 × 1 in the place of the dense layer.
# 5. Behind the map, over the four classes of each place: `dim=0` of (4, 20, 30). Each window's shares sum to 1.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…weights are read in the wrong order.** All shapes fit, whichever order you take, and the map looks like one. Here
# the dense weights are read as (H, W, C), as other libraries lay volumes out. (How many would be right if it always
# said *background*?)

# %%
right, wrong = dense_to_conv(net.cpu()), dense_to_conv(net.cpu())
first_dense = next(layer for layer in wrong if isinstance(layer, nn.Conv2d) and layer.out_channels == 64)
with torch.no_grad():
    numbers = first_dense.weight.flatten(1).unflatten(1, (5, 5, 32))
    first_dense.weight.copy_(numbers.permute(0, 3, 1, 2).contiguous())
    for name, model in {"in Flatten's order": right, "in another order": wrong}.items():
        said = model.eval()(x_test)[:, :, 0, 0].argmax(dim=1)
        right_share, background = (said == y_test).float().mean(), (said == 0).float().mean()
        print(
            f"{name:18} {right_share:.1%} of the test windows named rightly; {background:.1%} called background"
        )

# %% [markdown]
# **…the convolutions have padding.** Then a window in the middle of a picture sees its neighbours' pixels where, alone,
# it saw zeros. The map is no longer what the windows say. (It may still be useful, but what you tested is another
# network.)

# %%
cnnkit.seed(0)
for padding in (0, 2):
    front = [nn.Conv2d(3, 16, 5, padding=padding), nn.ReLU(), nn.MaxPool2d(2)]
    side = (14 + 2 * padding - 4) // 2
    model = nn.Sequential(*front, nn.Flatten(), nn.Linear(side * side * 16, 4)).eval()
    picture = torch.rand(3, 22, 22)
    alone, together = sliding_window_detect(picture, model, 14, 2), in_one_pass(picture, dense_to_conv(model))
    R, S = alone.shape[1:]
    far = (alone - together[:, :R, :S]).abs().max()
    print(
        f"padding {padding}: {R} x {S} windows, a map of {together.shape[1]} x {together.shape[2]}, apart by {far:.0e}"
    )

# %% [markdown]
# **…the picture's size does not fit the stride.** The pixels at the right and at the bottom are in no window. A thing
# there is never seen, and nothing tells you:

# %%
for side in (64, 65, 66, 67, 68):
    boxes = window_boxes(side, side, WINDOW, 4)
    end = int(boxes[0, -1, 2])
    print(f"{side} pixels: {len(boxes)} windows, which end at column {end}; {side - end} columns are unseen")

# %% [markdown]
# **…softmax runs over the places.** `softmax(dim=1)` of (K, R, S) makes the shares of each *column* of the map sum to
# 1, whatever is there. Here is a street without a car:

# %%
detector = dense_to_conv(net.cpu()).eval()
empty = as_image(street_scene(5, 96, 0.3, objects=()))
answers = in_one_pass(empty, detector)
for dim, what in enumerate(("the four classes", "the places of a column", "the places of a row")):
    cars = answers.softmax(dim=dim)[2]
    print(f"softmax over {what:23} car: {cars.mean():.3f} on average, {cars.max():.3f} at most")

# %% [markdown]
# **…batch normalisation is in training mode.** Then the numbers of a window depend on what else is in the picture:

# %%
detector = dense_to_conv(net.cpu())
street = street_of_the_course(96)
for mode in (False, True):
    whole, corner = (in_one_pass(part, detector.train(mode)) for part in (street, street[:, :48, :48]))
    most = (whole[:, 0, 0] - corner[:, 0, 0]).abs().max()
    print(
        f"training mode {mode!s:5}: the first window, in the street and in its corner, differs by {most:.0e}"
    )

# %% [markdown]
# ## Your turn: a street of your own
#
# Put a photo of a street beside this notebook and write its name below; without one you get a photograph of a
# motorcycle in a workshop. The network has only ever seen rendered streets. **Predict:** will it find anything?

# %%
from cnnkit.data import own_photo, photo

picture_file = ""  # for example "my_street.jpg"

detector = dense_to_conv(net).to(device).eval()
opened = own_photo(picture_file, photo("motorcycle"))
opened.thumbnail((240, 240) if not cnnkit.quick() else (80, 80))
mine = torch.from_numpy(np.array(opened)).permute(2, 0, 1).float() / 255
boxes, shares = scan(mine, detector)
best = shares[:, 1:].max(dim=0)
pictures.show_boxes(
    mine,
    boxes[best.indices],
    classes=[0, 1, 2],
    scores=best.values,
    names=NAMES[1:],
    title="For each class the window that is surest of it",
)

# %% [markdown]
# <details><summary>Compare with your answer</summary>
#
# For the motorcycle in the workshop it is very sure, of all three classes, and each of its windows is wrong. A network
# knows nothing of what it has not seen, not even that it does not know it. In training it never met a workshop, a real
# photo, or so large a motorcycle.
#
# </details>
#
# Now play. Move the picture by two pixels, or make it a tenth larger: do the surest windows stay? Which false alarm
# would you show the network next, as a *background*, to train it again? (Doing that over and over is called *hard
# negative mining*.)

# %% [markdown]
# ## Summary
#
# - A window slides: $\lfloor (n - \text{window}) / \text{stride} \rfloor + 1$ places in each direction. 28 × 28 with a
#   window of 14 and a stride of 2 has 64.
# - A dense layer on a volume of f × f × C is a convolution with filters of f × f × C. On a row of numbers it is a
#   convolution of 1 × 1. The numbers stay, only their shape changes.
# - So a whole classifier becomes convolutional, and gives on a larger picture, in one pass, what it would say of each
#   window. The stride is the product of the network's strides.
# - Shared is the work before the `Flatten`. It saves much where the convolutions are most of the work, and little where
#   they are not.
# - One object is seen by many windows; near and far take several sizes of the picture; and no window is the object's
#   box.
#
# **Next:** in 3.3 many answers become one, and you measure how good a detector is.

# %% [markdown]
# ## References
#
# - P. Sermanet, D. Eigen, X. Zhang, M. Mathieu, R. Fergus, Y. LeCun, "OverFeat: integrated recognition, localization
#   and detection using convolutional networks", *ICLR*, 2014. Sliding windows in one pass; the notes' example follows
#   it.
# - J. Long, E. Shelhamer, T. Darrell, "Fully convolutional networks for semantic segmentation", *CVPR*, 2015. Dense
#   layers turned into convolutions.
# - O. Matan, C. Burges, Y. LeCun, J. Denker, "Multi-digit recognition using a space displacement neural network",
#   *NeurIPS*, 1991. The idea, for rows of handwritten digits.
# - N. Dalal, B. Triggs, "Histograms of oriented gradients for human detection", *CVPR*, 2005. Windows over a pyramid of
#   sizes, and hard negatives.
