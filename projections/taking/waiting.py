"""Dead and parked records that nothing has been decided about yet, as PostgreSQL keeps them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.envelope import Position
from event_store.replay import Place, read_entries
from projections.folding.readings import Reader, Reading, Store
from projections.folding.retaking import Outcome
from projections.taking.dead_letters import kept_error

CHUNK = 2_000

_NAMED = """
SELECT "offset", organisation, store,
    CASE WHEN reason <> 'misaddressed' AND organisation IS NOT NULL AND store IS NOT NULL THEN subject END, resolved
FROM record.dead_letters WHERE topic = %s AND partition = %s AND "offset" = ANY (%s) ORDER BY "offset"
"""
_BEHIND = """
SELECT subject, "offset" FROM record.dead_letters
WHERE topic = %s AND partition = %s AND organisation = %s AND store = %s AND subject = ANY (%s)
    AND resolved IS NULL AND reason <> 'misaddressed' ORDER BY "offset"
"""
_RESOLVE = """
UPDATE record.dead_letters SET
    resolved = %(resolved)s, resolved_by = %(by)s,
    behind = CASE WHEN %(resolved)s::text IS NULL THEN %(behind)s::bigint ELSE behind END,
    reason = coalesce(%(reason)s, CASE WHEN %(behind)s::bigint IS NULL THEN reason ELSE 'parked' END),
    error = coalesce(%(error)s, CASE WHEN %(behind)s::bigint IS NULL THEN error
        ELSE 'waits behind the dead letter at offset ' || %(behind)s END)
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" = %(offset)s
"""
_SKIP_ELSEWHERE = """
UPDATE record.dead_letters SET resolved = 'skipped', resolved_by = %s
WHERE topic = %s AND partition = %s AND "offset" = %s AND resolved IS NULL AND reason = 'misaddressed'
    AND (organisation IS NULL OR organisation = %s) AND (store IS NULL OR store = %s)
"""


class Named(msgspec.Struct, frozen=True):
    """A letter that an amendment names, as far as one can read whose it is."""

    offset: int
    organisation: str | None
    store: str | None
    subject: str | None
    """None where nothing waits behind it."""
    resolved: str | None

    def may_be_of(self, store: Store) -> bool:
        """Tell whether a store may decide about it: nothing in it says that it is somebody else's."""
        return self.organisation in {None, store[0]} and self.store in {None, store[1]}


async def find_named(connection: AsyncConnection[Any], place: Place, offsets: Collection[int]) -> Sequence[Named]:
    """Return the letters at offsets."""
    cursor = await connection.execute(_NAMED, (place.topic, place.partition, list(offsets)))
    return [Named(*row) for row in await cursor.fetchall()]


async def find_waiting(
    connection: AsyncConnection[Any], place: Place, store: Store, subjects: Collection[str]
) -> dict[str, list[int]]:
    """Return the offsets of what waits of each subject of a store, the oldest first."""
    values = (place.topic, place.partition, *store, sorted(subjects))
    waiting: dict[str, list[int]] = {}
    for subject, offset in await (await connection.execute(_BEHIND, values)).fetchall():
        waiting.setdefault(subject, []).append(offset)
    return waiting


async def read_waiting(
    connection: AsyncConnection[Any], reader: Reader, place: Place, offsets: Collection[int]
) -> dict[int, Reading]:
    """Read records again, as this version reads them."""
    found: dict[int, Reading] = {}
    wanted = sorted(offsets)
    while wanted:
        entries = await read_entries(connection, place, start=wanted[0], end=wanted[-1] + 1, limit=CHUNK)
        for entry in entries:
            if entry.offset in offsets:
                found[entry.offset] = reader.read_entry(entry)
        last = entries[-1].offset if entries else wanted[-1]
        wanted = [offset for offset in wanted if offset > last]
    return found


async def put_outcomes(connection: AsyncConnection[Any], outcomes: Iterable[Outcome]) -> None:
    """Write what became of records that waited, each with the amendment that did it."""
    rows = [
        {
            "topic": outcome.reading.record.topic,
            "partition": outcome.reading.record.partition,
            "offset": outcome.reading.record.offset,
            "resolved": outcome.resolution,
            "by": None if outcome.resolution is None else outcome.by,
            "behind": outcome.behind,
            "reason": outcome.refusal and outcome.refusal.reason,
            "error": outcome.refusal and kept_error(outcome.refusal),
        }
        for outcome in outcomes
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(_RESOLVE, rows)


async def skip_elsewhere(connection: AsyncConnection[Any], at: Position, store: Store, by: int) -> None:
    """Give up a record of a store that went astray into another partition, where nothing waits behind it."""
    await connection.execute(_SKIP_ELSEWHERE, (by, at.topic, at.partition, at.offset, *store))
