import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from event_store.envelope import Envelope, Position
from event_store.errors import BrokerUnreachable
from event_store.events.layouts import LayoutPublished
from event_store.partitions import partition_of
from event_store.serialization import decode, encode
from event_store.topics import Topics
from event_store.writer import EventWriter
from graphql_api.snapshots import CONNECTIONS
from tests.builders.asking import ACME, Client, kafka_at, serving
from tests.builders.projected import Shop

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

LAYOUT = """
[store]
organisation = "acme"
id = "ginza-3"
name = "Ginza"
time_zone = "Asia/Tokyo"

[[camera]]
id = "entrance"
source = "rtsp://admin:secret@10.0.0.7/stream"
"""
PUBLISH = """mutation ($toml: String!, $key: String!) {
    publishLayout(input: {toml: $toml, idempotencyKey: $key}) {
        layoutDigest eventId position userErrors { code message field line cure }
    }
}"""
KEY = "publish-2026-03-02"


@pytest.fixture
async def api(projected_database: str, kafka: str, topics: Topics) -> AsyncIterator[Client]:
    async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as client:
        yield client


async def publish(api: Client, toml: str = LAYOUT, key: str = KEY, token: str = ACME) -> Any:
    return (await api.ask(PUBLISH, token=token, toml=toml, key=key))["publishLayout"]


async def recorded(kafka: str, topic: str) -> list[Envelope]:
    place = TopicPartition(topic, partition_of("acme/ginza-3"))
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        found: list[Envelope] = []
        while len(found) < end:
            records = await consumer.getmany(place, timeout_ms=500)
            found += [decode(record.value) for batch in records.values() for record in batch]
        return found
    finally:
        await consumer.stop()


async def test_a_published_layout_is_a_fact_of_its_store_without_where_its_cameras_are(
    api: Client, kafka: str, topics: Topics
) -> None:
    answer = await publish(api)

    (envelope,) = await recorded(kafka, topics.events)
    assert isinstance(envelope.event, LayoutPublished)
    assert envelope.event.layout.camera[0].source == ""
    assert b"10.0.0.7" not in encode(envelope)
    assert envelope.source == f"/acme/ginza-3/api/{KEY}"
    assert (envelope.sequence, envelope.actor) == (1, "api/acme")
    assert answer == {
        "layoutDigest": envelope.event.layout_digest,
        "eventId": f"acme/ginza-3/event/{envelope.id}",
        "position": f"{topics.events}/{partition_of('acme/ginza-3')}/0",
        "userErrors": [],
    }


async def test_the_same_key_gives_the_same_answer_and_writes_once_even_after_a_restart(
    api: Client, projected_database: str, kafka: str, topics: Topics
) -> None:
    first, *together = await asyncio.gather(*(publish(api) for _ in range(5)))
    async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as restarted:
        again = await publish(restarted)

    assert [*together, again] == [first] * 5
    assert len(await recorded(kafka, topics.events)) == 1


async def test_a_key_does_not_stand_for_another_layout(api: Client) -> None:
    await publish(api)

    answer = await publish(api, LAYOUT.replace("Ginza", "Shibuya"))

    (problem,) = answer["userErrors"]
    assert (problem["code"], problem["field"], answer["position"]) == (
        "IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"], None
    )  # fmt: skip


