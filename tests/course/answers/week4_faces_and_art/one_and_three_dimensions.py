# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn`, `functional`, `CONVOLUTION` and
# `NORMALIZATION` are there, as in the lesson.

# %% function="conv1d_forward" kind="right" name="self_contained"
def conv1d_forward(x, W, b, stride=1, pad=0):
    B, C, L = x.shape
    K, _, f = W.shape
    padded = torch.zeros(B, C, L + 2 * pad)
    padded[:, :, pad : pad + L] = x
    places = (L + 2 * pad - f) // stride + 1
    out = torch.zeros(B, K, places)
    for n in range(B):
        for k in range(K):
            for i in range(places):
                out[n, k, i] = (padded[n, :, i * stride : i * stride + f] * W[k]).sum() + b[k]
    return out


# %% function="conv1d_forward" kind="right" name="shift_and_add"
def conv1d_forward(x, W, b, stride=1, pad=0):
    padded = functional.pad(x, [pad, pad])
    places = (padded.shape[-1] - W.shape[-1]) // stride + 1
    out = b.reshape(1, -1, 1).repeat(len(x), 1, places)
    for j in range(W.shape[-1]):
        out = out + W[:, :, j] @ padded[:, :, j : j + stride * (places - 1) + 1 : stride]
    return out


# %% function="conv1d_forward" kind="right" name="matrix_of_windows"
def conv1d_forward(x, W, b, stride=1, pad=0):
    ends = torch.zeros(x.shape[0], x.shape[1], pad)
    padded, f = torch.cat([ends, x, ends], dim=2), W.shape[2]
    starts = range(0, padded.shape[2] - f + 1, stride)
    columns = torch.stack([padded[:, :, start : start + f].flatten(1) for start in starts], dim=2)
    return W.flatten(1) @ columns + b[None, :, None]


# %% function="conv1d_forward" kind="right" name="numpy_and_back"
def conv1d_forward(x, W, b, stride=1, pad=0):
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[2], axis=2)[:, :, ::stride]
    summed = np.tensordot(windows, W.numpy(), axes=([1, 3], [1, 2]))
    return torch.from_numpy((summed + b.numpy()).transpose(0, 2, 1).copy())


# %% function="conv1d_forward" kind="wrong" name="flipped" message="You flipped the filter. The convolution of networks does not: the first number of the filter meets the first of the window."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W.flip(2)) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="bias_forgotten" message="You left the bias out. b[k] is added to all that filter k gives."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W)


# %% function="conv1d_forward" kind="wrong" name="bias_in_each_product" message="You added the bias to each product, before the sum. It is added once to each number that comes out."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + W[0].numel() * b[:, None]


# %% function="conv1d_forward" kind="wrong" name="bias_in_each_channel" message="You added the bias once for each channel. It is added once, after the sum over the channels."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + x.shape[1] * b[:, None]


# %% function="conv1d_forward" kind="wrong" name="bias_once_a_batch" message="You added the bias to the first signal only. Every signal of the batch gets it."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    out = torch.einsum("bcif,kcf->bki", windows, W)
    out[0] += b[:, None]
    return out


# %% function="conv1d_forward" kind="wrong" name="bias_along_the_places" message="Your bias has one number a place. It has one number a filter: b[:, None]."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + b


# %% function="conv1d_forward" kind="wrong" name="first_channel" message="You used the first channel only. Each filter has numbers for all channels, and adds over them."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bif,kf->bki", windows[:, 0], W[:, 0]) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="mean_over_channels" message="You took the mean over the channels. The products of all channels are added."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) / x.shape[1] + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="channels_not_added" message="Your channels are not added up. A filter gives one number a place, whatever the number of channels."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bkci", windows, W).flatten(1, 2) + b.repeat_interleave(x.shape[1])[:, None]


# %% function="conv1d_forward" kind="wrong" name="stride_of_the_start_ignored" message="Your windows begin at place i. With a stride, window i begins at i * stride."
def conv1d_forward(x, W, b, stride=1, pad=0):
    padded, f = functional.pad(x, (pad, pad)), W.shape[2]
    places = (padded.shape[2] - f) // stride + 1
    windows = [padded[:, :, i : i + f] for i in range(places)]
    return torch.stack([torch.einsum("bcf,kcf->bk", window, W) + b for window in windows], dim=2)


