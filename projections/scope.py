"""What a question is about: a store, a stretch of time, a page of a long list."""

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, tuple_

K = TypeVar("K", bound=tuple[Any, ...])


class StoreKey(msgspec.Struct, frozen=True):
    """A store by its two names."""

    organisation: str
    store: str

    def of(self, table: Table) -> ColumnElement[bool]:
        """Return the condition that rows are this store's."""
        return and_(table.c.organisation == self.organisation, table.c.store == self.store)


class Range(msgspec.Struct, frozen=True):
    """From `start` up to, not including, `end`; either may be open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a time is in the range."""
        bounds = [] if self.start is None else [column >= self.start]
        if self.end is not None:
            bounds.append(column < self.end)
        return and_(True, *bounds)  # noqa: FBT003


class Page(msgspec.Struct, Generic[K], frozen=True):
    """So many rows after the one with this key, the last that the reader has seen, in one of two directions."""

    first: int
    after: K | None = None
    descending: bool = False

    def cut(self, statement: Select[Any], *key: ColumnElement[Any]) -> Select[Any]:
        """Return the statement for this page of what it finds, in the order of the key or the other way round."""
        if self.after is not None:
            here, last = tuple_(*key), tuple_(*self.after)
            statement = statement.where(here < last if self.descending else here > last)
        order = [each.desc() for each in key] if self.descending else key
        return statement.order_by(*order).limit(self.first)
