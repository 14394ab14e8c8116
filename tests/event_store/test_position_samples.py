"""Position samples read from real Kafka: what is none is told with its place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from event_store.connection import KafkaConnection
from event_store.partitions import partition_of
from event_store.restating.errors import UnreadableSample
from event_store.restating.samples import KeptSamples, Wanted, read_samples
from event_store.topics import Topics
from event_store.writer import EventWriter

pytestmark = pytest.mark.kafka

STORE = "acme/corner"


@pytest.mark.parametrize(
    "record",
    [
        b"not JSON",
        b'{"camera_id":"door"}',
        b"\xff",
        b'{"camera_id":"a","time":"2026-03-02T12:00:00","layout_digest":""}',
    ],
)
async def test_a_record_that_is_no_sample_is_told_with_its_place(
    kafka: str, topics: Topics, tmp_path: Path, record: bytes
) -> None:
    connection, now = KafkaConnection(bootstrap=kafka), datetime.now(UTC)
    wanted = Wanted(
        store=STORE, time_zone=ZoneInfo("UTC"), start=now - timedelta(hours=1), end=now + timedelta(hours=1)
    )
    async with EventWriter(connection, topics.samples) as writer:
        await writer.write_bytes([(STORE, record)])

    with pytest.raises(UnreadableSample, match=f"{topics.samples}/{partition_of(STORE)}/0 is no position sample"):
        await read_samples(connection, topics.samples, wanted, KeptSamples(tmp_path))
