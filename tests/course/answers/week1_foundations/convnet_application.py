# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch` and `nn` are there, as in the lesson.

# %% function="conv_parameters" kind="right" name="self_contained"
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return (f**2 * n_C_prev + int(bias)) * n_C


# %% function="conv_parameters" kind="right" name="asks_torch"
def conv_parameters(f, n_C_prev, n_C, bias=True):
    layer = nn.Conv2d(n_C_prev, n_C, f, bias=bias, device="meta")
    return sum(p.numel() for p in layer.parameters())


# %% function="conv_parameters" kind="right" name="filter_by_filter"
def conv_parameters(f, n_C_prev, n_C, bias=True):
    count = 0
    for _ in range(n_C):
        for _ in range(n_C_prev):
            count += f * f
        if bias:
            count += 1
    return count


# %% function="conv_parameters" kind="right" name="product_of_the_shape"
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return int(np.prod((f, f, n_C_prev, n_C))) + (n_C if bias else 0)


# %% function="conv_parameters" kind="wrong" name="input_channels_forgotten" message="You forgot the channels that come in: a filter is as deep as its input, so it has f * f * n_C_prev weights."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return (f * f + int(bias)) * n_C


# %% function="conv_parameters" kind="wrong" name="bias_forgotten" message="You forgot the biases: each filter has one, unless bias is False."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return f * f * n_C_prev * n_C


# %% function="conv_parameters" kind="wrong" name="biases_of_the_input" message="You counted a bias for each channel that comes in. There is one for each filter, that is, for each channel that goes out."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return f * f * n_C_prev * n_C + (n_C_prev if bias else 0)


# %% function="conv_parameters" kind="wrong" name="f_not_squared" message="You counted one side of the filter only: a filter of f x f has f * f weights in each channel."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return (f * n_C_prev + int(bias)) * n_C


# %% function="conv_parameters" kind="wrong" name="bias_always" message="You counted the biases even where bias is False."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return (f * f * n_C_prev + 1) * n_C


# %% function="conv_parameters" kind="wrong" name="one_bias_in_all" message="You counted one bias for the whole layer. Each of the n_C filters has its own."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return f * f * n_C_prev * n_C + int(bias)


# %% function="conv_parameters" kind="wrong" name="bias_in_each_channel" message="You counted a bias for each channel of each filter. A filter has one bias in all, added after the sum over its channels."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return (f * f + int(bias)) * n_C_prev * n_C


# %% function="conv_parameters" kind="wrong" name="one_filter" message="You counted a single filter. There are n_C of them."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return f * f * n_C_prev + int(bias)


# %% function="conv_parameters" kind="wrong" name="returns_a_float" message="You returned a float. A count is an int: leave out the division, or use //."
def conv_parameters(f, n_C_prev, n_C, bias=True):
    return float((f * f * n_C_prev + int(bias)) * n_C)


# %% function="dense_parameters" kind="right" name="self_contained"
def dense_parameters(n_in, n_out, bias=True):
    return (n_in + int(bias)) * n_out


# %% function="dense_parameters" kind="right" name="asks_torch"
def dense_parameters(n_in, n_out, bias=True):
    return sum(p.numel() for p in nn.Linear(n_in, n_out, bias=bias, device="meta").parameters())


# %% function="dense_parameters" kind="right" name="two_returns"
def dense_parameters(n_in, n_out, bias=True):
    weights = n_in * n_out
    if not bias:
        return weights
    return weights + n_out


# %% function="dense_parameters" kind="right" name="a_convolution_of_one_pixel"
def dense_parameters(n_in, n_out, bias=True):
    filters = np.array([n_out, n_in, 1, 1], dtype=np.int64)
    return int(filters.prod()) + n_out * bias


# %% function="dense_parameters" kind="wrong" name="bias_forgotten" message="You forgot the biases: each unit has one, unless bias is False."
def dense_parameters(n_in, n_out, bias=True):
    return n_in * n_out


# %% function="dense_parameters" kind="wrong" name="biases_of_the_inputs" message="You counted a bias for each input. A bias belongs to a unit, so there are n_out of them."
def dense_parameters(n_in, n_out, bias=True):
    return n_in * n_out + (n_in if bias else 0)


