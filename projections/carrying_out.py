"""Carrying amendments out: the rows of the stores and read models that they touch are filled again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection

from event_store.envelope import Position
from event_store.events import FACTS, TYPE_OF, EventCorrected, RecordAmendment, RecordSkipped, SubjectForgotten
from event_store.replay import Place
from projections.amendment_records import put_amendments
from projections.amendments import right_fact
from projections.applied_ids import find_applied, put_applied
from projections.errors import FillingFailed
from projections.filling import refill_store
from projections.forgetting import register
from projections.model_table import ModelTable
from projections.readings import Reader, Reading, Refusal, Store
from projections.retaking import Outcome, retake
from projections.waiting import find_named, find_waiting, put_outcomes, read_waiting, skip_elsewhere

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
        touched, failed = await self._corrected(amending), dict[int, Refusal]()
        retaking = await self._waiting(amending, touched)
        while True:
            outcomes = await self._retake(retaking, failed)
            released = [each for each in outcomes if each.resolution == "retried"]
            try:
                async with self._connection.transaction():
                    await put_outcomes(self._connection, outcomes, amending.end - 1)
                    await put_applied(self._connection, [each.reading for each in released])
                    await register(self._connection, [each.reading.recorded for each in released])
                    return await self._refill(amending, _with(touched, released))
            except FillingFailed as problem:
                offsets = {each.reading.record.offset for each in released}
                if problem.position.offset not in offsets:
                    raise
                failed[problem.position.offset] = Refusal("fold_failed", problem.error)
            except (psycopg.DataError, psycopg.IntegrityError) as problem:
                if len(amending.readings) > 1 or not released:
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

    async def _waiting(self, amending: Amending, touched: Touched) -> "_Retaking":
        """Return what is to be taken again, subject by subject; adds what counted and is given up to `touched`."""
        skipped: set[int] = set()
        chains: list[list[int]] = []
        for store, places in _named(amending).items():
            here = {at.offset: by for at, by in places.items() if _is_in(at, amending.place)}
            letters = await find_named(self._connection, amending.place, here)
            own = [each for each in letters if each.store in {None, store}]
            waiting = [each for each in own if each.resolved is None]
            skipped |= {each.offset for each in waiting if here[each.offset]}
            subjects = {each.subject for each in waiting if each.subject is not None}
            chains += (await find_waiting(self._connection, amending.place, store, subjects)).values()
            chains += [[each.offset] for each in waiting if each.subject is None]
            decided = {each.offset for each in letters if each.resolved != "retried"}
            counting = {offset for offset, gives_up in here.items() if gives_up} - decided
            await self._give_up(amending, store, counting, touched)
            for at, gives_up in places.items():
                if gives_up and not _is_in(at, amending.place):
                    await skip_elsewhere(self._connection, at, store, amending.end - 1)
        offsets = {offset for chain in chains for offset in chain}
        readings = await read_waiting(self._connection, self._reader, amending.place, offsets)
        return _Retaking([[readings[offset] for offset in chain] for chain in chains], frozenset(skipped))

    async def _give_up(self, amending: Amending, store: Store, offsets: Collection[int], touched: Touched) -> None:
        """Note the types of records that counted and do so no longer."""
        for reading in (await read_waiting(self._connection, self._reader, amending.place, offsets)).values():
            if reading.store == store and reading.attributes.type is not None:
                touched.setdefault(store, set()).add(reading.attributes.type)

    async def _retake(self, retaking: "_Retaking", failed: Mapping[int, Refusal]) -> list[Outcome]:
        facts = [each.recorded for chain in retaking.chains for each in chain if each.recorded is not None]
        ids = [(fact.envelope.id, fact.envelope.organisation) for fact in facts]
        known = {event_id for event_id, _ in await find_applied(self._connection, ids)}
        return [
            outcome
            for chain in retaking.chains
            for outcome in retake(chain, skipped=retaking.skipped, failed=failed, known=known)
        ]

    async def _refill(self, amending: Amending, touched: Touched) -> Collection[str]:
        filled: set[str] = set()
        for store, types in sorted(touched.items()):
            tables = [table for table in self._tables if _folds(table, types)]
            if tables:
                await refill_store(self._connection, tables, store, amending.place, amending.end)
            filled |= {table.projection.name for table in tables}
        return filled


class _Retaking(msgspec.Struct, frozen=True):
    """Waiting records by subject, the oldest first, and the offsets of those that are given up."""

    chains: list[list[Reading]]
    skipped: frozenset[int]


def _named(amending: Amending) -> dict[Store, dict[Position, bool]]:
    """Return the positions that amendments name, by store, and whether the record is given up."""
    named: dict[Store, dict[Position, bool]] = {}
    for reading in amending.readings:
        if reading.recorded is not None and isinstance(event := reading.recorded.event, RecordAmendment):
            envelope = reading.recorded.envelope
            at = Position(topic=event.topic, partition=event.partition, offset=event.offset)
            if _is_in(at, amending.place) and at.offset >= reading.record.offset:
                continue
            places = named.setdefault((envelope.organisation, envelope.store), {})
            places[at] = places.get(at, False) or isinstance(event, RecordSkipped)
    return named


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
    if getattr(projection, "hears_all", False):
        return False
    return any(TYPE_OF[event] in types for event in projection.facts)
