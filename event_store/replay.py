"""Reading the record again in the order of a partition: from the ledger's months, and from those in the archive.

Nothing else reads history in order, so nothing else needs to know which months have left the ledger.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection, Connection

from event_store.archive.errors import HistoryMoved
from event_store.archive.places import open_archive
from event_store.archive.reading import HOLD, OVERLAPPING, STANDING, Gathering, Question
from event_store.archive.records import ArchivedRecord
from event_store.envelope import Position
from event_store.ledger import Attributes, Disposition, unpacked_headers

_ENTRIES = """
SELECT l."offset", l.recorded_at, l.disposition, l.key, l.value, d.reason, l.headers,
       l.event_id, l.type, l.organisation, l.store, l.source, l.sequence, l.subject, l.time
FROM record.ledger l LEFT JOIN record.dead_letters d USING (topic, partition, "offset")
WHERE l.topic = %(topic)s AND l.partition = %(partition)s AND l."offset" >= %(start)s AND l."offset" < %(end)s {filter}
ORDER BY l."offset" LIMIT %(limit)s
"""
_OF_TYPES = "AND l.type = ANY (%(types)s)"
_OF_ERASURES = f"{_OF_TYPES} AND l.type LIKE 'shopfloor.SubjectForgotten.%%'"
"""The same for the types that have an index of their own."""
_OF_STORE = "AND l.organisation = %(organisation)s AND l.store = %(store)s"
_REASONS = """
SELECT "offset", reason FROM record.dead_letters WHERE topic = %s AND partition = %s AND "offset" = ANY (%s)
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Place(msgspec.Struct, frozen=True, order=True):
    """A partition of a topic."""

    topic: str
    partition: int


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record as the ledger kept it, with what became of it."""

    topic: str
    partition: int
    offset: int
    recorded_at: datetime
    key: bytes | None
    value: bytes | None
    disposition: Disposition
    reason: str | None
    """Why it was not applied, if it is a dead letter or parked."""
    attributes: Attributes
    packed_headers: bytes | None = None
    """As the ledger keeps them."""

    @property
    def position(self) -> Position:
        """Where the record holds it."""
        return Position(topic=self.topic, partition=self.partition, offset=self.offset)

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """The headers that came with it."""
        return unpacked_headers(self.packed_headers)

    @property
    def timestamp(self) -> int:
        """When it was recorded, in milliseconds since 1970."""
        return (self.recorded_at - _EPOCH) // timedelta(milliseconds=1)


async def read_entries(  # noqa: PLR0913  # what is read may be narrowed by each
    connection: AsyncConnection[Any],
    place: Place,
    *,
    start: int,
    end: int,
    limit: int,
    types: Collection[str] | None = None,
    store: tuple[str, str] | None = None,
) -> list[Entry]:
    """Return at most `limit` entries with offsets from `start` up to, not including, `end`.

    With `types` only those that the ledger has under one of them, with `store` only those of an organisation's store.
    A transaction that sees a single state of the database must begin with `HOLD`. Raises `ArchivingError` where an
    archived part is missing or altered.
    """
    asked = _question(place, start, end, limit, types, store)
    async with connection.transaction():
        await connection.execute(HOLD)
        gathering = _gathering(await (await connection.execute(STANDING)).fetchone(), asked)
        while gathering is not None and not gathering.is_done:
            rows = await (await connection.execute(OVERLAPPING, gathering.parameters)).fetchall()
            await asyncio.to_thread(gathering.add, [bytes(manifest) for (manifest,) in rows])
        archived = [] if gathering is None else gathering.found()
        refused = _refused(archived)
        reasons = await (await connection.execute(_REASONS, _of(asked, refused))).fetchall() if refused else []
        cursor = connection.cursor(binary=True)
        await cursor.execute(_text(asked), _values(asked, archived))
        return _merged(asked, archived, dict(reasons), await cursor.fetchall())


def read_entries_blocking(connection: Connection[Any], asked: Question) -> list[Entry]:
    """Do the same as `read_entries` for a program that waits for each answer."""
    with connection.transaction():
        connection.execute(HOLD)
        gathering = _gathering(connection.execute(STANDING).fetchone(), asked)
        while gathering is not None and not gathering.is_done:
            rows = connection.execute(OVERLAPPING, gathering.parameters).fetchall()
            gathering.add([bytes(manifest) for (manifest,) in rows])
        archived = [] if gathering is None else gathering.found()
        refused = _refused(archived)
        reasons = connection.execute(_REASONS, _of(asked, refused)).fetchall() if refused else []
        with connection.cursor(binary=True) as cursor:
            cursor.execute(_text(asked), _values(asked, archived))
            return _merged(asked, archived, dict(reasons), cursor.fetchall())


def all_entries(connection: Connection[Any], asked: Question) -> Iterator[Entry]:
    """Yield every entry that is asked for, reading the question's limit of them at a time."""
    while entries := read_entries_blocking(connection, asked):
        yield from entries
        if len(entries) < asked.limit:
            return
        asked = msgspec.structs.replace(asked, start=entries[-1].offset + 1)


