"""Widgets to try an idea by hand. Sliders, fields, menus and buttons only, so that a keyboard is enough."""

from cnnkit.widgets.depths import depth_explorer
from cnnkit.widgets.kernels import kernel_editor
from cnnkit.widgets.sizes import size_explorer
from cnnkit.widgets.stepper import window_stepper

__all__ = ["depth_explorer", "kernel_editor", "size_explorer", "window_stepper"]
