"""Sealing what the ledger holds: new records become leaves, and a signed checkpoint covers them all."""

import time
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from event_store.checkpoints import SigningKey, encode_seal, sign, signatures_of
from event_store.export import Sealed
from event_store.merkle import TILE_WIDTH, Tile, record_leaf
from event_store.sealing import tables
from event_store.sealing.errors import OtherLog
from event_store.sealing.growing import SEALS, GrowingLog
from event_store.sealing.sealed_record import newest_seal

AT_ONCE = 20_000
"""So many records are read and hashed at a time."""

_GROWN = """
SELECT topic, partition FROM record.checkpoints
WHERE name = 'live' AND topic = %s ORDER BY partition
"""
_RECORDS = """
SELECT "offset", (extract(epoch FROM recorded_at) * 1000)::bigint, value FROM record.ledger
WHERE topic = %s AND partition = %s AND "offset" >= %s ORDER BY "offset" LIMIT %s
"""
_KEEP_SEAL = "INSERT INTO record.seals (number, time_ms, entry, note) VALUES (%s, %s, %s, %s)"


def sealed_now() -> int:
    """Return the time for a seal: milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Sealer:
    """Appends a topic's ledger to the trees and signs; several sealers of one database take turns."""

    def __init__(self, connection: Connection[Any], topic: str, keys: Sequence[SigningKey]) -> None:
        """The connection commits by itself."""
        self._connection = connection
        self._topic = topic
        self._keys = keys

    def seal(self, time_ms: int) -> Sealed | None:
        """Seal everything in the ledger; return the new seal, or None when nothing came since the last one.

        A key that has not signed yet makes a new one too, so that whoever pins it needs no new record.
        A ledger grows in the order of offsets and only there, so what is read here is all up to the last one read.
        """
        with self._connection.transaction():
            self._connection.execute(tables.LOCK)
            newest = newest_seal(self._connection)
            self._demand_own(newest)
            log, grown = self._grow()
            if not grown and newest is not None and self._have_signed(newest):
                return None
            after = newest.seal.time_ms if newest else 0
            return self._seal(log, max(time_ms, after))

    def _demand_own(self, newest: Sealed | None) -> None:
        origin = self._keys[0].verifier.name
        if newest is not None and (sealed_as := newest.note.decode().partition("\n")[0]) != origin:
            raise OtherLog(sealed_as, origin)

    def _have_signed(self, newest: Sealed) -> bool:
        ours = [key.verifier for key in self._keys]
        return len(signatures_of(newest.note, ours)) == len(ours)

    def _grow(self) -> tuple[GrowingLog, bool]:
        sizes = tables.tree_sizes(self._connection)
        trees = {
            _place(name): tables.read_tree(self._connection, name, size)
            for name, (size, _) in sizes.items()
            if name != SEALS
        }
        seals = tables.read_tree(self._connection, SEALS, sizes.get(SEALS, (0, 0))[0])
        log, grown = GrowingLog(trees, seals), False
        for topic, partition in self._connection.execute(_GROWN, (self._topic,)).fetchall():
            _, following = sizes.get(f"{topic}/{partition}", (0, 0))
            grown |= self._append(log, topic, partition, following)
        return log, grown

    def _append(self, log: GrowingLog, topic: str, partition: int, following: int) -> bool:
        name, begun = f"{topic}/{partition}", following
        while rows := self._connection.execute(_RECORDS, (topic, partition, following, AT_ONCE)).fetchall():
            first = log.records(topic, partition)
            offsets = {
                number // TILE_WIDTH: row[0] for number, row in enumerate(rows, first) if number % TILE_WIDTH == 0
            }
            leaves = (record_leaf(offset, at, bytes(value or b"")) for offset, at, value in rows)
            full = log.append(topic, partition, leaves)
            self._keep(name, [*full, *log.edge(topic, partition)], offsets)
            following = rows[-1][0] + 1
            tables.keep_tree(self._connection, name, log.records(topic, partition), following)
        return following > begun

    def _keep(self, tree: str, tiles: Sequence[Tile], offsets: dict[int, int] | None = None) -> None:
        tables.keep_tiles(self._connection, tree, tiles, offsets)

    def _seal(self, log: GrowingLog, time_ms: int) -> Sealed:
        seal, full = log.seal(time_ms)
        note = sign(log.checkpoint(self._keys[0].verifier.name), self._keys)
        self._keep(SEALS, [*full, *log.seal_edge()])
        tables.keep_tree(self._connection, SEALS, log.size, 0)
        self._connection.execute(_KEEP_SEAL, (seal.number, seal.time_ms, encode_seal(seal), note))
        return Sealed(seal=seal, note=note)


def _place(name: str) -> tuple[str, int]:
    topic, _, partition = name.rpartition("/")
    return topic, int(partition)
