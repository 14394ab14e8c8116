"""Whoever writes facts refuses a topic that would lose them, and goes on once it is put right."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr

from event_store.connection import KafkaConnection
from event_store.errors import UnfitTopic
from event_store.topics import EVENTS, OPS, SAMPLES, TOPICS, Topics, spec_of
from event_store.writer import EventWriter
from graphql_api.app import Publisher
from graphql_api.errors import Unavailable
from infra.deciding import asking, write
from infra.privacy.desk import open_writer
from infra.settings import Settings
from projections.feeding import relay
from projections.scope import StoreKey
from tests.builders.changed_topics import change
from tests.builders.facts import came, crossed
from tests.builders.feeding import Feeding
from tests.builders.records import envelope
from tests.builders.tallies import ask

pytestmark = pytest.mark.kafka

PRODUCERS = {"event_store/writer.py", "event_store/replaying/target.py", "vision_workers/kafka_sink.py"}
"""Who writes to Kafka: the record's own writer, the sink, and a replay, whose topic is no record."""
DERIVED = "SELECT count(*) FROM record.ledger WHERE convert_from(value, 'UTF8') LIKE '%shopfloor.GapDetected%'"


async def ends_of(kafka: str, topic: str) -> int:
    """Return how many records a topic has."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(12)]
        return sum((await consumer.end_offsets(places)).values())
    finally:
        await consumer.stop()


def settings(kafka: str, topics: Topics, database: str = "postgresql://") -> Settings:
    return Settings(kafka=kafka, topic_prefix=topics.prefix, database=SecretStr(database))


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [("cleanup.policy", "compact", "delete"), ("message.timestamp.type", "CreateTime", "LogAppendTime")],
)
async def test_a_writer_sends_nothing_until_the_topic_keeps_it(
    kafka: str, topics: Topics, name: str, value: str, right: str
) -> None:
    await change(kafka, topics.events, name, value)
    async with EventWriter(KafkaConnection(bootstrap=kafka), topics.events) as writer:
        with pytest.raises(UnfitTopic, match=f"{topics.events} has {name} {value}.* run `shopfloor migrate`"):
            await writer.write(envelope(came("ann"), 1))
        assert await ends_of(kafka, topics.events) == 0

        await change(kafka, topics.events, name, right)
        await writer.write(envelope(came("ann"), 1))

    assert await ends_of(kafka, topics.events) == 1


async def test_the_api_says_that_nothing_can_be_written_and_writes_once_it_can(kafka: str, topics: Topics) -> None:
    await change(kafka, topics.events, "cleanup.policy", "compact")
    async with AsyncExitStack() as until_end:
        publisher = Publisher(KafkaConnection(bootstrap=kafka), topics.events, until_end)
        with pytest.raises(Unavailable):
            await publisher.write("acme/ginza-3", b"{}")

        await change(kafka, topics.events, "cleanup.policy", "delete")
        await publisher.write("acme/ginza-3", b"{}")

    assert await ends_of(kafka, topics.events) == 1


@pytest.mark.postgres
async def test_a_decision_and_a_consent_are_refused_before_anything_is_done(
    kafka: str, topics: Topics, database: str
) -> None:
    await change(kafka, topics.events, "cleanup.policy", "compact")
    where = settings(kafka, topics, database)
    decision = StoreKey("acme", "ginza-3"), came("ann")

    async with asking(database) as connection:
        with pytest.raises(UnfitTopic):
            await write(where, connection, [decision], "ann", 0.0)
    with pytest.raises(UnfitTopic):
        async with open_writer(where):
            pass

    assert await ends_of(kafka, topics.events) == 0


@pytest.mark.postgres
async def test_a_projector_reads_a_topic_that_loses_facts_and_keeps_what_it_derives_until_that_is_safe(
    kafka: str, topics: Topics, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LOOK_AGAIN_S", 0.1)
    feeding = Feeding(kafka, topics, database)
    before = feeding.facts(crossed("gate"), store="acme/shop-0")
    feeding.lose("acme/shop-0")
    await feeding.write([*before, *feeding.facts(crossed("gate"), store="acme/shop-0")])
    await change(kafka, topics.events, "message.timestamp.type", "CreateTime")

    async with feeding.projecting() as task:
        await feeding.until_taken(2, task)
        await feeding.until(lambda: ask(database, "SELECT count(*) FROM record.outbox") == [1], task)
        assert ask(database, DERIVED) == [0]
        await change(kafka, topics.events, "message.timestamp.type", "LogAppendTime")
        await feeding.until(lambda: ask(database, DERIVED) == [1], task)


@pytest.mark.parametrize("topic", [EVENTS, SAMPLES, OPS])
def test_what_a_topic_must_be_is_known_by_its_name_whatever_its_prefix(topic: str) -> None:
    (spec,) = [each for each in TOPICS if each.name == topic]

    assert spec_of(topic) == spec
    assert spec_of(f"branch-7.{topic}").config == spec.config
    assert spec_of("somebody's").config == TOPICS[0].config


def test_nobody_else_writes_to_kafka() -> None:
    root = Path(__file__).parents[2]
    packages = ("event_store", "graphql_api", "infra", "migrations", "projections", "vision_workers")
    sources = [path for each in packages for path in (root / each).rglob("*.py")]

    assert {str(path.relative_to(root)) for path in sources if "AIOKafkaProducer(" in path.read_text()} == PRODUCERS
