"""Polygons as people and drawing programs write them: a ring may end at the corner where it began."""

from typing import Any

POLYGONS = frozenset({"polygon", "floor_polygon"})


def open_rings(value: Any) -> Any:
    """Return a layout's data with no corner of a polygon twice in a row, the last and the first included."""
    match value:
        case dict():
            return {
                key: _without_repeats(each) if key in POLYGONS and isinstance(each, list) else open_rings(each)
                for key, each in value.items()
            }
        case list():
            return [open_rings(each) for each in value]
        case _:
            return value


def _without_repeats(ring: list[Any]) -> list[Any]:
    following = [*ring[1:], *ring[:1]]
    return [corner for corner, after in zip(ring, following, strict=True) if corner != after or len(ring) == 1]
