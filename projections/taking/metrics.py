"""What a projector tells Prometheus."""

from collections.abc import Iterable, Mapping
from math import nan
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from projections.taking.partition import Applied

BATCH_SIZES = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """Counters of one process, in a registry that the caller may serve."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._behind: set[int] = set()
        self._stopped: set[int] = set()
        self._stops = Gauge(
            "shopfloor_partition_stopped", "Partitions taken no further", ["partition"], registry=self.registry
        )
        self._records = Counter("shopfloor_records", "Records taken into the ledger", registry=self.registry)
        self._letters = Counter(
            "shopfloor_dead_letters", "Records dead, or parked behind those, when they came", registry=self.registry
        )
        self._duplicates = Counter("shopfloor_duplicates", "Records applied before", registry=self.registry)
        self._derived = Counter("shopfloor_derived_facts", "Facts that policies derived", registry=self.registry)
        self._seeks = Counter("shopfloor_seeks", "Batches that did not go on where they should", registry=self.registry)
        self._lag = Gauge(
            "shopfloor_lag_records", "Records behind the log's end; NaN: unknown", ["partition"], registry=self.registry
        )
        self._batch_at = Gauge(
            "shopfloor_last_batch_timestamp_seconds", "When a transaction was written last", registry=self.registry
        )
        self._open = Gauge(
            "shopfloor_open_dead_letters",
            "Dead letters that nobody decided about; NaN: unknown",
            registry=self.registry,
        )
        self._open.set(nan)
        self._size = Histogram(
            "shopfloor_batch_records", "Records in a transaction", buckets=BATCH_SIZES, registry=self.registry
        )
        self._time = Histogram(
            "shopfloor_batch_seconds", "Time of a transaction", buckets=SECONDS, registry=self.registry
        )

    def applied(self, outcomes: Mapping[int, Applied], *, log_ends: Mapping[int, int], seconds: float) -> None:
        """Count a transaction that was written, by partition."""
        for partition, outcome in outcomes.items():
            self._records.inc(outcome.records)
            self._letters.inc(outcome.letters)
            self._duplicates.inc(outcome.duplicates)
            self._derived.inc(outcome.derived)
            self._behind.add(partition)
            self._lag.labels(partition).set(max(0, log_ends[partition] - outcome.next_offset))
        self._batch_at.set(time())
        self._size.observe(sum(outcome.records for outcome in outcomes.values()))
        self._time.observe(seconds)

    def behind(self, taken: Mapping[int, int], log_ends: Mapping[int, int] | None) -> None:
        """Take how far partitions are behind; it is unknown where nobody says where the log ends."""
        for partition, offset in taken.items():
            self._behind.add(partition)
            end = None if log_ends is None else log_ends.get(partition)
            self._lag.labels(partition).set(nan if end is None else max(0, end - offset))

    def letters_open(self, count: int | None) -> None:
        """Take how many dead letters nobody decided about; None where that is not known."""
        self._open.set(nan if count is None else count)

    def stopped(self, partitions: Iterable[int]) -> None:
        """Say which partitions are taken no further."""
        now = set(partitions)
        for partition in self._stopped - now:
            self._stops.remove(partition)
        for partition in now:
            self._stops.labels(partition).set(1)
        self._stopped = now

    def sought(self, batches: int) -> None:
        """Count batches that did not go on where they should."""
        self._seeks.inc(batches)

    def owned(self, partitions: Iterable[int]) -> None:
        """Forget the lag of partitions that are no longer ours."""
        lost = self._behind - set(partitions)
        for partition in lost:
            self._lag.remove(partition)
        self._behind -= lost
