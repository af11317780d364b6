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
# # 2.5 Transfer and augmentation
#
# **You have thirty pictures, and a good network wants a million. What can you borrow, and what can you make of the
# pictures that you have?**
#
# Few people train a network from nothing. They take one that somebody else trained for weeks, and teach it the last
# step. And they make each of their pictures into many. In this lesson you do both with a real network, and measure what
# each is worth. Much of it works. Some of it does not, and you will see that too.
#
# **After this lesson you can**
#
# - freeze a network so that nothing of it moves, its running statistics included, and prove it;
# - compute its features once, keep them on disk, and train on them in a second;
# - choose how many layers to train, by how many pictures you have;
# - make new pictures of old ones: mirror, crop, turn, shear, warp, and shift colours along their own axes;
# - have other processes make them while the network learns;
# - ask a network ten times, or ask five networks, and average the right thing.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 4 hours |
# | machine time, solved | under 8 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | lessons 1.3 and 2.2; batch normalisation |

# %% [markdown]
# ## What you build
#
# | | name | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `freeze_backbone` | makes layers that no training changes | 3 |
# | 2 | `cached_features` | computes features once, and keeps them on disk | 3 |
# | 3 | `fine_tuned` | a network whose first layers are frozen, with a new end | 3 |
# | 4 | `mirror` | swaps left and right | 3 |
# | 5 | `random_crop` | cuts a square out, anywhere | 3 |
# | 6 | `rotate` | turns a picture about its centre | 3 |
# | 7 | `shear` | leans a picture to the right | 3 |
# | 8 | `local_warp` | pulls each place of a picture another way | 3 |
# | 9 | `color_shift` | adds a number to each colour | 3 |
# | 10 | `pca_color` | moves colours along the picture's own axes | 3 |
# | 11 | `ten_crop` | one picture, seen ten times | 3 |
# | 12 | `ensemble` | averages what several networks say | 3 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell
# you how you are doing. A hidden test with other sizes and other numbers runs when your notebook is graded. Each
# exercise is judged by itself.
#
# ## The names in this lesson
#
# | name | what it is |
# | --- | --- |
# | `image`, (C, H, W) | one picture: channels, rows, columns, floats from 0 to 1 |
# | `x`, (B, C, H, W) | a batch of B pictures |
# | `backbone` | a trained network without its last layer |
# | features, (B, D) | what a backbone gives: D numbers a picture |
# | head | the new last layer, from features to logits |
# | `generator` | a `torch.Generator`: a source of random numbers that nothing else draws from |

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import cnnkit
from cnnkit import nets

device = cnnkit.device()

# %% [markdown]
# # Part 1: what you can borrow
#
# ## 1. A network that has seen a million pictures
#
# EfficientNet-Lite0 was trained on ImageNet: 1.3 million photographs in 1000 classes, on machines that you do not have.
# Its authors gave its weights away, and other people put them into a package. You load them in a second. (Starting from
# open-source code and weights is the rule, not the exception: it saves you weeks, and their mistakes are known.)
#
# **Predict:** which of its 1000 names will it give to a cat, to a cup of coffee, and to an astronaut in front of a
# flag?

# %%
from cnnkit import pictures
from cnnkit.data import photo

pretrained = nets.efficientnet_lite0()
shown = {}
for name in ("cat", "coffee", "astronaut"):
    with torch.no_grad():
        ((guess, share),) = nets.top_classes(pretrained(nets.preprocess(photo(name))), 1)[0]
    shown[f"{guess}, {share:.0%}"] = photo(name)
pictures.show(
    shown,
    title="What EfficientNet-Lite0 says, and how sure it is",
    alt="Three photographs, of a cat, of a cup of coffee, and of an astronaut, each with the class that the network gives: "
    + "; ".join(shown)
    + ".",
)

# %% [markdown]
# There is no *astronaut* among its classes, so it takes something that looks alike. Its last layer knows 1000 names and
# no others. But what comes *into* that layer, 1280 numbers a picture, may serve for other names too.
#
# ## 2. Freeze all, and train one layer
#
# Your names are *pedestrian*, *car* and *motorcycle*. Here is the plan for someone with few pictures:
#
# 1. Take the trained network without its last layer: the *backbone*.
# 2. *Freeze* it: nothing of it shall change.
# 3. Put a new dense layer on top, with a softmax over your classes in the loss, and train that alone.
#
# **Ask yourself:** why not train everything? And what is there in a network that changes while it trains, *beside* the
# weights that the optimizer moves?
#
# <details><summary>Compare with your answer</summary>
#
# Thirty pictures cannot choose four million weights: the network learns them by heart. And in training mode, batch
# normalisation takes mean and variance from each batch, and *remembers* them in running statistics. No gradient is
# needed for that. So a network whose weights are all frozen still changes with every batch that it sees in training
# mode.
#
# </details>
#
# This is the trap of this lesson, and many people walk into it: `requires_grad = False` freezes weights. It does not
# freeze statistics. And `backbone.eval()` does not last: whoever trains the whole network calls `model.train()`, which
# calls `train()` on all that is in it. That is where you can stop it.

# %% [markdown]
# ### Exercise 1: `freeze_backbone` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Two things must stay: the weights, and the mode. A module has a method for each: `requires_grad_(False)` sets it for
# all the parameters inside. (`backbone.requires_grad = False` only makes an attribute that nobody reads.)
#
# <details><summary>Hint 2</summary>
#
# `model.train()` calls `part.train(mode)` on each of its parts. So either put the layers into a class of your own,
# whose `train` never lets them out of evaluation mode, or give this very object another `train`.
#
# <details><summary>Hint 3</summary>
#
# First `eval()`, for it calls `train(False)` itself. Then assign to `backbone.train` a function that takes the mode,
# does nothing and gives the backbone back.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "freeze_backbone_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def freeze_backbone(backbone):
    """Make trained layers into a part of a network that no training changes.

    Args:
        backbone: a module, in whichever mode, with weights that learn or do not. It may be changed.

    Returns:
        A module that always computes what the backbone computes in evaluation mode, also after `train()` was called on
        it or on a network that it is part of. Training that network moves none of its weights and running statistics.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. No weight learns.
    ### BEGIN SOLUTION
    backbone.requires_grad_(False)
    ### END SOLUTION
    # 2. Evaluation mode, now and for good, whatever `train` is told.
    ### BEGIN SOLUTION
    backbone.eval()
    backbone.train = lambda mode=True: backbone
    return backbone
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "freeze_backbone", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("freeze_backbone") as check:
    # A filter of one pixel that doubles, and a normalisation that remembers a mean of 2 and a variance of 4.
    layers = [("conv", "Conv2d", 1, 1, 1, {"bias": False}), ("norm", "BatchNorm2d", 1, {"eps": 0.0})]
    state = {
        "conv.weight": torch.full((1, 1, 1, 1), 2.0),
        "norm.weight": torch.ones(1),
        "norm.bias": torch.zeros(1),
        "norm.running_mean": torch.tensor([2.0]),
        "norm.running_var": torch.tensor([4.0]),
        "norm.num_batches_tracked": torch.tensor(1),
    }
    frozen = freeze_backbone(testing.make("cnnkit.stacks.stack", layers, state=state))
    x = torch.tensor([[[[0.0, 1.0]]], [[[2.0, 5.0]]]])
    expected = torch.tensor([[[[-1.0, 0.0]]], [[[1.0, 4.0]]]])
    check.equal(frozen(x).detach(), expected, "freeze_backbone(backbone)(x)")

    # A network that it is part of learns for two steps. What has moved?
    moved = testing.moved(frozen, x)
    check.equal(moved, [], "what moves in freeze_backbone(backbone) while a network on top of it learns")
    check.equal(frozen(x).detach(), expected, "freeze_backbone(backbone)(x) after train()")

# %% nbgrader={"grade": true, "grade_id": "freeze_backbone_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of freeze_backbone: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("freeze_backbone") as check:
    rng = testing.rng("freeze_backbone_hidden")
    # Dropout at 0 or 1, never between: what a wrong answer gives must not depend on the machine's random numbers.
    for training, p in ((True, 0.0), (False, 1.0)):
        C, n_C = (int(n) for n in rng.integers([2, 4], [4, 7]))
        inner = [("conv2", "Conv2d", n_C, 3, 2), ("norm2", "BatchNorm2d", 3), ("drop2", "Dropout", p)]
        layers = [
            ("conv1", "Conv2d", C, n_C, 3),
            ("norm1", "BatchNorm2d", n_C),
            ("relu1", "ReLU"),
            ("block", "Sequential", inner),
        ]
        here = stack(layers, training=False)
        state = {}
        for name, value in here.state_dict().items():
            numbers = (
                rng.uniform(0.5, 2, tuple(value.shape))
                if "var" in name
                else rng.normal(0, 1, tuple(value.shape))
            )
            state[name] = torch.tensor(numbers, dtype=torch.float32) if value.ndim else torch.tensor(3)
        here.load_state_dict(state)
        x = torch.tensor(rng.normal(0, 1, (4, C, 6, 5)), dtype=torch.float32)
        expected = here(x).detach()
        frozen = freeze_backbone(testing.make("cnnkit.stacks.stack", layers, training, state=state))
        check.equal(frozen(x).detach(), expected, "freeze_backbone(backbone)(x)", rtol=1e-4, atol=1e-5)
        moved = testing.moved(frozen, x, 3)
        check.equal(moved, [], "what moves in freeze_backbone(backbone) while a network on top of it learns")
        frozen.train()
        check.equal(
            frozen(x).detach(), expected, "freeze_backbone(backbone)(x) after train()", rtol=1e-4, atol=1e-5
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: the street's objects
#
# The pictures are cut from this course's streets: whatever the frame around a pedestrian, car or motorcycle holds, at
# 64 × 64. Those to train with and those to test with come from other streets: no scene is in both.


# %%
from cnnkit.scenes import CLASSES, street_scene


def resized(x, side):
    """A batch (B, C, H, W) at another size, averaged where it shrinks: (B, C, side, side)."""
    return functional.interpolate(x, (side, side), mode="bilinear", antialias=True).clamp(0, 1)


def street_objects(count, seed, side=64):
    """Objects from streets of their own, `count` a class: x (N, 3, side, side) from 0 to 1, and y (N,), in turns."""
    x, y = [], []
    for number in range(count * len(CLASSES)):
        label = number % len(CLASSES)
        scene = street_scene(100_000 * seed + number, 128, 0.7, objects=(CLASSES[label],))
        x1, y1, x2, y2 = scene.boxes[0]
        reach = max(x2 - x1, y2 - y1, 16) * 0.6
        column, row = (x1 + x2) / 2, (y1 + y2) / 2
        top, left = int(max(row - reach, 0)), int(max(column - reach, 0))
        cut = scene.image[top : int(row + reach) + 1, left : int(column + reach) + 1]
        x.append(resized(torch.tensor(cut).permute(2, 0, 1)[None] / 255, side))
        y.append(label)
    return torch.cat(x), torch.tensor(y)


most = 4 if cnnkit.quick() else 50
x_train, y_train = street_objects(most, seed=1)
x_test, y_test = street_objects(most, seed=2)
pictures.contact_sheet(
    x_train[:24],
    columns=8,
    captions=[CLASSES[label] for label in y_train[:24]],
    title=f"Some of {len(y_train)} objects to train with; {len(y_test)} others are for testing",
    alt="A contact sheet of small pictures cut from rendered streets: pedestrians, cars and motorcycles, many of them "
    "blurred, dark or cut off.",
)

# %% [markdown]
# Freeze the backbone, and train a head on one batch after another. First with your `freeze_backbone`, then with frozen
# weights alone. The two runs start from the same head, see the same batches, and take the same steps. **Predict:** how
# do they differ on the test pictures? And what becomes of the running statistics?


# %%
def as_input(x, side=96):
    """Pictures from 0 to 1 as the pretrained network takes them, at `side` pixels."""
    return nets.normalise(255 * resized(x, side)).to(device)


def accuracy(model, x, y):
    """The share of pictures (or features) that a model on `device` names rightly, in evaluation mode, in percent."""
    model.eval()
    with torch.no_grad():
        right = [
            (model(xs.to(device)).argmax(dim=1) == ys.to(device)).sum().item()
            for xs, ys in zip(x.split(50), y.split(50), strict=True)
        ]
    return 100 * sum(right) / len(y)


def few(count, x=x_train, y=y_train):
    """The first `count` pictures of each class."""
    chosen = torch.arange(len(y))[: count * len(CLASSES)]
    return x[chosen], y[chosen]


def fit_here(model, x, y, steps, rate, seed=0, size=16, change=None):
    """Train a model on `device` by steps of Adam, whose rate falls to 0; each calls train(), as training loops do.

    `change(image, generator)` makes a new picture of each, where it is given.
    """
    steps = 2 if cnnkit.quick() else steps
    model.to(device)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    draw = cnnkit.generator(seed)
    for _ in range(steps):
        model.train()
        chosen = torch.randint(len(y), (min(size, len(y)),), generator=draw)
        xs = torch.stack([change(image, draw) for image in x[chosen]]) if change else x[chosen]
        optimizer.zero_grad()
        functional.cross_entropy(model(xs.to(device)), y[chosen].to(device)).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def statistics_of(model):
    """All running means of a model in one row."""
    return torch.cat([value.flatten() for name, value in model.named_buffers() if "running_mean" in name])


x_few, y_few = few(10)
inputs, test_inputs = as_input(x_few, 64), as_input(x_test, 64)
for name in ("frozen by freeze_backbone", "weights frozen only"):
    backbone = nets.efficientnet_lite0(device=device)[:-1]
    before = statistics_of(backbone).clone()
    whole = backbone.requires_grad_(False) if "only" in name else freeze_backbone(backbone)
    cnnkit.seed(0)
    network = nn.Sequential(whole, nn.Linear(1280, 3))
    fit_here(network, inputs, y_few, steps=60, rate=1e-3)
    drift = (statistics_of(backbone) - before).abs().mean() / before.abs().mean()
    print(
        f"{name:26} test pictures right {accuracy(network, test_inputs, y_test):5.1f} %   drift {drift:.1%}"
    )

# %% [markdown]
# Nobody asked the second one to change, and no weight of its backbone did. But its normalisations have drifted towards
# sixteen small pictures at a time. In evaluation mode the head then gets other features than it was trained on.

# %% [markdown]
# ## 3. Compute once, keep, train in a second
#
# A frozen backbone gives the same features for the same picture, every time. Training a head for 200 steps of 16
# pictures asks it 3,200 times for the features of thirty pictures. **Ask yourself:** what would you keep, where, and
# what must not happen between one run and the next?
#
# <details><summary>Compare with your answer</summary>
#
# Keep the features: 1280 numbers a picture are 5 KB. On disk, so that they outlive the notebook. And then neither the
# pictures nor the backbone may change, for the file does not know: it hands out what was computed then. (So random
# changes of the pictures, in part 2, and a cache do not go together.)
#
# </details>

# %% [markdown]
# ### Exercise 2: `cached_features` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `Path(file).exists()` tells whether it was done before. If so, read the file and give back what it holds.
#
# <details><summary>Hint 2</summary>
#
# `x.split(size)` gives the pictures in order, `size` at a time. In evaluation mode, and within `torch.no_grad()`. Join
# what comes out with `torch.cat`.
#
# <details><summary>Hint 3</summary>
#
# `np.save(file, features.cpu().numpy())` writes, `torch.from_numpy(np.load(file))` reads: a tensor both times.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "cached_features_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cached_features(backbone, x, file, size=32):
    """Give a backbone's features of some pictures: computed the first time, read from a file from then on.

    Args:
        backbone: a module, (B, C, H, W) to (B, D), in whichever mode; it is used in evaluation mode.
        x: (N, C, H, W), on the backbone's device.
        file: a path that ends in .npy, a str. Where there is such a file, its features are given back and nothing is
            computed, whatever the other arguments are. Where there is none, it is written. How is for you to choose.
        size: how many pictures go through the backbone at a time, in order, an int; the last time may have fewer.

    Returns:
        A tensor of shape (N, D), of the backbone's dtype, on the CPU, that needs no gradient; the same both times.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Where the file is there: read it.
    ### BEGIN SOLUTION
    if Path(file).exists():
        return torch.from_numpy(np.load(file))
    ### END SOLUTION
    # 2. Else compute the features, some pictures at a time. Write them. Give them back.
    ### BEGIN SOLUTION
    backbone.eval()
    with torch.no_grad():
        features = torch.cat([backbone(part) for part in x.split(size)]).cpu()
    np.save(file, features.numpy())
    return features
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "cached_features", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("cached_features") as check:
    # Pictures of two pixels. The backbone adds the first pixel and twice the second; its dropout is for training only.
    layers = [("flat", "Flatten"), ("add", "Linear", 2, 1, {"bias": False}), ("drop", "Dropout", 1.0)]
    backbone = testing.make("cnnkit.stacks.stack", layers, state={"add.weight": torch.tensor([[1.0, 2.0]])})
    x = torch.tensor([[[[1.0, 0.0]]], [[[0.0, 1.0]]], [[[3.0, 2.0]]]])
    expected = torch.tensor([[1.0], [2.0], [7.0]])
    file = testing.make("cnnkit.testing.scratch_file", "first.npy", fresh=True)
    check.equal(cached_features(backbone, x, file, 2), expected, "cached_features(backbone, x, file, 2)")

    # Another backbone, which forgets everything, but the same file: the features come from the file.
    other = testing.make("cnnkit.stacks.stack", layers, state={"add.weight": torch.zeros(1, 2)})
    file = testing.make("cnnkit.testing.scratch_file", "first.npy")
    check.equal(
        cached_features(other, x, file, 2), expected, "cached_features(other, x, file, 2), the second time"
    )

    # The file was copied to another place.
    copied = testing.make("cnnkit.testing.scratch_file", "second.npy", fresh=True, copy_of="first.npy")
    check.equal(
        cached_features(other, x, copied, 2), expected, "cached_features(other, x, copy of the file, 2)"
    )

    # What comes out the first time needs no gradient, either.
    unseen = testing.make("cnnkit.testing.scratch_file", "third.npy", fresh=True)
    check.true(
        testing.detached(cached_features, [backbone, x, unseen, 2]),
        "What cached_features gives should need no gradient: compute it within torch.no_grad().",
    )

