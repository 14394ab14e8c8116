"""A record in real Kafka and in a real ledger, sealed, and the monitor that watches both."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from event_store.checkpoints import SigningKey
from event_store.connection import KafkaConnection
from event_store.database import connect, connect_blocking
from event_store.envelope import Envelope
from event_store.ledger import prepare_months
from event_store.monitoring import Look, Watch, Watching
from event_store.monitoring.metrics import Metrics
from event_store.sealing import Sealer
from event_store.serialization import decode
from event_store.topics import Topics
from tests.builders.sealed_logs import signing_key

PATIENCE_S = 60.0
OWN = 1
"""Kafka's number for a setting that was given to the topic itself."""

_ROW = """
INSERT INTO record.ledger (topic, partition, "offset", recorded_at, disposition, value)
VALUES (%s, %s, %s, %s, 'applied', %s)
"""
_TAKEN = """
INSERT INTO record.checkpoints (name, topic, partition, next_offset) VALUES ('live', %s, %s, %s)
ON CONFLICT (name, topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
"""


class Record(msgspec.Struct, frozen=True):
    offset: int
    timestamp_ms: int
    value: bytes

    @property
    def month(self) -> str:
        return f"{datetime.fromtimestamp(self.timestamp_ms / 1000, UTC):%Y-%m}"


class WatchedRecord:
    """Facts go to Kafka and to the ledger as the projector would take them; `look` is one look of the monitor."""

    def __init__(self, kafka: str, topics: Topics, database: str, folder: Path) -> None:
        self.kafka = KafkaConnection(bootstrap=kafka)
        self.topics = topics
        self.database = database
        self.folder = folder
        self.key = signing_key()
        self.metrics = Metrics()
        self.connection = connect_blocking(database, "shopfloor_projector")
        self._watching: Watching | None = None

    async def add(self, partition: int, count: int) -> list[Record]:
        records = await self.produce(partition, count)
        await self.take(partition, records)
        return records

    async def produce(self, partition: int, count: int) -> list[Record]:
        async with AIOKafkaProducer(**self.kafka.client_options()) as producer:
            values = [f'{{"fact": {number}}}'.encode() for number in range(count)]
            sent = [await producer.send(self.topics.events, value, partition=partition) for value in values]
            taken = [await each for each in sent]
        return [Record(each.offset, each.timestamp, value) for each, value in zip(taken, values, strict=True)]

    async def take(self, partition: int, records: Sequence[Record]) -> None:
        times = [datetime.fromtimestamp(each.timestamp_ms / 1000, UTC) for each in records]
        rows = [
            (self.topics.events, partition, each.offset, at, each.value)
            for each, at in zip(records, times, strict=True)
        ]
        async with await connect(self.database, "shopfloor_projector") as connection:
            await prepare_months(connection, {(row[3].year, row[3].month) for row in rows})
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(_ROW, rows)
            cursor.execute(_TAKEN, (self.topics.events, partition, records[-1].offset + 1))

    def seal(self, *keys: SigningKey) -> None:
        Sealer(self.connection, self.topics.events, keys or [self.key]).seal(1_000)

    def change(self, statement: str, *values: object) -> None:
        """Do what nobody may do."""
        self.connection.execute(statement, values)

    async def keep(self, **settings: int) -> None:
        """Let Kafka keep no more of the topic than that; its other settings stay, and every broker knows it."""
        wanted = {f"retention.{name}": str(value) for name, value in settings.items()}
        topic = ConfigResource(ConfigResourceType.TOPIC, self.topics.events)
        admin = AIOKafkaAdminClient(**self.kafka.client_options())
        await admin.start()
        try:
            given = {name: value for name, (value, source) in (await _settings(admin, topic)).items() if source == OWN}
            others = {name: value for name, value in given.items() if not name.startswith("retention.")}
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, others | wanted)])
            async with asyncio.timeout(PATIENCE_S):
                while not await _has(admin, topic, wanted):  # noqa: ASYNC110  # Kafka tells it when it knows it
                    await asyncio.sleep(0.05)
        finally:
            await admin.close()

    async def remove_before(self, partition: int, offset: int) -> None:
        """Remove the beginning of a partition from Kafka's log, as its retention does."""
        admin = AIOKafkaAdminClient(**self.kafka.client_options())
        await admin.start()
        try:
            place = TopicPartition(self.topics.events, partition)
            await admin.delete_records({place: RecordsToDelete(before_offset=offset)})
        finally:
            await admin.close()

    def watch(self, **changed: Any) -> Watch:
        usual: dict[str, Any] = {
            "database": self.database,
            "kafka": self.kafka,
            "topics": self.topics,
            "folder": self.folder,
            "keys": lambda: [self.key.verifier],
        }
        return Watch(**{**usual, **changed})

    async def look(self, **changed: Any) -> Look:
        """Look as the running monitor does; with changed settings, as one that was started again."""
        if self._watching is None or changed:
            self._watching = Watching(self.watch(**changed), self.metrics)
        return await self._watching.look()

    def start_monitor_again(self) -> None:
        self._watching = None

    async def reported(self) -> list[Envelope]:
        """Return the facts about health in the topic for them."""
        place = TopicPartition(self.topics.ops, 0)
        consumer = AIOKafkaConsumer(**self.kafka.client_options(), auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            found: list[Envelope] = []
            while await consumer.position(place) < end:
                batch = await consumer.getmany(place, timeout_ms=500)
                found += [decode(each.value) for each in batch.get(place, [])]
            return found
        finally:
            await consumer.stop()


async def _settings(admin: AIOKafkaAdminClient, topic: ConfigResource) -> dict[str, tuple[str, int]]:
    (answer,) = await admin.describe_configs([topic])
    ((_, _, _, _, entries),) = answer.resources
    return {name: (value, source) for name, value, _, source, *_ in entries}


async def _has(admin: AIOKafkaAdminClient, topic: ConfigResource, wanted: dict[str, str]) -> bool:
    there = await _settings(admin, topic)
    return all(there[name][0] == value for name, value in wanted.items())
