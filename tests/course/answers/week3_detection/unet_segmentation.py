# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn`, `functional` and `pairwise` are there, as
# in the lesson.


# %% function="mean_iou" kind="right" name="self_contained"
def mean_iou(pred, target, num_classes):
    counts = torch.bincount((target * num_classes + pred).flatten(), minlength=num_classes**2)
    counts = counts.reshape(num_classes, num_classes).double()
    both = counts.diagonal()
    either = counts.sum(dim=0) + counts.sum(dim=1) - both
    if not either.sum():
        raise ValueError("there is nothing to compare")
    return (both[either > 0] / either[either > 0]).mean().item()


# %% function="mean_iou" kind="right" name="one_hot"
def mean_iou(pred, target, num_classes):
    said = functional.one_hot(pred.flatten(), num_classes).bool()
    true = functional.one_hot(target.flatten(), num_classes).bool()
    both, either = (said & true).sum(dim=0), (said | true).sum(dim=0)
    occurs = either > 0
    if not occurs.any():
        raise ValueError("no class occurs")
    return float((both[occurs].double() / either[occurs].double()).mean())


# %% function="mean_iou" kind="right" name="numpy"
def mean_iou(pred, target, num_classes):
    said, true = pred.numpy(), target.numpy()
    classes = np.union1d(said, true)
    if not len(classes):
        raise ValueError("no class occurs")
    ratios = [np.sum((said == c) & (true == c)) / np.sum((said == c) | (true == c)) for c in classes]
    return float(np.mean(ratios))


# %% function="mean_iou" kind="right" name="pixel_by_pixel"
def mean_iou(pred, target, num_classes):
    both, either = [0] * num_classes, [0] * num_classes
    for said, true in zip(pred.flatten().tolist(), target.flatten().tolist(), strict=True):
        either[said] += 1
        if said == true:
            both[true] += 1
        else:
            either[true] += 1
    values = [b / e for b, e in zip(both, either, strict=True) if e]
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="right" name="self_contained"
def dice(pred, target, num_classes):
    counts = torch.bincount((target * num_classes + pred).flatten(), minlength=num_classes**2)
    counts = counts.reshape(num_classes, num_classes).double()
    sizes = counts.sum(dim=0) + counts.sum(dim=1)
    if not sizes.sum():
        raise ValueError("there is nothing to compare")
    return (2 * counts.diagonal()[sizes > 0] / sizes[sizes > 0]).mean().item()


# %% function="dice" kind="right" name="from_iou"
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both, either = ((pred == c) & (target == c)).sum().item(), ((pred == c) | (target == c)).sum().item()
        if either:
            iou = both / either
            values.append(2 * iou / (1 + iou))
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="right" name="numpy"
def dice(pred, target, num_classes):
    said = np.bincount(pred.numpy().ravel(), minlength=num_classes)
    true = np.bincount(target.numpy().ravel(), minlength=num_classes)
    both = np.bincount(target[pred == target].numpy(), minlength=num_classes)
    occurs = said + true > 0
    if not occurs.any():
        raise ValueError("no class occurs")
    return float(np.mean(2 * both[occurs] / (said + true)[occurs]))


# %% function="dice" kind="right" name="f_score"
def dice(pred, target, num_classes):
    scores = []
    for c in range(num_classes):
        hits = int(((pred == c) & (target == c)).sum())
        false_alarms = int(((pred == c) & (target != c)).sum())
        missed = int(((pred != c) & (target == c)).sum())
        if hits + false_alarms + missed:
            scores.append(hits / (hits + 0.5 * (false_alarms + missed)))
    if not scores:
        raise ValueError("no class occurs")
    return sum(scores) / len(scores)


# %% function="mean_iou" kind="wrong" name="sum_for_union" message="You divided by the sizes of both sets together. The union counts the pixels in both once: row + column - diagonal."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / sizes)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="dice_for_iou" message="You computed Dice. IoU is the intersection over the union."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(2 * both / sizes)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="right_pixels" message="You computed the share of right pixels. IoU looks at each class by itself."
def mean_iou(pred, target, num_classes):
    if not pred.numel():
        raise ValueError("no class occurs")
    return (pred == target).sum().item() / pred.numel()


