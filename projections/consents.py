"""Consents: what each person agreed to in a store, and whether it still holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from sqlalchemy import Column, DateTime, Table, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import RecordedEvent
from event_store.events import ConsentGiven, ConsentWithdrawn, Encrypted
from projections.projection import EventClasses, Row, Rows
from projections.read_model import NAMES, PERSONAL, read_model
from projections.scope import Page, StoreKey

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


class Consents:
    """One row for each profile and purpose: of several consents the last one, and whether it was withdrawn.

    What counts is when somebody agreed or took it back, not when that was recorded: a consent that arrives late brings
    nothing back that was withdrawn after it.
    """

    name: ClassVar[str] = "consents"
    version: ClassVar[int] = 1
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


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as an answer: in force while it is not withdrawn."""

    profile_id: str
    purpose: str
    given_at: datetime | None
    withdrawn_at: datetime | None


async def find_consents(
    connection: AsyncConnection, store: StoreKey, page: Page[tuple[str, str]], *, in_force: bool | None = None
) -> Sequence[Consent]:
    """Return a store's consents by profile and purpose; `in_force` asks for those that do or do not hold."""
    statement = select(*(CONSENTS.c[name] for name in Consent.__struct_fields__)).where(store.of(CONSENTS))
    if in_force is not None:
        statement = statement.where(CONSENTS.c.withdrawn_at.is_(None) == in_force)
    rows = await connection.execute(page.cut(statement, CONSENTS.c.profile_id, CONSENTS.c.purpose))
    return [Consent(**row) for row in rows.mappings()]
