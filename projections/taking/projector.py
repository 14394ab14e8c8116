"""The core that takes the record into PostgreSQL; drivers bring it batches, and it knows no driver."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import msgspec
import structlog
from psycopg import AsyncConnection

from event_store import progress
from event_store.ledger import LogRecord
from projections.errors import RecreatedTopic, TooManyDeadLetters
from projections.folding.projection import Projection
from projections.folding.readings import Reader
from projections.tables.builds import current_tables, share_builds
from projections.tables.forgetting import find_forgotten
from projections.taking.batches import Batch
from projections.taking.continuity import AskLog, Continuity, Seek
from projections.taking.dead_letter_limits import DeadLetterLimits, LossCount
from projections.taking.dead_letters import find_losses, find_parked
from projections.taking.link import Link
from projections.taking.partition import Applied, Partition
from projections.taking.pieces import take
from projections.taking.stopped import Cause, Stopped, StoppedPartitions
from projections.taking.taking import Fenced, Taker

log = structlog.get_logger(__name__)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a projector works on."""

    database: str
    topic: str
    partitions: int
    """How many the topic has."""
    projections: Sequence[Projection[Any]]
    dead_letter_limits: DeadLetterLimits = DeadLetterLimits()


class Projector:
    """Takes batches of a topic's partitions into the ledger and the read models, each record once.

    One transaction at a time. While PostgreSQL is down it waits and tries again; `Seek` tells the driver where to
    read on.
    """

    def __init__(self, plan: Plan, ask_log: AskLog) -> None:
        self._plan = plan
        self._reader = Reader(plan.partitions)
        self._continuity = Continuity(ask_log)
        self._partitions: dict[int, Partition] = {}
        self._taker = Taker(plan.topic, (), {}, self._reader)
        self._link = Link(plan.database, self._reopen)
        self._stopped = StoppedPartitions()
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Give the connection back."""
        await self._link.close()

    async def assign(self, log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Own exactly these partitions, whose logs end there; return for each the offset to read from.

        Where something was taken before, that is the record taken last: it comes again to be compared. One whose log is
        shorter than what was taken of it is stopped, and none of those that are returned.
        """
        async with self._turn:
            self._partitions = {}
            self._stopped.keep(log_ends)
            await self._link.run(lambda connection: self._open(connection, list(log_ends)))
            return await self._begin(log_ends)

    async def try_again(self, log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Take stopped partitions again, whose logs end there by now; return where to read those that may go on."""
        async with self._turn:
            ours = {number: end for number, end in log_ends.items() if number in self._stopped}
            await self._link.run(self._reopen)
            for number in ours.keys() & self._partitions.keys():
                self._partitions[number].verified = self._partitions[number].checkpoint.last_digest is None
            return await self._begin(ours)

    async def _begin(self, log_ends: Mapping[int, int]) -> Mapping[int, int]:
        starts: dict[int, int] = {}
        for number in sorted(log_ends.keys() & self._partitions.keys()):
            try:
                await self._continuity.refuse_shorter(self._partitions[number], log_ends[number])
            except RecreatedTopic as cause:
                await self._stop(cause)
            else:
                self._stopped.release(number)
                starts[number] = self._continuity.start(self._partitions[number])
        return starts

    @property
    def stopped(self) -> Mapping[int, Cause]:
        """Why partitions are taken no further, by partition."""
        return self._stopped.causes

    def owned(self) -> Sequence[int]:
        """Return the partitions that are ours now."""
        return sorted(self._partitions)

    def next_offset(self, number: int) -> int | None:
        """Return the first offset of a partition that has not been taken, None where it is not ours."""
        partition = self._partitions.get(number)
        return None if partition is None else partition.next_offset

    async def apply(self, number: int, records: Sequence[LogRecord], *, log_end: int) -> Applied | Seek | None:
        """Take a batch of one partition; None where the partition is not ours or nothing of the batch is new.

        Raises `RecreatedTopic` and `TooManyDeadLetters` where it is taken no further.
        """
        outcome = (await self.apply_all({number: records}, {number: log_end})).get(number)
        if isinstance(outcome, Stopped):
            raise outcome.cause
        return outcome

    async def apply_all(
        self, batches: Mapping[int, Sequence[LogRecord]], log_ends: Mapping[int, int]
    ) -> Mapping[int, Applied | Seek | Stopped]:
        """Take batches of partitions, in one transaction where nothing is wrong with any of them.

        Says nothing of partitions that are not ours or whose batch has nothing new. One that must be taken no further
        is stopped, and the others are taken without it; the reason is written where `shopfloor doctor` finds it.
        """
        stopped: dict[int, Stopped] = {}
        async with self._turn:
            while True:
                going = {number: batch for number, batch in batches.items() if number not in self._stopped}
                try:
                    return {**stopped, **await self._link.run(partial(self._apply, batches=going, log_ends=log_ends))}
                except (RecreatedTopic, TooManyDeadLetters) as cause:
                    stopped[cause.partition] = await self._stop(cause)
                    await self._link.run(self._reopen)

    async def _stop(self, cause: Cause) -> Stopped:
        """Take a partition no further, and write down why."""
        why, number = str(cause), cause.partition
        await self._link.run(lambda connection: progress.stop(connection, self._plan.topic, number, why))
        return self._stopped.stop(cause)

    async def _apply(
        self,
        connection: AsyncConnection[Any],
        batches: Mapping[int, Sequence[LogRecord]],
        log_ends: Mapping[int, int],
    ) -> Mapping[int, Applied | Seek]:
        outcomes: dict[int, Applied | Seek] = {}
        fresh: list[Batch] = []
        for number in sorted(batches.keys() & self._partitions.keys()):
            partition = self._partitions[number]
            found = await self._continuity.fresh(partition, batches[number], log_ends[number])
            if isinstance(found, Seek):
                outcomes[number] = found
            elif found:
                readings = [self._reader.read(record) for record in found]
                fresh.append(Batch(partition, readings, log_ends[number]))
        return outcomes | await self._take(connection, fresh) if fresh else outcomes

    async def _take(self, connection: AsyncConnection[Any], batches: Sequence[Batch]) -> dict[int, Applied | Seek]:
        try:
            return dict(await take(connection, self._taker, batches))
        except Fenced:
            log.info("a checkpoint was moved by another projector or a rebuild")
            await self._reopen(connection)
            return {batch.partition.number: await self._take_alone(connection, batch) for batch in batches}

    async def _take_alone(self, connection: AsyncConnection[Any], batch: Batch) -> Applied | Seek:
        number, begin = batch.partition.number, batch.readings[0].record.offset
        while True:
            partition = self._partitions[number]
            if not partition.verified or partition.next_offset != begin:
                return Seek(self._continuity.start(partition))
            try:
                mine = msgspec.structs.replace(batch, partition=partition)
                return (await take(connection, self._taker, [mine]))[number]
            except Fenced:
                await self._reopen(connection)

    async def _reopen(self, connection: AsyncConnection[Any]) -> None:
        await self._open(connection, self.owned())

    async def _open(self, connection: AsyncConnection[Any], numbers: Sequence[int]) -> None:
        """Read where partitions stand; nothing that was known of rows and ids is believed any longer."""
        topic, limits = self._plan.topic, self._plan.dead_letter_limits
        async with connection.transaction():
            await share_builds(connection)
            tables = await current_tables(connection, self._plan.projections)
            standing = await progress.open_checkpoints(connection, topic, numbers)
            parked = await find_parked(connection, topic, numbers)
            ends = {number: checkpoint.next_offset for number, checkpoint in standing.items()}
            losses = await find_losses(connection, topic, ends, limits.window)
            forgotten = [
                await find_forgotten(connection, topic, number, before=checkpoint.next_offset)
                for number, checkpoint in standing.items()
            ]
        before = self._partitions
        remembered = dict(chain.from_iterable(each.items() for each in forgotten))
        self._taker = Taker(topic, tables, parked, self._reader, remembered)
        self._partitions = {
            number: Partition(topic, number, checkpoint, LossCount(limits, losses[number]))
            for number, checkpoint in standing.items()
        }
        for number, partition in self._partitions.items():
            partition.verified |= number in before and before[number].is_verified_at(partition.checkpoint)
