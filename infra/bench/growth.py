"""What a long history costs: questions, projecting, rebuilding, proofs and disk, at sizes a hundred times apart."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import msgspec
from psycopg import Connection, IsolationLevel

from event_store.checkpoints import KeyFolder
from event_store.database import connect_blocking
from event_store.sealing import SealedRecord
from event_store.sealing.office import Office
from event_store.topics import EVENTS, PARTITIONS
from infra.bench.bench import Bench
from infra.bench.bulk import DAY, Days, fill, settle
from infra.bench.contenders.task import ALL, Task
from infra.bench.figures import Aim, Figure, Results, Run, Spread
from infra.bench.history import write_facts
from infra.bench.processes import run_module
from infra.bench.questions import QUESTIONS, served
from infra.bench.waiting import told
from infra.errors import DiskTooSmall
from projections.tables.read_model import PROJECTOR_ROLE

BYTES_PER_EVENT = 2_500
"""What a fact takes on disk at most, with its row, indexes, read models and write-ahead log; measured at 2,100."""
ONWARD = 20_000
"""Facts that are projected behind a history."""
PROOFS = 20
ASKED = 30
PATIENCE_S = 3_600
SMALL = 100_000

_SIZE = "SELECT pg_database_size(current_database())"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A history of some size and what was measured of it."""

    events: int
    database: str
    fill_s: float
    rebuild: float
    onward: float
    sealing: float
    proof_ms: float
    proof_bytes: int
    bytes_per_event: float


def measure(bench: Bench) -> Results:
    """Let a history grow; ask the smallest and the largest in turns."""
    sizes = _sizes(bench)
    _demand_disk(bench.folder, sizes[-1])
    bench.say(f"telling one day of {DAY:,} facts")
    course = _Course(bench, Days(bench.seed))
    small = course.stage(course.database(), sizes[0])
    large = course.database()
    stages = [small, *(course.stage(large, size) for size in sizes[1:])]
    figures = [*_growth(stages), *_answers(bench, small, stages[-1])]
    return Results(figures=figures, runs=[run for stage in stages for run in _runs(stage)])


def _sizes(bench: Bench) -> list[int]:
    largest = bench.largest or bench.size(10_000_000, 300_000)
    return [SMALL, *(size for size in (1_000_000,) if SMALL < size < largest), max(largest, 2 * SMALL)]


def _demand_disk(folder: Path, events: int) -> None:
    free, needed = shutil.disk_usage(folder).free, (events + SMALL) * BYTES_PER_EVENT
    if free < needed:
        raise DiskTooSmall(folder, free, needed)


