"""Plane geometry for checks and watchers, in plain numbers: no pixel library is needed to judge a layout."""

from collections.abc import Sequence
from itertools import combinations, pairwise

XY = tuple[float, float]

TOLERANCE = 1e-9
"""Nearer than this is equal: far below a pixel of any picture and a micrometre of any floor."""


def turn(a: XY, b: XY, c: XY) -> float:
    """Return twice the signed area of a, b, c: positive when c lies to the right of a → b in a picture (y down)."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def on_segment(point: XY, start: XY, end: XY) -> bool:
    """Say whether a point lies on a segment, ends included."""
    if abs(turn(start, end, point)) > TOLERANCE:
        return False
    return all(min(a, b) - TOLERANCE <= p <= max(a, b) + TOLERANCE for p, a, b in zip(point, start, end, strict=True))


def contains(polygon: Sequence[XY], point: XY) -> bool:
    """Say whether a point lies in a polygon; its edge belongs to it, since feet at the picture's border do count."""
    inside = False
    x, y = point
    for start, end in edges(polygon):
        if on_segment(point, start, end):
            return True
        if (start[1] > y) != (end[1] > y) and x < start[0] + (y - start[1]) * (end[0] - start[0]) / (end[1] - start[1]):
            inside = not inside
    return inside


def edges(polygon: Sequence[XY]) -> list[tuple[XY, XY]]:
    """Return the sides of a polygon, the closing one last."""
    return [*pairwise(polygon), (polygon[-1], polygon[0])]


def segments_meet(one: tuple[XY, XY], other: tuple[XY, XY]) -> bool:
    """Say whether two segments share a point."""
    (a, b), (c, d) = one, other
    if turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0:
        return True
    return on_segment(c, a, b) or on_segment(d, a, b) or on_segment(a, c, d) or on_segment(b, c, d)


def overlap(one: Sequence[XY], other: Sequence[XY]) -> bool:
    """Say whether two polygons, neither of which crosses itself, share more than a part of their edges."""
    crossed = any(
        turn(a, b, c) * turn(a, b, d) < -(TOLERANCE**2) and turn(c, d, a) * turn(c, d, b) < -(TOLERANCE**2)
        for a, b in edges(one)
        for c, d in edges(other)
    )
    return crossed or any(
        contains(outer, point) and not any(on_segment(point, *side) for side in edges(outer))
        for inner, outer in ((one, other), (other, one))
        for point in (*inner, *(_middle(*side) for side in edges(inner)), _inner_point(inner))
    )


def distance_to_segment(point: XY, start: XY, end: XY) -> float:
    """Return the distance of a point from the nearest point of a segment."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = across * across + down * down
    along = ((point[0] - start[0]) * across + (point[1] - start[1]) * down) / length if length > 0 else 0.0
    share = min(max(along, 0.0), 1.0)
    return _distance(point, (start[0] + share * across, start[1] + share * down))


def crossing_sides(polygon: Sequence[XY]) -> tuple[int, int] | None:
    """Return the first two sides, counted from 1, that cross or touch where they are no neighbours."""
    sides = edges(polygon)
    for (i, one), (j, other) in combinations(enumerate(sides), 2):
        neighbours = j - i == 1 or (i == 0 and j == len(sides) - 1)
        if not neighbours and segments_meet(one, other):
            return i + 1, j + 1
    return None


def area(polygon: Sequence[XY]) -> float:
    """Return the area of a polygon that does not cross itself."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in edges(polygon))) / 2


def on_one_line(points: Sequence[XY], share: float) -> bool:
    """Say whether all points lie within `share` of their greatest distance from one straight line."""
    start, end = max(combinations(points, 2), key=lambda pair: _distance(*pair), default=((0.0, 0.0), (0.0, 0.0)))
    length = _distance(start, end)
    return all(abs(turn(start, end, point)) <= share * length * length for point in points)


def _middle(a: XY, b: XY) -> XY:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _inner_point(polygon: Sequence[XY]) -> XY:
    """Return a point within a polygon that encloses something: in the middle of its first stretch at some height."""
    first, second = sorted({y for _, y in polygon})[:2]
    height = (first + second) / 2
    left, right = sorted(
        start[0] + (height - start[1]) * (end[0] - start[0]) / (end[1] - start[1])
        for start, end in edges(polygon)
        if (start[1] > height) != (end[1] > height)
    )[:2]
    return (left + right) / 2, height


def _distance(a: XY, b: XY) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)
