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
# # 1.3 Convolutional networks at work
#
# **How do a few convolutional layers become something that sees a smile, or reads your handwriting?**
#
# In the last lesson you wrote one layer by hand. Now PyTorch computes the layers, and you put them together: you count
# what a network learns, build two networks, train both, and find out where they go wrong.
#
# **After this lesson you can**
#
# - say how many numbers a layer learns, and why a convolution needs so few;
# - write the table of a network: what comes out of each layer, how large it is, what it costs;
# - build a network in two ways, with `nn.Sequential` and as an `nn.Module`;
# - write a training step, line by line, and say what each line is there for;
# - read a confusion matrix, and hand in weights that you have trained;
# - test whether a network cares about *where* a thing is.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 4 hours |
# | machine time, solved | under 5 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lesson [1.2](convolution_step_by_step.ipynb); what a class is in Python; [softmax and cross-entropy](before_you_begin.ipynb) |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `conv_parameters` | counts what a convolution learns | 3 |
# | 2 | `dense_parameters` | counts what a dense layer learns | 3 |
# | 3 | `layer_table` | says what comes out of each layer | 3 |
# | 4 | `smile_classifier` | a network as `nn.Sequential`: smiling or not? | 3 |
# | 5 | `training_steps` | learns from one batch after another | 3 |
# | 6 | `DigitNet` | a network as `nn.Module`: which digit? Its trained weights count too | 4 |
# | 7 | `confusion_matrix` | counts which class is taken for which | 3 |
# | 8 | `shift_gap` | measures whether a layer cares about *where* | 3 |
#
# **How it works.** As in lesson 1.2: run the cells from the top, replace each `raise NotImplementedError()`, and let the
# test below tell you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each
# function is judged alone, with those of yours that it calls.
#
# **Stuck?** Open a hint. Each has the next one inside it. The last says almost everything, so try the first before.
#
# **New:** in exercise 6 the network that you train is handed in too. Its cell saves a file in the folder `work`, and
# *Check and hand in* packs it with the notebook.
#
# ## The names in this lesson
#
# PyTorch puts the channels before rows and columns. Both orders are in use; only mixing them hurts.
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `x` | (B, C, H, W) | a batch: B pictures, their channels, rows, columns |
# | `y` | (B,) or (B, 1) | what is true of each picture |
# | `logits` | (B, number of classes) | a network's scores, before any sigmoid or softmax |
# | `model`, `loss`, `optimizer` | | the network; how wrong it is; what changes its weights |
#
# In the text, a volume is written rows × columns × channels, as in the pictures.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch import nn

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: what a network costs
#
# ## 1. Few numbers, used often
#
# A colour picture of 64 × 64 is $64 \cdot 64 \cdot 3 = 12\,288$ numbers. One of 1000 × 1000 is 3 million. **Before you
# read on:** a *dense* layer joins every input to every unit by a weight of its own. Join the large picture to 1000
# units. How many weights is that?
#
# <details><summary>Compare with your answer</summary>
#
# 3 million times 1000: 3 billion. At 4 bytes each, 12 GB for one layer, and you would hardly find enough pictures to
# teach it.
#
# </details>
#
# A convolution slides one small filter over the whole picture. It has to learn that filter only, and a bias. Two ideas
# are behind it:
#
# - **sharing**: what finds an edge at the top left finds one at the bottom right as well;
# - **looking close by**: each output number comes from a small window, not from the whole picture.
#
# **Predict:** a 32 × 32 × 3 picture becomes 28 × 28 × 6 by six filters of 5 × 5. How many numbers does this layer
# learn? And how many weights would a dense layer have that makes as many outputs?
#
# <details><summary>Compare with your answer</summary>
#
# The filters: $(5 \cdot 5 \cdot 3 + 1) \cdot 6 = 456$. The dense layer: $3072 \cdot 4704 = 14\,450\,688$, over 14 million.
#
# </details>
#
# > **The notes say…** that this convolution has $(5 \cdot 5 + 1) \cdot 6 = 156$ parameters. That forgets that the picture
# > has three channels: a filter is as deep as what comes in, so it is $(5 \cdot 5 \cdot 3 + 1) \cdot 6 = 456$. They also say
# > that $28 \cdot 28 \cdot 6$ is 4074. It is 4704.

