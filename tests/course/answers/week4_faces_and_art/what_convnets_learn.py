# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. What the lesson's locked cells define is there.

# %% function="receptive_field" kind="right" name="self_contained"
def receptive_field(layers):
    import math

    strides = [s for _, s in layers]
    jumps = [math.prod(strides[:n]) for n in range(len(strides) + 1)]
    return 1 + sum((f - 1) * jump for (f, _), jump in zip(layers, jumps, strict=False)), jumps[-1]


# %% function="receptive_field" kind="right" name="from_the_unit_down"
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers[::-1]:
        size = (size - 1) * s + f
        jump = jump * s
    return (size, jump)


# %% function="receptive_field" kind="right" name="first_and_last_pixel"
def receptive_field(layers):
    def pixels(place):
        first = last = place
        for f, s in reversed(layers):
            first, last = first * s, last * s + f - 1
        return first, last

    (first, last), (neighbour, _) = pixels(0), pixels(1)
    return last - first + 1, neighbour - first


# %% function="receptive_field" kind="wrong" name="jump_left_out" message="You widened the field by f - 1 pixels at each layer. A filter reaches over f - 1 neighbours, and each lies one jump further: (f - 1) * jump."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += f - 1
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="f_for_f_minus_1" message="You widened the field by f steps. A filter of f places has only f - 1 steps between them."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += f * jump
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="stride_before" message="You multiplied the jump by a layer's stride before its filter stepped. The filter steps over what comes in, with the jump of the layer below."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        jump *= s
        size += (f - 1) * jump
    return size, jump


# %% function="receptive_field" kind="wrong" name="strides_added" message="You added the strides up. Each stride multiplies the jump."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += (f - 1) * jump
        jump += s - 1
    return size, jump


# %% function="receptive_field" kind="wrong" name="own_stride_for_the_jump" message="You took the layer's own stride for the jump. The jump is the product of all strides below it."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += (f - 1) * s
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="stride_below_for_the_jump" message="You took the stride of the layer below for the jump. The jump is the product of all strides below."
def receptive_field(layers):
    size, jump, below = 1, 1, 1
    for f, s in layers:
        size += (f - 1) * below
        below = s
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="last_stride_left_out" message="You gave the jump of what comes in to the last layer. Its own stride moves its neighbours apart too."
def receptive_field(layers):
    size, jump, jump_in = 1, 1, 1
    for f, s in layers:
        size += (f - 1) * jump
        jump_in, jump = jump, jump * s
    return size, jump_in


# %% function="receptive_field" kind="wrong" name="from_the_top" message="You went through the layers from the last to the first. Begin at the picture, or take the other formula: size = (size - 1) * s + f."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in reversed(layers):
        size += (f - 1) * jump
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="other_formula_from_below" message="You went through the layers from the first to the last with a formula for the way down: (size - 1) * s + f begins at the unit."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size = (size - 1) * s + f
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="sizes_multiplied" message="You multiplied the filters' sizes. Neighbours' fields overlap, so each layer adds (f - 1) * jump."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size *= f
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="begins_at_0" message="You began with a size of 0. A pixel sees itself: begin with 1."
def receptive_field(layers):
    size, jump = 0, 1
    for f, s in layers:
        size += (f - 1) * jump
        jump *= s
    return size, jump


# %% function="receptive_field" kind="wrong" name="jump_first" message="You returned the jump first. The size comes first."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += (f - 1) * jump
        jump *= s
    return jump, size


# %% function="receptive_field" kind="wrong" name="size_alone" message="You returned the size alone. The jump is wanted too: (size, jump)."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += (f - 1) * jump
        jump *= s
    return size


# %% function="receptive_field" kind="wrong" name="a_list" message="You returned a list. A tuple is wanted: return size, jump."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += (f - 1) * jump
        jump *= s
    return [size, jump]


# %% function="receptive_field" kind="wrong" name="number_of_pixels" message="You returned the number of pixels in the field. Its side is wanted."
def receptive_field(layers):
    size, jump = 1, 1
    for f, s in layers:
        size += (f - 1) * jump
        jump *= s
    return size**2, jump


