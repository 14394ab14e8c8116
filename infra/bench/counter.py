"""The smallest read model: how many facts each store has. Benchmarks project it beside the ledger."""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, Table

from event_store.envelope import RecordedEvent
from event_store.events import FACTS
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.tables.read_model import read_model

COUNTS = read_model("bench_counts", 1, Column("facts", BigInteger, nullable=False))


class Count(Row, frozen=True, kw_only=True):
    """So many facts."""

    facts: int


class Counts(Projection[Count]):
    """One row for each store with the number of its facts."""

    table: ClassVar[Table] = COUNTS
    facts: ClassVar[EventClasses] = frozenset(FACTS.values())
    row = Count

    def fold(self, rows: Rows[Count], recorded: RecordedEvent) -> None:  # noqa: ARG002  # every fact counts
        """Count one more."""
        known = rows.get(())
        rows[()] = Count(facts=1 if known is None else known.facts + 1)
