"""Does a batch go on where its partition stands, in the same log?"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from event_store.ledger import LogRecord
from event_store.log import Continuation
from projections.errors import RecreatedTopic
from projections.taking.partition import Partition

log = structlog.get_logger(__name__)

PATIENCE = 3
"""After so many batches in a row that do not go on where they should, the log itself is asked."""

AskLog = Callable[[int, int], Awaitable[Continuation]]
"""How a partition's log goes on from an offset."""


class Seek(msgspec.Struct, frozen=True):
    """The batch does not go on where the partition stands; read from `offset` again."""

    offset: int


class Continuity:
    """Finds the part of each batch that is new, and refuses a log that is not the one taken before."""

    def __init__(self, ask_log: AskLog) -> None:
        self._ask_log = ask_log
        self._jumps: dict[int, int] = {}

    def start(self, partition: Partition) -> int:
        """Return where to read a partition from: the record taken last, to compare it, or the next one."""
        return partition.next_offset if partition.verified else partition.next_offset - 1

    async def refuse_shorter(self, partition: Partition, log_end: int) -> None:
        """Raise `RecreatedTopic` where the log ends before the checkpoint.

        That may be an end seen some time ago, before another projector went on: then the record taken last is there.
        """
        if log_end >= partition.next_offset:
            return
        last_taken = partition.next_offset - 1
        log_has = await self._ask_log(partition.number, last_taken)
        if log_has.following is None or log_has.following < last_taken:
            why = f"it ends at offset {log_end}, and {partition.next_offset} were taken"
            raise RecreatedTopic(partition.topic, partition.number, why)

    async def fresh(
        self, partition: Partition, records: Sequence[LogRecord], log_end: int
    ) -> Sequence[LogRecord] | Seek:
        """Return the records from the checkpoint on, or where to read on instead."""
        await self.refuse_shorter(partition, log_end)
        if not partition.verified:
            last = [record for record in records if record.offset == partition.next_offset - 1]
            if not last:
                return await self._jumped(partition, records)
            _verify(partition, last[0])
        begins_there = records[0].offset == partition.next_offset
        fresh = records if begins_there else [each for each in records if each.offset >= partition.next_offset]
        if fresh and fresh[0].offset > partition.next_offset:
            return await self._jumped(partition, fresh)
        self._jumps.pop(partition.number, None)
        return fresh

    async def _jumped(self, partition: Partition, records: Sequence[LogRecord]) -> Sequence[LogRecord] | Seek:
        jumps = self._jumps[partition.number] = self._jumps.get(partition.number, 0) + 1
        if jumps < PATIENCE:
            return Seek(self.start(partition))
        log_has = await self._ask_log(partition.number, self.start(partition))
        if log_has.log_start > partition.next_offset:
            why = f"its records before offset {log_has.log_start} were deleted, {partition.next_offset} were taken"
            raise RecreatedTopic(partition.topic, partition.number, why)
        if not partition.verified and log_has.log_start == partition.next_offset:
            log.warning("the record taken last was deleted, so the log was not compared", partition=partition.number)
            partition.verified = True
        if partition.verified and log_has.following == records[0].offset:
            self._jumps.pop(partition.number, None)
            return records
        return Seek(self.start(partition))


def _verify(partition: Partition, record: LogRecord) -> None:
    if not partition.is_last_taken(record):
        raise RecreatedTopic(partition.topic, partition.number, f"the record at offset {record.offset} differs")
    partition.verified = True