# %% function="dense_parameters" kind="wrong" name="bias_always" message="You counted the biases even where bias is False."
def dense_parameters(n_in, n_out, bias=True):
    return n_in * n_out + n_out


# %% function="dense_parameters" kind="wrong" name="one_bias_in_all" message="You counted one bias for the whole layer. Each of the n_out units has its own."
def dense_parameters(n_in, n_out, bias=True):
    return n_in * n_out + int(bias)


# %% function="dense_parameters" kind="wrong" name="sum_for_product" message="You added inputs and outputs. Each input is joined to each unit, so multiply them."
def dense_parameters(n_in, n_out, bias=True):
    return n_in + n_out + (n_out if bias else 0)


# %% function="dense_parameters" kind="wrong" name="bias_on_both_sides" message="You counted a bias for the inputs and for the outputs. Only units have one: (n_in + 1) * n_out."
def dense_parameters(n_in, n_out, bias=True):
    return (n_in + int(bias)) * (n_out + int(bias))


# %% function="dense_parameters" kind="wrong" name="returns_a_float" message="You returned a float. A count is an int."
def dense_parameters(n_in, n_out, bias=True):
    return float((n_in + int(bias)) * n_out)


# %% function="layer_table" kind="right" name="self_contained"
def layer_table(model, input_shape):
    model.eval()
    x = torch.zeros(2, *input_shape)
    x = x.to(next((p.device for p in model.parameters()), x.device))
    table = []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            shape = tuple(x.shape)[1:]
            learned = [p.numel() for p in layer.parameters()]
            table.append((name, shape, int(np.prod(shape)), sum(learned)))
    return table


# %% function="layer_table" kind="right" name="hooks"
def layer_table(model, input_shape):
    rows, hooks = [], []
    for name, layer in model.named_children():

        def note(layer, inputs, output, name=name):
            count = sum(p.numel() for p in layer.parameters())
            rows.append((name, tuple(output[0].shape), output[0].numel(), count))

        hooks.append(layer.register_forward_hook(note))
    with torch.inference_mode():
        model.eval()(torch.zeros(1, *input_shape))
    for hook in hooks:
        hook.remove()
    return rows


# %% function="layer_table" kind="right" name="on_the_meta_device"
def layer_table(model, input_shape):
    import copy

    ghost = copy.deepcopy(model).to("meta").eval()
    model.eval()
    x, rows = torch.empty(1, *input_shape, device="meta"), []
    for name, layer in ghost.named_children():
        x = layer(x)
        rows.append((name, tuple(x.shape[1:]), x.numel(), sum(p.numel() for p in layer.parameters())))
    return rows


# %% function="layer_table" kind="right" name="lists_for_rows"
def layer_table(model, input_shape):
    x, rows = torch.rand((1, *input_shape)), []
    model.train(False)
    for name, layer in model.named_children():
        x = layer(x.detach())
        size = 1
        for n in x.shape[1:]:
            size *= n
        rows.append([name, list(x.shape[1:]), size, sum(v.numel() for _, v in layer.named_parameters())])
    return rows


# %% function="layer_table" kind="wrong" name="batch_in_the_shape" message="You kept the axis of the batch in the output shape. Leave it out: x.shape[1:]."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            rows.append((name, tuple(x.shape), x[0].numel(), sum(p.numel() for p in layer.parameters())))
    return rows


# %% function="layer_table" kind="wrong" name="evaluation_mode_forgotten" message="You forgot the evaluation mode: in training mode batch normalisation remembers your zeros. Call model.eval() first."
def layer_table(model, input_shape):
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            rows.append((name, tuple(x.shape[1:]), x[0].numel(), sum(p.numel() for p in layer.parameters())))
    return rows


# %% function="layer_table" kind="wrong" name="notes_the_input" message="You wrote down what goes into each layer. The table says what comes out: call the layer first, then make the row."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            rows.append((name, tuple(x.shape[1:]), x[0].numel(), sum(p.numel() for p in layer.parameters())))
            x = layer(x)
    return rows


