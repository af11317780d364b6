# %% [markdown]
# Other answers to the exercises of this lesson: correct ones in other styles, and the mistakes that learners make.
# Each cell is one complete replacement for a solution cell. `torch`, `nn`, `functional` and `overlap` are there, as in the
# lesson.


# %% function="encode_targets" kind="right" name="self_contained"
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="right" name="all_at_once_and_then_written"
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros((grid, grid, anchors.shape[0], num_classes + 5))
    low, high = boxes[:, :2] * grid, boxes[:, 2:] * grid
    middles, shapes = (low + high) / 2, high - low
    cells = middles.floor().clamp(max=grid - 1)
    shared = torch.minimum(shapes[:, None], anchors[None]).prod(-1)
    fit = shared / (shapes.prod(-1)[:, None] + anchors.prod(-1)[None] - shared)
    rows = torch.cat(
        [
            torch.ones(len(boxes), 1),
            middles - cells,
            shapes.flip(1),
            torch.eye(num_classes)[classes],
        ],
        dim=1,
    )
    for n in range(len(boxes)):
        column, row = cells[n].long().tolist()
        y[row, column, fit[n].argmax()] = rows[n]
    return y


# %% function="encode_targets" kind="right" name="last_first"
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    at_origin = torch.cat([torch.zeros_like(anchors), anchors], dim=1)
    for n in reversed(range(len(boxes))):
        x1, y1, x2, y2 = boxes[n] * grid
        x, middle = (x1 + x2) / 2, (y1 + y2) / 2
        column, row = (int(torch.clamp(torch.floor(place), 0, grid - 1)) for place in (x, middle))
        shape = torch.stack([torch.zeros(()), torch.zeros(()), x2 - x1, y2 - y1])
        best = overlap(shape[None], at_origin)[0].argmax()
        if y[row, column, best, 0] == 0:
            y[row, column, best, 0] = 1
            y[row, column, best, 1], y[row, column, best, 2] = x - column, middle - row
            y[row, column, best, 3], y[row, column, best, 4] = y2 - y1, x2 - x1
            y[row, column, best, 5 + classes[n]] = 1
    return y


