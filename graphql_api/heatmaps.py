"""Heat maps of a store's floor."""

import base64
import sys
from array import array
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

from event_store.layout.floor_areas import FloorAreas, floor_areas
from event_store.layout.grid import FloorGrid, floor_grid
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.figures_scope import Asking, FiguresScope
from graphql_api.fixtures import Fixture
from graphql_api.quality import Quality
from graphql_api.rules import needs
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission
from graphql_api.words import value, word
from graphql_api.zones import Zone
from projections.read_models import heat_areas
from projections.read_models.heatmaps import find_used_cells, hours_of

UNSEEN = 65_535
"""In the place of a value, where no camera sees the cell."""
MOST = UNSEEN - 1
MILLISECOND = 0.001
"""In seconds."""


@strawberry.enum(description="What a heat map shows of each cell of the floor.")
class HeatMeasure(Enum):
    """What a heat map shows."""

    TIME = value("stay_ms", description="Seconds that people were in it, together.")
    VISITS = value("visits", description="Visits that came to it.")
    STOPS = value("stops", description="How often somebody stood still in it, for three seconds or more.")


SAID = {HeatMeasure.TIME: "time", HeatMeasure.VISITS: "visits", HeatMeasure.STOPS: "stops"}
Measure = Annotated[HeatMeasure, strawberry.argument(description="What to show of each cell.")]


@strawberry.type(description="A zone, or the floor around a fixture, on a heat map.", directives=needs(Permission.READ))
class HeatArea:
    """A zone or fixture on a heat map."""

    zone: Zone | None = strawberry.field(description="The zone; null for a fixture.")
    fixture: Fixture | None = strawberry.field(description="The fixture, with 0.8 m around it; null for a zone.")
    mean: float = strawberry.field(description="Of its cells; in the unit of the measure.")
    times_mean: float = strawberry.field(description="How often the store's mean that is.")
    words: str = strawberry.field(description="The same as an English sentence.")

    @classmethod
    def of(cls, scope: Scope, area: heat_areas.HeatArea, measure: HeatMeasure) -> Self:
        """Shape the answer."""
        zone = Zone.of(scope, area.id) if area.kind == "zone" else None
        fixture = Fixture.of(scope, area.id) if area.kind == "fixture" else None
        name = zone.name if zone else area.id
        share = f"{area.times_mean:.1f} times" if area.times_mean >= 1 else f"{area.times_mean:.0%} of"
        words = f"{name} has {share} the {SAID[measure]} of the store's mean."
        return cls(zone=zone, fixture=fixture, mean=area.mean, times_mean=round(area.times_mean, 3), words=words)


@strawberry.type(
    description="How the floor was used, in square cells, row by row from its front left corner. Somebody who is seen "
    "by several cameras counts once. Nothing in it is of anybody in particular.",
    directives=needs(Permission.READ),
)
class HeatMap:
    """How the floor was used."""

    measure: HeatMeasure = strawberry.field(description="What it shows of each cell.")
    start: datetime = strawberry.field(description="Where the first hour begins: it is of whole hours of the store.")
    end: datetime = strawberry.field(description="Where the last hour ends.")
    columns: int = strawberry.field(description="Cells from left to right.")
    rows: int = strawberry.field(description="Cells from front to back.")
    cell_m: float = strawberry.field(description="Length of a cell's side, in metres.")
    floor_width_m: float = strawberry.field(description="Width of the floor, in metres.")
    floor_depth_m: float = strawberry.field(description="Depth of the floor, in metres.")
    grid: str | None = strawberry.field(
        description="`columns * rows` unsigned numbers of 16 bits, the lower byte first, in base64. A number times "
        "`scale` is the cell's value; 65535 is a cell that no camera sees. Null where nobody could know."
    )
    scale: float = strawberry.field(description="What the grid's numbers are multiplied by.")
    highest: float | None = strawberry.field(description="The highest value of a cell; null where nobody could know.")
    mean: float | None = strawberry.field(
        description="The mean of all cells that a camera sees and on which no fixture stands; null where nobody could "
        "know."
    )
    hotspots: list[HeatArea] = strawberry.field(
        description="Zones and fixtures with at least twice the mean, at most 10, the hottest first."
    )
    dead_areas: list[HeatArea] = strawberry.field(
        description="Zones and fixtures that cameras see, with at most a quarter of the mean, at most 10, the deadest "
        "first."
    )
    quality: Quality = strawberry.field(description="How far it can be trusted.")


def pack(grid: FloorGrid, values: Mapping[int, float], floor: FloorAreas, scale: float) -> str:
    """Return a grid's values as one text."""
    numbers = array("H", [UNSEEN]) * (grid.columns * grid.rows)
    for cell in floor.seen | values.keys():
        numbers[cell] = min(MOST, round(values.get(cell, 0.0) / scale))
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()


@strawberry.type
class HeatMapsOfFigures(FiguresScope):
    """What one may ask of how a store's floor was used."""

    @field(
        "How the floor was used, in the whole hours that the range touches. Null where the layout does not say how "
        "large the floor is, or no camera is calibrated."
    )
    async def heat_map(self, info: Asked, measure: Measure = HeatMeasure.TIME) -> HeatMap | None:
        """Return one packed grid, and what stands out in it."""
        layout = self.scope.store.layout
        grid, floor = floor_grid(layout), floor_areas(layout)
        if grid is None or floor is None or layout.store.floor is None or not floor.seen:
            return None
        asking = Asking(self.scope, self.stretch)
        hours = hours_of(self.stretch.start, self.stretch.end, self.scope.zone)
        used = await info.context.ask_once(find_used_cells, self.scope.key, hours, grid, word(measure))
        watched = await asking.watched(info)
        cameras = sorted(each.id for each in layout.camera if each.floor_points)
        (coverage,), (seen,) = watched.coverage(cameras), watched.was_seen(cameras)
        unit = MILLISECOND if measure is HeatMeasure.TIME else 1
        values = {cell: count * unit for cell, count in zip(used.cells, used.counts, strict=True)}
        known = seen or bool(values)
        ranked = heat_areas.rank(floor, values)
        highest = max(values.values(), default=0.0)
        scale = highest / MOST or 1.0
        width, depth = layout.store.floor
        return HeatMap(
            measure=measure,
            start=hours.start,
            end=hours.end,
            columns=grid.columns,
            rows=grid.rows,
            cell_m=grid.cell_mm / 1000,
            floor_width_m=width,
            floor_depth_m=depth,
            grid=pack(grid, values, floor, scale) if known else None,
            scale=scale,
            highest=highest if known else None,
            mean=ranked.mean if known else None,
            hotspots=[HeatArea.of(self.scope, each, measure) for each in ranked.hotspots],
            dead_areas=[HeatArea.of(self.scope, each, measure) for each in ranked.dead_areas],
            quality=asking.quality(info, coverage),
        )
