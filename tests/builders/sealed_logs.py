"""A small log of a record, kept in memory, with archives and proofs made from it."""

import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from event_store.checkpoints import Seal, SigningKey, encode_seal, sign
from event_store.export import Contents, Hidden, Sealed, Shown, Slice, pack
from event_store.merkle import HASH_BYTES, Tile, TileId, inclusion_proof, record_leaf
from event_store.proofs import RecordProof, encode_proof
from event_store.sealing import SEALS, GrowingLog

ORIGIN = "shop.example/record"
TOPIC = "shopfloor.events"
START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GINZA, OSLO = "acme/ginza-3", "acme/oslo-1"


def signing_key(seed: int = 1, name: str = ORIGIN) -> SigningKey:
    """Return the same key for the same number."""
    return SigningKey(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def fact(number: int, store: str = GINZA, padding: int = 0) -> bytes:
    """Return the bytes of a fact of a store."""
    organisation, name = store.split("/")
    return json.dumps({"id": number, "organisation": organisation, "store": name, "data": "·" * padding}).encode()


def erasure(number: int, subject: str, store: str = GINZA) -> bytes:
    """Return the bytes of a fact that forgets a subject."""
    told = {"type": "shopfloor.SubjectForgotten.v1", "subject": subject}
    return json.dumps(json.loads(fact(number, store)) | told).encode()


class ShopLog:
    """A log that keeps everything: records, tiles, seals. Records come a second apart, offsets have holes."""

    def __init__(self, keys: Sequence[SigningKey] | None = None) -> None:
        self.keys = list(keys or [signing_key()])
        self.records: dict[int, list[tuple[str, Shown]]] = {}
        self.sealed: list[Sealed] = []
        self.log = GrowingLog()
        self._full: dict[tuple[str, TileId], bytes] = {}

    def add(self, partition: int, count: int, store: str = GINZA, padding: int = 0) -> None:
        """Append so many facts of a store to a partition."""
        start = len(self.records.get(partition, []))
        self.put(partition, [fact(number, store, padding) for number in range(start, start + count)], store)

    def put(self, partition: int, values: Sequence[bytes], store: str = GINZA) -> None:
        """Append records as they are."""
        known = self.records.setdefault(partition, [])
        fresh = []
        for number, value in enumerate(values, len(known)):
            time = _milliseconds(START + number * SECOND)
            fresh.append((store, Shown(number + number // 5, time, value)))
        known += fresh
        self._keep(f"{TOPIC}/{partition}", self.log.append(TOPIC, partition, [_leaf(record) for _, record in fresh]))

    def forget(self, partition: int, subject: str, store: str = GINZA) -> None:
        """Append the fact that a subject is forgotten."""
        self.add_bytes(partition, erasure(len(self.records.get(partition, ())), subject, store), store)

    def add_bytes(self, partition: int, record: bytes, store: str = GINZA) -> None:
        """Append a record of any bytes."""
        known = self.records.setdefault(partition, [])
        number = len(known)
        shown = Shown(number + number // 5, _milliseconds(START + number * SECOND), record)
        known.append((store, shown))
        self._keep(f"{TOPIC}/{partition}", self.log.append(TOPIC, partition, [_leaf(shown)]))

    def seal(self) -> Sealed:
        """Seal what there is and sign a checkpoint."""
        seal, tiles = self.log.seal(_milliseconds(START + timedelta(days=1)) + self.log.size)
        self._keep(SEALS, tiles)
        self.sealed.append(Sealed(seal=seal, note=sign(self.log.checkpoint(ORIGIN), self.keys)))
        return self.sealed[-1]

    def _keep(self, tree: str, tiles: Sequence[Tile]) -> None:
        self._full |= {(tree, tile.id): tile.hashes for tile in tiles}

    def read_tile(self, tree: str, tile: TileId) -> bytes:
        """Return a tile of any width that it has had."""
        edge = self.log.seal_edge() if tree == SEALS else self.log.edge(TOPIC, int(tree.rpartition("/")[2]))
        known = self._full | {(tree, each.id): each.hashes for each in edge}
        of_any_width = {(name, each.level, each.index): hashes for (name, each), hashes in known.items()}
        return of_any_width[tree, tile.level, tile.index][: tile.width * HASH_BYTES]

    def slice(self, partition: int, first: int, last: int, store: str | None = None) -> Slice:
        """Return the records of a partition from number `first` to `last`."""
        chosen = self.records[partition][first : last + 1]
        lines: Iterator[Shown | Hidden] = (
            record if store in (None, whose) else Hidden(_leaf(record)) for whose, record in chosen
        )
        return Slice(topic=TOPIC, partition=partition, first=first, count=len(chosen), lines=lines)

    def contents(self, **changed: object) -> Contents:
        """Return the whole record as an archive's contents, with some of it changed."""
        whole: Mapping[str, object] = {
            "origin": ORIGIN,
            "start": None,
            "end": None,
            "store": None,
            "sealed": self.sealed[-1],
            "first_seal": 0,
            "keys": sorted(key.verifier for key in self.keys),
            "slices": [self.slice(each, 0, len(self.records[each]) - 1) for each in sorted(self.records)],
            "schemas": {"shopfloor.ShopperEntered.v1.json": b'{"type": "object"}\n'},
            "read_tile": self.read_tile,
        }
        parts: Sequence[Slice] = {**whole, **changed}["slices"]  # type: ignore[assignment]
        parts = [msgspec.structs.replace(part, lines=list(part.lines)) for part in parts]
        return Contents(**{**whole, **changed, "slices": parts})  # type: ignore[arg-type]

    def archive(self, **changed: object) -> bytes:
        """Return the whole record as an archive, with some of its contents changed."""
        out = io.BytesIO()
        pack(self.contents(**changed), self.keys, out)
        return out.getvalue()

    def proof(self, partition: int, leaf: int, sealed: Sealed | None = None) -> bytes:
        """Return the proof of a record under the newest checkpoint."""
        newest: Seal = (sealed or self.sealed[-1]).seal
        name = f"{TOPIC}/{partition}"
        size = next(state.size for state in newest.partitions if state.partition == partition)
        _, record = self.records[partition][leaf]
        return encode_proof(
            RecordProof(
                position=f"{name}/{record.offset}",
                timestamp_ms=record.timestamp_ms,
                record=record.record,
                leaf=leaf,
                path=inclusion_proof(lambda tile: self.read_tile(name, tile), leaf, size),
                seal=encode_seal(newest),
                seal_number=newest.number,
                seal_path=inclusion_proof(lambda tile: self.read_tile(SEALS, tile), newest.number, self.log.size),
                checkpoint=self.sealed[-1].note,
                keys=[key.verifier for key in self.keys],
            )
        )


def _leaf(record: Shown) -> bytes:
    return record_leaf(record.offset, record.timestamp_ms, record.record)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def repacked(archive: bytes, changes: Mapping[str, bytes | None], key: SigningKey | None = None) -> bytes:
    """Return the archive as a forger who holds the key would change it: files replaced, everything signed anew."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {each.name: tar.extractfile(each).read() for each in tar.getmembers()}  # type: ignore[union-attr]
    files = {name: content for name, content in {**files, **changes}.items() if content is not None}
    if "manifest.json" not in changes:
        manifest = json.loads(files["manifest.json"])
        listed = {name: sha256(files[name]).hexdigest() for name in manifest["files"] if name in files}
        files["manifest.json"] = json.dumps(
            manifest | {"files": listed}, sort_keys=True, separators=(",", ":")
        ).encode()
    digest = b64encode(sha256(files["manifest.json"]).digest()).decode()
    if "manifest.note" not in changes:
        files["manifest.note"] = sign(f"{ORIGIN}\nshopfloor export {digest}\n".encode(), [key or signing_key()])
    out = io.BytesIO()
    for name, content in files.items():
        header = tarfile.TarInfo(name)
        header.size = len(content)
        out.write(header.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512))
    return out.getvalue() + bytes(1024)


def archive_manifest(archive: bytes) -> bytes:
    """Return the manifest of an archive."""
    return content(archive, "manifest.json")


def content(archive: bytes, name: str) -> bytes:
    """Return a file of an archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.extractfile(name).read()  # type: ignore[union-attr]
