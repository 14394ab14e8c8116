"""A Redis of a test's own, and records for it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from event_store.serialization import encode
from infra.bench.history import envelopes
from infra.bench.shops import Shop
from infra.local.redis import RedisServer
from vision_workers.edge.bridge import Bridge, BridgeSettings
from vision_workers.edge.connection import RedisConnection
from vision_workers.edge.keys import Keys
from vision_workers.edge.metrics import Metrics
from vision_workers.edge.quarantine import Quarantine
from vision_workers.sink import Sink, SinkDown
from vision_workers.spool.waiting import Waiting

PATIENCE_S = 60.0
LEASE_S = 0.6


@contextmanager
def own_redis(settings: Mapping[str, str] | None = None) -> Iterator[RedisServer]:
    """Yield a running Redis of its own; skips where the program is missing."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is missing: install Debian's package redis-server")
    with tempfile.TemporaryDirectory(prefix="shopfloor-redis-", ignore_cleanup_errors=True) as folder:
        server = RedisServer(Path(folder), settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def facts(count: int, store: str = "north", organisation: str = "acme") -> list[Waiting]:
    """Return the first facts of a shop as a spool hands them over, each source's numbered from 1."""
    told = envelopes(Shop(organisation, store, 1))
    return [
        Waiting(
            place=place,
            channel="events",
            key=envelope.key,
            source=envelope.source,
            sequence=envelope.sequence,
            record=encode(envelope),
        )
        for place, envelope in zip(range(1, count + 1), told, strict=False)
    ]


class Edge:
    """Bridges between one Redis and one sink, each until its context ends."""

    def __init__(self, redis: RedisConnection, keys: Keys, folder: Path) -> None:
        self.redis, self.keys, self.quarantine = redis, keys, Quarantine(folder / "quarantine" / "bridge.jsonl")
        self.metrics = Metrics()

    @asynccontextmanager
    async def bridge(self, sink: Sink, *organisations: str) -> AsyncIterator[Metrics]:
        """Run a bridge."""
        settings = BridgeSettings(
            redis=self.redis,
            keys=self.keys,
            quarantine=self.quarantine,
            organisations=frozenset(organisations),
            lease_s=LEASE_S,
        )
        stop, metrics = asyncio.Event(), Metrics()
        running = asyncio.create_task(Bridge(settings, sink, metrics).run(stop))
        try:
            yield metrics
        finally:
            stop.set()
            await running


async def until_sent(sink: Sink, records: Sequence[Waiting]) -> None:
    """Offer the same records as long as a sink is down, as the drain does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await sink.send(records)
            except SinkDown:
                await asyncio.sleep(0.05)


def value(metrics: Metrics, name: str) -> float:
    """Return what a bridge tells Prometheus under a name."""
    found = metrics.registry.get_sample_value(f"shopfloor_bridge_{name}")
    assert found is not None, name
    return found


def bytes_of(records: Sequence[Waiting]) -> list[bytes]:
    """Return the bytes of records, in order."""
    return [each.record for each in records]
