"""Who asks: the tokens that are accepted, the local administrator's among them, and what a token may do."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Protocol

import msgspec
import strawberry

from graphql_api.errors import TokenFileError

EVERY_ORGANISATION = "*"
PREFIX = "shopfloor_"
"""Lets secret scanners recognise a token that was published by mistake."""

OTHERS_MAY = 0o077
SEPARATORS = frozenset(",/")
"""A comma parts organisations where PostgreSQL is told them, a slash an organisation from its store."""


@strawberry.enum(description="What a token may be allowed to do.")
class Permission(Enum):
    """What a token may be allowed to do; every field of the schema needs one of them."""

    READ = strawberry.enum_value("read", description="Ask what happened in a store.")
    LISTEN = strawberry.enum_value("listen", description="Be told each fact as it is projected.")
    PUBLISH = strawberry.enum_value("publish", description="Change what a store is: publish its layout.")
    SUBSCRIBE = strawberry.enum_value("subscribe", description="Have facts sent to an address: webhooks.")
    INGEST = strawberry.enum_value("ingest", description="Tell what other systems of a store know: sales.")
    CORRECT = strawberry.enum_value("correct", description="Say that a recorded fact was wrong.")


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token stands for."""

    name: str
    organisations: frozenset[str]
    """The organisations whose stores it may see; `*` is all of them."""
    permissions: frozenset[Permission]
    stores: frozenset[str] | None = None
    """The stores, as `organisation/store`, that it may see of them; all where null."""
    role: str | None = None
    expires_at: datetime | None = None
    """From then on it stands for nothing."""
    token_id: str | None = None
    """Of a token that was made for others."""

    def __post_init__(self) -> None:
        """Refuse an organisation's name that would be read as several."""
        for name in self.organisations:
            if not name or SEPARATORS & set(name):
                raise ValueError(f"{name!r} cannot be an organisation: its name may hold no comma and no slash")

    def may_see(self, organisation: str, store: str | None = None) -> bool:
        """Tell whether an organisation may be seen, or a store of it."""
        if not self.organisations & {organisation, EVERY_ORGANISATION}:
            return False
        return self.stores is None or (store is not None and f"{organisation}/{store}" in self.stores)

    def may_see_any(self, organisation: str) -> bool:
        """Tell whether an organisation may be seen, be it one store of it only."""
        return bool(self.organisations & {organisation, EVERY_ORGANISATION})


ADMINISTRATOR = Claims(name="local", organisations=frozenset({EVERY_ORGANISATION}), permissions=frozenset(Permission))


class Issued(Protocol):
    """Tokens that come and go while the server runs."""

    def find_claims(self) -> Mapping[str, Claims]:
        """Return what each stands for, by its digest; raises `TokenFileError`."""
        ...

    def note_use(self, claims: Claims) -> None:
        """Keep when a token was used."""
        ...


class Tokens:
    """The tokens that are accepted, by their SHA-256; the tokens themselves are not kept."""

    def __init__(self, claims: dict[str, Claims], owner: str | None = None, issued: Issued | None = None) -> None:
        self._claims = {digest_of(token): each for token, each in claims.items()}
        self._issued = issued
        self.owner = None if owner is None else digest_of(owner)
        """Digest of the token of whoever runs this server: for it stands the code in the printed address."""

    def find(self, token: str) -> Claims | None:
        """Return what a token stands for; takes as long for a wrong one as for a right one."""
        return self.find_digest(digest_of(token))

    def find_digest(self, digest: str) -> Claims | None:
        """Return what the token of a digest stands for; None from its expiry on, and once it is revoked."""
        found = None
        for known, claims in self._known().items():
            if hmac.compare_digest(known, digest):
                found = claims
        if found is None or has_expired(found):
            return None
        if self._issued is not None and found.token_id is not None:
            self._issued.note_use(found)
        return found

    def hold(self, claims: Claims) -> bool:
        """Tell whether what was found before still stands; raises `TokenFileError`."""
        return not has_expired(claims) and claims in self._known().values()

    def _known(self) -> Mapping[str, Claims]:
        return self._claims if self._issued is None else {**self._issued.find_claims(), **self._claims}

    def find_bearer(self, header: str | None) -> Claims | None:
        """Return what the token of an `Authorization` header stands for."""
        scheme, _, token = (header or "").partition(" ")
        return self.find(token.strip()) if scheme.lower() == "bearer" else None


def has_expired(claims: Claims) -> bool:
    """Tell whether a token stands for nothing any more."""
    return claims.expires_at is not None and claims.expires_at <= datetime.now(UTC)


def local_token(path: Path) -> str:
    """Return the administrator's token from its file, made for the owner alone where there is none.

    Raises `TokenFileError` when others may read it, or when it is not there and can not be written.
    """
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & OTHERS_MAY:
            raise TokenFileError(path, f"others may read it; run `chmod 600 {path}`")
        token = path.read_text().strip()
    except OSError as problem:
        raise TokenFileError(path, problem.strerror or str(problem)) from problem
    if not token:
        raise TokenFileError(path, "it is empty; delete it, and a new one is made")
    return token


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{PREFIX}{secrets.token_urlsafe(32)}\n")
    try:
        os.link(draft, path)  # of two processes that start together, one makes the token
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