# %% function="encode_targets" kind="right" name="by_numpy"
def encode_targets(boxes, classes, grid, anchors, num_classes):
    import numpy as np

    y = np.zeros((grid, grid, len(anchors), 5 + num_classes), dtype=np.float32)
    for (x1, y1, x2, y2), label in zip(boxes.numpy() * grid, classes.numpy(), strict=True):
        w, h = x2 - x1, y2 - y1
        column, row = np.minimum(((x1 + x2) // 2, (y1 + y2) // 2), grid - 1).astype(int)
        wide, high = anchors.numpy().T
        both = np.minimum(wide, w) * np.minimum(high, h)
        best = np.argmax(both / (wide * high + w * h - both))
        place = y[row, column, best]
        place[:] = 0
        place[:5] = 1, (x1 + x2) / 2 - column, (y1 + y2) / 2 - row, h, w
        place[5 + label] = 1
    return torch.from_numpy(y)


# %% function="encode_targets" kind="wrong" name="row_and_column_swapped" message="You swapped row and column: x chooses the column and y the row, and the array is [row, column, anchor]."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[column, row, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="width_before_height" message="You wrote b_w before b_h. The order is p_c, b_x, b_y, b_h, b_w."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, w, h] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="y_before_x" message="You wrote b_y before b_x. The order is p_c, b_x, b_y, b_h, b_w."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, y_middle - row, x - column, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="offsets_in_the_picture" message="Your b_x and b_y are measured from the picture's corner. Measure from the cell's corner, in cells: less the column and the row."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x / grid, y_middle / grid, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="cell_not_taken_off" message="Your b_x and b_y still count the cells before. Take off the column and the row."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x, y_middle, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="sizes_as_shares" message="Your b_h and b_w are shares of the picture. They are in cells, so times grid."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h / grid, w / grid] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="corner_for_the_middle" message="You took the box's upper left corner. The cell is that of its middle."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = x1, y1, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="edge_out_of_range" message="A middle at exactly 1.0 ran out of your grid. It belongs to the last cell: min(…, grid - 1)."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = int(y_middle), int(x)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="edge_left_out" message="You left out an object whose middle is at exactly 1.0. It belongs to the last cell."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        if max(x, y_middle) >= grid:
            continue
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="first_box_wins" message="Where two boxes want one place, you kept the first. The later one has it."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        if y[row, column, best, 0] == 0:
            y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="class_of_the_earlier_stays" message="Where two boxes want one place, the class of the earlier one stays on. Clear the place before you write."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best, :5] = torch.tensor(numbers[:5])
        y[row, column, best, 5 + label] = 1.0
    return y


# %% function="encode_targets" kind="wrong" name="always_the_first_anchor" message="You gave every object to the first anchor. Choose the one of the highest overlap with its shape."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, 0] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="every_anchor" message="You wrote the object to every anchor of its cell. Only the best one has it."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, :] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="worst_anchor" message="You chose the anchor of the lowest overlap. Take the highest."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(min(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="anchors_height_first" message="You read the anchors as height and width. They are width and height."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_h, a_w in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="overlap_of_shares" message="You compared shapes in shares of the picture with anchors in cells. Multiply the boxes by grid first."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w / grid, a_w) * min(h / grid, a_h)
            fits.append(common / (w * h / grid**2 + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="shared_area_alone" message="You chose the anchor by the area that it shares with the box. Divide by the union: the largest anchor would always win."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common)
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="no_chance" message="You forgot p_c, which is 1 where there is an object."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [0.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5 + label] = 1.0
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="encode_targets" kind="wrong" name="class_as_a_number" message="You wrote the class as a number. It is a one at its own place, and zeros elsewhere."
def encode_targets(boxes, classes, grid, anchors, num_classes):
    y = torch.zeros(grid, grid, len(anchors), 5 + num_classes)
    for box, label in zip(boxes.tolist(), classes.tolist(), strict=True):
        x1, y1, x2, y2 = (grid * corner for corner in box)
        x, y_middle, w, h = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        row, column = min(int(y_middle), grid - 1), min(int(x), grid - 1)
        fits = []
        for a_w, a_h in anchors.tolist():
            common = min(w, a_w) * min(h, a_h)
            fits.append(common / (w * h + a_w * a_h - common))
        best = fits.index(max(fits))
        numbers = [1.0, x - column, y_middle - row, h, w] + [0.0] * num_classes
        numbers[5] = float(label)
        y[row, column, best] = torch.tensor(numbers)
    return y


# %% function="activate" kind="right" name="self_contained"
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1)


# %% function="activate" kind="right" name="part_by_part"
def activate(raw, anchors):
    y = torch.empty_like(raw)
    y[..., 0:3] = 1 / (1 + torch.exp(-raw[..., 0:3]))
    y[..., 3] = anchors[:, 1] * torch.exp(raw[..., 3])
    y[..., 4] = anchors[:, 0] * torch.exp(raw[..., 4])
    scores = torch.exp(raw[..., 5:] - raw[..., 5:].amax(dim=-1, keepdim=True))
    y[..., 5:] = scores / scores.sum(dim=-1, keepdim=True)
    return y


# %% function="activate" kind="right" name="anchor_by_anchor"
def activate(raw, anchors):
    parts = []
    for number, (w, h) in enumerate(anchors):
        one = raw[..., number, :]
        first = functional.sigmoid(one[..., :3])
        height, width = h * one[..., 3:4].exp(), w * one[..., 4:5].exp()
        kinds = functional.softmax(one[..., 5:], dim=one.ndim - 1)
        parts.append(torch.cat([first, height, width, kinds], dim=-1))
    return torch.stack(parts, dim=-2)


# %% function="activate" kind="right" name="split_and_logarithms"
def activate(raw, anchors):
    sure, size, kinds = raw.split([3, 2, raw.shape[-1] - 5], dim=-1)
    size = (size + anchors[:, [1, 0]].log()).exp()
    return torch.cat((sure.sigmoid(), size, kinds.log_softmax(-1).exp()), dim=-1)


# %% function="activate" kind="wrong" name="sigmoid_forgotten" message="You forgot the sigmoid: p_c, b_x and b_y are between 0 and 1."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat([raw[..., :3], sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1)


# %% function="activate" kind="wrong" name="sigmoid_for_the_chance_alone" message="You forgot the sigmoid for b_x and b_y: the middle must not leave its cell."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat(
        [torch.sigmoid(raw[..., :1]), raw[..., 1:3], sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1
    )


# %% function="activate" kind="wrong" name="exponential_forgotten" message="You multiplied the anchors by the raw numbers themselves. Take the exponential first: a size is above 0."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3] * anchors[:, 1], raw[..., 4] * anchors[:, 0]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1)


# %% function="activate" kind="wrong" name="anchors_forgotten" message="You forgot the anchors: b_h and b_w are the anchor's height and width times the exponential."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp(), raw[..., 4].exp()], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1)


# %% function="activate" kind="wrong" name="anchors_swapped" message="You took the anchors' widths for heights. Anchors are (width, height), but b_h comes before b_w."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 0], raw[..., 4].exp() * anchors[:, 1]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1)


# %% function="activate" kind="wrong" name="anchors_added" message="You added the anchors to the exponential. Multiply."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() + anchors[:, 1], raw[..., 4].exp() + anchors[:, 0]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1)


# %% function="activate" kind="wrong" name="sigmoid_for_sizes" message="You took a sigmoid for the sizes. Then no box is larger than its anchor: take the exponential."
def activate(raw, anchors):
    sizes = torch.stack(
        [raw[..., 3].sigmoid() * anchors[:, 1], raw[..., 4].sigmoid() * anchors[:, 0]], dim=-1
    )
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-1)], dim=-1)