# %% function="top_patches" kind="right" name="self_contained"
def top_patches(model, layer, unit, images, k=9):
    if len(images) < k:
        raise ValueError("too few pictures")
    N, C, H, W = images.shape
    maps = maps_of(model, layer, images)[:, unit]
    found = []
    for n in range(N):
        place = int(maps[n].argmax())
        found.append((float(maps[n].max()), n, *divmod(place, maps.shape[2])))
    found.sort(key=lambda one: -one[0])
    boxes = []
    for _, _, row, column in found[:k]:
        y1, y2, x1, x2 = row, row, column, column
        for f, s, pad in steps_to(model, layer)[::-1]:
            y1, y2 = s * y1 - pad, s * y2 - pad + f - 1
            x1, x2 = s * x1 - pad, s * x2 - pad + f - 1
        boxes.append([max(x1, 0), max(y1, 0), min(x2 + 1, W), min(y2 + 1, H)])
    return (
        torch.tensor([one[0] for one in found[:k]]),
        torch.tensor([one[1] for one in found[:k]]),
        torch.tensor(boxes),
    )


# %% function="top_patches" kind="right" name="size_and_jump"
def top_patches(model, layer, unit, images, k=9):
    if k > images.shape[0]:
        raise ValueError(k)
    size = jump = 1
    before = 0
    for f, s, pad in steps_to(model, layer):
        size, before, jump = size + (f - 1) * jump, before + pad * jump, jump * s
    maps = maps_of(model, layer, images)[:, unit]
    best = maps.amax(dim=(1, 2))
    which = best.argsort(descending=True, stable=True)[:k]
    rows = maps.amax(dim=2).argmax(dim=1)[which]
    columns = maps.amax(dim=1).argmax(dim=1)[which]
    corners = torch.stack([columns, rows], dim=1) * jump - before
    ends = corners + size
    limits = torch.tensor([images.shape[3], images.shape[2]], device=ends.device)
    return best[which], which, torch.cat([corners.clamp(min=0), torch.minimum(ends, limits)], dim=1)


# %% function="top_patches" kind="right" name="own_pass_and_numpy"
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError("k is larger than the number of pictures")
    with torch.no_grad():
        maps = features(model, images, [layer])[layer][:, unit].cpu().numpy()
    best = maps.max(axis=(1, 2))
    which = np.argsort(-best, kind="stable")[:k]
    places = [np.unravel_index(maps[n].argmax(), maps[n].shape) for n in which]
    first = last = np.array(places)[:, ::-1]
    for f, s, pad in reversed(steps_to(model, layer)):
        first, last = s * first - pad, s * last - pad + (f - 1)
    edge = np.array([images.shape[3], images.shape[2]])
    boxes = np.concatenate([np.maximum(first, 0), np.minimum(last + 1, edge)], axis=1)
    return torch.from_numpy(best[which].copy()), torch.from_numpy(which), torch.from_numpy(boxes)


