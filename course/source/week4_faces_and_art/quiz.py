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
# # Quiz: faces, art, other dimensions
#
# **Faces, strokes and heartbeats are behind you. What do you make of birds, stripes and a sound in the forest?** Ten
# questions about week 4, a point each.
#
# *Machine: less than a minute on one core, 0.2 GB. You: about 40 minutes.*
#
# Click an answer below the question, or write it in the cell above the choices. What you write counts more than what
# you click. Clicks are kept in `work/quiz/answers.json`, which is handed in with the notebook.
#
# Have paper and a pencil at hand. A cell of your own may count for you.

# %% nbgrader={"grade": false, "grade_id": "quiz_setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from cnnkit.quiz import Quiz

quiz = Quiz("work/quiz/answers.json")

# %% [markdown]
# ## 1. One to one, or one to many?
#
# In which of these does a program *verify*, so that each face is compared with one person's alone?
#
# - `gate`: a gate at the border compares you with the picture in the passport that you put on its reader
# - `stadium`: cameras at a stadium look for 300 people who may not come in
# - `album`: a program for albums writes under each photograph who is on it
# - `clock`: at work you hold up a card with your name and look into a camera, and your hours are counted
# - `lost`: a lost child is compared with the 40 pictures that parents have sent
# - `exam`: at an exam you say your name, and a camera compares you with the picture that is listed under it
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "one_to_one_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: one_to_one = …
    ### BEGIN SOLUTION
    one_to_one = ["gate", "clock", "exam"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "one_to_one_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "one_to_one",
    {
        "gate": "a gate at the border compares you with the picture in the passport that you put on its reader",
        "stadium": "cameras at a stadium look for 300 people who may not come in",
        "album": "a program for albums writes under each photograph who is on it",
        "clock": "at work you hold up a card with your name and look into a camera, and your hours are counted",
        "lost": "a lost child is compared with the 40 pictures that parents have sent",
        "exam": "at an exam you say your name, and a camera compares you with the picture that is listed under it",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "one_to_one_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("one_to_one") as check:
    because = {
        "gate": "The passport says who you claim to be. One comparison answers yes or no.",
        "stadium": (
            "Nobody says who he is. Each visitor is compared with all 300, and each comparison may go wrong."
        ),
        "album": "It has to choose among all whom it knows, or say that it knows nobody.",
        "clock": ("The card is the claim. Without the card it would have to search all who work there."),
        "lost": ("That is one to forty: the child cannot say who it is, or nobody would need to search."),
        "exam": (
            "The name is the claim, and under it lies one picture. (How the claim is made does not matter.)"
        ),
    }
    check.answer(value(one_to_one), {"gate", "clock", "exam"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Three blackbirds
#
# A network encodes songs of birds by two numbers. A batch has three triplets, and $\alpha$ is 0.2. How large is the
# triplet loss of the batch? Give two decimals.
#
# | | anchor | positive | negative |
# | --- | --- | --- | --- |
# | 1 | (0, 0) | (0.3, 0.4) | (0, 0.6) |
# | 2 | (1, 0) | (1, 0.1) | (0, 0) |
# | 3 | (0, 1) | (0, 0.2) | (0.7, 1) |

# %% nbgrader={"grade": false, "grade_id": "song_loss_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: song_loss = …
    ### BEGIN SOLUTION
    song_loss = 0.44
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "song_loss_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("song_loss", unit="")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "song_loss_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("song_loss") as check:
    because = {
        "right": (
            "0.25 − 0.36 + 0.2 = 0.09. 0.01 − 1 + 0.2 is negative, so 0. 0.64 − 0.49 + 0.2 = 0.35. "
            "The sum is 0.44."
        ),
        0.4: "You took the plain distances. The loss takes their squares.",
        -0.35: ("You let the second triplet count negative. It is good enough already, and gives 0."),
        0: "You cut off at 0 after the sum. Each triplet is cut off by itself: the second cannot pay for the others.",
        0.15: (
            "Perhaps you left the margin out: who is nearer by less than α still costs something. Or you took the "
            "mean over the triplets, 0.1467: here they are added."
        ),
        1.55: "You took the negative for the positive.",
        0.147: "You took the mean over the triplets. Here they are added.",
        0.1467: "You took the mean over the triplets. Here they are added.",
    }
    check.answer(value(song_loss), 0.44, because, 0.001)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Kept out of her own diary
#
# An app opens a diary by its owner's face. Of the owners' tries it rejects 4 %, of strangers' it accepts 0.01 %. The
# owners complain. Which change lets them in more often, and strangers *not* more often?
#
# - `raise`: a higher threshold on the distance
# - `lower`: a lower threshold on the distance
# - `longer`: all encodings multiplied by 2, and the threshold on the plain distance, too
# - `encoder`: an encoder trained on more people, in more kinds of light
# - `tries`: three tries in place of one

# %% nbgrader={"grade": false, "grade_id": "diary_door_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: diary_door = …
    ### BEGIN SOLUTION
    diary_door = "encoder"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "diary_door_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "diary_door",
    {
        "raise": "a higher threshold on the distance",
        "lower": "a lower threshold on the distance",
        "longer": "all encodings multiplied by 2, and the threshold on the plain distance, too",
        "encoder": "an encoder trained on more people, in more kinds of light",
        "tries": "three tries in place of one",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "diary_door_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("diary_door") as check:
    because = {
        "raise": (
            "Owners get in more often, and so do strangers. A threshold only trades one mistake for "
            "the other."
        ),
        "lower": "Then owners are rejected more often still.",
        "longer": "All plain distances double, and so does the threshold: nothing changes at all.",
        "encoder": (
            "Only better encodings, with one person's pictures nearer and others' farther, lower both "
            "mistakes at once."
        ),
        "tries": "Strangers get three tries, too.",
    }
    check.answer(value(diary_door), "encoder", because)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. How far does it see?
#
# A network begins with: a convolution of 5 × 5, stride 1; a pooling of 2 × 2, stride 2; a convolution of 3 × 3,
# stride 1; a pooling of 2 × 2, stride 2; a convolution of 3 × 3, stride 1. How many pixels wide is the part of the
# picture that one number behind the last convolution has seen?

# %% nbgrader={"grade": false, "grade_id": "seen_pixels_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: seen_pixels = …
    ### BEGIN SOLUTION
    seen_pixels = 20
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "seen_pixels_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("seen_pixels", unit="pixels")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "seen_pixels_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("seen_pixels") as check:
    because = {
        "right": (
            "5; the pooling adds 1: 6. Now neighbours lie 2 pixels apart, so the 3 × 3 adds 2 · 2: "
            "10. The pooling adds 2: 12, and neighbours lie 4 apart. The last adds 2 · 4: 20."
        ),
        11: (
            "You counted every step as one pixel. Behind a pooling of stride 2, neighbours lie twice "
            "as far apart."
        ),
        12: (
            "That is what a number behind the second pooling has seen. The last convolution adds 2 · "
            "4 pixels."
        ),
        17: (
            "You let the poolings move on, but forgot that they look at 2 × 2 numbers themselves: "
            "that adds 1 and 2 pixels."
        ),
        4: "That is how far apart two neighbours lie, not how far one of them sees.",
        23: (
            "You let each of the strides count one layer too early: a layer's own stride only moves "
            "the layers behind it."
        ),
    }
    check.answer(value(seen_pixels), 20, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Nine stripes
#
# You search 100 photographs of a zoo for the nine patches that excite a unit of a deep layer most, at most one in each
# photograph. Each patch is the part of the picture that the unit sees. All nine show a zebra's stripes above green
# grass. Which of these do you *know* now?
#
# - `zebras`: the unit finds zebras
# - `outside`: what lies outside of these patches had no part in it
# - `needed`: without this unit the network would not know zebras
# - `grass`: stripes without grass would excite it less
# - `others`: no patch in the other 91 photographs excites it more than the weakest of these nine
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "nine_patches_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: nine_patches = …
    ### BEGIN SOLUTION
    nine_patches = ["outside", "others"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "nine_patches_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "nine_patches",
    {
        "zebras": "the unit finds zebras",
        "outside": "what lies outside of these patches had no part in it",
        "needed": "without this unit the network would not know zebras",
        "grass": "stripes without grass would excite it less",
        "others": "no patch in the other 91 photographs excites it more than the weakest of these nine",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "nine_patches_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("nine_patches") as check:
    because = {
        "zebras": (
            "Perhaps it finds stripes, or stripes above green, or grass in bright light. Look for "
            "pictures that have the one without the other."
        ),
        "outside": "A number of a convolutional layer depends on its receptive field alone.",
        "needed": (
            "Other units may see the same. To know it, switch this one off and look what the network says."
        ),
        "grass": "That may be so. You have seen no stripes without grass, so you cannot know.",
        "others": (
            "That is what the nine were chosen by. (A second patch in one of *their* photographs may well "
            "excite it more than the ninth.) Of pictures outside the 100 it says nothing."
        ),
    }
    check.answer(value(nine_patches), {"outside", "others"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. A bright spot in a saliency map
#
# You take the slope of the score of “dog” with respect to each pixel, and show its absolute value. One pixel is very
# bright in this map. What does that say?
#
# - `part`: the pixel belongs to the dog
# - `change`: a small change of this pixel would change the score much
# - `black`: if you paint this pixel black, the network no longer says “dog”
# - `light`: the pixel makes the dog more likely the lighter it is, in any picture

# %% nbgrader={"grade": false, "grade_id": "bright_saliency_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: bright_saliency = …
    ### BEGIN SOLUTION
    bright_saliency = "change"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "bright_saliency_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "bright_saliency",
    {
        "part": "the pixel belongs to the dog",
        "change": "a small change of this pixel would change the score much",
        "black": "if you paint this pixel black, the network no longer says “dog”",
        "light": "the pixel makes the dog more likely the lighter it is, in any picture",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "bright_saliency_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("bright_saliency") as check:
    because = {
        "part": (
            "Often it does, but it need not. A leash or a lawn may matter to the score as well, or noise."
        ),
        "change": "That is what a slope is: what a small step does, here and now.",
        "black": "Black is no small change, and a slope says nothing about large ones.",
        "light": (
            "The absolute value hides in which direction, and in another picture the slope is another."
        ),
    }
    check.answer(value(bright_saliency), "change", because)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. The same style
#
# The volume of your picture is at first the very same as that of the painting, so the style cost of this layer is 0.
# Now you change your picture's volume, in one of these ways. After which is the cost 0 still, whatever the numbers
# are?
#
# - `shuffle`: all places are shuffled, in each channel in the same way
# - `own`: all places are shuffled, in each channel in a way of its own
# - `mirror`: each channel's map is mirrored, left and right exchanged
# - `minus`: all numbers are multiplied by −1
# - `twice`: all numbers are multiplied by 2
# - `swap`: the first and the second channel change places
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "same_style_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: same_style = …
    ### BEGIN SOLUTION
    same_style = ["shuffle", "mirror", "minus"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "same_style_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "same_style",
    {
        "shuffle": "all places are shuffled, in each channel in the same way",
        "own": "all places are shuffled, in each channel in a way of its own",
        "mirror": "each channel's map is mirrored, left and right exchanged",
        "minus": "all numbers are multiplied by −1",
        "twice": "all numbers are multiplied by 2",
        "swap": "the first and the second channel change places",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "same_style_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("same_style") as check:
    because = {
        "shuffle": "The Gram matrix adds up over the places, in whatever order.",
        "own": ("Then other numbers meet in the products of two channels. Only the diagonal stays."),
        "mirror": "A mirror moves the places, in all channels alike.",
        "minus": "Each entry is a sum of products of two numbers, and the two signs cancel.",
        "twice": "The Gram matrix becomes four times as large.",
        "swap": (
            "Then the first two rows of the Gram matrix change places, and its first two columns, and it is compared "
            "entry by entry."
        ),
    }
    check.answer(value(same_style), {"shuffle", "mirror", "minus"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. A small style cost
#
# A layer has two channels and 1 × 3 places. Of the painting it gives [[1, 2, 0], [0, 1, 3]], a row for each channel,
# of your picture [[1, 2, 0], [0, 1, 1]]. How large is the layer's style cost, with its division by
# $(2 \cdot n_H \cdot n_W \cdot n_C)^2$? Two decimals are enough.

# %% nbgrader={"grade": false, "grade_id": "small_style_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: small_style = …
    ### BEGIN SOLUTION
    small_style = 0.44
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "small_style_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("small_style", unit="")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "small_style_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("small_style") as check:
    because = {
        "right": (
            "The Gram matrices are [[5, 2], [2, 10]] and [[5, 2], [2, 2]]. They differ by 8, in one "
            "entry: 8² / (2 · 1 · 3 · 2)² = 64 / 144 = 0.44."
        ),
        64: "You forgot to divide.",
        5.33: "You divided by 12. The division is by its square, 144.",
        4: ("That is what the volumes differ by, squared. The style cost compares their Gram matrices."),
        0.06: "You did not square the difference of the Gram matrices.",
        0.67: "You divided 8 by 12. The cost is the square of that: 64 / 144.",
        0.5: (
            "You multiplied the other way round: the matrices of places with places. The Gram matrix "
            "has a row for each channel."
        ),
    }
    check.answer(value(small_style), 0.44, because, 0.01)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. A scream in the forest
#
# A box in the forest listens, 8,000 samples a second, one channel. The first layer has 32 filters of length 80 with
# stride 4, and a pooling of 4 with stride 4 follows. How many *milliseconds* of the sound has a number behind the
# pooling seen?

# %% nbgrader={"grade": false, "grade_id": "forest_sound_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: forest_sound = …
    ### BEGIN SOLUTION
    forest_sound = 11.5
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "forest_sound_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("forest_sound", unit="milliseconds")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "forest_sound_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("forest_sound") as check:
    because = {
        "right": (
            "Four neighbours behind the filters begin at samples 0, 4, 8 and 12, and each sees 80: 80 "
            "+ 3 · 4 = 92 samples, 11.5 ms."
        ),
        10: ("That is what a number behind the filters has seen. The pooling looks at four of them."),
        12: (
            "You let the last of the four windows begin 4 · 4 = 16 samples behind the first. It is "
            "three steps of 4: 12 samples."
        ),
        40: "You multiplied 80 by 4. But the four windows overlap nearly entirely.",
        10.375: "You moved the filters by 1. Their stride is 4.",
        92: "These are samples. 8 of them make a millisecond.",
        2: "That is how far two neighbours lie apart behind the pooling: 16 samples.",
    }
    check.answer(value(forest_sound), 11.5, because, 0.04)
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Two directions
#
# For which of these would you take a *two*-dimensional convolution, whose filters slide in exactly two directions?
#
# - `satellite`: a picture from a satellite, with 12 wavelengths at each pixel
# - `weather`: the temperature at each height, latitude and longitude; what you look for may lie at any height
# - `piano`: a recording of a piano in stereo
# - `ultrasound`: a film of ultrasound pictures, in which something moves
# - `spectrogram`: a sound as a map: time to the right, pitch upwards
# - `gait`: how 17 joints move: x and y of each, 50 times a second
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "two_directions_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: two_directions = …
    ### BEGIN SOLUTION
    two_directions = ["satellite", "spectrogram"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "two_directions_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "two_directions",
    {
        "satellite": "a picture from a satellite, with 12 wavelengths at each pixel",
        "weather": "the temperature at each height, latitude and longitude; what you look for may lie at any height",
        "piano": "a recording of a piano in stereo",
        "ultrasound": "a film of ultrasound pictures, in which something moves",
        "spectrogram": "a sound as a map: time to the right, pitch upwards",
        "gait": "how 17 joints move: x and y of each, 50 times a second",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "two_directions_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("two_directions") as check:
    because = {
        "satellite": (
            "Twelve wavelengths are twelve channels, as three colours are three. The filter slides "
            "over the ground."
        ),
        "weather": (
            "Height is a direction, too: what a filter finds at one height, it should find at any other."
        ),
        "piano": "It slides along time only. Left and right are two channels.",
        "ultrasound": "Time is a third direction, and motion shows in it.",
        "spectrogram": (
            "A pattern may come later, or higher: both are directions. (Time alone, with pitches as "
            "channels, is a choice as well; then a melody that is sung higher must be learnt anew.)"
        ),
        "gait": (
            "It slides along time. The 34 numbers are channels: joint 5 does not lie between joints 4 and 6."
        ),
    }
    check.answer(value(two_directions), {"satellite", "spectrogram"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## Summary
#
# You can say what a face is compared with and what a triplet costs, how far a number sees and what its nine patches
# prove, what a style keeps, and in which directions a filter slides. If a question was hard, look again: lesson 4.1
# for questions 1 to 3, 4.2 for 4 to 6, 4.3 for 7 and 8, and 4.4 for 9 and 10.
