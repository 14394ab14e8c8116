"""Queues: how long the lines were, and how long people waited in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Table, Text, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.queues import Outcome, QueueLeft, QueueLengthChanged
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.read_models.periods import buckets_of
from projections.read_models.watches import WATCHES, unknown_since, watched_by
from projections.scope import Range, StoreKey
from projections.tables.read_model import NAMES, read_model

QUEUES = read_model(
    "queues",
    1,
    Column("zone_id", Text, primary_key=True),
    Column("joined_at", DateTime(timezone=True), primary_key=True),
    Column("track_id", Text, primary_key=True, info={NAMES: "track"}),
    Column("visit_id", Text, info={NAMES: "visit"}),
    Column("left_at", DateTime(timezone=True), nullable=False),
    Column("served_at", DateTime(timezone=True)),
    Column("wait_ms", BigInteger),
    Column("outcome", Text, nullable=False),
    Index("queues_by_end", "organisation", "store", "left_at"),
)
QUEUE_LENGTHS = read_model(
    "queue_lengths",
    1,
    Column("zone_id", Text, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("camera_id", Text, nullable=False),
    Column("length", Integer, nullable=False),
)


class WaitRow(Row, frozen=True, kw_only=True):
    """One person's wait."""

    visit_id: str | None
    left_at: datetime
    served_at: datetime | None
    wait_ms: int | None
    outcome: Outcome


class LengthRow(Row, frozen=True, kw_only=True):
    """How long a line was from a moment on."""

    camera_id: str
    length: int


class Queues(Projection[WaitRow]):
    """One row for each time that somebody stood in line, once that is over."""

    table: ClassVar[Table] = QUEUES
    facts: ClassVar[EventClasses] = frozenset({QueueLeft})
    row = WaitRow

    def fold(self, rows: Rows[WaitRow], recorded: RecordedEvent) -> None:
        """Keep the wait."""
        match recorded.event:
            case QueueLeft() as left:
                rows[left.zone_id, left.joined_at, left.track_id] = WaitRow(
                    visit_id=left.visit_id,
                    left_at=left.time,
                    served_at=left.served_at,
                    wait_ms=left.wait_ms,
                    outcome=left.outcome,
                )


class QueueLengths(Projection[LengthRow]):
    """One row for each change of a line's length; of several at one moment, the last told."""

    table: ClassVar[Table] = QUEUE_LENGTHS
    facts: ClassVar[EventClasses] = frozenset({QueueLengthChanged})
    row = LengthRow

    def fold(self, rows: Rows[LengthRow], recorded: RecordedEvent) -> None:
        """Keep the length."""
        match recorded.event:
            case QueueLengthChanged() as changed:
                rows[changed.zone_id, changed.time] = LengthRow(camera_id=changed.camera_id, length=changed.length)


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """How long a line is."""

    zone_id: str
    since: datetime
    length: int
    unconfirmed_since: datetime | None
    """Since when nobody knows; null while it is known."""


async def find_queues_now(connection: AsyncConnection, store: StoreKey) -> Mapping[str, QueueNow]:
    """Return the last length of each line that anybody ever stood in, by zone."""
    columns = (QUEUE_LENGTHS.c.zone_id, QUEUE_LENGTHS.c.at.label("since"), QUEUE_LENGTHS.c.length)
    unconfirmed = case((WATCHES.c.ended_at.is_not(None), WATCHES.c.ended_at), else_=unknown_since(WATCHES))
    statement = (
        select(*columns, unconfirmed.label("unconfirmed_since"))
        .select_from(QUEUE_LENGTHS.outerjoin(WATCHES, watched_by(QUEUE_LENGTHS)))
        .ext(distinct_on(QUEUE_LENGTHS.c.zone_id))
        .where(store.of(QUEUE_LENGTHS))
        .order_by(QUEUE_LENGTHS.c.zone_id, QUEUE_LENGTHS.c.at.desc())
    )
    rows = (await connection.execute(statement)).mappings()
    return {row["zone_id"]: QueueNow(**row) for row in rows}


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """What the waits come to that ended in one line from `start` up to `end`."""

    start: datetime
    end: datetime
    served: int = 0
    given_up: int = 0
    unknown: int = 0
    median_ms: float | None = None
    """Of who was served, as the next."""
    p90_ms: float | None = None


async def find_waits(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime]
) -> Mapping[str, Sequence[Waits]]:
    """Return for each line that anybody left what the waits come to that ended between each two of the cuts."""
    bucket, served = buckets_of(QUEUES.c.left_at, cuts), QUEUES.c.outcome == "served"
    statement = (
        select(
            QUEUES.c.zone_id,
            bucket,
            *(func.count().filter(QUEUES.c.outcome == outcome) for outcome in ("served", "given_up", "unknown")),
            *(func.percentile_cont(share).within_group(QUEUES.c.wait_ms).filter(served) for share in (0.5, 0.9)),
        )
        .where(store.of(QUEUES), Range(cuts[0], cuts[-1]).holds(QUEUES.c.left_at))
        .group_by(QUEUES.c.zone_id, bucket)
    )
    found: dict[str, list[Waits]] = {}
    for zone, number, served_count, given_up, unknown, median_ms, p90_ms in await connection.execute(statement):
        rows = found.setdefault(zone, [Waits(start=start, end=end) for start, end in pairwise(cuts)])
        rows[number - 1] = Waits(
            start=cuts[number - 1],
            end=cuts[number],
            served=served_count,
            given_up=given_up,
            unknown=unknown,
            median_ms=median_ms,
            p90_ms=p90_ms,
        )
    return found


async def find_longest(connection: AsyncConnection, store: StoreKey, within: Range) -> Mapping[str, int]:
    """Return the longest that each line became in a range."""
    statement = (
        select(QUEUE_LENGTHS.c.zone_id, func.max(QUEUE_LENGTHS.c.length))
        .where(store.of(QUEUE_LENGTHS), within.holds(QUEUE_LENGTHS.c.at))
        .group_by(QUEUE_LENGTHS.c.zone_id)
    )
    return {row[0]: row[1] for row in await connection.execute(statement)}
