"""Logging in and out: a token or the printed code once, then a cookie."""

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphql_api.dashboard.codes import take_code
from graphql_api.dashboard.cookies import drop_cookie, find_logged_in, find_secret, is_own, set_cookie
from graphql_api.dashboard.files import INDEX, StaticFile
from graphql_api.dashboard.sessions import LASTS, Sessions
from graphql_api.tokens import Claims, Tokens, digest_of

MOST_BYTES = 4_096
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody logs in with: one of the two."""

    token: Word | None = None
    code: Word | None = None


class LoggedIn(msgspec.Struct, rename="camel"):
    """What a page is told about itself."""

    name: str
    permissions: list[str]
    expires_at: datetime
    build: str
    """Which page this server has; one that is another reloads itself."""


class Login:
    """Answers at `/session`."""

    def __init__(self, tokens: Tokens, sessions: Sessions, page: dict[str, StaticFile], data: Path | None) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._data = data
        self._build = page[INDEX].etag.strip('"') if INDEX in page else ""

    def routes(self) -> list[Route]:
        """Return where a page logs in, asks whether it is logged in, and logs out."""
        return [
            Route("/session", self.open, methods=["POST"]),
            Route("/session", self.show, methods=["GET"]),
            Route("/session", self.close, methods=["DELETE"]),
        ]

    async def open(self, request: Request) -> Response:
        """Give a cookie for a token or a code; only to a page of this server."""
        if not is_own(request, request.headers.get("origin", "")):
            return _refusal(HTTPStatus.FORBIDDEN, "only this server's own page may log in")
        try:
            given = msgspec.json.decode(await _body(request), type=Credentials)
        except msgspec.DecodeError as problem:
            return _refusal(HTTPStatus.BAD_REQUEST, f"the body must be {{token}} or {{code}}: {problem}")
        digest = self._digest_of(given)
        claims = None if digest is None else self._tokens.find_digest(digest)
        if digest is None or claims is None:
            return _refusal(HTTPStatus.UNAUTHORIZED, "nobody is known by that token, or the code was used before")
        response = self._told(claims)
        set_cookie(response, request, self._sessions.open(digest))
        return response

    async def show(self, request: Request) -> Response:
        """Tell a page who is logged in, 204 if nobody is, and let the session last anew."""
        secret, claims = find_secret(request), find_logged_in(request, self._tokens, self._sessions)
        if secret is None or claims is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        self._sessions.renew(secret)
        response = self._told(claims)
        set_cookie(response, request, secret)
        return response

    async def close(self, request: Request) -> Response:
        """Log out; another site's page logs nobody out."""
        response = Response(status_code=HTTPStatus.NO_CONTENT)
        if (secret := find_secret(request)) is not None:
            self._sessions.close(secret)
            drop_cookie(response, request)
        return response

    def _digest_of(self, given: Credentials) -> str | None:
        if given.token is not None:
            return digest_of(given.token.strip())
        if given.code is not None and self._data is not None and take_code(self._data, given.code):
            return self._tokens.owner
        return None

    def _told(self, claims: Claims) -> Response:
        told = LoggedIn(
            name=claims.name,
            permissions=sorted(each.name for each in claims.permissions),
            expires_at=datetime.now(UTC) + LASTS,
            build=self._build,
        )
        return Response(msgspec.json.encode(told), media_type="application/json")


async def _body(request: Request) -> bytes:
    taken = b""
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > MOST_BYTES:
            raise msgspec.DecodeError(f"it is larger than {MOST_BYTES} bytes")
    return taken


def _refusal(status: HTTPStatus, message: str) -> Response:
    code = {HTTPStatus.BAD_REQUEST: "BAD_REQUEST", HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED"}.get(status, "FORBIDDEN")
    body = msgspec.json.encode({"errors": [{"message": message, "extensions": {"code": code}}]})
    return Response(body, status_code=status, media_type="application/json")