async def test_a_record_of_unknown_fate_is_sent_again_as_it_was(
    api: Client, kafka: str, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = EventWriter.write_bytes

    async def sent_but_not_answered(self: EventWriter, records: Any) -> list[Position]:
        await write(self, records)
        raise BrokerUnreachable("kafka", "the answer was lost")

    monkeypatch.setattr(EventWriter, "write_bytes", sent_but_not_answered)
    lost = await api.refusal(PUBLISH, token=ACME, toml=LAYOUT, key=KEY)
    monkeypatch.setattr(EventWriter, "write_bytes", write)
    answer = await publish(api)

    first, second = await recorded(kafka, topics.events)
    assert lost["extensions"]["code"] == "UNAVAILABLE"
    assert first == second
    assert answer["eventId"] == f"acme/ginza-3/event/{first.id}"


async def test_a_record_of_unknown_fate_that_was_projected_is_not_sent_again(
    projected_database: str, shop: Shop, kafka: str, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Envelope] = []
    shop.recorded_at = datetime.now(UTC)

    async def sent_but_not_answered(_: EventWriter, records: Any) -> list[Position]:
        sent.extend(decode(value) for _, value in records)
        raise BrokerUnreachable("kafka", "the answer was lost")

    monkeypatch.setattr(EventWriter, "write_bytes", sent_but_not_answered)
    async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as api:
        await api.refusal(PUBLISH, token=ACME, toml=LAYOUT, key=KEY)
        position = await shop.record(*sent)
        answer = await publish(api)

    assert len(sent) == 1
    assert answer["position"] == f"{position.topic}/{position.partition}/{position.offset}"


async def test_while_kafka_is_away_questions_are_answered_however_many_changes_wait(
    api: Client, kafka: str, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, back, waiting = EventWriter.write_bytes, asyncio.Event(), asyncio.Semaphore(0)

    async def away(self: EventWriter, records: Any) -> list[Position]:
        waiting.release()
        await back.wait()
        return await write(self, records)

    monkeypatch.setattr(EventWriter, "write_bytes", away)
    keys = [f"publish-{number:02}" for number in range(CONNECTIONS + 2)]
    changes = [asyncio.create_task(publish(api, key=key)) for key in keys]
    for _ in keys:
        await waiting.acquire()
    asked = await api.ask("{ stores { nodes { id } } }", token=ACME)
    back.set()
    answers = await asyncio.gather(*changes)

    assert asked == {"stores": {"nodes": []}}
    assert sorted(each["eventId"] for each in answers) == sorted(
        f"acme/ginza-3/event/{each.id}" for each in await recorded(kafka, topics.events)
    )


async def test_two_servers_that_write_one_change_at_once_give_one_answer(
    api: Client, projected_database: str, kafka: str, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, both = EventWriter.write_bytes, asyncio.Barrier(2)

    async def together(self: EventWriter, records: Any) -> list[Position]:
        await both.wait()
        return await write(self, records)

    monkeypatch.setattr(EventWriter, "write_bytes", together)
    async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as other:
        one, two = await asyncio.gather(publish(api), publish(other))

    first, second = await recorded(kafka, topics.events)
    assert first == second
    assert one == two


async def test_everything_wrong_with_a_layout_is_told_with_its_line(api: Client, kafka: str, topics: Topics) -> None:
    wrong = LAYOUT.replace('"Asia/Tokyo"', '"Asia/Tokio"').replace('id = "entrance"', 'id = "the entrance"')

    answer = await publish(api, wrong)

    assert [problem["line"] for problem in answer["userErrors"]] == [6, 9]
    assert all(
        problem["message"] and problem["cure"] and problem["code"] == "INVALID" for problem in answer["userErrors"]
    )
    assert (answer["position"], answer["eventId"]) == (None, None)
    assert await recorded(kafka, topics.events) == []


async def test_nobody_publishes_for_another_organisation(api: Client) -> None:
    refusal = await api.refusal(PUBLISH, token=ACME, toml=LAYOUT.replace("acme", "rival"), key=KEY)

    assert refusal["extensions"]["code"] == "FORBIDDEN"


async def test_a_key_must_be_one(api: Client) -> None:
    for key in ("", "short", "with spaces in it", "x" * 129):
        refusal = await api.refusal(PUBLISH, token=ACME, toml=LAYOUT, key=key)

        assert refusal["extensions"]["code"] == "BAD_USER_INPUT"


async def test_without_kafka_a_layout_waits_for_another_try(
    projected_database: str, kafka: str, topics: Topics
) -> None:
    async with serving(projected_database) as api:
        refusal = await api.refusal(PUBLISH, token=ACME, toml=LAYOUT, key=KEY)
    async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as api:
        answer = await publish(api)

    assert refusal["extensions"]["code"] == "UNAVAILABLE"
    assert answer["userErrors"] == []


async def test_the_answer_holds_the_store_as_the_change_made_it(
    projected_database: str, shop: Shop, monkeypatch: pytest.MonkeyPatch, kafka: str
) -> None:
    async def projected(_: EventWriter, records: Any) -> list[Position]:
        return [await shop.record(*(decode(value) for _, value in records))]

    monkeypatch.setattr(EventWriter, "write_bytes", projected)
    change = """mutation ($toml: String!, $key: String!) {
        publishLayout(input: {toml: $toml, idempotencyKey: $key}) { store { name layout { digest } } layoutDigest }
    }"""
    async with serving(projected_database, kafka=kafka_at(kafka)) as api:
        for n, name in enumerate(("Ginza", "Shibuya")):
            toml = LAYOUT.replace("Ginza", name)
            answer = (await api.ask(change, token=ACME, toml=toml, key=f"change-{n}-2026"))["publishLayout"]

            assert answer["store"] == {"name": name, "layout": {"digest": answer["layoutDigest"]}}
