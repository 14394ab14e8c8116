"""What of a floor's cells has a name, and what of them any camera sees."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from event_store.layout.geometry import XY, contains, distance_to_segment, edges
from event_store.layout.grid import FloorGrid, floor_grid
from event_store.layout.homography import fit
from event_store.layout.model import Camera, Fixture, Layout, Store, Zone

APRON_M = 0.8
"""Who stands so near a fixture is at it."""
PLANS_KEPT = 32

AreaKind = Literal["zone", "fixture"]


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A zone, or the floor around a fixture; only cells that a camera sees and in which one can stand."""

    kind: AreaKind
    id: str
    cells: frozenset[int]


class FloorAreas(msgspec.Struct, frozen=True, kw_only=True):
    """A floor's named areas."""

    open: frozenset[int]
    """Cells that a calibrated camera sees and no fixture stands on."""
    seen: frozenset[int]
    """Those with a fixture, too."""
    areas: Sequence[Area]


class _Plan(msgspec.Struct, frozen=True):
    """What of a layout says where things are on the floor."""

    store: Store
    camera: list[Camera]
    zone: list[Zone]
    fixture: list[Fixture]


def floor_areas(layout: Layout) -> FloorAreas | None:
    """Return the named areas of a store's floor; None where the layout does not say how large it is."""
    plan = _Plan(layout.store, layout.camera, layout.zone, layout.fixture)
    return _areas_of(msgspec.json.encode(plan))


@lru_cache(PLANS_KEPT)
def _areas_of(plan: bytes) -> FloorAreas | None:
    layout = msgspec.json.decode(plan, type=Layout)
    grid = floor_grid(layout)
    if grid is None:
        return None
    seen = frozenset(_seen(layout, grid))
    furniture = [each for each in layout.fixture if each.floor_polygon]
    covered = {cell for each in furniture for cell in _within(grid, each.floor_polygon or (), 0.0)}
    open_cells = seen - covered
    areas = [
        *(Area(kind="zone", id=each.id, cells=open_cells & _zone(layout, each, grid)) for each in layout.zone),
        *(
            Area(kind="fixture", id=each.id, cells=open_cells & _within(grid, each.floor_polygon or (), APRON_M))
            for each in furniture
        ),
    ]
    return FloorAreas(open=open_cells, seen=seen, areas=[each for each in areas if each.cells])


def _seen(layout: Layout, grid: FloorGrid) -> Iterator[int]:
    views = [view for each in layout.camera if each.floor_points and (view := fit(each.floor_points))]
    for cell, middle in enumerate(grid.middles()):
        pictures = (view.picture(middle) for view in views)
        if any(point is not None and 0 <= point[0] <= 1 and 0 <= point[1] <= 1 for point in pictures):
            yield cell


def _zone(layout: Layout, zone: Zone, grid: FloorGrid) -> frozenset[int]:
    """Return the cells of a zone, whose polygons in pictures are carried to the floor."""
    polygons: list[Sequence[XY]] = [zone.floor_polygon] if zone.floor_polygon else []
    views = {each.id: fit(each.floor_points) for each in layout.camera if each.floor_points}
    drawn = [(zone.camera, zone.polygon), *((each.camera, each.polygon) for each in zone.view)]
    for camera, polygon in drawn:
        view = views.get(camera or "")
        if view is not None and polygon is not None:
            corners = view.floor_polygon(polygon)
            polygons += [corners] if corners else []
    return frozenset(cell for polygon in polygons for cell in _within(grid, polygon, 0.0))


def _within(grid: FloorGrid, polygon: Sequence[XY], apron_m: float) -> frozenset[int]:
    """Return the cells whose middle lies in a polygon, or so near it."""
    return frozenset(cell for cell in _around(grid, polygon, apron_m) if _is_near(polygon, grid.middle(cell), apron_m))


def _around(grid: FloorGrid, polygon: Sequence[XY], apron_m: float) -> Iterable[int]:
    """Return the cells of the upright rectangle around a polygon."""
    if not polygon:
        return ()
    spans = []
    for axis, most in ((0, grid.columns), (1, grid.rows)):
        low, high = min(each[axis] for each in polygon) - apron_m, max(each[axis] for each in polygon) + apron_m
        first, last = (int(each * 1000 // grid.cell_mm) for each in (low, high))
        spans.append(range(max(0, first), min(most - 1, last) + 1))
    return (row * grid.columns + column for row in spans[1] for column in spans[0])


def _is_near(polygon: Sequence[XY], point: XY, apron_m: float) -> bool:
    if contains(polygon, point):
        return True
    return apron_m > 0 and any(distance_to_segment(point, *edge) <= apron_m for edge in edges(polygon))
