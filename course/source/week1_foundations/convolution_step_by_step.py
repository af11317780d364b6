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
# # 1.2 Convolution, step by step
#
# **How does a convolutional layer turn one picture into another, and how does an error find its way back through it
# to every single weight?**
#
# You begin with the nine numbers of the last lesson. At the end you have built a whole layer yourself, in NumPy, from
# loops and sums. Nothing is hidden: your convolution gives the same numbers as PyTorch's, forwards and backwards.
# (Pooling differs in one place, on purpose.)
#
# **After this lesson you can**
#
# - compute a convolution and a pooling by hand, for any window, stride and padding;
# - say how large the output is, and how many numbers a layer learns;
# - derive the gradients of a convolution, and check them without trusting anyone;
# - say where a gradient goes in a pooling layer, and what happens when two pixels tie;
# - say why nobody ships the loops that you write here.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 5 hours |
# | machine time, solved | under 2 minutes on one core |
# | memory | under 1 GB |
# | before you start | lesson [1.1](edges_and_filters.ipynb); NumPy slices and broadcasting; the chain rule |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `zero_pad` | puts a border of zeros around a picture | 3 |
# | 2 | `conv_single_step` | one window, one filter, one number | 3 |
# | 3 | `conv_forward` | every window, every filter | 7 |
# | 4 | `pool_forward` | shrinks a picture by maximum or by average | 6 |
# | 5 | `conv_backward` | sends an error back through a convolution | 9 |
# | 6 | `create_mask_from_window` | finds the maximum of a window | 3 |
# | 7 | `distribute_value` | shares a number out evenly | 3 |
# | 8 | `pool_backward` | sends an error back through a pooling | 6 |
#
# **How it works.** Run the cells one after another, from the top, with Shift+Enter. Where a cell says
# `raise NotImplementedError()`, you write your own lines in its place. You may also replace a whole function, as long as
# its name, arguments and results stay. Below each function stands a test that you can run as often as you like. A second,
# hidden test runs when your notebook is graded: it tries other sizes, strides and random numbers. Each function is judged
# alone, with those of yours that it calls. If one defeats you, go on with the next.
#
# **Stuck?** Open a hint. Each has the next one inside it. The last says almost everything, so try the first before.
#
# Now and then the text says **Predict**. Write your answer down before you go on, even a wrong one: what surprises you
# is what you remember.
#
# Boxes that begin with *The notes say…* set right what went wrong in the lecture notes that this course grew from. You
# need not have read those; but what one author mixed up, you will meet elsewhere.

# %% [markdown]
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `A_prev` | $(m, n_H^{prev}, n_W^{prev}, n_C^{prev})$ | the layer's input: $m$ pictures, their rows, columns, channels |
# | `W` | $(f, f, n_C^{prev}, n_C)$ | $n_C$ filters, each $f \times f$ and as deep as the input |
# | `b` | $(1, 1, 1, n_C)$ | one bias for each filter |
# | `Z` | $(m, n_H, n_W, n_C)$ | the layer's output: one channel for each filter |
# | `stride`, `pad` | whole numbers | how far the window moves; how many zeros surround the picture |
#
# A filter is also called a kernel. We call one output number of one filter a *cell*.
#
# > **The notes say…** that there are as many biases as input channels, and that a filter is as deep as the *output*.
# > It is the other way round: a filter's depth is the number of channels that come **in**, $n_C^{prev}$, and there are
# > as many biases as channels that go **out**, $n_C$.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# # Part 1: forwards
#
# ## The street, in colour
#
# In lesson [1.1](edges_and_filters.ipynb) the street was one table of grey. In colour it is three tables, one upon the
# other: how much red, how much green, how much blue. They are its **channels**.
#
# **Predict:** in which of the three is the sky brightest? In which are the orange trees?

# %%
from cnnkit import pictures
from cnnkit.scenes import SEMANTIC, street_scene

scene = street_scene(seed=42, size=192, difficulty=0.3)
street = scene.image / 255
sky, trees = (street[scene.semantic == SEMANTIC.index(name)].mean(axis=0) for name in ("sky", "vegetation"))
print("the street:", street.shape, "  a batch with nothing else in it:", street[None].shape)
pictures.show(
    {"in colour": street, "red": street[:, :, 0], "green": street[:, :, 1], "blue": street[:, :, 2]},
    title=f"Red, green, blue: the sky gets brighter, {', '.join(f'{x:.2f}' for x in sky)}; "
    f"the trees get darker, {', '.join(f'{x:.2f}' for x in trees)}",
    alt="Four pictures. The first is the street in colour: a blue sky, orange and green trees, a car in "
    "blue and green, a rider in orange. Then its red, green and blue channels in grey. The sky is brightest "
    "in the blue one. The orange trees are bright in the red one and dark in the blue one.",
)

# %% [markdown]
# ## 1. Padding
#
# In the last lesson a border of zeros let the corners of a picture count, and kept its size. A layer needs the same, for
# a whole batch of pictures and for all their channels. With `pad` zeros on each side, an image of $n_H \times n_W$
# becomes $(n_H + 2\,pad) \times (n_W + 2\,pad)$.
#
# ![A 3 by 4 image of the numbers 1 to 12. To its right the same image with pad 1: a ring of zeros, drawn grey,
# surrounds it, and the result has 5 rows and 6 columns.](images/zero_pad.svg)
#
# **Predict:** `X` has the shape (2, 3, 4, 5), two images of 3 × 4 with 5 channels. What is the shape of
# `zero_pad(X, 2)`?
#
# <details><summary>Compare with your answer</summary>
#
# (2, 7, 8, 5). There are still two images, and still five channels: only rows and columns grow.
#
# </details>

# %% [markdown]
# ### Exercise 1: `zero_pad` (3 points)
#
# <details><summary>Hint 1</summary>
#
# NumPy can do this in one call: read the help of `np.pad`. Which of the four axes need padding?
#
# <details><summary>Hint 2</summary>
#
# `np.pad` takes one pair (before, after) for each axis. An axis that should stay as it is gets the pair `(0, 0)`.
#
# <details><summary>Hint 3</summary>
#
# The four pairs, in order: none for the images, `pad` and `pad` for the rows, the same for the columns, none for the
# channels. Zeros are what `np.pad` puts there unless you say otherwise.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "zero_pad_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def zero_pad(X, pad):
    """Put a border of zeros around every image of a batch.

    Args:
        X: images, (m, n_H, n_W, n_C), of any dtype.
        pad: the width of the border in pixels, an int, 0 or more.

    Returns:
        A new array (m, n_H + 2 pad, n_W + 2 pad, n_C) of the dtype of X. X stays as it was.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Pad rows and columns on both sides. Leave the axes of images and channels alone.
    ### BEGIN SOLUTION
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "zero_pad", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("zero_pad") as check:
    axes = ("image", "row", "column", "channel")

    # One image of 2 x 3, with a border of one zero.
    small = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).reshape(1, 2, 3, 1)
    check.true(testing.unchanged(zero_pad, [small, 1]), "zero_pad(small, 1) should leave `small` as it was.")
    with_border = np.array([[0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 0, 0, 0, 0.0]])
    check.equal(zero_pad(small, 1), with_border.reshape(1, 4, 5, 1), "zero_pad(small, 1)", axes=axes)

    # Without a border, nothing changes.
    check.equal(zero_pad(small, 0), small, "zero_pad(small, 0)", axes=axes)

    # Two images of 1 x 2 with two channels: each inner pair is one pixel.
    pair = np.array([[[[1, 5], [2, 6]]], [[[3, 7], [4, 8]]]], dtype=float)
    bordered = np.array(
        [
            [
                [[0, 0], [0, 0], [0, 0], [0, 0]],
                [[0, 0], [1, 5], [2, 6], [0, 0]],
                [[0, 0], [0, 0], [0, 0], [0, 0]],
            ],
            [
                [[0, 0], [0, 0], [0, 0], [0, 0]],
                [[0, 0], [3, 7], [4, 8], [0, 0]],
                [[0, 0], [0, 0], [0, 0], [0, 0]],
            ],
        ],
        dtype=float,
    )
    check.equal(zero_pad(pair, 1), bordered, "zero_pad(pair, 1)", axes=axes)

    # A photo in bytes stays a photo in bytes.
    photo = np.array([[7, 255]], dtype=np.uint8).reshape(1, 1, 2, 1)
    expected = np.array([[0, 0, 0, 0], [0, 7, 255, 0], [0, 0, 0, 0]], dtype=np.uint8).reshape(1, 3, 4, 1)
    check.equal(zero_pad(photo, 1), expected, "zero_pad(photo, 1)", axes=axes, same_dtype=True)

# %% nbgrader={"grade": true, "grade_id": "zero_pad_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of zero_pad: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("zero_pad") as check:
    rng = testing.rng("zero_pad_hidden")
    axes = ("image", "row", "column", "channel")
    cases = [((1, 1, 1, 1), 1), ((3, 4, 7, 2), 0), ((2, 5, 3, 4), 1), ((4, 2, 6, 3), 2), ((2, 7, 5, 1), 3)]
    for shape, pad in cases:
        X = rng.normal(size=shape)
        untouched = testing.unchanged(zero_pad, [X, pad])
        check.true(untouched, f"zero_pad(X of {shape}, {pad}) should leave X as it was.")
        image_first = torch.from_numpy(X).permute(0, 3, 1, 2)
        expected = torch.nn.functional.pad(image_first, (pad, pad, pad, pad)).permute(0, 2, 3, 1).numpy()
        check.equal(zero_pad(X, pad), expected, f"zero_pad(X of {shape}, {pad})", axes=axes)
    for dtype in ("float32", "int64", "uint8"):
        X = rng.integers(1, 200, size=(2, 3, 2, 3)).astype(dtype)
        got = zero_pad(X, 2)
        check.equal(
            got, np.pad(X, [(0, 0), (2, 2), (2, 2), (0, 0)]), f"zero_pad(X in {dtype}, 2)", same_dtype=True
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# The picture above, by your own function. And the street. **Predict:** which colour has its border?

# %%
numbers = np.arange(1, 13).reshape(1, 3, 4, 1)
print(zero_pad(numbers, 1)[0, :, :, 0])
pictures.show(
    {"the street": street, "with pad 16": zero_pad(street[None], 16)[0]},
    title="Sixteen zeros on each side, in each channel: a black frame",
    alt="The street, and beside it the street with a black frame all around it: 16 pixels wide, so that the "
    "picture has grown from 192 to 224 pixels a side.",
)

# %% [markdown]
# ## 2. One step
#
# Put a filter on one window. Multiply the numbers that lie on each other. Add up all the products. Add the bias.
# That is one step, and its result is one cell of the output:
#
# $$ z = \left( \sum_{r=0}^{f-1} \sum_{s=0}^{f-1} \sum_{c=0}^{n_C^{prev}-1} a_{r,s,c} \; W_{r,s,c} \right) + b $$
#
# ![A window of 2 by 2 with the numbers 1, 2, 4, 5, a filter with 1, 0, 2, minus 1, and their products 1, 0, 8 and
# minus 5. The products add up to 4, and with the bias 10 the cell is 14.](images/one_step.svg)
#
# The window and the filter have the same shape, channels included, so *everything* in the window is used up in one
# number. The bias is added **once**, after the sum.
#
# **Try it.** Slide the window below with the two fields or buttons (Tab and the arrow keys do as well). Before
# each step, say what the next output cell will be. Then look.

# %%
from cnnkit import widgets

left_half = np.array([[10, 10, 10, 0, 0, 0]] * 6)
bright_to_dark = np.array([[1, 0, -1]] * 3)
widgets.window_stepper(left_half, bright_to_dark, stride=1, pad=0)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The window stepper at output row 0, column 1. Tables show the 6 by 6 image with a window of 3 by 3 framed in it,
# the kernel with the columns 1, 0, minus 1, the nine products, and the output, where the current cell, 30, is framed.
# Below stands the sum of the nine products.](images/window_stepper.png)
#
# Now change `stride` to 2, or `pad` to 1, and run the cell again. How many output cells are there now?

# %% [markdown]
# ### Exercise 2: `conv_single_step` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `*` multiplies two arrays of the same shape element by element. `np.sum` of an array of any shape gives one number.
#
# <details><summary>Hint 2</summary>
#
# `b` is an array of the shape (1, 1, 1). Add it to a number and you get an array of the shape (1, 1, 1) again, where
# a number was asked for. And `float(b)` fails: NumPy 2.4 turns only an array *without axes* into a number.
#
# <details><summary>Hint 3</summary>
#
# `b.item()` or `b[0, 0, 0]` is the number inside. So: the sum of the products, plus that.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "conv_single_step_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_single_step(a_slice_prev, W, b):
    """Apply one filter to one window.

    Args:
        a_slice_prev: the window, (f, f, n_C_prev).
        W: the filter's weights, (f, f, n_C_prev).
        b: the filter's bias, (1, 1, 1).

    Returns:
        One cell of the output: a float (Python's or NumPy's), not an array.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Multiply the window and the weights, element by element.
    ### BEGIN SOLUTION
    products = a_slice_prev * W
    ### END SOLUTION
    # 2. Add up all the products. Then add the bias, once, as a number.
    ### BEGIN SOLUTION
    return np.sum(products) + b.item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_single_step", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("conv_single_step") as check:
    # The picture above: 1*1 + 2*0 + 4*2 - 5*1 = 4, and the bias is 10.
    window = np.array([[1.0, 2.0], [4.0, 5.0]]).reshape(2, 2, 1)
    weights = np.array([[1.0, 0.0], [2.0, -1.0]]).reshape(2, 2, 1)
    bias = np.full((1, 1, 1), 10.0)
    untouched = testing.unchanged(conv_single_step, [window, weights, bias])
    check.true(untouched, "conv_single_step should leave its arguments as they were.")
    check.equal(conv_single_step(window, weights, bias), 14.0, "conv_single_step(window, weights, bias)")

    # Two channels: the second channel's products, 1*3 - 2*1 + 0*2 + 3*1 = 4, count as well. The result is negative.
    deep = np.stack([window[:, :, 0], [[1.0, -2.0], [0.0, 3.0]]], axis=2)
    deep_weights = np.stack([weights[:, :, 0], [[3.0, 1.0], [2.0, 1.0]]], axis=2)
    low = np.full((1, 1, 1), -8.5)
    check.equal(conv_single_step(deep, deep_weights, low), -0.5, "conv_single_step(deep, deep_weights, low)")

