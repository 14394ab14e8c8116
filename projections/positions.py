"""Positions: how far the read models have got, and how far behind the record they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.progress import CHECKPOINTS, LIVE


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """Where the ledger and all read models stand in one partition."""

    topic: str
    partition: int
    next_offset: int
    log_end: int
    """The log's end when the projector saw it last."""
    last_recorded_at: datetime | None
    """When the record before `next_offset` was recorded."""
    updated_at: datetime
    stopped: str | None
    """Why the projector refuses to go on, null while it does not."""


def taken_of(reached: Sequence[Reached]) -> Mapping[int, int]:
    """Return up to where each partition was taken."""
    return {each.partition: each.next_offset for each in reached}


async def find_reached(connection: AsyncConnection, topic: str, partition: int | None = None) -> Sequence[Reached]:
    """Return where each partition of a topic stands, or only one; those never taken from are left out."""
    columns = [CHECKPOINTS.c[name] for name in Reached.__struct_fields__]
    statement = select(*columns).where(CHECKPOINTS.c.name == LIVE, CHECKPOINTS.c.topic == topic)
    if partition is not None:
        statement = statement.where(CHECKPOINTS.c.partition == partition)
    rows = await connection.execute(statement.order_by(CHECKPOINTS.c.partition))
    return [Reached(**row) for row in rows.mappings()]