# %% function="layer_table" kind="wrong" name="size_of_one_channel" message="Your size counts one channel only. It is the number of all elements of the output: channels times rows times columns."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            rows.append(
                (name, tuple(x.shape[1:]), x[0, 0].numel(), sum(p.numel() for p in layer.parameters()))
            )
    return rows


# %% function="layer_table" kind="wrong" name="biases_left_out" message="Your parameters leave the biases out. layer.parameters() gives weights and biases; add up both."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            weights = [p.numel() for key, p in layer.named_parameters() if key.endswith("weight")]
            rows.append((name, tuple(x.shape[1:]), x[0].numel(), sum(weights)))
    return rows


# %% function="layer_table" kind="wrong" name="counts_the_model" message="Each of your rows counts the parameters of the whole model. Take layer.parameters(), not model.parameters()."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            rows.append((name, tuple(x.shape[1:]), x[0].numel(), sum(p.numel() for p in model.parameters())))
    return rows


# %% function="layer_table" kind="wrong" name="counts_what_is_remembered" message="You counted what batch normalisation remembers among its parameters. Means and variances are not learned: take parameters(), not state_dict()."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            rows.append(
                (name, tuple(x.shape[1:]), x[0].numel(), sum(v.numel() for v in layer.state_dict().values()))
            )
    return rows


# %% function="layer_table" kind="wrong" name="counts_tensors" message="You counted the tensors that a layer learns, not the numbers in them. Add up p.numel()."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            rows.append((name, tuple(x.shape[1:]), x[0].numel(), len(list(layer.parameters()))))
    return rows


# %% function="layer_table" kind="wrong" name="only_layers_that_learn" message="You left out the layers that learn nothing. They have a row too, with 0 parameters."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            count = sum(p.numel() for p in layer.parameters())
            if count:
                rows.append((name, tuple(x.shape[1:]), x[0].numel(), count))
    return rows


# %% function="layer_table" kind="wrong" name="channels_last" message="You put the channels last. PyTorch's order is channels, rows, columns; leave the shape as it comes."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            shape = (*x.shape[2:], x.shape[1])
            rows.append((name, shape, x[0].numel(), sum(p.numel() for p in layer.parameters())))
    return rows


# %% function="layer_table" kind="wrong" name="class_for_name" message="You gave the class of each layer in place of its name. named_children() gives the name beside the layer."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for layer in model.children():
            x = layer(x)
            count = sum(p.numel() for p in layer.parameters())
            rows.append((type(layer).__name__, tuple(x.shape[1:]), x[0].numel(), count))
    return rows


# %% function="layer_table" kind="wrong" name="no_batch" message="You sent a picture without a batch. Layers want the axis of the batch first: torch.zeros(1, *input_shape)."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(*input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            rows.append((name, tuple(x.shape[1:]), x[0].numel(), sum(p.numel() for p in layer.parameters())))
    return rows


