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
# # 3.1 Localization and landmarks
#
# **A network that says "car" has seen it. How does it learn to say where the car is, or where the corners of a mouth
# are?**
#
# The answer is almost too simple: let it put out more numbers, and show it the right ones. What is hard is in the
# details. What do the numbers mean where there is nothing? How wrong is a box that is nearly right? You settle both,
# train one network on street scenes and another of the same build on faces, and put a crown on somebody.
#
# **After this lesson you can**
#
# - write where an object is, and what it is, as one row of numbers;
# - write a loss that asks nothing about a box where there is no object;
# - say how well two boxes agree, in one number that does not depend on their size;
# - turn a classifier into a network that finds boxes, or points, by its number of outputs alone;
# - judge landmarks in a way that is fair to near and far faces.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 6 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lesson 1.3: networks as classes, logits, weights that you hand in; batch normalisation |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `encode_target` | writes a box and a class as one row of numbers | 3 |
# | 2 | `localization_loss` | says how wrong such rows are, in two forms | 3 |
# | 3 | `iou` | says how well two boxes agree | 3 |
# | 4 | `LocationNet` | a network that puts out positions. Its trained weights count too | 3 |
# | 5 | `landmark_error` | says how far landmarks are off, as a share of the face's size | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below
# tell you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is
# judged by itself. Where the text says **Predict**, write your answer down before you go on.
#
# Two cells train a network and save its weights in the folder `work`. *Check and hand in* packs them with the notebook.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `x` | (B, 3, H, W) | a batch of B pictures, from 0 to 1 |
# | `y` | (B, 5 + C) | what is true of each: is there an object, its box, its class out of C |
# | `y_hat` | (B, 5 + C) | what the network says |
# | `b_x`, `b_y`, `b_h`, `b_w` | | the box: its middle, its height, its width, as shares of the picture's side |
# | `p_c` | | 1 where there is an object, 0 where there is none |
# | a box with corners | (4,) | x1, y1, x2, y2: left, top, right, bottom |

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: one object, and where it is
#
# ## 1. From "what" to "where"
#
# There are three questions that you can ask about a picture:
#
# | question | task | how many objects |
# | --- | --- | --- |
# | what is it? | classification | one |
# | what is it, and where? | classification with **localization** | one |
# | what is there, and where? | **detection** | any number |
#
# You know the first. This lesson is about the second, and the rest of the week about the third.
#
# A box is enough to say *where*. It takes four numbers, and two habits exist. **Ask yourself** which you would
# choose: pixels, or shares of the picture's side?
#
# <details><summary>Compare with your answer</summary>
#
# Shares. A picture that is shrunk then keeps its box, and all numbers are of about the same size, which networks
# like. The top left corner is (0, 0), the bottom right one is (1, 1). So y grows *downwards*.
#
# </details>
#
# We write the middle of the box, its height and its width, in this order: $b_x, b_y, b_h, b_w$. In front of them
# stands $p_c$: is there an object at all? Behind them stand the classes, a 1 for the right one:
#
# $$ y = [\,p_c,\ b_x,\ b_y,\ b_h,\ b_w,\ c_1,\ c_2,\ c_3\,] $$
#
# ![A picture with a car in a box. A dot marks the middle of the box at b x = 0.5 from the left and b y = 0.7 from the
# top; the box is b h = 0.3 high and b w = 0.4 wide. The corners of the picture are (0, 0) at the top left and (1, 1)
# at the bottom right. Beside it the row 1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0.](images/box_target.svg)
#
# **Predict** the row for the car in this drawing, with the classes pedestrian, car, motorcycle. And what do you write
# when the street is empty?
#
# <details><summary>Compare with your answer</summary>
#
# $[1,\ 0.5,\ 0.7,\ 0.3,\ 0.4,\ 0,\ 1,\ 0]$. In an empty street $p_c = 0$, and the other seven mean nothing. Something
# has to stand there; we write zeros. Whoever reads the row has to look at $p_c$ first.
#
# </details>
#
# > **The notes say…** in one place $b_x$ twice and $b_y$ not at all, and in one worked example the box's height and
# > width have changed places. The order is $p_c, b_x, b_y, b_h, b_w$, then the classes: **height before width**.
# > Almost everywhere else you will meet width before height, so look twice.

