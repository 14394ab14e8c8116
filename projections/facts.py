"""Facts as they were projected, one after the other."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.archive.reading import MOVED
from event_store.envelope import Position
from event_store.ledger import LEDGER
from projections.errors import ArchivedRange
from projections.positions import find_reached
from projections.scope import StoreKey

_ARCHIVED = text(f"""
SELECT max(last_offset), {MOVED} FROM record.segments
WHERE in_force AND topic = :topic AND partition = :partition AND last_offset >= :start
""")  # noqa: S608  # no value in it


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An applied fact of the ledger; `value` is its CloudEvent's exact bytes."""

    topic: str
    partition: int
    offset: int
    organisation: str
    store: str
    recorded_at: datetime
    event_id: str
    type: str
    subject: str
    time: datetime
    value: bytes

    @property
    def position(self) -> Position:
        """Where the record holds it."""
        return Position(topic=self.topic, partition=self.partition, offset=self.offset)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts between two positions: all that there are up to `next_offset`."""

    facts: Sequence[Fact]
    next_offset: int


async def find_facts(
    connection: AsyncConnection, store: StoreKey | None, place: tuple[str, int], start: int, limit: int
) -> Facts:
    """Return applied facts of a partition from an offset on, of one store or of all, and where to go on."""
    topic, partition = place
    (*_, reached) = await find_reached(connection, topic, partition) or (None,)
    statement = (
        select(*(LEDGER.c[name] for name in Fact.__struct_fields__))
        .where(LEDGER.c.topic == topic, LEDGER.c.partition == partition, LEDGER.c.offset >= start)
        .where(LEDGER.c.disposition == "applied")
        .order_by(LEDGER.c.offset)
        .limit(limit)
    )
    if store is not None:
        statement = statement.where(store.of(LEDGER))
    facts = [Fact(**row) for row in (await connection.execute(statement)).mappings()]
    await _demand_in_ledger(connection, topic, partition, start)
    if len(facts) == limit:
        return Facts(facts=facts, next_offset=facts[-1].offset + 1)
    return Facts(facts=facts, next_offset=max(start, reached.next_offset if reached else 0))


async def _demand_in_ledger(connection: AsyncConnection, topic: str, partition: int, start: int) -> None:
    """Raise `ArchivedRange` where facts from an offset on are in the archive; asked after they were looked for."""
    values = {"topic": topic, "partition": partition, "start": start}
    last_offset, moved = (await connection.execute(_ARCHIVED, values)).one()
    if last_offset is not None or moved:
        raise ArchivedRange(f"{topic}/{partition}", last_offset or start)
