"""Whatever batch somebody writes to the log is read, within bounds of memory, by whatever driver."""

import asyncio
from contextlib import AsyncExitStack
from typing import get_args

import pytest

from event_store.log_ends import LogEnds
from event_store.partitions import partition_of
from event_store.topics import Topics
from infra.health.lag import find_lag
from projections.feeding import lag_watch
from projections.feeding.drivers import Driver
from projections.taking.metrics import Metrics
from tests.builders.facts import crossed
from tests.builders.feeding import PATIENCE_S, Feeding
from tests.builders.raw_batches import BOMB, produce, produce_with_header, transact
from tests.builders.tallies import ask, crossings, dispositions, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORE, NEIGHBOUR = "acme/shop-0", "acme/shop-1"


@pytest.fixture(params=get_args(Driver))
def feeding(request: pytest.FixtureRequest, kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database, request.param)


def values(feeding: Feeding, count: int, store: str = STORE) -> list[bytes]:
    return [value for _, value in feeding.facts(*crossings("gate", count), store=store)]


async def waiting(feeding: Feeding, ends: LogEnds) -> int:
    """Return how many records wait, as the API tells."""
    taken = dict(ask(feeding.database, "SELECT partition, next_offset FROM record.checkpoints WHERE name = 'live'"))
    found = await ends.find(taken)
    return sum(max(0, end - taken.get(number, 0)) for number, end in found.offsets.items()) if found else 1


def lags(metrics: Metrics, *stores: str) -> list[float | None]:
    """Return how many records of stores' partitions wait, as the metrics tell."""
    told = metrics.registry.get_sample_value
    return [told("shopfloor_lag_records", {"partition": str(partition_of(store))}) for store in stores]


async def test_batches_are_read_however_they_are_packed(feeding: Feeding, kafka: str) -> None:
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        await produce(kafka, feeding.topic, STORE, *values(feeding, 100), codec=codec)
    async with feeding.projecting() as task:
        await feeding.until_taken(500, task)

    assert tallies(feeding.database) == {"gate": 500}


async def test_a_header_that_is_no_utf_8_is_kept_and_keeps_nobody_waiting(feeding: Feeding, kafka: str) -> None:
    before, fact, behind = values(feeding, 3)
    await produce(kafka, feeding.topic, STORE, before)
    await produce_with_header(kafka, feeding.topic, STORE, fact, b"\xff\xfe")
    await produce(kafka, feeding.topic, STORE, behind)
    async with feeding.projecting() as task:
        await feeding.until_taken(3, task)

    assert tallies(feeding.database) == {"gate": 3}
    assert b"xff" in bytes(ask(feeding.database, 'SELECT headers FROM record.ledger ORDER BY "offset"')[1])


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
async def test_a_batch_that_is_too_large_when_unpacked_is_one_dead_letter(
    feeding: Feeding, kafka: str, codec: str
) -> None:
    await produce(kafka, feeding.topic, STORE, *values(feeding, 1))
    await produce(kafka, feeding.topic, STORE, b"{}", BOMB, b"{}", codec=codec)
    await produce(kafka, feeding.topic, STORE, *values(feeding, 1))
    async with feeding.projecting() as task:
        await feeding.until_taken(3, task)

    assert dispositions(feeding.database) == ["applied", "dead", "applied"]
    (headers,) = ask(feeding.database, "SELECT headers::text FROM record.dead_letters")
    assert "shopfloor-unread-batch" in headers


async def test_a_record_that_is_too_large_for_a_fact_is_a_dead_letter(feeding: Feeding, kafka: str) -> None:
    fact = values(feeding, 1)[0].replace(b"{", b'{"zz":"' + b" " * 900_000 + b'",', 1)
    await produce(kafka, feeding.topic, STORE, fact, *values(feeding, 1), codec="gzip")
    async with feeding.projecting() as task:
        await feeding.until_taken(2, task)

    assert dispositions(feeding.database)[:2] == ["dead", "applied"]


async def test_what_was_written_in_a_transaction_counts_when_it_is_committed_and_leaves_nobody_waiting(
    feeding: Feeding, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag_watch, "EVERY_S", 0.6)  # it says what it saw standing still at the third look
    metrics = Metrics()
    facts = values(feeding, 3)
    await transact(kafka, feeding.topic, STORE, *facts[:2], commit=False)
    await transact(kafka, feeding.topic, STORE, *facts, commit=True)
    await transact(kafka, feeding.topic, NEIGHBOUR, *values(feeding, 1, NEIGHBOUR), commit=False)
    await feeding.write(feeding.facts(crossed("gate"), store="acme/shop-2"))
    ends = LogEnds(feeding.connection, feeding.topic)
    async with AsyncExitStack() as until_end:
        until_end.push_async_callback(ends.close)
        task = await until_end.enter_async_context(feeding.projecting(metrics=metrics))
        await feeding.until_taken(4, task)
        async with asyncio.timeout(PATIENCE_S):
            while await waiting(feeding, ends):  # noqa: ASYNC110  # Kafka is asked
                await asyncio.sleep(0.1)
        await feeding.until(lambda: lags(metrics, STORE, NEIGHBOUR) == [0, 0])

    assert dispositions(feeding.database) == ["applied"] * 4
    assert (await find_lag(feeding.connection, feeding.topic, feeding.database)).records == 0


async def test_a_mark_of_a_transaction_is_never_told_as_a_record_that_waits(
    kafka: str, topics: Topics, database: str
) -> None:
    feeding, metrics = Feeding(kafka, topics, database), Metrics()
    ends = LogEnds(feeding.connection, feeding.topic)
    await transact(kafka, feeding.topic, STORE, *values(feeding, 3), commit=True)
    async with feeding.projecting(metrics=metrics) as task:
        await feeding.until_taken(3, task)
        taken = {partition_of(STORE): 3}

        found = await ends.find_at_rest(lambda: taken)

    await ends.close()
    assert found is not None
    assert found.offsets[partition_of(STORE)] == 3


async def test_a_record_that_waits_behind_a_mark_is_told_as_one(kafka: str, topics: Topics, database: str) -> None:
    feeding = Feeding(kafka, topics, database)
    ends = LogEnds(feeding.connection, feeding.topic)
    await transact(kafka, feeding.topic, STORE, *values(feeding, 3), commit=True)
    await produce(kafka, feeding.topic, STORE, *values(feeding, 1))

    found = await ends.find_at_rest(lambda: {partition_of(STORE): 3})

    await ends.close()
    assert found is not None
    assert found.offsets[partition_of(STORE)] == 5
