"""What every driver must do, on real Kafka and PostgreSQL."""

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from typing import get_args

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from event_store.topics import Topics
from projections.feeding.drivers import Driver
from projections.feeding.feed import Batch, Feed
from projections.taking.metrics import Metrics
from tests.builders.facts import came, crossed
from tests.builders.feeding import Feeding
from tests.builders.logs import Log
from tests.builders.tallies import ask, crossings, dispositions, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORES = [f"acme/shop-{number}" for number in range(6)]


@pytest.fixture(params=get_args(Driver))
def feeding(request: pytest.FixtureRequest, kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database, request.param)


async def test_facts_of_many_stores_are_applied_once_over_a_restart(feeding: Feeding) -> None:
    first = [record for store in STORES for record in feeding.facts(*crossings("gate", 300), store=store)]
    second = [record for store in STORES for record in feeding.facts(*crossings("gate", 200), store=store)]
    await feeding.write(first)
    async with feeding.projecting() as task:
        await feeding.until_taken(900, task)
    await feeding.write([*second, *first[:50]])
    async with feeding.projecting() as task:
        await feeding.until_taken(3_050, task)

    assert tallies(feeding.database) == {"gate": 3_000}
    assert sorted(dispositions(feeding.database)) == ["applied"] * 3_000 + ["duplicate"] * 50


async def test_what_nobody_can_apply_holds_up_its_own_subject_only(feeding: Feeding) -> None:
    store, neighbour = STORES[:2]
    ((_, unknown),) = feeding.facts(came("v1"), store=store)
    unknown = unknown.replace(b"ShopperEntered.v1", b"ShopperEntered.v2")
    await feeding.write([(store, b"\x00garbage"), (store, unknown), (store, b"")])
    await feeding.write(feeding.facts(came("v1"), crossed("gate"), store=store))
    await feeding.write(feeding.facts(crossed("gate"), store=neighbour))
    async with feeding.projecting() as task:
        await feeding.until_taken(6, task)

    assert tallies(feeding.database) == {"gate": 2}
    assert sorted(ask(feeding.database, "SELECT reason FROM record.dead_letters")) == [
        "parked",
        "undecodable",
        "undecodable",
        "unknown_type",
    ]


async def test_a_hole_comes_back_as_one_fact_of_the_record(feeding: Feeding) -> None:
    store = STORES[0]
    before = feeding.facts(*crossings("gate", 5), store=store)
    feeding.lose(store)
    await feeding.write([*before, *feeding.facts(*crossings("gate", 5), store=store)])
    async with feeding.projecting() as task:
        await feeding.until_taken(11, task)
    async with feeding.projecting() as task:
        await feeding.write(feeding.facts(crossed("gate"), store=store))
        await feeding.until_taken(12, task)

    reported = (
        "SELECT disposition, actor FROM (SELECT disposition, type, convert_from(value, 'UTF8')::json->>'actor' actor "
    )
    assert ask(
        feeding.database, f"{reported} FROM record.ledger) AS facts WHERE type = 'shopfloor.GapDetected.v1'"
    ) == [("applied", "policy/gaps")]
    assert ask(feeding.database, "SELECT count(*) FROM record.outbox") == [0]


async def test_lost_connections_to_postgresql_are_waited_out(feeding: Feeding) -> None:
    records = [record for store in STORES for record in feeding.facts(*crossings("gate", 300), store=store)]
    async with feeding.projecting() as task:
        for begin in range(0, len(records), 100):
            await feeding.write(records[begin : begin + 100])
            with psycopg.connect(feeding.database, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND usename = current_user AND pid <> pg_backend_pid() AND query NOT LIKE 'SELECT count%'"
                )
        await feeding.until_taken(1_800, task)

    assert tallies(feeding.database) == {"gate": 1_800}