# %% function="activate" kind="wrong" name="softmax_over_the_anchors" message="Your softmax goes over the anchors. The classes of each place add up to 1: the last axis."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-2)], dim=-1)


# %% function="activate" kind="wrong" name="softmax_over_the_columns" message="Your softmax goes over the columns. The classes of each place add up to 1: the last axis."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 5:], dim=-3)], dim=-1)


# %% function="activate" kind="wrong" name="sigmoid_for_classes" message="You took a sigmoid for each class. Here they exclude one another: a softmax."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, torch.sigmoid(raw[..., 5:])], dim=-1)


# %% function="activate" kind="wrong" name="classes_left_raw" message="You left the classes as they were. Take the softmax."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat([torch.sigmoid(raw[..., :3]), sizes, raw[..., 5:]], dim=-1)


# %% function="activate" kind="wrong" name="exponential_overflows" message="Your softmax divides infinity by infinity where a number is large. torch.softmax does it safely."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat(
        [torch.sigmoid(raw[..., :3]), sizes, raw[..., 5:].exp() / raw[..., 5:].exp().sum(-1, keepdim=True)],
        dim=-1,
    )


# %% function="activate" kind="wrong" name="softmax_with_the_sizes" message="Your softmax takes in b_w too. The classes begin at number 5."
def activate(raw, anchors):
    sizes = torch.stack([raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]], dim=-1)
    return torch.cat(
        [torch.sigmoid(raw[..., :3]), sizes, torch.softmax(raw[..., 4:], dim=-1)[..., 1:]], dim=-1
    )


# %% function="activate" kind="wrong" name="in_place" message="You changed raw itself. Make a new tensor: the raw numbers are needed for the loss."
def activate(raw, anchors):
    raw[..., :3] = raw[..., :3].sigmoid()
    raw[..., 3:5] = raw[..., 3:5].exp() * anchors.flip(1)
    raw[..., 5:] = raw[..., 5:].softmax(dim=-1)
    return raw


# %% function="decode" kind="right" name="self_contained"
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="right" name="cell_by_cell"
def decode(y):
    S, _, A, _ = y.shape
    boxes = torch.zeros(S, S, A, 4)
    for row in range(S):
        for column in range(S):
            b_x, b_y, b_h, b_w = y[row, column, :, 1:5].unbind(dim=1)
            boxes[row, column, :, 0] = (column + b_x - b_w / 2) / S
            boxes[row, column, :, 1] = (row + b_y - b_h / 2) / S
            boxes[row, column, :, 2] = (column + b_x + b_w / 2) / S
            boxes[row, column, :, 3] = (row + b_y + b_h / 2) / S
    return boxes, y[..., 0].unsqueeze(-1), y[..., 5:].clone()


