"""Motorcycles and scooters, with a rider or without."""

from functools import lru_cache

import numpy as np

from cnnkit.scenes.shapes import Model, Part, build, circle, face, hull, tube

KINDS = ("street", "sport", "scooter")
PAINTS = (
    *((0.78, 0.10, 0.10), (0.12, 0.12, 0.13), (0.12, 0.30, 0.62), (0.88, 0.46, 0.10), (0.84, 0.84, 0.84)),
    *((0.14, 0.40, 0.24), (0.90, 0.76, 0.16), (0.50, 0.70, 0.74)),
)
COLOURS = {
    "tyre": (0.08, 0.08, 0.09),
    "rim": (0.58, 0.59, 0.61),
    "metal": (0.50, 0.51, 0.53),
    "dark": (0.12, 0.12, 0.13),
    "seat": (0.16, 0.13, 0.12),
    "visor": (0.08, 0.09, 0.12),
    "glass": (0.30, 0.34, 0.38),
}


@lru_cache(maxsize=2 * len(KINDS))
def motorcycle(kind: str, rider: bool) -> Model:
    """The model of a motorcycle.

    Args:
        kind: a name of KINDS.
        rider: whether somebody rides it.

    Returns:
        The model; materials are those of COLOURS, "paint", "headlight", "taillight", and the rider's "jacket",
        "bottom", "helmet", "shoe" and "skin".
    """
    radius, reach = (0.24, 0.60) if kind == "scooter" else (0.31, 0.70)
    parts = [*_wheel(reach, radius), *_wheel(-reach, radius), *_handlebar(kind, radius, reach)]
    parts += _scooter(reach) if kind == "scooter" else _frame(kind, reach)
    parts += _rider(kind) if rider else []
    return build(parts, centre=(0, 0.5, 0), by_depth=True)


def _wheel(forward: float, radius: float) -> list[Part]:
    at = np.array([0, radius, forward])
    half = np.array([0.06, 0, 0])
    parts = [hull(np.concatenate([circle(at - half, radius, 12), circle(at + half, radius, 12)]), "tyre")]
    for side in (-1, 1):
        for r, material in ((0.72, "rim"), (0.60, "dark"), (0.24, "rim")):
            disc = circle(at + side * (half * (1.03 + 0.4 * (1 - r))), radius * r, 16)
            parts.append(face(disc, material))
    return parts


def _box(x: float, low: tuple, high: tuple, length: float, material: str, narrow: float = 0.7) -> Part:
    """A hull from the rear (up, forward) to the front, half as wide as x, `length` being how tall it is."""
    points = []
    for y, z in (low, high):
        points += [[side * x * w, y + dy, z] for side in (-1, 1) for dy, w in ((0, narrow), (length, 1))]
    return hull(points, material)


def _handlebar(kind: str, radius: float, reach: float) -> list[Part]:
    top, back = (0.98, 0.36) if kind != "sport" else (0.86, 0.42)
    hub = np.array([0, radius, reach])
    parts = [tube(hub + [x, 0, 0], [x, top - 0.06, back], "metal", 0.028) for x in (-0.08, 0.08)]
    for side in (-1, 1):
        parts.append(tube([0, top - 0.02, back], [side * 0.34, top + 0.04, back - 0.10], "dark", 0.022))
        mirror = np.array([side * 0.33, top + 0.17, back - 0.04])
        parts.append(tube([side * 0.24, top, back - 0.04], mirror, "dark", 0.010))
        parts.append(tube(mirror, mirror + [side * 0.05, 0, 0], "dark", 0.04))
    lamp = np.array([0, top - 0.10, back + 0.12])
    parts.append(tube(lamp - [0, 0, 0.06], lamp, "paint", 0.10))
    parts.append(tube(lamp + [0, 0, 0.03], lamp + [0, 0, 0.06], "headlight", 0.075))
    parts.append(
        tube([0, radius * 2.05, reach - 0.17], [0, radius * 1.95, reach + 0.16], "paint", 0.06, 0.04)
    )
    return parts


