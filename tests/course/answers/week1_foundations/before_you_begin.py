# %% [markdown]
# Other answers to the tasks of this lesson, which has no points: a correct one in another style, and the mistakes that
# learners make. Each cell is one complete replacement for a solution cell. NumPy is there as `np`, as in the lesson.

# %% function="negative" kind="right" name="self_contained"
def negative(picture):
    return -picture + 1.0


# %% function="negative" kind="wrong" name="sign" message="You only changed the sign: white, 1, becomes −1, which is no brightness at all."
def negative(picture):
    return -picture


# %% function="negative" kind="wrong" name="bytes" message="You subtracted from 255, as for pictures in bytes. This one has white at 1."
def negative(picture):
    return 255 - picture


# %% function="negative" kind="wrong" name="turned" message="You turned the picture upside down, or left to right: places changed, not brightness."
def negative(picture):
    return picture[::-1]


# %% function="count_labels" kind="right" name="self_contained"
def count_labels(labels):
    return {one: labels.count(one) for one in set(labels)}


# %% function="count_labels" kind="wrong" name="seen" message="You count every label once: add 1 to the count that is there, do not put a 1 in its place."
def count_labels(labels):
    counts = {}
    for label in labels:
        counts[label] = 1
    return counts


# %% function="count_labels" kind="wrong" name="from_zero" message="You are one short everywhere: the first time a label occurs counts as well."
def count_labels(labels):
    counts = {}
    for label in labels:
        counts[label] = counts[label] + 1 if label in counts else 0
    return counts


# %% function="count_labels" kind="wrong" name="early" message="You return inside the loop, after the first label: unindent the return."
def count_labels(labels):
    counts = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
        return counts
    return counts


# %% function="cut_out" kind="right" name="self_contained"
def cut_out(picture, top, left, height, width):
    return picture[top:][:height][:, left:][:, :width]


# %% function="cut_out" kind="wrong" name="size_as_end" message="You end the slices at height and width. A slice ends at a place: where it begins, and as many further."
def cut_out(picture, top, left, height, width):
    return picture[top:height, left:width]


# %% function="cut_out" kind="wrong" name="swapped" message="You took columns for rows: the first slice takes rows, the second columns."
def cut_out(picture, top, left, height, width):
    return picture[left : left + width, top : top + height]


# %% function="cut_out" kind="wrong" name="one_more" message="Your piece has a row and a column too many: the end of a slice is not taken."
def cut_out(picture, top, left, height, width):
    return picture[top : top + height + 1, left : left + width + 1]


# %% function="cut_out" kind="wrong" name="chained" message="You sliced rows twice: a second pair of brackets begins with the rows again. Put both slices into one pair, with a comma."
def cut_out(picture, top, left, height, width):
    return picture[top : top + height][left : left + width]


# %% function="centre" kind="right" name="self_contained"
def centre(stack):
    return np.array([picture - picture.mean() for picture in stack])


# %% function="centre" kind="wrong" name="all_together" message="You subtracted the mean of all pictures together: each picture has its own."
def centre(stack):
    return stack - stack.mean()


# %% function="centre" kind="wrong" name="over_pictures" message="You averaged over the pictures, axis 0: average over rows and columns, axes 1 and 2."
def centre(stack):
    return stack - stack.mean(axis=0)


# %% function="centre" kind="wrong" name="lined_up" message="The means have lost their axes, and were lined up with the columns: keep them, with keepdims=True."
def centre(stack):
    return stack - stack.mean(axis=(1, 2))


# %% function="centre" kind="wrong" name="mean_alone" message="You return the means: subtract them from the pictures."
def centre(stack):
    return stack.mean(axis=(1, 2), keepdims=True)


# %% function="loss_slope" kind="right" name="self_contained"
def loss_slope(w, x, y):
    return 2 * w * x**2 - 2 * x * y


# %% function="loss_slope" kind="wrong" name="outer" message="You forgot the inner rate: u grows with w as fast as x is large."
def loss_slope(w, x, y):
    return 2 * (w * x - y)


# %% function="loss_slope" kind="wrong" name="half" message="You forgot the 2: the square of u grows at the rate 2 u."
def loss_slope(w, x, y):
    return (w * x - y) * x


# %% function="loss_slope" kind="wrong" name="loss" message="You return the loss itself: the slope says how fast it grows."
def loss_slope(w, x, y):
    return (w * x - y) ** 2


# %% function="loss_slope" kind="wrong" name="downhill" message="Your sign is turned round: the slope is positive where the loss grows with w."
def loss_slope(w, x, y):
    return 2 * (y - w * x) * x
