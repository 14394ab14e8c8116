"""How much of whom a camera sees: exact outlines of the figures, hidden by furniture and by one another.

It uses the shapes that the renderer draws, but not its pixels, so truth needs no renderer.
"""

from collections.abc import Mapping, Sequence

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from event_store.events.event import Box
from vision_workers.simulator.figures import Part
from vision_workers.simulator.lenses import NEAR_M, Array, Lens
from vision_workers.simulator.meshes import mesh
from vision_workers.simulator.plans import Plan, walls

WIDTH_PX = 320
"""Visibility is counted on a picture this wide."""
SLACK_M = 0.25
"""A body is this thick: furniture must be nearer by as much to hide it."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One person as one camera sees them."""

    box: Box
    """Around the whole body, hidden parts too, cut at the picture's edge."""
    visible: float
    """Share of the body inside the picture that nothing hides."""
    inside: float
    """Share of the body's box that is inside the picture."""


class View:
    """What furniture hides from one camera."""

    def __init__(self, plan: Plan, lens: Lens) -> None:
        self.lens = lens
        self._size = (WIDTH_PX, round(WIDTH_PX / lens.aspect))
        self._distance = _furniture_depth(plan, lens, self._size)

    def see(self, figures: Mapping[int, Sequence[Part]]) -> dict[int, Sight]:
        """Return everybody of whom at least a pixel is in the picture, by number."""
        outlines = {number: self._outlines(parts) for number, parts in figures.items()}
        owner = self.owners(outlines)
        sights = {}
        for number, hulls in outlines.items():
            whole = np.zeros(owner.shape, np.uint8)
            for _, hull in hulls:
                cv2.fillConvexPoly(whole, hull, 1)
            area = int(whole.sum())
            if not area:
                continue
            box, inside = self._box(figures[number])
            visible = float((owner == number + 1).sum()) / area
            sights[number] = Sight(box=box, visible=round(min(1.0, visible), 3), inside=round(inside, 3))
        return sights

    def owners(self, outlines: Mapping[int, Sequence[tuple[float, NDArray[np.int32]]]]) -> NDArray[np.uint8]:
        """Return whom each pixel shows: the figure's number + 1, else 0."""
        owner = np.zeros(self._size[::-1], np.uint8)
        depth = np.full(self._size[::-1], np.inf, np.float32)
        pieces = [(far, number, hull) for number, hulls in outlines.items() for far, hull in hulls]
        for far, number, hull in sorted(pieces, key=lambda piece: -piece[0]):
            cv2.fillConvexPoly(owner, hull, number + 1)
            cv2.fillConvexPoly(depth, hull, far)
        owner[depth > self._distance + SLACK_M] = 0
        return owner

    def _outlines(self, parts: Sequence[Part]) -> list[tuple[float, NDArray[np.int32]]]:
        hulls = []
        for part in parts:
            points = self.lens.project(_vertices(part))
            if points[:, 2].max() <= NEAR_M:
                continue
            pixels = np.clip(points[:, :2] * self._size - 0.5, -4000, 4000)
            hull = np.asarray(cv2.convexHull(np.rint(pixels).astype(np.int32)), np.int32)
            hulls.append((float(points[:, 2].mean()), hull))
        return hulls

    def _box(self, parts: Sequence[Part]) -> tuple[Box, float]:
        points = self.lens.project(np.vstack([_vertices(part) for part in parts]))
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        x0, y0, x1, y1 = (round(float(v), 4) for v in np.clip([*low, *high], 0.0, 1.0))
        share = (x1 - x0) * (y1 - y0) / max(1e-9, float(np.prod(high - low)))
        return Box(x0=x0, y0=y0, x1=x1, y1=y1), share


def _vertices(part: Part) -> Array:
    return mesh(part.mesh).vertices @ part.matrix[:3, :3].T + part.matrix[:3, 3]


def _furniture_depth(plan: Plan, lens: Lens, size: tuple[int, int]) -> NDArray[np.float32]:
    """Distance along the camera's axis to the nearest furniture or wall for each pixel."""
    width, height = size
    x, y = np.meshgrid((np.arange(width) + 0.5) / width - 0.5, 0.5 - (np.arange(height) + 0.5) / height)
    local = np.stack([x / lens.focal, np.ones_like(x), y / (lens.focal * lens.aspect)], axis=-1)
    rays = local @ lens.axes
    rays[np.abs(rays) < 1e-9] = 1e-9  # noqa: PLR2004
    nearest = np.full((height, width), np.inf)
    for low, high in _solids(plan):
        ends = np.stack([(np.array(low) - lens.position) / rays, (np.array(high) - lens.position) / rays])
        first, last = ends.min(axis=0).max(axis=-1), ends.max(axis=0).min(axis=-1)
        hit = (first <= last) & (first > NEAR_M)
        nearest = np.where(hit, np.minimum(nearest, first), nearest)
    return nearest.astype(np.float32)


def _solids(plan: Plan) -> list[tuple[tuple[float, float, float], tuple[float, float, float]]]:
    solids = [((f.rect[0], f.rect[1], 0.0), (f.rect[2], f.rect[3], f.height_m)) for f in plan.fixture]
    for (x0, y0), (x1, y1) in walls(plan):
        solids.append(((x0 - 0.01, y0 - 0.01, 0.0), (x1 + 0.01, y1 + 0.01, plan.ceiling_m)))
    return solids
