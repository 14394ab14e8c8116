"""Folding the ledger into read models: one pass for all of them, which reads only what they fold."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import Any, cast

import msgspec
import structlog
from psycopg import AsyncConnection, sql

from event_store.database import Statement, execute_together
from event_store.envelope import Position, RecordedEvent
from event_store.errors import NoLongerReadable
from event_store.events.erasures import SubjectForgotten
from event_store.replay import Entry, Place, read_entries
from event_store.rereading import read_again, recorded_types
from projections.folding.amendments import Amendments
from projections.folding.projection import Policy
from projections.folding.readings import Store
from projections.folding.rows import FreshRows, RowsByStore, TableRows
from projections.folding.walk import Tried
from projections.rebuilding.trial import Trial
from projections.tables.amendment_records import amended_stores, find_amendments
from projections.tables.forgetting import Forgotten, as_remembered
from projections.tables.model_table import ModelTable, load_missing
from projections.tables.remembered import Knows, Remembered

log = structlog.get_logger(__name__)

BATCH = 10_000

_ERASURES = frozenset(recorded_types([SubjectForgotten]))

Progress = Callable[[int], None]
"""Told after each batch how many records it had."""

Keep = Callable[[AsyncConnection[Any], int], Awaitable[None]]
"""Called in each batch's transaction with the offset behind it."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive offsets of a partition, `end` not included; of all its stores or of one."""

    place: Place
    start: int
    end: int
    store: Store | None = None


class Filling:
    """Fills tables from the ledger, batch by batch, each with one write.

    A stretch that begins at offset 0 finds nothing of its stores in the tables, and needs to read nothing there.
    Any other goes on where an earlier one has ended. Facts count as they are amended at the end of the stretch.
    """

    def __init__(
        self,
        tables: Sequence[ModelTable],
        keep: Keep | None = None,
        knows: Knows = "all",
        on_trial: Collection[int] = (),
    ) -> None:
        """Begin; of facts at offsets that are `on_trial` all that fail are told at once, and not only the first."""
        self._keep = keep
        self._trial = Trial(on_trial)
        self._columns = [_Column(table, self._trial) for table in tables]
        hears_all = any(column.hears_all for column in self._columns)
        self._folded = frozenset(name for column in self._columns for name in column.types)
        self._read = None if hears_all else self._folded | _ERASURES
        self._remembered = Remembered(tables, knows)
        self._tables = tables
        self._amendments = Amendments()

    async def fill(
        self, connection: AsyncConnection[Any], stretch: Stretch, progress: Progress = lambda _: None
    ) -> int:
        """Fold a stretch into the tables and return how many records that took; raises `FillingFailed`."""
        taken, start = 0, stretch.start
        await self._remembered.begin(connection, stretch.place, start)
        self._amendments = await find_amendments(connection, stretch.place, stretch.end, stretch.store)
        for column in self._columns:
            column.begin(fresh=start == 0)
        while entries := await self._entries(connection, stretch, start):
            await self._take(connection, stretch.place, entries)
            start, taken = entries[-1].offset + 1, taken + len(entries)
            progress(len(entries))
            if len(entries) < BATCH:
                break
        self._trial.end()
        if stretch.start:
            await self._amend_earlier(connection, stretch)
        return taken

    async def _amend_earlier(self, connection: AsyncConnection[Any], stretch: Stretch) -> None:
        """Fill the stores again of which this stretch amends facts before it."""
        for store in await amended_stores(connection, stretch.place, stretch.start, stretch.end):
            again = Stretch(place=stretch.place, start=0, end=stretch.end, store=store)
            await refill_store(connection, self._tables, again)

    async def _entries(self, connection: AsyncConnection[Any], stretch: Stretch, start: int) -> list[Entry]:
        return await read_entries(
            connection, stretch.place, start=start, end=stretch.end, limit=BATCH, types=self._read, store=stretch.store
        )

    async def _take(self, connection: AsyncConnection[Any], place: Place, entries: Sequence[Entry]) -> None:
        """Fold a batch, and write what it changes in one transaction."""
        async with connection.transaction():
            told = _erasures(entries, self._amendments)
            if await self._remembered.go_on(connection, place, told):
                for column in self._columns:
                    column.begin(fresh=False)
            batch = _Batch(entries, self._folded, self._amendments, self._remembered.forgotten)
            for column in self._columns:
                while True:
                    column.fold(batch)
                    if column.rows.is_complete:
                        break
                    await load_missing(connection, [(column.table, column.rows)])
            if statements := [each for column in self._columns for each in column.statements()]:
                await execute_together(connection, statements)
            if self._keep is not None:
                await self._keep(connection, entries[-1].offset + 1)
        for column in self._columns:
            column.commit()