# %% nbgrader={"grade": true, "grade_id": "conv_single_step_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of conv_single_step: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("conv_single_step") as check:
    rng = testing.rng("conv_single_step_hidden")
    for f, n_C_prev in [(1, 1), (1, 5), (2, 3), (3, 1), (3, 4), (5, 2)]:
        window, weights = rng.normal(size=(2, f, f, n_C_prev))
        bias = rng.normal(size=(1, 1, 1)) + rng.choice([-9.0, 3.0])
        expected = float(np.dot(window.ravel(), weights.ravel())) + float(bias[0, 0, 0])
        label = f"conv_single_step(a_slice_prev of {window.shape}, W, b)"
        untouched = testing.unchanged(conv_single_step, [window, weights, bias])
        check.true(untouched, f"{label} should leave its arguments as they were.")
        check.equal(conv_single_step(window, weights, bias), expected, label)
    window, weights = rng.uniform(1.0, 2.0, size=(2, 3, 3, 2))
    negative = conv_single_step(window, weights, np.full((1, 1, 1), -100.0))
    check.equal(
        negative,
        sum((window * weights).ravel().tolist()) - 100.0,
        "conv_single_step with a large negative bias",
    )
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The whole layer
#
# The window starts at the top left and moves `stride` pixels at a time, along the row, then down. Every filter
# looks at every window. **Ask yourself:** a 7 × 7 image, a 3 × 3 filter, stride 2, no padding. How large is the
# output? And for an 8 × 8 image?
#
# <details><summary>Compare with your answer</summary>
#
# Both give 3 × 3. In the 8 × 8 image the last row and column are never reached.
#
# </details>
#
# A window that sticks out of the image is left out. So the division in the output's size is rounded **down**, which the
# brackets say:
#
# $$ n_H = \left\lfloor \frac{n_H^{prev} + 2\,pad - f}{stride} \right\rfloor + 1, \qquad
#    n_W = \left\lfloor \frac{n_W^{prev} + 2\,pad - f}{stride} \right\rfloor + 1 $$
#
# The cell of image $i$, row $h$, column $w$ and filter $k$ sees the padded input from row $h \cdot stride$ and column
# $w \cdot stride$ on:
#
# $$ Z_{i,h,w,k} = \sum_{r,s,c} A^{pad}_{i,\; h \cdot stride + r,\; w \cdot stride + s,\; c} \; W_{r,s,c,k} \; + \; b_k $$
#
# ![A 6 by 6 image with three channels. Two filters of 3 by 3 by 3, drawn in two patterns, each give one layer of
# 4 by 4. Stacked, they are an output of 4 by 4 by 2.](images/volume.svg)
#
# In a network an **activation function** comes next, which changes each number by itself. The commonest is the **ReLU**: what
# is below 0 becomes 0, the rest stays. There is none here: `Z` is what goes *into* one. The `cache` keeps what the way back
# needs.

