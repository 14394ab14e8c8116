"""What of a partition cannot be applied and somebody has accepted: it is dead, and stops nothing any more."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import Position

ACCEPTED = Table(
    "accepted_letters",
    MetaData(schema="record"),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("before", BigInteger, primary_key=True),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""One row each time; the farthest one counts. `before` is the first offset that is not accepted."""


async def accept(connection: AsyncConnection, upto: Position, who: str) -> None:
    """Let no record of a partition up to that position count for a limit; a projector sees it within 30 seconds."""
    row = {"topic": upto.topic, "partition": upto.partition, "before": upto.offset + 1, "accepted_by": who}
    await connection.execute(insert(ACCEPTED).values(row).on_conflict_do_nothing())