# %% function="decode" kind="right" name="middles_and_halves"
def decode(y):
    size = y.shape[1]
    steps = torch.arange(size, dtype=torch.float32)
    corner = torch.stack([steps.expand(size, size), steps[:, None].expand(size, size)], dim=-1)
    middle = (y[..., 1:3] + corner[:, :, None]) / size
    half = y[..., [4, 3]] / (2 * size)
    return torch.cat([middle - half, middle + half], dim=3), y[..., 0:1], y[..., 5:]


# %% function="decode" kind="right" name="from_a_list"
def decode(y):
    S, parts = y.shape[0], y.unbind(dim=-1)
    count = torch.arange(S).reshape(S, 1)
    left = (parts[1] + count.T.reshape(1, S, 1)) / S - parts[4] / S / 2
    top = (parts[2] + count.reshape(S, 1, 1)) / S - parts[3] / S / 2
    boxes = torch.stack([left, top, left + parts[4] / S, top + parts[3] / S], dim=3)
    return [boxes, parts[0][..., None], torch.stack(parts[5:], dim=-1)]


# %% function="decode" kind="wrong" name="row_and_column_swapped" message="You added the row to b_x and the column to b_y. x grows with the column."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + rows[:, :, None], y[..., 2] + columns[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="cells_forgotten" message="You forgot which cell speaks: add its column to b_x and its row to b_y."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1], y[..., 2]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="whole_width_on_each_side" message="You went a whole width and height to each side of the middle. Half of them."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w, middle - h, x + w, middle + h], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="not_divided" message="Your boxes are in cells. Divide by S, for shares of the picture."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1)
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="sizes_not_divided" message="You divided the middles by S, but not the sizes. All of it was in cells."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = (y[..., 1] + columns[:, :, None]) / S, (y[..., 2] + rows[:, :, None]) / S
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1)
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="height_for_width" message="You took b_h for the width. The order is b_x, b_y, b_h, b_w."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    w, h = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="y_before_x" message="Your corners come as y1, x1, y2, x2. The order is x1, y1, x2, y2."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([middle - h / 2, x - w / 2, middle + h / 2, x + w / 2], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="middle_and_size" message="You gave middle, width and height. Give the corners x1, y1, x2, y2."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x, middle, w, h], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="middle_as_a_corner" message="You took the middle for the upper left corner. It is half a width and half a height from it."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x, middle, x + w, middle + h], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="middle_of_the_cell" message="You put each box into the middle of its cell. b_x and b_y say where in the cell it is."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = (
        0.5 + columns[:, :, None].float() + 0 * y[..., 1],
        0.5 + rows[:, :, None].float() + 0 * y[..., 2],
    )
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="cut_off" message="You cut the boxes off at the picture's edge. Leave them: decoding should undo encoding exactly."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    boxes = boxes.clamp(0, 1)
    return boxes, y[..., :1], y[..., 5:]


# %% function="decode" kind="wrong" name="axis_of_the_confidence" message="Your confidence lost its last axis. It is (S, S, A, 1): y[..., :1]."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., 0], y[..., 5:]


# %% function="decode" kind="wrong" name="activated_again" message="You applied a sigmoid once more. decode works on what the cells say, after activate."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., :1].sigmoid(), y[..., 5:]


# %% function="decode" kind="wrong" name="width_among_the_classes" message="Your probabilities begin with b_w. The classes begin at number 5."
def decode(y):
    S = len(y)
    rows, columns = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    x, middle = y[..., 1] + columns[:, :, None], y[..., 2] + rows[:, :, None]
    h, w = y[..., 3], y[..., 4]
    boxes = torch.stack([x - w / 2, middle - h / 2, x + w / 2, middle + h / 2], dim=-1) / S
    return boxes, y[..., :1], y[..., 4:]


# %% function="yolo_loss" kind="right" name="self_contained"
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    mask = target[..., 0] == 1
    empty = raw[..., 0][~mask]
    t, b = raw[mask], target[mask]
    shapes = anchors.expand(*mask.shape, 2)[mask]
    found = functional.softplus(-t[:, 0]).sum()
    nothing = functional.softplus(empty).sum()
    place = (t[:, 1:3].sigmoid() - b[:, 1:3]).pow(2).sum()
    size = (t[:, 3] - (b[:, 3] / shapes[:, 1]).log()).pow(2).sum()
    size = size + (t[:, 4] - (b[:, 4] / shapes[:, 0]).log()).pow(2).sum()
    kind = -(b[:, 5:] * t[:, 5:].log_softmax(dim=1)).sum()
    return (found + lambda_noobj * nothing + lambda_coord * (place + size) + kind) / raw.shape[0]


