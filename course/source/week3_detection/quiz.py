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
# # Quiz: detection and segmentation
#
# **New boxes, new grids, new masks: can you still tell what counts?** Ten questions about week 3, a point each.
#
# *Machine: less than a minute on one core, 0.2 GB. You: about 40 minutes.*
#
# Click an answer below the question, or write it in the cell above the choices. What you write counts more than what
# you click. Clicks are kept in `work/quiz/answers.json`, which is handed in with the notebook.
#
# Have paper and a pencil at hand, and draw. A cell of your own may count for you.

# %% nbgrader={"grade": false, "grade_id": "quiz_setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from cnnkit.quiz import Quiz

quiz = Quiz("work/quiz/answers.json")

# %% [markdown]
# ## 1. A boat, and open sea
#
# A network for a harbour says of a picture whether there is something, where, and whether it is a boat or a buoy. For
# a batch of two pictures it says:
#
# | | $p_c$ | $b_x$ | $b_y$ | $b_h$ | $b_w$ | boat | buoy |
# | --- | --- | --- | --- | --- | --- | --- | --- |
# | open sea: truth | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
# | open sea: answer | 0.4 | 0.5 | 0.5 | 0.9 | 0.9 | 0.6 | 0.4 |
# | a boat: truth | 1 | 0.5 | 0.4 | 0.2 | 0.6 | 1 | 0 |
# | a boat: answer | 0.8 | 0.6 | 0.4 | 0.2 | 0.5 | 0.7 | 0.3 |
#
# How large is the loss of the batch, in its squared form? Two decimals are enough.

# %% nbgrader={"grade": false, "grade_id": "sea_loss_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: sea_loss = …
    ### BEGIN SOLUTION
    sea_loss = 0.2
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "sea_loss_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("sea_loss", unit="")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "sea_loss_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("sea_loss") as check:
    because = {
        "right": (
            "Open sea: where nothing is, only p_c counts, 0.4² = 0.16. The boat: 0.04 + 0.01 + 0.01 + "
            "0.09 + 0.09 = 0.24. The mean of the two is 0.20."
        ),
        0.4: "That is the sum over the batch. The loss is its mean.",
        1.52: (
            "You let all seven numbers of the open sea count. Where nothing is, nobody asks where it "
            "is and what."
        ),
        0.12: (
            "You left the open sea out. Its p_c counts: how else would a network learn to say that "
            "nothing is there?"
        ),
        0.24: "That is the boat's picture alone.",
        0.1: (
            "You let only p_c count in both pictures. Where there is a boat, its box and its class "
            "count as well."
        ),
        0.03: (
            "You took the mean over all 14 numbers. In each picture the squares are added; the mean "
            "is over the pictures."
        ),
        0.11: (
            "You left out the classes of the boat's picture. In the squared form they count as the box does."
        ),
    }
    check.answer(value(sea_loss), 0.2, because, 0.001)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. In the mirror
