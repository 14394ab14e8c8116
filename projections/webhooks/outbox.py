"""From the record to deliveries: what a subscription is told of next, in the order of the record.

The log is the outbox. Deliveries and the place that they were taken up to are written in one transaction, so whatever
ends in between, none is left out and none is there twice. A read model that is rebuilt changes nothing here.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.ledger import attributes_of
from event_store.progress import LIVE
from event_store.replay import Entry, Place, read_entries
from event_store.serialization import decode
from projections.webhooks.subscriptions import TYPES, Subscription

AT_ONCE = 500
"""So many records of a partition are looked through at a time."""
MOST_PENDING = 1_000
"""So many deliveries of a subscription wait at most; the others stay in the record until there is room."""

_ALL_BEHIND = """
SELECT DISTINCT s.id FROM webhooks.subscriptions s CROSS JOIN record.checkpoints c
LEFT JOIN webhooks.places p ON p.subscription = s.id AND p.topic = c.topic AND p.partition = c.partition
WHERE s.id = ANY (%s) AND s.state <> 'disabled' AND s.paused_until <= now()
    AND c.name = %s AND c.topic = %s AND c.next_offset > coalesce(p.next_offset, 0)
"""
_BEHIND = """
SELECT c.topic, c.partition, coalesce(p.next_offset, 0), c.next_offset FROM record.checkpoints c
LEFT JOIN webhooks.places p ON p.subscription = %s AND p.topic = c.topic AND p.partition = c.partition
WHERE c.name = %s AND c.topic = %s AND c.next_offset > coalesce(p.next_offset, 0)
ORDER BY c.partition
"""
_PENDING = "SELECT count(*) FROM webhooks.deliveries WHERE subscription = %s AND state = 'pending'"
_RETAKEN = """
SELECT resolved_by, "offset" FROM record.dead_letters
WHERE topic = %s AND partition = %s AND resolved = 'retried' AND resolved_by >= %s AND resolved_by < %s
ORDER BY resolved_by, "offset"
"""
_LOCK = "SELECT last_sequence FROM webhooks.subscriptions WHERE id = %s FOR UPDATE"
_PREVIOUS = """
SELECT DISTINCT ON (entity) entity, event_id FROM webhooks.deliveries
WHERE subscription = %s AND entity = ANY (%s) ORDER BY entity, sequence DESC
"""
_PUT = """
INSERT INTO webhooks.deliveries (subscription, sequence, topic, partition, "offset", event_id, type, entity, previous)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_MOVE = """
INSERT INTO webhooks.places (subscription, topic, partition, next_offset) VALUES (%s, %s, %s, %s)
ON CONFLICT (subscription, topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
"""
_SEQUENCE = "UPDATE webhooks.subscriptions SET last_sequence = %s WHERE id = %s"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that a subscription is to be told of."""

    offset: int
    event_id: str
    type: str
    entity: str
    """What it is about: the facts of one entity go out in order."""


async def find_behind(connection: AsyncConnection[Any], subscriptions: Collection[str], topic: str) -> list[str]:
    """Return which of these subscriptions have not seen all that was recorded; those that rest may wait."""
    cursor = await connection.execute(_ALL_BEHIND, (list(subscriptions), LIVE, topic))
    return [name for (name,) in await cursor.fetchall()]


async def take_up(connection: AsyncConnection[Any], subscription: Subscription, topic: str) -> int:
    """Make the deliveries of what was recorded since, as far as there is room; return how many were made."""
    row = await (await connection.execute(_PENDING, (subscription.id,))).fetchone()
    room, made = MOST_PENDING - (row or (0,))[0], 0
    behind = await (await connection.execute(_BEHIND, (subscription.id, LIVE, topic))).fetchall()
    for name, partition, start, end in behind:
        place, at = Place(name, partition), start
        while at < end and made < room:
            at, taken = await _take(connection, subscription, place, at, end)
            made += taken
    return made


async def _take(
    connection: AsyncConnection[Any], subscription: Subscription, place: Place, start: int, end: int
) -> tuple[int, int]:
    """Take one step of a partition up; return where to go on and how many deliveries it made."""
    entries = await read_entries(connection, place, start=start, end=end, limit=AT_ONCE)
    following = entries[-1].offset + 1 if len(entries) == AT_ONCE else end
    cursor = await connection.execute(_RETAKEN, (place.topic, place.partition, start, following))
    retaken = [offset for _, offset in await cursor.fetchall()]
    late = [each for offset in retaken for each in await _entries_at(connection, place, offset)]
    told = [*_applied(entries, subscription), *_taken_again(late, subscription)]
    async with connection.transaction():
        row = await (await connection.execute(_LOCK, (subscription.id,))).fetchone()
        await _put(connection, subscription.id, place, told, (row or (0,))[0])
        await connection.execute(_MOVE, (subscription.id, place.topic, place.partition, following))
    return following, len(told)


async def _entries_at(connection: AsyncConnection[Any], place: Place, offset: int) -> Sequence[Entry]:
    return await read_entries(connection, place, start=offset, end=offset + 1, limit=1)


def _applied(entries: Sequence[Entry], subscription: Subscription) -> Iterator[Told]:
    for entry in entries:
        if entry.disposition == "applied":
            yield from _told(entry, entry.attributes, subscription)


def _taken_again(entries: Sequence[Entry], subscription: Subscription) -> Iterator[Told]:
    """Yield what could not be read when it was recorded, and can now: it goes out behind the fact that says so."""
    for entry in entries:
        yield from _told(entry, attributes_of(decode(entry.value or b"")), subscription)


def _told(entry: Entry, said: Any, subscription: Subscription) -> Iterator[Told]:
    name = said.type.split(".")[1]
    if name in TYPES and subscription.wants(said.organisation, said.store, name):
        entity = f"{said.organisation}/{said.store}/{said.subject}"
        yield Told(offset=entry.offset, event_id=said.event_id, type=said.type, entity=entity)


async def _put(
    connection: AsyncConnection[Any], name: str, place: Place, told: Sequence[Told], last_sequence: int
) -> None:
    if not told:
        return
    cursor = await connection.execute(_PREVIOUS, (name, sorted({each.entity for each in told})))
    previous: dict[str, str] = dict(await cursor.fetchall())
    rows = []
    for sequence, each in enumerate(told, last_sequence + 1):
        rows.append(
            (
                *(name, sequence, place.topic, place.partition, each.offset),
                *(each.event_id, each.type, each.entity, previous.get(each.entity)),
            )
        )
        previous[each.entity] = each.event_id
    async with connection.cursor() as writing:
        await writing.executemany(_PUT, rows)
    await connection.execute(_SEQUENCE, (last_sequence + len(told), name))
