"""What a contender is told, and what it answers."""

import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import msgspec

from infra.bench.counter import Counts
from projections.catalogue import READ_MODELS
from projections.folding.projection import Projection

ALL = "all"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to take, from where, into what."""

    kafka: str
    topic: str
    partitions: int
    database: str
    """Migrated, with the read models prepared."""
    records: int
    read_models: str
    """The one to keep beside the ledger, by its name, or `all`."""
    group: str
    """Of consumers; one that nobody used."""
    facts: str = ""
    """File of the facts, for a contender that does without Kafka."""

    def projections(self) -> Sequence[Projection[Any]]:
        """Return the read models to keep."""
        known: Sequence[Projection[Any]] = (*READ_MODELS, Counts())
        return READ_MODELS if self.read_models == ALL else [each for each in known if each.name == self.read_models]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """So many records in so many seconds, from the end of the first transaction to the end of the last."""

    records: int
    seconds: float

    @property
    def rate(self) -> float:
        """Records in a second."""
        return self.records / self.seconds


class Stopwatch:
    """Starts when the first batch is in the database, so that nobody's start-up counts."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._first = 0
        self._seen = 0
        self._started = 0.0
        self._ended = 0.0

    def took(self, records: int) -> bool:
        """Note a batch that was committed just now; True when it was the last."""
        self._ended = perf_counter()
        if self._seen == 0:
            self._first, self._started = records, self._ended
        self._seen += records
        return self._seen >= self._expected

    def taken(self) -> Taken:
        """Return the measurement."""
        return Taken(records=self._seen - self._first, seconds=self._ended - self._started)


def read_task() -> Task:
    """Return the task that the process was started with."""
    return msgspec.json.decode(sys.argv[1], type=Task)


def answer(taken: Taken) -> None:
    """Print the measurement as the last line."""
    sys.stdout.write(msgspec.json.encode(taken).decode() + "\n")
