"""The cookie of a session, and when it counts."""

import re

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from strawberry.http.websocket_origin import is_same_origin

from graphql_api.dashboard.sessions import LASTS, Sessions
from graphql_api.tokens import Claims, Tokens

PORT = re.compile(r":([0-9]{1,5})$")
PAGE_HEADER = "x-shopfloor-page"
"""Another site's page cannot send it without being asked for leave first, which it is not given."""


def find_secret(connection: HTTPConnection) -> str | None:
    """Return the secret of a connection's cookie; None where the connection may be another site's doing.

    A request proves by a header that our own page made it, a websocket by its origin, which browsers always tell.
    """
    origin = connection.headers.get("origin")
    is_request = isinstance(connection, Request)
    if origin is None:
        is_ours = is_request and PAGE_HEADER in connection.headers
    else:
        is_ours = is_own(connection, origin) and (not is_request or PAGE_HEADER in connection.headers)
    return connection.cookies.get(cookie_name(connection)) if is_ours else None


def find_logged_in(connection: HTTPConnection, tokens: Tokens, sessions: Sessions) -> Claims | None:
    """Return what a connection's cookie stands for."""
    secret = find_secret(connection)
    session = None if secret is None else sessions.find(secret)
    return None if session is None else tokens.find_digest(session.token_digest)


def is_own(connection: HTTPConnection, origin: str) -> bool:
    """Tell whether an origin is this server's own."""
    return is_same_origin(origin, connection.headers.get("host"))


def cookie_name(connection: HTTPConnection) -> str:
    """Return a name with the port in it: browsers keep cookies of one host together, whatever the port."""
    port = PORT.search(connection.headers.get("host", ""))
    return f"shopfloor_session_{port[1] if port else 'page'}"


def set_cookie(response: Response, request: Request, secret: str) -> None:
    """Give a browser its session."""
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=round(LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_encrypted(request),
    )


def drop_cookie(response: Response, request: Request) -> None:
    """Take a browser's session back."""
    response.delete_cookie(cookie_name(request), httponly=True, samesite="strict", secure=is_encrypted(request))


def is_encrypted(request: Request) -> bool:
    """Tell whether the browser speaks HTTPS, to us or to the proxy before us."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
