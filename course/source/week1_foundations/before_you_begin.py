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
# # 0 Before you begin
#
# **Do you have what this course builds on? And how does it tell you what you got wrong?**
#
# Five short tasks show you what you know already. Four short pages tell you what you may not know yet. Nothing here has
# points, so this is the place to make mistakes: the first one you even make on purpose.
#
# **After this lesson you can**
#
# - read what a check says when you have not begun, when you are wrong, and when you are right;
# - say which of Python, NumPy and the chain rule you want to look up again;
# - let PyTorch find a slope, and say what it did;
# - say in a sentence each what softmax, cross-entropy, Adam and batch normalisation do;
# - hand in your work.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 20 minutes |
# | machine time, solved | under 1 minute on one core |
# | memory | under 1 GB |
# | before you start | nothing: this is where you find out |

# %% [markdown]
# ## What you build
#
# | | function | what it asks of you | points |
# | --- | --- | --- | --- |
# | 1 | `negative` | to meet the three answers of a check | none |
# | 2 | `count_labels` | Python: a loop and a dictionary | none |
# | 3 | `cut_out` | NumPy: slices | none |
# | 4 | `centre` | NumPy: axes and broadcasting | none |
# | 5 | `loss_slope` | mathematics: the chain rule | none |
#
# **How it works.** Run the cells one after another, from the top, with Shift+Enter. Where a cell says
# `raise NotImplementedError()`, you write your own lines in its place. Below each function stands a test that you can
# run as often as you like.
#
# **Stuck?** Open a hint. In later lessons each hint has the next one inside it. The last says almost everything, so try
# the first before.
#
# Now and then the text says **Predict**. Write your answer down before you go on, even a wrong one: what surprises you
# is what you remember.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch
from torch import nn

np.set_printoptions(precision=3, suppress=True)
torch.set_printoptions(precision=3, sci_mode=False)

# %% [markdown]
# # Part 1: the three answers of a check
#
# A picture is an array of numbers, here from 0, black, to 1, white. Its *negative* has white where the picture is black,
# and black where it is white. Write a function for that, but slowly:
#
# 1. **Write nothing.** Run the function's cell as it is, and the test below it. It says *not begun*. That is no failure:
#    it only tells you which line is still to be written.
# 2. **Be wrong.** Write `return -picture` in place of the two lines, with the same indentation. Run both cells again. Now
#    the test says what is wrong. It knows this mistake, so it begins with the mistake's name; then comes what it expected,
#    what it got, and where the two first differ.
# 3. **Be right.** What is 1 to become, what is 0 to become? Mend your line, and run both again. It says *passed*.
#
# ### Exercise 1: `negative`
#
# <details><summary>Hint 1</summary>
#
# 1 should become 0, and 0 should become 1. Subtract the picture from a number.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "negative_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def negative(picture):
    """Make white black and black white.

    Args:
        picture: an array of any shape, floats from 0 (black) to 1 (white).

    Returns:
        A new array of the same shape, floats from 0 to 1.
    """
    # Turn each brightness round.
    ### BEGIN SOLUTION
    return 1 - picture
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "negative", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("negative") as check:
    stripes = np.array([[0.0, 1.0, 0.25], [0.0, 1.0, 0.75]])
    turned_round = np.array([[1.0, 0.0, 0.75], [1.0, 0.0, 0.25]])
    check.equal(negative(stripes), turned_round, "negative(stripes)", axes=("row", "column"))

# %% [markdown]
# <details><summary>What the test says, in case yours says something else</summary>
#
# 1. `negative: not begun, or not finished: line 12 still raises NotImplementedError.`
# 2. `negative: You only changed the sign: white, 1, becomes −1, which is no brightness at all.`, and below it a line that
#    begins `negative(stripes) has the right shape, but 6 of 6 values differ.`
# 3. `negative: passed`
#
# </details>
#
# Jupyter gives the first two a red ground, since both stop a run of all cells. But only one of them is a mistake. Read the
# first sentence, always; the rest is there for when it does not suffice.
#
# ### See it
#
# This street goes with you through the whole course. To see a picture of your own instead, put it beside this notebook and
# write its name below.

