"""Every benchmark there is, in the order of the report."""

from infra.bench.bench import Benchmark

BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(name="worker", title="Vision worker", module="infra.bench.watching"),
    Benchmark(name="projecting", title="Kafka to PostgreSQL", module="infra.bench.projecting"),
    Benchmark(name="queryable", title="From event to answer", module="infra.bench.queryable"),
    Benchmark(name="counting", title="Ledger and one counter, beside other ways", module="infra.bench.counting"),
    Benchmark(name="rebuild", title="Rebuild", module="infra.bench.rebuilding"),
    Benchmark(name="verifying", title="Offline verification", module="infra.bench.verifying"),
    Benchmark(name="growth", title="A long history", module="infra.bench.growth", by_name_only=True),
    Benchmark(name="proving", title="Proof of one event", module="infra.bench.proving"),
    Benchmark(name="floors", title="Heat maps", module="infra.bench.floors"),
    Benchmark(name="inference", title="Models as a service", module="infra.bench.inference"),
    Benchmark(name="graphql", title="GraphQL", module="infra.bench.asking"),
    Benchmark(name="following", title="Following facts", module="infra.bench.following"),
)
"""A new one is a module with `measure(bench) -> Results` and a line here."""
