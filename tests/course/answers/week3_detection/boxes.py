# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np` and `torch` are there, as in the lesson.

# %% function="pairwise_iou" kind="right" name="self_contained"
def pairwise_iou(boxes1, boxes2):
    x1 = torch.max(boxes1[:, 0, None], boxes2[:, 0])
    y1 = torch.max(boxes1[:, 1, None], boxes2[:, 1])
    x2 = torch.min(boxes1[:, 2, None], boxes2[:, 2])
    y2 = torch.min(boxes1[:, 3, None], boxes2[:, 3])
    common = (x2 - x1).clamp(min=0) * (y2 - y1).clamp(min=0)
    area1 = (boxes1[:, 2] - boxes1[:, 0]) * (boxes1[:, 3] - boxes1[:, 1])
    area2 = (boxes2[:, 2] - boxes2[:, 0]) * (boxes2[:, 3] - boxes2[:, 1])
    union = area1[:, None] + area2 - common
    return torch.where(union > 0, common / union.clamp(min=1e-12), torch.zeros_like(common))


# %% function="pairwise_iou" kind="right" name="pair_by_pair"
def pairwise_iou(boxes1, boxes2):
    out = torch.zeros(len(boxes1), len(boxes2))
    for i, (a, b, c, d) in enumerate(boxes1.tolist()):
        for j, (e, f, g, h) in enumerate(boxes2.tolist()):
            width, height = min(c, g) - max(a, e), min(d, h) - max(b, f)
            if width > 0 and height > 0:
                common = width * height
                out[i, j] = common / ((c - a) * (d - b) + (g - e) * (h - f) - common)
    return out


# %% function="pairwise_iou" kind="right" name="numpy"
def pairwise_iou(boxes1, boxes2):
    a, b = boxes1.numpy().astype(np.float64), boxes2.numpy().astype(np.float64)
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    union = np.add.outer(*areas) - common
    ratio = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return torch.from_numpy(ratio.astype(np.float32))


# %% function="pairwise_iou" kind="right" name="width_and_height_apart"
def pairwise_iou(boxes1, boxes2):
    sides = []
    for axis in (0, 1):
        upper = torch.minimum(boxes1[:, None, axis + 2], boxes2[None, :, axis + 2])
        lower = torch.maximum(boxes1[:, None, axis], boxes2[None, :, axis])
        sides.append(torch.relu(upper - lower))
    common = sides[0] * sides[1]
    area = [(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (boxes1, boxes2)]
    return torch.nan_to_num(common / (area[0].unsqueeze(1) + area[1].unsqueeze(0) - common), nan=0.0)


# %% function="pairwise_iou" kind="wrong" name="union_without_subtracting" message="Your union is the sum of the areas. What both cover is counted twice there: subtract the intersection."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2[None, :]
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


# %% function="pairwise_iou" kind="wrong" name="clamp_missing" message="You did not cut off negative widths and heights. Where boxes lie apart in both directions, their product is positive again."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).prod(dim=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2[None, :] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


# %% function="pairwise_iou" kind="wrong" name="clamp_after_the_product" message="You cut off after multiplying. Two negative sides make a positive area: cut off each side before."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).prod(dim=2).clamp(min=0)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2[None, :] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


# %% function="pairwise_iou" kind="wrong" name="width_squared" message="You took the width squared for the area. It is the width times the height."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=2)
    area1, area2 = ((boxes[:, 2] - boxes[:, 0]) ** 2 for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2[None, :] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


# %% function="pairwise_iou" kind="wrong" name="pixels_counted" message="You added 1 to widths and heights, as one counts pixels. Here a box is x2 - x1 wide."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low + 1).clamp(min=0).prod(dim=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2] + 1).prod(dim=1) for boxes in (boxes1, boxes2))
    return intersection / (area1[:, None] + area2[None, :] - intersection)


# %% function="pairwise_iou" kind="wrong" name="x_first_then_y" message="You read a box as x1, x2, y1, y2. The order is x1, y1, x2, y2: first one corner, then the other."
def pairwise_iou(boxes1, boxes2):
    one, two = boxes1[:, [0, 2, 1, 3]], boxes2[:, [0, 2, 1, 3]]
    low, high = (
        torch.maximum(one[:, None, :2], two[None, :, :2]),
        torch.minimum(one[:, None, 2:], two[None, :, 2:]),
    )
    intersection = (high - low).clamp(min=0).prod(dim=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (one, two))
    union = area1[:, None] + area2[None, :] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


# %% function="pairwise_iou" kind="wrong" name="width_and_height_given" message="You read a box as x, y, width, height. The last two numbers are the other corner."
def pairwise_iou(boxes1, boxes2):
    one, two = (torch.cat([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], dim=1) for boxes in (boxes1, boxes2))
    low, high = (
        torch.maximum(one[:, None, :2], two[None, :, :2]),
        torch.minimum(one[:, None, 2:], two[None, :, 2:]),
    )
    intersection = (high - low).clamp(min=0).prod(dim=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (one, two))
    union = area1[:, None] + area2[None, :] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


# %% function="pairwise_iou" kind="wrong" name="sets_swapped" message="Your rows and columns are swapped. The boxes of the first set count the rows."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2[None, :] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union)).T


# %% function="pairwise_iou" kind="wrong" name="share_of_the_first" message="You divided by the area of the first box. Divide by what both cover together, so that a box is also punished for what it covers too much."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=2)
    area = (boxes1[:, 2:] - boxes1[:, :2]).prod(dim=1)[:, None]
    return torch.where(area > 0, intersection / area, torch.zeros_like(intersection))


# %% function="pairwise_iou" kind="wrong" name="hull_for_the_union" message="You took the smallest box around both for the union. The corners that neither covers do not belong to it."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=2)
    outer_low = torch.minimum(boxes1[:, None, :2], boxes2[None, :, :2])
    outer_high = torch.maximum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    union = (outer_high - outer_low).prod(dim=2)
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))


