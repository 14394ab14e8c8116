"""A layout drawn over a frame of one of its cameras, so that a person sees whether it is right."""

from itertools import pairwise

from event_store.layout.geometry import XY
from event_store.layout.homography import Homography, fit
from event_store.layout.model import Camera, Layout, Line
from vision_workers.frames import Picture
from vision_workers.pictures.strokes import (
    BLUE,
    GREEN,
    GREY,
    MAGENTA,
    ORANGE,
    YELLOW,
    arrow,
    stroke,
    surface,
    words,
)

MOST_GRID_LINES = 20
"""Each way; a bigger floor gets a wider grid, of whole metres."""
STEPS = 20
"""Points along a grid line, which the picture's edge may cut."""
FAR_OUT = 1.5
"""From the picture's middle, in pictures: what is farther out is not drawn towards."""
ARROW_LENGTH = 0.08
"""Of the picture's height."""


def draw_layout(picture: Picture, layout: Layout, camera_id: str) -> Picture:
    """Return a copy with the camera's floor grid, zones, shelves, doors and lines; the arrow of a line points in."""
    drawn = picture.copy()
    camera = next(each for each in layout.camera if each.id == camera_id)
    view = fit(camera.floor_points) if camera.floor_points else None
    if view is not None:
        _grid(drawn, layout, camera, view)
    _zones(drawn, layout, camera_id, view)
    _shelves(drawn, layout, camera_id)
    for door in layout.door:
        if door.camera == camera_id:
            surface(drawn, door.polygon, GREEN)
            words(drawn, f"door {door.id}", door.polygon[0], GREEN)
    for ignored in layout.ignore:
        if ignored.camera == camera_id:
            surface(drawn, ignored.polygon, GREY)
            words(drawn, f"ignored {ignored.name or ''}".strip(), ignored.polygon[0], GREY)
    for line in layout.line:
        if line.camera == camera_id:
            _line(drawn, line)
    return drawn


def inside_arrow(line: Line, aspect: float) -> tuple[XY, XY]:
    """Return the arrow that stands upright on the middle of a line, for a picture of that width / height."""
    (x0, y0), (x1, y1) = line.start, line.end
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    across, down = (x1 - x0) * aspect, y1 - y0
    length = (across**2 + down**2) ** 0.5
    side = ARROW_LENGTH / length if line.inside == "right" else -ARROW_LENGTH / length
    return middle, (middle[0] - side * down / aspect, middle[1] + side * across)


def _line(drawn: Picture, line: Line) -> None:
    stroke(drawn, [line.start, line.end], ORANGE, weight=3)
    height, width = drawn.shape[:2]
    arrow(drawn, *inside_arrow(line, width / height), ORANGE)
    words(drawn, f"line {line.id}", line.start, ORANGE)


def _zones(drawn: Picture, layout: Layout, camera_id: str, view: Homography | None) -> None:
    for zone in layout.zone:
        polygons = [each.polygon for each in zone.view if each.camera == camera_id]
        if zone.polygon is not None and zone.camera == camera_id:
            polygons.append(zone.polygon)
        for polygon in polygons:
            surface(drawn, polygon, BLUE)
            words(drawn, f"zone {zone.id}", polygon[0], BLUE)
        if zone.floor_polygon is not None and view is not None:
            for start, end in pairwise([*zone.floor_polygon, zone.floor_polygon[0]]):
                _on_floor(drawn, view, start, end, BLUE, weight=2)
            if (corner := _visible(view, zone.floor_polygon[0])) is not None:
                words(drawn, f"zone {zone.id}", corner, BLUE)


def _shelves(drawn: Picture, layout: Layout, camera_id: str) -> None:
    for shelf in (each for each in layout.shelf if each.camera == camera_id):
        for facing in shelf.facing:
            surface(drawn, facing.polygon, MAGENTA)
            words(drawn, f"{shelf.id}/{facing.slot}", facing.polygon[0], MAGENTA)
        for label in shelf.label:
            surface(drawn, label.polygon, YELLOW)


def _grid(drawn: Picture, layout: Layout, camera: Camera, view: Homography) -> None:
    floor = [point for _, point in camera.floor_points or []]
    corners = [(0.0, 0.0), layout.store.floor] if layout.store.floor else floor
    (left, near), (right, far) = (tuple(each(axis) for axis in zip(*corners, strict=True)) for each in (min, max))
    step = max(1, round(max(right - left, far - near) / MOST_GRID_LINES))
    for metre in range(int(left), int(right) + 1, step):
        _on_floor(drawn, view, (metre, near), (metre, far), GREY)
    for metre in range(int(near), int(far) + 1, step):
        _on_floor(drawn, view, (left, metre), (right, metre), GREY)
    if (origin := _visible(view, (left, near))) is not None:
        words(drawn, f"{left:g}, {near:g} m, grid {step} m", origin, GREY)


def _on_floor(
    drawn: Picture, view: Homography, start: XY, end: XY, colour: tuple[int, int, int], weight: int = 1
) -> None:
    along = [
        (start[0] + (end[0] - start[0]) * k / STEPS, start[1] + (end[1] - start[1]) * k / STEPS) for k in range(21)
    ]
    for one, other in pairwise(along):
        ends = _visible(view, one), _visible(view, other)
        if ends[0] is not None and ends[1] is not None:
            stroke(drawn, [ends[0], ends[1]], colour, weight)


def _visible(view: Homography, place: XY) -> XY | None:
    """Return where a place on the floor is in the picture; None when it is far out of it."""
    point = view.picture(place)
    return point if point is not None and all(abs(share - 0.5) <= FAR_OUT for share in point) else None
