# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn` and `functional` are there, as in the
# lesson.

# %% function="pointwise" kind="right" name="self_contained"
def pointwise(x, W):
    return torch.einsum("oc,bchw->bohw", W, x)


# %% function="pointwise" kind="right" name="functional_convolution"
def pointwise(x, W):
    return functional.conv2d(x, W.unsqueeze(-1).unsqueeze(-1))


# %% function="pointwise" kind="right" name="dense_on_the_last_axis"
def pointwise(x, W):
    return functional.linear(x.movedim(1, -1), W).movedim(-1, 1)


# %% function="pointwise" kind="right" name="numpy"
def pointwise(x, W):
    mixed = np.tensordot(x.detach().cpu().numpy(), W.detach().cpu().numpy(), axes=(1, 1))
    return torch.from_numpy(np.moveaxis(mixed, -1, 1).copy()).to(x.device)


# %% function="pointwise" kind="right" name="place_by_place"
def pointwise(x, W):
    B, _, H, n_W = x.shape
    out = torch.zeros(B, W.shape[0], H, n_W, dtype=x.dtype)
    for b in range(B):
        for i in range(H):
            for j in range(n_W):
                out[b, :, i, j] = W @ x[b, :, i, j]
    return out


# %% function="pointwise" kind="right" name="broadcast_and_sum"
def pointwise(x, W):
    return (x[:, None] * W[None, :, :, None, None]).sum(dim=2)


# %% function="pointwise" kind="wrong" name="transposed" message="You used W the wrong way round. Each row of W is a filter: out[o] is the sum of W[o, c] * x[c]."
def pointwise(x, W):
    return torch.einsum("co,bchw->bohw", W if W.shape[0] == x.shape[1] else W.T, x)


# %% function="pointwise" kind="wrong" name="mean_of_the_channels" message="You took the mean over the channels. A filter multiplies and adds up: no division."
def pointwise(x, W):
    return torch.einsum("oc,bchw->bohw", W, x) / x.shape[1]


# %% function="pointwise" kind="wrong" name="channels_last" message="Your channels come last. PyTorch's order is picture, channel, row, column: move the last axis back to place 1."
def pointwise(x, W):
    return x.permute(0, 2, 3, 1) @ W.T


# %% function="pointwise" kind="wrong" name="reshape_for_permute" message="Your reshape mixes channels with places. To bring the channels to the end, permute; a reshape only cuts the same row of numbers anew."
def pointwise(x, W):
    B, C, H, n_W = x.shape
    mixed = x.reshape(B * H * n_W, C) @ W.T
    return mixed.reshape(B, H, n_W, len(W)).permute(0, 3, 1, 2)


# %% function="pointwise" kind="wrong" name="reshape_at_the_end" message="Your last step should be a permute. The channels stand at the end, and reshaping them to place 1 mixes them with the places."
def pointwise(x, W):
    B, C, H, n_W = x.shape
    return (x.permute(0, 2, 3, 1) @ W.T).reshape(B, len(W), H, n_W)


# %% function="pointwise" kind="wrong" name="rows_and_columns_swapped" message="Your rows and columns changed places. They should stay as they are."
def pointwise(x, W):
    return torch.einsum("oc,bchw->bowh", W, x)


# %% function="pointwise" kind="wrong" name="with_relu" message="You put a ReLU behind it. Here only the channels are mixed, and what is negative stays negative."
def pointwise(x, W):
    return torch.relu(torch.einsum("oc,bchw->bohw", W, x))


# %% function="pointwise" kind="wrong" name="first_picture_only" message="You mixed the first picture of the batch only. All of them should come out."
def pointwise(x, W):
    return torch.einsum("oc,chw->ohw", W, x[0])[None]


# %% function="pointwise" kind="wrong" name="each_channel_alone" message="You weighted each channel and did not add them up. A filter adds up over the channels that come in."
def pointwise(x, W):
    return x * W[0][None, :, None, None]


