"""Bare aiokafka brings the record to the projector: one library less between Kafka and the core.

The consumer group divides the partitions; positions come from the checkpoints, and group offsets are committed for
the lag display only.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close, committed_end, new_consumer
from event_store.topics import PARTITIONS
from projections.feeding import feed as feeding
from projections.feeding import membership
from projections.feeding.feed import MOST_BYTES, MOST_RECORDS, Batch, Feed

log = structlog.get_logger(__name__)

POLL_MS = 200
COMMIT_EVERY_S = 2.0
LAST_COMMIT_S = 1.0
RETRY_S = 0.5
STOP_PATIENCE_S = 3.0
"""A batch in hand may be finished before the end; without PostgreSQL it never would be."""


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """A member of the consumer group that reads what the group gives it.

    The listener only notes that the group has settled anew, and whoever reads acts on it: nobody waits for anybody,
    so a slow database holds up no rebalance. What another member takes meanwhile, the fence keeps apart.
    """

    def __init__(self, feed: Feed, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._feed = feed
        self._consumer = consumer
        self._topic = topic
        self._has_settled_anew = False
        self._try_again_at = 0.0
        self.is_stopping = False

    def on_partitions_revoked(self, _: Iterable[TopicPartition]) -> None:
        """Go on until it is known what is ours next."""

    def on_partitions_assigned(self, _: Iterable[TopicPartition]) -> None:
        """Start again from the checkpoints before anything else is taken."""
        self._has_settled_anew = True

    async def read(self) -> None:
        """Feed the projector until `is_stopping`."""
        while not self.is_stopping:
            if self._has_settled_anew:
                await self._start_again()
            fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=MOST_RECORDS)
            if fetched and not self._has_settled_anew:
                await self._take(fetched)
            if self._feed.projector.stopped and monotonic() > self._try_again_at:
                await self._try_again()

    async def join(self) -> None:
        """Join the group and read."""
        await self._consumer.start()
        self._consumer.subscribe([self._topic], listener=self)
        await self.read()

    async def show_progress(self) -> None:
        """Commit now and then what the database holds, for whoever watches the group's lag."""
        while True:
            await asyncio.sleep(COMMIT_EVERY_S)
            await self.commit()

    async def commit(self) -> None:
        """Commit what the database holds; that a rebalance came between means nothing."""
        offsets = {
            place: taken
            for place in self._consumer.assignment()
            if (taken := self._feed.projector.next_offset(place.partition)) is not None
        }
        if offsets:
            with suppress(KafkaError):  # nothing depends on it
                await self._consumer.commit(offsets)

    async def _start_again(self) -> None:
        self._has_settled_anew = False
        try:
            ends = await self._consumer.end_offsets(self._consumer.assignment())
        except KafkaError as problem:
            log.warning("waiting for Kafka", problem=str(problem))
            self._has_settled_anew = True
            await asyncio.sleep(RETRY_S)
            return
        starts = await self._feed.positions({place.partition: end for place, end in ends.items()})
        if not self._has_settled_anew:
            self._seek(starts)
            self._pause()

    async def _take(self, fetched: Mapping[TopicPartition, Batch]) -> None:
        ends = {
            place.partition: committed_end(self._consumer, place, batch[-1].offset + 1)
            for place, batch in fetched.items()
        }
        seeks = await self._feed.take(fetched.values(), ends)
        if not self._has_settled_anew:
            self._seek(seeks)
            self._pause()

    def _pause(self) -> None:
        """Read no further what is stopped."""
        stopped = {TopicPartition(self._topic, number) for number in self._feed.projector.stopped}
        places = stopped & self._consumer.assignment() - self._consumer.paused() if stopped else stopped
        if places:
            self._consumer.pause(*places)
            self._try_again_at = monotonic() + feeding.TRY_AGAIN_S

    async def _try_again(self) -> None:
        self._try_again_at = monotonic() + feeding.TRY_AGAIN_S
        places = self._consumer.paused()
        try:
            ends = await self._consumer.end_offsets(places)
        except KafkaError as problem:
            log.warning("waiting for Kafka", problem=str(problem))
            return
        starts = await self._feed.try_again({place.partition: end for place, end in ends.items()})
        if not self._has_settled_anew:
            self._consumer.resume(*(place for place in places if place.partition in starts))
            self._seek(starts)

    def _seek(self, offsets: Mapping[int, int]) -> None:
        for number, offset in offsets.items():
            self._consumer.seek(TopicPartition(self._topic, number), offset)


def consumer_options(connection: KafkaConnection, group: str) -> dict[str, Any]:
    """Return how the consumer is made; what waits of a fetch of every partition is one transaction at most."""
    return connection.client_options() | {
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "session_timeout_ms": 6_000,
        "heartbeat_interval_ms": 1_500,
        "max_partition_fetch_bytes": MOST_BYTES // PARTITIONS,
        "metadata_max_age_ms": int(1000 * membership.METADATA_AGE_S),
    }


async def run(feed: Feed, connection: KafkaConnection, topic: str, *, stop: asyncio.Event, group: str) -> None:
    """Feed the projector until `stop` is set; see `drivers.Run`."""
    consumer = new_consumer(connection, **consumer_options(connection, group))
    member = Member(feed, consumer, topic)
    try:
        await _until_ended(member, feed, stop)
    except (KafkaError, OSError) as problem:
        raise await membership.given_up(problem, connection) from problem
    finally:
        await close(consumer)
    if feed.failure is not None:
        raise feed.failure


async def _until_ended(member: Member, feed: Feed, stop: asyncio.Event) -> None:
    """Read until somebody wants the end; raises what ended the reading by itself."""
    reading, showing = asyncio.create_task(member.join()), asyncio.create_task(member.show_progress())
    ends = [asyncio.create_task(each.wait()) for each in (stop, feed.ended)]
    try:
        await asyncio.wait([reading, *ends], return_when=asyncio.FIRST_COMPLETED)
        member.is_stopping = True
        await asyncio.wait([reading], timeout=STOP_PATIENCE_S)
        if reading.done():
            reading.result()
        with suppress(TimeoutError):
            await asyncio.wait_for(member.commit(), LAST_COMMIT_S)
    finally:
        tasks = [reading, showing, *ends]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
