# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. NumPy is there as `np`, as in the lesson.

# %% function="output_size" kind="right" name="counted"
def output_size(n, f, p=0, s=1):
    if s < 1:
        raise ValueError("stride")
    places = len(range(0, n + 2 * p - f + 1, s))
    if places == 0:
        raise ValueError("the filter does not fit")
    return places


# %% function="output_size" kind="right" name="math_floor"
def output_size(n, f, p=0, s=1):
    import math

    if s <= 0 or n + 2 * p < f:
        raise ValueError
    return math.floor((n + p + p - f) / s + 1)


# %% function="output_size" kind="right" name="while_loop"
def output_size(n, f, p=0, s=1):
    if not s >= 1:
        raise ValueError(s)
    start, count = 0, 0
    while start + f <= n + 2 * p:
        start, count = start + s, count + 1
    if not count:
        raise ValueError(f)
    return count


# %% function="output_size" kind="wrong" name="rounded_up" message="You rounded up. A window that sticks out does not count, so round down, with //."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError
    return -(-(n + 2 * p - f) // s) + 1


# %% function="output_size" kind="wrong" name="stride_ignored" message="You ignored the stride. The way that the window can go is divided by s."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError
    return n + 2 * p - f + 1


# %% function="output_size" kind="wrong" name="padding_once" message="You counted the zeros of one end only. They stand at both ends: n + 2 p."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + p:
        raise ValueError
    return (n + p - f) // s + 1


# %% function="output_size" kind="wrong" name="start_forgotten" message="You counted the steps, not the places. There is one place more than steps: the one where the window starts."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError
    return (n + 2 * p - f) // s


# %% function="output_size" kind="wrong" name="one_inside_the_division" message="You added the 1 before you divided. Divide the way by the stride first, then add 1 for the start."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError
    return (n + 2 * p - f + 1) // s


# %% function="output_size" kind="wrong" name="a_float" message="Your result is a float. Divide with //, which rounds down and keeps an int."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError
    return (n + 2 * p - f) / s + 1


# %% function="output_size" kind="wrong" name="no_padding" message="You ignored the padding. The side is n + 2 p pixels long."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        raise ValueError
    return (n - f) // s + 1


# %% function="output_size" kind="wrong" name="no_errors" message="A filter that does not fit should raise a ValueError. Without one, the formula gives 0 or less."
def output_size(n, f, p=0, s=1):
    return (n + 2 * p - f) // s + 1


# %% function="output_size" kind="wrong" name="refuses_an_exact_fit" message="You refuse a filter that is just as long as the side. It fits, in one place: only a longer one does not."
def output_size(n, f, p=0, s=1):
    if s < 1 or f >= n + 2 * p:
        raise ValueError
    return (n + 2 * p - f) // s + 1


# %% function="output_size" kind="wrong" name="fits_without_padding" message="You compared the filter with n alone. With its zeros the side is n + 2 p pixels long, and the filter may fit there."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n:
        raise ValueError("too long")
    return (n + 2 * p - f) // s + 1


# %% function="output_size" kind="wrong" name="stride_not_checked" message="A stride of 0 should raise a ValueError that you raise yourself: Python's own error for a division by zero says nothing of strides."
def output_size(n, f, p=0, s=1):
    if f > n + 2 * p:
        raise ValueError
    return (n + 2 * p - f) // s + 1


# %% function="output_size" kind="wrong" name="returns_none_for_no_fit" message="You return None where the filter does not fit. Raise a ValueError instead, so that the mistake is seen where it is made."
def output_size(n, f, p=0, s=1):
    if s < 1 or f > n + 2 * p:
        return None
    return (n + 2 * p - f) // s + 1


# %% function="same_padding" kind="right" name="divmod"
def same_padding(f, n=None, s=1):
    if n is None:
        if s != 1:
            raise ValueError("n is needed")
        n = 1
    half, rest = divmod((n - 1) * s + f - n, 2)
    if rest:
        raise ValueError("half a pixel")
    return half


# %% function="same_padding" kind="right" name="float_is_integer"
def same_padding(f, n=None, s=1):
    if s > 1 and n is None:
        raise ValueError
    p = (f - 1) / 2 if s == 1 else (n * s - n + f - s) / 2
    if not p.is_integer():
        raise ValueError(p)
    return int(p)


# %% function="same_padding" kind="right" name="search"
def same_padding(f, n=None, s=1):
    if n is None and s > 1:
        raise ValueError
    n = n or 1
    p = 0
    while n + 2 * p < (n - 1) * s + f:
        p += 1
    if n + 2 * p != (n - 1) * s + f:
        raise ValueError(f)
    return p


# %% function="same_padding" kind="wrong" name="not_halved" message="You give the zeros of both ends together. p is what stands at each end: half of that."
def same_padding(f, n=None, s=1):
    if n is None and s > 1:
        raise ValueError
    twice = f - 1 if n is None else n * s - n + f - s
    if twice % 2:
        raise ValueError
    return twice


# %% function="same_padding" kind="wrong" name="f_over_2" message="You gave f / 2, and the centre pixel needs no padding: take (f - 1) / 2."
def same_padding(f, n=None, s=1):
    if f % 2 == 0 or (s > 1 and (n is None or (n * s - n + f - s) % 2)):
        raise ValueError
    return (f + 1) // 2 if s == 1 else (n * s - n + f - s) // 2


# %% function="same_padding" kind="wrong" name="rounded_down" message="You rounded half a pixel away. If twice the padding is odd, no border is alike at both ends: raise a ValueError."
def same_padding(f, n=None, s=1):
    if n is None and s > 1:
        raise ValueError
    return (f - 1 if n is None else n * s - n + f - s) // 2


# %% function="same_padding" kind="wrong" name="a_float" message="Your result is a float. A number of zeros is an int: halve with //."
def same_padding(f, n=None, s=1):
    if n is None and s > 1:
        raise ValueError
    twice = f - 1 if n is None else n * s - n + f - s
    if twice % 2:
        raise ValueError
    return twice / 2


# %% function="same_padding" kind="wrong" name="stride_ignored" message="You ignored the stride. With a stride over 1 the border is far wider: (n s - n + f - s) / 2."
def same_padding(f, n=None, s=1):
    if f % 2 == 0 or (n is None and s > 1):
        raise ValueError
    return (f - 1) // 2


# %% function="same_padding" kind="wrong" name="even_always_refused" message="You refuse every even filter. At stride 2 an even filter may fit: what counts is whether n s - n + f - s is even."
def same_padding(f, n=None, s=1):
    if f % 2 == 0 or (n is None and s > 1):
        raise ValueError("even")
    twice = f - 1 if n is None else n * s - n + f - s
    if twice % 2:
        raise ValueError("half a pixel")
    return twice // 2


# %% function="same_padding" kind="wrong" name="n_missing" message="If s is over 1 and n was left out, raise a ValueError. You calculate with None there."
def same_padding(f, n=None, s=1):
    twice = f - 1 if s == 1 else n * s - n + f - s
    if twice % 2:
        raise ValueError
    return twice // 2


# %% function="same_padding" kind="wrong" name="stride_1_formula_without_n" message="Without n you took the formula for stride 1, whatever the stride. Raise a ValueError if s is over 1 and n was left out."
def same_padding(f, n=None, s=1):
    twice = f - 1 if n is None else n * s - n + f - s
    if twice % 2:
        raise ValueError
    return twice // 2


# %% function="same_padding" kind="wrong" name="keeps_the_quotient" message="You took the border that makes the output n / s long. Here it should stay n pixels long."
def same_padding(f, n=None, s=1):
    if n is None and s > 1:
        raise ValueError
    twice = f - 1 if n is None else (-(-n // s) - 1) * s + f - n
    if (f % 2 == 0 and s == 1) or (s > 1 and (n * s - n + f - s) % 2):
        raise ValueError
    return twice // 2


# %% function="same_padding" kind="wrong" name="stride_not_subtracted" message="You left out the last - s. Twice the padding is n s - n + f - s: the last window starts at (n - 1) s, not at n s."
def same_padding(f, n=None, s=1):
    if n is None and s > 1:
        raise ValueError("n")
    twice = f - 1 if n is None else n * s - n + f
    if twice % 2:
        raise ValueError("half a pixel")
    return twice // 2


# %% function="cross_correlate" kind="right" name="self_contained"
def cross_correlate(image, kernel, padding=0, stride=1):
    f = len(kernel)
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError("padding and stride")
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    tops, lefts = (range(0, side - f + 1, stride) for side in padded.shape)
    if not tops or not lefts:
        raise ValueError("the kernel does not fit")
    cells = [[np.sum(padded[t : t + f, u : u + f] * kernel) for u in lefts] for t in tops]
    return np.array(cells, dtype=float)


# %% function="cross_correlate" kind="right" name="windows_and_einsum"
def cross_correlate(image, kernel, padding=0, stride=1):
    if padding == "same":
        if stride != 1:
            raise ValueError("same padding at stride 1 only")
        padding = same_padding(kernel.shape[1])
    elif padding == "valid":
        padding = 0
    output_size(min(image.shape), kernel.shape[0], padding, stride)
    padded = np.pad(image.astype(float), padding, mode="constant")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("hwij,ij->hw", windows[::stride, ::stride], kernel)


# %% function="cross_correlate" kind="right" name="torch"
def cross_correlate(image, kernel, padding=0, stride=1):
    import torch

    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and f % 2 == 0):
        raise ValueError
    pad = padding if isinstance(padding, int) else 0
    if padding != "same" and f > min(image.shape) + 2 * pad:
        raise ValueError
    x, w = torch.tensor(image, dtype=torch.float64), torch.tensor(kernel.copy(), dtype=torch.float64)
    try:
        out = torch.nn.functional.conv2d(x[None, None], w[None, None], padding=padding, stride=stride)
    except RuntimeError as error:
        raise ValueError(str(error)) from None
    return out[0, 0].numpy()


# %% function="cross_correlate" kind="right" name="number_by_number"
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if padding == "same" and stride > 1:
        raise ValueError
    p = 0 if padding == "valid" else (same_padding(f) if padding == "same" else padding)
    n_H, n_W = (output_size(side, f, p, stride) for side in image.shape)
    padded = np.zeros((image.shape[0] + 2 * p, image.shape[1] + 2 * p))
    padded[p : p + image.shape[0], p : p + image.shape[1]] = image
    output = np.zeros((n_H, n_W))
    for i in range(f):
        for j in range(f):
            rows, columns = slice(i, i + n_H * stride, stride), slice(j, j + n_W * stride, stride)
            output += kernel[i, j] * padded[rows, columns][:n_H, :n_W]
    return output


# %% function="cross_correlate" kind="right" name="scipy"
def cross_correlate(image, kernel, padding=0, stride=1):
    from scipy.signal import correlate2d

    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"same": (f - 1) // 2, "valid": 0}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), ((p, p), (p, p)))
    if min(padded.shape) < f:
        raise ValueError
    return correlate2d(padded, kernel, "valid")[::stride, ::stride].copy()


# %% function="cross_correlate" kind="wrong" name="stride_ignored_in_windows" message="Your output has the right size, but each window starts at h and w. It starts at h * stride and w * stride."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h : h + f, w : w + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="stride_ignored" message="You ignored the stride: your window moves one pixel at a time."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = (side - f + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h : h + f, w : w + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="kernel_flipped" message="You turned the kernel by half a turn: that is convolution, the next exercise. Cross-correlation takes it as it is."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel[::-1, ::-1])
    return output


# %% function="cross_correlate" kind="wrong" name="kernel_transposed" message="You swapped the rows and columns of the kernel. Multiply the numbers that lie on each other."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel.T)
    return output


# %% function="cross_correlate" kind="wrong" name="rounded_up" message="You rounded the output's size up. A window that sticks out is left out: round down, as output_size does."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, ((pad, pad + stride), (pad, pad + stride)))
    n_H, n_W = (-(-(side + 2 * pad - f) // stride) + 1 for side in image.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="one_side_only" message="You padded above and on the left only. The zeros stand on all four sides."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, ((2 * pad, 0), (2 * pad, 0)))
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="padding_once" message="You padded two of the four sides: the output is too small. The zeros stand on all four."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, ((pad, 0), (pad, 0)))
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="no_padding" message="You ignored the padding. Put the zeros around the picture first, and count them in the output's size."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    padded = image
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="edge_repeated" message="You repeated the pixels at the border. The padding should be zeros."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad, mode="edge")
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="output_transposed" message="You swapped the rows and columns of the output. output[h, w] belongs to the window in row h, column w."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output.T.copy()


# %% function="cross_correlate" kind="wrong" name="rows_and_columns_swapped" message="You swapped rows and columns when you cut out the window: its rows start at h * stride, its columns at w * stride."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = np.pad(padded, 20)[
                20 + w * stride : 20 + w * stride + f, 20 + h * stride : 20 + h * stride + f
            ]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="mean_of_the_products" message="You took the mean of the products. It should be their sum."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.mean(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="matrix_product" message="You used the matrix product, @ or np.dot. Multiply element by element, with *."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window @ kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="whole_numbers_only" message="Your output has the dtype of the picture, so fractions are cut off and bytes wrap round. Begin with np.zeros((n_H, n_W)), which holds floats."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W), dtype=image.dtype)
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="absolute_value" message="You took the absolute value. The sign says which side is the brighter one: keep it."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = abs(np.sum(window * kernel))
    return output


