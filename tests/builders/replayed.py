"""Two stores' long days in a database, and what a topic got of them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import structs

from event_store.log import Continuation
from event_store.partitions import partition_of
from event_store.topics import PARTITIONS, Topics
from projections.catalogue import PROJECTIONS
from projections.taking.projector import Plan, Projector
from tests.builders.histories import long_day
from tests.builders.logs import GINZA, Record

OSLO = "acme/oslo-1"


def two_days(topics: Topics) -> list[Record]:
    """Return the records of two stores, which are on different partitions; one has a header of its own."""
    logs = [long_day(GINZA, shoppers=20), long_day(OSLO, shoppers=10, seed=4)]
    assert partition_of(GINZA) != partition_of(OSLO)
    records = [structs.replace(each, topic=topics.events) for log in logs for each in log.records]
    records[3] = structs.replace(records[3], headers=[("content-type", b"text/x"), ("note", b"\xff")])
    return records


def by_time(records: Sequence[Record]) -> list[Record]:
    """Return records in the order of a replay."""
    return sorted(records, key=lambda each: (each.timestamp, each.partition, each.offset))


async def project(database: str, topics: Topics, records: Sequence[Record]) -> None:
    """Take records as the projector does."""

    async def ask_log(_: int, __: int) -> Continuation:
        raise AssertionError("the log of a test has no holes")

    batches: dict[int, list[Record]] = {}
    for record in records:
        batches.setdefault(record.partition, []).append(record)
    plan = Plan(database=database, topic=topics.events, partitions=PARTITIONS, projections=PROJECTIONS)
    projector = Projector(plan, ask_log)
    ends = dict.fromkeys(range(PARTITIONS), 0) | {number: len(batch) for number, batch in batches.items()}
    try:
        await projector.assign(ends)
        for number, batch in batches.items():
            await projector.apply(number, batch, log_end=len(batch))
    finally:
        await projector.close()


async def in_topic(kafka: str, topic: str, partitions: int = PARTITIONS) -> Mapping[int, Sequence[Any]]:
    """Return everything that a topic has now, by partition."""
    places = [TopicPartition(topic, number) for number in range(partitions)]
    async with _consumer(kafka) as consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: dict[int, list[Any]] = {place.partition: [] for place in places}
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found[place.partition] += records
        return found


def count_in_topic(kafka: str, topic: str) -> int:
    """Return how many records a topic has now, none where there is no topic."""

    async def count() -> int:
        async with _consumer(kafka) as consumer:
            if topic not in await consumer.topics():
                return 0
            places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            return sum((await consumer.end_offsets(places)).values())

    return asyncio.run(count())


@asynccontextmanager
async def _consumer(kafka: str) -> Any:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


def positions(records: Sequence[Any]) -> Iterator[str]:
    """Yield where records of a topic came from."""
    for record in records:
        yield dict(record.headers)["shopfloor-position"].decode()
