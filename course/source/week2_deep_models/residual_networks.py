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
# # 2.2 Residual networks
#
# **Why can a deeper network do worse on the very pictures that it learned from? And how does one plus sign mend it?**
#
# More layers can compute more. So a deeper network should learn its training pictures at least as well as a shallow
# one. Around 2015 people found that it does not. In this lesson you build the blocks that changed this, put them together
# to a network of fifty layers, and train plain and residual networks side by side.
#
# **After this lesson you can**
#
# - say what a residual block computes, and why doing nothing is easy for it;
# - build the two blocks of ResNet-50, with a bottleneck and batch normalisation;
# - carry a shortcut past a change of size, with learned weights or with zeros;
# - write a network as `nn.Sequential` and as functions in `forward`, and say when you need which;
# - build ResNet-50 from its table, and check it by its 25,557,032 parameters;
# - measure what depth does to plain and to residual networks, and say what you saw and what you did not.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 8 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lessons 1.3 and 2.1; batch normalisation |

# %% [markdown]
# ## What you build
#
# | | name | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `IdentityBlock` | three convolutions, and a shortcut past them | 3 |
# | 2 | `padding_shortcut` | a shortcut to another size that learns nothing | 3 |
# | 3 | `ConvolutionalBlock` | a block whose shortcut has weights of its own | 3 |
# | 4 | `ResNet50` | the whole network, from its table | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other sizes and other weights runs when your notebook is graded. Each
# exercise is judged by itself.
#
# Boxes that begin with *The notes say…* set right what went wrong in the lecture notes that this course grew from. You
# need not have read those; but what one author mixed up, you will meet elsewhere.
#
# ## The names in this lesson
#
# | name | what it is |
# | --- | --- |
# | `x`, (B, C, H, W) | a batch of B volumes: channels, rows, columns |
# | $a^{[l]}$ | what comes out of layer $l$, after its ReLU |
# | $z^{[l]}$ | what layer $l$ computes before its ReLU |
# | $g$ | the ReLU: $g(z) = \max(z, 0)$ |
# | `filters` = (F1, F2, F3) | how many filters the three convolutions of a block have |

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: one plus sign
#
# ## 1. A puzzle
#
# You have trained a network of 20 layers. Now you put 24 more layers behind it and train the whole anew. **Before you
# read on:** can the best network of 44 layers be worse, *on the training pictures*, than the one of 20?
#
# <details><summary>Compare with your answer</summary>
#
# No. Copy the 20 trained layers, and let the 24 others pass on what they get. This network of 44 layers is exactly as
# good. So a network of 44 layers that ends up worse is not too weak: the training did not *find* good weights.
#
# </details>
#
# But this is what happens. In 2015, He and others trained plain networks of 20 and of 56 layers on small photos: the
# deeper one had the larger error, on the training pictures too. So it is not overfitting. They called it
# *degradation*. You will see it on digits in part 4.
#
# **Ask yourself:** "let the other layers pass on what they get": how hard is this for two plain layers,
# $a^{[l+2]} = g(W_2\, g(W_1 a^{[l]} + b_1) + b_2)$? Which weights do it? Where do random weights start?
#
# <details><summary>Compare with your answer</summary>
#
# Both $W$ must be the identity (or each other's inverse, where no ReLU cuts), out of all matrices there are. Random
# weights near zero are far from it. With $W = 0$ two plain layers pass on *nothing*.
#
# </details>
#
# ## 2. The residual block
#
# Now carry $a^{[l]}$ past both layers, and add it before the last ReLU:
#
# $$ a^{[l+2]} = g\big(z^{[l+2]} + a^{[l]}\big) $$
#
# The way around is called a *shortcut* or *skip connection*. The layers only have to learn what is *missing*, the
# residual $z^{[l+2]}$. **Predict:** what does the block compute when the last layer's weights and biases are all 0?
#
# <details><summary>Compare with your answer</summary>
#
# $z^{[l+2]} = 0$, so $a^{[l+2]} = g(a^{[l]})$. And $a^{[l]}$ came out of a ReLU, so it is nowhere negative and
# $g(a^{[l]}) = a^{[l]}$. For a residual block doing nothing is as easy as weights of zero, and small random weights
# start close to it, if no normalisation follows. (From section 3 on one does. It undoes any smallness of the weights, and
# then *its* scale has to be 0. And where something negative comes in, the last ReLU cuts it off: $g(a)$ is not $a$ then.)
#
# </details>
#
# > **The notes say…** in one place $a^{[l+2]} = g(z^{[l+2]} + a^{[l+1]})$. What is added is $a^{[l]}$, the input of the
# > block. $a^{[l+1]}$ is what the first of the two layers gave; adding that would leave the first layer without a
# > way around it.

# %% [markdown]
# ### See it: nothing, done twenty times
#
# The street goes through twenty pairs of layers whose last weights are zero. **Predict** both pictures.

# %%
from cnnkit import pictures
from cnnkit.scenes import street_scene

street = street_scene(seed=42, size=192, difficulty=0.3).image
a = torch.tensor(street.transpose(2, 0, 1)[None] / 255, dtype=torch.float32)
cnnkit.seed(0)
first, last = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 3, 3, padding=1)
nn.init.zeros_(last.weight)
nn.init.zeros_(last.bias)
with torch.no_grad():
    plain = residual = a
    for _ in range(20):
        plain = torch.relu(last(torch.relu(first(plain))))
        residual = torch.relu(last(torch.relu(first(residual))) + residual)
change = (residual - a).abs().max().item()
pictures.show(
    {"what goes in": street, "after 20 plain pairs": plain[0], "after 20 residual pairs": residual[0]},
    title=f"With zeros, plain layers lose everything; the largest change by residual ones is {change:.1g}",
    alt="Three pictures. A street with cars and houses; after twenty plain pairs of layers all black; after twenty "
    "residual pairs the same street again.",
)

# %% [markdown]
# ## 3. Bottleneck and batch normalisation
#
# In ResNet-50 a block has three convolutions. The first is 1 × 1 and makes the volume thin, the second is 3 × 3 and looks
# around, the third is 1 × 1 and makes it thick again: a *bottleneck*. **Predict:** a volume has 256 channels. What do two
# convolutions of 3 × 3 × 256 learn together, and what does the bottleneck 256 → 64 → 64 → 256? (No biases.)
#
# <details><summary>Compare with your answer</summary>
#
# Two full ones: $2 \cdot 3 \cdot 3 \cdot 256 \cdot 256 = 1\,179\,648$. The bottleneck:
# $256 \cdot 64 + 3 \cdot 3 \cdot 64 \cdot 64 + 64 \cdot 256 = 69\,632$, a seventeenth.
#
# </details>
#
# Each convolution is followed by a *batch normalisation*: it brings every channel to mean 0 and variance 1 over the batch,
# then scales and shifts it by two learned numbers. It subtracts the mean, so a bias before it would be lost at once: the
# convolutions have none. Batch normalisation also *remembers* a mean and a variance of each channel, for later use in
# evaluation mode. These are not learned by gradients, and are not counted as parameters.
#
# ![Two drawings. Left, the identity block: x goes down through a 1 by 1 convolution with F1 filters, batch normalisation,
# ReLU, an f by f convolution with F2 filters, batch normalisation, ReLU, a 1 by 1 convolution with F3 filters, batch
# normalisation, to a plus sign and a ReLU. A shortcut leads from x straight to the plus sign. Right, the convolutional block:
# the same, but the first convolution has the stride s, and on the shortcut stand a 1 by 1 convolution with F3 filters
# and stride s and a batch normalisation, without ReLU.](images/residual_blocks.svg)
#
# ## 4. Two ways to write it
#
# You know both from lesson 1.3. Here are the same two layers, once as a row and once as functions:
#
# | `nn.Sequential` | functional |
# | --- | --- |
# | `main = nn.Sequential(conv1, bn1, nn.ReLU(), conv2)` | `def forward(self, x):` |
# | `z = main(x)` | `    return self.conv2(torch.relu(self.bn1(self.conv1(x))))` |
#
# A row can hold only what has one way in and one way out. A block with a shortcut has a fork and a sum, so it needs a
# `forward` of its own. You may put its main path into an `nn.Sequential`, or call each layer in `forward`. Both are right.

