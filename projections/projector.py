"""The core that takes the record into PostgreSQL; drivers bring it batches, and it knows no driver."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection

from event_store import progress
from event_store.ledger import LogRecord
from projections.builds import current_tables, share_builds
from projections.continuity import AskLog, Continuity, Seek
from projections.dead_letters import find_parked
from projections.errors import RecreatedTopic, TooManyDeadLetters
from projections.link import Link
from projections.partition import Applied, Fenced, Partition
from projections.projection import Projection
from projections.readings import Reader, Reading, Refusal

log = structlog.get_logger(__name__)

DEAD_LETTER_LIMIT = 100
"""How many records in a row may be dead letters before the projector stops."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a projector works on."""

    database: str
    topic: str
    partitions: int
    """How many the topic has."""
    projections: Sequence[Projection[Any]]
    dead_letter_limit: int = DEAD_LETTER_LIMIT


class Projector:
    """Takes batches of a topic's partitions into the ledger and the read models, each record once.

    One batch at a time. While PostgreSQL is down it waits and tries again; `Seek` tells the driver where to read on.
    """

    def __init__(self, plan: Plan, ask_log: AskLog) -> None:
        self._plan = plan
        self._reader = Reader(plan.partitions)
        self._continuity = Continuity(ask_log)
        self._partitions: dict[int, Partition] = {}
        self._link = Link(plan.database, self._reopen)
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Give the connection back."""
        await self._link.close()

    async def assign(self, log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Own exactly these partitions, whose logs end there; return for each the offset to read from.

        Where something was taken before, that is the record taken last: it comes again to be compared. Raises
        `RecreatedTopic` for a log that is shorter than what was taken of it.
        """
        async with self._turn:
            self._partitions = {}
            self._partitions = await self._link.run(lambda connection: self._open(connection, list(log_ends)))
            for number, partition in self._partitions.items():
                async with self._reasons_kept(number):
                    self._continuity.refuse_shorter(partition, log_ends[number])
            return {number: self._continuity.start(partition) for number, partition in self._partitions.items()}

    def owned(self) -> Sequence[int]:
        """Return the partitions that are ours now."""
        return sorted(self._partitions)

    def next_offset(self, number: int) -> int | None:
        """Return the first offset of a partition that has not been taken, None where it is not ours."""
        partition = self._partitions.get(number)
        return None if partition is None else partition.next_offset

    async def apply(self, number: int, records: Sequence[LogRecord], *, log_end: int) -> Applied | Seek | None:
        """Take a batch of a partition; None where the partition is not ours or nothing of the batch is new.

        Raises `RecreatedTopic` and `TooManyDeadLetters`, after it wrote the reason where `shopfloor doctor` finds it.
        """
        async with self._turn, self._reasons_kept(number):
            return await self._link.run(lambda connection: self._apply(connection, number, records, log_end))

    @asynccontextmanager
    async def _reasons_kept(self, number: int) -> AsyncIterator[None]:
        """Write down why a partition is not taken any further."""
        try:
            yield
        except (RecreatedTopic, TooManyDeadLetters) as problem:
            why = str(problem)
            await self._link.run(lambda connection: progress.stop(connection, self._plan.topic, number, why))
            raise

    async def _apply(
        self, connection: AsyncConnection[Any], number: int, records: Sequence[LogRecord], log_end: int
    ) -> Applied | Seek | None:
        partition = self._partitions.get(number)
        if partition is None:
            return None
        fresh = await self._continuity.fresh(partition, records, log_end)
        if isinstance(fresh, Seek):
            return fresh
        if not fresh:
            return None
        try:
            return await _take(connection, partition, [self._reader.read(record) for record in fresh], log_end)
        except Fenced:
            log.info("the checkpoint was moved by another projector or a rebuild", partition=number)
            self._partitions |= await self._open(connection, [number])
            return Seek(self._continuity.start(self._partitions[number]))

    async def _reopen(self, connection: AsyncConnection[Any]) -> None:
        self._partitions = await self._open(connection, self.owned())

    async def _open(self, connection: AsyncConnection[Any], numbers: Sequence[int]) -> dict[int, Partition]:
        topic = self._plan.topic
        async with connection.transaction():
            await share_builds(connection)
            tables = await current_tables(connection, self._plan.projections)
            standing = await progress.open_checkpoints(connection, topic, numbers)
            return {
                number: Partition(
                    topic,
                    number,
                    checkpoint,
                    tables,
                    parked=await find_parked(connection, topic, number),
                    dead_letter_limit=self._plan.dead_letter_limit,
                )
                for number, checkpoint in standing.items()
            }


async def _take(
    connection: AsyncConnection[Any], partition: Partition, readings: Sequence[Reading], log_end: int
) -> Applied:
    """Take a batch; one that PostgreSQL refuses is halved until the record that it refuses is alone."""
    try:
        return await partition.take(connection, readings, log_end)
    except (psycopg.DataError, psycopg.IntegrityError) as problem:
        if problem.diag.table_name == "applied" and not partition.expects_repeats:
            partition.expects_repeats = True
            return await _take(connection, partition, readings, log_end)
        if len(readings) == 1:
            refusal = Refusal("fold_failed", f"PostgreSQL refuses its rows: {problem}")
            return await partition.take(connection, readings, log_end, refusal)
        half = len(readings) // 2
        first = await _take(connection, partition, readings[:half], log_end)
        second = await _take(connection, partition, readings[half:], log_end)
        return first + second