# %% function="conv1d_forward" kind="wrong" name="stride_ignored" message="You left the stride out."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], 1)
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="padded_in_front" message="You padded at one end only. There are pad zeros at both ends."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, 0)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="twice_the_padding_in_front" message="You put all zeros in front. There are pad of them at each end."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (2 * pad, 0)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="padding_ignored" message="You left the padding out."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = x.unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="padding_not_counted" message="You padded, and then counted the windows without the padding: the length is L + 2 * pad."
def conv1d_forward(x, W, b, stride=1, pad=0):
    padded, f = functional.pad(x, (pad, pad)), W.shape[2]
    places = (x.shape[2] - f) // stride + 1
    windows = [padded[:, :, i * stride : i * stride + f] for i in range(places)]
    return torch.stack([torch.einsum("bcf,kcf->bk", window, W) + b for window in windows], dim=2)


# %% function="conv1d_forward" kind="wrong" name="ends_repeated" message="You repeated the number at each end. Padding means zeros here."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad), mode="replicate").unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="one_window_too_few" message="Your last window is missing. There are (L + 2 * pad - f) // stride + 1 of them."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)[:, :, :-1]
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="rounded_up" message="You rounded the number of windows up. A window that does not fit is left out: round down."
def conv1d_forward(x, W, b, stride=1, pad=0):
    L, f = x.shape[2] + 2 * pad, W.shape[2]
    places = -(-(L - f) // stride) + 1
    padded = functional.pad(x, (pad, pad + (places - 1) * stride + f - L))
    windows = padded.unfold(2, f, stride)
    return torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]


# %% function="conv1d_forward" kind="wrong" name="places_before_filters" message="Your places stand before the filters. The order is (B, K, places)."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return torch.einsum("bcif,kcf->bik", windows, W) + b


# %% function="conv1d_forward" kind="wrong" name="an_array" message="You returned a NumPy array. A tensor should come out: torch.from_numpy(…)."
def conv1d_forward(x, W, b, stride=1, pad=0):
    windows = functional.pad(x, (pad, pad)).unfold(2, W.shape[2], stride)
    return (torch.einsum("bcif,kcf->bki", windows, W) + b[:, None]).numpy()


