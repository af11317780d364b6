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
# # 3.3 Boxes: overlap, suppression, anchors, and a score
#
# **A detector hands you 512 boxes for a street with three road users. Which of them do you keep? And once you have
# chosen, how good was the detector?**
#
# No network is trained here. You write what stands around every detector there is: what makes two boxes say the same,
# how a crowd of boxes becomes one, which shapes a detector should start from, and the number by which detectors are
# compared.
#
# **After this lesson you can**
#
# - measure how well two boxes agree, for thousands of pairs at once;
# - turn the raw output of a detector into a few boxes, one for each object;
# - find anchors for a set of objects, and say why the usual distance chooses bad ones;
# - read a curve of precision over recall, and compute the mean average precision that papers report;
# - name the mistakes that none of these numbers forgives.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 4 hours |
# | machine time, solved | under 2 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lesson 1.3, and how PyTorch broadcasts and indexes tensors |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `pairwise_iou` | how much each two boxes have in common | 3 |
# | 2 | `yolo_filter_boxes` | drops the boxes that a detector is not sure of | 3 |
# | 3 | `non_max_suppression` | keeps one box for each object | 3 |
# | 4 | `kmeans_anchors` | finds the typical shapes of a set of objects | 3 |
# | 5 | `average_precision` | one number for a ranking with hits and misses | 3 |
# | 6 | `mean_average_precision` | one number for a detector | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is judged by
# itself. Where the text says **Predict**, write your answer down before you go on.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `boxes` | (N, 4) | corners x1, y1, x2, y2 of N boxes: left, top, right, bottom; y grows downwards |
# | `scores` | (N,) | how sure the detector is of each, from 0 to 1 |
# | `classes` | (N,) | what each shows: 0 pedestrian, 1 car, 2 motorcycle |
# | `S`, `A`, `C` | | rows (and columns) of the detector's grid, boxes in each cell, classes |
# | `ground truth` | | the boxes that people (here: the renderer) say are right |
#
# All are tensors. A box is as wide as x2 − x1 and as high as y2 − y1: no + 1 anywhere.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch

import cnnkit

# %% [markdown]
# # Part 1: when do two boxes say the same?
#
# ## 1. Intersection over union
#
# A detector says: a car, from (84, 70) to (137, 125). The truth is: (80, 66) to (135, 123). Is that right? Hardly ever
# do two boxes agree to the pixel. You need a measure that is 1 for the same box and 0 for strangers, and that means the
# same for a bus and for a bird.
#
# **Ask yourself:** why not simply the area that both cover, in pixels? And why not that area as a share of the first
# box?
#
# <details><summary>Compare with your answer</summary>
#
# In pixels, large boxes would always win. As a share of the first box, a box as large as the whole picture would be a
# perfect answer to everything. So divide by what the two cover *together*. Then a box is punished for what it misses
# and for what it covers too much.
#
# </details>
#
# $$\text{IoU} = \frac{\text{area of the intersection}}{\text{area of the union}}$$
#
# ![Two boxes that overlap. The first is 6 wide and 6 high, the second 7 wide and 5 high. What they share, 3 wide and 4
# high, is hatched: 12. Together they cover 36 plus 35 less 12, which is 59. Their IoU is 12 over 59, about
# 0.20.](images/iou.svg)
#
# By custom a detection counts as correct from an IoU of **0.5** on. Only the very same box gets 1.
#
# > **The notes say…** in one place that the union of two boxes is the sum of their areas. But what both cover would be
# > counted twice. The union is the **sum less the intersection**. With the sum alone, even a box and itself would only
# > get 0.5.
#
# **Predict:** two boxes of 10 × 10 lie side by side, shifted by half their width. They share half of each. Is their IoU
# a half?
#
# <details><summary>Compare with your answer</summary>
#
# No. The intersection is 50, the union 100 + 100 − 50 = 150, so it is a third. That is less than 0.5: such a detection
# counts as wrong.
#
# </details>