# %% function="layer_table" kind="wrong" name="size_rounded_up" message="You computed the output size and rounded it up. A window that sticks out is left out, so round down; or ask the layer itself."
def layer_table(model, input_shape):
    model.eval()
    x, rows = torch.zeros(1, *input_shape), []
    with torch.no_grad():
        for name, layer in model.named_children():
            before = x
            x = layer(x)
            shape = tuple(x.shape[1:])
            if hasattr(layer, "kernel_size") and len(shape) == 3:
                f, s, p = (
                    n[0] if isinstance(n, tuple) else n
                    for n in (layer.kernel_size, layer.stride, layer.padding)
                )
                shape = (shape[0], *(-(-(n + 2 * p - f) // s) + 1 for n in before.shape[2:]))
            size = int(np.prod(shape))
            rows.append((name, shape, size, sum(p.numel() for p in layer.parameters())))
    return rows


# %% function="smile_classifier" kind="right" name="self_contained"
def smile_classifier(side):
    layers = [nn.Conv2d(3, 8, kernel_size=5, padding="same"), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(8, 16, kernel_size=3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(side * side, 1))


# %% function="smile_classifier" kind="right" name="with_names"
def smile_classifier(side):
    from collections import OrderedDict

    quarter = side // 4
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 8, 5, padding=2), norm1=nn.BatchNorm2d(8), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(8, 16, 3, padding=1), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(), logit=nn.Linear(16 * quarter * quarter, 1),
        )
    )  # fmt: skip


# %% function="smile_classifier" kind="right" name="two_blocks"
def smile_classifier(side):
    first = nn.Sequential(nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
    second = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(inplace=True))
    pool = nn.MaxPool2d(kernel_size=2, stride=2)
    return nn.Sequential(
        first, pool, second, pool, nn.Flatten(start_dim=1), nn.Linear(16 * (side // 4) ** 2, 1)
    )


# %% function="smile_classifier" kind="right" name="built_in_a_loop"
def smile_classifier(side):
    model = nn.Sequential()
    model.append(nn.ZeroPad2d(2)).append(nn.Conv2d(3, 8, 5)).append(nn.BatchNorm2d(8))
    model.append(nn.ReLU()).append(nn.MaxPool2d(2)).append(nn.ZeroPad2d(1)).append(nn.Conv2d(8, 16, 3))
    model.append(nn.ReLU()).append(nn.MaxPool2d(2)).append(nn.Flatten())
    return model.append(nn.Linear(16 * (side // 4) * (side // 4), 1))


# %% function="smile_classifier" kind="wrong" name="sigmoid_twice" message="Your network ends in a sigmoid, and BCEWithLogitsLoss applies another. Give the logits: leave the sigmoid out."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 1), nn.Sigmoid(),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="padding_forgotten" message="You left the padding out, so rows and columns shrink and another number of values comes to the dense layer. Give padding 2 and padding 1."
def smile_classifier(side):
    last = ((side - 4) // 2 - 2) // 2
    return nn.Sequential(
        nn.Conv2d(3, 8, 5), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * last**2, 1),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="normalisation_forgotten" message="Your network lacks the batch normalisation after the first convolution: nn.BatchNorm2d(8)."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 1),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="first_relu_forgotten" message="There is no ReLU after the batch normalisation. Without it negative numbers go through."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 1),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="second_relu_forgotten" message="There is no ReLU after the second convolution. Without it the convolution and the dense layer could be one."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 1),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="relu_before_normalisation" message="You put the ReLU before the batch normalisation. Here the order is convolution, normalisation, ReLU."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.ReLU(), nn.BatchNorm2d(8), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 1),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="average_pooling" message="You pool by the average. The table asks for the maximum: nn.MaxPool2d(2)."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 1),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="relu_on_the_logit" message="Your network ends in a ReLU, so its logits are never negative and it can never say no. Nothing comes after the dense layer."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 1), nn.ReLU(),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="two_units" message="Your network gives two logits. Smiling or not is one question: one unit, whose logit is above 0 for yes."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 4) ** 2, 2),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="one_pooling_in_the_sum" message="The dense layer expects as many numbers as come after one pooling. There are two: each side is side // 4."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * (side // 2) ** 2, 1),
    )  # fmt: skip