# %% function="mean_iou" kind="wrong" name="absent_classes_count_zero" message="You counted classes that nobody has or says, with 0. Leave them out of the mean."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        values.append(both / max(either, 1) if sizes else 0.0)
    if not pred.numel():
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="absent_classes_count_one" message="You counted classes that nobody has or says, with 1. Leave them out of the mean."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        values.append(both / max(either, 1) if sizes else 1.0)
    if not pred.numel():
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="true_classes_only" message="You left out the classes that are said, but true nowhere. They count, with 0."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        if (target == c).any():
            values.append(both / either)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="said_classes_only" message="You left out the classes that are true, but never said. They count, with 0."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        if (pred == c).any():
            values.append(both / either)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="mean_of_pictures" message="You took the mean of each picture's own IoU. Count over all pictures together, and divide once."
def mean_iou(pred, target, num_classes):
    means = []
    for said, true in zip(pred, target, strict=True):
        values = []
        for c in range(num_classes):
            both, either = ((said == c) & (true == c)).sum().item(), ((said == c) | (true == c)).sum().item()
            sizes = both + either
            if sizes:
                values.append(both / either)
        if values:
            means.append(sum(values) / len(values))
    if not means:
        raise ValueError("no class occurs")
    return sum(means) / len(means)


# %% function="mean_iou" kind="wrong" name="all_classes_in_one" message="You summed over the classes before you divided, so a large class decides alone. Take each class's own IoU, then the mean."
def mean_iou(pred, target, num_classes):
    boths, unions, totals = 0, 0, 0
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        boths, unions, totals = boths + both, unions + either, totals + both + either
    if not totals:
        raise ValueError("no class occurs")
    return boths / unions


# %% function="mean_iou" kind="wrong" name="weighted_by_size" message="You weighted the classes by their size. Each counts the same."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(((target == c).sum().item() / target.numel(), both / either))
    if not values:
        raise ValueError("no class occurs")
    return sum(share * value for share, value in values)


# %% function="mean_iou" kind="wrong" name="nan_for_none" message="You give nan where there is no pixel. Raise a ValueError there."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / either)
    if not values:
        return float("nan")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="zero_for_none" message="You give a number where there is no pixel. Raise a ValueError there."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / either)
    if not values:
        return 0.0
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="a_tensor" message="You returned a tensor. A measure is a float: .item()."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / either)
    if not values:
        raise ValueError("no class occurs")
    return torch.tensor(sum(values) / len(values))


# %% function="mean_iou" kind="wrong" name="background_left_out" message="You left out class 0. It counts like the others."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes and c:
            values.append(both / either)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="mean_iou" kind="wrong" name="recall" message="You divided by the pixels that are truly of the class, so false alarms cost nothing. Divide by the union."
def mean_iou(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / max((target == c).sum().item(), 1))
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="two_forgotten" message="You forgot the 2: Dice is twice the intersection over the two sizes together."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / sizes)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="iou_for_dice" message="You computed the IoU. Dice is twice the intersection over the two sizes together."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / either)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="two_over_union" message="You divided by the union. Below the line stand the two sizes together, in which the intersection counts twice."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(2 * both / either)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="absent_classes_count_zero" message="You counted classes that nobody has or says, with 0. Leave them out of the mean."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        values.append(2 * both / max(sizes, 1) if sizes else 0.0)
    if not pred.numel():
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="absent_classes_count_one" message="You counted classes that nobody has or says, with 1. Leave them out of the mean."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        values.append(2 * both / max(sizes, 1) if sizes else 1.0)
    if not pred.numel():
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="true_classes_only" message="You left out the classes that are said, but true nowhere. They count, with 0."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if (target == c).any():
            values.append(2 * both / sizes)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="said_classes_only" message="You left out the classes that are true, but never said. They count, with 0."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if (pred == c).any():
            values.append(2 * both / sizes)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="mean_of_pictures" message="You took the mean of each picture's own Dice. Count over all pictures together, and divide once."
