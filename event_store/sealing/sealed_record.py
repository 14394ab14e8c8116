"""The sealed record, to be read: seals, tiles, and which leaf a record is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from event_store.checkpoints import PartitionState, VerifierKey, decode_seal, encode_seal, signatures_of, tidy
from event_store.export import Sealed
from event_store.merkle import TILE_WIDTH, TileId, inclusion_proof, record_leaf
from event_store.proofs import RecordProof, encode_proof
from event_store.sealing import tables
from event_store.sealing.errors import LedgerRewritten, NothingSealed, NotSealedYet, UnknownEvent
from event_store.sealing.growing import SEALS

_NEWEST = "SELECT entry, note FROM record.seals ORDER BY number DESC LIMIT 1"
_TILE_OF = """
SELECT index, first_offset FROM record.tiles
WHERE tree = %s AND level = 0 AND first_offset <= %s ORDER BY first_offset DESC LIMIT 1
"""
_COUNT = """
SELECT count(*) FROM record.ledger WHERE topic = %s AND partition = %s AND "offset" >= %s AND "offset" < %s
"""
_EVENT = """
SELECT l.partition, l."offset", (extract(epoch FROM l.recorded_at) * 1000)::bigint, l.value
FROM record.applied a JOIN record.ledger l
ON l.topic = %s AND l.partition = a.partition AND l."offset" = a."offset"
WHERE a.event_id = %s
"""


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

    def following(self, partition: int) -> int:
        """Return the first offset of a partition that is not sealed."""
        return self._following.get(f"{self._topic}/{partition}", 0)

    def leaf_of(self, partition: int, offset: int) -> int:
        """Return the number of the leaf of a sealed record."""
        name = f"{self._topic}/{partition}"
        row = self._connection.execute(_TILE_OF, (name, offset)).fetchone()
        if row is None:
            raise NotSealedYet(f"{name}/{offset}")
        index, first = row
        counted = self._connection.execute(_COUNT, (self._topic, partition, first, offset)).fetchone()
        return int(index) * TILE_WIDTH + (counted[0] if counted else 0)

    def prove(self, event_id: str, known: Sequence[VerifierKey]) -> bytes:
        """Return the proof of an applied event as a `.tlog-proof` file."""
        row = self._connection.execute(_EVENT, (self._topic, _uuid(event_id))).fetchone()
        if row is None:
            raise UnknownEvent(event_id)
        partition, offset, timestamp, value = row
        name, record = f"{self._topic}/{partition}", bytes(value or b"")
        sizes = {(each.topic, each.partition): each.size for each in self.partitions()}
        size = sizes.get((self._topic, partition), 0)
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