# %% function="smile_classifier" kind="wrong" name="flattens_the_batch" message="Your flatten lays out the pictures of the batch in the same row. Keep the first axis: nn.Flatten() does so by itself."
def smile_classifier(side):
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(0), nn.Linear(16 * (side // 4) ** 2, 1),
    )  # fmt: skip


# %% function="training_steps" kind="right" name="self_contained"
def training_steps(model, batches, loss, learning_rate):
    model = model.train()
    optimizer = torch.optim.SGD(model.parameters(), learning_rate, momentum=0.5)
    history = []
    for x, y in batches:
        value = loss(model(x), y)
        history.append(float(value.detach()))
        optimizer.zero_grad(set_to_none=False)
        value.backward()
        optimizer.step()
    return history


# %% function="training_steps" kind="right" name="by_hand"
def training_steps(model, batches, loss, learning_rate):
    model.train()
    velocities, losses = [torch.zeros_like(p) for p in model.parameters()], []
    for x, y in batches:
        value = loss(model(x), y)
        gradients = torch.autograd.grad(value, list(model.parameters()))
        with torch.no_grad():
            for p, v, g in zip(model.parameters(), velocities, gradients, strict=True):
                v.mul_(0.5).add_(g)
                p.sub_(learning_rate * v)
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="right" name="zero_grad_at_the_end"
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(params=list(model.parameters()), lr=learning_rate, momentum=0.5)
    model.train()
    optimizer.zero_grad()

    def step(x, y):
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        return value.detach().cpu().numpy().item()

    return [step(x, y) for x, y in batches]


# %% function="training_steps" kind="right" name="the_models_own_zero_grad"
def training_steps(model, batches, loss, learning_rate):
    model.train()
    optimizer = torch.optim.SGD([{"params": model.parameters()}], lr=learning_rate, momentum=0.5)
    values = torch.zeros(len(batches), dtype=torch.float64)
    for n, (x, y) in enumerate(batches):
        model.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        values[n] = value.detach()
    return values.tolist()


# %% function="training_steps" kind="wrong" name="zero_grad_forgotten" message="You forgot optimizer.zero_grad(): PyTorch adds each gradient to the old ones, so every step follows the sum of all so far."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="step_before_backward" message="You call optimizer.step() before backward(). At that moment there is no gradient to follow: the order is zero_grad, loss, backward, step."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        optimizer.step()
        value.backward()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="zero_grad_before_step" message="You forget the gradients between backward() and step(), so the step has none to follow. Call zero_grad() before backward()."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        value = loss(model(x), y)
        value.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="new_optimizer_each_step" message="You make a new optimizer for every batch, so its velocities begin from rest each time. Make it once, before the loop."
def training_steps(model, batches, loss, learning_rate):
    model.train()
    losses = []
    for x, y in batches:
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="momentum_forgotten" message="Your steps have no momentum. Give the optimizer momentum=0.5."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="another_momentum" message="Your momentum is 0.9. That is a good choice in practice; here 0.5 is asked for."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="learning_rate_unused" message="You did not pass the learning rate on: the optimizer needs lr=learning_rate."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="training_mode_forgotten" message="You forgot model.train(): a model that was in evaluation mode then learns with dropout and batch normalisation switched off."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="returns_tensors" message="You return tensors, and each of them keeps its whole computation in memory. Take the number out: value.item()."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses.append(value)
    return losses


# %% function="training_steps" kind="wrong" name="only_the_last_loss" message="You return the last loss only. The result is a list with the loss of every batch."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
    return value.item()


# %% function="training_steps" kind="wrong" name="loss_after_the_step" message="You write down the loss after the step. It should be the one that the step learns from, before."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
        losses.append(loss(model(x), y).item())
    return losses


# %% function="training_steps" kind="wrong" name="sigmoid_before_the_loss" message="You put a sigmoid between model and loss. The loss takes what the model gives."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x).sigmoid(), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="training_steps" kind="wrong" name="softmax_before_the_loss" message="You put a softmax before the loss. Cross-entropy takes logits and does the softmax itself."
def training_steps(model, batches, loss, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.5)
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        value = loss(model(x).softmax(dim=1), y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


# %% function="DigitNet" kind="right" name="self_contained"
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5)
        self.fc3, self.fc4, self.logits = nn.Linear(16 * 5 * 5, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        from torch.nn import functional

        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = functional.relu(self.fc3(x.reshape(len(x), -1)))
        return self.logits(functional.relu(self.fc4(x)))


# %% function="DigitNet" kind="right" name="a_sequential_with_names"
class DigitNet(nn.Sequential):
    def __init__(self):
        super().__init__()
        for name, layer in (
            ("conv1", nn.Conv2d(3, 8, 5)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)),
            ("conv2", nn.Conv2d(8, 16, 5)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)),
            ("flatten", nn.Flatten()), ("fc3", nn.Linear(400, 120)), ("relu3", nn.ReLU()),
            ("fc4", nn.Linear(120, 84)), ("relu4", nn.ReLU()), ("logits", nn.Linear(84, 10)),
        ):  # fmt: skip
            self.add_module(name, layer)


# %% function="DigitNet" kind="right" name="pools_before_relu"
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.logits = nn.Linear(84, 10)
        self.fc4 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(400, 120)
        self.conv2 = nn.Conv2d(8, 16, kernel_size=(5, 5))
        self.conv1 = nn.Conv2d(3, 8, kernel_size=(5, 5))
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = self.pool(conv(x)).clamp(min=0)
        x = x.view(x.shape[0], 400)
        for dense in (self.fc3, self.fc4):
            x = dense(x).relu()
        return self.logits(x)


