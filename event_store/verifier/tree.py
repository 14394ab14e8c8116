"""RFC 6962 trees: the leaf of a record, paths, and trees of which some tiles are at hand."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from struct import Struct

from .errors import Refused, Unusable

HASH, WIDTH, HEIGHT = 32, 256, 8
EMPTY_ROOT = sha256(b"").digest()
_PLACE = Struct(">BQQ")


def record_leaf(offset: int, timestamp: int, record: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ offset ‖ timestamp ‖ record), both numbers as 8 bytes, most significant first."""
    return sha256(_PLACE.pack(0, offset, timestamp) + record).digest()


def leaf(entry: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def fold(row: bytes) -> bytes:
    """Return the tree hash over nodes of equal height, one behind the other; an odd last one is carried up."""
    while len(row) > HASH:
        pairs = range(0, len(row) - HASH, 2 * HASH)
        paired = [sha256(b"\x01" + row[i : i + 2 * HASH]).digest() for i in pairs]
        row = b"".join(paired) + row[2 * HASH * len(paired) :]
    return row or EMPTY_ROOT


def root_of_path(value: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion path leads to (RFC 9162, section 2.1.3.2); raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    last = size - 1
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if index % 2 or index == last:
            value = node(sibling, value)
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            value = node(value, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return value


def tile_path(level: int, index: int, width: int) -> str:
    """Return a tile's path as C2SP tlog-tiles spells it."""
    digits = str(index)
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    parts = [f"x{digits[i : i + 3]}" for i in range(0, len(digits), 3)]
    parts[-1] = parts[-1][1:]
    return f"{level}/{'/'.join(parts)}" + (f".p/{width}" if width < WIDTH else "")


class Tree:
    """A tree with all tiles above the leaves and some of leaves; none is believed before `check` has passed."""

    def __init__(self, folder: str, size: int, leaf_tiles: set[int], read: Callable[[str], bytes]) -> None:
        """`read` returns the bytes of a path; `leaf_tiles` are the numbers of the tiles of level 0 that are there."""
        self.folder, self.size = folder, size
        self._read = read
        self._leaf_tiles = leaf_tiles
        self._cached: tuple[tuple[int, int], bytes] | None = None

    def tiles(self) -> Iterator[tuple[int, int, int]]:
        """Name every tile that must be there: level, number, width."""
        level, count = 0, self.size
        while count:
            for index in sorted(self._leaf_tiles) if level == 0 else range(-(-count // WIDTH)):
                yield level, index, min(WIDTH, count - index * WIDTH)
            level, count = level + 1, count // WIDTH

    def path(self, level: int, index: int, width: int) -> str:
        """Return where a tile is."""
        return f"{self.folder}/{tile_path(level, index, width)}"

    def _tile(self, level: int, index: int) -> bytes:
        if self._cached and self._cached[0] == (level, index):
            return self._cached[1]
        width = min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH)
        where = self.path(level, index, width)
        if level == 0 and index not in self._leaf_tiles:
            raise Unusable(f"{where} is not in the archive; export a range that reaches back to it")
        tile = self._read(where)
        if len(tile) != width * HASH:
            raise Refused(where, f"{len(tile)} bytes instead of {width * HASH}")
        self._cached = (level, index), tile
        return tile

    def hashes(self, level: int, first: int, last: int) -> bytes:
        """Return the hashes from number `first` up to before `last` of a level; they must lie in one tile."""
        tile = self._tile(level, first // WIDTH)
        start = first // WIDTH * WIDTH
        return tile[(first - start) * HASH : (last - start) * HASH]

    def root(self, size: int) -> bytes:
        """Return the root that the tree had when it had so many leaves."""
        below = b""
        level = 0
        while count := size >> (HEIGHT * level):
            first = count // WIDTH * WIDTH
            row = self.hashes(level, first, count) if first < count else b""
            if row or below:
                below = fold(row + below)
            level += 1
        return below or EMPTY_ROOT

    def check(self, root: bytes) -> None:
        """Refuse the tree unless every tile leads to the root."""
        if self.root(self.size) != root:
            raise Refused(self.folder, f"the tiles of {self.size} leaves do not lead to the root in the checkpoint")
        for level, index, width in self.tiles():
            if width == WIDTH:
                own = fold(self._tile(level, index))
                if own != self.hashes(level + 1, index, index + 1):
                    raise Refused(self.path(level, index, width), "the tile does not lead to the hash above it")
