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
# # 2.4 MobileNet and EfficientNet
#
# **A convolution looks around and mixes channels, both at once. What do you save if it does one after the other? And if
# you have computing power to spare after all, where do you put it?**
#
# A network on a phone has to answer at once, on a battery. You take a convolution apart into two cheap ones, and build
# MobileNet v2 from them. You measure on objects of the street what the saving costs in accuracy. Then you go the other
# way: a larger device, and a network that grows with it.
#
# **After this lesson you can**
#
# - count what a depthwise-separable convolution costs, and say when it is much cheaper and when it is not;
# - compute one by hand, and say which ordinary convolution it is equal to;
# - build MobileNet v2's block, and say why its end has no activation and where its memory goes;
# - build MobileNet v2 from its table, and check it by its 3,504,872 parameters;
# - compare networks by accuracy against multiplications, with the spread over several seeds;
# - scale depth, width and resolution together to a budget.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 8 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lessons 2.2 and 2.3: shortcuts, filters of 1 × 1, counting multiplications |

# %% [markdown]
# ## What you build
#
# | | name | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `depthwise_separable_cost` | counts what both steps cost, and what they save | 3 |
# | 2 | `depthwise_separable` | filters each channel by itself, then mixes them | 3 |
# | 3 | `InvertedResidual` | expands, filters, projects, and takes a shortcut where it can | 3 |
# | 4 | `MobileNetV2` | the whole network, from its table | 3 |
# | 5 | `compound_scale` | says how much deeper, wider and finer a network gets | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other sizes and other numbers runs when your notebook is graded. Each
# exercise is judged by itself. Where the text says **Predict**, write your answer down before you go on.
#
# Boxes that begin with *The notes say…* set right what went wrong in the lecture notes that this course grew from. You
# need not have read those; but what one author mixed up, you will meet elsewhere.
#
# ## The names in this lesson
#
# | name | what it is |
# | --- | --- |
# | `x`, (B, C, H, W) | a batch of B volumes: channels, rows, columns |
# | `n_C_prev`, `n_C` | channels that come in, channels that go out |
# | `n_out` | rows, and as many columns, of what comes out |
# | `f` | side of a filter in pixels |
# | `W_depth`, (C, f, f) | one filter for each channel |
# | `W_point`, (n_C, C) | the weights that mix the channels, a row for each channel that goes out |
# | $\phi$ | how much larger the budget is: 0 is the network as it is |
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
# # Part 1: one thing after the other
#
# ## 1. What an ordinary convolution costs
#
# A volume of 6 × 6 × 3 meets five filters of 3 × 3 × 3, without padding. **Predict** how many multiplications that takes.
#
# <details><summary>Compare with your answer</summary>
#
# 4 × 4 × 5 numbers come out, and each takes 3 · 3 · 3 = 27 multiplications: 80 · 27 = **2160**.
#
# </details>
#
# Each of these filters does two jobs. It *looks around*: it weighs neighbouring pixels. And it *mixes channels*. Must one
# filter do both?
#
# ## 2. Two steps
#
# Do the jobs one after the other.
#
# 1. **Depthwise:** each channel gets one filter of f × f of its own. It looks around in this channel and sees no other.
#    Three channels come in, three filtered ones go out.
# 2. **Pointwise:** filters of 1 × 1 mix the channels at each place, as in lesson 2.3. Five filters, five channels out.
#
# Together they are called a *depthwise-separable* convolution.
#
# ![Left, an ordinary convolution: a volume of 6 by 6 by 3 and five filters of 3 by 3 by 3 give 4 by 4 by 5, with 2160
# multiplications. Right, two steps: three filters of 3 by 3, one a channel, give 4 by 4 by 3 with 432
# multiplications; five filters of 1 by 1 by 3 give 4 by 4 by 5 with 240.](images/depthwise_separable.svg)
#
# **Predict:** what do the two steps cost, for the volume and the sizes above?
#
# <details><summary>Compare with your answer</summary>
#
# Depthwise: 4 × 4 × 3 numbers come out, each takes 9 multiplications: 432. Pointwise: 4 × 4 × 5 numbers, each takes 3: 240.
# Together **672** instead of 2160. The ratio is 0.31.
#
# </details>
#
# The ratio has a short form. With $n$ rows and columns going out:
#
# $$ \frac{n^2 f^2\, n_C^{prev} + n^2\, n_C^{prev}\, n_C}{n^2 f^2\, n_C^{prev}\, n_C} = \frac{1}{n_C} + \frac{1}{f^2} $$
#
# Rows, columns and the channels that come in are gone. **Ask yourself:** many channels go out, and f is 3. How much cheaper
# can it get?
#
# <details><summary>Compare with your answer</summary>
#
# 9 times, and no more: $1/n_C$ goes to 0, and $1/f^2 = 1/9$ stays. With 512 channels it is $1/(1/512 + 1/9) = 8.8$.
#
# </details>
#
# > **The notes say…** that the ordinary convolution takes 240 multiplications, and write the ratio as 672/240. The 240 belong
# > to the pointwise step. The ordinary one takes 2160, and the ratio is **672/2160 = 0.31**: 672/240 is 2.8, which is no
# > saving at all. And with 512 filters they round to "10 times cheaper". It is **8.8** times; with filters of 3 × 3 it cannot
# > be more than 9.

# %% [markdown]
# ### Exercise 1: `depthwise_separable_cost` (3 points)
#
# <details><summary>Hint 1</summary>
#
# For each step ask: how many numbers come out, and how many multiplications does one of them take?
#
# <details><summary>Hint 2</summary>
#
# Out of the depthwise step come `n_out * n_out * n_C_prev` numbers, each with `f * f` multiplications. The pointwise step gives
# `n_out * n_out * n_C` numbers. How many channels does each of them mix?
#
# <details><summary>Hint 3</summary>
#
# The ordinary convolution takes `n_out * n_out * n_C * f * f * n_C_prev`. Divide the sum of both steps by it.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "depthwise_separable_cost_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    """Count the multiplications of a depthwise-separable convolution, and compare with an ordinary one.

    Args:
        n_out: rows, and as many columns, of what comes out, an int.
        f: side of the filters that look around, in pixels, an int.
        n_C_prev: channels that come in, an int.
        n_C: channels that go out, an int.

    Returns:
        (depthwise, pointwise, ratio): the multiplications of the two steps for one picture, ints; and their sum, divided by
        the multiplications of an ordinary convolution with as many filters of f x f, a float.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The two steps.
    ### BEGIN SOLUTION
    depthwise = n_out * n_out * n_C_prev * f * f
    pointwise = n_out * n_out * n_C * n_C_prev
    ### END SOLUTION
    # 2. The ordinary convolution, and the ratio.
    ### BEGIN SOLUTION
    ordinary = n_out * n_out * n_C * f * f * n_C_prev
    return depthwise, pointwise, (depthwise + pointwise) / ordinary
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "depthwise_separable_cost", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("depthwise_separable_cost") as check:
    names = ("depthwise", "pointwise", "ratio")

    # 4 x 4 come out, filters of 3 x 3, three channels in, five out.
    got = depthwise_separable_cost(4, 3, 3, 5)
    depthwise, pointwise, ratio = check.parts(got, names, "depthwise_separable_cost(4, 3, 3, 5)")
    check.equal(depthwise, 432, "depthwise of depthwise_separable_cost(4, 3, 3, 5)")
    check.equal(pointwise, 240, "pointwise of depthwise_separable_cost(4, 3, 3, 5)")
    check.equal(ratio, 672 / 2160, "ratio of depthwise_separable_cost(4, 3, 3, 5)")

    # Filters of 2 x 2, four channels in and four out: 1/4 + 1/4.
    got = depthwise_separable_cost(10, 2, 4, 4)
    depthwise, pointwise, ratio = check.parts(got, names, "depthwise_separable_cost(10, 2, 4, 4)")
    check.equal(depthwise, 1600, "depthwise of depthwise_separable_cost(10, 2, 4, 4)")
    check.equal(pointwise, 1600, "pointwise of depthwise_separable_cost(10, 2, 4, 4)")
    check.equal(ratio, 0.5, "ratio of depthwise_separable_cost(10, 2, 4, 4)")

# %% nbgrader={"grade": true, "grade_id": "depthwise_separable_cost_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of depthwise_separable_cost: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("depthwise_separable_cost") as check:
    rng = testing.rng("depthwise_separable_cost_hidden")
    names = ("depthwise", "pointwise", "ratio")

    def products(layer, side):
        """Multiplications of a layer, from its weights and from what comes out of it."""
        volume = torch.zeros(1, layer.in_channels, side, side, device="meta")
        return layer(volume).numel() * layer.weight[0].numel()

    for f in (1, 3, 5):
        n_out, n_C_prev, n_C = (int(n) for n in rng.permutation(np.arange(2, 40))[:3])
        label = f"depthwise_separable_cost({n_out}, {f}, {n_C_prev}, {n_C})"
        side = n_out + f - 1
        first = torch.nn.Conv2d(n_C_prev, n_C_prev, f, groups=n_C_prev, device="meta")
        second = torch.nn.Conv2d(n_C_prev, n_C, 1, device="meta")
        whole = torch.nn.Conv2d(n_C_prev, n_C, f, device="meta")
        wanted = products(first, side), products(second, n_out)
        got = depthwise_separable_cost(n_out, f, n_C_prev, n_C)
        depthwise, pointwise, ratio = check.parts(got, names, label)
        check.equal(depthwise, wanted[0], f"depthwise of {label}")
        check.equal(pointwise, wanted[1], f"pointwise of {label}")
        check.equal(ratio, sum(wanted) / products(whole, side), f"ratio of {label}")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: when does it pay?
#
# **Predict** the three curves: how many times cheaper is it with 2, 8, … 512 channels going out, for filters of 3 × 3, 5 × 5
# and 7 × 7? Can it be dearer?

# %%
from cnnkit import pictures

