"""Shapes that figures and fixtures are made of, as plain arrays; one metre or one radius in size, scaled when used."""

from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
UP = 2

PROFILES: dict[str, tuple[tuple[float, float], ...]] = {
    "ball": tuple((-np.cos(a), np.sin(a)) for a in np.linspace(0.0, np.pi, 8)),
    "limb": ((0.0, 0.0), (0.0, 0.78), (0.08, 0.98), (0.3, 1.0), (0.7, 0.86), (0.96, 0.72), (1.0, 0.5), (1.0, 0.0)),
    "torso": ((0.0, 0.0), (0.0, 0.82), (0.12, 0.88), (0.4, 0.76), (0.62, 0.88), (0.85, 1.0), (0.95, 0.8), (1.0, 0.34)),
    "belly": ((0.0, 0.0), (0.0, 0.9), (0.2, 1.02), (0.45, 1.0), (0.7, 0.98), (0.86, 0.96), (0.95, 0.78), (1.0, 0.34)),
    "skirt": ((0.0, 0.0), (0.0, 1.0), (0.5, 0.86), (0.9, 0.68), (1.0, 0.6), (1.0, 0.0)),
    "post": ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)),
}
"""Surfaces of revolution: (height, radius) from bottom to top; the names are those of a part's `mesh`."""


class Mesh(msgspec.Struct, frozen=True, eq=False):
    """Vertices and normals (n x 3), texture coordinates (n x 2), triangles (m x 3), counter-clockwise from outside."""

    vertices: Array
    normals: Array
    coordinates: Array
    triangles: NDArray[np.int64]


@cache
def mesh(name: str) -> Mesh:
    """Return a shape by name: `box` (unit cube on the floor, centred) or one of `PROFILES`."""
    return _box() if name == "box" else _lathe(np.array(PROFILES[name]), 12)


def _lathe(profile: Array, segments: int) -> Mesh:
    angles = np.linspace(0.0, 2 * np.pi, segments + 1)
    height, radius = profile[:, 0], profile[:, 1]
    rings = [np.column_stack([radius * np.cos(a), radius * np.sin(a), height]) for a in angles]
    slope = np.gradient(profile, axis=0)
    slope /= np.linalg.norm(slope, axis=1, keepdims=True) + 1e-9
    # a profile runs upwards, so outwards is to its right
    normals = [np.column_stack([slope[:, 0] * np.cos(a), slope[:, 0] * np.sin(a), -slope[:, 1]]) for a in angles]
    v = (height - height.min()) / np.ptp(height)
    coordinates = [np.column_stack([np.full_like(v, a / (2 * np.pi)), v]) for a in angles]
    n = len(profile)
    corners = [s * n + i for s in range(segments) for i in range(n - 1)]
    triangles = [t for c in corners for t in ((c, c + n, c + n + 1), (c, c + n + 1, c + 1))]
    return Mesh(np.vstack(rings), np.vstack(normals), np.vstack(coordinates), np.array(triangles))


def _box() -> Mesh:
    vertices: list[Array] = []
    normals, coordinates, triangles = [], [], []
    axes = np.eye(3)
    for axis, side in ((a, s) for a in range(3) for s in (-1.0, 1.0)):
        normal = axes[axis] * side
        across = axes[1] if axis == UP else axes[UP]
        along = np.cross(across, normal)
        first = len(vertices) * 4
        corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
        middle = 0.5 * normal + np.array([0.0, 0.0, 0.5])
        vertices.append(np.array([middle + 0.5 * (i * along + j * across) for i, j in corners]))
        normals.append(np.tile(normal, (4, 1)))
        coordinates.append((np.array(corners) + 1) / 2)
        triangles += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
    return Mesh(np.vstack(vertices), np.vstack(normals), np.vstack(coordinates), np.array(triangles))