# %% function="pairwise_iou" kind="wrong" name="nan_without_area" message="You divide 0 by 0 for boxes without area, which gives nan. Put 0 there."
def pairwise_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (boxes1, boxes2))
    return intersection / (area1[:, None] + area2[None, :] - intersection)


# %% function="pairwise_iou" kind="wrong" name="in_pairs" message="You compared the first with the first and the second with the second. Each box of the one set meets each of the other: (N, M)."
def pairwise_iou(boxes1, boxes2):
    low, high = torch.maximum(boxes1[:, :2], boxes2[:, :2]), torch.minimum(boxes1[:, 2:], boxes2[:, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=1)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (boxes1, boxes2))
    return intersection / (area1 + area2 - intersection)


# %% function="yolo_filter_boxes" kind="right" name="self_contained"
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    box_scores = box_confidence * box_class_probs
    box_classes = box_scores.argmax(dim=-1)
    box_class_scores = box_scores.amax(dim=-1)
    mask = box_class_scores >= threshold
    return box_class_scores[mask], boxes[mask], box_classes[mask]


# %% function="yolo_filter_boxes" kind="right" name="flat_from_the_start"
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    flat, sure = boxes.reshape(-1, 4), box_confidence.reshape(-1)
    chance, kind = box_class_probs.reshape(len(sure), -1).max(dim=1)
    score = sure * chance
    index = torch.nonzero(score >= threshold).flatten()
    return score.index_select(0, index), flat.index_select(0, index), kind.index_select(0, index)


# %% function="yolo_filter_boxes" kind="right" name="box_by_box"
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    S, _, A, _ = boxes.shape
    scores, kept, classes = [], [], []
    for i in range(S):
        for j in range(S):
            for a in range(A):
                every = box_confidence[i, j, a] * box_class_probs[i, j, a]
                if every.max() >= threshold:
                    scores.append(every.max())
                    kept.append(boxes[i, j, a])
                    classes.append(int(every.argmax()))
    if not scores:
        return torch.zeros(0), torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
    return torch.stack(scores), torch.stack(kept), torch.tensor(classes)


# %% function="yolo_filter_boxes" kind="right" name="numpy"
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores = box_confidence.numpy() * box_class_probs.numpy()
    best, kind = scores.max(-1), scores.argmax(-1)
    rows = np.where(best >= threshold)
    return torch.from_numpy(best[rows]), torch.from_numpy(boxes.numpy()[rows]), torch.from_numpy(kind[rows])


# %% function="yolo_filter_boxes" kind="wrong" name="confidence_forgotten" message="You forgot the confidence. A box may know what it would be and still not believe that it is there: multiply."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = box_class_probs.max(dim=-1)
    keep = scores >= threshold
    return scores[keep], boxes[keep], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="confidence_alone" message="You compared the confidence alone. The score is the confidence times the best class probability."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = box_confidence[..., 0], box_class_probs.argmax(dim=-1)
    keep = scores >= threshold
    return scores[keep], boxes[keep], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="confidence_compared_score_returned" message="You chose by the confidence. It is the score that has to reach the threshold."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = box_confidence[..., 0] >= threshold
    return scores[keep], boxes[keep], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="greater_only" message="You dropped scores that equal the threshold. They stay: use >=."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = scores > threshold
    return scores[keep], boxes[keep], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="the_dropped_ones" message="You returned the boxes that should go. Keep those whose score reaches the threshold."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = scores < threshold
    return scores[keep], boxes[keep], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="threshold_fixed" message="You wrote 0.6 into the function. Use the argument threshold."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = scores >= 0.6
    return scores[keep], boxes[keep], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="by_score" message="You sorted by the score. Here the order of the grid is kept; sorting comes with the suppression."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = scores >= threshold
    order = scores[keep].argsort(descending=True)
    return scores[keep][order], boxes[keep][order], classes[keep][order]


