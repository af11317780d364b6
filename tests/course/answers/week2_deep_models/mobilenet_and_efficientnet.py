# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn` and `functional` are there, as in the lesson.


# %% function="depthwise_separable_cost" kind="right" name="self_contained"
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="right" name="short_ratio"
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    return n_out**2 * f**2 * n_C_prev, n_out**2 * n_C_prev * n_C, 1 / n_C + 1 / f**2


# %% function="depthwise_separable_cost" kind="right" name="general_count"
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    def multiplications(channels_out, side, channels_in):
        return n_out * n_out * channels_out * side * side * channels_in

    two = [multiplications(n_C_prev, f, 1), multiplications(n_C, 1, n_C_prev)]
    return [*two, sum(two) / multiplications(n_C, f, n_C_prev)]


# %% function="depthwise_separable_cost" kind="right" name="counts_place_by_place"
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    depthwise = pointwise = ordinary = 0
    for _ in range(n_out):
        for _ in range(n_out):
            depthwise += f * f * n_C_prev
            pointwise += n_C_prev * n_C
            ordinary += n_C * f * f * n_C_prev
    return depthwise, pointwise, np.divide(depthwise + pointwise, ordinary)


# %% function="depthwise_separable_cost" kind="wrong" name="ratio_to_the_pointwise_step" message="You divide by the pointwise step. The ratio is to an ordinary convolution: 672/2160, not 672/240."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, (first + second) / second


# %% function="depthwise_separable_cost" kind="wrong" name="ratio_upside_down" message="Your ratio is upside down: divide the two steps by the ordinary convolution."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, places * f**2 * n_C_prev * n_C / (first + second)


