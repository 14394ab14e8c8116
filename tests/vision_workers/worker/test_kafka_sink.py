import asyncio
import socket
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from event_store.connection import KafkaConnection
from event_store.topics import Topics
from infra.health import record
from infra.local.topics import create_topics
from infra.settings import Settings
from tests.builders.changed_topics import change, settings_of, until_in_force
from tests.builders.working import arrived, sent, settings, shop
from vision_workers.kafka_sink import KafkaSink
from vision_workers.sink import ListSink, SinkDown
from vision_workers.spool.waiting import Waiting
from vision_workers.worker import Worker

RECORD = Waiting(place=1, channel="events", key="acme/corner", source="/s", sequence=1, record=b"{}")


async def read(kafka: str, topic: str, count: int) -> list[tuple[str, bytes, bytes]]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    try:
        records = [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()
    return [(record.key.decode(), record.value, dict(record.headers)["content-type"]) for record in records]


@pytest.mark.kafka
async def test_kafka_holds_the_very_bytes_of_the_spool_under_the_store(
    kafka: str, topics: Topics, blobs_folder: Path, tmp_path: Path
) -> None:
    beside = ListSink()
    sink = KafkaSink(KafkaConnection(bootstrap=kafka), topics)
    await sink.close()
    assignment = shop(tmp_path, blobs_folder, "door")

    class Both:
        async def send(self, records: list[Waiting]) -> None:
            await sink.send(records)
            await beside.send(records)

        async def close(self) -> None:
            await sink.close()

    Worker([assignment], Both(), settings(tmp_path)).run()  # type: ignore[arg-type]

    events = await read(kafka, topics.events, len(arrived(beside)))
    samples = await read(kafka, topics.samples, 1)
    assert [value for _, value, _ in events] == [each.record for each in beside.records if each.channel == "events"]
    assert {key for key, _, _ in events} == {"acme/corner"}
    assert events[0][2] == b"application/cloudevents+json"
    assert samples[0][2] == b"application/json"
    assert len(sent(beside)) == 8


async def test_a_broker_that_does_not_answer_is_a_sink_that_is_down() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        sink = KafkaSink(KafkaConnection(bootstrap=f"127.0.0.1:{nobody.getsockname()[1]}"), Topics())

        with pytest.raises(SinkDown, match="cannot be used"):
            await sink.send([RECORD])
    await sink.close()


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("cleanup.policy", "compact", "delete"),
        ("cleanup.policy", "compact,delete", "delete"),
        ("retention.ms", "60000", "-1"),
        ("message.timestamp.type", "CreateTime", "LogAppendTime"),
    ],
)
async def test_nothing_is_sent_to_a_topic_that_would_lose_it_until_migrate_has_put_it_right(
    kafka: str, topics: Topics, name: str, value: str, right: str
) -> None:
    connection = KafkaConnection(bootstrap=kafka)
    await change(kafka, topics.events, name, value)
    sink = KafkaSink(connection, topics)

    with pytest.raises(SinkDown, match=rf"{topics.events} has {name} {value} and must have .* run `shopfloor migrate`"):
        await sink.send([RECORD])
    finding = await asyncio.to_thread(record.check_kafka, Settings(kafka=kafka, topic_prefix=topics.prefix))
    await create_topics(connection, topics.specs(), replicas=1)
    await until_in_force(kafka, topics.events, name, right)
    await sink.send([RECORD])
    await sink.close()

    assert (finding.state, finding.cure) == ("fail", "run `shopfloor migrate`")


@pytest.mark.kafka
async def test_a_topic_that_somebody_keeps_for_a_year_is_fit_and_samples_for_as_long_as_a_setting_says(
    kafka: str, topics: Topics
) -> None:
    await change(kafka, topics.events, "retention.ms", str(366 * 86_400_000))
    await change(kafka, topics.samples, "retention.ms", str(400 * 86_400_000))
    sink = KafkaSink(KafkaConnection(bootstrap=kafka), topics)

    await sink.send([RECORD])
    await sink.close()


@pytest.mark.kafka
async def test_samples_are_compressed_and_their_days_are_days(kafka: str, topics: Topics) -> None:
    found = await settings_of(kafka, topics.samples)

    assert (found["compression.type"], found["segment.ms"]) == ("zstd", "86400000")
    assert (await settings_of(kafka, topics.ops))["segment.ms"] == "86400000"
