"""Where Kafka's log ends, to tell how far behind the read models are."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close

log = structlog.get_logger(__name__)

FRESH_FOR_S = 0.5
PATIENCE_S = 1.0
RETRY_AFTER_S = 5.0


class Ends(msgspec.Struct, frozen=True):
    """The end of each partition's log at a moment."""

    offsets: Mapping[int, int]
    at: datetime


class LogEnds:
    """Asks Kafka for the log's ends, at most twice a second; knows nothing while Kafka does not answer."""

    def __init__(self, kafka: KafkaConnection | None, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._consumer: AIOKafkaConsumer | None = None
        self._ends: Ends | None = None
        self._until = float("-inf")
        self._turn = asyncio.Lock()

    async def find(self) -> Ends | None:
        """Return the log's ends as of about now; None without Kafka."""
        async with self._turn:
            if self._kafka is not None and monotonic() > self._until:
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        self._ends = await self._ask(self._kafka)
                    self._until = monotonic() + FRESH_FOR_S
                except (KafkaError, TimeoutError, OSError) as problem:
                    log.warning("the log's end is unknown", problem=str(problem) or type(problem).__name__)
                    self._ends = None
                    self._until = monotonic() + RETRY_AFTER_S
                    await self._drop()
            return self._ends

    async def close(self) -> None:
        """Leave Kafka."""
        async with self._turn:
            await self._drop()

    async def _ask(self, kafka: KafkaConnection) -> Ends:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(self._topic, **kafka.client_options())
            await self._consumer.start()
        places = [TopicPartition(self._topic, each) for each in self._consumer.partitions_for_topic(self._topic) or ()]
        ends = await self._consumer.end_offsets(places)
        return Ends({place.partition: end for place, end in ends.items()}, datetime.now(UTC))

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close(consumer)
