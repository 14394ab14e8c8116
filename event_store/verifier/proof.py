"""Checks the proof of one event, a C2SP tlog-proof: record → its partition's root → seal → signed checkpoint."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .canonical import base64, number, read_json
from .errors import refusing
from .notes import Key, demand_pinned, read_key, read_note
from .seals import Checkpoint, Seal, read_seal, read_signed
from .tree import HASH, leaf, record_leaf, root_of_path

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES = 1 << 20
_TEXT = re.compile(r".*", re.DOTALL)
SHAPE = {
    "format": re.compile(r"shopfloor-proof/1"),
    "keys": [_TEXT],
    "leaf": int,
    "path": [_TEXT],
    "position": _TEXT,
    "record": _TEXT,
    "seal": _TEXT,
    "timestamp": int,
}


@dataclass(frozen=True)
class Proved:
    """A record that is proven to be in a log, and under which checkpoint."""

    position: str
    timestamp: int
    record: bytes
    checkpoint: Checkpoint
    seal: Seal
    signers: list[Key]


def verify_proof(raw: bytes, pinned: Key | None, witnesses: Sequence[Key] = ()) -> Proved:
    """Return what the proof proves; raises `Refused`."""
    with refusing("the proof"):
        head, found, signed = raw.partition(b"\n\n")
        if len(raw) > MAX_PROOF_BYTES or not found:
            raise ValueError("not a proof")
        first, extra, index, *path = head.decode("ascii").split("\n")
        if first != HEADER or not extra.startswith("extra ") or not index.startswith("index "):
            raise ValueError(f"not a {HEADER} with the extra line that a record's proof needs")
        claim = read_json(base64(extra.removeprefix("extra ")), SHAPE)
        checkpoint, signers = read_signed(read_note(signed), [read_key(each) for each in claim["keys"]])
        if [read_key(each) for each in claim["keys"]] != signers:
            raise ValueError("the proof brings other keys than those of its signatures")
        demand_pinned([*([pinned] if pinned else []), *witnesses], signers)
        seal = read_seal(claim["seal"].encode("ascii"))
        if seal.number != number(index.removeprefix("index ")):
            raise ValueError("the seal has another number than the proof says")
        if _root(leaf(claim["seal"].encode()), seal.number, checkpoint.size, path) != checkpoint.root:
            raise ValueError("the seal does not lead to the root in the checkpoint")
        name, _, offset = claim["position"].rpartition("/")
        record = base64(claim["record"])
        value = record_leaf(number(offset), claim["timestamp"], record)
        parts = [each for each in seal.partitions if each.name == name]
        if not any(_root(value, claim["leaf"], each.size, claim["path"]) == each.root for each in parts):
            raise ValueError(f"the record at {claim['position']} does not lead to the root of its partition")
        return Proved(claim["position"], claim["timestamp"], record, checkpoint, seal, signers)


def _root(value: bytes, index: int, size: int, path: Sequence[str]) -> bytes:
    return root_of_path(value, index, size, [base64(each, HASH) for each in path])