# %% [markdown]
# ### Exercise 1: `pairwise_iou` (3 points)
#
# A detector gives hundreds of boxes, so compare all with all at once, without a loop. Broadcasting does it: give one
# set of boxes an axis for the other.
#
# <details><summary>Hint 1</summary>
#
# What two boxes share is a box again, or nothing. Its left edge is the one of the two that lies further to the right.
# And its right edge?
#
# <details><summary>Hint 2</summary>
#
# `torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])` has the shape (N, M, 2): the upper left corner of each
# overlap. The lower right corner comes in the same way. If a width or a height comes out negative, there is no overlap.
#
# <details><summary>Hint 3</summary>
#
# `(high - low).clamp(min=0).prod(dim=2)` is the intersection. The areas are `(boxes[:, 2:] - boxes[:,
# :2]).prod(dim=1)`, and the union is `area1[:, None] + area2[None, :] - intersection`. Where that is 0, let
# `torch.where` put 0.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "pairwise_iou_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pairwise_iou(boxes1, boxes2):
    """Intersection over union of each box of one set with each of another.

    Args:
        boxes1: corners x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, a float tensor of shape (N, 4), in any unit.
        boxes2: a float tensor of shape (M, 4), in the same unit. N and M may be 0.

    Returns:
        A tensor of shape (N, M), from 0 to 1; 0 for boxes that do not overlap, and for boxes without area.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The corners of what each two boxes share: (N, M, 2) each.
    ### BEGIN SOLUTION
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    ### END SOLUTION
    # 2. Its area: 0 where there is nothing.
    ### BEGIN SOLUTION
    intersection = (high - low).clamp(min=0).prod(dim=2)
    ### END SOLUTION
    # 3. What the two cover together.
    ### BEGIN SOLUTION
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2[None, :] - intersection
    ### END SOLUTION
    # 4. The ratio, but 0 where there is nothing to divide by.
    ### BEGIN SOLUTION
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "pairwise_iou", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("pairwise_iou") as check:
    axes = ("box of the first set", "box of the second set")

    # The same box. Its lower half. A box that is wider than high, of which 2 x 3 are shared.
    one = torch.tensor([[0.0, 0.0, 4.0, 4.0]])
    others = torch.tensor([[0.0, 0.0, 4.0, 4.0], [0.0, 2.0, 4.0, 4.0], [2.0, 1.0, 4.0, 8.0]])
    expected = torch.tensor([[1.0, 0.5, 0.25]])
    check.equal(pairwise_iou(one, others), expected, "pairwise_iou(a box, three boxes)", axes=axes)

    # One beside it that only touches, one far away to the lower right, and one without area.
    others = torch.tensor([[4.0, 0.0, 8.0, 4.0], [6.0, 6.0, 8.0, 8.0], [1.0, 1.0, 1.0, 3.0]])
    label = "pairwise_iou(a box, boxes that share nothing with it)"
    check.equal(pairwise_iou(one, others), torch.zeros(1, 3), label, axes=axes)
    point = torch.tensor([[3.0, 3.0, 3.0, 3.0]])
    check.equal(pairwise_iou(point, point), torch.zeros(1, 1), "pairwise_iou(a point, the same point)")

    # Two boxes with three: the first set counts the rows.
    two = torch.tensor([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 8.0, 4.0]])
    three = torch.tensor([[0.0, 0.0, 8.0, 4.0], [0.0, 0.0, 2.0, 4.0], [4.0, 0.0, 8.0, 4.0]])
    expected = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.25, 0.5]])
    check.equal(pairwise_iou(two, three), expected, "pairwise_iou(two boxes, three boxes)", axes=axes)
    check.equal(pairwise_iou(two[:0], three), torch.zeros(0, 3), "pairwise_iou(no box, three boxes)")
    check.true(
        testing.unchanged(pairwise_iou, [two, three]), "pairwise_iou should leave its arguments alone."
    )

# %% nbgrader={"grade": true, "grade_id": "pairwise_iou_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of pairwise_iou: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("pairwise_iou") as check:
    rng = testing.rng("pairwise_iou_hidden")
    for N, M in [(4, 4), (3, 7), (6, 1), (1, 5)]:
        sets = []
        for count in (N, M):
            corner, size = rng.integers(0, 12, (count, 2)), rng.integers(1, [14, 9], (count, 2))
            sets.append(np.concatenate([corner, corner + size], axis=1))
        # Whole numbers, so count the squares of the paper that each box covers.
        expected = np.zeros((N, M))
        x, y = np.meshgrid(np.arange(30), np.arange(30))
        covers = [[(x >= a) & (x < c) & (y >= b) & (y < d) for a, b, c, d in boxes] for boxes in sets]
        for i in range(N):
            for j in range(M):
                expected[i, j] = (covers[0][i] & covers[1][j]).sum() / (covers[0][i] | covers[1][j]).sum()
        first, second = (torch.tensor(boxes, dtype=torch.float32) for boxes in sets)
        label = f"pairwise_iou({N} boxes, {M} boxes)"
        meanings = ("box of the first set", "box of the second set")
        wanted = torch.tensor(expected, dtype=torch.float32)
        check.equal(pairwise_iou(first, second), wanted, label, axes=meanings, rtol=1e-5)

        # The measure knows no unit: shares of the picture's side instead of pixels.
        scaled = pairwise_iou(first / 64, second / 64)
        check.equal(scaled, wanted, f"{label}, all divided by 64", axes=meanings, rtol=1e-4, atol=1e-6)
        check.true(
            testing.unchanged(pairwise_iou, [first, second]), f"{label} should leave its arguments alone."
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: how little 0.5 is, and how much
#
# **Try it.** Two boxes on squared paper, and the sum with your own function. Three things to find out: what becomes of
# the IoU when you double all numbers? How far can you shift a box of 6 × 6 to the right until it drops below 0.5? And
# how far along the diagonal? (Type a number, or use the arrows. Tab goes from field to field.)

# %%
from cnnkit import widgets

widgets.overlap_explorer(pairwise_iou)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The overlap explorer. Above, eight fields for the corners of two boxes: 2, 2, 8, 8 and 5, 4, 12, 9. Below, squared
# paper with the first box in blue, the second dashed in orange, and what they share hatched; and the sum: intersection
# 3 times 4 is 12, union 36 plus 35 less 12 is 59, IoU 12 over 59, 0.203.](images/overlap_explorer.png)
#
# **Predict:** a detector is off by 4 pixels, to the right and downwards. Does that matter more for a car of 60 × 40
# pixels or for a pedestrian of 8 × 20? Then run the cell.

# %%
from cnnkit import pictures

shifts = list(range(11))
things = {"car, 60 × 40": (60, 40), "motorcycle, 24 × 40": (24, 40), "pedestrian, 8 × 20": (8, 20)}
agreement = {}
for name, (width, height) in things.items():
    box = torch.tensor([[0.0, 0.0, width, height]])
    agreement[name] = pairwise_iou(box, torch.stack([box[0] + shift for shift in shifts]))[0].tolist()
pictures.show_curves(
    shifts,
    agreement,
    xlabel="shift to the right and down, pixels",
    ylabel="IoU with the unshifted box",
    title=f"Off by 4 pixels: the car keeps an IoU of {agreement['car, 60 × 40'][4]:.2f}, "
    f"the pedestrian {agreement['pedestrian, 8 × 20'][4]:.2f}",
    alt="Three falling curves over the shift, from 0 to 10 pixels, all from an IoU of 1. "
    + " ".join(f"{name}: {line[4]:.2f} at 4 pixels, {line[8]:.2f} at 8." for name, line in agreement.items()),
)

# %% [markdown]
# Small things are hard to get right, for a person too. Keep that in mind when you read that a detector is bad at far
# away pedestrians.

# %% [markdown]
# # Part 2: from 512 boxes to three
#
# ## 2. Sure of something, and sure of what
#
# Lesson 3.4 builds a detector of the family YOLO. It lays a grid of S × S cells over the picture, and each cell
# proposes A boxes. With each comes a **confidence** $p_c$, how sure it is that there is anything at all, and C **class
# probabilities**, what it would be. All of it comes out of one pass of a network.
#
# Here the street of this course stands for the picture, and instead of a trained network there is a stand-in that
# behaves like one: it looks at the ground truth, and blurs it. Cells near the middle of an object are sure, and about
# right. Cells further off are less sure, and more wrong. Now and then one sees a ghost. You need not read the code.


# %%
from cnnkit.scenes import CLASSES, street_scene


def imagined_output(scene, seed=0, blur=1.0, S=16, A=2):
    """What a detector could put out for a scene: boxes (S, S, A, 4), confidence (S, S, A, 1), classes (S, S, A, 3)."""
    rng, side = np.random.default_rng(seed), len(scene.image)
    if not len(scene.boxes):
        return torch.zeros(S, S, A, 4), torch.zeros(S, S, A, 1), torch.full((S, S, A, 3), 1 / 3)
    along = (np.arange(S) + 0.5) * side / S
    cells = np.stack(np.meshgrid(along, along), axis=-1)[:, :, None].repeat(A, axis=2)
    middles = (scene.boxes[:, :2] + scene.boxes[:, 2:]) / 2
    sizes = scene.boxes[:, 2:] - scene.boxes[:, :2]
    reach = np.maximum(sizes, side / S)
    distances = (((cells[..., None, :] - middles) / reach) ** 2).sum(axis=-1)
    nearest = distances.argmin(axis=-1)
    near = np.exp(-6 * distances.min(axis=-1)) * np.sqrt(scene.visible[nearest])
    ghosts = 7 * (rng.random(near.shape) < 0.004)
    confidence = 1 / (1 + np.exp(4 - 8 * near - ghosts - rng.normal(0, 0.9, near.shape)))
    wrong = blur * (0.03 + 0.22 * (1 - near))[..., None] * sizes[nearest]
    middle = middles[nearest] * near[..., None] + cells * (1 - near[..., None])
    middle = middle + wrong * rng.normal(size=cells.shape)
    size = sizes[nearest] + np.clip(wrong * rng.normal(size=cells.shape), -0.6 * sizes[nearest], None)
    logits = rng.normal(0, 0.7, (*near.shape, 3)) + 4 * near[..., None] * np.eye(3)[scene.classes[nearest]]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    parts = (
        np.concatenate([middle - size / 2, middle + size / 2], axis=-1),
        confidence[..., None],
        probabilities,
    )
    return tuple(torch.tensor(part, dtype=torch.float32) for part in parts)


street = street_scene(seed=42, size=192, difficulty=0.3)
boxes_all, confidence_all, probabilities_all = imagined_output(street)
print(
    f"boxes {tuple(boxes_all.shape)}, confidence {tuple(confidence_all.shape)}: {confidence_all.numel()} boxes"
)
print(f"ground truth: {', '.join(CLASSES[int(number)] for number in street.classes)}")

# %% [markdown]
# **Predict:** one box has $p_c = 0.9$ and the class probabilities (0.4, 0.3, 0.3). Another has $p_c = 0.5$ and (0, 1,
# 0). Which of them would you rather trust?
#
# <details><summary>Compare with your answer</summary>
#
# Neither. The first is sure that there is something, and has no idea what. The second knows what it would be, if there
# were anything. A box is useful if both are large. So multiply: the **score** of a class is $p_c$ times its
# probability, here at best 0.36 and 0.5.
#
# </details>
#
# Each box gets the class of its highest score. What stays below a threshold is dropped.
#
# > **The notes say…** that boxes with $p_c \le 0.6$ go. The functions that people bring along from there do it a little
# > differently, and so does this course: the *score* is compared, and one that **equals** the threshold stays.

# %% [markdown]
# ### Exercise 2: `yolo_filter_boxes` (3 points)
#
# <details><summary>Hint 1</summary>
#
# The last axes are 1 and C, so the confidence broadcasts over the classes: multiply them. Which axis is the maximum
# taken over?
#
# <details><summary>Hint 2</summary>
#
# `.max(dim=-1)` gives both: the highest score of each box, and its index, which is the class. Both have the shape (S,
# S, A).
#
# <details><summary>Hint 3</summary>
#
# A mask of shape (S, S, A) picks out of a tensor of shape (S, S, A, 4) as well: `boxes[keep]` is (N, 4), in the order
# of the grid.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "yolo_filter_boxes_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    """Keep the boxes whose score reaches a threshold; the score is confidence times best class probability.

    Args:
        boxes: corners x1, y1, x2, y2, a float tensor of shape (S, S, A, 4).
        box_confidence: how sure a box is to hold anything, from 0 to 1, a tensor of shape (S, S, A, 1).
        box_class_probs: the probability of each class, if it does, a tensor of shape (S, S, A, C).
        threshold: the lowest score that is kept, a float; a score that equals it stays.

    Returns:
        scores, boxes, classes: tensors of shape (N,), (N, 4) and (N,), the last of int64, for the N boxes that are
        kept. They stand in the order of the grid: row by row, in a row cell by cell, in a cell box by box. N may be 0.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The score of each class in each box, and the best of them.
    ### BEGIN SOLUTION
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    ### END SOLUTION
    # 2. Which boxes reach the threshold?
    ### BEGIN SOLUTION
    keep = scores >= threshold
    ### END SOLUTION
    # 3. Their scores, corners and classes.
    ### BEGIN SOLUTION
    return scores[keep], boxes[keep], classes[keep]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "yolo_filter_boxes", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("yolo_filter_boxes") as check:
    names = ("scores", "boxes", "classes")

    # A grid of 2 x 2, one box in each cell, three classes. Box number i is (i, 10 i, i + 2, 10 i + 5).
    number = torch.arange(4.0).reshape(2, 2, 1, 1)
    grid = torch.cat([number, 10 * number, number + 2, 10 * number + 5], dim=-1)
    confidence = torch.tensor([1.0, 0.5, 0.875, 1.0]).reshape(2, 2, 1, 1)
    chances = [[0.25, 0.75, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.5, 0.25, 0.25]]
    probabilities = torch.tensor(chances).reshape(2, 2, 1, 3)

    # Box 1 knows what it would be, but hardly believes that it is there. Box 3 is sure, but of what?
    label = "yolo_filter_boxes(boxes, confidence, probabilities)"
    scores, boxes, classes = check.parts(yolo_filter_boxes(grid, confidence, probabilities), names, label)
    check.equal(scores, torch.tensor([0.75, 0.875]), f"the scores of {label}")
    check.equal(classes, torch.tensor([1, 2]), f"the classes of {label}", same_dtype=True)
    expected = torch.tensor([[0.0, 0.0, 2.0, 5.0], [2.0, 20.0, 4.0, 25.0]])
    check.equal(boxes, expected, f"the boxes of {label}", axes=("box", "corner"))

    # At 0.5 all four stay, for a score that equals the threshold is kept.
    label = "yolo_filter_boxes(boxes, confidence, probabilities, threshold=0.5)"
    found = yolo_filter_boxes(grid, confidence, probabilities, threshold=0.5)
    scores, boxes, classes = check.parts(found, names, label)
    check.equal(scores, torch.tensor([0.75, 0.5, 0.875, 0.5]), f"the scores of {label}")
    check.equal(classes, torch.tensor([1, 2, 2, 0]), f"the classes of {label}", same_dtype=True)
    check.equal(boxes, grid.reshape(4, 4), f"the boxes of {label}", axes=("box", "corner"))

    # Above all scores nothing is left: empty tensors, but of the right shapes.
    label = "yolo_filter_boxes(boxes, confidence, probabilities, threshold=0.9)"
    found = yolo_filter_boxes(grid, confidence, probabilities, threshold=0.9)
    scores, boxes, classes = check.parts(found, names, label)
    check.equal(scores, torch.zeros(0), f"the scores of {label}")
    check.equal(boxes, torch.zeros(0, 4), f"the boxes of {label}")
    check.equal(classes, torch.zeros(0, dtype=torch.int64), f"the classes of {label}", same_dtype=True)
    unchanged = testing.unchanged(yolo_filter_boxes, [grid, confidence, probabilities])
    check.true(unchanged, "yolo_filter_boxes should leave its arguments alone.")

