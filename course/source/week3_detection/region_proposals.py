# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3.5 Region proposals
#
# **Why look everywhere, if most of a picture is sky and asphalt? And who says where it is worth looking?**
#
# A sliding window spends nearly all its time on nothing. Here you turn the question round. First something quick says
# where an object *might* be: it proposes regions. Then a network looks at these alone. You build the three detectors
# that came out of this idea, one after the other, and see what each of them saves.
#
# **After this lesson you can**
#
# - propose regions from a segmentation, and say how many objects such proposals miss before any network has looked;
# - cut a region out of a volume of features, and say why this makes a detector many times as fast;
# - correct a box with four numbers that do not depend on its size;
# - read the output of a region proposal network as boxes;
# - tell R-CNN, Fast R-CNN and Faster R-CNN apart by what they compute, and how often.
#
# | this notebook takes | |
# | --- | --- |
# | your time | about 3 hours |
# | machine time, solved | under 8 minutes on one core |
# | memory | under 1.8 GB |
# | before you start | 3.3: overlap, suppression, anchors, mean average precision |

# %% [markdown]
# ## What you build
#
# | | function | what it does | points |
# | --- | --- | --- | --- |
# | 1 | `region_proposals` | puts a box around each segment of a picture | 3 |
# | 2 | `roi_pool` | makes features of one size out of boxes of any size | 4 |
# | 3 | `apply_offsets` | moves and stretches boxes as a network says | 3 |
# | 4 | `propose` | reads a network's output as the few boxes that are worth a look | 4 |
#
# **How it works.** Run the cells from the top, replace each `raise NotImplementedError()`, and let the test below tell you
# how you are doing. A hidden test with other numbers runs when your notebook is graded. Each function is judged by
# itself. Where the text says **Predict**, write your answer down before you go on.
#
# ## The names in this lesson
#
# | name | shape | what it is |
# | --- | --- | --- |
# | `boxes` | (N, 4) | corners x1, y1, x2, y2 in pixels; x2 and y2 are the first column and row beyond the box |
# | `label_maps` | each (H, W) | segmentations: the number of the segment that each pixel belongs to |
# | `features` | (C, H, W) | what a network makes of a whole picture: channels, rows, columns of cells |
# | `stride` | | side of a cell in pixels of the picture |
# | `offsets` | (N, 4) | corrections $t_x, t_y, t_w, t_h$ of boxes |
# | `anchors` | (A, 2) | widths and heights of boxes that a network corrects, in pixels |
# | RoI | | region of interest: the features in a box |

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage import graph
from skimage.color import rgb2lab
from skimage.measure import regionprops
from skimage.segmentation import felzenszwalb
from torch import nn
from torch.nn import functional

import cnnkit
from cnnkit import pictures
from cnnkit.nets.boxes import grid_corners, mean_precision, overlap, strongest
from cnnkit.nets.street_yolo import StreetYolo
from cnnkit.scenes import CLASSES, street_scene

SIDE, STRIDE, POOLED = 128, 8, 4  # pixels of a picture; pixels of a cell; cells of what roi_pool gives
ANCHORS = torch.tensor([[11.0, 25.0], [29.0, 32.0], [60.0, 41.0]])
YOLO_ANCHORS = torch.tensor([[1.4, 3.1], [3.6, 4.0], [7.5, 5.1]])  # of 3.4, in cells

# %% [markdown]
# # Part 1: where it is worth looking
#
# ## 1. Blobs
#
# Pixels that lie together and look alike often belong to one thing. A *segmentation* divides a picture into such blobs.
# It needs no training and knows nothing of cars. Here is one for a street, at two scales: how different neighbours must
# be before a border is drawn between them. **Predict** which scale finds the wheels, and which the whole car.


# %%
def segmentations(image, scales=(30, 100, 300)):
    """Label maps of a picture, fine to coarse, by its colours as they are stored and then as they are seen."""
    views = (image, rgb2lab(image) / 100)
    return [
        felzenszwalb(view, scale=scale, sigma=0.5, min_size=20, channel_axis=-1)
        for view in views
        for scale in scales
    ]


street = street_scene(42, SIDE, 0.3)
maps = segmentations(street.image)
shown = {"the street": street.image}
for number in (0, 2):
    labels = maps[number]
    means = np.stack([street.image[labels == one].mean(axis=0) for one in range(labels.max() + 1)])
    shown[f"{len(means)} segments"] = means[labels].astype(np.uint8)
pictures.show(
    shown,
    title="The fine scale cuts things into parts, the coarse one glues some to the street",
    alt=f"The street, and beside it the same with each segment in its mean colour: {', '.join(list(shown)[1:])}. "
    "In the fine one the objects are made of several patches, in the coarse one some have melted into what is behind them.",
)

