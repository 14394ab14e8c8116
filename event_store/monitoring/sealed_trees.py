"""The tiles that were stored when sealing: where a tree stands, and a hint which leaf differs. None is believed."""

from typing import Any

from psycopg import Connection

from event_store.checkpoints import PartitionState
from event_store.merkle import HASH_BYTES, TILE_WIDTH, TileId, Tree, inclusion_proof
from event_store.sealing import tables
from event_store.verifier.tree import root_of_path

_LEAVES = """
SELECT index, hashes FROM record.tiles WHERE tree = %s AND level = 0 AND index BETWEEN %s AND %s ORDER BY index
"""
_FOLLOWING = "SELECT next_offset FROM record.trees WHERE name = %s"
_TILE_AT = """
SELECT index, hashes FROM record.tiles
WHERE tree = %s AND level = 0 AND first_offset <= %s ORDER BY first_offset DESC LIMIT 1
"""


class SealedTrees:
    """Reads the tiles of one database; its questions are short, so the monitor waits for each answer."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def leaves(self, tree: str, first: int, count: int) -> bytes:
        """Return stored leaf hashes, one behind the other; what is missing is zero."""
        start, end = first // TILE_WIDTH, (first + count - 1) // TILE_WIDTH
        found = {index: bytes(hashes) for index, hashes in self._connection.execute(_LEAVES, (tree, start, end))}
        full = TILE_WIDTH * HASH_BYTES
        joined = b"".join(found.get(index, b"").ljust(full, b"\0")[:full] for index in range(start, end + 1))
        place = (first - start * TILE_WIDTH) * HASH_BYTES
        return joined[place : place + count * HASH_BYTES]

    def leads(self, state: PartitionState, leaf: int, value: bytes) -> bool:
        """Tell whether a leaf hash, by the stored tiles around it, leads to a sealed root."""
        name = f"{state.topic}/{state.partition}"
        try:
            path = inclusion_proof(lambda tile: tables.read_tile(self._connection, name, tile), leaf, state.size)
            return root_of_path(value, leaf, state.size, path) == state.root
        except ValueError:
            return False

    def leaf_at(self, tree: str, offset: int, value: bytes) -> tuple[int, bool] | None:
        """Return which leaf a record at an offset is, and whether a stored hash says so; None before all leaves."""
        row = self._connection.execute(_TILE_AT, (tree, offset)).fetchone()
        if row is None:
            return None
        index, hashes = row[0], bytes(row[1])
        places = [place for place in range(len(hashes) // HASH_BYTES) if _hash(hashes, place) == value]
        return index * TILE_WIDTH + (places[0] if places else 0), bool(places)

    def following(self, tree: str) -> int:
        """Return the first offset behind all leaves."""
        row = self._connection.execute(_FOLLOWING, (tree,)).fetchone()
        return int(row[0]) if row else 0

    def tree(self, name: str, size: int) -> Tree:
        """Return the tree as it was at some size, ready to grow; raises ValueError where tiles are missing."""
        return tables.read_tree(self._connection, name, size)

    def first_astray(self, state: PartitionState) -> int | None:
        """Return the first leaf of the first tile of leaves that does not lead to a sealed root, None if all do."""
        name = f"{state.topic}/{state.partition}"
        for first in range(0, state.size, TILE_WIDTH):
            width = min(TILE_WIDTH, state.size - first)
            try:
                tile = tables.read_tile(self._connection, name, TileId(0, first // TILE_WIDTH, width))
            except ValueError:
                return first
            if not self.leads(state, first, tile[:HASH_BYTES]):
                return first
        return None


def _hash(hashes: bytes, place: int) -> bytes:
    return hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]
