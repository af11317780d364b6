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
# # 4.3 Neural style transfer
#
# **A network that has learned to name things holds no brush. How do you get it to paint your photograph the way Van
# Gogh would have?**
#
# By asking it two questions about a picture, and changing the picture until you like both answers. Nothing is trained
# here. The weights stay as they are; what learns is the picture itself, pixel by pixel. You write the two questions as
# costs, you write the step that changes the picture, and then you watch a photograph turn into a painting.
#
# **After this lesson you can**
#
# - measure whether two pictures show the same things, and whether they are painted alike;
# - say what a Gram matrix keeps of a picture, and what it throws away;
# - change an *input* by gradient descent, and leave the network alone;
# - choose layers, weights and a start for a painting, and foresee what each of them does;
# - see in a spoiled picture which line of the code is wrong.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 8 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lesson 2.5: a pretrained network and what its layers put out; gradients by autograd |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `content_cost` | says how far two pictures are apart in what they show | 4 |
# | 2 | `paint_step` | changes a picture a little, so that a cost falls | 5 |
# | 3 | `gram_matrix` | says which channels of a layer speak up together | 4 |
# | 4 | `layer_style_cost` | says how far two pictures are apart in style, for one layer | 4 |
# | 5 | `style_cost` | the same for several layers, each with its weight | 4 |
# | 6 | `total_cost` | both costs in one number | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below
# tell you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is
# judged alone, with those of yours that it calls. Where the text says **Predict**, write your answer down before you
# go on.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | C, S, G | (1, 3, H, W) | three pictures, from 0 to 255: the **c**ontent, the **s**tyle, and the **g**enerated one |
# | `a_C`, `a_S`, `a_G` | (1, C, H, W) | what a layer of the network puts out for them. Here C is its number of channels |
# | `A` | (C, N) | the same, with the H rows and W columns laid out in one row of N positions |
# | `J` | | a cost: `J_content`, `J_style`, and both together |

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch

import cnnkit

device = cnnkit.device()

# %% [markdown]
# # Part 1: a picture that learns
#
# ## 1. Three pictures and a network
#
# You need a photograph, C, whose *content* you want to keep. You need a painting, S, whose *style* you want to borrow.
# The third picture, G, does not exist yet. This is where the lesson goes:
#
# ![Three pictures. A photograph of a Chinese tower with curved roofs above a lake. Van Gogh's Starry Night, with its
# swirling sky. And the tower again, its roofs and trees where they were, in the strokes and in the blue and yellow of
# the second picture.](images/style_transfer.jpg)
#
# The network is the one that you borrowed in lesson 2.5: EfficientNet-Lite0, trained on the photographs of ImageNet.
# It is transfer once more: what was learned for one task serves another. You will not change a single weight. Its
# layers are ready-made questions about a picture: the first ones ask for
# edges and colours, later ones for textures and for parts of things (lesson 4.2).
#
# A network wants its input as it had it in training: `nets.normalise` takes 127 from the numbers 0 … 255, and divides
# by 128. Our pictures stay in 0 … 255, where you can look at them, and are normalised on their way into the network.
#
# **Ask yourself:** what would the network make of a picture that was *not* normalised?
#
# <details><summary>Compare with your answer</summary>
#
# Black would look to it like a middle grey, and white like something 255 times whiter than white. Nothing is raised,
# and the costs are numbers like any others. The gallery below shows what you would paint with it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "pictures_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from functools import cache

import matplotlib.pyplot as plt

from cnnkit import nets, pictures
from cnnkit.data import painting, photo
from cnnkit.nets.photos import resized, to_tensor

STYLE_LAYERS = ("stem", "block0", "block1", "block2", "block4")  # that a painting's style is taken from


@cache
def network():
    """The network, read from its file the first time."""
    return nets.efficientnet_lite0(device=device)


def canvas_size():
    """Rows and columns of a painting: as many as the device paints within a minute."""
    if cnnkit.quick():
        return 48, 64
    return (192, 256) if device.type == "cpu" else (576, 768)


