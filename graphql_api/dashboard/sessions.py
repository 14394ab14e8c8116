"""Log-ins of browsers: a cookie holds a secret, its digest leads to the token that was given once."""

import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

LASTS = timedelta(hours=12)
"""A session ends so long after its page was last open."""
MOST_SESSIONS = 1_000


class Session(msgspec.Struct, frozen=True):
    """One browser that is logged in."""

    token_digest: str
    """SHA-256 of the token that it stands for: a token that is taken back ends its sessions."""
    expires_at: datetime


class Sessions:
    """The sessions of one installation, kept in a file so that a restart logs nobody out; secrets are not kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._sessions = _read(path)

    def open(self, token_digest: str) -> str:
        """Begin a session; return the secret for its cookie."""
        now, secret = datetime.now(UTC), secrets.token_urlsafe(32)
        kept = {digest: each for digest, each in self._sessions.items() if each.expires_at > now}
        newest = sorted(kept, key=lambda digest: kept[digest].expires_at)[1 - MOST_SESSIONS :]
        self._sessions = {digest: kept[digest] for digest in newest}
        self._sessions[_digest(secret)] = Session(token_digest, now + LASTS)
        self._write()
        return secret

    def find(self, secret: str) -> Session | None:
        """Return the session of a cookie; None for one that nobody opened, that has expired or was closed."""
        found = self._sessions.get(_digest(secret))
        return found if found is not None and found.expires_at > datetime.now(UTC) else None

    def renew(self, secret: str) -> None:
        """Let a session that goes on last anew."""
        if (found := self.find(secret)) is not None:
            self._sessions[_digest(secret)] = Session(found.token_digest, datetime.now(UTC) + LASTS)
            self._write()

    def close(self, secret: str) -> None:
        """End a session; its cookie is worth nothing from now on."""
        if self._sessions.pop(_digest(secret), None) is not None:
            self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self._sessions))
        draft.replace(self._path)


def _read(path: Path | None) -> dict[str, Session]:
    """Return the sessions of a file; what cannot be read means that everybody logs in again."""
    try:
        return {} if path is None else msgspec.json.decode(path.read_bytes(), type=dict[str, Session])
    except (OSError, msgspec.DecodeError):
        return {}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
