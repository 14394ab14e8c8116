import socket
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from event_store.connection import KafkaConnection
from event_store.topics import Topics
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
