# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn`, `functional`, `copy` and `math` are
# there, as in the lesson.

# %% function="window_boxes" kind="right" name="self_contained"
def window_boxes(n_H, n_W, window, stride):
    if stride < 1 or n_H < window or n_W < window:
        raise ValueError("no such windows")
    y1 = torch.arange(0, n_H - window + 1, stride)
    x1 = torch.arange(0, n_W - window + 1, stride)
    y1, x1 = torch.meshgrid(y1, x1, indexing="ij")
    return torch.stack([x1, y1, x1 + window, y1 + window], dim=-1)


# %% function="window_boxes" kind="right" name="by_counting"
def window_boxes(n_H, n_W, window, stride):
    if stride < 1:
        raise ValueError("the stride should be 1 or more")
    R, S = (n_H - window) // stride + 1, (n_W - window) // stride + 1
    if R < 1 or S < 1:
        raise ValueError("the window is larger than the picture")
    boxes = torch.zeros(R, S, 4, dtype=torch.int64)
    for r in range(R):
        for s in range(S):
            x, y = s * stride, r * stride
            boxes[r, s] = torch.tensor([x, y, x + window, y + window])
    return boxes


# %% function="window_boxes" kind="right" name="while_it_fits"
def window_boxes(n_H, n_W, window, stride):
    if stride <= 0 or window > n_H or window > n_W:
        raise ValueError
    boxes, y = [], 0
    while y + window <= n_H:
        row, x = [], 0
        while x + window <= n_W:
            row.append([x, y, x + window, y + window])
            x += stride
        boxes.append(row)
        y += stride
    return torch.tensor(boxes)


# %% function="window_boxes" kind="right" name="numpy"
def window_boxes(n_H, n_W, window, stride):
    if stride < 1 or window > min(n_H, n_W):
        raise ValueError("no such windows")
    y, x = np.mgrid[0 : n_H - window + 1 : stride, 0 : n_W - window + 1 : stride]
    return torch.from_numpy(np.stack([x, y, x + window, y + window], axis=2))


# %% function="window_boxes" kind="wrong" name="last_left_out" message="You left out the last window where it just fits. A range ends before its end: it has to reach n_W - window + 1."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window, stride) or [0], range(0, n_W - window, stride) or [0]
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="stride_ignored" message="Your windows move by one pixel. They should move by the stride."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(n_H - window + 1), range(n_W - window + 1)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="moves_by_the_window" message="Your windows move by their own side, so that none overlap. They should move by the stride."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, window), range(0, n_W - window + 1, window)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="rows_first" message="Your boxes have y before x. A box is (x1, y1, x2, y2): columns first."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(y, x, y + window, x + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="sizes_in_place_of_corners" message="Your boxes end in their width and height. They should end in the corner (x2, y2)."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, window, window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="last_pixel_included" message="Your x2 and y2 are the last column and row of the window. They should be the first ones beyond it, as in a slice."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window - 1, y + window - 1) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="sticks_out" message="Your last windows stick out of the picture. Leave out those that do not fit whole."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H, stride), range(0, n_W, stride)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="rounded_up" message="You rounded the number of windows up, and the last one sticks out. Round down."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    R, S = math.ceil((n_H - window) / stride) + 1, math.ceil((n_W - window) / stride) + 1
    starts = [[(s * stride, r * stride) for s in range(S)] for r in range(R)]
    return torch.tensor([[(x, y, x + window, y + window) for x, y in row] for row in starts])


# %% function="window_boxes" kind="wrong" name="columns_outside" message="Your boxes are indexed [column, row]. The row of windows comes first."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window, y + window) for y in rows] for x in columns])


# %% function="window_boxes" kind="wrong" name="in_one_list" message="Your boxes stand in one long list. They should stand in rows and columns, as the windows do: (R, S, 4)."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([(x, y, x + window, y + window) for y in rows for x in columns])


# %% function="window_boxes" kind="wrong" name="square_pictures_only" message="You took columns for rows. The picture need not be square."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    starts = range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window, y + window) for x in starts] for y in starts])


# %% function="window_boxes" kind="wrong" name="floats" message="Your boxes are floats. Pixels are counted: an int64 tensor."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows]).float()


