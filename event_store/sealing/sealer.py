"""Sealing what the ledger holds: new records become leaves, and a signed checkpoint covers them all."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from psycopg import Connection

from event_store.checkpoints import Signed, SignedLog, SigningKey, encode_seal, sign, signatures_of
from event_store.export import Sealed
from event_store.merkle import TILE_WIDTH, Tile, record_leaf, root_at
from event_store.sealing import tables
from event_store.sealing.errors import LedgerBehind, OtherLog, OtherwiseSigned
from event_store.sealing.growing import SEALS, GrowingLog
from event_store.sealing.sealed_record import newest_seal

NO_LIMIT = sys.maxsize
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

    def __init__(
        self, connection: Connection[Any], topic: str, keys: Sequence[SigningKey], signed: SignedLog | None = None
    ) -> None:
        """The connection commits by itself. `signed` is what the keys have signed, whatever the database says."""
        self._connection = connection
        self._topic = topic
        self._keys = keys
        self._signed = signed

    @property
    def _origin(self) -> str:
        return self._keys[0].verifier.name

    def seal(self, time_ms: int) -> Sealed | None:
        """Seal everything in the ledger; return the new seal, or None when nothing came since the last one.

        A key that has not signed yet makes a new one too, so that whoever pins it needs no new record.
        A ledger grows in the order of offsets and only there, so what is read here is all up to the last one read.
        What the keys have signed and the database does not have is made again first, to the byte: a database that was
        restored goes on with the log that others know. Raises `OtherLog`, `LedgerBehind` and `OtherwiseSigned`.
        """
        with self._signed.held() if self._signed else nullcontext(), self._connection.transaction():
            self._connection.execute(tables.LOCK)
            newest = newest_seal(self._connection)
            self._demand_own(newest)
            again = self._seal_again(newest)
            newest = again or newest
            log, grown = self._grow()
            if not grown and newest is not None and self._have_signed(newest):
                return again
            after = newest.seal.time_ms if newest else 0
            return self._seal(log, max(time_ms, after))

    def _demand_own(self, newest: Sealed | None) -> None:
        if newest is not None and (sealed_as := newest.note.decode().partition("\n")[0]) != self._origin:
            raise OtherLog(sealed_as, self._origin)

    def _seal_again(self, newest: Sealed | None) -> Sealed | None:
        """Make the seals that were signed and are not there; return the last one."""
        size = newest.seal.number + 1 if newest else 0
        last = self._signed.newest(self._origin) if self._signed else None
        if self._signed is None or last is None:
            return None
        if last.size <= size:
            self._demand_root(last, size)
            return None
        made = None
        for each in self._signed.following(self._origin, size):
            made = self._make_again(each)
        return made

    def _demand_root(self, last: Signed, size: int) -> None:
        """Refuse a log of seals that does not begin with what was signed last."""
        read = partial(tables.read_tile, self._connection, SEALS)
        if root_at(read, last.size, size) != last.root:
            raise OtherwiseSigned(last.origin, last.size)

    def _make_again(self, signed: Signed) -> Sealed:
        sizes = tables.tree_sizes(self._connection)
        log = self._log(sizes)
        for name, records in sorted(signed.records.items()):
            topic, partition = _place(name)
            _, following = sizes.get(name, (0, 0))
            self._append(log, topic, partition, following, records)
            if log.records(topic, partition) != records:
                raise LedgerBehind(name, log.records(topic, partition), records)
        if log.size + 1 != signed.size:
            raise OtherwiseSigned(signed.origin, signed.size)
        return self._seal(log, signed.time_ms, signed.root)

    def _have_signed(self, newest: Sealed) -> bool:
        ours = [key.verifier for key in self._keys]
        return len(signatures_of(newest.note, ours)) == len(ours)

    def _grow(self) -> tuple[GrowingLog, bool]:
        sizes = tables.tree_sizes(self._connection)
        log, grown = self._log(sizes), False
        for topic, partition in self._connection.execute(_GROWN, (self._topic,)).fetchall():
            _, following = sizes.get(f"{topic}/{partition}", (0, 0))
            grown |= self._append(log, topic, partition, following)
        return log, grown

    def _log(self, sizes: Mapping[str, tuple[int, int]]) -> GrowingLog:
        trees = {
            _place(name): tables.read_tree(self._connection, name, size)
            for name, (size, _) in sizes.items()
            if name != SEALS
        }
        return GrowingLog(trees, tables.read_tree(self._connection, SEALS, sizes.get(SEALS, (0, 0))[0]))

    def _append(self, log: GrowingLog, topic: str, partition: int, following: int, most: int = NO_LIMIT) -> bool:
        """Append what comes behind, up to `most` leaves in all; tell whether anything did."""
        name, begun = f"{topic}/{partition}", following
        while rows := self._records(topic, partition, following, most - log.records(topic, partition)):
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

    def _records(self, topic: str, partition: int, following: int, most: int) -> list[Any]:
        asked = (topic, partition, following, max(0, min(AT_ONCE, most)))
        return self._connection.execute(_RECORDS, asked).fetchall()

    def _keep(self, tree: str, tiles: Sequence[Tile], offsets: dict[int, int] | None = None) -> None:
        tables.keep_tiles(self._connection, tree, tiles, offsets)

    def _seal(self, log: GrowingLog, time_ms: int, signed_root: bytes | None = None) -> Sealed:
        """Make a seal and sign it; one that was signed before must come out as it was."""
        seal, full = log.seal(time_ms)
        signed = Signed.of(seal, self._origin, log.root)
        if signed_root is not None and signed_root != signed.root:
            raise OtherwiseSigned(self._origin, signed.size)
        if self._signed is not None and signed_root is None:
            self._signed.keep(signed)
        note = sign(log.checkpoint(self._origin), self._keys)
        self._keep(SEALS, [*full, *log.seal_edge()])
        tables.keep_tree(self._connection, SEALS, log.size, 0)
        self._connection.execute(_KEEP_SEAL, (seal.number, seal.time_ms, encode_seal(seal), note))
        return Sealed(seal=seal, note=note)


def _place(name: str) -> tuple[str, int]:
    topic, _, partition = name.rpartition("/")
    return topic, int(partition)