async def refill_store(
    connection: AsyncConnection[Any], tables: Sequence[ModelTable], stretch: Stretch, on_trial: Collection[int] = ()
) -> None:
    """Fold one store's rows again, from the ledger up to an offset, in the caller's transaction if there is one."""
    async with connection.transaction():
        for table in tables:
            everything = sql.SQL("DELETE FROM {} WHERE organisation = %s AND store = %s").format(table.name)
            await connection.execute(everything, stretch.store)
        await Filling(tables, on_trial=on_trial).fill(connection, stretch)


class _Batch:
    """Entries in order: those that arrived, and the facts of those that count, as they count."""

    def __init__(
        self, entries: Sequence[Entry], folded: frozenset[str], amendments: Amendments, forgotten: Forgotten
    ) -> None:
        self.arrived: list[tuple[Store, Entry]] = []
        self.facts: list[tuple[str, Store, RecordedEvent]] = []
        for entry in entries:
            organisation, name = entry.attributes.organisation, entry.attributes.store
            if organisation is None or name is None or entry.reason == "misaddressed":
                continue
            store = (organisation, name)
            self.arrived.append((store, entry))
            if not amendments.counts(entry) or (kind := entry.attributes.type) not in folded:
                continue
            applied = _recorded(kind, entry)
            recorded = None if applied is None else amendments.amend(applied)
            if forgotten and recorded is not None:
                recorded = as_remembered(recorded, forgotten)
            if recorded is not None:
                self.facts.append((kind, store, recorded))


def _erasures(entries: Sequence[Entry], amendments: Amendments) -> Iterator[RecordedEvent]:
    """Yield the facts that forget somebody; no correction takes one back."""
    for entry in entries:
        if (kind := entry.attributes.type) in _ERASURES and amendments.counts(entry):
            told = _recorded(kind, entry)
            yield from () if told is None else (told,)


def _recorded(kind: str, entry: Entry) -> RecordedEvent | None:
    """Read a record that was applied; None of what only an older version took, which is named: it counts no more."""
    try:
        envelope = read_again(kind, entry.value or b"")
    except NoLongerReadable as problem:
        log.warning("a record of an older version is left out", position=_place_of(entry), problem=str(problem))
        return None
    return RecordedEvent(position=entry.position, recorded_at=entry.recorded_at, envelope=envelope)


def _place_of(entry: Entry) -> str:
    return f"{entry.position.topic}/{entry.position.partition}/{entry.position.offset}"


class _Column:
    """One table on its way: its rows, and what changes them."""

    def __init__(self, table: ModelTable, trial: Trial) -> None:
        self.table = table
        self._trial = trial
        self._projection = table.projection
        self.hears_all = self._projection.hears_all
        self.types = frozenset(() if self.hears_all else recorded_types(self._projection.facts))
        self.rows: TableRows[Any] = TableRows()

    def begin(self, *, fresh: bool) -> None:
        """Forget every row; a fresh stretch finds none in the table."""
        self.rows = FreshRows() if fresh else TableRows()

    def fold(self, batch: _Batch) -> None:
        """Fold a batch from its beginning."""
        self.rows.start()
        stores = RowsByStore(self.rows)
        if self.hears_all:
            self._hear(batch, stores)
        else:
            self._fold(batch, stores)

    def _fold(self, batch: _Batch, stores: RowsByStore[Any]) -> None:
        fold, types, on_trial = self._projection.fold, self.types, self._trial.offsets
        for kind, store, recorded in batch.facts:
            if kind in types:
                tried = Tried(stores[store]) if recorded.position.offset in on_trial else None
                try:
                    fold(tried or stores[store], recorded)
                except Exception as problem:  # noqa: BLE001  # whatever a fold may raise
                    self._give_up(recorded.position, problem)
                else:
                    if tried is not None:
                        tried.keep()

    def _hear(self, batch: _Batch, stores: RowsByStore[Any]) -> None:
        policy = cast("Policy[Any]", self._projection)
        for store, entry in batch.arrived:
            try:
                for _ in policy.pass_by(stores[store], entry.attributes):
                    pass
            except Exception as problem:  # noqa: BLE001  # the same
                self._give_up(entry.position, problem)

    def _give_up(self, position: Position, problem: Exception) -> None:
        if self.rows.is_complete:  # otherwise a row that is only not loaded yet may have misled it
            self._trial.fail(self._projection.name, position, problem)

    def statements(self) -> Iterator[Statement]:
        """Yield what writes the batch's changes."""
        new, other = self.rows.new_and_other()
        if new:
            yield self.table.insertion(new)
        yield from self.table.statements(other)

    def commit(self) -> None:
        """The changes are written."""
        self.rows.commit()
        if self.rows.is_crowded:
            self.rows = TableRows()