# %% [markdown]
# ### Exercise 3: `conv_forward` (7 points)
#
# <details><summary>Hint 1</summary>
#
# Four loops, one inside the other: images, output rows, output columns, filters. Write one cell of `Z` in the
# innermost. `//` divides and rounds down.
#
# <details><summary>Hint 2</summary>
#
# For the cell in row `h`, the window starts at row `h * stride` of the *padded* image and has `f` rows. The same
# goes for the columns, with `w`. It takes all the channels.
#
# <details><summary>Hint 3</summary>
#
# `window = A_prev_pad[i, top : top + f, left : left + f, :]`, and the filter that goes with it is `W[..., k]`, with
# the bias `b[..., k]`. `conv_single_step` turns the three into `Z[i, h, w, k]`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "conv_forward_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_forward(A_prev, W, b, hparameters):
    """Apply a convolutional layer to a batch, without an activation function.

    Args:
        A_prev: the layer's input, (m, n_H_prev, n_W_prev, n_C_prev).
        W: the filters, (f, f, n_C_prev, n_C).
        b: the biases, (1, 1, 1, n_C).
        hparameters: {"stride": int, 1 or more; "pad": int, 0 or more}, both in pixels.

    Returns:
        Z, (m, n_H, n_W, n_C), floats, with n_H = floor((n_H_prev + 2 pad - f) / stride) + 1 and n_W likewise;
        cache, the tuple (A_prev, W, b, hparameters), as they came in.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Unpack the sizes (from A_prev.shape and W.shape), the stride and the pad.
    ### BEGIN SOLUTION
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    ### END SOLUTION
    # 2. Compute the output's height and width. Begin with zeros of the output's shape, and pad the input.
    ### BEGIN SOLUTION
    n_H = (n_H_prev + 2 * pad - f) // stride + 1
    n_W = (n_W_prev + 2 * pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    ### END SOLUTION
    # 3. For every image, output row, output column and filter: cut out the window, and let the filter take its step.
    ### BEGIN SOLUTION
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                window = A_prev_pad[i, top : top + f, left : left + f, :]
                for k in range(n_C):
                    Z[i, h, w, k] = conv_single_step(window, W[..., k], b[..., k])
    ### END SOLUTION
    # 4. Keep what conv_backward will need.
    cache = (A_prev, W, b, hparameters)
    return Z, cache


# %% nbgrader={"grade": true, "grade_id": "conv_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("conv_forward") as check:
    axes = ("image", "row", "column", "filter")

    # One image, one channel, one filter. The first cell is the step drawn in section 2: 14.
    image = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]]).reshape(1, 3, 3, 1)
    kernel = np.array([[1.0, 0.0], [2.0, -1.0]]).reshape(2, 2, 1, 1)
    ten = np.full((1, 1, 1, 1), 10.0)
    untouched = testing.unchanged(conv_forward, [image, kernel, ten, {"stride": 1, "pad": 0}])
    check.true(untouched, "conv_forward should leave its arguments as they were.")
    Z, _ = check.parts(
        conv_forward(image, kernel, ten, {"stride": 1, "pad": 0}), ("Z", "cache"), "conv_forward"
    )
    expected = np.array([[14.0, 16.0], [20.0, 21.0]]).reshape(1, 2, 2, 1)
    check.equal(Z, expected, 'Z of conv_forward(image, kernel, ten, {"stride": 1, "pad": 0})', axes=axes)

    # Two images of 4 x 3 with two channels, two filters, stride 2, padding 1. The stride does not fit: round down.
    A_batch = (np.arange(48.0) * 5 % 7 - 3).reshape(2, 4, 3, 2)
    filters = (np.arange(16.0) * 3 % 5 - 2).reshape(2, 2, 2, 2)
    biases = np.array([1.0, -2.0]).reshape(1, 1, 1, 2)
    options = {"stride": 2, "pad": 1}
    Z, cache = check.parts(conv_forward(A_batch, filters, biases, options), ("Z", "cache"), "conv_forward")
    expected = np.array(
        [
            [[[4, -12], [2, 0]], [[-3, 7], [-10, 7]], [[2, -9], [6, -13]]],
            [[[3, -12], [8, -13]], [[-3, 4], [-20, 15]], [[3, 2], [4, -13]]],
        ],
        dtype=float,
    )
    check.equal(
        Z, expected, 'Z of conv_forward(A_batch, filters, biases, {"stride": 2, "pad": 1})', axes=axes
    )

    # The cache holds the layer's input as it came in, without padding.
    kept = check.parts(cache, ("A_prev", "W", "b", "hparameters"), "The cache of conv_forward")
    check.equal(kept, (A_batch, filters, biases, options), "cache")

# %% nbgrader={"grade": true, "grade_id": "conv_forward_hidden", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of conv_forward: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("conv_forward") as check:
    rng = testing.rng("conv_forward_hidden")
    axes = ("image", "row", "column", "filter")
    # m, n_H_prev, n_W_prev, n_C_prev, f, n_C, stride, pad
    cases = [
        (1, 3, 3, 1, 3, 1, 1, 0),
        (2, 5, 4, 3, 2, 2, 1, 0),
        (3, 6, 7, 2, 3, 4, 2, 0),
        (2, 4, 6, 1, 1, 3, 2, 0),
        (2, 7, 5, 3, 3, 2, 2, 1),
        (3, 5, 8, 2, 2, 3, 3, 1),
        (2, 8, 6, 2, 3, 2, 3, 2),
        (2, 3, 4, 4, 1, 2, 1, 2),
    ]
    for m, n_H_prev, n_W_prev, n_C_prev, f, n_C, stride, pad in cases:
        A_prev = rng.normal(size=(m, n_H_prev, n_W_prev, n_C_prev))
        W = rng.normal(size=(f, f, n_C_prev, n_C))
        b = rng.normal(size=(1, 1, 1, n_C)) + 2
        hparameters = {"stride": stride, "pad": pad}
        label = f"conv_forward(A_prev of {A_prev.shape}, W of {W.shape}, b, {hparameters})"
        untouched = testing.unchanged(conv_forward, [A_prev, W, b, hparameters])
        check.true(untouched, f"{label} should leave its arguments as they were.")
        Z, cache = check.parts(conv_forward(A_prev, W, b, hparameters), ("Z", "cache"), label)
        x, w = torch.from_numpy(A_prev).permute(0, 3, 1, 2), torch.from_numpy(W).permute(3, 2, 0, 1)
        z = torch.nn.functional.conv2d(x, w, torch.from_numpy(b).flatten(), stride, pad)
        check.equal(Z, z.permute(0, 2, 3, 1).numpy(), f"Z of {label}", axes=axes)
        kept = check.parts(cache, ("A_prev", "W", "b", "hparameters"), f"The cache of {label}")
        check.equal(kept, (A_prev, W, b, hparameters), f"The cache of {label}")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: one filter, two filters, one colour
#
# Take a piece of 6 × 6 pixels out of the street, where the rider is. **Predict** the three shapes before you run the
# cell: this 6 × 6 image in red, green and blue meets one 3 × 3 × 3 filter; two such filters; and one filter that looks at
# red alone. What would you put into `W` for that last one?

# %%
colour_image = street[None, 88:94, 24:30]
edge = np.array([[1.0, 0.0, -1.0]] * 3)
all_colours = np.stack([edge, edge, edge], axis=2)
red_only = np.stack([edge, np.zeros((3, 3)), np.zeros((3, 3))], axis=2)
no_bias = np.zeros((1, 1, 1, 2))

one, _ = conv_forward(colour_image, all_colours[..., None], no_bias[..., :1], {"stride": 1, "pad": 0})
two, _ = conv_forward(
    colour_image, np.stack([all_colours, red_only], axis=3), no_bias, {"stride": 1, "pad": 0}
)
red, _ = conv_forward(colour_image, red_only[..., None], no_bias[..., :1], {"stride": 1, "pad": 0})
print("one filter: ", one.shape[1:])
print("two filters:", two.shape[1:])
print("red alone:  ", red.shape[1:])

blue_gone = colour_image * np.array([1.0, 1.0, 0.0])
dimmed, _ = conv_forward(
    blue_gone, np.stack([all_colours, red_only], axis=3), no_bias, {"stride": 1, "pad": 0}
)
print("blue switched off: the filter of all colours changes:", not np.allclose(two[..., 0], dimmed[..., 0]))
print("blue switched off: the filter of red alone changes:  ", not np.allclose(two[..., 1], dimmed[..., 1]))

# %% [markdown]
# A filter that looks at red alone is a filter whose other weights are 0. Nobody has to choose: training does.
#
# ### See it: edges and colours
#
# A filter is as deep as the picture, so it can look for shapes *and* for colours. Here are two. The first is the edge
# filter of lesson 1.1, the same in all three channels. The second averages 9 pixels of red, and subtracts the averages of
# green and blue, half of each.
#
# **Predict:** what in the street lights up under the second filter? What becomes of the white stripes of the crossing?

# %%
upright = np.stack([np.array([[1.0, 0.0, -1.0]] * 3)] * 3, axis=2)
reddish = np.ones((3, 3, 3)) * np.array([1.0, -0.5, -0.5]) / 9
looks_for = np.stack([upright, reddish], axis=3)
street_Z, _ = conv_forward(street[None], looks_for, np.zeros((1, 1, 1, 2)), {"stride": 1, "pad": 1})
found = np.abs(street_Z[0, :, :, 0]), np.maximum(street_Z[0, :, :, 1], 0)
pictures.show(
    {"the street": street, "upright edges": np.minimum(found[0], 3), "reddish": found[1]},
    title="Two filters, two channels: what is upright, and what is red",
    alt="The street, and two pictures of what the filters found, bright on black. In the first the sides of "
    "the car, of windows and of tree trunks are bright lines. In the second the orange trees, the rider, "
    "the walking person and the car's rear lights light up as areas, and everything grey is black, the "
    "white stripes too.",
)

# %% [markdown]
# White is as red as it is green and blue, so the stripes vanish. What these two filters found is a picture again, with two
# channels, and the next layer looks at that.
#
# ### See it: how much does a layer learn?
#
# **Predict:** a layer of ten 3 × 3 × 3 filters. How many numbers does it learn for pictures of 32 × 32? And for
# pictures of 1000 × 1000?

# %%
ten_filters = np.zeros((3, 3, 3, 10))
ten_biases = np.zeros((1, 1, 1, 10))
print("weights and biases:", ten_filters.size, "+", ten_biases.size, "=", ten_filters.size + ten_biases.size)
for side in (8, 16):
    layer_output, _ = conv_forward(
        np.ones((1, side, side, 3)), ten_filters, ten_biases, {"stride": 1, "pad": 1}
    )
    print(
        f"the same {ten_filters.size + ten_biases.size} numbers: {side} x {side} in, {layer_output.shape} out"
    )

# %% [markdown]
# $(3 \cdot 3 \cdot 3 + 1) \cdot 10 = 280$, whatever the size of the picture. That is half of what makes these layers
# so good at pictures: what is learned in one corner serves in all the others.

# %% [markdown]
# ## 4. Pooling
#
# Pooling slides a window too, but it has no filter. From each window it keeps one number: the largest (max pooling),
# or the average. It does so in each channel separately, so as many channels go out as come in.
#
# ![A 4 by 4 image in four quarters, each with its own pattern. Max pooling with a window of 2 and stride 2 keeps the
# largest number of each quarter: 9, 2, 6, 3. Average pooling gives 3.75, 1.25, 3.75 and 2.](images/pooling.svg)
#
# **Ask yourself:** what is there to learn in a pooling layer? How does the error of the last layer change it?
#
# <details><summary>Compare with your answer</summary>
#
# Nothing, and not at all. `f` and `stride` are chosen by you and stay. But an error still has to pass *through* it,
# to the layers below: that is exercise 8.
#
# </details>
#
# The size is the one you know, without padding:
# $n_H = \left\lfloor (n_H^{prev} - f) / stride \right\rfloor + 1$, and $n_W$ likewise.
#
# > **The notes say…** in one place that the size is $\lfloor (n - f + 1) / stride \rfloor$. Try it on the picture
# > above: $\lfloor 3 / 2 \rfloor = 1$, but two windows fit. It is $\lfloor (n - f) / stride \rfloor + 1$.
#
# > **The notes say…** in another place that max pooling of the picture above gives 1, 2 and 3, 2. Look: the largest
# > of 1, 3, 2, 9 is 9. It is 9, 2 and 6, 3.

# %% [markdown]
# ### Exercise 4: `pool_forward` (6 points)
#
# <details><summary>Hint 1</summary>
#
# The loops are those of `conv_forward`, with channels in the place of filters. What is in the innermost loop?
#
# <details><summary>Hint 2</summary>
#
# The window of channel `c` is a 2-D array: rows, columns, and *one* channel. As before it starts at `h * stride` and
# `w * stride`. `stride` and `f` are two different things here too.
#
# <details><summary>Hint 3</summary>
#
# `window = A_prev[i, top : top + f, left : left + f, c]`, then `np.max(window)` or `np.mean(window)`, as `mode` says.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "pool_forward_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pool_forward(A_prev, hparameters, mode="max"):
    """Apply a pooling layer to a batch.

    Args:
        A_prev: the layer's input, (m, n_H_prev, n_W_prev, n_C_prev), of any dtype.
        hparameters: {"f": int, the window's side; "stride": int, 1 or more}, both in pixels.
        mode: "max" or "average".

    Returns:
        A, (m, n_H, n_W, n_C_prev), float64, with n_H = floor((n_H_prev - f) / stride) + 1 and n_W likewise;
        cache, the tuple (A_prev, hparameters), as they came in.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Unpack the sizes, f and the stride.
    ### BEGIN SOLUTION
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    ### END SOLUTION
    # 2. Compute the output's height and width, and begin with zeros of the output's shape.
    ### BEGIN SOLUTION
    n_H = (n_H_prev - f) // stride + 1
    n_W = (n_W_prev - f) // stride + 1
    A = np.zeros((m, n_H, n_W, n_C))
    ### END SOLUTION
    # 3. For every image, output row, output column and channel: cut out the window, keep its maximum or average.
    ### BEGIN SOLUTION
    pool = np.max if mode == "max" else np.mean
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                for c in range(n_C):
                    A[i, h, w, c] = pool(A_prev[i, top : top + f, left : left + f, c])
    ### END SOLUTION
    # 4. Keep what pool_backward will need.
    cache = (A_prev, hparameters)
    return A, cache


# %% nbgrader={"grade": true, "grade_id": "pool_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("pool_forward") as check:
    axes = ("image", "row", "column", "channel")

    # The picture above.
    quarters = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], dtype=float).reshape(
        1, 4, 4, 1
    )
    halve = {"f": 2, "stride": 2}
    untouched = testing.unchanged(pool_forward, [quarters, halve])
    check.true(untouched, "pool_forward should leave its arguments as they were.")
    A, _ = check.parts(pool_forward(quarters, halve), ("A", "cache"), "pool_forward")
    largest = np.array([[9.0, 2.0], [6.0, 3.0]]).reshape(1, 2, 2, 1)
    check.equal(A, largest, 'A of pool_forward(quarters, {"f": 2, "stride": 2})', axes=axes)
    A, _ = check.parts(pool_forward(quarters, halve, "average"), ("A", "cache"), "pool_forward")
    averages = np.array([[3.75, 1.25], [3.75, 2.0]]).reshape(1, 2, 2, 1)
    check.equal(A, averages, 'A of pool_forward(quarters, {"f": 2, "stride": 2}, "average")', axes=axes)

    # Two images of 4 x 3 with two channels, all negative. The windows overlap: f is 2, the stride 1.
    A_batch = -(np.arange(48.0) * 5 % 11) - 1
    A_batch = A_batch.reshape(2, 4, 3, 2)
    slide = {"f": 2, "stride": 1}
    A, cache = check.parts(pool_forward(A_batch, slide, "max"), ("A", "cache"), "pool_forward")
    expected = np.array(
        [
            [[[-1, -2], [-7, -1]], [[-5, -2], [-4, -1]], [[-2, -7], [-1, -6]]],
            [[[-7, -1], [-6, -1]], [[-4, -1], [-3, -1]], [[-1, -6], [-1, -5]]],
        ],
        dtype=float,
    )
    check.equal(A, expected, 'A of pool_forward(A_batch, {"f": 2, "stride": 1}, "max")', axes=axes)
    kept = check.parts(cache, ("A_prev", "hparameters"), "The cache of pool_forward")
    check.equal(kept, (A_batch, slide), "cache")

    # A 5 x 7 photo in bytes. The stride, 3, is larger than the window, and does not fit. An average may be a fraction.
    photo = (np.arange(35) ** 2 % 11).astype(np.uint8).reshape(1, 5, 7, 1)
    A, _ = check.parts(pool_forward(photo, {"f": 2, "stride": 3}, "average"), ("A", "cache"), "pool_forward")
    expected = np.array([[3.75, 3.75], [2.25, 4.5]]).reshape(1, 2, 2, 1)
    check.equal(A, expected, 'A of pool_forward(photo, {"f": 2, "stride": 3}, "average")', axes=axes)