# %% function="depthwise_separable_cost" kind="wrong" name="depthwise_sees_all_channels" message="Your depthwise filters see all channels. Each has f x f weights, and one channel."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="depthwise_with_channels_out" message="You count a depthwise filter for each channel that goes out. There is one for each that comes in."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C
    second = places * n_C_prev * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="pointwise_with_f" message="Your pointwise filters are f x f. They are 1 x 1, and take n_C_prev multiplications each."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * f**2 * n_C_prev * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="side_not_squared" message="You count n_out places. There are n_out rows and as many columns."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="filter_not_squared" message="A filter has f * f weights, and you count f."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, (first + second) / (places * f * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="ratio_of_the_depthwise_step" message="Your ratio leaves the pointwise step out. Add both steps up first."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, first / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="counts_the_input" message="You count the rows and columns that come in. n_out says how many go out already."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = (n_out + f - 1) ** 2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="pointwise_of_one_channel" message="Each number of the pointwise step mixes n_C_prev channels, and you count one."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="percent" message="Your ratio is in percent. Give it as a fraction."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, 100 * (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="whole_division" message="Your ratio is a whole number: // cuts off what comes behind the point. Divide with /."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return first, second, (first + second) // (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="steps_swapped" message="Depthwise comes first, then pointwise: you gave them the other way round."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = places * f**2 * n_C_prev
    second = places * n_C_prev * n_C
    return second, first, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable_cost" kind="wrong" name="additions_too" message="You count additions too. Only multiplications are asked for."
def depthwise_separable_cost(n_out, f, n_C_prev, n_C):
    places = n_out**2
    first = 2 * places * f**2 * n_C_prev
    second = 2 * places * n_C_prev * n_C
    return first, second, (first + second) / (places * f**2 * n_C_prev * n_C)


# %% function="depthwise_separable" kind="right" name="self_contained"
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="right" name="groups"
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    z = functional.conv2d(x, W_depth.unsqueeze(1), stride=stride, padding=pad, groups=x.shape[1])
    return functional.conv2d(z, W_point[..., None, None])


# %% function="depthwise_separable" kind="right" name="one_ordinary_convolution"
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    whole = W_point[:, :, None, None] * W_depth[None]
    return functional.conv2d(x, whole, stride=stride, padding=pad)


# %% function="depthwise_separable" kind="right" name="shifted_slices"
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    C, f, _ = W_depth.shape
    padded = functional.pad(x, (pad,) * 4)
    rows, columns = (size - f + 1 for size in padded.shape[2:])
    z = 0
    for i in range(f):
        for j in range(f):
            seen = padded[:, :, i : i + rows : stride, j : j + columns : stride]
            z = z + seen * W_depth[:, i, j].reshape(C, 1, 1)
    return torch.tensordot(W_point, z, dims=([1], [1])).transpose(0, 1)


# %% function="depthwise_separable" kind="right" name="loops"
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    B, C, H, W = x.shape
    f = W_depth.shape[-1]
    padded = x.new_zeros(B, C, H + 2 * pad, W + 2 * pad)
    padded[:, :, pad : pad + H, pad : pad + W] = x
    rows = []
    for top in range(0, H + 2 * pad - f + 1, stride):
        row = []
        for left in range(0, W + 2 * pad - f + 1, stride):
            filtered = (padded[:, :, top : top + f, left : left + f] * W_depth).sum(dim=(2, 3))
            row.append(filtered @ W_point.T)
        rows.append(torch.stack(row, dim=-1))
    return torch.stack(rows, dim=-2)


# %% function="depthwise_separable" kind="wrong" name="filters_flipped" message="You turned the filters by half a turn. Slide them over the picture as they are."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth.flip((1, 2))[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="filters_transposed" message="You transposed the filters: rows and columns are exchanged."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth.transpose(1, 2)[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="stride_ignored" message="You ignored the stride of the depthwise step."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, 1).unfold(3, f, 1)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="stride_twice" message="Your pointwise step has the stride too. Only the depthwise step has it."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None], stride=stride)


# %% function="depthwise_separable" kind="wrong" name="stride_in_rows_only" message="Your stride is for rows alone. Columns have it too."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, 1)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="padding_ignored" message="You ignored the padding."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = x
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="pads_columns_only" message="You padded columns alone. Rows of zeros belong above and below too."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="pads_by_f" message="Your padding comes from f. The argument pad says how much."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (f // 2,) * 4)
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="pads_twice" message="Your pointwise step is padded again: rows and columns of zeros stand around the result."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None], padding=pad)


# %% function="depthwise_separable" kind="wrong" name="channels_not_mixed" message="You forgot the pointwise step: no channel is mixed with another."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return z


# %% function="depthwise_separable" kind="wrong" name="depthwise_forgotten" message="You forgot the depthwise step: nothing looks at its neighbours."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = windows[..., 0, 0]
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="one_filter_for_all" message="All channels get the filter of the first one. Each has its own."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:1, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="sums_over_channels_first" message="You added the channels up in the depthwise step. Each stays by itself, and the pointwise step mixes them."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (
        (windows * W_depth[:, None, None])
        .sum((1, 4, 5), keepdim=True)
        .squeeze((4, 5))
        .expand(-1, len(W_depth), -1, -1)
    )
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="mean_of_the_window" message="You take the mean of each window. A convolution adds up."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).mean((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="with_a_relu" message="There is a ReLU in it. The function has no activation."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    z = torch.relu(z)
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="relu_at_the_end" message="A ReLU stands at the end. The function has no activation."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return torch.relu(functional.conv2d(z, W_point[:, :, None, None]))


# %% function="depthwise_separable" kind="wrong" name="cut_off" message="Gradients do not find their way back: what you return is cut off from x and the weights."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None]).detach()


# %% function="depthwise_separable" kind="wrong" name="changes_its_weights" message="You changed W_depth itself. Work on a new tensor."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    with torch.no_grad():
        W_depth *= 2
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5)) / 2
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="depthwise_separable" kind="wrong" name="single_precision" message="You computed in single precision. The result has the dtype of x."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded.unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None]).float()


