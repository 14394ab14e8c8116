import socket
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faust.types import TP

from event_store.connection import KafkaConnection
from event_store.topics import EVENTS, Topics
from projections.feeding import worker
from projections.feeding.feed import Feed
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding, taken

FIRST, SECOND, THIRD = (TP(EVENTS, number) for number in range(3))


@pytest.fixture
async def consumer() -> AsyncIterator[Any]:
    """Return the consumer of an application that is never started; what it holds is closed in the end."""
    positions = {place.partition: 100 + place.partition for place in (FIRST, SECOND, THIRD)}
    projector = SimpleNamespace(next_offset=positions.__getitem__, owned=lambda: list(positions))
    feed = cast("Feed", SimpleNamespace(projector=projector))
    consumer: Any = worker.make_app(feed, KafkaConnection(bootstrap="nowhere:1"), EVENTS, group="ours").consumer
    consumer._active_partitions = {FIRST, SECOND, THIRD}
    yield consumer
    consumer._thread.thread_loop.close()


@pytest.mark.kafka
@pytest.mark.postgres
async def test_faust_opens_no_port_and_makes_no_folder(
    kafka: str, topics: Topics, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeding = Feeding(kafka, topics, database)
    monkeypatch.chdir(tmp_path)
    await feeding.write(feeding.facts(crossed("gate"), store="acme/shop-1"))
    async with feeding.projecting() as task:
        await feeding.until_taken(1, task)

        with socket.socket() as web:
            assert web.connect_ex(("127.0.0.1", 6066)) != 0
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240  # nothing else runs
    assert taken(database) == 1


async def test_a_fetch_is_one_message_of_whatever_partitions_it_has(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = {place: batch(place, 100, 101) for place in (FIRST, SECOND, THIRD)}

    ((_, message),) = await handed_over(consumer, fetched, monkeypatch)

    assert message.value == list(fetched.values())


async def test_a_batch_that_a_seek_left_behind_takes_no_other_partition_with_it(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust drops a message whose last offset is before its partition's seek."""
    consumer._read_offset[FIRST] = 200
    fetched = {place: batch(place, 100, 101) for place in (FIRST, SECOND, THIRD)}

    ((place, message),) = await handed_over(consumer, fetched, monkeypatch)

    assert place == SECOND
    assert message.value == [fetched[SECOND], fetched[THIRD]]


async def test_partitions_that_are_not_ours_are_not_handed_over(consumer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer._active_partitions = {THIRD}
    fetched = {place: batch(place, 100) for place in (FIRST, SECOND)}

    assert await handed_over(consumer, fetched, monkeypatch) == []


async def test_one_message_shows_the_progress_of_every_partition_that_is_owned(consumer: Any) -> None:
    consumer._acked[FIRST].append(41)

    assert consumer._filter_committable_offsets([FIRST]) == {FIRST: 100, SECOND: 101, THIRD: 102}


async def test_partitions_are_read_on_while_fetches_wait(consumer: Any) -> None:
    """Faust would leave a partition out until half of what waits is done, and sleep a second when all are."""
    consumer.on_buffer_full(FIRST)

    assert FIRST in consumer._get_active_partitions()


def batch(place: TP, *offsets: int) -> list[Any]:
    return [
        SimpleNamespace(
            topic=place.topic,
            partition=place.partition,
            offset=offset,
            timestamp=0,
            timestamp_type=0,
            headers=(),
            key=b"",
            value=b"",
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
        )
        for offset in offsets
    ]


async def handed_over(
    consumer: Any, fetched: dict[TP, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[TP, Any]]:
    """Return what the consumer makes of a fetch."""

    async def fetch(_: float) -> tuple[dict[TP, list[Any]], set[TP]]:
        return fetched, consumer._get_active_partitions()

    monkeypatch.setattr(consumer, "_wait_next_records", fetch)
    return [each async for each in consumer.getmany(timeout=1.0)]