# %% function="yolo_filter_boxes" kind="wrong" name="y_first" message="You gave the boxes with y first. The corners stay as they are: x1, y1, x2, y2."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = scores >= threshold
    return scores[keep], boxes[keep][:, [1, 0, 3, 2]], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="rows_and_columns_swapped" message="Your boxes come column by column. The order of the grid is row by row."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    scores, classes, boxes = scores.transpose(0, 1), classes.transpose(0, 1), boxes.transpose(0, 1)
    keep = scores >= threshold
    return scores[keep], boxes[keep], classes[keep]


# %% function="yolo_filter_boxes" kind="wrong" name="every_class" message="You kept a box once for each class that reaches the threshold. Each box has one class, that of its highest score."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.2):
    scores = box_confidence * box_class_probs
    keep = scores >= min(threshold, 0.25)
    index = keep.nonzero()
    return scores[keep], boxes[index[:, 0], index[:, 1], index[:, 2]], index[:, 3]


# %% function="yolo_filter_boxes" kind="wrong" name="not_flat" message="You set the others to 0 and kept the grid. Pick the boxes out with the mask: boxes[keep] is (N, 4)."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = scores >= threshold
    return scores * keep, boxes * keep[..., None], classes * keep


# %% function="yolo_filter_boxes" kind="wrong" name="boxes_first" message="You returned the boxes first. The order is scores, boxes, classes."
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    scores, classes = (box_confidence * box_class_probs).max(dim=-1)
    keep = scores >= threshold
    return boxes[keep], scores[keep], classes[keep]


# %% function="non_max_suppression" kind="right" name="self_contained"
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    def overlap(a, b):
        sides = [max(0.0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1)]
        common = sides[0] * sides[1]
        return common / max((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common, 1e-12)

    values, corners, kinds = scores.tolist(), boxes.tolist(), classes.tolist()
    kept = []
    for i in sorted(range(len(values)), key=lambda i: -values[i]):
        rivals = [j for j in kept if kinds[j] == kinds[i]]
        if len(kept) < max_boxes and all(overlap(corners[i], corners[j]) < iou_threshold for j in rivals):
            kept.append(i)
    index = torch.tensor(kept, dtype=torch.int64)
    return scores[index], boxes[index], classes[index]


# %% function="non_max_suppression" kind="right" name="class_by_class"
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    kept = []
    for number in classes.unique().tolist():
        left = [i for i in scores.argsort(descending=True, stable=True).tolist() if classes[i] == number]
        while left:
            best = left.pop(0)
            kept.append(best)
            near = pairwise_iou(boxes[[best]], boxes[left])[0] >= iou_threshold
            left = [i for i, is_near in zip(left, near.tolist(), strict=True) if not is_near]
    kept = sorted(sorted(kept), key=lambda i: -scores[i].item())[:max_boxes]
    index = torch.tensor(kept, dtype=torch.int64)
    return scores[index], boxes[index], classes[index]


# %% function="non_max_suppression" kind="right" name="one_matrix"
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order = torch.sort(scores, descending=True, stable=True).indices
    rivals = (pairwise_iou(boxes[order], boxes[order]) >= iou_threshold) & (
        classes[order][:, None] == classes[order][None]
    )
    alive = torch.ones(len(order), dtype=torch.bool)
    for i in range(len(order)):
        if alive[i]:
            alive[i + 1 :] &= ~rivals[i, i + 1 :]
    kept = order[alive][:max_boxes]
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="right" name="classes_pushed_apart"
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    if len(scores) == 0:
        return scores, boxes, classes
    far = boxes + (classes * (boxes.max() - boxes.min() + 1))[:, None]
    alive, kept = torch.ones_like(scores, dtype=torch.bool), []
    while alive.any() and len(kept) < max_boxes:
        best = int(torch.where(alive, scores, torch.full_like(scores, -1.0)).argmax())
        kept.append(best)
        alive &= pairwise_iou(far[best : best + 1], far)[0] < iou_threshold
        alive[best] = False
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="all_classes_compete" message="You let boxes of different classes suppress each other. A pedestrian in front of a car is no double of the car: only boxes of one class compete."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        order = rest[pairwise_iou(boxes[best][None], boxes[rest])[0] < iou_threshold]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="equal_stays" message="You kept boxes whose IoU equals the threshold. They are dropped: from the threshold on, not above it only."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap <= iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="the_dropped_suppress" message="Your dropped boxes still suppress others. Only a box that is kept may do that."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order = scores.argsort(descending=True, stable=True)
    rivals = pairwise_iou(boxes[order], boxes[order]) >= iou_threshold
    rivals = (rivals & (classes[order][:, None] == classes[order][None])).triu(1)
    kept = order[~rivals.any(dim=0)][:max_boxes]
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="lowest_first" message="You began with the lowest score. The box with the highest is kept, and suppresses the others."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="as_they_came" message="You went through the boxes as they came. Sort them first, the highest score in front."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = torch.arange(len(scores)), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="kept_in_the_old_order" message="You returned what is kept in the order in which it came. The highest score goes first."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(sorted(kept), dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="cut_before" message="You took the best max_boxes first and suppressed then. Suppress first: the limit is on what is kept."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True)[:max_boxes], []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="no_limit" message="You kept more than max_boxes. Stop when so many are kept, of all classes together."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="ties_backwards" message="Of equal scores you took the last first. The lower index goes first: sort with stable=True, descending=True."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(stable=True).flip(0), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="threshold_fixed" message="You wrote 0.5 into the function. Use the argument iou_threshold."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < 0.5) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="one_of_each_class" message="You kept one box for each class. Those that do not overlap it are other objects, and stay."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        order = rest[classes[rest] != classes[best]]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="y_first" message="You gave the boxes with y first. What is kept stays as it came: x1, y1, x2, y2."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    kept = torch.tensor(kept, dtype=torch.int64)
    return scores[kept], boxes[kept][:, [1, 0, 3, 2]], classes[kept]