# %% function="pointwise" kind="wrong" name="an_array" message="You returned a NumPy array. The result should be a tensor: torch.from_numpy(…)."
def pointwise(x, W):
    return np.einsum("oc,bchw->bohw", W.numpy(), x.numpy())


# %% function="multiplications" kind="right" name="self_contained"
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return (n_H * n_W * n_C) * (f**2 * n_C_prev)


# %% function="multiplications" kind="right" name="asks_torch_for_the_weights"
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    weight = nn.Conv2d(n_C_prev, n_C, f, bias=False, device="meta").weight
    return n_H * n_W * weight.numel()


# %% function="multiplications" kind="right" name="filter_by_filter"
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    count = 0
    for _ in range(n_C):
        for _ in range(n_H):
            count += n_W * f * f * n_C_prev
    return count


# %% function="multiplications" kind="right" name="product_of_a_list"
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    from math import prod

    return prod([n_H, n_W, n_C, f, f, n_C_prev])


# %% function="multiplications" kind="wrong" name="input_channels_forgotten" message="You forgot the channels that come in: a filter is as deep as its input, so each output takes f * f * n_C_prev multiplications."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return n_H * n_W * n_C * f * f


# %% function="multiplications" kind="wrong" name="f_not_squared" message="You counted one side of the filter only: a filter of f x f has f * f numbers in each channel."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return n_H * n_W * n_C * f * n_C_prev


# %% function="multiplications" kind="wrong" name="one_filter" message="You counted a single filter. There are n_C of them."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return n_H * n_W * f * f * n_C_prev


# %% function="multiplications" kind="wrong" name="weights_only" message="You counted the weights. Each weight is used at all n_H * n_W places."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return f * f * n_C_prev * n_C


# %% function="multiplications" kind="wrong" name="with_biases" message="You counted the biases. They are added, not multiplied."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return n_H * n_W * n_C * (f * f * n_C_prev + 1)


# %% function="multiplications" kind="wrong" name="additions_too" message="You counted the additions as well. Only multiplications count here."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return 2 * n_H * n_W * n_C * f * f * n_C_prev


# %% function="multiplications" kind="wrong" name="square_pictures_only" message="You took rows for columns. The picture need not be square: n_H * n_W places."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return n_H * n_H * n_C * f * f * n_C_prev


# %% function="multiplications" kind="wrong" name="without_padding" message="You shrank the output by the filter. n_H and n_W are the rows and columns of what comes out, already."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return max(n_H - f + 1, 1) * max(n_W - f + 1, 1) * n_C * f * f * n_C_prev


# %% function="multiplications" kind="wrong" name="returns_a_float" message="You returned a float. A count is an int."
def multiplications(n_H, n_W, n_C, f, n_C_prev):
    return float(n_H * n_W * n_C * f * f * n_C_prev)


# %% function="InceptionBlock" kind="right" name="self_contained"
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        a, b, c, d, e, g = filters
        self.conv1 = nn.Conv2d(in_channels, a, kernel_size=1)
        self.reduce3 = nn.Conv2d(in_channels, b, kernel_size=1)
        self.conv3 = nn.Conv2d(b, c, kernel_size=3, padding="same")
        self.reduce5 = nn.Conv2d(in_channels, d, kernel_size=1)
        self.conv5 = nn.Conv2d(d, e, kernel_size=5, padding="same")
        self.project = nn.Conv2d(in_channels, g, kernel_size=1)

    def forward(self, x):
        first = self.conv1(x).relu()
        second = self.conv3(self.reduce3(x).relu()).relu()
        third = self.conv5(self.reduce5(x).relu()).relu()
        fourth = self.project(functional.max_pool2d(x, 3, stride=1, padding=1)).relu()
        return torch.cat((first, second, third, fourth), 1)


