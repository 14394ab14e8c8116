"""Asking Kafka where a partition's log begins and how it goes on."""

from collections.abc import Mapping
from time import monotonic

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close, new_reader
from event_store.refusals import unreachable

POLL_MS = 200
FETCH_PATIENCE_S = 15.0
"""A record that Kafka says it has, and does not send for so long, is no reason to believe that it is not there."""


class Continuation(msgspec.Struct, frozen=True):
    """How a log goes on from an offset."""

    log_start: int
    """The first offset that the log still has."""
    following: int | None
    """The first record's offset from there on, null where there is none yet."""


async def continuation(connection: KafkaConnection, topic: str, partition: int, offset: int) -> Continuation:
    """Return how a partition goes on from an offset, read with a consumer of its own; raises `BrokerUnreachable`."""
    consumer = new_reader(connection)
    try:
        await consumer.start()
        return await _continuation(consumer, TopicPartition(topic, partition), offset)
    except (KafkaError, OSError) as problem:
        raise await unreachable(connection, problem) from problem
    finally:
        await close(consumer)


async def unread_ends(
    consumer: AIOKafkaConsumer, topic: str, taken: Mapping[int, int], ends: Mapping[int, int]
) -> dict[int, int]:
    """Return where partitions end, which is where they were taken up to when only marks of transactions are behind."""
    found = dict(ends)
    for number, following in taken.items():
        if ends.get(number, 0) > following:
            continuation = await _continuation(consumer, TopicPartition(topic, number), following)
            found[number] = following if continuation.following is None else ends[number]
    return found


async def _continuation(consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> Continuation:
    consumer.assign([place])
    log_start = (await consumer.beginning_offsets([place]))[place]
    log_end = (await consumer.end_offsets([place]))[place]
    begin = max(offset, log_start)
    if begin >= log_end:
        return Continuation(log_start, following=None)
    consumer.seek(place, begin)
    deadline = monotonic() + FETCH_PATIENCE_S
    while await consumer.position(place) < log_end:  # at its end there may be marks of transactions, and no record
        records = await consumer.getmany(place, timeout_ms=POLL_MS, max_records=1)
        if place in records:
            return Continuation(log_start, records[place][0].offset)
        if monotonic() > deadline:
            raise TimeoutError(f"{place.topic} partition {place.partition} sends nothing from offset {begin} on")
    return Continuation(log_start, following=None)
