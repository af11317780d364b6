"""Widgets to try an idea by hand. Fields, menus and buttons only, so that a keyboard is enough."""

from cnnkit.widgets.anchors import anchor_designer
from cnnkit.widgets.augment import augmentation_playground
from cnnkit.widgets.boxes import overlap_explorer, suppression_stepper, threshold_explorer
from cnnkit.widgets.costs import inception_costs
from cnnkit.widgets.database import face_database
from cnnkit.widgets.depths import depth_explorer
from cnnkit.widgets.grid import grid_inspector
from cnnkit.widgets.kernels import kernel_editor
from cnnkit.widgets.scaling import scaling_explorer
from cnnkit.widgets.sizes import size_explorer
from cnnkit.widgets.stepper import window_stepper
from cnnkit.widgets.style import style_studio
from cnnkit.widgets.triplets import triplet_explorer
from cnnkit.widgets.units import unit_browser
from cnnkit.widgets.verification import verification_explorer
from cnnkit.widgets.walk import network_walk
from cnnkit.widgets.windows import window_explorer

__all__ = [
    "anchor_designer",
    "augmentation_playground",
    "depth_explorer",
    "face_database",
    "grid_inspector",
    "inception_costs",
    "kernel_editor",
    "network_walk",
    "overlap_explorer",
    "scaling_explorer",
    "size_explorer",
    "style_studio",
    "suppression_stepper",
    "threshold_explorer",
    "triplet_explorer",
    "unit_browser",
    "verification_explorer",
    "window_explorer",
    "window_stepper",
]
