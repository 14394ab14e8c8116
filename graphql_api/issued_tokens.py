"""The tokens that were made for others: a file of the data folder with the digest of each, never the token."""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from graphql_api.errors import TokenFileError, UnknownToken, UnusableToken
from graphql_api.roles import PERMISSIONS, TokenRole
from graphql_api.tokens import ADMINISTRATOR, EVERY_ORGANISATION, OTHERS_MAY, PREFIX, Claims, digest_of

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
USE_NOTED_EVERY_S = 60.0


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One token, without the token."""

    id: str
    name: str
    digest: str
    role: TokenRole
    organisations: frozenset[str]
    stores: frozenset[str] | None
    created_at: datetime
    expires_at: datetime | None

    def __post_init__(self) -> None:
        """Refuse what can stand for nothing."""
        self.claims()

    def claims(self) -> Claims:
        """Return what it stands for."""
        return Claims(
            name=self.name,
            token_id=self.id,
            organisations=self.organisations,
            permissions=PERMISSIONS[self.role],
            stores=self.stores,
            role=self.role,
            expires_at=self.expires_at,
        )


class WantedToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is to be."""

    role: TokenRole
    organisations: frozenset[str] = frozenset()
    """All of them where there are neither organisations nor stores."""
    stores: frozenset[str] = frozenset()
    """As `organisation/store`; not together with organisations."""
    expires_at: datetime | None = None
    name: str | None = None
    """Its id where absent; facts that it appends say it."""


class IssuedTokens:
    """The tokens of one data folder; a change is seen by whoever asks next, in every process."""

    def __init__(self, data: Path) -> None:
        self.path = data / "tokens.json"
        self._uses = data / "tokens-used"
        self._seen: tuple[int, int, int] | None = None
        self._claims: Mapping[str, Claims] = {}

    def create(self, wanted: WantedToken) -> str:
        """Make a token and keep its digest; return the token, which nobody can show again.

        Raises `UnusableToken` for what no token can be, `TokenFileError` when the file cannot be used.
        """
        token, token_id = f"{PREFIX}{secrets.token_urlsafe(32)}", f"tok_{secrets.token_hex(6)}"
        organisations, stores = _scope(wanted)
        with self._changing() as tokens:
            name = _name(token_id if wanted.name is None else wanted.name, tokens)
            try:
                issued = IssuedToken(
                    id=token_id,
                    name=name,
                    digest=digest_of(token),
                    role=wanted.role,
                    organisations=organisations,
                    stores=stores,
                    created_at=datetime.now(UTC),
                    expires_at=wanted.expires_at,
                )
            except ValueError as problem:
                raise UnusableToken(str(problem)) from problem
            tokens.append(issued)
        return token

    def revoke(self, token_id: str) -> None:
        """Take a token back; raises `UnknownToken`."""
        with self._changing() as tokens:
            kept = [each for each in tokens if each.id != token_id]
            if len(kept) == len(tokens):
                raise UnknownToken(token_id)
            tokens[:] = kept
        (self._uses / token_id).unlink(missing_ok=True)

    def find_all(self) -> list[IssuedToken]:
        """Return every token, oldest first; raises `TokenFileError`."""
        try:
            if self.path.stat().st_mode & OTHERS_MAY:
                raise TokenFileError(self.path, f"others may read it; run `chmod 600 {self.path}`")
            return msgspec.json.decode(self.path.read_bytes(), type=list[IssuedToken])
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise TokenFileError(self.path, problem.strerror or str(problem)) from problem
        except msgspec.DecodeError as problem:
            raise TokenFileError(self.path, f"{problem}; restore it, or delete it to revoke every token") from problem

    def find_claims(self) -> Mapping[str, Claims]:
        """Return what each token stands for, by its digest, as the file says now; raises `TokenFileError`."""
        seen = self._stat()
        if seen != self._seen or seen is None:
            self._claims = {each.digest: each.claims() for each in self.find_all()}
            self._seen = seen
        return self._claims

    def note_use(self, claims: Claims) -> None:
        """Keep when a token was used, to the minute."""
        if claims.token_id is None:
            return
        used_at, now = self.used_at(claims.token_id), datetime.now(UTC)
        if used_at is not None and (now - used_at).total_seconds() < USE_NOTED_EVERY_S:
            return
        with suppress(OSError):  # a full disk refuses nobody who only asks
            self._uses.mkdir(mode=0o700, exist_ok=True)
            (self._uses / claims.token_id).touch(mode=0o600)

    def used_at(self, token_id: str) -> datetime | None:
        """Return when a token was used last; None where it never was."""
        try:
            return datetime.fromtimestamp((self._uses / token_id).stat().st_mtime, UTC)
        except OSError:
            return None

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise TokenFileError(self.path, problem.strerror or str(problem)) from problem
        return found.st_mtime_ns, found.st_ino, found.st_size

    @contextmanager
    def _changing(self) -> Iterator[list[IssuedToken]]:
        """Yield the tokens to be changed, and replace the file in one step; changes of several processes take turns."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)) as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                tokens = self.find_all()
                yield tokens
                self._replace(msgspec.json.encode(tokens))
        except OSError as problem:
            raise TokenFileError(self.path, problem.strerror or str(problem)) from problem

    def _replace(self, content: bytes) -> None:
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


def _scope(wanted: WantedToken) -> tuple[frozenset[str], frozenset[str] | None]:
    if wanted.stores and wanted.organisations:
        raise UnusableToken("stores and whole organisations do not go together; make a token for each")
    if EVERY_ORGANISATION in wanted.organisations | {each.partition("/")[0] for each in wanted.stores}:
        raise UnusableToken("'*' is no organisation; name none for a token of all")
    if wanted.stores:
        return frozenset(each.partition("/")[0] for each in wanted.stores), wanted.stores
    return wanted.organisations or frozenset({EVERY_ORGANISATION}), None


def _name(name: str, tokens: list[IssuedToken]) -> str:
    if not NAME.fullmatch(name):
        raise UnusableToken("a token's name is 1 to 64 letters, digits, dots, dashes or underscores")
    if name in {ADMINISTRATOR.name, *(each.name for each in tokens)}:
        raise UnusableToken(f"there is a token named {name!r}; take another name, or revoke that one first")
    return name