def canvas(picture, size):
    """The middle of a picture, uint8 (H, W, 3), at another size: (1, 3, H, W), from 0 to 255."""
    x = to_tensor(picture, device)
    H, W = x.shape[2:]
    high, wide = min(H, W * size[0] // size[1]), min(W, H * size[1] // size[0])
    top, left = (H - high) // 2, (W - wide) // 2
    return resized(x[:, :, top : top + high, left : left + wide], size).clamp(0, 255)


def activations(x, layers):
    """What layers of the network put out for a picture (1, 3, H, W) from 0 to 255: {layer: (1, C, H, W)}."""
    return nets.features(network(), nets.normalise(x), layers)


def bytes_of(x):
    """A picture (1, 3, H, W) from 0 to 255 as uint8 (H, W, 3), to look at."""
    return x.detach()[0].permute(1, 2, 0).round().byte().cpu().numpy()


def hang(those, title, alt, columns=3):
    """Show pictures, {caption: uint8 (H, W, 3)}, in rows on a wall."""
    rows = -(-len(those) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(3.4 * columns, 2.9 * rows), squeeze=False, layout="constrained"
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, (caption, picture) in zip(axes.flat, those.items(), strict=False):
        axis.imshow(picture)
        axis.set_title(caption, fontsize=10)
    figure.suptitle(title)
    pictures.display_figure(figure, alt)


# %% [markdown]
# **Predict:** a layer of stride 8 puts out 40 channels for a picture of 192 × 256. What is the shape of `a_C`?

# %%
tower, starry = canvas(photo("china"), canvas_size()), canvas(painting(), canvas_size())
LAYERS = ["stem", "block1", "block2", "block4", "block10"]
for layer, a in activations(tower, LAYERS).items():
    print(f"{layer:8} (B, C, H, W) = {tuple(a.shape)}, {a[0].numel():7,} numbers")
hang(
    {"C, the content": bytes_of(tower), "S, the style": bytes_of(starry)},
    columns=2,
    title="What to paint, and how",
    alt="A photograph of a Chinese tower with curved roofs above a lake, and Van Gogh's Starry Night.",
)

# %% [markdown]
# ## 2. Do they show the same?
#
# How far are two pictures apart in what they show? You could compare them pixel by pixel. **Ask yourself** what happens
# to that distance if you shift the photograph by three pixels, and what if you paint every roof in another colour.
#
# <details><summary>Compare with your answer</summary>
#
# It becomes large in both cases, although nothing has happened to the roofs. A painting would never be forgiven.
#
# </details>
#
# So let a layer of the network look. Where it puts out much the same for both pictures, it sees the same things at the
# same places. The **content cost** is half the squared distance between what it puts out:
#
# $$ J_{\text{content}}(C, G) = \tfrac{1}{2}\,\lVert a^{(C)} - a^{(G)} \rVert^2
# = \tfrac{1}{2} \sum_{h,\,w,\,c} \bigl(a^{(C)}_{hwc} - a^{(G)}_{hwc}\bigr)^2 $$
#
# The half is there for the gradient: with respect to $a^{(G)}$ it is $a^{(G)} - a^{(C)}$, without a 2 in front. You
# will also meet the form $\frac{1}{4 H W C} \sum (a^{(C)} - a^{(G)})^2$. It is the same cost in another unit, smaller by
# a factor of $2HWC$; its $\alpha$, the weight that it gets, has to be larger by that factor.
#
# **A target does not move.** $a^{(C)}$ is what the picture is measured by. No gradient should flow to it:
# `a_C.detach()` is the same tensor, cut off from whatever made it.

# %% [markdown]
# ### Exercise 1: `content_cost` (4 points)
#
# <details><summary>Hint 1</summary>
#
# Subtract, square, add up everything. It does not matter how the numbers are arranged.
#
# <details><summary>Hint 2</summary>
#
# `.sum()` and not `.mean()`: the formula has no division by their number. And the half is easily forgotten.
#
# <details><summary>Hint 3</summary>
#
# `difference = a_G - a_C.detach()`, then `(difference ** 2).sum() / 2`. Return the tensor, not `.item()`: somebody wants
# its gradient.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "content_cost_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def content_cost(a_C, a_G):
    """Say how far two pictures are apart in what they show: half the sum of the squared differences.

    Args:
        a_C: what a layer puts out for the content picture, a tensor of shape (1, C, H, W). It is the target: no gradient
            flows to it.
        a_G: what it puts out for the generated picture, of the same shape. Gradients flow to it.

    Returns:
        A tensor with one number, of shape (): 1/2 of the sum over all channels, rows and columns.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # The differences from the detached target; half the sum of their squares.
    ### BEGIN SOLUTION
    difference = a_G - a_C.detach()
    return difference.square().sum() / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "content_cost", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("content_cost") as check:
    # Two channels of 2 x 3. They differ by 1, -2, 3 and 4: the squares are 1 + 4 + 9 + 16 = 30.
    a_C = torch.tensor([[[[1.0, 2.0, 0.0], [0.0, 1.0, 5.0]], [[3.0, 0.0, 2.0], [1.0, 1.0, 0.0]]]])
    a_G = torch.tensor([[[[2.0, 0.0, 0.0], [0.0, 1.0, 5.0]], [[3.0, 3.0, 2.0], [1.0, 5.0, 0.0]]]])
    check.equal(content_cost(a_C, a_G), torch.tensor(15.0), "content_cost(a_C, a_G)")
    check.equal(content_cost(a_C, a_C), torch.tensor(0.0), "content_cost(a_C, a_C)")

    # The gradient pulls each number towards its target.
    pull = testing.grad(content_cost, [a_C, a_G], wrt=1)
    check.equal(
        pull,
        a_G - a_C,
        "the gradient of content_cost with respect to a_G",
        axes=("picture", "channel", "row", "column"),
    )
    # Nothing pulls at the target. Who asks for its gradient is told that it is cut off, by a TypeError.
    check.raises(
        TypeError, testing.grad, content_cost, [a_C, a_G], 0,
        label="asking for the gradient of content_cost with respect to a_C, the detached target,",
    )  # fmt: skip

# %% nbgrader={"grade": true, "grade_id": "content_cost_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of content_cost: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("content_cost") as check:
    rng = testing.rng("content_cost_hidden")
    for _ in range(3):
        shape = (1, *(int(n) for n in rng.integers([3, 4, 6], [6, 8, 10])))
        a_C, a_G = (torch.tensor(rng.normal(size=shape), dtype=torch.float32) for _ in range(2))
        called = f"content_cost(a_C, a_G) for a layer of {shape}"
        # Pythagoras: the length of the difference, squared and halved.
        length = np.linalg.norm((a_C.double() - a_G.double()).numpy().ravel())
        expected = torch.tensor(length**2 / 2, dtype=torch.float32)
        check.equal(content_cost(a_C, a_G), expected, called, rtol=1e-4, atol=1e-5)
        # Twice as far is four times the cost; and both pictures play the same part in it.
        far = content_cost(a_C, a_C + 2 * (a_G - a_C))
        check.equal(far, 4 * expected, f"{called}, twice as far away", rtol=1e-4, atol=1e-5)
        check.equal(content_cost(a_G, a_C), expected, f"{called}, the two swapped", rtol=1e-4, atol=1e-5)
        pull = testing.grad(content_cost, [a_C, a_G], wrt=1)
        check.equal(
            pull, a_G - a_C, f"the gradient of {called} with respect to a_G",
            axes=("picture", "channel", "row", "column"), rtol=1e-4, atol=1e-5,
        )  # fmt: skip
        check.raises(
            TypeError, testing.grad, content_cost, [a_C, a_G], 0,
            label=f"asking for the gradient of {called} with respect to a_C, the detached target,",
        )  # fmt: skip
        check.true(
            testing.unchanged(content_cost, [a_C, a_G]), f"{called} should leave its arguments as they are."
        )
### END HIDDEN TESTS

# %% [markdown]
# ## 3. A step
#
# Now turn things round. In training, the pictures are given, and the weights learn. Here the weights are given, and the
# *picture* learns. Autograd does not mind: ask it for the gradient of the cost with respect to the picture, and you get
# a number for each pixel and colour. It says in which direction the cost rises. Go the other way:
#
# $$ G \;:=\; G - \text{step} \cdot \frac{\partial J}{\partial G} $$
#
# **Ask yourself:** how large is a good step? A cost may be a thousand or a thousandth, depending on the layer and on the
# weights, and its gradient goes with it.
#
# <details><summary>Compare with your answer</summary>
#
# Nobody knows beforehand, and with each new layer it would be another one. So we measure steps by what they do to the
# picture. Divide the gradient by its own mean size (the mean of the absolute values). Then a learning rate of 5 moves a
# pixel by 5 of 255 shades on average, whatever the cost. (The paper takes another optimizer, L-BFGS, and many take Adam.
# Here such plain steps are enough.)
#
# </details>
#
# One more thing: a picture has a range. A pixel of 280 or of -30 cannot be shown, so cut off what leaves 0 … 255.

# %% [markdown]
# ### Exercise 2: `paint_step` (5 points)
#
# <details><summary>Hint 1</summary>
#
# Begin with a copy that wants a gradient: `G = picture.detach().clone().requires_grad_()`. The picture that you got
# stays as it is.
#
# <details><summary>Hint 2</summary>
#
# `J = cost(G)`, and `torch.autograd.grad(J, G)` gives a tuple with one gradient. The network is not in it, and nothing
# adds up from step to step.
#
# <details><summary>Hint 3</summary>
#
# `size = gradient.abs().mean()`. Divide by it, but only where it is above 0. Then
# `(G.detach() - learning_rate * gradient).clamp(0, 255)`, and beside it `J.item()`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "paint_step_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def paint_step(picture, cost, learning_rate):
    """Change a picture a little, so that a cost falls: one step of gradient descent, measured in shades.

    Args:
        picture: a tensor of shape (1, 3, H, W), floats from 0 to 255. It stays as it is.
        cost: a function or a module. Called with such a tensor, it gives a tensor of shape (). It stays as it is.
        learning_rate: how many of the 255 shades a pixel moves on average, a float above 0.

    Returns:
        (picture, J): the new picture, a tensor of the same shape, detached: it remembers nothing of how it was made, and
        needs no gradient. And the cost of the old one, a float. The new
        one is the old one less learning_rate times the gradient over the gradient's mean absolute value, cut off at 0
        and at 255. Where the gradient is 0 everywhere, it is the old one.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The cost of the picture, and the gradient with respect to each of its pixels.
    ### BEGIN SOLUTION
    G = picture.detach().clone().requires_grad_()
    J = cost(G)
    (gradient,) = torch.autograd.grad(J, G)
    ### END SOLUTION
    # 2. Divided by its mean size, if that is not 0.
    ### BEGIN SOLUTION
    size = gradient.abs().mean()
    if size > 0:
        gradient = gradient / size
    ### END SOLUTION
    # 3. A step downhill, within the range of a picture; and what the cost was.
    ### BEGIN SOLUTION
    return (G.detach() - learning_rate * gradient).clamp(0, 255), J.item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "paint_step", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("paint_step") as check:
    # A cost whose gradient is 1, -1, 2, 0, -2, 6, whatever the picture. Its mean size is 2. With a learning rate of 8 the
    # pixels move by -4, +4, -8, 0, +8, -24; two of them would leave 0 ... 255.
    layers = [("flatten", "Flatten", 0), ("weigh", "Linear", 6, 1, {"bias": False}), ("cost", "Sum")]
    slopes = torch.tensor([[1.0, -1.0, 2.0, 0.0, -2.0, 6.0]])
    cost = testing.make("cnnkit.stacks.stack", layers, state={"weigh.weight": slopes})
    picture = torch.tensor([10.0, 254.0, 4.0, 100.0, 50.0, 200.0]).reshape(1, 3, 1, 2)
    new, J = check.parts(paint_step(picture, cost, 8.0), ("picture", "J"), "paint_step(picture, cost, 8)")
    expected = torch.tensor([6.0, 255.0, 0.0, 100.0, 58.0, 176.0]).reshape(1, 3, 1, 2)
    check.equal(
        new,
        expected,
        "the picture of paint_step(picture, cost, 8)",
        axes=("picture", "channel", "row", "column"),
    )
    # The cost before the step: 10 - 254 + 8 + 0 - 100 + 1200.
    check.equal(J, 864.0, "J of paint_step(picture, cost, 8)")
    check.true(
        testing.unchanged(paint_step, [picture, cost, 8.0]),
        "paint_step should leave the picture and the cost that it gets as they are.",
    )
    check.true(
        testing.detached(paint_step, [picture, cost, 8.0]),
        "The new picture should be detached. One that needs a gradient remembers all steps that led to it.",
    )

    # A cost that does not depend on the picture: nowhere to go.
    flat = testing.make("cnnkit.stacks.stack", layers, state={"weigh.weight": torch.zeros(1, 6)})
    new, J = check.parts(paint_step(picture, flat, 8.0), ("picture", "J"), "paint_step(picture, flat, 8)")
    check.equal(
        new,
        picture,
        "the picture of paint_step(picture, flat, 8)",
        axes=("picture", "channel", "row", "column"),
    )

# %% nbgrader={"grade": true, "grade_id": "paint_step_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of paint_step: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("paint_step") as check:
    rng = testing.rng("paint_step_hidden")
    for _ in range(2):
        H, W, hidden = (int(n) for n in rng.integers([2, 3, 3], [4, 6, 6]))
        pixels, rate = 3 * H * W, float(rng.uniform(2, 9))
        first = rng.normal(0, 0.02, (hidden, pixels))
        second = rng.uniform(0.5, 2.0, (1, hidden)) * rng.choice([-1, 1], (1, hidden))
        layers = [
            ("flatten", "Flatten", 0),
            ("in", "Linear", pixels, hidden, {"bias": False}),
            ("bend", "Softplus"),
            ("out", "Linear", hidden, 1, {"bias": False}),
            ("cost", "Sum"),
        ]
        state = {
            "in.weight": torch.tensor(first, dtype=torch.float32),
            "out.weight": torch.tensor(second, dtype=torch.float32),
        }
        cost = testing.make("cnnkit.stacks.stack", layers, state=state)
        before = rng.choice([0.5, 254.5, *rng.uniform(30, 225, 4)], (1, 3, H, W))
        picture = torch.tensor(before, dtype=torch.float32)
        # By the chain rule, in NumPy: the slope of log(1 + exp(z)) is 1 / (1 + exp(-z)). Two steps, one after the other.
        for step in (1, 2):
            z = first @ picture.double().numpy().ravel()
            slopes = ((second / (1 + np.exp(-z))) @ first).reshape(before.shape)
            moved = picture.double().numpy() - rate * slopes / np.abs(slopes).mean()
            called = f"paint_step(picture of {H} x {W}, cost, {rate:.2f}), step {step}"
            check.true(
                testing.unchanged(paint_step, [picture, cost, rate]),
                f"{called} should leave its arguments as they are.",
            )
            check.true(
                testing.detached(paint_step, [picture, cost, rate]),
                f"The picture of {called} should be detached.",
            )
            new, J = check.parts(paint_step(picture, cost, rate), ("picture", "J"), called)
            check.equal(
                new, torch.tensor(np.clip(moved, 0, 255), dtype=torch.float32), f"the picture of {called}",
                axes=("picture", "channel", "row", "column"), rtol=1e-3, atol=2e-2,
            )  # fmt: skip
            expected = float((second @ np.logaddexp(0, z))[0])
            check.equal(J, expected, f"J of {called}", rtol=1e-3, atol=1e-3)
            picture = new.detach()
    # Nothing to gain anywhere: the picture stays, and no number is lost.
    state["out.weight"] = torch.zeros(1, hidden)
    nothing = testing.make("cnnkit.stacks.stack", layers, state=state)
    still, _ = check.parts(
        paint_step(picture, nothing, rate), ("picture", "J"), "paint_step(picture, cost without slope, …)"
    )
    check.equal(
        still, picture, "the picture of paint_step(picture, cost without slope, …)",
        axes=("picture", "channel", "row", "column"),
    )  # fmt: skip
### END HIDDEN TESTS

# %% [markdown]
# ### See it: a photograph from noise
#
# Take a picture of coloured noise. Change it, step by step, until a layer of the network can hardly tell it from the
# photograph. Then look at what you have: it is all that this layer *knows* of the photograph.
#
# **Predict:** what comes back for a shallow layer? And for a deep one?
#
# Two details help. Steps become smaller towards the end, from `learning_rate` to a tenth of it. And in each step the
# picture is shifted by up to a pixel before the network looks. A layer of stride 2 sets its filter down at every second
# place only. A pattern that repeats every two pixels looks the same at each of these places, so the layer takes it for
# one flat colour. *What goes wrong when…*, near the end, shows what that does to a picture.


# %% nbgrader={"grade": false, "grade_id": "steps_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
def noise(size, seed=0):
    """A picture of coloured noise around grey, (1, 3, H, W), from 64 to 192."""
    return (64 + 128 * torch.rand((1, 3, *size), generator=cnnkit.generator(seed))).to(device)


def shifted(x, generator, most=1):
    """A picture, moved by up to so many pixels; what leaves at one edge comes in at the other."""
    by = torch.randint(-most, most + 1, (2,), generator=generator).tolist()
    return x.roll(by, dims=(2, 3))


def steps_of(picture, cost, steps, learning_rate):
    """Change a picture step by step, with ever smaller steps; gives each one and what the cost was."""
    for step in range(steps):
        picture, J = paint_step(picture, cost, learning_rate * (1 - 0.9 * step / steps))
        yield picture, J


def last_of(pairs):
    """The last picture."""
    *_, (picture, _) = pairs
    return picture


# %%
SMALL = (48, 64) if cnnkit.quick() else (96, 128)
FEW = 3 if cnnkit.quick() else 60


def content_alone(x, layer):
    """The cost of a picture that should look like x to one layer."""
    a_C, draw = activations(x, [layer])[layer], cnnkit.generator(0)
    return lambda G: content_cost(a_C, activations(shifted(G, draw), [layer])[layer])


tower_small, starry_small = canvas(photo("china"), SMALL), canvas(painting(), SMALL)
found = {"the noise": bytes_of(noise(SMALL))}
for layer in ("stem", "block1", "block4", "block10"):
    made = last_of(steps_of(noise(SMALL), content_alone(tower_small, layer), FEW, learning_rate=8.0))
    found[f"from {layer}"] = bytes_of(made)
hang(
    found,
    title="The deeper the layer, the less is left: first colours go, then lines",
    alt="Noise, and four pictures made of it. From the stem the photograph comes back with its colours. From block 1 it "
    "is sharp, but the colours are off. From block 4 the tower is there in outlines of any colour. From block 10 its "
    "outlines dissolve in coloured grain.",
)

# %% [markdown]
# A shallow layer holds you to every pixel: nothing is left to paint. A deep one only asks for something with roofs,
# somewhere about there. In between lies a layer that keeps what is where, and leaves you the colours and the brush. We
# take `block4`. (Look closely: a fine chequer is left in some of them. The shift makes such patterns weaker. It does not
# make them impossible, for a chequer that moves by one along both axes is the same chequer.)

# %% [markdown]
# # Part 2: what is a style?
#
# ## 4. Who speaks up together
#
# Look at the *Starry Night* again. Its style is not *what* is where: a piece of sky from the left could as well hang on
# the right. It is rather that yellow comes in short strokes, that strokes run side by side, that blue strokes curve. In
# the words of a layer: **which channels are active at the same places.** If one channel answers to short diagonal
# strokes and another to yellow, then in this painting both speak up together.
#
# So lay out each channel as a row of $N = HW$ numbers, one for each position. That is the matrix $A$, of shape (C, N).
# For two channels $k$ and $k'$, multiply their numbers position by position, and add up:
#
# $$ G_{kk'} = \sum_{n=1}^{N} A_{kn} A_{k'n} \qquad\text{or, for all pairs at once,}\qquad G = A A^{\mathsf{T}} $$
#
# This is the **Gram matrix**, or style matrix, of shape (C, C). It is large where two channels are active at the same
# positions, whichever positions these are. (Everybody calls it $G$, and the generated picture too. The matrix is the one
# with two indices; $G^{(S)}$ is that of the painting, $G^{(G)}$ that of the generated picture.)
#
# **Predict**, before you write it:
#
# 1. $A$ is (3, 8). What is the shape of $G$? And what would $A^{\mathsf{T}} A$ be?
# 2. What stands at $G_{21}$, if $G_{12} = 7$?
# 3. Can a number on the diagonal be negative?
# 4. You shuffle the positions, all channels in the same way. What happens to $G$?
#
# <details><summary>Compare with your answer</summary>
#
# 1. (3, 3): a row and a column for each channel. $A^{\mathsf{T}} A$ is (8, 8): it compares *positions*.
# 2. Also 7: $G$ is symmetric.
# 3. No: it is a sum of squares. More than that: $v^{\mathsf{T}} G v = \lVert A^{\mathsf{T}} v \rVert^2 \ge 0$ for every
#    vector $v$. Such matrices are called *positive semi-definite*.
# 4. Nothing. The same products are added up in another order. *Where* something was is gone, and that is what we want.
#
# </details>
#
# > **The notes say…** $F F^{\mathsf{T}}$ for an $F$ of shape $HW \times C$. That would be $HW \times HW$. With positions
# > along the rows it is $F^{\mathsf{T}} F$; with channels along the rows, as here, $A A^{\mathsf{T}}$. Either way the
# > matrix has a row and a column for each *channel*.
#
# (Statisticians would subtract each channel's mean first, and call it covariance. The Gram matrix does not: how active
# a channel is on the whole belongs to the style as well.)

# %% [markdown]
# ### Exercise 3: `gram_matrix` (4 points)
#
# <details><summary>Hint 1</summary>
#
# Which two shapes do you multiply, so that (C, C) comes out and N is what is summed over?
#
# <details><summary>Hint 2</summary>
#
# `A.T` is (N, C). One line is enough, and nothing is divided: the cost will do that.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "gram_matrix_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gram_matrix(A):
    """Say which channels are active together: the Gram matrix, the sums of products of each two channels.

    Args:
        A: a tensor of shape (C, N): a row for each channel, a column for each of N positions.

    Returns:
        A tensor of shape (C, C): at [k, l] the sum over the positions of A[k] times A[l]. Nothing is divided.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Each channel times each channel, added up over the positions.
    ### BEGIN SOLUTION
    return A @ A.transpose(0, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gram_matrix", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("gram_matrix") as check:
    # Two channels, three positions: 1 * 1 + 2 * 2 + 0 * 0 = 5, and 1 * 0 + 2 * 1 + 0 * 3 = 2.
    A = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]])
    expected = torch.tensor([[5.0, 2.0], [2.0, 10.0]])
    check.equal(gram_matrix(A), expected, "gram_matrix([[1, 2, 0], [0, 1, 3]])", axes=("channel", "channel"))

    # The same positions in another order: the same matrix.
    mixed = torch.tensor([[0.0, 1.0, 2.0], [3.0, 0.0, 1.0]])
    check.equal(
        gram_matrix(mixed), expected, "gram_matrix([[0, 1, 2], [3, 0, 1]])", axes=("channel", "channel")
    )

    # Gradients flow back: for the sum of the matrix, twice the sum of each position's channels.
    pull = testing.grad(gram_matrix, [A], wrt=0)
    slopes = torch.tensor([[2.0, 6.0, 6.0], [2.0, 6.0, 6.0]])
    check.equal(pull, slopes, "the gradient of the sum of gram_matrix(A)", axes=("channel", "position"))

    # A channel that is never active together with another has nothing in common with it.
    alone = torch.tensor([[2.0, 0.0], [0.0, -3.0], [0.0, 1.0]])
    expected = torch.tensor([[4.0, 0.0, 0.0], [0.0, 9.0, -3.0], [0.0, -3.0, 1.0]])
    check.equal(
        gram_matrix(alone), expected, "gram_matrix([[2, 0], [0, -3], [0, 1]])", axes=("channel", "channel")
    )

# %% nbgrader={"grade": true, "grade_id": "gram_matrix_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of gram_matrix: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("gram_matrix") as check:
    rng = testing.rng("gram_matrix_hidden")
    for C, N in ((1, 7), (5, 3), tuple(int(n) for n in rng.integers([3, 20], [9, 40]))):
        values = rng.normal(0.5, 1.0, size=(C, N))
        A = torch.tensor(values, dtype=torch.float32)
        called = f"gram_matrix(A) for A of shape {(C, N)}"
        G = gram_matrix(A)
        # The sum, position by position, of what each contributes: an outer product.
        expected = sum(np.outer(at, at) for at in values.T)
        expected = torch.tensor(expected, dtype=torch.float32)
        close = {"axes": ("channel", "channel"), "rtol": 1e-4, "atol": 1e-4}
        check.equal(G, expected, called, **close)
        check.equal(G.T, G, f"{called}, transposed", **close)
        order = torch.tensor(rng.permutation(N))
        check.equal(gram_matrix(A[:, order]), G, f"{called}, its positions shuffled", **close)
        least = float(torch.linalg.eigvalsh(G.double()).min())
        check.true(
            least > -1e-4 * N, f"{called} should have no negative eigenvalue: v G v is a sum of squares."
        )
        # The sum of the matrix is the squared length of the sum of its rows.
        pull = testing.grad(gram_matrix, [A], wrt=0)
        wanted = 2 * A.sum(dim=0, keepdim=True).expand(C, N)
        check.equal(
            pull,
            wanted,
            f"the gradient of the sum of {called}",
            axes=("channel", "position"),
            rtol=1e-4,
            atol=1e-4,
        )
        check.true(testing.unchanged(gram_matrix, [A]), f"{called} should leave its argument as it is.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: a painting in pieces
#
# Cut the painting into 12 × 16 tiles, and shuffle them. Is it still in the same style? And what does a content cost say
# to it? **Predict** which of the two distances is larger, if each is measured in units of the distance between the
# painting and the photograph.


# %%
def shuffled_tiles(x, rows=12, columns=16, seed=0):
    """A picture (1, 3, H, W), cut into equal tiles, which are put together in another order."""
    _, _, H, W = x.shape
    h, w = H // rows, W // columns
    tiles = x.reshape(3, rows, h, columns, w).permute(1, 3, 0, 2, 4).reshape(rows * columns, 3, h, w)
    order = torch.randperm(rows * columns, generator=cnnkit.generator(seed))
    mixed = tiles[order.to(x.device)].reshape(rows, columns, 3, h, w)
    return mixed.permute(2, 0, 3, 1, 4).reshape(1, 3, H, W)


def rows_of(a):
    """What a layer puts out, (1, C, H, W), as a matrix (C, H W)."""
    return a[0].flatten(1)


def gram_distance(a, b):
    """How far the Gram matrices of two layers are apart."""
    return (gram_matrix(rows_of(a)) - gram_matrix(rows_of(b))).norm().item()


def pictures_and_grams(those, layer, title, alt):
    """Pictures, and below each its Gram matrix: violet below zero, white at zero, orange above."""
    grams = {name: gram_matrix(rows_of(activations(x, [layer])[layer])).cpu() for name, x in those.items()}
    most = max(gram.abs().max().item() for gram in grams.values())
    figure, axes = plt.subplots(2, len(those), figsize=(3.4 * len(those), 6.2), layout="constrained")
    for (above, below), (name, x) in zip(axes.T, those.items(), strict=True):
        above.imshow(bytes_of(x))
        above.set_axis_off()
        above.set_title(name)
        drawn = below.imshow(grams[name], cmap="PuOr_r", vmin=-most, vmax=most)
        below.set_xlabel("channel")
        below.set_ylabel("channel")
    figure.colorbar(drawn, ax=axes[1], label="sum of products")
    figure.suptitle(title)
    pictures.display_figure(figure, alt)


pieces = shuffled_tiles(starry)
a_starry, a_tower, a_pieces = (activations(x, ["block1"])["block1"] for x in (starry, tower, pieces))
in_content = (content_cost(a_starry, a_pieces) / content_cost(a_starry, a_tower)).item() ** 0.5
in_style = gram_distance(a_starry, a_pieces) / gram_distance(a_starry, a_tower)
pictures_and_grams(
    {"the painting": starry, "in pieces": pieces, "the photograph": tower},
    "block1",
    title="In pieces the painting is far from itself in content, and near in style",
    alt="The painting, the same in small tiles in another order, and the photograph; below each the Gram matrix of block "
    "1. The first two matrices look alike, with the same dark and light rows; the third differs.",
)
print("distance from the painting, in units of the photograph's distance")
print(f"  in pieces: {in_content:.0%} in content, {in_style:.0%} in style")

# %% [markdown]
# The content cost does not forgive the shuffle: almost nothing is where it was. The Gram matrix changes much less. (It
# does change: along the tiles' edges are lines that no brush has drawn.)

# %% [markdown]
# ## 5. One layer's style
#
# Now compare the Gram matrices of two pictures, number by number, and add up the squares. That is the squared
# *Frobenius norm* of their difference. Deep layers have many channels, shallow ones many positions, and sums of more
# numbers are larger. A divisor brings all layers to about the same size:
#
# $$ J^{[l]}_{\text{style}}(S, G) = \frac{1}{(2 H W C)^2} \sum_{k=1}^{C} \sum_{k'=1}^{C}
# \bigl(G^{(S)}_{kk'} - G^{(G)}_{kk'}\bigr)^2 $$
#
# > **The notes say…** two things. One has $\frac{1}{2HWC}$ in front of the norm, others $\frac{1}{(2HWC)^2}$ in front of
# > its square. The second is the paper's, and ours. (It is the square of the first: twice as far is four times the
# > cost, as with the content.)
#
# The division happens here, and *only* here. If `gram_matrix` divided as well, all would be divided twice.

# %% [markdown]
# ### Exercise 4: `layer_style_cost` (4 points)
#
# <details><summary>Hint 1</summary>
#
# From (1, C, H, W) to (C, N): take the only picture, and lay its rows and columns out in one. `a_S[0].flatten(1)`
# does that; `.reshape(H * W, C)` would mix channels and positions.
#
# <details><summary>Hint 2</summary>
#
# Two calls of `gram_matrix`, then as in `content_cost`: the difference, squared, added up. The painting is a target:
# `a_S.detach()`.
#
# <details><summary>Hint 3</summary>
#
# `_, C, H, W = a_G.shape`, and in the end `/ (2 * H * W * C) ** 2`. Mind the brackets.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "layer_style_cost_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_style_cost(a_S, a_G):
    """Say how far two pictures are apart in style, as one layer sees it.

    Args:
        a_S: what the layer puts out for the style picture, a tensor of shape (1, C, H, W). It is the target: no gradient
            flows to it.
        a_G: what it puts out for the generated picture, of the same shape. Gradients flow to it.

    Returns:
        A tensor with one number, of shape (): the sum of the squared differences of the two Gram matrices, divided by
        (2 H W C) squared.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Both as matrices (C, H W), the target detached; and their Gram matrices.
    ### BEGIN SOLUTION
    _, C, H, W = a_G.shape
    of_S, of_G = gram_matrix(a_S.detach().reshape(C, H * W)), gram_matrix(a_G.reshape(C, H * W))
    ### END SOLUTION
    # 2. The sum of the squared differences, over (2 H W C) squared.
    ### BEGIN SOLUTION
    return (of_S - of_G).square().sum() / (2 * H * W * C) ** 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "layer_style_cost", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("layer_style_cost") as check:
    # Two channels of 1 x 4. Gram matrices [[4, 4], [4, 8]] and [[20, 10], [10, 6]]: they differ by 16, 6, 6 and 2, which
    # is 256 + 36 + 36 + 4 = 332 in squares; 2 * 1 * 4 * 2 is 16, and 332 / 256 is 1.296875.
    a_S = torch.tensor([[[[1.0, 1.0, 1.0, 1.0]], [[0.0, 2.0, 2.0, 0.0]]]])
    a_G = torch.tensor([[[[3.0, 1.0, 1.0, 3.0]], [[1.0, 1.0, 0.0, 2.0]]]])
    check.equal(layer_style_cost(a_S, a_G), torch.tensor(1.296875), "layer_style_cost(a_S, a_G)")

    # The same numbers at other places: no difference in style.
    check.equal(layer_style_cost(a_S, a_S.flip(3)), torch.tensor(0.0), "layer_style_cost(a_S, a_S mirrored)")

    # No gradient flows to the painting: it is detached, and who asks for one is told so by a TypeError.
    check.raises(
        TypeError, testing.grad, layer_style_cost, [a_S, a_G], 0,
        label="asking for the gradient of layer_style_cost with respect to a_S, the detached target,",
    )  # fmt: skip

# %% nbgrader={"grade": true, "grade_id": "layer_style_cost_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of layer_style_cost: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("layer_style_cost") as check:
    rng = testing.rng("layer_style_cost_hidden")
    for _ in range(3):
        C, H, W = (int(n) for n in rng.integers([3, 2, 7], [6, 6, 11]))
        S, G = (rng.normal(0.3, 1.0, size=(1, C, H, W)) for _ in range(2))
        a_S, a_G = torch.tensor(S, dtype=torch.float32), torch.tensor(G, dtype=torch.float32)
        called = f"layer_style_cost(a_S, a_G) for layers of {(1, C, H, W)}"
        # Channel by channel, from the pictures themselves; no matrix product.
        apart = np.array(
            [[(S[0, k] * S[0, m] - G[0, k] * G[0, m]).sum() for m in range(C)] for k in range(C)]
        )
        expected = torch.tensor((apart**2).sum() / (2.0 * H * W * C) ** 2, dtype=torch.float32)
        check.equal(layer_style_cost(a_S, a_G), expected, called, rtol=1e-3, atol=1e-6)
        # Where things are does not count, in either picture.
        order = rng.permutation(H * W)
        moved = torch.tensor(G.reshape(1, C, H * W)[:, :, order].reshape(1, C, H, W), dtype=torch.float32)
        check.equal(
            layer_style_cost(a_S, moved), expected, f"{called}, positions shuffled", rtol=1e-3, atol=1e-6
        )
        # The formula's own gradient: the Gram matrices' difference times the layer, over (H W C) squared.
        pull = -np.einsum("km,mhw->khw", apart, G[0])[None] / (H * W * C) ** 2
        check.equal(
            testing.grad(layer_style_cost, [a_S, a_G], wrt=1), torch.tensor(pull, dtype=torch.float32),
            f"the gradient of {called} with respect to a_G", axes=("picture", "channel", "row", "column"),
            rtol=1e-3, atol=1e-5,
        )  # fmt: skip
        check.raises(
            TypeError, testing.grad, layer_style_cost, [a_S, a_G], 0,
            label=f"asking for the gradient of {called} with respect to a_S, the detached target,",
        )  # fmt: skip
        check.true(
            testing.unchanged(layer_style_cost, [a_S, a_G]),
            f"{called} should leave its arguments as they are.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ## 6. All layers together
#
# A shallow layer sees strokes of a few pixels, a deep one sees how strokes make swirls. A style has both. So take
# several layers, and add up their costs, each with a weight $\lambda^{[l]}$ that you choose:
#
# $$ J_{\text{style}}(S, G) = \sum_{l} \lambda^{[l]} J^{[l]}_{\text{style}}(S, G) $$
#
# In Python both pictures come as dictionaries, `{layer: activations}`, and so do the weights. The weights decide which
# layers count: there may be more layers in the other two, such as the one for the content.

# %% [markdown]
# ### Exercise 5: `style_cost` (4 points)
#
# <details><summary>Hint 1</summary>
#
# Go through `weights.items()`. Each gives you a layer's name and its weight.
#
# <details><summary>Hint 2</summary>
#
# `layer_style_cost(features_S[layer], features_G[layer])` is that layer's part. `sum(…)` adds tensors too. Nothing is
# divided by anything: weights need not add up to 1.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "style_cost_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def style_cost(features_S, features_G, weights):
    """Say how far two pictures are apart in style, over several layers.

    Args:
        features_S: {name of a layer: what it puts out for the style picture, (1, C, H, W)}; C, H and W differ from layer
            to layer. The targets: no gradient flows to them.
        features_G: the same layers for the generated picture. Gradients flow to it.
        weights: {name of a layer: its weight, a float}, at least one. The other two may have more layers, in any order;
            those do not count.

    Returns:
        A tensor with one number, of shape (): the weighted sum of the layers' style costs.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # The sum, over the layers that have a weight, of that weight times the layer's cost.
    ### BEGIN SOLUTION
    costs = {layer: layer_style_cost(features_S[layer], features_G[layer]) for layer in weights}
    return sum(weights[layer] * cost for layer, cost in costs.items())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "style_cost", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("style_cost") as check:
    # One channel of one pixel: Gram matrices [[4]] and [[0]], cost 16 / 4 = 4. One of two pixels: [[2]] and [[0]], cost
    # 4 / 16 = 0.25. And a third layer, which has no weight.
    features_S = {
        "content": torch.ones(1, 1, 1, 1),
        "shallow": torch.full((1, 1, 1, 1), 2.0),
        "deep": torch.ones(1, 1, 1, 2),
    }
    features_G = {
        "deep": torch.zeros(1, 1, 1, 2),
        "shallow": torch.zeros(1, 1, 1, 1),
        "content": torch.full((1, 1, 1, 1), 5.0),
    }
    weights = {"deep": 8.0, "shallow": 0.5}
    called = "style_cost(features_S, features_G, {'deep': 8, 'shallow': 0.5})"
    check.equal(style_cost(features_S, features_G, weights), torch.tensor(4.0), called)

    # One layer alone.
    called = "style_cost(features_S, features_G, {'shallow': 3})"
    check.equal(style_cost(features_S, features_G, {"shallow": 3.0}), torch.tensor(12.0), called)

    # A generated pixel g costs (4 - g * g) ** 2 / 4, times the weight. At g = 1 the slope of that is -3, times 2.
    given = [features_S, {"shallow": torch.ones(1, 1, 1, 1)}, {"shallow": 2.0}]
    check.equal(
        testing.grad(style_cost, given, wrt=(1, "shallow")),
        torch.full((1, 1, 1, 1), -6.0),
        "the gradient of style_cost(features_S, {'shallow': 1}, {'shallow': 2}) with respect to the generated layer",
    )
    # No gradient flows to the painting: its layers are detached, and who asks for one is told so by a TypeError.
    check.raises(
        TypeError, testing.grad, style_cost, given, (0, "shallow"),
        label="asking for the gradient of style_cost with respect to a layer of the painting",
    )  # fmt: skip

# %% nbgrader={"grade": true, "grade_id": "style_cost_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of style_cost: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("style_cost") as check:
    rng = testing.rng("style_cost_hidden")
    for number in (1, 2, 4):
        names = [f"layer{n}" for n in rng.permutation(9)[: number + 2].tolist()]
        shapes = {name: (1, *(int(n) for n in rng.integers([2, 2, 2], [5, 5, 6]))) for name in names}
        S, G = ({name: rng.normal(0.4, 1.0, size=shapes[name]) for name in names} for _ in range(2))
        weights = {name: float(rng.uniform(0.2, 3)) for name in names[:number]}
        expected, pulls = 0.0, {}
        for name, weight in weights.items():
            _, C, H, W = shapes[name]
            flat_S, flat_G = S[name].reshape(C, -1), G[name].reshape(C, -1)
            apart = np.tensordot(flat_S, flat_S, axes=(1, 1)) - np.tensordot(flat_G, flat_G, axes=(1, 1))
            expected += weight * np.linalg.norm(apart) ** 2 / (2.0 * H * W * C) ** 2
            pulls[name] = -weight * np.einsum("km,bmhw->bkhw", apart, G[name]) / (H * W * C) ** 2
        features_S, features_G = (
            {name: torch.tensor(one[name], dtype=torch.float32) for name in order}
            for one, order in ((S, names[::-1]), (G, rng.permutation(names).tolist()))
        )
        called = f"style_cost(…) with {number} of {len(names)} layers"
        wanted = torch.tensor(expected, dtype=torch.float32)
        check.equal(style_cost(features_S, features_G, weights), wanted, called, rtol=1e-3, atol=1e-5)
        # What pulls at each layer: the formula's own gradient.
        for name, pull in pulls.items():
            check.equal(
                testing.grad(style_cost, [features_S, features_G, weights], wrt=(1, name)),
                torch.tensor(pull, dtype=torch.float32), f"the gradient of {called} with respect to features_G[{name!r}]",
                axes=("picture", "channel", "row", "column"), rtol=1e-3, atol=1e-5,
            )  # fmt: skip
            check.raises(
                TypeError, testing.grad, style_cost, [features_S, features_G, weights], (0, name),
                label=f"asking for the gradient of {called} with respect to features_S[{name!r}], a target,",
            )  # fmt: skip
        # Weights that are twice as large make a cost twice as large: nothing is divided by their sum.
        twice = {name: 2 * weight for name, weight in weights.items()}
        check.equal(
            style_cost(features_S, features_G, twice),
            2 * wanted,
            f"{called}, all weights doubled",
            rtol=1e-3,
            atol=1e-5,
        )
        check.true(
            testing.unchanged(style_cost, [features_S, features_G, weights]),
            f"{called} should leave its arguments as they are.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: a style without a content
#
# Start from noise once more, and let it follow the style alone. **Predict:** what do you get from the shallowest layer
# alone? And what do deeper ones add?
#
# But which weights? **Measure before you choose.** Here is what each layer's cost says of the photograph, compared with
# the painting:

# %%
of_starry, of_tower = activations(starry, STYLE_LAYERS), activations(tower, STYLE_LAYERS)
print("how far the photograph is from the painting's style")
for layer in STYLE_LAYERS:
    print(f"  {layer:7} {layer_style_cost(of_starry[layer], of_tower[layer]).item():8.3f}")

# %% [markdown]
# One layer's cost is many times another's, although the divisor should have made them alike: the network's own numbers
# are of different size from layer to layer. With equal weights, one layer would have all the say. So give each layer the
# weight 1 over this cost. Then "1" means the same in every layer: *as far from the style as the photograph is.* And
# divide by the number of layers, so that the whole style cost of the photograph is 1 as well.


# %% nbgrader={"grade": false, "grade_id": "weights_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
def balanced(features_S, features_C, say):
    """Weights by which the style cost of the content picture is 1, and each layer has its say in it.

    Args:
        features_S, features_C: {layer: activations} of the style and of the content picture.
        say: {layer: how much it counts, from 0 up}.
    """
    total = max(sum(say.values()), 1e-6)
    costs = {layer: layer_style_cost(features_S[layer], features_C[layer]).item() for layer in say}
    return {layer: say[layer] / total / max(costs[layer], 1e-12) for layer in say}


# %%
def style_alone(style, photograph, layers):
    """The cost of a picture that should look like the style to some layers."""
    features_S, draw = activations(style, layers), cnnkit.generator(0)
    weights = balanced(features_S, activations(photograph, layers), dict.fromkeys(layers, 1))
    return lambda G: style_cost(features_S, activations(shifted(G, draw), layers), weights)


found = {"the painting": bytes_of(starry_small)}
for count in (1, 3, 5):
    layers = STYLE_LAYERS[:count]
    made = last_of(
        steps_of(noise(SMALL), style_alone(starry_small, tower_small, layers), FEW, learning_rate=8.0)
    )
    found[f"from {layers[0]}" + (f" to {layers[-1]}" if count > 1 else "")] = bytes_of(made)
hang(
    found,
    columns=2,
    title="Shallow layers bring the colours, deeper ones the strokes and the swirls",
    alt="The painting, and three pictures made of noise. With the stem alone: grains in the painting's blue and yellow. "
    "With three layers: short curved strokes. With all five: swirls, and yellow spots like stars.",
)

# %% [markdown]
# Nothing of this was ever painted, and no star is where Van Gogh put one. The Gram matrices know what goes with what,
# and nothing of where.
#
# # Part 3: a painting
#
# ## 7. Both at once
#
# You want a picture that is near to the photograph in content and near to the painting in style. The two pull in
# different directions, so you have to say how much each of them counts:
#
# $$ J(G) = \alpha\, J_{\text{content}}(C, G) + \beta\, J_{\text{style}}(S, G) $$
#
# **Ask yourself:** why two weights? Would not one be enough?
#
# <details><summary>Compare with your answer</summary>
#
# It would: only their ratio matters for where the lowest cost lies. (For our step even for the way there, since it is
# measured in shades.) The paper has two, and so has everybody since.
#
# </details>

# %% [markdown]
# ### Exercise 6: `total_cost` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Each weight times its own cost, and a plus between them. Look twice which weight belongs to which.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "total_cost_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def total_cost(J_content, J_style, alpha=10, beta=40):
    """Join both costs: alpha times the content's plus beta times the style's.

    Args:
        J_content: the content cost, a tensor with one number, of shape ().
        J_style: the style cost, the same.
        alpha: how much the content counts, a number.
        beta: how much the style counts, a number.

    Returns:
        A tensor with one number, of shape ().

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Each cost with its own weight.
    ### BEGIN SOLUTION
    return alpha * J_content + beta * J_style
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "total_cost", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("total_cost") as check:
    J_content, J_style = torch.tensor(3.0), torch.tensor(0.5)
    # 2 * 3 + 8 * 0.5, and with the weights that one gets without asking: 10 * 3 + 40 * 0.5.
    check.equal(total_cost(J_content, J_style, 2, 8), torch.tensor(10.0), "total_cost(3, 0.5, 2, 8)")
    check.equal(total_cost(J_content, J_style), torch.tensor(50.0), "total_cost(3, 0.5)")
    # A style that does not count.
    check.equal(total_cost(J_content, J_style, 1, 0), torch.tensor(3.0), "total_cost(3, 0.5, 1, 0)")

# %% nbgrader={"grade": true, "grade_id": "total_cost_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of total_cost: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("total_cost") as check:
    rng = testing.rng("total_cost_hidden")
    for _ in range(4):
        content, style, alpha, beta = (float(n) for n in rng.uniform(0.1, 9.0, 4))
        J_content, J_style = torch.tensor(content), torch.tensor(style)
        called = f"total_cost({content:.2f}, {style:.2f}, {alpha:.2f}, {beta:.2f})"
        expected = torch.dot(torch.tensor([alpha, beta]), torch.tensor([content, style]))
        check.equal(total_cost(J_content, J_style, alpha, beta), expected, called, rtol=1e-5)
        named = total_cost(J_content, J_style, beta=beta, alpha=alpha)
        check.equal(named, expected, f"{called}, its weights by name", rtol=1e-5)
        by_default = torch.tensor(10 * (content + 4 * style))
        check.equal(
            total_cost(J_content, J_style), by_default, f"total_cost({content:.2f}, {style:.2f})", rtol=1e-5
        )
        # How fast the total grows with each cost is that cost's weight.
        for wrt, weight in ((0, alpha), (1, beta)):
            slope = testing.grad(total_cost, [J_content, J_style, alpha, beta], wrt=wrt)
            check.equal(
                slope, torch.tensor(weight), f"the slope of {called} along argument {wrt + 1}", rtol=1e-5
            )
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Paint
#
# Everything is there. Two questions remain.
#
# **Which weights?** The content cost is a sum of thousands of squares, the style cost of the photograph is 1. Measure
# again: give the content the unit in which *the painting itself* has 1, for its content is as wrong as can be. Then
# $\alpha = 1$ and $\beta = 20$ say in plain words that the style counts twenty times as much.
#
# **Where to start?** From noise, as the paper does, or from the photograph. **Predict:** which of the two looks like
# the photograph sooner? And what is the content cost at the start?
#
# <details><summary>Compare with your answer</summary>
#
# From the photograph the content is right from the beginning. Its cost starts at 0 and has to rise, so that the style
# can fall. From noise, both have to be found, and after a minute the content is not there yet. Noise has its charm, too:
# another noise gives another painting. (Ours is always the same noise, `noise(…, seed=0)`.)
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "painting_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
SAY = dict.fromkeys(STYLE_LAYERS, 1)
STARTS = ("the photograph", "noise")


class PaintingCost:
    """The cost of a picture, both parts in units of the pictures that it comes from; `parts` holds those of the last call."""

    def __init__(self, C, S, content_layer, say, alpha, beta, shift=1):
        self.content_layer, self.alpha, self.beta, self.shift = content_layer, alpha, beta, shift
        self.layers, self.draw, self.parts = [content_layer, *say], cnnkit.generator(0), (0.0, 0.0)
        of_C, self.of_S = self.look(C), self.look(S)
        self.a_C = of_C[content_layer]
        self.unit = max(content_cost(self.a_C, self.of_S[content_layer]).item(), 1e-6)
        self.weights = balanced(self.of_S, of_C, say)

    def look(self, x):
        return activations(x, self.layers)

    def __call__(self, G):
        of_G = self.look(shifted(G, self.draw, self.shift))
        J_content = content_cost(self.a_C, of_G[self.content_layer]) / self.unit
        J_style = style_cost(self.of_S, of_G, self.weights)
        self.parts = J_content.item(), J_style.item()
        return total_cost(J_content, J_style, self.alpha, self.beta)


def paint(content, style, *, content_layer="block4", weights=SAY, alpha=1, beta=20, start=STARTS[0], steps=150,
          size=None):  # fmt: skip
    """Paint a photograph in the style of a painting, both uint8 (H, W, 3).

    Yields (step, picture, content cost, style cost) for each step: from 1, uint8 (H, W, 3), and two floats, which are
    the costs of the picture before the step.
    """
    C, S = (canvas(picture, size or canvas_size()) for picture in (content, style))
    cost = PaintingCost(C, S, content_layer, weights, alpha, beta)
    begin, learning_rate = (C, 5.0) if start == STARTS[0] else (noise(C.shape[2:]), 8.0)
    for step, (G, _) in enumerate(steps_of(begin, cost, steps, learning_rate), 1):
        yield step, bytes_of(G), *cost.parts


# %% [markdown]
# `paint` gives one picture after the other. Whoever stops asking for the next one ends it. The cell below shows every
# tenth, and counts along with a bar. You may stop it with ■ in the toolbar (or twice I on the keyboard): what is
# painted until then stays.

# %%
from IPython.display import display
from tqdm.auto import tqdm


def drawn(picture, title, width=8.0):
    """A figure of one picture."""
    figure, axis = plt.subplots(figsize=(width, width * picture.shape[0] / picture.shape[1] + 0.4))
    axis.imshow(picture)
    axis.set_title(title)
    axis.set_axis_off()
    return figure


def watch(painting_steps, steps, what, every=10):
    """Show a painting while it comes; gives its last picture, and both costs of each step."""
    waits = {"text/plain": "The painting comes here."}
    handle = None if cnnkit.quick() else display(waits, raw=True, display_id=True)
    picture, costs, ended = None, [], "after"
    try:
        for step, picture, *parts in tqdm(painting_steps, total=steps, desc="painting"):
            costs.append(parts)
            if step == steps or (handle and step % every == 0):
                title = f"{what}, painted in {step} steps"
                pictures.display_figure(drawn(picture, title), f"{title}.", handle)
    except KeyboardInterrupt:
        if not costs:
            raise
        ended = "stopped after"
    print(
        f"{what} {ended} {len(costs)} steps: content cost {costs[-1][0]:.2f}, style cost {costs[-1][1]:.2f}"
    )
    return picture, costs


steps = 3 if cnnkit.quick() else 150
painted, costs = watch(paint(photo("china"), painting(), steps=steps), steps, "The tower")

in_content, in_style = np.array(costs).T
every = max(1, steps // 30)
shown = list(range(0, len(costs), every))
pictures.show_curves(
    [step + 1 for step in shown],
    {"content": in_content[shown].tolist(), "style": in_style[shown].tolist()},
    xlabel="step",
    ylabel="cost (1: the other picture's)",
    title=f"The style falls from {in_style[0]:.2f} to {in_style[-1]:.2f}, "
    f"and the content pays with {in_content[-1]:.2f}",
    alt=f"Two curves over {len(costs)} steps. The style cost falls from {in_style[0]:.2f} to {in_style[-1]:.2f}, fast at "
    f"first. The content cost goes from {in_content[0]:.2f} to {in_content[-1]:.2f}.",
)

# %% [markdown]
# Step back from the screen. Would you take it for a painting?
#
# The curves tell how it came about. Both tremble, for the network sees another shift in each step. (That is also why the content does not begin at
# 0.) Most happens within the first thirty steps. The rest makes the strokes clear.
#
# **Predict** what becomes of the tower if the style counts ten times less, and a hundred times less. What changes
# if the content is the stem's? And from noise?

# %%
tries = {
    "beta = 20": {},
    "beta = 2": {"beta": 2},
    "beta = 0.2": {"beta": 0.2},
    "beta = 2, content of the stem": {"beta": 2, "content_layer": "stem"},
    "beta = 2, from noise": {"beta": 2, "start": "noise"},
    "beta = 20, style of the stem alone": {"weights": {"stem": 1}},
}
found = {}
for name, options in tries.items():
    *_, last = paint(photo("china"), painting(), steps=FEW, size=SMALL, **options)
    found[f"{name}\ncontent cost {last[2]:.2f}, style cost {last[3]:.2f}"] = last[1]
hang(
    found,
    title="The more the style counts, the less is left of the photograph",
    alt="The tower, painted six times. With beta 20 swirls fill its sky; with 2 it is a calmer painting; with 0.2 it is "
    "nearly the photograph. With the content of the stem the photograph's colours stay. From noise the tower is pale, "
    "in colours of its own. With the style of the stem alone there are dark grains, and no strokes.",
)

# %% [markdown]
# (Do not compare the costs of all six. Each content cost is in units of its own layer, each style cost in units of its own
# layers. The first three and the fifth can be compared.)
#
# ## 9. The studio
#
# Your turn to choose. The studio paints with your functions. Press **Paint**, and watch; press **Stop** as soon as you
# like it, or dislike it. Set a layer's weight to 0, and it has no say. Each picture takes a fraction of a second on a
# processor, so the canvas is small there. (By keyboard: Tab moves on, the arrow keys choose and count, the space bar
# presses a button.)
#
# **Find out:**
#
# - Which layer brings the colours? Leave one layer at a time its weight.
# - What becomes of a *photograph* as the style: of bricks, of galaxies?
# - From noise, how low does "style counts" have to be until you recognise the tower?

# %%
from functools import partial

from cnnkit import widgets
from cnnkit.data import own_photo

picture_file = ""  # for example "my_street.jpg", a file beside this notebook
contents = {name: photo(name) for name in ("china", "cat", "astronaut", "coffee")}
styles = {"The Starry Night": painting()} | {name: photo(name) for name in ("tissue", "galaxies", "brick")}
if picture_file:
    contents["your own"] = np.asarray(own_photo(picture_file))
SKETCH = (144, 192) if device.type == "cpu" else canvas_size()
widgets.style_studio(
    partial(paint, size=SKETCH),
    contents,
    styles,
    SAY,
    content_layers=["block4", "stem", "block1", "block2", "block10"],
    starts=STARTS,
    beta=20,
    steps=100,
)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The style studio. At the top stand menus for the content, the style, the start and the content's layer, and fields
# for how much the style counts, for the number of steps and for the weight of each of five layers; below them the
# buttons Paint and Stop and a bar. At the bottom the tower as a painting, with its step and its costs, and beside it
# the photograph and The Starry Night.](images/style_studio.png)

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A layer puts out 40 channels of 24 × 32. What is the shape of its Gram matrix? How many different numbers does it
#    hold at most?
# 2. You mirror the painting. Roughly what happens to the style cost of your picture, and why not exactly nothing?
# 3. `a_G` is twice `a_C` everywhere, in a layer of one channel, 1 × 3, with $\sum a_C^2 = 6$. What is the content cost?
#    And if you compare the two in style, what is the layer's style cost?
# 4. Which numbers change during the painting: the network's weights, the Gram matrix of the painting, the picture?
# 5. Somebody uses $\frac{1}{4HWC}\sum(a^{(C)} - a^{(G)})^2$ for the content, with $\alpha = 10$. Which $\alpha$ gives
#    the same painting with our form, for a layer of 40 × 24 × 32?
# 6. Why would an optimizer of the network's weights paint nothing?
#
# <details><summary>Answers</summary>
#
# 1. (40, 40). It is symmetric: $40 \cdot 41 / 2 = 820$.
# 2. It rises a little. The Gram matrix is blind to where things are, but a stroke that leaned to the left now leans to
#    the right, and other channels answer to it.
# 3. The difference is $a_C$ itself: $\frac{1}{2} \cdot 6 = 3$. The Gram matrices are $6$ and $4 \cdot 6 = 24$; they
#    differ by 18, and $18^2 / (2 \cdot 3)^2 = 9$.
# 4. The picture alone. Both others are computed before the first step, and stay.
# 5. The forms differ by a factor of $2HWC = 61\,440$: $\alpha = 10 / 61\,440 \approx 0.00016$.
# 6. It would change the weights until the network sees in the photograph what it saw in the painting. The cost falls,
#    and the picture stays as it was.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…the picture is not normalised.** The network gets 0 … 255 in place of -1 … 1. No error, no warning, costs as small
# as ever. But its first layer is far beyond anything that it has met. Count how many of its numbers stand at the upper
# limit of ReLU6, where no gradient comes through.
#
# **…$\alpha$ and $\beta$ change places.** The content counts twenty times as much as the style. The picture hardly
# moves.
#
# **…nothing is cut off.** Pixels leave 0 … 255, the network follows them gladly, and a file of bytes keeps what is
# left of them after a division by 256.
#
# **…the picture is never shifted.** Look closely at the sky: the network's first layer sets its filters down at every
# second place, and what repeats every two pixels looks the same at each of them, like one flat colour.


# %%
class Unnormalised(PaintingCost):
    """The same cost, from a network that gets 0 ... 255 as it is."""

    def look(self, x):
        return nets.features(network(), x, self.layers)


def spoiled(kind=PaintingCost, alpha=1, beta=20, shift=1):
    """A small painting with one thing wrong."""
    cost = kind(tower_small, starry_small, "block4", SAY, alpha, beta, shift)
    return last_of(steps_of(tower_small, cost, FEW, learning_rate=5.0))


def without_limits(picture, cost, steps, learning_rate=5.0):
    """Your steps at a quarter of the contrast: there the limits are far away, at -384 and at 636."""
    faint = last_of(steps_of(96 + picture / 4, lambda G: cost(4 * (G - 96)), steps, learning_rate / 4))
    return 4 * (faint - 96)


beyond = without_limits(tower_small, PaintingCost(tower_small, starry_small, "block4", SAY, 1, 20), FEW)
share = ((beyond < 0) | (beyond > 255)).float().mean().item()
gallery = {
    "as it should be": spoiled(),
    "not normalised": spoiled(Unnormalised),
    "alpha and beta swapped": spoiled(alpha=20, beta=1),
    "not cut off": beyond.round() % 256,
    "never shifted": spoiled(shift=0),
}
stem = {
    name: nets.features(network(), x, ["stem"])["stem"]
    for name, x in (("as it is", tower), ("normalised", nets.normalise(tower)))
}
for name, a in stem.items():
    print(
        f"{name:10} {(a == 6).float().mean().item():.0%} of what the stem puts out stand at their upper limit, 6"
    )
print(f"not cut off: {share:.0%} of the numbers have left 0 ... 255")
hang(
    {name: bytes_of(x) for name, x in gallery.items()},
    title="Five paintings by the same recipe, four of them with one line wrong",
    alt="The tower, five times. As it should be: a painting in blue and yellow strokes. Not normalised: the photograph "
    "under coarse coloured noise. With alpha and beta swapped: almost the photograph. Not cut off: garish spots where "
    "numbers wrapped around. Never shifted: a fine chequered pattern lies over the strokes.",
)

# %% [markdown]
# **…everything is divided twice.** Somebody divides the Gram matrix by $HW$, and the cost divides again. Nothing looks
# wrong: the pictures are still compared. But the larger a layer, the less it says.

# %%
for layer in STYLE_LAYERS:
    _, n_C, H, W = of_starry[layer].shape
    once = layer_style_cost(of_starry[layer], of_tower[layer]).item()
    print(f"{layer:7} {H:3} x {W:3} positions: cost {once:9.3f}, divided twice {once / (H * W) ** 2:.1e}")

# %% [markdown]
# **…the Gram matrix compares positions.** With $A^{\mathsf{T}} A$ the cost asks *which places look alike*, and so it
# knows where everything is. Shuffle the painting's positions, and the right cost does not notice.

# %%
_, n_C, H, W = of_starry["block4"].shape
order = torch.randperm(H * W, generator=cnnkit.generator(0)).to(device)
A = rows_of(of_starry["block4"])
for name, gram in {"A A^T": gram_matrix, "A^T A": lambda A: gram_matrix(A.T)}.items():
    apart = (gram(A[:, order]) - gram(A)).norm() / gram(A).norm()
    print(f"{name}: after a shuffle it differs by {apart.item():.0%}")

# %% [markdown]
# **…the network learns, and not the picture.** Whoever has trained networks for weeks hands the optimizer their weights
# without a thought. The cost falls, as it always did. Look at what has changed.

# %%
student = nets.efficientnet_lite0(device=device, trainable=True)
wanted = nets.features(network(), nets.normalise(starry_small), ["block4"])["block4"]
picture = tower_small.clone()
optimizer, falling = torch.optim.Adam(student.parameters(), lr=1e-3), []
for _ in range(3 if cnnkit.quick() else 10):
    optimizer.zero_grad()
    J = layer_style_cost(wanted, nets.features(student, nets.normalise(picture), ["block4"])["block4"])
    J.backward()
    optimizer.step()
    falling.append(J.item())
moved = (picture - tower_small).abs().max().item()
weights_moved = max(
    (one - other).abs().max().item()
    for one, other in zip(student.parameters(), network().parameters(), strict=True)
)
print(f"the style cost: {falling[0]:.1f} at first, {falling[-1]:.1f} at last")
print(f"moved by at most: {moved:g} shades in the picture, {weights_moved:.3f} in the weights")

# %% [markdown]
# ## Your turn: your own photograph, painted
#
# Put a photograph beside this notebook, and write its name below. (For the studio, write it into `picture_file` there.)
# Something with a clear outline and some empty sky does well. This canvas is larger than the one before; on a processor it
# takes about a minute and a half. Without a photograph of yours, the cat is painted.

# %%
from PIL import Image

mine = ""  # for example "my_street.jpg"
model = np.asarray(own_photo(mine, photo("cat")))
rows, columns = canvas_size()
large = (rows * 3 // 2, columns * 3 // 2) if device.type == "cpu" else (rows, columns)
steps = 3 if cnnkit.quick() else 120
portrait, _ = watch(paint(model, painting(), steps=steps, size=large), steps, "Your painting")
if mine:
    Image.fromarray(portrait).save("my_painting.png")

# %% [markdown]
# Try another painting as the style: a picture file of your own works as well. Which kinds of style does the Gram matrix
# catch, and which not? (Think of a cubist's faces, or of the empty half of a Japanese print.)
#
# ## Summary
#
# - The network stays as it is, and the picture learns: the gradient is taken with respect to the pixels.
# - The content cost compares what a middle layer puts out, place by place: $\frac{1}{2}\lVert a^{(C)} - a^{(G)}\rVert^2$.
# - The Gram matrix $A A^{\mathsf{T}}$ says which channels are active together. It is symmetric, positive semi-definite,
#   and blind to where things are.
# - The style cost compares Gram matrices, over $(2HWC)^2$ for each layer, and adds layers up with weights. Shallow
#   layers bring colours and grain, deeper ones strokes and swirls.
# - Costs of different layers have different units. Measure them before you choose weights.
# - $J = \alpha J_{\text{content}} + \beta J_{\text{style}}$. Start from the photograph, and the content is there from the
#   beginning.
# - Normalise what the network gets, cut off what leaves the range, and shift, so that patterns hide less in the stride.
#
# **Next:** all our layers have walked over pictures. Lesson 4.4 lets them walk along a heartbeat, and through a volume.

# %% [markdown]
# ## References
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, "A neural algorithm of artistic style", *arXiv:1508.06576*, 2015. The costs.
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", *CVPR*, 2016. The
#   same with more experiments: layers, weights, starts.
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Texture synthesis using convolutional neural networks", *NeurIPS*, 2015. The
#   style alone.
# - A. Mahendran, A. Vedaldi, "Understanding deep image representations by inverting them", *CVPR*, 2015. A photograph
#   back from what a layer knows.
# - J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution", *ECCV*, 2016.
#   A network that paints in one pass, trained by these costs.
# - A. Mordvintsev, C. Olah, M. Tyka, "Inceptionism: going deeper into neural networks", 2015. Steps measured by the
#   gradient's mean size, and a picture that is shifted in each.
# - M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", *ICML*, 2019. The network.
