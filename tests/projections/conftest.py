"""A connection that asks as the API does."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from event_store.database import sqlalchemy_url
from tests.builders.projected import Shop


@pytest.fixture
async def shop(database: str) -> Shop:
    """A database with read models, to tell what happened."""
    shop = Shop(database)
    await shop.open()
    return shop


@pytest.fixture
async def connection(database: str) -> AsyncIterator[AsyncConnection]:
    """A transaction in the API's role that may see the organisation acme."""
    engine = create_async_engine(sqlalchemy_url(database))
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL ROLE shopfloor_api"))
        await connection.execute(text("SET LOCAL shopfloor.organisations = 'acme'"))
        yield connection
    await engine.dispose()