# %% function="beat_classifier" kind="right" name="self_contained"
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    def stage(before, after):
        convolution = nn.Conv1d(before, after, f, stride=2, padding=(f - 1) // 2, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm1d(after), nn.ReLU())

    stages = [stage(before, after) for before, after in zip((1, *channels[:-1]), channels, strict=True)]
    return nn.Sequential(*stages, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(channels[-1], 5))


# %% function="beat_classifier" kind="right" name="a_module"
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stages = nn.ModuleList()
            for before, after in zip([1, *channels], channels, strict=False):
                convolution = nn.Conv1d(before, after, f, 2, f // 2, bias=False)
                self.stages.append(nn.ModuleList([convolution, nn.BatchNorm1d(after)]))
            self.top = nn.Linear(channels[-1], 5)

        def forward(self, x):
            for convolution, norm in self.stages:
                x = functional.relu(norm(convolution(x)))
            return self.top(x.mean(dim=2))

    return Net()


# %% function="beat_classifier" kind="right" name="module_by_module"
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    model = nn.Sequential()
    for number, n_C in enumerate(channels):
        before = channels[number - 1] if number else 1
        model.append(nn.Conv1d(before, n_C, kernel_size=f, stride=2, padding=f // 2, bias=False))
        model.append(nn.BatchNorm1d(n_C))
        model.append(nn.ReLU(inplace=True))
    model.append(nn.AdaptiveAvgPool1d(1))
    model.append(nn.Flatten())
    model.append(nn.Linear(channels[-1], 5))
    return model


# %% function="beat_classifier" kind="wrong" name="biases_kept" message="Your convolutions have biases. Batch normalisation takes them away again: bias=False."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2), nn.BatchNorm1d(n_C), nn.ReLU()]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="no_normalization" message="You left batch normalisation out. It stands behind each convolution."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2, bias=False), nn.ReLU()]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="convolutions_first" message="You made all convolutions first, and their normalisations after them. Make them in turn: after each convolution comes its own batch normalisation."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = list(zip((1, *channels), channels, strict=False))
            self.convolutions = nn.ModuleList(nn.Conv1d(a, b, f, 2, f // 2, bias=False) for a, b in sizes)
            self.norms = nn.ModuleList(nn.BatchNorm1d(after) for after in channels)
            self.top = nn.Linear(channels[-1], 5)

        def forward(self, x):
            for convolution, norm in zip(self.convolutions, self.norms, strict=True):
                x = norm(convolution(x)).relu()
            return self.top(x.mean(dim=2))

    return Net()


# %% function="beat_classifier" kind="wrong" name="normalized_after_relu" message="You normalise after ReLU. Batch normalisation stands between the convolution and ReLU."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2, bias=False), nn.ReLU(), nn.BatchNorm1d(n_C)]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="no_relu" message="You left ReLU out. Without it all stages together are one linear function."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2, bias=False), nn.BatchNorm1d(n_C)]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="stride_1" message="Your convolutions have stride 1. Each stage halves the length: stride 2."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 1, f // 2, bias=False), nn.BatchNorm1d(n_C), nn.ReLU()]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="no_padding" message="You left the padding out. It is f // 2 at each end."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, bias=False), nn.BatchNorm1d(n_C), nn.ReLU()]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="largest" message="You took the largest number of each channel. The mean over all places was asked for."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2, bias=False), nn.BatchNorm1d(n_C), nn.ReLU()]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="laid_in_a_row" message="You laid the last volume in a row. Its mean over all places was asked for, so that any length will do."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before, length = [], 1, 256
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2, bias=False), nn.BatchNorm1d(n_C), nn.ReLU()]
        before, length = n_C, (length + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * length, 5))


# %% function="beat_classifier" kind="wrong" name="softmax" message="You end in a softmax. Logits should come out: the loss takes the softmax itself."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2, bias=False), nn.BatchNorm1d(n_C), nn.ReLU()]
        before = n_C
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5), nn.Softmax(dim=1)
    )


# %% function="beat_classifier" kind="wrong" name="always_filters_of_9" message="Your filters are 9 long whatever f is."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in channels:
        layers += [nn.Conv1d(before, n_C, 9, 2, 4, bias=False), nn.BatchNorm1d(n_C), nn.ReLU()]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="beat_classifier" kind="wrong" name="always_four_stages" message="Your network does not follow channels. It has a stage for each number there."
def beat_classifier(channels=(16, 32, 32, 64), f=9):
    layers, before = [], 1
    for n_C in (16, 32, 32, 64):
        layers += [nn.Conv1d(before, n_C, f, 2, f // 2, bias=False), nn.BatchNorm1d(n_C), nn.ReLU()]
        before = n_C
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(before, 5))


# %% function="conv3d_forward" kind="right" name="self_contained"
def conv3d_forward(x, W, b, stride=1, pad=0):
    B, C, *size = x.shape
    K, _, f, _, _ = W.shape
    padded = torch.zeros(B, C, *[n + 2 * pad for n in size])
    padded[:, :, pad : pad + size[0], pad : pad + size[1], pad : pad + size[2]] = x
    out = torch.zeros(B, K, *[(n + 2 * pad - f) // stride + 1 for n in size])
    for d in range(out.shape[2]):
        for h in range(out.shape[3]):
            for w in range(out.shape[4]):
                i, j, k = d * stride, h * stride, w * stride
                window = padded[:, :, i : i + f, j : j + f, k : k + f]
                out[:, :, d, h, w] = window.flatten(1) @ W.flatten(1).T + b
    return out


# %% function="conv3d_forward" kind="right" name="pictures_added"
def conv3d_forward(x, W, b, stride=1, pad=0):
    padded, f = functional.pad(x, (0, 0, 0, 0, pad, pad)), W.shape[2]
    slices = []
    for start in range(0, padded.shape[2] - f + 1, stride):
        parts = [functional.conv2d(padded[:, :, start + i], W[:, :, i], None, stride, pad) for i in range(f)]
        slices.append(sum(parts) + b[:, None, None])
    return torch.stack(slices, dim=2)


# %% function="conv3d_forward" kind="right" name="shift_and_add"
def conv3d_forward(x, W, b, stride=1, pad=0):
    padded, f = functional.pad(x, [pad] * 6), W.shape[-1]
    D, H, n_W = ((n - f) // stride + 1 for n in padded.shape[2:])
    out = b.reshape(1, -1, 1, 1, 1).expand(len(x), -1, D, H, n_W).clone()
    for i in range(f):
        for j in range(f):
            for k in range(f):
                part = padded[:, :, i:, j:, k:][:, :, ::stride, ::stride, ::stride][:, :, :D, :H, :n_W]
                out += torch.einsum("bcdhw,kc->bkdhw", part, W[:, :, i, j, k])
    return out


# %% function="conv3d_forward" kind="right" name="numpy_and_back"
def conv3d_forward(x, W, b, stride=1, pad=0):
    padded = np.pad(x.numpy(), ((0, 0), (0, 0)) + ((pad, pad),) * 3)
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[2:], axis=(2, 3, 4))
    windows = windows[:, :, ::stride, ::stride, ::stride]
    summed = np.tensordot(windows, W.numpy(), axes=([1, 5, 6, 7], [1, 2, 3, 4]))
    return torch.from_numpy(np.moveaxis(summed + b.numpy(), -1, 1).copy())


# %% function="conv3d_forward" kind="wrong" name="flipped" message="You flipped the filters. The convolution of networks does not: the first number of the filter meets the first of the window."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W.flip(2, 3, 4)) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="depth_and_height_swapped" message="Depth and height of your filters have changed places. W is (K, C, depth, height, width)."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwjil,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="depth_and_width_swapped" message="Depth and width of your filters have changed places. W is (K, C, depth, height, width)."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwlji,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="bias_forgotten" message="You left the bias out. b[k] is added to all that filter k gives."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W)


# %% function="conv3d_forward" kind="wrong" name="bias_in_each_product" message="You added the bias to each product, before the sum. It is added once to each number that comes out."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + W[0].numel() * b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="bias_once_a_batch" message="You added the bias to the first volume only. Every volume of the batch gets it."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    out = torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W)
    out[0] += b[:, None, None, None]
    return out


# %% function="conv3d_forward" kind="wrong" name="first_channel" message="You used the first channel only. Each filter has numbers for all channels, and adds over them."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bdhwijl,kijl->bkdhw", windows[:, 0], W[:, 0]) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="mean_over_channels" message="You took the mean over the channels. The products of all channels are added."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) / x.shape[1] + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="stride_of_the_start_ignored" message="Your windows begin at places d, h and w. With a stride they begin at d * stride, h * stride, w * stride."
def conv3d_forward(x, W, b, stride=1, pad=0):
    padded, f = functional.pad(x, (pad,) * 6), W.shape[2]
    D, H, n_W = ((n - f) // stride + 1 for n in padded.shape[2:])
    windows = padded.unfold(2, f, 1).unfold(3, f, 1).unfold(4, f, 1)[:, :, :D, :H, :n_W]
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="stride_not_in_depth" message="Your stride is missing in the depth. It counts in all three directions."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, 1).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="stride_ignored" message="You left the stride out."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, 1).unfold(3, f, 1).unfold(4, f, 1)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="depth_not_padded" message="You padded rows and columns, and not the depth. functional.pad wants two numbers an axis: six of them."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 4), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="padded_on_one_side" message="You padded on one side of each direction only. There are pad zeros at all six sides."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad, 0) * 3), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="padding_ignored" message="You left the padding out."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = x, W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="height_before_depth" message="Height stands before depth in what you return. The order is (B, K, depth, height, width)."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkhdw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="one_window_too_few" message="Your last windows are missing. In each direction there are (n + 2 * pad - f) // stride + 1."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)[:, :, :-1, :-1, :-1]
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="rounded_up" message="You rounded the number of windows up. A window that does not fit is left out: round down."
def conv3d_forward(x, W, b, stride=1, pad=0):
    f, more = W.shape[2], []
    for n in reversed(x.shape[2:]):
        places = -(-(n + 2 * pad - f) // stride) + 1
        more += [pad, pad + (places - 1) * stride + f - n - 2 * pad]
    windows = functional.pad(x, more).unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]


