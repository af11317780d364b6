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
# # 2.1 Classic networks
#
# **Three networks made history, with sixty thousand, sixty million, and twice as many parameters again. Where do all these
# numbers sit, and does your computer have room for them?**
#
# You know the parts: convolutions, pooling, dense layers. Now see what people built from them. In 1998, LeNet-5 read
# cheques. AlexNet won a contest in 2012, and after it nearly everyone changed to networks like these. VGG-16 showed in
# 2015 how far one takes it with 3 × 3 filters alone. You build all three, and weigh them.
#
# **After this lesson you can**
#
# - draw LeNet-5, AlexNet and VGG-16, and say which size comes out of each layer;
# - write a network in a row or as a function of its input, and say when you need which;
# - build a network of any size from a short table, even one that your computer could not hold;
# - say where a network keeps its parameters and where it needs memory, and why these are not the same places;
# - say what local response normalisation does, and why it went out of use.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 2 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lesson 1.3; classes in Python |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `LeNet5` | reads digits, in the manner of 1998 or of today | 3 |
# | 2 | `AlexNet` | the network of 2012, from a table | 3 |
# | 3 | `local_response_norm` | lets neighbouring channels dampen each other | 3 |
# | 4 | `VGG16` | the network of 2015, from a rule | 3 |
# | 5 | `activation_memory` | weighs what comes out of a network's layers | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is judged by
# itself.
#
# **Stuck?** Open a hint. Each has the next one inside it.
#
# In code, a batch is `x` of shape (B, C, H, W). In the text, a volume is written rows × columns × channels, as in the
# papers' drawings.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit
from cnnkit import pictures

device = cnnkit.device()

# %% [markdown]
# # Part 1: LeNet-5, 1998
#
# ## 1. A network that reads cheques
#
# A grey digit of 32 × 32 goes in. Two convolutions without padding look for strokes, each followed by a pooling that
# halves the sides. Three dense layers decide.
#
# ![LeNet-5 as a row of volumes: 32 by 32 by 1, convolution to 28 by 28 by 6, average pooling to 14 by 14 by 6, convolution
# to 10 by 10 by 16, average pooling to 5 by 5 by 16, flattened to 400 numbers, then dense layers of 120, 84 and
# 10.](images/lenet5.svg)
#
# **Predict:** rows and columns shrink, channels grow. Which of the five layers that learn has most of the parameters?
#
# <details><summary>Compare with your answer</summary>
#
# | | rows × columns × channels | parameters |
# | --- | --- | --- |
# | input | 32 × 32 × 1 | |
# | `conv1`, 6 filters of 5 × 5 | 28 × 28 × 6 | $(25 \cdot 1 + 1) \cdot 6 = 156$ |
# | pooling, window 2 | 14 × 14 × 6 | 0 |
# | `conv2`, 16 filters of 5 × 5 | 10 × 10 × 16 | $(25 \cdot 6 + 1) \cdot 16 = 2416$ |
# | pooling, window 2 | 5 × 5 × 16 = 400 | 0 |
# | `fc3`, dense | 120 | $401 \cdot 120 = 48\,120$ |
# | `fc4`, dense | 84 | $121 \cdot 84 = 10\,164$ |
# | `logits`, dense | 10 | $85 \cdot 10 = 850$ |
#
# The first dense layer has 78 % of the 61,706. You will meet this again.
#
# </details>
#
# > **The notes say…** that LeNet-5 has 60,000 parameters, and draw a network that has 61,706. Both are right: the paper's
# > network is wired differently. Its second convolution joins each filter to some of the six channels only (1,516
# > parameters instead of 2,416), its poolings learn a factor and a bias for each channel ($2 \cdot 6 + 2 \cdot 16 = 44$),
# > and its last layer is not learned at all (850 fewer). $61\,706 - 900 + 44 - 850 = 60\,000$ exactly. One of the notes
# > also has 20 × 20 × 6 after the first convolution. $32 - 5 + 1 = 28$.
#
# Three things in it look old today:
#
# - it pools by the **average**. Today one takes the maximum, or no pooling at all;
# - its nonlinearity is **tanh or a sigmoid**. Today it is the ReLU;
# - in the paper, the nonlinearity comes after the pooling. Today it comes right after the convolution, and so it does here.
#   (With a maximum the order does not matter. Why?)
#
# <details><summary>Compare with your answer</summary>
#
# Tanh, sigmoid and ReLU never fall when their input rises. So the largest number stays the largest, and it makes no
# difference whether you pick it before or after. With an average it does make a difference.
#
# </details>

# %% [markdown]
# ## 2. In a row, or as a function
#
# In lesson 1.3 you wrote a network in both ways that PyTorch has. Here is the first one again, for LeNet-5:

# %% nbgrader={"grade": false, "grade_id": "row_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from collections import OrderedDict

from torch import nn


def lenet_in_a_row():
    """LeNet-5 with tanh and average pooling, as layers in a row."""
    layers = OrderedDict(
        conv1=nn.Conv2d(1, 6, 5),
        tanh1=nn.Tanh(),
        pool1=nn.AvgPool2d(2),
        conv2=nn.Conv2d(6, 16, 5),
        tanh2=nn.Tanh(),
        pool2=nn.AvgPool2d(2),
        flatten=nn.Flatten(),
        fc3=nn.Linear(400, 120),
        tanh3=nn.Tanh(),
        fc4=nn.Linear(120, 84),
        tanh4=nn.Tanh(),
        logits=nn.Linear(84, 10),
    )
    return nn.Sequential(layers)


# %% [markdown]
# The row is short, and anybody can walk through it and look at each layer. But it can only do one thing after another.
#
# The second way is **functional**: `forward` says how the answer is computed from `x`. Only what learns has to be a
# layer, made in `__init__`. All else can be a plain function: `torch.tanh(x)`, `functional.max_pool2d(x, 2)`,
# `x.flatten(1)`. And as `forward` is ordinary Python, it may *choose*. (Keras has the same two ways, and calls them its
# sequential and its functional API.)
#
# Write LeNet-5 like that, so that one class is the network of 1998 and that of today.

# %% [markdown]
# ### Exercise 1: `LeNet5` (3 points)
#
# <details><summary>Hint 1</summary>
#
# In `__init__`, make the five layers that learn, and keep the two words: `self.activation = activation`. What to do with
# them is decided in `forward`.
#
# <details><summary>Hint 2</summary>
#
# `torch.sigmoid`, `torch.tanh` and `torch.relu` are functions, and a function can be looked up by its name:
# `g = getattr(torch, self.activation)`. Then `g(x)` applies it. For the pooling, a dictionary with two functions does.
#
# <details><summary>Hint 3</summary>
#
# `pool = {"average": functional.avg_pool2d, "max": functional.max_pool2d}[self.pooling]`, and then
# `pool(g(self.conv1(x)), 2)` is the first stage. No activation after `logits`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "LeNet5_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LeNet5(nn.Module):
    """LeNet-5 as the notes draw it.

    What it learns are attributes with these names, in this order: conv1 (6 filters of 5 x 5, no padding), conv2 (16 filters
    of 5 x 5, no padding), fc3 (dense, 120 units), fc4 (dense, 84 units), logits (dense, 10 units). The activation follows
    each of them but the last, before any pooling. A pooling of window 2 and stride 2 follows each convolution.
    """

    def __init__(self, activation="tanh", pooling="average"):
        """Make the layers.

        Args:
            activation: "sigmoid", "tanh" or "relu".
            pooling: "average" or "max".

        Raises:
            Nothing of its own: the tests only pass these words.
        """
        super().__init__()
        # Make the layers that learn, under their names. Keep the two words.
        ### BEGIN SOLUTION
        self.activation, self.pooling = activation, pooling
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc3 = nn.Linear(5 * 5 * 16, 120)
        self.fc4 = nn.Linear(120, 84)
        self.logits = nn.Linear(84, 10)
        ### END SOLUTION

    def forward(self, x):
        """Read digits.

        Args:
            x: grey pictures, (B, 1, 32, 32), floats.

        Returns:
            The logits of the digits 0 to 9, (B, 10): no softmax.
        """
        # 1. Choose the two functions by their words.
        ### BEGIN SOLUTION
        g = getattr(torch, self.activation)
        pool = {"average": functional.avg_pool2d, "max": functional.max_pool2d}[self.pooling]
        ### END SOLUTION
        # 2. Two convolutions, each with its activation and pooling. A row of numbers. Three dense layers.
        ### BEGIN SOLUTION
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(x.flatten(1)))
        return self.logits(g(self.fc4(x)))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "LeNet5", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("LeNet5") as check:
    wanted = {
        "conv1.weight": (6, 1, 5, 5), "conv1.bias": (6,), "conv2.weight": (16, 6, 5, 5), "conv2.bias": (16,),
        "fc3.weight": (120, 400), "fc3.bias": (120,), "fc4.weight": (84, 120), "fc4.bias": (84,),
        "logits.weight": (10, 84), "logits.bias": (10,),
    }  # fmt: skip
    described = testing.describe(LeNet5())
    shapes = {name: tuple(shape) for name, shape, _ in described["parameters"]}
    check.equal(shapes, wanted, "the names and shapes of what LeNet5() learns")
    check.equal(described["count"], 61706, "the number of parameters of LeNet5()")

    # With a few ones and minus ones for weights, you could compute the logits by hand.
    state = {}
    for name, shape in wanted.items():
        place = torch.arange(float(torch.Size(shape).numel())) % 13
        state[name] = ((place == 0).float() - (place == 5).float()).reshape(shape)
    x = (torch.arange(2 * 1024.0) % 13 % 9 % 4 - 1).reshape(2, 1, 32, 32)
    logits = {
        ("relu", "max"): [
            [-741, 0, 0, 1151, 63, 107, -1158, -9, -108, 0],
            [-370, 0, 378, 0, 1197, -379, 0, -1197, 0, 0],
        ],
        ("relu", "average"): [
            [-96, 0, 92, -58, 0, -93, -19, 78, 0, 0],
            [-54, -27, 0, -1, 39, -1, 0, -63, 0, 0],
        ],
        ("tanh", "average"): [
            [1, -4, 13, -1, -1, -2, -13, 1, 1, 1],
            [1, 0, 13, -2, 13, -2, -11, -13, 1, 1],
        ],
        ("sigmoid", "max"): [
            [2, -5, 0, -1, 5, 3, -5, -3, -1, -1],
            [2, -4, 1, -2, 6, 3, -4, -3, -2, 1],
        ],
    }
    for (activation, pooling), expected in logits.items():
        model = LeNet5(activation, pooling)
        model.load_state_dict(state)
        label = f'the logits of LeNet5("{activation}", "{pooling}"), rounded'
        rounded = torch.round(model(x).detach())
        check.equal(rounded, torch.tensor(expected).float(), label, axes=("picture", "digit"))
    default = LeNet5()
    default.load_state_dict(state)
    rounded = torch.round(default(x).detach())
    check.equal(
        rounded, torch.tensor(logits["tanh", "average"]).float(), "the logits of LeNet5(), rounded",
        axes=("picture", "digit"),
    )  # fmt: skip

