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
# # 4.4 One and three dimensions
#
# **A heartbeat is a line, a body is a block, and a film is a pile of pictures. What must change in a convolution, so
# that it can read them?**
#
# Hardly anything, and that is the lesson. A filter slides. On a line it can go in one direction, in a picture in two,
# in a block in three. You write the first and the last of these by hand. You train a network that names heartbeats,
# and almost the same network names solids. And you find what moves in a film, with a filter that you know from week
# 1.
#
# **After this lesson you can**
#
# - say in how many directions a filter slides, and what its other axes are for;
# - write a convolution along a line and through a block, and say the size of what comes out;
# - train a classifier for signals and one for volumes, and judge both on data that they never saw;
# - say how far a network has to see, and when single slices are not enough;
# - treat time as a direction, and tell left from right in a film.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 6 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | 1.2 and 1.3: windows, channels, weights that you hand in; batch normalisation |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `conv1d_forward` | slides filters along a line | 5 |
# | 2 | `beat_classifier` | a network that names heartbeats. Its trained weights count too | 4 |
# | 3 | `conv3d_forward` | slides filters through a block | 5 |
# | 4 | `volume_classifier` | almost the same network, for solids. Its trained weights count too | 4 |
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
# | `x` | (B, C, L) | B signals of C channels, L numbers long |
# | `x` | (B, C, D, H, W) | B volumes of C channels: depth, height, width |
# | `W`, `b` | (K, C, f) or (K, C, f, f, f), and (K,) | K filters with their biases |
# | `logits` | (B, number of classes) | a network's scores |

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: a line
#
# ## 1. One direction to go
#
# In week 1, a window of 5 × 5 slid over a picture of 14 × 14. It could go right, and it could go down, so 10 × 10
# numbers came out. Now take away a direction. The input is a row of 14 numbers, the filter a row of 5.
#
# ![Three drawings side by side. A row of 14 cells with a window of 5 cells and one arrow, to the right. A square of
# 14 by 14 cells with a window of 5 by 5 and two arrows, right and down. A cube of side 14 with a small cube of side 5
# in its corner and three arrows, right, down and into the depth. Below them stands what comes out: 10, 10 × 10, and
# 10 × 10 × 10.](images/one_two_three.svg)
#
# **Predict:** 16 filters of length 5, stride 1 and no padding, go over a row of 14 numbers. What shape comes out?
# Then 32 filters of length 5 go over *that*. How many numbers has one of these 32, and what shape comes out?
#
# <details><summary>Compare with your answer</summary>
#
# $\lfloor (14 - 5) / 1 \rfloor + 1 = 10$ places, one number a filter at each: 10 × 16. The next filters are as deep
# as what comes in, so each has $5 \cdot 16 = 80$ numbers (and a bias). They give $10 - 5 + 1 = 6$ places: 6 × 32.
#
# </details>
#
# **Try it.** Slide the window with the two buttons. Before each step, say what the next number will be.

# %%
from cnnkit import widgets

row_of_14 = np.array([[0, 0, 1, 0, 0, -1, 4, -2, 0, 0, 1, 2, 1, 0]])
row_of_5 = np.array([[0, -1, 2, -1, 0]])
widgets.window_stepper(row_of_14, row_of_5)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The window stepper at output column 4. A row of 14 numbers, in which the five numbers 0, −1, 4, −2, 0 are framed;
# the kernel 0, −1, 2, −1, 0; the five products; and the output, where 11 stands after 2, −1, 1, −6 and five numbers
# are still hidden. Below stands the sum of the products.](images/conv1d_stepper.png)
#
# The row looks like a heartbeat, if you squint. The filter answers most strongly where the line has a sharp peak.
#
# In PyTorch, the channels come before the places, as always: a batch of signals is (B, C, L), and K filters are
# (K, C, f). Where the window begins at place $i \cdot s$ of the padded signal, filter $k$ gives
#
# $$ \text{out}[n, k, i] \;=\; b_k + \sum_{c=0}^{C-1} \sum_{j=0}^{f-1} x[n, c,\; i \cdot s + j] \; W[k, c, j] $$
#
# and there are $\lfloor (L + 2p - f) / s \rfloor + 1$ such places. Compare it with lesson 1.2: one sum is gone.

