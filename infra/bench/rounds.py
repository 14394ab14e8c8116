"""Runs in turns, A B A B, so that a machine that slows down slows everybody; ratios are taken round by round."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from infra.bench.figures import Aim, Figure, Run, Spread

Contender = Callable[[int], float]
"""Runs once, in the round that it is told, and returns its measurement. It prepares outside of what it measures."""


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """What contenders measured, in the order in which they ran; all of them in every round."""

    unit: str
    runs: Sequence[Run]

    def values(self, contender: str) -> list[float]:
        """Return a contender's measurements, round by round."""
        return [run.value for run in self.runs if run.contender == contender]

    def ratios(self, contender: str, peer: str) -> list[float]:
        """Return contender over peer, round by round."""
        return [ours / theirs for ours, theirs in zip(self.values(contender), self.values(peer), strict=True)]


def take_turns(contenders: Mapping[str, Contender], rounds: int, *, unit: str) -> Rounds:
    """Let every contender run once in each round, in the order given."""
    runs = [
        Run(contender=name, round=number, value=run(number), unit=unit)
        for number in range(1, rounds + 1)
        for name, run in contenders.items()
    ]
    return Rounds(unit=unit, runs=runs)


def compare(rounds: Rounds, ours: str, peer: str, *, what: str, how: str, aim: Aim | None = None) -> Figure:
    """Return the figure of ours against a peer that ran in the same rounds."""
    return Figure(
        what=what,
        value=Spread.of(rounds.values(ours)),
        unit=rounds.unit,
        peer=peer,
        peer_value=Spread.of(rounds.values(peer)),
        ratio=Spread.of(rounds.ratios(ours, peer)),
        aim=aim,
        how=how,
    )