def dice(pred, target, num_classes):
    means = []
    for said, true in zip(pred, target, strict=True):
        values = []
        for c in range(num_classes):
            both, either = ((said == c) & (true == c)).sum().item(), ((said == c) | (true == c)).sum().item()
            sizes = both + either
            if sizes:
                values.append(2 * both / sizes)
        if values:
            means.append(sum(values) / len(values))
    if not means:
        raise ValueError("no class occurs")
    return sum(means) / len(means)


# %% function="dice" kind="wrong" name="all_classes_in_one" message="You summed over the classes before you divided, so a large class decides alone. Take each class's own Dice, then the mean."
def dice(pred, target, num_classes):
    if not pred.numel():
        raise ValueError("no class occurs")
    return (pred == target).sum().item() / pred.numel()


# %% function="dice" kind="wrong" name="weighted_by_size" message="You weighted the classes by their size. Each counts the same."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(((target == c).sum().item() / target.numel(), 2 * both / sizes))
    if not values:
        raise ValueError("no class occurs")
    return sum(share * value for share, value in values)


# %% function="dice" kind="wrong" name="nan_for_none" message="You give nan where there is no pixel. Raise a ValueError there."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(2 * both / sizes)
    if not values:
        return float("nan")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="zero_for_none" message="You give a number where there is no pixel. Raise a ValueError there."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(2 * both / sizes)
    if not values:
        return 0.0
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="a_tensor" message="You returned a tensor. A measure is a float: .item()."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(2 * both / sizes)
    if not values:
        raise ValueError("no class occurs")
    return torch.tensor(sum(values) / len(values))


# %% function="dice" kind="wrong" name="background_left_out" message="You left out class 0. It counts like the others."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes and c:
            values.append(2 * both / sizes)
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="dice" kind="wrong" name="recall" message="You divided by the pixels that are truly of the class, so false alarms cost nothing. Divide by the sizes of both together."
def dice(pred, target, num_classes):
    values = []
    for c in range(num_classes):
        both = ((pred == c) & (target == c)).sum().item()
        either = ((pred == c) | (target == c)).sum().item()
        sizes = both + either
        if sizes:
            values.append(both / max((target == c).sum().item(), 1))
    if not values:
        raise ValueError("no class occurs")
    return sum(values) / len(values)


# %% function="transpose_conv" kind="right" name="self_contained"
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = torch.zeros(C_out, rows, columns, dtype=x.dtype)
    for u in range(f):
        for v in range(f):
            prints = torch.tensordot(W[:, :, u, v], x, dims=([0], [0]))
            below, right = u + (H - 1) * stride + 1, v + (n_W - 1) * stride + 1
            canvas[:, u:below:stride, v:right:stride] += prints
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="right" name="functional"
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    return functional.conv_transpose2d(x[None], W, None, stride, pad, output_padding)[0]


# %% function="transpose_conv" kind="right" name="zeros_between_then_a_convolution"
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    f = W.shape[-1]
    spread = x.new_zeros(C_in, (H - 1) * stride + 1, (n_W - 1) * stride + 1)
    spread[:, ::stride, ::stride] = x
    border = f - 1 - pad
    wide = functional.pad(spread, (border, border + output_padding, border, border + output_padding))
    return functional.conv2d(wide[None], W.flip(2, 3).transpose(0, 1))[0]