# %% nbgrader={"grade": true, "grade_id": "yolo_filter_boxes_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of yolo_filter_boxes: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("yolo_filter_boxes") as check:
    rng = testing.rng("yolo_filter_boxes_hidden")
    for S, A, C, threshold in [(3, 2, 4, 0.6), (5, 3, 3, 0.25), (4, 1, 2, 0.4), (2, 5, 6, 0.35)]:
        grid = rng.normal(0, 3, (S, S, A, 4))
        # Scores differ by more than their rounding, from each other and from the threshold.
        best = (rng.permutation(S * S * A) + 0.5) / (S * S * A)
        best = np.where(np.abs(best - threshold) < 0.005, best + 0.01, best).reshape(S, S, A, 1)
        label_of = rng.integers(0, C, (S, S, A))
        chances = rng.uniform(0.1, 0.8, (S, S, A, C))
        np.put_along_axis(chances, label_of[..., None], 1.0, axis=-1)
        high = rng.uniform(best, 1.0)  # the confidence; the best probability is what is missing
        chances = chances * best / high

        # One box after the other.
        kept = []
        for row in range(S):
            for column in range(S):
                for number in range(A):
                    values = [
                        float(high[row, column, number, 0]) * float(p) for p in chances[row, column, number]
                    ]
                    if max(values) >= threshold:
                        kept.append((max(values), grid[row, column, number], values.index(max(values))))
        args = [torch.tensor(part, dtype=torch.float32) for part in (grid, high, chances)]
        label = f"yolo_filter_boxes(boxes of {(S, S, A, 4)}, …, threshold={threshold})"
        found = yolo_filter_boxes(*args, threshold=threshold)
        scores, boxes, classes = check.parts(found, ("scores", "boxes", "classes"), label)
        expected = torch.tensor([score for score, _, _ in kept], dtype=torch.float32)
        check.equal(scores, expected, f"the scores of {label}", rtol=1e-4, atol=1e-6)
        expected = torch.tensor([one for _, _, one in kept], dtype=torch.int64)
        check.equal(classes, expected, f"the classes of {label}", same_dtype=True)
        expected = torch.tensor(np.array([box for _, box, _ in kept]).reshape(-1, 4), dtype=torch.float32)
        check.equal(boxes, expected, f"the boxes of {label}", axes=("box", "corner"))
        check.true(testing.unchanged(yolo_filter_boxes, args), f"{label} should leave its arguments alone.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: sure of something is not enough
#
# **Predict:** three road users. How many of the 512 boxes survive a threshold of 0.6?

# %%
for threshold in (0.0, 0.1, 0.3, 0.6, 0.9):
    passed = yolo_filter_boxes(boxes_all, confidence_all, probabilities_all, threshold)
    counts = ", ".join(f"{int((passed[2] == number).sum())} {name}" for number, name in enumerate(CLASSES))
    print(f"threshold {threshold:.1f}: {len(passed[0]):3} boxes ({counts})")

scores, boxes, classes = yolo_filter_boxes(boxes_all, confidence_all, probabilities_all)
pictures.show_boxes(
    street.image,
    boxes,
    classes,
    names=CLASSES,
    title=f"{len(boxes)} boxes are sure enough, for {len(street.boxes)} road users",
    alt=f"The street with {len(boxes)} boxes, several around each of the motorcycle, the car and the pedestrian, "
    "shifted against each other.",
)

# %% [markdown]
# The threshold has thrown out the background. It cannot throw out the doubles: every cell near the middle of the car is
# sure of the car, and rightly so.
#
# ## 3. Non-max suppression
#
# You would keep the box with the highest score and drop the others. But which others? In a street with two cars the
# second car's best box is no double.
#
# **Ask yourself:** how do you tell a double from a second car?
#
# <details><summary>Compare with your answer</summary>
#
# By its place. A double overlaps the box that you keep, a second car does not, or not much. You have a function that
# measures it.
#
# </details>
#
# So, for each class by itself:
#
# 1. take the box with the highest score, and keep it;
# 2. drop all that overlap it with an IoU of 0.5 or more: they see the same thing;
# 3. repeat with those that are left, until none is.
#
# It is called **non-max suppression**: what is not the maximum is suppressed. **Predict** two things before you write
# it. A overlaps B, and B overlaps C, but A does not overlap C; scores 0.9, 0.8, 0.7. Which of them are kept? And a
# pedestrian in front of a car, whose boxes overlap by 0.6?
#
# <details><summary>Compare with your answer</summary>
#
# A and C. B is dropped because of A, and what is dropped suppresses nobody. And pedestrian and car are both kept: they
# are two classes, and two things. Boxes of different classes do not compete.
#
# </details>

# %% [markdown]
# ### Exercise 3: `non_max_suppression` (3 points)
#
# The results come with the highest score first. Where two scores are equal, the box that came first goes first. No box,
# no result: empty tensors in, empty tensors out.
#
# <details><summary>Hint 1</summary>
#
# Work with indices. `order = scores.argsort(descending=True, stable=True)` is a queue: its first is kept, then the
# queue gets shorter. Collect the indices that you keep, and index scores, boxes and classes with them at the end.
#
# <details><summary>Hint 2</summary>
#
# In each round `best, rest = order[0], order[1:]`. `pairwise_iou(boxes[best][None], boxes[rest])[0]` says how much each
# of the rest overlaps it. Two kinds of boxes stay in the queue: those that overlap it by less, and those of another
# class.
#
# <details><summary>Hint 3</summary>
#
# `order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]`. Stop when the queue is empty or when
# `max_boxes` are kept. An empty list of indices becomes a tensor that can index with `torch.tensor(kept,
# dtype=torch.int64)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "non_max_suppression_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    """Keep the boxes that no kept box of their class with a higher score overlaps too far.

    Args:
        scores: a float tensor of shape (N,). N may be 0.
        boxes: corners x1, y1, x2, y2, a float tensor of shape (N, 4).
        classes: an int64 tensor of shape (N,).
        iou_threshold: a box is dropped if its IoU with a kept box of its class is this or more, a float.
        max_boxes: how many are kept at most, of all classes together: those with the highest scores, an int.

    Returns:
        scores, boxes, classes of what is kept: tensors of shape (K,), (K, 4) and (K,), highest score first. Of
        equal scores the lower index goes first.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Queue up, the highest score first.
    ### BEGIN SOLUTION
    order, kept = scores.argsort(descending=True, stable=True), []
    ### END SOLUTION
    # 2. Keep the first, and send away whom it suppresses, until nobody is left or enough are kept.
    ### BEGIN SOLUTION
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    ### END SOLUTION
    # 3. What was kept.
    ### BEGIN SOLUTION
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "non_max_suppression", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("non_max_suppression") as check:
    names = ("scores", "boxes", "classes")

    # In this order: C, the upper quarter of A; A; D, the same box of another class; B, the upper half of A.
    boxes = torch.tensor(
        [[1.0, 0.0, 5.0, 1.0], [1.0, 0.0, 5.0, 4.0], [1.0, 0.0, 5.0, 4.0], [1.0, 0.0, 5.0, 2.0]]
    )
    scores, classes = torch.tensor([0.5, 0.875, 0.625, 0.75]), torch.tensor([1, 1, 0, 1])

    # B has an IoU of exactly 0.5 with A, and is dropped. C overlaps only B by that much, and stays. D is of another
    # class.
    label = "non_max_suppression(scores, boxes, classes)"
    kept, corners, labels = check.parts(non_max_suppression(scores, boxes, classes), names, label)
    check.equal(kept, torch.tensor([0.875, 0.625, 0.5]), f"the scores of {label}")
    check.equal(labels, torch.tensor([1, 0, 1]), f"the classes of {label}")
    check.equal(corners, boxes[[1, 2, 0]], f"the boxes of {label}", axes=("box", "corner"))

    # With a higher threshold all stay; at most two of them, if you wish.
    label = "non_max_suppression(scores, boxes, classes, iou_threshold=0.75)"
    found = non_max_suppression(scores, boxes, classes, iou_threshold=0.75)
    kept, corners, labels = check.parts(found, names, label)
    check.equal(kept, torch.tensor([0.875, 0.75, 0.625, 0.5]), f"the scores of {label}")
    label = "non_max_suppression(scores, boxes, classes, max_boxes=2)"
    found = non_max_suppression(scores, boxes, classes, max_boxes=2)
    kept, corners, labels = check.parts(found, names, label)
    check.equal(kept, torch.tensor([0.875, 0.625]), f"the scores of {label}")

    # Equal scores: of two doubles the first is kept. The third lies elsewhere.
    boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 3.0], [8.0, 0.0, 12.0, 4.0]])
    scores, classes = torch.tensor([0.5, 0.5, 0.5]), torch.tensor([2, 2, 2])
    label = "non_max_suppression(three equal scores, boxes, classes)"
    kept, corners, labels = check.parts(non_max_suppression(scores, boxes, classes), names, label)
    check.equal(corners, boxes[[0, 2]], f"the boxes of {label}", axes=("box", "corner"))

    # Nothing in, nothing out.
    label = "non_max_suppression(no scores, no boxes, no classes)"
    nothing = (torch.zeros(0), torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))
    kept, corners, labels = check.parts(non_max_suppression(*nothing), names, label)
    check.equal((kept, corners, labels), nothing, label)
    check.true(
        testing.unchanged(non_max_suppression, [scores, boxes, classes]),
        "non_max_suppression should leave its arguments alone.",
    )

# %% nbgrader={"grade": true, "grade_id": "non_max_suppression_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of non_max_suppression: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("non_max_suppression") as check:
    rng = testing.rng("non_max_suppression_hidden")
    for N, C, threshold, most in [(25, 1, 0.5, 10), (40, 3, 0.5, 100), (30, 2, 0.3, 8), (30, 2, 0.7, 100)]:
        # Whole numbers: overlaps are fractions, and none of them comes near a limit such as these.
        corner, size = rng.integers(0, 12, (N, 2)), rng.integers(4, 12, (N, 2))
        boxes, classes = np.concatenate([corner, corner + size], axis=1), rng.integers(0, C, N)
        scores = (rng.permutation(N) + 1) / (N + 1)
        limit = threshold + 0.00037

        # The definition: going down the scores, a box is kept if no kept box of its class overlaps it too far.
        kept = []
        for i in sorted(range(N), key=lambda i: -scores[i]):
            free = True
            for j in kept:
                (a, b, c, d), (e, f, g, h) = boxes[i].tolist(), boxes[j].tolist()
                common = max(0, min(c, g) - max(a, e)) * max(0, min(d, h) - max(b, f))
                together = (c - a) * (d - b) + (g - e) * (h - f) - common
                free = free and (classes[i] != classes[j] or common < limit * together)
            if free:
                kept.append(i)
        kept = kept[:most]

        tensors = (
            torch.tensor(scores, dtype=torch.float32),
            torch.tensor(boxes, dtype=torch.float32),
            torch.tensor(classes, dtype=torch.int64),
        )
        label = f"non_max_suppression({N} boxes of {C} classes, iou_threshold={limit}, max_boxes={most})"
        found = non_max_suppression(*tensors, iou_threshold=limit, max_boxes=most)
        parts = check.parts(found, ("scores", "boxes", "classes"), label)
        for name, got, given in zip(("scores", "boxes", "classes"), parts, tensors, strict=True):
            check.equal(got, given[kept], f"the {name} of {label}")

        # The order of what comes in does not matter, and doing it twice changes nothing.
        mixed = rng.permutation(N).tolist()
        again = non_max_suppression(*(one[mixed] for one in tensors), iou_threshold=limit, max_boxes=most)
        check.equal(again[1], tensors[1][kept], f"the boxes of {label}, given in another order")
        twice = non_max_suppression(*parts, iou_threshold=limit, max_boxes=most)
        check.equal(twice[1], tensors[1][kept], f"the boxes of {label}, done a second time")
        check.true(
            testing.unchanged(non_max_suppression, list(tensors)), f"{label} should change no argument."
        )

    # Boxes that lie apart, with equal scores: in the order in which they came, as many as may stay.
    corner = 20 * rng.permutation(12)[:, None].repeat(2, 1)
    boxes = torch.tensor(np.concatenate([corner, corner + 9], axis=1), dtype=torch.float32)
    same = non_max_suppression(torch.full((12,), 0.5), boxes, torch.ones(12, dtype=torch.int64))
    label = "the boxes of non_max_suppression(12 equal scores, boxes that lie apart, one class)"
    check.equal(same[1], boxes[:10], label)

    # A box without area overlaps nothing, itself neither: it stays, once.
    flat = torch.tensor([[3.0, 3.0, 3.0, 8.0], [0.0, 0.0, 9.0, 9.0]])
    label = "the boxes of non_max_suppression(a box without area in another one, one class)"
    check.equal(
        non_max_suppression(torch.tensor([0.75, 0.5]), flat, torch.ones(2, dtype=torch.int64))[1], flat, label
    )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: one box for each
