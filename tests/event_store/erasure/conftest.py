from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders.keeping import Keeping


@pytest.fixture
async def keeping(database: str, tmp_path: Path) -> AsyncIterator[Keeping]:
    """The keeper of a database of this test alone."""
    async with Keeping(database, tmp_path) as keeping:
        yield keeping