# %% function="transpose_conv" kind="right" name="fold"
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    prints = W.reshape(C_in, C_out * f * f).T @ x.reshape(C_in, H * n_W)
    size = ((H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding)
    canvas = functional.fold(prints, size, f, stride=stride)
    return canvas[:, pad : size[0] - pad, pad : size[1] - pad]


# %% function="transpose_conv" kind="right" name="backward_pass_of_a_convolution"
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    _, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    more = f - 2 * pad + output_padding
    with torch.enable_grad():
        z = torch.zeros(1, C_out, (H - 1) * stride + more, (n_W - 1) * stride + more, requires_grad=True)
        out = functional.conv2d(z, W, stride=stride, padding=pad)
        return torch.autograd.grad(out, z, x[None], create_graph=x.requires_grad)[0][0]


# %% function="transpose_conv" kind="wrong" name="cut_less_in_place_of_more_rows" message="You cut less at the bottom. With a small `pad` there is nothing left to cut less of: put `output_padding` more rows and columns on the canvas."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f, (n_W - 1) * stride + f
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            prints = torch.einsum("c,cofg->ofg", x[:, i, j], W)
            canvas[:, i * stride : i * stride + f, j * stride : j * stride + f] += prints
    return canvas[:, pad : rows - pad + output_padding, pad : columns - pad + output_padding]


# %% function="transpose_conv" kind="wrong" name="kernel_flipped" message="You turned the filter by half a turn. The print looks like the filter as it is."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W.flip(2, 3))
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="kernel_transposed" message="You took the filter's rows for its columns."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ogf", x[:, i, j], W)
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="overwritten" message="Your prints overwrite each other. Where they overlap, they are added: +=."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] = torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="largest_where_they_overlap" message="You kept the larger number where prints overlap. They are added."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            window = canvas[:, top : top + f, left : left + f].clone()
            canvas[:, top : top + f, left : left + f] = torch.maximum(
                window, torch.einsum("c,cofg->ofg", x[:, i, j], W)
            )
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="padding_added" message="You put a border around the result. In a transposed convolution pad is cut off."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return functional.pad(canvas, (pad, pad, pad, pad))


# %% function="transpose_conv" kind="wrong" name="padding_forgotten" message="You did not cut off the padding: pad rows and columns on each of the four sides."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return canvas


# %% function="transpose_conv" kind="wrong" name="padding_cut_at_one_side" message="You cut the padding off at the top and left only. All four sides lose pad rows or columns."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return canvas[:, pad:, pad:]


# %% function="transpose_conv" kind="wrong" name="minus_pad" message="Your cut [pad:-pad] is empty when pad is 0. Write pad : rows - pad."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return canvas[:, pad:-pad, pad:-pad]


# %% function="transpose_conv" kind="wrong" name="output_padding_at_the_top" message="You put the output padding at the top and left. It belongs at the bottom and right."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride + output_padding, j * stride + output_padding
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="output_padding_of_zeros" message="Your output padding is a border of zeros. It is what a smaller cut leaves: make the canvas larger before you cut."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f, (n_W - 1) * stride + f
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    cut = canvas[:, pad : rows - pad, pad : columns - pad]
    return functional.pad(cut, (0, output_padding, 0, output_padding))


# %% function="transpose_conv" kind="wrong" name="output_padding_forgotten" message="You forgot output_padding: so many rows more at the bottom, and columns at the right."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f, (n_W - 1) * stride + f
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="stride_ignored" message="You pressed the prints one place apart. They lie stride places apart."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i, j
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W)
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="channels_swapped" message="You took the channels of W the other way round: W[c, o] goes from channel c of x to channel o."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum(
                "c,cofg->ofg", x[:, i, j], W.transpose(0, 1).reshape(C_in, C_out, f, f)
            )
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="first_channel_only" message="You used the first channel of x only. All of them press a print, and all are added."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:1, i, j], W[:1])
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="rows_for_columns" message="You took the rows of x for its columns."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum(
                "c,cofg->ofg", x[:, min(j, H - 1), min(i, n_W - 1)], W
            )
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="mean_of_channels" message="You took the mean over the channels of x. Their prints are added."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    C_in, H, n_W = x.shape
    _, C_out, f, _ = W.shape
    rows, columns = (H - 1) * stride + f + output_padding, (n_W - 1) * stride + f + output_padding
    canvas = x.new_zeros(C_out, rows, columns)
    for i in range(H):
        for j in range(n_W):
            top, left = i * stride, j * stride
            canvas[:, top : top + f, left : left + f] += torch.einsum("c,cofg->ofg", x[:, i, j], W) / C_in
    return canvas[:, pad : rows - pad, pad : columns - pad]