def _question(
    place: Place,
    start: int,
    end: int,
    limit: int,
    types: Collection[str] | None,
    store: tuple[str, str] | None,
) -> Question:
    kinds = None if types is None else frozenset(types)
    return Question(
        topic=place.topic, partition=place.partition, start=start, end=end, limit=limit, types=kinds, store=store
    )


def _gathering(standing: Any, asked: Question) -> Gathering | None:
    """Return what reads the archive, None where there is none; raises `HistoryMoved`."""
    if standing is None:
        return None
    address, moved = standing
    if moved:
        raise HistoryMoved
    return Gathering(open_archive(address), asked)


def _refused(archived: Iterable[ArchivedRecord]) -> list[int]:
    return [record.offset for record in archived if record.disposition in {"dead", "parked"}]


def _of(asked: Question, offsets: list[int]) -> tuple[object, ...]:
    return (asked.topic, asked.partition, offsets)


def _text(asked: Question) -> str:
    kinds = asked.types
    rare = kinds is not None and all(each.startswith("shopfloor.SubjectForgotten.") for each in kinds)
    of_types = _OF_ERASURES if rare else _OF_TYPES
    filters = (of_types if kinds is not None else "", _OF_STORE if asked.store is not None else "")
    return _ENTRIES.format(filter=" ".join(filters))


def _values(asked: Question, archived: Sequence[ArchivedRecord]) -> dict[str, object]:
    organisation, name = asked.store or (None, None)
    enough = len(archived) == asked.limit
    return {
        "topic": asked.topic, "partition": asked.partition, "start": asked.start, "limit": asked.limit,
        "end": archived[-1].offset if enough else asked.end,
        "types": sorted(asked.types or ()), "organisation": organisation, "store": name,
    }  # fmt: skip


def _merged(
    asked: Question, archived: Sequence[ArchivedRecord], reasons: dict[int, str], rows: Sequence[Any]
) -> list[Entry]:
    place: dict[str, Any] = {"topic": asked.topic, "partition": asked.partition}
    entries = [
        Entry(
            **place,
            offset=offset,
            recorded_at=at,
            key=key,
            value=value,
            disposition=disposition,
            reason=reason,
            packed_headers=headers,
            attributes=Attributes(*attributes),
        )
        for offset, at, disposition, key, value, reason, headers, *attributes in rows
    ]
    if archived:
        entries += [_entry(place, record, reasons.get(record.offset)) for record in archived]
        entries.sort(key=lambda entry: entry.offset)
    return entries[: asked.limit]


def _entry(place: dict[str, Any], record: ArchivedRecord, reason: str | None) -> Entry:
    known = {name: getattr(record, name) for name in Attributes.__struct_fields__}
    return Entry(
        **place,
        offset=record.offset,
        recorded_at=_EPOCH + timedelta(milliseconds=record.timestamp),
        key=record.key,
        value=record.value,
        disposition=record.disposition,
        reason=reason,
        packed_headers=record.headers,
        attributes=Attributes(**known),
    )
