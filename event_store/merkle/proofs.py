"""Roots, inclusion and consistency proofs of RFC 6962, section 2.1, read from tiles."""

from collections.abc import Callable

from event_store.merkle.hashing import EMPTY_ROOT, HASH_BYTES, root_of
from event_store.merkle.tiles import TILE_HEIGHT, TILE_WIDTH, TileId, split

ReadTile = Callable[[TileId], bytes]
"""Returns the hashes of a tile that the tree has; a tree of a given size has one width for each."""


def inclusion_proof(read: ReadTile, index: int, size: int) -> list[bytes]:
    """Return the path of leaf `index` in the tree of the first `size` leaves, from its sibling up."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split_at(high - low)
        if index < middle:
            path.append(_range_hash(read, middle, high, size))
            high = middle
        else:
            path.append(_range_hash(read, low, middle, size))
            low = middle
    return path[::-1]


def root_at(read: ReadTile, old: int, size: int) -> bytes:
    """Return the root that a tree of `size` leaves had when it had the first `old` of them."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {old} leaves is not the beginning of one of {size}")
    return _range_hash(read, 0, old, size) if old else EMPTY_ROOT


def consistency_proof(read: ReadTile, old: int, size: int) -> list[bytes]:
    """Return what proves that the tree of the first `old` leaves is a prefix of that of the first `size`."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {old} leaves is not the beginning of one of {size}")
    path: list[bytes] = []
    low, high = 0, size
    while old not in (0, high):
        middle = low + _split_at(high - low)
        if old <= middle:
            path.append(_range_hash(read, middle, high, size))
            high = middle
        else:
            path.append(_range_hash(read, low, middle, size))
            low = middle
    if old and low:
        path.append(_range_hash(read, low, high, size))
    return path[::-1]


def _split_at(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _range_hash(read: ReadTile, low: int, high: int, size: int) -> bytes:
    peaks = []
    while low < high:
        height = (high - low).bit_length() - 1
        peaks.append(_node(read, height, low >> height, size))
        low += 1 << height
    below = peaks.pop()
    while peaks:
        below = root_of([peaks.pop(), below])
    return below


def _node(read: ReadTile, height: int, index: int, size: int) -> bytes:
    level, rise = divmod(height, TILE_HEIGHT)
    first, count = index << rise, 1 << rise
    tile, start = divmod(first, TILE_WIDTH)
    width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - tile * TILE_WIDTH)
    hashes = read(TileId(level, tile, width))
    return root_of(split(hashes[start * HASH_BYTES : (start + count) * HASH_BYTES]))
