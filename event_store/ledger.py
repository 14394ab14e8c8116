"""The ledger: one row for each Kafka record, whatever became of it, with its exact bytes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from psycopg import AsyncConnection
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text

from event_store.database import Statement
from event_store.envelope import Envelope
from event_store.errors import UndecodableRecord
from event_store.events import TYPE_OF
from event_store.events.bounds import is_no_moment
from event_store.readability import demand_readable, is_short
from event_store.serialization import HEADERS, is_place

Disposition = Literal["applied", "duplicate", "parked", "dead"]

RECORD = MetaData(schema="record")

LEDGER = Table(
    "ledger",
    RECORD,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), primary_key=True),
    Column("disposition", Text, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("event_id", Text),
    Column("type", Text),
    Column("organisation", Text),
    Column("store", Text),
    Column("source", Text),
    Column("sequence", BigInteger),
    Column("subject", Text),
    Column("time", DateTime(timezone=True)),
    Column("headers", LargeBinary),
)
"""Partitioned by the month of `recorded_at`, the broker's time; what follows `value` is null where unreadable.

`headers` is JSON, null for those that every producer of ours writes.
`type` and `subject` are those of the fact as this version reads it; what the producer wrote is in `value`.
"""

COLUMNS = tuple(column.name for column in LEDGER.columns)
_TYPES = (
    *("text", "int4", "int8", "timestamptz", "text", "bytea", "bytea"),
    *("text", "text", "text", "text", "text", "int8", "text", "timestamptz", "bytea"),
)
_COPY = "COPY record.ledger ({}) FROM STDIN (FORMAT BINARY)".format(", ".join(map('"{}"'.format, COLUMNS)))
_PUT = "INSERT INTO record.ledger SELECT * FROM json_populate_recordset(NULL::record.ledger, %s::json)"
_MOST = 2**63 - 1
_ABSENT = msgspec.Raw(b"null")

T = TypeVar("T")


class LogRecord(Protocol):
    """A record as a Kafka client hands it over."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since 1970: when the broker appended it."""
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Attributes(msgspec.Struct, frozen=True, gc=False):
    """What the ledger says about a record besides its bytes; null where it could not be read."""

    event_id: str | None = None
    type: str | None = None
    organisation: str | None = None
    store: str | None = None
    source: str | None = None
    sequence: int | None = None
    subject: str | None = None
    time: datetime | None = None


def attributes_of(envelope: Envelope) -> Attributes:
    """Return the attributes of a fact that was read."""
    event = envelope.event
    return Attributes(
        envelope.id,
        TYPE_OF[type(event)],
        envelope.organisation,
        envelope.store,
        envelope.source,
        envelope.sequence,
        event.subject,
        event.time,
    )


def readable_attributes(value: bytes | None) -> Attributes:
    """Return as many attributes as bytes that are no readable fact still give away; none of what is out of bounds."""
    try:
        demand_readable(value or b"")
        wire = _ATTRIBUTES.decode(value or b"")
    except (UndecodableRecord, msgspec.ValidationError):
        return Attributes()
    sequence = _read(wire.sequence, int)
    return Attributes(
        event_id=_name_in(wire.id),
        type=_name_in(wire.type),
        organisation=_place_in(wire.organisation),
        store=_place_in(wire.store),
        source=_name_in(wire.source),
        sequence=sequence if sequence is not None and 1 <= sequence <= _MOST else None,
        subject=_name_in(wire.subject),
        time=_moment_in(wire.time),
    )


class _Unread(msgspec.Struct, frozen=True):
    """Attributes as they were written, each to be read by itself."""

    id: msgspec.Raw = _ABSENT
    type: msgspec.Raw = _ABSENT
    organisation: msgspec.Raw = _ABSENT
    store: msgspec.Raw = _ABSENT
    source: msgspec.Raw = _ABSENT
    sequence: msgspec.Raw = _ABSENT
    subject: msgspec.Raw = _ABSENT
    time: msgspec.Raw = _ABSENT


