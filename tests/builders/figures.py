"""Builders of benchmark figures."""

from infra.bench.archive import Measured
from infra.bench.bench import Bench, Benchmark
from infra.bench.figures import Aim, Figure, Missing, Results, Spread
from infra.bench.machine import Machine

MACHINE = Machine(
    date="2026-03-02 12:00 UTC",
    cpu="Example CPU",
    cores=2,
    memory_gb=16.0,
    system="Linux x86_64",
    python="3.11.7",
    packages={"aiokafka": "0.14.0"},
    load=0.1,
)
COUNTING = Benchmark(name="counting", title="Counting", module="infra.bench.counting")


def figure(*ratios: float, aim: float = 8.0, peer: str = "a stock agent") -> Figure:
    """Return a figure whose rounds came to these ratios."""
    return Figure(
        what="Ledger through Faust",
        value=Spread.of([ratio * 1000 for ratio in ratios]),
        unit="facts/s",
        peer=peer,
        peer_value=Spread.of([1000.0]),
        ratio=Spread.of(ratios),
        aim=Aim(limit=aim),
        how="on one partition",
        why_missed="both wait for the disk",
    )


def measured(*figures: Figure, missing: tuple[Missing, ...] = ()) -> Measured:
    """Return what one benchmark measured."""
    return Measured(
        name=COUNTING.name,
        title=COUNTING.title,
        machine=MACHINE,
        seed=1,
        rounds=3,
        quick=False,
        took_s=60,
        results=Results(figures=figures, missing=missing),
    )


def measure(_: Bench) -> Results:
    """Measure nothing, as a benchmark's module would."""
    return Results(figures=[figure(9.0)])
