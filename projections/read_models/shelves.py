"""Shelves: what is in each facing now."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Float, Index, Integer, Table, Text, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.shelves import FacingFact, FacingState, ShelfCounted, ShelfEmpty, ShelfRestocked
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.scope import Page, StoreKey
from projections.tables.read_model import read_model

SHELVES = read_model(
    "shelves",
    1,
    Column("shelf_id", Text, primary_key=True),
    Column("slot", BigInteger, primary_key=True),
    Column("camera_id", Text, nullable=False),
    Column("sku", Text),
    Column("state", Text, nullable=False),
    Column("count", Integer),
    Column("confidence", Float, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("empty_since", DateTime(timezone=True)),
    Index("shelves_with_gaps", "organisation", "store", postgresql_where=text("empty_since IS NOT NULL")),
)


class FacingRow(Row, frozen=True, kw_only=True):
    """A facing, by the latest fact about it."""

    camera_id: str
    sku: str | None
    state: FacingState
    count: int | None
    confidence: float
    since: datetime
    """When it came into that state, as far as is known."""
    seen_at: datetime
    """When it was told last."""
    empty_since: datetime | None
    """Since when it has had no product, once that has lasted; null while it has some, and kept while it is hidden."""


class Shelves(Projection[FacingRow]):
    """One row for each facing that was ever looked at; of two facts about it, the later one by its time stands."""

    table: ClassVar[Table] = SHELVES
    facts: ClassVar[EventClasses] = frozenset({ShelfCounted, ShelfEmpty, ShelfRestocked})
    row = FacingRow

    def fold(self, rows: Rows[FacingRow], recorded: RecordedEvent) -> None:
        """Take what was seen of a facing, unless something later is known."""
        fact = recorded.event
        if not isinstance(fact, ShelfCounted | ShelfEmpty | ShelfRestocked):
            return
        before = rows.get((fact.shelf_id, fact.slot))
        if before is not None and before.seen_at > fact.time:
            return
        known = before.empty_since if before is not None else None
        match fact:
            case ShelfCounted(state=state, count=count):
                rows[fact.shelf_id, fact.slot] = _row(
                    before, fact, state, count, known if state in {"empty", "hidden"} else None
                )
            case ShelfEmpty(empty_since=since):
                rows[fact.shelf_id, fact.slot] = _row(before, fact, "empty", 0, min(known or since, since))
            case ShelfRestocked(count=count):
                rows[fact.shelf_id, fact.slot] = _row(before, fact, "full", count, None)


def _row(
    before: FacingRow | None, fact: FacingFact, state: FacingState, count: int | None, empty_since: datetime | None
) -> FacingRow:
    goes_on = before is not None and before.state == state
    return FacingRow(
        camera_id=fact.camera_id,
        sku=fact.sku,
        state=state,
        count=count,
        confidence=fact.confidence,
        since=before.since if before is not None and goes_on else fact.time,
        seen_at=fact.time,
        empty_since=empty_since,
    )


class Facing(msgspec.Struct, frozen=True, kw_only=True):
    """A facing as an answer."""

    shelf_id: str
    slot: int
    camera_id: str
    sku: str | None
    state: FacingState
    count: int | None
    confidence: float
    since: datetime
    seen_at: datetime
    empty_since: datetime | None


FacingKey = tuple[str, int]
"""Shelf and slot: the order of facings."""


async def find_facings(
    connection: AsyncConnection,
    store: StoreKey,
    page: Page[FacingKey],
    *,
    state: FacingState | None = None,
    shelf_id: str | None = None,
) -> Sequence[Facing]:
    """Return facings by shelf and slot, of one state or shelf if asked."""
    statement = select(*(SHELVES.c[name] for name in Facing.__struct_fields__)).where(store.of(SHELVES))
    if state is not None:
        statement = statement.where(SHELVES.c.state == state)
    if shelf_id is not None:
        statement = statement.where(SHELVES.c.shelf_id == shelf_id)
    rows = await connection.execute(page.cut(statement, SHELVES.c.shelf_id, SHELVES.c.slot))
    return [Facing(**row) for row in rows.mappings()]