# %% function="DigitNet" kind="right" name="adaptive_pooling"
class DigitNet(nn.Module):
    def __init__(self):
        nn.Module.__init__(self)
        self.conv1, self.pool1 = nn.Conv2d(3, 8, 5), nn.AdaptiveMaxPool2d(14)
        self.conv2, self.pool2 = nn.Conv2d(8, 16, 5), nn.AdaptiveMaxPool2d(5)
        self.fc3, self.fc4, self.logits = (nn.Linear(n, m) for n, m in ((400, 120), (120, 84), (84, 10)))
        self.act = nn.ReLU()

    def forward(self, x):
        maps = self.pool2(self.act(self.conv2(self.pool1(self.act(self.conv1(x))))))
        return self.logits(self.act(self.fc4(self.act(self.fc3(torch.flatten(maps, start_dim=1))))))


# %% function="DigitNet" kind="wrong" name="softmax_at_the_end" message="Your network ends in a softmax, and cross-entropy applies another. Give the logits."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1)))))
        return self.logits(x).softmax(dim=1)


# %% function="DigitNet" kind="wrong" name="six_filters" message="Your first layer has 6 filters, as LeNet-5 of 1998. The network here has 8."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1))))))


# %% function="DigitNet" kind="wrong" name="one_channel" message="Your first filters have a depth of 1. Three channels come in: nn.Conv2d(3, 8, 5)."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(1, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1))))))


# %% function="DigitNet" kind="wrong" name="relu_on_the_logits" message="A ReLU follows your last layer. Logits may be negative: nothing comes after them."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1)))))
        return torch.relu(self.logits(x))


# %% function="DigitNet" kind="wrong" name="no_relu_after_convolutions" message="No ReLU follows your convolutions. Put one after conv1 and one after conv2."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(self.conv2(self.pool(self.conv1(x))))
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1))))))


# %% function="DigitNet" kind="wrong" name="no_relu_between_dense_layers" message="No ReLU stands between your dense layers, so together they are no more than one dense layer. Put one after fc3 and one after fc4."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.logits(self.fc4(self.fc3(x.flatten(1))))


# %% function="DigitNet" kind="wrong" name="average_pooling" message="You pool by the average. Here the maximum is asked for."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.AvgPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1))))))


# %% function="DigitNet" kind="wrong" name="channels_last_flatten" message="Your flatten puts the numbers in another order: the channels last. Flatten x as it comes, without a permute."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = x.permute(0, 2, 3, 1).flatten(1)
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x)))))


# %% function="DigitNet" kind="wrong" name="mixes_the_pictures" message="Your reshape mixes the pictures of a batch. Keep the first axis: x.flatten(1), or x.reshape(len(x), 400)."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = x.reshape(400, len(x)).T
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x)))))


# %% function="DigitNet" kind="wrong" name="size_rounded_wrongly" message="Your fc3 expects 16 x 6 x 6 numbers. Without padding, 14 - 5 + 1 = 10, and half of that is 5: 16 x 5 x 5 = 400."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(16 * 6 * 6, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1))))))


# %% function="DigitNet" kind="wrong" name="super_forgotten" message="You did not call super().__init__(), which every module needs before its first layer."
class DigitNet(nn.Module):
    def __init__(self):
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1))))))


# %% function="DigitNet" kind="wrong" name="nothing_returned" message="Your forward returns nothing. End it with return and the logits."
class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.MaxPool2d(2)
        self.fc3, self.fc4, self.logits = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = self.logits(torch.relu(self.fc4(torch.relu(self.fc3(x.flatten(1))))))


# %% function="confusion_matrix" kind="right" name="self_contained"
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(1)
    pairs = num_classes * y + said
    return torch.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes).cpu()


# %% function="confusion_matrix" kind="right" name="one_hot"
def confusion_matrix(model, x, y, num_classes):
    with torch.inference_mode():
        said = model.eval()(x).max(dim=1).indices
    one_hot = torch.nn.functional.one_hot
    return one_hot(y, num_classes).T.cpu() @ one_hot(said, num_classes).cpu()