# %% function="non_max_suppression" kind="wrong" name="indices" message="You returned the indices of what is kept. Return its scores, boxes and classes."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order, kept = scores.argsort(descending=True, stable=True), []
    while len(order) and len(kept) < max_boxes:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(boxes[best][None], boxes[rest])[0]
        order = rest[(overlap < iou_threshold) | (classes[rest] != classes[best])]
    return torch.tensor(kept, dtype=torch.int64)


# %% function="non_max_suppression" kind="wrong" name="empty_forgotten" message="Your function cannot do without a box. For no boxes, return three empty tensors."
def non_max_suppression(scores, boxes, classes, *, iou_threshold=0.5, max_boxes=10):
    order = scores.argsort(descending=True, stable=True)
    kept = [order[0]]
    for i in order[1:]:
        rivals = torch.stack([j for j in kept])
        overlap = pairwise_iou(boxes[i][None], boxes[rivals])[0]
        if len(kept) < max_boxes and not ((overlap >= iou_threshold) & (classes[rivals] == classes[i])).any():
            kept.append(i)
    kept = torch.stack(kept)
    return scores[kept], boxes[kept], classes[kept]


# %% function="kmeans_anchors" kind="right" name="self_contained"
def kmeans_anchors(shapes, k, seed=0):
    def similarity(a, b):
        common = torch.minimum(a[:, None], b[None]).prod(dim=-1)
        return common / (a.prod(dim=1)[:, None] + b.prod(dim=1)[None] - common)

    rng = np.random.default_rng(seed)
    chosen = [int(rng.integers(len(shapes)))]
    while len(chosen) < k:
        chosen.append(int(similarity(shapes, shapes[chosen]).amax(dim=1).argmin()))
    anchors = shapes[chosen].clone()
    for _ in range(100):
        groups = similarity(shapes, anchors).argmax(dim=1)
        moved = anchors.clone()
        for j in groups.unique():
            moved[j] = shapes[groups == j].mean(dim=0)
        if torch.equal(moved, anchors):
            break
        anchors = moved
    return anchors[torch.argsort(anchors[:, 0] * anchors[:, 1])]


# %% function="kmeans_anchors" kind="right" name="numpy"
def kmeans_anchors(shapes, k, seed=0):
    points = shapes.double().numpy()

    def distances(centres):
        common = np.minimum(points[:, None], centres[None]).prod(axis=2)
        return 1 - common / (points.prod(axis=1)[:, None] + centres.prod(axis=1) - common)

    centres = points[[np.random.RandomState(seed).randint(len(points))]]
    while len(centres) < k:
        centres = np.vstack([centres, points[distances(centres).min(axis=1).argmax()]])
    before = None
    for _ in range(100):
        groups = distances(centres).argmin(axis=1)
        if before is not None and (groups == before).all():
            break
        before = groups
        centres = np.array(
            [points[groups == j].mean(axis=0) if (groups == j).any() else centres[j] for j in range(k)]
        )
    centres = centres[np.argsort(centres.prod(axis=1))]
    return torch.tensor(centres, dtype=shapes.dtype)