_ATTRIBUTES = msgspec.json.Decoder(_Unread)


def _read(value: msgspec.Raw, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(value, type=kind)
    except msgspec.ValidationError:
        return None


def _name_in(value: msgspec.Raw) -> str | None:
    name = _read(value, str)
    return name if name and is_short(name) else None


def _place_in(value: msgspec.Raw) -> str | None:
    name = _read(value, str)
    return name if name and is_place(name) else None


def _moment_in(value: msgspec.Raw) -> datetime | None:
    moment = _read(value, datetime)
    return None if moment is None or moment.tzinfo is None or is_no_moment(moment) else moment


def recorded_at(record: LogRecord) -> datetime:
    """Return when the broker appended a record."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


Entry = tuple[LogRecord, datetime, Disposition, Attributes]
"""A record, when it was recorded, what became of it, and what it says."""

FEW = 30
"""Up to so many entries are written by a statement among others; more by COPY, which costs round trips of its own."""


def put_few(entries: Iterable[Entry]) -> Statement:
    """Return what writes entries in order; their months must exist."""
    rows = [dict(zip(COLUMNS, _plain(_values(entry)), strict=True)) for entry in entries]
    return Statement(_PUT, (msgspec.json.encode(rows).decode(),))


async def copy_many(connection: AsyncConnection[Any], entries: Iterable[Entry]) -> None:
    """Write entries in order; their months must exist."""
    async with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for entry in entries:
            await copy.write_row(_values(entry))


def _values(entry: Entry) -> tuple[Any, ...]:
    record, at, disposition, attributes = entry
    return (
        record.topic,
        record.partition,
        record.offset,
        at,
        disposition,
        record.key,
        record.value,
        *msgspec.structs.astuple(attributes),
        packed_headers(record.headers),
    )


def packed_headers(headers: Sequence[tuple[str, bytes]]) -> bytes | None:
    """Return headers as the ledger keeps them."""
    return None if list(headers) == HEADERS else msgspec.json.encode(headers)


def unpacked_headers(packed: bytes | None) -> Sequence[tuple[str, bytes]]:
    """Return headers as they came."""
    return HEADERS if packed is None else [(name, value or b"") for name, value in _HEADERS.decode(packed)]


_HEADERS = msgspec.json.Decoder(list[tuple[str, bytes | None]])


def _plain(values: Iterable[Any]) -> Iterator[Any]:
    """Write bytes as PostgreSQL reads them in JSON."""
    return (f"\\x{value.hex()}" if isinstance(value, bytes) else value for value in values)


Month = tuple[int, int]


async def prepare_months(connection: AsyncConnection[Any], months: Iterable[Month]) -> None:
    """Make the ledger's partitions for (year, month) pairs where they are missing, in transactions of their own."""
    for month in sorted(months):
        if not await _is_there(connection, month):
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(hashtext('record.ledger'))")
                if not await _is_there(connection, month):
                    await _attach(connection, month)


async def _is_there(connection: AsyncConnection[Any], month: Month) -> bool:
    # not by to_regclass, which may remember from before the lock that there is none
    cursor = await connection.execute(
        "SELECT FROM pg_tables WHERE schemaname = 'record' AND tablename = %s", [_name(month)]
    )
    return cursor.rowcount == 1


async def _attach(connection: AsyncConnection[Any], month: Month) -> None:
    """Attach a new partition: that waits for no reader, as creating it in place would."""
    following = (month[0] + month[1] // 12, month[1] % 12 + 1)
    first, end = (f"{year:04d}-{number:02d}-01 00:00:00+00" for year, number in (month, following))
    await connection.execute(f"CREATE TABLE record.{_name(month)} (LIKE record.ledger INCLUDING ALL)")
    await connection.execute(
        f"ALTER TABLE record.ledger ATTACH PARTITION record.{_name(month)} FOR VALUES FROM ('{first}') TO ('{end}')"
    )


def _name(month: Month) -> str:
    return f"ledger_{month[0]:04d}_{month[1]:02d}"
