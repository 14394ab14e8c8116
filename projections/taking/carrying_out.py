"""Carrying amendments out: the rows of the stores and read models that they touch are filled again."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.database import is_refusal
from event_store.envelope import Position
from event_store.events import FACTS, TYPE_OF
from event_store.events.amendments import EventCorrected, RecordAmendment, RecordSkipped
from event_store.events.erasures import SubjectForgotten
from event_store.replay import Place
from projections.errors import FillingFailed
from projections.folding.amendments import right_fact
from projections.folding.readings import Reader, Reading, Refusal, Store, Subject
from projections.folding.retaking import Chain, Decided, Outcome, first_failures, retake, turns
from projections.rebuilding.filling import Stretch, refill_store
from projections.tables.amendment_records import put_amendments
from projections.tables.applied_ids import find_applied, put_applied
from projections.tables.forgetting import register
from projections.tables.model_table import ModelTable
from projections.taking.waiting import Named, find_named, find_waiting, put_outcomes, read_waiting, skip_elsewhere

Touched = dict[Store, set[str]]
"""Types of facts that count otherwise than before, by store."""


class Amending(msgspec.Struct, frozen=True):
    """Consecutive amendments of one partition, all of them applied."""

    place: Place
    readings: Sequence[Reading]

    @property
    def end(self) -> int:
        """The first offset behind them."""
        return self.readings[-1].record.offset + 1


class CarryingOut:
    """Carries amendments out in the caller's transaction, against the tables that are current."""

    def __init__(self, connection: AsyncConnection[Any], tables: Sequence[ModelTable], reader: Reader) -> None:
        self._connection = connection
        self._tables = tables
        self._reader = reader

    async def run(self, amending: Amending) -> Collection[str]:
        """Return the names of the read models that were filled again.

        What a retried record fails on is its new reason. Raises `FillingFailed`, or what PostgreSQL raises, where the
        amendments themselves are to blame.
        """
        await put_amendments(self._connection, amending.readings)
        touched, decided = await self._corrected(amending), list(_decided(amending))
        filled = set(await self._refill(amending.place, amending.end, touched))
        letters = await self._letters(amending.place, decided)
        for turn in turns(decided, {offset: letter.subject for offset, letter in letters.items()}):
            filled |= await self._decide(amending, turn)
        return filled

    async def _decide(self, amending: Amending, turn: Sequence[Decided]) -> set[str]:
        """Carry out decisions about records, as they stand behind the decisions before."""
        place, end = amending.place, turn[-1].by + 1
        touched: Touched = {}
        chains, failed = await self._waiting(place, turn, touched), dict[int, Refusal]()
        while True:
            outcomes = await self._retake(chains, failed)
            released = [each for each in outcomes if each.resolution == "retried"]
            try:
                async with self._connection.transaction():
                    await put_outcomes(self._connection, outcomes)
                    await put_applied(self._connection, [each.reading for each in released])
                    await register(self._connection, [each.reading.recorded for each in released])
                    on_trial = frozenset(each.reading.record.offset for each in released)
                    return set(await self._refill(place, end, _with(touched, released), on_trial))
            except FillingFailed as problem:
                if problem.failures.keys() - {each.reading.record.offset for each in released}:
                    raise
                failed |= first_failures(chains, problem.failures)
            except Exception as problem:
                if not is_refusal(problem) or len(amending.readings) > 1 or not released:
                    raise
                first = min(each.reading.record.offset for each in released)
                failed[first] = Refusal("fold_failed", f"PostgreSQL refuses its rows: {problem}")

    async def _corrected(self, amending: Amending) -> Touched:
        """Return what corrections touch: facts that the partition holds before them."""
        touched: Touched = {}
        for reading in amending.readings:
            if reading.recorded is None or not isinstance(correction := reading.recorded.event, EventCorrected):
                continue
            envelope, place = reading.recorded.envelope, (amending.place.partition, reading.record.offset)
            known = await find_applied(self._connection, [(correction.event_id, envelope.organisation)])
            found = known.get((correction.event_id, envelope.organisation))
            if found is not None and found[0] == place[0] and found[1] < place[1]:
                kind, _ = right_fact(correction)
                touched.setdefault((envelope.organisation, envelope.store), set()).add(TYPE_OF[kind])
        return touched

    async def _letters(self, place: Place, decided: Iterable[Decided]) -> dict[int, Named]:
        here = {each.at.offset for each in decided if _is_in(each.at, place)}
        letters = await find_named(self._connection, place, here) if here else ()
        return {letter.offset: letter for letter in letters}

    async def _waiting(self, place: Place, turn: Sequence[Decided], touched: Touched) -> list[Chain]:
        """Return what is to be taken again, subject by subject; adds what counted and is given up to `touched`."""
        letters = await self._letters(place, turn)
        named: dict[Subject | int, Decided] = {}
        counting: dict[Store, set[int]] = {}
        for each in turn:
            letter = letters.get(each.at.offset)
            if not _is_in(each.at, place):
                if each.gives_up:
                    await skip_elsewhere(self._connection, each.at, each.store, each.by)
            elif letter is None or letter.resolved == "retried":
                if each.gives_up:
                    counting.setdefault(each.store, set()).add(each.at.offset)
            elif letter.resolved is None and letter.may_be_of(each.store):
                named.setdefault(each.chain(letter.subject), each)
        for store, offsets in counting.items():
            await self._give_up(place, store, offsets, touched)
        return await self._chains(place, named)

    async def _chains(self, place: Place, named: Mapping[Subject | int, Decided]) -> list[Chain]:
        waiting: dict[Subject | int, list[int]] = {key: [key] for key in named if isinstance(key, int)}
        for store in {each.store for each in named.values()}:
            subjects = {key[2] for key in named if not isinstance(key, int) and key[:2] == store}
            found = await find_waiting(self._connection, place, store, subjects) if subjects else {}
            waiting |= {(*store, subject): offsets for subject, offsets in found.items()}
        offsets = {offset for chain in waiting.values() for offset in chain}
        readings = await read_waiting(self._connection, self._reader, place, offsets)
        return [
            Chain([readings[offset] for offset in waiting[key]], each.by, each.at.offset if each.gives_up else None)
            for key, each in named.items()
        ]

    async def _give_up(self, place: Place, store: Store, offsets: Collection[int], touched: Touched) -> None:
        """Note the types of records that counted and do so no longer."""
        for reading in (await read_waiting(self._connection, self._reader, place, offsets)).values():
            if reading.store == store and reading.attributes.type is not None:
                touched.setdefault(store, set()).add(reading.attributes.type)

    async def _retake(self, chains: Sequence[Chain], failed: Mapping[int, Refusal]) -> list[Outcome]:
        ids = [reading.fact_id for chain in chains for reading in chain.waiting]
        known = set(await find_applied(self._connection, [each for each in ids if each is not None]))
        return [outcome for chain in chains for outcome in retake(chain, failed=failed, known=known)]

    async def _refill(
        self, place: Place, end: int, touched: Touched, on_trial: Collection[int] = ()
    ) -> Collection[str]:
        filled: set[str] = set()
        for store, types in sorted(touched.items()):
            tables = [table for table in self._tables if _folds(table, types)]
            if tables:
                stretch = Stretch(place=place, start=0, end=end, store=store)
                await refill_store(self._connection, tables, stretch, on_trial)
            filled |= {table.projection.name for table in tables}
        return filled