class _Course:
    """Lets histories grow day by day, and measures them at every size."""

    def __init__(self, bench: Bench, days: Days) -> None:
        self._bench = bench
        self._days = days
        self._next: dict[str, int] = {}
        self._keys = KeyFolder(bench.folder / "growth-keys")
        self._keys.create("bench.example/growth")

    def database(self) -> str:
        """Make a database for a history that has not begun."""
        address = self._bench.database()
        self._next[address] = 0
        return address

    def stage(self, database: str, events: int) -> Stage:
        """Let a history grow to a number of events and measure it."""
        say, first, last = self._bench.say, self._next[database], events // DAY
        say(f"{events:,} events: writing {(last - first) * DAY:,} into the ledger")
        began = perf_counter()
        fill(database, self._days, range(first, last), say)
        filled = perf_counter() - began
        with told(say, f"{events:,} events: rebuilding every read model"):
            rebuilt = run_module("infra.bench.contenders.rebuild", self._task(database, events), PATIENCE_S)
        with told(say, f"{events:,} events: statistics of the read models"):
            settle(database)
        with told(say, f"{events:,} events: sealing"):
            sealing = self._seal(database, (last - first) * DAY)
        proof_ms, proof_bytes = self._prove(database, last)
        size = self._bytes(database)
        say(f"{events:,} events: {size / events:,.0f} bytes each; projecting {ONWARD:,} more")
        onward = self._onward(database, last)
        self._next[database] = last + 1
        return Stage(
            events=events,
            database=database,
            fill_s=filled,
            rebuild=rebuilt.rate,
            onward=onward,
            sealing=sealing,
            proof_ms=proof_ms,
            proof_bytes=proof_bytes,
            bytes_per_event=size / events,
        )

    def _seal(self, database: str, records: int) -> float:
        began = perf_counter()
        Office(database, EVENTS, self._keys).seal()
        return records / (perf_counter() - began)

    def _prove(self, database: str, days: int) -> tuple[float, int]:
        ids = [each for day in (0, days // 2, days - 1) for each in self._days.event_ids(day, PROOFS)]
        times, sizes = [], []
        with _snapshot(database) as connection:
            record = SealedRecord(connection, EVENTS)
            for event_id in ids:
                began = perf_counter()
                sizes.append(len(record.prove(event_id, self._keys.public())))
                times.append(1000 * (perf_counter() - began))
        return median(times), max(sizes)

    def _bytes(self, database: str) -> int:
        with connect_blocking(database, PROJECTOR_ROLE) as connection:
            (size,) = connection.execute(_SIZE).fetchone() or (0,)
        return int(size)

    def _onward(self, database: str, day: int) -> float:
        """Project the next day's facts behind what is there; return facts per second."""
        file = self._bench.folder / "onward.tsv"
        write_facts(file, self._days.facts(day, ONWARD))
        task = msgspec.structs.replace(self._task(database, ONWARD), facts=str(file))
        return run_module("infra.bench.contenders.without_kafka", task, PATIENCE_S).rate

    def _task(self, database: str, records: int) -> Task:
        return Task(
            kafka="", topic=EVENTS, partitions=PARTITIONS, database=database, records=records, read_models=ALL, group=""
        )


@contextmanager
def _snapshot(database: str) -> Iterator[Connection[Any]]:
    with connect_blocking(database, PROJECTOR_ROLE) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            yield connection


def _growth(stages: Sequence[Stage]) -> Iterator[Figure]:
    """Yield what every stage measured once, the last one beside the first."""
    small, large = stages[0], stages[-1]
    beside = f"the same at {small.events:,} events"
    rows = (
        ("Rebuild of every read model", "rebuild", "facts/s", "one pass over the ledger, timed whole"),
        (
            "Projecting behind the history",
            "onward",
            "facts/s",
            f"{ONWARD:,} facts from memory into ledger and all read models, 4,000 of a partition in a transaction",
        ),
        ("Sealing", "sealing", "records/s", "every record hashed into the trees, and one signed checkpoint"),
        ("Proof of one event", "proof_ms", "ms", f"median of {3 * PROOFS} events from the first, middle and last day"),
        ("Size of a proof", "proof_bytes", "bytes", "the largest of those files"),
        (
            "Disk for one event",
            "bytes_per_event",
            "bytes",
            "the whole database: ledger, ids, read models, tiles, indexes",
        ),
    )
    for what, field, unit, how in rows:
        ours, theirs = float(getattr(large, field)), float(getattr(small, field))
        yield Figure(
            what=f"{what} at {large.events:,} events",
            value=Spread.of([ours]),
            unit=unit,
            peer=beside,
            peer_value=Spread.of([theirs]),
            ratio=Spread.of([ours / theirs]),
            how=how,
        )


def _answers(bench: Bench, small: Stage, large: Stage) -> Iterator[Figure]:
    """Ask both histories the same questions in turns."""
    with ExitStack() as until_end:
        servers = [until_end.enter_context(served(stage.database)) for stage in (small, large)]
        for question in QUESTIONS:
            bench.say(f"asking: {question.what}")
            pairs = [[server.median_ms(question, ASKED) for server in servers] for _ in range(max(bench.rounds, 3))]
            yield Figure(
                what=f"{question.what}, at {large.events:,} events",
                value=Spread.of([pair[1] for pair in pairs]),
                unit="ms",
                peer=f"the same at {small.events:,} events",
                peer_value=Spread.of([pair[0] for pair in pairs]),
                ratio=Spread.of([pair[1] / pair[0] for pair in pairs]),
                aim=Aim(limit=1.3, bound="at most"),
                how=f"over HTTP, one request after the other, median of {ASKED} in each round, the two in turns",
            )


def _runs(stage: Stage) -> Iterator[Run]:
    units = {"rebuild": "facts/s", "onward": "facts/s", "sealing": "records/s", "proof_ms": "ms"}
    for field, unit in {**units, "proof_bytes": "bytes", "bytes_per_event": "bytes", "fill_s": "s"}.items():
        value = float(getattr(stage, field))
        yield Run(contender=f"{field} at {stage.events:,} events", round=1, value=value, unit=unit)
