"""A run of a worker, and the ids that are derived from it."""

import hashlib
import hmac
import secrets
from uuid import UUID

import msgspec


class Run(msgspec.Struct, frozen=True):
    """One run: a random 128-bit key that the spool keeps, so that a repeated recording gets the same ids again."""

    key: bytes

    @classmethod
    def new(cls) -> "Run":
        """Start a run of its own."""
        return cls(secrets.token_bytes(16))

    @property
    def name(self) -> str:
        """Eight characters that tell runs apart in a `source`; they give nothing of the key away."""
        return self._digest("run")[:4].hex()

    def id(self, kind: str, place: str, ordinal: int) -> str:
        """Return the id of the nth `kind` (event, visit, track) of a place (a source or camera): a UUID, version 8."""
        octets = bytearray(self._digest(kind, place, str(ordinal))[:16])
        octets[6] = octets[6] & 0x0F | 0x80
        octets[8] = octets[8] & 0x3F | 0x80
        return str(UUID(bytes=bytes(octets)))

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self.key, "\x00".join(parts).encode(), hashlib.sha256)
