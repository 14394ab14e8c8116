from pathlib import Path

from infra.bench import archive
from infra.bench.catalogue import BENCHMARKS
from infra.bench.figures import Aim, Figure, Missing, Spread
from infra.bench.report import lines_of, report
from tests.builders.figures import COUNTING, figure, measured


def _report(*figures: Figure, missing: tuple[Missing, ...] = ()) -> str:
    return report([COUNTING], {COUNTING.name: measured(*figures, missing=missing)})


def test_the_report_shows_the_median_ratio_with_its_spread_beside_the_aim() -> None:
    text = _report(figure(9.0, 8.5, 12.0))

    assert "9x (8.5 … 12)" in text
    assert "| ≥ 8x | met |" in text
    assert "Example CPU" in text
    assert "2026-03-02 12:00 UTC" in text


def test_an_aim_that_is_missed_is_shown_as_missed_with_its_reason() -> None:
    text = _report(figure(2.4, 2.5, 2.6))

    assert "| ≥ 8x | **missed** |" in text
    assert "It misses its aim: both wait for the disk" in text
    assert any(line.strip().startswith("missed") for line in lines_of(measured(figure(2.5))))


def test_an_aim_that_is_met_needs_no_excuse() -> None:
    assert "misses its aim" not in _report(figure(9.0))


def test_a_latency_over_its_limit_is_missed_without_a_peer() -> None:
    limit = Aim(limit=50.0, bound="at most")
    slow = Figure(what="Produced to queryable", value=Spread.of([61.0]), unit="ms", aim=limit, how="p99")

    assert "| Produced to queryable | 61 ms | - | - | - | ≤ 50 ms | **missed** |" in _report(slow)


def test_a_peer_that_is_missing_is_named_with_the_reason() -> None:
    gone = Missing(what="Ledger, beside eventsourcing", why="it cannot be installed")

    assert "- **Not measured:** Ledger, beside eventsourcing. it cannot be installed" in _report(missing=(gone,))
    assert any("eventsourcing" in line and "missing" in line for line in lines_of(measured(missing=(gone,))))


def test_a_benchmark_that_was_never_measured_says_how_to_measure_it() -> None:
    assert "Not measured: run `shopfloor bench --only counting`." in report([COUNTING], {})


def test_what_is_kept_is_what_was_measured(tmp_path: Path) -> None:
    whole = measured(figure(9.0), missing=(Missing(what="a peer", why="no network"),))
    archive.keep(tmp_path, whole)

    assert report([COUNTING], archive.kept(tmp_path, ["counting", "other"])) == report([COUNTING], {"counting": whole})


def test_every_benchmark_has_a_name_of_its_own() -> None:
    names = [each.name for each in BENCHMARKS]

    assert len(set(names)) == len(names)
