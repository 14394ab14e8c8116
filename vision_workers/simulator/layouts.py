"""The layout that fits a simulated store: doors, lines and zones as each camera sees them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vision_workers.simulator.lenses import NEAR_M, Array, Lens
from vision_workers.simulator.plans import Door, Plan, Point, outward
from vision_workers.simulator.shelf_layouts import write_shelves
from vision_workers.simulator.tables import table, written

CALIBRATION = ((0.1, 0.95), (0.9, 0.95), (0.75, 0.6), (0.25, 0.6), (0.5, 0.75))
FARTHEST_M = 20.0
OUTSIDE_M, ASIDE_M = 1.0, 0.3
"""How much of the ground beyond a door and beside it belongs to its polygon: people are first seen there."""
DIGITS = 4


def write_layout(plan: Plan, lenses: Mapping[str, Lens], clips: Mapping[str, str]) -> str:
    """Return a layout file for the cameras given, with what they see of doors, lines and zones."""
    tables = [_store(plan)]
    calibrated = {camera.id for camera in plan.camera if camera.calibrated}
    tables += [_camera(name, lens, clips[name], is_calibrated=name in calibrated) for name, lens in lenses.items()]
    for door in plan.door:
        if door.camera in lenses:
            polygon = in_picture(_door_floor(plan, door), lenses[door.camera])
            tables.append(table("door", id=door.id, camera=door.camera, polygon=polygon))
    for line in plan.line:
        if line.camera in lenses:
            start, end = in_picture([line.start, line.end], lenses[line.camera])
            ends: dict[str, object] = {"from": start, "to": end, "inside": line.inside}
            tables.append(table("line", id=line.id, camera=line.camera, **ends))
    for zone in plan.zone:
        if zone.camera in lenses:
            polygon = in_picture(zone.floor_polygon, lenses[zone.camera])
            head = {"id": zone.id, "name": zone.name, "kind": zone.kind, "camera": zone.camera}
            tables.append(table("zone", **head, polygon=polygon, min_dwell_s=zone.min_dwell_s))
    tables += write_shelves(plan, lenses)
    for fixture in plan.fixture:
        x0, y0, x1, y1 = fixture.rect
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        fields = {"kind": fixture.kind, "floor_polygon": corners, "height_m": fixture.height_m}
        tables.append(table("fixture", id=fixture.id, **fields))
    return "\n".join(tables)


def in_picture(floor: Sequence[Point], lens: Lens) -> list[Point]:
    """Return a polygon or segment of the floor as fractions of the picture, cut at its edges."""
    local = (np.array([(x, y, 0.0) for x, y in floor]) - lens.position) @ lens.axes.T
    before = _cut(list(local), lambda point: float(point[1] - 2 * NEAR_M))
    points = [lens.project(point[None] @ lens.axes + lens.position)[0, :2] for point in before]
    for axis, sign, limit in ((0, 1.0, 0.0), (0, -1.0, -1.0), (1, 1.0, 0.0), (1, -1.0, -1.0)):
        points = _cut(points, lambda point, a=axis, s=sign, at=limit: float(s * point[a] - at))  # type: ignore[misc]
    rounded = [(round(float(np.clip(x, 0, 1)), DIGITS), round(float(np.clip(y, 0, 1)), DIGITS)) for x, y in points]
    return list(dict.fromkeys(rounded))


def _cut(points: Sequence[Array], inside: Callable[[Array], float]) -> list[Array]:
    """Keep what lies on one side (Sutherland and Hodgman, 1974)."""
    kept: list[Array] = []
    for n, point in enumerate(points):
        before = points[n - 1]
        here, there = inside(point), inside(before)
        if here * there < 0:
            kept.append(before + (point - before) * there / (there - here))
        if here >= 0:
            kept.append(point)
    return kept


def _door_floor(plan: Plan, door: Door) -> list[Point]:
    out = np.array(outward(plan, door))
    ends = np.array([door.start, door.end])
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    ends = ends + np.array([-along, along]) * ASIDE_M
    far, near = ends + out * OUTSIDE_M, ends[::-1] - out * door.depth_m
    return [(float(x), float(y)) for x, y in (*far, *near)]


def _store(plan: Plan) -> str:
    fields = {"id": plan.id, "name": plan.name, "time_zone": plan.time_zone, "floor": plan.floor}
    money = {"currency": plan.currency, "locale": plan.locale}
    return "[store]\n" + written(fields | {key: value for key, value in money.items() if value})


def _camera(name: str, lens: Lens, clip: str, *, is_calibrated: bool) -> str:
    pairs = []
    for x, y in CALIBRATION if is_calibrated else ():
        spot = lens.floor_at(x, y)
        if spot and np.hypot(spot[0] - lens.position[0], spot[1] - lens.position[1]) < FARTHEST_M:
            pairs.append([[x, y], [round(spot[0], DIGITS), round(spot[1], DIGITS)]])
    calibrated = {"floor_points": pairs} if len(pairs) >= 4 else {}  # noqa: PLR2004 - a homography takes four
    return table("camera", id=name, source=clip, **calibrated)
