"""Occupancy: how many people are inside, at any moment."""

from bisect import insort
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ARRAY, Column, DateTime, Integer, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.visits import ShopperEntered, ShopperExited
from projections.errors import TooLongRange
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import Grain, start_of_day, starts_of_days
from projections.read_models.watches import find_doors_unknown_since
from projections.scope import StoreKey
from projections.tables.read_model import read_model

OCCUPANCY = read_model(
    "occupancy",
    1,
    Column("start", DateTime(timezone=True), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("entries", ARRAY(Integer), nullable=False),
    Column("exits", ARRAY(Integer), nullable=False),
)

LONGEST = timedelta(days=31)
"""A month is some thousands of rows, which are walked in memory."""

MILLISECOND = timedelta(milliseconds=1)


class OccupancyRow(Row, frozen=True, kw_only=True):
    """When people came in and when they left, in milliseconds after the start of the quarter-hour, ascending."""

    entries: tuple[int, ...] = ()
    exits: tuple[int, ...] = ()


class Occupancy(Projection[OccupancyRow]):
    """One row for each quarter-hour, in UTC and by role, in which somebody came in or left by a door.

    The row keeps each moment, so that facts that come late or out of order find their place.
    """

    table: ClassVar[Table] = OCCUPANCY
    facts: ClassVar[EventClasses] = frozenset({ShopperEntered, ShopperExited})
    row = OccupancyRow

    def fold(self, rows: Rows[OccupancyRow], recorded: RecordedEvent) -> None:
        """Put the moment in its place; whoever was lost from sight is still inside."""
        match recorded.event:
            case ShopperEntered(time=at, role=role):
                row, key, moment = _place(rows, at, role)
                rows[key] = OccupancyRow(entries=_with(row.entries, moment), exits=row.exits)
            case ShopperExited(time=at, role=role, reason="left"):
                row, key, moment = _place(rows, at, role)
                rows[key] = OccupancyRow(entries=row.entries, exits=_with(row.exits, moment))


def _place(rows: Rows[OccupancyRow], at: datetime, role: str) -> tuple[OccupancyRow, tuple[datetime, str], int]:
    start = Grain.QUARTER.start(at)
    return rows.get((start, role)) or OccupancyRow(), (start, role), (at - start) // MILLISECOND


def _with(moments: Sequence[int], moment: int) -> tuple[int, ...]:
    longer = list(moments)
    insort(longer, moment)
    return tuple(longer)


class Mark(IntEnum):
    """What happens at a moment; of several at one moment, the lower comes first."""

    CUT = 0
    MIDNIGHT = 1
    ENTRY = 2
    EXIT = 3


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """How many people were inside at the end of a period, and how many at most during it."""

    start: datetime
    end: datetime
    inside: int | None
    peak: int | None


async def find_occupancy(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime], zone: ZoneInfo
) -> Sequence[Inside]:
    """Return how many people were inside between each two of the cuts, which ascend.

    The count starts at nobody with each day of the store, so that a person who was missed is not inside for ever.
    Both are null from when on nobody watches one of the doors.
    """
    if cuts[-1] - cuts[0] > LONGEST:
        raise TooLongRange(cuts[0], cuts[-1], "day of occupancy", LONGEST.days)
    statement = (
        select(OCCUPANCY.c.start, OCCUPANCY.c.entries, OCCUPANCY.c.exits)
        .where(store.of(OCCUPANCY))
        .where(OCCUPANCY.c.start >= start_of_day(cuts[0], zone), OCCUPANCY.c.start < cuts[-1])
    )
    rows = await connection.execute(statement)
    marks = [mark for start, entries, exits in rows for mark in _marks(start, entries, exits)]
    unknown_since = await find_doors_unknown_since(connection, store)
    return [
        each
        if unknown_since is None or each.end <= unknown_since
        else msgspec.structs.replace(each, inside=None, peak=None)
        for each in walk(marks, cuts, zone)
    ]


def _marks(start: datetime, entries: Sequence[int], exits: Sequence[int]) -> Iterator[tuple[datetime, Mark]]:
    for moments, mark in ((entries, Mark.ENTRY), (exits, Mark.EXIT)):
        for moment in moments:
            yield start + moment * MILLISECOND, mark


def walk(passages: Sequence[tuple[datetime, Mark]], cuts: Sequence[datetime], zone: ZoneInfo) -> Iterator[Inside]:
    """Yield how many people were inside between cuts; the passages begin with the store's day of the first cut.

    Never less than nobody is inside: who leaves without having been seen to come was not counted.
    """
    midnights = [(midnight, Mark.MIDNIGHT) for midnight in starts_of_days(cuts[0], cuts[-1], zone)]
    inside = peak = 0
    start: datetime | None = None
    for at, mark in sorted([*((cut, Mark.CUT) for cut in cuts), *midnights, *passages]):
        match mark:
            case Mark.CUT:
                if start is not None:
                    yield Inside(start=start, end=at, inside=inside, peak=peak)
                start, peak = at, inside
            case Mark.MIDNIGHT:
                inside, peak = 0, peak if at != start else 0
            case Mark.ENTRY:
                inside += 1
                peak = max(peak, inside)
            case Mark.EXIT:
                inside = max(0, inside - 1)
