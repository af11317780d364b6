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
# # 3.6 U-Net: a class for every pixel
#
# **A detector draws a box around a car. But where exactly does the car end, and the road begin? What must a network
# look like that says one word for every pixel?**
#
# Convolutions and pooling make pictures small. Here you make them large again, with a convolution run backwards. You
# put both halves together to a U-Net, teach it what a street is made of, and judge it by two measures of your own.
#
# **After this lesson you can**
#
# - say what semantic segmentation is, what instance segmentation adds, and which of them a self-driving car wants when;
# - measure a segmentation with mean IoU and Dice, and say why the share of right pixels flatters;
# - compute a transposed convolution by hand, and say why it is called *transposed*;
# - foresee where it leaves a checkerboard;
# - build a U-Net, and show what its skips bring;
# - train it, hand it in, and know six ways to spoil it.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 4 hours |
# | machine time, solved | under 10 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lesson 1.2: convolution and its backward pass; lessons 1.3 and 2.2: networks as classes, training, batch normalisation |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `mean_iou` | judges a segmentation by intersection over union | 3 |
# | 2 | `dice` | judges it by Dice's coefficient | 3 |
# | 3 | `transpose_conv` | makes a volume larger with filters | 3 |
# | 4 | `UNet` | a network with two blocks of its own, `ConvBlock` and `UpsamplingBlock`. Its trained weights count too | 5 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is judged by
# itself. Where the text says **Predict**, write your answer down before you go on. Exercise 4 saves weights in
# the folder `work`. *Check and hand in* packs them with the notebook.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `x` | (B, C, H, W) | a batch of pictures or volumes; in exercise 3 a single volume, (C_in, H, W) |
# | `y`, `target` | (N, H, W) | the true class of each pixel, whole numbers from 0 |
# | `pred` | (N, H, W) | the class that somebody says for each pixel |
# | `logits` | (B, number of classes, H, W) | a network's scores for each class, at each pixel |
# | `W` | (C_in, C_out, f, f) | the filters of a transposed convolution: for each channel in, one for each channel out |
# | `stride`, `pad` | | as in a convolution, but here they act on what comes *out* |
#
# In the text, a volume is written rows × columns × channels.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: a class for every pixel
#
# ## 1. What is asked
#
# So far a network said one thing about a whole picture, or drew boxes. *Semantic segmentation* wants more: for **each
# pixel** the class of what is seen there. The answer is a picture too, as large as the first, whose pixels are whole
# numbers. Here is our street, with the eight classes that this course draws.

# %%
from cnnkit import pictures
from cnnkit.scenes import SEMANTIC, street_scene, street_scenes

street = street_scene(seed=42, size=128, difficulty=0.3)
shares = {name: float((street.semantic == number).mean()) for number, name in enumerate(SEMANTIC)}
largest = max(shares, key=shares.get)
pictures.show_masks(
    street.image,
    street.semantic,
    SEMANTIC,
    title=f"Most pixels are {largest} ({shares[largest]:.0%}), and few are pedestrian ({shares['pedestrian']:.1%})",
    alt="The street twice: as it is, and under the colours of its classes. "
    + ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share)
    + ".",
)

# %% [markdown]
# **Predict:** how many numbers does an answer for a picture of 64 × 64 pixels have? And how many logits must a network
# give for eight classes?
#
# <details><summary>Compare with your answer</summary>
#
# $64 \cdot 64 = 4096$ whole numbers, one for each pixel. And $64 \cdot 64 \cdot 8 = 32\,768$ logits, eight for each.
# The loss is the cross-entropy that you know, averaged over all pixels.
#
# </details>
#
# **Ask yourself:** two cars stand one in front of the other. What does semantic segmentation say of them?
#
# <details><summary>Compare with your answer</summary>
#
# Both are "car", and so they become one blot. It cannot count. *Instance segmentation* gives each car a number of its
# own, and leaves sky and road aside, which nobody counts. (To give both answers at once is called *panoptic*.)
#
# </details>
#
# Does it matter? Take the *true* classes of some streets, call each blot of cars one car, and count.

# %%
from scipy import ndimage

CAR = SEMANTIC.index("car")
seen, counted = 0, 0
scenes = street_scenes(20 if cnnkit.quick() else 100, seed=7, size=96)
for scene in scenes:
    of_cars = 1 + np.flatnonzero(scene.classes == 1)  # the numbers of the cars; 0 means "no object"
    seen += sum(bool((scene.instances == number).any()) for number in of_cars)
    counted += ndimage.label(scene.semantic == CAR)[1]
print(f"{len(scenes)} streets: {seen} cars can be seen, and there are {counted} blots of cars")

crowded = max(scenes, key=lambda scene: int((scene.classes == 1).sum()))
cars = 1 + np.flatnonzero(crowded.classes == 1)
numbered = np.zeros_like(crowded.instances)
for place, number in enumerate(cars[:8], 1):
    numbered[crowded.instances == number] = place
names = ["no car", *(f"car {place}" for place in range(1, 1 + len(cars[:8])))]
blots = ndimage.label(crowded.semantic == CAR)[1]
pictures.show_masks(
    crowded.image,
    numbered,
    names,
    title=f"Instances: {len(np.unique(numbered)) - 1} cars here. As one class they would be {blots} blots",
    alt=f"A street with {len(np.unique(numbered)) - 1} cars, each in a colour of its own with its number. Where cars "
    f"hide each other their colours touch; as one class they would be {blots} blots.",
)

# %% [markdown]
# Cars that hide each other melt into one blot, and a car behind a lamp post falls into two. For a car that only asks
# "may I drive there?", classes are enough. To know *who* moves *where*, it needs instances. Usually those come from a
# detector with a small segmentation inside each box (Mask R-CNN). This lesson stays with classes.
#
# ## 2. How good is an answer?
#
# **Predict:** somebody answers "building" for every pixel of every street, without looking. What share of the pixels is
# right? And how useful is it?


# %%
def masks_of(scenes):
    """The true classes of scenes, as a tensor (N, H, W), int64."""
    return torch.from_numpy(np.stack([scene.semantic for scene in scenes])).long()


truth = masks_of(scenes)
BUILDING = SEMANTIC.index("building")
print(f"'building' everywhere: {(truth == BUILDING).float().mean():.0%} of the pixels are right")
forgetful = torch.where(truth >= SEMANTIC.index("pedestrian"), SEMANTIC.index("road"), truth)
print(
    f"all right, but no pedestrian, car or motorcycle is ever seen: {(truth == forgetful).float().mean():.0%}"
)

# %% [markdown]
# The share of right pixels forgives whoever overlooks all that is small, and that is what drives and walks. So take
# each class by itself, and compare two sets of pixels: those that *are* of the class, and those that are *said* to be.
# You know a measure for two sets from boxes, the **intersection over union**:
#
# $$ \text{IoU}_c = \frac{|\,\text{true}_c \cap \text{said}_c\,|}{|\,\text{true}_c \cup \text{said}_c\,|} $$
#
# Its mean over the classes is the **mean IoU**, or mIoU: each class counts the same, however few pixels it has. Three
# points have to be settled, and people who settle them differently get numbers that cannot be compared:
#
# - **Which classes?** Those that occur: in the truth, or in what was said. A class that is in neither has no union, and
#   is left out. One that was said but is nowhere true counts, with 0.
# - **Over what?** Over *all* pictures of the set together: intersections and unions are summed first, and divided once.
#   The mean of each picture's own value is something else.
# - **And if there is nothing at all?** Then there is no answer: a `ValueError`.
#
# All that is needed is a **confusion matrix**: row $i$, column $j$ counts the pixels of class $i$ that were taken for
# $j$. On the diagonal are the intersections. **Ask yourself:** what are the sums of row $c$ and of column $c$? And how
# do you get the union from these?
#
# <details><summary>Compare with your answer</summary>
#
# Row: all pixels that are truly $c$. Column: all that were said to be $c$. Added up, those that are both were counted
# twice: $\text{union} = \text{row} + \text{column} - \text{diagonal}$.
#
# </details>