# %% [markdown]
# ### Exercise 1: `IdentityBlock` (3 points)
#
# <details><summary>Hint 1</summary>
#
# The sum needs two volumes of one shape. So as many channels come in as go out: `F3`. And the convolution of f × f must
# keep rows and columns: which padding does that for an odd f?
#
# <details><summary>Hint 2</summary>
#
# `nn.Conv2d(F3, F1, 1, bias=False)`, `nn.BatchNorm2d(F1)`, then a ReLU; the same from F1 to F2 with
# `padding=f // 2`; the same from F2 to F3, but without the ReLU.
#
# <details><summary>Hint 3</summary>
#
# In `forward`: compute the main path, add `x`, and take the ReLU of the sum. Write a new tensor (`z + x`): `x += z`
# would change what the caller gave you.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "IdentityBlock_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class IdentityBlock(nn.Module):
    """A residual block whose output has the shape of its input.

    The main path: a convolution of 1 x 1 with F1 filters, one of f x f with F2 filters that keeps rows and columns, and
    one of 1 x 1 with F3 filters; none has a bias, and an nn.BatchNorm2d follows each. A ReLU follows the first two
    normalisations. Then the input is added, and a last ReLU follows the sum.
    """

    def __init__(self, filters, f=3):
        """Make the layers.

        Args:
            filters: (F1, F2, F3), ints. F3 channels come in, and F3 go out.
            f: side of the middle filters in pixels, an odd int.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        F1, F2, F3 = filters
        # Three convolutions without bias, a batch normalisation after each.
        ### BEGIN SOLUTION
        self.main = nn.Sequential(
            nn.Conv2d(F3, F1, 1, bias=False),
            nn.BatchNorm2d(F1),
            nn.ReLU(),
            nn.Conv2d(F1, F2, f, padding=f // 2, bias=False),
            nn.BatchNorm2d(F2),
            nn.ReLU(),
            nn.Conv2d(F2, F3, 1, bias=False),
            nn.BatchNorm2d(F3),
        )
        ### END SOLUTION

    def forward(self, x):
        """Compute the block.

        Args:
            x: (B, F3, H, W); it stays as it is.

        Returns:
            A tensor of the same shape, nowhere negative.
        """
        # The main path, plus the input, and the ReLU of the sum.
        ### BEGIN SOLUTION
        return torch.relu(self.main(x) + x)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "IdentityBlock", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("IdentityBlock") as check:
    # Two channels come in, (F1, F2, F3) = (1, 1, 2). The three convolutions, and two numbers a channel of each normalisation:
    model = IdentityBlock((1, 1, 2))
    described = testing.describe(model)
    shapes = sorted(tuple(shape) for _, shape, _ in described["parameters"])
    wanted = [(1,)] * 4 + [(1, 1, 3, 3), (1, 2, 1, 1), (2,), (2,), (2, 1, 1, 1)]
    check.equal(shapes, wanted, "the shapes of what IdentityBlock((1, 1, 2)) learns, sorted")

    # First channel minus second; sum over 3 x 3; once with a plus, once with a minus. The normalisations change nothing.
    kernels = {
        (1, 2, 1, 1): torch.tensor([1.0, -1.0]).reshape(1, 2, 1, 1),
        (1, 1, 3, 3): torch.ones(1, 1, 3, 3),
        (2, 1, 1, 1): torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1),
    }
    state = {}
    for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
        neutral = torch.full(tuple(shape), float(name.endswith(("weight", "running_var"))))
        state[name] = kernels.get(tuple(shape), neutral)
    model.load_state_dict(state)
    model.eval()
    x = torch.tensor([[[[1.0, 0, 0], [0, 2, 0], [0, 0, -3]], [[0, 2, 0], [1, 0, 0], [0, 0, 1]]]])
    expected = torch.tensor([[[[4.0, 3, 2], [3, 5, 2], [2, 2, 0]], [[0.0, 0, 0], [0, 0, 0], [0, 0, 0]]]])
    label = "IdentityBlock((1, 1, 2))(x), rounded"
    check.equal(torch.round(model(x).detach()), expected, label, axes=("volume", "channel", "row", "column"))
    check.true(testing.unchanged(model, [x]), "IdentityBlock should leave its input x as it is.")

# %% nbgrader={"grade": true, "grade_id": "IdentityBlock_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of IdentityBlock: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("IdentityBlock") as check:
    rng = testing.rng("IdentityBlock_hidden")

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

    def main_path(maps, numbers, kernels, mode):
        """The three convolutions as products of matrices."""
        first, middle, third = kernels
        a1 = normal(mixed(maps, numbers, first), numbers, mode).clamp(min=0)
        windows = functional.unfold(a1, middle[2], padding=(middle[2] - 1) // 2)
        z2 = (numbers[middle, "weight"].flatten(1) @ windows).reshape(len(maps), -1, *maps.shape[2:])
        return normal(mixed(normal(z2, numbers, mode).clamp(min=0), numbers, third), numbers, mode)

    for f in (3, 5):
        F1, F2, F3 = filters = tuple(int(n) for n in rng.permutation(np.arange(2, 9))[:3])
        model = IdentityBlock(filters, f) if f == 5 else IdentityBlock(filters)
        called = f"IdentityBlock({filters}, f={f})"
        described = testing.describe(model)
        first, middle, third = (F1, F3, 1, 1), (F2, F1, f, f), (F3, F2, 1, 1)
        wanted = sorted([first, middle, third] + [(n,) for n in filters] * 2)
        shapes = sorted(tuple(shape) for _, shape, _ in described["parameters"])
        check.equal(shapes, wanted, f"the shapes of what {called} learns, sorted")

        # Numbers for each shape: no two layers of this block have the same one.
        drawn, state = {}, {}
        for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
            key = (tuple(shape), name.split(".")[-1])
            numbers = rng.uniform(0.5, 2, key[0]) if "var" in name else rng.normal(0, 0.7, key[0])
            state[name] = drawn[key] = torch.tensor(numbers, dtype=torch.float32)
        x = torch.tensor(rng.normal(0, 1, (3, F3, 5, 4)), dtype=torch.float32)

        for mode in ("evaluation", "training"):
            model.load_state_dict(state)
            model.train(mode == "training")
            got = model(x.clone()).detach()
            expected = (main_path(x, drawn, (first, middle, third), mode) + x).clamp(min=0)
            check.equal(got, expected, f"{called}(x) in {mode} mode", rtol=1e-3, atol=1e-3)
        check.true(testing.unchanged(model, [x]), f"{called} should leave its input x as it is.")

        # With the last weights and biases at 0 the block gives the ReLU of its input, exactly.
        silent = {
            name: value * 0
            if tuple(value.shape) == third or (name.endswith("bias") and len(value) == F3)
            else value
            for name, value in state.items()
            if value.ndim
        }
        model.load_state_dict(silent, strict=False)
        model.train()
        check.equal(model(x).detach(), x.clamp(min=0), f"{called}(x), its last weights and biases being 0")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: your block does nothing, if you ask it to
#
# Batch normalisation's scale is the last weight of the main path. **Predict** the two largest differences.

# %%
cnnkit.seed(0)
block = IdentityBlock((4, 4, 16))
after_relu = torch.rand(2, 16, 8, 8)
any_sign = torch.randn(2, 16, 8, 8)
scales = [p for p in block.parameters() if tuple(p.shape) == (16,)]
with torch.no_grad():
    for p in scales:
        p.zero_()
    for name, volume in {"nowhere negative": after_relu, "of either sign": any_sign}.items():
        print(f"input {name:17} largest change {(block(volume) - volume).abs().max().item():.3f}")
    cut = (block(any_sign) - torch.relu(any_sign)).abs().max().item()
print(f"input of either sign, against its ReLU: {cut:.3f}")

# %% [markdown]
# That scale is where people begin in practice, too: with the last scale of every block at 0, a fresh residual network
# is as if it were shallow, and each block grows as it learns (Goyal and others, 2017).

# %% [markdown]
# # Part 2: when the size changes
#
# ## 5. A shortcut that learns nothing
#
# Networks make rows and columns fewer and channels more. Then $z^{[l+2]}$ and $a^{[l]}$ have other shapes, and there is no
# sum. Something has to stand on the shortcut:
#
# $$ a^{[l+2]} = g\big(z^{[l+2]} + W_s\, a^{[l]}\big) $$
#
# **Ask yourself:** 64 channels come in and 128 go out. Which shape has $W_s$ at one position? Which $W_s$ needs no learning?
#
# <details><summary>Compare with your answer</summary>
#
# (128, 64). A fixed one: the identity above, zeros below. It hands on 64 channels and fills up the other 64 with zeros.
# Nothing to learn, and nothing to store.
#
# </details>
#
# For rows and columns, a stride does it: with stride 2 take every second row and column, beginning with the first.

# %% [markdown]
# ### Exercise 2: `padding_shortcut` (3 points)
#
# <details><summary>Hint 1</summary>
#
# A slice has a step: `x[:, :, ::2, ::2]`. How many channels are missing then?
#
# <details><summary>Hint 2</summary>
#
# Zeros of the same dtype and on the same device: `small.new_zeros(B, missing, H, W)`. Join them along the axis of the
# channels with `torch.cat`.
#
# <details><summary>Hint 3</summary>
#
# Or let `functional.pad(small, (0, 0, 0, 0, 0, missing))` do it: it counts from the last axis, two numbers each. Beware: with
# a negative number it cuts off channels and says nothing. Raise the ValueError first.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "padding_shortcut_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def padding_shortcut(x, n_C, stride=1):
    """Carry a volume to more channels and fewer rows and columns, without anything to learn.

    Args:
        x: (B, C, H, W), of any floating-point dtype, on any device; it stays as it is.
        n_C: channels that go out, an int of C or more.
        stride: every how many rows and columns one is kept, an int of 1 or more; the first is kept.

    Returns:
        A tensor of shape (B, n_C, ceil(H / stride), ceil(W / stride)), of the dtype and on the device of x: the channels
        of x first, zeros in the others. Gradients flow back to x.

    Raises:
        ValueError: n_C is smaller than C.
    """
    # 1. Fewer channels than come in: raise a ValueError.
    ### BEGIN SOLUTION
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("more channels come in than should go out, and padding only adds channels")
    ### END SOLUTION
    # 2. Keep every stride-th row and column. Put channels of zeros behind the others.
    ### BEGIN SOLUTION
    return functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, missing))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "padding_shortcut", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("padding_shortcut") as check:
    # One channel of 3 x 3 becomes three of 2 x 2: the corners, and zeros.
    x = torch.tensor([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]])
    expected = torch.zeros(1, 3, 2, 2)
    expected[0, 0] = torch.tensor([[1.0, 3], [7, 9]])
    axes = ("volume", "channel", "row", "column")
    check.equal(padding_shortcut(x, 3, 2), expected, "padding_shortcut(x, 3, 2)", axes=axes)

    # The same size: nothing changes.
    check.equal(padding_shortcut(x, 1), x, "padding_shortcut(x, 1)", axes=axes)

    # Each number that was kept has its gradient, each that was dropped has none.
    slope = torch.tensor([[[[1.0, 0, 1], [0, 0, 0], [1, 0, 1]]]])
    check.equal(
        testing.grad(padding_shortcut, [x, 3, 2], wrt=0), slope, "the gradient of padding_shortcut(x, 3, 2)"
    )

    # Two channels cannot go out as one.
    two = torch.ones(1, 2, 3, 3)
    check.raises(ValueError, padding_shortcut, two, 1, label="padding_shortcut(x with 2 channels, 1)")

# %% nbgrader={"grade": true, "grade_id": "padding_shortcut_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of padding_shortcut: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("padding_shortcut") as check:
    rng = testing.rng("padding_shortcut_hidden")
    axes = ("volume", "channel", "row", "column")
    for stride, dtype in ((1, torch.float32), (2, torch.float64), (2, torch.float32), (3, torch.float32)):
        C, H, W = (int(n) for n in rng.integers([2, 5, 8], [5, 8, 11]))
        n_C = C + int(rng.integers(1, 6))
        x = torch.tensor(rng.normal(0, 1, (3, C, H, W)), dtype=dtype)
        called = f"padding_shortcut(x of shape {tuple(x.shape)}, {n_C}, {stride})"

        # The fixed matrix W_s, and a 1 x 1 convolution with it.
        W_s = torch.eye(n_C, C, dtype=dtype)[:, :, None, None]
        expected = torch.nn.functional.conv2d(x, W_s, stride=stride)
        check.equal(padding_shortcut(x, n_C, stride), expected, called, axes=axes, same_dtype=True)
        check.true(
            testing.unchanged(padding_shortcut, [x, n_C, stride]), f"{called} should leave x as it is."
        )
        slope = torch.nn.functional.conv_transpose2d(torch.ones_like(expected), W_s, stride=stride)
        whole = torch.zeros_like(x)
        whole[:, :, : slope.shape[2], : slope.shape[3]] = slope
        check.equal(
            testing.grad(padding_shortcut, [x, n_C, stride], wrt=0), whole, f"the gradient of {called}"
        )
        check.equal(padding_shortcut(x, C), x, f"padding_shortcut(x, {C})", axes=axes)
        check.raises(ValueError, padding_shortcut, x, C - 1, stride, label=f"{C - 1} channels from {C}")
### END HIDDEN TESTS

# %% [markdown]
# ## 6. A shortcut with weights of its own
#
# The other way: let the network learn $W_s$, as a convolution of 1 × 1 with the right stride and number of filters. ResNet-50
# does this wherever the size changes, four times in all. A batch normalisation follows it, as it follows every
# convolution. No ReLU: what is added may be negative.
#
# **Ask yourself:** a 1 × 1 convolution with stride 2 looks at which of the numbers that come in?
#
# <details><summary>Compare with your answer</summary>
#
# At every second row and column, so at one number in four in each channel. Three quarters are never looked at, by the
# shortcut or by the first convolution of the main path. It is what the paper does, and what you build. Many libraries
# moved the stride to the convolution of 3 × 3, which sees them all, and call it version 1.5.
#
# </details>

# %% [markdown]
# ### Exercise 3: `ConvolutionalBlock` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Start from your `IdentityBlock`. Three things differ: how many channels come in, the stride of the first convolution,
# and what stands on the shortcut.
#
# <details><summary>Hint 2</summary>
#
# The shortcut: `nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False)` and `nn.BatchNorm2d(F3)`. Main path and shortcut
# must shrink alike, so both have the stride, each once.
#
# <details><summary>Hint 3</summary>
#
# In `forward`, both paths start from the same `x`: the ReLU of `main(x) + shortcut(x)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "ConvolutionalBlock_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ConvolutionalBlock(nn.Module):
    """A residual block that changes the size, with a shortcut that learns.

    The main path is that of IdentityBlock, save that its first convolution takes in_channels and has the stride. On the
    shortcut stand a convolution of 1 x 1 with F3 filters and the stride, without bias, and an nn.BatchNorm2d. A ReLU
    follows the sum.
    """

    def __init__(self, in_channels, filters, f=3, stride=2):
        """Make the layers.

        Args:
            in_channels: channels that come in, an int.
            filters: (F1, F2, F3), ints. F3 channels go out.
            f: side of the middle filters in pixels, an odd int.
            stride: of the first convolution and of the shortcut, an int.

        Raises:
            Nothing of its own: the tests only pass arguments that fit.
        """
        super().__init__()
        F1, F2, F3 = filters
        # The main path: three convolutions without bias, a batch normalisation after each.
        ### BEGIN SOLUTION
        self.main = nn.Sequential(
            nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False),
            nn.BatchNorm2d(F1),
            nn.ReLU(),
            nn.Conv2d(F1, F2, f, padding=f // 2, bias=False),
            nn.BatchNorm2d(F2),
            nn.ReLU(),
            nn.Conv2d(F2, F3, 1, bias=False),
            nn.BatchNorm2d(F3),
        )
        ### END SOLUTION
        # The shortcut: one convolution without bias, and its batch normalisation.
        ### BEGIN SOLUTION
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)
        )
        ### END SOLUTION

    def forward(self, x):
        """Compute the block.

        Args:
            x: (B, in_channels, H, W); it stays as it is.

        Returns:
            A tensor of shape (B, F3, ceil(H / stride), ceil(W / stride)), nowhere negative.
        """
        # Both paths, and the ReLU of their sum.
        ### BEGIN SOLUTION
        return torch.relu(self.main(x) + self.shortcut(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "ConvolutionalBlock", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("ConvolutionalBlock") as check:
    # One channel comes in, (F1, F2, F3) = (2, 3, 4): four convolutions, four normalisations.
    model = ConvolutionalBlock(1, (2, 3, 4))
    described = testing.describe(model)
    shapes = sorted(tuple(shape) for _, shape, _ in described["parameters"])
    wanted = [
        (2,),
        (2,),
        (2, 1, 1, 1),
        (3,),
        (3,),
        (3, 2, 3, 3),
        (4,),
        (4,),
        (4,),
        (4,),
        (4, 1, 1, 1),
        (4, 3, 1, 1),
    ]
    check.equal(shapes, wanted, "the shapes of what ConvolutionalBlock(1, (2, 3, 4)) learns, sorted")

    # Small whole numbers as weights; the normalisations change nothing.
    state = {}
    for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
        neutral = torch.full(tuple(shape), float(name.endswith(("weight", "running_var"))))
        numbers = (torch.arange(float(neutral.numel())) % 5 - 2).reshape(tuple(shape))
        state[name] = numbers if len(shape) == 4 else neutral
    model.load_state_dict(state)
    model.eval()
    x = torch.tensor([[[[4.0, 9, -2], [9, 9, 9], [-3, 9, 5]]]])
    out = model(x).detach()
    check.equal(
        tuple(out.shape), (1, 4, 2, 2), "the shape of ConvolutionalBlock(1, (2, 3, 4))(x), x of 3 x 3"
    )
    expected = torch.tensor([[[[0.0, 0], [0, 0]], [[0, 28], [16, 0]], [[0, 0], [0, 13]], [[4, 0], [23, 0]]]])
    label = "ConvolutionalBlock(1, (2, 3, 4))(x), rounded"
    check.equal(torch.round(out), expected, label, axes=("volume", "channel", "row", "column"))

# %% nbgrader={"grade": true, "grade_id": "ConvolutionalBlock_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of ConvolutionalBlock: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("ConvolutionalBlock") as check:
    rng = testing.rng("ConvolutionalBlock_hidden")

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

    def main_path(maps, numbers, kernels, mode):
        """The three convolutions as products of matrices."""
        first, middle, third = kernels
        a1 = normal(mixed(maps, numbers, first), numbers, mode).clamp(min=0)
        windows = functional.unfold(a1, middle[2], padding=(middle[2] - 1) // 2)
        z2 = (numbers[middle, "weight"].flatten(1) @ windows).reshape(len(maps), -1, *maps.shape[2:])
        return normal(mixed(normal(z2, numbers, mode).clamp(min=0), numbers, third), numbers, mode)

    for f, stride in ((3, 2), (5, 3)):
        n, F1, F2, F3 = (int(n) for n in rng.permutation(np.arange(2, 9))[:4])
        given = {} if (f, stride) == (3, 2) else {"f": f, "stride": stride}
        model = ConvolutionalBlock(n, (F1, F2, F3), **given)
        called = f"ConvolutionalBlock({n}, {(F1, F2, F3)}, f={f}, stride={stride})"
        described = testing.describe(model)
        first, middle, third, around = (F1, n, 1, 1), (F2, F1, f, f), (F3, F2, 1, 1), (F3, n, 1, 1)
        wanted = sorted([first, middle, third, around] + [(c,) for c in (F1, F2, F3, F3)] * 2)
        shapes = sorted(tuple(shape) for _, shape, _ in described["parameters"])
        check.equal(shapes, wanted, f"the shapes of what {called} learns, sorted")

        # The two normalisations with F3 channels get the same numbers, whichever is registered first.
        drawn, state = {}, {}
        for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
            key = (tuple(shape), name.split(".")[-1])
            numbers = rng.uniform(0.5, 2, key[0]) if "var" in name else rng.normal(0, 0.7, key[0])
            state[name] = drawn.setdefault(key, torch.tensor(numbers, dtype=torch.float32))
        rows, columns = (int(c) for c in rng.integers(4, 9, 2))
        x = torch.tensor(rng.normal(0, 1, (3, n, rows, columns)), dtype=torch.float32)

        for mode in ("evaluation", "training"):
            model.load_state_dict(state)
            model.train(mode == "training")
            got = model(x.clone()).detach()
            seen = x[:, :, ::stride, ::stride]
            beside = normal(mixed(seen, drawn, around), drawn, mode)
            expected = (main_path(seen, drawn, (first, middle, third), mode) + beside).clamp(min=0)
            check.equal(got, expected, f"{called}(x) in {mode} mode", rtol=1e-3, atol=1e-3)
        check.true(testing.unchanged(model, [x]), f"{called} should leave its input x as it is.")
### END HIDDEN TESTS

# %% [markdown]
# # Part 3: fifty layers
#
# ## 7. The table of ResNet-50
#
# ResNet-50 is a *stem*, four *stages* of such blocks, and a *head*. For pictures of 224 × 224:
#
# | part | what it is | comes out |
# | --- | --- | --- |
# | stem | 7 × 7 convolution, 64 filters, stride 2, padding 3, no bias; batch normalisation; ReLU | 112 × 112 × 64 |
# | | max pooling, window 3, stride 2, padding 1 | 56 × 56 × 64 |
# | stage 2 | 3 blocks with filters (64, 64, 256), the first with stride 1 | 56 × 56 × 256 |
# | stage 3 | 4 blocks with filters (128, 128, 512), the first with stride 2 | 28 × 28 × 512 |
# | stage 4 | 6 blocks with filters (256, 256, 1024), the first with stride 2 | 14 × 14 × 1024 |
# | stage 5 | 3 blocks with filters (512, 512, 2048), the first with stride 2 | 7 × 7 × 2048 |
# | head | average over rows and columns; one dense layer | 1000 |
#
# The first block of each stage is a `ConvolutionalBlock`, the others are `IdentityBlock`s.
#
# **Ask yourself:** why does stage 2 begin with a `ConvolutionalBlock`, when its stride is 1? And which fifty layers does the
# name count?
#
# <details><summary>Compare with your answer</summary>
#
# The channels change, from 64 to 256. And it counts layers with weights on the main path: one in the stem, three in each of
# $3 + 4 + 6 + 3 = 16$ blocks, one dense: $1 + 48 + 1 = 50$. The four convolutions on shortcuts are left out.
#
# </details>
#
# > **The notes say…** that a residual network has no fully connected layers. It has one, at the end: 2048 × 1000 weights and
# > 1000 biases, 2,049,000 of its 25.6 million. It has no *large* ones: VGG-16's first dense layer alone has 102.8 million.
#
# The whole is a row again: one way in, one way out. So it can be an `nn.Sequential`.

# %% [markdown]
# ### Exercise 4: `ResNet50` (3 points)
#
# The row of stage 2 is there. Complete the table, then let a loop build what it says.
#
# <details><summary>Hint 1</summary>
#
# The loop remembers how many channels come in: 64 at first, then the last of the filters of the stage before.
#
# <details><summary>Hint 2</summary>
#
# For each row: append `ConvolutionalBlock(channels, filters, stride=stride)`, then `blocks - 1` times
# `IdentityBlock(filters)`. Make each block anew: the same object in three places is one block with one set of weights.
#
# <details><summary>Hint 3</summary>
#
# The head: `nn.AdaptiveAvgPool2d(1)`, `nn.Flatten()`, `nn.Linear(2048, num_classes)`. Then `return
# nn.Sequential(*layers)` with all of them in `layers`. No softmax.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "ResNet50_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ResNet50(num_classes=1000):
    """Build ResNet-50, untrained.

    Args:
        num_classes: how many classes it tells apart, an int.

    Returns:
        A module (this may as well be a class). It takes pictures x, (B, 3, H, W), with sides of 32 pixels or more, and
        gives logits, (B, num_classes). For 1000 classes it has 25,557,032 parameters.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The stem: convolution, batch normalisation, ReLU, max pooling.
    ### BEGIN SOLUTION
    layers = [nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    layers.append(nn.MaxPool2d(3, stride=2, padding=1))
    ### END SOLUTION
    # 2. The stages. A row is: filters, number of blocks, stride of the first.
    stages = [((64, 64, 256), 3, 1)]
    ### BEGIN SOLUTION
    stages += [((128, 128, 512), 4, 2), ((256, 256, 1024), 6, 2), ((512, 512, 2048), 3, 2)]
    ### END SOLUTION
    # 3. The blocks of each stage.
    ### BEGIN SOLUTION
    channels = 64
    for filters, blocks, stride in stages:
        layers.append(ConvolutionalBlock(channels, filters, stride=stride))
        layers += [IdentityBlock(filters) for _ in range(blocks - 1)]
        channels = filters[2]
    ### END SOLUTION
    # 4. The head: average, flatten, dense.
    ### BEGIN SOLUTION
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "ResNet50", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("ResNet50") as check:
    with torch.device("meta"):  # weights without numbers, which are quickly made
        model = ResNet50()
    check.equal(testing.kind(model), "Module", "the kind of ResNet50()")
    described = testing.describe(model)
    layers = {4: "convolutions", 1: "numbers of normalisations, and biases", 2: "dense layers"}
    found = dict.fromkeys(layers.values(), 0)
    for _, shape, _ in described["parameters"]:
        found[layers[len(shape)]] += 1
    wanted = {"convolutions": 53, "numbers of normalisations, and biases": 107, "dense layers": 1}
    check.equal(found, wanted, "what ResNet50() has")
    check.equal(described["count"], 25_557_032, "the number of parameters of ResNet50()")

    # Two small pictures, in evaluation mode. The numbers do not matter, only how many come out.
    model.to_empty(device="cpu")
    model.eval()
    logits = model(torch.zeros(2, 3, 32, 32)).detach()
    check.equal(tuple(logits.shape), (2, 1000), "the shape of the logits of two pictures")

# %% nbgrader={"grade": true, "grade_id": "ResNet50_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of ResNet50: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("ResNet50") as check:
    rng = testing.rng("ResNet50_hidden")
    classes = int(rng.integers(3, 40))
    with torch.device("meta"):  # where it is made beside this cell, its first weights need no memory
        model = ResNet50(classes)
    described = testing.describe(model)
    stages = [(64 * 2**i, blocks) for i, blocks in enumerate((3, 4, 6, 3))]
    wanted, n = [(64, 3, 7, 7), (64,), (64,), (classes, 2048), (classes,)], 64
    for thin, blocks in stages:
        thick = 4 * thin
        wanted += [(thick, n, 1, 1), (thick,), (thick,)]
        for _ in range(blocks):
            wanted += [(thin, n, 1, 1), (thin, thin, 3, 3), (thick, thin, 1, 1)]
            wanted += [(thin,)] * 4 + [(thick,)] * 2
            n = thick
    found = [tuple(shape) for _, shape, _ in described["parameters"]]
    check.equal(len(found), len(wanted), f"how many weights and biases ResNet50({classes}) has")
    check.equal(sorted(found), sorted(wanted), f"the shapes of what ResNet50({classes}) learns, sorted")

    # The same numbers for all weights of one shape, so that the order of the layers' names does not matter.
    table = torch.tensor(rng.normal(0, 1, 4099), dtype=torch.float32)
    weights, state = {}, {}
    for name, shape, *_ in [*described["parameters"], *described["buffers"]]:
        key, size = (tuple(shape), name.split(".")[-1]), torch.Size(shape).numel()
        if key not in weights:
            numbers = table.roll(len(weights))
            if len(shape) > 1:
                numbers = numbers * (2 * shape[0] / size) ** 0.5
            elif key[1] in ("weight", "running_var"):
                numbers = numbers.abs() * 0.5 + 0.5
            elif key[1] == "bias":
                numbers = numbers - 1  # so that every ReLU has something to cut
            repeated = numbers.repeat(size // len(table) + 1)[:size]
            weights[key] = repeated.reshape(key[0]) if shape else torch.tensor(1)
        state[name] = weights[key]
    names = list(state)
    for part in range(4):
        model.load_state_dict({name: state[name] for name in names[part::4]}, strict=False, assign=True)
    model.eval()
    x = torch.tensor(rng.normal(0, 1, (1, 3, 33, 37)), dtype=torch.float32)

    def layer(maps, shape, stride=1):
        """A convolution and its normalisation, with the weights of this shape."""
        maps = functional.conv2d(maps, weights[shape, "weight"], stride=stride, padding=shape[2] // 2)
        one = shape[:1]
        centre, scale = (
            weights[one, "running_mean"],
            weights[one, "weight"] / (weights[one, "running_var"] + 1e-5).sqrt(),
        )
        return (maps - centre[:, None, None]) * scale[:, None, None] + weights[one, "bias"][:, None, None]

    with torch.no_grad():
        maps = functional.max_pool2d(layer(x, (64, 3, 7, 7), 2).clamp(min=0), 3, 2, 1)
        for thin, blocks in stages:
            for number in range(blocks):
                n, stride = maps.shape[1], 2 if number == 0 and thin > 64 else 1
                hidden = layer(maps, (thin, n, 1, 1), stride).clamp(min=0)
                hidden = layer(hidden, (thin, thin, 3, 3)).clamp(min=0)
                hidden = layer(hidden, (4 * thin, thin, 1, 1))
                maps = (hidden + (layer(maps, (4 * thin, n, 1, 1), stride) if number == 0 else maps)).clamp(
                    min=0
                )
        expected = maps.mean((2, 3)) @ weights[(classes, 2048), "weight"].T + weights[(classes,), "bias"]
        got = model(x).detach()
    allowed = 1e-3 * float(expected.abs().max())
    check.equal(got, expected, f"ResNet50({classes})(x)", axes=("picture", "class"), rtol=1e-3, atol=allowed)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: where the numbers sit
#
# PyTorch can build a network without its numbers: on the *meta* device tensors have a shape and nothing else. It costs no
# memory, and all shapes can be read off. **Predict:** which stage has most parameters? Which part has most numbers coming
# *out* of its layers?

# %%
with torch.device("meta"):
    whole = ResNet50()
    volume = torch.zeros(1, 3, 224, 224)
learned, shapes = {}, {}
for name, layer in whole.named_children():
    volume = layer(volume)
    kind = type(layer).__name__
    if "Block" in kind or any(True for _ in layer.parameters()):
        learned[f"{name} {kind}"] = sum(p.numel() for p in layer.parameters())
        shapes[f"{name} {kind}"] = " x ".join(map(str, volume.shape[1:]))
for name, count in learned.items():
    print(f"{name:22} {shapes[name]:16} {count:10,}  {'#' * round(count / 100_000)}")
print(f"{'in all':39} {sum(learned.values()):10,}")

# %% [markdown]
# The last stage has more than half of all parameters, on the smallest maps. Early layers have few parameters and large maps.
# (For each `#` there are 100,000.)

# %% [markdown]
# # Part 4: what depth does
#
# ## 8. Plain against residual
#
# Now the experiment. Networks of $6n + 2$ layers, as in the paper's own experiment with small photos: one convolution, three
# stages of $n$ pairs of 3 × 3 convolutions (8, 16 and 32 channels), and a dense layer. Batch normalisation follows
# every convolution. In the *residual* networks, `padding_shortcut` leads past each pair. In the *plain* ones
# nothing does. So both have exactly as many parameters, start from the same random weights, and see the same batches.
#
# They read 2,000 digits, shrunk to 14 × 14, in batches of 50, with Adam at a learning rate of 0.002. Per epoch we count how
# many of the *training* digits are misread, each just before the network learns from it.
#
# **Predict** the training error after 5 epochs at depths 8, 20, 32 and 44: four numbers for plain networks, four for
# residual ones.


# %%
class Pair(nn.Module):
    """Two 3 x 3 convolutions, each with its normalisation; with or without a shortcut."""

    def __init__(self, channels, n_C, stride, residual, norm=True):
        super().__init__()
        self.n_C, self.stride, self.residual = n_C, stride, residual
        self.conv1 = nn.Conv2d(channels, n_C, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm1, self.norm2 = (nn.BatchNorm2d(n_C) if norm else nn.Identity() for _ in range(2))

    def forward(self, x):
        """(B, channels, H, W) to (B, n_C, H / stride, W / stride), both rounded up."""
        z = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(z + padding_shortcut(x, self.n_C, self.stride) if self.residual else z)


def digit_net(depth, residual, norm=True):
    """A network of 6 n + 2 layers for digits, (B, 1, 14, 14) to logits (B, 10)."""
    start = nn.Conv2d(1, 8, 3, padding=1, bias=False)
    layers, channels = [start, nn.BatchNorm2d(8) if norm else nn.Identity(), nn.ReLU()], 8
    for n_C in (8, 16, 32):
        for number in range((depth - 2) // 6):
            stride = 2 if number == 0 and n_C > 8 else 1
            layers.append(Pair(channels, n_C, stride, residual, norm))
            channels = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def small_digits(count=2000):
    """Training digits at half their size, from 0 to 1: x (N, 1, 14, 14) and y (N,)."""
    images, labels = cnnkit.data.digits("train")
    x = functional.avg_pool2d(torch.from_numpy(images[:count])[:, None].float() / 255, 2)
    return x.to(device), torch.from_numpy(labels[:count]).to(device)


def training_errors(model, epochs, seed, rate=0.002):
    """Train; the share of training digits misread in each epoch, in percent."""
    x, y = small_digits(100 if cnnkit.quick() else 2000)
    optimizer, errors = torch.optim.Adam(model.parameters(), lr=rate), []
    model.train()
    for epoch in range(1 if cnnkit.quick() else epochs):
        wrong = 0
        for xs, ys in cnnkit.Batches(x, y, size=50, seed=1000 * seed + epoch):
            optimizer.zero_grad()
            logits = model(xs)
            functional.cross_entropy(logits, ys).backward()
            optimizer.step()
            wrong += (logits.argmax(dim=1) != ys).sum().item()
        errors.append(round(100 * wrong / len(y), 2))
    return errors


depths = [8, 20, 32, 44]
kinds = {"plain": False, "residual": True}


def run(depth, kind, seed, epochs):
    """One training from scratch, as a row of the results."""
    cnnkit.seed(seed)
    model = digit_net(depth, kinds[kind]).to(device)
    return {"depth": depth, "kind": kind, "seed": seed, "errors": training_errors(model, epochs, seed)}


# %% [markdown]
# The next cell trains eight networks for 5 epochs each, which takes about a minute.

# %%
from tqdm.auto import tqdm

mine = [
    run(depth, kind, 0, 5)
    for kind in ("residual", "plain")
    for depth in tqdm(depths[:: 3 if cnnkit.quick() else 1])
]
ends = {kind: [row["errors"][-1] for row in mine if row["kind"] == kind] for kind in kinds}
pictures.show_curves(
    [row["depth"] for row in mine if row["kind"] == "plain"],
    ends,
    xlabel="depth, layers",
    ylabel="misread in the last epoch, %",
    title=f"At depth {depths[-1]}: plain {ends['plain'][-1]:.0f} % misread, residual {ends['residual'][-1]:.0f} %",
    alt=f"Training error over depth. Plain networks go from {ends['plain'][0]:.0f} percent at depth {depths[0]} to "
    f"{ends['plain'][-1]:.0f} percent at depth {depths[-1]}, residual ones from {ends['residual'][0]:.0f} to "
    f"{ends['residual'][-1]:.0f} percent.",
)

# %% [markdown]
# ## 9. Was it luck? And does it stay?
#
# One run is one roll of the dice. And five epochs are not much: **predict** what 20 epochs do to the gap.
#
# The next cell reads recorded results of the same experiment: three seeds, 20 epochs. It would take about a quarter of an
# hour here. (To make them anew, set the environment variable `CNNKIT_RECORD` to 1 before you start Jupyter.) Seed 0 is your
# run again. If its numbers are not quite yours, that is rounding: your computer adds in another order, and a deep plain
# network magnifies such trifles.

# %% tags=["record"]
runs = cnnkit.recorded(
    "recordings/residual_networks.json",
    lambda: [run(depth, kind, seed, 20) for seed in range(3) for depth in depths for kind in kinds],
)


def after(epochs, depth, kind):
    """The recorded training errors of all seeds after so many epochs, in percent."""
    return [row["errors"][epochs - 1] for row in runs if (row["depth"], row["kind"]) == (depth, kind)]


print(f"{'misread, %':19}" + "".join(f"{f'depth {depth}':>20}" for depth in depths))
for epochs in (5, 20):
    for kind in kinds:
        spread = [after(epochs, depth, kind) for depth in depths]
        cells = [f"{np.mean(one):.1f} ({min(one):.1f} to {max(one):.1f})" for one in spread]
        print(f"{epochs:2} epochs, {kind:8}" + "".join(f"{cell:>20}" for cell in cells))
means = {
    f"{kind}, {epochs} epochs": [float(np.mean(after(epochs, depth, kind))) for depth in depths]
    for epochs in (5, 20)
    for kind in kinds
}
pictures.show_curves(
    depths,
    means,
    xlabel="depth, layers",
    ylabel="misread, %, mean of 3 seeds",
    title=f"Depth {depths[-1]}, plain against residual: {means['plain, 5 epochs'][-1]:.0f} to "
    f"{means['residual, 5 epochs'][-1]:.0f} % after 5 epochs, {means['plain, 20 epochs'][-1]:.0f} to "
    f"{means['residual, 20 epochs'][-1]:.0f} % after 20",
    alt="Mean training errors of three seeds over depth. "
    + "; ".join(f"{name}: " + ", ".join(f"{value:.0f}" for value in values) for name, values in means.items())
    + f" percent at depths {', '.join(map(str, depths))}.",
)

# %% [markdown]
# Go through it: the training curves of one depth on the left, all depths after so many epochs on the right. (By keyboard:
# Tab moves on, the arrow keys change the epoch.) **Find out:** from which depth on do the bands of plain and residual networks lie apart after
# 5 epochs? Where do they come close to each other by epoch 20, and where not?

# %%
from cnnkit import widgets

widgets.depth_explorer(runs, depth=44, epoch=5)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The depth explorer at depth 44, epoch 5. On the left two training curves over 20 epochs, each with a band for three
# seeds; on the right the training error over depth after epoch 5. Plain networks rise from 2 percent at depth 8 to 56 at
# depth 44 (50.5 to 61.5); residual ones stay at 2 to 3 percent.](images/depth_explorer.png)

# %% [markdown]
# **What you see.** After 5 epochs, plain networks misread more of their *training* digits the deeper they are: about 2 % at
# depth 8, 8 % at depth 20, 24 % at 32 and 56 % at 44. The residual ones misread 2 to 3 % at every depth. From depth 20 on
# the bands of three seeds lie apart, so it was not luck.
#
# After 20 epochs most of the gap is gone at depths 20 and 32: 2 and 4 % against 1 %. At depth 44 it is smaller than before and
# far from closed: 15 to 45 %, depending on the seed, against 1 %. And the way there is rough: in
# two of the three seeds the error jumped by 17 to 21 points from one epoch to the next.
#
# **What it does not show.** That plain networks never get there: you saw that more epochs help. Nor that digits need 44
# layers: 8 do as well here. And it says nothing of digits that the networks have not seen.

# %% [markdown]
# ## 10. Is it vanishing gradients?
#
# It is often said that plain networks fail because gradients vanish on their way back through many layers. **Ask
# yourself:** how would you check it? And what does batch normalisation do to it?
#
# Measure it: one batch, fresh networks of 44 layers, and the size (norm) of the gradient of each convolution, from the first
# layer to the last. **Predict** the order of the three curves at the first layer.


# %%
def gradient_sizes(residual, norm):
    """The norm of the gradient of each convolution of a fresh network of 44 layers, first layer first."""
    cnnkit.seed(0)
    model = digit_net(44, residual, norm).to(device)
    x, y = small_digits(200)
    functional.cross_entropy(model(x), y).backward()
    return [p.grad.norm().item() for p in model.parameters() if p.dim() == 4]


sizes = {
    "plain, no batch norm": gradient_sizes(residual=False, norm=False),
    "plain, batch norm": gradient_sizes(residual=False, norm=True),
    "residual, batch norm": gradient_sizes(residual=True, norm=True),
}
places = list(range(1, 44))
logs = {name: [float(np.log10(value)) for value in values] for name, values in sizes.items()}
pictures.show_curves(
    places,
    logs,
    xlabel="convolution, counted from the input",
    ylabel="size of its gradient, powers of ten",
    title=f"At layer 1: {sizes['plain, no batch norm'][0]:.0e} without batch norm, "
    f"{sizes['plain, batch norm'][0]:.0f} with it, {sizes['residual, batch norm'][0]:.1f} in the residual net",
    alt="Powers of ten of the gradients of 43 convolutions. Plain without batch norm: near "
    f"{logs['plain, no batch norm'][0]:.0f} everywhere. Plain with batch norm: from {logs['plain, batch norm'][0]:.1f} at the "
    f"first layer to {logs['plain, batch norm'][-1]:.1f} at the last. Residual: from "
    f"{min(logs['residual, batch norm']):.1f} to {max(logs['residual, batch norm']):.1f} throughout.",
)
for name, values in sizes.items():
    print(
        f"{name:22} first layer {values[0]:9.2g}   last layer {values[-1]:9.2g}   ratio {values[0] / values[-1]:9.2g}"
    )

# %% [markdown]
# **What you see.** Without batch normalisation the gradients of this fresh plain network are about $10^{-19}$ everywhere:
# they have vanished. With batch normalisation nothing vanishes. In the plain
# network gradients even *grow* toward the input. In the residual one they are of one size throughout.
#
# **What it does not show.** This is one network at its first step, not a training.
#
# > **The notes say…** that deep plain networks get worse because of vanishing and exploding gradients. He and others doubt
# > it in the paper itself. Their plain networks have batch normalisation. They checked that the gradients are of a healthy
# > size, and conclude that neither the forward nor the backward signal vanishes. They suppose that such networks learn
# > extremely slowly, and leave the reason for later study. Your plain networks learn slowly, too: more epochs help.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A residual block ends in $g(z + a)$. What does it give where $z = 0$ and $a = -2$?
# 2. Why does a convolution before a batch normalisation need no bias?
# 3. A block has filters (64, 64, 256). How many channels must come into its identity version?
# 4. You use `padding_shortcut` in all four places where ResNet-50 has a projection. How many parameters go?
# 5. Plain networks of depth 44 misread more *training* digits than those of depth 8. Is that overfitting?
#
# <details><summary>Answers</summary>
#
# 1. 0. The identity holds only where nothing negative comes in.
# 2. The normalisation subtracts the mean, and the bias with it. Its own shift does the work of a bias.
# 3. 256: the sum wants equal shapes.
# 4. $64 \cdot 256 + 256 \cdot 512 + 512 \cdot 1024 + 1024 \cdot 2048 = 2\,768\,896$ weights, and twice $256 + 512 + 1024 + 2048$
#    numbers of the normalisations: 2,776,576 in all.
# 5. No. Overfitting is being good on training pictures and bad on others. Here the training pictures themselves are misread.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# Five faults. Only the last one raises an error.
#
# **…the ReLU stands before the sum.** Then a block can only add, never take away. What comes out grows from block to block:

# %%
cnnkit.seed(0)
volumes = torch.rand(8, 16, 8, 8)
rightly = wrongly = volumes
with torch.no_grad():
    for _ in range(20):
        block = IdentityBlock((4, 4, 16))
        rightly = block(rightly)
        path = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        wrongly = path(wrongly) + wrongly
print(f"mean at the input {volumes.mean():.2f}, after 20 blocks {rightly.mean():.2f}")
print(
    f"with the ReLU before the sum {wrongly.mean():.2f}; anywhere less than at the input: {bool((wrongly < volumes).any())}"
)

# %% [markdown]
# **…the shortcut is forgotten.** Every shape still fits, and the network trains. Only deep ones tell you, by learning
# slowly. The surest test is the one above: with zeros as last weights, does the block hand on what it gets?

# %%
silent = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16))
nn.init.zeros_(silent[1].weight)
with torch.no_grad():
    without, with_it = torch.relu(silent(volumes)), torch.relu(silent(volumes) + volumes)
print(
    f"of a mean of {volumes.mean():.2f} remain {without.mean():.2f} without the shortcut, {with_it.mean():.2f} with it"
)

# %% [markdown]
# **…one block object stands in three places.** `[IdentityBlock(filters)] * 3` makes one block and three references to it: they
# share their weights. Counting parameters tells:

# %%
filters = (64, 64, 256)
for name, stage in {
    "one object, three times": [IdentityBlock(filters)] * 3,
    "three objects": [IdentityBlock(filters) for _ in range(3)],
}.items():
    print(f"{name:24} {sum(p.numel() for p in nn.Sequential(*stage).parameters()):8,} parameters")

# %% [markdown]
# **…you forget `eval()`.** In training mode, batch normalisation judges a picture by its neighbours. The same picture, alone
# and beside seven others:

# %%
block = IdentityBlock((4, 4, 16))
with torch.no_grad():
    for mode in (True, False):
        block.train(mode)
        gap = (block(volumes)[:1] - block(volumes[:1])).abs().max()
        print(f"{'training' if mode else 'evaluation':10} mode: largest difference {gap.item():.6f}")

# %% [markdown]
# **…the sizes differ and nothing stands on the shortcut.** This one is an error, and a long one. Its last line says all:

# %%
shrunk = ConvolutionalBlock(16, (4, 4, 32))(volumes)
try:
    shrunk + volumes
except RuntimeError as error:
    print(f"main path {tuple(shrunk.shape)}, shortcut {tuple(volumes.shape)}: {error}")

# %% [markdown]
# ## Your turn: a picture of your own
#
# How much of a picture is left after many layers with *random* weights? Put a photo beside this notebook and write its name
# below; without one you get the street. It goes through pairs of layers that nobody trained. The number is the correlation
# of the first channel with what went in: 1 is the same picture up to contrast, 0 has nothing to do with it. **Predict** the
# row of plain pairs, and that of residual ones.

# %%
from cnnkit.data import own_photo

own_file = ""  # for example "my_cat.jpg"


def grey(file):
    """A photo in grey, (1, 1, 128, 128), from 0 to 1; the street without a file."""
    opened = own_photo(file, street).convert("L").resize((128, 128))
    return torch.tensor(np.asarray(opened) / 255, dtype=torch.float32)[None, None]


def through(picture, pairs, residual):
    """The first channel after so many random pairs of layers, and its correlation with the picture."""
    cnnkit.seed(3)
    layers = nn.Sequential(*(Pair(8, 8, 1, residual) for _ in range(pairs)))
    with torch.no_grad():
        channel = layers(picture.expand(1, 8, -1, -1))[0, 0]
    return channel, float(np.corrcoef(channel.flatten(), picture.flatten())[0, 1])


picture = grey(own_file)
shown, kept_by = {}, {}
for kind, residual in kinds.items():
    for pairs in (1, 4, 16, 48)[: 2 if cnnkit.quick() else 4]:
        channel, alike = through(picture, pairs, residual)
        shown[f"{kind}, depth {2 * pairs}: {alike:.2f}"] = channel.numpy()
        kept_by[kind] = alike
pictures.show(
    shown,
    title=f"After the deepest: correlation {kept_by['plain']:.2f} plain, {kept_by['residual']:.2f} residual",
    alt="Your picture after random layers, with its correlation. " + "; ".join(shown) + ".",
)

# %% [markdown]
# With the street, the plain row loses it between depth 8 and 32. In the residual row you still find the car at depth 96,
# through layers that have learned nothing: the shortcuts carry it, and each block adds its noise. The correlations say
# less than your eyes, for the first channel shows edges, not brightness. Does your picture fare as well?

# %% [markdown]
# ## Summary
#
# - Deeper plain networks can have a larger *training* error. That is no overfitting: the training does not find what exists.
# - A residual block computes $g(z^{[l+2]} + a^{[l]})$. With zeros as its last weights it gives $g(a^{[l]})$: nothing is easy.
# - Where sizes differ, the shortcut has learned weights (1 × 1 convolution, `ConvolutionalBlock`), or zeros fill it up.
# - A bottleneck makes a volume thin for its 3 × 3 convolution. Before a batch normalisation a bias is of no use.
# - ResNet-50: stem, stages of 3, 4, 6 and 3 blocks, average, one dense layer; 25,557,032 parameters.
# - A row is an `nn.Sequential`; a fork and a sum need a `forward`.
# - With batch normalisation the gradients of the plain network did not vanish, and yet it learned slowly.
#
# **Next:** lesson 2.3. What one layer can do with filters of several sizes, and with filters of a single pixel.

# %% [markdown]
# ## References
#
# - K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", *CVPR*, 2016 (first shown in 2015). The
#   blocks, the degradation, and the networks of 6n + 2 layers.
# - K. He, X. Zhang, S. Ren, J. Sun, "Identity mappings in deep residual networks", *ECCV*, 2016. Why the way around should
#   stay free.
# - S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
#   *ICML*, 2015.
# - P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", arXiv:1706.02677, 2017. The last scale at 0.
# - G. Yang et al., "A mean field theory of batch normalization", *ICLR*, 2019. Why gradients grow in deep plain networks with it.
