"""Where Kafka's log ends, to tell how far behind the read models are."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close, new_consumer
from event_store.errors import Unreachable
from event_store.log import continuation

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
        self.seen_at: datetime | None = None
        """When Kafka last said where its log ends."""
        self._until = float("-inf")
        self._turn = asyncio.Lock()
        self._waited: dict[int, tuple[int, int]] = {}
        """What was taken of partitions and where they ended, at the last look; of those that seemed to wait."""
        self._settled: dict[tuple[int, int, int], int] = {}
        self._looking: asyncio.Task[None] | None = None

    async def find(self, taken: Mapping[int, int]) -> Ends | None:
        """Return the log's ends as of about now, for who has taken so far; None without Kafka.

        Where nothing but marks of transactions is behind what was taken, that is the end.
        """
        async with self._turn:
            if self._kafka is not None and monotonic() > self._until:
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        self._ends = await self._ask(self._kafka, taken)
                    self.seen_at = self._ends.at
                    self._until = monotonic() + FRESH_FOR_S
                except (KafkaError, TimeoutError, OSError) as problem:
                    log.warning("the log's end is unknown", problem=str(problem) or type(problem).__name__)
                    self._ends = None
                    self._until = monotonic() + RETRY_AFTER_S
                    await self._drop()
            return self._ends

    async def find_at_rest(self, taken: Callable[[], Mapping[int, int]]) -> Ends | None:
        """Return the same for who can wait a second: what only seems to wait is looked up before it is told."""
        found = await self.find(taken())
        if found is None or not any(found.offsets.get(number, at) > at for number, at in taken().items()):
            return found
        await asyncio.sleep(1.1 * FRESH_FOR_S)
        found = await self.find(taken())
        if self._looking is None:
            return found
        await asyncio.wait([self._looking])
        self._until = float("-inf")
        return await self.find(taken())

    @property
    def is_silent(self) -> bool:
        """Whether Kafka was asked and did not say where its log ends."""
        return self._kafka is not None and self._until > float("-inf") and self._ends is None

    async def close(self) -> None:
        """Leave Kafka."""
        async with self._turn:
            if self._looking is not None:
                self._looking.cancel()
                await asyncio.gather(self._looking, return_exceptions=True)
            await self._drop()

    async def _ask(self, kafka: KafkaConnection, taken: Mapping[int, int]) -> Ends:
        if self._consumer is None:
            self._consumer = new_consumer(kafka, self._topic)
            await self._consumer.start()
        places = [TopicPartition(self._topic, each) for each in self._consumer.partitions_for_topic(self._topic) or ()]
        ends = await self._consumer.end_offsets(places)
        found = {place.partition: end for place, end in ends.items()}
        return Ends(found | self._marks(kafka, taken, found), datetime.now(UTC))

    def _marks(self, kafka: KafkaConnection, taken: Mapping[int, int], ends: Mapping[int, int]) -> dict[int, int]:
        """Return the true ends of partitions where nothing moves, though something seems to wait.

        That is looked up once for each state, beside the answers: while facts come, nobody looks.
        """
        waiting = {number: (at, end) for number, at in taken.items() if (end := ends.get(number, at)) > at}
        still = {(number, *each) for number, each in waiting.items() if self._waited.get(number) == each}
        self._waited = waiting
        self._settled = {state: end for state, end in self._settled.items() if state in still}
        if still - self._settled.keys() and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look(kafka, still - self._settled.keys()))
        return {number: end for (number, _, _), end in self._settled.items()}

    async def _look(self, kafka: KafkaConnection, states: set[tuple[int, int, int]]) -> None:
        for number, at, end in states:
            try:
                found = await continuation(kafka, self._topic, number, at)
            except (Unreachable, KafkaError, TimeoutError, OSError):
                return  # whoever asks next has it looked up again
            self._settled[number, at, end] = at if found.following is None else end

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close(consumer)
