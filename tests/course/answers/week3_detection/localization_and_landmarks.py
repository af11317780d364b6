# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `nn`, `functional` and `convolutions` are
# there, as in the lesson.

# %% function="encode_target" kind="right" name="self_contained"
def encode_target(box, label, num_classes):
    if box is None:
        return torch.zeros(5 + num_classes)
    classes = functional.one_hot(torch.tensor(label), num_classes)
    return torch.cat([torch.tensor([1.0, *box]), classes.float()])


# %% function="encode_target" kind="right" name="plain_list"
def encode_target(box, label, num_classes):
    row = [0.0] * (5 + num_classes)
    if label is not None:
        row[:5] = [1.0, *box]
        row[5 + label] = 1.0
    return torch.tensor(row, dtype=torch.float32)


# %% function="encode_target" kind="right" name="unit_matrix"
def encode_target(box, label, num_classes):
    present = box is not None
    where = np.array(box if present else (0, 0, 0, 0))
    what = np.eye(num_classes)[label] if present else np.zeros(num_classes)
    return torch.from_numpy(np.concatenate([[float(present)], where, what])).float()


# %% function="encode_target" kind="wrong" name="height_and_width_swapped" message="You swapped height and width. The order is b_x, b_y, b_h, b_w: height first, as it comes in."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    if box is not None:
        b_x, b_y, b_h, b_w = box
        y[:5] = torch.tensor([1, b_x, b_y, b_w, b_h])
        y[5 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="b_x_twice" message="You wrote b_x twice and b_y not at all. The row is p_c, b_x, b_y, b_h, b_w, then the classes."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    if box is not None:
        b_x, _, b_h, b_w = box
        y[:5] = torch.tensor([1, b_x, b_x, b_h, b_w])
        y[5 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="p_c_left_at_0" message="Your p_c stays 0. It is 1 where there is an object, or nobody will look at the rest."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    if box is not None:
        y[1:5] = torch.tensor(box)
        y[5 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="p_c_forgotten" message="You left out p_c. The row begins with it, so it has 5 + num_classes numbers."
def encode_target(box, label, num_classes):
    y = torch.zeros(4 + num_classes)
    if box is not None:
        y[:4] = torch.tensor(box)
        y[4 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="number_of_the_class" message="You wrote the class as a number. Each class has a place of its own, and the right one holds a 1."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    if box is not None:
        y[0] = 1
        y[1:5] = torch.tensor(box)
        y[5] = label
    return y


# %% function="encode_target" kind="wrong" name="classes_one_place_early" message="Your classes begin one place too early. Places 0 to 4 are p_c and the box: class 0 stands at place 5."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    if box is not None:
        y[0] = 1
        y[1:5] = torch.tensor(box)
        y[4 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="classes_first" message="You put the classes before the box. The row is p_c, the box, the classes."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    if box is not None:
        y[0] = 1
        y[1 + label] = 1
        y[1 + num_classes :] = torch.tensor(box)
    return y


# %% function="encode_target" kind="wrong" name="corners" message="You wrote corners. The row holds the middle of the box, its height and its width, as they come in."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    if box is not None:
        b_x, b_y, b_h, b_w = box
        y[:5] = torch.tensor([1, b_x - b_w / 2, b_y - b_h / 2, b_x + b_w / 2, b_y + b_h / 2])
        y[5 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="empty_forgotten" message="Your function cannot do without an object. Where box is None, all numbers are 0."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    y[0] = 1
    y[1:5] = torch.tensor(box)
    y[5 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="empty_has_p_c" message="Your empty picture has p_c = 1. Without an object p_c is 0."
def encode_target(box, label, num_classes):
    y = torch.zeros(5 + num_classes)
    y[0] = 1
    if box is not None:
        y[1:5] = torch.tensor(box)
        y[5 + label] = 1
    return y


# %% function="encode_target" kind="wrong" name="a_list" message="You returned a list. The row should be a tensor: torch.tensor(…)."
def encode_target(box, label, num_classes):
    row = [0.0] * (5 + num_classes)
    if box is not None:
        row[:5] = [1.0, *box]
        row[5 + label] = 1.0
    return row


# %% function="encode_target" kind="wrong" name="double_precision" message="Your row is float64, for NumPy counts in double precision. Networks want float32: .float()."
def encode_target(box, label, num_classes):
    y = np.zeros(5 + num_classes)
    if box is not None:
        y[0] = 1
        y[1:5] = box
        y[5 + label] = 1
    return torch.from_numpy(y)


# %% function="localization_loss" kind="right" name="self_contained"
def localization_loss(y_hat, y, form="squared"):
    there = y[:, 0] == 1
    if form == "squared":
        counts = torch.ones_like(y)
        counts[~there, 1:] = 0
        return (counts * (y_hat - y) ** 2).sum() / len(y)
    if form != "likelihood":
        raise ValueError(form)
    presence = nn.BCEWithLogitsLoss(reduction="sum")(y_hat[:, 0], y[:, 0])
    box = ((y_hat[there, 1:5] - y[there, 1:5]) ** 2).sum()
    classes = functional.cross_entropy(y_hat[there, 5:], y[there, 5:].argmax(dim=1), reduction="sum")
    return (presence + box + classes) / len(y)


# %% function="localization_loss" kind="right" name="logarithms_by_hand"
def localization_loss(y_hat, y, form="squared"):
    p_hat, box_hat, classes_hat = y_hat[:, 0], y_hat[:, 1:5], y_hat[:, 5:]
    p_c, box, classes = y[:, 0], y[:, 1:5], y[:, 5:]
    far = (box_hat - box).square().sum(1)
    match form:
        case "squared":
            each = (p_hat - p_c).square() + p_c * (far + (classes_hat - classes).square().sum(1))
        case "likelihood":
            yes, no = functional.logsigmoid(p_hat), functional.logsigmoid(-p_hat)
            right = (classes * classes_hat.log_softmax(1)).sum(1)
            each = -(p_c * yes + (1 - p_c) * no) + p_c * (far - right)
        case _:
            raise ValueError(f"no form {form}")
    return each.mean()


# %% function="localization_loss" kind="right" name="picture_by_picture"
def localization_loss(y_hat, y, form="squared"):
    if form not in {"squared", "likelihood"}:
        raise ValueError("unknown form")
    losses = []
    for said, true in zip(y_hat, y, strict=True):
        if form == "squared":
            losses.append(torch.sum((said - true) ** 2) if true[0] else (said[0] - true[0]) ** 2)
        else:
            loss = functional.softplus(-said[0] if true[0] else said[0])
            if true[0]:
                loss = loss + torch.sum((said[1:5] - true[1:5]) ** 2)
                loss = loss + torch.logsumexp(said[5:], 0) - said[5 + int(true[5:].argmax())]
            losses.append(loss)
    return torch.stack(losses).mean()


# %% function="localization_loss" kind="right" name="torch_where"
def localization_loss(y_hat, y, form="squared"):
    if form == "squared":
        first = functional.mse_loss(y_hat[:, 0], y[:, 0], reduction="none")
        others = functional.mse_loss(y_hat[:, 1:], y[:, 1:], reduction="none").sum(dim=1)
    elif form == "likelihood":
        first = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
        others = functional.mse_loss(y_hat[:, 1:5], y[:, 1:5], reduction="none").sum(dim=1)
        others = others + functional.cross_entropy(y_hat[:, 5:], y[:, 5:].argmax(dim=1), reduction="none")
    else:
        raise ValueError("form is squared or likelihood")
    return torch.mean(first + torch.where(y[:, 0] > 0, others, torch.zeros_like(others)))


# %% function="localization_loss" kind="wrong" name="all_count" message="You counted all numbers where there is no object. Where p_c is 0, only p_c counts."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return squares.sum(dim=1).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + squares[:, 1:5].sum(dim=1) + classes).mean()


# %% function="localization_loss" kind="wrong" name="p_c_forgotten" message="Your p_c does not count. It counts in every picture; the rest only where there is an object."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="empty_pictures_left_out" message="You left empty pictures out. In them p_c counts: it should be 0."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (y[:, 0] * squares.sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (y[:, 0] * (presence + squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="mean_over_the_numbers" message="You took the mean over the numbers of a row. They are added up; the mean is over the batch."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].mean(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].mean(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="sum_over_the_batch" message="You added up over the batch. The loss is the mean of its pictures."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).sum()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).sum()


# %% function="localization_loss" kind="wrong" name="mean_over_pictures_with_an_object" message="You divided by the pictures that have an object. The mean is over the whole batch, empty ones included."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares, count = (y_hat - y) ** 2, y[:, 0].sum().clamp(min=1)
    if form == "squared":
        return squares[:, 0].mean() + (y[:, 0] * squares[:, 1:].sum(dim=1)).sum() / count
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0])
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return presence + (y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).sum() / count


# %% function="localization_loss" kind="wrong" name="masked_by_what_is_said" message="You asked the network whether there is an object. What counts is decided by the true p_c, y[:, 0]."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares, said = (y_hat - y) ** 2, (y_hat[:, 0] > 0.5).float()
    if form == "squared":
        return (squares[:, 0] + said * squares[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + said * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="sigmoid_in_the_squares" message="You sent p_c through a sigmoid in the squared form. There it is taken as it is."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return ((y_hat[:, 0].sigmoid() - y[:, 0]) ** 2 + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="sigmoid_twice" message="Your p_c goes through the sigmoid twice. binary_cross_entropy_with_logits takes the logit itself."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    chance = y_hat[:, 0].sigmoid()
    presence = functional.binary_cross_entropy_with_logits(chance, y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="sigmoid_forgotten" message="You took the logit of p_c for a probability. It goes through a sigmoid first, or into binary_cross_entropy_with_logits."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="logarithm_of_0" message="Your logarithm meets a 0: a sigmoid of -128 is 0 in float32. Use binary_cross_entropy_with_logits, or logsigmoid."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    chance = y_hat[:, 0].clamp(min=-200).sigmoid()
    presence = -(y[:, 0] * chance.log() + (1 - y[:, 0]) * (1 - chance).log())
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="softmax_twice" message="Your classes go through the softmax twice. cross_entropy takes the logits themselves."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:].softmax(dim=1), y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="logistic_for_each_class" message="You asked of each class alone whether it is there. There is one object: take the softmax over the classes, cross_entropy."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    logistic = functional.binary_cross_entropy_with_logits(y_hat, y, reduction="none")
    return (logistic[:, 0] + y[:, 0] * (squares[:, 1:5].sum(dim=1) + logistic[:, 5:].sum(dim=1))).mean()


# %% function="localization_loss" kind="wrong" name="box_behind_a_sigmoid" message="You sent the box through a sigmoid. Its numbers go in as they are, in both forms."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    box = ((y_hat[:, 1:5].sigmoid() - y[:, 1:5]) ** 2).sum(dim=1)
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (box + classes)).mean()


# %% function="localization_loss" kind="wrong" name="classes_forgotten" message="Your classes do not count in the likelihood form. Add their cross-entropy."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    return (presence + y[:, 0] * squares[:, 1:5].sum(dim=1)).mean()


# %% function="localization_loss" kind="wrong" name="absolute_differences" message="You took the absolute differences. The form is called squared."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    far = (y_hat - y).abs()
    if form == "squared":
        return (far[:, 0] + y[:, 0] * far[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (far[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="form_left_out" message="Your loss does not look at the form. There are two: squared, and likelihood."
def localization_loss(y_hat, y, form="squared"):
    squares = (y_hat - y) ** 2
    return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()


# %% function="localization_loss" kind="wrong" name="other_forms_pass" message="You took any other form for the likelihood. Raise ValueError for a word that is neither."
def localization_loss(y_hat, y, form="squared"):
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean()


# %% function="localization_loss" kind="wrong" name="a_float" message="You returned a float, from which no gradient flows. Return the tensor: no .item()."
def localization_loss(y_hat, y, form="squared"):
    if form not in ("squared", "likelihood"):
        raise ValueError(form)
    squares = (y_hat - y) ** 2
    if form == "squared":
        return (squares[:, 0] + y[:, 0] * squares[:, 1:].sum(dim=1)).mean().item()
    presence = functional.binary_cross_entropy_with_logits(y_hat[:, 0], y[:, 0], reduction="none")
    classes = functional.cross_entropy(y_hat[:, 5:], y[:, 5:], reduction="none")
    return (presence + y[:, 0] * (squares[:, 1:5].sum(dim=1) + classes)).mean().item()


# %% function="iou" kind="right" name="self_contained"
def iou(box1, box2):
    (a1, b1, a2, b2), (c1, d1, c2, d2) = box1, box2
    left, right, top, bottom = max(a1, c1), min(a2, c2), max(b1, d1), min(b2, d2)
    if right <= left or bottom <= top:
        return 0.0
    shared = (right - left) * (bottom - top)
    return shared / ((a2 - a1) * (b2 - b1) + (c2 - c1) * (d2 - d1) - shared)


# %% function="iou" kind="right" name="numpy"
def iou(box1, box2):
    one, other = np.array(box1), np.array(box2)
    shared = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None).prod()
    together = (one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared
    return float(shared / together) if together else 0.0


# %% function="iou" kind="right" name="four_corners_sorted"
def iou(box1, box2):
    shared, areas = 1.0, [1.0, 1.0]
    for axis in (0, 1):
        low, high = max(box1[axis], box2[axis]), min(box1[axis + 2], box2[axis + 2])
        shared *= max(high - low, 0)
        areas = [area * (box[axis + 2] - box[axis]) for area, box in zip(areas, (box1, box2), strict=True)]
    union = sum(areas) - shared
    return shared / union if union > 0 else 0.0


# %% function="iou" kind="right" name="torch"
def iou(box1, box2):
    a, b = torch.tensor([box1, box2], dtype=torch.float64)
    shared = (torch.minimum(a[2:], b[2:]) - torch.maximum(a[:2], b[:2])).relu().prod()
    union = (a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared
    return (shared / union).item() if shared > 0 else 0.0


# %% function="iou" kind="wrong" name="union_is_the_sum" message="Your union counts the shared part twice. It is the sum of the areas less the intersection."
def iou(box1, box2):
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    areas = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2))
    return width * height / areas if areas else 0.0


# %% function="iou" kind="wrong" name="not_clamped" message="Your widths and heights may be negative, and two negative numbers have a positive product. Take max(0, …) of each."
def iou(box1, box2):
    width = min(box1[2], box2[2]) - max(box1[0], box2[0])
    height = min(box1[3], box2[3]) - max(box1[1], box2[1])
    union = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)) - width * height
    return width * height / union if union else 0.0


# %% function="iou" kind="wrong" name="clamped_after_the_product" message="You clamped the area, too late: two negative sides have a positive product already. Clamp width and height, each."
def iou(box1, box2):
    width = min(box1[2], box2[2]) - max(box1[0], box2[0])
    height = min(box1[3], box2[3]) - max(box1[1], box2[1])
    shared = max(0.0, width * height)
    union = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)) - shared
    return shared / union if union else 0.0


# %% function="iou" kind="wrong" name="pixels_counted_inclusively" message="You added 1 to each side, as if corners were pixels. The corners are positions: a width is x2 - x1."
def iou(box1, box2):
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]) + 1)
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]) + 1)
    shared = width * height
    return shared / (sum((x2 - x1 + 1) * (y2 - y1 + 1) for x1, y1, x2, y2 in (box1, box2)) - shared)


