# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn` and `functional` are there, as in the lesson.


# %% function="IdentityBlock" kind="right" name="self_contained"
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="right" name="normalisations_last"
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        into = (filters[2], filters[0], filters[1])
        sides = (1, f, 1)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(i, o, s, padding=(s - 1) // 2, bias=False)
            for i, o, s in zip(into, filters, sides, strict=True)
        )
        self.normalisations = nn.ModuleList(map(nn.BatchNorm2d, filters))

    def forward(self, x):
        z = x
        for number in range(3):
            z = self.normalisations[number](self.convolutions[number](z))
            if number == 2:
                z = torch.add(z, x)
            z = functional.relu(z)
        return z


# %% function="IdentityBlock" kind="right" name="padding_by_name"
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters

        def unit(n_in, n_out, side):
            return [nn.Conv2d(n_in, n_out, side, padding="same", bias=False), nn.BatchNorm2d(n_out)]

        self.path = nn.Sequential(*unit(F3, F1, 1), nn.ReLU(), *unit(F1, F2, f), nn.ReLU(), *unit(F2, F3, 1))
        self.last = nn.ReLU()

    def forward(self, x):
        return self.last(x + self.path(x))


# %% function="IdentityBlock" kind="right" name="clamp"
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        nn.Module.__init__(self)
        F1, F2, F3 = filters
        self.a = nn.Sequential(
            nn.Conv2d(F3, F1, (1, 1), bias=False), nn.BatchNorm2d(F1), nn.ReLU(inplace=True)
        )
        self.b = nn.Sequential(
            nn.Conv2d(F1, F2, (f, f), padding=(f // 2, f // 2), bias=False),
            nn.BatchNorm2d(F2),
            nn.ReLU(inplace=True),
        )
        self.c = nn.Sequential(nn.Conv2d(F2, F3, (1, 1), bias=False), nn.BatchNorm2d(F3))

    def forward(self, x):
        shortcut = x
        out = self.c(self.b(self.a(x)))
        out += shortcut
        return out.clamp(min=0)


# %% function="IdentityBlock" kind="wrong" name="shortcut_forgotten" message="You forgot the shortcut: add x to what the main path gives, before the last ReLU."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z)


# %% function="IdentityBlock" kind="wrong" name="relu_before_the_sum" message="Your last ReLU stands before the sum. Add x first, then take the ReLU of the sum."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z) + x


# %% function="IdentityBlock" kind="wrong" name="last_relu_forgotten" message="There is no ReLU after the sum. Negative numbers go through."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return z + x


# %% function="IdentityBlock" kind="wrong" name="relu_after_the_third_normalisation" message="A ReLU follows your third normalisation too. The residual may be negative: only the first two have a ReLU, and then the sum."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = torch.relu(self.bn3(self.conv3(z)))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="inner_relus_forgotten" message="No ReLU follows your first two normalisations, so the main path could be a single convolution."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = self.bn1(self.conv1(x))
        z = self.bn2(self.conv2(z))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="with_biases" message="Your convolutions have biases. The normalisation after each subtracts them at once: give bias=False."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="normalisation_forgotten" message="There is no batch normalisation after your third convolution. All three have one."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3 = nn.Conv2d(F2, F3, 1, bias=False)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.conv3(z)
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="padding_forgotten" message="Your middle convolution has no padding, so rows and columns shrink and the sum does not fit. Give padding=f // 2."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="padding_of_one" message="Your padding is 1 whatever f is. Only a filter of 3 x 3 keeps rows and columns with it: give padding=f // 2."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=1, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="f_ignored" message="Your middle filters are 3 x 3 whatever f is."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, 3, padding=1, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="takes_F1" message="Your first convolution takes F1 channels. F3 come in, for the sum wants equal shapes."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F1, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="adds_the_wrong_layer" message="You add what the first layer gave. What is added is the input of the block, a[l]."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        x = z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="IdentityBlock" kind="wrong" name="normalises_the_sum" message="Your third normalisation stands after the sum, so the shortcut is not free. Normalise the main path, then add x."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        return torch.relu(self.bn3(self.conv3(z) + x))


# %% function="IdentityBlock" kind="wrong" name="changes_its_input" message="You changed x itself: x += … writes into what the caller gave you. Write z + x."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        x += z
        return torch.relu(x)


# %% function="IdentityBlock" kind="wrong" name="input_relu_in_place" message="You took the ReLU of x in place. The input comes from a ReLU already, and it is not yours to change."
class IdentityBlock(nn.Module):
    def __init__(self, filters, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(F3, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x.relu_())))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + x)