# %% [markdown]
# No scale is right for all. So take them all: a box around each segment of each map. Most boxes are nonsense, and that
# does no harm, for a network will look at each. What hurts is an object around which there is no box.
#
# ### Exercise 1: `region_proposals` (3 points)
#
# The same box often comes out of several maps. It should be proposed once.
#
# <details><summary>Hint 1</summary>
#
# `np.unique(labels)` gives the numbers of the segments, ascending. `rows, columns = np.nonzero(labels == one)` are the
# places of one of them.
#
# <details><summary>Hint 2</summary>
#
# The box of these places is `(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)`: x is the column.
#
# <details><summary>Hint 3</summary>
#
# A dict keeps the order in which keys came, and each key once: `found[box] = None`. At the end
# `np.array(list(found), dtype=np.int64).reshape(-1, 4)`, which works without any box too.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "region_proposals_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def region_proposals(label_maps, smallest=1):
    """Propose the boxes around the segments of several segmentations of one picture.

    Args:
        label_maps: a list of int arrays of shape (H, W), the number of each pixel's segment; any whole numbers.
        smallest: boxes with a side of fewer pixels are left out, an int.

    Returns:
        An int64 array of shape (N, 4): corners x1, y1, x2, y2, where x2 and y2 are the first column and row beyond the
        segment. Map after map, in each by ascending number; a box that was there before is left out. N may be 0.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    found = {}
    for labels in label_maps:
        for one in np.unique(labels):
            # 1. Which rows and columns does this segment have?
            # 2. Its box. The corners x2 and y2 are just beyond it.
            ### BEGIN SOLUTION
            rows, columns = np.nonzero(labels == one)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            ### END SOLUTION
            # 3. Keep it, if it is large enough.
            ### BEGIN SOLUTION
            if min(box[2] - box[0], box[3] - box[1]) >= smallest:
                found[box] = None
            ### END SOLUTION
    # 4. All boxes in one array, also when there is none.
    ### BEGIN SOLUTION
    return np.array(list(found), dtype=np.int64).reshape(-1, 4)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "region_proposals", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from cnnkit import testing
from cnnkit.check import Check

with Check("region_proposals") as check:
    axes = ("box", "corner")
    # Three segments: the frame around, which reaches everywhere, a lying one and a single pixel.
    fine = np.array([[0, 0, 0, 0, 0], [0, 4, 4, 4, 0], [0, 0, 0, 0, 7], [0, 0, 0, 0, 0]])
    expected = np.array([[0, 0, 5, 4], [1, 1, 4, 2], [4, 2, 5, 3]])
    check.equal(region_proposals([fine]), expected, "region_proposals([fine])", axes=axes)

    # A coarser map: the whole picture again, and a new box.
    coarse = np.array([[2, 2, 2, 2, 2], [2, 1, 1, 1, 2], [2, 1, 1, 1, 2], [2, 2, 2, 2, 2]])
    expected = np.array([[0, 0, 5, 4], [1, 1, 4, 2], [4, 2, 5, 3], [1, 1, 4, 3]])
    check.equal(
        region_proposals([fine, coarse]),
        expected,
        "region_proposals([fine, coarse]): each box once",
        axes=axes,
    )

    # Both sides have to reach the smallest: 3 x 1 is not enough for 2, and 3 x 2 is.
    expected = np.array([[0, 0, 5, 4], [1, 1, 4, 3]])
    check.equal(
        region_proposals([fine, coarse], 2),
        expected,
        "region_proposals([fine, coarse], smallest=2)",
        axes=axes,
    )
    check.equal(
        region_proposals([fine], 9), np.zeros((0, 4), dtype=np.int64), "region_proposals([fine], smallest=9)"
    )
    check.true(testing.unchanged(region_proposals, [[fine, coarse]]), "The maps should stay as they were.")

# %% nbgrader={"grade": true, "grade_id": "region_proposals_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of region_proposals: run when your notebook is graded.
### BEGIN HIDDEN TESTS
import numpy as np
from scipy import ndimage

from cnnkit import testing
from cnnkit.check import Check

with Check("region_proposals") as check:
    rng = testing.rng("region_proposals_hidden")
    for height, width, count, smallest in [(6, 9, 2, 1), (12, 7, 3, 2), (15, 20, 3, 4), (9, 9, 1, 1)]:
        maps = []
        for _ in range(count):
            middles = rng.integers(0, [height, width], (6, 2))
            places = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), -1)
            distances = np.abs(places[:, :, None] - middles).sum(-1)
            numbers = np.array([0, *(rng.choice(40, 5, replace=False) + 1)])
            maps.append(numbers[distances.argmin(-1)])
        maps.append(maps[0][::-1].copy())
        maps.append(np.tile(np.minimum(np.arange(width), 4), (height, 1)))  # four narrow stripes, a wide one

        # The boxes as SciPy finds them, slice by slice.
        expected = []
        for labels in maps:
            for slices in ndimage.find_objects(labels + 1):
                if slices is not None:
                    rows, columns = slices
                    box = [columns.start, rows.start, columns.stop, rows.stop]
                    sides = (columns.stop - columns.start, rows.stop - rows.start)
                    if box not in expected and min(sides) >= smallest:
                        expected.append(box)
        label = f"region_proposals({len(maps)} maps of {(height, width)}, smallest={smallest})"
        expected = np.array(expected, dtype=np.int64).reshape(-1, 4)
        check.equal(region_proposals(maps, smallest), expected, label, axes=("box", "corner"))
### END HIDDEN TESTS

# %% [markdown]
# ### See it: which objects can be found at all
#
# An object that no proposal overlaps by half is as good as lost: the network behind learns to call such a region *none*.
# **Predict** which share of
# the objects of 40 streets has such a proposal. Each street gets a few hundred.

# %%
unseen = [street_scene(910_000 + number, SIDE, 0.3) for number in range(2 if cnnkit.quick() else 40)]


def judged_boxes(scene):
    """The boxes of the objects that a detector is judged by."""
    return torch.from_numpy(scene.boxes[~scene.ignore]).reshape(-1, 4)


def reached(scenes, proposals):
    """For each judged object, its largest overlap with a proposal of its picture."""
    pairs = zip(scenes, proposals, strict=True)
    best = [overlap(judged_boxes(scene), boxes.float()).amax(1) for scene, boxes in pairs if len(boxes)]
    return torch.cat(best)


segment_boxes = [torch.from_numpy(region_proposals(segmentations(scene.image), 6)) for scene in unseen]
found = reached(unseen, segment_boxes)
mean_count = np.mean([len(boxes) for boxes in segment_boxes])
print(
    f"{mean_count:.0f} proposals a picture; {len(found)} objects, {(found >= 0.5).float().mean():.0%} of them reached"
)
order = overlap(judged_boxes(unseen[0]), segment_boxes[0].float()).argmax(1)
pictures.show_boxes(
    unseen[0].image,
    segment_boxes[0][order].numpy(),
    truth=judged_boxes(unseen[0]).numpy(),
    title=f"The best of {len(segment_boxes[0])} proposals for each object (white: the truth)",
)

# %% [markdown]
# Some objects have no box: one whose colour runs into the street, or whose parts differ so much that no scale makes one
# segment of them. A car is a dark window, a red door and two black wheels.
#
# ### Merge what lies together
#
# The paper that began all this took **selective search** for its proposals. It begins with a fine segmentation, and
# merges two neighbours, again and again, until one region is left. Each region that comes up on the way is proposed.
# Which two first? Those that are most alike in colour and texture, that are small, and that fill the box around both.
#
# Here you take the last two of these. Small, and filling their box: both together say that **the box around both is
# small**. So of all neighbours, those two are merged whose common box has the smallest area. scikit-image keeps the list
# of neighbours in order.
#
# **Predict:** each merge proposes one box. How many do 150 segments give, and which object will come up early: one of
# five small patches, or one of two large ones?
#
# <details><summary>Compare with your answer</summary>
#
# 149, for each merge leaves one region less. The one of small patches: the box around two of them is small.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "merging", "locked": true, "schema_version": 3, "solution": false, "task": false}
def merged_boxes(labels):
    """Merge neighbours until one region is left, the smallest common box first; the boxes of all merges, (N, 4)."""
    neighbours, found = graph.RAG(labels), []
    for segment in regionprops(labels + 1):
        top, left, bottom, right = segment.bbox
        neighbours.add_node(segment.label - 1, labels=[segment.label - 1], box=(left, top, right, bottom))

    def common(one, other):
        """The box around two regions."""
        a, b = neighbours.nodes[one]["box"], neighbours.nodes[other]["box"]
        return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])

    def area(one, other):
        """Of the box around both: the smaller, the earlier they are merged."""
        left, top, right, bottom = common(one, other)
        return {"weight": (right - left) * (bottom - top)}

    def merge(_, one, other):
        """What becomes of two when they are merged."""
        neighbours.nodes[other]["box"] = common(one, other)
        found.append(neighbours.nodes[other]["box"])

    for one, other, edge in neighbours.edges(data=True):
        edge.update(area(one, other))
    graph.merge_hierarchical(
        labels, neighbours, np.inf, False, True, merge, lambda _, __, one, other: area(one, other)
    )
    return np.array(found, dtype=np.int64).reshape(-1, 4)


def segments_as_boxes(image, smallest=6):
    """What R-CNN and Fast R-CNN look at: the segments of the two finest maps, and all that they merge to."""
    maps = segmentations(image, scales=(30,))
    boxes = np.concatenate([region_proposals(maps), *(merged_boxes(labels) for labels in maps)])
    large = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) >= smallest
    return torch.from_numpy(np.unique(boxes[large], axis=0)).float()


# %%
finest_boxes = [
    torch.from_numpy(region_proposals(segmentations(scene.image, scales=(30,)), 6)) for scene in unseen
]
merges = [segments_as_boxes(scene.image) for scene in unseen]
ways = {
    "the finest two segmentations": finest_boxes,
    "all six segmentations": segment_boxes,
    "the finest two, and their merges": merges,
}
print("                                    boxes   objects reached")
for name, boxes in ways.items():
    share = (reached(unseen, boxes) >= 0.5).float().mean()
    print(f"{name:33} {np.mean([len(some) for some in boxes]):7.0f} {share:17.0%}")
order = overlap(judged_boxes(unseen[0]), merges[0]).argmax(1)
pictures.show_boxes(
    unseen[0].image,
    merges[0][order].numpy(),
    truth=judged_boxes(unseen[0]).numpy(),
    title=f"The best of {len(merges[0])} boxes after merging (white: the truth)",
)

# %% [markdown]
# With about as many boxes as the six segmentations gave, far more of the objects are reached. Merging does not know a car
# either. But it tries many more groups of patches that *could* be one, and that is what a proposal is for.

# %% [markdown]
# # Part 2: one pass instead of many
#
# ## 2. R-CNN, and where its time goes
#
# **R-CNN** (2014), "regions with a convolutional network": cut each proposed region out, stretch it to one size, and run
# the network on it. It says which class it is, or none. And it says how to *correct the box*, since a blob rarely ends
# where the car does.
#
# **Ask yourself:** 2000 proposals overlap a lot. What is computed again and again?
#
# <details><summary>Compare with your answer</summary>
#
# The same edges, wheels and windows of the same pixels: once for each proposal that holds them. It is the sliding window's
# waste again, and the cure is the same: run the convolutions once, on the whole picture. Then cut the regions out of the
# *features*.
#
# </details>
#
# That is **Fast R-CNN** (2015). The dense layers behind want a fixed number of inputs, though, and regions have all
# sizes. So lay a grid of, say, 4 × 4 over each region, and take the largest number in each part: *RoI pooling*.
#
# The features are coarse. With a stride of 8, a box from x = 12 to x = 30 touches cells 1, 2 and 3. Take every cell that
# the box touches. Three cells in two parts? They share the middle one. In general, part $i$ of $s$ of a row of $n$ cells
# begins with cell $\lfloor i n / s \rfloor$ and ends before cell $\lceil (i + 1) n / s \rceil$, so none is ever empty.
#
# **Predict:** a row of 3 cells goes into 4 parts. Which cells does each part hold?
#
# <details><summary>Compare with your answer</summary>
#
# Cell 0; cells 0 and 1; cells 1 and 2; cell 2. (Begins: 0, 0, 1, 2. Ends before: 1, 2, 3, 3.)
#
# </details>

# %% [markdown]
# ### Exercise 2: `roi_pool` (4 points)
#
# <details><summary>Hint 1</summary>
#
# Divide the corners by the stride. Round x1 and y1 down and x2 and y2 up. A box may reach beyond the picture: clip x to 0
# … W and y to 0 … H.
#
# <details><summary>Hint 2</summary>
#
# `features[:, y1:y2, x1:x2]` is the region: rows first. Then two loops over the parts, or a layer of PyTorch that cuts just
# so: `functional.adaptive_max_pool2d`.
#
# <details><summary>Hint 3</summary>
#
# `functional.adaptive_max_pool2d(region, size)` for each box, and `torch.stack` over all boxes. Do not detach anything:
# gradients have to flow back into the features.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "roi_pool_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def roi_pool(features, boxes, size, stride):
    """Cut regions out of features, and make each size x size by taking maxima.

    Args:
        features: of one picture, a float tensor of shape (C, H, W).
        boxes: a float tensor of shape (N, 4), corners x1, y1, x2, y2 in pixels; at least one. Each has an area and
            overlaps the picture, but may reach beyond it.
        size: parts of each side, an int.
        stride: pixels of the picture for each cell of the features, an int.

    Returns:
        A tensor of shape (N, C, size, size), through which gradients flow back to the features.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    C, H, W = features.shape
    # 1. From pixels to cells: every cell that a box touches, and none beyond the picture.
    ### BEGIN SOLUTION
    low = (boxes[:, :2] / stride).floor().long().clamp(min=0)
    high = (boxes[:, 2:] / stride).ceil().long().minimum(torch.tensor([W, H]))
    ### END SOLUTION
    pooled = []
    for number in range(len(boxes)):
        # 2. Cut the region out of all channels, and take the largest number of each part.
        ### BEGIN SOLUTION
        (x1, y1), (x2, y2) = low[number].tolist(), high[number].tolist()
        pooled.append(functional.adaptive_max_pool2d(features[:, y1:y2, x1:x2], size))
        ### END SOLUTION
    # 3. One tensor for all boxes.
    ### BEGIN SOLUTION
    return torch.stack(pooled)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "roi_pool", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("roi_pool") as check:
    axes = ("box", "channel", "row", "column")
    # One channel of 4 x 6 cells, 10 pixels each: the tens count rows, the ones count columns.
    features = torch.tensor([[[10.0 * row + column for column in range(6)] for row in range(4)]])

    # Rows 0 and 1, columns 2 to 5, in 2 x 2 parts: each is 1 x 2 cells.
    boxes = torch.tensor([[20.0, 0.0, 60.0, 20.0]])
    expected = torch.tensor([[[[3.0, 5.0], [13.0, 15.0]]]])
    label = "roi_pool(features of (1, 4, 6), [[20, 0, 60, 20]], size=2, stride=10)"
    check.equal(roi_pool(features, boxes, 2, 10), expected, label, axes=axes)

    # A box that touches rows 1 to 3 and columns 0 to 2: parts share the middle. The largest is not always below right.
    boxes = torch.tensor([[5.0, 14.0, 21.0, 36.0]])
    expected = torch.tensor([[[[-10.0, -11.0], [-20.0, -21.0]]]])
    label = "roi_pool(-features, [[5, 14, 21, 36]], size=2, stride=10)"
    check.equal(roi_pool(-features, boxes, 2, 10), expected, label, axes=axes)

    # Within a single cell: it fills all parts. And beyond the picture there are no cells.
    boxes = torch.tensor([[31.0, 22.0, 39.0, 28.0], [-25.0, 18.0, 15.0, 95.0]])
    expected = torch.tensor([[[[23.0, 23.0], [23.0, 23.0]]], [[[20.0, 21.0], [30.0, 31.0]]]])
    label = "roi_pool(features, [[31, 22, 39, 28], [-25, 18, 15, 95]], size=2, stride=10)"
    check.equal(roi_pool(features, boxes, 2, 10), expected, label, axes=axes)

    # What was taken gets a gradient: once for each part that took it.
    boxes = torch.tensor([[20.0, 0.0, 60.0, 20.0]])
    taken = torch.zeros(1, 4, 6)
    taken[0, :2, 3], taken[0, :2, 5] = 1.0, 1.0
    gradient = testing.grad(roi_pool, [features, boxes, 2, 10], wrt=0)
    check.equal(gradient, taken, "the gradient of roi_pool's sum", axes=("channel", "row", "column"))