# %% function="top_patches" kind="wrong" name="several_of_one_picture" message="You took the strongest places, whichever pictures they lie in. Take the strongest place of each picture first, then the strongest pictures."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    N, R, S = maps.shape
    values, places = maps.flatten().topk(k)
    which, places = places // (R * S), places % (R * S)
    boxes = torch.stack([places % S, places // S, places % S, places // S], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="without_the_jump" message="You took a place of the map for a place of the picture. Walk back, step by step: a place further in the map is a jump further in the picture."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    size = jump = 1
    for f, s, _ in steps_to(model, layer):
        size, jump = size + (f - 1) * jump, jump * s
    boxes = torch.stack([columns, rows, columns + size, rows + size], dim=1)
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="padding_forgotten" message="You forgot the padding. With it a field begins `pad` rows and columns earlier at each step: s * row - pad."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, _ in reversed(steps_to(model, layer)):
        boxes = s * boxes
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="paddings_added_up" message="You subtracted the paddings of all layers as pixels. A row of padding further up is as wide as the jump there: walk back step by step."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    size = jump = 1
    before = 0
    for f, s, pad in steps_to(model, layer):
        size, jump, before = size + (f - 1) * jump, jump * s, before + pad
    corners = (
        torch.stack([places[which] % maps.shape[2], places[which] // maps.shape[2]], dim=1) * jump - before
    )
    boxes = torch.cat([corners, corners + size], dim=1)
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="field_around_the_middle" message="You put the field's middle at jump * row, as if all padding were symmetric. Ours is not: walk back with `pad`."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    size = jump = 1
    for f, s, _ in steps_to(model, layer):
        size, jump = size + (f - 1) * jump, jump * s
    middles = torch.stack([places[which] % maps.shape[2], places[which] // maps.shape[2]], dim=1) * jump
    boxes = torch.cat([middles - size // 2, middles - size // 2 + size], dim=1)
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="steps_from_the_picture" message="You walked from the picture up. On the way back the last layer comes first: reversed(steps)."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in steps_to(model, layer):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="beyond_the_edge" message="Your boxes stick out of the picture. Cut them off at 0, W and H: out there is only padding."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    return values, which, boxes


# %% function="top_patches" kind="wrong" name="last_pixel_for_the_end" message="Your boxes end at their last pixel. x2 and y2 are the first column and row beyond it: add 1."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W - 1, H - 1, W - 1, H - 1]))


# %% function="top_patches" kind="wrong" name="y_first" message="Your boxes have rows first. The order is x1, y1, x2, y2: columns first."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([rows, columns, rows, columns], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([H, W, H, W]))


# %% function="top_patches" kind="wrong" name="rows_counted_by_rows" message="You divided the place by the number of rows. A place p of a map with S columns is in row p // S, column p % S."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[1], places[which] % maps.shape[1]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="mean_of_the_map" message="You ranked the pictures by the mean of the unit's map. A unit is excited at a place: take the highest value of the map."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    places = maps.flatten(1).argmax(dim=1)
    values, which = maps.mean(dim=(1, 2)).topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="absolute_values" message="You took absolute values. A unit far below 0 is not excited: take the highest value."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit].abs()
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="all_units_together" message="You took the highest value of all units. Only the one asked for counts: maps[:, unit]."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images).amax(dim=1)
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="weakest_first" message="You began with the weakest. The strongest come first."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    which = best.argsort()[:k]
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return best[which], which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="order_of_the_album" message="You gave the pictures in the order of the album. The strongest come first."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    which = best.topk(k).indices.sort().values
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return best[which], which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="places_of_other_pictures" message="You took the places of the first k pictures for those of the strongest. Choose them too: places[which]."
def top_patches(model, layer, unit, images, k=9):
    if k > len(images):
        raise ValueError(k)
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(k)
    rows, columns = places[:k] // maps.shape[2], places[:k] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="top_patches" kind="wrong" name="too_few_are_no_error" message="You gave fewer patches than were asked for. Where there are fewer pictures than k, raise ValueError."
def top_patches(model, layer, unit, images, k=9):
    maps = maps_of(model, layer, images)[:, unit]
    best, places = maps.flatten(1).max(dim=1)
    values, which = best.topk(min(k, len(images)))
    rows, columns = places[which] // maps.shape[2], places[which] % maps.shape[2]
    boxes = torch.stack([columns, rows, columns, rows], dim=1)
    for f, s, pad in reversed(steps_to(model, layer)):
        boxes = s * boxes - pad
        boxes[:, 2:] += f - 1
    boxes[:, 2:] += 1
    H, W = images.shape[2:]
    return values, which, boxes.clamp(min=0).minimum(torch.tensor([W, H, W, H]))


# %% function="saliency_map" kind="right" name="self_contained"
def saliency_map(model, x, label):
    model = model.eval()
    batch = x.detach()[None].clone()
    batch.requires_grad = True
    model(batch)[:, label].sum().backward()
    return batch.grad[0].abs().max(dim=0).values


# %% function="saliency_map" kind="right" name="jacobian"
def saliency_map(model, x, label):
    model.eval()
    slopes = torch.autograd.functional.jacobian(lambda picture: model(picture[None])[0, label], x)
    return torch.max(slopes.abs(), dim=0)[0]


# %% function="saliency_map" kind="right" name="up_or_down"
def saliency_map(model, x, label):
    model.train(False)
    slopes = torch.func.grad(lambda picture: model(picture.unsqueeze(0)).squeeze(0)[label])(x.detach())
    return torch.maximum(slopes.amax(dim=0), -slopes.amin(dim=0))


# %% function="saliency_map" kind="wrong" name="probability" message="You took the gradient of the probability. Take that of the logit, before any softmax."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None]).softmax(dim=1)[0, label], pixels)
    return slopes.abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="picture_asked" message="You asked the picture that you got for its gradient, and it keeps that. Make a copy first: x.detach().clone()."
def saliency_map(model, x, label):
    model.eval()
    x.requires_grad_()
    (slopes,) = torch.autograd.grad(model(x[None])[0, label], x)
    return slopes.abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="loss" message="You took the gradient of the loss. It goes through the softmax; take that of the logit itself."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    loss = nn.functional.cross_entropy(model(pixels[None]), torch.tensor([label]))
    (slopes,) = torch.autograd.grad(loss, pixels)
    return slopes.abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="no_absolute_value" message="You forgot the absolute value. A pixel that pulls the logit down matters too: abs() before amax."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return slopes.amax(dim=0)


# %% function="saliency_map" kind="wrong" name="absolute_value_last" message="You took the absolute value after the maximum. A steep slope downwards is lost then: abs() before amax."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return slopes.amax(dim=0).abs()


# %% function="saliency_map" kind="wrong" name="sum_over_channels" message="You added up over the channels. Take the largest: amax(dim=0)."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return slopes.abs().sum(dim=0)


# %% function="saliency_map" kind="wrong" name="mean_over_channels" message="You took the mean over the channels. Take the largest: amax(dim=0)."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return slopes.abs().mean(dim=0)


# %% function="saliency_map" kind="wrong" name="all_channels" message="You left the channels apart. The map has one number for each pixel, the largest over the channels."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return slopes.abs()


# %% function="saliency_map" kind="wrong" name="training_mode" message="You left the network in training mode. Its batch normalisation then takes its mean from the one picture: model.eval()."
def saliency_map(model, x, label):
    model.train()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return slopes.abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="mode_as_it_comes" message="You left the network in the mode that it came in. Put it into evaluation mode: model.eval()."
def saliency_map(model, x, label):
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return slopes.abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="winner" message="You took the highest logit. The class asked for is `label`, whether it wins or not."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0].max(), pixels)
    return slopes.abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="all_classes" message="You took the gradient of all logits together. Take that of the class asked for."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None]).sum(), pixels)
    return slopes.abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="times_the_pixels" message="You multiplied the slopes by the pixels. The map is made of the slopes alone."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    return (slopes * x).abs().amax(dim=0)


# %% function="saliency_map" kind="wrong" name="scaled_to_1" message="You divided by the highest value. The slopes are wanted as they are; scale them when you draw them."
def saliency_map(model, x, label):
    model.eval()
    pixels = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(pixels[None])[0, label], pixels)
    steepest = slopes.abs().amax(dim=0)
    return steepest / steepest.max()


