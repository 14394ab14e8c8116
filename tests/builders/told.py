"""What a topic of the test's Kafka holds."""

import asyncio

from aiokafka import TopicPartition

from event_store.connection import KafkaConnection
from event_store.consumers import close, new_reader
from event_store.envelope import Envelope
from event_store.partitions import partition_of
from event_store.serialization import decode


async def told(kafka: str, topic: str, store: str = "acme/ginza-3") -> list[Envelope]:
    """Return what the partition of a store holds, in its order."""
    place = TopicPartition(topic, partition_of(store))
    consumer = new_reader(KafkaConnection(bootstrap=kafka))
    await consumer.start()
    try:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        return [decode((await consumer.getone(place)).value) for _ in range(end)]
    finally:
        await close(consumer)


def told_blocking(kafka: str, topic: str) -> list[Envelope]:
    """Do the same where nothing else is waited for."""
    return asyncio.run(told(kafka, topic))
