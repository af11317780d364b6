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
# # Convolutional networks, built by hand
#
# **Start here.** Click a lesson in the table below, and it opens beside this page. Each lesson is a notebook that asks you
# to write parts of a network yourself.
#
# - **Do:** read from the top, and run each cell with Shift+Enter. Where a cell says `raise NotImplementedError()`, write
#   your own lines in its place.
# - **Check:** run the test below your lines. It says "passed", or what is wrong and where.
# - **Keep and hand in:** save in the menu *File*, *Save Notebook* (Ctrl+S does it too, while the cursor is in no widget).
#   Run the cell `cnnkit.desk()` at the top of a lesson: this is your desk, which says where your work is kept. Its button
#   *Check and hand in* says what is still open, and packs one file for your teacher.
#
# ## How far you are
#
# Run the next cell to see it anew: click into it, and press Shift+Enter. It runs none of your notebooks.

# %% nbgrader={"grade": false, "grade_id": "home", "locked": true, "schema_version": 3, "solution": false, "task": false}
import cnnkit

cnnkit.home()

# %% [markdown]
# ## The course
#
# *Machine time* is what a whole notebook takes on one core, solved, training included. Hidden tests, which run when you are
# graded, decide on a part of the points. Numbers under *what it needs* are lessons.
#
# MAP
