"""A database that holds facts as the projector writes them, without Kafka."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import psycopg

from event_store.envelope import Envelope, Position
from event_store.events.event import Event
from event_store.events.sales import SaleRecorded
from event_store.log import Continuation
from event_store.partitions import partition_of
from event_store.sales import Sale, SaleSource
from event_store.serialization import encode
from event_store.topics import EVENTS, PARTITIONS
from projections.catalogue import PROJECTIONS
from projections.rebuilding.rebuild import prepare
from projections.taking.projector import Plan, Projector
from tests.builders.records import envelope

RECORDED_AT = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


class Record(msgspec.Struct, kw_only=True):
    """A record as a Kafka client hands it over."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Shop:
    """Tells a database what happened, through the projector's own core."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._plan = Plan(database=database, topic=EVENTS, partitions=PARTITIONS, projections=PROJECTIONS)
        self._log: dict[int, list[Record]] = {}
        self.recorded_at = RECORDED_AT

    async def open(self) -> None:
        """Make the read models."""
        async with await psycopg.AsyncConnection.connect(
            self._database, autocommit=True, options="-c role=shopfloor_projector"
        ) as connection:
            await prepare(connection, PROJECTIONS)

    async def happened(self, *events: Event, store: str = "acme/ginza-3") -> Position:
        """Project facts of a store; return the last one's position."""
        partition = partition_of(store)
        taken = len(self._log.get(partition, ()))
        return await self.record(*(envelope(event, taken + n, store=store) for n, event in enumerate(events, start=1)))

    async def sell(self, *sales: SaleRecorded, store: str = "acme/ginza-3") -> Position:
        """Project sales as another process of the API tells them; return the last one's position."""
        organisation, _, name = store.partition("/")
        told = [Sale(organisation=organisation, store=name, recorded=each) for each in sales]
        return await self.record(*SaleSource("api/test").envelopes(told))

    async def record(self, *envelopes: Envelope) -> Position:
        """Project facts of one store that are in their envelopes; return the last one's position."""
        return await self.told(envelopes[0].key, *map(encode, envelopes))

    async def unreadable(self, event: Event, store: str = "acme/ginza-3") -> Position:
        """Project a fact of a version that nobody knows yet; return its position."""
        taken = len(self._log.get(partition_of(store), ()))
        return await self.told(store, encode(envelope(event, taken + 1, store=store)).replace(b".v1", b".v9"))

    async def told(self, key: str, *values: bytes) -> Position:
        """Project records of one store as they are; return the last one's position."""
        partition = partition_of(key)
        log = self._log.setdefault(partition, [])
        for value in values:
            log.append(
                Record(
                    topic=EVENTS,
                    partition=partition,
                    offset=len(log),
                    timestamp=round(self.recorded_at.timestamp() * 1000) + len(log),
                    key=key.encode(),
                    value=value,
                )
            )
        await self._project(partition)
        return Position(topic=EVENTS, partition=partition, offset=len(log) - 1)

    async def _project(self, partition: int) -> None:
        async def ask_log(_: int, __: int) -> Continuation:
            raise AssertionError("the log of a test has no holes")

        log = self._log[partition]
        projector = Projector(self._plan, ask_log)
        try:
            starts = await projector.assign({partition: len(log)})
            await projector.apply(partition, log[starts[partition] :], log_end=len(log))
        finally:
            await projector.close()
