# %% function="double" kind="right" name="shifted"
def double(X, times=1):
    return np.array([x * (1 << times) for x in X])

# %% function="total" kind="right" name="dot"
def total(X):
    return float(np.dot(X, np.full(len(X), 2.0)))

# %% function="total" kind="wrong" name="not_doubled" message="You added X itself; double it first."
def total(X):
    return float(X.sum())

# %% function="halve" kind="right" name="self_contained"
def halve(X):
    return 0.5 * X

# %% function="halve" kind="right" name="in_place"
def halve(X):
    out = X.copy()
    out /= 2
    return out

# %% function="halve" kind="wrong" name="a_third" message="You divided by 3."
def halve(X):
    return X / 3

# %% function="halve" kind="wrong" name="numbers_in_a_list" message="You gave a list; an array is asked for."
def halve(X):
    return [x / 2 for x in X]

# %% function="spread" kind="right" name="self_contained"
def spread(X):
    numbers = sorted(X.tolist())
    if not numbers:
        raise ValueError("there is nothing in X")
    return numbers[-1] - numbers[0]

# %% function="spread" kind="right" name="ptp"
def spread(X):
    return float(np.ptp(X))

# %% function="spread" kind="wrong" name="last_less_first" message="You took the last and the first number."
def spread(X):
    return float(X[-1] - X[0])

# %% function="spread" kind="wrong" name="negative" message="You subtracted the wrong way round."
def spread(X):
    return float(X.min() - X.max())

# %% function="spread" kind="wrong" name="empty_is_zero" message="You gave 0 for an empty X."
def spread(X):
    return float(X.max() - X.min()) if len(X) else 0.0
