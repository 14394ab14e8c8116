"""Asking Kafka where a partition's log begins and how it goes on."""

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from event_store.connection import KafkaConnection


class Continuation(msgspec.Struct, frozen=True):
    """How a log goes on from an offset."""

    log_start: int
    """The first offset that the log still has."""
    following: int | None
    """The first record's offset from there on, null where there is none yet."""


async def continuation(connection: KafkaConnection, topic: str, partition: int, offset: int) -> Continuation:
    """Return how a partition goes on from an offset, read with a consumer of its own."""
    place = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(**connection.client_options(), enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([place])
        log_start = (await consumer.beginning_offsets([place]))[place]
        consumer.seek(place, max(offset, log_start))
        records = await consumer.getmany(place, timeout_ms=1000, max_records=1)
        following = next((record.offset for record in records.get(place, ())), None)
        return Continuation(log_start, following)
    finally:
        await consumer.stop()
