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
# # 4.2 What convnets learn
#
# **A network has learned to name a thousand things, and nobody told it how. What do the units inside it look for? And
# how would you notice that the answer is a fairy tale?**
#
# You open a real network, trained on a million photographs, and ask three questions. Which patches excite a unit most?
# Which pixels does a decision hang on? Which picture does a unit's signal draw, if it is sent back to the pixels? Each
# question has a beautiful answer. Then you ask the same of a network that has learned nothing, and become careful.
#
# **After this lesson you can**
#
# - say how large a patch a unit sees, and where in the picture it lies;
# - find the nine patches that excite a unit of a real network most;
# - draw a map of the pixels that a class hangs on;
# - send a unit's signal back to the pixels in three ways, and say what each of them depends on;
# - test an explanation on a network that knows nothing, and tell a finding from a story.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 2 hours |
# | machine time, solved | under 4 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lessons 1.2, 2.4, 2.5 and 3.6: backward passes, depthwise filters, a pretrained network, transpose convolution |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `receptive_field` | says how much of a picture a unit sees | 3 |
# | 2 | `top_patches` | finds the patches that excite a unit most | 3 |
# | 3 | `saliency_map` | says which pixels a class hangs on | 3 |
# | 4 | `transposed_view` | sends a unit's signal back to the pixels | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is judged by
# itself. Where the text says **Predict**, write your answer down before you go on.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | unit | | one channel of a layer. It has one value at each place of its map |
# | place | | a row and a column of a map |
# | patch, receptive field | | the pixels that can change a unit's value at one place |
# | `images` | (N, C, H, W) | pictures as the network takes them |
# | `x` | (C, H, W) | one of them |
# | box | (4,) | x1, y1, x2, y2: columns from x1 to x2, rows from y1 to y2, the last ones not included |
# | `f`, `s`, `pad` | | a filter's side, its stride, and the rows of padding above the picture (columns to its left) |

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

import cnnkit
from cnnkit import nets

device = cnnkit.device()

# %% [markdown]
# # Part 1: what can a unit see?
#
# ## 1. The field grows
#
# A unit of the first layer sees as many pixels as its filter has: 3 × 3, say. A unit of the second layer sees 3 × 3
# places of the first. How many *pixels* is that?
#
# **Predict:** two layers of 3 × 3 filters at stride 1. How wide is the patch that a unit of the second layer sees? And
# if the *first* layer has a stride of 2?
#
# ![A row of nine pixels, above it four units of the first layer, above them two units of the second. Each unit of the
# first layer is joined to three pixels, and its neighbour to three that begin two pixels later. The left unit of the
# second layer is joined to the first three units of the first layer, and so to seven of the nine
# pixels.](images/receptive_field.svg)
#
# <details><summary>Compare with your answer</summary>
#
# 5 at stride 1: three places that lie side by side see 3 pixels, and 1 more, and 1 more. At stride 2 it is 7, as in the
# drawing: each further place sees 2 pixels more.
#
# </details>
#
# So there are two numbers to keep. The **size** is how many pixels a unit sees in each direction: the side of its
# *receptive field*. The **jump** is how many pixels further its neighbour looks. Pixels themselves have size 1 and
# jump 1. Then each layer changes both. A filter of f rows reaches over f - 1 neighbours, and each of them lies one
# *jump* further. And a stride makes the jump larger.
#
# Poolings count as layers, for they look around too. A ReLU and a batch normalisation do not: they look at one place.

