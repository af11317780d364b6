# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `np`, `torch`, `functional` and `strongest` are there, as in the
# lesson.


# %% function="region_proposals" kind="right" name="self_contained"
def region_proposals(label_maps, smallest=1):
    boxes = []
    for labels in label_maps:
        for one in sorted(set(labels.ravel().tolist())):
            inside = labels == one
            columns = np.flatnonzero(inside.any(axis=0))
            rows = np.flatnonzero(inside.any(axis=1))
            box = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
            if box in boxes or box[2] - box[0] < smallest or box[3] - box[1] < smallest:
                continue
            boxes.append(box)
    return np.array(boxes, dtype=np.int64) if boxes else np.zeros((0, 4), dtype=np.int64)


# %% function="region_proposals" kind="right" name="regionprops"
def region_proposals(label_maps, smallest=1):
    from skimage.measure import regionprops

    found = []
    for labels in label_maps:
        for region in regionprops(labels - labels.min() + 1):
            y1, x1, y2, x2 = (int(end) for end in region.bbox)
            if min(x2 - x1, y2 - y1) >= smallest and (x1, y1, x2, y2) not in found:
                found.append((x1, y1, x2, y2))
    return np.array(found, dtype=np.int64).reshape(len(found), 4)


# %% function="region_proposals" kind="right" name="first_of_each_by_numpy"
def region_proposals(label_maps, smallest=1):
    boxes = [np.zeros((0, 4), dtype=np.int64)]
    for labels in label_maps:
        numbers, which = np.unique(labels, return_inverse=True)
        which = which.reshape(labels.shape)
        rows, columns = np.indices(labels.shape)
        low = np.full((len(numbers), 2), 10**6)
        high = np.zeros((len(numbers), 2), dtype=np.int64)
        places = np.stack([columns, rows], axis=-1)
        np.minimum.at(low, which, places)
        np.maximum.at(high, which, places + 1)
        boxes.append(np.concatenate([low, high], axis=1).astype(np.int64))
    boxes = np.concatenate(boxes)
    boxes = boxes[(boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=10**6) >= smallest]
    _, first = np.unique(boxes, axis=0, return_index=True)
    return boxes[np.sort(first)]


# %% function="region_proposals" kind="wrong" name="rows_for_x" message="You took rows for x. x runs along the columns: a box is (columns, rows, columns, rows)."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="last_pixel_for_the_corner" message="Your boxes end too early. x2 and y2 are the first column and row beyond the segment: the largest plus 1."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max(), rows.max())
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="duplicates_kept" message="You kept a box that was there before. Different maps often give the same box: propose it once."
def region_proposals(label_maps, smallest=1):
    found = []
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found.append(box)
    return np.array(found, dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="zero_left_out" message="You left out segment 0. In a segmentation 0 is a segment like any other."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels)[np.unique(labels) > 0]:
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="first_map_only" message="You used the first map only. The boxes of all maps are proposed."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps[:1]:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="small_ones_kept" message="You kept boxes that are too small. Both sides should have at least `smallest` pixels."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if box is not None:
                found[box] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="one_side_is_enough" message="A box is too small if one of its sides is: take the smaller side, not the larger."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if max(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="exactly_smallest_dropped" message="You left out boxes whose side is exactly `smallest`. They are large enough."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) > smallest:
                found[box] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="width_and_height" message="Your last two numbers are width and height. They should be the corner x2, y2."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    boxes = np.array(list(found), dtype=np.int64).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


# %% function="region_proposals" kind="wrong" name="sorted_boxes" message="You sorted the boxes. Keep the order in which they were found: map after map."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 4)


# %% function="region_proposals" kind="wrong" name="a_list" message="You returned a list. The boxes should be one int64 array of shape (N, 4)."
def region_proposals(label_maps, smallest=1):
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
    return [[int(end) for end in box] for box in found]


