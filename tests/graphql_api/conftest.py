"""A server in the test's process, and a database to tell what happened."""

from collections.abc import AsyncIterator

import pytest

from tests.builders.asking import Client, serving


@pytest.fixture
async def api(projected_database: str) -> AsyncIterator[Client]:
    """A server of that database."""
    async with serving(projected_database) as client:
        yield client
