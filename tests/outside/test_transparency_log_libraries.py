"""The record's tiles, checkpoints and proofs in the hands of Go's transparency-log libraries, and theirs in ours."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from struct import pack as packed

import pytest

from event_store.checkpoints import SigningKey, checkpoint_text, encode_seal, sign, tidy
from event_store.checkpoints.notes import VerifierKey
from event_store.merkle import Tree, consistency_proof, inclusion_proof, leaf_hash, tile_path, tiles_of
from event_store.verifier.notes import COSIGNATURE, ED25519, read_checkpoint, read_key
from tests.builders.go_programs import go_program
from tests.builders.sealed_logs import TOPIC, ShopLog, signing_key
from tests.builders.trees import Tiles

PROGRAM = Path(__file__).parent / "tlog"
KEY = signing_key()

pytestmark = pytest.mark.outside


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built; skips where there is no Go, or where its modules cannot be had."""
    purpose = "the record is not compared with Go's transparency-log libraries"
    return go_program(PROGRAM, tmp_path_factory.mktemp("go") / "tlog", purpose)


class Case:
    """A folder for the Go program: logs in tlog-tiles layout, and the proof of one event."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "vkey").write_text(str(KEY.verifier))

    def put_log(self, name: str, entries: Sequence[bytes], tiles: Tiles) -> Path:
        log, size = self.folder / "logs" / name, len(entries)
        for tile in tiles_of(size):
            self._put(log / "tile" / tile_path(tile), tiles.read(tile))
        for tile in tiles_of(size):
            if tile.level == 0:
                bundle = entries[tile.index * 256 : tile.index * 256 + tile.width]
                path = log / "tile" / "entries" / tile_path(tile).removeprefix("0/")
                self._put(path, b"".join(packed(">H", len(entry)) + entry for entry in bundle))
        text = checkpoint_text(KEY.verifier.name, size, tiles.tree.root())
        self._put(log / "checkpoint", sign(text, [KEY]))
        self._put(log / "proofs.json", json.dumps(_proofs(entries, tiles)).encode())
        return log

    def _put(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def run(self, program: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, self.folder], capture_output=True, text=True, check=False, timeout=60)


def _proofs(entries: Sequence[bytes], tiles: Tiles) -> dict[str, object]:
    size = len(entries)
    chosen = sorted({*range(0, size, 1 + size // 50), size - 1})
    return {
        "Inclusion": [
            {
                "Index": index,
                "Leaf": _text(leaf_hash(entries[index])),
                "Path": [_text(each) for each in inclusion_proof(tiles.read, index, size)],
            }
            for index in chosen
        ],
        "Consistency": [
            {
                "Old": old,
                "Root": _text(_root(entries[:old])),
                "Path": [_text(each) for each in consistency_proof(tiles.read, old, size)],
            }
            for old in chosen
            if old
        ],
    }


def _root(entries: Sequence[bytes]) -> bytes:
    tree = Tree()
    tree.extend(leaf_hash(entry) for entry in entries)
    return tree.root()


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()


def _tiles(entries: Sequence[bytes]) -> Tiles:
    tiles = Tiles()
    tiles.extend([leaf_hash(entry) for entry in entries])
    return tiles


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A record of 1,000 facts in two partitions under three seals."""
    shop = ShopLog([KEY])
    shop.add(0, 700)
    shop.seal()
    shop.add(3, 300, padding=40)
    shop.seal()
    shop.seal()
    case = Case(tmp_path)
    seals = [encode_seal(each.seal) for each in shop.sealed]
    case.put_log("seals", seals, _tiles(seals))
    assert (tmp_path / "logs/seals/checkpoint").read_bytes() == shop.sealed[-1].note
    for partition, records in shop.records.items():
        entries = [packed(">QQ", each.offset, each.timestamp_ms) + each.record for _, each in records]
        tiles = _tiles(entries)
        case.put_log(f"{TOPIC}-{partition}", entries, tiles)
        state = next(each for each in shop.sealed[-1].seal.partitions if each.partition == partition)
        assert (state.size, state.root) == (len(entries), tiles.tree.root())
    (tmp_path / "event.tlog-proof").write_bytes(shop.proof(3, 123))
    return case


def test_go_agrees_with_every_tile_root_and_proof(program: Path, case: Case) -> None:
    for size in (1, 2, 255, 256, 257, 513):
        entries = [f"entry {number}".encode() for number in range(size)]
        case.put_log(f"of-{size}", entries, _tiles(entries))

    ran = case.run(program)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("checked") == 10


@pytest.mark.parametrize(
    "path",
    ["logs/seals/tile/0/000.p/3", f"logs/{TOPIC}-0/tile/0/001", f"logs/{TOPIC}-0/tile/1/000.p/2", "event.tlog-proof"],
)
def test_go_notices_a_flipped_bit(program: Path, case: Case, path: str) -> None:
    file = case.folder / path
    flipped = bytearray(file.read_bytes())
    flipped[40] ^= 1
    file.write_bytes(flipped)

    assert case.run(program).returncode == 1


def test_what_go_and_a_witness_signed_is_accepted_here(program: Path, case: Case) -> None:
    assert case.run(program).returncode == 0
    note = (case.folder / "foreign.note").read_bytes()
    texts = [(case.folder / f"{name}.vkey").read_text() for name in ("foreign", "witness")]
    known = [VerifierKey.read(text) for text in texts]

    checkpoint = read_checkpoint(tidy(note, known), [read_key(text) for text in texts])

    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == ("foreign.example/log", 1, leaf_hash(b"entry"))
    assert [signer.kind for signer in checkpoint.signers] == [ED25519, COSIGNATURE]
    key = SigningKey.read((case.folder / "foreign.key").read_text())
    assert str(key.verifier) == texts[0]
    assert key.secret_text() == (case.folder / "foreign.key").read_text()
