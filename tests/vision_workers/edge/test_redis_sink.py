"""A Redis that cannot be used says why and what to do, and what was to be sent is offered again."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.redis import AS_DOCUMENTED, RedisServer
from tests.builders.edge import Edge, bytes_of, facts, own_redis, until_sent
from vision_workers.edge.connection import RedisConnection
from vision_workers.edge.errors import UnusableRedisFile
from vision_workers.edge.keys import Keys
from vision_workers.edge.redis_sink import RedisSink
from vision_workers.sink import ListSink, SinkDown

GUIDE = (Path(__file__).parents[3] / "docs" / "edge.md").read_text()
RECORDS = facts(20)
PASSWORD = "abracadabra"  # noqa: S105  # of a Redis that lives for a minute


@pytest.fixture(scope="module")
def guarded() -> Iterator[RedisServer]:
    """A Redis that asks for a password."""
    with own_redis({"requirepass": PASSWORD}) as server:
        yield server


@contextmanager
def changed(server: RedisServer, **settings: str) -> Iterator[None]:
    """Change settings of a running Redis, and put them back."""
    client = RedisConnection(url=server.url, password=PASSWORD)
    names = {name: name.replace("_", "-") for name in settings}
    before = {names[name]: _configured(client, names[name]) for name in settings}
    _configure(client, {names[name]: value for name, value in settings.items()})
    try:
        yield
    finally:
        _configure(client, before)


def _configured(connection: RedisConnection, name: str) -> str:
    import redis  # noqa: PLC0415

    with redis.Redis.from_url(connection.url, password=PASSWORD, protocol=2, decode_responses=True) as client:
        return str(client.config_get(name)[name])


def _configure(connection: RedisConnection, settings: Mapping[str, str]) -> None:
    import redis  # noqa: PLC0415

    with redis.Redis.from_url(connection.url, password=PASSWORD) as client:
        for name, value in settings.items():
            client.config_set(name, value)


async def said(connection: RedisConnection, keys: Keys | None = None) -> str:
    sink = RedisSink(connection, keys or Keys(), patience_s=0.1)
    with pytest.raises(SinkDown) as problem:
        await sink.send(RECORDS)
    await sink.close()
    return str(problem.value)


async def test_a_redis_that_does_not_answer_is_a_sink_that_is_down() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))

        told = await said(RedisConnection(url=f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"))
    assert "cannot be used" in told
    assert "start it or correct SHOPFLOOR_REDIS" in told


@pytest.mark.parametrize(
    ("user", "password"), [(None, None), (None, "hocus"), ("nobody", PASSWORD), ("default", "hocus")]
)
async def test_a_wrong_password_is_told_without_it(
    guarded: RedisServer, user: str | None, password: str | None
) -> None:
    told = await said(RedisConnection(url=guarded.url, user=user, password=password))

    assert "refuses the user or the password; correct SHOPFLOOR_REDIS_USER and SHOPFLOOR_REDIS_PASSWORD" in told
    assert "hocus" not in told
    assert PASSWORD not in told


async def test_a_redis_that_evicts_takes_nothing_until_it_does_not(guarded: RedisServer, tmp_path: Path) -> None:
    connection = RedisConnection(url=guarded.url, password=PASSWORD)
    edge, kafka = Edge(connection, Keys("evicts."), tmp_path), ListSink()
    sink = RedisSink(connection, edge.keys, patience_s=0.1)
    for policy in ("allkeys-lru", "volatile-ttl"):
        with changed(guarded, maxmemory_policy=policy), pytest.raises(SinkDown) as problem:
            await sink.send(RECORDS)
        assert f"evicts (maxmemory-policy {policy})" in str(problem.value)
        assert "set `maxmemory-policy noeviction`" in str(problem.value)
    async with edge.bridge(kafka):
        await until_sent(sink, RECORDS)
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS)


async def test_a_redis_without_an_append_only_file_takes_nothing(guarded: RedisServer) -> None:
    with changed(guarded, appendonly="no"):
        told = await said(RedisConnection(url=guarded.url, password=PASSWORD))

    assert "has no append-only file" in told
    assert "set `appendonly yes`" in told


async def test_a_full_redis_is_told_and_is_emptied_by_the_bridge_while_it_is_full(
    guarded: RedisServer, tmp_path: Path
) -> None:
    connection = RedisConnection(url=guarded.url, password=PASSWORD)
    edge, kafka = Edge(connection, Keys("full."), tmp_path), ListSink()
    first, second = (RedisSink(connection, edge.keys, patience_s=0.1) for _ in range(2))
    with pytest.raises(SinkDown, match="no bridge carries them"):
        await first.send(RECORDS)
    with changed(guarded, maxmemory="1"):
        with pytest.raises(SinkDown, match=r"is full: it takes no facts, and they wait in the spool"):
            await second.send(facts(20, store="south"))
        async with edge.bridge(kafka):
            await until_sent(first, RECORDS)
    async with edge.bridge(kafka):
        await until_sent(second, facts(20, store="south"))
    for each in (first, second):
        await each.close()

    assert bytes_of(kafka.records) == bytes_of([*RECORDS, *facts(20, store="south")])


async def test_keys_of_somebody_else_are_told(guarded: RedisServer) -> None:
    connection, keys = RedisConnection(url=guarded.url, password=PASSWORD), Keys("taken.")
    async with connection.client() as client:
        await client.set(keys.facts, "something else")

    assert "keys of ours hold something else" in await said(connection, keys)


async def test_a_database_that_redis_does_not_have_is_told(guarded: RedisServer) -> None:
    connection = RedisConnection(url=guarded.url.replace("/0", "/99"), password=PASSWORD)

    assert "no database of that number" in await said(connection)


async def test_a_replica_is_told(guarded: RedisServer) -> None:
    with own_redis({"replicaof": f"127.0.0.1 {guarded.port}"}) as replica:
        told = await said(RedisConnection(url=replica.url))

    assert "is a replica, which takes nothing: facts would vanish from it; name the primary" in told


async def test_tls_to_a_port_without_it_is_told(guarded: RedisServer) -> None:
    told = await said(RedisConnection(url=guarded.url.replace("redis://", "rediss://"), password=PASSWORD))

    assert "no answer over TLS; where it speaks none, write redis:// in SHOPFLOOR_REDIS" in told


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_that_is_no_authority_is_told(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "authority.pem"
    if text is not None:
        path.write_text(text)
    connection = RedisConnection(url="rediss://127.0.0.1:1/0", ca_file=path)

    with pytest.raises(UnusableRedisFile, match="give a PEM file of the authority"):
        connection.client()


def test_the_guide_configures_redis_as_the_tests_do() -> None:
    (lines,) = re.findall(r"```\n(appendonly.*?)```", GUIDE, re.DOTALL)

    assert dict(line.split() for line in lines.splitlines()).items() <= AS_DOCUMENTED.items()


async def test_the_user_of_the_guide_may_do_what_worker_and_bridge_need_and_no_more(
    guarded: RedisServer, tmp_path: Path
) -> None:
    (rights,) = re.findall(r"^ACL SETUSER shop (.*)$", GUIDE, re.MULTILINE)
    async with RedisConnection(url=guarded.url, password=PASSWORD).client() as client:
        await client.execute_command("ACL", "SETUSER", "shop", *rights.split())
    secret = rights.split()[1].removeprefix(">")
    connection = RedisConnection(url=guarded.url, user="shop", password=secret)
    edge, kafka = Edge(connection, Keys("acl."), tmp_path), ListSink()
    sink = RedisSink(connection, edge.keys)
    async with edge.bridge(kafka) as metrics:
        await until_sent(sink, RECORDS)
        assert metrics.registry.get_sample_value("shopfloor_bridge_refused_records_total") == 0
    await sink.close()

    assert bytes_of(kafka.records) == bytes_of(RECORDS)
    async with RedisConnection(url=guarded.url, password=PASSWORD).client() as client:
        await client.execute_command("ACL", "SETUSER", "shop", "-xadd")
    assert "this user may not do what is needed" in await said(connection, Keys("acl2."))