# %% nbgrader={"grade": true, "grade_id": "pool_forward_hidden", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of pool_forward: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("pool_forward") as check:
    rng = testing.rng("pool_forward_hidden")
    axes = ("image", "row", "column", "channel")
    pools = {"max": torch.nn.functional.max_pool2d, "average": torch.nn.functional.avg_pool2d}
    # m, n_H_prev, n_W_prev, n_C_prev, f, stride
    cases = [
        (1, 2, 2, 1, 2, 2),
        (2, 5, 4, 3, 2, 1),
        (3, 7, 6, 2, 3, 2),
        (2, 6, 9, 2, 2, 3),
        (2, 4, 5, 3, 1, 2),
        (2, 3, 8, 2, 3, 3),
        (2, 6, 5, 2, 3, 1),
    ]
    for m, n_H_prev, n_W_prev, n_C_prev, f, stride in cases:
        A_prev = rng.normal(size=(m, n_H_prev, n_W_prev, n_C_prev)) - 4
        hparameters = {"f": f, "stride": stride}
        for mode, pool in pools.items():
            label = f"pool_forward(A_prev of {A_prev.shape}, {hparameters}, {mode!r})"
            untouched = testing.unchanged(pool_forward, [A_prev, hparameters, mode])
            check.true(untouched, f"{label} should leave its arguments as they were.")
            A, cache = check.parts(pool_forward(A_prev, hparameters, mode), ("A", "cache"), label)
            expected = (
                pool(torch.from_numpy(A_prev).permute(0, 3, 1, 2), f, stride).permute(0, 2, 3, 1).numpy()
            )
            check.equal(A, expected, f"A of {label}", axes=axes)
            kept = check.parts(cache, ("A_prev", "hparameters"), f"The cache of {label}")
            check.equal(kept, (A_prev, hparameters), f"The cache of {label}")
    whole = rng.integers(0, 50, size=(2, 4, 6, 2))
    A, _ = check.parts(pool_forward(whole, {"f": 2, "stride": 2}, "average"), ("A", "cache"), "pool_forward")
    corners = whole[:, ::2, ::2] + whole[:, 1::2, ::2] + whole[:, ::2, 1::2] + whole[:, 1::2, 1::2]
    check.equal(
        A, corners / 4, 'A of pool_forward(whole numbers, {"f": 2, "stride": 2}, "average")', axes=axes
    )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: the street, smaller
#
# **Predict:** the street goes through a pooling with `f` 6 and `stride` 6. How large is it then? And what does the maximum
# make of small dark things, such as the wheel of the motorcycle, and what of the white stripes?

# %%
pooled_street = {
    mode: pool_forward(street[None], {"f": 6, "stride": 6}, mode)[0][0] for mode in ("max", "average")
}
pictures.show(
    {"the street": street, "max": pooled_street["max"], "average": pooled_street["average"]},
    title=f"Pooled, the street has {pooled_street['max'].size / street.size:.1%} of its numbers,\n"
    f"and a mean brightness of {pooled_street['max'].mean():.2f} (max), "
    f"{pooled_street['average'].mean():.2f} (average), before {street.mean():.2f}",
    alt="The street, and two coarse pictures of 32 by 32 pixels. After max pooling it is brighter: the dark "
    "wheel of the motorcycle is gone, and the white stripes have grown into one white band. After average "
    "pooling it is as bright as before and blurred.",
)

# %% [markdown]
# The maximum keeps what is bright, however small, and drops what is dark. After a filter, bright means *found*: that is
# why networks often pool with the maximum.
#
# ### See it: a thousand maps to a thousand numbers
#
# Some networks end by averaging each channel to one number. **Predict** the shape, and how many numbers this layer
# learns.

# %%
deep_maps = np.random.default_rng(0).normal(size=(1, 7, 7, 1000))
collapsed, _ = pool_forward(deep_maps, {"f": 7, "stride": 1}, mode="average")
print(deep_maps.shape[1:], "to", collapsed.shape[1:])

only_first = np.zeros((1, 4, 4, 2))
only_first[..., 0] = 5.0
pooled_pair, _ = pool_forward(only_first, {"f": 2, "stride": 2})
print("a bright first channel, a dark second one:", pooled_pair[0, 0, 0], "- no channel sees the other")

# %% [markdown]
# # Part 2: backwards
#
# ## 5. The error goes back through a convolution
#
# Training needs to know: if I turn *this* weight up a little, how much does the loss $L$ change? The layers above
# have already told us how much it changes with each of our output cells, $dZ = \partial L / \partial Z$. (In this
# course `dX` is always $\partial L / \partial X$, and has the shape of `X`.) From it we want three things: `dW` and
# `db`, to learn; and `dA_prev`, to hand further down.
#
# ### One step, first
#
# One cell is $z = \sum a \cdot W + b$. Turn up one weight by a little, and $z$ grows by the pixel that lies under it.
# Turn up one pixel, and $z$ grows by the weight that lies on it. Turn up the bias, and $z$ grows just as much:
#
# $$ \frac{\partial z}{\partial W_{r,s,c}} = a_{r,s,c}, \qquad \frac{\partial z}{\partial a_{r,s,c}} = W_{r,s,c}, \qquad
#    \frac{\partial z}{\partial b} = 1 $$
#
# With the chain rule, an error of $dz$ in this cell means $a \cdot dz$ for the weights, $W \cdot dz$ for the window,
# and $dz$ for the bias.
#
# ### Then, all of them
#
# A weight is used in *every* window. A pixel lies in *several* windows. What is used several times collects several
# errors, and they **add up**:
#
# $$ dW_{r,s,c,k} = \sum_{i,h,w} A^{pad}_{i,\; h \cdot stride + r,\; w \cdot stride + s,\; c} \; dZ_{i,h,w,k} $$
#
# $$ dA^{pad}_{i,\; h \cdot stride + r,\; w \cdot stride + s,\; c} \mathrel{+}= \sum_{k} W_{r,s,c,k} \; dZ_{i,h,w,k}
#    \quad \text{for every } h, w, r, s $$
#
# $$ db_k = \sum_{i,h,w} dZ_{i,h,w,k} $$
#
# ![On the left the forward step: a window of the input gives one cell of Z. On the right the way back: the cell's
# error dz spreads over the same window of dA, multiplied by the weights. Where two windows overlap, marked with a
# plus sign, the contributions add up.](images/conv_backward.svg)
#
# Read the loops of `conv_forward` again. The way back has the *same* four loops and the *same* windows. Only the line
# in the middle is another: where the way there *reads* a window and writes a cell, the way back reads a cell and
# *adds to* a window.
#
# The border of zeros is ours and not the picture's, so its error is thrown away at the end: cut the padding off.
#
# **Predict, on paper:** a 3 × 3 input, a 2 × 2 filter of ones, stride 1, no padding, and $dZ$ is 1 in all four cells.
# What is $dA$ in the corner, in the middle of a side, and in the centre?
#
# <details><summary>Compare with your answer</summary>
#
# 1, 2 and 4: it counts the windows in which a pixel lies. You counted them in section 4 of lesson [1.1](edges_and_filters.ipynb).
#
# </details>
#
# **Why sums, and no mean over the batch?** If the loss is a mean over images, the $1/m$ is already in `dZ`.