# %% nbgrader={"grade": true, "grade_id": "cached_features_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of cached_features: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("cached_features") as check:
    rng = testing.rng("cached_features_hidden")
    for size in (3, 32):
        C, D = (int(n) for n in rng.integers([2, 3], [4, 7]))
        # The second normalisation has no statistics and goes by the batch, in every mode: it tells how x was cut.
        layers = [
            ("conv", "Conv2d", C, D, 2),
            ("norm", "BatchNorm2d", D),
            ("batch", "BatchNorm2d", D, {"affine": False, "track_running_stats": False}),
            ("flat", "Flatten"),
            ("drop", "Dropout", 1.0),
        ]
        here = stack(layers, training=False)
        state = {}
        for name, value in here.state_dict().items():
            numbers = rng.uniform(0.5, 2, tuple(value.shape))
            state[name] = torch.tensor(numbers, dtype=torch.float32) if value.ndim else torch.tensor(3)
        here.load_state_dict(state)
        x = torch.tensor(rng.normal(0, 1, (2 * size + 2, C, 4, 3)), dtype=torch.float32)
        with torch.no_grad():
            expected = torch.cat([here(x[start : start + size]) for start in (0, size, 2 * size)])
        options = () if size == 32 else (size,)
        called = f"cached_features(backbone, x, file, size={size})"
        for turn, weights in enumerate((state, {name: value * 0 + 1 for name, value in state.items()})):
            backbone = testing.make("cnnkit.stacks.stack", layers, state=weights)
            file = testing.make("cnnkit.testing.scratch_file", f"hidden{size}.npy", fresh=turn == 0)
            got = cached_features(backbone, x, file, *options)
            label = f"{called}, {'the second' if turn else 'the first'} time"
            check.equal(got, expected, label, rtol=1e-4, atol=1e-4, same_dtype=True)
        unseen = testing.make("cnnkit.testing.scratch_file", f"unseen{size}.npy", fresh=True)
        check.true(
            testing.detached(cached_features, [backbone, x, unseen]),
            f"What {called} gives should need no gradient: compute it within torch.no_grad().",
        )
        copied = testing.make(
            "cnnkit.testing.scratch_file", "copy.npy", fresh=True, copy_of=f"hidden{size}.npy"
        )
        got = cached_features(backbone, x[:2], copied)
        check.equal(got, expected, "cached_features(backbone, x[:2], copy of the file)", rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### See it: what the file saves
#
# The second cell measures one pass of the backbone over all pictures, the same from the file, and a whole training of a
# head on features. **Predict** the three times.

# %%
import time

backbone = nets.efficientnet_lite0(device=device)[:-1]
folder = Path("work/transfer_and_augmentation")
folder.mkdir(parents=True, exist_ok=True)
files = {"train": str(folder / "train.npy"), "test": str(folder / "test.npy")}
for file in files.values():
    Path(file).unlink(missing_ok=True)


def seconds(function):
    """How long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def head_on(features, labels, seed=0, steps=200):
    """A dense layer from features to logits, trained on them."""
    cnnkit.seed(seed)
    return fit_here(nn.Linear(features.shape[1], len(CLASSES)), features, labels, steps, rate=1e-3)


# %% tags=["nbval-ignore-output"]
backbone = freeze_backbone(backbone)
computing = seconds(lambda: cached_features(backbone, as_input(x_train), files["train"]))
reading = seconds(lambda: cached_features(backbone, as_input(x_train[:1]), files["train"]))
features = cached_features(backbone, as_input(x_train[:1]), files["train"])
training = seconds(lambda: head_on(features, y_train))
print(
    f"computed: {computing:.2f} s   read: {reading:.3f} s   a head, 200 steps on the features: {training:.2f} s"
)
passes = 200 * 16 / len(y_train)
print(
    f"Without the file, these steps would take {passes:.0f} times the first number: {passes * computing:.0f} s."
)

# %% [markdown]
# ## 4. How many pictures do you need?
#
# Now the comparison that matters. On one side, a head on the frozen features. On the other, a small network of three
# convolutions that is trained from scratch on the very same pictures. **Predict** the two curves from 1 to 50 pictures
# a class: where do they start (guessing gives a third), and do they meet?


# %%
def small_network(num_classes=3):
    """Three convolutions with batch normalisation, and an average over all places: (B, 3, H, W) to logits."""
    layers, channels = [], 3
    for n_C in (16, 32, 64):
        layers += [
            nn.Conv2d(channels, n_C, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_C),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        channels = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, num_classes))


counts = [1, 2, 5, 10, 25, 50]


def by_count(seed):
    """Test accuracy of both ways for each count, in percent: one row of results."""
    row = {"seed": seed, "frozen": [], "scratch": []}
    for count in counts:
        head = head_on(*few(count, features_train, y_train), seed=seed)
        row["frozen"].append(round(accuracy(head, features_test, y_test), 1))
        cnnkit.seed(seed)
        network = fit_here(small_network(), *few(count), steps=150, rate=3e-3, seed=seed, size=32)
        row["scratch"].append(round(accuracy(network, x_test, y_test), 1))
    return row


features_train = cached_features(backbone, as_input(x_train), files["train"])  # from the file by now
features_test = cached_features(backbone, as_input(x_test), files["test"])
row = by_count(seed=0)
curves = {"frozen backbone, new head": row["frozen"], "from scratch": row["scratch"]}
pictures.show_curves(
    counts,
    curves,
    xlabel="training pictures a class",
    ylabel="test pictures named rightly, %",
    title=f"With 10 pictures a class: {row['frozen'][3]:.0f} % frozen, {row['scratch'][3]:.0f} % from scratch",
    alt="Test accuracy over the number of training pictures a class, "
    + "; ".join(f"{name}: " + ", ".join(f"{one:.0f}" for one in values) for name, values in curves.items())
    + f" percent at {', '.join(map(str, counts))} pictures.",
    logarithmic=False,
)

# %% [markdown]
# **What you see.** One picture of each class already takes the head to 60 % or more, ten to over 80 %, fifty to over 90
# %. From scratch, the small network begins by guessing, and fifty pictures a class do less for it than five do for the
# head. **What it does not show.** That training from scratch is hopeless: more pictures and more steps help. And a
# borrowed network helps most where its pictures resemble yours.
#
# Where data is short, something else must fill the gap: people's handwork (features, networks and tricks made for the
# task), or what others have learned from their data. Where data is plenty, a simple method does.
#
# ## 5. More pictures, fewer frozen layers
#
# Early layers know edges and textures, which serve everybody. Late ones know what ImageNet's classes look like. So
# people follow a rule of thumb:
#
# | you have | do this |
# | --- | --- |
# | few pictures | freeze all, train a new head (on features from disk) |
# | more | freeze the first layers only, train the others and the head |
# | very many | freeze nothing: the trained weights are only where you start |
#
# ![Three rows of six boxes, a network from its input on the left to its output on the right. With few pictures five
# layers are frozen and the sixth, a new head, learns. With more pictures three layers are frozen, two learn, and so
# does the new head. With very many pictures nothing is frozen.](images/transfer.svg)
#
# **Ask yourself:** the first layers are frozen and the last ones learn. Which of them normalise by the batch while
# training? Which learning rate do you take, compared with training from scratch?
#
# <details><summary>Compare with your answer</summary>
#
# The frozen ones use their statistics, as ever. Those that learn normalise by the batch and go on remembering. The rate
# should be lower: these weights are good already, and a large step forgets more than it learns.
#
# </details>

# %% [markdown]
# ### Exercise 3: `fine_tuned` (3 points)
#
# <details><summary>Hint 1</summary>
#
# A sequence can be cut like a list: `backbone[:3]` are its first three layers, and they are the same objects. What must
# become of the first part? What of the second, whose weights may be frozen when they come to you?
#
# <details><summary>Hint 2</summary>
#
# Put three things in a row: the first part, frozen as in exercise 1; the rest, whose weights all learn; a dense layer.
#
# <details><summary>Hint 3</summary>
#
# `rest.requires_grad_(True)` makes the rest learn. The head is an `nn.Linear`, and no softmax follows: logits go out.
# You may call your `freeze_backbone`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "fine_tuned_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fine_tuned(backbone, frozen, num_features, num_classes):
    """Make a network for other classes from a trained one, some of whose first layers are frozen.

    Args:
        backbone: an nn.Sequential, (B, C, H, W) to (B, num_features). Its weights may learn or not. It may be changed.
        frozen: how many of its layers, counted from the input, no training shall change, an int from 0 to their number.
        num_features: what the backbone gives for each picture, an int.
        num_classes: classes, an int.

    Returns:
        A module, (B, C, H, W) to logits (B, num_classes): the backbone and a new dense layer with a bias. The frozen layers
        are in evaluation mode for good, and neither their weights nor their statistics move. All other weights learn, and
        what normalises among the other layers does what the mode says.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The first layers stay as they are. All weights of the others learn.
    ### BEGIN SOLUTION
    first, others = freeze_backbone(backbone[:frozen]), backbone[frozen:]
    others.requires_grad_(True)
    ### END SOLUTION
    # 2. Both, and a new last layer.
    ### BEGIN SOLUTION
    return nn.Sequential(first, others, nn.Linear(num_features, num_classes))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "fine_tuned", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("fine_tuned") as check:
    # Three layers of different shapes, the first of which is frozen. What has moved after two steps, by its shape?
    layers = [("one", "Linear", 2, 3), ("two", "Linear", 3, 4), ("three", "Linear", 4, 5)]
    model = fine_tuned(testing.make("cnnkit.stacks.stack", layers), 1, 5, 6)
    shapes = {name: tuple(shape) for name, shape, _ in testing.describe(model)["parameters"]}
    check.equal(
        sorted(shapes.values()),
        [(3,), (3, 2), (4,), (4, 3), (5,), (5, 4), (6,), (6, 5)],
        "the shapes of all weights",
    )
    moved = sorted(shapes[name] for name in testing.moved(model, torch.tensor([[1.0, 2.0], [3.0, -1.0]])))
    check.equal(
        moved,
        [(4,), (4, 3), (5,), (5, 4), (6,), (6, 5)],
        "the shapes of what moves where one layer is frozen",
    )

    # Ones everywhere: 1 + 2 + 1 = 4, then 3 * 4 + 1 = 13, then 4 * 13 + 1 = 53, and 5 * 53 + 1 = 266 for each class.
    model.load_state_dict({name: torch.ones(shape) for name, shape in shapes.items()})
    expected = torch.full((1, 6), 266.0)
    check.equal(
        model(torch.tensor([[1.0, 2.0]])).detach(),
        expected,
        "fine_tuned(backbone, 1, 5, 6)(x), all weights 1",
    )

# %% nbgrader={"grade": true, "grade_id": "fine_tuned_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of fine_tuned: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from itertools import pairwise

import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("fine_tuned") as check:
    rng = testing.rng("fine_tuned_hidden")
    for frozen in rng.permutation(4).tolist():
        widths = [int(n) for n in rng.permutation(np.arange(3, 12))[:5]]
        C, D, classes = widths[0], widths[3], widths[4]
        layers, own = [], []
        for number, (n_in, n_out) in enumerate(pairwise(widths[:4])):
            inner = [
                ("linear", "Linear", n_in, n_out),
                ("norm", "BatchNorm1d", n_out),
                ("relu", "LeakyReLU", 0.5),
            ]
            layers.append((f"layer{number}", "Sequential", inner))
            own.append(
                [(n_out, n_in), *[(n_out,)] * 5]
            )  # weight, bias, scale, shift, running mean and variance
        here = stack(layers)
        state = {}
        for name, value in here.state_dict().items():
            numbers = rng.uniform(0.5, 2, tuple(value.shape))
            state[name] = torch.tensor(numbers, dtype=torch.float32) if value.ndim else torch.tensor(3)
        called = f"fine_tuned(backbone of 3 layers, {frozen}, {D}, {classes})"
        # Backbones come with weights that learn, and with weights that do not.
        given = testing.make("cnnkit.stacks.stack", layers, learns=frozen % 2 == 0, state=state)
        model = fine_tuned(given, frozen, D, classes)
        held = testing.describe(model)
        shapes = {name: tuple(shape) for name, shape, *_ in [*held["parameters"], *held["buffers"]]}
        wanted = sorted([shape for part in own for shape in part] + [()] * 3 + [(classes,), (classes, D)])
        check.equal(sorted(shapes.values()), wanted, f"the shapes of all that {called} holds")

        # The new layer's weights are drawn anew here; the others should be the backbone's own.
        head = {(classes, D): rng.normal(0, 1, (classes, D)), (classes,): rng.normal(0, 1, classes)}
        known = {
            name: torch.tensor(head[shape], dtype=torch.float32)
            for name, shape in shapes.items()
            if shape in head
        }
        model.load_state_dict(known, strict=False)
        x = torch.tensor(rng.normal(0, 1, (6, C)), dtype=torch.float32)
        W, b = (torch.tensor(head[shape], dtype=torch.float32) for shape in ((classes, D), (classes,)))
        for mode in ("evaluation", "training"):
            here.load_state_dict(state)
            here.train(mode == "training")
            for part in range(frozen):
                here[part].eval()
            model.train(mode == "training")
            expected = (here(x) @ W.T + b).detach()
            got = model(x).detach()
            check.equal(got, expected, f"{called}(x) in {mode} mode", rtol=1e-3, atol=1e-3)

        learn = sorted([shape for part in own[frozen:] for shape in part] + [()] * (3 - frozen) + [*head])
        moved = sorted(shapes[name] for name in testing.moved(model, x))
        check.equal(moved, learn, f"the shapes of what moves in {called} while it learns")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: how many layers to freeze
#
# With 10 pictures a class: all 21 layers of the backbone frozen, the first 12, and none; 40 steps each.
# **Predict** the order of the three, on the training pictures and on the test pictures.

# %%
depths = {"all": 21, "the first 12": 12, "none": 0}


def by_depth(seed, count):
    """Accuracy in percent with all, the first twelve and no layer frozen: a row for each."""
    (xs, ys), found = few(count), []
    xs, steps = as_input(xs, 64), 40 if count < 50 else 80
    for name, frozen in depths.items():
        cnnkit.seed(seed)
        network = fine_tuned(nets.efficientnet_lite0()[:-1], frozen, 1280, len(CLASSES))
        fit_here(network, xs, ys, steps, rate=1e-3, seed=seed)
        right, learned = (
            accuracy(network, test_inputs, y_test),
            accuracy(network, xs, ys),
        )
        found.append(
            {
                "seed": seed,
                "count": count,
                "frozen": name,
                "right": round(right, 1),
                "learned": round(learned, 1),
            }
        )
    return found


for row in by_depth(seed=0, count=10):
    print(
        f"frozen {row['frozen']:13} test pictures right {row['right']:5.1f} %   training pictures {row['learned']:5.1f} %"
    )

# %% [markdown]
# # Part 2: what you can make
#
# ## 6. One picture, many pictures
#
# A motorcycle seen in a mirror is a motorcycle. So is one that is a little to the left, tilted, or under a yellow lamp.
# *Data augmentation* makes such pictures from the ones that you have, new ones in each epoch. **Ask yourself:** for
# which task would a mirror image be a wrong picture?
#
# <details><summary>Compare with your answer</summary>
#
# Reading: a mirrored "b" is a "d". Traffic signs with arrows, and left and right hands. A change is allowed if what the
# picture is *of* stays.
#
# </details>
#
# From here on a picture is alone, without a batch: `image` of shape (C, H, W), floats from 0 to 1. Row 0 is at the top.

# %% [markdown]
# ### Exercise 4: `mirror` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Which of the three axes runs from left to right?
#
# <details><summary>Hint 2</summary>
#
# The last. A tensor has a method that reverses an axis: `flip`.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "mirror_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mirror(image):
    """Swap left and right.

    Args:
        image: (C, H, W), of any dtype; it stays as it is.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Reverse the columns.
    ### BEGIN SOLUTION
    return image.flip(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mirror", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("mirror") as check:
    # Two channels of two rows and three columns.
    image = torch.tensor([[[1.0, 2, 3], [4, 5, 6]], [[7, 8, 9], [0, 1, 2]]])
    expected = torch.tensor([[[3.0, 2, 1], [6, 5, 4]], [[9, 8, 7], [2, 1, 0]]])
    check.equal(mirror(image), expected, "mirror(image)", axes=("channel", "row", "column"))
    check.equal(mirror(mirror(image)), image, "mirror(mirror(image))", axes=("channel", "row", "column"))
    check.true(testing.unchanged(mirror, [image]), "mirror should leave its image as it is.")

# %% nbgrader={"grade": true, "grade_id": "mirror_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of mirror: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("mirror") as check:
    rng = testing.rng("mirror_hidden")
    axes = ("channel", "row", "column")
    for dtype in (torch.float32, torch.float64, torch.float32):
        image = torch.tensor(rng.uniform(0, 1, tuple(rng.integers([2, 5, 9], [4, 8, 12]))), dtype=dtype)
        called = f"mirror(image of shape {tuple(image.shape)})"
        expected = torch.from_numpy(np.stack([np.fliplr(one) for one in image.numpy()]))
        check.equal(mirror(image), expected, called, axes=axes, same_dtype=True)
        check.equal(mirror(mirror(image)), image, f"{called}, twice", axes=axes)
        check.true(testing.unchanged(mirror, [image]), f"{called} should leave its image as it is.")
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Anywhere, but all of it
#
# A *random crop* cuts a square out of the picture, somewhere. The thing is then more to the left, or partly out of the
# frame.
#
# **Ask yourself:** a picture has 4 rows. In how many rows can a crop of 3 begin? And why should the random numbers come
# from a generator that is handed over, and not from `torch.randint` as it is?
#
# <details><summary>Compare with your answer</summary>
#
# In two, row 0 and row 1: $H - size + 1$ of them. Whoever hands over the generator can draw the same crops again.
# Without it, any other line that draws a number shifts all crops that follow.
#
# </details>
#
# Cropping is not perfect: the crop may miss the thing. Large crops rarely do.

# %% [markdown]
# ### Exercise 5: `random_crop` (3 points)
#
# <details><summary>Hint 1</summary>
#
# Draw two numbers: the row and the column where the crop begins. Each has a range of its own.
#
# <details><summary>Hint 2</summary>
#
# `torch.randint(0, n, (), generator=generator)` draws a whole number from 0 to n - 1. Which n makes the last place
# possible, and no later one?
#
# <details><summary>Hint 3</summary>
#
# For the rows it is `H - size + 1`. Cut with slices from `row` to `row + size`, in all channels. Where `size` is larger
# than H or W, raise the ValueError before you draw.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "random_crop_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_crop(image, size, generator):
    """Cut a square out of a picture, each place being as likely as any other.

    Args:
        image: (C, H, W); it stays as it is.
        size: side of the square in pixels, an int of 1 or more.
        generator: a torch.Generator, the only source of random numbers: the same one gives the same crop.

    Returns:
        A tensor of shape (C, size, size).

    Raises:
        ValueError: the square is higher or wider than the picture.
    """
    # 1. A square that does not fit: raise a ValueError.
    ### BEGIN SOLUTION
    _, H, W = image.shape
    if size > min(H, W):
        raise ValueError("the square does not fit into the picture")
    ### END SOLUTION
    # 2. Draw where it begins, and cut.
    ### BEGIN SOLUTION
    row, column = (int(torch.randint(side - size + 1, (), generator=generator)) for side in (H, W))
    return image[:, row : row + size, column : column + size]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "random_crop", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("random_crop") as check:
    # A picture of 4 rows and 3 columns, whose pixels are numbered, and its negative: a crop's first pixel tells its place.
    numbers = torch.arange(12.0).reshape(1, 4, 3)
    image = torch.cat([numbers, -numbers])
    crops = [random_crop(image, 2, testing.make("cnnkit.devices.generator", seed)) for seed in range(100)]
    check.equal(
        [tuple(crop.shape) for crop in crops],
        [(2, 2, 2)] * 100,
        "the shapes of 100 calls of random_crop(image, 2, generator)",
    )
    window = torch.tensor([[0.0, 1], [3, 4]])
    for crop in crops:
        corner = crop[0, 0, 0]
        whole = torch.stack([corner + window, -corner - window])
        check.equal(crop, whole, f"random_crop(image, 2, generator), which begins with pixel {corner:.0f}")
    found = sorted({int(crop[0, 0, 0]) for crop in crops})
    check.equal(found, [0, 1, 3, 4, 6, 7], "the first pixels of 100 crops of 2 x 2, each once")

    # A square that just fits, and one that does not.
    square = image[:, :3]
    generator = testing.make("cnnkit.devices.generator", 0)
    check.equal(random_crop(square, 3, generator), square, "random_crop(image of 3 x 3, 3, generator)")
    check.raises(
        ValueError, random_crop, image, 4, generator, label="random_crop(image of 4 x 3, 4, generator)"
    )

# %% nbgrader={"grade": true, "grade_id": "random_crop_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of random_crop: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("random_crop") as check:
    rng = testing.rng("random_crop_hidden")
    for wide in (False, True):
        size, more = (int(n) for n in rng.integers([2, 2], [5, 4]))
        H, W = (size + 1, size + more) if wide else (size + more, size + 1)
        pixels = torch.arange(3.0 * H * W).reshape(3, H, W)
        begun, seeds = [], rng.integers(0, 2**40, 150).tolist()
        for seed in seeds:
            crop = random_crop(pixels, size, testing.make("cnnkit.devices.generator", seed))
            check.equal(
                tuple(crop.shape),
                (3, size, size),
                f"the shape of random_crop(image of {H} x {W}, {size}, generator)",
            )
            first = int(crop[0, 0, 0])
            row, column = divmod(first, W)
            whole = torch.tensor(pixels.numpy()[:, row : row + size][..., column : column + size])
            check.equal(crop, whole, f"random_crop(image of {H} x {W}, {size}, generator)")
            begun.append(first)
        wanted = [row * W + column for row in range(H - size + 1) for column in range(W - size + 1)]
        check.equal(
            sorted(set(begun)), wanted, f"the first pixels of 150 crops of {size} from {H} x {W}, each once"
        )
        often = np.bincount(begun)[wanted]
        fair = 150 / len(wanted)
        chance = float(((often - fair) ** 2 / fair).sum())
        check.true(chance < 6 * len(wanted) + 30, "random_crop should begin everywhere equally often.")
        again = [
            random_crop(pixels, size, testing.make("cnnkit.devices.generator", seed)) for seed in seeds[:20]
        ]
        check.true(
            [int(crop[0, 0, 0]) for crop in again] == begun[:20],
            "random_crop should give the same crops with the same generators.",
        )
        generator = testing.make("cnnkit.devices.generator", seeds[0])
        label = f"random_crop(image of {H} x {W}, {min(H, W) + 1}, generator)"
        check.raises(ValueError, random_crop, pixels, min(H, W) + 1, generator, label=label)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Read elsewhere
#
# Turning, shearing and warping have one plan. Do not ask where a pixel *goes*; its new place may lie between pixels,
# and holes would remain. Ask where each pixel of the *result* comes from, and read there.
#
# The next cell gives you `read_at`. It reads at any places, whole or not: between four pixels it mixes them by distance
# (*bilinear*), and outside the picture it reads 0. Look at what it does to a row of four pixels.


# %% nbgrader={"grade": false, "grade_id": "read_at", "locked": true, "schema_version": 3, "solution": false, "task": false}
def read_at(image, rows, columns):
    """Read a picture between its pixels.

    Args:
        image: (C, H, W).
        rows, columns: (H_out, W_out) each, floats: where each pixel of the result is read, in pixels, counted from the
            middle of the pixel at the top left.

    Returns:
        A tensor of shape (C, H_out, W_out); 0 outside of the picture.
    """
    _, H, W = image.shape
    grid = torch.stack([(2 * columns + 1) / W - 1, (2 * rows + 1) / H - 1], dim=-1).to(image.dtype)
    return functional.grid_sample(image[None], grid[None], padding_mode="zeros", align_corners=False)[0]


def places(image):
    """The rows and the columns of a picture's pixels, from its centre: dy (H, 1) grows downward, dx (1, W) to the right."""
    _, H, W = image.shape
    return torch.arange(H)[:, None] - (H - 1) / 2, torch.arange(W)[None] - (W - 1) / 2


# %%
four = torch.tensor([[[10.0, 20, 30, 40]]])
where = torch.tensor([[0.0, 0.5, 2.25, 3.0, 4.0]])
print("read at", where[0].tolist(), "gives", read_at(four, torch.zeros(1, 5), where)[0, 0].tolist())
dy, dx = places(torch.zeros(3, 3, 4))
print("rows from the centre of 3 x 4:", dy[:, 0].tolist(), "  columns:", dx[0].tolist())

# %% [markdown]
# **A turn.** A point at $(dx, dy)$ from the centre, $dx$ to the right and $dy$ *downward*, is turned counter-clockwise
# by the angle $\theta$. **Ask yourself:** where does a point on the right, $(1, 0)$, go at 90 degrees? So which of
# these is the turn?
#
# <details><summary>Compare with your answer</summary>
#
# To the top: $(0, -1)$. The turn is $(dx, dy) \to (dx \cos\theta + dy \sin\theta,\; -dx \sin\theta + dy \cos\theta)$.
# You need to know where a pixel *comes from*, so turn the other way: put $-\theta$ in, which changes the sign of both
# sines.
#
# </details>

# %% [markdown]
# ### Exercise 6: `rotate` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `dy, dx = places(image)`. In pixels, and not in shares of the side: where H and W differ, those would squeeze the
# picture.
#
# <details><summary>Hint 2</summary>
#
# Python's sines take radians: `math.radians(degrees)`, or `degrees * math.pi / 180`. The result's pixel at (dx, dy)
# comes from $dx \cos\theta - dy \sin\theta$ to the right of the centre, and …
#
# <details><summary>Hint 3</summary>
#
# … from $dx \sin\theta + dy \cos\theta$ below it. `read_at` counts from the first pixel, so add the centre again: $(H -
# 1)/2$ to the rows, $(W - 1)/2$ to the columns.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "rotate_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rotate(image, degrees):
    """Turn a picture about its centre, counter-clockwise as you look at it.

    Args:
        image: (C, H, W), floats; it stays as it is. Its centre is at row (H - 1) / 2 and column (W - 1) / 2.
        degrees: the angle, a float of either sign.

    Returns:
        A tensor of shape (C, H, W). Where it looks beyond the picture it is 0; between pixels it is bilinear, as `read_at`.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Where each pixel of the result comes from, seen from the centre.
    ### BEGIN SOLUTION
    dy, dx = places(image)
    angle = torch.deg2rad(torch.tensor(float(degrees)))
    down, right = dx * angle.sin() + dy * angle.cos(), dx * angle.cos() - dy * angle.sin()
    ### END SOLUTION
    # 2. Read there.
    ### BEGIN SOLUTION
    _, H, W = image.shape
    return read_at(image, down + (H - 1) / 2, right + (W - 1) / 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rotate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("rotate") as check:
    axes = ("channel", "row", "column")
    image = torch.tensor([[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]])

    # No turn; a quarter turn, which brings the right column to the top; half a turn.
    check.equal(torch.round(rotate(image, 0)), image, "rotate(image, 0), rounded", axes=axes)
    quarter = torch.tensor([[[3.0, 6, 9], [2, 5, 8], [1, 4, 7]]])
    check.equal(torch.round(rotate(image, 90)), quarter, "rotate(image, 90), rounded", axes=axes)

    # A picture that is not square: what leaves its frame is lost, and 0 comes in.
    wide = torch.tensor([[[1.0, 2, 3, 4, 5]]])
    upright = torch.tensor([[[0.0, 0, 3, 0, 0]]])
    check.equal(torch.round(rotate(wide, 90)), upright, "rotate(image of 1 x 5, 90), rounded", axes=axes)
    check.equal(
        torch.round(rotate(wide, 180)), wide.flip(2), "rotate(image of 1 x 5, 180), rounded", axes=axes
    )
    check.true(testing.unchanged(rotate, [image, 30.0]), "rotate should leave its image as it is.")

# %% nbgrader={"grade": true, "grade_id": "rotate_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of rotate: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from scipy.ndimage import map_coordinates

from cnnkit import testing
from cnnkit.check import Check

with Check("rotate") as check:
    rng = testing.rng("rotate_hidden")
    for sign in (1, -1, 1):
        C, H, W = (int(n) for n in rng.integers([2, 7, 12], [4, 10, 17]))
        degrees = sign * float(rng.uniform(15, 75))
        image = torch.tensor(rng.uniform(0.2, 1, (C, H, W)), dtype=torch.float32)
        # Complex numbers, whose imaginary axis points up: a turn is a product, and back is a division.
        points = np.arange(W)[None] - (W - 1) / 2 - 1j * (np.arange(H)[:, None] - (H - 1) / 2)
        source = points / np.exp(1j * np.deg2rad(degrees))
        rows, columns = (H - 1) / 2 - source.imag, (W - 1) / 2 + source.real
        read = [
            map_coordinates(one, [rows, columns], order=1, mode="grid-constant")
            for one in image.double().numpy()
        ]
        expected = torch.tensor(np.stack(read), dtype=torch.float32)
        # How the very border mixes with what is beyond it is left open.
        beyond = np.maximum(np.maximum(-rows, rows - H + 1), np.maximum(-columns, columns - W + 1))
        certain = torch.tensor((beyond < -1e-3) | (beyond > 1.001))
        called = f"rotate(image of shape {(C, H, W)}, {degrees:.1f})"
        got = rotate(image, degrees)
        check.equal(tuple(got.shape), (C, H, W), f"the shape of {called}")
        check.equal(
            got * certain, expected * certain, called, axes=("channel", "row", "column"), rtol=1e-3, atol=1e-3
        )
        same = rotate(image, 0.0)[:, 1:-1, 1:-1]
        check.equal(same, image[:, 1:-1, 1:-1], "rotate(image, 0), but for its border", rtol=1e-4, atol=1e-4)
        check.true(testing.unchanged(rotate, [image, degrees]), f"{called} should leave its image as it is.")
### END HIDDEN TESTS

# %% [markdown]
# **A shear** makes a square into a parallelogram, as italics do with letters. Each row is pushed to the right by
# `slope` times how many rows it lies *above* the middle one; rows below it go to the left.

# %% [markdown]
# ### Exercise 7: `shear` (3 points)
#
# <details><summary>Hint 1</summary>
#
# No row becomes another row. Only columns are read elsewhere.
#
# <details><summary>Hint 2</summary>
#
# A row at `dy` below the centre lies `-dy` above it, and is pushed to the right by `-slope * dy`. So what stands at
# column c now was where?
#
# <details><summary>Hint 3</summary>
#
# At column `c + slope * dy`. The rows that `read_at` gets are those of the pixels themselves; both should be (H, W),
# and `torch.meshgrid` or adding zeros brings them there.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "shear_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shear(image, slope):
    """Push each row of a picture to the right, by how far it lies above the middle.

    Args:
        image: (C, H, W), floats; it stays as it is. The middle is at row (H - 1) / 2.
        slope: pixels to the right for each pixel above the middle, a float; a negative one leans to the left.

    Returns:
        A tensor of shape (C, H, W). Where it looks beyond the picture it is 0; between pixels it is bilinear, as `read_at`.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Which column each pixel of the result comes from. Read there.
    ### BEGIN SOLUTION
    _, H, W = image.shape
    above = (H - 1) / 2 - torch.arange(H)[:, None]
    columns = torch.arange(W) - slope * above
    return read_at(image, torch.arange(H)[:, None].expand(H, W), columns)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "shear", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("shear") as check:
    axes = ("channel", "row", "column")
    image = torch.tensor([[[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 8, 7, 6]]])
    check.equal(torch.round(shear(image, 0.0)), image, "shear(image, 0), rounded", axes=axes)

    # The row above the middle goes one pixel to the right, the row below it one to the left.
    leaning = torch.tensor([[[0.0, 1, 2, 3], [5, 6, 7, 8], [8, 7, 6, 0]]])
    check.equal(torch.round(shear(image, 1.0)), leaning, "shear(image, 1), rounded", axes=axes)

    # By half a pixel: between two pixels is their mean.
    half = torch.tensor([[[2.0, 4, 6], [0, 0, 0], [2, 4, 6]]])
    inner = torch.tensor([[[3.0], [0], [5]]])
    check.equal(
        torch.round(shear(half, 0.5)[:, :, 1:2]), inner, "shear(image, 0.5)[:, :, 1:2], rounded", axes=axes
    )
    check.true(testing.unchanged(shear, [image, 0.5]), "shear should leave its image as it is.")

# %% nbgrader={"grade": true, "grade_id": "shear_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of shear: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("shear") as check:
    rng = testing.rng("shear_hidden")
    for sign, H in ((1, 8), (-1, 7), (1, 6)):
        C, W = (int(n) for n in rng.integers([2, 12], [4, 17]))
        slope = sign * float(rng.uniform(0.3, 1.4))
        image = torch.tensor(rng.uniform(0.2, 1, (C, H, W)), dtype=torch.float32)
        expected, certain = np.zeros((C, H, W)), np.zeros((H, W), dtype=bool)
        for row in range(H):
            source = np.arange(W) - slope * ((H - 1) / 2 - row)
            for channel in range(C):
                expected[channel, row] = np.interp(
                    source, np.arange(W), image[channel, row].numpy(), left=0, right=0
                )
            # How the very border mixes with what is beyond it is left open.
            certain[row] = ((source > 1e-3) & (source < W - 1.001)) | (source < -1.001) | (source > W + 0.001)
        called = f"shear(image of shape {(C, H, W)}, {slope:.2f})"
        got, certain = shear(image, slope), torch.tensor(certain)
        check.equal(tuple(got.shape), (C, H, W), f"the shape of {called}")
        wanted = torch.tensor(expected, dtype=torch.float32) * certain
        check.equal(got * certain, wanted, called, axes=("channel", "row", "column"), rtol=1e-3, atol=1e-3)
        same = shear(image, 0.0)[:, 1:-1, 1:-1]
        check.equal(same, image[:, 1:-1, 1:-1], "shear(image, 0), but for its border", rtol=1e-4, atol=1e-4)
        check.true(testing.unchanged(shear, [image, slope]), f"{called} should leave its image as it is.")
### END HIDDEN TESTS

# %% [markdown]
# **A local warp** bends the picture, as if it were printed on rubber: each place is pulled another way, but neighbours
# are pulled alike. So draw a few pulls only, on a coarse grid, and let them fade into each other: enlarge the grid to
# the picture's size, by bilinear interpolation. Then each pixel has a pull of its own.

# %% [markdown]
# ### Exercise 8: `local_warp` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `functional.interpolate(offsets[None], (H, W), mode="bilinear", align_corners=True)[0]` has a pull for each pixel: (2,
# H, W). Why must the corners be aligned?
#
# <details><summary>Hint 2</summary>
#
# The first plane holds rows, the second columns. The pixel at row r and column c of the result is read at row
# r + (first plane), column c + (second plane).
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "local_warp_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def local_warp(image, offsets):
    """Read each pixel of a picture a little elsewhere, neighbours alike.

    Args:
        image: (C, H, W), floats; it stays as it is.
        offsets: (2, g_H, g_W), floats in pixels, on a coarse grid over the picture: how far below (plane 0) and to the
            right (plane 1) of itself a pixel is read. The grid's corners lie on the corner pixels; between its points
            the offsets are bilinear.

    Returns:
        A tensor of shape (C, H, W). Where it looks beyond the picture it is 0; between pixels it is bilinear, as `read_at`.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. An offset for each pixel.
    ### BEGIN SOLUTION
    H, W = image.shape[1:]
    down, right = functional.interpolate(offsets[None], (H, W), mode="bilinear", align_corners=True)[0]
    ### END SOLUTION
    # 2. Read there.
    ### BEGIN SOLUTION
    return read_at(image, torch.arange(H)[:, None] + down, torch.arange(W)[None] + right)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "local_warp", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("local_warp") as check:
    axes = ("channel", "row", "column")
    image = torch.tensor([[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]])

    # No pull anywhere. Then all pixels are read one row further down: the picture moves up.
    check.equal(
        torch.round(local_warp(image, torch.zeros(2, 2, 2))),
        image,
        "local_warp(image, zeros), rounded",
        axes=axes,
    )
    down = torch.stack([torch.ones(2, 2), torch.zeros(2, 2)])
    moved = torch.tensor([[[4.0, 5, 6], [7, 8, 9], [0, 0, 0]]])
    check.equal(
        torch.round(local_warp(image, down)),
        moved,
        "local_warp(image, offsets of one row), rounded",
        axes=axes,
    )

    # The left edge stays, the right edge is read two columns to the left, the middle one.
    left = torch.stack([torch.zeros(2, 2), torch.tensor([[0.0, -2], [0, -2]])])
    squeezed = torch.tensor([[[1.0, 1, 1], [4, 4, 4], [7, 7, 7]]])
    check.equal(
        torch.round(local_warp(image, left)),
        squeezed,
        "local_warp(image, offsets to the left), rounded",
        axes=axes,
    )
    check.true(
        testing.unchanged(local_warp, [image, left]), "local_warp should leave its arguments as they are."
    )

# %% nbgrader={"grade": true, "grade_id": "local_warp_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of local_warp: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch
from scipy.interpolate import RegularGridInterpolator

from cnnkit import testing
from cnnkit.check import Check

with Check("local_warp") as check:
    rng = testing.rng("local_warp_hidden")
    for grid in ((2, 2), (3, 4), (4, 2)):
        C, H, W = (int(n) for n in rng.integers([2, 8, 12], [4, 11, 17]))
        image = torch.tensor(rng.uniform(0.2, 1, (C, H, W)), dtype=torch.float32)
        offsets = torch.tensor(rng.uniform(-2, 2, (2, *grid)), dtype=torch.float32)
        at = np.stack(np.meshgrid(np.arange(H), np.arange(W), indexing="ij"), axis=-1)
        corners = [np.linspace(0, side - 1, n) for side, n in zip((H, W), grid, strict=True)]
        source = at + np.stack(
            [RegularGridInterpolator(corners, plane)(at) for plane in offsets.double().numpy()], -1
        )
        padded = np.pad(image.double().numpy(), ((0, 0), (1, 1), (1, 1)))
        lattice = (np.arange(-1, H + 1), np.arange(-1, W + 1))
        read = [
            RegularGridInterpolator(lattice, one, bounds_error=False, fill_value=0)(source) for one in padded
        ]
        # How the very border mixes with what is beyond it is left open.
        beyond = np.maximum(-source, source - [H - 1, W - 1]).max(axis=-1)
        certain = torch.tensor((beyond < -1e-3) | (beyond > 1.001))
        called = f"local_warp(image of shape {(C, H, W)}, offsets of shape {tuple(offsets.shape)})"
        got = local_warp(image, offsets)
        check.equal(tuple(got.shape), (C, H, W), f"the shape of {called}")
        wanted = torch.tensor(np.stack(read), dtype=torch.float32) * certain
        check.equal(got * certain, wanted, called, axes=("channel", "row", "column"), rtol=1e-3, atol=1e-3)
        same = local_warp(image, offsets * 0)[:, 1:-1, 1:-1]
        check.equal(
            same, image[:, 1:-1, 1:-1], "local_warp(image, zeros), but for its border", rtol=1e-4, atol=1e-4
        )
        check.true(
            testing.unchanged(local_warp, [image, offsets]),
            f"{called} should leave its arguments as they are.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Other light
#
# A yellow lamp adds to red and green, and takes from blue. So add a number to each channel, the same for all pixels.
# **Ask yourself:** a pixel has 0.9 of red, and you add 0.3. What should come out?
#
# <details><summary>Compare with your answer</summary>
#
# 1. There is no brighter red than 1, and a network that was trained on 0 to 1 should get 0 to 1.
#
# </details>

# %% [markdown]
# ### Exercise 9: `color_shift` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `shift` has the shape (3,), the picture (3, H, W). Broadcasting lines up the *last* axes. What must `shift` look like?
#
# <details><summary>Hint 2</summary>
#
# `shift[:, None, None]` is (3, 1, 1). Add, and `clamp` the sum to 0 and 1.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "color_shift_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def color_shift(image, shift):
    """Add a number to each colour of a picture.

    Args:
        image: (3, H, W), floats from 0 to 1, red, green and blue; it stays as it is.
        shift: (3,), floats: what is added to red, to green and to blue.

    Returns:
        A tensor of shape (3, H, W), from 0 to 1: what leaves this range is cut off at its ends.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Add to each channel its own number. Cut off below 0 and above 1.
    ### BEGIN SOLUTION
    return (image + shift[:, None, None]).clamp(0, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "color_shift", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("color_shift") as check:
    # Three by three pixels, of which three are 0, 0.5 and 1 in all channels. Shifts that binary floats have exactly.
    image = torch.tensor([0.0, 0.5, 1.0]).repeat(3, 3, 1)
    shift = torch.tensor([0.25, -0.25, 0.0])
    expected = torch.stack(
        [torch.tensor([row] * 3) for row in ([0.25, 0.75, 1.0], [0.0, 0.25, 0.75], [0.0, 0.5, 1.0])]
    )
    check.equal(
        color_shift(image, shift), expected, "color_shift(image, shift)", axes=("channel", "row", "column")
    )
    check.true(
        testing.unchanged(color_shift, [image, shift]), "color_shift should leave its arguments as they are."
    )

# %% nbgrader={"grade": true, "grade_id": "color_shift_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of color_shift: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("color_shift") as check:
    rng = testing.rng("color_shift_hidden")
    for far in (0.1, 0.9, 0.0):
        H, W = (int(n) for n in rng.integers([4, 9], [8, 13]))
        image = torch.tensor(rng.uniform(0, 1, (3, H, W)), dtype=torch.float32)
        shift = torch.tensor(rng.uniform(-far, far, 3), dtype=torch.float32)
        planes = [np.minimum(np.maximum(image[c].numpy() + float(shift[c]), 0), 1) for c in range(3)]
        expected = torch.from_numpy(np.stack(planes).astype(np.float32))
        called = f"color_shift(image of shape {(3, H, W)}, shift up to {far})"
        check.equal(
            color_shift(image, shift),
            expected,
            called,
            axes=("channel", "row", "column"),
            rtol=1e-5,
            atol=1e-6,
        )
        check.true(
            testing.unchanged(color_shift, [image, shift]),
            f"{called} should leave its arguments as they are.",
        )
### END HIDDEN TESTS

# %% [markdown]
# **The picture's own axes.** A sunset has much red and little green: its pixels, as points in a space of red, green and
# blue, form a long cloud. Add green to all of them, and no sunset ever looked like this. Move them *along the cloud*,
# and it is another sunset. That is the idea of AlexNet's *PCA colour augmentation*: find the three axes of the cloud of
# colours, and move far along those with much spread, hardly along those with little.
#
# The axes are the eigenvectors of the covariance of the channels, a matrix of 3 × 3. Its eigenvalues are the variances
# along them; their roots are the *spreads*. **Ask yourself:** what are axes and spreads of a grey photograph?
#
# <details><summary>Compare with your answer</summary>
#
# All pixels lie on the line where red, green and blue are equal. One axis points along it, with all the spread; along
# the two others the spread is 0. So whatever you draw, a grey photograph stays grey. (On a computer the zeros may come
# out as -0.000000001, whose root is *not a number*. Mind that.)
#
# </details>
#
# AlexNet takes the axes of the whole training set, and the variances themselves as the measure. Here each picture has
# its own axes, and you go in spreads: from 0 to 1, variances are so small that you would see nothing.

# %% [markdown]
# ### Exercise 10: `pca_color` (3 points)
#
# <details><summary>Hint 1</summary>
#
# `image.flatten(1)` is (3, pixels), and `torch.cov` of it the matrix of 3 × 3. `torch.linalg.eigh` gives the
# eigenvalues, from the smallest to the largest, and the eigenvectors as *columns*, in the same order.
#
# <details><summary>Hint 2</summary>
#
# `alphas` begins with the axis of the largest spread, `eigh` with the smallest. Turn one of them around. The spread is
# the root of the eigenvalue, which you clamp at 0 first.
#
# <details><summary>Hint 3</summary>
#
# The shift, (3,), is the sum of alpha times spread times axis: a matrix product. Then do as in `color_shift`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "pca_color_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pca_color(image, alphas):
    """Move all colours of a picture along the axes of its own cloud of colours.

    The axes are the eigenvectors, of length 1, of the covariance of its channels. The spread along an axis is the root
    of its eigenvalue. Whether an axis points forward or backward is open.

    Args:
        image: (3, H, W), floats from 0 to 1; it stays as it is.
        alphas: (3,), floats: how far to go along each axis, in spreads. The axis with the largest spread comes first.

    Returns:
        A tensor of shape (3, H, W), from 0 to 1: to every pixel the same shift is added, and the sum is cut off there.
        A grey picture, whose spread is 0 along two axes, stays grey.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. The axes of the colours, and the spread along each.
    ### BEGIN SOLUTION
    variances, axes = torch.linalg.eigh(torch.cov(image.flatten(1)))
    spreads = variances.clamp(min=0).sqrt()
    ### END SOLUTION
    # 2. The shift: along each axis by its alpha, in spreads. The same for all pixels.
    ### BEGIN SOLUTION
    along = axes @ (alphas.flip(0) * spreads)
    return (image + along[:, None, None]).clamp(0, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "pca_color", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("pca_color") as check:
    # Sixteen by sixteen pixels: half have 0.4 of red, half 0.6: a spread of 0.1. Green and blue are the same everywhere.
    image = torch.full((3, 16, 16), 0.5)
    image[0] = torch.tensor([0.4, 0.6]).repeat(16, 8)

    # Two spreads along the longest axis: 0.2 of red, more or less. Nothing else moves.
    shift = pca_color(image, torch.tensor([2.0, 0.0, 0.0])) - image
    twenty = torch.tensor([20.0, 0.0, 0.0])
    check.equal(
        torch.round(100 * shift.mean((1, 2))).abs(),
        twenty,
        "100 times the shift by pca_color(image, [2, 0, 0]), rounded",
    )
    check.equal(
        torch.round(100 * (shift - shift[:, :1, :1])).abs(),
        torch.zeros(3, 16, 16),
        "how shifts differ among pixels",
    )

    # Along the two other axes there is no spread, so there is nowhere to go.
    still = pca_color(image, torch.tensor([0.0, 3.0, 3.0]))
    check.equal(
        torch.round(100 * still), torch.round(100 * image), "100 times pca_color(image, [0, 3, 3]), rounded"
    )
    check.true(
        testing.unchanged(pca_color, [image, torch.tensor([2.0, 0.0, 0.0])]),
        "pca_color should leave its arguments as they are.",
    )

# %% nbgrader={"grade": true, "grade_id": "pca_color_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of pca_color: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("pca_color") as check:
    rng = testing.rng("pca_color_hidden")
    for number in range(4):
        H, W = (int(n) for n in rng.integers([16, 22], [20, 28]))
        # A cloud with three spreads that differ by far, turned at random.
        turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        cloud = turned @ (rng.uniform(-1, 1, (3, H * W)) * np.array([[0.12], [0.05], [0.02]]))
        image = torch.tensor(0.5 + cloud.reshape(3, H, W), dtype=torch.float32)
        alphas = rng.uniform(0.5, 1.5, 3) * rng.choice([-1, 1], 3)
        alphas = alphas * np.eye(3)[number] if number < 3 else alphas
        # The axes again, by a singular value decomposition of the centred pixels.
        centred = image.double().flatten(1).numpy()
        centred = centred - centred.mean(axis=1, keepdims=True)
        axes, singular, _ = np.linalg.svd(centred, full_matrices=False)
        spreads = singular / np.sqrt(H * W)
        called = f"pca_color(image, {np.round(alphas, 2).tolist()})"
        got = pca_color(image, torch.tensor(alphas, dtype=torch.float32))
        check.equal(tuple(got.shape), (3, H, W), f"the shape of {called}")
        shift = (got - image).double().numpy()
        apart = float(np.ptp(shift.reshape(3, -1), axis=1).max())
        check.true(apart < 1e-4, f"{called} should shift all pixels alike.")
        along = np.abs(axes.T @ shift.mean(axis=(1, 2)))
        wanted = np.abs(alphas) * spreads
        check.equal(
            along, wanted, f"how far {called} goes along each axis", axes=("axis",), rtol=0.02, atol=1e-4
        )
        given = [image, torch.tensor(alphas, dtype=torch.float32)]
        check.true(testing.unchanged(pca_color, given), f"{called} should leave its arguments as they are.")

    # Grey stays grey, and whatever comes out is from 0 to 1.
    grey = torch.tensor(rng.uniform(0.3, 0.7, (1, 20, 20)), dtype=torch.float32).repeat(3, 1, 1)
    got = pca_color(grey, torch.tensor([0.5, 40.0, 40.0]))
    check.equal(
        torch.stack([got[0], got[0]]),
        got[1:],
        "the other channels of pca_color(a grey image, alphas)",
        atol=0.01,
    )
    wide = torch.tensor(rng.uniform(0, 1, (3, 16, 18)), dtype=torch.float32)
    low = wide.double().flatten(1).numpy()
    axes, singular, _ = np.linalg.svd(low - low.mean(axis=1, keepdims=True), full_matrices=False)
    steps = axes * singular / np.sqrt(16 * 18)
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8)
    ways = [
        np.clip(wide.numpy() + (steps @ (sign * [3.0, 1.0, -1.0]))[:, None, None], 0, 1) for sign in signs.T
    ]
    for alphas in ([3.0, 1.0, -1.0], [-3.0, -1.0, 1.0]):  # one of them makes it lighter, and the other darker
        got = pca_color(wide, torch.tensor(alphas))
        check.true(bool((got >= 0).all() & (got <= 1).all()), "What pca_color gives should be from 0 to 1.")
        nearest = min(float(np.abs(got.numpy() - way).max()) for way in ways)
        check.true(nearest < 0.02, "pca_color should cut off at 0 and at 1 what leaves the range.")
### END HIDDEN TESTS

# %% [markdown]
# ### See it: one street, many streets
#
# Below, each change with a generous hand, on the street of this course. **Predict** first: which of them would you
# notice in a photo album? Which would you allow a network that looks for cars?

# %%
street = street_scene(seed=42, size=192, difficulty=0.3).image
scene = torch.tensor(street).permute(2, 0, 1) / 255


def random_offsets(strength, generator, grid=5):
    """Pulls for a local warp: normal, of `strength` pixels, on a grid of grid x grid: (2, grid, grid)."""
    return strength * torch.randn(2, grid, grid, generator=generator)


draw = cnnkit.generator(3)
changed = {
    "as it is": scene,
    "mirror": mirror(scene),
    "random_crop, 150": random_crop(scene, 150, draw),
    "rotate by 12 degrees": rotate(scene, 12.0),
    "shear by 0.3": shear(scene, 0.3),
    "local_warp by 5 pixels": local_warp(scene, random_offsets(5.0, draw)),
    "color_shift, to yellow": color_shift(scene, torch.tensor([0.15, 0.1, -0.15])),
    "pca_color by 0.8 spreads": pca_color(scene, torch.tensor([0.8, 0.0, 0.0])),
}
far = {
    name: (picture - scene).abs().mean().item()
    for name, picture in changed.items()
    if picture.shape == scene.shape
}
nearest = min((value, name) for name, value in far.items() if value)[1]
pictures.show(
    changed,
    title=f"Eight pictures, still a street with cars; nearest to the first, pixel by pixel: {nearest}",
    alt="A street with cars and houses, and the same street mirrored, cropped, turned, leaning to the right, bent, "
    "yellowish, and with all colours moved along their own axis. Where a turned or leaning picture looks beyond its frame it is black.",
)

# %% [markdown]
# Try it on a photograph, or write the name of one of yours into the cell. Change one thing at a time. (By keyboard: Tab
# moves on, the arrow keys change a number, the space bar a checkbox.) **Find out:** how far can you go until you would
# no longer know what it is? That is how far a network may be asked to follow.

# %%
from cnnkit import widgets
from cnnkit.data import own_photo

picture_file = ""  # for example "my_dog.jpg", a file beside this notebook
playground = {
    "mirror": mirror,
    "random_crop": random_crop,
    "rotate": rotate,
    "shear": shear,
    "local_warp": local_warp,
    "color_shift": color_shift,
    "pca_color": pca_color,
}
album = {"the street": street, "the cat": photo("cat"), "the motorcycle": photo("motorcycle")}
if picture_file:
    album["your own"] = np.asarray(own_photo(picture_file))
widgets.augmentation_playground(album, playground)

# %% [markdown]
# No kernel running? This is what the widget looks like:
#
# ![The augmentation playground. On the left stand a menu of pictures, a field for the seed, and for each of seven
# changes a checkbox and a field for its strength; rotate is checked, with 15 degrees. On the right stands the street
# before, and at the bottom after: turned to the left, black where it looks beyond its frame.](images/augmentation_playground.png)

# %% [markdown]
# ## 10. Other hands for it
#
# Somebody has to make all these pictures, and the network waits for them. So have *worker processes* make them: while
# the network learns from one batch, they prepare the next ones. PyTorch's `DataLoader` does it, if you tell it how
# many: `DataLoader(dataset, num_workers=2)`. It needs a *dataset*: an object with a length, which gives one example
# when it is asked for number i.
#
# The one below makes picture i of epoch e from a generator of its own, whose seed is made of e and i. **Ask yourself:**
# why not one generator for the whole dataset?
#
# <details><summary>Compare with your answer</summary>
#
# Each worker is a copy of the process, and gets a copy of that generator *in the same state*. So all workers would draw
# the same numbers, and in every epoch again. You will see it further down.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "augmented_pictures", "locked": true, "schema_version": 3, "solution": false, "task": false}
def augmented(image, generator, keep=56):
    """A picture as it might have been, drawn from a generator: (3, H, W) to (3, keep, keep)."""

    def between(low, high, *shape):
        return low + (high - low) * torch.rand(shape, generator=generator)

    if torch.rand((), generator=generator) < 0.5:
        image = mirror(image)
    image = rotate(image, float(between(-8, 8)))
    image = random_crop(image, keep, generator)
    image = color_shift(image, between(-0.1, 0.1, 3))
    return pca_color(image, between(-0.3, 0.3, 3))


class AugmentedPictures(torch.utils.data.Dataset):
    """Pictures that are new in each epoch, and the same again for the same epoch, whoever makes them."""

    def __init__(self, x, y, epoch=0, keep=56):
        self.x, self.y, self.epoch, self.keep = x, y, epoch, keep

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        draw = cnnkit.generator(self.epoch * len(self.x) + i)
        return augmented(self.x[i], draw, self.keep), self.y[i]


# %% [markdown]
# An epoch of training, with pictures made here and made by two workers. **Predict:** by how much is the second faster
# on a computer with one core? And with four?

# %% tags=["nbval-ignore-output"]
import os
import sys

can_fork = sys.platform == "linux"  # elsewhere workers cannot find classes that a notebook defines
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
larger = resized(x_train, 128)


def an_epoch(workers):
    """The seconds of an epoch of training on augmented pictures of 112 x 112."""
    how = {"num_workers": workers, "multiprocessing_context": "fork"} if workers else {}
    loader = torch.utils.data.DataLoader(AugmentedPictures(larger, y_train, keep=112), batch_size=16, **how)
    cnnkit.seed(0)
    network = small_network()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    start = time.perf_counter()
    for xs, ys in loader:
        optimizer.zero_grad()
        functional.cross_entropy(network(xs), ys).backward()
        optimizer.step()
    return time.perf_counter() - start


took = {workers: an_epoch(workers) for workers in ((0, 2) if can_fork else (0,))}
for workers, second in took.items():
    print(f"{workers} workers: {second:.2f} s an epoch, on {cores} core{'s' if cores > 1 else ''}")
if can_fork:
    print(f"With workers it takes {took[2] / took[0]:.2f} times as long.")

# %% [markdown]
# **What you see** depends on your computer. Where each worker has a core of its own, making pictures and learning go on
# at the same time, and an epoch takes as long as the longer of the two. On one core, or on one that others use too,
# there is nothing to gain: starting processes and carrying pictures back and forth comes on top. The pictures are the
# same in any case, for each has its own seed.
#
# (How far to turn and how much colour to shift are *hyperparameters*. Somebody's open-source choice is a good one to
# start from.)
#
# ## 11. Is it worth it?
#
# The small network again, from scratch, on all training pictures: once as they are (their middle, 56 × 56), once
# changed anew each time. Both take the same number of steps. Then both are tested twice: on the test pictures as they
# are, and on the same pictures changed in the same ways, as if from a tilted camera or under another lamp. **Predict**
# the four numbers' order.


# %%
def middle(x, side=56):
    """The middle of each picture of a batch: (B, 3, H, W) to (B, 3, side, side)."""
    top, left = ((length - side) // 2 for length in x.shape[2:])
    return x[:, :, top : top + side, left : left + side]


def small_net_trained(seed, change=None, steps=250):
    """The small network after training on all training pictures, as they are or changed anew each time."""
    cnnkit.seed(seed)
    x = x_train if change else middle(x_train)
    return fit_here(small_network(), x, y_train, steps, rate=3e-3, seed=seed, size=32, change=change)


as_they_are = small_net_trained(seed=0)
changed_anew = small_net_trained(seed=0, change=augmented)
x_other = torch.stack([augmented(image, cnnkit.generator(10_000 + n)) for n, image in enumerate(x_test)])
for name, network in {"as they are": as_they_are, "changed anew": changed_anew}.items():
    learned = accuracy(network, middle(x_train), y_train)
    right, other = accuracy(network, middle(x_test), y_test), accuracy(network, x_other, y_test)
    print(f"{name:13} training {learned:5.1f} %   test {right:5.1f} %   test, changed {other:5.1f} %")

# %% [markdown]
# **What you see.** On test pictures that are drawn like the training pictures, the changes do not help, they cost some
# percent: the network had harder pictures to learn, and no more steps. On changed pictures it is well ahead, for what
# it has met disturbs it less. So augmentation prepares for the changes that you chose, and for nothing else. In
# these streets, test pictures hold no change that training pictures lack, for one renderer drew both. Photographs of
# the real world are never so alike, and there it usually pays.
#
# # Part 3: asking more than once
#
# ## 12. Ten looks at one picture
#
# A trained network may look at a picture several times, each time at another part of it. *Ten-crop*: the centre and the
# four corners, and the mirror image of each: (1 + 4) × 2. It is augmentation at test time. Average what the network
# says of the ten. **Ask yourself:** what does it cost?
#
# <details><summary>Compare with your answer</summary>
#
# Ten times the time for each picture. In a competition nobody minds. For a user who waits, one look is often the better
# deal.
#
# </details>

# %% [markdown]
# ### Exercise 11: `ten_crop` (3 points)
#
# <details><summary>Hint 1</summary>
#
# A crop is known by the row and the column where it begins. The last one that fits begins at `H - size`.
#
# <details><summary>Hint 2</summary>
#
# List the five beginnings in the order of the docstring, cut each, stack them: (5, C, size, size). The mirror images
# are the same five again, with their columns reversed.
#
# <details><summary>Hint 3</summary>
#
# The centre begins at `(H - size) // 2` and `(W - size) // 2`. Join both halves with `torch.cat`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "ten_crop_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ten_crop(image, size):
    """Look at a picture ten times: at its centre and its four corners, and at the mirror image of each.

    Args:
        image: (C, H, W); it stays as it is.
        size: side of the crops in pixels, an int from 1 to the smaller of H and W.

    Returns:
        A tensor of shape (10, C, size, size): the centre, the corners at the top left, top right, bottom left and bottom
        right, and then the mirror images (left and right swapped) of these five, in the same order. The centre begins
        at row (H - size) // 2 and column (W - size) // 2.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Where the five crops begin: cut them out.
    ### BEGIN SOLUTION
    _, H, W = image.shape
    below, right = H - size, W - size
    corners = [(below // 2, right // 2), (0, 0), (0, right), (below, 0), (below, right)]
    crops = [image[:, row : row + size, column : column + size] for row, column in corners]
    ### END SOLUTION
    # 2. And the mirror image of each.
    ### BEGIN SOLUTION
    return torch.stack(crops + [mirror(crop) for crop in crops])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "ten_crop", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("ten_crop") as check:
    # Four rows of five numbered pixels.
    image = torch.arange(20.0).reshape(1, 4, 5)
    got = ten_crop(image, 2)
    check.equal(tuple(got.shape), (10, 1, 2, 2), "the shape of ten_crop(image of 1 x 4 x 5, 2)")
    five = torch.tensor(
        [[[6.0, 7], [11, 12]], [[0, 1], [5, 6]], [[3, 4], [8, 9]], [[10, 11], [15, 16]], [[13, 14], [18, 19]]]
    )
    mirrored = torch.tensor(
        [[[7.0, 6], [12, 11]], [[1, 0], [6, 5]], [[4, 3], [9, 8]], [[11, 10], [16, 15]], [[14, 13], [19, 18]]]
    )
    expected = torch.cat([five, mirrored])[:, None]
    check.equal(got, expected, "ten_crop(image, 2)", axes=("crop", "channel", "row", "column"))
    check.true(testing.unchanged(ten_crop, [image, 2]), "ten_crop should leave its image as it is.")

# %% nbgrader={"grade": true, "grade_id": "ten_crop_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of ten_crop: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("ten_crop") as check:
    rng = testing.rng("ten_crop_hidden")
    for number in range(4):
        C, size = (int(n) for n in rng.integers([2, 3], [5, 6]))
        more = [int(n) for n in rng.integers([2, 6], [5, 11])]
        H, W = (size + extra for extra in (more if number % 2 else more[::-1]))
        H, W = (size, W) if number == 2 else (H, W)
        image = rng.uniform(0, 1, (C, H, W)).astype(np.float32)
        # By a view of all windows, and their columns one by one.
        windows = np.lib.stride_tricks.sliding_window_view(image, (size, size), axis=(1, 2))
        begun = [((H - size) // 2, (W - size) // 2), (0, 0), (0, -1), (-1, 0), (-1, -1)]
        five = np.stack([windows[:, row, column] for row, column in begun])
        both = np.concatenate([five, five[..., list(range(size - 1, -1, -1))]])
        called = f"ten_crop(image of shape {(C, H, W)}, {size})"
        got = ten_crop(torch.tensor(image), size)
        check.equal(tuple(got.shape), (10, C, size, size), f"the shape of {called}")
        check.equal(got, torch.tensor(both), called, axes=("crop", "channel", "row", "column"))
        check.true(
            testing.unchanged(ten_crop, [torch.tensor(image), size]),
            f"{called} should leave its image as it is.",
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: does looking ten times help?
#
# The network that was trained on changed pictures has seen crops of 56 × 56. It now looks at each test picture once,
# and ten times.

# %%
looks = ten_crop(x_test[0], 56)
print("ten looks:", tuple(looks.shape))
with torch.no_grad():
    once = changed_anew(middle(x_test).to(device)).softmax(dim=1)
    ten_times = torch.stack(
        [changed_anew(ten_crop(image, 56)).softmax(dim=1).mean(dim=0) for image in x_test.to(device)]
    )
shares = {
    name: 100 * (said.argmax(1).cpu() == y_test).float().mean().item()
    for name, said in {"once": once, "ten times": ten_times}.items()
}
example = street_scene(seed=42, size=192, difficulty=0.3).image
pictures.contact_sheet(
    ten_crop(torch.tensor(example).permute(2, 0, 1) / 255, 120),
    columns=5,
    captions=["centre", "top left", "top right", "bottom left", "bottom right"] + ["… mirrored"] * 5,
    title=f"Ten looks. Test pictures right: {shares['once']:.1f} % in one look, {shares['ten times']:.1f} % in ten",
    alt="Ten crops of one street: its centre, its four corners, and below them the mirror image of each.",
)

# %% [markdown]
# Whether ten looks help depends on what one look misses. Here the objects fill the frame, and their centre shows them
# whole.
#
# ## 13. Ask several networks
#
# An *ensemble* is 3 to 15 networks, each trained from another random start. They make different mistakes, so average
# what they say. **Predict:** why not average their *weights* instead? It would be one network, as fast as any of them.
#
# <details><summary>Compare with your answer</summary>
#
# Number the filters of a hidden layer anew, and with them the channels of the next: the network computes the same. So
# filter 5 of one network has nothing to do with filter 5 of another. Their average finds neither this nor that.
#
# </details>
#
# What is averaged are *probabilities*, after the softmax. (Means of logits are used too. They let a single network that
# is very sure decide.)

# %% [markdown]
# ### Exercise 12: `ensemble` (3 points)
#
# <details><summary>Hint 1</summary>
#
# For each network: evaluation mode, no gradients, logits, and then a softmax along the axis of the classes.
#
# <details><summary>Hint 2</summary>
#
# Stack what they say, (networks, B, classes), and take the mean over the networks.
#
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "ensemble_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ensemble(models, x):
    """Average what several networks say.

    Args:
        models: a list of one or more modules, (B, …) to logits (B, C), in whichever mode; they are used in evaluation
            mode, and nothing in them is averaged or learned.
        x: a batch, (B, …), on the models' device.

    Returns:
        A tensor of shape (B, C) that needs no gradient: for each example the mean of the models' probabilities, which are
        the softmax of their logits.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # Each model's probabilities, in evaluation mode. Their mean.
    ### BEGIN SOLUTION
    with torch.no_grad():
        return torch.stack([model.eval()(x).softmax(dim=-1) for model in models]).mean(dim=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "ensemble", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("ensemble") as check:
    # Networks that give the same logits always: (0, 0), even odds, and (log 3, 0), odds of 3 to 1. Their dropout rests.
    layers = [("add", "Linear", 2, 2), ("drop", "Dropout", 1.0)]
    even, sure = torch.zeros(2), torch.tensor([3.0, 1.0]).log()
    models = [
        testing.make("cnnkit.stacks.stack", layers, state={"add.weight": torch.zeros(2, 2), "add.bias": bias})
        for bias in (even, sure)
    ]
    # (1/2, 1/2) and (3/4, 1/4): on average 625 and 375 in a thousand, for each example.
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
    expected = torch.tensor([[625.0, 375.0]] * 3)
    check.equal(
        torch.round(1000 * ensemble(models, x)),
        expected,
        "1000 times ensemble(models, x), rounded",
        axes=("example", "class"),
    )
    alone = torch.tensor([[750.0, 250.0]] * 3)
    check.equal(
        torch.round(1000 * ensemble(models[1:], x)), alone, "1000 times ensemble([one model], x), rounded"
    )
    check.true(
        testing.detached(ensemble, [models, x]),
        "What ensemble(models, x) gives should need no gradient: compute it within torch.no_grad().",
    )

# %% nbgrader={"grade": true, "grade_id": "ensemble_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of ensemble: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
import torch

from cnnkit import testing
from cnnkit.check import Check
from cnnkit.stacks import stack

with Check("ensemble") as check:
    rng = testing.rng("ensemble_hidden")
    for number in range(3):
        C, D, classes, B = (int(n) for n in rng.integers([2, 4, 3, 5], [4, 7, 6, 8]))
        layers = [
            ("conv", "Conv2d", C, D, 3),
            ("norm", "BatchNorm2d", D),
            ("relu", "ReLU"),
            ("pool", "AdaptiveAvgPool2d", 1),
            ("flat", "Flatten"),
            ("drop", "Dropout", 1.0),
            ("dense", "Linear", D, classes),
        ]
        x = torch.tensor(rng.normal(0, 1, (B, C, 5, 6)), dtype=torch.float32)
        models, said = [], []
        for _ in range(3 + number):
            here = stack(layers, training=False)
            state = {}
            for name, value in here.state_dict().items():
                low = 0.5 if "var" in name else -2
                numbers = rng.uniform(low, 2, tuple(value.shape))
                state[name] = torch.tensor(numbers, dtype=torch.float32) if value.ndim else torch.tensor(3)
            here.load_state_dict(state)
            models.append(testing.make("cnnkit.stacks.stack", layers, state=state))
            grown = np.exp(here(x).detach().double().numpy())
            said.append(grown / grown.sum(axis=1, keepdims=True))
        expected = torch.tensor(sum(said) / len(said), dtype=torch.float32)
        called = f"ensemble({len(models)} models, x)"
        check.equal(ensemble(models, x), expected, called, axes=("example", "class"), rtol=1e-3, atol=1e-4)
        check.true(
            testing.detached(ensemble, [models, x]),
            f"What {called} gives should need no gradient: compute it within torch.no_grad().",
        )
        check.equal(
            ensemble(models[:1], x),
            torch.tensor(said[0], dtype=torch.float32),
            "ensemble([model], x)",
            rtol=1e-3,
            atol=1e-4,
        )
### END HIDDEN TESTS

# %% [markdown]
# ### See it: outputs against weights
#
# Five small networks, each from another seed, all trained on changed pictures. (The first you have already.) It takes a
# minute.

# %%
from tqdm.auto import tqdm

test_middles = middle(x_test).to(device)
untrained = ensemble([small_network().to(device)], test_middles)
networks = [changed_anew]
networks += [small_net_trained(seed, augmented) for seed in tqdm(range(1, 2 if cnnkit.quick() else 5))]


def mean_of_weights(models):
    """One network whose weights and statistics are the means of the others' own."""
    states = [model.state_dict() for model in models]
    mixed = {name: torch.stack([state[name].float() for state in states]).mean(dim=0) for name in states[0]}
    averaged = small_network().to(device)
    averaged.load_state_dict(mixed)
    return averaged.eval()


def share_right(said):
    """How many test pictures probabilities name rightly, in percent."""
    return 100 * (said.argmax(dim=1).cpu() == y_test).float().mean().item()


alone = [share_right(ensemble([network], test_middles)) for network in networks]
together = share_right(ensemble(networks, test_middles))
melted = accuracy(mean_of_weights(networks), test_middles, y_test)
print(f"not trained:     {share_right(untrained):.1f} %")
print("each alone:     ", "  ".join(f"{one:.1f}" for one in alone), f"%, on average {np.mean(alone):.1f} %")
print(f"mean of outputs: {together:.1f} %, a gain of {together - np.mean(alone):+.1f}")
print(f"mean of weights: {melted:.1f} %")

# %% [markdown]
# **What you see.** Together the five are a little better than one of them is on average. The mean of weights names a
# third of the pictures rightly, as guessing does, though each of the five is good: their filters have nothing to do
# with each other.
#
# Running five networks costs five times the time and the memory. It wins competitions; in products it is rare.
#
# ## 14. Was it luck?
#
# One seed is one roll of the dice, and 150 test pictures are not many: one picture is 0.7 %. The next cell reads
# recorded results of three seeds each. (To make them anew, set the environment variable `CNNKIT_RECORD` to 1 before you
# start Jupyter.)


# %%
def by_asking(seed):
    """Five networks: how they do alone, in ten looks, together, and melted into one; and one without changes."""
    group = [small_net_trained(10 * seed + number, augmented) for number in range(5)]
    plain = small_net_trained(10 * seed)
    with torch.no_grad():
        looks = (group[0](ten_crop(image, 56)).softmax(dim=1) for image in x_test.to(device))
        ten = torch.stack([said.mean(dim=0) for said in looks])
    found = {
        "without augmentation": accuracy(plain, test_middles, y_test),
        "without, test changed": accuracy(plain, x_other, y_test),
        "with augmentation": share_right(ensemble(group[:1], test_middles)),
        "with, test changed": accuracy(group[0], x_other, y_test),
        "with, in ten looks": share_right(ten),
        "five alone, on average": float(
            np.mean([share_right(ensemble([one], test_middles)) for one in group])
        ),
        "five, mean of outputs": share_right(ensemble(group, test_middles)),
        "five, mean of weights": accuracy(mean_of_weights(group), test_middles, y_test),
    }
    return {"seed": seed, **{name: round(value, 1) for name, value in found.items()}}


# %% tags=["record"]
study = cnnkit.recorded(
    "recordings/transfer_and_augmentation.json",
    lambda: {
        "counts": [by_count(seed) for seed in range(3)],
        "depths": [one for count in (10, 50) for seed in range(3) for one in by_depth(seed, count)],
        "asking": [by_asking(seed) for seed in range(3)],
    },
)


def spread(values):
    """The mean of some numbers, and from where to where they go."""
    return f"{np.mean(values):5.1f} ({min(values):.1f} to {max(values):.1f})"


for name, key in {"frozen backbone": "frozen", "from scratch": "scratch"}.items():
    cells = "   ".join(
        f"{count}: {spread([row[key][n] for row in study['counts']])}" for n, count in enumerate(counts)
    )
    print(f"{name:16} {cells}")
print()
for count in (10, 50):
    for name in depths:
        values = [row["right"] for row in study["depths"] if (row["count"], row["frozen"]) == (count, name)]
        print(f"{count} pictures a class, frozen {name:13} {spread(values)}")
print()
for name in [name for name in study["asking"][0] if name != "seed"]:
    print(f"{name:23} {spread([row[name] for row in study['asking']])}")

# %% [markdown]
# **What you see.** *Freezing.* With 10 pictures a class, every network learns its training pictures (almost) by heart.
# On others the one with all layers frozen is the best or as good as the best, in each of the three seeds. With 50 a
# class, the three ways are alike: 82 to 91 %, in another order for each seed. So fifty are not yet the "more" of the
# rule of thumb, and the head on cached features is by far the cheapest.
#
# *Changes.* Without them, the network loses 19 to 28 points of a hundred on changed test pictures, with them 0 to 7. On
# unchanged ones it pays with 4 to 12.
#
# *Asking more than once.* Ten looks: 0 to 2 points more than one. Five networks: 1 to 4 more than they have on average.
# The notes speak of 1 to 2. But the five together are still behind the single network that saw unchanged pictures: an
# ensemble does not mend how its members were trained.

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. All parameters of a backbone have `requires_grad=False`. Name two things that can still change what it computes.
# 2. You change pictures at random in each epoch. May you train a head on cached features?
# 3. You have 40 pictures a class and a trained network. Which layers do you freeze? And with 40,000?
# 4. A grey photograph gets `pca_color` with alphas (0, 1, 1). What comes out?
# 5. Ten-crop and an ensemble of ten networks both cost ten passes. Which needs more memory, and why?
#
# <details><summary>Answers</summary>
#
# 1. Training mode: normalisations go by the batch (and move their statistics), and dropout drops.
# 2. Only on those of pictures that do not change. A cache and fresh pictures exclude each other; a few versions of each
#    picture, each cached, are a way between.
# 3. With 40: all, or all but the last ones. With 40,000: none; the weights are where you start.
# 4. The same picture: along the second and third axis it has no spread.
# 5. The ensemble: ten networks must be kept. Ten-crop has one network and ten pictures.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# Five faults. None of them raises an error.
#
# **…the test features come from the file of the training features.** A cache does not know what you meant. The result
# is too good to be true, which is how you notice:

# %%
mistaken = cached_features(backbone, as_input(x_test), files["train"])
head = head_on(features_train, y_train)
print(f"features of the test pictures: {accuracy(head, features_test, y_test):.1f} % right")
print(f"the wrong file:                {accuracy(head, mistaken, y_test):.1f} % right")

# %% [markdown]
# **…training and test pictures are pieces of the same photographs.** The task: which of eight photographs is a piece of
# 48 × 48 from? First, train with pieces of the left halves and test on the right halves. Then take both from anywhere:
# pieces overlap, and the network has seen the very pixels. (This is why street scenes, and halves of photographs, are
# kept apart in this course.)


# %%
def pieces(count, part, seed):
    """Pieces of photographs, `count` of each, from the "left" or "right" half or "anywhere": x (N, 3, 64, 64), y."""
    draw, x, y = cnnkit.generator(seed), [], []
    for label, name in enumerate(("cat", "china", "coffee", "flower", "grass", "gravel", "rocket", "tissue")):
        image = torch.tensor(photo(name)).permute(2, 0, 1) / 255
        half = image.shape[2] // 2
        image = {"left": image[:, :, :half], "right": image[:, :, half:], "anywhere": image}[part]
        x += [random_crop(image, 48, draw) for _ in range(count)]
        y += [label] * count
    return resized(torch.stack(x), 64), torch.tensor(y)


count = 2 if cnnkit.quick() else 25
for name, parts in {"other halves": ("left", "right"), "anywhere": ("anywhere", "anywhere")}.items():
    (x_left, y_left), (x_right, y_right) = (pieces(count, part, seed) for seed, part in enumerate(parts))
    cnnkit.seed(0)
    network = fit_here(small_network(8), x_left, y_left, steps=150, rate=3e-3, size=32)
    print(f"{name:13} {accuracy(network, x_right, y_right):5.1f} % of the test pieces right")

# %% [markdown]
# **…the pictures are not what the network was trained on.** The backbone wants (x - 127) / 128. Give it numbers from 0
# to 1, or from 0 to 255, and it computes something all the same:

# %%
resting = freeze_backbone(backbone)
for name, given in {
    "as it wants them": as_input(x_test),
    "from 0 to 1": resized(x_test, 96).to(device),
    "from 0 to 255": 255 * resized(x_test, 96).to(device),
}.items():
    print(f"{name:17} {accuracy(nn.Sequential(resting, head), given, y_test):5.1f} % right")

# %% [markdown]
# **…each worker has a copy of the same generator.** Where the crops begin in eight pictures, by two workers that got
# the dataset with its generator inside:

# %%
import copy

numbered = torch.arange(400.0).reshape(1, 20, 20)
inside = cnnkit.generator(0)
for worker, copied in enumerate([copy.deepcopy(inside), copy.deepcopy(inside)]):
    begun = [divmod(int(random_crop(numbered, 8, copied)[0, 0, 0]), 20) for _ in range(4)]
    print(f"worker {worker}: " + "  ".join(f"row {row:2} column {column:2}" for row, column in begun))

# %% [markdown]
# **…you go too far.** A change is allowed while the picture stays what it is. What the pretrained network says of a
# cat:

# %%
cat = torch.tensor(photo("cat")).permute(2, 0, 1) / 255
cat = resized(middle(cat[None], 300), 224)[0]
for name, image in {
    "as it is": cat,
    "mirrored": mirror(cat),
    "turned by 10 degrees": rotate(cat, 10.0),
    "upside down": rotate(cat, 180.0),
    "a crop of 60": resized(random_crop(cat, 60, cnnkit.generator(2))[None], 224)[0],
    "colours by 3 spreads": pca_color(cat, torch.tensor([3.0, 0.0, 0.0])),
}.items():
    with torch.no_grad():
        (guesses,) = nets.top_classes(pretrained(nets.normalise(255 * image[None])), 2)
    print(f"{name:21} " + ", ".join(f"{guess} ({share:.0%})" for guess, share in guesses))

# %% [markdown]
# ## Your turn: a picture of your own
#
# Put a photo beside this notebook and write its name below; without one you get a cup of coffee. The pretrained network
# looks at it once, at its middle, and ten times. **Predict:** will ten looks make it surer, or less sure?

# %%
own_file = ""  # for example "my_dog.jpg"


def own_picture(file):
    """A photo, (3, 256, 256) or larger on one side, from 0 to 1; the cup of coffee without a file."""
    opened = own_photo(file, photo("coffee"))
    scale = 256 / min(opened.size)
    small = opened.resize([max(256, round(side * scale)) for side in opened.size])
    return torch.tensor(np.asarray(small)).permute(2, 0, 1) / 255


mine = own_picture(own_file)
crops = ten_crop(mine, 224)
looks = {"once": ensemble([pretrained], nets.normalise(255 * crops[:1]))}
looks["ten times"] = ensemble([pretrained], nets.normalise(255 * crops)).mean(dim=0, keepdim=True)
best = {}
for name, said in looks.items():
    ((_, guesses),) = [(name, nets.top_classes(said.log(), 3)[0])]
    best[name] = guesses[0]
    print(f"{name:9} " + ", ".join(f"{guess} ({share:.0%})" for guess, share in guesses))
pictures.show(
    {"your picture": mine, "its centre": crops[0]},
    title=f"Once: {best['once'][0]}, {best['once'][1]:.0%}. Ten times: {best['ten times'][0]}, {best['ten times'][1]:.0%}",
    alt="Your picture, and the crop of its centre, which the network sees when it looks once.",
)

# %% [markdown]
# ## Summary
#
# - A trained network is where most work begins. Few pictures: freeze all, train a new head. More: freeze fewer. Very
#   many: freeze none.
# - Frozen means weights *and* mode. Batch normalisation remembers in training mode without any gradient. Take a step
#   and compare.
# - Frozen features are computed once, and kept on disk. The file does not know whether pictures or network have
#   changed.
# - Augmentation: mirror, crop, turn, shear, warp, shift colours, best along the picture's own axes. Allowed is what
#   leaves the thing what it is.
# - For each pixel of the result, ask where it comes from, and read there between pixels.
# - Worker processes make pictures while the network learns, where there are cores for them. Give each picture its own
#   seed.
# - Ten-crop: (1 centre + 4 corners) × mirror. An ensemble averages *outputs* of 3 to 15 networks, never their weights.
#
# **Next:** the quiz of this week. Then week 3: not only *what* is in a picture, but *where*.

# %% [markdown]
# ## References
#
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson, "How transferable are features in deep neural networks?",
#   *NeurIPS*, 2014. Which layers are general.
# - A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks",
#   *NeurIPS*, 2012. Mirror images, crops, colours along principal axes, and ten crops at test time.
# - M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", *ICML*, 2019. The
#   backbone, in its Lite form.
# - S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
#   shift", *ICML*, 2015.
# - P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural networks applied to visual
#   document analysis", *ICDAR*, 2003. Local warps.
# - L. K. Hansen, P. Salamon, "Neural network ensembles", *IEEE Transactions on Pattern Analysis and Machine
#   Intelligence* 12(10), 1990.