# %% function="window_boxes" kind="wrong" name="a_list" message="You returned a list. The result should be a tensor: torch.tensor(…)."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W) or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return [[[x, y, x + window, y + window] for x in columns] for y in rows]


# %% function="window_boxes" kind="wrong" name="nothing_for_a_large_window" message="A window that is larger than the picture should raise a ValueError."
def window_boxes(n_H, n_W, window, stride):
    if stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="only_the_rows_are_checked" message="A window may also be larger than the picture is wide. That should raise a ValueError too."
def window_boxes(n_H, n_W, window, stride):
    if window > n_H or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="only_the_columns_are_checked" message="A window may also be larger than the picture is high. That should raise a ValueError too."
def window_boxes(n_H, n_W, window, stride):
    if window > n_W or stride < 1:
        raise ValueError("no such windows")
    rows, columns = range(0, n_H - window + 1, stride), range(0, n_W - window + 1, stride)
    return torch.tensor([[(x, y, x + window, y + window) for x in columns] for y in rows])


# %% function="window_boxes" kind="wrong" name="any_stride" message="With a stride of 0 or less you go nowhere. With a negative one nothing is found: check it, and raise a ValueError."
def window_boxes(n_H, n_W, window, stride):
    if window > min(n_H, n_W):
        raise ValueError("no such windows")
    rows, columns = (np.arange(0, n - window + 1, stride or 1) for n in (n_H, n_W))
    return torch.tensor([[(x, y, x + window, y + window) for x in columns.tolist()] for y in rows.tolist()])


# %% function="sliding_window_detect" kind="right" name="self_contained"
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows = []
    for y in range(0, H - window + 1, stride):
        crops = [image[:, y : y + window, x : x + window] for x in range(0, W - window + 1, stride)]
        rows.append(model(torch.stack(crops)))
    return torch.stack(rows).permute(2, 0, 1)


# %% function="sliding_window_detect" kind="right" name="in_one_batch"
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    cut = image.unfold(1, window, stride).unfold(2, window, stride)
    C, R, S, _, _ = cut.shape
    answers = model(cut.permute(1, 2, 0, 3, 4).reshape(R * S, C, window, window))
    return answers.reshape(R, S, -1).permute(2, 0, 1)


# %% function="sliding_window_detect" kind="right" name="fills_a_map"
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    R, S = ((n - window) // stride + 1 for n in image.shape[1:])
    filled = None
    for r in range(R):
        for s in range(S):
            y, x = r * stride, s * stride
            (answer,) = model(image[:, y : y + window, x : x + window].unsqueeze(0))
            filled = torch.zeros(len(answer), R, S) if filled is None else filled
            filled[:, r, s] = answer
    return filled


# %% function="sliding_window_detect" kind="right" name="columns_of_unfold"
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    columns = functional.unfold(image[None], window, stride=stride)[0]
    answers = model(columns.T.reshape(-1, len(image), window, window))
    return answers.T.unflatten(1, ((image.shape[1] - window) // stride + 1, -1))


# %% function="sliding_window_detect" kind="right" name="by_corners"
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    R, S, _ = window_boxes(*image.shape[1:], window, stride).shape
    corners = window_boxes(*image.shape[1:], window, stride)[..., :2].flatten(0, 1)
    answers = torch.stack([model(image[None, :, y : y + window, x : x + window])[0] for x, y in corners])
    return answers.unflatten(0, (R, S)).movedim(-1, 0)


# %% function="sliding_window_detect" kind="wrong" name="last_left_out" message="You left out the last window where it just fits. A range ends before its end: it has to reach W - window + 1."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window, stride) or [0], range(0, W - window, stride) or [0]
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 0, 1)


# %% function="sliding_window_detect" kind="wrong" name="stride_ignored" message="Your windows move by one pixel. They should move by the stride."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(H - window + 1), range(W - window + 1)
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 0, 1)


# %% function="sliding_window_detect" kind="wrong" name="moves_by_the_window" message="Your windows move by their own side. They should move by the stride, and may overlap."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, window), range(0, W - window + 1, window)
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 0, 1)


# %% function="sliding_window_detect" kind="wrong" name="map_transposed" message="Your map has rows and columns of windows exchanged. It is (K, R, S): rows first."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 1, 0)


