# %% function="standardize" kind="right" name="self_contained"
def standardize(X):
    out = np.empty(X.shape)
    for j in range(X.shape[1]):
        column = X[:, j]
        mean = sum(column) / len(column)
        out[:, j] = (column - mean) / np.sqrt(sum((column - mean) ** 2) / len(column))
    return out


# %% function="standardize" kind="right" name="transposed"
def standardize(X):
    rows = X.T
    return ((rows - rows.mean(1)[:, None]) / rows.std(1)[:, None]).T


# %% function="standardize" kind="wrong" name="all_at_once" message="You took one mean and one deviation of all numbers; take them a column."
def standardize(X):
    return (X - X.mean()) / X.std()


# %% function="standardize" kind="wrong" name="rows" message="You standardized the rows; the columns are asked for."
def standardize(X):
    return (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True)


# %% function="standardize" kind="wrong" name="variance" message="You divided by the variance; divide by its root, the standard deviation."
def standardize(X):
    return (X - X.mean(axis=0)) / X.var(axis=0)


# %% function="max_pool" kind="right" name="self_contained"
def max_pool(A, f):
    rows, columns = A.shape[0] // f, A.shape[1] // f
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = np.max(A[i * f : (i + 1) * f, j * f : (j + 1) * f])
    return out


# %% function="max_pool" kind="right" name="maximum_reduce"
def max_pool(A, f):
    parts = [A[i::f, j::f] for i in range(f) for j in range(f)]
    return np.maximum.reduce(parts)


# %% function="max_pool" kind="wrong" name="average" message="You took the mean of each window; take its maximum."
def max_pool(A, f):
    n_H, n_W = A.shape
    return A.reshape(n_H // f, f, n_W // f, f).mean(axis=(1, 3))


# %% function="max_pool" kind="wrong" name="starts_at_zero" message="You began each maximum at 0, and a window may hold negative numbers alone."
def max_pool(A, f):
    n_H, n_W = A.shape
    return np.maximum(0, A.reshape(n_H // f, f, n_W // f, f).max(axis=(1, 3)))


# %% function="max_pool" kind="wrong" name="stride_one" message="You moved the window by 1; windows do not overlap, so move it by f."
def max_pool(A, f):
    n_H, n_W = A.shape[0] - f + 1, A.shape[1] - f + 1
    return np.array([[A[i : i + f, j : j + f].max() for j in range(n_W)] for i in range(n_H)])


# %% function="leaky" kind="right" name="self_contained"
def leaky(x, slope):
    positive = (x > 0).to(x.dtype)
    return x * positive + slope * x * (1 - positive)


# %% function="leaky" kind="right" name="maximum"
def leaky(x, slope):
    return torch.maximum(x, slope * x)


# %% function="leaky" kind="wrong" name="rectifier" message="You made negative values 0; multiply them by the slope."
def leaky(x, slope):
    return torch.relu(x)


# %% function="leaky" kind="wrong" name="detached" message="You left PyTorch's graph, so no gradient flows back."
def leaky(x, slope):
    return torch.where(x > 0, x, slope * x).detach()


# %% function="leaky" kind="wrong" name="wrong_side" message="You multiplied the positive values by the slope; the others are meant."
def leaky(x, slope):
    return torch.where(x > 0, slope * x, x)


# %% function="softmax" kind="right" name="self_contained"
def softmax(logits):
    rows = []
    for row in logits:
        powers = (row - row.max()).exp()
        rows.append(powers / powers.sum())
    return torch.stack(rows)


# %% function="softmax" kind="right" name="through_logarithms"
def softmax(logits):
    return torch.exp(logits - torch.logsumexp(logits, dim=1, keepdim=True))


# %% function="softmax" kind="wrong" name="over_the_batch" message="You summed over the batch; the classes of a row sum to 1."
def softmax(logits):
    powers = torch.exp(logits - logits.max())
    return powers / powers.sum(dim=0, keepdim=True)


# %% function="softmax" kind="wrong" name="not_normalized" message="You did not divide by the row's sum."
def softmax(logits):
    return torch.exp(logits - logits.max(dim=1, keepdim=True).values)


# %% function="softmax" kind="wrong" name="overflows" message="You exponentiated the logits as they are, and large ones overflow."
def softmax(logits):
    powers = torch.exp(logits)
    return powers / powers.sum(dim=1, keepdim=True)


# %% function="cross_entropy" kind="right" name="self_contained"
def cross_entropy(logits, labels):
    return torch.nn.functional.cross_entropy(logits, labels)


# %% function="cross_entropy" kind="right" name="gathered"
def cross_entropy(logits, labels):
    logs = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    return -logs.gather(1, labels[:, None]).mean()


# %% function="cross_entropy" kind="wrong" name="summed" message="You summed over the batch; take the mean."
def cross_entropy(logits, labels):
    return torch.nn.functional.cross_entropy(logits, labels, reduction="sum")


# %% function="cross_entropy" kind="wrong" name="sign" message="You forgot the minus sign: a loss is not negative."
def cross_entropy(logits, labels):
    return torch.log_softmax(logits, dim=1)[torch.arange(len(labels)), labels].mean()


# %% function="cross_entropy" kind="wrong" name="base_two" message="You took logarithms to the base 2; natural ones are meant."
def cross_entropy(logits, labels):
    return -torch.log2(torch.softmax(logits, dim=1)[torch.arange(len(labels)), labels]).mean()


# %% function="accuracy" kind="right" name="self_contained"
def accuracy(logits, labels):
    right = 0
    for row, label in zip(logits.tolist(), labels.tolist()):
        right += row.index(max(row)) == label
    return right / len(labels)


# %% function="accuracy" kind="right" name="through_numpy"
def accuracy(logits, labels):
    return float(np.mean(np.argmax(logits.numpy(), axis=1) == labels.numpy()))


# %% function="accuracy" kind="wrong" name="count" message="You counted the right ones; divide by the number of pictures."
def accuracy(logits, labels):
    return float((logits.argmax(dim=1) == labels).sum())


# %% function="accuracy" kind="wrong" name="error_rate" message="You gave the share of wrong ones."
def accuracy(logits, labels):
    return (logits.argmax(dim=1) != labels).double().mean().item()


# %% function="accuracy" kind="wrong" name="smallest" message="You took the smallest logit of each row; take the largest."
def accuracy(logits, labels):
    return (logits.argmin(dim=1) == labels).double().mean().item()
