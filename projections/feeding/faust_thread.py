"""The thread in which Faust's Kafka client lives: that Kafka is away is no crash there, and ends."""

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as aiokafka_driver
from faust.types import TP

from event_store.consumers import ISOLATION, close, committed_end
from event_store.record_batches import read_within_bounds

COMMIT_PATIENCE_S = 1.0


class LedgerThread(aiokafka_driver.AIOKafkaConsumerThread):
    """Faust's thread around the Kafka client; what that meets while it starts is kept, and is no crash."""

    absence: BaseException | None = None

    async def on_start(self) -> None:
        """Connect to Kafka, unless told to stop before."""
        try:
            await self.wait(super().on_start())
        except (KafkaError, OSError) as problem:
            self.absence = problem
            await self.wait_until_stopped()

    def _create_worker_consumer(self, transport: aiokafka_driver.Transport) -> AIOKafkaConsumer:
        """Read what was committed, and within bounds of memory."""
        read_within_bounds()
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = ISOLATION  # noqa: SLF001  # Faust has it for its own transactions only
        return consumer

    async def pause(self, places: Iterable[TP]) -> None:
        """Read partitions no further, those of them that are assigned."""
        consumer = self._ensure_consumer()
        stopped = set(places)
        consumer.pause(*(place for place in consumer.assignment() if place in stopped))  # the client's own kind

    async def resume(self, starts: Mapping[TP, int]) -> None:
        """Read paused partitions again, each from there."""
        consumer = self._ensure_consumer()
        for place in [each for each in consumer.assignment() if each in starts]:
            consumer.resume(place)
            consumer.seek(place, starts[place])

    def committed_end(self, place: TP, following: int) -> int:
        """Return what `event_store.consumers.committed_end` says of this thread's client."""
        return committed_end(self._ensure_consumer(), place, following)

    async def on_thread_stop(self) -> None:
        """End the client as well."""
        await super(aiokafka_driver.AIOKafkaConsumerThread, self).on_thread_stop()
        if self._consumer is not None:
            await close(self._consumer)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit for the lag display; nothing depends on it, where Faust would crash, or wait for Kafka for ever."""
        try:
            async with asyncio.timeout(COMMIT_PATIENCE_S):
                consumer = self._ensure_consumer()
                await consumer.commit({place: offsets[place] for place in consumer.assignment() if place in offsets})
        except (KafkaError, TimeoutError):
            return False
        return True