# %% function="transposed_view" kind="right" name="self_contained"
def transposed_view(model, layer, unit, x, guided=False):
    def hand_on(part, grad_input, grad_output):
        signal = grad_input[0] if guided else grad_output[0]
        return (torch.where(signal > 0, signal, torch.zeros_like(signal)),)

    handles = []
    for part in model.modules():
        if type(part).__name__ in ("ReLU", "ReLU6"):
            handles.append(part.register_full_backward_hook(hand_on))
    try:
        batch = x.detach()[None].clone().requires_grad_(True)
        maps = features(model, batch, [layer])[layer]
        start = torch.zeros_like(maps)
        start[0, unit].view(-1)[maps[0, unit].argmax()] = 1
        return torch.autograd.grad(maps, batch, start)[0][0]
    finally:
        for handle in handles:
            handle.remove()


# %% function="transposed_view" kind="right" name="by_hand"
def transposed_view(model, layer, unit, x, guided=False):
    went_up, a = [], x.detach()[None]
    with torch.no_grad():
        for name, part in model.named_modules():
            if not list(part.children()):
                went_up.append((part, a))
                a = part(a)
            if name == layer:
                break
        signal = torch.zeros_like(a)
        signal[0, unit] = (a[0, unit] == a[0, unit].max()).float()
        for part, a in reversed(went_up):
            if isinstance(part, nn.Conv2d):
                f, s, p = part.kernel_size, part.stride, part.padding
                rows, columns = (n + 2 * q - g for n, q, g in zip(a.shape[2:], p, f, strict=True))
                extra = rows % s[0], columns % s[1]
                signal = nn.functional.conv_transpose2d(signal, part.weight, None, s, p, extra)
            elif isinstance(part, nn.MaxPool2d):
                pooled, places = nn.functional.max_pool2d(
                    a, part.kernel_size, part.stride, return_indices=True
                )
                signal = nn.functional.max_unpool2d(
                    signal, places, part.kernel_size, part.stride, output_size=a.shape
                )
            else:
                signal = signal.clamp(min=0)
                signal = signal * ((a > 0) & (part(a) == a)) if guided else signal
    return signal[0]