#
# Step through it. In each step the thick box is kept, and the dashed ones that overlap it by the threshold or more go.
# **Predict** at which threshold the first double survives, and at which all boxes do.

# %%
scores, boxes, classes = yolo_filter_boxes(boxes_all, confidence_all, probabilities_all)
widgets.suppression_stepper(street.image, scores, boxes, classes, CLASSES, pairwise_iou)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The suppression stepper after its first step. Fields for the threshold, 0.5, and for the step, 1, and two buttons,
# Back and Next. Below, the street with its boxes: one around the car is thick, seven that overlap it are dashed, and
# eight that wait are thin. A sentence: step 1 of 4, kept car 0.95, suppressed 7; 8 boxes
# wait.](images/suppression_stepper.png)


# %%
def detect(output, threshold=0.6, iou_threshold=0.5, max_boxes=100):
    """The scores, boxes and classes that are left of a detector's output."""
    sure = yolo_filter_boxes(*output, threshold)
    return non_max_suppression(*sure, iou_threshold=iou_threshold, max_boxes=max_boxes)


scores, boxes, classes = detect(imagined_output(street))
pictures.show_boxes(
    street.image,
    boxes,
    classes,
    scores,
    CLASSES,
    truth=street.boxes,
    title=f"Of 512 boxes {len(boxes)} are left, for {len(street.boxes)} road users",
    alt=f"The street with {len(boxes)} boxes and, in thin white, the {len(street.boxes)} of the ground truth: "
    + "; ".join(
        f"{CLASSES[kind]} {score:.2f}" for kind, score in zip(classes.tolist(), scores.tolist(), strict=True)
    )
    + ".",
)
agreement = pairwise_iou(boxes, torch.from_numpy(street.boxes))
for kind, score, row in zip(classes.tolist(), scores.tolist(), agreement, strict=True):
    print(f"{CLASSES[kind]:10} score {score:.2f}, IoU with the nearest of the truth {row.max():.2f}")

# %% [markdown]
# How far should the threshold go? Too high, and doubles survive. Too low, and two cars that stand one behind the other
# become one. Somewhere between lies a compromise, and in section 6 you measure it.

# %% [markdown]
# # Part 3: the shapes to start from
#
# ## 4. Anchors
#
# In a cell there may be more than one thing: a pedestrian in front of a car, with their midpoints in the same cell. So
# each cell of a YOLO has several places, and each place specialises in a shape: an **anchor**, a width and a height. An
# object goes to the place whose anchor is most like it: the one with the **highest IoU**, when both are laid on the
# same corner. The network then says only how the object *differs* from its anchor.
#
# Which anchors? You could think some up: one upright, one wide. It is better to look at the objects of your training
# set and find their typical shapes. Grouping things around typical ones is what **k-means** does: give each thing to
# its nearest centre, move each centre to the mean of its group, and repeat.
#
# Nearest in what sense? Take each shape for a point (w, h). **Predict** what the usual distance between points makes of
# these four shapes, if you ask for three groups: 3 × 1, 1 × 4, 20 × 20, 24 × 24.
#
# <details><summary>Compare with your answer</summary>
#
# 3 × 1 and 1 × 4 are only 3.6 apart, 20 × 20 and 24 × 24 are 5.7 apart. So the lying and the standing one share a
# group, with a mean that fits neither, and two groups go to two squares that are nearly alike. The usual distance sees
# only what is large.
#
# </details>
#
# The measure that counts is the IoU, so take the distance **1 − IoU**. Laid on one corner, 3 × 1 and 1 × 4 have an IoU
# of 1/6, the two squares one of 25/36.

# %% [markdown]
# ### Exercise 4: `kmeans_anchors` (3 points)
#
# Where to begin matters: from bad beginnings k-means ends in bad groups. Begin like this: the first anchor is a shape
# drawn at random. Then, until there are k, add the shape that is *farthest* from its nearest anchor so far. Then no
# typical shape is overlooked.
#
# <details><summary>Hint 1</summary>
#
# A shape (w, h) laid on the corner (0, 0) is the box (0, 0, w, h). So put two columns of zeros in front of the shapes,
# and `pairwise_iou` does the rest. The mean of such boxes is such a box again.
#
# <details><summary>Hint 2</summary>
#
# The nearest anchor is the one of highest IoU, so nothing has to be subtracted from 1. `pairwise_iou(shapes,
# anchors).max(dim=1).values` says how near each shape is to its nearest anchor, and `.argmin()` finds the farthest
# shape.
#
# <details><summary>Hint 3</summary>
#
# One round: `groups = pairwise_iou(boxes, anchors).argmax(dim=1)`, then `torch.stack([boxes[groups == j].mean(dim=0)
# for j in range(k)])`. Stop when the groups are those of the round before. At the end, sort by width times height.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "kmeans_anchors_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kmeans_anchors(shapes, k, seed=0):
    """Typical shapes of a set of objects: k-means with the distance 1 - IoU, both shapes laid on one corner.

    It begins with a shape that the seed draws, and adds the shape farthest from its nearest anchor until there are k.
    Then each shape goes to its nearest anchor, and each anchor becomes the mean width and height of its shapes, until
    no shape changes its group, or for 100 rounds.

    Args:
        shapes: widths and heights above 0, a float tensor of shape (N, 2), in any unit; at least k different ones.
        k: how many anchors, an int from 1 up.
        seed: of the random numbers, an int.

    Returns:
        The anchors, a float tensor of shape (k, 2), widths and heights, by area ascending.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The shapes as boxes on one corner.
    ### BEGIN SOLUTION
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    ### END SOLUTION
    # 2. Begin with one that the seed draws, and add the farthest until there are k.
    ### BEGIN SOLUTION
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    ### END SOLUTION
    # 3. Groups and means, in turn. An anchor that lost all its shapes stays where it is.
    ### BEGIN SOLUTION
    groups = torch.full((len(boxes),), -1)
    for _ in range(100):
        nearest = pairwise_iou(boxes, anchors).argmax(dim=1)
        if torch.equal(nearest, groups):
            break
        groups = nearest
        for j in groups.unique():
            anchors[j] = boxes[groups == j].mean(dim=0)
    ### END SOLUTION
    # 4. The smallest area first.
    ### BEGIN SOLUTION
    found = anchors[:, 2:]
    return found[found.prod(dim=1).argsort()]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "kmeans_anchors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("kmeans_anchors") as check:
    axes = ("anchor", "width and height")

    # The four shapes of the text. The squares belong together, however far apart they are in pixels.
    shapes = torch.tensor([[24.0, 24.0], [3.0, 1.0], [20.0, 20.0], [1.0, 4.0]])
    expected = torch.tensor([[3.0, 1.0], [1.0, 4.0], [22.0, 22.0]])
    check.equal(kmeans_anchors(shapes, 3), expected, "kmeans_anchors(four shapes, 3)", axes=axes)

    # A single anchor is the mean of all.
    expected = torch.tensor([[12.0, 12.25]])
    check.equal(kmeans_anchors(shapes, 1), expected, "kmeans_anchors(four shapes, 1)", axes=axes)

    # As many as there are shapes: the shapes themselves, by area. The seed does not matter here.
    expected = torch.tensor([[3.0, 1.0], [1.0, 4.0], [20.0, 20.0], [24.0, 24.0]])
    check.equal(
        kmeans_anchors(shapes, 4, seed=5), expected, "kmeans_anchors(four shapes, 4, seed=5)", axes=axes
    )

    # Twice as large in every direction: so are the anchors.
    expected = torch.tensor([[6.0, 2.0], [2.0, 8.0], [44.0, 44.0]])
    check.equal(kmeans_anchors(2 * shapes, 3), expected, "kmeans_anchors(2 * four shapes, 3)", axes=axes)
    check.true(
        testing.unchanged(kmeans_anchors, [shapes, 3]), "kmeans_anchors should leave its arguments alone."
    )

# %% nbgrader={"grade": true, "grade_id": "kmeans_anchors_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of kmeans_anchors: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("kmeans_anchors") as check:
    rng = testing.rng("kmeans_anchors_hidden")
    # Typical shapes with others close around them, from tiny to huge: there is only one answer, from every beginning.
    typical = np.array([[2.0, 5.0], [6.0, 2.0], [12.0, 40.0], [45.0, 14.0], [110.0, 100.0], [60.0, 230.0]])
    for k in (6, 4, 2):
        chosen = np.sort(rng.permutation(6)[:k])
        centres = typical[chosen] * rng.uniform(0.9, 1.1, (k, 2))
        groups = [
            centre * rng.uniform(0.93, 1.07, (int(n), 2))
            for centre, n in zip(centres, rng.integers(3, 12, k), strict=True)
        ]
        mixed = rng.permutation(np.concatenate(groups))
        means = sorted((group.mean(axis=0) for group in groups), key=np.prod)
        expected = torch.tensor(np.array(means), dtype=torch.float32)
        for seed in rng.integers(0, 1000, 3).tolist():
            label = f"kmeans_anchors({len(mixed)} shapes in {k} groups, {k}, seed={seed})"
            shapes = torch.tensor(mixed, dtype=torch.float32)
            found = kmeans_anchors(shapes, k, seed=seed)
            check.equal(found, expected, label, axes=("anchor", "width and height"), rtol=1e-4)

    # Shapes without groups: whatever comes, each anchor is the mean of the shapes whose IoU with it is highest.
    shapes = torch.tensor(np.exp(rng.normal(0, 0.6, (40, 2))) * [20, 30], dtype=torch.float32)
    label = "kmeans_anchors(40 shapes of all kinds, 3, seed=1)"
    found = kmeans_anchors(shapes, 3, seed=1)
    check.equal(found, kmeans_anchors(shapes, 3, seed=1), f"{label}, called again")
    check.true(tuple(found.shape) == (3, 2), f"{label} should have the shape (3, 2).")
    areas = [float(width * height) for width, height in found]
    check.true(areas == sorted(areas), f"{label} should be sorted by area, the smallest first.")
    common = torch.minimum(shapes[:, None], found[None]).prod(dim=2)
    together = shapes.prod(dim=1)[:, None] + found.prod(dim=1)[None] - common
    nearest = (common / together).argmax(dim=1)
    means = torch.stack([shapes[nearest == number].mean(dim=0) for number in range(3)])
    label = f"the mean of the shapes nearest to each anchor of {label}"
    check.equal(found, means, label, axes=("anchor", "width and height"), rtol=1e-4)
    check.true(
        testing.unchanged(kmeans_anchors, [shapes, 3]), "kmeans_anchors should leave its arguments alone."
    )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: the shapes of a street
#
# Now with real shapes: all objects of some streets. **Predict** the shapes of three anchors; there are three classes,
# after all. And is one anchor for each class a good plan?

# %%
from cnnkit.scenes import street_scenes

album = street_scenes(8 if cnnkit.quick() else 120, seed=3, size=128, difficulty=0.5)
all_boxes = torch.cat([torch.from_numpy(scene.boxes[~scene.ignore]) for scene in album])
all_classes = torch.cat([torch.from_numpy(scene.classes[~scene.ignore]) for scene in album])
all_shapes = all_boxes[:, 2:] - all_boxes[:, :2]
print(f"{len(all_shapes)} objects in {len(album)} streets of 128 × 128 pixels")

# %%
import matplotlib.pyplot as plt

anchors = kmeans_anchors(all_shapes, 5)
figure, axis = plt.subplots(figsize=(6.4, 4))
for kind, (name, marker) in enumerate(zip(CLASSES, "os^", strict=True)):
    of_kind = all_shapes[all_classes == kind]
    axis.scatter(*of_kind.T, s=18, marker=marker, alpha=0.6, color=pictures.COLOURS[kind], label=name)
axis.scatter(*anchors.T, s=160, marker="X", color="black", edgecolor="white", label="five anchors")
axis.set_xscale("log")
axis.set_yscale("log")
axis.set_xlabel("width, pixels")
axis.set_ylabel("height, pixels")
axis.set_title("Each class runs through all sizes, so anchors are sizes as well as shapes")
axis.legend()
pictures.display_figure(
    figure,
    f"A scatter plot of {len(all_shapes)} objects, width against height on logarithmic axes. Pedestrians, narrow and "
    "tall, and cars, wider, form two slanting bands from small to large; motorcycles lie between. Five crosses, the "
    "anchors, stand along the bands: "
    + ", ".join(f"{w:.0f} × {h:.0f}" for w, h in anchors.tolist())
    + " pixels.",
)

# %% [markdown]
# How well do anchors fit? Ask for the IoU of each object with its best anchor, and take the mean. Then compare: ours,
# the usual k-means with the straight distance, and anchors made up by hand.


# %%
from scipy.cluster.vq import kmeans2


def fit(shapes, anchors):
    """The mean IoU of shapes (N, 2) with their best anchors (k, 2), both on one corner."""
    on_corner = [torch.cat([torch.zeros_like(sizes), sizes], dim=1) for sizes in (shapes, anchors)]
    return pairwise_iou(*on_corner).max(dim=1).values.mean().item()


def usual(shapes, k):
    """The centres of the usual k-means, with the straight distance."""
    return torch.from_numpy(kmeans2(shapes.numpy(), k, seed=0, minit="++")[0])


numbers = [1, 2, 3, 4, 5, 7, 9]
fits = {
    "distance 1 − IoU": [fit(all_shapes, kmeans_anchors(all_shapes, k)) for k in numbers],
    "straight distance": [fit(all_shapes, usual(all_shapes, k)) for k in numbers],
}
pictures.show_curves(
    numbers,
    fits,
    xlabel="number of anchors",
    ylabel="mean IoU with the best anchor",
    title=f"Five anchors fit with {fits['distance 1 − IoU'][4]:.2f}, "
    f"by the straight distance with {fits['straight distance'][4]:.2f}",
    alt="Two rising curves over the number of anchors, from 1 to 9. "
    + " ".join(
        f"{name}: " + ", ".join(f"{n}: {v:.2f}" for n, v in zip(numbers, line, strict=True)) + "."
        for name, line in fits.items()
    ),
)
by_hand = torch.tensor([[16.0, 16.0], [48.0, 48.0], [96.0, 96.0]])
print(
    f"three squares, made up by hand: {fit(all_shapes, by_hand):.2f}; three found: {fits['distance 1 − IoU'][2]:.2f}"
)

# %% [markdown]
# **Try it.** Set three anchors of your own, and raise the mean IoU as far as you can before you let k-means show what it
# found. Then take its anchors over, and change them a little. Do you get past it? Why can you?

# %%
widgets.anchor_designer(all_shapes, pairwise_iou, kmeans_anchors)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The anchor designer. Above, fields for the number of anchors, 3, and for their widths and heights: three squares;
# a checkbox that compares with k-means, checked. A sentence: mean IoU with the best anchor 0.486, and 0.642 for the
# anchors of k-means, 11 × 24, 27 × 31 and 59 × 41. Below, widths and heights of 396 objects on logarithmic axes: few
# have the first square as their best anchor, narrow ones the second, drawn as triangles, and three quarters the third,
# drawn as diamonds. The three crosses of k-means lie in the midst of the cloud, the squares at its edge.](images/anchor_designer.png)
#
# <details><summary>Compare with your answer</summary>
#
# You can, a little: k-means moves each anchor to the *mean* of its shapes, and the mean is not the shape that has the
# highest IoU with all of them. It is near enough, and it is fast.
#
# </details>
#
# More anchors fit better, and cost more: each is another box in every cell. The authors of YOLOv2 took five for
# pictures of all kinds of things.
#
# **Where anchors fail.** Each object goes to the cell of its midpoint, and there to its best anchor. What if two
# objects in a cell want the same anchor? Or if a cell has more objects than anchors? Then there is no place for one of
# them, and the network cannot even be *told* that it is there. **Predict** how often that happens on a grid of 3 × 3,
# and of 19 × 19.


# %%
def homeless(scenes, S, anchors):
    """The number of objects that find their cell's anchor taken, in a grid of S by S."""
    lost = 0
    for scene in scenes:
        boxes = torch.from_numpy(scene.boxes[~scene.ignore])
        sizes = boxes[:, 2:] - boxes[:, :2]
        on_corner = [torch.cat([torch.zeros_like(one), one], dim=1) for one in (sizes, anchors)]
        place = pairwise_iou(*on_corner).argmax(dim=1)
        column, row = ((boxes[:, :2] + boxes[:, 2:]) / 2 * S / len(scene.image)).long().clamp(max=S - 1).T
        lost += len(boxes) - len({*zip(row.tolist(), column.tolist(), place.tolist(), strict=True)})
    return lost