# %% nbgrader={"grade": true, "grade_id": "roi_pool_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of roi_pool: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from math import ceil, floor

import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("roi_pool") as check:
    rng = testing.rng("roi_pool_hidden")
    for C, H, W, size, stride in [(2, 5, 8, 3, 8), (3, 9, 6, 4, 4), (1, 7, 7, 1, 16), (2, 4, 11, 5, 2)]:
        features = torch.tensor(rng.normal(0, 2, (C, H, W)), dtype=torch.float32)
        low = rng.uniform(-0.3, 0.8, (6, 2)) * [W * stride, H * stride]
        high = low + rng.uniform(0.35, 0.9, (6, 2)) * [W * stride, H * stride]
        boxes = torch.tensor([[*a, *b] for a, b in zip(low.tolist(), high.tolist(), strict=True)])

        # Part by part, cell by cell.
        expected = torch.full((6, C, size, size), -1e9)
        for n, (x1, y1, x2, y2) in enumerate(boxes.tolist()):
            left, top = max(0, floor(x1 / stride)), max(0, floor(y1 / stride))
            rows, columns = min(H, ceil(y2 / stride)) - top, min(W, ceil(x2 / stride)) - left
            for i in range(size):
                for j in range(size):
                    for row in range(floor(i * rows / size), ceil((i + 1) * rows / size)):
                        for column in range(floor(j * columns / size), ceil((j + 1) * columns / size)):
                            cell = features[:, top + row, left + column]
                            expected[n, :, i, j] = torch.maximum(expected[n, :, i, j], cell)
        label = f"roi_pool(features of {(C, H, W)}, 6 boxes, size={size}, stride={stride})"
        check.equal(
            roi_pool(features, boxes, size, stride), expected, label, axes=("box", "channel", "row", "column")
        )
        check.true(
            testing.unchanged(roi_pool, [features, boxes, size, stride]),
            f"{label} should leave its arguments as they were.",
        )
    gradient = testing.grad(roi_pool, [features, boxes, size, stride], wrt=0)
    check.equal(
        gradient.sum().item(), float(6 * C * size * size), "the sum of the gradient: one for each maximum"
    )
### END HIDDEN TESTS

# %% [markdown]
# ## 3. A corrected box
#
# How should the network say "a bit wider, and further left"? In pixels, the same mistake is large for a small box and
# small for a large one. So R-CNN measures in units of the box. With its middle $(p_x, p_y)$, width $p_w$ and height
# $p_h$, the corrected box has
#
# $$g_x = p_x + p_w\, t_x, \quad g_y = p_y + p_h\, t_y, \quad g_w = p_w\, e^{t_w}, \quad g_h = p_h\, e^{t_h}.$$
#
# **Ask yourself:** why $e^{t_w}$, and not $1 + t_w$?
#
# <details><summary>Compare with your answer</summary>
#
# A width must be positive, and $e^t$ always is. And twice as wide and half as wide are equally far from 0: $t = \pm\ln 2$.
#
# </details>
#
# Here is the way back, which gives the offsets that the network should learn. It is written for you.


# %%
def encode_offsets(boxes, targets):
    """The offsets that make `targets` out of `boxes`, both (N, 4)."""
    sides, wanted = boxes[:, 2:] - boxes[:, :2], targets[:, 2:] - targets[:, :2]
    shift = (targets[:, :2] + targets[:, 2:] - boxes[:, :2] - boxes[:, 2:]) / 2
    return torch.cat([shift / sides, (wanted / sides).log()], dim=1)


