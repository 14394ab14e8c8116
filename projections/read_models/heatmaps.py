"""Heat maps: how the floor was used, cell by cell and hour by hour."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import add
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Table,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.heatmaps import FloorCounted
from event_store.layout.grid import FloorGrid
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import HOUR, end_of_hour, start_of_hour, starts_of_days
from projections.scope import StoreKey
from projections.tables.read_model import read_model

HEATMAPS = read_model(
    "heatmaps",
    1,
    Column("day", DateTime(timezone=True), primary_key=True),
    Column("cell_mm", Integer, primary_key=True),
    Column("columns", Integer, primary_key=True),
    Column("cell", Integer, primary_key=True),
    Column("visits", ARRAY(BigInteger), nullable=False),
    Column("stay_ms", ARRAY(BigInteger), nullable=False),
    Column("stops", ARRAY(BigInteger), nullable=False),
)

CellCount = Literal["visits", "stay_ms", "stops"]
MOST_HOURS = 25
NOTHING = (0,) * MOST_HOURS


class CellRow(Row, frozen=True, kw_only=True):
    """What happened in a cell on a day, by each of its hours."""

    visits: tuple[int, ...] = NOTHING
    stay_ms: tuple[int, ...] = NOTHING
    stops: tuple[int, ...] = NOTHING


class HeatMaps(Projection[CellRow]):
    """One row for each cell of the floor and day of the store on which anybody was in it.

    Counts add up, so facts may come late and in any order. Another division of the floor has rows of its own.
    """

    table: ClassVar[Table] = HEATMAPS
    facts: ClassVar[EventClasses] = frozenset({FloorCounted})
    row = CellRow

    def fold(self, rows: Rows[CellRow], recorded: RecordedEvent) -> None:
        """Add what was counted."""
        match recorded.event:
            case FloorCounted(day=day, hour=hour, cell_mm=cell_mm, columns=columns) as counted:
                lists = zip(counted.cells, counted.people, counted.stay_ms, counted.stops, strict=False)
                for cell, visits, stay_ms, stops in lists:
                    key = (day, cell_mm, columns, cell)
                    row = rows.get(key) or CellRow()
                    rows[key] = CellRow(
                        visits=_with(row.visits, hour, visits),
                        stay_ms=_with(row.stay_ms, hour, stay_ms),
                        stops=_with(row.stops, hour, stops),
                    )


def _with(hours: Sequence[int], hour: int, more: int) -> tuple[int, ...]:
    counts = [*hours]
    counts[hour] += more
    return tuple(counts)


class Hours(msgspec.Struct, frozen=True):
    """Whole hours of a store, from one moment up to another."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def by_slots(self) -> Mapping[range, Sequence[datetime]]:
        """Return the days of which the same hours are wanted, by these hours."""
        found: dict[range, list[datetime]] = {}
        for day in starts_of_days(self.start, self.end, self.zone):
            first, behind = ((each - day) // HOUR for each in (self.start, self.end))
            found.setdefault(range(max(0, first), min(MOST_HOURS, behind)), []).append(day)
        return found


def hours_of(start: datetime, end: datetime, zone: ZoneInfo) -> Hours:
    """Return the whole hours of a store that a range touches."""
    return Hours(start_of_hour(start, zone), end_of_hour(end, zone), zone)


class UsedCells(msgspec.Struct, frozen=True, kw_only=True):
    """The cells in which anybody was, and what is counted of each; the lists go together."""

    cells: Sequence[int]
    counts: Sequence[int]


async def find_used_cells(
    connection: AsyncConnection, store: StoreKey, hours: Hours, grid: FloorGrid, count: CellCount
) -> UsedCells:
    """Return what is counted of each cell in hours of the store."""
    row = (await connection.execute(used_cells(store, hours, grid, count))).one()
    return UsedCells(cells=_numbers(row[0]), counts=_numbers(row[1]))


def used_cells(store: StoreKey, hours: Hours, grid: FloorGrid, count: CellCount) -> Select[str, str]:
    """Select the numbers of the cells that anything is counted of, and what is, each as one text."""
    pieces = [
        select(HEATMAPS.c.cell, _sum(HEATMAPS.c[count], slots).label("count"))
        .where(store.of(HEATMAPS), HEATMAPS.c.day.in_(days))
        .where(HEATMAPS.c.cell_mm == grid.cell_mm, HEATMAPS.c.columns == grid.columns)
        .where(HEATMAPS.c.cell < grid.columns * grid.rows)
        for slots, days in hours.by_slots().items()
    ]
    pieced = union_all(*pieces).subquery()
    total = cast(func.sum(pieced.c["count"]), BigInteger).label("count")
    by_cell = select(pieced.c.cell, total).group_by(pieced.c.cell).having(total > 0).subquery()
    return select(
        func.array_to_string(func.array_agg(by_cell.c.cell), ","),
        func.array_to_string(func.array_agg(by_cell.c["count"]), ","),
    )


def _numbers(said: str | None) -> Sequence[int]:
    """Return the numbers of a list; so much faster than the driver reads arrays."""
    return [*map(int, said.split(","))] if said else ()


def _sum(hours: ColumnElement[Sequence[int]], slots: range) -> ColumnElement[int]:
    """Return the sum of some of a row's hours; a sum of 25 is faster than any function of arrays."""
    return reduce(add, (hours[slot + 1] for slot in slots), literal(0))
