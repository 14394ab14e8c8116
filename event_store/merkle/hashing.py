"""The hashes of RFC 6962, section 2.1, and the leaf of one record."""

from collections.abc import Sequence
from hashlib import sha256
from struct import Struct

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

_PLACE = Struct(">BQQ")
_LEAF, _NODE = 0, b"\x01"


def record_leaf(offset: int, timestamp_ms: int, record: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ offset ‖ timestamp ‖ record), both numbers as 8 bytes, most significant first."""
    return sha256(_PLACE.pack(_LEAF, offset, timestamp_ms) + record).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(_NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the tree hash over nodes that are whole subtrees of one height; only the last may be smaller.

    Pairing neighbours and carrying an odd last one up gives the same tree as RFC 6962's split at a power of two.
    """
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        odd = row[len(row) - len(row) % 2 :]
        row = [sha256(_NODE + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)] + odd
    return row[0]
