"""The exposure window as numbers: since when the oldest record waits that is not safe yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from psycopg import Connection

from event_store.archive.errors import ArchivingError
from event_store.archive.reading import Question
from event_store.checkpoints import Seal, decode_seal
from event_store.merkle import TILE_WIDTH
from event_store.publishing.publisher import Delivery, deliveries
from event_store.replay import read_entries_blocking
from event_store.sealing.sealed_record import newest_seal
from event_store.spans import MOST

_SEAL = "SELECT entry FROM record.seals WHERE number = %s"
_PLACES = "SELECT partition FROM record.checkpoints WHERE name = 'live' AND topic = %s"
_TILE = "SELECT first_offset FROM record.tiles WHERE tree = %s AND level = 0 AND index = %s"
_TREE = "SELECT size, next_offset FROM record.trees WHERE name = %s"
_RECORDED = """
SELECT recorded_at FROM record.ledger WHERE topic = %s AND partition = %s AND "offset" >= %s
ORDER BY "offset" OFFSET %s LIMIT 1
"""
_ARCHIVED = """
SELECT first_recorded FROM record.segments
WHERE in_force AND topic = %s AND partition = %s AND last_offset >= %s ORDER BY first_offset LIMIT 1
"""


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """When the oldest record was recorded that is not sealed, published, witnessed yet; None where all are."""

    unsealed: datetime | None
    unpublished: datetime | None
    unwitnessed: datetime | None
    published: bool
    """Whether there is a channel that publishes at all."""
    witnessed: bool
    """Whether there is a witness at all."""
    deliveries: Sequence[Delivery]

    def ages(self, now: datetime) -> dict[str, float]:
        """Return the seconds that the oldest record has waited to be sealed, and what else is set up."""
        waiting = {"sealed": self.unsealed}
        waiting |= {"published": self.unpublished} if self.published else {}
        waiting |= {"witnessed": self.unwitnessed} if self.witnessed else {}
        return {until: (now - since).total_seconds() if since else 0.0 for until, since in waiting.items()}


def find_exposure(connection: Connection[Any], topic: str, names: Sequence[str], quorum: int | None) -> Exposure:
    """Return the exposure by the channels of these names; `quorum` witnesses are enough, without it all are needed."""
    known = {each.channel: each for each in deliveries(connection)}
    states = [known.get(name) or _new(name) for name in names]
    witnesses = sorted((each.seals for each in states if each.channel.startswith("witness ")), reverse=True)
    others = [each.seals for each in states if not each.channel.startswith("witness ")]
    enough = min(quorum or len(witnesses), len(witnesses))
    newest = newest_seal(connection)
    return Exposure(
        unsealed=_oldest_beyond(connection, topic, None if newest is None else newest.seal),
        unpublished=_oldest_beyond(connection, topic, _seal(connection, max(others, default=0))),
        unwitnessed=_oldest_beyond(connection, topic, _seal(connection, witnesses[enough - 1] if witnesses else 0)),
        published=bool(others),
        witnessed=bool(witnesses),
        deliveries=states,
    )


def _new(name: str) -> Delivery:
    return Delivery(channel=name, seals=0, delivered_at=None, attempts=0, trouble=None)


def _seal(connection: Connection[Any], size: int) -> Seal | None:
    row = connection.execute(_SEAL, (size - 1,)).fetchone()
    return None if row is None else decode_seal(bytes(row[0]))


def _oldest_beyond(connection: Connection[Any], topic: str, seal: Seal | None) -> datetime | None:
    sizes = {each.partition: each.size for each in seal.partitions if each.topic == topic} if seal else {}
    times = []
    for (partition,) in connection.execute(_PLACES, (topic,)).fetchall():
        size, name = sizes.get(partition, 0), f"{topic}/{partition}"
        leaves, following = connection.execute(_TREE, (name,)).fetchone() or (0, 0)
        tile = connection.execute(_TILE, (name, size // TILE_WIDTH)).fetchone() if size < leaves else None
        start, behind = (following, 0) if tile is None else (tile[0], size % TILE_WIDTH)
        wanted = Question(topic=topic, partition=partition, start=start, end=MOST, limit=behind + 1)
        recorded = _recorded(connection, wanted)
        times += [recorded] if recorded else []
    return min(times, default=None)


def _recorded(connection: Connection[Any], wanted: Question) -> datetime | None:
    """Return when the last record that is asked for was recorded; None where there are not so many."""
    place = (wanted.topic, wanted.partition, wanted.start)
    archived = connection.execute(_ARCHIVED, place).fetchone()
    if archived is None:
        row = connection.execute(_RECORDED, (*place, wanted.limit - 1)).fetchone()
        return row[0] if row else None
    try:
        entries = read_entries_blocking(connection, wanted)
    except ArchivingError:  # which the monitor tells; without the file, nobody knows better than its first one's time
        return cast("datetime", archived[0])
    return entries[-1].recorded_at if len(entries) == wanted.limit else None