# %% function="kmeans_anchors" kind="right" name="lists"
def kmeans_anchors(shapes, k, seed=0):
    import random

    def near(a, b):
        common = min(a[0], b[0]) * min(a[1], b[1])
        return common / (a[0] * a[1] + b[0] * b[1] - common)

    points = [tuple(one) for one in shapes.tolist()]
    anchors = [random.Random(seed).choice(points)]
    while len(anchors) < k:
        anchors.append(min(points, key=lambda p: max(near(p, a) for a in anchors)))
    for _ in range(100):
        groups = [[] for _ in anchors]
        for p in points:
            groups[max(range(k), key=lambda j: near(p, anchors[j]))].append(p)
        means = [
            (sum(w for w, _ in g) / len(g), sum(h for _, h in g) / len(g)) if g else a
            for g, a in zip(groups, anchors, strict=True)
        ]
        if means == anchors:
            break
        anchors = means
    return torch.tensor(sorted(anchors, key=lambda a: a[0] * a[1]), dtype=shapes.dtype)


# %% function="kmeans_anchors" kind="wrong" name="straight_distance" message="You used the straight distance, which sees only what is large. The distance is 1 - IoU."
def kmeans_anchors(shapes, k, seed=0):
    anchors = shapes[torch.randint(len(shapes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = torch.cdist(shapes, anchors).min(dim=1).values.argmax()
        anchors = torch.cat([anchors, shapes[farthest][None]])
    for _ in range(100):
        groups = torch.cdist(shapes, anchors).argmin(dim=1)
        anchors = torch.stack([shapes[groups == j].mean(dim=0) for j in range(k)])
    return anchors[anchors.prod(dim=1).argsort()]


# %% function="kmeans_anchors" kind="wrong" name="never_moved" message="You stopped after the beginning. Now groups and means, in turn, until nothing changes."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    found = anchors[:, 2:]
    return found[found.prod(dim=1).argsort()]


# %% function="kmeans_anchors" kind="wrong" name="nearest_for_farthest" message="You gave each shape to the anchor that is farthest. The highest IoU is the smallest distance."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    groups = torch.full((len(boxes),), -1)
    for _ in range(100):
        nearest = pairwise_iou(boxes, anchors).argmin(dim=1)
        if torch.equal(nearest, groups):
            break
        groups = nearest
        means = [boxes[groups == j].mean(dim=0) if (groups == j).any() else anchors[j] for j in range(k)]
        anchors = torch.stack(means)
    found = anchors[:, 2:]
    return found[found.prod(dim=1).argsort()]


# %% function="kmeans_anchors" kind="wrong" name="not_sorted" message="Your anchors are not sorted. Put the smallest area first."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[shapes.prod(dim=1).argmax()][None]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    for _ in range(100):
        groups = pairwise_iou(boxes, anchors).argmax(dim=1)
        means = [boxes[groups == j].mean(dim=0) if (groups == j).any() else anchors[j] for j in range(k)]
        anchors = torch.stack(means)
    return anchors[:, 2:]


# %% function="kmeans_anchors" kind="wrong" name="largest_first" message="You put the largest area first. The smallest goes first."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    for _ in range(100):
        groups = pairwise_iou(boxes, anchors).argmax(dim=1)
        means = [boxes[groups == j].mean(dim=0) if (groups == j).any() else anchors[j] for j in range(k)]
        anchors = torch.stack(means)
    found = anchors[:, 2:]
    return found[found.prod(dim=1).argsort(descending=True)]


# %% function="kmeans_anchors" kind="wrong" name="sorted_by_width" message="You sorted by the width. Sort by the area, width times height."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    for _ in range(100):
        groups = pairwise_iou(boxes, anchors).argmax(dim=1)
        means = [boxes[groups == j].mean(dim=0) if (groups == j).any() else anchors[j] for j in range(k)]
        anchors = torch.stack(means)
    found = anchors[:, 2:]
    return found[found[:, 0].argsort()]


# %% function="kmeans_anchors" kind="wrong" name="height_first" message="You gave height and width. An anchor is width, height."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    for _ in range(100):
        groups = pairwise_iou(boxes, anchors).argmax(dim=1)
        means = [boxes[groups == j].mean(dim=0) if (groups == j).any() else anchors[j] for j in range(k)]
        anchors = torch.stack(means)
    found = anchors[:, 2:]
    return found[found.prod(dim=1).argsort()].flip(1)


# %% function="kmeans_anchors" kind="wrong" name="one_round" message="You moved the anchors once. Go on until no shape changes its group."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[[0]]
    for j in range(1, k):
        anchors = torch.cat([anchors, boxes[[j]]])
    groups = pairwise_iou(boxes, anchors).argmax(dim=1)
    means = [boxes[groups == j].mean(dim=0) if (groups == j).any() else anchors[j] for j in range(k)]
    found = torch.stack(means)[:, 2:]
    return found[found.prod(dim=1).argsort()]


# %% function="kmeans_anchors" kind="wrong" name="medians" message="You took the medians. Each anchor is the mean width and height of its shapes."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    for _ in range(100):
        groups = pairwise_iou(boxes, anchors).argmax(dim=1)
        means = [
            boxes[groups == j].median(dim=0).values if (groups == j).any() else anchors[j] for j in range(k)
        ]
        anchors = torch.stack(means)
    found = anchors[:, 2:]
    return found[found.prod(dim=1).argsort()]


# %% function="kmeans_anchors" kind="wrong" name="boxes_returned" message="You returned boxes with their corner (0, 0). An anchor is a width and a height: (k, 2)."
def kmeans_anchors(shapes, k, seed=0):
    boxes = torch.cat([torch.zeros_like(shapes), shapes], dim=1)
    anchors = boxes[torch.randint(len(boxes), (1,), generator=torch.Generator().manual_seed(seed))]
    while len(anchors) < k:
        farthest = pairwise_iou(boxes, anchors).max(dim=1).values.argmin()
        anchors = torch.cat([anchors, boxes[farthest][None]])
    for _ in range(100):
        groups = pairwise_iou(boxes, anchors).argmax(dim=1)
        means = [boxes[groups == j].mean(dim=0) if (groups == j).any() else anchors[j] for j in range(k)]
        anchors = torch.stack(means)
    return anchors[anchors[:, 2:].prod(dim=1).argsort()]


# %% function="average_precision" kind="right" name="self_contained"
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive[scores.argsort(descending=True, stable=True)].double().cumsum(dim=0)
    precision = hits / torch.arange(1, len(hits) + 1)
    recall = hits / num_ground_truth
    for i in range(len(precision) - 1, 0, -1):
        precision[i - 1] = max(precision[i - 1], precision[i])
    at = torch.searchsorted(recall, torch.from_numpy(np.linspace(0, 1, 101)))
    return torch.cat([precision, torch.zeros(1, dtype=torch.float64)])[at].mean().item()


# %% function="average_precision" kind="right" name="numpy"
def average_precision(scores, is_true_positive, num_ground_truth):
    if not num_ground_truth:
        return np.nan
    order = np.argsort(-scores.numpy(), kind="stable")
    hits = np.cumsum(is_true_positive.numpy()[order])
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    at = np.searchsorted(hits / num_ground_truth, np.linspace(0, 1, 101), side="left")
    return float(np.append(precision, 0.0)[at].mean())


# %% function="average_precision" kind="right" name="whole_numbers"
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    ranking = sorted(
        zip((-scores).tolist(), is_true_positive.tolist(), strict=True), key=lambda pair: pair[0]
    )
    points, hits = [], 0
    for place, (_, hit) in enumerate(ranking, 1):
        hits += hit
        points.append((hits, hits / place))
    heights = [
        max((p for h, p in points if 100 * h >= r * num_ground_truth), default=0.0) for r in range(101)
    ]
    return sum(heights) / 101


# %% function="average_precision" kind="right" name="from_behind"
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    flags = is_true_positive[torch.argsort(scores, descending=True, stable=True)].tolist()
    hits, place, best, total, r = sum(flags), len(flags), 0.0, 0.0, 100
    while r >= 0:
        while place > 0 and 100 * hits >= r * num_ground_truth:
            best = max(best, hits / place)
            place -= 1
            hits -= flags[place]
        total += best
        r -= 1
    return total / 101


# %% function="average_precision" kind="wrong" name="not_monotone" message="You read the jagged curve. At each recall the best precision at this recall or any higher one counts."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive[scores.argsort(descending=True, stable=True)].double().cumsum(dim=0)
    precision = hits / torch.arange(1, len(hits) + 1)
    at = torch.searchsorted(hits / num_ground_truth, torch.from_numpy(np.linspace(0, 1, 101)))
    return torch.cat([precision, torch.zeros(1, dtype=torch.float64)])[at].mean().item()


# %% function="average_precision" kind="wrong" name="not_sorted" message="You did not sort by the score. The ranking goes from the surest detection to the least sure."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive.double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / num_ground_truth
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 101)]
    return float(np.mean(best))


# %% function="average_precision" kind="wrong" name="least_sure_first" message="You sorted the lowest score first. The ranking begins with the surest."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive[scores.argsort(stable=True)].double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / num_ground_truth
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 101)]
    return float(np.mean(best))


