"""Cars of several bodies, from any side: a lofted body, a cabin with glass, wheels, lights."""

from functools import lru_cache

import numpy as np

from cnnkit.scenes.shapes import Model, Part, box, build, circle, face, hull, tube

# name: length, width, height, then stations of the body (forward, half width, top), as parts of length and width
# and in metres, then the cabin's foot in front, roof in front, roof behind and foot behind (parts of the length).
BODIES = {
    "sedan": (4.5, 1.80, 1.44, "low", (0.24, 0.08, -0.20, -0.36)),
    "hatchback": (3.9, 1.72, 1.50, "low", (0.27, 0.10, -0.36, -0.47)),
    "estate": (4.6, 1.80, 1.48, "low", (0.24, 0.09, -0.40, -0.48)),
    "suv": (4.5, 1.90, 1.72, "high", (0.25, 0.11, -0.40, -0.475)),
    "van": (4.9, 1.96, 2.05, "nose", (0.38, 0.24, -0.475, -0.495)),
    "sports": (4.3, 1.84, 1.26, "wedge", (0.20, -0.01, -0.20, -0.42)),
}
STATIONS = {
    "low": ((0.5, 0.78, 0.60), (0.47, 0.93, 0.70), (0.38, 0.99, 0.80), (0.22, 1, 0.92), (-0.3, 1, 0.96)),
    "high": ((0.5, 0.82, 0.76), (0.48, 0.94, 0.92), (0.40, 1, 1.02), (0.24, 1, 1.08), (-0.3, 1, 1.12)),
    "nose": ((0.5, 0.80, 0.70), (0.48, 0.94, 0.95), (0.44, 1, 1.05), (0.36, 1, 1.15), (-0.3, 1, 1.18)),
    "wedge": ((0.5, 0.80, 0.50), (0.46, 0.95, 0.62), (0.36, 1, 0.74), (0.20, 1, 0.84), (-0.3, 1, 0.90)),
}
TAIL = ((-0.42, 0.99, 0.0), (-0.48, 0.94, -0.03), (-0.5, 0.84, -0.16))
PAINTS = (
    *((0.86, 0.87, 0.88), (0.62, 0.64, 0.67), (0.30, 0.32, 0.35), (0.10, 0.10, 0.12), (0.70, 0.10, 0.11)),
    *((0.12, 0.22, 0.50), (0.16, 0.42, 0.62), (0.14, 0.34, 0.24), (0.88, 0.70, 0.16), (0.55, 0.33, 0.20)),
    *((0.80, 0.76, 0.66), (0.85, 0.42, 0.14), (0.42, 0.62, 0.60), (0.38, 0.10, 0.16)),
)
COLOURS = {
    "glass": (0.10, 0.13, 0.16),
    "tyre": (0.09, 0.09, 0.10),
    "rim": (0.66, 0.67, 0.69),
    "hub": (0.30, 0.31, 0.33),
    "trim": (0.14, 0.14, 0.15),
    "seam": (0.07, 0.07, 0.08),
    "grille": (0.10, 0.10, 0.11),
    "plate": (0.90, 0.90, 0.84),
    "under": (0.05, 0.05, 0.06),
}


def car_size(kind: str) -> tuple[float, float, float]:
    """A body's width, height and length, in metres."""
    length, width, height, *_ = BODIES[kind]
    return width, height, length


@lru_cache(maxsize=len(BODIES))
def car(kind: str) -> Model:
    """The model of a car; materials are those of COLOURS, "paint", "headlight" and "taillight".

    Args:
        kind: a name of BODIES.
    """
    length, width, height, shape, cabin = BODIES[kind]
    stations = STATIONS[shape] + tuple((f, w, STATIONS[shape][-1][2] + drop) for f, w, drop in TAIL)
    rings = np.array([_ring(f * length, w * width / 2, top) for f, w, top in stations])
    radius = 0.36 if shape in ("high", "nose") else 0.32
    parts = [*_underneath(length, width, radius), *_body(rings), *_wheels(length, width, radius)]
    parts += _ends(length, width, rings)
    parts += _cabin(length, width, height, rings, cabin)
    return build(parts, centre=(0, 0.55, 0))


def _ring(forward: float, half: float, top: float) -> list[list[float]]:
    """The left half's outline at a station, from the sill up to the middle: (5, 3)."""
    sill = 0.24 if abs(forward) < 2 else 0.28
    levels = ((0.93, sill), (1.0, 0.45 * top + 0.12), (0.97, top - 0.10), (0.86, top), (0.0, top + 0.03))
    return [[half * part, height, forward] for part, height in levels]


def _mirrored(points: np.ndarray) -> np.ndarray:
    return points * np.array([-1.0, 1.0, 1.0])


def _body(rings: np.ndarray) -> list[Part]:
    parts = []
    for front, back in zip(rings[:-1], rings[1:], strict=True):
        for level in range(4):
            quad = np.stack([front[level], front[level + 1], back[level + 1], back[level]])
            parts += [face(quad, "paint"), face(_mirrored(quad), "paint")]
    for ring in (rings[0], rings[-1]):
        parts.append(face(np.concatenate([ring, _mirrored(ring[::-1])]), "paint"))
    return parts


def _underneath(length: float, width: float, radius: float) -> list[Part]:
    parts = [box((-0.44 * width, 0.16, -0.46 * length), (0.44 * width, 0.4, 0.46 * length), "under")]
    for forward in (0.31 * length, -0.30 * length):
        for side in (-1, 1):
            inner, outer = ([side * (width / 2 - inset), radius, forward] for inset in (0.24, 0.01))
            parts.append(hull(np.concatenate([circle(inner, radius, 10), circle(outer, radius, 10)]), "tyre"))
    return parts


