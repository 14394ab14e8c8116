from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.dispatching import Dispatching
from tests.builders.projected import Shop
from tests.builders.subscribers import Subscriber


@pytest.fixture
def dispatching(projected_database: str, shop: Shop, tmp_path: Path) -> Dispatching:
    return Dispatching(projected_database, shop, tmp_path)


@pytest.fixture
def subscriber() -> Iterator[tuple[Subscriber, str]]:
    receiver = Subscriber()
    with receiver.listening() as address:
        yield receiver, address
