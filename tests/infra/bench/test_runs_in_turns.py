from pathlib import Path

import pytest

from event_store.serialization import decode
from infra.bench.bench import Bench, Benchmark
from infra.bench.figures import Figure
from infra.bench.history import history
from infra.bench.rounds import Comparison, Contender, compare, results, take_turns
from infra.bench.running import choose, run
from infra.errors import ContenderFailed, NoSuchBenchmark
from tests.builders.figures import COUNTING


def _steady(value: float, log: list[str], name: str) -> Contender:
    def once(number: int) -> float:
        log.append(f"{name}{number}")
        return value * number

    return once


def _broken(_: int) -> float:
    raise ContenderFailed("the peer", "it cannot start")


def _row(peer: str) -> Comparison:
    return Comparison(what="Speed", peer=peer, how="in turns")


def test_contenders_run_in_turns_and_ratios_are_taken_round_by_round() -> None:
    log: list[str] = []
    rounds = take_turns({"ours": _steady(6.0, log, "A"), "theirs": _steady(2.0, log, "B")}, 3, unit="facts/s")
    row = compare(rounds, "ours", _row("theirs"))

    assert log == ["A1", "B1", "A2", "B2", "A3", "B3"]
    assert rounds.ratios("ours", "theirs") == [3.0, 3.0, 3.0]
    assert isinstance(row, Figure)
    assert row.ratio is not None
    assert (row.ratio.median, row.value.least, row.value.most) == (3.0, 6.0, 18.0)


def test_a_peer_that_fails_becomes_a_missing_row_and_the_others_go_on() -> None:
    contenders = {"ours": _steady(6.0, [], "A"), "broken": _broken, "theirs": _steady(2.0, [], "B")}
    found = results(take_turns(contenders, 2, unit="facts/s"), "ours", [_row("broken"), _row("theirs")])

    assert [figure.peer for figure in found.figures] == ["theirs"]
    assert [(row.what, "cannot start" in row.why) for row in found.missing] == [("Speed, beside broken", True)]


def test_without_ours_there_is_no_comparison() -> None:
    with pytest.raises(ContenderFailed, match="cannot start"):
        take_turns({"ours": _broken, "theirs": _steady(2.0, [], "B")}, 1, unit="facts/s")


def test_a_benchmark_that_fails_is_a_missing_row_and_the_next_one_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path, say=lambda _: None)
    gone = Benchmark(name="gone", title="Gone", module="infra.bench.no_such_module")
    here = Benchmark(name="here", title="Here", module="tests.builders.figures")
    first, second = run(bench, [gone, here])

    assert [row.what for row in first[0].results.missing] == ["Gone"]
    assert (first[1], second[1]) == (False, True)
    assert [row.what for row in second[0].results.figures] == ["Ledger through Faust"]


def test_an_unknown_benchmark_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NoSuchBenchmark, match="counting"):
        choose([COUNTING], ["spelling"])


def test_the_same_seed_gives_the_same_facts_and_every_one_is_readable() -> None:
    facts = history(500, seed=7, stores=3)

    assert facts == history(500, seed=7, stores=3)
    assert facts != history(500, seed=8, stores=3)
    assert [decode(fact.value).key for fact in facts] == [fact.key for fact in facts]


def test_the_facts_of_a_source_are_numbered_without_holes() -> None:
    seen: dict[str, int] = {}
    for fact in history(500, seed=7, stores=3):
        envelope = decode(fact.value)
        assert envelope.sequence == seen.get(envelope.source, 0) + 1
        seen[envelope.source] = envelope.sequence
