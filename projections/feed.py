"""Between a driver and the core: fetched batches are merged by partition, applied, and answered with seeks."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter

from event_store.ledger import LogRecord
from projections.continuity import Seek
from projections.metrics import Metrics
from projections.partition import Applied
from projections.projector import Projector

Batch = Sequence[LogRecord]
"""Consecutive records of one partition, at least one."""

MOST_RECORDS = 4_000
MOST_BYTES = 8_000_000
"""Batches that wait are merged into one transaction up to so many records and bytes."""


class Feed:
    """Feeds a projector and keeps what ended it.

    `ended` is set when the projector must not go on; `failure` then says why. `derived` is set whenever a batch left
    facts in the outbox.
    """

    def __init__(self, projector: Projector, metrics: Metrics) -> None:
        self.projector = projector
        self.failure: Exception | None = None
        self.ended = asyncio.Event()
        self.derived = asyncio.Event()
        self._metrics = metrics

    async def positions(self, log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Own the partitions whose logs end there; return where to read each, nothing after a failure."""
        try:
            starts = await self.projector.assign(log_ends)
        except Exception as problem:  # noqa: BLE001  # the driver would swallow it; whoever waits for the end raises it
            self._end(problem)
            return {}
        self.derived.set()
        return starts

    async def take(self, batches: Iterable[Batch], log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Apply batches, merged by partition; return the partitions to read from another offset."""
        seeks = {}
        for number, records in _merged(batches).items():
            if self.failure is None and (offset := await self._apply(number, records, log_ends[number])) is not None:
                seeks[number] = offset
        return seeks

    async def _apply(self, number: int, records: Batch, log_end: int) -> int | None:
        started = perf_counter()
        try:
            outcome = await self.projector.apply(number, records, log_end=log_end)
        except Exception as problem:  # noqa: BLE001  # the same
            self._end(problem)
            return None
        match outcome:
            case Applied():
                self._metrics.applied(number, outcome, log_end=log_end, seconds=perf_counter() - started)
                if outcome.derived:
                    self.derived.set()
            case Seek(offset):
                self._metrics.sought()
                return offset
        return None

    def _end(self, problem: Exception) -> None:
        self.failure = problem
        self.ended.set()


def _merged(batches: Iterable[Batch]) -> Mapping[int, list[LogRecord]]:
    merged: dict[int, list[LogRecord]] = {}
    for batch in batches:
        merged.setdefault(batch[0].partition, []).extend(batch)
    return merged


def weight(batch: Batch) -> int:
    """Return the bytes of a batch's values."""
    return sum(len(record.value or b"") for record in batch)