# %%
from cnnkit import pictures
from cnnkit.data import own_photo
from cnnkit.scenes import street_scene

picture_file = ""  # for example "my_cat.jpg"

street = street_scene(seed=42, size=192, difficulty=0.3).image
view = np.asarray(own_photo(picture_file, street)) / 255
pictures.show(
    {"the picture": view, "its negative": negative(view)},
    title="In a negative light and dark have changed places",
    alt="Two pictures. On the left a street under a clear sky, drawn by a computer, with a motorcycle, a car and a person "
    "beside it, or a picture of your own. On the right the same with dark in place of light, and each colour turned into "
    "its opposite: the blue sky is brown.",
)

# %% [markdown]
# # Part 2: what is assumed
#
# Four tasks, two minutes each. If one takes you ten, you know what to look up; the table at the end says where.
#
# ## 1. Python
#
# ### Exercise 2: `count_labels`
#
# <details><summary>Hint 1</summary>
#
# Go through the labels in a loop. `counts.get(label, 0)` is what stands in `counts` for the label, or 0 if it is new.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "count_labels_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_labels(labels):
    """Count how often each label occurs.

    Args:
        labels: a list of str.

    Returns:
        A dict with a key for each label that occurs, and how often it does, an int, as its value.
    """
    # Begin with an empty dictionary. For each label, add 1 to its count.
    ### BEGIN SOLUTION
    counts = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "count_labels", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("count_labels") as check:
    seen = ["car", "person", "car", "car"]
    check.equal(count_labels(seen), {"car": 3, "person": 1}, 'count_labels(["car", "person", "car", "car"])')
    check.equal(count_labels([]), {}, "count_labels([])")

# %% [markdown]
# ## 2. Slices
#
# In `picture[a:b, c:d]` the first slice takes rows, the second columns. The end is not taken: `a:b` are `b - a` rows.
#
# ### Exercise 3: `cut_out`
#
# <details><summary>Hint 1</summary>
#
# A slice wants to know where to *end*, and you are told how many there are. The last row is `top + height - 1`; a slice
# ends one further.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "cut_out_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cut_out(picture, top, left, height, width):
    """Cut a piece out of a picture.

    Args:
        picture: an array (n_H, n_W).
        top: the first row of the piece, an int.
        left: the first column of the piece, an int.
        height: how many rows it has, an int.
        width: how many columns it has, an int.

    Returns:
        The piece, (height, width).
    """
    # Slice the rows, and slice the columns.
    ### BEGIN SOLUTION
    return picture[top : top + height, left : left + width]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "cut_out", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("cut_out") as check:
    numbers = np.arange(20).reshape(4, 5)
    piece = np.array([[6, 7, 8], [11, 12, 13]])
    check.equal(cut_out(numbers, 1, 1, 2, 3), piece, "cut_out(numbers, 1, 1, 2, 3)", axes=("row", "column"))
    corner = np.array([[4]])
    check.equal(cut_out(numbers, 0, 4, 1, 1), corner, "cut_out(numbers, 0, 4, 1, 1)", axes=("row", "column"))