# %% function="sliding_window_detect" kind="wrong" name="cut_the_wrong_way_round" message="You cut columns where rows belong. The picture is (C, H, W): image[:, y1:y2, x1:x2]."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    image = functional.pad(image, (0, max(H - W, 0), 0, max(W - H, 0)))
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [[model(image[None, :, x : x + window, y : y + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 0, 1)


# %% function="sliding_window_detect" kind="wrong" name="classes_last" message="Your classes come last. The map is (K, R, S): move the last axis to the front."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers])


# %% function="sliding_window_detect" kind="wrong" name="reshape_for_transpose" message="Your reshape mixes classes with places. The answers are (R * S, K): transpose them first, then cut R * S into R and S."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [model(image[None, :, y : y + window, x : x + window]) for y in rows for x in columns]
    return torch.cat(answers).reshape(-1, len(rows), len(columns))


# %% function="sliding_window_detect" kind="wrong" name="columns_counted_as_rows" message="You cut the long axis into S rows of R. There are R rows of S windows."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [model(image[None, :, y : y + window, x : x + window]) for y in rows for x in columns]
    return torch.cat(answers).T.reshape(-1, len(columns), len(rows))


# %% function="sliding_window_detect" kind="wrong" name="square_pictures_only" message="You took columns for rows. The picture need not be square."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    starts = range(0, min(image.shape[1:]) - window + 1, stride)
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in starts] for y in starts]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 0, 1)


# %% function="sliding_window_detect" kind="wrong" name="best_class" message="You kept the best class of each window. The map holds all K numbers."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).argmax(dim=2)


# %% function="sliding_window_detect" kind="wrong" name="with_softmax" message="You took a softmax. The map holds the model's numbers as they are."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [[model(image[None, :, y : y + window, x : x + window])[0] for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 0, 1).softmax(dim=0)


# %% function="sliding_window_detect" kind="wrong" name="no_batch" message="You gave the model a window without a batch. It wants (B, C, window, window): image[None, :, …] makes a batch of one."
@torch.no_grad()
def sliding_window_detect(image, model, window, stride):
    _, H, W = image.shape
    rows, columns = range(0, H - window + 1, stride), range(0, W - window + 1, stride)
    answers = [[model(image[:, y : y + window, x : x + window]) for x in columns] for y in rows]
    return torch.stack([torch.stack(row) for row in answers]).permute(2, 0, 1)


# %% function="dense_to_conv" kind="right" name="self_contained"
def dense_to_conv(model):
    made = nn.Sequential()
    depth = None
    for part in model:
        if type(part) is nn.Flatten:
            continue
        if type(part) is nn.Linear:
            units, inputs = part.weight.shape
            f = round((inputs / depth) ** 0.5)
            new = nn.Conv2d(depth, units, kernel_size=f)
            new.load_state_dict({"weight": part.weight.view(units, depth, f, f), "bias": part.bias})
        else:
            new = copy.deepcopy(part)
        depth = units if type(part) is nn.Linear else getattr(new, "out_channels", depth)
        made.append(new)
    return made


