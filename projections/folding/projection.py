"""The contract of a projection, and the rows that it folds facts into."""

from collections.abc import Hashable, Iterable
from typing import ClassVar, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Table

from event_store.envelope import RecordedEvent
from event_store.events.event import Event
from event_store.ledger import Attributes

VERSION = "version"
"""Under which word in its `info` a read model's table has its version."""

Key = Hashable
"""A row's key without organisation and store, which the fold's rows are scoped to: the value of the one key
column, or a tuple in the order of the key columns."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row of a read model: its fields are the table's columns other than the key, in the same order."""


R = TypeVar("R", bound=Row)

EventClasses = frozenset[type[Event]]
"""What a `match` tells apart."""


class Rows(Protocol[R]):
    """The rows of one table for the store that the fact in hand belongs to.

    Putting and taking away need no read; a row that `get` asks for is loaded before the fact is folded for good.
    """

    def get(self, key: Key) -> R | None:
        """Return the row as it stands after the facts folded so far, or None where there is none."""

    def __setitem__(self, key: Key, row: R) -> None:
        """Put a row in place of any that was there."""

    def __delitem__(self, key: Key) -> None:
        """Take a row away; a missing one is no error."""


class Projection(Generic[R]):
    """One table folded from the record: pure, deterministic, without clock and without I/O.

    Name and version are those that `projections.tables.read_model.read_model` gave its table. A row belongs to one
    store and so to one partition. A batch may be folded more than once before it is written, so a fold keeps no
    state but its rows. A projection whose rows change meaning or shape gets the next `version` and is rebuilt.
    A subject that needs two tables has two projections.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    table: ClassVar[Table]
    facts: ClassVar[EventClasses]
    """What it folds: any other fact changes nothing, and a filling from the ledger does not even read it."""
    hears_all: ClassVar[bool] = False
    """Whether it is a policy that takes notice of each record by its attributes, applied or not.

    Then `pass_by` remembers the same of an applied fact as `decide`, and a filling asks it alone.
    """
    row: type[R]

    def __init_subclass__(cls) -> None:
        """Take name and version from the table."""
        table: Table | None = cls.__dict__.get("table")
        if table is not None:
            cls.name, cls.version = str(table.name), table.info[VERSION]

    def fold(self, rows: Rows[R], recorded: RecordedEvent) -> None:
        """Change the rows as the fact demands; facts that do not matter pass by.

        In a filling the fact's evidence has not been read: it is in the record for who checks it, not for rows.
        """
        raise NotImplementedError


class Policy(Projection[R]):
    """A projection that derives facts from facts. Its table is its memory, kept and rebuilt as any read model's.

    A rebuild folds the memory again and drops the facts.
    """

    def decide(self, rows: Rows[R], recorded: RecordedEvent) -> Iterable[Event]:
        """Change the memory as the fact demands and return what follows from it, dated by the fact."""
        raise NotImplementedError

    def pass_by(self, rows: Rows[R], attributes: Attributes) -> Iterable[Event]:  # noqa: ARG002
        """Take notice of a record that was not applied, a dead letter or a parked one; most policies do not."""
        return ()

    def heeds(self, recorded: RecordedEvent) -> bool:
        """Tell whether it decides about a fact: one of its own, or any where it hears all, live as in a filling."""
        return self.hears_all or isinstance(recorded.event, tuple(self.facts))  # a filling's are without evidence

    def fold(self, rows: Rows[R], recorded: RecordedEvent) -> None:
        """Change the memory only."""
        if self.heeds(recorded):
            for _ in self.decide(rows, recorded):
                pass