print("objects without a place, of", len(all_shapes))
for S in (3, 7, 19):
    losses = {k: homeless(album, S, kmeans_anchors(all_shapes, k)) for k in (1, 2, 5)}
    print(
        f"grid {S:2} × {S:2}, by number of anchors:", ", ".join(f"{k}: {lost}" for k, lost in losses.items())
    )

# %% [markdown]
# A finer grid helps more than more anchors do. In practice one takes both, and lives with the few that are left.

# %% [markdown]
# # Part 4: how good is a detector?
#
# ## 5. Precision, recall, and what lies between
#
# Take one class. A detection is a **hit** if it agrees with an object of the ground truth, and a **false alarm** if
# not. Two questions, and they pull in opposite directions:
#
# - **precision**: of what the detector says, how much is true? Hits over detections.
# - **recall**: of what is true, how much does the detector say? Hits over objects.
#
# **Ask yourself:** how do you get a perfect recall without any skill? And a nearly perfect precision?
#
# <details><summary>Compare with your answer</summary>
#
# Say "car" everywhere: you miss none. Or say it only once, where you are surest. So one of the two numbers alone says
# nothing.
#
# </details>
#
# Which of the two you get is decided by the threshold on the score. So do not fix one. Go down the ranking, from the
# surest detection to the least sure, and note precision and recall after each. That is a curve. Its mean height is the
# **average precision**, AP.
#
# The curve is jagged: a false alarm makes the precision fall, and each hit lifts it again. A detector should not be
# blamed for a dip if you could get *more* recall at a better precision by going on. So, at each recall, take the best
# precision at this recall **or any higher one**. Where the ranking ends before that recall is reached, it is 0. People
# agreed on reading it off at 101 places: recall 0, 0.01, 0.02, …, 1. The mean of these is the AP as the COCO benchmark
# has it.
#
# **Predict:** four cars, and a ranking of four: hit, miss, miss, hit. What is the precision at recall 0.2, at 0.4, and
# at 0.8?
#
# <details><summary>Compare with your answer</summary>
#
# After the first: precision 1, recall 0.25. After the fourth: precision 0.5, recall 0.5. So at 0.2 it is 1; at 0.4 it
# is 0.5; and a recall of 0.8 is never reached: 0. The AP is $(26 \cdot 1 + 25 \cdot 0.5 + 50 \cdot 0) / 101$, about
# 0.38.
#
# </details>

