"""Kafka may go at any moment of a driver's life, its start and its end too; it is waited for."""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import NodeNotReadyError

from event_store.connection import KafkaConnection
from event_store.errors import BrokerUnreachable, TopicMissing
from event_store.topics import Topics
from event_store.writer import EventWriter
from infra.fire.proxy import Proxy
from infra.local.ports import LOOPBACK, free_port
from projections.feeding import drivers, membership
from projections.feeding.drivers import Driver
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding
from tests.builders.tallies import tallies

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORE = "acme/shop-1"


@pytest.fixture
def proxy(kafka: str) -> Iterator[Proxy]:
    with Proxy(free_port(), int(kafka.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture(params=get_args(Driver))
def feeding(request: pytest.FixtureRequest, proxy: Proxy, topics: Topics, database: str) -> Feeding:
    """A projector that finds Kafka through the proxy."""
    return Feeding(f"{LOOPBACK}:{proxy.port}", topics, database, request.param)


@pytest.fixture
def before_the_driver(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen when all the rest has started and the driver is to, the first time."""

    def let(happen: Callable[[], object]) -> None:
        left = [happen]

        def load(driver: Driver, load: Callable[[Driver], drivers.Run] = drivers.load) -> drivers.Run:
            if left:
                left.pop()()
            return load(driver)

        monkeypatch.setattr(drivers, "load", load)

    return let


async def test_a_driver_that_finds_no_kafka_waits_until_it_is_back(
    feeding: Feeding, proxy: Proxy, before_the_driver: Callable[[Callable[[], object]], None]
) -> None:
    await feeding.write(feeding.facts(crossed("gate"), store=STORE))
    before_the_driver(proxy.turn_away)
    async with feeding.projecting() as task:
        await feeding.until(lambda: proxy.turned_away >= 3, task)
        proxy.heal()
        await feeding.until_taken(1, task)

    assert tallies(feeding.database) == {"gate": 1}


async def test_a_driver_that_finds_no_kafka_for_longer_than_it_may_wait_says_so(
    feeding: Feeding, proxy: Proxy, before_the_driver: Callable[[Callable[[], object]], None]
) -> None:
    before_the_driver(proxy.turn_away)

    with pytest.raises(BrokerUnreachable, match="cannot be used"):
        async with feeding.projecting(feeding.job(patience_s=0)) as task:
            await feeding.until(lambda: False, task)


async def test_a_driver_that_finds_no_kafka_ends_when_it_is_told_to(
    feeding: Feeding, proxy: Proxy, before_the_driver: Callable[[Callable[[], object]], None]
) -> None:
    before_the_driver(proxy.turn_away)
    async with feeding.projecting() as task:
        await feeding.until(lambda: proxy.turned_away >= 3, task)

    assert task.result() is None


async def test_a_group_that_was_divided_before_its_leader_knew_the_topic_is_divided_again(
    feeding: Feeding,
    before_the_driver: Callable[[Callable[[], object]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A leader that Kafka left between its subscription and its first look at the topic gives nobody anything."""
    await feeding.write(feeding.facts(crossed("gate"), store=STORE))
    joined: list[object] = []
    join, update = GroupCoordinator._on_join_complete, AIOKafkaClient._metadata_update

    async def note_the_join(self: Any, *words: Any) -> None:
        joined.append(self)
        await join(self, *words)

    async def fail_before_the_join(self: Any, *words: Any) -> bool:
        return bool(joined) and await update(self, *words)

    monkeypatch.setattr(GroupCoordinator, "_on_join_complete", note_the_join)
    monkeypatch.setattr(membership, "METADATA_AGE_S", 0.5)
    before_the_driver(lambda: monkeypatch.setattr(AIOKafkaClient, "_metadata_update", fail_before_the_join))
    async with feeding.projecting() as task:
        await feeding.until_taken(1, task)

    assert len(joined) > 1


async def test_a_projector_ends_while_kafka_is_away(feeding: Feeding, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library then cuts off fetches that it tries again, and whoever stops it with them."""
    tried: list[object] = []

    async def fail(_: object, node: object, *__: object, **___: object) -> None:
        tried.append(node)
        raise NodeNotReadyError(f"node {node} is away")

    await feeding.write(feeding.facts(crossed("gate"), store=STORE))
    async with feeding.projecting() as task:
        await feeding.until_taken(1, task)
        monkeypatch.setattr(AIOKafkaClient, "send", fail)
        await feeding.until(lambda: len(tried) > 3, task)

    assert task.result() is None


async def test_a_writer_that_finds_no_kafka_does_not_say_that_the_topic_is_missing(
    kafka: str, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_store.writer.METADATA_PAUSE_S", 0.01)
    async with EventWriter(KafkaConnection(bootstrap=kafka), topics.events) as writer:
        assert await writer.partitions() == 12

        async def fail(*_: object) -> bool:
            return False

        writer._producer.client._metadata_update = fail
        writer._producer.client.cluster._partitions.clear()
        with pytest.raises(BrokerUnreachable):
            await writer.partitions()

    with pytest.raises(TopicMissing):
        async with EventWriter(KafkaConnection(bootstrap=kafka), "nobody-made") as writer:
            await writer.partitions()
