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
# # 1.1 Edges and filters
#
# **How can nine numbers find the edges in any picture? And who chooses the nine numbers?**
#
# You begin with a picture and a tiny table of nine numbers. At the end, a few lines of your own look at a picture and
# its edges, and work out by themselves which nine numbers made them. That is a convolutional network at its smallest.
#
# **After this lesson you can**
#
# - slide a filter over a picture by hand, and say what each number of the result means;
# - say how large the result is, for any filter, padding and stride;
# - tell convolution from cross-correlation, and say when the difference matters;
# - choose a filter for edges in any direction, and say why it works;
# - let gradient descent find a filter, from nothing but a picture and its edges.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 4 hours |
# | machine time, solved | under 2 minutes on one core |
# | memory | under 1 GB |
# | before you start | Python functions and loops; NumPy slices; for the last part, what a slope is ([not sure?](before_you_begin.ipynb)) |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `output_size` | counts the places where a filter fits | 3 |
# | 2 | `same_padding` | finds the border that keeps a picture's size | 3 |
# | 3 | `cross_correlate` | slides a filter over a picture | 6 |
# | 4 | `convolve` | does it with the filter turned round | 4 |
# | 5 | `edge_kernel` | makes the filters that people chose | 3 |
# | 6 | `learn_kernel` | finds a filter from examples | 6 |
#
# **How it works.** Run the cells one after another, from the top, with Shift+Enter. Where a cell says
# `raise NotImplementedError()`, you write your own lines in its place. Below each function stands a test that you can
# run as often as you like. A second, hidden test runs when your notebook is graded: it tries other sizes and random
# numbers. Each function is judged alone, with those of yours that it calls. If one defeats you, go on with the next.
#
# **Stuck?** Open a hint. Each has the next one inside it. The last says almost everything, so try the first before.
#
# Now and then the text says **Predict**. Write your answer down before you go on, even a wrong one: what surprises you
# is what you remember.
#
# Boxes that begin with *The notes say…* set right what went wrong in the lecture notes that this course grew from. You
# need not have read those; but what one author mixed up, you will meet elsewhere.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# # Part 1: one filter, one picture
#
# ## 1. A picture is a table of numbers
#
# This street goes with you through the whole course. Today you look for its edges; weeks from now, for its cars.

# %%
from cnnkit import pictures
from cnnkit.scenes import street_scene

street = street_scene(seed=42, size=192, difficulty=0.3).image
grey_street = street.mean(axis=2) / 255
pictures.show(
    {"in red, green and blue": street, "in grey": grey_street},
    title="The street, 192 × 192 pixels",
    alt="A street under a clear sky, drawn by a computer, with houses and trees on both sides. On the left a rider on a "
    "motorcycle comes towards you, in the middle a car drives away, and on the right a person walks beside it. Behind them "
    "lies a zebra crossing. Beside it the same picture in grey.",
)

# %% [markdown]
# In the grey picture each pixel is one number: 0 is black, 1 is white. Here is a small piece of it, from the zebra
# crossing left of the car, in steps of a tenth.
#
# **Predict:** where in this table are the edges of the white stripes?

# %%
piece = grey_street[103:109, 44:60]
print(np.round(10 * piece).astype(int))

# %% [markdown]
# <details><summary>Compare with your answer</summary>
#
# Where a number differs much from its neighbour to the right. An **edge** is nothing but a place where the brightness
# changes fast. So to find edges, subtract neighbours.
#
# </details>
#
# ## 2. One window, one number
#
# Take nine numbers, three rows of 1, 0, −1. Such a small table is called a **filter**, or a **kernel** (the kernel that runs
# your cells only shares its name). Lay it on a window of 3 × 3 pixels. Multiply the numbers that lie on each other, and add up the nine products.
#
# **Predict:** what comes out where all nine pixels are equally bright? And where the left column is bright, 10, and the
# right one is dark, 0?
#
# <details><summary>Compare with your answer</summary>
#
# Equally bright: 0, since each pixel on the left is taken away again on the right. Bright to dark:
# $10 + 10 + 10 - 0 - 0 - 0 = 30$. The filter is blind to brightness, and sees only *change* from left to right.
#
# </details>
#
# Then the window moves on by one pixel, and you do it again; row by row, all over the picture. The results, put where
# they belong, are a picture too:
#
# ![A picture of 6 by 6: its three left columns are white, 10, and its three right columns dark, 0. A filter with the
# columns 1, 0, minus 1. The result of 4 by 4 has rows 0, 30, 30, 0: a white band in its middle, where the edge is. One
# window and the number that it gives, 30, are framed.](images/step_edge.svg)
#
# **Try it.** Slide the window with the two buttons, or type where it shall go. (By keyboard: Tab moves on, Space
# presses, the arrow keys count up and down.) Before each step, say what the next output will be. Then look.

# %%
from cnnkit import widgets

bright_to_dark = np.array([[10, 10, 10, 0, 0, 0]] * 6)
vertical = np.array([[1, 0, -1]] * 3)
widgets.window_stepper(bright_to_dark, vertical)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The window stepper at output row 0, column 1. Tables show the 6 by 6 image with a window of 3 by 3 framed in it,
# the kernel with the columns 1, 0, minus 1, the nine products, and the output, where the current cell, 30, is framed.
# Below stands the sum of the nine products.](images/window_stepper.png)
#
# **Predict:** now the left half is dark and the right half bright. What changes in the output? Turn the picture round,
# with `bright_to_dark[:, ::-1]`, and see.
#
# <details><summary>Compare with your answer</summary>
#
# The signs: the rows are now 0, −30, −30, 0. The sign says which side is the brighter one. If you only want to know
# *that* there is an edge, take the absolute value.
#
# </details>

# %% [markdown]
# ## 3. How many windows?
#
# A filter of 3 × 3 on a picture of 6 × 6 gave only 4 × 4 numbers. Why four? Look at one side only. The window's left
# end may stand on pixel 0, 1, 2 or 3. On pixel 4 its right end would stick out.
#
# The window need not move by one pixel. How far it moves is the **stride**.
#
# ![Two rows of pixels with windows of 3 at stride 2 below them. On 7 pixels three windows fit exactly, from pixels 0, 2
# and 4. On 8 pixels also three fit, the last pixel stays unused, and a fourth window from pixel 6 would stick
# out.](images/strides.svg)
#
# **Ask yourself:** let $n$ be the side of the picture, $f$ the side of the filter, $s$ the stride. How far can the left
# end travel? How many steps of length $s$ is that? And how many places are there, if you take that many steps?
#
# <details><summary>Compare with your answer</summary>
#
# It can travel $n - f$ pixels. That is $(n - f) / s$ steps, of which only whole ones count. And there is one place more
# than steps: the one where it started.
#
# </details>
#
# Often a border of $p$ zeros is put around the picture first, on all four sides (why, you see in a moment). Then the
# side is not $n$ but $n + 2p$, and the number of windows is
#
# $$ \left\lfloor \frac{n + 2p - f}{s} \right\rfloor + 1 $$
#
# The brackets with feet mean: round **down**. In Python, `//` divides and rounds down in one go.
#
# > **The notes say…** in one place that you round *up*. In the lower row of the drawing that would make four windows,
# > and the fourth would need a pixel that is not there. Round down.

