# %% nbgrader={"grade": false, "grade_id": "halve_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def halve(X):
    """Half of every number of X, an array of floats."""
    # Step 1: divide.
    ### BEGIN SOLUTION
    return X / 2
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "halve", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from cnnkit.check import Check

with Check("halve") as check:
    check.equal(halve(np.array([2.0, 6.0])), np.array([1.0, 3.0]), "halve([2, 6])")
float(0.5 + 0.5 * (halve(np.array([3.0]))[0] == 1.5))

# %% nbgrader={"grade": true, "grade_id": "halve_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of halve.
### BEGIN HIDDEN TESTS
import numpy as np
from cnnkit import testing
from cnnkit.check import Check

with Check("halve") as check:
    odd = testing.rng("halve_hidden").normal(size=(2, 3))
    check.equal(halve(odd), 0.5 * odd, "halve(X)")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "spread_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spread(X):
    """The largest number of X less the smallest, a float; ValueError where X is empty."""
    # Step 1: refuse an empty X.
    # Step 2: subtract.
    ### BEGIN SOLUTION
    if len(X) == 0:
        raise ValueError("X is empty")
    return float(X.max() - X.min())
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "spread", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from cnnkit.check import Check

with Check("spread") as check:
    check.equal(spread(np.array([2.0, -1.0, 5.0])), 6.0, "spread([2, -1, 5])")

# %% nbgrader={"grade": true, "grade_id": "spread_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of spread.
### BEGIN HIDDEN TESTS
import numpy as np
from cnnkit import testing
from cnnkit.check import Check

with Check("spread") as check:
    many = testing.rng("spread_hidden").normal(size=9)
    check.equal(spread(many), max(many.tolist()) - min(many.tolist()), "spread(X)")
    check.raises(ValueError, spread, np.array([]), label="spread([])")
### END HIDDEN TESTS
