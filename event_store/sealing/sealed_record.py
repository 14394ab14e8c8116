"""The sealed record, to be read: seals, tiles, and which leaf a record is."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from event_store.archive.reading import Question
from event_store.checkpoints import PartitionState, VerifierKey, decode_seal, encode_seal, signatures_of, tidy
from event_store.export import Sealed
from event_store.merkle import TILE_WIDTH, TileId, inclusion_proof, record_leaf
from event_store.proofs import RecordProof, encode_proof
from event_store.replay import Entry, read_entries_blocking
from event_store.sealing import tables
from event_store.sealing.errors import LedgerRewritten, NothingSealed, NotSealedYet, UnknownEvent
from event_store.sealing.growing import SEALS
from event_store.spans import Stretch, find_offsets

_NEWEST = "SELECT entry, note FROM record.seals ORDER BY number DESC LIMIT 1"
_SEALED_AT = "SELECT time_ms FROM record.seals WHERE number = %s"
_TILE_OF = """
SELECT index, first_offset FROM record.tiles
WHERE tree = %s AND level = 0 AND first_offset <= %s ORDER BY first_offset DESC LIMIT 1
"""
_APPLIED = 'SELECT partition, "offset" FROM record.applied WHERE event_id = %s'


def newest_seal(connection: Connection[Any]) -> Sealed | None:
    """Return the newest seal with its checkpoint, None before the first one."""
    row = connection.execute(_NEWEST).fetchone()
    return None if row is None else Sealed(seal=decode_seal(bytes(row[0])), note=bytes(row[1]))


class SealedRecord:
    """What was sealed, as one transaction of the connection sees it."""

    def __init__(self, connection: Connection[Any], topic: str) -> None:
        """Raises `NothingSealed`."""
        newest = newest_seal(connection)
        if newest is None:
            raise NothingSealed
        self.newest = newest
        self._connection = connection
        self._topic = topic
        self._following = {name: following for name, (_, following) in tables.tree_sizes(connection).items()}

    def partitions(self) -> Sequence[PartitionState]:
        """Return the state of each partition in the newest seal."""
        return self.newest.seal.partitions

    def checkpoint(self, known: Sequence[VerifierKey]) -> Sealed:
        """Return the newest seal with the signatures of known keys only."""
        return Sealed(seal=self.newest.seal, note=tidy(self.newest.note, known))

    def read_tile(self, tree: str, tile: TileId) -> bytes:
        """Return a tile."""
        return tables.read_tile(self._connection, tree, tile)

    def seal_before(self, moment: datetime | None) -> int:
        """Return the number of the last seal that was made before a moment, 0 where there is none."""
        if moment is None:
            return 0
        numbers = range(self.newest.seal.number + 1)
        return max(0, bisect_left(numbers, moment.timestamp() * 1000, key=self._sealed_at) - 1)

    def _sealed_at(self, number: int) -> int:
        row = self._connection.execute(_SEALED_AT, (number,)).fetchone()
        return int(row[0]) if row else 0

    def following(self, partition: int) -> int:
        """Return the first offset of a partition that is not sealed."""
        return self._following.get(f"{self._topic}/{partition}", 0)

    def size(self, partition: int) -> int:
        """Return how many records of a partition the newest seal covers."""
        sizes = {(each.topic, each.partition): each.size for each in self.partitions()}
        return sizes.get((self._topic, partition), 0)

    def leaf_of(self, partition: int, offset: int) -> int:
        """Return the number of the leaf of a sealed record."""
        name = f"{self._topic}/{partition}"
        row = self._connection.execute(_TILE_OF, (name, offset)).fetchone()
        if row is None:
            raise NotSealedYet(f"{name}/{offset}")
        index, first = row
        return int(index) * TILE_WIDTH + len(self._offsets(partition, first, offset))

    def leaves_of(self, partition: int, offsets: Sequence[int]) -> list[int]:
        """Return the numbers of the leaves of sealed records, which are in order."""
        first = self.leaf_of(partition, offsets[0])
        between = self._offsets(partition, offsets[0], offsets[-1] + 1)
        numbers = {offset: leaf for leaf, offset in enumerate(between, first)}
        return [numbers[offset] for offset in offsets]

    def _offsets(self, partition: int, first: int, behind: int) -> list[int]:
        return find_offsets(
            self._connection, Stretch(topic=self._topic, partition=partition, first=first, behind=behind)
        )

    def prove(self, event_id: str, known: Sequence[VerifierKey]) -> bytes:
        """Return the proof of an applied event as a `.tlog-proof` file."""
        entry = self._find(event_id)
        partition, offset, timestamp, record = entry.partition, entry.offset, entry.timestamp, entry.value or b""
        name, size = f"{self._topic}/{partition}", self.size(partition)
        leaf = self.leaf_of(partition, offset)
        if leaf >= size:
            raise NotSealedYet(f"{name}/{offset}")
        self._demand_sealed(name, leaf, size, record_leaf(offset, timestamp, record))
        sealed = self.checkpoint(known)
        return encode_proof(
            RecordProof(
                position=f"{name}/{offset}",
                timestamp_ms=timestamp,
                record=record,
                leaf=leaf,
                path=inclusion_proof(lambda tile: self.read_tile(name, tile), leaf, size),
                seal=encode_seal(sealed.seal),
                seal_number=sealed.seal.number,
                seal_path=inclusion_proof(
                    lambda tile: self.read_tile(SEALS, tile), sealed.seal.number, sealed.seal.number + 1
                ),
                checkpoint=sealed.note,
                keys=list(signatures_of(sealed.note, known)),
            )
        )

    def _find(self, event_id: str) -> Entry:
        for partition, offset in self._connection.execute(_APPLIED, (_uuid(event_id),)).fetchall():
            asked = Question(topic=self._topic, partition=partition, start=offset, end=offset + 1, limit=1)
            if entries := read_entries_blocking(self._connection, asked):
                return entries[0]
        raise UnknownEvent(event_id)

    def _demand_sealed(self, name: str, leaf: int, size: int, expected: bytes) -> None:
        index = leaf // TILE_WIDTH
        tile = self.read_tile(name, TileId(0, index, min(TILE_WIDTH, size - index * TILE_WIDTH)))
        start = leaf % TILE_WIDTH * len(expected)
        if tile[start : start + len(expected)] != expected:
            raise LedgerRewritten(name, leaf)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownEvent(text) from None
