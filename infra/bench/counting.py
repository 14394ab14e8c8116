"""Ledger and one counter, on the same facts, PostgreSQL and Kafka: ours, a stock agent, other projects' projections."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from msgspec import structs

from infra.bench.bench import Bench
from infra.bench.course import Course
from infra.bench.figures import Aim, Missing, Results
from infra.bench.peer_environment import peer_python, peer_version
from infra.bench.processes import ROOT, run, run_module
from infra.bench.rounds import Comparison, Contender, results, take_turns
from infra.errors import PeersUninstallable

OURS = "our projector"
STOCK = "stock Faust agent, take_events(1000)"
BARE = "the same transactions without Kafka"
EVENTSOURCE_PY = "eventsource-py projection"
EVENTSOURCING = "eventsourcing projection"
PACKAGES = {EVENTSOURCE_PY: "eventsource-py", EVENTSOURCING: "eventsourcing"}
PROGRAMS = {
    EVENTSOURCE_PY: Path("infra/bench/peers/with_eventsource_py.py"),
    EVENTSOURCING: Path("infra/bench/peers/with_eventsourcing.py"),
}
WHAT = "Ledger and one counter through Faust"
ROWS = (
    Comparison(
        what=WHAT,
        peer=STOCK,
        aim=Aim(limit=8.0),
        how="one partition, fsync on; the peer runs the same statements in the agent that Faust's guide shows",
        why_missed="both run our whole transaction (decoding, ids, ledger, counter), which takes longer than the "
        "delivery that is compared; the row below is the limit",
    ),
    Comparison(
        what=WHAT,
        peer=BARE,
        how="one partition, fsync on; the peer takes the same facts from memory, 4,000 in a transaction",
    ),
    Comparison(
        what=WHAT,
        peer=EVENTSOURCE_PY,
        aim=Aim(limit=10.0),
        how="the peer's DatabaseProjection catches up from its own PostgreSQL store behind its SubscriptionManager, "
        "reading 1,000 at a time; it commits each event; same server, tables and facts, fewer of them",
    ),
    Comparison(
        what=WHAT,
        peer=EVENTSOURCING,
        aim=Aim(limit=10.0),
        how="the peer's Projection runs behind its ProjectionRunner with a tracking view, reading 500 at a time; "
        "it commits each event; same server, tables and facts, fewer of them",
    ),
)


def measure(bench: Bench) -> Results:
    """Let everybody take the record in turns."""
    course = Course(bench, bench.size(100_000, 20_000), partitions=1)
    contenders: dict[str, Contender] = {
        OURS: course.contender(OURS, partial(run_module, "infra.bench.contenders.projector")),
        STOCK: course.contender(
            STOCK, partial(run_module, "infra.bench.contenders.stock_agent"), records=bench.size(30_000, 10_000)
        ),
        BARE: course.contender(BARE, partial(run_module, "infra.bench.contenders.without_kafka")),
    }
    missing: list[Missing] = []
    try:
        contenders |= _peers(course, peer_python(), bench.size(2_000, 1_000))
    except PeersUninstallable as problem:
        missing = [Missing(what=f"{WHAT}, beside {peer}", why=str(problem)) for peer in PROGRAMS]
    rounds = take_turns(contenders, bench.rounds, unit="facts/s")
    return results(rounds, OURS, [_with_version(row) for row in ROWS if row.peer in contenders], missing)


def _with_version(row: Comparison) -> Comparison:
    if row.peer not in PACKAGES:
        return row
    package = PACKAGES[row.peer]
    return structs.replace(row, how=f"{row.how}; {package} {peer_version(package)}")


def _peers(course: Course, python: Path, records: int) -> Mapping[str, Contender]:
    return {
        peer: course.contender(peer, partial(run, peer, [str(python), "-I", str(ROOT / program)]), records=records)
        for peer, program in PROGRAMS.items()
    }
