"""What a person decides about a fact or a dead letter, made into the amendment that says so; or refused."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast, get_args

import msgspec
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, Uuid, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import Position, RecordedEvent
from event_store.errors import InvalidEvent
from event_store.events import TYPE_OF
from event_store.events.amendments import EventCorrected, RecordRetried, RecordSkipped, Wrongness
from event_store.ledger import LEDGER
from event_store.partitions import partition_of
from event_store.replay import Place, read_entries
from event_store.serialization import data_of, decode
from projections.deciding.decision_errors import (
    AlreadyDecided,
    AmbiguousFact,
    ArchivedFact,
    NotDead,
    UncorrectableFact,
    UnknownFact,
    UnknownReason,
    UnknownRecord,
    UnusableCorrection,
)
from projections.deciding.letters import LETTERS, Letter, find_letter
from projections.folding.amendments import UNCORRECTABLE, Amendments, right_fact
from projections.scope import StoreKey
from projections.tables.amendment_records import AMENDMENTS
from projections.tables.applied_ids import is_event_id

APPLIED = Table(
    "applied",
    MetaData(schema="record"),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("organisation", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
)


WORDS: Sequence[str] = get_args(Wrongness)
"""Why something was wrong, as a person may say it."""


def now() -> datetime:
    """Return the time that a decision made now is dated: cut to the millisecond, as the record writes it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says against a fact."""

    event_id: str
    right: Mapping[str, Any] | None
    """Fields of the right fact, those that stay left out; None where nothing of the kind happened."""
    reason: str
    """One of `WORDS`."""
    store: StoreKey | None = None
    """Whose fact it is, where that must be said."""


async def correct(
    connection: AsyncConnection, topic: str, wanted: Correction, at: datetime
) -> tuple[StoreKey, EventCorrected]:
    """Return the correction and the store whose fact it is; raises `RefusedDecision`."""
    fact = await find_fact(connection, topic, wanted.event_id, wanted.store)
    envelope = fact.envelope
    store = StoreKey(envelope.organisation, envelope.store)
    type_name = TYPE_OF[type(envelope.event)]
    if type_name in UNCORRECTABLE:
        raise UncorrectableFact(wanted.event_id, type_name)
    right, fields = None, None
    if wanted.right is not None:
        counts = (await _amendments(connection, store, wanted.event_id)).amend(fact)
        right = _right(type_name, counts or fact, wanted.right)
        fields = None if counts is None else sorted(wanted.right)
        if fields == []:
            raise UnusableCorrection("no field is named; say at least one as it is right")
    correction = EventCorrected(
        time=at,
        event_id=wanted.event_id,
        corrected_type=type_name,
        right=right,
        fields=fields,
        reason=_reason(wanted.reason),
    )
    try:
        right_fact(correction)  # as whoever takes the record will
    except InvalidEvent as problem:
        raise UnusableCorrection(str(problem)) from problem
    return store, correction


def _reason(word: str) -> Wrongness:
    if word not in WORDS:
        raise UnknownReason(word, WORDS)
    return cast("Wrongness", word)


async def find_fact(
    connection: AsyncConnection, topic: str, event_id: str, store: StoreKey | None = None
) -> RecordedEvent:
    """Return a fact that counts or waits, as it was recorded; raises `UnknownFact` or `AmbiguousFact`."""
    if not is_event_id(event_id):
        raise UnknownFact(event_id)
    columns = [LEDGER.c[name] for name in ("topic", "partition", "offset", "recorded_at", "value")]
    applied = select(*columns).join(
        APPLIED,
        and_(
            APPLIED.c.event_id.cast(Text) == LEDGER.c.event_id,
            APPLIED.c.organisation == LEDGER.c.organisation,
            APPLIED.c.partition == LEDGER.c.partition,
            APPLIED.c.offset == LEDGER.c.offset,
        ),
    )
    waiting = select(*columns).join(
        LETTERS,
        and_(*(LETTERS.c[name] == LEDGER.c[name] for name in ("topic", "partition", "offset", "recorded_at"))),
    )
    found: list[Any] = []
    for statement in (applied.where(APPLIED.c.event_id == event_id), waiting.where(LETTERS.c.resolved.is_(None))):
        wanted = statement.where(LEDGER.c.topic == topic, LEDGER.c.event_id == event_id)
        if store is not None:
            wanted = wanted.where(store.of(LEDGER))
        found += (await connection.execute(wanted.limit(2))).all()
    facts = [fact for row in found if (fact := _recorded(row)) is not None]
    return _only(event_id, facts or await _archived(connection, topic, event_id, store))


async def _archived(
    connection: AsyncConnection, topic: str, event_id: str, store: StoreKey | None
) -> list[RecordedEvent]:
    """Return facts whose month has left the ledger; raises `ArchivedFact` where this role does not read archives."""
    statement = select(APPLIED.c.partition, APPLIED.c.offset).where(APPLIED.c.event_id == event_id)
    if store is not None:
        statement = statement.where(APPLIED.c.organisation == store.organisation)
    facts = []
    for partition, offset in (await connection.execute(statement)).all():
        reading = (await connection.get_raw_connection()).driver_connection
        place = Place(topic, partition)
        try:
            entries = await read_entries(cast("Any", reading), place, start=offset, end=offset + 1, limit=1)
        except InsufficientPrivilege as problem:
            raise ArchivedFact(event_id) from problem
        facts += [fact for entry in entries if (fact := _recorded(entry)) is not None]
    return [fact for fact in facts if store is None or fact.envelope.key == f"{store.organisation}/{store.store}"]


def _only(event_id: str, found: list[RecordedEvent]) -> RecordedEvent:
    if not found:
        raise UnknownFact(event_id)
    owners = {each.envelope.key for each in found}
    if len(owners) > 1:
        raise AmbiguousFact(event_id, owners)
    return found[0]


def _recorded(row: Any) -> RecordedEvent | None:
    try:
        envelope = decode(row.value or b"")
    except InvalidEvent:
        return None
    at = Position(topic=row.topic, partition=row.partition, offset=row.offset)
    return RecordedEvent(position=at, recorded_at=row.recorded_at, envelope=envelope)


async def _amendments(connection: AsyncConnection, store: StoreKey, event_id: str) -> Amendments:
    table = AMENDMENTS
    statement = select(table).where(store.of(table), table.c.subject == f"event/{event_id}").order_by(table.c.offset)
    rows = (await connection.execute(statement)).all()
    return Amendments(each for row in rows if (each := _recorded(row)) is not None)


def _right(type_name: str, counts: RecordedEvent, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole data of the right fact; refuses fields that the fact does not have."""
    fields = counts.event.__struct_fields__
    unknown = sorted(given.keys() - set(fields))
    if unknown:
        raise UnusableCorrection(f"{type_name} has no field {unknown[0]!r}; it has {', '.join(sorted(fields))}")
    return data_of(counts.event) | dict(given)