# %% function="depthwise_separable" kind="wrong" name="one_pixel_less" message="The last row and column of places is missing: there are (H + 2 pad - f) // stride + 1 of them."
def depthwise_separable(x, W_depth, W_point, stride=1, pad=0):
    f = W_depth.shape[1]
    padded = functional.pad(x, (pad, pad, pad, pad))
    windows = padded[:, :, :-1, :-1].unfold(2, f, stride).unfold(3, f, stride)
    z = (windows * W_depth[:, None, None]).sum((4, 5))
    return functional.conv2d(z, W_point[:, :, None, None])


# %% function="InvertedResidual" kind="right" name="self_contained"
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="right" name="shapes_decide"
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        sizes = [(n_C_prev, hidden, 1, 1, 1)] if expansion > 1 else []
        sizes += [(hidden, hidden, 3, stride, hidden), (hidden, n_C, 1, 1, 1)]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(i, o, f, s, padding=f // 2, groups=g, bias=False) for i, o, f, s, g in sizes
        )
        self.normalisations = nn.ModuleList(nn.BatchNorm2d(size[1]) for size in sizes)
        self.stride = stride

    def forward(self, x):
        z = x
        for number, (conv, norm) in enumerate(zip(self.convolutions, self.normalisations, strict=True), 1):
            z = norm(conv(z))
            if number < len(self.convolutions):
                z = z.clamp(min=0, max=6)
        return z + x if z.shape == x.shape and self.stride == 1 else z


# %% function="InvertedResidual" kind="right" name="a_sequential_and_hardtanh"
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        nn.Module.__init__(self)

        def normalised(conv):
            return [conv, nn.BatchNorm2d(conv.out_channels)]

        hidden = n_C_prev * expansion
        layers = []
        if hidden > n_C_prev:
            layers += [*normalised(nn.Conv2d(n_C_prev, hidden, 1, bias=False)), nn.Hardtanh(0, 6)]
        filters = nn.Conv2d(hidden, hidden, (3, 3), (stride, stride), (1, 1), groups=hidden, bias=False)
        layers += [*normalised(filters), nn.ReLU6(inplace=True)]
        self.path = nn.Sequential(*layers, *normalised(nn.Conv2d(hidden, n_C, 1, bias=False)))
        self.use = (stride, n_C) == (1, n_C_prev)

    def forward(self, x):
        z = self.path(x)
        if self.use:
            z += x
        return z


# %% function="InvertedResidual" kind="right" name="normalisations_first"
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.last = nn.BatchNorm2d(n_C)
        self.middle = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride=stride, padding=1, groups=hidden, bias=False)
        self.first = nn.BatchNorm2d(hidden) if expansion > 1 else None
        self.expand = nn.Conv2d(n_C_prev, hidden, 1, bias=False) if expansion > 1 else None
        self.keep = float(stride == 1 and n_C == n_C_prev)

    def forward(self, x):
        z = x if self.expand is None else functional.relu6(self.first(self.expand(x)))
        z = self.last(self.project(functional.relu6(self.middle(self.depthwise(z)))))
        return torch.add(z, x) if self.keep else z


# %% function="InvertedResidual" kind="wrong" name="shortcut_forgotten" message="You forgot the shortcut: where the stride is 1 and the channels are equal, x is added."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return z


# %% function="InvertedResidual" kind="wrong" name="shortcut_whatever_the_stride" message="Your shortcut asks for the channels alone. With another stride than 1 the block has none."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add, self.step = n_C_prev == n_C, stride

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x[:, :, :: self.step, :: self.step] + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="shortcut_whatever_the_channels" message="Your shortcut asks for the stride alone. Where the channels differ, the block has none."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="relu6_after_the_projection" message="An activation follows your projection. What goes to the next block is thin, and a ReLU would lose too much of it."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = functional.relu6(self.bn2(self.project(z)))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="relu6_after_the_sum" message="An activation follows your sum. ResNet's block has one there, this one has none."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return functional.relu6(x + z) if self.add else z


