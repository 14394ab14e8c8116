"""Reading the record again from the ledger, in the order of a partition."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.ledger import Disposition

_ENTRIES = """
SELECT l."offset", l.recorded_at, l.disposition, l.key, l.value, d.reason
FROM record.ledger l LEFT JOIN record.dead_letters d USING (topic, partition, "offset")
WHERE topic = %s AND partition = %s AND l."offset" >= %s AND l."offset" < %s
ORDER BY l."offset" LIMIT %s
"""


class Place(msgspec.Struct, frozen=True):
    """A partition of a topic."""

    topic: str
    partition: int


class Entry(msgspec.Struct, kw_only=True):
    """A record as the ledger kept it, with what became of it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since 1970."""
    recorded_at: datetime
    key: bytes | None
    value: bytes | None
    disposition: Disposition
    reason: str | None
    """Why it was not applied, if it is a dead letter or parked."""
    headers: Sequence[tuple[str, bytes]] = ()


async def read_entries(
    connection: AsyncConnection[Any], place: Place, *, start: int, end: int, limit: int
) -> list[Entry]:
    """Return at most `limit` entries with offsets from `start` up to, not including, `end`."""
    cursor = await connection.execute(_ENTRIES, (place.topic, place.partition, start, end, limit))
    return [
        Entry(
            topic=place.topic,
            partition=place.partition,
            offset=offset,
            timestamp=round(at.timestamp() * 1000),
            recorded_at=at,
            disposition=disposition,
            key=key,
            value=value,
            reason=reason,
        )
        for offset, at, disposition, key, value, reason in await cursor.fetchall()
    ]
