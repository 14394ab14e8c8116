"""Gives checkpoints away until they are taken: the log of seals is the outbox, a row is a receiver's place in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection

from event_store.checkpoints import decode_seal
from event_store.errors import ShopfloorError
from event_store.export import Sealed
from event_store.merkle import TileId
from event_store.publishing.channels import Channel, Taken, Unpublishable
from event_store.publishing.errors import PublishingError
from event_store.sealing import SEALS, tables
from event_store.sealing.sealed_record import newest_seal

AT_ONCE = 100
"""So many checkpoints go through one channel before the next one's turn."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10, 900

_PLACE = """
INSERT INTO record.publications (channel, seals, begins_with) VALUES (%(channel)s, 0, %(newest)s)
ON CONFLICT (channel) DO UPDATE SET channel = EXCLUDED.channel
RETURNING greatest(seals, begins_with), seals, next_attempt_at <= now()
"""
_SEAL = "SELECT entry, note FROM record.seals WHERE number = %s"
_TAKEN = """
UPDATE record.publications SET seals = %s, delivered_at = now(), attempts = 0, trouble = NULL, next_attempt_at = now()
WHERE channel = %s
"""
_TROUBLE = """
UPDATE record.publications SET trouble = %s, attempts = attempts + 1,
    next_attempt_at = now() + least(%s, %s * 2 ^ least(attempts, 20)) * interval '1 second'
WHERE channel = %s
"""
_COSIGNED = "UPDATE record.seals SET note = note || %s WHERE number = %s AND position(%s IN note) = 0"
_STATES = "SELECT channel, seals, delivered_at, attempts, trouble FROM record.publications ORDER BY channel"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel is."""

    channel: str
    seals: int
    """It has everything up to this size of the log of seals."""
    delivered_at: datetime | None
    attempts: int
    """How often the next one was refused in a row."""
    trouble: str | None


class Publisher:
    """Serves channels in turn; what one does not take waits for it alone, longer each time."""

    def __init__(self, connection: Connection[Any], channels: Sequence[Channel]) -> None:
        """The connection commits by itself."""
        self._connection = connection
        self._channels = channels

    def serve(self, *, at_once: bool = False) -> list[ShopfloorError]:
        """Give every channel what it lacks, if it is time to or `at_once`; return the troubles there were."""
        newest = newest_seal(self._connection)
        if newest is None:
            return []
        troubles: list[ShopfloorError] = []
        for channel in self._channels:
            try:
                self._serve(channel, newest, at_once=at_once)
            except (PublishingError, Unpublishable) as problem:
                troubles.append(problem)
                values = (str(problem), LONGEST_PAUSE_S, FIRST_PAUSE_S, channel.name)
                self._connection.execute(_TROUBLE, values)
        return troubles

    def _serve(self, channel: Channel, newest: Sealed, *, at_once: bool) -> None:
        size = newest.seal.number + 1
        row = self._connection.execute(_PLACE, {"channel": channel.name, "newest": size - 1}).fetchone()
        following, has, is_due = row or (0, 0, True)
        if has >= size or not (is_due or at_once):
            return
        numbers = range(following, size)[:AT_ONCE] if channel.every_one else [size - 1]
        for number in numbers:
            taken = channel.give(self._sealed(number), has, self._read_seals)
            self._keep(channel, number, taken)
            has = taken.size

    def _keep(self, channel: Channel, number: int, taken: Taken) -> None:
        with self._connection.transaction():
            for line in taken.cosignatures:
                raw = f"{line}\n".encode()
                self._connection.execute(_COSIGNED, (raw, number, raw))
            self._connection.execute(_TAKEN, (taken.size, channel.name))

    def _sealed(self, number: int) -> Sealed:
        row = self._connection.execute(_SEAL, (number,)).fetchone()
        if row is None:
            raise PublishingError(f"seal {number} is missing; see docs/operations.md, diverged")
        return Sealed(seal=decode_seal(bytes(row[0])), note=bytes(row[1]))

    def _read_seals(self, tile: TileId) -> bytes:
        return tables.read_tile(self._connection, SEALS, tile)


def deliveries(connection: Connection[Any]) -> list[Delivery]:
    """Return how every channel is that there ever was."""
    rows = connection.execute(_STATES).fetchall()
    return [
        Delivery(channel=channel, seals=seals, delivered_at=at, attempts=attempts, trouble=trouble)
        for channel, seals, at, attempts, trouble in rows
    ]
