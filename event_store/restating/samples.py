"""The position samples of one store, read from Kafka and laid aside on disk: one file for each day and camera.

Stays end at the store's midnight, so a camera's day can be restated by itself, however long the range is.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from event_store.connection import KafkaConnection
from event_store.consumers import close, new_reader
from event_store.errors import TopicMissing, UndecodableRecord
from event_store.events.bounds import is_no_moment
from event_store.events.restatements import SampleRange
from event_store.partitions import partition_of
from event_store.readability import demand_readable
from event_store.refusals import unreachable
from event_store.restating.errors import NoSamples, SamplesGone, UnreadableSample

MOST_AT_ONCE = 5_000
WAIT_MS = 1_000


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which samples."""

    store: str
    """`organisation/store`."""
    time_zone: ZoneInfo
    start: datetime
    end: datetime

    @property
    def days(self) -> tuple[datetime, datetime]:
        """The first and the last moment of the store's days that the range touches."""
        last = (self.end - timedelta(microseconds=1)).astimezone(self.time_zone).date()
        return self._midnight(self.start.astimezone(self.time_zone).date()), self._midnight(last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.time_zone).astimezone(UTC)


class Head(msgspec.Struct, frozen=True):
    """What is looked at in each sample."""

    camera_id: str
    time: datetime
    layout_digest: str


class KeptSamples:
    """Samples that were read, on disk; `read` tells which they were."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[tuple[date, str], Path] = {}
        self.layouts: dict[str, None] = {}
        """Digests of the layouts by which they were taken, in the order in which they came."""
        self.cameras: set[str] = set()

    def add(self, records: Sequence[tuple[Head, bytes]], time_zone: ZoneInfo) -> None:
        """Lay samples aside."""
        together: dict[tuple[date, str], list[bytes]] = defaultdict(list)
        for head, value in records:
            together[head.time.astimezone(time_zone).date(), head.camera_id].append(value)
            self.layouts.setdefault(head.layout_digest)
            self.cameras.add(head.camera_id)
        for key, values in together.items():
            path = self._files.setdefault(key, self._folder / f"{len(self._files)}.jsonl")
            with path.open("ab") as file:
                file.writelines(value + b"\n" for value in values)

    def __len__(self) -> int:
        return len(self._files)

    def days(self) -> Iterator[list[bytes]]:
        """Yield the samples of each camera's day, in the order of the log."""
        for key in sorted(self._files):
            yield self._files[key].read_bytes().splitlines()


async def read_samples(
    connection: KafkaConnection,
    topic: str,
    wanted: Wanted,
    kept: KeptSamples,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> SampleRange:
    """Read the store's samples of the days that the range touches; return which they were.

    A sample is taken to be recorded no earlier than it was seen. Raises a `RestatementRefused`, `BrokerUnreachable` or
    `TopicMissing`.
    """
    consumer = new_reader(connection, topic)
    try:
        await consumer.start()
        return await _Reading(consumer, topic, wanted, kept).run(progress)
    except KafkaError as problem:
        raise await unreachable(connection, problem) from problem
    finally:
        await close(consumer)


class _Reading:
    def __init__(self, consumer: AIOKafkaConsumer, topic: str, wanted: Wanted, kept: KeptSamples) -> None:
        self._consumer, self._topic, self._wanted, self._kept = consumer, topic, wanted, kept
        self._first, self._behind, self._count = None, 0, 0
        self._digest = hashlib.sha256()

    async def run(self, progress: Callable[[int, int], None]) -> SampleRange:
        place = await self._place()
        end = (await self._consumer.end_offsets([place]))[place]
        start = await self._start(place, end)
        self._consumer.seek(place, start)
        at = start
        while at < end:
            records = (await self._consumer.getmany(place, timeout_ms=WAIT_MS, max_records=MOST_AT_ONCE)).get(place, [])
            self._take([record for record in records if record.offset < end])
            at = records[-1].offset + 1 if records else await self._consumer.position(place)
            progress(min(at, end) - start, end - start)
        return self._told(place.partition)

    async def _place(self) -> TopicPartition:
        partitions = self._consumer.partitions_for_topic(self._topic)
        if not partitions:
            raise TopicMissing(self._topic)
        self._consumer.unsubscribe()
        place = TopicPartition(self._topic, partition_of(self._wanted.store, len(partitions)))
        self._consumer.assign([place])
        return place

    async def _start(self, place: TopicPartition, end: int) -> int:
        begin = (await self._consumer.beginning_offsets([place]))[place]
        if begin > 0:
            await self._demand_kept(place, begin, end)
        day, _ = self._wanted.days
        found = (await self._consumer.offsets_for_times({place: _milliseconds(day)}))[place]
        return max(found.offset, begin) if found else end

    async def _demand_kept(self, place: TopicPartition, begin: int, end: int) -> None:
        """Raise `SamplesGone` when what is left begins after the range does."""
        oldest = None
        if begin < end:
            self._consumer.seek(place, begin)
            record = await self._consumer.getone(place)
            oldest = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        if oldest is None or oldest > self._wanted.start:
            raise SamplesGone(self._wanted.start, oldest)

    def _take(self, records: Sequence[Any]) -> None:
        key, (begins, ends) = self._wanted.store.encode(), self._wanted.days
        chosen = []
        for record in records:
            if record.key != key:
                continue
            head = _head(record)
            if not begins <= head.time < ends:
                continue
            chosen.append((head, record.value))
            self._first = record.offset if self._first is None else self._first
            self._behind, self._count = record.offset + 1, self._count + 1
            self._digest.update(record.offset.to_bytes(8, "big") + len(record.value).to_bytes(8, "big") + record.value)
        self._kept.add(chosen, self._wanted.time_zone)

    def _told(self, partition: int) -> SampleRange:
        if self._first is None:
            raise NoSamples(self._wanted.store, self._wanted.start, self._wanted.end)
        return SampleRange(
            topic=self._topic,
            partition=partition,
            start=self._first,
            end=self._behind,
            count=self._count,
            digest=self._digest.hexdigest(),
        )


def _head(record: Any) -> Head:
    value = record.value or b""
    try:
        demand_readable(value)
        head = msgspec.json.decode(value, type=Head)
    except (msgspec.MsgspecError, UndecodableRecord) as problem:
        raise UnreadableSample(record.topic, record.partition, record.offset, str(problem)) from problem
    why = "its time has no zone" if head.time.tzinfo is None else is_no_moment(head.time)
    if why is not None:
        raise UnreadableSample(record.topic, record.partition, record.offset, why)
    return head


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
