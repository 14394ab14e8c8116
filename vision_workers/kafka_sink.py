"""Kafka as the sink: acknowledged by all replicas, idempotent, in order."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.errors import UnfitTopic
from event_store.refusals import unreachable
from event_store.serialization import CONTENT_TYPE
from event_store.topic_settings import demand_fit
from event_store.topics import Topics
from vision_workers.sink import SinkDown
from vision_workers.spool.waiting import Channel, Waiting

CLOUD_EVENT = [("content-type", CONTENT_TYPE.encode())]
JSON = [("content-type", b"application/json")]
GIVE_UP_MS = 15_000
"""A batch without an answer for so long is sent again by a new producer; its facts keep their ids."""
CLOSE_S = 3.0


class KafkaSink:
    """Sends records to the topics of their channels; the store is the key."""

    def __init__(self, connection: KafkaConnection, topics: Topics) -> None:
        self._connection, self._specs = connection, topics.specs()
        self._topics: dict[Channel, str] = {"events": topics.events, "samples": topics.samples, "ops": topics.ops}
        self._producer: AIOKafkaProducer | None = None
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it logs each attempt; the drain says it once

    async def send(self, records: Sequence[Waiting]) -> None:
        """Return once every record is acknowledged by all replicas."""
        try:
            producer = await self._started()
            sent = [await self._begin(producer, waiting) for waiting in records]
            await asyncio.gather(*sent)
        except UnfitTopic as problem:
            raise SinkDown(str(problem)) from problem
        except (KafkaError, OSError, TimeoutError) as problem:
            await self.close()
            raise SinkDown(str(await unreachable(self._connection, problem))) from problem

    async def close(self) -> None:
        """Stop the producer; what was not acknowledged is sent again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), CLOSE_S)

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            await demand_fit(self._connection, self._specs)
            producer = AIOKafkaProducer(
                **self._connection.client_options(),
                acks="all",
                enable_idempotence=True,
                max_batch_size=262_144,
                request_timeout_ms=GIVE_UP_MS,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _begin(self, producer: AIOKafkaProducer, waiting: Waiting) -> "asyncio.Future[object]":
        headers = JSON if waiting.channel == "samples" else CLOUD_EVENT
        topic = self._topics[waiting.channel]
        sent: asyncio.Future[object] = await producer.send(
            topic, waiting.record, key=waiting.key.encode(), headers=headers
        )
        return sent
