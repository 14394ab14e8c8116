"""Tiles: runs of up to 256 neighbouring hashes of a tree, as C2SP tlog-tiles numbers and names them."""

from collections.abc import Iterator

import msgspec

from event_store.merkle.hashing import HASH_BYTES

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT


class TileId(msgspec.Struct, frozen=True, order=True):
    """Which tile: its level, its number within the level, and how many hashes it has."""

    level: int
    index: int
    width: int = TILE_WIDTH


class Tile(msgspec.Struct, frozen=True):
    """The hashes of a tile, one behind the other; those of level 0 are leaves, above each is that of a full tile."""

    id: TileId
    hashes: bytes


def tile_path(tile: TileId) -> str:
    """Return the path below `tile/`, such as `1/x001/x234/067.p/17`."""
    digits = f"{tile.index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"{tile.level}/{name}" if tile.width == TILE_WIDTH else f"{tile.level}/{name}.p/{tile.width}"


def tiles_of(size: int) -> Iterator[TileId]:
    """Name every tile of a tree with so many leaves, level by level; the last of a level may be partial."""
    level = 0
    while size:
        for index in range(-(-size // TILE_WIDTH)):
            yield TileId(level, index, min(TILE_WIDTH, size - index * TILE_WIDTH))
        size, level = size // TILE_WIDTH, level + 1


def split(hashes: bytes) -> list[bytes]:
    """Return the single hashes of a tile."""
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