# %% function="conv3d_forward" kind="wrong" name="cubes_only" message="You took the depth for all three sides. The block need not be a cube."
def conv3d_forward(x, W, b, stride=1, pad=0):
    padded, f = functional.pad(x, (pad,) * 6), W.shape[2]
    side = (padded.shape[2] - f) // stride + 1
    out = torch.zeros(len(x), len(W), side, side, side)
    for d in range(side):
        for h in range(side):
            for w in range(side):
                i, j, k = d * stride, h * stride, w * stride
                window = padded[:, :, i : i + f, j : j + f, k : k + f]
                part = W[:, :, : window.shape[2], : window.shape[3], : window.shape[4]]
                out[:, :, d, h, w] = window.flatten(1) @ part.flatten(1).T + b
    return out


# %% function="conv3d_forward" kind="wrong" name="an_array" message="You returned a NumPy array. A tensor should come out: torch.from_numpy(…)."
def conv3d_forward(x, W, b, stride=1, pad=0):
    windows, f = functional.pad(x, (pad,) * 6), W.shape[2]
    windows = windows.unfold(2, f, stride).unfold(3, f, stride).unfold(4, f, stride)
    return (torch.einsum("bcdhwijl,kcijl->bkdhw", windows, W) + b[:, None, None, None]).numpy()


