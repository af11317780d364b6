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
# # Quiz: the foundations
#
# **Have you got the ideas?** Ten questions about week 1, a point each.
#
# *Machine: less than a minute on one core, 0.2 GB. You: about 20 minutes.*
#
# Answer in one of two ways, as you like:
#
# - **Click.** Run the cell with the choices and choose: with the mouse, or with Tab and Space. What you click is kept in
#   `work/quiz/answers.json`, which is handed in with the notebook.
# - **Write.** Assign your answer in the cell above the choices: an id such as `"same"`, a list of ids such as `["a", "b"]`
#   where several may be right, or a number. What you write counts more than what you click.
#
# A wrong answer costs nothing but its point. Why each is right or wrong stands in the feedback that you get once the quiz is graded.

# %% nbgrader={"grade": false, "grade_id": "quiz_setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from cnnkit.quiz import Quiz

quiz = Quiz("work/quiz/answers.json")

# %% [markdown]
# ## 1. Layers that call themselves convolutions
#
# A deep-learning layer called "convolution" lays its kernel on the picture, multiplies what lies under it, adds up, and
# moves on. What does a mathematician call that?
#
# - `convolution`: the kernel is flipped in both directions first: a convolution
# - `correlation`: the kernel is used as it is: a cross-correlation
# - `product`: a matrix product of picture and kernel
# - `average`: a weighted average: the weights add up to one

