"""How far the read models are behind the record."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec
import psycopg
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close, new_reader
from event_store.database import outages_told
from event_store.log import unread_ends
from event_store.refusals import unreachable
from event_store.topic_settings import demand_fit
from event_store.topics import TopicSpec

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


async def find_unfit(connection: KafkaConnection, specs: Sequence[TopicSpec]) -> None:
    """Raise `UnfitTopic` for a topic in which facts would be lost, and `BrokerUnreachable`."""
    async with _answering(connection):
        await demand_fit(connection, specs)


async def find_ends(
    connection: KafkaConnection, topic: str, partitions: Sequence[int], taken: Mapping[int, int]
) -> dict[int, int]:
    """Return the log's end by partition, nothing for a topic that is not there; raises `BrokerUnreachable`.

    Where nothing but marks of transactions is behind what was taken, that is the end.
    """
    async with _answering(connection):
        consumer = new_reader(connection)
        try:
            await consumer.start()
            ends = await consumer.end_offsets([TopicPartition(topic, number) for number in partitions])
            found = {place.partition: end for place, end in ends.items()}
            return await unread_ends(consumer, topic, taken, found)
        finally:
            await asyncio.sleep(0)  # a coordinator that is stopped before its task began raises CancelledError
            await close(consumer)


@asynccontextmanager
async def _answering(connection: KafkaConnection) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    except (KafkaError, TimeoutError, OSError) as problem:
        raise await unreachable(connection, problem) from problem


async def find_lag(connection: KafkaConnection, topic: str, database: str) -> Lag:
    """Compare the log's ends with the checkpoints; raises `BrokerUnreachable` or `DatabaseUnreachable`."""
    partitions = (await find_partitions(connection, topic))[topic]
    with outages_told():
        async with await psycopg.AsyncConnection.connect(database, connect_timeout=5) as session:
            rows = await (await session.execute(CHECKPOINTS, [topic])).fetchall()
    taken = {partition: following for partition, following, _ in rows}
    ends = await find_ends(connection, topic, partitions, taken)
    return Lag(
        records=sum(max(0, end - taken.get(partition, 0)) for partition, end in ends.items()),
        written=sum(ends.values()),
        stopped={partition: why for partition, _, why in rows if why},
    )
