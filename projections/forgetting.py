"""Forgotten subjects: rows that name one are keyed anew or dropped, and what comes late about one is read that way.

A forgotten visit goes on under an id that is made from the place of the fact that forgot it: the counts stay, and
who sees the read models alone can not tell which visit it was. Whatever was held about a profile is dropped.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, sql

from event_store.envelope import Envelope, Position, RecordedEvent
from event_store.events import ShopperFact, SubjectForgotten
from projections.builds import find_pointers
from projections.model_table import ModelTable
from projections.projection import Projection
from projections.read_model import NAMES
from projections.readings import Reading, Subject

Forgotten = dict[Subject, Position]
"""Each forgotten subject of a store, and where the record first said so."""

_FIND = """
SELECT organisation, store, subject, "offset" FROM record.erasures
WHERE topic = %s AND partition = %s AND "offset" < %s ORDER BY "offset"
"""
_PUT = """
INSERT INTO record.erasures (topic, partition, "offset", recorded_at, organisation, store, subject)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
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
    """Return a fact as it is folded: under its subject's new id, or not at all, where the subject was forgotten."""
    envelope, event = recorded.envelope, recorded.event
    at = forgotten.get((envelope.organisation, envelope.store, event.subject))
    if at is None or isinstance(event, SubjectForgotten):
        return recorded
    if not isinstance(event, ShopperFact) or event.visit_id is None:
        return None
    event = msgspec.structs.replace(event, visit_id=alias(at, event.visit_id), track_id=alias(at, event.track_id))
    return msgspec.structs.replace(recorded, envelope=_renamed(envelope, event, at))


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


async def register(connection: AsyncConnection[Any], applied: Iterable[RecordedEvent | None]) -> None:
    """Note where applied facts forget somebody, so that it is known without reading the ledger."""
    rows = [
        (
            *msgspec.structs.astuple(each.position),
            each.recorded_at,
            each.envelope.organisation,
            each.envelope.store,
            each.event.forgotten,
        )
        for each in applied
        if each is not None and isinstance(each.event, SubjectForgotten)
    ]
    if rows:
        async with connection.cursor() as cursor:
            await cursor.executemany(_PUT, rows)


async def forget_rows(
    connection: AsyncConnection[Any], tables: Iterable[ModelTable], forgotten: Mapping[Subject, Position]
) -> None:
    """Key the rows of forgotten subjects anew, or drop them; whoever knows rows of the tables must read them again."""
    for table in tables:
        for kind, statement in _statements(table):
            for (organisation, store, subject), at in sorted(forgotten.items()):
                if subject.startswith(f"{kind}/"):
                    about = {"organisation": organisation, "store": store, "id": subject.removeprefix(f"{kind}/")}
                    await connection.execute(statement, {**about, "place": _place(at)})


async def tables_before(connection: AsyncConnection[Any], tables: Iterable[ModelTable]) -> list[ModelTable]:
    """Return the tables of the builds before the current ones: they are kept to go back to, and forget too."""
    found = []
    for table in tables:
        projection = table.projection
        previous = (await find_pointers(connection, projection)).previous
        if previous is not None:
            before = ModelTable(projection, previous.schema(projection))
            cursor = await connection.execute(_COLUMNS, (before.schema, projection.table.name))
            if set(named_columns(projection)) <= {name for (name,) in await cursor.fetchall()}:
                found.append(before)
    return found


def named_columns(projection: Projection[Any]) -> dict[str, str]:
    """Return the columns of a read model that name subjects, with the kind of each."""
    columns = projection.table.columns
    return {str(column.name): column.info[NAMES] for column in columns if NAMES in column.info}


def _statements(table: ModelTable) -> Iterator[tuple[str, sql.Composed]]:
    """Yield, for each column that names a kind of subject, what forgets one of that kind."""
    marked = named_columns(table.projection)
    for name, kind in marked.items():
        if kind == "track":
            continue
        column = sql.Identifier(name)
        if kind == "profile":
            yield kind, sql.SQL(_DROP).format(table=table.name, column=column)
            continue
        renamed = [name, *(other for other, what in marked.items() if what == "track" and kind == "visit")]
        changes = sql.SQL(", ").join(
            sql.SQL("{column} = " + _ALIAS).format(column=sql.Identifier(each)) for each in renamed
        )
        yield kind, sql.SQL(_REKEY).format(table=table.name, column=column, changes=changes)


def _place(at: Position) -> str:
    return f"{at.topic}/{at.partition}/{at.offset}/"


def _renamed(envelope: Envelope, event: ShopperFact, at: Position) -> Envelope:
    correlation = envelope.correlationid
    return msgspec.structs.replace(
        envelope, event=event, correlationid=None if correlation is None else alias(at, correlation)
    )
