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
# # 3.4 YOLO: one look
#
# **How can a network that looks at a picture once say what is in it, where each thing is, and how sure it is?**
#
# A window that slides looks at a picture hundreds of times. YOLO (*you only look once*) lays a grid over the picture
# and has every cell answer in the same pass. You write what each cell should say, read its answers back as boxes, write
# the loss between the two, and train a detector of cars, pedestrians and motorcycles from nothing.
#
# **After this lesson you can**
#
# - say which cell and which anchor an object belongs to, and write the target of a whole picture as one array;
# - turn a network's raw numbers into boxes, and back again without loss;
# - write YOLO's loss, and say what each of its terms and weights is for;
# - train a detector on one core in minutes, and judge it by its mean average precision;
# - build YOLOv2 to the last parameter without a byte of memory, and say where a grid must fail.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 4 hours |
# | machine time, solved | under 12 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lesson 3.3 (overlap, anchors, suppression, average precision); batch normalisation |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `encode_targets` | writes what each cell of the grid should say | 4 |
# | 2 | `activate` | turns raw numbers into chances, places and sizes | 3 |
# | 3 | `decode` | turns what the cells say into boxes | 3 |
# | 4 | `yolo_loss` | measures how wrong the raw numbers are | 4 |
# | 5 | `yolo_eval` | from raw numbers to the few boxes that you show | 3 |
# | 6 | `street_detector` | your trained detector, judged on streets that nobody has seen | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other numbers runs when your notebook is graded. Exercise 6 is a network
# that your own functions train; its cell saves a file in the folder `work`, which is packed when you hand in.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `grid` or S | | cells along each side of the picture |
# | `anchors` | (A, 2) | shapes that boxes start from: width and height, in cells |
# | `boxes` | (N, 4) | corners x1, y1, x2, y2, as shares of the picture: (0, 0) is top left, (1, 1) bottom right |
# | `y` | (S, S, A, 5 + C) | what the cells say: [row, column, anchor], then p_c, b_x, b_y, b_h, b_w and C classes |
# | `raw` | (S, S, A, 5 + C) | the same before any sigmoid, exponential or softmax: what the network gives |
#
# Mind two orders, which are the field's and not ours: anchors are (width, height), but in `y` the height b_h comes
# before the width b_w. And a place is [row, column], but a point is (x, y).

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit
from cnnkit import pictures
from cnnkit.nets.boxes import mean_precision, overlap
from cnnkit.scenes import CLASSES, street_scene

device = cnnkit.device()

# %% [markdown]
# # Part 1: what a cell should say
#
# ## 1. The middle decides
#
# Lay a grid of 3 × 3 cells over a street. A car covers four of them. **Ask yourself:** if every cell may report an
# object, how often is this car reported? And which cell should do it?
#
# <details><summary>Compare with your answer</summary>
#
# If each cell reported what it sees, four times. YOLO's rule: the cell that holds the **middle** of the box is
# responsible, and no other. So each object has one cell, whatever its size.
#
# </details>
#
# That cell says eight numbers, if there are three classes: is there anything ($p_c$), where its middle lies ($b_x$,
# $b_y$), how high and wide it is ($b_h$, $b_w$), and a number for each class. All cells say eight numbers, so the
# target of a picture is a volume of 3 × 3 × 8, and a network with an output of this shape answers everything in one
# pass.
#
# The cell measures with its own ruler. Its corner is the origin, and its side is the unit:
#
# - $b_x$ and $b_y$ are from 0 to 1, for the middle lies in the cell;
# - $b_h$ and $b_w$ are in cells too, and may be larger than 1: a bus is larger than a cell.
#
# **Predict:** 3 × 3 cells. A car's box has its middle at x = 0.8 and y = 0.4333 of the picture, and is 0.3 wide and
# 0.1667 high. Which cell, and which four numbers?
#
# <details><summary>Compare with your answer</summary>
#
# In cells, the middle is at (2.4, 1.3). So it is row 1, column 2, and $b_x = 0.4$, $b_y = 0.3$. Width and height times
# three: $b_w = 0.9$ and $b_h = 0.5$.
#
# </details>
#
# > **The notes say…** for this very car $b_h = 0.9$ and $b_w = 0.5$ in one place. The car is wide and low, so it is the
# > other way round: $b_h = 0.5$, $b_w = 0.9$. No error message will ever tell you that you swapped the two. Draw your
# > boxes.

# %%
street = street_scene(seed=42, size=192, difficulty=0.3)


def show_grid(scene, grid):
    """Draw a scene under a grid, its boxes, and the cell of each box's middle."""
    side = scene.image.shape[0]
    middles = (scene.boxes[:, :2] + scene.boxes[:, 2:]) / 2
    figure, axis = plt.subplots(figsize=(5.5, 5.5))
    axis.imshow(scene.image)
    for line in np.arange(grid + 1) * side / grid - 0.5:
        axis.axhline(line, color="white", linewidth=0.8)
        axis.axvline(line, color="white", linewidth=0.8)
    for (x1, y1, x2, y2), (x, y) in zip(scene.boxes - 0.5, middles, strict=True):
        axis.add_patch(plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, color="#E69F00", linewidth=2))
        axis.plot(x - 0.5, y - 0.5, "o", color="#E69F00", markeredgecolor="black")
    axis.set(xticks=[], yticks=[])
    cells = [tuple(int(n) for n in (y * grid / side, x * grid / side)) for x, y in middles]
    names = [CLASSES[number] for number in scene.classes]
    axis.set_title(f"{len(names)} objects in {len(set(cells))} of {grid * grid} cells")
    spoken = "; ".join(
        f"{name} in row {row}, column {column}" for name, (row, column) in zip(names, cells, strict=True)
    )
    pictures.display_figure(figure, f"The street under a grid of {grid} by {grid} cells. {spoken}.")


show_grid(street, 3)

# %% [markdown]
# ## 2. More than one object in a cell
#
# Two people stand beside a car, and the middles of all three fall into one cell. With one answer a cell, two are lost.
#
# So each cell gives several answers, one for each **anchor**: a shape that you choose beforehand, say a tall one for
# people and a wide one for cars. An object goes to the anchor whose shape has the highest overlap with its own, both
# laid upon each other at one corner. (The best anchors for your data come out of k-means, as in lesson 3.3.)
#
# How large does the target get? **Predict** the shapes, and what they come to as rows × columns × channels:
#
# | grid | anchors | classes | as an array | as a volume |
# | --- | --- | --- | --- | --- |
# | 3 | 1 | 3 | 3 × 3 × 1 × 8 | 3 × 3 × 8 |
# | 3 | 2 | 3 | ? | ? |
# | 19 | 5 | 3 | ? | ? |
# | 19 | 5 | 80 | ? | ? |
#
# <details><summary>Compare with your answer</summary>
#
# 3 × 3 × 2 × 8 = 3 × 3 × 16; then 19 × 19 × 5 × 8 = 19 × 19 × 40; then 19 × 19 × 5 × 85 = 19 × 19 × 425. It stays *one*
# array, however many objects there are: that is what makes YOLO quick, and easy to train.
#
# </details>

