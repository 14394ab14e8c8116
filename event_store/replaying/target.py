"""A topic that history is played into: exact bytes, same partition, and in each record where it came from."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close, new_reader
from event_store.errors import BrokerUnreachable
from event_store.replay import Entry
from event_store.replaying.errors import OtherPartitions, RecordRefused, ReplayTopicMissing

POSITION = "shopfloor-position"
"""Header: `topic/partition/offset` of the record that was played again."""
RUN = "shopfloor-replay"
"""Header: the run that played it."""
ATTEMPTS, PAUSE_S = 4, 0.25
SETTLED_S = 0.5
"""What a process wrote that was killed just now is in the log after so long."""


class Target:
    """Appends records of one run to a topic. An asynchronous context manager."""

    def __init__(self, connection: KafkaConnection, topic: str, run: str) -> None:
        self._connection = connection
        self._topic = topic
        self._run = run.encode()
        self._producer = AIOKafkaProducer(
            **connection.client_options(), acks="all", enable_idempotence=True, linger_ms=5
        )
        self._waiting: list[tuple[Entry, asyncio.Future[Any]]] = []

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except KafkaError as problem:
            await self._producer.stop()
            raise BrokerUnreachable(self._connection.bootstrap, str(problem)) from problem
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def demand_partitions(self, needed: int) -> None:
        """Raise `ReplayTopicMissing` or `OtherPartitions` unless the topic has the record's partitions."""
        found = await self.partitions()
        if not found:
            raise ReplayTopicMissing(self._topic)
        if found != needed:
            raise OtherPartitions(self._topic, found, needed)

    async def partitions(self) -> int:
        """Return how many partitions the topic has, none where it is missing."""
        for _ in range(ATTEMPTS):
            cluster = await self._producer.client.fetch_all_metadata()
            if partitions := cluster.partitions_for_topic(self._topic) if self._topic in cluster.topics() else None:
                return len(partitions)
            await asyncio.sleep(PAUSE_S)
        return 0

    async def append(self, entry: Entry) -> None:
        """Send a record; it is safe after `flush`."""
        headers = [
            *entry.headers,
            (POSITION, f"{entry.topic}/{entry.partition}/{entry.offset}".encode()),
            (RUN, self._run),
        ]
        try:
            sent = await self._producer.send(
                self._topic,
                entry.value,
                key=entry.key,
                partition=entry.partition,
                timestamp_ms=entry.timestamp,
                headers=headers,
            )
        except KafkaError as problem:
            raise self._refused(entry, problem) from problem
        self._waiting.append((entry, sent))

    async def flush(self) -> dict[int, int]:
        """Return, when all that was sent is safe, the topic's next offset for each partition that got something."""
        following: dict[int, int] = {}
        for entry, sent in self._waiting:
            try:
                taken = await sent
            except KafkaError as problem:
                raise self._refused(entry, problem) from problem
            following[taken.partition] = taken.offset + 1
        self._waiting.clear()
        return following

    def _refused(self, entry: Entry, problem: KafkaError) -> RecordRefused:
        return RecordRefused(f"{entry.topic}/{entry.partition}/{entry.offset}", str(problem) or type(problem).__name__)

    async def ends(self, partitions: int) -> dict[int, int]:
        """Return where each partition of the topic ends."""
        async with _consumer(self._connection) as consumer:
            return {each.partition: end for each, end in (await _ends(consumer, self._topic, partitions)).items()}

    async def find_played(self, since: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int], int]:
        """Look through the topic from some offsets on for records of this run.

        Return by partition the offset behind the last one that was played, how far was looked, and how many there are.
        """
        played: dict[int, int] = {}
        count = 0
        async with _consumer(self._connection) as consumer:
            ends = await _settled(consumer, self._topic, len(since))
            places = [each for each, end in ends.items() if since[each.partition] < end]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, since[place.partition])
            while places:
                for records in (await consumer.getmany(*places, timeout_ms=500)).values():
                    for record in records:
                        headers = dict(record.headers)
                        if headers.get(RUN) == self._run:
                            count += 1
                            played[record.partition] = int(headers[POSITION].decode().rpartition("/")[2]) + 1
                places = [place for place in places if await consumer.position(place) < ends[place]]
        return played, {place.partition: end for place, end in ends.items()}, count


@asynccontextmanager
async def _consumer(connection: KafkaConnection) -> AsyncIterator[AIOKafkaConsumer]:
    """Yield a consumer without a group."""
    consumer = new_reader(connection)
    await consumer.start()
    try:
        yield consumer
    finally:
        await close(consumer)


async def _ends(consumer: AIOKafkaConsumer, topic: str, partitions: int) -> dict[TopicPartition, int]:
    places = [TopicPartition(topic, number) for number in range(partitions)]
    return dict(await consumer.end_offsets(places))


async def _settled(consumer: AIOKafkaConsumer, topic: str, partitions: int) -> dict[TopicPartition, int]:
    ends = await _ends(consumer, topic, partitions)
    while True:
        await asyncio.sleep(SETTLED_S)
        later = await _ends(consumer, topic, partitions)
        if later == ends:
            return ends
        ends = later