# %% [markdown]
# ### Exercise 1: `mean_iou` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Loop over the classes. `(pred == c) & (target == c)` marks the pixels of the intersection, `|` those of the union, and
# `.sum()` counts them, over all pictures at once.
#
# <details><summary>Hint 2</summary>
#
# A class whose union is empty is in neither. Skip it, so that it does not count in the mean.
#
# <details><summary>Hint 3</summary>
#
# Collect `(intersection / union).item()` in a list. At the end `sum(values) / len(values)`; before, raise a
# `ValueError` with a sentence, if the list is empty.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "mean_iou_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean_iou(pred, target, num_classes):
    """Judge a segmentation by intersection over union, each class counting the same.

    Args:
        pred: the class that is said for each pixel, an int64 tensor of shape (N, H, W), from 0 to num_classes - 1.
        target: the true class of each pixel, of the same shape and kind.
        num_classes: how many classes there are, an int.

    Returns:
        A float from 0 to 1: the mean of the classes' IoU. Pixels are counted over all N pictures together. Classes that
        occur neither in pred nor in target are left out.

    Raises:
        ValueError: no class occurs at all, for there is no pixel.
    """
    # 1. For each class, count the pixels in both and in either, over all pictures. Leave out what does not occur.
    ### BEGIN SOLUTION
    values = []
    for c in range(num_classes):
        said, true = pred == c, target == c
        union = (said | true).sum().item()
        if union:
            values.append((said & true).sum().item() / union)
    ### END SOLUTION
    # 2. No class? Else the mean.
    ### BEGIN SOLUTION
    if not values:
        raise ValueError("there is no pixel of any class")
    return sum(values) / len(values)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mean_iou", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("mean_iou") as check:
    # Two pixels are of class 0, and one of them is found: 1/2. Of class 1: 7 in both, 8 in either. The mean is 11/16.
    target = torch.tensor([[[0, 0, 1], [1, 1, 1], [1, 1, 1]]])
    pred = torch.tensor([[[0, 1, 1], [1, 1, 1], [1, 1, 1]]])
    check.equal(mean_iou(pred, target, 2), 0.6875, "mean_iou(pred, target, 2)")
    check.true(
        testing.unchanged(mean_iou, [pred, target, 2]), "mean_iou should leave its arguments as they were."
    )

    # A third class and a fourth that nobody has or says change nothing.
    check.equal(
        mean_iou(pred, target, 4), 0.6875, "mean_iou(pred, target, 4), without a pixel of class 2 or 3"
    )

    # Class 2 is said once and is true nowhere: it counts, with 0. Class 1 has 3 of 4: (1 + 3/4 + 0) / 3.
    target = torch.tensor([[[0, 0, 1, 1], [0, 0, 1, 1]]])
    pred = torch.tensor([[[0, 0, 1, 1], [0, 0, 1, 2]]])
    check.equal(
        mean_iou(pred, target, 3), 1.75 / 3, "mean_iou(pred, target, 3), with class 2 said, but never true"
    )

    # The other way round: class 2 is true once and never said. It counts, with 0.
    label = "mean_iou(pred, target, 3), with class 2 true, but never said"
    check.equal(mean_iou(target, pred, 3), 1.75 / 3, label)

    # Two pictures together. Class 0 is all of the first, and is said too often: 6/9. Half of class 1 is found.
    target = torch.tensor([[[0, 0, 0], [0, 0, 0]], [[1, 1, 1], [1, 1, 1]]])
    pred = torch.tensor([[[0, 0, 0], [0, 0, 0]], [[1, 1, 1], [0, 0, 0]]])
    check.equal(mean_iou(pred, target, 2), (6 / 9 + 3 / 6) / 2, "mean_iou of two pictures together")

    # No picture, no answer.
    none = torch.zeros(0, 2, 3, dtype=torch.int64)
    check.raises(ValueError, mean_iou, none, none, 2, label="mean_iou without a pixel")

# %% nbgrader={"grade": true, "grade_id": "mean_iou_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of mean_iou: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("mean_iou") as check:
    rng = testing.rng("mean_iou_hidden")
    for N, H, n_W, num_classes, used in ((3, 5, 8, 5, 4), (2, 7, 4, 8, 5), (4, 3, 6, 9, 6)):
        # Some classes occur nowhere, some are rare, one is only ever said, and one is overlooked.
        chosen, missed = np.split(rng.permutation(num_classes)[: used + 1], [used])
        likely = np.arange(1, used) ** 2 / (np.arange(1, used) ** 2).sum()
        true = rng.choice(chosen[1:], (N, H, n_W), p=likely)
        said = np.where(rng.random(true.shape) < 0.4, rng.choice(chosen[1:], true.shape), true)
        said[0, 0, :2], true[-1, -1, :3] = chosen[0], missed

        # By sets of places.
        places = list(np.ndindex(true.shape))
        ratios = []
        for c in range(num_classes):
            are = {place for place in places if true[place] == c}
            told = {place for place in places if said[place] == c}
            ratios += [len(are & told) / len(are | told)] if are | told else []
        label = (
            f"mean_iou(pred, target, {num_classes}), of shape {true.shape} with {used + 1} classes in them"
        )
        given = [torch.tensor(said), torch.tensor(true), num_classes]
        check.equal(mean_iou(*given), float(np.mean(ratios)), label)
        check.equal(mean_iou(given[1], given[1], num_classes), 1.0, "mean_iou(target, target, num_classes)")
    none = torch.zeros(2, 0, 3, dtype=torch.int64)
    check.raises(ValueError, mean_iou, none, none, 5, label="mean_iou without a pixel")
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# **Predict** the mean IoU of the two answers of before: "building" everywhere, and all right but for what drives and
# walks. Eight classes occur.

# %%
everywhere = torch.full_like(truth, BUILDING)
for name, said in {"'building' everywhere": everywhere, "nobody in the street": forgetful}.items():
    right = (said == truth).float().mean().item()
    print(f"{name:22} right pixels {right:4.0%}   mean IoU {mean_iou(said, truth, 8):.3f}")

# %% [markdown]
# ## 3. Dice
#
# Medicine, where U-Net comes from, counts a little differently. **Dice's coefficient** compares the intersection with
# the mean *size* of the two sets:
#
# $$ \text{Dice}_c = \frac{2\,|\,\text{true}_c \cap \text{said}_c\,|}{|\,\text{true}_c\,| + |\,\text{said}_c\,|} $$
#
# **Predict:** a class has an IoU of 1/2. What is its Dice? Can one of two answers have the better IoU for a class, and
# the worse Dice?
#
# <details><summary>Compare with your answer</summary>
#
# With intersection $I$ and union $U$, the two sets have $U + I$ pixels together, so
# $\text{Dice} = 2I / (U + I) = 2\,\text{IoU} / (1 + \text{IoU})$. For 1/2 that is 2/3. The formula only ever rises: for
# one class both agree on who is better. It is the means over classes that may disagree.
#
# </details>

# %% [markdown]
# ### Exercise 2: `dice` (3 points)
#
# The same rules as for `mean_iou`: all pictures together, classes that occur in either, a `ValueError` where there is
# none.
#
# <details><summary>Hint 1</summary>
#
# Which classes occur? Those for which the two sizes together are not 0.
#
# <details><summary>Hint 2</summary>
#
# `(pred == c).sum() + (target == c).sum()` is what is below the line. Above it: twice the intersection.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "dice_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dice(pred, target, num_classes):
    """Judge a segmentation by Dice's coefficient, each class counting the same.

    Args:
        pred: the class that is said for each pixel, an int64 tensor of shape (N, H, W), from 0 to num_classes - 1.
        target: the true class of each pixel, of the same shape and kind.
        num_classes: how many classes there are, an int.

    Returns:
        A float from 0 to 1: the mean of the classes' Dice coefficients. Pixels are counted over all N pictures
        together. Classes that occur neither in pred nor in target are left out.

    Raises:
        ValueError: no class occurs at all, for there is no pixel.
    """
    # 1. For each class that occurs, twice the pixels in both, over the two sizes together.
    ### BEGIN SOLUTION
    values = []
    for c in range(num_classes):
        said, true = pred == c, target == c
        sizes = said.sum().item() + true.sum().item()
        if sizes:
            values.append(2 * (said & true).sum().item() / sizes)
    ### END SOLUTION
    # 2. No class? Else the mean.
    ### BEGIN SOLUTION
    if not values:
        raise ValueError("there is no pixel of any class")
    return sum(values) / len(values)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "dice", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("dice") as check:
    # Class 0: three pixels, one is found: 2 * 1 / (3 + 1). Class 1: 2 * 3 / (3 + 5). The mean of 1/2 and 3/4 is 5/8.
    target = torch.tensor([[[0, 0, 0], [1, 1, 1]]])
    pred = torch.tensor([[[0, 1, 1], [1, 1, 1]]])
    check.equal(dice(pred, target, 2), 0.625, "dice(pred, target, 2)")
    check.true(testing.unchanged(dice, [pred, target, 2]), "dice should leave its arguments as they were.")

    # Classes that nobody has or says change nothing.
    check.equal(dice(pred, target, 5), 0.625, "dice(pred, target, 5), without a pixel of classes 2 to 4")

    # Class 2 is said twice and is true nowhere: it counts, with 0. (1 + 2 * 2 / (4 + 2) + 0) / 3.
    target = torch.tensor([[[0, 0, 1, 1], [0, 0, 1, 1]]])
    pred = torch.tensor([[[0, 0, 1, 1], [0, 0, 2, 2]]])
    check.equal(
        dice(pred, target, 3), (1 + 4 / 6) / 3, "dice(pred, target, 3), with class 2 said, but never true"
    )

    # The other way round: class 2 is true twice and never said. It counts, with 0.
    check.equal(
        dice(target, pred, 3), (1 + 4 / 6) / 3, "dice(pred, target, 3), with class 2 true, but never said"
    )

    # Two pictures together: class 0 is 2 * 6 / (6 + 9), class 1 is 2 * 3 / (6 + 3).
    target = torch.tensor([[[0, 0, 0], [0, 0, 0]], [[1, 1, 1], [1, 1, 1]]])
    pred = torch.tensor([[[0, 0, 0], [0, 0, 0]], [[1, 1, 1], [0, 0, 0]]])
    check.equal(dice(pred, target, 2), (12 / 15 + 6 / 9) / 2, "dice of two pictures together")

    # No picture, no answer.
    none = torch.zeros(0, 2, 3, dtype=torch.int64)
    check.raises(ValueError, dice, none, none, 2, label="dice without a pixel")