# %% [markdown]
# ### Exercise 1: `encode_targets` (4 points)
#
# For each object: find its cell, find its anchor, and write its numbers there. Three rules for the rare cases. A middle
# at exactly 1.0 belongs to the last cell. If two objects want the same place, the later one has it, whole. What nobody
# wants stays zero. (A box may reach beyond the picture; its middle does not.)
#
# <details><summary>Hint 1</summary>
#
# Multiply the boxes by `grid` first: then everything is in cells. A loop over the objects is fine.
#
# <details><summary>Hint 2</summary>
#
# `column = min(int(x), grid - 1)`, with x of the middle, and the row likewise from y. What is left, `x - column`, is
# b_x. The overlap of two shapes at one corner: `min(w, a_w) * min(h, a_h)` is what they share, and the union is both
# areas less that.
#
# <details><summary>Hint 3</summary>
#
# Clear the place before you write: `y[row, column, best] = 0`. Otherwise the class of an earlier object stays on. Then
# `y[row, column, best, :5] = torch.tensor([1, x - column, y_middle - row, h, w])`, and a one at `5 + label`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "encode_targets_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode_targets(boxes, classes, grid, anchors, num_classes):
    """Write what each cell of a grid should say of one picture.

    Args:
        boxes: (N, 4), floats, corners x1, y1, x2, y2 as shares of the picture; each middle lies in [0, 1]. N may be 0.
        classes: (N,), int64, from 0.
        grid: how many cells each side has, an int.
        anchors: (A, 2), floats, widths and heights in cells.
        num_classes: how many classes there are, an int.

    Returns:
        A float tensor of shape (grid, grid, A, 5 + num_classes), index [row, column, anchor], with p_c, b_x, b_y, b_h,
        b_w and the classes in the last axis. b_x and b_y are measured from the cell's corner, and all four in cells. An
        object is written to the cell of its middle (a middle at 1.0: the last cell) and to the anchor whose shape
        overlaps its own most. Where two meet, the later one stays. All else is 0.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes, classes, strict=True):
        # 1. Measure in cells: the middle, and the width and height.
        ### BEGIN SOLUTION
        x1, y1, x2, y2 = (grid * box).tolist()
        x_middle, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        ### END SOLUTION
        # 2. Find the cell of the middle.
        ### BEGIN SOLUTION
        row, column = min(int(y_middle), grid - 1), min(int(x_middle), grid - 1)
        ### END SOLUTION
        # 3. Find the anchor of the highest overlap.
        ### BEGIN SOLUTION
        common = anchors[:, 0].clamp(max=w) * anchors[:, 1].clamp(max=h)
        best = int((common / (anchors.prod(dim=1) + w * h - common)).argmax())
        ### END SOLUTION
        # 4. Write the object there, and nothing of what was there before.
        ### BEGIN SOLUTION
        y[row, column, best] = 0
        y[row, column, best, :5] = torch.tensor([1, x_middle - column, y_middle - row, h, w])
        y[row, column, best, 5 + int(label)] = 1
        ### END SOLUTION
    return y


# %% nbgrader={"grade": true, "grade_id": "encode_targets", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("encode_targets") as check:
    axes = ("row", "column", "anchor", "number")
    anchors = torch.tensor([[1.0, 2.0], [3.0, 1.0]])  # a tall one and a wide one

    # Two objects on 4 x 4 cells. The first is half a cell wide and two high, with its middle at (2.25, 1.5) cells; the
    # second is three cells wide and one high, with its middle at (1.5, 3.5).
    boxes = torch.tensor([[0.5, 0.125, 0.625, 0.625], [0.0, 0.75, 0.75, 1.0]])
    expected = torch.zeros(4, 4, 2, 8)
    expected[1, 2, 0] = torch.tensor([1, 0.25, 0.5, 2, 0.5, 0, 0, 1])
    expected[3, 1, 1] = torch.tensor([1, 0.5, 0.5, 1, 3, 1, 0, 0])
    label = "encode_targets(two boxes, [2, 0], 4, anchors, 3)"
    check.equal(encode_targets(boxes, torch.tensor([2, 0]), 4, anchors, 3), expected, label, axes=axes)
    arguments = [boxes, torch.tensor([2, 0]), 4, anchors, 3]
    check.true(testing.unchanged(encode_targets, arguments), f"{label} should leave its arguments alone.")

    # Half of it is beyond the picture, and its middle is on the right edge: the last cell, with b_x = 1.
    edge = torch.tensor([[0.75, 0.0, 1.25, 0.5]])
    expected = torch.zeros(2, 2, 2, 7)
    expected[0, 1, 0] = torch.tensor([1, 1, 0.5, 1, 1, 0, 1])
    label = "encode_targets(a middle at x = 1.0, [1], 2, anchors, 2)"
    check.equal(encode_targets(edge, torch.tensor([1]), 2, anchors, 2), expected, label, axes=axes)

    # Two that want the same cell and anchor: the later one has it. And a picture without objects.
    same = torch.tensor([[0.25, 0.0, 0.5, 0.5], [0.0, 0.25, 0.25, 0.75]])
    expected = torch.zeros(1, 1, 2, 7)
    expected[0, 0, 0] = torch.tensor([1, 0.125, 0.5, 0.5, 0.25, 0, 1])
    label = "encode_targets(two boxes for one place, [0, 1], 1, anchors, 2)"
    check.equal(encode_targets(same, torch.tensor([0, 1]), 1, anchors, 2), expected, label, axes=axes)
    nothing = encode_targets(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), 3, anchors, 1)
    check.equal(nothing, torch.zeros(3, 3, 2, 6), "encode_targets(no boxes, [], 3, anchors, 1)", axes=axes)

# %% nbgrader={"grade": true, "grade_id": "encode_targets_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of encode_targets: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import math

import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("encode_targets") as check:
    rng = testing.rng("encode_targets_hidden")
    for grid, A, C, N in [(5, 3, 4, 6), (7, 1, 2, 5), (2, 4, 3, 12), (13, 8, 1, 50)]:
        anchors = torch.tensor(rng.integers(8, 64, (A, 2)) / 16, dtype=torch.float32)
        wanted, boxes, labels = {}, [], []
        while len(boxes) < N:
            # Whole 512ths, so that no rounding decides between two cells; a few middles on the last edges.
            (x, y), (w, h) = rng.integers(1, 512, 2), rng.integers(8, 160, 2) * 2
            x, y = (512 if rng.random() < 0.15 else x), (512 if rng.random() < 0.15 else y)
            wide, high = grid * int(w) / 512, grid * int(h) / 512
            shared = [min(wide, a) * min(high, b) for a, b in anchors.tolist()]
            fits = [s / (wide * high + a * b - s) for s, (a, b) in zip(shared, anchors.tolist(), strict=True)]
            if A > 1 and sorted(fits)[-1] - sorted(fits)[-2] < 1e-3:
                continue
            label, best = int(rng.integers(C)), fits.index(max(fits))
            row, column = (max(math.ceil((grid * int(n) + 1) / 512) - 1, 0) for n in (y, x))
            row, column = min(row, grid - 1), min(column, grid - 1)
            place = (grid * int(x) / 512 - column, grid * int(y) / 512 - row)
            wanted[row, column, best] = [1, *place, high, wide] + [float(n == label) for n in range(C)]
            boxes.append([(x - w / 2) / 512, (y - h / 2) / 512, (x + w / 2) / 512, (y + h / 2) / 512])
            labels.append(label)
        expected = torch.zeros(grid, grid, A, 5 + C)
        for place, numbers in wanted.items():
            expected[place] = torch.tensor(numbers)
        corners, classes = torch.tensor(boxes, dtype=torch.float32), torch.tensor(labels)
        label = f"encode_targets({N} boxes, classes, {grid}, {A} anchors, {C})"
        got = encode_targets(corners, classes, grid, anchors, C)
        check.equal(got, expected, label, axes=("row", "column", "anchor", "number"), rtol=1e-5, atol=1e-5)
        arguments = [corners, classes, grid, anchors, C]
        check.true(testing.unchanged(encode_targets, arguments), f"{label} should leave its arguments alone.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: where a grid fails
#
# A place in the array holds one object. **Predict** for our streets, with three or four objects each: what share of
# them has no place, with grids of 2, 4, 8 and 16 cells, and one, two or three anchors?

# %% nbgrader={"grade": false, "grade_id": "streets_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.scenes import street_scene

SIDE, GRID = 128, 16  # pixels and cells along a side of a street scene
STREET_ANCHORS = torch.tensor([[1.4, 3.1], [3.6, 4.0], [7.5, 5.1]])  # of our streets, by k-means, in cells
FIRST_UNSEEN = 1_000_000  # the detector learns from scenes of lower numbers


def street_pictures(count, first, difficulty=0.5):
    """Street scenes, numbered from `first`.

    Returns:
        x: uint8 (count, 3, SIDE, SIDE).
        truths: for each "boxes" (N, 4), as shares of the picture, "classes" (N,), and "ignore" (N,), bool: hardly
            visible, or under 6 pixels; these count neither way.
    """
    x, truths = torch.zeros(count, 3, SIDE, SIDE, dtype=torch.uint8), []
    for number in range(count):
        scene = street_scene(first + number, SIDE, difficulty)
        x[number] = torch.from_numpy(scene.image).permute(2, 0, 1)
        boxes, classes = torch.from_numpy(scene.boxes) / SIDE, torch.from_numpy(scene.classes)
        truths.append({"boxes": boxes, "classes": classes, "ignore": torch.from_numpy(scene.ignore)})
    return x, truths


# %%
unseen_pictures, unseen = street_pictures(20 if cnnkit.quick() else 300, FIRST_UNSEEN)
shapes_in_shares = {  # widths and heights
    "one anchor": torch.tensor([[0.14, 0.19]]),
    "two anchors": torch.tensor([[0.10, 0.26], [0.24, 0.16]]),
    "three anchors": STREET_ANCHORS / GRID,
}
grids = [2, 4, 8, 16]


def share_lost(grid, shapes):
    """The share of objects that have no place of their own."""
    places = 0
    for truth in unseen:
        anchors = grid * shapes
        places += float(encode_targets(truth["boxes"], truth["classes"], grid, anchors, 3)[..., 0].sum())
    return 1 - places / sum(len(truth["boxes"]) for truth in unseen)


lost = {name: [share_lost(grid, shapes) for grid in grids] for name, shapes in shapes_in_shares.items()}
pictures.show_curves(
    grids,
    lost,
    xlabel="cells along a side",
    ylabel="share of objects without a place",
    title=f"On {grids[0]} × {grids[0]} cells one anchor loses {lost['one anchor'][0]:.0%} of the objects, three lose "
    f"{lost['three anchors'][0]:.0%};\non {grids[2]} × {grids[2]} cells {lost['one anchor'][2]:.1%} and "
    f"{lost['three anchors'][2]:.1%}",
    alt=f"Three falling curves over grids of {grids} cells. "
    + " ".join(f"{name}: {', '.join(f'{s:.1%}' for s in shares)}." for name, shares in lost.items()),
)

# %% [markdown]
# The notes name both ways to fail: **more objects in a cell than anchors**, and **two of one anchor in a cell**. Here
# they are, in the smallest grid there is: three people in one cell with two anchors.

# %%
people = torch.tensor([[0.1, 0.2, 0.3, 0.8], [0.4, 0.2, 0.6, 0.8], [0.7, 0.2, 0.9, 0.8]])
as_classes = torch.zeros(3, dtype=torch.int64)
for name, anchors in {
    "a tall and a wide anchor": torch.tensor([[0.2, 0.6], [0.6, 0.2]]),
    "two tall anchors": torch.tensor([[0.2, 0.6], [0.2, 0.5]]),
}.items():
    kept = int(encode_targets(people, as_classes, 1, anchors, 1)[..., 0].sum())
    print(f"3 people, one cell, {name:24}: {kept} kept")
kept = int(encode_targets(people, as_classes, 5, 5 * torch.tensor([[0.2, 0.6]]), 1)[..., 0].sum())
print(f"3 people, 5 x 5 cells, one tall anchor     : {kept} kept")

# %% [markdown]
# A second anchor of the same kind does not help: the best one is best for all three. What helps is a finer grid. With
# 19 × 19 cells it rarely happens, and that is all that can be said for it.

# %% [markdown]
# # Part 2: from raw numbers to boxes
#
# ## 3. What a network may say
#
# A convolution gives any number, from minus to plus infinity. What a cell says must make sense: a chance from 0 to 1, a
# middle within the cell, a size above 0, classes whose chances add up to 1. **Ask yourself** which function makes which
# of them.
#
# <details><summary>Compare with your answer</summary>
#
# | | from raw t | because |
# | --- | --- | --- |
# | $p_c$ | $\sigma(t)$ | a chance |
# | $b_x$, $b_y$ | $\sigma(t)$ | the middle cannot leave its cell |
# | $b_h$ | anchor's height · $e^t$ | above 0; t = 0 says "just like my anchor" |
# | $b_w$ | anchor's width · $e^t$ | likewise |
# | classes | softmax over the classes | they add up to 1 |
#
# </details>
#
# The anchors come in here a second time. A network whose raw numbers are near 0, as at the beginning, already says
# boxes of sensible shapes, and has to learn only how to differ from them.
#
# ### Exercise 2: `activate` (3 points)
#
# The leading axes may be any: one picture, or a batch of them.
#
# <details><summary>Hint 1</summary>
#
# Cut the last axis into its parts: `raw[..., :3]`, `raw[..., 3:5]`, `raw[..., 5:]`. The three dots stand for all the
# axes before.
#
# <details><summary>Hint 2</summary>
#
# Anchors are (width, height), and here the height comes first. `anchors.flip(1)` swaps them: (A, 2), which fits the
# last two axes of `raw[..., 3:5]`.
#
# <details><summary>Hint 3</summary>
#
# `torch.cat([raw[..., :3].sigmoid(), raw[..., 3:5].exp() * anchors.flip(1), raw[..., 5:].softmax(dim=-1)], dim=-1)`
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "activate_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def activate(raw, anchors):
    """Turn a network's raw numbers into what the cells say.

    Args:
        raw: (..., S, S, A, 5 + C), floats, any numbers.
        anchors: (A, 2), floats, widths and heights in cells.

    Returns:
        A tensor of the shape of raw: p_c, b_x and b_y by a sigmoid; b_h and b_w, in cells, as the anchor's height and
        width times the exponential; the C classes by a softmax.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Chance and place: from 0 to 1.
    ### BEGIN SOLUTION
    chances_and_places = raw[..., :3].sigmoid()
    ### END SOLUTION
    # 2. Height and width: each anchor's own, times something above 0.
    ### BEGIN SOLUTION
    sizes = raw[..., 3:5].exp() * anchors.flip(1)
    ### END SOLUTION
    # 3. Classes: they add up to 1 in each place. Then put the parts together again.
    ### BEGIN SOLUTION
    return torch.cat([chances_and_places, sizes, raw[..., 5:].softmax(dim=-1)], dim=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "activate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("activate") as check:
    axes = ("row", "column", "anchor", "number")
    anchors = torch.tensor([[1.0, 2.0], [3.0, 0.5]])  # widths and heights

    # All zeros: a chance of a half, the middle of the cell, the anchor's own shape, each of two classes a half.
    raw = torch.zeros(1, 1, 2, 7)
    expected = torch.tensor([[[[0.5, 0.5, 0.5, 2.0, 1.0, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5, 3.0, 0.5, 0.5]]]])
    check.equal(activate(raw, anchors), expected, "activate(zeros of (1, 1, 2, 7), anchors)", axes=axes)

    # Numbers so far from 0 that a sigmoid gives 0 or 1, and a softmax decides.
    raw = torch.zeros(1, 2, 2, 7)
    raw[0, 0, 0] = torch.tensor([200.0, -200.0, 200.0, 0.0, -200.0, 200.0, 0.0])
    raw[0, 1, 1] = torch.tensor([-200.0, 200.0, 0.0, -200.0, 0.0, 0.0, 200.0])
    expected = expected.repeat(1, 2, 1, 1)
    expected[0, 0, 0] = torch.tensor([1.0, 0.0, 1.0, 2.0, 0.0, 1.0, 0.0])
    expected[0, 1, 1] = torch.tensor([0.0, 1.0, 0.5, 0.0, 3.0, 0.0, 1.0])
    check.equal(activate(raw, anchors), expected, "activate(raw of (1, 2, 2, 7), anchors)", axes=axes)
    check.true(testing.unchanged(activate, [raw, anchors]), "activate should leave its arguments alone.")

    # A batch of three such pictures.
    batch, wanted = raw.expand(3, 1, 2, 2, 7).contiguous(), expected.expand(3, 1, 2, 2, 7).contiguous()
    label = "activate(raw of (3, 1, 2, 2, 7), anchors)"
    check.equal(activate(batch, anchors), wanted, label, axes=("picture", *axes))

# %% nbgrader={"grade": true, "grade_id": "activate_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of activate: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from scipy import special

from cnnkit import testing
from cnnkit.check import Check

with Check("activate") as check:
    rng = testing.rng("activate_hidden")
    for shape in [(3, 3, 2, 8), (2, 4, 4, 5, 6), (2, 2, 3, 3, 1, 9)]:
        values, chosen = rng.normal(0, 2, shape), rng.uniform(0.3, 4, (shape[-2], 2))
        expected = np.empty(shape)
        for place in np.ndindex(shape[:-1]):
            (w, h), t = chosen[place[-1]], values[place]
            expected[place][:3] = special.expit(t[:3])
            expected[place][3:5] = h * np.exp(t[3]), w * np.exp(t[4])
            expected[place][5:] = special.softmax(t[5:])
        raw = torch.tensor(values, dtype=torch.float32)
        anchors = torch.tensor(chosen, dtype=torch.float32)
        label = f"activate(raw of {shape}, {shape[-2]} anchors)"
        wanted = torch.tensor(expected, dtype=torch.float32)
        check.equal(activate(raw, anchors), wanted, label, rtol=1e-4, atol=1e-5)
        check.true(testing.unchanged(activate, [raw, anchors]), f"{label} should leave its arguments alone.")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Back to the picture
#
# The last step undoes your first exercise: from cells to corners. A cell in row 1, column 2 of a 4 × 4 grid says
# $b_x = 0.25$, $b_y = 0.5$, $b_h = 2$, $b_w = 0.5$. **Predict** the corners, as shares of the picture.
#
# <details><summary>Compare with your answer</summary>
#
# The middle is at (2.25, 1.5) cells, so the corners are at (2, 0.5) and (2.5, 2.5). Divided by 4: (0.5, 0.125, 0.625,
# 0.625). That is the first box of your first test.
#
# </details>
#
# ### Exercise 3: `decode` (3 points)
#
# It works on what cells say, be it a target or an activated output. Every place gives a box, the empty ones too: what
# to do with them is not decided here.
#
# <details><summary>Hint 1</summary>
#
# `torch.arange(S)` counts the cells. The column has to be added to b_x everywhere, the row to b_y.
#
# <details><summary>Hint 2</summary>
#
# `y[..., 1]` has the shape (S, S, A). `torch.arange(S)[None, :, None]` changes along its second axis, the columns;
# `torch.arange(S)[:, None, None]` along the first, the rows.
#
# <details><summary>Hint 3</summary>
#
# With the middle x, y and h, w, all in cells: `torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], dim=-1) / S`.
# And `y[..., :1]` keeps the last axis, where `y[..., 0]` drops it.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "decode_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def decode(y):
    """Read what the cells say as boxes of the picture.

    Args:
        y: (S, S, A, 5 + C), floats, a target, or an output after `activate`.

    Returns:
        boxes: (S, S, A, 4), corners x1, y1, x2, y2 as shares of the picture's side. They may reach beyond it.
        confidence: (S, S, A, 1), p_c.
        probabilities: (S, S, A, C), of the classes.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    S = y.shape[0]
    # 1. The middles, in cells from the picture's corner.
    ### BEGIN SOLUTION
    count = torch.arange(S, dtype=y.dtype, device=y.device)
    x_middle, y_middle = y[..., 1] + count[None, :, None], y[..., 2] + count[:, None, None]
    ### END SOLUTION
    # 2. The corners, half a width and half a height away, as shares of the picture.
    ### BEGIN SOLUTION
    half_h, half_w = y[..., 3] / 2, y[..., 4] / 2
    corners = [x_middle - half_w, y_middle - half_h, x_middle + half_w, y_middle + half_h]
    boxes = torch.stack(corners, dim=-1) / S
    ### END SOLUTION
    # 3. Give the boxes, the confidence and the probabilities.
    ### BEGIN SOLUTION
    return boxes, y[..., :1], y[..., 5:]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "decode", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("decode") as check:
    axes = ("row", "column", "anchor", "corner")
    names = ("boxes", "confidence", "probabilities")

    # 2 x 2 cells, one anchor. Each box has its middle in the middle of its cell, is a cell high and half a cell wide.
    y = torch.zeros(2, 2, 1, 7)
    y[..., :5] = torch.tensor([0.0, 0.5, 0.5, 1.0, 0.5])
    y[1, 0, 0] = torch.tensor(
        [1, 0.25, 0.75, 0.5, 2.0, 0, 1]
    )  # low and wide: it leaves the picture on the left
    boxes = torch.zeros(2, 2, 1, 4)
    boxes[0, 0, 0] = torch.tensor([0.125, 0.0, 0.375, 0.5])
    boxes[0, 1, 0] = torch.tensor([0.625, 0.0, 0.875, 0.5])
    boxes[1, 0, 0] = torch.tensor([-0.375, 0.75, 0.625, 1.0])
    boxes[1, 1, 0] = torch.tensor([0.625, 0.5, 0.875, 1.0])
    got = check.parts(decode(y), names, "decode(y of (2, 2, 1, 7))")
    check.equal(got[0], boxes, "the boxes of decode(y of (2, 2, 1, 7))", axes=axes)
    check.equal(got[1], y[..., :1], "the confidence of decode(y of (2, 2, 1, 7))", axes=axes[:3])
    check.equal(got[2], y[..., 5:], "the probabilities of decode(y of (2, 2, 1, 7))", axes=axes[:3])
    check.true(testing.unchanged(decode, [y]), "decode should leave its argument alone.")

    # The cell of section 4: row 1, column 2 of 4 x 4, the second of two anchors.
    y = torch.zeros(4, 4, 2, 6)
    y[1, 2, 1] = torch.tensor([1, 0.25, 0.5, 2.0, 0.5, 1])
    box = check.parts(decode(y), names, "decode(y of (4, 4, 2, 6))")[0][1, 2, 1]
    expected = torch.tensor([0.5, 0.125, 0.625, 0.625])
    check.equal(box, expected, "the box in row 1, column 2, anchor 1 of decode(y of (4, 4, 2, 6))")

# %% nbgrader={"grade": true, "grade_id": "decode_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of decode: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("decode") as check:
    rng = testing.rng("decode_hidden")
    for S, A, C in [(3, 2, 4), (5, 1, 3), (8, 3, 2), (1, 4, 1)]:
        y = torch.tensor(rng.uniform(0, 1, (S, S, A, 5 + C)), dtype=torch.float32)
        y[..., 3:5] = y[..., 3:5] * 3
        boxes = torch.zeros(S, S, A, 4)
        for row in range(S):
            for column in range(S):
                for anchor in range(A):
                    _, b_x, b_y, b_h, b_w = y[row, column, anchor, :5].tolist()
                    left, top = (column + b_x - b_w / 2) / S, (row + b_y - b_h / 2) / S
                    boxes[row, column, anchor] = torch.tensor([left, top, left + b_w / S, top + b_h / S])
        label = f"decode(y of {tuple(y.shape)})"
        got = check.parts(decode(y), ("boxes", "confidence", "probabilities"), label)
        axes = ("row", "column", "anchor", "corner")
        check.equal(got[0], boxes, f"the boxes of {label}", axes=axes, rtol=1e-4, atol=1e-5)
        check.equal(got[1], y[..., 0:1], f"the confidence of {label}", axes=axes[:3])
        check.equal(got[2], y[..., 5:], f"the probabilities of {label}", axes=axes[:3])
        check.true(testing.unchanged(decode, [y]), f"{label} should leave its argument alone.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: there and back
#
# Every object that has a place must come back out of the array just as it went in. **Predict** the largest difference
# of any corner, over all the streets that you drew above.

# %%
worst, returned, given = 0.0, 0, 0
for truth in unseen:
    y = encode_targets(truth["boxes"], truth["classes"], GRID, STREET_ANCHORS, 3)
    boxes, confidence, probabilities = decode(y)
    there = confidence[..., 0] > 0
    found, kinds = boxes[there], probabilities[there].argmax(dim=1)
    nearest = overlap(found, truth["boxes"]).argmax(dim=1)
    worst = max(worst, float((found - truth["boxes"][nearest]).abs().max())) if len(found) else worst
    returned += int((kinds == truth["classes"][nearest]).sum())
    given += len(truth["boxes"])
print(
    f"{given} objects went in, {returned} came out, of the right class; no corner is off by more than {worst:g}"
)

# %% [markdown]
# What is lost is lost for one reason: two wanted one place. What is kept is exact, up to rounding. If your boxes are
# ever off, this is the first thing to try: encode the truth, decode it, and draw both.

# %% [markdown]
# ### Try it: what does each cell say?
#
# The street on 6 × 6 cells, and your own target for it. Choose a row, a column and an anchor, or go from object to
# object. **Predict** $b_h$ and $b_w$ of the car before you look. Then look at an empty place beside it.

# %%
from cnnkit.widgets import grid_inspector

street_boxes, street_classes = torch.from_numpy(street.boxes) / 192, torch.from_numpy(street.classes)
street_target = encode_targets(street_boxes, street_classes, 6, STREET_ANCHORS * 6 / GRID, 3)
grid_inspector(street.image, street_target, CLASSES)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The street under a grid of 6 by 6 cells. Fields choose row, column and anchor, a button goes to the next object. Chosen
# is the place of the car: its cell is framed thick, its box is drawn, and its eight numbers stand above the
# picture.](images/grid_inspector.png)

# %% [markdown]
# # Part 3: how wrong is it?
#
# ## 5. One loss for all cells
#
# Most places of a target are empty. In a street with four objects, 16 × 16 × 3 = 768 places are 764 times "nothing
# here". **Ask yourself:** what does a network learn first if each place counts the same? And what should an empty place
# learn about its box and its classes?
#
# <details><summary>Compare with your answer</summary>
#
# To say "nothing" everywhere: right 199 times in 200. So the empty places get a smaller weight, $\lambda_{noobj}$, and
# the boxes a larger one, $\lambda_{coord}$. About its box and its classes an empty place learns nothing at all: they do
# not count there.
#
# </details>
#
# For a place with raw numbers $t$ and target $b$:
#
# - **Is there an object?** $-\ln \sigma(t_p)$ if there is one, and $-\lambda_{noobj} \ln(1 - \sigma(t_p))$ if there is
#   none.
# - **Where?** Only if there is one: $\lambda_{coord} \left[ (\sigma(t_x) - b_x)^2 + (\sigma(t_y) - b_y)^2 \right]$.
# - **How large?** Only if there is one, with the anchor's height $a_h$ and width $a_w$:
#   $\lambda_{coord} \left[ (t_h - \ln (b_h / a_h))^2 + (t_w - \ln (b_w / a_w))^2 \right]$.
# - **What?** Only if there is one: $-\ln$ of the softmax at the true class.
#
# All of it is **added up** over the cells and anchors of a picture, and then averaged over the pictures of the batch.
#
# Why logarithms for the sizes? A pixel more or less matters little on a bus and much on a person far away. In the
# logarithm, being wrong by a tenth costs the same for both. (The first YOLO took square roots to that end, and squared
# errors everywhere. Sigmoid, exponential and these squares are YOLOv2's. The logistic loss of $p_c$ is YOLOv3's, which has
# one for each class too, in place of the softmax. Both leave out empty places whose box overlaps an object well.)
#
# ### Exercise 4: `yolo_loss` (4 points)
#
# Two traps. $\ln \sigma(t)$ is minus infinity for $t = -200$ if you compute it in two steps; `functional.softplus` and
# `log_softmax` do it in one. And in empty places $b_h = 0$: its logarithm is minus infinity, and 0 times that is not 0
# but `nan`. Put another number there *before* you take the logarithm.
#
# <details><summary>Hint 1</summary>
#
# `there = target[..., 0]` is 1 where there is an object and 0 elsewhere: multiply by it what counts only there, and by
# `1 - there` what counts only elsewhere. $-\ln \sigma(t)$ is `functional.softplus(-t)`, and $-\ln(1 - \sigma(t))$ is
# `functional.softplus(t)`.
#
# <details><summary>Hint 2</summary>
#
# `ratio = target[..., 3:5] / anchors.flip(1)` is 0 in empty places.
# `torch.where(there[..., None] > 0, ratio, 1.0).log()` is 0 there.
#
# <details><summary>Hint 3</summary>
#
# `place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(dim=-1)`, size likewise without the sigmoid, and
# `kind = -(target[..., 5:] * raw[..., 5:].log_softmax(dim=-1)).sum(dim=-1)`. Put the weights in, add up everything, and
# divide by `len(raw)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "yolo_loss_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    """Measure how wrong the raw numbers of a batch are.

    For a place with an object: -ln sigmoid(t_p), plus lambda_coord times the squares of sigmoid(t_x) - b_x,
    sigmoid(t_y) - b_y, t_h - ln(b_h / anchor height) and t_w - ln(b_w / anchor width), minus the logarithm of the
    softmax at the true class. For a place without: -lambda_noobj ln(1 - sigmoid(t_p)), and nothing else.

    Args:
        raw: (B, S, S, A, 5 + C), floats, what the network gives: before any sigmoid.
        target: (B, S, S, A, 5 + C), floats, from `encode_targets`.
        anchors: (A, 2), floats, widths and heights in cells.
        lambda_coord: the weight of places and sizes.
        lambda_noobj: the weight of places without an object.

    Returns:
        A tensor of shape (), the sum over rows, columns and anchors, and the mean over the batch.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    there = target[..., 0]
    # 1. Is there an object? Differently weighted where there is one and where there is none.
    ### BEGIN SOLUTION
    found = there * functional.softplus(-raw[..., 0])
    nothing = lambda_noobj * (1 - there) * functional.softplus(raw[..., 0])
    ### END SOLUTION
    # 2. Where is it?
    ### BEGIN SOLUTION
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(dim=-1)
    ### END SOLUTION
    # 3. How large is it? Mind the empty places.
    ### BEGIN SOLUTION
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(dim=-1)
    ### END SOLUTION
    # 4. What is it?
    ### BEGIN SOLUTION
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(dim=-1)).sum(dim=-1)
    ### END SOLUTION
    # 5. Put them together.
    ### BEGIN SOLUTION
    return (found + nothing + there * (lambda_coord * (place + size) + kind)).sum() / len(raw)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "yolo_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("yolo_loss") as check:
    anchors = torch.tensor([[2.0, 1.0]])

    # One picture of 1 x 2 cells, an object of class 1 in the second, just as large as the anchor. With numbers so far
    # from 0 a logarithm is plain: -ln sigmoid(-64) is 64, -ln sigmoid(64) is 0, and so for the classes.
    target = torch.zeros(1, 1, 2, 1, 7)
    target[0, 0, 1, 0] = torch.tensor([1, 0.25, 0.5, 1.0, 2.0, 0, 1])
    raw = torch.zeros(1, 1, 2, 1, 7)
    raw[..., 0] = -64.0
    raw[0, 0, 1, 0] = torch.tensor([64.0, 0.0, 0.0, 0.0, 0.0, -64.0, 64.0])

    # All is right but b_x, which is 0.5 in place of 0.25: 5 times a sixteenth.
    label = "yolo_loss(raw with only b_x wrong, target, anchors)"
    check.equal(yolo_loss(raw, target, anchors), torch.tensor(0.3125), label)

    # Now the object is missed (64), its size is off by 1 and 2 (8 times 5), its class is wrong (128).
    missed = raw.clone()
    missed[0, 0, 1, 0] = torch.tensor([-64.0, 0.0, 0.0, 1.0, 2.0, 64.0, -64.0])
    label = "yolo_loss(raw that misses the object, target, anchors, 8.0, 0.5)"
    check.equal(yolo_loss(missed, target, anchors, 8.0, 0.5), torch.tensor(64 + 0.5 + 40 + 128), label)

    # And the empty cell cries out: 64 times 0.25. What it says of box and classes does not count.
    false_alarm = raw.clone()
    false_alarm[0, 0, 0, 0] = torch.tensor([64.0, 5.0, 5.0, 5.0, 5.0, 5.0, -5.0])
    label = "yolo_loss(raw with a false alarm, target, anchors, 8.0, 0.25)"
    check.equal(yolo_loss(false_alarm, target, anchors, 8.0, 0.25), torch.tensor(16.5), label)

    # A batch: the mean of the two.
    both, targets = torch.cat([missed, false_alarm]), torch.cat([target, target])
    label = "yolo_loss(a batch of two, targets, anchors, 8.0, 0.25)"
    check.equal(yolo_loss(both, targets, anchors, 8.0, 0.25), torch.tensor(124.5), label)

    # Where should it go? In the empty cell, down with the alarm, by a quarter; and nowhere else.
    arguments = [false_alarm, target, anchors, 8.0, 0.25]
    gradient = testing.grad(yolo_loss, arguments, 0)[0, 0, 0, 0]
    label = "the gradient of yolo_loss for the raw numbers of the empty cell"
    check.equal(gradient, torch.tensor([0.25, 0, 0, 0, 0, 0, 0]), label)
    check.true(testing.unchanged(yolo_loss, arguments), "yolo_loss should leave its arguments alone.")