def _wheels(length: float, width: float, radius: float) -> list[Part]:
    parts = []
    for forward in (0.31 * length, -0.30 * length):
        for side in (-1.0, 1.0):
            at = [side * (width / 2 + 0.005), radius, forward]
            parts += [face(circle(at, radius * 1.2, 12, 0.5), "under"), face(circle(at, radius, 18), "tyre")]
            parts += [face(circle(at, radius * 0.68), "rim"), face(circle(at, radius * 0.2, 8), "hub")]
            for spoke in np.arange(5) * 2 * np.pi / 5:
                turn = [spoke - 0.28, spoke + 0.28, spoke + 0.2, spoke - 0.2]
                reach = np.array([0.6, 0.6, 0.28, 0.28]) * radius
                around = np.stack([0 * reach, np.sin(turn) * reach, np.cos(turn) * reach], axis=1)
                parts.append(face(at + around, "hub", fine=0.03))
    return parts


def _quad(x0: float, x1: float, y0: float, y1: float, z0: float, z1: float) -> np.ndarray:
    """A face across the car, its inner edge at z0 and its outer at z1."""
    return np.array([[x0, y0, z0], [x1, y0, z1], [x1, y1, z1], [x0, y1, z0]])


def _ends(length: float, width: float, rings: np.ndarray) -> list[Part]:
    """Lights, plates, grille, bumpers, door seams and handles."""
    half, parts = width / 2, []
    for sign, ring, lamp in ((1, rings[0], "headlight"), (-1, rings[-1], "taillight")):
        top, edge = ring[3][1], ring[1][0]
        end = sign * (length / 2 + 0.01)
        parts.append(face(_quad(-edge * 0.98, edge * 0.98, 0.26, 0.40, end, end), "trim"))
        parts.append(face(_quad(-0.26, 0.26, 0.42, 0.53, end * 1.002, end * 1.002), "plate"))
        if sign > 0:
            parts.append(face(_quad(-0.5 * half, 0.5 * half, top - 0.14, top - 0.03, end, end), "grille"))
        for side in (-1, 1):
            low, high = (top - 0.17, top - 0.02) if sign > 0 else (top - 0.22, top + 0.02)
            inner, outer = side * edge * 0.62, side * edge * 1.08
            back = end - sign * 0.03 * length
            parts.append(face(_quad(inner, outer, low, high, end, back), lamp))
            wrap = [[side * half * 0.985, y, sign * z * length] for y in (low, high) for z in (0.485, 0.44)]
            parts.append(face(np.array(wrap)[[0, 1, 3, 2]], lamp))
    waist = rings[3][2][1]
    for side in (-1, 1):
        x = side * (half + 0.004)
        for z in (0.2, -0.03, -0.25):
            strip = [[x, y, z * length + dz] for y in (0.3, waist) for dz in (0, 0.018)]
            parts.append(face(np.array(strip)[[0, 1, 3, 2]], "seam", fine=0.02))
        for z in (-0.01, -0.23):
            grip = [[x, waist - 0.12 + dy, z * length + dz] for dy in (0, 0.035) for dz in (0, 0.2)]
            parts.append(face(np.array(grip)[[0, 1, 3, 2]], "trim", fine=0.03))
    return parts


def _cabin(length: float, width: float, height: float, rings: np.ndarray, cabin: tuple) -> list[Part]:
    """The cabin: four walls and a roof, each with its glass."""
    foot_f, roof_f, roof_b, foot_b = (part * length for part in cabin)
    waist_f, waist_b = rings[3][3][1], rings[5][3][1] - 0.02
    low, high = 0.90 * width / 2, 0.70 * width / 2
    corners = np.array(
        [[low, waist_f, foot_f], [high, height, roof_f], [high, height, roof_b], [low, waist_b, foot_b]]
    )
    other = _mirrored(corners)
    front = np.stack([corners[0], corners[1], other[1], other[0]])
    rear = np.stack([corners[3], corners[2], other[2], other[3]])
    roof = np.stack([corners[1], corners[2], other[2], other[1]])
    crown = roof.mean(axis=0) + (roof - roof.mean(axis=0)) * 0.8 + [0, 0.035, 0]
    parts = []
    for x in (-1.13 * low, 1.13 * low):
        parts.append(
            tube([x, waist_f + 0.08, foot_f - 0.35], [x, waist_f + 0.10, foot_f - 0.3], "paint", 0.075)
        )
    parts += [face(quad, "paint") for quad in (front, rear, corners, other, roof)]
    parts += [face([roof[i - 1], roof[i], crown[i], crown[i - 1]], "paint") for i in range(4)]
    parts.append(face(crown, "paint"))
    parts += [face(_inset(quad, 0.86), "glass") for quad in (front, rear)]
    for side in (corners, other):
        parts += [face(pane, "glass") for pane in _panes(side)]
    return parts


def _inset(quad: np.ndarray, scale: float) -> np.ndarray:
    """A face drawn in towards its middle and lifted a little."""
    centre = quad.mean(axis=0)
    return centre + (quad - centre) * scale


def _panes(side: np.ndarray) -> list[np.ndarray]:
    """The two windows of a side (foot in front, roof in front, roof behind, foot behind)."""
    foot_f, roof_f, roof_b, foot_b = _inset(side, 0.84)
    panes = []
    for a, b in ((0.0, 0.50), (0.55, 1.0)):
        low, high = (
            foot_f + (foot_b - foot_f) * np.array([[a], [b]]),
            roof_f + (roof_b - roof_f) * np.array([[a], [b]]),
        )
        panes.append(np.stack([low[0], high[0], high[1], low[1]]))
    return panes
