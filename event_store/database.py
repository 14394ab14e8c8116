"""PostgreSQL's address in the forms that its clients want, and a connection that acts in a role."""

from typing import Any

from psycopg import AsyncConnection, Connection, OperationalError

from event_store.errors import DatabaseUnreachable

_SCHEMES = ("postgresql://", "postgres://")
_FORMS = "-c timezone=UTC -c intervalstyle=iso_8601"
"""How PostgreSQL writes times and spans into JSON, so that they read back as they were."""


def sqlalchemy_url(url: str) -> str:
    """Return a `postgresql://` URL as SQLAlchemy wants it for psycopg, synchronous and asynchronous."""
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


async def connect(url: str, role: str) -> AsyncConnection[Any]:
    """Open a connection, committing by itself, that acts in a role; raises `DatabaseUnreachable`."""
    try:
        return await AsyncConnection.connect(
            url, autocommit=True, options=f"-c role={role} {_FORMS}", connect_timeout=5
        )
    except OperationalError as problem:
        raise DatabaseUnreachable(str(problem)) from problem


def connect_blocking(url: str, role: str) -> Connection[Any]:
    """Open a connection as `connect` does, for a program that waits for each answer."""
    try:
        return Connection.connect(url, autocommit=True, options=f"-c role={role} {_FORMS}", connect_timeout=5)
    except OperationalError as problem:
        raise DatabaseUnreachable(str(problem)) from problem