# %% nbgrader={"grade": true, "grade_id": "yolo_loss_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of yolo_loss: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from scipy import special

from cnnkit import testing
from cnnkit.check import Check

with Check("yolo_loss") as check:
    rng = testing.rng("yolo_loss_hidden")
    for B, S, A, C in [(2, 3, 2, 4), (1, 4, 3, 2), (3, 2, 1, 3)]:
        t, b = rng.normal(0, 2, (B, S, S, A, 5 + C)), np.zeros((B, S, S, A, 5 + C))
        chosen, coord, noobj = rng.uniform(0.5, 3, (A, 2)), rng.uniform(1, 8), rng.uniform(0.1, 0.9)
        loss, slope = 0.0, np.zeros_like(t)
        for place in np.ndindex(t.shape[:-1]):
            raw, y, grad = t[place], b[place], slope[place]
            raw[0] += 150 * (rng.random() < 0.2 or place == (0, 0, 0, 0))
            if rng.random() < 0.3 or place == (0, 0, 0, 0):
                y[:5], y[5 + rng.integers(C)] = [1, *rng.uniform(0.05, 0.95, 2), *rng.uniform(0.3, 4, 2)], 1
                w, h = chosen[place[-1]]
                off = np.array([*(special.expit(raw[1:3]) - y[1:3]), *(raw[3:5] - np.log(y[3:5] / [h, w]))])
                loss -= special.log_expit(raw[0]) + y[5:] @ special.log_softmax(raw[5:])
                loss += coord * (off**2).sum()
                grad[0], grad[5:] = special.expit(raw[0]) - 1, special.softmax(raw[5:]) - y[5:]
                grad[1:5] = 2 * coord * off
                grad[1:3] *= special.expit(raw[1:3]) * special.expit(-raw[1:3])
            else:
                loss -= noobj * special.log_expit(-raw[0])
                grad[0] = noobj * special.expit(raw[0])
        raw, target, anchors = (torch.tensor(array, dtype=torch.float32) for array in (t, b, chosen))
        arguments = [raw, target, anchors, float(coord), float(noobj)]
        label = f"yolo_loss(raw of {t.shape}, target, anchors, {coord:.3g}, {noobj:.3g})"
        wanted = torch.tensor(loss / B, dtype=torch.float32)
        check.equal(yolo_loss(*arguments), wanted, label, rtol=1e-4, atol=1e-4)
        gradient = torch.tensor(slope / B, dtype=torch.float32)
        words = f"the gradient of {label} for raw"
        check.equal(testing.grad(yolo_loss, arguments, 0), gradient, words, rtol=1e-3, atol=1e-4)
        standard = yolo_loss(raw, target, anchors)
        check.equal(
            yolo_loss(raw, target, anchors, 5.0, 0.5), standard, "yolo_loss with its own weights given"
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: where the gradient goes
#
# A loss is right if its slope is what you measure. Take a step of a thousandth in one raw number, and compare. Then
# look at which of the 768 places of a street get a gradient for their box. **Predict** how many.

# %%
cnnkit.seed(0)
first = unseen[0]
answer = encode_targets(first["boxes"], first["classes"], GRID, STREET_ANCHORS, 3)[None].double()
guess = torch.randn(answer.shape, dtype=torch.float64, requires_grad=True)
yolo_loss(guess, answer, STREET_ANCHORS.double()).backward()
place = tuple(int(n) for n in answer[..., 0].nonzero()[0])
for number, name in enumerate(("p_c", "b_x", "b_y", "b_h", "b_w", "class 0")):
    step = torch.zeros_like(answer)
    step[place][number] = 0.001
    up, down = (yolo_loss((guess + way * step).detach(), answer, STREET_ANCHORS.double()) for way in (1, -1))
    print(f"{name:8} autograd {guess.grad[place][number]:9.5f}, measured {(up - down) / 0.002:9.5f}")
moved_boxes = int((guess.grad[..., 1:5].abs().sum(-1) > 0).sum())
moved_chances = int((guess.grad[..., 0] != 0).sum())
print(f"{moved_boxes} places learn about boxes, {moved_chances} learn whether there is something")

# %% [markdown]
# ## 6. From numbers to the few boxes that you show
#
# A trained network says 768 boxes for each street. Most have a chance near 0, and several may be about the same car.
# You know what to do from lesson 3.3: give each box the **score** $p_c$ times the chance of its best class; keep those
# from a threshold on; and let the strongest suppress those of its class that overlap it too far. `yolo_eval` puts it
# all together, from raw numbers to the end.
#
# ### Exercise 5: `yolo_eval` (3 points)
#
# At a threshold, both count: a score *equal* to `score_threshold` is kept, and an overlap *equal* to `iou_threshold` is
# suppressed. `overlap(boxes, others)` gives the overlaps of each two, (N, M); it is imported above.
#
# <details><summary>Hint 1</summary>
#
# `decode(activate(raw, anchors))`, then `(confidence * probabilities).max(dim=-1)`: it gives the best scores and their
# classes, both (S, S, A). A mask like `scores >= score_threshold` picks, and flattens, in grid order.
#
# <details><summary>Hint 2</summary>
#
# Sort by score: `order = scores.argsort(descending=True, stable=True)`. `stable` leaves equal ones in grid order. Go
# through them, and keep a list of the kept.
#
# <details><summary>Hint 3</summary>
#
# `clash = (overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)`, and for each i in order:
# `if len(kept) < max_boxes and not any(clash[i, j] for j in kept): kept.append(i)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "yolo_eval_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    """Find the objects in what a network gives for one picture.

    Args:
        raw: (S, S, A, 5 + C), floats, what the network gives: before any sigmoid.
        anchors: (A, 2), floats, widths and heights in cells.
        score_threshold: boxes whose score, p_c times the chance of their best class, is below it are dropped.
        iou_threshold: a box that overlaps a kept one of its class by so much or more is dropped.
        max_boxes: how many are kept at most, over all classes together.

    Returns:
        scores: (N,), floats, highest first; of equal ones, the first in grid order comes first.
        boxes: (N, 4), floats, corners x1, y1, x2, y2 as shares of the picture's side.
        classes: (N,), int64. N may be 0.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. From raw numbers to boxes, and each box's best class with its score.
    ### BEGIN SOLUTION
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    ### END SOLUTION
    # 2. Keep what reaches the threshold.
    ### BEGIN SOLUTION
    enough = scores >= score_threshold
    scores, boxes, classes = scores[enough], boxes[enough], classes[enough]
    ### END SOLUTION
    # 3. Go through them from the highest score on. Keep those that no kept one of their class overlaps too far.
    ### BEGIN SOLUTION
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "yolo_eval", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("yolo_eval") as check:
    names = ("scores", "boxes", "classes")
    anchors = torch.tensor([[2.0, 2.0], [1.0, 2.0]])

    def nothing(S):
        """Raw numbers of S x S cells, two anchors and two classes that say: there is nothing."""
        raw = torch.zeros(S, S, 2, 7)
        raw[..., 0] = -200.0
        return raw

    # A sure car in the first cell, and beside it a wider guess of the same class, whose overlap with it is a half.
    raw = nothing(2)
    raw[0, 0, 0] = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 200.0, 0.0])  # a chance of a half, the large anchor
    raw[0, 0, 1] = torch.tensor([200.0, 0.0, 0.0, 0.0, 0.0, 200.0, 0.0])  # certain, the narrow anchor
    raw[1, 1, 1] = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 200.0, 0.0])  # a half again, far away
    large, narrow = torch.tensor([-0.25, -0.25, 0.75, 0.75]), torch.tensor([0.0, -0.25, 0.5, 0.75])
    other = torch.tensor([0.5, 0.25, 1.0, 1.25])
    label = "yolo_eval(raw, anchors, 0.5)"
    scores, boxes, classes = check.parts(yolo_eval(raw, anchors, 0.5), names, label)
    check.equal(scores, torch.tensor([1.0, 0.5]), f"the scores of {label}")
    check.equal(boxes, torch.stack([narrow, other]), f"the boxes of {label}", axes=("box", "corner"))
    check.equal(classes, torch.tensor([0, 0]), f"the classes of {label}")

    # Suppressed only from 0.75 on, both of the first cell stay. Of equal scores the first in the grid comes first.
    label = "yolo_eval(raw, anchors, 0.5, 0.75)"
    scores, boxes, classes = check.parts(yolo_eval(raw, anchors, 0.5, 0.75), names, label)
    check.equal(scores, torch.tensor([1.0, 0.5, 0.5]), f"the scores of {label}")
    check.equal(boxes, torch.stack([narrow, large, other]), f"the boxes of {label}", axes=("box", "corner"))

    # At most two. What is suppressed takes nobody's place.
    label = "yolo_eval(raw, anchors, 0.5, max_boxes=2)"
    scores, boxes, classes = check.parts(yolo_eval(raw, anchors, 0.5, max_boxes=2), names, label)
    check.equal(boxes, torch.stack([narrow, other]), f"the boxes of {label}", axes=("box", "corner"))

    # Of another class, nobody is suppressed.
    raw[0, 0, 1] = torch.tensor([200.0, 0.0, 0.0, 0.0, 0.0, 0.0, 200.0])
    got = check.parts(yolo_eval(raw, anchors, 0.5), names, "yolo_eval(raw of two classes, anchors, 0.5)")
    check.equal(got[2], torch.tensor([1, 0, 0]), "the classes of yolo_eval(raw of two classes, anchors, 0.5)")

    # At most one, over all classes together. And nothing at all.
    got = check.parts(yolo_eval(raw, anchors, 0.5, max_boxes=1), names, "yolo_eval(…, max_boxes=1)")
    check.equal(got[2], torch.tensor([1]), "the classes of yolo_eval(raw, anchors, 0.5, max_boxes=1)")
    got = check.parts(yolo_eval(nothing(3), anchors), names, "yolo_eval(raw of an empty street, anchors)")
    check.equal(got[0], torch.zeros(0), "the scores of yolo_eval(raw of an empty street, anchors)")
    check.equal(got[1], torch.zeros(0, 4), "the boxes of yolo_eval(raw of an empty street, anchors)")
    check.true(testing.unchanged(yolo_eval, [raw, anchors]), "yolo_eval should leave its arguments alone.")