# %% function="iou" kind="wrong" name="over_the_smaller" message="You divided by the smaller box. IoU divides by what both cover together."
def iou(box1, box2):
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    smaller = min((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2))
    return width * height / smaller if smaller else 0.0


# %% function="iou" kind="wrong" name="over_the_first" message="You divided by the area of the first box. IoU divides by what both cover together."
def iou(box1, box2):
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    area = (box1[2] - box1[0]) * (box1[3] - box1[1])
    return width * height / area if area else 0.0


# %% function="iou" kind="wrong" name="over_the_surrounding_box" message="You divided by the box around both. The union has no corners filled in: areas added, less the intersection."
def iou(box1, box2):
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    around = (max(box1[2], box2[2]) - min(box1[0], box2[0])) * (max(box1[3], box2[3]) - min(box1[1], box2[1]))
    return width * height / around if around else 0.0


# %% function="iou" kind="wrong" name="middle_and_size" message="You read the boxes as middle, height and width. Here they have corners: x1, y1, x2, y2."
def iou(box1, box2):
    one, other = ((x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, h, w in (box1, box2))
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    union = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, other)) - width * height
    return width * height / union if union else 0.0


# %% function="iou" kind="wrong" name="corner_and_size" message="You read the last two numbers as width and height. They are the right and the bottom side: x2, y2."
def iou(box1, box2):
    one, other = ((x, y, x + w, y + h) for x, y, w, h in (box1, box2))
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    union = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, other)) - width * height
    return width * height / union if union else 0.0