# %% function="transpose_conv" kind="wrong" name="ordinary_convolution" message="You computed an ordinary convolution: many numbers become one. Here one becomes many."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    return functional.conv2d(x[None], W.transpose(0, 1), stride=stride, padding=pad)[0]


# %% function="transpose_conv" kind="wrong" name="gradient_cut_off" message="Your result is cut off from x, so no gradient could flow: leave out no_grad, detach and NumPy."
def transpose_conv(x, W, stride=1, pad=0, output_padding=0):
    with torch.no_grad():
        return functional.conv_transpose2d(x[None], W, None, stride, pad, output_padding)[0]


# %% function="UNet" kind="right" name="self_contained"
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="right" name="recursive"
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.hstack([self.up(x), skip]))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        pairs = list(pairwise(filters))
        self.blocks = nn.ModuleList(
            [ConvBlock(in_channels, filters[0]), *(ConvBlock(a, b) for a, b in pairs)]
        )
        self.steps = nn.ModuleList([UpsamplingBlock(b, a) for a, b in reversed(pairs)])
        self.head = nn.Conv2d(filters[0], num_classes, kernel_size=1)

    def level(self, x, number):
        x = self.blocks[number](x)
        if number == len(self.steps):
            return x
        below = self.level(functional.max_pool2d(x, 2), number + 1)
        return self.steps[len(self.steps) - 1 - number](below, x)

    def forward(self, x):
        return self.head(self.level(x, 0))


# %% function="UNet" kind="right" name="sequential_and_named"
class ConvBlock(nn.Sequential):
    def __init__(self, in_channels, n_C):
        def half(channels):
            yield nn.Conv2d(channels, n_C, kernel_size=3, padding="same", bias=False)
            yield nn.BatchNorm2d(n_C)
            yield nn.ReLU(inplace=True)

        super().__init__(*half(in_channels), *half(n_C))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.transposed = nn.ConvTranspose2d(in_channels, n_C, 2, 2)
        self.convolutions = ConvBlock(2 * n_C, n_C)

    def forward(self, x, skip):
        stacked = torch.cat([self.transposed(x), skip], dim=1)
        return self.convolutions(stacked)


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.depth = len(filters)
        for level, (a, b) in enumerate(pairwise([in_channels, *filters])):
            self.add_module(f"down{level}", ConvBlock(a, b))
        for level in range(self.depth - 1, 0, -1):
            self.add_module(f"up{level}", UpsamplingBlock(filters[level], filters[level - 1]))
        self.add_module("logits", nn.Conv2d(filters[0], num_classes, 1))

    def forward(self, x):
        waiting = {}
        for level in range(self.depth):
            if level:
                x = nn.MaxPool2d(2)(x)
            waiting[level] = x = self.get_submodule(f"down{level}")(x)
        for level in range(self.depth - 1, 0, -1):
            x = self.get_submodule(f"up{level}")(x, waiting[level - 1])
        return self.logits(x)