# %% [markdown]
# ### Exercise 5: `conv_backward` (9 points)
#
# <details><summary>Hint 1</summary>
#
# Begin with zeros for everything that you add to: `dW`, `db`, and a `dA_prev_pad` as large as the *padded* input.
# Take the output's size from `dZ.shape`.
#
# <details><summary>Hint 2</summary>
#
# In the innermost loop, with the window's slice as in `conv_forward` and `dz = dZ[i, h, w, k]`, three lines: add
# `W[..., k] * dz` to the window of `dA_prev_pad`; add the window of the padded input times `dz` to `dW[..., k]`; add
# `dz` to `db[..., k]`. Each with `+=`.
#
# <details><summary>Hint 3</summary>
#
# Cutting the padding off: `dA_prev_pad[:, pad:-pad, pad:-pad, :]` looks right, and is **empty** when `pad` is 0,
# because `0:-0` is `0:0`. Say where to stop instead: rows `pad` to `pad + n_H_prev`, columns `pad` to
# `pad + n_W_prev`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "conv_backward_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_backward(dZ, cache):
    """Send the gradient of the loss back through a convolutional layer.

    Args:
        dZ: the gradient with respect to the layer's output, (m, n_H, n_W, n_C).
        cache: (A_prev, W, b, hparameters), as conv_forward returned it.

    Returns:
        dA_prev, the gradient with respect to the input, (m, n_H_prev, n_W_prev, n_C_prev);
        dW, with respect to the filters, (f, f, n_C_prev, n_C);
        db, with respect to the biases, (1, 1, 1, n_C).
        dW and db are sums over the batch, not means.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Unpack the cache, the sizes (the output's from dZ.shape), the stride and the pad.
    ### BEGIN SOLUTION
    A_prev, W, b, hparameters = cache
    _, n_H_prev, n_W_prev, _ = A_prev.shape
    m, n_H, n_W, n_C = dZ.shape
    f, stride, pad = W.shape[0], hparameters["stride"], hparameters["pad"]
    ### END SOLUTION
    # 2. Begin with zeros for all that you will add to. Pad the input, and give its gradient the same padded shape.
    ### BEGIN SOLUTION
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad, dW, db = np.zeros(A_prev_pad.shape), np.zeros(W.shape), np.zeros(b.shape)
    ### END SOLUTION
    # 3. For every cell of dZ: add its share to the window of the input, to the filter, and to the bias.
    ### BEGIN SOLUTION
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                rows = slice(h * stride, h * stride + f)
                columns = slice(w * stride, w * stride + f)
                for k in range(n_C):
                    dz = dZ[i, h, w, k]
                    dA_prev_pad[i, rows, columns] += W[..., k] * dz
                    dW[..., k] += A_prev_pad[i, rows, columns] * dz
                    db[..., k] += dz
    ### END SOLUTION
    # 4. Cut the padding off (mind pad 0), and return the three gradients.
    ### BEGIN SOLUTION
    dA_prev = dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]
    return dA_prev, dW, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("conv_backward") as check:
    pixel = ("image", "row", "column", "channel")
    weight = ("filter row", "filter column", "channel", "filter")
    three = ("dA_prev", "dW", "db")

    # One image of 3 x 3, one filter, no padding. The corner of dA_prev is one weight times one cell: 1 * 1.
    image = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1)
    cells = np.array([[1.0, 2.0], [3.0, 5.0]]).reshape(1, 2, 2, 1)
    cache = (image, kernel, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    untouched = testing.unchanged(conv_backward, [cells, cache])
    check.true(untouched, "conv_backward should leave its arguments as they were.")
    dA_prev, dW, db = check.parts(conv_backward(cells, cache), three, "conv_backward")
    expected = np.array([[1.0, 4.0, 4.0], [6.0, 21.0, 18.0], [9.0, 27.0, 20.0]]).reshape(1, 3, 3, 1)
    check.equal(dA_prev, expected, "dA_prev at stride 1, pad 0", axes=pixel)
    check.equal(
        dW, np.array([[42.0, 53.0], [75.0, 86.0]]).reshape(2, 2, 1, 1), "dW at stride 1, pad 0", axes=weight
    )
    check.equal(db, np.full((1, 1, 1, 1), 11.0), "db at stride 1, pad 0")

    # Two images of 4 x 3 with two channels, two filters, stride 2, padding 1.
    A_batch = (np.arange(48.0) * 5 % 7 - 3).reshape(2, 4, 3, 2)
    filters = (np.arange(16.0) * 3 % 5 - 2).reshape(2, 2, 2, 2)
    cells = (np.arange(24.0) * 7 % 5 - 2).reshape(2, 3, 2, 2)
    cache = (A_batch, filters, np.ones((1, 1, 1, 2)), {"stride": 2, "pad": 1})
    dA_prev, dW, db = check.parts(conv_backward(cells, cache), three, "conv_backward")
    expected = np.array(
        [
            [
                [[2, 0], [4, -5], [-4, 2]],
                [[4, 3], [2, 4], [-4, -2]],
                [[-5, 4], [0, 2], [4, -4]],
                [[-2, -2], [4, 2], [0, -2]],
            ],
            [
                [[-4, 2], [2, -4], [-5, 4]],
                [[-4, -2], [3, 3], [-2, -2]],
                [[4, -4], [-2, 3], [3, -2]],
                [[0, -2], [-5, -4], [2, 3]],
            ],
        ],
        dtype=float,
    )
    check.equal(dA_prev, expected, "dA_prev at stride 2, pad 1", axes=pixel)
    expected = np.array([[[[-1, 7], [1, 3]], [[5, -3], [-3, 5]]], [[[3, -10], [-8, 11]], [[5, 8], [6, -11]]]])
    check.equal(dW, expected.astype(float), "dW at stride 2, pad 1", axes=weight)
    check.equal(db, np.array([0.0, -1.0]).reshape(1, 1, 1, 2), "db at stride 2, pad 1")

# %% nbgrader={"grade": true, "grade_id": "conv_backward_hidden", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of conv_backward: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check


def loss_by_brute_force(A_prev, W, b, weights, stride, pad):
    """The weighted sum of all output cells, pixel by pixel, with no padded array."""
    total = float(np.sum(b.ravel() * weights.sum(axis=(0, 1, 2))))
    for (i, h, w, k), weight in np.ndenumerate(weights):
        for r, s in np.ndindex(W.shape[:2]):
            row, column = h * stride + r - pad, w * stride + s - pad
            if 0 <= row < A_prev.shape[1] and 0 <= column < A_prev.shape[2]:
                total += weight * float(A_prev[i, row, column] @ W[r, s, :, k])
    return total


def numeric_gradient(f, x):
    """Central differences; exact here but for rounding, since the loss is linear in each number."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 0.5
        gradient[index] = f(x + step) - f(x - step)
    return gradient


with Check("conv_backward") as check:
    rng = testing.rng("conv_backward_hidden")
    pixel = ("image", "row", "column", "channel")
    weight = ("filter row", "filter column", "channel", "filter")
    # m, n_H_prev, n_W_prev, n_C_prev, f, n_C, stride, pad
    cases = [
        (1, 3, 3, 1, 2, 1, 1, 0),
        (2, 5, 4, 3, 2, 2, 1, 0),
        (3, 6, 7, 2, 3, 4, 2, 0),
        (2, 4, 6, 1, 1, 3, 2, 0),
        (2, 7, 5, 3, 3, 2, 2, 1),
        (3, 5, 8, 2, 2, 3, 3, 1),
        (2, 8, 6, 2, 3, 2, 3, 2),
        (2, 3, 4, 4, 3, 2, 1, 2),
    ]
    for m, n_H_prev, n_W_prev, n_C_prev, f, n_C, stride, pad in cases:
        A_prev = rng.normal(size=(m, n_H_prev, n_W_prev, n_C_prev))
        W = rng.normal(size=(f, f, n_C_prev, n_C))
        b = rng.normal(size=(1, 1, 1, n_C))
        hparameters = {"stride": stride, "pad": pad}
        leaves = [torch.from_numpy(x).requires_grad_() for x in (A_prev, W, b)]
        x, w, bias = leaves[0].permute(0, 3, 1, 2), leaves[1].permute(3, 2, 0, 1), leaves[2].flatten()
        Z = torch.nn.functional.conv2d(x, w, bias, stride, pad).permute(0, 2, 3, 1)
        dZ = rng.normal(size=tuple(Z.shape))
        expected = [g.numpy() for g in torch.autograd.grad(Z, leaves, torch.from_numpy(dZ))]
        cache = (A_prev, W, b, hparameters)
        label = (
            f"conv_backward(dZ of {dZ.shape}, (A_prev of {A_prev.shape}, W of {W.shape}, b, {hparameters}))"
        )
        untouched = testing.unchanged(conv_backward, [dZ, cache])
        check.true(untouched, f"{label} should leave its arguments as they were.")
        got = check.parts(conv_backward(dZ, cache), ("dA_prev", "dW", "db"), label)
        check.equal(got[0], expected[0], f"dA_prev of {label}", axes=pixel)
        check.equal(got[1], expected[1], f"dW of {label}", axes=weight)
        check.equal(got[2], expected[2], f"db of {label}")

    # Numeric gradients, without torch.
    A_prev, W, b = rng.normal(size=(2, 3, 4, 1)), rng.normal(size=(2, 2, 1, 2)), rng.normal(size=(1, 1, 1, 2))
    dZ = rng.normal(size=(2, 2, 3, 2))
    cache = (A_prev, W, b, {"stride": 2, "pad": 1})
    dA_prev, dW, db = check.parts(conv_backward(dZ, cache), ("dA_prev", "dW", "db"), "conv_backward")
    by_pixel = numeric_gradient(lambda x: loss_by_brute_force(x, W, b, dZ, 2, 1), A_prev)
    by_weight = numeric_gradient(lambda x: loss_by_brute_force(A_prev, x, b, dZ, 2, 1), W)
    by_bias = numeric_gradient(lambda x: loss_by_brute_force(A_prev, W, x, dZ, 2, 1), b)
    check.equal(dA_prev, by_pixel, "dA_prev against numeric gradients", axes=pixel)
    check.equal(dW, by_weight, "dW against numeric gradients", axes=weight)
    check.equal(db, by_bias, "db against numeric gradients")
### END HIDDEN TESTS