# %% function="iou" kind="wrong" name="x_and_y_mixed" message="You took the axes for each other. The order is x1, y1, x2, y2: left and right are places 0 and 2."
def iou(box1, box2):
    width = max(0.0, min(box1[1], box2[1]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[2], box2[2]))
    union = sum((b - a) * (d - c) for a, b, c, d in (box1, box2)) - width * height
    return width * height / union if union > 0 else 0.0


# %% function="iou" kind="wrong" name="division_by_0" message="You divide by a union of 0. Two boxes without area have the IoU 0.0."
def iou(box1, box2):
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    union = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)) - width * height
    return width * height / union


# %% function="iou" kind="wrong" name="same_box_is_always_1" message="You gave 1 to a box without area. Two boxes that share no area have the IoU 0.0, equal or not."
def iou(box1, box2):
    if box1 == box2:
        return 1.0
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    union = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)) - width * height
    return width * height / union if union else 0.0


# %% function="iou" kind="wrong" name="an_int" message="You returned an int for boxes that share nothing. Return 0.0, a float."
def iou(box1, box2):
    width = max(0.0, min(box1[2], box2[2]) - max(box1[0], box2[0]))
    height = max(0.0, min(box1[3], box2[3]) - max(box1[1], box2[1]))
    if width * height == 0:
        return 0
    return width * height / (sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)) - width * height)


