"""A connection that asks as the API does."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from event_store.database import sqlalchemy_url


@pytest.fixture
async def connection(projected_database: str) -> AsyncIterator[AsyncConnection]:
    """A transaction in the API's role that may see the organisation acme."""
    engine = create_async_engine(sqlalchemy_url(projected_database))
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL ROLE shopfloor_api"))
        await connection.execute(text("SET LOCAL shopfloor.organisations = 'acme'"))
        yield connection
    await engine.dispose()