# %% function="average_precision" kind="wrong" name="eleven_places" message="You read the curve at 11 recalls, as an older benchmark did. Here there are 101."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive[scores.argsort(descending=True, stable=True)].double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / num_ground_truth
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 11)]
    return float(np.mean(best))


# %% function="average_precision" kind="wrong" name="mean_at_the_hits" message="You took the mean of the precisions at the hits. Read the curve at the 101 recalls instead."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    flags = is_true_positive[scores.argsort(descending=True, stable=True)]
    precision = flags.double().cumsum(dim=0) / torch.arange(1, len(flags) + 1)
    return (precision[flags].sum() / num_ground_truth).item()


# %% function="average_precision" kind="wrong" name="recall_of_the_hits" message="You divided by the number of hits for the recall. What was missed counts too: divide by num_ground_truth."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive[scores.argsort(descending=True, stable=True)].double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / max(1, int(is_true_positive.sum()))
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 101)]
    return float(np.mean(best))


# %% function="average_precision" kind="wrong" name="mean_over_what_is_reached" message="You left out the recalls that are never reached. They count as 0."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive[scores.argsort(descending=True, stable=True)].double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / num_ground_truth
    best = [precision[recall >= r].max().item() for r in np.linspace(0, 1, 101) if (recall >= r).any()]
    return float(np.mean(best)) if best else 0.0