# %% function="LocationNet" kind="right" name="self_contained"
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.look = convolutions()
        self.say = nn.Conv2d(64, 2 * outputs, kernel_size=1)
        self.across, self.down = torch.zeros(outputs), torch.zeros(outputs)
        self.across[list(xs)], self.down[list(ys)] = 1.0, 1.0

    def forward(self, x):
        said = self.say(self.look(x))
        count, (height, width) = said.shape[1] // 2, said.shape[-2:]
        shares = said[:, count:].flatten(-2).softmax(-1).unflatten(-1, (height, width))
        columns = torch.linspace(0.5 / width, 1 - 0.5 / width, width).to(x)
        rows = torch.linspace(0.5 / height, 1 - 0.5 / height, height).to(x)
        at_x, at_y = torch.einsum("bkhw,w->bk", shares, columns), torch.einsum("bkhw,h->bk", shares, rows)
        mean = torch.einsum("bkhw,bkhw->bk", said[:, :count], shares)
        return mean + at_x * self.across.to(x) + at_y * self.down.to(x)


# %% function="LocationNet" kind="right" name="one_row_for_each_place"
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.layers = nn.Sequential(convolutions(), nn.Conv2d(64, 2 * outputs, 1))
        self.xs, self.ys = [*xs], [*ys]

    def forward(self, x):
        maps = self.layers(x)
        H, W = maps.shape[2:]
        rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
        numbers, trusts = (list(half.unbind(2)) for half in maps.flatten(2).transpose(1, 2).chunk(2, dim=2))
        for number in self.xs:
            numbers[number] = numbers[number] + ((columns.flatten() + 0.5) / W).to(x)
        for number in self.ys:
            numbers[number] = numbers[number] + ((rows.flatten() + 0.5) / H).to(x)
        weights = torch.softmax(torch.stack(trusts, dim=2), dim=1)
        return (torch.stack(numbers, dim=2) * weights).sum(dim=1)