# %% function="confusion_matrix" kind="right" name="scikit_learn"
def confusion_matrix(model, x, y, num_classes):
    from sklearn import metrics

    model.train(False)
    said = model(x).detach().cpu().numpy().argmax(axis=1)
    table = metrics.confusion_matrix(y.cpu().numpy(), said, labels=range(num_classes))
    return torch.from_numpy(table.astype(np.int64))


# %% function="confusion_matrix" kind="right" name="add_at"
def confusion_matrix(model, x, y, num_classes):
    counts = np.zeros((num_classes, num_classes), dtype=np.int64)
    model.eval()
    with torch.no_grad():
        np.add.at(counts, (y.cpu().numpy(), model(x).argmax(dim=-1).cpu().numpy()), 1)
    return torch.tensor(counts)


# %% function="confusion_matrix" kind="wrong" name="transposed" message="You swapped rows and columns: the row is the true class, the column the one it was taken for."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(1)
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for n in range(len(y)):
        counts[said[n], y[n]] += 1
    return counts


# %% function="confusion_matrix" kind="wrong" name="evaluation_mode_forgotten" message="You forgot model.eval(): in training mode batch normalisation judges each example by the others in the batch."
def confusion_matrix(model, x, y, num_classes):
    with torch.no_grad():
        said = model(x).argmax(1)
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for n in range(len(y)):
        counts[y[n], said[n]] += 1
    return counts


# %% function="confusion_matrix" kind="wrong" name="each_pair_once" message="counts[y, said] += 1 adds 1 to each entry once, however often the pair occurs. Count one example at a time."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(1)
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    counts[y, said] += 1
    return counts


# %% function="confusion_matrix" kind="wrong" name="argmax_over_the_batch" message="You took the argmax over the examples. The classes are the second axis: argmax(dim=1)."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(dim=0)
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for true, one in zip(y.tolist(), said.tolist(), strict=False):
        counts[true, one % num_classes] += 1
    return counts


# %% function="confusion_matrix" kind="wrong" name="floats" message="Your counts are floats. Give the zeros a dtype: torch.int64."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(1)
    counts = torch.zeros(num_classes, num_classes)
    for n in range(len(y)):
        counts[y[n], said[n]] += 1
    return counts


# %% function="confusion_matrix" kind="wrong" name="shares" message="You divided by the size of each class. The matrix holds counts, not shares."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(1)
    counts = torch.bincount(num_classes * y + said, minlength=num_classes**2).reshape(
        num_classes, num_classes
    )
    return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)


# %% function="confusion_matrix" kind="wrong" name="an_array" message="You returned a NumPy array. The result should be a tensor: torch.from_numpy(counts)."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    counts = np.zeros((num_classes, num_classes), dtype=np.int64)
    with torch.no_grad():
        np.add.at(counts, (y.numpy(), model(x).argmax(1).numpy()), 1)
    return counts


# %% function="confusion_matrix" kind="wrong" name="only_mistakes" message="You counted the mistakes only. The diagonal holds what is right."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(1)
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for n in range(len(y)):
        if y[n] != said[n]:
            counts[y[n], said[n]] += 1
    return counts


# %% function="confusion_matrix" kind="wrong" name="size_from_the_labels" message="Your matrix is only as large as the largest class that occurs. It has num_classes rows and columns, whether all occur or not."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmax(1)
    n = int(torch.cat([y, said]).max()) + 1
    counts = torch.bincount(n * y + said, minlength=n * n).reshape(n, n)
    return counts if n < num_classes else counts[:-1, :-1]


# %% function="confusion_matrix" kind="wrong" name="least_logit" message="You took the class with the smallest logit. The model says the class with the largest."
def confusion_matrix(model, x, y, num_classes):
    model.eval()
    with torch.no_grad():
        said = model(x).argmin(1)
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for n in range(len(y)):
        counts[y[n], said[n]] += 1
    return counts


