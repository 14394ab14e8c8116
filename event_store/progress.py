"""How far the record has been taken into PostgreSQL, by partition; and the fence that keeps writers apart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, func

from event_store.database import Statement

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
    """A step of one partition over a batch, from offset `before` to `next_offset`."""

    partition: int
    before: int
    generation: int
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
WITH step AS (SELECT * FROM json_to_recordset(%s::json) AS step (
    partition int, before bigint, generation bigint, next_offset bigint, log_end bigint, last_digest bytea,
    last_recorded_at timestamptz
)), standing AS (
    SELECT c.partition FROM record.checkpoints c JOIN step USING (partition)
    WHERE c.name = %s AND c.topic = %s ORDER BY c.partition FOR UPDATE OF c
)
UPDATE record.checkpoints c
SET next_offset = step.next_offset, log_end = step.log_end, last_digest = step.last_digest,
    last_recorded_at = step.last_recorded_at, updated_at = now(), stopped = NULL
FROM step JOIN standing USING (partition)
WHERE c.name = %s AND c.topic = %s AND c.partition = step.partition
    AND c.next_offset = step.before AND c.generation = step.generation
RETURNING c.partition
"""
STAND = "1 / (SELECT (count(*) = %s)::int FROM s0) = 1"
"""Behind `advancing` in one statement: all of the checkpoints moved. Else it fails by `DivisionByZero`."""

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


async def advance(connection: AsyncConnection[Any], topic: str, steps: Sequence[Advance]) -> bool:
    """Move live checkpoints that still stand where the steps begin; False means that another writer moved one.

    First in a transaction it is the fence: a second writer waits for the first one's end, and then finds it moved.
    """
    statement = advancing(topic, steps)
    cursor = await connection.execute(statement.text, statement.parameters)
    return cursor.rowcount == len(steps)


def advancing(topic: str, steps: Sequence[Advance]) -> Statement:
    """Return what moves the checkpoints that still stand where the steps begin."""
    plain = [msgspec.structs.asdict(step) | {"last_digest": f"\\x{step.last_digest.hex()}"} for step in steps]
    return Statement(_ADVANCE, (msgspec.json.encode(plain).decode(), LIVE, topic, LIVE, topic))


async def stop(connection: AsyncConnection[Any], topic: str, partition: int, why: str) -> None:
    """Write down why a partition is not taken any further."""
    await connection.execute(_STOP, (why, LIVE, topic, partition))
