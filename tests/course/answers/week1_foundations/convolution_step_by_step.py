# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. NumPy is there as `np`, as in the lesson.

# %% function="zero_pad" kind="right" name="self_contained"
def zero_pad(X, pad):
    m, n_H, n_W, n_C = X.shape
    out = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C), dtype=X.dtype)
    out[:, pad : pad + n_H, pad : pad + n_W, :] = X
    return out


# %% function="zero_pad" kind="right" name="concatenate"
def zero_pad(X, pad):
    m, n_H, _, n_C = X.shape
    side = np.zeros((m, n_H, pad, n_C), X.dtype)
    wide = np.concatenate([side, X, side], axis=2)
    lid = np.zeros((m, pad, wide.shape[2], n_C), X.dtype)
    return np.concatenate([lid, wide, lid], axis=1)


# %% function="zero_pad" kind="right" name="torch"
def zero_pad(X, pad):
    import torch

    image_last = torch.from_numpy(X).permute(0, 3, 1, 2)
    return torch.nn.functional.pad(image_last, [pad] * 4).permute(0, 2, 3, 1).contiguous().numpy()


# %% function="zero_pad" kind="right" name="pixel_by_pixel"
def zero_pad(X, pad):
    rows, columns = X.shape[1] + 2 * pad, X.shape[2] + 2 * pad
    out = np.zeros((len(X), rows, columns, X.shape[3]), dtype=X.dtype)
    for row in range(X.shape[1]):
        for column in range(X.shape[2]):
            out[:, row + pad, column + pad] = X[:, row, column]
    return out


# %% function="zero_pad" kind="wrong" name="pads_all_axes" message="You padded all four axes. Only rows and columns get a border; the number of images and of channels stays."
def zero_pad(X, pad):
    return np.pad(X, pad)


# %% function="zero_pad" kind="wrong" name="pads_channels" message="You padded the channel axis too. Only rows and columns get a border."
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (pad, pad)))


# %% function="zero_pad" kind="wrong" name="pads_batch" message="You padded the axis of images instead of the columns. The axes are image, row, column, channel: pad the two in the middle."
def zero_pad(X, pad):
    return np.pad(X, ((pad, pad), (pad, pad), (0, 0), (0, 0)))


# %% function="zero_pad" kind="wrong" name="pads_columns_and_channels" message="You padded columns and channels. The axes are image, row, column, channel: pad the two in the middle."
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


# %% function="zero_pad" kind="wrong" name="one_side_only" message="You padded before the first row and column only. The border goes on all four sides, so each size grows by 2 pad."
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, 0), (pad, 0), (0, 0)))


# %% function="zero_pad" kind="wrong" name="rows_only" message="You padded the rows but not the columns."
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (0, 0), (0, 0)))


# %% function="zero_pad" kind="wrong" name="repeats_the_edge" message="You repeated the pixels at the edge. The border should be zeros."
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="edge")


# %% function="zero_pad" kind="wrong" name="pads_with_ones" message="Your border is made of ones. It should be zeros."
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), constant_values=1)


# %% function="zero_pad" kind="wrong" name="empty_slice_at_pad_0" message="You wrote the image into [pad:-pad]. At pad 0 that slice is [0:-0], which is empty. Say where to stop: pad + n_H and pad + n_W."
def zero_pad(X, pad):
    m, n_H, n_W, n_C = X.shape
    out = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C), dtype=X.dtype)
    out[:, pad:-pad, pad:-pad, :] = X
    return out


# %% function="zero_pad" kind="wrong" name="only_first_image" message="You padded the first image only and left the others at zero."
def zero_pad(X, pad):
    m, n_H, n_W, n_C = X.shape
    out = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C), dtype=X.dtype)
    out[0, pad : pad + n_H, pad : pad + n_W, :] = X[0]
    return out


# %% function="zero_pad" kind="wrong" name="loses_the_dtype" message="Your result is always of floats: np.zeros makes float64 unless you give it a dtype. The result should have the dtype of X."
def zero_pad(X, pad):
    m, n_H, n_W, n_C = X.shape
    out = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C))
    out[:, pad : pad + n_H, pad : pad + n_W, :] = X
    return out


# %% function="zero_pad" kind="wrong" name="swaps_rows_and_columns" message="You swapped rows and columns. n_H, the number of rows, is the second axis of X, and n_W the third."
def zero_pad(X, pad):
    return np.pad(X.transpose(0, 2, 1, 3), ((0, 0), (pad, pad), (pad, pad), (0, 0)))


# %% function="zero_pad" kind="wrong" name="changes_X" message="You changed X itself, the array that you were given. Work on a new array."
def zero_pad(X, pad):
    out = np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    X += X
    return out


# %% function="conv_single_step" kind="right" name="self_contained"
def conv_single_step(a_slice_prev, W, b):
    return (a_slice_prev * W).sum() + b[0, 0, 0]


# %% function="conv_single_step" kind="right" name="dot_product"
def conv_single_step(a_slice_prev, W, b):
    return float(np.dot(a_slice_prev.reshape(-1), W.reshape(-1)) + b.item())


# %% function="conv_single_step" kind="right" name="einsum"
def conv_single_step(a_slice_prev, W, b):
    return np.einsum("rsc,rsc->", a_slice_prev, W) + np.squeeze(b)


# %% function="conv_single_step" kind="right" name="loops"
def conv_single_step(a_slice_prev, W, b):
    z = float(b.sum())
    for r, s, c in np.ndindex(W.shape):
        z += a_slice_prev[r, s, c] * W[r, s, c]
    return z