# %% [markdown]
# ### Exercise 1: `encode_target` (3 points)
#
# <details><summary>Hint 1</summary>
#
# How long is the row? Begin with that many zeros: `torch.zeros(…)`. An empty picture is then done.
#
# <details><summary>Hint 2</summary>
#
# `y[0]` is p_c. The four numbers of the box come in the right order already: they go to `y[1:5]`.
#
# <details><summary>Hint 3</summary>
#
# `y[1:5] = torch.tensor(box)`, and `y[5 + label] = 1`: the classes begin at place 5.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "encode_target_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode_target(box, label, num_classes):
    """Write what is true of a picture with one object, or none, as a row of numbers.

    Args:
        box: the object's box, a tuple of floats (b_x, b_y, b_h, b_w): the middle, the height, the width, as shares of
            the picture's side; None where there is no object.
        label: its class, an int from 0 to num_classes - 1; None where there is no object.
        num_classes: how many classes there are, an int.

    Returns:
        A float32 tensor of shape (5 + num_classes,): p_c, b_x, b_y, b_h, b_w, then a 1 for the class and a 0 for each
        other. All zeros where there is no object.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. A row of zeros, long enough.
    ### BEGIN SOLUTION
    y = torch.zeros(5 + num_classes)
    ### END SOLUTION
    # 2. If there is an object: p_c, the box, the class.
    ### BEGIN SOLUTION
    if box is not None:
        y[0] = 1
        y[1:5] = torch.tensor(box)
        y[5 + label] = 1
    return y
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "encode_target", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("encode_target") as check:
    # The car of the drawing: pedestrian, car, motorcycle are 0, 1, 2.
    car = encode_target((0.5, 0.75, 0.25, 0.375), 1, 3)
    check.equal(testing.kind(car), "Tensor", "the kind of encode_target((0.5, 0.75, 0.25, 0.375), 1, 3)")
    expected = torch.tensor([1.0, 0.5, 0.75, 0.25, 0.375, 0.0, 1.0, 0.0])
    check.equal(
        car, expected, "encode_target((0.5, 0.75, 0.25, 0.375), 1, 3)", axes=("place",), same_dtype=True
    )

    # Nobody there.
    check.equal(encode_target(None, None, 3), torch.zeros(8), "encode_target(None, None, 3)", axes=("place",))

    # The first of two classes, in a box that fills the picture.
    expected = torch.tensor([1.0, 0.5, 0.5, 1.0, 1.0, 1.0, 0.0])
    check.equal(
        encode_target((0.5, 0.5, 1.0, 1.0), 0, 2),
        expected,
        "encode_target((0.5, 0.5, 1.0, 1.0), 0, 2)",
        axes=("place",),
    )

# %% nbgrader={"grade": true, "grade_id": "encode_target_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of encode_target: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("encode_target") as check:
    rng = testing.rng("encode_target_hidden")
    for num_classes in (1, 3, 4, 20):
        for label in {0, num_classes - 1, int(rng.integers(num_classes))}:
            box = tuple(float(n) for n in rng.uniform(0.05, 0.95, 4))
            classes = np.eye(num_classes)[label]
            expected = torch.tensor(np.concatenate([[1.0], box, classes]), dtype=torch.float32)
            words = ", ".join(f"{n:.2f}" for n in box)
            check.equal(
                encode_target(box, label, num_classes), expected,
                f"encode_target(({words}), {label}, {num_classes})", axes=("place",), same_dtype=True,
            )  # fmt: skip
        empty = torch.zeros(5 + num_classes)
        check.equal(
            encode_target(None, None, num_classes), empty,
            f"encode_target(None, None, {num_classes})", axes=("place",), same_dtype=True,
        )  # fmt: skip
### END HIDDEN TESTS

# %% [markdown]
# ### See it: windows of a street
#
# Now real targets. Each of our street scenes holds one object, and the renderer knows where. So that the object is
# the matter of the picture, we cut a square window around it, from just large enough to twice as large as the object,
# and shrink it to 64 × 64 pixels. The object may lie anywhere in its window. One window in four has none. And each
# window is mirrored by the toss of a coin. **Predict:** what does the mirror do to the eight numbers?
#
# <details><summary>Compare with your answer</summary>
#
# $b_x$ becomes $1 - b_x$. All others stay. (Forget it, and half of your boxes lie on the wrong side.)
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "windows_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from PIL import Image

import cnnkit
from cnnkit.scenes import CLASSES, street_scenes

SIDE, SCENE = 64, 128  # pixels, of a window and of a scene


def scenes_with_one(each, seed):
    """Scenes of difficulty 0.3, so many of each class, with one object in each; those that one hardly sees left out."""
    drawn = [
        street_scenes(each, 10 * seed + kind, SCENE, 0.3, objects=(name,))
        for kind, name in enumerate(CLASSES)
    ]
    mixed = [scene for three in zip(*drawn, strict=True) for scene in three]
    return [scene for scene in mixed if len(scene.boxes) and not scene.ignore[0]]


def cut(scene, left, top, side):
    """A square of a scene as uint8 (64, 64, 3)."""
    corners = (left, top, left + side, top + side)
    return np.asarray(
        Image.fromarray(scene.image).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=corners)
    )


def window(scene, chance, empty=False):
    """A window of a scene: its pixels, and the box and class of the object in it, or None and None."""
    x1, y1, x2, y2 = scene.boxes[0].tolist()
    for _ in range(20 if empty else 0):  # until one does not touch the object
        side = chance.uniform(24, 96)
        left, top = chance.uniform(0, SCENE - side, 2)
        if left >= x2 or left + side <= x1 or top >= y2 or top + side <= y1:
            return cut(scene, left, top, side), None, None
    side = min(max(24.0, max(x2 - x1, y2 - y1) * chance.uniform(1.2, 2.0)), SCENE)
    left = chance.uniform(max(0.0, x2 - side), min(x1, SCENE - side))
    top = chance.uniform(max(0.0, y2 - side), min(y1, SCENE - side))
    middle = ((x1 + x2) / 2 - left) / side, ((y1 + y2) / 2 - top) / side
    return cut(scene, left, top, side), (*middle, (y2 - y1) / side, (x2 - x1) / side), int(scene.classes[0])


def windows(scenes, seed):
    """A window of each scene, every fourth without its object, half of them mirrored: x and y."""
    chance, pictures, targets = np.random.default_rng(seed), [], []
    for number, scene in enumerate(scenes):
        pixels, box, label = window(scene, chance, empty=number % 4 == 3)
        if chance.random() < 0.5:
            pixels = pixels[:, ::-1]
            box = box and (1 - box[0], *box[1:])
        targets.append(encode_target(box, label, len(CLASSES)))
        pictures.append(pixels)
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255, torch.stack(targets)


def corners(row):
    """x1, y1, x2, y2 of a row p_c, b_x, b_y, b_h, b_w, …, in shares of the picture."""
    b_x, b_y, b_h, b_w = (float(number) for number in row[1:5])
    return b_x - b_w / 2, b_y - b_h / 2, b_x + b_w / 2, b_y + b_h / 2


# %% [markdown]
# Eight windows with their targets, as the network will get them.


# %%
from PIL import ImageDraw

from cnnkit import pictures


def drawn(picture, true=None, said=None, scale=3):
    """A picture (3, H, W) enlarged, the true box in white, the said one in orange with a black edge."""
    pixels = np.uint8(255 * picture.permute(1, 2, 0).cpu().numpy())
    image = Image.fromarray(pixels).resize((scale * SIDE, scale * SIDE))
    pen = ImageDraw.Draw(image)
    for box, colour, thick in ((true, "white", 3), (said, "#D55E00", 3), (said, "black", 1)):
        if box is not None:
            x1, y1, x2, y2 = (scale * SIDE * number for number in box)
            pen.rectangle([x1, y1, max(x1, x2), max(y1, y2)], outline=colour, width=thick)
    return np.asarray(image)


x_some, y_some = windows(scenes_with_one(4, seed=7), seed=0)
captioned = {}
for n in range(min(8, len(x_some))):
    words = [f"{number:.2g}" for number in y_some[n].tolist()]
    caption = f"{n + 1}: {' '.join(words[:5])}\nclasses {' '.join(words[5:])}"
    captioned[caption] = drawn(x_some[n], corners(y_some[n]) if y_some[n, 0] else None)
pictures.show(
    captioned,
    title="Eight numbers say what is there and where",
    alt=f"{len(captioned)} windows of streets, with a white box around the pedestrian, car or motorcycle in it. "
    "Above each stand its eight numbers. Windows without an object have no box and eight zeros.",
)

# %% [markdown]
# ## 2. How wrong is it?
#
# The network puts out eight numbers, and each could be wrong. The simplest loss is the sum of the squares. But think
# of an empty street. **Ask yourself:** the network says $p_c = 0$, which is right, and some box, for it has to put
# out *something*. Should the box cost?
#
# <details><summary>Compare with your answer</summary>
#
# No. Nobody will look at it. If it cost, the network would be pulled towards boxes of size 0 at the corner (0, 0),
# and classes of 0, for no use to anyone.
#
# </details>
#
# So, for a picture with an object, all eight count; for one without, $p_c$ alone:
#
# $$ L = \begin{cases} \sum_{i=1}^{8} (\hat y_i - y_i)^2 & \text{if } p_c = 1 \\
# (\hat p_c - p_c)^2 & \text{if } p_c = 0 \end{cases} $$
#
# The loss of a batch is the **mean** over its pictures, empty ones included.
#
# This works. In practice each part gets the loss that suits it. Then $\hat p_c$ and the classes are **logits**:
#
# | part | loss | |
# | --- | --- | --- |
# | $p_c$ | logistic: $-\log \sigma(\hat p_c)$ if there is an object, $-\log(1 - \sigma(\hat p_c))$ if not | always |
# | the box | the four squares, added up; its numbers go in as they are | only if $p_c = 1$ |
# | the classes | $-\log$ of the softmax at the right class | only if $p_c = 1$ |
#
# Added up, this is, up to a constant, minus the logarithm of a likelihood (for the box, of a normal density). So we call
# it the *likelihood* form.

# %% [markdown]
# ### Exercise 2: `localization_loss` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Split the columns: `y[:, 0]` is p_c, `y[:, 1:5]` the box, `y[:, 5:]` the classes. Find a loss *for each picture*
# first, a tensor of shape (B,). The mean comes last.
#
# <details><summary>Hint 2</summary>
#
# Where $p_c$ is 0 the rest should not count: multiply it by `y[:, 0]`, which is 1 or 0. For the squared form:
# `squares = (y_hat - y) ** 2`, then `squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)`.
#
# <details><summary>Hint 3</summary>
#
# `functional.binary_cross_entropy_with_logits(…, reduction="none")` and
# `functional.cross_entropy(…, reduction="none")` take logits and give one number for each picture. (Write the sigmoid
# and the logarithm yourself, and a logit of 200 gives you the logarithm of 0.) `cross_entropy` takes `y[:, 5:]` as it
# is, or its `argmax(dim=1)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "localization_loss_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def localization_loss(y_hat, y, form="squared"):
    """Say how wrong the rows of a batch are. Where there is no object, only p_c counts.

    For one picture, with y = [p_c, b_x, b_y, b_h, b_w, c_1, ..., c_C]:

    - "squared": (y_hat[0] - p_c)^2 + p_c * (the sum of the squares of all other differences);
    - "likelihood": the logistic loss of the logit y_hat[0] + p_c * (the sum of the squares of the differences of the
      box's four numbers + the cross-entropy of the logits y_hat[5:]).

    Args:
        y_hat: what the network says, a float tensor of shape (B, 5 + C). In the form "likelihood" y_hat[:, 0] and
            y_hat[:, 5:] are logits of any size; the box is the box in both forms.
        y: what is true, a float tensor of the same shape, as `encode_target` writes its rows.
        form: "squared" or "likelihood".

    Returns:
        A tensor with one number, of shape (): the mean over the batch. Gradients flow to y_hat.

    Raises:
        ValueError: the form is another word.
    """
    # 1. Refuse other forms.
    ### BEGIN SOLUTION
    if form not in ("squared", "likelihood"):
        raise ValueError(f"form should be squared or likelihood, and is {form!r}")
    ### END SOLUTION
    # 2. For each picture: how wrong is p_c, and how wrong is all else?
    ### BEGIN SOLUTION
    squares = (y_hat - y) ** 2
    if form == "squared":
        presence, rest = squares[:, 0], squares[:, 1:].sum(dim=1)
    else:
        presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
        classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
        rest = squares[:, 1:5].sum(dim=1) + classes
    ### END SOLUTION
    # 3. All else counts only where there is an object. Take the mean over the batch.
    ### BEGIN SOLUTION
    return (presence + y[:, 0] * rest).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "localization_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("localization_loss") as check:
    # A car, for which 2 - 1, 3 - 2 and 1 - 0 are the differences: 1 + 1 + 1. And an empty street, where p_c is off by
    # 2 and the rest does not matter: 4. The mean is 3.5. (No shares of a picture, but easy to square.)
    y = torch.tensor([[1.0, 4.0, 2.0, 2.0, 3.0, 0.0, 1.0, 0.0], [0.0] * 8])
    y_hat = torch.tensor([[2.0, 4.0, 3.0, 2.0, 3.0, 0.0, 1.0, 1.0], [2.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.0, 9.0]])
    loss = localization_loss(y_hat, y)
    check.equal(testing.kind(loss), "Tensor", "the kind of localization_loss(y_hat, y)")
    check.equal(loss, torch.tensor(3.5), "localization_loss(y_hat, y)")

    # The street alone, and the car alone.
    check.equal(
        localization_loss(y_hat[1:], y[1:]), torch.tensor(4.0), "localization_loss of the empty street"
    )
    check.equal(localization_loss(y_hat[:1], y[:1]), torch.tensor(3.0), "localization_loss of the car")

    # Logits so large that the logarithms are plain. The car: it is sure that nothing is there, 128; the box is off by
    # 2 in one number, 4; a wrong class leads the right one by 32. Together 164. The street: rightly sure, 0. The mean
    # is 82.
    y_hat = torch.tensor(
        [[-128.0, 4.0, 4.0, 2.0, 3.0, 32.0, 0.0, -64.0], [-128.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.0, 9.0]]
    )
    check.equal(
        localization_loss(y_hat, y, "likelihood"),
        torch.tensor(82.0),
        "localization_loss(y_hat, y, 'likelihood')",
    )
    check.equal(
        localization_loss(y_hat[1:], y[1:], form="likelihood"),
        torch.tensor(0.0),
        "localization_loss of the empty street, form='likelihood'",
    )

    # What should change: of the car its box, b_y by 2 * 2 / 2, and more; of the street nothing.
    gradient = testing.grad(localization_loss, [y_hat, y, "likelihood"], 0)
    expected = torch.tensor([[-0.5, 0.0, 2.0, 0.0, 0.0, 0.5, -0.5, 0.0], [0.0] * 8])
    check.equal(gradient, expected, "the gradient for y_hat, form='likelihood'", axes=("picture", "place"))
    check.raises(
        ValueError, localization_loss, y_hat, y, "cubed", label="localization_loss(y_hat, y, 'cubed')"
    )

# %% nbgrader={"grade": true, "grade_id": "localization_loss_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of localization_loss: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("localization_loss") as check:
    rng = testing.rng("localization_loss_hidden")
    for B, C in ((5, 3), (1, 2), (8, 5), (3, 1)):
        said = rng.normal(0, 2, (B, 5 + C))
        true = np.zeros((B, 5 + C))
        present = np.arange(B) % 3 != 1
        true[present, 0] = 1
        true[present, 1:5] = rng.uniform(0, 1, (present.sum(), 4))
        kinds = rng.integers(0, C, B)
        true[present, 5 + kinds[present]] = 1
        y_hat, y = torch.tensor(said, dtype=torch.float32), torch.tensor(true, dtype=torch.float32)

        # Picture by picture, number by number.
        wanted = {"squared": 0.0, "likelihood": 0.0}
        for row, right, kind in zip(said, true, kinds, strict=True):
            chance = 1 / (1 + np.exp(-row[0]))
            if right[0] == 0:
                wanted["squared"] += row[0] ** 2
                wanted["likelihood"] -= np.log(1 - chance)
                continue
            wanted["squared"] += sum((a - b) ** 2 for a, b in zip(row, right, strict=True))
            scores = np.exp(row[5:])
            wanted["likelihood"] += sum((row[n] - right[n]) ** 2 for n in (1, 2, 3, 4))
            wanted["likelihood"] -= np.log(chance) + np.log(scores[kind] / scores.sum())
        for form, total in wanted.items():
            expected = torch.tensor(total / B, dtype=torch.float32)
            label = f"localization_loss(y_hat, y of {(B, 5 + C)}, {form!r})"
            check.equal(localization_loss(y_hat, y, form), expected, label, rtol=1e-4, atol=1e-5)
            slope = testing.grad(localization_loss, [y_hat, y, form], 0)
            still = slope[torch.from_numpy(~present), 1:]
            check.equal(still, torch.zeros_like(still), f"the gradient for what does not count in {label}")
        check.equal(
            localization_loss(y_hat, y),
            torch.tensor(wanted["squared"] / B, dtype=torch.float32),
            "localization_loss(y_hat, y)", rtol=1e-4, atol=1e-5,
        )  # fmt: skip
    large = torch.tensor([[300.0, 0.5, 0.5, 0.5, 0.5, -300.0, 300.0], [-300.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    right = torch.tensor([[1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 0.0], [0.0] * 7])
    check.equal(
        localization_loss(large, right, "likelihood"),
        torch.tensor(300.0),
        "the loss of logits of 300",
        rtol=1e-4,
    )
    check.true(
        testing.unchanged(localization_loss, [large, right]), "The arguments should stay as they were."
    )
    check.raises(ValueError, localization_loss, large, right, "", label="localization_loss(y_hat, y, '')")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: what being sure and wrong costs
#
# There is an object, and the network gives it the probability $p$. **Predict:** which of the two losses complains
# more as $p$ goes to 0? And, more important, which pulls harder at the *logit*?

# %%
from cnnkit import pictures

logits = torch.linspace(-8, 8, 33)
there = torch.zeros(33, 8)
there[:, 0] = 1
there[:, 5] = 1


def pull(form):
    """How strongly each form moves the logit, when all else is right."""
    said = there.clone()
    said[:, 5] = 1 if form == "squared" else 99
    free = logits.clone().requires_grad_()
    rows = torch.cat([(free.sigmoid() if form == "squared" else free)[:, None], said[:, 1:]], dim=1)
    (slope,) = torch.autograd.grad(len(rows) * localization_loss(rows, there, form), free)
    return (-slope).tolist()


pulls = {"squared, behind a sigmoid": pull("squared"), "likelihood": pull("likelihood")}
weakest, strong = (values[0] for values in pulls.values())
pictures.show_curves(
    logits.tolist(),
    pulls,
    xlabel="logit of p_c, where there is an object",
    ylabel="pull towards yes",
    title=f"Sure and wrong (logit −8): squares pull with {weakest:.4f}, the likelihood with {strong:.2f}",
    alt="Two curves over the logit from −8 to 8. The pull of the likelihood is near 1 where the logit is far below 0, and "
    "falls to 0 where the answer is right. The pull of the squared loss behind a sigmoid has a low hill near 0 and is "
    "almost 0 at both ends: who is sure and wrong is hardly corrected.",
)

# %% [markdown]
# The squared form behind a sigmoid falls asleep just where it should shout. This is why the logistic loss is used for
# $p_c$, and the softmax with its logarithm for the classes. A box has no such trouble: squares are fine for it.
#
# ## 3. How well do two boxes agree?
#
# The loss is for the network. You want a number that *you* can read. "Off by 3 pixels" is much for a small box and
# nothing for a large one. So compare areas: the **intersection over union**,
#
# $$ \text{IoU} = \frac{\text{area that both boxes cover}}{\text{area that at least one covers}} $$
#
# It is 0 for boxes that do not overlap, and 1 only for the same box. By habit a box counts as *correct* from 0.5.
#
# ![Two boxes that overlap. The left one is 4 wide and 4 high, the other 4 wide and 2 high; they share 2 by 2. The
# shared part is 4, together they cover 16 + 8 − 4 = 20, and the IoU is 4 / 20 = 0.2.](images/two_boxes.svg)
#
# **Predict:** a box is shifted to the right by a third of its width. Is it still "correct"? And by a third to the
# right *and* a third down?
#
# <details><summary>Compare with your answer</summary>
#
# To the right: two thirds are shared, and four thirds covered. $\frac{2/3}{4/3} = 0.5$: just so. In both directions:
# shared are $\frac{4}{9}$, covered $2 - \frac{4}{9} = \frac{14}{9}$, so 0.29. IoU is a strict judge.
#
# </details>
#
# > **The notes say…** in one place that the union is the sum of the two areas. It is the sum **less the intersection**,
# > for what is shared would be counted twice.

# %% [markdown]
# ### Exercise 3: `iou` (3 points)
#
# Boxes have their corners here: (x1, y1, x2, y2). Some of them will be odd: boxes that only touch, boxes without an
# area.
#
# <details><summary>Hint 1</summary>
#
# The shared part is a rectangle too. Its left side is the one that lies farther to the right:
# `max(x1 of one, x1 of the other)`. And its right side?
#
# <details><summary>Hint 2</summary>
#
# Where the boxes do not overlap, the right side comes out left of the left one, and the width is negative. Then it is
# 0: `max(0, …)`, for width and height **each**. (Two negative numbers have a positive product.)
#
# <details><summary>Hint 3</summary>
#
# `union = area1 + area2 - intersection`. It is 0 for two boxes without area: return 0.0 before you divide.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "iou_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def iou(box1, box2):
    """Say how well two boxes agree: the area they share, over the area they cover together.

    Args:
        box1: a tuple of four floats (x1, y1, x2, y2): left, top, right, bottom, in any unit, x1 <= x2 and y1 <= y2.
        box2: another, in the same unit.

    Returns:
        The intersection over the union, a float from 0 to 1; 0.0 for boxes that share no area, those without area
        among them.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Width, height and area of what they share.
    ### BEGIN SOLUTION
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    intersection = width * height
    ### END SOLUTION
    # 2. The area that they cover together.
    ### BEGIN SOLUTION
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)]
    union = sum(areas) - intersection
    ### END SOLUTION
    # 3. Divide, if there is anything to divide by.
    ### BEGIN SOLUTION
    return intersection / union if intersection > 0 else 0.0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "iou", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("iou") as check:
    # The drawing: 4 x 4 and 4 x 2 share 2 x 2.
    check.equal(
        iou((0.0, 0.0, 4.0, 4.0), (2.0, 1.0, 6.0, 3.0)),
        0.2,
        "iou((0.0, 0.0, 4.0, 4.0), (2.0, 1.0, 6.0, 3.0))",
    )

    # The same box, and a box within another: 2 x 1 in 4 x 4.
    check.equal(iou((1.0, 2.0, 3.0, 7.0), (1.0, 2.0, 3.0, 7.0)), 1.0, "iou of a box with itself")
    check.equal(
        iou((0.0, 0.0, 4.0, 4.0), (1.0, 2.0, 3.0, 3.0)),
        0.125,
        "iou((0.0, 0.0, 4.0, 4.0), (1.0, 2.0, 3.0, 3.0))",
    )

    # Apart in both directions, apart in one, and touching.
    check.equal(
        iou((0.0, 0.0, 1.0, 1.0), (3.0, 4.0, 5.0, 6.0)),
        0.0,
        "iou((0.0, 0.0, 1.0, 1.0), (3.0, 4.0, 5.0, 6.0))",
    )
    check.equal(
        iou((0.0, 0.0, 2.0, 2.0), (5.0, 0.0, 7.0, 2.0)),
        0.0,
        "iou((0.0, 0.0, 2.0, 2.0), (5.0, 0.0, 7.0, 2.0))",
    )
    check.equal(
        iou((0.0, 0.0, 2.0, 2.0), (2.0, 0.0, 4.0, 2.0)),
        0.0,
        "iou((0.0, 0.0, 2.0, 2.0), (2.0, 0.0, 4.0, 2.0))",
    )

    # Two boxes without area, at one place.
    check.equal(
        iou((1.0, 1.0, 1.0, 3.0), (1.0, 1.0, 1.0, 3.0)),
        0.0,
        "iou((1.0, 1.0, 1.0, 3.0), (1.0, 1.0, 1.0, 3.0))",
    )

