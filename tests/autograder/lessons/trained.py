# %% [markdown]
# # Which quadrant?
#
# A small network learns whether the two numbers of a point have the same sign.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import cnnkit
import torch
from torch import nn

def build():
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))

def fit(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(20 if cnnkit.quick() else 300):
        x = torch.rand(128, 2) * 2 - 1
        loss = nn.functional.cross_entropy(model(x), (x.prod(1) > 0).long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

# %% nbgrader={"grade": false, "grade_id": "accuracy_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy(scores, classes):
    """The share of points whose largest score is at their class, a float."""
    ### BEGIN SOLUTION
    return (scores.argmax(1) == classes).double().mean().item()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "accuracy", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch
from cnnkit.check import Check

with Check("accuracy") as check:
    check.equal(accuracy(torch.eye(2), torch.tensor([0, 0])), 0.5, "accuracy(scores, classes)")

# %% nbgrader={"grade": true, "grade_id": "accuracy_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of accuracy.
### BEGIN HIDDEN TESTS
import torch
from cnnkit import testing
from cnnkit.check import Check

with Check("accuracy") as check:
    rng = testing.rng("accuracy_hidden")
    scores, classes = torch.tensor(rng.normal(size=(40, 3))), torch.tensor(rng.integers(0, 3, 40))
    right = sum(int(max(row) == row[n]) for row, n in zip(scores.tolist(), classes.tolist()))
    check.equal(accuracy(scores, classes), right / 40, "accuracy(scores, classes)")
### END HIDDEN TESTS

# %% tags=["train"] nbgrader={"grade": false, "grade_id": "model_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
model = cnnkit.train_or_load(build, fit, "work/trained/model.safetensors")

# %% nbgrader={"grade": true, "grade_id": "model", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
import torch
from cnnkit.check import Check

with Check("model") as check:
    points = torch.tensor([[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]])
    check.equal(model(points).argmax(1), torch.tensor([1, 0, 1, 0]), "model(points).argmax(1)")

# %% nbgrader={"grade": true, "grade_id": "model_hidden", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of model.
### BEGIN HIDDEN TESTS
import torch
from cnnkit import testing
from cnnkit.check import Check

with Check("model") as check:
    fresh = torch.tensor(testing.rng("model_hidden").uniform(-1, 1, (300, 2)), dtype=torch.float32)
    right = int((model(fresh).argmax(1) == (fresh.prod(1) > 0).long()).sum())
    check.true(right >= 270, f"The model should be right about 270 of 300 new points, and is about {right}.")
### END HIDDEN TESTS
