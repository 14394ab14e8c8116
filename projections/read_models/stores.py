"""Stores, as their layouts describe them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from sqlalchemy import Column, DateTime, Select, Subquery, Table, Text, column, exists, func, select, true, tuple_
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events.layouts import LayoutPublished
from event_store.layout.model import Layout
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.scope import Page, StoreKey
from projections.tables.read_model import read_model

STORES = read_model(
    "stores",
    1,
    Column("valid_from", DateTime(timezone=True), primary_key=True),
    Column("layout_digest", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("layout", JSONB, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
)


class StoreRow(Row, frozen=True, kw_only=True):
    """A layout of a store."""

    name: str
    time_zone: str
    layout: Layout
    published_at: datetime


class Stores(Projection[StoreRow]):
    """One row for each layout that a store has published, by when it came into force.

    A store that has published none is not known by name; its facts are kept all the same.
    """

    table: ClassVar[Table] = STORES
    facts: ClassVar[EventClasses] = frozenset({LayoutPublished})
    row = StoreRow

    def fold(self, rows: Rows[StoreRow], recorded: RecordedEvent) -> None:
        """Keep every published layout; the same one published twice is one row, since the first time."""
        match recorded.event:
            case LayoutPublished(layout=layout, layout_digest=digest, valid_from=valid_from, time=at):
                key = (valid_from, digest)
                known = rows.get(key)
                since = at if known is None else min(at, known.published_at)
                store = layout.store
                rows[key] = StoreRow(name=store.name, time_zone=store.time_zone, layout=layout, published_at=since)


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A store by the layout that is in force."""

    organisation: str
    store: str
    name: str
    time_zone: str
    layout: Layout
    layout_digest: str
    valid_from: datetime
    published_at: datetime

    @property
    def key(self) -> StoreKey:
        """The store's two names."""
        return StoreKey(self.organisation, self.store)


def in_force() -> Select[Any]:
    """Select one layout for each store: of those that are in force by now, the one that came into force last."""
    return (
        select(STORES)
        .ext(distinct_on(STORES.c.organisation, STORES.c.store))
        .where(STORES.c.valid_from <= func.now())
        .order_by(
            STORES.c.organisation,
            STORES.c.store,
            STORES.c.valid_from.desc(),
            STORES.c.published_at.desc(),
            STORES.c.layout_digest,
        )
    )


def places(store: StoreKey, kind: str) -> Subquery:
    """Select id, name and camera of the places of one kind (`zone`, `line`, `door`, `camera`) in a store's layout."""
    layout = in_force().where(store.of(STORES)).subquery()
    place = func.jsonb_array_elements(layout.c.layout[kind]).table_valued(column("value", JSONB)).lateral()
    fields = (place.c.value[field].astext.label(field) for field in ("id", "name", "kind", "camera"))
    return select(*fields).select_from(layout.join(place, true())).subquery("places")


async def find_store(connection: AsyncConnection, store: StoreKey) -> Store | None:
    """Return a store, or nothing where it is unknown or the connection may not see it."""
    row = (await connection.execute(in_force().where(store.of(STORES)))).mappings().one_or_none()
    return None if row is None else _store(row)


async def find_known_since(connection: AsyncConnection, store: StoreKey) -> datetime | None:
    """Return since when a store has had a layout, whichever it was then; nothing where it never had one."""
    found: datetime | None = await connection.scalar(select(func.min(STORES.c.valid_from)).where(store.of(STORES)))
    return found


async def find_stores(
    connection: AsyncConnection,
    page: Page[tuple[str, str]],
    organisation: str | None = None,
    among: Collection[str] | None = None,
) -> Sequence[Store]:
    """Return the stores that the connection may see, by organisation and name of the store.

    Only those of one organisation, or only those among `organisation/store`, where that is given.
    """
    stores = in_force().subquery()
    statement = select(stores)
    if organisation is not None:
        statement = statement.where(stores.c.organisation == organisation)
    if among is not None:
        names = [tuple(each.split("/", 1)) for each in sorted(among)]
        statement = statement.where(tuple_(stores.c.organisation, stores.c.store).in_(names))
    rows = await connection.execute(page.cut(statement, stores.c.organisation, stores.c.store))
    return [_store(row) for row in rows.mappings()]


async def was_placed(connection: AsyncConnection, store: StoreKey, kind: str, key: str) -> bool:
    """Tell whether any layout of a store, of now or before, has a place of a kind (`zone`, `line` …) with this id."""
    named = STORES.c.layout[kind].contains([{"id": key}])
    return bool((await connection.execute(select(exists().where(store.of(STORES), named)))).scalar_one())


def _store(row: Any) -> Store:
    return msgspec.convert({name: row[name] for name in Store.__struct_fields__}, Store)