# %% function="UNet" kind="wrong" name="skip_forgotten" message="Your UpsamplingBlock does nothing with its skip. Stack it behind what comes from below."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C, n_C)

    def forward(self, x, skip):
        return self.block(self.up(x))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="skip_added" message="You added the skip, as a residual network does. A U-Net stacks it along the channels."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C, n_C)

    def forward(self, x, skip):
        return self.block(self.up(x) + skip)


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="skip_first" message="You stacked the skip first. The order is: from below, skip."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((skip, self.up(x)), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="stacked_twice_from_below" message="You stacked what comes from below twice, and the skip not at all."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), self.up(x)), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="skips_in_the_order_of_going_down" message="You used the skips in the order in which they were made. On the way up the last one comes first."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, skips, strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="skips_after_the_pooling" message="Your skips are taken after the pooling. They wait as they are before it, at twice the size."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            x = functional.max_pool2d(x, 2)
            skips.append(x)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="skips_without_their_block" message="Your skips are what goes into the blocks. What comes out of them waits."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            skips.append(x)
            x = block(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="no_relu_at_the_end" message="Your ConvBlock has no ReLU behind its second convolution."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return self.norm2(self.conv2(x))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="no_relu_between" message="Your ConvBlock has no ReLU behind its first convolution."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = self.norm1(self.conv1(x))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="relu_before_the_norm" message="Your ReLU stands before the batch normalisation. Normalise first."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = self.norm1(torch.relu(self.conv1(x)))
        return self.norm2(torch.relu(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="no_batch_norm" message="Your ConvBlock has no batch normalisation: one follows each convolution."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        return torch.relu(self.conv2(x))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="one_convolution" message="Your ConvBlock has a single convolution. There are two, each with its normalisation and ReLU."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        return torch.relu(self.norm1(self.conv1(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="one_norm_for_both" message="You used one batch normalisation twice. Each convolution has its own."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm1(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="no_padding" message="Your convolutions have no padding, so the volumes shrink and the skips do not fit."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="biases" message="Your convolutions have biases, which the normalisation behind takes away again: bias=False."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="upsampling_without_a_convolution" message="You enlarged by repeating pixels. Take a transposed convolution, which can learn."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2)
        self.block = ConvBlock(in_channels + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="upsampling_of_3_by_3" message="Your transposed convolution has filters of 3 x 3. Take 2 x 2 with stride 2, whose prints do not overlap."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=3, stride=2, padding=1, output_padding=1)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="relu_after_the_upsampling" message="You put a ReLU behind the transposed convolution. The ConvBlock that follows has its own."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((torch.relu(self.up(x)), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="average_pooling" message="You took average pooling. It is max pooling."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.avg_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="softmax_at_the_end" message="You put a softmax at the end. Give logits: the loss does the softmax."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x).softmax(dim=1)


# %% function="UNet" kind="wrong" name="relu_at_the_end" message="You put a ReLU behind the head. Logits may be negative."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return torch.relu(self.head(x))


# %% function="UNet" kind="wrong" name="classes_at_the_end" message="You return the classes. Give the logits, from which a gradient flows."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x).argmax(dim=1)


# %% function="UNet" kind="wrong" name="head_of_3_by_3" message="Your head is a 3 x 3 convolution. It is 1 x 1."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 3, padding=1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="plain_lists" message="Your blocks stand in plain lists, in which their weights are hidden. Use nn.ModuleList."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = [], []
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="bottom_forgotten" message="You left out the last level: the bottom has a ConvBlock too."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters[:-1]:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-3::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="super_forgotten" message="You did not call super().__init__(), which every module needs before its first layer."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)


# %% function="UNet" kind="wrong" name="cut_off" message="Your forward cuts the gradient off, so nothing can learn. Leave out detach() and no_grad()."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C
        self.head = nn.Conv2d(in_channels, num_classes, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x.detach())


# %% function="UNet" kind="wrong" name="up_before_down" message="You made the layers in another order: down from the top, up from the bottom, head."
class ConvBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, n_C, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_C)
        self.conv2 = nn.Conv2d(n_C, n_C, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_C)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UpsamplingBlock(nn.Module):
    def __init__(self, in_channels, n_C):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, n_C, kernel_size=2, stride=2)
        self.block = ConvBlock(n_C + n_C, n_C)

    def forward(self, x, skip):
        return self.block(torch.cat((self.up(x), skip), 1))


class UNet(nn.Module):
    def __init__(self, in_channels, num_classes, filters=(16, 32, 64, 128)):
        super().__init__()
        self.head, self.down, self.up = (
            nn.Conv2d(filters[0], num_classes, 1),
            nn.ModuleList(),
            nn.ModuleList(),
        )
        for n_C in filters:
            self.down.append(ConvBlock(in_channels, n_C))
            in_channels = n_C
        for n_C in filters[-2::-1]:
            self.up.append(UpsamplingBlock(in_channels, n_C))
            in_channels = n_C

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block(x, skip)
        return self.head(x)
