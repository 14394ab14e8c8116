"""A pinhole camera: where a point of the shop is in the picture, and which floor a picture point shows."""

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NEAR_M = 0.15


class Lens(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Where a camera hangs, where it looks and how wide; metres, degrees, pixels. It hangs upright."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    view_deg: float
    """Horizontal angle of view."""
    size: tuple[int, int]

    @cached_property
    def axes(self) -> Array:
        """Rows: right, forward and up of the camera in the shop's axes."""
        forward = np.subtract(self.target, self.position)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right = right / np.linalg.norm(right)
        return np.array([right, forward, np.cross(right, forward)])

    @property
    def focal(self) -> float:
        """Focal length in picture widths."""
        return float(0.5 / np.tan(np.radians(self.view_deg) / 2))

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.size[0] / self.size[1]

    def project(self, points: Array) -> Array:
        """Return n x 3 (x and y as fractions of the picture, depth in metres) of n x 3 points of the shop.

        Points behind the camera are pulled to just before it, so that a shape half behind it keeps its outline.
        """
        local = (np.asarray(points, dtype=float) - self.position) @ self.axes.T
        depth = np.maximum(local[:, 1], NEAR_M)
        x = 0.5 + self.focal * local[:, 0] / depth
        y = 0.5 - self.focal * self.aspect * local[:, 2] / depth
        return np.column_stack([x, y, local[:, 1]])

    def floor_at(self, x: float, y: float) -> tuple[float, float] | None:
        """Return the floor point that a picture point shows; none above the horizon."""
        ray = np.array([(x - 0.5) / self.focal, 1.0, (0.5 - y) / (self.focal * self.aspect)]) @ self.axes
        if ray[2] >= 0:
            return None
        far = -self.position[2] / ray[2]
        return float(self.position[0] + far * ray[0]), float(self.position[1] + far * ray[1])
