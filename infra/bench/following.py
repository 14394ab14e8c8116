"""Many pages that follow one store over websockets while facts come in through Kafka and the projector."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from statistics import quantiles
from time import perf_counter

import msgspec
import psutil

from event_store.connection import KafkaConnection
from event_store.writer import EventWriter
from infra.bench.asking import busy, serving
from infra.bench.bench import Bench
from infra.bench.contenders.graphql_server import Served
from infra.bench.contenders.task import ALL, Task
from infra.bench.course import new_task
from infra.bench.figures import Aim, Figure, Results, Run, Spread
from infra.bench.followers import Followers
from infra.bench.history import Fact, history
from infra.bench.processes import ROOT
from infra.bench.queryable import PARTITIONS, PROJECTOR
from infra.bench.requests import Asker

STORE = "acme/shop-000"
PACE = 2.0
"""Facts in a second."""
LAYOUT_AND_CAMERAS = 3
ASKED = 100
HOW = (
    "{count} websockets of one client follow one store that {pace:g} facts a second come in of, through Kafka and the "
    "projector, each told in full with its data; the API is one process, counted by its own processor time"
)
SERVER = "our server"
SMALL = {"query": f'{{ store(id: "{STORE}") {{ name inside }} }}'}


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What one round measured."""

    deliveries: float
    """For each second of the server's processor time."""
    ended: float
    median_ms: float
    late_ms: float
    """The 99th percentile, from the moment a fact was due at its producer."""
    idle_share: float
    """Of a core, while nothing happens."""
    socket_kb: float
    slower: float
    """The 95th percentile of a small question beside followers who are told facts, over that without any."""


def measure(bench: Bench) -> Results:
    """Measure each round; none has a peer."""
    count = bench.size(500, 200)
    rounds = [_round(bench, number, count) for number in range(1, bench.rounds + 1)]
    how = HOW.format(count=count, pace=PACE)

    def figure(name: str, what: str, unit: str, aim: Aim | None = None) -> Figure:
        return Figure(what=what, value=Spread.of([getattr(each, name) for each in rounds]), unit=unit, how=how, aim=aim)

    return Results(
        figures=[
            figure("deliveries", f"Facts told to {count} followers", "deliveries per CPU second"),
            figure("ended", "Followers that were sent away", "followers", Aim(limit=0.0, bound="at most")),
            figure("median_ms", "Produced to told, p50", "ms"),
            figure("late_ms", "Produced to told, p99", "ms"),
            figure(
                "slower",
                "A small question beside them, p95 over that without",
                "times",
                Aim(limit=2.0, bound="at most"),
            ),
            figure("idle_share", "While nothing happens", "of a core", Aim(limit=0.02, bound="at most")),
            figure("socket_kb", "Memory of a follower", "kB"),
        ],
        runs=[
            Run(contender=name, round=number, value=float(value), unit=name)
            for number, each in enumerate(rounds, 1)
            for name, value in msgspec.structs.asdict(each).items()
        ],
    )


def _round(bench: Bench, number: int, count: int) -> Followed:
    bench.say(f"round {number} of {bench.rounds}: {count} followers")
    facts = history(LAYOUT_AND_CAMERAS + int(PACE * bench.size(30, 15)), seed=bench.seed, stores=1)
    topics = bench.topics(PARTITIONS)
    task = new_task(bench, topics, PARTITIONS, ALL, len(facts))
    followed = asyncio.run(_run(bench.kafka, task, facts, count))
    bench.drop(task.database)
    return followed


async def _run(kafka: KafkaConnection, task: Task, facts: list[Fact], count: int) -> Followed:
    token = secrets.token_hex(16)
    served = Served(database=task.database, token=token, alone=False, from_memory=False, topic=task.topic)
    async with _projecting(task), EventWriter(kafka, task.topic) as writer:
        after = list(await _write(writer, facts[:LAYOUT_AND_CAMERAS]))[-1]
        with serving(SERVER, served) as (server, port):
            asker = Asker(port, token, msgspec.json.encode(SMALL))
            await _until_projected(asker)
            followers = Followers(port, token, STORE, after, count)
            return await _follow(followers, asker, server, writer, facts)


async def _follow(
    followers: Followers, asker: Asker, server: psutil.Process, writer: EventWriter, facts: list[Fact]
) -> Followed:
    alone = _p95(await asker.times(ASKED))
    memory = server.memory_info().rss
    async with followers:
        await asyncio.sleep(1)
        began, before = perf_counter(), busy(server)
        await asyncio.sleep(10)
        idle = (busy(server) - before) / (perf_counter() - began)
        told = facts[LAYOUT_AND_CAMERAS:]
        before = busy(server)
        due = await _write(writer, told[: len(told) // 2], PACE)
        await followers.hear(list(due)[-1])
        deliveries = len(followers.heard) / (busy(server) - before)
        late = [1000 * (each.at - due[each.place]) for each in followers.heard]
        asking = asyncio.create_task(asker.times(ASKED))
        last = list(await _write(writer, told[len(told) // 2 :], PACE))[-1]
        await followers.hear(last)
        beside = _p95(await asking)
        kept = server.memory_info().rss
        return Followed(
            deliveries=deliveries,
            ended=followers.ended,
            median_ms=quantiles(late, n=100)[49],
            late_ms=quantiles(late, n=100)[98],
            idle_share=idle,
            socket_kb=(kept - memory) / followers.count / 1_000,
            slower=beside / alone,
        )


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[18]


async def _write(writer: EventWriter, facts: list[Fact], pace: float = 100.0) -> dict[str, float]:
    """Write facts at their pace; return when each was due, by its place."""
    begin, due = perf_counter(), {}
    for number, fact in enumerate(facts):
        at = begin + number / pace
        await asyncio.sleep(max(0.0, at - perf_counter()))
        (position,) = await writer.write_bytes([(fact.key, fact.value)])
        due[f"{position.topic}/{position.partition}/{position.offset}"] = at
    return due


async def _until_projected(asker: Asker) -> None:
    while b'"name"' not in await asker.once():  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _projecting(task: Task) -> AsyncIterator[None]:
    projector = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROJECTOR, msgspec.json.encode(task).decode()),
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            projector.terminate()
        await projector.wait()