# %% function="cross_correlate" kind="wrong" name="changes_the_image" message="You changed the picture that you were given. A window is a view of it: write the products to a new array."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = image if pad == 0 else np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
            window[0, 0] += 1
    return output


# %% function="cross_correlate" kind="wrong" name="same_with_a_stride" message="Padding \'same\' with a stride over 1 should raise a ValueError: at stride 2 the size would not stay the same."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and f % 2 == 0):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="no_error_for_a_large_kernel" message="A kernel that fits nowhere should raise a ValueError, and you return an empty array. output_size raises one for you."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    pad = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(image, pad)
    n_H, n_W = (max(0, (side - f) // stride + 1) for side in padded.shape)
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[h * stride : h * stride + f, w * stride : w * stride + f]
            output[h, w] = np.sum(window * kernel)
    return output


# %% function="cross_correlate" kind="wrong" name="same_as_a_number" message="You use the word 'same' or 'valid' as if it were a number of zeros. Turn it into one first: 0, or what same_padding says."
def cross_correlate(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and stride > 1):
        raise ValueError
    padded = np.pad(image, padding)
    n_H, n_W = ((side - f) // stride + 1 for side in padded.shape)
    if n_H < 1 or n_W < 1:
        raise ValueError
    output = np.zeros((n_H, n_W))
    for h in range(n_H):
        for w in range(n_W):
            output[h, w] = np.sum(padded[h * stride : h * stride + f, w * stride : w * stride + f] * kernel)
    return output


# %% function="convolve" kind="right" name="self_contained"
def convolve(image, kernel, padding=0, stride=1):
    from scipy.signal import convolve2d

    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError("padding and stride")
    p = {"same": f // 2, "valid": 0}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError("the kernel does not fit")
    return convolve2d(padded, kernel, "valid")[::stride, ::stride].copy()


# %% function="convolve" kind="right" name="rot90"
def convolve(image, kernel, padding=0, stride=1):
    return cross_correlate(image, np.rot90(kernel, 2), padding=padding, stride=stride)


# %% function="convolve" kind="right" name="np_flip"
def convolve(image, kernel, padding=0, stride=1):
    return cross_correlate(image, np.flip(kernel), padding, stride)


# %% function="convolve" kind="right" name="turns_the_picture"
def convolve(image, kernel, padding=0, stride=1):
    turned = np.rot90(cross_correlate(np.rot90(image, 2), kernel, padding), 2)
    if stride == 1:
        return turned.copy()
    if stride < 1 or padding == "same":
        raise ValueError("stride")
    return turned[::stride, ::stride].copy()


# %% function="convolve" kind="right" name="copies_of_the_kernel"
def convolve(image, kernel, padding=0, stride=1):
    shape = cross_correlate(image, kernel, padding, stride).shape  # raises what it should
    f = kernel.shape[0]
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    n_H, n_W = image.shape
    spread = np.zeros((n_H + f - 1 + 2 * p, n_W + f - 1 + 2 * p))
    for row in range(n_H):
        for column in range(n_W):
            spread[row + p : row + p + f, column + p : column + p + f] += image[row, column] * kernel
    return spread[f - 1 :: stride, f - 1 :: stride][: shape[0], : shape[1]].copy()


# %% function="convolve" kind="wrong" name="not_flipped" message="You did not turn the kernel: that is cross-correlation. Reverse its rows and its columns first."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel)


# %% function="convolve" kind="wrong" name="rows_only" message="You turned the kernel upside down, but did not mirror it left to right. Reverse both axes."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel[::-1])


# %% function="convolve" kind="wrong" name="columns_only" message="You mirrored the kernel left to right, but did not turn it upside down. Reverse both axes."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel[:, ::-1])


# %% function="convolve" kind="wrong" name="transposed" message="You transposed the kernel. Half a turn reverses the rows and the columns; it does not swap them."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel.T)


# %% function="convolve" kind="wrong" name="quarter_turn" message="You turned the kernel by a quarter. Make it half a turn: np.rot90(kernel, 2), or kernel[::-1, ::-1]."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, np.rot90(kernel))


# %% function="convolve" kind="wrong" name="negative" message="You changed the signs of the kernel. Turning moves the numbers, and keeps their signs."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, -kernel[::-1, ::-1])


# %% function="convolve" kind="wrong" name="flips_the_result" message="You turned the result instead of the kernel. Turn the kernel before it slides."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel)[::-1, ::-1].copy()


# %% function="convolve" kind="wrong" name="flips_the_picture_too" message="You turned both the picture and the kernel. Turn the kernel alone."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float)[::-1, ::-1], p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel[::-1, ::-1])


# %% function="convolve" kind="wrong" name="padding_forgotten" message="You did not hand on the padding. Give cross_correlate the padding and the stride too."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = 0
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel[::-1, ::-1])


# %% function="convolve" kind="wrong" name="stride_forgotten" message="You did not hand on the stride. Give cross_correlate the padding and the stride too."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))
    return np.einsum("hwij,ij->hw", windows, kernel[::-1, ::-1])


# %% function="convolve" kind="wrong" name="turns_it_in_place" message="You turned the kernel that you were given, in place. Take a turned copy, kernel[::-1, ::-1]."
def convolve(image, kernel, padding=0, stride=1):
    f = kernel.shape[0]
    kernel[:] = kernel[::-1, ::-1].copy()
    if stride < 1 or (padding == "same" and (stride > 1 or f % 2 == 0)):
        raise ValueError
    p = {"valid": 0, "same": f // 2}.get(padding, padding)
    padded = np.pad(np.asarray(image, dtype=float), p)
    if min(padded.shape) < f:
        raise ValueError
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f))[::stride, ::stride]
    return np.einsum("hwij,ij->hw", windows, kernel)


# %% function="edge_kernel" kind="right" name="written_out"
def edge_kernel(kind, direction):
    rows = {
        "prewitt": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
        "sobel": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
        "scharr": [[3, 0, -3], [10, 0, -10], [3, 0, -3]],
    }
    if kind not in rows or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    vertical = np.array(rows[kind], dtype=float)
    return vertical if direction == "vertical" else vertical.T


# %% function="edge_kernel" kind="right" name="matrix_product"
def edge_kernel(kind, direction):
    if direction not in {"vertical", "horizontal"}:
        raise ValueError(direction)
    if kind == "prewitt":
        a, b = 1.0, 1.0
    elif kind == "sobel":
        a, b = 1.0, 2.0
    elif kind == "scharr":
        a, b = 3.0, 10.0
    else:
        raise ValueError(kind)
    smooth, slope = np.array([[a], [b], [a]]), np.array([[1.0, 0.0, -1.0]])
    return smooth @ slope if direction == "vertical" else slope.T @ smooth.T


# %% function="edge_kernel" kind="right" name="columns_filled_in"
def edge_kernel(kind, direction):
    middle, outer = {"prewitt": (1, 1), "sobel": (2, 1), "scharr": (10, 3)}.get(kind, (0, 0))
    if not middle or direction not in {"horizontal", "vertical"}:
        raise ValueError((kind, direction))
    kernel = np.zeros((3, 3))
    view = kernel if direction == "vertical" else kernel.T
    view[:, 0] = outer, middle, outer
    view[:, 2] = -view[:, 0]
    return kernel


# %% function="edge_kernel" kind="wrong" name="wrong_sign" message="Your signs are the other way round. The filter is positive on the left, or at the top."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [-1.0, 0.0, 1.0])
    return kernel if direction == "vertical" else kernel.T


# %% function="edge_kernel" kind="wrong" name="directions_swapped" message="You swapped the directions. The filter for vertical edges subtracts the right column from the left one."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    return kernel if direction == "horizontal" else kernel.T


# %% function="edge_kernel" kind="wrong" name="scharr_with_a_zero" message="Your middle row of Scharr begins with 0. It is 10, 0, -10, and the nine numbers add up to 0."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0]) - 10.0 * (kind == "scharr") * np.eye(9)[3].reshape(
        3, 3
    )
    return kernel if direction == "vertical" else kernel.T


# %% function="edge_kernel" kind="wrong" name="sobel_for_scharr" message="You gave Sobel's numbers for Scharr. They are 3, 10, 3."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (1, 2, 1)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    return kernel if direction == "vertical" else kernel.T


# %% function="edge_kernel" kind="wrong" name="sobel_without_its_two" message="Your Sobel is Prewitt's filter. Its middle row counts twice: 2, 0, -2."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 1, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    return kernel if direction == "vertical" else kernel.T


# %% function="edge_kernel" kind="wrong" name="mirrored" message="You mirrored the filter for horizontal edges instead of transposing it. Its rows are the columns of the other, in the same order."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    return kernel if direction == "vertical" else kernel.T[::-1]


# %% function="edge_kernel" kind="wrong" name="turned_not_transposed" message="You give the same filter for both directions. The one for horizontal edges is the transpose."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    return kernel


# %% function="edge_kernel" kind="wrong" name="whole_numbers" message="Your filter holds ints. It should hold floats: write 1.0, or give np.array dtype=float."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1, 0, -1])
    return kernel if direction == "vertical" else kernel.T


# %% function="edge_kernel" kind="wrong" name="normalised" message="You divided the filter by the sum of its weights. Here it is given as people write it, in whole numbers."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights or direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0]) / sum(weights[kind])
    return kernel if direction == "vertical" else kernel.T


# %% function="edge_kernel" kind="wrong" name="key_error" message="For an unknown kind your dictionary raises a KeyError. Ask first whether the kind is in it, and raise a ValueError."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if direction not in ("vertical", "horizontal"):
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    return kernel if direction == "vertical" else kernel.T


# %% function="edge_kernel" kind="wrong" name="any_direction" message="You take every other word for horizontal. A direction that is neither of the two should raise a ValueError."
def edge_kernel(kind, direction):
    weights = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}
    if kind not in weights:
        raise ValueError("unknown")
    kernel = np.outer(weights[kind], [1.0, 0.0, -1.0])
    return kernel if direction == "vertical" else kernel.T


