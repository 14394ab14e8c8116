"""What a log signs: notes (C2SP signed-note, with tlog-cosignature), checkpoints (tlog-checkpoint) and seals."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .canonical import MAX_NUMBER, base64, number

ED25519, COSIGNATURE = 1, 4
SEAL_FORMAT = "shopfloor-seal/1"
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]{8,})")
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True, order=True)
class Key:
    """A public key: what its signatures mean (the log's, or a witness's with a time), and who it belongs to."""

    kind: int
    name: str
    public: bytes
    id: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Tell whether the signature of that text is by this key."""
        if self.kind == COSIGNATURE:
            time = int.from_bytes(signature[:8], "big")
            if time > MAX_NUMBER:
                return False
            text, signature = f"cosignature/v1\ntime {time}\n".encode() + text, signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def read_key(text: str) -> Key:
    """Read a verifier key, `<name>+<8 hex digits>+<base64>`; raises ValueError."""
    match = _KEY.fullmatch(text)
    if match is None:
        raise ValueError("not a verifier key of the form <name>+<8 hex digits>+<base64>")
    name, claimed, encoded = match.groups()
    material = base64(encoded, 33)
    if material[0] not in (ED25519, COSIGNATURE):
        raise ValueError(f"a key of type {material[0]}; only Ed25519 (1) and its cosignatures (4) are read")
    own = sha256(name.encode() + b"\n" + material).digest()[:4]
    if own.hex() != claimed:
        raise ValueError(f"the key says it is {claimed} and is {own.hex()}")
    return Key(material[0], name, material[1:], own)


def read_note(
    raw: bytes, keys: Iterable[Key], demanded: Iterable[Key] = (), *, strangers: bool = False
) -> tuple[bytes, list[Key]]:
    """Return the text of a note of ours, and who signed it; raises ValueError for a wrong signature.

    The first line names the log, which must have signed, and so must the keys that are demanded. A note has one
    spelling: each signature is by a known key, once, in the order of the keys; with `strangers` others pass by.
    """
    text, _, lines = raw.partition(b"\n\n")
    if not lines.endswith(b"\n") or _CONTROL.search(raw):
        raise ValueError("not a signed note, or a control character in it")
    known = {(key.name, key.id): key for key in keys}
    signers = []
    for line in lines.decode()[:-1].split("\n"):
        match = _SIGNATURE.fullmatch(line)
        if match is None:
            raise ValueError(f"not a signature line: {line[:60]!r}")
        value = base64(match[2])
        key = known.get((match[1], value[:4]))
        if key is None and not strangers:
            raise ValueError(f"a signature by a key that is not known: {match[1]}+{value[:4].hex()}")
        if key is not None and not key.verifies(text + b"\n", value[4:]):
            raise ValueError(f"the signature of {key} is wrong")
        signers += [key] if key else []
    if not strangers and signers != sorted(set(signers)):
        raise ValueError("the signatures are not in their order, or one is there twice")
    origin = text.decode().partition("\n")[0]
    if (ED25519, origin) not in [(key.kind, key.name) for key in signers]:
        raise ValueError(f"not signed by the log {origin}")
    for key in demanded:
        if key not in signers:
            who = "cosigned by the pinned witness" if key.kind == COSIGNATURE else "signed by the pinned key"
            raise ValueError(f"not {who} {key}")
    return text + b"\n", signers


@dataclass(frozen=True)
class Checkpoint:
    """What a log says about itself: how many seals it has and the root of their tree; and who signed that."""

    origin: str
    size: int
    root: bytes
    signers: list[Key]


def read_checkpoint(
    raw: bytes, keys: Iterable[Key], demanded: Iterable[Key] = (), *, strangers: bool = False
) -> Checkpoint:
    """Read a signed checkpoint without extension lines; raises ValueError."""
    text, signers = read_note(raw, keys, demanded, strangers=strangers)
    origin, size, root, _ = text.decode().split("\n")
    return Checkpoint(origin, number(size), base64(root, 32), signers)


class State(NamedTuple):
    """How many records a partition's tree has, and its root."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Seal:
    """The state of every partition, `topic/number`, at one time; seal number n is leaf n of the log of seals."""

    number: int
    time: int
    states: dict[str, State]


def read_seal(raw: bytes) -> Seal:
    """Read a seal; raises ValueError."""
    form, *lines = raw.decode("ascii").split("\n")
    if form != SEAL_FORMAT or lines[-1:] != [""]:
        raise ValueError(f"not a seal of the format {SEAL_FORMAT}: {form[:40]!r}")
    [ordinal], [time], *parts = (line.split(" ") for line in lines[:-1])
    places = [(topic, number(partition)) for topic, partition, _, _ in parts]
    if places != sorted(set(places)) or not all(_TOPIC.fullmatch(topic) for topic, _ in places):
        raise ValueError("the partitions of the seal are not in their order, one is there twice, or a topic is none")
    states = {f"{topic}/{partition}": State(number(size), base64(root, 32)) for topic, partition, size, root in parts}
    return Seal(number(ordinal), number(time), states)