# %% [markdown]
# ### Exercise 3: `apply_offsets` (3 points)
#
# What would lie beyond the picture is cut off.
#
# <details><summary>Hint 1</summary>
#
# `sides = boxes[:, 2:] - boxes[:, :2]` are widths and heights, `middles = (boxes[:, :2] + boxes[:, 2:]) / 2`.
#
# <details><summary>Hint 2</summary>
#
# `middles + sides * offsets[:, :2]` are the new middles, `sides * offsets[:, 2:].exp()` the new sides. The corners lie half
# a side from the middle.
#
# <details><summary>Hint 3</summary>
#
# `torch.cat([middles - sides / 2, middles + sides / 2], dim=1)` with the new ones. Clip the columns 0 and 2 to the width, and
# 1 and 3 to the height: `corners[:, 0::2].clamp(0, width)`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "apply_offsets_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def apply_offsets(boxes, offsets, height, width):
    """Correct boxes as a network says, and cut off what lies beyond the picture.

    Args:
        boxes: a float tensor of shape (N, 4), corners x1, y1, x2, y2 in pixels.
        offsets: a float tensor of shape (N, 4), t_x, t_y, t_w, t_h of each box.
        height: of the picture in pixels, a number.
        width: of the picture in pixels, a number.

    Returns:
        The corrected boxes, a tensor of shape (N, 4): corners x1, y1, x2, y2.

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    # 1. Sides and middles of the boxes.
    ### BEGIN SOLUTION
    sides = boxes[:, 2:] - boxes[:, :2]
    middles = boxes[:, :2] + sides / 2
    ### END SOLUTION
    # 2. Move the middles by shares of the sides, and stretch the sides.
    ### BEGIN SOLUTION
    middles = middles + sides * offsets[:, :2]
    sides = sides * offsets[:, 2:].exp()
    ### END SOLUTION
    # 3. Back to corners, within the picture.
    ### BEGIN SOLUTION
    frame = torch.tensor([width, height])
    low, high = middles - sides / 2, middles + sides / 2
    return torch.cat([low.clamp(min=0).minimum(frame), high.clamp(min=0).minimum(frame)], dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "apply_offsets", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
from math import log

import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("apply_offsets") as check:
    axes = ("box", "corner")
    # A box of 20 x 10. Moved by a tenth of its width and two tenths of its height: 2 pixels each.
    boxes = torch.tensor([[40.0, 20.0, 60.0, 30.0]])
    moved = apply_offsets(boxes, torch.tensor([[0.1, 0.2, 0.0, 0.0]]), 100, 200)
    expected = torch.tensor([[42.0, 22.0, 62.0, 32.0]])
    check.equal(moved, expected, "apply_offsets(…, t_x=0.1, t_y=0.2)", axes=axes, rtol=1e-5)

    # Twice as wide, half as high, about the same middle.
    stretched = apply_offsets(boxes, torch.tensor([[0.0, 0.0, log(2), -log(2)]]), 100, 200)
    expected = torch.tensor([[30.0, 22.5, 70.0, 27.5]])
    check.equal(stretched, expected, "apply_offsets(…, t_w=ln 2, t_h=-ln 2)", axes=axes, rtol=1e-5)

    # Moved as far as the box is wide and high, then stretched: the picture of 35 x 75 ends first.
    both = apply_offsets(boxes, torch.tensor([[1.0, 1.0, log(2), 0.0]]), 35, 75)
    expected = torch.tensor([[50.0, 30.0, 75.0, 35.0]])
    check.equal(
        both, expected, "apply_offsets(…, t=(1, 1, ln 2, 0), height=35, width=75)", axes=axes, rtol=1e-5
    )

    # Two boxes, each with its own offsets; one leaves the picture on the left and above.
    boxes = torch.tensor([[0.0, 0.0, 10.0, 30.0], [10.0, 20.0, 30.0, 60.0]])
    offsets = torch.tensor([[-0.5, -0.5, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0]])
    expected = torch.tensor([[0.0, 0.0, 5.0, 15.0], [10.0, 40.0, 30.0, 80.0]])
    check.equal(
        apply_offsets(boxes, offsets, 90, 90), expected, "apply_offsets(two boxes)", axes=axes, rtol=1e-5
    )
    check.true(
        testing.unchanged(apply_offsets, [boxes, offsets, 90, 90]),
        "apply_offsets should leave its arguments as they were.",
    )

# %% nbgrader={"grade": true, "grade_id": "apply_offsets_hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of apply_offsets: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from math import exp

import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("apply_offsets") as check:
    rng = testing.rng("apply_offsets_hidden")
    for count, height, width in [(1, 500, 700), (7, 90, 160), (12, 200, 64)]:
        low = rng.uniform(0, 0.7, (count, 2)) * [width, height]
        high = low + rng.uniform(0.1, 0.4, (count, 2)) * [width, height]
        boxes = torch.tensor([[*a, *b] for a, b in zip(low.tolist(), high.tolist(), strict=True)])
        offsets = torch.tensor(rng.normal(0, 0.6, (count, 4)), dtype=torch.float32)
        offsets[1:2] = torch.tensor([-12.0, -12.0, 0.0, 0.0])  # a box that ends beyond the upper left corner
        expected = []
        for (x1, y1, x2, y2), (t_x, t_y, t_w, t_h) in zip(boxes.tolist(), offsets.tolist(), strict=True):
            x, y = (x1 + x2) / 2 + t_x * (x2 - x1), (y1 + y2) / 2 + t_y * (y2 - y1)
            w, h = (x2 - x1) * exp(t_w), (y2 - y1) * exp(t_h)
            corners = zip((x - w / 2, y - h / 2, x + w / 2, y + h / 2), (width, height) * 2, strict=True)
            expected.append([min(max(corner, 0.0), float(end)) for corner, end in corners])
        label = f"apply_offsets({count} boxes, offsets, {height}, {width})"
        check.equal(
            apply_offsets(boxes, offsets, height, width),
            torch.tensor(expected),
            label,
            axes=("box", "corner"),
            rtol=1e-4,
            atol=1e-3,
        )
        check.true(
            testing.unchanged(apply_offsets, [boxes, offsets, height, width]),
            f"{label} should leave its arguments as they were.",
        )
### END HIDDEN TESTS

# %% [markdown]
# Back and forth is nothing: offsets that are encoded and applied give the very target.

# %%
some = torch.tensor([[10.0, 20.0, 40.0, 60.0], [50.0, 50.0, 60.0, 90.0]])
wanted = torch.tensor([[12.0, 10.0, 50.0, 70.0], [40.0, 60.0, 70.0, 80.0]])
again = apply_offsets(some, encode_offsets(some, wanted), SIDE, SIDE)
print(f"largest difference: {(again - wanted).abs().max():.0e} pixels")

# %% [markdown]
# # Part 3: a network that proposes
#
# ## 4. Anchors again
#
# Fast R-CNN is so fast that the proposals take most of the time: the segmentation becomes the slow part. **Ask
# yourself:** what already knows where something stands out, and has been computed anyway?
#
# <details><summary>Compare with your answer</summary>
#
# The features. So let a few convolutions on top of them propose. That is the **region proposal network** of **Faster
# R-CNN** (2015).
#
# </details>
#
# At each cell lie A anchors, their middle on the cell's middle. For each, the network says one number, how likely there is
# *any* object (a logit), and four offsets. That makes A + 4A channels. Then comes what you know: correct, suppress, keep
# the best.
#
# **Predict:** features of 16 × 16 cells, three anchors. How many boxes, before suppression?
#
# <details><summary>Compare with your answer</summary>
#
# $16 \cdot 16 \cdot 3 = 768$. On a large photo it is some twenty thousand.
#
# </details>

# %% [markdown]
# ### Exercise 4: `propose` (4 points)
#
# `strongest(boxes, scores, most)`, from `cnnkit.nets.boxes`, gives the indices that suppression keeps, the highest score
# first.
#
# <details><summary>Hint 1</summary>
#
# The cell in row r and column c has its middle at x = (c + ½) · stride, y = (r + ½) · stride. The anchor's corners lie half
# its width and half its height from there.
#
# <details><summary>Hint 2</summary>
#
# Bring all to one order: anchor, row, column. `offsets.permute(0, 2, 3, 1).reshape(-1, 4)` does it for offsets, and
# `scores.flatten()` for the scores. `torch.meshgrid(rows, columns, indexing="ij")` gives y and x of all cells.
#
# <details><summary>Hint 3</summary>
#
# With `middles` of (1, H, W, 2) and `half` of (A, 1, 1, 2), `torch.cat([middles - half, middles + half], dim=-1)` is (A, H, W,
# 4). Then `apply_offsets` with `H * stride` and `W * stride`; a sigmoid; `strongest`; and only now the first `count`.
#
# </details>
# </details>
# </details>


# %% nbgrader={"grade": false, "grade_id": "propose_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def propose(scores, offsets, anchors, stride, count, most=0.7):
    """Read what a region proposal network says of one picture as boxes.

    Args:
        scores: logits that there is an object, a float tensor of shape (A, H, W).
        offsets: a float tensor of shape (A, 4, H, W), t_x, t_y, t_w, t_h of each anchor in each cell.
        anchors: widths and heights in pixels, a float tensor of shape (A, 2).
        stride: pixels of the picture for each cell, an int; the picture has H * stride rows and W * stride columns.
        count: how many boxes to give at most, after suppression, an int.
        most: of two corrected boxes that overlap by more, the one with the lower score is left out, a float.

    Returns:
        A tuple (boxes, probabilities), the most probable first: tensors of shape (N, 4), corners in pixels and within
        the picture, and (N,).

    Raises:
        Nothing of its own: the tests only pass arguments that fit.
    """
    A, H, W = scores.shape
    # 1. All anchors as corners, around the middles of the cells.
    ### BEGIN SOLUTION
    y, x = torch.meshgrid(torch.arange(H) + 0.5, torch.arange(W) + 0.5, indexing="ij")
    middles, half = torch.stack([x, y], dim=-1)[None] * stride, anchors[:, None, None] / 2
    corners = torch.cat([middles - half, middles + half], dim=-1).reshape(-1, 4)
    ### END SOLUTION
    # 2. Correct them, within the picture.
    ### BEGIN SOLUTION
    boxes = apply_offsets(corners, offsets.permute(0, 2, 3, 1).reshape(-1, 4), H * stride, W * stride)
    ### END SOLUTION
    # 3. Suppress, and keep the most probable.
    ### BEGIN SOLUTION
    probabilities = scores.flatten().sigmoid()
    kept = strongest(boxes, probabilities, most)[:count]
    return boxes[kept], probabilities[kept]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "propose", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("propose") as check:
    axes = ("box", "corner")
    # 2 x 3 cells of 10 pixels, one anchor, 8 wide and 4 high, nothing to correct. The first cell wins, then the last.
    scores = torch.tensor([[[2.0, -3.0, -2.0], [0.0, -1.0, 1.0]]])
    nothing, anchors = torch.zeros(1, 4, 2, 3), torch.tensor([[8.0, 4.0]])
    boxes, chances = check.parts(
        propose(scores, nothing, anchors, 10, 2), ("boxes", "probabilities"), "propose(…, count=2)"
    )
    expected = torch.tensor([[1.0, 3.0, 9.0, 7.0], [21.0, 13.0, 29.0, 17.0]])
    check.equal(boxes, expected, "the boxes of propose(…, count=2)", axes=axes, rtol=1e-5)
    check.equal(
        chances, torch.tensor([2.0, 1.0]).sigmoid(), "the probabilities of propose(…, count=2)", rtol=1e-5
    )

    # Offsets of the last cell: half a width to the left, twice its height up. It has 10 pixels more to the right of it.
    offsets = torch.zeros(1, 4, 2, 3)
    offsets[0, :2, 1, 2] = torch.tensor([-0.5, -2.0])
    boxes, _ = check.parts(
        propose(scores, offsets, anchors, 10, 2), ("boxes", "probabilities"), "propose(…, offsets)"
    )
    expected = torch.tensor([[1.0, 3.0, 9.0, 7.0], [17.0, 5.0, 25.0, 9.0]])
    check.equal(boxes, expected, "the boxes of propose(…, offsets)", axes=axes, rtol=1e-5)

    # A second anchor, 40 x 40, is cut off at the frame. Of its six boxes two are kept: the others overlap one of these
    # by more than 0.7. The two overlap by two thirds.
    two = torch.tensor([[8.0, 4.0], [40.0, 40.0]])
    more = torch.cat([scores, torch.tensor([[[9.0, 5.0, 4.0], [6.0, 7.0, 8.0]]])])
    boxes, _ = check.parts(
        propose(more, torch.zeros(2, 4, 2, 3), two, 10, 3), ("boxes", "probabilities"), "propose(two anchors)"
    )
    expected = torch.tensor([[0.0, 0.0, 25.0, 20.0], [5.0, 0.0, 30.0, 20.0], [1.0, 3.0, 9.0, 7.0]])
    check.equal(boxes, expected, "the boxes of propose(two anchors)", axes=axes, rtol=1e-5)

    # If half is the most that they may overlap, the second of them goes.
    boxes, _ = check.parts(
        propose(more, torch.zeros(2, 4, 2, 3), two, 10, 3, 0.5),
        ("boxes", "probabilities"),
        "propose(two anchors, most=0.5)",
    )
    expected = torch.tensor([[0.0, 0.0, 25.0, 20.0], [1.0, 3.0, 9.0, 7.0], [21.0, 13.0, 29.0, 17.0]])
    check.equal(boxes, expected, "the boxes of propose(two anchors, most=0.5)", axes=axes, rtol=1e-5)

# %% nbgrader={"grade": true, "grade_id": "propose_hidden", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Hidden tests of propose: run when your notebook is graded.
### BEGIN HIDDEN TESTS
from itertools import product
from math import exp

import torch

from cnnkit import testing
from cnnkit.check import Check

with Check("propose") as check:
    rng = testing.rng("propose_hidden")
    for A, H, W, stride, count, most in [
        (1, 3, 4, 8, 5, 0.7),
        (2, 4, 3, 16, 8, 0.4),
        (3, 3, 6, 4, 100, 0.55),
    ]:
        scores = torch.tensor(rng.normal(0, 1.5, (A, H, W)), dtype=torch.float32)
        offsets = torch.tensor(rng.normal(0, 0.3, (A, 4, H, W)), dtype=torch.float32)
        anchors = torch.tensor(rng.uniform(0.8, 3.0, (A, 2)) * stride, dtype=torch.float32)

        # All anchors one by one, then the strongest that no kept one overlaps too far, until there is none.
        candidates = []
        for a, row, column in product(range(A), range(H), range(W)):
            t_x, t_y, t_w, t_h = offsets[a, :, row, column].tolist()
            w, h = anchors[a].tolist()
            x, y = (column + 0.5) * stride + t_x * w, (row + 0.5) * stride + t_y * h
            w, h = w * exp(t_w), h * exp(t_h)
            x1, x2 = (min(max(end, 0.0), float(W * stride)) for end in (x - w / 2, x + w / 2))
            y1, y2 = (min(max(end, 0.0), float(H * stride)) for end in (y - h / 2, y + h / 2))
            candidates.append((1 / (1 + exp(-scores[a, row, column].item())), [x1, y1, x2, y2]))
        candidates.sort(reverse=True)
        kept = []
        for chance, (x1, y1, x2, y2) in candidates:
            free = True
            for _, (u1, v1, u2, v2) in kept:
                common = max(0.0, min(x2, u2) - max(x1, u1)) * max(0.0, min(y2, v2) - max(y1, v1))
                area = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - common
                free = free and common <= most * area
            if free:
                kept.append((chance, [x1, y1, x2, y2]))
        kept = kept[:count]

        label = f"propose(scores of {(A, H, W)}, …, stride={stride}, count={count}, most={most})"
        boxes, chances = check.parts(
            propose(scores, offsets, anchors, stride, count, most), ("boxes", "probabilities"), label
        )
        expected = torch.tensor([box for _, box in kept])
        check.equal(boxes, expected, f"the boxes of {label}", axes=("box", "corner"), rtol=1e-4, atol=1e-3)
        expected = torch.tensor([chance for chance, _ in kept])
        check.equal(chances, expected, f"the probabilities of {label}", axes=("box",), rtol=1e-4, atol=1e-6)
        check.true(
            testing.unchanged(propose, [scores, offsets, anchors, stride, count, most]),
            f"{label} should leave its arguments as they were.",
        )
### END HIDDEN TESTS

# %% [markdown]
# # Part 4: four detectors
#
# ## 5. One is there already
#
# YOLO has no second look. Its cells say class and box at once, where the proposal network only says "something", and
# leaves the class to a head. How good is it on the streets of *this* lesson?
#
# Its weights are those that **you** trained in 3.4, if they lie in the folder `work` beside this notebook. Without them
# it is the detector of our own run of 3.4: how precise it is on these streets was recorded, with the very code below. Its
# time is measured here all the same, on a network with weights at random: it computes as much.


# %% nbgrader={"grade": false, "grade_id": "yolo_detector", "locked": true, "schema_version": 3, "solution": false, "task": false}
def as_input(scene):
    """(3, H, W), from 0 to 255."""
    return torch.from_numpy(scene.image).permute(2, 0, 1).float()


def yolo(model, x):
    """One pass, which says everything."""
    raw = model(x[None])[0]
    chances, classes = (raw[..., :1].sigmoid() * raw[..., 5:].softmax(-1)).flatten(0, 2).max(-1)
    boxes = SIDE * grid_corners(raw[..., [1, 2, 4, 3]], YOLO_ANCHORS).flatten(0, 2)
    kept = strongest(boxes, chances, 0.4, classes)[:40]
    return {"boxes": boxes[kept], "scores": chances[kept], "classes": classes[kept]}


# %%
truths = [
    {name: torch.from_numpy(getattr(scene, name)) for name in ("boxes", "classes", "ignore")}
    for scene in unseen
]
trained_yolo = cnnkit.trained_before(StreetYolo, "work/yolo/streets.safetensors")


def measured_yolo():
    """What the trained YOLO reaches on the streets of this lesson."""
    with torch.no_grad():
        found = [yolo(trained_yolo, as_input(scene)) for scene in unseen]
    return {"streets": len(unseen), "mean average precision": mean_precision(found, truths)}


# %% tags=["record"]
recorded_yolo = cnnkit.recorded("recordings/region_proposals.json", measured_yolo)

# %%
precision_of_yolo = (recorded_yolo if trained_yolo is None else measured_yolo())["mean average precision"]
print(f"YOLO's mean average precision on these streets: {precision_of_yolo:.2f}")

# %% [markdown]
# That is the one to beat. It had a good school: 3,000 streets of difficulty 0.5, each seen through fourteen windows, where
# the three that you train now get 400 streets of difficulty 0.3. So do not compare how *precise* it is with how precise
# they are, and conclude that its idea is the better one. Compare the time.
#
# ## 6. Train the three
#
# All three share one design, so that you compare ideas and not networks: four convolutions (the *backbone*, 8
# pixels a cell), a small proposal network on top, and a head of dense layers behind your `roi_pool`.


# %% nbgrader={"grade": false, "grade_id": "network", "locked": true, "schema_version": 3, "solution": false, "task": false}
def block(channels, filters, stride):
    """A convolution of 3 x 3 with batch normalisation and ReLU."""
    convolution = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(filters), nn.ReLU())


class Regions(nn.Module):
    """A backbone, a region proposal network and a head that judges regions.

    Args:
        anchors: how many the proposal network has in each cell.
        classes: kinds of objects; the head's class 0 is none of them.
    """

    def __init__(self, anchors=3, classes=3):
        super().__init__()
        self.backbone = nn.Sequential(block(3, 24, 2), block(24, 48, 2), block(48, 96, 2), block(96, 96, 1))
        self.look = block(96, 96, 1)
        self.scores, self.offsets = nn.Conv2d(96, anchors, 1), nn.Conv2d(96, 4 * anchors, 1)
        self.dense = nn.Sequential(nn.Flatten(), nn.Linear(96 * 4 * 4, 128), nn.ReLU())
        self.classes, self.corrections = nn.Linear(128, 1 + classes), nn.Linear(128, 4)

    def features(self, x):
        """Of pictures (B, 3, H, W), from 0 to 255: (B, 96, H / 8, W / 8)."""
        return self.backbone(x / 128 - 1)

    def proposals(self, features):
        """Logits (B, A, H, W) and offsets (B, A, 4, H, W) of all anchors."""
        seen = self.look(features)
        return self.scores(seen), self.offsets(seen).unflatten(1, (-1, 4))

    def judge(self, regions):
        """Of pooled regions (N, 96, 4, 4): logits of the classes (N, 1 + classes), and offsets (N, 4)."""
        seen = self.dense(regions)
        return self.classes(seen), self.corrections(seen)


cnnkit.seed(0)
shared = Regions().train()  # Fast and Faster R-CNN
alone = Regions().train()  # R-CNN: its backbone sees one region at a time
print(f"{sum(weights.numel() for weights in shared.parameters()):,} parameters")

# %% [markdown]
# What does the head learn from? From boxes near objects, shifted and stretched by chance, and from boxes anywhere. A box
# that overlaps an object by half or more counts as its class and learns the offsets to it; any other is *none*. The
# anchors learn likewise, except that those between 0.3 and 0.5 are left out. (The loss of the offsets is *smooth L1*: half
# the square of a small error, and the absolute value less a half of a large one, so that one far-off box does not drown the
# others.)
#
# For R-CNN, regions are cut out of the picture and stretched to 32 × 32 pixels, which the same backbone makes 4 × 4 cells.


# %% nbgrader={"grade": false, "grade_id": "regions", "locked": true, "schema_version": 3, "solution": false, "task": false}
def cut_out(x, boxes):
    """R-CNN's regions: (N, 3, 32, 32), each stretched."""
    low = boxes[:, :2].floor().long().clamp(min=0)
    high = boxes[:, 2:].ceil().long().clamp(max=SIDE)
    cuts = (x[None, :, y1:y2, x1:x2] for (x1, y1), (x2, y2) in zip(low.tolist(), high.tolist(), strict=True))
    return torch.cat([functional.interpolate(cut, (32, 32), mode="bilinear") for cut in cuts])


