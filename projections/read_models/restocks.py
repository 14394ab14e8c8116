"""Restocks: the tasks to fill empty facings, open and done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Select, Table, Text, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.restocks import RestockCompleted, RestockRequested
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.scope import Page, Range, StoreKey
from projections.tables.read_model import read_model

RESTOCKS = read_model(
    "restocks",
    1,
    Column("empty_since", DateTime(timezone=True), primary_key=True),
    Column("shelf_id", Text, primary_key=True),
    Column("slot", BigInteger, primary_key=True),
    Column("sku", Text),
    Column("camera_id", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    Column("empty_ms", BigInteger),
    Column("people", Integer),
    Index("restocks_open", "organisation", "store", "empty_since", postgresql_where=text("completed_at IS NULL")),
)


class RestockRow(Row, frozen=True, kw_only=True):
    """A task to fill a facing."""

    sku: str | None
    camera_id: str
    requested_at: datetime
    completed_at: datetime | None = None
    empty_ms: int | None = None
    people: int | None = None


class Restocks(Projection[RestockRow]):
    """One row for each task, open until the camera sees product; its end knows all that its beginning did."""

    table: ClassVar[Table] = RESTOCKS
    facts: ClassVar[EventClasses] = frozenset({RestockRequested, RestockCompleted})
    row = RestockRow

    def fold(self, rows: Rows[RestockRow], recorded: RecordedEvent) -> None:
        """Open a task, or close it; either may be recorded first."""
        match recorded.event:
            case RestockRequested() as requested:
                key = (requested.empty_since, requested.shelf_id, requested.slot)
                if rows.get(key) is None:
                    rows[key] = RestockRow(
                        sku=requested.sku, camera_id=requested.camera_id, requested_at=requested.time
                    )
            case RestockCompleted() as completed:
                rows[completed.empty_since, completed.shelf_id, completed.slot] = RestockRow(
                    sku=completed.sku,
                    camera_id=completed.camera_id,
                    requested_at=completed.requested_at,
                    completed_at=completed.time,
                    empty_ms=completed.empty_ms,
                    people=completed.people,
                )


class Restock(msgspec.Struct, frozen=True, kw_only=True):
    """A task to fill a facing, as an answer; how it ended is null while it is open."""

    empty_since: datetime
    shelf_id: str
    slot: int
    sku: str | None
    requested_at: datetime
    completed_at: datetime | None
    empty_ms: int | None
    people: int | None


RestockKey = tuple[datetime, str, int]
"""When a gap began, its shelf and slot: the order of tasks."""


class RestocksWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks: those of which all that is given is true."""

    completed: bool | None = None
    shelf_id: str | None = None

    def of(self, statement: Select[Any], store: StoreKey, within: Range) -> Select[Any]:
        """Return the statement for the tasks of a store that are wanted and whose gaps began in a range."""
        wanted = [] if self.shelf_id is None else [RESTOCKS.c.shelf_id == self.shelf_id]
        if self.completed is not None:
            done = RESTOCKS.c.completed_at
            wanted.append(done.is_not(None) if self.completed else done.is_(None))
        return statement.where(store.of(RESTOCKS), within.holds(RESTOCKS.c.empty_since), *wanted)


async def find_restocks(
    connection: AsyncConnection, store: StoreKey, within: Range, page: Page[RestockKey], wanted: RestocksWanted
) -> Sequence[Restock]:
    """Return tasks whose gaps began in the range, by when they began."""
    statement = wanted.of(select(*(RESTOCKS.c[name] for name in Restock.__struct_fields__)), store, within)
    key = (RESTOCKS.c.empty_since, RESTOCKS.c.shelf_id, RESTOCKS.c.slot)
    return [Restock(**row) for row in (await connection.execute(page.cut(statement, *key))).mappings()]


async def count_restocks(
    connection: AsyncConnection, store: StoreKey, within: Range, wanted: RestocksWanted, most: int
) -> int:
    """Return how many tasks there are whose gaps began in the range; counts no further than `most`."""
    counted = wanted.of(select(RESTOCKS.c.slot), store, within).limit(most).subquery()
    return (await connection.execute(select(func.count()).select_from(counted))).scalar_one()
