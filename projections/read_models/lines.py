"""Lines: how many people crossed each, and which way."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from sqlalchemy import Column, DateTime, Integer, Table, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.lines import LineCrossed
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import Grain, buckets_of, grain_of, periods, whole_minutes
from projections.read_models.stores import places
from projections.scope import Page, Range, StoreKey
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


class LineCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often a line was crossed in a range; `name` and `camera_id` are null once the layout has dropped it."""

    line_id: str
    name: str | None
    camera_id: str | None
    inward: int
    outward: int


INWARD, OUTWARD = func.coalesce(func.sum(LINES.c.inward), 0), func.coalesce(func.sum(LINES.c.outward), 0)


async def find_line_counts(
    connection: AsyncConnection, store: StoreKey, within: Range, page: Page[tuple[str]]
) -> Sequence[LineCount]:
    """Return each line of the layout, and each that was ever crossed, with its crossings in a range of minutes."""
    whole_minutes(within)
    grain = grain_of([cut for cut in (within.start, within.end) if cut is not None])
    counts = (
        select(LINES.c.line_id, INWARD.label("inward"), OUTWARD.label("outward"))
        .where(store.of(LINES), LINES.c.grain == grain, within.holds(LINES.c.start))
        .group_by(LINES.c.line_id)
        .subquery()
    )
    listed = places(store, "line")
    line_id = func.coalesce(listed.c.id, counts.c.line_id)
    statement = select(
        line_id.label("line_id"),
        func.coalesce(listed.c.name, listed.c.id).label("name"),
        listed.c.camera.label("camera_id"),
        func.coalesce(counts.c.inward, 0).label("inward"),
        func.coalesce(counts.c.outward, 0).label("outward"),
    ).select_from(listed.join(counts, listed.c.id == counts.c.line_id, full=True))
    rows = await connection.execute(page.cut(statement, line_id))
    return [LineCount(**row) for row in rows.mappings()]


class Crossings(msgspec.Struct, frozen=True, kw_only=True):
    """How often a line was crossed from `start` up to `end`."""

    start: datetime
    end: datetime
    inward: int
    outward: int


async def find_crossings(
    connection: AsyncConnection, store: StoreKey, line_id: str, cuts: Sequence[datetime]
) -> Sequence[Crossings]:
    """Return a line's crossings between each two of the cuts, which are whole minutes in ascending order."""
    bucket = buckets_of(LINES.c.start, cuts)
    statement = (
        select(bucket, INWARD, OUTWARD)
        .where(store.of(LINES), LINES.c.line_id == line_id, LINES.c.grain == grain_of(cuts))
        .where(Range(cuts[0], cuts[-1]).holds(LINES.c.start))
        .group_by(bucket)
    )
    rows = (await connection.execute(statement)).all()
    return [
        Crossings(start=start, end=end, inward=inward, outward=outward)
        for start, end, inward, outward in periods(cuts, rows)
    ]
