"""Beginning and ending a Kafka consumer."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from event_store.connection import KafkaConnection
from event_store.record_batches import read_within_bounds

ISOLATION = "read_committed"
"""What a transaction wrote that was given up is no part of the record, for nobody."""


def new_consumer(connection: KafkaConnection, *topics: str, **options: Any) -> AIOKafkaConsumer:
    """Return a consumer that is not started: it reads what was committed, and within bounds of memory."""
    read_within_bounds()
    return AIOKafkaConsumer(*topics, **(connection.client_options() | {"isolation_level": ISOLATION} | options))


def new_reader(connection: KafkaConnection, *topics: str) -> AIOKafkaConsumer:
    """Return one without a group, for whoever says where to read."""
    return new_consumer(connection, *topics, enable_auto_commit=False, auto_offset_reset="earliest")


def committed_end(consumer: AIOKafkaConsumer, place: TopicPartition, following: int) -> int:
    """Return the end of a partition's committed records, of which the last one fetched is before `following`.

    That is where it goes on when nothing but marks of transactions is left behind it.
    """
    end: int = consumer.last_stable_offset(place) or following
    state = consumer._subscription.subscription.assignment.state_value(place)  # noqa: SLF001  # asked from any thread
    return following if state is not None and state.has_valid_position and state.position >= end else end


async def close(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, also while Kafka is away.

    Its library then cuts off the fetches that it tries again, hands their cancellation on to whoever stops it, and
    leaves everything else as it is.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait([stopping])
    if stopping.cancelled():
        fetches = list(consumer._fetcher._pending_tasks)  # noqa: SLF001  # it has no other way
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)
        await consumer._client.close()  # noqa: SLF001  # the same
    else:
        stopping.result()
