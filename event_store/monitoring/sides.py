"""The two copies of the record, each read by itself: PostgreSQL's ledger and Kafka's log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from psycopg import AsyncConnection

from event_store.connection import KafkaConnection
from event_store.consumers import close, new_reader
from event_store.errors import BrokerUnreachable, Unreachable
from event_store.events.ops import RecordSide
from event_store.merkle import record_leaf
from event_store.replay import Place, read_entries

LAST = 2**63 - 1
SILENCES = 10
"""After so many empty answers in a row, a broker that should have more counts as unreachable."""
WAIT_MS = 1_000


class Found(NamedTuple):
    """A record that a side has: where, and the leaf that it makes."""

    offset: int
    leaf: bytes


class Side(Protocol):
    """One copy of the record."""

    name: RecordSide

    async def begins(self, place: Place) -> int:
        """Return the first offset that it may still have; what is older was removed on purpose."""

    async def read(self, place: Place, start: int, limit: int) -> list[Found]:
        """Return at most `limit` records from an offset on, in order; fewer only where there are no more."""


class LedgerSide:
    """The rows of the ledger."""

    name: RecordSide = "ledger"

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    async def begins(self, place: Place) -> int:  # noqa: ARG002  # the ledger keeps all
        """Return 0: parts that were archived are read all the same."""
        return 0

    async def read(self, place: Place, start: int, limit: int) -> list[Found]:
        """Return rows in the order of offsets."""
        entries = await read_entries(self._connection, place, start=start, end=LAST, limit=limit)
        return [Found(each.offset, record_leaf(each.offset, each.timestamp, each.value or b"")) for each in entries]


class Silent:
    """A side that does not answer now."""

    def __init__(self, name: RecordSide, why: Unreachable) -> None:
        self.name = name
        self._why = why

    async def begins(self, place: Place) -> int:  # noqa: ARG002  # as every side is asked
        """Raise why."""
        raise self._why

    async def read(self, place: Place, start: int, limit: int) -> list[Found]:  # noqa: ARG002  # the same
        """Raise why."""
        raise self._why


class KafkaSide:
    """The records of Kafka's log, without a consumer group."""

    name: RecordSide = "kafka"

    def __init__(self, consumer: Any, address: str) -> None:
        self._consumer = consumer
        self._address = address

    async def begins(self, place: Place) -> int:
        """Return where the log begins now; Kafka's retention moves that."""
        topic = TopicPartition(place.topic, place.partition)
        try:
            return int((await self._consumer.beginning_offsets([topic]))[topic])
        except KafkaError as problem:
            raise BrokerUnreachable(self._address, str(problem) or type(problem).__name__) from problem

    async def read(self, place: Place, start: int, limit: int) -> list[Found]:
        """Return records up to the end that the log has now."""
        try:
            return await self._read(TopicPartition(place.topic, place.partition), start, limit)
        except KafkaError as problem:
            raise BrokerUnreachable(self._address, str(problem) or type(problem).__name__) from problem

    async def _read(self, topic: TopicPartition, start: int, limit: int) -> list[Found]:
        end = (await self._consumer.end_offsets([topic]))[topic]
        if start >= end:
            return []
        self._consumer.assign([topic])
        self._consumer.seek(topic, start)
        taken: list[Found] = []
        silences = 0
        while len(taken) < limit and await self._consumer.position(topic) < end:
            wanted = limit - len(taken)
            records = (await self._consumer.getmany(topic, timeout_ms=WAIT_MS, max_records=wanted)).get(topic, [])
            taken += [
                Found(each.offset, record_leaf(each.offset, each.timestamp, each.value or b"")) for each in records
            ]
            silences = 0 if records else silences + 1
            if silences == SILENCES:
                raise BrokerUnreachable(self._address, f"{topic.topic}/{topic.partition} sends nothing")
        return taken


@asynccontextmanager
async def kafka_side(connection: KafkaConnection) -> AsyncIterator[KafkaSide]:
    """Yield Kafka's side; raises `BrokerUnreachable`."""
    consumer = new_reader(connection)
    try:
        await consumer.start()
        yield KafkaSide(consumer, connection.bootstrap)
    except KafkaError as problem:
        raise BrokerUnreachable(connection.bootstrap, str(problem) or type(problem).__name__) from problem
    finally:
        await asyncio.sleep(0)  # a coordinator that is stopped before its task began raises CancelledError
        await close(consumer)
