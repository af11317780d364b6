"""The camera: where a point of the street falls in the picture.

The street's axes are X (to the right across the road, 0 on its middle), Y (up from the ground) and Z (along the
road), in metres. The camera stands at Z = 0 and looks level, so that every column of the picture is a vertical
plane and every row of the ground has one depth: both make drawing with arrays cheap.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

SAMPLES = 2  # each pixel is drawn as 2 x 2 samples
NEAR = 0.4  # metres: what is closer is not drawn


@dataclass(frozen=True)
class Camera:
    """A level camera over the street.

    Attributes:
        x: where it stands across the road, in metres.
        height: how high above the ground, in metres.
        yaw: how far it looks to the right of the road's direction, in radians.
        focal: the focal length in heights of the picture.
        horizon: where the horizon is, as a part of the picture's height from its top.
    """

    x: float
    height: float
    yaw: float
    focal: float
    horizon: float


@dataclass(frozen=True)
class View:
    """A camera and a picture of `height` x `width` pixels, counted in samples from here on."""

    camera: Camera
    height: int
    width: int

    @cached_property
    def rows(self) -> int:
        """Samples from top to bottom."""
        return self.height * SAMPLES

    @cached_property
    def columns(self) -> int:
        """Samples from left to right."""
        return self.width * SAMPLES

    @cached_property
    def focal(self) -> float:
        """The focal length, in samples."""
        return self.camera.focal * self.rows

    @cached_property
    def horizon(self) -> int:
        """The first row of samples below the horizon."""
        return round(self.camera.horizon * self.rows)

    @cached_property
    def rays(self) -> tuple[np.ndarray, np.ndarray]:
        """How far X and Z change per metre of depth in each column: two float32 arrays (columns,)."""
        u = (np.arange(self.columns, dtype=np.float32) + 0.5 - self.columns / 2) / self.focal
        c, s = np.cos(self.camera.yaw), np.sin(self.camera.yaw)
        return (u * c + s).astype(np.float32), (c - u * s).astype(np.float32)

    @cached_property
    def slopes(self) -> np.ndarray:
        """How far each row falls per metre of depth, positive below the horizon: float32 (rows,)."""
        return ((np.arange(self.rows) + 0.5 - self.horizon) / self.focal).astype(np.float32)

    def depth(self, points: np.ndarray) -> np.ndarray:
        """The distance of points (N, 3) along the camera's axis, in metres: (N,)."""
        camera = self.camera
        return (points[:, 0] - camera.x) * np.sin(camera.yaw) + points[:, 2] * np.cos(camera.yaw)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where points fall.

        Args:
            points: (N, 3), in metres, all in front of the camera.

        Returns:
            Their (x, y) in samples, (N, 2), and their depth in metres, (N,).
        """
        camera = self.camera
        depth = self.depth(points)
        right = (points[:, 0] - camera.x) * np.cos(camera.yaw) - points[:, 2] * np.sin(camera.yaw)
        scale = self.focal / np.maximum(depth, NEAR)
        x = self.columns / 2 + right * scale
        y = self.horizon - (points[:, 1] - camera.height) * scale
        return np.stack([x, y], axis=1), depth

    def ground(self, depth: float, across: float) -> tuple[float, float]:
        """The X and Z of the ground at a depth, `across` picture widths to the right of the middle."""
        camera = self.camera
        right = across * self.columns / self.focal * depth
        c, s = np.cos(camera.yaw), np.sin(camera.yaw)
        return float(camera.x + right * c + depth * s), float(depth * c - right * s)

    def clipped(self, polygon: np.ndarray) -> np.ndarray:
        """The part of a polygon (N, 3) that lies in front of the camera: (M, 3), M may be 0."""
        depths = (self.depth(polygon) - NEAR).tolist()
        if min(depths) > 0:
            return polygon
        kept: list[np.ndarray] = []
        for i in range(len(polygon)):
            here, there = polygon[i - 1], polygon[i]
            a, b = depths[i - 1], depths[i]
            if (a > 0) != (b > 0):
                kept.append(here + (there - here) * (a / (a - b)))
            if b > 0:
                kept.append(there)
        return np.array(kept).reshape(-1, 3)