# %% [markdown]
# ### Check yourself: is the gradient right?
#
# You can find out without any teacher. Turn one weight up and down by a small $\varepsilon$ and look at the loss:
#
# $$ \frac{\partial L}{\partial W} \approx \frac{L(W + \varepsilon) - L(W - \varepsilon)}{2 \varepsilon} $$
#
# **Predict:** which $\varepsilon$ gives the best agreement: the smallest you can write down?

# %%
check_rng = np.random.default_rng(1)
check_A, check_W = check_rng.normal(size=(2, 5, 4, 2)), check_rng.normal(size=(3, 3, 2, 2)) * 0.3
check_b, check_options = check_rng.normal(size=(1, 1, 1, 2)), {"stride": 2, "pad": 1}
curved, curved_cache = conv_forward(check_A, check_W, check_b, check_options)
_, curved_dW, _ = conv_backward(1 - np.tanh(curved) ** 2, curved_cache)  # the loss is the sum of tanh(Z)

nudge = np.zeros(check_W.shape)
nudge[1, 1, 0, 0] = 1.0
epsilons = [10.0**-power for power in range(1, 13)]
errors = []
for epsilon in epsilons:
    up, _ = conv_forward(check_A, check_W + epsilon * nudge, check_b, check_options)
    down, _ = conv_forward(check_A, check_W - epsilon * nudge, check_b, check_options)
    numeric = (np.tanh(up).sum() - np.tanh(down).sum()) / (2 * epsilon)
    errors.append(abs(numeric - curved_dW[1, 1, 0, 0]) / abs(curved_dW[1, 1, 0, 0]) + 1e-16)

best = epsilons[int(np.argmin(errors))]
pictures.show_curves(
    epsilons,
    {"numeric against conv_backward": errors},
    xlabel="ε, the size of the nudge",
    ylabel="relative difference",
    title=f"Neither large nor tiny: ε near {best:.0e} checks a gradient best",
    alt="A curve in the shape of a V over the nudge from 1e-12 to 0.1, on logarithmic axes. The relative "
    f"difference between the numeric gradient and conv_backward's is least, {min(errors):.0e}, near a nudge "
    f"of {best:.0e}.",
    logarithmic=True,
)

# %% [markdown]
# A large $\varepsilon$ measures a curve by a chord. A tiny one subtracts two numbers that agree in nearly all their
# digits, and what is left is rounding. In between, your gradient and the numeric one agree to ten digits or so.

# %% [markdown]
# ## 6. Who was the maximum?
#
# Now back through a pooling. It has no weights, so there is only one question: which pixels get the error of a cell?
#
# Take max pooling. Only the largest number of the window reached the output. Turn up any of the others a little, and
# nothing changes. So the largest gets the whole error, and the others get 0. You need to know where it was:
#
# $$ \begin{pmatrix} 1 & 3 \\ 2 & 9 \end{pmatrix} \;\longrightarrow\;
#    \begin{pmatrix} \text{False} & \text{False} \\ \text{False} & \text{True} \end{pmatrix} $$
#
# **Ask yourself:** and if the window is all zeros, as it often is after a ReLU?
#
# > **The notes say…** nothing about ties, and their mask, `x == max(x)`, is True at *every* maximum. Then each of the
# > tied pixels gets the **full** error, and a window of four zeros sends back four times what came in. PyTorch picks
# > one of them, the first. At a tie there is no one right gradient: the maximum has a kink there. What counts is to
# > know what your code does. **In this lesson, the mask is True at every maximum, and each gets the full error.**

# %% [markdown]
# ### Exercise 6: `create_mask_from_window` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Compare the whole window with one number.
#
# <details><summary>Hint 2</summary>
#
# `==` between an array and a number compares every element, and gives an array of bools.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "create_mask_from_window_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def create_mask_from_window(x):
    """Say where the maximum of a window is.

    Args:
        x: one channel of a window, (f, f).

    Returns:
        A bool array (f, f), True at every element that equals the maximum: at all of them when there is a tie.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Compare every element of the window with its maximum.
    ### BEGIN SOLUTION
    return x == np.max(x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "create_mask_from_window", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("create_mask_from_window") as check:
    axes = ("row", "column")

    # One maximum, 9.
    window = np.array([[1.0, 3.0, 5.0], [2.0, 9.0, 4.0], [7.0, 6.0, 8.0]])
    check.true(testing.unchanged(create_mask_from_window, [window]), "The window should stay as it was.")
    expected = np.array([[False, False, False], [False, True, False], [False, False, False]])
    check.equal(create_mask_from_window(window), expected, "create_mask_from_window(window)", axes=axes)

    # Two maxima, and all are negative.
    tied = np.array([[-3.0, -1.0], [-1.0, -2.0]])
    expected = np.array([[False, True], [True, False]])
    check.equal(create_mask_from_window(tied), expected, "create_mask_from_window(tied)", axes=axes)

# %% nbgrader={"grade": true, "grade_id": "create_mask_from_window_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of create_mask_from_window: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("create_mask_from_window") as check:
    rng = testing.rng("create_mask_from_window_hidden")
    windows = [rng.normal(size=(f, f)) - 5 for f in (1, 2, 3, 4)]
    windows += [rng.integers(-2, 1, size=(f, f)).astype(float) for f in (2, 3, 3, 4, 4)]
    windows += [np.zeros((2, 2)), np.full((3, 3), -2.0), rng.normal(size=(3, 3)) * 1e-9]
    for window in windows:
        ranked = sorted(window.ravel().tolist())
        expected = np.array([[value >= ranked[-1] for value in row] for row in window.tolist()])
        label = f"create_mask_from_window({np.array2string(window, precision=3)})"
        untouched = testing.unchanged(create_mask_from_window, [window])
        check.true(untouched, f"{label} should leave the window as it was.")
        check.equal(create_mask_from_window(window), expected, label, axes=("row", "column"))
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Fair shares
#
# In average pooling every pixel of the window had the same say, 1 of $n_H \cdot n_W$. So each gets the same share of
# the error. **Predict:** an error of 2 goes back into a 2 × 2 window. What does each pixel get?
#
# $$ \text{share} = \frac{dz}{n_H \cdot n_W} $$

# %% [markdown]
# ### Exercise 7: `distribute_value` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Which number stands in every place? `shape` is a pair: unpack it.
#
# <details><summary>Hint 2</summary>
#
# `np.full(shape, number)` makes an array with the same number everywhere.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "distribute_value_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def distribute_value(dz, shape):
    """Share a number out evenly over a window.

    Args:
        dz: the number, a float.
        shape: the window's shape, (n_H, n_W).

    Returns:
        An array (n_H, n_W) of floats, each dz / (n_H n_W), so that together they are dz.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Divide dz by the number of elements, and fill an array of the shape with it.
    ### BEGIN SOLUTION
    n_H, n_W = shape
    return np.full((n_H, n_W), dz / (n_H * n_W))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "distribute_value", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("distribute_value") as check:
    axes = ("row", "column")
    check.equal(
        distribute_value(2.0, (2, 2)), np.full((2, 2), 0.5), "distribute_value(2.0, (2, 2))", axes=axes
    )
    # Two rows and four columns: eight shares of -3.
    check.equal(
        distribute_value(-3.0, (2, 4)), np.full((2, 4), -0.375), "distribute_value(-3.0, (2, 4))", axes=axes
    )

# %% nbgrader={"grade": true, "grade_id": "distribute_value_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of distribute_value: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("distribute_value") as check:
    rng = testing.rng("distribute_value_hidden")
    for shape in [(1, 1), (2, 2), (3, 3), (1, 5), (4, 2), (5, 7)]:
        dz = float(rng.normal() + rng.choice([-3.0, 3.0]))
        rows = [[dz / len(range(shape[0] * shape[1]))] * shape[1]] * shape[0]
        label = f"distribute_value({dz:.6g}, {shape})"
        got = distribute_value(dz, shape)
        check.equal(got, np.array(rows), label, axes=("row", "column"))
        check.true(bool(np.isclose(np.sum(got), dz)), f"{label} should add up to {dz:.6g}.")
### END HIDDEN TESTS

# %% [markdown]
# ## 8. The error goes back through a pooling
#
# Put it together. The loops are `pool_forward`'s once more. For each cell, add to the window of `dA_prev`:
#
# - max pooling: the mask times the error;
# - average pooling: the shares of the error.
#
# ![One cell with the error 10. On the left, max pooling: in the window 1, 3, 2, 9 the 9 gets 10 and the others 0. On
# the right, average pooling: each of the four gets 2.5.](images/pool_backward.svg)
#
# **Ask yourself:** when `stride` is smaller than `f`, windows overlap. What happens to a pixel that is the maximum of
# two windows? And when `stride` is larger than `f`, what is the gradient between the windows?
#
# <details><summary>Compare with your answer</summary>
#
# The pixel gets the errors of both, added up. A pixel that lies in no window gets 0: it had no say.
#
# </details>

