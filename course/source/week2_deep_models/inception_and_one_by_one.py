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
# # 2.3 Inception, and filters of a single pixel
#
# **Why choose between small and large filters, if you can have them all? And what use is a filter of a single pixel?**
#
# The two questions have one answer. You take filters of all sizes at once, find that this is far too expensive, and mend
# it with filters of one pixel. Out of such modules you build a small GoogLeNet, twenty layers deep, and look at what keeps
# so deep a network from falling asleep.
#
# **After this lesson you can**
#
# - say what a 1 × 1 convolution computes, and three things that it is good for;
# - count the multiplications of any convolution, and make it ten times as cheap with a bottleneck;
# - write a module with branches, as an `nn.Module` that holds several `nn.Sequential`;
# - attach side branches to a network, and train it with a weighted loss;
# - measure the size of early gradients, and say when side branches help and when they do not.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 5 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lessons 1.2 and 1.3: convolution and pooling, networks as classes, training |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `pointwise` | a convolution with filters of 1 × 1 | 3 |
# | 2 | `multiplications` | counts what a convolution costs | 3 |
# | 3 | `InceptionBlock` | four branches beside each other | 3 |
# | 4 | `googlenet_loss` | adds up how wrong a network and its side branches are | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell you
# how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is judged by
# itself. Where the text says **Predict**, write your answer down before you go on.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `x` | (B, C, H, W) | a batch: B pictures or volumes, their channels, rows, columns |
# | `W` | (C_out, C_in) | the weights of a 1 × 1 convolution: one row for each filter |
# | `n_H`, `n_W`, `n_C` | | rows, columns and channels of what comes out of a layer |
# | `f`, `n_C_prev` | | side of the filters; channels of what comes in |
# | `y` | (B,) | the true classes |
#
# In the text, a volume is written rows × columns × channels.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: filters of a single pixel
#
# ## 1. One pixel, all channels
#
# **Predict:** a grey picture, 6 × 6 × 1, meets one filter of 1 × 1 whose only number is 2. What comes out?
#
# <details><summary>Compare with your answer</summary>
#
# The same picture, each number doubled. That is no great help, and it is why such filters look useless.
#
# </details>
#
# Now let there be 32 channels: a volume of 6 × 6 × 32. A filter is as deep as what comes in, so a filter of 1 × 1 has 32
# numbers. At each of the 36 places it takes the 32 numbers that lie behind one another, multiplies each by its own
# weight, and adds up.
#
# **Ask yourself:** 32 numbers go in, each has a weight, and the sum comes out. Where have you met that before?
#
# <details><summary>Compare with your answer</summary>
#
# It is one unit of a dense layer. With several filters it is a whole dense layer, the same at each of the 36 places. With
# a ReLU behind it, it is a little network of its own that sits on every pixel. Its inventors called it a *network in
# network*.
#
# </details>
#
# ![A volume of 6 by 6 by 32. The 32 numbers behind one place are drawn as a column. Lines lead from all of them to each
# unit of a dense layer, and its outputs stand at the same place of a volume of 6 by 6 by 5.](images/pointwise.svg)
#
# A 1 × 1 convolution knows nothing of neighbours. It only *mixes channels*. So it can
#
# - **shrink** the channels: 28 × 28 × 192 with 32 filters becomes 28 × 28 × 32. A pooling shrinks rows and columns, this
#   shrinks what pooling leaves alone;
# - **keep** their number, and with a ReLU let the network compute something more complicated at each place;
# - **grow** them.

