"""Items: what was taken from facings and put back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Index, Integer, Select, Table, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.items import ItemFact, ItemPicked, ItemReturned
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.scope import Page, Range, StoreKey
from projections.tables.read_model import NAMES, read_model

Movement = Literal["picked", "returned"]

ITEMS = read_model(
    "items",
    1,
    Column("moved_at", DateTime(timezone=True), primary_key=True),
    Column("shelf_id", Text, primary_key=True),
    Column("slot", BigInteger, primary_key=True),
    Column("movement", Text, primary_key=True),
    Column("sku", Text),
    Column("track_id", Text, info={NAMES: "track"}),
    Column("visit_id", Text, info={NAMES: "visit"}),
    Column("count", Integer),
    Column("misplaced", Boolean, nullable=False),
    Column("confidence", Float, nullable=False),
    Index("items_by_visit", "organisation", "store", "visit_id"),
)


class ItemRow(Row, frozen=True, kw_only=True):
    """An item that was taken from a facing, or put into one."""

    sku: str | None
    track_id: str | None
    visit_id: str | None
    count: int | None
    misplaced: bool
    confidence: float


class Items(Projection[ItemRow]):
    """One row for each time that an item was taken from a facing or came back to one."""

    table: ClassVar[Table] = ITEMS
    facts: ClassVar[EventClasses] = frozenset({ItemPicked, ItemReturned})
    row = ItemRow

    def fold(self, rows: Rows[ItemRow], recorded: RecordedEvent) -> None:
        """Keep each of them; the facts may come in any order."""
        match recorded.event:
            case ItemPicked() as picked:
                _put(rows, picked, "picked", misplaced=False)
            case ItemReturned(misplaced=misplaced) as returned:
                _put(rows, returned, "returned", misplaced=misplaced)


def _put(rows: Rows[ItemRow], fact: ItemFact, movement: Movement, *, misplaced: bool) -> None:
    rows[fact.time, fact.shelf_id, fact.slot, movement] = ItemRow(
        sku=fact.sku,
        track_id=fact.track_id,
        visit_id=fact.visit_id,
        count=fact.count,
        misplaced=misplaced,
        confidence=fact.confidence,
    )


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was taken or put back, as an answer."""

    moved_at: datetime
    shelf_id: str
    slot: int
    movement: Movement
    sku: str | None
    track_id: str | None
    visit_id: str | None
    count: int | None
    misplaced: bool
    confidence: float


ItemKey = tuple[datetime, str, int, str]
"""When an item was moved, its shelf and slot, and which way: the order of items."""


class ItemsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which items: those of which all that is given is true."""

    movement: Movement | None = None
    shelf_id: str | None = None
    visit_id: str | None = None
    sku: str | None = None
    misplaced: bool | None = None

    def of(self, statement: Select[Any], store: StoreKey, within: Range) -> Select[Any]:
        """Return the statement for the items of a store that are wanted and were moved in a range."""
        given = msgspec.structs.asdict(self).items()
        wanted = [ITEMS.c[name] == value for name, value in given if value is not None]
        return statement.where(store.of(ITEMS), within.holds(ITEMS.c.moved_at), *wanted)


ALL = ItemsWanted()


async def find_items(
    connection: AsyncConnection, store: StoreKey, within: Range, page: Page[ItemKey], wanted: ItemsWanted = ALL
) -> Sequence[Item]:
    """Return what was taken and put back in the range, by when."""
    statement = wanted.of(select(*(ITEMS.c[name] for name in Item.__struct_fields__)), store, within)
    key = (ITEMS.c.moved_at, ITEMS.c.shelf_id, ITEMS.c.slot, ITEMS.c.movement)
    return [Item(**row) for row in (await connection.execute(page.cut(statement, *key))).mappings()]


async def count_items(
    connection: AsyncConnection, store: StoreKey, within: Range, wanted: ItemsWanted, most: int
) -> int:
    """Return how often items were taken and put back in the range; counts no further than `most`."""
    counted = wanted.of(select(ITEMS.c.moved_at), store, within).limit(most).subquery()
    return (await connection.execute(select(func.count()).select_from(counted))).scalar_one()