# %% function="dense_to_conv" kind="right" name="copies_all_at_first"
def dense_to_conv(model):
    layers = [layer for layer in copy.deepcopy(model) if not isinstance(layer, nn.Flatten)]
    channels = 0
    for number, layer in enumerate(layers):
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
        if isinstance(layer, nn.Linear):
            f = int(math.sqrt(layer.in_features // channels) + 0.5)
            conv = nn.Conv2d(channels, layer.out_features, f)
            conv.weight = nn.Parameter(layer.weight.detach().unflatten(1, (channels, f, f)))
            conv.bias = layer.bias
            layers[number], channels = conv, layer.out_features
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="right" name="keeps_the_names"
def dense_to_conv(model):
    from collections import OrderedDict

    found, channels = OrderedDict(), 1
    for name, layer in model.named_children():
        if isinstance(layer, nn.Linear):
            f = math.isqrt(layer.in_features // channels)
            new = nn.Conv2d(channels, layer.out_features, (f, f))
            new.weight.data = layer.weight.data.clone().reshape(-1, channels, f, f)
            new.bias.data = layer.bias.data.clone()
            channels, found[name] = layer.out_features, new
        elif not isinstance(layer, nn.Flatten):
            found[name] = copy.deepcopy(layer)
            channels = layer.out_channels if isinstance(layer, nn.Conv2d) else channels
    return nn.Sequential(found)


# %% function="dense_to_conv" kind="right" name="unit_by_unit"
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Linear):
            last = [one for one in layers if isinstance(one, nn.Conv2d)][-1].out_channels
            f = next(f for f in range(1, 1000) if f * f * last == layer.in_features)
            conv = nn.Conv2d(last, layer.out_features, f)
            with torch.no_grad():
                for unit in range(layer.out_features):
                    for place in range(layer.in_features):
                        channel, rest = divmod(place, f * f)
                        conv.weight[unit, channel, rest // f, rest % f] = layer.weight[unit, place]
                    conv.bias[unit] = layer.bias[unit]
            layers.append(conv)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="channels_last_order" message="You read the dense layer's weights as (H, W, C). Flatten takes the volume apart channel by channel: reshape to (units, C, f, f)."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, f, f, channels).permute(0, 3, 1, 2))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="rows_and_columns_swapped" message="Your filters have rows and columns exchanged. The reshape to (units, C, f, f) already has them in order."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f).transpose(2, 3))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="flipped_filters" message="You turned the filters by half a turn. PyTorch's convolution does not flip them, so leave them as they are."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f).flip(2, 3))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="transposed_weights" message="You transposed the dense layer's weights. Each row of layer.weight is a unit already, and becomes a filter."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.T.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="bias_forgotten" message="You forgot the biases of the dense layers. Copy them too: filters have biases as units have."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.zero_()
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="no_biases" message="Your convolutions have no biases, but the dense layers had."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f, bias=False)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="relu_lost" message="You lost the layers between, such as ReLU. Everything that is neither nn.Flatten nor nn.Linear is copied."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        elif isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.BatchNorm2d):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="only_the_first_dense_layer" message="You turned only the first dense layer into a convolution. The others become convolutions of 1 x 1."
def dense_to_conv(model):
    layers, done = [], False
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear) and not done:
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f, done = math.isqrt(layer.in_features // channels), True
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="all_of_one_by_one" message="You made the first dense layer a convolution of 1 x 1 on all numbers. Its filters are as large as the volume that was flattened."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels, f = layer.in_features, 1
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="with_padding" message="Your convolutions have padding. Then filters meet zeros at the border, and the map gets too large: no padding."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f, padding=f // 2)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="stride_of_the_filter" message="Your filters move by their own side. They move by 1, so that each window gets its place."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f, stride=f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="flatten_kept" message="You kept the Flatten. It makes a row of the volume, and there is nothing left to convolve: leave it out."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="numbers_shared" message="Your convolutions share their numbers with the model: when one learns, the other changes. Copy them: copy_, or clone()."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            conv.weight = nn.Parameter(layer.weight.detach().view(-1, channels, f, f))
            conv.bias = layer.bias
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="layers_shared" message="You put the model's own layers into the new network: when one learns, the other changes. Copy them: copy.deepcopy(layer)."
def dense_to_conv(model):
    layers = []
    for layer in model:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            channels = [made for made in layers if isinstance(made, nn.Conv2d)][-1].out_channels
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            layers.append(conv)
        else:
            layers.append(layer)
    return nn.Sequential(*layers)


# %% function="dense_to_conv" kind="wrong" name="in_the_model_itself" message="You changed the model that you were given. Build a new nn.Sequential, and leave the model as it is."
def dense_to_conv(model):
    channels = 0
    for number, layer in enumerate(model):
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
        if isinstance(layer, nn.Linear):
            f = math.isqrt(layer.in_features // channels)
            conv = nn.Conv2d(channels, layer.out_features, f)
            with torch.no_grad():
                conv.weight.copy_(layer.weight.reshape(-1, channels, f, f))
                conv.bias.copy_(layer.bias)
            model[number], channels = conv, layer.out_features
    for number in reversed(range(len(model))):
        if isinstance(model[number], nn.Flatten):
            del model[number]
    return model


# %% function="dense_to_conv" kind="wrong" name="left_as_it_is" message="You returned a copy of the model. Its Flatten should go, and its dense layers become convolutions."
def dense_to_conv(model):
    return copy.deepcopy(model)
