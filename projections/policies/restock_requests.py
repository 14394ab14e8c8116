"""A gap that is told wants filling, once; what the camera sees closes the task."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import BigInteger, Column, DateTime, Table, Text

from event_store.envelope import RecordedEvent
from event_store.events.restocks import RestockCompleted, RestockRequested
from event_store.events.shelves import FacingFact, ShelfCounted, ShelfEmpty, ShelfRestocked
from projections.folding.projection import EventClasses, Policy, Row, Rows
from projections.tables.read_model import read_model

MILLISECOND = timedelta(milliseconds=1)


class RequestRow(Row, frozen=True, kw_only=True):
    """What is known of a facing's task."""

    empty_since: datetime | None
    """Of the gap whose task is open; null without one."""
    requested_at: datetime | None
    filled_at: datetime | None
    """When product was seen last; an older gap that is told late opens no task."""


NOTHING = RequestRow(empty_since=None, requested_at=None, filled_at=None)


class RestockRequests(Policy[RequestRow]):
    """One row for each facing that was ever empty. Of one gap, however often it is found, one task comes."""

    table: ClassVar[Table] = read_model(
        "restock_requests",
        1,
        Column("shelf_id", Text, primary_key=True),
        Column("slot", BigInteger, primary_key=True),
        Column("empty_since", DateTime(timezone=True)),
        Column("requested_at", DateTime(timezone=True)),
        Column("filled_at", DateTime(timezone=True)),
    )
    facts: ClassVar[EventClasses] = frozenset({ShelfCounted, ShelfEmpty, ShelfRestocked})
    row = RequestRow

    def decide(self, rows: Rows[RequestRow], recorded: RecordedEvent) -> Iterator[RestockRequested | RestockCompleted]:
        """Open a task for a gap, and close it for product that is seen."""
        match recorded.event:
            case ShelfEmpty(empty_since=since) as empty:
                yield from self._open(rows, empty, since)
            case ShelfRestocked(people=people) as restocked:
                yield from self._close(rows, restocked, people)
            case ShelfCounted(state="low" | "full") as counted:
                yield from self._close(rows, counted, None)

    @staticmethod
    def _open(rows: Rows[RequestRow], empty: ShelfEmpty, since: datetime) -> Iterator[RestockRequested]:
        at, row = (empty.shelf_id, empty.slot), rows.get((empty.shelf_id, empty.slot)) or NOTHING
        is_old = row.filled_at is not None and empty.time <= row.filled_at
        if row.requested_at is not None or is_old:
            return
        rows[at] = RequestRow(empty_since=since, requested_at=empty.time, filled_at=row.filled_at)
        yield RestockRequested(
            time=empty.time,
            shelf_id=empty.shelf_id,
            slot=empty.slot,
            sku=empty.sku,
            camera_id=empty.camera_id,
            empty_since=since,
        )

    @staticmethod
    def _close(rows: Rows[RequestRow], seen: FacingFact, people: int | None) -> Iterator[RestockCompleted]:
        at, row = (seen.shelf_id, seen.slot), rows.get((seen.shelf_id, seen.slot))
        if row is None:
            if isinstance(seen, ShelfRestocked):
                rows[at] = RequestRow(empty_since=None, requested_at=None, filled_at=seen.time)
            return
        if row.empty_since is None or row.requested_at is None or seen.time <= row.empty_since:
            return
        rows[at] = RequestRow(empty_since=None, requested_at=None, filled_at=seen.time)
        yield RestockCompleted(
            time=seen.time,
            shelf_id=seen.shelf_id,
            slot=seen.slot,
            sku=seen.sku,
            camera_id=seen.camera_id,
            empty_since=row.empty_since,
            requested_at=row.requested_at,
            empty_ms=(seen.time - row.empty_since) // MILLISECOND,
            people=people,
        )
