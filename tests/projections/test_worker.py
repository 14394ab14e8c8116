import asyncio
import socket
from pathlib import Path

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from faust.types import TP

from event_store.errors import TopicMissing
from event_store.log import continuation
from event_store.topics import Topics
from infra.local.topics import create_topics
from projections import worker
from projections.errors import RecreatedTopic, TooManyDeadLetters, WorkerCrashed
from projections.feed import Feed
from projections.metrics import Metrics
from projections.projector import Plan, Projector
from tests.builders.facts import came, crossed
from tests.builders.feeding import Feeding, taken
from tests.builders.logs import Log
from tests.builders.tallies import SMALL, ask, crossings, dispositions, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORES = [f"acme/shop-{number}" for number in range(6)]


@pytest.fixture
def feeding(kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database)


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
        async with feeding.projecting(feeding.job(dead_letter_limit=3)) as task:
            await feeding.until_taken(5, task)


async def test_a_topic_that_nobody_made_is_an_error(kafka: str, database: str) -> None:
    feeding = Feeding(kafka, Topics(prefix="nobody-made."), database)

    with pytest.raises(TopicMissing, match="run `shopfloor migrate`"):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)


async def test_batches_that_faust_drops_after_a_rebalance_are_read_again(feeding: Feeding) -> None:
    """Faust was seen to go on 148 offsets after the checkpoint; here it is made to."""
    store = STORES[0]
    partition = Log(store).partition
    plan = Plan(database=feeding.database, topic=feeding.topic, partitions=12, projections=SMALL)
    async with feeding.projecting():
        pass  # makes the read models
    projector = Projector(plan, lambda number, offset: continuation(feeding.connection, feeding.topic, number, offset))
    feed = Feed(projector, Metrics())
    app = worker.make_app(feed, feeding.connection, feeding.topic, group=f"{feeding.topic}-jump")
    await app.start()
    try:
        await feeding.write(feeding.facts(*crossings("gate", 10), store=store))
        await feeding.until_taken(10)
        await feeding.write(feeding.facts(*crossings("gate", 10), store=store))
        await app.consumer.seek(TP(feeding.topic, partition), 15)
        await feeding.write(feeding.facts(*crossings("gate", 10), store=store))
        await feeding.until_taken(30)
    finally:
        await app.stop()
        await projector.close()

    assert tallies(feeding.database) == {"gate": 30}


async def test_the_worker_opens_no_port_and_makes_no_folder(
    feeding: Feeding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await feeding.write(feeding.facts(crossed("gate"), store=STORES[0]))
    async with feeding.projecting() as task:
        await feeding.until_taken(1, task)

        with socket.socket() as web:
            assert web.connect_ex(("127.0.0.1", 6066)) != 0
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240  # nothing else runs
    assert taken(feeding.database) == 1


async def test_a_crash_of_faust_ends_the_projector(feeding: Feeding, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: object) -> None:
        raise RuntimeError("the coordinator has gone mad")

    monkeypatch.setattr(worker.LedgerConsumer, "seek_to_committed", fail)

    with pytest.raises(WorkerCrashed, match="the coordinator has gone mad"):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)


async def test_a_fault_of_ours_ends_the_projector_and_is_not_tried_for_ever(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeding.write(feeding.facts(crossed("gate"), store=STORES[0]))
    monkeypatch.setattr("projections.taking.CHANNEL", 17)

    with pytest.raises(psycopg.errors.UndefinedFunction):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)