# %% function="LocationNet" kind="right" name="softmax_by_hand"
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body = convolutions()
        self.head = nn.Conv2d(64, outputs * 2, 1)
        self.kinds = ["x" if n in xs else "y" if n in ys else "" for n in range(outputs)]

    def forward(self, x):
        maps = self.head(self.body(x))
        H, W, count = maps.shape[2], maps.shape[3], len(self.kinds)
        answers = []
        for number, kind in enumerate(self.kinds):
            trust = maps[:, count + number]
            powers = torch.exp(trust - trust.amax(dim=(1, 2), keepdim=True))
            weights = powers / powers.sum(dim=(1, 2), keepdim=True)
            answer = (maps[:, number] * weights).sum(dim=(1, 2))
            if kind == "x":
                answer = answer + sum(weights[:, :, c].sum(1) * (c + 0.5) / W for c in range(W))
            if kind == "y":
                answer = answer + sum(weights[:, r].sum(1) * (r + 0.5) / H for r in range(H))
            answers.append(answer)
        return torch.stack(answers, dim=1)


# %% function="LocationNet" kind="wrong" name="mean_of_all_guesses" message="You took the plain mean of the guesses. Each counts by its trust: the softmax of the second half of the maps."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return (guesses + places).mean(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="softmax_over_the_maps" message="Your softmax goes over the maps. It should go over the places of each: flatten them, and take dim=2."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.softmax(dim=1)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="softmax_over_the_columns" message="Your softmax goes over the columns of each row alone. It should go over all places at once."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.softmax(dim=3)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="no_softmax" message="Your trust has no softmax, so its numbers are no weights that add up to 1."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="sigmoid" message="You took a sigmoid for the trust. The weights should add up to 1: take the softmax over the places."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.sigmoid()
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="halves_swapped" message="You took the first half of the maps for the trusts. It holds the guesses, and the second half the trusts."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        trusts, guesses = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="one_trust_for_all" message="You took the trusts of the first output for all. Each output has its own."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts[:, :1].flatten(2).softmax(dim=2).reshape(B, 1, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="places_forgotten" message="You forgot where the places are. The guesses are measured from each place: add the middles of the columns and rows."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        return (guesses * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="edges_of_the_places" message="Your places are measured at their left edges. Take their middles: (torch.arange(W) + 0.5) / W."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = torch.arange(W) / W
        places[self.ys] = (torch.arange(H) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="in_cells" message="Your positions are in places. Divide by the number of columns, and of rows, to get shares."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = torch.arange(W) + 0.5
        places[self.ys] = (torch.arange(H) + 0.5)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="from_0_to_1" message="Your first place is at 0 and your last at 1. Those are edges of the picture: the middle of the first of W places is 0.5 / W."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = torch.linspace(0, 1, W)
        places[self.ys] = torch.linspace(0, 1, H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="x_and_y_swapped" message="You took rows for columns. An x is measured along the columns, the last axis; a y along the rows."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = ((torch.arange(H) + 0.5) / H)[:, None]
        places[self.ys] = (torch.arange(W) + 0.5) / W
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="all_outputs_are_positions" message="You added the columns to all outputs that are no y. Only those in xs are positions."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = ((torch.arange(W) + 0.5) / W).expand(K, H, W).clone()
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="rows_forgotten" message="You added the columns and forgot the rows. Outputs in ys are measured from the top."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="strongest_place" message="You took the most trusted place alone. It gets no gradient for its trust: take the weighted mean of all places."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        best = trusts.flatten(2).argmax(dim=2, keepdim=True)
        return (guesses + places).flatten(2).gather(2, best)[:, :, 0]


# %% function="LocationNet" kind="wrong" name="no_maps_for_the_trusts" message="You made as many maps as outputs. Twice as many are needed: a guess and a trust for each."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="every_other_map" message="You took every other map for a guess. The first half are guesses, the second half trusts."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = (self.voices(self.body(x))[:, part::2] for part in (0, 1))
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="eight_outputs" message="You fixed the number of outputs at 8. It is the argument outputs."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 16, 1)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="no_biases" message="Your filters of 1 x 1 have no biases. Leave out bias=False."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1, bias=False)
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="another_order" message="You made the layers in another order: the convolutions first, then the filters of 1 x 1."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        super().__init__()
        self.voices = nn.Conv2d(64, 2 * outputs, 1)
        self.body = convolutions()
        self.xs, self.ys = list(xs), list(ys)

    def forward(self, x):
        guesses, trusts = self.voices(self.body(x)).chunk(2, dim=1)
        B, K, H, W = guesses.shape
        weights = trusts.flatten(2).softmax(dim=2).reshape(B, K, H, W)
        places = torch.zeros(K, H, W)
        places[self.xs] = (torch.arange(W) + 0.5) / W
        places[self.ys] = ((torch.arange(H) + 0.5) / H)[:, None]
        return ((guesses + places) * weights).sum(dim=(2, 3))


# %% function="LocationNet" kind="wrong" name="super_forgotten" message="You did not call super().__init__(), which every module needs before its first layer."
class LocationNet(nn.Module):
    def __init__(self, outputs, xs, ys):
        self.body, self.voices = convolutions(), nn.Conv2d(64, 2 * outputs, 1)


# %% function="landmark_error" kind="right" name="self_contained"
def landmark_error(predicted, true):
    off = ((predicted - true) ** 2).sum(-1).sqrt().mean(1)
    sides = true.max(1).values - true.min(1).values
    return float((off / torch.hypot(sides[:, 0], sides[:, 1])).mean())


# %% function="landmark_error" kind="right" name="numpy"
def landmark_error(predicted, true):
    said, right = predicted.detach().cpu().double().numpy(), true.detach().cpu().double().numpy()
    distances = np.linalg.norm(said - right, axis=2).mean(axis=1)
    return float(np.mean(distances / np.linalg.norm(np.ptp(right, axis=1), axis=1)))


# %% function="landmark_error" kind="right" name="face_by_face"
def landmark_error(predicted, true):
    import math

    errors = []
    for said, right in zip(predicted.tolist(), true.tolist(), strict=True):
        xs, ys = zip(*right, strict=True)
        size = math.hypot(max(xs) - min(xs), max(ys) - min(ys))
        errors += [math.dist(a, b) / size for a, b in zip(said, right, strict=True)]
    return sum(errors) / len(errors)


# %% function="landmark_error" kind="wrong" name="size_forgotten" message="You forgot the face's size. Divide by the diagonal of the box around its true landmarks."
def landmark_error(predicted, true):
    return torch.linalg.norm(predicted - true, dim=2).mean().item()


# %% function="landmark_error" kind="wrong" name="one_size_for_all" message="You divided by the mean size of all faces. Each face is measured by its own size first."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return (torch.linalg.norm(predicted - true, dim=2).mean() / sizes.mean()).item()


# %% function="landmark_error" kind="wrong" name="box_around_all_faces" message="You took one box around all faces. Each face has its own: amax and amin over the landmarks, dim=1."
def landmark_error(predicted, true):
    size = torch.linalg.norm(true.amax(dim=(0, 1)) - true.amin(dim=(0, 1)))
    return (torch.linalg.norm(predicted - true, dim=2).mean() / size).item()


# %% function="landmark_error" kind="wrong" name="size_of_the_prediction" message="You measured the size on the predicted landmarks. A bad prediction would change its own measure: take the true ones."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(predicted.amax(dim=1) - predicted.amin(dim=1), dim=1)
    return (torch.linalg.norm(predicted - true, dim=2).mean(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="squares_not_rooted" message="You forgot the square root. A distance is the root of the sum of the squares."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return (((predicted - true) ** 2).sum(dim=2).mean(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="sum_of_absolute_differences" message="You added up the differences in x and y. The distance is their diagonal: the root of the sum of their squares."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return ((predicted - true).abs().sum(dim=2).mean(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="mean_of_x_and_y" message="You took the mean over x and y separately. A landmark's distance needs both: take the norm over the last axis."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return ((predicted - true).abs().mean(dim=(1, 2)) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="norm_over_the_landmarks" message="Your norm goes over the landmarks. It should go over x and y, the last axis."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return (torch.linalg.norm(predicted - true, dim=1).mean(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="width_for_size" message="You took the width of the box for the face's size. Take its diagonal."
def landmark_error(predicted, true):
    sizes = true[:, :, 0].amax(dim=1) - true[:, :, 0].amin(dim=1)
    return (torch.linalg.norm(predicted - true, dim=2).mean(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="first_two_landmarks" message="You took the distance of the first two landmarks for the face's size. Take the diagonal of the box around all of them."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true[:, 0] - true[:, 1], dim=1)
    return (torch.linalg.norm(predicted - true, dim=2).mean(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="worst_landmark" message="You took the worst landmark of each face. The error is the mean over its landmarks."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return (torch.linalg.norm(predicted - true, dim=2).amax(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="sum_over_the_faces" message="You added up over the faces. Take their mean."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return (torch.linalg.norm(predicted - true, dim=2).mean(dim=1) / sizes).sum().item()


# %% function="landmark_error" kind="wrong" name="in_percent" message="You returned percent. A share is asked for: 0.03 for 3 %."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return 100 * (torch.linalg.norm(predicted - true, dim=2).mean(dim=1) / sizes).mean().item()


# %% function="landmark_error" kind="wrong" name="a_tensor" message="You returned a tensor. The error is a float: .item()."
def landmark_error(predicted, true):
    sizes = torch.linalg.norm(true.amax(dim=1) - true.amin(dim=1), dim=1)
    return (torch.linalg.norm(predicted - true, dim=2).mean(dim=1) / sizes).mean()