# %% [markdown]
# ### Exercise 1: `conv1d_forward` (5 points)
#
# Torch's own `conv1d` gives the same numbers, and the tests cannot tell. Write yours with windows and sums.
#
# <details><summary>Hint 1</summary>
#
# Three loops will do, for the example, the filter and the place. Take a whole window at once:
# `(window * W[k]).sum()`. A fourth loop, over single numbers, passes the tests too, but cells below then take many
# minutes. Begin with the place: where does window number `i` begin, and where does it end?
#
# <details><summary>Hint 2</summary>
#
# `functional.pad(x, (pad, pad))` puts zeros at both ends of the last axis. Then a window is
# `padded[:, :, i * stride : i * stride + f]`, of shape (B, C, f). How many fit? Round *down*.
#
# <details><summary>Hint 3</summary>
#
# `padded.unfold(2, f, stride)` lays all windows side by side: (B, C, places, f). Now
# `torch.einsum("bcif,kcf->bki", …, W)` multiplies and adds over the channels and the window. The biases have one
# number a filter: `b[:, None]` puts it at every place.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "conv1d_forward_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv1d_forward(x, W, b, stride=1, pad=0):
    """Slide filters along signals, as torch's conv1d does: no filter is flipped.

    Args:
        x: signals, a float tensor of shape (B, C, L).
        W: filters, a float tensor of shape (K, C, f).
        b: biases, a float tensor of shape (K,).
        stride: by how many places a window lies beyond the one before, an int of 1 or more.
        pad: zeros that are put at each end, an int of 0 or more.

    Returns:
        A float tensor of shape (B, K, (L + 2 * pad - f) // stride + 1): at each place and for each filter, the sum over
        all channels of the window, and the bias.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Put zeros at both ends.
    ### BEGIN SOLUTION
    padded = functional.pad(x, (pad, pad))
    ### END SOLUTION
    # 2. Find all windows.
    ### BEGIN SOLUTION
    windows = padded.unfold(2, W.shape[2], stride)
    ### END SOLUTION
    # 3. For each window and filter: multiply, add over the channels and the window, add the bias.
    ### BEGIN SOLUTION
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv1d_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("conv1d_forward") as check:
    axes = ("signal", "filter", "place")

    # A peak, and a filter that looks for what rises: 1 * 1 + 4 * 2, and so on.
    x = torch.tensor([[[0.0, 1.0, 4.0, 2.0, 0.0]]])
    W = torch.tensor([[[0.0, 1.0, 2.0]]])
    b = torch.tensor([10.0])
    got = conv1d_forward(x, W, b)
    check.equal(testing.kind(got), "Tensor", "the kind of conv1d_forward(x, W, b)")
    expected = torch.tensor([[[19.0, 18.0, 12.0]]])
    check.equal(got, expected, "conv1d_forward(x, W, b)", axes=axes)

    # A zero at each end gives two windows more.
    expected = torch.tensor([[[12.0, 19.0, 18.0, 12.0, 10.0]]])
    check.equal(
        conv1d_forward(x, W, b, 1, 1), expected, "conv1d_forward(x, W, b, stride=1, pad=1)", axes=axes
    )

    # By steps of 2, every other window remains. Of six numbers, the last is then in no window.
    expected = torch.tensor([[[12.0, 18.0, 10.0]]])
    check.equal(
        conv1d_forward(x, W, b, 2, 1), expected, "conv1d_forward(x, W, b, stride=2, pad=1)", axes=axes
    )
    longer = torch.tensor([[[0.0, 1.0, 4.0, 2.0, 0.0, 5.0]]])
    expected = torch.tensor([[[19.0, 12.0]]])
    check.equal(
        conv1d_forward(longer, W, b, stride=2), expected, "conv1d_forward(six numbers, W, b, 2)", axes=axes
    )

    # Two signals of two channels, three filters of length 2 and their biases.
    x = torch.tensor([[[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]], [[0.0, 1.0, 0.0], [5.0, 0.0, 0.0]]])
    W = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[-1.0, 1.0], [0.0, 0.0]], [[0.0, 2.0], [0.0, 3.0]]])
    b = torch.tensor([0.0, 100.0, 1000.0])
    of_first = [[11.0, 22.0], [101.0, 101.0], [1064.0, 1096.0]]
    of_second = [[5.0, 1.0], [101.0, 99.0], [1002.0, 1000.0]]
    expected = torch.tensor([of_first, of_second])
    check.equal(
        conv1d_forward(x, W, b), expected, "conv1d_forward(x of (2, 2, 3), W of (3, 2, 2), b)", axes=axes
    )
    check.true(testing.unchanged(conv1d_forward, [x, W, b, 1, 1]), "x, W and b should stay as they were.")

# %% nbgrader={"grade": true, "grade_id": "conv1d_forward_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of conv1d_forward: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("conv1d_forward") as check:
    rng = testing.rng("conv1d_forward_hidden")
    axes = ("signal", "filter", "place")
    for B, C, L, K, f, stride, pad in (
        (2, 1, 14, 16, 5, 1, 0),
        (3, 2, 11, 4, 3, 2, 1),
        (2, 3, 13, 2, 4, 3, 2),
        (1, 4, 9, 3, 1, 2, 0),
        (2, 2, 6, 5, 6, 1, 0),
        (2, 2, 8, 3, 2, 3, 3),
    ):
        x, W, b = (
            torch.tensor(rng.normal(0, 2, shape), dtype=torch.float32)
            for shape in ((B, C, L), (K, C, f), (K,))
        )
        label = f"conv1d_forward(x of {(B, C, L)}, W of {(K, C, f)}, b, stride={stride}, pad={pad})"
        # A signal is a picture of one row.
        expected = torch.nn.functional.conv2d(
            x[:, :, None], W[:, :, None], b, stride=(1, stride), padding=(0, pad)
        )[:, :, 0]
        got = conv1d_forward(x, W, b, stride, pad)
        check.equal(got, expected, label, axes=axes, rtol=1e-4, atol=1e-4)
        check.true(testing.unchanged(conv1d_forward, [x, W, b, stride, pad]), f"{label}: all should stay.")
        if (stride, pad) == (1, 0):
            check.equal(
                conv1d_forward(x, W, b), expected, "conv1d_forward(x, W, b)", axes=axes, rtol=1e-4, atol=1e-4
            )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: the two layers of section 1

# %%
cnnkit.seed(0)
first = conv1d_forward(torch.randn(1, 1, 14), torch.randn(16, 1, 5), torch.zeros(16))
second = conv1d_forward(first.relu(), torch.randn(32, 16, 5), torch.zeros(32))
for name, volume in {"16 filters of 5": first, "32 filters of 5": second}.items():
    print(f"{name}: {volume.shape[2]} places x {volume.shape[1]} channels")

# %% [markdown]
# ## 2. A heart, measured
#
# Whenever a heart beats, small currents run through the body. Electrodes on the skin record them: an
# **electrocardiogram**. This one is real. It is of a person without a name, and comes with a library that reads
# medical files.
#
# Twelve *leads* were recorded at the same time, each a voltage between two electrodes, or between one and the mean of
# others. **Ask yourself:** a network shall read all twelve. What shape has its input? Does a filter slide from lead
# to lead?
#
# <details><summary>Compare with your answer</summary>
#
# (1, 12, samples). The leads are *channels*, as red, green and blue are: a filter has numbers for all twelve, and
# slides along time only. Lead III is no further from lead I than lead II is. There is no direction to slide in.
#
# </details>

# %%
import matplotlib.pyplot as plt

from cnnkit import pictures
from cnnkit.data import ecg


def show_strips(traces, rate, title, alt, marks=()):
    """Signals below one another, each over its seconds; above the first one, a word at each mark."""
    figure, axes = plt.subplots(
        len(traces), 1, figsize=(9, 0.7 + 1.3 * len(traces)), sharex=True, squeeze=False, layout="constrained"
    )
    for (name, trace), axis in zip(traces.items(), axes[:, 0], strict=True):
        axis.plot(np.arange(len(trace)) / rate, trace, color=pictures.COLOURS[0], lw=1)
        axis.set_ylabel(name, fontsize=8)
        axis.grid(True, alpha=0.3)
        axis.margins(x=0.01, y=0.25)
    for place, word in marks:
        top = axes[0, 0].get_ylim()[1]
        below = {"xytext": (0, -3), "textcoords": "offset points", "ha": "center", "va": "top"}
        axes[0, 0].annotate(word, (place / rate, top), fontsize=8, **below)
    axes[-1, 0].set_xlabel("time, seconds")
    figure.suptitle(title)
    pictures.display_figure(figure, alt)


real = ecg()
print(f"{real.millivolts.shape[0]} leads of {real.millivolts.shape[1]:,} samples, {real.rate:,} a second")
show_strips(
    {
        f"lead {name}, mV": real.millivolts[real.leads.index(name), : 4 * real.rate]
        for name in ("II", "V1", "V5")
    },
    real.rate,
    title="Three of twelve leads: the same beats, seen from three sides",
    alt="Three signals over four seconds, one below the other. In each, four heartbeats stand out as narrow spikes, about "
    "a second apart: in leads II and V5 they point up, in V1 down. In leads II and V5 a larger, wider hump follows each spike.",
)

# %% [markdown]
# **Ask yourself:** you want to find all beats in lead V5. Where do you get a filter for that?
#
# <details><summary>Compare with your answer</summary>
#
# Cut it out of the signal! Of all pieces that are equally strong, a filter answers most to the one that looks like
# itself: the sum of products of two pieces that rise and fall together is large. Take its mean away first, so that a
# flat piece gives 0.
#
# </details>
#
# 1000 samples a second are more than we need: the mean of each four leaves 250. A tenth of a second around the first
# beat becomes the filter, and *your* convolution slides it over the ten seconds.

# %%
RATE = 250
lead = torch.from_numpy(real.millivolts[real.leads.index("V5")]).reshape(-1, real.rate // RATE).mean(dim=1)
first_beat = int(lead[:RATE].argmax())
template = lead[first_beat - 12 : first_beat + 13]
template = (template - template.mean()) / (template - template.mean()).norm()
response = conv1d_forward(lead[None, None], template[None, None], torch.zeros(1), pad=12)[0, 0]
is_top = response == functional.max_pool1d(response[None, None], 101, 1, 50)[0, 0]
found = torch.nonzero(is_top & (response > response.max() / 2))[:, 0]
gaps = found.diff() / RATE
show_strips(
    {"lead V5, mV": lead.numpy(), "response": response.numpy()},
    RATE,
    title=f"One beat, slid over ten seconds, finds {len(found)} beats: {60 / gaps.mean():.0f} a minute",
    alt=f"Lead V5 over ten seconds, each of its {len(found)} spikes marked with an arrow head. Below it the response of the "
    f"filter: one high peak for each beat, and low waves between. The beats are {gaps.min():.2f} to {gaps.max():.2f} "
    "seconds apart.",
    marks=[(int(place), "▼") for place in found],
)

# %% [markdown]
# This is how programs have found beats for decades. But *which kind* of beat it is, a single filter does not say.
#
# ## 3. Five kinds of beats
#
# A network shall name beats, and it needs thousands with names. We have one real recording, without any. So we draw
# them: each beat is a sum of five bumps, called P, Q, R, S and T, as of a person of its own, with breath, hum and
# trembling muscles on top.
#
# > These are drawings to learn from, fit for **no medical use**. A network that is to judge real hearts has to be
# > trained and tested on real hearts, by people who answer for its errors.
#
# Their names tell the way of the signal. In a *normal* beat it begins in the atria, the two upper chambers, and goes on
# to the ventricles, the two lower ones. A *premature* beat comes too early, from another place in the atria (*atrial*) or
# from the ventricles (*ventricular*). In a *bundle branch block* the left or the right ventricle gets the signal late.

# %%
from cnnkit.beats import KINDS as BEATS
from cnnkit.beats import RATE as BEAT_RATE
from cnnkit.beats import beats, rhythm

clean = beats(60, seed=3, noise=0.1)
examples = {"real, lead\nV5, mV": lead[first_beat - 100 : first_beat + 156].numpy()}
for kind, name in enumerate(BEATS):
    words = name.replace("premature ", "premature\n").replace(" bundle branch", "\nbundle branch\n")
    examples[f"{words}\nmV".replace("\n\n", "\n")] = clean.signals[np.flatnonzero(clean.labels == kind)[0], 0]
show_strips(
    examples,
    BEAT_RATE,
    title="Kinds of beats differ in the small hump before the spike, in the spike's width, and in what follows",
    alt="Six short signals of a second. The real beat and the drawn normal one: a small hump, a sharp spike, a wide hump. "
    "Premature atrial: the small hump before the spike points down. Premature ventricular: no small hump right before the "
    "spike, which is wide, and a dip after it. Left bundle branch block: a wide spike, and later a long dip. Right bundle "
    "branch block: a spike with a slow, deep dip right after it.",
)

# %% [markdown]
# **Predict:** which two kinds will be hard to tell apart? In which part of the signal do they differ?
#
# The network is one that you know from pictures, with one direction less. Each stage halves the length: a convolution
# with stride 2, batch normalisation, ReLU. In the end the **mean over all places** is taken, one number a channel. So
# it hardly matters *where* the beat lies, and the network reads signals of any length.

# %% [markdown]
# ### Exercise 2: `beat_classifier` (4 points, two of them for what it has learned)
#
# <details><summary>Hint 1</summary>
#
# Three layers of PyTorch have a sister for lines: `nn.Conv1d`, `nn.BatchNorm1d`, `nn.AdaptiveAvgPool1d`. The first
# takes its arguments in the order of `nn.Conv2d`.
#
# <details><summary>Hint 2</summary>
#
# Collect the layers in a list, in a loop over `channels`, and remember how many channels the stage before gave. A
# padding of `f // 2` makes the stride the only thing that shortens the signal.
#
# <details><summary>Hint 3</summary>
#
# `nn.AdaptiveAvgPool1d(1)` gives (B, channels, 1), `nn.Flatten()` makes (B, channels) of it, and `nn.Linear(…, 5)`
# the logits. `nn.Sequential(*layers)` takes a list.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "beat_classifier_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    """Build a network that names beats, untrained.

    One stage for each number in channels: a convolution with so many filters of length f, stride 2, padding f // 2 and no
    bias; batch normalisation; ReLU. Then the mean over all places, and a dense layer with a bias. No dropout, no lazy
    layers: all that it learns has its shape from the start.

    Args:
        channels: how many filters each stage has, a tuple of ints, not empty.
        f: the length of the filters in samples, an odd int.

    Returns:
        A module (nn.Sequential is simplest) from signals, a float tensor of shape (B, 1, L), to logits, (B, 5). It learns,
        in this order, for each stage the filters, batch normalisation's scale and shift; then the dense layer's weights and
        biases.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The stages, one after the other.
    ### BEGIN SOLUTION
    layers, before = [], 1
    for after in channels:
        layers += [nn.Conv1d(before, after, f, 2, f // 2, bias=False), nn.BatchNorm1d(after), nn.ReLU()]
        before = after
    ### END SOLUTION
    # 2. The mean over all places, and five logits.
    ### BEGIN SOLUTION
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "beat_classifier", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("beat_classifier") as check:
    model = beat_classifier()
    check.equal(testing.kind(model), "Module", "the kind of beat_classifier()")
    described = testing.describe(model)
    shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
    wanted = [(16, 1, 9), (16,), (16,), (32, 16, 9), (32,), (32,), (32, 32, 9), (32,), (32,)]
    wanted += [(64, 32, 9), (64,), (64,), (5, 64), (5,)]
    check.equal(shapes, wanted, "the shapes of what beat_classifier() learns")
    shapes = [tuple(shape) for _, shape, _ in testing.describe(beat_classifier((2, 3), f=5))["parameters"]]
    wanted = [(2, 1, 5), (2,), (2,), (3, 2, 5), (3,), (3,), (5, 3), (5,)]
    check.equal(shapes, wanted, "the shapes of what beat_classifier((2, 3), f=5) learns")

    # One stage whose only filter looks at the number in its middle, so every other number of the signal is kept: 1, -4, 8
    # and 6. Normalisation takes 1 off, ReLU makes 0 of what is negative: 0, 0, 7, 5, and the mean is 3. Logit number k is
    # k times that, plus 1.
    model = beat_classifier((1,), 3)
    names = [name for name, _, _ in testing.describe(model)["parameters"]]
    values = [[[[0.0, 1.0, 0.0]]], [1.0], [-1.0], [[0.0], [1.0], [2.0], [3.0], [4.0]], [1.0] * 5]
    state = {name: torch.tensor(value) for name, value in zip(names, values, strict=True)}
    buffers = testing.describe(model)["buffers"]
    state |= {name: torch.full(tuple(shape), float("var" in name)) for name, shape in buffers}
    model.load_state_dict(state)
    model.eval()
    logits = (model(torch.tensor([[[1.0, 9.0, -4.0, 9.0, 8.0, 9.0, 6.0]]])).detach() * 64).round() / 64
    expected = torch.tensor([[1.0, 4.0, 7.0, 10.0, 13.0]])
    check.equal(logits, expected, "the logits of a small network, rounded", axes=("signal", "class"))

# %% nbgrader={"grade": true, "grade_id": "beat_classifier_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of beat_classifier: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("beat_classifier") as check:
    rng = testing.rng("beat_classifier_hidden")
    for channels, f, B, L in (((16, 32, 32, 64), 9, 2, 100), ((3,), 5, 4, 17), ((4, 2, 6, 3), 3, 3, 50)):
        model = beat_classifier(channels, f)
        described = testing.describe(model)
        sizes = list(zip((1, *channels), channels, strict=False))
        wanted = [shape for before, after in sizes for shape in ((after, before, f), (after,), (after,))]
        wanted += [(5, channels[-1]), (5,)]
        call = f"beat_classifier({channels}, {f})"
        check.equal(
            [tuple(shape) for _, shape, _ in described["parameters"]],
            wanted,
            f"the shapes of what {call} learns",
        )
        values = [
            torch.tensor(rng.normal(0, 1 / max(shape[-1], 1) ** 0.5, shape)).float() for shape in wanted
        ]
        state = {name: value for (name, _, _), value in zip(described["parameters"], values, strict=True)}
        for name, shape in described["buffers"]:
            state[name] = torch.tensor(rng.uniform(0.5, 2, tuple(shape)), dtype=torch.float32)
        state |= {name: torch.tensor(1) for name, shape in described["buffers"] if not tuple(shape)}
        model.load_state_dict(state)
        model.eval()
        x = torch.tensor(rng.normal(0, 1, (B, 1, L)), dtype=torch.float32)

        # A signal is a picture of one row; means and variances come in the order of the stages.
        spreads, maps = [state[name] for name, shape in described["buffers"] if tuple(shape)], x[:, :, None]
        for stage in range(len(channels)):
            filters, scale, shift = values[3 * stage : 3 * stage + 3]
            mean, variance = spreads[2 * stage : 2 * stage + 2]
            maps = torch.nn.functional.conv2d(maps, filters[:, :, None], stride=(1, 2), padding=(0, f // 2))
            slope = scale / (variance + 1e-5).sqrt()
            maps = (maps * slope[:, None, None] + (shift - mean * slope)[:, None, None]).clamp(min=0)
        expected = maps.sum(dim=(2, 3)) / maps.shape[3] @ values[-2].T + values[-1]
        label = f"{call} of {tuple(x.shape)}"
        check.equal(model(x).detach(), expected, label, axes=("signal", "class"), rtol=1e-3, atol=1e-3)
        check.true(
            {name for name, _, _ in described["parameters"]} <= set(testing.moved(model, x)),
            f"All that {call} has should be free to learn, and no part of it cut off.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ## 4. How far must it see?
#
# Each number of the last volume comes from a piece of the signal, its *receptive field*. The mean at the end mixes
# the pieces, but nothing joins them: a relation between two waves counts only if one piece holds both.
#
# Filters can see further at the same price. A **dilated** filter leaves gaps between its numbers: with a dilation of
# 4, a filter of 5 lies on places 0, 4, 8, 12, 16. **Predict:** four networks have the same three stages, the same
# parameters, and dilations of 1, 2, 4 and 8. Their last numbers see from a tenth of a second to nearly a whole one.
# How do their scores differ? For which kind of beat most?
#
# The next cell reads recorded results: three beginnings of each. It would take some minutes here. (To make them anew,
# set the environment variable `CNNKIT_RECORD` to 1 before you start Jupyter.)


# %% nbgrader={"grade": false, "grade_id": "learning_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from torch.nn import functional

import cnnkit


def learn(model, batches, epochs):
    """Adam with a learning rate that falls to 0 along half a wave."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002, weight_decay=0.001)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    cnnkit.fit(
        model, batches, functional.cross_entropy, epochs=epochs, optimizer=optimizer, schedule=schedule
    )


def answers(model, x):
    """The class that a model says for each example, (N,), on the CPU."""
    with torch.no_grad():
        return torch.cat([model(some.to(cnnkit.device())).argmax(dim=1).cpu() for some in x.split(100)])


# %%
DILATIONS = (1, 2, 4, 8)


def dilated_reader(dilation):
    """Your network with three stages of filters of length 5, and gaps in them; the parameters stay as many."""
    model = beat_classifier((16, 32, 32), f=5)
    for layer in model.modules():
        if isinstance(layer, nn.Conv1d):
            layer.dilation, layer.padding = (dilation,), (2 * dilation,)
    return model


def seen_seconds(dilation):
    """How long a piece of the signal one of its last numbers sees."""
    return (1 + 4 * dilation * (1 + 2 + 4)) / BEAT_RATE


def how_far(dilation, seed):
    """What a network with such gaps names rightly, trained on 1,500 beats."""
    drawn, others = beats(1500, seed=10 + seed), beats(1000, seed=20)
    cnnkit.seed(seed)
    model = dilated_reader(dilation).to(device)
    learn(model, cnnkit.Batches(drawn.signals, drawn.labels, size=32), epochs=10)
    right = answers(model, torch.from_numpy(others.signals)) == torch.from_numpy(others.labels)
    each = {name: right[torch.from_numpy(others.labels == kind)].float() for kind, name in enumerate(BEATS)}
    shares = {name: round(100 * share.mean().item(), 1) for name, share in each.items()}
    return {"dilation": dilation, "seed": seed, "all": round(100 * right.float().mean().item(), 1)} | shares


# %% tags=["record"]
reach = cnnkit.recorded(
    "recordings/one_and_three_dimensions_reach.json",
    lambda: [how_far(dilation, seed) for dilation in DILATIONS for seed in range(3)],
)


# %%
def of_reach(what):
    """The mean over three beginnings, for each dilation; and from where to where they go."""
    rows = [[row[what] for row in reach if row["dilation"] == dilation] for dilation in DILATIONS]
    return [float(np.mean(row)) for row in rows], [f"{min(row):.1f}–{max(row):.1f}" for row in rows]


lengths = [seen_seconds(dilation) for dilation in DILATIONS]
print(f"{'sees, seconds':26}" + "".join(f"{length:>19.2f}" for length in lengths))
for name in ("all", *BEATS):
    cells = [f"{mean:.1f} ({ends})" for mean, ends in zip(*of_reach(name), strict=True)]
    print(f"{name:26}" + "".join(f"{cell:>19}" for cell in cells))
curves = {name: of_reach(name)[0] for name in ("all", "normal", "premature atrial", "premature ventricular")}
low, high = of_reach("all")[0][0], max(of_reach("all")[0])
pictures.show_curves(
    lengths,
    curves,
    xlabel="what a number of the last volume sees, seconds",
    ylabel="named rightly, % (mean of three)",
    title=f"The same parameters, from {low:.0f} % to {high:.0f} %: they must see far enough",
    alt="Four curves over how long a piece of the signal the network's last numbers see. All beats: "
    + ", ".join(
        f"{mean:.0f} % at {length:.2f} s" for mean, length in zip(of_reach("all")[0], lengths, strict=True)
    )
    + ". The curves of single kinds are above and below it.",
)

# %% [markdown]
# All four have the same parameters. What differs is what a single number of theirs can know. A hump and the spike
# that follows it lie more than a tenth of a second apart: a piece that holds only one of them does not say how they
# belong together. A longer piece also sees how near the beat before is, and a premature beat comes early. Which of the
# two helps more, these numbers do not say. Premature atrial beats gain most. From half a second on, seeing further
# brings nothing.
#
# **Predict:** how far does a network with the default of exercise 2 see, four stages of filters of length 9 with
# stride 2?
#
# <details><summary>Compare with your answer</summary>
#
# Each filter adds 8 steps, and the steps double from stage to stage: $1 + 8 \cdot (1 + 2 + 4 + 8) = 121$ samples,
# 0.48 seconds. No gaps are needed, if the filters are long and the stages four.
#
# </details>
#
# > **The notes say…** that for one-dimensional data one mostly takes a recurrent network, which reads one number
# > after the other. That was so for speech and text. For waves like these, convolutions with gaps have long been a
# > good first choice: all places are computed at once, and you can count how far they see.

# %% [markdown]
# ## 5. Train it
#
# 4,000 drawn beats, 18 times.
#
# **Two points** are for a network that names at least 95 % of 400 beats which are drawn when your notebook is graded.

# %% nbgrader={"grade": false, "grade_id": "beats_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import cnnkit
from cnnkit.beats import beats


def build_beat_reader():
    """Your network for beats, untrained."""
    return beat_classifier().to(cnnkit.device())


def fit_beat_reader(model):
    """Train it on 4,000 beats; three steps only in a quick run."""
    drawn = beats(96 if cnnkit.quick() else 4000, seed=1)
    learn(model, cnnkit.Batches(drawn.signals, drawn.labels, size=32), epochs=18)


# %% tags=["train"] nbgrader={"grade": false, "grade_id": "beat_reader_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
beat_reader = cnnkit.train_or_load(
    build_beat_reader, fit_beat_reader, "work/one_and_three_dimensions/beats.safetensors"
)

# %% nbgrader={"grade": true, "grade_id": "beat_classifier_names_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden test of what your network has learned: run when your notebook is graded, on the weights that you hand in.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.beats import beats
from cnnkit.check import Check

with Check("beat_classifier") as check:
    rng = testing.rng("beat_classifier_names_hidden")
    drawn = beats(400, int(rng.integers(1_000_000, 1 << 31)))
    said = beat_reader(torch.from_numpy(drawn.signals)).detach().numpy()
    check.equal(said.shape, (400, 5), "the shape of your network's logits for 400 beats")
    share = float((said.argmax(axis=1) == drawn.labels).mean())
    check.true(share >= 0.95, f"Your network should name 95 % of new beats rightly, and names {share:.1%}.")
### END HIDDEN TESTS

# %% [markdown]
# **Predict** the share that it names rightly, before the training and after it. Which kind is the hardest?


# %%
def confusions(said, y, names):
    """A table of what was taken for what, in words: each row a true class."""
    wide = 80 // len(names)
    heads = [name.replace("premature", "pr.").replace(" branch block", "") for name in names]
    print(f"{'true, and what was said':26}" + "".join(f"{head:>{wide}}" for head in heads))
    for kind, name in enumerate(names):
        counts = torch.bincount(said[y == kind], minlength=len(names)).tolist()
        print(f"{name:26}" + "".join(f"{count:{wide}}" for count in counts))


def beat_readers():
    """Both networks by name."""
    return {"before the training": build_beat_reader().eval(), "your network": beat_reader}


new = beats(50 if cnnkit.quick() else 2000, seed=2)
x_beats, y_beats = torch.from_numpy(new.signals), torch.from_numpy(new.labels)
for name, model in beat_readers().items():
    print(f"{name:20} {(answers(model, x_beats) == y_beats).float().mean():.1%} right")
confusions(answers(beat_reader, x_beats), y_beats, BEATS)

# %% [markdown]
# Normal and premature atrial beats have the same spike. What differs is the small hump before it, and how near the
# beat before lies. Where muscles tremble, the hump is easily lost.
#
# ### See it: a whole strip
#
# The network takes single beats. Before it, put a filter that finds them: high in its middle, low at both sides, a
# tenth of a second wide. Around each beat that it finds, 256 samples are cut out, and the network names them. (A beat too
# near an end of the strip is left out.)


# %%
def read_strip(signal):
    """Where a filter finds beats in a strip (samples,), and what your network calls each."""
    spike = torch.tensor([-1.0] * 6 + [1.5] * 8 + [-1.0] * 6)
    response = conv1d_forward(signal[None, None], spike[None, None], torch.zeros(1), pad=10)[0, 0, :-1].abs()
    is_top = response == functional.max_pool1d(response[None, None], 91, 1, 45)[0, 0]
    places = torch.nonzero(is_top & (response > 0.4 * response.quantile(0.99)))[:, 0]
    places = places[(places >= 100) & (places < len(signal) - 156)]
    cut = torch.stack([signal[place - 100 : place + 156] for place in places.tolist()])
    return places, answers(beat_reader, cut[:, None])


def true_kinds(strip, places):
    """The true kind of the beat next to each place."""
    nearest = np.abs(places.numpy()[:, None] - strip.peaks).argmin(axis=1)
    return torch.from_numpy(strip.labels[nearest])


INITIALS = [name[0].upper() if "premature" not in name else name[10].upper() for name in BEATS]
strip = rhythm(12, seed=23)
places, named = read_strip(torch.from_numpy(strip.signal[0]))
kinds = true_kinds(strip, places)
marks = [
    INITIALS[said] if said == true else f"{INITIALS[said]} ({INITIALS[true]})"
    for said, true in zip(named, kinds, strict=True)
]
show_strips(
    {"drawn, mV": strip.signal[0]},
    BEAT_RATE,
    title=f"{int((named == kinds).sum())} of {len(places)} beats named rightly",
    alt="A strip of twelve seconds, with a letter above each beat that is not too near an end: N for normal, A for "
    "premature atrial, V for premature ventricular. Premature beats come early, and a pause follows them. The letters are "
    + ", ".join(marks)
    + ". Where the network errs, the true one stands in brackets.",
    marks=list(zip(places.tolist(), marks, strict=True)),
)

# %% [markdown]
# In a strip most beats are of one kind. **Ask yourself:** 88 of 100 beats are normal, and a program says "normal"
# always. How good is it?
#
# <details><summary>Compare with your answer</summary>
#
# It is right for 88 of 100, and of no use. Look at the rare kinds by themselves: what share of *them* is found?
#
# </details>

# %%
strips = [rhythm(12, seed=1000 + number) for number in range(2 if cnnkit.quick() else 60)]
read = [(*read_strip(torch.from_numpy(strip.signal[0])), strip) for strip in strips]
named = torch.cat([named for _, named, _ in read])
kinds = torch.cat([true_kinds(strip, places) for places, _, strip in read])
usual = torch.cat([true_kinds(strip, places).mode().values.expand(len(places)) for places, _, strip in read])
early = (kinds == 1) | (kinds == 2)
for name, said in {"always the strip's usual kind": usual, "your network": named}.items():
    right = (said == kinds).float()
    print(f"{name:30} all beats {right.mean():.1%} right, premature beats {right[early].mean():.1%}")

# %% [markdown]
# # Part 2: a block
#
# ## 6. Depth is no channel
#
# A colour picture of 14 × 14 × 3 has three axes. **Ask yourself:** why is the convolution over it called a
# *two*-dimensional one?
#
# <details><summary>Compare with your answer</summary>
#
# Because the filter slides in two directions. It is as deep as the channels, so along them it has nowhere to go. What
# counts is not how many axes the numbers have, but in how many directions a filter moves.
#
# </details>
#
# A scanner gives a block: slice upon slice. If you hand 14 slices to a two-dimensional convolution as 14 channels,
# each filter sees all slices at once and must learn every shape anew for each depth. In a **three-dimensional**
# convolution the filter is a small block that moves through the depth as well. What it finds in one slice, it finds
# in every slice.
#
# **Predict:** 16 filters of 5 × 5 × 5 slide through 14 × 14 × 14 numbers of one channel. What comes out? Then 32
# filters of side 5: how many numbers has each, and what comes out?
#
# <details><summary>Compare with your answer</summary>
#
# 10 × 10 × 10 × 16. Each of the next filters has $5^3 \cdot 16 = 2000$ numbers and a bias, and they give
# 6 × 6 × 6 × 32. In PyTorch's order: (B, 16, 10, 10, 10) and (B, 32, 6, 6, 6).
#
# </details>
#
# Written out, exercise 1's sum over one direction has become a sum over three:
#
# $$ \text{out}[n, k, d, h, w] \;=\; b_k + \sum_{c} \sum_{i, j, l} x[n, c,\; d s + i,\; h s + j,\; w s + l] \;
# W[k, c, i, j, l] $$

# %% [markdown]
# ### Exercise 3: `conv3d_forward` (5 points)
#
# Stride and padding are the same in all three directions here. The block need not be a cube. Here too, write windows
# and sums in place of torch's own `conv3d`.
#
# <details><summary>Hint 1</summary>
#
# Take exercise 1, and do three times what you did once: pad, and find the windows. What was one place is now three
# numbers: depth, height, width. Take a whole window at once here too: `(window * W[k]).sum()`. A loop over its single
# numbers passes the tests, but takes many minutes in the cells below.
#
# <details><summary>Hint 2</summary>
#
# `functional.pad` wants two numbers an axis, the last axis first: six numbers, all the same. A single window is
# `padded[:, :, d * stride : d * stride + f, h * stride : …, w * stride : …]`.
#
# <details><summary>Hint 3</summary>
#
# `unfold` takes one axis at a time, and puts the window's numbers last: after `.unfold(2, f, stride)`,
# `.unfold(3, f, stride)` and `.unfold(4, f, stride)` the shape is (B, C, places in depth, height, width, f, f, f).
# `torch.einsum` can multiply and add all of it at once. The biases go to `b[:, None, None, None]`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "conv3d_forward_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv3d_forward(x, W, b, stride=1, pad=0):
    """Slide filters through volumes, as torch's conv3d does: no filter is flipped.

    Args:
        x: volumes, a float tensor of shape (B, C, D, H, W).
        W: filters, a float tensor of shape (K, C, f, f, f).
        b: biases, a float tensor of shape (K,).
        stride: by how many places a window lies beyond the one before, in all three directions; an int of 1 or more.
        pad: zeros that are put at each of the six sides, an int of 0 or more.

    Returns:
        A float tensor of shape (B, K, (D + 2 * pad - f) // stride + 1, …), height and width alike: at each place and for
        each filter, the sum over all channels of the window, and the bias.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Put zeros at all six sides.
    ### BEGIN SOLUTION
    padded = functional.pad(x, (pad,) * 6)
    ### END SOLUTION
    # 2. Find all windows, one direction after the other.
    ### BEGIN SOLUTION
    windows = padded
    for axis in (2, 3, 4):
        windows = windows.unfold(axis, W.shape[2], stride)
    ### END SOLUTION
    # 3. For each window and filter: multiply, add over the channels and the window, add the bias.
    ### BEGIN SOLUTION
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv3d_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("conv3d_forward") as check:
    axes = ("volume", "filter", "depth", "row", "column")

    # A single 1 in a block of 3 x 3 x 3, at depth 1, row 0, column 2. Filters of 2 x 2 x 2 hold the numbers 1 to 8, and
    # each window shows the number that lies on the 1.
    x = torch.zeros(1, 1, 3, 3, 3)
    x[0, 0, 1, 0, 2] = 1.0
    W = torch.arange(1.0, 9.0).reshape(1, 1, 2, 2, 2)
    b = torch.tensor([10.0])
    got = conv3d_forward(x, W, b)
    check.equal(testing.kind(got), "Tensor", "the kind of conv3d_forward(x, W, b)")
    expected = torch.tensor([[[[[10.0, 16.0], [10.0, 10.0]], [[10.0, 12.0], [10.0, 10.0]]]]])
    check.equal(got, expected, "conv3d_forward(x, W, b)", axes=axes)

    # A block that is 4 deep, 3 high and 2 wide, its numbers 1 to 24, and a filter of a single number: with a stride of 2
    # every other number remains in each direction. With padding, what is outside is 0.
    x = torch.arange(1.0, 25.0).reshape(1, 1, 4, 3, 2)
    W = torch.tensor([3.0]).reshape(1, 1, 1, 1, 1)
    b = torch.tensor([0.0])
    expected = torch.tensor([[[[[3.0], [15.0]], [[39.0], [51.0]]]]])
    check.equal(
        conv3d_forward(x, W, b, 2),
        expected,
        "conv3d_forward(x of (1, 1, 4, 3, 2), W of 1 x 1 x 1, b, 2)",
        axes=axes,
    )
    expected = torch.zeros(1, 1, 3, 3, 2)
    expected[0, 0, 1:, 1, 1] = torch.tensor([30.0, 66.0])
    got = conv3d_forward(x, W, b, 2, 1)
    check.equal(got, expected, "conv3d_forward(x of (1, 1, 4, 3, 2), W of 1 x 1 x 1, b, 2, 1)", axes=axes)

    # Two volumes of two channels, three filters with their biases, in a single window each.
    x = torch.zeros(2, 2, 2, 2, 2)
    x[0, 0, 0, 0, 1], x[0, 1, 1, 0, 0], x[1, 1, 0, 1, 0] = 1.0, 2.0, 3.0
    W = torch.arange(1.0, 17.0).reshape(1, 2, 2, 2, 2) * torch.tensor([1.0, 10.0, 100.0]).reshape(
        3, 1, 1, 1, 1
    )
    b = torch.tensor([0.0, 0.5, 0.25])
    expected = torch.tensor([[28.0, 280.5, 2800.25], [33.0, 330.5, 3300.25]]).reshape(2, 3, 1, 1, 1)
    label = "conv3d_forward(x of (2, 2, 2, 2, 2), W of (3, 2, 2, 2, 2), b)"
    check.equal(conv3d_forward(x, W, b), expected, label, axes=axes)
    check.true(testing.unchanged(conv3d_forward, [x, W, b, 1, 1]), "x, W and b should stay as they were.")

# %% nbgrader={"grade": true, "grade_id": "conv3d_forward_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of conv3d_forward: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("conv3d_forward") as check:
    rng = testing.rng("conv3d_forward_hidden")
    axes = ("volume", "filter", "depth", "row", "column")
    for B, C, size, K, f, stride, pad in (
        (2, 1, (7, 6, 5), 4, 3, 1, 0),
        (1, 2, (5, 8, 6), 3, 3, 2, 1),
        (2, 3, (4, 5, 7), 2, 2, 3, 2),
        (2, 2, (3, 4, 2), 3, 1, 2, 0),
        (1, 2, (9, 4, 5), 2, 4, 1, 0),
    ):
        shapes = ((B, C, *size), (K, C, f, f, f), (K,))
        x, W, b = (torch.tensor(rng.normal(0, 2, shape), dtype=torch.float32) for shape in shapes)
        label = f"conv3d_forward(x of {shapes[0]}, W of {shapes[1]}, b, stride={stride}, pad={pad})"
        expected = torch.nn.functional.conv3d(x, W, b, stride=stride, padding=pad)
        got = conv3d_forward(x, W, b, stride, pad)
        check.equal(got, expected, label, axes=axes, rtol=1e-4, atol=1e-4)
        check.true(testing.unchanged(conv3d_forward, [x, W, b, stride, pad]), f"{label}: all should stay.")
        if (stride, pad) == (1, 0):
            got = conv3d_forward(x, W, b)
            check.equal(got, expected, "conv3d_forward(x, W, b)", axes=axes, rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: what the third direction costs
#
# The two layers of section 6 first. Then count: **predict** how many multiplications 16 filters of side 5 take on a
# line of 64 numbers, on a picture of 64 × 64, and in a block of 64 × 64 × 64, with padding 2 and one channel.

# %%
cnnkit.seed(0)
few, more = (2, 4) if cnnkit.quick() else (16, 32)
first = conv3d_forward(torch.randn(1, 1, 14, 14, 14), torch.randn(few, 1, 5, 5, 5), torch.zeros(few))
second = conv3d_forward(first.relu(), torch.randn(more, few, 5, 5, 5), torch.zeros(more))
for filters, volume in {few: first, more: second}.items():
    places = " x ".join(map(str, volume.shape[2:]))
    print(f"{filters} filters of 5 x 5 x 5: {places} places x {volume.shape[1]} channels")

print("\n16 filters of side 5, padding 2, on one channel of side 64:")
for directions, name in enumerate(("a line", "a picture", "a block"), start=1):
    weights, places = 5**directions, 64**directions
    print(
        f"{name:10} {16 * weights + 16:6,} parameters, {16 * weights * places:14,} multiplications, "
        f"{4 * 16 * places / 1e6:9,.3f} MB come out"
    )

# %% [markdown]
# Each direction multiplies the filter by 5 and the places by 64. This is why networks for volumes have few channels,
# take small blocks, and shrink them early.
#
# ## 7. Six kinds of solids
#
# Here is what a scanner really gives: a slice across a body, from a library that reads medical files. The numbers are
# in *Hounsfield units*: air −1000, water 0, bone from some hundreds to beyond 1000. A screen cannot show so many greys.
# So what is at −160 or below is drawn black, what is at 340 or above white, and the greys lie between: such a choice is
# called a *window*. One slice is no volume, and one person no data set, so we draw solids: each turned, shifted and
# shaded at random, in noise.

# %%
from cnnkit.data import ct_slice
from cnnkit.volumes import KINDS as SOLIDS
from cnnkit.volumes import volume, volumes

section = ct_slice()
sliced = volume(4, "ring", noise=0.5).image[0]
pictures.show(
    {
        f"real: a slice, {section.min()} to {section.max()} HU": np.clip((section + 160) / 500, 0, 1),
        "drawn: a ring, slice 8": np.clip(sliced[8] / 2.2 + 0.2, 0, 1),
        "the same ring, slice 12": np.clip(sliced[12] / 2.2 + 0.2, 0, 1),
        "the same ring, slice 16": np.clip(sliced[16] / 2.2 + 0.2, 0, 1),
    },
    title="A real slice, and three slices through one drawn ring",
    alt="Four grey pictures. The first is a real slice of computed tomography: a vertebra, bright, with muscles behind it "
    "and dark lungs at both sides. The others are slices 8, 12 and 16 through one drawn ring in noise: two spots near each "
    "other, two spots apart, and a bar. None looks like a ring.",
)

# %% [markdown]
# **Predict:** from a single slice, could you tell a ring from small balls? A ball from a box? Here are all six kinds,
# without noise: as solids, lit from the upper left, and as their middle slices.


# %%
def lit(image):
    """A volume (D, H, W) without noise, as seen from its first slice, with light from the upper left: (H, W)."""
    through = np.cumprod(1 - np.clip(image / image.max(), 0, 1), axis=0)  # how much one sees through
    down, right = np.gradient(through.sum(axis=0))  # of how deep one sees
    light = (1.2 - 0.7 * down - 0.7 * right) / np.sqrt(2 * (1 + down**2 + right**2))
    return np.where(through[-1] < 0.5, 0.15 + 0.8 * np.clip(light, 0, 1), 1.0)


figure, axes = plt.subplots(2, 6, figsize=(12, 4.4), layout="constrained")
for place, name in enumerate(SOLIDS):
    axes[0, place].imshow(
        lit(volume(20 + place, name, size=48, noise=0.0).image[0]), cmap="gray", vmin=0, vmax=1
    )
    axes[1, place].imshow(volume(20 + place, name, noise=0.0).image[0, 12], cmap="gray")
    axes[0, place].set_title(name, fontsize=10)
    axes[1, place].set_title("its middle slice", fontsize=8)
for axis in axes.flat:
    axis.set_axis_off()
figure.suptitle("Six kinds of solids; of some, the middle slice says little")
pictures.display_figure(
    figure,
    "Six shaded solids: a ball, a box, a bent tube, a ring, a shell, which looks like a ball, and small balls. Below each its "
    "middle slice: a round spot, a square spot, a bent bar, two spots joined by a haze, a ring, and three spots.",
)

# %% [markdown]
# The network for solids has the same build as that for beats, in three directions. So write it for two *or* three:
# then you can ask what the third direction is worth. PyTorch's names differ in one digit:

# %% nbgrader={"grade": false, "grade_id": "layers_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from torch import nn

CONVOLUTION = {2: nn.Conv2d, 3: nn.Conv3d}
NORMALIZATION = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


# %% [markdown]
# One thing is different. A solid may be turned in any way, but it lies near the middle of the block, and three stages
# leave 3 × 3 × 3 places. We do not take their mean. They are laid in a row, so that the dense layer sees which place is
# which.
#
# **Predict:** how many weights has this dense layer, behind 32 channels, for six kinds? And in two dimensions?
#
# <details><summary>Compare with your answer</summary>
#
# $3^3 \cdot 32 \cdot 6 = 5184$, and $3^2 \cdot 32 \cdot 6 = 1728$.
#
# </details>

# %% [markdown]
# ### Exercise 4: `volume_classifier` (4 points, two of them for what it has learned)
#
# <details><summary>Hint 1</summary>
#
# It is `beat_classifier` with another end. `CONVOLUTION[dimensions]` is the class of the convolution.
#
# <details><summary>Hint 2</summary>
#
# Before the first stage there are `n_C` channels, not always 1. What do the stages do to the side? Each is
# `(side + 2 * 2 - 5) // 2 + 1`, the half, rounded up.
#
# <details><summary>Hint 3</summary>
#
# In the loop, after each stage: `side = (side + 1) // 2`. Then `nn.Flatten()` gives `n_C_prev * side**dimensions`
# numbers, from which `nn.Linear` makes six.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "volume_classifier_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    """Build a network that names solids in a cube, or what a square shows; untrained.

    One stage for each number in channels: a convolution with so many filters of side 5, stride 2, padding 2 and no bias;
    batch normalisation; ReLU. Then all numbers in a row, and a dense layer with a bias. No dropout, no lazy layers: all
    that it learns has its shape from the start.

    Args:
        channels: how many filters each stage has, a tuple of ints, not empty.
        dimensions: in how many directions the filters slide, 2 or 3.
        n_C: how many channels the input has, an int.
        side: how long the input is in each direction, an int.

    Returns:
        A module (nn.Sequential is simplest) from float tensors of shape (B, n_C, side, side) for 2 dimensions, or
        (B, n_C, side, side, side) for 3, to logits, (B, 6). It learns, in this order, for each stage the filters, batch
        normalisation's scale and shift; then the dense layer's weights and biases.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The stages. How long is a side after each?
    ### BEGIN SOLUTION
    layers = []
    for after in channels:
        convolution = CONVOLUTION[dimensions](n_C, after, 5, stride=2, padding=2, bias=False)
        layers += [convolution, NORMALIZATION[dimensions](after), nn.ReLU()]
        n_C, side = after, (side + 1) // 2
    ### END SOLUTION
    # 2. All numbers in a row, and six logits.
    ### BEGIN SOLUTION
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "volume_classifier", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("volume_classifier") as check:
    model = volume_classifier()
    check.equal(testing.kind(model), "Module", "the kind of volume_classifier()")
    shapes = [tuple(shape) for _, shape, _ in testing.describe(model)["parameters"]]
    wanted = [(8, 1, 5, 5, 5), (8,), (8,), (16, 8, 5, 5, 5), (16,), (16,), (32, 16, 5, 5, 5), (32,), (32,)]
    check.equal(shapes, [*wanted, (6, 864), (6,)], "the shapes of what volume_classifier() learns")

    # In two dimensions; and with 24 channels, of sides that are not even.
    described = testing.describe(volume_classifier((4, 8), 2))
    shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
    wanted = [(4, 1, 5, 5), (4,), (4,), (8, 4, 5, 5), (8,), (8,), (6, 288), (6,)]
    check.equal(shapes, wanted, "the shapes of what volume_classifier((4, 8), 2) learns")
    described = testing.describe(volume_classifier((4,), dimensions=2, n_C=24, side=9))
    shapes = [tuple(shape) for _, shape, _ in described["parameters"]]
    call = "volume_classifier((4,), dimensions=2, n_C=24, side=9)"
    check.equal(shapes, [(4, 24, 5, 5), (4,), (4,), (6, 100), (6,)], f"the shapes of what {call} learns")

    # One stage that keeps every other number of a cube of side 3, eight in all: the first is 2, the last is 5, the others
    # -1. Normalisation takes 1 off, ReLU follows: 1, six times 0, 4. Logit number k is the first, plus the fourth, plus
    # k times the last.
    model = volume_classifier((1,), 3, 1, 3)
    described = testing.describe(model)
    names = [name for name, _, _ in described["parameters"]]
    filters, dense = torch.zeros(1, 1, 5, 5, 5), torch.zeros(6, 8)
    filters[0, 0, 2, 2, 2], dense[:, [0, 3]], dense[:, 7] = 1.0, 1.0, torch.arange(6.0)
    values = [filters, torch.ones(1), -torch.ones(1), dense, torch.zeros(6)]
    state = dict(zip(names, values, strict=True))
    state |= {name: torch.full(tuple(shape), float("var" in name)) for name, shape in described["buffers"]}
    model.load_state_dict(state)
    model.eval()
    x = -torch.ones(1, 1, 3, 3, 3)
    x[0, 0, 0, 0, 0], x[0, 0, 2, 2, 2], x[0, 0, 1, 1, 1] = 2.0, 5.0, 9.0
    logits = (model(x).detach() * 64).round() / 64
    expected = torch.tensor([[1.0, 5.0, 9.0, 13.0, 17.0, 21.0]])
    check.equal(logits, expected, "the logits of a small network, rounded", axes=("volume", "class"))

# %% nbgrader={"grade": true, "grade_id": "volume_classifier_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of volume_classifier: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("volume_classifier") as check:
    rng = testing.rng("volume_classifier_hidden")
    for channels, dimensions, n_C, side in (
        ((3, 4), 3, 2, 7),
        ((5,), 3, 1, 6),
        ((4, 2, 3), 2, 3, 9),
        ((2,), 2, 1, 8),
    ):
        model = volume_classifier(channels, dimensions, n_C, side)
        described = testing.describe(model)
        sizes, length = list(zip((n_C, *channels), channels, strict=False)), side
        wanted = []
        for before, after in sizes:
            wanted += [(after, before, *[5] * dimensions), (after,), (after,)]
            length = -(-length // 2)
        wanted += [(6, channels[-1] * length**dimensions), (6,)]
        call = f"volume_classifier({channels}, {dimensions}, {n_C}, {side})"
        check.equal(
            [tuple(shape) for _, shape, _ in described["parameters"]],
            wanted,
            f"the shapes of what {call} learns",
        )
        values = [torch.tensor(rng.normal(0, 0.3, shape), dtype=torch.float32) for shape in wanted]
        state = {name: value for (name, _, _), value in zip(described["parameters"], values, strict=True)}
        for name, shape in described["buffers"]:
            state[name] = torch.tensor(rng.uniform(0.5, 2, tuple(shape)), dtype=torch.float32)
        state |= {name: torch.tensor(1) for name, shape in described["buffers"] if not tuple(shape)}
        model.load_state_dict(state)
        model.eval()
        x = torch.tensor(rng.normal(0, 1, (3, n_C, *[side] * dimensions)), dtype=torch.float32)

        # By products with windows; means and variances come in the order of the stages.
        spreads, maps = [state[name] for name, shape in described["buffers"] if tuple(shape)], x
        for stage in range(len(channels)):
            filters, scale, shift = values[3 * stage : 3 * stage + 3]
            mean, variance = spreads[2 * stage : 2 * stage + 2]
            windows = torch.nn.functional.pad(maps, [2] * (2 * dimensions))
            for axis in range(2, 2 + dimensions):
                windows = windows.unfold(axis, 5, 2)
            summed = torch.tensordot(
                windows,
                filters,
                dims=([1, *range(2 + dimensions, 2 + 2 * dimensions)], [*range(1, 2 + dimensions)]),
            )
            maps = ((summed - mean) / (variance + 1e-5).sqrt() * scale + shift).clamp(min=0).movedim(-1, 1)
        expected = maps.flatten(1) @ values[-2].T + values[-1]
        label = f"{call} of {tuple(x.shape)}"
        check.equal(model(x).detach(), expected, label, axes=("volume", "class"), rtol=1e-3, atol=1e-3)
        check.true(
            {name for name, _, _ in described["parameters"]} <= set(testing.moved(model, x)),
            f"All that {call} has should be free to learn, and no part of it cut off.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ## 8. What is the third direction worth?
#
# Four networks of *your* building look at the same solids:
#
# 1. at the middle slice alone, `volume_classifier((8, 16, 32), 2, 1)`;
# 2. at all 24 slices, as channels of one picture, `volume_classifier((8, 16, 32), 2, 24)`;
# 3. at the same with twice as many filters, `volume_classifier((16, 32, 64), 2, 24)`;
# 4. at the block, `volume_classifier((8, 16, 32), 3, 1)`.
#
# A solid stays what it is when you look at it from another side. **Ask yourself:** how many ways are there to turn
# and mirror a block, if its edges shall stay along the axes?
#
# <details><summary>Compare with your answer</summary>
#
# Three directions can be ordered in 6 ways, and each can be mirrored or not: $6 \cdot 8 = 48$. A picture has only
# $2 \cdot 4 = 8$. So in each batch all blocks are turned in one of 48 ways, at no cost. Only then are they cut into
# slices, so that the first three networks learn from the same turned solids as the last.
#
# </details>
#
# **Predict** the four shares. And do you expect the second to come near the last? It sees the very same numbers. The
# third has nearly as many parameters, too. (Recorded results again, three beginnings of each.)


# %% nbgrader={"grade": false, "grade_id": "turning_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

import cnnkit


class Turned:
    """Batches of volumes, each batch with its directions exchanged and mirrored at random, and then cut, if so asked."""

    def __init__(self, x, y, size=32, cut=None):
        self.batches, self.chance, self.cut = cnnkit.Batches(x, y, size=size), np.random.default_rng(0), cut

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for x, y in self.batches:
            directions = 2 + self.chance.permutation(x.ndim - 2)
            mirrored = [axis for axis in range(2, x.ndim) if self.chance.random() < 0.5]
            turned = x.permute(0, 1, *directions.tolist()).flip(mirrored)
            yield self.cut(turned) if self.cut else turned, y


# %%
from functools import partial

WAYS = {  # how many filters, how many directions, how many channels come in
    "the middle slice": ((8, 16, 32), 2, 1),
    "slices as channels": ((8, 16, 32), 2, 24),
    "more filters on slices": ((16, 32, 64), 2, 24),
    "the block": ((8, 16, 32), 3, 1),
}


def looked_at(way, images):
    """What a network gets to see of volumes (N, 1, 24, 24, 24)."""
    if way == "the middle slice":
        return images[:, :, 12]
    return images if way == "the block" else images[:, 0]


def by_way(seed):
    """What a network that looks in each way names rightly, trained on 1,000 solids."""
    drawn, others, rows = volumes(1000, seed=10 + seed), volumes(400, seed=20), []
    for way, build in WAYS.items():
        cnnkit.seed(seed)
        model, cut = volume_classifier(*build).to(device), partial(looked_at, way)
        learn(model, Turned(drawn.images, drawn.labels, cut=cut), epochs=16)
        row = {"way": way, "seed": seed, "parameters": sum(p.numel() for p in model.parameters())}
        for name, some in {"new": others, "seen": drawn}.items():
            right = answers(model, torch.from_numpy(cut(some.images))) == torch.from_numpy(some.labels)
            row[name] = round(100 * right.float().mean().item(), 1)
        rows.append(row)
    return rows


# %% tags=["record"]
ways = cnnkit.recorded(
    "recordings/one_and_three_dimensions_ways.json",
    lambda: [row for seed in range(3) for row in by_way(seed)],
)

# %%
means = {}
for way in WAYS:
    rows = [row for row in ways if row["way"] == way]
    new, seen = ([row[name] for row in rows] for name in ("new", "seen"))
    means[way] = float(np.mean(new))
    print(
        f"{way:23} {rows[0]['parameters']:8,} parameters; new solids {np.mean(new):.1f} % right "
        f"({min(new):.1f} to {max(new):.1f}), seen ones {np.mean(seen):.1f} %"
    )
figure, axis = plt.subplots(figsize=(7.4, 3), layout="constrained")
bars = axis.barh(list(means), list(means.values()), color=pictures.COLOURS[0])
axis.bar_label(bars, fmt="%.0f %%", padding=3)
axis.axvline(100 / len(SOLIDS), color="black", linestyle="--", label="guessing")
figure.legend(loc="outside right upper")
axis.set_xlim(0, 112)
axis.invert_yaxis()
axis.set_xlabel("new solids named rightly, % (mean of three)")
axis.set_title(f"From one slice {means['the middle slice']:.0f} %, from the block {means['the block']:.0f} %")
pictures.display_figure(
    figure,
    "Four bars: "
    + ", ".join(f"{way} {mean:.0f} %" for way, mean in means.items())
    + f". Guessing gives {100 / len(SOLIDS):.0f} %.",
)

# %% [markdown]
# One slice is a twenty-fourth of the numbers, and often the wrong one. Slices as channels are all there. But a filter
# has numbers of its own for each depth: what it learned about an arc in slice 8, it does not know in slice 9, and a
# solid may lie higher or lower, turned in any way. The filter of the block knows an arc wherever it lies.
#
# Is that fair? All four learned from the same solids, turned in the same ways. The network for the block has about
# four times the parameters of the second, for its filters are cubes. So the third has nearly as many. Of a hundred new
# solids it names about three more than the second, and the block's network about six more again. More filters help a
# little. It helps more that a filter moves through the depth.

# %% [markdown]
# ## 9. Train it
#
# 2,000 drawn solids, 16 times, turned in all ways.
#
# **Two points** are for a network that names at least 95 % of 300 solids which are drawn when your notebook is
# graded.

# %% nbgrader={"grade": false, "grade_id": "volumes_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import cnnkit
from cnnkit.volumes import volumes


def build_solid_reader():
    """Your network for solids, untrained."""
    return volume_classifier().to(cnnkit.device())


def fit_solid_reader(model):
    """Train it on 2,000 solids; three steps only in a quick run."""
    drawn = volumes(48 if cnnkit.quick() else 2000, seed=1)
    learn(model, Turned(drawn.images, drawn.labels), epochs=16)


# %% tags=["train"] nbgrader={"grade": false, "grade_id": "solid_reader_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
solid_reader = cnnkit.train_or_load(
    build_solid_reader, fit_solid_reader, "work/one_and_three_dimensions/solids.safetensors"
)

# %% nbgrader={"grade": true, "grade_id": "volume_classifier_names_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden test of what your network has learned: run when your notebook is graded, on the weights that you hand in.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.volumes import volumes

with Check("volume_classifier") as check:
    rng = testing.rng("volume_classifier_names_hidden")
    drawn = volumes(300, int(rng.integers(1_000_000, 1 << 31)))
    said = solid_reader(torch.from_numpy(drawn.images)).detach().numpy()
    check.equal(said.shape, (300, 6), "the shape of your network's logits for 300 solids")
    share = float((said.argmax(axis=1) == drawn.labels).mean())
    check.true(share >= 0.95, f"Your network should name 95 % of new solids rightly, and names {share:.1%}.")
### END HIDDEN TESTS

# %% [markdown]
# **Predict** again: the share before and after, and the kind that is taken for another most often.


# %%
def solid_readers():
    """Both networks by name."""
    return {"before the training": build_solid_reader().eval(), "your network": solid_reader}


fresh = volumes(24 if cnnkit.quick() else 400, seed=2)
x_solids, y_solids = torch.from_numpy(fresh.images), torch.from_numpy(fresh.labels)
for name, model in solid_readers().items():
    print(f"{name:20} {(answers(model, x_solids) == y_solids).float().mean():.1%} right")
confusions(answers(solid_reader, x_solids), y_solids, SOLIDS)

# %% [markdown]
# # Part 3: a film
#
# ## 10. Time is a direction
#
# The street of the very first lesson wakes up. The car drives away, the motorcycle comes towards you, and the
# pedestrian walks to the right. A film in grey is a block of pictures: time, height, width.
#
# **Ask yourself:** which shape has it, as an input of your `conv3d_forward`? And what would you see if you cut the
# block along time, at one row of all pictures?
#
# <details><summary>Compare with your answer</summary>
#
# (1, 1, frames, height, width). In such a cut, each line is the same row of the street, a moment later. What stands
# still draws an upright line. What moves draws a *slanted* one, and how far it leans is its speed.
#
# </details>

# %%
from dataclasses import replace

from cnnkit.scenes.plan import plan_scene
from cnnkit.scenes.scene import render

STEP = {"car": 0.12, "motorcycle": 0.1, "pedestrian": 0.05}  # metres from one frame to the next


def moved(thing, frames):
    """A thing of the street so many frames later: each goes where it looks."""
    if thing.kind not in STEP:
        return thing
    far, place = frames * STEP[thing.kind], thing.place
    x, z = place.x + far * np.sin(place.heading), place.z + far * np.cos(place.heading)
    return replace(thing, place=place._replace(x=x, z=z))


def street_film(frames, side):
    """The course's street as a film, uint8 (frames, side, side, 3)."""
    plan = plan_scene(42, 1.0, 0.3, None, None)
    later = [
        replace(plan, things=tuple(moved(thing, frame) for thing in plan.things)) for frame in range(frames)
    ]
    return np.stack([render(one, side, side).image for one in later])


FRAMES, FILM_SIDE = (8, 48) if cnnkit.quick() else (24, 96)
colour = street_film(FRAMES, FILM_SIDE)
grey = torch.from_numpy(colour).float().mean(dim=3) / 255
line = round(0.57 * FILM_SIDE)  # a row in which all three can be seen
pictures.show(
    {
        "the first frame": colour[0],
        "the last frame": colour[-1],
        f"row {line} of every frame": np.repeat(grey[:, line].numpy(), FILM_SIDE // FRAMES, axis=0),
    },
    title="Cut along time, what moves is a slanted line",
    alt="The street in the first and in the last frame: the car has become smaller, the motorcycle has moved to the left and "
    "become larger, the pedestrian has moved to the right. Beside them one row of all frames, the first at the top: the "
    "houses draw upright lines, the motorcycle a band that leans to the left, the pedestrian one that leans to the right.",
)

# %% [markdown]
# An edge detector that looks for slanted lines: you built such things in lesson 1.1, for pictures. Here its picture
# has the axes time and width. The film has a third axis, the height, and so has the filter: its three rows are alike,
# so it takes their mean. In time and width it is one of these:
#
# - **right**: where $t$ grows by 1, the line moves 1 to the right. Ones on the diagonal, a third taken off
#   everywhere.
# - **left**: the same with the other diagonal.
#
# **Predict** for each filter, with pencil and paper: what does it say of something that stands still? And of
# something that moves one pixel a frame to the right?
#
# <details><summary>Compare with your answer</summary>
#
# Still: the three lines of its window are alike, and the diagonal picks one number from each column. Their sum less a
# third of the whole is 0, for *both* filters. Moving to the right by one: the diagonal follows it, and picks the same
# number three times. A bright spot gives $3 - 1 = 2$; for the other filter it lies on the diagonal once, $1 - 1 = 0$.
#
# </details>
#
# A dark spot gives the same with a minus sign, so take squares. *Right squared less left squared* is positive where
# something moves to the right, and negative where it moves to the left. No single frame could tell you that.

# %%
rightwards = torch.eye(3) - 1 / 3  # rows: time, columns: width
leftwards = rightwards.flip(1)
W_motion = torch.stack([rightwards, leftwards])[:, None, :, None, :].repeat(1, 1, 1, 3, 1) / 3
print("filters:", tuple(W_motion.shape))


def motion(film):
    """Where a grey film (T, H, W) moves to the right, positive, or to the left, negative: (T - 2, H - 2, W - 2)."""
    right, left = conv3d_forward(film[None, None], W_motion, torch.zeros(2))[0]
    return functional.avg_pool3d((right**2 - left**2)[None], 5, 1, 2)[0]


def show_motion(frame, felt, title, alt):
    """A frame beside what moves in it: orange and framed to the right, violet and framed by dashes to the left."""
    strength = felt.sign() * felt.abs().sqrt()
    most = float(strength.abs().max())
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.4), layout="constrained")
    axes[0].imshow(frame)
    shown = axes[1].imshow(strength, cmap="PuOr_r", vmin=-most, vmax=most)
    for level, dash in ((-0.25 * most, "--"), (0.25 * most, "-")):
        axes[1].contour(strength, levels=[level], colors="black", linestyles=dash, linewidths=0.8)
    figure.colorbar(shown, ax=axes[1], label="to the left (dashes)  ←  0  →  to the right (line)")
    for axis in axes:
        axis.set_axis_off()
    figure.suptitle(title)
    pictures.display_figure(figure, alt)


seen = motion(grey)
middle = len(seen) // 2
third = seen.shape[2] // 3
for name, part in {"left": seen[:, :, :third], "right": seen[:, :, -third:]}.items():
    share = part.clamp(min=0).sum() / part.abs().sum()
    print(
        f"the {name} third of the street: {share:.0%} of the motion goes to the right, {1 - share:.0%} to the left"
    )
show_motion(
    colour[middle + 1],
    seen[middle],
    title="Two filters see which way things go",
    alt="The middle frame of the film, and beside it a map of motion. The houses, trees and the road are blank. The "
    "pedestrian glows orange, which is to the right; the motorcycle is violet and framed by dashes, to the left. At the "
    "car's sides both colours are very faint.",
)

# %% [markdown]
# Nobody trained these filters. Twenty-seven numbers each, written down by thinking, and a square. Networks that learn
# from films find filters like them in their first layer, just as those for pictures find edges.
#
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A microphone gives 16,000 samples a second, in stereo. 64 filters of length 400 with stride 160 and no padding go
#    over two seconds. What is the shape of the input, of the filters, and of what comes out?
# 2. A text of 50 words, each a row of 300 numbers. In how many directions does a filter slide? What are the 300?
# 3. Two layers of 3 × 3 × 3 see as far as one of 5 × 5 × 5. How many weights have both, with 32 channels everywhere?
# 4. A colour film of 16 frames of 112 × 112 goes into 64 filters of 3 × 3 × 3 with padding 1. What is the shape of
#    one example, and how many parameters has the layer?
# 5. Your network for beats was trained on 256 samples. May it read 300? And may the network for solids read blocks of
#    side 30?
# 6. Why do the filters of section 10 say so little about the car, although it is as fast as the motorcycle? Look at
#    its two sides in the map.
#
# <details><summary>Answers</summary>
#
# 1. (1, 2, 32000); (64, 2, 400); $\lfloor (32000 - 400) / 160 \rfloor + 1 = 198$ places: (1, 64, 198).
# 2. In one, from word to word. The 300 are channels.
# 3. $2 \cdot 27 \cdot 32 \cdot 32 = 55\,296$ against $125 \cdot 32 \cdot 32 = 128\,000$.
# 4. (3, 16, 112, 112): the colours are channels. $27 \cdot 3 \cdot 64 + 64 = 5248$.
# 5. The first may: it takes the mean over however many places there are. The second has a dense layer that wants 3 ×
#    3 × 3 places, and 30 leave 4 × 4 × 4: an error.
# 6. It moves away from you. In the picture it shrinks, so its left side drifts to the right, its right side to the
#    left, and both by much less than a pixel a frame. The filters were made for one pixel a frame.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…another machine takes more samples.** A network does not know seconds. It knows samples. The same hearts,
# recorded with 500 samples a second in place of 250, look twice as slow to it; with 125, twice as fast.


# %%
def stretched(signals, factor):
    """What a recorder with so many times the samples would give, cut to the same length around the beat."""
    longer = functional.interpolate(signals, scale_factor=factor, mode="linear", align_corners=False)
    start = int(100 * factor) - 100
    padded = functional.pad(longer, (max(0, -start), 256), mode="replicate")
    return padded[:, :, max(0, start) :][:, :, :256]


rates = (0.5, 0.8, 1.0, 1.25, 2.0)
print(f"{'samples a second':20}" + "".join(f"{BEAT_RATE * rate:8.0f}" for rate in rates))
for name, model in beat_readers().items():
    shares = [(answers(model, stretched(x_beats, rate)) == y_beats).float().mean() for rate in rates]
    print(f"{name:20}" + "".join(f"{share:8.1%}" for share in shares))

# %% [markdown]
# Bring signals to the rate of the training first. And write the rate beside every file.
#
# **…the electrodes of both arms change places.** Then lead I comes upside down (and others change names). It still
# looks like a heartbeat, and no error is raised.

# %%
for name, model in beat_readers().items():
    said = answers(model, -x_beats)
    print(f"{name:20} upside down, {(said == y_beats).float().mean():.1%} named rightly")
print(
    f'"{BEATS[said.mode().values]}", says your network of {(said == said.mode().values).float().mean():.0%}'
)

# %% [markdown]
# **…the network is asked about what it never learned.** Nothing but noise, a straight line, a slow wave: it knows
# five names, and gives one of them. Before the training it is not sure of anything. And after it?

# %%
cnnkit.seed(0)
time = torch.arange(256) / BEAT_RATE
nonsense = {
    "noise": torch.randn(256) * 0.3,
    "a straight line": torch.zeros(256),
    "a slow wave": torch.sin(2 * torch.pi * 1.5 * time),
}
for name, model in beat_readers().items():
    for what, trace in nonsense.items():
        with torch.no_grad():
            chances = model(trace[None, None].to(device)).softmax(dim=1)[0]
        print(f'{name:20} of {what:16} "{BEATS[chances.argmax()]}", with {chances.max():.0%}')

# %% [markdown]
# **…every slice counts as an example of its own.** A scan has many slices, and it is tempting to shuffle them all,
# and to keep some for the test. But neighbours in a body look alike: the test then asks about bodies that were seen.
# The simplest thing that can be said to *learn* is to look for the most similar slice seen. How good is it?


# %%
def most_similar(seen, y_seen, unseen):
    """The label of the most similar example seen, for each one unseen."""
    return y_seen[torch.cdist(unseen.flatten(1), seen.flatten(1)).argmin(dim=1)]


scans = volumes(12 if cnnkit.quick() else 120, seed=5, noise=0.1)
slices = torch.from_numpy(scans.images[:, 0, 6:18]).flatten(0, 1)
labels = torch.from_numpy(scans.labels).repeat_interleave(12)
order = torch.randperm(len(slices), generator=cnnkit.generator(0))
splits = {"slices shuffled": order, "whole scans kept apart": torch.arange(len(slices))}
for name, places in splits.items():
    train, test = places[: 3 * len(slices) // 4], places[3 * len(slices) // 4 :]
    share = (most_similar(slices[train], labels[train], slices[test]) == labels[test]).float().mean()
    print(f"{name:24} {share:.0%} of the slices named rightly")

# %% [markdown]
# The first number is a lie. What is for testing must come from other people, as it will be later. The same holds for
# beats of one heart, and for frames of one film.
#
# **…voxels are no cubes.** In many scans slices lie several times as far apart as pixels do. The block of numbers is
# then squashed, and a ball is none. Here are new solids of which only every second slice was taken, and put in a
# block of the same size, with nothing but grain above and below.

# %%
every_second = x_solids[:, :, ::2]
grain = 0.15 * torch.randn(len(x_solids), 1, 12, 24, 24, generator=torch.Generator().manual_seed(0))
squashed = torch.cat([grain[:, :, :6], every_second, grain[:, :, 6:]], dim=2)
filled = functional.interpolate(every_second, x_solids.shape[2:], mode="trilinear", align_corners=False)
blocks = {"as trained": x_solids, "every second slice": squashed, "interpolated again": filled}
for name, model in solid_readers().items():
    for how, block in blocks.items():
        share = (answers(model, block) == y_solids).float().mean()
        print(f"{name:20} {how:20} {share:.1%} named rightly")

# %% [markdown]
# **…depth and height change places.** A solid may stand on its head, for it was trained so. A film may not. Hand in
# (height, time, width) in place of (time, height, width), and nothing complains.

# %%
wrong_way = motion(grey.transpose(0, 1)).transpose(0, 1)
high_up = seen.shape[1] // 4  # the sky and the roofs, where nothing moves
for name, felt in {"time, height, width": seen, "height, time, width": wrong_way}.items():
    share = felt[:, :high_up].abs().sum() / felt.abs().sum()
    print(f"{name}: {share:.1%} of all motion is felt in the upper quarter, where nothing moves")

# %% [markdown]
# ## Your turn: what moves in your film?
#
# Put an animated GIF beside this notebook, and write its name below: a cat, a street, a wave of your hand. (Most
# phones and drawing programs can save one.) The camera should stand still, and things should move about a pixel a
# frame. Without one, the street is taken, backwards.

# %%
film_file = ""  # for example "cat.gif"


def own_film(file, width=128):
    """The frames of a GIF, at most 60, as uint8 (frames, height, width, 3)."""
    from PIL import Image, ImageSequence

    with Image.open(file) as opened:
        size = width, round(width * opened.height / opened.width)
        frames = [np.asarray(frame.convert("RGB").resize(size)) for frame in ImageSequence.Iterator(opened)]
    return np.stack(frames[:60])


mine = own_film(film_file) if film_file else colour[::-1].copy()
felt = motion(torch.from_numpy(mine).float().mean(dim=3) / 255)
middle = len(felt) // 2
show_motion(
    mine[middle + 1],
    felt[middle],
    title="What moves in your film" if film_file else "Backwards, left and right change places",
    alt="A frame of your film beside a map of what moves to the right, orange, and to the left, violet with a dashed line."
    if film_file
    else "The street, played backwards, beside its map of motion: the pedestrian is violet now, the motorcycle orange.",
)

# %% [markdown]
# Does it miss what is fast? The filters follow one pixel a frame. Shrink your film (`width`), or save it with more
# frames a second. Or make filters of side 5 for two pixels a frame, whose line runs over three of the five frames, at
# places 0, 2 and 4, and use your function on them.
#
# ## Summary
#
# - A convolution has as many dimensions as its filter has directions to slide in. Leads, colours and embeddings are
#   channels: it does not slide along them.
# - 14 × 1 becomes 10 × 16 and 6 × 32; 14 × 14 × 14 × 1 becomes 10 × 10 × 10 × 16 and 6 × 6 × 6 × 32. The rule for the
#   size is week 1's, in each direction.
# - Each direction multiplies filters by their side and places by theirs. Volumes are dear.
# - Along a line, count how far the network sees: strides and gaps take it further for no more parameters.
# - A volume cut into slices loses what makes it a volume. Slices as channels are all there, but must be learnt place
#   by place.
# - Time is a direction. Motion is a slanted line in a block of frames.
# - Rates, signs, distances of slices and the order of axes are not in the numbers. Write them down, and check them.
# - Test on other hearts, other bodies, other films.
#
# **Next:** the quiz of week 4, and you are through the course.

# %% [markdown]
# ## References
#
# - P. McSharry et al., "A dynamical model for generating synthetic electrocardiogram signals", *IEEE Transactions on
#   Biomedical Engineering* 50, 2003. Beats as sums of bumps.
# - A. van den Oord et al., "WaveNet: a generative model for raw audio", arXiv:1609.03499, 2016. Dilated convolutions
#   along time.
# - S. Bai, J. Kolter, V. Koltun, "An empirical evaluation of generic convolutional and recurrent networks for
#   sequence modeling", arXiv:1803.01271, 2018.
# - A. Hannun et al., "Cardiologist-level arrhythmia detection and classification in ambulatory electrocardiograms
#   using a deep neural network", *Nature Medicine* 25, 2019. One-dimensional convolutions on 91,232 real recordings.
# - S. Ji et al., "3D convolutional neural networks for human action recognition", *IEEE Transactions on Pattern
#   Analysis and Machine Intelligence* 35, 2013.
# - D. Tran et al., "Learning spatiotemporal features with 3D convolutional networks", *ICCV*, 2015. Filters of 3 × 3
#   × 3 all the way.
# - E. Adelson, J. Bergen, "Spatiotemporal energy models for the perception of motion", *Journal of the Optical
#   Society of America A* 2, 1985. Motion as a slanted line, and squares of filters.
# - O. Çiçek et al., "3D U-Net: learning dense volumetric segmentation from sparse annotation", *MICCAI*, 2016.
# - E. Yagis et al., "Effect of data leakage in brain MRI classification using 2D convolutional neural networks",
#   *Scientific Reports* 11, 2021. What shuffled slices cost.
