"""Checks of places: polygons, lines and calibrations that cannot be meant."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from event_store.layout import homography
from event_store.layout.geometry import XY, area, crossing_sides, overlap
from event_store.layout.positions import Path
from event_store.layout.references import Table, tables
from event_store.layout.wording import Finding

SHORTEST_LINE = 0.005
"""In fractions of the picture: a few pixels, below which a line has no direction."""
FEWEST_PAIRS = 4
"""A homography has eight unknowns, and each pair of points gives two equations."""
SMALLEST_AREA = 1e-5
"""In fractions of the picture: about three by three pixels of a 1280 x 720 picture."""


def place_findings(data: Table) -> Iterator[Finding]:
    """Find what is wrong with the places of a layout; what has the wrong form was told by the schema."""
    yield from _not_finite((), data)
    yield from _polygons((), data)
    yield from _doors(data)
    for at, line in tables(data, "line"):
        yield from _line(at, line)
    for at, camera in tables(data, "camera"):
        yield from _calibration(at, camera)
    calibrated = any("floor_points" in camera for _, camera in tables(data, "camera"))
    for at, zone in tables(data, "zone"):
        yield from _zone(at, zone, calibrated=calibrated)
    yield from _off_the_floor(data)


def _not_finite(at: Path, value: Any) -> Iterator[Finding]:
    if isinstance(value, float) and not math.isfinite(value):
        yield at, f"{value} is no place", "write a number"
    for key, each in _inside(value):
        yield from _not_finite((*at, key), each)


def _inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _polygons(at: Path, value: Any) -> Iterator[Finding]:
    for key, each in _inside(value):
        here = (*at, key)
        points = _points(each, fewest=3) if key in {"polygon", "floor_polygon"} else None
        if points is None:
            yield from _polygons(here, each)
        elif crossing := crossing_sides(points):
            yield (
                here,
                f"the {key} crosses itself at its sides {crossing[0]} and {crossing[1]}",
                "list the corners in the order of a walk around it",
            )
        elif area(points) < SMALLEST_AREA:
            yield here, f"the {key} encloses nothing", "list at least three corners that are not on one line"


def _doors(data: Table) -> Iterator[Finding]:
    """Find doors that share a part of one picture: nobody could say by which of them somebody came."""
    doors = [
        (at, door, points)
        for at, door in tables(data, "door")
        if (points := _points(door.get("polygon"), fewest=3))
        and area(points) >= SMALLEST_AREA
        and not crossing_sides(points)
    ]
    for (_, one, its), (at, other, own) in combinations(doors, 2):
        if one.get("camera") == other.get("camera") and overlap(its, own):
            yield (
                (*at, "polygon"),
                f"the doors {one.get('id')!r} and {other.get('id')!r} overlap",
                "leave each foot point to one of them; where it is one entrance, make it one door",
            )


def _line(at: Path, line: Table) -> Iterator[Finding]:
    ends = _points([line.get("from"), line.get("to")], fewest=2)
    if ends and math.dist(*ends) < SHORTEST_LINE:
        yield (*at, "to"), "the line has no length", "let `to` be the other end of the line"


def _calibration(at: Path, camera: Table) -> Iterator[Finding]:
    pairs = camera.get("floor_points")
    if not isinstance(pairs, list):
        return
    points = [_points(pair, fewest=2) for pair in pairs]
    known = [(pair[0], pair[1]) for pair in points if pair is not None]
    if len(known) < len(pairs) or len(known) < FEWEST_PAIRS or homography.fit(known) is not None:
        return
    here = (*at, "floor_points")
    flat = [
        name for name, side in (("picture", 0), ("floor", 1)) if homography.degenerate([pair[side] for pair in known])
    ]
    if flat:
        what = f"the {' and the '.join(flat)} points lie on a line or repeat"
        yield here, what, "choose four points of which no three lie on a line, like the corners of a carpet"
    else:
        yield here, "no view of a floor matches these points", "check that each picture point has its own floor point"


def _zone(at: Path, zone: Table, *, calibrated: bool) -> Iterator[Finding]:
    has = [key for key in ("polygon", "floor_polygon", "view") if key in zone]
    if not has:
        yield at, "the zone has no place", "give it a polygon with a camera, a floor_polygon or [[zone.view]]"
    if "floor_polygon" in has and len(has) > 1:
        yield (*at, "floor_polygon"), f"the zone has a floor_polygon and a {has[0]}", "keep one of them"
    if "polygon" in has and "camera" not in zone:
        yield (*at, "polygon"), "the polygon belongs to no camera", 'add camera = "…"'
    if "camera" in zone and "polygon" not in zone:
        yield (*at, "camera"), "the zone names a camera but has no polygon in its picture", "add polygon = [[…], …]"
    if "floor_polygon" in has and not calibrated:
        yield (
            (*at, "floor_polygon"),
            "no camera knows the floor",
            "give a [[camera]] its floor_points, or the zone a polygon",
        )
    seen = {zone.get("camera")} - {None}
    for place, view in tables(zone, "view", at):
        if view.get("camera") in seen:
            yield (*place, "camera"), f"two views by the camera {view['camera']!r}", "keep one polygon for each camera"
        seen.add(view.get("camera"))


def _off_the_floor(data: Table) -> Iterator[Finding]:
    store = data.get("store")
    floor = _points([store.get("floor")], fewest=1) if isinstance(store, dict) else None
    if not floor:
        return
    (width, depth), slack = floor[0], 0.01
    for kind in ("zone", "fixture"):
        for at, entry in tables(data, kind):
            for index, (x, y) in enumerate(_points(entry.get("floor_polygon"), fewest=3) or ()):
                if not (-slack <= x <= width + slack and -slack <= y <= depth + slack):
                    what = f"[{x:g}, {y:g}] is off the floor of {width:g} x {depth:g} m"
                    yield (*at, "floor_polygon", index), what, "move the corner, or correct the store's floor"


def _points(value: Any, fewest: int) -> Sequence[XY] | None:
    if not isinstance(value, list) or len(value) < fewest:
        return None
    points: list[XY] = []
    for point in value:
        match point:
            case [int() | float() as x, int() | float() as y] if math.isfinite(x) and math.isfinite(y):
                points.append((float(x), float(y)))
            case _:
                return None
    return points
