"""Faults of the Faust that is pinned, each shown to be still there, and what we do about it shown to help.

A test that fails after an upgrade says that a fault is gone, or that ours is back.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import aiokafka
import faust
import psycopg
import pytest
from faust.transport.drivers import aiokafka as aiokafka_driver
from faust.types import TP

from event_store.connection import KafkaConnection
from event_store.log import continuation
from event_store.topics import Topics
from projections.feeding import faust_consumer, worker
from projections.feeding.feed import Feed
from projections.taking.metrics import Metrics
from projections.taking.projector import Plan, Projector
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding
from tests.builders.logs import Log
from tests.builders.tallies import SMALL, Takings, crossings, tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORE = "acme/shop-1"


@pytest.fixture
def feeding(kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database)


@pytest.mark.parametrize(
    ("seek", "thread"), [(aiokafka_driver.Consumer._seek, "main"), (faust_consumer.LedgerConsumer._seek, "consumer")]
)
async def test_faust_seeks_under_the_feet_of_a_fetch_in_another_thread_and_we_in_the_consumers_own(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch, seek: Any, thread: str
) -> None:
    """In a rebalance the fetch in the other thread then raised KeyError, and the worker crashed."""
    seen: list[str] = []
    original = aiokafka.AIOKafkaConsumer.seek

    def watched(self: aiokafka.AIOKafkaConsumer, place: TP, offset: int) -> None:
        seen.append("main" if threading.current_thread() is threading.main_thread() else "consumer")
        original(self, place, offset)

    monkeypatch.setattr(aiokafka.AIOKafkaConsumer, "seek", watched)
    monkeypatch.setattr(faust_consumer.LedgerConsumer, "_seek", seek)
    await feeding.write(feeding.facts(crossed("gate"), store=STORE))
    async with feeding.projecting() as task:
        await feeding.until_taken(1, task)

    assert set(seen) == {thread}


PLACE = TP("shopfloor.events", 0)


def stock_app(kafka: str = "nowhere:1", group: str = "stock", **settings: Any) -> Any:
    """Return an application as Faust's guide makes it, but for its web server and tables."""
    return faust.App(group, broker=f"kafka://{kafka}", store="memory://", web_enabled=False, **settings)


def our_app(next_offset: int) -> Any:
    """Return our application on a projector that has taken so much of every partition."""
    projector = SimpleNamespace(next_offset=lambda _: next_offset, owned=lambda: [PLACE.partition])
    feed = cast("Feed", SimpleNamespace(projector=projector))
    return worker.make_app(feed, KafkaConnection(bootstrap="nowhere:1"), PLACE.topic, group="ours")


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[None]:
    await app.start()
    try:
        yield
    finally:
        await app.stop()


async def until(holds: Any) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # another thread's doing
            await asyncio.sleep(0.05)


async def shown(feeding: Feeding, group: str) -> int | None:
    """Return what a group has committed of the store's partition."""
    consumer = aiokafka.AIOKafkaConsumer(**feeding.connection.client_options(), group_id=group)
    await consumer.start()
    offset: int | None = await consumer.committed(aiokafka.TopicPartition(feeding.topic, Log(STORE).partition))
    await consumer.stop()
    return offset


@pytest.fixture
def consumer_of() -> Iterator[Callable[[Any], Any]]:
    """Return the consumer of an application that is never started; what it holds is closed in the end."""
    consumers: list[Any] = []

    def make(app: Any) -> Any:
        consumers.append(app.consumer)
        return app.consumer

    yield make
    for consumer in consumers:
        consumer._thread.thread_loop.close()


def acknowledge(consumer: Any, *offsets: int) -> None:
    consumer._acked[PLACE].extend(offsets)
    consumer._acked_index[PLACE].update(offsets)


@pytest.mark.parametrize("committed", [None, 10])
async def test_faust_606_commits_past_a_message_in_flight_and_we_commit_what_the_database_holds(
    committed: int | None, consumer_of: Callable[[Any], Any]
) -> None:
    """Offset 10 is still being worked on, 11 to 13 are done."""
    stock, ours = consumer_of(stock_app()), consumer_of(our_app(next_offset=10))
    for consumer in (stock, ours):
        consumer._committed_offset[PLACE] = committed
        acknowledge(consumer, 11, 12, 13)

    assert stock._filter_committable_offsets([PLACE]) == {PLACE: 14}
    assert ours._filter_committable_offsets([PLACE]) == ({PLACE: 10} if committed is None else {})