# %% function="InvertedResidual" kind="wrong" name="relu_without_a_ceiling" message="Your depthwise filters are followed by a ReLU without a ceiling. It is cut off at 6: nn.ReLU6."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="expansion_without_a_ceiling" message="Your expansion is followed by a ReLU without a ceiling. It is cut off at 6: nn.ReLU6."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="expansion_without_activation" message="No activation follows your expansion."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden))
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="depthwise_without_activation" message="No activation follows your depthwise filters."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = self.bn1(self.depthwise(z))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="groups_forgotten" message="Your middle convolution mixes channels. It is depthwise: give groups=hidden."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="with_biases" message="Your convolutions have biases. The normalisation after each subtracts them at once: give bias=False."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(nn.Conv2d(n_C_prev, hidden, 1), nn.BatchNorm2d(hidden), nn.ReLU6())
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="expands_by_one" message="With an expansion of 1 there is no expanding convolution, and you have one."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="expands_what_goes_out" message="You expand the channels that go out. Thick means expansion times n_C_prev."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="expansion_ignored" message="Your block is 6 times as thick inside, whatever the expansion is."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = (6 if expansion != 1 else 1) * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="padding_forgotten" message="Your depthwise convolution has no padding, so rows and columns shrink: give padding=1."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 0, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="stride_ignored" message="You ignored the stride: the depthwise filters have it."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, 1, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="stride_on_the_expansion" message="Your expanding convolution has the stride. The depthwise filters have it, after they have seen every number."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, stride, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(
            hidden, hidden, 3, stride if expansion == 1 else 1, 1, groups=hidden, bias=False
        )
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="stride_on_the_projection" message="Your projection has the stride. The depthwise filters have it."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, 1, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, stride, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="last_normalisation_forgotten" message="There is no batch normalisation after your projection. All convolutions have one."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.project(z)
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="normalises_the_sum" message="Your last normalisation stands after the sum, so the shortcut is not free. Normalise the path, then add x."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.project(z)
        return self.bn2(x + z if self.add else z)


# %% function="InvertedResidual" kind="wrong" name="projects_before_it_filters" message="You project before you filter. The depthwise filters belong where the volume is thick."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(n_C, n_C, 3, stride, 1, groups=n_C, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(z))
        z = self.bn2(self.depthwise(self.project(z)))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="changes_its_input" message="You changed x itself: x += … writes into what the caller gave you. Write z + x."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        if self.add:
            x += z
            return x
        return z


# %% function="InvertedResidual" kind="wrong" name="adds_the_thick_volume" message="You add a volume from inside. The shortcut joins what came in and what goes out, both thin."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=6, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        x = z = self.expand(x)
        x = x[:, : self.project.out_channels]
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="InvertedResidual" kind="wrong" name="defaults_swapped" message="Without more arguments the expansion is 6 and the stride 1."
class InvertedResidual(nn.Module):
    def __init__(self, n_C_prev, n_C, expansion=4, stride=1):
        super().__init__()
        hidden = expansion * n_C_prev
        self.expand = nn.Identity()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(n_C_prev, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()
            )
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, n_C, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_C)
        self.add = n_C_prev == n_C and stride == 1

    def forward(self, x):
        z = self.expand(x)
        z = functional.relu6(self.bn1(self.depthwise(z)))
        z = self.bn2(self.project(z))
        return x + z if self.add else z


# %% function="MobileNetV2" kind="right" name="self_contained"
def MobileNetV2(num_classes=1000):
    def unit(n_C_prev, n_C, f, stride=1, groups=1):
        conv = nn.Conv2d(n_C_prev, n_C, f, stride, f // 2, groups=groups, bias=False)
        return [conv, nn.BatchNorm2d(n_C)]

    class Block(nn.Module):
        def __init__(self, n_C_prev, n_C, expansion, stride):
            super().__init__()
            hidden = expansion * n_C_prev
            first = [] if expansion == 1 else [*unit(n_C_prev, hidden, 1), nn.ReLU6()]
            middle = [*unit(hidden, hidden, 3, stride, hidden), nn.ReLU6()]
            self.path = nn.Sequential(*first, *middle, *unit(hidden, n_C, 1))
            self.add = stride == 1 and n_C_prev == n_C

        def forward(self, x):
            return self.path(x) + x if self.add else self.path(x)

    rows = {
        16: (1, 1, 1),
        24: (6, 2, 2),
        32: (6, 3, 2),
        64: (6, 4, 2),
        96: (6, 3, 1),
        160: (6, 3, 2),
        320: (6, 1, 1),
    }
    channels, blocks = 32, []
    for n_C, (expansion, count, stride) in rows.items():
        for number in range(count):
            blocks.append(Block(channels, n_C, expansion, 1 if number else stride))
            channels = n_C
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(1280, num_classes)]
    return nn.Sequential(*unit(3, 32, 3, 2), nn.ReLU6(), *blocks, *unit(320, 1280, 1), nn.ReLU6(), *head)


