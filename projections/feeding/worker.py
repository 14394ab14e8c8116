"""Faust brings the record to the projector. Only this module, its `faust_consumer` and its `faust_thread` know Faust.

Its own book-keeping is not relied on: positions come from the checkpoints, all batches of a fetch are one Faust event,
and group offsets are committed for the lag display only.
"""

import asyncio
from typing import Any, cast

import faust
import structlog
from faust.app.base import BootStrategy
from faust.transport.drivers import aiokafka as aiokafka_driver
from faust.types import TP

from event_store.connection import KafkaConnection
from projections.feeding import membership
from projections.feeding.faust_consumer import LedgerConsumer
from projections.feeding.feed import MOST_BYTES, MOST_RECORDS, Feed, weight

log = structlog.get_logger(__name__)

BUFFERED_FETCHES = 8
"""Fetches, of `MOST_RECORDS` at most each, that wait in memory while one is written."""

RETRY_S = 0.5
START_PATIENCE_S = 5.0
"""What is told to stop while it starts may finish that: Faust cut off in it leaves a thread behind."""


class LedgerTransport(aiokafka_driver.Transport):
    """Faust's Kafka transport with our consumer."""

    Consumer = LedgerConsumer


class OnlyReading(BootStrategy):
    """What is started of Faust."""

    enable_kafka_producer = False


class LedgerApp(faust.App):
    """A Faust application that owns no tables, no producer, no web server and no folder."""

    BootStrategy = OnlyReading
    feed: Feed

    def _new_transport(self) -> LedgerTransport:
        return LedgerTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Write nothing to disk."""


def make_app(feed: Feed, connection: KafkaConnection, topic: str, *, group: str) -> LedgerApp:
    """Make the application that feeds the projector with a topic's records; it is not started."""
    app = LedgerApp(
        group,
        broker=[f"kafka://{address}" for address in connection.bootstrap.split(",")],
        broker_credentials=_credentials(connection),
        broker_max_poll_records=MOST_RECORDS,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.5,
        consumer_metadata_max_age_ms=int(1000 * membership.METADATA_AGE_S),
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=BUFFERED_FETCHES,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        store="memory://",
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
    )
    app.feed = feed
    records = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    @app.agent(records, concurrency=1)
    async def project(stream: Any) -> None:
        async for event in stream.noack().events():
            events = [event, *_waiting(stream.channel.queue, event)]
            try:
                await _take(app, topic, [batch for each in events for batch in each.value])
            finally:
                for each in events:  # also on failure: an unacknowledged one would hold up every rebalance
                    each.ack()

    return app


async def run(feed: Feed, connection: KafkaConnection, topic: str, *, stop: asyncio.Event, group: str) -> None:
    """Feed the projector until `stop` is set; see `drivers.Run`."""
    app = make_app(feed, connection, topic, group=group)
    starting, refused = asyncio.create_task(app.start()), asyncio.create_task(_refused(app))
    trying = asyncio.create_task(cast("LedgerConsumer", app.consumer).try_stopped_again())
    ended = asyncio.create_task(_ended(app, starting))
    ends = [ended, refused, *(asyncio.create_task(each.wait()) for each in (stop, feed.ended))]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        crash = app.crash_reason or (refused.result() if refused.done() else None)
        if ended.done():
            ended.result()
        if crash is None:
            await asyncio.wait([starting, refused], timeout=START_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in (*ends, starting, trying):
            end.cancel()
        await app.stop()
        await asyncio.gather(*ends, trying, return_exceptions=True)
    if feed.failure is not None:
        raise feed.failure
    if crash is not None:
        raise await membership.given_up(crash, connection) from crash


async def _ended(app: LedgerApp, starting: "asyncio.Task[None]") -> None:
    await asyncio.shield(starting)
    await app.wait_until_stopped()


async def _refused(app: LedgerApp) -> BaseException:
    """Wait until Kafka cannot be reached or lets nobody in: Faust never asks, and would wait for ever."""
    consumer = cast("LedgerConsumer", app.consumer)
    while (refusal := consumer.refusal()) is None:  # noqa: ASYNC110  # it is in another thread
        await asyncio.sleep(RETRY_S)
    return refusal


async def _take(app: LedgerApp, topic: str, batches: list[Any]) -> None:
    numbers = {batch[0].partition: batch[-1].offset + 1 for batch in batches}
    consumer = cast("LedgerConsumer", app.consumer)
    ends = {number: consumer.log_end(TP(topic, number), following) for number, following in numbers.items()}
    for number, offset in (await app.feed.take(batches, ends)).items():
        await app.consumer.seek(TP(topic, number), offset)
    await consumer.pause_stopped()


def _waiting(queue: Any, first: Any) -> list[Any]:
    """Take the fetches that wait already, so that small ones do not queue up one behind the other."""
    events: list[Any] = []
    records, size = _extent(first)
    while records < MOST_RECORDS and size < MOST_BYTES and not queue.empty():
        events.append(queue.get_nowait())
        more, heavier = _extent(events[-1])
        records, size = records + more, size + heavier
    return events


def _extent(event: Any) -> tuple[int, int]:
    """Return how many records a fetch has, and the bytes of their values."""
    return sum(map(len, event.value)), sum(map(weight, event.value))


def _credentials(connection: KafkaConnection) -> Any:
    options = connection.client_options()
    context = options.get("ssl_context")
    match connection.protocol:
        case "PLAINTEXT":
            return None
        case "SSL":
            return faust.SSLCredentials(context=context)
        case _:
            return faust.SASLCredentials(
                username=connection.user,
                password=connection.password,
                ssl_context=context,
                mechanism=connection.mechanism,
            )