# %% [markdown]
# ### Exercise 8: `pool_backward` (6 points)
#
# <details><summary>Hint 1</summary>
#
# `dA_prev` begins as zeros of the shape of `A_prev`. The loops run over the cells of `dA`.
#
# <details><summary>Hint 2</summary>
#
# Where a window starts depends on the *stride*, as in `pool_forward`: at `h * stride`, `w * stride`. In max mode you
# need the window of `A_prev` for the mask.
#
# <details><summary>Hint 3</summary>
#
# In the innermost loop, with `dz = dA[i, h, w, c]`: add `create_mask_from_window(window) * dz`, or
# `distribute_value(dz, (f, f))`, to `dA_prev[i, top : top + f, left : left + f, c]`, with `+=`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "pool_backward_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pool_backward(dA, cache, mode="max"):
    """Send the gradient of the loss back through a pooling layer.

    Args:
        dA: the gradient with respect to the layer's output, (m, n_H, n_W, n_C).
        cache: (A_prev, hparameters), as pool_forward returned it. A_prev may be of any dtype.
        mode: "max" or "average".

    Returns:
        dA_prev, the gradient with respect to the input, of the shape of A_prev, floats. Windows that overlap add up.
        In max mode every maximum of a window gets the full gradient, also when there is a tie.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Unpack the cache, the sizes (the output's from dA.shape), f and the stride. Begin with zeros.
    ### BEGIN SOLUTION
    A_prev, hparameters = cache
    m, n_H, n_W, n_C = dA.shape
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    ### END SOLUTION
    # 2. For every cell of dA: add its share to the window that it came from.
    ### BEGIN SOLUTION
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                rows = slice(h * stride, h * stride + f)
                columns = slice(w * stride, w * stride + f)
                for c in range(n_C):
                    dz = dA[i, h, w, c]
                    if mode == "max":
                        share = create_mask_from_window(A_prev[i, rows, columns, c]) * dz
                    else:
                        share = distribute_value(dz, (f, f))
                    dA_prev[i, rows, columns, c] += share
    ### END SOLUTION
    return dA_prev


# %% nbgrader={"grade": true, "grade_id": "pool_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("pool_backward") as check:
    axes = ("image", "row", "column", "channel")

    # The picture of section 4: each error goes to the maximum of its quarter, or to all four pixels alike.
    quarters = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], dtype=float).reshape(
        1, 4, 4, 1
    )
    errors_in = np.array([[10.0, 20.0], [30.0, 40.0]]).reshape(1, 2, 2, 1)
    cache = (quarters, {"f": 2, "stride": 2})
    untouched = testing.unchanged(pool_backward, [errors_in, cache, "max"])
    check.true(untouched, "pool_backward should leave its arguments as they were.")
    expected = np.array([[0, 0, 20, 0], [0, 10, 0, 0], [0, 0, 0, 40], [0, 30, 0, 0]], dtype=float).reshape(
        1, 4, 4, 1
    )
    check.equal(
        pool_backward(errors_in, cache, "max"),
        expected,
        'pool_backward(errors_in, cache, "max") at f 2, stride 2',
        axes=axes,
    )
    expected = np.array([[2.5, 2.5, 5, 5], [2.5, 2.5, 5, 5], [7.5, 7.5, 10, 10], [7.5, 7.5, 10, 10]])
    got = pool_backward(errors_in, cache, "average")
    check.equal(
        got,
        expected.reshape(1, 4, 4, 1),
        'pool_backward(errors_in, cache, "average") at f 2, stride 2',
        axes=axes,
    )

    # Overlapping windows of negative numbers. The -1 in the centre is in all four; in the last it ties with a second.
    overlapping = np.array([[-9.0, -2.0, -3.0], [-4.0, -1.0, -5.0], [-6.0, -7.0, -1.0]]).reshape(1, 3, 3, 1)
    cache = (overlapping, {"f": 2, "stride": 1})
    expected = np.array([[0.0, 0.0, 0.0], [0.0, 100.0, 0.0], [0.0, 0.0, 40.0]]).reshape(1, 3, 3, 1)
    check.equal(
        pool_backward(errors_in, cache, "max"),
        expected,
        'pool_backward(errors_in, cache, "max") at f 2, stride 1, a tie',
        axes=axes,
    )
    expected = np.array([[2.5, 7.5, 5.0], [10.0, 25.0, 15.0], [7.5, 17.5, 10.0]]).reshape(1, 3, 3, 1)
    check.equal(
        pool_backward(errors_in, cache, "average"),
        expected,
        'pool_backward(errors_in, cache, "average") at f 2, stride 1',
        axes=axes,
    )

    # Two images of 3 x 6 with two channels; stride 3, so that some pixels lie in no window.
    A_batch = (np.arange(72.0) * 7 % 13 - 6).reshape(2, 3, 6, 2)
    errors_in = np.array([8.0, -4.0, 12.0, 16.0, -20.0, 24.0, 28.0, 4.0]).reshape(2, 1, 2, 2)
    cache = (A_batch, {"f": 2, "stride": 3})
    expected = np.zeros((2, 3, 6, 2))
    expected[0, 0, :, 1] = [0, -4, 0, 0, 16, 0]
    expected[0, 1, :, 0] = [0, 8, 0, 0, 12, 0]
    expected[1, 0, :, 0] = [0, 0, 0, 0, 28, 0]
    expected[1, 0, :, 1] = [24, 0, 0, 0, 0, 0]
    expected[1, 1, :, 0] = [0, -20, 0, 0, 0, 0]
    expected[1, 1, :, 1] = [0, 0, 0, 0, 4, 0]
    check.equal(
        pool_backward(errors_in, cache, "max"),
        expected,
        'pool_backward(errors_in, cache, "max") at f 2, stride 3',
        axes=axes,
    )

    # A picture of bytes. The gradient is made of floats all the same: each pixel gets a quarter of 10.
    photo = np.full((1, 2, 2, 1), 200, dtype=np.uint8)
    check.equal(
        pool_backward(np.full((1, 1, 1, 1), 10.0), (photo, {"f": 2, "stride": 2}), "average"),
        np.full((1, 2, 2, 1), 2.5),
        'pool_backward(10, (a picture of bytes, f 2, stride 2), "average")',
        axes=axes,
    )

# %% nbgrader={"grade": true, "grade_id": "pool_backward_hidden", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of pool_backward: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("pool_backward") as check:
    rng = testing.rng("pool_backward_hidden")
    axes = ("image", "row", "column", "channel")
    # m, n_H_prev, n_W_prev, n_C_prev, f, stride
    cases = [
        (1, 2, 2, 1, 2, 2),
        (2, 5, 4, 3, 2, 1),
        (3, 7, 6, 2, 3, 2),
        (2, 6, 9, 2, 2, 3),
        (2, 4, 5, 3, 1, 2),
        (2, 3, 8, 2, 3, 3),
        (2, 6, 5, 2, 3, 1),
    ]
    for m, n_H_prev, n_W_prev, n_C_prev, f, stride in cases:
        shape = (m, n_H_prev, n_W_prev, n_C_prev)
        hparameters = {"f": f, "stride": stride}
        distinct, tied = rng.normal(size=shape) - 4, rng.integers(-3, 0, size=shape).astype(float)
        dA = rng.normal(size=(m, (n_H_prev - f) // stride + 1, (n_W_prev - f) // stride + 1, n_C_prev))

        # Without ties, both modes: torch's autograd.
        for mode, pool in (("max", functional.max_pool2d), ("average", functional.avg_pool2d)):
            leaf = torch.from_numpy(distinct).requires_grad_()
            pooled = pool(leaf.permute(0, 3, 1, 2), f, stride).permute(0, 2, 3, 1)
            expected = torch.autograd.grad(pooled, leaf, torch.from_numpy(dA))[0].numpy()
            label = f"pool_backward(dA of {dA.shape}, (A_prev of {shape}, {hparameters}), {mode!r})"
            untouched = testing.unchanged(pool_backward, [dA, (distinct, hparameters), mode])
            check.true(untouched, f"{label} should leave its arguments as they were.")
            check.equal(pool_backward(dA, (distinct, hparameters), mode), expected, label, axes=axes)

        # With ties: windows as columns, every maximum of a column gets the whole gradient, and folded back they add up.
        columns = functional.unfold(torch.from_numpy(tied).permute(0, 3, 1, 2), f, stride=stride)
        columns = columns.reshape(m, n_C_prev, f * f, -1)
        errors = torch.from_numpy(dA).permute(0, 3, 1, 2).reshape(m, n_C_prev, 1, -1)
        shares = torch.where(columns == columns.amax(2, keepdim=True), errors, 0.0).reshape(
            m, n_C_prev * f * f, -1
        )
        expected = functional.fold(shares, (n_H_prev, n_W_prev), f, stride=stride).permute(0, 2, 3, 1).numpy()
        label = f"pool_backward(dA of {dA.shape}, (A_prev of {shape} with ties, {hparameters}), 'max')"
        check.equal(pool_backward(dA, (tied, hparameters), "max"), expected, label, axes=axes)

    # A picture of bytes: its gradient is made of floats all the same.
    photo, dA = rng.integers(0, 256, size=(2, 4, 6, 2), dtype=np.uint8), rng.normal(size=(2, 2, 3, 2))
    expected = np.repeat(np.repeat(dA / 4, 2, axis=1), 2, axis=2)
    label = "pool_backward(dA, (A_prev of whole numbers, f 2 and stride 2), 'average')"
    check.equal(pool_backward(dA, (photo, {"f": 2, "stride": 2}), "average"), expected, label, axes=axes)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: who gets the error?
#
# A piece of the grey street is pooled, and an error of 1 comes back to each cell. **Predict** both pictures of where it
# goes: for the maximum, and for the average.

# %%
piece = street[None, 64:128, 16:80].mean(axis=3, keepdims=True)
eighths = {"f": 8, "stride": 8}
sent_back = {
    mode: pool_backward(np.ones((1, 8, 8, 1)), (piece, eighths), mode)[0, :, :, 0]
    for mode in ("max", "average")
}
share = {mode: np.mean(sent > 0) for mode, sent in sent_back.items()}
pictures.show(
    {
        "a piece of the street": piece[0, :, :, 0],
        "max": np.uint8(255 * (sent_back["max"] > 0)),
        "average": np.uint8(255 * (sent_back["average"] > 0)),
    },
    title=f"Max pooling tells {share['max']:.1%} of the pixels what went wrong, average pooling "
    f"{share['average']:.0%}",
    alt="A grey piece of the street with the rider and the crossing. Beside it, for max pooling, a black "
    "picture with white points, about one in each window of 8 by 8, where the error went. For average "
    "pooling the picture is white all over.",
)

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. An input of 15 × 15 × 8 meets 16 filters of 5 × 5, stride 2, padding 1. What is the shape of the output, and how
#    many numbers does the layer learn?
# 2. You double `b`. Which of `dA_prev`, `dW` and `db` change, if `dZ` stays the same?
# 3. Max pooling with `f` 1 and `stride` 2: what does it do?
# 4. With `f` = `stride` and no ties, how does the sum of `dA_prev` compare with the sum of `dA`, in both modes?
# 5. Why does `dW` need `A_prev` from the cache, while `db` needs nothing from it?
#
# <details><summary>Answers</summary>
#
# 1. $\lfloor (15 + 2 - 5) / 2 \rfloor + 1 = 7$: the output is 7 × 7 × 16. It learns $(5 \cdot 5 \cdot 8 + 1) \cdot 16 =
#    3216$ numbers.
# 2. None of them. In section 5 no gradient depends on $b$.
# 3. It keeps every second pixel of every second row, and throws away the rest.
# 4. They are equal. Pooling backwards passes the error on: it neither makes nor loses any.
# 5. $z$ grows with a weight as fast as the pixel under it is bright, and with the bias always equally fast.
#
# </details>

# %% [markdown]
# ## The race: loops, one matrix, PyTorch
#
# Your loops are right. Are they fast? Here are two rivals for the plain case, stride 1 and no padding:
#
# - **One matrix** (known as *im2col*). Lay out every window as one row of a large matrix, and every filter as one
#   column of a second. Then the whole layer is a single product of matrices, which computers are very good at. The
#   price is memory: each pixel is copied up to $f^2$ times.
# - **PyTorch**, on one thread, to be fair.
#
# **Predict:** how many times faster than your loops is each of them, on pictures of 96 × 96? Write it down.

# %%
import time

import torch
from tqdm.auto import tqdm

from cnnkit import quick


def conv_as_matrix(A_prev, W, b):
    """A convolution with stride 1 and no padding as one product of matrices."""
    f, _, n_C_prev, n_C = W.shape
    windows = np.lib.stride_tricks.sliding_window_view(A_prev, (f, f), axis=(1, 2))
    m, n_H, n_W = windows.shape[:3]
    rows = windows.transpose(0, 1, 2, 4, 5, 3).reshape(m * n_H * n_W, f * f * n_C_prev)
    return (rows @ W.reshape(f * f * n_C_prev, n_C)).reshape(m, n_H, n_W, n_C) + b


def conv_in_torch(A_prev, W, b):
    """The same by PyTorch, channels first."""
    x, w = torch.from_numpy(A_prev).permute(0, 3, 1, 2), torch.from_numpy(W).permute(3, 2, 0, 1)
    return torch.nn.functional.conv2d(x, w, torch.from_numpy(b).flatten()).permute(0, 2, 3, 1).numpy()


def conv_in_loops(A_prev, W, b):
    """The same by your own loops."""
    return conv_forward(A_prev, W, b, {"stride": 1, "pad": 0})[0]


def seconds(layer, inputs, repeats):
    """The least time of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        layer(*inputs)
        times.append(time.perf_counter() - start)
    return min(times)


