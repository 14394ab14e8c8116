"""Dead letters and what waits behind them, for whoever decides about them or must know that an answer is late."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import Position
from projections.folding.amendments import AMENDING_SUBJECTS
from projections.scope import Page, StoreKey

LETTERS = Table(
    "dead_letters",
    MetaData(schema="record"),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("organisation", Text),
    Column("store", Text),
    Column("subject", Text),
    Column("type", Text),
    Column("reason", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("behind", BigInteger),
    Column("resolved", Text),
    Column("resolved_by", BigInteger),
)
"""One row for each record that was dead or parked when it came; `resolved` says what it came to later."""

LetterKey = tuple[str, int, int]
"""Topic, partition and offset: the order of letters."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be applied; what is unreadable in it is null."""

    topic: str
    partition: int
    offset: int
    recorded_at: datetime
    organisation: str | None
    store: str | None
    subject: str | None
    type: str | None
    reason: str
    """Why: undecodable, unknown_type, misaddressed, fold_failed; parked where only an earlier one is to blame."""
    error: str
    behind: int | None
    """Offset of the dead letter that it waits behind."""
    resolved: str | None
    """What it came to later: retried, skipped or duplicate; null while nothing was decided."""
    resolved_by: int | None
    """Offset of the amendment that did it."""
    waiting: int = 0
    """How many records wait behind it."""

    @property
    def position(self) -> Position:
        """Where the record holds it."""
        return Position(topic=self.topic, partition=self.partition, offset=self.offset)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters: those that nobody decided about, by any of these."""

    store: StoreKey | None = None
    subject: str | None = None
    type: str | None = None
    reason: str | None = None
    parked: bool = False
    """Those too that only wait behind others."""
    resolved: bool = False
    """Those too that were decided about."""

    def condition(self) -> ColumnElement[bool]:
        """Return the condition that a row of `LETTERS` is wanted."""
        columns = {LETTERS.c.subject: self.subject, LETTERS.c.type: self.type, LETTERS.c.reason: self.reason}
        wanted = [column == value for column, value in columns.items() if value is not None]
        if self.store is not None:
            wanted.append(self.store.of(LETTERS))
        if not self.parked:
            wanted.append(LETTERS.c.reason != "parked")
        if not self.resolved:
            wanted.append(LETTERS.c.resolved.is_(None))
        return and_(True, *wanted)  # noqa: FBT003


_BEHIND = LETTERS.alias("behind")
_WAITING = (
    select(func.count())
    .where(
        _BEHIND.c.topic == LETTERS.c.topic,
        _BEHIND.c.partition == LETTERS.c.partition,
        _BEHIND.c.behind == LETTERS.c.offset,
        _BEHIND.c.organisation == LETTERS.c.organisation,
        _BEHIND.c.store == LETTERS.c.store,
        _BEHIND.c.subject == LETTERS.c.subject,
        _BEHIND.c.resolved.is_(None),
    )
    .correlate(LETTERS)
    .scalar_subquery()
)


async def find_letters(connection: AsyncConnection, wanted: Wanted, page: Page[LetterKey]) -> Sequence[Letter]:
    """Return letters in the order of the record."""
    statement = select(LETTERS, _WAITING.label("waiting")).where(wanted.condition())
    rows = await connection.execute(page.cut(statement, LETTERS.c.topic, LETTERS.c.partition, LETTERS.c.offset))
    return [Letter(**row) for row in rows.mappings()]


async def find_letter(connection: AsyncConnection, at: Position) -> Letter | None:
    """Return the letter at a position, or None where the record was applied or is not there."""
    here = (LETTERS.c.topic == at.topic, LETTERS.c.partition == at.partition, LETTERS.c.offset == at.offset)
    row = (await connection.execute(select(LETTERS, _WAITING.label("waiting")).where(*here))).mappings().one_or_none()
    return None if row is None else Letter(**row)


async def find_letters_at(
    connection: AsyncConnection, topic: str, partition: int, offsets: Collection[int]
) -> Sequence[Letter]:
    """Return the letters at offsets of a partition, in order; how much waits behind them is not counted."""
    here = (LETTERS.c.topic == topic, LETTERS.c.partition == partition, LETTERS.c.offset.in_(offsets))
    rows = await connection.execute(select(LETTERS).where(*here).order_by(LETTERS.c.offset))
    return [Letter(**row) for row in rows.mappings()]


async def find_behind(connection: AsyncConnection, letter: Letter, limit: int) -> Sequence[Letter]:
    """Return what waits behind a dead letter, in order."""
    statement = select(LETTERS).where(
        LETTERS.c.topic == letter.topic,
        LETTERS.c.partition == letter.partition,
        LETTERS.c.behind == letter.offset,
        LETTERS.c.resolved.is_(None),
    )
    rows = await connection.execute(statement.order_by(LETTERS.c.offset).limit(limit))
    return [Letter(**row) for row in rows.mappings()]


class StaleSubject(msgspec.Struct, frozen=True, kw_only=True):
    """A subject of which records wait, so that answers about it are late."""

    subject: str
    since: datetime
    """When the first of them was recorded."""
    records: int
    reason: str
    """Why the first of them could not be applied."""


async def find_stale(
    connection: AsyncConnection, store: StoreKey, limit: int, subjects: Collection[str] | None = None
) -> Sequence[StaleSubject]:
    """Return the subjects of a store of which records wait, the longest waiting first; all of them, or of some."""
    reasons = func.array_agg(aggregate_order_by(LETTERS.c.reason, LETTERS.c.offset), type_=ARRAY(Text))
    amending = or_(*(LETTERS.c.subject.startswith(each, autoescape=True) for each in AMENDING_SUBJECTS))
    since = func.min(LETTERS.c.recorded_at)
    statement = (
        select(
            LETTERS.c.subject,
            since.label("since"),
            func.count().label("records"),
            reasons[1].label("reason"),
        )
        .where(store.of(LETTERS), LETTERS.c.resolved.is_(None), LETTERS.c.reason != "misaddressed", not_(amending))
        .group_by(LETTERS.c.subject)
        .order_by(since, LETTERS.c.subject)
        .limit(limit)
    )
    if subjects is not None:
        statement = statement.where(LETTERS.c.subject.in_(subjects))
    return [StaleSubject(**row) for row in (await connection.execute(statement)).mappings()]
