# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn`, `functional` and the given function
# `network` are there, as in the lesson.

# %% function="LeNet5" kind="right" name="self_contained"
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="right" name="layers_that_learn_nothing_too"
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        g = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[activation]
        pool = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}[pooling]
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
        self.between = nn.Sequential(g(), pool(2))
        self.after = g()

    def forward(self, x):
        x = self.between(self.conv2(self.between(self.conv1(x))))
        return self.logits(self.after(self.fc4(self.after(self.fc3(x.reshape(len(x), -1))))))


# %% function="LeNet5" kind="right" name="attributes_made_in_a_loop"
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.plan = [
            ("conv1", nn.Conv2d(1, 6, 5)),
            ("conv2", nn.Conv2d(6, 16, 5)),
            ("fc3", nn.Linear(400, 120)),
        ]
        self.plan += [("fc4", nn.Linear(120, 84)), ("logits", nn.Linear(84, 10))]
        for name, layer in self.plan:
            self.add_module(name, layer)
        self.words = activation, pooling

    def forward(self, x):
        g = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": functional.relu}[self.words[0]]
        for name, _ in self.plan:
            x = self.get_submodule(name)(x.flatten(1) if name == "fc3" else x)
            x = x if name == "logits" else g(x)
            if name.startswith("conv"):
                x = x.unfold(2, 2, 2).unfold(3, 2, 2)
                x = x.amax((4, 5)) if self.words[1] == "max" else x.mean((4, 5))
        return x


