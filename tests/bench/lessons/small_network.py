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
# # A small network, piece by piece
#
# Six functions of a network that names pictures: two in NumPy, four in PyTorch.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
import torch


# %% nbgrader={"grade": false, "grade_id": "standardize_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def standardize(X):
    """Give every column of X the mean 0 and the standard deviation 1.

    Args:
        X: an array of shape (m, n); no column is constant.

    Returns:
        A new array of shape (m, n).
    """
    # Take the mean of each column off, then divide by its standard deviation.
    ### BEGIN SOLUTION
    return (X - X.mean(axis=0)) / X.std(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "standardize", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("standardize") as check:
    X = np.array([[1.0, 0.0], [3.0, 8.0]])
    expected = np.array([[-1.0, -1.0], [1.0, 1.0]])
    check.equal(standardize(X), expected, "standardize([[1, 0], [3, 8]])", axes=("row", "column"))

# %% nbgrader={"grade": true, "grade_id": "standardize_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of standardize: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

numbers = testing.rng("standardize_hidden")
with Check("standardize") as check:
    X = numbers.normal(3.0, 2.0, size=(7, 4))
    got = standardize(X)
    check.equal(got, np.stack([(c - np.mean(c)) / np.std(c) for c in X.T], axis=1), "standardize(X)")
    check.true(testing.unchanged(standardize, [X]), "standardize should leave its argument as it is.")
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "max_pool_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool(A, f):
    """The maximum of every f by f window of a picture; windows do not overlap.

    Args:
        A: a picture of shape (n_H, n_W); f divides both.
        f: rows and columns of a window, an int.

    Returns:
        An array of shape (n_H / f, n_W / f).
    """
    # Cut the picture into windows, and take the maximum of each.
    ### BEGIN SOLUTION
    n_H, n_W = A.shape
    return A.reshape(n_H // f, f, n_W // f, f).max(axis=(1, 3))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "max_pool", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("max_pool") as check:
    A = np.array([[1.0, 2.0, 0.0, -1.0], [5.0, 3.0, -2.0, -4.0]])
    check.equal(max_pool(A, 2), np.array([[5.0, 0.0]]), "max_pool(A, 2)", axes=("row", "column"))

# %% nbgrader={"grade": true, "grade_id": "max_pool_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of max_pool: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

numbers = testing.rng("max_pool_hidden")
with Check("max_pool") as check:
    A = numbers.normal(-2.0, 1.0, size=(9, 6))
    expected = torch.nn.functional.max_pool2d(torch.from_numpy(A)[None], 3)[0].numpy()
    check.equal(max_pool(A, 3), expected, "max_pool(A, 3)", axes=("row", "column"))
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "leaky_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaky(x, slope):
    """The leaky rectifier: x where it is positive, slope * x elsewhere.

    Args:
        x: a tensor of any shape.
        slope: a number between 0 and 1.

    Returns:
        A tensor of the shape of x, through which gradients flow.
    """
    # Choose between x and slope * x.
    ### BEGIN SOLUTION
    return torch.where(x > 0, x, slope * x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "leaky", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("leaky") as check:
    x = torch.tensor([-2.0, 0.0, 4.0])
    check.equal(leaky(x, 0.5), torch.tensor([-1.0, 0.0, 4.0]), "leaky([-2, 0, 4], 0.5)", axes=("place",))

# %% nbgrader={"grade": true, "grade_id": "leaky_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of leaky: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

numbers = testing.rng("leaky_hidden")
with Check("leaky") as check:
    x = torch.from_numpy(numbers.normal(size=(3, 5)))
    check.equal(leaky(x, 0.1), torch.nn.functional.leaky_relu(x, 0.1), "leaky(x, 0.1)")
    slopes = torch.where(x > 0, 1.0, 0.1).to(x.dtype)
    check.equal(testing.grad(leaky, [x, 0.1], wrt=0), slopes, "the gradient of leaky(x, 0.1)")
### END HIDDEN TESTS

# %%
x = torch.linspace(-2, 2, 41)
try:
    plt.figure(figsize=(3, 2))
    plt.plot(x, leaky(x, 0.2))
    plt.xlabel("x")
    plt.ylabel("leaky(x, 0.2)")
    plt.title("A bend at zero")
    plt.show()
except NotImplementedError:
    print("The plot comes once leaky is done.")


# %% nbgrader={"grade": false, "grade_id": "softmax_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(logits):
    """Probabilities from logits, safe for large ones.

    Args:
        logits: a tensor of shape (B, n).

    Returns:
        A tensor of shape (B, n), whose rows sum to 1.
    """
    # Take the largest logit of each row off, so that nothing overflows.
    # Then exponentiate, and divide by the row's sum.
    ### BEGIN SOLUTION
    powers = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return powers / powers.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "softmax", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("softmax") as check:
    logits = torch.tensor([[0.0, 0.0], [3.0, 3.0]])
    check.equal(softmax(logits), torch.full((2, 2), 0.5), "softmax([[0, 0], [3, 3]])", axes=("row", "class"))

# %% nbgrader={"grade": true, "grade_id": "softmax_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of softmax: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

numbers = testing.rng("softmax_hidden")
with Check("softmax") as check:
    logits = torch.from_numpy(numbers.normal(size=(4, 6)))
    check.equal(softmax(logits), torch.softmax(logits, dim=1), "softmax(logits)")
    check.equal(softmax(logits + 2000), torch.softmax(logits, dim=1), "softmax(logits + 2000)", rtol=1e-4)
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "cross_entropy_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(logits, labels):
    """The mean cross-entropy of a batch; calls softmax.

    Args:
        logits: a tensor of shape (B, n).
        labels: the right classes, a tensor of B ints.

    Returns:
        A tensor of no dimensions.
    """
    # Pick the probability of each row's label; average the negative logarithms.
    ### BEGIN SOLUTION
    picked = softmax(logits)[torch.arange(len(labels)), labels]
    return -torch.log(picked).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "cross_entropy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("cross_entropy") as check:
    got = cross_entropy(torch.zeros(3, 4), torch.tensor([0, 1, 3]))
    check.equal(got, torch.log(torch.tensor(4.0)), "cross_entropy(zeros(3, 4), [0, 1, 3])", rtol=1e-5)

# %% nbgrader={"grade": true, "grade_id": "cross_entropy_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of cross_entropy: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

numbers = testing.rng("cross_entropy_hidden")
with Check("cross_entropy") as check:
    logits = torch.from_numpy(numbers.normal(size=(5, 3)))
    labels = torch.from_numpy(numbers.integers(0, 3, size=5))
    expected = torch.nn.functional.cross_entropy(logits, labels)
    check.equal(cross_entropy(logits, labels), expected, "cross_entropy(logits, labels)")
    slopes = (torch.softmax(logits, dim=1) - torch.nn.functional.one_hot(labels, 3)) / 5
    check.equal(testing.grad(cross_entropy, [logits, labels], wrt=0), slopes, "the gradient of cross_entropy")
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "accuracy_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy(logits, labels):
    """The share of pictures whose largest logit is that of their label.

    Args:
        logits: a tensor of shape (B, n).
        labels: the right classes, a tensor of B ints.

    Returns:
        A float between 0 and 1.
    """
    # Compare the places of the largest logits with the labels.
    ### BEGIN SOLUTION
    return (logits.argmax(dim=1) == labels).double().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "accuracy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("accuracy") as check:
    logits = torch.tensor([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [3.0, 1.0, 2.0], [0.0, 4.0, 1.0]])
    check.equal(accuracy(logits, torch.tensor([0, 2, 1, 1])), 0.75, "accuracy(logits, [0, 2, 1, 1])")

# %% nbgrader={"grade": true, "grade_id": "accuracy_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of accuracy: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

numbers = testing.rng("accuracy_hidden")
with Check("accuracy") as check:
    logits = torch.from_numpy(numbers.normal(size=(20, 4)))
    labels = logits.argmin(dim=1)
    check.equal(accuracy(logits, labels), 0.0, "accuracy(logits, wrong labels)")
    labels[:7] = logits[:7].argmax(dim=1)
    check.equal(accuracy(logits, labels), 0.35, "accuracy(logits, labels)")
### END HIDDEN TESTS
