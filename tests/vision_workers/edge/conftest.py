"""One Redis for the tests of the edge; they keep apart by their keys."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.redis import RedisServer
from tests.builders.edge import Edge, own_redis
from vision_workers.edge.connection import RedisConnection
from vision_workers.edge.keys import Keys


@pytest.fixture(scope="package")
def redis_server() -> Iterator[RedisServer]:
    """A Redis that no test kills or fills."""
    with own_redis() as server:
        yield server


@pytest.fixture
def edge(redis_server: RedisServer, tmp_path: Path) -> Edge:
    """The edge of this test alone."""
    return Edge(RedisConnection(url=redis_server.url), Keys(f"{secrets.token_hex(6)}."), tmp_path)
