"""Real Kafka, real PostgreSQL and a projector between them, in the test's own process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from event_store.connection import KafkaConnection
from event_store.events.event import Event
from event_store.serialization import encode
from event_store.topics import Topics
from event_store.writer import EventWriter
from projections.feeding.drivers import Driver
from projections.feeding.service import Job, project
from projections.folding.projection import Projection
from projections.taking.metrics import Metrics
from tests.builders.records import envelope
from tests.builders.tallies import SMALL, ask

PATIENCE_S = 120.0


class Feeding:
    """One topic and one database, and whoever writes to the first and projects into the second."""

    def __init__(self, kafka: str, topics: Topics, database: str, driver: Driver = "faust") -> None:
        self.connection = KafkaConnection(bootstrap=kafka)
        self.topic = topics.events
        self.topics = topics
        self.database = database
        self.driver = driver
        self._sequences: dict[str, int] = {}

    def job(self, projections: Sequence[Projection[Any]] = SMALL, **settings: Any) -> Job:
        return Job(
            database=self.database,
            kafka=self.connection,
            topic=self.topic,
            projections=projections,
            driver=self.driver,
            group=self.topic,
            **settings,
        )

    def facts(self, *events: Event, store: str) -> list[tuple[str, bytes]]:
        """Return records of a store's camera, numbered on."""
        records = []
        for event in events:
            self._sequences[store] = self._sequences.get(store, 0) + 1
            records.append((store, encode(envelope(event, self._sequences[store], store=store))))
        return records

    def lose(self, store: str) -> None:
        """Let a fact of a store's camera never arrive."""
        self._sequences[store] = self._sequences.get(store, 0) + 1

    async def write(self, records: Iterable[tuple[str, bytes]]) -> None:
        async with EventWriter(self.connection, self.topic) as writer:
            await writer.write_bytes(list(records))

    @asynccontextmanager
    async def projecting(
        self, job: Job | None = None, metrics: Metrics | None = None
    ) -> AsyncIterator[asyncio.Task[None]]:
        """Run a projector for as long as the context lasts; raises its failure at the end."""
        stop = asyncio.Event()
        task = asyncio.create_task(project(job or self.job(), metrics or Metrics(), stop))
        try:
            yield task
        finally:
            stop.set()
            await task

    async def until_taken(self, records: int, task: "asyncio.Task[None] | None" = None) -> None:
        """Wait until the ledger has so many records, or the projector has ended."""
        await self.until(lambda: taken(self.database) >= records, task)

    async def until(self, holds: Callable[[], bool], task: "asyncio.Task[None] | None" = None) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await asyncio.to_thread(holds) and not (task and task.done()):  # noqa: ASYNC110  # the database is asked
                await asyncio.sleep(0.05)


def taken(database: str) -> int:
    """Return how many records the ledger has."""
    (count,) = ask(database, "SELECT count(*)::int FROM record.ledger")
    return int(count)
