from hashlib import sha256
from itertools import accumulate, pairwise
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_store.merkle import (
    Tile,
    TileId,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    record_leaf,
    tile_path,
    tiles_of,
)
from event_store.verifier.tree import root_of_path
from tests.builders.trees import ENTRIES, Tiles, mth, path, proof, restored

LEAVES = [leaf_hash(entry) for entry in ENTRIES]

CT_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The eight entries and roots that the Certificate Transparency projects test their trees with."""


def test_the_roots_are_those_of_certificate_transparencys_test_vectors() -> None:
    tree = Tree()
    roots = []
    for entry in CT_ENTRIES:
        tree.extend([leaf_hash(bytes.fromhex(entry))])
        roots.append(tree.root().hex())

    assert roots == CT_ROOTS
    assert Tree().root() == sha256(b"").digest()


def test_the_root_is_the_oracles_for_every_size_up_to_300() -> None:
    tree = Tree()
    for size, leaf in enumerate(LEAVES):
        assert tree.root() == mth(ENTRIES[:size])
        tree.extend([leaf])


def test_every_inclusion_path_is_the_oracles() -> None:
    for size in (1, 2, 3, 7, 8, 100, 255, 256, 257, 300):
        tiles = Tiles()
        tiles.extend(LEAVES[:size])
        for index in range(0, size, 1 + size // 16):
            found = inclusion_proof(tiles.read, index, size)

            assert found == path(index, ENTRIES[:size])
            assert root_of_path(LEAVES[index], index, size, found) == tiles.tree.root()


def test_a_path_that_is_too_short_or_too_long_leads_nowhere() -> None:
    tiles = Tiles()
    tiles.extend(LEAVES[:7])
    found = inclusion_proof(tiles.read, 3, 7)

    for wrong in (found[1:], found[:-1], [], [*found, LEAVES[0]], [LEAVES[0], *found]):
        with pytest.raises(ValueError, match=r"the path is too (short|long)"):
            root_of_path(LEAVES[3], 3, 7, wrong)


def test_every_consistency_proof_is_the_oracles() -> None:
    for size in (1, 2, 3, 7, 8, 100, 255, 256, 257, 300):
        tiles = Tiles()
        tiles.extend(LEAVES[:size])
        for old in range(0, size + 1, 1 + size // 16):
            assert consistency_proof(tiles.read, old, size) == proof(old, ENTRIES[:size])


@given(st.lists(st.integers(0, 400), max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_tree_that_grows_in_steps_and_restarts_is_the_tree_that_grew_at_once(steps: list[int]) -> None:
    sizes = [0, *accumulate(steps)]
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(sizes[-1])]
    tree, tiles = Tree(), []
    for start, end in pairwise(sizes):
        tree = restored(tree)
        tiles += tree.extend(leaves[start:end])
    at_once = Tree()
    tiles_at_once = at_once.extend(leaves)

    assert (tree.root(), tree.edge(), tiles) == (at_once.root(), at_once.edge(), tiles_at_once)
    assert sorted(tile.id for tile in [*tiles, *tree.edge()]) == list(tiles_of(sizes[-1]))


@given(st.integers(1, 70_000), st.data())
@settings(max_examples=25, deadline=None)
def test_proofs_of_large_trees_lead_to_their_root(size: int, data: st.DataObject) -> None:
    tiles = Tiles()
    tiles.extend([BULK[number % len(BULK)] for number in range(size)])
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))

    found = inclusion_proof(tiles.read, index, size)

    assert root_of_path(BULK[index % len(BULK)], index, size, found) == tiles.tree.root()
    assert len(consistency_proof(tiles.read, old, size)) <= size.bit_length() + 1


BULK = [leaf_hash(number.to_bytes(2, "big")) for number in range(997)]


@pytest.mark.parametrize(
    ("tile", "expected"),
    [
        (TileId(0, 0), "0/000"),
        (TileId(0, 999, 7), "0/999.p/7"),
        (TileId(1, 1234067), "1/x001/x234/067"),
        (TileId(2, 1000, 255), "2/x001/000.p/255"),
    ],
)
def test_tiles_are_named_as_tlog_tiles_says(tile: TileId, expected: str) -> None:
    assert tile_path(tile) == expected


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    tiles = list(tiles_of(70_000))

    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert [tile for tile in tiles if tile.width < 256] == [TileId(0, 273, 112), TileId(1, 1, 17), TileId(2, 0, 1)]
    assert list(tiles_of(256)) == [TileId(0, 0), TileId(1, 0, 1)]


def test_a_records_leaf_holds_its_offset_and_time() -> None:
    entry = pack(">QQ", 7, 1_700_000_000_123) + b"{}"

    assert record_leaf(7, 1_700_000_000_123, b"{}") == leaf_hash(entry)


def test_an_edge_that_is_not_the_trees_is_refused() -> None:
    tree = Tree()
    tree.extend(LEAVES[:300])

    with pytest.raises(ValueError, match="needs 45 hashes"):
        Tree(301, tree.edge())
    with pytest.raises(ValueError, match="does not have"):
        Tree(256, [*restored_edge(256), *tree.edge()])
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(lambda _: b"", 3, 3)
    with pytest.raises(ValueError, match="not the beginning"):
        consistency_proof(lambda _: b"", 4, 3)


def restored_edge(size: int) -> list[Tile]:
    tree = Tree()
    tree.extend(LEAVES[:size])
    return tree.edge()