# %% function="yolo_loss" kind="right" name="torch_losses"
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    weights = there + lambda_noobj * (1 - there)
    chance = functional.binary_cross_entropy_with_logits(raw[..., 0], there, weight=weights, reduction="sum")
    own = there > 0
    place = functional.mse_loss(raw[own][:, 1:3].sigmoid(), target[own][:, 1:3], reduction="sum")
    start = torch.stack([anchors[:, 1], anchors[:, 0]], dim=1).expand_as(target[..., 3:5])[own]
    size = functional.mse_loss(raw[own][:, 3:5], target[own][:, 3:5].log() - start.log(), reduction="sum")
    kind = functional.cross_entropy(raw[own][:, 5:], target[own][:, 5:].argmax(dim=1), reduction="sum")
    return (chance + lambda_coord * (place + size) + kind) / len(target)


# %% function="yolo_loss" kind="right" name="picture_by_picture"
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    losses = []
    for t, b in zip(raw, target, strict=True):
        there = b[..., 0]
        sure = functional.logsigmoid(t[..., 0]) * there
        silent = functional.logsigmoid(-t[..., 0]) * (1 - there) * lambda_noobj
        goal = (b[..., 3:5].clamp(min=1e-9) / anchors.flip(1)).log()
        off = (t[..., 1:3].sigmoid() - b[..., 1:3]).square().sum(-1) + (t[..., 3:5] - goal).square().sum(-1)
        kinds = (t[..., 5:] - t[..., 5:].logsumexp(-1, keepdim=True)) * b[..., 5:]
        losses.append((lambda_coord * there * off - sure - silent - there * kinds.sum(-1)).sum())
    return torch.stack(losses).mean()


# %% function="yolo_loss" kind="right" name="place_by_place"
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    A = len(anchors)
    total = raw.new_zeros(())
    for number, (t, b) in enumerate(zip(raw.flatten(0, 3), target.flatten(0, 3), strict=True)):
        w, h = anchors[number % A]
        if b[0] == 0:
            total = total + lambda_noobj * functional.softplus(t[0])
            continue
        goals = torch.stack([b[1], b[2], torch.log(b[3] / h), torch.log(b[4] / w)])
        says = torch.cat([t[1:3].sigmoid(), t[3:5]])
        total = total + lambda_coord * ((says - goals) ** 2).sum() + functional.softplus(-t[0])
        total = total + functional.cross_entropy(t[5:], b[5:].argmax())
    return total / len(raw)


# %% function="yolo_loss" kind="wrong" name="mean_over_the_cells" message="You took the mean over the cells. They are added up; the mean is over the batch alone."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.mean()


# %% function="yolo_loss" kind="wrong" name="sum_over_the_batch" message="You added up over the batch. Divide by the number of its pictures."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum()


# %% function="yolo_loss" kind="wrong" name="weight_on_the_wrong_term" message="You gave lambda_noobj to the places with an object. It belongs to those without."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = lambda_noobj * found + nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="weights_swapped" message="You swapped lambda_coord and lambda_noobj."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_coord * nothing + there * (lambda_noobj * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="noobj_everywhere" message="You demand silence also where there is an object. The term with lambda_noobj counts only where there is none."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="found_everywhere" message="You demand an object everywhere. The first term counts only where there is one."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="no_weight_for_silence" message="You forgot lambda_noobj, the weight of the places without an object."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="no_weight_for_the_box" message="You forgot lambda_coord, the weight of place and size."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (place + size + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="weight_on_the_place_alone" message="You gave lambda_coord to the place alone. It weighs the size too."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * place + size + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="weight_on_the_class" message="You gave lambda_coord to the class too. It weighs place and size."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size + kind))
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="boxes_of_empty_places" message="You count the boxes of empty places. Where there is no object, place and size do not count."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + lambda_coord * (place + size) + there * kind
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="sigmoid_forgotten" message="You compared raw t_x and t_y with b_x and b_y. Take the sigmoid first."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3] - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="sigmoid_for_sizes" message="You compared the exponential of t_h with the ratio. The loss compares t_h itself with the logarithm of b_h / anchor height."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5].exp() - ratio).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="anchors_forgotten" message="You forgot the anchors: t_h is compared with ln(b_h / anchor height)."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5], 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="anchors_swapped" message="You divided b_h by the anchor's width. Anchors are (width, height)."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors, 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="not_squared" message="You took absolute differences for place and size. They are squared."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).abs().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).abs().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="place_left_out" message="You left out the place."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * size + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="size_left_out" message="You left out the size."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * place + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="class_left_out" message="You left out the class."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size))
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="class_squared" message="You took squared differences for the class. It is minus the logarithm of the softmax at the true class."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = (raw[..., 5:].softmax(-1) - target[..., 5:]).square().sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="logarithm_of_zero" message="Your loss is nan: 0 times the logarithm of 0. In empty places put another number before you take the logarithm."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = target[..., 3:5] / anchors.flip(1)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="sigmoid_then_logarithm" message="Your logarithm of a sigmoid is infinite where the raw number is far from 0. functional.softplus does both in one step."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * -raw[..., 0].sigmoid().log()
    nothing = (1 - there) * -(1 - raw[..., 0].sigmoid()).log()
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum() / len(raw)