# %% nbgrader={"grade": true, "grade_id": "iou_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of iou: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("iou") as check:
    rng = testing.rng("iou_hidden")

    def covered(box):
        """The cells of a grid of 24 x 24 that a box of whole numbers covers."""
        x1, y1, x2, y2 = (int(n) for n in box)
        cells = np.zeros((24, 24), dtype=bool)
        cells[y1:y2, x1:x2] = True
        return cells

    pairs = []
    for _case in range(40):
        (x1, x2, x3, x4), (y1, y2, y3, y4) = rng.integers(0, 24, (2, 4)).tolist()
        first = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        second = (min(x3, x4), min(y3, y4), max(x3, x4), max(y3, y4))
        pairs.append((first, second))
    x, y, w, h = rng.integers(2, 7, 4).tolist()
    outer = (x, y, x + w + 4, y + h + 3)
    pairs += [
        (outer, outer),
        (outer, (x + 1, y + 2, x + 3, y + 3)),
        (outer, (x + w + 4, y, x + w + 6, y + h)),
    ]
    pairs += [
        (outer, (x, y + h + 3, x + w, y + h + 5)),
        (outer, (x + 1, y, x + 1, y + h)),
        ((x, y, x, y), outer),
        ((x, y, x, y + h), (x, y, x, y + h)),
        ((x, y, x + w, y), (x, y, x + w, y)),
    ]
    for pair in pairs:
        cells = [covered(box) for box in pair]
        shared, together = (cells[0] & cells[1]).sum(), (cells[0] | cells[1]).sum()
        expected = float(shared / together) if together else 0.0
        one, other = (tuple(float(n) for n in box) for box in pair)
        check.equal(iou(one, other), expected, f"iou({one}, {other})")
        check.equal(iou(other, one), expected, f"iou({other}, {one})")
        half = [tuple(n / 48 for n in box) for box in pair]
        check.equal(iou(*half), expected, "iou of two boxes in shares of a picture", rtol=1e-5, atol=1e-9)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: a strict judge