# %% [markdown]
# ## 3. Axes and broadcasting
#
# `stack.mean(axis=0)` averages *over* axis 0, so that axis is gone. With `keepdims=True` it stays, with length 1. Between
# two arrays, an axis of length 1 is repeated as often as the other array needs: this is **broadcasting**.
#
# **Predict:** `stack` has the shape (2, 3, 4). What are the shapes of `stack.mean(axis=(1, 2))` and of
# `stack.mean(axis=(1, 2), keepdims=True)`? Which of them can you subtract from `stack`?
#
# <details><summary>Compare with your answer</summary>
#
# (2,) and (2, 1, 1). Only the second: NumPy lines shapes up from the *right*, so it would put the 2 below the 4. If the
# picture had two columns, it would even go through without a word, and be wrong.
#
# </details>
#
# ### Exercise 4: `centre`
#
# <details><summary>Hint 1</summary>
#
# The mean of each picture is over rows and columns, axes 1 and 2. Keep the axes, and subtract.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "centre_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def centre(stack):
    """Subtract from each picture its own mean.

    Args:
        stack: m pictures, (m, n_H, n_W), floats.

    Returns:
        A new array (m, n_H, n_W). Each picture has the mean 0.
    """
    # Find the mean of each picture, keep the axes, and subtract.
    ### BEGIN SOLUTION
    return stack - stack.mean(axis=(1, 2), keepdims=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "centre", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("centre") as check:
    # The first picture has the mean 3, the second 10.
    two = np.array([[[1.0, 2.0], [3.0, 6.0]], [[10.0, 10.0], [4.0, 16.0]]])
    centred = np.array([[[-2.0, -1.0], [0.0, 3.0]], [[0.0, 0.0], [-6.0, 6.0]]])
    check.equal(centre(two), centred, "centre(two)", axes=("picture", "row", "column"))

# %% [markdown]
# ## 4. The chain rule
#
# A model guesses $w x$ where $y$ is right. Its loss is the squared error, $L = (w x - y)^2$. How fast does $L$ grow if
# $w$ grows? Take it apart: $L = u^2$ with $u = w x - y$. The chain rule multiplies the two rates:
#
# $$ \frac{dL}{dw} = \frac{dL}{du} \cdot \frac{du}{dw} $$
#
# ### Exercise 5: `loss_slope`
#
# <details><summary>Hint 1</summary>
#
# $dL/du$ is $2 u$. And $u$ grows with $w$ as fast as $x$ is large: $du/dw = x$.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "loss_slope_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def loss_slope(w, x, y):
    """Say how fast the loss (w x - y)^2 grows with w.

    Args:
        w: the weight, a float.
        x: the input, a float.
        y: what is right, a float.

    Returns:
        dL/dw, a float.
    """
    # Multiply the outer rate, 2 u, with the inner one.
    ### BEGIN SOLUTION
    return 2 * (w * x - y) * x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "loss_slope", "locked": true, "points": 0, "schema_version": 3, "solution": false, "task": false}
from cnnkit.check import Check

with Check("loss_slope") as check:
    # The guess is 2 * 3 = 6, and 1 is right: u is 5, the rates are 10 and 3.
    check.equal(loss_slope(2.0, 3.0, 1.0), 30.0, "loss_slope(2.0, 3.0, 1.0)")
    # A guess that is right: nothing to gain.
    check.equal(loss_slope(2.0, 3.0, 6.0), 0.0, "loss_slope(2.0, 3.0, 6.0)")
    # A guess that is too small: the loss falls when w grows.
    check.equal(loss_slope(1.0, 2.0, 5.0), -12.0, "loss_slope(1.0, 2.0, 5.0)")

# %% [markdown]
# # Part 3: four pages
#
# Each is short, and each is enough for this course. Skip what you know.
#
# ## 5. Autograd: who finds the slopes?
#
# A network has millions of weights, and nobody wants to write the chain rule for each. PyTorch notes what you compute
# with a number that *requires a gradient*. Then `backward()` goes through its notes from the end, and multiplies the
# rates, as you did.
#
# **Predict:** $y = (2x + 1)^2$ and $x = 3$. How fast does $y$ grow with $x$?

# %%
x = torch.tensor(3.0, requires_grad=True)
y = (2 * x + 1) ** 2
y.backward()
print("y:", y.item(), "  its slope:", x.grad.item())

# %% [markdown]
# The rates are $2 \cdot 7 = 14$ and 2. Does autograd agree with *your* `loss_slope`, too?

# %%
weights = np.linspace(-1.0, 3.0, 9)
losses, slopes = [], []
for value in weights:
    w = torch.tensor(float(value), requires_grad=True)
    loss = (w * 2.0 - 3.0) ** 2
    loss.backward()
    losses.append(loss.item())
    slopes.append(w.grad.item())
differences = [abs(found - loss_slope(value, 2.0, 3.0)) for found, value in zip(slopes, weights, strict=True)]
print(f"largest difference from your loss_slope: {max(differences):.1g}")

best = weights[int(np.argmin(losses))]
pictures.show_curves(
    weights,
    {"loss": losses, "its slope, by autograd": slopes},
    xlabel="the weight w",
    ylabel="loss, and its slope",
    title=f"The loss is least at w = {best:g}, where its slope is {slopes[int(np.argmin(losses))]:g}",
    alt=f"Two curves over the weight, from {weights[0]:g} to {weights[-1]:g}. The loss is a valley with its floor at "
    f"{best:g}. Its slope is a straight line that rises from below 0 to above 0, and crosses 0 where the loss is least.",
)