# %% function="LeNet5" kind="right" name="methods_of_tensors"
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def g(self, z):
        return getattr(z, self.activation)()

    def forward(self, x):
        pool = functional.adaptive_max_pool2d if self.pooling == "max" else functional.adaptive_avg_pool2d
        x = pool(self.g(self.conv1(x)), 14)
        x = pool(self.g(self.conv2(x)), 5)
        x = self.g(self.fc3(torch.flatten(x, 1)))
        return self.logits(self.g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="always_tanh" message="You always use tanh. Which activation it is, the argument says."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = torch.tanh
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="always_average" message="You always pool by the average. Which pooling it is, the argument says."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="always_max" message="You always pool by the maximum. Which pooling it is, the argument says."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="defaults_of_today" message="Without arguments, LeNet5() should be the network of 1998: tanh and average pooling."
class LeNet5(nn.Module):
    def __init__(self, activation="relu", pooling="max"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="activation_after_pooling" message="You pool first and apply the activation afterwards, as the paper did. Here the activation comes first."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = g(pool(self.conv1(x), 2))
        x = g(pool(self.conv2(x), 2))
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="activation_on_the_logits" message="You put the activation on the logits too. Logits stay as the last layer gives them."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return g(self.logits(g(self.fc4(x))))


# %% function="LeNet5" kind="wrong" name="softmax_at_the_end" message="You put a softmax at the end. The network gives logits; the loss does the softmax."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x))).softmax(dim=1)


# %% function="LeNet5" kind="wrong" name="none_after_the_dense_layers" message="You forgot the activation after fc3 and fc4. Without it, three dense layers are no more than one."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = self.fc3(torch.flatten(x, 1))
        return self.logits(self.fc4(x))


# %% function="LeNet5" kind="wrong" name="none_after_the_convolutions" message="You forgot the activation after the convolutions."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(self.conv1(x), 2)
        x = pool(self.conv2(x), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="channels_last_flatten" message="Your flatten puts the numbers in another order: the channels last. Flatten x as it comes."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(x.permute(0, 2, 3, 1).flatten(1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="mixes_the_pictures" message="Your reshape mixes the pictures of a batch. Keep the first axis: x.flatten(1)."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(x.reshape(400, len(x)).T))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="three_channels" message="Your conv1 expects three channels. LeNet-5 reads grey pictures, which have one."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="eight_filters" message="Your conv1 has 8 filters, as in lesson 1.3. LeNet-5 has 6."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 8, 5), nn.Conv2d(8, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="third_convolution" message="You made fc3 a convolution, as the paper does. It computes the same, but here a dense layer is asked for."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Conv2d(16, 120, 5), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(x).flatten(1))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="size_rounded_wrongly" message="Your fc3 expects 16 x 6 x 6 numbers. Without padding, 14 - 5 + 1 = 10, and half of that is 5: 400."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(576, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="super_forgotten" message="You did not call super().__init__(), which every module needs before its first layer."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        return self.logits(g(self.fc4(x)))


# %% function="LeNet5" kind="wrong" name="nothing_returned" message="Your forward returns nothing. End it with return and the logits."
class LeNet5(nn.Module):
    def __init__(self, activation="tanh", pooling="average"):
        super().__init__()
        self.activation, self.pooling = activation, pooling
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        g = getattr(torch, self.activation)
        pool = functional.max_pool2d if self.pooling == "max" else functional.avg_pool2d
        x = pool(g(self.conv1(x)), 2)
        x = pool(g(self.conv2(x)), 2)
        x = g(self.fc3(torch.flatten(x, 1)))
        self.logits(g(self.fc4(x)))


# %% function="AlexNet" kind="right" name="self_contained"
def AlexNet(num_classes=1000, divisor=1, device=None):
    a, b, c, units = (n // divisor for n in (96, 256, 384, 4096))
    with torch.device(device or "cpu"):
        return nn.Sequential(
            *(nn.Conv2d(3, a, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(a, b, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(b, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Flatten(), nn.Linear(b * 6 * 6, units), nn.ReLU()),
            *(nn.Linear(units, units), nn.ReLU(), nn.Linear(units, num_classes)),
        )


# %% function="AlexNet" kind="right" name="rows_in_pieces"
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="right" name="same_padding_by_word"
def AlexNet(num_classes=1000, divisor=1, device=None):
    a, b, c, units = 96 // divisor, 256 // divisor, 384 // divisor, 4096 // divisor
    with torch.device(device or "cpu"):
        return nn.Sequential(
            *(nn.Conv2d(3, a, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(a, b, 5, padding="same"), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(b, c, 3, padding="same"), nn.ReLU()),
            *(nn.Conv2d(c, c, 3, padding="same"), nn.ReLU()),
            *(nn.Conv2d(c, b, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Flatten(), nn.Linear(b * 6 * 6, units), nn.ReLU()),
            *(nn.Linear(units, units), nn.ReLU(), nn.Linear(units, num_classes)),
        )


# %% function="AlexNet" kind="right" name="class_with_a_forward"
class AlexNet(nn.Module):
    def __init__(self, num_classes=1000, divisor=1, device=None):
        super().__init__()
        widths, sides = [3, 96, 256, 384, 384, 256], [11, 5, 3, 3, 3]
        pairs = zip(widths[:5], widths[1:], sides, strict=True)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(
                c if c == 3 else c // divisor,
                n // divisor,
                f,
                4 if f == 11 else 1,
                0 if f == 11 else f // 2,
                device=device,
            )
            for c, n, f in pairs
        )
        from itertools import pairwise

        sizes = [9216 // divisor, 4096 // divisor, 4096 // divisor, num_classes]
        self.dense = nn.ModuleList(nn.Linear(n, m, device=device) for n, m in pairwise(sizes))

    def forward(self, x):
        for number, layer in enumerate(self.convolutions):
            x = functional.relu(layer(x))
            x = functional.max_pool2d(x, 3, 2) if number in (0, 1, 4) else x
        x = x.flatten(1)
        for layer in self.dense[:2]:
            x = functional.relu(layer(x))
        return self.dense[2](x)


# %% function="AlexNet" kind="wrong" name="pools_of_two" message="Your poolings have windows of 2. AlexNet's are 3 wide and move by 2, so they overlap."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 2, 2), ("conv", 256, 5, 1, 2), ("pool", 2, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="padded_224" message="You padded the first convolution by 2, as others do for 224 pixels. For 227 there is no padding."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 2), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="no_same_padding" message="You forgot the same padding of the later convolutions: 2 for 5 x 5, 1 for 3 x 3."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 0), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 0), ("conv", 384, 3, 1, 0), ("conv", 256, 3, 1, 0), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="padding_of_one_for_five" message="You padded the 5 x 5 convolution by 1. Same padding is (f - 1) / 2, which is 2."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 1), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="filters_of_the_second_version" message="You took the filters of a later, narrower AlexNet: 64, 192, 384, 256, 256. Here it is 96, 256, 384, 384, 256."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 64, 11, 4, 0), ("pool", 3, 2), ("conv", 192, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="two_groups" message="You split convolutions into the paper's two groups. The drawing here has one column: no groups."
def AlexNet(num_classes=1000, divisor=1, device=None):
    a, b, c, units = (n // divisor for n in (96, 256, 384, 4096))
    with torch.device(device or "cpu"):
        return nn.Sequential(
            *(nn.Conv2d(3, a, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(a, b, 5, padding=2, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(b, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, c, 3, padding=1, groups=2), nn.ReLU()),
            *(nn.Conv2d(c, b, 3, padding=1, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Flatten(), nn.Linear(b * 6 * 6, units), nn.ReLU()),
            *(nn.Linear(units, units), nn.ReLU(), nn.Linear(units, num_classes)),
        )


# %% function="AlexNet" kind="wrong" name="one_dense_layer_missing" message="One dense layer of 4096 units is missing: there are two, and then the one for the classes."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="one_convolution_missing" message="One convolution of 384 filters is missing: there are two in a row."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="always_a_thousand_classes" message="You always make 1000 classes. How many there are, num_classes says."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], 1000, 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="classes_divided" message="You divided the number of classes too. The divisor is for filters and units only."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], max(1, num_classes // divisor), 227, divisor, device)


# %% function="AlexNet" kind="wrong" name="divisor_ignored" message="You ignore the divisor. Hand it on to network."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, 1, device)


# %% function="AlexNet" kind="wrong" name="device_ignored" message="You ignore the device: the weights take up memory even on meta. Hand it on to network."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 4, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor)


# %% function="AlexNet" kind="wrong" name="average_pooling" message="You pool by the average. AlexNet takes the maximum."
def AlexNet(num_classes=1000, divisor=1, device=None):
    a, b, c, units = (n // divisor for n in (96, 256, 384, 4096))
    with torch.device(device or "cpu"):
        return nn.Sequential(
            *(nn.Conv2d(3, a, 11, stride=4), nn.ReLU(), nn.AvgPool2d(3, 2)),
            *(nn.Conv2d(a, b, 5, padding=2), nn.ReLU(), nn.AvgPool2d(3, 2)),
            *(nn.Conv2d(b, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, b, 3, padding=1), nn.ReLU(), nn.AvgPool2d(3, 2)),
            *(nn.Flatten(), nn.Linear(b * 6 * 6, units), nn.ReLU()),
            *(nn.Linear(units, units), nn.ReLU(), nn.Linear(units, num_classes)),
        )


# %% function="AlexNet" kind="wrong" name="relu_on_the_logits" message="You put a ReLU on the logits too. They stay as the last layer gives them."
def AlexNet(num_classes=1000, divisor=1, device=None):
    a, b, c, units = (n // divisor for n in (96, 256, 384, 4096))
    with torch.device(device or "cpu"):
        return nn.Sequential(
            *(nn.Conv2d(3, a, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(a, b, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(b, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Flatten(), nn.Linear(b * 6 * 6, units), nn.ReLU()),
            *(nn.Linear(units, units), nn.ReLU(), nn.Linear(units, num_classes), nn.ReLU()),
        )


# %% function="AlexNet" kind="wrong" name="no_relu_between_dense_layers" message="You forgot the ReLUs after the dense layers."
def AlexNet(num_classes=1000, divisor=1, device=None):
    a, b, c, units = (n // divisor for n in (96, 256, 384, 4096))
    with torch.device(device or "cpu"):
        return nn.Sequential(
            *(nn.Conv2d(3, a, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(a, b, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(b, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Flatten(), nn.Linear(b * 6 * 6, units)),
            *(nn.Linear(units, units), nn.Linear(units, num_classes)),
        )


# %% function="AlexNet" kind="wrong" name="no_relu_after_convolutions" message="You forgot the ReLUs after the convolutions."
def AlexNet(num_classes=1000, divisor=1, device=None):
    a, b, c, units = (n // divisor for n in (96, 256, 384, 4096))
    with torch.device(device or "cpu"):
        return nn.Sequential(
            *(nn.Conv2d(3, a, 11, stride=4), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(a, b, 5, padding=2), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(b, c, 3, padding=1),),
            *(nn.Conv2d(c, c, 3, padding=1),),
            *(nn.Conv2d(c, b, 3, padding=1), nn.MaxPool2d(3, 2)),
            *(nn.Flatten(), nn.Linear(b * 6 * 6, units), nn.ReLU()),
            *(nn.Linear(units, units), nn.ReLU(), nn.Linear(units, num_classes)),
        )


# %% function="AlexNet" kind="wrong" name="stride_forgotten" message="You forgot the stride of 4 in the first convolution."
def AlexNet(num_classes=1000, divisor=1, device=None):
    rows = [("conv", 96, 11, 1, 0), ("pool", 3, 2), ("conv", 256, 5, 1, 2), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 227, divisor, device)


# %% function="local_response_norm" kind="right" name="self_contained"
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="right" name="torch_with_alpha_times_size"
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    return functional.local_response_norm(x, size, alpha=alpha * size, beta=beta, k=k)


# %% function="local_response_norm" kind="right" name="padded_and_unfolded"
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    padded = functional.pad(x * x, (0, 0, 0, 0, size // 2, size // 2))
    total = padded.unfold(1, size, 1).sum(dim=-1)
    return x * (k + alpha * total).pow(-beta)


# %% function="local_response_norm" kind="right" name="shifted_sums"
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    C, total = x.shape[1], torch.full_like(x, k)
    for shift in range(-(size // 2), size // 2 + 1):
        if abs(shift) < C:
            here, there = slice(max(0, -shift), C - max(0, shift)), slice(max(0, shift), C + min(0, shift))
            total[:, here] += alpha * x[:, there] ** 2
    return x / total.pow(beta)


# %% function="local_response_norm" kind="right" name="band_matrix"
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    i = torch.arange(x.shape[1])
    band = ((i[:, None] - i).abs() <= size // 2).to(x.dtype)
    return x / (k + alpha * torch.einsum("ij,bjhw->bihw", band, x**2)) ** beta


# %% function="local_response_norm" kind="wrong" name="all_channels" message="You added up all channels. The sum takes only size neighbouring ones."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares = x.square()
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares.sum(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="alpha_divided_by_size" message="You divided alpha by size, as PyTorch does. The formula takes alpha as it is."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x / (k + alpha / size * total) ** beta


# %% function="local_response_norm" kind="wrong" name="mean_of_the_neighbours" message="You took the mean of the neighbours. The formula takes their sum."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].mean(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="not_squared" message="You forgot to square: the sum is of a_j squared."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x, size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="absolute_values" message="You added up absolute values. The sum is of squares."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.abs(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="window_one_short" message="Your window lacks its last channel: a slice leaves out its end. Go to i + size // 2 + 1."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach].sum(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="negative_start" message="Your slices begin at negative places, which count from the end. Begin at max(0, ...)."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, i - reach : i + reach + 1].sum(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="size_on_each_side" message="Your window reaches size channels to each side. It is size // 2, so that size channels are in it."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="channel_itself_left_out" message="You left out the channel itself. It is in the sum too."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1) - squares[:, i]
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="beta_forgotten" message="You forgot the power beta."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x / (k + alpha * total)


# %% function="local_response_norm" kind="wrong" name="k_outside_the_power" message="You added k outside the power. It belongs inside the brackets, with the sum."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x / (k + (alpha * total) ** beta)


# %% function="local_response_norm" kind="wrong" name="neighbouring_columns" message="You added up neighbouring columns. The window slides along the channels, axis 1, at one pixel."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[3]):
        total[..., i] = squares[..., max(0, i - reach) : i + reach + 1].sum(dim=3)
    return x / (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="multiplied" message="You multiplied by the power. Divide by it."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    return x * (k + alpha * total) ** beta


# %% function="local_response_norm" kind="wrong" name="changes_x" message="You changed x itself. Make a new tensor: x / ..., not x /= ..."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    squares, reach = x.square(), size // 2
    total = torch.zeros_like(x)
    for i in range(x.shape[1]):
        total[:, i] = squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1)
    x /= (k + alpha * total) ** beta
    return x


# %% function="local_response_norm" kind="wrong" name="wraps_around" message="Your window goes round: the first channel has the last as its neighbour. Channels that do not exist are left out."
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    reach = size // 2
    total = sum(torch.roll(x**2, shift, dims=1) for shift in range(-reach, reach + 1))
    return x / (k + alpha * total) ** beta


# %% function="VGG16" kind="right" name="self_contained"
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    from itertools import pairwise

    layers, channels = [], 3
    for count, filters in zip(blocks, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(channels, filters // divisor, 3, padding=1, device=device), nn.ReLU()]
            channels = filters // divisor
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    sizes = [channels * 7 * 7, 4096 // divisor, 4096 // divisor]
    for n, m in pairwise(sizes):
        layers += [nn.Linear(n, m, device=device), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], num_classes, device=device))


# %% function="VGG16" kind="right" name="doubling"
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="right" name="letters_for_rows"
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    written = []
    for count, filters in zip(blocks, [64, 128, 256, 512, 512], strict=True):
        written += [filters for _ in range(count)] + ["M"]
    rows = [("pool", 2, 2) if entry == "M" else ("conv", entry, 3, 1, 1) for entry in written]
    return network(rows, (4096, 4096), num_classes=num_classes, side=224, divisor=divisor, device=device)


# %% function="VGG16" kind="right" name="class_with_parts"
class VGG16(nn.Module):
    def __init__(self, num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
        super().__init__()
        widths = [3] + [n // divisor for n in (64, 128, 256, 512, 512)]
        with torch.device(device or "cpu"):
            self.blocks = nn.ModuleList()
            for count, before, after in zip(blocks, widths[:-1], widths[1:], strict=True):
                inner = [
                    nn.Conv2d(before if i == 0 else after, after, 3, padding="same") for i in range(count)
                ]
                self.blocks.append(nn.Sequential(*inner))
            units = 4096 // divisor
            self.first, self.second = nn.Linear(49 * widths[-1], units), nn.Linear(units, units)
            self.last = nn.Linear(units, num_classes)

    def forward(self, x):
        for block in self.blocks:
            for layer in block:
                x = layer(x).relu()
            x = functional.max_pool2d(x, kernel_size=2)
        return self.last(self.second(self.first(x.flatten(1)).relu()).relu())


# %% function="VGG16" kind="wrong" name="no_padding" message="You forgot the padding: every convolution of VGG has same padding, 1 for 3 x 3."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 0)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="doubles_to_the_end" message="Your filters double once too often. They stay at 512 in the last block."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", 64 * 2**block, 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="pool_after_each_convolution" message="You pool after each convolution. A pooling comes at the end of a block."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1), ("pool", 2, 2)] * count
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="overlapping_pools" message="Your pooling windows are 3 wide, as AlexNet's. VGG's are 2 x 2 with stride 2."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 3, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="blocks_ignored" message="You ignore blocks. It says how many convolutions each block has."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate((2, 2, 3, 3, 3)):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="one_dense_layer_missing" message="One dense layer of 4096 units is missing: there are two, and then the one for the classes."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="always_a_thousand_classes" message="You always make 1000 classes. How many there are, num_classes says."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], 1000, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="classes_divided" message="You divided the number of classes too. The divisor is for filters and units only."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], max(1, num_classes // divisor), 224, divisor, device)


# %% function="VGG16" kind="wrong" name="divisor_ignored" message="You ignore the divisor. Hand it on to network."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, 1, device)


# %% function="VGG16" kind="wrong" name="device_ignored" message="You ignore the device: the weights take up memory even on meta. Hand it on to network."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor)


# %% function="VGG16" kind="wrong" name="one_width" message="All your convolutions have 64 filters. They double from block to block, up to 512."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for count in blocks:
        rows += [("conv", 64, 3, 1, 1)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="five_by_five" message="Your filters are 5 x 5. Every convolution of VGG is 3 x 3."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 5, 1, 2)] * count + [("pool", 2, 2)]
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="pools_forgotten" message="You forgot the poolings: one at the end of each block, the last one too."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    rows = []
    for block, count in enumerate(blocks):
        rows += [("conv", min(512, 64 * 2**block), 3, 1, 1)] * count
    return network(rows, [4096, 4096], num_classes, 224, divisor, device)


# %% function="VGG16" kind="wrong" name="average_pooling" message="You pool by the average. VGG takes the maximum."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    from itertools import pairwise

    layers, channels = [], 3
    for count, filters in zip(blocks, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(channels, filters // divisor, 3, padding=1, device=device), nn.ReLU()]
            channels = filters // divisor
        layers.append(nn.AvgPool2d(2))
    layers.append(nn.Flatten())
    sizes = [channels * 7 * 7, 4096 // divisor, 4096 // divisor]
    for n, m in pairwise(sizes):
        layers += [nn.Linear(n, m, device=device), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], num_classes, device=device))


# %% function="VGG16" kind="wrong" name="relu_once_a_block" message="You have one ReLU a block. One follows each convolution."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    from itertools import pairwise

    layers, channels = [], 3
    for count, filters in zip(blocks, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(channels, filters // divisor, 3, padding=1, device=device)]
            channels = filters // divisor
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    layers.append(nn.Flatten())
    sizes = [channels * 7 * 7, 4096 // divisor, 4096 // divisor]
    for n, m in pairwise(sizes):
        layers += [nn.Linear(n, m, device=device), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], num_classes, device=device))


# %% function="VGG16" kind="wrong" name="no_relu_between_dense_layers" message="You forgot the ReLUs after the dense layers."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    from itertools import pairwise

    layers, channels = [], 3
    for count, filters in zip(blocks, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(channels, filters // divisor, 3, padding=1, device=device), nn.ReLU()]
            channels = filters // divisor
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    sizes = [channels * 7 * 7, 4096 // divisor, 4096 // divisor]
    for n, m in pairwise(sizes):
        layers.append(nn.Linear(n, m, device=device))
    return nn.Sequential(*layers, nn.Linear(sizes[-1], num_classes, device=device))


# %% function="VGG16" kind="wrong" name="relu_on_the_logits" message="You put a ReLU on the logits too. They stay as the last layer gives them."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    from itertools import pairwise

    layers, channels = [], 3
    for count, filters in zip(blocks, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(channels, filters // divisor, 3, padding=1, device=device), nn.ReLU()]
            channels = filters // divisor
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    sizes = [channels * 7 * 7, 4096 // divisor, 4096 // divisor]
    for n, m in pairwise(sizes):
        layers += [nn.Linear(n, m, device=device), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], num_classes, device=device), nn.ReLU())


# %% function="VGG16" kind="wrong" name="softmax_at_the_end" message="You put a softmax at the end. The network gives logits; the loss does the softmax."
def VGG16(num_classes=1000, blocks=(2, 2, 3, 3, 3), divisor=1, device=None):
    from itertools import pairwise

    layers, channels = [], 3
    for count, filters in zip(blocks, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(channels, filters // divisor, 3, padding=1, device=device), nn.ReLU()]
            channels = filters // divisor
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    sizes = [channels * 7 * 7, 4096 // divisor, 4096 // divisor]
    for n, m in pairwise(sizes):
        layers += [nn.Linear(n, m, device=device), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], num_classes, device=device), nn.Softmax(dim=1))


# %% function="activation_memory" kind="right" name="self_contained"
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="right" name="walks_through_a_ghost"
def activation_memory(model, input_shape):
    import copy

    model.eval()
    ghost = copy.deepcopy(model).to("meta")
    held = [torch.empty(1, *input_shape, device="meta")]

    def walk(part, x):
        inner = list(part.children())
        for child in inner:
            x = walk(child, x)
        if inner:
            return x
        x = part(x)
        if type(part).__name__ in ("Conv2d", "MaxPool2d", "AvgPool2d", "Linear"):
            held.append(x)
        return x

    walk(ghost, held[0])
    return sum(x.numel() * x.element_size() for x in held)


# %% function="activation_memory" kind="right" name="one_global_hook"
def activation_memory(model, input_shape):
    counted, total = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.Linear), [int(np.prod(input_shape))]
    place = {p.device for p in model.parameters()}.pop()

    def note(part, inputs, out):
        if isinstance(part, counted):
            total.append(out.numel())

    handle = nn.modules.module.register_module_forward_hook(note)
    with torch.inference_mode():
        model.eval()(torch.ones(1, *input_shape, device=place))
    handle.remove()
    return sum(total) * 4


# %% function="activation_memory" kind="right" name="a_batch_of_two"
def activation_memory(model, input_shape):
    model.eval()
    x = torch.rand(2, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 2 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="relu_counted" message="You counted every layer, ReLU, flatten and normalisation too. Only convolutions, poolings and dense layers count."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if not list(layer.children()):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="input_forgotten" message="You forgot the input. It takes room as well."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = []

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="numbers_for_bytes" message="You counted numbers. Each takes four bytes as float32."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return sum(sizes)


# %% function="activation_memory" kind="wrong" name="eight_bytes" message="You took eight bytes a number. float32 has four."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 8 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="parameters_for_activations" message="You weighed the parameters. The question is what comes out of the layers."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(p.numel() for p in model.parameters())


# %% function="activation_memory" kind="wrong" name="only_the_outer_layers" message="You left out layers that are within other layers. model.modules() finds them all."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.children():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="poolings_forgotten" message="You forgot the poolings. What comes out of them is kept too."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="average_pooling_forgotten" message="You forgot average pooling: nn.AvgPool2d counts as nn.MaxPool2d does."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="dense_layers_forgotten" message="You forgot the dense layers. What comes out of them is kept too."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="what_goes_in" message="You weighed what goes into each layer. It is what comes out that counts."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(inputs[0].numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="evaluation_mode_forgotten" message="You forgot the evaluation mode: in training mode batch normalisation remembers your zeros. Call model.eval() first."
def activation_memory(model, input_shape):
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="always_on_the_cpu" message="Your input is always on the CPU. It has to be where the model's weights are, which may be meta."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="parameters_too" message="You added the parameters. They take room, but they are not activations."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * (sum(sizes) + sum(p.numel() for p in model.parameters()))


# %% function="activation_memory" kind="wrong" name="hooks_left" message="You left your hooks with the layers. Remove each when you are done."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    return 4 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="a_float" message="You returned a float. Bytes are counted: an int."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4.0 * sum(sizes)


# %% function="activation_memory" kind="wrong" name="only_the_largest" message="You took the largest output. All of them are kept: add them up."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * max(sizes)


# %% function="activation_memory" kind="wrong" name="megabytes" message="You returned megabytes. Bytes are asked for, an int."
def activation_memory(model, input_shape):
    model.eval()
    x = torch.zeros(1, *input_shape).to(next(model.parameters()).device)
    sizes = [x.numel()]

    def note(layer, inputs, output):
        sizes.append(output.numel())

    hooks = []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.Linear):
            hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return 4 * sum(sizes) / 1e6