# %% function="yolo_loss" kind="wrong" name="a_float" message="You returned a float, from which no gradient flows. Return the tensor: no .item()."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return (each.sum() / len(raw)).item()


# %% function="yolo_loss" kind="wrong" name="cut_off" message="Your loss is cut off from raw, so no gradient flows. Leave out detach() and no_grad()."
def yolo_loss(raw, target, anchors, lambda_coord=5.0, lambda_noobj=0.5):
    there = target[..., 0]
    found = there * functional.softplus(-raw[..., 0])
    nothing = (1 - there) * functional.softplus(raw[..., 0])
    place = (raw[..., 1:3].sigmoid() - target[..., 1:3]).square().sum(-1)
    ratio = torch.where(there[..., None] > 0, target[..., 3:5] / anchors.flip(1), 1.0)
    size = (raw[..., 3:5] - ratio.log()).square().sum(-1)
    kind = -(target[..., 5:] * raw[..., 5:].log_softmax(-1)).sum(-1)
    each = found + lambda_noobj * nothing + there * (lambda_coord * (place + size) + kind)
    return each.sum().detach() / len(raw)


# %% function="yolo_eval" kind="right" name="self_contained"
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    S, _, A, _ = raw.shape
    chances = raw[..., :1].sigmoid() * raw[..., 5:].softmax(-1)
    scores, classes = chances.flatten(0, 2).max(dim=1)
    count = torch.arange(S)
    x, y = raw[..., 1].sigmoid() + count[None, :, None], raw[..., 2].sigmoid() + count[:, None, None]
    h, w = raw[..., 3].exp() * anchors[:, 1], raw[..., 4].exp() * anchors[:, 0]
    boxes = torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1).flatten(0, 2) / S
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    left, kept = scores.argsort(descending=True, stable=True), []
    while len(left) and len(kept) < max_boxes:
        best, left = left[0], left[1:]
        kept.append(int(best))
        far = overlap(boxes[left], boxes[best][None])[:, 0] < iou_threshold
        left = left[far | (classes[left] != classes[best])]
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="right" name="plain_lists"
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    candidates = []
    for box, chance, kinds in zip(
        boxes.reshape(-1, 4), confidence.flatten(), probabilities.flatten(0, 2), strict=True
    ):
        label = int(kinds.argmax())
        if chance * kinds[label] >= score_threshold:
            candidates.append((float(chance * kinds[label]), box, label))
    kept = []
    for score, box, label in sorted(candidates, key=lambda one: -one[0]):
        rivals = [other for _, other, its in kept if its == label]
        if all(float(overlap(box[None], other[None])) < iou_threshold for other in rivals):
            kept.append((score, box, label))
    kept = kept[:max_boxes]
    found = torch.stack([box for _, box, _ in kept]) if kept else torch.zeros(0, 4)
    return (
        torch.tensor([score for score, _, _ in kept]),
        found,
        torch.tensor([label for _, _, label in kept], dtype=torch.int64),
    )