# %% function="average_precision" kind="wrong" name="zero_for_nothing_to_find" message="You returned 0 where there is nothing to find. No detector can be judged by that: return nan."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return 0.0
    hits = is_true_positive[scores.argsort(descending=True, stable=True)].double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / num_ground_truth
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 101)]
    return float(np.mean(best))


# %% function="average_precision" kind="wrong" name="ties_backwards" message="Of equal scores you took the last first. The lower index goes first: sort with stable=True, descending=True."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return float("nan")
    hits = is_true_positive[scores.argsort(stable=True).flip(0)].double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / num_ground_truth
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 101)]
    return float(np.mean(best))


# %% function="average_precision" kind="wrong" name="a_tensor" message="You returned a tensor. Return a float: .item()."
def average_precision(scores, is_true_positive, num_ground_truth):
    if num_ground_truth == 0:
        return torch.tensor(float("nan"))
    hits = is_true_positive[scores.argsort(descending=True, stable=True)].double().cumsum(dim=0)
    precision, recall = hits / torch.arange(1, len(hits) + 1), hits / num_ground_truth
    best = [max(precision[recall >= r].tolist(), default=0.0) for r in np.linspace(0, 1, 101)]
    return torch.tensor(best).mean()


# %% function="mean_average_precision" kind="right" name="self_contained"
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    def overlap(a, b):
        common = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
        return common / max((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common, 1e-12)

    values = []
    kinds = {int(kind) for truth in ground_truth for kind in truth["classes"]}
    for kind in sorted(kinds):
        ranking, count = [], 0
        for number, (found, truth) in enumerate(zip(detections, ground_truth, strict=True)):
            ignore = truth["ignore"].tolist() if "ignore" in truth else [False] * len(truth["boxes"])
            left = [j for j, one in enumerate(truth["classes"].tolist()) if one == kind]
            count += sum(not ignore[j] for j in left)
            own = [i for i, one in enumerate(found["classes"].tolist()) if one == kind]
            for i in sorted(own, key=lambda i: -found["scores"][i].item()):
                pairs = [(overlap(found["boxes"][i].tolist(), truth["boxes"][j].tolist()), j) for j in left]
                pairs = [pair for pair in pairs if pair[0] >= iou_threshold]
                chosen = max([pair for pair in pairs if not ignore[pair[1]]] or pairs, default=None)
                if chosen:
                    left.remove(chosen[1])
                if chosen is None or not ignore[chosen[1]]:
                    ranking.append((-found["scores"][i].item(), number, chosen is not None))
        if count:
            ranking.sort(key=lambda one: one[0])
            hits, points = 0, []
            for place, (_, _, hit) in enumerate(ranking, 1):
                hits += hit
                points.append((hits / count, hits / place))
            values.append(
                np.mean(
                    [max((p for r, p in points if r >= at), default=0.0) for at in np.linspace(0, 1, 101)]
                )
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="right" name="ordinary_objects_first"
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    every = [t["classes"][~t["ignore"]] if "ignore" in t else t["classes"] for t in ground_truth]
    kinds = torch.cat(every).unique().tolist() if every else []
    values = []
    for kind in kinds:
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = (
                truth["ignore"][real] if "ignore" in truth else torch.zeros(int(real.sum()), dtype=torch.bool)
            )
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                for group in (~ignore, ignore):
                    among = row * group
                    if len(among) and among.max() >= iou_threshold:
                        table[:, among.argmax()] = -1  # taken: no later row reaches it
                        break
                else:
                    group = None
                if group is None or group is not ignore:
                    scores.append(score)
                    hits.append(group is not None)
        values.append(average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count))
    return sum(values) / len(values) if values else float("nan")


# %% function="mean_average_precision" kind="right" name="one_list_of_everything"
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    rows = []
    for number, found in enumerate(detections):
        for score, box, kind in zip(found["scores"], found["boxes"], found["classes"], strict=True):
            rows.append((score.item(), number, box, int(kind)))
    rows.sort(key=lambda row: -row[0])
    taken = [[False] * len(truth["boxes"]) for truth in ground_truth]
    ranking, counts = {}, {}
    for truth in ground_truth:
        ignore = truth.get("ignore", torch.zeros(len(truth["boxes"]), dtype=torch.bool))
        for kind in truth["classes"][~ignore].tolist():
            counts[kind] = counts.get(kind, 0) + 1
    for score, number, box, kind in rows:
        truth = ground_truth[number]
        ignore = truth.get("ignore", torch.zeros(len(truth["boxes"]), dtype=torch.bool))
        overlaps = pairwise_iou(box[None], truth["boxes"])[0].tolist()
        best = None
        for j, overlap in enumerate(overlaps):
            if taken[number][j] or int(truth["classes"][j]) != kind or overlap < iou_threshold:
                continue
            if best is None or (not ignore[j], overlap) > (not ignore[best], overlaps[best]):
                best = j
        if best is not None:
            taken[number][best] = True
        if best is None or not ignore[best]:
            ranking.setdefault(kind, []).append((score, best is not None))
    values = []
    for kind, count in counts.items():
        own = ranking.get(kind, [])
        scores = torch.tensor([score for score, _ in own])
        values.append(
            average_precision(scores, torch.tensor([hit for _, hit in own], dtype=torch.bool), count)
        )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="matched_twice" message="You let an object be taken twice. Once taken it is gone, and the second box on it is a false alarm."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="greater_only" message="You demand more than the threshold. An IoU that equals iou_threshold is a hit: use >=."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row > iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="threshold_fixed" message="You wrote 0.5 into the function. Use the argument iou_threshold."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= 0.5)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="classes_mixed" message="You matched boxes of different classes. A pedestrian that is called a car is a false alarm of the cars, and no hit."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] >= 0, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="mean_over_pictures" message="You took the AP of each picture, and their mean. The detections of all pictures make one ranking."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        for found, truth in zip(detections, ground_truth, strict=True):
            scores, hits, count = [], [], 0
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
            if count:
                values.append(
                    average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
                )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="first_that_fits" message="You took the first object that fits. Take the one that the detection overlaps most."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(fits.nonzero()[0])
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="ignored_are_demanded" message="You count ignored objects as if they had to be found. They need not be."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = torch.zeros_like(truth["classes"], dtype=torch.bool)[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="ignored_are_hits" message="You praise a detection for an ignored object. It counts neither way: leave it out of the ranking."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="ignored_are_false_alarms" message="You blame a detection for an ignored object. It counts neither way: leave it out of the ranking."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        is_hit = False
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="missing_class_is_nothing" message="You left out the classes that the detector never names. They count with an AP of 0."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count and scores:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="classes_that_are_not_there" message="You gave classes without an object an AP of 0. Only classes with something to find count."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in [*ground_truth, *detections] for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if not count:
            values.append(0.0)
        else:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="lowest_score_first" message="You matched the lowest score first. The surest detection chooses first."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="taken_blocks" message="You only look at the object that a detection overlaps most, taken or not. It takes the best of those that are left."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold) & (row == row.max() if len(row) else free)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else float("nan")