# %% function="learn_kernel" kind="right" name="cross_correlations"
def learn_kernel(image, target, steps, lr):
    from scipy.signal import correlate2d

    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = correlate2d(image, kernel, "valid") - target
        kernel = kernel - lr * 2 / target.size * correlate2d(image, error, "valid")
    return kernel


# %% function="learn_kernel" kind="right" name="two_loops"
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        guess = np.zeros(target.shape)
        for i in range(3):
            for j in range(3):
                guess += kernel[i, j] * image[i : i + n_H, j : j + n_W]
        gradient = np.zeros((3, 3))
        for i in range(3):
            for j in range(3):
                gradient[i, j] = 2 * np.mean((guess - target) * image[i : i + n_H, j : j + n_W])
        kernel -= lr * gradient
    return kernel


# %% function="learn_kernel" kind="right" name="least_squares"
def learn_kernel(image, target, steps, lr):
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3)).reshape(-1, 9)
    curvature = 2 * windows.T @ windows / target.size
    slope = 2 * windows.T @ target.ravel() / target.size
    k = np.zeros(9)
    for _ in range(steps):
        k = k + lr * (slope - curvature @ k)
    return k.reshape(3, 3)


# %% function="learn_kernel" kind="right" name="torch"
def learn_kernel(image, target, steps, lr):
    import torch

    x, t = torch.tensor(image)[None, None], torch.tensor(target)[None, None]
    w = torch.zeros((1, 1, 3, 3), dtype=x.dtype, requires_grad=True)
    for _ in range(steps):
        loss = ((torch.nn.functional.conv2d(x, w) - t) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            w.grad = None
    return w.detach()[0, 0].numpy()


# %% function="learn_kernel" kind="wrong" name="sum_not_mean" message="You added the errors up where the mean was asked for. Divide by the number of pixels of the target."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.sum(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="factor_2_missing" message="You left out the 2 that comes from the square. The rates are 2 times the mean."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="uphill" message="You went uphill. The gradient points to where the loss grows: subtract it."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel + lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="lr_ignored" message="You left out the learning rate. Subtract lr times the gradient."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="starts_with_ones" message="You began with ones. The filter begins with zeros."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.ones((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="one_step_more" message="You took one step too many. With steps 0 the filter is still zeros."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps + 1):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="one_step_less" message="You took one step too few."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(1, steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="kernel_turned" message="Your rates stand in the opposite order. gradient[i, j] belongs to the picture moved by i and j."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved[::-1, ::-1], axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="kernel_transposed" message="You swapped rows and columns: gradient[i, j] belongs to the picture moved down by i and right by j."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel.T.copy()


# %% function="learn_kernel" kind="wrong" name="error_without_guess" message="Your error leaves out the guess, so each step is the same as the first. The error is the guess minus the target."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = -target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="absolute_error" message="You took the absolute value of the error. Its sign says which way each number has to change."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.abs(np.tensordot(kernel, moved, axes=2) - target)
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="squared_error" message="You multiplied the squared error with the picture. The slope of a square is 2 times the error itself."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = (np.tensordot(kernel, moved, axes=2) - target) ** 2
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="mean_of_the_errors" message="You took the mean of the error first and multiplied afterwards. Multiply pixel by pixel, then take the mean."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error) * np.mean(moved, axis=(2, 3))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="divided_by_the_picture" message="You divided by the number of pixels of the picture. The mean is over the target, which is smaller."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.sum(error * moved, axis=(2, 3)) / image.size
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="divided_by_nine" message="You divided by 9, the size of the kernel. The mean is over the pixels of the target."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.sum(error * moved, axis=(2, 3)) / 9
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="sign_of_the_gradient" message="You used only the sign of the rates. Large rates should make large steps."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = np.sign(2 * np.mean(error * moved, axis=(2, 3)))
        kernel = kernel - lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="forgets_the_kernel" message="Each of your steps starts from zeros again. Subtract from the kernel of the step before."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(kernel, moved, axes=2) - target
        gradient = 2 * np.mean(error * moved, axis=(2, 3))
        kernel = -lr * gradient
    return kernel


# %% function="learn_kernel" kind="wrong" name="one_number_at_a_time" message="You changed the nine numbers one after another, each with a new guess. Compute all nine rates first, then change all nine."
def learn_kernel(image, target, steps, lr):
    n_H, n_W = target.shape
    moved = np.array([[image[i : i + n_H, j : j + n_W] for j in range(3)] for i in range(3)])
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        for i in range(3):
            for j in range(3):
                error = np.tensordot(kernel, moved, axes=2) - target
                kernel[i, j] -= lr * 2 * np.mean(error * moved[i, j])
    return kernel