# %% function="MobileNetV2" kind="right" name="a_plain_row"
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="right" name="a_class"
class MobileNetV2(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(32)
        blocks, n = [], 32
        widths = [16, *[24] * 2, *[32] * 3, *[64] * 4, *[96] * 3, *[160] * 3, 320]
        shrinking = {1, 3, 6, 13}
        for number, n_C in enumerate(widths):
            blocks.append(InvertedResidual(n, n_C, 1 if number == 0 else 6, 2 if number in shrinking else 1))
            n = n_C
        self.blocks = nn.ModuleList(blocks)
        self.last, self.last_norm = nn.Conv2d(n, 1280, 1, bias=False), nn.BatchNorm2d(1280)
        self.classifier = nn.Linear(1280, num_classes)

    def forward(self, x):
        x = functional.relu6(self.stem_norm(self.stem(x)))
        for block in self.blocks:
            x = block(x)
        x = functional.relu6(self.last_norm(self.last(x)))
        return self.classifier(x.mean(dim=(2, 3)))


# %% function="MobileNetV2" kind="wrong" name="stem_without_stride" message="Your stem has stride 1. It has stride 2."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stem_without_padding" message="Your stem has no padding. Give padding=1."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 0, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stem_without_activation" message="No activation follows the normalisation of your stem."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32)]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stage_2_with_stride_1" message="Your stage 2 keeps rows and columns. Its first block has stride 2."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 1),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stage_5_with_stride_2" message="Your stage 5 shrinks rows and columns. Its stride is 1."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 2),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stage_7_with_stride_2" message="Your stage 7 shrinks rows and columns. Its stride is 1."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 2),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stride_in_every_block" message="All blocks of a stage have its stride. Only the first has it, the others have 1."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion, stride) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="a_block_too_many" message="Each of your stages has a block too many: blocks counts the first one too."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stage_1_expanded" message="Your stage 1 is expanded 6 times. Its expansion is 1."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (6, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="three_blocks_of_64" message="Your stage 4 has three blocks. It has four."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 3, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="last_convolution_forgotten" message="The last convolution is missing, which makes 1280 channels of 320."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(320, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="last_without_activation" message="No activation follows the normalisation of your last convolution."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280)]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="relu_without_a_ceiling" message="Your stem and your last convolution are followed by a ReLU without a ceiling. It is cut off at 6: nn.ReLU6."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="shared_blocks" message="Your blocks of a stage are one and the same object, and share their weights. Make each anew."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion)] * (blocks - 1)
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="always_1000_classes" message="Your network has 1000 classes, whatever num_classes is."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="max_pooling" message="Your head takes the largest number of each map. It takes the average."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="softmax" message="A softmax stands at the end. The network gives logits."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes), nn.Softmax(dim=1)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="dense_without_bias" message="Your dense layer has no bias. It has one for each class."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes, bias=False)]
    return nn.Sequential(*layers)


# %% function="MobileNetV2" kind="wrong" name="stem_with_bias" message="Your stem's convolution has a bias. The normalisation after it subtracts it at once: give bias=False."
def MobileNetV2(num_classes=1000):
    layers = [nn.Conv2d(3, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU6()]
    table = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    channels = 32
    for expansion, n_C, blocks, stride in table:
        layers.append(InvertedResidual(channels, n_C, expansion, stride))
        layers += [InvertedResidual(n_C, n_C, expansion) for _ in range(blocks - 1)]
        channels = n_C
    layers += [nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, num_classes)]
    return nn.Sequential(*layers)


