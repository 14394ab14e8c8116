"""eventsource-py: a DatabaseProjection behind its SubscriptionManager, which catches up from its PostgreSQL store."""

import asyncio
import json
import logging
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from eventsource import (
    DatabaseProjection,
    DomainEvent,
    ExpectedVersion,
    InMemoryEventBus,
    PostgreSQLEventStore,
    SQLCheckpointRepository,
    StreamId,
    handles,
    register_event,
)
from eventsource.application.subscriptions import SubscriptionManager
from eventsource.application.subscriptions.config import create_catch_up_config
from eventsource.migrations import get_schema
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

READ_AT_ONCE = 1_000
LEDGER = text("""
INSERT INTO record.ledger (topic, partition, "offset", recorded_at, disposition, key, value,
                           event_id, type, organisation, store, source, sequence, subject, time)
VALUES (:topic, 0, :number, :recorded_at, 'applied', :key, :value,
        :event_id, :type, :organisation, :store, :source, :sequence, :subject, :time)
""")
COUNT = text("""
INSERT INTO bench_counts_v1.bench_counts (organisation, store, facts) VALUES (:organisation, :store, 1)
ON CONFLICT (organisation, store) DO UPDATE SET facts = bench_counts.facts + 1
""")


@register_event
class FactRecorded(DomainEvent):
    """One of our facts, as an event of this library: its bytes, and the attributes that the ledger has columns for."""

    aggregate_type: str = "Store"
    number: int
    key: str
    value: str
    attributes: dict[str, Any]


class Ledger(DatabaseProjection):
    """The ledger and one counter, as this library's guide writes to tables: SQL in the handler's transaction."""

    def __init__(self, sessions: Any, topic: str, expected: int) -> None:
        super().__init__(session_factory=sessions)
        self.topic = topic
        self.expected = expected
        self.committed: list[float] = []
        self.done = asyncio.Event()

    async def handle(self, event: DomainEvent) -> None:
        """Handle one event in its transaction and note the time."""
        await super().handle(event)
        self.committed.append(perf_counter())
        if len(self.committed) == self.expected:
            self.done.set()

    @handles(FactRecorded)
    async def _take(self, connection: Any, event: FactRecorded) -> None:
        about = event.attributes
        ours = {name: about[name] for name in ("type", "organisation", "store", "source", "sequence", "subject")}
        await connection.execute(
            LEDGER,
            ours
            | {
                "topic": self.topic,
                "number": event.number,
                "recorded_at": datetime.now(UTC),
                "key": event.key.encode(),
                "value": event.value.encode(),
                "event_id": about["id"],
                "time": datetime.fromisoformat(about["time"]),
            },
        )
        await connection.execute(COUNT, {name: about[name] for name in ("organisation", "store")})


async def run(task: dict[str, Any], facts: list[list[str]]) -> dict[str, Any]:
    """Store the facts, then catch up; only the catching up is timed."""
    engine = create_async_engine(task["database"].replace("postgresql://", "postgresql+asyncpg://"))
    store = PostgreSQLEventStore(engine, create_schema=True)
    await _create_checkpoints(engine)
    await _store(store, facts)
    ledger = Ledger(async_sessionmaker(engine, expire_on_commit=False), task["topic"], len(facts))
    checkpoints = SQLCheckpointRepository(engine, enable_tracing=False)
    manager = SubscriptionManager(store, InMemoryEventBus(), checkpoints, enable_tracing=False)
    await manager.subscribe(ledger, create_catch_up_config(batch_size=READ_AT_ONCE), name="ledger")
    await manager.start()
    await ledger.done.wait()
    await manager.stop()
    await engine.dispose()
    return {"records": len(facts) - 1, "seconds": ledger.committed[-1] - ledger.committed[0]}


async def _create_checkpoints(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        raw: Any = await connection.get_raw_connection()
        # A helper function of this schema, unused here, does not compile in PostgreSQL 18.
        schema = get_schema("checkpoints").replace("GET DIAGNOSTICS deleted = FOUND", "deleted := FOUND")
        await raw.driver_connection.execute(schema)


async def _store(store: PostgreSQLEventStore, facts: list[list[str]]) -> None:
    for number, (key, value) in enumerate(facts):
        stream = StreamId(aggregate_id=uuid5(NAMESPACE_URL, key), category="Store")
        about = {name: each for name, each in json.loads(value).items() if name != "data"}
        event = FactRecorded(aggregate_id=stream.aggregate_id, number=number, key=key, value=value, attributes=about)
        await store.append(stream, [event], ExpectedVersion.any_())


def main() -> None:
    """Run the task of the command line."""
    logging.disable(logging.WARNING)
    task = json.loads(sys.argv[1])
    with Path(task["facts"]).open() as lines:
        facts = [line.rstrip("\n").split("\t", 1) for line in islice(lines, task["records"])]
    sys.stdout.write(json.dumps(asyncio.run(run(task, facts))) + "\n")


if __name__ == "__main__":
    main()