# %% [markdown]
# ### Exercise 5: `average_precision` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Sort the hits by score, highest first. `cumsum` counts how many there are up to each place in the ranking.
#
# <details><summary>Hint 2</summary>
#
# Divide these counts by the number of objects, and you have the recalls. Divide them by 1, 2, 3, …, and you have the
# precisions. Double precision avoids surprises: `.double()`.
#
# <details><summary>Hint 3</summary>
#
# For each `r` in `np.linspace(0, 1, 101)`: `precision[recall >= r].max()`, or 0 if no recall is that high. Then the
# mean.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "average_precision_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def average_precision(scores, is_true_positive, num_ground_truth):
    """Average precision of a ranking, as COCO has it: the mean of the interpolated precision at 101 recalls.

    The recalls are `np.linspace(0, 1, 101)`. The interpolated precision at a recall is the highest precision at this
    recall or above; 0 where the ranking never reaches it.

    Args:
        scores: how sure each detection is, a float tensor of shape (N,), in any order. N may be 0.
        is_true_positive: whether each is a hit, a bool tensor of shape (N,).
        num_ground_truth: how many objects there are to find, an int.

    Returns:
        A float from 0 to 1; nan if there is nothing to find. Of equal scores the lower index goes first.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Nothing to find?
    ### BEGIN SOLUTION
    if num_ground_truth == 0:
        return float("nan")
    ### END SOLUTION
    # 2. The hits up to each place of the ranking.
    ### BEGIN SOLUTION
    ranking = scores.argsort(descending=True, stable=True)
    hits = is_true_positive[ranking].double().cumsum(dim=0)
    ### END SOLUTION
    # 3. Precision and recall there.
    ### BEGIN SOLUTION
    precision = hits / torch.arange(1, len(hits) + 1)
    recall = hits / num_ground_truth
    ### END SOLUTION
    # 4. The best precision from each recall on, and the mean of these.
    ### BEGIN SOLUTION
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 101)]
    return float(np.mean(best))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "average_precision", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("average_precision") as check:
    # The example of the text: four cars; hit, miss, miss, hit.
    scores, hits = torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.tensor([True, False, False, True])
    label = "average_precision([0.9, 0.8, 0.7, 0.6], [hit, miss, miss, hit], 4)"
    check.equal(average_precision(scores, hits, 4), (26 * 1.0 + 25 * 0.5) / 101, label)

    # The same detections in another order: it is the scores that count.
    mixed = average_precision(scores[[2, 0, 3, 1]], hits[[2, 0, 3, 1]], 4)
    check.equal(mixed, (26 * 1.0 + 25 * 0.5) / 101, "average_precision(the same, in another order)")

    # Miss, hit, miss, hit, and nothing else to find. At every recall a precision of a half can be had.
    hits = torch.tensor([False, True, False, True])
    label = "average_precision([0.9, 0.8, 0.7, 0.6], [miss, hit, miss, hit], 2)"
    check.equal(average_precision(scores, hits, 2), 0.5, label)

    # All found before the first false alarm: perfect. Nothing said: 0. Nothing to find: not a number.
    hits = torch.tensor([True, True, False, False])
    label = "average_precision([0.9, 0.8, 0.7, 0.6], [hit, hit, miss, miss], 2)"
    check.equal(average_precision(scores, hits, 2), 1.0, label)
    none = (torch.zeros(0), torch.zeros(0, dtype=torch.bool))
    check.equal(average_precision(*none, 3), 0.0, "average_precision(no scores, no hits, 3)")
    check.equal(average_precision(*none, 0), float("nan"), "average_precision(no scores, no hits, 0)")

    # Equal scores: the first goes first.
    scores, hits = torch.tensor([0.5, 0.5]), torch.tensor([False, True])
    check.equal(average_precision(scores, hits, 1), 0.5, "average_precision([0.5, 0.5], [miss, hit], 1)")
    check.true(
        testing.unchanged(average_precision, [scores, hits, 1]),
        "average_precision should leave its arguments alone.",
    )

# %% nbgrader={"grade": true, "grade_id": "average_precision_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of average_precision: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("average_precision") as check:
    rng = testing.rng("average_precision_hidden")
    # Numbers of objects that share no factor with 100: no recall is one of the 101, save 0 and 1.
    for N, objects, chance in [(12, 7, 0.5), (30, 13, 0.4), (25, 11, 0.4), (9, 3, 0.35), (40, 23, 0.6)]:
        scores = (rng.permutation(N) + 1) / (N + 1)
        hits = rng.uniform(size=N) < chance
        hits[rng.permutation(N)[:2]] = [True, False]
        while hits.sum() > objects:
            hits[hits.nonzero()[0][0]] = False

        # Down the ranking, in whole numbers: a recall of r hundredths is reached when 100 hits >= r objects.
        ranking = [bool(hits[i]) for i in sorted(range(N), key=lambda i: -scores[i])]
        total = 0.0
        for r in range(101):
            reached = [n for n in range(1, N + 1) if 100 * sum(ranking[:n]) >= r * objects]
            total += max([sum(ranking[:n]) / n for n in reached], default=0.0)
        args = (torch.tensor(scores, dtype=torch.float32), torch.tensor(hits))
        label = f"average_precision({N} scores, {int(hits.sum())} hits, {objects})"
        check.equal(average_precision(*args, objects), total / 101, label, rtol=1e-5, atol=1e-6)
        check.equal(average_precision(*args, 0), float("nan"), f"average_precision({N} scores, …, 0)")

        # What comes below all hits changes nothing.
        longer = (
            torch.cat([args[0], torch.zeros(5)]),
            torch.cat([args[1], torch.zeros(5, dtype=torch.bool)]),
        )
        found = average_precision(*longer, objects)
        check.equal(found, total / 101, f"{label} with five misses more at the end", rtol=1e-5, atol=1e-6)
        check.true(
            testing.unchanged(average_precision, [*args, objects]),
            f"{label} should leave its arguments alone.",
        )

    # Many equal scores: of those the first goes first.
    count = int(rng.integers(20, 40))
    hits = torch.zeros(count, dtype=torch.bool)
    hits[count // 4] = True
    label = f"average_precision({count} equal scores, one early hit, 1)"
    check.equal(
        average_precision(torch.full((count,), 0.25), hits, 1), 1 / (count // 4 + 1), label, rtol=1e-5
    )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: one threshold, one point of the curve
#
# **Try it.** 60 detections of 40 objects. Raise the threshold, and watch the point wander along the curve. At which
# threshold are precision and recall equal? Which point would you choose for a car that brakes by itself? And for one
# that sounds a horn at every pedestrian?

# %%
rng = np.random.default_rng(4)
some_scores = torch.tensor(np.sort(rng.uniform(0.05, 1, 60))[::-1].copy(), dtype=torch.float32)
some_hits = torch.tensor(rng.uniform(size=60) < 0.15 + 0.8 * some_scores.numpy() ** 1.5)

# %%
widgets.threshold_explorer(average_precision, some_scores, some_hits, 40)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The threshold explorer. A field for the threshold, 0.5. Below, precision over recall: a jagged line that begins at 1,
# drops to 0.5, climbs to 0.9 and then falls, and over its dips a dashed staircase, the interpolated precision. A dot marks
# the threshold. A sentence: 26 hits, 12 false alarms, 14 missed: precision 0.68, recall 0.65; average precision
# 0.643.](images/threshold_explorer.png)

# %% [markdown]
# ## 6. The mean over the classes
#
# What is a hit? For each class and each picture, go down the ranking of its detections. Each takes, of the objects
# **not yet taken**, the one that it overlaps most, if that IoU reaches 0.5. Then the object is taken. If there is none,
# it is a false alarm. So of two boxes on one car only the first is a hit: a double counts against the detector.
#
# Then throw the detections of *all* pictures into one ranking, and compute the AP of the class. Do not take the AP of
# each picture: a threshold has to do for all of them. The mean over the classes is the **mean average precision**, mAP.
# With "@0.5" one says which IoU is asked for.
#
# **Objects that do not count.** Some objects nobody can find: hidden behind a bus, or three pixels high. It would be
# unfair to demand them, and just as unfair to punish a detector that finds one after all. The ground truth can mark
# such objects with `ignore`. A detection that has no ordinary object left to take, but overlaps one of these, takes it,
# and then counts **neither way**: it is no hit, no false alarm, and simply not in the ranking. The object need not be
# found, so it does not count among the objects either. Each is taken once at most.

# %% [markdown]
# ### Exercise 6: `mean_average_precision` (3 points)
#
# It is the longest function of the lesson, so it is cut in two. `match_detections` settles one class in one picture;
# `mean_average_precision` collects what it says. Only the second is tested.
#
# <details><summary>Hint 1</summary>
#
# Matching: sort the detections, compute all overlaps with one call of `pairwise_iou`, and keep a bool tensor `free` of
# the objects that are not taken. For each row of overlaps, `free & (row >= iou_threshold)` are the objects that it
# could take.
#
# <details><summary>Hint 2</summary>
#
# If there are ordinary objects among those it could take, only they count: `fits &= ~ignore`. Then
# `torch.where(fits, row, -1.0).argmax()` is the one that it overlaps most.
#
# <details><summary>Hint 3</summary>
#
# For each class that has objects which are not ignored: go through the pictures, select detections and objects of the
# class (`picture["classes"] == number`), match them, and collect scores and hits in two lists and the number of objects
# in a third. `torch.cat` makes one ranking of them, `average_precision` does the rest.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "mean_average_precision_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def match_detections(scores, boxes, truth, ignore, iou_threshold):
    """Hits and false alarms of one class in one picture; a help for what follows.

    Args:
        scores, boxes: the detections, tensors of shape (N,) and (N, 4).
        truth, ignore: the objects, tensors of shape (M, 4) and (M,), the second of bool.
        iou_threshold: the lowest IoU of a hit.

    Returns:
        scores and hits of the detections that count, a float tensor and a bool tensor of shape (K,).
    """
    # 1. The highest score first; all overlaps; nobody is taken.
    ### BEGIN SOLUTION
    ranking = scores.argsort(descending=True, stable=True)
    overlaps, free = pairwise_iou(boxes[ranking], truth), torch.ones_like(ignore)
    ranks, hits = [], []
    ### END SOLUTION
    # 2. Each takes its best free object, an ordinary one if it can.
    ### BEGIN SOLUTION
    for rank, row in zip(ranking.tolist(), overlaps, strict=True):
        fits = free & (row >= iou_threshold)
        if (fits & ~ignore).any():
            fits = fits & ~ignore
        is_hit = bool(fits.any())
        if is_hit:
            best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
            free[best] = False
            if ignore[best]:
                continue
        ranks.append(rank)
        hits.append(is_hit)
    ### END SOLUTION
    # 3. The scores and hits of those that count.
    ### BEGIN SOLUTION
    return scores[torch.tensor(ranks, dtype=torch.int64)], torch.tensor(hits, dtype=torch.bool)
    ### END SOLUTION


def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    """Mean over the classes of the average precision of a detector, as COCO has it at one IoU.

    In each picture and class the detections, highest score first, each take the unused object that they overlap most,
    if the IoU is iou_threshold or more. Ignored objects are taken, once, only by a detection for which no ordinary one
    is left; it counts neither way then. All detections of a class, of all pictures, make one ranking.

    Args:
        detections: a list with a dict for each picture: "boxes" (N, 4), "scores" (N,), "classes" (N,) int64.
        ground_truth: a list with a dict for each picture, in the same order: "boxes" (M, 4), "classes" (M,) int64, and
            perhaps "ignore" (M,) bool, for objects that need not be found. N and M may be 0.
        iou_threshold: the lowest IoU of a hit, a float above 0.

    Returns:
        A float: the mean over the classes that have at least one object which is not ignored; nan if none has. Equal
        scores are taken in the order of the pictures, and within a picture in the order given.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Which objects are ignored? None, where nothing is said.
    ### BEGIN SOLUTION
    ignored = [
        truth.get("ignore", torch.zeros(len(truth["boxes"]), dtype=torch.bool)) for truth in ground_truth
    ]
    ### END SOLUTION
    # 2. The classes that have something to find.
    ### BEGIN SOLUTION
    pairs = zip(ground_truth, ignored, strict=True)
    wanted = sorted({number for truth, ignore in pairs for number in truth["classes"][~ignore].tolist()})
    ### END SOLUTION
    # 3. For each of them: match in each picture, then rank all together.
    ### BEGIN SOLUTION
    precisions = []
    for number in wanted:
        scores, hits, count = [], [], 0
        for found, truth, ignore in zip(detections, ground_truth, ignored, strict=True):
            said, real = found["classes"] == number, truth["classes"] == number
            those = found["scores"][said], found["boxes"][said], truth["boxes"][real], ignore[real]
            some_scores, some_hits = match_detections(*those, iou_threshold)
            scores.append(some_scores)
            hits.append(some_hits)
            count += int((~ignore[real]).sum())
        precisions.append(average_precision(torch.cat(scores), torch.cat(hits), count))
    ### END SOLUTION
    # 4. The mean over the classes.
    ### BEGIN SOLUTION
    return sum(precisions) / len(precisions) if precisions else float("nan")
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mean_average_precision", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check


def cars(*boxes, **more):
    """A picture with cars at these boxes: ground truth, or detections if they have scores."""
    kinds = torch.ones(len(boxes), dtype=torch.int64)
    parts = {name: torch.tensor(values) for name, values in more.items()}
    return {"boxes": torch.tensor(boxes).reshape(-1, 4), "classes": kinds, **parts}


