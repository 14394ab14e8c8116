"""Consents: what each person agreed to in a store, and whether it still holds."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, DateTime, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from event_store.envelope import RecordedEvent
from event_store.events.consents import ConsentGiven, ConsentWithdrawn
from event_store.events.event import Encrypted
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.tables.read_model import NAMES, PERSONAL, read_model

CONSENTS = read_model(
    "consents",
    1,
    Column("profile_id", Text, primary_key=True, info={NAMES: "profile"}),
    Column("purpose", Text, primary_key=True),
    Column("given_at", DateTime(timezone=True)),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("concerns", JSONB(none_as_null=True), info={PERSONAL: True}),
    Column("statement", JSONB(none_as_null=True), info={PERSONAL: True}),
)


class ConsentRow(Row, frozen=True, kw_only=True):
    """A consent as far as it is known; its own words are encrypted, and gone once it is withdrawn."""

    given_at: datetime | None = None
    withdrawn_at: datetime | None = None
    concerns: Encrypted | None = None
    statement: Encrypted | None = None


class Consents(Projection[ConsentRow]):
    """One row for each profile and purpose: of several consents the last one, and whether it was withdrawn.

    What counts is when somebody agreed or took it back, not when that was recorded: a consent that arrives late brings
    nothing back that was withdrawn after it.
    """

    table: ClassVar[Table] = CONSENTS
    facts: ClassVar[EventClasses] = frozenset({ConsentGiven, ConsentWithdrawn})
    row = ConsentRow

    def fold(self, rows: Rows[ConsentRow], recorded: RecordedEvent) -> None:
        """Hold what a consent says while it is in force."""
        match recorded.event:
            case ConsentGiven(profile_id=profile, purpose=purpose) as given:
                rows[profile, purpose] = _agreed(rows.get((profile, purpose)) or ConsentRow(), given)
            case ConsentWithdrawn(profile_id=profile, purpose=purpose, time=at):
                rows[profile, purpose] = _took_back(rows.get((profile, purpose)) or ConsentRow(), at)


def _agreed(row: ConsentRow, given: ConsentGiven) -> ConsentRow:
    at = given.time
    if row.given_at is not None and row.given_at > at:
        return row
    if row.withdrawn_at is not None and row.withdrawn_at >= at:
        return ConsentRow(given_at=at, withdrawn_at=row.withdrawn_at)
    return ConsentRow(given_at=at, concerns=given.concerns, statement=given.statement)


def _took_back(row: ConsentRow, at: datetime) -> ConsentRow:
    later = max(filter(None, (row.withdrawn_at, at)))
    return (
        row
        if row.given_at is not None and row.given_at > later
        else ConsentRow(given_at=row.given_at, withdrawn_at=later)
    )
