"""Each widget and each kind of question in JupyterLab: by mouse and by keyboard alone it shows what it should."""

import base64
import importlib
import inspect
import io
import json
import pkgutil
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import student_lesson
from axe import violations
from ipywidgets import Widget
from lab import Notebook, lab, write
from PIL import Image
from playwright.sync_api import expect
from scipy.signal import correlate2d
from torch import nn

from cnnkit import widgets
from cnnkit.results import Said, digest_of, file_of, keep
from cnnkit.widgets.scaling import network_cost

SETUP = """
import os, time
from pathlib import Path
import ipywidgets
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
handle = ipywidgets.Widget._handle_msg
def timed(self, message):
    start = time.perf_counter()
    handle(self, message)
    with Path("took.txt").open("a") as file:
        file.write(f"{time.perf_counter() - start}\\n")
ipywidgets.Widget._handle_msg = timed

import numpy as np
import torch
from cnnkit import widgets
from cnnkit.data import photo
from cnnkit.widgets.layers import layer_table_builder
from cnnkit.quiz import Quiz
quiz = Quiz("work/quiz/answers.json")
noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
def table(model, shape):
    x, rows = torch.zeros(1, *shape), []
    for name, layer in model.named_children():
        x = layer(x)
        rows.append((name, tuple(x.shape[1:]), x[0].numel(), sum(p.numel() for p in layer.parameters())))
    return rows
from cnnkit.nets.boxes import overlap
def iou(boxes1, boxes2):
    return overlap(torch.cat([boxes1, boxes2]))[:len(boxes1), len(boxes1):]
scores, classes = torch.tensor([0.5, 0.9, 0.625, 0.75]), torch.tensor([1, 1, 0, 1])
boxes = torch.tensor([[10.0, 0, 50, 10], [10, 0, 50, 40], [10, 0, 50, 40], [10, 0, 50, 20]])
"""
IMAGE = np.random.default_rng(0).integers(-9, 10, size=(6, 7))
KERNEL = np.random.default_rng(1).integers(-3, 4, size=(3, 3))
CHOICES = {"oak": "It has acorns.", "ash": "It has no acorns.", "elm": "Nor has it."}
NETWORKS = {
    "wide": [
        ("input", (1, 40, 40), 0),
        ("conv1", (6, 40, 40), 60),
        ("pool1", (6, 20, 20), 0),
        ("dense1", (500,), 900),
    ],
    "deep": [("input", (3, 8, 8), 0), ("dense1", (10,), 1930)],
    "long": [(f"stage{i}", (1, 8, 8), i) for i in range(50)],
}
RUNS = [
    {"depth": depth, "kind": kind, "seed": seed, "errors": [high + 10 * seed, high - 4 * seed, high // 2]}
    for depth, kind, high in (
        (8, "plain", 40), (8, "residual", 32), (20, "plain", 60), (20, "residual", 28), (44, "plain", 80),
        (44, "residual", 24),
    )
    for seed in (0, 1)
]  # fmt: skip
PICTURE, NAMES = np.random.default_rng(0).integers(0, 256, (12, 16, 3)), ("wall", "car")
TENTH = 0.1  # of a second
LOOK = """one => {
    const shown = one.type === 'radio' || one.type === 'checkbox' ? one.closest('.jupyter-widgets') : one;
    return [one, shown].map(it => { const s = getComputedStyle(it);
        return [s.outlineStyle, s.outlineColor, s.boxShadow, s.borderColor].join(); }).join();
}"""


@dataclass
class Hand:
    """The widget of one cell, and a hand that uses it."""

    notebook: Notebook
    cell: Any
    folder: Path

    @property
    def page(self):
        return self.notebook.page

    def control(self, role, name):
        return self.cell.get_by_role(role, name=name, exact=True)

    def click(self, role, name):
        self.control(role, name).click()

    def up(self, name, times=1):
        """Press the small arrow of a number's field with the mouse."""
        field = self.control("spinbutton", name)
        field.hover()
        box = field.bounding_box()
        for _ in range(times):
            self.page.mouse.click(box["x"] + box["width"] - 9, box["y"] + box["height"] / 2 - 5)

    def tab(self, role, name):
        """Go to a control by Tab, or back by Shift+Tab; its look says that it has the focus."""
        wanted = self.control(role, name)
        before = wanted.evaluate(LOOK)
        for key in ["Tab"] * 20 + ["Shift+Tab"] * 40:
            if wanted.evaluate("one => one === document.activeElement"):
                break
            self.page.keyboard.press(key)
        else:
            pytest.fail(f"Tab does not reach {name}")
        assert wanted.evaluate(LOOK) != before, f"{name} looks the same with the focus and without"

    def keys(self, role, name, *keys):
        self.tab(role, name)
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(50)
        assert self.cell.evaluate("one => one.contains(document.activeElement)"), "the focus went away"

    def awaited(self, read, expected):
        """What `read` finds becomes what is expected."""
        for _ in range(100):
            if (found := read()) == expected:
                return
            self.page.wait_for_timeout(50)
        assert found == expected

    def tables(self):
        """The tables' numbers; None for what is hidden."""
        rows = "all => all.map(one => [...one.rows].map(row => [...row.cells].map(cell => cell.innerText)))"
        found = self.cell.locator(".jp-OutputArea table").evaluate_all(rows)
        return [[[number(text) for text in row] for row in table] for table in found]

    def said(self):
        return self.cell.locator(".jp-OutputArea p").first.inner_text()

    def pictures(self):
        sources = self.cell.locator(".jp-OutputArea img").evaluate_all("all => all.map(one => one.src)")
        return [np.asarray(Image.open(io.BytesIO(base64.b64decode(s.split(",")[1]))), float) for s in sources]


def number(text):
    plain = text.replace("−", "-").replace(",", "")
    return None if text == "?" else float(plain) if re.fullmatch(r"-?[\d.]+", plain) else text


def stepper(hand, keyboard):
    padded = np.pad(IMAGE, 1)
    output = [[np.sum(padded[i : i + 3, j : j + 3] * KERNEL) for j in range(0, 7, 2)] for i in range(0, 6, 2)]

    def at(row, column):
        window = padded[2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        shown = [[v if 4 * r + c <= 4 * row + column else None for c, v in enumerate(line)]
                 for r, line in enumerate(output)]  # fmt: skip
        expected = [padded.tolist(), KERNEL.tolist(), (window * KERNEL).tolist(), shown]
        hand.awaited(hand.tables, expected)
        assert hand.said().startswith(f"output[{row}, {column}]")

    at(0, 0)
    if keyboard:
        hand.keys("button", "Next", "Space", "Enter", "Space")
        at(0, 3)
        hand.keys("button", "Back", "Space")
        at(0, 2)
        hand.keys("spinbutton", "Output row", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown")
        at(1, 2)
        hand.keys("spinbutton", "Output column", "Control+a", "3", "Enter")
        at(1, 3)
    else:
        for _ in range(5):
            hand.click("button", "Next")
        at(1, 1)
        hand.click("button", "Back")
        at(1, 0)
        hand.up("Output row")
        at(2, 0)


def sizes(hand, keyboard):
    def at(n, f, p, s):
        side = n + 2 * p
        starts = [i for i in range(0, side, s) if i + f <= side]
        along = [sum(i <= pixel < i + f for i in starts) for pixel in range(side)]
        size = len(starts)
        order = [[size * i + j + 1 for j in range(size)] for i in range(size)]
        hand.awaited(hand.tables, [[[a * b for b in along] for a in along], order])
        assert f"= {size}." in hand.said()

    at(6, 3, 0, 1)
    if keyboard:
        hand.keys("spinbutton", "image n", "ArrowUp")
        at(7, 3, 0, 1)
        hand.keys("spinbutton", "padding p", "Control+a", "2", "Enter")
        at(7, 3, 2, 1)
        hand.keys("spinbutton", "stride s", "ArrowUp", "ArrowUp")
        at(7, 3, 2, 3)
        hand.keys("spinbutton", "filter f", "ArrowDown")
        at(7, 2, 2, 3)
    else:
        hand.up("image n", times=2)
        at(8, 3, 0, 1)
        hand.up("stride s")
        at(8, 3, 0, 2)
        hand.up("padding p")
        at(8, 3, 1, 2)
        hand.up("filter f")
        at(8, 4, 1, 2)


def kernels(hand, keyboard):
    def under(kernel):
        def same():
            before, after = hand.pictures()
            wanted = np.clip(correlate2d(before, np.reshape(kernel, (3, 3)), mode="valid"), 0, 255)
            return wanted.shape == after.shape and bool(np.abs(wanted - after).max() < 1.01)

        hand.awaited(same, True)

    if keyboard:
        hand.keys("combobox", "kernel", "Space", "ArrowDown", "ArrowDown", "Enter")
        under([0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.1])
        hand.keys("spinbutton", "0, 0", "Control+a", "0", "Enter")
        under([0, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.1])
        hand.keys("spinbutton", "1, 1", "ArrowUp")
        under([0, 0.1, 0.1, 0.1, 1, 0.1, 0.1, 0.1, 0.1])
        assert hand.control("combobox", "kernel").input_value() == "your own"
    else:
        hand.up("1, 2")
        under([1, 0, -1, 1, 0, 0, 1, 0, -1])
        hand.up("1, 1", times=2)
        under([1, 0, -1, 1, 2, 0, 1, 0, -1])


def layers(hand, keyboard):
    first = ["conv1", "37 × 37 × 10", 13690, 280, "100%"]

    def rows(*expected, total):
        def read():
            (found,) = hand.tables()
            return [[cell.strip() if isinstance(cell, str) else cell for cell in row] for row in found[2:]]

        hand.awaited(read, list(expected))
        assert f"{total:,} parameters in all" in hand.cell.locator("caption").inner_text()

    added = ["conv2", "18 × 18 × 8", 2592, 10 * 9 * 8 + 8, "72%"]
    rows(first, total=280)
    if keyboard:
        hand.keys("spinbutton", "stride", "ArrowUp")
        hand.keys("button", "Add this layer", "Space")
        rows([*first[:4], "28%"], added, total=1008)
        hand.keys("combobox", "Layer", "Space", "ArrowDown", "Enter")
        hand.keys("spinbutton", "f", "Control+a", "2", "Enter")
        hand.keys("button", "Add this layer", "Enter")
        rows([*first[:4], "28%"], added, ["pool1", "9 × 9 × 8", 648, 0, ""], total=1008)
        hand.keys("button", "Start again", "Space")
        rows(first, total=280)
    else:
        hand.up("stride")
        hand.click("button", "Add this layer")
        rows([*first[:4], "28%"], added, total=1008)
        hand.click("button", "Remove the last")
        rows(first, total=280)


def costs(hand, keyboard):
    def at(side, c, n1, r3, n3, r5, n5, n_pool):
        def row(name, *designs):
            cells, numbers = [name], []
            for n_C, layers in designs:
                built = [nn.Conv2d(*sizes, device="meta") for sizes in layers]
                products = sum(side**2 * layer.weight.numel() for layer in built)
                learned = sum(p.numel() for layer in built for p in layer.parameters())
                cells += [f"{side} × {side} × {n_C}", products, learned]
                numbers += [n_C, products, learned]
            return cells, numbers

        found = [
            row("1×1", (n1, [(c, n1, 1)]), (n1, [(c, n1, 1)])),
            row("3×3", (n3, [(c, r3, 1), (r3, n3, 3)]), (n3, [(c, n3, 3)])),
            row("5×5", (n5, [(c, r5, 1), (r5, n5, 5)]), (n5, [(c, n5, 5)])),
            row("pooling", (n_pool, [(c, n_pool, 1)]), (c, [])),
        ]
        total = np.sum([numbers for _, numbers in found], axis=0).tolist()
        total[::3] = [f"{side} × {side} × {n_C}" for n_C in total[::3]]
        hand.awaited(lambda: hand.tables()[0][1:], [*(cells for cells, _ in found), ["all", *total]])

    at(28, 192, 64, 96, 128, 16, 32, 32)
    if keyboard:
        hand.keys("spinbutton", "rows and columns", "ArrowDown")
        at(27, 192, 64, 96, 128, 16, 32, 32)
        hand.keys("spinbutton", "neck before 5×5", "Control+a", *"190", "Enter")
        at(27, 192, 64, 96, 128, 190, 32, 32)
        hand.keys("spinbutton", "1×1 after the pooling", "ArrowUp", "ArrowUp")
        at(27, 192, 64, 96, 128, 190, 32, 40)
        hand.keys("spinbutton", "channels in", "Control+a", *"30", "Enter")
        at(27, 30, 64, 96, 128, 190, 32, 40)
    else:
        hand.up("channels in", times=2)
        at(28, 200, 64, 96, 128, 16, 32, 32)
        for name in ("1×1", "neck before 3×3", "3×3", "5×5"):
            hand.up(name)
        at(28, 200, 68, 100, 132, 16, 36, 32)


def in_one_row(cell, width):
    """Whether, in a window so narrow, each strip's columns stand on one line, show, and stay within the output."""
    read = """all => all.every(strip => {
        const boxes = [...strip.children].map(one => one.getBoundingClientRect());
        const right = strip.closest('.jp-OutputArea-output').getBoundingClientRect().right;
        return boxes.every(one => one.width >= 1 && one.right <= right && one.bottom === boxes[0].bottom);
    })"""
    page, before = cell.page, cell.page.viewport_size
    page.set_viewport_size({**before, "width": width})
    page.wait_for_timeout(500)
    found = cell.locator(".jp-OutputArea [role=img]").evaluate_all(read)
    page.set_viewport_size(before)
    return found


def grid(hand, keyboard):
    orange = (230, 159, 0)

    def at(row, column, anchor, p_c, box):
        """The words, and the box's frame in the picture: first and last column and row."""

        def framed():
            rows, columns = np.nonzero((hand.pictures()[0] == orange).all(axis=2))
            return [int(n) // 4 for n in (columns.min(), rows.min(), columns.max(), rows.max())]

        hand.awaited(
            lambda: hand.said().split(";")[0], f"row {row}, column {column}, anchor {anchor}: p_c {p_c}"
        )
        hand.awaited(framed, box)

    at(0, 0, 0, "0.00", [0, 0, 0, 0])
    if keyboard:
        hand.keys("button", "next object", "Space")
        at(1, 2, 1, "1.00", [54, 12, 66, 60])
        hand.keys("spinbutton", "row", "Control+a", "3", "Enter")
        hand.keys("spinbutton", "column", "ArrowDown", "ArrowDown")
        hand.keys("spinbutton", "anchor", "ArrowDown")
        at(3, 0, 0, "0.75", [0, 72, 42, 95])
    else:
        hand.click("button", "next object")
        at(1, 2, 1, "1.00", [54, 12, 66, 60])
        hand.click("button", "next object")
        at(3, 0, 0, "0.75", [0, 72, 42, 95])
        hand.up("column")
        at(3, 1, 0, "0.00", [24, 72, 24, 72])


def walk(hand, keyboard):
    def columns():
        """For each strip, the columns' heights in tenths of the highest, and which is framed."""
        read = """all => all.map(strip => [...strip.children].map(one => [
            one.getBoundingClientRect().height, getComputedStyle(one).outlineStyle !== 'none']))"""
        strips = hand.cell.locator(".jp-OutputArea [role=img]").evaluate_all(read)
        return [
            ([round(10 * high / (max(strip)[0] or 1)) for high, _ in strip], [framed for _, framed in strip])
            for strip in strips
        ]

    def at(name, stage, volume):
        stages = NETWORKS[name]
        sizes, learned = [np.prod(shape) for _, shape, _ in stages], [count for *_, count in stages]
        framed = [i == stage for i in range(len(stages))]
        expected = [([round(10 * n / max(all_)) for n in all_], framed) for all_ in (sizes, learned)]
        hand.awaited(columns, expected)
        assert hand.said().startswith(f"{stages[stage][0]}: {volume} = {sizes[stage]:,} numbers")
        assert f"; {learned[stage]:,} parameters" in hand.said()

    at("wide", 0, "40 × 40 × 1")
    if keyboard:
        hand.keys("spinbutton", "stage", "ArrowUp", "ArrowUp")
        at("wide", 2, "20 × 20 × 6")
        hand.keys("combobox", "network", "Space", "ArrowDown", "Enter")
        at("deep", 0, "8 × 8 × 3")
        hand.keys("spinbutton", "stage", "Control+a", "9", "Enter")
        at("deep", 1, "10")
    else:
        hand.up("stage", times=3)
        at("wide", 3, "500")
        hand.control("combobox", "network").select_option("deep")
        at("deep", 0, "8 × 8 × 3")
        hand.up("stage", times=3)
        at("deep", 1, "10")
        hand.control("combobox", "network").select_option("long")
        at("long", 0, "8 × 8 × 1")
        assert in_one_row(hand.cell, 800)


def depths(hand, keyboard):
    def curves():
        """For each drawing its lines in percent, by the grid from 0 to 100 % behind them."""
        read = """all => all.map(svg => [
            [...svg.querySelectorAll('path')].slice(0, 5).map(line => line.getBBox().y),
            [...svg.querySelectorAll('polyline')].map(line => [...line.points].map(point => point.y))])"""
        drawings = hand.cell.locator(".jp-OutputArea svg[role=img]").evaluate_all(read)
        return [
            [[round(100 * (grid[0] - y) / (grid[0] - grid[-1])) for y in line] for line in lines]
            for grid, lines in drawings
            if grid[0] != grid[-1]  # else the browser has not laid it out yet
        ]

    def at(depth, epoch):
        mean = {
            (d, kind): np.mean([run["errors"] for run in RUNS if (run["depth"], run["kind"]) == (d, kind)], 0)
            for d in (8, 20, 44) for kind in ("plain", "residual")
        }  # fmt: skip
        over_epochs = [mean[depth, kind].tolist() for kind in ("plain", "residual")]
        over_depths = [[mean[d, kind][epoch - 1] for d in (8, 20, 44)] for kind in ("plain", "residual")]
        hand.awaited(curves, [over_epochs, over_depths])
        said = f"Depth {depth} after epoch {epoch}. Plain: {mean[depth, 'plain'][epoch - 1]:.1f} % misread"
        assert hand.said().startswith(said)

    at(8, 1)
    if keyboard:
        hand.keys("spinbutton", "epoch", "ArrowUp", "ArrowUp")
        at(8, 3)
        hand.keys("combobox", "depth, layers", "Space", "ArrowDown", "ArrowDown", "Enter")
        at(44, 3)
    else:
        hand.up("epoch")
        at(8, 2)
        hand.control("combobox", "depth, layers").select_option("20")
        at(20, 2)


def scaling(hand, keyboard):
    def row(name, *factors):
        blocks, channels, side, learned, products = network_cost(*factors)
        return [
            name,
            blocks,
            channels,
            side,
            learned,
            products,
            round(products / network_cost(1, 1, 1)[-1], 2),
        ]

    def at(phi, *factors):
        scaled = [factor**phi for factor in factors]
        names = ("depth alone", "width alone", "resolution alone")
        alone = [
            row(name, *(scaled[place] if place == other else 1 for other in range(3)))
            for place, name in enumerate(names)
        ]
        expected = [row("the base", 1, 1, 1), *alone, row("all three", *scaled)]
        hand.awaited(lambda: hand.tables()[0][1:], expected)
        a_step = factors[0] * factors[1] ** 2 * factors[2] ** 2
        assert f"= {a_step:.2f} times as much, and φ = {phi:g} costs {a_step**phi:.2f} times" in hand.said()

    at(1, 1.2, 1.1, 1.15)
    if keyboard:
        hand.keys("spinbutton", "φ", "ArrowUp", "ArrowUp")
        at(2, 1.2, 1.1, 1.15)
        hand.keys("spinbutton", "depth", "Control+a", "1", "Enter")
        at(2, 1.0, 1.1, 1.15)
        hand.keys("spinbutton", "resolution", "Control+a", *"1.5", "Enter")
        at(2, 1.0, 1.1, 1.5)
    else:
        hand.up("φ")
        at(1.5, 1.2, 1.1, 1.15)
        hand.up("width", times=2)
        at(1.5, 1.2, 1.2, 1.15)


def augmentation(hand, keyboard):
    def shown(change):
        def same():
            before, after = hand.pictures()
            wanted = change(before)
            return wanted.shape == after.shape and bool(np.abs(wanted - after).max() < 1.01)

        hand.awaited(same, True)

    def darker(picture, by):
        return np.clip(picture - by, 0, 255)

    shown(lambda picture: np.roll(picture, 15, axis=1))
    if keyboard:
        hand.keys("checkbox", "rotate", "Space")
        shown(lambda picture: picture)
        hand.keys("checkbox", "mirror", "Space")
        shown(lambda picture: picture[:, ::-1])
        hand.keys("checkbox", "shear", "Space")
        hand.keys("spinbutton", "shear, pixels in 100 rows", "Control+a", *"20", "Enter")
        shown(lambda picture: darker(picture[:, ::-1], 51))
        hand.keys("combobox", "picture", "Space", "ArrowDown", "Enter")
        shown(lambda picture: darker(picture, 51) if picture.shape[:2] == (80, 160) else picture + 99)
    else:
        hand.up("rotate, degrees", times=2)
        shown(lambda picture: np.roll(picture, 17, axis=1))
        hand.click("checkbox", "mirror")
        shown(lambda picture: np.roll(picture[:, ::-1], 17, axis=1))
        hand.click("checkbox", "rotate")
        shown(lambda picture: picture[:, ::-1])
        hand.up("seed")
        shown(lambda picture: picture[:, ::-1])


def windows(hand, keyboard):
    def at(row, column, name):
        """The window and its place are framed, and the map is that of the class; both answers are the same."""
        x, y = 5 * column, 6 * row
        window = PICTURE[y : y + 6, x : x + 6]
        logits = np.array([window.sum(), window[0, 0, 0]]) / 25500
        share = 100 / (1 + np.exp(logits[0] - logits[1]))
        ways = ("this window alone", "one pass, at its place")
        lines = [f"{way}: wall {100 - share:.1f}%, car {share:.1f}%" for way in ways]
        hand.awaited(lambda: hand.said().splitlines()[:2], lines)
        hand.awaited(lambda: [framed(one) for one in hand.pictures()], [
            [x, y, x + 6, y + 6], [8 * column, 8 * row, 8 * column + 8, 8 * row + 8],
        ])  # fmt: skip
        level = hand.pictures()[1][8 * row + 3, 8 * column + 3, 0]
        assert abs(level - 2.55 * (share if name == "car" else 100 - share)) < 1.01

    at(0, 0, "wall")
    if keyboard:
        hand.keys("spinbutton", "Column", "ArrowUp", "ArrowUp")
        at(0, 2, "wall")
        hand.keys("combobox", "Map of", "Space", "ArrowDown", "Enter")
        at(0, 2, "car")
        hand.keys("button", "Next", "Space")
        at(1, 0, "car")
    else:
        hand.up("Row")
        at(1, 0, "wall")
        hand.click("button", "Back")
        at(0, 2, "wall")
        hand.control("combobox", "Map of").select_option("car")
        at(0, 2, "car")


def framed(drawn):
    """The corners x1, y1, x2, y2 of what is yellow."""
    rows, columns = np.nonzero((drawn == (255, 209, 0)).all(axis=2))
    return [int(n) for n in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]


def units(hand, keyboard):
    def at(layer, unit, last, x, y):
        """The words, the field's end, and the frame around the patch in its picture of 31 x 31 pixels."""
        answers = f"answers {unit + 2}.00 to {unit + 1}.00"
        words = f"{layer}, unit {unit} {answers}; its largest patch here has 6 × 6 pixels"
        hand.awaited(hand.said, words)
        assert hand.control("spinbutton", "unit").get_attribute("max") == str(last)
        patches, places = hand.pictures()
        assert patches.shape == places.shape
        corners = np.array(framed(places[:, :124]))
        assert np.abs(corners - np.array([x, y, x + 6, y + 6]) * 4).max() <= 2

    at("conv1", 0, 2, 0, 4)
    if keyboard:
        hand.keys("spinbutton", "unit", "ArrowUp")
        at("conv1", 1, 2, 5, 4)
        hand.keys("button", "Next", "Space", "Space")
        at("conv1", 0, 2, 0, 4)
        hand.keys("combobox", "layer", "Space", "ArrowDown", "Enter")
        at("conv2", 0, 4, 0, 10)
        hand.keys("spinbutton", "unit", "Control+a", "4", "Enter")
        at("conv2", 4, 4, 20, 10)
        hand.keys("button", "Back", "Enter")
        at("conv2", 3, 4, 15, 10)
    else:
        hand.click("button", "Back")
        at("conv1", 2, 2, 10, 4)
        hand.click("button", "Next")
        at("conv1", 0, 2, 0, 4)
        hand.control("combobox", "layer").select_option("conv2")
        at("conv2", 0, 4, 0, 10)
        hand.up("unit", times=2)
        at("conv2", 2, 4, 10, 10)


def overlaps(hand, keyboard):
    def at(box1, box2):
        sides = [max(0, min(box1[i + 2], box2[i + 2]) - max(box1[i], box2[i])) for i in (0, 1)]
        common, (one, two) = np.prod(sides), [(b[2] - b[0]) * (b[3] - b[1]) for b in (box1, box2)]
        union = one + two - common
        expected = (
            f"Union {one} + {two} − {common} = {union}. IoU = {common} / {union} = {common / union:.3f}."
        )
        hand.awaited(lambda: hand.said().partition("Union")[1:], ("Union", expected.partition("Union")[2]))
        read = "all => all.map(one => one.width.baseVal.value / 18)"
        widths = hand.cell.locator(".jp-OutputArea svg > rect").evaluate_all(read)
        drawn = [one[2] - one[0] for one in (box1, box2)]
        assert widths == ([sides[0], *drawn] if common else drawn)

    at((2, 2, 8, 8), (5, 4, 12, 9))
    if keyboard:
        hand.keys("spinbutton", "second x1", "ArrowDown", "ArrowDown")
        at((2, 2, 8, 8), (3, 4, 12, 9))
        hand.keys("spinbutton", "first y2", "Control+a", *"10", "Enter")
        at((2, 2, 8, 10), (3, 4, 12, 9))
        hand.keys("spinbutton", "second y1", "Control+a", "9", "Enter")
        at((2, 2, 8, 10), (3, 9, 12, 9))
    else:
        hand.up("second x1", times=3)
        at((2, 2, 8, 8), (8, 4, 12, 9))
        hand.up("first x2")
        at((2, 2, 9, 8), (8, 4, 12, 9))


def suppression(hand, keyboard):
    def at(words, thick, dashed, thin):
        hand.awaited(hand.said, words)
        read = """all => all.map(one => [one.getAttribute('stroke'), one.getAttribute('stroke-width'),
            one.getAttribute('stroke-dasharray')])"""
        drawn = hand.cell.locator(".jp-OutputArea svg > rect").evaluate_all(read)
        looks = [(width, bool(dash)) for colour, width, dash in drawn if colour != "#fff"]
        assert [looks.count(look) for look in (("4", False), ("2", True), ("1", False))] == [
            thick,
            dashed,
            thin,
        ]

    at("Step 1 of 3: kept car 0.90, suppressed 1; 2 boxes wait.", 1, 1, 2)
    if keyboard:
        hand.keys("button", "Next", "Space", "Enter")
        at("Step 3 of 3: kept car 0.50, suppressed 0; 0 boxes wait.", 3, 0, 0)
        hand.keys("button", "Back", "Space")
        at("Step 2 of 3: kept person 0.62, suppressed 0; 1 boxes wait.", 2, 0, 1)
        hand.keys("spinbutton", "threshold", "Control+a", *"0.9", "Enter")
        at("Step 2 of 4: kept car 0.75, suppressed 0; 2 boxes wait.", 2, 0, 2)
        hand.keys("spinbutton", "step", "ArrowDown", "ArrowDown")
        at("Step 0: 4 boxes wait, the highest score first.", 0, 0, 4)
    else:
        hand.click("button", "Next")
        at("Step 2 of 3: kept person 0.62, suppressed 0; 1 boxes wait.", 2, 0, 1)
        hand.up("threshold")
        at("Step 2 of 4: kept car 0.75, suppressed 0; 2 boxes wait.", 2, 0, 2)
        hand.click("button", "Back")
        at("Step 1 of 4: kept car 0.90, suppressed 0; 3 boxes wait.", 1, 0, 3)


def thresholds(hand, keyboard):
    def at(right, wrong):
        share = f"{right / (right + wrong):.2f}" if right + wrong else "undefined"
        words = f"{right} hits, {wrong} false alarms, {4 - right} missed: precision {share}, recall {right / 4:.2f}."
        hand.awaited(hand.said, f"{words} Average precision of the whole curve: 0.250.")
        read = "all => all.map(one => one.cx.baseVal.value)"
        dots = hand.cell.locator(".jp-OutputArea svg > circle").evaluate_all(read)
        assert dots == ([pytest.approx(46 + right / 4 * (480 - 66), abs=0.1)] if right + wrong else [])

    at(2, 2)
    if keyboard:
        hand.keys("spinbutton", "threshold", "Control+a", *"0.7", "Enter", "ArrowDown", "ArrowDown")
        at(1, 2)
        for key in ("Control+a", "1", "Enter"):
            hand.page.keyboard.press(key)
        at(0, 0)
    else:
        hand.up("threshold", times=2)
        at(1, 2)


def triplets(hand, keyboard):
    def at(points, alpha, kind):
        """The triplet's loss, the radii of the ring, and where the three points are drawn."""
        (near, far), unit = ((points[0] - points[[1, 2]]) ** 2).sum(1), 388 / 3
        loss = max(near - far + alpha, 0)
        words = f"d(A, P) = {near:.3f}, d(A, N) = {far:.3f}, alpha = {alpha:.3f}: loss {loss:.3f}. "
        words += f"The negative is {kind}:"
        hand.awaited(lambda: hand.said()[: len(words)], words)
        circles = hand.cell.locator(".jp-OutputArea svg circle")
        radii = circles.evaluate_all("all => all.slice(1, 3).map(one => one.r.baseVal.value)")
        assert [r / unit for r in radii] == pytest.approx([near**0.5, (near + alpha) ** 0.5], abs=0.001)
        read = """all => all.filter(one => one.textContent).map(one => {
            const {e, f} = one.transform.baseVal.consolidate().matrix; return [one.textContent, e, f]; })"""
        drawn = hand.cell.locator(".jp-OutputArea svg g[transform]").evaluate_all(read)
        places = {name: [(x - 248) / unit, (220 - y) / unit] for name, x, y in drawn}
        found = [places[role] for role in ("anchor", "positive", "negative")]
        assert np.array(found) == pytest.approx(points, abs=0.002)

    points = np.array([[0, 0], [0.6, 0], [0.5, 0.2]])
    at(points, 0.2, "hard")
    if keyboard:
        hand.keys("combobox", "negative", "Space", "ArrowUp", "Enter")
        at(np.array([[0, 0], [0.6, 0], [0, 1.0]]), 0.2, "easy")
        hand.keys("spinbutton", "negative x", *["ArrowUp"] * 3)
        at(np.array([[0, 0], [0.6, 0], [0.15, 1.0]]), 0.2, "easy")
        hand.keys("combobox", "negative", "Space", "ArrowDown", "Enter")
        at(points, 0.2, "hard")
        hand.keys("spinbutton", "anchor y", "Control+a", *"-0.2", "Enter")
        points[0, 1] = -0.2
        at(points, 0.2, "semi-hard")
        hand.keys("spinbutton", "alpha", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
        at(points, 0.0, "easy")
        hand.keys("button", "Start again", "Space")
        points[0, 1] = 0
        at(points, 0.0, "hard")
        hand.keys("button", "Step", "Enter")
        a, p, n = points
        at(points - 0.08 * np.array([n - p, p - a, a - n]), 0.0, "easy")
        hand.keys("checkbox", "on the unit circle", "Space")
        hand.awaited(lambda: hand.cell.locator(".jp-OutputArea svg circle").count(), 4)
    else:
        hand.control("combobox", "anchor").select_option("Ben-2")
        points = np.array([[0.5, 0.2], [0, 1.0], [0, 0]])
        at(points, 0.2, "hard")
        hand.up("positive x", times=2)
        points[1, 0] = 0.1
        at(points, 0.2, "hard")
        hand.click("button", "Step")
        a, p, n = points
        at(points - 0.08 * np.array([n - p, p - a, a - n]), 0.2, "hard")
        hand.click("button", "Step of all")
        hand.click("button", "Start again")
        at(np.array([[0.5, 0.2], [0, 1.0], [0, 0]]), 0.2, "hard")


def verification(hand, keyboard):
    def at(tau, accepts, rejects):
        """The confusion, and the dot on the curve and the line over the histograms at their places."""
        rows = [["same person", 4 - rejects, f"{rejects} false rejects"],
                ["different people", f"{accepts} false accepts", 5 - accepts]]  # fmt: skip
        words = f"tau {tau:g}: of 5 pairs of different people {accepts} "
        hand.awaited(lambda: hand.said()[: len(words)], words)
        assert hand.tables()[0][1:] == rows
        assert "closest at tau 0.65: 20.0% and 25.0%." in hand.said()
        dot = hand.cell.locator(".jp-OutputArea svg circle").evaluate_all(
            "all => all.map(one => [one.cx.baseVal.value, one.cy.baseVal.value])"
        )
        assert dot == [pytest.approx([54 + 342 * accepts / 5, 26 + 232 * rejects / 4], abs=0.1)]
        lines = hand.cell.locator(".jp-OutputArea svg").first.locator("polyline")
        assert lines.last.evaluate("one => one.points[0].x") == pytest.approx(54 + 342 * tau / 1.2, abs=0.1)

    at(0.5, 1, 2)
    if keyboard:
        hand.keys("spinbutton", "tau", "Control+a", *"0.95", "Enter")
        at(0.95, 3, 0)
        hand.keys("button", "Equal error", "Space")
        at(0.65, 1, 1)
        hand.keys("spinbutton", "tau", "ArrowUp", "ArrowUp")
        at(0.75, 2, 1)
    else:
        hand.up("tau", times=2)
        at(0.6, 1, 2)
        hand.click("button", "Equal error")
        at(0.65, 1, 1)


def faces(hand, keyboard):
    grey = {"Ann-1": 0, "Ann-2": 36, "Ben-1": 108, "Ben-2": 144, "Cid-1": 216, "Cid-2": 252}

    def at(probe, tau, enrolled, verdict):
        """The verdict; the probe's picture, and those of the database by distance."""
        apart = {name: 2 * np.sin(abs(grey[probe] - grey[name]) / 144) for name in enrolled}
        nearest_first = sorted(enrolled, key=apart.get)
        hand.awaited(lambda: hand.said().partition("tau. ")[2], verdict)
        near = apart[nearest_first[0]]
        way = "within" if near <= tau else "beyond"
        assert f"is {nearest_first[0][:3]}, at a distance of {near:.3f}, {way} tau." in hand.said()
        assert [int(one.mean()) for one in hand.pictures()] == [
            grey[name] for name in [probe, *nearest_first]
        ]

    start = ("Ann-1", "Ben-1")
    at("Ann-2", 0.7, start, "It is Ann. That is right: the probe shows Ann.")
    if keyboard:
        hand.keys("combobox", "probe", "Space", "ArrowDown", "ArrowDown", "ArrowDown", "Enter")
        at("Cid-1", 0.7, start, "Not in the database. That is right: the probe shows Cid.")
        hand.keys("spinbutton", "tau", "Control+a", *"1.4", "Enter")
        at("Cid-1", 1.4, start, "It is Ben. That is wrong: the probe shows Cid, who is not enrolled.")
        hand.keys("combobox", "picture", "Space", *["ArrowDown"] * 5, "Enter")
        hand.keys("button", "Enrol", "Space")
        at("Cid-1", 1.4, (*start, "Cid-2"), "It is Cid. That is right: the probe shows Cid.")
        hand.keys("button", "Forget", "Enter")
        at("Cid-1", 1.4, start, "It is Ben. That is wrong: the probe shows Cid, who is not enrolled.")
    else:
        hand.control("combobox", "probe").select_option("Cid-2")
        at("Cid-2", 0.7, start, "Not in the database. That is right: the probe shows Cid.")
        hand.control("combobox", "picture").select_option("Cid-1")
        hand.click("button", "Enrol")
        at("Cid-2", 0.7, (*start, "Cid-1"), "It is Cid. That is right: the probe shows Cid.")
        hand.click("button", "Forget")
        hand.up("tau", times=7)
        at("Cid-2", 1.05, start, "Not in the database. That is right: the probe shows Cid.")


def anchors(hand, keyboard):
    shapes = np.array([[4, 8], [4, 10], [30, 20], [40, 20], [60, 60]])

    def at(*sizes, found=""):
        """The mean of the best IoU, and the anchors at their places; the axes go from 4 to 64."""
        boxes = np.array(sizes)
        shared = np.minimum(shapes[:, None], boxes).prod(2)
        overlaps = shared / (shapes.prod(1)[:, None] + boxes.prod(1) - shared)
        words = f"{len(boxes)} anchors: mean IoU with the best anchor {overlaps.max(1).mean():.3f}."
        hand.awaited(lambda: hand.said()[5 : len(words) + 5], words)
        hand.awaited(lambda: hand.said().partition(" k-means finds ")[2], found)
        read = """all => all.map(one => {
            const {e, f} = one.parentNode.transform.baseVal.consolidate().matrix; return [e, f]; })"""
        drawn = np.array(hand.cell.locator(".jp-OutputArea svg circle").evaluate_all(read))
        places = 2 ** (2 + 4 * (drawn - [54, 358]) / [414, -332])
        assert places == pytest.approx(boxes, rel=0.01)

    at((6, 6), (10, 10))
    if keyboard:
        hand.keys("spinbutton", "height 1", "ArrowUp", "ArrowUp")
        at((6, 8), (10, 10))
        hand.keys("spinbutton", "k", "ArrowUp")
        at((6, 8), (10, 10), (16, 16))
        hand.keys("spinbutton", "width 3", "Control+a", *"40", "Enter")
        at((6, 8), (10, 10), (40, 16))
        hand.keys("checkbox", "compare with k-means", "Space")
        at((6, 8), (10, 10), (40, 16), found="30 × 20, 40 × 20, 60 × 60, with 0.624.")
        hand.keys("button", "Take k-means'", "Enter")
        at((30, 20), (40, 20), (60, 60), found="30 × 20, 40 × 20, 60 × 60, with 0.624.")
    else:
        hand.up("width 2", times=3)
        at((6, 6), (13, 10))
        hand.click("button", "Take k-means'")
        at((40, 20), (60, 60))
        hand.click("checkbox", "compare with k-means")
        at((40, 20), (60, 60), found="40 × 20, 60 × 60, with 0.568.")


def studio(hand, keyboard):
    def at_work():
        """The step that the picture's caption says, and the content that stands beside it."""
        captions = hand.cell.locator(".jp-OutputArea figcaption").all_inner_texts()
        found = re.search(r": step (\d+) of (\d+), content cost (\d+), style cost (\d+)$", captions[0])
        return ([int(n) for n in found.groups()] if found else [0, 0, 0, 0]), captions[-2]

    def press(name):
        hand.keys("button", name, "Space") if keyboard else hand.click("button", name)

    hand.awaited(hand.said, "Nothing is painted yet.")
    if keyboard:
        hand.keys("combobox", "content", "Space", "ArrowDown", "Enter")
        hand.keys("spinbutton", "weight stem", "Control+a", "7", "Enter")
        hand.keys("spinbutton", "style counts", "ArrowUp", "ArrowUp")
    else:
        hand.control("combobox", "content").select_option("grey")
        hand.up("weight stem", times=6)
        hand.up("style counts", times=2)
    press("Paint")
    hand.awaited(hand.said, "Painting.")
    hand.awaited(lambda: at_work()[0][0] > 2, True)
    assert at_work()[0][1:] == [200, 7, 5] and at_work()[1] == "the content: grey"
    press("Stop")
    hand.awaited(lambda: hand.said().startswith("Stopped after "), True)
    done = int(re.search(r"after (\d+) of 200 steps", hand.said())[1])
    hand.page.wait_for_timeout(300)
    assert at_work()[0][0] == done < 200 and np.all(hand.pictures()[0] == done)
    if keyboard:
        hand.keys("spinbutton", "steps", "Control+a", "3", "Enter")
        press("Paint")
        hand.awaited(hand.said, "Done after 3 steps.")
        assert np.all(hand.pictures()[0] == 3)


def kept(hand, name, answer):
    hand.awaited(hand.said, f"Your answer: {name} = {answer!r}. It is kept, and handed in.")
    assert json.loads((hand.folder / "work/quiz/answers.json").read_text())[name] == answer


def one_choice(hand, keyboard):
    for key in ("ash", "elm", "oak"):
        name = f"{key}: {CHOICES[key]}"
        hand.keys("radio", name, "Space") if keyboard else hand.click("radio", name)
        kept(hand, "tree", key)
        assert [radio.is_checked() for radio in hand.cell.get_by_role("radio").all()] == [
            one == key for one in CHOICES
        ]


def several_choices(hand, keyboard):
    answer = []
    for key in ("elm", "oak", "elm"):
        name = f"{key}: {CHOICES[key]}"
        hand.keys("checkbox", name, "Space") if keyboard else hand.click("checkbox", name)
        answer = [one for one in CHOICES if (one in answer) != (one == key)]
        kept(hand, "trees", answer)


def a_number(hand, keyboard):
    if keyboard:
        hand.keys("textbox", "Your answer", *"28.5", "Enter")
        kept(hand, "side", 28.5)
        for key in ("Control+a", "0", "Enter"):
            hand.page.keyboard.press(key)
        kept(hand, "side", 0)
    else:
        hand.control("textbox", "Your answer").fill("17")
        hand.page.locator(".jp-Toolbar").first.click(position={"x": 500, "y": 5})
        kept(hand, "side", 17)


def standing(hand, keyboard):
    lesson = hand.folder / "lesson.ipynb"

    def at(*expected):
        words = [one.split() for one in expected]
        hand.awaited(lambda: [row[1].split()[1:3] for row in hand.tables()[0][1:]], words)

    at("not begun", "not begun", "not answered")
    keep(lesson, student_lesson.TEST, Said("passed", "", time.time(), digest_of(student_lesson.STUB)))
    try:
        hand.keys("button", "Look again", "Space") if keyboard else hand.click("button", "Look again")
        at("passed", "not begun", "not answered")
    finally:
        file_of(lesson).unlink()


TRIALS = {  # what makes the widget, and what is done with it
    "window_stepper": (
        f"widgets.window_stepper({IMAGE.tolist()}, {KERNEL.tolist()}, stride=2, pad=1)",
        stepper,
    ),
    "size_explorer": ("widgets.size_explorer(n=6, f=3, p=0, s=1)", sizes),
    "kernel_editor": ("widgets.kernel_editor(photo('camera'))", kernels),
    "layer_table_builder": (
        "layer_table_builder(table, (3, 39, 39), [('conv1', 'Conv2d', 3, 10, 3)])",
        layers,
    ),
    "inception_costs": (
        "widgets.inception_costs(lambda n_H, n_W, n_C, f, n_C_prev: n_H * n_W * n_C * f * f * n_C_prev)",
        costs,
    ),
    "network_walk": (f"widgets.network_walk({NETWORKS})", walk),
    "grid_inspector": (
        "y = np.zeros((4, 4, 2, 7))\ny[1, 2, 1] = [1, 0.5, 0.5, 2, 0.5, 1, 0]\n"
        "y[3, 0, 0] = [0.75, 0.25, 0.5, 1, 3, 0, 1]\n"
        "widgets.grid_inspector(np.full((96, 96, 3), 90, np.uint8), y, ['pedestrian', 'car'])",
        grid,
    ),
    "depth_explorer": (f"widgets.depth_explorer({RUNS}, 8, 1)", depths),
    "scaling_explorer": ("widgets.scaling_explorer(phi=1)", scaling),
    "augmentation_playground": (
        "widgets.augmentation_playground({'noise': noise, 'grey': np.full((80, 160, 3), 90, np.uint8)}, {"
        "'mirror': lambda x: x.flip(2), 'rotate': lambda x, by: x.roll(round(by), 2),"
        " 'shear': lambda x, by: (x - by).clamp(0, 1)})",
        augmentation,
    ),
    "window_explorer": (
        f"image = torch.tensor({PICTURE.tolist()}).permute(2, 0, 1) / 255\n"
        "ask = lambda x: torch.stack([x.sum((1, 2, 3)), x[:, 0, 0, 0]], 1) / 100\n"
        "places = torch.tensor([[(x, y, x + 6, y + 6) for x in (0, 5, 10)] for y in (0, 6)])\n"
        "rows = [[ask(image[None, :, b:d, a:c])[0] for a, b, c, d in row] for row in places.tolist()]\n"
        "answers = torch.stack([torch.stack(row, 1) for row in rows], 1)\n"
        f"widgets.window_explorer(image, places, ask, answers, {NAMES})",
        windows,
    ),
    "style_studio": (
        "def paint(content, style, *, content_layer, weights, beta, start, steps):\n"
        "    for step in range(1, steps + 1):\n"
        "        time.sleep(0.05)\n"
        "        yield step, np.full((12, 16, 3), step, np.uint8), weights['stem'], beta\n"
        "album = {'noise': noise, 'grey': np.full((80, 160, 3), 90, np.uint8)}\n"
        "widgets.style_studio(paint, album, album, {'stem': 1, 'block1': 1}, content_layers=['block4'],"
        " starts=['noise'], beta=3, steps=200)",
        studio,
    ),
    "unit_browser": (
        "two = np.random.default_rng(0).integers(0, 200, (2, 31, 31, 3), np.uint8)\n"
        "def find(layer, unit):\n"
        "    x, y = 5 * unit, 4 if layer == 'conv1' else 10\n"
        "    return [unit + 2.0, unit + 1.0], [1, 0], [[x, y, x + 6, y + 6]] * 2\n"
        "widgets.unit_browser(two, {'conv1': 3, 'conv2': 5}, find, ['one', 'other'])",
        units,
    ),
    "overlap_explorer": ("widgets.overlap_explorer(iou)", overlaps),
    "suppression_stepper": (
        "widgets.suppression_stepper(noise, scores, boxes, classes, ['person', 'car'], iou)",
        suppression,
    ),
    "threshold_explorer": (
        "widgets.threshold_explorer(lambda *_: 0.25, scores, torch.tensor([True, False, True, False]), 4)",
        thresholds,
    ),
    "triplet_explorer": (
        "widgets.triplet_explorer([[0, 0], [0.6, 0], [0, 1], [0.5, 0.2]], ['Ann', 'Ann', 'Ben', 'Ben'])",
        triplets,
    ),
    "verification_explorer": (
        "widgets.verification_explorer([0.3, 0.5, 0.65, 0.9, 0.45, 0.72, 0.85, 1.0, 1.2], np.arange(9) < 4, tau=0.5)",
        verification,
    ),
    "anchor_designer": (
        "shapes = torch.tensor([[4.0, 8], [4, 10], [30, 20], [40, 20], [60, 60]])\n"
        "widgets.anchor_designer(shapes, iou, lambda shapes, k: shapes[-k:], k=2)",
        anchors,
    ),
    "face_database": (
        "greys = torch.tensor([0.5, 36.5, 108.5, 144.5, 216.5, 252.5]).reshape(6, 1, 1, 1).expand(6, 1, 4, 3) / 255\n"
        "angle = lambda x: (255 * x[:, 0, 0, :1] - 0.5) / 72\n"
        "widgets.face_database(greys, ['Ann', 'Ann', 'Ben', 'Ben', 'Cid', 'Cid'], "
        "lambda x: torch.cat([angle(x).cos(), angle(x).sin()], 1))",
        faces,
    ),
    "progress": ("import cnnkit\ncnnkit.progress('lesson.ipynb')", standing),
    "a question with one answer": (f"tree = None\nquiz.ask('tree', {CHOICES})", one_choice),
    "a question with several": (f"trees = None\nquiz.ask('trees', {CHOICES}, many=True)", several_choices),
    "a question for a number": ("side = None\nquiz.ask('side', unit='pixels')", a_number),
}


@pytest.fixture(scope="module")
def notebook(browser, tmp_path_factory):
    """A notebook with a widget in each cell, and the folder that it lies in."""
    folder = tmp_path_factory.mktemp("widgets")
    student_lesson.written(folder)
    write(folder / "widgets.ipynb", SETUP, *(source for source, _ in TRIALS.values()))
    with (
        lab(folder, tmp_path_factory.mktemp("home")) as url,
        Notebook(browser, url, "widgets.ipynb") as notebook,
    ):
        notebook.run_all(120)
        yield notebook, folder


@pytest.fixture
def hand(notebook, request):
    """A fresh widget."""
    opened, folder = notebook
    cell = opened.page.locator(".jp-CodeCell").nth(1 + list(TRIALS).index(request.getfixturevalue("name")))
    (folder / "work/quiz/answers.json").unlink(missing_ok=True)
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    cell.locator(".cm-content").click()
    opened.page.keyboard.press("Control+Enter")
    expect(prompt).not_to_have_text(before)
    opened.wait_until_idle(60)
    cell.locator(".jp-OutputArea .jupyter-widgets").first.wait_for()
    (folder / "took.txt").write_text("")
    return Hand(opened, cell, folder)


def made_by(module):
    """The names of a module's public functions that return a widget."""
    own = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    returned = {f.__name__: get_type_hints(f).get("return") for f in own if not f.__name__.startswith("_")}
    return {name for name, kind in returned.items() if inspect.isclass(kind) and issubclass(kind, Widget)}


def test_every_widget_has_a_trial():
    names = {module.name for module in pkgutil.iter_modules(widgets.__path__)} - {
        "tables"
    }  # it has their parts
    made = {one for name in names for one in made_by(importlib.import_module(f"cnnkit.widgets.{name}"))}
    assert set(widgets.__all__) <= made, "say what it returns"
    assert made <= set(TRIALS), "write what is done with it into TRIALS"


@pytest.mark.browser
@pytest.mark.parametrize("how", ["mouse", "keyboard"])
@pytest.mark.parametrize("name", TRIALS)
def test_it_shows_what_it_should_in_a_tenth_of_a_second(hand, name, how, picture):
    _, trial = TRIALS[name]
    trial(hand, how == "keyboard")
    picture(hand.page, f"{name} {how}")
    took = [float(line) for line in (hand.folder / "took.txt").read_text().split()]
    assert took and statistics.median(took) < TENTH, took
    print(f"{name}, {how}: {1000 * statistics.median(took):.1f} ms, at most {1000 * max(took):.1f} ms")
    assert hand.notebook.complaints() == []
    assert violations(hand.page) == []
