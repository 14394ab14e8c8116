"""Signed notes (C2SP signed-note) with Ed25519 keys, and the checkpoint's text (C2SP tlog-checkpoint)."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519, COSIGNATURE = 1, 4
"""What a key's signatures are over: the note's text, or a witness's time before it (C2SP tlog-cosignature)."""

_NAME = re.compile(r"[!-*,-~]+")
_PRIVATE = "PRIVATE+KEY+"
_MATERIAL_BYTES = 33


class VerifierKey(msgspec.Struct, frozen=True, order=True):
    """A public key as notes name it; the order is that of signatures in our notes."""

    kind: int
    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name the key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def read(cls, text: str) -> "VerifierKey":
        """Read a verifier key of one of the two kinds; raises ValueError."""
        name, _, encoded = text.split("+", 2)
        material = b64decode(encoded, validate=True)
        if len(material) != _MATERIAL_BYTES:
            raise ValueError("not an Ed25519 key")
        key = cls(kind=material[0], name=name, public=material[1:])
        if key.kind not in (ED25519, COSIGNATURE) or not valid_name(name) or str(key) != text:
            raise ValueError("not an Ed25519 verifier key of the form <name>+<8 hex digits>+<base64>")
        return key


class SigningKey:
    """A private key of the log."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.verifier = VerifierKey(kind=ED25519, name=name, public=private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> "SigningKey":
        """Make a new key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, text: str) -> "SigningKey":
        """Read a private key as Go's note package writes it; raises ValueError."""
        name, claimed, encoded = text.removeprefix(_PRIVATE).split("+", 2)
        material = b64decode(encoded, validate=True)
        if not text.startswith(_PRIVATE) or material[:1] != bytes([ED25519]):
            raise ValueError("not an Ed25519 private key of the form PRIVATE+KEY+<name>+<8 hex digits>+<base64>")
        key = cls(name, Ed25519PrivateKey.from_private_bytes(material[1:]))
        if key.verifier.id.hex() != claimed:
            raise ValueError("the key is not the one that it says it is")
        return key

    def secret_text(self) -> str:
        """Return the private key as text, for its file and nothing else."""
        material = bytes([ED25519]) + self._private.private_bytes_raw()
        return f"{_PRIVATE}{self.verifier.name}+{self.verifier.id.hex()}+{_base64(material)}"

    def signature_line(self, text: bytes) -> str:
        """Return the line that goes below a note of that text."""
        return f"— {self.verifier.name} {_base64(self.verifier.id + self._private.sign(text))}\n"


def valid_name(name: str) -> bool:
    """Tell whether a log or witness may have that name."""
    return _NAME.fullmatch(name) is not None


def sign(text: bytes, keys: Iterable[SigningKey]) -> bytes:
    """Return the note: the text, an empty line, and a signature by each key in the keys' order."""
    lines = [key.signature_line(text) for key in sorted(keys, key=lambda key: key.verifier)]
    return text + b"\n" + "".join(lines).encode()


def signatures_of(note: bytes, known: Iterable[VerifierKey]) -> dict[VerifierKey, str]:
    """Return the signature lines of known keys, in the keys' order; they are not checked here."""
    by_name: dict[tuple[str, bytes], str] = {}
    for line in note.rpartition(b"\n\n")[2].decode().splitlines():
        _, name, encoded = line.split(" ", 2)
        by_name[name, b64decode(encoded)[:4]] = line
    return {key: by_name[key.name, key.id] for key in sorted(known) if (key.name, key.id) in by_name}


def tidy(note: bytes, known: Iterable[VerifierKey]) -> bytes:
    """Return the note with the signatures of known keys only, once each and in the keys' order."""
    lines = signatures_of(note, known).values()
    return note.rpartition(b"\n\n")[0] + b"\n\n" + "".join(f"{line}\n" for line in lines).encode()


def checkpoint_text(origin: str, size: int, root: bytes) -> bytes:
    """Return what a log says about itself: its name, how many leaves it has, and their root."""
    return f"{origin}\n{size}\n{_base64(root)}\n".encode()


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()