def training_boxes(boxes, count, rng):
    """Boxes near the objects and boxes anywhere, (count, 4), all within the picture and 6 pixels or more."""
    middles, sides = rng.uniform(0, SIDE, (count, 2)), np.exp(rng.uniform(np.log(8), np.log(70), (count, 2)))
    near = len(boxes) and 2 * count // 3
    for n in range(near):
        one = boxes[n % len(boxes)]
        size = one[2:] - one[:2]
        middles[n] = (one[:2] + one[2:]) / 2 + rng.normal(0, 0.15, 2) * size
        sides[n] = size * np.exp(rng.normal(0, 0.25, 2))
    low = np.clip(middles - sides / 2, 0, SIDE - 6)
    high = np.clip(middles + sides / 2, low + 6, SIDE)
    return torch.from_numpy(np.concatenate([low, high], 1)).float()


def told(boxes, scene):
    """For each box its largest overlap with an object, that object's class from 1 on, and the offsets to it."""
    truth = torch.from_numpy(scene.boxes)
    if len(truth) == 0:
        return torch.zeros(len(boxes)), torch.zeros(len(boxes), dtype=torch.int64), torch.zeros(len(boxes), 4)
    most, which = overlap(boxes, truth).max(1)
    return most, torch.from_numpy(scene.classes)[which] + 1, encode_offsets(boxes, truth[which])


