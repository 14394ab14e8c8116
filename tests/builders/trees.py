"""RFC 6962 as its text says it: slow, recursive, from the leaves' entries. The oracle of the tree tests."""

from collections.abc import Sequence
from hashlib import sha256

from event_store.merkle import Tile, TileId, Tree

ENTRIES = [f"entry {number}".encode() for number in range(301)]


def mth(entries: Sequence[bytes]) -> bytes:
    """Section 2.1."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = _split(len(entries))
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.1."""
    if len(entries) == 1:
        return []
    k = _split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.2."""
    return _subproof(m, entries, whole=True) if m else []


def _subproof(m: int, entries: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = _split(len(entries))
    if m <= k:
        return [*_subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*_subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def _split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class Tiles:
    """The tiles of a growing tree in memory, as a store of them would keep them."""

    def __init__(self) -> None:
        self.tree = Tree()
        self._full: dict[TileId, bytes] = {}

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Append leaf hashes."""
        self._full |= {tile.id: tile.hashes for tile in self.tree.extend(leaves)}

    def read(self, tile: TileId) -> bytes:
        """Return the hashes of a tile."""
        return self.all()[tile]

    def all(self) -> dict[TileId, bytes]:
        """Return every tile, partial ones too."""
        return self._full | {tile.id: tile.hashes for tile in self.tree.edge()}


def restored(tree: Tree) -> Tree:
    """Return the tree as it is after its process was started again."""
    return Tree(tree.size, [Tile(tile.id, tile.hashes) for tile in tree.edge()])