def _decided(amending: Amending) -> Iterator[Decided]:
    """Yield what amendments say about records before them."""
    for reading in amending.readings:
        if reading.recorded is not None and isinstance(event := reading.recorded.event, RecordAmendment):
            envelope, by = reading.recorded.envelope, reading.record.offset
            at = Position(topic=event.topic, partition=event.partition, offset=event.offset)
            if not _is_in(at, amending.place) or at.offset < by:
                store = (envelope.organisation, envelope.store)
                yield Decided(at=at, store=store, by=by, gives_up=isinstance(event, RecordSkipped))


def _is_in(at: Position, place: Place) -> bool:
    return (at.topic, at.partition) == (place.topic, place.partition)


def _with(touched: Touched, released: Iterable[Outcome]) -> Touched:
    both = {store: set(types) for store, types in touched.items()}
    for outcome in released:
        if (recorded := outcome.reading.recorded) is not None:
            store = (recorded.envelope.organisation, recorded.envelope.store)
            erases = isinstance(recorded.event, SubjectForgotten)
            both.setdefault(store, set()).update(FACTS if erases else [TYPE_OF[type(recorded.event)]])
    return both


def _folds(table: ModelTable, types: Collection[str]) -> bool:
    """Tell whether a read model takes facts of these types; one that hears of every record judges it as it came."""
    projection = table.projection
    return not projection.hears_all and any(TYPE_OF[event] in types for event in projection.facts)