# %% function="roi_pool" kind="right" name="self_contained"
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="right" name="part_by_part"
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(x1 // stride)), max(0, int(y1 // stride))
        columns, rows = min(W, -int(-x2 // stride)) - left, min(H, -int(-y2 // stride)) - top
        parts = []
        for i in range(size):
            for j in range(size):
                down = slice(top + i * rows // size, top - (-(i + 1) * rows // size))
                across = slice(left + j * columns // size, left - (-(j + 1) * columns // size))
                parts.append(features[:, down, across].amax(dim=(1, 2)))
        pooled.append(torch.stack(parts, dim=1).reshape(C, size, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="right" name="masks"
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape

    def inside(low, high, count):
        first = (low / stride).floor().clamp(min=0).long()
        n = (high / stride).ceil().clamp(max=count).long() - first
        i, cells = torch.arange(size), torch.arange(count)
        begins, ends = first + i * n // size, first - (-(i + 1) * n).div(size, rounding_mode="floor")
        return (cells >= begins[:, None]) & (cells < ends[:, None])

    pooled = []
    for x1, y1, x2, y2 in boxes:
        rows, columns = inside(y1, y2, H), inside(x1, x2, W)
        taken = rows[:, None, :, None] & columns[None, :, None, :]
        pooled.append(features[:, None, None].masked_fill(~taken, -torch.inf).amax(dim=(3, 4)))
    return torch.stack(pooled)


# %% function="roi_pool" kind="right" name="rows_then_columns"
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape

    def parts(low, high, count):
        first, last = max(0, int(low // stride)), min(count, -int(-high // stride))
        n = last - first
        return [slice(first + i * n // size, first - (-(i + 1) * n // size)) for i in range(size)]

    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        rows = torch.stack([features[:, part].amax(dim=1) for part in parts(y1, y2, H)], dim=1)
        pooled.append(torch.stack([rows[:, :, part].amax(dim=2) for part in parts(x1, x2, W)], dim=2))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="mean_for_max" message="You took means. RoI pooling takes the largest number of each part."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_avg_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="whole_region" message="You took the maximum of the whole region. Each of its size x size parts has its own."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(region.amax(dim=(1, 2))[:, None, None].expand(-1, size, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="x_for_rows" message="You swapped x and y. Rows come first in features, and they are y: features[:, y1:y2, x1:x2]."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(y1 / stride))), max(0, int(np.floor(x1 / stride)))
        right, bottom = min(W, int(np.ceil(y2 / stride))), min(H, int(np.ceil(x2 / stride)))
        left, top = min(left, W - 1), min(top, H - 1)
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="stride_forgotten" message="You used pixels as cells. Divide the corners by the stride first."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = min(max(0, int(x1)), W - 1), min(max(0, int(y1)), H - 1)
        right, bottom = max(left + 1, min(W, int(x2))), max(top + 1, min(H, int(y2)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="end_rounded_down" message="You rounded x2 and y2 down, and lost cells that the box touches. Round them up."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = max(left + 1, min(W, int(x2 / stride))), max(top + 1, min(H, int(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="begin_rounded_up" message="You rounded x1 and y1 up, and lost cells that the box touches. Round them down."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        left, top = max(0, int(np.ceil(x1 / stride))), max(0, int(np.ceil(y1 / stride)))
        left, top = min(left, right - 1), min(top, bottom - 1)
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="negative_corner" message="A box that begins left of the picture or above it went wrong: a negative index counts from the end. Clip the corners to 0."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = int(np.floor(x1 / stride)) % W, int(np.floor(y1 / stride)) % H
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        left, top = min(left, right - 1), min(top, bottom - 1)
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="parts_without_overlap" message="Your parts end too early where cells do not divide evenly. A part ends before cell ceil((i + 1) * n / size), so that it may share a cell with the next."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(x1 // stride)), max(0, int(y1 // stride))
        columns, rows = min(W, -int(-x2 // stride)) - left, min(H, -int(-y2 // stride)) - top
        parts = []
        for i in range(size):
            for j in range(size):
                first, start = i * rows // size, j * columns // size
                last, end = max(first + 1, (i + 1) * rows // size), max(start + 1, (j + 1) * columns // size)
                parts.append(
                    features[:, top + first : top + last, left + start : left + end].amax(dim=(1, 2))
                )
        pooled.append(torch.stack(parts, dim=1).reshape(C, size, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="stretched" message="You stretched the region by interpolation. RoI pooling takes the largest number of each part."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.interpolate(region[None], (size, size), mode="nearest")[0])
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="first_box_only" message="You pooled the first box only. There is a result for each box."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes[:1].tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled)


# %% function="roi_pool" kind="wrong" name="cut_off" message="Your result is cut off from the features: no gradient flows back. Leave out detach()."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled).detach()


# %% function="roi_pool" kind="wrong" name="parts_in_a_row" message="You laid the parts in one row. The result is (N, C, size, size)."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled).flatten(2)


# %% function="roi_pool" kind="wrong" name="parts_transposed" message="The rows and columns of your parts changed places."
def roi_pool(features, boxes, size, stride):
    C, H, W = features.shape
    pooled = []
    for x1, y1, x2, y2 in boxes.tolist():
        left, top = max(0, int(np.floor(x1 / stride))), max(0, int(np.floor(y1 / stride)))
        right, bottom = min(W, int(np.ceil(x2 / stride))), min(H, int(np.ceil(y2 / stride)))
        region = features[:, top:bottom, left:right]
        pooled.append(functional.adaptive_max_pool2d(region, size))
    return torch.stack(pooled).transpose(2, 3)


# %% function="apply_offsets" kind="right" name="self_contained"
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="right" name="in_numpy"
def apply_offsets(boxes, offsets, height, width):
    given, by = boxes.detach().double().numpy(), offsets.detach().double().numpy()
    sides = given[:, 2:] - given[:, :2]
    middles = given[:, :2] + sides * (0.5 + by[:, :2])
    half = sides * np.exp(by[:, 2:]) / 2
    corners = np.clip(np.hstack([middles - half, middles + half]), 0, [width, height, width, height])
    return torch.from_numpy(corners.astype(np.float32))


# %% function="apply_offsets" kind="right" name="box_by_box"
def apply_offsets(boxes, offsets, height, width):
    from math import exp

    corrected = []
    for (x1, y1, x2, y2), (t_x, t_y, t_w, t_h) in zip(boxes.tolist(), offsets.tolist(), strict=True):
        x, y = (x1 + x2) / 2 + t_x * (x2 - x1), (y1 + y2) / 2 + t_y * (y2 - y1)
        w, h = exp(t_w) * (x2 - x1), exp(t_h) * (y2 - y1)
        left, right = max(0.0, x - w / 2), min(float(width), x + w / 2)
        up, down = max(0.0, y - h / 2), min(float(height), y + h / 2)
        corrected.append([min(left, float(width)), min(up, float(height)), max(right, 0.0), max(down, 0.0)])
    return torch.tensor(corrected)


# %% function="apply_offsets" kind="right" name="corners_and_slices"
def apply_offsets(boxes, offsets, height, width):
    low, high = boxes[:, :2], boxes[:, 2:]
    sides = high - low
    middles = torch.addcmul(torch.lerp(low, high, 0.5), sides, offsets[:, :2])
    half = 0.5 * sides * torch.exp(offsets[:, 2:])
    corners = torch.cat([middles - half, middles + half], dim=1)
    corners[:, 0::2] = corners[:, 0::2].clamp(0, width)
    corners[:, 1::2] = corners[:, 1::2].clamp(0, height)
    return corners


# %% function="apply_offsets" kind="wrong" name="pixels" message="You moved the box by t_x and t_y pixels. They are shares of its width and height: multiply."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + t_x, (y1 + y2) / 2 + t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="exponential_forgotten" message="You multiplied the sides by 1 + t. The factor is e to the power of t, which is never negative."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * (1 + t_w), h * (1 + t_h)
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="factor_itself" message="You multiplied the sides by t_w and t_h, so that offsets of 0 leave no box. The factors are their exponentials."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w, h * t_h
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="clip_forgotten" message="Your boxes reach beyond the picture. Clip x to 0 … width and y to 0 … height."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2), (x + w / 2)
    y1, y2 = (y - h / 2), (y + h / 2)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="height_for_width" message="You clipped x to the height and y to the width. It is the other way round."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, height), (x + w / 2).clamp(0, height)
    y1, y2 = (y - h / 2).clamp(0, width), (y + h / 2).clamp(0, width)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="clipped_below_only" message="You clipped at 0 only. A box may also reach beyond the width and the height."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(min=0), (x + w / 2).clamp(min=0)
    y1, y2 = (y - h / 2).clamp(min=0), (y + h / 2).clamp(min=0)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="about_the_corner" message="You stretched the box from its corner. It grows and shrinks about its middle."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x, y = x - (x2 - x1) / 2, y - (y2 - y1) / 2
    x1, x2 = x.clamp(0, width), (x + w).clamp(0, width)
    y1, y2 = y.clamp(0, height), (y + h).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="half_forgotten" message="Your boxes are twice as large. The corners lie half a side from the middle."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w).clamp(0, width), (x + w).clamp(0, width)
    y1, y2 = (y - h).clamp(0, height), (y + h).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="new_sides_move" message="You moved the middle by shares of the new sides. Take those of the box that was given."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    w, h = w * t_w.exp(), h * t_h.exp()
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="width_for_both" message="You moved the middle by shares of the width in both directions. Upright, it is the height that counts."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + w * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="middle_and_sides" message="You returned middles and sides. The boxes should be corners: x1, y1, x2, y2."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + w * t_x, (y1 + y2) / 2 + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x, y, w, h], dim=1)


# %% function="apply_offsets" kind="wrong" name="other_way" message="You moved the boxes the other way. A positive t_x goes to the right, a positive t_y down."
def apply_offsets(boxes, offsets, height, width):
    x1, y1, x2, y2 = boxes.unbind(1)
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 - w * t_x, (y1 + y2) / 2 - h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, width), (x + w / 2).clamp(0, width)
    y1, y2 = (y - h / 2).clamp(0, height), (y + h / 2).clamp(0, height)
    return torch.stack([x1, y1, x2, y2], dim=1)


# %% function="apply_offsets" kind="wrong" name="given_changed" message="You changed the boxes that were given. Make new ones."
def apply_offsets(boxes, offsets, height, width):
    sides = boxes[:, 2:] - boxes[:, :2]
    middles = boxes[:, :2] + sides / 2 + sides * offsets[:, :2]
    half = sides * offsets[:, 2:].exp() / 2
    boxes[:, :2], boxes[:, 2:] = middles - half, middles + half
    boxes[:, 0::2] = boxes[:, 0::2].clamp(0, width)
    boxes[:, 1::2] = boxes[:, 1::2].clamp(0, height)
    return boxes


# %% function="propose" kind="right" name="self_contained"
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="right" name="with_your_offsets"
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    corners, moves, logits = [], [], []
    for a in range(A):
        w, h = anchors[a].tolist()
        for row in range(H):
            for column in range(W):
                x, y = stride * (column + 0.5), stride * (row + 0.5)
                corners.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
                moves.append(offsets[a, :, row, column])
                logits.append(scores[a, row, column])
    boxes = apply_offsets(torch.tensor(corners), torch.stack(moves), H * stride, W * stride)
    chances = torch.sigmoid(torch.stack(logits))
    kept = strongest(boxes, chances, most)
    return boxes[kept[:count]], chances[kept[:count]]


# %% function="propose" kind="right" name="own_suppression"
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    rows, columns = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    middles = (torch.stack([columns, rows], dim=-1) + 0.5) * stride
    moves = offsets.movedim(1, -1)
    middles = middles + anchors[:, None, None] * moves[..., :2]
    half = anchors[:, None, None] * moves[..., 2:].exp() / 2
    ends = torch.tensor([W * stride, H * stride] * 2)
    boxes = torch.cat([middles - half, middles + half], dim=-1).reshape(-1, 4).clamp(min=0).minimum(ends)
    order = scores.flatten().argsort(descending=True, stable=True).tolist()
    kept = []
    while order and len(kept) < count:
        first, others = order[0], order[1:]
        kept.append(first)
        low = boxes[others][:, :2].maximum(boxes[first][:2])
        high = boxes[others][:, 2:].minimum(boxes[first][2:])
        common = (high - low).clamp(min=0).prod(dim=1)
        area = (boxes[first][2:] - boxes[first][:2]).prod()
        areas = (boxes[others][:, 2:] - boxes[others][:, :2]).prod(dim=1)
        shares = common / (area + areas - common)
        order = [one for one, share in zip(others, shares.tolist(), strict=True) if not share > most]
    return boxes[kept], 1 / (1 + (-scores.flatten()[kept]).exp())


# %% function="propose" kind="wrong" name="corner_of_the_cell" message="You put the anchors on the corners of the cells. Their middles lie on the middles: (column + ½) * stride."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W)) * stride
    y = (torch.arange(H)) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="stride_forgotten" message="You measured the middles in cells. Multiply them by the stride."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = torch.arange(W) + 0.5
    y = torch.arange(H) + 0.5
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="logits" message="You returned logits. A sigmoid makes probabilities of them."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="softmax" message="You applied a softmax over all anchors. Each is judged by itself: a sigmoid."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.flatten().softmax(dim=0)
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="not_suppressed" message="You did not suppress: boxes that overlap a better one by more than `most` are left out."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = chances.argsort(descending=True, stable=True)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="counted_too_early" message="You took the best `count` before suppression, so fewer are left than should be. Suppress first."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    best = chances.argsort(descending=True, stable=True)[:count]
    kept = best[strongest(boxes[best], chances[best], most)]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="anchors_suppressed" message="You suppressed by the overlap of the anchors. It is the corrected boxes that count."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    plain = torch.stack(
        torch.broadcast_tensors(
            x[None, None] - w / 2, y[None, :, None] - h / 2, x[None, None] + w / 2, y[None, :, None] + h / 2
        ),
        dim=-1,
    ).reshape(-1, 4)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(plain, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="clip_forgotten" message="Your boxes reach beyond the picture, which has H * stride rows and W * stride columns. Clip them."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2), (x + w / 2)
    y1, y2 = (y - h / 2), (y + h / 2)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="offsets_forgotten" message="You proposed the anchors as they are. The offsets correct them."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + 0 * t_x, y[None, :, None] + 0 * t_y
    w, h = w * (0 * t_w).exp(), h * (0 * t_h).exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="rows_for_x" message="You swapped rows and columns. x grows with the column, y with the row."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x, y = torch.meshgrid((torch.arange(H) + 0.5) * stride, (torch.arange(W) + 0.5) * stride, indexing="ij")
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y, w, h = x + w * t_x, y + h * t_y, w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes, chances = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4), scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="height_first" message="You took anchors as (height, width). They are (width, height)."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    h, w = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="reshape_for_permute" message="Your reshape mixes the four offsets with the cells. Bring the axis of 4 to the end first: permute(0, 2, 3, 1)."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.reshape(A, H, W, 4).unbind(-1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="most_fixed" message="You wrote 0.7 into the function. Use the argument most."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, 0.7)[:count]
    return boxes[kept], chances[kept]


# %% function="propose" kind="wrong" name="boxes_only" message="You returned the boxes alone. The result is a tuple (boxes, probabilities)."
def propose(scores, offsets, anchors, stride, count, most=0.7):
    A, H, W = scores.shape
    x = (torch.arange(W) + 0.5) * stride
    y = (torch.arange(H) + 0.5) * stride
    w, h = anchors[:, 0, None, None], anchors[:, 1, None, None]
    t_x, t_y, t_w, t_h = offsets.unbind(1)
    x, y = x[None, None, :] + w * t_x, y[None, :, None] + h * t_y
    w, h = w * t_w.exp(), h * t_h.exp()
    x1, x2 = (x - w / 2).clamp(0, W * stride), (x + w / 2).clamp(0, W * stride)
    y1, y2 = (y - h / 2).clamp(0, H * stride), (y + h / 2).clamp(0, H * stride)
    boxes = torch.stack([x1, y1, x2, y2], dim=-1).reshape(-1, 4)
    chances = scores.sigmoid().flatten()
    kept = strongest(boxes, chances, most)[:count]
    return boxes[kept]