# %% function="mean_average_precision" kind="wrong" name="zero_for_nothing" message="You returned 0 where there is nothing to find at all. Return nan."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values = []
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        scores, hits, count = [], [], 0
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
        if count:
            values.append(
                average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count)
            )
    return float(np.mean(values)) if values else 0.0


# %% function="mean_average_precision" kind="wrong" name="classes_pooled" message="You made one ranking of all classes. Each class has its own AP, and the mAP is their mean."
def mean_average_precision(detections, ground_truth, iou_threshold=0.5):
    values, scores, hits, count = [], [], [], 0
    for kind in sorted({one for truth in ground_truth for one in truth["classes"].tolist()}):
        for found, truth in zip(detections, ground_truth, strict=True):
            mine, real = found["classes"] == kind, truth["classes"] == kind
            ignore = truth.get("ignore", torch.zeros_like(truth["classes"], dtype=torch.bool))[real]
            order = found["scores"][mine].argsort(descending=True, stable=True)
            table = pairwise_iou(found["boxes"][mine][order], truth["boxes"][real])
            free = torch.ones_like(ignore)
            count += int((~ignore).sum())
            for score, row in zip(found["scores"][mine][order].tolist(), table, strict=True):
                fits = free & (row >= iou_threshold)
                if (fits & ~ignore).any():
                    fits = fits & ~ignore
                is_hit = bool(fits.any())
                if is_hit:
                    best = int(torch.where(fits, row, -torch.ones_like(row)).argmax())
                    free[best] = False
                    if ignore[best]:
                        continue
                scores.append(score)
                hits.append(is_hit)
    if count:
        values.append(average_precision(torch.tensor(scores), torch.tensor(hits, dtype=torch.bool), count))
    return float(np.mean(values)) if values else float("nan")
