"""What an archive says it holds, and the log's signature under it."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from .archive import FIRST, Archive
from .canonical import base64, read_json
from .errors import Refused, Unusable, refusing
from .notes import Key, demand_pinned, read_key, read_note
from .records import Slice
from .seals import TOPIC, demand_log

FORMAT = "shopfloor-export/1"
NOTE, ERASURES = "manifest.note", "erasures.jsonl"
MAX_MANIFEST_BYTES, MAX_KEY_BYTES = 1 << 24, 1024
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_FILE = re.compile(r"keys/[0-9a-f]{8}\.vkey|schemas/[A-Za-z0-9_-][A-Za-z0-9._-]{0,90}|erasures\.jsonl")
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
SHAPE = {
    "checkpoints": [int],
    "files": [{"path": _FILE, "sha256": re.compile(r"[0-9a-f]{64}")}],
    "format": re.compile(re.escape(FORMAT)),
    "from": (None, _TIME),
    "origin": re.compile(r".+"),
    "partitions": [{"topic": TOPIC, "partition": int, "first": int, "count": int}],
    "store": (None, re.compile(f"{_NAME}/{_NAME}")),
    "to": (None, _TIME),
}


@dataclass(frozen=True)
class Manifest:
    """What an archive says it holds. Times are milliseconds since 1970, None where the range is open."""

    origin: str
    start: int | None
    end: int | None
    store: str | None
    checkpoints: list[int]
    slices: list[Slice]
    files: dict[str, str]

    def covers(self, timestamp: int) -> bool:
        """Tell whether a recorded time lies in the range."""
        return (self.start or 0) <= timestamp and (self.end is None or timestamp < self.end)


def read_manifest(archive: Archive, pinned: Key | None) -> tuple[Manifest, frozenset[Key]]:
    """Return the manifest, and the keys that the archive brings; refuses it unless the log of its origin signed it."""
    raw, signed = archive.read(FIRST, MAX_MANIFEST_BYTES), archive.read(NOTE)
    with refusing(NOTE):
        note = read_note(signed)
        form, origin, digest, end = note.text.decode().split("\n")
        if end or base64(digest, 32) != sha256(raw).digest():
            raise ValueError("the manifest is not the one that was signed")
    if form != FORMAT and f'"format":"{form}"'.encode() in raw:
        raise Unusable(f"an archive of the format {form[:40]!r}; this program reads {FORMAT}, get a newer one")
    with refusing(FIRST):
        manifest = _read(raw)
        if (form, origin) != (FORMAT, manifest.origin):
            raise ValueError("the manifest and its note do not belong together")
    for path, listed in manifest.files.items():
        if sha256(archive.read(path)).hexdigest() != listed:
            raise Refused(path, "the file is not the one that the manifest names")
    keys = frozenset(_key(archive, path) for path in manifest.files if path.startswith("keys/"))
    with refusing(NOTE):
        signers = note.signers(keys)
        demand_log(origin, signers)
        demand_pinned([pinned] if pinned else [], signers)
    return manifest, keys


def _read(raw: bytes) -> Manifest:
    value = read_json(raw.removesuffix(b"\n"), SHAPE)
    files = {each["path"]: each["sha256"] for each in value["files"]}
    if [each["path"] for each in value["files"]] != sorted(files) or ERASURES not in files:
        raise ValueError("the list of files is not in its order, or the register of erasures is missing")
    checkpoints = value["checkpoints"]
    if not checkpoints or checkpoints != sorted(set(checkpoints)) or not raw.endswith(b"\n"):
        raise ValueError("the checkpoints are not in their order, or the last line is not whole")
    return Manifest(
        origin=value["origin"],
        start=_milliseconds(value["from"]),
        end=_milliseconds(value["to"]),
        store=value["store"],
        checkpoints=checkpoints,
        slices=[Slice(**each) for each in value["partitions"]],
        files=files,
    )


def _milliseconds(time: str | None) -> int | None:
    return None if time is None else round(datetime.fromisoformat(time).timestamp() * 1000)


def _key(archive: Archive, path: str) -> Key:
    with refusing(path):
        text = archive.read(path, MAX_KEY_BYTES).decode("ascii")
        key = read_key(text.removesuffix("\n"))
        if path != f"keys/{key.id.hex()}.vkey" or not text.endswith("\n"):
            raise ValueError("the file is not named for the key in it")
        return key
