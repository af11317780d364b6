# %% [markdown]
# # Numbers
#
# Three functions of arrays.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

# %% nbgrader={"grade": false, "grade_id": "double_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(X, times=1):
    """Twice the values of X, `times` times: (n,) -> (n,)."""
    ### BEGIN SOLUTION
    return X * 2**times
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "double", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("double") as check:
    check.equal(double(np.array([1.0, 2.0])), np.array([2.0, 4.0]), "double(X)")

# %% nbgrader={"grade": true, "grade_id": "double_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of double.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

hidden_of_double = "CANARY-HIDDEN-3f9a51"
with Check("double") as check:
    X = testing.rng("double_hidden").normal(size=5)
    expected = {"CANARY-EXPECTED-7be2d0": X + X + X + X + X + X + X + X}
    check.equal(double(X, 3), expected["CANARY-EXPECTED-7be2d0"], "double(X, 3)")
    check.true(testing.unchanged(double, [X]), "double should leave X as it is.")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "centre_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def centre(X):
    """X with the mean of each column taken away: (n, m) -> (n, m)."""
    ### BEGIN SOLUTION
    return X - X.mean(axis=0)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "centre", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("centre") as check:
    expected = np.array([[-1.0, -2.0], [1.0, 2.0]])
    check.equal(centre(np.array([[1.0, 2.0], [3.0, 6.0]])), expected, "centre(X)", axes=("row", "column"))

# %% nbgrader={"grade": true, "grade_id": "centre_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of centre.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

hidden_of_centre = "CANARY-HIDDEN-c04d7e"
with Check("centre") as check:
    X = testing.rng("centre_hidden").normal(size=(4, 3))
    expected = np.stack([column - sum(column) / 4 for column in X.T], axis=1)
    expected_of_centre = "CANARY-EXPECTED-91aa3c"
    check.equal(centre(X), expected, "centre(X)", axes=("row", "column"))
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "spread_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spread(X):
    """The mean of the squares of the centred values of X, a float: (n, m) -> ()."""
    ### BEGIN SOLUTION
    return float((centre(X) ** 2).mean())
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "spread", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit.check import Check

with Check("spread") as check:
    expected = 2.5
    check.equal(spread(np.array([[1.0, 2.0], [3.0, 6.0]])), expected, "spread(X)")

# %% nbgrader={"grade": true, "grade_id": "spread_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of spread.
### BEGIN HIDDEN TESTS
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

hidden_of_spread = "CANARY-HIDDEN-e5528b"
with Check("spread") as check:
    X = testing.rng("spread_hidden").normal(size=(6, 2))
    expected = float(np.var(X, axis=0).mean())
    expected_of_spread = "CANARY-EXPECTED-0d6f17"
    check.equal(spread(X), expected, "spread(X)")
### END HIDDEN TESTS