# %% function="transposed_view" kind="right" name="layer_by_layer"
def transposed_view(model, layer, unit, x, guided=False):
    parts = []
    for name, part in model.named_modules():
        if not list(part.children()):
            parts.append(part)
        if name == layer:
            break
    inputs = [x.detach()[None]]
    for part in parts:
        inputs.append(part(inputs[-1]).detach())
    signal = torch.zeros_like(inputs[-1])
    place = inputs[-1][0, unit].argmax()
    signal[0, unit].flatten()[place] = 1
    for part, given in zip(reversed(parts), reversed(inputs[:-1]), strict=True):
        if isinstance(part, nn.ReLU | nn.ReLU6) and not guided:
            signal = signal.relu()
            continue
        _, signal = torch.autograd.functional.vjp(part, given, signal)
        if isinstance(part, nn.ReLU | nn.ReLU6):
            signal = signal.relu()
    return signal[0]


# %% function="transposed_view" kind="wrong" name="gradient" message="You sent the plain gradient back. A ReLU hands on what comes down to it where that is above 0."
def transposed_view(model, layer, unit, x, guided=False):
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    return torch.autograd.grad(highest, pixels)[0]


# %% function="transposed_view" kind="wrong" name="always_guided" message="You also counted what went up, though `guided` is False. Then only the sign of what comes down decides."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(lambda part, masked, arrived: (masked[0].clamp(min=0),))
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="never_guided" message="You forgot what went up, though `guided` is True. Then a ReLU that was off hands on nothing."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(lambda part, masked, arrived: (arrived[0].clamp(min=0),))
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="rules_swapped" message="You swapped the two rules. Guided counts what went up; otherwise only what comes down counts."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(
            lambda part, masked, arrived: ((arrived if guided else masked)[0].clamp(min=0),)
        )
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="guided_gradient" message="You let negative signals through when guided. Both rules hold then: what went up and what comes down are above 0."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(
            lambda part, masked, arrived: (masked[0] if guided else arrived[0].clamp(min=0),)
        )
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="rectified_at_the_pixels" message="You rectified what arrives at the pixels, and no more. Each ReLU on the way hands on only what is positive; at the pixels the sign stays."
def transposed_view(model, layer, unit, x, guided=False):
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    return torch.autograd.grad(highest, pixels)[0].clamp(min=0)


# %% function="transposed_view" kind="wrong" name="pixels_rectified_too" message="You rectified what arrives at the pixels too. There is no ReLU below the first layer: its sign stays."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(
            lambda part, masked, arrived: ((masked if guided else arrived)[0].clamp(min=0),)
        )
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view.clamp(min=0)


# %% function="transposed_view" kind="wrong" name="nothing_at_the_relu" message="You let everything through the ReLUs. What comes down to one is handed on only where it is above 0."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(lambda part, masked, arrived: (arrived[0].clone(),))
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="absolute_values" message="You took absolute values at the ReLUs. What is below 0 becomes 0: clamp(min=0)."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(
            lambda part, masked, arrived: ((masked if guided else arrived)[0].abs(),)
        )
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="all_places" message="You started at all places of the map. The signal starts as a 1 at the strongest place alone."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(
            lambda part, masked, arrived: ((masked if guided else arrived)[0].clamp(min=0),)
        )
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    together = features(model, pixels[None], [layer])[layer][0, unit].sum()
    (view,) = torch.autograd.grad(together, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="all_units" message="You started at the strongest unit of the layer. The one asked for counts: [0, unit]."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(
            lambda part, masked, arrived: ((masked if guided else arrived)[0].clamp(min=0),)
        )
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer].max()
    (view,) = torch.autograd.grad(highest, pixels)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="starts_with_the_value" message="You started with the unit's value. The signal starts as a 1."
