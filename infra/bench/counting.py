"""Ledger and one counter, on the same facts, PostgreSQL and Kafka: ours, a stock agent, other projects' projections."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from infra.bench.bench import Bench
from infra.bench.course import Course
from infra.bench.figures import Aim, Missing, Results
from infra.bench.peer_environment import peer_python
from infra.bench.processes import ROOT, run, run_module
from infra.bench.rounds import Contender, compare, take_turns
from infra.errors import PeersUninstallable

OURS = "our projector"
STOCK = "stock Faust agent, take_events(1000)"
BARE = "the same transactions without Kafka"
EVENTSOURCE_PY = "eventsource-py projection"
EVENTSOURCING = "eventsourcing projection"
PROGRAMS = {
    EVENTSOURCE_PY: Path("infra/bench/peers/with_eventsource_py.py"),
    EVENTSOURCING: Path("infra/bench/peers/with_eventsourcing.py"),
}
AIMS = {STOCK: Aim(limit=8.0), EVENTSOURCE_PY: Aim(limit=10.0), EVENTSOURCING: Aim(limit=10.0)}
WHAT = "Ledger and one counter through Faust"
HOW = {
    STOCK: "one partition, fsync on; the peer runs the same statements in the agent that Faust's guide shows",
    BARE: "one partition, fsync on; the peer takes the same facts from memory, 4,000 in a transaction",
    EVENTSOURCE_PY: "the peer's DatabaseProjection catches up from its own PostgreSQL store behind its "
    "SubscriptionManager, reading 1,000 at a time; it commits each event; same server, tables and facts, fewer of them",
    EVENTSOURCING: "the peer's Projection runs behind its ProjectionRunner with a tracking view, reading 500 at a "
    "time; it commits each event; same server, tables and facts, fewer of them",
}


def measure(bench: Bench) -> Results:
    """Let everybody take the record in turns."""
    course = Course(bench, bench.size(100_000, 20_000), partitions=1)
    contenders: dict[str, Contender] = {
        OURS: course.contender(OURS, partial(run_module, "infra.bench.contenders.projector")),
        STOCK: course.contender(
            STOCK, partial(run_module, "infra.bench.contenders.stock_agent"), records=bench.size(40_000, 10_000)
        ),
        BARE: course.contender(BARE, partial(run_module, "infra.bench.contenders.without_kafka")),
    }
    missing: Sequence[Missing] = ()
    try:
        contenders |= _peers(course, peer_python(), bench.size(3_000, 1_000))
    except PeersUninstallable as problem:
        missing = [Missing(what=f"{WHAT}, against {peer}", why=str(problem)) for peer in PROGRAMS]
    rounds = take_turns(contenders, bench.rounds, unit="facts/s")
    figures = [
        compare(rounds, OURS, peer, what=WHAT, how=HOW[peer], aim=AIMS.get(peer)) for peer in contenders if peer != OURS
    ]
    return Results(figures=figures, missing=missing, runs=rounds.runs)


def _peers(course: Course, python: Path, records: int) -> Mapping[str, Contender]:
    return {
        peer: course.contender(peer, partial(run, peer, [str(python), "-I", str(ROOT / program)]), records=records)
        for peer, program in PROGRAMS.items()
    }
