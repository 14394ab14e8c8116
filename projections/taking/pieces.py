"""Batches that cannot be taken whole are taken in pieces, each in a transaction of its own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection

from event_store.database import is_refusal
from event_store.errors import InvalidEvent
from event_store.events.amendments import EventCorrected, RecordAmendment
from event_store.events.event import Event
from projections.errors import FillingFailed
from projections.folding.readings import Reading, Refusal
from projections.taking.batches import Batch
from projections.taking.partition import Applied
from projections.taking.taking import Taker

Batches = Sequence[Batch]


async def take(connection: AsyncConnection[Any], taker: Taker, batches: Batches) -> Mapping[int, Applied]:
    """Take batches; amendments apart from what comes before and behind them, so that they find it in the ledger."""
    outcomes: dict[int, Applied] = {}
    for piece in _pieces(batches):
        outcomes = _together(outcomes, await _take(connection, taker, piece))
    return outcomes


async def _take(connection: AsyncConnection[Any], taker: Taker, batches: Batches) -> Mapping[int, Applied]:
    """Take batches; what PostgreSQL or a filling refuses is halved until the record that it refuses is alone."""
    try:
        return await taker.take(connection, batches)
    except Exception as problem:
        if not (isinstance(problem, FillingFailed | InvalidEvent) or is_refusal(problem)):
            raise
        if _is_known_id(problem) and not taker.ids.look_up:
            taker.ids.look_up = True
            return await _take(connection, taker, batches)
        first, second = _halves(batches)
        if not second:
            return await taker.take(connection, batches, Refusal("fold_failed", _why(problem)))
        return _together(await _take(connection, taker, first), await _take(connection, taker, second))


def _is_known_id(problem: Exception) -> bool:
    return isinstance(problem, psycopg.Error) and problem.diag.table_name == "applied"


def _why(problem: Exception) -> str:
    return str(problem) if isinstance(problem, FillingFailed) else f"PostgreSQL refuses its rows: {problem}"


def _together(before: Mapping[int, Applied], after: Mapping[int, Applied]) -> dict[int, Applied]:
    both = {number: before[number] + after[number] for number in before.keys() & after.keys()}
    return {**before, **after, **both}


def _pieces(batches: Batches) -> Iterator[Batches]:
    """Yield the batches as they are; where there are amendments among them, in runs whose order makes no difference."""
    if not any(reading.is_amending for batch in batches for reading in batch.readings):
        yield batches
        return
    for batch in batches:
        for run in runs(batch.readings):
            yield [msgspec.structs.replace(batch, readings=run)]


def runs(readings: Sequence[Reading]) -> Iterator[list[Reading]]:
    """Yield runs of corrections of different facts, of other amendments, and of what is no amendment."""
    run: list[Reading] = []
    corrected: set[str] = set()
    kind: object = None
    for reading in readings:
        event = reading.recorded.event if reading.recorded is not None and reading.is_amending else None
        now, fact = _kind(event), event.event_id if isinstance(event, EventCorrected) else None
        if run and (now is not kind or fact in corrected):
            yield run
            run, corrected = [], set()
        run.append(reading)
        kind = now
        if fact is not None:
            corrected.add(fact)
    yield run


def _kind(event: Event | None) -> object:
    return RecordAmendment if isinstance(event, RecordAmendment) else type(event)


def _halves(batches: Batches) -> tuple[Batches, Batches]:
    """Return two halves of batches, or of the only one; the second is empty where a record is alone."""
    if len(batches) > 1:
        return batches[: len(batches) // 2], batches[len(batches) // 2 :]
    (batch,) = batches
    half = len(batch.readings) // 2
    if half == 0:
        return batches, ()
    structs = msgspec.structs
    return (
        [structs.replace(batch, readings=batch.readings[:half])],
        [structs.replace(batch, readings=batch.readings[half:])],
    )