def region_loss(logits, corrections, most, classes, offsets):
    """Of judged boxes: wrong classes, and wrong offsets of those that overlap an object by half."""
    near = most >= 0.5
    wrong = functional.cross_entropy(logits, torch.where(near, classes, 0))
    return wrong + 2 * functional.smooth_l1_loss(corrections[near], offsets[near], reduction="sum") / len(
        most
    )


cells = torch.arange(SIDE // STRIDE) * STRIDE + STRIDE / 2
grid_y, grid_x = torch.meshgrid(cells, cells, indexing="ij")
grid = torch.stack([grid_x, grid_y], -1)
corners = torch.cat([grid - ANCHORS[:, None, None] / 2, grid + ANCHORS[:, None, None] / 2], -1).reshape(-1, 4)


def proposal_loss(scores, offsets, scene):
    """Of one picture's anchors: is there an object, and where exactly."""
    most, _, wanted = told(corners, scene)
    best = overlap(corners, torch.from_numpy(scene.boxes)).argmax(0)  # each object has one anchor at least
    most = most.index_fill(0, best, 1.0)
    near, far = most >= 0.5, most < 0.3
    each = functional.binary_cross_entropy_with_logits(scores.flatten(), near.float(), reduction="none")
    moved = offsets.permute(0, 2, 3, 1).reshape(-1, 4)
    place = functional.smooth_l1_loss(moved[near], wanted[near], reduction="sum")
    return (each[near].sum() + each[far].topk(min(64, int(far.sum()))).values.sum() + 2 * place) / 64


# %%
def one_step(model, scenes, rng, shares):
    """The loss of a few pictures: with one pass for each picture, or with one for each region."""
    x, regions, truths = torch.stack([as_input(scene) for scene in scenes]), [], []
    features = model.features(x) if shares else None
    for n, scene in enumerate(scenes):
        boxes = training_boxes(scene.boxes, 24, rng)
        truths.append(told(boxes, scene))
        regions.append(roi_pool(features[n], boxes, POOLED, STRIDE) if shares else cut_out(x[n], boxes))
    seen = torch.cat(regions)
    logits, corrections = model.judge(seen if shares else model.features(seen))
    loss = region_loss(logits, corrections, *(torch.cat(parts) for parts in zip(*truths, strict=True)))
    if shares:
        scores, offsets = model.proposals(features)
        each = [proposal_loss(scores[n], offsets[n], scene) for n, scene in enumerate(scenes)]
        loss = loss + sum(each) / len(each)
    return loss


def train(model, scenes, steps, shares, batch=8, seed=0):
    """Train a model in place; give the mean losses of ten stretches of the training."""
    rng, losses = np.random.default_rng(seed), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.002, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.004, total_steps=steps)
    for _ in range(steps):
        some = [scenes[n] for n in rng.choice(len(scenes), min(batch, len(scenes)), replace=False)]
        loss = one_step(model, some, rng, shares)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return [float(np.mean(part)) for part in np.array_split(losses, min(10, steps))]


