"""What an archive says it holds; everything in it must be there, in this order, and nothing else."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from .archive import FIRST, Archive
from .canonical import MAX_NUMBER, base64, read_json
from .errors import Refused, Unusable, refusing
from .notes import ED25519, Key, read_key, read_note

FORMAT = "shopfloor-export/1"
NOTE, ERASURES = "manifest.note", "erasures.jsonl"
MAX_MANIFEST_BYTES, MAX_KEY_BYTES = 1 << 24, 1024
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_FILE = re.compile(r"keys/[0-9a-f]{8}\.vkey|schemas/[A-Za-z0-9_-][A-Za-z0-9._-]{0,90}|erasures\.jsonl")
_STORE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAMES = {"checkpoints", "files", "format", "from", "origin", "partitions", "store", "to"}


@dataclass(frozen=True)
class Slice:
    """Which records of a partition the archive holds: so many from that leaf on."""

    topic: str
    partition: int
    first: int
    count: int


@dataclass(frozen=True)
class Manifest:
    """What an archive says it holds. Times are milliseconds since 1970, None where the range is open."""

    origin: str
    start: int | None
    end: int | None
    store: str | None
    checkpoints: tuple[int, ...]
    slices: tuple[Slice, ...]
    files: tuple[tuple[str, str], ...]


def read_manifest(archive: Archive) -> tuple[Manifest, frozenset[Key], list[Key]]:
    """Return the manifest, the keys that the archive brings, and whose signature is under the manifest."""
    raw = archive.read(FIRST, MAX_MANIFEST_BYTES)
    signed = archive.read(NOTE)
    with refusing(NOTE):
        note = read_note(signed)
        form, origin, digest, end = note.text.decode().split("\n")
        if end or base64(digest, 32) != sha256(raw).digest():
            raise ValueError("the manifest is not the one that was signed")
    if form != FORMAT and f'"format":"{form}"'.encode() in raw:
        raise Unusable(f"an archive of the format {form[:40]!r}; this program reads {FORMAT}, get a newer one")
    with refusing(FIRST):
        manifest = _manifest(read_json(raw.removesuffix(b"\n")))
        if (form, origin) != (FORMAT, manifest.origin) or not raw.endswith(b"\n"):
            raise ValueError("the manifest and its note do not belong together")
    keys = _keys(archive, manifest)
    with refusing(NOTE):
        signers = note.signers(keys)
        if not any(key.kind == ED25519 and key.name == origin for key in signers):
            raise ValueError(f"the manifest is not signed by the log {origin}")
    return manifest, keys, signers


def _manifest(value: dict[str, Any]) -> Manifest:
    if set(value) != _NAMES or value["format"] != FORMAT:
        raise ValueError(f"not a manifest of the format {FORMAT}")
    manifest = Manifest(
        origin=_text(value["origin"]),
        start=_time(value["from"]),
        end=_time(value["to"]),
        store=value["store"] if value["store"] is None else _text(value["store"]),
        checkpoints=tuple(_number(size) for size in value["checkpoints"]),
        slices=tuple(_slice(**each) for each in value["partitions"]),
        files=tuple(_file(**each) for each in value["files"]),
    )
    paths = [path for path, _ in manifest.files]
    if not all(map(_FILE.fullmatch, paths)) or paths != sorted(set(paths)) or ERASURES not in paths:
        raise ValueError("the list of files is not as it must be")
    if not manifest.checkpoints or list(manifest.checkpoints) != sorted(set(manifest.checkpoints)):
        raise ValueError("the checkpoints are not in their order")
    if manifest.store is not None and not _STORE.fullmatch(manifest.store):
        raise ValueError("the store is not ORGANISATION/STORE")
    return manifest


def _slice(*, topic: Any, partition: Any, first: Any, count: Any) -> Slice:
    return Slice(_text(topic), _number(partition), _number(first), _number(count))


def _file(*, path: Any, sha256: Any) -> tuple[str, str]:
    return _text(path), _text(sha256)


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"{str(value)[:40]!r} is not a number from 0 to 2^63 - 1")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError(f"{str(value)[:40]!r} is not a text")
    return value


def _time(value: Any) -> int | None:
    if value is None:
        return None
    if not _TIME.fullmatch(_text(value)):
        raise ValueError(f"{value[:40]!r} is not a time of the form YYYY-MM-DDTHH:MM:SS.mmmZ")
    moment = datetime.fromisoformat(value)
    return int(moment.replace(microsecond=0).timestamp()) * 1000 + moment.microsecond // 1000


def _keys(archive: Archive, manifest: Manifest) -> frozenset[Key]:
    keys = set()
    for path, _ in manifest.files:
        if path.startswith("keys/"):
            with refusing(path):
                text = archive.read(path, MAX_KEY_BYTES).decode("ascii")
                key = read_key(text.removesuffix("\n"))
                if path != f"keys/{key.id.hex()}.vkey" or not text.endswith("\n"):
                    raise ValueError("the file is not named for the key in it")
                keys.add(key)
    return frozenset(keys)


def check_files(archive: Archive, manifest: Manifest) -> None:
    """Refuse keys, schemas and the register of erasures that are not those of the manifest."""
    for path, digest in manifest.files:
        if sha256(archive.read(path)).hexdigest() != digest:
            raise Refused(path, "the file is not the one that the manifest names")
