"""How long a fact takes from its producer to a row that can be queried, at a steady pace."""

import asyncio
import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from statistics import quantiles
from time import perf_counter
from typing import Any

import msgspec
from psycopg import AsyncConnection, sql

from event_store.topics import Topics
from event_store.writer import EventWriter
from infra.bench.bench import Bench
from infra.bench.contenders.task import ALL, Task
from infra.bench.course import new_task
from infra.bench.figures import Aim, Figure, Results, Run, Spread
from infra.bench.history import Fact, history
from infra.bench.processes import ROOT
from infra.errors import ContenderFailed
from projections.taking.partition import CHANNEL, Notice

PACE = 500
"""Facts in a second."""
PARTITIONS = 12
WARM_UP_S = 2
PATIENCE_S = 60.0
PROJECTOR = "infra.bench.contenders.projector"
HOW = (
    "500 facts a second on 12 partitions into the ledger and all read models, fsync on; counted from the moment a "
    "fact was due at its producer to the notice that follows the commit; the projector is a process of its own"
)
Place = tuple[int, int]
"""Partition and offset."""


def measure(bench: Bench) -> Results:
    """Measure the median and the 99th percentile of each round."""
    seconds = bench.size(15, 5)
    rounds = [_round(bench, number, seconds) for number in range(1, bench.rounds + 1)]
    percentiles = [quantiles(latencies, n=100) for latencies in rounds]
    p50, p99 = [each[49] for each in percentiles], [each[98] for each in percentiles]
    named = {"p50": p50, "p99": p99}
    return Results(
        figures=[
            Figure(what="Produced to queryable, p50", value=Spread.of(p50), unit="ms", how=HOW),
            Figure(
                what="Produced to queryable, p99",
                value=Spread.of(p99),
                unit="ms",
                how=HOW,
                aim=Aim(limit=50.0, bound="at most"),
            ),
        ],
        runs=[
            Run(contender=name, round=number, value=value, unit="ms")
            for name, values in named.items()
            for number, value in enumerate(values, 1)
        ],
    )


def _round(bench: Bench, number: int, seconds: int) -> list[float]:
    bench.say(f"round {number} of {bench.rounds}: {PACE} facts a second for {seconds} s")
    facts = history((seconds + WARM_UP_S) * PACE, seed=bench.seed)
    topics = bench.topics(PARTITIONS)
    task = new_task(bench, topics, PARTITIONS, ALL, len(facts))
    with _without_collections():
        latencies = asyncio.run(_run(bench, topics, task, facts))
    bench.drop(task.database)
    return latencies[WARM_UP_S * PACE :]


@contextmanager
def _without_collections() -> Iterator[None]:
    """Collect no garbage: this process holds the clock, and its pause of 80 ms delayed every fact in flight."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _run(bench: Bench, topics: Topics, task: Task, facts: Sequence[Fact]) -> list[float]:
    projector = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROJECTOR, msgspec.json.encode(task).decode()),
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with EventWriter(bench.kafka, topics.events) as writer, asyncio.timeout(PATIENCE_S + len(facts) / PACE):
            seen = _Seen()
            async with asyncio.TaskGroup() as together:
                listening = together.create_task(seen.listen(task.database))
                produced = await _produce(writer, facts, seen)
                await seen.all_of(produced)
                listening.cancel()
            in_order = sorted(produced.items(), key=lambda item: item[1])
            return [(seen.at(place) - due) * 1000 for place, due in in_order]
    except TimeoutError:
        raise ContenderFailed("the projector", "facts did not become queryable in time") from None
    finally:
        with suppress(ProcessLookupError):
            projector.terminate()
        await projector.wait()


async def _produce(writer: EventWriter, facts: Sequence[Fact], seen: "_Seen") -> dict[Place, float]:
    """Write the first fact and wait for it, then the others at their pace; return when each was due."""
    produced: dict[Place, float] = {}
    await _write(writer, facts[0], perf_counter(), produced)
    await seen.all_of(produced)
    begin = perf_counter()
    async with asyncio.TaskGroup() as writing:
        for number, fact in enumerate(facts[1:]):
            due = begin + number / PACE
            await asyncio.sleep(max(0.0, due - perf_counter()))
            writing.create_task(_write(writer, fact, due, produced))
    return produced


async def _write(writer: EventWriter, fact: Fact, due: float, produced: dict[Place, float]) -> None:
    (position,) = await writer.write_bytes([(fact.key, fact.value)])
    produced[position.partition, position.offset] = due


class _Seen:
    """When each record could be queried, as PostgreSQL's notices tell."""

    def __init__(self) -> None:
        self._at: dict[Place, float] = {}
        self._news = asyncio.Condition()

    async def listen(self, database: str) -> None:
        """Note what each notice says, for ever."""
        connection: AsyncConnection[Any] = await AsyncConnection.connect(database, autocommit=True)
        async with connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            async for notify in connection.notifies():
                now = perf_counter()
                notice = msgspec.json.decode(notify.payload, type=Notice)
                self._at.update(((notice.partition, offset), now) for offset in range(notice.first, notice.next))
                async with self._news:
                    self._news.notify_all()

    async def all_of(self, places: dict[Place, float]) -> None:
        """Wait until every place was seen."""
        async with self._news:
            await self._news.wait_for(lambda: self._at.keys() >= places.keys())

    def at(self, place: Place) -> float:
        """Return when a place was seen."""
        return self._at[place]