# %%
streets = [street_scene(number, SIDE, 0.3) for number in range(8 if cnnkit.quick() else 400)]
losses = {
    "one pass a picture": train(shared, streets, 2 if cnnkit.quick() else 600, shares=True),
    "one pass a region": train(alone, streets, 2 if cnnkit.quick() else 500, shares=False),
}
ends = "; ".join(f"{name}: from {each[0]:.2f} to {each[-1]:.2f}" for name, each in losses.items())
pictures.show_curves(
    range(1, 1 + len(losses["one pass a picture"])),
    losses,
    xlabel="stretch of the training",
    ylabel="loss (the first has the proposals' too)",
    title=f"The losses fall: {ends}",
    alt=f"Two curves over ten stretches of the training. {ends}.",
)

# %% [markdown]
# ## 7. Three ways to the same boxes, and a fourth
#
# | | who proposes | passes of the network | corrected box |
# | --- | --- | --- | --- |
# | R-CNN | the segmentation | one for each region | yes |
# | Fast R-CNN | the segmentation, the same regions | one for each picture | yes |
# | Faster R-CNN | the network | one for each picture | yes, twice |
# | YOLO, of 3.4 | nobody | one for each picture | an anchor, once |
#
# **Predict** for each its mean average precision, and how many pictures it does in the time in which R-CNN does one. Where
# will the best boxes come from?


# %% nbgrader={"grade": false, "grade_id": "detectors", "locked": true, "schema_version": 3, "solution": false, "task": false}
def read_out(boxes, logits, corrections):
    """The detections of judged boxes, as `mean_precision` wants them."""
    chances, classes = logits.softmax(1)[:, 1:].max(1)
    boxes = apply_offsets(boxes.float(), corrections, SIDE, SIDE)
    kept = strongest(boxes, chances, 0.4, classes)[:40]
    return {"boxes": boxes[kept], "scores": chances[kept], "classes": classes[kept]}


def r_cnn(x, boxes):
    """Each region on its own."""
    seen = torch.cat([alone.features(some) for some in cut_out(x, boxes).split(64)])
    return read_out(boxes, *alone.judge(seen))


def fast_r_cnn(x, boxes):
    """One pass; the regions are cut out of the features."""
    features = shared.features(x[None])[0]
    return read_out(boxes, *shared.judge(roi_pool(features, boxes, POOLED, STRIDE)))


def network_proposals(features, count=50, most=0.7):
    """What the proposal network proposes for one picture's features."""
    scores, offsets = shared.proposals(features[None])
    return propose(scores[0], offsets[0], ANCHORS, STRIDE, count, most)[0]


def faster_r_cnn(x):
    """One pass, which proposes too."""
    features = shared.features(x[None])[0]
    boxes = network_proposals(features)
    return read_out(boxes, *shared.judge(roi_pool(features, boxes, POOLED, STRIDE)))


def timed(function, *arguments):
    """What a call gives, and the seconds that it takes."""
    begin = time.perf_counter()
    return function(*arguments), time.perf_counter() - begin


shared.eval()
alone.eval()


@torch.no_grad()
def compared(scenes, one_look):
    """For each detector its detections, seconds and passes of its network, picture by picture."""
    runs = {"R-CNN": [], "Fast R-CNN": [], "Faster R-CNN": [], "YOLO": []}
    for scene in scenes:
        x = as_input(scene)
        boxes, cutting = timed(segments_as_boxes, scene.image)
        found, seconds = timed(r_cnn, x, boxes)
        runs["R-CNN"].append((found, cutting, seconds, len(boxes)))
        found, seconds = timed(fast_r_cnn, x, boxes)
        runs["Fast R-CNN"].append((found, cutting, seconds, 1))
        found, seconds = timed(faster_r_cnn, x)
        runs["Faster R-CNN"].append((found, 0.0, seconds, 1))
        found, seconds = timed(yolo, one_look, x)
        runs["YOLO"].append((found, 0.0, seconds, 1))
    return runs


# %% tags=["nbval-ignore-output"]
runs = compared(unseen, StreetYolo().eval() if trained_yolo is None else trained_yolo)
results = {}
for name, each in runs.items():
    detections, cutting, seconds, passes = zip(*each, strict=True)
    results[name] = (
        mean_precision(detections, truths), float(np.median(cutting)), float(np.median(seconds)), np.mean(passes),
    )  # fmt: skip
results["YOLO"] = (precision_of_yolo, *results["YOLO"][1:])
print("               mean average precision   ms to propose   ms in the network   passes a picture")
for name, (precision, cutting, seconds, passes) in results.items():
    print(f"{name:14} {precision:22.2f} {1000 * cutting:15.0f} {1000 * seconds:19.0f} {passes:18.0f}")

figure, axis = plt.subplots(figsize=(6.8, 4.2))
for (name, (precision, cutting, seconds, passes)), mark in zip(results.items(), "os^D", strict=True):
    axis.plot(
        1000 * (cutting + seconds), precision, mark, markersize=10, label=f"{name}, passes: {passes:.0f}"
    )
    axis.plot(1000 * seconds, precision, mark, markersize=10, markerfacecolor="none", markeredgecolor="black")
axis.set(
    xscale="log", xlabel="milliseconds a picture (hollow: the network alone)", ylabel="mean average precision"
)
total = {name: cutting + seconds for name, (_, cutting, seconds, _) in results.items()}
quickest = min(total, key=total.get)
axis.set_title(f"R-CNN takes {total['R-CNN'] / total[quickest]:.0f} times as long as {quickest}")
axis.legend()
axis.grid(alpha=0.3)
pictures.display_figure(
    figure,
    "Four detectors, mean average precision over milliseconds a picture. "
    + " ".join(f"{name}: {results[name][0]:.2f} in {1000 * total[name]:.0f}." for name in results),
)

# %% [markdown]
# Four things to see.
#
# - R-CNN and Fast R-CNN got the same regions. Hundreds of passes in the place of one make R-CNN a little more
#   precise at most: the second pass, and all that follow, tell little that is new.
# - What is left of Fast R-CNN's time is mostly the segmentation and the merging: whoever makes one part quick finds the
#   next slow one.
# - Faster R-CNN is quicker *and* better. Its fifty proposals have learned what a car looks like; the hundreds of boxes
#   around segments have not.
# - YOLO's point lies at about the time of Faster R-CNN's. Both run one small network once; a second look at fifty small
#   regions costs little where the head is as small as ours. In the papers the heads are large. There the first YOLO was
#   several times as fast as Faster R-CNN and much less precise (63 % against 73 % on one collection of photographs);
#   YOLOv2 was as fast as the first, and a little more precise than Faster R-CNN (77 %). That YOLO's point lies highest
#   *here* says nothing about the idea: it has seen many more streets.
#
# Our regions are tiny and so is our network. In the papers the network is as large as VGG-16. R-CNN makes each region
# 224 × 224 for it, and took 47 seconds for a photograph. Fast R-CNN pools 7 × 7 from one pass: 0.3 seconds besides the
# proposals' two. Faster R-CNN took 0.2 with all.
#
# > **For the record.** R-CNN does not take a proposal's box as it is: for each region it gives a class *and* a corrected
# > box. **Predict** what the correction is worth. The next cell leaves it out, and then asks how many proposals
# > each way of proposing needs.

# %% tags=["nbval-ignore-output"]
counts = (5, 10, 20, 50, 100)
with torch.no_grad():
    plain, corrected, cut, proposed = [], [], [], {count: [] for count in counts}
    for scene in unseen:
        boxes = segments_as_boxes(scene.image)
        cut.append(boxes)
        features = shared.features(as_input(scene)[None])[0]
        logits, corrections = shared.judge(roi_pool(features, boxes, POOLED, STRIDE))
        corrected.append(read_out(boxes, logits, corrections))
        plain.append(read_out(boxes, logits, torch.zeros_like(corrections)))
        for count in counts:
            proposed[count].append(network_proposals(features, count))
