"""A hole in a source's sequence is a fact."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from event_store.envelope import RecordedEvent
from event_store.events import FACTS
from event_store.events.gaps import GapDetected
from event_store.ledger import Attributes
from projections.folding.projection import EventClasses, Policy, Row, Rows
from projections.tables.read_model import read_model

Hole = tuple[int, int]
"""First and last missing number."""

MOST_HOLES = 1_000
"""Older holes of one source are forgotten beyond this many; the facts about them stay."""


class SourceRow(Row, frozen=True, kw_only=True):
    """A source's sequence: the highest number that arrived, and the holes below it that were never filled."""

    last_sequence: int
    missing: list[Hole]


class Gaps(Policy[SourceRow]):
    """One row for each source. A jump in its sequence is reported once, even where the missing facts arrive later.

    Dead letters, parked records and duplicates count as arrived: the record has them.
    """

    table: ClassVar[Table] = read_model(
        "gaps",
        1,
        Column("source", Text, primary_key=True),
        Column("last_sequence", BigInteger, nullable=False),
        Column("missing", JSONB, nullable=False),
    )
    facts: ClassVar[EventClasses] = frozenset(FACTS.values())
    hears_all: ClassVar[bool] = True
    row = SourceRow

    def decide(self, rows: Rows[SourceRow], recorded: RecordedEvent) -> Iterator[GapDetected]:
        """Report the hole that a fact leaves behind it."""
        envelope = recorded.envelope
        return self._arrived(rows, envelope.source, envelope.sequence, envelope.event.time)

    def pass_by(self, rows: Rows[SourceRow], attributes: Attributes) -> Iterator[GapDetected]:
        """A record that is not applied has arrived all the same, if it says its number and time."""
        if attributes.source is None or attributes.sequence is None or attributes.time is None:
            return
        yield from self._arrived(rows, attributes.source, attributes.sequence, attributes.time)

    def _arrived(self, rows: Rows[SourceRow], source: str, sequence: int, at: datetime) -> Iterator[GapDetected]:
        before = rows.get(source) or SourceRow(last_sequence=0, missing=[])
        if sequence <= before.last_sequence:
            rows[source] = SourceRow(last_sequence=before.last_sequence, missing=_filled(before.missing, sequence))
            return
        hole = (before.last_sequence + 1, sequence - 1)
        missing = before.missing if hole[0] > hole[1] else [*before.missing, hole][-MOST_HOLES:]
        rows[source] = SourceRow(last_sequence=sequence, missing=missing)
        if hole[0] <= hole[1]:
            yield GapDetected(time=at, source_id=source, first_missing=hole[0], last_missing=hole[1])


def _filled(holes: list[Hole], number: int) -> list[Hole]:
    """Return the holes without a number that has arrived late."""
    parts = [
        part
        for first, last in holes
        for part in ([(first, number - 1), (number + 1, last)] if first <= number <= last else [(first, last)])
    ]
    return [(first, last) for first, last in parts if first <= last]
