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
_NAME = re.compile(r"[^\s+]+")
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, order=True)
class Key:
    """A public key: who it belongs to and what its signatures mean (the log's, or a witness's with a time)."""

    kind: int
    name: str
    public: bytes
    id: bytes

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
            if key is None and strangers:
                continue
            if key is None:
                raise ValueError(f"a signature by a key that is not known: {line.name}+{line.id.hex()}")
            if not key.verifies(self.text, line.signature):
                raise ValueError(f"the signature of {line.name}+{line.id.hex()} is wrong")
            signers.append(key)
        if not strangers and signers != sorted(set(signers)):
            raise ValueError("the signatures are not in their order, or one is there twice")
        return signers


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
    if len(raw) > MAX_NOTE_BYTES or not found or not lines.endswith(b"\n"):
        raise ValueError("not a signed note")
    if _CONTROL.search(raw):
        raise ValueError("a control character in a signed note")
    read = [_signature(line) for line in lines.decode()[:-1].split("\n")]
    if len(read) > MAX_SIGNATURES:
        raise ValueError(f"more than {MAX_SIGNATURES} signatures")
    return Note(text + b"\n", read)


def _signature(line: str) -> Signature:
    dash, name, encoded = (*line.split(" ", 2), "", "")[:3]
    if dash != "—" or not _NAME.fullmatch(name):
        raise ValueError(f"not a signature line: {line[:60]!r}")
    value = base64(encoded)
    if len(value) <= 4:  # noqa: PLR2004 (the key's id)
        raise ValueError("an empty signature")
    return Signature(name, value[:4], value[4:])
