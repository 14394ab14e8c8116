"""What ends a projector, and what stops a partition, whatever the driver, on real Kafka and PostgreSQL."""

import asyncio
from typing import get_args

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import SecretStr

from event_store.envelope import Position
from event_store.errors import TopicMissing
from event_store.topics import Topics
from infra.dead_letters import accept
from infra.errors import NotInLog
from infra.local.topics import create_topics
from infra.settings import Settings
from projections.errors import MixedDrivers, WorkerCrashed
from projections.feeding import feed
from projections.feeding.drivers import Driver
from projections.taking.dead_letter_limits import DeadLetterLimits
from projections.taking.metrics import Metrics
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding
from tests.builders.logs import Log
from tests.builders.tallies import ask, crossings, dispositions, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORES = [f"acme/shop-{number}" for number in range(6)]
OTHER = next(store for store in STORES if Log(store).partition != Log(STORES[0]).partition)
"""One of another partition than the first."""

CRASHES = {
    "faust": "projections.feeding.faust_consumer.LedgerConsumer.seek_to_committed",
    "aiokafka": "projections.feeding.aiokafka_driver.AIOKafkaConsumer.getmany",
}


@pytest.fixture(params=get_args(Driver))
def feeding(request: pytest.FixtureRequest, kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database, request.param)


def stops(feeding: Feeding) -> list[str]:
    """Return why partitions are taken no further."""
    return ask(feeding.database, "SELECT stopped FROM record.checkpoints WHERE stopped IS NOT NULL")


async def test_a_partition_that_was_made_anew_is_refused_and_the_others_go_on(feeding: Feeding) -> None:
    await feeding.write(feeding.facts(*crossings("gate", 20), store=STORES[0]))
    async with feeding.projecting() as task:
        await feeding.until_taken(20, task)
    admin = AIOKafkaAdminClient(**feeding.connection.client_options())
    await admin.start()
    await admin.delete_topics([feeding.topic])
    async with asyncio.timeout(60):
        while feeding.topic in await admin.list_topics():  # noqa: ASYNC110  # Kafka is asked
            await asyncio.sleep(0.05)
    await admin.close()
    await create_topics(feeding.connection, feeding.topics.specs(), replicas=1)
    await feeding.write(feeding.facts(*crossings("gate", 30), store=STORES[0]))

    await feeding.write(feeding.facts(*crossings("gate", 3), store=OTHER))

    async with feeding.projecting() as task:
        await feeding.until(lambda: bool(stops(feeding)), task)
        await feeding.until_taken(23, task)
    assert "the record at offset 19 differs" in stops(feeding)[0]
    assert tallies(feeding.database) == {"gate": 23}


async def test_a_shorter_topic_is_refused_even_if_nothing_comes_and_read_on_when_the_right_one_is_back(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.feeding.feed.TRY_AGAIN_S", 0.2)
    store, metrics = STORES[0], Metrics()
    partition = Log(store).partition
    with psycopg.connect(feeding.database) as connection:
        connection.execute(
            "INSERT INTO record.checkpoints (name, topic, partition, next_offset, last_digest) "
            "VALUES ('live', %s, %s, 7, '\\x00')",
            (feeding.topic, partition),
        )
    await feeding.write(feeding.facts(*crossings("gate", 3), store=OTHER))

    async with feeding.projecting(metrics=metrics) as task:
        await feeding.until_taken(3, task)
        await feeding.until(lambda: bool(stops(feeding)), task)
        assert "it ends at offset 0, and 7 were taken" in stops(feeding)[0]
        told = metrics.registry.get_sample_value("shopfloor_partition_stopped", {"partition": str(partition)})
        assert told == 1
        with psycopg.connect(feeding.database) as connection:
            connection.execute(
                "UPDATE record.checkpoints SET next_offset = 0, last_digest = NULL WHERE partition = %s", [partition]
            )
        await feeding.write(feeding.facts(*crossings("gate", 2), store=store))
        await feeding.until_taken(5, task)

    assert tallies(feeding.database) == {"gate": 5}
    assert stops(feeding) == []
    assert metrics.registry.get_sample_value("shopfloor_partition_stopped", {"partition": str(partition)}) is None


async def test_too_many_dead_letters_in_a_row_stop_their_partition_and_no_other_one(feeding: Feeding) -> None:
    strict = feeding.job(dead_letter_limits=DeadLetterLimits(in_a_row=3))
    await feeding.write([(STORES[0], b"{")] * 5)
    async with feeding.projecting(strict) as task:
        await feeding.until(lambda: bool(stops(feeding)), task)
        await feeding.write(feeding.facts(*crossings("gate", 4), store=OTHER))
        await feeding.until_taken(4, task)
        await feeding.write([(STORES[0], b"{")])
        await feeding.write(feeding.facts(*crossings("gate", 4), store=OTHER))
        await feeding.until_taken(8, task)
    assert "4 records in a row" in stops(feeding)[0]
    assert dispositions(feeding.database) == ["applied"] * 8

    async with feeding.projecting(feeding.job(dead_letter_limits=DeadLetterLimits(in_a_row=10))) as task:
        await feeding.until_taken(14, task)
    assert stops(feeding) == []


async def test_a_partition_goes_on_without_a_restart_once_its_loss_is_accepted_and_as_far_as_that_only(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "TRY_AGAIN_S", 0.1)
    where = Settings(
        kafka=feeding.connection.bootstrap, topic_prefix=feeding.topics.prefix, database=SecretStr(feeding.database)
    )
    bad, partition = [(STORES[0], b"{")], Log(STORES[0]).partition
    strict, metrics = feeding.job(dead_letter_limits=DeadLetterLimits(in_a_row=3)), Metrics()
    await feeding.write([*bad * 9, *feeding.facts(*crossings("gate", 2), store=STORES[0])])

    async with feeding.projecting(strict, metrics) as task:
        await feeding.until(lambda: bool(stops(feeding)), task)
        assert "`shopfloor dead-letters accept`" in stops(feeding)[0]
        await asyncio.to_thread(accept, where, Position(topic=feeding.topic, partition=partition, offset=8), "kim")
        await feeding.until_taken(11, task)
        assert stops(feeding) == []
        await feeding.write(bad * 3)
        await feeding.until_taken(14, task)
        await feeding.write(bad)
        await feeding.until(lambda: bool(stops(feeding)), task)

    assert "4 records in a row" in stops(feeding)[0]
    assert dispositions(feeding.database) == [*["dead"] * 9, "applied", "applied", *["dead"] * 3]
    assert ask(feeding.database, "SELECT before, accepted_by FROM record.accepted_letters") == [(9, "kim")]


async def test_what_the_log_has_not_yet_is_not_accepted_in_advance(feeding: Feeding) -> None:
    where = Settings(
        kafka=feeding.connection.bootstrap, topic_prefix=feeding.topics.prefix, database=SecretStr(feeding.database)
    )
    partition = Log(STORES[0]).partition
    await feeding.write([(STORES[0], b"{")] * 3)

    with pytest.raises(NotInLog, match="ends before offset 3, so there is nothing at 3 to accept"):
        await asyncio.to_thread(accept, where, Position(topic=feeding.topic, partition=partition, offset=3), "kim")
    assert ask(feeding.database, "SELECT count(*) FROM record.accepted_letters") == [0]


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
