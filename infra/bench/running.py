"""Running benchmarks one after the other: one that fails is a missing row, and the others go on."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from time import perf_counter

from event_store.errors import ShopfloorError
from infra.bench.archive import Measured
from infra.bench.bench import Bench, Benchmark, Measure
from infra.bench.figures import Missing, Results
from infra.bench.machine import describe
from infra.errors import NoSuchBenchmark


def choose(benchmarks: Sequence[Benchmark], names: Sequence[str]) -> list[Benchmark]:
    """Return the benchmarks of some names, for none all that need no naming; raises `NoSuchBenchmark`."""
    known = {each.name: each for each in benchmarks}
    for name in names:
        if name not in known:
            raise NoSuchBenchmark(name, sorted(known))
    return [each for each in benchmarks if each.name in names or not (names or each.by_name_only)]


def run(bench: Bench, benchmarks: Sequence[Benchmark]) -> Iterator[tuple[Measured, bool]]:
    """Yield each benchmark's measurement, and whether it came to its end."""
    for benchmark in benchmarks:
        bench.say(f"measuring {benchmark.name}: {benchmark.title}")
        machine, started = describe(), perf_counter()
        results, ended = _results(bench, benchmark)
        measured = Measured(
            name=benchmark.name,
            title=benchmark.title,
            machine=machine,
            seed=bench.seed,
            rounds=bench.rounds,
            quick=bench.quick,
            took_s=round(perf_counter() - started),
            results=results,
        )
        yield measured, ended


def _results(bench: Bench, benchmark: Benchmark) -> tuple[Results, bool]:
    try:
        measure: Measure = import_module(benchmark.module).measure
        return measure(bench), True
    except ShopfloorError as problem:
        why = str(problem)
    except Exception as problem:  # noqa: BLE001  # one that fails must not take the others' figures with it
        why = f"it failed unexpectedly: {' '.join(f'{type(problem).__name__}: {problem}'.split())}"
    return Results(missing=[Missing(what=benchmark.title, why=why)]), False