channels = [2, 8, 32, 128, 512]
cheaper = {
    f"filters of {f} × {f}": [1 / depthwise_separable_cost(28, f, 64, n_C)[2] for n_C in channels]
    for f in (3, 5, 7)
}
ends = [values[-1] for values in cheaper.values()]
pictures.show_curves(
    channels,
    cheaper,
    xlabel="channels that go out",
    ylabel="times cheaper than an ordinary convolution",
    title=f"With 512 channels {ends[0]:.1f}, {ends[1]:.0f} and {ends[2]:.0f} times cheaper; with 2 hardly",
    alt="Three rising curves on logarithmic axes, over the channels that go out. Filters of 3 by 3 go from "
    f"{cheaper['filters of 3 × 3'][0]:.1f} to {ends[0]:.1f} times cheaper and bend toward 9; those of 5 by 5 reach "
    f"{ends[1]:.0f}, those of 7 by 7 {ends[2]:.0f}, and rise still.",
    logarithmic=True,
)
print(f"filters of 1 x 1, 64 channels to 64: the ratio is {depthwise_separable_cost(28, 1, 64, 64)[2]:.3f}")

# %% [markdown]
# With filters of 1 × 1 it is dearer: there is no looking around to save on. The larger the filter, the more you save. So
# mobile networks can afford 5 × 5, which VGG and ResNet avoid.
#
# ## 3. By hand
#
# Now compute it. No bias, no activation, only the two steps.
#
# **Ask yourself:** the depthwise step gives $d_c = W^{depth}_c * x_c$ for each channel, and the pointwise one
# $z_o = \sum_c W^{point}_{oc}\, d_c$. Put the first into the second. Which ordinary convolution, of five filters of 3 × 3 × 3,
# gives the same?
#
# <details><summary>Compare with your answer</summary>
#
# The one with $W_{oc} = W^{point}_{oc} \cdot W^{depth}_c$: the weights of filter $o$ in channel $c$ are the channel's own f × f
# filter, times one number. So all filters see a channel through the *same* pattern, and only weigh it differently. That
# is what you give up: 3 · 9 + 5 · 3 = 42 numbers to learn instead of 5 · 27 = 135.
#
# </details>

# %% [markdown]
# ### Exercise 2: `depthwise_separable` (3 points)
#
# With loops, with windows or with shifted slices, as you like, as long as gradients find their way back.
#
# <details><summary>Hint 1</summary>
#
# Zeros first: `functional.pad(x, (pad, pad, pad, pad))`. Then the windows of one channel meet the filter of the same
# channel, and no sum runs over channels yet.
#
# <details><summary>Hint 2</summary>
#
# `padded.unfold(2, f, stride).unfold(3, f, stride)` has all windows: (B, C, n_H, n_W, f, f). Multiply by
# `W_depth[:, None, None]` and add up the last two axes. Or `torch.einsum("bchwij,cij->bchw", …)`.
#
# <details><summary>Hint 3</summary>
#
# For the second step you know three ways from lesson 2.3: a matrix product at each place, `torch.einsum`, or
# `functional.conv2d` with weights of shape (n_C, C, 1, 1).
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "depthwise_separable_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    """Filter each channel by itself, then mix the channels at each place; no bias, no activation.

    Args:
        x: (B, C, H, W), of any floating-point dtype; it stays as it is.
        W_depth: (C, f, f), of the dtype of x: one filter for each channel, slid over it without turning it.
        W_point: (n_C, C), of the dtype of x: one row of weights for each channel that goes out.
        stride: of the depthwise step, an int of 1 or more.
        pad: rows and columns of zeros that are put around x, an int of 0 or more.

    Returns:
        A tensor of shape (B, n_C, (H + 2 pad - f) // stride + 1, (W + 2 pad - f) // stride + 1), of the dtype of x.
        Gradients flow back to x and to both weights.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    f = W_depth.shape[1]
    # 1. Zeros around x, and the windows of each channel.
    ### BEGIN SOLUTION
    windows = functional.pad(x, (pad,) * 4).unfold(2, f, stride).unfold(3, f, stride)
    ### END SOLUTION
    # 2. Depthwise: each window meets the filter of its channel.
    ### BEGIN SOLUTION
    filtered = torch.einsum("bchwij,cij->bchw", windows, W_depth)
    ### END SOLUTION
    # 3. Pointwise: mix the channels of each place.
    ### BEGIN SOLUTION
    return torch.einsum("bchw,oc->bohw", filtered, W_point)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "depthwise_separable", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("depthwise_separable") as check:
    axes = ("picture", "channel", "row", "column")

    # Two channels of 2 x 3. The first filter adds a window up, the second takes upper left less lower right.
    x = torch.tensor([[[[1.0, 2, 3], [4, 5, 6]], [[0, 7, 1], [2, 0, 3]]]])
    W_depth = torch.tensor([[[1.0, 1], [1, 1]], [[1, 0], [0, -1]]])
    # Three channels go out: the first one, the second one, and the first plus ten times the second.
    W_point = torch.tensor([[1.0, 0], [0, 1], [1, 10]])
    expected = torch.tensor([[[[12.0, 16]], [[0, 4]], [[12, 56]]]])
    label = "depthwise_separable(x of (1, 2, 2, 3), W_depth of (2, 2, 2), W_point of (3, 2))"
    check.equal(depthwise_separable(x, W_depth, W_point), expected, label, axes=axes)

    # One channel, one filter of 3 x 3, every second place, zeros around.
    x = torch.arange(1.0, 26.0).reshape(1, 1, 5, 5)
    W_depth = torch.tensor([[[1.0, 2, 3], [0, 0, 0], [0, 0, 1]]])
    expected = torch.tensor([[[[7.0, 9, 0], [50, 69, 29], [83, 110, 59]]]])
    label = "depthwise_separable(x of (1, 1, 5, 5), W_depth of (1, 3, 3), W_point of (1, 1), stride=2, pad=1)"
    got = depthwise_separable(x, W_depth, torch.ones(1, 1), stride=2, pad=1)
    check.equal(got, expected, label, axes=axes)

    # Each weight of W_depth has its gradient: here the sum of all that it met.
    x, ones = torch.tensor([[[[1.0, 2], [3, 4]], [[5.0, 6], [7, 8]]]]), torch.ones(2, 1, 1)
    slope = testing.grad(depthwise_separable, [x, ones, torch.ones(1, 2)], wrt=1)
    check.equal(slope, torch.tensor([[[10.0]], [[26.0]]]), "the gradient with respect to W_depth")
    arguments = [x, ones, torch.ones(1, 2)]
    check.true(
        testing.unchanged(depthwise_separable, arguments),
        "depthwise_separable should leave its arguments as they are.",
    )

# %% nbgrader={"grade": true, "grade_id": "depthwise_separable_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of depthwise_separable: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("depthwise_separable") as check:
    rng = testing.rng("depthwise_separable_hidden")
    axes = ("picture", "channel", "row", "column")

    def grouped(x, W_depth, W_point, stride, pad):
        """One group for each channel, then filters of 1 x 1."""
        z = functional.conv2d(x, W_depth[:, None], stride=stride, padding=pad, groups=len(W_depth))
        return functional.conv2d(z, W_point[:, :, None, None])

    settings = [(3, 1, 1), (3, 2, 1), (2, 1, 0), (5, 3, 2), (1, 1, 0), (4, 2, 0)]
    for number, (f, stride, pad) in enumerate(settings):
        dtype = torch.float64 if number % 2 else torch.float32
        C, n_C, H, W = (int(n) for n in rng.permutation(np.arange(5, 12))[:4])
        x = torch.tensor(rng.normal(0, 1, (3, C, H, W)), dtype=dtype)
        W_depth = torch.tensor(rng.normal(0, 1, (C, f, f)), dtype=dtype)
        W_point = torch.tensor(rng.normal(0, 1, (n_C, C)), dtype=dtype)
        arguments = [x, W_depth, W_point, stride, pad]
        sizes = f"x of {tuple(x.shape)}, W_depth of {tuple(W_depth.shape)}, W_point of {tuple(W_point.shape)}"
        label = f"depthwise_separable({sizes}, stride={stride}, pad={pad})"
        got = depthwise_separable(x, W_depth, W_point, stride, pad)
        expected = grouped(*arguments)
        check.equal(got, expected, label, axes=axes, same_dtype=True, rtol=1e-4, atol=1e-4)
        for place, name in enumerate(("x", "W_depth", "W_point")):
            slope = testing.grad(grouped, arguments, wrt=place)
            found = testing.grad(depthwise_separable, arguments, wrt=place)
            check.equal(found, slope, f"the gradient of {label} by {name}", rtol=1e-3, atol=1e-3)
        check.true(
            testing.unchanged(depthwise_separable, arguments),
            f"{label} should leave its arguments as they are.",
        )
    default = depthwise_separable(x, W_depth, W_point)
    expected = grouped(x, W_depth, W_point, 1, 0)
    label = f"depthwise_separable({sizes})"
    check.equal(default, expected, label, axes=axes, rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: three patterns, many mixtures
#
# The red channel of the street gets a filter for vertical edges, the green one a filter for horizontal edges, the blue one a
# blur. Then three mixtures. **Predict:** in which of them will you see no edges at all?

# %%
from cnnkit.scenes import street_scene

street = street_scene(seed=42, size=192, difficulty=0.3).image
x_street = torch.tensor(street.transpose(2, 0, 1)[None] / 255, dtype=torch.float32)
vertical = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
patterns = torch.stack([vertical, vertical.T, torch.full((3, 3), 1 / 9)])
mixing = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 1]])
first, both, third = depthwise_separable(x_street, patterns, mixing, pad=1)[0]
pictures.show(
    {
        "the street": street,
        "only the first": first.abs(),
        "first and second": both.abs(),
        "only the third": third,
    },
    title="Each mixture weighs the same three filtered channels; only the third has no edges in it",
    alt="The street, and three grey pictures of it: upright edges alone; upright and level edges together; and a blurred "
    "view without any edges marked.",
)

