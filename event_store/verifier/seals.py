"""Checkpoints (C2SP tlog-checkpoint) and the seals that the log of seals holds: each partition's size and root."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .canonical import base64, number
from .notes import ED25519, Key, Note

SEAL_FORMAT = "shopfloor-seal/1"
MAX_SEAL_BYTES = 65_535
TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True)
class Checkpoint:
    """What a log says about itself: how many seals it has and the root of their tree."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Partition:
    """What a seal says about one partition, `topic/number`: how many records its tree has, and its root."""

    topic: str
    partition: int
    size: int
    root: bytes

    @property
    def name(self) -> str:
        """`topic/partition`."""
        return f"{self.topic}/{self.partition}"


@dataclass(frozen=True)
class Seal:
    """The state of every partition at one time; seal number n is leaf n of the log of seals."""

    number: int
    time: int
    partitions: tuple[Partition, ...]

    def sizes(self) -> dict[str, int]:
        """Return how many records each partition has, by `topic/partition`."""
        return {each.name: each.size for each in self.partitions}


def read_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a checkpoint without extension lines; raises ValueError."""
    match text.decode().split("\n"):
        case [origin, size, root, ""] if origin:
            return Checkpoint(origin, number(size), base64(root, 32))
        case _:
            raise ValueError("not a checkpoint of three lines")


def read_signed(note: Note, keys: Iterable[Key], *, strangers: bool = False) -> tuple[Checkpoint, list[Key]]:
    """Read a checkpoint that the log of its origin has signed, and who else; raises ValueError."""
    signers = note.signers(keys, strangers=strangers)
    checkpoint = read_checkpoint(note.text)
    demand_log(checkpoint.origin, signers)
    return checkpoint, signers


def demand_log(origin: str, signers: Iterable[Key]) -> None:
    """Raise ValueError unless the log of that name is among the signers."""
    if not any(key.kind == ED25519 and key.name == origin for key in signers):
        raise ValueError(f"not signed by the log {origin}")


def read_seal(raw: bytes) -> Seal:
    """Read a seal; raises ValueError."""
    form, *lines = raw.decode("ascii").split("\n")
    if form != SEAL_FORMAT or lines[-1:] != [""] or len(raw) > MAX_SEAL_BYTES:
        raise ValueError(f"not a seal of the format {SEAL_FORMAT}: {form[:40]!r}")
    ordinal, time, *states = lines[:-1]
    partitions = tuple(_partition(*state.split(" ")) for state in states)
    places = [(each.topic, each.partition) for each in partitions]
    if places != sorted(set(places)):
        raise ValueError("the partitions of the seal are not in their order, or one is there twice")
    return Seal(number(ordinal), number(time), partitions)


def _partition(topic: str, partition: str, size: str, root: str) -> Partition:
    if not TOPIC.fullmatch(topic) or size == "0":
        raise ValueError(f"not a partition of a seal, or an empty one: {topic[:60]!r}")
    return Partition(topic, number(partition), number(size), base64(root, 32))
