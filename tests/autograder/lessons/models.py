# %% [markdown]
# # How wide is the protocol?
#
# Three exercises in PyTorch: one takes a model, one makes a model, one is differentiated.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from torch import nn


# %% nbgrader={"grade": false, "grade_id": "count_weights_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_weights(model):
    """The number of weights of a model that training changes, an int."""
    ### BEGIN SOLUTION
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "count_weights", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
from cnnkit import testing
from cnnkit.check import Check

with Check("count_weights") as check:
    check.equal(count_weights(testing.make("torch.nn.Linear", 3, 4)), 16, "count_weights(Linear(3, 4))")

# %% nbgrader={"grade": true, "grade_id": "count_weights_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of count_weights.
### BEGIN HIDDEN TESTS
from cnnkit import testing
from cnnkit.check import Check

with Check("count_weights") as check:
    n, m = (int(x) for x in testing.rng("count_weights_hidden").integers(2, 9, 2))
    layer = testing.make("torch.nn.Conv2d", n, m, 3)
    check.equal(count_weights(layer), n * m * 9 + m, f"count_weights(Conv2d({n}, {m}, 3))")
    norm = testing.make("torch.nn.BatchNorm2d", n)
    check.equal(count_weights(norm), 2 * n, f"count_weights(BatchNorm2d({n}))")
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


# %% nbgrader={"grade": true, "grade_id": "Perceptron", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("Perceptron") as check:
    model = Perceptron(4, 5, 2)
    check.equal(testing.kind(model), "Module", "the kind of Perceptron(4, 5, 2)")
    check.equal(testing.describe(model)["count"], 37, "the weights of Perceptron(4, 5, 2)")
    check.equal(tuple(model(torch.ones(3, 4)).shape), (3, 2), "the shape of Perceptron(4, 5, 2)(x)")

# %% nbgrader={"grade": true, "grade_id": "Perceptron_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of Perceptron.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("Perceptron") as check:
    rng = testing.rng("Perceptron_hidden")
    shapes = [(6, 3), (6,), (2, 6), (2,)]
    model = Perceptron(3, 6, 2)
    described = testing.describe(model)["parameters"]
    check.equal([shape for _, shape, _ in described], shapes, "the shapes of the weights")
    state = {
        name: torch.tensor(rng.standard_normal(shape), dtype=torch.float32) for name, shape, _ in described
    }
    model.load_state_dict(state)
    x = torch.tensor(rng.standard_normal((5, 3)), dtype=torch.float32)
    w1, b1, w2, b2 = state.values()
    expected = (x @ w1.T + b1).clamp(min=0) @ w2.T + b2
    check.equal(model(x).detach(), expected, "model(x)", rtol=1e-5, atol=1e-5)
### END HIDDEN TESTS


# %% nbgrader={"grade": false, "grade_id": "swish_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def swish(x):
    """x times its sigmoid, elementwise; autograd can follow it."""
    ### BEGIN SOLUTION
    return x * torch.sigmoid(x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "swish", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
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

with Check("swish") as check:
    x = torch.tensor(testing.rng("swish_hidden").standard_normal(7))
    s = 1 / (1 + torch.exp(-x))
    check.equal(swish(x), x * s, "swish(x)")
    check.equal(testing.grad(swish, [x], 0), s + x * s * (1 - s), "the gradient of swish")
    check.true(testing.unchanged(swish, [x]), "swish leaves x as it was")
### END HIDDEN TESTS