async def test_batches_that_got_lost_on_their_way_are_read_again(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust was seen to go on 148 offsets after the checkpoint, after a rebalance; here every driver is made to."""
    take = Feed.take
    lost: list[Batch] = []

    async def lose_one(self: Feed, batches: Iterable[Batch], log_ends: Mapping[int, int]) -> Mapping[int, int]:
        batches = list(batches)
        if not lost and batches[0][0].offset >= 10:
            lost.extend(batches)
            return {}
        return await take(self, batches, log_ends)

    monkeypatch.setattr(Feed, "take", lose_one)
    metrics = Metrics()
    async with feeding.projecting(metrics=metrics) as task:
        await feeding.write(feeding.facts(*crossings("gate", 10), store=STORES[0]))
        await feeding.until_taken(10, task)
        await feeding.write(feeding.facts(*crossings("gate", 10), store=STORES[0]))
        await feeding.until(lambda: bool(lost), task)
        await feeding.write(feeding.facts(*crossings("gate", 10), store=STORES[0]))
        await feeding.until_taken(30, task)

    assert _said(metrics, "shopfloor_seeks_total") > 0
    assert tallies(feeding.database) == {"gate": 30}


async def test_when_a_second_worker_comes_and_goes_its_partitions_are_taken_on_without_loss(feeding: Feeding) -> None:
    first, second = Metrics(), Metrics()
    written = 0

    async def write_some() -> None:
        nonlocal written
        for store in STORES:
            await feeding.write(feeding.facts(*crossings("gate", 20), store=store))
            written += 20

    async with AsyncExitStack() as stays:
        task = await stays.enter_async_context(feeding.projecting(metrics=first))
        await write_some()
        await feeding.until_taken(1, task)
        async with feeding.projecting(metrics=second) as guest:
            while not _said(second, "shopfloor_records_total") and not guest.done():
                await write_some()
        await write_some()
        await feeding.until_taken(written, task)

    assert tallies(feeding.database) == {"gate": written}
    assert dispositions(feeding.database) == ["applied"] * written
    assert _said(second, "shopfloor_records_total") > 0


async def test_batches_that_wait_are_one_transaction(feeding: Feeding) -> None:
    metrics = Metrics()
    async with feeding.projecting(metrics=metrics) as task:
        await feeding.write(feeding.facts(crossed("gate"), store=STORES[0]))
        await feeding.until_taken(1, task)
        async with await psycopg.AsyncConnection.connect(feeding.database) as held:
            await held.execute("SELECT FROM record.checkpoints FOR UPDATE")
            for _ in range(20):
                await feeding.write(feeding.facts(crossed("gate"), store=STORES[0]))
        await feeding.until_taken(21, task)

    assert tallies(feeding.database) == {"gate": 21}
    assert _said(metrics, "shopfloor_batch_records_count") < 10


async def test_a_projector_told_to_stop_in_the_middle_leaves_whole_batches_behind(feeding: Feeding) -> None:
    written = 4_000
    await feeding.write([fact for store in STORES for fact in feeding.facts(*crossings("gate", 4_000), store=store)])
    async with feeding.projecting() as task:
        await feeding.until_taken(written, task)

    taken = len(dispositions(feeding.database))
    assert tallies(feeding.database) == {"gate": taken}
    assert ask(feeding.database, "SELECT sum(next_offset)::int FROM record.checkpoints") == [taken]


async def test_the_groups_offsets_show_how_far_the_database_is(feeding: Feeding) -> None:
    store = STORES[0]
    await feeding.write(feeding.facts(*crossings("gate", 30), store=store))
    async with feeding.projecting() as task:
        await feeding.until_taken(30, task)

    consumer = AIOKafkaConsumer(**feeding.connection.client_options(), group_id=feeding.topic)
    await consumer.start()
    shown = await consumer.committed(TopicPartition(feeding.topic, Log(store).partition))
    await consumer.stop()
    assert shown == 30


async def test_what_the_group_remembers_is_not_believed(feeding: Feeding) -> None:
    store = STORES[0]
    await feeding.write(feeding.facts(*crossings("gate", 30), store=store))
    consumer = AIOKafkaConsumer(**feeding.connection.client_options(), group_id=feeding.topic)
    await consumer.start()
    consumer.assign([TopicPartition(feeding.topic, Log(store).partition)])
    await consumer.commit({TopicPartition(feeding.topic, Log(store).partition): 25})
    await consumer.stop()
    async with feeding.projecting() as task:
        await feeding.until_taken(30, task)

    assert tallies(feeding.database) == {"gate": 30}


def _said(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(name) or 0.0