async def test_faust_692_believes_a_commit_that_the_broker_refused_and_our_next_one_tells_the_truth(
    monkeypatch: pytest.MonkeyPatch, consumer_of: Callable[[Any], Any]
) -> None:
    stock, ours = consumer_of(stock_app()), consumer_of(our_app(next_offset=20))

    async def refused(_: object) -> bool:
        return False

    for consumer in (stock, ours):
        monkeypatch.setattr(consumer, "_commit", refused)
        monkeypatch.setattr(consumer, "assignment", lambda: {PLACE})
        monkeypatch.setattr(consumer.app, "_producer", SimpleNamespace(flush=lambda: asyncio.sleep(0)))
        assert not await consumer._commit_offsets({PLACE: 14})

    assert stock._committed_offset[PLACE] == 14
    assert ours._filter_committable_offsets([PLACE]) == {PLACE: 20}


async def test_faust_527_acknowledges_what_its_handler_failed_on_and_we_commit_nothing_and_end(
    kafka: str, feeding: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeding.write(feeding.facts(*crossings("gate", 10), store=STORE))
    app = stock_app(kafka, f"{feeding.topic}-stock", consumer_auto_offset_reset="earliest", topic_allow_declare=False)
    records, failed = app.topic(feeding.topic, value_type=bytes, value_serializer="raw"), []

    @app.agent(records)  # type: ignore[untyped-decorator]
    async def fail(stream: Any) -> None:
        async for batch in stream.take(10, within=0.1):
            failed.extend(batch)
            raise ValueError("no database")

    async with running(app):
        await until(lambda: len(failed) >= 10)
    monkeypatch.setattr("projections.taking.taking.CHANNEL", 17)
    with pytest.raises(psycopg.errors.UndefinedFunction):
        async with feeding.projecting() as task:
            await feeding.until_taken(1, task)

    assert await shown(feeding, f"{feeding.topic}-stock") == 10
    assert await shown(feeding, feeding.topic) in {None, 0}


async def test_faust_waits_for_ever_for_messages_that_noack_left_and_we_acknowledge_them(
    kafka: str, feeding: Feeding
) -> None:
    await feeding.write(feeding.facts(*crossings("gate", 3), store=STORE))
    app = stock_app(kafka, f"{feeding.topic}-stock", consumer_auto_offset_reset="earliest", topic_allow_declare=False)
    seen: list[object] = []

    @app.agent(app.topic(feeding.topic, value_type=bytes, value_serializer="raw"))  # type: ignore[untyped-decorator]
    async def look(stream: Any) -> None:
        async for event in stream.noack().events():
            seen.append(event)  # noqa: PERF401  # they come one at a time

    async with running(app):
        await until(lambda: len(seen) == 3)
        left = len(app.consumer._unacked_messages)
        app.consumer._unacked_messages.clear()  # or this test would wait as well
    ours = await _ours(feeding)
    async with running(ours):
        await feeding.until_taken(3)
        await until(lambda: not ours.consumer._unacked_messages)
    await ours.feed.projector.close()

    assert left == 3


async def test_faust_216_goes_on_behind_batches_that_it_dropped_and_we_seek_back(feeding: Feeding) -> None:
    """After a rebalance it was seen to go on 148 offsets after the checkpoint; here it is made to."""
    app = await _ours(feeding)
    async with running(app):
        await feeding.write(feeding.facts(*crossings("gate", 10), store=STORE))
        await feeding.until_taken(10)
        await feeding.write(feeding.facts(*crossings("gate", 10), store=STORE))
        await app.consumer.seek(TP(feeding.topic, Log(STORE).partition), 15)
        await feeding.write(feeding.facts(*crossings("gate", 10), store=STORE))
        await feeding.until_taken(30)
    await app.feed.projector.close()

    assert tallies(feeding.database) == {"gate": 30}


async def test_faust_opens_a_web_server_and_makes_topics_unless_it_is_told_not_to() -> None:
    stock = faust.App("stock").conf
    ours = our_app(next_offset=0).conf

    assert (stock.web_enabled, stock.topic_allow_declare, stock.topic_disable_leader) == (True, True, False)
    assert (ours.web_enabled, ours.topic_allow_declare, ours.topic_disable_leader) == (False, False, True)


async def _ours(feeding: Feeding) -> Any:
    await Takings(feeding.database).prepare()
    plan = Plan(database=feeding.database, topic=feeding.topic, partitions=12, projections=SMALL)
    projector = Projector(plan, lambda number, offset: continuation(feeding.connection, feeding.topic, number, offset))
    feed = Feed(projector, Metrics())
    return worker.make_app(feed, feeding.connection, feeding.topic, group=f"{feeding.topic}-ours")