# PyTorch's own: one group for each channel. And the ordinary convolution whose weights are products.
by_groups = functional.conv2d(x_street, patterns[:, None], padding=1, groups=3)
by_groups = functional.conv2d(by_groups, mixing[:, :, None, None])
whole = mixing[:, :, None, None] * patterns[None]
ordinary = functional.conv2d(x_street, whole, padding=1)
ours = depthwise_separable(x_street, patterns, mixing, pad=1)
print(f"groups=3, then 1 x 1: differs from yours by at most {(ours - by_groups).abs().max():.0e}")
print(f"one convolution with weights of {tuple(whole.shape)}: by at most {(ours - ordinary).abs().max():.0e}")

# %% [markdown]
# `groups` tells PyTorch to cut the channels into so many groups and to let each filter see only its own. With one group
# for each channel that is a depthwise convolution. You will use it from now on: it is quicker than what you wrote.
#
# **Ask yourself:** 8.7 times fewer multiplications, is that 8.7 times faster? Time it. The volume is 28 × 28 × 256, and 256
# channels go out.

# %% tags=["nbval-ignore-output"]
import time

cnnkit.seed(0)
timed = torch.rand(1, 256, 28, 28)
layers = {
    "ordinary": nn.Conv2d(256, 256, 3, padding=1, bias=False),
    "separable": nn.Sequential(
        nn.Conv2d(256, 256, 3, padding=1, groups=256, bias=False), nn.Conv2d(256, 256, 1, bias=False)
    ),
}
took = {}
with torch.no_grad():
    for name, layer in layers.items():
        layer(timed)
        started = time.perf_counter()
        for _ in range(20):
            layer(timed)
        took[name] = (time.perf_counter() - started) / 20
fewer = 1 / depthwise_separable_cost(28, 3, 256, 256)[2]
print(
    f"{fewer:.1f} times fewer multiplications; {took['ordinary'] / took['separable']:.1f} times faster here"
)

# %% [markdown]
# The two numbers differ, and yours differs from a phone's. The depthwise step does few multiplications with each number that
# it fetches, so it waits for memory. For ordinary convolutions of 3 × 3 there are programs that get by with fewer products
# than the formula counts. *Multiplications are a fair first guess, and a stopwatch on the device itself decides.*

# %% [markdown]
# # Part 2: networks for a phone
#
# ## 4. MobileNet v1: thirteen times the same
#
# MobileNet (Howard and others, 2017) is one ordinary convolution, then **13** depthwise-separable blocks, an average and a
# dense layer. Batch normalisation and an activation follow each of a block's two convolutions. Here it is; there is nothing for
# you to write.


# %% nbgrader={"grade": false, "grade_id": "mobilenet_v1", "locked": true, "schema_version": 3, "solution": false, "task": false}
def unit(n_C_prev, n_C, f, stride=1, groups=1):
    """A convolution without bias, its batch normalisation, and a clipped ReLU."""
    conv = nn.Conv2d(n_C_prev, n_C, f, stride, padding=f // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_C), nn.ReLU6())


def separable_block(n_C_prev, n_C, stride=1):
    """A depthwise-separable convolution with filters of 3 x 3."""
    return nn.Sequential(unit(n_C_prev, n_C_prev, 3, stride, n_C_prev), unit(n_C_prev, n_C, 1))


V1_BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def mobilenet_v1(num_classes=1000):
    """MobileNet v1: (B, 3, H, W) to logits (B, num_classes)."""
    blocks, n_C_prev = [unit(3, 32, 3, 2)], 32
    for n_C, stride in V1_BLOCKS:
        blocks.append(separable_block(n_C_prev, n_C, stride))
        n_C_prev = n_C
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, num_classes))


# %% [markdown]
# `unit` ends in `nn.ReLU6()`, $\min(\max(z, 0), 6)$. A phone computes with few bits. If numbers lie between 0 and 6, then 8
# bits tell them apart in steps of 6/255; without a ceiling, one large number makes the steps coarse for all others.
#
# Where do the multiplications sit? The next cell counts them for every layer. It works for any network, so you meet it
# again below. **Predict:** which share of all multiplications do the depthwise filters have?


# %%
def count_multiplications(model, input_shape):
    """The multiplications of each convolution and dense layer for one picture, as (layer, int)."""
    found = []

    def count(layer, _, out):
        found.append((layer, out[0].numel() * layer.weight[0].numel()))

    layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    with torch.no_grad():
        model.eval()(torch.zeros(1, *input_shape, device=next(model.parameters()).device))
    for hook in hooks:
        hook.remove()
    return found


def what_kind(layer):
    """What a layer is to a mobile network."""
    if isinstance(layer, nn.Linear):
        return "dense"
    if layer.groups > 1:
        return "depthwise"
    return "1 x 1" if layer.kernel_size == (1, 1) else "ordinary"


def shares(model):
    """For each kind of layer its share of the multiplications and of the weights, in percent; and both totals."""
    counts, weights = {}, {}
    for layer, number in count_multiplications(model, (3, 224, 224)):
        kind = what_kind(layer)
        counts[kind] = counts.get(kind, 0) + number
        weights[kind] = weights.get(kind, 0) + layer.weight.numel()
    products, learned = sum(counts.values()), sum(weights.values())
    table = {kind: (100 * counts[kind] / products, 100 * weights[kind] / learned) for kind in counts}
    return table, products, sum(p.numel() for p in model.parameters())


with torch.device("meta"):
    v1 = mobilenet_v1()
table, products, learned = shares(v1)
for kind, (of_products, of_weights) in table.items():
    print(f"{kind:10} {of_products:5.1f} % of the multiplications, {of_weights:5.1f} % of the weights")
print(f"in all {products:,} multiplications, {learned:,} parameters, {len(V1_BLOCKS)} blocks")

# %% [markdown]
# The looking around is nearly free now. Almost all is spent on mixing channels, in filters of 1 × 1. Whoever wants to save
# more has to make *these* cheaper.
#
# ## 5. MobileNet v2: thick inside, thin between
#
# A filter of 1 × 1 from 512 to 512 channels is dear, because 512 · 512 is large. What if the volumes *between* blocks were
# thin? Then less is mixed, and less is stored. But a depthwise filter on three channels has little to work with. So
# MobileNet v2 (Sandler and others) makes the volume thick where it filters, and only there:
#
# 1. **expand:** filters of 1 × 1 make it 6 times as thick: n × n × 3 → n × n × 18;
# 2. **depthwise:** 18 filters of 3 × 3, one a channel, n × n × 18 → n × n × 18;
# 3. **project:** filters of 1 × 1 make it thin again: n × n × 18 → n × n × 3;
# 4. and a **shortcut** adds what came in, where the shapes allow it.
#
# ![The block of MobileNet v2, drawn as volumes. A thin volume of n by n by 3; a 1 by 1 convolution with batch normalisation
# and ReLU6 expands it to n by n by 18; a depthwise 3 by 3 convolution with batch normalisation and ReLU6 keeps that; a
# 1 by 1 convolution with batch normalisation and no activation projects it to n by n by 3. A shortcut leads from the first
# to the last thin volume, to a plus sign.](images/inverted_residual.svg)
#
# **Ask yourself:** ResNet's bottleneck of lesson 2.2 goes 256 → 64 → 64 → 256. What is the other way round here? Which volumes
# does the shortcut join?
#
# <details><summary>Compare with your answer</summary>
#
# There the volume is thick between blocks and thin inside. Here it is thin between blocks and thick inside. The shortcut joins
# the thin ones. So the block is called an *inverted residual*.
#
# </details>
#
# > **The notes say…** that MobileNet v2 is of 2019. It was shown in January of **2018** and appeared at a conference in
# > June of that year.
#
# **No activation follows the projection.** Why? **Predict:** the three colours of the street go through random filters of
# 1 × 1 to a few channels, and then through a ReLU. How much of the picture can the best linear map bring back, from 3
# channels, from 6, from 18?


# %%
def kept(width, seed, activation):
    """Which share of a picture's variance a linear map finds again behind random filters and an activation."""
    cnnkit.seed(seed)
    colours = x_street[0].flatten(1).T - x_street[0].flatten(1).mean(1)
    behind = activation(colours @ torch.randn(3, width))
    behind = torch.cat([behind, torch.ones(len(behind), 1)], dim=1)
    back = behind @ torch.linalg.lstsq(behind, colours, driver="gelsd").solution
    return 100 * (1 - (back - colours).square().sum() / colours.square().sum()).item()


widths = [1, 2, 3, 6, 18, 36]
means = {
    name: [float(np.mean([kept(width, seed, activation) for seed in range(20)])) for width in widths]
    for name, activation in {"ReLU": torch.relu, "no activation": lambda z: z}.items()
}
at = {width: value for width, value in zip(widths, means["ReLU"], strict=True)}
pictures.show_curves(
    widths,
    means,
    xlabel="channels behind the filters",
    ylabel="found again, % of the variance, mean of 20 draws",
    title=f"Behind a ReLU: {at[3]:.0f} % from 3 channels, {at[6]:.0f} % from 6, {at[18]:.0f} % from 18",
    alt="Two rising curves over the number of channels. Without an activation all is found again from 3 channels on. Behind a "
    f"ReLU it is {at[1]:.0f} percent from 1 channel, {at[3]:.0f} from 3, {at[6]:.0f} from 6, {at[18]:.0f} from 18.",
)

# %% [markdown]
# A ReLU sets about half of the numbers to zero. In a thick volume other channels still know what was lost. In a thin one nobody
# does. So the ReLU stays inside, where the volume is thick, and what goes to the next block is a plain linear mixture. The paper
# calls it a *linear bottleneck*.