with Check("mean_average_precision") as check:
    near, close, far = [0.0, 0.0, 8.0, 4.0], [0.0, 1.0, 8.0, 5.0], [20.0, 0.0, 24.0, 2.0]

    # Two cars, one pedestrian. Both cars are found, the pedestrian is not: AP 1 and 0. There is no motorcycle (2), so
    # a box that claims one does not count.
    truth = [{**cars(near, far, near), "classes": torch.tensor([1, 1, 0])}]
    found = [{**cars(far, near, near, scores=[0.5, 0.75, 0.9]), "classes": torch.tensor([1, 1, 2])}]
    check.equal(mean_average_precision(found, truth), 0.5, "mAP of both cars found, the pedestrian not")

    # Two boxes on one car and none on the other: the second is a false alarm, and half of the cars are missed.
    found = [cars(near, near, scores=[0.75, 0.5])]
    label = "mAP of one car found twice, the other not"
    check.equal(mean_average_precision(found, [cars(near, far)]), 51 / 101, label)

    # An IoU of exactly 0.5 is a hit. Who asks for 0.75 gets nothing.
    found, truth = [cars([0.0, 0.0, 8.0, 2.0], scores=[0.75])], [cars(near)]
    check.equal(mean_average_precision(found, truth), 1.0, "mAP of a box with an IoU of 0.5")
    better = mean_average_precision(found, truth, iou_threshold=0.75)
    check.equal(better, 0.0, "mAP of a box with an IoU of 0.5, iou_threshold=0.75")

    # Two pictures, one ranking: the false alarm in the first has a higher score than the hit in the second.
    found, truth = [cars(far, scores=[0.9]), *found], [cars(), *truth]
    check.equal(mean_average_precision(found, truth), 0.5, "mAP over two pictures")

    # Two cars close together. The surest box takes the one that it overlaps most, the next the best that is left.
    truth, label = [cars(near, close)], "mAP of two cars close together"
    found = [cars(close, [0.0, 0.0, 8.0, 3.0], scores=[0.75, 0.5])]
    check.equal(mean_average_precision(found, truth), 1.0, label)
    found = [cars(near, [0.0, 0.25, 8.0, 4.25], scores=[0.75, 0.5])]
    check.equal(mean_average_precision(found, truth), 1.0, f"{label}, found by other boxes")

    # The far car is to be ignored: who finds it is neither praised nor blamed, and nobody has to.
    truth = [cars(near, far, ignore=[False, True])]
    found = [cars(far, near, scores=[0.75, 0.5])]
    check.equal(mean_average_precision(found, truth), 1.0, "mAP with an ignored car that is found")
    missed = mean_average_precision([cars(near, scores=[0.75])], truth)
    check.equal(missed, 1.0, "mAP with an ignored car that is not found")
    alone = mean_average_precision([cars(far, scores=[0.75])], truth)
    check.equal(alone, 0.0, "mAP where only the ignored car is found")

    # An ignored car close to an ordinary one: whoever may take either takes the ordinary one.
    beside = [cars(near, close, ignore=[False, True])]
    either = mean_average_precision([cars([0.0, 0.75, 8.0, 4.75], scores=[0.75])], beside)
    check.equal(either, 1.0, "mAP of a box between a car and an ignored car")

    # Nothing to find: not a number.
    check.equal(mean_average_precision([], []), float("nan"), "mAP of nothing")
    check.equal(
        mean_average_precision([cars(near, scores=[0.5])], [cars()]), float("nan"), "mAP without an object"
    )
    check.true(
        testing.unchanged(mean_average_precision, [found, truth]),
        "mean_average_precision should leave its arguments alone.",
    )

# %% nbgrader={"grade": true, "grade_id": "mean_average_precision_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of mean_average_precision: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from itertools import pairwise

import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check


def iou(a, b):
    """Of two boxes, in plain Python."""
    common = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def ranking_of(detections, truths, number, limit):
    """The (score, hit) of a class, and how many objects count."""
    ranking, count = [], 0
    for found, truth in zip(detections, truths, strict=True):
        ignore = truth.get("ignore", [False] * len(truth["boxes"]))
        objects = [i for i, kind in enumerate(truth["classes"]) if kind == number]
        count += sum(not ignore[i] for i in objects)
        mine = [i for i, kind in enumerate(found["classes"]) if kind == number]
        for i in sorted(mine, key=lambda i: -found["scores"][i]):
            pairs = [(iou(found["boxes"][i], truth["boxes"][j]), j) for j in objects]
            fits = [pair for pair in pairs if pair[0] >= limit]
            best = max([pair for pair in fits if not ignore[pair[1]]] or fits, default=None)
            if best is not None:
                objects.remove(best[1])
            if best is None or not ignore[best[1]]:
                ranking.append((found["scores"][i], best is not None))
    return sorted(ranking, key=lambda pair: -pair[0]), count


def by_definition(detections, truths, limit):
    """The mean average precision, step by step."""
    values = []
    for number in range(4):
        ranking, count = ranking_of(detections, truths, number, limit)
        hits = [sum(hit for _, hit in ranking[: n + 1]) for n in range(len(ranking))]
        if count:
            reached = [
                max((h / (n + 1) for n, h in enumerate(hits) if h / count >= r), default=0.0)
                for r in np.linspace(0, 1, 101)
            ]
            values.append(sum(reached) / 101)
    return sum(values) / len(values)


def tensors(dicts):
    """The same dicts with tensors in them."""
    kinds = {"boxes": torch.float32, "scores": torch.float32, "classes": torch.int64, "ignore": torch.bool}
    return [
        {
            name: torch.tensor(part, dtype=kinds[name]).reshape(len(part), *([4] if name == "boxes" else []))
            for name, part in one.items()
        }
        for one in dicts
    ]