# %% [markdown]
# **Check yourself.** Now you call `backward()` for $2x + 1$, with the same `x`. What is in `x.grad` afterwards?

# %%
(2 * x + 1).backward()
print("the first slope was 28, the second is 2, and x.grad is", x.grad.item())

# %% [markdown]
# Gradients **add up** until you set them to zero. That is why a training loop calls `zero_grad()` before each step.
#
# ## 6. Softmax and cross-entropy: from scores to a loss
#
# A network that tells classes apart gives each a score, its **logit**. Any numbers will do, so they are no
# probabilities. **Softmax** makes them some: raise $e$ to each score, and divide by the sum of all.
#
# $$ p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} $$
#
# **Predict:** the scores are 3, 2 and 1. Does the first class get half? And what changes if you add 100 to all three?

# %%
scores = torch.tensor([3.0, 2.0, 1.0])
print("scores 3, 2, 1:       ", scores.softmax(dim=0))
print("scores 103, 102, 101: ", (scores + 100).softmax(dim=0))

# %% [markdown]
# Not half: one point more makes a class $e$ = 2.72 times as likely. And adding 100 changes nothing: only the *differences*
# of the scores count. Now the loss. **Cross-entropy** looks at one number alone:
# the probability $p$ that the network gave to the *right* class. The loss is $-\ln p$.
#
# **Predict:** a network is sure, and right. What does that cost? And if it is sure, and wrong?

# %%
gaps = [-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0]  # how much higher the right class of two scores
costs = [nn.functional.cross_entropy(torch.tensor([[gap, 0.0]]), torch.tensor([0])).item() for gap in gaps]
pictures.show_curves(
    gaps,
    {"cross-entropy": costs},
    xlabel="score of the right class, less that of the wrong one",
    ylabel="loss",
    title=f"Sure and wrong costs {costs[0]:.2f}, undecided {costs[3]:.2f}, sure and right {costs[-1]:.4f}",
    alt=f"A falling curve. With the right class 6 below the wrong one the loss is {costs[0]:.2f}; it falls almost in a "
    f"straight line to {costs[3]:.2f} where both are equal, and flattens to {costs[-1]:.4f} where the right one is 6 above.",
)

# %% [markdown]
# **Check yourself.** `cross_entropy` takes scores, and does the softmax itself. Your network tells two classes apart, ends
# in a softmax all the same, and is as sure as can be, and right. What does that cost?
#
# <details><summary>Compare with your answer</summary>
#
# Not 0. After your softmax its two "scores" are 1 and 0, and the right class is only 1 ahead: the loss is
# $\ln(1 + e^{-1}) = 0.31$, and never gets lower. Lesson [1.3](convnet_application.ipynb) shows what that does to training.
#
# </details>
#
# ## 7. Adam: how far to step?
#
# Plain gradient descent steps against the slope, by the slope times a learning rate. Where slopes are tiny it creeps,
# where they are large it leaps too far. **Adam** keeps two *running means* for each weight: means in which the latest steps
# count most. One is of its slope, one of the slope's square, and Adam steps by the first over the root of the second. So
# each weight gets a step of its own, however steep its slope: about as long as the learning rate says while the slope keeps
# its sign, and shorter where it keeps changing.
#
# **Predict:** two weights have the slopes 10 and 100. How do the first steps of both methods differ, at a rate of 0.01?


# %%
def valley(weights):
    """A valley that is a hundred times steeper in one direction than in the other."""
    return 0.5 * (weights[0] ** 2 + 100 * weights[1] ** 2)


