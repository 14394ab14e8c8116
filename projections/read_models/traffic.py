"""Traffic: how many people came in and went out through the doors, and when."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from sqlalchemy import Column, DateTime, Integer, Table, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.visits import ShopperEntered, ShopperExited
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import MINUTE, Grain, buckets_of, grain_of, periods
from projections.scope import Range, StoreKey
from projections.tables.read_model import read_model

TRAFFIC = read_model(
    "traffic",
    1,
    Column("grain", Text, primary_key=True),
    Column("start", DateTime(timezone=True), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("entered", Integer, nullable=False),
    Column("left", Integer, nullable=False),
)


CUSTOMERS = ("customer", "unknown")
"""The roles of people who may buy; nobody is somebody else before it is said."""


class TrafficRow(Row, frozen=True, kw_only=True):
    """How many came and went; somebody whose coming nobody saw still leaves."""

    entered: int = 0
    left: int = 0


class Traffic(Projection[TrafficRow]):
    """One row for each minute, and one for each quarter-hour, in UTC and by role, in which somebody came or went.

    Whoever was lost from sight has not left. Counts add up, so facts may come late and in any order.
    """

    table: ClassVar[Table] = TRAFFIC
    facts: ClassVar[EventClasses] = frozenset({ShopperEntered, ShopperExited})
    row = TrafficRow

    def fold(self, rows: Rows[TrafficRow], recorded: RecordedEvent) -> None:
        """Count everybody who came in by a door or left by one."""
        match recorded.event:
            case ShopperEntered(time=at, role=role):
                _count(rows, at, role, entered=1)
            case ShopperExited(time=at, role=role, reason="left"):
                _count(rows, at, role, left=1)


def _count(rows: Rows[TrafficRow], at: datetime, role: str, entered: int = 0, left: int = 0) -> None:
    for grain in Grain:
        key = (grain, grain.start(at), role)
        row = rows.get(key) or TrafficRow()
        rows[key] = TrafficRow(entered=row.entered + entered, left=row.left + left)


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """How many people came and went from `start` up to `end`."""

    start: datetime
    end: datetime
    entered: int
    left: int


ENTERED, LEFT = func.coalesce(func.sum(TRAFFIC.c.entered), 0), func.coalesce(func.sum(TRAFFIC.c.left), 0)


async def find_passages(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime], roles: Sequence[str] = ()
) -> Sequence[Passage]:
    """Return how many came and went between each two of the cuts, which are whole minutes in ascending order.

    With `roles` those of them alone.
    """
    wanted = [TRAFFIC.c.role.in_(roles)] if roles else []
    bucket = buckets_of(TRAFFIC.c.start, cuts)
    statement = (
        select(bucket, ENTERED, LEFT)
        .where(store.of(TRAFFIC), TRAFFIC.c.grain == grain_of(cuts), Range(cuts[0], cuts[-1]).holds(TRAFFIC.c.start))
        .where(*wanted)
        .group_by(bucket)
    )
    rows = (await connection.execute(statement)).all()
    return [
        Passage(start=start, end=end, entered=entered, left=left) for start, end, entered, left in periods(cuts, rows)
    ]


async def find_busiest_minute(connection: AsyncConnection, store: StoreKey, within: Range) -> Passage | None:
    """Return the minute of a range in which most people came in, the first of several; none if nobody did."""
    statement = (
        select(TRAFFIC.c.start, ENTERED, LEFT)
        .where(store.of(TRAFFIC), TRAFFIC.c.grain == Grain.MINUTE, within.holds(TRAFFIC.c.start))
        .group_by(TRAFFIC.c.start)
        .having(func.sum(TRAFFIC.c.entered) > 0)
        .order_by(ENTERED.desc(), TRAFFIC.c.start)
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Passage(start=row[0], end=row[0] + MINUTE, entered=row[1], left=row[2])
