"""Makes the topics that are missing, and lets those that are there keep records for as long as the settings say."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from event_store.connection import KafkaConnection
from event_store.errors import BrokerRefuses
from event_store.refusals import unreachable
from event_store.topics import TopicSpec
from infra.errors import TopicsRefused
from infra.local.retention import put_right

RETRY_S = 0.2
MOST_REPLICAS = 3


def make_topics(connection: KafkaConnection, topics: Sequence[TopicSpec], *, replicas: int = -1) -> None:
    """Do the same as `create_topics`, in a thread of its own, whether or not an event loop runs in this one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, create_topics(connection, topics, replicas=replicas)).result()


async def create_topics(
    connection: KafkaConnection, topics: Sequence[TopicSpec], *, replicas: int = -1, patience_s: float = 30.0
) -> None:
    """Create the topics that are missing; `replicas` -1 makes three copies, or one on each broker of fewer.

    Raises `BrokerUnreachable` or `TopicsRefused`.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            await _create(connection, topics, replicas)
        except KafkaError as problem:
            met = await unreachable(connection, problem)
            if isinstance(met, BrokerRefuses) or time.monotonic() > deadline:
                raise met from problem
            await asyncio.sleep(RETRY_S)
        else:
            return


async def _create(connection: KafkaConnection, topics: Sequence[TopicSpec], replicas: int) -> None:
    admin = AIOKafkaAdminClient(**connection.client_options())
    await admin.start()
    try:
        copies = replicas if replicas > 0 else min(MOST_REPLICAS, len((await admin.describe_cluster())["brokers"]))
        wanted = [NewTopic(each.name, each.partitions, copies, topic_configs=each.config) for each in topics]
        response = await admin.create_topics(wanted)
        there = {name for name, code, *_ in response.topic_errors if for_code(code) is TopicAlreadyExistsError}
        await put_right(admin, [each for each in topics if each.name in there])
    finally:
        await admin.close()
    for name, code, *why in response.topic_errors:
        error = for_code(code)
        if code == 0 or error is TopicAlreadyExistsError:
            continue
        if error.retriable:
            raise error
        raise TopicsRefused(name, f"{error.__name__} {' '.join(filter(None, why))}".strip())