# %% function="volume_classifier" kind="right" name="self_contained"
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    convolution = nn.Conv3d if dimensions == 3 else nn.Conv2d
    norm = nn.BatchNorm3d if dimensions == 3 else nn.BatchNorm2d
    layers, before = [], n_C
    for after in channels:
        layers += [convolution(before, after, 5, 2, 2, bias=False), norm(after), nn.ReLU()]
        before = after
    left = side
    for _ in channels:
        left = (left - 1) // 2 + 1
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * left**dimensions, 6))


# %% function="volume_classifier" kind="right" name="asks_with_zeros"
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    model, before = nn.Sequential(), n_C
    for after in channels:
        model.append(CONVOLUTION[dimensions](before, after, 5, 2, 2, bias=False))
        model.append(NORMALIZATION[dimensions](after))
        model.append(nn.ReLU())
        before = after
    model.append(nn.Flatten())
    model.eval()
    with torch.no_grad():
        numbers = model(torch.zeros(1, n_C, *[side] * dimensions)).shape[1]
    model.append(nn.Linear(numbers, 6))
    return model.train()


# %% function="volume_classifier" kind="right" name="a_module"
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.ModuleList()
            for before, after in zip((n_C, *channels), channels, strict=False):
                self.body.append(CONVOLUTION[dimensions](before, after, 5, 2, 2, bias=False))
                self.body.append(NORMALIZATION[dimensions](after))
            left = -(-side // 2 ** len(channels))
            self.top = nn.Linear(channels[-1] * left**dimensions, 6)

        def forward(self, x):
            for convolution, norm in zip(self.body[::2], self.body[1::2], strict=True):
                x = norm(convolution(x)).relu()
            return self.top(x.flatten(1))

    return Net()


# %% function="volume_classifier" kind="wrong" name="always_three_dimensions" message="Your network is always three-dimensional. CONVOLUTION[dimensions] is the class to take."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [nn.Conv3d(n_C, after, 5, 2, 2, bias=False), nn.BatchNorm3d(after), nn.ReLU()]
        n_C, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))


# %% function="volume_classifier" kind="wrong" name="always_cubed" message="Your dense layer counts side ** 3 places also in two dimensions. There are side ** dimensions."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False),
            NORMALIZATION[dimensions](after),
            nn.ReLU(),
        ]
        n_C, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**3, 6))


