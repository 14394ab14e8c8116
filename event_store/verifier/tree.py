"""RFC 6962 trees: the leaf of a record, paths, and trees of which some tiles are at hand."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256

from .errors import Refused

HASH, WIDTH, HEIGHT = 32, 256, 8


def record_leaf(offset: int, timestamp: int, record: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ offset ‖ timestamp ‖ record), both numbers as 8 bytes, most significant first."""
    return sha256(b"\x00%b%b%b" % (offset.to_bytes(8, "big"), timestamp.to_bytes(8, "big"), record)).digest()


def leaf(entry: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def fold(row: bytes) -> bytes:
    """Return the tree hash over nodes of equal height, one behind the other; an odd last one is carried up.

    A node is SHA-256(0x01 ‖ left ‖ right).
    """
    while len(row) > HASH:
        pairs = len(row) // (2 * HASH) * (2 * HASH)
        nodes = [sha256(b"\x01" + row[i : i + 2 * HASH]).digest() for i in range(0, pairs, 2 * HASH)]
        row = b"".join(nodes) + row[pairs:]
    return row or sha256(b"").digest()


def root_of_path(value: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion path leads to (RFC 6962, section 2.1.1, read backwards); raises ValueError."""
    if not 0 <= index < size or (size == 1 and path):
        raise ValueError("the path is too long, or the leaf is not in the tree")
    if size == 1:
        return value
    if not path:
        raise ValueError("the path is too short")
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return fold(root_of_path(value, index, left, path[:-1]) + path[-1])
    return fold(path[-1] + root_of_path(value, index - left, size - left, path[:-1]))


class Tree:
    """A tree of which an archive holds the tiles that lead from its root to some of its leaves."""

    def __init__(self, folder: str, size: int, root: bytes, read: Callable[[str], bytes]) -> None:
        """Read the partial tiles, and refuse the tree unless they lead to the root.

        Every other tile is read when it is first asked for, behind the tile above it, which must hold its hash.
        """
        self.size = size
        self._folder = folder
        self._read = read
        self._tile = lru_cache(maxsize=64)(self._checked_tile)
        if self.root(size) != root:
            raise Refused(folder, f"the tiles of {size} leaves do not lead to the root that was sealed")

    def hashes(self, level: int, first: int, end: int) -> bytes:
        """Return the hashes from number `first` up to before `end` of a level; they must lie in one tile."""
        start = first % WIDTH
        return self._tile(level, first // WIDTH)[start * HASH : (start + end - first) * HASH]

    def root(self, size: int) -> bytes:
        """Return the root that the tree had when it had so many leaves."""
        below, level = b"", 0
        while count := size >> (HEIGHT * level):
            row = (self.hashes(level, count // WIDTH * WIDTH, count) if count % WIDTH else b"") + below
            below = fold(row) if row else b""
            level += 1
        return fold(below)

    def _checked_tile(self, level: int, index: int) -> bytes:
        """Return a tile; C2SP tlog-tiles spells tile 1234067 of level 0 as 0/x001/x234/067."""
        *upper, lowest = [group.zfill(3) for group in f"{index:,}".split(",")]
        path = f"{self._folder}/{level}/{''.join(f'x{group}/' for group in upper)}{lowest}"
        width = min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH)
        if width < WIDTH:
            tile, expected = self._read(f"{path}.p/{width}"), b""
        else:
            expected = self.hashes(level + 1, index, index + 1)
            tile = self._read(path)
        if len(tile) != width * HASH:
            raise Refused(path, f"{len(tile)} bytes instead of {width * HASH}")
        if expected and fold(tile) != expected:
            raise Refused(path, "the tile does not lead to the hash above it")
        return tile