print(f"Fast R-CNN with corrected boxes {mean_precision(corrected, truths):.2f}, ", end="")
print(f"with the proposals as they are {mean_precision(plain, truths):.2f}")

by_network = [float((reached(unseen, proposed[count]) >= 0.5).float().mean()) for count in counts]
by_segments = float((reached(unseen, cut) >= 0.5).float().mean())
many = np.mean([len(boxes) for boxes in cut])
pictures.show_curves(
    counts,
    {
        "proposed by the network": by_network,
        f"all {many:.0f} segments and merges": [by_segments] * len(counts),
    },
    xlabel="proposals of the network for each picture",
    ylabel="share of the objects overlapped by half",
    title=f"{counts[-2]} proposals of the network reach {by_network[-2]:.0%} of the objects, "
    f"{many:.0f} segments and merges {by_segments:.0%}",
    alt="Two curves. "
    + "; ".join(f"{count} proposals: {share:.0%}" for count, share in zip(counts, by_network, strict=True))
    + f". A level line at {by_segments:.0%} is what all segments and their merges reach.",
)

# %% [markdown]
# And the street with the most objects, as Faster R-CNN sees it at a threshold of 0.75. White and thin are all
# objects, also those that are hardly to be seen and not judged.

# %%
busy = max(unseen, key=lambda scene: len(judged_boxes(scene)))
with torch.no_grad():
    seen = faster_r_cnn(as_input(busy))
sure = seen["scores"] >= 0.75
hits = int((reached([busy], [seen["boxes"][sure]]) >= 0.5).sum()) if sure.any() else 0
pictures.show_boxes(
    busy.image,
    seen["boxes"][sure].numpy(),
    seen["classes"][sure].tolist(),
    seen["scores"][sure].tolist(),
    CLASSES,
    busy.boxes,
    title=f"{int(sure.sum())} boxes; {hits} of {len(judged_boxes(busy))} judged objects are overlapped by half",
)

# %% [markdown]
# ## Check yourself
#
# Not graded. Answer first, then open.
#
# 1. A segmentation proposes 400 boxes, and none of them overlaps the motorcycle by half. Can R-CNN find it?
# 2. RoI pooling makes a region of 2 × 6 cells 4 × 4. How many of its 16 numbers can be different?
# 3. Offsets of (0, 0, ln 2, ln 2). What happens to the box's area, and to its overlap with the box before?
# 4. Why does the proposal network not need to know the classes?
# 5. Features of 40 × 60 cells and nine anchors. How many channels does the proposal network put out, and how many boxes?
#
# <details><summary>Answers</summary>
#
# 1. Perhaps: its corrected box can come nearer. But the head has learned that such a region is *none*.
# 2. At most eight: two rows of cells fill four rows of parts, each twice. Across, four parts see different cells.
# 3. It becomes four times as large. The old box lies within the new one, so they overlap by a quarter.
# 4. It only says where it is worth looking. Who looks there, the head, has the classes.
# 5. $9 + 36 = 45$ channels; $40 \cdot 60 \cdot 9 = 21\,600$ boxes.
#
# </details>

# %% [markdown]
# ## What goes wrong when…
#
# **…the stride is forgotten.** Pixels taken as cells lie far outside of the 16 × 16. Whoever then clips them to the features
# always looks into the lower right corner, and nothing complains. Here are the objects of a street, judged both ways.

# %%
with torch.no_grad():
    features = shared.features(as_input(busy)[None])[0]
    right = judged_boxes(busy)
    ends = (right * STRIDE).clamp(0, SIDE)
    wrong = torch.cat([ends[:, :2].clamp(max=SIDE - 1), ends[:, 2:]], 1)
    for name, boxes in {"with the stride": right, "without": wrong}.items():
        chances = shared.judge(roi_pool(features, boxes, POOLED, STRIDE))[0].softmax(1)
        print(f"{name:15} chance of any object, on average: {1 - chances[:, 0].mean():.2f}")

# %% [markdown]
# **…suppression is left out.** The best proposals crowd around the most striking object. With few of them, that costs
# the others:

# %%
with torch.no_grad():
    for most in (0.5, 0.7, 1.0):
        boxes = [network_proposals(shared.features(as_input(scene)[None])[0], 5, most) for scene in unseen]
        share = (reached(unseen, boxes) >= 0.5).float().mean()
        print(f"overlap up to {most} allowed: 5 proposals reach {share:.0%} of the objects")

# %% [markdown]
# **…the exponential is forgotten.** Offsets of zero should change nothing. With $p_w t_w$ in the place of $p_w e^{t_w}$, they
# leave a box without area, and with $p_w (1 + t_w)$ a network that says −1.2 turns the box inside out.

# %%
box, shrink = torch.tensor([[20.0, 20.0, 60.0, 40.0]]), torch.tensor([[0.0, 0.0, -1.2, 0.0]])
x1, _, x2, _ = apply_offsets(box, shrink, SIDE, SIDE)[0].tolist()
print(f"width with the exponential: {x2 - x1:.1f}; with 1 + t: {40 * (1 - 1.2):.1f}")

# %% [markdown]
# **…the proposals are judged by how many there are.** A thousand boxes at random reach many objects too, and say nothing.
# Ask how many objects a *given number* of proposals reaches.

# %%
draw = np.random.default_rng(0)
for count in (50, 300, 1000):
    pairs = np.sort(draw.uniform(0, SIDE, (count, 2, 2)), axis=1).reshape(count, 4)
    random_boxes = torch.from_numpy(pairs).float()
    moved = apply_offsets(random_boxes, torch.zeros(count, 4), SIDE, SIDE)
    share = (reached(unseen, [moved] * len(unseen)) >= 0.5).float().mean()
    print(f"{count:4} boxes at random reach {share:.0%} of the objects")

# %% [markdown]
# ## Your turn: a picture of your own
#
# Put a picture beside this notebook and write its name below. Without one, a coffee cup is taken. **Predict** whether one
# of the boxes fits the thing that you would point at.

# %%
from cnnkit.data import own_photo, photo

picture_file = ""  # for example "my_cat.jpg"

opened = own_photo(picture_file, photo("coffee"))
opened.thumbnail((200, 200) if not cnnkit.quick() else (60, 60))
mine = np.array(opened)
boxes = region_proposals(segmentations(mine, scales=(100, 300, 1000)), 20 if not cnnkit.quick() else 8)
sizes = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
some = boxes[np.argsort(-sizes, kind="stable")][4:40:5]
pictures.show_boxes(mine, some, title=f"Some of {len(boxes)} proposals, of different sizes")

# %% [markdown]
# Now play. Which scales fit your picture? Does the detector that you trained on streets see anything in it, and what do
# you conclude? (`as_input` takes a scene; what it makes of one, you can make of `mine`.) And merge in another
# order, say those first whose colours are nearest. Do you reach more objects of the streets, or fewer?

# %% [markdown]
# ## Summary
#
# - Proposals say where it is worth looking. What no proposal comes near is lost, whatever follows.
# - Selective search merges neighbours, and proposes all that comes up on the way.
# - R-CNN looks at each of some 2000 regions by itself, and gives each a class and a corrected box.
# - Fast R-CNN runs the convolutions once and cuts regions out of the features. RoI pooling makes them all one size.
# - Corrections are shares of the box for its middle, and logarithms for its sides.
# - Faster R-CNN proposes with a network on the same features: fewer proposals, and better ones. YOLO does without.
#
# **Next:** in 3.6 you draw no boxes at all. You say of each pixel what it belongs to.

# %% [markdown]
# ## References
#
# - P. Felzenszwalb, D. Huttenlocher, "Efficient graph-based image segmentation", *International Journal of Computer
#   Vision*, 2004.
# - J. Uijlings et al., "Selective search for object recognition", *International Journal of Computer Vision*, 2013.
# - R. Girshick, J. Donahue, T. Darrell, J. Malik, "Rich feature hierarchies for accurate object detection and semantic
#   segmentation", *CVPR*, 2014. R-CNN.
# - R. Girshick, "Fast R-CNN", *ICCV*, 2015.
# - S. Ren, K. He, R. Girshick, J. Sun, "Faster R-CNN: towards real-time object detection with region proposal networks",
#   *NeurIPS*, 2015.