# %% nbgrader={"grade": true, "grade_id": "LeNet5_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of LeNet5: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("LeNet5") as check:
    rng = testing.rng("LeNet5_hidden")
    sizes = {
        "conv1": (6, 1, 5, 5),
        "conv2": (16, 6, 5, 5),
        "fc3": (120, 400),
        "fc4": (84, 120),
        "logits": (10, 84),
    }
    wanted = {f"{name}.weight": size for name, size in sizes.items()}
    wanted |= {f"{name}.bias": size[:1] for name, size in sizes.items()}
    curves = {
        "sigmoid": lambda z: 1 / (1 + (-z).exp()),
        "tanh": lambda z: 1 - 2 / ((2 * z).exp() + 1),
        "relu": lambda z: (z + z.abs()) / 2,
    }
    for activation, curve in curves.items():
        for pooling in ("average", "max"):
            model = LeNet5() if (activation, pooling) == ("tanh", "average") else LeNet5(activation, pooling)
            described = {name: tuple(shape) for name, shape, _ in testing.describe(model)["parameters"]}
            check.equal(described, wanted, "the names and shapes of what LeNet5() learns")
            state = {
                name: torch.tensor(rng.normal(0, 1.5 / size[-1] ** 0.5, size), dtype=torch.float32)
                for name, size in wanted.items()
            }
            model.load_state_dict(state)
            number = int(rng.integers(2, 5))
            x = torch.tensor(rng.uniform(-1, 1, (number, 1, 32, 32)), dtype=torch.float32)

            # By products of matrices: windows as columns, pooling by cutting into 2 x 2.
            expected, side = x, 28
            for name in ("conv1", "conv2"):
                columns = functional.unfold(expected, 5)
                maps = state[f"{name}.weight"].flatten(1) @ columns + state[f"{name}.bias"][:, None]
                pieces = curve(maps).reshape(number, -1, side // 2, 2, side // 2, 2)
                expected = pieces.amax((3, 5)) if pooling == "max" else pieces.mean((3, 5))
                side = 10
            expected = expected.reshape(number, 400)
            for name in ("fc3", "fc4"):
                expected = curve(expected @ state[f"{name}.weight"].T + state[f"{name}.bias"])
            expected = expected @ state["logits.weight"].T + state["logits.bias"]
            label = f'the logits of LeNet5("{activation}", "{pooling}")'
            check.equal(model(x).detach(), expected, label, axes=("picture", "digit"), rtol=1e-3, atol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# Is your function the same network as the row? Give both the same weights and the same picture. **Predict:** how far apart
# are the logits?

# %%
cnnkit.seed(0)
as_row, as_function = lenet_in_a_row(), LeNet5()
weights = as_function.state_dict().values()
as_row.load_state_dict(dict(zip(as_row.state_dict(), weights, strict=True)))
some_pictures = torch.rand(4, 1, 32, 32)
apart = (as_row(some_pictures) - as_function(some_pictures)).abs().max().item()
print(f"the logits of four pictures are at most {apart:.1g} apart")

# %% [markdown]
# | | in a row, `nn.Sequential` | as a function, `forward` |
# | --- | --- | --- |
# | reads like | a list | a computation |
# | can branch, choose, add an earlier result | no | yes |
# | anyone can walk through its layers | yes | only through those that are modules |
# | take it for | LeNet-5, AlexNet, VGG-16 | residual networks, Inception, all with more than one path |
#
# Often you mix them: a function whose parts are rows.

# %% [markdown]
# ## 3. 1998 against today
#
# Did it matter that people changed to ReLU and max pooling? Here each of four LeNets reads the same 4,000 digits five
# times, by the same steps (Adam, learning rate 0.003, batches of 64), from three random starts. Then each reads 1,000
# digits that it never saw. **Predict** the order of the four. And which one will have learned nothing after two rounds?

# %%
from tqdm.auto import tqdm

from cnnkit.data import digits


def grey(part, count):
    """Digits as x, (count, 1, 32, 32), from 0 to 1 with a border of two zeros, and y, (count,)."""
    images, labels = digits(part)
    x = functional.pad(torch.from_numpy(images[:count])[:, None].float() / 255, (2, 2, 2, 2))
    return x.to(device), torch.from_numpy(labels[:count]).to(device)


def misread_after_each_round(model, rounds, count):
    """The share of unseen digits that a model misreads after each round of training."""
    x_train, y_train = grey("train", count)
    x_test, y_test = grey("test", count)
    adam, shares = torch.optim.Adam(model.parameters(), lr=0.003), []
    for number in range(rounds):
        for xs, ys in cnnkit.Batches(x_train, y_train, size=64, seed=number):
            adam.zero_grad()
            functional.cross_entropy(model(xs), ys).backward()
            adam.step()
        with torch.no_grad():
            shares.append((model(x_test).argmax(dim=1) != y_test).float().mean().item())
    return shares


def over_starts(activation, pooling, starts=3, rounds=5, count=4000):
    """The mean over random starts of what is misread after each round."""
    shares = []
    for start in range(starts):
        cnnkit.seed(start)
        shares.append(misread_after_each_round(LeNet5(activation, pooling).to(device), rounds, count))
    return np.mean(shares, axis=0)


# %%
short = {"starts": 1, "rounds": 2, "count": 200} if cnnkit.quick() else {}
manners = [("sigmoid", "average"), ("tanh", "average"), ("tanh", "max"), ("relu", "max")]
misread = {
    f"{activation}, {pooling}": over_starts(activation, pooling, **short)
    for activation, pooling in tqdm(manners, desc="networks")
}
ends = {name: float(shares[-1]) for name, shares in misread.items()}
pictures.show_curves(
    range(1, 1 + len(misread["relu, max"])),
    misread,
    xlabel="rounds through the digits",
    ylabel="share of unseen digits misread",
    title=f"Misread at the end: sigmoid {ends['sigmoid, average']:.1%}, tanh {ends['tanh, average']:.1%},\n"
    f"tanh with max pooling {ends['tanh, max']:.1%}, ReLU with max pooling {ends['relu, max']:.1%}",
    alt="Four falling curves, the mean of three random starts, over rounds of training. "
    + "; ".join(
        f"{name} pooling: from {shares[0]:.1%} to {shares[-1]:.1%}" for name, shares in misread.items()
    ),
)

# %% [markdown]
# The sigmoid stands still for rounds before it moves. Its slope is at most 1/4, and each layer on the way back multiplies
# by it: little arrives at the first layer (you will measure that in the failure gallery). Tanh has a slope of up to 1, and
# learns from the start. The maximum helps a little more. But from tanh to ReLU, on so small a network, there is nothing to
# gain. It is in larger networks that the ReLU pays: AlexNet's authors report that it brought a convnet of four layers to
# 25 % training error six times as fast as tanh.

# %% [markdown]
# # Part 2: AlexNet, 2012
#
# ## 4. The same idea, a thousand times as large
#
# ImageNet: 1.2 million photographs to learn from, 1000 kinds of things. On photographs that they had never seen, AlexNet's
# authors missed the right name among five guesses for about 15 % (with several networks averaged; about 18 % with one),
# the runner-up for about 26 %. Its plan is LeNet's: convolutions and poolings, then dense layers. What is new is its size,
# the ReLU, and that it was trained on two graphics cards.
#
# | | rows × columns × channels |
# | --- | --- |
# | input | 227 × 227 × 3 |
# | `conv`, 11 × 11, stride 4, no padding | 55 × 55 × 96 |
# | `pool`, max, 3 × 3, stride 2 | 27 × 27 × 96 |
# | `conv`, 5 × 5, same padding | 27 × 27 × 256 |
# | `pool`, max, 3 × 3, stride 2 | 13 × 13 × 256 |
# | `conv`, 3 × 3, same padding | 13 × 13 × 384 |
# | `conv`, 3 × 3, same padding | 13 × 13 × 384 |
# | `conv`, 3 × 3, same padding | 13 × 13 × 256 |
# | `pool`, max, 3 × 3, stride 2 | 6 × 6 × 256 = 9216 |
# | dense | 4096 |
# | dense | 4096 |
# | dense, logits | 1000 |
#
# A ReLU follows each convolution and each dense layer but the last. Its pooling windows overlap: they are 3 wide and
# move by 2. (The paper also has *dropout*, and a normalisation that comes next. Both learn nothing, and are left out
# here.)
#
# > **The notes say…** that AlexNet has about 60 million parameters. The network above has **62,378,344**, and the paper's
# > **60,965,224**: its channels lived on two graphics cards, and the second, fourth and fifth convolution only looked at
# > those on their own card. That halves their weights. (In PyTorch, `groups=2` does it.) The paper also says that a
# > picture has 224 × 224 pixels. With 224, $\lfloor (224 - 11)/4 \rfloor + 1 = 54$; to get the 55 of its drawing, it takes 227.
#
# ## A network that does not fit
#
# 62 million numbers of four bytes are a quarter of a gigabyte, before any picture goes in. To look at the plan of a
# network, you do not need its weights. PyTorch has a device for this: **`meta`**. A tensor on it has a shape, and no
# numbers at all. Layers work on it, and compute shapes only.

# %%
ghost = nn.Linear(10**6, 10**6, device="meta")
print(f"weights: {tuple(ghost.weight.shape)}, which would be {4 * ghost.weight.numel() / 1e12:.0f} TB")
print(f"of 3 examples comes {tuple(ghost(torch.empty(3, 10**6, device='meta')).shape)}")

# %% [markdown]
# The other trick is a **divisor**: the same plan with all numbers of channels and units divided by, say, 16. Such a small
# sister has every layer of the large one, runs in an instant, and so can be tested.
#
# Networks in a row are best built from a table. This function does it; read it, you will use it twice.

# %% nbgrader={"grade": false, "grade_id": "network_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
from torch import nn


def network(rows, dense, num_classes, side, divisor=1, device=None):
    """A network for colour pictures from its table, as an nn.Sequential.

    Args:
        rows: ("conv", filters, f, stride, pad), which a ReLU follows, or ("pool", f, stride), max pooling; in order.
        dense: the units of the dense layers after these, each followed by a ReLU. Another one, of num_classes units
            and without ReLU, comes last.
        num_classes: how many logits come out.
        side: rows and columns of a picture, in pixels.
        divisor: what all filters and units, but for num_classes, are divided by.
        device: where the weights are; "meta" for nowhere.
    """
    made, channels = nn.Sequential(), 3

    def add(name, layer):
        number = 1 + sum(known.startswith(name) for known, _ in made.named_children())
        made.add_module(f"{name}{number}", layer)

    for kind, *numbers in rows:
        if kind == "conv":
            filters, f, stride, pad = numbers
            add("conv", nn.Conv2d(channels, filters // divisor, f, stride, pad, device=device))
            add("relu", nn.ReLU())
            channels, side = filters // divisor, (side + 2 * pad - f) // stride + 1
        else:
            add("pool", nn.MaxPool2d(*numbers))
            side = (side - numbers[0]) // numbers[1] + 1
    add("flatten", nn.Flatten())
    inputs = channels * side * side
    for units in dense:
        add("dense", nn.Linear(inputs, units // divisor, device=device))
        add("relu", nn.ReLU())
        inputs = units // divisor
    add("dense", nn.Linear(inputs, num_classes, device=device))
    return made


# %% [markdown]
# ### Exercise 2: `AlexNet` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Each line of the drawing that says conv or pool becomes a row. The first is `("conv", 96, 11, 4, 0)`, the second
# `("pool", 3, 2)`.
#
# <details><summary>Hint 2</summary>
#
# Same padding at stride 1 is $(f - 1)/2$ on each side: 2 for 5 × 5, and 1 for 3 × 3.
#
# <details><summary>Hint 3</summary>
#
# End with `return network(rows, [4096, 4096], num_classes, 227, divisor, device)`. Nothing else has to be divided or
# moved: `network` does both.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "AlexNet_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def AlexNet(num_classes=1000, divisor=1, device=None):
    """AlexNet as the table above draws it, untrained.

    Args:
        num_classes: how many logits come out, an int.
        divisor: what all filters and units, but for num_classes, are divided by, an int that divides them.
        device: where its weights are: "cpu", "cuda", "meta" (nowhere), or None for PyTorch's choice.

    Returns:
        A module whose weights and biases come in the order of the layers. It takes x, (B, 3, 227, 227), floats, and
        gives logits, (B, num_classes).

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Write down the rows, from the first convolution to the last pooling.
    ### BEGIN SOLUTION
    rows = [
        ("conv", 96, 11, 4, 0),
        ("pool", 3, 2),
        ("conv", 256, 5, 1, 2),
        ("pool", 3, 2),
        ("conv", 384, 3, 1, 1),
        ("conv", 384, 3, 1, 1),
        ("conv", 256, 3, 1, 1),
        ("pool", 3, 2),
    ]
    ### END SOLUTION
    # 2. Build the network from them.
    ### BEGIN SOLUTION
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "AlexNet", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("AlexNet") as check:
    # Small: a sixteenth of the width. Each layer has its weights, then its biases.
    model = AlexNet(num_classes=5, divisor=16)
    check.equal(testing.kind(model), "Module", "the kind of AlexNet(5, divisor=16)")
    described = testing.describe(model)["parameters"]
    shapes = [tuple(shape) for _, shape, _ in described]
    wanted = [(6, 3, 11, 11), (6,), (16, 6, 5, 5), (16,), (24, 16, 3, 3), (24,), (24, 24, 3, 3), (24,)]
    wanted += [(16, 24, 3, 3), (16,), (256, 576), (256,), (256, 256), (256,), (5, 256), (5,)]
    check.equal(shapes, wanted, "the shapes of the weights and biases of AlexNet(5, divisor=16)")

    # With few ones and minus ones for weights, the logits are whole numbers.
    state = {}
    for (name, _, _), shape in zip(described, wanted, strict=True):
        place = torch.arange(float(torch.Size(shape).numel())) % 31
        state[name] = ((place == 0).float() - (place == 15).float()).reshape(shape)
    model.load_state_dict(state)
    x = (torch.arange(2 * 3 * 227 * 227.0) % 11 % 7 - 2).reshape(2, 3, 227, 227)
    expected = torch.tensor([[-63.0, 0.0, 64.0, -704.0, -1472.0], [1152.0, 3504.0, 3808.0, -1920.0, -1856.0]])
    logits = model(x).detach()
    check.equal(tuple(logits.shape), (2, 5), "the shape of the logits of two pictures")
    check.equal(logits, expected, "the logits of two pictures", axes=("picture", "class"))

    # On no device: with 10 ** 13 classes no machine could hold it. And the full size.
    endless = testing.describe(AlexNet(10**13, 64, "meta"))["parameters"]
    check.equal(tuple(endless[-2][1]), (10**13, 64), 'the last weights of AlexNet(10 ** 13, 64, "meta")')
    full = testing.describe(AlexNet(device="meta"))
    check.equal(full["count"], 62378344, 'the number of parameters of AlexNet(device="meta")')

# %% nbgrader={"grade": true, "grade_id": "AlexNet_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of AlexNet: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from itertools import pairwise

import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("AlexNet") as check:
    rng = testing.rng("AlexNet_hidden")
    # No machine could hold these weights; meta need not.
    classes = 10**13 + int(rng.integers(9))
    described = testing.describe(AlexNet(classes, 64, "meta"))["parameters"]
    check.equal(
        tuple(described[-2][1]), (classes, 64), f'the last weights of AlexNet({classes}, …, device="meta")'
    )
    plan = [(3, 96, 11), (96, 256, 5), (256, 384, 3), (384, 384, 3), (384, 256, 3)]
    for divisor in (1, int(rng.choice([16, 32]))):
        classes = 1000 if divisor == 1 else int(rng.integers(3, 12))
        wanted = []
        for before, after, f in plan:
            wanted += [(after // divisor, before // divisor if before > 3 else 3, f, f), (after // divisor,)]
        units = [256 // divisor * 36, 4096 // divisor, 4096 // divisor, classes]
        for before, after in pairwise(units):
            wanted += [(after, before), (after,)]
        place = "meta" if divisor == 1 else "cpu"
        label = f'AlexNet({classes}, {divisor}, "{place}")'
        model = AlexNet(classes, divisor, place)
        described = testing.describe(model)["parameters"]
        shapes = [tuple(shape) for _, shape, _ in described]
        check.equal(shapes, wanted, f"the shapes of the weights and biases of {label}")
        if place == "cpu":
            weights = [
                torch.tensor(rng.normal(0, (2 / max(torch.Size(size[1:]).numel(), 8)) ** 0.5, size))
                for size in wanted
            ]
            named = zip(described, weights, strict=True)
            model.load_state_dict({name: weight.float() for (name, _, _), weight in named})
            x = torch.tensor(rng.normal(0, 1, (1, 3, 227, 227)))

            # By products of matrices, in double precision: windows as columns, maxima over windows.
            steps = [(4, 0, True), (1, 2, True), (1, 1, False), (1, 1, False), (1, 1, True)]
            values = x
            for index, (stride, pad, pooled) in enumerate(steps):
                w, b = weights[2 * index], weights[2 * index + 1]
                columns = functional.unfold(values, w.shape[-1], padding=pad, stride=stride)
                maps = (w.flatten(1) @ columns + b[:, None]).clamp(min=0)
                side = round(maps.shape[2] ** 0.5)
                values = maps.reshape(1, len(w), side, side)
                if pooled:
                    values = values.unfold(2, 3, 2).unfold(3, 3, 2).amax((4, 5))
            values = values.reshape(1, -1)
            for index in (10, 12, 14):
                values = values @ weights[index].T + weights[index + 1]
                values = values.clamp(min=0) if index < 14 else values
            check.equal(
                model(x.float()).detach(), values.float(), f"the logits of {label}",
                axes=("picture", "class"), rtol=1e-3, atol=1e-3,
            )  # fmt: skip
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# With `meta`, a picture that is not there goes through weights that are not there, and the shapes come out. Compare them
# with the drawing, line by line. **Predict** first: which single layer has more than half of all parameters?

# %% nbgrader={"grade": false, "grade_id": "stages_given", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch


def stages(model, input_shape):
    """What comes out of each layer of a network in a row: (name, (C, H, W) or (n,), parameters), the input first.

    Layers that learn nothing and give as many numbers as they get (activations, flatten) are left out.
    """
    made = torch.empty(1, *input_shape, device=next(model.parameters()).device)
    rows = [("input", tuple(input_shape), 0)]
    for title, part in model.named_children():
        before, made = made.numel(), part(made)
        parameters = sum(learned.numel() for learned in part.parameters())
        if parameters or made.numel() != before:
            rows.append((title, tuple(made.shape[1:]), parameters))
    return rows


def volume(shape):
    """A shape as the papers write it: rows x columns x channels."""
    return " x ".join(str(n) for n in (*shape[1:], shape[0]))


# %%
for name, shape, parameters in stages(AlexNet(device="meta"), (3, 227, 227)):
    print(f"{name:8} {volume(shape):14} {parameters:12,}")

# %% [markdown]
# The first dense layer: 9216 numbers joined to 4096 units, 37.8 million weights. And what do the two groups of the paper
# save? Each of these three convolutions sees half of the channels that come in:

# %%
whole = sum(weights.numel() for weights in AlexNet(device="meta").parameters())
saved = 0
for channels, filters, f in ((96, 256, 5), (384, 384, 3), (384, 256, 3)):
    sizes = [
        nn.Conv2d(channels, filters, f, groups=groups, device="meta").weight.numel() for groups in (1, 2)
    ]
    saved += sizes[0] - sizes[1]
print(f"in one column {whole:,}, with the paper's two groups {whole - saved:,}")

# %% [markdown]
# ## 5. Channels that dampen each other
#
# A cell in your eye that fires strongly dampens its neighbours. AlexNet imitates that: after the first two convolutions
# comes **local response normalisation**. Each number $a_i$ of channel $i$ is divided by a power of what goes on in the
# channels around it, at the same row and column:
#
# $$b_i = a_i \Big/ \Big(k + \alpha \sum_{j = i - \lfloor n/2 \rfloor}^{i + \lfloor n/2 \rfloor} a_j^2\Big)^{\beta}
# \qquad n = 5,\ \alpha = 10^{-4},\ \beta = 0.75,\ k = 2$$
#
# The sum leaves out channels that do not exist. So channel 0 has two neighbours, channel 1 has three, and from channel 2
# on there are four (and the channel itself), until the last two channels, which again have three and two.
#
# **Predict:** all channels have the value 1. Which ones does it shrink most, those at the edge or those in the middle?
#
# <details><summary>Compare with your answer</summary>
#
# Those in the middle: their sums have five terms, those at the edge three. Here the difference is tiny, as
# $\alpha \cdot 5 = 0.0005$ beside $k = 2$. The paper's numbers are made for values of a hundred and more.
#
# </details>
#
# > **The notes say…** that at each position all 256 numbers are normalised together. The paper looks at **5 neighbouring
# > channels**, not at all 256. And mind the formula when you read PyTorch's: `nn.LocalResponseNorm` divides its `alpha`
# > by `size`. What the paper calls $\alpha$, you hand to PyTorch as `alpha * size`.

# %% [markdown]
# ### Exercise 3: `local_response_norm` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Square all of `x` first. Then, for each channel, you need the sum over a few channels around it: a window that slides
# along axis 1, the axis of channels.
#
# <details><summary>Hint 2</summary>
#
# A loop over the channels does: from `max(0, i - size // 2)` to `i + size // 2`, the last one included. A slice that ends
# beyond the last channel just stops there.
#
# <details><summary>Hint 3</summary>
#
# `near = squares[:, max(0, i - size // 2) : i + size // 2 + 1]`, then `near.sum(dim=1)` is (B, H, W). Put the sums together
# with `torch.stack(sums, dim=1)`, and return `x / (k + alpha * total) ** beta`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "local_response_norm_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    """Divide each number by a power of what goes on in the channels around it, as in the formula above.

    Args:
        x: a batch, (B, C, H, W), floats.
        size: how many neighbouring channels the sum takes, the channel itself among them: n in the formula, an odd int.
        alpha: the weight of the sum of squares, a float. It is not divided by size.
        beta: the power, a float.
        k: what is added to the weighted sum, a float.

    Returns:
        A tensor of the shape of x. x itself is unchanged.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. For each channel, add up the squares of the channels around it.
    ### BEGIN SOLUTION
    squares, reach = x**2, size // 2
    sums = [squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1) for i in range(x.shape[1])]
    ### END SOLUTION
    # 2. Divide.
    ### BEGIN SOLUTION
    return x / (k + alpha * torch.stack(sums, dim=1)) ** beta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "local_response_norm", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("local_response_norm") as check:
    # Seven channels of one pixel. With k = 1, alpha = 1, beta = 1 and three neighbours, channel 1 is divided by
    # 1 + (1 + 4 + 9), and channel 0 by 1 + (1 + 4).
    x = torch.tensor([1.0, 2.0, 3.0, 0.0, -1.0, 1.0, 3.0]).reshape(1, 7, 1, 1)
    expected = torch.tensor([1 / 6, 2 / 15, 3 / 14, 0.0, -1 / 3, 1 / 12, 3 / 11]).reshape(1, 7, 1, 1)
    check.equal(
        local_response_norm(x, 3, 1.0, 1.0, 1.0), expected, "local_response_norm(x, 3, 1.0, 1.0, 1.0)",
        axes=("picture", "channel", "row", "column"),
    )  # fmt: skip

    # The power, and pixels that do not disturb each other: (4, 0) and (0, 3) with k = 9, alpha = 1, beta = 0.5.
    pixels = torch.tensor([[[[4.0, 0.0]], [[0.0, 4.0]]], [[[0.0, 0.0]], [[-4.0, 0.0]]]])
    check.equal(
        local_response_norm(pixels, 5, 1.0, 0.5, 9.0), pixels / 5, "local_response_norm(x, 5, 1.0, 0.5, 9.0)",
        axes=("picture", "channel", "row", "column"),
    )  # fmt: skip
    check.true(testing.unchanged(local_response_norm, [x]), "local_response_norm should leave x as it is.")

# %% nbgrader={"grade": true, "grade_id": "local_response_norm_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of local_response_norm: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("local_response_norm") as check:
    rng = testing.rng("local_response_norm_hidden")
    named_axes = ("picture", "channel", "row", "column")
    for size in (1, 3, 5, 7):
        B, C, H, W = (int(n) for n in rng.integers([2, 9, 2, 3], [4, 13, 4, 6]))
        alpha, beta, k = (float(n) for n in rng.uniform([0.1, 0.4, 0.5], [0.9, 1.4, 3.0]))
        values = rng.normal(0, 2, (B, C, H, W)).astype(np.float32)

        # One number after another, as the formula says.
        expected = np.zeros_like(values)
        for picture, channel, row, column in np.ndindex(*values.shape):
            near = [j for j in range(C) if abs(j - channel) <= (size - 1) / 2]
            total = float(sum(float(values[picture, j, row, column]) ** 2 for j in near))
            expected[picture, channel, row, column] = values[picture, channel, row, column] / (
                (k + alpha * total) ** beta
            )
        got = local_response_norm(torch.from_numpy(values), size, alpha, beta, k)
        label = f"local_response_norm(x, {size}, {alpha:.3g}, {beta:.3g}, {k:.3g})"
        check.equal(got, torch.from_numpy(expected), label, axes=named_axes, rtol=1e-4, atol=1e-5)

    # The paper's numbers, which are the defaults: PyTorch's own, given alpha times n.
    x = torch.tensor(rng.normal(0, 200, (2, 11, 3, 4)), dtype=torch.float32)
    expected = torch.nn.functional.local_response_norm(x, 5, alpha=5 * 1e-4, beta=0.75, k=2.0)
    check.equal(
        local_response_norm(x), expected, "local_response_norm(x)", axes=named_axes, rtol=1e-4, atol=1e-4
    )

    # A channel out of reach does not matter.
    other = x.clone()
    other[:, 0] *= 3
    check.equal(
        local_response_norm(other)[:, 3:], expected[:, 3:], "what channel 0 does to the channels from 3 on",
        axes=named_axes, rtol=1e-4, atol=1e-4,
    )  # fmt: skip
    check.true(testing.unchanged(local_response_norm, [x]), "local_response_norm should leave x as it is.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# Sixteen edge filters, each turned a little more than the one before, look at our street: a small first layer. The
# pixels run from 0 to 255, as in 2012. **Predict:** what does the normalisation do to the strongest answers?

# %%
from cnnkit.scenes import street_scene


def turned_edges(count=16, side=7):
    """Filters for edges in `count` directions, (count, 1, side, side)."""
    rows, columns = np.mgrid[:side, :side] - side // 2
    bell = np.exp(-(rows**2 + columns**2) / 6)
    angles = np.pi * np.arange(count) / count
    filters = [bell * (np.cos(angle) * columns + np.sin(angle) * rows) for angle in angles]
    return torch.tensor(np.stack([one / np.abs(one).sum() for one in filters])[:, None], dtype=torch.float32)


street = street_scene(seed=42, size=192, difficulty=0.3).image
answers = functional.conv2d(torch.from_numpy(street.mean(axis=2))[None, None].float(), turned_edges()).relu()
dampened = local_response_norm(answers)
spread = [(values.max() / values[values > 0].median()).item() for values in (answers, dampened)]
left = torch.where(answers > 0, dampened / answers, 2**-0.75)
pictures.show(
    {
        "before": answers[0, 0].numpy(),
        "after": dampened[0, 0].numpy(),
        "what is left, in shares": left[0, 0].numpy(),
    },
    title=f"The strongest answer: {spread[0]:.0f} times the median one before, {spread[1]:.0f} times after",
    alt="Three grey pictures of the street's upright edges. Before, a few edges are bright and the rest is nearly black. "
    "After the normalisation it looks much the same. The third shows what is left of each number, as a share: light "
    f"where little is going on, with {left.max():.0%}, and dark along the strong edges, down to {left[0, 0].min():.0%}.",
)

# %% [markdown]
# All answers shrink, to 59 % at most, for that is $2^{-0.75}$; strong ones, and those beside strong ones, shrink further. So
# it evens out the contrast, more than your eyes tell you. It costs time, and on deeper networks it
# hardly helped: VGG's authors tried it, found no gain, and left it out. Batch normalisation, which you met in
# *Before you begin*, took its place. So you need this layer to read old papers and old weights, and not to build.

# %% [markdown]
# # Part 3: VGG-16, 2015
#
# ## 6. One rule in place of many numbers
#
# AlexNet has a table full of choices: 11, 5, 3, stride 4, overlapping pools. VGG-16 has a rule:
#
# - every convolution is **3 × 3, stride 1, same padding**;
# - every pooling is a maximum, **2 × 2, stride 2**: it alone shrinks the sides, each time to half;
# - after each pooling the filters double, **64, 128, 256, 512**, and then stay at 512.
#
# | block | convolutions | comes out, after the pooling |
# | --- | --- | --- |
# | input | | 224 × 224 × 3 |
# | 1 | 2 of 64 filters | 112 × 112 × 64 |
# | 2 | 2 of 128 filters | 56 × 56 × 128 |
# | 3 | 3 of 256 filters | 28 × 28 × 256 |
# | 4 | 3 of 512 filters | 14 × 14 × 512 |
# | 5 | 3 of 512 filters | 7 × 7 × 512 |
# | dense | 4096, 4096, 1000 | 1000 |
#
# **Predict:** what do the 16 in its name count? And why 3 × 3: how large a window do two of them see, one after the other,
# and how many weights does it take for each pair of channels?
#
# <details><summary>Compare with your answer</summary>
#
# The layers that learn: 13 convolutions and 3 dense layers. Two 3 × 3 see 5 × 5 together, with $2 \cdot 9 = 18$ weights
# in place of 25, and a ReLU more in between. Three see 7 × 7 with 27 weights in place of 49.
#
# </details>
#
# A rule is what a program is good at. Do not write down eighteen rows: let a loop do it. Then VGG-19, its larger sister
# with four convolutions in each of the last three blocks, costs you nothing.

# %% [markdown]
# ### Exercise 4: `VGG16` (3 points)
#
# <details><summary>Hint 1</summary>
#
# The rows are the same as for AlexNet, and `network` builds from them. `zip(blocks, widths)` gives, block by block, how
# many convolutions there are and how many filters each has.
#
# <details><summary>Hint 2</summary>
#
# A list times a number repeats it: `[row] * 3` is three rows. For each block, add the convolutions' row so often, and then
# one row for the pooling.
#
# <details><summary>Hint 3</summary>
#
# In the loop: `rows += [("conv", filters, 3, 1, 1)] * count + [("pool", 2, 2)]`. After it, build the network for 224
# pixels with two dense layers of 4096 before the last.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "VGG16_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    """VGG-16 by the rule above, untrained, or a sister of it.

    Args:
        num_classes: how many logits come out, an int.
        blocks: how many convolutions each of the five blocks has, ints.
        divisor: what all filters and units, but for num_classes, are divided by, an int that divides them.
        device: where its weights are: "cpu", "cuda", "meta" (nowhere), or None for PyTorch's choice.

    Returns:
        A module whose weights and biases come in the order of the layers. It takes x, (B, 3, 224, 224), floats, and
        gives logits, (B, num_classes).

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The filters of each block's convolutions.
    ### BEGIN SOLUTION
    widths = (64, 128, 256, 512, 512)
    ### END SOLUTION
    # 2. For each block: its convolutions, then its pooling.
    ### BEGIN SOLUTION
    plan = []
    for count, filters in zip(blocks, widths, strict=True):
        plan += [("conv", filters, 3, 1, 1)] * count + [("pool", 2, 2)]
    ### END SOLUTION
    # 3. Build the network from the rows.
    ### BEGIN SOLUTION
    return network(plan, [4096] * 2, num_classes, 224, divisor, device)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "VGG16", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("VGG16") as check:
    # A sister with one convolution a block, a 32nd of the width: each layer has its weights, then its biases.
    model = VGG16(5, blocks=(1, 1, 1, 1, 1), divisor=32)
    check.equal(testing.kind(model), "Module", "the kind of VGG16(5, (1, 1, 1, 1, 1), 32)")
    described = testing.describe(model)["parameters"]
    shapes = [tuple(shape) for _, shape, _ in described]
    wanted = [(2, 3, 3, 3), (2,), (4, 2, 3, 3), (4,), (8, 4, 3, 3), (8,), (16, 8, 3, 3), (16,)]
    wanted += [(16, 16, 3, 3), (16,), (128, 784), (128,), (128, 128), (128,), (5, 128), (5,)]
    check.equal(shapes, wanted, "the shapes of the weights and biases of VGG16(5, (1, 1, 1, 1, 1), 32)")

    # With few ones and minus ones for weights, the logits are whole numbers.
    state = {}
    for (name, _, _), shape in zip(described, wanted, strict=True):
        place = torch.arange(float(torch.Size(shape).numel())) % 29
        state[name] = ((place == 0).float() - (place == 14).float()).reshape(shape)
    model.load_state_dict(state)
    x = (torch.arange(2 * 3 * 224 * 224.0) % 9 % 5 - 1).reshape(2, 3, 224, 224)
    expected = torch.tensor([[881.0, 560.0, 480.0, -111.0, 125.0], [881.0, 560.0, 480.0, -70.0, 150.0]])
    logits = model(x).detach()
    check.equal(tuple(logits.shape), (2, 5), "the shape of the logits of two pictures")
    check.equal(logits, expected, "the logits of two pictures", axes=("picture", "class"))

    # On no device: with 10 ** 13 classes no machine could hold it. And the full size.
    endless = testing.describe(VGG16(10**13, divisor=64, device="meta"))["parameters"]
    check.equal(
        tuple(endless[-2][1]), (10**13, 64), 'the last weights of VGG16(10 ** 13, divisor=64, device="meta")'
    )
    full = testing.describe(VGG16(device="meta"))
    check.equal(full["count"], 138357544, 'the number of parameters of VGG16(device="meta")')

# %% nbgrader={"grade": true, "grade_id": "VGG16_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of VGG16: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from itertools import pairwise

import torch
from torch.nn import functional

from cnnkit import testing
from cnnkit.check import Check

with Check("VGG16") as check:
    rng = testing.rng("VGG16_hidden")
    # No machine could hold these weights; meta need not.
    classes = 10**13 + int(rng.integers(9))
    described = testing.describe(VGG16(classes, (1, 1, 1, 1, 1), 64, "meta"))["parameters"]
    check.equal(
        tuple(described[-2][1]), (classes, 64), f'the last weights of VGG16({classes}, …, device="meta")'
    )
    drawn = tuple(int(n) for n in rng.integers(1, 4, 5))
    cases = [((2, 2, 3, 3, 3), 1), ((2, 2, 4, 4, 4), 1), (drawn, int(rng.choice([32, 64])))]
    for blocks, divisor in cases:
        classes = int(rng.integers(3, 12))
        wanted, before = [], 3
        for block, count in enumerate(blocks):
            for _ in range(count):
                filters = min(64 * 2**block, 512) // divisor
                wanted += [(filters, before, 3, 3), (filters,)]
                before = filters
        units = [before * 49, 4096 // divisor, 4096 // divisor, classes]
        for into, out in pairwise(units):
            wanted += [(out, into), (out,)]
        place = "meta" if divisor == 1 else "cpu"
        label = f'VGG16({classes}, {blocks}, {divisor}, "{place}")'
        model = VGG16(classes, blocks, divisor, place)
        described = testing.describe(model)["parameters"]
        shapes = [tuple(shape) for _, shape, _ in described]
        check.equal(shapes, wanted, f"the shapes of the weights and biases of {label}")
        if place == "cpu":
            weights = [
                torch.tensor(rng.normal(0.02, (2 / max(torch.Size(size[1:]).numel(), 8)) ** 0.5, size))
                for size in wanted
            ]
            named = zip(described, weights, strict=True)
            model.load_state_dict({name: weight.float() for (name, _, _), weight in named})
            x = torch.tensor(rng.normal(0, 1, (1, 3, 224, 224)))

            # By products of matrices, in double precision: windows as columns, pooling by cutting into 2 x 2.
            values, side, left = x, 224, iter(weights)
            for count in blocks:
                for _ in range(count):
                    w, b = next(left), next(left)
                    maps = w.flatten(1) @ functional.unfold(values, 3, padding=1) + b[:, None]
                    values = maps.clamp(min=0).reshape(1, -1, side, side)
                side //= 2
                values = values.reshape(1, -1, side, 2, side, 2).amax((3, 5))
            values = values.reshape(1, -1)
            for last in (False, False, True):
                w, b = next(left), next(left)
                values = values @ w.T + b
                values = values if last else values.clamp(min=0)
            check.equal(
                model(x.float()).detach(), values.float(), f"the logits of {label}",
                axes=("picture", "class"), rtol=1e-3, atol=1e-3,
            )  # fmt: skip
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# Every stage of VGG-16, and VGG-19 in a line. Nothing of it is in memory. (VGG-19 did hardly better than VGG-16 in the
# paper; most people take the smaller one.)

# %%
for name, shape, parameters in stages(VGG16(device="meta"), (3, 224, 224)):
    print(f"{name:8} {volume(shape):16} {parameters:12,}")
nineteen = sum(weights.numel() for weights in VGG16(blocks=(2, 2, 4, 4, 4), device="meta").parameters())
print(f"\nVGG-19: {nineteen:,} parameters")

# %% [markdown]
# # Part 4: where does it all sit?
#
# ## 7. Two kinds of weight
#
# A network takes room twice. Its **parameters** are there all the time. Its **activations**, what comes out of each
# layer, are there while a picture goes through. To learn, many of them have to be kept: the way back needs them.
#
# **Predict** for VGG-16: where are most of the parameters, in the early or the late layers? And where is most of the
# memory for activations?
#
# Let us count what people usually count: the input, and what comes out of each convolution, pooling and dense layer, as
# `float32`, four bytes a number. In a network that is a row of rows, walking through is not enough. PyTorch offers
# **hooks**: you leave a function with a layer, and each time the layer has run, your function is called.

# %%
counter = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), nn.Flatten())
hook = counter[0][0].register_forward_hook(
    lambda layer, inputs, output: print("out came", tuple(output.shape))
)
counter(torch.zeros(1, 1, 5, 5))
hook.remove()
counter(torch.zeros(1, 1, 5, 5))  # the hook is gone, and nothing is printed
print("within the network are", [type(layer).__name__ for layer in counter.modules()])

# %% [markdown]
# ### Exercise 5: `activation_memory` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `model.modules()` gives every module in the network, those inside others too. Leave a hook with each convolution,
# pooling and dense layer: `isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.Linear))`. Then send one
# input through.
#
# <details><summary>Hint 2</summary>
#
# The hook appends `output.numel()` to a list that begins with the size of the input. Keep what
# `register_forward_hook` returns, to remove the hooks at the end.
#
# <details><summary>Hint 3</summary>
#
# The input: `torch.zeros(1, *input_shape, device=…)` on the device of the model's parameters, for the model may be on
# `meta`. Before, `model.eval()`; around the call, `with torch.no_grad():`. The result is 4 times the sum.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "activation_memory_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def activation_memory(model, input_shape):
    """Weigh what comes out of the layers of a network while one example goes through it.

    Counted are the input and the outputs of all convolutions (nn.Conv2d), poolings (nn.MaxPool2d, nn.AvgPool2d) and
    dense layers (nn.Linear), wherever they are in the network. What functions and other layers make is not counted.

    Args:
        model: a module, on any device. Layers may hold layers.
        input_shape: the shape of one example without the batch: (C, H, W) in pixels, or (n,).

    Returns:
        Bytes, an int: 4 (float32) for each number counted. The model is in evaluation mode afterwards; nothing else
        changed.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Switch to evaluation mode. Make an example of zeros where the model's weights are.
    ### BEGIN SOLUTION
    model.eval()
    example = torch.zeros(1, *input_shape, device=next(model.parameters()).device)
    ### END SOLUTION
    # 2. Leave a hook with each layer that counts: it writes down the size of what comes out.
    ### BEGIN SOLUTION
    sizes = [example.numel()]
    counted = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.Linear)
    hooks = [
        part.register_forward_hook(lambda layer, inputs, output: sizes.append(output.numel()))
        for part in model.modules()
        if isinstance(part, counted)
    ]
    ### END SOLUTION
    # 3. Send the example through, without gradients. Remove the hooks.
    ### BEGIN SOLUTION
    with torch.no_grad():
        model(example)
    for one in hooks:
        one.remove()
    return 4 * sum(sizes)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "activation_memory", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit import testing
from cnnkit.check import Check

with Check("activation_memory") as check:
    # 2 x 6 x 8 = 96 numbers in; 3 x 4 x 6 = 72 of the convolution, 3 x 2 x 3 = 18 of the pooling, 5 of the dense
    # layer: 191 numbers of 4 bytes. ReLU and flatten do not count.
    layers = [("conv", "Conv2d", 2, 3, 3), ("relu", "ReLU"), ("pool", "MaxPool2d", 2)]
    layers += [("flat", "Flatten"), ("dense", "Linear", 18, 5)]
    model = testing.make("cnnkit.stacks.stack", layers)
    check.equal(
        activation_memory(model, (2, 6, 8)), 764, "activation_memory(conv, ReLU, pool, flatten, dense)"
    )

    # Layers within layers, with a batch normalisation, which only looks: 32 + 48 + 12 numbers.
    inner = [("conv", "Conv2d", 2, 3, 1), ("norm", "BatchNorm2d", 3), ("pool", "AvgPool2d", 2)]
    nested = testing.make("cnnkit.stacks.stack", [("block", "Sequential", inner)])
    check.equal(
        activation_memory(nested, (2, 4, 4)), 368, "activation_memory(a block of conv, norm and pool)"
    )
    check.true(
        testing.unchanged(activation_memory, [nested, (2, 4, 4)]),
        "activation_memory should leave what the model remembers as it was.",
    )

    # A hook that stays would be called for ever.
    check.true(
        testing.unchanged(activation_memory, [model, (2, 6, 8)]),
        "activation_memory should remove the hooks that it left with the layers.",
    )

    # On no device: 12 + 12 numbers.
    ghost = testing.make("cnnkit.stacks.stack", [("conv", "Conv2d", 3, 3, 1, {"device": "meta"})])
    check.equal(activation_memory(ghost, (3, 2, 2)), 96, 'activation_memory(a convolution on "meta")')

# %% nbgrader={"grade": true, "grade_id": "activation_memory_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of activation_memory: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit import testing
from cnnkit.check import Check

with Check("activation_memory") as check:
    rng = testing.rng("activation_memory_hidden")
    for place in ("cpu", "cpu", "meta"):
        C, K, M, f, stride, pad = (int(n) for n in rng.integers([2, 4, 3, 2, 2, 1], [4, 9, 7, 6, 4, 3]))
        H, W, units = (int(n) for n in rng.integers([17, 26, 5], [25, 33, 20]))
        # By hand: a window fits wherever it does not stick out.
        h, w = (len(range(0, side + 2 * pad - f + 1, stride)) for side in (H, W))
        first, second, third = K * h * w, M * h * w, M * (h - 1) * (w - 1)
        last = M * ((h - 1) // 2) * ((w - 1) // 2)
        where = {"device": place}
        deep = [("more", "Conv2d", K, M, 1, where), ("act", "Tanh"), ("pool", "AvgPool2d", 2, 1)]
        layers = [
            ("first", "Conv2d", C, K, f, {"stride": stride, "padding": pad, **where}),
            ("rest", "Sequential", [("norm", "BatchNorm2d", K, where), ("deep", "Sequential", deep)]),
            ("pool", "MaxPool2d", 2),
            ("flat", "Flatten"),
            ("dense", "Linear", last, units, where),
            ("relu", "ReLU"),
            ("out", "Linear", units, 3, where),
        ]
        expected = 4 * (C * H * W + first + second + third + last + units + 3)
        label = f'activation_memory(seven layers, one of them a block, on "{place}", {(C, H, W)})'
        model = testing.make("cnnkit.stacks.stack", layers)
        check.equal(activation_memory(model, (C, H, W)), expected, label)
        check.equal(activation_memory(model, (C, H, W)), expected, f"the second time, {label}")
        if place == "cpu":
            check.true(
                testing.unchanged(
                    activation_memory, [testing.make("cnnkit.stacks.stack", layers), (C, H, W)]
                ),
                "activation_memory should leave what the model remembers as it was.",
            )
    plain = testing.make(
        "cnnkit.stacks.stack", [("a", "Linear", 7, 4), ("act", "Sigmoid"), ("b", "Linear", 4, 9)]
    )
    check.equal(activation_memory(plain, (7,)), 80, "activation_memory(two dense layers, (7,))")
### END HIDDEN TESTS

# %% [markdown]
# ### See it
#
# Where do the parameters sit, and where the activations? The bars of VGG-16, layer by layer. Did you predict it?

# %%
import matplotlib.pyplot as plt


def show_where(rows, title, alt):
    """Two rows of bars: the numbers that come out of each layer, and those that it learns."""
    names, places = [name for name, _, _ in rows], range(len(rows))
    sizes = [4 * torch.Size(shape).numel() / 1e6 for _, shape, _ in rows]
    learned = [4 * parameters / 1e6 for _, _, parameters in rows]
    figure, axes = plt.subplots(2, 1, figsize=(8, 5), sharex=True)
    axes[0].bar(places, sizes, color=pictures.COLOURS[0], label="activations of one picture")
    axes[1].bar(places, learned, color=pictures.COLOURS[1], hatch="//", edgecolor="white", label="parameters")
    for axis in axes:
        axis.set_ylabel("MB, as float32")
        axis.legend(loc="upper center")
    axes[1].set_xticks(places, labels=names, rotation=60, ha="right")
    axes[1].set_xlabel("layer")
    axes[0].set_title(title)
    pictures.display_figure(figure, alt)


vgg_rows = stages(VGG16(device="meta"), (3, 224, 224))
vgg_bytes = activation_memory(VGG16(device="meta"), (3, 224, 224))
in_dense = sum(row[2] for row in vgg_rows if row[0].startswith("dense")) / sum(row[2] for row in vgg_rows)
first_four = 4 * sum(
    torch.Size(row[1]).numel() for row in vgg_rows if row[0] in ("conv1", "conv2", "conv3", "conv4")
)
show_where(
    vgg_rows,
    f"VGG-16: the first four convolutions hold {first_four / vgg_bytes:.0%} of the activations,\n"
    f"the three dense layers {in_dense:.0%} of the parameters",
    "Two bar charts over the layers of VGG-16. Above, the activations: 12.8 MB for each of the first two convolutions, "
    "half of that for the next two, and less and less behind. Below, the parameters: next to nothing in the early "
    f"layers, 9.4 MB in each of the last convolutions, and {4 * 102764544 / 1e6:.0f} MB in the first dense layer.",
)
print(f"activations of one picture: {vgg_bytes / 4:,.0f} numbers, {vgg_bytes / 1e6:.1f} MB")

# %% [markdown]
# Early layers are wide: many positions, few weights, each used everywhere. Late layers are deep: few positions, and in
# the dense ones every weight is used once. So to save *parameters*, do away with dense layers (the next lessons do). To
# save *memory* in training, shrink the picture early, or take fewer pictures at a time.
#
# **Try it.** Choose a network, and walk through its stages with the arrows of the field. Where is it widest, where
# heaviest? (By keyboard: Tab moves on, the arrow keys change the stage.)

# %%
from cnnkit.widgets import network_walk

network_walk(
    {
        "LeNet-5": stages(lenet_in_a_row(), (1, 32, 32)),
        "AlexNet": stages(AlexNet(device="meta"), (3, 227, 227)),
        "VGG-16": stages(VGG16(device="meta"), (3, 224, 224)),
        "VGG-19": stages(VGG16(blocks=(2, 2, 4, 4, 4), device="meta"), (3, 224, 224)),
    }
)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The network walk. Above, a menu of networks and a field for the stage. Below, in words, what comes out of pool1 of VGG-16: 112 by 112
# by 64, 802,816 numbers, 3.21 MB, no parameters. Its volume as a box, and beside it two rows of columns, one for each
# stage: the activations are highest at the second and third stage, the parameters at the first dense
# layer.](images/network_walk.png)

# %% [markdown]
# ## 8. Is it true?
#
# 61 MB is a sum on paper. To measure it, take the convolutions and poolings of the real VGG-16, at full width. Their
# weights are 59 MB, which fits; the dense layers, nearly half a gigabyte, stay on `meta`. Send one picture through, keep
# every result, and ask each which block of memory it lies in, and how large the block is. **Predict:** more than
# the sum, less, or the same?


# %%
def held_while_running(inplace, keep):
    """Bytes of the blocks that hold what comes out of VGG-16's convolutional part, and the most held at once."""
    layers = VGG16(device="meta")[:31].to_empty(device="cpu")  # room for the weights, with whatever is in it
    for weights in layers.parameters():
        nn.init.zeros_(weights)
    made, most = [torch.zeros(1, 3, 224, 224)], 0
    with torch.no_grad():
        for layer in layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = inplace
            made.append(layer(made[-1]))
            blocks = {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in made}
            most = max(most, sum(blocks.values()))
            made = made if keep else made[-1:]
    return most


counted = activation_memory(VGG16(device="meta")[:31], (3, 224, 224))
print(f"counted:                          {counted / 1e6:6.1f} MB")
print(f"measured, everything kept:        {held_while_running(False, True) / 1e6:6.1f} MB")
print(f"measured, each ReLU in place:     {held_while_running(True, True) / 1e6:6.1f} MB")
print(f"measured, nothing kept, at most:  {held_while_running(False, False) / 1e6:6.1f} MB")

# %% [markdown]
# The sum leaves out the ReLUs. Each makes a copy of what it gets, as large as the convolution's output: 54 MB more. With
# `nn.ReLU(inplace=True)` it writes over its input, and the sum is exact. And to *use* a network, nothing need be kept:
# two neighbouring volumes are enough. (The loop above kept everything. In training, PyTorch keeps what the way back needs:
# one volume for a convolution and its ReLU, in place or not, and where each pooling's maxima were. So the sum is the
# better estimate for training.)
#
# > **The notes say…** that VGG-16 needs 96 MB a picture, for the forward pass alone. The layers do not add up to that.
# > Input, convolutions, poolings and dense outputs are 15.2 million numbers, which is **61 MB**. With the copies of the
# > ReLUs it is 115 MB. So say what you count. For training come the gradients: one for each parameter, 553 MB, and two
# > more numbers for each with Adam.

# %%
learned = sum(weights.numel() for weights in VGG16(device="meta").parameters())
print(f"{'pictures in a batch':20} {'activations':>12} {'parameters, gradients, Adam':>28}")
for batch in (1, 8, 32, 128):
    activations = batch * activation_memory(VGG16(device="meta"), (3, 224, 224))
    print(f"{batch:20} {activations / 1e9:9.2f} GB {4 * 4 * learned / 1e9:25.2f} GB")

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. You halve the sides of the pictures for VGG-16, to 112 × 112. What becomes of the activations of the convolutions?
#    Of their parameters? And of the first dense layer?
# 2. AlexNet has 5 convolutions, VGG-16 has 13. Why does VGG-16 have only about twice as many parameters?
# 3. Why can't you send a picture through a network on `meta` and look at the logits?
# 4. A colleague's layer adds its input to its output. In a row, or as a function?
# 5. Local response normalisation with `size=1`, `k=0`, `alpha=1` and `beta=0.5`: what does it do?
#
# <details><summary>Answers</summary>
#
# 1. A quarter of the activations. The parameters of the convolutions stay. The first dense layer gets 3 × 3 × 512 in place
#    of 7 × 7 × 512 (7 halves to 3): it has to be made anew, with less than a fifth of the weights.
# 2. In both, dense layers have most of them: 58.6 million and 123.6 million. VGG's 13 convolutions together have 14.7
#    million.
# 3. There are no weights and no pixels. Shapes come out, and nothing else.
# 4. As a function: a row forgets its input.
# 5. It divides each number by its own size: what stays is the sign, 1 or −1.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…you trust the paper's 224.** Sixty-two million parameters, and one line of arithmetic decides whether they fit.

# %%
for pixels in (227, 224):
    rows = dict((name, shape) for name, shape, _ in stages(AlexNet(device="meta")[:13], (3, pixels, pixels)))
    print(f"{pixels} pixels: conv1 {volume(rows['conv1'])}, pool3 {volume(rows['pool3'])},", end=" ")
    print(f"so {torch.Size(rows['pool3']).numel()} numbers for a dense layer that expects 9216")

# %% [markdown]
# **…you forget the padding.** Nothing complains while VGG's volumes melt away.

# %%
for pad in (1, 0):
    sides, side = [], 224
    for count in (2, 2, 3, 3, 3):
        side = (side - count * (2 - 2 * pad)) // 2
        sides.append(side)
    print(
        f"padding {pad}: sides after the five blocks {sides}, {side * side * 512:,} numbers for the dense layers"
    )

# %% [markdown]
# **…you stack sigmoids.** How large are the gradients that arrive at each layer, before any training?

# %%
digits_x, digits_y = grey("train", 256)
for activation in ("sigmoid", "tanh", "relu"):
    cnnkit.seed(0)
    fresh = LeNet5(activation, "average").to(device)
    functional.cross_entropy(fresh(digits_x), digits_y).backward()
    layers = (fresh.conv1, fresh.conv2, fresh.fc3, fresh.fc4, fresh.logits)
    sizes = [layer.weight.grad.abs().mean().item() for layer in layers]
    print(
        f"{activation:8} mean size of the gradient, first layer to last:", *(f"{size:.1e}" for size in sizes)
    )

# %% [markdown]
# **…you leave out the nonlinearity.** Two dense layers without one between them are one dense layer: a product of matrices
# is a matrix. AlexNet's $4096 \cdot 4096$ weights would buy nothing. Here two layers of a narrow sister:

# %%
cnnkit.seed(0)
one, two = nn.Linear(64, 64), nn.Linear(64, 64)
both = nn.Linear(64, 64)
with torch.no_grad():
    both.weight.copy_(two.weight @ one.weight)
    both.bias.copy_(two.weight @ one.bias + two.bias)
inputs = torch.randn(100, 64)
print(f"without ReLU, one layer does the same to {(two(one(inputs)) - both(inputs)).abs().max().item():.0e}")
print(f"with ReLU, it is off by {(two(one(inputs).relu()) - both(inputs)).abs().max().item():.1f}")

# %% [markdown]
# **…you hand the paper's $\alpha$ to PyTorch as it is.** It divides by `size`, and normalises less than you think.

# %%
strong = torch.full((1, 16, 1, 1), 200.0)
for name, alpha in {"alpha": 1e-4, "alpha * size": 5e-4}.items():
    torchs = functional.local_response_norm(strong, 5, alpha=alpha, beta=0.75, k=2.0)[0, 8].item()
    print(f"PyTorch with {name:12}: 200 becomes {torchs:.1f}")
print(f"the paper's formula:        200 becomes {local_response_norm(strong)[0, 8].item():.1f}")

# %% [markdown]
# **…you walk through a functional network and think you saw all of it.** Its poolings are functions, not layers. No hook
# hears of them.

# %%
for name, model in {"in a row": lenet_in_a_row(), "as a function": LeNet5()}.items():
    print(f"LeNet-5 {name:14} {activation_memory(model, (1, 32, 32)):7,} bytes")

# %% [markdown]
# ## Your turn: a picture of your own
#
# Put a photo beside this notebook and write its name below. Without one, an astronaut is taken. What would VGG-16's
# convolutions need for your picture *at its own size*, with no pixel lost? Any size will do for them: only dense layers
# fix it. **Predict** for a phone's photo of 4000 × 3000.

# %%
from cnnkit.data import own_photo, photo

photo_file = ""  # for example "my_cat.jpg"

opened = own_photo(photo_file, photo("astronaut"))
own_size = opened.size
opened.thumbnail((300, 300))
own_grey = torch.from_numpy(np.array(opened.convert("L"), dtype=np.float32))
for what, (width, height) in {
    "as it is": own_size,
    "at 224 x 224": (224, 224),
    "a phone's": (4000, 3000),
}.items():
    needed = activation_memory(VGG16(device="meta")[:31], (3, height, width))
    print(f"{what:13} {width} x {height} pixels: {needed / 1e9:.2f} GB of activations")

own_answers = functional.conv2d(own_grey[None, None], turned_edges()).relu()
own_dampened = local_response_norm(own_answers)
own_spread = [(values.max() / values[values > 0].median()).item() for values in (own_answers, own_dampened)]
pictures.show(
    {
        "your picture": own_grey.numpy().astype(np.uint8),
        "its edges": own_answers.amax(dim=1)[0].numpy(),
        "dampened": own_dampened.amax(dim=1)[0].numpy(),
    },
    title=f"The strongest edge: {own_spread[0]:.0f} times the median one before, {own_spread[1]:.0f} times after",
    alt="Three grey pictures: yours, or an astronaut if you chose none; its edges in all directions, bright on black; and "
    "the same after local response normalisation, with fainter differences between strong and weak edges.",
)

# %% [markdown]
# Try an $\alpha$ that is a hundred times as large, or a `size` of 15. What is left of the picture when everything is
# equally strong?

# %% [markdown]
# ## Summary
#
# - All three networks have one plan: convolutions and poolings, sides down, channels up, then dense layers.
# - LeNet-5: 61,706 parameters as drawn here. AlexNet: 62,378,344. VGG-16: 138,357,544, by a rule of 3 × 3 and 2 × 2.
# - ReLU and max pooling took the place of tanh, sigmoid and average pooling. The sigmoid hardly passes gradients on.
# - A row is easy to read and to walk through. A function can do anything.
# - On `meta`, a network has shapes and no numbers. A divisor gives a small sister that runs.
# - Parameters sit in the dense layers, activations in the early convolutions. Say what you count.
# - Local response normalisation looks at five neighbouring channels. You will read of it more than you use it.
#
# **Next:** VGG-19 hardly beat VGG-16. Why not fifty layers? Lesson 2.2 finds out what happens, and what helps.

# %% [markdown]
# ## References
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", *Proceedings of
#   the IEEE* 86(11), 1998. LeNet-5; sections II and III.
# - A. Krizhevsky, I. Sutskever, G. E. Hinton, "ImageNet classification with deep convolutional neural networks",
#   *NIPS*, 2012. AlexNet, ReLU, local response normalisation, two graphics cards.
# - K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", *ICLR*, 2015. VGG-16
#   and VGG-19.
# - O. Russakovsky et al., "ImageNet large scale visual recognition challenge", *IJCV* 115, 2015. The contest.
# - X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", *AISTATS*, 2010. What
#   sigmoids do to gradients.
