"""RFC 6962 trees: the leaf of a record, paths, and trees of which some tiles are at hand."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from struct import Struct

from .errors import Refused, Unusable

HASH, WIDTH, HEIGHT = 32, 256, 8
Read = Callable[[str], bytes]
"""Returns the content of a file by its path."""
_PLACE = Struct(">BQQ")


def record_leaf(offset: int, timestamp: int, record: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ offset ‖ timestamp ‖ record), both numbers as 8 bytes, most significant first."""
    hashed = sha256(_PLACE.pack(0, offset, timestamp))
    hashed.update(record)
    return hashed.digest()


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
    """Return the root that an inclusion path leads to (RFC 9162, section 2.1.3.2); raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    last = size - 1
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if index % 2 or index == last:
            value = fold(sibling + value)
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            value = fold(value + sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return value


class Tree:
    """A tree of which an archive has all tiles above the leaves, and some of leaves."""

    def __init__(self, folder: str, root: bytes, sizes: Sequence[int], covered: set[int], read: Read) -> None:
        """Read every tile in the order of the archive, and refuse the tree unless all of them lead to the root.

        It had these sizes, the last of them under this root. Of the leaves' tiles the archive has those that are
        `covered`, and the last one at each size, which the root of that size needs.
        """
        self.size = sizes[-1]
        self._folder = folder
        self._read = read
        self._leaf_tiles = covered | {size // WIDTH for size in sizes if size % WIDTH}
        self._cached: tuple[str, bytes] = "", b""
        for level, index in self._tiles():
            self._tile(level, index)
        if self.root(self.size) != root:
            raise Refused(folder, f"the tiles of {self.size} leaves do not lead to the root in the checkpoint")
        for level, index in self._tiles():
            tile = self._tile(level, index)
            if len(tile) == WIDTH * HASH and fold(tile) != self.hashes(level + 1, index, index + 1):
                raise Refused(self._path(level, index), "the tile does not lead to the hash above it")

    def hashes(self, level: int, first: int, last: int) -> bytes:
        """Return the hashes from number `first` up to before `last` of a level; they must lie in one tile."""
        start = first % WIDTH
        return self._tile(level, first // WIDTH)[start * HASH : (start + last - first) * HASH]

    def root(self, size: int) -> bytes:
        """Return the root that the tree had when it had so many leaves."""
        below, level = b"", 0
        while count := size >> (HEIGHT * level):
            row = (self.hashes(level, count // WIDTH * WIDTH, count) if count % WIDTH else b"") + below
            below = fold(row) if row else b""
            level += 1
        return fold(below)

    def _tiles(self) -> Iterator[tuple[int, int]]:
        level, count = 0, self.size
        while count:
            for index in sorted(self._leaf_tiles) if level == 0 else range(-(-count // WIDTH)):
                yield level, index
            level, count = level + 1, count // WIDTH

    def _width(self, level: int, index: int) -> int:
        return min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH)

    def _path(self, level: int, index: int) -> str:
        """Return where a tile is, as C2SP tlog-tiles spells it: tile 1234067 of level 0 is 0/x001/x234/067."""
        *upper, lowest = [group.zfill(3) for group in f"{index:,}".split(",")]
        width = self._width(level, index)
        spelled = "".join(f"x{group}/" for group in upper) + lowest
        return f"{self._folder}/{level}/{spelled}" + (f".p/{width}" if width < WIDTH else "")

    def _tile(self, level: int, index: int) -> bytes:
        path = self._path(level, index)
        if path != self._cached[0]:
            if level == 0 and index not in self._leaf_tiles:
                raise Unusable(f"{path} is not in the archive; export a range that reaches back to it")
            tile = self._read(path)
            if len(tile) != self._width(level, index) * HASH:
                raise Refused(path, f"{len(tile)} bytes instead of {self._width(level, index) * HASH}")
            self._cached = path, tile
        return self._cached[1]
