"""Evidence: the recorded facts behind an answer, by whom they are about."""

from collections.abc import Collection, Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.ledger import LEDGER
from projections.scope import Range, StoreKey

RECORDED_WITHIN = timedelta(days=1)
"""Facts of a period that were recorded later than this after its end are not looked for."""


class Cited(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded fact."""

    event_id: str
    type: str
    subject: str
    value: bytes
    """Its CloudEvent's exact bytes."""


async def find_cited(
    connection: AsyncConnection, store: StoreKey, place: tuple[str, int], within: Range, subjects: Collection[str]
) -> Sequence[Cited]:
    """Return the applied facts about some subjects that became true in a range, in the order of the record."""
    topic, partition = place
    statement = (
        select(*(LEDGER.c[name] for name in Cited.__struct_fields__))
        .where(LEDGER.c.topic == topic, LEDGER.c.partition == partition, store.of(LEDGER))
        .where(LEDGER.c.subject.in_(subjects), LEDGER.c.disposition == "applied", within.holds(LEDGER.c.time))
        .order_by(LEDGER.c.offset)
    )
    if within.start is not None:
        statement = statement.where(LEDGER.c.recorded_at >= within.start - RECORDED_WITHIN)
    if within.end is not None:
        statement = statement.where(LEDGER.c.recorded_at < within.end + RECORDED_WITHIN)
    return [Cited(**row) for row in (await connection.execute(statement)).mappings()]
