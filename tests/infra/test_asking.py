"""What a person who decides is told while PostgreSQL is not there, or refuses what it is asked."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from event_store.errors import DatabaseUnreachable
from infra.deciding import asking

pytestmark = pytest.mark.postgres


def raising(sqlstate: str) -> str:
    return f"DO $$BEGIN RAISE SQLSTATE '{sqlstate}'; END$$"


@pytest.mark.parametrize("sqlstate", ["57P01", "25006", "40P01"])
async def test_an_outage_is_told_as_one(database: str, sqlstate: str) -> None:
    with pytest.raises(DatabaseUnreachable):
        async with asking(database) as connection:
            await connection.execute(text(raising(sqlstate)))


@pytest.mark.parametrize("sqlstate", ["53200", "54001", "55000"])
async def test_what_is_refused_is_told_as_it_is(database: str, sqlstate: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with asking(database) as connection:
            await connection.execute(text(raising(sqlstate)))
    assert getattr(refused.value.orig, "sqlstate", None) == sqlstate


async def test_nobody_there_is_an_outage() -> None:
    with pytest.raises(DatabaseUnreachable):
        async with asking("postgresql://nobody@127.0.0.1:1/nothing"):
            pass
