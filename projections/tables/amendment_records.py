"""The amendments of a partition in PostgreSQL, found without reading the ledger."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text

from event_store.envelope import Position, RecordedEvent
from event_store.ledger import LogRecord
from event_store.replay import Place
from event_store.serialization import decode
from projections.folding.amendments import Amendments
from projections.folding.readings import Reading, Store

AMENDMENTS = Table(
    "amendments",
    MetaData(schema="record"),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("organisation", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
"""One row for each amendment that was applied, with its exact bytes."""

_PUT = """
INSERT INTO record.amendments (topic, partition, "offset", recorded_at, organisation, store, subject, value)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_FIND = """
SELECT "offset", recorded_at, value FROM record.amendments
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" < %(end)s
    AND (%(organisation)s::text IS NULL OR (organisation = %(organisation)s AND store = %(store)s))
ORDER BY "offset"
"""
_RETAKEN = """
SELECT "offset" FROM record.dead_letters
WHERE topic = %(topic)s AND partition = %(partition)s AND resolved = 'retried' AND resolved_by < %(end)s
    AND (%(organisation)s::text IS NULL OR (organisation = %(organisation)s AND store = %(store)s))
"""
_STORES = """
SELECT organisation, store FROM record.amendments
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" >= %(start)s AND "offset" < %(end)s
UNION SELECT organisation, store FROM record.dead_letters
WHERE topic = %(topic)s AND partition = %(partition)s AND resolved = 'retried'
    AND resolved_by >= %(start)s AND resolved_by < %(end)s
ORDER BY 1, 2
"""
"""What is retried together with other stores' records counts from the last of those amendments on."""


async def put_amendments(connection: AsyncConnection[Any], readings: Sequence[Reading]) -> None:
    """Keep amendments that were applied."""
    rows = [(*_place(reading.record), reading.recorded_at, *_about(reading)) for reading in readings]
    async with connection.cursor() as cursor:
        await cursor.executemany(_PUT, rows)


async def find_amendments(
    connection: AsyncConnection[Any], place: Place, end: int, store: Store | None = None
) -> Amendments:
    """Return what the facts before an offset say about earlier ones: those of a partition, or of one of its stores."""
    organisation, name = store or (None, None)
    values = {
        "topic": place.topic, "partition": place.partition, "end": end, "organisation": organisation, "store": name,
    }  # fmt: skip
    amending = [
        RecordedEvent(
            position=Position(topic=place.topic, partition=place.partition, offset=offset),
            recorded_at=at,
            envelope=decode(value),
        )
        for offset, at, value in await (await connection.execute(_FIND, values)).fetchall()
    ]
    if not amending:  # nothing is taken again without one
        return Amendments()
    retaken = await (await connection.execute(_RETAKEN, values)).fetchall()
    return Amendments(amending, [offset for (offset,) in retaken])


async def amended_stores(connection: AsyncConnection[Any], place: Place, start: int, end: int) -> Sequence[Store]:
    """Return the stores of which facts in a stretch amend earlier ones."""
    values = {"topic": place.topic, "partition": place.partition, "start": start, "end": end}
    cursor = await connection.execute(_STORES, values)
    return await cursor.fetchall()


def _place(record: LogRecord) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def _about(reading: Reading) -> tuple[object, ...]:
    about = reading.attributes
    return about.organisation, about.store, about.subject, reading.record.value
