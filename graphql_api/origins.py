"""Sites whose pages may ask this server: by HTTP, as the fetch standard has it, and by websocket."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from graphql_api.bounds import HEADER
from graphql_api.errors import UnusableOrigin

ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?/?")
USUAL_PORTS = {"http": "80", "https": "443"}
REMEMBERED = timedelta(minutes=10)


def read_origins(names: Iterable[str]) -> tuple[str, ...]:
    """Return origins as browsers write them; raises `UnusableOrigin` for what none would send, '*' included."""
    return tuple(dict.fromkeys(_read(each) for each in names))


def _read(name: str) -> str:
    found = ORIGIN.fullmatch(name.strip().lower())
    if found is None:
        raise UnusableOrigin(name)
    scheme, host, port = found.groups()
    return f"{scheme}://{host}" if port in {None, USUAL_PORTS[scheme]} else f"{scheme}://{host}:{port}"


def shared_with(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return an application that pages of these sites may ask; they send a token of their own, never cookies."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("authorization", "content-type", HEADER),
        max_age=round(REMEMBERED.total_seconds()),
    )
