"""`shopfloor bridge` is refused in one line, and `doctor` says how Redis and bridge are."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.health.edge import check_edge
from infra.local.redis import RedisServer
from infra.settings import Settings
from infra.sinks import sink_of
from tests.builders.commands import CommandLine
from tests.builders.edge import Edge, facts, own_redis, until_sent
from vision_workers.edge.entries import Entry
from vision_workers.edge.keys import Keys
from vision_workers.edge.quarantine import Quarantine, quarantine_path
from vision_workers.edge.redis_sink import RedisSink
from vision_workers.kafka_sink import KafkaSink
from vision_workers.sink import ListSink


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with own_redis() as server:
        yield server


@pytest.fixture
def bridged(redis_server: RedisServer, tmp_path: Path) -> Settings:
    """Settings of an installation with that Redis, in a data folder of its own."""
    return Settings.model_validate({"data": tmp_path, "redis": redis_server.url, "kafka": "127.0.0.1:9"})


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> CommandLine:
    line = CommandLine(monkeypatch, capfdbinary)
    line.set("SHOPFLOOR_DATA", str(tmp_path))
    line.set("SHOPFLOOR_KAFKA", "127.0.0.1:9")
    return line


@pytest.mark.parametrize(
    ("redis", "status", "said"),
    [
        ("", 2, "SHOPFLOOR_REDIS is not set; set it to redis://host:6379/0"),
        ("10.0.0.5:6379", 2, "SHOPFLOOR_REDIS is no redis:// or rediss:// address"),
        ("http://10.0.0.5", 2, "SHOPFLOOR_REDIS is no redis:// or rediss:// address"),
        ("redis://10.0.0.5:6379/0?password=hocus", 2, "SHOPFLOOR_REDIS is no redis:// or rediss:// address"),
        ("redis://:hocus@127.0.0.1:9/0", 1, "Redis at 127.0.0.1:9 cannot be used"),
    ],
)
def test_a_redis_that_cannot_be_used_is_one_line(command: CommandLine, redis: str, status: int, said: str) -> None:
    command.set("SHOPFLOOR_REDIS", redis)

    assert command.run("bridge", "--patience", "0") == status
    assert said in command.err
    assert command.err.count("\n") == 1
    assert "hocus" not in command.err


def test_a_bridge_to_a_redis_that_evicts_is_refused_with_what_to_set(command: CommandLine) -> None:
    with own_redis({"maxmemory-policy": "allkeys-lru"}) as server:
        command.set("SHOPFLOOR_REDIS", server.url)

        assert command.run("bridge") == 1
    assert "evicts (maxmemory-policy allkeys-lru)" in command.err
    assert "set `maxmemory-policy noeviction`" in command.err


async def test_a_worker_writes_where_the_settings_say(bridged: Settings) -> None:
    to_redis, to_kafka = sink_of(bridged), sink_of(bridged.model_copy(update={"redis": None}))
    await to_redis.close()
    await to_kafka.close()

    assert (type(to_redis), type(to_kafka)) == (RedisSink, KafkaSink)


async def test_doctor_says_whether_a_bridge_carries_and_what_it_says(bridged: Settings, tmp_path: Path) -> None:
    edge, kafka = Edge(bridged.redis_connection(), Keys(bridged.topic_prefix), tmp_path), ListSink()
    nobody = await asyncio.to_thread(check_edge, bridged)
    sink = RedisSink(edge.redis, edge.keys)
    async with edge.bridge(kafka):
        await until_sent(sink, facts(3))
        well = await asyncio.to_thread(check_edge, bridged)
        Quarantine(quarantine_path(bridged.data)).keep([(Entry("1-1", {b"record": b"\xff"}), "no fact")])
        refused = await asyncio.to_thread(check_edge, bridged)
    await sink.close()

    assert (nobody.state, nobody.cure) == ("fail", "start `shopfloor bridge`")
    assert (well.state, refused.state) == ("ok", "warn")
    assert "1 did not pass the bridge" in refused.detail
    assert str(quarantine_path(bridged.data)) in refused.cure


def test_doctor_says_when_redis_is_away_or_was_never_set(bridged: Settings) -> None:
    away = Settings.model_validate({"redis": "redis://127.0.0.1:9/0"})

    assert check_edge(away).state == "fail"
    assert "Redis at 127.0.0.1:9 cannot be used" in check_edge(away).detail
    assert check_edge(bridged.model_copy(update={"redis": None})).state == "ok"