# %% nbgrader={"grade": false, "grade_id": "sliding_sum_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: sliding_sum = …
    ### BEGIN SOLUTION
    sliding_sum = "correlation"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "sliding_sum_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "sliding_sum",
    {
        "convolution": "the kernel is flipped in both directions first: a convolution",
        "correlation": "the kernel is used as it is: a cross-correlation",
        "product": "a matrix product of picture and kernel",
        "average": "a weighted average: the weights add up to one",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "sliding_sum_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("sliding_sum") as check:
    because = {
        "convolution": (
            "In mathematics a convolution flips the kernel by half a turn first. Deep learning leaves"
            " that out: the weights are learned, so a flipped kernel would be learned just as well."
        ),
        "correlation": (
            "Cross-correlation uses the kernel as it is. The name convolution has stayed, though "
            "nothing is flipped."
        ),
        "product": (
            "A matrix product pairs rows with columns. Here each output looks at one small window of "
            "the picture."
        ),
        "average": (
            "An edge filter's weights add up to zero, so it averages nothing. A layer may learn any weights."
        ),
    }
    check.answer(value(sliding_sum), "correlation", because)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Which way does it step?
#
# The kernel has the columns 1, 0, −1. On a picture that is bright on the left and dark on the right it gives positive numbers
# along the edge. What does it give along the edge of a picture that is dark on the left and bright on the right?
#
# - `positive`: positive numbers
# - `negative`: negative numbers
# - `zero`: zeros
# - `nothing`: no output: the kernel has to be turned first

# %% nbgrader={"grade": false, "grade_id": "edge_sign_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: edge_sign = …
    ### BEGIN SOLUTION
    edge_sign = "negative"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "edge_sign_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "edge_sign",
    {
        "positive": "positive numbers",
        "negative": "negative numbers",
        "zero": "zeros",
        "nothing": "no output: the kernel has to be turned first",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "edge_sign_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("edge_sign") as check:
    because = {
        "positive": (
            "The left column counts plus, the right one minus. With the bright side on the right the "
            "minus wins."
        ),
        "negative": (
            "The bright side now lies under the column of −1, so the sum is negative. The sign says "
            "which way the step goes."
        ),
        "zero": "Zeros come where all columns under the kernel look the same. At an edge they differ.",
        "nothing": "The kernel runs over any picture. Only the sign of what it finds changes.",
    }
    check.answer(value(edge_sign), "negative", because)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. How large is it afterwards?
#
# A picture of 63 × 63 goes through a 7 × 7 kernel with stride 2, after a border of 1 pixel of zeros was put around it. How many
# pixels is the side of the output?

# %% nbgrader={"grade": false, "grade_id": "output_side_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: output_side = …
    ### BEGIN SOLUTION
    output_side = 30
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "output_side_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("output_side", unit="pixels")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "output_side_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("output_side") as check:
    because = {
        "right": "(63 + 2·1 − 7) / 2 is 29, and one more for the first window: 30.",
        29: "One more: the first window has not moved yet. Or did you forget the border?",
        59: "That is without the stride: the kernel moves by two pixels.",
        58: "That is 63 + 2 − 7. The kernel moves by two pixels, and the first window counts.",
    }
    check.answer(value(output_side), 30, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. A border that keeps the size
#
# Stride 1, a 7 × 7 kernel, and the output shall be as large as the input. How many rings of zeros go around the picture?

# %% nbgrader={"grade": false, "grade_id": "border_width_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: border_width = …
    ### BEGIN SOLUTION
    border_width = 3
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "border_width_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("border_width", unit="pixels")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "border_width_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("border_width") as check:
    because = {
        "right": (
            "Without a border 7 − 1 = 6 pixels of each side are lost. Three rings give six back: (7 −"
            " 1) / 2 = 3."
        ),
        6: "Six pixels are lost, but each ring gives back two: one at either end.",
        7: "So wide a border would make the output larger than the input.",
    }
    check.answer(value(border_width), 3, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Who looks at the corner?
#
# A 3 × 3 kernel runs over an 8 × 8 picture with stride 1 and without a border. The corner pixel lies in one window only. In how
# many windows does its right-hand neighbour lie, the second pixel of the first row?

# %% nbgrader={"grade": false, "grade_id": "corner_windows_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: corner_windows = …
    ### BEGIN SOLUTION
    corner_windows = 2
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "corner_windows_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("corner_windows", unit="windows")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "corner_windows_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("corner_windows") as check:
    because = {
        "right": (
            "The windows that begin in column 0 and in column 1 both hold it, each only in row 0: "
            "two. A pixel in the middle lies in nine. So what happens at the border counts little, "
            "which is one reason for padding."
        ),
        9: "That is a pixel in the middle. Above this one there is nothing to put a window on.",
        3: "A window cannot begin to the left of the picture.",
        1: "One is the corner itself. Its neighbour is in the next window, too.",
    }
    check.answer(value(corner_windows), 2, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. What a layer has to learn
#
# A layer has 20 filters of 5 × 5. What comes in has 10 channels. How many numbers does the layer learn, biases included?

# %% nbgrader={"grade": false, "grade_id": "layer_weights_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: layer_weights = …
    ### BEGIN SOLUTION
    layer_weights = 5020
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "layer_weights_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("layer_weights", unit="numbers")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "layer_weights_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("layer_weights") as check:
    because = {
        "right": (
            "A filter is as deep as its input: 5·5·10 = 250 weights and one bias, 251 numbers. Twenty"
            " of them: 5,020. The size of the picture does not matter."
        ),
        5000: "These are the weights. Each filter has a bias, too.",
        520: "A filter of 5 × 5 is as deep as what comes in: it has ten slices, not one.",
        5200: "There is one bias a filter, not one for each of its slices.",
        5001: "Each of the twenty filters has a bias of its own.",
    }
    check.answer(value(layer_weights), 5020, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Why so few?
#
# A convolutional layer has far fewer weights than a dense one between the same two volumes. Why?
#
# - `sharing`: the same filter is used at every position
# - `local`: each output looks at a small window only
# - `small`: convolutional layers are used on small pictures
# - `bias`: it has no biases
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "few_weights_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: few_weights = …
    ### BEGIN SOLUTION
    few_weights = ["sharing", "local"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "few_weights_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "few_weights",
    {
        "sharing": "the same filter is used at every position",
        "local": "each output looks at a small window only",
        "small": "convolutional layers are used on small pictures",
        "bias": "it has no biases",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "few_weights_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("few_weights") as check:
    because = {
        "sharing": "What finds an edge here finds it there: one filter serves all positions.",
        "local": "An output has connections to one window, not to the whole picture.",
        "small": (
            "On large pictures the difference is larger still: a dense layer grows with the picture, "
            "a filter does not."
        ),
        "bias": "It has one bias a filter, and biases are few in both.",
    }
    check.answer(value(few_weights), {"sharing", "local"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Nothing to learn
#
# Which of these layers have nothing to learn?
#
# - `pooling`: max pooling
# - `relu`: ReLU
# - `flatten`: flattening a volume to a vector
# - `convolution`: a 1 × 1 convolution
# - `dense`: a dense layer
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "no_weights_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: no_weights = …
    ### BEGIN SOLUTION
    no_weights = ["pooling", "relu", "flatten"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "no_weights_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "no_weights",
    {
        "pooling": "max pooling",
        "relu": "ReLU",
        "flatten": "flattening a volume to a vector",
        "convolution": "a 1 × 1 convolution",
        "dense": "a dense layer",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "no_weights_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("no_weights") as check:
    because = {
        "pooling": "Pooling only picks or averages: its size and stride are chosen, not learned.",
        "relu": "ReLU cuts at zero, and zero is not learned.",
        "flatten": "Flattening moves numbers to other places and changes none.",
        "convolution": "A 1 × 1 filter has a weight for each channel.",
        "dense": "A dense layer is all weights.",
    }
    check.answer(value(no_weights), {"pooling", "relu", "flatten"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. A step to the side
#
# Stride 1, and everything that matters is far from the border. The picture moves two pixels to the right. What happens to the
# output of the convolution?
#
# - `same`: it stays as it was
# - `moves`: it moves two pixels to the right
# - `other`: it gets other values, which nobody can foresee
# - `mirrored`: it moves two pixels to the left

# %% nbgrader={"grade": false, "grade_id": "shifted_picture_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: shifted_picture = …
    ### BEGIN SOLUTION
    shifted_picture = "moves"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "shifted_picture_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "shifted_picture",
    {
        "same": "it stays as it was",
        "moves": "it moves two pixels to the right",
        "other": "it gets other values, which nobody can foresee",
        "mirrored": "it moves two pixels to the left",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "shifted_picture_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("shifted_picture") as check:
    because = {
        "same": "That would be invariance. A convolution says what is where, so its output moves along.",
        "moves": (
            "The same window with the same weights gives the same number, two pixels further on. This"
            " is called translation equivariance."
        ),
        "other": (
            "Every window that was there is still there, two pixels further on, and the weights are the same."
        ),
        "mirrored": "The window that gave a number now lies further right, and so does the number.",
    }
    check.answer(value(shifted_picture), "moves", because)
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Backward through max pooling
#
# Max pooling took the 9 from the window 1, 3, 9, 2. Backward, a gradient of 4 arrives at that output. Which gradient do the four
# pixels get?
#
# - `all`: 4 each
# - `shared`: 1 each
# - `largest`: the 9 gets 4, the others 0
# - `weighted`: each in proportion to its value

# %% nbgrader={"grade": false, "grade_id": "pooled_gradient_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: pooled_gradient = …
    ### BEGIN SOLUTION
    pooled_gradient = "largest"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "pooled_gradient_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "pooled_gradient",
    {
        "all": "4 each",
        "shared": "1 each",
        "largest": "the 9 gets 4, the others 0",
        "weighted": "each in proportion to its value",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "pooled_gradient_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("pooled_gradient") as check:
    because = {
        "all": (
            "A small change of the 1, the 3 or the 2 changes nothing that comes out, so their gradient is 0."
        ),
        "shared": "That is average pooling: there each pixel has the same part in the output.",
        "largest": (
            "Only the largest made the output, so it alone gets the gradient. (If two were equally "
            "large, the rule about ties would matter.)"
        ),
        "weighted": "The output was the 9 itself, no mixture: the others had no part in it.",
    }
    check.answer(value(pooled_gradient), "largest", because)
### END HIDDEN TESTS

# %% [markdown]
# ## Summary
#
# You can say what a layer computes, how large its output is, what it has to learn, and where the gradient goes on the way back. If
# a question was hard, the lesson that answers it is worth another look: 1.1 for edges, sizes and borders, 1.2 for volumes, pooling
# and gradients, 1.3 for what layers learn.
