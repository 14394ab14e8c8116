"""Writing facts to the record: acknowledged by all replicas, once, in order."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.envelope import Envelope, Position
from event_store.errors import TopicMissing
from event_store.refusals import unreachable
from event_store.serialization import HEADERS, encode
from event_store.topic_settings import demand_fit
from event_store.topics import spec_of

METADATA_TRIES = 4
METADATA_PAUSE_S = 0.5


class EventWriter:
    """Appends facts to a topic; the same fact sent again is harmless, because its id is the same.

    The store is the key, Kafka's default partitioner (murmur2) chooses the partition. An asynchronous context
    manager; `write` returns only when the record is safe.
    """

    def __init__(self, connection: KafkaConnection, topic: str) -> None:
        self._connection = connection
        self._topic = topic
        self._is_fit = False
        self._producer = AIOKafkaProducer(
            **connection.client_options(), acks="all", enable_idempotence=True, linger_ms=0, max_batch_size=1_000_000
        )

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except BaseException as problem:
            await self._producer.stop()
            if isinstance(problem, KafkaError):
                raise await unreachable(self._connection, problem) from problem
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def partitions(self) -> int:
        """Return how many partitions the topic has; raises `TopicMissing` where Kafka says that it has none."""
        client = self._producer.client
        client.add_topic(self._topic)
        for _ in range(METADATA_TRIES):
            has_answered = await client.force_metadata_update()
            if partitions := client.cluster.partitions_for_topic(self._topic):
                return len(partitions)
            await asyncio.sleep(METADATA_PAUSE_S)
        if not has_answered:
            raise await unreachable(self._connection, TimeoutError())
        raise TopicMissing(self._topic)

    async def demand_fit(self) -> None:
        """Raise `UnfitTopic` for a topic that would lose what is written to it; one that was fit is asked no more."""
        if self._is_fit:
            return
        try:
            await demand_fit(self._connection, [spec_of(self._topic)])
        except (KafkaError, OSError, TimeoutError) as problem:
            raise await unreachable(self._connection, problem) from problem
        self._is_fit = True

    async def write(self, envelope: Envelope) -> Position:
        """Append one fact; return where the record holds it."""
        (position,) = await self.write_bytes([(envelope.key, encode(envelope))])
        return position

    async def write_bytes(self, records: Sequence[tuple[str, bytes]]) -> list[Position]:
        """Append records that are encoded already, as (key, bytes), in order; return their positions.

        Raises `BrokerUnreachable`, and `UnfitTopic` before anything is sent.
        """
        await self.demand_fit()
        try:
            waiting = [await self._send(key, value) for key, value in records]
            taken = [await each for each in waiting]
        except KafkaError as problem:
            raise await unreachable(self._connection, problem) from problem
        return [Position(topic=each.topic, partition=each.partition, offset=each.offset) for each in taken]

    async def _send(self, key: str, value: bytes) -> Any:
        return await self._producer.send(self._topic, value, key=key.encode(), headers=HEADERS)