# %% [markdown]
# ### Exercise 1: `receptive_field` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Begin with `size, jump = 1, 1`, go through the layers from the picture upwards, and change the two at each.
#
# <details><summary>Hint 2</summary>
#
# Which jump do the f - 1 neighbours have between them: the one before this layer's stride, or the one after it? Look at
# the drawing: the filters of the first layer step over pixels that lie side by side, whatever its stride.
#
# <details><summary>Hint 3</summary>
#
# `size += (f - 1) * jump`, and only then `jump *= s`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "receptive_field_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_field(layers):
    """Say how much of a picture a unit sees, and how far apart two neighbours look.

    Args:
        layers: the convolutions and poolings from the picture to the unit, the unit's own last: a list of tuples
            (f, s) of ints, 1 or more: the side of the filter, and its stride. It may be empty.

    Returns:
        (size, jump), a tuple of ints, in pixels: the side of the smallest square that holds all pixels that can change
        the unit's value at one place, as if the picture had no edge; and by how much this square moves from a place to
        the next. (1, 1) without layers: a pixel sees itself.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. A pixel sees itself.
    ### BEGIN SOLUTION
    size, jump = 1, 1
    ### END SOLUTION
    # 2. Each layer widens what is seen, and moves neighbours apart.
    ### BEGIN SOLUTION
    for f, s in layers:
        size += (f - 1) * jump
        jump *= s
    return size, jump
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "receptive_field", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("receptive_field") as check:
    # A pixel; one filter; two filters at stride 1.
    check.equal(receptive_field([]), (1, 1), "receptive_field([])")
    check.equal(receptive_field([(3, 1)]), (3, 1), "receptive_field([(3, 1)])")
    check.equal(receptive_field([(3, 1), (3, 1)]), (5, 1), "receptive_field([(3, 1), (3, 1)])")

    # The drawing: the stride of the first layer moves the neighbours apart that the second one sees.
    check.equal(receptive_field([(3, 2), (3, 1)]), (7, 2), "receptive_field([(3, 2), (3, 1)])")

    # The other way round: the last layer's stride widens nothing, but moves its neighbours apart.
    check.equal(receptive_field([(3, 1), (3, 2)]), (5, 2), "receptive_field([(3, 1), (3, 2)])")

    # Two strides, and filters of different sizes.
    check.equal(
        receptive_field([(5, 2), (2, 3), (3, 1)]), (19, 6), "receptive_field([(5, 2), (2, 3), (3, 1)])"
    )

# %% nbgrader={"grade": true, "grade_id": "receptive_field_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of receptive_field: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit import testing
from cnnkit.check import Check

with Check("receptive_field") as check:
    rng = testing.rng("receptive_field_hidden")
    for depth in (1, 2, 3, 4, 5):
        for _ in range(3):
            layers = [
                (int(f), int(s))
                for f, s in zip(rng.integers(1, 6, depth), rng.integers(1, 4, depth), strict=True)
            ]
            # By counting: which pixels do the units of the places 0 and 1 hang on?
            seen = []
            for unit in (0, 1):
                pixels = {unit}
                for f, s in layers[::-1]:
                    pixels = {s * place + offset for place in pixels for offset in range(f)}
                seen.append(pixels)
            side, apart = max(seen[0]) - min(seen[0]) + 1, min(seen[1]) - min(seen[0])
            check.equal(receptive_field(layers), (side, apart), f"receptive_field({layers})")
    layers = [(int(rng.integers(2, 6)), 2) for _ in range(4)]
    check.true(
        testing.unchanged(receptive_field, [layers]), "receptive_field should leave the list as it is."
    )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: how much do famous networks see?
#
# **Predict**, before you run it: the last convolution of VGG-16 has seen thirteen layers of 3 × 3 filters, with four
# poolings between them. Does one of its units see the whole picture of 224 × 224? And does a unit of EfficientNet-Lite0,
# the network of lesson 2.5?

# %% nbgrader={"grade": false, "grade_id": "looking_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from torch import nn

from cnnkit.nets import features
from cnnkit.nets.layers import SamePaddingConv2d

STEPS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.ZeroPad2d)  # the layers that look at more than one place
remembered = {}


def steps_to(model, layer, side=224):
    """What lies between the picture and a layer: [(f, s, pad), ...], one for each convolution and pooling.

    Args:
        model: a net whose layers run in the order in which they are named, such as an nn.Sequential.
        layer: the name of a layer, or of one within, as "block4.depthwise".
        side: the side of the picture in pixels, on which the padding of EfficientNet-Lite0 depends.

    Returns:
        For each step the filter's side, its stride, and the rows of padding above what comes in, which are as many as
        the columns to its left. The layer's own steps come last. Where a block adds its input to what it puts out,
        these are the steps within the block.
    """
    steps, arrived = [], False
    for name, part in model.named_modules():
        within = name == layer or name.startswith(f"{layer}.")
        if arrived and not within:
            break
        arrived = within
        if isinstance(part, STEPS):
            f, s, pad = _step(part, side)
            side = -(-side // s)
            steps.append((f, s, pad))
    return steps


def _step(part, side):
    """The side of a layer's filter, its stride and its padding above, for what comes in with so many rows."""
    if isinstance(part, nn.ZeroPad2d):
        return 1, 1, part.padding[2]
    f, s, pad = (n if isinstance(n, int) else n[0] for n in (part.kernel_size, part.stride, part.padding))
    if isinstance(part, SamePaddingConv2d):  # an odd row of zeros goes below
        pad = max((-(-side // s) - 1) * s + f - side, 0) // 2
    return f, s, pad


def maps_of(model, layer, images):
    """What a layer puts out for pictures, (N, C, R, S), one map for each unit; of each layer the last is remembered.

    So it takes a while the first time, and none for another unit of the same layer.
    """
    known = remembered.get(layer, (None, None, None))
    if known[0] is not model or known[1] is not images:
        with torch.no_grad():
            parts = [features(model, part, [layer])[layer] for part in images.split(8)]
        known = remembered[layer] = model, images, torch.cat(parts)
    return known[2]


# %%
vgg = [step for depth in (2, 2, 3, 3, 3) for step in [*depth * [(3, 1)], (2, 2)]]
NETWORKS = {"LeNet-5": [(5, 1), (2, 2), (5, 1), (2, 2)], "VGG-16": vgg[:-1]}  # up to the last convolution
pretrained = nets.efficientnet_lite0(device=device)
names_of_blocks = nets.layer_names(pretrained)[:18]  # the stem, sixteen blocks, and the head
NETWORKS["EfficientNet-Lite0"] = [(f, s) for f, s, _ in steps_to(pretrained, "head")]
for name, layers in NETWORKS.items():
    size, jump = receptive_field(layers)
    print(
        f"{name:18} {len(layers):2} layers: the last sees {size} x {size} pixels, its neighbour {jump} further on"
    )

# %%
from cnnkit import pictures

sizes = [receptive_field([(f, s) for f, s, _ in steps_to(pretrained, name)])[0] for name in names_of_blocks]
wide = sum(size >= 224 for size in sizes)
pictures.show_curves(
    range(len(sizes)),
    {"side of the field": sizes, "side of the picture": [224] * len(sizes)},
    xlabel="layer: the stem (0), the blocks, the head (17)",
    ylabel="pixels",
    title=f"From {sizes[0]} pixels to {sizes[-1]}: {wide} of {len(sizes)} layers could see the whole picture",
    alt="Two lines over the 18 layers of EfficientNet-Lite0. The side of the receptive field grows from 3 pixels at the "
    "stem, slowly at first, to 851 at the head. The side of the picture stays at 224; the field passes it at block 9.",
)

# %% [markdown]
# VGG-16 does not quite make it: 196 of 224 pixels. A field of 851 pixels on a picture of 224, on the other hand, sees
# everything, wherever its unit stands, and much padding. But "sees" only means that a pixel *can* change the unit. How
# much it does is another matter. You will look at that in part 3.
#
# # Part 2: nine patches
#
# ## 2. Which patches excite a unit most?
#
# Here is the simplest way to learn what a unit is for: show it many pictures, and look at those that it likes. A unit
# answers at each place of its map, so it does not choose a picture, but a place in it. What you want to see is what it
# saw there: the patch. Zeiler and Fergus did so in 2013, with nine patches for each unit, and so do we.
#
# **Ask yourself:** the strongest nine values of a unit's map may well lie side by side in one picture. Would nine such
# patches tell you much?
#
# <details><summary>Compare with your answer</summary>
#
# No. Neighbours see nearly the same pixels, so you would get the same patch nine times. We take the best place of each
# picture, and then the nine best pictures.
#
# </details>
#
# Now from the place to the patch: **walk back**. The unit at row r of its map got its values from rows `s * r - pad` to
# `s * r - pad + f - 1` of what came in. The first of these rows got its own values from rows further down, and so did
# the last. At the picture you are in pixels. Padding lies outside the picture, at rows below 0 or beyond the last; cut
# that off.
#
# `steps_to`, in the cell above, says which `f`, `s` and `pad` there are. One thing is odd about our network. Its
# authors used TensorFlow's padding, called SAME. For a filter of 3 × 3 at stride 2 it adds *one* row of zeros, and it
# adds it **below**. So there `pad` is 0, and everything lies half a step further down and to the right than with the
# padding of lesson 1.1.

# %% [markdown]
# ### Exercise 2: `top_patches` (3 points)
#
# `maps_of(model, layer, images)` gives the maps (N, C, R, S) of all units of a layer, `steps_to(model, layer)` the steps
# between the picture and the layer. You may use both.
#
# <details><summary>Hint 1</summary>
#
# The maps of your unit are `maps[:, unit]`, (N, R, S). With `flatten(1)` each picture's places stand in a row, and
# `max(dim=1)` gives the best value of each picture and where it stands.
#
# <details><summary>Hint 2</summary>
#
# `topk(k)` gives the best of these values, highest first, and the numbers of the pictures. A place p of a map with S
# columns is in row `p // S`, column `p % S`.
#
# <details><summary>Hint 3</summary>
#
# Walking back, two pairs of numbers change: `y1, y2 = s * y1 - pad, s * y2 - pad + f - 1`, and x1, x2 alike, for the
# steps in reverse. Begin with y1 = y2 = row. At the end add 1 to y2 and x2, for boxes end one beyond, and clip.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "top_patches_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def top_patches(model, layer, unit, images, k=9):
    """Find the patches that excite a unit most, at most one in each picture.

    Args:
        model: a module in evaluation mode, whose layers run in the order in which they are named.
        layer: the name of one of its layers, a str, as `maps_of` and `steps_to` take it.
        unit: which unit of that layer, an int from 0.
        images: (N, C, H, W), as the model takes them.
        k: how many patches, an int, 1 or more.

    Returns:
        (values, which, boxes), for the k pictures in which the unit's highest value is highest, the highest first:
        values: a float tensor of shape (k,), the unit's highest value in each.
        which: an int64 tensor of shape (k,), the numbers of these pictures in `images`.
        boxes: an int64 tensor of shape (k, 4), the patch that the unit sees at the place of this value: x1, y1, x2, y2
        in pixels, x2 and y2 the first column and row beyond it, cut off at the edges of the picture.

    Raises:
        ValueError: there are fewer pictures than k.
    """
    # 1. Refuse what cannot be.
    ### BEGIN SOLUTION
    if k > len(images):
        raise ValueError("there are fewer pictures than patches asked for")
    ### END SOLUTION
    # 2. The unit's best place in each picture, and the k best pictures.
    ### BEGIN SOLUTION
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    ### END SOLUTION
    # 3. From the place back to the pixels, step by step.
    ### BEGIN SOLUTION
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    ### END SOLUTION
    # 4. Boxes end one beyond, and within the picture.
    ### BEGIN SOLUTION
    boxes[:, 2:] += 1
    boxes[:, 2] = boxes[:, 2].clamp(max=images.shape[3])
    boxes[:, 3] = boxes[:, 3].clamp(max=images.shape[2])
    return values, which, boxes.clamp(min=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "top_patches", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("top_patches") as check:
    # Three pictures of 4 rows and 6 columns, dark but for a few pixels.
    images = torch.zeros(3, 1, 4, 6)
    images[0, 0, 0, 1], images[0, 0, 3, 5] = 7.0, 6.0
    images[1, 0, 1, 4], images[1, 0, 2, 1] = 8.0, -9.0
    images[2, 0, 2, 2] = 5.0

    # Unit 0 adds the pixels of 2 x 2, unit 1 takes minus their sum. At stride 2 they step from square to square.
    layers = [("look", "Conv2d", 1, 2, 2, {"stride": 2, "bias": False})]
    state = {"look.weight": torch.tensor([1.0, -1.0])[:, None, None, None].expand(2, 1, 2, 2).clone()}
    model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
    names = ("values", "which", "boxes")
    label = 'top_patches(model, "look", 0, images, 2)'
    values, which, boxes = check.parts(top_patches(model, "look", 0, images, 2), names, label)
    check.equal(values, torch.tensor([8.0, 7.0]), f"values of {label}")
    check.equal(which, torch.tensor([1, 0]), f"which of {label}")
    axes = ("patch", "number of the box")
    check.equal(boxes, torch.tensor([[4, 0, 6, 2], [0, 0, 2, 2]]), f"boxes of {label}", axes=axes)
    label = 'top_patches(model, "look", 1, images, 1)'
    values, which, boxes = check.parts(top_patches(model, "look", 1, images, 1), names, label)
    check.equal(values, torch.tensor([9.0]), f"values of {label}")
    check.equal(boxes, torch.tensor([[0, 2, 2, 4]]), f"boxes of {label}", axes=axes)

    # Another layer on top, which pads: it sees 6 x 6 pixels, and its neighbours look 2 pixels further.
    layers.append(("again", "Conv2d", 2, 1, 3, {"padding": 1, "bias": False}))
    state["again.weight"] = torch.zeros(1, 2, 3, 3)
    state["again.weight"][0, 0, 1, 1] = 1.0
    model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
    label = 'top_patches(model, "again", 0, images, 3)'
    values, which, boxes = check.parts(top_patches(model, "again", 0, images, 3), names, label)
    check.equal(which, torch.tensor([1, 0, 2]), f"which of {label}")
    expected = torch.tensor([[2, 0, 6, 4], [0, 0, 4, 4], [0, 0, 6, 4]])
    check.equal(boxes, expected, f"boxes of {label}", axes=axes)

    check.raises(
        ValueError,
        top_patches,
        model,
        "again",
        0,
        images,
        4,
        label='top_patches(model, "again", 0, images, 4)',
    )

# %% nbgrader={"grade": true, "grade_id": "top_patches_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of top_patches: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("top_patches") as check:
    rng = testing.rng("top_patches_hidden")

    def draw(*shape):
        return torch.tensor(rng.uniform(0.5, 1, shape), dtype=torch.float32)

    for turn, (H, W) in enumerate(((9, 13), (15, 10), (11, 16))):
        # Weights and pixels above 0, so that a pixel which is made very bright is noticed by all who see it.
        C, K, f, s = (int(n) for n in rng.integers([1, 2, 2, 1], [4, 5, 5, 3]))
        inner = [
            ("relu", "ReLU"),
            ("pool", "MaxPool2d", 3, 2, 1),
            ("deep", "Conv2d", K, 4, 2, {"bias": False}),
        ]
        layers = [
            ("pad", "ZeroPad2d", [0, turn, 0, turn]),  # below and to the right, as SAME does
            ("first", "Conv2d", C, K, f, s, turn % f, {"bias": False}),
            ("block", "Sequential", inner),
            ("last", "Conv2d", 4, 3, 3, {"bias": False, "padding": 1}),
        ]
        state = {name: draw(*value.shape) for name, value in stack(layers).state_dict().items()}
        here = stack(layers, False)
        here.load_state_dict(state)
        images = draw(5, C, H, W)
        layer, depth, unit = [("first", 2, K - 1), ("block", 3, 2), ("last", 4, 1)][turn]
        with torch.no_grad():
            maps = here[:depth](images)[:, unit].double().numpy()
        strongest = sorted(range(5), key=lambda n: -maps[n].max())[:3]
        wanted = []
        for n in strongest:
            # By trying: one pixel after the other is made very bright. Which of them does the unit notice there?
            place = int(maps[n].argmax())
            tried = images[n] + 1000 * torch.eye(H * W).reshape(H * W, 1, H, W)
            with torch.no_grad():
                changed = here[:depth](tried)[:, unit].flatten(1)[:, place] - float(maps[n].max())
            seen = (changed.abs() > 1).reshape(H, W)
            y, x = seen.any(1).nonzero(), seen.any(0).nonzero()
            wanted.append([int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1])
        model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
        label = f'top_patches(model, "{layer}", {unit}, images of {(5, C, H, W)}, 3)'
        found = check.parts(top_patches(model, layer, unit, images, 3), ("values", "which", "boxes"), label)
        values, which, boxes = found
        highest = torch.tensor([maps[n].max() for n in strongest], dtype=torch.float32)
        check.equal(which, torch.tensor(strongest), f"which of {label}")
        check.equal(values.detach(), highest, f"values of {label}", rtol=1e-4)
        check.equal(boxes, torch.tensor(wanted), f"boxes of {label}", axes=("patch", "number of the box"))
        again = testing.make("cnnkit.stacks.stack", layers, False, state=state)
        untouched = testing.unchanged(top_patches, [again, layer, unit, images, 3])
        check.true(untouched, f"{label} should leave the pictures and the model as they are.")
    signed = torch.tensor(rng.permutation(2 * 3 * 4 * 5) - 70.0, dtype=torch.float32).reshape(2, 3, 4, 5)
    same = testing.make("cnnkit.stacks.stack", [("same", "Identity")], False)
    label = "top_patches of a layer that changes nothing, for its unit 1"
    values, which, boxes = check.parts(
        top_patches(same, "same", 1, signed, 2), ("values", "which", "boxes"), label
    )
    wanted = sorted(((float(one[1].max()), n) for n, one in enumerate(signed)), reverse=True)
    check.equal(values, torch.tensor([value for value, _ in wanted]), f"values of {label}")
    check.equal(which, torch.tensor([n for _, n in wanted]), f"which of {label}")
    y, x = (
        torch.tensor([int((signed[n, 1] == value).nonzero()[0, axis]) for value, n in wanted])
        for axis in (0, 1)
    )
    check.equal(boxes, torch.stack([x, y, x + 1, y + 1], dim=1), f"boxes of {label}")
    check.raises(
        ValueError, top_patches, same, "same", 1, signed, 3, label="top_patches of 2 pictures with k = 3"
    )
    nine = top_patches(same, "same", 0, draw(11, 1, 3, 3))
    check.equal(len(nine[0]), 9, "how many patches there are where k is left out")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: the patch, and nothing but the patch
#
# First the pictures: photographs and our rendered streets. Each photograph is cut into squares of 224 pixels, so that
# no two of them show the same.

# %% nbgrader={"grade": false, "grade_id": "album_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from PIL import Image

import cnnkit
from cnnkit import nets
from cnnkit.data import photos
from cnnkit.scenes import street_scene

SIDE = 224


def squares(photograph):
    """A photograph whose shorter side is made 448 pixels long, cut into squares of 224: uint8 (n, 224, 224, 3)."""
    image = Image.fromarray(photograph)
    scale = 2 * SIDE / min(image.size)
    W, H = (max(2 * SIDE, round(n * scale)) for n in image.size)
    pixels = np.asarray(image.resize((W, H), Image.Resampling.LANCZOS))
    corners = [(y, x) for y in range(0, 2 * SIDE, SIDE) for x in range(0, min(W, 3 * SIDE) - SIDE + 1, SIDE)]
    return np.stack([pixels[y : y + SIDE, x : x + SIDE] for y, x in corners])


def album(streets, each):
    """Pictures (N, 224, 224, 3) and their names: at most so many squares of each photograph, and so many streets."""
    named = {}
    for name, photograph in photos().items():
        named |= {f"{name} {n}": square for n, square in enumerate(squares(photograph)[:each], 1)}
    named |= {f"street {n}": street_scene(n, SIDE, 0.3).image for n in range(streets)}
    return np.stack(list(named.values())), list(named)


def as_input(some):
    """Pictures (N, H, W, 3), uint8, as the network takes them."""
    return nets.normalise(torch.tensor(some).permute(0, 3, 1, 2).float())


# %%
seen, captions = album(2, 1) if cnnkit.quick() else album(24, 6)
x_seen = as_input(seen).to(device)
print(f"{len(seen)} pictures: {', '.join(captions[:4])}, …, {captions[-1]}")

# %% [markdown]
# Take a unit from the middle of the network, and its strongest patch. Then make everything *outside* the patch grey.
# **Predict:** what happens to the unit's value? And if you make the patch grey, and leave the rest?
#
# (We look at values behind the batch normalisation, before the ReLU6. You will see why in *What goes wrong*.)

# %%
MIDDLE, UNIT = "block4.depthwise.norm", 65
values, which, boxes = (part.cpu() for part in top_patches(pretrained, MIDDLE, UNIT, x_seen))
x1, y1, x2, y2 = boxes[0].tolist()
alone, without = torch.zeros_like(x_seen[:1]), x_seen[which[:1]].clone()
alone[:, :, y1:y2, x1:x2] = without[:, :, y1:y2, x1:x2]
without[:, :, y1:y2, x1:x2] = 0
map_before = maps_of(pretrained, MIDDLE, x_seen)[which[0], UNIT]
row, column = divmod(map_before.argmax().item(), map_before.shape[1])
print(
    f"{MIDDLE}, unit {UNIT}, in '{captions[which[0]]}': {values[0]:.3f} at row {row}, column {column} of its map,"
)
print(f"  which sees columns {x1} to {x2 - 1} and rows {y1} to {y2 - 1}")
for name, x in {"all but the patch grey": alone, "the patch grey": without}.items():
    with torch.no_grad():
        print(f"  {name}: {features(pretrained, x, [MIDDLE])[MIDDLE][0, UNIT, row, column]:.3f}")

ours = symmetric = 0
for f, s, pad in reversed(steps_to(pretrained, MIDDLE)):
    ours, symmetric = s * ours - pad, s * symmetric - (f - 1) // 2
print(
    f"the field of place 0 begins at row {ours}; with as much padding above as below it would begin at {symmetric}"
)

# %% [markdown]
# Not a digit has changed: the unit knows nothing of the rest of the picture. And the fields lie a few pixels further
# down and to the right than you would think, for the padding is not symmetric. Forget that, and you cut every patch at
# the wrong place.
#
# ## 3. Early, middle, late
#
# Now the nine patches of three units at each of five depths. Look at the first column, and **predict** the others: will
# a unit of the second column still answer to one colour? And what can a unit of the last column want, which sees
# everything?

# %%
DEPTHS = {  # a layer of each depth, and three of its units
    "stem.norm": (4, 15, 6),
    "block2.depthwise.norm": (102, 72, 104),
    MIDDLE: (UNIT, 105, 209),
    "block7.depthwise.norm": (159, 277, 259),
    "head.norm": (1183, 1121, 144),
}


def scaled(patch, side, background=255):
    """A patch in the middle of a square of so many pixels, as large as fits; small pixels stay squares."""
    scale = side / max(patch.shape[:2])
    size = tuple(max(1, round(n * scale)) for n in patch.shape[1::-1])
    how = Image.Resampling.NEAREST if scale > 4 else Image.Resampling.BILINEAR
    square = Image.new("RGB", (side, side), (background,) * 3)
    square.paste(Image.fromarray(patch).resize(size, how), ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.asarray(square)


def nine(some, which, boxes, side=60):
    """Patches of pictures (N, H, W, 3), three in a row: uint8 (3 * side + 4, 3 * side + 4, 3)."""
    sheet = np.full((3 * side + 4, 3 * side + 4, 3), 255, np.uint8)
    for place, (number, (x1, y1, x2, y2)) in enumerate(zip(which.tolist(), boxes.tolist(), strict=True)):
        top, left = (n * (side + 2) for n in divmod(place, 3))
        sheet[top : top + side, left : left + side] = scaled(some[number, y1:y2, x1:x2], side)
    return sheet


def gallery(images, columns, captions, title, alt):
    """Show pictures in rows, each with its caption above it; grey ones from 0, black, to 1, white."""
    rows = -(-len(images) // columns)
    size = (2.1 * columns, 2.3 * rows + 0.5)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for axis, image, caption in zip(axes.flat, images, captions, strict=True):
        axis.imshow(image, cmap="gray", vmin=0, vmax=1)
        axis.set_title(caption, fontsize=10)
        axis.set_axis_off()
    figure.suptitle(title)
    pictures.display_figure(figure, alt)


def nine_of(model, layer, unit):
    """The nine patches of a unit."""
    _, which, boxes = (part.cpu() for part in top_patches(model, layer, unit, x_seen))
    return nine(seen, which, boxes)


sheets, labels = [], []
for place in range(3):
    for layer, units in DEPTHS.items():
        sheets.append(nine_of(pretrained, layer, units[place]))
        labels.append(f"{layer.partition('.')[0]}, unit {units[place]}")
fields = {layer: receptive_field([(f, s) for f, s, _ in steps_to(pretrained, layer)])[0] for layer in DEPTHS}
print("pixels seen:", ", ".join(f"{layer.partition('.')[0]} {size}" for layer, size in fields.items()))
gallery(
    sheets,
    columns=5,
    captions=labels,
    title="Nine patches for each unit: colours and edges at the left, parts and things at the right",
    alt="Fifteen sheets of nine patches, from five depths. Stem, 3 pixels: red; edges from light to dark, upright or "
    "lying. Block 2, 19 pixels: slanting stripes; windows and bars; red beside black. Block 4, 67 pixels: rows of "
    "windows; bright spots on black; bows of bright rims. Block 7, 147 pixels: round things such as coins and wheels; "
    "dense textures such as petals, grass and gravel; streets with cars and crossings. Head, everything: brick walls and "
    "fronts of houses; motorcycles and coins; brown tissue and cat's fur.",
)

# %% [markdown]
# At the left, a patch of 3 × 3 pixels has room for a colour or an edge, and that is all. A few layers on there are
# stripes and corners, then rims and rows of windows, then round things, textures, streets. Nobody asked for any of it.
# The network was told the names of photographs, and this is what turned out to be useful for that.
#
# **Try it.** Choose a layer and a unit, and see its nine patches, and beside them where they lie. Three things to find:
# a unit of the stem that answers to yellow; a unit of block 4 whose patches have nothing in common that *you* can name;
# a unit of the head with a cat's eye among its nine. How many units do you have to look at for each?

# %%
from cnnkit import widgets

browsed = {layer: maps_of(pretrained, layer, x_seen).shape[1] for layer in DEPTHS}
widgets.unit_browser(
    seen,
    browsed,
    lambda layer, unit: [part.cpu() for part in top_patches(pretrained, layer, unit, x_seen)],
    captions,
)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The widget. Above, a menu with the layer block4.depthwise.norm, a field with the unit 65, the buttons Back and Next.
# Then in words: it sees 67 by 67 pixels, and answers 10.25 to 6.19. Below, nine patches in rows of three, five of them
# rows of windows; beside them nine pictures in the same order, seven streets, grass and a retina, each with a yellow frame
# around its patch.](images/unit_browser.png)
#
# ## 4. A story, and how to test it
#
# Look at the last sheet again: unit 144 of the head. Four pieces of brown tissue, then wood, then a cat, four times.
# "It looks for *fur*", you might say, "and takes tissue and wood for it. It is a part of how the network knows a cat."
#
# A good story. It fits nine pictures out of nine. **Ask yourself:** what would be different in the network if it were
# true? How could you find out?
#
# <details><summary>Compare with your answer</summary>
#
# If the network knows cats by this unit, cats should be in the classes that it speaks for: its values go into the
# classifier, with one weight for each class. And without the unit, the network should be less sure of a cat. Both can
# be measured.
#
# </details>

# %%
from cnnkit.data import class_names, photo

STORY = 144
weights = pretrained.classifier.weight[:, STORY].cpu()
spoken = [class_names()[n].partition(",")[0] for n in weights.topk(6).indices.tolist()]
print(f"unit {STORY} speaks for: {', '.join(spoken)}")
CAT = class_names().index("tiger cat")
rank = int((weights > weights[CAT]).sum()) + 1
print(f"'tiger cat' comes at place {rank} of 1000")

cat = nets.preprocess(photo("cat")).to(device)
for unit in (STORY, 977):
    robbed = copy.deepcopy(pretrained)
    with torch.no_grad():
        robbed.classifier.weight[:, unit] = 0
        before, after = (model(cat).softmax(1)[0, CAT].item() for model in (pretrained, robbed))
    print(f"'tiger cat' for the cat: {before:.2%}; without unit {unit}: {after:.2%}")

# %% [markdown]
# Taken away, the "fur unit" costs the cat nothing. It speaks for mail bags, for a breed of dogs, for accordions, and hardly
# for cats. (Unit 977 we found by its weights, and not by its patches. It takes some of the cat with it.)
#
# Now go back to the stem. Did you find unit 18, the yellow one? Most of its nine patches are yellow or orange, two rather
# green. Show it pure colours, eight of them.

# %%
COLOURS = "black blue green cyan red magenta yellow white".split()  # no or full red, green and blue
cube = torch.tensor([[255.0 * (n >> 2), 255.0 * (n >> 1 & 1), 255.0 * (n & 1)] for n in range(8)])
flat = nets.normalise(cube)[:, :, None, None].expand(8, 3, 8, 8).to(device)
with torch.no_grad():
    answers = features(pretrained, flat, ["stem.norm"])["stem.norm"][:, 18, 2, 2].tolist()
for answer, colour in sorted(zip(answers, COLOURS, strict=True), reverse=True)[:3]:
    print(f"stem, unit 18: {answer:5.2f} for pure {colour}")

# %% [markdown]
# It likes *green* even better. Two patches hinted at it, and no more: no picture in our album has pure green.
#
# Three reasons why nine pictures tell a story so easily:
#
# - **You see only what there is.** No pure green, and not one dog. A unit that lives for dogs must show you something
#   else.
# - **You see only the top.** Nine patches out of a hundred pictures, and nothing of what the unit does with the others.
# - **You are good at stories.** And that can be tested too: mix *all* units of the head, with random weights. Nobody
#   trained such a mixture for anything. Here are the nine patches of four mixtures.

# %%
cnnkit.seed(0)
mixed = copy.deepcopy(pretrained[:18])
mixed.add_module("mixture", nn.Conv2d(1280, 4, 1, bias=False).to(device).requires_grad_(False))
sheets, below = [], []
for unit in range(4):
    _, which, boxes = (part.cpu() for part in top_patches(mixed, "mixture", unit, x_seen))
    sheets.append(nine(seen, which, boxes))
    kinds = Counter(captions[n].split()[0] for n in which.tolist())
    below.append(", ".join(f"{count} {kind}" for kind, count in kinds.most_common(3)))
gallery(
    sheets,
    columns=4,
    captions=below,
    title="Random mixtures of units have themes too (above each, what it shows most)",
    alt=f"Four sheets of nine patches, each of a random mixture of all units of the head. They show: {'; '.join(below)}.",
)

# %% [markdown]
# Can you name one of them? Szegedy and others noticed this in 2013: a random direction looks as meaningful as a unit. So
# nine patches are a good beginning, a place to get ideas from. They are no proof.
#
# # Part 3: which pixels matter?
#
# ## 5. A map of slopes
#
# Now to a single picture and a single class. The network says *espresso*. Which pixels does that hang on?
#
# You have had the tool since lesson 1.2. The gradient of the logit for *espresso* by the *pixels* says for each number
# of the picture: if it grew by a little, how much would the logit grow? Where that is large, up or down, the decision
# is touchy. Simonyan and others drew it as a picture in 2013: the *saliency map*. A pixel has three colours, so three
# slopes; take the steepest.
#
# **Ask yourself:** of what should you take the gradient, the logit or the probability? And which mode should the
# network be in?
#
# <details><summary>Compare with your answer</summary>
#
# The logit. At 95 % the probability hardly moves with a *small* change: the softmax is flat there. And it also grows
# when *other* classes lose, so its map shows what speaks against these. Evaluation mode, as always when you ask a network
# and do not train it: else a batch normalisation takes its mean from the one picture, and every pixel hangs on all.
#
# </details>

# %% [markdown]
# ### Exercise 3: `saliency_map` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `x` needs a gradient of its own: `pixels = x.detach().clone().requires_grad_()`. The network wants a batch:
# `pixels[None]`.
#
# <details><summary>Hint 2</summary>
#
# `torch.autograd.grad(number, pixels)` gives a tuple with one gradient, of the shape of `pixels`, and leaves no trace
# in the network's weights, unlike `backward()`.
#
# <details><summary>Hint 3</summary>
#
# Slopes may be negative: first `abs()`, then `amax(dim=0)` over the channels.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "saliency_map_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def saliency_map(model, x, label):
    """Say how steeply the logit of a class rises or falls with each pixel.

    Args:
        model: a module from (B, C, H, W) to logits (B, K). It may come in training mode, and is put into evaluation
            mode.
        x: one picture, a float tensor of shape (C, H, W). It stays as it is.
        label: the class, an int from 0 to K - 1.

    Returns:
        A float tensor of shape (H, W): at each pixel the largest absolute value, over the channels, of the gradient of
        the class's logit by that pixel.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Ask the network, in evaluation mode, and watch the pixels.
    ### BEGIN SOLUTION
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    logit = model(pixels[None])[0, label]
    ### END SOLUTION
    # 2. The slopes, and the steepest of each pixel.
    ### BEGIN SOLUTION
    (slopes,) = torch.autograd.grad(logit, pixels)
    return slopes.abs().amax(dim=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "saliency_map", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("saliency_map") as check:
    axes = ("row", "column")

    # Two logits of a picture of 2 channels, 1 row and 3 columns. Each is a sum of pixels with weights, so the slopes
    # are the weights, whatever the pixels are.
    layers = [("flatten", "Flatten"), ("dense", "Linear", 6, 2)]
    state = {
        "dense.weight": torch.tensor([[1.0, -2.0, 3.0, 0.0, 1.0, -4.0], [0.0, 5.0, -1.0, -6.0, 2.0, 1.0]]),
        "dense.bias": torch.tensor([0.0, 1.0]),
    }
    model = testing.make("cnnkit.stacks.stack", layers, state=state)
    x = torch.tensor([[[1.0, 0.0, -1.0]], [[2.0, 1.0, 0.0]]])
    check.equal(
        saliency_map(model, x, 0), torch.tensor([[1.0, 2.0, 4.0]]), "saliency_map(model, x, 0)", axes=axes
    )
    check.equal(
        saliency_map(model, x, 1), torch.tensor([[6.0, 5.0, 1.0]]), "saliency_map(model, x, 1)", axes=axes
    )

    # A batch normalisation in front remembers a variance of 16. Whoever asks in training mode gets another one.
    layers = [("norm", "BatchNorm2d", 2, {"eps": 0.0}), *layers]
    state |= {"norm.weight": torch.tensor([4.0, 8.0]), "norm.bias": torch.zeros(2)}
    state |= {"norm.running_mean": torch.ones(2), "norm.running_var": torch.full((2,), 16.0)}
    state["norm.num_batches_tracked"] = torch.tensor(1)
    model = testing.make("cnnkit.stacks.stack", layers, state=state)
    label = "saliency_map(a model with batch normalisation, x, 0)"
    check.equal(saliency_map(model, x, 0), torch.tensor([[1.0, 2.0, 8.0]]), label, axes=axes)
    check.true(
        testing.unchanged(saliency_map, [model, x, 0]),
        "saliency_map should leave the picture as it is: make a copy.",
    )

# %% nbgrader={"grade": true, "grade_id": "saliency_map_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of saliency_map: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("saliency_map") as check:
    rng = testing.rng("saliency_map_hidden")
    for training, (H, W) in ((True, (5, 8)), (False, (7, 6))):
        C, K, classes = (int(n) for n in rng.integers([2, 3, 3], [4, 6, 7]))
        layers = [
            ("conv", "Conv2d", C, K, 3, {"padding": 1}),
            ("norm", "BatchNorm2d", K),
            ("relu", "ReLU"),
            ("pool", "MaxPool2d", 2),
            ("flat", "Flatten"),
            ("dense", "Linear", K * (H // 2) * (W // 2), classes),
        ]
        state = {
            name: torch.tensor(rng.normal(0, 1, value.shape), dtype=value.dtype)
            for name, value in stack(layers).state_dict().items()
        }
        state["norm.running_var"] = torch.tensor(rng.uniform(0.5, 2, K), dtype=torch.float32)
        x = torch.tensor(rng.normal(0, 1, (C, H, W)), dtype=torch.float32)
        label = int(rng.integers(classes))
        # By trying: each number of the picture is made a little larger, and a little smaller.
        here = stack(layers, False).double()
        here.load_state_dict(state)
        nudge = 1e-6 * torch.eye(C * H * W, dtype=torch.float64).reshape(-1, C, H, W)
        with torch.no_grad():
            up, down = (here(x.double() + sign * nudge)[:, label] for sign in (1, -1))
        expected = ((up - down) / 2e-6).reshape(C, H, W).abs().max(dim=0).values.float()
        given = [testing.make("cnnkit.stacks.stack", layers, training, state=state), x, label]
        called = f"saliency_map(model in {'training' if training else 'evaluation'} mode, x of {(C, H, W)}, {label})"
        got = saliency_map(*given)
        check.equal(got, expected, called, axes=("row", "column"), rtol=1e-3, atol=1e-4)
        fresh = testing.make("cnnkit.stacks.stack", layers, training, state=state)
        untouched = testing.unchanged(saliency_map, [fresh, x, label])
        check.true(
            untouched, f"{called} should leave the picture, and what the model has learned, as they are."
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: what is it about an espresso?
#
# **Predict** what lights up for a cup of coffee seen from above, and for a cat.

# %%
CHOSEN = ("coffee",) if cnnkit.quick() else ("cat", "coffee", "rocket")


def shown_as(x):
    """What the network takes, (3, H, W), as pixels again: uint8 (H, W, 3)."""
    return np.uint8((x.permute(1, 2, 0).cpu().numpy() * 128 + 127).clip(0, 255).round())


def light(numbers):
    """A map as grey levels from 0 to 1; its highest half per cent is white."""
    numbers = numbers.cpu().float()
    return (numbers / numbers.flatten().quantile(0.995)).clamp(0, 1).numpy()


chosen = {name: nets.preprocess(photo(name))[0].to(device) for name in CHOSEN}
with torch.no_grad():
    labels = {name: pretrained(x[None])[0].argmax().item() for name, x in chosen.items()}
said = {name: class_names()[label].partition(",")[0] for name, label in labels.items()}
sheet = {}
for name, x in chosen.items():
    sheet[name] = shown_as(x)
    sheet[f"saliency of '{said[name]}'"] = light(saliency_map(pretrained, x, labels[name]))
pictures.show(
    sheet,
    title="The raw gradient: a sky full of stars",
    alt="Photographs of a cat's face, a cup of coffee and a rocket, each beside its saliency map: white speckles on black, "
    "almost noise. The rims of the cup can just be made out.",
)

# %% [markdown]
# Speckles. It is true, number for number, and it says little. The slope at a point is a fickle thing: move the picture
# by a hair, and other speckles light up. Smilkov and others had a simple idea in 2017: add noise to the picture, take
# the map, and do so many times. What stays is the mean: *SmoothGrad*. (They average the slopes with their signs and take
# absolute values for the drawing. We average finished maps, which is smooth after few copies.)

# %%
NOISE, COPIES = 0.3, 2 if cnnkit.quick() else 8  # the spread of the noise, where black is -1 and white is 1


def smooth_map(model, x, label):
    """The mean of the saliency maps of a picture under several noises, always the same ones."""
    draw = cnnkit.devices.generator(0)
    noisy = [x + (NOISE * torch.randn(x.shape, generator=draw)).to(x.device) for _ in range(COPIES)]
    return torch.stack([saliency_map(model, one, label) for one in noisy]).mean(dim=0)


smooth = {name: smooth_map(pretrained, x, labels[name]) for name, x in chosen.items()}
pictures.show(
    {f"'{said[name]}', the mean of {COPIES}": light(numbers) for name, numbers in smooth.items()},
    title="With noise against the noise, the map finds the thing",
    alt="The same maps, each the mean over noisy copies. Now bright regions stand out: the cat's eyes and mouth, the coffee "
    "in the cup and the saucer's rim, the tip of the rocket.",
)

# %% [markdown]
# Now it looks like an explanation: eyes and mouth for the cat, the coffee in the cup, the tip of the rocket. You would
# believe it, wouldn't you?
#
# ## 6. Ask someone who knows nothing
#
# Adebayo and others asked in 2018: what would the map look like for a network that has *learned nothing*? If it looks
# the same, then it shows the picture, or the build of the network, and nothing that was learned. They called it a
# sanity check. It is a few lines. Take the network, and give some of its layers new random weights: the last one alone,
# then the upper half, then all.
#
# **Predict:** a random last layer does not know an espresso from an accordion. What becomes of the map?

# %%
from scipy.stats import spearmanr


def forgetful(kept, seed=0):
    """The network with new random weights in all layers but the first few; its batch norms have seen some pictures."""
    cnnkit.seed(seed)
    model = copy.deepcopy(pretrained)
    for part in nn.Sequential(*list(model)[kept:]).modules():
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None  # the plain mean of what it sees
            part.train()
    with torch.no_grad():
        model(x_seen[::5])
    return model.eval()


def likeness(a, b):
    """How alike two maps order their pixels: 1 for the same order, about 0 for none (Spearman)."""
    return spearmanr(a.cpu().flatten(), b.cpu().flatten()).statistic


MODELS = {
    "trained": pretrained,
    "last layer forgotten": forgetful(20),
    "upper half forgotten": forgetful(9),
    "all forgotten": forgetful(0),
}
sheet, captions_below = [], []
for name, x in chosen.items():
    other = smooth_map(pretrained, x, (labels[name] + 500) % 1000)
    print(
        f"{name}: likeness to the trained network's map for another class {likeness(smooth[name], other):.2f}"
    )
    for who, model in MODELS.items():
        numbers = smooth_map(model, x, labels[name])
        sheet.append(light(numbers))
        captions_below.append(f"{who} {likeness(smooth[name], numbers):.2f}")
gallery(
    sheet,
    columns=len(MODELS),
    captions=captions_below,
    title="Without its last layer the network draws the same regions; with no learning at all, faint outlines\n"
    "(the number: likeness to the trained network's map)",
    alt="A row for each photograph, with four smoothed saliency maps: of the trained network, of one with a random last "
    "layer, of one whose upper half is random, and of one that is all random. The first two look alike; the last two are "
    "nearly even grey, with faint outlines of the cup and of the rocket.",
)

# %% [markdown]
# Two things at once:
#
# - The map *does* depend on what was learned. Without it, the bright regions are gone. Not all is: faint outlines
#   remain, and the likeness is well above 0. That part of the map is the picture, and how the network is built. The rest
#   is more than a picture of edges. Good.
# - It depends much less on the *class*. With a random last layer the map finds the same regions. Compare its number with
#   the one printed above, for the trained network and another class: they are alike. The map shows what the network looks
#   at, not why it says *espresso*.
#
# So "the network saw the cup" is fair. "It says espresso *because* of the rim" is a story.
#
# ### See it: how much of its field does a unit use?
#
# Your function takes any network, and a unit at one place is the logit of a shorter one. So you can ask which pixels a
# unit in the middle of its map hangs on, and keep a promise from part 1.


# %%
class MiddlePlace(nn.Module):
    """The values at the middle of the maps: (B, K, R, S) to (B, K)."""

    def forward(self, x):
        return x[:, :, x.shape[2] // 2, x.shape[3] // 2]


def used(last, share, n_pictures):
    """The side of the square, around the middle of all slopes, that holds a share of them, and that of the field."""
    shortened = nn.Sequential(*list(pretrained)[: last + 2], MiddlePlace())
    slopes = sum(saliency_map(shortened, x, unit) for unit, x in enumerate(x_seen[:n_pictures])).cpu()
    slopes /= slopes.sum()
    y, x = torch.meshgrid(*2 * [torch.arange(224.0)], indexing="ij")
    middle = [(slopes * axis).sum() for axis in (y, x)]
    apart = torch.maximum((y - middle[0]).abs(), (x - middle[1]).abs())
    reach = next(n for n in range(224) if slopes[apart <= n].sum() >= share)
    field = receptive_field([(f, s) for f, s, _ in steps_to(pretrained, f"block{last}")])[0]
    return 2 * reach + 1, field


for last in (2, 4, 7, 10):
    side, field = used(last, 0.9, 4 if cnnkit.quick() else 16)
    print(
        f"block {last:2}: 90 % of the slopes lie within {side:3} x {side:3} pixels of a field of {field:3} x {field:3}"
    )

# %% [markdown]
# The field is what a unit *could* see. What it uses is the middle of it, for many ways lead there from the middle
# pixels, and few from the edge (Luo and others, 2016).
#
# # Part 4: the way back
#
# ## 7. Send the signal back to the pixels
#
# Zeiler and Fergus went further than nine patches. They kept a unit's value at its strongest place, and set all else to
# 0. Then they sent this signal back through the network, to see which pattern of pixels it draws. (We start with a 1 in
# that place, which changes the scale alone.)
#
# Each layer needs a way back. You know them all:
#
# | layer | the way back | you built it in |
# | --- | --- | --- |
# | convolution | the transpose convolution, with the same filters | 3.6 |
# | max pooling | the signal goes to the place where the maximum was | 1.2, `pool_backward` |
# | ReLU | three rules, see below | |
#
# The first two are simply what a gradient does. **So the only choice is at the ReLU**, and there are three:
#
# | rule | what a ReLU lets through | name |
# | --- | --- | --- |
# | where it was on: the value that went *up* was above 0 | all, of either sign | the gradient |
# | where the signal that comes *down* is above 0 | only what is positive | the transposed view (Zeiler and Fergus) |
# | where both hold | only what is positive | guided backpropagation (Springenberg and others, 2014) |
#
# **Predict:** a ReLU got 3, -1, 2, -5 on the way up. On the way down come 1, 2, -4, -3. What does each rule let
# through?
#
# <details><summary>Compare with your answer</summary>
#
# The gradient: 1, 0, -4, 0. The transposed view: 1, 2, 0, 0. Guided: 1, 0, 0, 0.
#
# </details>
#
# PyTorch lets you put a hand into the way back. `part.register_full_backward_hook(function)` calls
# `function(part, grad_input, grad_output)` when a gradient comes through `part`. `grad_output[0]` is what came down to
# it, and `grad_input[0]` what it would hand on by the rule of the gradient. What the function gives back, a tuple, is
# handed on in its place. And `register_…` gives a handle, with which you take the hook off again.

# %% [markdown]
# ### Exercise 4: `transposed_view` (3 points)
#
# `features(model, x[None], [layer])[layer]` gives what a layer puts out, and gradients flow through it. A way by hand,
# layer by layer, is as good as hooks.
#
# <details><summary>Hint 1</summary>
#
# Without the hooks it is nearly `saliency_map`: the gradient of one number by the pixels. Which number? The highest one
# in the unit's map.
#
# <details><summary>Hint 2</summary>
#
# Every `nn.ReLU` and `nn.ReLU6` in `model.modules()` gets a hook. By the rule of Zeiler and Fergus it gives back
# `(grad_output[0].clamp(min=0),)`, whatever went up.
#
# <details><summary>Hint 3</summary>
#
# For the guided rule, `grad_input[0]` already is 0 where the ReLU was off. Cut its negative part off too. And take all
# hooks off at the end: `for hook in hooks: hook.remove()`, or the next one who asks gets strange gradients.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "transposed_view_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def transposed_view(model, layer, unit, x, guided=False):
    """Send a unit's signal back to the pixels, and only what is positive through each ReLU.

    A signal of 1 starts at the place where the unit's value is highest. Convolutions, poolings and normalisations send
    it back as a gradient does. A ReLU hands on what comes down to it where that is above 0, and 0 elsewhere; if guided,
    only where its own input was in the range that it lets through as well.

    Args:
        model: a module in evaluation mode, whose activations are nn.ReLU or nn.ReLU6, not in place.
        layer: the name of one of its layers, a str, as `features` takes it.
        unit: which unit of that layer, an int from 0. Its highest value stands at one place only.
        x: one picture, a float tensor of shape (C, H, W). It stays as it is, and so does the model.
        guided: whether it also counts what went up.

    Returns:
        A float tensor of shape (C, H, W): what arrives at the pixels.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """

    # 1. What each ReLU hands on: a hook, or a way of your own.
    ### BEGIN SOLUTION
    def rectified(part, masked, arrived):
        return ((masked if guided else arrived)[0].clamp(min=0),)

    activations = [part for part in model.modules() if isinstance(part, nn.ReLU | nn.ReLU6)]
    rules = [part.register_full_backward_hook(rectified) for part in activations]
    ### END SOLUTION
    # 2. From the unit's highest value back to the pixels.
    ### BEGIN SOLUTION
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    ### END SOLUTION
    # 3. Leave the model as it was.
    ### BEGIN SOLUTION
    for held in rules:
        held.remove()
    return view
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "transposed_view", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("transposed_view") as check:
    axes = ("channel", "row", "column")

    # Unit 0 of "up" copies the picture, unit 1 turns its sign. Behind the ReLU, "out" adds both in windows of 1 x 3.
    layers = [
        ("up", "Conv2d", 1, 2, 1, {"bias": False}),
        ("rectified", "ReLU"),
        ("out", "Conv2d", 2, 2, (1, 3), {"bias": False}),
    ]
    state = {
        "up.weight": torch.tensor([1.0, -1.0])[:, None, None, None],
        "out.weight": torch.tensor(
            [[[[5.0, -2.0, 3.0]], [[-4.0, 6.0, 1.0]]], [[[0.0, 1.0, 0.0]], [[0.0, 0.0, 0.0]]]]
        ),
    }
    model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
    x = torch.tensor([[[4.0, 2.0, -1.0, 3.0, -2.0], [0.5, 1.0, -7.0, 2.5, 0.25]]])

    # Its highest value stands in the lower row, at columns 1 to 3, where -7 counts 6 times as 7. Back it goes: 5, -2, 3
    # to unit 0, and -4, 6, 1 to unit 1. The ReLU lets 5, 0, 3 and 0, 6, 1 through, and unit 1 turns the sign.
    expected = torch.tensor([[[0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 5.0, -6.0, 2.0, 0.0]]])
    label = 'transposed_view(model, "out", 0, x)'
    check.equal(transposed_view(model, "out", 0, x), expected, label, axes=axes)

    # Guided: unit 0 was on for 1 and 2.5, unit 1 for -7 alone.
    expected = torch.tensor([[[0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 5.0, -6.0, 3.0, 0.0]]])
    label = 'transposed_view(model, "out", 0, x, guided=True)'
    check.equal(transposed_view(model, "out", 0, x, guided=True), expected, label, axes=axes)

    # A unit before the ReLU: no rule is needed, and the filter arrives.
    expected = torch.tensor([[[0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0, 0.0]]])
    label = 'transposed_view(model, "up", 1, x)'
    check.equal(transposed_view(model, "up", 1, x), expected, label, axes=axes)
    for guided in (False, True):
        fresh = testing.make("cnnkit.stacks.stack", layers, False, state=state)
        check.true(
            testing.unchanged(transposed_view, [fresh, "out", 1, x, guided]),
            f"With guided={guided}, transposed_view should leave the model and the picture as they were: take your hooks off.",
        )

# %% nbgrader={"grade": true, "grade_id": "transposed_view_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of transposed_view: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch import nn

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("transposed_view") as check:
    rng = testing.rng("transposed_view_hidden")
    for stride, activation, (H, W) in ((1, "ReLU", (8, 9)), (2, "ReLU6", (18, 14))):
        C, K, M, f = (int(n) for n in rng.integers([1, 3, 3, 2], [3, 6, 6, 4]))
        layers = [
            ("first", "Conv2d", C, K, f, {"padding": 1, "stride": stride}),
            ("pool", "MaxPool2d", 2),
            ("on", activation),
            ("block", "Sequential", [("deep", "Conv2d", K, M, 2), ("on", activation)]),
            ("last", "Conv2d", M, 4, 2),
        ]
        state = {
            name: torch.tensor(rng.normal(0, 0.7, value.shape), dtype=value.dtype)
            for name, value in stack(layers).state_dict().items()
        }
        # Filters without a mean, so that none is off everywhere.
        state["block.deep.weight"] -= state["block.deep.weight"].mean(dim=(1, 2, 3), keepdim=True)
        state["block.deep.bias"] = state["block.deep.bias"].abs()
        drawn = torch.tensor(rng.normal(0, 1, (8, C, H, W)), dtype=torch.float32)
        here = stack(layers, False).double()
        here.load_state_dict(state)
        flat = [part for part in here.modules() if not list(part.children())]
        for layer, depth, guided in (("last", 6, False), ("last", 6, True), ("block.deep", 4, False)):
            # The picture and the unit that are surest of their place; not the unit with the highest value of all.
            with torch.no_grad():
                first, second = (
                    nn.Sequential(*flat[:depth])(drawn.double()).flatten(2).topk(2).values.unbind(2)
                )
            apart = (first - second) * (first < first.amax(dim=1, keepdim=True))
            number, unit = divmod(int(apart.argmax()), apart.shape[1])
            x = drawn[number]
            # By trying: how does what each layer puts out change with each number that comes in?
            went_up, a = [], x.double()[None]
            with torch.no_grad():
                for part in flat[:depth]:
                    went_up.append(a)
                    a = part(a)
                signal = torch.zeros(a[0].numel(), dtype=torch.float64)
                signal[unit * a[0, 0].numel() + int(a[0, unit].argmax())] = 1.0
                for part, a in zip(flat[:depth][::-1], went_up[::-1], strict=True):
                    if "ReLU" in str(part):
                        was_on = ((a > 0) & ((a < 6) | (activation == "ReLU"))).flatten()
                        signal = signal.clamp(min=0) * (was_on if guided else 1)
                    else:
                        nudge = 1e-6 * torch.eye(a.numel(), dtype=torch.float64).reshape(-1, *a.shape[1:])
                        slopes = (part(a + nudge) - part(a - nudge)).flatten(1) / 2e-6
                        signal = slopes @ signal
            expected = signal.reshape(C, H, W).float()
            model = testing.make("cnnkit.stacks.stack", layers, False, state=state)
            label = f'transposed_view(model with {activation}, "{layer}", {unit}, x of {(C, H, W)}, guided={guided})'
            got = transposed_view(model, layer, unit, x, guided)
            check.equal(got, expected, label, axes=("channel", "row", "column"), rtol=1e-3, atol=1e-3)
        for guided in (False, True):
            fresh = testing.make("cnnkit.stacks.stack", layers, False, state=state)
            check.true(
                testing.unchanged(transposed_view, [fresh, "last", 1, x, guided]),
                f"With guided={guided}, transposed_view should leave the picture and the model as they are, without its hooks.",
            )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: three ways back
#
# Four units of the middle, each at its strongest patch. **Predict** which of the three ways draws the clearest picture.


# %%
def as_colours(view, box):
    """What arrived in a box of the pixels: grey for 0, brighter above, darker below, colour by colour."""
    x1, y1, x2, y2 = box
    part = view[:, y1:y2, x1:x2].cpu()
    return np.uint8(
        (127.5 * (1 + (part / part.abs().flatten().quantile(0.99).clamp(min=1e-12)).clamp(-1, 1)))
        .permute(1, 2, 0)
        .numpy()
    )


def plain_gradient(model, layer, unit, x):
    """The gradient of a unit's highest value by the pixels."""
    pixels = x.clone().requires_grad_()
    return torch.autograd.grad(features(model, pixels[None], [layer])[layer][0, unit].max(), pixels)[0]


sheet, below = [], []
for layer, unit in ((MIDDLE, UNIT), (MIDDLE, 105), (MIDDLE, 165), (MIDDLE, 214)):
    _, which, boxes = (part.cpu() for part in top_patches(pretrained, layer, unit, x_seen, 1))
    x, box = x_seen[which[0]], boxes[0].tolist()
    views = {
        "gradient": plain_gradient(pretrained, layer, unit, x),
        "transposed": transposed_view(pretrained, layer, unit, x),
        "guided": transposed_view(pretrained, layer, unit, x, guided=True),
    }
    x1, y1, x2, y2 = box
    sheet += [scaled(seen[which[0], y1:y2, x1:x2], 120)]
    sheet += [scaled(as_colours(view, box), 120) for view in views.values()]
    below += [f"{layer.partition('.')[0]}, unit {unit}", *views]
gallery(
    sheet,
    columns=4,
    captions=below,
    title="The gradient is noise; the transposed view draws a pattern",
    alt="Four patches, each beside three views of it on grey. The gradient is coloured noise each time. The transposed "
    "views are clean: red bars in slanting rows beside a row of windows; an upright blue-green spot beside a galaxy; a "
    "slanting one beside a bright slanting bar; a few orange spots beside a yellow tree. The guided views are finer and "
    "less clear.",
)

# %% [markdown]
# The transposed view is the cleanest. It looks like the unit's own idea: bars in rows, a spot, a slanting spot. Now look
# closer.
#
# ## 8. What does the picture depend on?
#
# **Ask yourself:** by the rule of Zeiler and Fergus the ReLUs do not look at what went up. Their network had max
# poolings, which remember the place of each maximum. Ours has none; it shrinks by strides. So what does the transposed
# view in our network know of the picture `x`?
#
# <details><summary>Compare with your answer</summary>
#
# Only at which place the unit was strongest. From there on the way back is the same for all pictures.
#
# </details>


# %%
def two_of_one_place(layer, unit):
    """Two pictures, of different photographs, in which a unit is strongest at the same place of its map."""
    places = maps_of(pretrained, layer, x_seen)[:, unit].flatten(1).argmax(dim=1).tolist()
    kinds = [caption.split()[0] for caption in captions]
    pairs = [
        (a, b) for b in range(len(seen)) for a in range(b) if places[a] == places[b] and kinds[a] != kinds[b]
    ]
    return pairs[0]


sheet, below, everything = [], [], (0, 0, SIDE, SIDE)
deep = {}
for unit in (1121, 1183):
    transposed = []
    for number in two_of_one_place("head.norm", unit):
        ways = [
            transposed_view(pretrained, "head.norm", unit, x_seen[number], guided) for guided in (False, True)
        ]
        sheet += [seen[number], *(as_colours(view, everything) for view in ways)]
        below += [captions[number], f"transposed, unit {unit}", f"guided, unit {unit}"]
        transposed.append(ways[0])
    apart = (transposed[0] - transposed[1]).abs().max() / transposed[0].abs().max()
    print(f"unit {unit}: the two transposed views differ by {apart:.0%} of their highest value")
    deep[unit] = transposed[0]
print(f"the transposed views of the two units order the pixels alike: {likeness(*deep.values()):.2f}")
gallery(
    sheet,
    columns=3,
    captions=below,
    title="Without pooling, the transposed view knows nothing of the picture",
    alt="Two pictures for each of two units of the head. Each has beside it a transposed view, the same soft green field "
    "each time, and a guided view, in which the outlines of the picture's own things are drawn in fine lines.",
)

# %% [markdown]
# The views are the same to the last digit, and at this depth even two *units* can hardly be told apart. The guided way
# looks at what went up, so it draws the outlines of the very picture: much better!
#
# Is it? You know whom to ask.

# %%
sheet, below = [], []
for kind in ("coins",) if cnnkit.quick() else ("coins", "coffee", "motorcycle"):
    number = next(n for n, caption in enumerate(captions) if caption.startswith(kind))
    sheet.append(seen[number])
    below.append(captions[number])
    for who in ("trained", "upper half forgotten", "all forgotten"):
        view = transposed_view(MODELS[who], "head.norm", 1121, x_seen[number], guided=True)
        sheet.append(as_colours(view, everything))
        below.append(who)
gallery(
    sheet,
    columns=4,
    captions=below,
    title="The network that has learned nothing draws the coins as well as the trained one",
    alt="A row for each photograph: coins, a coffee cup, a motorcycle, and three guided views of each, on grey. The trained "
    "network draws fine outlines in one part of the picture. The one with a random upper half draws outlines everywhere. "
    "The one that is all random draws the coins, the saucer and the fence behind the motorcycle in clear lines.",
)

# %% [markdown]
# A network with random weights draws the very same kind of picture. So the fine lines are not what the unit has
# learned. They are the *picture*, drawn again: where both rules let the signal through, it goes along edges, whatever
# the weights are (Adebayo and others 2018; Nie and others 2018 say why). The prettiest of the three says least.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A network has two layers of 5 × 5 filters at stride 2. How large is the field of a unit of the second, and what is
#    its jump?
# 2. You put a layer of 1 × 1 filters on top. What changes?
# 3. A unit's nine patches are all of one photograph of a zebra. What has gone wrong, and how do you mend it?
# 4. A saliency map of a *dense* layer right on the pixels, with one logit: on what of the picture does it depend?
# 5. Why can a saliency map of a network that says 99.9 % *espresso* be black beside those of other photographs, drawn on
#    one scale, if someone took the wrong gradient?
# 6. Someone shows you a heat map that lies neatly on the dog, for the class *dog*. Which two maps do you ask for before
#    you believe it?
#
# <details><summary>Answers</summary>
#
# 1. $1 + 4 + 4 \cdot 2 = 13$ pixels; the jump is 4.
# 2. Neither of the two: it looks at one place, at stride 1.
# 3. The nine strongest *places* were taken, not the strongest place of each of nine pictures. Or the album holds one
#    photograph many times.
# 4. On nothing: the slopes are the weights.
# 5. It was the probability's. There the softmax is flat, so all slopes are nearly 0.
# 6. One for another class, on the same picture, and one of a network with random weights.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…you take the gradient of the probability.** The surer the network, the flatter the softmax. We make it surer by
# doubling all its logits: the winner stays, the slopes of the logit double, and those of the probability fade.

# %%
x, label = chosen["coffee"], labels["coffee"]
for times in (1, 2, 4):
    surer = copy.deepcopy(pretrained)
    with torch.no_grad():
        surer.classifier.weight *= times
        surer.classifier.bias *= times
        share = surer(x[None]).softmax(1)[0, label].item()
    steepest = [
        saliency_map(model, x, label).max().item() for model in (surer, nn.Sequential(surer, nn.Softmax(1)))
    ]
    print(
        f"espresso {share:.3%}: steepest slope of the logit {steepest[0]:.2f}, of the probability {steepest[1]:.5f}"
    )

# %% [markdown]
# **…the network is left in training mode.** Nothing is raised. Batch normalisation takes mean and variance from the one
# picture that it gets, and the answer is another one. (The dropout adds dice to it.)

# %%
awake = copy.deepcopy(pretrained).train()
awake.dropout.eval()
with torch.no_grad():
    for name, model in {"evaluation": pretrained, "training": awake}.items():
        ((guess, share),) = nets.top_classes(model(x[None]).cpu(), 1)[0]
        print(f"in {name} mode the cup of coffee is: {guess}, {share:.0%}")

# %% [markdown]
# **…the jump is forgotten.** The place in the map is taken for a place in the picture. You get sharp, plausible
# patches. They are of somewhere else.

# %%
FINE, BARS = "block2.depthwise.norm", 72
values, which, boxes = (part.cpu() for part in top_patches(pretrained, FINE, BARS, x_seen))
maps = maps_of(pretrained, FINE, x_seen)[which, BARS].cpu()
places = maps.flatten(1).argmax(dim=1)
corner = torch.stack([places % maps.shape[2], places // maps.shape[2]], dim=1)
field = receptive_field([(f, s) for f, s, _ in steps_to(pretrained, FINE)])[0]
misplaced = torch.cat([corner, corner + field], dim=1)
gallery(
    [nine(seen, which, boxes, 100), nine(seen, which, misplaced, 100)],
    columns=2,
    captions=["at the right places", "without the jump"],
    title="The same unit, the same pictures: without the jump, walls and sky among the windows",
    alt="Two sheets of nine patches. At the right places there are windows and bars; without the jump, other parts of "
    "the same pictures, walls and sky, and a window only by chance.",
)

# %% [markdown]
# **…you take the nine strongest places.** Count the pictures they lie in.

# %%
for layer, units in DEPTHS.items():
    found = []
    for unit in units:
        maps = maps_of(pretrained, layer, x_seen)[:, unit]
        strongest = maps.flatten().topk(9).indices // maps[0].numel()
        found.append(len(strongest.unique()))
    print(f"{layer:22} the nine strongest places lie in so many pictures: {', '.join(map(str, found))}")

# %% [markdown]
# **…you look behind a ReLU6.** It cuts off at 6. In some layers many pictures reach that, and all of them are "strongest".
# Which nine you see is then decided by the order of the album.

# %%
for layer in ("block4.depthwise", "block7.depthwise", "head"):
    maps = maps_of(pretrained, f"{layer}.relu6", x_seen)
    full = (maps.flatten(2).amax(dim=2) == 6).float().sum(dim=0)
    share = (full > 9).float().mean()
    print(f"{layer}: {share:.0%} of the units reach 6 in more than nine of {len(seen)} pictures")

# %% [markdown]
# **…the hooks stay on.** The next gradient of the same network goes through them. Nothing is raised, and the map is no
# saliency map any more.

# %%
hooked = copy.deepcopy(pretrained)
before = saliency_map(hooked, x, label)
for part in hooked.modules():
    if isinstance(part, nn.ReLU6):
        part.register_full_backward_hook(lambda part, masked, arrived: (arrived[0].clamp(min=0),))
after = saliency_map(hooked, x, label)
print(f"likeness of the two 'saliency maps' of one network: {likeness(before, after):.2f}")

# %% [markdown]
# ## Your turn: cover it
#
# There is a way to ask a map whether it speaks the truth: cover what it calls important, and ask the network again. Put
# a photograph beside this notebook and write its name below. Without one, it is the Chinese palace. The picture is laid
# out in 64 squares. Once you cover the sixteen that are brightest in the map with grey, once the sixteen darkest.
#
# **Predict:** by how much does each of them make the network less sure?

# %%
from cnnkit.data import own_photo

own_file = ""  # for example "me.jpg"


def covered(x, numbers, brightest, count=16):
    """A picture (3, 224, 224) with the brightest or darkest of 8 x 8 squares, by a map (224, 224), made grey."""
    means = nn.functional.avg_pool2d(numbers[None, None], 28).flatten()
    shown = torch.ones_like(means)
    shown[means.topk(count, largest=brightest).indices] = 0
    return x * shown.reshape(1, 8, 8).repeat_interleave(28, 1).repeat_interleave(28, 2)


def tried(x, label, numbers):
    """The picture as it is, without its brightest and without its darkest squares, and how sure the network is."""
    three = torch.stack([x, covered(x, numbers, True), covered(x, numbers, False)])
    with torch.no_grad():
        return three, pretrained(three).softmax(1)[:, label].tolist()


mine = np.asarray(own_photo(own_file, photo("china")))
x = nets.preprocess(mine)[0].to(device)
with torch.no_grad():
    label = pretrained(x[None])[0].argmax().item()
numbers = smooth_map(pretrained, x, label)
three, shares = tried(x, label, numbers)
gallery(
    [light(numbers), *map(shown_as, three)],
    columns=4,
    captions=[
        "its map",
        *(
            f"{name}: {share:.1%}"
            for name, share in zip(("as it is", "brightest covered", "darkest covered"), shares, strict=True)
        ),
    ],
    title=f"How sure the network is of '{class_names()[label].partition(',')[0]}'",
    alt="A smoothed saliency map and three copies of its picture, one as it is, one with the sixteen brightest squares of "
    f"the map in grey, one with the sixteen darkest. The network is sure to {shares[0]:.1%}, {shares[1]:.1%}, "
    f"{shares[2]:.1%}.",
)
for name, x in chosen.items():
    _, shares = tried(x, labels[name], smooth[name])
    before, bright, dark = shares
    print(f"{name:7} '{said[name]}' {before:.1%}; brightest covered {bright:.1%}; darkest covered {dark:.1%}")

# %% [markdown]
# So the map is worth something: for these pictures, what it calls important costs most. (For the cat the darkest squares
# cost two thirds as much.) But try `photo("motorcycle")`: there the dark squares cost more than the bright ones.
# Then try sixteen squares at random. By how much does the map win against *them*, on ten photographs?
#
# ## Summary
#
# - A unit sees a patch: its receptive field. Each layer widens it by f - 1 times the *jump*, and multiplies the jump by
#   its stride. What a unit *uses* is the middle of it.
# - The nine patches that excite a unit most show what it answers to: colours and edges early, then textures, parts and
#   things. Take one place a picture, walk back to the pixels, and mind the padding.
# - Nine patches suggest a story. Test it: what does the network use the unit for, and what changes without it? Random
#   mixtures of units have themes too.
# - The saliency map is the gradient of the *logit* by the pixels, in evaluation mode. Averaged over noise it finds the
#   thing. It hardly says why the network chose *this class*.
# - Sent back to the pixels, a signal goes through convolutions and poolings as a gradient does. At the ReLU there are
#   three rules. The one that draws the prettiest lines draws them with random weights too.
# - Ask a network that knows nothing. If the explanation stays the same, it explains nothing that was learned.
#
# **Next:** the layers that you have looked into can be turned around. Lesson 4.3 takes *what* from one picture and *how*
# from another, and paints.

# %% [markdown]
# ## References
#
# - M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", *ECCV*, 2014. Nine patches for each
#   unit, and the transposed view.
# - K. Simonyan, A. Vedaldi, A. Zisserman, "Deep inside convolutional networks: visualising image classification models
#   and saliency maps", *ICLR workshop*, 2014. The saliency map, and that the transposed view is a gradient with another
#   rule.
# - J. T. Springenberg et al., "Striving for simplicity: the all convolutional net", *ICLR workshop*, 2015. Guided
#   backpropagation, and what the transposed view lacks without pooling.
# - C. Szegedy et al., "Intriguing properties of neural networks", *ICLR*, 2014. Random directions look as meaningful as
#   units.
# - W. Luo et al., "Understanding the effective receptive field in deep convolutional neural networks", *NeurIPS*, 2016.
# - D. Smilkov et al., "SmoothGrad: removing noise by adding noise", *ICML workshop*, 2017.
# - J. Adebayo et al., "Sanity checks for saliency maps", *NeurIPS*, 2018. Ask a network that knows nothing.
# - W. Nie, Y. Zhang, A. Patel, "A theoretical explanation for perplexing behaviors of backpropagation-based
#   visualizations", *ICML*, 2018. Why guided backpropagation draws the picture again.
# - A. Araujo, W. Norris, J. Sim, "Computing receptive fields of convolutional neural networks", *Distill*, 2019.