# %% function="conv_single_step" kind="wrong" name="bias_in_each_product" message="You added the bias to each product, before the sum, so it counts once for every weight. Add it once, after the sum."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W + b)


# %% function="conv_single_step" kind="wrong" name="float_of_b" message="float() takes only an array without axes, and b has the shape (1, 1, 1). Take the number out with b.item() or b[0, 0, 0]."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W) + float(b)


# %% function="conv_single_step" kind="wrong" name="returns_an_array" message="You returned an array of the shape (1, 1, 1): a number plus b is an array like b. Take the number out of b first, with b.item()."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W) + b


# %% function="conv_single_step" kind="wrong" name="no_bias" message="You left out the bias. Add it to the sum of the products."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W)


# %% function="conv_single_step" kind="wrong" name="flips_the_kernel" message="You flipped the kernel. A convolutional layer multiplies the numbers that lie on each other, without turning the filter."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W[::-1, ::-1]) + b.item()


# %% function="conv_single_step" kind="wrong" name="transposes_the_kernel" message="You swapped the rows and columns of the filter. Multiply the numbers that lie on each other."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W.transpose(1, 0, 2)) + b.item()


# %% function="conv_single_step" kind="wrong" name="mean_of_the_products" message="You took the mean of the products. It should be their sum."
def conv_single_step(a_slice_prev, W, b):
    return np.mean(a_slice_prev * W) + b.item()


# %% function="conv_single_step" kind="wrong" name="first_channel_only" message="You added up the first channel only. A filter looks at all the channels of its window."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev[:, :, 0] * W[:, :, 0]) + b.item()


# %% function="conv_single_step" kind="wrong" name="adds_in_place_of_multiplying" message="You added the window and the weights. Multiply them, element by element, and then add up the products."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev + W) + b.item()


# %% function="conv_single_step" kind="wrong" name="times_the_bias" message="You multiplied by the bias. It is added, once, after the sum."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W) * b.item()


# %% function="conv_single_step" kind="wrong" name="takes_the_bias_away" message="You subtracted the bias. It is added."
def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W) - b.item()


# %% function="conv_single_step" kind="wrong" name="matrix_product" message="You used the matrix product, @ or np.dot. Multiply element by element, with *."
def conv_single_step(a_slice_prev, W, b):
    return sum(np.sum(a_slice_prev[..., c] @ W[..., c]) for c in range(W.shape[2])) + b.item()


# %% function="conv_single_step" kind="wrong" name="relu" message="You set negative results to zero. There is no activation function in this step."
def conv_single_step(a_slice_prev, W, b):
    return max(0.0, np.sum(a_slice_prev * W) + b.item())


# %% function="conv_single_step" kind="wrong" name="changes_the_window" message="You changed an argument in place (*= on the window does, and with it the picture it was cut from). Write the products to a new array."
def conv_single_step(a_slice_prev, W, b):
    a_slice_prev *= W
    return np.sum(a_slice_prev) + b.item()


# %% function="conv_forward" kind="right" name="self_contained"
def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    n_H, n_W = (n_H_prev + 2 * pad - f) // stride + 1, (n_W_prev + 2 * pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[:, h * stride : h * stride + f, w * stride : w * stride + f]
            Z[:, h, w] = np.tensordot(window, W, axes=3) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="right" name="windows_and_einsum"
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad,) * 2, (pad,) * 2, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    return np.einsum("ihwcrs,rsck->ihwk", windows, W) + b, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="right" name="torch"
def conv_forward(A_prev, W, b, hparameters):
    import torch

    x, w = torch.tensor(A_prev).permute(0, 3, 1, 2), torch.tensor(W).permute(3, 2, 0, 1)
    z = torch.conv2d(x, w, torch.tensor(b).ravel(), stride=hparameters["stride"], padding=hparameters["pad"])
    return z.permute(0, 2, 3, 1).numpy(), (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="right" name="offset_by_offset"
def conv_forward(A_prev, W, b, hparameters):
    (f, _, _, _), s, p = W.shape, hparameters["stride"], hparameters["pad"]
    m, rows, columns = A_prev.shape[0], A_prev.shape[1] + 2 * p, A_prev.shape[2] + 2 * p
    padded = np.zeros((m, rows, columns, A_prev.shape[3]))
    padded[:, p : rows - p, p : columns - p] = A_prev
    n_H, n_W = 1 + (rows - f) // s, 1 + (columns - f) // s
    Z = np.tile(b, (m, n_H, n_W, 1)).astype(float)
    for u in range(f):
        for v in range(f):
            Z += padded[:, u : u + (n_H - 1) * s + 1 : s, v : v + (n_W - 1) * s + 1 : s] @ W[u, v]
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="right" name="filters_outside"
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = zero_pad(A_prev, pad)
    f = W.shape[1]
    tops = range(0, padded.shape[1] - f + 1, stride)
    lefts = range(0, padded.shape[2] - f + 1, stride)
    Z = np.empty((len(A_prev), len(tops), len(lefts), W.shape[-1]))
    for k in range(W.shape[-1]):
        for w, left in enumerate(lefts):
            for h, top in enumerate(tops):
                for i, image in enumerate(padded):
                    window = image[top : top + f, left : left + f]
                    Z[i, h, w, k] = conv_single_step(window, W[:, :, :, k], b[:, :, :, k])
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="stride_ignored_in_windows" message="Your output has the right size, but each window starts at h and w. It starts at h * stride and w * stride."
def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    n_H, n_W = (n_H_prev + 2 * pad - f) // stride + 1, (n_W_prev + 2 * pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    for h in range(n_H):
        for w in range(n_W):
            Z[:, h, w] = np.tensordot(padded[:, h : h + f, w : w + f], W, axes=3) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="stride_ignored" message="You ignored the stride: your window moves one pixel at a time. The stride changes the output's size and where each window starts."
def conv_forward(A_prev, W, b, hparameters):
    pad = hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))
    return np.einsum("ihwcrs,rsck->ihwk", windows, W) + b, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="no_padding" message="You ignored the padding. Pad A_prev first, and count the padding in the output's size."
