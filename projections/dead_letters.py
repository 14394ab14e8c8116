"""Records that could not be applied, and what waits behind them in order."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from projections.batch_fold import Letter
from projections.readings import Subject

_PUT = """
INSERT INTO record.dead_letters
    (topic, partition, "offset", recorded_at, organisation, store, subject, type, reason, error, behind, headers)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_PARKED = """
SELECT organisation, store, subject, min(coalesce(behind, "offset")) FROM record.dead_letters
WHERE topic = %s AND partition = ANY (%s) AND subject IS NOT NULL AND reason <> 'misaddressed' AND resolved IS NULL
GROUP BY organisation, store, subject
"""
_MOST_CHARACTERS = 2_000


async def put_letters(connection: AsyncConnection[Any], letters: Sequence[Letter]) -> None:
    """Write dead letters; their bytes are in the ledger at the same position."""
    rows = [
        (
            letter.reading.record.topic,
            letter.reading.record.partition,
            letter.reading.record.offset,
            letter.reading.recorded_at,
            letter.reading.attributes.organisation,
            letter.reading.attributes.store,
            letter.reading.attributes.subject,
            letter.reading.attributes.type,
            letter.refusal.reason,
            letter.refusal.error.replace("\x00", "")[:_MOST_CHARACTERS],
            letter.behind,
            msgspec.json.encode(letter.reading.record.headers).decode(),
        )
        for letter in letters
    ]
    if rows:
        async with connection.cursor() as cursor:
            await cursor.executemany(_PUT, rows)


async def find_parked(connection: AsyncConnection[Any], topic: str, partitions: Sequence[int]) -> dict[Subject, int]:
    """Return the subjects of partitions that wait, with the offset of the dead letter they wait behind."""
    cursor = await connection.execute(_PARKED, (topic, list(partitions)))
    return {
        (organisation, store, subject): behind
        for organisation, store, subject, behind in await cursor.fetchall()
        if organisation is not None and store is not None
    }