# %% [markdown]
# ### Exercise 1: `output_size` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Two things come in that make no sense: a filter that is longer than the side with its border, and a stride of less
# than 1. Test for them first, and `raise ValueError("…")` with a sentence that says what is wrong.
#
# <details><summary>Hint 2</summary>
#
# `7 / 2` is 3.5, `7 // 2` is 3. The result should be an int, so use `//`.
#
# <details><summary>Hint 3</summary>
#
# The left end travels `n + 2 * p - f` pixels. Divide that by `s` with `//`, and add 1 for the first place.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "output_size_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_size(n, f, p=0, s=1):
    """Count the places of a filter along one side of a picture.

    Args:
        n: the side of the picture in pixels, an int, 1 or more.
        f: the side of the filter in pixels, an int, 1 or more.
        p: how many zeros stand at each of the two ends, an int, 0 or more.
        s: the stride in pixels, an int.

    Returns:
        The number of windows, an int; a window that would stick out does not count.

    Raises:
        ValueError: s is less than 1, or the filter is longer than the side with its zeros.
    """
    # 1. Refuse a stride of less than 1, and a filter that does not fit even once.
    ### BEGIN SOLUTION
    if s < 1:
        raise ValueError("the stride should be at least 1")
    if f > n + 2 * p:
        raise ValueError("the filter is longer than the side with its zeros")
    ### END SOLUTION
    # 2. Count the places: whole steps, and the place where the window started.
    ### BEGIN SOLUTION
    return (n + 2 * p - f) // s + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "output_size", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("output_size") as check:
    # The picture of section 2, and the two rows drawn in section 3.
    check.equal(output_size(6, 3), 4, "output_size(6, 3)")
    check.equal(output_size(7, 3, s=2), 3, "output_size(7, 3, s=2)")
    check.equal(output_size(8, 3, s=2), 3, "output_size(8, 3, s=2)")

    # A border of zeros on both ends makes room.
    check.equal(output_size(6, 3, p=1), 6, "output_size(6, 3, p=1)")
    check.equal(output_size(7, 4, p=2, s=3), 3, "output_size(7, 4, p=2, s=3)")

    # As long as the filter: one place. Longer: none, unless zeros help. A window has to move.
    check.equal(output_size(5, 5), 1, "output_size(5, 5)")
    check.raises(ValueError, output_size, 4, 5, label="output_size(4, 5)")
    check.equal(output_size(4, 6, p=1), 1, "output_size(4, 6, p=1)")
    check.raises(ValueError, output_size, 6, 3, 0, 0, label="output_size(6, 3, 0, 0)")

# %% nbgrader={"grade": true, "grade_id": "output_size_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of output_size: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit import testing
from cnnkit.check import Check

with Check("output_size") as check:
    rng = testing.rng("output_size_hidden")
    cases = [(1, 1, 0, 1), (9, 4, 0, 5), (10, 3, 2, 4), (12, 1, 0, 5), (5, 9, 2, 3)]
    cases += rng.integers([5, 1, 0, 1], [60, 6, 5, 8], size=(30, 4)).tolist()
    for n, f, p, s in cases:
        # Try every place, and count those where the window stays inside.
        places = [start for start in range(0, n + 2 * p, s) if start + f <= n + 2 * p]
        check.equal(output_size(n, f, p, s), len(places), f"output_size({n}, {f}, {p}, {s})")
    for n, f, p, s in [(4, 5, 0, 1), (3, 12, 4, 2), (6, 9, 1, 1), (5, 3, 1, 0), (5, 3, 0, -1), (9, 3, 2, -2)]:
        check.raises(ValueError, output_size, n, f, p, s, label=f"output_size({n}, {f}, {p}, {s})")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. The border
#
# **Predict:** a window of 3 × 3 slides over a 6 × 6 picture. In how many windows does the pixel in the corner lie? And
# a pixel near the middle?
#
# Set the four numbers to your guess and look. Each number in the picture says in how many windows that pixel lies.

# %%
widgets.size_explorer(n=6, f=3, p=0, s=1)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The size explorer with n 6, f 3, p 0, s 1. A table of 6 by 6 shows how many windows lie over each pixel: 1 in the
# corners, 3 in the middle of a side, 9 in the inner pixels. The first window is framed. Beside it a table of 4 by 4, the
# output, whose cells are numbered from 1 to 16. Below both the sum: 6 minus 3, divided by 1, rounded down, plus 1, is
# 4.](images/size_explorer.png)
#
# <details><summary>Compare with your answer</summary>
#
# The corner lies in 1 window, a pixel in the middle in 9. What happens at the border hardly counts. And the picture
# shrinks: by two pixels a side with each filter. After a hundred such filters nothing is left of our street.
#
# </details>
#
# A border of zeros mends both. It is called **padding**:
#
# ![A 3 by 4 image of the numbers 1 to 12. To its right the same image with pad 1: a ring of zeros, drawn grey,
# surrounds it, and the result has 5 rows and 6 columns.](images/zero_pad.svg)
#
# Two choices have names. **"valid"** means no padding, $p = 0$. **"same"** means as much padding as keeps the size.
#
# **Ask yourself:** at stride 1, which $p$ keeps a side of $n$ pixels at $n$? Write the size of section 3, set it equal
# to $n$, and solve for $p$.
#
# <details><summary>Compare with your answer</summary>
#
# $n + 2p - f + 1 = n$ gives $p = (f - 1) / 2$. The $n$ is gone: the same padding serves for all pictures.
#
# </details>
#
# **Ask yourself:** and for which $f$ is that a whole number?
#
# <details><summary>Compare with your answer</summary>
#
# For odd ones: 1, 3, 5, 7. That is one reason why almost all filters are odd. The other: an odd filter has a pixel in
# its centre, so you can say *where* it is.
#
# </details>
#
# With a larger stride you can keep the size too, though it takes a wide border. Since we round down, some pixels at the end
# may then lie in no window, and more than one border may do. We ask for the one that leaves none over: the last window
# ends just where the padded side does, $(n - 1) \, s + f = n + 2p$. Solve for $p$:
#
# $$ p = \frac{n s - n + f - s}{2} $$
#
# Put $s = 1$ into it: $(n - n + f - 1) / 2$, the formula from before.

# %% [markdown]
# ### Exercise 2: `same_padding` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Compute *twice* the padding first. Then you can ask whether it is even before you halve it.
#
# <details><summary>Hint 2</summary>
#
# `twice % 2` is 0 for an even number. If it is not 0, no border comes out even: `raise ValueError("…")`. Halve with `//`,
# so that an int stays an int.
#
# <details><summary>Hint 3</summary>
#
# If `n` is None and `s` is over 1, raise a ValueError. If `n` is None and `s` is 1, twice the padding is `f - 1`. Else it
# is `n * s - n + f - s`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "same_padding_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def same_padding(f, n=None, s=1):
    """Find the padding that keeps the side of a picture as it is, and leaves no pixel over at its end.

    Args:
        f: the side of the filter in pixels, an int, 1 or more.
        n: the side of the picture in pixels, an int, 1 or more. At stride 1 it may be left out.
        s: the stride in pixels, an int, 1 or more.

    Returns:
        How many zeros stand at each of the two ends, an int: (n s - n + f - s) / 2.

    Raises:
        ValueError: that is not a whole number, or s is over 1 and n was left out.
    """
    # 1. At a stride over 1 the answer depends on n. Refuse if it was left out.
    ### BEGIN SOLUTION
    if n is None and s > 1:
        raise ValueError("at a stride over 1 the padding depends on n: say how large the picture is")
    ### END SOLUTION
    # 2. Compute twice the padding.
    ### BEGIN SOLUTION
    twice = f - 1 if n is None else n * s - n + f - s
    ### END SOLUTION
    # 3. Refuse if it is odd. Otherwise halve it.
    ### BEGIN SOLUTION
    if twice % 2:
        raise ValueError("half a zero would be needed: no border comes out even at both ends")
    return twice // 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "same_padding", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("same_padding") as check:
    # At stride 1: half of what the filter is longer than one pixel.
    check.equal(same_padding(1), 0, "same_padding(1)")
    check.equal(same_padding(3), 1, "same_padding(3)")
    check.equal(same_padding(7), 3, "same_padding(7)")
    check.equal(same_padding(5, 9), 2, "same_padding(5, 9)")

    # An even filter would need half a pixel.
    check.raises(ValueError, same_padding, 4, label="same_padding(4)")

    # Stride 2 on 7 pixels: with 4 zeros at both ends there are 15, and 7 windows of 3.
    check.equal(same_padding(3, 7, 2), 4, "same_padding(3, 7, 2)")
    check.raises(ValueError, same_padding, 3, 6, 2, label="same_padding(3, 6, 2)")
    check.equal(same_padding(4, 6, 2), 4, "same_padding(4, 6, 2)")

    # Stride 2, and nobody says how large the picture is.
    check.raises(ValueError, same_padding, 3, None, 2, label="same_padding(3, None, 2)")

# %% nbgrader={"grade": true, "grade_id": "same_padding_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of same_padding: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit import testing
from cnnkit.check import Check

