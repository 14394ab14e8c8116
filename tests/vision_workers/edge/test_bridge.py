"""Facts go from a worker through Redis to Kafka: each once, in order, and none is dropped before Kafka has it."""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path

import msgspec
import pytest

from event_store.events import TYPE_OF
from tests.builders.edge import PATIENCE_S, Edge, bytes_of, facts, own_redis, until_sent, value
from vision_workers.edge.connection import RedisConnection
from vision_workers.edge.entries import fields_of
from vision_workers.edge.keys import Keys
from vision_workers.edge.quarantine import Refused, quarantined
from vision_workers.edge.redis_sink import RedisSink
from vision_workers.sink import ListSink, SinkDown
from vision_workers.spool.waiting import Waiting

RECORDS = facts(1_500)


class HeldSink(ListSink):
    """A Kafka that takes a batch when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let, self.asked = asyncio.Event(), asyncio.Event()

    async def send(self, records: Sequence[Waiting]) -> None:
        self.asked.set()
        await self.let.wait()
        await super().send(records)


async def until(what: Awaitable[object]) -> None:
    await asyncio.wait_for(what, PATIENCE_S)


async def put(edge: Edge, *fields: dict[str, str | int | bytes]) -> None:
    async with edge.redis.client() as client:
        for each in fields:
            await client.xadd(edge.keys.facts, each)


async def until_empty(edge: Edge) -> None:
    async with asyncio.timeout(PATIENCE_S), edge.redis.client() as client:
        while await client.xlen(edge.keys.facts):  # noqa: ASYNC110  # Redis knows no events of ours
            await asyncio.sleep(0.02)


async def test_kafka_gets_the_very_records_of_the_spool_in_their_order(edge: Edge) -> None:
    kafka, sink = ListSink(), RedisSink(edge.redis, edge.keys)
    async with edge.bridge(kafka) as metrics:
        await sink.send(RECORDS[:1000])
        await sink.send(RECORDS[1000:])
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS)
    assert [each.channel for each in kafka.records] == ["events"] * len(RECORDS)
    assert (value(metrics, "carried_records_total"), value(metrics, "claims_total")) == (1500, 1)


async def test_a_sink_returns_only_when_kafka_has_what_it_was_given(edge: Edge) -> None:
    kafka, sink = HeldSink(), RedisSink(edge.redis, edge.keys)
    async with edge.bridge(kafka):
        sending = asyncio.create_task(sink.send(RECORDS[:10]))
        await until(kafka.asked.wait())
        await asyncio.sleep(0.1)
        assert not sending.done()
        kafka.let.set()
        await until(sending)
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS[:10])


async def test_without_a_bridge_nothing_is_dropped_or_given_twice_and_the_worker_says_what_to_start(edge: Edge) -> None:
    kafka, sink = ListSink(), RedisSink(edge.redis, edge.keys, patience_s=0.1)
    for _ in range(3):
        with pytest.raises(SinkDown, match="5 records that are not in Kafka yet, and no bridge carries them: start"):
            await sink.send(RECORDS[:5])
    async with edge.bridge(kafka):
        await sink.send(RECORDS[:5])
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS[:5])


async def test_a_worker_that_was_killed_does_not_give_again_what_kafka_has(edge: Edge) -> None:
    kafka = ListSink()
    async with edge.bridge(kafka):
        for _ in range(2):
            sink = RedisSink(edge.redis, edge.keys)
            await sink.send(RECORDS[:7])
            await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS[:7])


async def test_while_kafka_is_down_the_worker_is_told_why(edge: Edge) -> None:
    kafka, sink = ListSink(), RedisSink(edge.redis, edge.keys, patience_s=0.1)
    kafka.down = True
    async with edge.bridge(kafka) as metrics:
        async with asyncio.timeout(PATIENCE_S):
            while "the bridge says: told to be down" not in await told(sink, RECORDS[:5]):
                pass
        assert value(metrics, "up") == 0
        kafka.down = False
        await until_sent(sink, RECORDS[:5])
        await until_empty(edge)
        assert value(metrics, "up") == 1
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS[:5])


async def told(sink: RedisSink, records: Sequence[Waiting]) -> str:
    try:
        await sink.send(records)
    except SinkDown as problem:
        return str(problem)
    return ""


async def test_one_bridge_carries_and_another_takes_over_when_it_is_gone(edge: Edge) -> None:
    first, second, sink = ListSink(), ListSink(), RedisSink(edge.redis, edge.keys)
    async with edge.bridge(first) as one:
        await sink.send(RECORDS[:3])
        async with edge.bridge(second) as other:
            await sink.send(RECORDS[3:6])
            assert (value(one, "carries"), value(other, "carries")) == (1, 0)
            async with edge.redis.client() as client:  # as if the first one had stood still for too long
                await client.set(edge.keys.owner, "another")
                async with asyncio.timeout(PATIENCE_S):
                    while value(one, "carries"):  # noqa: ASYNC110  # a metric tells by being asked
                        await asyncio.sleep(0.02)
                await client.delete(edge.keys.owner)
            await sink.send(RECORDS[6:9])
    await sink.close()

    assert bytes_of(first.records + second.records) == bytes_of(RECORDS[:9])


async def test_a_bridge_that_stood_still_sends_what_it_held_again_and_nothing_in_another_order(edge: Edge) -> None:
    slow, fast, sink = HeldSink(), ListSink(), RedisSink(edge.redis, edge.keys)
    sending = asyncio.create_task(sink.send(RECORDS[:4]))
    async with edge.bridge(slow):
        await until(slow.asked.wait())
        async with edge.redis.client() as client:
            await client.set(edge.keys.owner, "another")
            async with edge.bridge(fast):
                await client.delete(edge.keys.owner)
                slow.let.set()
                await until(sending)
                await sink.send(RECORDS[4:8])
    await sink.close()

    log = bytes_of(slow.records) + bytes_of(fast.records)
    assert list(dict.fromkeys(log)) == bytes_of(RECORDS[:8])


FACT = msgspec.json.decode(RECORDS[0].record)
GIVEN = fields_of(RECORDS[0])
NO_FACTS = {
    "no JSON": ({"record": b"{"}, "not a readable CloudEvent"),
    "not UTF-8": ({"record": b'{"a":"\xff"}'}, "not UTF-8"),
    "nothing": ({"record": b""}, "not a readable CloudEvent"),
    "too long": ({"record": b"[" + b" " * 70_000 + b"]"}, "at most 60000"),
    "too deep": ({"record": b"[" * 500 + b"]" * 500}, "not a readable CloudEvent"),
    "another store's key": ({"key": "acme/south"}, "its key is acme/south"),
    "another organisation's key": ({"key": "other/north"}, "its key is other/north"),
    "another source": ({"source": "/acme/north/camera/attic/run"}, "its entry"),
    "another number": ({"sequence": 99}, "its entry 99"),
    "no number": ({"sequence": "many"}, "no entry of a worker"),
    "no channel of ours": ({"channel": "rumours"}, "channel 'rumours' is none of events, samples, ops"),
    "a sample with a camera's numbers": ({"channel": "samples"}, "no source of samples"),
    "no text": ({"source": b"\xff\xfe"}, "no entry of a worker"),
    "data that does not fit": (
        {"record": msgspec.json.encode(FACT | {"data": {"camera_id": 7}})},
        "not a readable CloudEvent",
    ),
}


@pytest.mark.parametrize("name", NO_FACTS)
async def test_what_is_no_fact_goes_into_quarantine_with_its_reason_and_stops_nothing(edge: Edge, name: str) -> None:
    kafka, sink = ListSink(), RedisSink(edge.redis, edge.keys)
    changed, reason = NO_FACTS[name]
    await put(edge, {**GIVEN, **changed})  # type: ignore[dict-item]
    async with edge.bridge(kafka) as metrics:
        await sink.send(RECORDS[:3])
        await until_empty(edge)
        assert value(metrics, "refused_records_total") == 1
    await sink.close()

    (line,) = edge.quarantine.path.read_bytes().splitlines()
    refused = msgspec.json.decode(line, type=Refused)
    assert reason in refused.reason
    assert quarantined(edge.quarantine.path) == 1
    assert bytes_of(kafka.records) == bytes_of(RECORDS[:3])


async def test_an_entry_without_a_record_goes_into_quarantine(edge: Edge) -> None:
    await put(edge, {"greeting": "hello"})
    async with edge.bridge(ListSink()):
        await until_empty(edge)

    assert "it has no channel" in edge.quarantine.path.read_text()


async def test_what_somebody_claims_of_a_source_lets_no_fact_of_it_be_dropped(edge: Edge) -> None:
    kafka, sink = ListSink(), RedisSink(edge.redis, edge.keys)
    await put(edge, {**GIVEN, "sequence": 1_000_000, "record": b"{}"})
    async with edge.bridge(kafka):
        await until_empty(edge)
        await sink.send(RECORDS[:20])
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS[:20])


async def test_facts_of_an_organisation_that_is_not_served_are_kept_apart_and_their_worker_goes_on(edge: Edge) -> None:
    kafka, ours, theirs = ListSink(), RedisSink(edge.redis, edge.keys), RedisSink(edge.redis, edge.keys)
    strangers = facts(5, organisation="other")
    async with edge.bridge(kafka, "acme"):
        await until(theirs.send(strangers))
        await ours.send(RECORDS[:5])
    await ours.close()
    await theirs.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS[:5])
    reasons = [
        msgspec.json.decode(line, type=Refused).reason for line in edge.quarantine.path.read_bytes().splitlines()
    ]
    assert reasons == ["organisation other is not served here (acme)"] * 5


async def test_a_fact_of_a_newer_version_passes_the_bridge(edge: Edge) -> None:
    newer = msgspec.json.encode(FACT | {"type": "shopfloor.ShopperSang.v1"})
    assert "shopfloor.ShopperSang.v1" not in TYPE_OF.values()
    record, kafka, sink = (
        msgspec.structs.replace(RECORDS[0], record=newer),
        ListSink(),
        RedisSink(edge.redis, edge.keys),
    )
    async with edge.bridge(kafka):
        await sink.send([record])
    await sink.close()

    assert bytes_of(kafka.records) == [newer]


async def test_samples_and_operations_pass_too(edge: Edge) -> None:
    sample = b'{"organisation":"acme","store":"north","time":"2026-03-02T09:00:00.000Z"}'
    source = "/acme/north/camera/door/run/samples"
    kafka, sink = ListSink(), RedisSink(edge.redis, edge.keys)
    given = [
        Waiting(place=1, channel="samples", key="acme/north", source=source, sequence=1_772_442_000_001, record=sample),
        msgspec.structs.replace(RECORDS[0], channel="ops"),
    ]
    async with edge.bridge(kafka):
        await sink.send(given)
    await sink.close()

    assert [(each.channel, each.record) for each in kafka.records] == [(each.channel, each.record) for each in given]


async def test_when_redis_has_lost_what_it_was_given_it_is_given_again(edge: Edge) -> None:
    kafka, sink = ListSink(), RedisSink(edge.redis, edge.keys, patience_s=0.1)
    with pytest.raises(SinkDown):
        await sink.send(RECORDS[:6])
    async with edge.redis.client() as client:
        await client.delete(edge.keys.facts)
    async with edge.bridge(kafka):
        await until_sent(sink, RECORDS[:6])
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS[:6])


async def test_a_redis_that_dies_with_the_tail_of_its_log_costs_no_fact(tmp_path: Path) -> None:
    with own_redis() as server:
        connection = RedisConnection(url=server.url)
        edge = Edge(connection, Keys(), tmp_path)
        kafka, sink = HeldSink(), RedisSink(connection, edge.keys)
        async with edge.bridge(kafka):
            sending = asyncio.create_task(sink.send(RECORDS[:50]))
            await until(kafka.asked.wait())
            server.kill(lost_bytes=10_000)
            with pytest.raises(SinkDown, match="Redis at"):
                await until(sending)
            server.start()
            kafka.let.set()
            await until_sent(sink, RECORDS[:50])
        await sink.close()

    assert list(dict.fromkeys(bytes_of(kafka.records))) == bytes_of(RECORDS[:50])
