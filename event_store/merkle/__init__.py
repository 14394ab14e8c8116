"""RFC 6962 trees over the record, kept as C2SP tiles: append, root, inclusion and consistency proofs. Pure."""

from event_store.merkle.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, record_leaf
from event_store.merkle.proofs import consistency_proof, inclusion_proof, root_at
from event_store.merkle.tiles import TILE_WIDTH, Tile, TileId, tile_path, tiles_of
from event_store.merkle.tree import Tree

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "TILE_WIDTH",
    "Tile",
    "TileId",
    "Tree",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "record_leaf",
    "root_at",
    "tile_path",
    "tiles_of",
]
