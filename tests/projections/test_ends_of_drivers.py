"""What ends a projector, whatever its driver, on real Kafka and PostgreSQL."""

import asyncio
from typing import get_args

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from event_store.errors import TopicMissing
from event_store.topics import Topics
from infra.local.topics import create_topics
from projections.errors import MixedDrivers, RecreatedTopic, TooManyDeadLetters, WorkerCrashed
from projections.feeding.drivers import Driver
from projections.taking.dead_letter_limits import DeadLetterLimits
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding
from tests.builders.logs import Log
from tests.builders.tallies import crossings, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORES = [f"acme/shop-{number}" for number in range(6)]

CRASHES = {
    "faust": "projections.feeding.worker.LedgerConsumer.seek_to_committed",
    "aiokafka": "projections.feeding.aiokafka_driver.AIOKafkaConsumer.getmany",
}


@pytest.fixture(params=get_args(Driver))
def feeding(request: pytest.FixtureRequest, kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database, request.param)


async def test_a_topic_that_was_made_anew_is_refused(feeding: Feeding) -> None:
    await feeding.write(feeding.facts(*crossings("gate", 20), store=STORES[0]))
    async with feeding.projecting() as task:
        await feeding.until_taken(20, task)
    admin = AIOKafkaAdminClient(**feeding.connection.client_options())
    await admin.start()
    await admin.delete_topics([feeding.topic])
    await admin.close()
    await asyncio.sleep(0.5)
    await create_topics(feeding.connection, feeding.topics.specs(), replicas=1)
    await feeding.write(feeding.facts(*crossings("gate", 30), store=STORES[0]))

    with pytest.raises(RecreatedTopic, match="the record at offset 19 differs"):
        async with feeding.projecting() as task:
            await feeding.until_taken(50, task)
    assert tallies(feeding.database) == {"gate": 20}


async def test_a_shorter_topic_is_refused_even_if_nothing_comes(feeding: Feeding) -> None:
    store = STORES[0]
    with psycopg.connect(feeding.database) as connection:
        connection.execute(
            "INSERT INTO record.checkpoints (name, topic, partition, next_offset, last_digest) "
            "VALUES ('live', %s, %s, 7, '\\x00')",
            (feeding.topic, Log(store).partition),
        )

    with pytest.raises(RecreatedTopic, match="it ends at offset 0, and 7 were taken"):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)


async def test_too_many_dead_letters_in_a_row_end_the_projector(feeding: Feeding) -> None:
    await feeding.write([(STORES[0], b"{")] * 5)

    with pytest.raises(TooManyDeadLetters):
        async with feeding.projecting(feeding.job(dead_letter_limits=DeadLetterLimits(in_a_row=3))) as task:
            await feeding.until_taken(5, task)


async def test_a_topic_that_nobody_made_is_an_error(kafka: str, database: str) -> None:
    feeding = Feeding(kafka, Topics(prefix="nobody-made."), database)

    with pytest.raises(TopicMissing, match="run `shopfloor migrate`"):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)


async def test_a_crash_of_the_library_ends_the_projector(feeding: Feeding, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise KafkaError("the coordinator has gone mad")

    monkeypatch.setattr(CRASHES[feeding.driver], fail)

    with pytest.raises(WorkerCrashed, match="the coordinator has gone mad"):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)


@pytest.mark.parametrize(("first", "second"), [get_args(Driver), get_args(Driver)[::-1]])
async def test_drivers_do_not_mix_in_one_group(
    kafka: str, topics: Topics, database: str, first: Driver, second: Driver
) -> None:
    there, newcomer = (Feeding(kafka, topics, database, driver) for driver in (first, second))
    await there.write(there.facts(crossed("gate"), store=STORES[0]))
    async with there.projecting() as task:
        await there.until_taken(1, task)

        with pytest.raises(MixedDrivers, match="SHOPFLOOR_DRIVER"):
            async with newcomer.projecting() as other:
                await newcomer.until(lambda: False, other)


async def test_a_fault_of_ours_ends_the_projector_and_is_not_tried_for_ever(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeding.write(feeding.facts(crossed("gate"), store=STORES[0]))
    monkeypatch.setattr("projections.taking.taking.CHANNEL", 17)

    with pytest.raises(psycopg.errors.UndefinedFunction):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)
