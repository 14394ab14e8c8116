"""The proof of one event as a file: a C2SP tlog-proof that any reader can check offline."""

from base64 import b64encode
from collections.abc import Sequence

import msgspec

from event_store.checkpoints import VerifierKey

FORMAT = "shopfloor-proof/1"


class RecordProof(msgspec.Struct, frozen=True, kw_only=True):
    """A record with its path to its partition's root in a seal, and the seal's path to a signed checkpoint."""

    position: str
    """`topic/partition/offset`."""
    timestamp_ms: int
    record: bytes
    leaf: int
    path: Sequence[bytes]
    seal: bytes
    seal_number: int
    seal_path: Sequence[bytes]
    checkpoint: bytes
    """The signed note, tidy: signed by exactly these keys."""
    keys: Sequence[VerifierKey]


def encode_proof(proof: RecordProof) -> bytes:
    """Return the file: the seal is the log's entry, and the extra line says why the seal covers the record."""
    extra = msgspec.json.encode(
        {
            "format": FORMAT,
            "keys": [str(key) for key in sorted(proof.keys)],
            "leaf": proof.leaf,
            "path": [_base64(each) for each in proof.path],
            "position": proof.position,
            "record": _base64(proof.record),
            "seal": proof.seal.decode(),
            "timestamp": proof.timestamp_ms,
        },
        order="sorted",
    )
    lines = [
        "c2sp.org/tlog-proof@v1",
        f"extra {_base64(extra)}",
        f"index {proof.seal_number}",
        *map(_base64, proof.seal_path),
    ]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()