# %% nbgrader={"grade": true, "grade_id": "dice_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of dice: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("dice") as check:
    rng = testing.rng("dice_hidden")
    for N, H, n_W, num_classes, used in ((3, 5, 8, 5, 4), (2, 7, 4, 8, 5), (4, 3, 6, 9, 6)):
        # Some classes occur nowhere, some are rare, one is only ever said, and one is overlooked.
        chosen, missed = np.split(rng.permutation(num_classes)[: used + 1], [used])
        likely = np.arange(1, used) ** 2 / (np.arange(1, used) ** 2).sum()
        true = rng.choice(chosen[1:], (N, H, n_W), p=likely)
        said = np.where(rng.random(true.shape) < 0.4, rng.choice(chosen[1:], true.shape), true)
        said[0, 0, :2], true[-1, -1, :3] = chosen[0], missed

        # By a confusion matrix, counted pair by pair.
        counts = np.zeros((num_classes, num_classes))
        np.add.at(counts, (true, said), 1)
        sizes = counts.sum(axis=0) + counts.sum(axis=1)
        expected = float((2 * counts.diagonal()[sizes > 0] / sizes[sizes > 0]).mean())
        label = f"dice(pred, target, {num_classes}), of shape {true.shape} with {used + 1} classes in them"
        given = [torch.tensor(said), torch.tensor(true), num_classes]
        check.equal(dice(*given), expected, label)
        check.equal(dice(given[1], given[1], num_classes), 1.0, "dice(target, target, num_classes)")
    none = torch.zeros(2, 0, 3, dtype=torch.int64)
    check.raises(ValueError, dice, none, none, 5, label="dice without a pixel")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: both, for answers that get worse
#
# Take the truth and move it to the right, pixel by pixel. **Predict** which of the three measures falls fastest.

# %%
moves = [0, 1, 2, 3, 4, 6, 8, 12]
measures = {"right pixels": [], "mean Dice": [], "mean IoU": []}
for pixels in moves:
    shifted = torch.roll(truth, pixels, dims=2)
    measures["mean IoU"].append(mean_iou(shifted, truth, 8))
    measures["mean Dice"].append(dice(shifted, truth, 8))
    measures["right pixels"].append((shifted == truth).float().mean().item())
at = moves.index(2)
pictures.show_curves(
    moves,
    measures,
    xlabel="the answer is moved by so many pixels, of 96",
    ylabel="measure, from 0 to 1",
    title="Moved by 2 pixels: " + ", ".join(f"{name} {values[at]:.2f}" for name, values in measures.items()),
    alt="Three curves that fall from 1 as the answer moves by up to 12 pixels. "
    + " ".join(
        f"{name}: {values[at]:.2f} at 2 pixels, {values[-1]:.2f} at 12." for name, values in measures.items()
    ),
)

# %% [markdown]
# Two pixels beside the truth, and most pixels are right still. The mean IoU has noticed: small things are lost first.
#
# # Part 2: making pictures large again
#
# ## 4. The stamp
#
# A network that knows what a car looks like has pooled a few times. It has many channels, and few places. Its answer
# must have a place for every pixel. One could make the last volume larger as one enlarges a photo, by repeating pixels.
# Better is a way to enlarge that can *learn*.
#
# A convolution goes like this: a window of many numbers becomes one number. Turn it around: **one number becomes a
# window of many.** Think of a stamp. The filter is the stamp, and each number of `x` says how strongly it is pressed.
# For the next number you move on by `stride`, and where two prints overlap, they add up.
#
# Take $x = \begin{bmatrix} 2 & 1 \\ 3 & 2 \end{bmatrix}$, the filter
# $\begin{bmatrix} 1 & 2 & 1 \\ 2 & 0 & 1 \\ 0 & 2 & 1 \end{bmatrix}$ and stride 2.
#
# ![Four prints of a 3 by 3 filter on a canvas. The number 2 at the upper left prints twice the filter at the upper
# left; the number 1 prints the filter two columns to the right; 3 and 2 print two rows further down. Where the prints
# overlap, in the middle row and the middle column, the numbers are added. Frames on the canvas mark the middle 3 by 3,
# which a padding of 1 leaves, and the 4 by 4 below and to the right, which is left with an output padding
# of 1.](images/transpose_conv.svg)
#
# **Predict:** how large is the canvas, and what stands in its very middle, where all four prints overlap?
#
# <details><summary>Compare with your answer</summary>
#
# $(2 - 1) \cdot 2 + 3 = 5$ rows and columns. In the middle the corners of the four prints meet: the lower right of the
# first print, $2 \cdot 1$; the lower left of the second, $1 \cdot 0$; the upper right of the third, $3 \cdot 1$; the
# upper left of the fourth, $2 \cdot 1$. Together 7.
#
# </details>
#
# In a convolution, padding puts a border *around what comes in*. Here everything is turned around, so `pad` cuts a
# border *off what comes out*: `pad` rows and columns on each of the four sides. Of 5 × 5 with a padding of 1, the
# middle 3 × 3 is left.
#
# And why `output_padding`? **Ask yourself:** a convolution of 3 × 3 with stride 2 and padding 1 gets a picture of 3 ×
# 3. What size comes out? And of a picture of 4 × 4?
#
# <details><summary>Compare with your answer</summary>
#
# $\lfloor (3 + 2 - 3) / 2 \rfloor + 1 = 2$, and $\lfloor (4 + 2 - 3) / 2 \rfloor + 1 = 2$ again. So on the way back
# from 2 × 2 it is not clear which of the two is wanted. `output_padding` says so: so many rows more at the **bottom**,
# and columns at the **right**. They are not zeros out of nowhere: as long as `pad` is at least as large, it is what a
# smaller cut on these sides leaves. (With a smaller `pad`, rows and columns that no print reaches are zeros.)
#
# </details>
#
# $$ n_{out} = (n - 1)\, s + f - 2p + p_{out} $$