# %% function="volume_classifier" kind="wrong" name="halves_rounded_down" message="You rounded the halves of odd sides down. With padding 2 a side of 9 becomes (9 + 4 - 5) // 2 + 1 = 5."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False),
            NORMALIZATION[dimensions](after),
            nn.ReLU(),
        ]
        n_C, side = after, side // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))


# %% function="volume_classifier" kind="wrong" name="halves_rounded_to_even" message="You rounded the halves with round, which goes to the even number: round(9 / 2) is 4. Round up: (side + 1) // 2."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False),
            NORMALIZATION[dimensions](after),
            nn.ReLU(),
        ]
        n_C, side = after, round(side / 2)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))


# %% function="volume_classifier" kind="wrong" name="places_forgotten" message="Your dense layer counts the channels only. Behind nn.Flatten there are as many numbers for each place."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False),
            NORMALIZATION[dimensions](after),
            nn.ReLU(),
        ]
        n_C = after
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C, 6))


# %% function="volume_classifier" kind="wrong" name="mean_over_the_places" message="You took the mean over the places. Here they are laid in a row, so that the dense layer sees which is which."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False),
            NORMALIZATION[dimensions](after),
            nn.ReLU(),
        ]
        n_C = after
    pool = {2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}[dimensions](1)
    return nn.Sequential(*layers, pool, nn.Flatten(), nn.Linear(n_C, 6))


# %% function="volume_classifier" kind="wrong" name="one_channel_always" message="Your first stage takes one channel. It takes n_C."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers, before = [], 1
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](before, after, 5, 2, 2, bias=False), NORMALIZATION[dimensions](after), nn.ReLU()
        ]  # fmt: skip
        before, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * side**dimensions, 6))


# %% function="volume_classifier" kind="wrong" name="biases_kept" message="Your convolutions have biases. Batch normalisation takes them away again: bias=False."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [CONVOLUTION[dimensions](n_C, after, 5, 2, 2), NORMALIZATION[dimensions](after), nn.ReLU()]
        n_C, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))


# %% function="volume_classifier" kind="wrong" name="convolutions_first" message="You made all convolutions first, and their normalisations after them. Make them in turn: after each convolution comes its own batch normalisation."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            sizes, layer = list(zip((n_C, *channels), channels, strict=False)), CONVOLUTION[dimensions]
            self.convolutions = nn.ModuleList(layer(a, b, 5, 2, 2, bias=False) for a, b in sizes)
            self.norms = nn.ModuleList(NORMALIZATION[dimensions](after) for after in channels)
            left = -(-side // 2 ** len(channels))
            self.top = nn.Linear(channels[-1] * left**dimensions, 6)

        def forward(self, x):
            for convolution, norm in zip(self.convolutions, self.norms, strict=True):
                x = norm(convolution(x)).relu()
            return self.top(x.flatten(1))

    return Net()


# %% function="volume_classifier" kind="wrong" name="normalized_after_relu" message="You normalise after ReLU. Batch normalisation stands between the convolution and ReLU."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False),
            nn.ReLU(),
            NORMALIZATION[dimensions](after),
        ]
        n_C, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))


# %% function="volume_classifier" kind="wrong" name="no_relu" message="You left ReLU out. Without it all stages together are one linear function."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False), NORMALIZATION[dimensions](after)]
        n_C, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))


# %% function="volume_classifier" kind="wrong" name="softmax" message="You end in a softmax. Logits should come out: the loss takes the softmax itself."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 5, 2, 2, bias=False),
            NORMALIZATION[dimensions](after),
            nn.ReLU(),
        ]
        n_C, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6), nn.Softmax(dim=1))


# %% function="volume_classifier" kind="wrong" name="filters_of_3" message="Your filters have a side of 3. They have 5, with a padding of 2."
def volume_classifier(channels=(8, 16, 32), dimensions=3, n_C=1, side=24):
    layers = []
    for after in channels:
        layers += [
            CONVOLUTION[dimensions](n_C, after, 3, 2, 1, bias=False),
            NORMALIZATION[dimensions](after),
            nn.ReLU(),
        ]
        n_C, side = after, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_C * side**dimensions, 6))