# %% [markdown]
# ### Exercise 1: `pointwise` (3 points)
#
# No bias and no ReLU here: only the mixing. Do it with matrix products, with `torch.einsum`, or in loops, as you like.
#
# <details><summary>Hint 1</summary>
#
# At one place: `W @ x[b, :, row, column]` has C_out numbers. So four loops would do, but slowly.
#
# <details><summary>Hint 2</summary>
#
# `x.flatten(2)` lays all places of a channel in a row: (B, C_in, H·W). A matrix product `W @ …` then mixes the rows, for
# each picture of the batch.
#
# <details><summary>Hint 3</summary>
#
# `W @ x.flatten(2)` is (B, C_out, H·W). Reshape it to (B, C_out, H, W). Or say it in one line, with a letter for each
# axis: `torch.einsum("oc,bchw->bohw", W, x)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "pointwise_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pointwise(x, W):
    """Convolve with filters of 1 x 1: the same dense layer, without biases, at each place.

    Args:
        x: a batch of volumes, a float tensor of shape (B, C_in, H, W).
        W: the weights, a float tensor of shape (C_out, C_in), one row for each filter.

    Returns:
        A tensor of shape (B, C_out, H, W).

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Read off the sizes.
    B, C_in, H, W_x = x.shape
    # 2. Mix the channels of each place. Rows and columns stay as they are.
    ### BEGIN SOLUTION
    return (W @ x.reshape(B, C_in, H * W_x)).reshape(B, len(W), H, W_x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "pointwise", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("pointwise") as check:
    axes = ("picture", "channel", "row", "column")

    # Two channels of 2 x 3. The first filter adds them, the second takes twice the first less the second.
    x = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[10.0, 0.0, 0.0], [0.0, 20.0, 0.0]]]])
    W = torch.tensor([[1.0, 1.0], [2.0, -1.0]])
    expected = torch.tensor([[[[11.0, 2.0, 3.0], [4.0, 25.0, 6.0]], [[-8.0, 4.0, 6.0], [8.0, -10.0, 12.0]]]])
    check.equal(pointwise(x, W), expected, "pointwise(x of (1, 2, 2, 3), W of (2, 2))", axes=axes)

    # Two pictures of three channels and 3 x 3. One filter, which takes the middle channel only.
    x = torch.arange(54.0).reshape(2, 3, 3, 3)
    W = torch.tensor([[0.0, 1.0, 0.0]])
    check.equal(pointwise(x, W), x[:, 1:2], "pointwise(x of (2, 3, 3, 3), W of (1, 3))", axes=axes)
    check.true(testing.unchanged(pointwise, [x, W]), "pointwise should leave its arguments as they were.")

    # From one channel to three: the picture, the picture times 2, and nothing.
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    W = torch.tensor([[1.0], [2.0], [0.0]])
    expected = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[2.0, 4.0], [6.0, 8.0]], [[0.0, 0.0], [0.0, 0.0]]]])
    check.equal(pointwise(x, W), expected, "pointwise(x of (1, 1, 2, 2), W of (3, 1))", axes=axes)

# %% nbgrader={"grade": true, "grade_id": "pointwise_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of pointwise: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("pointwise") as check:
    rng = testing.rng("pointwise_hidden")
    for B, C_in, C_out, H, n_W in [
        (1, 4, 4, 3, 3),
        (2, 5, 5, 5, 5),
        (3, 6, 2, 4, 7),
        (2, 1, 3, 6, 2),
        (2, 3, 7, 1, 5),
    ]:
        x = torch.tensor(rng.normal(0, 2, (B, C_in, H, n_W)), dtype=torch.float32)
        W = torch.tensor(rng.normal(0, 2, (C_out, C_in)), dtype=torch.float32)

        # A dense layer, place by place.
        dense = torch.nn.Linear(C_in, C_out, bias=False)
        dense.load_state_dict({"weight": W})
        places = [dense(x[:, :, row, column]).detach() for row in range(H) for column in range(n_W)]
        expected = torch.stack(places, dim=2).unflatten(2, (H, n_W))
        label = f"pointwise(x of {tuple(x.shape)}, W of {tuple(W.shape)})"
        meanings = ("picture", "channel", "row", "column")
        check.equal(pointwise(x, W), expected, label, axes=meanings, rtol=1e-4, atol=1e-4)
        check.true(testing.unchanged(pointwise, [x, W]), f"{label} should leave its arguments as they were.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: three mixtures of red, green and blue
#
# A picture has three channels, so a filter of 1 × 1 on it has three numbers. **Predict** what each of these filters shows
# of our street: (⅓, ⅓, ⅓); (1, −½, −½); (0, 0, −1).

# %%
from cnnkit import pictures
from cnnkit.scenes import street_scene

street = street_scene(seed=42, size=192, difficulty=0.3).image
x_street = torch.from_numpy(street).permute(2, 0, 1)[None].float() / 255
mixtures = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [1.0, -0.5, -0.5], [0.0, 0.0, -1.0]])
grey, redness, no_blue = pointwise(x_street, mixtures)[0].numpy()
pictures.show(
    {"the street": street, "(⅓, ⅓, ⅓)": grey, "(1, −½, −½)": redness, "(0, 0, −1)": no_blue},
    title="Each filter of one pixel is a view of the colours; no edge moves, and none is blurred",
    alt="The street with a motorcycle, a car and a person, and three grey views of it: its brightness; how red each pixel "
    "is beyond green and blue, which lights up what is red or brown; and the negative of the blue channel, in which the "
    "sky is dark. All outlines stand where they were.",
)

# %% [markdown]
# Is it really a dense layer at each place? And how does PyTorch do it? There are two ways of writing it. As a *module*,
# which owns its weights, as layers do in `nn.Sequential`; and as a *function*, to which you hand the weights. The module
# calls the function.

# %%
cnnkit.seed(0)
volume, filters = torch.randn(1, 32, 6, 6), torch.randn(5, 32)

by_function = functional.conv2d(volume, filters[:, :, None, None])  # filters of (5, 32, 1, 1)

module = nn.Conv2d(32, 5, kernel_size=1, bias=False)
module.load_state_dict({"weight": filters[:, :, None, None]})

dense = nn.Linear(32, 5, bias=False)
dense.load_state_dict({"weight": filters})
at_each_place = dense(volume.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)  # a dense layer works on the last axis

ours = pointwise(volume, filters)
for name, theirs in {
    "functional.conv2d": by_function,
    "nn.Conv2d": module(volume),
    "36 times nn.Linear": at_each_place,
}.items():
    print(f"{name:20} {tuple(theirs.shape)}, differs from yours by at most {(ours - theirs).abs().max():.1e}")
print("192 channels to 32: ", tuple(pointwise(torch.randn(1, 192, 28, 28), torch.randn(32, 192)).shape))

# %% [markdown]
# ## 2. What a convolution costs
#
# A network on a phone or in a car has to be quick. What takes the time is multiplying. So count.
#
# **Predict:** a volume of 28 × 28 × 192 goes through 32 filters of 5 × 5 with "same" padding. It becomes 28 × 28 × 32. How
# many multiplications is that? First the numbers that come out; then the multiplications for one of them.
#
# <details><summary>Compare with your answer</summary>
#
# $28 \cdot 28 \cdot 32 = 25\,088$ numbers come out. For each, a window of $5 \cdot 5 \cdot 192 = 4800$ numbers is multiplied
# by a filter. Together $120\,422\,400$: 120 million, for one layer.
#
# </details>
#
# (The multiplications with the zeros of the padding are counted too. The additions are about as many, and nobody counts
# the biases.)

# %% [markdown]
# ### Exercise 2: `multiplications` (3 points)
#
# <details><summary>Hint 1</summary>
#
# How many numbers come out? It is a volume: rows times columns times channels.
#
# <details><summary>Hint 2</summary>
#
# For one of them, a filter is laid on a window. A filter of `f` × `f` is as deep as what comes in.
#
# <details><summary>Hint 3</summary>
#
# `n_H * n_W * n_C` numbers come out, each takes `f * f * n_C_prev` multiplications.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "multiplications_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    """Count the multiplications of a convolution, those with the zeros of its padding included.

    Args:
        n_H: rows of what comes out, an int.
        n_W: columns of what comes out, an int.
        n_C: channels of what comes out, as many as there are filters, an int.
        f: height and width of the filters in pixels, an int.
        n_C_prev: channels of what comes in, an int.

    Returns:
        The number of multiplications for one picture, an int. Biases take none.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. How many numbers come out?
    ### BEGIN SOLUTION
    outputs = n_H * n_W * n_C
    ### END SOLUTION
    # 2. How many multiplications does each of them take?
    ### BEGIN SOLUTION
    return outputs * f * f * n_C_prev
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "multiplications", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("multiplications") as check:
    # 2 x 3 places and 4 filters of 3 x 3 x 5: 24 numbers come out, each takes 45 multiplications.
    check.equal(multiplications(2, 3, 4, 3, 5), 1080, "multiplications(2, 3, 4, 3, 5)")

    # The layer of section 2.
    check.equal(multiplications(28, 28, 32, 5, 192), 120_422_400, "multiplications(28, 28, 32, 5, 192)")

    # A filter of a single pixel on a grey picture: one for each pixel.
    check.equal(multiplications(6, 7, 1, 1, 1), 42, "multiplications(6, 7, 1, 1, 1)")