# %% [markdown]
# ### Exercise 3: `transpose_conv` (3 points)
#
# With channels, each number of `x` at a place presses its own stamp, and all prints are added: `W[c, o]` is the filter
# from channel `c` of `x` to channel `o` of the result.
#
# <details><summary>Hint 1</summary>
#
# Begin with a canvas of zeros, `x.new_zeros(C_out, rows, columns)`, that is not yet cut. It has
# `(n_H - 1) * stride + f` rows, and `output_padding` more at the bottom.
#
# <details><summary>Hint 2</summary>
#
# For each place (i, j) of `x`, the print is `torch.einsum("c,cofg->ofg", x[:, i, j], W)`, of shape (C_out, f, f). Its
# upper left corner lies at row `i * stride`, column `j * stride` of the canvas. Add it, with `+=`.
#
# <details><summary>Hint 3</summary>
#
# Cut at the end: `canvas[:, pad : rows - pad, pad : columns - pad]`. (Not `[pad:-pad]`, which is empty when pad is 0.)
# With `output_padding` more rows on the canvas, the same cut leaves so many more at the bottom.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "transpose_conv_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    """Spread each number of a volume over a window: a transposed convolution of one example, without biases.

    Args:
        x: the volume, a float tensor of shape (C_in, H, W).
        W: the filters, a float tensor of shape (C_in, C_out, f, f).
        stride: by how many rows or columns the windows of neighbours lie apart, an int of 1 or more.
        pad: rows and columns that are cut off each of the four sides of the result, an int of 0 or more.
        output_padding: rows that are added at the bottom, and columns at the right, an int from 0 to stride - 1.

    Returns:
        A tensor of shape (C_out, (H - 1) * stride + f - 2 * pad + output_padding, …), the columns alike. Where windows
        overlap, they are added.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    C_in, n_H, n_W = x.shape
    _, C_out, f, _ = W.shape
    # 1. A canvas of zeros, with room for all that is cut off in the end.
    ### BEGIN SOLUTION
    rows = (n_H - 1) * stride + f + output_padding
    columns = (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    ### END SOLUTION
    # 2. At each place of x: its print, added where it belongs.
    ### BEGIN SOLUTION
    for i in range(n_H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    ### END SOLUTION
    # 3. Cut pad rows and columns off each side.
    ### BEGIN SOLUTION
    return canvas[:, pad : rows - pad, pad : columns - pad]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "transpose_conv", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("transpose_conv") as check:
    axes = ("channel", "row", "column")

    # Two prints that do not touch: 1 times the filter, and 2 times the filter.
    x = torch.tensor([[[1.0, 2.0]]])
    W = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    expected = torch.tensor([[[1.0, 2.0, 2.0, 4.0], [3.0, 4.0, 6.0, 8.0]]])
    check.equal(
        transpose_conv(x, W, 2), expected, "transpose_conv(x of (1, 1, 2), W of 2 x 2, stride=2)", axes=axes
    )

    # With stride 1 they overlap in a column, and are added there.
    expected = torch.tensor([[[1.0, 4.0, 4.0], [3.0, 10.0, 8.0]]])
    check.equal(transpose_conv(x, W), expected, "transpose_conv(x of (1, 1, 2), W of 2 x 2)", axes=axes)
    check.true(
        testing.unchanged(transpose_conv, [x, W]), "transpose_conv should leave its arguments as they were."
    )

    # The example of section 4: uncut, cut, and with a row and a column more.
    x = torch.tensor([[[2.0, 1.0], [3.0, 2.0]]])
    W = torch.tensor([[[[1.0, 2.0, 1.0], [2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]]])
    uncut = [[2.0, 4, 3, 2, 1], [4, 0, 4, 0, 1], [3, 10, 7, 6, 3], [6, 0, 7, 0, 2], [0, 6, 3, 4, 2]]
    check.equal(transpose_conv(x, W, 2), torch.tensor([uncut]), "transpose_conv(x, W, stride=2)", axes=axes)
    cut = torch.tensor([[[0.0, 4, 0], [10, 7, 6], [0, 7, 0]]])
    check.equal(transpose_conv(x, W, 2, 1), cut, "transpose_conv(x, W, stride=2, pad=1)", axes=axes)
    wider = torch.tensor([[[0.0, 4, 0, 1], [10, 7, 6, 3], [0, 7, 0, 2], [6, 3, 4, 2]]])
    label = "transpose_conv(x, W, stride=2, pad=1, output_padding=1)"
    check.equal(transpose_conv(x, W, 2, 1, 1), wider, label, axes=axes)

    # Two channels in, three out, filters of one number: at each place out[o] = 1 * W[0, o] + 10 * W[1, o].
    x = torch.tensor([[[1.0]], [[10.0]]])
    W = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).reshape(2, 3, 1, 1)
    expected = torch.tensor([[[41.0]], [[52.0]], [[63.0]]])
    check.equal(
        transpose_conv(x, W), expected, "transpose_conv(x of (2, 1, 1), W of (2, 3, 1, 1))", axes=axes
    )

# %% nbgrader={"grade": true, "grade_id": "transpose_conv_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of transpose_conv: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("transpose_conv") as check:
    rng = testing.rng("transpose_conv_hidden")
    axes = ("channel", "row", "column")
    for C_in, C_out, H, n_W, f, stride, pad, more in [
        (1, 1, 3, 4, 3, 1, 0, 0),
        (2, 2, 4, 3, 3, 2, 1, 1),
        (3, 2, 2, 5, 2, 2, 0, 0),
        (2, 4, 3, 2, 5, 3, 2, 2),
        (2, 3, 4, 4, 3, 1, 2, 0),
        (2, 3, 4, 4, 3, 2, 0, 1),
    ]:
        x = torch.tensor(rng.normal(0, 2, (C_in, H, n_W)), dtype=torch.float32)
        W = torch.tensor(rng.normal(0, 2, (C_in, C_out, f, f)), dtype=torch.float32)
        label = f"transpose_conv(x of {tuple(x.shape)}, W of {tuple(W.shape)}, {stride}, {pad}, {more})"
        got = transpose_conv(x, W, stride, pad, more)
        expected = functional.conv_transpose2d(x, W, stride=stride, padding=pad, output_padding=more)
        check.equal(got, expected, label, axes=axes, rtol=1e-4, atol=1e-4)
        check.true(
            testing.unchanged(transpose_conv, [x, W, stride, pad, more]), f"{label}: x and W should stay."
        )

        # The adjoint of the convolution with the same filters: <conv(z), x> = <z, transpose_conv(x)>.
        z = torch.tensor(rng.normal(0, 1, tuple(expected.shape)), dtype=torch.float32)
        one = (functional.conv2d(z, W, stride=stride, padding=pad) * x).sum().item()
        check.equal((z * got).sum().item(), one, f"the inner product of z and {label}", rtol=1e-3, atol=1e-2)
        slope = functional.conv2d(torch.ones_like(expected), W, stride=stride, padding=pad)
        upstream = testing.grad(transpose_conv, [x, W, stride, pad, more], 0)
        check.equal(upstream, slope, f"the gradient of {label} for x", axes=axes, rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Why *transposed*?
#
# A convolution is linear, so it can be written as a matrix. Lay the picture out in a row: 16 numbers for 4 × 4. A
# convolution with 3 × 3 and no padding gives 2 × 2, that is 4 numbers. So the matrix has 4 rows and 16 columns. To get
# a column, send in a picture that is 1 at one place and 0 elsewhere.
#
# **Predict:** which shape has the matrix of the transposed convolution, from 2 × 2 to 4 × 4, with the same filter? And
# what stands in it?

# %%
kernel = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
matrix = torch.stack(
    [functional.conv2d(one.reshape(1, 4, 4), kernel).flatten() for one in torch.eye(16)], dim=1
)
backwards = torch.stack(
    [transpose_conv(one.reshape(1, 2, 2), kernel).flatten() for one in torch.eye(4)], dim=1
)
print(
    f"convolution: {tuple(matrix.shape)}, transposed: {tuple(backwards.shape)};",
    "the second is the first, transposed:", torch.equal(backwards, matrix.T),
)  # fmt: skip
pictures.show(
    {"convolution": matrix.numpy(), "transposed convolution": backwards.numpy()},
    title="The two matrices hold the same numbers, rows for columns",
    alt="Two matrices as grey pictures. The convolution's has 4 rows of 16 numbers: the filter's three rows with gaps "
    "between them, moved on from row to row. The transposed convolution's is the same, 16 rows of 4, mirrored at the diagonal.",
)

# %% [markdown]
# That is all that the name says. It is **not** the inverse: it brings back the *shape*, not the picture. (Some call it
# "deconvolution", which would be the inverse, and is a bad name.)
#
# A matrix $M$ and its transpose belong together by a rule:
# $\langle M z,\, x \rangle = \langle z,\, M^{\mathsf T} x \rangle$ for all $z$ and $x$. That lets you prove it at any
# size, without writing a matrix. You can also see in it where you met this function before: the backward pass of a
# convolution, `dA_prev` in lesson 1.2, multiplies by $M^{\mathsf T}$.

# %%
cnnkit.seed(0)
for stride, pad, size in ((1, 0, 9), (2, 1, 10), (3, 2, 11)):
    W = torch.randn(4, 3, 3, 3)  # for the convolution: from 3 channels to 4
    z = torch.randn(3, size, size, requires_grad=True)
    convolved = functional.conv2d(z, W, stride=stride, padding=pad)
    x = torch.randn_like(convolved)
    more = (size + 2 * pad - 3) % stride
    spread = transpose_conv(x, W, stride, pad, more)
    (dA_prev,) = torch.autograd.grad(convolved, z, x)
    print(
        f"stride {stride}, pad {pad}, {size} x {size}: ⟨conv(z), x⟩ = {(convolved * x).sum():9.4f}   "
        f"⟨z, transpose_conv(x)⟩ = {(z * spread).sum():9.4f}   "
        f"from the backward pass it differs by {(spread - dA_prev).abs().max():.0e}"
    )

# %% [markdown]
# ## 6. Checkerboards
#
# Press the same stamp, all ones, with the same strength everywhere. **Predict:** is the result flat when the stamp is 3
# × 3 and the stride 2? When it is 2 × 2? When it is 4 × 4?

# %%
flat = torch.ones(1, 8, 8)
prints = {}
for f in (2, 3, 4):
    spread = transpose_conv(flat, torch.ones(1, 1, f, f), stride=2)[0]
    middle = spread[f : f + 8, f : f + 8]
    prints[f"{f} × {f}"] = middle.numpy() / 4
    print(f"filter {f} x {f}: in the middle there are the numbers", sorted({int(n) for n in middle.unique()}))
uneven = [name for name, one in prints.items() if one.min() != one.max()]
pictures.contact_sheet(
    list(prints.values()),
    columns=3,
    captions=list(prints),
    title=f"With stride 2, a flat volume gets a checkerboard from a filter of {', '.join(uneven)}",
    alt="Three pictures of 8 by 8. With filters of 2 × 2 and of 4 × 4 they are even. With 3 × 3 they are chequered: "
    "some pixels got one print, some two, some four.",
)

# %% [markdown]
# Where the stride does not divide the filter's side, some pixels get more prints than others. A network can learn to
# make up for it, and rarely does so quite: pictures painted by networks often have this pattern. Take a filter whose
# side the stride divides, or enlarge by repeating pixels and convolve afterwards. U-Net takes 2 × 2 with stride 2:
# prints that do not overlap at all.
#
# # Part 3: the U
#
# ## 7. Down, and up again
#
# > **The notes say…** that U-Net is of 2017. It is of **2015**: O. Ronneberger, P. Fischer and T. Brox, for cells under
# > the microscope.
#
# Going *down*, a network pools: it has ever fewer places, and knows ever more about each. Going *up*, it spreads what
# it knows over ever more places. **Ask yourself:** at the bottom, a picture of 64 × 64 has become 8 × 8. The network
# knows well that there is a car at row 5, column 3. What does it no longer know?
#
# <details><summary>Compare with your answer</summary>
#
# Where exactly in these 8 × 8 pixels the car's edge runs. Pooling threw it away, and no filter can guess it on the way
# up.
#
# </details>
#
# But on the way down it *was* known. So keep it: at each level, the volume before the pooling waits, and on the way up
# it is stacked onto what comes from below. These are the **skips**. From below comes *what*, from the side comes
# *where*.
#
# ![A U-Net in the shape of the letter U. On the left, going down: 64 by 64 by 16, 32 by 32 by 32, 16 by 16 by 64, and
# at the bottom 8 by 8 by 128. On the right, going up, the same sizes again. Arrows lead from each volume on the left
# straight to the right, where it is stacked onto what comes from below. At the end a 1 by 1 convolution gives 64 by 64
# by 8 logits.](images/unet.svg)
#
# In lesson 2.2 a shortcut was *added*; here it is *stacked* along the channels, and the convolutions after it choose
# from both.
#
# **Predict:** the block that goes up from the bottom to 16 × 16 gets 128 channels from below and makes 64 of them. The
# skip has 64 channels. How many go into its first 3 × 3 convolution?
#
# <details><summary>Compare with your answer</summary>
#
# 64 + 64 = 128.
#
# </details>

# %% [markdown]
# ### Exercise 4: `UNet` (5 points, two of them for what it has learned)
#
# Three classes in one cell, each made of the one before. (The paper's convolutions have no padding, so its answer is
# smaller than the picture. Ours keep the size, which is simpler.)
#
# <details><summary>Hint 1</summary>
#
# `ConvBlock` is an `nn.Sequential` of six layers: `nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)`,
# `nn.BatchNorm2d(n_C)`, `nn.ReLU()`, and the same again with `n_C` channels in. `UpsamplingBlock` has two attributes:
# `nn.ConvTranspose2d(in_channels, n_C, 2, stride=2)` and a `ConvBlock(2 * n_C, n_C)`. Its `forward` stacks:
# `torch.cat([…, skip], dim=1)`.
#
# <details><summary>Hint 2</summary>
#
# `UNet` needs a `ConvBlock` for each entry of `filters`: the channels go `in_channels`, `filters[0]`, `filters[1]`, …
# It needs an `UpsamplingBlock` from each entry of `filters` to the one before, beginning at the last. Hold both in an
# `nn.ModuleList`; a plain list would hide their weights. `pairwise([3, 16, 32])` gives (3, 16) and (16, 32).
#
# <details><summary>Hint 3</summary>
#
# In `forward`, on the way down: pool before each block but the first, and append each block's result to a list `skips`.
# The last of them is the bottom; it is no skip, so take it off with `skips.pop()`. On the way up, `skips.pop()` gives
# them in the right order: the smallest first.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "UNet_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ConvBlock(nn.Module):
    """Twice in a row: n_C filters of 3 x 3 with padding 1 and without biases, batch normalisation, ReLU.

    Its parameters come in this order, under names of your choice: of the first convolution the weights, of the first
    normalisation scale and shift, then the same of the second.
    """

    def __init__(self, in_channels, n_C):
        """Make the layers.

        Args:
            in_channels: channels that come in, an int.
            n_C: channels that go out of either convolution, an int.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        # Six layers in a row.
        ### BEGIN SOLUTION
        layers = []
        for channels in (in_channels, n_C):
            layers += [nn.Conv2d(channels, n_C, 3, padding=1, bias=False), nn.BatchNorm2d(n_C), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        ### END SOLUTION

    def forward(self, x):
        """From (B, in_channels, H, W) to (B, n_C, H, W)."""
        # One after another.
        ### BEGIN SOLUTION
        return self.layers(x)
        ### END SOLUTION


class UpsamplingBlock(nn.Module):
    """A step up: a transposed convolution doubles rows and columns, the skip is stacked behind, a ConvBlock follows.

    The transposed convolution has n_C filters of 2 x 2, stride 2, biases, and neither normalisation nor ReLU. Its
    weights and biases come first, then the parameters of the ConvBlock.
    """

    def __init__(self, in_channels, n_C):
        """Make the two parts.

        Args:
            in_channels: channels that come from below, an int.
            n_C: channels of the skip, and of what goes out, an int.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        # The transposed convolution, and the ConvBlock for what is stacked.
        ### BEGIN SOLUTION
        self.up = nn.ConvTranspose2d(in_channels, n_C, 2, stride=2)
        self.block = ConvBlock(2 * n_C, n_C)
        ### END SOLUTION

    def forward(self, x, skip):
        """Go a step up.

        Args:
            x: what comes from below, (B, in_channels, H, W).
            skip: what waited at the side, (B, n_C, 2 H, 2 W).

        Returns:
            (B, n_C, 2 H, 2 W). The channels are stacked in the order: from below, skip.
        """
        # Enlarge, stack, convolve.
        ### BEGIN SOLUTION
        return self.block(torch.cat([self.up(x), skip], dim=1))
        ### END SOLUTION


class UNet(nn.Module):
    """A U-Net: down by ConvBlocks, up again by UpsamplingBlocks that get the skips, and logits for each pixel.

    Going down there is a ConvBlock for each entry of filters, with a max pooling (window 2) before each but the first.
    Going up there is an UpsamplingBlock to each entry but the last, in reverse order. The head is a 1 x 1 convolution
    with biases. Make them in this order, so that the parameters come in it: down from the top, up from the bottom,
    head.
    """

    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        """Make the blocks and the head.

        Args:
            in_channels: channels of the pictures, an int.
            num_classes: logits for each pixel, an int.
            filters: channels of each level from the top to the bottom, two or more ints.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        # Blocks down, blocks up, head.
        ### BEGIN SOLUTION
        self.down = nn.ModuleList(ConvBlock(a, b) for a, b in pairwise([in_channels, *filters]))
        self.up = nn.ModuleList(UpsamplingBlock(a, b) for a, b in pairwise(reversed(filters)))
        self.head = nn.Conv2d(filters[0], num_classes, 1)
        ### END SOLUTION

    def forward(self, x):
        """Say something about each pixel.

        Args:
            x: pictures, (B, in_channels, H, W); each pooling halves H and W, which must stay whole.

        Returns:
            Logits, (B, num_classes, H, W): no softmax.
        """
        # 1. Down. What comes out of each block waits as a skip, but for the bottom.
        ### BEGIN SOLUTION
        skips = []
        for block in self.down:
            x = block(functional.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        skips.pop()
        ### END SOLUTION
        # 2. Up, with the skip of the same size at each step. Then the head.
        ### BEGIN SOLUTION
        for block in self.up:
            x = block(x, skips.pop())
        return self.head(x)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "UNet", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("UNet") as check:
    axes = ("picture", "channel", "row", "column")

    def small_numbers(module):
        """Filters of -1, 0 and 1, normalisations that change nothing, biases of 0."""
        described, state = testing.describe(module), {}
        for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
            neutral = torch.full(tuple(shape), float(name.endswith(("weight", "running_var"))))
            filters = (torch.arange(float(neutral.numel())) * 5 % 7 - 3).sign().reshape(tuple(shape))
            state[name] = filters if len(shape) == 4 else neutral
        return state

    def learned(module):
        """The shapes of what a module learns, in its order."""
        return [tuple(shape) for _, shape, _ in testing.describe(module)["parameters"]]

    # Two convolutions, each with its normalisation.
    block = ConvBlock(1, 2)
    check.equal(testing.kind(block), "Module", "the kind of ConvBlock(1, 2)")
    of_block = [(2, 1, 3, 3), (2,), (2,), (2, 2, 3, 3), (2,), (2,)]
    check.equal(learned(block), of_block, "the shapes of what ConvBlock(1, 2) learns")
    block.load_state_dict(small_numbers(block))
    block.eval()
    x = torch.tensor([[[[0.0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 3]]]])
    expected = torch.tensor([[
        [[4.0, 0, 0, 0], [5, 11, 0, 0], [0, 7, 8, 0]],
        [[5.0, 7, 0, 0], [0, 10, 10, 0], [0, 0, 12, 0]],
    ]])  # fmt: skip
    check.equal(torch.round(block(x).detach()), expected, "ConvBlock(1, 2)(x), rounded", axes=axes)

    # Doubled, the skip stacked behind, and a ConvBlock.
    step = UpsamplingBlock(2, 1)
    of_step = [(2, 1, 2, 2), (1,), (1, 2, 3, 3), (1,), (1,), (1, 1, 3, 3), (1,), (1,)]
    check.equal(learned(step), of_step, "the shapes of what UpsamplingBlock(2, 1) learns")
    step.load_state_dict(small_numbers(step))
    step.eval()
    x = torch.tensor([[[[1.0, 4.0]], [[2.0, -3.0]]]])
    skip = torch.tensor([[[[5.0, 0.0, 1.0, 2.0], [0.0, 3.0, -2.0, 7.0]]]])
    expected = torch.tensor([[[[13.0, 5, 0, 3], [4, 13, 0, 3]]]])
    check.equal(
        torch.round(step(x, skip).detach()), expected, "UpsamplingBlock(2, 1)(x, skip), rounded", axes=axes
    )

    # Two poolings down, two steps up.
    model = UNet(1, 2, filters=(1, 2, 3))
    down = [
        (1, 1, 3, 3),
        (1,),
        (1,),
        (1, 1, 3, 3),
        (1,),
        (1,),
        (2, 1, 3, 3),
        (2,),
        (2,),
        (2, 2, 3, 3),
        (2,),
        (2,),
    ]
    down += [(3, 2, 3, 3), (3,), (3,), (3, 3, 3, 3), (3,), (3,)]
    up = [(3, 2, 2, 2), (2,), (2, 4, 3, 3), (2,), (2,), (2, 2, 3, 3), (2,), (2,), *of_step]
    check.equal(
        learned(model),
        [*down, *up, (2, 1, 1, 1), (2,)],
        "the shapes of what UNet(1, 2, filters=(1, 2, 3)) learns",
    )
    model.load_state_dict(small_numbers(model))
    model.eval()
    x = (torch.arange(32.0) * 5 % 9 - 4).reshape(1, 1, 4, 8)
    second = torch.tensor([
        [0.0, 72, 813, 420, 0, 38, 197, 103],
        [2.0, 0, 372, 741, 0, 0, 131, 31],
        [24.0, 0, 253, 447, 0, 0, 114, 60],
        [22.0, 22, 79, 275, 0, 0, 30, 114],
    ])  # fmt: skip
    expected = torch.stack([-second, second])[None]
    check.equal(
        torch.round(model(x).detach()), expected, "UNet(1, 2, filters=(1, 2, 3))(x), rounded", axes=axes
    )

    # The network of the drawing.
    check.equal(testing.describe(UNet(3, 8))["count"], 482856, "how many numbers UNet(3, 8) learns")

# %% nbgrader={"grade": true, "grade_id": "UNet_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of UNet and its blocks: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import math

import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("UNet") as check:
    rng = testing.rng("UNet_hidden")
    axes = ("picture", "channel", "row", "column")

    def shapes_of_block(a, b):
        return [(b, a, 3, 3), (b,), (b,), (b, b, 3, 3), (b,), (b,)]

    def shapes_of_step(a, b):
        return [(a, b, 2, 2), (b,), *shapes_of_block(2 * b, b)]

    def block(maps, numbers, seen, mode):
        """Two convolutions as products of matrices, normalisation by its formula; takes the next numbers."""
        for _ in range(2):
            weight, scale, shift = next(numbers), next(numbers), next(numbers)
            centre, spread = next(seen), next(seen)
            sums = (weight.flatten(1) @ functional.unfold(maps, 3, padding=1)).unflatten(2, maps.shape[2:])
            if mode == "training":
                centre, spread = sums.mean((0, 2, 3)), sums.var((0, 2, 3), correction=0)
            scale = scale / (spread + 1e-5).sqrt()
            maps = ((sums - centre[:, None, None]) * scale[:, None, None] + shift[:, None, None]).clamp(min=0)
        return maps

    def step(maps, skip, numbers, seen, mode):
        """Prints of 2 x 2 side by side, the skip behind them, a block."""
        prints = torch.einsum("bchw,cofg->bohfwg", maps, next(numbers)).flatten(4, 5).flatten(2, 3)
        return block(torch.cat([prints + next(numbers)[:, None, None], skip], 1), numbers, seen, mode)

    def network(x, filters, numbers, seen, mode):
        maps, waiting = x, []
        for level in range(len(filters)):
            if level:
                B, C, H, n_W = maps.shape
                maps = maps.reshape(B, C, H // 2, 2, n_W // 2, 2).amax((3, 5))
            maps = block(maps, numbers, seen, mode)
            waiting.append(maps)
        for skip in waiting[-2::-1]:
            maps = step(maps, skip, numbers, seen, mode)
        return torch.einsum("bchw,oc->bohw", maps, next(numbers)[:, :, 0, 0]) + next(numbers)[:, None, None]

    def judge(module, wanted, inputs, oracle, called):
        """Compare a module of random numbers with the oracle, in both modes."""
        described, state, numbers, seen = testing.describe(module), {}, [], []
        sizes = [tuple(size) for _, size, _ in described["parameters"]]
        check.equal(sizes, wanted, f"the shapes of what {called} learns")
        for name, shape, _ in described["parameters"]:
            size = 1.5 / math.prod(shape[1:]) ** 0.5 if len(shape) > 1 else 0.3
            numbers.append(torch.tensor(rng.normal(len(shape) == 1, size, tuple(shape)), dtype=torch.float32))
            state[name] = numbers[-1]
        for name, shape in described["buffers"]:
            drawn = rng.uniform(0.5, 2, tuple(shape)) if "var" in name else rng.normal(0, 0.5, tuple(shape))
            state[name] = torch.tensor(drawn, dtype=torch.float32)
            if name.endswith(("mean", "var")):
                seen.append(state[name])
        for mode in ("evaluation", "training"):
            module.load_state_dict(state)
            module.train(mode == "training")
            got = module(*(one.clone() for one in inputs)).detach()
            expected = oracle(*inputs, iter(numbers), iter(seen), mode)
            check.equal(got, expected, f"{called} in {mode} mode", axes=axes, rtol=1e-3, atol=1e-3)
        check.true(testing.unchanged(module, list(inputs)), f"{called} should leave its input as it is.")

    def volume(*shape):
        return torch.tensor(rng.normal(0, 1, shape), dtype=torch.float32)

    for C, n_C in ((2, 4), (5, 3)):
        called = f"ConvBlock({C}, {n_C})(x)"
        judge(ConvBlock(C, n_C), shapes_of_block(C, n_C), [volume(2, C, 4, 7)], block, called)
        given, called = [volume(2, C, 3, 2), volume(2, n_C, 6, 4)], f"UpsamplingBlock({C}, {n_C})(x, skip)"
        judge(UpsamplingBlock(C, n_C), shapes_of_step(C, n_C), given, step, called)
    for C, classes, filters, H, n_W in (
        (3, 4, (3, 5), 4, 6),
        (1, 3, (4, 2, 5), 8, 4),
        (2, 5, (2, 3, 4, 6), 8, 16),
    ):
        wanted, channels = [], C
        for n_C in filters:
            wanted, channels = wanted + shapes_of_block(channels, n_C), n_C
        for n_C in filters[-2::-1]:
            wanted, channels = wanted + shapes_of_step(channels, n_C), n_C
        wanted += [(classes, channels, 1, 1), (classes,)]

        def oracle(x, numbers, seen, mode, filters=filters):
            return network(x, filters, numbers, seen, mode)

        model, x = UNet(C, classes, filters), volume(3, C, H, n_W)
        judge(model, wanted, [x], oracle, f"UNet({C}, {classes}, {filters})(x)")
        check.true(
            bool(testing.grad(model, [x], 0).abs().sum() > 0),
            f"A gradient should flow through UNet({C}, {classes}, {filters}) back to the pictures.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# Your network as a table. **Predict** first: which of the blocks has the most parameters? Which of them has the largest
# result?


# %%
def table_of(model, x):
    """What each block of a model gives and learns, found by listening while a batch goes through."""
    rows, hooks = [], []
    for block in model.modules():
        if isinstance(block, ConvBlock | UpsamplingBlock):
            learned = sum(p.numel() for p in block.parameters())

            def listen(block, given, out, learned=learned):
                rows.append((type(block).__name__, tuple(out.shape[1:]), learned))

            hooks.append(block.register_forward_hook(listen))
    with torch.no_grad():
        model.eval()(x)
    for hook in hooks:
        hook.remove()
    return rows


for name, (C, H, n_W), learned in table_of(UNet(3, 8), torch.zeros(1, 3, 64, 64)):
    print(f"{name:16} {f'{H} x {n_W} x {C}':14} {C * H * n_W:7,} numbers, {learned:8,} parameters")

# %% [markdown]
# (Each `UpsamplingBlock` holds a `ConvBlock`, whose row stands before it.) As in most networks, the parameters sit at
# the bottom, and the large volumes, with most of the work, at the top.
#
# ## 8. What to learn from, and how
#
# The next cell is given. It draws streets and says how to learn from them: half of the pictures are **mirrored**, and
# their masks with them. And the loss has two parts. The first is the cross-entropy, in which each *pixel* counts the
# same. The second makes each *class* count the same, as mean IoU and Dice do. But Dice counts pixels, and a count has
# no gradient. So take the softmax's chances in place of yes and no, and sums of them in place of counts. That is the
# **soft Dice loss**:
#
# $$ \text{loss} = \text{CE} + 1 - \text{mean}_c \frac{2 \sum p_c\, t_c + 1}{\sum p_c + \sum t_c + 1} $$
#
# $p_c$ is the chance that the network gives to class $c$ at a pixel, $t_c$ is 1 where $c$ is true, and the sums go over
# the batch. **Ask yourself:** why the two 1s?
#
# <details><summary>Compare with your answer</summary>
#
# A class that is not in the batch has $t_c = 0$ everywhere, and a good network gives it next to no chance: nearly 0 /
# 0. With the 1s that is nearly 1, no loss, as it should be.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "street_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch.nn import functional

import cnnkit
from cnnkit.scenes import SEMANTIC, street_scenes


def streets(count, seed, size=64, difficulty=0.5):
    """Streets as x, (N, 3, size, size), from 0 to 1, and the classes of their pixels y, (N, size, size), int64."""
    drawn = street_scenes(count, seed, size, difficulty)
    x = torch.from_numpy(np.stack([scene.image for scene in drawn])).permute(0, 3, 1, 2).float() / 255
    y = torch.from_numpy(np.stack([scene.semantic for scene in drawn])).long()
    return x.contiguous(memory_format=torch.channels_last), y


class Mirrored(cnnkit.Batches):
    """Batches in which each picture is mirrored by a toss of a coin, and its mask with it."""

    def __iter__(self):
        for x, y in super().__iter__():  # copies, which may be changed
            tails = torch.rand(len(x), generator=self.generator) < 0.5
            x[tails], y[tails] = x[tails].flip(3), y[tails].flip(2)
            yield x, y


def segmentation_loss(logits, y):
    """Cross-entropy and soft Dice loss: logits (B, C, H, W), y (B, H, W)."""
    chances = logits.softmax(dim=1)
    true = functional.one_hot(y, logits.shape[1]).permute(0, 3, 1, 2).float()
    both = (chances * true).sum((0, 2, 3))
    sizes = chances.sum((0, 2, 3)) + true.sum((0, 2, 3))
    return functional.cross_entropy(logits, y) + 1 - ((2 * both + 1) / (sizes + 1)).mean()


def train_on_streets(model, x, y, epochs, rate=0.006):
    """Train a network in place: the learning rate goes up in the first quarter, and down to nothing after that."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=epochs + 1, pct_start=0.25, div_factor=3
    )
    cnnkit.fit(
        model,
        Mirrored(x, y, size=16),
        segmentation_loss,
        epochs=epochs,
        optimizer=optimizer,
        schedule=schedule,
    )


def build_segmenter():
    """Your U-Net for eight classes, untrained."""
    model = UNet(3, len(SEMANTIC))
    return model.to(
        cnnkit.device(), memory_format=torch.channels_last
    )  # the same numbers, laid out for speed


def fit_segmenter(model):
    """Draw 2,000 streets and learn from them; a few steps on a few streets only in a quick run."""
    x, y = streets(24 if cnnkit.quick() else 2000, seed=1)
    train_on_streets(model, x, y, epochs=9)


# %% [markdown]
# ## 9. What do the skips bring?
#
# **Predict:** you train two small U-Nets in the same way. One gets its skips, and in the other, zeros stand in their
# place. How much mean IoU does it cost? And *where* are the pixels that are lost?
#
# The next cell reads recorded results: three beginnings of each. It would take some minutes here. (To make them anew,
# set the environment variable `CNNKIT_RECORD` to 1 before you start Jupyter.) `near_edges` splits the pixels into those
# that touch another class and all others.


# %%
def cut_skips(model):
    """Zeros in the place of all skips; gives the hooks, with which that can be undone."""
    steps = [step for step in model.modules() if isinstance(step, UpsamplingBlock)]
    return [step.register_forward_pre_hook(lambda step, given: (given[0], 0 * given[1])) for step in steps]


def answers(model, x):
    """The class that a model says for each pixel, (N, H, W), on the CPU; large pictures a few at a time."""
    model.eval()
    at_once = max(1, 100_000 // x[0, 0].numel())
    with torch.no_grad():
        return torch.cat([model(some.to(device)).argmax(dim=1).cpu() for some in x.split(at_once)])


def near_edges(y):
    """Where a pixel or one of its neighbours has another class: bool, (N, H, W)."""
    bordered = functional.pad(y[:, None].float(), (1, 1, 1, 1), mode="replicate")
    return (functional.max_pool2d(bordered, 3, 1) + functional.max_pool2d(-bordered, 3, 1) != 0)[:, 0]


def with_and_without(seed):
    """What a small network reaches with skips and without, trained on 500 streets."""
    x, y = streets(500, seed=20 + seed)
    x_new, y_new = streets(100, seed=40)
    rows = []
    for kind in ("with skips", "without"):
        cnnkit.seed(seed)
        model = UNet(3, len(SEMANTIC), (8, 16, 32, 64)).to(device, memory_format=torch.channels_last)
        hooks = cut_skips(model) if kind == "without" else []
        train_on_streets(model, x, y, epochs=6)
        said = answers(model, x_new)
        for hook in hooks:
            hook.remove()
        right, edge = said == y_new, near_edges(y_new)
        row = {"kind": kind, "seed": seed, "mean IoU": mean_iou(said, y_new, 8)}
        row |= {"at edges": right[edge].float().mean().item(), "inside": right[~edge].float().mean().item()}
        rows.append(row)
    return rows


# %% tags=["record"]
skips = cnnkit.recorded(
    "recordings/unet_segmentation.json", lambda: [row for seed in range(3) for row in with_and_without(seed)]
)

# %%
print(
    f"{'mean of three, least to most':32}"
    + "".join(f"{name:>24}" for name in ("mean IoU", "at edges", "inside"))
)
spread = {}
for kind in ("with skips", "without"):
    for name in ("mean IoU", "at edges", "inside"):
        spread[kind, name] = [row[name] for row in skips if row["kind"] == kind]
    cells = [spread[kind, name] for name in ("mean IoU", "at edges", "inside")]
    print(
        f"{kind:32}"
        + "".join(f"{f'{np.mean(one):.3f} ({min(one):.3f} to {max(one):.3f})':>24}" for one in cells)
    )
lost = {
    name: 100 * float(np.mean(spread["with skips", name]) - np.mean(spread["without", name]))
    for name in ("mean IoU", "at edges", "inside")
}
print(
    f"right pixels lost without skips: {lost['at edges']:.1f} of 100 at edges, {lost['inside']:.1f} of 100 inside"
)

# %% [markdown]
# **What you see.** In each of the three beginnings the network with skips has the better mean IoU, by about 0.1.
# Without them, about ten more of 100 pixels are wrong at the edges, and three or four inside. So skips help everywhere,
# and most where you expect it: where one has to know *exactly where*.
#
# **What it does not show.** How good either can get: six times through 500 streets is not much, and the three
# beginnings differ a lot. Nor is it only detail that comes by the side: a skip is also a short way down for the
# gradient, as in lesson 2.2.

# %% [markdown]
# ## 10. Train it, and hand it in
#
# Now the real one. The next cell draws 2,000 streets, trains your network, and saves its weights as
# `work/unet_segmentation/streets.safetensors`. *Check and hand in* packs them with your notebook. Two points are for a
# network that reaches a mean IoU of 0.75 on 100 streets that nobody has seen, drawn for you when your notebook is
# graded.
#
# It takes a few minutes. **Predict** meanwhile: which of the eight classes will it find best, and which worst? Why?

# %% tags=["train"] nbgrader={"grade": false, "grade_id": "segmenter_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
segmenter = cnnkit.train_or_load(build_segmenter, fit_segmenter, "work/unet_segmentation/streets.safetensors")

# %% nbgrader={"grade": true, "grade_id": "UNet_segments_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden test of what UNet has learned: run when your notebook is graded, on the weights that you hand in.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.scenes import street_scenes

with Check("UNet") as check:
    rng = testing.rng("UNet_segments_hidden")
    drawn = street_scenes(100, int(rng.integers(10_000, 2**31)), 64, 0.5)
    x = torch.from_numpy(np.stack([scene.image for scene in drawn])).permute(0, 3, 1, 2).float() / 255
    said = torch.cat([segmenter(some).detach().argmax(1) for some in x.split(50)]).numpy()
    counts = np.zeros((8, 8))
    np.add.at(counts, (np.stack([scene.semantic for scene in drawn]), said), 1)
    either = counts.sum(axis=0) + counts.sum(axis=1) - counts.diagonal()
    achieved = float((counts.diagonal() / np.maximum(either, 1))[either > 0].mean())
    check.true(
        achieved >= 0.75,
        "Your trained network should reach a mean IoU of 0.75 on 100 new streets of 64 x 64 at difficulty 0.5, "
        f"and reaches {achieved:.3f}.",
    )
### END HIDDEN TESTS

# %%
x_new, y_new = streets(20 if cnnkit.quick() else 200, seed=3)
untrained = answers(build_segmenter(), x_new)
said = answers(segmenter, x_new)
for name, one in {"untrained": untrained, "your network": said}.items():
    right = (one == y_new).float().mean().item()
    print(
        f"{name:13} right pixels {right:.1%}   mean IoU {mean_iou(one, y_new, 8):.3f}   Dice {dice(one, y_new, 8):.3f}"
    )

# %% [markdown]
# And class by class? Compare with what you predicted.

# %%
print(f"mean of all     {mean_iou(said, y_new, 8):.2f}")
found = {}
for number, name in enumerate(SEMANTIC):
    told, true = (said == number).numpy(), (y_new == number).numpy()
    found[name] = np.logical_and(told, true).sum() / np.logical_or(told, true).sum()
share_of = {name: (y_new == number).float().mean().item() for number, name in enumerate(SEMANTIC)}
for name in sorted(found, key=found.get, reverse=True):
    print(f"{name:11} IoU {found[name]:.2f}   {share_of[name]:5.1%} of the pixels")

# %% [markdown]
# What is large is found well, what is small and thin is not: of a small thing nearly every pixel is at its edge, and
# there is seldom enough of it to learn from. Look at some of the streets: where are the faults?


# %%
def show_answers(x, y, said, title):
    """Pictures, their true classes, what was said, and where that is wrong, row by row."""
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in pictures.AREAS])
    rows, captions = [], []
    for one, true, told in zip(x, y, said, strict=True):
        wrong = (told != true).numpy()
        photo = np.uint8(255 * one.permute(1, 2, 0).numpy())
        rows += [
            photo,
            np.uint8(colours[true]),
            np.uint8(colours[told]),
            np.uint8(255 * np.dstack([wrong] * 3)),
        ]
        captions += ["the street", "true", "said", f"wrong: {wrong.mean():.0%}"]
    pictures.contact_sheet(
        rows,
        columns=4,
        captions=captions,
        title=title,
        alt=f"{len(x)} streets, each in a row: the picture, the true classes in colours, what the network says, and "
        "white where it is wrong, mostly thin lines where two classes meet.",
    )


score = mean_iou(said[:4], y_new[:4], 8)
edge = near_edges(y_new)
wrong = said != y_new
show_answers(
    x_new[:4],
    y_new[:4],
    said[:4],
    f"{(wrong & edge).sum() / wrong.sum():.0%} of the wrong pixels touch another class; "
    f"mean IoU of these four {score:.2f}",
)

# %% [markdown]
# At an edge even the truth is a matter of taste: a pixel that is half road and half tyre has to be one of them.
#
# And our street, which has come with you from its edges to its masks? The network learned from pictures of 64 × 64. But
# it is all convolutions, so it takes any size whose sides can be halved three times. **Predict:** is it better at 128 ×
# 128, where everything can be seen better?

# %%
reached, by_guessing = {}, mean_iou(torch.full_like(y_new, BUILDING), y_new, 8)
for size in (32, 64, 96, 128, 192):
    x_size, y_size = streets(6 if cnnkit.quick() else 60, seed=4, size=size)
    reached[size] = mean_iou(answers(segmenter, x_size), y_size, 8)
pictures.show_curves(
    list(reached),
    {"your network": list(reached.values()), "'building' everywhere": [by_guessing] * len(reached)},
    xlabel="side of the pictures, pixels (it learned from 64)",
    ylabel="mean IoU, the same streets",
    title=f"It is at its best at {max(reached, key=reached.get)} pixels; at 192 it reaches {reached[192]:.2f}",
    alt="A curve of the mean IoU over the size at which the same streets are drawn. "
    + " ".join(f"{size} pixels: {value:.2f}." for size, value in reached.items())
    + f" A level line at {by_guessing:.2f} is 'building' everywhere.",
)

# %%
small = street_scene(seed=42, size=64, difficulty=0.3)
x_street = torch.from_numpy(small.image).permute(2, 0, 1)[None].float() / 255
before = (answers(build_segmenter(), x_street)[0].numpy() == small.semantic).mean()
said_street = answers(segmenter, x_street)
right = (said_street[0].numpy() == small.semantic).mean()
pictures.show_masks(
    small.image,
    said_street[0].numpy(),
    SEMANTIC,
    title=f"Our street, pixel by pixel: {right:.0%} are right, and {before:.0%} before the training",
    alt=f"The street with a motorcycle, a car and a person, 64 by 64 pixels, and the classes that your network says "
    f"for its pixels; {right:.0%} of them are right.",
)

# %% [markdown]
# Convolutions do not know scale: a filter that has learned what a wheel of five pixels looks like does not know wheels
# of ten. More pictures of other sizes in the training would help.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A volume of 8 × 8 × 128 goes through a transposed convolution with 64 filters of 3 × 3, stride 2, pad 1, output
#    padding 1. What comes out? How many weights has it?
# 2. Somebody reports a mean IoU of 0.81 over 8 classes and counts a class that occurs nowhere as 1. What is it in
#    truth, if two of the classes do not occur?
# 3. Why is the transposed convolution not the inverse of the convolution?
# 4. Without skips the network loses many pixels at the edges of things, and fewer inside. Why?
# 5. You mirror a picture for augmentation. What must you do to its mask? And when you make the picture darker?
#
# <details><summary>Answers</summary>
#
# 1. $(8 - 1) \cdot 2 + 3 - 2 + 1 = 16$: a volume of 16 × 16 × 64. $128 \cdot 64 \cdot 9 = 73\,728$ weights.
# 2. The eight values add up to 6.48, of which 2 are a gift: 4.48 / 6 = 0.747.
# 3. It goes back to the shape. A convolution from 16 numbers to 4 has lost 12; nothing brings them back.
# 4. *Where exactly* is known on the way down only. Inside a large thing it does not matter.
# 5. Mirror it too. Nothing: the classes stay where they are.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…the pixels are divided by 255 twice.** Once where the data are made, and again "to be safe", in front of the
# network. Nothing complains: floats are floats. To the network it is night, always.

# %%
print(f"divided once:  mean IoU {mean_iou(said, y_new, 8):.3f}")
doubly = answers(segmenter, x_new / 255)
print(f"divided twice: mean IoU {mean_iou(doubly, y_new, 8):.3f}")
first = next(layer for layer in build_segmenter().modules() if isinstance(layer, nn.Conv2d))
for name, one in {"once": x_new, "twice": x_new / 255}.items():
    with torch.no_grad():
        variance = first(one[:50].to(device)).var((0, 2, 3)).max().item()
    print(
        f"divided {name:5}: pixels up to {one.max():.4f}, variance behind the first convolution up to {variance:.1e}"
    )

# %% [markdown]
# What if you *train* so? Batch normalisation divides by $\sqrt{\text{variance} + 10^{-5}}$. The $10^{-5}$ should only
# guard against a division by zero. Here it is larger than the variance, and nothing is normalised any more. One
# `assert x.max() > 0.1` would have told you.
#
# **…a mask is enlarged or shrunk like a photo.** Between road (2) and car (6) the mean is 4: vegetation.

# %%
y_one = y_new[:50, None].float()
exact = functional.interpolate(y_one, size=(48, 48), mode="nearest").long()
blurred = functional.interpolate(y_one, size=(48, 48), mode="bilinear").round().long()
VEGETATION = SEMANTIC.index("vegetation")
near = functional.max_pool2d((y_one == VEGETATION).float(), 5, 1, 2)
there = functional.interpolate(near, size=(48, 48), mode="nearest") > 0
for name, one in {"nearest pixel": exact, "bilinear": blurred}.items():
    print(
        f"{name:14} vegetation where there is none around: {((one == VEGETATION) & ~there).sum()} pixels of 50 streets"
    )

# %% [markdown]
# **…the picture is mirrored, and its mask is not.** Much of a street is the same on both sides, so much still fits, and
# nobody looks twice.

# %%
print(f"as they were drawn: mean IoU {mean_iou(said, y_new, 8):.3f}")
flipped = answers(segmenter, x_new.flip(3))
print(f"mirrored pictures, mirrored masks: mean IoU {mean_iou(flipped, y_new.flip(2), 8):.3f}")
print(f"mirrored pictures, masks as they are: {mean_iou(flipped, y_new, 8):.3f}")

# %% [markdown]
# **…a side cannot be halved three times.** Then a skip has one row more than what comes from below. An honest fault:
# make the picture larger by a border, and cut it off the answer.

# %%
odd = torch.rand(1, 3, 60, 64)
try:
    build_segmenter()(odd.to(device))
except RuntimeError as error:
    print("PyTorch:", str(error).split(" for tensor")[0])
bordered = functional.pad(odd, (0, 0, 2, 2), mode="replicate")
print("with a border of two rows:", tuple(answers(build_segmenter(), bordered)[:, 2:-2].shape))

# %% [markdown]
# **…the skips get lost** on the way to the trained network, say by a wrong index. All shapes fit.

# %%
print(f"with its skips: mean IoU {mean_iou(said, y_new, 8):.3f}")
hooks = cut_skips(segmenter)
print(f"without them:   mean IoU {mean_iou(answers(segmenter, x_new), y_new, 8):.3f}")
for hook in hooks:
    hook.remove()

# %% [markdown]
# **…you take the mean of each picture's own value.** Most pictures lack some classes, and a few pixels of a class,
# missed, cost as much as a whole car. Neither number is wrong, but they must not be compared.

# %%
each = [mean_iou(one[None], true[None], 8) for one, true in zip(said, y_new, strict=True)]
print(f"all pictures together: {mean_iou(said, y_new, 8):.3f}   mean of each one's own: {np.mean(each):.3f}")

# %% [markdown]
# ## Your turn: a street of your own
#
# Put a photo of a street beside this notebook and write its name below. Without one, a real motorcycle is taken, in a
# workshop. **Predict** what the network says: it has never seen a real picture, only drawn ones.

# %%
from cnnkit.data import own_photo, photo

picture_file = ""  # for example "my_street.jpg"

opened = own_photo(picture_file, photo("motorcycle"))
side = min(opened.size)
left, top = (opened.width - side) // 2, (opened.height - side) // 2
mine = np.array(opened.crop((left, top, left + side, top + side)).resize((64, 64)))
x_mine = torch.from_numpy(mine).permute(2, 0, 1)[None].float() / 255
untaught = answers(build_segmenter(), x_mine)[0].numpy()
mask = answers(segmenter, x_mine)[0].numpy()
print(f"what it said before the training, it says of {(mask == untaught).mean():.0%} of the pixels still")
shares = {name: float((mask == number).mean()) for number, name in enumerate(SEMANTIC)}
largest = max(shares, key=shares.get)
pictures.show_masks(
    mine,
    mask,
    SEMANTIC,
    title=f"To your network most of it is {largest} ({shares[largest]:.0%})",
    alt="Your picture, or a motorcycle in a workshop if you chose none, and the classes that your network says for its "
    "pixels. " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share) + ".",
)