# %% function="compound_scale" kind="right" name="self_contained"
def compound_scale(phi):
    depth = 1.2**phi
    width = 1.1**phi
    resolution = 1.15**phi
    return depth, width, resolution


# %% function="compound_scale" kind="right" name="by_logarithms"
def compound_scale(phi):
    return tuple(np.exp(phi * np.log([1.2, 1.1, 1.15])))


# %% function="compound_scale" kind="right" name="a_list"
def compound_scale(phi):
    return [pow(factor, phi) for factor in (1.2, 1.1, 1.15)]


# %% function="compound_scale" kind="wrong" name="times_phi" message="You multiplied by phi. Each step of phi multiplies once more: take the power."
def compound_scale(phi):
    depth = 1.2 * phi
    width = 1.1 * phi
    resolution = 1.15 * phi
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="grows_evenly" message="You add the same amount for each step. Each step of phi multiplies once more: take the power."
def compound_scale(phi):
    depth = 1 + 0.2 * phi
    width = 1 + 0.1 * phi
    resolution = 1 + 0.15 * phi
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="width_first" message="You gave the width first. The order is depth, width, resolution."
def compound_scale(phi):
    depth = 1.2**phi
    width = 1.1**phi
    resolution = 1.15**phi
    return width, depth, resolution


# %% function="compound_scale" kind="wrong" name="resolution_second" message="You gave the resolution before the width. The order is depth, width, resolution."
def compound_scale(phi):
    depth = 1.2**phi
    width = 1.1**phi
    resolution = 1.15**phi
    return depth, resolution, width


# %% function="compound_scale" kind="wrong" name="whole_steps" message="You round phi to a whole number. It may lie between two."
def compound_scale(phi):
    phi = int(phi)
    depth = 1.2**phi
    width = 1.1**phi
    resolution = 1.15**phi
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="squared_already" message="You squared width and resolution. The cost counts them squared; the factors themselves are plain powers."
def compound_scale(phi):
    depth = 1.2**phi
    width = 1.1 ** (2 * phi)
    resolution = 1.15 ** (2 * phi)
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="powers_of_phi" message="You raise phi to the factors. It is the other way round: the factor to the power phi."
def compound_scale(phi):
    depth = abs(phi) ** 1.2
    width = abs(phi) ** 1.1
    resolution = abs(phi) ** 1.15
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="one_factor_for_all" message="All three grow by 1.2. Depth grows by 1.2, width by 1.1, resolution by 1.15."
def compound_scale(phi):
    depth = 1.2**phi
    width = 1.2**phi
    resolution = 1.2**phi
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="exponential" message="You take the exponential function of the factor times phi. Take the factor to the power phi."
def compound_scale(phi):
    depth = float(np.exp(0.2 * phi))
    width = float(np.exp(0.1 * phi))
    resolution = float(np.exp(0.15 * phi))
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="never_smaller" message="With a negative phi the network gets smaller, and yours stays as it is."
def compound_scale(phi):
    phi = max(phi, 0)
    depth = 1.2**phi
    width = 1.1**phi
    resolution = 1.15**phi
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="the_cost" message="You gave the cost in place of the resolution. It is 1.92 to the power phi, and nobody asked for it here."
def compound_scale(phi):
    depth = 1.2**phi
    width = 1.1**phi
    resolution = depth * width**2 * 1.15 ** (2 * phi)
    return depth, width, resolution


# %% function="compound_scale" kind="wrong" name="rounded" message="You rounded the factors. Blocks, channels and pixels are rounded later."
def compound_scale(phi):
    depth = 1.2**phi
    width = 1.1**phi
    resolution = 1.15**phi
    return round(depth, 1), round(width, 1), round(resolution, 1)