def _frame(kind: str, reach: float) -> list[Part]:
    parts = [
        _box(0.17, (0.24, -0.28), (0.24, 0.30), 0.34, "dark"),
        tube([-0.14, 0.42, 0.05], [0.14, 0.42, 0.05], "metal", 0.12),
        tube([0, 0.52, -0.15], [0, 0.60, 0.32], "metal", 0.07),
        tube([0, 0.42, -0.20], [0, 0.34, -reach], "metal", 0.05),
        tube([0, 0.80, -0.02], [0, 0.86, 0.28], "paint", 0.12, 0.155),
        _box(0.15, (0.70, -0.72), (0.66, -0.05), 0.11, "seat"),
        _box(0.13, (0.64, -0.80), (0.58, -0.15), 0.10, "paint"),
        tube([0, 0.70, -0.82], [0, 0.70, -0.84], "taillight", 0.06),
        tube([0, 0.52, -0.86], [0, 0.66, -0.70], "paint", 0.07, 0.09),
    ]
    parts += [
        tube([side * 0.16, 0.30, 0.10], [side * 0.19, 0.38, -0.86], "metal", 0.045, 0.06) for side in (-1, 1)
    ]
    if kind == "sport":
        parts.append(_box(0.21, (0.34, 0.02), (0.46, 0.58), 0.42, "paint"))
        parts.append(tube([0, 0.92, 0.44], [0, 1.02, 0.36], "glass", 0.12, 0.10))
    return parts


def _scooter(reach: float) -> list[Part]:
    return [
        _box(0.18, (0.24, -0.30), (0.24, 0.36), 0.10, "dark"),
        hull(
            [
                [x, y, z]
                for x in (-0.2, 0.2)
                for y, z in ((0.28, 0.40), (0.86, 0.30), (0.84, 0.36), (0.3, 0.5))
            ],
            "paint",
        ),
        hull(
            [
                [x, y, z]
                for x in (-0.2, 0.2)
                for y, z in ((0.30, -0.2), (0.68, -0.12), (0.70, -0.8), (0.42, -0.84))
            ],
            "paint",
        ),
        _box(0.17, (0.70, -0.76), (0.70, -0.10), 0.09, "seat", 1.0),
        tube([-0.1, 0.60, -0.84], [0.1, 0.60, -0.84], "taillight", 0.05),
        tube([0.2, 0.28, -0.2], [0.22, 0.34, -reach - 0.2], "metal", 0.05),
    ]


def _rider(kind: str) -> list[Part]:
    lean, hands = (0.42, 0.88) if kind == "sport" else (0.16, 1.02)
    hip = np.array([0, 0.86, -0.28])
    neck = hip + 0.52 * np.array([0, np.cos(lean), np.sin(lean)])
    parts = [tube(hip, neck - [0, 0.08, 0], "jacket", 0.17, 0.19)]
    parts.append(tube(neck + [0, 0.11, 0.03], neck + [0, 0.16, 0.03], "helmet", 0.135))
    parts.append(tube(neck + [-0.06, 0.14, 0.085], neck + [0.06, 0.14, 0.085], "visor", 0.055))
    for side in (-1, 1):
        shoulder = neck + [side * 0.19, -0.08, 0]
        hand = np.array([side * 0.33, hands, 0.28])
        elbow = (shoulder + hand) / 2 + [side * 0.08, -0.10, -0.02]
        parts += [tube(shoulder, elbow, "jacket", 0.07, 0.055), tube(elbow, hand, "jacket", 0.052, 0.045)]
        parts.append(tube(hand, hand + [0, 0, 0.02], "dark", 0.05))
        knee = np.array([side * 0.21, 0.72, 0.12])
        foot = np.array([side * 0.20, 0.32, -0.08])
        parts += [
            tube(hip + [side * 0.09, 0, 0], knee, "bottom", 0.105, 0.075),
            tube(knee, foot, "bottom", 0.068, 0.05),
        ]
        parts.append(tube(foot, foot + [0, -0.04, 0.16], "shoe", 0.05, 0.04))
    return parts