# %% [markdown]
# ### Exercise 3: `InvertedResidual` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Thick inside: `hidden = expansion * n_C_prev`. With an expansion of 1 there is nothing to expand, and the first convolution
# is left out, with its normalisation and activation.
#
# <details><summary>Hint 2</summary>
#
# The middle one is depthwise: `nn.Conv2d(hidden, hidden, 3, stride=stride, padding=1, groups=hidden, bias=False)`. It alone has the
# stride. An `nn.BatchNorm2d` follows each convolution, an `nn.ReLU6` all but the last.
#
# <details><summary>Hint 3</summary>
#
# Keep in `__init__` whether there is a shortcut: the stride is 1 *and* as many channels go out as come in. In `forward`,
# return the path plus `x` then, else the path alone. No activation after the sum either.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "InvertedResidual_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class InvertedResidual(nn.Module):
    """MobileNet v2's block: expand, filter depthwise, project; with a shortcut where the shapes are equal.

    Its convolutions have no bias, and an nn.BatchNorm2d follows each. A ReLU6 follows the normalisation of the expansion and
    that of the depthwise filters; none follows the projection or the sum. The input is added where the stride is 1 and as many
    channels go out as come in. There is no expansion (no such convolution, normalisation or activation) where it is 1.
    """

    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        """Make the layers.

        Args:
            n_C_prev: channels that come in, an int.
            n_C: channels that go out, an int.
            expansion: how many times as thick the volume is inside, an int of 1 or more.
            stride: of the depthwise filters of 3 x 3, whose padding is 1; an int of 1 or more.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        # 1. Expand, unless the expansion is 1.
        ### BEGIN SOLUTION
        hidden = expansion * n_C_prev
        path = []
        if expansion != 1:
            path += [nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()]
        ### END SOLUTION
        # 2. Filter depthwise, then project.
        ### BEGIN SOLUTION
        depthwise = nn.Conv2d(hidden, hidden, 3, stride=stride, padding=1, groups=hidden, bias=False)
        project = nn.Conv2d(hidden, n_C, 1, bias=False)
        path += [depthwise, nn.BatchNorm2d(hidden), nn.ReLU6(), project, nn.BatchNorm2d(n_C)]
        self.path = nn.Sequential(*path)
        ### END SOLUTION
        # 3. Remember whether there is a shortcut.
        ### BEGIN SOLUTION
        self.has_shortcut = (stride, n_C) == (1, n_C_prev)
        ### END SOLUTION

    def forward(self, x):
        """Compute the block.

        Args:
            x: (B, n_C_prev, H, W); it stays as it is.

        Returns:
            A tensor of shape (B, n_C, ceil(H / stride), ceil(W / stride)).
        """
        # The path, and x added to it where there is a shortcut.
        ### BEGIN SOLUTION
        z = self.path(x)
        return z + x if self.has_shortcut else z
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "InvertedResidual", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("InvertedResidual") as check:
    # One channel in, one out, two inside. Three convolutions, and two numbers a channel of each normalisation:
    model = InvertedResidual(1, 1, expansion=2)
    described = testing.describe(model)
    shapes = sorted(tuple(shape) for _, shape, _ in described["parameters"])
    wanted = [(1,)] * 2 + [(1, 2, 1, 1)] + [(2,)] * 4 + [(2, 1, 1, 1), (2, 1, 3, 3)]
    check.equal(shapes, wanted, "the shapes of what InvertedResidual(1, 1, expansion=2) learns, sorted")

    # Inside, a channel and its negative; sums over 3 x 3; the first less the second. The normalisations change nothing.
    kernels = {
        (2, 1, 1, 1): torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1),
        (2, 1, 3, 3): torch.ones(2, 1, 3, 3),
        (1, 2, 1, 1): torch.tensor([1.0, -1.0]).reshape(1, 2, 1, 1),
    }

    def with_kernels(model, described):
        """The block with these weights, in evaluation mode."""
        state = {}
        for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
            neutral = torch.full(tuple(shape), float(name.endswith(("weight", "running_var"))))
            state[name] = kernels.get(tuple(shape), neutral)
        model.load_state_dict(state)
        model.eval()
        return model

    axes = ("volume", "channel", "row", "column")
    x = torch.tensor([[[[1.0, 0, 0, 0], [0, 0, 0, 9], [-2, 0, 0, 0], [0, -1, 0, 0]]]])
    expected = torch.tensor([[[[2.0, 1, 6, 6], [-1, -1, 6, 15], [-5, -3, 5, 6], [-3, -4, -1, 0]]]])
    got = with_kernels(model, described)(x).detach()
    label = "InvertedResidual(1, 1, expansion=2)(x), rounded"
    check.equal(torch.round(got), expected, label, axes=axes)
    check.true(testing.unchanged(model, [x]), "InvertedResidual should leave its input x as it is.")

    # With stride 2 there is every second place, and no shortcut.
    model = InvertedResidual(1, 1, expansion=2, stride=2)
    got = with_kernels(model, testing.describe(model))(x).detach()
    expected = torch.tensor([[[[1.0, 6], [-3, 5]]]])
    label = "InvertedResidual(1, 1, expansion=2, stride=2)(x), rounded"
    check.equal(torch.round(got), expected, label, axes=axes)

    # With expansion 1 nothing is expanded: two convolutions and their normalisations.
    described = testing.describe(InvertedResidual(2, 3, expansion=1))
    shapes = sorted(tuple(shape) for _, shape, _ in described["parameters"])
    wanted = [(2,), (2,), (2, 1, 3, 3), (3,), (3,), (3, 2, 1, 1)]
    check.equal(shapes, wanted, "the shapes of what InvertedResidual(2, 3, expansion=1) learns, sorted")

# %% nbgrader={"grade": true, "grade_id": "InvertedResidual_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of InvertedResidual: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("InvertedResidual") as check:
    rng = testing.rng("InvertedResidual_hidden")

    def normal(maps, numbers, mode):
        """Batch normalisation by its formula."""
        n = (maps.shape[1],)
        centre, spread = numbers[n, "running_mean"], numbers[n, "running_var"]
        if mode == "training":
            centre, spread = maps.mean((0, 2, 3)), maps.var((0, 2, 3), correction=0)
        scale = numbers[n, "weight"] / (spread + 1e-5).sqrt()
        return (maps - centre[:, None, None]) * scale[:, None, None] + numbers[n, "bias"][:, None, None]

    def mixed(maps, numbers, shape):
        """A convolution of 1 x 1: a matrix at each position."""
        return torch.einsum("oi,bihw->bohw", numbers[shape, "weight"][:, :, 0, 0], maps)

    def expected_of(x, numbers, n_C, expansion, stride, mode):
        """The block by matrix products and windows."""
        C, z = x.shape[1], x
        if expansion != 1:
            z = normal(mixed(x, numbers, (expansion * C, C, 1, 1)), numbers, mode).clamp(0, 6)
        hidden, rows, columns = z.shape[1], *(-(-side // stride) for side in x.shape[2:])
        windows = functional.unfold(z, 3, padding=1, stride=stride).reshape(len(x), hidden, 9, rows, columns)
        filters = numbers[(hidden, 1, 3, 3), "weight"].reshape(hidden, 9)
        z = normal((windows * filters[:, :, None, None]).sum(2), numbers, mode).clamp(0, 6)
        z = normal(mixed(z, numbers, (n_C, hidden, 1, 1)), numbers, mode)
        return x + z if z.shape == x.shape and stride == 1 else z

    # Channels in, channels out, expansion, stride.
    C, more = int(rng.integers(3, 6)), int(rng.integers(1, 3))
    settings = [(C, C, 6, 1), (C, C, 1, 1), (C, C + more, 2, 1), (C + more, C, 3, 1)]
    settings += [(C, C, 4, 2), (C, C + more, 2, 3), (C, C + more, 1, 2)]
    for n_C_prev, n_C, expansion, stride in settings:
        given = {} if (expansion, stride) == (6, 1) else {"expansion": expansion, "stride": stride}
        model = InvertedResidual(n_C_prev, n_C, **given)
        called = f"InvertedResidual({n_C_prev}, {n_C}, expansion={expansion}, stride={stride})"
        described = testing.describe(model)
        hidden = expansion * n_C_prev
        first = [(hidden, n_C_prev, 1, 1), (hidden,), (hidden,)] if expansion > 1 else []
        wanted = [*first, (hidden, 1, 3, 3), (hidden,), (hidden,), (n_C, hidden, 1, 1), (n_C,), (n_C,)]
        shapes = sorted(tuple(shape) for _, shape, _ in described["parameters"])
        check.equal(shapes, sorted(wanted), f"the shapes of what {called} learns, sorted")

        # Layers of one shape get the same numbers, whichever is registered first. Large ones, so that 6 is exceeded.
        drawn, state = {}, {}
        for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
            key = (tuple(shape), name.split(".")[-1])
            numbers = rng.uniform(0.5, 2, key[0]) if "var" in name else rng.normal(0, 3, key[0])
            state[name] = drawn.setdefault(key, torch.tensor(numbers, dtype=torch.float32))
        x = torch.tensor(rng.normal(0, 2, (3, n_C_prev, 7, 6)), dtype=torch.float32)
        for mode in ("evaluation", "training"):
            model.load_state_dict(state)
            model.train(mode == "training")
            got = model(x.clone()).detach()
            expected = expected_of(x, drawn, n_C, expansion, stride, mode)
            check.equal(got, expected, f"{called}(x) in {mode} mode", rtol=1e-3, atol=1e-2)
        check.true(testing.unchanged(model, [x]), f"{called} should leave its input x as it is.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: the thick volume need not be there
#
# Thick volumes take memory. **Ask yourself:** the depthwise filters see one channel each. The projection is a sum over
# channels. Must all the channels of the thick volume be in memory at the same time?
#
# <details><summary>Compare with your answer</summary>
#
# No. Expand a few channels, filter these, add their part to the projection's sum, and forget them. Then take the next few.
#
# </details>
#
# The next cell computes the inside of a block, 56 × 56 × 24 → 144 → 24, at once and in portions of 24 channels (without the
# normalisations, which in evaluation mode are a factor and a sum for each channel).

# %%
cnnkit.seed(0)
thin = torch.randn(1, 24, 56, 56)
W_expand, W_middle, W_project = (
    torch.randn(144, 24, 1, 1),
    torch.randn(144, 1, 3, 3),
    torch.randn(24, 144, 1, 1),
)


def inside(some):
    """What the chosen channels of the thick volume add to the projection; and how many numbers they are."""
    thick = functional.conv2d(thin, W_expand[some]).clamp(0, 6)
    thick = functional.conv2d(thick, W_middle[some], padding=1, groups=len(thick[0])).clamp(0, 6)
    return functional.conv2d(thick, W_project[:, some]), thick[0].numel()


at_once, many = inside(slice(0, 144))
parts = [inside(slice(start, start + 24)) for start in range(0, 144, 24)]
summed, few = sum(part for part, _ in parts), parts[0][1]
print(
    f"at once: {many:,} numbers inside; in six portions: {few:,} at a time; between blocks: {thin[0].numel():,}"
)
print(f"largest difference, of numbers up to {at_once.abs().max():.0f}: {(summed - at_once).abs().max():.1g}")

# %% [markdown]
# So a phone needs room for the thin volumes, and for one portion. What the expansion costs in memory, it costs *inside* a
# block only. (For training, all is kept for the way back.)
#
# ## 6. The table of MobileNet v2
#
# For pictures of 224 × 224:
#
# | part | what it is | comes out |
# | --- | --- | --- |
# | stem | 3 × 3 convolution, 32 filters, stride 2, padding 1, no bias; batch normalisation; ReLU6 | 112 × 112 × 32 |
# | stage 1 | expansion 1, 1 block with 16 channels, stride 1 | 112 × 112 × 16 |
# | stage 2 | expansion 6, 2 blocks with 24 channels, the first with stride 2 | 56 × 56 × 24 |
# | stage 3 | expansion 6, 3 blocks with 32 channels, the first with stride 2 | 28 × 28 × 32 |
# | stage 4 | expansion 6, 4 blocks with 64 channels, the first with stride 2 | 14 × 14 × 64 |
# | stage 5 | expansion 6, 3 blocks with 96 channels, stride 1 | 14 × 14 × 96 |
# | stage 6 | expansion 6, 3 blocks with 160 channels, the first with stride 2 | 7 × 7 × 160 |
# | stage 7 | expansion 6, 1 block with 320 channels, stride 1 | 7 × 7 × 320 |
# | last | 1 × 1 convolution, 1280 filters, no bias; batch normalisation; ReLU6 | 7 × 7 × 1280 |
# | head | average over rows and columns; one dense layer | 1000 |
#
# Within a stage every block but the first has stride 1. **Ask yourself:** how many blocks are there? How many of them have a
# shortcut?
#
# <details><summary>Compare with your answer</summary>
#
# $1 + 2 + 3 + 4 + 3 + 3 + 1 = 17$ blocks. A shortcut needs stride 1 and equal channels: the first block of each stage has
# none, for its channels change. That leaves $0 + 1 + 2 + 3 + 2 + 2 + 0 = 10$.
#
# </details>

# %% [markdown]
# ### Exercise 4: `MobileNetV2` (3 points)
#
# The row of stage 1 is there. Complete the table, then let a loop build what it says.
#
# <details><summary>Hint 1</summary>
#
# The loop remembers how many channels come in: 32 at first, then those of the block before.
#
# <details><summary>Hint 2</summary>
#
# For each row, and for each of its blocks: append `InvertedResidual(channels, n_C, expansion, stride)`, with the row's stride for
# the first block and 1 for the others.
#
# <details><summary>Hint 3</summary>
#
# After the last stage: `nn.Conv2d(320, 1280, 1, bias=False)`, `nn.BatchNorm2d(1280)`, `nn.ReLU6()`. Then `nn.AdaptiveAvgPool2d(1)`,
# `nn.Flatten()` and `nn.Linear(1280, num_classes)`. No softmax.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "MobileNetV2_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def MobileNetV2(num_classes=1000):
    """Build MobileNet v2, untrained.

    Args:
        num_classes: how many classes it tells apart, an int.

    Returns:
        A module (this may as well be a class). It takes pictures x, (B, 3, H, W), with sides of 32 pixels or more, and
        gives logits, (B, num_classes). For 1000 classes it has 3,504,872 parameters. A dropout before the dense layer
        is welcome: the tests use it in evaluation mode.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The stem: convolution, batch normalisation, ReLU6.
    ### BEGIN SOLUTION
    layers = [nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    ### END SOLUTION
    # 2. The stages. A row is: expansion, channels that go out, number of blocks, stride of the first.
    stages = [(1, 16, 1, 1)]
    ### BEGIN SOLUTION
    stages += [(6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    ### END SOLUTION
    # 3. The blocks of each stage.
    ### BEGIN SOLUTION
    thickness = 32
    for expansion, n_C, blocks, stride in stages:
        for step in [stride] + [1] * (blocks - 1):
            layers.append(InvertedResidual(thickness, n_C, expansion, step))
            thickness = n_C
    ### END SOLUTION
    # 4. The last convolution, batch normalisation, ReLU6; then average, flatten, dense.
    ### BEGIN SOLUTION
    layers += [nn.Conv2d(thickness, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "MobileNetV2", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("MobileNetV2") as check:
    with torch.device("meta"):  # weights without numbers, which are quickly made
        model = MobileNetV2()
    check.equal(testing.kind(model), "Module", "the kind of MobileNetV2()")
    described = testing.describe(model)
    layers = {4: "convolutions", 1: "numbers of normalisations, and biases", 2: "dense layers"}
    found = dict.fromkeys(layers.values(), 0)
    for _, shape, _ in described["parameters"]:
        found[layers[len(shape)]] += 1
    # Three convolutions a block, but two in the first; one in the stem and the last one.
    wanted = {"convolutions": 3 * 17 - 1 + 2, "numbers of normalisations, and biases": 105, "dense layers": 1}
    check.equal(found, wanted, "what MobileNetV2() has")
    check.equal(described["count"], 3_504_872, "the number of parameters of MobileNetV2()")

    # Two small pictures, in evaluation mode. The numbers do not matter, only how many come out.
    model.to_empty(device="cpu")
    model.eval()
    logits = model(torch.zeros(2, 3, 32, 32)).detach()
    check.equal(tuple(logits.shape), (2, 1000), "the shape of the logits of two pictures")

# %% nbgrader={"grade": true, "grade_id": "MobileNetV2_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of MobileNetV2: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("MobileNetV2") as check:
    rng = testing.rng("MobileNetV2_hidden")
    classes = int(rng.integers(3, 16))
    with torch.device("meta"):  # where it is made beside this cell, its first weights need no memory
        model = MobileNetV2(classes)
    described = testing.describe(model)
    widths, repeats, strides = (16, 24, 32, 64, 96, 160, 320), (1, 2, 3, 4, 3, 3, 1), (1, 2, 2, 2, 1, 2, 1)
    blocks, n = [], 32  # for each block: channels in, inside and out, and its stride
    for n_C, number, stride in zip(widths, repeats, strides, strict=True):
        for place in range(number):
            blocks.append((n, n if n == 32 and n_C == 16 else 6 * n, n_C, stride if place == 0 else 1))
            n = n_C
    wanted = [(32, 3, 3, 3), (32,), (32,), (1280, 320, 1, 1), (1280,), (1280,), (classes, 1280), (classes,)]
    for n, hidden, n_C, _ in blocks:
        wanted += [(hidden, n, 1, 1), (hidden,), (hidden,)] if hidden > n else []
        wanted += [(hidden, 1, 3, 3), (hidden,), (hidden,), (n_C, hidden, 1, 1), (n_C,), (n_C,)]
    found = [tuple(shape) for _, shape, _ in described["parameters"]]
    check.equal(len(found), len(wanted), f"how many weights and biases MobileNetV2({classes}) has")
    check.equal(sorted(found), sorted(wanted), f"the shapes of what MobileNetV2({classes}) learns, sorted")

    # The same numbers for all weights of one shape, so that the order of the layers' names does not matter. Double
    # precision, for seventeen blocks with a ceiling enlarge each rounding.
    table = torch.tensor(rng.normal(0, 1, 4099))
    weights, state = {}, {}
    for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
        key, size = (tuple(shape), name.split(".")[-1]), torch.Size(shape).numel()
        if key not in weights:
            numbers = table.roll(len(weights))
            if len(shape) > 1:
                numbers = numbers * (2 * shape[0] / size) ** 0.5
            elif key[1] == "weight":
                numbers = numbers.abs() + 1
            elif key[1] == "running_var":
                numbers = numbers.abs() * 0.5 + 0.2
            repeated = numbers.repeat(size // len(table) + 1)[:size]
            weights[key] = repeated.reshape(key[0]) if shape else torch.tensor(1)
        state[name] = weights[key]
    names = list(state)
    for part in range(4):
        model.load_state_dict({name: state[name] for name in names[part::4]}, strict=False, assign=True)
    model.eval()
    x = torch.tensor(rng.normal(0, 1, (1, 3, 33, 67)))

    def layer(maps, shape, stride=1, groups=1):
        """A convolution and its normalisation, with the weights of this shape."""
        kernel, padding = weights[shape, "weight"], shape[2] // 2
        maps = functional.conv2d(maps, kernel, stride=stride, padding=padding, groups=groups)
        one = shape[:1]
        scale = weights[one, "weight"] / (weights[one, "running_var"] + 1e-5).sqrt()
        shift = weights[one, "bias"] - weights[one, "running_mean"] * scale
        return maps * scale[:, None, None] + shift[:, None, None]

    with torch.no_grad():
        maps = layer(x, (32, 3, 3, 3), 2).clamp(0, 6)
        for n, hidden, n_C, stride in blocks:
            thick = layer(maps, (hidden, n, 1, 1)).clamp(0, 6) if hidden > n else maps
            thick = layer(thick, (hidden, 1, 3, 3), stride, hidden).clamp(0, 6)
            thin = layer(thick, (n_C, hidden, 1, 1))
            maps = maps + thin if (n, 1) == (n_C, stride) else thin
        maps = layer(maps, (1280, 320, 1, 1)).clamp(0, 6)
        expected = maps.mean((2, 3)) @ weights[(classes, 1280), "weight"].T + weights[(classes,), "bias"]
        got = model(x).detach()
    allowed = 1e-3 * float(expected.abs().max())
    check.equal(
        got, expected, f"MobileNetV2({classes})(x)", axes=("picture", "class"), rtol=1e-3, atol=allowed
    )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: seventeen blocks
#
# On the *meta* device a network has shapes and no numbers. **Predict:** how many numbers are there between two blocks, at the
# most, and how many inside one?


# %%
def room(model):
    """For each inverted residual block, the numbers that go in and the numbers of its thickest volume."""
    found = []

    def look(block, given, _):
        found.append([given[0][0].numel(), 0])

    def measure(layer, given, out):
        most = max(given[0][0].numel(), out[0].numel())
        found[-1][1] = max(found[-1][1], most)

    hooks = []
    for block in (one for one in model.modules() if isinstance(one, InvertedResidual)):
        hooks.append(block.register_forward_pre_hook(lambda one, given: look(one, given, None)))
        inner = [one for one in block.modules() if isinstance(one, nn.Conv2d)]
        hooks += [one.register_forward_hook(measure) for one in inner]
    count_multiplications(model, (3, 224, 224))
    for hook in hooks:
        hook.remove()
    return np.array(found)


with torch.device("meta"):
    v2 = MobileNetV2()
numbers = room(v2)
between, within = numbers.max(axis=0)
pictures.show_curves(
    list(range(1, len(numbers) + 1)),
    {
        "goes into the block": (numbers[:, 0] / 1e3).tolist(),
        "thickest inside": (numbers[:, 1] / 1e3).tolist(),
    },
    xlabel="block",
    ylabel="thousand numbers a picture",
    title=f"At most {between / 1e3:.0f} thousand numbers between blocks, {within / 1e3:.0f} thousand inside one",
    alt=f"Two curves over {len(numbers)} blocks. What goes into a block falls from {numbers[0, 0] / 1e3:.0f} thousand numbers to "
    f"{numbers[-1, 0] / 1e3:.0f}. The thickest volume inside is {numbers[0, 1] / 1e3:.0f} thousand in block 1, peaks at "
    f"{within / 1e3:.0f} in block {numbers[:, 1].argmax() + 1}, and ends at {numbers[-1, 1] / 1e3:.0f}.",
)
for name, model in {"v1": v1, "v2": v2}.items():
    table, products, learned = shares(model)
    print(
        f"MobileNet {name}: {learned:,} parameters, {products:,} multiplications, {table['depthwise'][0]:.1f} % depthwise"
    )

# %% [markdown]
# The second version has fewer parameters and about half of the multiplications. Compare with ResNet-50 of lesson 2.2: its
# 25,557,032 parameters are seven times as many. Which of them *sees* better, no count can tell. That takes data.

# %% [markdown]
# # Part 3: what does the saving cost?
#
# ## 7. Objects of the street
#
# Digits are too easy: tiny networks read them. So cut squares out of rendered streets, around persons, cars and motorcycles, by
# day and by night, half hidden, blurred, some only 12 pixels high. A fourth class is background, of which a square shares
# less than a tenth with any object's box. All become 32 × 32. Training and test squares come from different streets.

# %%
from cnnkit.scenes import CLASSES, street_scenes

SIDE, SCENE = 32, 128
KINDS = [*CLASSES, "background"]


def square(image, x, y, side):
    """The square of a picture (3, H, W) around (x, y), as (3, SIDE, SIDE); beyond the frame its edge goes on."""
    place = torch.tensor([[[side, 0, 2 * x - SCENE], [0, side, 2 * y - SCENE]]], dtype=torch.float32) / SCENE
    grid = functional.affine_grid(place, (1, 3, SIDE, SIDE), align_corners=False)
    return functional.grid_sample(image[None], grid, padding_mode="border", align_corners=False)[0]


def background(boxes, rng):
    """The middle and the side of a square that shares less than a tenth with any box."""
    while True:
        side, x, y = rng.uniform(12, 60), rng.uniform(0, SCENE), rng.uniform(0.3 * SCENE, SCENE)
        low, high = np.array([x, y]) - side / 2, np.array([x, y]) + side / 2
        shared = np.minimum(boxes[:, 2:], high) - np.maximum(boxes[:, :2], low)
        if shared.clip(min=0).prod(axis=1).max(initial=0) < 0.1 * side**2:
            return x, y, side


def places(scene, rng):
    """(x, y, side, class) of each object that is at least half visible, and of half as many squares of background."""
    found = []
    for box, kind, visible in zip(scene.boxes, scene.classes, scene.visible, strict=True):
        (x, y), side = (box[:2] + box[2:]) / 2, 1.2 * max(box[2:] - box[:2])
        if visible >= 0.5 and side >= 10:
            side *= rng.uniform(0.9, 1.3)
            x, y = (x, y) + rng.uniform(-0.1, 0.1, 2) * side
            found.append((x, y, side, int(kind)))
    for _ in range(max(1, len(found) // 2)):
        found.append((*background(scene.boxes, rng), len(CLASSES)))
    return found


def street_objects(count, seed):
    """Squares from so many scenes, (N, 3, SIDE, SIDE) from 0 to 1, and their classes, (N,)."""
    rng, x, y = np.random.default_rng(seed), [], []
    for scene in street_scenes(10 if cnnkit.quick() else count, seed, SCENE, difficulty=0.8):
        image = torch.from_numpy(scene.image.transpose(2, 0, 1)) / 255
        for *place, kind in places(scene, rng):
            x.append(square(image, *place))
            y.append(kind)
    return torch.stack(x), torch.tensor(y)


x_train, y_train = street_objects(400, seed=11)
x_test, y_test = street_objects(250, seed=12)
first = [one.numpy() for one in x_train[:24].permute(0, 2, 3, 1)]
counts = {name: (y_test == number).sum().item() for number, name in enumerate(KINDS)}
most = max(counts, key=counts.get)
pictures.contact_sheet(
    first,
    captions=[KINDS[number] for number in y_train[:24]],
    title="What the networks get: all four kinds, large and small, by day and by night",
    alt=f"{len(first)} small squares with their classes: persons, cars, motorcycles and background, many of them blurred, dark or "
    "partly hidden.",
)
print(f"{len(y_train):,} squares to learn from, {len(y_test):,} to test on: {counts}")
print(f"always saying {most!r} is right for {100 * counts[most] / len(y_test):.0f} %")

# %% [markdown]
# ## 8. Three kinds of network, at the same price
#
# One plan, three ways to fill it in: a stem with stride 2, then three stages of two blocks, with `width`, 2 `width` and 4 `width`
# channels. The block is an ordinary convolution of 3 × 3, a depthwise-separable one, or your `InvertedResidual` with expansion
# 4. The widths are chosen so that each kind costs about 0.2, 0.8 and 3.1 million multiplications. So the separable ones
# can be much wider.
#
# **Predict:** which kind is best at the same price? By how much?


# %%
WIDTHS = {"ordinary": (4, 8, 16), "separable": (8, 20, 44), "inverted": (3, 7, 15)}
BLOCKS = {
    "ordinary": lambda n_C_prev, n_C, stride: unit(n_C_prev, n_C, 3, stride),
    "separable": separable_block,
    "inverted": lambda n_C_prev, n_C, stride: InvertedResidual(n_C_prev, n_C, 4, stride),
}


def street_net(kind, width):
    """A network for squares, (B, 3, 32, 32) to logits (B, 4)."""
    layers, n_C_prev = [unit(3, width, 3, 2)], width
    for n_C, stride in ((width, 1), (2 * width, 2), (4 * width, 2)):
        layers += [BLOCKS[kind](n_C_prev, n_C, stride), BLOCKS[kind](n_C, n_C, 1)]
        n_C_prev = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_C_prev, len(KINDS)))


def price(kind, width):
    """Its multiplications for one square."""
    return sum(number for _, number in count_multiplications(street_net(kind, width), (3, SIDE, SIDE)))


def percent_right(model, x, y):
    """For how many squares the network says the right class, in percent."""
    with torch.no_grad():
        logits = torch.cat(
            [model(part.to(device)).cpu() for part in x.split(250)]
        )  # few at a time, for memory
    return round(100 * (logits.argmax(1) == y).float().mean().item(), 2)


def run(kind, width, seed, epochs=5):
    """One training from scratch, on squares and their mirror images, as a row of the results."""
    cnnkit.seed(seed)
    model = street_net(kind, width).to(device, memory_format=torch.channels_last)  # for speed alone
    batches = cnnkit.Batches(torch.cat([x_train, x_train.flip(3)]), torch.cat([y_train, y_train]), seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.006)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    settings = {"optimizer": optimizer, "schedule": schedule, "seed": seed, "plot": False}
    cnnkit.fit(model, batches, functional.cross_entropy, epochs=epochs, **settings)
    seen, unseen = percent_right(model, x_train, y_train), percent_right(model, x_test, y_test)
    about = {"kind": kind, "width": width, "seed": seed, "multiplications": price(kind, width)}
    return {**about, "parameters": sum(p.numel() for p in model.parameters()), "seen": seen, "right": unseen}


chosen = {kind: widths[:: 2 if cnnkit.quick() else 1] for kind, widths in WIDTHS.items()}
mine = [run(kind, width, 0) for kind, widths in chosen.items() for width in widths]
for row in mine:
    print(
        f"{row['kind']:9} width {row['width']:2}: {row['multiplications']:9,} multiplications, "
        f"{row['parameters']:6,} parameters, right for {row['seen']:.1f} % seen, {row['right']:.1f} % new"
    )
millions = [
    round(np.mean([price(kind, chosen[kind][place]) for kind in chosen]) / 1e6, 1)
    for place in range(len(chosen["ordinary"]))
]
lines = {kind: [row["right"] for row in mine if row["kind"] == kind] for kind in WIDTHS}
dearest = ", ".join(f"{kind} {values[-1]:.0f} %" for kind, values in lines.items())
pictures.show_curves(
    millions,
    lines,
    xlabel="multiplications for a square, millions",
    ylabel="right on new squares, %",
    title=f"One seed, {millions[-1]} million multiplications: {dearest}",
    alt="Three curves of accuracy over multiplications. "
    + "; ".join(f"{kind}: " + ", ".join(f"{one:.0f}" for one in values) for kind, values in lines.items())
    + f" percent at {', '.join(map(str, millions))} million.",
)

# %% [markdown]
# ## 9. Was it luck?
#
# One run is one roll of the dice. The next cell reads the recorded results of the same experiment with three seeds. (To make
# them anew, set the environment variable `CNNKIT_RECORD` to 1 before you start Jupyter.) **Ask yourself** before you look:
# how large must a difference between two kinds be, for you to believe it?

# %% tags=["record"]
runs = cnnkit.recorded(
    "recordings/mobilenet_and_efficientnet.json",
    lambda: [run(kind, width, seed) for seed in range(3) for kind in WIDTHS for width in WIDTHS[kind]],
)


def recorded_of(kind, place, what="right"):
    """What all seeds gave for one kind at its first, second or third width."""
    return [row[what] for row in runs if (row["kind"], row["width"]) == (kind, WIDTHS[kind][place])]


budgets = [
    round(np.mean([price(kind, WIDTHS[kind][place]) for kind in WIDTHS]) / 1e6, 1) for place in range(3)
]
for place, budget in enumerate(budgets):
    for kind in WIDTHS:
        values = recorded_of(kind, place)
        print(
            f"{budget} million, {kind:9} {np.mean(values):5.1f} % right ({min(values):.1f} to {max(values):.1f}), "
            f"seen {np.mean(recorded_of(kind, place, 'seen')):5.1f} %"
        )
means = {kind: [float(np.mean(recorded_of(kind, place))) for place in range(3)] for kind in WIDTHS}
spread = max(
    max(recorded_of(kind, place)) - min(recorded_of(kind, place)) for kind in WIDTHS for place in range(3)
)
gap = max(max(values) - min(values) for values in zip(*means.values(), strict=True))
climb = min(values[-1] - values[0] for values in means.values())
pictures.show_curves(
    budgets,
    means,
    xlabel="multiplications for a square, millions",
    ylabel="right on new squares, %, mean of 3 seeds",
    title=f"A larger budget brings about {climb:.0f} points or more; the kind at one budget {gap:.1f} at the most",
    alt="Mean accuracy of three seeds over multiplications. "
    + "; ".join(f"{kind}: " + ", ".join(f"{one:.1f}" for one in values) for kind, values in means.items())
    + f" percent at {', '.join(map(str, budgets))} million.",
)
print(f"largest distance between two seeds of one network: {spread:.1f} points")

# %% [markdown]
# **What you see.** The budget matters most. From 0.2 to 3.1 million multiplications every kind gains about 11 points or
# more.
# The kind matters little: at 0.8 million the means are 83, 83 and 84 %, at 3.1 million 86 to 87 %, and the bands of three
# seeds overlap. At 0.2 million the *ordinary* networks are ahead, with 76 % against 72 and 74 %, and their band lies
# above the other two. So here, at the same price, taking convolutions apart wins nothing.
#
# **Why?** The formula gives a hint: what you save is $1/n_C + 1/f^2$, and these networks are thin. With 8 channels the ratio
# is 0.24, not 0.11. And what the saving buys is width: 44 channels instead of 16 at 3.1 million. With them the separable network
# learns 99 % of the squares that it has seen, the ordinary one 95 %, and on new ones it is no better. It seems to lack examples,
# not channels.
#
# **What would show more?** Networks with hundreds of channels, many classes, many more pictures, and long training. The authors
# of MobileNet had that: by their own table, on a million photos of 1000 kinds, one and the same plan is right for 71.7 %
# with ordinary convolutions and for 70.6 % with separable ones, at 4866 against 569 million multiplications. You have not
# seen that here. What you *can* check is the second number: section 4 counted it.
#
# **What it does not show.** That separable networks are no good: three seeds, one recipe of training, one plan. Try other
# widths, or filters of 5 × 5, where separating saves more.

# %% [markdown]
# # Part 4: a larger device
#
# ## 10. Deeper, wider, finer
#
# Now the other way. Your network works, and you get a device with twice, or four times, the power. Where do you put it? You can make
# the network
#
# - **deeper**, with more blocks in each stage: factor $d$;
# - **wider**, with more channels in each layer: factor $w$;
# - or give it **finer** pictures, of a higher resolution: factor $r$.
#
# **Predict:** what does each of them do to the multiplications, if its factor is 2?
#
# <details><summary>Compare with your answer</summary>
#
# Twice as deep: twice as many. Twice as wide: four times, for channels that come in and channels that go out both double (only
# the depthwise filters double). Twice as fine: four times, rows and columns both double. So about $d \cdot w^2 \cdot r^2$.
#
# </details>
#
# Check it on MobileNet v2's little sister: a network whose depth, width and resolution are numbers.


# %%
BASE = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 40, 3, 2), (6, 80, 4, 2)]


def scaled_net(depth=1.0, width=1.0):
    """A small network of inverted residual blocks, so many times as deep and as wide."""

    def channels(n_C):
        return max(8, 8 * round(n_C * width / 8))  # a multiple of 8, as processors like it

    layers, n_C_prev = [unit(3, channels(32), 3, 2)], channels(32)
    for expansion, n_C, blocks, stride in BASE:
        for step in [stride] + [1] * (int(np.ceil(blocks * depth)) - 1):
            layers.append(InvertedResidual(n_C_prev, channels(n_C), expansion, step))
            n_C_prev = channels(n_C)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_C_prev, 1000))


def cost_of(depth=1.0, width=1.0, resolution=1.0):
    """Its multiplications for one picture of 128 times `resolution` pixels a side."""
    with torch.device("meta"):
        model = scaled_net(depth, width)
    side = round(128 * resolution)
    return sum(number for _, number in count_multiplications(model, (3, side, side)))


for name, factors in {"depth": (2, 1, 1), "width": (1, 2, 1), "resolution": (1, 1, 2)}.items():
    print(f"twice the {name:10} {cost_of(*factors) / cost_of():.2f} times the multiplications")

# %% [markdown]
# ## 11. All three together
#
# Tan and Le (2019) found that none of the three carries far alone: accuracy climbs for a while, then hardly. Their picture of
# why: a finer picture has larger things in it, counted in pixels. To see them whole takes more layers, and more patterns to
# tell apart take more channels. So they scale all three, in a fixed proportion that they searched for once, on a small network:
#
# $$ d = 1.2^\phi, \qquad w = 1.1^\phi, \qquad r = 1.15^\phi $$
#
# **Ask yourself:** what does $\phi = 1$ do to the cost? And how would you choose $\phi$ for a device with eight times the power?
#
# <details><summary>Compare with your answer</summary>
#
# $1.2 \cdot 1.1^2 \cdot 1.15^2 = 1.92$: nearly twice. So $\phi$ costs $1.92^\phi$, and eight times the power is
# $\phi = \ln 8 / \ln 1.92 = 3.2$.
#
# </details>

# %% [markdown]
# ### Exercise 5: `compound_scale` (3 points)
#
# <details><summary>Hint 1</summary>
#
# $\phi = 0$ changes nothing, so all three factors are 1 then. With each step of $\phi$ they are *multiplied* once more.
#
# <details><summary>Hint 2</summary>
#
# A power in Python: `2 ** 0.5`. Mind the order of the three: depth, width, resolution.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "compound_scale_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compound_scale(phi):
    """Say by which factors a network's depth, width and resolution grow together.

    Args:
        phi: how far it is scaled, a number: 0 leaves it as it is, a negative one makes it smaller; it need not be whole.

    Returns:
        (depth, width, resolution): 1.2, 1.1 and 1.15 to the power phi, three floats.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Three powers.
    ### BEGIN SOLUTION
    return 1.2**phi, 1.1**phi, 1.15**phi
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "compound_scale", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("compound_scale") as check:
    names = ("depth", "width", "resolution")
    # phi, and the three factors.
    for phi, wanted in {0: (1.0, 1.0, 1.0), 1: (1.2, 1.1, 1.15), 2: (1.44, 1.21, 1.3225)}.items():
        factors = check.parts(compound_scale(phi), names, f"compound_scale({phi})")
        for name, got, expected in zip(names, factors, wanted, strict=True):
            check.equal(got, expected, f"{name} of compound_scale({phi})")

# %% nbgrader={"grade": true, "grade_id": "compound_scale_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of compound_scale: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("compound_scale") as check:
    rng = testing.rng("compound_scale_hidden")
    names = ("depth", "width", "resolution")
    for phi in [*(float(one) for one in rng.uniform([0.1, 2, -3], [1, 7, -0.1])), int(rng.integers(3, 8))]:
        label = f"compound_scale({phi:.4g})"
        factors = check.parts(compound_scale(phi), names, label)
        wanted = np.exp(phi * np.log([1.2, 1.1, 1.15])).tolist()
        for name, got, expected in zip(names, factors, wanted, strict=True):
            check.equal(got, expected, f"{name} of {label}")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: what it really costs
#
# Blocks come whole, channels in eights, pixels one by one. **Predict:** does the real cost keep to $1.92^\phi$?

# %%
steps = [0, 1, 2, 3, 4, 5]
real = [cost_of(*compound_scale(phi)) / cost_of() for phi in steps]
depth, width, resolution = compound_scale(1)
rule = [(depth * width**2 * resolution**2) ** phi for phi in steps]
pictures.show_curves(
    steps,
    {"counted": real, "1.92 to the power φ": rule},
    xlabel="φ",
    ylabel="times the multiplications of the base",
    title=f"One step costs {rule[1]:.2f} times by the rule; five cost {rule[-1]:.0f} times, counted {real[-1]:.0f} times",
    alt=f"Two curves that rise ever more steeply over phi. By the rule they go from 1 to {rule[-1]:.0f} at phi 5; counted, to "
    f"{real[-1]:.0f}.",
)
for phi in steps:
    depth, width, resolution = compound_scale(phi)
    print(f"phi {phi}: depth {depth:.2f}, width {width:.2f}, {224 * resolution:3.0f} pixels a side")

# %% [markdown]
# So from one network comes a family, EfficientNet-B0 to B7, and whoever has a device picks the member that fits it. B0 itself was found
# by a search of a program among networks of inverted residual blocks; it takes pictures of 224 × 224. The largest member
# takes 600 × 600, by the authors' own table. **Ask yourself:** which $\phi$ is that, by the formula?
#
# <details><summary>Compare with your answer</summary>
#
# $224 \cdot 1.15^\phi = 600$ gives $\phi = 7.05$. The members are made with rounded factors.
#
# </details>
#
# **Try it.** Below is EfficientNet-Lite0, a member for phones, scaled by one factor at a time and by all three. Three things to find
# out: which single dimension costs least in parameters, and why? What do you have to set to spend $1.92^2$ on
# resolution alone? Choose factors of your own that cost twice as much for each step of φ. (Type a number, or use the arrows.
# Tab goes from field to field.)

# %%
from cnnkit import widgets

widgets.scaling_explorer(phi=2)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The scaling explorer. Above, four fields: phi 2, depth 1.2, width 1.1, resolution 1.15. Below, a table of five networks. The
# base has 16 blocks, takes 224 pixels a side, and has 4,652,008 parameters and 385 million multiplications. Depth alone: 26
# blocks, 1.66 times the multiplications; width alone: 1.52 times; resolution alone: 1.87 times, and as many parameters as the
# base; all three: 10,375,680 parameters and 4.70 times. A sentence says that by the rule phi 2 costs 3.69
# times.](images/scaling_explorer.png)
#
# <details><summary>Compare with what you found</summary>
#
# Resolution costs no parameters at all: a filter has as many weights, wherever it slides. For $1.92^2$ on resolution alone, set
# depth and width to 1 and resolution to $\sqrt{1.92} = 1.39$. Twice as much for each step: depth 1.2, width 1.1 and resolution
# $\sqrt{2 / (1.2 \cdot 1.1^2)} = 1.17$, for one. And the table has more than the rule says, 4.70 instead of 3.69 times
# for φ = 2: blocks are rounded up. A stage of one block becomes two of them at once.
#
# </details>

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A volume of 14 × 14 × 256 goes through 256 filters of 5 × 5 with "same" padding. What does it cost, and what do the depthwise
#    and the pointwise step cost in its place?
# 2. Why does the depthwise step alone not make a network?
# 3. A block gets 24 channels and gives 32, with stride 1 and expansion 6. How many weights have its convolutions? Has it a shortcut?
# 4. Where is there an activation in the block, where is there none, and why?
# 5. You may spend four times the multiplications. Which $\phi$ is that? How much wider alone would the network get?
#
# <details><summary>Answers</summary>
#
# 1. $14^2 \cdot 256 \cdot 25 \cdot 256 = 321\,126\,400$. In its place $14^2 \cdot 256 \cdot 25 = 1\,254\,400$ and
#    $14^2 \cdot 256 \cdot 256 = 12\,845\,056$, together 23 times fewer.
# 2. No channel would ever learn of another.
# 3. $24 \cdot 144 + 9 \cdot 144 + 144 \cdot 32 = 9\,360$. No shortcut: the channels differ.
# 4. After the expansion and after the depthwise filters. Not after the projection: a ReLU on a thin volume loses what no other
#    channel remembers.
# 5. $\ln 4 / \ln 1.92 = 2.1$. Wider alone: about twice, for width counts squared.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# Five faults. Only one raises an error.
#
# **…`groups` is forgotten.** Then the depthwise step is an ordinary convolution, and the network still works. Count what it learns:

# %%
for groups in (1, 144):
    layer = nn.Conv2d(144, 144, 3, padding=1, groups=groups, bias=False)
    print(f"groups={groups:3}: {layer.weight.numel():7,} weights, of shape {tuple(layer.weight.shape)}")

# %% [markdown]
# **…an activation stands after the sum.** The shortcut then carries nothing below zero and nothing above 6: each block cuts
# off what the ones before it have built up. Twenty blocks on, how many numbers are below zero, and how many are stuck at 6?

# %%
cnnkit.seed(0)
volumes = torch.randn(8, 16, 8, 8)
linear = clipped = volumes
with torch.no_grad():
    for _ in range(20):
        block = InvertedResidual(16, 16)
        linear, clipped = block(linear), functional.relu6(block(clipped))
print(
    f"negative at the input: {(volumes < 0).float().mean():.0%}; in the end {(linear < 0).float().mean():.0%}"
)
print(
    f"with an activation after each block: {(clipped < 0).float().mean():.0%}, at 6: {(clipped == 6).float().mean():.0%}"
)

# %% [markdown]
# **…the shortcut is taken whenever the stride is 1.** Where the channels change, the sum does not fit:

# %%
volumes = torch.zeros(1, 24, 8, 8)
try:
    InvertedResidual(24, 32)(volumes) + volumes
except RuntimeError as error:
    print(error)

# %% [markdown]
# **…pictures come in as numbers from 0 to 255,** without a normalisation before the first ReLU6. All that is above 6 becomes 6:

# %%
bright = torch.tensor(street / 255.0)
for name, scale in {"from 0 to 255": 255, "from 0 to 1": 1}.items():
    left = functional.relu6(bright * scale)
    print(
        f"{name:13}: {len(left.unique()):3} different numbers are left, {(left == 6).float().mean():4.0%} are at 6"
    )

# %% [markdown]
# **…you count multiplications and mean parameters.** A finer picture costs multiplications and not one parameter more. So a network of
# few parameters need not be a quick one:

# %%
with torch.device("meta"):
    same = scaled_net()
for side in (128, 224, 448):
    counted = sum(number for _, number in count_multiplications(same, (3, side, side)))
    print(
        f"{side} pixels: {sum(p.numel() for p in same.parameters()):,} parameters, {counted:,} multiplications"
    )

# %% [markdown]
# ## Your turn: a picture of your own
#
# How fine must a picture be? The course comes with a network of inverted residual blocks that was trained on a million photos,
# EfficientNet-Lite0. Put a photo beside this notebook and write its name below; without one you get a cup of coffee. The network sees
# the middle square, at several resolutions. **Predict:** at which one does it begin to see what is there?

# %%
from cnnkit.data import own_photo, photo
from cnnkit.nets import efficientnet_lite0, preprocess, top_classes

own_file = ""  # for example "my_cat.jpg"

network, seen = efficientnet_lite0(), np.asarray(own_photo(own_file, photo("coffee")))
sides = (32, 64, 96, 128, 160, 224, 320)
answers = []
for side in sides:
    x = preprocess(seen, size=side)
    with torch.no_grad():
        name, probability = top_classes(network(x), 1)[0][0]
    cost = sum(number for _, number in count_multiplications(network, tuple(x.shape[1:])))
    answers.append(name)
    print(f"{side:3} pixels, {cost / 1e6:5.0f} million multiplications: {name} ({probability:.0%})")
begins = min(side for number, side in enumerate(sides) if set(answers[number:]) == {answers[-1]})
pictures.show(
    {
        f"{side} pixels: {name}": (preprocess(seen, size=side)[0] * 128 + 127) / 255
        for side, name in zip(sides[::2], answers[::2], strict=True)
    },
    title=f"From {begins} pixels on it says {answers[-1]!r}",
    alt="The middle square of your photo at four resolutions, with the network's first answer. "
    + "; ".join(f"{side} pixels: {name}" for side, name in zip(sides[::2], answers[::2], strict=True))
    + ".",
)

# %% [markdown]
# A network pays for each pixel, whether it shows something or not. Does your picture need 224 of them?

# %% [markdown]
# ## Summary
#
# - A depthwise-separable convolution looks around in each channel, then mixes channels with filters of 1 × 1. It costs
#   $1/n_C + 1/f^2$ of an ordinary one: for 3 × 3 at best a ninth.
# - It is the ordinary convolution whose filters all see a channel through one and the same pattern.
# - MobileNet v1 is 13 such blocks. Nearly all of its multiplications are in the filters of 1 × 1.
# - MobileNet v2 has 17 inverted residual blocks: thin between, thick inside, a shortcut between the thin ends, no activation
#   after the projection; 3,504,872 parameters.
# - At equal multiplications, compare *accuracy*, with several seeds. And time on the device.
# - Compound scaling makes depth, width and resolution grow together, for about $1.92^\phi$ times the cost.
#
# **Next:** lesson 2.5. You take a network that others trained, and make it do your own task with few pictures.

# %% [markdown]
# ## References
#
# - A. G. Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications",
#   arXiv:1704.04861, 2017. The thirteen blocks, the cost, and accuracy with and without separating.
# - M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen, "MobileNetV2: inverted residuals and linear bottlenecks", *CVPR*, 2018.
#   What a ReLU loses in thin volumes, and the memory inside a block.
# - M. Tan, Q. V. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", *ICML*, 2019. Compound scaling.
# - F. Chollet, "Xception: deep learning with depthwise separable convolutions", *CVPR*, 2017. The same idea without the phone.