# %% [markdown]
# ### Exercise 1: `conv_parameters` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Count one filter first. How many numbers lie in a window of $f \times f$, over all the channels that come in?
#
# <details><summary>Hint 2</summary>
#
# There are `n_C` filters, one for each channel that goes out. And each filter has one bias: one, whatever its size.
#
# <details><summary>Hint 3</summary>
#
# Weights: `f * f * n_C_prev * n_C`. Biases: `n_C`, or none when `bias` is False.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "conv_parameters_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_parameters(f, n_C_prev, n_C, bias=True):
    """Count the numbers that a convolutional layer learns.

    Args:
        f: height and width of the filters in pixels, an int.
        n_C_prev: channels that come in, an int.
        n_C: channels that go out, as many as there are filters, an int.
        bias: whether each filter has a bias.

    Returns:
        The number of weights and biases, an int.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Count the weights of all filters.
    ### BEGIN SOLUTION
    weights = f * f * n_C_prev * n_C
    ### END SOLUTION
    # 2. Add the biases, where there are any.
    ### BEGIN SOLUTION
    return weights + n_C if bias else weights
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv_parameters", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("conv_parameters") as check:
    # Six filters of 5 x 5 on a colour picture: each has 75 weights and a bias.
    check.equal(conv_parameters(5, 3, 6), 456, "conv_parameters(5, 3, 6)")

    # The same six filters without biases.
    check.equal(conv_parameters(5, 3, 6, bias=False), 450, "conv_parameters(5, 3, 6, bias=False)")

    # Filters of a single pixel: each has a weight for every channel.
    check.equal(conv_parameters(1, 8, 2), 18, "conv_parameters(1, 8, 2)")

# %% nbgrader={"grade": true, "grade_id": "conv_parameters_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of conv_parameters: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("conv_parameters") as check:
    rng = testing.rng("conv_parameters_hidden")
    for _ in range(4):
        f, n_C_prev, n_C = (int(n) for n in rng.integers([2, 2, 3], [12, 70, 90]))
        for bias in (True, False):
            layer = torch.nn.Conv2d(n_C_prev, n_C, f, bias=bias, device="meta")
            expected = sum(parameter.numel() for parameter in layer.parameters())
            label = f"conv_parameters({f}, {n_C_prev}, {n_C}, bias={bias})"
            check.equal(conv_parameters(f, n_C_prev, n_C, bias), expected, label)
### END HIDDEN TESTS

# %% [markdown]
# A *dense* layer (PyTorch says linear, others say fully connected) is simpler. Each of its `n_out` units has a weight
# for each of its `n_in` inputs, and one bias.
#
# ### Exercise 2: `dense_parameters` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Draw two inputs and three units, and every line between them. How many lines? How many units want a bias?
#
# <details><summary>Hint 2</summary>
#
# A bias belongs to a unit, that is, to an output.
#
# <details><summary>Hint 3</summary>
#
# Weights: `n_in * n_out`. Biases: `n_out`, or none when `bias` is False.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "dense_parameters_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dense_parameters(n_in, n_out, bias=True):
    """Count the numbers that a dense layer learns.

    Args:
        n_in: inputs, an int.
        n_out: outputs, as many as there are units, an int.
        bias: whether each unit has a bias.

    Returns:
        The number of weights and biases, an int.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Count the weights. Add the biases, where there are any.
    ### BEGIN SOLUTION
    return n_in * n_out + (n_out if bias else 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "dense_parameters", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("dense_parameters") as check:
    # Two inputs, three units: six weights and three biases.
    check.equal(dense_parameters(2, 3), 9, "dense_parameters(2, 3)")

    # The same without biases.
    check.equal(dense_parameters(2, 3, bias=False), 6, "dense_parameters(2, 3, bias=False)")

    # The large picture on 1000 units.
    three_million = 1000 * 1000 * 3
    check.equal(dense_parameters(three_million, 1000), 3_000_001_000, "dense_parameters(3000000, 1000)")

# %% nbgrader={"grade": true, "grade_id": "dense_parameters_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of dense_parameters: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("dense_parameters") as check:
    rng = testing.rng("dense_parameters_hidden")
    for _ in range(4):
        n_in, n_out = (int(n) for n in rng.integers([3, 100], [90, 9000]))
        for bias in (True, False):
            layer = torch.nn.Linear(n_in, n_out, bias=bias, device="meta")
            expected = sum(parameter.numel() for parameter in layer.parameters())
            label = f"dense_parameters({n_in}, {n_out}, bias={bias})"
            check.equal(dense_parameters(n_in, n_out, bias), expected, label)
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# How do both grow with the picture? **Predict** the two curves: six filters of 5 × 5, and a dense layer that makes as
# many outputs.

# %%
from cnnkit import pictures

sides = [8, 16, 32, 64, 128, 256]
counts = {
    "dense": [dense_parameters(side * side * 3, (side - 4) ** 2 * 6) for side in sides],
    "convolution": [conv_parameters(5, 3, 6) for _ in sides],
}
pictures.show_curves(
    sides,
    counts,
    xlabel="side of the picture, pixels",
    ylabel="numbers to learn",
    title=f"At {sides[-1]} pixels: dense {counts['dense'][-1]:.2g}, convolution {counts['convolution'][-1]}",
    alt=f"Two curves on logarithmic axes over the side of the picture, {sides[0]} to {sides[-1]} pixels. The dense "
    f"layer's rises in a straight line to {counts['dense'][-1]:.2g}; the convolution's is flat at "
    f"{counts['convolution'][-1]}.",
    logarithmic=True,
)

# %% [markdown]
# ## 2. The table of a network
#
# People who build networks write a table: one row a layer, with the shape that comes out, how many numbers that is, and
# what the layer learns. It shows at a glance where memory and parameters go, and it catches most mistakes before
# anything runs.
#
# **Predict** the shapes. A picture of 39 × 39 × 3 goes through three convolutions without padding: ten filters of 3 × 3 at
# stride 1, then twenty of 5 × 5 at stride 2, then forty of 5 × 5 at stride 2.
#
# <details><summary>Compare with your answer</summary>
#
# | | rows × columns × channels | because |
# | --- | --- | --- |
# | input | 39 × 39 × 3 | |
# | 1 | 37 × 37 × 10 | $\lfloor (39 - 3) / 1 \rfloor + 1 = 37$ |
# | 2 | 17 × 17 × 20 | $\lfloor (37 - 5) / 2 \rfloor + 1 = 17$ |
# | 3 | 7 × 7 × 40 | $\lfloor (17 - 5) / 2 \rfloor + 1 = 7$ |
#
# Laid out in a row, the last volume is $7 \cdot 7 \cdot 40 = 1960$ numbers: enough for one dense layer to decide what it
# is. Rows and columns shrink, channels grow: most networks have this form.
#
# </details>
#
# PyTorch can make the table for you, if you ask it politely: send an input of zeros through, layer after layer, and
# write down what comes out. Two things you need to know:
#
# - A module knows its layers: `model.named_children()` gives pairs (name, layer), in order. And a layer knows what it
#   learns: `layer.parameters()` gives its weights and biases, `p.numel()` the size of one of them.
# - Some layers behave in one way while training and in another afterwards. *Batch normalisation* even remembers what it
#   has seen. `model.eval()` switches a model to *evaluation mode*, in which nothing is remembered.

# %% [markdown]
# ### Exercise 3: `layer_table` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Start with `x = torch.zeros(1, *input_shape)`: a batch of one. In a loop over the layers, `x = layer(x)`. After each,
# make a row and append it.
#
# <details><summary>Hint 2</summary>
#
# `x.shape` begins with the batch: `x.shape[1:]` leaves it out, and `tuple(…)` makes a plain tuple of it. `x[0]` is the
# only picture of the batch, and `x[0].numel()` its size.
#
# <details><summary>Hint 3</summary>
#
# `sum(p.numel() for p in layer.parameters())` counts weights and biases; for a layer that learns nothing it is 0. Do it
# inside `with torch.no_grad():`, for no gradient is needed, and call `model.eval()` before.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "layer_table_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_table(model, input_shape):
    """Say what comes out of each layer of a network, and what the layer learns.

    Args:
        model: a module whose layers, `model.named_children()`, are called one after the other, as in nn.Sequential. A
            layer may itself hold layers; it is one row.
        input_shape: the shape of one example without the batch: (C, H, W) in pixels, or (n,).

    Returns:
        A list with a row for each layer, in order: (name, output shape, size, parameters). The name is a str, the
        output shape a tuple of ints without the batch, the size the number of its elements, an int, and parameters
        the number of weights and biases, an int. The model is in evaluation mode afterwards; nothing else changed.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Switch the model to evaluation mode. Make a batch of one example, all zeros.
    ### BEGIN SOLUTION
    model.eval()
    x = torch.zeros(1, *input_shape)
    ### END SOLUTION
    # The batch has to be where the model is.
    x = x.to(next((p.device for p in model.parameters()), x.device))
    # 2. Send it through layer after layer, without gradients. Write down a row for each.
    ### BEGIN SOLUTION
    rows = []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            parameters = sum(p.numel() for p in layer.parameters())
            rows.append((name, tuple(x.shape[1:]), x[0].numel(), parameters))
    return rows
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "layer_table", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit import testing
from cnnkit.check import Check

with Check("layer_table") as check:
    # Two filters of 3 x 3 on 6 rows and 8 columns, then pooling: 38 = (3*3*2 + 1)*2 parameters, and none.
    layers = [("conv1", "Conv2d", 2, 2, 3), ("pool1", "MaxPool2d", 2), ("norm1", "BatchNorm2d", 2)]
    wanted = [("conv1", (2, 4, 6), 48, 38), ("pool1", (2, 2, 3), 12, 0), ("norm1", (2, 2, 3), 12, 4)]
    model = testing.make("cnnkit.stacks.stack", layers)
    table = layer_table(model, (2, 6, 8))
    check.equal(len(table), 3, "the number of rows for conv1, pool1 and norm1")
    for row, expected in zip(table, wanted, strict=True):
        name, shape, size, parameters = check.parts(
            row, ["name", "output shape", "size", "parameters"], "each row"
        )
        check.equal(name, expected[0], "the name in the row")
        check.equal(tuple(shape), expected[1], f"the output shape of {expected[0]}")
        check.equal(size, expected[2], f"the size of what comes out of {expected[0]}")
        check.equal(parameters, expected[3], f"the parameters of {expected[0]}")

    # A table only looks: what batch normalisation has seen so far stays as it was.
    fresh = testing.make("cnnkit.stacks.stack", layers)
    check.true(
        testing.unchanged(layer_table, [fresh, (2, 6, 8)]),
        "layer_table should leave what the model remembers as it was.",
    )

# %% nbgrader={"grade": true, "grade_id": "layer_table_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of layer_table: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit import testing
from cnnkit.check import Check

with Check("layer_table") as check:
    rng = testing.rng("layer_table_hidden")
    for _ in range(3):
        C, K, M, f, g, stride, pad = (
            int(n) for n in rng.integers([2, 4, 3, 2, 2, 2, 1], [4, 9, 7, 6, 4, 4, 3])
        )
        H, W, units = (int(n) for n in rng.integers([17, 26, 5], [25, 33, 20]))
        layers = [
            ("first", "Conv2d", C, K, f, {"stride": stride, "padding": pad}),
            (
                "rest",
                "Sequential",
                [("norm", "BatchNorm2d", K), ("relu", "ReLU"), ("more", "Conv2d", K, M, 1, {"bias": False})],
            ),
            ("pool", "AvgPool2d", g, 1),
            ("flat", "Flatten"),
        ]
        # By hand: a window fits wherever it does not stick out.
        h, w = (len(range(0, side + 2 * pad - f + 1, stride)) for side in (H, W))
        small = (M, h - g + 1, w - g + 1)
        n = small[0] * small[1] * small[2]
        layers.append(("last", "Linear", n, units))
        wanted = [
            ("first", (K, h, w), K * h * w, K * (f * f * C + 1)),
            ("rest", (M, h, w), M * h * w, 2 * K + K * M),
            ("pool", small, n, 0),
            ("flat", (n,), n, 0),
            ("last", (units,), units, units * (n + 1)),
        ]
        table = layer_table(testing.make("cnnkit.stacks.stack", layers), (C, H, W))
        check.equal(len(table), len(wanted), f"the number of rows of a model with {len(wanted)} layers")
        for row, expected in zip(table, wanted, strict=True):
            name, shape, size, parameters = check.parts(
                row, ["name", "output shape", "size", "parameters"], "each row"
            )
            check.equal(name, expected[0], "the name in the row")
            check.equal(
                tuple(shape), expected[1], f"the output shape of {expected[0]} on an input of {(C, H, W)}"
            )
            check.equal(
                size, expected[2], f"the size of what comes out of {expected[0]}, on an input of {(C, H, W)}"
            )
            check.equal(parameters, expected[3], f"the parameters of {expected[0]}")
        untouched = testing.unchanged(layer_table, [testing.make("cnnkit.stacks.stack", layers), (C, H, W)])
        check.true(untouched, "layer_table should leave what the model remembers as it was.")
### END HIDDEN TESTS

# %% [markdown]
# **Try it.** The widget builds a network layer by layer, and shows what *your* function says of it. It begins with the
# three convolutions from above. Before you add a layer, say what its row will be. (Tab goes from control to control, the
# arrow keys count up and down, Space presses a button or opens the choice.)
#
# Three things to find out: what does a dense layer of 10 units on the 1960 numbers cost? What changes if you pool
# before it? Where do most of the parameters sit?

# %%
from cnnkit.widgets.layers import layer_table_builder

three_convolutions = [
    ("conv1", "Conv2d", 3, 10, 3),
    ("conv2", "Conv2d", 10, 20, 5, 2),
    ("conv3", "Conv2d", 20, 40, 5, 2),
]
layer_table_builder(layer_table, (3, 39, 39), three_convolutions)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The layer-table builder. Above, a choice of layer, fields for filters, f, stride and pad, and three buttons. Below,
# a table: input 39 by 39 by 3, 4,563 numbers; conv1 37 by 37 by 10, 13,690 numbers, 280 parameters; conv2 17 by 17 by
# 20, 5,780 numbers, 5,020 parameters; conv3 7 by 7 by 40, 1,960 numbers, 20,040 parameters, 79 percent of the 25,340
# parameters in all.](images/layer_table_builder.png)

# %% [markdown]
# # Part 2: smiling or not?
#
# ## 3. A network in one expression
#
# Here are people who do not exist: a program draws them, so we know exactly who smiles.

# %%
from cnnkit import pictures
from cnnkit.portraits import portraits

some = portraits(range(16), each=1, seed=5, size=64, nuisance=0.25)
pictures.contact_sheet(
    list(some.images),
    captions=["smiles" if smiling else "does not" for smiling in some.smiling],
    title="Light, pose, glasses and background vary; the mouth decides",
    alt=f"Sixteen drawn faces of different people, in different light and poses; {int(some.smiling.sum())} of them smile.",
)

# %% [markdown]
# **Ask yourself:** which part of the picture would you look at? And would a rule such as "the middle of the lower third
# is bright" do?
#
# `nn.Sequential` puts layers in a row: what comes out of one goes into the next. Our network has nine:
#
# | layer | what it does to a picture of side × side |
# | --- | --- |
# | convolution, 8 filters of 5 × 5, padding 2 | side × side × 8 |
# | batch normalisation of 8 channels | the same shape; brings the numbers of each channel to a common scale |
# | ReLU | the same shape |
# | max pooling, window 2 | half of each side |
# | convolution, 16 filters of 3 × 3, padding 1 | 16 channels |
# | ReLU | the same shape |
# | max pooling, window 2 | half of each side again |
# | flatten | one row of numbers for each picture |
# | dense, 1 unit | one number: the *logit* |
#
# A logit above 0 means "smiles". Its sigmoid would be a probability. **Why is there no sigmoid in the list?**
#
# <details><summary>Compare with your answer</summary>
#
# It sits in the loss: `nn.BCEWithLogitsLoss` takes logits and does both steps at once, which is safer with very large
# and very small numbers. With a second sigmoid in the network everything still runs. It only learns worse, and nobody
# tells you.
#
# </details>

# %% [markdown]
# ### Exercise 4: `smile_classifier` (3 points)
#
# <details><summary>Hint 1</summary>
#
# The layers are called `nn.Conv2d`, `nn.BatchNorm2d`, `nn.ReLU`, `nn.MaxPool2d`, `nn.Flatten` and `nn.Linear`. Write them
# one after the other, separated by commas, inside `nn.Sequential(…)`.
#
# <details><summary>Hint 2</summary>
#
# `nn.Conv2d(channels in, channels out, f, padding=…)`. The channels that come into a layer are those that went out of
# the one before. The picture has 3.
#
# <details><summary>Hint 3</summary>
#
# The dense layer has to be told how many numbers come in. After two poolings each side is a quarter: `side // 4`. There
# are 16 channels: `16 * (side // 4) ** 2`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "smile_classifier_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def smile_classifier(side):
    """Build an untrained network that tells whether a portrait smiles.

    Args:
        side: height and width of the portraits in pixels, an int, a multiple of 4.

    Returns:
        An nn.Sequential with the nine layers of the table above, in that order. It takes portraits x,
        (B, 3, side, side), floats from 0 to 1, and gives logits, (B, 1): above 0 for a smile.

    Raises:
        Nothing of its own: the tests only pass sides that fit.
    """
    # Two convolutions, each with its companions and a pooling. Then a row of numbers, and one dense unit.
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * (side // 4) ** 2, 1),
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "smile_classifier", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("smile_classifier") as check:
    model = smile_classifier(8)
    check.equal(testing.kind(model), "Module", "the kind of smile_classifier(8)")
    described = testing.describe(model)
    shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
    wanted = [(8, 3, 5, 5), (8,), (8,), (8,), (16, 8, 3, 3), (16,), (1, 64), (1,)]
    check.equal(shapes, wanted, "the shapes of the weights and biases of smile_classifier(8)")

    # With whole numbers for weights you could compute the logits of two pictures by hand.
    names = [name for name, _, _ in described["parameters"]]
    state = {
        name: (torch.arange(float(torch.Size(shape).numel())) % 5 - 2).reshape(shape)
        for name, shape in zip(names, shapes, strict=True)
    }
    state[names[2]] = torch.ones(8)
    state |= {name: torch.full(shape, float("var" in name)) for name, shape in described["buffers"]}
    model.load_state_dict(state)
    model.eval()
    x = (torch.arange(2 * 3 * 64.0) % 7 % 3).reshape(2, 3, 8, 8)
    logits = torch.round(model(x).detach())
    check.equal(tuple(logits.shape), (2, 1), "the shape of the logits of two pictures")
    check.equal(logits, torch.tensor([[383.0], [128.0]]), "the logits, rounded", axes=("picture", "unit"))

# %% nbgrader={"grade": true, "grade_id": "smile_classifier_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of smile_classifier: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("smile_classifier") as check:
    rng = testing.rng("smile_classifier_hidden")
    for side in (12, 24, 32):
        model = smile_classifier(side)
        described = testing.describe(model)
        shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
        wanted = [(8, 3, 5, 5), (8,), (8,), (8,), (16, 8, 3, 3), (16,), (1, side * side), (1,)]
        check.equal(shapes, wanted, f"the shapes of the weights and biases of smile_classifier({side})")
        w1, b1, scale, shift, w2, b2, w3, b3 = weights = [
            torch.tensor(rng.normal(0, 0.5, shape), dtype=torch.float32) for shape in shapes
        ]
        mean, variance = (torch.tensor(rng.uniform(0.5, 2, 8), dtype=torch.float32) for _ in range(2))
        remembered = {"running_mean": mean, "running_var": variance, "num_batches_tracked": torch.tensor(1)}
        state = {name: value for (name, _, _), value in zip(described["parameters"], weights, strict=True)}
        state |= {name: remembered.get(name.split(".")[-1], mean) for name, _ in described["buffers"]}
        model.load_state_dict(state)
        x = torch.tensor(rng.uniform(0, 1, (3, 3, side, side)), dtype=torch.float32)

        # Convolutions as products of matrices, pooling by cutting into 2 x 2, normalisation by hand.
        first = (w1.flatten(1) @ functional.unfold(x, 5, padding=2) + b1[:, None]).reshape(3, 8, side, side)
        now = (first.mean((0, 2, 3)), first.var((0, 2, 3), correction=0))
        for mode, (centre, spread) in {"evaluation": (mean, variance), "training": now}.items():
            normal = (first - centre[:, None, None]) / (spread[:, None, None] + 1e-5).sqrt()
            hidden = (normal * scale[:, None, None] + shift[:, None, None]).clamp(min=0)
            hidden = hidden.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
            maps = w2.flatten(1) @ functional.unfold(hidden, 3, padding=1) + b2[:, None]
            pieces = maps.clamp(min=0).reshape(3, 16, side // 4, 2, side // 4, 2)
            expected = pieces.amax((3, 5)).flatten(1) @ w3.T + b3
            model.train(mode == "training")
            label = f"the logits of smile_classifier({side}) in {mode} mode"
            check.equal(model(x).detach(), expected, label, rtol=1e-3, atol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. A training step
#
# The network has random weights and knows nothing. It learns in steps. Each step takes one *batch* of pictures, and has
# five lines, always the same:
#
# | line | what it does |
# | --- | --- |
# | `optimizer.zero_grad()` | forgets the gradients of the step before |
# | `value = loss(model(x), y)` | looks at the batch, and says how wrong the answers are |
# | `value.backward()` | finds the gradient of that for every weight: your `conv_backward`, for all layers |
# | `optimizer.step()` | moves every weight a little against its gradient |
# | `value.item()` | takes the number out of the tensor, to write it down |
#
# Before the first step, `model.train()` switches the model to training mode.
#
# **Ask yourself:** PyTorch *adds* each new gradient to the old one. What happens if you leave out the first line?
#
# <details><summary>Compare with your answer</summary>
#
# Each step then follows the sum of all gradients so far. It is as if a ball rolled downhill without friction: it gets
# faster and faster, runs through the valley and up the other side. You will see it in the failure gallery.
#
# </details>
#
# The optimizer here is gradient descent with *momentum*: it keeps a velocity $v$ for each weight $w$ with the gradient
# $g$, and each step does $v \leftarrow 0.5\, v + g$, then $w \leftarrow w - \alpha v$ with the learning rate $\alpha$. So half
# of the last direction is kept, which evens out the noise from batch to batch. In PyTorch:
# `torch.optim.SGD(model.parameters(), lr=…, momentum=0.5)`.

# %% [markdown]
# ### Exercise 5: `training_steps` (3 points)
#
# <details><summary>Hint 1</summary>
#
# The optimizer is made once, before the loop. (It keeps the velocities. A new one would begin from rest.)
#
# <details><summary>Hint 2</summary>
#
# `for x, y in batches:` and then the lines of the table, in that order. The order matters: there is no gradient to step
# along before `backward`.
#
# <details><summary>Hint 3</summary>
#
# Begin with `optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)`, `model.train()` and
# `losses = []`. In the loop, `losses.append(value.item())` comes last.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "training_steps_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def training_steps(model, batches, loss, learning_rate):
    """Train a model, one step for each batch, by gradient descent with momentum 0.5.

    Args:
        model: the network, a module, changed in place.
        batches: pairs (x, y) of tensors, x of shape (B, …), on the device of the model.
        loss: a module: loss(model(x), y) is a tensor with one number, how wrong the model is about the batch.
        learning_rate: of the descent, a float above 0.

    Returns:
        A list of floats: the loss of each batch, as it was before the step that learns from it. The model is in
        training mode afterwards.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Make the optimizer, and switch the model to training mode.
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    ### END SOLUTION
    # 2. For each batch: forget the old gradients, look, find the gradients, move, write down the loss.
    ### BEGIN SOLUTION
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "training_steps", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("training_steps") as check:
    # One weight w = 2 that should become 0: the loss is w * w, its gradient 2 w, and the learning rate 1/8.
    # w = 2, velocity 4; w = 1.5, velocity 2 + 3; w = 0.875, velocity 2.5 + 1.75; w = 0.34375.
    model = testing.make("torch.nn.Linear", 1, 1, bias=False, state={"weight": torch.tensor([[2.0]])})
    batches = [(torch.ones(1, 1), torch.zeros(1, 1))] * 4
    loss = testing.make("torch.nn.MSELoss")
    expected = [4.0, 2.25, 0.765625, 0.1181640625]
    check.equal(
        training_steps(model, batches, loss, 0.125), expected, "training_steps(model, batches, loss, 0.125)"
    )

    # A model that was in evaluation mode is trained in training mode: this dropout then drops everything.
    asleep = testing.make(
        "cnnkit.stacks.stack", [("drop", "Dropout", 1.0), ("last", "Linear", 1, 1)], training=False,
        state={"last.weight": torch.tensor([[2.0]]), "last.bias": torch.tensor([1.0])},
    )  # fmt: skip
    check.equal(
        training_steps(asleep, batches[:1], loss, 0.125), [1.0],
        "training_steps(a model in evaluation mode, one batch, loss, 0.125)",
    )  # fmt: skip

# %% nbgrader={"grade": true, "grade_id": "training_steps_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of training_steps: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("training_steps") as check:
    rng = testing.rng("training_steps_hidden")
    for kind, outputs in (("MSELoss", 2), ("CrossEntropyLoss", 4), ("BCEWithLogitsLoss", 1)):
        inputs, hidden, steps = (int(n) for n in rng.integers([2, 3, 4], [5, 6, 7]))
        layers = [
            ("first", "Linear", inputs, hidden),
            ("norm", "BatchNorm1d", hidden),
            ("tanh", "Tanh"),
            ("last", "Linear", hidden, outputs),
        ]
        shapes = {name: tuple(value.shape) for name, value in stack(layers).state_dict().items()}
        state = {
            name: torch.tensor(rng.uniform(0.3, 1.5, shape), dtype=torch.float32)
            for name, shape in shapes.items()
        }
        state["norm.num_batches_tracked"] = torch.tensor(0)
        batches = []
        for size in rng.integers(3, 8, steps).tolist():
            x = torch.tensor(rng.normal(size=(size, inputs)), dtype=torch.float32)
            y = torch.tensor(rng.uniform(0, 1, (size, outputs)), dtype=torch.float32)
            classes = torch.tensor(rng.integers(0, outputs, size))
            batches.append((x, classes if kind == "CrossEntropyLoss" else y.round()))
        rate = float(rng.uniform(0.1, 0.3))

        # The same by hand: gradients from torch.autograd.grad, velocities and weights in plain lists.
        model, loss = stack(layers), testing.make(f"torch.nn.{kind}")
        model.load_state_dict(state)
        weights = list(model.parameters())
        velocities, expected = [torch.zeros_like(weight) for weight in weights], []
        by_hand = {
            "MSELoss": lambda logits, y: ((logits - y) ** 2).mean(),
            "CrossEntropyLoss": lambda logits, y: -logits.log_softmax(1)[range(len(y)), y].mean(),
            "BCEWithLogitsLoss": lambda logits, y: (torch.log1p(logits.exp()) - y * logits).mean(),
        }[kind]
        for x, y in batches:
            value = by_hand(model(x), y)
            expected.append(value.item())
            gradients = torch.autograd.grad(value, weights)
            velocities = [0.5 * v + g for v, g in zip(velocities, gradients, strict=True)]
            with torch.no_grad():
                for weight, velocity in zip(weights, velocities, strict=True):
                    weight.sub_(rate * velocity)
        for training in (True, False):
            given = testing.make("cnnkit.stacks.stack", layers, training=training, state=state)
            label = f"training_steps(a model in {'training' if training else 'evaluation'} mode, {steps} batches, {kind}, …)"
            check.equal(training_steps(given, batches, loss, rate), expected, label, rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### Watch it learn
#
# Your network, trained by your steps, on 2,000 portraits of 1,000 people, with a lower learning rate at the end. Another
# 333 people, whom it never met, are kept for the test. **Predict:** how many of these will it get right? Guessing gives
# about half.

# %%
from tqdm.auto import tqdm


def as_batch(drawn):
    """Portraits as x, (B, 3, side, side), from 0 to 1, and y, (B, 1), 1 for a smile."""
    x = torch.from_numpy(drawn.images).permute(0, 3, 1, 2).float() / 255
    return x.to(device), torch.from_numpy(drawn.smiling).float()[:, None].to(device)


def share_right(model, x, y):
    """The share of portraits whose logit is on the right side of 0."""
    model.eval()
    with torch.no_grad():
        return ((model(x) > 0) == (y > 0.5)).float().mean().item()


def show_mistakes(model, people):
    """Portraits of strangers that the model gets wrong, and what it says of each."""
    drawn = portraits(people, each=1, seed=3, size=32, nuisance=0.25)
    x, _ = as_batch(drawn)
    with torch.no_grad():
        says = (model.eval()(x) > 0).flatten().cpu().numpy()
    wrong = np.flatnonzero(says != drawn.smiling)[:8]
    pictures.contact_sheet(
        list(drawn.images[wrong]),
        captions=["smiles" if says[n] else "does not" for n in wrong],
        title=f"It is wrong about {np.sum(says != drawn.smiling)} of {len(says)} more people. What it says of eight:",
        alt=f"{len(wrong)} portraits of which the network says the wrong thing.",
    )


def trained_smiles(people, rates):
    """A trained classifier, the loss of each step, and the shares right on people it met and never met."""
    known = as_batch(portraits(range(people), each=2, seed=1, size=32, nuisance=0.25))
    strangers = as_batch(portraits(range(1000, 1000 + people // 3), each=1, seed=2, size=32, nuisance=0.25))
    cnnkit.seed(0)
    model, losses = smile_classifier(32).to(device), []
    for epoch, rate in enumerate(tqdm(rates, desc="epochs")):
        batches = cnnkit.Batches(*known, size=32, seed=epoch)
        losses += training_steps(model, batches, nn.BCEWithLogitsLoss(), rate)
    return model, losses, share_right(model, *known), share_right(model, *strangers)


# %%
few = cnnkit.quick()
smiles, smile_losses, met, never_met = trained_smiles(
    people=24 if few else 1000, rates=[0.05] * (2 if few else 15) + [0.01] * (1 if few else 10)
)
every = max(1, len(smile_losses) // 60)
means = [float(np.mean(smile_losses[n : n + every])) for n in range(0, len(smile_losses), every)]
pictures.show_curves(
    [n * every for n in range(len(means))],
    {"loss": means},
    xlabel="step",
    ylabel="loss, mean of neighbouring steps",
    title=f"Right: {met:.0%} of people it met, {never_met:.0%} of people it never met",
    alt=f"A curve of the loss over {len(smile_losses)} steps, from {means[0]:.2f} to {means[-1]:.2f}. The network is right "
    f"about {met:.0%} of the people it met and {never_met:.0%} of those it never met.",
)
show_mistakes(smiles, range(2000, 2020 if few else 2200))

# %% [markdown]
# The two shares differ. The network knows the faces it learned from a little too well: it *overfits*. Only the second
# number tells what it is worth. And look at the faces that it gets wrong: would you have been sure?


# %% [markdown]
# # Part 3: reading digits
#
# ## 5. A network as a class
#
# `nn.Sequential` can only put one layer after another. A network as a *class* can do anything: you make the layers in
# `__init__`, and say in `forward` what happens to `x`. Later in this course, whatever does more than call one layer after
# another is written like this.
#
# The network you now write reads digits. It is close to LeNet-5, with which banks read cheques in the 1990s. Our digits
# have 28 × 28 grey pixels. We put a border of two zeros around them, and copy them to three channels, so that the
# network could as well read red digits on a blue ground.
#
# ![The network as a row of volumes: 32 by 32 by 3, convolution to 28 by 28 by 8, pooling to 14 by 14 by 8, convolution to
# 10 by 10 by 16, pooling to 5 by 5 by 16, flattened to 400 numbers, then dense layers of 120, 84 and 10.](images/digit_net.svg)
#
# **Predict** the last two columns before you look: how large is what comes out, and how many numbers does the layer
# learn?
#
# <details><summary>Compare with your answer</summary>
#
# | | rows × columns × channels | size | parameters |
# | --- | --- | --- | --- |
# | input | 32 × 32 × 3 | 3072 | |
# | `conv1`, 8 filters of 5 × 5 | 28 × 28 × 8 | 6272 | 608 |
# | `pool1`, max, window 2 | 14 × 14 × 8 | 1568 | 0 |
# | `conv2`, 16 filters of 5 × 5 | 10 × 10 × 16 | 1600 | 3216 |
# | `pool2`, max, window 2 | 5 × 5 × 16 | 400 | 0 |
# | `fc3`, dense | 120 | 120 | 48120 |
# | `fc4`, dense | 84 | 84 | 10164 |
# | `logits`, dense | 10 | 10 | 850 |
#
# 62,958 in all, and three quarters of them in a single layer: the first dense one. The convolutions do most of the work
# with 6 % of the parameters.
#
# </details>
#
# > **The notes say…** at one place that the first layer has 6 filters and at another that it has 8. LeNet-5 of 1998 has
# > 6, on a picture with one channel. The network here has **8**. The notes also write 5 × 5 × 10 for what comes out of
# > the second pooling. Pooling keeps the channels, and 16 come in: it is 5 × 5 × 16 = 400.

# %% [markdown]
# ### Exercise 6: `DigitNet` (4 points, two of them for what it has learned)
#
# <details><summary>Hint 1</summary>
#
# In `__init__`, make each layer that the docstring names, as an attribute: `self.conv1 = nn.Conv2d(3, 8, 5)`, and so
# on. In `forward`, call them one after another: `x = self.conv1(x)`.
#
# <details><summary>Hint 2</summary>
#
# `torch.relu(x)` goes after `conv1`, `conv2`, `fc3` and `fc4`, and nowhere else. What comes out at the end are logits:
# they may be negative, and need not add up to 1.
#
# <details><summary>Hint 3</summary>
#
# `self.flatten = nn.Flatten()` keeps the axis of pictures and lays out the rest in a row. `self.fc3 = nn.Linear(400,
# 120)`, `self.fc4 = nn.Linear(120, 84)`, `self.logits = nn.Linear(84, 10)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "DigitNet_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class DigitNet(nn.Module):
    """A network that reads digits, close to LeNet-5.

    Its layers are attributes with these names, in this order: conv1 (8 filters of 5 x 5, no padding), pool1 (max, window
    2), conv2 (16 filters of 5 x 5, no padding), pool2 (max, window 2), flatten, fc3 (120 units), fc4 (84 units), logits
    (10 units). A ReLU follows conv1, conv2, fc3 and fc4. Those that learn nothing may be left out as attributes and
    called as functions.
    """

    def __init__(self):
        """Make the layers. Takes no arguments and raises nothing of its own."""
        super().__init__()
        # Make each layer, under its name.
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(3, 8, 5)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 16, 5)
        self.pool2 = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.fc3 = nn.Linear(400, 120)
        self.fc4 = nn.Linear(120, 84)
        self.logits = nn.Linear(84, 10)
        ### END SOLUTION

    def forward(self, x):
        """Read digits.

        Args:
            x: pictures, (B, 3, 32, 32), floats from 0 to 1.

        Returns:
            The logits of the digits 0 to 9, (B, 10): no softmax.
        """
        # Two convolutions, each with its ReLU and pooling. A row of numbers. Three dense layers.
        ### BEGIN SOLUTION
        x = self.pool1(torch.relu(self.conv1(x)))
        x = self.pool2(torch.relu(self.conv2(x)))
        x = torch.relu(self.fc3(self.flatten(x)))
        return self.logits(torch.relu(self.fc4(x)))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "DigitNet", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("DigitNet") as check:
    model = DigitNet()
    check.equal(testing.kind(model), "Module", "the kind of DigitNet()")
    shapes = {name: tuple(shape) for name, shape, _ in testing.describe(model)["parameters"]}
    wanted = {
        "conv1.weight": (8, 3, 5, 5), "conv1.bias": (8,), "conv2.weight": (16, 8, 5, 5), "conv2.bias": (16,),
        "fc3.weight": (120, 400), "fc3.bias": (120,), "fc4.weight": (84, 120), "fc4.bias": (84,),
        "logits.weight": (10, 84), "logits.bias": (10,),
    }  # fmt: skip
    check.equal(shapes, wanted, "the names and shapes of what DigitNet() learns")

    # With small whole numbers for weights, the logits are whole numbers too.
    state = {
        name: (torch.arange(float(torch.Size(shape).numel())) % 5 - 2).reshape(shape).sign()
        for name, shape in wanted.items()
    }
    model.load_state_dict(state)
    x = (torch.arange(2 * 3 * 1024.0) % 7 % 3).reshape(2, 3, 32, 32)
    logits = model(x).detach()
    check.equal(tuple(logits.shape), (2, 10), "the shape of the logits of two pictures")
    expected = torch.tensor([[-30, -81, -51, 47, 115] * 2, [18, -33, -51, -1, 67] * 2], dtype=torch.float32)
    check.equal(logits, expected, "the logits of two pictures", axes=("picture", "digit"))

# %% nbgrader={"grade": true, "grade_id": "DigitNet_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of DigitNet: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("DigitNet") as check:
    rng = testing.rng("DigitNet_hidden")
    shapes = {
        "conv1": (8, 3, 5, 5), "conv2": (16, 8, 5, 5), "fc3": (120, 400), "fc4": (84, 120), "logits": (10, 84),
    }  # fmt: skip
    model = DigitNet()
    described = {name: tuple(shape) for name, shape, _ in testing.describe(model)["parameters"]}
    wanted = {f"{name}.weight": shape for name, shape in shapes.items()}
    wanted |= {f"{name}.bias": shape[:1] for name, shape in shapes.items()}
    check.equal(described, wanted, "the names and shapes of what DigitNet() learns")
    for size in (1, 3):
        state = {
            name: torch.tensor(rng.normal(0, 2 / shape[-1], shape), dtype=torch.float32)
            for name, shape in wanted.items()
        }
        state = {name: value * (10 if "fc" in name or "log" in name else 1) for name, value in state.items()}
        model.load_state_dict(state)
        x = torch.tensor(rng.uniform(0, 1, (size, 3, 32, 32)), dtype=torch.float32)

        # By products of matrices: windows as columns, pooling by cutting into 2 x 2.
        expected, side = x, 28
        for name in ("conv1", "conv2"):
            columns = functional.unfold(expected, 5)
            maps = state[f"{name}.weight"].flatten(1) @ columns + state[f"{name}.bias"][:, None]
            pieces = maps.clamp(min=0).reshape(size, -1, side // 2, 2, side // 2, 2)
            expected, side = pieces.amax((3, 5)), 10
        expected = expected.reshape(size, 400)
        for name in ("fc3", "fc4"):
            expected = (expected @ state[f"{name}.weight"].T + state[f"{name}.bias"]).clamp(min=0)
        expected = expected @ state["logits.weight"].T + state["logits.bias"]
        label = f"the logits of {size} picture{'s' if size > 1 else ''}"
        check.equal(model(x).detach(), expected, label, axes=("picture", "digit"), rtol=1e-3, atol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# Your own table of your own network. Does it say what you predicted? (PyTorch puts the channels first.)

# %%
for name, shape, size, parameters in layer_table(DigitNet(), (3, 32, 32)):
    print(f"{name:8} {' x '.join(map(str, shape)):12} {size:6,} {parameters:8,}")

# %% [markdown]
# ## 6. Train it, and hand it in
#
# There are 4,000 digits to learn from, and another 1,000 to be tested on. That is little, and real digits come shifted,
# turned and with dirt on the paper. **What could you do, without new digits?**
#
# <details><summary>Compare with your answer</summary>
#
# Make new ones out of the old: shift, turn and dirty each of them at random. A 7 that is turned by ten degrees is still
# a 7. This is called *augmentation*; lesson 2.5 is about it.
#
# </details>
#
# The next cell is given: it makes six copies of each digit, five of them disturbed, and says how to train. `cnnkit.fit`
# is a training loop like yours, with a bar, a plot and the Adam optimizer. Then comes the cell that does it, and saves
# the weights as `work/convnet_application/digits.safetensors`. *Check and hand in* packs them with your notebook. Two
# points are for a network that reads at least 460 of 500 held-out digits that were shifted, turned and dirtied anew, by as
# much as here. (Trained like this, networks read about 485; trained on the 4,000 as they are, about 415.)
# (Could one hand in a list of all known digits in the place of a network? One could. It would be more work than this
# lesson, and you would learn less.)

# %% nbgrader={"grade": false, "grade_id": "reader_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from torch.nn import functional

import cnnkit
from cnnkit.data import digits


def as_pictures(images):
    """Digits, uint8 (N, 28, 28), as x, (N, 3, 32, 32), from 0 to 1: a border of two zeros, three equal channels."""
    x = torch.from_numpy(images)[:, None].float() / 255
    return functional.pad(x, (2, 2, 2, 2)).expand(-1, 3, -1, -1)


def disturbed(x, seed, pixels=2.0, degrees=12.0, noise=0.1):
    """Each picture turned and shifted at random, up to so many degrees and pixels, under noise of this deviation."""
    chance, count = np.random.default_rng(seed), len(x)
    angle = np.deg2rad(chance.uniform(-degrees, degrees, count))
    moves = np.zeros((count, 2, 3))
    moves[:, 0, 0] = moves[:, 1, 1] = np.cos(angle)
    moves[:, 1, 0], moves[:, 0, 1] = np.sin(angle), -np.sin(angle)
    moves[:, :, 2] = chance.uniform(-pixels, pixels, (count, 2)) / 16
    grid = functional.affine_grid(torch.tensor(moves).float(), [count, 1, 32, 32], align_corners=False)
    moved = functional.grid_sample(x[:, :1], grid, align_corners=False)
    dirt = torch.tensor(chance.normal(0, noise, moved.shape)).float()
    return (moved + dirt).clamp(0, 1).expand(-1, 3, -1, -1)


def build_reader():
    """Your network, untrained."""
    return DigitNet().to(cnnkit.device())


def fit_reader(model):
    """Train it on 24,000 digits, 20,000 of them disturbed; three steps only in a quick run."""
    images, labels = digits("train")
    clean, copies, epochs = as_pictures(images), 1 if cnnkit.quick() else 5, 4
    x = torch.cat([clean[:, :1], *(disturbed(clean, seed)[:, :1] for seed in range(copies))]).expand(
        -1, 3, -1, -1
    )
    y = torch.from_numpy(labels).repeat(1 + copies)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.004)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    batches = cnnkit.Batches(x, y, size=50)
    cnnkit.fit(
        model, batches, functional.cross_entropy, epochs=epochs, optimizer=optimizer, schedule=schedule
    )


# %%
test_images, test_labels = digits("test")
x_test, y_test = as_pictures(test_images), torch.from_numpy(test_labels)

# %% tags=["train"] nbgrader={"grade": false, "grade_id": "digit_reader_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
digit_reader = cnnkit.train_or_load(build_reader, fit_reader, "work/convnet_application/digits.safetensors")

# %% nbgrader={"grade": true, "grade_id": "DigitNet_reads_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden test of what DigitNet has learned: run when your notebook is graded, on the weights that you hand in.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from scipy import ndimage

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.data import digits

with Check("DigitNet") as check:
    rng = testing.rng("DigitNet_reads_hidden")
    images, labels = digits("test")
    chosen = rng.permutation(len(images))[:500]
    drawn = []
    for image in images[chosen] / 255:
        angle = np.deg2rad(rng.uniform(-12, 12))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.full(2, 13.5)
        offset = middle - turn @ (middle + rng.uniform(-2, 2, 2))
        moved = ndimage.affine_transform(image, turn, offset, order=1)
        drawn.append(np.clip(np.pad(moved, 2) + rng.normal(0, 0.1, (32, 32)), 0, 1))
    x = torch.tensor(np.array(drawn), dtype=torch.float32)[:, None].repeat(1, 3, 1, 1)
    read = digit_reader(x).argmax(1)
    right = int((read == torch.tensor(labels[chosen])).sum())
    check.true(
        right >= 460,
        f"Your trained network should read 460 of 500 shifted, turned and dirtied digits, and reads {right}.",
    )
### END HIDDEN TESTS

# %% [markdown]
# **Predict:** of the 1,000 digits that it never saw, how many does it read? And before the training?


# %%
def read_rightly(model, x, y):
    """The share of pictures that the model puts into their class."""
    model.eval()
    with torch.no_grad():
        return (model(x.to(device)).argmax(dim=1).cpu() == y).float().mean().item()


untrained = build_reader()
print(f"before the training, held-out digits: {read_rightly(untrained, x_test, y_test):6.1%}")
print(f"after it, held-out digits:            {read_rightly(digit_reader, x_test, y_test):6.1%}")
print(
    f"after it, disturbed anew:             {read_rightly(digit_reader, disturbed(x_test, seed=99), y_test):6.1%}"
)

# %% [markdown]
# ## 7. Which one for which?
#
# One number hides a lot. **Ask yourself:** which two digits would *you* confuse in bad handwriting?
#
# A *confusion matrix* counts it all. Its entry in row $i$ and column $j$ says how many pictures of class $i$ were taken
# for class $j$. On the diagonal stands what is right.

# %% [markdown]
# ### Exercise 7: `confusion_matrix` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Three steps: evaluation mode; the classes that the model says, `model(x).argmax(dim=1)`, without gradients; counting.
#
# <details><summary>Hint 2</summary>
#
# Count in a loop over the examples: `for n in range(len(y)):`, one entry at a time. Beware of the short
# `counts[y, predictions] += 1`: it adds 1 to each entry *once*, however often the pair occurs.
#
# <details><summary>Hint 3</summary>
#
# Begin with `counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)`. In the loop:
# `counts[y[n], predictions[n]] += 1`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "confusion_matrix_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def confusion_matrix(model, x, y, num_classes):
    """Count which class a model takes for which, in evaluation mode.

    Args:
        model: a module that gives logits, (B, num_classes), for x.
        x: the inputs, (B, …), on the device of the model.
        y: the true classes, (B,), int64, from 0 to num_classes - 1.
        num_classes: an int.

    Returns:
        A tensor (num_classes, num_classes), int64, on the CPU: in row i and column j the number of examples of class i
        whose largest logit is that of class j. The model is in evaluation mode afterwards.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. In evaluation mode and without gradients, find the class that the model says for each example.
    ### BEGIN SOLUTION
    model.eval()
    with torch.no_grad():
        predictions = model(x).argmax(dim=1)
    ### END SOLUTION
    # 2. Count the pairs.
    ### BEGIN SOLUTION
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for n in range(len(y)):
        counts[y[n], predictions[n]] += 1
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "confusion_matrix", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("confusion_matrix") as check:
    axes = ("true class", "class it was taken for")

    # This model gives back what it gets, so x holds the logits. Class 0 is taken twice for class 2.
    echo = testing.make("torch.nn.Identity")
    x = torch.tensor([[0, 1, 4], [2, 1, 5], [3, 1, 0], [0, 2, 1], [0, 1, 2], [1, 0, 3.0]])
    y = torch.tensor([0, 0, 0, 1, 1, 2])
    expected = torch.tensor([[1, 0, 2], [0, 1, 1], [0, 0, 1]])
    check.equal(
        confusion_matrix(echo, x, y, 3),
        expected,
        "confusion_matrix(echo, x, y, 3)",
        axes=axes,
        same_dtype=True,
    )

    # A class that does not occur has a row all the same.
    wide = torch.cat([x, torch.full((6, 1), -9.0)], dim=1)
    expected = torch.tensor([[1, 0, 2, 0], [0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    check.equal(
        confusion_matrix(echo, wide, y, 4), expected, "confusion_matrix(echo, x of (6, 4), y, 4)", axes=axes
    )

    # In evaluation mode batch normalisation leaves these logits nearly as they are; in training mode it would not.
    norm = testing.make("torch.nn.BatchNorm1d", 2)
    x, y = torch.tensor([[4.0, 1.0], [8.0, 2.0]]), torch.tensor([0, 0])
    expected = torch.tensor([[2, 0], [0, 0]])
    check.equal(confusion_matrix(norm, x, y, 2), expected, "confusion_matrix(norm, x, y, 2)", axes=axes)

# %% nbgrader={"grade": true, "grade_id": "confusion_matrix_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of confusion_matrix: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("confusion_matrix") as check:
    rng = testing.rng("confusion_matrix_hidden")
    axes = ("true class", "class it was taken for")
    for num_classes in (3, 5, 8):
        examples = int(rng.integers(40, 80))
        y = torch.tensor(rng.integers(0, num_classes, examples))
        x = torch.tensor(
            rng.normal(0, 1, (examples, num_classes)) + rng.normal(0, 3, num_classes), dtype=torch.float32
        )
        mean, variance = (
            torch.tensor(rng.uniform(0.5, 3, num_classes), dtype=torch.float32) for _ in range(2)
        )
        state = {
            "weight": torch.ones(num_classes), "bias": torch.zeros(num_classes), "running_mean": mean,
            "running_var": variance, "num_batches_tracked": torch.tensor(3),
        }  # fmt: skip
        logits = (x - mean) / (variance + 1e-5).sqrt()
        for model, scores, name in (
            (testing.make("torch.nn.Identity"), x, "a model that echoes"),
            (testing.make("torch.nn.BatchNorm1d", num_classes, state=state), logits, "batch normalisation"),
        ):
            said = [row.index(max(row)) for row in scores.tolist()]
            pairs = list(zip(y.tolist(), said, strict=True))
            expected = torch.tensor(
                [[pairs.count((i, j)) for j in range(num_classes)] for i in range(num_classes)]
            )
            label = f"confusion_matrix({name}, {examples} examples, y, {num_classes})"
            got = confusion_matrix(model, x, y, num_classes)
            check.equal(got, expected, label, axes=axes, same_dtype=True)
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# Your reader on the disturbed digits. The diagonal is left out of the colours, or it would outshine all else.

# %%
from matplotlib import pyplot as plt


def show_confusions(counts, title):
    """A confusion matrix as a table whose mistakes are coloured."""
    mistakes = counts.clone().fill_diagonal_(0)
    figure, axis = plt.subplots(figsize=(5.2, 5))
    axis.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(8, int(mistakes.max())))
    for i, j in np.ndindex(*counts.shape):
        axis.text(
            j, i, int(counts[i, j]) or "·", ha="center", va="center", weight="bold" if i == j else "normal"
        )
    axis.set(
        xlabel="taken for",
        ylabel="true digit",
        xticks=range(len(counts)),
        yticks=range(len(counts)),
        title=title,
    )
    worst, said = divmod(int(mistakes.argmax()), len(counts))
    alt = f"{title}. A table of 10 by 10; the largest entry off the diagonal is {mistakes.max()}: a {worst} taken for a {said}."
    pictures.display_figure(figure, alt)


# %%
before = confusion_matrix(build_reader(), x_test.to(device), y_test, 10)
print("Before the training, the thousand digits were taken for:", before.sum(dim=0).tolist())
after = confusion_matrix(digit_reader, disturbed(x_test, seed=99).to(device), y_test, 10)
show_confusions(after, f"Of 1,000 disturbed digits, {int(after.diagonal().sum())} are read rightly")

# %% [markdown]
# # Part 4: where a thing is
#
# ## 8. Shift the picture, and the answer shifts
#
# **Ask yourself:** a convolution finds an eye at the left of the picture. You move the picture ten pixels to the right.
# What does the convolution say now?
#
# <details><summary>Compare with your answer</summary>
#
# The same, ten pixels further right. Each window is treated by the same filter, so it does not matter whether you move
# the picture and then look, or look and then move what you saw. This is called *translation equivariance*.
#
# </details>
#
# It is a *property*, and properties can be tested on random numbers: for a layer $f$ and a shift $s$, is
# $f(s(x)) = s(f(x))$ for every $x$? You measure the largest difference between the two sides. `torch.roll` does the shift:
# what leaves at one border comes in at the opposite one.
#
# With a *stride* the output is smaller, and so are its steps: a layer of stride 2 makes one step where the picture makes
# two. So we move the input by `stride` times as many pixels as the output.

# %% [markdown]
# ### Exercise 8: `shift_gap` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Compute both sides, `layer(moved x)` and `moved layer(x)`, and subtract. What does the largest *difference* mean where
# some differences are negative?
#
# <details><summary>Hint 2</summary>
#
# `torch.roll(x, (down, right), dims=(2, 3))` moves the rows by `down` and the columns by `right`. The axes of a batch
# are: 0 pictures, 1 channels, 2 rows, 3 columns.
#
# <details><summary>Hint 3</summary>
#
# The input moves by `(stride * rows, stride * columns)`, the output by `(rows, columns)`. Then `(a - b).abs().max().item()`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "shift_gap_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shift_gap(layer, x, rows, columns, stride=1):
    """Measure how far a layer is from translation equivariance: from giving the shifted output for a shifted input.

    Args:
        layer: a module, or a function, from (B, C, H, W) to (B, C', H / stride, W / stride).
        x: the batch to try it on, (B, C, H, W).
        rows: how far the output is moved down, in cells, an int.
        columns: how far the output is moved to the right, in cells, an int.
        stride: how many pixels the input is moved for each cell of the output, an int.

    Returns:
        The largest absolute difference between the layer's output for the moved input and its moved output, a float.
        Both are moved in circles: what leaves at one border comes in at the other.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Move the input, then apply the layer.
    ### BEGIN SOLUTION
    moved_first = layer(torch.roll(x, (stride * rows, stride * columns), dims=(2, 3)))
    ### END SOLUTION
    # 2. Apply the layer, then move its output. Compare.
    ### BEGIN SOLUTION
    moved_after = torch.roll(layer(x), (rows, columns), dims=(2, 3))
    return (moved_first - moved_after).abs().max().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "shift_gap", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("shift_gap") as check:
    x = (torch.arange(2 * 2 * 48.0) ** 2 % 31).reshape(2, 2, 6, 8)

    # A pointwise layer treats every pixel alike: no gap.
    check.equal(shift_gap(testing.make("torch.nn.ReLU"), x - 15, 1, 2), 0.0, "shift_gap(ReLU, x, 1, 2)")

    # Pooling with stride 2: one cell of the output for two pixels of the input.
    pool = testing.make("torch.nn.MaxPool2d", 2)
    check.equal(shift_gap(pool, x, 1, 3, stride=2), 0.0, "shift_gap(pooling of stride 2, x, 1, 3, stride=2)")

    # A sum over 3 x 3 with a border of zeros notices the border. The largest gap here is 186.
    state = {"weight": torch.ones(1, 2, 3, 3)}
    with_zeros = testing.make("torch.nn.Conv2d", 2, 1, 3, padding=1, bias=False, state=state)
    check.equal(shift_gap(with_zeros, x, 2, 1), 186.0, "shift_gap(convolution with zero padding, x, 2, 1)")
    check.equal(shift_gap(with_zeros, -x, 2, 1), 186.0, "shift_gap(convolution with zero padding, -x, 2, 1)")

# %% nbgrader={"grade": true, "grade_id": "shift_gap_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of shift_gap: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("shift_gap") as check:
    rng = testing.rng("shift_gap_hidden")
    for stride, mode in ((1, "zeros"), (2, "zeros"), (1, "circular"), (2, "circular"), (3, "reflect")):
        C, K, H, W = (int(n) for n in rng.integers([1, 2, 2, 4], [4, 4, 4, 6]))
        H, W, f = 6 * H, 6 * W, {1: 3, 2: 4, 3: 5}[stride]
        rows, columns = (int(n) for n in rng.integers([1, 2], [H // stride // 2, W // stride // 2]))
        rows, columns = (rows, -columns) if rng.integers(2) else (-rows, columns)
        state = {
            "weight": torch.tensor(rng.normal(0, 1, (K, C, f, f)), dtype=torch.float32),
            "bias": torch.tensor(rng.normal(0, 1, K), dtype=torch.float32),
        }
        options = {"stride": stride, "padding": 1, "padding_mode": mode}
        here = torch.nn.Conv2d(C, K, f, **options)
        here.load_state_dict(state)
        x = torch.tensor(rng.normal(0, 1, (2, C, H, W)), dtype=torch.float32)

        def moved(array, down, right):
            """The same shift by picking rows and columns one by one."""
            height, width = array.shape[2:]
            picked = array[:, :, [(row - down) % height for row in range(height)]]
            return picked[:, :, :, [(column - right) % width for column in range(width)]]

        first = here(torch.from_numpy(moved(x.numpy(), stride * rows, stride * columns))).detach().numpy()
        after = moved(here(x).detach().numpy(), rows, columns)
        expected = float(np.max(np.maximum(first - after, after - first)))
        layer = testing.make("torch.nn.Conv2d", C, K, f, state=state, **options)
        label = f"shift_gap(convolution of stride {stride}, padding {mode}, x, {rows}, {columns}, stride={stride})"
        check.equal(shift_gap(layer, x, rows, columns, stride), expected, label, rtol=1e-4, atol=1e-4)
        # With all weights and the bias negative, all that comes out has the other sign, and the gap is as large.
        turned = {name: -values for name, values in state.items()}
        layer = testing.make("torch.nn.Conv2d", C, K, f, state=turned, **options)
        check.equal(
            shift_gap(layer, x, rows, columns, stride),
            expected,
            f"{label}, its weights negative",
            rtol=1e-4,
            atol=1e-4,
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# **Predict** which of these have no gap: a convolution that is padded in circles; one that is padded with zeros; max pooling
# when the picture moves by two pixels; when it moves by one; a ReLU; a dense layer with random weights, from all pixels to
# as many.

# %%
cnnkit.seed(1)
patches = torch.randn(1, 3, 16, 16)
in_circles = nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular")
with_zeros = nn.Conv2d(3, 4, 3, padding=1)
dense = nn.Sequential(nn.Flatten(), nn.Linear(3 * 256, 3 * 256), nn.Unflatten(1, (3, 16, 16)))
gaps = {
    "convolution, padded in circles": shift_gap(in_circles, patches, 2, 3),
    "convolution, padded with zeros": shift_gap(with_zeros, patches, 2, 3),
    "ReLU": shift_gap(nn.ReLU(), patches, 2, 3),
    "max pooling, moved by 2 pixels": shift_gap(nn.MaxPool2d(2), patches, 1, 1, stride=2),
    "max pooling, moved by 1 pixel": shift_gap(nn.MaxPool2d(2), patches, 1, 1),
    "dense layer": shift_gap(dense, patches, 2, 3),
}
for name, gap in gaps.items():
    print(f"{name:32} {gap:.6f}")

# %% [markdown]
# Convolutions and pointwise layers move along, up to rounding. A border of zeros breaks it, at the border only. Pooling
# keeps to its own grid. (Moved by one pixel its output should not move by a cell, so that row compares apples with
# pears, on purpose.) And a dense layer knows nothing of neighbours at all.
#
# *Equivariance* is not *invariance*. Equivariant: the answer moves along. Invariant: the answer stays. A detector wants
# the first, a classifier the second. How far can you push a digit before your reader, which ends in dense layers,
# loses it? It was trained on shifts of up to 2 pixels. **Predict** the curve.

# %%
pushes = [0, 1, 2, 3, 4, 5, 6, 8]
some = slice(0, 200 if cnnkit.quick() else 1000)
shares = {
    name: [read_rightly(model, torch.roll(x_test[some], push, dims=3), y_test[some]) for push in pushes]
    for name, model in {"an untrained network": build_reader(), "your reader": digit_reader}.items()
}
pictures.show_curves(
    pushes,
    shares,
    xlabel="pushed to the right, pixels",
    ylabel="share of digits read rightly",
    title=f"From {shares['your reader'][0]:.0%} in the middle to {shares['your reader'][-1]:.0%} at {pushes[-1]} pixels",
    alt=f"A curve that starts at {shares['your reader'][0]:.0%} for digits in the middle, stays high up to 2 or 3 pixels, "
    f"and falls to {shares['your reader'][-1]:.0%} when they are pushed {pushes[-1]} pixels to the right. An untrained "
    f"network stays near {shares['an untrained network'][0]:.0%}.",
)

# %% [markdown]
# ## If you know Keras
#
# Both libraries do the same work. Keras hides the loop; PyTorch has you write it, which is why you can change it.
#
# | you want to | in Keras | in PyTorch | in this course |
# | --- | --- | --- | --- |
# | create a network in a row | `keras.Sequential([…])` | `nn.Sequential(…)` | `smile_classifier` |
# | create any other network | `keras.Model(inputs, outputs)`, or a class with `call` | a class with `forward` | `DigitNet` |
# | say how it learns | `model.compile(optimizer, loss, metrics)` | make an `optimizer` and a `loss` yourself | the first lines of `training_steps` |
# | train | `model.fit(x, y, epochs, batch_size)` | the loop of five lines | `training_steps`, `cnnkit.fit` |
# | judge | `model.evaluate(x, y)` | `model.eval()`, `torch.no_grad()`, count | `confusion_matrix` |
# | get answers | `model.predict(x)` | `model(x)` in evaluation mode | |
# | see the table | `model.summary()` | no such thing built in | `layer_table` |
# | save and load weights | `model.save_weights`, `load_weights` | `state_dict`, `load_state_dict` | `cnnkit.train_or_load` |
#
# Three differences trip people up. Keras puts the channels last, PyTorch puts them after the batch. In Keras a network
# often ends in a softmax and the loss expects probabilities; in PyTorch it ends in logits, and
# `nn.CrossEntropyLoss` does the softmax. And Keras switches between training and evaluation for you: here you
# call `model.train()` and `model.eval()`.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A convolution has 20 filters of 3 × 3 and gets 20 channels. How many numbers does it learn? How many if the picture
#    is twice as large?
# 2. Your table says that a flatten gives 1600 numbers, and the dense layer behind it was made with
#    `nn.Linear(400, 120)`. What happens, and when?
# 3. A smile detector is right about 97 % of the people it met, and 85 % of others. What would you try first?
# 4. The rows of a confusion matrix add up to 100 each. What do the columns add up to?
# 5. Why does a max pooling of stride 2 have no gap for a shift of two pixels, but one for a shift of one?
#
# <details><summary>Answers</summary>
#
# 1. $(3 \cdot 3 \cdot 20 + 1) \cdot 20 = 3620$. Just as many.
# 2. An error about shapes, but only when the first batch comes through. Making the network raises nothing.
# 3. More people, or more variety of the ones you have: augmentation. Not more steps.
# 4. To whatever the model likes: a column counts how often it *says* that class. A column of 150 is a favourite.
# 5. After two pixels the same windows hold the same pixels, one cell on. After one pixel every window holds other pixels.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# Six faults that raise no error. Each experiment trains a small network on 600 digits, with the fault and without, by the
# same steps from the same random start.


# %%
def few_digits(count=600):
    """Digits to experiment with, as batches."""
    images, labels = digits("train")
    return as_pictures(images[:count]).contiguous(), torch.from_numpy(labels[:count])


def small_network():
    """A network with batch normalisation, small enough to train in seconds."""
    cnnkit.seed(0)
    layers = [
        nn.Conv2d(3, 8, 5, 2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(392, 10),
    ]
    return nn.Sequential(*layers)


def last_share(model, loss, fault="", epochs=8, rate=0.05):
    """The share of 400 other digits that a model reads after training with a fault."""
    x, y = few_digits()
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.5)
    for epoch in range(1 if cnnkit.quick() else epochs):
        for xs, ys in cnnkit.Batches(x, y, size=50, seed=epoch):
            if fault != "zero_grad":
                optimizer.zero_grad()
            value = loss(model(xs), ys)
            value.backward()
            optimizer.step()
    return read_here(model.eval(), x_test[:400], y_test[:400])


def read_here(model, x, y):
    """The share read rightly, in whatever mode the model is."""
    with torch.no_grad():
        return (model(x).argmax(dim=1) == y).float().mean().item()


# %% [markdown]
# **…you forget `zero_grad`.** The steps follow the sum of all gradients so far.

# %%
cross_entropy = nn.CrossEntropyLoss()
print(f"with zero_grad:    {last_share(small_network(), cross_entropy):.1%} read rightly")
print(f"without zero_grad: {last_share(small_network(), cross_entropy, 'zero_grad'):.1%}")

# %% [markdown]
# **…you put a softmax before the cross-entropy.** The loss takes a second one. It then gets numbers between 0 and 1, and
# can never be sure: even the best answer has a loss far from 0.

# %%
certain = torch.full((1, 10), -20.0)
certain[0, 3] = 20.0
three = torch.tensor([3])
print(f"loss of a certain and right answer: {cross_entropy(certain, three):.3f}")
print(f"the same behind a softmax:          {cross_entropy(certain.softmax(dim=1), three):.3f}")
softened = nn.Sequential(small_network(), nn.Softmax(dim=1))
print(f"read rightly after the same training: {last_share(softened, cross_entropy):.1%}")

# %% [markdown]
# **…you forget `model.eval()`.** Batch normalisation then judges each picture by its neighbours in the batch. Here each
# digit comes in beside fifteen white sheets of paper, which should not matter to it.

# %%
judged = small_network()
last_share(judged, cross_entropy)
sheets = torch.ones(15, 3, 32, 32)


def beside_white(model, count):
    """The share of digits that are read rightly, each beside fifteen white sheets."""
    right = [read_first(model, torch.cat([x_test[n : n + 1], sheets])) == y_test[n] for n in range(count)]
    return float(np.mean(right))


def read_first(model, x):
    """The class that the model says for the first picture of a batch."""
    with torch.no_grad():
        return model(x).argmax(dim=1)[0]


print(f"in evaluation mode: {beside_white(judged.eval(), 40 if cnnkit.quick() else 300):.1%} read rightly")
print(f"in training mode:   {beside_white(judged.train(), 40 if cnnkit.quick() else 300):.1%}")
now = read_here(judged.eval(), x_test[:400], y_test[:400])
print(f"and back in evaluation mode, after all that it remembered of the paper: {now:.1%}")

# %% [markdown]
# **…you flatten the wrong way.** `reshape` takes any shape whose size fits, and asks no questions. Here the axis of
# channels was put last before: the same numbers in another order. A network that *learns* in this order does
# not mind. One whose weights were learned in the other reads hardly anything.


# %%
class ChannelsLast(nn.Module):
    """Puts the axis of channels last before a flatten, as another library would."""

    def forward(self, x):
        """(B, C, H, W) to (B, H W C)."""
        return x.permute(0, 2, 3, 1).flatten(1)


trained = small_network()
print(f"as it was trained: {last_share(trained, cross_entropy):.1%}")
trained[4] = ChannelsLast()
print(f"flattened in another order: {read_here(trained, x_test[:400], y_test[:400]):.1%}")

# %% [markdown]
# **…you judge it on the digits it learned from.** It looks better than it is.

# %%
learned_x, learned_y = few_digits()
fresh_network = small_network()
others = last_share(fresh_network, cross_entropy, epochs=20)
print(
    f"on the 600 it learned from: {read_here(fresh_network, learned_x, learned_y):.1%}   on others: {others:.1%}"
)

# %% [markdown]
# **…the learning rate is too high, or too low.** The same eight epochs each.

# %%
for rate in (0.0005, 0.05, 5.0):
    print(
        f"learning rate {rate:<6}: {last_share(small_network(), cross_entropy, rate=rate):.1%} read rightly"
    )

# %% [markdown]
# ## Your turn: your own handwriting
#
# Write a digit on paper with a thick pen, take a photo, crop it to a square, put the file beside this notebook and write
# its name below. Without one, you get a 7 that the network has never seen, on crumpled paper.

# %%
from cnnkit.data import own_photo

digit_file = ""  # for example "my_seven.jpg"


def crumpled_seven():
    """A held-out 7 on paper with a fold, uint8 (28, 28), white ink on black."""
    seven = test_images[test_labels == 7][5].astype(float)
    fold = 60 * np.exp(-((np.arange(28) - 20) ** 2) / 4)
    return np.uint8(np.clip(seven + fold[:, None], 0, 255))


def own_digit(file):
    """A photo of dark ink on light paper as the network knows digits: uint8 (28, 28), white ink on black."""
    grey = np.asarray(own_photo(file).convert("L").resize((28, 28)), dtype=float)
    ink = np.clip(np.median(grey) - grey - 20, 0, None)
    return np.uint8(255 * ink / max(ink.max(), 1))


mine = own_digit(digit_file) if digit_file else crumpled_seven()
pictures.show(
    {"what it gets": mine}, title="Which digit?", alt="Your digit, 28 by 28 pixels, white on black."
)
for name, model in {"before the training": build_reader(), "your reader": digit_reader}.items():
    with torch.no_grad():
        chances = model(as_pictures(mine[None]).to(device)).softmax(dim=1)[0].cpu().numpy()
    guesses = ", ".join(f"{digit} ({chances[digit]:.1%})" for digit in chances.argsort()[::-1][:3])
    print(f"{name:20} {guesses}")

# %% [markdown]
# Is it wrong, and sure of it? Look at the picture: what the network gets may be quite unlike what you wrote. Is the ink
# thick enough, is the digit in the middle, does it fill about two thirds? Change that, not the network. Much of the work
# with networks is this.

# %% [markdown]
# ## Summary
#
# - A convolution learns $(f^2\, n_C^{prev} + 1)\, n_C$ numbers whatever the picture's size, a dense layer
#   $(n_{in} + 1)\, n_{out}$. Sharing weights and looking close by make the difference.
# - A table of shapes, sizes and parameters catches most mistakes before anything runs.
# - `nn.Sequential` puts layers in a row; a class with `forward` can do anything.
# - A training step: forget the gradients, look, find the gradients, move. In training mode.
# - Networks give logits. Softmax and sigmoid are in the loss.
# - Judge in evaluation mode, without gradients, on what it never saw. A confusion matrix says *which* mistakes.
# - Convolutions are equivariant to shifts, up to their border and stride. Dense layers are not.
#
# **Next:** the [quiz](quiz.ipynb) of this week. Then week 2 looks at the networks that made history.

# %% [markdown]
# ## References
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", *Proceedings
#   of the IEEE* 86(11), 1998. LeNet-5, and the digits.
# - S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
#   *ICML*, 2015.
# - B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", *USSR Computational Mathematics and
#   Mathematical Physics* 4(5), 1964. Momentum.
# - P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural networks applied to visual document
#   analysis", *ICDAR*, 2003. Disturbing digits to make more of them.
# - R. Zhang, "Making convolutional networks shift-invariant again", *ICML*, 2019. What strides do to equivariance.
# - A. Paszke et al., "PyTorch: an imperative style, high-performance deep learning library", *NeurIPS*, 2019.
