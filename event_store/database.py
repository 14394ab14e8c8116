"""PostgreSQL's address in the forms that its clients want, connections that act in a role, and what errors say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from psycopg import AsyncConnection, AsyncRawCursor, Connection, DataError, Error, InterfaceError, OperationalError

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


async def connect(url: str, role: str, options: str = "") -> AsyncConnection[Any]:
    """Open a connection, committing by itself, that acts in a role; raises `DatabaseUnreachable`."""
    try:
        return await AsyncConnection.connect(
            url, autocommit=True, options=f"-c role={role} {_FORMS} {options}", connect_timeout=5
        )
    except OperationalError as problem:
        raise DatabaseUnreachable(str(problem)) from problem


def connect_blocking(url: str, role: str) -> Connection[Any]:
    """Open a connection as `connect` does, for a program that waits for each answer."""
    try:
        return Connection.connect(url, autocommit=True, options=f"-c role={role} {_FORMS}", connect_timeout=5)
    except OperationalError as problem:
        raise DatabaseUnreachable(str(problem)) from problem


_OUTAGES = ("08", "40", "57P", "57014", "58", "53100", "53300", "53400", "55P03", "25006")
"""Classes of what passes: lost connections, deadlocks, a server that ends or begins, that is full, or only read from.

Its disk may be full, or another one may be the writable server by now. What it lacks memory for (53200), or has a limit
for (54), is what it was asked for.
"""
_REFUSALS = ("21", "22", "23", "44", "53200", "54", "P0", "XX000")
"""Classes of what is wrong with values: too long, out of range, not unique …"""


def is_outage(problem: BaseException) -> bool:
    """Tell whether PostgreSQL is not there, or not as it should be: a reason to wait, nobody's fault.

    The only place that goes by the class of an error, for want of a state while a connection is made or lost.
    """
    problem = _of_driver(problem)
    if not isinstance(problem, Error):
        return isinstance(problem, DatabaseUnreachable)
    if problem.sqlstate is None:
        return isinstance(problem, OperationalError | InterfaceError)
    return problem.sqlstate.startswith(_OUTAGES)


@contextmanager
def outages_told() -> Iterator[None]:
    """Raise `DatabaseUnreachable` for an outage in the block; every other error stays what it is."""
    try:
        yield
    except Exception as problem:
        if isinstance(problem, DatabaseUnreachable) or not is_outage(problem):
            raise
        raise DatabaseUnreachable(str(_of_driver(problem))) from problem


def _of_driver(problem: BaseException) -> BaseException:
    """Return the driver's own error, which SQLAlchemy hands on within one of its own."""
    return getattr(problem, "orig", None) or problem


def is_refusal(problem: BaseException) -> bool:
    """Tell whether PostgreSQL, or what writes values for it, does not take the values that it was given."""
    if not isinstance(problem, Error):
        return isinstance(problem, ValueError | OverflowError)
    if problem.sqlstate is None:
        return isinstance(problem, DataError)
    return problem.sqlstate.startswith(_REFUSALS)


class Statement(msgspec.Struct, frozen=True):
    """A statement that changes rows, with its parameters."""

    text: str
    parameters: tuple[Any, ...]


async def execute_together(connection: AsyncConnection[Any], statements: Sequence[Statement]) -> None:
    """Run statements that change different tables as one, which costs one round trip.

    None of them sees what the others change; a later one sees what an earlier one of them returns, as `s0`, `s1` ….
    """
    text = _together(tuple(each.text for each in statements))
    async with AsyncRawCursor(connection) as cursor:
        await cursor.execute(text, [value for each in statements for value in each.parameters])


async def ask_together(connection: AsyncConnection[Any], questions: Sequence[Statement]) -> Sequence[Any]:
    """Ask statements that answer one value each, as one; return their answers."""
    asked = _numbered("SELECT " + ", ".join(f"({each.text})" for each in questions))
    async with AsyncRawCursor(connection) as cursor:
        await cursor.execute(asked, [value for each in questions for value in each.parameters])
        return await cursor.fetchone() or ()


@lru_cache(maxsize=1_000)
def _together(texts: tuple[str, ...]) -> str:
    *first, last = texts
    named = ", ".join(f"s{number} AS ({text})" for number, text in enumerate(first))
    return _numbered(f"WITH {named} {last}" if first else last)


@lru_cache(maxsize=1_000)
def _numbered(text: str) -> str:
    """Write `$1` for `%s`, which the client would look for again each time in so long a text."""
    parts = text.split("%s")
    return "".join(chain([parts[0]], (f"${number}{part}" for number, part in enumerate(parts[1:], 1))))