def conv_forward(A_prev, W, b, hparameters):
    stride = hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.einsum("ihwcrs,rsck->ihwk", windows, W) + b, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="size_rounded_up" message="You rounded the output's size up. A window that sticks out of the padded image is left out, so round down, with //."
def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H = int(np.ceil((n_H_prev + 2 * pad - f) / stride)) + 1
    n_W = int(np.ceil((n_W_prev + 2 * pad - f) / stride)) + 1
    padded = np.pad(A_prev, ((0, 0), (pad, pad + stride), (pad, pad + stride), (0, 0)))
    Z = np.zeros((m, n_H, n_W, n_C))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[:, h * stride : h * stride + f, w * stride : w * stride + f]
            Z[:, h, w] = np.tensordot(window, W, axes=3) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="pad_counted_once" message="You counted the padding once in the output's size. It is on both sides: n_prev + 2 pad - f."
def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    n_H, n_W = (n_H_prev + pad - f) // stride + 1, (n_W_prev + pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    for h in range(n_H):
        for w in range(n_W):
            window = padded[:, h * stride : h * stride + f, w * stride : w * stride + f]
            Z[:, h, w] = np.tensordot(window, W, axes=3) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="bias_in_each_product" message="You added the bias to each product, before the sum, so it counts once for every weight. Add it once for each cell, after the sum."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    weights = W.transpose(2, 0, 1, 3)
    Z = (windows[..., None] * weights + b[0]).sum(axis=(3, 4, 5))
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="no_bias" message="You left out the biases. Each filter adds its own to all its cells."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.einsum("ihwcrs,rsck->ihwk", windows, W), (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="first_bias_for_all" message="You added the first bias to every filter's cells. Filter k has the bias b[..., k]."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.einsum("ihwcrs,rsck->ihwk", windows, W) + b[..., :1], (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="first_filter_for_all" message="You used the first filter for every output channel. Output channel k uses W[..., k]."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    same = np.repeat(W[..., :1], W.shape[3], axis=3)
    return np.einsum("ihwcrs,rsck->ihwk", windows, same) + b, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="flips_the_kernel" message="You flipped the kernel, as the convolution of mathematics does. A convolutional layer does not turn its filters."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.einsum("ihwcrs,rsck->ihwk", windows, W[::-1, ::-1]) + b, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="only_first_image" message="You used the first image for the whole batch. Row i of Z belongs to image i: take A_prev_pad[i]."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    Z = np.einsum("ihwcrs,rsck->ihwk", windows[:1], W) + b
    return np.repeat(Z, len(A_prev), axis=0), (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="swaps_rows_and_columns" message="You swapped rows and columns: the row of the output cell, h, says where the window starts along the rows, axis 1."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    Z = np.einsum("ihwcrs,rsck->iwhk", windows, W) + b
    return Z, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="relu" message="You applied ReLU. Z is what goes into an activation function: negative numbers stay."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.maximum(np.einsum("ihwcrs,rsck->ihwk", windows, W) + b, 0), (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="first_channel_only" message="Your windows hold the first channel only. A filter looks at all the channels that come in."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.einsum("ihwrs,rsk->ihwk", windows[:, :, :, 0], W[:, :, 0]) + b, (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="caches_the_padded_input" message="Your cache holds the padded input. It should hold A_prev as it came in: conv_backward pads it again."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.einsum("ihwcrs,rsck->ihwk", windows, W) + b, (padded, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="whole_numbers" message="Your Z holds whole numbers, so fractions are lost. Begin with np.zeros(...) without an integer dtype."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    Z = np.einsum("ihwcrs,rsck->ihwk", windows, W) + b
    return Z.astype(int), (A_prev, W, b, hparameters)


# %% function="conv_forward" kind="wrong" name="forgets_the_cache" message="You returned Z alone. Return two things: Z, cache."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    return np.einsum("ihwcrs,rsck->ihwk", windows, W) + b


# %% function="conv_forward" kind="wrong" name="changes_W" message="You changed an argument in place: the caller's W is not what it was before the call. Work on new arrays."
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[:2], axis=(1, 2))[
        :, ::stride, ::stride
    ]
    kept = W.copy()
    W *= 2
    return np.einsum("ihwcrs,rsck->ihwk", windows, W) / 2 + b, (A_prev, kept, b, hparameters)


# %% function="pool_forward" kind="right" name="self_contained"
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, rows, columns, n_C = A_prev.shape
    A = np.zeros((m, (rows - f) // stride + 1, (columns - f) // stride + 1, n_C))
    for h in range(A.shape[1]):
        for w in range(A.shape[2]):
            window = A_prev[:, h * stride : h * stride + f, w * stride : w * stride + f]
            A[:, h, w] = window.max(axis=(1, 2)) if mode == "max" else window.mean(axis=(1, 2))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="right" name="windows"
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="right" name="torch"
def pool_forward(A_prev, hparameters, mode="max"):
    import torch
    from torch.nn import functional

    pool = {"max": functional.max_pool2d, "average": functional.avg_pool2d}[mode]
    x = torch.tensor(np.asarray(A_prev, dtype=float)).permute(0, 3, 1, 2)
    A = pool(x, hparameters["f"], hparameters["stride"]).permute(0, 2, 3, 1).numpy()
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="right" name="offset_by_offset"
def pool_forward(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    n_H, n_W = (A_prev.shape[1] - f) // s + 1, (A_prev.shape[2] - f) // s + 1
    layers = [
        A_prev[:, r : r + (n_H - 1) * s + 1 : s, c : c + (n_W - 1) * s + 1 : s].astype(float)
        for r in range(f)
        for c in range(f)
    ]
    total = layers[0].copy()
    for layer in layers[1:]:
        total = np.maximum(total, layer) if mode == "max" else total + layer
    return (total if mode == "max" else total / len(layers)), (A_prev, hparameters)


# %% function="pool_forward" kind="right" name="plain_python"
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    tops, lefts = range(0, n_H_prev - f + 1, stride), range(0, n_W_prev - f + 1, stride)
    A = np.empty((m, len(tops), len(lefts), n_C))
    for i, h, w, c in np.ndindex(A.shape):
        values = [float(A_prev[i, tops[h] + r, lefts[w] + s, c]) for r in range(f) for s in range(f)]
        A[i, h, w, c] = max(values) if mode == "max" else sum(values) / len(values)
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="stride_ignored_in_windows" message="Your output has the right size, but each window starts at h and w. It starts at h * stride and w * stride."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, rows, columns, n_C = A_prev.shape
    A = np.zeros((m, (rows - f) // stride + 1, (columns - f) // stride + 1, n_C))
    for h in range(A.shape[1]):
        for w in range(A.shape[2]):
            window = A_prev[:, h : h + f, w : w + f]
            A[:, h, w] = window.max(axis=(1, 2)) if mode == "max" else window.mean(axis=(1, 2))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="stride_ignored" message="You ignored the stride: your window moves one pixel at a time. The stride changes the output's size and where each window starts."
def pool_forward(A_prev, hparameters, mode="max"):
    f = hparameters["f"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="moves_by_f" message="Your window moves by f. It moves by the stride, which may be smaller or larger than f."
def pool_forward(A_prev, hparameters, mode="max"):
    f = hparameters["f"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))[:, ::f, ::f]
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="size_of_the_notes" message="Your output is floor((n - f + 1) / stride) on a side. It is floor((n - f) / stride) + 1: divide first, then add the 1."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    n_H, n_W = ((n - f + 1) // stride for n in A_prev.shape[1:3])
    windows = windows[:, ::stride, ::stride][:, :n_H, :n_W]
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="size_rounded_up" message="You rounded the output's size up. A window that sticks out of the image is left out, so round down, with //."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, rows, columns, n_C = A_prev.shape
    A = np.zeros((m, -((f - rows) // stride) + 1, -((f - columns) // stride) + 1, n_C))
    for h in range(A.shape[1]):
        for w in range(A.shape[2]):
            window = A_prev[:, h * stride : h * stride + f, w * stride : w * stride + f]
            A[:, h, w] = window.max(axis=(1, 2)) if mode == "max" else window.mean(axis=(1, 2))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="over_all_channels" message="You pooled over all the channels together. Each channel is pooled by itself: the window of channel c is 2-D."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.max(axis=(3, 4, 5)) if mode == "max" else windows.mean(axis=(3, 4, 5))
    return np.repeat(A[..., None], A_prev.shape[3], axis=3), (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="mode_ignored" message="You took the maximum in both modes. When mode is 'average', take the mean of the window."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    return windows[:, ::stride, ::stride].max(axis=(4, 5)), (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="modes_swapped" message="You swapped the modes: 'max' gives the averages and 'average' the maxima."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.mean(axis=(4, 5)) if mode == "max" else windows.max(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="divides_by_f" message="Your average divides by f. A window has f * f pixels."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.sum(axis=(4, 5)) / f
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="sum_for_average" message="Your average is a sum: divide it by the number of pixels in the window, f * f."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.sum(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="maximum_begins_at_zero" message="Your maximum is never below 0: your search begins at 0, and negative pixels never win. Begin with the window's first pixel, or use np.max."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.max(axis=(4, 5), initial=0.0) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="largest_magnitude" message="You kept the largest magnitude. Max pooling keeps the largest number: of -9 and -1 that is -1."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = np.abs(windows).max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="minimum" message="You kept the smallest number of each window. Keep the largest."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.min(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="dtype_of_the_input" message="Your output has the dtype of A_prev, so for a photo in bytes the averages lose their fractions. Begin with np.zeros(...), which holds floats."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::stride, ::stride]
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A.astype(A_prev.dtype), (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="only_first_image" message="You used the first image for the whole batch. Row i of A belongs to image i: take A_prev[i]."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev[:1].astype(float), (f, f), axis=(1, 2))
    windows = np.repeat(windows[:, ::stride, ::stride], len(A_prev), axis=0)
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, hparameters)


# %% function="pool_forward" kind="wrong" name="forgets_the_cache" message="You returned A alone. Return two things: A, cache."
def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    return windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))


# %% function="pool_forward" kind="wrong" name="changes_hparameters" message="You changed an argument in place: hparameters or A_prev is not what it was before the call."
def pool_forward(A_prev, hparameters, mode="max"):
    kept = dict(hparameters)
    f, stride = hparameters.pop("f"), hparameters.pop("stride")
    windows = np.lib.stride_tricks.sliding_window_view(A_prev.astype(float), (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(4, 5))
    return A, (A_prev, kept)


# %% function="conv_backward" kind="right" name="self_contained"
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="right" name="torch_autograd"
def conv_backward(dZ, cache):
    import torch

    A_prev, W, b, hparameters = cache
    leaves = [torch.tensor(x, requires_grad=True) for x in (A_prev, W, b)]
    x, w = leaves[0].permute(0, 3, 1, 2), leaves[1].permute(3, 2, 0, 1)
    z = torch.conv2d(x, w, leaves[2].reshape(-1), hparameters["stride"], hparameters["pad"])
    z.permute(0, 2, 3, 1).backward(torch.tensor(dZ))
    return tuple(leaf.grad.numpy() for leaf in leaves)


# %% function="conv_backward" kind="right" name="windows_and_einsum"
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    s, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    (_, n_H, n_W, _), (_, n_H_prev, n_W_prev, _) = dZ.shape, A_prev.shape
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f), axis=(1, 2))[:, ::s, ::s]
    dW = np.einsum("ihwcrs,ihwk->rsck", windows, dZ)
    spread = np.zeros(padded.shape)
    for r in range(f):
        for c in range(f):
            spread[:, r : r + (n_H - 1) * s + 1 : s, c : c + (n_W - 1) * s + 1 : s] += dZ @ W[r, c].T
    db = np.einsum("ihwk->k", dZ).reshape(b.shape)
    return spread[:, pad : n_H_prev + pad, pad : n_W_prev + pad], dW, db


# %% function="conv_backward" kind="right" name="full_correlation"
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    m, rows, columns, _ = A_prev.shape
    dilated = np.zeros((m, rows + 2 * p + f - 1, columns + 2 * p + f - 1, W.shape[3]))
    n_H, n_W = dZ.shape[1:3]
    dilated[:, f - 1 : f + (n_H - 1) * s : s, f - 1 : f + (n_W - 1) * s : s] = dZ
    view = np.lib.stride_tricks.sliding_window_view
    dA = np.einsum("ihwkrs,rsck->ihwc", view(dilated, (f, f), axis=(1, 2)), W[::-1, ::-1])
    padded = np.pad(A_prev, [(0, 0), (p, p), (p, p), (0, 0)])
    dW = np.einsum("ihwcrs,ihwk->rsck", view(padded, (f, f), axis=(1, 2))[:, ::s, ::s], dZ)
    return dA[:, p : p + rows, p : p + columns], dW, np.sum(dZ, axis=(0, 1, 2)).reshape(1, 1, 1, -1)


# %% function="conv_backward" kind="right" name="filters_outside"
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    dW, db = np.zeros(W.shape), np.zeros(b.shape)
    images = []
    for i, image in enumerate(zero_pad(A_prev, pad)):
        spread = np.zeros(image.shape)
        for k in range(W.shape[3]):
            for h, w in np.ndindex(*dZ.shape[1:3]):
                here = np.s_[h * stride : h * stride + f, w * stride : w * stride + f]
                spread[here] += dZ[i, h, w, k] * W[..., k]
                dW[..., k] += dZ[i, h, w, k] * image[here]
                db[0, 0, 0, k] += dZ[i, h, w, k]
        images.append(spread if pad == 0 else spread[pad:-pad, pad:-pad])
    return np.stack(images), dW, db


# %% function="conv_backward" kind="wrong" name="empty_crop_at_pad_0" message="You cut the padding off with [pad:-pad]. At pad 0 that is [0:-0], which is empty. Say where to stop: pad + n_H_prev and pad + n_W_prev."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    return d_padded[:, pad:-pad, pad:-pad, :], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="empty_crop_into_an_image" message="You copied da_prev_pad[pad:-pad, pad:-pad] into an image of dA_prev. At pad 0 that slice is [0:-0], which is empty. Say where to stop: pad + n_H_prev and pad + n_W_prev."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW, dA_prev = np.zeros_like(padded), np.zeros_like(W), np.zeros_like(A_prev)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    for i in range(len(A_prev)):
        dA_prev[i, :, :, :] = d_padded[i, pad:-pad, pad:-pad, :]
    return dA_prev, dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="stride_ignored" message="Your windows start at h and w on the way back. They start where they started on the way there: at h * stride and w * stride."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    pad, f = hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h, h + f), slice(w, w + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="padding_not_cut_off" message="Your dA_prev still has the border. Cut the padding off, so that it has the shape of A_prev."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    return d_padded, dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="border_cut_at_one_end" message="You cut off only the last rows and columns. The border is on both sides: dA_prev begins at row pad and column pad."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, :n_H_prev, :n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="dA_assigned" message="You wrote to the window of dA_prev with =. Where windows overlap the errors add up: use +=."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] = np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="dW_overwritten" message="You wrote to dW with =, so only the last window is left in it. A weight is used in every window: add up, with +=."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for i, h, w in np.ndindex(*dZ.shape[:3]):
        rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
        d_padded[i, rows, columns] += W @ dZ[i, h, w]
        dW = padded[i, rows, columns, :, None] * dZ[i, h, w]
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="db_overwritten" message="You wrote to db with =, so only the last cell is left in it. Add up all the cells of a filter, with +=."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ[-1:, -1:, -1:]


# %% function="conv_backward" kind="wrong" name="mean_over_the_batch" message="You divided dW and db by the number of images. They are sums over the batch; a mean is in dZ already, if the loss has one."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f, m = hparameters["stride"], hparameters["pad"], W.shape[0], len(dZ)
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    dA_prev = d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev]
    return dA_prev, dW / m, dZ.sum(axis=(0, 1, 2), keepdims=True) / m


# %% function="conv_backward" kind="wrong" name="db_averaged" message="You took the mean of dZ for db. It is the sum over images, rows and columns."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.mean(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="db_without_axes" message="Your db has the shape (n_C,). It should have the shape of b, (1, 1, 1, n_C)."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2))


# %% function="conv_backward" kind="wrong" name="db_for_all_filters_together" message="You put the sum of all of dZ into every bias. Each filter has a bias of its own: db[..., k] adds up dZ[..., k]."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, np.full(b.shape, dZ.sum())


# %% function="conv_backward" kind="wrong" name="only_first_image" message="You sent back the error of the first image only. The loop runs over all the images of the batch."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:1, rows, columns] += np.tensordot(dZ[:1, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:1, rows, columns], dZ[:1, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return (
        d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev],
        dW,
        dZ[:1].sum(axis=(0, 1, 2), keepdims=True),
    )


# %% function="conv_backward" kind="wrong" name="flips_the_kernel" message="You spread the error with the filter flipped. In the window of dA_prev each pixel gets the weight that lay on it: W[..., k] as it is."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W[::-1, ::-1], axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="swaps_window_and_filter" message="You swapped the two: the window of dA_prev gets W times the error, and dW gets the window of A_prev times the error."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for i, h, w, k in np.ndindex(*dZ.shape):
        rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
        d_padded[i, rows, columns] += padded[i, rows, columns] * dZ[i, h, w, k]
        dW[..., k] += W[..., k] * dZ[i, h, w, k]
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="one_filter_only" message="You sent back the error of the last filter only. A pixel is seen by every filter: add up over k as well."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w, -1:], W[..., -1:], axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


# %% function="conv_backward" kind="wrong" name="changes_dZ" message="You changed an argument in place: dZ or the cache is not what it was before the call. Work on new arrays."
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.zeros_like(W)
    db = dZ.sum(axis=(0, 1, 2), keepdims=True)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            d_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
            dZ[:, h, w] = 0
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    return d_padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, db


# %% function="create_mask_from_window" kind="right" name="self_contained"
def create_mask_from_window(x):
    return np.equal(x, x.max())


# %% function="create_mask_from_window" kind="right" name="nothing_is_larger"
def create_mask_from_window(x):
    return ~(x < np.amax(x))


# %% function="create_mask_from_window" kind="right" name="sorted"
def create_mask_from_window(x):
    return x >= np.sort(x, axis=None)[-1]


# %% function="create_mask_from_window" kind="right" name="loops"
def create_mask_from_window(x):
    mask = np.ones(x.shape, dtype=bool)
    for here in np.ndindex(x.shape):
        for there in np.ndindex(x.shape):
            if x[there] > x[here]:
                mask[here] = False
    return mask


# %% function="create_mask_from_window" kind="wrong" name="first_maximum_only" message="You marked the first maximum only (np.argmax finds just that one). In this lesson the mask is True at every element that equals the maximum."
def create_mask_from_window(x):
    mask = np.zeros(x.shape, dtype=bool)
    mask[np.unravel_index(np.argmax(x), x.shape)] = True
    return mask


# %% function="create_mask_from_window" kind="wrong" name="numbers_for_bools" message="Your mask holds numbers, 0 and 1. It should hold bools: a comparison with == gives them."
def create_mask_from_window(x):
    return (x == np.max(x)).astype(float)


# %% function="create_mask_from_window" kind="wrong" name="whole_numbers_for_bools" message="Your mask holds whole numbers, 0 and 1. It should hold bools: a comparison with == gives them."
def create_mask_from_window(x):
    return (x == np.max(x)).astype(int)


# %% function="create_mask_from_window" kind="wrong" name="largest_magnitude" message="You marked the largest magnitude. The maximum is the largest number: of -3 and -1 it is -1."
def create_mask_from_window(x):
    return np.abs(x) == np.max(np.abs(x))


# %% function="create_mask_from_window" kind="wrong" name="maximum_of_each_column" message="You marked the maximum of each column. Take the maximum of the whole window: np.max(x), without an axis."
def create_mask_from_window(x):
    return x == np.max(x, axis=0)


# %% function="create_mask_from_window" kind="wrong" name="maximum_of_each_row" message="You marked the maximum of each row. Take the maximum of the whole window: np.max(x), without an axis."
def create_mask_from_window(x):
    return x == np.max(x, axis=1, keepdims=True)


# %% function="create_mask_from_window" kind="wrong" name="minimum" message="You marked the minimum. Compare with np.max(x)."
def create_mask_from_window(x):
    return x == np.min(x)


# %% function="create_mask_from_window" kind="wrong" name="maximum_begins_at_zero" message="Your maximum is never below 0, so a window of negative numbers has none. Begin with the window's first element, or use np.max."
def create_mask_from_window(x):
    return x == np.max(x, initial=0.0)


# %% function="create_mask_from_window" kind="wrong" name="everything_but_the_maximum" message="Your mask is the wrong way round: True is where the maximum is."
def create_mask_from_window(x):
    return x != np.max(x)


# %% function="create_mask_from_window" kind="wrong" name="the_maximum_itself" message="You returned the values of the window. The mask says only where the maximum is: True or False."
def create_mask_from_window(x):
    return np.where(x == np.max(x), x, 0.0)


# %% function="create_mask_from_window" kind="wrong" name="nearly_the_maximum" message="You also marked elements close to the maximum (np.isclose does). Only those that equal it count."
def create_mask_from_window(x):
    return np.isclose(x, np.max(x), rtol=0.15)


# %% function="create_mask_from_window" kind="wrong" name="changes_the_window" message="You changed the window in place, and so the picture it was cut from. Write the mask to a new array."
def create_mask_from_window(x):
    x -= np.max(x)
    return x == 0


# %% function="distribute_value" kind="right" name="self_contained"
def distribute_value(dz, shape):
    return np.ones(shape) * (dz / np.prod(shape))


# %% function="distribute_value" kind="right" name="loops"
def distribute_value(dz, shape):
    out = np.empty(shape, dtype=float)
    for row in range(shape[0]):
        for column in range(shape[1]):
            out[row, column] = dz / shape[0] / shape[1]
    return out


# %% function="distribute_value" kind="right" name="broadcast"
def distribute_value(dz, shape):
    n_H, n_W = shape
    return np.broadcast_to(np.float64(dz) / (n_H * n_W), (n_H, n_W)).copy()


# %% function="distribute_value" kind="right" name="normalised"
def distribute_value(dz, shape):
    window = np.ones(shape)
    return dz * window / window.sum()


# %% function="distribute_value" kind="wrong" name="not_divided" message="Every pixel got the whole value. Divide it by the number of pixels, n_H * n_W."
def distribute_value(dz, shape):
    return np.full(shape, dz)


# %% function="distribute_value" kind="wrong" name="divides_by_the_rows" message="You divided by the number of rows. Divide by the number of pixels, n_H * n_W."
def distribute_value(dz, shape):
    return np.full(shape, dz / shape[0])


# %% function="distribute_value" kind="wrong" name="divides_by_n_H_squared" message="You divided by n_H * n_H. The window need not be square: divide by n_H * n_W."
def distribute_value(dz, shape):
    return np.full(shape, dz / shape[0] ** 2)


# %% function="distribute_value" kind="wrong" name="divides_by_the_sum" message="You divided by n_H + n_W. The number of pixels is the product, n_H * n_W."
def distribute_value(dz, shape):
    return np.full(shape, dz / sum(shape))


# %% function="distribute_value" kind="wrong" name="swaps_rows_and_columns" message="Your array has n_W rows and n_H columns. It should have n_H rows and n_W columns, as shape says."
def distribute_value(dz, shape):
    return np.full(shape[::-1], dz / (shape[0] * shape[1]))


# %% function="distribute_value" kind="wrong" name="a_single_number" message="You returned one number. Return an array of the given shape with that number in every place."
def distribute_value(dz, shape):
    return dz / (shape[0] * shape[1])


# %% function="distribute_value" kind="wrong" name="whole_division" message="You divided with //, which rounds down. Use /."
def distribute_value(dz, shape):
    return np.full(shape, dz // (shape[0] * shape[1]))


# %% function="distribute_value" kind="wrong" name="one_pixel_gets_all" message="The first pixel got everything. Each pixel had the same say in the average, so each gets the same share."
def distribute_value(dz, shape):
    out = np.zeros(shape)
    out[0, 0] = dz
    return out


# %% function="pool_backward" kind="right" name="self_contained"
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            largest = window == window.max(axis=(1, 2), keepdims=True)
            share = largest if mode == "max" else np.full(window.shape, 1 / f**2)
            dA_prev[:, rows, columns] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="right" name="offset_by_offset"
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    n_H, n_W = dA.shape[1:3]
    places = [
        np.s_[:, r : r + (n_H - 1) * s + 1 : s, c : c + (n_W - 1) * s + 1 : s] for r, c in np.ndindex(f, f)
    ]
    layers = np.stack([A_prev[place] for place in places])
    shares = (
        (layers == layers.max(axis=0)) * dA if mode == "max" else np.stack([dA / len(places)] * len(places))
    )
    dA_prev = np.zeros(A_prev.shape)
    for place, share in zip(places, shares, strict=True):
        dA_prev[place] += share
    return dA_prev


# %% function="pool_backward" kind="right" name="torch_fold"
def pool_backward(dA, cache, mode="max"):
    import torch
    from torch.nn import functional

    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    images = (
        torch.tensor(A_prev, dtype=torch.float64).permute(0, 3, 1, 2).reshape(m * n_C, 1, n_H_prev, n_W_prev)
    )
    columns = functional.unfold(images, f, stride=stride)
    errors = torch.tensor(dA).permute(0, 3, 1, 2).reshape(m * n_C, 1, -1)
    shares = (
        (columns == columns.amax(1, keepdim=True)).double()
        if mode == "max"
        else torch.ones_like(columns) / f**2
    )
    back = functional.fold(shares * errors, (n_H_prev, n_W_prev), f, stride=stride)
    return back.reshape(m, n_C, n_H_prev, n_W_prev).permute(0, 2, 3, 1).numpy()


# %% function="pool_backward" kind="right" name="add_at"
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    i, h, w, c, r, s = np.indices((*dA.shape, f, f))
    places = (i, h * stride + r, w * stride + s, c)
    windows = A_prev[places]
    shares = (
        windows == windows.max(axis=(4, 5), keepdims=True)
        if mode == "max"
        else np.full(windows.shape, 1 / f**2)
    )
    dA_prev = np.zeros(A_prev.shape)
    np.add.at(dA_prev, places, shares * dA[..., None, None])
    return dA_prev


# %% function="pool_backward" kind="right" name="channels_outside"
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for c, w, h, i in np.ndindex(dA.shape[::-1]):
        here = np.s_[i, h * stride : h * stride + f, w * stride : w * stride + f, c]
        if mode == "max":
            dA_prev[here] += dA[i, h, w, c] * create_mask_from_window(A_prev[here])
        else:
            dA_prev[here] += distribute_value(dA[i, h, w, c], (f, f))
    return dA_prev


# %% function="pool_backward" kind="wrong" name="like_the_input" message="You began with np.zeros_like(A_prev), which for a picture of bytes holds bytes. Begin with np.zeros(A_prev.shape)."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1 / f**2
            dA_prev[:, rows, columns] = dA_prev[:, rows, columns] + share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="stride_ignored" message="Your windows start at h and w on the way back. They start where they started on the way there: at h * stride and w * stride."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f = hparameters["f"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            window = A_prev[:, h : h + f, w : w + f]
            share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1 / f**2
            dA_prev[:, h : h + f, w : w + f] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="moves_by_f" message="Your windows start at h * f and w * f. They start at h * stride and w * stride, and the stride need not be f."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f = hparameters["f"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            window = A_prev[:, h * f : h * f + f, w * f : w * f + f]
            if window.size:
                share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1 / f**2
                dA_prev[:, h * f : h * f + f, w * f : w * f + f] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="assigned" message="You wrote to the window of dA_prev with =. Where windows overlap the errors add up: use +=."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1 / f**2
            dA_prev[:, rows, columns] = share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="first_maximum_only" message="At a tie you gave the error to the first maximum only. In this lesson every maximum of the window gets the full error."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(dA.shape):
        rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
        if mode == "max":
            r, s = np.unravel_index(np.argmax(A_prev[i, rows, columns, c]), (f, f))
            dA_prev[i, h * stride + r, w * stride + s, c] += dA[i, h, w, c]
        else:
            dA_prev[i, rows, columns, c] += dA[i, h, w, c] / f**2
    return dA_prev


# %% function="pool_backward" kind="wrong" name="ties_share" message="At a tie you shared the error among the maxima. In this lesson every maximum of the window gets the full error, as the mask says."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(dA.shape):
        rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
        mask = A_prev[i, rows, columns, c] == A_prev[i, rows, columns, c].max()
        share = mask / mask.sum() if mode == "max" else 1 / f**2
        dA_prev[i, rows, columns, c] += share * dA[i, h, w, c]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="not_divided" message="In average mode every pixel of the window got the whole error. Each gets its share: the error divided by f * f."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1.0
            dA_prev[:, rows, columns] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="divided_by_f" message="In average mode you divided by f. A window has f * f pixels."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1 / f
            dA_prev[:, rows, columns] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="mode_ignored" message="You treated both modes as max pooling. When mode is 'average', share the error out evenly."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            share = window == window.max(axis=(1, 2), keepdims=True)
            dA_prev[:, rows, columns] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="shares_in_max_mode" message="You shared the error out evenly in both modes. When mode is 'max', only the maximum of the window gets it."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            dA_prev[:, rows, columns] += dA[:, h : h + 1, w : w + 1] / f**2
    return dA_prev


# %% function="pool_backward" kind="wrong" name="mask_over_all_channels" message="You looked for the maximum over all the channels together. Each channel has its own: the window of channel c is 2-D."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            share = window == window.max(axis=(1, 2, 3), keepdims=True) if mode == "max" else 1 / f**2
            dA_prev[:, rows, columns] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="only_first_image" message="You sent back the error of the first image only. The loop runs over all the images of the batch."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:1, rows, columns]
            share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1 / f**2
            dA_prev[:1, rows, columns] += share * dA[:1, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="mask_without_the_error" message="You added the mask alone, ones and zeros. Multiply it by the error of the cell."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            if mode == "max":
                dA_prev[:, rows, columns] += window == window.max(axis=(1, 2), keepdims=True)
            else:
                dA_prev[:, rows, columns] += dA[:, h : h + 1, w : w + 1] / f**2
    return dA_prev


# %% function="pool_backward" kind="wrong" name="times_the_input" message="You multiplied the error by the pixel itself. The maximum gets the error as it is: mask times error."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = A_prev[:, rows, columns]
            largest = window == window.max(axis=(1, 2), keepdims=True)
            share = largest * window if mode == "max" else 1 / f**2
            dA_prev[:, rows, columns] += share * dA[:, h : h + 1, w : w + 1]
    return dA_prev


# %% function="pool_backward" kind="wrong" name="adds_to_the_input" message="You changed an argument in place: dA, or the cache with its A_prev. Begin with zeros of the shape of A_prev, and add to those."
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    before = A_prev.copy()
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
            window = before[:, rows, columns]
            share = window == window.max(axis=(1, 2), keepdims=True) if mode == "max" else 1 / f**2
            A_prev[:, rows, columns] += share * dA[:, h : h + 1, w : w + 1]
    return A_prev
