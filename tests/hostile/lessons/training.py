# %% [markdown]
# # Training
#
# A model whose weights are handed in with the notebook.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import cnnkit
import torch
from torch import nn

# %% nbgrader={"grade": false, "grade_id": "build_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build():
    """A line: one dense layer from one number to one number."""
    ### BEGIN SOLUTION
    return nn.Linear(1, 1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "build", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from cnnkit import testing
from cnnkit.check import Check

with Check("build") as check:
    check.equal(testing.describe(build())["count"], 2, "the weights of build()")

# %% nbgrader={"grade": true, "grade_id": "build_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of build.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

hidden_of_build = "CANARY-HIDDEN-8a64f2"
with Check("build") as check:
    line = build()
    line.load_state_dict({"weight": torch.tensor([[3.0]]), "bias": torch.tensor([1.0])})
    check.equal(line(torch.tensor([[2.0]])).detach(), torch.tensor([[7.0]]), "a line of slope 3 through 1, at 2")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "fit_line", "locked": true, "schema_version": 3, "solution": false, "task": false}
def fit(model):
    with torch.no_grad():
        model.weight.fill_(2.0)
        model.bias.fill_(-1.0)

# %% tags=["train"] nbgrader={"grade": false, "grade_id": "model_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
model = cnnkit.train_or_load(build, fit, "work/training/line.safetensors")

# %% nbgrader={"grade": true, "grade_id": "model", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit.check import Check

with Check("model") as check:
    check.equal(model(torch.tensor([[0.0]])).detach(), torch.tensor([[-1.0]]), "model(0)", atol=1e-3)

# %% nbgrader={"grade": true, "grade_id": "model_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of model.
### BEGIN HIDDEN TESTS
import torch

from cnnkit import testing
from cnnkit.check import Check

hidden_of_model = "CANARY-HIDDEN-d21b7f"
with Check("model") as check:
    x = torch.tensor(testing.rng("model_hidden").normal(size=(5, 1)), dtype=torch.float32)
    check.equal(model(x).detach(), 2 * x - 1, "model(x)", rtol=1e-3, atol=1e-3)
### END HIDDEN TESTS
