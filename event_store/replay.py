"""Reading the record again from the ledger, in the order of a partition."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.envelope import Position
from event_store.ledger import Attributes, Disposition

_ENTRIES = """
SELECT l."offset", l.recorded_at, l.disposition, l.key, l.value, d.reason,
       l.event_id, l.type, l.organisation, l.store, l.source, l.sequence, l.subject, l.time
FROM record.ledger l LEFT JOIN record.dead_letters d USING (topic, partition, "offset")
WHERE l.topic = %(topic)s AND l.partition = %(partition)s AND l."offset" >= %(start)s AND l."offset" < %(end)s {filter}
ORDER BY l."offset" LIMIT %(limit)s
"""
_OF_TYPES = "AND l.type = ANY (%(types)s)"
_OF_STORE = "AND l.organisation = %(organisation)s AND l.store = %(store)s"


class Place(msgspec.Struct, frozen=True):
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

    @property
    def position(self) -> Position:
        """Where the record holds it."""
        return Position(topic=self.topic, partition=self.partition, offset=self.offset)


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
    """
    topic, partition = place.topic, place.partition
    filters = (_OF_TYPES if types is not None else "", _OF_STORE if store is not None else "")
    organisation, name = store or (None, None)
    values = {
        "topic": topic, "partition": partition, "start": start, "end": end, "limit": limit,
        "types": sorted(types or ()), "organisation": organisation, "store": name,
    }  # fmt: skip
    cursor = connection.cursor(binary=True)
    await cursor.execute(_ENTRIES.format(filter=" ".join(filters)), values)
    return [
        Entry(
            topic=topic,
            partition=partition,
            offset=offset,
            recorded_at=at,
            key=key,
            value=value,
            disposition=disposition,
            reason=reason,
            attributes=Attributes(*attributes),
        )
        for offset, at, disposition, key, value, reason, *attributes in await cursor.fetchall()
    ]
