"""Checks the proof of one event, a C2SP tlog-proof: record → its partition's root → seal → signed checkpoint."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .canonical import base64, number, read_json
from .errors import refusing
from .notes import Checkpoint, Key, Seal, read_checkpoint, read_key, read_seal
from .tree import HASH, leaf, record_leaf, root_of_path

HEADER, FORMAT = "c2sp.org/tlog-proof@v1", "shopfloor-proof/1"
CLAIM = {"keys": list, "leaf": int, "path": list, "position": str, "record": str, "seal": str, "timestamp": int}
"""What the extra line says, beside its format."""


@dataclass(frozen=True)
class Proved:
    """A record that is proven to be in a log, and under which checkpoint."""

    position: str
    timestamp: int
    record: bytes
    checkpoint: Checkpoint
    seal: Seal


def verify_proof(raw: bytes, demanded: Collection[Key] = ()) -> Proved:
    """Return what the proof proves; raises `Refused`. Each key that is demanded must have signed."""
    with refusing("the proof"):
        head, _, signed = raw.partition(b"\n\n")
        first, extra, index, *path = head.decode("ascii").split("\n")
        if first != HEADER or not extra.startswith("extra ") or not index.startswith("index "):
            raise ValueError(f"not a {HEADER} with the extra line that a record's proof needs")
        told = read_json(base64(extra.removeprefix("extra ")), FORMAT, CLAIM)
        keys, seal = [read_key(each) for each in told["keys"]], read_seal(told["seal"].encode())
        checkpoint = read_checkpoint(signed, keys, demanded)
        if checkpoint.signers != keys:
            raise ValueError("the proof brings other keys than those of its signatures")
        if seal.number != number(index.removeprefix("index ")):
            raise ValueError("the seal has another number than the proof says")
        if _root(leaf(told["seal"].encode()), seal.number, checkpoint.size, path) != checkpoint.root:
            raise ValueError("the seal does not lead to the root in the checkpoint")
        name, _, offset = told["position"].rpartition("/")
        proved = Proved(told["position"], told["timestamp"], base64(told["record"]), checkpoint, seal)
        value, state = record_leaf(number(offset), proved.timestamp, proved.record), seal.states[name]
        if _root(value, told["leaf"], state.size, told["path"]) != state.root:
            raise ValueError(f"the record at {proved.position} does not lead to the root of its partition")
        return proved


def _root(value: bytes, index: int, size: int, path: Sequence[str]) -> bytes:
    return root_of_path(value, index, size, [base64(each, HASH) for each in path])
