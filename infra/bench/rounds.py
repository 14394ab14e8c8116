"""Runs in turns, A B A B, so that a machine that slows down slows everybody; ratios are taken round by round."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from infra.bench.figures import Aim, Figure, Missing, Results, Run, Spread
from infra.errors import ContenderFailed

Contender = Callable[[int], float]
"""Runs once, in the round that it is told, and returns its measurement. It prepares outside of what it measures."""


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """What contenders measured, in the order in which they ran; all who did not fail in every round."""

    unit: str
    runs: Sequence[Run]
    failed: Mapping[str, str]
    """Contenders that gave up, and why."""

    def values(self, contender: str) -> list[float]:
        """Return a contender's measurements, round by round."""
        return [run.value for run in self.runs if run.contender == contender]

    def ratios(self, contender: str, peer: str) -> list[float]:
        """Return contender over peer, round by round."""
        return [ours / theirs for ours, theirs in zip(self.values(contender), self.values(peer), strict=True)]


def take_turns(contenders: Mapping[str, Contender], rounds: int, *, unit: str) -> Rounds:
    """Let every contender run once in each round, in the order given.

    The first is ours; when it fails, so does everything. Any other that fails is left out and the rest go on.
    """
    ours = next(iter(contenders))
    runs: list[Run] = []
    failed: dict[str, str] = {}
    for number in range(1, rounds + 1):
        for name in [each for each in contenders if each not in failed]:
            try:
                runs.append(Run(contender=name, round=number, value=contenders[name](number), unit=unit))
            except ContenderFailed as problem:
                if name == ours:
                    raise
                failed[name] = str(problem)
    return Rounds(unit=unit, runs=[run for run in runs if run.contender not in failed], failed=failed)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is asked for: ours beside one peer."""

    what: str
    peer: str
    how: str
    aim: Aim | None = None
    why_missed: str | None = None


def compare(rounds: Rounds, ours: str, row: Comparison) -> Figure | Missing:
    """Return the figure of ours against a peer that ran in the same rounds, or why there is none."""
    if row.peer in rounds.failed:
        return Missing(what=f"{row.what}, beside {row.peer}", why=rounds.failed[row.peer])
    return Figure(
        what=row.what,
        value=Spread.of(rounds.values(ours)),
        unit=rounds.unit,
        peer=row.peer,
        peer_value=Spread.of(rounds.values(row.peer)),
        ratio=Spread.of(rounds.ratios(ours, row.peer)),
        aim=row.aim,
        how=row.how,
        why_missed=row.why_missed,
    )


def results(rounds: Rounds, ours: str, rows: Sequence[Comparison], missing: Sequence[Missing] = ()) -> Results:
    """Return the rows that are asked for, with what is known to be missing already, and every run."""
    compared = [compare(rounds, ours, row) for row in rows]
    return Results(
        figures=[each for each in compared if isinstance(each, Figure)],
        missing=[*missing, *(each for each in compared if isinstance(each, Missing))],
        runs=rounds.runs,
    )