# %% nbgrader={"grade": true, "grade_id": "multiplications_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of multiplications: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("multiplications") as check:
    rng = testing.rng("multiplications_hidden")
    for _case in range(6):
        n_H, n_W, n_C, f, n_C_prev = (int(n) for n in rng.integers([2, 9, 2, 2, 2], [8, 15, 40, 7, 30]))
        # Write all windows out as columns, and count their numbers: each meets every filter once.
        picture = torch.empty(1, n_C_prev, n_H + f - 1, n_W + f - 1)
        windows = torch.nn.functional.unfold(picture, f)
        label = f"multiplications({n_H}, {n_W}, {n_C}, {f}, {n_C_prev})"
        check.equal(multiplications(n_H, n_W, n_C, f, n_C_prev), windows.numel() * n_C, label)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: the neck of the bottle
#
# Now put a 1 × 1 convolution with only 16 filters *before* the 5 × 5. The volume first becomes narrow, 28 × 28 × 16, and
# then 28 × 28 × 32. What comes out has the same shape. The narrow volume is called a **bottleneck**.
#
# **Predict:** what do the two layers cost together? You have the function: ask it. And how narrow must the neck be, for
# this to pay at all?

# %%
direct = multiplications(28, 28, 32, 5, 192)


def through_neck(channels):
    """Multiplications of a 1 x 1 convolution to so many channels, and of a 5 x 5 convolution from there."""
    return multiplications(28, 28, channels, 1, 192), multiplications(28, 28, 32, 5, channels)


shrink, then = through_neck(16)
print(f"direct: {direct:,}     through a neck of 16: {shrink:,} + {then:,} = {shrink + then:,}")

necks = [4, 8, 16, 32, 64, 128, 192]
pays = max(channels for channels in range(1, 193) if sum(through_neck(channels)) < direct)
pictures.show_curves(
    necks,
    {"through the neck": [sum(through_neck(n)) / 1e6 for n in necks], "direct": [direct / 1e6] * len(necks)},
    xlabel="channels of the neck",
    ylabel="multiplications, millions",
    title=f"A neck of 16 makes it {direct / (shrink + then):.1f} times as cheap; up to {pays} channels it pays",
    alt=f"Two curves on logarithmic axes over the channels of the neck, from {necks[0]} to {necks[-1]}. The direct layer "
    f"takes {direct / 1e6:.0f} million multiplications throughout. Through the neck it is a rising straight line, "
    f"{(shrink + then) / 1e6:.1f} million at 16 channels, which crosses the other at {pays}.",
    logarithmic=True,
)

# %% [markdown]
# Does so narrow a neck hurt? It throws something away, for 192 numbers do not fit into 16. In practice networks learn to
# keep what matters, if the neck is not too narrow. That is an experience, not a law. Measure it, whenever you choose one.

# %% [markdown]
# # Part 2: all sizes at once
#
# ## 3. The Inception module
#
# For each layer somebody has to choose: filters of 1 × 1, of 3 × 3, of 5 × 5? Or rather a pooling? Things come in all
# sizes. In our street a wheel is a few pixels wide and a house fills half the picture. So do not choose. Take all of
# them, beside each other, and stack what they give. The network learns what it needs of each.
#
# **Predict:** 28 × 28 × 192 goes into four *branches*: 64 filters of 1 × 1; 128 filters of 3 × 3; 32 filters of 5 × 5; and a
# max pooling of 3 × 3. To be stacked, all results must have 28 rows and columns. What does that ask of padding and stride?
# And how many channels has the stack?
#
# <details><summary>Compare with your answer</summary>
#
# "Same" padding, and stride 1 everywhere, even for the pooling. A pooling keeps its channels, all 192 of them:
# $64 + 128 + 32 + 192 = 416$.
#
# </details>
#
# > **The notes say…** that this simple module gives 28 × 28 × 256, and draw its pooling branch with 32 channels. But a
# > pooling keeps the channels that come in: the stack has **416**. To get 256, a 1 × 1 convolution has to shrink the
# > pooling's 192 channels to 32. It belongs to the real module, which follows.
#
# With every such module the stack gets deeper, and 120 million multiplications for the 5 × 5 alone are too many. You know
# the remedy. The real module has three 1 × 1 convolutions more: one before the 3 × 3, one before the 5 × 5, and one
# *after* the pooling.
#
# ![The Inception module. A volume of 28 by 28 by 192 goes into four branches. First: 64 filters of 1 by 1. Second: 96
# filters of 1 by 1, then 128 of 3 by 3. Third: 16 filters of 1 by 1, then 32 of 5 by 5. Fourth: max pooling of 3 by 3 with
# stride 1, then 32 filters of 1 by 1. The four results, 64, 128, 32 and 32 channels, are stacked to 28 by 28 by
# 256.](images/inception.svg)
#
# > **The notes say…** in one place that 5 × 5 filters follow the 96 channels. The 96 belong to the **3 × 3** branch, and the
# > 5 × 5 filters follow the 16.
#
# **Try it.** What does a module cost, with the narrow layers and without? Three things to find out: which branch costs most
# once the necks are there? What does the wide module do to the channels? And what happens if you make a neck wider than
# what comes in? (Type a number, or use the arrows. Tab goes from
# field to field.)

# %%
from cnnkit import widgets

widgets.inception_costs(multiplications)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The calculator. Above, eight fields: rows and columns 28, channels in 192, then the filters 64, 96, 128, 16, 32 and 32.
# Below, a table of the branches, with necks and without. With necks: 1 by 1 takes 9.6 million multiplications, 3 by 3 takes
# 101.2, 5 by 5 takes 12.4, the pooling 4.8; together 128 million and 163,696 parameters for 28 by 28 by 256. Without:
# 9.6, 173.4, 120.4 and none; together 303 million and 387,296 parameters for 28 by 28 by 416.](images/inception_costs.png)
#
# The table counts parameters with your function too. **Ask yourself:** how can a count of multiplications tell the number
# of weights?
#
# <details><summary>Compare with your answer</summary>
#
# At a single place, 1 × 1, each weight is used exactly once. So `multiplications(1, 1, n_C, f, n_C_prev)` is the number
# of weights. The biases are `n_C` more.
#
# </details>

