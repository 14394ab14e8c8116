"""Distances in a picture, measured in people: a limit then holds near and far, at any resolution and shape."""

from collections.abc import Sequence

from event_store.events.event import Box, Limit
from event_store.layout.geometry import XY, contains, distance_to_segment, edges, turn
from vision_workers.frames import Point

WIDTHS_PER_HEIGHT = 2.5
"""A standing person is about two and a half times as tall as their box is wide; that gives the picture's shape."""
SMALLEST = 1e-3
"""Of the picture's side: no box is smaller."""


def heights_apart(one: Point, other: Point, box: Box) -> float:
    """Return how far apart two points are, in heights of the person whose box is given."""
    (x0, y0), (x1, y1) = _in_heights((one.x, one.y), box), _in_heights((other.x, other.y), box)
    return float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)


def heights_right_of(foot: Point, start: XY, end: XY, box: Box) -> float:
    """Return how far a foot is to the right of the line start → end, in the person's heights; left is negative."""
    a, b, c = (_in_heights(point, box) for point in (start, end, (foot.x, foot.y)))
    length = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
    return float(turn(a, b, c) / length)


def heights_from(polygon: Sequence[XY], foot: Point, box: Box) -> float:
    """Return how far a foot is from a polygon, in the person's heights; 0 inside."""
    if contains(polygon, (foot.x, foot.y)):
        return 0.0
    scaled = [_in_heights(corner, box) for corner in polygon]
    return min(distance_to_segment(_in_heights((foot.x, foot.y), box), *side) for side in edges(scaled))


def rounded(name: str, limit: float, measured: float) -> Limit:
    """Return a limit beside what was measured, to a thousandth of its unit."""
    return Limit(name=name, limit=round(limit, 3), measured=round(measured, 3))


def _in_heights(point: XY, box: Box) -> XY:
    wide = max(box.x1 - box.x0, SMALLEST) * WIDTHS_PER_HEIGHT
    return point[0] / wide, point[1] / max(box.y1 - box.y0, SMALLEST)
