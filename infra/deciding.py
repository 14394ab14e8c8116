"""Decisions of a person at the command line: checked against the database, written to Kafka, waited for."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from uuid import uuid4

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from event_store.database import outages_told, sqlalchemy_url
from event_store.envelope import Envelope, Position
from event_store.events.event import Event
from event_store.serialization import encode
from event_store.writer import EventWriter
from infra.settings import Settings
from projections.positions import find_reached
from projections.scope import StoreKey
from projections.tables.read_model import PROJECTOR_ROLE

LOOK_AGAIN_S = 0.1

Decision = tuple[StoreKey, Event]
"""The store in whose history it goes, and the amendment."""


class Decided(msgspec.Struct, frozen=True):
    """Where decisions were written, and whether a projector has carried all of them out."""

    positions: Sequence[Position]
    carried_out: bool


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[AsyncConnection]:
    """Open a connection that sees every organisation; raises `DatabaseUnreachable`."""
    engine = create_async_engine(sqlalchemy_url(url), isolation_level="AUTOCOMMIT")
    try:
        with outages_told():
            async with engine.connect() as connection:
                await connection.execute(text(f"SET ROLE {PROJECTOR_ROLE}"))
                yield connection
    finally:
        await engine.dispose()


async def write(
    where: Settings, connection: AsyncConnection, decisions: Sequence[Decision], who: str, patience_s: float
) -> Decided:
    """Append decisions of a person to the record, and wait a while until read models reflect them."""
    records = [(envelope.key, encode(envelope)) for envelope in _envelopes(decisions, who)]
    async with EventWriter(where.kafka_connection(), where.topics.events) as writer:
        positions = await writer.write_bytes(records)
    return Decided(positions, await _are_reached(connection, positions, patience_s))


def _envelopes(decisions: Sequence[Decision], who: str) -> Iterable[Envelope]:
    """Number decisions by store: each command is a source of its own, as each run of a camera is."""
    run, numbers = uuid4().hex, dict[StoreKey, int]()
    for store, event in decisions:
        numbers[store] = numbers.get(store, 0) + 1
        yield Envelope(
            id=str(uuid4()),
            source=f"/{store.organisation}/{store.store}/person/{run}",
            sequence=numbers[store],
            organisation=store.organisation,
            store=store.store,
            actor=f"person/{who}",
            event=event,
        )


async def _are_reached(connection: AsyncConnection, positions: Sequence[Position], patience_s: float) -> bool:
    deadline = monotonic() + patience_s
    ends: dict[tuple[str, int], int] = {}
    for at in positions:
        ends[at.topic, at.partition] = max(at.offset, ends.get((at.topic, at.partition), 0))
    for (topic, partition), last in ends.items():
        while not any(each.next_offset > last for each in await find_reached(connection, topic, partition)):
            if monotonic() > deadline:
                return False
            await asyncio.sleep(LOOK_AGAIN_S)
    return True