# %% function="padding_shortcut" kind="right" name="self_contained"
def padding_shortcut(x, n_C, stride=1):
    B, C, H, W = x.shape
    if n_C < C:
        raise ValueError(f"n_C is {n_C}, and {C} channels come in")
    kept = x[..., ::stride, ::stride]
    zeros = kept.new_zeros(B, n_C - C, *kept.shape[2:])
    return torch.cat([kept, zeros], dim=1)


# %% function="padding_shortcut" kind="right" name="fills_in"
def padding_shortcut(x, n_C, stride=1):
    if x.size(1) > n_C:
        raise ValueError("too few channels")
    rows, columns = -(-x.size(2) // stride), -(-x.size(3) // stride)
    out = torch.zeros(x.size(0), n_C, rows, columns, dtype=x.dtype, device=x.device)
    out[:, : x.size(1)] = x[:, :, ::stride, ::stride]
    return out


# %% function="padding_shortcut" kind="right" name="pools_windows_of_one"
def padding_shortcut(x, n_C, stride=1):
    extra = n_C - x.shape[1]
    if extra < 0:
        raise ValueError(f"{-extra} channels too many")
    small = functional.max_pool2d(x, kernel_size=1, stride=stride)
    return functional.pad(small, (0, 0, 0, 0, 0, extra), value=0.0)


# %% function="padding_shortcut" kind="right" name="a_fixed_matrix"
def padding_shortcut(x, n_C, stride=1):
    C = x.shape[1]
    assert_fits = n_C >= C
    if not assert_fits:
        raise ValueError("n_C must be at least the number of channels of x")
    W_s = torch.eye(n_C, C, dtype=x.dtype, device=x.device).reshape(n_C, C, 1, 1)
    return functional.conv2d(x, W_s, stride=stride)


# %% function="padding_shortcut" kind="wrong" name="no_error" message="You raise no error when fewer channels go out than come in: padding by a negative number cuts channels off, and says nothing."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    return functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, missing))


# %% function="padding_shortcut" kind="wrong" name="stride_ignored" message="You ignored the stride: keep every stride-th row and column."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x, (0, 0, 0, 0, 0, missing))


# %% function="padding_shortcut" kind="wrong" name="zeros_in_front" message="Your channels of zeros stand in front. The channels of x come first."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, missing, 0))


# %% function="padding_shortcut" kind="wrong" name="zeros_on_both_sides" message="You put half of the zeros in front. The channels of x come first, and all zeros behind them."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, missing // 2, missing - missing // 2))


# %% function="padding_shortcut" kind="wrong" name="pads_columns" message="You padded columns, not channels: functional.pad counts from the last axis, two numbers each."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x[:, :, ::stride, ::stride], (0, missing))


# %% function="padding_shortcut" kind="wrong" name="begins_at_the_second" message="You begin with a later row and column. The first is kept."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x[:, :, stride - 1 :: stride, stride - 1 :: stride], (0, 0, 0, 0, 0, missing))


# %% function="padding_shortcut" kind="wrong" name="rows_only" message="You dropped rows, but no columns. The stride is for both."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x[:, :, ::stride], (0, 0, 0, 0, 0, missing))


# %% function="padding_shortcut" kind="wrong" name="averages" message="You averaged over windows. The shortcut keeps every stride-th number as it is."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(functional.avg_pool2d(x, stride, ceil_mode=True), (0, 0, 0, 0, 0, missing))


# %% function="padding_shortcut" kind="wrong" name="repeats_channels" message="You repeated the channels of x. The channels that are missing are zeros."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    x = x[:, :, ::stride, ::stride]
    return x.repeat(1, -(-n_C // x.shape[1]), 1, 1)[:, :n_C]


# %% function="padding_shortcut" kind="wrong" name="adds_n_C_channels" message="You added n_C channels of zeros. Only n_C - C are missing."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, n_C))


# %% function="padding_shortcut" kind="wrong" name="cut_off_from_its_input" message="Your result is cut off from x, so no gradient goes back through the shortcut. Leave detach, data and no_grad out."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    return functional.pad(x.detach()[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, missing))


# %% function="padding_shortcut" kind="wrong" name="always_float32" message="Your result is float32 whatever x is. Make the zeros with x.new_zeros, and leave x as it is."
def padding_shortcut(x, n_C, stride=1):
    missing = n_C - x.shape[1]
    if missing < 0:
        raise ValueError("too few channels go out")
    small = x[:, :, ::stride, ::stride]
    return torch.cat([small.float(), torch.zeros(len(x), missing, *small.shape[2:])], dim=1)


# %% function="ConvolutionalBlock" kind="right" name="self_contained"
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="right" name="shortcut_first"
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.beside = nn.ModuleDict(
            {"conv": nn.Conv2d(in_channels, F3, 1, stride, bias=False), "norm": nn.BatchNorm2d(F3)}
        )
        self.path = nn.Sequential()
        for name, n_in, n_out, side, step in (
            ("a", in_channels, F1, 1, stride),
            ("b", F1, F2, f, 1),
            ("c", F2, F3, 1, 1),
        ):
            self.path.add_module(f"conv_{name}", nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False))
            self.path.add_module(f"norm_{name}", nn.BatchNorm2d(n_out))
            if name != "c":
                self.path.add_module(f"relu_{name}", nn.ReLU())

    def forward(self, x):
        return functional.relu(self.beside["norm"](self.beside["conv"](x)) + self.path(x))


# %% function="ConvolutionalBlock" kind="right" name="slices_for_strides"
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.stride = stride

        def unit(n_in, n_out, side):
            return nn.Sequential(
                nn.Conv2d(n_in, n_out, side, padding=side // 2, bias=False), nn.BatchNorm2d(n_out)
            )

        self.first, self.second, self.third = unit(in_channels, F1, 1), unit(F1, F2, f), unit(F2, F3, 1)
        self.around = unit(in_channels, F3, 1)

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        z = self.third(self.second(self.first(x).relu()).relu())
        return (z + self.around(x)).relu()


# %% function="ConvolutionalBlock" kind="right" name="in_place_on_its_own"
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        a, b, c = filters
        self.convs = nn.ModuleList(
            [
                nn.Conv2d(in_channels, a, 1, stride, bias=False),
                nn.Conv2d(a, b, f, 1, (f - 1) // 2, bias=False),
                nn.Conv2d(b, c, 1, bias=False),
                nn.Conv2d(in_channels, c, 1, stride, bias=False),
            ]
        )
        self.norms = nn.ModuleList([nn.BatchNorm2d(n) for n in (a, b, c, c)])

    def forward(self, x):
        shortcut, out = x, x
        for conv, norm in zip(self.convs[:2], self.norms[:2], strict=True):
            out = functional.relu(norm(conv(out)), inplace=True)
        out = self.norms[2](self.convs[2](out))
        out += self.norms[3](self.convs[3](shortcut))
        return functional.relu(out, inplace=True)


# %% function="ConvolutionalBlock" kind="wrong" name="stride_on_the_middle" message="Your stride is on the convolution of f x f, as in version 1.5. Here it is on the first convolution of 1 x 1."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = (
            nn.Conv2d(F1, F2, f, stride=stride, padding=f // 2, bias=False),
            nn.BatchNorm2d(F2),
        )
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="stride_on_the_last" message="Your stride is on the last convolution of the main path. Here it is on the first."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="no_stride_on_the_shortcut" message="Your shortcut has no stride, so it is larger than the main path. Both shrink alike."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="no_stride_on_the_main_path" message="Your main path has no stride, so it is larger than the shortcut. Both shrink alike."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="stride_ignored" message="You ignored the stride: give it to the first convolution and to the one on the shortcut."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="stride_of_one_by_default" message="Your stride is 1 where none is given. The default is 2."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=1):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="always_two" message="Your stride is 2 whatever is asked for."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=2, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=2, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="relu_on_the_shortcut" message="A ReLU stands on your shortcut. What is added may be negative: a convolution and its normalisation, and nothing else."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + torch.relu(self.bn0(self.conv0(x))))


# %% function="ConvolutionalBlock" kind="wrong" name="no_normalisation_on_the_shortcut" message="There is no batch normalisation on your shortcut. It follows every convolution."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.conv0(x))


# %% function="ConvolutionalBlock" kind="wrong" name="shortcut_forgotten" message="Your forward does not use the shortcut: add what it makes of x to the main path."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z)


# %% function="ConvolutionalBlock" kind="wrong" name="last_relu_forgotten" message="There is no ReLU after the sum. Negative numbers go through."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return z + self.bn0(self.conv0(x))


# %% function="ConvolutionalBlock" kind="wrong" name="relu_before_the_sum" message="A ReLU stands before your sum, and none after it. Add first, then take the ReLU."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z) + self.bn0(self.conv0(x))


# %% function="ConvolutionalBlock" kind="wrong" name="one_normalisation_for_both" message="Main path and shortcut share one normalisation. Each convolution has its own."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0 = nn.Conv2d(in_channels, F3, 1, stride=stride, bias=False)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn3(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="with_biases" message="Your convolutions have biases. The normalisation after each subtracts them at once: give bias=False."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = nn.Conv2d(in_channels, F3, 1, stride=stride), nn.BatchNorm2d(F3)

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ConvolutionalBlock" kind="wrong" name="shortcut_as_large_as_f" message="The filters on your shortcut are f x f. They are 1 x 1."
class ConvolutionalBlock(nn.Module):
    def __init__(self, in_channels, filters, f=3, stride=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv1, self.bn1 = nn.Conv2d(in_channels, F1, 1, stride=stride, bias=False), nn.BatchNorm2d(F1)
        self.conv2, self.bn2 = nn.Conv2d(F1, F2, f, padding=f // 2, bias=False), nn.BatchNorm2d(F2)
        self.conv3, self.bn3 = nn.Conv2d(F2, F3, 1, bias=False), nn.BatchNorm2d(F3)
        self.conv0, self.bn0 = (
            nn.Conv2d(in_channels, F3, f, stride=stride, padding=f // 2, bias=False),
            nn.BatchNorm2d(F3),
        )

    def forward(self, x):
        z = torch.relu(self.bn1(self.conv1(x)))
        z = torch.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        return torch.relu(z + self.bn0(self.conv0(x)))


# %% function="ResNet50" kind="right" name="self_contained"
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="right" name="a_class"
class ResNet50(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.fc = nn.Linear(2048, num_classes)
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64))
        self.stage2 = self.stage(64, (64, 64, 256), 3, 1)
        self.stage3 = self.stage(256, (128, 128, 512), 4, 2)
        self.stage4 = self.stage(512, (256, 256, 1024), 6, 2)
        self.stage5 = self.stage(1024, (512, 512, 2048), 3, 2)

    def stage(self, n, filters, blocks, stride):
        first = ConvolutionalBlock(n, filters, f=3, stride=stride)
        return nn.Sequential(first, *[IdentityBlock(filters, f=3) for _ in range(1, blocks)])

    def forward(self, x):
        x = functional.max_pool2d(self.stem(x).relu(), 3, stride=2, padding=1)
        x = self.stage5(self.stage4(self.stage3(self.stage2(x))))
        return self.fc(x.mean((2, 3)))


# %% function="ResNet50" kind="right" name="block_by_block"
def ResNet50(num_classes=1000):
    net = nn.Sequential()
    net.append(nn.ZeroPad2d(3)).append(nn.Conv2d(3, 64, 7, 2, bias=False)).append(nn.BatchNorm2d(64)).append(
        nn.ReLU()
    )
    net.append(nn.MaxPool2d(3, 2, padding=1))
    net.append(ConvolutionalBlock(64, [64, 64, 256], 3, 1))
    for _ in range(2):
        net.append(IdentityBlock([64, 64, 256]))
    for wide, number in ((512, 3), (1024, 5), (2048, 2)):
        sizes = [wide // 4, wide // 4, wide]
        net.append(ConvolutionalBlock(wide // 2, sizes))
        for _ in range(number):
            net.append(IdentityBlock(sizes))
    return net.extend([nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(2048, num_classes)])


# %% function="ResNet50" kind="wrong" name="one_identity_block_too_many" message="Each of your stages has a block too many. The first block counts too: blocks - 1 identity blocks follow it."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks + 1):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="stages_swapped" message="Your stages 3 and 4 have 6 and 4 blocks. It is 4 and 6."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 6, 2), (256, 4, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="identity_blocks_shared" message="The same block object stands in several places of a stage, so the places share their weights. Make each block anew."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        layers.append(Bottleneck(n_in, thin, step, True))
        n_in = 4 * thin
        layers += [Bottleneck(n_in, thin, 1, False)] * (blocks - 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="num_classes_ignored" message="Your network tells 1000 classes apart, however many are asked for."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


# %% function="ResNet50" kind="wrong" name="stem_with_bias" message="The convolution of your stem has biases. Give bias=False: a normalisation follows."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="all_stages_shrink" message="Your stage 2 shrinks rows and columns. The pooling before it has done that: its stride is 1."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="no_stage_shrinks" message="None of your stages shrinks rows and columns. The first block of stages 3, 4 and 5 has stride 2."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 1), (256, 6, 1), (512, 3, 1)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="no_relu_in_the_stem" message="There is no ReLU in your stem."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="pooling_without_padding" message="The pooling of your stem has no padding. Give padding=1."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes))


# %% function="ResNet50" kind="wrong" name="softmax_at_the_end" message="Your network ends in a softmax, and cross-entropy applies another. Give the logits."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, num_classes), nn.Softmax(1)
    )


# %% function="ResNet50" kind="wrong" name="for_224_only" message="Your head averages over 7 x 7, so it takes pictures of 224 x 224 only. Average over whatever rows and columns there are: nn.AdaptiveAvgPool2d(1)."
def ResNet50(num_classes=1000):
    def unit(n_in, n_out, side, step=1):
        return [nn.Conv2d(n_in, n_out, side, step, side // 2, bias=False), nn.BatchNorm2d(n_out)]

    class Bottleneck(nn.Module):
        def __init__(self, n_in, thin, step, project):
            super().__init__()
            n_out = 4 * thin
            self.main = nn.Sequential(
                *unit(n_in, thin, 1, step), nn.ReLU(), *unit(thin, thin, 3), nn.ReLU(), *unit(thin, n_out, 1)
            )
            self.around = nn.Sequential(*unit(n_in, n_out, 1, step)) if project else nn.Identity()

        def forward(self, x):
            return torch.relu(self.main(x) + self.around(x))

    layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    n_in = 64
    for thin, blocks, step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(n_in, thin, step if number == 0 else 1, number == 0))
            n_in = 4 * thin
    return nn.Sequential(*layers, nn.AvgPool2d(7), nn.Flatten(), nn.Linear(2048, num_classes))
