"""Lines: how many people crossed each, and which way."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from sqlalchemy import Column, DateTime, Integer, Table, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.lines import LineCrossed
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import Grain, buckets_of, grain_of, periods
from projections.scope import Range, StoreKey
from projections.tables.read_model import read_model

LINES = read_model(
    "lines",
    1,
    Column("line_id", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("start", DateTime(timezone=True), primary_key=True),
    Column("inward", Integer, nullable=False),
    Column("outward", Integer, nullable=False),
)


class LineRow(Row, frozen=True, kw_only=True):
    """How often a line was crossed, by direction."""

    inward: int = 0
    outward: int = 0


class Lines(Projection[LineRow]):
    """One row for each line and minute, and one for each line and quarter-hour, in UTC, in which it was crossed."""

    table: ClassVar[Table] = LINES
    facts: ClassVar[EventClasses] = frozenset({LineCrossed})
    row = LineRow

    def fold(self, rows: Rows[LineRow], recorded: RecordedEvent) -> None:
        """Count crossings; the facts may come in any order."""
        match recorded.event:
            case LineCrossed(line_id=line, time=at, direction=direction):
                for grain in Grain:
                    key = (line, grain, grain.start(at))
                    row = rows.get(key) or LineRow()
                    inward, outward = (1, 0) if direction == "in" else (0, 1)
                    rows[key] = LineRow(inward=row.inward + inward, outward=row.outward + outward)


class Crossings(msgspec.Struct, frozen=True, kw_only=True):
    """How often a line was crossed from `start` up to `end`."""

    start: datetime
    end: datetime
    inward: int
    outward: int


INWARD, OUTWARD = func.coalesce(func.sum(LINES.c.inward), 0), func.coalesce(func.sum(LINES.c.outward), 0)


async def find_crossings(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime]
) -> Mapping[str, Sequence[Crossings]]:
    """Return the crossings of each line that was crossed, between each two of the cuts.

    The cuts are whole minutes in ascending order. A line that nobody crossed is left out.
    """
    bucket = buckets_of(LINES.c.start, cuts)
    statement = (
        select(LINES.c.line_id, bucket, INWARD, OUTWARD)
        .where(store.of(LINES), LINES.c.grain == grain_of(cuts))
        .where(Range(cuts[0], cuts[-1]).holds(LINES.c.start))
        .group_by(LINES.c.line_id, bucket)
    )
    counted: dict[str, list[tuple[int, int, int]]] = {}
    for line, number, inward, outward in await connection.execute(statement):
        counted.setdefault(line, []).append((number, inward, outward))
    return {line: _by_period(cuts, rows) for line, rows in counted.items()}


def _by_period(cuts: Sequence[datetime], rows: Sequence[tuple[int, int, int]]) -> Sequence[Crossings]:
    return [
        Crossings(start=start, end=end, inward=inward, outward=outward)
        for start, end, inward, outward in periods(cuts, rows)
    ]
