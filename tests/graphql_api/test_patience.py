"""Whoever follows the record waits for PostgreSQL, and not for what no waiting mends."""

from collections.abc import Awaitable, Callable

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from event_store.errors import DatabaseUnreachable
from graphql_api import patience
from graphql_api.errors import Unavailable


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.0)


def wrapped(sqlstate: str) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, psycopg.errors.lookup(sqlstate)("said by PostgreSQL"))


def failing_once(problem: Exception) -> Callable[[], Awaitable[str]]:
    problems = [problem]

    async def ask() -> str:
        if problems:
            raise problems.pop()
        return "answered"

    return ask


@pytest.mark.parametrize(
    "problem",
    [
        Unavailable("PostgreSQL"),
        PoolTimeout(),
        TimeoutError(),
        DatabaseUnreachable("nobody listens"),
        psycopg.InterfaceError("the connection is closed"),
        wrapped("57P01"),
        wrapped("25006"),
    ],
    ids=repr,
)
async def test_an_outage_is_waited_for(problem: Exception) -> None:
    assert await patience.until_it_works(failing_once(problem)) == "answered"


@pytest.mark.parametrize("sqlstate", ["42501", "42703", "53200", "54001", "22003"])
async def test_a_question_that_is_refused_is_not_asked_for_ever(sqlstate: str) -> None:
    with pytest.raises(DBAPIError, match="said by PostgreSQL"):
        await patience.until_it_works(failing_once(wrapped(sqlstate)))