#
# You mirror half of the training pictures, left and right exchanged, and replace each x in their targets by 1 − x.
# Coordinates go from 0 to 1. For which of these targets is that *not* enough, so that the network learns something
# wrong?
#
# - `eyes`: a face: x and y of the person's left eye, then of the right eye
# - `wheels`: a car from its side: x and y of the front wheel, then of the rear wheel
# - `corners`: a box as (x1, y1, x2, y2), its upper left and its lower right corner
# - `middle`: a box as (b_x, b_y, b_h, b_w), its midpoint and its size
# - `arrows`: a road sign: one of the classes “turn left” and “turn right”
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "mirrored_targets_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: mirrored_targets = …
    ### BEGIN SOLUTION
    mirrored_targets = ["eyes", "corners", "arrows"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "mirrored_targets_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "mirrored_targets",
    {
        "eyes": "a face: x and y of the person's left eye, then of the right eye",
        "wheels": "a car from its side: x and y of the front wheel, then of the rear wheel",
        "corners": "a box as (x1, y1, x2, y2), its upper left and its lower right corner",
        "middle": "a box as (b_x, b_y, b_h, b_w), its midpoint and its size",
        "arrows": "a road sign: one of the classes “turn left” and “turn right”",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "mirrored_targets_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("mirrored_targets") as check:
    because = {
        "eyes": (
            "What was the left eye looks like a right one now. The two have to change places in the "
            "target, or the same number means two things."
        ),
        "wheels": (
            "A car that drives to the other side still has its front wheel in front. Its place moves, "
            "its meaning stays."
        ),
        "corners": (
            "With x1 < x2, 1 − x1 lies to the *right* of 1 − x2. The two have to be exchanged, or the "
            "box is −w wide."
        ),
        "middle": "The midpoint moves to 1 − b_x. Width and height are no places: they stay.",
        "arrows": (
            "An arrow to the left points to the right in the mirror. There is no x in the target, but "
            "the class has to change."
        ),
    }
    check.answer(value(mirrored_targets), {"eyes", "corners", "arrows"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Windows in between
#
# A classifier for small windows has: a convolution of 5 × 5 with stride 1; a pooling of 2 × 2 with stride 2; a
# convolution of 3 × 3 with stride 3; a pooling of 2 × 2 with stride 2; and dense layers. You turned these into
# convolutions, so on a large picture it gives a map.
#
# The map's windows are too far apart for you. You want one to begin at every fourth pixel, in both directions, and
# you leave the network as it is. How many times must you run it, each time with the picture shifted by another
# distance?

# %% nbgrader={"grade": false, "grade_id": "shifted_passes_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: shifted_passes = …
    ### BEGIN SOLUTION
    shifted_passes = 9
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "shifted_passes_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("shifted_passes", unit="passes")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "shifted_passes_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("shifted_passes") as check:
    because = {
        "right": (
            "The map's windows lie 2 · 3 · 2 = 12 pixels apart. Shifts by 0, 4 and 8 fill the gaps, "
            "down and across: 3 · 3 = 9 passes."
        ),
        3: "That fills the gaps in one direction. Each shift across is needed with each shift down.",
        1: (
            "You counted the poolings only. The second convolution moves by three of the pixels that it sees."
        ),
        2: (
            "You counted the windows to be added in one direction. The picture as it is needs a pass, "
            "too, and there are two directions."
        ),
        8: "These are the passes to be added. The picture as it is needs one, too.",
        16: "With four shifts in each direction the windows begin at every *third* pixel.",
        144: "That gives a window at every pixel. You need only every fourth, down and across.",
        4: (
            "With two shifts in each direction the windows begin at every *sixth* pixel. The strides "
            "are multiplied: 2 · 3 · 2 = 12."
        ),
    }
    check.answer(value(shifted_passes), 9, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Sheep in a row
#
# Five boxes have passed the threshold on the score. All of them reach from y = 0 to y = 10. Non-max suppression
# follows, class by class, with an IoU of 0.5. Which boxes are kept?
#
# - `a`: sheep, score 0.90, from x = 0 to 12
# - `b`: sheep, score 0.80, from x = 3 to 15
# - `c`: sheep, score 0.75, from x = 6 to 18
# - `d`: sheep, score 0.70, from x = 9 to 21
# - `e`: dog, score 0.65, from x = 1 to 13
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "kept_boxes_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: kept_boxes = …
    ### BEGIN SOLUTION
    kept_boxes = ["a", "c", "e"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "kept_boxes_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "kept_boxes",
    {
        "a": "sheep, score 0.90, from x = 0 to 12",
        "b": "sheep, score 0.80, from x = 3 to 15",
        "c": "sheep, score 0.75, from x = 6 to 18",
        "d": "sheep, score 0.70, from x = 9 to 21",
        "e": "dog, score 0.65, from x = 1 to 13",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "kept_boxes_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("kept_boxes") as check:
    because = {
        "a": "It has the highest score of all sheep, so nothing can suppress it.",
        "b": "With the first it shares 9 of 12 + 12 − 9 = 15: an IoU of 0.6.",
        "c": (
            "With the first it shares 6 of 12 + 12 − 6 = 18, an IoU of only 1/3. The second overlaps "
            "it further, but is gone already, and suppresses nothing."
        ),
        "d": (
            "With the third, which is kept, it shares 9 of 15: an IoU of 0.6. To the first it is no "
            "rival (3 of 21)."
        ),
        "e": (
            "It lies on the first nearly exactly. But it is a dog, and the first is a sheep: the "
            "classes do not compete."
        ),
    }
    check.answer(value(kept_boxes), {"a", "c", "e"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. What is a find worth?
#
# The pictures of a harbour show five buoys. The fifth, far out at sea, is marked *to be ignored*. These are all the
# detections of buoys; none overlaps a buoy that is not in its row.
#
# | score | overlaps | IoU |
# | --- | --- | --- |
# | 0.95 | the first buoy | 0.6 |
# | 0.90 | the first buoy | 0.9 |
# | 0.80 | the fifth buoy | 0.7 |
# | 0.60 | the second buoy | 0.8 |
#
# How large is the average precision at an IoU of 0.5? It is the mean at the recalls 0, 0.01, …, 1 again. Two decimals
# are enough.

# %% nbgrader={"grade": false, "grade_id": "buoy_precision_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: buoy_precision = …
    ### BEGIN SOLUTION
    buoy_precision = 0.42
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "buoy_precision_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("buoy_precision", unit="")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "buoy_precision_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("buoy_precision") as check:
    because = {
        "right": (
            "The fifth buoy is not there: neither among the objects, of which there are four, nor in "
            "the ranking. Hit, false alarm, hit: precision 1 up to recall 0.25, 2/3 up to 0.5, then "
            "0. (26 · 1 + 25 · 2/3) / 101 = 0.42."
        ),
        0.38: (
            "You took the third detection for a false alarm. Who finds what is to be ignored is not "
            "punished for it."
        ),
        0.34: "You counted five objects. The fifth need not be found.",
        0.33: "You counted five objects. The fifth need not be found.",
        0.5: (
            "Three ways lead here. It is the recall at the end. It is what you get if the fifth buoy counts like the "
            "others, as an object and as a hit: but what is to be ignored counts neither way. And it is what you get if "
            "the second detection counts neither way: but a buoy is found once, and the second time is a false alarm, "
            "however well it fits."
        ),
        0.31: (
            "You counted five objects, and took the third detection for a false alarm. What is to be ignored counts "
            "neither way."
        ),
        0.63: (
            "You took the third detection for a hit. Who finds what is to be ignored is not praised for it, either."
        ),
        0.67: (
            "That is the precision at the end. The average is taken over all recalls, also those that "
            "are never reached: there it is 0."
        ),
        0.75: (
            "You let the first buoy be found twice. But the second time is a false alarm, however "
            "well it fits."
        ),
    }
    check.answer(value(buoy_precision), 0.42, because, 0.01)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Not a word yet
#
# A YOLO looks at pictures that are 320 pixels wide and 160 pixels high, with a grid of 4 × 4 cells. The weights and
# biases of its last layer have just been set to 0, so each *raw* number that it gives is 0. Rows and columns are
# counted from 0. One of its anchors is 0.6 cells wide and 1.5 cells high.
#
# Look at this anchor's box in row 1, column 2. At which x, in pixels of the picture, is its left edge?

# %% nbgrader={"grade": false, "grade_id": "left_edge_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: left_edge = …
    ### BEGIN SOLUTION
    left_edge = 176
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "left_edge_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("left_edge", unit="pixels")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "left_edge_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("left_edge") as check:
    because = {
        "right": (
            "A cell is 80 pixels wide. σ(0) = 0.5 puts the midpoint into the middle of column 2: 2.5 "
            "· 80 = 200. e⁰ = 1 makes the box as wide as its anchor, 0.6 · 80 = 48. 200 − 24 = 176."
        ),
        200: "That is the midpoint. e⁰ is 1, not 0: the box is as wide as its anchor.",
        136: "The sigmoid of 0 is 0.5: the midpoint lies in the middle of the cell, not at its corner.",
        160: (
            "That is the left edge of the cell. The midpoint lies in the cell's middle, and the box "
            "is narrower than the cell."
        ),
        152: "You subtracted the whole width. Only half of the box lies to the left of its midpoint.",
        140: "You took the anchor's height for its width.",
        96: "You took the row for the column, or counted columns from 1. Column 2 is the third of four.",
        88: "You took cells of 40 pixels. They are 40 high and 80 wide.",
        104: "You took 0.6 as a share of the picture. It is 0.6 of a cell.",
        224: "That is the right edge.",
    }
    check.answer(value(left_edge), 176, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. No room in the target
#
# A YOLO has pictures of 256 × 256 pixels, a grid of 8 × 8, and two anchors in each cell: an upright one, which is
# most like every person, and a wide one, which is most like every car. Of which pictures can the training target not
# hold *all* objects?
#
# - `border`: two persons, midpoints (62, 100) and (66, 100), whose boxes overlap with an IoU of 0.8
# - `apart`: two persons, midpoints (36, 36) and (60, 60), each 6 pixels wide and 15 high
# - `front`: a person and a car, both with the midpoint (100, 100)
# - `three`: a person, a car, and a second car behind it, midpoints (130, 130), (135, 140) and (150, 135)
# - `many`: 64 persons, the midpoint of each in another cell
#
# More than one may be right.

# %% nbgrader={"grade": false, "grade_id": "lost_objects_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a list of ids here: lost_objects = …
    ### BEGIN SOLUTION
    lost_objects = ["apart", "three"]
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "lost_objects_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "lost_objects",
    {
        "border": "two persons, midpoints (62, 100) and (66, 100), whose boxes overlap with an IoU of 0.8",
        "apart": "two persons, midpoints (36, 36) and (60, 60), each 6 pixels wide and 15 high",
        "front": "a person and a car, both with the midpoint (100, 100)",
        "three": "a person, a car, and a second car behind it, midpoints (130, 130), (135, 140) and (150, 135)",
        "many": "64 persons, the midpoint of each in another cell",
    },
    many=True,
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "lost_objects_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("lost_objects") as check:
    because = {
        "border": (
            "A cell is 32 pixels wide, and between the midpoints lies the border x = 64. Each has a "
            "cell of its own. (Later, when suppression looks at the answer, one of them is in "
            "danger.)"
        ),
        "apart": (
            "Both midpoints lie in row 1, column 1, and both want the upright place. That they do not "
            "touch is no help: the later one overwrites the other."
        ),
        "front": ("One cell, but two places in it: the person takes the upright one, the car the wide one."),
        "three": "Three objects, and two places in their cell. The cars want the same one.",
        "many": (
            "Each person has the upright place of a cell to itself. It does not matter how many there "
            "are, as long as no two want the same place."
        ),
    }
    check.answer(value(lost_objects), {"apart", "three"}, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Where does the time go?
#
# A Fast R-CNN looks at a picture. Finding 2000 proposals in it takes 300 ms, the convolutions 200 ms, and what comes
# after them 1 ms *for each proposal*. Which one of these changes makes it at least twice as fast?
#
# - `backbone`: convolutions that take half the time
# - `network`: a small network on the shared volume that finds 2000 proposals in 20 ms
# - `regions`: 300 proposals in place of 2000, found in the same 300 ms
# - `crops`: each proposal cut out of the picture, so that the convolutions get small pictures only

# %% nbgrader={"grade": false, "grade_id": "slow_regions_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: slow_regions = …
    ### BEGIN SOLUTION
    slow_regions = "regions"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "slow_regions_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "slow_regions",
    {
        "backbone": "convolutions that take half the time",
        "network": "a small network on the shared volume that finds 2000 proposals in 20 ms",
        "regions": "300 proposals in place of 2000, found in the same 300 ms",
        "crops": "each proposal cut out of the picture, so that the convolutions get small pictures only",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "slow_regions_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("slow_regions") as check:
    because = {
        "backbone": "The convolutions run once for all proposals, so that saves 100 of 2500 ms.",
        "network": (
            "That is a Faster R-CNN, and it saves 280 of 2500 ms. The 2000 small passes remain. (What "
            "a good proposal network brings besides: fewer proposals will do.)"
        ),
        "regions": (
            "300 + 200 + 300 = 800 ms in place of 2500. The price: an object that none of the 300 "
            "covers is lost, whatever comes after."
        ),
        "crops": (
            "That is an R-CNN. Even if a cut-out took only 1 ms, 2000 of them would take 2000 ms in "
            "place of 200."
        ),
    }
    check.answer(value(slow_regions), "regions", because)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Four stamps
#
# A transposed convolution with stride 2 and without padding makes 5 × 5 of 2 × 2. What comes in is [[1, 2], [3, 4]],
# and the filter is [[1, 0, 2], [0, 3, 0], [5, 0, 4]]. Which number stands in the centre of the result?

# %% nbgrader={"grade": false, "grade_id": "centre_number_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write a number here: centre_number = …
    ### BEGIN SOLUTION
    centre_number = 24
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "centre_number_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask("centre_number", unit="")

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "centre_number_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("centre_number") as check:
    because = {
        "right": (
            "All four prints meet there: the first with its lower right corner, 1 · 4, the second "
            "with its lower left, 2 · 5, the third with its upper right, 3 · 2, the fourth with its "
            "upper left, 4 · 1. 4 + 10 + 6 + 4 = 24."
        ),
        4: "That is a single print. All four reach the centre, and where prints overlap they are added.",
        36: "You turned the filter by half a turn. A stamp is pressed as it is.",
        12: (
            "That would be the middle of the last stamp. Its middle lies at row 3, column 3; the "
            "centre of the result is row 2, column 2."
        ),
        30: (
            "That would be the middle of all four stamps, in one place. But the stamps lie 2 apart: "
            "only their corners meet in the centre."
        ),
        6: "You took the mean of the four prints. They are added.",
        0: "Each print has a corner in the centre, and no corner of the filter is 0.",
    }
    check.answer(value(centre_number), 24, because)
### END HIDDEN TESTS

# %% [markdown]
# ## 10. A spot among ten thousand pixels
#
# An X-ray of 10,000 pixels shows a tumour of 100. Network A says “healthy” of every pixel. Network B finds all 100,
# and takes 100 healthy pixels around them for tumour, too. There are two classes, tumour and healthy. Which measures
# hold B to be better?
#
# - `none`: none of the three: share of right pixels, mean IoU, mean Dice
# - `dice`: only mean Dice; a mean IoU is too strict to reward a mask of twice the size
# - `all`: all three: share of right pixels, mean IoU, mean Dice
# - `two`: mean IoU and mean Dice

# %% nbgrader={"grade": false, "grade_id": "better_mask_solution", "locked": false, "schema_version": 3, "solution": true, "task": false}
with quiz.answer_here():  # click below, or write an id here: better_mask = …
    ### BEGIN SOLUTION
    better_mask = "two"
    ### END SOLUTION

# %% jupyter={"source_hidden": true} nbgrader={"grade": false, "grade_id": "better_mask_choices", "locked": true, "schema_version": 3, "solution": false, "task": false}
quiz.ask(
    "better_mask",
    {
        "none": "none of the three: share of right pixels, mean IoU, mean Dice",
        "dice": "only mean Dice; a mean IoU is too strict to reward a mask of twice the size",
        "all": "all three: share of right pixels, mean IoU, mean Dice",
        "two": "mean IoU and mean Dice",
    },
)

# %% tags=["question"] nbgrader={"grade": true, "grade_id": "better_mask_hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Judged when your notebook is graded.
### BEGIN HIDDEN TESTS
from cnnkit.check import Check
from cnnkit.testing import value

with Check("better_mask") as check:
    because = {
        "none": (
            "A has nothing of the tumour and B all of it. A measure that takes each class by itself "
            "sees that."
        ),
        "dice": (
            "For one class, IoU and Dice always agree on who is better. At the tumour that is B by "
            "far, and elsewhere the two are nearly alike."
        ),
        "all": (
            "Both have 9,900 right pixels: A misses 100, and B invents 100. By that share they are equals."
        ),
        "two": (
            "Tumour: A has an IoU of 0, B one of 100/200. Healthy: 0.99 for both. So mean IoU is "
            "about 0.5 against 0.74, mean Dice about 0.5 against 0.83. Both have 99 % of the pixels "
            "right."
        ),
    }
    check.answer(value(better_mask), "two", because)
### END HIDDEN TESTS

# %% [markdown]
# ## Summary
#
# You can say what a target holds and what a loss asks for, which boxes survive and what they are worth, and where a
# picture's numbers and a network's time go. If a question was hard, look again: lesson 3.1 for questions 1 and 2, 3.2
# for question 3, 3.3 for 4 and 5, 3.4 for 6 and 7, 3.5 for 8, and 3.6 for 9 and 10.
