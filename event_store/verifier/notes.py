"""Signed notes and their keys (C2SP signed-note), with witnesses' cosignatures (C2SP tlog-cosignature)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .canonical import MAX_NUMBER, base64

ED25519, COSIGNATURE = 1, 4
MAX_NOTE_BYTES, MAX_SIGNATURES = 1 << 16, 64
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]{8,})")


@dataclass(frozen=True, order=True)
class Key:
    """A public key: who it belongs to and what its signatures mean (the log's, or a witness's with a time)."""

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
            if len(signature) < 8 or time > MAX_NUMBER:  # noqa: PLR2004 (the time has 8 bytes)
                return False
            text, signature = f"cosignature/v1\ntime {time}\n".encode() + text, signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """One signature line of a note."""

    name: str
    id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text with its signatures, none of them checked yet."""

    text: bytes
    signatures: Sequence[Signature]

    def signers(self, keys: Iterable[Key], *, strangers: bool = False) -> list[Key]:
        """Return whose signatures are under it; raises ValueError for a wrong one, and for strangers' unless allowed.

        Without strangers the note has one spelling: each signature once, in the order of the keys.
        """
        known = {(key.name, key.id): key for key in keys}
        signers = []
        for line in self.signatures:
            key = known.get((line.name, line.id))
            if key is None and not strangers:
                raise ValueError(f"a signature by a key that is not known: {line.name}+{line.id.hex()}")
            if key is not None and not key.verifies(self.text, line.signature):
                raise ValueError(f"the signature of {key} is wrong")
            signers += [key] if key else []
        if not strangers and signers != sorted(set(signers)):
            raise ValueError("the signatures are not in their order, or one is there twice")
        return signers


def demand_pinned(pinned: Iterable[Key], signers: Sequence[Key]) -> None:
    """Raise ValueError unless all these keys, which somebody has got from elsewhere, are among the signers."""
    for key in pinned:
        if key not in signers:
            who = "cosigned by the pinned witness" if key.kind == COSIGNATURE else "signed by the pinned key"
            raise ValueError(f"not {who} {key}")


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


def read_note(raw: bytes) -> Note:
    """Take a signed note apart; raises ValueError."""
    text, found, lines = raw.rpartition(b"\n\n")
    if len(raw) > MAX_NOTE_BYTES or not found or not lines.endswith(b"\n") or _CONTROL.search(raw):
        raise ValueError("not a signed note, or a control character in it")
    signatures = [_signature(line) for line in lines.decode()[:-1].split("\n")]
    if len(signatures) > MAX_SIGNATURES:
        raise ValueError(f"more than {MAX_SIGNATURES} signatures")
    return Note(text + b"\n", signatures)


def _signature(line: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a signature line: {line[:60]!r}")
    value = base64(match[2])
    return Signature(match[1], value[:4], value[4:])
