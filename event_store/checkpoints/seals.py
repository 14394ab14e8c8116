"""Seals: the state of every partition at one time, each a leaf of the log that checkpoints sign."""

from base64 import b64decode, b64encode

import msgspec

SEAL_FORMAT = "shopfloor-seal/1"


class PartitionState(msgspec.Struct, frozen=True, order=True):
    """How many records a partition's tree has, and its root."""

    topic: str
    partition: int
    size: int
    root: bytes


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """The state of every partition that has a record; seal number n is leaf n of the log of seals."""

    number: int
    time_ms: int
    """Milliseconds since 1970 when it was made."""
    partitions: tuple[PartitionState, ...]
    """In the order of topic and partition."""


def encode_seal(seal: Seal) -> bytes:
    """Return the seal's bytes: the entry that its leaf hashes."""
    head = [SEAL_FORMAT, str(seal.number), str(seal.time_ms)]
    states = [
        f"{state.topic} {state.partition} {state.size} {b64encode(state.root).decode()}"
        for state in sorted(seal.partitions)
        if state.size
    ]
    return "".join(f"{line}\n" for line in [*head, *states]).encode()


def decode_seal(entry: bytes) -> Seal:
    """Read a seal that `encode_seal` wrote."""
    form, number, time_ms, *states = entry.decode().splitlines()
    if form != SEAL_FORMAT:
        raise ValueError(f"a seal of the format {form!r}; this version reads {SEAL_FORMAT}")
    return Seal(number=int(number), time_ms=int(time_ms), partitions=tuple(map(_state, states)))


def _state(line: str) -> PartitionState:
    topic, partition, size, root = line.split(" ")
    return PartitionState(topic, int(partition), int(size), b64decode(root))