with Check("mean_average_precision") as check:
    rng = testing.rng("mean_average_precision_hidden")
    cases = [(3, 1, False, 0.5), (4, 3, False, 0.5), (4, 2, True, 0.5), (3, 2, True, 0.3), (5, 3, True, 0.7)]
    for many, kinds, ignoring, threshold in cases:
        truths, detections, pool = [], [], iter(((rng.permutation(600) + 1) / 601).tolist())
        for number in range(many):
            # Two pairs of objects that stand close together, no two of one size, and three boxes on each.
            corner, size = rng.uniform(0, 40, (2, 2)), rng.uniform(8, [18, 14], (2, 2))
            single = np.concatenate([corner, corner + size], axis=1)
            moved = np.array([[0, 0, 0, 0], [2, 2, 4, 3], [0, 0, 0, 0], [3, 2, 1, 3]])
            boxes = single.repeat(2, axis=0) + moved
            truth = {"boxes": boxes.tolist(), "classes": (np.arange(4) // 2 % kinds).tolist()}
            if ignoring and number:
                truth["ignore"] = (rng.uniform(size=4) < 0.5).tolist()
            near = boxes.repeat(3, axis=0) + rng.uniform(-2.5, 2.5, (12, 4))
            labels = np.repeat(truth["classes"], 3)
            labels = np.where(rng.uniform(size=12) < 0.15, 3, labels)
            truths.append(truth)
            scores = [next(pool) for _ in labels]
            detections.append({"boxes": near.tolist(), "scores": scores, "classes": labels.tolist()})
        truths.append({"boxes": [], "classes": []})
        detections.append({"boxes": [[1, 1, 4, 5]], "scores": [next(pool)], "classes": [0]})

        # The limit lies in the widest gap between the overlaps near the threshold: rounding cannot decide.
        pairs = zip(detections, truths, strict=True)
        every = [iou(a, b) for found, truth in pairs for a in found["boxes"] for b in truth["boxes"]]
        gaps = sorted([threshold - 0.05, threshold + 0.05, *(v for v in every if abs(v - threshold) < 0.05)])
        _, limit = max((b - a, (a + b) / 2) for a, b in pairwise(gaps))

        # A last picture of objects that are missed, so that no count shares a factor with 100: recalls are not rounded.
        missed = []
        for number in range(kinds):
            count = ranking_of(detections, truths, number, limit)[1] + 1
            missed += [number] * next(n + 1 for n in range(9) if (count + n) % 2 and (count + n) % 5)
        truths.append({"boxes": [[1 + i, 1, 4 + i, 5] for i in range(len(missed))], "classes": missed})
        detections.append({"boxes": [], "scores": [], "classes": []})

        expected = by_definition(detections, truths, limit)
        args = [tensors(detections), tensors(truths)]
        ignored = ", some objects ignored" if ignoring else ""
        label = (
            f"mean_average_precision({many + 2} pictures, {kinds} classes{ignored}, iou_threshold={limit})"
        )
        check.equal(mean_average_precision(*args, limit), expected, label, rtol=1e-4, atol=1e-6)
        order = rng.permutation(many + 2).tolist()
        mixed = [[part[i] for i in order] for part in args]
        label = f"{label}, the pictures in another order"
        check.equal(mean_average_precision(*mixed, limit), expected, label, rtol=1e-4, atol=1e-6)
        check.true(testing.unchanged(mean_average_precision, args), f"{label} should change no argument.")

    # Many equal scores: of those the first goes first.
    count = int(rng.integers(20, 40))
    apart = [[10 * i, 0, 10 * i + 4, 4] for i in range(count)]
    said = {"boxes": apart, "scores": [0.25] * count, "classes": [0] * count}
    one = {"boxes": [apart[count // 4]], "classes": [0]}
    label = f"mean_average_precision({count} equal scores, number {count // 4} a hit)"
    found = mean_average_precision(tensors([said]), tensors([one]))
    check.equal(found, 1 / (count // 4 + 1), label, rtol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: what suppression is worth, and what an mAP hides
#
# Back to the open question: how far should suppression go? Judge the stand-in detector on all the streets of part 3,
# once for each threshold on the overlap. **Predict** the curve. And what is the mAP without any suppression?


# %%
def truth_of(scene):
    """The ground truth of a scene as a dict."""
    parts = {"boxes": scene.boxes, "classes": scene.classes, "ignore": scene.ignore}
    return {name: torch.from_numpy(part) for name, part in parts.items()}


def said(scenes, iou_threshold=0.5, threshold=0.1, blur=1.0):
    """What the stand-in detector says of each scene, as dicts."""
    found = []
    for seed, scene in enumerate(scenes):
        parts = detect(imagined_output(scene, seed, blur), threshold, iou_threshold)
        found.append(dict(zip(("scores", "boxes", "classes"), parts, strict=True)))
    return found


truths = [truth_of(scene) for scene in album]
limits = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01]
found_at = {limit: said(album, limit) for limit in limits}
mean_ap = {limit: mean_average_precision(found, truths) for limit, found in found_at.items()}
best = max(mean_ap, key=mean_ap.get)
pictures.show_curves(
    limits[:-1],
    {
        "suppressed from this IoU on": [mean_ap[limit] for limit in limits[:-1]],
        "without": [mean_ap[1.01]] * 9,
    },
    xlabel="IoU from which boxes are suppressed",
    ylabel="mAP@0.5",
    title=f"Suppression from an IoU of {best:g} on is best: mAP {mean_ap[best]:.2f}, "
    f"and {mean_ap[1.01]:.2f} without any",
    alt="The mean average precision over the threshold of the suppression: "
    + ", ".join(f"{limit:g}: {value:.2f}" for limit, value in mean_ap.items() if limit < 1)
    + f". A flat line marks {mean_ap[1.01]:.2f} without suppression.",
)
counts = {limit: sum(len(one["scores"]) for one in found) for limit, found in found_at.items()}
print("boxes in all:", ", ".join(f"{limit:g}: {count}" for limit, count in counts.items()))

# %% [markdown]
# Where suppression begins too early, neighbours vanish; where it begins too late, doubles are counted as false alarms.
#
# Now compare two detectors. The second is like the first, but its boxes are half as much off. **Predict:** which of
# them wins at an IoU of 0.5, and which at 0.9?

# %%
demands = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
compared = {
    name: [mean_average_precision(said(album, blur=blur), truths, demand) for demand in demands]
    for name, blur in (("boxes as before", 1.0), ("boxes half as much off", 0.5))
}
first, second = compared.values()
pictures.show_curves(
    demands,
    compared,
    xlabel="IoU that a hit has to have",
    ylabel="mAP",
    title=f"At 0.5 they differ by {second[2] - first[2]:.2f}, at 0.8 by {second[5] - first[5]:.2f}: "
    "0.5 hides who is precise",
    alt="Two falling curves of the mean average precision over the IoU that is asked for, from 0.3 to 0.9. "
    + " ".join(
        f"{name}: " + ", ".join(f"{d:g}: {v:.2f}" for d, v in zip(demands, line, strict=True)) + "."
        for name, line in compared.items()
    ),
)

# %% [markdown]
# That is why COCO's main number is a mean over ten demands, from 0.50 to 0.95. And it is why a number like "mAP 0.85"
# says nothing until you know at which IoU.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A box of 8 × 8 lies inside one of 16 × 16. What is their IoU?
# 2. You double the confidence threshold. What can become of precision and of recall?
# 3. Suppression, then suppression again with the same threshold. What does the second do?
# 4. You add a hundred false alarms, all with lower scores than any hit. What becomes of the AP, if all objects are
#    found already? And if not?
# 5. Which mAP does a detector get that finds everything perfectly, but says each box twice?
#
# <details><summary>Answers</summary>
#
# 1. 64/256 = 0.25: wrong, for a detector.
# 2. Recall can only fall or stay. Precision mostly rises, but it need not: hits may be dropped, too.
# 3. Nothing: of what was kept, no two of a class overlap that far.
# 4. Nothing in either case. At each recall that is reached the best precision stays; the others were 0 and stay 0. Only
#    what comes *before* a hit costs.
# 5. It depends on the scores. If all doubles rank below all hits: 1. If each double follows its original, the precision
#    falls to about a half.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…the intersection is not subtracted from the union.** Then no IoU is above 0.5, and a detector that is right
# everywhere gets an mAP of nearly nothing.

# %%
same = torch.tensor([[0.0, 0.0, 10.0, 10.0], [1.0, 0.0, 11.0, 10.0]])
print("IoU of a box with itself and with one shifted by a tenth:", pairwise_iou(same[:1], same)[0])
area = 100.0
print(
    "without subtracting:                                     ", torch.tensor([100.0, 90.0]) / (area + area)
)

# %% [markdown]
# **…negative widths are not cut off.** Two boxes that are apart in *both* directions have a negative width times a
# negative height: a positive area of something that is not there.

# %%
far_apart = torch.tensor([[0.0, 0.0, 4.0, 4.0], [10.0, 9.0, 12.0, 11.0]])
print("IoU:", pairwise_iou(far_apart[:1], far_apart[1:])[0, 0].item())
low, high = torch.maximum(*far_apart[:, :2]), torch.minimum(*far_apart[:, 2:])
print(
    "the corners of their overlap:", low.tolist(), high.tolist(), "so its area:", (high - low).prod().item()
)

# %% [markdown]
# **…the confidence is forgotten**, and the class probability alone is compared. Cells that see the sky also have an
# opinion on what it would be.

# %%
right = yolo_filter_boxes(boxes_all, confidence_all, probabilities_all)
forgotten = yolo_filter_boxes(boxes_all, torch.ones_like(confidence_all), probabilities_all)
print(f"{len(right[0])} boxes with the confidence, {len(forgotten[0])} without")

# %% [markdown]
# **…boxes of different classes suppress each other.** Whoever stands close to a motorcycle disappears, or the
# motorcycle does. And **two of one class that stand close together** become one even if all is done right: that is a
# limit of the method. Here everything is in its place, and perfectly detected.

# %%
crowd = torch.tensor([[36.0, 24.0, 66.0, 84.0], [40.0, 18.0, 64.0, 80.0], [46.0, 19.0, 70.0, 81.0]])
kinds, sure = torch.tensor([2, 0, 0]), torch.tensor([0.9, 0.8, 0.7])
right, mixed = (non_max_suppression(sure, crowd, these)[2] for these in (kinds, torch.zeros_like(kinds)))
print("their overlaps:\n", pairwise_iou(crowd, crowd))
print(f"a motorcycle and two pedestrians: {len(right)} are left, and {len(mixed)} if classes compete")

# %% [markdown]
# **…y comes first.** Some libraries give boxes as y1, x1, y2, x2. The overlaps come out the same, since both are turned
# alike, so suppression works and no test of it complains. Only who looks at the picture sees it.

# %%
scores, boxes, classes = detect(imagined_output(street))
turned = boxes[:, [1, 0, 3, 2]]
print("overlaps differ by", (pairwise_iou(boxes, boxes) - pairwise_iou(turned, turned)).abs().max().item())
pictures.show_boxes(
    street.image,
    turned,
    classes,
    names=CLASSES,
    truth=street.boxes,
    title="With x and y exchanged, no box stands where its object is",
    alt=f"The street again, its {len(turned)} boxes mirrored along the diagonal: the upright pedestrian's lies "
    "on its side. In thin white, the ground truth stands elsewhere.",
)

# %% [markdown]
# **…a double counts as a hit.** If an object may be taken twice, a detector that repeats itself gets better and better,
# and finds more than there is.

# %%
once = said(album)
repeated = [{name: torch.cat([part, part]) for name, part in one.items()} for one in once]
twice = mean_average_precision(repeated, truths)
print(f"mAP {mean_average_precision(once, truths):.2f}; all said twice {twice:.2f}")
hits = sum(
    int((pairwise_iou(truth["boxes"], one["boxes"]) >= 0.5).sum())
    for one, truth in zip(repeated, truths, strict=True)
)
print(f"boxes that agree with an object: {hits}, of {sum(len(truth['boxes']) for truth in truths)} objects")

# %% [markdown]
# ## Your turn: a real detector on your own picture
#
# Put a photo with faces beside this notebook and write its name below. Without one, an astronaut is taken. This is no
# stand-in: a small network of the family YOLO, with five anchors in each cell, trained on real faces. Its last layer
# hands you 13 × 13 × 5 boxes, and *your* functions do the rest. **Predict** how many of the 845 boxes reach a score of
# 0.5 where there is one face.

# %%
from cnnkit import nets
from cnnkit.data import own_photo, photo
from cnnkit.nets.boxes import grid_corners
from cnnkit.nets.face_nets import FACE_ANCHORS
from cnnkit.nets.photos import padded_to_square, resized, to_tensor

picture_file = ""  # for example "my_friends.jpg"

opened = own_photo(picture_file, photo("astronaut"))
opened.thumbnail((600, 600))
mine = np.array(opened)
with torch.no_grad():
    raw = nets.face_detector()(resized(padded_to_square(to_tensor(mine), centred=False), 416))[0]
raw = raw.unflatten(0, (5, 5)).permute(2, 3, 0, 1)  # rows, columns, anchors, numbers of each box
face_boxes = grid_corners(raw[..., :4], torch.tensor(FACE_ANCHORS)) * max(mine.shape)
face_confidence = raw[..., 4:].sigmoid()

# %%
only_class = torch.ones_like(face_confidence)  # a face, for sure, if there is anything
scores, boxes, classes = yolo_filter_boxes(face_boxes, face_confidence, only_class, threshold=0.5)
print(f"{len(scores)} of {face_confidence.numel()} boxes reach 0.5")
scores, boxes, classes = non_max_suppression(scores, boxes, classes, iou_threshold=0.4)
pictures.show_boxes(
    mine,
    boxes,
    classes,
    scores,
    ["face"],
    title=f"A real detector and your functions: {len(scores)} {'face' if len(scores) == 1 else 'faces'}",
    alt=f"The photo, yours or an astronaut's portrait, with {len(scores)} boxes around faces.",
)

# %% [markdown]
# Fewer than you thought? While it was trained, each face belonged to one cell and one anchor alone, and this network
# has learned to leave it to them. (In 3.4 you write that rule.) Suppression is for the faces where it fails.
#
# Now play. How low can the threshold go before something is a face that is none? Cut the photo so that a face fills it:
# are there doubles now? And on a photo of a crowd: who is missed, the small, the hidden, or those in profile?

# %% [markdown]
# ## Summary
#
# - IoU is the intersection over the union, and the union is the sum of the areas *less the intersection*. It knows no
#   unit. From 0.5 on a detection counts as correct, by custom.
# - A score is confidence times class probability. A threshold removes the background, non-max suppression the doubles;
#   each class by itself.
# - Anchors are typical shapes, found by k-means with the distance 1 − IoU. Each object goes to its best anchor in the
#   cell of its midpoint; if that is taken, it has no place.
# - AP is the mean height of the curve of precision over recall, with the dips filled. mAP is its mean over the classes,
#   and means nothing without the IoU at which it was taken.
# - Of two boxes on one object only the first is a hit. What is ignored counts neither way.
#
# **Next:** in 3.4 a network takes the place of the stand-in, and these functions are waiting for what it says.

# %% [markdown]
# ## References
#
# - J. Redmon, S. Divvala, R. Girshick, A. Farhadi, "You only look once: unified, real-time object detection",
#   *CVPR*, 2016.
# - J. Redmon, A. Farhadi, "YOLO9000: better, faster, stronger", *CVPR*, 2017. YOLOv2; anchors by k-means.
# - M. Everingham, L. Van Gool, C. Williams, J. Winn, A. Zisserman, "The PASCAL visual object classes (VOC) challenge",
#   *IJCV*, 2010. Average precision, and the 0.5.
# - T.-Y. Lin et al., "Microsoft COCO: common objects in context", *ECCV*, 2014. The 101 recalls are those of its code,
#   `pycocotools`.
# - N. Bodla, B. Singh, R. Chellappa, L. Davis, "Soft-NMS: improving object detection with one line of code",
#   *ICCV*, 2017. What to do about neighbours.