async def retry(connection: AsyncConnection, at: Position, when: datetime) -> tuple[StoreKey, RecordRetried]:
    """Return the retrying of a dead letter, and its store; raises `RefusedDecision`."""
    return retry_letter(await find_open(connection, at), when)


def retry_letter(letter: Letter, when: datetime) -> tuple[StoreKey, RecordRetried]:
    """Return the retrying of a letter that nothing was decided about; raises `RefusedDecision`."""
    at = letter.position
    if letter.behind is not None:
        raise NotDead(at, f"it waits behind the dead letter at offset {letter.behind}; retry or skip that one")
    store = _owner(letter, None)
    return store, RecordRetried(time=when, topic=at.topic, partition=at.partition, offset=at.offset)


async def skip(
    connection: AsyncConnection, at: Position, reason: str, when: datetime, store: StoreKey | None = None
) -> tuple[StoreKey, RecordSkipped]:
    """Return the giving up of a dead letter, and the store that does it; raises `RefusedDecision`.

    `store` says in whose history the decision goes for a record that does not say whose it is.
    """
    letter = await find_open(connection, at)
    if letter.reason == "parked":
        raise NotDead(at, f"it waits behind the dead letter at offset {letter.behind}; retry or skip that one")
    event = RecordSkipped(time=when, topic=at.topic, partition=at.partition, offset=at.offset, reason=_reason(reason))
    return _owner(letter, store), event


async def find_open(connection: AsyncConnection, at: Position) -> Letter:
    """Return a letter that nothing was decided about; raises `RefusedDecision`."""
    letter = await find_letter(connection, at)
    if letter is None:
        here = (LEDGER.c.topic == at.topic, LEDGER.c.partition == at.partition, LEDGER.c.offset == at.offset)
        if (await connection.execute(select(LEDGER.c.disposition).where(*here))).one_or_none() is None:
            raise UnknownRecord(at)
        raise NotDead(at, "it was applied, so there is nothing to decide; correct the fact if it is wrong")
    if letter.resolved is not None:
        raise AlreadyDecided(at, letter.resolved)
    return letter


def _owner(letter: Letter, store: StoreKey | None) -> StoreKey:
    if letter.organisation is not None and letter.store is not None:
        return StoreKey(letter.organisation, letter.store)
    if store is None:
        raise NotDead(
            letter.position,
            "nobody can read whose it is and nothing waits behind it; to skip it, name the store whose history shall "
            "say so, with --store",
        )
    if partition_of(f"{store.organisation}/{store.store}") != letter.partition:
        raise NotDead(letter.position, f"{store.organisation}/{store.store} has its facts in another partition")
    return store