# %% tags=["nbval-ignore-output"]
torch.set_num_threads(1)
race_rng = np.random.default_rng(0)
race_W, race_b = race_rng.normal(size=(3, 3, 3, 8)), race_rng.normal(size=(1, 1, 1, 8))
racers = {"your loops": conv_in_loops, "one matrix": conv_as_matrix, "PyTorch": conv_in_torch}
sides = [8, 16] if quick() else [8, 16, 32, 64, 96]
times = {name: [] for name in racers}
for side in tqdm(sides, desc="race"):
    inputs = (race_rng.normal(size=(2, side, side, 3)), race_W, race_b)
    results = [layer(*inputs) for layer in racers.values()]
    assert np.allclose(results[0], results[1]) and np.allclose(results[0], results[2]), (
        "a racer took a short cut"
    )
    for name, layer in racers.items():
        times[name].append(seconds(layer, inputs, repeats=2 if name == "your loops" else 20))

ahead = {name: times["your loops"][-1] / times[name][-1] for name in ("one matrix", "PyTorch")}
finding = ", ".join(f"{name} {factor:.0f} times" for name, factor in ahead.items())
pictures.show_curves(
    sides,
    times,
    xlabel="side of the picture, pixels",
    ylabel="seconds for a batch of 2",
    title=f"Faster than your loops at {sides[-1]} pixels:\n{finding}",
    alt=f"Three rising curves over the side of the picture, {sides[0]} to {sides[-1]} pixels, on "
    f"logarithmic axes. Your loops are the slowest throughout. At {sides[-1]} pixels one matrix is "
    f"{ahead['one matrix']:.0f} times and PyTorch {ahead['PyTorch']:.0f} times faster.",
    logarithmic=True,
)

# %% [markdown]
# All three do the same multiplications. The loops lose their time *between* them: in Python, each step costs
# hundreds of times what its few products cost. That is why, from the next lesson on, you use PyTorch. You now know
# what it computes.
#
# What would you change in `conv_as_matrix` for stride 2? Try it.

# %% [markdown]
# ## What goes wrong when…
#
# Five ways in which these layers go astray. Most stand in code that people have published. Run, and look at the
# numbers.
#
# **…you cut off a padding of 0 with `[pad:-pad]`.** There is no error message here. There is just nothing left.

# %%
no_pad = 0
gradient = np.ones((1, 5, 5, 1))
print("before:", gradient.shape, "  after:", gradient[:, no_pad:-no_pad, no_pad:-no_pad, :].shape)

# %% [markdown]
# **…you add the bias to each product, before the sum.** It then counts once for each weight.

# %%
ones, half_bias = np.ones((3, 3, 3)), np.full((1, 1, 1), 0.5)
print("the bias once, after the sum:", conv_single_step(ones, ones, half_bias))
print("the bias in each product:    ", np.sum(ones * ones + half_bias))

# %% [markdown]
# **…you forget the stride on the way back.** The windows then start at `h` rather than `h * stride`, and crowd into
# the top left. Count how many windows each of 9 × 9 pixels is in, for `f` 3 and `stride` 2.

# %%
rightly, wrongly = np.zeros((9, 9), dtype=int), np.zeros((9, 9), dtype=int)
for h, w in np.ndindex(4, 4):
    rightly[2 * h : 2 * h + 3, 2 * w : 2 * w + 3] += 1
    wrongly[h : h + 3, w : w + 3] += 1
print("pixels of 81 in no window, with the stride:   ", np.sum(rightly == 0))
print("pixels of 81 in no window, without the stride:", np.sum(wrongly == 0))
print("the windows of each pixel, without the stride:")
print(wrongly)

# %% [markdown]
# **…many pixels tie.** After a ReLU whole regions are 0. With our mask, every one of them gets the full error. Here are
# the reddish things of the street, behind a ReLU, and the way back through a pooling.

# %%
red_things = np.ones((1, 1, 3, 1)) * np.array([1.0, -0.5, -0.5]).reshape(1, 1, 3, 1)
street_red, _ = conv_forward(
    street[None, ::3, ::3], red_things, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0}
)
rectified = np.maximum(street_red, 0)
came_back = pool_backward(np.ones((1, 32, 32, 1)), (rectified, {"f": 2, "stride": 2}))
print(f"pixels that are 0 behind the ReLU: {np.mean(rectified == 0):.0%}")
print(
    f"error in: {32 * 32}   error out, every maximum: {came_back.sum():.0f}   in PyTorch, the first: {32 * 32}"
)

# %% [markdown]
# **…you take the mean over the batch in `conv_backward`.** If `dZ` holds the $1/m$ of the loss already, you divide
# twice. The gradient points the right way, and is $m$ times too short: with a batch of 64, your learning rate is 64
# times too small. Nothing crashes. The network just learns very slowly.

# %%
one_weight = (np.ones((64, 1, 1, 1)), np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
_, summed_dW, _ = conv_backward(np.full((64, 1, 1, 1), 1 / 64), one_weight)
print("dW, summed:", summed_dW.item(), "  dW, averaged once more:", summed_dW.item() / 64)

# %% [markdown]
# ## Your turn: a picture of your own
#
# Put a picture beside this notebook and write its name below. Without one, the street is taken.
#
# **Predict:** what in your picture lights up under a filter for vertical edges, and what under one for horizontal edges?

# %%
from cnnkit.data import own_photo

picture_file = ""  # for example "my_cat.jpg"

opened = own_photo(picture_file, np.uint8(255 * street))
opened.thumbnail((96, 96))
own_picture = np.asarray(opened, dtype=float) / 255

vertical = np.stack([np.array([[1.0, 0.0, -1.0]] * 3)] * 3, axis=2)
both_edges = np.stack([vertical, vertical.transpose(1, 0, 2)], axis=3)
own_edges, _ = conv_forward(own_picture[None], both_edges, np.zeros((1, 1, 1, 2)), {"stride": 1, "pad": 0})
pooled, _ = pool_forward(np.minimum(np.abs(own_edges), 4), {"f": 4, "stride": 4}, mode="max")
pictures.show(
    {
        "the picture": own_picture,
        "vertical edges": np.minimum(np.abs(own_edges[0, :, :, 0]), 4),
        "horizontal edges": np.minimum(np.abs(own_edges[0, :, :, 1]), 4),
        "vertical, max pooled": pooled[0, :, :, 0],
    },
    title="Two filters, two views; pooling keeps what was found and drops where exactly",
    alt="Four pictures: your own, or the street if you chose none; its vertical edges, bright on black, in "
    "the street along the sides of the car and of windows; its horizontal edges, in the street along roofs, "
    "bumper and crossing; and the vertical edges after max pooling, a quarter as wide and high, where the "
    "strong ones are still bright.",
)

# %% [markdown]
# Now play. Other numbers in `both_edges`? A larger window in the pooling? Average in the place of max?

# %% [markdown]
# ## Summary
#
# - Padding puts zeros around rows and columns, so that the border counts and the size can stay.
# - One step is a sum of products, plus a bias, once. A filter is as deep as its input.
# - The output has $\lfloor (n + 2\,pad - f) / stride \rfloor + 1$ rows and columns, and a channel for each filter.
# - A layer learns $(f^2 \, n_C^{prev} + 1) \, n_C$ numbers, however large the picture.
# - Pooling learns nothing, and treats each channel alone.
# - On the way back the same windows are used again, and what was used several times **adds up** its errors.
# - Max pooling sends the error to the maximum (here: to every maximum), average pooling shares it out.
# - A numeric gradient checks all of it, with an $\varepsilon$ neither large nor tiny.
#
# **Next:** in [1.3](convnet_application.ipynb) you put such layers into a network, and train it.

# %% [markdown]
# ## References
#
# - K. Fukushima, "Neocognitron: a self-organizing neural network model for a mechanism of pattern recognition
#   unaffected by shift in position", *Biological Cybernetics* 36, 1980. Windows that share their weights, and pooling.
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by back-propagating errors",
#   *Nature* 323, 1986. The way back.
# - Y. LeCun et al., "Backpropagation applied to handwritten zip code recognition", *Neural Computation* 1(4), 1989. The
#   way back through shared weights.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", *Proceedings
#   of the IEEE* 86(11), 1998. The network you build in 1.3.
# - K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for document processing", *Tenth
#   International Workshop on Frontiers in Handwriting Recognition*, 2006. The layer as one matrix.
# - Y.-L. Boureau, J. Ponce, Y. LeCun, "A theoretical analysis of feature pooling in visual recognition", *ICML*, 2010.
#   Maximum or average?
# - V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016. Sizes, strides
#   and paddings, drawn.
