"""Which detection belongs to which track."""

from collections.abc import Sequence

from scipy.optimize import linear_sum_assignment

from event_store.events.event import Box

TWICE = 0.5
"""Boxes that overlap by more are one person found twice; detectors' own suppression begins here too."""
WITHIN = 0.85
"""Share of the smaller box inside the larger one, for a part and the whole of one person."""
SAME_EDGE = 0.1
"""How far apart the tops of those two boxes may be, or their lower edges, in heights of the larger one."""
CUT = 0.75
"""A box that is lower than this, in heights of the whole person, ends well above the feet."""


def overlap(one: Box, other: Box, margin: float = 0.0) -> float:
    """Return intersection over union of two boxes, each grown by `margin` of its size on every side.

    Grown boxes still meet when somebody moved by more than their width between two frames (buffered IoU: Yang et
    al., Hard to track objects with irregular motions and similar appearances, 2023).
    """
    grow = 1 + 2 * margin
    width_one, width_other = (one.x1 - one.x0) * grow, (other.x1 - other.x0) * grow
    height_one, height_other = (one.y1 - one.y0) * grow, (other.y1 - other.y0) * grow
    wide = _shared(one.x0 + one.x1, width_one, other.x0 + other.x1, width_other)
    high = _shared(one.y0 + one.y1, height_one, other.y0 + other.y1, height_other)
    both = wide * high
    return both / (width_one * height_one + width_other * height_other - both) if both > 0 else 0.0


def size_ratio(one: Box, other: Box) -> float:
    """Return the smaller box's area divided by the larger one's."""
    areas = sorted((box.x1 - box.x0) * (box.y1 - box.y0) for box in (one, other))
    return areas[0] / areas[1] if areas[1] > 0 else 0.0


def height_ratio(one: Box, other: Box) -> float:
    """Return the lower box's height divided by the higher one's."""
    heights = sorted(box.y1 - box.y0 for box in (one, other))
    return heights[0] / heights[1] if heights[1] > 0 else 0.0


def same_person(one: Box, other: Box) -> bool:
    """Say whether two boxes of one frame show one person: nearly equal, or one the upper body or legs of the other."""
    if overlap(one, other) > TWICE:
        return True
    small, large = sorted((one, other), key=lambda box: (box.x1 - box.x0) * (box.y1 - box.y0))
    near = SAME_EDGE * (large.y1 - large.y0)
    return _is_within(small, large) and (abs(small.y0 - large.y0) <= near or abs(small.y1 - large.y1) <= near)


def is_upper_body(part: Box, whole: Box) -> bool:
    """Say whether a box shows head and upper body of the person that another box shows down to the feet."""
    height = part.y1 - part.y0
    cut = height < CUT * (whole.y1 - whole.y0)
    return cut and _is_within(part, whole) and abs(part.y0 - whole.y0) <= SAME_EDGE * (whole.y1 - whole.y0)


def is_in_front(one: Box, other: Box) -> bool:
    """Say whether the first person may hide a part of the second: their boxes meet, and their feet are nearer."""
    return one.y1 > other.y1 and overlap(one, other) > 0


def _is_within(small: Box, large: Box) -> bool:
    wide = min(small.x1, large.x1) - max(small.x0, large.x0)
    high = min(small.y1, large.y1) - max(small.y0, large.y0)
    return wide > 0 and wide * high >= WITHIN * (small.x1 - small.x0) * (small.y1 - small.y0)


def _shared(double_middle: float, extent: float, other_double_middle: float, other_extent: float) -> float:
    apart = abs(double_middle - other_double_middle) / 2
    return max(0.0, min(extent, other_extent, (extent + other_extent) / 2 - apart))


def match(likeness: Sequence[Sequence[float]], least: float) -> list[tuple[int, int]]:
    """Pair rows with columns so that the sum of likeness is greatest; no pair below `least`."""
    if not likeness or not likeness[0]:
        return []
    if len(likeness) == 1 and len(likeness[0]) == 1:
        return [(0, 0)] if likeness[0][0] >= least else []
    # what is below the limit must not bend the choice of the others
    gated = [[value if value >= least else 0.0 for value in row] for row in likeness]
    rows, columns = linear_sum_assignment(gated, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column) for row, column in pairs if likeness[row][column] >= least]
