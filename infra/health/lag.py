"""How far the read models are behind the record."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close
from event_store.errors import DatabaseUnreachable
from event_store.refusals import unreachable

PATIENCE_S = 10.0
CHECKPOINTS = "SELECT partition, next_offset, stopped FROM record.checkpoints WHERE name = 'live' AND topic = %s"


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """Records that the log has and the read models have not, and why a partition is refused."""

    records: int
    written: int
    """Records that the log has had in all."""
    stopped: Mapping[int, str]
    """Why a partition is not taken any further, by partition."""


async def find_partitions(connection: KafkaConnection, *topics: str) -> dict[str, list[int]]:
    """Return the partitions of each topic, none for one that is not there; raises `BrokerUnreachable`."""
    async with _answering(connection):
        admin = AIOKafkaAdminClient(**connection.client_options())
        try:
            await admin.start()
            described = await admin.describe_topics(list(topics))
        finally:
            await admin.close()
    return {each["topic"]: [partition["partition"] for partition in each["partitions"]] for each in described}


async def find_ends(connection: KafkaConnection, topic: str) -> dict[int, int]:
    """Return the log's end by partition, nothing for a topic that is not there; raises `BrokerUnreachable`."""
    partitions = (await find_partitions(connection, topic))[topic]
    async with _answering(connection):
        consumer = AIOKafkaConsumer(**connection.client_options())
        try:
            await consumer.start()
            ends = await consumer.end_offsets([TopicPartition(topic, number) for number in partitions])
        finally:
            await asyncio.sleep(0)  # a coordinator that is stopped before its task began raises CancelledError
            await close(consumer)
    return {place.partition: end for place, end in ends.items()}


@asynccontextmanager
async def _answering(connection: KafkaConnection) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    except (KafkaError, TimeoutError, OSError) as problem:
        raise await unreachable(connection, problem) from problem


async def find_lag(connection: KafkaConnection, topic: str, database: str) -> Lag:
    """Compare the log's ends with the checkpoints; raises `BrokerUnreachable` or `DatabaseUnreachable`."""
    ends = await find_ends(connection, topic)
    try:
        async with await psycopg.AsyncConnection.connect(database, connect_timeout=5) as session:
            rows = await (await session.execute(CHECKPOINTS, [topic])).fetchall()
    except psycopg.Error as problem:
        raise DatabaseUnreachable(str(problem)) from problem
    taken = {partition: following for partition, following, _ in rows}
    return Lag(
        records=sum(max(0, end - taken.get(partition, 0)) for partition, end in ends.items()),
        written=sum(ends.values()),
        stopped={partition: why for partition, _, why in rows if why},
    )
