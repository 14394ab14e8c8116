"""Checks the proof of one event, a C2SP tlog-proof: record → its partition's root → seal → signed checkpoint."""

from dataclasses import dataclass
from typing import Any

from .canonical import base64, number, read_json
from .errors import refusing
from .notes import Key, read_key, read_note
from .seals import Checkpoint, Seal, read_seal, read_signed
from .tree import HASH, leaf, record_leaf, root_of_path

HEADER = "c2sp.org/tlog-proof@v1"
FORMAT = "shopfloor-proof/1"
MAX_PROOF_BYTES = 1 << 20


@dataclass(frozen=True)
class Proved:
    """A record that is proven to be in a log, and under which checkpoint."""

    position: str
    timestamp: int
    record: bytes
    checkpoint: Checkpoint
    seal: Seal
    signers: tuple[Key, ...]


def verify_proof(raw: bytes, pinned: Key | None) -> Proved:
    """Return what the proof proves; raises `Refused`."""
    with refusing("the proof"):
        return _verify(raw, pinned)


def _verify(raw: bytes, pinned: Key | None) -> Proved:
    head, found, signed = raw.partition(b"\n\n")
    if len(raw) > MAX_PROOF_BYTES or not found:
        raise ValueError("not a proof")
    first, extra, index, *path = head.decode("ascii").split("\n")
    if first != HEADER or not extra.startswith("extra ") or not index.startswith("index "):
        raise ValueError(f"not a {HEADER} with the extra line that a record's proof needs")
    claim = _Claim(**read_json(base64(extra.removeprefix("extra "))))
    keys = [read_key(each) for each in claim.keys]
    checkpoint, signers = read_signed(read_note(signed), keys)
    if keys != signers:
        raise ValueError("the proof brings other keys than those of its signatures")
    if pinned is not None and pinned not in signers:
        raise ValueError(f"not signed by the pinned key {pinned.name}+{pinned.id.hex()}")
    seal = read_seal(claim.seal.encode("ascii"))
    if seal.number != number(index.removeprefix("index ")):
        raise ValueError("the seal has another number than the proof says")
    hashes = [base64(each, HASH) for each in path]
    if root_of_path(leaf(claim.seal.encode()), seal.number, checkpoint.size, hashes) != checkpoint.root:
        raise ValueError("the seal does not lead to the root in the checkpoint")
    return Proved(claim.position, claim.timestamp, claim.check(seal), checkpoint, seal, tuple(signers))


@dataclass(frozen=True, kw_only=True)
class _Claim:
    format: str
    position: str
    timestamp: int
    record: str
    leaf: int
    path: list[str]
    seal: str
    keys: list[str]

    def __post_init__(self) -> None:
        texts: list[Any] = [self.format, self.position, self.record, self.seal, *self.path, *self.keys]
        if any(type(each) is not str for each in texts) or any(type(n) is not int for n in (self.timestamp, self.leaf)):
            raise ValueError("the extra line has a value of the wrong kind")
        if self.format != FORMAT:
            raise ValueError(
                f"a proof of the format {self.format[:40]!r}; this program reads {FORMAT}, get a newer one"
            )

    def check(self, seal: Seal) -> bytes:
        """Return the record's bytes if they lead to their partition's root in the seal."""
        name, _, offset = self.position.rpartition("/")
        record = base64(self.record)
        value = record_leaf(number(offset), number(str(self.timestamp)), record)
        partition = next((each for each in seal.partitions if each.name == name), None)
        if partition is None:
            raise ValueError(f"the seal does not know the partition of {self.position}")
        path = [base64(each, HASH) for each in self.path]
        if root_of_path(value, self.leaf, partition.size, path) != partition.root:
            raise ValueError(f"the record at {self.position} does not lead to the root of its partition")
        return record