# %% [markdown]
# ### Exercise 3: `InceptionBlock` (3 points)
#
# Each branch is a row of layers, so `nn.Sequential` does for it. The four beside each other are no row: that needs a class
# with `forward`.
#
# <details><summary>Hint 1</summary>
#
# Begin with the first branch: `self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())`. Both convolutions of
# the second and third have a ReLU.
#
# <details><summary>Hint 2</summary>
#
# The padding that keeps rows and columns is 1 for 3 × 3 and 2 for 5 × 5. The pooling wants to be told its stride:
# `nn.MaxPool2d(3, stride=1, padding=1)`. Left to itself it takes a stride of 3.
#
# <details><summary>Hint 3</summary>
#
# In `forward`, call each branch on the same `x`, and stack along the channels: `torch.cat([…], dim=1)`, in the order of
# the docstring.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "InceptionBlock_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class InceptionBlock(nn.Module):
    """Four branches beside each other, whose channels are stacked. Rows and columns stay as they are.

    With filters = (n1, r3, n3, r5, n5, n_pool) the branches are, and are stacked, in this order:

    1. n1 filters of 1 x 1;
    2. r3 filters of 1 x 1, then n3 filters of 3 x 3;
    3. r5 filters of 1 x 1, then n5 filters of 5 x 5;
    4. max pooling with a window of 3 x 3 and stride 1, then n_pool filters of 1 x 1.

    Each of the six convolutions has stride 1, biases, and a ReLU behind it. Make them in this order, under names of your
    choice, so that the block's parameters come in this order: weights, then biases, six times.
    """

    def __init__(self, in_channels, filters):
        """Make the layers.

        Args:
            in_channels: channels that come in, an int.
            filters: six ints (n1, r3, n3, r5, n5, n_pool), as above.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        # One nn.Sequential for each of the four branches.
        ### BEGIN SOLUTION
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.pooled = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU()
        )
        ### END SOLUTION

    def forward(self, x):
        """Send a batch through the four branches.

        Args:
            x: a batch of volumes, (B, in_channels, H, W).

        Returns:
            The four results, stacked along the channels: (B, n1 + n3 + n5 + n_pool, H, W).
        """
        # Every branch gets x. Stack what they give.
        ### BEGIN SOLUTION
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pooled(x)], dim=1)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "InceptionBlock", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("InceptionBlock") as check:
    axes = ("picture", "channel", "row", "column")
    block = InceptionBlock(1, (1, 1, 1, 1, 1, 1))
    check.equal(testing.kind(block), "Module", "the kind of InceptionBlock(1, (1, 1, 1, 1, 1, 1))")
    described = testing.describe(block)["parameters"]
    shapes = [tuple(shape) for _, shape, _ in described]
    sides = [1, 1, 3, 1, 5, 1]
    wanted = [shape for f in sides for shape in ((1, 1, f, f), (1,))]
    check.equal(
        shapes, wanted, "the shapes of the weights and biases of InceptionBlock(1, (1, 1, 1, 1, 1, 1))"
    )

    # One white dot on black, and in each convolution a single number: 3 in the first, 2 in the 3 x 3, 1 in the 5 x 5, 4
    # after the pooling, 1 in the necks. The branches then show how far they look.
    numbers = dict(zip([name for name, _, _ in described][::2], (3.0, 1.0, 2.0, 1.0, 1.0, 4.0), strict=True))
    state = {name: torch.full(tuple(shape), numbers.get(name, 0.0)) for name, shape, _ in described}
    block.load_state_dict(state)
    dot = functional.pad(torch.ones(1, 1), (3, 3, 3, 3))
    near = functional.pad(torch.ones(3, 3), (2, 2, 2, 2))
    far = functional.pad(torch.ones(5, 5), (1, 1, 1, 1))
    expected = torch.stack([3 * dot, 2 * near, far, 4 * near])[None]
    check.equal(block(dot[None, None]).detach(), expected, "the block's output for a white dot", axes=axes)

    # Three channels, in which numbers may be negative, and no two branches are alike.
    block = InceptionBlock(3, (2, 3, 1, 2, 4, 3))
    described = testing.describe(block)["parameters"]
    state = {
        name: (torch.arange(float(torch.Size(shape).numel())) * 3 % 7 - 3).reshape(tuple(shape))
        for name, shape, _ in described
    }
    block.load_state_dict(state)
    x = (torch.arange(2 * 3 * 20.0) * 5 % 11 - 7).reshape(2, 3, 4, 5)
    out = block(x).detach()
    check.equal(
        tuple(out.shape), (2, 10, 4, 5), "the shape of InceptionBlock(3, (2, 3, 1, 2, 4, 3)) of (2, 3, 4, 5)"
    )
    sums = torch.tensor(
        [[48, 62, 500, 256, 263, 373, 255, 6, 2, 6], [51, 47, 493, 199, 236, 353, 177, 9, 4, 15]],
        dtype=torch.float32,
    )
    check.equal(out.sum((2, 3)), sums, "the sum of each channel", axes=("picture", "channel"))

# %% nbgrader={"grade": true, "grade_id": "InceptionBlock_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of InceptionBlock: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("InceptionBlock") as check:
    rng = testing.rng("InceptionBlock_hidden")
    for C, H, n_W in ((3, 5, 8), (6, 7, 4), (1, 3, 3)):
        counts = tuple(int(n) for n in rng.integers(1, 7, 6))
        b1, r3, b3, r5, b5, bp = counts
        block = InceptionBlock(C, counts)
        convolutions = [(b1, C, 1), (r3, C, 1), (b3, r3, 3), (r5, C, 1), (b5, r5, 5), (bp, C, 1)]
        wanted = [shape for out, deep, f in convolutions for shape in ((out, deep, f, f), (out,))]
        label = f"InceptionBlock({C}, {counts})"
        described = testing.describe(block)["parameters"]
        check.equal(
            [tuple(shape) for _, shape, _ in described],
            wanted,
            f"the shapes of the weights and biases of {label}",
        )
        values = [torch.tensor(rng.normal(0, 1, shape), dtype=torch.float32) for shape in wanted]
        block.load_state_dict({name: value for (name, _, _), value in zip(described, values, strict=True)})
        x = torch.tensor(rng.normal(-1, 1, (2, C, H, n_W)), dtype=torch.float32, requires_grad=True)

        # By products of matrices: windows as columns, and a border that no maximum can choose.
        def layer(maps, number, f, values=values):
            columns = functional.unfold(maps, f, padding=f // 2)
            sums = values[2 * number].flatten(1) @ columns + values[2 * number + 1][:, None]
            return sums.clamp(min=0).unflatten(2, maps.shape[2:])

        bordered = functional.pad(x, (1, 1, 1, 1), value=float("-inf"))
        largest = bordered.unfold(2, 3, 1).unfold(3, 3, 1).amax((4, 5))
        expected = torch.cat(
            [
                layer(x, 0, 1),
                layer(layer(x, 1, 1), 2, 3),
                layer(layer(x, 3, 1), 4, 5),
                layer(largest, 5, 1),
            ],
            dim=1,
        )
        axes = ("picture", "channel", "row", "column")
        seen, (upstream,) = x.detach(), torch.autograd.grad(expected.sum(), x)
        for is_training in (True, False):
            block.train(is_training)
            check.equal(
                block(seen).detach(),
                expected.detach(),
                f"{label} of x, {tuple(x.shape)}",
                axes=axes,
                rtol=1e-3,
                atol=1e-3,
            )
        check.equal(
            testing.grad(block, [seen], 0),
            upstream,
            f"the gradient of {label} for x",
            axes=axes,
            rtol=1e-3,
            atol=1e-3,
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: how far each branch looks
#
# Make a block, and ask of one number in the middle of each branch's result: which pixels have a say in it? **Predict** the
# four areas, the pooling's among them.

# %%
cnnkit.seed(0)
block = InceptionBlock(1, (8, 8, 8, 8, 8, 8))
with torch.no_grad():
    for parameter in block.parameters():
        parameter.abs_()  # no number below 0, so that no ReLU hides anything
x_flat = torch.rand(1, 1, 9, 9, requires_grad=True)
views = {}
for name, first in {"1 × 1": 0, "3 × 3": 8, "5 × 5": 16, "pooling": 24}.items():
    (moved,) = torch.autograd.grad(block(x_flat)[0, first : first + 8, 4, 4].sum(), x_flat)
    views[name] = (moved[0, 0] != 0).float().numpy()
counted = [int(view.sum()) for view in views.values()]
pictures.show(
    views,
    title=f"One number of each branch depends on {counted[0]}, {counted[1]}, {counted[2]} and {counted[3]} pixels",
    alt=f"Four pictures of 9 by 9 pixels with a white square. For the branches of 1 × 1, 3 × 3 and 5 × 5 it lies in the "
    f"middle and has {counted[0]}, {counted[1]} and {counted[2]} pixels. For the pooling it is {counted[3]} pixel, beside "
    "the middle.",
)

# %% [markdown]
# The pooling looks at nine pixels and lets the largest alone decide. And the block that the paper begins with:

# %%
module_3a = InceptionBlock(192, (64, 96, 128, 16, 32, 32))
with torch.no_grad():
    stacked = module_3a(torch.randn(1, 192, 28, 28))
print("28 x 28 x 192 becomes", " x ".join(str(n) for n in (*stacked.shape[2:], stacked.shape[1])))
print(f"parameters: {sum(p.numel() for p in module_3a.parameters()):,}")

# %% [markdown]
# # Part 3: GoogLeNet
#
# ## 4. Nine modules in a row
#
# GoogLeNet, of 2014, is nine such modules in a row, with a max pooling here and there to make rows and columns smaller.
# It won that year's ImageNet competition. The name bows to LeNet; *inception* comes from a film, by way of a picture
# that went round the internet: "we need to go deeper".
#
# **Predict:** VGG-16, second in that competition, has 138 million parameters. How many do GoogLeNet's nine modules have?
#
# The cell below holds the paper's table, and a small GoogLeNet made from *your* block: for digits of 28 × 28, with an
# eighth of the channels, the nine modules all there. Read `forward`: what is different when the network is not training?

# %% nbgrader={"grade": false, "grade_id": "net_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from torch import nn
from torch.nn import functional

import cnnkit

MODULES = {  # the filters of the paper's nine modules
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def side_branch(channels):
    """A little network of its own: from a volume of 7 x 7 in the middle of the large one to ten logits."""
    layers = [nn.AvgPool2d(3, stride=2), nn.Conv2d(channels, 16, 1), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(3 * 3 * 16, 64), nn.ReLU(), nn.Linear(64, 10))


class SmallGoogLeNet(nn.Module):
    """GoogLeNet for digits: nine modules with an eighth of the paper's channels, and two side branches."""

    def __init__(self):
        super().__init__()
        channels = 192 // 8
        self.stem = nn.Sequential(nn.Conv2d(1, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.blocks, self.sides = nn.ModuleDict(), nn.ModuleDict()
        for name, filters in MODULES.items():
            n1, r3, n3, r5, n5, n_pool = (n // 8 for n in filters)
            self.blocks[name] = InceptionBlock(channels, (n1, r3, n3, r5, n5, n_pool))
            channels = n1 + n3 + n5 + n_pool
            if name in ("4a", "4d"):
                self.sides[name] = side_branch(channels)
        self.head = nn.Linear(channels, 10)

    def forward(self, x):
        """(B, 1, 28, 28) to three times logits, (B, 10); in evaluation mode to logits, None, None."""
        x, sides = self.stem(x), []
        for name, block in self.blocks.items():
            x = block(functional.max_pool2d(x, 2) if name in ("4a", "5a") else x)
            if name in self.sides:
                sides.append(self.sides[name](x) if self.training else None)
        return self.head(x.mean(dim=(2, 3))), *sides


# %%
channels, total = 192, 0
for name, filters in MODULES.items():
    with torch.device("meta"):  # shapes without numbers: nothing is computed
        learned = sum(p.numel() for p in InceptionBlock(channels, filters).parameters())
    print(f"{name}: {channels:4} channels in, {learned:9,} parameters")
    channels, total = filters[0] + filters[2] + filters[4] + filters[5], total + learned
print(f"nine modules: {total:,} parameters; out of the last come {channels} channels")
print(f"the small one, side branches included: {sum(p.numel() for p in SmallGoogLeNet().parameters()):,}")

# %% [markdown]
# A part of the saving is the end of the network: no large dense layers. The rows and columns that are left are averaged,
# and one dense layer decides.
#
# ![The small GoogLeNet from left to right: a stem, modules 3a and 3b on 14 by 14, a pooling, modules 4a to 4e on 7 by 7, a
# pooling, modules 5a and 5b on 3 by 3, an average, a dense layer and the logits. A side branch leaves behind 4a and
# another behind 4d; each ends in logits of its own.](images/small_googlenet.svg)
#
# ## 5. Side branches
#
# Twenty layers are many. The error that the last layer finds has to travel all the way back to the first, and each layer
# on the way multiplies it. So GoogLeNet has two **side branches**: small networks that leave the large one in its middle
# and try to say the class *there*. That is harder with fewer layers, but not hopeless. Their errors reach the early
# layers by a shorter way.
#
# While training, the loss is a weighted sum:
#
# $$ \text{loss} = \text{CE}(\text{logits}, y) + w \cdot \big( \text{CE}(\text{side}_1, y) + \text{CE}(\text{side}_2, y) \big) $$
#
# CE is the cross-entropy, a mean over the batch, and $w$ is 0.3 in the paper. When the network is judged or used, the
# side branches are thrown away. In our network they then give `None`, and the loss is the cross-entropy of the logits
# alone.

# %% [markdown]
# ### Exercise 4: `googlenet_loss` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `functional.cross_entropy(logits, y)` takes logits, does the softmax, and gives the mean over the batch.
#
# <details><summary>Hint 2</summary>
#
# First the loss of the logits. Then, for each side branch that is not `None`, add `weight` times its own.
#
# <details><summary>Hint 3</summary>
#
# `loss = functional.cross_entropy(logits, y)`, then `for side in (side1, side2):` and `if side is not None:`, in which
# `loss = loss + weight * functional.cross_entropy(side, y)`. Return the tensor, no `.item()`: a gradient has to flow.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "googlenet_loss_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    """Say how wrong a network with two side branches is.

    Args:
        logits: of the network, a float tensor of shape (B, number of classes).
        side1: logits of the first side branch, of the same shape; None where the network is in evaluation mode.
        side2: the same of the second side branch; None whenever side1 is.
        y: the true classes, an int64 tensor of shape (B,).
        weight: how much each side branch counts, a float.

    Returns:
        A tensor with one number, of shape (): the mean cross-entropy of the logits, and, where there are side branches,
        weight times that of each of them. Gradients flow to all the logits that there are.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. How wrong are the network's own logits?
    ### BEGIN SOLUTION
    loss = functional.cross_entropy(logits, y)
    ### END SOLUTION
    # 2. Add each side branch, if there is one.
    ### BEGIN SOLUTION
    for side in (side1, side2):
        if side is not None:
            loss = loss + weight * functional.cross_entropy(side, y)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "googlenet_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("googlenet_loss") as check:
    # Two pictures of class 0. With so large logits the cross-entropy is plain: 0 where the right one is the largest, else
    # by how much it is too small. So 32 for the logits, the mean of 0 and 64; and 64 and 16 for the side branches.
    y = torch.tensor([0, 0])
    logits = torch.tensor([[64.0, 0.0], [0.0, 64.0]])
    side1 = torch.tensor([[0.0, 64.0], [0.0, 64.0]])
    side2 = torch.tensor([[32.0, 64.0], [64.0, 0.0]])

    # 32 + 0.25 * (64 + 16).
    loss = googlenet_loss(logits, side1, side2, y, 0.25)
    check.equal(testing.kind(loss), "Tensor", "the kind of googlenet_loss(logits, side1, side2, y, 0.25)")
    check.equal(loss, torch.tensor(52.0), "googlenet_loss(logits, side1, side2, y, 0.25)")
    check.equal(
        googlenet_loss(logits, side1, side2, y, 0.5),
        torch.tensor(72.0),
        "googlenet_loss(logits, side1, side2, y, 0.5)",
    )

    # Evaluation: no side branches.
    check.equal(
        googlenet_loss(logits, None, None, y), torch.tensor(32.0), "googlenet_loss(logits, None, None, y)"
    )

    # What a side branch should change: in both pictures class 0 up and class 1 down, each a quarter of a half.
    expected = torch.tensor([[-0.125, 0.125], [-0.125, 0.125]])
    check.equal(
        testing.grad(googlenet_loss, [logits, side1, side2, y, 0.25], 1), expected, "the gradient for side1",
        axes=("picture", "class"),
    )  # fmt: skip

# %% nbgrader={"grade": true, "grade_id": "googlenet_loss_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of googlenet_loss: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("googlenet_loss") as check:
    rng = testing.rng("googlenet_loss_hidden")
    for B, classes, weight in (
        (4, 10, 0.3),
        (1, 3, float(rng.uniform(0.05, 0.25))),
        (7, 5, float(rng.uniform(0.4, 2))),
    ):
        scores = rng.normal(0, 3, (3, B, classes))
        true = rng.integers(0, classes, B)
        y = torch.tensor(true)
        given = [torch.tensor(one, dtype=torch.float32) for one in scores]

        # By hand: the logarithm of a sum of exponentials, less the right logit.
        chances = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
        wrong = -np.log(chances[:, np.arange(B), true]).mean(axis=1)
        shares = np.array([1.0, weight, weight])
        label = f"googlenet_loss(logits, side1, side2 of {(B, classes)}, y, {weight:.2f})"
        together = torch.tensor(float(wrong @ shares), dtype=torch.float32)
        alone = torch.tensor(float(wrong[0]), dtype=torch.float32)
        loss = googlenet_loss(*given, y, weight)
        check.equal(testing.kind(loss), "Tensor", f"the kind of {label}")
        check.equal(loss, together, label, rtol=1e-4, atol=1e-5)
        left_out = googlenet_loss(given[0], None, None, y, weight)
        check.equal(left_out, alone, "googlenet_loss(logits, None, None, y, …)", rtol=1e-4, atol=1e-5)
        if weight == 0.3:
            check.equal(
                googlenet_loss(*given, y), together, "the loss with the weight left out", rtol=1e-4, atol=1e-5
            )

        # The gradient of each: the chances, less 1 at the true class, by the share and the mean over the batch.
        right = np.eye(classes)[true]
        for number, name in enumerate(("logits", "side1", "side2")):
            slope = torch.tensor(shares[number] * (chances[number] - right) / B, dtype=torch.float32)
            got = testing.grad(googlenet_loss, [*given, y, weight], number)
            check.equal(
                got, slope, f"the gradient for {name}", axes=("picture", "class"), rtol=1e-3, atol=1e-5
            )
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Do side branches keep the early layers awake?
#
# So the story goes. You can measure it: how large is the gradient of the very first convolution, with side branches and
# without? **Predict** by which factor they change it.
#
# One thing more has to be varied: the random numbers that the network *begins* with. PyTorch's own are small, so that
# each layer makes the numbers that go through it somewhat smaller. He and others chose them so that a layer with a ReLU
# keeps their size: normal random numbers of deviation $\sqrt{2 / n}$, where $n$ is how many numbers a unit gets.


# %%
def small_googlenet(start, seed):
    """A new network whose weights begin as PyTorch has them, or as He has them."""
    cnnkit.seed(seed)
    model = SmallGoogLeNet()
    for layer in model.modules():
        if start == "He" and hasattr(layer, "weight"):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return model.to(device, memory_format=torch.channels_last)  # the same numbers, laid out for speed


def shares_read(model, x, y):
    """The share of digits that the network reads rightly."""
    model.eval()
    with torch.no_grad():
        return (model(x)[0].argmax(dim=1) == y).float().mean().item()


def watched(start, weight, seed, steps):
    """The size of the first convolution's gradient in each step of a training, and the share read after it."""
    model, sizes = small_googlenet(start, seed), []
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    batches = cnnkit.Batches(x_train, y_train, size=32, seed=seed)
    while len(sizes) < steps:
        for some, true in batches:
            optimizer.zero_grad()
            googlenet_loss(*model.train()(some), true, weight).backward()
            sizes.append(model.stem[0].weight.grad.norm().item())
            optimizer.step()
            if len(sizes) == steps:
                break
    return sizes, shares_read(model, x_test, y_test)


# %%
from cnnkit.data import digits


def as_batch(part):
    """Digits as x, (N, 1, 28, 28), from 0 to 1, and y, (N,)."""
    images, labels = digits(part)
    return (torch.from_numpy(images)[:, None].float() / 255).to(device), torch.from_numpy(labels).to(device)


x_train, y_train = as_batch("train")
x_test, y_test = as_batch("test")

steps = 3 if cnnkit.quick() else 200
beginnings = range(1 if cnnkit.quick() else 3)
ways = [(start, weight) for start in ("PyTorch", "He") for weight in (0.0, 0.3)]
runs = {way: [watched(*way, seed, steps) for seed in beginnings] for way in ways}
marks = [n for n in (1, 2, 3, 5, 10, 20, 50, 100, 200) if n <= steps]


def typical(way, n):
    """The size around step n: the geometric mean of the fifth of the steps that ends there, over all beginnings."""
    return float(np.exp(np.mean([np.log(sizes[n - 1 - n // 5 : n]).mean() for sizes, _ in runs[way]])))


factors = {start: typical((start, 0.3), 1) / typical((start, 0.0), 1) for start in ("PyTorch", "He")}
curves = {
    f"{start}, {'with' if weight else 'without'}": [typical((start, weight), n) for n in marks]
    for start, weight in ways
}
pictures.show_curves(
    marks,
    curves,
    xlabel="step of the training",
    ylabel="size of the first convolution's gradient",
    title=f"At the first step side branches make it {factors['PyTorch']:.0f} times as large from PyTorch's start,\n"
    f"and {factors['He']:.1f} times from He's",
    alt="Four curves on logarithmic axes over the steps of the training. "
    + " ".join(f"{name}: from {each[0]:.1g} to {each[-1]:.1g}." for name, each in curves.items()),
    logarithmic=True,
)
for start, weight in ways:
    shares = ", ".join(f"{share:.0%}" for _, share in runs[start, weight])
    print(f"start of {start:8} weight of the side branches {weight}: {steps} steps later it reads {shares}")

# %% [markdown]
# What do the numbers say? From PyTorch's start the gradient fades on its way through twenty layers, to about a millionth.
# The network sleeps: after 200 steps, two of the three beginnings still guess. The side branches send its first layers a much
# larger gradient, and it has begun to read. So the story is true *here*.
#
# From He's start nothing fades, and the side branches hardly matter: what they change is smaller than what differs from
# one beginning to the next. Good beginnings, and batch normalisation, which came a year later, cure the same illness more
# simply. The authors themselves looked again in 2016, with batch normalisation: early in the training they saw no
# difference, and at the end a slightly better network. They concluded that side branches do not wake early layers, but
# *regularise*: layers in the middle that also have to be good for another task cling less to single examples.
#
# The lesson behind the lesson: a reason that everybody repeats is a claim. Measure it where you want to use it.
#
# ## 7. Train it
#
# Now all 4,000 digits, three times over, with He's start and side branches. **Predict:** how many of the 1,000 digits that
# it has never seen will it read? And how many would the *first side branch* read, which sits behind the third of the nine
# modules?

# %%
reader = small_googlenet("He", seed=0)
history = cnnkit.fit(
    reader,
    cnnkit.Batches(x_train, y_train, size=32),
    lambda outputs, y: googlenet_loss(*outputs, y),
    epochs=3,
    optimizer=torch.optim.Adam(reader.parameters(), lr=0.002),
    validation=cnnkit.Batches(x_test, y_test, size=200, shuffle=False),
)

# %% [markdown]
# Is the loss on new digits really lower than on those it learns from? **Ask yourself** what is counted in which curve.
#
# <details><summary>Compare with your answer</summary>
#
# In training the side branches count, in the validation they do not. So the two curves cannot be compared. (Besides, the
# training loss is a mean over an epoch in which the network was still learning.)
#
# </details>

# %%
for when, model in {"before": small_googlenet("He", seed=0), "after": reader}.items():
    with torch.no_grad():
        answers = model.train()(x_test)  # in training mode, so that the side branches speak
    for name, logits in zip(
        ("the network", "side branch behind 4a", "side branch behind 4d"), answers, strict=True
    ):
        print(f"{when:6} the training, {name:21} reads {(logits.argmax(dim=1) == y_test).float().mean():.1%}")

# %% [markdown]
# What the layers in the middle have found is already good for reading. For digits three modules are plenty; for a
# thousand kinds of things, among them a hundred breeds of dogs, they are not.
#
# **And then?** *Inception v2* put batch normalisation behind the convolutions, two 3 × 3 in the place of a 5 × 5, and 1 × 7
# with 7 × 1 in the place of a 7 × 7. *v3* is v2 trained better, with another optimizer and softened labels, and with batch
# normalisation in the side branch. *v4* put the modules in better order, and *Inception-ResNet* added the shortcuts of
# lesson 2.2 to them: it learns faster, and reads about as well.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A volume of 14 × 14 × 512 goes through 64 filters of 1 × 1. What comes out, and how many multiplications does it take?
# 2. Two 1 × 1 convolutions follow each other, without a ReLU. What could you put in their place?
# 3. In an Inception module you swap the 1 × 1 convolution and the pooling in the last branch: first shrink, then pool. Same
#    shape? Same result?
# 4. Why is the order in which the branches are stacked of no importance before training, but of great importance after?
# 5. A friend reports that with side branches the loss on new data is worse, 0.21 against 0.12, but more digits are read
#    rightly. What do you ask first?
#
# <details><summary>Answers</summary>
#
# 1. 14 × 14 × 64; $14 \cdot 14 \cdot 64 \cdot 512 = 6\,422\,528$.
# 2. One 1 × 1 convolution, whose matrix is the product of the two.
# 3. The same shape, and it is even cheaper to pool. Another result: the largest of sums is not the sum of the largest.
# 4. The next layer's filters have a weight for each channel. They are learned for the order that they saw.
# 5. Whether the side branches were counted in that loss. See the last fault below.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…the pooling branch has no 1 × 1 convolution.** Each module then keeps all channels that come in, and adds its own.

# %%
channels = 192
for number in range(1, 6):
    products = sum(multiplications(28, 28, n, f, channels) for n, f in ((64, 1), (128, 3), (32, 5)))
    print(
        f"wide module {number}: {channels:4} channels become {channels + 224:5}, {products / 1e6:6,.0f} million"
    )
    channels += 64 + 128 + 32

# %% [markdown]
# **…one branch has no padding.** Rows and columns no longer agree, and PyTorch says so: an honest fault.

# %%
with_padding, without = nn.Conv2d(8, 4, 3, padding=1), nn.Conv2d(8, 4, 5)
some = torch.randn(1, 8, 14, 14)
try:
    torch.cat([with_padding(some), without(some)], dim=1)
except RuntimeError as error:
    print("PyTorch:", error)

# %% [markdown]
# **…the matrix of a 1 × 1 convolution is transposed.** Where as many channels come in as go out, nothing complains. Here
# a mixture that should make the street's red stronger and take it from the others.

# %%
stronger_red = torch.tensor([[1.5, 0.0, 0.0], [-0.25, 1.0, 0.0], [-0.25, 0.0, 1.0]])
right, swapped = (pointwise(x_street, matrix) for matrix in (stronger_red, stronger_red.T.contiguous()))
print("means of red, green, blue, as meant: ", right.mean((0, 2, 3)).numpy().round(2))
print("the same with the matrix transposed:", swapped.mean((0, 2, 3)).numpy().round(2))

# %% [markdown]
# **…there is no ReLU behind the neck.** Two layers without anything between them are one: the same result comes from 3 × 3
# filters alone, which you find by multiplying the two sets of weights. You paid for two layers and got a lame one.

# %%
cnnkit.seed(0)
neck, wide = nn.Conv2d(24, 4, 1, bias=False), nn.Conv2d(4, 16, 3, padding=1, bias=False)
merged = torch.einsum("omhw,mi->oihw", wide.weight, neck.weight[:, :, 0, 0])
some = torch.randn(1, 24, 14, 14)
one_layer = functional.conv2d(some, merged, padding=1)
print(f"two layers against one: they differ by at most {(wide(neck(some)) - one_layer).abs().max():.1e}")
print(f"with a ReLU between:    they differ by up to {(wide(neck(some).relu()) - one_layer).abs().max():.1e}")

# %% [markdown]
# **…the branches are stacked in another order** than when the weights were learned. All shapes fit, and nothing is
# reported. Here the last channels of module 3a, those of the pooling, come first.

# %%
print(f"untrained:                  {shares_read(small_googlenet('He', seed=0), x_test, y_test):.1%}")
print(f"as it was trained:          {shares_read(reader, x_test, y_test):.1%} read rightly")
hook = reader.blocks["3a"].register_forward_hook(lambda block, inputs, output: output.roll(4, dims=1))
print(f"pooling's branch put first: {shares_read(reader, x_test, y_test):.1%}")
hook.remove()

# %% [markdown]
# **…you judge in training mode.** Then the side branches are counted, and the loss of a good network looks bad. Between
# two networks, one with side branches and one without, the comparison is worth nothing.

# %%
for when, model in {"untrained": small_googlenet("He", seed=0), "trained": reader}.items():
    with torch.no_grad():
        losses = [googlenet_loss(*model.train(mode)(x_test), y_test) for mode in (False, True)]
    print(f"{when:9}: loss in evaluation mode {losses[0]:.3f}, in training mode {losses[1]:.3f}")

# %% [markdown]
# ## Your turn: a picture of your own
#
# Put a picture beside this notebook and write its name below. Without one, a coffee cup is taken. Nine numbers are enough
# for an old photograph: each new channel is a mixture of red, green and blue. **Predict** what the third matrix does.

# %%
from cnnkit.data import own_photo, photo

picture_file = ""  # for example "my_cat.jpg"

opened = own_photo(picture_file, photo("coffee"))
opened.thumbnail((300, 300) if not cnnkit.quick() else (60, 60))
mine = torch.from_numpy(np.array(opened)).permute(2, 0, 1)[None].float() / 255
matrices = {
    "an old photograph": [[0.39, 0.77, 0.19], [0.35, 0.69, 0.17], [0.27, 0.53, 0.13]],
    "colours stronger": [[1.8, -0.4, -0.4], [-0.4, 1.8, -0.4], [-0.4, -0.4, 1.8]],
    "which?": [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
}
views = {"yours": mine[0]}
views |= {name: pointwise(mine, torch.tensor(matrix))[0].clamp(0, 1) for name, matrix in matrices.items()}
pictures.show(
    views,
    title="Nine numbers, the same at each pixel, change the colours and move no edge",
    alt="Four pictures: your own, or a coffee cup if you chose none; the same in brown tones, like an old photograph; with "
    "stronger colours; and with red and blue exchanged.",
)

# %% [markdown]
# Now play. Which matrix makes the picture grey? Which makes it *negative*, and why can no matrix do that alone? (What
# does a layer have that these lack?) And find one that is undone by another: mix, and mix back.

# %% [markdown]
# ## Summary
#
# - A 1 × 1 convolution is one dense layer, the same at each place. It mixes channels, and shrinks, keeps or grows them.
# - A convolution takes $n_H\, n_W\, n_C \cdot f^2\, n_C^{prev}$ multiplications. A 1 × 1 before it makes it several times as
#   cheap: a bottleneck.
# - An Inception module has all filter sizes beside each other and stacks the results. Three narrow 1 × 1 convolutions make
#   it affordable: 28 × 28 × 192 becomes 28 × 28 × 256, and not 416.
# - Side branches predict from the middle. Their losses are added while training, and they are left out afterwards.
# - They make early gradients larger where gradients fade. Where the beginning is good, they hardly do.
#
# **Next:** in 2.4 convolutions are taken apart further, until they run on a phone.

# %% [markdown]
# ## References
#
# - M. Lin, Q. Chen, S. Yan, "Network in network", *ICLR*, 2014. The 1 × 1 convolution.
# - C. Szegedy et al., "Going deeper with convolutions", *CVPR*, 2015. GoogLeNet; its table is the one in section 4.
# - K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", *ICLR*, 2015. VGG-16.
# - K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers: surpassing human-level performance on ImageNet
#   classification", *ICCV*, 2015. How to begin.
# - S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
#   *ICML*, 2015. The first half of Inception v2.
# - C. Szegedy et al., "Rethinking the Inception architecture for computer vision", *CVPR*, 2016. v2 and v3, and the second
#   look at side branches.
# - C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi, "Inception-v4, Inception-ResNet and the impact of residual connections on
#   learning", *AAAI*, 2017.
