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
    """So many rows after the one with this key, which is the last that the reader has seen."""

    first: int
    after: K | None = None

    def cut(self, statement: Select[Any], *key: ColumnElement[Any]) -> Select[Any]:
        """Return the statement for this page of what it finds, in the order of the key."""
        if self.after is not None:
            statement = statement.where(tuple_(*key) > tuple_(*self.after))
        return statement.order_by(*key).limit(self.first)