def after(steps, method, rate, scale=1.0):
    """The weights after some steps down the valley, whose loss is multiplied by `scale`."""
    weights = torch.tensor([10.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = method([weights], lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        (scale * valley(weights)).backward()
        optimizer.step()
    return weights.detach()


start = after(0, torch.optim.SGD, 0.01)
print("gradient descent moves the two weights by", (after(1, torch.optim.SGD, 0.01) - start))
print("Adam moves them by                       ", (after(1, torch.optim.Adam, 0.01) - start))

# %% [markdown]
# **Predict:** somebody measures the loss in other units, so that all slopes are a thousand times smaller, or only 15 %
# larger. Which of the two methods notices? And which of the two changes hurts it more?

# %%
scales = [0.001, 0.01, 0.1, 0.5, 1.15]
methods = {
    "gradient descent, rate 0.018": (torch.optim.SGD, 0.018),
    "Adam, rate 0.3": (torch.optim.Adam, 0.3),
}
left = {
    name: [float(valley(after(60, method, rate, scale)) / valley(start)) for scale in scales]
    for name, (method, rate) in methods.items()
}
sgd, adam = left.values()
pictures.show_curves(
    scales,
    left,
    xlabel="what the loss is multiplied by",
    ylabel="share of the loss that is left after 60 steps",
    title=f"In any units Adam leaves {max(adam):.2g};\ngradient descent from {min(sgd):.2g} to {max(sgd):.0f} times the loss",
    alt="Two curves on logarithmic axes, over the factor that the loss is multiplied by. Adam's is flat. That of gradient "
    f"descent falls from {sgd[0]:.2g} to {min(sgd):.2g}, and then shoots up to {max(sgd):.2g}, more than there was at first.",
    logarithmic=True,
)

# %% [markdown]
# Which of the two arrives sooner depends on the rates that you compare. But Adam is far less picky about the size of the
# slopes, and so most people begin with it.
#
# **Check yourself.** With Adam, is the learning rate of any importance at all?
#
# <details><summary>Compare with your answer</summary>
#
# Yes: it is about how far each weight moves in a step. With a tiny one you creep, with a large one you jump to and fro
# across the floor. Only the size of the *slopes* has lost its importance.
#
# </details>
#
# ## 8. Batch normalisation: numbers of one size
#
# Inputs of a layer may be of very different size, and change while the layers below learn. **Batch normalisation** takes
# one feature (in a convolution: one channel) at a time. It subtracts the feature's mean over the batch, and divides by
# its spread, the standard deviation. Then it multiplies and adds two numbers of its own, which are learned and begin with
# 1 and 0.
#
# **Predict:** three features of eight examples have quite different means and spreads. What are they afterwards?

# %%
generator = torch.Generator().manual_seed(0)
batch = torch.randn(8, 3, generator=generator) * torch.tensor([1.0, 30.0, 0.1]) + torch.tensor(
    [0.0, 500.0, 3.0]
)
norm = nn.BatchNorm1d(3)
with torch.no_grad():
    normalised = norm(batch)
for name, values in {"before": batch, "after": normalised}.items():
    means, spreads = values.mean(dim=0) + 0.0, values.std(dim=0, unbiased=False)
    print(f"{name:7} mean", np.round(means.numpy(), 2) + 0.0, "  spread", np.round(spreads.numpy(), 2))

# %% [markdown]
# In training an example is thus judged *beside its neighbours*. When the network is used, there may be only one. So the
# layer also remembers a running mean and spread, and in *evaluation mode*, after `eval()`, it takes those.
#
# **Predict:** the batch is one example, eight times over. What comes out in training mode?

# %%
same = batch[:1].repeat(8, 1)
with torch.no_grad():
    print("training mode:  ", norm.train()(same)[0])
    print("evaluation mode:", norm.eval()(same)[0])

# %% [markdown]
# Zeros, up to rounding: each example *is* the mean, so nothing of it is left. (The numbers of evaluation mode are large because the running
# mean has seen two batches only.)
#
# **Check yourself.** A network reads digits well while it trains, and badly when you show it a single one. What would you
# look for first?
#
# <details><summary>Compare with your answer</summary>
#
# A missing `model.eval()`.
#
# </details>
#
# # Part 4: the rest of the course
#
# **Hints** are folded up above the cell that they are for. From the next lesson on there are up to three, one inside the
# other.
#
# **Points.** In the other lessons a second test stands below many functions, with nothing in it but a comment. It is
# *hidden*: it runs when your notebook is graded, with other sizes and random numbers of your own. So pass the visible
# test, and then ask yourself what it does not try. Each function is judged alone; if one defeats you, go on.
#
# **Progress.** The last cell of a notebook shows how far you are: which tests passed, which did not, which are not begun.
# It knows only what you have run. The **kernel** is the Python that runs your cells, and remembers what they defined. To run
# *all* visible tests of a notebook in a fresh kernel, where nothing is left of earlier runs, there is the command
# `cnnkit check` with the notebook's name, in a terminal.
#
# **Your desk** is the cell `cnnkit.desk()` below the title of every notebook. Run it: it says where your work is kept.
# *Save my work as one file* packs your notebooks and weights of all weeks into one zip to download. *Bring back my work* puts them back in their places, on
# this computer or another.
#
# **Handing in.** Save the notebook (menu *File*, *Save Notebook*; Ctrl+S after a click into a cell), and choose *Check and
# hand in* at the desk, or at the end of the notebook. It runs the saved notebook in a fresh kernel and says what is still
# open. Then it packs this week's notebooks, with what you trained and what you clicked in the quiz, into one zip. Download it
# and give that to your teacher. You may hand in what is not complete, and hand in again. What you printed and drew comes back
# with the marks, and for each test a sentence.
#
# **You may** add cells, functions and experiments of your own, anywhere. The tests and the other locked cells are put back
# as they were when you are graded, so there is nothing to gain from changing them.

# %% [markdown]
# ## What goes wrong when…
#
# **…you run a cell twice that changes what it begins from.** The second run does not do the same again: it begins where
# the first one ended. Here is the brightness of a pixel after each run of such a cell.

# %%
pixel = 0.2
for run in (1, 2, 3):
    pixel = float(negative(np.array(pixel)))
    print(f"after run {run}: {pixel:.1f}")

# %% [markdown]
# Give the result another name, and you may run the cell as often as you like. The notebook also forgets a cell that you
# delete, while the kernel keeps its numbers: all goes well, until somebody starts afresh. Both are why you try it in a fresh
# kernel before you hand in.
#
# **…shapes fit by accident.** This subtracts something from each picture, but not its mean: the means of the two
# pictures were lined up with the two *columns*.

# %%
pair = np.array([[[1.0, 2.0], [3.0, 6.0]], [[10.0, 10.0], [4.0, 16.0]]])
by_accident = pair - pair.mean(axis=(1, 2))
print("means that should be 0:", by_accident.mean(axis=(1, 2)))

# %% [markdown]
# ## Summary
#
# | if this was hard | look it up in | you need it from |
# | --- | --- | --- |
# | exercise 2, Python | the tutorial at docs.python.org, chapters 4 and 5 | lesson [1.1](edges_and_filters.ipynb) |
# | exercises 3 and 4, NumPy | "NumPy: the absolute basics for beginners" and "Broadcasting" at numpy.org | lessons [1.1](edges_and_filters.ipynb) and [1.2](convolution_step_by_step.ipynb) |
# | exercise 5, the chain rule | any first book on calculus | lesson [1.2](convolution_step_by_step.ipynb) |
# | pages 5 to 8, PyTorch | "Learn the Basics" at pytorch.org | lesson [1.3](convnet_application.ipynb) |
#
# - A check says *not begun*, what is wrong, or *passed*. Its first sentence is the one to read.
# - Autograd multiplies rates for you, and adds gradients up until you set them to zero.
# - Softmax makes scores into probabilities; cross-entropy is minus the logarithm of the right one.
# - Adam gives each weight a step of its own, whatever the size of its slope.
# - Batch normalisation brings every feature to mean 0 and spread 1, then scales and shifts it by two learned numbers. In
#   training it takes mean and spread from the batch, afterwards from memory.
#
# **Next:** in [1.1](edges_and_filters.ipynb) nine numbers find the edges in a picture.

# %% [markdown]
# ## References
#
# - A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic differentiation in machine learning: a survey",
#   *Journal of Machine Learning Research* 18, 2018. What autograd does.
# - J. S. Bridle, "Probabilistic interpretation of feedforward classification network outputs, with relationships to
#   statistical pattern recognition", in *Neurocomputing*, 1990. The softmax gets its name.
# - D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", *ICLR*, 2015.
# - S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
#   *ICML*, 2015.
