"""Batches of several partitions into PostgreSQL: one transaction for all, each partition fenced by its checkpoint."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection

from event_store import ledger, progress
from event_store.database import Statement, execute_together
from event_store.events.erasures import SubjectForgotten
from event_store.ledger import Month
from event_store.replay import Place
from projections.folding.batch_fold import BatchFold
from projections.folding.order import Folded
from projections.folding.readings import Reader, Reading, Refusal, Store, Subject
from projections.folding.rows import Folder, TableRows
from projections.tables.applied_ids import AppliedIds
from projections.tables.forgetting import (
    Forgotten,
    erasures_among,
    find_forgotten,
    forget_rows,
    readings_as_remembered,
    register,
)
from projections.tables.model_table import ModelTable, load_missing
from projections.tables.naming import naming_of
from projections.taking.batches import Batch, Taken, notices
from projections.taking.carrying_out import Amending, CarryingOut
from projections.taking.dead_letter_limits import Losses
from projections.taking.dead_letters import find_losses, find_parked, put_letters
from projections.taking.outbox import put_derived
from projections.taking.partition import CHANNEL, Applied, Partition

_NOTIFY = "SELECT pg_notify(%s, notice::text) FROM json_array_elements(%s::json) AS notice"


class Fenced(Exception):
    """Another writer has moved a checkpoint; nothing was written."""


class Taker:
    """Knows the rows and ids of the partitions that only this process writes, as long as that is so.

    A row belongs to one store and so to one partition, which is why the partitions of one process share all of it.
    """

    def __init__(
        self,
        topic: str,
        tables: Sequence[ModelTable],
        parked: dict[Subject, int],
        reader: Reader,
        forgotten: Forgotten | None = None,
    ) -> None:
        self._topic = topic
        self._reader = reader
        self._tables = {table.projection.name: table for table in tables}
        self._folders = [Folder(table.projection, TableRows()) for table in tables]
        self._parked = parked
        self._forgotten: Forgotten = forgotten or {}
        self._months: set[Month] = set()
        self.ids = AppliedIds()

    async def take(
        self, connection: AsyncConnection[Any], batches: Sequence[Batch], condemned: Refusal | None = None
    ) -> Mapping[int, Applied]:
        """Write batches of different partitions, all or nothing; raises `Fenced` and `TooManyDeadLetters`.

        A single record may come condemned, because PostgreSQL refused what its facts fold to.
        """
        readings = [reading for batch in batches for reading in batch.readings]
        await self._prepare_months(connection, readings)
        if condemned is None and self._may_be_plain(readings):
            folded = await self._fold(connection, readings, self._forgotten, None)
            if not (folded.letters or folded.derived):
                return await self._take_plain(connection, batches, readings, folded)
        steps = [batch.step() for batch in batches]
        async with connection.transaction():
            if not await progress.advance(connection, self._topic, steps):
                raise Fenced
            forgotten = await self._forget(connection, readings) if condemned is None else self._forgotten
            folded = await self._fold(connection, readings, forgotten, condemned)
            taken = Taken(batches, steps, folded)
            await self._write(connection, readings, folded, batches)
            amended = await self._amend(connection, batches[0].partition, readings, folded)
        self._commit(readings, folded)
        self._forgotten = forgotten
        if amended is None:
            return taken.commit()
        self._believe(amended)
        return taken.commit([amended.losses])

    def _may_be_plain(self, readings: Sequence[Reading]) -> bool:
        """Tell whether a batch is small, and nothing in it asks for more than its own rows."""
        return (
            len(readings) <= ledger.FEW
            and not self.ids.look_up
            and not any(
                reading.recorded is None or reading.is_amending or isinstance(reading.recorded.event, SubjectForgotten)
                for reading in readings
            )
        )

    async def _take_plain(
        self, connection: AsyncConnection[Any], batches: Sequence[Batch], readings: Sequence[Reading], folded: Folded
    ) -> Mapping[int, Applied]:
        """Write a batch as one statement, which is its own transaction; the fence in it fails it where it must.

        The rows were read before, as those were that are remembered: true where the fence holds.
        """
        steps = [batch.step() for batch in batches]
        taken = Taken(batches, steps, folded)
        notify = _notices(batches)
        fenced = Statement(f"{notify.text} WHERE {progress.STAND}", (*notify.parameters, len(steps)))
        written = [ledger.put_few(_entries(readings, folded)), *self._changes(readings, folded)]
        try:
            await execute_together(connection, [progress.advancing(self._topic, steps), *written, fenced])
        except psycopg.errors.DivisionByZero:
            raise Fenced from None
        self._commit(readings, folded)
        return taken.commit()

    async def _fold(
        self,
        connection: AsyncConnection[Any],
        readings: Sequence[Reading],
        forgotten: Forgotten,
        condemned: Refusal | None,
    ) -> Folded:
        repeated = await self.ids.repeated(connection, readings)  # also facts of which nothing is remembered
        remembered = readings_as_remembered(readings, forgotten)
        fold = BatchFold(self._folders, remembered, repeated, condemned=condemned)
        folded = await fold.run(self._parked, lambda folders: self._load(connection, folders))
        if self.ids.look_up or all(letter.reading.refusal is not None for letter in folded.letters):
            return folded
        self.ids.look_up = True  # the table's key refuses applied facts only; these may have been applied before
        return await self._fold(connection, readings, forgotten, condemned)

    async def _forget(self, connection: AsyncConnection[Any], readings: Sequence[Reading]) -> Forgotten:
        """Forget in the tables whom the batch forgets; return all that are forgotten with its end."""
        erasures = erasures_among(reading.recorded for reading in readings)
        if not erasures:
            return self._forgotten
        await forget_rows(connection, map(naming_of, self._tables.values()), erasures)
        self._folders = [Folder(folder.projection, TableRows()) for folder in self._folders]
        return erasures | self._forgotten

    async def _load(self, connection: AsyncConnection[Any], folders: Sequence[Folder]) -> None:
        await load_missing(connection, [(self._tables[each.projection.name], each.rows) for each in folders])

    def _changes(self, readings: Sequence[Reading], folded: Folded) -> Iterator[Statement]:
        """Yield what puts the ids of the applied facts, and the rows that they change."""
        yield self.ids.statement(readings, folded.dispositions)
        for folder in self._folders:
            yield from self._tables[folder.projection.name].statements(folder.rows.changes())

    async def _write(
        self, connection: AsyncConnection[Any], readings: Sequence[Reading], folded: Folded, batches: Sequence[Batch]
    ) -> None:
        entries = _entries(readings, folded)
        statements = list(self._changes(readings, folded))
        if len(entries) > ledger.FEW:
            await ledger.copy_many(connection, entries)
        else:
            statements.append(ledger.put_few(entries))
        await register(
            connection,
            (
                reading.recorded
                for reading, disposition in zip(readings, folded.dispositions, strict=True)
                if disposition == "applied"
            ),
        )
        await put_letters(connection, folded.letters)
        await put_derived(connection, folded.derived)
        await execute_together(connection, [*statements, _notices(batches)])

    async def _amend(
        self, connection: AsyncConnection[Any], partition: Partition, readings: Sequence[Reading], folded: Folded
    ) -> "_Amended | None":
        """Carry out the amendments of a batch, which then holds nothing else."""
        amending = [
            reading
            for reading, disposition in zip(readings, folded.dispositions, strict=True)
            if disposition == "applied" and reading.is_amending
        ]
        if not amending:
            return None
        place = Place(self._topic, partition.number)
        carrying_out = CarryingOut(connection, list(self._tables.values()), self._reader)
        filled = await carrying_out.run(Amending(place, amending))
        stores = {store for each in amending if (store := each.store) is not None}
        parked = await find_parked(connection, self._topic, [partition.number])
        forgotten = await find_forgotten(connection, self._topic, partition.number, amending[-1].record.offset)
        waiting = {subject: at for subject, at in parked.items() if subject[:2] in stores}
        lost = await find_losses(
            connection, self._topic, {partition.number: amending[-1].record.offset + 1}, partition.losses.limits.window
        )
        return _Amended(filled, stores, waiting, forgotten, lost[partition.number])

    def _believe(self, amended: "_Amended") -> None:
        """Believe nothing any longer of read models that were filled again, nor of who waits in those stores."""
        for folder in self._folders:
            if folder.projection.name in amended.filled:
                folder.rows.forget()
        others = {subject: at for subject, at in self._parked.items() if subject[:2] not in amended.stores}
        self._parked = others | amended.parked
        self._forgotten = amended.forgotten | self._forgotten

    def _commit(self, readings: Sequence[Reading], folded: Folded) -> None:
        for folder in self._folders:
            folder.rows.commit()
        self.ids.commit(readings, folded.dispositions)
        self._parked |= folded.parked

    async def _prepare_months(self, connection: AsyncConnection[Any], readings: Sequence[Reading]) -> None:
        months = {(reading.recorded_at.year, reading.recorded_at.month) for reading in readings}
        if new := months - self._months:
            await ledger.prepare_months(connection, new)
            self._months |= new


class _Amended(msgspec.Struct, frozen=True):
    """What amendments changed: read models that were filled again, and who waits in their stores now."""

    filled: Collection[str]
    stores: Collection[Store]
    parked: dict[Subject, int]
    forgotten: Forgotten
    losses: Losses
    """What is lost where decisions no longer count as losses."""


def _entries(readings: Sequence[Reading], folded: Folded) -> list[ledger.Entry]:
    return [
        (reading.record, reading.recorded_at, disposition, reading.attributes)
        for reading, disposition in zip(readings, folded.dispositions, strict=True)
    ]


def _notices(batches: Sequence[Batch]) -> Statement:
    return Statement(_NOTIFY, (CHANNEL, notices(batches)))