# %% nbgrader={"grade": true, "grade_id": "yolo_eval_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of yolo_eval: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from scipy import special

from cnnkit import testing
from cnnkit.check import Check

with Check("yolo_eval") as check:
    rng = testing.rng("yolo_eval_hidden")
    cases = [(4, 2, 3, 100), (3, 3, 2, 5), (4, 2, 2, 100), (2, 4, 1, 100)]
    while cases:
        S, A, C, most = cases[-1]
        t, chosen = rng.normal(0, 1.5, (S, S, A, 5 + C)), rng.uniform(1, 3, (A, 2))
        least, far, found, close = rng.uniform(0.2, 0.4), rng.uniform(0.3, 0.6), [], []
        for row, column, a in np.ndindex(S, S, A):
            raw, (w, h) = t[row, column, a], chosen[a]
            x, y = column + special.expit(raw[1]), row + special.expit(raw[2])
            h, w = h * np.exp(raw[3]) / 2, w * np.exp(raw[4]) / 2
            chances = special.expit(raw[0]) * special.softmax(raw[5:])
            corners = (np.array([x - w, y - h, x + w, y + h]) / S).tolist()
            found.append((float(chances.max()), corners, int(chances.argmax())))
            close.append(abs(chances.max() - least))
        kept = []
        for score, box, kind in sorted(found, key=lambda one: -one[0]):
            if score < least:
                break
            shares = []
            for _, other, its in kept:
                sides = [min(box[n + 2], other[n + 2]) - max(box[n], other[n]) for n in (0, 1)]
                both = max(sides[0], 0) * max(sides[1], 0)
                areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
                shares.append((both / (sum(areas) - both), its))
            close += [abs(share - far) for share, _ in shares]
            if len(kept) < most and all(share < far or its != kind for share, its in shares):
                kept.append((score, box, kind))
        ordered = sorted(score for score, _, _ in found)
        if min(close) < 1e-4 or min(np.diff(ordered)) < 1e-5 or len(kept) < 2:
            continue  # too close to a threshold, or to each other, for single precision
        if most == 100 and len(kept) == sum(score >= least for score in ordered):
            continue  # nothing was suppressed
        if most < 100 and [score for score, _, _ in kept] == ordered[::-1][: len(kept)]:
            continue  # nothing was suppressed among the first
        cases.pop()
        raw, anchors = torch.tensor(t, dtype=torch.float32), torch.tensor(chosen, dtype=torch.float32)
        label = f"yolo_eval(raw of {t.shape}, anchors, {least:.3g}, {far:.3g}, {most})"
        got = check.parts(
            yolo_eval(raw, anchors, float(least), float(far), most), ("scores", "boxes", "classes"), label
        )
        wanted = [torch.tensor(part) for part in zip(*kept, strict=True)]
        check.equal(got[2], wanted[2], f"the classes of {label}")
        check.equal(got[0], wanted[0].float(), f"the scores of {label}", rtol=1e-4, atol=1e-5)
        check.equal(got[1], wanted[1].float(), f"the boxes of {label}", rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# # Part 4: a detector for your streets
#
# ## 7. A small YOLO
#
# The network sees 128 × 128 pixels and answers for 16 × 16 cells, each 8 pixels wide. **Ask yourself:** what should it
# look at to find a pedestrian of 4 × 8 pixels? And what to find a car that fills the picture?
#
# <details><summary>Compare with your answer</summary>
#
# For the one, at a fine layer, before the picture was halved too often. For the other, at a coarse one, where each
# number has seen a large part of the picture. So both should have their say.
#
# </details>
#
# The coarse layer, 8 × 8, is made larger by writing each number four times. The fine one, 32 × 32, has to become
# smaller, and YOLOv2 has a way for that, the **passthrough**. A volume of 32 × 32 × 8 is cut into squares of 2 × 2, and
# the four numbers of each square are laid behind one another: 16 × 16 × 32. Nothing is computed and nothing lost; space
# has become depth. Now all fit beside the middle one, and are joined along the channels.

# %% nbgrader={"grade": false, "grade_id": "yolo_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from torch import nn


def space_to_depth(x, block=2):
    """Lay the numbers of each block x block square behind one another.

    (B, C, H, W) becomes (B, C block², H / block, W / block): all channels of the squares' first places come first.
    """
    B, C, H, W = x.shape
    squares = x.reshape(B, C, H // block, block, W // block, block)
    return squares.permute(0, 3, 5, 1, 2, 4).reshape(B, block * block * C, H // block, W // block)


def convolution(channels, filters, f=3, stride=1, device=None):
    """A convolution without bias, batch normalisation, and a ReLU that lets a tenth of what is negative through."""
    layer = nn.Conv2d(channels, filters, f, stride, f // 2, bias=False, device=device)
    return nn.Sequential(layer, nn.BatchNorm2d(filters, device=device), nn.LeakyReLU(0.1))


class StreetYolo(nn.Module):
    """A small YOLO with a passthrough: pictures (B, 3, 128, 128), 0 to 255, to raw numbers (B, 16, 16, 3, 8)."""

    def __init__(self):
        super().__init__()
        self.fine = nn.Sequential(convolution(3, 16, stride=2), convolution(16, 32, stride=2))
        self.narrow = convolution(32, 8, 1)
        self.middle = nn.Sequential(convolution(32, 64, stride=2), convolution(64, 64))
        self.coarse = nn.Sequential(convolution(64, 96, stride=2), convolution(96, 96), convolution(96, 96))
        self.grow = nn.Upsample(scale_factor=2)
        self.head = nn.Sequential(convolution(4 * 8 + 64 + 96, 96, 1), convolution(96, 64))
        self.out = nn.Conv2d(64, 3 * (5 + 3), 1)
        with torch.no_grad():
            self.out.bias.view(3, 8)[:, 0] = -4.0  # begin with "nothing here", which is true of most places

    def forward(self, x):
        """Raw numbers, one array for everything."""
        x = (x.to(self.out.weight.device).float() / 255 - 0.45) / 0.25
        fine = self.fine(x.contiguous(memory_format=torch.channels_last))
        middle = self.middle(fine)
        joined = [space_to_depth(self.narrow(fine)), middle, self.grow(self.coarse(middle))]
        return self.out(self.head(torch.cat(joined, dim=1))).unflatten(1, (3, 8)).permute(0, 3, 4, 1, 2)


# %%
small = torch.arange(16.0).reshape(1, 1, 4, 4)
print("one channel of 4 x 4:\n", small[0, 0].int().numpy())
print("as four channels of 2 x 2:\n", space_to_depth(small)[0].int().numpy())
fine, middle, coarse = torch.empty(1, 8, 32, 32), torch.empty(1, 64, 16, 16), torch.empty(1, 96, 8, 8)
joined = torch.cat([space_to_depth(fine), middle, nn.Upsample(scale_factor=2)(coarse)], dim=1)
print("joined:", tuple(joined.shape))
print("weights:", f"{sum(p.numel() for p in StreetYolo().parameters()):,}")
print("raw numbers of two streets:", tuple(StreetYolo().eval()(unseen_pictures[:2]).shape))

# %% [markdown]
# ## 8. Train it, and hand it in
#
# ### Exercise 6: `street_detector` (3 points)
#
# Nothing to write: your `encode_targets` says what it should learn, your `yolo_loss` how wrong it is. The next cell
# draws 3,000 streets and says how to train. Each batch is seen through another window: moved, grown or shrunk,
# mirrored, lighter or darker, so that no street is ever seen twice in the same way. (Ask yourself why the boxes have to
# go through the window too.) Then comes the cell that trains, and saves the weights as `work/yolo/streets.safetensors`.
# *Check and hand in* packs them with your notebook. A point is for a mean average precision of at least 0.75 on 30 given
# streets; two are for at least 0.80 on 60 streets that nobody has seen. (Trained like this, it reaches about 0.88.)
# Objects of which less than 0.3 is visible, or under 6 pixels, count neither way.
#
# <details><summary>Hint 1</summary>
#
# It stays below? First look whether exercises 1 and 4 pass. Then train again from the top: the weights are saved anew.
#
# <details><summary>Hint 2</summary>
#
# You may change how it is trained: define `fit_detector` anew in a cell of your own, just before the one that trains.
# (Locked cells are put back when your notebook is graded.) Leave the network as it is: your file has to fit what the
# course's `build_detector` makes, and lesson 3.5 loads it too. More streets help most, more epochs next.
#
# </details>
# </details>

# %% nbgrader={"grade": false, "grade_id": "detector_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
from torch.nn import functional

import cnnkit

MARGIN = 16  # pixels around a street that a window may show beyond it


def through_window(truth, left, top, side, mirrored):
    """What a window shows of a street: boxes (N, 4), cut at its edge, and classes (N,).

    Left out is what does not count, what is cut to a third of its area, and what is under 5 pixels.
    """
    whole = (SIDE * truth["boxes"] + MARGIN - torch.tensor([left, top, left, top])) / side
    cut = whole.clamp(0, 1)
    sizes = cut[:, 2:] - cut[:, :2]
    parts = sizes.prod(dim=1) / (whole[:, 2:] - whole[:, :2]).prod(dim=1)
    kept = ~truth["ignore"] & (parts > 0.35) & (sizes.amin(dim=1) > 5 / SIDE)
    boxes = torch.stack([1 - cut[:, 2], cut[:, 1], 1 - cut[:, 0], cut[:, 3]], dim=1) if mirrored else cut
    return boxes[kept], truth["classes"][kept]


class Windows:
    """Batches of streets and of what the cells should say of them, each batch through another window."""

    def __init__(self, x, truths, size=32):
        self.x, self.truths, self.size = x, truths, size
        self.generator = torch.Generator()  # cnnkit.fit gives it another seed in each epoch

    def __len__(self):
        return math.ceil(len(self.x) / self.size)

    def chance(self, low, high, *shape):
        """Random numbers between two."""
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def __iter__(self):
        for chosen in torch.randperm(len(self.x), generator=self.generator).split(self.size):
            side = int(self.chance(100, 153))
            left, top = (int(self.chance(0, SIDE + 2 * MARGIN - side + 1)) for _ in range(2))
            mirrored = bool(self.chance(0, 1) < 0.5)
            seen = functional.pad(self.x[chosen].float(), [MARGIN] * 4, mode="replicate")
            seen = seen[:, :, top : top + side, left : left + side]
            seen = functional.interpolate(seen, size=(SIDE, SIDE), mode="bilinear", antialias=side > SIDE)
            seen = seen.flip(3) if mirrored else seen
            seen = (
                seen
                * self.chance(0.75, 1.3, len(chosen), 1, 1, 1)
                * self.chance(0.92, 1.08, len(chosen), 3, 1, 1)
            )
            windows = (through_window(self.truths[n], left, top, side, mirrored) for n in chosen)
            targets = [encode_targets(boxes, kinds, GRID, STREET_ANCHORS, 3) for boxes, kinds in windows]
            yield seen.clamp(0, 255), torch.stack(targets)


def build_detector():
    """A small YOLO, untrained."""
    return StreetYolo().to(cnnkit.device(), memory_format=torch.channels_last)


def fit_detector(model):
    """Train it on streets through windows; three steps only in a quick run."""
    count, rounds = (24, 1) if cnnkit.quick() else (3000, 14)
    whole = encode_targets(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([0]), GRID, STREET_ANCHORS, 3)
    yolo_loss(
        torch.zeros(1, *whole.shape), whole[None], STREET_ANCHORS
    )  # both are needed: stop now, not in a minute
    batches = Windows(*street_pictures(count, first=0))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.004, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, rounds)
    anchors = STREET_ANCHORS.to(cnnkit.device())

    def loss(raw, target):
        """Yours, with these anchors."""
        return yolo_loss(raw, target, anchors)

    cnnkit.fit(model, batches, loss, epochs=rounds, optimizer=optimizer, schedule=schedule)


# %% tags=["train"] nbgrader={"grade": false, "grade_id": "street_detector_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
street_detector = cnnkit.train_or_load(build_detector, fit_detector, "work/yolo/streets.safetensors")

# %% nbgrader={"grade": true, "grade_id": "street_detector", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check
from cnnkit.nets.boxes import grid_corners, mean_precision, strongest
from cnnkit.scenes import street_scene

with Check("street_detector") as check:
    anchors = torch.tensor([[1.4, 3.1], [3.6, 4.0], [7.5, 5.1]])
    scenes = [street_scene(2_000_000 + number, 128, 0.5) for number in range(30)]
    x = torch.stack([torch.from_numpy(scene.image).permute(2, 0, 1) for scene in scenes])
    raw = street_detector(x).detach().cpu()
    check.equal(tuple(raw.shape), (30, 16, 16, 3, 8), "the shape of street_detector(30 streets)")
    detections, truths = [], []
    for one, scene in zip(raw, scenes, strict=True):
        chances, classes = (one[..., :1].sigmoid() * one[..., 5:].softmax(-1)).max(-1)
        boxes, scores = grid_corners(one[..., [1, 2, 4, 3]], anchors).flatten(0, 2), chances.flatten()
        kept = strongest(boxes, scores, 0.5, classes.flatten())[:40]
        detections.append({"boxes": boxes[kept], "scores": scores[kept], "classes": classes.flatten()[kept]})
        labels = {"classes": torch.from_numpy(scene.classes), "ignore": torch.from_numpy(scene.ignore)}
        truths.append({"boxes": torch.from_numpy(scene.boxes) / 128, **labels})
    reached = mean_precision(detections, truths)
    check.true(
        reached >= 0.75,
        f"On 30 given streets its mean average precision should be at least 0.75, and is {reached:.2f}.",
    )

# %% nbgrader={"grade": true, "grade_id": "street_detector_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden test of your trained detector: run when your notebook is graded, on the weights that you hand in.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.nets.boxes import grid_corners, mean_precision, strongest
from cnnkit.scenes import street_scene

with Check("street_detector") as check:
    rng = testing.rng("street_detector_hidden")
    anchors = torch.tensor([[1.4, 3.1], [3.6, 4.0], [7.5, 5.1]])
    numbers = (int(number) for number in rng.integers(10_000_000, 2**31, 60))
    scenes = [street_scene(number, 128, 0.5) for number in numbers]
    x = torch.stack([torch.from_numpy(scene.image).permute(2, 0, 1) for scene in scenes])
    raw = street_detector(x).detach().cpu()
    check.equal(tuple(raw.shape), (60, 16, 16, 3, 8), "the shape of street_detector(60 streets)")
    detections, truths = [], []
    for one, scene in zip(raw, scenes, strict=True):
        chances, classes = (one[..., :1].sigmoid() * one[..., 5:].softmax(-1)).max(-1)
        boxes, scores = grid_corners(one[..., [1, 2, 4, 3]], anchors).flatten(0, 2), chances.flatten()
        kept = strongest(boxes, scores, 0.5, classes.flatten())[:40]
        detections.append({"boxes": boxes[kept], "scores": scores[kept], "classes": classes.flatten()[kept]})
        labels = {"classes": torch.from_numpy(scene.classes), "ignore": torch.from_numpy(scene.ignore)}
        truths.append({"boxes": torch.from_numpy(scene.boxes) / 128, **labels})
    reached = mean_precision(detections, truths)
    check.true(
        reached >= 0.80,
        f"On unseen streets its mean average precision should be at least 0.80, and is {reached:.3f}.",
    )
### END HIDDEN TESTS

# %% [markdown]
# **Predict** the mean average precision on the streets that you drew at the beginning, none of which it has seen:
# before the training, and after it. (The threshold is low here, for average precision wants all boxes, in the order of
# their scores.)


# %%
def found_in(model, x, least=0.02, most=40):
    """What a model and `yolo_eval` find in each picture, as `mean_precision` wants it."""
    found = []
    with torch.no_grad():
        for some in x.split(50):
            for raw in model(some).cpu():
                scores, boxes, kinds = yolo_eval(raw, STREET_ANCHORS, least, 0.5, most)
                found.append({"boxes": boxes, "scores": scores, "classes": kinds})
    return found


untrained = mean_precision(found_in(build_detector().eval(), unseen_pictures), unseen)
detections = found_in(street_detector, unseen_pictures)
print(f"before the training: {untrained:.3f}")
print(f"after it:            {mean_precision(detections, unseen):.3f}")
for number, name in enumerate(CLASSES):
    only = [{**truth, "ignore": truth["ignore"] | (truth["classes"] != number)} for truth in unseen]
    print(f"    {name:11} {mean_precision(detections, only):.3f}")

# %% [markdown]
# Two streets, with what it says at a threshold of 0.5. White and thin is the truth.

# %%
for number in (0, 1):
    scores, boxes, kinds = yolo_eval(
        street_detector(unseen_pictures[number : number + 1])[0].detach().cpu(), STREET_ANCHORS, 0.5
    )
    truth = unseen[number]
    counted = truth["boxes"][~truth["ignore"]]
    hits = int((overlap(counted, boxes).amax(dim=1) >= 0.5).sum()) if len(boxes) and len(counted) else 0
    pictures.show_boxes(
        unseen_pictures[number].permute(1, 2, 0).numpy(),
        SIDE * boxes,
        kinds.tolist(),
        scores.tolist(),
        CLASSES,
        SIDE * truth["boxes"],
        title=f"{len(boxes)} boxes for {len(counted)} objects, of which {hits} are found",
    )

# %% [markdown]
# And what do the cells themselves say, those beside the right one too? Here is the second street, activated. Go to the
# next object, and then a column to the left and to the right of it.

# %%
with torch.no_grad():
    spoken = activate(street_detector(unseen_pictures[1:2])[0].cpu(), STREET_ANCHORS)
grid_inspector(unseen_pictures[1].permute(1, 2, 0).numpy(), spoken, CLASSES)

# %% [markdown]
# ## 9. What does it miss?
#
# One number hides a lot. **Predict** which objects it misses most: the small ones, the hidden ones, or those that stand
# close to others?


# %%
from itertools import pairwise


def was_found(truth, found):
    """Which objects a box of their class overlaps by a half."""
    same = truth["classes"][:, None] == found["classes"]
    return ((overlap(truth["boxes"], found["boxes"]) >= 0.5) & same).any(dim=1)


def share(chosen):
    """The share found of those that are chosen; nan where there are none."""
    return float(hits[chosen].mean()) if chosen.any() else float("nan")


table = []
for truth, found in zip(unseen, found_in(street_detector, unseen_pictures, least=0.3), strict=True):
    high = (truth["boxes"][:, 3] - truth["boxes"][:, 1]) * SIDE
    near = (overlap(truth["boxes"]) - torch.eye(len(high))).clamp(min=0).sum(dim=1)
    columns = torch.stack([high, near, was_found(truth, found).float()], dim=1)
    table.append(columns[~truth["ignore"]])
heights, nearness, hits = torch.cat(table).numpy().T
edges = [0, 16, 22, 30, 45, 129]
by_height = [share((heights >= low) & (heights < high)) for low, high in pairwise(edges)]
alone, close = share(nearness < 0.1), share(nearness >= 0.3)
names = [f"{low} to {high - 1}" for low, high in pairwise(edges)]
figure, axis = plt.subplots(figsize=(6.4, 3.6))
axis.bar(names, by_height, color="#0072B2")
axis.set(xlabel="height of the object, pixels", ylabel="share found", ylim=(0, 1))
axis.set_title(f"Of those up to 15 pixels high {by_height[0]:.0%} are found, from 45 on {by_height[-1]:.0%}")
spoken = "; ".join(f"{name} pixels, {share:.0%}" for name, share in zip(names, by_height, strict=True))
pictures.display_figure(figure, f"The share of objects found, by their height: {spoken}.")
print(f"alone (overlap with others under 0.1): {alone:.0%} found; overlapped by 0.3 or more: {close:.0%}")

# %% [markdown]
# # Part 5: the large ones
#
# ## 10. YOLOv2, from a table
#
# YOLOv2 is your small network written large: 608 × 608 pixels, 19 × 19 cells, five anchors, 80 classes. The rows below
# are all of it. `f` is 3 unless it is given; a convolution of the kind above stands in each line.
#
# | rows | what comes out |
# | --- | --- |
# | 32, pool, 64, pool | 152 × 152 × 64 |
# | 128, 64 (1 × 1), 128, pool | 76 × 76 × 128 |
# | 256, 128 (1 × 1), 256, pool | 38 × 38 × 256 |
# | 512, 256 (1 × 1), 512, 256 (1 × 1), 512 | 38 × 38 × 512, from which the passthrough starts |
# | pool, 1024, 512 (1 × 1), 1024, 512 (1 × 1), 1024, 1024, 1024 | 19 × 19 × 1024 |
# | the passthrough: 64 (1 × 1) on the 38 × 38 × 512 | 38 × 38 × 64, reordered to 19 × 19 × 256 |
# | joined | 19 × 19 × 1280 |
# | 1024, then a plain 1 × 1 with bias | 19 × 19 × 425 |
#
# It has about 51 million parameters, 204 MB. On PyTorch's `meta` device (lesson 2.1) it takes nothing.

# %% nbgrader={"grade": false, "grade_id": "yolov2_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from torch import nn

YOLOV2_EARLY = [
    *[32, "pool", 64, "pool", 128, (64, 1), 128, "pool", 256, (128, 1), 256, "pool"],
    *[512, (256, 1), 512, (256, 1), 512],
]
YOLOV2_DEEP = ["pool", 1024, (512, 1), 1024, (512, 1), 1024, 1024, 1024]


def rows_of_layers(rows, channels, device):
    """The layers of a table: a number is a convolution of 3 x 3, a pair has its filters and f."""
    layers = []
    for row in rows:
        if row == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            filters, f = row if isinstance(row, tuple) else (row, 3)
            layers.append(convolution(channels, filters, f, device=device))
            channels = filters
    return nn.Sequential(*layers)


class YOLOv2(nn.Module):
    """YOLOv2 for pictures (B, 3, 608, 608): one array (B, 19, 19, anchors, 5 + num_classes)."""

    def __init__(self, anchors=5, num_classes=80, device=None):
        super().__init__()
        self.shape = (anchors, 5 + num_classes)
        self.early = rows_of_layers(YOLOV2_EARLY, 3, device)
        self.deep = rows_of_layers(YOLOV2_DEEP, 512, device)
        self.narrow = convolution(512, 64, 1, device=device)
        self.last = convolution(4 * 64 + 1024, 1024, device=device)
        self.out = nn.Conv2d(1024, anchors * (5 + num_classes), 1, device=device)

    def forward(self, x):
        """Raw numbers."""
        early = self.early(x)
        joined = torch.cat([space_to_depth(self.narrow(early)), self.deep(early)], dim=1)
        return self.out(self.last(joined)).unflatten(1, self.shape).permute(0, 3, 4, 1, 2)


# %%
ghost = YOLOv2(device="meta")
shapes = {}
for name, layer in ghost.named_children():
    layer.register_forward_hook(lambda layer, inputs, output, name=name: shapes.update({name: output.shape}))
result = ghost(torch.empty(1, 3, 608, 608, device="meta"))
for name, (_, channels, rows_out, columns_out) in shapes.items():
    print(f"{name:7} {rows_out} x {columns_out} x {channels}")
print("narrow, reordered:", tuple(space_to_depth(torch.empty(shapes["narrow"], device="meta")).shape))
print("one array:        ", tuple(result.shape))
learned = sum(p.numel() for p in ghost.parameters())
remembered = sum(b.numel() for name, b in ghost.named_buffers() if "running" in name)
print(
    f"learned {learned:,}, remembered means and variances {remembered:,}, together {learned + remembered:,}"
)

# %% [markdown]
# > **The notes say…** 50,983,561 parameters, of which 50,962,889 can be trained. PyTorch has 50,962,889 parameters. The
# > other 20,672 are means and variances that batch normalisation remembers; another library counts them as parameters
# > that are not trained. Both are right, and you know now what each counts.
#
# ## 11. A real one, on real photographs
#
# A face detector comes with this course: a tiny YOLOv2 with five anchors and one class, less than 200,000 weights,
# trained by others on photographs of people. It goes the way that you have gone: grid, sigmoid, anchors, threshold,
# suppression. **Predict** for each photo how many faces it finds: an astronaut, a cat, a camera man from the side (he
# turns his face away), and the astronaut once more, upside down.

# %%
from cnnkit.data import photo
from cnnkit.nets import detect_faces

real = {name: photo(name) for name in ("astronaut", "cat", "camera")}
real["astronaut, upside down"] = np.ascontiguousarray(real["astronaut"][::-1])
for name, picture in real.items():
    boxes, scores = detect_faces(picture)
    pictures.show_boxes(
        picture,
        boxes,
        scores=scores.tolist(),
        title=f"{name}: {len(boxes)} face{'' if len(boxes) == 1 else 's'} found at a threshold of 0.5",
        alt=f"A photo, {name}. Scores of the faces that the detector finds: "
        f"{', '.join(f'{score:.2f}' for score in scores) or 'none, for it finds no face'}.",
    )

# %% [markdown]
# The camera man shows his profile, and is found all the same, though with less confidence. The cat has a face, but not
# one of those that it was taught. Upside down, the astronaut is gone: nobody hung upside down in its training photos,
# and a convolution does not know that turned things are the same. Now a picture without any face, a microscope's view
# of tissue. **Predict** again, and then lower the threshold.

# %%
tissue = photo("tissue")
for threshold in (0.5, 0.2):
    boxes, scores = detect_faces(tissue, threshold=threshold)
    print(f"tissue at {threshold}: {[f'{score:.2f}' for score in scores.tolist()]}")
boxes, scores = detect_faces(tissue)
pictures.show_boxes(
    tissue,
    boxes,
    scores=scores.tolist(),
    title=f"No face, and {len(boxes)} found: it answers only what it was asked",
    alt=f"Tissue under a microscope. The detector takes {len(boxes)} round structure in it for a face.",
)
boxes, scores = detect_faces(real["astronaut, upside down"], threshold=0.2)
print("the astronaut upside down at 0.2:", [f"{score:.2f}" for score in scores.tolist()])

# %% [markdown]
# A threshold that finds the astronaut upside down finds faces where there are none as well. No threshold mends what was
# not in the training data.
#
# If you have YOLOv3-tiny's weights (80 kinds of things; `SOURCES.md` of cnnkit's data says where), name their file in
# the environment variable `CNNKIT_YOLOV3_TINY`, and the next cell uses them. Without them, go on.

# %%
import os

from cnnkit.nets import COCO_NAMES, find_objects, yolov3_tiny

weights_file = os.environ.get("CNNKIT_YOLOV3_TINY", "")
for name in ("motorcycle", "coffee", "cat") if weights_file else ():
    found = find_objects(photo(name), yolov3_tiny(weights_file))
    pictures.show_boxes(
        photo(name), found.boxes, found.classes.tolist(), found.scores.tolist(), COCO_NAMES, title=name
    )
print("with YOLOv3-tiny" if weights_file else "without YOLOv3-tiny: the face detector has to do")

# %% [markdown]
# **And the others?** *MultiBox* (2014) proposes boxes from a fixed set of shapes, whatever is in them, and a second
# network says what. *SSD* (2016) is a YOLO that answers from several layers, fine and coarse, each with its own
# anchors. *YOLOv3* does the same from three grids, and asks a sigmoid for each class, so that a thing may be a person
# and a woman. Lesson 3.5 goes the other way: first propose regions, then look at each.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A grid of 13 × 13, three anchors, 20 classes. How many channels has the last convolution?
# 2. A truck fills the whole picture. How many of the 19 × 19 cells report it, and what are its $b_h$ and $b_w$?
# 3. Why is there no softmax over the cells? It would say where the object is.
# 4. Your detector finds all cars, but each box is half as wide as the car. Name two mistakes that do this.
# 5. You train with $\lambda_{noobj} = 0$. What will it say of an empty street?
#
# <details><summary>Answers</summary>
#
# 1. $3 \cdot (5 + 20) = 75$.
# 2. One: the cell of its middle. Both are 19.
# 3. Because there may be three objects, or none. Each place decides for itself.
# 4. `decode` goes a quarter of the width to either side of the middle, in place of half. Or b_h and b_w have changed
#    places, and your cars are twice as wide as high: then the boxes are twice as high as the cars, too.
# 5. That there are objects nearly everywhere. Its $p_c$ was only ever pushed up; nothing told it to be silent.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# Each is done to your trained detector, or to a target, and none raises an error.


# %%
def reached_with(change):
    """The mean average precision when the raw numbers are changed before they are evaluated."""
    found, count = [], 20 if cnnkit.quick() else 150
    with torch.no_grad():
        raw_numbers = street_detector(unseen_pictures[:count]).cpu()
    for raw in raw_numbers:
        scores, boxes, kinds = yolo_eval(change(raw), STREET_ANCHORS, 0.02, 0.5, 40)
        found.append({"boxes": boxes, "scores": scores, "classes": kinds})
    return mean_precision(found, unseen[:count])


def swapped_numbers(raw):
    """Height for width, and width for height."""
    return raw[..., [0, 1, 2, 4, 3, 5, 6, 7]]


print(f"as it is:                            {reached_with(lambda raw: raw):.3f}")
print(f"rows and columns swapped:            {reached_with(lambda raw: raw.transpose(0, 1)):.3f}")
print(f"height and width swapped:            {reached_with(swapped_numbers):.3f}")
print(f"anchors in another order:            {reached_with(lambda raw: raw.flip(2)):.3f}")

# %% [markdown]
# **…rows and columns are swapped.** Boxes go to the mirror image along the diagonal, and hardly anything is left:
# only on the diagonal nothing moves.
#
# **…height and width are swapped.** The place is right, and tall things become wide. Square cars may pass.
#
# **…the anchors come in another order than in training.** Chance, place and class are untouched, so the scores look
# fine. Only boxes of another size come out.
#
# **…a sigmoid is forgotten.** Then the middle can leave its cell. Here is a place of row 3, column 3 that says 2.0 and
# -1.5:

# %%
says = torch.tensor([2.0, -1.5])
print(
    "with it, the middle is at",
    (3 + says.sigmoid()).numpy().round(2),
    "cells; without it at",
    (3 + says).numpy(),
)

# %% [markdown]
# **…nothing is suppressed.** Each object is found several times, by the anchors and cells around its middle. The extra
# boxes are wrong, for each object counts once.

# %%
with torch.no_grad():
    streets_raw = street_detector(unseen_pictures[:20]).cpu()
for limit in (0.5, 1.1):
    counts = [len(yolo_eval(raw, STREET_ANCHORS, 0.1, limit, 768)[0]) for raw in streets_raw]
    objects = sum(len(truth["boxes"]) for truth in unseen[:20])
    print(f"suppressed from an overlap of {limit}: {sum(counts)} boxes for {objects} objects")

# %% [markdown]
# **…the loss is averaged over the cells.** Nothing else changes, but the gradient is 768 times smaller, and the same
# learning rate hardly moves anything. (Adam divides by the gradient's size, and would not notice; plain gradient
# descent would.)
#
# **…the logarithm of an empty place is taken.** It is minus infinity, and not even a weight of 0 makes it go away:

# %%
empty, weight = torch.tensor(0.0), torch.tensor(0.0)
print("0 times the square of ln 0:", (weight * empty.log().square()).item())

# %% [markdown]
# ## Your turn: your own photo
#
# Put a photo of a street beside this notebook and write its name below. Your detector has only ever seen drawn streets.
# **Predict** what it makes of a real one. Without a photo of yours it gets a motorcycle in a workshop.

# %%
from cnnkit.data import own_photo

street_file = ""  # for example "my_street.jpg"
opened = own_photo(street_file, photo("motorcycle"))
square = min(opened.size)
left, top = (opened.width - square) // 2, (opened.height - square) // 2
mine = np.array(opened.crop((left, top, left + square, top + square)).resize((SIDE, SIDE)))
with torch.no_grad():
    raw = street_detector(torch.from_numpy(mine).permute(2, 0, 1)[None])[0].cpu()
scores, boxes, kinds = yolo_eval(raw, STREET_ANCHORS, 0.3)
said = ", ".join(
    f"{CLASSES[kind]} {score:.2f}" for kind, score in zip(kinds.tolist(), scores.tolist(), strict=True)
)
pictures.show_boxes(
    mine,
    SIDE * boxes,
    kinds.tolist(),
    scores.tolist(),
    CLASSES,
    title=f"At a threshold of 0.3 it finds {len(boxes)} things",
    alt="Your photo, cut to a square of 128 pixels, or a motorcycle if you chose none. "
    f"The detector says: {said or 'nothing'}.",
)

# %% [markdown]
# Disappointed? It learned cars from a drawing program. What would you do with a hundred photos of your own street, and
# which lesson of this course is about that?

# %% [markdown]
# ## Summary
#
# - An object belongs to the cell of its middle, and there to the anchor whose shape overlaps its own most. All answers
#   of a picture are one array, rows × columns × anchors × (5 + classes).
# - Places and sizes are in cells. Sigmoid for chance and place, anchor times exponential for sizes, softmax for
#   classes.
# - Decoding undoes encoding exactly. What gets lost is lost when two objects want one place.
# - The loss adds up: is there something, where, how large, what. Empty places only learn to be silent, at a smaller
#   weight.
# - A passthrough reorders a fine volume, space to depth, and joins it to the coarse one.
# - A detector knows what it was taught. Judge it on what it never saw, and look at what it misses.
#
# **Next:** in 3.5 regions are proposed first, and each is looked at: slower, and for a long time more exact.

# %% [markdown]
# ## References
#
# - J. Redmon, S. Divvala, R. Girshick, A. Farhadi, "You only look once: unified, real-time object detection", *CVPR*,
#   2016.
# - J. Redmon, A. Farhadi, "YOLO9000: better, faster, stronger", *CVPR*, 2017. YOLOv2: anchors, passthrough.
# - J. Redmon, A. Farhadi, "YOLOv3: an incremental improvement", arXiv:1804.02767, 2018.
# - W. Liu et al., "SSD: single shot multibox detector", *ECCV*, 2016.
# - D. Erhan, C. Szegedy, A. Toshev, D. Anguelov, "Scalable object detection using deep neural networks", *CVPR*, 2014.
#   MultiBox.
# - T.-Y. Lin et al., "Microsoft COCO: common objects in context", *ECCV*, 2014. How detectors are judged, and the 80
#   classes.