def transposed_view(model, layer, unit, x, guided=False):
    hooks = [
        part.register_full_backward_hook(
            lambda part, masked, arrived: ((masked if guided else arrived)[0].clamp(min=0),)
        )
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels, highest.detach())
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="hooks_left_on" message="You left your hooks on. The next one who asks this network gets strange gradients: hook.remove()."
def transposed_view(model, layer, unit, x, guided=False):
    def rectified(part, masked, arrived):
        return ((masked if guided else arrived)[0].clamp(min=0),)

    for part in model.modules():
        if isinstance(part, nn.ReLU | nn.ReLU6):
            part.register_full_backward_hook(rectified)
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    return torch.autograd.grad(highest, pixels)[0]


# %% function="transposed_view" kind="wrong" name="guided_hooks_left_on" message="With guided you left your hooks on: both ways end with hook.remove()."
def transposed_view(model, layer, unit, x, guided=False):
    def rectified(part, masked, arrived):
        return ((masked if guided else arrived)[0].clamp(min=0),)

    hooks = [
        part.register_full_backward_hook(rectified)
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    pixels = x.detach().clone().requires_grad_()
    highest = features(model, pixels[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, pixels)
    if not guided:
        for hook in hooks:
            hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="picture_asked" message="You asked the picture that you got for its gradient, and it keeps that. Make a copy first: x.detach().clone()."
def transposed_view(model, layer, unit, x, guided=False):
    def rectified(part, masked, arrived):
        return ((masked if guided else arrived)[0].clamp(min=0),)

    hooks = [
        part.register_full_backward_hook(rectified)
        for part in model.modules()
        if isinstance(part, nn.ReLU | nn.ReLU6)
    ]
    x.requires_grad_()
    highest = features(model, x[None], [layer])[layer][0, unit].max()
    (view,) = torch.autograd.grad(highest, x)
    for hook in hooks:
        hook.remove()
    return view


# %% function="transposed_view" kind="wrong" name="filters_not_transposed" message="You sent the signal back through the filters unturned. A transpose convolution adds a scaled filter at each place; conv_transpose2d does it."
def transposed_view(model, layer, unit, x, guided=False):
    went_up, a = [], x.detach()[None]
    with torch.no_grad():
        for name, part in model.named_modules():
            if not list(part.children()):
                went_up.append((part, a))
                a = part(a)
            if name == layer:
                break
        signal = torch.zeros_like(a)
        signal[0, unit] = (a[0, unit] == a[0, unit].max()).float()
        for part, a in reversed(went_up):
            if isinstance(part, nn.Conv2d):
                margins = [f - 1 - p for f, p in zip(part.kernel_size, part.padding, strict=True)]
                signal = nn.functional.conv2d(signal, part.weight.transpose(0, 1), padding=margins)
            elif isinstance(part, nn.MaxPool2d):
                pooled, places = nn.functional.max_pool2d(
                    a, part.kernel_size, part.stride, return_indices=True
                )
                signal = nn.functional.max_unpool2d(
                    signal, places, part.kernel_size, part.stride, output_size=a.shape
                )
            else:
                signal = signal.clamp(min=0)
                signal = signal * ((a > 0) & (part(a) == a)) if guided else signal
    return signal[0]


# %% function="transposed_view" kind="wrong" name="unpooled_everywhere" message="You sent a pooling's signal to its whole window. It goes to the place of the maximum alone."
def transposed_view(model, layer, unit, x, guided=False):
    went_up, a = [], x.detach()[None]
    with torch.no_grad():
        for name, part in model.named_modules():
            if not list(part.children()):
                went_up.append((part, a))
                a = part(a)
            if name == layer:
                break
        signal = torch.zeros_like(a)
        signal[0, unit] = (a[0, unit] == a[0, unit].max()).float()
        for part, a in reversed(went_up):
            if isinstance(part, nn.Conv2d):
                signal = nn.functional.conv_transpose2d(signal, part.weight, None, part.stride, part.padding)
            elif isinstance(part, nn.MaxPool2d):
                spread = signal.repeat_interleave(2, 2).repeat_interleave(2, 3)
                signal = torch.zeros_like(a)
                signal[:, :, : spread.shape[2], : spread.shape[3]] = spread
            else:
                signal = signal.clamp(min=0)
                signal = signal * ((a > 0) & (part(a) == a)) if guided else signal
    return signal[0]
