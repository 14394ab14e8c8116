"""Between a driver and the core: fetched batches are merged by partition, applied, and answered with seeks."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter

from event_store.ledger import LogRecord
from projections.taking.continuity import Seek
from projections.taking.metrics import Metrics
from projections.taking.partition import Applied
from projections.taking.projector import Projector

Batch = Sequence[LogRecord]
"""Consecutive records of one partition, at least one."""

TRY_AGAIN_S = 30.0
"""After so long a stopped partition is tried again: somebody may have brought the right log back."""
MOST_RECORDS = 4_000
MOST_BYTES = 8_000_000
"""Batches that wait are merged into one transaction up to so many records and bytes."""


class Feed:
    """Feeds a projector and keeps what ended it.

    `ended` is set when the projector must not go on; `failure` then says why. `derived` is set whenever a batch left
    facts in the outbox. `has_begun` says whether partitions were ever owned.
    """

    def __init__(self, projector: Projector, metrics: Metrics) -> None:
        self.projector = projector
        self.failure: Exception | None = None
        self.ended = asyncio.Event()
        self.derived = asyncio.Event()
        self.has_begun = False
        self._metrics = metrics

    def go_on(self) -> None:
        """Forget what ended it: a driver feeds it again."""
        self.failure = None
        self.ended.clear()

    def end(self, problem: Exception) -> None:
        """Let the projector go on no further: `problem` is raised where its driver was run."""
        self.failure = problem
        self.ended.set()

    async def positions(self, log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Own the partitions whose logs end there; return where to read each, nothing after a failure."""
        try:
            starts = await self.projector.assign(log_ends)
        except Exception as problem:  # noqa: BLE001  # the driver would swallow it; whoever waits for the end raises it
            self.end(problem)
            return {}
        self.has_begun = True
        self._metrics.owned(log_ends)
        self._metrics.stopped(self.projector.stopped)
        self.derived.set()
        return starts

    async def try_again(self, log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Take stopped partitions again, whose logs end there; return where to read those that may go on."""
        if self.failure is not None:
            return {}
        try:
            starts = await self.projector.try_again(log_ends)
        except Exception as problem:  # noqa: BLE001  # the same
            self.end(problem)
            return {}
        self._metrics.stopped(self.projector.stopped)
        return starts

    async def take(self, batches: Iterable[Batch], log_ends: Mapping[int, int]) -> Mapping[int, int]:
        """Apply batches, merged by partition; return the partitions to read from another offset.

        What is in `projector.stopped` afterwards need not be read until `try_again` says so.
        """
        if self.failure is not None:
            return {}
        try:
            return await self._take(_merged(batches), log_ends)
        except Exception as problem:  # noqa: BLE001  # the same
            self.end(problem)
            return {}

    async def _take(self, merged: Mapping[int, Batch], log_ends: Mapping[int, int]) -> Mapping[int, int]:
        started = perf_counter()
        outcomes = await self.projector.apply_all(merged, log_ends)
        applied = {number: outcome for number, outcome in outcomes.items() if isinstance(outcome, Applied)}
        if applied:
            self._metrics.applied(applied, log_ends=log_ends, seconds=perf_counter() - started)
        if any(outcome.derived for outcome in applied.values()):
            self.derived.set()
        self._metrics.stopped(self.projector.stopped)
        seeks = {number: outcome.offset for number, outcome in outcomes.items() if isinstance(outcome, Seek)}
        self._metrics.sought(len(seeks))
        return seeks


def _merged(batches: Iterable[Batch]) -> Mapping[int, list[LogRecord]]:
    merged: dict[int, list[LogRecord]] = {}
    for batch in batches:
        merged.setdefault(batch[0].partition, []).extend(batch)
    return merged


def weight(batch: Batch) -> int:
    """Return the bytes of a batch's values."""
    return sum(len(record.value or b"") for record in batch)
