"""Labels: what the price label of each slot says."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Float, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.labels import LabelRead
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.scope import Page, StoreKey
from projections.tables.read_model import read_model

LABELS = read_model(
    "labels",
    1,
    Column("shelf_id", Text, primary_key=True),
    Column("slot", BigInteger, primary_key=True),
    Column("sku", Text),
    Column("price", Text),
    Column("unit_price", Text),
    Column("currency", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("read_at", DateTime(timezone=True), nullable=False),
)


class LabelRow(Row, frozen=True, kw_only=True):
    """What a label said when it was read last."""

    sku: str | None
    price: str | None
    unit_price: str | None
    currency: str
    text: str
    confidence: float
    read_at: datetime


class Labels(Projection[LabelRow]):
    """One row for each label that was ever read; of two readings the later one by its time stands."""

    table: ClassVar[Table] = LABELS
    facts: ClassVar[EventClasses] = frozenset({LabelRead})
    row = LabelRow

    def fold(self, rows: Rows[LabelRow], recorded: RecordedEvent) -> None:
        """Take what was read, unless something later is known."""
        match recorded.event:
            case LabelRead() as read:
                before = rows.get((read.shelf_id, read.slot))
                if before is None or before.read_at <= read.time:
                    rows[read.shelf_id, read.slot] = LabelRow(
                        sku=read.sku,
                        price=read.price,
                        unit_price=read.unit_price,
                        currency=read.currency,
                        text=read.text,
                        confidence=read.confidence,
                        read_at=read.time,
                    )


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a label says, as an answer."""

    shelf_id: str
    slot: int
    sku: str | None
    price: str | None
    unit_price: str | None
    currency: str
    text: str
    confidence: float
    read_at: datetime


LabelKey = tuple[str, int]
"""Shelf and slot: the order of labels."""


async def find_labels(connection: AsyncConnection, store: StoreKey, page: Page[LabelKey]) -> Sequence[Label]:
    """Return labels by shelf and slot."""
    statement = select(*(LABELS.c[name] for name in Label.__struct_fields__)).where(store.of(LABELS))
    rows = await connection.execute(page.cut(statement, LABELS.c.shelf_id, LABELS.c.slot))
    return [Label(**row) for row in rows.mappings()]