with Check("same_padding") as check:
    rng = testing.rng("same_padding_hidden")
    cases = [(1, 1, 1), (2, 5, 2), (5, 4, 3), *rng.integers([1, 1, 1], [9, 40, 6], size=(40, 3)).tolist()]
    for f, n, s in cases:
        # Try every border: the last of n windows should end exactly where the padded side does.
        fits = [p for p in range(n * s + f) if (n - 1) * s + f == n + 2 * p]
        label = f"same_padding({f}, {n}, {s})"
        if fits:
            check.equal(same_padding(f, n, s), fits[0], label)
        else:
            check.raises(ValueError, same_padding, f, n, s, label=label)
    odd, even = 2 * int(rng.integers(4, 30)) + 1, 2 * int(rng.integers(4, 30))
    check.equal(same_padding(odd), len(range(1, odd, 2)), f"same_padding({odd})")
    check.raises(ValueError, same_padding, even, label=f"same_padding({even})")
    check.raises(ValueError, same_padding, odd, None, 3, label=f"same_padding({odd}, None, 3)")
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# **Predict:** which setting of the explorer keeps 7 pixels at 7 with stride 2? Your function knows. Does the widget
# agree? Watch what the wide border does to the counts.

# %%
print("padding for n 7, f 3, stride 2:", same_padding(3, 7, 2))
widgets.size_explorer(n=7, f=3, p=4, s=2)

# %% [markdown]
# ## 5. All windows
#
# Now you write it: the window slides, multiplies, adds up. Its name is **cross-correlation**. The output in row $h$ and
# column $w$ looks at the padded picture from row $h \cdot s$ and column $w \cdot s$ on:
#
# $$ \text{output}_{h,w} = \sum_{i=0}^{f-1} \sum_{j=0}^{f-1} \text{padded}_{\,h \cdot s + i,\; w \cdot s + j} \;\cdot\; \text{kernel}_{i,j} $$
#
# **Ask yourself:** the picture is 4 × 5, the filter 3 × 3, with padding 1 and stride 2. How large is the output? Where
# does the window of output row 1, column 2 begin?
#
# <details><summary>Compare with your answer</summary>
#
# 2 × 3. It begins in row 2 and column 4 of the *padded* picture, which has 6 rows and 7 columns.
#
# </details>

# %% [markdown]
# ### Exercise 3: `cross_correlate` (6 points)
#
# <details><summary>Hint 1</summary>
#
# `np.pad(image, 2)` puts two zeros on all four sides of a 2-D array. You know two functions that tell you how much to
# pad and how large the output is.
#
# <details><summary>Hint 2</summary>
#
# Two loops, over the output's rows `h` and columns `w`. The window has `f` rows from `h * stride` on, and `f` columns
# from `w * stride` on. Rows and columns need not be equally many.
#
# <details><summary>Hint 3</summary>
#
# `window = padded[top : top + f, left : left + f]`, with `top` and `left` from hint 2. Then
# `output[h, w] = np.sum(window * kernel)`. Begin with `np.zeros((n_H, n_W))`: it holds floats.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "cross_correlate_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_correlate(image, kernel, padding=0, stride=1):
    """Slide a filter over a picture: multiply, add up, move on. The filter is not turned.

    Args:
        image: the picture, (n_H, n_W), of any dtype.
        kernel: the filter, (f, f).
        padding: how many zeros stand on each side, an int, 0 or more; or "valid" for none; or "same" for as many as
            keep the size at stride 1.
        stride: how far the window moves, in pixels, an int.

    Returns:
        A new array of floats, (output_size(n_H, f, pad, stride), output_size(n_W, f, pad, stride)). The arguments stay
        as they were.

    Raises:
        ValueError: the filter does not fit, the stride is less than 1, or padding is "same" with a stride over 1 or
            with an even f.
    """
    # 1. Turn the padding into a number of zeros: "valid" is 0, "same" is what same_padding says, at stride 1 only.
    ### BEGIN SOLUTION
    f = kernel.shape[0]
    if padding == "same" and stride > 1:
        raise ValueError('padding "same" keeps the size at stride 1 only')
    pad = same_padding(f) if padding == "same" else 0 if padding == "valid" else padding
    ### END SOLUTION
    # 2. Compute the output's height and width, and begin with zeros. Put the border around the picture.
    ### BEGIN SOLUTION
    n_H = output_size(image.shape[0], f, pad, stride)
    n_W = output_size(image.shape[1], f, pad, stride)
    output = np.zeros((n_H, n_W))
    padded = np.pad(image, pad)
    ### END SOLUTION
    # 3. For every output row and column: cut out the window, multiply it with the kernel, add up.
    ### BEGIN SOLUTION
    for h in range(n_H):
        for w in range(n_W):
            top, left = h * stride, w * stride
            output[h, w] = np.sum(padded[top : top + f, left : left + f] * kernel)
    ### END SOLUTION
    return output


# %% nbgrader={"grade": true, "grade_id": "cross_correlate", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("cross_correlate") as check:
    axes = ("row", "column")

    # Small enough to do by hand. The first window: 1*1 + 2*0 + 4*2 - 5*1 = 4.
    small = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])
    two_by_two = np.array([[1.0, 0.0], [2.0, -1.0]])
    untouched = testing.unchanged(cross_correlate, [small, two_by_two])
    check.true(untouched, "cross_correlate should leave its arguments as they were.")
    by_hand = np.array([[4.0, 6.0], [10.0, 11.0]])
    check.equal(cross_correlate(small, two_by_two), by_hand, "cross_correlate(small, two_by_two)", axes=axes)

    # 4 rows, 5 columns, whole numbers in; floats come out. Padding 1, stride 2.
    numbers = np.arange(20).reshape(4, 5) * 7 % 11
    slope = np.array([[1.0, 0.5, -1.0], [2.0, 0.0, -2.0], [0.0, 3.0, 1.0]])
    skipped = np.array([[1.0, 10.0, 44.0], [12.0, 36.5, 14.0]])
    check.equal(
        cross_correlate(numbers, slope, 1, 2), skipped, "cross_correlate(numbers, slope, 1, 2)", axes=axes
    )
    valid = np.array([[1.5, 38.5, 15.0], [10.5, 36.5, 7.5]])
    check.equal(cross_correlate(numbers, slope), valid, "cross_correlate(numbers, slope)", axes=axes)

    # "valid" is padding 0; "same" keeps the size of the picture, if the stride is 1.
    check.equal(
        cross_correlate(numbers, slope, "valid"), valid, 'cross_correlate(numbers, slope, "valid")', axes=axes
    )
    same = np.array(
        [
            [1.0, 26.0, 10.0, 5.0, 44.0],
            [-13.0, 1.5, 38.5, 15.0, 45.0],
            [12.0, 10.5, 36.5, 7.5, 14.0],
            [-2.0, -9.0, -5.5, 14.5, 18.0],
        ]
    )
    check.equal(
        cross_correlate(numbers, slope, "same"), same, 'cross_correlate(numbers, slope, "same")', axes=axes
    )
    check.raises(
        ValueError,
        cross_correlate,
        numbers,
        slope,
        "same",
        2,
        label='cross_correlate(numbers, slope, "same", 2)',
    )

    # A filter that fits nowhere.
    check.raises(ValueError, cross_correlate, two_by_two, slope, label="cross_correlate(two_by_two, slope)")

# %% nbgrader={"grade": true, "grade_id": "cross_correlate_hidden", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of cross_correlate: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
from scipy.signal import correlate2d

from cnnkit import testing
from cnnkit.check import Check

