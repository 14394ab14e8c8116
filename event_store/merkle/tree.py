"""A tree that only grows, remembering no more than the right edge of its tiles."""

from collections.abc import Iterable, Sequence

from event_store.merkle.hashing import EMPTY_ROOT, root_of
from event_store.merkle.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, TileId, split


class Tree:
    """An RFC 6962 tree: takes leaf hashes, gives out full tiles as they fill, and knows its root at any time.

    Its memory is the partial tile of each level: at most 255 hashes for every factor of 256 in size.
    """

    def __init__(self, size: int = 0, edge: Iterable[Tile] = ()) -> None:
        """Go on with a tree of that size, whose partial tiles are all in `edge`."""
        partial = {tile.id: split(tile.hashes) for tile in edge}
        self._size = size
        self._levels: list[list[bytes]] = []
        while size >> (TILE_HEIGHT * len(self._levels)):
            self._levels.append(self._restored(partial))
        if partial:
            raise ValueError(f"tiles that a tree of {size} leaves does not have at its edge: {sorted(partial)}")

    def _restored(self, partial: dict[TileId, list[bytes]]) -> list[bytes]:
        level = len(self._levels)
        index, width = divmod(self._size >> (TILE_HEIGHT * level), TILE_WIDTH)
        if width == 0:
            return []
        hashes = partial.pop(TileId(level, index, width), [])
        if len(hashes) != width:
            raise ValueError(f"a tree of {self._size} leaves needs {width} hashes at the edge of level {level}")
        return hashes

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return self._size

    def extend(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Append leaf hashes; return the tiles that became full."""
        full: list[Tile] = []
        for leaf in leaves:
            self._size += 1
            self._put(0, leaf, full)
        return full

    def _put(self, level: int, value: bytes, full: list[Tile]) -> None:
        if level == len(self._levels):
            self._levels.append([])
        hashes = self._levels[level]
        hashes.append(value)
        if len(hashes) == TILE_WIDTH:
            index = (self._size >> (TILE_HEIGHT * (level + 1))) - 1
            full.append(Tile(TileId(level, index), b"".join(hashes)))
            self._levels[level] = []
            self._put(level + 1, root_of(hashes), full)

    def edge(self) -> list[Tile]:
        """Return the partial tiles, one for each level that has one."""
        return [
            Tile(TileId(level, self._size >> (TILE_HEIGHT * (level + 1)), len(hashes)), b"".join(hashes))
            for level, hashes in enumerate(self._levels)
            if hashes
        ]

    def root(self) -> bytes:
        """Return the tree hash of RFC 6962."""
        below: Sequence[bytes] = []
        for hashes in self._levels:
            if row := [*hashes, *below]:
                below = [root_of(row)]
        return below[0] if below else EMPTY_ROOT
