"""The contract of a projection, and the rows that it folds facts into."""

from collections.abc import Hashable, Iterable
from typing import ClassVar, Protocol, TypeVar

import msgspec
from sqlalchemy import Table

from event_store.envelope import RecordedEvent

Key = tuple[Hashable, ...]
"""The values of a row's key columns, without organisation and store, which the fold's rows are scoped to."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a read model: its fields are the table's columns other than the key."""


R = TypeVar("R", bound=Row)


class Rows(Protocol[R]):
    """The rows of one table for the store that the fact in hand belongs to."""

    def get(self, key: Key) -> R | None:
        """Return the row as it stands after the facts folded so far."""

    def __setitem__(self, key: Key, row: R) -> None:
        """Put a row; it need not have been read."""

    def __delitem__(self, key: Key) -> None:
        """Take a row away; a missing one is no error."""


class Projection(Protocol[R]):
    """One table folded from the record: pure, deterministic, without clock and without I/O.

    Every table starts with the key columns `organisation` and `store`; a row belongs to one store and so to one
    partition. A projection whose rows change meaning or shape gets the next `version` and is rebuilt.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    table: ClassVar[Table]
    row: type[R]

    def fold(self, rows: Rows[R], recorded: RecordedEvent) -> None:
        """Change the rows as the fact demands; facts that do not matter pass by."""


class Policy(Protocol):
    """Derives facts from facts: a pure step over its own small state for each store."""

    name: ClassVar[str]
    version: ClassVar[int]

    def decide(self, state: bytes | None, recorded: RecordedEvent) -> tuple[bytes | None, Iterable[object]]:
        """Return the next state and the events that follow from the fact."""
