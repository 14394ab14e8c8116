"""Forgotten subjects: rows that name one are keyed anew or dropped, and what comes late about one is read that way.

A forgotten visit goes on under an id that is made from the place of the fact that forgot it: the counts stay, and
who sees the read models alone can not tell which visit it was. Whatever was held about a profile is dropped.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, sql

from event_store.envelope import Envelope, Position, RecordedEvent
from event_store.events.erasures import SubjectForgotten
from projections.folding.readings import Reading, Subject
from projections.tables.naming import Naming, find_naming

Forgotten = dict[Subject, Position]
"""Each forgotten subject of a store, and where the record first said so."""

HOLD_REGISTER = "LOCK TABLE record.erasures IN SHARE MODE"
"""Lets nobody be forgotten until the transaction ends: what it fills beside the projector can not miss anybody."""

_FORGET = "LOCK TABLE record.erasures IN ROW EXCLUSIVE MODE"
_FIND = """
SELECT organisation, store, subject, "offset" FROM record.erasures
WHERE topic = %s AND partition = %s AND "offset" < %s ORDER BY "offset"
"""
_COUNT = "SELECT count(*) FROM record.erasures WHERE topic = %s AND partition = %s"
_PUT = """
INSERT INTO record.erasures (topic, partition, "offset", recorded_at, organisation, store, subject)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_ALIAS = "left(encode(sha256(convert_to(%(place)s || {column}, 'UTF8')), 'hex'), 32)::uuid::text"
_REKEY = (
    "UPDATE {table} SET {changes} WHERE organisation = %(organisation)s AND store = %(store)s AND {column} = %(id)s"
)
_DROP = "DELETE FROM {table} WHERE organisation = %(organisation)s AND store = %(store)s AND {column} = %(id)s"


def alias(forgotten_at: Position, name: str) -> str:
    """Return the id that a forgotten visit, payment or track goes on under."""
    return str(UUID(hashlib.sha256((_place(forgotten_at) + name).encode()).hexdigest()[:32]))


def erasures_among(recorded: Iterable[RecordedEvent | None]) -> Forgotten:
    """Return the subjects that facts forget, by the first fact that does."""
    found: Forgotten = {}
    for each in recorded:
        if each is not None and isinstance(each.event, SubjectForgotten):
            envelope = each.envelope
            found.setdefault((envelope.organisation, envelope.store, each.event.forgotten), each.position)
    return found


def as_remembered(recorded: RecordedEvent, forgotten: Mapping[Subject, Position]) -> RecordedEvent | None:
    """Return a fact as it is folded: whom it names and who was forgotten has a new id, or it is not folded at all."""
    envelope, event = recorded.envelope, recorded.event
    if isinstance(event, SubjectForgotten):
        return recorded
    named = {f"{kind}/{name}" for kind, name in event.naming()}
    gone = {
        subject: at
        for subject in {*named, event.subject, f"visit/{envelope.correlationid}"}
        if (at := forgotten.get((envelope.organisation, envelope.store, subject))) is not None
    }
    if not gone:
        return recorded
    if any(subject.startswith("profile/") for subject in gone) or event.subject in gone.keys() - named:
        return None
    return msgspec.structs.replace(recorded, envelope=_renamed(envelope, gone))


def readings_as_remembered(readings: Sequence[Reading], forgotten: Mapping[Subject, Position]) -> Sequence[Reading]:
    """Return the readings of a batch with the facts in them as they are folded."""
    if not forgotten:
        return readings
    return [
        reading
        if (fact := reading.recorded) is None or (now := as_remembered(fact, forgotten)) is fact
        else msgspec.structs.replace(reading, recorded=now)
        for reading in readings
    ]


async def find_forgotten(connection: AsyncConnection[Any], topic: str, partition: int, before: int) -> Forgotten:
    """Return the subjects that a partition's records before an offset have forgotten."""
    cursor = await connection.execute(_FIND, (topic, partition, before))
    found: Forgotten = {}
    for organisation, store, subject, offset in await cursor.fetchall():
        found.setdefault((organisation, store, subject), Position(topic=topic, partition=partition, offset=offset))
    return found


async def count_erasures(connection: AsyncConnection[Any], topic: str, partition: int) -> int:
    """Return how often a partition has forgotten somebody; where it has not changed, `find_forgotten` has not."""
    (count,) = await (await connection.execute(_COUNT, (topic, partition))).fetchone() or (0,)
    return int(count)


async def register(connection: AsyncConnection[Any], applied: Iterable[RecordedEvent | None]) -> None:
    """Forget whom applied facts forget in every build that there is, and note where the record says so."""
    facts = [each for each in applied if each is not None and isinstance(each.event, SubjectForgotten)]
    if not facts:
        return
    await connection.execute(_FORGET)  # who fills a build beside us has ended its batch, or begins after our commit
    await forget_rows(connection, await find_naming(connection), erasures_among(facts))
    async with connection.cursor() as cursor:
        await cursor.executemany(_PUT, [_registered(each) for each in facts])


async def forget_rows(
    connection: AsyncConnection[Any], tables: Iterable[Naming], forgotten: Mapping[Subject, Position]
) -> None:
    """Key the rows of forgotten subjects anew, or drop them; whoever knows rows of the tables must read them again."""
    for table in tables:
        for kind, statement in _statements(table):
            for (organisation, store, subject), at in sorted(forgotten.items()):
                if subject.startswith(f"{kind}/"):
                    about = {"organisation": organisation, "store": store, "id": subject.removeprefix(f"{kind}/")}
                    await connection.execute(statement, {**about, "place": _place(at)})


def _statements(table: Naming) -> Iterator[tuple[str, sql.Composed]]:
    """Yield, for each column that names a kind of subject, what forgets one of that kind."""
    marked = table.columns
    for name, kind in marked.items():
        if kind == "track":
            continue
        column = sql.Identifier(name)
        if kind == "profile":
            yield kind, sql.SQL(_DROP).format(table=table.table, column=column)
            continue
        renamed = [name, *(other for other, what in marked.items() if what == "track" and kind == "visit")]
        changes = sql.SQL(", ").join(
            sql.SQL("{column} = " + _ALIAS).format(column=sql.Identifier(each)) for each in renamed
        )
        yield kind, sql.SQL(_REKEY).format(table=table.table, column=column, changes=changes)


def _registered(fact: RecordedEvent) -> tuple[object, ...]:
    envelope, event = fact.envelope, cast("SubjectForgotten", fact.event)
    place = msgspec.structs.astuple(fact.position)
    return *place, fact.recorded_at, envelope.organisation, envelope.store, event.forgotten


def _place(at: Position) -> str:
    return f"{at.topic}/{at.partition}/{at.offset}/"


def _renamed(envelope: Envelope, gone: Mapping[str, Position]) -> Envelope:
    event, correlation = envelope.event, envelope.correlationid
    of_visit = next((gone.get(f"visit/{name}") for kind, name in event.naming() if kind == "visit"), None)

    def renamed(kind: str, held: Any) -> Any:
        if isinstance(held, list):
            return [renamed(kind, each) for each in held]
        at = of_visit if kind == "track" else gone.get(f"{kind}/{held}")
        return held if held is None or at is None else alias(at, held)

    changes = {field: renamed(kind, getattr(event, field)) for field, kind in event.named.items()}
    return msgspec.structs.replace(
        envelope, event=msgspec.structs.replace(event, **changes), correlationid=renamed("visit", correlation)
    )
