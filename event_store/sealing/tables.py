"""Statements on the tables that hold trees and seals."""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection

from event_store.merkle import Tile, TileId, Tree
from event_store.merkle.hashing import HASH_BYTES
from event_store.merkle.tiles import TILE_HEIGHT, TILE_WIDTH

LOCK = "SELECT pg_advisory_xact_lock(hashtext('record.seals'))"

_TREES = "SELECT name, size, next_offset FROM record.trees"
_KEEP_TREE = """
INSERT INTO record.trees (name, size, next_offset) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET size = EXCLUDED.size, next_offset = EXCLUDED.next_offset
"""
_TILE = "SELECT hashes FROM record.tiles WHERE tree = %s AND level = %s AND index = %s"
_KEEP_TILE = """
INSERT INTO record.tiles (tree, level, index, hashes, first_offset) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (tree, level, index) DO UPDATE SET hashes = EXCLUDED.hashes
"""


def tree_sizes(connection: Connection[Any]) -> dict[str, tuple[int, int]]:
    """Return the size of each tree and the first offset that is not in it."""
    return {name: (size, following) for name, size, following in connection.execute(_TREES)}


def keep_tree(connection: Connection[Any], name: str, size: int, next_offset: int) -> None:
    """Write down how far a tree has come."""
    connection.execute(_KEEP_TREE, (name, size, next_offset))


def read_tile(connection: Connection[Any], tree: str, tile: TileId) -> bytes:
    """Return a tile in a width that it has now or had before."""
    row = connection.execute(_TILE, (tree, tile.level, tile.index)).fetchone()
    hashes = bytes(row[0]) if row else b""
    if len(hashes) < tile.width * HASH_BYTES:
        raise ValueError(f"{tree} has no tile {tile}")
    return hashes[: tile.width * HASH_BYTES]


def read_tree(connection: Connection[Any], name: str, size: int) -> Tree:
    """Return a tree ready to grow."""
    edge = []
    level = 0
    while count := size >> (TILE_HEIGHT * level):
        index, width = divmod(count, TILE_WIDTH)
        if width:
            tile = TileId(level, index, width)
            edge.append(Tile(tile, read_tile(connection, name, tile)))
        level += 1
    return Tree(size, edge)


def keep_tiles(
    connection: Connection[Any], tree: str, tiles: Iterable[Tile], first_offsets: Mapping[int, int] | None = None
) -> None:
    """Write tiles, wider ones over narrower ones; `first_offsets` are those of new tiles of level 0 by their index."""
    offsets = first_offsets or {}
    rows = [
        (tree, tile.id.level, tile.id.index, tile.hashes, offsets.get(tile.id.index) if tile.id.level == 0 else None)
        for tile in tiles
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_KEEP_TILE, rows)
