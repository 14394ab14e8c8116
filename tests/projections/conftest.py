"""A connection that asks as the API does, and projectors of small read models."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from event_store.database import sqlalchemy_url
from tests.builders.amending import CURED
from tests.builders.emptied import empty, prepare_small
from tests.builders.own_services import own_database
from tests.builders.tallies import Takings


@pytest.fixture
async def connection(projected_database: str) -> AsyncIterator[AsyncConnection]:
    """A transaction in the API's role that may see the organisation acme."""
    engine = create_async_engine(sqlalchemy_url(projected_database))
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL ROLE shopfloor_api"))
        await connection.execute(text("SET LOCAL shopfloor.organisations = 'acme'"))
        yield connection
    await engine.dispose()


@pytest.fixture(scope="session")
def small_database(postgres: str, migrated_template: str) -> Iterator[str]:
    """Superuser's address of the database that small histories share."""
    with own_database(postgres, migrated_template) as address:
        asyncio.run(prepare_small(address))
        yield address


@pytest.fixture
def emptied(small_database: str) -> str:
    """The same with nothing in it."""
    empty(small_database)
    return small_database


@pytest.fixture
async def takings(emptied: str) -> AsyncIterator[Takings]:
    """A projector of the small read models, and their database with nothing in it."""
    takings = Takings(emptied)
    yield takings
    await takings.close()


@pytest.fixture
async def later(takings: Takings) -> AsyncIterator[Takings]:
    """A projector of a later program on the same database, which takes what the earlier one could not."""
    later = Takings(takings.database, CURED)
    yield later
    await later.close()
