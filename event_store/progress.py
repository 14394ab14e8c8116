"""How far the record has been taken into PostgreSQL, by partition; and the fence that keeps writers apart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, func

LIVE = "live"
"""The checkpoint of the ledger and of every current read model; they move together."""

CHECKPOINTS = Table(
    "checkpoints",
    MetaData(schema="record"),
    Column("name", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
    Column("generation", BigInteger, nullable=False, server_default="0"),
    Column("log_end", BigInteger, nullable=False, server_default="0"),
    Column("last_digest", LargeBinary),
    Column("last_recorded_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("stopped", Text),
)
"""`next_offset` is the first offset not taken yet, `log_end` the log's end as last seen by the projector.

`stopped` says why the projector refuses to go on, null while it does. `generation` moves when the read models that
are written change.
"""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a partition stands."""

    next_offset: int
    generation: int
    last_digest: bytes | None
    """SHA-256 of the bytes of the record before `next_offset`."""


class Advance(msgspec.Struct, frozen=True, kw_only=True):
    """A step over a batch: from `before` to `next_offset`."""

    before: Checkpoint
    next_offset: int
    log_end: int
    last_digest: bytes
    last_recorded_at: datetime


_OPEN = """
INSERT INTO record.checkpoints (name, topic, partition, next_offset)
SELECT %s, %s, unnest(%s::int[]), 0 ON CONFLICT DO NOTHING
"""
_FIND = """
SELECT partition, next_offset, generation, last_digest FROM record.checkpoints
WHERE name = %s AND topic = %s AND partition = ANY (%s)
"""
_ADVANCE = """
UPDATE record.checkpoints
SET next_offset = %s, log_end = greatest(%s, %s), last_digest = %s, last_recorded_at = %s,
    updated_at = now(), stopped = NULL
WHERE name = %s AND topic = %s AND partition = %s AND next_offset = %s AND generation = %s
"""
_STOP = "UPDATE record.checkpoints SET stopped = %s WHERE name = %s AND topic = %s AND partition = %s"


async def open_checkpoints(
    connection: AsyncConnection[Any], topic: str, partitions: Sequence[int]
) -> Mapping[int, Checkpoint]:
    """Return the live checkpoints of partitions; one that was never taken from starts at 0."""
    await connection.execute(_OPEN, (LIVE, topic, list(partitions)))
    cursor = await connection.execute(_FIND, (LIVE, topic, list(partitions)))
    return {
        partition: Checkpoint(next_offset=following, generation=generation, last_digest=digest)
        for partition, following, generation, digest in await cursor.fetchall()
    }


async def advance(connection: AsyncConnection[Any], topic: str, partition: int, step: Advance) -> bool:
    """Move a live checkpoint if it still stands where the step begins; False means that another writer moved it.

    First in a transaction it is the fence: a second writer waits for the first one's end, and then finds it moved.
    """
    cursor = await connection.execute(
        _ADVANCE,
        (
            *(step.next_offset, step.log_end, step.next_offset, step.last_digest, step.last_recorded_at),
            *(LIVE, topic, partition, step.before.next_offset, step.before.generation),
        ),
    )
    return cursor.rowcount == 1


async def stop(connection: AsyncConnection[Any], topic: str, partition: int, why: str) -> None:
    """Write down why a partition is not taken any further."""
    await connection.execute(_STOP, (why, LIVE, topic, partition))
