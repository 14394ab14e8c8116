"""The report, written from kept measurements and from nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from infra.bench.archive import Measured, kept
from infra.bench.bench import Benchmark
from infra.bench.catalogue import BENCHMARKS
from infra.bench.figures import Aim, Figure, Spread
from infra.bench.machine import Machine

ROOT = Path(__file__).parents[2]
REPORT = Path("docs/benchmarks.md")
KEPT = Path("docs/benchmarks")
INTRO = """\
# Benchmarks

Written by `make bench`; `shopfloor bench --only NAME` measures one again. Ours and its limit or rival run in turns on
the same machine, A B A B, on the same input made from one seed. A ratio is taken round by round; the table shows its
median with the smallest and the largest. Absolute figures belong to the machine, ratios hold elsewhere. An aim that is
missed is shown as missed, a row that was not measured says why. Every single run is in `docs/benchmarks/`.
"""
NOTHING = "-"
HEAD = "| what | ours | beside | its figure | ratio | aim | met |\n|---|---|---|---|---|---|---|\n"


def text_of_kept() -> str:
    """Return the report of what is kept in this checkout."""
    return report(BENCHMARKS, kept(ROOT / KEPT, [each.name for each in BENCHMARKS]))


def report(benchmarks: Sequence[Benchmark], measured: Mapping[str, Measured]) -> str:
    """Return the report of benchmarks; one that was never measured says so."""
    return INTRO + "".join(_section(each, measured.get(each.name)) for each in benchmarks)


def lines_of(measured: Measured) -> Iterator[str]:
    """Yield a line for each figure and each row that is missing, for a terminal."""
    for figure in measured.results.figures:
        against = "" if figure.peer is None else f", beside {figure.peer} ({_spread(figure.peer_value)})"
        ratio = "" if figure.ratio is None else f": {_ratio(figure.ratio)}"
        value = f"{_spread(figure.value)} {figure.unit}"
        yield f"{_met(figure):>8}  {figure.what}: {value}{against}{ratio}; aim {_aim(figure.aim, figure)}"
    for row in measured.results.missing:
        yield f"{'missing':>8}  {row.what}: {row.why}"


def _section(benchmark: Benchmark, measured: Measured | None) -> str:
    title = f"\n## {benchmark.title}\n\n"
    if measured is None:
        return f"{title}Not measured: run `shopfloor bench --only {benchmark.name}`.\n"
    figures = measured.results.figures
    rows = "".join(_row(figure) for figure in figures)
    missing = "".join(f"- **Not measured:** {row.what}. {row.why}\n" for row in measured.results.missing)
    notes = "".join(dict.fromkeys(_note(figure) for figure in figures))
    table = HEAD + rows + "\n" if figures else ""
    return f"{title}{_where(measured)}\n\n{table}{missing}{notes}"


def _row(figure: Figure) -> str:
    cells = (
        figure.what,
        f"{_spread(figure.value)} {figure.unit}",
        figure.peer or NOTHING,
        NOTHING if figure.peer_value is None else f"{_spread(figure.peer_value)} {figure.unit}",
        NOTHING if figure.ratio is None else _ratio(figure.ratio),
        _aim(figure.aim, figure),
        "**missed**" if figure.met is False else _met(figure),
    )
    return f"| {' | '.join(cells)} |\n"


def _note(figure: Figure) -> str:
    beside = "" if figure.peer is None else f", beside {figure.peer}"
    why = f" It misses its aim: {figure.why_missed}" if figure.why_missed and figure.met is False else ""
    return f"- {figure.what}{beside}: {figure.how}.{why}\n"


def _where(measured: Measured) -> str:
    length = "short runs, for a first look" if measured.quick else f"{measured.rounds} rounds"
    return f"{_machine(measured.machine)} {length.capitalize()}, seed {measured.seed}, {measured.took_s} s."


def _machine(machine: Machine) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in sorted(machine.packages.items()))
    return (
        f"{machine.date}: {machine.cores} cores of {machine.cpu}, {machine.memory_gb:g} GB, {machine.system}, "
        f"Python {machine.python}; {packages}. Load before the run {machine.load:g}."
    )


def _aim(aim: Aim | None, figure: Figure) -> str:
    if aim is None:
        return NOTHING
    unit = "x" if figure.ratio is not None else f" {figure.unit}"
    return f"{'≥' if aim.bound == 'at least' else '≤'} {aim.limit:g}{unit}"


def _met(figure: Figure) -> str:
    return {True: "met", False: "missed", None: NOTHING}[figure.met]


def _ratio(ratio: Spread) -> str:
    return f"{_number(ratio.median)}x ({_number(ratio.least)} … {_number(ratio.most)})"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return NOTHING
    if spread.least == spread.most:
        return _number(spread.median)
    return f"{_number(spread.median)} ({_number(spread.least)} … {_number(spread.most)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004  # three digits are enough