# %% [markdown]
# Disappointed? It learned one world, and this is another: the gap between drawn and real pictures has a name, the
# *domain gap*. A hundred photos with masks made by hand, and the weights you have as a beginning (lesson 2.5), would go
# far. Try what makes it easier for the network: a photo from a car's windscreen, with the horizon in the middle.

# %% [markdown]
# ## Summary
#
# - Semantic segmentation says a class for every pixel. Instances that touch melt together; telling them apart is
#   another task.
# - Mean IoU and Dice make each class count the same. Say which classes count, and that you count over all pictures
#   together.
# - A transposed convolution presses a stamp for each number, and adds where prints overlap. It is the adjoint of the
#   convolution: its matrix transposed, its backward pass; not its inverse.
# - Where the stride does not divide the filter's side, it leaves a checkerboard.
# - A U-Net goes down for *what*, up for every pixel, and takes *where* from the side. Skips are stacked, not added.
# - Picture and mask go through everything together; only the picture is scaled, once, and only the mask must not be
#   blurred.
#
# **Next:** the quiz of this week. Then faces, art, and other dimensions.

# %% [markdown]
# ## References
#
# - O. Ronneberger, P. Fischer, T. Brox, "U-Net: convolutional networks for biomedical image segmentation",
#   *MICCAI*, 2015.
# - J. Long, E. Shelhamer, T. Darrell, "Fully convolutional networks for semantic segmentation", *CVPR*, 2015. Where
#   networks for every pixel began.
# - V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", *arXiv:1603.07285*, 2016. With many
#   drawings.
# - A. Odena, V. Dumoulin, C. Olah, "Deconvolution and checkerboard artifacts", *Distill*, 2016.
# - L. R. Dice, "Measures of the amount of ecologic association between species", *Ecology* 26(3), 1945.
# - F. Milletari, N. Navab, S.-A. Ahmadi, "V-Net: fully convolutional neural networks for volumetric medical image
#   segmentation", *3DV*, 2016. The soft Dice loss.
# - K. He, G. Gkioxari, P. Dollár, R. Girshick, "Mask R-CNN", *ICCV*, 2017. Instances.
# - A. Kirillov, K. He, R. Girshick, C. Rother, P. Dollár, "Panoptic segmentation", *CVPR*, 2019.
