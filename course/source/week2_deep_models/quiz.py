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
# # Quiz: deep models
#
# **Do the ideas hold where no lesson has been?** Ten questions about week 2, a point each.
#
# *Machine: less than a minute on one core, 0.2 GB. You: about 30 minutes.*
#
# You know how it goes: click an answer below the question, or write it in the cell above the choices. What you write counts
# more than what you click. Clicks are kept in `work/quiz/answers.json`, which is handed in with the notebook.
#
# No lesson has these numbers, so have paper and a pencil at hand. (Or a cell of your own. That is allowed, too.)

# %% nbgrader={"grade": false, "grade_id": "quiz_setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from cnnkit.quiz import Quiz

quiz = Quiz("work/quiz/answers.json")

# %% [markdown]
# ## 1. Who hears of a change?
#
# AlexNet's first volume has 96 channels, numbered from 0. Local response normalisation follows, as the paper has it, with
# `size` 5. At one pixel you make the number of channel 1 larger, and leave all others as they are. At this pixel, in how
# many channels does the *output* of the normalisation change?
#
# (None of the 96 numbers at this pixel is zero.)

# %% nbgrader={"grade": false, "grade_id": "changed_channels_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: changed_channels = …
    ### BEGIN SOLUTION
    changed_channels = 4
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "changed_channels_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("changed_channels", unit="channels")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "changed_channels_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("changed_channels") as check:
    because = {
        "right": (
            "Channel 1 is in the sums of the channels at most two away: 0, 1, 2 and 3. That is "
            "four, for there is no channel −1."
        ),
        5: ("Five is the size of a whole neighbourhood. But two to the left of channel 1 there is nothing."),
        3: ("It reaches two channels to each side: half of 5, rounded down. Three would be a `size` of 3."),
        96: "The sum does not run over all channels, only over a few neighbours.",
        95: "The sum does not run over all channels, only over a few neighbours.",
        1: "Its neighbours divide by a sum in which channel 1 stands, so they change as well.",
    }
    check.answer(value(changed_channels), 4, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Out of memory
#
# You train VGG-16 with 32 pictures of 224 × 224 at a time. Its last pooling gives 7 × 7 whatever comes in, so pictures of
# other sizes fit, too. Your program is a simple one: for the way back it keeps *everything* that comes out of a layer, a
# ReLU's copy beside what was copied, and your memory is too small for it. Which of these steps makes *these activations*
# smaller by at least a quarter?
#
# - `batch`: 16 pictures at a time
# - `dense`: one dense layer of 1000 units in place of all three
# - `inplace`: ReLUs that write over their input
# - `late`: half as many filters in the last three convolutions
# - `pictures`: pictures of 160 × 160
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "less_memory_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: less_memory = …
    ### BEGIN SOLUTION
    less_memory = ["batch", "inplace", "pictures"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "less_memory_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "less_memory",
    {
        "batch": "16 pictures at a time",
        "dense": "one dense layer of 1000 units in place of all three",
        "inplace": "ReLUs that write over their input",
        "late": "half as many filters in the last three convolutions",
        "pictures": "pictures of 160 × 160",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "less_memory_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("less_memory") as check:
    because = {
        "batch": "Each picture has activations of its own: half the pictures, half of them.",
        "dense": (
            "That takes away most of the *parameters*. But what comes out of the dense layers "
            "is some thousands of numbers a picture, beside 15 million."
        ),
        "inplace": (
            "The ReLUs' copies are nearly half of what this program keeps, 13.6 of 28.8 million numbers a picture. "
            "(PyTorch itself keeps one volume for a convolution and its ReLU, in place or not.)"
        ),
        "late": (
            "At 14 × 14 pixels little comes out: the three convolutions give two of every "
            "hundred numbers. Most lie in the first blocks."
        ),
        "pictures": "Rows and columns shrink to 5/7, so about half of the numbers remain in every convolution.",
    }
    check.answer(value(less_memory), {"batch", "inplace", "pictures"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Two blocks in a row
#
# Two residual blocks follow each other, each of two layers. You watch one number, at one place of one channel. 6 comes into
# the first block. Its first layer gives 4 there, and its second, before the ReLU, −5. In the second block the first layer
# gives 3, and the second, before the ReLU, 2. Which number comes out of the second block?

# %% nbgrader={"grade": false, "grade_id": "two_blocks_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: two_blocks = …
    ### BEGIN SOLUTION
    two_blocks = 3
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "two_blocks_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("two_blocks", unit="")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "two_blocks_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("two_blocks") as check:
    because = {
        "right": (
            "First block: g(−5 + 6) = 1. Second block: g(2 + 1) = 3. What the layers inside "
            "give is not added."
        ),
        5: (
            "You added what the first layer of each block gave. The shortcut carries what came "
            "*into* the block."
        ),
        8: (
            "You took the ReLU of −5 before adding. The ReLU comes after the sum, so a block "
            "can take away, too."
        ),
        2: "You left the shortcuts out: that is what two plain pairs of layers give.",
    }
    check.answer(value(two_blocks), 3, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. What do the numbers say?
#
# Suppose three networks with batch normalisation were trained on the same pictures, by the same steps, to these shares of
# misread pictures:
#
# | | on training pictures | on new pictures |
# | --- | --- | --- |
# | A: plain, 44 layers | 24 % | 26 % |
# | B: residual, 44 layers | 1 % | 15 % |
# | C: plain, 8 layers | 4 % | 9 % |
#
# A has all of C's layers, and more behind them. Which sentences follow from the table?
#
# - `weak`: A cannot compute what C computes
# - `search`: there are better weights for A, and training did not find them
# - `overfit`: B overfits more than A
# - `best`: of the three, B is the one to use
# - `vanish`: the gradients in A vanish
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "three_networks_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: three_networks = …
    ### BEGIN SOLUTION
    three_networks = ["search", "overfit"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "three_networks_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "three_networks",
    {
        "weak": "A cannot compute what C computes",
        "search": "there are better weights for A, and training did not find them",
        "overfit": "B overfits more than A",
        "best": "of the three, B is the one to use",
        "vanish": "the gradients in A vanish",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "three_networks_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("three_networks") as check:
    because = {
        "weak": (
            "A could have C's weights in its first layers, and layers behind them that pass on "
            "what they get. It can, and does not."
        ),
        "search": (
            "With C's weights and a rest that does nothing, A would misread as few as C. "
            "Training ended somewhere worse."
        ),
        "overfit": (
            "Between its training pictures and new ones B loses 14 points, A only 2. A is bad "
            "at both, which is no overfitting."
        ),
        "best": "You will use it on new pictures, and there C misreads fewest.",
        "vanish": (
            "The table has no gradients in it. With batch normalisation they need not vanish: "
            "one would have to measure them."
        ),
    }
    check.answer(value(three_networks), {"search", "overfit"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. The missing filter
#
# An Inception module takes 10 × 10 × 64. It has 16 filters of 1 × 1; a neck of 12 and then 24 filters of 3 × 3; a neck of 4
# and then 8 filters of 5 × 5; and a max pooling of 3 × 3 with stride 1. Somebody forgot the 1 × 1 convolution behind the
# pooling. A second module with the same four branches follows, with the same fault. How many channels come out of the
# *second* one?

# %% nbgrader={"grade": false, "grade_id": "wide_channels_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: wide_channels = …
    ### BEGIN SOLUTION
    wide_channels = 160
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "wide_channels_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("wide_channels", unit="channels")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "wide_channels_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("wide_channels") as check:
    because = {
        "right": (
            "A pooling keeps the channels that come in. First 16 + 24 + 8 + 64 = 112, then 16 +"
            " 24 + 8 + 112 = 160."
        ),
        112: "That is what comes out of the first module. The second one's pooling keeps all 112.",
        48: "The pooling's channels are stacked, too.",
        192: (
            "A neck lies inside its branch: its channels do not come out. Only the last layer "
            "of each branch is stacked."
        ),
        128: (
            "A neck lies inside its branch: its channels do not come out. And this is the first module only."
        ),
        96: (
            "You counted the three branches of both modules, rightly. But the poolings also hand on the 64 channels "
            "that came into the first one: 64 + 48 + 48."
        ),
    }
    check.answer(value(wide_channels), 160, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. One pixel at a time
#
# A colour picture has the channels red, green and blue, and its numbers may be anything. Which of these can a *single* 1 ×
# 1 convolution compute, without bias and without a ReLU?
#
# - `smooth`: the mean of each pixel and its right-hand neighbour, in each channel
# - `difference`: a picture of one channel: red less green
# - `larger`: a picture of one channel: the larger of red and green
# - `swap`: the same picture with green and blue exchanged
# - `mirror`: the same picture with left and right exchanged
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "single_pixel_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: single_pixel = …
    ### BEGIN SOLUTION
    single_pixel = ["difference", "swap"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "single_pixel_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "single_pixel",
    {
        "smooth": "the mean of each pixel and its right-hand neighbour, in each channel",
        "difference": "a picture of one channel: red less green",
        "larger": "a picture of one channel: the larger of red and green",
        "swap": "the same picture with green and blue exchanged",
        "mirror": "the same picture with left and right exchanged",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "single_pixel_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("single_pixel") as check:
    because = {
        "smooth": "It never sees a neighbour. That takes a filter at least two pixels wide.",
        "difference": "The weights 1, −1 and 0 do it: a weighted sum over the channels.",
        "larger": "The larger of two is no weighted sum. With a ReLU it could be had: g + ReLU(r − g).",
        "swap": "Three filters: one takes red, one blue, one green. Channels may be mixed as you like.",
        "mirror": (
            "Then a pixel would have to reach the other side. It can change what is *at* a "
            "place, never the place."
        ),
    }
    check.answer(value(single_pixel), {"difference", "swap"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. How much cheaper?
#
# A layer turns 14 × 14 × 40 into 14 × 14 × 100 with filters of 5 × 5 and same padding. You replace it by a
# depthwise-separable convolution with filters of 5 × 5. How many times fewer multiplications does that take? (Ordinary divided by
# separable.)

# %% nbgrader={"grade": false, "grade_id": "times_cheaper_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: times_cheaper = …
    ### BEGIN SOLUTION
    times_cheaper = 20
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "times_cheaper_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("times_cheaper", unit="times")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "times_cheaper_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("times_cheaper") as check:
    because = {
        "right": (
            "For each place and channel that comes in, 25 + 100 = 125 multiplications in place "
            "of 25 · 100 = 2500: 20 times fewer. Or 1/100 + 1/25 = 1/20."
        ),
        25: ("That leaves out the pointwise half. Here it costs four times as much as the depthwise one."),
        100: "That leaves out the depthwise half: 25 multiplications for each place and channel.",
        125: (
            "That is what the separable one takes for each place and channel. The ordinary one takes 2500."
        ),
        2500: (
            "That is what the ordinary one takes for each place and channel. The separable one "
            "is not free: it takes 125."
        ),
    }
    check.answer(value(times_cheaper), 20, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Eight times the time
#
# A network for 128 × 128 pixels consists of 3 × 3 convolutions. You have a faster machine, and may spend *eight* times as
# many multiplications. Which plan uses that up, as nearly as may be? (*Width* is the number of channels in every layer.)
#
# - `all`: twice the depth, twice the width and twice the resolution
# - `depth_width`: twice the depth and twice the width
# - `width_resolution`: twice the width and twice the resolution
# - `resolution`: eight times the resolution

# %% nbgrader={"grade": false, "grade_id": "scaled_up_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: scaled_up = …
    ### BEGIN SOLUTION
    scaled_up = "depth_width"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "scaled_up_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "scaled_up",
    {
        "all": "twice the depth, twice the width and twice the resolution",
        "depth_width": "twice the depth and twice the width",
        "width_resolution": "twice the width and twice the resolution",
        "resolution": "eight times the resolution",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "scaled_up_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("scaled_up") as check:
    because = {
        "all": "That would be 2 · 4 · 4 = 32 times. Only depth counts once.",
        "depth_width": (
            "Twice as many layers, and in each of them twice the filters on twice the channels:"
            " 2 · 2 · 2 = 8."
        ),
        "width_resolution": (
            "Both count twice: width by channels in and channels out, resolution by rows and "
            "columns. 4 · 4 = 16."
        ),
        "resolution": "Rows and columns both grow: 8 · 8 = 64 times.",
    }
    check.answer(value(scaled_up), "depth_width", because)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Features on the disk
#
# You have 300 photos. A pretrained network, frozen and in evaluation mode, turned each into its features, and you keep
# these on disk. A small dense network learns from them. Which of these can you change *without* computing the features
# anew?
#
# - `rate`: the learning rate
# - `crops`: a new random crop of each photo in every epoch
# - `order`: the order of the photos in every epoch
# - `unfreeze`: the last block of the pretrained network learns, too
# - `hidden`: one more hidden layer in the small dense network
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "kept_features_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: kept_features = …
    ### BEGIN SOLUTION
    kept_features = ["rate", "order", "hidden"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "kept_features_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "kept_features",
    {
        "rate": "the learning rate",
        "crops": "a new random crop of each photo in every epoch",
        "order": "the order of the photos in every epoch",
        "unfreeze": "the last block of the pretrained network learns, too",
        "hidden": "one more hidden layer in the small dense network",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "kept_features_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("kept_features") as check:
    because = {
        "rate": "The features do not depend on how the small network learns.",
        "crops": "Each crop has features of its own. The ones on disk belong to the photos as they were.",
        "order": "The same features, in another order.",
        "unfreeze": "As soon as its weights move, the network gives other features than those on disk.",
        "hidden": "It takes the same features. Only what comes behind them changes.",
    }
    check.answer(value(kept_features), {"rate", "order", "hidden"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Three opinions
#
# Three networks are an ensemble. For one photo the first says: cat 90 %, dog 10 %. The second: cat 40 %, dog 60 %. The
# third: cat 35 %, dog 65 %. What does the ensemble say?
#
# - `vote`: dog: two of the three say so
# - `surest`: cat, with 90 %: the surest of them decides
# - `weights`: one cannot know it from these numbers: the mean of their weights decides
# - `cat`: cat, with 55 %

# %% nbgrader={"grade": false, "grade_id": "three_opinions_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: three_opinions = …
    ### BEGIN SOLUTION
    three_opinions = "cat"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "three_opinions_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "three_opinions",
    {
        "vote": "dog: two of the three say so",
        "surest": "cat, with 90 %: the surest of them decides",
        "weights": "one cannot know it from these numbers: the mean of their weights decides",
        "cat": "cat, with 55 %",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "three_opinions_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("three_opinions") as check:
    because = {
        "vote": "A vote throws away how sure each one is. An ensemble takes the mean of the outputs.",
        "surest": "The others count as much: (90 + 40 + 35) / 3.",
        "weights": (
            "Weights are never averaged. Networks that were trained apart have different things"
            " at the same place, and their mean is no network that works."
        ),
        "cat": "The outputs are averaged: (90 + 40 + 35) / 3 = 55 for the cat, 45 for the dog.",
    }
    check.answer(value(three_opinions), "cat", because)
### END HIDDEN TESTS

# %% [markdown]
# ## Summary
#
# You can follow a number through a residual block, say what a step costs or saves before you take it, and read out of a
# table what it says and no more. If a question was hard, look again: 2.1 for questions 1 and 2, and so on, two for each
# lesson, to 2.5 for questions 9 and 10.
