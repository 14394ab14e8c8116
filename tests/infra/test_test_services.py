"""The services that every test run shares."""

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from event_store.connection import KafkaConnection
from event_store.topics import Topics


def test_a_test_gets_an_empty_migrated_database(database: str) -> None:
    with psycopg.connect(database) as connection:
        (tables,) = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'record'").fetchone() or (0,)

    assert tables > 0


async def test_a_test_gets_topics_of_its_own_that_keep_what_is_written(kafka: str, topics: Topics) -> None:
    options = KafkaConnection(bootstrap=kafka).client_options()
    async with AIOKafkaProducer(**options, enable_idempotence=True) as producer:
        written = await producer.send_and_wait(topics.events, b"a fact", key=b"acme/ginza-3")

    async with AIOKafkaConsumer(topics.events, **options, auto_offset_reset="earliest") as consumer:
        read = await consumer.getone()
        assert (read.partition, read.value) == (written.partition, b"a fact")
        assert len(consumer.partitions_for_topic(topics.events) or ()) == 12