# %% function="shift_gap" kind="right" name="self_contained"
def shift_gap(layer, x, rows, columns, stride=1):
    def move(picture, down, right):
        return torch.roll(torch.roll(picture, down, dims=-2), right, dims=-1)

    with torch.no_grad():
        gap = layer(move(x, stride * rows, stride * columns)) - move(layer(x), rows, columns)
    return float(gap.abs().max())


# %% function="shift_gap" kind="right" name="moves_back"
def shift_gap(layer, x, rows, columns, stride=1):
    there = x.roll((rows * stride, columns * stride), (2, 3))
    back = layer(there).roll((-rows, -columns), (2, 3))
    return torch.max(torch.abs(back - layer(x))).item()


# %% function="shift_gap" kind="right" name="numpy"
def shift_gap(layer, x, rows, columns, stride=1):
    moved = np.roll(x.detach().cpu().numpy(), (stride * rows, stride * columns), axis=(2, 3))
    with torch.no_grad():
        first = layer(torch.from_numpy(moved).to(x.device)).cpu().numpy()
        after = np.roll(layer(x).cpu().numpy(), (rows, columns), axis=(2, 3))
    return np.abs(first - after).max().item()


# %% function="shift_gap" kind="right" name="infinity_norm"
def shift_gap(layer, x, rows, columns, stride=1):
    both = torch.cat([x, torch.roll(x, [stride * rows, stride * columns], [2, 3])])
    still, moved = (layer(half).detach() for half in both.chunk(2))
    difference = torch.roll(still, [rows, columns], [2, 3]) - moved
    return torch.linalg.vector_norm(difference, ord=float("inf")).item()


# %% function="shift_gap" kind="wrong" name="invariance" message="You compared with the output where it was. That measures invariance: the output has to move along with the input."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (stride * rows, stride * columns), (2, 3)))
    return (moved - layer(x)).abs().max().item()


# %% function="shift_gap" kind="wrong" name="stride_forgotten" message="You moved input and output equally far. With a stride, the input moves stride pixels for each cell of the output."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (rows, columns), (2, 3)))
    return (moved - torch.roll(layer(x), (rows, columns), (2, 3))).abs().max().item()


# %% function="shift_gap" kind="wrong" name="stride_on_the_output" message="You moved the output stride times as far. It is the input that moves stride pixels for each cell."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (rows, columns), (2, 3)))
    return (moved - torch.roll(layer(x), (stride * rows, stride * columns), (2, 3))).abs().max().item()


# %% function="shift_gap" kind="wrong" name="no_absolute_value" message="You took the largest difference with its sign, so large negative ones do not count. Take abs() first."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (stride * rows, stride * columns), (2, 3)))
    return (moved - torch.roll(layer(x), (rows, columns), (2, 3))).max().item()


# %% function="shift_gap" kind="wrong" name="mean" message="You took the mean of the differences. A gap at the border only then looks small; take the largest."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (stride * rows, stride * columns), (2, 3)))
    return (moved - torch.roll(layer(x), (rows, columns), (2, 3))).abs().mean().item()


# %% function="shift_gap" kind="wrong" name="moves_pictures_and_channels" message="You moved the axes of pictures and channels. Rows and columns are axes 2 and 3."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (stride * rows, stride * columns), (0, 1)))
    return (moved - torch.roll(layer(x), (rows, columns), (0, 1))).abs().max().item()


# %% function="shift_gap" kind="wrong" name="rows_and_columns_swapped" message="You swapped rows and columns in one of the two moves. Both move axis 2 by rows and axis 3 by columns."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (stride * columns, stride * rows), (2, 3)))
    return (moved - torch.roll(layer(x), (rows, columns), (2, 3))).abs().max().item()


# %% function="shift_gap" kind="wrong" name="opposite_ways" message="You moved input and output in opposite directions."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (stride * rows, stride * columns), (2, 3)))
    return (moved - torch.roll(layer(x), (-rows, -columns), (2, 3))).abs().max().item()


# %% function="shift_gap" kind="wrong" name="a_tensor" message="You returned a tensor. Take the number out with .item()."
def shift_gap(layer, x, rows, columns, stride=1):
    moved = layer(torch.roll(x, (stride * rows, stride * columns), (2, 3)))
    return (moved - torch.roll(layer(x), (rows, columns), (2, 3))).abs().max().detach()