# %% function="yolo_eval" kind="right" name="class_by_class"
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    boxes, chances = boxes.flatten(0, 2), (confidence * probabilities).flatten(0, 2)
    scores, classes = chances.max(dim=1)
    alive = scores >= score_threshold
    for label in range(chances.shape[1]):
        order = [n for n in scores.argsort(descending=True, stable=True).tolist() if classes[n] == label]
        for place, n in enumerate(order):
            for weaker in order[place + 1 :]:
                if alive[n] and overlap(boxes[n][None], boxes[weaker][None]) >= iou_threshold:
                    alive[weaker] = False
    order = [n for n in scores.argsort(descending=True, stable=True).tolist() if alive[n]][:max_boxes]
    return scores[order], boxes[order], classes[order]


# %% function="yolo_eval" kind="right" name="shifted_apart"
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = (part.flatten(0, 2) for part in decode(activate(raw, anchors)))
    scores, classes = (confidence * probabilities).max(dim=1)
    chosen = (scores >= score_threshold).nonzero()[:, 0]
    chosen = chosen[scores[chosen].argsort(descending=True, stable=True)]
    away = boxes[chosen] + 1000.0 * classes[chosen, None]
    clash = overlap(boxes[chosen]) * (overlap(away) > 0)
    kept = []
    for n in range(len(chosen)):
        if not any(clash[n, m] >= iou_threshold for m in kept):
            kept.append(n)
    chosen = chosen[kept[:max_boxes]]
    return scores[chosen], boxes[chosen], classes[chosen]


# %% function="yolo_eval" kind="wrong" name="cut_off_too_early" message="You kept the best `max_boxes` before you suppressed, so a double takes somebody's place. Suppress first, then count."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    boxes, chances = boxes.flatten(0, 2), (confidence * probabilities).flatten(0, 2)
    scores, classes = chances.max(dim=1)
    order = [n for n in scores.argsort(descending=True, stable=True).tolist() if scores[n] >= score_threshold]
    kept = []
    for n in order[:max_boxes]:
        rivals = [m for m in kept if classes[m] == classes[n]]
        if all(float(overlap(boxes[n][None], boxes[m][None])) < iou_threshold for m in rivals):
            kept.append(n)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="not_activated" message="You decoded the raw numbers. They need activate first."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(raw)
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="confidence_alone" message="Your score is p_c alone. Multiply it by the chance of the best class."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = confidence[..., 0], probabilities.argmax(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="class_alone" message="Your score is the chance of the class alone. Multiply it by p_c."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = probabilities.max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="above_the_threshold_only" message="You dropped a score that is equal to score_threshold. It is kept."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores > score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="equal_overlap_kept" message="You kept a box whose overlap is equal to iou_threshold. It is suppressed."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) > iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="across_classes" message="You suppress across classes. Only boxes of the same class compete."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = (overlap(boxes, boxes) >= iou_threshold).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="nothing_suppressed" message="You suppress nothing. Of boxes of one class that overlap too far, the strongest stays."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes:
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="weakest_first" message="You began with the lowest score. The highest suppresses the others."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=False, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="grid_order" message="You went through the boxes in grid order. Sort by score first, the highest first."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in range(len(scores)):
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="at_most_for_each_class" message="max_boxes holds over all classes together, not for each."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if sum(int(classes[j] == classes[i]) for j in kept) < max_boxes and not any(
            clash[i][j] for j in kept
        ):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="no_limit" message="You keep more than max_boxes."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="thresholds_swapped" message="You swapped score_threshold and iou_threshold."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= iou_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= score_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="thresholds_fixed" message="You wrote the thresholds into the function. Use the arguments."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= 0.6
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= 0.5) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return scores[kept], boxes[kept], classes[kept]


# %% function="yolo_eval" kind="wrong" name="another_order" message="You returned the boxes first. The order is scores, boxes, classes."
def yolo_eval(raw, anchors, score_threshold=0.6, iou_threshold=0.5, max_boxes=10):
    boxes, confidence, probabilities = decode(activate(raw, anchors))
    scores, classes = (confidence * probabilities).max(dim=-1)
    keep = scores >= score_threshold
    scores, boxes, classes = scores[keep], boxes[keep], classes[keep]
    clash = ((overlap(boxes, boxes) >= iou_threshold) & (classes[:, None] == classes)).tolist()
    kept = []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if len(kept) < max_boxes and not any(clash[i][j] for j in kept):
            kept.append(i)
    return boxes[kept], scores[kept], classes[kept]
