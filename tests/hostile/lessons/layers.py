# %% [markdown]
# # Layers
#
# A function and a module in PyTorch.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from torch import nn

# %% nbgrader={"grade": false, "grade_id": "swish_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def swish(x):
    """x times its sigmoid, elementwise; autograd can follow it."""
    ### BEGIN SOLUTION
    return x * torch.sigmoid(x)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "swish", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("swish") as check:
    check.equal(swish(torch.zeros(3)), torch.zeros(3), "swish(zeros)")

# %% nbgrader={"grade": true, "grade_id": "swish_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of swish.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

hidden_of_swish = "CANARY-HIDDEN-72c1d9"
with Check("swish") as check:
    x = torch.tensor(testing.rng("swish_hidden").normal(size=7))
    s = 1 / (1 + torch.exp(-x))
    expected = x * s
    check.equal(swish(x), expected, "swish(x)")
    check.equal(testing.grad(swish, [x], 0), s + x * s * (1 - s), "the gradient of swish")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "Perceptron_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Perceptron(nn.Module):
    """Two dense layers with a ReLU between them: (B, n_in) -> (B, n_out)."""

    ### BEGIN SOLUTION
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.first = nn.Linear(n_in, n_hidden)
        self.second = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "Perceptron", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("Perceptron") as check:
    model = Perceptron(2, 3, 1)
    check.equal(testing.describe(model)["count"], 13, "the weights of Perceptron(2, 3, 1)")
    state = {name: torch.ones(shape) for name, shape, _ in testing.describe(model)["parameters"]}
    model.load_state_dict(state)
    check.equal(model(torch.ones(1, 2)).detach(), torch.tensor([[10.0]]), "model(ones), all weights 1")

# %% nbgrader={"grade": true, "grade_id": "Perceptron_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of Perceptron.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

hidden_of_perceptron = "CANARY-HIDDEN-5be80a"
with Check("Perceptron") as check:
    rng = testing.rng("Perceptron_hidden")
    model = Perceptron(3, 6, 2)
    described = testing.describe(model)["parameters"]
    check.equal([shape for _, shape, _ in described], [(6, 3), (6,), (2, 6), (2,)], "the shapes of the weights")
    state = {name: torch.tensor(rng.normal(size=shape), dtype=torch.float32) for name, shape, _ in described}
    model.load_state_dict(state)
    x = torch.tensor(rng.normal(size=(5, 3)), dtype=torch.float32)
    w1, b1, w2, b2 = state.values()
    expected = (x @ w1.T + b1).clamp(min=0) @ w2.T + b2
    check.equal(model(x).detach(), expected, "model(x)", rtol=1e-5, atol=1e-5)
### END HIDDEN TESTS
