"""One partition of the record on its way into PostgreSQL: one transaction for each batch."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store import ledger, progress
from event_store.database import Statement, execute_together
from event_store.ledger import LogRecord, Month
from event_store.progress import Advance, Checkpoint
from projections.applied_ids import AppliedIds
from projections.batch_fold import BatchFold, Folded, Folder
from projections.dead_letters import DeadRun, put_letters
from projections.model_table import ModelTable
from projections.outbox import put_derived
from projections.readings import Reading, Refusal, Subject
from projections.rows import FullKey, TableRows

CHANNEL = "shopfloor_events"
"""PostgreSQL's channel that says, after each batch, which offsets of which partition can be queried now."""


class Fenced(Exception):
    """Another writer has moved the partition's checkpoint; nothing of the batch was written."""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch."""

    next_offset: int
    records: int
    letters: int
    duplicates: int
    derived: int

    def __add__(self, later: "Applied") -> "Applied":
        return Applied(
            next_offset=later.next_offset,
            records=self.records + later.records,
            letters=self.letters + later.letters,
            duplicates=self.duplicates + later.duplicates,
            derived=self.derived + later.derived,
        )


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is notified after a batch: offsets `first` up to, not including, `next` are queryable."""

    topic: str
    partition: int
    first: int
    next: int


class Partition:
    """Holds what this process knows of a partition while it is the only one that writes it."""

    def __init__(
        self,
        topic: str,
        number: int,
        checkpoint: Checkpoint,
        tables: Sequence[ModelTable],
        *,
        parked: dict[Subject, int],
        dead_letter_limit: int,
    ) -> None:
        self.topic = topic
        self.number = number
        self.checkpoint = checkpoint
        self.verified = checkpoint.last_digest is None
        self._tables = {table.projection.name: table for table in tables}
        self._folders = [Folder(table.projection, TableRows()) for table in tables]
        self._ids = AppliedIds()
        self._parked = parked
        self._dead_run = DeadRun(dead_letter_limit)
        self._months: set[Month] = set()

    @property
    def next_offset(self) -> int:
        """The first offset that has not been taken."""
        return self.checkpoint.next_offset

    def is_last_taken(self, record: LogRecord) -> bool:
        """Tell whether a record is the one that was taken last: same place, same bytes."""
        return record.offset == self.next_offset - 1 and _digest(record) == self.checkpoint.last_digest

    @property
    def expects_repeats(self) -> bool:
        """Whether ids are looked up before they are inserted."""
        return self._ids.look_up

    @expects_repeats.setter
    def expects_repeats(self, look_up: bool) -> None:
        self._ids.look_up = look_up

    async def take(
        self,
        connection: AsyncConnection[Any],
        readings: Sequence[Reading],
        log_end: int,
        condemned: Refusal | None = None,
    ) -> Applied:
        """Write a batch that begins at the checkpoint; all of it, or nothing where another moved it: `Fenced`.

        A single record may come condemned, because PostgreSQL refused what its facts fold to.
        """
        await self._prepare_months(connection, readings)
        last = readings[-1].record
        step = Advance(
            before=self.checkpoint,
            next_offset=last.offset + 1,
            log_end=log_end,
            last_digest=_digest(last),
            last_recorded_at=readings[-1].recorded_at,
        )
        async with connection.transaction():
            if not await progress.advance(connection, self.topic, self.number, step):
                raise Fenced
            repeated = await self._ids.repeated(connection, readings)
            fold = BatchFold(self._folders, readings, repeated, condemned=condemned)
            folded = await fold.run(self._parked, lambda folder, keys: self._load(connection, folder, keys))
            dead_run = self._dead_run.after(folded.dispositions, folded.letters)
            await self._write(connection, readings, folded)
        self._commit(step, readings, folded, dead_run)
        return Applied(
            next_offset=self.next_offset,
            records=len(readings),
            letters=len(folded.letters),
            duplicates=len(repeated),
            derived=len(folded.derived),
        )

    async def _load(self, connection: AsyncConnection[Any], folder: Folder, keys: Sequence[FullKey]) -> None:
        folder.rows.load(keys, await self._tables[folder.projection.name].load(connection, keys))

    async def _write(self, connection: AsyncConnection[Any], readings: Sequence[Reading], folded: Folded) -> None:
        entries = [
            (reading.record, reading.recorded_at, disposition, reading.attributes)
            for reading, disposition in zip(readings, folded.dispositions, strict=True)
        ]
        statements = [self._ids.statement(readings, folded.dispositions)]
        if len(entries) > ledger.FEW:
            await ledger.copy_many(connection, entries)
        else:
            statements.append(ledger.put_few(entries))
        for folder in self._folders:
            statements.extend(self._tables[folder.projection.name].statements(folder.rows.changes()))
        await put_letters(connection, folded.letters)
        await put_derived(connection, folded.derived)
        await execute_together(connection, [*statements, self._notice(readings)])

    def _notice(self, readings: Sequence[Reading]) -> Statement:
        first, last = readings[0].record.offset, readings[-1].record.offset
        notice = Notice(topic=self.topic, partition=self.number, first=first, next=last + 1)
        return Statement("SELECT pg_notify(%s, %s)", (CHANNEL, msgspec.json.encode(notice).decode()))

    def _commit(self, step: Advance, readings: Sequence[Reading], folded: Folded, dead_run: int) -> None:
        self.checkpoint = msgspec.structs.replace(
            step.before, next_offset=step.next_offset, last_digest=step.last_digest
        )
        for folder in self._folders:
            folder.rows.commit()
        self._ids.commit(readings, folded.dispositions)
        self._parked |= folded.parked
        self._dead_run.commit(dead_run)

    async def _prepare_months(self, connection: AsyncConnection[Any], readings: Sequence[Reading]) -> None:
        months = {(reading.recorded_at.year, reading.recorded_at.month) for reading in readings}
        if new := months - self._months:
            await ledger.prepare_months(connection, new)
            self._months |= new


def _digest(record: LogRecord) -> bytes:
    return hashlib.sha256(record.value or b"").digest()