#
# Shift a box over itself, or let it grow about its middle. **Predict** how fast the IoU falls.

# %%
shifts = np.linspace(0, 1, 21)
box = (0.0, 0.0, 1.0, 1.0)
judged = {
    "shifted to the right": [iou(box, (s, 0.0, 1 + s, 1.0)) for s in shifts.tolist()],
    "to the right and down": [iou(box, (s, s, 1 + s, 1 + s)) for s in shifts.tolist()],
    "wider and higher": [iou(box, (-s / 2, -s / 2, 1 + s / 2, 1 + s / 2)) for s in shifts.tolist()],
}
last = {
    name: max(s for s, value in zip(shifts, values, strict=True) if value >= 0.5)
    for name, values in judged.items()
}
pictures.show_curves(
    shifts.tolist(),
    judged,
    xlabel="shift or growth, in widths of the box",
    ylabel="IoU",
    title="Shifted by more than a third, or by a fifth both ways, a box is no longer correct",
    alt="Three falling curves over the shift, from IoU 1 at 0. "
    + " ".join(f"{name}: at least 0.5 up to {where:.2f} widths." for name, where in last.items()),
)

# %% [markdown]
# # Part 2: a network that says where
#
# ## 4. Every place has a guess
#
# Many classifiers end in a mean over all places (lesson 1.2), which forgets where things are, on purpose. For boxes that
# is exactly wrong. The plain way out is to lay the last volume in a row, and let a dense layer see every place by
# itself. It works, but the layer is large and needs many pictures: what it learns about a car at the left it does not
# know of a car at the right.
#
# Here is a better way. The last volume has 8 × 8 places with 64 numbers each, and each place has seen a good part of
# the picture around it. So ask *every place* for all the numbers that you want, by filters of 1 × 1. Two things make
# that work:
#
# 1. A place does not say where in the picture the middle of the box is, but how far from *itself*: "a bit to the
#    right of me". We then add where it is. So a car looks the same to the network wherever it stands.
# 2. A place that sees nothing but sky should not have a say, and one that sees the left eye knows little of the right
#    one. So each place puts out a second number for each output: how much it is to be *trusted* there. The softmax
#    over all 64 places makes weights of it, positive and with the sum 1.
#
# The answer is the weighted mean of the guesses. For an output that is an x, with the weights $w_{r,c}$,
#
# $$ \hat y = \sum_{r,c} w_{r,c} \Big( g_{r,c} + \frac{c + 1/2}{8} \Big) $$
#
# where $g_{r,c}$ is what the place in row $r$ and column $c$ guesses. For a y it is the row. Heights, widths, classes
# and $p_c$ have no place: their guesses are taken as they are.
#
# **Predict:** what is the answer for an x if all 64 places are trusted equally, and all guess 0? And if only the
# place in the top left corner is trusted?
#
# <details><summary>Compare with your answer</summary>
#
# The mean of all columns, the middle of the picture: 0.5. For the corner, $\frac{1}{16}$: shares begin at the edge of
# the picture, a place is $\frac{1}{8}$ wide, and its middle is half of that.
#
# </details>
#
# The convolutions are given:

# %% nbgrader={"grade": false, "grade_id": "layers_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from torch import nn