with Check("cross_correlate") as check:
    rng = testing.rng("cross_correlate_hidden")
    axes = ("row", "column")
    # n_H, n_W, f, padding, stride
    cases = [
        (3, 3, 3, 0, 1),
        (5, 8, 2, 0, 1),
        (9, 6, 3, 0, 2),
        (6, 9, 4, "valid", 3),
        (7, 4, 3, 1, 1),
        (4, 7, 3, 2, 2),
        (2, 3, 5, 3, 3),
        (5, 7, 1, 2, 1),
        (6, 5, 5, "same", 1),
        (3, 8, 7, "same", 1),
        (4, 6, 1, "same", 1),
    ]
    for n_H, n_W, f, padding, stride in cases:
        image, kernel = rng.normal(size=(n_H, n_W)) + 3, rng.normal(size=(f, f))
        pad = {"valid": 0, "same": f // 2}.get(padding, padding)
        bordered = np.zeros((n_H + 2 * pad, n_W + 2 * pad))
        bordered[pad : pad + n_H, pad : pad + n_W] = image
        expected = correlate2d(bordered, kernel, mode="valid")[::stride, ::stride]
        label = f"cross_correlate(image of {image.shape}, kernel of {kernel.shape}, {padding!r}, {stride})"
        untouched = testing.unchanged(cross_correlate, [image, kernel, padding, stride])
        check.true(untouched, f"{label} should leave its arguments as they were.")
        check.equal(cross_correlate(image, kernel, padding, stride), expected, label, axes=axes)

    # A photo in bytes: no result may wrap round at 255.
    photo = rng.integers(0, 256, size=(6, 7)).astype(np.uint8)
    kernel = rng.normal(size=(3, 3)) * 5
    expected = correlate2d(photo.astype(float), kernel, mode="valid")
    check.equal(
        cross_correlate(photo, kernel), expected, "cross_correlate(photo in uint8, kernel)", axes=axes
    )

    square = rng.normal(size=(6, 6))
    for f, padding, stride in [
        (3, "same", 2),
        (5, "same", 3),
        (4, "same", 1),
        (7, 0, 1),
        (9, 1, 1),
        (3, 0, 0),
    ]:
        kernel = rng.normal(size=(f, f))
        label = f"cross_correlate(image of (6, 6), kernel of {kernel.shape}, {padding!r}, {stride})"
        check.raises(ValueError, cross_correlate, square, kernel, padding, stride, label=label)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: three pictures that you can do by hand
#
# **Predict** the output for each, one row will do, and then run the cell: a bright half beside a dark half, with your
# filter for vertical edges; the same turned round; and a board of four fields, bright at the top left and bottom right,
# with the filter for *horizontal* edges, which is the other one with rows and columns swapped.

# %%
field = np.full((3, 3), 10.0)
empty = np.zeros((3, 3))
half_and_half = np.hstack([np.vstack([field, field]), np.vstack([empty, empty])])
board = np.vstack([np.hstack([field, empty]), np.hstack([empty, field])])
horizontal = vertical.T

print("bright, then dark: ", cross_correlate(half_and_half, vertical)[0])
print("dark, then bright: ", cross_correlate(half_and_half[:, ::-1], vertical)[0])
print("board, horizontal edges:")
print(cross_correlate(board, horizontal))

# %% [markdown]
# Look at the board's middle rows: 30, 10, −10, −30. The 30 is an edge from bright to dark, seen from above, the −30 one
# from dark to bright. Where do the 10 and the −10 come from?
#
# <details><summary>Compare with your answer</summary>
#
# Their windows lie half on one edge and half on the other. Two of the columns say one thing, the third says the
# opposite: $20 - 10 = 10$. On a picture this small such blends stand out. On a picture of 1000 × 1000 nobody sees them.
#
# </details>
#
# And a picture without a pattern, by which you can check yourself on paper. **Do the first row before you run it.**

# %%
six_by_six = np.array(
    [
        [3, 0, 1, 2, 7, 4],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
)
print(cross_correlate(six_by_six, vertical))

# %% [markdown]
# ### See it: a stride of 2
#
# **Predict:** how large is the output of this 7 × 7 picture, with a filter of 3 × 3 and stride 2?

# %%
seven_by_seven = np.array(
    [
        [2, 3, 7, 4, 6, 2, 9],
        [6, 6, 9, 8, 7, 4, 3],
        [3, 4, 8, 3, 8, 9, 7],
        [7, 8, 3, 6, 6, 3, 4],
        [4, 2, 1, 8, 3, 4, 6],
        [3, 2, 4, 1, 9, 8, 3],
        [0, 1, 3, 9, 2, 1, 4],
    ]
)
weights = np.array([[3, 4, 4], [1, 0, 2], [-1, 0, 3]])
print(cross_correlate(seven_by_seven, weights, stride=2))

# %% [markdown]
# > **The notes say…** 83 in place of the 88, and 127 in place of the 117. Add up one of them by hand. The top right
# > window is 6, 2, 9; 7, 4, 3; 8, 9, 7, so $18 + 8 + 36 + 7 + 0 + 6 - 8 + 0 + 21 = 88$.
#
# Slide through it, if you like: `widgets.window_stepper(seven_by_seven, weights, stride=2)`.

# %% [markdown]
# ### See it: the street
#
# **Predict:** which parts of the street light up under the filter for vertical edges? Which under the one for
# horizontal edges? What about the sky, and the edges of the road, which run aslant?

# %%
across = cross_correlate(grey_street, vertical, padding="same")
down = cross_correlate(grey_street, horizontal, padding="same")
pictures.show(
    {
        "the street": grey_street,
        "vertical edges": np.minimum(np.abs(across), 1),
        "horizontal edges": np.minimum(np.abs(down), 1),
    },
    title="Each filter sees the edges of one direction",
    alt="The grey street and its edges, bright on black. Under the filter for vertical edges the sides of windows, tree "
    "trunks, the walking person and the sides of the car light up. Under the one for horizontal edges sills, the roof and "
    "bumper of the car and the long sides of the zebra crossing light up. The sky stays black in both. In both, a thin bright "
    "frame runs along the border.",
)

# %% [markdown]
# Look at the border of the two pictures of edges. The street has no frame. Where does it come from?
#
# <details><summary>Compare with your answer</summary>
#
# From the padding. Zero is black, so the filter sees an edge between the black border and the bright street. More about
# that in the last part.
#
# </details>

# %% [markdown]
# ## 6. The filter turned round
#
# Open a book on mathematics, and **convolution** is something else. There the filter is turned by half a turn first:
# upside down, and left to right. Only then it slides.
#
# ![A filter with the rows 3, 4, 5 and 1, 0, 2 and minus 1, 9, 7. An arrow leads to the same filter upside down: minus 1,
# 9, 7 and 1, 0, 2 and 3, 4, 5. A second arrow leads to that one mirrored: 7, 9, minus 1 and 2, 0, 1 and 5, 4,
# 3.](images/flip.svg)
#
# In networks the filter is *learned*. If turning it helped, the nine numbers would simply be learned in their turned
# order. So nobody turns it, and what networks call convolution is cross-correlation. In this course we follow them, but
# for this one exercise.
#
# **Predict:** a picture is black but for a single 1 in the middle. What is its convolution with a filter, with padding
# "same"? And its cross-correlation?
#
# <details><summary>Compare with your answer</summary>
#
# The convolution is the filter itself, as you wrote it down: each white point is replaced by a copy of the filter. The
# cross-correlation is the filter turned round. That is why mathematicians, and people who blur pictures, prefer the
# first.
#
# </details>

# %% [markdown]
# ### Exercise 4: `convolve` (4 points)
#
# <details><summary>Hint 1</summary>
#
# You have a function that does all of it but the turning.
#
# <details><summary>Hint 2</summary>
#
# A slice with a step of −1 runs backwards: `a[::-1]` is `a` with its rows in the opposite order. What stands for "all
# rows backwards, and all columns backwards"?
#
# <details><summary>Hint 3</summary>
#
# `kernel[::-1, ::-1]`. Hand it to `cross_correlate`, and the padding and the stride with it.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "convolve_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolve(image, kernel, padding=0, stride=1):
    """Slide a filter over a picture as mathematicians do: turned by half a turn.

    Args:
        image: the picture, (n_H, n_W), of any dtype.
        kernel: the filter, (f, f), not yet turned.
        padding: how many zeros stand on each side, an int, 0 or more; or "valid" for none; or "same" for as many as
            keep the size at stride 1.
        stride: how far the window moves, in pixels, an int.

    Returns:
        A new array of floats, as large as that of cross_correlate. The arguments stay as they were.

    Raises:
        ValueError: the filter does not fit, the stride is less than 1, or padding is "same" with a stride over 1 or
            with an even f.
    """
    # Reverse the rows and the columns of the kernel. Then cross-correlate.
    ### BEGIN SOLUTION
    return cross_correlate(image, kernel[::-1, ::-1], padding, stride)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "convolve", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("convolve") as check:
    axes = ("row", "column")

    # A single white point becomes the filter, just as it is written.
    point = np.zeros((5, 5))
    point[2, 2] = 1.0
    kernel = np.array([[3.0, 4.0, 5.0], [1.0, 0.0, 2.0], [-1.0, 9.0, 7.0]])
    untouched = testing.unchanged(convolve, [point, kernel])
    check.true(untouched, "convolve should leave its arguments as they were.")
    check.equal(convolve(point, kernel), kernel, "convolve(point, kernel)", axes=axes)
    framed = np.zeros((5, 5))
    framed[1:4, 1:4] = kernel
    check.equal(convolve(point, kernel, "same"), framed, 'convolve(point, kernel, "same")', axes=axes)

    # Two points, one twice as bright, far apart. Padding 1, stride 2.
    points = np.zeros((5, 7))
    points[1, 1], points[3, 5] = 1.0, 2.0
    expected = np.array([[3.0, 5.0, 0.0, 0.0], [-1.0, 7.0, 6.0, 10.0], [0.0, 0.0, -2.0, 14.0]])
    check.equal(convolve(points, kernel, 1, 2), expected, "convolve(points, kernel, 1, 2)", axes=axes)

    # What cross_correlate refuses is refused here too.
    check.raises(ValueError, convolve, point, kernel, "same", 2, label='convolve(point, kernel, "same", 2)')
    check.raises(ValueError, convolve, kernel, point, label="convolve(kernel, point)")

# %% nbgrader={"grade": true, "grade_id": "convolve_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of convolve: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
from scipy.signal import convolve2d

from cnnkit import testing
from cnnkit.check import Check

with Check("convolve") as check:
    rng = testing.rng("convolve_hidden")
    axes = ("row", "column")
    cases = [(4, 4, 3, 0, 1), (6, 5, 2, 0, 1), (8, 5, 3, 0, 2), (5, 6, 4, 3, 1), (3, 4, 3, 2, 1)]
    cases += [(7, 6, 3, 2, 3), (5, 4, 3, "same", 1), (4, 7, 5, "same", 1), (6, 6, 2, "valid", 2)]
    for n_H, n_W, f, padding, stride in cases:
        image, kernel = rng.normal(size=(n_H, n_W)) + 2, rng.normal(size=(f, f))
        pad = {"valid": 0, "same": f // 2}.get(padding, padding)
        # scipy's widest result needs f - 1 zeros; what lies further in needs fewer.
        cut = f - 1 - pad
        full = convolve2d(image, kernel, mode="full")
        expected = full[cut : full.shape[0] - cut : stride, cut : full.shape[1] - cut : stride]
        label = f"convolve(image of {image.shape}, kernel of {kernel.shape}, {padding!r}, {stride})"
        untouched = testing.unchanged(convolve, [image, kernel, padding, stride])
        check.true(untouched, f"{label} should leave its arguments as they were.")
        check.equal(convolve(image, kernel, padding, stride), expected, label, axes=axes)

    # (A * B) * C is A * (B * C), if B * C keeps its whole width.
    A, B, C = rng.normal(size=(9, 8)), rng.normal(size=(3, 3)), rng.normal(size=(2, 2))
    one_by_one = convolve2d(convolve2d(A, B, mode="valid"), C, mode="valid")
    both = convolve(B, C, 1)
    check.equal(both, convolve2d(B, C), "convolve(B, C, 1) for B of (3, 3) and C of (2, 2)", axes=axes)
    check.equal(convolve(A, both), one_by_one, "convolve(A, convolve(B, C, 1))", axes=axes)

    bad = [(5, "same", 2), (4, "same", 1), (7, 0, 1), (3, 0, 0)]
    for f, padding, stride in bad:
        kernel = rng.normal(size=(f, f))
        label = f"convolve(image of (6, 6), kernel of {kernel.shape}, {padding!r}, {stride})"
        check.raises(ValueError, convolve, rng.normal(size=(6, 6)), kernel, padding, stride, label=label)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: two filters in one
#
# Turning has one more advantage. Let $A$ be a picture and $B$ and $C$ two filters; write $*$ for convolution. Then
#
# $$ (A * B) * C = A * (B * C) $$
#
# Two filters, one after another, are the same as *one* filter, $B * C$. To lose nothing of it, $B * C$ is computed with
# a border of $f_C - 1$ zeros, so that every overlap of the two counts.
#
# **Predict:** $B$ and $C$ are both 3 × 3. How large is $B * C$? And is it also true without the turning?

# %%
dice = np.random.default_rng(0)
A, B, C = (
    dice.integers(-3, 4, size=(6, 6)),
    dice.integers(-3, 4, size=(3, 3)),
    dice.integers(-3, 4, size=(3, 3)),
)

B_and_C = convolve(B, C, padding=2)
print("B * C has the shape", B_and_C.shape)
results = {
    "(A * B) * C": convolve(convolve(A, B), C),
    "A * (B * C)": convolve(A, B_and_C),
    "without turning, one after the other": cross_correlate(cross_correlate(A, B), C),
    "without turning, B and C first": cross_correlate(A, cross_correlate(B, C, padding=2)),
}
for name, numbers_out in results.items():
    print(name)
    print(numbers_out)

# %% [markdown]
# The first two agree, the last two do not: convolution is **associative**, cross-correlation is not. It also explains
# why two 3 × 3 layers see as far as one 5 × 5 layer, which you will meet again in week 2.

# %% [markdown]
# # Part 2: which nine numbers?
#
# ## 7. Chosen by people
#
# **Predict:** which nine numbers find edges? Which blur a picture, which sharpen it, which leave it as it is? Type some
# into the fields below, or step them with the arrow keys, and watch the photograph.

# %%
from cnnkit.data import photo

widgets.kernel_editor(photo("camera"))

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The kernel editor. Nine fields hold the columns 1, 0, minus 1, and below them a menu offers other kernels. Beside
# them a grey photograph of a man with a camera on a tripod, and the same photograph under the filter: grey where nothing
# changes, white and black along upright edges.](images/kernel_editor.png)
#
# **Ask yourself:** when do the results stay as bright as the photograph? When do they turn grey all over? What has the
# *sum* of the nine numbers to do with it?
#
# <details><summary>Compare with your answer</summary>
#
# Where nine pixels are equally bright, the output is their brightness times the sum of the kernel. A sum of 1 keeps the
# brightness: blurring, sharpening. A sum of 0 gives 0 on all that is flat: edges.
#
# </details>
#
# So an edge filter has the sum 0. Everything else is a matter of taste, and people have tried a lot:
#
# | name | rows of the filter for vertical edges | what is new |
# | --- | --- | --- |
# | Prewitt, 1970 | (1, 0, −1), (1, 0, −1), (1, 0, −1) | the filter you know |
# | Sobel, 1968 | (1, 0, −1), (2, 0, −2), (1, 0, −1) | the middle row counts more: edges that slant are answered more alike |
# | Scharr, 2000 | (3, 0, −3), (10, 0, −10), (3, 0, −3) | answers almost alike to edges of all directions |
#
# **Ask yourself:** each of the three is a column times the row (1, 0, −1). Which columns?
#
# <details><summary>Compare with your answer</summary>
#
# (1, 1, 1), (1, 2, 1) and (3, 10, 3). The row takes the difference from left to right. The column is a weighted sum
# along the edge, which calms the noise.
#
# </details>
#
# The filter for horizontal edges has rows and columns swapped: it is the *transpose*.
#
# > **The notes say…** in one place that the middle row of Scharr's filter begins with 0. It begins with 10. With a 0 the
# > sum of the nine numbers is −10, and the filter sees edges on an empty wall.

# %% [markdown]
# ### Exercise 5: `edge_kernel` (3 points)
#
# <details><summary>Hint 1</summary>
#
# The three columns stand in the dictionary `weights`, by name. `kind in weights` says whether a name is known.
#
# <details><summary>Hint 2</summary>
#
# `np.outer(column, row)` multiplies each number of the column with each number of the row. With `1.0` in place of `1` in
# the row, the result holds floats.
#
# <details><summary>Hint 3</summary>
#
# `np.outer(weights[kind], [1.0, 0.0, -1.0])` is the filter for vertical edges. `.T` is the other. Raise a ValueError for
# a kind that is not in `weights`, and for a direction that is neither of the two.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "edge_kernel_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def edge_kernel(kind, direction):
    """Make one of the well-known filters for edges.

    Args:
        kind: "prewitt", "sobel" or "scharr".
        direction: of the edges it finds. "vertical": the filter is positive on the left and negative on the right.
            "horizontal": it is the transpose, positive at the top and negative at the bottom.

    Returns:
        A new array of floats, (3, 3).

    Raises:
        ValueError: kind or direction is none of these.
    """
    # 1. Refuse a kind or a direction that is not known.
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    ### BEGIN SOLUTION
    if kind not in weights:
        raise ValueError('kind should be "prewitt", "sobel" or "scharr"')
    if direction not in ("vertical", "horizontal"):
        raise ValueError('direction should be "vertical" or "horizontal"')
    ### END SOLUTION
    # 2. The column of weights times the row 1, 0, -1 finds vertical edges.
    ### BEGIN SOLUTION
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    ### END SOLUTION
    # 3. Its transpose finds horizontal ones.
    ### BEGIN SOLUTION
    return kernel if direction == "vertical" else kernel.T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "edge_kernel", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("edge_kernel") as check:
    axes = ("row", "column")

    # Vertical edges: positive on the left, negative on the right.
    sobel = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
    got = edge_kernel("sobel", "vertical")
    check.equal(got, sobel, 'edge_kernel("sobel", "vertical")', axes=axes)

    # Horizontal edges: positive at the top, negative at the bottom.
    scharr = np.array([[3.0, 10.0, 3.0], [0.0, 0.0, 0.0], [-3.0, -10.0, -3.0]])
    got = edge_kernel("scharr", "horizontal")
    check.equal(got, scharr, 'edge_kernel("scharr", "horizontal")', axes=axes)

    # Prewitt's is the filter of section 2.
    prewitt = np.array([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])
    got = edge_kernel("prewitt", "vertical")
    check.equal(got, prewitt, 'edge_kernel("prewitt", "vertical")', axes=axes)

    # Names that nobody knows.
    check.raises(ValueError, edge_kernel, "canny", "vertical", label='edge_kernel("canny", "vertical")')
    check.raises(ValueError, edge_kernel, "sobel", "upwards", label='edge_kernel("sobel", "upwards")')

# %% nbgrader={"grade": true, "grade_id": "edge_kernel_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of edge_kernel: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
from scipy.signal import correlate2d

from cnnkit import testing
from cnnkit.check import Check

with Check("edge_kernel") as check:
    rng = testing.rng("edge_kernel_hidden")
    axes = ("row", "column")
    # Any picture is a sum of points, so a filter is what it answers to each of nine points: differences of columns
    # (of rows), then three of them added with their weights.
    points = np.eye(9).reshape(9, 3, 3)
    right, below = points[:, :, 0] - points[:, :, 2], points[:, 0, :] - points[:, 2, :]
    picture = rng.normal(size=(6, 8))
    for kind, middle, outer in [("prewitt", 1, 1), ("sobel", 2, 1), ("scharr", 10, 3)]:
        for direction, difference in [("vertical", right), ("horizontal", below)]:
            label = f'edge_kernel("{kind}", "{direction}")'
            kernel = edge_kernel(kind, direction)
            answers = outer * difference[:, 0] + middle * difference[:, 1] + outer * difference[:, 2]
            check.equal(kernel, answers.reshape(3, 3), label, axes=axes)
            edges = correlate2d(picture, kernel, mode="valid")
            check.equal(edges[0, 0], np.vdot(answers, picture[:3, :3]), f"the first edge by {label}")
    for kind, direction in [
        ("laplace", "vertical"),
        ("", "horizontal"),
        ("sobel", "diagonal"),
        ("scharr", ""),
    ]:
        label = f'edge_kernel("{kind}", "{direction}")'
        check.raises(ValueError, edge_kernel, kind, direction, label=label)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: any direction
#
# The two Sobel filters measure how the brightness falls to the right, and how it falls downwards. A slope of a hill is
# the same: know how steep it is to the east and to the south, and you know it in every direction. To turn the filter by
# an angle, mix the two with its cosine and sine.
#
# **Predict:** which lines of the street light up at 45 degrees, which at 70?


# %%
def turned(degrees):
    """Sobel's filter for edges, turned by an angle; 0 is vertical, 90 is horizontal."""
    angle = np.deg2rad(degrees)
    to_the_right, downwards = edge_kernel("sobel", "vertical"), edge_kernel("sobel", "horizontal")
    return np.cos(angle) * to_the_right + np.sin(angle) * downwards


pictures.show_kernels(
    np.round([turned(degrees) for degrees in (0, 45, 70, 90)], 2) + 0.0,
    captions=["0 degrees", "45 degrees", "70 degrees", "90 degrees"],
    title="One filter, turned",
)
pictures.show(
    {
        f"{degrees} degrees": np.abs(cross_correlate(grey_street, turned(degrees)))
        for degrees in (45, 70, 135)
    },
    title="Slanting filters see slanting edges",
    alt="Three pictures of the street's edges, bright on black, by filters turned by 45, 70 and 135 degrees. Lines that "
    "rise to the right, such as the lane mark, are bright at 45 degrees and dark at 135. Lines that fall to the right, such "
    "as the kerb, are dark at 45 and bright at 135. At 70 the flat lines are brightest.",
)

# %% [markdown]
# ## 8. Chosen by nobody
#
# Three people chose three filters. Which is the best? It depends on the picture, and on what you look for. So do not
# choose: show the computer a picture, show it the edges you want, and let it *find* the nine numbers.
#
# It begins with nine zeros and gets better in small steps. Each step does three things:
#
# ![A ring of three boxes. The picture under the nine numbers gives a guess. The guess minus the wanted edges is the
# error. The error, multiplied with the picture and averaged, says how each of the nine numbers should change, and leads
# back to the nine numbers.](images/learn_kernel.svg)
#
# How wrong are nine numbers $K$? Let $P$ be the guess, the picture under $K$, and $T$ the edges that we want, the
# **target**. Square each error, so that too much and too little both count, and take the mean over all $N$ pixels of
# the target. That is the **mean squared error**:
#
# $$ L = \frac{1}{N} \sum_{h,w} (P_{h,w} - T_{h,w})^2 $$
#
# **Ask yourself:** if one of the nine numbers, $K_{i,j}$, grows by a tiny bit, how fast does the guess $P_{h,w}$ grow?
#
# <details><summary>Compare with your answer</summary>
#
# As fast as the pixel under it is bright. $P_{h,w}$ is a sum of nine products, and only one of them holds $K_{i,j}$: the
# one with the pixel $\text{image}_{h+i,\,w+j}$.
#
# </details>
#
# So the loss changes with $K_{i,j}$ at the rate
#
# $$ \frac{\partial L}{\partial K_{i,j}} = \frac{2}{N} \sum_{h,w} (P_{h,w} - T_{h,w}) \; \text{image}_{h+i,\,w+j} $$
#
# These nine rates are the **gradient**. It points to where the loss grows. So take a small step the other way,
# $K \leftarrow K - lr \cdot \text{gradient}$, and do it again. How small a step, the **learning rate** $lr$ says. This is
# **gradient descent**, and all of deep learning runs on it.
#
# **Look at the formula once more.** The pixels $\text{image}_{h+i,\,w+j}$, for one pair $i, j$ and all windows at once,
# are the picture itself, moved by $i$ and $j$ and cut to the size of the target. There are nine such moved pictures. The
# guess is the sum of all nine, each times its number. And each rate is the mean of one of them, times the error, times 2.

# %% [markdown]
# ### Exercise 6: `learn_kernel` (6 points)
#
# <details><summary>Hint 1</summary>
#
# `image[i : i + n_H, j : j + n_W]` is the moved picture for `i`, `j`, where `(n_H, n_W)` is the shape of the target. Make
# the nine of them once, before the steps. `cross_correlate` would give the same guess, more slowly.
#
# <details><summary>Hint 2</summary>
#
# In each step: the guess, the error (guess minus target), and *all nine* rates, by the same error. Only then change the
# kernel. The mean is `np.mean`, over the rows and columns of the target.
#
# <details><summary>Hint 3</summary>
#
# `gradient[i, j] = 2 * np.mean(error * image[i : i + n_H, j : j + n_W])` in two loops, then
# `kernel = kernel - lr * gradient`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "learn_kernel_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def learn_kernel(image, target, steps, lr):
    """Find a filter of 3 x 3 by gradient descent, from a picture and what the filter made of it.

    The loss is the mean over all pixels of (cross_correlate(image, kernel) - target) squared.

    Args:
        image: the picture, (n_H, n_W), floats.
        target: the wanted output, (n_H - 2, n_W - 2), floats.
        steps: how many steps to take, an int, 0 or more.
        lr: the learning rate, a float: each step subtracts lr times the gradient.

    Returns:
        The filter after the last step, a new array of floats, (3, 3). It begins with zeros; all nine numbers change at
        the same time. The arguments stay as they were.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Cut out the nine moved pictures, each as large as the target. Begin with a kernel of zeros.
    ### BEGIN SOLUTION
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    ### END SOLUTION
    for _ in range(steps):
        # 2. The guess is the sum of the moved pictures, each times its number. How wrong is it?
        ### BEGIN SOLUTION
        error = np.tensordot(kernel, moved, axes=2) - target
        ### END SOLUTION
        # 3. Each rate is 2 times the mean of the error times a moved picture. Take a step against the gradient.
        ### BEGIN SOLUTION
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
        ### END SOLUTION
    return kernel


# %% nbgrader={"grade": true, "grade_id": "learn_kernel", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("learn_kernel") as check:
    axes = ("row", "column")
    image = np.array([[1.0, 0.0, 2.0, 1.0], [0.0, 3.0, 1.0, 0.0], [2.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 4.0]])
    target = np.array([[4.0, 0.0], [-2.0, 1.0]])
    untouched = testing.unchanged(learn_kernel, [image, target, 1, 0.5])
    check.true(untouched, "learn_kernel should leave its arguments as they were.")

    # No step: nine zeros.
    check.equal(
        learn_kernel(image, target, 0, 0.5),
        np.zeros((3, 3)),
        "learn_kernel(image, target, 0, 0.5)",
        axes=axes,
    )

    # One step. The guess is 0 everywhere, so the error is minus the target.
    # The rate of the first number: 2 * (-4*1 - 0*0 + 2*0 - 1*3) / 4 = -3.5. So it becomes 0.5 * 3.5 = 1.75.
    once = np.array([[1.75, -1.25, 1.5], [-0.75, 2.5, 1.25], [1.5, 1.25, 0.5]])
    check.equal(learn_kernel(image, target, 1, 0.5), once, "learn_kernel(image, target, 1, 0.5)", axes=axes)

    # Two short steps: now the guess counts as well.
    twice = np.array(
        [
            [0.27734375, -0.361328125, 0.228515625],
            [-0.23828125, 0.4091796875, 0.212890625],
            [0.228515625, 0.212890625, -0.00390625],
        ]
    )
    check.equal(
        learn_kernel(image, target, 2, 0.0625), twice, "learn_kernel(image, target, 2, 0.0625)", axes=axes
    )

    # A target of two rows and four columns.
    wide = np.eye(4, 6) * 4 - np.eye(4, 6, 2) * 2
    expected = np.array(
        [
            [-0.01171875, -0.0390625, -0.0234375],
            [-0.015625, -0.01171875, -0.0390625],
            [0.1171875, -0.015625, -0.01171875],
        ]
    )
    got = learn_kernel(wide, np.array([[1.0, 0.0, -1.0, 2.0], [0.0, 3.0, 1.0, 0.0]]), 2, 0.0625)
    check.equal(got, expected, "learn_kernel(wide, a target of (2, 4), 2, 0.0625)", axes=axes)

# %% nbgrader={"grade": true, "grade_id": "learn_kernel_hidden", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of learn_kernel: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from scipy.signal import correlate2d

from cnnkit import testing
from cnnkit.check import Check

with Check("learn_kernel") as check:
    rng = testing.rng("learn_kernel_hidden")
    axes = ("row", "column")

    # The same steps as by torch's own gradients and optimizer.
    for n_H, n_W, steps, lr in [(3, 3, 1, 0.1), (5, 8, 2, 0.07), (9, 4, 7, 0.05), (6, 7, 25, 0.03)]:
        image, target = rng.normal(size=(n_H, n_W)) + 0.5, rng.normal(size=(n_H - 2, n_W - 2))
        x, t = torch.from_numpy(image)[None, None], torch.from_numpy(target)[None, None]
        weight = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
        descent = torch.optim.SGD([weight], lr)
        for _ in range(steps):
            loss = torch.nn.functional.mse_loss(torch.nn.functional.conv2d(x, weight), t)
            (weight.grad,) = torch.autograd.grad(loss, weight)
            descent.step()
        label = f"learn_kernel(image of {image.shape}, target of {target.shape}, {steps}, {lr})"
        untouched = testing.unchanged(learn_kernel, [image, target, steps, lr])
        check.true(untouched, f"{label} should leave its arguments as they were.")
        check.equal(learn_kernel(image, target, steps, lr), weight.detach().numpy()[0, 0], label, axes=axes)

    # Nine numbers that nobody knows, found again from a picture of noise.
    image, wanted = rng.normal(size=(24, 30)), rng.normal(size=(3, 3)) * 3
    found = learn_kernel(image, correlate2d(image, wanted, mode="valid"), 300, 0.3)
    check.equal(found, wanted, "learn_kernel(image, edges, 300, 0.3)", axes=axes, rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: nine numbers found in a street
#
# Now for the real picture. You have a piece of the street, the one with the motorcycle, and its edges by Sobel's filter.
# Forget the filter. Will `learn_kernel` find it again? A piece of 96 × 96 pixels has 8836 edges, each with something to
# say about your nine numbers: that is plenty.
#
# The piece first loses its mean, and is divided by its standard deviation, so that its numbers lie around 0 and
# are about 1 in size. In the last part you see what happens without that.

# %%
from cnnkit import quick

piece_of_street = grey_street[80:176, 0:96]
level_street = (piece_of_street - piece_of_street.mean()) / piece_of_street.std()
edges_of_street = cross_correlate(level_street, edge_kernel("sobel", "vertical"))
for steps in (0, 10, 100, 300) if quick() else (0, 10, 100, 1000):
    print(f"after {steps} steps:")
    print(np.round(learn_kernel(level_street, edges_of_street, steps, lr=0.1), 2) + 0.0)

# %% [markdown]
# After ten steps you already see which side is positive. After a thousand it is Sobel's filter, and nobody told it.
#
# **Predict:** and if you show it the edges by Scharr's filter, or those at 45 or at 70 degrees? Must anything in
# `learn_kernel` change?

# %%
wanted_kernels = {
    "Scharr's": edge_kernel("scharr", "vertical"),
    "45 degrees": turned(45),
    "70 degrees": turned(70),
}
learned_kernels = {
    name: learn_kernel(level_street, cross_correlate(level_street, wanted), 300 if quick() else 1000, lr=0.1)
    for name, wanted in wanted_kernels.items()
}
largest_miss = max(np.abs(learned_kernels[name] - wanted).max() for name, wanted in wanted_kernels.items())
wanted_and_learned = [(wanted, learned_kernels[name]) for name, wanted in wanted_kernels.items()]
pictures.show_kernels(
    np.round(wanted_and_learned, 2).reshape(6, 3, 3) + 0.0,
    captions=[caption for name in wanted_kernels for caption in (name, "learned")],
    title=f"Learned from edges alone: the largest miss is {largest_miss:.4f}",
    alt="Six kernels in pairs: Scharr's, that of 45 degrees and that of 70 degrees, each beside the one that was learned. "
    f"Their numbers agree; the largest miss is {largest_miss:.4f}.",
)

# %% [markdown]
# Nothing changes. The same few lines find every filter, for nobody told them what an edge is. You could show them a
# blurred picture, or a sharpened one, and they would find that.
#
# Two steps are missing to a convolutional network. Between two filters stands something that is no filter, such as
# setting to 0 what is negative; without it, as section 6 said, two filters in a row are only one. And the *edges* are not
# given either: many filters, one after another, are learned together from the final answer alone, "a cat" or "no cat".
# That edges come out in the first layer is what the network finds by itself.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A picture of 63 × 63 meets a filter of 7 × 7, with stride 2 and padding 3. How large is the output?
# 2. You add 50 to every pixel. What changes in the output of Sobel's filter?
# 3. Which filter moves a picture by one pixel to the left?
# 4. For which filters are convolution and cross-correlation the same?
# 5. Sobel's filter for vertical edges gives 0 on a wide, perfectly horizontal edge. Why?
# 6. In a *dense* layer each output multiplies every pixel by a number of its own. How many numbers does it need to turn
#    6 × 6 pixels into 4 × 4? How many has your filter?
#
# <details><summary>Answers</summary>
#
# 1. $\lfloor (63 + 6 - 7) / 2 \rfloor + 1 = 32$, so 32 × 32.
# 2. Nothing, but at the padding. The nine numbers add up to 0, so the 50 adds $50 \cdot 0$.
# 3. The one with a single 1 in the middle of its right column, if you cross-correlate: each output is the pixel to the
#    right of its place.
# 4. For those that look the same after half a turn, such as a blur.
# 5. From left to right nothing changes along such an edge, so each row of the window gives 0.
# 6. $36 \cdot 16 = 576$, against 9. More about this in 1.3.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# Six ways in which filters go astray. Run, and look at the numbers.
#
# **…you subtract pixels as bytes.** A photo in bytes, `uint8`, holds 0 to 255 and nothing below. 10 − 20 wraps round.

# %%
bytes_of_street = np.round(255 * grey_street).astype(np.uint8)
by_bytes = bytes_of_street[:, :-1] - bytes_of_street[:, 1:]
by_numbers = bytes_of_street[:, :-1].astype(float) - bytes_of_street[:, 1:]
print("10 - 20 in bytes:", np.uint8([10]) - np.uint8([20]))
print(f"differences of neighbours that come out wrong: {np.mean(by_bytes != by_numbers):.0%}")

# %% [markdown]
# **…you round the size up.** The last window sticks out and comes back smaller than the filter. NumPy then either
# stops, as here, or, worse, stretches a window that is one pixel wide over the whole filter.

# %%
sticking_out = np.ones((8, 8))[0:3, 6:9]
print("a window from column 6 of 8:", sticking_out.shape)
try:
    print(sticking_out * vertical)
except ValueError as error:
    print("NumPy:", error)

# %% [markdown]
# **…the filter is even.** It has no centre. Ten 2 × 2 blurs, each padded on one side only to keep the size, carry a
# white dot away.

# %%
dot = np.zeros((31, 31))
dot[20, 20] = 1.0
for _ in range(10):
    dot = cross_correlate(np.pad(dot, ((1, 0), (1, 0))), np.full((2, 2), 0.25))
weighted = [float(np.sum(dot.sum(axis=1 - axis) * np.arange(31))) for axis in (0, 1)]
print("the dot was at row 20, column 20; its centre is now at row", weighted[0], "and column", weighted[1])

# %% [markdown]
# **…zeros stand around a bright picture.** The border is an edge that is not there. Here is a wall without any edge.

# %%
wall = np.full((5, 5), 10.0)
print(cross_correlate(wall, edge_kernel("sobel", "vertical"), padding="same"))

# %% [markdown]
# **…the learning rate is too large.** Each step then overshoots by more than it mends.

# %%
sobel_filter = edge_kernel("sobel", "vertical")
sobel_edges = cross_correlate(level_street, sobel_filter)
for lr in (0.1, 0.13, 0.15, 0.2):
    misses = [
        np.abs(learn_kernel(level_street, sobel_edges, steps, lr) - sobel_filter).max() for steps in (50, 100)
    ]
    print(f"lr {lr:4}: largest miss after 50 steps {misses[0]:.2g}, after 100 steps {misses[1]:.2g}")

# %% [markdown]
# **…the brightness stays in.** The same street, not levelled. All nine moved pictures are then mostly *bright*, and so
# look much alike; only the small rest tells them apart. The steps must stay small for the large common part, and the
# rest learns ever so slowly.

# %%
sobel_filter = edge_kernel("sobel", "vertical")
for name, view, lr in (("levelled", level_street, 0.1), ("not levelled", piece_of_street, 0.3)):
    found_filter = learn_kernel(view, cross_correlate(view, sobel_filter), 300, lr)
    print(f"{name:12}: largest miss after 300 steps {np.abs(found_filter - sobel_filter).max():.3f}")

# %% [markdown]
# ## Your turn: a picture of your own
#
# Put a picture beside this notebook and write its name below. Without one, a coffee cup is taken.
#
# An edge has a strength and a direction. If $x$ is the output of the filter for vertical edges and $y$ that of the one
# for horizontal edges, the strength is $\sqrt{x^2 + y^2}$, as in Pythagoras' triangle.
#
# **Predict:** what will your picture's outline look like? Where will there be edges that you do not see as such?

# %%
from cnnkit import quick
from cnnkit.data import own_photo

picture_file = ""  # for example "my_cat.jpg"

opened = own_photo(picture_file, photo("coffee"))
opened.thumbnail((200, 200) if not quick() else (60, 60))
own_picture = np.asarray(opened.convert("L"), dtype=float) / 255

own_x, own_y = (
    cross_correlate(own_picture, edge_kernel("scharr", way)) for way in ("vertical", "horizontal")
)
strength = np.sqrt(own_x**2 + own_y**2)
pictures.show(
    {
        "the picture": own_picture,
        "its edges": strength,
        "drawn in ink": strength < np.quantile(strength, 0.85),
    },
    title="Outlines from eighteen numbers",
    alt="Three pictures: your own in grey, or a coffee cup if you chose none; the strength of its edges, bright on "
    "black; and the strongest of them as black lines on white, like a drawing in ink.",
)

# %% [markdown]
# Now play. How thick is the ink at a quantile of 0.95? What does a blur do, if it comes before the edges? And can
# `learn_kernel` find the filter that your favourite program calls "emboss"? Save a picture before and after, and try.

# %% [markdown]
# ## Summary
#
# - An edge is where brightness changes fast. A filter of nine numbers that add up to 0 finds it, by subtracting
#   neighbours. The sign says which side is bright.
# - A filter fits at $\lfloor (n + 2p - f) / s \rfloor + 1$ places along a side: whole steps, and the start.
# - "valid" pads nothing. "same" pads $(f - 1) / 2$ at stride 1, which is whole for odd filters only.
# - Networks cross-correlate and call it convolution. True convolution turns the filter by half a turn, and then
#   $(A * B) * C = A * (B * C)$.
# - Prewitt, Sobel and Scharr chose their numbers. Gradient descent finds them from examples: guess, error, rates, step.
#
# **Next:** in [1.2](convolution_step_by_step.ipynb) pictures get colours and there are many filters at once. You build a whole layer, and the way back
# through it.

# %% [markdown]
# ## References
#
# - I. Sobel, G. Feldman, "A 3×3 isotropic gradient operator for image processing", talk at the Stanford Artificial
#   Intelligence Project, 1968. First in print in R. Duda, P. Hart, *Pattern Classification and Scene Analysis*, 1973.
# - J. M. S. Prewitt, "Object enhancement and extraction", in *Picture Processing and Psychopictorics*, 1970.
# - J. Canny, "A computational approach to edge detection", *IEEE Transactions on Pattern Analysis and Machine
#   Intelligence* 8(6), 1986. What to do with the edges after the filter.
# - W. T. Freeman, E. H. Adelson, "The design and use of steerable filters", *IEEE Transactions on Pattern Analysis and
#   Machine Intelligence* 13(9), 1991. Filters turned by a cosine and a sine.
# - H. Scharr, *Optimal operators in digital image processing*, dissertation, Heidelberg, 2000.
# - Y. LeCun et al., "Backpropagation applied to handwritten zip code recognition", *Neural Computation* 1(4), 1989.
#   Filters that are learned.
# - V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016. Sizes, strides
#   and paddings, drawn.