# %% function="InceptionBlock" kind="right" name="list_of_branches"
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters

        def convolution(channels, count, f):
            return nn.Sequential(nn.Conv2d(channels, count, f, padding=(f - 1) // 2), nn.ReLU(inplace=True))

        self.branches = nn.ModuleList(
            [
                convolution(in_channels, n1, 1),
                nn.Sequential(convolution(in_channels, r3, 1), convolution(r3, n3, 3)),
                nn.Sequential(convolution(in_channels, r5, 1), convolution(r5, n5, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), convolution(in_channels, n_pool, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


# %% function="InceptionBlock" kind="right" name="one_relu_for_all"
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        sizes = [(in_channels, n1, 1), (in_channels, r3, 1), (r3, n3, 3), (in_channels, r5, 1), (r5, n5, 5)]
        sizes.append((in_channels, n_pool, 1))
        self.layers = nn.ModuleList(nn.Conv2d(i, o, f, padding=f // 2) for i, o, f in sizes)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, x):
        one, narrow3, three, narrow5, five, last = self.layers
        stacked = [one(x), three(narrow3(x).clamp(min=0)), five(narrow5(x).clamp(min=0)), last(self.pool(x))]
        return torch.relu(torch.hstack(stacked))


# %% function="InceptionBlock" kind="right" name="functional_with_parameters"
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        shapes = [(n1, in_channels, 1), (r3, in_channels, 1), (n3, r3, 3), (r5, in_channels, 1), (n5, r5, 5)]
        self.numbers = nn.ParameterList()
        for out, deep, f in [*shapes, (n_pool, in_channels, 1)]:
            self.numbers.append(nn.Parameter(torch.randn(out, deep, f, f) / (deep * f * f) ** 0.5))
            self.numbers.append(nn.Parameter(torch.zeros(out)))

    def layer(self, x, number):
        weight, bias = self.numbers[2 * number], self.numbers[2 * number + 1]
        return functional.relu(functional.conv2d(x, weight, bias, padding=weight.shape[2] // 2))

    def forward(self, x):
        pooled = functional.max_pool2d(x, 3, 1, 1)
        parts = [self.layer(x, 0), self.layer(self.layer(x, 1), 2), self.layer(self.layer(x, 3), 4)]
        return torch.cat([*parts, self.layer(pooled, 5)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="naive_pooling" message="Your pooling branch has no 1 x 1 convolution, so it keeps all the channels that come in. Put n_pool filters of 1 x 1 after the pooling."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.MaxPool2d(3, 1, 1)

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="naive_branches" message="Your 3 x 3 and 5 x 5 branches lack their necks: 1 x 1 convolutions of r3 and r5 filters come first."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(nn.Conv2d(in_channels, n3, 3, padding=1), nn.ReLU())
        self.five = nn.Sequential(nn.Conv2d(in_channels, n5, 5, padding=2), nn.ReLU())
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="sizes_swapped" message="You put the 5 x 5 filters behind r3. The 3 x 3 filters follow the r3 of 1 x 1, and the 5 x 5 filters follow the r5."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 5, padding=2), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 3, padding=1), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="no_relu_in_the_necks" message="There is no ReLU behind your narrow 1 x 1 convolutions. Without it they and the next convolution could be one."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(nn.Conv2d(in_channels, r3, 1), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU())
        self.five = nn.Sequential(nn.Conv2d(in_channels, r5, 1), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU())
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="no_relu_at_the_end" message="No ReLU follows the last convolution of your branches, so negative numbers come out."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1))
        self.three = nn.Sequential(nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1))
        self.five = nn.Sequential(nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2))
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="relu_forgotten_after_pooling" message="No ReLU follows the 1 x 1 convolution behind your pooling."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="average_pooling" message="You pool by the average. The fourth branch takes the maximum: nn.MaxPool2d."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.AvgPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="pools_after" message="You put the 1 x 1 convolution before the pooling. First pool, then mix the channels."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.Conv2d(in_channels, n_pool, 1), nn.ReLU(), nn.MaxPool2d(3, 1, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="border_of_zeros" message="You put zeros around the picture before the pooling, and where all numbers are negative, a zero is the largest. Give padding=1 to the pooling itself."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(
            nn.ZeroPad2d(1), nn.MaxPool2d(3, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU()
        )

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="pooling_stride" message="Your pooling has a stride of 3, its default, so rows and columns shrink. Give stride=1 and padding=1."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="padding_of_one_everywhere" message="Your 5 x 5 filters have a padding of 1, and rows and columns shrink. Same takes 2 for 5 x 5."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=1), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="padding_forgotten" message="Your 3 x 3 and 5 x 5 convolutions have no padding, so rows and columns shrink. Give padding 1 and 2."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3), nn.ReLU())
        self.five = nn.Sequential(nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5), nn.ReLU())
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="pooling_first" message="You stacked the pooling's branch first. The order is 1 x 1, 3 x 3, 5 x 5, pooling."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.last(x), self.one(x), self.three(x), self.five(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="stacked_along_rows" message="You stacked along the rows. Channels are axis 1: torch.cat([…], dim=1)."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=2)


# %% function="InceptionBlock" kind="wrong" name="added" message="You added the branches. They are stacked: torch.cat along the channels."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return sum(branch(x) for branch in (self.one, self.three, self.five, self.last))


# %% function="InceptionBlock" kind="wrong" name="in_a_row" message="You sent x through the branches one after another. Each branch gets the same x."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return self.last(self.five(self.three(self.one(x))))


# %% function="InceptionBlock" kind="wrong" name="another_order_of_layers" message="You made the layers in another order. Make the six convolutions in the order of the docstring, so that the parameters come in it."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="no_biases" message="Your convolutions have no biases. Leave out bias=False."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1, bias=False), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(r3, n3, 3, padding=1, bias=False),
            nn.ReLU(),
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(r5, n5, 5, padding=2, bias=False),
            nn.ReLU(),
        )
        self.last = nn.Sequential(
            nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1, bias=False), nn.ReLU()
        )

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="super_forgotten" message="You did not call super().__init__(), which every module needs before its first layer."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1)


# %% function="InceptionBlock" kind="wrong" name="cut_off" message="Your forward cuts the gradient off, so nothing before the block can learn. Leave out detach() and no_grad()."
class InceptionBlock(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        n1, r3, n3, r5, n5, n_pool = filters
        self.one = nn.Sequential(nn.Conv2d(in_channels, n1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(in_channels, r3, 1), nn.ReLU(), nn.Conv2d(r3, n3, 3, padding=1), nn.ReLU()
        )
        self.five = nn.Sequential(
            nn.Conv2d(in_channels, r5, 1), nn.ReLU(), nn.Conv2d(r5, n5, 5, padding=2), nn.ReLU()
        )
        self.last = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(in_channels, n_pool, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.last(x)], dim=1).detach()


# %% function="googlenet_loss" kind="right" name="self_contained"
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    own = functional.cross_entropy(logits, y)
    if side1 is None or side2 is None:
        return own
    return own + weight * (functional.cross_entropy(side1, y) + functional.cross_entropy(side2, y))


# %% function="googlenet_loss" kind="right" name="module_for_the_loss"
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    criterion = nn.CrossEntropyLoss()
    total = criterion(logits, y)
    total = total + sum(weight * criterion(one, y) for one in [side1, side2] if one is not None)
    return total


# %% function="googlenet_loss" kind="right" name="logarithms_by_hand"
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    def wrong(scores):
        right = scores.gather(1, y[:, None])[:, 0]
        return (scores.logsumexp(dim=1) - right).mean()

    losses = [wrong(scores) for scores in (logits, side1, side2) if scores is not None]
    return losses[0] + weight * torch.stack(losses[1:]).sum() if len(losses) > 1 else losses[0]


# %% function="googlenet_loss" kind="right" name="all_at_once"
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    every = torch.stack([one for one in (logits, side1, side2) if one is not None])
    shares = torch.tensor([1.0, weight, weight], device=logits.device)[: len(every)]
    chances = every.log_softmax(dim=2)[:, torch.arange(len(y)), y]
    return -(shares * chances.mean(dim=1)).sum()


# %% function="googlenet_loss" kind="wrong" name="mean_of_the_sides" message="You took the mean of the two side branches. Each is added with the full weight."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    if side1 is None:
        return loss
    return loss + weight * (functional.cross_entropy(side1, y) + functional.cross_entropy(side2, y)) / 2


# %% function="googlenet_loss" kind="wrong" name="weight_on_the_main" message="You weighted the network's own loss. It counts fully; the side branches get the weight."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    if side1 is None:
        return loss
    return weight * loss + functional.cross_entropy(side1, y) + functional.cross_entropy(side2, y)


# %% function="googlenet_loss" kind="wrong" name="shares_that_add_up_to_one" message="You gave the network's own loss the share 1 - weight. It counts fully, and the side branches are added."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    if side1 is None:
        return loss
    sides = functional.cross_entropy(side1, y) + functional.cross_entropy(side2, y)
    return (1 - weight) * loss + weight * sides


# %% function="googlenet_loss" kind="wrong" name="no_weight" message="You forgot the weight: each side branch counts weight times its loss."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    losses = [functional.cross_entropy(one, y) for one in (logits, side1, side2) if one is not None]
    return sum(losses)


# %% function="googlenet_loss" kind="wrong" name="weight_fixed" message="You wrote 0.3 into the function. Use the argument weight."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    for one in (side1, side2):
        if one is not None:
            loss = loss + 0.3 * functional.cross_entropy(one, y)
    return loss


# %% function="googlenet_loss" kind="wrong" name="weight_squared" message="You weighted the second side branch twice. Both have the same weight."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    for number, one in enumerate((side1, side2)):
        if one is not None:
            loss = loss + weight ** (number + 1) * functional.cross_entropy(one, y)
    return loss


# %% function="googlenet_loss" kind="wrong" name="one_side_only" message="You left out the second side branch. There are two."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    return loss if side1 is None else loss + weight * functional.cross_entropy(side1, y)


# %% function="googlenet_loss" kind="wrong" name="sides_left_out" message="You left out the side branches. While training they count, weight times each."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    return functional.cross_entropy(logits, y)


# %% function="googlenet_loss" kind="wrong" name="sum_over_the_batch" message="You added up over the batch. The cross-entropy is a mean over its pictures."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y, reduction="sum")
    for one in (side1, side2):
        if one is not None:
            loss = loss + weight * functional.cross_entropy(one, y, reduction="sum")
    return loss


# %% function="googlenet_loss" kind="wrong" name="softmax_twice" message="You applied a softmax, and cross_entropy applies another. Give it the logits."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits.softmax(dim=1), y)
    for one in (side1, side2):
        if one is not None:
            loss = loss + weight * functional.cross_entropy(one.softmax(dim=1), y)
    return loss


# %% function="googlenet_loss" kind="wrong" name="none_forgotten" message="Your loss cannot do without side branches. In evaluation mode they are None: leave them out."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    sides = functional.cross_entropy(side1, y) + functional.cross_entropy(side2, y)
    return functional.cross_entropy(logits, y) + weight * sides


# %% function="googlenet_loss" kind="wrong" name="logits_of_all_added" message="You mixed the logits and took one loss. Take the loss of each, then add up."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    mixed = logits if side1 is None else logits + weight * (side1 + side2)
    return functional.cross_entropy(mixed, y)


# %% function="googlenet_loss" kind="wrong" name="a_float" message="You returned a float, from which no gradient flows. Return the tensor: no .item()."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    for one in (side1, side2):
        if one is not None:
            loss = loss + weight * functional.cross_entropy(one, y)
    return loss.item()


# %% function="googlenet_loss" kind="wrong" name="sides_cut_off" message="You detached the side branches, so nothing flows back into them, and they are of no use."
def googlenet_loss(logits, side1, side2, y, weight=0.3):
    loss = functional.cross_entropy(logits, y)
    for one in (side1, side2):
        if one is not None:
            loss = loss + weight * functional.cross_entropy(one, y).detach()
    return loss