def convolutions():
    """Six convolutions with their companions: (B, 3, H, W) to (B, 64, H/8, W/8), for H and W that 8 divides."""
    layers, channels = [], 3
    for n_C, f, stride in ((16, 5, 2), (32, 3, 2), (48, 3, 1), (64, 3, 2), (64, 3, 1), (64, 3, 1)):
        layers += [nn.Conv2d(channels, n_C, f, stride, f // 2, bias=False), nn.BatchNorm2d(n_C), nn.ReLU()]
        channels = n_C
    return nn.Sequential(*layers)


# %% [markdown]
# ### Exercise 4: `LocationNet` (3 points, one of them for what it has learned)
#
# <details><summary>Hint 1</summary>
#
# Two members with weights are enough: `self.body = convolutions()` and `self.voices = nn.Conv2d(64, 2 * outputs, 1)`,
# in this order. The first half of the maps are guesses, the second half trusts. Keep `xs` and `ys`, too.
#
# <details><summary>Hint 2</summary>
#
# `trusts.flatten(2)` is (B, outputs, places); `.softmax(dim=2)` goes over the places, and `.reshape(…)` brings rows
# and columns back. The middles of the columns are `(torch.arange(W) + 0.5) / W`. (On a GPU, `places.to(x.device)`
# takes them where the guesses are.)
#
# <details><summary>Hint 3</summary>
#
# `guesses, trusts = maps.chunk(2, dim=1)`. Make `places = torch.zeros(outputs, H, W)`. Then
# `places[self.xs] = columns`, and `places[self.ys] = rows[:, None]`. The answer is
# `((guesses + places) * weights).sum(dim=(2, 3))`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "LocationNet_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LocationNet(nn.Module):
    """A network that finds positions: every place guesses each output, and says how much it is to be trusted there."""

    def __init__(self, outputs, xs, ys):
        """Make the layers, in this order: `convolutions()`, then 2 * outputs filters of 1 x 1 with biases.

        Args:
            outputs: how many numbers come out, an int.
            xs: which of them are positions from the left, a list of ints from 0 to outputs - 1. Keep it as a list, not as a
                buffer: the tests put numbers into all buffers.
            ys: which of them are positions from the top, another such list.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        # The layers; and keep the lists.
        ### BEGIN SOLUTION
        self.body = convolutions()
        self.voices = nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)
        ### END SOLUTION

    def forward(self, x):
        """Send a batch through.

        Args:
            x: pictures, a float tensor of shape (B, 3, H, W), H and W multiples of 8.

        Returns:
            A tensor of shape (B, outputs): for each output the weighted mean of what its map says at all places. The first
            half of the filters gives the guesses, a map for each output, the second half the trusts; the weights are the
            softmax of an output's trusts over all places. To the guesses of outputs in xs the middle of each column is
            added, to those in ys the middle of each row, in shares from 0 to 1.
        """
        # 1. Guesses and trusts. The weights are the softmax of the trusts, over all places.
        ### BEGIN SOLUTION
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        ### END SOLUTION
        # 2. Where is each place? The middles of the columns for the xs, of the rows for the ys, 0 for the others.
        ### BEGIN SOLUTION
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        ### END SOLUTION
        # 3. The weighted mean of guess and place.
        ### BEGIN SOLUTION
        return ((guesses + places.to(x.device)) * weights).sum(dim=(2, 3))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "LocationNet", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("LocationNet") as check:
    model = LocationNet(3, [0], [1])
    check.equal(testing.kind(model), "Module", "the kind of LocationNet(3, [0], [1])")
    described = testing.describe(model)
    shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
    wanted = [(16, 3, 5, 5), (16,), (16,), (32, 16, 3, 3), (32,), (32,), (48, 32, 3, 3), (48,), (48,)]
    wanted += [(64, 48, 3, 3), (64,), (64,), (64, 64, 3, 3), (64,), (64,), (64, 64, 3, 3), (64,), (64,)]
    check.equal(shapes, [*wanted, (6, 64, 1, 1), (6,)], "the shapes of what LocationNet(3, [0], [1]) learns")

    # Each convolution looks at one pixel of one channel, so each map is the picture, an eighth as wide and high. Trust is
    # 64 times the map for the first two outputs: the lightest place decides. It guesses that x is a quarter to its right,
    # and y where it is. For the third, which is how light the map is, all places are trusted alike.
    names = [name for name, _, _ in described["parameters"]]
    state = {name: torch.zeros(shape) for name, shape in zip(names, shapes, strict=True)}
    for number in range(0, 18, 3):
        middle = shapes[number][2] // 2
        state[names[number]][:, 0, middle, middle] = 1.0
        state[names[number + 1]] += 1.0
    state[names[18]][2, 0] = 1.0
    state[names[18]][3:5, 0] = 64.0
    state[names[19]][0] = 0.25
    state |= {name: torch.full(tuple(shape), float("var" in name)) for name, shape in described["buffers"]}
    model.load_state_dict(state)
    model.eval()

    # 16 x 32 pixels make 2 x 4 places. A white pixel in row 8, column 24 lies in the last row and column of them, whose
    # middle is at x = 7/8 and y = 3/4. In the other picture two lights pull to the middle between them.
    x = torch.zeros(2, 3, 16, 32)
    x[0, 0, 8, 24] = 1.0
    x[1, 0, 0, 0] = x[1, 0, 0, 24] = 2.0
    out = (model(x).detach() * 64).round() / 64
    check.equal(tuple(out.shape), (2, 3), "the shape of LocationNet(3, [0], [1]) of (2, 3, 16, 32)")
    expected = torch.tensor([[1.125, 0.75, 0.125], [0.75, 0.25, 0.5]])
    check.equal(out, expected, "x, y and the third output, rounded", axes=("picture", "output"))

# %% nbgrader={"grade": true, "grade_id": "LocationNet_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of LocationNet: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("LocationNet") as check:
    rng = testing.rng("LocationNet_hidden")
    cases = [(8, [1], [2], 24, 16), (1, [], [0], 16, 40), (11, [1, 3, 5, 7, 9], [2, 4, 6, 8, 10], 32, 24)]
    for outputs, xs, ys, H, n_W in cases:
        model = LocationNet(outputs, xs, ys)
        described = testing.describe(model)
        wanted = [(16, 3, 5, 5), (16,), (16,), (32, 16, 3, 3), (32,), (32,), (48, 32, 3, 3), (48,), (48,)]
        wanted += [(64, 48, 3, 3), (64,), (64,), (64, 64, 3, 3), (64,), (64,), (64, 64, 3, 3), (64,), (64,)]
        wanted += [(2 * outputs, 64, 1, 1), (2 * outputs,)]
        shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
        call = f"LocationNet({outputs}, {xs}, {ys})"
        check.equal(shapes, wanted, f"the shapes of what {call} learns")
        values = [
            torch.tensor(rng.normal(0, 1.5 / np.prod(shape[1:]) ** 0.5, shape), dtype=torch.float32)
            for shape in wanted
        ]
        state = {name: value for (name, _, _), value in zip(described["parameters"], values, strict=True)}
        for name, shape in described["buffers"]:
            state[name] = torch.tensor(rng.uniform(0.5, 2, tuple(shape)), dtype=torch.float32)
        state |= {name: torch.tensor(1) for name, shape in described["buffers"] if not tuple(shape)}
        model.load_state_dict(state)
        model.eval()
        x = torch.tensor(rng.uniform(0, 1, (3, 3, H, n_W)), dtype=torch.float32)

        # By products of matrices over windows; means and variances in the order of the layers.
        spreads = [state[name] for name, shape in described["buffers"] if tuple(shape)]
        maps = x
        for layer, (f, stride) in enumerate(((5, 2), (3, 2), (3, 1), (3, 2), (3, 1), (3, 1))):
            weight, scale, shift = values[3 * layer : 3 * layer + 3]
            mean, variance = spreads[2 * layer : 2 * layer + 2]
            rows = (maps.shape[2] + stride - 1) // stride
            sums = weight.flatten(1) @ functional.unfold(maps, f, padding=f // 2, stride=stride)
            normal = (sums - mean[:, None]) / (variance[:, None] + 1e-5).sqrt()
            maps = (normal * scale[:, None] + shift[:, None]).clamp(min=0).unflatten(2, (rows, -1))
        said = torch.einsum("bchw,oc->bohw", maps, values[18][:, :, 0, 0]) + values[19][:, None, None]
        powers = (said[:, outputs:] - said[:, outputs:].amax((2, 3), keepdim=True)).exp()
        expected = torch.zeros(3, outputs)
        height, width = maps.shape[2:]
        for r in range(height):
            for c in range(width):
                guess = said[:, :outputs, r, c].clone()
                guess[:, xs] += (2 * c + 1) / (2 * width)
                guess[:, ys] += (2 * r + 1) / (2 * height)
                expected += guess * powers[:, :, r, c] / powers.sum((2, 3))
        label = f"{call} of {tuple(x.shape)}"
        check.equal(model(x).detach(), expected, label, axes=("picture", "output"), rtol=1e-3, atol=1e-3)
        learns = {name for name, _, trainable in described["parameters"] if trainable}
        check.true(len(learns) == len(wanted), f"All that {call} has should be free to learn.")
        check.true(learns <= set(testing.moved(model, x)), f"No part of {call} should be cut off.")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Train it on streets
#
# Eight outputs: your network becomes a localizer. The next cell is given. It draws 1,500 scenes, and cuts new windows
# from them in each epoch, so that the network hardly sees a picture twice. The loss is your own, in the likelihood
# form.
#
# **Ask yourself:** a good box is off by 0.03 of the side. Its square is 0.0009. A class that is not quite sure costs
# 0.3. What will the network care about?
#
# <details><summary>Compare with your answer</summary>
#
# About the class. The parts of a loss are added as if they were of one kind, and they are not: squares depend on the
# *unit*. Measured in pixels the same box would cost 64² = 4096 times as much. So the unit is a choice, and it should
# be made on purpose. Here a tenth of the side counts as 1, which multiplies the squares by 100.
#
# </details>
#
# *Check and hand in* packs the weights with your notebook. Half a point is for a localizer whose boxes reach a mean IoU
# of at least 0.75 on 180 windows of 60 new scenes (0 counts where it says that nothing is there), and which finds nothing
# in at least three quarters of the windows without an object.

# %% nbgrader={"grade": false, "grade_id": "localizer_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import cnnkit

UNITS = torch.tensor([1.0, 10.0, 10.0, 10.0, 10.0, 1.0, 1.0, 1.0])


class FreshWindows:
    """Batches of windows of some scenes, cut anew each time they are gone through."""

    def __init__(self, scenes, size=16):
        self.scenes, self.size, self.round = scenes, size, 0

    def __len__(self):
        return math.ceil(len(self.scenes) / self.size)

    def __iter__(self):
        self.round += 1
        x, y = windows(self.scenes, seed=self.round)
        yield from cnnkit.Batches(x, y, size=self.size, seed=self.round)


def street_loss(y_hat, y):
    """Your loss, with boxes measured in tenths of the side."""
    units = UNITS.to(y.device)
    return localization_loss(y_hat * units, y * units, "likelihood")


def train_gently(model, loader, loss, epochs):
    """Adam, with a learning rate that falls to 0 along half a wave."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    cnnkit.fit(model, loader, loss, epochs=epochs, optimizer=optimizer, schedule=schedule)


def build_localizer():
    """Your network with eight outputs, untrained."""
    return LocationNet(5 + len(CLASSES), xs=[1], ys=[2]).to(cnnkit.device())


def fit_localizer(model):
    """Train it on windows of 1,500 scenes; three steps only in a quick run."""
    train_gently(
        model, FreshWindows(scenes_with_one(8 if cnnkit.quick() else 500, seed=1)), street_loss, epochs=45
    )


# %% tags=["train"] nbgrader={"grade": false, "grade_id": "localizer_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
localizer = cnnkit.train_or_load(
    build_localizer, fit_localizer, "work/localization_and_landmarks/streets.safetensors"
)

# %% nbgrader={"grade": true, "grade_id": "LocationNet_boxes_hidden", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Hidden test of what LocationNet has learned on streets: run when your notebook is graded, on your own weights.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from PIL import Image

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.scenes import CLASSES, street_scene

with Check("LocationNet") as check:
    rng = testing.rng("LocationNet_boxes_hidden")
    streets, views, truth, empties = [], [], [], []
    while len(streets) < 60:
        scene = street_scene(int(rng.integers(1 << 31)), 128, 0.3, objects=(CLASSES[len(streets) % 3],))
        if len(scene.boxes) and not scene.ignore[0]:
            streets.append(scene)

    def seen(scene, corner, side):
        """A square of the scene as 64 x 64 pixels."""
        frame = (*corner, *(corner + side))
        return np.asarray(Image.fromarray(scene.image).resize((64, 64), Image.Resampling.BILINEAR, box=frame))

    for scene in streets:
        low, high = scene.boxes[0, :2].astype(float), scene.boxes[0, 2:].astype(float)
        for _window in range(3):
            side = float(np.clip((high - low).max() * rng.uniform(1.2, 2.0), 24, 128))
            corner = rng.uniform(np.maximum(0, high - side), np.minimum(low, 128 - side))
            views.append(seen(scene, corner, side))
            truth.append(np.concatenate([low - corner, high - corner]) / side)
        for _try in range(50):
            side = float(rng.uniform(24, 96))
            corner = rng.uniform(0, 128 - side, 2)
            if (corner >= high).any() or (corner + side <= low).any():
                empties.append(seen(scene, corner, side))
                break
    x = torch.tensor(np.stack(views + empties)).permute(0, 3, 1, 2).float() / 255
    said, count = localizer(x).detach(), len(views)
    b_x, b_y, b_h, b_w = said[:count, 1:5].double().numpy().T
    found = np.stack([b_x - b_w / 2, b_y - b_h / 2, b_x + b_w / 2, b_y + b_h / 2], axis=1)
    true = np.stack(truth)
    sides = np.minimum(found[:, 2:], true[:, 2:]) - np.maximum(found[:, :2], true[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=1)
    areas = [np.clip(each[:, 2:] - each[:, :2], 0, None).prod(axis=1) for each in (found, true)]
    agreement = np.where(said[:count, 0].numpy() > 0, shared / (sum(areas) - shared), 0.0)
    mean, share = float(agreement.mean()), float((said[count:, 0] < 0).float().mean())
    check.true(
        mean >= 0.75,
        f"Your localizer's boxes should have a mean IoU of 0.75 on new windows, and have {mean:.3f}.",
    )
    check.true(
        share >= 0.75,
        f"Your localizer should find nothing in 75 % of the windows without an object, and does in {share:.0%}.",
    )
### END HIDDEN TESTS

# %% [markdown]
# **Predict** the mean IoU on windows of new scenes: before the training, after it, and of somebody who never looks
# and always says the mean box. What share of the boxes is "correct"? And which of the three classes is the hardest?


# %%
def answers(model, x):
    """The model's rows for a batch, (B, outputs), on the CPU."""
    with torch.no_grad():
        return torch.cat([model(part.to(device)).cpu() for part in x.split(100)])


untrained = build_localizer().eval()
x_new, y_new = windows(scenes_with_one(8 if cnnkit.quick() else 100, seed=2), seed=0)
present = y_new[:, 0] == 1
said = answers(localizer, x_new)
rows = {
    "the mean box, always": y_new[present].mean(dim=0).expand(len(y_new), -1),
    "before the training": answers(untrained, x_new),
    "your localizer": said,
}
agreements = {}
for name, some in rows.items():
    pairs = zip(some[present], y_new[present], strict=True)
    values = agreements[name] = np.array([iou(corners(row), corners(true)) for row, true in pairs])
    print(f"{name:21} mean IoU {values.mean():.3f}, correct (0.5 and more) {(values >= 0.5).mean():.0%}")
print(f"an object or none: right for {((said[:, 0] > 0) == present).float().mean():.1%} of the windows")
kinds = y_new[present, 5:].argmax(dim=1)
print(
    f"which class: right for {(said[present, 5:].argmax(dim=1) == kinds).float().mean():.1%} of the objects"
)
shorter = y_new[present, 3:5].amin(dim=1) * SIDE
for kind, name in enumerate(CLASSES):
    own, median = (kinds == kind).numpy(), shorter[kinds == kind].median()
    print(f"{name:10} mean IoU {values[own].mean():.2f}; the shorter side of its box: {median:.0f} pixels")

# %% [markdown]
# A pedestrian is thin. An error of two pixels is much for a box of ten pixels, and little for one of thirty. The loss
# does not know that, for it adds up squares. Networks of later years take the IoU itself, or a relative of it, as the
# loss.

# %%
x_more, y_more = windows(scenes_with_one(4, seed=3), seed=1)
said_more = answers(localizer, x_more)
shown = [n for n in range(len(x_more)) if y_more[n, 0]][:8]
overlaps = [iou(corners(said_more[n]), corners(y_more[n])) for n in shown]
captioned = {
    f"{number}: {CLASSES[said_more[n, 5:].argmax()]}, IoU {overlap:.2f}": drawn(
        x_more[n], corners(y_more[n]), corners(said_more[n])
    )
    for number, (n, overlap) in enumerate(zip(shown, overlaps, strict=True), start=1)
}
pictures.show(
    captioned,
    title=f"Eight more windows: IoU from {min(overlaps):.2f} to {max(overlaps):.2f}",
    alt=f"{len(shown)} windows of new scenes. In each a white box stands where the object is, and an orange box with a "
    "black edge where the network says it is; the class that it names and the IoU stand above.",
)

# %% [markdown]
# # Part 3: landmarks
#
# ## 6. Points in place of boxes
#
# Where are the corners of the eyes, where does the mouth end? Such points of a face are called **landmarks**. Apps that
# put a hat on you in a video start from them, and so do programs that read moods. Nothing new is needed: a
# landmark is two more numbers.
#
# **Predict:** a network should say whether there is a face, and where its 64 landmarks are. How many outputs?
#
# <details><summary>Compare with your answer</summary>
#
# $1 + 2 \cdot 64 = 129$: $p_c$, then $l_{1x}, l_{1y}, \ldots, l_{64x}, l_{64y}$.
#
# </details>
#
# One thing is easily overlooked. Landmark 1 has to be *the same point in every picture*: if it is the left corner of
# the left eye in one, it must be in all. A network cannot learn an order that changes. The same goes for **pose**:
# mark shoulders, elbows, hands, hips, knees and feet of a person, always in the same order, and the same network
# tells how the person stands.
#
# Our portraits have five: left eye, right eye, tip of the nose, left and right corner of the mouth. So eleven
# outputs. *Left* means left in the picture. **Ask yourself:** we mirror half of the portraits to have more variety.
# What happens to the landmarks? There are two things to do.
#
# <details><summary>Compare with your answer</summary>
#
# Each x becomes $1 - x$. And left and right change places: what was the left eye is now on the right, so it has to
# become landmark 2. Forget that, and "left eye" is the left one in half of your pictures and the right one in the
# others. You will see what comes of it in the failure gallery.
#
# </details>
#
# ## 7. How far off?
#
# "Two pixels" says little: in a large face that is good, in a small one it is bad. So divide by the face's size, in
# the same pixels. We take the **diagonal of the tight box around the true landmarks**. (Others take the distance
# between the eyes, which shrinks when somebody turns the head. When you compare numbers from two papers, look which
# they took.)

# %% [markdown]
# ### Exercise 5: `landmark_error` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `predicted - true` is (B, K, 2): for each landmark how far it is off in x and in y. The distance is
# `torch.linalg.norm(…, dim=2)`, by Pythagoras. It is (B, K).
#
# <details><summary>Hint 2</summary>
#
# The tight box around the true landmarks: `true.amax(dim=1) - true.amin(dim=1)` is its width and height, (B, 2). Its
# diagonal is a norm again, (B,).
#
# <details><summary>Hint 3</summary>
#
# The mean over the landmarks first, `distances.mean(dim=1)`; divide it by each face's size; then the mean over the
# faces, and `.item()` for a float.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "landmark_error_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def landmark_error(predicted, true):
    """Say how far landmarks are off, as a share of the size of their face.

    The error of a face is the mean distance of its landmarks from the true ones, divided by the face's size: the
    diagonal of the tight box around its true landmarks.

    Args:
        predicted: x and y of K landmarks of B faces, a float tensor of shape (B, K, 2), in any unit.
        true: the true ones, of the same shape and unit, not all at one place.

    Returns:
        The mean error of the faces, a float; 0.03 means 3 % of the size.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. How far is each landmark off?
    ### BEGIN SOLUTION
    distances = torch.linalg.norm(predicted - true, dim=2)
    ### END SOLUTION
    # 2. How large is each face?
    ### BEGIN SOLUTION
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    ### END SOLUTION
    # 3. The mean for each face, as a share of its size. Then the mean over the faces.
    ### BEGIN SOLUTION
    return (distances.mean(dim=1) / sizes).mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "landmark_error", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("landmark_error") as check:
    # A face of three landmarks, 6 wide and 8 high: its size is 10. One is off by 3 and 4, so by 5; the others are right.
    # The mean distance is 5/3, a sixth of the size.
    true = torch.tensor([[[0.0, 0.0], [6.0, 0.0], [3.0, 8.0]]])
    predicted = torch.tensor([[[3.0, 4.0], [6.0, 0.0], [3.0, 8.0]]])
    check.equal(landmark_error(true, true), 0.0, "landmark_error(true, true)")
    check.equal(landmark_error(predicted, true), 1 / 6, "landmark_error(predicted, true)", rtol=1e-5)

    # The same face twice as near, off by as many pixels: half the error. Each face is measured by its own size.
    both_true = torch.cat([true, 2 * true])
    both = torch.cat([predicted, 2 * true + predicted - true])
    check.equal(landmark_error(both[1:], both_true[1:]), 1 / 12, "the error of the near face", rtol=1e-5)
    check.equal(landmark_error(both, both_true), 1 / 8, "landmark_error of both faces", rtol=1e-5)

    # Two landmarks of a face of 3 by 4, whose size is 5, both moved by 4 to the right.
    true = torch.tensor([[[1.0, 1.0], [4.0, 5.0]]])
    check.equal(
        landmark_error(true + torch.tensor([4.0, 0.0]), true), 0.8, "the error of a shift by 4", rtol=1e-5
    )

# %% nbgrader={"grade": true, "grade_id": "landmark_error_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of landmark_error: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import math

import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("landmark_error") as check:
    rng = testing.rng("landmark_error_hidden")
    for B, K in ((1, 5), (4, 5), (3, 64), (6, 2)):
        points = rng.uniform(-20, 60, (B, 1, 2)) + rng.normal(0, 1, (B, K, 2)) * rng.uniform(2, 30, (B, 1, 1))
        off = points + rng.normal(0, 3, (B, K, 2))
        errors = []
        for face, said in zip(points.tolist(), off.tolist(), strict=True):
            xs, ys = [x for x, _ in face], [y for _, y in face]
            size = math.hypot(max(xs) - min(xs), max(ys) - min(ys))
            errors.append(sum(math.dist(a, b) for a, b in zip(face, said, strict=True)) / K / size)
        true, predicted = (torch.tensor(one, dtype=torch.float32) for one in (points, off))
        label = f"landmark_error(predicted, true of {(B, K, 2)})"
        check.equal(landmark_error(predicted, true), sum(errors) / B, label, rtol=1e-4, atol=1e-6)
        check.true(
            testing.unchanged(landmark_error, [predicted, true]), f"{label} should leave both as they were."
        )
        check.equal(
            landmark_error(predicted / 64, true / 64),
            sum(errors) / B,
            f"{label}, in another unit",
            rtol=1e-4,
            atol=1e-6,
        )
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Train it on faces
#
# The same class, eleven outputs. It learns from 1,600 portraits of people who do not exist, half of them mirrored,
# and from 400 pieces of photographs without a face, for which only $p_c$ counts.
#
# **Half a point** is for a network whose mean error on 60 portraits of new people is below 6 % in the measure of
# exercise 5, and which says "a face" for at least 55 of them. (Eyes and mouth take up less than half of a face: 6 %
# of their diagonal is less than 3 % of the height of the whole face, and little more than a pixel.)

# %% nbgrader={"grade": false, "grade_id": "faces_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import numpy as np
from torch.nn import functional

import cnnkit
from cnnkit.data import photo
from cnnkit.portraits import LANDMARKS, portraits

MIRRORED = [1, 0, 2, 4, 3]  # which landmark stands where, once left and right have changed places


def faces(people, each, seed):
    """Portraits of 64 x 64: x, and y of 1, then x and y of five landmarks in shares: (N, 11)."""
    drawn = portraits(people, each, seed, SIDE, nuisance=0.25)
    x = torch.from_numpy(drawn.images).permute(0, 3, 1, 2).float() / 255
    points = torch.from_numpy(drawn.landmarks).flatten(1) / SIDE
    return x, torch.cat([torch.ones(len(x), 1), points], dim=1)


def no_faces(count, seed, names=("coffee", "grass", "gravel", "brick", "rocket", "china")):
    """Pieces of photographs without a face: x, and y of zeros."""
    chance, pieces = np.random.default_rng(seed), []
    for number in range(count):
        pixels = photo(names[number % len(names)])
        side = int(chance.integers(40, 160))
        top, left = (int(chance.integers(0, length - side)) for length in pixels.shape[:2])
        piece = Image.fromarray(pixels[top : top + side, left : left + side])
        pieces.append(np.asarray(piece.resize((SIDE, SIDE), Image.Resampling.BILINEAR)))
    x = torch.from_numpy(np.stack(pieces)).permute(0, 3, 1, 2).float() / 255
    return x, torch.zeros(count, 1 + 2 * len(LANDMARKS))


def mirrored(x, y):
    """Faces in the mirror: each x of a landmark becomes 1 - x, and left and right change places."""
    points = y[:, 1:].reshape(len(y), -1, 2)[:, MIRRORED]
    points = torch.stack([1 - points[:, :, 0], points[:, :, 1]], dim=2)
    return x.flip(3), torch.cat([y[:, :1], y[:, :1] * points.flatten(1)], dim=1)


def face_loss(y_hat, y):
    """The likelihood form without classes: logistic for p_c, squares in hundredths of the side for the landmarks."""
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    squares = ((100 * (y_hat[:, 1:] - y[:, 1:])) ** 2).mean(dim=1)
    return (presence + y[:, 0] * squares).mean()


class FreshFaces:
    """Batches of faces and others; in each epoch another half of them in the mirror."""

    def __init__(self, x, y, size=16):
        self.x, self.y, self.size, self.round = x, y, size, 0

    def __len__(self):
        return math.ceil(len(self.x) / self.size)

    def __iter__(self):
        self.round += 1
        for x, y in cnnkit.Batches(self.x, self.y, size=self.size, seed=self.round):
            half = len(x) // 2
            x_mirrored, y_mirrored = mirrored(x[:half], y[:half])
            yield torch.cat([x_mirrored, x[half:]]), torch.cat([y_mirrored, y[half:]])


def build_finder():
    """Your network with eleven outputs, untrained."""
    count = 1 + 2 * len(LANDMARKS)
    xs, ys = list(range(1, count, 2)), list(range(2, count, 2))
    return LocationNet(count, xs, ys).to(cnnkit.device())


def fit_finder(model):
    """Train it on portraits of 800 people and on 400 pictures of no face; three steps only in a quick run."""
    x, y = faces(range(12 if cnnkit.quick() else 800), each=2, seed=1)
    x_other, y_other = no_faces(4 if cnnkit.quick() else 400, seed=1)
    train_gently(model, FreshFaces(torch.cat([x, x_other]), torch.cat([y, y_other])), face_loss, epochs=24)


# %% tags=["train"] nbgrader={"grade": false, "grade_id": "finder_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
finder = cnnkit.train_or_load(build_finder, fit_finder, "work/localization_and_landmarks/faces.safetensors")

# %% nbgrader={"grade": true, "grade_id": "LocationNet_faces_hidden", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Hidden test of what LocationNet has learned on faces: run when your notebook is graded, on your own weights.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.portraits import portraits

with Check("LocationNet") as check:
    rng = testing.rng("LocationNet_faces_hidden")
    people = rng.choice(np.arange(10_000, 1_000_000), 60, replace=False).tolist()
    drawn = portraits(people, 1, int(rng.integers(1 << 31)), 64, nuisance=0.25)
    x = torch.tensor(drawn.images).permute(0, 3, 1, 2).float() / 255
    said = finder(x).detach()
    places = said[:, 1:].double().numpy().reshape(60, 5, 2) * 64
    distances = np.sqrt(((places - drawn.landmarks) ** 2).sum(axis=2)).mean(axis=1)
    error = float((distances / np.sqrt((np.ptp(drawn.landmarks, axis=1) ** 2).sum(axis=1))).mean())
    check.true(
        error < 0.06,
        f"Your network's landmarks should be off by less than 6 % on new faces, and are off by {error:.1%}.",
    )
    yes = int((said[:, 0] > 0).sum())
    check.true(
        yes >= 55, f"Your network should say that there is a face in 55 of 60 portraits, and does in {yes}."
    )
### END HIDDEN TESTS

# %% [markdown]
# **Predict** the mean error on new people, before the training and after it. And which of the five landmarks is the
# hardest?

# %%
unready = build_finder().eval()
x_faces, y_faces = faces(range(5000, 5004 if cnnkit.quick() else 5200), each=1, seed=2)
points = y_faces[:, 1:].reshape(-1, 5, 2)
average = points.mean(dim=0).expand_as(points)
found = answers(finder, x_faces)
said_points = found[:, 1:].reshape(-1, 5, 2)
guesses = {
    "before the training": answers(unready, x_faces)[:, 1:].reshape(-1, 5, 2),
    "the mean face, always": average,
    "your network": said_points,
}
errors = {name: landmark_error(some, points) for name, some in guesses.items()}
for name, error in errors.items():
    print(f"{name:21} off by {error:.1%} of the face's size")
sizes = (points.amax(dim=1) - points.amin(dim=1)).norm(dim=1)
for number, name in enumerate(LANDMARKS):
    distances = (said_points[:, number] - points[:, number]).norm(dim=1)
    print(f"  {name:18} off by {(distances / sizes).mean():.1%}")
x_others, _ = no_faces(4 if cnnkit.quick() else 200, seed=2, names=("flower", "coins", "galaxies"))
yes, falsely = ((some[:, 0] > 0).float().mean() for some in (found, answers(finder, x_others)))
print(
    f'it says "a face" for {yes:.1%} of the faces, and for {falsely:.1%} of pieces of photographs without one'
)


# %% [markdown]
# The corners of a mouth move with each smile, and lips are hardly darker than the skin around them. At 64 pixels you
# would not be sure either.


# %%
def marked(picture, true, said, scale=4):
    """A face (3, H, W) enlarged, with the true landmarks as white rings and the said ones as orange dots."""
    image = Image.fromarray(np.uint8(255 * picture.permute(1, 2, 0).numpy())).resize(
        (scale * SIDE, scale * SIDE)
    )
    pen = ImageDraw.Draw(image)
    for places, radius, fill, line in ((true, 7, None, "white"), (said, 3, "#E69F00", "black")):
        for x, y in (scale * SIDE * places).tolist():
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill, outline=line, width=2)
    return np.asarray(image)


models = {"before": build_finder().eval(), "after": finder}
x_four, y_four = faces(range(6000, 6004), each=1, seed=3)
four, sheet, captions = y_four[:, 1:].reshape(-1, 5, 2), [], []
for when, model in models.items():
    guess = answers(model, x_four)[:, 1:].reshape(-1, 5, 2)
    sheet += [marked(x_four[n], four[n], guess[n]) for n in range(4)]
    captions += [f"{when} {landmark_error(guess[n : n + 1], four[n : n + 1]):.1%}" for n in range(4)]
pictures.contact_sheet(
    sheet,
    columns=4,
    captions=captions,
    title=f"New faces: off by {errors['before the training']:.0%} before the training, "
    f"by {errors['your network']:.1%} after it",
    alt="The same four portraits of people who do not exist, twice. White rings mark the true landmarks, orange dots "
    "those that the network found. Before the training the dots lie anywhere; after it they sit in the rings.",
)

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A picture is 200 wide and 100 high. A box has the corners (50, 20) and (150, 70). What are $b_x, b_y, b_h, b_w$?
# 2. Twenty classes: how many outputs has a localizer? And how many for a hand with 21 joints?
# 3. The network's logit of $p_c$ is 0: it cannot make up its mind. What does that cost in the likelihood form, in an
#    empty picture? And where there is a car, whose box and class it has exactly right?
# 4. One box lies within another, which has twice its width and twice its height. What is their IoU?
# 5. Could you train with $1 - \text{IoU}$ as the loss, from the beginning? What is its gradient for two boxes that do
#    not touch?
# 6. Your landmark network is off by 2 % on portraits of 64 pixels. You make all pictures twice as large. What is the
#    error of the same answers, in pixels, and in the measure of this lesson?
#
# <details><summary>Answers</summary>
#
# 1. 0.5, 0.45, 0.5, 0.5. Each direction has its own side to divide by.
# 2. $1 + 4 + 20 = 25$. $1 + 2 \cdot 21 = 43$.
# 3. $\sigma(0) = 0.5$, so $-\log 0.5 = 0.69$, both times.
# 4. $\frac{1}{4}$.
# 5. IoU is 0 wherever they do not touch, so the gradient is 0, and nothing pulls them together. (Its relatives, GIoU
#    and others, add a term for that.)
# 6. Twice as many pixels; 2 % again.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…height and width change places.** One worked example in the notes did it. The shapes are right, nothing is
# raised, and a network learns it gladly. What does it cost when a reader takes the true boxes the wrong way round?

# %%
_, right_ones = windows(scenes_with_one(4 if cnnkit.quick() else 30, seed=4), seed=0)
right_ones = right_ones[right_ones[:, 0] == 1]
wrong_ones = right_ones[:, [0, 1, 2, 4, 3]]
pairs = zip(wrong_ones, right_ones, strict=True)
agreement = np.array([iou(corners(wrong), corners(right)) for wrong, right in pairs])
for kind, name in enumerate(CLASSES):
    own = (right_ones[:, 5 + kind] == 1).numpy()
    print(f"{name:10} IoU of a perfect box with height and width swapped: {agreement[own].mean():.2f}")

# %% [markdown]
# **…all eight numbers count in an empty picture.** Here are the gradients for one empty picture, by your loss and by
# the plain sum of squares. The second pulls the box into the corner and all classes to 0.

# %%
empty, anything = torch.zeros(1, 8), torch.tensor([[0.2, 0.5, 0.6, 0.3, 0.4, 0.3, 0.4, 0.3]])
free = anything.clone().requires_grad_()
(kept,) = torch.autograd.grad(localization_loss(free, empty), free)
(pulled,) = torch.autograd.grad(((free - empty) ** 2).sum(dim=1).mean(), free)
print("p_c alone counts: ", [round(value, 2) for value in kept[0].tolist()])
print("all eight count:  ", [round(value, 2) for value in pulled[0].tolist()])

# %% [markdown]
# **…a logit goes through the sigmoid twice.** The logistic loss takes logits. If the network ends in a sigmoid
# already, its $p_c$ lies between $\sigma(0) = 0.5$ and $\sigma(1) = 0.73$. It can never say that a street is empty,
# however sure it is.

# %%
nothing, sure = torch.zeros(1, 8), torch.zeros(1, 8)
sure[0, 0] = -20.0
once = localization_loss(sure, nothing, "likelihood").item()
twice = localization_loss(
    torch.cat([sure[:, :1].sigmoid(), sure[:, 1:]], dim=1), nothing, "likelihood"
).item()
print(
    f"an empty street, and a network that is sure of it: loss {once:.3f}; behind a second sigmoid {twice:.3f}"
)

# %% [markdown]
# **…widths are not clamped at 0.** Two boxes that are apart in both directions then "share" the product of two
# negative numbers. The more they are apart, the more they share.


# %%
def unclamped(box1, box2):
    """The IoU without max(0, …)."""
    width = min(box1[2], box2[2]) - max(box1[0], box2[0])
    height = min(box1[3], box2[3]) - max(box1[1], box2[1])
    areas = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2))
    return width * height / (areas - width * height)


here = (0.0, 0.0, 0.2, 0.2)
for far in (0.3, 0.35, 0.38):
    there = (far, far, far + 0.2, far + 0.2)
    print(f"boxes {far:.2f} apart: IoU {iou(here, there):.2f}; not clamped {unclamped(here, there):.2f}")

# %% [markdown]
# **…you mirror faces and forget to swap left and right.** Then "left eye" is at the left in half of the pictures and
# at the right in the others. The squared loss is lowest *between* them. So look at the best that such a network could
# say of a face and its mirror image, if it cannot tell them apart: the mean of the two.

# %%
_, y_many = faces(range(7000, 7004 if cnnkit.quick() else 7100), each=1, seed=4)
many = y_many[:, 1:].reshape(-1, 5, 2)
forgotten = torch.stack([1 - many[:, :, 0], many[:, :, 1]], dim=2)
for name, labels in {"swapped": forgotten[:, MIRRORED], "not swapped": forgotten}.items():
    best = (many.mean(dim=0) + labels.mean(dim=0)) / 2
    error = landmark_error(best.expand_as(many), many)
    eyes = (best[0] - best[1]).norm() / (many[:, 0] - many[:, 1]).norm(dim=1).mean()
    print(
        f"{name:12} the mean of faces and mirror images has {eyes:.0%} of the eyes' distance, off by {error:.0%}"
    )

# %% [markdown]
# Both eyes end on the nose. A network trained like this puts all landmarks of a pair between the two, and its loss
# falls nicely all the while.
#
# **…pixels meet shares.** The targets are in shares, and someone hands in boxes in pixels. The loss is enormous; with
# a patient optimizer the network learns, but $p_c$ and the classes drown.

# %%
row = encode_target((0.5, 0.7, 0.3, 0.4), 1, 3)[None]
nearly = row + torch.tensor([[-0.1, 0.02, 0.02, 0.02, 0.02, 0.1, -0.1, 0.1]])
for name, unit in {"shares": 1.0, "tenths": 10.0, "pixels": float(SIDE)}.items():
    scale = torch.tensor([1.0, unit, unit, unit, unit, 1.0, 1.0, 1.0])
    whole = localization_loss(nearly * scale, row * scale).item()
    box_alone = torch.cat([row[:, :1], nearly[:, 1:5], row[:, 5:]], dim=1)
    part = localization_loss(box_alone * scale, row * scale).item() / whole
    print(f"boxes in {name:7} loss {whole:7.4f}, of which the box makes {part:.0%}")

# %% [markdown]
# ## Your turn: a crown
#
# Landmarks are good for nonsense, too. From the eyes and the mouth you know which way is up, and how large the face
# is. That is all a crown needs. Put a portrait of your own beside this notebook and write its name below. It should
# be square, the face in its middle and about two thirds as high as the picture. Without one, somebody who does not
# exist is crowned.

# %%
from cnnkit.data import own_photo

face_file = ""  # for example "me.jpg"


def own_face(file):
    """A square picture as x, (1, 3, 64, 64), and large for drawing, uint8 (384, 384, 3)."""
    square = own_photo(file).resize((384, 384))
    small = np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    return torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float() / 255, square


def drawn_face():
    """The same for a face that was never there."""
    x, _ = faces([7777], each=1, seed=5)
    return x, Image.fromarray(np.uint8(255 * x[0].permute(1, 2, 0).numpy())).resize((384, 384))


def crowned(square, marks):
    """A picture with a crown that fits its landmarks, (5, 2) in shares."""
    left_eye, right_eye, _, left_mouth, right_mouth = (384 * marks).numpy()
    eyes, mouth = (left_eye + right_eye) / 2, (left_mouth + right_mouth) / 2
    up, right = eyes - mouth, right_eye - left_eye
    base = eyes + 1.0 * up
    outline = [(-1.3, 0), (-1.5, 1.0), (-0.75, 0.5), (0, 1.2), (0.75, 0.5), (1.5, 1.0), (1.3, 0)]
    image = square.copy()
    pen = ImageDraw.Draw(image)
    pen.polygon(
        [tuple((base + a * right * 0.75 + b * up).tolist()) for a, b in outline],
        fill="#E69F00",
        outline="black",
    )
    for a in (-0.75, 0, 0.75):
        x, y = (base + a * right * 0.75 + 0.2 * up).tolist()
        pen.ellipse([x - 9, y - 9, x + 9, y + 9], fill="#CC79A7", outline="black")
    return np.asarray(image)


x_mine, square = own_face(face_file) if face_file else drawn_face()
crowns = {}
for name, model in {"before the training": build_finder().eval(), "your network": finder}.items():
    marks = answers(model, x_mine)[0, 1:].reshape(5, 2)
    crowns[name] = crowned(square, marks)
pictures.show(
    crowns,
    title="The crown sits where the landmarks say",
    alt="The same face twice, with a golden crown. By the untrained network's landmarks the crown lies anywhere; by "
    "the trained one's it sits on the head, turned as the head is.",
)

# %% [markdown]
# Does it sit badly on you? The network has only ever seen drawn faces. Does it say at least that there *is* a face?
# And find out what a pair of glasses would need: which landmarks, which size, which angle?
#
# ## Summary
#
# - A localizer is a classifier with more outputs: $p_c, b_x, b_y, b_h, b_w$ and the classes. Height comes before
#   width.
# - Where there is no object, only $p_c$ counts. The loss is a mean over the batch.
# - Squares would do for everything. The logistic loss and the cross-entropy correct even who is sure and wrong. The
#   unit of the box decides how much it counts.
# - IoU compares boxes whatever their size: shared area over covered area, clamped at 0; from 0.5 on a box counts as
#   correct.
# - Let every place guess, measured from itself, and say how much it is to be trusted. So a network keeps *where*,
#   with few weights, and knows a car wherever it stands.
# - Landmarks are two more numbers each: 64 take 129 outputs. A landmark's number must mean the same point everywhere,
#   in the mirror too.
# - Judge landmarks by the size of the face.
#
# **Next:** one object is not enough. Lesson 3.2 slides a window over the picture, and finds that a convolution does
# it for nothing.

# %% [markdown]
# ## References
#
# - P. Sermanet et al., "OverFeat: integrated recognition, localization and detection using convolutional networks",
#   *ICLR*, 2014. A network that puts out boxes.
# - C. Finn et al., "Deep spatial autoencoders for visuomotor learning", *ICRA*, 2016. The softmax over places, and
#   the positions it gives.
# - A. Toshev, C. Szegedy, "DeepPose: human pose estimation via deep neural networks", *CVPR*, 2014. Poses as rows of
#   numbers.
# - M. Everingham et al., "The PASCAL visual object classes (VOC) challenge", *International Journal of Computer
#   Vision* 88, 2010. Correct from an IoU of 0.5.
# - H. Rezatofighi et al., "Generalized intersection over union: a metric and a loss for bounding box regression",
#   *CVPR*, 2019. IoU as a loss.
# - C. Sagonas et al., "300 faces in-the-wild challenge: the first facial landmark localization challenge", *ICCV
#   workshops*, 2013. Landmarks, and how to measure them.
